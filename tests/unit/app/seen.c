/* One line of unifont.hex is CODE:DIGITS, 32 digits for 8x16 dots or 64 for 16x16. */
#include "tests/unit/app/seen.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CODES = 0x10000 };

static struct {
	uint8_t width;
	uint8_t rows[32];
} glyphs[CODES];
static bool loaded;

static void load(void)
{
	FILE *file = fopen(UNIFONT, "r");
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');
		unsigned long code = strtoul(line, NULL, 16);
		size_t digits = colon ? strspn(colon + 1, "0123456789ABCDEFabcdef") : 0;

		if (code >= CODES || (digits != 32 && digits != 64))
			continue;
		glyphs[code].width = digits == 32 ? 8 : 16;
		for (size_t i = 0; i < digits / 2; i++) {
			char two[3] = {colon[1 + 2 * i], colon[2 + 2 * i]};

			glyphs[code].rows[i] = (uint8_t)strtoul(two, NULL, 16);
		}
	}
	fclose(file);
	loaded = true;
}

int seen_glyph(unsigned code, uint8_t ret_rows[32])
{
	if (!loaded)
		load();
	assert_true(code < CODES);
	memcpy(ret_rows, glyphs[code].rows, 32);
	return glyphs[code].width;
}

size_t seen_gbk(const char *text, uint8_t *ret, size_t size)
{
	iconv_t converter = iconv_open("GBK", "UTF-8");
	char copy[SEEN_SIZE], *in = copy, *out = (char *)ret;
	size_t in_left = strlen(text), out_left = size;

	assert_true(in_left < sizeof(copy));
	memcpy(copy, text, in_left + 1);
	assert_true(converter != (iconv_t)-1);
	assert_int_equal(iconv(converter, &in, &in_left, &out, &out_left), 0);
	iconv_close(converter);
	return size - out_left;
}

unsigned seen_code(uint8_t first, uint8_t second)
{
	iconv_t converter = iconv_open("UTF-16BE", "GBK");
	char bytes[2] = {(char)first, (char)second}, result[8] = {0}, *in = bytes, *out = result;
	size_t in_left = 2, out_left = sizeof(result);
	bool good;

	assert_true(converter != (iconv_t)-1);
	good = iconv(converter, &in, &in_left, &out, &out_left) == 0 && out_left == 6;
	iconv_close(converter);
	return good ? (unsigned)(uint8_t)result[0] << 8 | (uint8_t)result[1] : 0;
}

static bool stands_at(const struct screen *screen, int x, int y, unsigned code)
{
	int width = glyphs[code].width;

	for (int row = 0; row < 16; row++)
		for (int column = 0; column < width; column++) {
			uint8_t bits = glyphs[code].rows[row * width / 8 + column / 8];

			if (screen_dot(screen, (uint16_t)(x + column), (uint16_t)(y + row)) !=
			    (bits >> (7 - column % 8) & 1))
				return false;
		}
	return true;
}

static unsigned read_cell(const struct screen *screen, int x, int y)
{
	static const unsigned wide[][2] = {{0x4e00, 0x9fff}, {0x3001, 0x303f}, {0xff01, 0xff5e}};

	/* Blank is a space of 8 dots. */
	for (size_t i = 0; x + 16 <= screen->settings.width && i < 3; i++)
		for (unsigned code = wide[i][0]; code <= wide[i][1]; code++)
			if (glyphs[code].width == 16 && stands_at(screen, x, y, code))
				return code;
	for (unsigned code = 0x20; code < 0x7f; code++)
		if (stands_at(screen, x, y, code))
			return code;
	return 0xfffd;
}

void seen_row(const struct screen *screen, int y, char ret_text[SEEN_SIZE])
{
	size_t len = 0, solid = 0;

	if (!loaded)
		load();
	for (int x = 0; x < screen->settings.width;) {
		unsigned code = read_cell(screen, x, y);

		assert_true(len + 4 < SEEN_SIZE);
		if (code < 0x80) {
			ret_text[len++] = (char)code;
		} else {
			ret_text[len++] = (char)(0xe0 | code >> 12);
			ret_text[len++] = (char)(0x80 | (code >> 6 & 0x3f));
			ret_text[len++] = (char)(0x80 | (code & 0x3f));
		}
		if (code != ' ')
			solid = len;
		x += code >= 0x80 && code != 0xfffd ? 16 : 8;
	}
	ret_text[solid] = '\0';
}
