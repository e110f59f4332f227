/* The rule of the service day. A clock that is plainly wrong opens and closes nothing. A later day
 * comes at once where nobody is in the hall. Where people are, it comes at 04:00, and only if the
 * clock can be believed: nobody loses a ticket to a clock that was set. */
#include "src/daemon/calendar.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/daemon/clock.h"

enum {
	EPOCH = 20260101,      /* of the first log */
	FAR_DAYS = 60,	       /* as the core has it: decide.c */
	PLAUSIBLE_DAYS = 10,   /* the longest public holiday with the weekends beside it */
	ROLL_MS = 4 * 3600000, /* with people in the hall a day lasts until 04:00 */
};

/* Is a moment behind 04:00 of the day after? */
static bool is_over(int64_t day, struct stamp at)
{
	at.wall_ms -= ROLL_MS;
	return clock_date(&at) > day;
}

/* Both the clock and the clock as nobody had set it say that the day is over; or the kernel knows
 * that the clock is right. */
static bool is_confirmed(const struct calendar_view *view, int64_t days)
{
	struct stamp unset = view->now;

	unset.wall_ms -= view->stepped_ms;
#ifdef CALENDAR_BREAK_DOUBT /* a deliberately broken build: the tests must notice */
	unset.wall_ms = view->now.wall_ms;
#endif
	return view->synchronised || (days <= PLAUSIBLE_DAYS && is_over(view->day, unset));
}

void calendar_judge(const struct calendar_view *view, struct calendar_verdict *ret)
{
	int64_t days;

	*ret = (struct calendar_verdict){.date = clock_date(&view->now)};
	days = view->last_day ? clock_days_between(view->last_day, ret->date) : 1;
	if (ret->date < EPOCH)
		ret->clock = CLOCK_UNSET;
	else if (days < 0)
		ret->clock = CLOCK_BEHIND;
	else if (days > FAR_DAYS)
		ret->clock = CLOCK_AHEAD;
	else if (days == 0)
		return;
	else if (!view->day)
		ret->move = CALENDAR_OPEN;
	else if (view->empty)
		ret->move = CALENDAR_ROLL;
	else if (!is_over(view->day, view->now))
		return;
	else if (is_confirmed(view, days))
		ret->move = CALENDAR_ROLL;
	else
		ret->clock = CLOCK_UNCONFIRMED;
}

const char *clock_state_name(enum clock_state state)
{
	static const char *const names[] = {
		[CLOCK_RIGHT] = "ok",
		[CLOCK_UNSET] = "unset",
		[CLOCK_BEHIND] = "behind",
		[CLOCK_AHEAD] = "ahead",
		[CLOCK_UNCONFIRMED] = "unconfirmed",
	};

	return names[state];
}

void calendar_explain(const struct calendar_view *view, const struct calendar_verdict *verdict,
		      char *ret, size_t size)
{
	static const char *const why[] = {
		[CLOCK_UNSET] = "时钟没有设定 the clock is not set",
		[CLOCK_BEHIND] = "时钟早于上一个服务日 the clock is before the last service day",
		[CLOCK_AHEAD] =
			"时钟比上一个服务日晚得多 the clock is long after the last service day",
		[CLOCK_UNCONFIRMED] =
			"大厅有人，时钟未经核实 people are in the hall, nothing confirms the clock",
	};
	char last[32] = "";

	if (verdict->clock == CLOCK_RIGHT) {
		ret[0] = '\0';
		return;
	}
	if (view->last_day)
		snprintf(last, sizeof(last), ", last %" PRId64, view->last_day);
	snprintf(ret, size, "%s (now %" PRId64 "%s)", why[verdict->clock], verdict->date, last);
}
