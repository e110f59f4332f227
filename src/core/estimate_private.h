/* Inside the estimate: what is gathered of the hall for one newcomer. */
#pragma once

#include "src/core/draws.h"
#include "src/core/estimate.h"

#define ESTIMATE_HIGH .9 /* the interval's upper quantile; 1 less it the lower one */

struct gather {
	const struct hall *hall;
	const struct stamp *now;
	const struct ticket *newcomer;
	struct holdings holdings;
	bool first_day; /* no window was seen at work before */
	bool open[CORE_MAX_WINDOWS];
	uint64_t queues;  /* bits 1 << index: those whose tickets and its own meet at some window */
	uint32_t waiting; /* in them */
	bool unknown;	  /* a mean that is needed is not known */
	bool full;	  /* it does not fit into a scene */
	bool alone;	  /* nobody who waits is called before the newcomer */
	struct scene scene;
};

uint64_t estimate_queues(const struct window *window);
/* The line of the scene in which it waits, made if need be. */
uint16_t estimate_line(struct gather *gather, const struct ticket *ticket);
/* In whole ms, not below 0. */
int64_t estimate_whole(double ms);
/* Of more who wait than are drawn, or lines than a scene holds. gather->alone: draw it, without
 * them, at the windows that are left open. */
void estimate_crowd(struct gather *gather, struct expectation *ret);
