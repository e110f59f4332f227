/* Pictures on paper: what is sent is put on a sheet by a printer of the test's own, which knows
 * only the two raster commands and ESC a, and the sheet is held against the picture. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/escpos_encoding.h"

enum { SHEET_WIDTH = 576, SHEET_ROWS = 3300, PICTURE_BYTES = 72 * 3200 };

static uint8_t sheet[SHEET_ROWS][SHEET_WIDTH]; /* one byte a dot */
static size_t sheet_rows, sheet_bands;
static uint8_t dots[PICTURE_BYTES];

static void print_band(const uint8_t *data, size_t across, size_t down, unsigned align)
{
	size_t rest = SHEET_WIDTH - across * 8;
	size_t from = align == 1 ? rest / 2 : align == 2 ? rest : 0;

	assert_in_range(across, 1, SHEET_WIDTH / 8);
	assert_in_range(down, 1, SHEET_ROWS - sheet_rows);
	for (size_t y = 0; y < down; y++, sheet_rows++)
		for (size_t x = 0; x < across * 8; x++)
			if (data[y * across + x / 8] & 0x80 >> x % 8)
				sheet[sheet_rows][from + x] = 1;
	sheet_bands++;
}

/* Reads the stream that encode() left; band_rows: what one command may take. */
static void print_stream(size_t band_rows)
{
	const uint8_t *pending = NULL;
	size_t across = 0, down = 0, n;
	unsigned align = 0;

	memset(sheet, 0, sizeof(sheet));
	sheet_rows = sheet_bands = 0;
	for (size_t i = 4 + 3; i < stream_len; i += n) { /* ESC @, GS a, FS . */
		const uint8_t *at = stream + i;

		if (at[0] == 0x1b && at[1] == 0x61) {
			align = at[2];
			n = 3;
			continue;
		} else if (at[0] == 0x1d && at[1] == 0x76 && at[2] == 0x30 && at[3] == 0) {
			across = at[4] | (size_t)at[5] << 8;
			down = at[6] | (size_t)at[7] << 8;
			n = 8 + across * down;
			print_band(at + 8, across, down, align);
		} else if (at[0] == 0x1d && at[1] == 0x28 && at[2] == 0x4c && at[6] == 0x70) {
			across = (at[11] | (size_t)at[12] << 8) / 8;
			down = at[13] | (size_t)at[14] << 8;
			n = 15 + across * down;
			assert_int_equal(at[3] | (size_t)at[4] << 8, 10 + across * down);
			pending = at + 15;
		} else if (at[0] == 0x1d && at[1] == 0x28 && at[2] == 0x4c && at[6] == 0x32) {
			assert_non_null(pending);
			print_band(pending, across, down, align);
			pending = NULL;
			n = 7;
		} else {
			fail_msg("byte %zu: %02x %02x", i, at[0], at[1]);
			return;
		}
		assert_in_range(down, 1, band_rows);
	}
	assert_null(pending);
}

/* How many dots of the sheet differ from the picture moved right by shift. */
static size_t differences(const struct document_picture *picture, size_t shift)
{
	size_t stride = (picture->width_dots + 7) / 8, count = 0;

	for (size_t y = 0; y < picture->height_dots; y++) {
		for (size_t x = 0; x < SHEET_WIDTH; x++) {
			size_t from = x - shift;
			bool ink = x >= shift && from < picture->width_dots &&
				   picture->rows[y * stride + from / 8] & 0x80 >> from % 8;

			count += ink != sheet[y][x];
		}
	}
	return count;
}

static void check_picture(uint32_t width, uint32_t height, enum document_align align,
			  const struct escpos_paper *paper, size_t allowed)
{
	const struct document_item item = {
		.kind = DOCUMENT_PICTURE, .align = align, .picture = {width, height, dots}};
	size_t shift = align == DOCUMENT_CENTRE	 ? (SHEET_WIDTH - width) / 2
		       : align == DOCUMENT_RIGHT ? SHEET_WIDTH - width
						 : 0;

	assert_int_equal(encode(&item, 1, paper), 0); /* no real-time command in it */
	print_stream(paper->band_rows ? paper->band_rows : 256);
	assert_int_equal(sheet_rows, height);
	if (differences(&item.picture, shift) <= allowed)
		return;
	/* An odd rest of the paper is rounded, but for the whole picture alike. */
	assert_int_equal(align, DOCUMENT_CENTRE);
	assert_true(width % 2);
	assert_in_range(differences(&item.picture, shift + 1), 0, allowed);
}

static void fill(unsigned kind)
{
	static const uint8_t evil[] = {0x10, 0x10, 0x04, 0x05, 0x14, 0x06, 0x00, 0x08, 0x02, 0x28};

	for (size_t i = 0; i < sizeof(dots); i++) {
		switch (kind) {
		case 0: dots[i] = (uint8_t)rand(); break;
		case 1: dots[i] = rand() % 40 ? 0 : (uint8_t)(1 << rand() % 8); break;
		default: dots[i] = evil[(size_t)rand() % sizeof(evil)]; break;
		}
	}
}

/* Rows and columns of white between what is drawn, as between words and lines. */
static void make_gaps(uint32_t width, uint32_t height)
{
	size_t stride = (width + 7) / 8;
	size_t left = (size_t)rand() % (stride + 1), right = (size_t)rand() % (stride + 1);

	for (size_t y = 0; y < height;) {
		size_t ink = (size_t)rand() % 40, white = (size_t)rand() % (rand() % 4 ? 12 : 120);

		for (size_t end = y + ink; y < end && y < height; y++) {
			memset(dots + y * stride, 0, left);
			if (right > left)
				memset(dots + y * stride + right, 0, stride - right);
		}
		for (size_t end = y + white; y < end && y < height; y++)
			memset(dots + y * stride, 0, stride);
	}
}

static void test_random_pictures(void **state)
{
	struct escpos_paper paper = wide;

	(void)state;
	srand(20260302);
	for (unsigned round = 0; round < 240; round++) {
		uint32_t width = (uint32_t)(1 + rand() % SHEET_WIDTH);
		uint32_t height = (uint32_t)(1 + rand() % (rand() % 8 ? 200 : 1500));
		bool evil = round % 3 == 2;

		paper.raster = round % 2 ? ESCPOS_RASTER_GS_L : ESCPOS_RASTER_GS_V;
		paper.band_rows = (uint16_t[]){0, 1, 24, 256, 1662, 1040}[rand() % 6];
		fill(round % 3);
		if (rand() % 2)
			make_gaps(width, height);
		/* A broken real-time command costs a dot; random bytes hold one in 20,000. */
		check_picture(width, height, (enum document_align)(rand() % 3), &paper,
			      evil ? (size_t)width * height / 8 : 8);
	}
}

/* Heads count in two bytes that may read 10 04, 10 05 or 10 14 as well. */
static void test_realtime_in_heads(void **state)
{
	static const uint32_t heights[] = {0x0410, 0x0510, 0x0210, 0x0410 + 1662};
	struct escpos_paper paper = wide;

	(void)state;
	memset(dots, 0xff, sizeof(dots));
	paper.band_rows = 1662;
	for (size_t i = 0; i < sizeof(heights) / sizeof(heights[0]); i++) {
		check_picture(8, heights[i], DOCUMENT_LEFT, &paper, 0);
		assert_true(sheet_bands > 1 || heights[i] == 0x0210);
	}
	/* GS ( L counts 10 + the data: 1,030 rows of one byte are 0x0410. */
	paper.raster = ESCPOS_RASTER_GS_L;
	for (uint32_t height = 1020; height < 1300; height++)
		check_picture(8, height, DOCUMENT_LEFT, &paper, 0);
	check_picture(576, 1662, DOCUMENT_LEFT, &paper, 0);
	assert_in_range(sheet_bands, 2, 2); /* pL and pH count 65,535 bytes */
	/* A row that ends with DLE before a row that begins with EOT. */
	memset(dots, 0, 16);
	dots[0] = dots[2] = dots[4] = 0x10;
	dots[1] = 0x04;
	dots[3] = 0x14;
	dots[5] = 0x05;
	check_picture(8, 6, DOCUMENT_LEFT, &paper, 3);
}

/* White costs a byte a row, margins nothing, and a picture's parts stay in their places. */
static void test_white(void **state)
{
	const struct document_item item = {
		.kind = DOCUMENT_PICTURE, .align = DOCUMENT_CENTRE, .picture = {576, 300, dots}};

	(void)state;
	memset(dots, 0, sizeof(dots));
	dots[100 * 72 + 20] = dots[110 * 72 + 51] = 0xff; /* dots 160-167 and 408-415 */
	assert_int_equal(encode(&item, 1, &wide), 0);
	check(&item, 1, &wide,
	      "ESC @\nGS a FF\nFS .\nESC a 01\n"
	      "GS v 0 m=0 1x64 black 0\nGS v 0 m=0 1x36 black 0\n"
	      "GS v 0 m=0 32x1 black 8\nGS v 0 m=0 1x9 black 0\nGS v 0 m=0 32x1 black 8\n"
	      "GS v 0 m=0 1x64 black 0\nGS v 0 m=0 1x64 black 0\nGS v 0 m=0 1x61 black 0\n");
	check_picture(576, 300, DOCUMENT_CENTRE, &wide, 0);

	/* One row of white inside wide ink costs less than two heads: it stays. */
	memset(dots, 0xff, sizeof(dots));
	memset(dots + 2, 0, 2);
	check(&(const struct document_item){.kind = DOCUMENT_PICTURE, .picture = {16, 3, dots}}, 1,
	      &wide, "ESC @\nGS a FF\nFS .\nGS v 0 m=0 2x3 black 32\n");
}

static void test_none(void **state)
{
	const struct document_item item = {.kind = DOCUMENT_PICTURE, .picture = {8, 8, dots}};
	const struct escpos_paper paper = {
		.width_dots = 384, .columns = 32, .gbk = true, .raster = ESCPOS_RASTER_NONE};

	(void)state;
	memset(dots, 0xff, sizeof(dots));
	check(&item, 1, &paper, NARROW);
	assert_int_equal(losses.pictures, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_pictures),
		cmocka_unit_test(test_realtime_in_heads),
		cmocka_unit_test(test_white),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
