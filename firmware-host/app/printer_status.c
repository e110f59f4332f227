/* What the printer says: status bytes as the manuals have them (TM-T88III and TM-U230 guides: DLE
 * EOT, GS a, GS r, GS I, GS ( H), real-time commands, and the way of answers to the host. */
#include "firmware-host/app/printer_parts.h"

#include <string.h>

enum { BIT0 = 1, BIT1 = 2, BIT2 = 4, BIT3 = 8, BIT5 = 32, BIT6 = 64 };

/* What GS a can be told to watch. */
enum { WATCH_DRAWER = 1, WATCH_ONLINE = 2, WATCH_ERRORS = 4, WATCH_PAPER = 8, WATCH_PANEL = 64 };

static bool has_error(const struct printer *printer)
{
	return printer->cutter_error || printer->mechanical_error || printer->unrecoverable_error ||
	       printer->head_hot || printer->cover_error;
}

bool printer_is_offline(const struct printer *printer)
{
	return printer_is_stopped(printer) || printer->feeding || printer->shut_down;
}

/* The same four bits in DLE EOT 3 and in the second byte of automatic status. */
static uint8_t error_bits(const struct printer *printer)
{
	return (uint8_t)((printer->mechanical_error ? BIT2 : 0) |
			 (printer->cutter_error ? BIT3 : 0) |
			 (printer->unrecoverable_error ? BIT5 : 0) |
			 (printer->head_hot || printer->cover_error ? BIT6 : 0));
}

/* DLE EOT n: 0xx1xx10 */
uint8_t printer_realtime_status(const struct printer *printer, uint8_t n)
{
	uint8_t status = 0x12;

	switch (n) {
	case 1:
		status |= printer->drawer_open ? BIT2 : 0;
		status |= printer_is_offline(printer) ? BIT3 : 0;
		status |= printer->waiting_for_feed ? BIT5 : 0;
		status |= printer->feed_pressed ? BIT6 : 0;
		break;
	case 2:
		status |= printer->cover_open ? BIT2 : 0;
		status |= printer->feeding ? BIT3 : 0;
		status |= printer->paper_out ? BIT5 : 0;
		status |= has_error(printer) ? BIT6 : 0;
		break;
	case 3: status |= error_bits(printer); break;
	case 4:
		status |= printer->near_end || printer->paper_out ? BIT2 | BIT3 : 0;
		status |= printer->paper_out ? BIT5 | BIT6 : 0;
		break;
	default: break;
	}
	return status;
}

/* GS r 1, and the third byte of automatic status */
uint8_t printer_paper_status(const struct printer *printer)
{
	return (uint8_t)((printer->near_end || printer->paper_out ? BIT0 | BIT1 : 0) |
			 (printer->paper_out ? BIT2 | BIT3 : 0));
}

/* Automatic status: four bytes, 0xx1xx00 first. */
static void automatic_bytes(const struct printer *printer, uint8_t ret[4])
{
	ret[0] = (uint8_t)(0x10 | (printer->drawer_open ? BIT2 : 0) |
			   (printer_is_offline(printer) ? BIT3 : 0) |
			   (printer->cover_open ? BIT5 : 0) | (printer->feeding ? BIT6 : 0));
	ret[1] = (uint8_t)((printer->waiting_for_feed ? BIT0 : 0) |
			   (printer->feed_pressed ? BIT1 : 0) | error_bits(printer));
	ret[2] = printer_paper_status(printer);
	ret[3] = 0;
}

/* A change of what is not watched is not told; when something is, all four bytes go. */
static bool is_told(uint8_t items, const uint8_t before[4], const uint8_t now[4])
{
	const uint8_t watched[3] = {
		(uint8_t)((items & WATCH_DRAWER ? BIT2 : 0) |
			  (items & WATCH_ONLINE ? BIT3 | BIT5 | BIT6 : 0)),
		(uint8_t)((items & WATCH_ONLINE ? BIT0 : 0) | (items & WATCH_PANEL ? BIT1 : 0) |
			  (items & WATCH_ERRORS ? BIT2 | BIT3 | BIT5 | BIT6 : 0)),
		(uint8_t)(items & WATCH_PAPER ? BIT0 | BIT1 | BIT2 | BIT3 : 0),
	};

	for (size_t i = 0; i < sizeof(watched); i++)
		if ((before[i] ^ now[i]) & watched[i])
			return true;
	return false;
}

void printer_start_automatic(struct printer *printer, uint8_t items)
{
	items &= WATCH_DRAWER | WATCH_ONLINE | WATCH_ERRORS | WATCH_PAPER | WATCH_PANEL;
	printer->automatic_status = printer->settings.no_automatic ? 0 : items;
	if (!printer->automatic_status)
		return;
	automatic_bytes(printer, printer->told_status);
	printer_send(printer, printer->told_status, 4);
}

static void note_causes(struct printer *printer)
{
	if (printer->broken)
		printer->unrecoverable_error = true;
	if (printer->cover_open || printer->paper_out)
		printer->waiting_for_feed = printer->settings.waits_for_feed;
	else if (printer->feed_pressed)
		printer->waiting_for_feed = false;
	if (printer->cover_open && !printer->cover_error)
		printer->cover_error = printer->printed_rows < printer->drawn_rows;
	else if (!printer->cover_open && printer->cover_error)
		printer->cover_error = false;
	if (printer->cover_open && !printer->settings.needs_enq)
		printer_recover(printer, false);
	/* The button feeds what stands idle. */
	printer->feeding = printer->feed_pressed && !printer->panel_off &&
			   !printer_is_stopped(printer) &&
			   (printer->feeding || !printer_is_printing(printer));
}

void printer_status_changed(struct printer *printer)
{
	uint8_t status[4];

	if (!printer->powered)
		return;
	note_causes(printer);
	automatic_bytes(printer, status);
	if (!is_told(printer->automatic_status, printer->told_status, status))
		return;
	memcpy(printer->told_status, status, sizeof(status));
	printer_send(printer, status, sizeof(status));
}

/* ---- the way to the host ---- */

/* xorshift64 */
static uint8_t noise(struct printer *printer)
{
	printer->noise ^= printer->noise << 13;
	printer->noise ^= printer->noise >> 7;
	printer->noise ^= printer->noise << 17;
	return (uint8_t)(printer->noise >> 32);
}

static void put_on_wire(struct printer *printer, const uint8_t *bytes, size_t len)
{
	if (!printer->settings.one_way && !printer->unplugged && printer->powered)
		printer->hal.uart.send(printer->hal.uart.port, bytes, len);
}

static void send_delayed(struct printer *printer)
{
	while (printer->delayed_count) {
		struct printer_delayed *answer = &printer->delayed[printer->delayed_head];

		if ((int32_t)(answer->due_ms - printer->now_ms) > 0)
			break;
		printer->delayed_head = (printer->delayed_head + 1) % PRINTER_DELAYED;
		printer->delayed_count--;
		put_on_wire(printer, answer->bytes, answer->len);
	}
}

void printer_send(struct printer *printer, const uint8_t *bytes, size_t len)
{
	struct printer_delayed *answer;

	if (printer->settings.one_way || printer->silent || printer->unplugged || !printer->powered)
		return;
	if (printer->lose_replies || printer->delayed_count == PRINTER_DELAYED) {
		printer->lose_replies -= printer->lose_replies ? 1 : 0;
		printer->lost_replies++;
		return;
	}
	answer = &printer->delayed[(printer->delayed_head + printer->delayed_count++) %
				   PRINTER_DELAYED];
	answer->due_ms = printer->now_ms + printer->reply_delay_ms;
	answer->len = (uint8_t)(len < PRINTER_MAX_REPLY ? len : PRINTER_MAX_REPLY);
	for (size_t i = 0; i < answer->len; i++)
		answer->bytes[i] = printer->garbage ? noise(printer) : bytes[i];
	if (!printer->reply_delay_ms)
		send_delayed(printer);
}

void printer_send_printed(struct printer *printer, const uint8_t *bytes, size_t len)
{
	struct printer_reply *reply;

	if (printer->reply_count == PRINTER_REPLIES) {
		printer->lost_replies++;
		return;
	}
	reply = &printer->replies[printer->reply_count++];
	reply->row = printer->page_row + printer->drawn_rows + printer->feed_left;
	memcpy(reply->bytes, bytes, len);
	reply->len = (uint8_t)len;
}

static void send_printed(struct printer *printer)
{
	uint64_t row = printer->page_row + printer->printed_rows;
	size_t kept = 0, count = printer->reply_count;

	for (size_t i = 0; i < count; i++) {
		struct printer_reply reply = printer->replies[i];

		if (reply.row <= row)
			printer_send(printer, reply.bytes, reply.len);
		else
			printer->replies[kept++] = reply;
	}
	printer->reply_count = kept;
}

void printer_send_due(struct printer *printer)
{
	if (printer->reply_count)
		send_printed(printer);
	send_delayed(printer);
}

void printer_chatter(struct printer *printer)
{
	for (uint32_t i = 0; i < printer->chatter; i++)
		put_on_wire(printer, (const uint8_t[]){noise(printer)}, 1);
}

bool printer_is_answering(const struct printer *printer)
{
	return printer->delayed_count || printer->chatter;
}

/* ---- identity ---- */

static const char *or_own(const char *text, const char *own)
{
	return text ? text : own;
}

const char *printer_identity_text(const struct printer_settings *settings, uint8_t n)
{
	switch (n) {
	case 65: return or_own(settings->firmware, "1.00 virtual");
	case 66: return or_own(settings->maker, "onewindow");
	case 67: return or_own(settings->model, "VH-80");
	case 68: return or_own(settings->serial, "VH000001");
	case 69:
		/* Epson's own words (TM-J2000 guide) */
		if (settings->charset == PRINTER_CHARSET_LATIN)
			return settings->fonts;
		return or_own(settings->fonts, settings->charset == PRINTER_CHARSET_GB2312
						       ? "CHINA GB2312"
						       : "CHINA GB18030");
	default: return NULL;
	}
}

static size_t append(uint8_t *ret, size_t at, size_t size, const char *text)
{
	for (; *text && at < size; text++)
		ret[at++] = (uint8_t)*text;
	return at;
}

void printer_identify(struct printer *printer, uint8_t n)
{
	const struct printer_settings *settings = &printer->settings;
	const char *text = printer_identity_text(settings, n);
	uint8_t answer[PRINTER_MAX_REPLY] = {0x5f}; /* 5F text 00 */
	size_t len;

	if (settings->no_identity)
		return;
	if (text) {
		len = append(answer, 1, sizeof(answer) - 1, text);
		printer_send(printer, answer, len + 1); /* and the NUL */
		return;
	}
	switch (n) {
	case 1:
	case 49: answer[0] = settings->model_id ? settings->model_id : 0x20; break;
	case 2:
	case 50:
		answer[0] = (uint8_t)((settings->charset != PRINTER_CHARSET_LATIN ? BIT0 : 0) |
				      (settings->no_cutter ? 0 : BIT1));
		break;
	case 3:
	case 51: answer[0] = 0x02; break;
	default: printer->ignored_commands++; return;
	}
	printer_send(printer, answer, 1);
}

size_t printer_device_id(const struct printer *printer, uint8_t *ret, size_t size)
{
	const struct printer_settings *settings = &printer->settings;
	const char *const parts[] = {"MFG:",
				     printer_identity_text(settings, 66),
				     ";MDL:",
				     printer_identity_text(settings, 67),
				     ";CMD:ESC/POS;CLS:PRINTER;SN:",
				     printer_identity_text(settings, 68),
				     ";"};
	size_t at = 2;

	if (size < 2)
		return 0;
	if (settings->device_id)
		at = append(ret, at, size, settings->device_id);
	for (size_t i = 0; !settings->device_id && i < sizeof(parts) / sizeof(parts[0]); i++)
		at = append(ret, at, size, parts[i]);
	ret[0] = (uint8_t)(at >> 8);
	ret[1] = (uint8_t)at;
	return at;
}

uint8_t printer_port_status(const struct printer *printer)
{
	return (uint8_t)((printer->paper_out ? 0x20 : 0) |
			 (printer_is_offline(printer) ? 0 : 0x10) |
			 (has_error(printer) || printer->paper_out ? 0 : 0x08));
}
