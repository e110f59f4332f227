/* What each board ought to show, as a function of the durable hall alone: a restart, a reopened
 * line and a new call all lead to the same text. Texts are in Chinese and English within the width
 * of an ordinary window board, 16 half-width characters. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/devices/private.h"

enum { HALL_BOARD_CALLS = 4 };

static const char *welcome = "欢迎光临 Welcome";

static void window_text(const struct hall *hall, int64_t number, struct board_state *ret)
{
	const struct window *window = hall_find_window(hall, number);
	const struct ticket *ticket = window ? hall_find_ticket(hall, window->ticket) : NULL;

	if (!window || window->def.retired || !hall_day(hall))
		snprintf(ret->text, sizeof(ret->text), "%s", welcome);
	else if (ticket && ticket->state == TICKET_CALLED)
		snprintf(ret->text, sizeof(ret->text), "请%s到%" PRId64 "号窗口", ticket->number,
			 number);
	else if (ticket)
		snprintf(ret->text, sizeof(ret->text), "受理中 Now %s", ticket->number);
	else if (window->paused)
		snprintf(ret->text, sizeof(ret->text), "暂停服务 Closed");
	else
		snprintf(ret->text, sizeof(ret->text),
			 number < 10 ? "%" PRId64 "号窗口 Window %" PRId64
				     : "%" PRId64 "号窗口 W%" PRId64,
			 number, number);
	ret->blink = ticket && ticket->state == TICKET_CALLED;
}

/* The newest calls, newest first, of tickets that are still at their window. */
static size_t newest_calls(const struct hall *hall, const struct ticket *ret[HALL_BOARD_CALLS])
{
	size_t count = 0;

	for (size_t i = 0; i < hall_window_count(hall); i++) {
		const struct ticket *ticket = hall_find_ticket(hall, hall_window(hall, i)->ticket);
		size_t at = count < HALL_BOARD_CALLS ? count : HALL_BOARD_CALLS;

		if (!ticket)
			continue;
		while (at > 0 && ret[at - 1]->called_ms < ticket->called_ms) {
			if (at < HALL_BOARD_CALLS)
				ret[at] = ret[at - 1];
			at--;
		}
		if (at < HALL_BOARD_CALLS)
			ret[at] = ticket;
		if (count < HALL_BOARD_CALLS)
			count++;
	}
	return count;
}

static void hall_text(const struct hall *hall, struct board_state *ret)
{
	const struct ticket *calls[HALL_BOARD_CALLS];
	size_t count = newest_calls(hall, calls);
	size_t used = 0;

	ret->blink = false;
	if (!count || !hall_day(hall)) {
		snprintf(ret->text, sizeof(ret->text), "%.80s\n%.80s\n%s",
			 hall_definition(hall)->zh, hall_definition(hall)->en, welcome);
		return;
	}
	ret->text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		int n = snprintf(ret->text + used, sizeof(ret->text) - used,
				 "%s请%s到%" PRId64 "号窗口 %s Window %" PRId64, i ? "\n" : "",
				 calls[i]->number, calls[i]->window, calls[i]->number,
				 calls[i]->window);

		if (n < 0 || used + (size_t)n >= sizeof(ret->text)) {
			ret->text[used] = '\0';
			break;
		}
		used += (size_t)n;
	}
}

void boards_refresh(struct devices *devices, int64_t now_us)
{
	const struct hall *hall = keeper_hall(devices->keeper);

	for (size_t i = 0; i < devices->board_count; i++) {
		struct board_slot *board = &devices->boards[i];
		struct device_job job = {.kind = JOB_BOARD};

		if (board->slot.window)
			window_text(hall, board->slot.window, &job.u.board);
		else
			hall_text(hall, &job.u.board);
#ifdef DEVICES_BREAK_BOARDS
		if (board->wanted.revision && !job.u.board.blink)
			continue;
#endif
		if (board->wanted.revision && board->wanted.blink == job.u.board.blink &&
		    !strcmp(board->wanted.text, job.u.board.text))
			continue;
		job.u.board.revision = board->wanted.revision + 1;
		board->wanted = job.u.board;
		board->painted = BOARD_UNKNOWN;
		if (board->slot.driver->submit(board->slot.device, &job, now_us) < 0)
			board->painted = BOARD_FAILED;
	}
}
