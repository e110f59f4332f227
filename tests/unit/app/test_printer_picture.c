/* Pictures and QR codes on paper: GS v 0, GS ( L and GS 8 L with their modes and limits (TM-T88III
 * and TM-T81 specifications, Epson's command reference), GS ( k (TM-T88III guide), and the trap of
 * real-time commands among the dots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/app/bench.h"

static struct printer *const printer = &bench.printer;

static uint8_t job[16 + 72 * 2400];

/* Dots that repeat nowhere soon and hold no DLE. */
static uint8_t pattern(size_t i)
{
	uint32_t x = (uint32_t)i * 2654435761u;
	uint8_t byte = (uint8_t)(x >> 24);

	return byte == 0x10 ? 0x11 : byte;
}

static size_t head(const char *bytes, size_t len, uint32_t x, uint32_t y)
{
	memcpy(job, bytes, len);
	job[len] = (uint8_t)x;
	job[len + 1] = (uint8_t)(x >> 8);
	job[len + 2] = (uint8_t)y;
	job[len + 3] = (uint8_t)(y >> 8);
	return len + 4;
}

/* GS v 0 m, so many bytes a row, so many rows */
static void give_raster(uint8_t mode, uint32_t bytes, uint32_t rows)
{
	size_t len = head((const char[]){0x1d, 0x76, 0x30, (char)mode}, 4, bytes, rows);

	for (size_t i = 0; i < (size_t)bytes * rows; i++)
		job[len++] = pattern(i);
	bench_give(job, len);
}

static void give_graphics(uint8_t bx, uint8_t by, uint32_t width, uint32_t rows)
{
	uint32_t dots = (width + 7) / 8 * rows, total = dots + 10;
	const uint8_t start[] = {
		0x1d, 0x28, 0x4c, (uint8_t)total, (uint8_t)(total >> 8), 0x30, 0x70, 0x30,
		bx,   by,   0x31};
	size_t len = head((const char *)start, sizeof(start), width, rows);

	for (size_t i = 0; i < dots; i++)
		job[len++] = pattern(i);
	bench_give(job, len);
}

/* The picture stands at (x, y), each dot so many times, cut off at the paper's edge. */
static void expect_picture(uint32_t x, uint32_t y, uint32_t bytes, uint32_t rows, uint32_t wide,
			   uint32_t high)
{
	for (uint32_t row = 0; row < rows * high; row++)
		for (uint32_t dot = 0; dot < bytes * 8 * wide && x + dot < 576; dot++) {
			uint8_t byte = pattern(row / high * bytes + dot / wide / 8);

			assert_int_equal(bench_dot(x + dot, y + row),
					 byte >> (7 - dot / wide % 8) & 1);
		}
}

static void test_raster_modes(void **state)
{
	(void)state;
	for (uint8_t mode = 0; mode < 4; mode++) {
		for (int ascii = 0; ascii < 2; ascii++) {
			uint32_t wide = mode & 1 ? 2 : 1, high = mode & 2 ? 2 : 1;

			bench_start(NULL);
			GIVE("\n");
			give_raster((uint8_t)(mode + 48 * ascii), 10, 20);
			GIVE("\n");
			bench_finish();
			expect_picture(0, 30, 10, 20, wide, high);
			/* it feeds what it is high, whatever the spacing */
			assert_int_equal(bench_rows(), 30 + 20 * high + 30);
			assert_int_equal(bench_black(80 * wide, 30, 576 - 80 * wide, 50), 0);
			assert_int_equal(bench_black(0, 30 + 20 * high, 576, 30), 0);
		}
	}
	bench_start(NULL);
	GIVE("\x1b"
	     "a\x01");
	give_raster(0, 10, 3);
	GIVE("\x1b"
	     "a\x02");
	give_raster(0, 10, 3);
	give_raster(0, 80, 3); /* 640 dots: what is too wide is not printed */
	bench_finish();
	expect_picture(248, 0, 10, 3, 1, 1);
	expect_picture(496, 3, 10, 3, 1, 1);
	expect_picture(0, 6, 80, 3, 1, 1);
	assert_int_equal(bench_rows(), 9);
}

/* yH <= 8; m 0 to 3; no side of 0. Then the command is given up and its dots are text. */
static void test_raster_limits(void **state)
{
	static const char refused[][8] = {
		{0x1d, 0x76, 0x30, 4, 1, 0, 1, 0}, {0x1d, 0x76, 0x30, 52, 1, 0, 1, 0},
		{0x1d, 0x76, 0x31, 0, 1, 0, 1, 0}, {0x1d, 0x76, 0x30, 0, 0, 0, 1, 0},
		{0x1d, 0x76, 0x30, 0, 1, 0, 0, 0}, {0x1d, 0x76, 0x30, 0, 1, 0, 0, 9},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		bench_start(NULL);
		bench_give(refused[i], 8);
		GIVE("H\n");
		bench_finish();
		assert_int_equal(printer->ignored_commands, 1);
		assert_int_equal(bench_rows(), 30);
		assert_true(bench_black(0, 0, 12, 24) > 0);
	}
	bench_start(NULL);
	give_raster(0, 1, 2303); /* yL FF, yH 08 */
	GIVE("H\n");
	bench_finish();
	assert_int_equal(printer->ignored_commands, 0);
	assert_int_equal(bench_rows(), 2303 + 30);
	expect_picture(0, 0, 1, 2303, 1, 1);
}

/* With something in the line it is not effective; its dots are no text. */
static void test_raster_in_a_line(void **state)
{
	(void)state;
	bench_start(NULL);
	GIVE("H");
	give_raster(0, 72, 100);
	GIVE("H\n");
	bench_finish();
	assert_int_equal(bench_rows(), 30);
	assert_true(bench_black(12, 0, 12, 24) > 0);
	assert_int_equal(bench_black(24, 0, 552, 30), 0);
	assert_int_equal(printer->ignored_commands, 1);
}

static void test_graphics(void **state)
{
	static const struct {
		uint8_t bx, by;
		uint32_t width, rows;
	} cases[] = {{1, 1, 100, 30},  {2, 1, 100, 30}, {1, 2, 100, 30},
		     {2, 2, 576, 831}, {1, 1, 8, 1662}, {1, 1, 2047, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t bytes = (cases[i].width + 7) / 8;

		bench_start(NULL);
		give_graphics(cases[i].bx, cases[i].by, cases[i].width, cases[i].rows);
		bench_run(100);
		assert_false(printer_is_printing(printer)); /* stored, not printed */
		assert_int_equal(bench_rows(), 0);
		GIVE("\x1d(L\x02\x00\x30\x32");
		bench_finish();
		assert_int_equal(bench_rows(), cases[i].rows * cases[i].by);
		for (uint32_t y = 0; y < cases[i].rows * cases[i].by; y++)
			for (uint32_t x = 0; x < cases[i].width * cases[i].bx && x < 576; x++) {
				size_t at = y / cases[i].by * bytes + x / cases[i].bx / 8;

				assert_int_equal(bench_dot(x, y),
						 pattern(at) >> (7 - x / cases[i].bx % 8) & 1);
			}
		assert_int_equal(printer->ignored_commands, 0);
		GIVE("\x1d(L\x02\x00\x30\x02"); /* nothing is stored any more */
		assert_int_equal(printer->ignored_commands, 1);
	}
}

/* Out of range: skipped by its length, and no dot of it is text. */
static void test_graphics_limits(void **state)
{
	(void)state;
	bench_start(NULL);
	give_graphics(1, 1, 8, 1663);
	give_graphics(1, 2, 8, 832);
	give_graphics(3, 1, 8, 1);
	give_graphics(1, 0, 8, 1);
	give_graphics(1, 1, 2048, 1);
	GIVE("\x1d(L\x0b\x00\x30\x70\x30\x01\x01\x32\x08\x00\x01\x00H");  /* colour 2 */
	GIVE("\x1d(L\x0c\x00\x30\x70\x30\x01\x01\x31\x08\x00\x01\x00HH"); /* p is too long */
	GIVE("\x1d(L\x0a\x00\x30\x70\x30\x01\x01\x31\x08\x00\x01\x00");	  /* and too short */
	GIVE("\x1d(L\x02\x00\x30\x32");
	bench_finish();
	assert_int_equal(printer->ignored_commands, 9);
	assert_int_equal(bench_rows(), 0);
	assert_false(printer->line_used);
	/* not in the middle of a line */
	GIVE("H");
	give_graphics(1, 1, 8, 1);
	GIVE("\x1d(L\x02\x00\x30\x32\n");
	bench_finish();
	assert_int_equal(bench_rows(), 30);
	assert_int_equal(printer->ignored_commands, 11);
}

/* GS 8 L: four bytes of length. */
static void test_long_graphics(void **state)
{
	static const uint8_t start[] = {0x1d, 0x38, 0x4c, 0x48, 0x74, 0x01, 0x00,
					0x30, 0x70, 0x30, 0x01, 0x01, 0x31};
	size_t len = head((const char *)start, sizeof(start), 576, 1323);

	(void)state;
	/* 72 * 1323 + 10 = 95,266: 1 74 22, and the head says one more: refused */
	for (size_t i = 0; i < 72 * 1323; i++)
		job[len++] = pattern(i);
	job[3] = 0x22;
	bench_start(NULL);
	bench_give(job, len);
	GIVE("\x1d(L\x02\x00\x30\x32");
	bench_finish();
	assert_int_equal(bench_rows(), 1323);
	expect_picture(0, 0, 72, 1323, 1, 1);
	job[3] = 0x23;
	job[len++] = 'H';
	bench_start(NULL);
	bench_give(job, len);
	GIVE("\x1d(L\x02\x00\x30\x32\x1d\x38L\x00\x00\x00\x00\x1d\x38L\x03\x00\x00\x00HHH");
	bench_finish();
	assert_int_equal(bench_rows(), 0);
	assert_int_equal(printer->ignored_commands, 4);
	assert_false(printer->line_used);
}

/* A real-time command among the dots is executed, and the dots are dots all the same. */
static void test_trap(void **state)
{
	static const char status[] = "\x1dv0\x00\x04\x00\x02\x00\xaa\x10\x04\x01\x10\x04\x04\xaa";
	static const char pulse[] = "\x1dv0\x00\x05\x00\x01\x00\x10\x14\x01\x00\x02";
	static const char clear[] =
		"\x1dv0\x00\x0a\x00\x02\x00\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08";

	(void)state;
	bench_start(NULL);
	bench_give(status, sizeof(status) - 1);
	EXPECT("\x12\x12");
	bench_finish();
	assert_int_equal(bench_rows(), 2);
	assert_int_equal(bench_black(0, 0, 32, 1), 4 + 1 + 1 + 1);
	assert_int_equal(bench_black(0, 1, 32, 1), 1 + 1 + 1 + 4);
	assert_int_equal(printer->realtime_in_data, 2);
	assert_int_equal(printer->realtime_commands, 2);
	bench_give(pulse, sizeof(pulse) - 1);
	assert_int_equal(printer->drawer_pulses, 1);
	assert_int_equal(printer->realtime_in_data, 3);
	/* one that clears the buffers: what follows of the picture is text */
	bench_start(NULL);
	bench_give(clear, sizeof(clear) - 1);
	EXPECT("\x37\x25\x00");
	GIVE("HHHHHHHHHH\n");
	bench_finish();
	assert_int_equal(bench_rows(), 30);
	assert_int_equal(bench_black(120, 0, 456, 30), 0);
	/* outside a picture it is none of that */
	bench_start(NULL);
	GIVE("\x10\x04\x01");
	EXPECT("\x12");
	assert_int_equal(printer->realtime_in_data, 0);
}

static void test_qr(void **state)
{
	(void)state;
	bench_start(NULL);
	GIVE("\x1d(k\x04\x00\x31\x41\x32\x00\x1d(k\x03\x00\x31\x43\x06\x1d(k\x03\x00\x31\x45\x31");
	GIVE("\x1d(k\x0a\x00\x31\x50\x30http://\x1b"
	     "a\x01\x1d(k\x03\x00\x31\x51\x30");
	bench_finish();
	assert_int_equal(bench.qr_len, 7);
	assert_memory_equal(bench.qr_data, "http://", 7);
	assert_int_equal(bench.qr_level, 1);
	assert_int_equal(bench_rows(), 126);
	for (uint32_t y = 0; y < 126; y++)
		for (uint32_t x = 0; x < 576; x++) {
			uint32_t from = (576 - 126) / 2, i = y / 6 * 21 + (x - from) / 6;
			bool black = x >= from && x < from + 126 && (i % 3 == 0 || i % 21 == 0);

			assert_int_equal(bench_dot(x, y), black);
		}
	/* too wide, does not fit, in the middle of a line, nothing stored: nothing */
	bench.qr_side = 97;
	GIVE("\x1d(k\x03\x00\x31\x51\x30");
	bench.qr_side = 0;
	GIVE("\x1d(k\x03\x00\x31\x51\x30");
	bench.qr_side = 21;
	GIVE("H\x1d(k\x03\x00\x31\x51\x30\n\x1b@\x1d(k\x03\x00\x31\x51\x30");
	bench_finish();
	assert_int_equal(printer->ignored_commands, 4);
	assert_int_equal(bench_rows(), 126 + 30);
}

/* Models that lack it pass it over with its data. */
static void test_absent(void **state)
{
	static const struct printer_settings poor = {
		.width = 384, .no_qr = true, .no_raster = true, .no_graphics = true};

	(void)state;
	bench_start(&poor);
	give_raster(0, 48, 10);
	give_graphics(1, 1, 384, 10);
	GIVE("\x1d(L\x02\x00\x30\x32\x1d(k\x0a\x00\x31\x50\x30http://\x1d(k\x03\x00\x31\x51\x30");
	bench_finish();
	assert_int_equal(bench_rows(), 0);
	assert_false(printer->line_used);
	assert_int_equal(printer->unknown_commands, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raster_modes),
		cmocka_unit_test(test_raster_limits),
		cmocka_unit_test(test_raster_in_a_line),
		cmocka_unit_test(test_graphics),
		cmocka_unit_test(test_graphics_limits),
		cmocka_unit_test(test_long_graphics),
		cmocka_unit_test(test_trap),
		cmocka_unit_test(test_qr),
		cmocka_unit_test(test_absent),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	bench_stop();
	return r;
}
