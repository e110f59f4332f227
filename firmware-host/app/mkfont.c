/* Makes glyphs24.c, the printer's fonts of 12x24, 9x17 and 24x24 dots, at build time:
 * mkfont OUTPUT LATIN HAN SYMBOLS... Han are by GBK code, the rest by code page. What HAN does not
 * have of GBK (quotes, dashes, Greek, numbers in circles) is taken from the first of SYMBOLS that
 * does. */
#include <ft2build.h>
#include FT_FREETYPE_H

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 24, MAX_FACES = 4 };

/* ESC t n and what it selects (Epson's command reference). */
static const struct {
	int number;
	const char *charset;
} pages[] = {
	{0, "CP437"},	{2, "CP850"},  {3, "CP860"},  {4, "CP863"},  {5, "CP865"},
	{16, "CP1252"}, {17, "CP866"}, {18, "CP852"}, {19, "CP858"},
};

struct cell {
	int width, height, baseline;
};

static const struct cell ordinary = {12, 24, 19}, small = {9, 17, 13}, square = {24, 24, 20};

/* Some symbols are narrower than their cell: those stand in its middle. */
static int indent_of(FT_GlyphSlot slot, const struct cell *cell)
{
	int left = cell->width - (int)(slot->advance.x >> 6);

	return cell == &square && left > 0 ? left / 2 : 0;
}

static void draw(FT_Face face, uint32_t code, const struct cell *cell, uint8_t rows[ROWS][3])
{
	FT_GlyphSlot slot = face->glyph;

	memset(rows, 0, ROWS * 3);
	if (!code || !FT_Get_Char_Index(face, code) ||
	    FT_Load_Char(face, code, FT_LOAD_RENDER | FT_LOAD_TARGET_MONO))
		return;
	for (unsigned y = 0; y < slot->bitmap.rows; y++) {
		for (unsigned x = 0; x < slot->bitmap.width; x++) {
			int row = cell->baseline - slot->bitmap_top + (int)y;
			int column = indent_of(slot, cell) + slot->bitmap_left + (int)x;

			if (!(slot->bitmap.buffer[(int)y * slot->bitmap.pitch + (int)x / 8] &
			      0x80 >> x % 8))
				continue;
			if (row >= 0 && row < cell->height && column >= 0 && column < cell->width)
				rows[row][column / 8] |= (uint8_t)(0x80 >> column % 8);
		}
	}
}

static void print_cell(FILE *out, FT_Face face, uint32_t code, const struct cell *cell)
{
	uint8_t rows[ROWS][3];

	draw(face, code, cell, rows);
	fputs("\t{", out);
	for (int y = 0; y < cell->height; y++)
		for (int i = 0; i < (cell->width + 7) / 8; i++)
			fprintf(out, "%u,", rows[y][i]);
	fputs("},\n", out);
}

/* 0: there is no such character. */
static uint32_t decode(iconv_t converter, const char *bytes, size_t len)
{
	char in[2] = {bytes[0], len > 1 ? bytes[1] : '\0'};
	unsigned char out[8] = {0};
	char *from = in, *to = (char *)out;
	size_t from_left = len, to_left = sizeof(out);

	iconv(converter, NULL, NULL, NULL, NULL);
	if (iconv(converter, &from, &from_left, &to, &to_left) == (size_t)-1 || to_left != 4)
		return 0;
	return (uint32_t)out[0] | (uint32_t)out[1] << 8 | (uint32_t)out[2] << 16;
}

static void print_ascii(FILE *out, FT_Face face, const struct cell *cell)
{
	for (uint32_t c = 0x20; c < 0x7f; c++)
		print_cell(out, face, c, cell);
	fputs("};\n\n", out);
}

static void print_latin(FILE *out, FT_Face face, const struct cell *cell)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		iconv_t converter = iconv_open("UTF-32LE", pages[i].charset);

		fputs("{\n", out);
		for (int c = 0x80; c < 0x100; c++)
			print_cell(out, face, decode(converter, (char[]){(char)c}, 1), cell);
		fputs("},\n", out);
		iconv_close(converter);
	}
	fputs("};\n\n", out);
}

/* The first that has it. */
static FT_Face face_of(FT_Face *faces, int count, uint32_t code)
{
	for (int i = 0; i < count; i++)
		if (FT_Get_Char_Index(faces[i], code))
			return faces[i];
	return faces[0];
}

static void print_han(FILE *out, FT_Face *faces, int count)
{
	iconv_t gbk = iconv_open("UTF-32LE", "GBK"), gb2312 = iconv_open("UTF-32LE", "GB2312");
	unsigned char bits[126 * 190 / 8 + 1] = {0};
	uint32_t code;
	size_t n = 0;

	fputs("const uint8_t printer_font_han[PRINTER_HAN_COUNT][72] = {\n", out);
	for (int high = 0x81; high < 0xff; high++) {
		for (int low = 0x40; low < 0xff; low++) {
			char bytes[2] = {(char)high, (char)low};

			if (low == 0x7f)
				continue;
			code = decode(gbk, bytes, 2);
			print_cell(out, face_of(faces, count, code), code, &square);
			if (decode(gb2312, bytes, 2))
				bits[n / 8] |= (unsigned char)(1u << n % 8);
			n++;
		}
	}
	fputs("};\n\nconst uint8_t printer_gb2312[(PRINTER_HAN_COUNT + 7) / 8] = {\n", out);
	for (size_t i = 0; i < (n + 7) / 8; i++)
		fprintf(out, "%u,", bits[i]);
	fputs("};\n\n", out);
	iconv_close(gbk);
	iconv_close(gb2312);
}

int main(int argc, char **argv)
{
	FILE *out = argc > 3 && argc - 2 <= MAX_FACES ? fopen(argv[1], "w") : NULL;
	FT_Face faces[MAX_FACES], latin;
	int count = argc - 2;
	FT_Library library;

	if (!out || FT_Init_FreeType(&library)) {
		fprintf(stderr, "mkfont: needs a place to write and two to %d fonts: %s\n",
			MAX_FACES, strerror(errno));
		return 1;
	}
	for (int i = 0; i < count; i++) {
		if (FT_New_Face(library, argv[i + 2], 0, &faces[i])) {
			fprintf(stderr, "mkfont: no font %s; scripts/setup installs it\n",
				argv[i + 2]);
			return 1;
		}
	}
	latin = faces[0];
	fputs("#include \"firmware-host/app/printer.h\"\n\n"
	      "const uint8_t printer_latin_numbers[PRINTER_LATIN_PAGES] = {",
	      out);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		fprintf(out, "%d,", pages[i].number);
	FT_Set_Pixel_Sizes(latin, 0, 20);
	fputs("};\n\nconst uint8_t printer_font_ascii[PRINTER_ASCII_COUNT][48] = {\n", out);
	print_ascii(out, latin, &ordinary);
	fputs("const uint8_t printer_font_latin[PRINTER_LATIN_PAGES][128][48] = {\n", out);
	print_latin(out, latin, &ordinary);
	FT_Set_Pixel_Sizes(latin, 0, 14);
	fputs("const uint8_t printer_font_small_ascii[PRINTER_ASCII_COUNT][34] = {\n", out);
	print_ascii(out, latin, &small);
	fputs("const uint8_t printer_font_small_latin[PRINTER_LATIN_PAGES][128][34] = {\n", out);
	print_latin(out, latin, &small);
	for (int i = 1; i < count; i++)
		FT_Set_Pixel_Sizes(faces[i], 0, i == 1 ? 23 : 20);
	print_han(out, faces + 1, count - 1);
	FT_Done_FreeType(library);
	return fclose(out) ? 1 : 0;
}
