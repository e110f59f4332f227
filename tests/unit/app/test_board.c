/* The board: frames in, text seen on its dots. Frames are typed out here byte by byte with a sum of
 * this file's own, the dots are read back by seen.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/app/board.h"
#include "firmware-host/app/glyphs.h"
#include "tests/unit/app/seen.h"

enum { ONE_LINE = 0x54, WHOLE_SCREEN = 0x50, LEFT = 1, UP = 2, DOWN = 3, INVERSE = 6 };
enum { BLINK = 7, IMMEDIATE = 8 };

static struct board board;
static struct board_settings settings;
static uint8_t sent[1024];
static size_t sent_len;
static uint32_t now;

static void on_send(void *port, const uint8_t *bytes, size_t len)
{
	assert_ptr_equal(port, sent);
	assert_true(sent_len + len <= sizeof(sent));
	memcpy(sent + sent_len, bytes, len);
	sent_len += len;
}

static void start(uint16_t width, uint16_t height)
{
	settings.address = 3;
	settings.width = width;
	settings.height = height;
	board_init(&board, &settings, (struct hal_uart){on_send, sent}, now);
	sent_len = 0;
}

static int setup(void **state)
{
	(void)state;
	settings = (struct board_settings){.acknowledges = true, .host_lost_ms = 60000};
	now = 5000;
	start(128, 16);
	return 0;
}

static void pass(uint32_t ms)
{
	for (uint32_t end = now + ms; now != end;) {
		now += end - now < 10 ? end - now : 10;
		board_tick(&board, now);
	}
}

static void receive(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		board_receive(&board, bytes[i], now);
}

static size_t type(uint8_t *frame, uint8_t address, uint8_t command, uint8_t mode, const char *text)
{
	uint8_t head[] = {0xaa, address, 0xbb, 0x51, command, 0, mode, 7, 99, 1, 99};
	size_t len = sizeof(head) + seen_gbk(text, frame + sizeof(head), 240);
	unsigned sum = settings.checksum == LIHE_SUM_DATA_AND_END ? 0xff : 0;

	memcpy(frame, head, sizeof(head));
	for (size_t i = 6; i < len; i++)
		sum += frame[i];
	frame[5] = (uint8_t)sum;
	frame[len] = 0xff;
	return len + 1;
}

static void show(uint8_t command, uint8_t mode, const char *text)
{
	uint8_t frame[256];
	size_t len = type(frame, 3, command, mode, text);

	receive(frame, len);
}

#define assert_seen(row, text) check_seen(row, text, __LINE__)
static void check_seen(int row, const char *text, int line)
{
	char seen[SEEN_SIZE];

	seen_row(&board.screen, row * 16, seen);
	if (strcmp(seen, text) != 0)
		fail_msg("line %d: row %d shows \"%s\", not \"%s\"", line, row, seen, text);
}

/* A narrow character stands in the middle of its 16 dots. */
static void check_wide(uint16_t gbk, unsigned code)
{
	uint8_t rows[32];
	int width, found_width = seen_glyph(code, rows);
	const uint8_t *found = glyph16_find(gbk, &width);

	assert_int_equal(width, 16);
	assert_ptr_not_equal(found, glyph_box);
	if (found_width == 16) {
		assert_memory_equal(found, rows, 32);
		return;
	}
	assert_int_equal(found_width, 8);
	for (int row = 0; row < 16; row++)
		assert_int_equal(found[2 * row] << 8 | found[2 * row + 1], rows[row] << 4);
}

/* Each character of the table has the dots of unifont.hex. */
static void test_glyphs(void **state)
{
	uint8_t rows[32];
	int width;
	unsigned han = 0, all = 0;

	(void)state;
	for (unsigned code = 0x20; code < 0x7f; code++) {
		assert_int_equal(seen_glyph(code, rows), 8);
		assert_memory_equal(glyph16_find((uint16_t)code, &width), rows, 16);
		assert_int_equal(width, 8);
	}
	for (unsigned first = 0xa1; first <= 0xf7; first++)
		for (unsigned second = 0xa1; second <= 0xfe; second++) {
			unsigned code = seen_code((uint8_t)first, (uint8_t)second);
			uint16_t gbk = (uint16_t)(first << 8 | second);

			/* the C library has private characters where GBK has none */
			if (!code || (code >= 0xe000 && code < 0xf900)) {
				assert_ptr_equal(glyph16_find(gbk, &width), glyph_box);
				continue;
			}
			check_wide(gbk, code);
			all++;
			han += first >= 0xb0 && code >= 0x4e00 && code <= 0x9fff;
		}
	assert_int_equal(han, 6763); /* all of GB2312 */
	assert_int_equal(all, glyph_wide_count);
	check_wide(0xa996, 0x3007);
}

static void test_unknown_is_a_box(void **state)
{
	static const uint16_t half[] = {0x00, 0x0a, 0x1f, 0x7f, 0x80, 0x81, 0xff};
	static const uint16_t whole[] = {0x8140, 0xa0a1, 0xb0a0, 0xf8a1, 0xfefe, 0xb0ff, 0xd7fa};
	int width;

	(void)state;
	for (size_t i = 0; i < sizeof(half) / sizeof(half[0]); i++) {
		const uint8_t *rows = glyph16_find(half[i], &width);

		assert_int_equal(width, 8);
		assert_int_equal(rows[0], 0x7e);
		assert_int_equal(rows[7], 0x42);
		assert_int_equal(rows[15], 0x7e);
	}
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		const uint8_t *rows = glyph16_find(whole[i], &width);

		assert_int_equal(width, 16);
		assert_int_equal(rows[0] << 8 | rows[1], 0x7ffe);
		assert_int_equal(rows[14] << 8 | rows[15], 0x4002);
		assert_int_equal(rows[30] << 8 | rows[31], 0x7ffe);
	}
}

static void test_published_frame(void **state)
{
	static const uint8_t frame[] = {0xaa, 0x01, 0xbb, 0x51, 0x54, 0x72, 0x01, 0x00,
					0x00, 0x02, 0x63, 0x41, 0x42, 0xbb, 0xb6, 0xd3,
					0xad, 0xb9, 0xe2, 0xc1, 0xd9, 0x31, 0x32, 0xff};

	(void)state;
	settings.width = 128;
	settings.address = 1;
	board_init(&board, &settings, (struct hal_uart){on_send, sent}, now);
	receive(frame, sizeof(frame));
	assert_seen(0, ""); /* it moves in from the right */
	pass(128 * SCREEN_SCROLL_MS);
	assert_seen(0, "AB欢迎光临12");
	assert_int_equal(board.shown.colour, 2);
}

static void test_one_line(void **state)
{
	(void)state;
	show(ONE_LINE, IMMEDIATE, "请A001到3号窗口");
	assert_seen(0, "请A001到3号窗口");
	show(ONE_LINE, IMMEDIATE, "3号窗口 暂停服务，请到旁边");
	assert_seen(0, "3号窗口 暂停服务"); /* the edge cuts */
	show(ONE_LINE, IMMEDIATE, "                ");
	assert_seen(0, "");
}

static void test_whole_screen(void **state)
{
	(void)state;
	start(256, 64);
	show(WHOLE_SCREEN, IMMEDIATE,
	     "请A001到3号窗口                 "
	     "请B012到11号窗口                "
	     "                                "
	     "综合受理 Window 5 办不成事  请稍候越界");
	assert_seen(0, "请A001到3号窗口");
	assert_seen(1, "请B012到11号窗口");
	assert_seen(2, "");
	assert_seen(3, "综合受理 Window 5 办不成事  请稍"); /* what has no row is not there */
	/* a wide character that does not fit goes to the next row */
	start(72, 32);
	show(WHOLE_SCREEN, IMMEDIATE, "请A001到综合窗口");
	assert_seen(0, "请A001到");
	assert_seen(1, "综合窗口");
}

/* Half a character at the end, and in the middle where it must not eat the next one. */
static void test_broken_text(void **state)
{
	uint8_t frame[256];
	size_t len = type(frame, 3, ONE_LINE, IMMEDIATE, "A#B窗口#");
	char seen[SEEN_SIZE];

	(void)state;
	for (size_t i = 11; i < len; i++)
		if (frame[i] == '#') {
			frame[5] = (uint8_t)(frame[5] + 0xc7 - '#');
			frame[i] = 0xc7;
		}
	frame[13] = ' ';
	frame[5] = (uint8_t)(frame[5] + ' ' - 'B');
	receive(frame, len);
	seen_row(&board.screen, 0, seen);
	assert_string_equal(seen, "A\xef\xbf\xbd 窗口\xef\xbf\xbd");
}

static void test_blink(void **state)
{
	uint32_t revision;

	(void)state;
	show(ONE_LINE, BLINK, "请A001到3号窗口");
	for (int i = 0; i < 4; i++) {
		assert_seen(0, "请A001到3号窗口");
		pass(499);
		assert_seen(0, "请A001到3号窗口");
		pass(1);
		assert_seen(0, "");
		pass(499);
		assert_seen(0, "");
		pass(1);
	}
	/* a still text changes no dot, however long it stands */
	show(ONE_LINE, IMMEDIATE, "请A001到3号窗口");
	revision = board.screen.revision;
	pass(30000);
	assert_int_equal(board.screen.revision, revision);
}

static void test_moving(void **state)
{
	(void)state;
	show(ONE_LINE, LEFT, "请A001");
	pass(64 * SCREEN_SCROLL_MS);
	assert_seen(0, "        请A001");
	pass(64 * SCREEN_SCROLL_MS);
	assert_seen(0, "请A001");
	pass(16 * SCREEN_SCROLL_MS);
	assert_seen(0, "A001");
	pass(32 * SCREEN_SCROLL_MS);
	assert_seen(0, "");
	pass(128 * SCREEN_SCROLL_MS); /* and in again */
	assert_seen(0, "请A001");
	for (int down = 0; down < 2; down++) {
		start(128, 32);
		show(WHOLE_SCREEN, down ? DOWN : UP, "请A001到3号窗口 综合受理 General");
		assert_seen(0, "");
		assert_seen(1, "");
		pass(16 * SCREEN_SCROLL_MS);
		assert_seen(0, down ? "综合受理 General" : "");
		assert_seen(1, down ? "" : "请A001到3号窗口");
		pass(16 * SCREEN_SCROLL_MS);
		assert_seen(0, "请A001到3号窗口");
		assert_seen(1, "综合受理 General");
		pass(10000);
		assert_seen(0, "请A001到3号窗口");
	}
}

static void test_inverse(void **state)
{
	struct board plain;

	(void)state;
	show(ONE_LINE, IMMEDIATE, "请A001到3号窗口");
	plain = board;
	show(ONE_LINE, INVERSE, "请A001到3号窗口");
	for (uint16_t y = 0; y < 16; y++)
		for (uint16_t x = 0; x < 128; x++)
			assert_true(screen_dot(&board.screen, x, y) !=
				    screen_dot(&plain.screen, x, y));
	assert_false(screen_dot(&board.screen, 128, 0));
	assert_false(screen_dot(&board.screen, 0, 16));
	assert_false(screen_dot(&board.screen, 65535, 65535));
}

static void test_sizes(void **state)
{
	(void)state;
	start(65535, 65535);
	assert_int_equal(board.settings.width, SCREEN_MAX_WIDTH);
	assert_int_equal(board.settings.height, SCREEN_MAX_HEIGHT);
	show(WHOLE_SCREEN, INVERSE, "请");
	start(15, 7);
	assert_int_equal(board.settings.width, 8);
	for (uint8_t mode = 0; mode < 12; mode++) {
		show(WHOLE_SCREEN, mode, "请A001到3号窗口");
		pass(3000);
	}
	start(0, 0);
	for (uint8_t mode = 0; mode < 12; mode++) {
		show(mode % 2 ? ONE_LINE : WHOLE_SCREEN, mode, mode % 3 ? "" : "请A001");
		pass(3000);
	}
	assert_false(screen_dot(&board.screen, 0, 0));
}

static void test_answers(void **state)
{
	static const uint8_t ack[] = {0xa0, 0x03, 0x14, 0x03, 0x50, 0x06, 0xff};
	static const uint8_t query[] = {0xa0, 0x03, 0x98, 0x03, 0x50, 0x26, 0xff};
	/* 5 + 152 + 3 + 80 + 163 + 3 = 406: CHK 6 */
	static const uint8_t version[] = {0xa0, 0x05, 0x98, 0x03, 0x50, 0xa3, 0x03, 0x06, 0xff};
	uint8_t frame[256];
	size_t len;

	(void)state;
	show(ONE_LINE, IMMEDIATE, "A001");
	assert_int_equal(sent_len, sizeof(ack));
	assert_memory_equal(sent, ack, sizeof(ack));
	sent_len = 0;
	receive(query, sizeof(query));
	assert_int_equal(sent_len, sizeof(version));
	assert_memory_equal(sent, version, sizeof(version));
	sent_len = 0;
	/* others' frames and answers, and its own query with another sum */
	len = type(frame, 4, ONE_LINE, IMMEDIATE, "B002");
	receive(frame, len);
	receive(ack, sizeof(ack));
	receive(version, sizeof(version));
	memcpy(frame, query, sizeof(query));
	frame[5]++;
	receive(frame, sizeof(query));
	pass(300);
	assert_int_equal(sent_len, 0);
	assert_seen(0, "A001");
	/* an older card never says a word */
	settings.acknowledges = false;
	start(128, 16);
	show(ONE_LINE, IMMEDIATE, "A002");
	receive(query, sizeof(query));
	pass(300);
	assert_int_equal(sent_len, 0);
	assert_seen(0, "A002");
}

static void test_dialects(void **state)
{
	(void)state;
	settings.checksum = LIHE_SUM_DATA_AND_END;
	start(128, 16);
	show(ONE_LINE, IMMEDIATE, "A001");
	assert_seen(0, "A001");
	settings.checksum = LIHE_SUM_DATA; /* the sender's only */
	show(ONE_LINE, IMMEDIATE, "B002");
	assert_seen(0, "A001");
	assert_int_equal(board.refused, 1);
}

static void test_host_lost(void **state)
{
	uint8_t frame[256];
	size_t len = type(frame, 4, ONE_LINE, IMMEDIATE, "B002");

	(void)state;
	show(ONE_LINE, IMMEDIATE, "A001");
	pass(59999);
	assert_seen(0, "A001");
	pass(1);
	assert_seen(0, "系统离线 OFFLINE");
	/* another board's frame shows that the host lives: the old text is back */
	receive(frame, len);
	assert_seen(0, "A001");
	pass(59000);
	frame[12] ^= 1; /* a damaged one does not */
	receive(frame, len);
	pass(1000);
	assert_seen(0, "系统离线 OFFLINE");
	for (int i = 0; i < 100; i++) { /* 58 days */
		now += 50000000;
		board_tick(&board, now);
		assert_true(board.screen.host_lost);
	}
	show(ONE_LINE, IMMEDIATE, "A003");
	assert_seen(0, "A003");
	/* a board that never heard anything says so too; one that was told not to, does not */
	start(256, 64);
	pass(60000);
	assert_seen(0, "系统离线 OFFLINE");
	settings.host_lost_ms = 0;
	start(128, 16);
	show(ONE_LINE, IMMEDIATE, "A001");
	now += 0x7fffffff;
	board_tick(&board, now);
	assert_seen(0, "A001");
}

/* A plug pulled in mid-frame: the next frame is heard, at once or after a silence. */
static void test_half_frames(void **state)
{
	static const uint8_t number_head[] = {0xa0, 0x20, 0x28, 0x03};
	uint8_t half[256];
	size_t len = type(half, 3, ONE_LINE, IMMEDIATE, "请A001到3号窗口");
	char text[8];

	(void)state;
	for (size_t cut = 1; cut < len; cut++) {
		receive(half, cut);
		snprintf(text, sizeof(text), "A%03u", (unsigned)cut);
		show(ONE_LINE, IMMEDIATE, text);
		assert_seen(0, text);
	}
	for (uint32_t silence = 0; silence <= 200; silence += 200) {
		receive(number_head, sizeof(number_head));
		pass(silence);
		show(ONE_LINE, IMMEDIATE, silence ? "B001" : "B000");
		if (!silence)
			pass(200);
		assert_seen(0, silence ? "B001" : "B000");
	}
}

static uint64_t seed = 11;

static uint64_t draw(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 1,000 frames of random bytes and 1,000 good ones with one byte of the summed part changed: none
 * is taken, none is answered, no dot changes, and the frame behind each is heard. */
static void test_hostile(void **state)
{
	(void)state;
	settings.host_lost_ms = 0;
	start(128, 16);
	show(ONE_LINE, IMMEDIATE, "A001");
	for (int round = 0; round < 2000; round++) {
		struct board before = board;
		uint8_t frame[256];
		size_t len = draw() % sizeof(frame);

		for (size_t i = 0; i < len; i++)
			frame[i] = draw() % 4 ? (uint8_t)draw()
					      : (uint8_t[]){0xaa, 0xa0, 0xff, 0xbb}[draw() % 4];
		if (round % 2) {
			len = type(frame, 3, ONE_LINE, IMMEDIATE, "请A001到3号窗口");
			frame[5 + draw() % (len - 6)] ^= (uint8_t)(1 + draw() % 255);
		}
		sent_len = 0;
		receive(frame, len);
		pass(BOARD_SILENCE_MS);
		assert_int_equal(sent_len, 0);
		assert_int_equal(board.receiver.len, 0);
		assert_int_equal(board.frames, before.frames);
		assert_int_equal(board.screen.revision, before.screen.revision);
		assert_memory_equal(board.screen.dots, before.screen.dots,
				    sizeof(before.screen.dots));
		assert_memory_equal(&board.shown, &before.shown, sizeof(before.shown));
		show(ONE_LINE, IMMEDIATE, round % 3 ? "A001" : "B002");
		assert_int_equal(sent_len, 7);
	}
	assert_true(board.refused >= 1000);
	assert_seen(0, "A001");
}

#define BOARD_TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOARD_TEST(test_glyphs),	  BOARD_TEST(test_unknown_is_a_box),
		BOARD_TEST(test_published_frame), BOARD_TEST(test_one_line),
		BOARD_TEST(test_whole_screen),	  BOARD_TEST(test_broken_text),
		BOARD_TEST(test_blink),		  BOARD_TEST(test_moving),
		BOARD_TEST(test_inverse),	  BOARD_TEST(test_sizes),
		BOARD_TEST(test_answers),	  BOARD_TEST(test_dialects),
		BOARD_TEST(test_host_lost),	  BOARD_TEST(test_half_frames),
		BOARD_TEST(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
