/* What a device remembers when the power goes at any moment, when its memory fails, and what
 * service frames it finds in noise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/app/board.h"
#include "firmware-host/app/device.h"
#include "firmware-host/app/keypad.h"
#include "firmware-host/app/memory.h"

enum { FOREVER = 1 << 30 };

static struct {
	uint8_t slots[HAL_NVM_SLOTS][HAL_NVM_SLOT];
	int left; /* bytes that can be written until the power goes */
	bool broken;
	uint8_t sent[256];
	size_t sent_len;
} world;

static bool read_slot(void *port, unsigned slot, uint8_t ret[HAL_NVM_SLOT])
{
	(void)port;
	memcpy(ret, world.slots[slot], HAL_NVM_SLOT);
	return !world.broken;
}

/* A page is erased first: what the power cuts off is FF. */
static bool write_slot(void *port, unsigned slot, const uint8_t bytes[HAL_NVM_SLOT])
{
	(void)port;
	if (world.broken)
		return false;
	if (world.left <= 0)
		return true;
	memset(world.slots[slot], 0xff, HAL_NVM_SLOT);
	for (int i = 0; i < HAL_NVM_SLOT && world.left > 0; i++, world.left--)
		world.slots[slot][i] = bytes[i];
	return true;
}

static void on_send(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	assert_true(world.sent_len + len <= sizeof(world.sent));
	memcpy(world.sent + world.sent_len, bytes, len);
	world.sent_len += len;
}

static void set_baud(void *port, uint32_t baud)
{
	(void)port;
	(void)baud;
}

static const struct hal_nvm nvm = {read_slot, write_slot, NULL};
static const struct device_hal hal = {
	.line = {on_send, NULL},
	.set_baud = set_baud,
	.nvm = {read_slot, write_slot, NULL},
	.serial = {2, 0, 0, 0xa, 0xb, 1},
};
static struct device device;
static struct board board;
static struct keypad keypad;

static int setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	memset(world.slots, 0xff, sizeof(world.slots));
	world.left = FOREVER;
	return 0;
}

static void receive(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		device_receive(&device, bytes[i], 1000);
}

static struct service_frame ask(const struct service_frame *frame)
{
	uint8_t bytes[SERVICE_MAX_FRAME];
	struct service_frame answer = {0};

	world.sent_len = 0;
	receive(bytes, service_build(bytes, sizeof(bytes), frame));
	if (world.sent_len)
		assert_true(service_parse(world.sent, world.sent_len, &answer));
	return answer;
}

static uint8_t set_address(uint8_t address)
{
	struct service_frame who = {.op = SERVICE_WHO}, set = {.op = SERVICE_SET, .len = 20};

	memcpy(who.serial, hal.serial, SERVICE_SERIAL);
	memcpy(set.serial, hal.serial, SERVICE_SERIAL);
	who = ask(&who);
	assert_int_equal(who.op, SERVICE_IS);
	memcpy(set.data, who.data, set.len);
	set.data[4 + 2] = address;
	return ask(&set).op;
}

static void start_board(void)
{
	device_start(&device, &device_lihe_board, &board, &hal, 0);
}

/* The power may go at each byte that is written: there are the old settings or the new ones, never
 * others, and a count of starts that was not told before. */
static void test_power_cut(void **state)
{
	uint32_t boots = 0;
	bool old = false, new = false;

	(void)state;
	for (int cut = 0; cut <= 3 * HAL_NVM_SLOT; cut++) {
		setup(NULL);
		start_board();
		assert_int_equal(set_address(7), SERVICE_DONE);
		start_board();
		boots = device.boots;
		world.left = cut;
		set_address(9);
		world.left = FOREVER;
		start_board();
		assert_true(device.settings.address == 7 || device.settings.address == 9);
		old |= device.settings.address == 7;
		new |= device.settings.address == 9;
		assert_true(device.boots > boots);
	}
	assert_true(old && new);
}

static void test_sequence_comes_round(void **state)
{
	uint8_t record[MEMORY_RECORD] = {0}, back[MEMORY_RECORD];

	(void)state;
	assert_false(memory_load(&nvm, 0, back));
	for (int i = 0; i < 5; i++) {
		uint32_t crc;

		record[0] = (uint8_t)i;
		assert_true(memory_save(&nvm, 0, record));
		assert_true(memory_load(&nvm, 0, back));
		assert_memory_equal(back, record, sizeof(back));
		if (i)
			continue;
		/* the first is the one before the last number there is */
		memset(world.slots[0] + 4, 0xff, 4);
		world.slots[0][7] = 0xfe;
		crc = service_crc32(world.slots[0], 28);
		for (int k = 0; k < 4; k++)
			world.slots[0][28 + k] = (uint8_t)(crc >> (24 - 8 * k));
	}
}

static void test_broken_memory(void **state)
{
	static const uint8_t poll[] = {0x01, 0x04, 0x00, 0x00, 0x00, 0x01, 0x31, 0xca};

	(void)state;
	start_board();
	world.broken = true;
	assert_int_equal(set_address(9), SERVICE_REFUSED);
	assert_int_equal(device.settings.address, 1);
	start_board(); /* a board shows what it is told all the same */
	assert_false(device.mute);
	device_start(&device, &device_keypad, &keypad, &hal, 0);
	world.sent_len = 0;
	receive(poll, sizeof(poll));
	assert_int_equal(world.sent_len, 0);
	world.broken = false;
	device_start(&device, &device_keypad, &keypad, &hal, 0);
	receive(poll, sizeof(poll));
	assert_int_equal(world.sent_len, 7);
}

/* A serial that nobody programmed is no name. */
static void test_no_serial(void **state)
{
	struct device_hal unnamed = hal;
	struct service_frame frame = {.op = SERVICE_WHO, .serial = {255, 255, 255, 255, 255, 255}};

	(void)state;
	for (int value = 0; value <= 255; value += 255) {
		memset(unnamed.serial, value, SERVICE_SERIAL);
		device_start(&device, &device_lihe_board, &board, &unnamed, 0);
		frame.op = SERVICE_WHO;
		frame.len = 0;
		frame = ask(&frame);
		assert_int_equal(frame.op, SERVICE_IS);
		frame.op = SERVICE_SET;
		frame.len = 20;
		memcpy(frame.serial, unnamed.serial, SERVICE_SERIAL);
		assert_int_equal(ask(&frame).op, 0);
		memset(frame.serial, 255, SERVICE_SERIAL);
	}
}

/* Found wherever it begins; half of one, or one that is damaged, does not hide the next. */
static void test_stream(void **state)
{
	const struct service_frame who = {
		.op = SERVICE_WHO, .serial = {2, 0, 0, 0xa, 0xb, 1}, .data = {1, 2, 3}, .len = 3};
	uint8_t bytes[SERVICE_MAX_FRAME];
	const size_t len = service_build(bytes, sizeof(bytes), &who);
	struct service_receiver receiver = {0};
	struct service_frame found;

	(void)state;
	assert_int_equal(service_build(bytes, len - 1, &who), 0);
	for (size_t cut = 0; cut <= len; cut++) {
		unsigned count = 0;

		for (size_t i = 0; i < cut; i++)
			count += service_receiver_push(&receiver, bytes[i], &found);
		assert_int_equal(count, cut == len);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(service_receiver_push(&receiver, bytes[i], &found),
					 i == len - 1);
		assert_int_equal(found.len, 3);
		assert_memory_equal(found.data, who.data, 3);
	}
}

static void test_hostile(void **state)
{
	struct service_receiver receiver = {0};
	struct service_frame frame;
	uint8_t bytes[SERVICE_MAX_FRAME];

	(void)state;
	srand(5);
	for (int i = 0; i < 10000000 / SERVICE_MAX_FRAME; i++) {
		const struct service_frame who = {.op = SERVICE_SET, .len = 20};
		size_t len = service_build(bytes, sizeof(bytes), &who);

		/* noise, or a frame with one byte changed */
		for (size_t k = 0; i % 2 && k < len; k++)
			bytes[k] = (uint8_t)rand();
		bytes[(size_t)rand() % len] ^= (uint8_t)(1 + rand() % 255);
		for (size_t k = 0; k < len; k++) {
			assert_false(service_receiver_push(&receiver, bytes[k], &frame));
			assert_true(receiver.len < sizeof(receiver.bytes));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_power_cut, setup),
		cmocka_unit_test_setup(test_sequence_comes_round, setup),
		cmocka_unit_test_setup(test_broken_memory, setup),
		cmocka_unit_test_setup(test_no_serial, setup),
		cmocka_unit_test_setup(test_stream, setup),
		cmocka_unit_test_setup(test_hostile, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
