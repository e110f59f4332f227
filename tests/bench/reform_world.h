/* A hall before and after its reform, one day at a time: a world whose truth can be had as exactly
 * as one likes, to try intervals on. Assumed figures, none of a real hall: docs/measurement.md,
 * "What the interval is worth". Every day begins with an empty hall and ends when all were served;
 * nobody leaves. */
#pragma once

#include "src/core/random.h"
#include "src/measure/compare.h"

enum { WORLD_ITEMS = 977, WORLD_DEPARTMENTS = 31, WORLD_TARGET_MS = 15 * 60 * 1000 };

enum world_side { WORLD_BEFORE, WORLD_AFTER };

struct world {
	double chance[WORLD_ITEMS];	/* cumulative */
	double log_factor[WORLD_ITEMS]; /* of the service time */
	int windows[WORLD_DEPARTMENTS]; /* before: 37 in all */
};

void world_begin(struct world *ret_world);

/* Factors of the days' arrivals: lognormal, mean 1, CV .15. last is the standard normal value of
 * the day before (0 before the first: it is drawn), correlation that with the next. */
double world_next_factor(struct random *random, double correlation, double *last);

/* Fills n, sum_ms, within, decided and known, which is the caller's to free; ret_squares: the sum
 * of the squared waits in ms^2. Ends the program when memory is short. */
void world_day(const struct world *world, enum world_side side, double factor,
	       struct random *random, struct compare_day *ret_day, double *ret_squares);
