/* Wires the firmware to its lines. What one device sends, the other devices of the same pair of
 * wires hear too. */
#include "firmware-host/port/host/hall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint32_t now_ms(const struct virtual_hall *hall)
{
	return (uint32_t)(hall->now_us / 1000);
}

static void on_boards_byte(void *user, uint8_t byte)
{
	struct virtual_hall *hall = user;

	for (int i = 0; i < HALL_BOARDS; i++)
		if (!hall->board_off[i])
			hall_board_receive(&hall->boards[i], byte, now_ms(hall));
}

static void send_boards(void *port, const uint8_t *bytes, size_t len)
{
	struct virtual_hall *hall = port;

	endpoint_send(&hall->boards_line, bytes, len, hall->now_us);
}

static void on_keypads_byte(void *user, uint8_t byte)
{
	struct virtual_hall *hall = user;

	for (int i = 0; i < HALL_WINDOWS; i++)
		keypad_receive(&hall->keypads[i], byte, now_ms(hall));
}

static void send_keypads(void *port, const uint8_t *bytes, size_t len)
{
	struct virtual_hall *hall = port;

	endpoint_send(&hall->keypads_line, bytes, len, hall->now_us);
}

static void on_panel_byte(void *user, uint8_t byte)
{
	struct virtual_hall *hall = user;

	keypad_receive(&hall->panel, byte, now_ms(hall));
}

static void send_panel(void *port, const uint8_t *bytes, size_t len)
{
	struct virtual_hall *hall = port;

	endpoint_send(&hall->panel_line, bytes, len, hall->now_us);
}

static void on_pad_byte(void *user, uint8_t byte)
{
	struct virtual_hall *hall = user;

	keypad_ascii_receive(&hall->pad, byte);
}

static void send_pad(void *port, const uint8_t *bytes, size_t len)
{
	struct virtual_hall *hall = port;

	endpoint_send(&hall->pad_line, bytes, len, hall->now_us);
}

static uint32_t draw_nonce(void)
{
	uint32_t nonce = 0;

	if (getrandom(&nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		nonce = (uint32_t)time(NULL);
	return nonce;
}

static void start_board(struct virtual_hall *hall, size_t board, enum hall_board_protocol protocol)
{
	bool window = board < HALL_WINDOWS;
	struct hall_board_settings settings = {
		.protocol = protocol,
		.address = (uint8_t)(window ? board + 1 : HALL_BOARD_ADDRESS),
		.width = window ? 128 : 256,
		.height = window ? 16 : 64,
		.host_lost_ms = 60000,
		.nonce = draw_nonce(),
	};

	hall_board_start(&hall->boards[board], &settings, (struct hal_uart){send_boards, hall},
			 now_ms(hall));
}

void hall_board_power(struct virtual_hall *hall, size_t board, bool on)
{
	if (hall->board_off[board] == !on)
		return;
	hall->board_off[board] = !on;
	start_board(hall, board, hall->boards[board].protocol);
}

static void make_devices(struct virtual_hall *hall, const struct hall_settings *given)
{
	for (size_t i = 0; i < HALL_BOARDS; i++)
		start_board(hall, i, i < HALL_WINDOWS ? given->boards : given->hall_board);
	keypad_ascii_init(&hall->pad, (struct hal_uart){send_pad, hall});
	for (int i = 0; i <= HALL_WINDOWS; i++) {
		bool window = i < HALL_WINDOWS;
		struct keypad_settings settings = {
			.address = (uint8_t)(window ? i + 1 : 1),
			.kind = window ? KEYPAD_KIND_WINDOW : KEYPAD_KIND_PANEL,
			.nonce = draw_nonce(),
		};

		keypad_init(window ? &hall->keypads[i] : &hall->panel, &settings,
			    (struct hal_uart){window ? send_keypads : send_panel, hall});
	}
}

int hall_start(struct virtual_hall *hall, const struct hall_settings *settings, int64_t now_us)
{
	struct endpoint *lines[] = {&hall->boards_line, &hall->keypads_line, &hall->panel_line,
				    &hall->pad_line};
	void (*const received[])(void *, uint8_t) = {on_boards_byte, on_keypads_byte, on_panel_byte,
						     on_pad_byte};
	int r;

	hall->now_us = now_us;
	make_devices(hall, settings);
	for (int i = 0; i < 4; i++) {
		lines[i]->received = received[i];
		lines[i]->user = hall;
		lines[i]->turnround_us = 5000;
		r = endpoint_open(lines[i], settings->baud);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < settings->printer_count; i++) {
		hall->printer_count++;
		r = hall_printer_start(&hall->printers[i], &settings->printers[i], now_us);
		if (r < 0)
			return r;
	}
	return 0;
}

void hall_stop(struct virtual_hall *hall)
{
	endpoint_close(&hall->boards_line);
	endpoint_close(&hall->keypads_line);
	endpoint_close(&hall->panel_line);
	endpoint_close(&hall->pad_line);
	for (size_t i = 0; i < hall->printer_count; i++)
		hall_printer_stop(&hall->printers[i]);
}

size_t hall_fds(const struct virtual_hall *hall, struct pollfd *ret)
{
	size_t count = endpoint_fds(&hall->boards_line, ret);

	count += endpoint_fds(&hall->keypads_line, ret + count);
	count += endpoint_fds(&hall->panel_line, ret + count);
	count += endpoint_fds(&hall->pad_line, ret + count);
	for (size_t i = 0; i < hall->printer_count; i++)
		count += endpoint_fds(&hall->printers[i].port, ret + count);
	return hall->usb.count ? count + usbip_fds(&hall->usb.usbip, ret + count) : count;
}

int hall_press(struct virtual_hall *hall, struct keypad *keypad, uint16_t key, uint16_t argument)
{
	int64_t begin_us = hall->now_us;

	if (hall->finger_count == HALL_FINGERS)
		return -EBUSY;
	/* One finger a keypad: the next key goes down when the one before is up and settled. */
	for (size_t i = 0; i < hall->finger_count; i++)
		if (hall->fingers[i].keypad == keypad &&
		    hall->fingers[i].up_us + HALL_KEY_MS * 1000 > begin_us)
			begin_us = hall->fingers[i].up_us + HALL_KEY_MS * 1000;
	hall->fingers[hall->finger_count++] = (struct finger){
		.keypad = keypad,
		.key = key,
		.argument = argument,
		.down_us = begin_us,
		.up_us = begin_us + HALL_KEY_MS * 1000,
	};
	return 0;
}

int hall_type(struct virtual_hall *hall, const char *keys)
{
	size_t len = strlen(hall->pad_typed);

	if (len + strlen(keys) > HALL_PAD_TYPED)
		return -EBUSY;
	memcpy(hall->pad_typed + len, keys, strlen(keys) + 1);
	return 0;
}

void hall_swap_keypad(struct virtual_hall *hall, size_t index)
{
	struct keypad *keypad = &hall->keypads[index];
	struct keypad_settings settings = keypad->settings;

	settings.nonce = draw_nonce();
	keypad_init(keypad, &settings, keypad->uart);
}

/* A key is down for as long as a finger takes, and as long again passes before the next. */
static void type_on_pad(struct virtual_hall *hall)
{
	if (hall->now_us < hall->pad_next_us)
		return;
	if (hall->pad.down) {
		keypad_ascii_contact(&hall->pad, hall->pad.down, false, now_ms(hall));
		hall->pad_next_us = hall->now_us + HALL_KEY_MS * 1000;
	} else if (hall->pad_typed[0]) {
		keypad_ascii_contact(&hall->pad, (uint8_t)hall->pad_typed[0], true, now_ms(hall));
		memmove(hall->pad_typed, hall->pad_typed + 1, HALL_PAD_TYPED);
		hall->pad_next_us = hall->now_us + HALL_KEY_MS * 1000;
	}
}

static void move_fingers(struct virtual_hall *hall)
{
	size_t kept = 0;

	for (size_t i = 0; i < hall->finger_count; i++) {
		struct finger *finger = &hall->fingers[i];

		if (!finger->down && hall->now_us >= finger->down_us) {
			keypad_contact(finger->keypad, finger->key, finger->argument, true,
				       now_ms(hall));
			finger->down = true;
			finger->up_us = hall->now_us + HALL_KEY_MS * 1000;
		}
		keypad_tick(finger->keypad, now_ms(hall));
		if (finger->down && !finger->lifted && hall->now_us >= finger->up_us) {
			keypad_contact(finger->keypad, finger->key, finger->argument, false,
				       now_ms(hall));
			finger->lifted = true;
		}
		/* Kept a little longer, so that the next press of this keypad is a press of its
		 * own. */
		if (!finger->down || hall->now_us < finger->up_us + HALL_KEY_MS * 1000)
			hall->fingers[kept++] = *finger;
	}
	hall->finger_count = kept;
}

void hall_process(struct virtual_hall *hall, int64_t now_us)
{
	hall->now_us = now_us;
	endpoint_process(&hall->boards_line, now_us);
	endpoint_process(&hall->keypads_line, now_us);
	endpoint_process(&hall->panel_line, now_us);
	endpoint_process(&hall->pad_line, now_us);
	type_on_pad(hall);
	keypad_ascii_tick(&hall->pad, now_ms(hall));
	for (size_t i = 0; i < hall->printer_count; i++)
		hall_printer_process(&hall->printers[i], now_us);
	usb_printers_process(&hall->usb, now_us);
	move_fingers(hall);
	for (int i = 0; i < HALL_BOARDS; i++)
		if (!hall->board_off[i])
			hall_board_tick(&hall->boards[i], now_ms(hall));
	for (int i = 0; i < HALL_WINDOWS; i++)
		keypad_tick(&hall->keypads[i], now_ms(hall));
	keypad_tick(&hall->panel, now_ms(hall));
}

int64_t hall_deadline(const struct virtual_hall *hall)
{
	const struct endpoint *lines[4 + HALL_PRINTERS] = {&hall->boards_line, &hall->keypads_line,
							   &hall->panel_line, &hall->pad_line};
	bool busy = hall->finger_count || hall->pad.down || hall->pad_typed[0];
	int64_t deadline;

	for (size_t i = 0; i < hall->printer_count; i++) {
		const struct printer *printer = &hall->printers[i].printer;

		lines[4 + i] = &hall->printers[i].port;
		busy |= printer_is_printing(printer) || printer_is_answering(printer) ||
			printer->feeding;
	}
	deadline = hall->now_us + (busy ? 5000 : 100000);
	for (size_t i = 0; i < 4 + hall->printer_count; i++)
		if (endpoint_deadline(lines[i]) < deadline)
			deadline = endpoint_deadline(lines[i]);
	return deadline;
}
