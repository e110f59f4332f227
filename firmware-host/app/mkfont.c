/* Makes glyphs24.c, the printer's fonts of 12x24 and 24x24 dots, at build time:
 * mkfont LATIN.TTF HAN.TTF OUTPUT. The table is by GB2312 code. DejaVu Sans Mono is under the
 * Bitstream Vera licence, Droid Sans Fallback under Apache 2.0. */
#include <ft2build.h>
#include FT_FREETYPE_H

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 24 };

static void draw(FT_Face face, uint32_t code, int width, int baseline, uint8_t rows[ROWS][3])
{
	FT_GlyphSlot slot = face->glyph;

	memset(rows, 0, ROWS * 3);
	if (FT_Load_Char(face, code, FT_LOAD_RENDER | FT_LOAD_TARGET_MONO))
		return;
	for (unsigned y = 0; y < slot->bitmap.rows; y++) {
		for (unsigned x = 0; x < slot->bitmap.width; x++) {
			int row = baseline - slot->bitmap_top + (int)y;
			int column = slot->bitmap_left + (int)x;

			if (!(slot->bitmap.buffer[(int)y * slot->bitmap.pitch + (int)x / 8] &
			      0x80 >> x % 8))
				continue;
			if (row >= 0 && row < ROWS && column >= 0 && column < width)
				rows[row][column / 8] |= (uint8_t)(0x80 >> column % 8);
		}
	}
}

static void print_rows(FILE *out, uint8_t rows[ROWS][3], int bytes)
{
	fputs("\t{", out);
	for (int y = 0; y < ROWS; y++)
		for (int i = 0; i < bytes; i++)
			fprintf(out, "%u,", rows[y][i]);
	fputs("},\n", out);
}

static uint32_t decode(iconv_t converter, int high, int low)
{
	char in[2] = {(char)high, (char)low};
	unsigned char out[4] = {0};
	char *from = in, *to = (char *)out;
	size_t from_left = 2, to_left = 4;

	iconv(converter, NULL, NULL, NULL, NULL);
	if (iconv(converter, &from, &from_left, &to, &to_left) == (size_t)-1)
		return 0;
	return (uint32_t)out[0] | (uint32_t)out[1] << 8 | (uint32_t)out[2] << 16;
}

int main(int argc, char **argv)
{
	uint8_t rows[ROWS][3];
	FT_Library library;
	FT_Face latin, han;
	iconv_t converter = iconv_open("UTF-32LE", "GB2312");
	FILE *out = argc == 4 ? fopen(argv[3], "w") : NULL;

	if (!out || converter == (iconv_t)-1 || FT_Init_FreeType(&library) ||
	    FT_New_Face(library, argv[1], 0, &latin) || FT_New_Face(library, argv[2], 0, &han)) {
		fprintf(stderr,
			"mkfont: needs two fonts (packages fonts-dejavu-core, "
			"fonts-droid-fallback) and a place to write: %s\n",
			strerror(errno));
		return 1;
	}
	FT_Set_Pixel_Sizes(latin, 0, 20);
	FT_Set_Pixel_Sizes(han, 0, 23);
	fputs("#include \"firmware-host/app/printer.h\"\n\n"
	      "const uint8_t printer_font_ascii[PRINTER_ASCII_COUNT][48] = {\n",
	      out);
	for (uint32_t c = 0x20; c < 0x7f; c++) {
		draw(latin, c, 12, 19, rows);
		print_rows(out, rows, 2);
	}
	fputs("};\n\nconst uint8_t printer_font_han[PRINTER_HAN_COUNT][72] = {\n", out);
	for (int high = 0xa1; high < 0xf8; high++) {
		for (int low = 0xa1; low < 0xff; low++) {
			draw(han, decode(converter, high, low), 24, 20, rows);
			print_rows(out, rows, 3);
		}
	}
	fputs("};\n", out);
	FT_Done_FreeType(library);
	iconv_close(converter);
	return fclose(out) ? 1 : 0;
}
