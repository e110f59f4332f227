/* What it costs to have windows that only give results out: the same windows in one line, on the
 * same days. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "src/simulate/plan_private.h"

static int compare(const struct planner *planner, struct plan_split *split,
		   const struct sim_figures *apart, const struct sim_figures *together)
{
	const struct plan_request *request = planner->request;
	double *values = calloc((size_t)request->seeds * 5, sizeof(*values));
	struct plan_spread *const spreads[] = {&split->split, &split->pooled, &split->split_value,
					       &split->pooled_value, &split->cost};
	uint32_t seeds = request->seeds, costs = 0;

	if (!values)
		return -ENOMEM;
	for (uint32_t s = 0; s < seeds; s++) {
		values[s] = sim_mean_min(&apart[s]);
		values[seeds + s] = sim_mean_min(&together[s]);
		values[2 * seeds + s] = plan_value(&request->target, &apart[s]);
		values[3 * seeds + s] = plan_value(&request->target, &together[s]);
		values[4 * seeds + s] = values[s] - values[seeds + s];
		costs += values[4 * seeds + s] > 0;
	}
	for (int i = 0; i < 5; i++)
		*spreads[i] = plan_spread_of(&values[i * (int)seeds], seeds);
	split->costs = (double)costs / seeds;
	free(values);
	return 0;
}

/* The fewest of the line that meet the target, of those up to as many as there are apart. */
static uint32_t fewest(const struct planner *planner, const struct sim_figures *figures,
		       uint32_t from, uint32_t to)
{
	const struct plan_request *request = planner->request;

	for (uint32_t n = from; n <= to; n++) {
		uint32_t met = 0;

		for (uint32_t s = 0; s < request->seeds; s++)
			met += plan_is_met(&request->target,
					   &figures[(size_t)(n - from) * request->seeds + s]);
		if (planner_is_enough(request, met))
			return n;
	}
	return 0;
}

static int least_that_carries(const struct planner *planner, struct plan_levels *pooled,
			      uint32_t most, uint32_t *ret_least)
{
	for (uint32_t n = plan_levels_least(pooled); n <= most; n++) {
		struct plan_load load;
		int r = planner_load(pooled, n, &load);
		bool carries = r == 0 && !load.uncovered &&
			       (planner->scenario->patience_min > 0 || load.over <= 0);

		if (r < 0)
			return r;
		plan_load_finish(&load);
		if (!carries)
			continue;
		*ret_least = n;
		return 0;
	}
	*ret_least = 0;
	return 0;
}

int planner_split(const struct planner *planner, struct plan *plan)
{
	struct plan_split *split = &plan->split;
	struct sim_figures *apart = NULL, *together = NULL;
	struct plan_levels *pooled = NULL;
	uint32_t seeds = planner->request->seeds, issuing, intake, total, least = 0;
	int r = 0;

	issuing = plan_levels_issuing(planner->levels);
	intake = plan->windows;
	total = intake + issuing;
	if (!issuing)
		return 0;
	r = plan_levels_create(&pooled, planner->scenario, true);
	if (r == 0)
		r = least_that_carries(planner, pooled, total, &least);
	if (r == 0 && least)
		r = planner_try(planner, planner->levels, intake, intake, &apart);
	if (r == 0 && least)
		r = planner_try(planner, pooled, least, total, &together);
	if (r == 0 && least) {
		split->issuing = issuing;
		split->intake = intake;
		split->pooled_windows = fewest(planner, together, least, total);
		r = compare(planner, split, apart, &together[(size_t)(total - least) * seeds]);
	}
	plan_figures_free(apart, apart ? seeds : 0);
	plan_figures_free(together, together ? (size_t)(total - least + 1) * seeds : 0);
	plan_levels_destroy(pooled);
	return r;
}
