/* Wires the firmware to its lines. What one device sends, the other devices of the same pair of
 * wires hear too. */
#include "firmware-host/port/host/hall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "firmware-host/port/host/paper.h"

static uint32_t now_ms(const struct virtual_hall *hall)
{
	return (uint32_t)(hall->now_us / 1000);
}

static void on_boards_byte(void *user, uint8_t byte)
{
	struct virtual_hall *hall = user;

	for (int i = 0; i < HALL_BOARDS; i++)
		board_receive(&hall->boards[i], byte, now_ms(hall));
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

static void on_printer_byte(void *user, uint8_t byte)
{
	struct virtual_hall *hall = user;

	printer_receive(&hall->printer, &byte, 1, now_ms(hall));
}

static size_t printer_free(void *user)
{
	struct virtual_hall *hall = user;

	return printer_room(&hall->printer);
}

static void send_printer(void *port, const uint8_t *bytes, size_t len)
{
	struct virtual_hall *hall = port;

	endpoint_send(&hall->printer_port, bytes, len, hall->now_us);
	usb_printers_answer(&hall->usb, bytes, len);
}

static void on_cut(void *port, const uint8_t *rows, uint32_t count)
{
	struct virtual_hall *hall = port;
	struct paper *paper = &hall->papers[hall->paper_count % HALL_MAX_TICKETS];
	size_t size = (size_t)count * (PRINTER_MAX_WIDTH / 8);
	struct timespec ts;

	free(paper->dots);
	paper->dots = malloc(size ? size : 1);
	if (!paper->dots)
		return;
	memcpy(paper->dots, rows, size);
	clock_gettime(CLOCK_REALTIME, &ts);
	paper->rows = count;
	paper->number = ++hall->paper_count;
	paper->at_ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

const struct paper *hall_paper(const struct virtual_hall *hall, uint32_t number)
{
	const struct paper *paper = number ? &hall->papers[(number - 1) % HALL_MAX_TICKETS] : NULL;

	return paper && paper->dots && paper->number == number ? paper : NULL;
}

static uint32_t draw_nonce(void)
{
	uint32_t nonce = 0;

	if (getrandom(&nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		nonce = (uint32_t)time(NULL);
	return nonce;
}

static void make_devices(struct virtual_hall *hall)
{
	struct printer_hal hal = {
		.uart = {send_printer, hall}, .qr = paper_qr, .cut = on_cut, .port = hall};

	for (int i = 0; i < HALL_BOARDS; i++) {
		bool window = i < HALL_WINDOWS;
		struct board_settings settings = {
			.address = (uint8_t)(window ? i + 1 : HALL_BOARD_ADDRESS),
			.width = window ? 128 : 256,
			.height = window ? 16 : 64,
			.acknowledges = true,
			.host_lost_ms = 60000,
		};

		board_init(&hall->boards[i], &settings, (struct hal_uart){send_boards, hall},
			   now_ms(hall));
	}
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
	printer_init(&hall->printer,
		     &(struct printer_settings){.width = 576, .answers_process_id = true}, &hal,
		     now_ms(hall));
}

int hall_start(struct virtual_hall *hall, uint32_t baud, int64_t now_us)
{
	struct endpoint *lines[] = {&hall->boards_line, &hall->keypads_line, &hall->panel_line};
	void (*const received[])(void *, uint8_t) = {on_boards_byte, on_keypads_byte,
						     on_panel_byte};
	int r;

	hall->now_us = now_us;
	make_devices(hall);
	for (int i = 0; i < 3; i++) {
		lines[i]->received = received[i];
		lines[i]->user = hall;
		lines[i]->turnround_us = 5000;
		r = endpoint_open(lines[i], baud);
		if (r < 0)
			return r;
	}
	hall->printer_port.received = on_printer_byte;
	hall->printer_port.room = printer_free;
	hall->printer_port.user = hall;
	return endpoint_open(&hall->printer_port, 0);
}

void hall_stop(struct virtual_hall *hall)
{
	endpoint_close(&hall->boards_line);
	endpoint_close(&hall->keypads_line);
	endpoint_close(&hall->panel_line);
	endpoint_close(&hall->printer_port);
	for (int i = 0; i < HALL_MAX_TICKETS; i++)
		free(hall->papers[i].dots);
}

size_t hall_fds(const struct virtual_hall *hall, struct pollfd *ret)
{
	size_t count = endpoint_fds(&hall->boards_line, ret);

	count += endpoint_fds(&hall->keypads_line, ret + count);
	count += endpoint_fds(&hall->panel_line, ret + count);
	count += endpoint_fds(&hall->printer_port, ret + count);
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
	endpoint_process(&hall->printer_port, now_us);
	usb_printers_process(&hall->usb, now_us);
	move_fingers(hall);
	for (int i = 0; i < HALL_BOARDS; i++)
		board_tick(&hall->boards[i], now_ms(hall));
	for (int i = 0; i < HALL_WINDOWS; i++)
		keypad_tick(&hall->keypads[i], now_ms(hall));
	keypad_tick(&hall->panel, now_ms(hall));
	printer_tick(&hall->printer, now_ms(hall));
}

int64_t hall_deadline(const struct virtual_hall *hall)
{
	const struct endpoint *const lines[] = {&hall->boards_line, &hall->keypads_line,
						&hall->panel_line, &hall->printer_port};
	bool busy = hall->finger_count || printer_is_printing(&hall->printer) ||
		    usb_printers_is_busy(&hall->usb);
	int64_t deadline = hall->now_us + (busy ? 5000 : 100000);

	for (int i = 0; i < 4; i++)
		if (endpoint_deadline(lines[i]) < deadline)
			deadline = endpoint_deadline(lines[i]);
	return deadline;
}
