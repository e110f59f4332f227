/* Finds the dots of a character in the tables that mkglyphs.py made. */
#include "firmware-host/app/glyphs.h"

enum { FIRST_ROW = 0xa1, LAST_ROW = 0xf7, FIRST_CELL = 0xa1, CELLS = 94, ZERO = 0xa996 };

static const uint8_t *find_wide(uint16_t place)
{
	uint16_t low = 0, high = glyph_run_count;
	const struct glyph_run *run;

	/* the last run that does not begin behind place */
	while (low < high) {
		uint16_t middle = (uint16_t)((low + high) / 2);

		if (glyph_runs[middle].place <= place)
			low = (uint16_t)(middle + 1);
		else
			high = middle;
	}
	if (low == 0)
		return glyph_box;
	run = &glyph_runs[low - 1];
	if (place - run->place >= run[1].glyph - run->glyph)
		return glyph_box;
	return glyph_wide[run->glyph + (place - run->place)];
}

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
	if (code == ZERO)
		return glyph_zero;
	if (row < FIRST_ROW || row > LAST_ROW || cell < FIRST_CELL || cell >= FIRST_CELL + CELLS)
		return glyph_box;
	return find_wide((uint16_t)((row - FIRST_ROW) * CELLS + (cell - FIRST_CELL)));
}
