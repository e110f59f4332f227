/* The citizens of a scenario's days: who comes when, for what, and how long the service will take.
 * Not who serves them: that is the layout's, so that one world can be tried in many. Streams:
 * draw.h. Streams of a case do not depend on the layout, the uptake or the chances of other visits.
 */
#pragma once

#include "src/simulate/draw.h"
#include "src/simulate/scenario.h"

enum visit_kind { VISIT_FIRST, VISIT_REWORK, VISIT_PICK_UP };

/* One visit of a case; its kind is the leg of its draws. Milliseconds of the local day's begin. */
struct visit {
	int64_t arrival_ms;
	int64_t service_ms;  /* from start to finish, >= 0 */
	int64_t patience_ms; /* leaves when uncalled so long; -1: stays */
	uint32_t number;     /* of the case, on its day */
	uint32_t item;	     /* index; of a pick-up the case's */
	uint8_t kind;	     /* enum visit_kind */
	uint8_t class;	     /* enum ticket_class; one for all visits of a case */
	bool no_show;	     /* comes not when called */
};

struct filing {		  /* a case that was filed online */
	int64_t filed_ms; /* when its first visit would have been */
	uint32_t number, item;
};

struct visit_day {
	struct visit *visits;	/* by arrival_ms, then number, then kind */
	struct filing *filings; /* by filed_ms, then number */
	size_t visit_count, visit_capacity, filing_count, filing_capacity;
	uint32_t cases;
	struct world_scratch *scratch; /* of world_day() */
};
/* Takes a zeroed one. */
void visit_day_finish(struct visit_day *day);

struct world;
/* The scenario must live as long; it has been checked. -ENOMEM. */
__attribute__((warn_unused_result)) int world_create(struct world **ret_world,
						     const struct scenario *scenario);
void world_destroy(struct world *world);
/* Day 0, 1, ...; what ret_day held is overwritten and its memory used again. Any thread may ask,
 * with a day of its own. -ENOMEM; -E2BIG: more than CORE_MAX_DAY_TICKETS visits. */
__attribute__((warn_unused_result)) int world_day(const struct world *world, uint64_t seed,
						  uint32_t day, struct visit_day *ret_day);
