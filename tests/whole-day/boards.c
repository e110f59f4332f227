/* What the people in the hall ought to read, worked out here from the hall's state and from the
 * order in which the log has the calls, against the dots' text at the far end of the line. */
#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"
#include "tests/whole-day/world.h"

enum { HALL_COLUMNS = 32 };

bool boards_hall_shows(int64_t window)
{
	return window != 4 && window != 9;
}

bool boards_have_night(int64_t window)
{
	return window == 3 || window == 6;
}

/* By the clock on the wall. Near its ends nobody can say: it is looked at once a minute. */
static bool is_night(bool *ret_near)
{
	int64_t minute = ((w.now_us / MS + w.wall_off_ms) / 60000 + w.offset_min) % 1440;
	int64_t from = WORLD_NIGHT_FROM, to = WORLD_NIGHT_TO;

	*ret_near = (minute >= from && minute < from + 2) || (minute >= to && minute < to + 2);
	return minute >= from || minute < to;
}

static void check_text(const struct end *end, const char *id, size_t at, const char *text)
{
	const struct lihe_text *shown = &end->board.shown;
	uint8_t gbk[512];
	size_t len = 0;

	if (text_to_gbk(text, strlen(text), gbk, sizeof(gbk), &len, NULL))
		wrong("no GBK for \"%s\"", text);
	if (!end->board.painted || shown->len < at + len || memcmp(shown->text + at, gbk, len))
		wrong("%s does not show \"%s\", but \"%.*s\"", id, text, (int)shown->len,
		      (const char *)shown->text);
}

static void check_window(int64_t number, const char *id, const struct end *end)
{
	const struct hall *hall = keeper_hall(w.keeper);
	const struct window *window = hall_find_window(hall, number);
	const struct ticket *ticket = hall_find_ticket(hall, window->ticket);
	bool called = ticket && ticket->state == TICKET_CALLED;
	bool near = false, night = boards_have_night(number) && is_night(&near);
	char text[64];

	if (near)
		return;
	if (night && !called)
		snprintf(text, sizeof(text), "%16s", "");
	else if (called)
		snprintf(text, sizeof(text), "请%s到%d号窗口", ticket->number, (int)number);
	else if (ticket)
		snprintf(text, sizeof(text), "受理中 Now %s", ticket->number);
	else if (window->paused)
		snprintf(text, sizeof(text), "暂停服务 Closed");
	else
		snprintf(text, sizeof(text), "%d号窗口", (int)number);
	check_text(end, id, 0, text);
	/* Nobody was called just now. */
	if (end->board.shown.mode == LIHE_MODE_BLINK)
		wrong("%s still blinks", id);
}

/* The windows whose tickets it shows, the newest call first, by the log. */
static size_t newest_calls(int64_t ret[WORLD_WINDOWS])
{
	const struct hall *hall = keeper_hall(w.keeper);
	size_t count = 0;

	for (int64_t i = 1; i <= WORLD_WINDOWS; i++) {
		size_t at = count;

		if (!boards_hall_shows(i) || !hall_find_window(hall, i)->ticket)
			continue;
		for (; at > 0 && w.call_seq[ret[at - 1]] < w.call_seq[i]; at--)
			ret[at] = ret[at - 1];
		ret[at] = i;
		count++;
	}
	return count;
}

/* Of calls before this boot of the machine the order is another: by the first call. */
static bool is_old(int64_t window)
{
	return w.call_seq[window] < w.boot_seq;
}

static void check_hall_board(const char *id, const struct end *end)
{
	const struct hall *hall = keeper_hall(w.keeper);
	int64_t calls[WORLD_WINDOWS];
	size_t count = newest_calls(calls);

	for (size_t i = 0; i < count && i < WORLD_HALL_CALLS && !is_old(calls[i]); i++) {
		const struct window *window = hall_find_window(hall, calls[i]);
		const struct ticket *ticket = hall_find_ticket(hall, window->ticket);
		char text[64];

		snprintf(text, sizeof(text), "请%s到%d号窗口 %s Window %d", ticket->number,
			 (int)calls[i], ticket->number, (int)calls[i]);
		if (text_columns(text) > HALL_COLUMNS)
			snprintf(text, sizeof(text), "请%s到%d号窗口", ticket->number,
				 (int)calls[i]);
		check_text(end, id, i * HALL_COLUMNS, text);
	}
	if (!count)
		check_text(end, id, 0, "政务大厅");
	/* What has no call is empty. */
	for (size_t i = count < WORLD_HALL_CALLS ? count : WORLD_HALL_CALLS; count && i < 4; i++) {
		char blank[HALL_COLUMNS + 1];

		snprintf(blank, sizeof(blank), "%*s", HALL_COLUMNS, "");
		check_text(end, id, i * HALL_COLUMNS, blank);
	}
}

void check_board(const struct devices_status *status, const struct end *end)
{
	if (status->painted != BOARD_ACKNOWLEDGED)
		wrong("%s is not known to show its text, but %s", status->id,
		      board_painted_name(status->painted));
	if (status->window)
		check_window(status->window, status->id, end);
	else
		check_hall_board(status->id, end);
}
