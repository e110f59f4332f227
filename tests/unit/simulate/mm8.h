/* Eight equal windows, Poisson arrivals, exponential services of 10 minutes, load .9: a system
 * whose mean wait is known (Erlang C), by the engine and the draws of the simulation. */
#pragma once

#include "src/measure/erlang.h"
#include "src/simulate/simulate.h"

/* A day begins with an empty hall: its first citizens are the run-in, in which the line grows to
 * what it is in the long run, and are not looked at. The slowest part of it dies away within
 * 1 / (8 mu (1 - sqrt(.9))^2) = 475 minutes, that is 342 citizens. */
enum { MM8_DAY = 30000, MM8_RUN_IN = 3000 };

struct mm8 {
	uint64_t seed;
	uint32_t days; /* run so far */
	struct layout *layout;
	struct engine *engine;
	struct line_plain *line;
	struct visit *visits;
	int64_t day_sum_ms, day_count;	  /* of the day, behind its run-in */
	double sum_min, sum_squares_min2; /* of the days' means */
};

/* Ends the program when memory is short. */
void mm8_begin(struct mm8 *mm8, uint64_t seed);
void mm8_end(struct mm8 *mm8);
/* One more day. */
void mm8_run_day(struct mm8 *mm8);
/* Days are independent, so that the error of their mean is that of the days' means. */
double mm8_mean_min(const struct mm8 *mm8);
double mm8_error_min(const struct mm8 *mm8);
/* What it has to be. */
double mm8_erlang_min(void);
