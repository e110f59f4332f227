/* Kinds of windows, and how many of each in which number of windows. */
#pragma once

#include "src/simulate/scenario.h"

/* Windows that serve the same: their queues, and of their skills those that somebody needs there.
 */
struct plan_kind {
	uint64_t queues; /* bits */
	uint32_t skills; /* bits: ordinals of the layout */
	uint32_t window; /* the first of the scenario that is of it */
	uint32_t own;	 /* how many the scenario has */
	bool counted;	 /* they serve a queue of kind intake, whatever else they serve */
};

/* The scenario with n of the windows that count, all others as they are. n = own is the scenario.
 *
 * Fewer: one at a time is taken away of the kind with the smallest load a window, but none without
 * which a queue and skill that is served would be served by nobody. More: one at a time is added to
 * the kind with the highest load a window. Loads are shared out as evenly as queues and skills
 * allow (plan_flow_balance()); of equal ones it is the kind that serves the fewest queues and
 * skills. */
struct plan_family {
	struct plan_kind kinds[CORE_MAX_WINDOWS]; /* as the scenario first has them */
	uint32_t kind_count;
	uint32_t own, others;		   /* windows that count, and that do not */
	uint32_t least, most;		   /* of those that count */
	uint8_t kind_of[CORE_MAX_WINDOWS]; /* of each window of the scenario */
	/* Of the window by which n becomes n + 1: its kind. Those under least in any order. */
	uint8_t order[CORE_MAX_WINDOWS];
};

/* -ENOENT: no window serves an intake queue. -ENOMEM. */
__attribute__((warn_unused_result)) int plan_family_make(struct plan_family *ret_family,
							 const struct scenario *scenario);
/* How many of a kind there are among n. */
uint32_t plan_family_windows(const struct plan_family *family, uint32_t kind, uint32_t n);
/* How many windows there are before that of the kind, counted from 0. */
uint32_t plan_family_rank(const struct plan_family *family, uint32_t kind, uint32_t index);
