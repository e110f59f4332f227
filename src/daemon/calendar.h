/* Which service day ought to be open: by the clock, as far as it can be believed, and by what the
 * log knows. Pure. The rule in words: docs/time.md. */
#pragma once

#include "src/core/event.h"

enum clock_state {
	CLOCK_RIGHT = 0,
	CLOCK_UNSET,	   /* before 2026: no log of this software is that old */
	CLOCK_BEHIND,	   /* before the last service day */
	CLOCK_AHEAD,	   /* so long after it that an operator has to say so */
	CLOCK_UNCONFIRMED, /* a later day, but people would lose their tickets and nothing else says
			    * that it is one */
};

enum calendar_move {
	CALENDAR_STAY = 0,
	CALENDAR_OPEN,
	CALENDAR_ROLL, /* close the open day, then open */
};

struct calendar_view {
	struct stamp now;
	int64_t day, last_day; /* hall_day(), hall_last_day() */
	int64_t stepped_ms;    /* hall_stepped_ms() */
	bool empty;	       /* nobody waits, nobody is called or served */
	bool synchronised;     /* the kernel says that the clock follows a reference */
};

struct calendar_verdict {
	enum clock_state clock;
	enum calendar_move move;
	int64_t date; /* by the clock, yyyymmdd */
};

void calendar_judge(const struct calendar_view *view, struct calendar_verdict *ret);
/* "ok", "unset", "behind", "ahead", "unconfirmed". */
const char *clock_state_name(enum clock_state state);
/* A sentence in Chinese and one in English; "" for CLOCK_RIGHT. */
void calendar_explain(const struct calendar_view *view, const struct calendar_verdict *verdict,
		      char *ret, size_t size);
