/* Dots of characters: 8x16 for ASCII, 16x16 for GB2312. The table is made at build time from GNU
 * Unifont by mkglyphs.py. */
#pragma once

#include <stdint.h>

enum {
	GLYPH_ROWS = 16,
	GLYPH_ASCII_FIRST = 0x20,
	GLYPH_ASCII_COUNT = 95,
	GLYPH_HAN_COUNT = 87 * 94
};

extern const uint8_t glyph_ascii[GLYPH_ASCII_COUNT][GLYPH_ROWS];
/* (row - A1) * 94 + (column - A1); two bytes a row, highest bit left */
extern const uint8_t glyph_han[GLYPH_HAN_COUNT][2 * GLYPH_ROWS];
/* A hollow box: what is in no table. */
extern const uint8_t glyph_box[2 * GLYPH_ROWS];
