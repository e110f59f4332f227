/* Plays the examples of PROTOCOL.md to the devices: what the document says happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/app/board.h"
#include "firmware-host/app/board_modbus.h"
#include "firmware-host/app/device.h"
#include "firmware-host/app/keypad.h"
#include "firmware-host/app/memory.h"
#include "tests/unit/app/seen.h"
#include "tests/unit/proto/examples.h"

static struct {
	enum { KEYPAD, BOARD, MODBUS_BOARD } kind;
	struct keypad keypad;
	struct board board;
	struct board_modbus modbus;
	uint8_t sent[256];
	size_t sent_len;
	uint32_t now;
	/* with a serial: the whole of it, settings and all */
	bool is_whole;
	struct device whole;
	uint8_t memory[HAL_NVM_SLOTS][HAL_NVM_SLOT];
} device;

static void on_send(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	assert_true(device.sent_len + len <= sizeof(device.sent));
	memcpy(device.sent + device.sent_len, bytes, len);
	device.sent_len += len;
}

static void pass(uint32_t ms)
{
	while (ms--) {
		device.now++;
		if (device.is_whole) {
			device_tick(&device.whole, device.now);
			continue;
		}
		switch (device.kind) {
		case KEYPAD: keypad_tick(&device.keypad, device.now); break;
		case BOARD: board_tick(&device.board, device.now); break;
		case MODBUS_BOARD: board_modbus_tick(&device.modbus, device.now); break;
		}
	}
}

static bool read_slot(void *port, unsigned slot, uint8_t ret[HAL_NVM_SLOT])
{
	(void)port;
	memcpy(ret, device.memory[slot], HAL_NVM_SLOT);
	return true;
}

static bool write_slot(void *port, unsigned slot, const uint8_t bytes[HAL_NVM_SLOT])
{
	(void)port;
	memcpy(device.memory[slot], bytes, HAL_NVM_SLOT);
	return true;
}

static void set_baud(void *port, uint32_t baud)
{
	(void)port;
	assert_int_equal(baud, 9600);
}

static void restart(void)
{
	struct device_hal hal = {.line = {on_send, NULL},
				 .set_baud = set_baud,
				 .nvm = {read_slot, write_slot, NULL},
				 .serial = {0x02, 0x00, 0x00, 0x0a, 0x0b, 0x01}};

	device_start(&device.whole, device.kind == BOARD ? &device_lihe_board : &device_keypad,
		     device.kind == BOARD ? (void *)&device.board : &device.keypad, &hal,
		     device.now);
}

/* As its maker leaves it, with other settings of the example's. */
static void make_whole(const struct service_settings *settings)
{
	uint8_t record[MEMORY_RECORD] = {0};
	const struct hal_nvm nvm = {read_slot, write_slot, NULL};

	memset(device.memory, 0xff, sizeof(device.memory));
	service_put_settings(record, settings);
	assert_true(memory_save(&nvm, 0, record));
	restart();
}

static void power(const struct example_line *line)
{
	struct hal_uart uart = {on_send, NULL};
	unsigned address, width, height, nonce;
	char kind[16];

	device.is_whole = strstr(line->rest, " serial 0200000A0B01");
	if (sscanf(line->rest, "board %u %ux%u", &address, &width, &height) == 3) {
		struct board_settings settings = {
			.address = (uint8_t)address,
			.width = (uint16_t)width,
			.height = (uint16_t)height,
			.acknowledges = strstr(line->rest, " acknowledges"),
			.checksum = strstr(line->rest, " counts-end") ? LIHE_SUM_DATA_AND_END
								      : LIHE_SUM_DATA,
			.host_lost_ms = 60000,
		};

		device.kind = BOARD;
		board_init(&device.board, &settings, uart, device.now);
		if (device.is_whole)
			make_whole(&(struct service_settings){.kind = SERVICE_LIHE_BOARD,
							      .address = settings.address,
							      .acknowledges = settings.acknowledges,
							      .width = settings.width,
							      .height = settings.height,
							      .host_lost_s = 60,
							      .baud = 9600});
	} else if (device.is_whole && sscanf(line->rest, "keypad %u", &address) == 1) {
		device.kind = KEYPAD;
		make_whole(&(struct service_settings){
			.kind = SERVICE_KEYPAD, .address = (uint8_t)address, .baud = 9600});
	} else if (sscanf(line->rest, "modbus-board %u %ux%u nonce %x", &address, &width, &height,
			  &nonce) == 4) {
		struct board_modbus_settings settings = {.address = (uint8_t)address,
							 .width = (uint16_t)width,
							 .height = (uint16_t)height,
							 .nonce = nonce,
							 .watchdog_s = 60};

		device.kind = MODBUS_BOARD;
		board_modbus_init(&device.modbus, &settings, uart, device.now);
	} else if (sscanf(line->rest, "%15s %u nonce %x", kind, &address, &nonce) == 3) {
		struct keypad_settings settings = {
			.address = (uint8_t)address,
			.kind = strcmp(kind, "panel") == 0 ? KEYPAD_KIND_PANEL : KEYPAD_KIND_WINDOW,
			.nonce = nonce,
		};

		device.kind = KEYPAD;
		keypad_init(&device.keypad, &settings, uart);
	} else {
		fail_msg("PROTOCOL.md:%d: which device?", line->number);
	}
}

static void press(const struct example_line *line)
{
	unsigned key = 0, argument = 0;

	assert_true(device.kind == KEYPAD && sscanf(line->rest, "%u %u", &key, &argument) >= 1);
	keypad_contact(&device.keypad, (uint16_t)key, (uint16_t)argument, true, device.now);
	pass(60);
	keypad_contact(&device.keypad, (uint16_t)key, (uint16_t)argument, false, device.now);
	pass(60);
}

static void receive(const struct example_line *line)
{
	for (size_t i = 0; i < line->len; i++) {
		if (device.is_whole) {
			device_receive(&device.whole, line->bytes[i], device.now);
			continue;
		}
		switch (device.kind) {
		case KEYPAD: keypad_receive(&device.keypad, line->bytes[i], device.now); break;
		case BOARD: board_receive(&device.board, line->bytes[i], device.now); break;
		case MODBUS_BOARD:
			board_modbus_receive(&device.modbus, line->bytes[i], device.now);
			break;
		}
	}
}

static void check_answer(const struct example_line *line)
{
	if (device.sent_len != line->len || memcmp(device.sent, line->bytes, line->len) != 0) {
		for (size_t i = 0; i < device.sent_len; i++)
			print_error("%02X ", device.sent[i]);
		fail_msg("PROTOCOL.md:%d: that was the answer", line->number);
	}
	device.sent_len = 0;
}

static void check_seen(const struct example_line *line)
{
	const struct screen *screen =
		device.kind == BOARD ? &device.board.screen : &device.modbus.screen;
	char seen[SEEN_SIZE], number[9];
	size_t len = 0;

	if (device.kind != KEYPAD) {
		for (int y = 0; y < screen->settings.height; y += 16) {
			char row[SEEN_SIZE];

			seen_row(screen, y, row);
			len += (size_t)snprintf(seen + len, sizeof(seen) - len, "%s%s",
						y ? " / " : "", row);
			assert_true(len < sizeof(seen));
		}
	} else {
		keypad_number(&device.keypad, number);
		snprintf(seen, sizeof(seen), number[0] ? "%u %s" : "%u", device.keypad.display[0],
			 number);
	}
	if (strcmp(seen, line->rest) != 0)
		fail_msg("PROTOCOL.md:%d: it shows \"%s\"", line->number, seen);
}

static void test_examples(void **state)
{
	struct example_line line;
	unsigned examples = 0, answers = 0;
	FILE *file = examples_open();

	(void)state;
	while (examples_next(file, &line)) {
		/* What was not foretold by a < must not have been said. */
		if (line.word[0] != '<' && device.sent_len)
			fail_msg("PROTOCOL.md:%d: before this line the device answered",
				 line.number);
		if (strcmp(line.word, "power") == 0) {
			power(&line);
		} else if (strcmp(line.word, "restart") == 0) {
			assert_true(device.is_whole);
			restart();
		} else if (strcmp(line.word, "key") == 0) {
			press(&line);
		} else if (strcmp(line.word, "wait") == 0) {
			pass((uint32_t)strtoul(line.rest, NULL, 10));
		} else if (strcmp(line.word, ">") == 0) {
			receive(&line);
		} else if (strcmp(line.word, "<") == 0) {
			check_answer(&line);
			answers++;
		} else if (strcmp(line.word, "shows") == 0) {
			check_seen(&line);
		} else {
			examples++;
		}
	}
	fclose(file);
	assert_true(examples >= 15 && answers >= 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
