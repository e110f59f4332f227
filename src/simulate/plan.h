/* How many windows a hall needs so that a target holds: every number of intake windows is tried on
 * the same simulated days (common random numbers), and the fewest that meet it in the stated share
 * of seeds is the answer; by half-hour or hour as well, as a roster. docs/plan.md. */
#pragma once

#include "src/simulate/plan_kinds.h"
#include "src/simulate/simulate.h"

enum {
	PLAN_MAX_SEEDS = 1000,
	PLAN_MAX_DAYS = 100000, /* of all seeds, at each number of windows */
	PLAN_MAX_PERIODS = SCENARIO_MAX_SPANS,
	PLAN_FAULT_SIZE = 256,
	PLAN_STILL = 3, /* windows that changed nothing: no more of them will */
};

/* ---- the target ---- */

enum plan_measure { PLAN_MEAN, PLAN_P50, PLAN_P90, PLAN_P95, PLAN_SHARE };

struct plan_target {
	enum plan_measure measure;
	double bound;	   /* at most so many minutes; PLAN_SHARE: at least so much, 0 to 1 */
	int64_t within_ms; /* PLAN_SHARE: within so long; 0: the scenario's target */
};

/* "p90<=15", "mean<=5", "share>=.95", "share>=95%", "within 10>=.9", in small or capital letters,
 * with or without blanks around a sign. -EINVAL: ret_fault says why, in both languages. */
__attribute__((warn_unused_result)) int
plan_target_read(struct plan_target *ret_target, const char *text, char ret_fault[PLAN_FAULT_SIZE]);
/* Minutes, or the share. */
double plan_value(const struct plan_target *target, const struct sim_figures *figures);
/* Where nobody was called and nobody left late it is met. Who was never called although he stayed
 * has waited longer than any bound. */
bool plan_is_met(const struct plan_target *target, const struct sim_figures *figures);

/* ---- the load ---- */

/* Visits that wait in one queue and need one skill, or none. */
struct plan_class {
	uint16_t queue, skill; /* ordinals of the layout; LAYOUT_NONE */
	double load;	       /* windows that would be busy with them, over the opening hours */
	double peak;	       /* in the busiest span */
	double capacity;       /* windows that may serve them, breaks taken off */
	bool overloaded;       /* of those whose load is not less than what serves them together */
};

struct plan_load {
	struct plan_class *classes;
	uint32_t class_count;
	double total, peak;
	int32_t peak_from_min, peak_to_min;
	double over, over_capacity; /* of the overloaded together; 0: none is */
	bool uncovered;		    /* some are served by no window at all */
};
void plan_load_finish(struct plan_load *load);
/* -ENOMEM. */
__attribute__((warn_unused_result)) int plan_load_of(struct plan_load *ret_load,
						     const struct scenario *scenario,
						     const struct layout *layout);
/* Of the scenario's own layout. -ENOMEM, -E2BIG. */
__attribute__((warn_unused_result)) int plan_load_scenario(struct plan_load *ret_load,
							   const struct scenario *scenario);
/* The skill of an ordinal of the layout; "" for LAYOUT_NONE. */
const char *plan_skill_name(const struct scenario *scenario, uint32_t skill);
/* The class of a visit: its index in the list. */
uint32_t plan_class_of(const struct plan_load *load, const struct layout *layout,
		       const struct visit *visit);

/* ---- numbers of windows ---- */

struct plan_levels;
/* -ENOMEM; -ENOENT: no window serves an intake queue. pooled: windows that serve queues of kind
 * issue and no intake queue are left out, and pick-ups wait where the item does. */
__attribute__((warn_unused_result)) int
plan_levels_create(struct plan_levels **ret_levels, const struct scenario *scenario, bool pooled);
void plan_levels_destroy(struct plan_levels *levels);
const struct plan_family *plan_levels_family(const struct plan_levels *levels);
uint32_t plan_levels_least(const struct plan_levels *levels);	/* with which all are served */
uint32_t plan_levels_most(const struct plan_levels *levels);	/* that a hall has room for */
uint32_t plan_levels_issuing(const struct plan_levels *levels); /* of the others: issue only */
/* The scenario with n of them, until the next call. roster: how many in each period (NULL: always
 * all); period i lasts until the next one begins, and the last one to the day's end. */
struct plan_period {
	int32_t from_min, to_min;
	double open_min;
	int32_t open_from_min, open_to_min; /* the part in which the hall is open */
};
const struct scenario *plan_levels_scenario(struct plan_levels *levels, uint32_t n,
					    const struct plan_period *periods,
					    const uint32_t *roster, uint32_t period_count);

/* ---- days ---- */

/* Days of some seeds in some layouts: the same citizens in each. */
struct plan_run {
	const struct world *world;
	const struct scenario *scenario;
	const struct layout *const *layouts;
	size_t layout_count;
	uint64_t seed; /* the first */
	uint32_t seeds, days;
	int64_t target_ms;
	/* Visits counted apart; NULL: all in one part. */
	uint32_t (*part)(const void *user, const struct visit *visit);
	const void *part_user;
	uint32_t part_count;
	unsigned threads; /* 0: as many as there are processors */
};
/* Added to figures[(layout * seeds + seed) * part_count + part]. -ENOMEM, -E2BIG. */
__attribute__((warn_unused_result)) int plan_run(const struct plan_run *run,
						 struct sim_figures *figures);
void plan_figures_free(struct sim_figures *figures, size_t count);

/* ---- the plan ---- */

struct plan_spread { /* over seeds */
	double mean, min, max, sd;
};

struct plan_level {
	uint32_t windows;			/* intake windows */
	struct plan_spread mean, p50, p90, p95; /* minutes */
	struct plan_spread share, abandoned, utilisation;
	struct plan_spread value; /* what the target is about */
	double met;		  /* share of seeds */
};

enum plan_outcome {
	PLAN_FOUND,
	PLAN_NOT_MET,	 /* by any number that was tried */
	PLAN_OVERLOADED, /* with every number that was allowed */
};

/* Splitting issuing windows off against the same total in one line. */
struct plan_split {
	uint32_t issuing;			      /* 0: there are none, and nothing below */
	uint32_t intake;			      /* beside them */
	struct plan_spread split, pooled;	      /* mean wait, minutes */
	struct plan_spread split_value, pooled_value; /* of what the target is about */
	struct plan_spread cost; /* split less pooled mean, seed by seed; > 0: splitting costs */
	double costs;		 /* share of seeds in which it does */
	uint32_t pooled_windows; /* fewest that meet the target in one line; 0: not found */
};

struct plan_roster_row {
	struct plan_period period;
	uint32_t windows;
	struct plan_spread value;
	double met;
};

struct plan_roster {
	struct plan_roster_row rows[PLAN_MAX_PERIODS];
	uint32_t count; /* 0: none was asked for */
	uint32_t flat;	/* fewest that meet the target in each period, all day long; 0: none does */
	double hours, flat_hours; /* window-hours of a day */
	uint32_t tries;
	uint32_t worst; /* flat 0: the period in which it was missed most often */
};

struct plan_request {
	struct plan_target target;
	uint64_t seed;
	uint32_t seeds, days;
	double confidence;  /* over 0, at most 1 */
	uint32_t max;	    /* intake windows; 0: until PLAN_STILL more of them change nothing */
	int32_t period_min; /* of the roster; 0: none */
	unsigned threads;   /* 0: as many as there are processors */
};

struct plan {
	enum plan_outcome outcome;
	uint32_t windows;     /* PLAN_FOUND */
	uint32_t first, last; /* intake windows: the least that carry the load; the most tried */
	/* `windows` only because people leave: the least that would carry the load if nobody did,
	 * 0 none that is allowed; else as `windows`. */
	uint32_t carrying;
	struct plan_family family; /* which windows each number has */
	struct plan_load load;	   /* with `windows`; else with the most that were tried */
	struct plan_level *levels;
	uint32_t level_count;
	/* PLAN_NOT_MET: the class for which it is worst with the most, and its figure there. */
	uint32_t worst_class;
	double worst_value;
	struct plan_split split;
	struct plan_roster roster;
	int64_t within_ms;   /* of the shares */
	bool without_ageing; /* the scenario's rules have bounds that were left out */
};
void plan_finish(struct plan *plan);
/* The scenario has been checked. -ENOENT: no intake windows; -ENOMEM, -E2BIG. */
__attribute__((warn_unused_result)) int plan_make(struct plan *ret_plan,
						  const struct scenario *scenario,
						  const struct plan_request *request);
/* Levels from..to as they are. *ret_levels: to - from + 1 of them. -ENOMEM. */
__attribute__((warn_unused_result)) int plan_curve(const struct scenario *scenario,
						   const struct plan_request *request,
						   uint32_t from, uint32_t to,
						   struct plan_level *ret_levels);
