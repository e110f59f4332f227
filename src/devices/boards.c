/* What each board ought to show, as a function of the durable hall and of the notice that the
 * daemon gives: a restart, a reopened line and a new call all lead to the same text. Texts are in
 * Chinese and English within the width of an ordinary window board, 16 half-width characters. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/devices/private.h"

enum { HALL_BOARD_CALLS = 4 };

/* Where nothing else is to be shown. A window's board is 16 columns wide, the hall's 32. */
static const struct {
	const char *window, *hall;
} idle_texts[] = {
	[DEVICES_NOTICE_NONE] = {"欢迎光临 Welcome", "欢迎光临 Welcome"},
	[DEVICES_NOTICE_LOG] = {"系统维护 Wait", "系统维护 请稍候 Please wait"},
	[DEVICES_NOTICE_CLOCK] = {"时间有误 Wait", "时间有误 请稍候 Please wait"},
};

static void window_text(const struct hall *hall, enum devices_notice notice, int64_t number,
			struct board_state *ret)
{
	const struct window *window = hall_find_window(hall, number);
	const struct ticket *ticket = window ? hall_find_ticket(hall, window->ticket) : NULL;

	if (!window || window->def.retired || !hall_day(hall))
		snprintf(ret->text, sizeof(ret->text), "%s", idle_texts[notice].window);
	else if (ticket && ticket->state == TICKET_CALLED)
		snprintf(ret->text, sizeof(ret->text), "请%s到%" PRId64 "号窗口", ticket->number,
			 number);
	else if (ticket)
		snprintf(ret->text, sizeof(ret->text), "受理中 Now %s", ticket->number);
	else if (window->paused)
		snprintf(ret->text, sizeof(ret->text), "暂停服务 Closed");
	else if (notice != DEVICES_NOTICE_NONE)
		snprintf(ret->text, sizeof(ret->text), "%s", idle_texts[notice].window);
	else
		snprintf(ret->text, sizeof(ret->text),
			 number < 10 ? "%" PRId64 "号窗口 Window %" PRId64
				     : "%" PRId64 "号窗口 W%" PRId64,
			 number, number);
	ret->blink = ticket && ticket->state == TICKET_CALLED;
}

/* The newest calls, newest first and no more than max, of tickets that are still at their window.
 */
static size_t newest_calls(const struct hall *hall, size_t max,
			   const struct ticket *ret[HALL_BOARD_CALLS])
{
	size_t count = 0;

	for (size_t i = 0; i < hall_window_count(hall); i++) {
		const struct ticket *ticket = hall_find_ticket(hall, hall_window(hall, i)->ticket);
		size_t at = count;

		if (!ticket)
			continue;
		while (at > 0 && ret[at - 1]->called_ms < ticket->called_ms) {
			if (at < max)
				ret[at] = ret[at - 1];
			at--;
		}
		if (at < max)
			ret[at] = ticket;
		if (count < max)
			count++;
	}
	return count;
}

/* A notice takes the first row, calls the others. */
static void hall_text(const struct hall *hall, enum devices_notice notice, struct board_state *ret)
{
	bool is_noted = notice != DEVICES_NOTICE_NONE;
	const struct ticket *calls[HALL_BOARD_CALLS];
	size_t count = newest_calls(hall, HALL_BOARD_CALLS - is_noted, calls);
	size_t used = 0;

	ret->blink = false;
	if (!count || !hall_day(hall)) {
		snprintf(ret->text, sizeof(ret->text), "%.80s\n%.80s\n%s",
			 hall_definition(hall)->zh, hall_definition(hall)->en,
			 idle_texts[notice].hall);
		return;
	}
	ret->text[0] = '\0';
	if (is_noted)
		used = (size_t)snprintf(ret->text, sizeof(ret->text), "%s\n",
					idle_texts[notice].hall);
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

static enum devices_notice notice_of(const struct devices *devices)
{
#ifdef DEVICES_BREAK_NOTICE /* a deliberately broken build: the tests must notice */
	(void)devices;
	return DEVICES_NOTICE_NONE;
#else
	return devices->notice;
#endif
}

void boards_refresh(struct devices *devices, int64_t now_us)
{
	const struct hall *hall = keeper_hall(devices->keeper);
	enum devices_notice notice = notice_of(devices);

	for (size_t i = 0; i < devices->board_count; i++) {
		struct board_slot *board = &devices->boards[i];
		struct device_job job = {.kind = JOB_BOARD};

		if (board->slot.window)
			window_text(hall, notice, board->slot.window, &job.u.board);
		else
			hall_text(hall, notice, &job.u.board);
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
