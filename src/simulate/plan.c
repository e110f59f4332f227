/* The search for the fewest intake windows: levels in rising order, some at a time, from the first
 * that carries the load until the target is met, or until one more window changes nothing. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "src/simulate/plan_private.h"

enum {
	BATCH = 8,
	BEYOND = 2, /* levels shown behind the answer */
};

struct plan_spread plan_spread_of(const double *values, uint32_t count)
{
	struct plan_spread spread = {.min = values[0], .max = values[0]};
	double sum = 0, squares = 0;

	for (uint32_t i = 0; i < count; i++) {
		sum += values[i];
		spread.min = fmin(spread.min, values[i]);
		spread.max = fmax(spread.max, values[i]);
	}
	spread.mean = sum / count;
	for (uint32_t i = 0; i < count; i++)
		squares += (values[i] - spread.mean) * (values[i] - spread.mean);
	spread.sd = count > 1 ? sqrt(squares / (count - 1)) : 0;
	return spread;
}

bool planner_is_enough(const struct plan_request *request, uint32_t met)
{
	/* .8 * 20 may be a hair above 16 */
	return met >= request->confidence * request->seeds - 1e-9;
}

struct plan_run planner_run(const struct planner *planner)
{
	return (struct plan_run){
		.world = planner->world,
		.scenario = planner->scenario,
		.seed = planner->request->seed,
		.seeds = planner->request->seeds,
		.days = planner->request->days,
		.target_ms = planner->within_ms,
		.part_count = 1,
		.threads = planner->request->threads,
	};
}

int planner_load(struct plan_levels *levels, uint32_t n, struct plan_load *ret_load)
{
	return plan_load_scenario(ret_load, plan_levels_scenario(levels, n, NULL, NULL, 0));
}

/* ---- levels ---- */

static double figure_of(const struct sim_figures *figures, int which,
			const struct plan_target *target)
{
	switch (which) {
	case 0: return sim_mean_min(figures);
	case 1: return sim_quantile_min(figures, .5);
	case 2: return sim_quantile_min(figures, .9);
	case 3: return sim_quantile_min(figures, .95);
	case 4: return figures->decided ? sim_share(figures) : 1;
	case 5: return sim_abandon_rate(figures);
	case 6: return sim_utilisation(figures);
	default: return plan_value(target, figures);
	}
}

void planner_sum_up(const struct planner *planner, const struct sim_figures *figures,
		    uint32_t windows, struct plan_level *ret_level)
{
	const struct plan_request *request = planner->request;
	struct plan_level level = {.windows = windows};
	struct plan_spread *const spreads[] = {&level.mean,	   &level.p50,	 &level.p90,
					       &level.p95,	   &level.share, &level.abandoned,
					       &level.utilisation, &level.value};
	double values[PLAN_MAX_SEEDS];
	uint32_t met = 0;

	for (size_t k = 0; k < sizeof(spreads) / sizeof(spreads[0]); k++) {
		for (uint32_t s = 0; s < request->seeds; s++)
			values[s] = figure_of(&figures[s], (int)k, &request->target);
		*spreads[k] = plan_spread_of(values, request->seeds);
	}
	for (uint32_t s = 0; s < request->seeds; s++)
		met += plan_is_met(&request->target, &figures[s]);
	level.met = (double)met / request->seeds;
	*ret_level = level;
}

static void destroy_layouts(struct layout **layouts, size_t count)
{
	for (size_t i = 0; layouts && i < count; i++)
		layout_destroy(layouts[i]);
	free(layouts);
}

int planner_try(const struct planner *planner, struct plan_levels *levels, uint32_t from,
		uint32_t to, struct sim_figures **ret_figures)
{
	struct plan_run run = planner_run(planner);
	uint32_t count = to - from + 1;
	struct layout **layouts = calloc(count, sizeof(struct layout *));
	struct sim_figures *figures = calloc((size_t)count * run.seeds, sizeof(*figures));
	int r = layouts && figures ? 0 : -ENOMEM;

	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = layout_create(&layouts[i],
				  plan_levels_scenario(levels, from + i, NULL, NULL, 0));
	run.layouts = (const struct layout *const *)layouts;
	run.layout_count = count;
	if (r == 0)
		r = plan_run(&run, figures);
	destroy_layouts(layouts, count);
	if (r < 0)
		plan_figures_free(figures, figures ? (size_t)count * run.seeds : 0);
	else
		*ret_figures = figures;
	return r;
}

static int try_batch(const struct planner *planner, uint32_t from, uint32_t to,
		     struct plan_level *ret_levels)
{
	const uint32_t seeds = planner->request->seeds;
	struct sim_figures *figures;
	int r = planner_try(planner, planner->levels, from, to, &figures);

	if (r < 0)
		return r;
	for (uint32_t n = from; n <= to; n++)
		planner_sum_up(planner, &figures[(size_t)(n - from) * seeds], n,
			       &ret_levels[n - from]);
	plan_figures_free(figures, (size_t)(to - from + 1) * seeds);
	return 0;
}

static bool meets(const struct plan_request *request, const struct plan_level *level)
{
	return planner_is_enough(request, (uint32_t)lround(level->met * request->seeds));
}

static bool same(const struct plan_spread *a, const struct plan_spread *b)
{
	return a->mean == b->mean && a->min == b->min && a->max == b->max && a->sd == b->sd;
}

/* The last windows changed nothing in any seed. */
static bool is_still(const struct plan_level *level)
{
	for (int i = 1; i <= PLAN_STILL; i++)
		if (!same(&level[-i].value, &level->value))
			return false;
	return true;
}

/* *ret_done: no further level is of interest. */
static void look_at(struct plan *plan, const struct plan_request *request, bool *ret_done)
{
	const struct plan_level *levels = plan->levels;
	uint32_t count = plan->level_count, answer = 0;

	while (answer < count && !meets(request, &levels[answer]))
		answer++;
	plan->windows = answer < count ? levels[answer].windows : 0;
	if (request->max)
		return;
	if (plan->windows && count > answer + BEYOND) {
		plan->level_count = answer + BEYOND + 1;
		*ret_done = true;
	}
	for (uint32_t i = PLAN_STILL; !*ret_done && i < count; i++) {
		if (plan->windows || !is_still(&levels[i]))
			continue;
		plan->level_count = i + 1;
		*ret_done = true;
	}
}

static int climb(const struct planner *planner, struct plan *plan, uint32_t most)
{
	bool done = false;
	int r = 0;

	plan->levels = calloc(most - plan->first + 1, sizeof(*plan->levels));
	if (!plan->levels)
		return -ENOMEM;
	while (r == 0 && !done && plan->first + plan->level_count <= most) {
		uint32_t from = plan->first + plan->level_count, to = from + BATCH - 1;

		to = to < most ? to : most;
		r = try_batch(planner, from, to, &plan->levels[plan->level_count]);
		if (r == 0) {
			plan->level_count += to - from + 1;
			look_at(plan, planner->request, &done);
		}
	}
	plan->last = plan->first + plan->level_count - 1;
	plan->outcome = plan->windows ? PLAN_FOUND : PLAN_NOT_MET;
	return r;
}

/* ---- the load ---- */

static bool carries(const struct scenario *scenario, const struct plan_load *load)
{
	/* Where people leave the line does not grow without bound. */
	return !load->uncovered && (scenario->patience_min > 0 || load->over <= 0);
}

/* The least that carries the load; else plan->load is that of the most. */
static int find_first(const struct planner *planner, struct plan *plan, uint32_t most)
{
	for (uint32_t n = plan_levels_least(planner->levels);; n++) {
		int r = planner_load(planner->levels, n < most ? n : most, &plan->load);

		if (r < 0)
			return r;
		if (n <= most && carries(planner->scenario, &plan->load)) {
			plan->first = n;
			return 0;
		}
		if (n >= most) {
			plan->last = most;
			plan->outcome = PLAN_OVERLOADED;
			return 0;
		}
		plan_load_finish(&plan->load);
	}
}

struct class_part {
	const struct plan_load *load;
	const struct layout *layout;
};

static uint32_t part_of(const void *user, const struct visit *visit)
{
	const struct class_part *part = user;

	return plan_class_of(part->load, part->layout, visit);
}

/* For whom it is worst, of the classes' means over the seeds. */
static void choose_worst(struct plan *plan, const struct plan_request *request,
			 const struct sim_figures *figures)
{
	uint32_t classes = plan->load.class_count;

	for (uint32_t c = 0; c < classes; c++) {
		bool share = request->target.measure == PLAN_SHARE;
		double sum = 0;

		for (uint32_t s = 0; s < request->seeds; s++)
			sum += plan_value(&request->target, &figures[(size_t)s * classes + c]);
		sum /= request->seeds;
		if (c && (share ? sum >= plan->worst_value : sum <= plan->worst_value))
			continue;
		plan->worst_class = c;
		plan->worst_value = sum;
	}
}

static int find_worst(const struct planner *planner, struct plan *plan)
{
	struct plan_run run = planner_run(planner);
	struct layout *layout;
	struct class_part part = {.load = &plan->load};
	size_t count = (size_t)run.seeds * plan->load.class_count;
	struct sim_figures *figures;
	int r = layout_create(&layout,
			      plan_levels_scenario(planner->levels, plan->last, NULL, NULL, 0));

	if (r < 0)
		return r;
	figures = calloc(count + 1, sizeof(*figures));
	part.layout = layout;
	run.layouts = (const struct layout *const *)&layout;
	run.layout_count = 1;
	run.part = part_of;
	run.part_user = &part;
	run.part_count = plan->load.class_count;
	r = figures ? plan_run(&run, figures) : -ENOMEM;
	if (r == 0)
		choose_worst(plan, planner->request, figures);
	plan_figures_free(figures, count);
	layout_destroy(layout);
	return r;
}

/* ---- all of it ---- */

static int begin(struct planner *planner, const struct scenario *scenario,
		 const struct plan_request *request)
{
	int r = plan_levels_create(&planner->levels, scenario, false);

	planner->scenario = scenario;
	planner->request = request;
	planner->within_ms =
		request->target.within_ms ? request->target.within_ms : scenario->target_ms;
	return r < 0 ? r : world_create(&planner->world, scenario);
}

static void end(struct planner *planner)
{
	plan_levels_destroy(planner->levels);
	world_destroy(planner->world);
}

static int find_carrying(const struct planner *planner, struct plan *plan, uint32_t most)
{
	bool over = plan->load.over > 0;
	int r = 0;

	for (plan->carrying = plan->windows; r == 0 && over && plan->carrying; plan->carrying++) {
		struct plan_load load;

		if (plan->carrying == most) {
			plan->carrying = 0;
			break;
		}
		r = planner_load(planner->levels, plan->carrying + 1, &load);
		if (r < 0)
			break;
		over = load.over > 0;
		plan_load_finish(&load);
	}
	return r;
}

static int make(const struct planner *planner, struct plan *plan)
{
	const struct plan_request *request = planner->request;
	uint32_t most = plan_levels_most(planner->levels);
	int r;

	if (request->max && request->max < most)
		most = request->max;
	r = find_first(planner, plan, most);
	if (r < 0 || plan->outcome == PLAN_OVERLOADED)
		return r;
	plan_load_finish(&plan->load);
	r = climb(planner, plan, most);
	if (r == 0)
		r = planner_load(planner->levels, plan->windows ? plan->windows : plan->last,
				 &plan->load);
	if (r == 0 && plan->outcome == PLAN_NOT_MET)
		r = find_worst(planner, plan);
	if (r == 0 && plan->windows)
		r = find_carrying(planner, plan, most);
	if (r == 0 && plan->windows)
		r = planner_split(planner, plan);
	if (r == 0 && plan->windows && request->period_min)
		r = planner_roster(planner, plan);
	return r;
}

int plan_make(struct plan *ret_plan, const struct scenario *scenario,
	      const struct plan_request *request)
{
	struct planner planner = {0};
	struct plan plan = {.outcome = PLAN_NOT_MET};
	int r = begin(&planner, scenario, request);

	if (r == 0) {
		plan.family = *plan_levels_family(planner.levels);
		plan.within_ms = planner.within_ms;
		plan.without_ageing = !line_plain_suffices(scenario);
		r = make(&planner, &plan);
	}
	end(&planner);
	if (r < 0)
		plan_finish(&plan);
	else
		*ret_plan = plan;
	return r;
}

void plan_finish(struct plan *plan)
{
	plan_load_finish(&plan->load);
	free(plan->levels);
	*plan = (struct plan){0};
}

int plan_curve(const struct scenario *scenario, const struct plan_request *request, uint32_t from,
	       uint32_t to, struct plan_level *ret_levels)
{
	struct planner planner = {0};
	int r = begin(&planner, scenario, request);

	for (uint32_t n = from; r == 0 && n <= to; n += BATCH)
		r = try_batch(&planner, n, n + BATCH - 1 < to ? n + BATCH - 1 : to,
			      &ret_levels[n - from]);
	end(&planner);
	return r;
}
