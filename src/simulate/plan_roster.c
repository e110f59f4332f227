/* A roster: how many intake windows in each period. From the fewest that are enough in every period
 * when all work all day long, one window less in one period after the other, for as long as the
 * target holds in all of them. A period in which one less did not do is left until all others are
 * done: fewer windows elsewhere seldom make its waits shorter. Since they may, it is tried once
 * more then, so that in the end one less does not do in any. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/plan_private.h"

enum { DAY_MIN = 24 * 60, SEEDS_AT_ONCE = 4 };

struct roster {
	const struct planner *planner;
	struct plan_period periods[PLAN_MAX_PERIODS];
	uint32_t count;
	uint8_t period_at[DAY_MIN]; /* of each minute */
	uint32_t windows[PLAN_MAX_PERIODS];
	uint32_t met[PLAN_MAX_PERIODS]; /* seeds, of the last try */
	struct plan_spread value[PLAN_MAX_PERIODS];
	uint32_t tries;
};

static uint32_t period_of(const void *user, const struct visit *visit)
{
	const struct roster *roster = user;
	int64_t minute = visit->arrival_ms / 60000;

	return roster->period_at[minute < DAY_MIN ? minute : DAY_MIN - 1];
}

/* Those in which the hall is open; what is before the first belongs to it, and so on. */
static void find_periods(struct roster *roster, const struct scenario *scenario, int32_t length)
{
	for (int32_t from = 0; from < DAY_MIN; from += length) {
		struct plan_period period = {.from_min = from, .to_min = from + length};

		for (uint32_t i = 0; i < scenario->span_count; i++) {
			const struct scenario_span *span = &scenario->spans[i];
			int32_t begin = span->from_min > from ? span->from_min : from;
			int32_t end = span->to_min < period.to_min ? span->to_min : period.to_min;

			if (end <= begin)
				continue;
			if (period.open_min <= 0)
				period.open_from_min = begin;
			period.open_to_min = end;
			period.open_min += end - begin;
		}
		if (period.open_min > 0)
			roster->periods[roster->count++] = period;
	}
	for (int32_t minute = 0; minute < DAY_MIN; minute++) {
		uint32_t p = 0;

		while (p + 1 < roster->count && roster->periods[p + 1].from_min <= minute)
			p++;
		roster->period_at[minute] = (uint8_t)p;
	}
}

static void take_figures(struct roster *roster, const struct sim_figures *figures, uint32_t seeds,
			 double *values)
{
	const struct plan_request *request = roster->planner->request;

	for (uint32_t s = 0; s < seeds; s++)
		for (uint32_t p = 0; p < roster->count; p++) {
			const struct sim_figures *one = &figures[(size_t)s * roster->count + p];

			roster->met[p] += plan_is_met(&request->target, one);
			if (values)
				values[(size_t)p * request->seeds + s] =
					plan_value(&request->target, one);
		}
}

/* seeds more were run; those that are left cannot make up for what was missed. */
static bool is_lost(const struct roster *roster, uint32_t run)
{
	const struct plan_request *request = roster->planner->request;

	for (uint32_t p = 0; p < roster->count; p++)
		if (!planner_is_enough(request, roster->met[p] + request->seeds - run))
			return true;
	return false;
}

static int run_seeds(struct roster *roster, const struct layout *layout, uint32_t first,
		     uint32_t seeds, double *values)
{
	struct plan_run run = planner_run(roster->planner);
	size_t count = (size_t)seeds * roster->count;
	struct sim_figures *figures = calloc(count ? count : 1, sizeof(*figures));
	int r;

	if (!figures)
		return -ENOMEM;
	run.layouts = &layout;
	run.layout_count = 1;
	run.seed += first;
	run.seeds = seeds;
	run.part = period_of;
	run.part_user = roster;
	run.part_count = roster->count;
	r = plan_run(&run, figures);
	if (r == 0)
		take_figures(roster, figures, seeds, values ? values + first : NULL);
	plan_figures_free(figures, count);
	return r;
}

/* n: how many there are in all. whole: all seeds are run, and value is filled. */
static int try(struct roster *roster, uint32_t n, bool whole, bool *ret_holds)
{
	const struct planner *planner = roster->planner;
	uint32_t seeds = planner->request->seeds, run = 0;
	double *values = NULL;
	struct layout *layout;
	int r = layout_create(&layout, plan_levels_scenario(planner->levels, n, roster->periods,
							    roster->windows, roster->count));

	if (r < 0)
		return r;
	if (whole) {
		values = calloc((size_t)seeds * roster->count, sizeof(*values));
		r = values ? 0 : -ENOMEM;
	}
	memset(roster->met, 0, sizeof(roster->met));
	while (r == 0 && run < seeds && (whole || !is_lost(roster, run))) {
		uint32_t more = seeds - run < SEEDS_AT_ONCE ? seeds - run : SEEDS_AT_ONCE;

		r = run_seeds(roster, layout, run, more, values);
		run += more;
	}
	for (uint32_t p = 0; r == 0 && whole && p < roster->count; p++)
		roster->value[p] = plan_spread_of(&values[(size_t)p * seeds], seeds);
	if (r == 0)
		*ret_holds = !is_lost(roster, run);
	roster->tries++;
	free(values);
	layout_destroy(layout);
	return r;
}

static void set_all(struct roster *roster, uint32_t n)
{
	for (uint32_t p = 0; p < roster->count; p++)
		roster->windows[p] = n;
}

/* All day long; 0: none up to as many as there may be. */
static int find_flat(struct roster *roster, const struct plan *plan, uint32_t most,
		     uint32_t *ret_flat)
{
	const struct plan_level *last = &plan->levels[plan->level_count - 1];
	uint32_t n = plan->windows;
	bool holds = false;
	int r = 0;

	for (; r == 0 && !holds && n <= most; n++) {
		set_all(roster, n);
		r = try(roster, n, false, &holds);
		/* Beyond the curve waits hardly change; a quarter more decides. */
		if (!holds && n > last->windows + last->windows / 4 + 4)
			break;
	}
	*ret_flat = holds ? n - 1 : 0;
	return r;
}

/* One less in period p; put back where that does not do. */
static int spare(struct roster *roster, uint32_t flat, uint32_t least, uint32_t p, bool *ret_holds)
{
	int r;

	*ret_holds = false;
	if (roster->windows[p] <= least)
		return 0;
	roster->windows[p]--;
	r = try(roster, flat, false, ret_holds);
	if (!*ret_holds)
		roster->windows[p]++;
	return r;
}

static int descend(struct roster *roster, uint32_t flat, uint32_t least)
{
	uint32_t spared = 1, failed_at[PLAN_MAX_PERIODS] = {0}, before;
	int r = 0;

	do {
		bool ended[PLAN_MAX_PERIODS] = {false}, any = true;

		before = spared;
		while (r == 0 && any) {
			any = false;
			for (uint32_t p = 0; r == 0 && p < roster->count; p++) {
				bool holds = false;

				/* nothing has changed since */
				if (ended[p] || failed_at[p] == spared)
					continue;
				r = spare(roster, flat, least, p, &holds);
				ended[p] = !holds;
				any |= holds;
				spared += holds;
				failed_at[p] = holds ? 0 : spared;
			}
		}
	} while (r == 0 && spared > before);
	return r;
}

/* The fewest with which everybody is served by some window. */
static int find_least(const struct planner *planner, uint32_t most, uint32_t *ret_least)
{
	for (uint32_t n = plan_levels_least(planner->levels); n < most; n++) {
		struct plan_load load;
		int r = planner_load(planner->levels, n, &load);
		bool uncovered = r == 0 && load.uncovered;

		if (r < 0)
			return r;
		plan_load_finish(&load);
		*ret_least = n;
		if (!uncovered)
			return 0;
	}
	*ret_least = most;
	return 0;
}

static void hand_over(const struct roster *roster, struct plan_roster *ret)
{
	ret->count = roster->count;
	ret->tries = roster->tries;
	for (uint32_t p = 0; p < roster->count; p++) {
		const struct plan_period *period = &roster->periods[p];

		ret->rows[p] = (struct plan_roster_row){
			.period = *period,
			.windows = roster->windows[p],
			.value = roster->value[p],
			.met = (double)roster->met[p] / roster->planner->request->seeds,
		};
		ret->hours += roster->windows[p] * period->open_min / 60;
		ret->flat_hours += ret->flat * period->open_min / 60;
		if (roster->met[p] < roster->met[ret->worst])
			ret->worst = p;
	}
}

int planner_roster(const struct planner *planner, struct plan *plan)
{
	const struct plan_request *request = planner->request;
	struct roster *roster = calloc(1, sizeof(*roster));
	uint32_t most = plan_levels_most(planner->levels), least = 0, n;
	bool holds = false;
	int r;

	if (!roster)
		return -ENOMEM;
	if (request->max && request->max < most)
		most = request->max;
	roster->planner = planner;
	find_periods(roster, planner->scenario, request->period_min);
	r = find_flat(roster, plan, most, &plan->roster.flat);
	if (r == 0)
		r = find_least(planner, plan->roster.flat, &least);
	if (r == 0 && plan->roster.flat)
		r = descend(roster, plan->roster.flat, least);
	n = plan->roster.flat ? plan->roster.flat : roster->windows[0];
	if (r == 0)
		r = try(roster, n, true, &holds);
	if (r == 0)
		hand_over(roster, &plan->roster);
	free(roster);
	return r;
}
