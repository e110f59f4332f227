/* The printer's paper: characters into the line, lines onto the page, raster and QR. */
#include "firmware-host/app/printer.h"

#include <string.h>

static void set_dot(uint8_t *row, uint32_t x)
{
	row[x / 8] |= (uint8_t)(0x80u >> x % 8);
}

void printer_feed_dots(struct printer *printer, uint32_t dots)
{
	if (dots > PRINTER_MAX_ROWS - printer->drawn_rows)
		dots = PRINTER_MAX_ROWS - printer->drawn_rows;
	printer->drawn_rows += dots;
}

static uint32_t margin(const struct printer *printer, uint32_t used)
{
	uint32_t rest = used < printer->settings.width ? printer->settings.width - used : 0;

	return printer->style.align == 1 ? rest / 2 : printer->style.align == 2 ? rest : 0;
}

void printer_flush_line(struct printer *printer)
{
	uint32_t height = printer->line_height ? printer->line_height : 24;
	uint32_t from = margin(printer, printer->line_x);

	printer->pending_lead = 0;
	for (uint32_t y = 0; y < printer->line_height && printer->drawn_rows + y < PRINTER_MAX_ROWS;
	     y++) {
		for (uint32_t x = 0; x < printer->line_x; x++) {
			if (!printer->line[y][x / 8])
				x |= 7; /* nothing in this byte */
			else if (printer->line[y][x / 8] & 0x80 >> x % 8)
				set_dot(printer->page[printer->drawn_rows + y], from + x);
		}
	}
	if (height < printer->line_spacing)
		height = printer->line_spacing;
	printer_feed_dots(printer, height);
	memset(printer->line, 0, sizeof(printer->line));
	printer->line_x = printer->line_height = 0;
}

/* One dot of a character in the style's size, on the base of the line. */
static void put_dot(struct printer *printer, int row, int column)
{
	const struct printer_style *style = &printer->style;
	uint32_t top = printer->line_height + (uint32_t)(row - 24) * style->height;
	uint32_t from = printer->line_x + (uint32_t)column * style->width;
	uint32_t to = from + style->width;

	if (style->bold && to < printer->settings.width)
		to++;
	for (uint32_t y = top; y < top + style->height; y++)
		for (uint32_t x = from; x < to; x++)
			set_dot(printer->line[y], x);
}

/* rows: 24 of them, 12 or 24 dots wide. All characters of a line stand on one base: smaller ones
 * are moved down when the line ends up higher, which real printers do likewise. */
void printer_put_character(struct printer *printer, const uint8_t *rows, int width)
{
	const struct printer_style *style = &printer->style;
	uint16_t wide = (uint16_t)(width * style->width), high = (uint16_t)(24 * style->height);
	int bytes = width == 12 ? 2 : 3;

	if (printer->line_x + wide > printer->settings.width)
		printer_flush_line(printer);
	if (high > printer->line_height) {
		uint16_t lower = (uint16_t)(high - printer->line_height);

		if (printer->line_height)
			memmove(printer->line[lower], printer->line[0],
				printer->line_height * sizeof(printer->line[0]));
		memset(printer->line, 0, lower * sizeof(printer->line[0]));
		printer->line_height = high;
	}
	for (int row = 0; row < 24; row++) {
		for (int column = 0; column < width; column++) {
			uint8_t byte = rows[row * bytes + column / 8];

			if (!byte)
				column |= 7;
			else if (byte & 0x80 >> column % 8)
				put_dot(printer, row, column);
		}
	}
	printer->line_x = (uint16_t)(printer->line_x + wide);
}

void printer_draw_qr(struct printer *printer)
{
	int side = printer->hal.qr(printer->hal.port, printer->qr_data, printer->qr_len,
				   printer->qr_level, printer->qr_modules);
	uint32_t dots = (uint32_t)side * printer->qr_module;
	uint32_t from;

	if (printer->line_x)
		printer_flush_line(printer);
	/* Wider than the paper: the manuals say that nothing is printed. */
	if (side <= 0 || dots > printer->settings.width ||
	    printer->drawn_rows + dots > PRINTER_MAX_ROWS)
		return;
	from = margin(printer, dots);
	for (uint32_t y = 0; y < dots; y++)
		for (uint32_t x = 0; x < dots; x++)
			if (printer->qr_modules[y / printer->qr_module * (uint32_t)side +
						x / printer->qr_module])
				set_dot(printer->page[printer->drawn_rows + y], from + x);
	printer_feed_dots(printer, dots);
}

void printer_draw_raster_byte(struct printer *printer, uint8_t byte)
{
	uint32_t from = margin(printer, printer->raster_width_bytes * 8u) / 8;
	uint32_t at = from + printer->raster_x;

	if (at < printer->settings.width / 8u && printer->drawn_rows < PRINTER_MAX_ROWS)
		printer->page[printer->drawn_rows][at] |= byte;
	if (++printer->raster_x < printer->raster_width_bytes)
		return;
	printer->raster_x = 0;
	printer_feed_dots(printer, 1);
}
