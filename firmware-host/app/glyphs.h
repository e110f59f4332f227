/* Dots of characters: 8x16 for ASCII, 16x16 for rows A1 to F7 of GBK, which are those of GB2312.
 * The tables are made at build time from GNU Unifont by mkglyphs.py. */
#pragma once

#include <stdint.h>

enum {
	GLYPH_ROWS = 16,
	GLYPH_ASCII_FIRST = 0x20,
	GLYPH_ASCII_COUNT = 95,
	GLYPH_HAN_COUNT = 87 * 94
};

extern const uint8_t glyph_ascii[GLYPH_ASCII_COUNT][GLYPH_ROWS];
/* (row - A1) * 94 + (cell - A1); two bytes a row of dots, highest bit left */
extern const uint8_t glyph_han[GLYPH_HAN_COUNT][2 * GLYPH_ROWS];
extern const uint8_t glyph_half_box[GLYPH_ROWS], glyph_box[2 * GLYPH_ROWS];

/* code: one byte, or two of GBK with the first one high. *ret_width: 8 or 16 dots. What is in no
 * table is a hollow box. */
const uint8_t *glyph16_find(uint16_t code, int *ret_width);
