/* The lihe receiver on a line that is cut, noisy or plugged in late. An oracle of its own decides
 * what a frame is: it is written from the published layout and shares no code with the receiver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/proto/lihe.h"

static const uint8_t text_frame[] = {0xaa, 0x01, 0xbb, 0x51, 0x54, 0x72, 0x01, 0x00,
				     0x00, 0x02, 0x63, 0x41, 0x42, 0xbb, 0xb6, 0xd3,
				     0xad, 0xb9, 0xe2, 0xc1, 0xd9, 0x31, 0x32, 0xff};
static const uint8_t number_frame[] = {0xa0, 0x07, 0x28, 0x03, 0x01, 0x0c,
				       0x22, 0x03, 0x42, 0x42, 0xff};

struct heard {
	unsigned texts, numbers;
	struct lihe_text text;
	struct lihe_number number;
};

static void take(struct lihe_receiver *receiver, enum lihe_received seen, struct heard *heard)
{
	while (seen != LIHE_NOTHING) {
		bool good;

		if (seen == LIHE_TEXT_FRAME)
			good = lihe_parse_text(receiver->bytes, receiver->frame_len, LIHE_SUM_DATA,
					       &heard->text) == LIHE_GOOD;
		else
			good = lihe_parse_number(receiver->bytes, receiver->frame_len,
						 &heard->number) == LIHE_GOOD;
		if (good && seen == LIHE_TEXT_FRAME)
			heard->texts++;
		else if (good)
			heard->numbers++;
		seen = good ? lihe_receiver_next(receiver) : lihe_receiver_reject(receiver);
	}
}

static void push(struct lihe_receiver *receiver, const uint8_t *bytes, size_t len,
		 struct heard *heard)
{
	for (size_t i = 0; i < len; i++) {
		take(receiver, lihe_receiver_push(receiver, bytes[i]), heard);
		assert_true(receiver->len < LIHE_MAX_FRAME);
	}
}

/* A frame cut off at any byte, then a whole one: the whole one is heard. */
static void test_half_frames(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < sizeof(text_frame); cut++) {
		struct lihe_receiver receiver;
		struct heard heard = {0};

		lihe_receiver_init(&receiver);
		push(&receiver, text_frame, cut, &heard);
		push(&receiver, text_frame, sizeof(text_frame), &heard);
		assert_int_equal(heard.texts, 1);
		assert_int_equal(heard.text.len, 12);
		push(&receiver, text_frame, cut, &heard);
		push(&receiver, number_frame, sizeof(number_frame), &heard);
		take(&receiver, lihe_receiver_quiet(&receiver), &heard);
		assert_int_equal(heard.numbers, 1);
		assert_int_equal(receiver.len, 0);
	}
	for (size_t cut = 0; cut < sizeof(number_frame); cut++) {
		struct lihe_receiver receiver;
		struct heard heard = {0};

		lihe_receiver_init(&receiver);
		push(&receiver, number_frame, cut, &heard);
		push(&receiver, text_frame, sizeof(text_frame), &heard);
		take(&receiver, lihe_receiver_quiet(&receiver), &heard);
		assert_int_equal(heard.texts, 1);
		assert_int_equal(heard.numbers, 0);
	}
}

/* A number frame's head that promises more than stands there, with another head inside: the inner
 * one must not be waited for for ever. */
static void test_head_within_head(void **state)
{
	static const uint8_t bytes[] = {0xa0, 0x10, 0xa0, 0x03, 0, 0, 0, 0, 0, 0,
					0,    0,    0,	  0,	0, 0, 0, 0, 0, 0};
	struct lihe_receiver receiver;
	struct heard heard = {0};

	(void)state;
	lihe_receiver_init(&receiver);
	push(&receiver, bytes, sizeof(bytes), &heard);
	for (unsigned i = 0; i < 1000; i++)
		push(&receiver, (const uint8_t[]){(uint8_t)(i % 0xa0)}, 1, &heard);
	push(&receiver, number_frame, sizeof(number_frame), &heard);
	assert_int_equal(heard.numbers, 1);
}

static uint64_t seed;

static uint64_t draw(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* How long the frame is that stands at the start of bytes, by the published layout; 0 none. */
static size_t oracle(const uint8_t *bytes, size_t len)
{
	unsigned sum = 0;
	size_t end;

	if (len >= 7 && bytes[0] == 0xa0 && bytes[1] >= 3 && bytes[1] <= 35) {
		end = bytes[1] + 3u;
		if (end >= len || bytes[end] != 0xff)
			return 0;
		for (size_t i = 1; i < end - 1; i++)
			sum += bytes[i];
		return sum % 100 == bytes[end - 1] ? end + 1 : 0;
	}
	if (len < 12 || bytes[0] != 0xaa || bytes[1] == 0xff || bytes[2] != 0xbb ||
	    bytes[3] != 0x51 || (bytes[4] != 0x54 && bytes[4] != 0x50) || bytes[6] == 0xff ||
	    bytes[7] > 7 || bytes[8] > 99 || bytes[9] > 2 || bytes[10] > 99)
		return 0;
	for (end = 11; end < len && bytes[end] != 0xff; end++)
		;
	if (end == len || end > 11 + 240)
		return 0;
	for (size_t i = 6; i < end; i++)
		sum += bytes[i];
	return sum % 256 == bytes[5] ? end + 1 : 0;
}

/* Noise between, before and inside frames. What the receiver tells is what the oracle finds when
 * it reads the same bytes from left to right. */
static void test_noise(void **state)
{
	unsigned told = 0, sent = 0;

	(void)state;
	for (seed = 1; seed <= 1000; seed++) {
		uint64_t kept = seed;
		uint8_t stream[1024];
		size_t len = 0, at = 0;
		struct lihe_receiver receiver;
		struct heard heard = {0};
		unsigned expected = 0;

		for (int part = 0; part < 12; part++) {
			const uint8_t *frame = draw() % 2 ? text_frame : number_frame;
			size_t size =
				frame == text_frame ? sizeof(text_frame) : sizeof(number_frame);

			switch (draw() % 4) {
			case 0: /* noise, rich in heads and ends */
				for (uint64_t n = draw() % 30; n > 0; n--)
					stream[len++] = (uint8_t[]){0xaa, 0xa0,		  0xff,
								    0xbb, 0x51,		  3,
								    8,	  (uint8_t)draw()}[draw() %
											   8];
				break;
			case 1: /* cut off */
				memcpy(stream + len, frame, size);
				len += draw() % size;
				break;
			case 2: /* one byte changed */
				memcpy(stream + len, frame, size);
				stream[len + draw() % size] = (uint8_t)draw();
				len += size;
				break;
			default:
				memcpy(stream + len, frame, size);
				len += size;
				sent++;
			}
		}
		while (at < len) {
			size_t n = oracle(stream + at, len - at);

			expected += n > 0;
			at += n ? n : 1;
		}
		lihe_receiver_init(&receiver);
		push(&receiver, stream, len, &heard);
		take(&receiver, lihe_receiver_quiet(&receiver), &heard);
		assert_int_equal(receiver.len, 0);
		assert_int_equal(heard.texts + heard.numbers, expected);
		told += expected;
		seed = kept;
	}
	assert_true(told > sent * 9 / 10 && sent > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_frames),
		cmocka_unit_test(test_head_within_head),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
