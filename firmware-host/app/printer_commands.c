/* What each command does. Section names and ranges are those of Epson's command reference and of
 * the TM-T88III guide; where a command counts only at the start of a line it is passed over
 * elsewhere, with its parameters. */
#include "firmware-host/app/printer_parts.h"

#include <string.h>

static uint32_t le16(const uint8_t *bytes)
{
	return bytes[0] + 256u * bytes[1];
}

static void ignore(struct printer *printer)
{
	printer->ignored_commands++;
}

/* The data behind the command are passed over unless it asks for them. */
static void take_data(struct printer *printer, enum printer_data kind)
{
	printer->data = kind;
	printer->raster_x = 0;
	memset(printer->raster_row, 0, sizeof(printer->raster_row));
}

/* ---- QR: GS ( k, functions 165 to 181 ---- */

static void do_qr(struct printer *printer, const uint8_t *bytes, size_t len)
{
	if (printer->settings.no_qr || len < 8 || bytes[5] != 0x31)
		return;
	switch (bytes[6]) {
	case 0x43: printer->qr_module = bytes[7] >= 1 && bytes[7] <= 16 ? bytes[7] : 3; break;
	case 0x45:
		printer->qr_level = bytes[7] >= 0x30 && bytes[7] <= 0x33 ? bytes[7] - 0x30 : 0;
		break;
	case 0x50:
		printer->qr_len = len - 8 <= PRINTER_MAX_QR ? len - 8 : 0;
		memcpy(printer->qr_data, bytes + 8, printer->qr_len);
		break;
	case 0x51:
		if (!printer->qr_len || !printer_at_line_start(printer) ||
		    !printer_draw_qr(printer))
			ignore(printer);
		break;
	default: break;
	}
}

/* ---- pictures ---- */

/* GS v 0: with something in the line it is not effective, and its dots are passed over. */
static void do_raster(struct printer *printer, const uint8_t *bytes)
{
	if (printer->settings.no_raster || !printer_at_line_start(printer) || !printer->data_left) {
		ignore(printer);
		return;
	}
	printer->raster_bytes = le16(bytes + 4);
	printer->raster_wide = bytes[3] & 1 ? 2 : 1;
	printer->raster_high = bytes[3] & 2 ? 2 : 1;
	take_data(printer, PRINTER_DATA_RASTER);
}

/* head: a bx by c xL xH yL yH of GS ( L, function 112 */
static void store_graphics(struct printer *printer, const uint8_t *head)
{
	uint32_t width = le16(head + 4), rows = le16(head + 6);
	uint32_t needed = (width + 7) / 8 * rows;

	if (printer->settings.no_graphics || head[0] != 48 || head[1] < 1 || head[1] > 2 ||
	    head[2] < 1 || head[2] > 2 || head[3] != 49 || !width || width > 2047 || !rows ||
	    rows * head[2] > PRINTER_MAX_GRAPHICS_ROWS || needed != printer->data_left ||
	    !printer_at_line_start(printer)) {
		ignore(printer);
		return;
	}
	memset(printer->graphics, 0, sizeof(printer->graphics));
	printer->graphics_rows = 0;
	printer->graphics_width = width * head[1];
	printer->raster_bytes = (width + 7) / 8;
	printer->raster_wide = head[1];
	printer->raster_high = head[2];
	take_data(printer, PRINTER_DATA_GRAPHICS);
}

static void do_graphics(struct printer *printer, const uint8_t *bytes, size_t len)
{
	if (len == 15 && bytes[6] == 112)
		store_graphics(printer, bytes + 7);
	else if (len == 7 && (bytes[6] == 50 || bytes[6] == 2) && !printer->settings.no_graphics &&
		 printer_at_line_start(printer) && printer->graphics_rows)
		printer_draw_graphics(printer);
	else
		ignore(printer);
}

static void do_longer(struct printer *printer, const uint8_t *bytes, size_t len)
{
	if (len == 17 && bytes[2] == 'L')
		store_graphics(printer, bytes + 9);
	else
		ignore(printer);
}

/* ---- GS ( ---- */

/* Function 48: 37 22 d1 d2 d3 d4 00 when what stands before it has been printed. */
static void do_process_id(struct printer *printer, const uint8_t *bytes, size_t len)
{
	uint8_t reply[7] = {0x37, 0x22};

	if (!printer->settings.answers_process_id || len != 11 || bytes[5] != 0x30 ||
	    bytes[6] != 0x30) {
		ignore(printer);
		return;
	}
	for (size_t i = 7; i < 11; i++) {
		if (bytes[i] < 0x20 || bytes[i] > 0x7e) {
			ignore(printer);
			return;
		}
	}
	memcpy(reply + 2, bytes + 7, 4);
	printer_send_printed(printer, reply, sizeof(reply));
}

static void print_text(struct printer *printer, const char *text)
{
	for (; text && *text; text++)
		printer_do_character(printer, (uint8_t)*text);
}

/* GS ( A: the test page. It is busy until that is out; then it resets and its buffers are empty. */
static void do_self_test(struct printer *printer, size_t len)
{
	const struct printer_settings *settings = &printer->settings;
	const char *const lines[] = {
		"SELF TEST",
		printer_identity_text(settings, 66),
		printer_identity_text(settings, 67),
		printer_identity_text(settings, 68),
		printer_identity_text(settings, 65),
		settings->width > 384 ? "80 mm" : "58 mm",
		"0123456789 ABCDEFGHIJKLMN",
		"abcdefghijklmnopqrstuvwxyz",
	};

	if (len != 7 || !printer_at_line_start(printer)) {
		ignore(printer);
		return;
	}
	printer_reset_style(printer);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		print_text(printer, lines[i]);
		printer_do_character(printer, LF);
	}
	/* GB2312, level 1 from its beginning */
	for (unsigned cell = 0xa1; settings->charset != PRINTER_CHARSET_LATIN && cell <= 0xb0;
	     cell++) {
		printer_do_character(printer, 0xb0);
		printer_do_character(printer, (uint8_t)cell);
	}
	printer_do_character(printer, LF);
	printer_feed_dots(printer, PRINTER_CUTTER_ROWS);
	if (!settings->no_cutter)
		printer_cut_paper(printer);
	printer->testing = true;
}

/* GS ( D: m = 20, then pairs of which and whether */
static void set_realtime(struct printer *printer, const uint8_t *bytes, size_t len)
{
	for (size_t i = 6; i + 1 < len && bytes[5] == 20; i += 2) {
		if (bytes[i] == 1)
			printer->pulse_off = !(bytes[i + 1] & 1);
		else if (bytes[i] == 2)
			printer->shut_down_on = bytes[i + 1] & 1;
	}
}

static void do_long(struct printer *printer, const uint8_t *bytes, size_t len)
{
	if (len == 5 && le16(bytes + 3)) { /* longer than we can hold */
		ignore(printer);
		return;
	}
	switch (bytes[2]) {
	case 'A': do_self_test(printer, len); break;
	case 'D': set_realtime(printer, bytes, len); break;
	case 'H': do_process_id(printer, bytes, len); break;
	case 'L': do_graphics(printer, bytes, len); break;
	case 'k': do_qr(printer, bytes, len); break;
	case 'C':
	case 'E':
	case 'J':
	case 'K':
	case 'M':
	case 'N':
	case 'P':
	case 'Q':
	case 'z': break; /* settings of the printer's own */
	default: printer->unknown_commands++; break;
	}
}

/* ---- GS ---- */

static void transmit(struct printer *printer, uint8_t n)
{
	uint8_t status = n == 1 || n == 49 ? printer_paper_status(printer) : printer->drawer_open;

	if (printer->settings.no_transmit || (n != 1 && n != 2 && n != 49 && n != 50))
		ignore(printer);
	else
		printer_send(printer, &status, 1);
}

/* GS V: 0 and 1 cut where the knife is; 65 and 66 feed there and n dots more. */
static void do_cut(struct printer *printer, const uint8_t *bytes, size_t len)
{
	if (!printer_at_line_start(printer)) {
		ignore(printer);
		return;
	}
	if (len == 4 && (bytes[2] == 65 || bytes[2] == 66))
		printer_feed_dots(printer, bytes[3] + PRINTER_CUTTER_ROWS);
	else if (len == 4 || (bytes[2] != 0 && bytes[2] != 1 && bytes[2] != 48 && bytes[2] != 49)) {
		ignore(printer);
		return;
	}
	if (!printer->settings.no_cutter)
		printer_cut_paper(printer);
}

static void set_area(struct printer *printer, const uint8_t *bytes)
{
	struct printer_style *style = &printer->style;
	uint32_t dots = le16(bytes + 2), width = printer->settings.width;

	if (!printer_at_line_start(printer)) {
		ignore(printer);
		return;
	}
	if (bytes[1] == 'L')
		style->left = (uint16_t)(dots < width ? dots : width - 1);
	else
		style->area = (uint16_t)(dots < width ? dots : width);
	if (style->left + style->area > (int)width)
		style->area = (uint16_t)(width - style->left);
}

static void do_gs(struct printer *printer, const uint8_t *bytes, size_t len)
{
	struct printer_style *style = &printer->style;

	switch (bytes[1]) {
	case '!': /* one-byte and two-byte characters */
		style->width = style->han_width = (uint8_t)((bytes[2] >> 4 & 7) + 1);
		style->height = style->han_height = (uint8_t)((bytes[2] & 7) + 1);
		break;
	case 'a': printer_start_automatic(printer, bytes[2]); break;
	case 'r': transmit(printer, bytes[2]); break;
	case 'I': printer_identify(printer, bytes[2]); break;
	case 'B': style->reverse = bytes[2] & 1; break;
	case 'V': do_cut(printer, bytes, len); break;
	case 'L':
	case 'W': set_area(printer, bytes); break;
	case '(': do_long(printer, bytes, len); break;
	case '8': do_longer(printer, bytes, len); break;
	case 'v': do_raster(printer, bytes); break;
	case '*':
	case 'k':
	case '/': printer->undrawn_commands++; break;
	default: break;
	}
}

/* ---- ESC ---- */

static void set_mode(struct printer *printer, uint8_t n)
{
	struct printer_style *style = &printer->style;

	style->small = n & 0x01;
	style->bold = n & 0x08;
	style->height = n & 0x10 ? 2 : 1;
	style->width = n & 0x20 ? 2 : 1;
	style->underline = n & 0x80 ? style->underline_dots : 0;
}

static void set_page(struct printer *printer, uint8_t n)
{
	for (size_t i = 0; i < PRINTER_LATIN_PAGES; i++) {
		if (printer_latin_numbers[i] == n) {
			printer->style.page = (uint8_t)i;
			return;
		}
	}
	ignore(printer);
}

static void set_tabs(struct printer *printer, const uint8_t *bytes, size_t len)
{
	printer->tab_count = 0;
	for (size_t i = 2; i < len && bytes[i] && printer->tab_count < PRINTER_MAX_TABS; i++) {
		if (printer->tab_count && bytes[i] <= printer->tabs[printer->tab_count - 1])
			return;
		printer->tabs[printer->tab_count++] = bytes[i];
	}
}

static void tell(struct printer *printer, enum printer_event event, uint32_t value)
{
	if (printer->hal.event)
		printer->hal.event(printer->hal.port, event, value);
}

static void do_mechanics(struct printer *printer, const uint8_t *bytes)
{
	switch (bytes[1]) {
	case 'd':
		printer_flush_line(printer, false);
		printer_feed_dots(printer, (uint32_t)bytes[2] * printer->line_spacing);
		break;
	case 'J':
		printer_flush_line(printer, false);
		printer_feed_dots(printer, bytes[2]);
		break;
	case 'i':
	case 'm':
		if (!printer_at_line_start(printer))
			ignore(printer);
		else if (!printer->settings.no_cutter)
			printer_cut_paper(printer);
		break;
	case 'p': /* m t1 t2 */
		if (bytes[2] != 0 && bytes[2] != 1 && bytes[2] != 48 && bytes[2] != 49) {
			ignore(printer);
			break;
		}
		printer->drawer_pulses++;
		tell(printer, PRINTER_EVENT_DRAWER, bytes[2] & 1);
		break;
	case 'B': /* n t */
		printer->beeps += bytes[2];
		tell(printer, PRINTER_EVENT_BUZZER, bytes[2]);
		break;
	case 'c':
		if (bytes[2] == '5')
			printer->panel_off = bytes[3] & 1;
		break;
	default: printer->undrawn_commands++; break;
	}
}

static void do_esc(struct printer *printer, const uint8_t *bytes, size_t len)
{
	struct printer_style *style = &printer->style;

	switch (bytes[1]) {
	case '@':
		printer_drop_line(printer);
		printer_reset_style(printer);
		break;
	case '!': set_mode(printer, bytes[2]); break;
	case 'M': style->small = bytes[2] & 1; break;
	case ' ': style->spacing = bytes[2]; break;
	case 'a':
		if (printer_at_line_start(printer) && bytes[2] % 48 <= 2 && bytes[2] <= 50)
			style->align = bytes[2] % 48;
		else
			ignore(printer);
		break;
	case 'E':
	case 'G': style->bold = bytes[2] & 1; break;
	case '-':
		style->underline = bytes[2] % 48 <= 2 ? bytes[2] % 48 : 0;
		if (style->underline)
			style->underline_dots = style->underline;
		break;
	case 't': set_page(printer, bytes[2]); break;
	case '2': printer->line_spacing = 30; break;
	case '3': printer->line_spacing = bytes[2]; break;
	case '$': printer_move_to(printer, le16(bytes + 2)); break;
	case '\\': printer_move_to(printer, (printer->line_x + le16(bytes + 2)) & 0xffff); break;
	case 'D': set_tabs(printer, bytes, len); break;
	case 'R':
	case 'S':
	case '=':
	case 'r':
	case '%':
	case '?': break;
	default: do_mechanics(printer, bytes); break;
	}
}

static void do_fs(struct printer *printer, const uint8_t *bytes)
{
	struct printer_style *style = &printer->style;

	if (printer->settings.charset == PRINTER_CHARSET_LATIN) {
		ignore(printer);
		return;
	}
	switch (bytes[1]) {
	case '&': style->chinese = true; break;
	case '.': style->chinese = false; break;
	case '!':
		style->han_width = bytes[2] & 0x04 ? 2 : 1;
		style->han_height = bytes[2] & 0x08 ? 2 : 1;
		style->han_underline = bytes[2] & 0x80;
		break;
	case 'W': style->han_width = style->han_height = bytes[2] & 1 ? 2 : 1; break;
	case '-':
		style->han_underline = bytes[2] % 48;
		if (bytes[2] % 48 == 1 || bytes[2] % 48 == 2)
			style->underline_dots = bytes[2] % 48;
		break;
	case 'S':
		style->han_before = bytes[2];
		style->han_after = bytes[3];
		break;
	case 'p':
	case '2': printer->undrawn_commands++; break;
	default: break;
	}
}

void printer_do_command(struct printer *printer, size_t len)
{
	const uint8_t *bytes = printer->command;

	printer->data_left = printer_data_length(bytes, len, printer->command_len);
	printer->data = PRINTER_DATA_SKIP;
	switch (bytes[0]) {
	case ESC: do_esc(printer, bytes, len); break;
	case FS: do_fs(printer, bytes); break;
	case GS: do_gs(printer, bytes, len); break;
	default: break; /* DLE: was executed when it arrived */
	}
}
