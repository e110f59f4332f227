/* Characters on paper, by what is true of their dots: sizes, places, bold, underline, reverse, code
 * pages, Chinese mode and its traps. The dots of the fonts are not looked at, only what is done
 * with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/app/bench.h"

static struct printer *const printer = &bench.printer;

enum { BLOCK_ROWS = 192 };

/* A piece of the page, to be compared with another. */
struct block {
	uint32_t width, height;
	bool dots[BLOCK_ROWS][PRINTER_MAX_WIDTH];
};

static struct block one, two;

static void look(struct block *block, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	assert_in_range(height, 1, BLOCK_ROWS);
	block->width = width;
	block->height = height;
	for (uint32_t row = 0; row < height; row++)
		for (uint32_t column = 0; column < width; column++)
			block->dots[row][column] = bench_dot(x + column, y + row);
}

static uint64_t count(const struct block *block)
{
	uint64_t black = 0;

	for (uint32_t row = 0; row < block->height; row++)
		for (uint32_t column = 0; column < block->width; column++)
			black += block->dots[row][column];
	return black;
}

/* two is one with each dot so many times. */
static void assert_magnified(uint32_t wide, uint32_t high)
{
	assert_int_equal(two.width, one.width * wide);
	assert_int_equal(two.height, one.height * high);
	assert_true(count(&one) > 10);
	for (uint32_t row = 0; row < two.height; row++)
		for (uint32_t column = 0; column < two.width; column++)
			assert_int_equal(two.dots[row][column],
					 one.dots[row / high][column / wide]);
}

static void assert_same(void)
{
	assert_magnified(1, 1);
}

static void assert_blank(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	assert_int_equal(bench_black(x, y, width, height), 0);
}

/* The first character of each of two lines of 24 rows, lines of 30. */
static void print(const char *bytes, size_t len)
{
	bench_start(NULL);
	bench_give(bytes, len);
	bench_finish();
}
#define PRINT(text) print(text, sizeof(text) - 1)

static void test_gs_sizes(void **state)
{
	(void)state;
	for (uint8_t wide = 1; wide <= 8; wide++) {
		for (uint8_t high = 1; high <= 8; high++) {
			const uint8_t size[] = {0x1d, 0x21,
						(uint8_t)((wide - 1) << 4 | (high - 1))};

			bench_start(NULL);
			GIVE("R\n");
			bench_give(size, 3);
			GIVE("R\n");
			bench_finish();
			look(&one, 0, 0, 12, 24);
			look(&two, 0, 30, 12u * wide, 24u * high);
			assert_magnified(wide, high);
			/* a line is as high as its characters or the spacing */
			assert_int_equal(bench_rows(), 30 + (high == 1 ? 30 : 24u * high));
			assert_blank(12u * wide, 30, 576 - 12u * wide, 24u * high);
		}
	}
}

/* Han too, and both stand on one base. */
static void test_han_size(void **state)
{
	(void)state;
	PRINT("\xb4\xf3\n\x1d!\x11\xb4\xf3\n");
	look(&one, 0, 0, 24, 24);
	look(&two, 0, 30, 48, 48);
	assert_magnified(2, 2);
	PRINT("A\n\x1d!\x00"
	      "A\x1d!\x22"
	      "B\n");
	look(&one, 0, 0, 12, 24);
	look(&two, 0, 30 + 48, 12, 24);
	assert_same();
	assert_blank(0, 30, 12, 48);
	assert_int_equal(bench_rows(), 30 + 72);
	/* the other way round: the small one behind the large one stands low as well */
	PRINT("A\n\x1d!\x22"
	      "B\x1d!\x00"
	      "A\n");
	look(&one, 0, 0, 12, 24);
	look(&two, 36, 30 + 48, 12, 24);
	assert_same();
}

/* FS !: bit 2 wide, bit 3 high. */
static void test_han_mode(void **state)
{
	(void)state;
	PRINT("\xb4\xf3\n\x1c!\x08\xb4\xf3\n");
	look(&one, 0, 0, 24, 24);
	look(&two, 0, 30, 24, 48);
	assert_magnified(1, 2);
	PRINT("\xb4\xf3\n\x1c!\x04\xb4\xf3\n");
	look(&two, 0, 30, 48, 24);
	assert_magnified(2, 1);
	PRINT("\xb4\xf3\n\x1c!\x80\xb4\xf3\n");
	assert_int_equal(bench_black(0, 30 + 23, 24, 1), 24);
}

/* ESC ! sizes one-byte characters, FS ! and FS W two-byte ones, GS ! both; the last one wins
 * (TM-T88III: FS !, FS W; SP91). */
static void test_last_size_wins(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint8_t latin, han; /* width of each */
	} cases[] = {
		{"\x1b!\x20", 3, 2, 1},		 {"\x1c!\x04", 3, 1, 2},
		{"\x1cW\x01", 3, 1, 2},		 {"\x1d!\x10", 3, 2, 2},
		{"\x1d!\x20\x1b!\x20", 6, 2, 3}, {"\x1d!\x20\x1c!\x04", 6, 3, 2},
		{"\x1d!\x20\x1cW\x00", 6, 3, 1}, {"\x1c!\x04\x1d!\x20", 6, 3, 3},
		{"\x1cW\x01\x1c!\x00", 6, 1, 1}, {"\x1b!\x20\x1d!\x00", 6, 1, 1},
		{"\x1d!\x70\x1b@", 5, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t latin = 12u * cases[i].latin, han = 24u * cases[i].han;

		bench_start(NULL);
		bench_give(cases[i].bytes, cases[i].len);
		GIVE("H\xb4\xf3\n");
		bench_run(1);
		bench_finish();
		assert_int_equal(bench.printer.missing_characters, 0);
		assert_true(bench_black(latin / 2, 0, latin - latin / 2, 48) > 0);
		assert_true(bench_black(latin + han / 2, 0, han - han / 2, 48) > 0);
		assert_blank(latin + han, 0, 576 - latin - han, 30);
	}
}

static void test_bold_underline_reverse(void **state)
{
	(void)state;
	PRINT("H\n\x1b"
	      "E\x01H\n");
	look(&one, 0, 0, 13, 24);
	look(&two, 0, 30, 13, 24);
	/* each dot, and the one to its right */
	for (uint32_t row = 0; row < 24; row++)
		for (uint32_t x = 0; x < 13; x++)
			assert_int_equal(two.dots[row][x],
					 one.dots[row][x] || (x && one.dots[row][x - 1]));
	PRINT("H\n\x1b-\x02H\x1b-\x00 \n");
	look(&one, 0, 0, 12, 22);
	look(&two, 0, 30, 12, 22);
	assert_same();
	assert_int_equal(bench_black(0, 52, 12, 2), 24);
	assert_blank(12, 30, 564, 30);
	PRINT("H\n\x1d"
	      "B\x01H\n");
	look(&one, 0, 0, 12, 24);
	look(&two, 0, 30, 12, 24);
	assert_int_equal(count(&one) + count(&two), 12 * 24);
	assert_blank(12, 30, 564, 24);
}

static void test_small_font(void **state)
{
	(void)state;
	PRINT("\x1bM\x01HH\n\x1bM\x00H\n");
	look(&one, 0, 0, 9, 17);
	look(&two, 9, 0, 9, 17);
	assert_same();
	assert_blank(18, 0, 558, 30);
	assert_blank(0, 17, 18, 13);
	/* next to the large one it stands on the same base */
	PRINT("\x1bM\x01H\n\x1bM\x00 \x1b!\x01H\n");
	look(&one, 0, 0, 9, 17);
	look(&two, 12, 30 + 7, 9, 17);
	assert_same();
}

static void test_places(void **state)
{
	(void)state;
	PRINT("H\n\x1b"
	      "a\x01H\n\x1b"
	      "a2H\n");
	look(&one, 0, 0, 12, 24);
	look(&two, 282, 30, 12, 24);
	assert_same();
	look(&two, 564, 60, 12, 24);
	assert_same();
	/* in the middle of a line and out of range it changes nothing */
	PRINT("H\x1b"
	      "a\x02 \n\x1b"
	      "a\x03H\n");
	look(&one, 0, 0, 12, 24);
	look(&two, 0, 30, 12, 24);
	assert_same();
	assert_int_equal(printer->ignored_commands, 2);
	/* ESC $, ESC \, HT, GS L and GS W */
	PRINT("H\n\x1b$\x64\x00H\x1b\\\x0a\x00H\x1b$\x20\x03H\n\tH\n");
	look(&one, 0, 0, 12, 24);
	look(&two, 100, 30, 12, 24);
	assert_same();
	look(&two, 122, 30, 12, 24);
	assert_same();
	look(&two, 134, 30, 12, 24); /* 800 is outside: not moved */
	assert_same();
	look(&two, 96, 60, 12, 24);
	assert_same();
	PRINT("H\n\x1dL\x28\x00\x1dW\x18\x00HHH\n\x1b"
	      "D\x01\x00\tH\n");
	look(&one, 0, 0, 12, 24);
	for (uint32_t i = 0; i < 4; i++) { /* two a line, the third in the next */
		look(&two, 40 + 12 * (i == 1 || i == 3), 30 + 30 * (i / 2 + (i == 3)), 12, 24);
		assert_same();
	}
	assert_blank(64, 30, 512, 90);
}

static void test_wrapping(void **state)
{
	(void)state;
	bench_start(NULL);
	for (int i = 0; i < 49; i++)
		GIVE("H");
	GIVE("\n");
	bench_finish();
	assert_int_equal(bench_rows(), 60);
	look(&one, 564, 0, 12, 24);
	look(&two, 0, 30, 12, 24);
	assert_same();
	assert_blank(12, 30, 564, 30);
}

static void test_feeds(void **state)
{
	(void)state;
	PRINT("A\x1b"
	      "d\x03\x1bJ\x05\x1b\x33\x40\n\x1b\x32\n");
	assert_int_equal(bench_rows(), 30 + 90 + 5 + 64 + 30);
	PRINT("A\x1bJ\x00"
	      "B\n");
	assert_int_equal(bench_rows(), 60); /* ESC J prints what stands there */
	PRINT("\x1b\x33\x00"
	      "A\n\n\n"); /* no less than the character */
	assert_int_equal(bench_rows(), 24);
}

/* In Chinese mode high bytes pair up: a Latin one swallows what follows it. FS . ends that. */
static void test_pairing_trap(void **state)
{
	(void)state;
	PRINT("\x1c.\xe9\xe9\n\x1c&\xe9\xe9\n");
	look(&one, 0, 0, 12, 24);
	look(&two, 12, 0, 12, 24);
	assert_same();
	assert_blank(24, 0, 552, 30);
	assert_true(bench_black(0, 30, 24, 24) > 0);
	/* the other mode is left alone by it, and comes back by ESC @ */
	PRINT("\x1c.\xb4\xf3\n\x1b@\xb4\xf3\n\x1c&\xb4\xf3\n");
	look(&one, 0, 30, 24, 24);
	look(&two, 0, 60, 24, 24);
	assert_same();
	look(&two, 0, 0, 24, 24);
	assert_true(memcmp(&one, &two, sizeof(one)) != 0);
}

/* Half a character before a command, a line feed, or a byte that is no second one. */
static void test_half_characters(void **state)
{
	(void)state;
	PRINT("\xb4\x1b@H\n");
	look(&one, 0, 0, 12, 24);
	assert_true(count(&one) > 0);
	assert_blank(12, 0, 564, 30);
	assert_int_equal(printer->half_characters, 1);
	PRINT("\xb4\nH\n");
	assert_blank(0, 0, 576, 30);
	look(&two, 0, 30, 12, 24);
	assert_same();
	assert_int_equal(printer->half_characters, 1);
	PRINT("\xb4\x31H\n"); /* four-byte GB18030 begins so: digits come out */
	look(&two, 12, 0, 12, 24);
	assert_same();
	assert_int_equal(printer->half_characters, 1);
	/* a real-time command between the two bytes is no part of the text */
	PRINT("\xb4\xf3\n\xb4\x10\x04\x01\xf3\n");
	look(&one, 0, 0, 24, 24);
	look(&two, 0, 30, 24, 24);
	assert_same();
	assert_int_equal(printer->half_characters, 0);
	bench_start(NULL);
	GIVE("\xb4\xf3\n\xb4");
	for (size_t i = 0; i < 3; i++) { /* one at a time, it is in its buffer */
		bench_give(&"\x10\x04\x01"[i], 1);
		bench_run(1);
	}
	GIVE("\xf3\n");
	bench_finish();
	look(&one, 0, 0, 24, 24);
	look(&two, 0, 30, 24, 24);
	assert_same();
	EXPECT("\x12");
}

static void test_charsets(void **state)
{
	static const struct printer_settings gb2312 = {.width = 576,
						       .charset = PRINTER_CHARSET_GB2312};
	static const struct printer_settings latin = {.width = 576,
						      .charset = PRINTER_CHARSET_LATIN};
	/* 镕 E946 is in GBK and not in GB2312; 大 B4F3 is in both; AAA1 is in neither. */
	static const char text[] = "\xe9\x46\xb4\xf3\xaa\xa1H\n";

	(void)state;
	bench_start(NULL);
	bench_give(text, sizeof(text) - 1);
	bench_finish();
	assert_true(bench_black(0, 0, 24, 24) > 0);
	assert_true(bench_black(24, 0, 24, 24) > 0);
	assert_blank(48, 0, 24, 24);
	assert_true(bench_black(72, 0, 12, 24) > 0);
	assert_int_equal(printer->missing_characters, 1);
	bench_start(&gb2312);
	bench_give(text, sizeof(text) - 1);
	bench_finish();
	assert_blank(0, 0, 24, 24);
	assert_true(bench_black(24, 0, 24, 24) > 0);
	assert_blank(48, 0, 24, 24);
	assert_true(bench_black(72, 0, 12, 24) > 0);
	assert_int_equal(printer->missing_characters, 2);
	/* one byte is one character there, whatever FS & says */
	bench_start(&latin);
	GIVE("\x1c&\xb4\xf3H\n");
	bench_finish();
	look(&one, 24, 0, 12, 24);
	assert_true(count(&one) > 0);
	assert_blank(36, 0, 540, 30);
	assert_int_equal(printer->ignored_commands, 1);
}

/* é is 82 in PC437, PC850 and PC858, E9 in WPC1252; Я is 9F in PC866. */
/* Nothing of GB2312 but its space is blank: quotes, dashes, Greek, numbers in circles neither. */
static void test_han_font_is_whole(void **state)
{
	static const uint8_t blank[72];
	const size_t space = (0xa1 - 0x81) * 190 + 0xa1 - 0x40 - 1; /* A1A1; no 7F in a row */
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < PRINTER_HAN_COUNT; i++) {
		if (!(printer_gb2312[i / 8] >> i % 8 & 1))
			continue;
		known++;
		if (i != space && !memcmp(printer_font_han[i], blank, sizeof(blank)))
			fail_msg("%02zX%02zX has no dots", 0x81 + i / 190,
				 0x40 + i % 190 + (i % 190 >= 0x3f));
	}
	assert_int_equal(known, 7445); /* GB 2312-80: 6763 Han and 682 others */
}

static void test_code_pages(void **state)
{
	(void)state;
	PRINT("\x1c.\x82\n\x1bt\x10\xe9\n\x1bt\x02\x82\n\x1bt\x13\x82\n\x1bt\x11\x9f\n");
	look(&one, 0, 0, 12, 24);
	for (uint32_t line = 1; line <= 3; line++) {
		look(&two, 0, 30 * line, 12, 24);
		assert_same();
	}
	look(&two, 0, 120, 12, 24);
	assert_true(count(&two) > 10);
	assert_true(memcmp(one.dots, two.dots, sizeof(one.dots)) != 0);
	assert_int_equal(printer->ignored_commands, 0);
	PRINT("\x1c.\x1bt\x02\x82\n\x1bt\x63\x82\n"); /* no such page: it stays */
	look(&one, 0, 0, 12, 24);
	look(&two, 0, 30, 12, 24);
	assert_same();
	assert_int_equal(printer->ignored_commands, 1);
}

/* ESC @ drops what stands in the line, not what was printed. */
static void test_initialise(void **state)
{
	(void)state;
	PRINT("H\nHHHH\x1b@\x1d!\x11\x1b@H\n");
	look(&one, 0, 0, 12, 24);
	look(&two, 0, 30, 12, 24);
	assert_same();
	assert_blank(12, 30, 564, 30);
	assert_int_equal(bench_rows(), 60);
}

static void test_narrow_paper(void **state)
{
	static const struct printer_settings narrow = {.width = 384};

	(void)state;
	bench_start(&narrow);
	GIVE("\x1b"
	     "a\x02H\n\x1b@");
	for (int i = 0; i < 33; i++)
		GIVE("H");
	GIVE("\n");
	bench_finish();
	assert_int_equal(bench_rows(), 90);
	assert_true(bench_black(372, 0, 12, 24) > 0);
	assert_blank(384, 0, 192, 90);
}

/* Whatever is not drawn is passed over with all of its parameters, and counted. */
static void test_passed_over(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} commands[] = {
		{"\x1dk\x04*ABC*\x00", 9},
		{"\x1dkI\x05{BABC", 9},
		{"\x1b*\x21\x02\x00HHHHHH", 11},
		{"\x1d*\x01\x01HHHHHHHH", 12},
		{"\x1b{\x01", 3},
		{"\x1bV\x01", 3},
		{"\x1c"
		 "p\x01\x30",
		 4},
		{"\x1b"
		 "L",
		 2},
	};
	uint8_t long_one[5 + 65535] = {0x1d, 0x28, 0x7a, 0xff, 0xff};

	(void)state;
	memset(long_one + 5, 'H', sizeof(long_one) - 5);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		bench_start(NULL);
		bench_give(commands[i].bytes, commands[i].len);
		bench_finish();
		assert_int_equal(printer->unknown_commands, 0);
		assert_false(printer->line_used);
		assert_int_equal(printer->undrawn_commands, 1);
	}
	bench_start(NULL);
	bench_give(long_one, sizeof(long_one)); /* longer than any buffer of it */
	GIVE("\x1b\x01");			/* and one that nobody knows */
	bench_finish();
	assert_false(printer->line_used);
	assert_int_equal(bench_rows(), 0);
	assert_int_equal(printer->ignored_commands, 1);
	assert_int_equal(printer->unknown_commands, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gs_sizes),
		cmocka_unit_test(test_han_size),
		cmocka_unit_test(test_han_mode),
		cmocka_unit_test(test_last_size_wins),
		cmocka_unit_test(test_bold_underline_reverse),
		cmocka_unit_test(test_small_font),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_wrapping),
		cmocka_unit_test(test_feeds),
		cmocka_unit_test(test_pairing_trap),
		cmocka_unit_test(test_half_characters),
		cmocka_unit_test(test_charsets),
		cmocka_unit_test(test_han_font_is_whole),
		cmocka_unit_test(test_code_pages),
		cmocka_unit_test(test_initialise),
		cmocka_unit_test(test_narrow_paper),
		cmocka_unit_test(test_passed_over),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	bench_stop();
	return r;
}
