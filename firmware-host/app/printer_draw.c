/* The print buffer: characters into the line, the line onto the page; raster and QR. Nothing here
 * knows whether the paper moves. */
#include "firmware-host/app/printer_parts.h"

#include <string.h>

enum { CHARACTER_ROWS = 24, SMALL_ROWS = 17, HAN_DOTS = 24 };

struct glyph {
	const uint8_t *rows; /* (width + 7) / 8 bytes each */
	uint8_t width, height;
	uint8_t wide, high;	/* magnification */
	uint16_t before, after; /* spacing, already magnified */
	uint8_t underline;	/* dots */
};

static void set_dot(uint8_t *row, uint32_t x)
{
	if (x < PRINTER_MAX_WIDTH)
		row[x / 8] |= (uint8_t)(0x80u >> x % 8);
}

static bool has_dot(const uint8_t *row, uint32_t x)
{
	return row[x / 8] & 0x80u >> x % 8;
}

/* Where something of so many dots begins. */
static uint32_t margin(const struct printer *printer, uint32_t used)
{
	const struct printer_style *style = &printer->style;
	uint32_t rest = used < style->area ? style->area - used : 0;

	return style->left + (style->align == 1 ? rest / 2 : style->align == 2 ? rest : 0);
}

/* No dot outside the print area. */
static void copy_row(struct printer *printer, uint8_t *to, const uint8_t *from, uint32_t at,
		     uint32_t dots)
{
	uint32_t end = printer->style.left + printer->style.area;

	for (uint32_t x = 0; x < dots && at + x < end; x++) {
		if (!from[x / 8])
			x |= 7; /* nothing in this byte */
		else if (has_dot(from, x))
			set_dot(to, at + x);
	}
}

static void add_rows(struct printer *printer, uint32_t rows)
{
	printer->drawn_rows += rows;
}

/* ---- the line ---- */

bool printer_at_line_start(const struct printer *printer)
{
	return !printer->line_used && !printer->pending_lead;
}

void printer_drop_line(struct printer *printer)
{
	memset(printer->line, 0, sizeof(printer->line));
	printer->line_x = printer->line_height = 0;
	printer->line_used = false;
	printer->pending_lead = 0;
}

void printer_flush_line(struct printer *printer, bool feed)
{
	uint32_t height = printer->line_height, from = margin(printer, printer->line_x);

	if (printer->pending_lead)
		printer->half_characters++;
	if (!printer->line_used && !feed) {
		printer->pending_lead = 0;
		return;
	}
	if (height < printer->line_spacing)
		height = printer->line_spacing;
	printer_make_room(printer, height);
	for (uint32_t y = 0; y < printer->line_height; y++)
		copy_row(printer, printer->page[printer->drawn_rows + y], printer->line[y], from,
			 printer->line_x);
	add_rows(printer, height);
	printer_drop_line(printer);
}

/* All characters of a line stand on one base: those before a higher one are moved down. */
static void make_high(struct printer *printer, uint32_t high)
{
	uint32_t lower;

	if (high <= printer->line_height)
		return;
	lower = high - printer->line_height;
	memmove(printer->line[lower], printer->line[0],
		printer->line_height * sizeof(printer->line[0]));
	memset(printer->line[0], 0, lower * sizeof(printer->line[0]));
	printer->line_height = (uint16_t)high;
}

static void fill(struct printer *printer, uint32_t from, uint32_t to, uint32_t top, uint32_t bottom)
{
	for (uint32_t y = top; y < bottom; y++)
		for (uint32_t x = from; x < to; x++)
			set_dot(printer->line[y], x);
}

/* One dot of a character in its size, on the base of the line. */
static void put_dot(struct printer *printer, const struct glyph *glyph, int row, int column)
{
	uint32_t top = printer->line_height - (uint32_t)(glyph->height - row) * glyph->high;
	uint32_t from = printer->line_x + glyph->before + (uint32_t)column * glyph->wide;
	uint32_t to = from + glyph->wide + (printer->style.bold ? 1 : 0);

	fill(printer, from, to, top, top + glyph->high);
}

static void put_dots(struct printer *printer, const struct glyph *glyph)
{
	int bytes = (glyph->width + 7) / 8;

	for (int row = 0; row < glyph->height; row++) {
		for (int column = 0; column < glyph->width; column++) {
			uint8_t byte = glyph->rows[row * bytes + column / 8];

			if (!byte)
				column |= 7;
			else if (byte & 0x80 >> column % 8)
				put_dot(printer, glyph, row, column);
		}
	}
}

static void reverse(struct printer *printer, uint32_t from, uint32_t to, uint32_t top)
{
	for (uint32_t y = top; y < printer->line_height; y++)
		for (uint32_t x = from; x < to && x < PRINTER_MAX_WIDTH; x++)
			printer->line[y][x / 8] ^= (uint8_t)(0x80u >> x % 8);
}

static void put_glyph(struct printer *printer, const struct glyph *glyph)
{
	uint32_t high = (uint32_t)glyph->height * glyph->high;
	uint32_t wide = (uint32_t)glyph->width * glyph->wide + glyph->before + glyph->after;
	uint32_t from;

	if (printer->line_x && printer->line_x + wide > printer->style.area)
		printer_flush_line(printer, true);
	if (printer->line_x + wide > printer->style.area)
		wide = (uint32_t)printer->style.area - printer->line_x;
	make_high(printer, high);
	from = printer->line_x;
	put_dots(printer, glyph);
	if (glyph->underline)
		fill(printer, from, from + wide, printer->line_height - glyph->underline,
		     printer->line_height);
	if (printer->style.reverse)
		reverse(printer, from, from + wide, printer->line_height - high);
	printer->line_x = (uint16_t)(from + wide);
	printer->line_used = true;
}

/* ---- characters ---- */

static const uint8_t *find_latin(const struct printer *printer, uint8_t byte)
{
	const struct printer_style *style = &printer->style;

	if (byte < 0x80) {
		byte = byte == 0x7f ? ' ' : byte;
		return style->small ? printer_font_small_ascii[byte - 0x20]
				    : printer_font_ascii[byte - 0x20];
	}
	return style->small ? printer_font_small_latin[style->page][byte - 0x80]
			    : printer_font_latin[style->page][byte - 0x80];
}

static void put_latin(struct printer *printer, uint8_t byte)
{
	const struct printer_style *style = &printer->style;
	struct glyph glyph = {
		.rows = find_latin(printer, byte),
		.width = style->small ? 9 : 12,
		.height = style->small ? SMALL_ROWS : CHARACTER_ROWS,
		.wide = style->width,
		.high = style->height,
		.after = (uint16_t)(style->spacing * style->width),
		.underline = style->underline,
	};

	put_glyph(printer, &glyph);
}

static bool is_blank(const uint8_t *rows)
{
	for (size_t i = 0; i < 72; i++)
		if (rows[i])
			return false;
	return true;
}

/* What its font has not is blank, and as wide as if it were there. */
static void put_han(struct printer *printer, uint8_t high, uint8_t low)
{
	static const uint8_t blank[72];
	const struct printer_style *style = &printer->style;
	size_t at = (size_t)(high - 0x81) * 190 + low - 0x40 - (low > 0x7f);
	bool known = low != 0x7f && low != 0xff;
	struct glyph glyph = {
		.width = HAN_DOTS,
		.height = CHARACTER_ROWS,
		.wide = style->han_width,
		.high = style->han_height,
		.before = (uint16_t)(style->han_before * style->han_width),
		.after = (uint16_t)(style->han_after * style->han_width),
		.underline = style->han_underline ? style->underline_dots : 0,
	};

	if (known && printer->settings.charset == PRINTER_CHARSET_GB2312)
		known = printer_gb2312[at / 8] >> at % 8 & 1;
	glyph.rows = known ? printer_font_han[at] : blank;
	if (is_blank(glyph.rows) && (high != 0xa1 || low != 0xa1))
		printer->missing_characters++;
	put_glyph(printer, &glyph);
}

void printer_do_character(struct printer *printer, uint8_t byte)
{
	uint8_t lead = printer->pending_lead;

	printer->pending_lead = 0;
	if (lead && byte >= 0x40) {
		put_han(printer, lead, byte);
		return;
	}
	if (lead) /* the second byte is lost, its place is printed as what it is */
		printer->half_characters++;
	if (printer->style.chinese && byte >= 0x81 && byte <= 0xfe)
		printer->pending_lead = byte;
	else if (byte >= 0x20)
		put_latin(printer, byte);
	else if (byte == LF)
		printer_flush_line(printer, true);
	else if (byte == 0x09)
		printer_do_tab(printer);
}

void printer_move_to(struct printer *printer, uint32_t x)
{
	if (x >= printer->style.area)
		return;
	printer->line_x = (uint16_t)x;
	printer->line_used = printer->line_used || x;
}

/* Every eight characters unless ESC D said otherwise. */
void printer_do_tab(struct printer *printer)
{
	uint32_t cell = 12u * printer->style.width, column = printer->line_x / cell;

	if (!printer->tab_count) {
		printer_move_to(printer, (column / 8 + 1) * 8 * cell);
		return;
	}
	for (uint8_t i = 0; i < printer->tab_count; i++) {
		if (printer->tabs[i] * cell > printer->line_x) {
			printer_move_to(printer, printer->tabs[i] * cell);
			return;
		}
	}
}

/* ---- QR and pictures ---- */

/* false: it does not fit, and the manuals say that nothing is printed then. */
bool printer_draw_qr(struct printer *printer)
{
	int side = printer->hal.qr(printer->hal.port, printer->qr_data, printer->qr_len,
				   printer->qr_level, printer->qr_modules);
	uint32_t module = printer->qr_module, dots = (uint32_t)side * module, from;

	if (side <= 0 || side > PRINTER_MAX_MODULES || dots > printer->style.area)
		return false;
	printer_make_room(printer, dots);
	from = margin(printer, dots);
	for (uint32_t y = 0; y < dots; y++)
		for (uint32_t x = 0; x < dots; x++)
			if (printer->qr_modules[y / module * (uint32_t)side + x / module])
				set_dot(printer->page[printer->drawn_rows + y], from + x);
	add_rows(printer, dots);
	return true;
}

static void draw_row(struct printer *printer, const uint8_t *row, uint32_t dots)
{
	printer_make_room(printer, 1);
	copy_row(printer, printer->page[printer->drawn_rows], row, margin(printer, dots), dots);
	add_rows(printer, 1);
}

static void store_row(struct printer *printer, const uint8_t *row)
{
	memcpy(printer->graphics[printer->graphics_rows++], row, sizeof(printer->graphics[0]));
}

static void put_raster_byte(struct printer *printer, uint8_t byte)
{
	uint32_t from = printer->raster_x * 8 * printer->raster_wide;

	for (uint32_t bit = 0; bit < 8 && byte; bit++) {
		if (!(byte & 0x80 >> bit))
			continue;
		for (uint32_t i = 0; i < printer->raster_wide; i++)
			set_dot(printer->raster_row, from + bit * printer->raster_wide + i);
	}
}

void printer_draw_data(struct printer *printer, uint8_t byte)
{
	uint32_t dots = printer->raster_bytes * 8 * printer->raster_wide;

	put_raster_byte(printer, byte);
	if (++printer->raster_x < printer->raster_bytes)
		return;
	printer->raster_x = 0;
	for (uint32_t i = 0; i < printer->raster_high; i++) {
		if (printer->data == PRINTER_DATA_GRAPHICS)
			store_row(printer, printer->raster_row);
		else
			draw_row(printer, printer->raster_row,
				 dots < PRINTER_MAX_WIDTH ? dots : PRINTER_MAX_WIDTH);
	}
	memset(printer->raster_row, 0, sizeof(printer->raster_row));
}

void printer_draw_graphics(struct printer *printer)
{
	uint32_t dots = printer->graphics_width;

	if (dots > PRINTER_MAX_WIDTH)
		dots = PRINTER_MAX_WIDTH;
	for (uint32_t y = 0; y < printer->graphics_rows; y++)
		draw_row(printer, printer->graphics[y], dots);
	printer->graphics_rows = 0;
}
