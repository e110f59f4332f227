/* The ESC/POS interpreter. Bytes are collected until a command is whole; its length is known from
 * its first bytes. Section names are those of the TM-T88III command list. */
#include "firmware-host/app/printer.h"

#include <string.h>

enum { LF = 0x0a, DLE = 0x10, ESC = 0x1b, FS = 0x1c, GS = 0x1d, MORE = -1, UNKNOWN = -2 };

static void reset_style(struct printer *printer)
{
	memset(&printer->style, 0, sizeof(printer->style));
	printer->style.width = printer->style.height = 1;
	printer->style.chinese = true; /* GB models start in Chinese mode */
	printer->line_spacing = 30;
	printer->qr_module = 3;
	printer->qr_level = 0;
	printer->qr_len = 0;
}

void printer_init(struct printer *printer, const struct printer_settings *settings,
		  const struct printer_hal *hal, uint32_t now_ms)
{
	memset(printer, 0, sizeof(*printer));
	printer->settings = *settings;
	printer->hal = *hal;
	printer->speed_mm_s = 100;
	printer->now_ms = printer->moved_ms = now_ms;
	reset_style(printer);
}

static void send(struct printer *printer, const uint8_t *bytes, size_t len)
{
	printer->hal.uart.send(printer->hal.uart.port, bytes, len);
}

static bool is_stopped(const struct printer *printer)
{
	return printer->paper_out || printer->cover_open;
}

/* ---- status --------------------------------------------------------------------------------- */

/* DLE EOT n: 0xx1xx10 */
static uint8_t realtime_status(const struct printer *printer, uint8_t n)
{
	uint8_t status = 0x12;

	switch (n) {
	case 1: status |= is_stopped(printer) ? 0x08 : 0; break;
	case 2:
		status |= printer->cover_open ? 0x04 : 0;
		status |= printer->paper_out ? 0x20 : 0;
		break;
	case 4:
		status |= printer->near_end || printer->paper_out ? 0x0c : 0;
		status |= printer->paper_out ? 0x60 : 0;
		break;
	default: break;
	}
	return status;
}

/* Automatic status: four bytes, 0xx1xx00 first. */
static void automatic_bytes(const struct printer *printer, uint8_t ret[4])
{
	ret[0] = (uint8_t)(0x10 | (is_stopped(printer) ? 0x08 : 0) |
			   (printer->cover_open ? 0x20 : 0));
	ret[1] = 0;
	ret[2] = (uint8_t)((printer->near_end || printer->paper_out ? 0x03 : 0) |
			   (printer->paper_out ? 0x0c : 0));
	ret[3] = 0;
}

void printer_status_changed(struct printer *printer)
{
	uint8_t status[4];

	automatic_bytes(printer, status);
	if (!printer->automatic_status || !memcmp(status, printer->told_status, sizeof(status)))
		return;
	memcpy(printer->told_status, status, sizeof(status));
	send(printer, status, sizeof(status));
}

/* What must wait for the paper. */
static void reply_at_row(struct printer *printer, const uint8_t *bytes, size_t len)
{
	struct printer_reply *reply;

	if (printer->reply_count == PRINTER_REPLIES)
		return;
	reply = &printer->replies[printer->reply_count++];
	reply->row = printer->drawn_rows;
	memcpy(reply->bytes, bytes, len);
	reply->len = (uint8_t)len;
}

static void identify(struct printer *printer, uint8_t n)
{
	static const char *const texts[] = {"_1.00 virtual", "_onewindow", "_VH-80", "_VH000001"};
	const char *text;
	uint8_t id = n == 1 ? 0x20 : 0x02;

	if (n < 65 || n > 68) {
		send(printer, &id, 1);
		return;
	}
	text = texts[n - 65];
	send(printer, (const uint8_t *)text, strlen(text) + 1);
}

/* ---- commands: the length of each, then what it does
 * --------------------------------------------- */

/* pL pH behind the first three bytes */
static int long_length(const uint8_t *bytes, size_t len)
{
	size_t total;

	if (len < 5)
		return MORE;
	total = 5u + bytes[3] + 256u * bytes[4];
	return total > PRINTER_MAX_COMMAND ? UNKNOWN : len < total ? MORE : (int)total;
}

static int gs_length(const uint8_t *bytes, size_t len)
{
	switch (bytes[1]) {
	case '!':
	case 'a':
	case 'r':
	case 'I':
	case 'B':
	case 'H':
	case 'f':
	case 'h':
	case 'w': return 3;
	case 'L':
	case 'W':
	case 'P': return 4;
	case 'V':
		if (len < 3)
			return MORE;
		return bytes[2] == 'A' || bytes[2] == 'B' ? 4 : 3;
	case '(': return long_length(bytes, len);
	case 'v': return 8; /* the head; the dots are taken one by one */
	default: return UNKNOWN;
	}
}

static int esc_length(const uint8_t *bytes)
{
	switch (bytes[1]) {
	case '@':
	case '2': return 2;
	case '!':
	case 'a':
	case 'E':
	case 'G':
	case 'd':
	case 'J':
	case 't':
	case 'R':
	case '3':
	case 'M':
	case '-':
	case '{':
	case 'V':
	case 'r': return 3;
	case '$':
	case '\\':
	case 'c':
	case 'B': return 4;
	case 'p': return 5;
	default: return UNKNOWN;
	}
}

static int fs_length(const uint8_t *bytes)
{
	switch (bytes[1]) {
	case '&':
	case '.': return 2;
	case '!':
	case 'W':
	case '-': return 3;
	case 'S': return 4;
	default: return UNKNOWN;
	}
}

static int command_length(const uint8_t *bytes, size_t len)
{
	int n;

	if (len < 2)
		return MORE;
	switch (bytes[0]) {
	case ESC: n = esc_length(bytes); break;
	case FS: n = fs_length(bytes); break;
	case GS: n = gs_length(bytes, len); break;
	default: n = 3; break; /* DLE: was done when it arrived */
	}
	if (bytes[0] == DLE && bytes[1] == 0x14)
		n = len < 3 ? MORE : bytes[2] == 8 ? 10 : 5;
	return n > 0 && len < (size_t)n ? MORE : n;
}

static void do_qr(struct printer *printer, const uint8_t *bytes, size_t len)
{
	if (len < 8 || bytes[5] != 0x31)
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
		if (printer->qr_len)
			printer_draw_qr(printer);
		break;
	default: break;
	}
}

/* GS ( H, function 48: 37 22 d1 d2 d3 d4 00 when what stands before it has been printed. */
static void do_process_id(struct printer *printer, const uint8_t *bytes, size_t len)
{
	uint8_t reply[7] = {0x37, 0x22};

	if (!printer->settings.answers_process_id || len != 11 || bytes[5] != 0x30 ||
	    bytes[6] != 0x30)
		return;
	memcpy(reply + 2, bytes + 7, 4);
	reply_at_row(printer, reply, sizeof(reply));
}

static void do_gs(struct printer *printer, const uint8_t *bytes, size_t len)
{
	uint8_t status;

	switch (bytes[1]) {
	case '!':
		printer->style.width = (uint8_t)((bytes[2] >> 4 & 7) + 1);
		printer->style.height = (uint8_t)((bytes[2] & 7) + 1);
		break;
	case 'a':
		printer->automatic_status = bytes[2];
		if (bytes[2]) {
			automatic_bytes(printer, printer->told_status);
			send(printer, printer->told_status, 4);
		}
		break;
	case 'r':
		status =
			(uint8_t)((printer->near_end ? 0x03 : 0) | (printer->paper_out ? 0x0c : 0));
		send(printer, &status, 1);
		break;
	case 'I': identify(printer, bytes[2]); break;
	case 'V':
		if (printer->line_x)
			printer_flush_line(printer);
		if (len == 4)
			printer_feed_dots(printer, bytes[3] + 100u); /* from head to cutter */
		printer->cut_pending = true;
		break;
	case '(':
		if (bytes[2] == 'k')
			do_qr(printer, bytes, len);
		else if (bytes[2] == 'H')
			do_process_id(printer, bytes, len);
		break;
	case 'v':
		if (printer->line_x)
			printer_flush_line(printer);
		printer->raster_width_bytes = (uint16_t)(bytes[4] + 256u * bytes[5]);
		printer->raster_left = (bytes[6] + 256u * bytes[7]) * printer->raster_width_bytes;
		printer->raster_x = 0;
		break;
	default: break;
	}
}

static void do_esc(struct printer *printer, const uint8_t *bytes)
{
	switch (bytes[1]) {
	case '@':
		memset(printer->line, 0, sizeof(printer->line));
		printer->line_x = printer->line_height = 0;
		printer->pending_lead = 0;
		printer->automatic_status = 0;
		reset_style(printer);
		break;
	case '!':
		printer->style.bold = bytes[2] & 0x08;
		printer->style.height = bytes[2] & 0x10 ? 2 : 1;
		printer->style.width = bytes[2] & 0x20 ? 2 : 1;
		break;
	case 'a': printer->style.align = bytes[2] % 48 <= 2 ? bytes[2] % 48 : 0; break;
	case 'E':
	case 'G': printer->style.bold = bytes[2] & 1; break;
	case 'd':
		if (printer->line_x)
			printer_flush_line(printer);
		printer_feed_dots(printer, (uint32_t)bytes[2] * printer->line_spacing);
		break;
	case 'J':
		if (printer->line_x)
			printer_flush_line(printer);
		printer_feed_dots(printer, bytes[2]);
		break;
	case '2': printer->line_spacing = 30; break;
	case '3': printer->line_spacing = bytes[2]; break;
	default: break;
	}
}

static void do_fs(struct printer *printer, const uint8_t *bytes)
{
	switch (bytes[1]) {
	case '&': printer->style.chinese = true; break;
	case '.': printer->style.chinese = false; break;
	case '!':
		printer->style.width = bytes[2] & 0x04 ? 2 : 1;
		printer->style.height = bytes[2] & 0x08 ? 2 : 1;
		break;
	case 'W': printer->style.width = printer->style.height = bytes[2] & 1 ? 2 : 1; break;
	default: break;
	}
}

static void do_command(struct printer *printer, size_t len)
{
	switch (printer->command[0]) {
	case ESC: do_esc(printer, printer->command); break;
	case FS: do_fs(printer, printer->command); break;
	case GS: do_gs(printer, printer->command, len); break;
	default: break;
	}
}

static void do_character(struct printer *printer, uint8_t byte)
{
	static const uint8_t box[72] = {0xff, 0xff, 0xff};

	if (printer->pending_lead) {
		uint8_t lead = printer->pending_lead;
		bool known = lead >= 0xa1 && lead <= 0xf7 && byte >= 0xa1 && byte <= 0xfe;

		printer->pending_lead = 0;
		printer_put_character(
			printer, known ? printer_font_han[(lead - 0xa1) * 94 + (byte - 0xa1)] : box,
			24);
	} else if (printer->style.chinese && byte >= 0x81 && byte <= 0xfe) {
		printer->pending_lead = byte;
	} else if (byte >= 0x20 && byte < 0x7f) {
		printer_put_character(printer, printer_font_ascii[byte - 0x20], 12);
	} else if (byte == LF) {
		printer_flush_line(printer);
	}
}

static void work_off(struct printer *printer, uint8_t byte)
{
	int n;

	if (printer->raster_left) {
		printer->raster_left--;
		printer_draw_raster_byte(printer, byte);
		return;
	}
	if (!printer->command_len && byte != ESC && byte != FS && byte != GS && byte != DLE) {
		do_character(printer, byte);
		return;
	}
	printer->command[printer->command_len++] = byte;
	n = command_length(printer->command, printer->command_len);
	if (n == MORE && printer->command_len < PRINTER_MAX_COMMAND)
		return;
	if (n > 0)
		do_command(printer, (size_t)n);
	else
		printer->unknown_commands++;
	printer->command_len = 0;
}

/* ---- bytes and paper
 * ------------------------------------------------------------------------------ */

size_t printer_room(const struct printer *printer)
{
	return PRINTER_BUFFER - printer->used;
}

/* DLE EOT n is answered at once, whatever is in the buffer. */
static void look_for_realtime(struct printer *printer, uint8_t byte)
{
	uint8_t *seen = printer->realtime;

	if (printer->realtime_len == 0 && byte != DLE)
		return;
	if (printer->realtime_len == 1 && byte != 0x04) {
		printer->realtime_len = byte == DLE;
		return;
	}
	seen[printer->realtime_len++] = byte;
	if (printer->realtime_len < 3)
		return;
	printer->realtime_len = 0;
	if (byte >= 1 && byte <= 4) {
		uint8_t status = realtime_status(printer, byte);

		send(printer, &status, 1);
	}
}

void printer_receive(struct printer *printer, const uint8_t *bytes, size_t len, uint32_t now_ms)
{
	for (size_t i = 0; i < len && printer->used < PRINTER_BUFFER; i++) {
		look_for_realtime(printer, bytes[i]);
		printer->buffer[(printer->head + printer->used++) % PRINTER_BUFFER] = bytes[i];
		printer->bytes++;
	}
	printer_tick(printer, now_ms);
}

static void send_due_replies(struct printer *printer)
{
	size_t kept = 0;

	for (size_t i = 0; i < printer->reply_count; i++) {
		struct printer_reply *reply = &printer->replies[i];

		if (reply->row <= printer->printed_rows && !printer->cut_pending)
			send(printer, reply->bytes, reply->len);
		else
			printer->replies[kept++] = *reply;
	}
	printer->reply_count = kept;
}

static void finish_page(struct printer *printer)
{
	printer->hal.cut(printer->hal.port, printer->page[0], printer->drawn_rows);
	memset(printer->page, 0, printer->drawn_rows * sizeof(printer->page[0]));
	printer->drawn_rows = printer->printed_rows = 0;
	for (size_t i = 0; i < printer->reply_count; i++)
		printer->replies[i].row = 0;
	printer->cut_pending = false;
	printer->cuts++;
	printer->revision++;
}

static void move_paper(struct printer *printer, uint32_t now_ms)
{
	uint64_t step_us = 1000000u / ((uint64_t)printer->speed_mm_s * PRINTER_DOTS_PER_MM);

	if (is_stopped(printer) || printer->printed_rows >= printer->drawn_rows) {
		printer->moved_ms = now_ms;
		printer->moved_us = 0;
		return;
	}
	printer->moved_us += (uint64_t)(now_ms - printer->moved_ms) * 1000;
	printer->moved_ms = now_ms;
	while (printer->moved_us >= step_us && printer->printed_rows < printer->drawn_rows) {
		printer->moved_us -= step_us;
		printer->printed_rows++;
		printer->revision++;
	}
}

static bool may_work(const struct printer *printer)
{
	return printer->used && !printer->cut_pending && !is_stopped(printer) &&
	       printer->drawn_rows - printer->printed_rows < PRINTER_AHEAD_ROWS;
}

void printer_tick(struct printer *printer, uint32_t now_ms)
{
	printer->now_ms = now_ms;
	do {
		while (may_work(printer)) {
			uint8_t byte = printer->buffer[printer->head];

			printer->head = (printer->head + 1) % PRINTER_BUFFER;
			printer->used--;
			work_off(printer, byte);
		}
		move_paper(printer, now_ms);
		if (printer->cut_pending && printer->printed_rows >= printer->drawn_rows)
			finish_page(printer);
		send_due_replies(printer);
	} while (may_work(printer));
	printer_status_changed(printer);
}

bool printer_is_printing(const struct printer *printer)
{
	return printer->used || printer->cut_pending || printer->printed_rows < printer->drawn_rows;
}
