/* The codecs that both ends of a line share, pinned by frames from outside: published vectors of
 * Modbus and of lihe boards. A codec that two ends share can agree with itself and be wrong. */
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

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint64_t draw(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static size_t unhex(const char *text, uint8_t *ret)
{
	size_t len = 0;
	unsigned value;

	while (sscanf(text, " %2x", &value) == 1) {
		ret[len++] = (uint8_t)value;
		text += strspn(text, " ") + 2;
	}
	return len;
}

static void modbus_vectors(void **state)
{
	static const char *const frames[] = {"01 03 00 00 00 01 84 0A", "01 04 00 00 00 2A 71 D5"};
	uint8_t expected[16], built[16];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct modbus_request request;
		size_t len = unhex(frames[i], expected);

		assert_true(modbus_parse_request(expected, len, &request));
		assert_int_equal(modbus_build_read(built, sizeof(built), request.slave,
						   request.function, request.first, request.count),
				 len);
		assert_memory_equal(built, expected, len);
	}
	/* 01 02 01 00 A1 88: one coil byte, an answer of a function that we do not send */
	unhex("01 02 01 00 A1 88", expected);
	assert_int_equal(modbus_crc(expected, 4), 0x88a1);
}

/* Published examples for slave 17 and 10: the Application Protocol's own, with their CRC. */
static void modbus_published(void **state)
{
	static const char *const write = "11 10 00 01 00 02 04 00 0A 01 02 C6 F0";
	uint8_t expected[32], built[32];
	struct modbus_request request;
	struct modbus_reply reply;
	size_t len;

	(void)state;
	len = unhex("11 03 00 6B 00 03 76 87", expected);
	assert_true(modbus_parse_request(expected, len, &request));
	assert_int_equal(request.first, 0x6b);
	assert_int_equal(request.count, 3);
	len = unhex("11 03 06 AE 41 56 52 43 40 49 AD", expected);
	assert_int_equal(modbus_match_reply(expected, len, 17, MODBUS_READ_HOLDING, &reply), 11);
	assert_int_equal(reply.count, 3);
	assert_int_equal(reply.values[0], 0xae41);
	assert_int_equal(reply.values[2], 0x4340);
	len = unhex("11 04 02 00 0A F8 F4", expected);
	assert_int_equal(modbus_match_reply(expected, len, 17, MODBUS_READ_INPUT, &reply), 7);
	assert_int_equal(reply.values[0], 10);
	len = unhex("11 06 00 01 00 03 9A 9B", expected);
	assert_int_equal(modbus_build_write_one(built, sizeof(built), 17, 1, 3), len);
	assert_memory_equal(built, expected, len);
	assert_true(modbus_parse_request(expected, len, &request));
	assert_int_equal(request.values[0], 3);
	/* a request of several registers, its length known from its seventh byte on */
	len = unhex(write, expected);
	for (size_t n = 0; n <= len; n++)
		assert_int_equal(modbus_request_length(expected, n), n < 7 ? 0 : 13);
	assert_int_equal(modbus_build_write(built, sizeof(built), 17, 1,
					    (const uint16_t[]){10, 0x102}, 2),
			 len);
	assert_memory_equal(built, expected, len);
	assert_true(modbus_parse_request(expected, len, &request));
	assert_int_equal(request.values[1], 0x102);
	for (size_t n = 0; n < len; n++)
		assert_false(modbus_parse_request(expected, n, &request));
	assert_int_equal(
		modbus_build_write(built, len - 1, 17, 1, (const uint16_t[]){10, 0x102}, 2), 0);
	len = unhex("11 10 00 01 00 02 12 98", expected);
	assert_int_equal(modbus_match_reply(expected, len, 17, MODBUS_WRITE_MANY, &reply), 8);
	assert_int_equal(modbus_build_written(built, sizeof(built), 17, 1, 2), len);
	assert_memory_equal(built, expected, len);
	len = unhex("0A 81 02 B0 53", expected);
	assert_int_equal(modbus_match_reply(expected, len, 10, 1, &reply), 5);
	assert_int_equal(reply.kind, MODBUS_REFUSED);
	assert_int_equal(reply.exception, 2);
	assert_int_equal(modbus_build_exception(built, sizeof(built), 10, 1, 2), len);
	assert_memory_equal(built, expected, len);
}

static void modbus_replies(void **state)
{
	struct modbus_reply reply;
	uint8_t frame[64];
	const uint16_t values[] = {0x0102, 0xfffe};
	size_t len = modbus_build_values(frame, sizeof(frame), 7, MODBUS_READ_INPUT, values, 2);

	(void)state;
	assert_int_equal(len, 9);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(modbus_match_reply(frame, n, 7, MODBUS_READ_INPUT, &reply), 0);
	assert_int_equal(modbus_match_reply(frame, len, 7, MODBUS_READ_INPUT, &reply), 9);
	assert_int_equal(reply.kind, MODBUS_VALUES);
	assert_int_equal(reply.values[1], 0xfffe);
	/* another slave, another function, one bit wrong anywhere: not this reply */
	assert_int_equal(modbus_match_reply(frame, len, 8, MODBUS_READ_INPUT, &reply), -1);
	assert_int_equal(modbus_match_reply(frame, len, 7, MODBUS_WRITE_MANY, &reply), -1);
	for (size_t bit = 0; bit < len * 8; bit++) {
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(modbus_match_reply(frame, len, 7, MODBUS_READ_INPUT, &reply) <= 0);
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	len = modbus_build_exception(frame, sizeof(frame), 7, MODBUS_READ_INPUT,
				     MODBUS_ILLEGAL_ADDRESS);
	assert_int_equal(modbus_match_reply(frame, len, 7, MODBUS_READ_INPUT, &reply), 5);
	assert_int_equal(reply.exception, MODBUS_ILLEGAL_ADDRESS);
}

static void lihe_text_vectors(void **state)
{
	static const char *const frames[] = {
		"AA 01 BB 51 54 72 01 00 00 02 63 41 42 BB B6 D3 AD B9 E2 C1 D9 31 32 FF",
		"AA 01 BB 51 54 D5 0B 07 63 01 63 BF D5 B3 B5 FF",
	};
	uint8_t expected[64], built[64];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct lihe_text text;
		size_t len = unhex(frames[i], expected);

		assert_int_equal(lihe_parse_text(expected, len, LIHE_SUM_DATA, &text), LIHE_GOOD);
		assert_int_equal(lihe_build_text(built, sizeof(built), &text, LIHE_SUM_DATA), len);
		assert_memory_equal(built, expected, len);
		assert_int_equal(lihe_parse_text(expected, len, LIHE_SUM_DATA_AND_END, &text),
				 LIHE_BAD_CHECKSUM);
		/* the other dialect adds the FF: one less, modulo 256 */
		assert_int_equal(
			lihe_build_text(built, sizeof(built), &text, LIHE_SUM_DATA_AND_END), len);
		assert_int_equal(built[5], (uint8_t)(expected[5] - 1));
	}
}

static void lihe_number_vector(void **state)
{
	uint8_t expected[16], built[16];
	struct lihe_number number;
	size_t len = unhex("A0 07 28 03 01 0C 22 03 42 42 FF", expected);

	(void)state;
	assert_int_equal(lihe_parse_number(expected, len, &number), LIHE_GOOD);
	assert_int_equal(number.command, LIHE_STRIP);
	assert_int_equal(number.address, 3);
	assert_int_equal(number.data[0] * 100 + number.data[1], 1234);
	assert_int_equal(number.data[3], 'B');
	assert_int_equal(lihe_build_number(built, sizeof(built), &number), len);
	assert_memory_equal(built, expected, len);
	/* A0 LEN 14 ADD 50 CHK FF: 3 + 20 + 5 + 80 = 108 -> 8 */
	len = unhex("A0 03 14 05 50 08 FF", expected);
	assert_int_equal(lihe_build_ack(built, sizeof(built), 5), len);
	assert_memory_equal(built, expected, len);
}

static void lihe_refusals(void **state)
{
	struct lihe_text text = {.address = 1, .command = LIHE_ONE_LINE, .mode = 8, .len = 1};
	uint8_t frame[64];

	(void)state;
	text.text[0] = 0xff;
	assert_int_equal(lihe_build_text(frame, sizeof(frame), &text, LIHE_SUM_DATA), 0);
	text.text[0] = 'A';
	text.speed = 8;
	assert_int_equal(lihe_build_text(frame, sizeof(frame), &text, LIHE_SUM_DATA), 0);
	text.speed = 0;
	text.len = LIHE_MAX_TEXT + 1;
	assert_int_equal(lihe_build_text(frame, sizeof(frame), &text, LIHE_SUM_DATA), 0);
}

/* Noise, a cut-off frame, then a good one: the good one is found, and only it. */
static void lihe_stream(void **state)
{
	struct lihe_receiver receiver;
	struct lihe_text text = {
		.address = 9, .command = LIHE_ONE_LINE, .mode = 8, .life = 99, .len = 4};
	uint8_t frame[64], stream[128];
	size_t len, used = 0, found = 0;

	(void)state;
	memcpy(text.text, "A001", 4);
	len = lihe_build_text(frame, sizeof(frame), &text, LIHE_SUM_DATA);
	memcpy(stream, "\x00\xaa\x01\xa0\xff\x12", 6);
	used = 6;
	memcpy(stream + used, frame, 7); /* half a frame */
	used += 7;
	memcpy(stream + used, frame, len);
	used += len;
	memcpy(stream + used, frame, len);
	used += len;
	lihe_receiver_init(&receiver);
	for (size_t i = 0; i < used; i++) {
		struct lihe_text seen;

		if (lihe_receiver_push(&receiver, stream[i]) == LIHE_TEXT_FRAME &&
		    lihe_parse_text(receiver.bytes, receiver.frame_len, LIHE_SUM_DATA, &seen) ==
			    LIHE_GOOD)
			found++;
	}
	/* The half frame swallows the first whole one up to its FF; the second is heard. */
	assert_int_equal(found, 1);
}

/* Noise made of what begins and ends frames: the receiver stays within its buffer, and a whole
 * frame behind it is heard (found by a fuzzer: frames inside noise once overran the buffer). */
static void lihe_noise(void **state)
{
	static const uint8_t likely[] = {0xaa, 0xa0, 0xff, 0xbb, 0x51, 0x03, 0x07, 0x00};
	struct lihe_text text = {
		.address = 9, .command = LIHE_ONE_LINE, .mode = 8, .life = 99, .len = 4};
	struct lihe_receiver receiver;
	uint8_t frame[64];
	size_t len;

	(void)state;
	memcpy(text.text, "A001", 4);
	len = lihe_build_text(frame, sizeof(frame), &text, LIHE_SUM_DATA);
	for (int round = 0; round < 500; round++) {
		bool heard = false;

		lihe_receiver_init(&receiver);
		for (int i = 0; i < 400; i++) {
			lihe_receiver_push(&receiver,
					   draw() % 4 ? likely[draw() % 8] : (uint8_t)draw());
			assert_true(receiver.len <= sizeof(receiver.bytes));
			assert_true(receiver.frame_len <= receiver.len);
		}
		/* What the noise began swallows a frame at most as long as itself. */
		for (int i = 0; i < 20 && !heard; i++) {
			for (size_t k = 0; k < len; k++) {
				struct lihe_text seen;

				if (lihe_receiver_push(&receiver, frame[k]) == LIHE_TEXT_FRAME &&
				    lihe_parse_text(receiver.bytes, receiver.frame_len,
						    LIHE_SUM_DATA, &seen) == LIHE_GOOD)
					heard = true;
			}
		}
		assert_true(heard);
	}
}

/* 1,000 random and 1,000 mutated frames for each decoder. What is accepted must build to the very
 * bytes that were read; all else is refused. */
static void hostile_frames(void **state)
{
	uint8_t good[24], frame[LIHE_MAX_FRAME], built[LIHE_MAX_FRAME];
	size_t good_len =
		unhex("AA 01 BB 51 54 72 01 00 00 02 63 41 42 BB B6 D3 AD B9 E2 C1 D9 31 32 FF",
		      good);

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t len = round % 2 ? good_len : draw() % sizeof(frame);
		struct lihe_text text;
		struct lihe_number number;
		struct modbus_request request;
		struct modbus_reply reply;

		for (size_t i = 0; i < len; i++)
			frame[i] = round % 2 ? good[i] : (uint8_t)draw();
		if (round % 2)
			frame[draw() % len] = (uint8_t)draw();
		else if (len)
			frame[0] = (uint8_t[]){0xaa, 0xa0, 1, 2}[draw() % 4];
		if (lihe_parse_text(frame, len, LIHE_SUM_DATA, &text) == LIHE_GOOD) {
			assert_int_equal(
				lihe_build_text(built, sizeof(built), &text, LIHE_SUM_DATA), len);
			assert_memory_equal(built, frame, len);
		}
		if (lihe_parse_number(frame, len, &number) == LIHE_GOOD) {
			assert_int_equal(lihe_build_number(built, sizeof(built), &number), len);
			assert_memory_equal(built, frame, len);
		}
		modbus_parse_request(frame, len, &request);
		modbus_match_reply(frame, len, 1, MODBUS_READ_INPUT, &reply);
		lihe_match_number(frame, len, &number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modbus_vectors),     cmocka_unit_test(modbus_published),
		cmocka_unit_test(modbus_replies),     cmocka_unit_test(lihe_text_vectors),
		cmocka_unit_test(lihe_number_vector), cmocka_unit_test(lihe_refusals),
		cmocka_unit_test(lihe_stream),	      cmocka_unit_test(lihe_noise),
		cmocka_unit_test(hostile_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
