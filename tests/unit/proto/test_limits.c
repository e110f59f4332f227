/* Frames whose checksum is right and that are wrong all the same: each value and each length just
 * beyond its limit is refused with its reason, the one at the limit is taken, and what was parsed
 * before stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/proto/lihe.h"
#include "firmware-host/proto/modbus.h"

enum { SIZE = 600 };

static size_t end_text(uint8_t *frame, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 6; i < len; i++)
		sum += frame[i];
	frame[5] = (uint8_t)sum;
	frame[len] = 0xff;
	return len + 1;
}

/* address 1, one line, the text is of 'A's */
static size_t type_text(uint8_t *frame, size_t text_len)
{
	static const uint8_t head[] = {0xaa, 1, 0xbb, 0x51, 0x54, 0, 8, 0, 0, 0, 99};

	memcpy(frame, head, sizeof(head));
	memset(frame + sizeof(head), 'A', text_len);
	return end_text(frame, sizeof(head) + text_len);
}

static size_t end_number(uint8_t *frame, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 1; i < len; i++)
		sum += frame[i];
	frame[len] = (uint8_t)(sum % 100);
	frame[len + 1] = 0xff;
	return len + 2;
}

static size_t type_number(uint8_t *frame, size_t data_len)
{
	const uint8_t head[] = {0xa0, (uint8_t)(3 + data_len), 0x28, 3, 1};

	memcpy(frame, head, sizeof(head));
	memset(frame + sizeof(head), 7, data_len);
	return end_number(frame, sizeof(head) + data_len);
}

static enum lihe_error parse_text(const uint8_t *frame, size_t len)
{
	struct lihe_text text, before;
	enum lihe_error error;

	memset(&text, 0x5a, sizeof(text));
	before = text;
	error = lihe_parse_text(frame, len, LIHE_SUM_DATA, &text);
	if (error != LIHE_GOOD)
		assert_memory_equal(&text, &before, sizeof(text));
	return error;
}

static enum lihe_error parse_number(const uint8_t *frame, size_t len)
{
	struct lihe_number number, before;
	enum lihe_error error;

	memset(&number, 0x5a, sizeof(number));
	before = number;
	error = lihe_parse_number(frame, len, &number);
	if (error != LIHE_GOOD)
		assert_memory_equal(&number, &before, sizeof(number));
	assert_int_equal(lihe_match_number(frame, len, &before), error == LIHE_GOOD ? (int)len
								 : error == LIHE_TOO_SHORT ? 0
											   : -1);
	return error;
}

static void test_text_values(void **state)
{
	static const struct {
		size_t at;
		uint8_t last_good;
	} values[] = {{1, 254}, {4, 0x54}, {6, 254}, {7, 7}, {8, 99}, {9, 2}, {10, 99}};
	uint8_t frame[SIZE];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		type_text(frame, 4);
		frame[values[i].at] = values[i].last_good;
		len = end_text(frame, 15);
		assert_int_equal(parse_text(frame, len), LIHE_GOOD);
		if (values[i].at == 6)
			continue; /* a mode is the card's own */
		frame[values[i].at]++;
		len = end_text(frame, 15);
		assert_int_equal(parse_text(frame, len), LIHE_BAD_VALUE);
	}
	len = type_text(frame, 4);
	frame[4] = 0x50;
	assert_int_equal(parse_text(frame, len), LIHE_GOOD);
	frame[4] = 0x4f;
	assert_int_equal(parse_text(frame, len), LIHE_BAD_VALUE);
	/* an FF within, where no frame may have one */
	type_text(frame, 4);
	frame[12] = 0xff;
	len = end_text(frame, 15);
	assert_int_equal(parse_text(frame, len), LIHE_BAD_VALUE);
}

static void test_text_lengths(void **state)
{
	uint8_t frame[SIZE], built[SIZE];
	struct lihe_text text;
	size_t len = type_text(frame, LIHE_MAX_TEXT);

	(void)state;
	assert_int_equal(len, LIHE_MAX_FRAME);
	assert_int_equal(lihe_parse_text(frame, len, LIHE_SUM_DATA, &text), LIHE_GOOD);
	assert_int_equal(lihe_build_text(built, len, &text, LIHE_SUM_DATA), len);
	assert_memory_equal(built, frame, len);
	assert_int_equal(lihe_build_text(built, len - 1, &text, LIHE_SUM_DATA), 0);
	len = type_text(frame, LIHE_MAX_TEXT + 1);
	assert_int_equal(parse_text(frame, len), LIHE_BAD_LENGTH);
	len = type_text(frame, 0);
	assert_int_equal(parse_text(frame, len), LIHE_GOOD);
	for (size_t n = 1; n < len; n++)
		assert_int_equal(parse_text(frame, n), LIHE_TOO_SHORT);
	assert_int_equal(parse_text(frame, 0), LIHE_NO_FRAME);
	len = type_text(frame, 4);
	assert_int_equal(parse_text(frame, len - 1), LIHE_BAD_LENGTH);
	for (size_t i = 0; i < 4; i++) {
		if (i == 1)
			continue;
		type_text(frame, 4);
		frame[i] ^= 1;
		assert_int_equal(parse_text(frame, len), LIHE_NO_FRAME);
	}
	for (size_t i = 5; i < len - 1; i++) {
		type_text(frame, 4);
		frame[i] ^= 1;
		assert_int_equal(parse_text(frame, len), LIHE_BAD_CHECKSUM);
	}
}

static void test_numbers(void **state)
{
	uint8_t frame[SIZE], built[SIZE];
	struct lihe_number number;
	size_t len = type_number(frame, LIHE_MAX_DATA);

	(void)state;
	assert_int_equal(lihe_parse_number(frame, len, &number), LIHE_GOOD);
	assert_int_equal(lihe_build_number(built, len, &number), len);
	assert_memory_equal(built, frame, len);
	assert_int_equal(lihe_build_number(built, len - 1, &number), 0);
	number.len = LIHE_MAX_DATA + 1;
	assert_int_equal(lihe_build_number(built, sizeof(built), &number), 0);
	for (size_t n = 2; n < len; n++)
		assert_int_equal(parse_number(frame, n), LIHE_TOO_SHORT);
	len = type_number(frame, LIHE_MAX_DATA + 1);
	assert_int_equal(parse_number(frame, len), LIHE_BAD_LENGTH);
	len = type_number(frame, 0);
	assert_int_equal(parse_number(frame, len), LIHE_GOOD);
	frame[1] = 2;
	len = end_number(frame, 4);
	assert_int_equal(parse_number(frame, len), LIHE_BAD_LENGTH);
	/* a byte too many; the end is another byte */
	len = type_number(frame, 3);
	frame[len] = 0xff;
	assert_int_equal(lihe_parse_number(frame, len + 1, &number), LIHE_BAD_LENGTH);
	frame[len - 1] = 0xfe;
	assert_int_equal(parse_number(frame, len), LIHE_BAD_LENGTH);
	/* CHK is decimal: 99 is followed by 0 */
	for (uint8_t data = 0; data < 200; data++) {
		len = type_number(frame, 1);
		frame[5] = data;
		len = end_number(frame, 6);
		assert_true(frame[len - 2] < 100);
		assert_int_equal(parse_number(frame, len), LIHE_GOOD);
		frame[len - 2] = (uint8_t)(frame[len - 2] + 100);
		assert_int_equal(parse_number(frame, len), LIHE_BAD_CHECKSUM);
	}
	assert_string_equal(lihe_error_text(LIHE_BAD_CHECKSUM), "the checksum does not fit");
}

/* A SUM of FF is no end; a text that never ends is given up, and a frame behind it is heard. */
static void test_receiver(void **state)
{
	struct lihe_receiver receiver;
	uint8_t frame[SIZE];
	size_t len;

	(void)state;
	type_text(frame, 2);
	frame[12] = (uint8_t)(0xff - 8 - 99 - 'A');
	len = end_text(frame, 13);
	assert_int_equal(frame[5], 0xff);
	lihe_receiver_init(&receiver);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(lihe_receiver_push(&receiver, frame[i]),
				 i + 1 < len ? LIHE_NOTHING : LIHE_TEXT_FRAME);
	assert_int_equal(receiver.frame_len, len);
	len = type_text(frame, LIHE_MAX_TEXT + 300) - 1;
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(lihe_receiver_push(&receiver, frame[i]), LIHE_NOTHING);
		assert_true(receiver.len < LIHE_MAX_FRAME);
	}
	len = type_text(frame, LIHE_MAX_TEXT);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(lihe_receiver_push(&receiver, frame[i]),
				 i + 1 < len ? LIHE_NOTHING : LIHE_TEXT_FRAME);
	assert_int_equal(receiver.frame_len, LIHE_MAX_FRAME);
}

static size_t seal(uint8_t *frame, size_t len)
{
	uint16_t crc = modbus_crc(frame, len);

	frame[len] = (uint8_t)crc;
	frame[len + 1] = (uint8_t)(crc >> 8);
	return len + 2;
}

/* A write whose count and byte count are given, with as many bytes as it says. */
static bool write_is_taken(uint16_t count, uint8_t bytes)
{
	uint8_t frame[SIZE] = {5, 0x10, 1, 0, (uint8_t)(count >> 8), (uint8_t)count, bytes};
	struct modbus_request request, before;
	size_t len = seal(frame, 7u + bytes);
	bool taken;

	memset(&request, 0x5a, sizeof(request));
	before = request;
	taken = modbus_parse_request(frame, len, &request);
	assert_int_equal(modbus_request_length(frame, len) == (int)len,
			 bytes && bytes % 2 == 0 && bytes <= 2 * MODBUS_MAX_REGISTERS);
	if (!taken)
		assert_memory_equal(&request, &before, sizeof(request));
	return taken;
}

static void test_modbus_writes(void **state)
{
	const uint16_t values[MODBUS_MAX_REGISTERS + 1] = {0};
	uint8_t frame[SIZE];

	(void)state;
	assert_true(write_is_taken(1, 2));
	assert_true(write_is_taken(MODBUS_MAX_REGISTERS, 2 * MODBUS_MAX_REGISTERS));
	assert_false(write_is_taken(MODBUS_MAX_REGISTERS + 1, 2 * MODBUS_MAX_REGISTERS + 2));
	assert_false(write_is_taken(127, 254));
	assert_false(write_is_taken(0, 0));
	assert_false(write_is_taken(2, 2));
	assert_false(write_is_taken(1, 4));
	assert_false(write_is_taken(1, 3));
	assert_false(write_is_taken(0x8001, 2));
	assert_int_equal(modbus_build_write(frame, SIZE, 5, 0, values, MODBUS_MAX_REGISTERS),
			 MODBUS_MAX_FRAME);
	assert_int_equal(modbus_build_write(frame, SIZE, 5, 0, values, MODBUS_MAX_REGISTERS + 1),
			 0);
	assert_int_equal(modbus_build_write(frame, SIZE, 5, 0, values, 0), 0);
	assert_int_equal(modbus_build_write(frame, 10, 5, 0, values, 1), 0);
	assert_int_equal(modbus_build_write(frame, 11, 5, 0, values, 1), 11);
	assert_int_equal(modbus_build_read(frame, SIZE, 5, 4, 0, MODBUS_MAX_REGISTERS + 1), 0);
	assert_int_equal(modbus_build_read(frame, 7, 5, 4, 0, 1), 0);
	assert_int_equal(modbus_build_write_one(frame, 7, 5, 0, 1), 0);
	assert_int_equal(modbus_build_written(frame, 7, 5, 0, 1), 0);
	assert_int_equal(modbus_build_exception(frame, 4, 5, 4, 2), 0);
}

static int match_values(uint8_t bytes)
{
	uint8_t frame[SIZE] = {5, 4, bytes};
	struct modbus_reply reply, before;
	size_t len = seal(frame, 3u + bytes);
	int n;

	memset(&reply, 0x5a, sizeof(reply));
	before = reply;
	n = modbus_match_reply(frame, len, 5, MODBUS_READ_INPUT, &reply);
	if (n <= 0)
		assert_memory_equal(&reply, &before, sizeof(reply));
	return n;
}

static void test_modbus_replies(void **state)
{
	const uint16_t values[MODBUS_MAX_REGISTERS + 1] = {0};
	uint8_t frame[SIZE];

	(void)state;
	assert_int_equal(match_values(2), 7);
	assert_int_equal(match_values(2 * MODBUS_MAX_REGISTERS), 5 + 2 * MODBUS_MAX_REGISTERS);
	assert_int_equal(match_values(2 * MODBUS_MAX_REGISTERS + 2), -1);
	assert_int_equal(match_values(254), -1);
	assert_int_equal(match_values(0), -1);
	assert_int_equal(match_values(3), -1);
	assert_int_equal(modbus_build_values(frame, 6, 5, 4, values, 1), 0);
	assert_int_equal(modbus_build_values(frame, 7, 5, 4, values, 1), 7);
	assert_int_equal(modbus_build_values(frame, SIZE, 5, 4, values, 0), 0);
	assert_int_equal(modbus_build_values(frame, SIZE, 5, 4, values, MODBUS_MAX_REGISTERS + 1),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_values),   cmocka_unit_test(test_text_lengths),
		cmocka_unit_test(test_numbers),	      cmocka_unit_test(test_receiver),
		cmocka_unit_test(test_modbus_writes), cmocka_unit_test(test_modbus_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
