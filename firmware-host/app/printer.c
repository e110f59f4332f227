/* Power, the input buffer, and bytes to commands: bytes are collected until a command is whole; its
 * length is known from its first bytes. */
#include "firmware-host/app/printer_parts.h"

#include <string.h>

void printer_reset_style(struct printer *printer)
{
	memset(&printer->style, 0, sizeof(printer->style));
	printer->style.width = printer->style.height = 1;
	printer->style.han_width = printer->style.han_height = 1;
	printer->style.underline_dots = 1;
	/* GB models start in Chinese mode */
	printer->style.chinese = printer->settings.charset != PRINTER_CHARSET_LATIN;
	printer->style.area = printer->settings.width;
	printer->line_spacing = 30;
	printer->tab_count = 0;
	printer->panel_off = false;
	printer->qr_module = 3;
	printer->qr_level = 0;
	printer->qr_len = 0;
	printer->graphics_rows = 0;
	printer->automatic_status = 0;
}

void printer_init(struct printer *printer, const struct printer_settings *settings,
		  const struct printer_hal *hal, uint32_t now_ms)
{
	memset(printer, 0, sizeof(*printer));
	printer->settings = *settings;
	if (!printer->settings.buffer_bytes)
		printer->settings.buffer_bytes = PRINTER_BUFFER;
	if (printer->settings.buffer_bytes > PRINTER_MAX_BUFFER)
		printer->settings.buffer_bytes = PRINTER_MAX_BUFFER;
	printer->hal = *hal;
	printer->speed_mm_s = settings->speed_mm_s ? settings->speed_mm_s : 100;
	printer->noise = 0x2545f4914f6cdd1du;
	printer->now_ms = now_ms;
	printer_new_roll(printer, settings->paper_mm);
	printer_switch_on(printer, now_ms);
}

void printer_clear(struct printer *printer)
{
	size_t lost = printer->drawn_rows - printer->printed_rows;

	printer->head = printer->used = 0;
	printer->command_len = 0;
	printer->scan.len = 0;
	printer->data_left = printer->scan.data_left = 0;
	printer->data_realtime.len = 0;
	printer->graphics_rows = 0;
	printer_drop_line(printer);
	memset(printer->page[printer->printed_rows], 0, lost * sizeof(printer->page[0]));
	printer->drawn_rows = printer->printed_rows;
	printer->feed_left = 0;
	printer->cut_pending = printer->testing = false;
	printer->reply_count = 0;
}

static void forget(struct printer *printer)
{
	printer_clear(printer);
	printer_reset_style(printer);
	printer->delayed_count = 0;
	printer->realtime.len = 0;
	printer->pulse_off = printer->shut_down_on = printer->shut_down = false;
	printer->cutter_error = printer->mechanical_error = printer->unrecoverable_error = false;
	printer->cover_error = printer->waiting_for_feed = false;
}

void printer_switch_off(struct printer *printer)
{
	forget(printer);
	printer->powered = false;
}

void printer_switch_on(struct printer *printer, uint32_t now_ms)
{
	forget(printer);
	printer->powered = true;
	printer->now_ms = printer->moved_ms = now_ms;
	printer->motor = 0;
	printer_status_changed(printer);
}

void printer_plug(struct printer *printer)
{
	printer->unplugged = false;
}

void printer_soft_reset(struct printer *printer)
{
	printer_clear(printer);
	printer_reset_style(printer);
	printer->realtime.len = 0;
}

/* ---- bytes to commands ---- */

static void work_off_data(struct printer *printer, uint8_t byte)
{
	if (printer_watch(&printer->data_realtime, byte) && printer->data != PRINTER_DATA_SKIP)
		printer->realtime_in_data++;
	if (printer->data != PRINTER_DATA_SKIP)
		printer_draw_data(printer, byte);
	if (!--printer->data_left)
		printer->data_realtime.len = 0;
}

static bool begins_command(uint8_t byte)
{
	return byte == ESC || byte == FS || byte == GS || byte == DLE;
}

void printer_work_off(struct printer *printer, uint8_t byte)
{
	int n;

	if (printer->data_left) {
		work_off_data(printer, byte);
		return;
	}
	if (!printer->command_len && !begins_command(byte)) {
		printer_do_character(printer, byte);
		return;
	}
	printer->command[printer->command_len++] = byte;
	n = printer_command_length(printer->command, printer->command_len);
	if (n == PRINTER_MORE && printer->command_len < PRINTER_MAX_COMMAND)
		return;
	/* A character that had only begun is given up: a command is no second byte. */
	if (printer->pending_lead && printer->command[0] != DLE) {
		printer->pending_lead = 0;
		printer->half_characters++;
	}
	if (n > 0)
		printer_do_command(printer, (size_t)n);
	else
		printer->unknown_commands++;
	printer->command_len = 0;
}

/* ---- the input buffer ---- */

size_t printer_room(const struct printer *printer)
{
	if (printer->unplugged || !printer->powered || printer->shut_down || printer->testing ||
	    (printer->settings.busy_offline && printer_is_offline(printer)))
		return 0;
	return printer->settings.buffer_bytes - printer->used;
}

static void spring_traps(struct printer *printer)
{
	enum printer_event event = PRINTER_EVENT_UNPLUGGED;

	if (printer->unplug_at && printer->bytes >= printer->unplug_at) {
		printer->unplug_at = 0;
		printer->unplugged = true;
	} else if (printer->power_off_at && printer->bytes >= printer->power_off_at) {
		printer->power_off_at = 0;
		printer_switch_off(printer);
		event = PRINTER_EVENT_POWER_OFF;
	} else {
		return;
	}
	if (printer->hal.event)
		printer->hal.event(printer->hal.port, event, 0);
}

/* true: the byte is the last of a command that began where a command may begin. */
static bool ends_command(struct printer_scan *scan, uint8_t byte)
{
	int n;

	if (scan->data_left) {
		scan->data_left--;
		return false;
	}
	if (!scan->len && !begins_command(byte))
		return false;
	scan->command[scan->len++] = byte;
	n = printer_command_length(scan->command, scan->len);
	if (n == PRINTER_MORE && scan->len < PRINTER_MAX_COMMAND)
		return false;
	if (n > 0)
		scan->data_left = printer_data_length(scan->command, (size_t)n, scan->len);
	scan->len = 0;
	return n > 0;
}

/* A real-time command is executed as it arrives, whatever is in the buffer. Where it stands for
 * itself it takes no room there, so that a stopped printer can be asked for ever; inside other data
 * it is data as well. */
static void take(struct printer *printer, uint8_t byte)
{
	size_t size = printer->settings.buffer_bytes;
	size_t realtime = printer_watch(&printer->realtime, byte);
	bool ends = ends_command(&printer->scan, byte);

	printer->buffer[(printer->head + printer->used++) % size] = byte;
	printer->bytes++;
	if (realtime) {
		if (ends && printer->scan.command[0] == DLE && printer->used >= realtime)
			printer->used -= realtime;
		printer_do_realtime(printer, printer->realtime.seen);
	}
	spring_traps(printer);
}

void printer_receive(struct printer *printer, const uint8_t *bytes, size_t len, uint32_t now_ms)
{
	for (size_t i = 0; i < len && printer_room(printer); i++)
		take(printer, bytes[i]);
	printer_tick(printer, now_ms);
}

/* ---- time ---- */

/* How far it works ahead of the paper has an end. */
static bool may_draw(const struct printer *printer)
{
	return !printer->shut_down && !printer->feeding && !printer_is_stopped(printer) &&
	       printer->drawn_rows - printer->printed_rows < PRINTER_AHEAD_ROWS;
}

static void draw_feed(struct printer *printer)
{
	uint32_t rows = printer->feed_left;

	if (rows > PRINTER_AHEAD_ROWS)
		rows = PRINTER_AHEAD_ROWS;
	printer_make_room(printer, rows);
	printer->drawn_rows += rows;
	printer->feed_left -= rows;
}

static bool work_one(struct printer *printer)
{
	uint8_t byte;

	if (!may_draw(printer))
		return false;
	if (printer->feed_left) {
		draw_feed(printer);
		return true;
	}
	if (!printer->used || printer->cut_pending || printer->testing)
		return false;
	byte = printer->buffer[printer->head];
	printer->head = (printer->head + 1) % printer->settings.buffer_bytes;
	printer->used--;
	printer_work_off(printer, byte);
	return true;
}

static void finish_test(struct printer *printer)
{
	printer->testing = false;
	printer_soft_reset(printer);
}

void printer_tick(struct printer *printer, uint32_t now_ms)
{
	bool worked;
	uint64_t rows;

	printer->now_ms = now_ms;
	if (!printer->powered) {
		printer->moved_ms = now_ms;
		return;
	}
	do {
		worked = false;
		rows = printer->rows;
		while (work_one(printer))
			worked = true;
		printer_move_paper(printer, now_ms);
	} while ((worked || printer->rows != rows) && may_draw(printer));
	if (printer->testing && !printer->feed_left && !printer->cut_pending &&
	    printer->printed_rows == printer->drawn_rows)
		finish_test(printer);
	printer_status_changed(printer);
	printer_send_due(printer);
	printer_chatter(printer);
}

bool printer_is_printing(const struct printer *printer)
{
	return printer->used || printer->feed_left || printer->cut_pending ||
	       printer->printed_rows < printer->drawn_rows;
}
