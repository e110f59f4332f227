/* The keypad from both of its sides: contacts that bounce, and a Modbus master that repeats itself,
 * comes late or talks nonsense. Frames are typed out with a CRC of this file's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/app/keypad.h"

enum { ADDRESS = 5, CALL_NEXT = 3, RECALL = 4, TAKE_NUMBER = 32 };

static struct keypad keypad;
static uint8_t sent[512];
static size_t sent_len;
static uint32_t now;

static void on_send(void *port, const uint8_t *bytes, size_t len)
{
	assert_ptr_equal(port, sent);
	assert_true(sent_len + len <= sizeof(sent));
	memcpy(sent + sent_len, bytes, len);
	sent_len += len;
}

static void start(uint32_t nonce, uint32_t at_ms)
{
	struct keypad_settings settings = {
		.address = ADDRESS, .kind = KEYPAD_KIND_WINDOW, .nonce = nonce};

	now = at_ms;
	sent_len = 0;
	keypad_init(&keypad, &settings, (struct hal_uart){on_send, sent});
	keypad_tick(&keypad, now);
}

static int setup(void **state)
{
	(void)state;
	start(0x1234abcd, 1000);
	return 0;
}

static void pass(uint32_t ms)
{
	while (ms--)
		keypad_tick(&keypad, ++now);
}

static void press(uint16_t key, uint16_t argument)
{
	keypad_contact(&keypad, key, argument, true, now);
	pass(50);
	keypad_contact(&keypad, key, argument, false, now);
	pass(50);
}

/* Bit by bit from the left over the reflected bytes: another way than the codec's. */
static uint16_t crc_of(const uint8_t *bytes, size_t len)
{
	uint16_t crc = 0xffff, reflected = 0;

	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit++) {
			int top = crc >> 15 ^ (bytes[i] >> bit & 1);

			crc = (uint16_t)(crc << 1);
			if (top)
				crc ^= 0x8005;
		}
	for (int bit = 0; bit < 16; bit++)
		if (crc >> bit & 1)
			reflected |= (uint16_t)(0x8000u >> bit);
	return reflected;
}

static void receive(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		keypad_receive(&keypad, bytes[i], now);
}

static size_t type(const char *hex, uint8_t *frame)
{
	size_t len = 0;
	unsigned value;
	uint16_t crc;

	for (; sscanf(hex, " %2x", &value) == 1; hex += strspn(hex, " ") + 2)
		frame[len++] = (uint8_t)value;
	crc = crc_of(frame, len);
	frame[len++] = (uint8_t)crc;
	frame[len++] = (uint8_t)(crc >> 8);
	return len;
}

/* Sends the request and compares the answer, both without their CRC. NULL: silence. */
#define ask(request, answer) check_ask(request, answer, __LINE__)
static void check_ask(const char *request, const char *answer, int line)
{
	uint8_t frame[256], expected[256];
	size_t len = type(request, frame), expected_len = answer ? type(answer, expected) : 0;

	sent_len = 0;
	receive(frame, len);
	if (sent_len != expected_len || memcmp(sent, expected, expected_len) != 0) {
		for (size_t i = 0; i < sent_len; i++)
			print_error("%02x ", sent[i]);
		fail_msg("line %d: not the answer to %s", line, request);
	}
}

static void test_hold_and_bounce(void **state)
{
	(void)state;
	/* 19 ms are a bounce, 20 ms a press, an hour is one press too */
	keypad_contact(&keypad, CALL_NEXT, 0, true, now);
	pass(19);
	keypad_contact(&keypad, CALL_NEXT, 0, false, now);
	pass(100);
	assert_int_equal(keypad.queued, 0);
	keypad_contact(&keypad, CALL_NEXT, 0, true, now);
	pass(20);
	assert_int_equal(keypad.queued, 1);
	pass(3600 * 1000);
	assert_int_equal(keypad.queued, 1);
	keypad_contact(&keypad, CALL_NEXT, 0, false, now);
	pass(100);
	/* bounces on the way down and on the way up */
	for (int i = 0; i < 10; i++) {
		keypad_contact(&keypad, CALL_NEXT, 0, i % 2 == 0, now);
		pass(3);
	}
	keypad_contact(&keypad, CALL_NEXT, 0, true, now);
	pass(200);
	for (int i = 0; i < 11; i++) {
		keypad_contact(&keypad, CALL_NEXT, 0, i % 2 == 1, now);
		pass(7);
	}
	pass(200);
	assert_int_equal(keypad.queued, 2);
	/* a worn contact opens for a moment while the finger stays */
	keypad_contact(&keypad, CALL_NEXT, 0, true, now);
	pass(100);
	for (int i = 0; i < 5; i++) {
		keypad_contact(&keypad, CALL_NEXT, 0, false, now);
		pass(19);
		keypad_contact(&keypad, CALL_NEXT, 0, true, now);
		pass(100);
	}
	assert_int_equal(keypad.queued, 3);
	/* 20 ms without contact are two presses */
	keypad_contact(&keypad, CALL_NEXT, 0, false, now);
	pass(20);
	keypad_contact(&keypad, CALL_NEXT, 0, true, now);
	pass(20);
	assert_int_equal(keypad.queued, 4);
	assert_int_equal(keypad.sequence, 4);
}

/* Nobody ticks between the contact's two reports: the time that went by counts. */
static void test_press_between_ticks(void **state)
{
	(void)state;
	keypad_contact(&keypad, CALL_NEXT, 0, true, now);
	now += 60;
	keypad_contact(&keypad, CALL_NEXT, 0, false, now);
	assert_int_equal(keypad.queued, 1);
}

static void test_other_keys(void **state)
{
	(void)state;
	/* A key pressed while another is down does not count and does not lift the first. */
	keypad_contact(&keypad, TAKE_NUMBER, 1, true, now);
	pass(30);
	keypad_contact(&keypad, TAKE_NUMBER, 2, true, now);
	pass(30);
	keypad_contact(&keypad, TAKE_NUMBER, 2, false, now);
	pass(30);
	assert_true(keypad.down);
	keypad_contact(&keypad, TAKE_NUMBER, 1, false, now);
	/* right after it another key is a press of its own, without any pause */
	keypad_contact(&keypad, TAKE_NUMBER, 2, true, now);
	pass(30);
	keypad_contact(&keypad, TAKE_NUMBER, 2, false, now);
	pass(30);
	assert_int_equal(keypad.queued, 2);
	assert_int_equal(keypad.queue[0].argument, 1);
	assert_int_equal(keypad.queue[1].argument, 2);
}

static void test_full_queue(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < 11; i++)
		press(CALL_NEXT, i);
	assert_int_equal(keypad.queued, 8);
	assert_int_equal(keypad.lost, 3);
	assert_int_equal(keypad.sequence, 8); /* what was not taken has no number */
	for (uint16_t i = 0; i < 8; i++)
		assert_int_equal(keypad.queue[i].argument, i);
}

static void test_poll(void **state)
{
	(void)state;
	ask("05 04 00 00 00 01", "05 04 02 00 00");
	ask("05 04 00 00 00 0A", "05 04 14 00 00 12 34 AB CD 00 00 00 00 00 00 00 00 00 01 "
				 "00 00 00 01");
	press(RECALL, 0x0102);
	press(CALL_NEXT, 0);
	ask("05 04 00 00 00 01", "05 04 02 01 04");
	pass(1000);
	/* the first press: 20 ms after its contact closed, 180 + 1000 ms ago */
	ask("05 04 00 01 00 09", "05 04 12 12 34 AB CD 00 01 00 04 01 02 00 76 00 01 00 02 "
				 "00 01");
	assert_int_equal(keypad.queued, 2); /* reading takes nothing away */
}

static void test_age_saturates(void **state)
{
	(void)state;
	start(7, 0xffffff00); /* the clock comes round within this test */
	press(CALL_NEXT, 0);
	now += 655260; /* and 80 ms of the press itself */
	keypad_tick(&keypad, now);
	ask("05 04 00 06 00 01", "05 04 02 FF FE");
	now += 20;
	keypad_tick(&keypad, now);
	ask("05 04 00 06 00 01", "05 04 02 FF FF");
	for (int i = 0; i < 9; i++) {
		now += 500000000;
		keypad_tick(&keypad, now);
		ask("05 04 00 06 00 01", "05 04 02 FF FF");
	}
	ask("05 10 01 00 00 04 08 00 00 00 07 00 01 00 00", "05 10 01 00 00 04");
	press(CALL_NEXT, 0);
	ask("05 04 00 06 00 01", "05 04 02 00 08");
}

static void test_acknowledgement(void **state)
{
	static const char *const not_mine[] = {
		"05 10 01 00 00 04 08 12 34 AB CE 00 01 00 00", /* another boot */
		"05 10 01 00 00 04 08 92 34 AB CD 00 01 00 00",
		"05 10 01 00 00 04 08 12 34 AB CD 00 02 00 00", /* not the oldest */
		"05 10 01 00 00 04 08 12 34 AB CD 00 00 00 00",
	};

	(void)state;
	/* none waits */
	ask("05 10 01 00 00 04 08 12 34 AB CD 00 01 00 00", "05 10 01 00 00 04");
	assert_int_equal(keypad.acks, 0);
	press(CALL_NEXT, 0);
	press(RECALL, 0);
	for (size_t i = 0; i < sizeof(not_mine) / sizeof(not_mine[0]); i++) {
		ask(not_mine[i], "05 10 01 00 00 04");
		assert_int_equal(keypad.queued, 2);
		assert_int_equal(keypad.acks, 0);
	}
	ask("05 03 01 00 00 04", "05 03 08 00 00 00 00 00 00 00 00");
	ask("05 10 01 00 00 04 08 12 34 AB CD 00 01 00 02", "05 10 01 00 00 04");
	assert_int_equal(keypad.ack_result, 2);
	/* the same again, because its answer was lost: answered, and the next press stays */
	ask("05 10 01 00 00 04 08 12 34 AB CD 00 01 00 02", "05 10 01 00 00 04");
	ask("05 04 00 00 00 01", "05 04 02 02 04");
	ask("05 03 01 00 00 04", "05 03 08 12 34 AB CD 00 01 00 02");
	/* a result that does not exist */
	ask("05 10 01 00 00 04 08 12 34 AB CD 00 02 00 04", "05 90 03");
	assert_int_equal(keypad.queued, 1);
	ask("05 10 01 00 00 04 08 12 34 AB CD 00 02 00 00", "05 10 01 00 00 04");
	ask("05 04 00 00 00 01", "05 04 02 00 00");
	assert_int_equal(keypad.acks, 2);
}

/* An old acknowledgement meets the keypad after its restart, where a press has the same sequence.
 */
static void test_restart(void **state)
{
	(void)state;
	press(CALL_NEXT, 0);
	start(0x5555, 1000);
	press(RECALL, 0);
	ask("05 10 01 00 00 04 08 12 34 AB CD 00 01 00 00", "05 10 01 00 00 04");
	ask("05 04 00 00 00 01", "05 04 02 01 04");
	start(0, 1000);
	assert_int_not_equal(keypad.settings.nonce, 0);
}

static void test_sequence_comes_round(void **state)
{
	(void)state;
	keypad.sequence = 0xfffe;
	press(CALL_NEXT, 0);
	press(RECALL, 0);
	ask("05 04 00 00 00 01", "05 04 02 FF 03");
	ask("05 10 01 00 00 04 08 12 34 AB CD FF FF 00 00", "05 10 01 00 00 04");
	ask("05 04 00 00 00 01", "05 04 02 00 04");
	ask("05 10 01 00 00 04 08 12 34 AB CD 00 00 00 00", "05 10 01 00 00 04");
	ask("05 04 00 00 00 01", "05 04 02 00 00");
}

static void test_display(void **state)
{
	char number[9];

	(void)state;
	ask("05 10 01 10 00 05 0A 00 0C 41 30 30 31 00 00 00 00", "05 10 01 10 00 05");
	keypad_number(&keypad, number);
	assert_string_equal(number, "A001");
	assert_int_equal(keypad.display[0], 12);
	ask("05 06 01 10 00 0D", "05 06 01 10 00 0D");
	assert_int_equal(keypad.display[0], 13);
	ask("05 03 01 10 00 02", "05 03 04 00 0D 41 30");
	/* what is no character is shown as '?', eight fill the display */
	ask("05 10 01 11 00 04 08 41 42 43 44 45 07 FF 48", "05 10 01 11 00 04");
	keypad_number(&keypad, number);
	assert_string_equal(number, "ABCDE??H");
	assert_int_equal(keypad.display[0], 13);
}

static void test_refusals(void **state)
{
	(void)state;
	press(CALL_NEXT, 0);
	ask("05 04 00 00 00 0B", "05 84 02");
	ask("05 04 00 0A 00 01", "05 84 02");
	ask("05 04 FF FF 00 02", "05 84 02");
	ask("05 04 00 00 00 00", "05 84 03");
	ask("05 04 00 00 FF FF", "05 84 02");
	ask("05 03 00 00 00 01", "05 83 02");
	ask("05 03 01 04 00 01", "05 83 02");
	ask("05 03 01 03 00 02", "05 83 02");
	ask("05 06 01 03 00 00", "05 86 02"); /* an acknowledgement is one request */
	ask("05 10 01 00 00 03 06 12 34 AB CD 00 01", "05 90 02");
	ask("05 10 01 01 00 03 06 AB CD 00 01 00 00", "05 90 02");
	ask("05 10 01 14 00 02 04 00 00 00 00", "05 90 02");
	assert_int_equal(keypad.queued, 1);
	/* not for this keypad, or a broadcast, which nobody may answer */
	ask("06 04 00 00 00 01", NULL);
	pass(40);
	ask("00 04 00 00 00 01", NULL);
	pass(40);
	/* a function that the profile does not have */
	ask("05 02 00 00 00 01", NULL);
	pass(40);
	ask("05 04 00 00 00 01", "05 04 02 01 03");
}

/* Half a request, then silence, then a whole one. */
static void test_half_requests(void **state)
{
	uint8_t frame[32];
	size_t len = type("05 10 01 10 00 05 0A 00 0C 41 30 30 31 00 00 00 00", frame);

	(void)state;
	for (size_t cut = 1; cut < len; cut++) {
		sent_len = 0;
		receive(frame, cut);
		pass(KEYPAD_SILENCE_MS);
		assert_int_equal(sent_len, 0);
		assert_int_equal(keypad.display[0], 0);
		ask("05 04 00 09 00 01", "05 04 02 00 01");
	}
	/* one byte each 16 ms, as a slow adapter hands them on, is a whole request */
	sent_len = 0;
	for (size_t i = 0; i < len; i++) {
		keypad_receive(&keypad, frame[i], now);
		pass(16);
	}
	assert_int_equal(sent_len, 8);
}

static uint64_t seed = 20;

static uint64_t draw(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 1,000 frames of random bytes and 1,000 good ones with up to three bytes changed: none is
 * answered, none changes anything, and the keypad answers right behind each. */
static void test_hostile(void **state)
{
	static const char *const good[] = {
		"05 04 00 00 00 01",
		"05 10 01 00 00 04 08 12 34 AB CD 00 01 00 00",
		"05 10 01 10 00 05 0A 00 0C 41 30 30 31 00 00 00 00",
	};

	(void)state;
	press(CALL_NEXT, 0);
	for (int round = 0; round < 2000; round++) {
		struct keypad before = keypad;
		uint8_t frame[256];
		size_t len = draw() % sizeof(frame);

		for (size_t i = 0; i < len; i++)
			frame[i] = (uint8_t)draw();
		if (len > 1) {
			frame[0] = draw() % 2 ? ADDRESS : frame[0];
			frame[1] = (uint8_t[]){3, 4, 6, 16}[draw() % 4];
		}
		if (round % 2) {
			/* Changes within 16 bits are what this CRC always sees. */
			size_t at;

			len = type(good[draw() % 3], frame);
			at = draw() % (len - 1);
			frame[at] ^= (uint8_t)(1 + draw() % 255);
			frame[at + 1] ^= (uint8_t)draw();
		}
		sent_len = 0;
		receive(frame, len);
		pass(KEYPAD_SILENCE_MS);
		assert_int_equal(sent_len, 0);
		assert_int_equal(keypad.len, 0);
		assert_int_equal(keypad.sequence, before.sequence);
		assert_int_equal(keypad.queued, before.queued);
		assert_int_equal(keypad.acks, before.acks);
		assert_memory_equal(keypad.display, before.display, sizeof(before.display));
		assert_memory_equal(&keypad.queue[0], &before.queue[0], sizeof(before.queue[0]));
		ask("05 04 00 00 00 01", "05 04 02 01 03");
	}
}

#define KEYPAD_TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEYPAD_TEST(test_hold_and_bounce),
		KEYPAD_TEST(test_press_between_ticks),
		KEYPAD_TEST(test_other_keys),
		KEYPAD_TEST(test_full_queue),
		KEYPAD_TEST(test_poll),
		KEYPAD_TEST(test_age_saturates),
		KEYPAD_TEST(test_acknowledgement),
		KEYPAD_TEST(test_restart),
		KEYPAD_TEST(test_sequence_comes_round),
		KEYPAD_TEST(test_display),
		KEYPAD_TEST(test_refusals),
		KEYPAD_TEST(test_half_requests),
		KEYPAD_TEST(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
