/* Random scenarios: few queues, windows that serve several of them, skills, classes, breaks,
 * patience, no-shows, and days whose moments are so coarse that many things happen at once. */
#pragma once

#include "src/simulate/world.h"

/* Without ageing. Not all of them pass scenario_check(): some items may be served by nobody. */
void random_hall_make(struct scenario *ret_scenario, uint64_t seed);
/* Moments and services of a day are made multiples of so many ms. */
void random_hall_coarsen(struct visit_day *day, int64_t grain_ms);
