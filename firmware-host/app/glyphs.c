/* Finds the dots of a character in the tables that mkglyphs.py made. */
#include "firmware-host/app/glyphs.h"

enum { HAN_FIRST_ROW = 0xa1, HAN_LAST_ROW = 0xf7, HAN_FIRST_CELL = 0xa1, HAN_CELLS = 94 };

const uint8_t *glyph16_find(uint16_t code, int *ret_width)
{
	unsigned row = code >> 8, cell = code & 0xff;

	if (code < 0x100) {
		*ret_width = 8;
		if (code < GLYPH_ASCII_FIRST || code >= GLYPH_ASCII_FIRST + GLYPH_ASCII_COUNT)
			return glyph_half_box;
		return glyph_ascii[code - GLYPH_ASCII_FIRST];
	}
	*ret_width = 16;
	if (row < HAN_FIRST_ROW || row > HAN_LAST_ROW || cell < HAN_FIRST_CELL || cell > 0xfe)
		return glyph_box;
	return glyph_han[(row - HAN_FIRST_ROW) * HAN_CELLS + (cell - HAN_FIRST_CELL)];
}
