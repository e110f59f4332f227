/* Inside the planner. */
#pragma once

#include "src/simulate/plan.h"

struct planner {
	const struct scenario *scenario;
	const struct plan_request *request;
	struct world *world;
	struct plan_levels *levels;
	int64_t within_ms;
};

/* The run of all the request's seeds and days; layouts and parts are the caller's. */
struct plan_run planner_run(const struct planner *planner);
/* figures: by seed, step apart. */
struct plan_spread plan_spread_of(const double *values, uint32_t count);
/* Whether so many of the seeds are the stated share of them. */
bool planner_is_enough(const struct plan_request *request, uint32_t met);
/* The load of n intake windows. */
__attribute__((warn_unused_result)) int planner_load(struct plan_levels *levels, uint32_t n,
						     struct plan_load *ret_load);
/* The part of the opening hours in which a window calls. */
double planner_capacity(const struct scenario *scenario, const struct layout_window *window);
/* Bits of the queues that a window serves. */
uint64_t planner_queues(const struct layout_window *window);
bool planner_serves(uint64_t queues, uint32_t skills, const struct plan_class *class);
/* Beside plan->windows and plan->last. */
__attribute__((warn_unused_result)) int planner_roster(const struct planner *planner,
						       struct plan *plan);
/* Where plan->windows meet the target. */
__attribute__((warn_unused_result)) int planner_split(const struct planner *planner,
						      struct plan *plan);
/* Levels from..to, and their figures by level and seed, to be freed by plan_figures_free(). */
__attribute__((warn_unused_result)) int planner_try(const struct planner *planner,
						    struct plan_levels *levels, uint32_t from,
						    uint32_t to, struct sim_figures **ret_figures);
void planner_sum_up(const struct planner *planner, const struct sim_figures *figures,
		    uint32_t windows, struct plan_level *ret_level);
