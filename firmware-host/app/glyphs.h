/* Dots of characters: 8x16 for ASCII, 16x16 for what GBK has in rows A1 to F7, columns A1 to FE:
 * all of GB2312, and a few more. The tables are made at build time from GNU Unifont by mkglyphs.py,
 * whole or for the characters of glyphs-small.txt alone. */
#pragma once

#include <stdint.h>

enum { GLYPH_ROWS = 16, GLYPH_ASCII_FIRST = 0x20, GLYPH_ASCII_COUNT = 95 };

/* Glyphs of consecutive places stand one behind the other. A place is 94 * (row - A1) + cell - A1;
 * the last run is the end of both tables. */
struct glyph_run {
	uint16_t place, glyph;
};

extern const uint8_t glyph_ascii[GLYPH_ASCII_COUNT][GLYPH_ROWS];
/* two bytes a row of dots, highest bit left */
extern const uint8_t glyph_wide[][2 * GLYPH_ROWS];
extern const struct glyph_run glyph_runs[];
extern const uint16_t glyph_run_count, glyph_wide_count;
extern const uint8_t glyph_zero[2 * GLYPH_ROWS]; /* 〇, A996 of GBK */
extern const uint8_t glyph_half_box[GLYPH_ROWS], glyph_box[2 * GLYPH_ROWS];

/* code: one byte, or two of GBK with the first one high. *ret_width: 8 or 16 dots. What is in no
 * table is a hollow box. */
const uint8_t *glyph16_find(uint16_t code, int *ret_width);
