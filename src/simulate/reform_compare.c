/* The same seeds' days in two halls, added up by seed and over all of them. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "src/simulate/reform.h"

/* Days of one piece of work: so few that every processor has some, also where there is one seed. */
enum { PIECE_DAYS = 40, SIDES = 2 };

struct side {
	const struct scenario *scenario;
	struct world *world;
	struct layout *layout;
	struct sim_figures *seeds;
};

struct task {
	struct side sides[SIDES];
	const struct reform_seeds *seeds;
	uint32_t pieces; /* of a seed */
	pthread_mutex_t lock;
};

/* Sums do not depend on the order in which pieces are done: all of it is whole numbers. */
static int run_piece(void *user, size_t piece)
{
	struct task *task = user;
	const struct side *side = &task->sides[piece % SIDES];
	uint32_t seed = (uint32_t)(piece / SIDES / task->pieces);
	uint32_t first = (uint32_t)(piece / SIDES % task->pieces) * PIECE_DAYS;
	uint32_t days = task->seeds->days - first;
	struct sim_figures figures = {0};
	int r = sim_run(side->world, side->scenario, side->layout, task->seeds->first + seed, first,
			days < PIECE_DAYS ? days : PIECE_DAYS, &figures);

	if (r == 0) {
		pthread_mutex_lock(&task->lock);
		r = sim_figures_add(&side->seeds[seed], &figures);
		pthread_mutex_unlock(&task->lock);
	}
	sim_figures_finish(&figures);
	return r;
}

static int begin_side(struct side *side, const struct scenario *scenario, uint32_t seeds)
{
	int r;

	side->scenario = scenario;
	side->seeds = calloc(seeds, sizeof(*side->seeds));
	if (!side->seeds)
		return -ENOMEM;
	r = world_create(&side->world, scenario);
	return r < 0 ? r : layout_create(&side->layout, scenario);
}

static void finish_seeds(struct sim_figures *figures, uint32_t count)
{
	for (uint32_t i = 0; figures && i < count; i++)
		sim_figures_finish(&figures[i]);
	free(figures);
}

static int add_up(const struct side *side, uint32_t seeds, struct sim_figures *ret_all)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < seeds; i++)
		r = sim_figures_add(ret_all, &side->seeds[i]);
	return r;
}

int reform_compare(const struct scenario *before, const struct scenario *after,
		   const struct reform_seeds *seeds, struct reform_comparison *ret)
{
	struct task task = {.seeds = seeds,
			    .pieces = (seeds->days + PIECE_DAYS - 1) / PIECE_DAYS,
			    .lock = PTHREAD_MUTEX_INITIALIZER};
	struct reform_comparison result = {.seed_count = seeds->count};
	int r = begin_side(&task.sides[0], before, seeds->count);

	if (r == 0)
		r = begin_side(&task.sides[1], after, seeds->count);
	if (r == 0)
		r = sim_parallel((size_t)SIDES * seeds->count * task.pieces, seeds->threads,
				 run_piece, &task);
	if (r == 0)
		r = add_up(&task.sides[0], seeds->count, &result.before);
	if (r == 0)
		r = add_up(&task.sides[1], seeds->count, &result.after);
	for (int s = 0; s < SIDES; s++) {
		layout_destroy(task.sides[s].layout);
		world_destroy(task.sides[s].world);
	}
	result.seed_before = task.sides[0].seeds;
	result.seed_after = task.sides[1].seeds;
	if (r < 0) {
		reform_comparison_finish(&result);
		return r;
	}
	*ret = result;
	return 0;
}

void reform_comparison_finish(struct reform_comparison *comparison)
{
	sim_figures_finish(&comparison->before);
	sim_figures_finish(&comparison->after);
	finish_seeds(comparison->seed_before, comparison->seed_count);
	finish_seeds(comparison->seed_after, comparison->seed_count);
	*comparison = (struct reform_comparison){0};
}

/* ---- what is told of it --------------------------------------------------------------------- */

static double figure_of(const struct sim_figures *figures, enum reform_figure figure)
{
	switch (figure) {
	case REFORM_MEAN: return sim_mean_min(figures);
	case REFORM_P50: return sim_quantile_min(figures, .50);
	case REFORM_P90: return sim_quantile_min(figures, .90);
	case REFORM_P95: return sim_quantile_min(figures, .95);
	case REFORM_SHARE: return sim_share(figures);
	case REFORM_TICKETS: return figures->days ? (double)figures->tickets / figures->days : 0;
	case REFORM_ABANDON: return sim_abandon_rate(figures);
	case REFORM_UTILISATION: return sim_utilisation(figures);
	case REFORM_FIGURES: break;
	}
	return 0;
}

static void widen(struct reform_range *range, double value, bool first)
{
	if (first || value < range->least)
		range->least = value;
	if (first || value > range->greatest)
		range->greatest = value;
}

static bool is_known(const struct sim_figures *figures, enum reform_figure figure)
{
	switch (figure) {
	case REFORM_SHARE: return figures->decided > 0;
	case REFORM_ABANDON: return figures->tickets > 0;
	case REFORM_MEAN:
	case REFORM_P50:
	case REFORM_P90:
	case REFORM_P95: return figures->called > 0;
	case REFORM_TICKETS:
	case REFORM_UTILISATION:
	case REFORM_FIGURES: break;
	}
	return true;
}

bool reform_side_figure(const struct reform_comparison *comparison, bool after,
			enum reform_figure figure, struct reform_range *ret)
{
	const struct sim_figures *seeds = after ? comparison->seed_after : comparison->seed_before;
	const struct sim_figures *all = after ? &comparison->after : &comparison->before;
	bool first = true;

	if (!is_known(all, figure))
		return false;
	ret->value = figure_of(all, figure);
	for (uint32_t i = 0; i < comparison->seed_count; i++) {
		if (!is_known(&seeds[i], figure))
			continue;
		widen(ret, figure_of(&seeds[i], figure), first);
		first = false;
	}
	return true;
}

static double change_of(const struct sim_figures *before, const struct sim_figures *after,
			bool share)
{
	double difference = sim_mean_min(before) - sim_mean_min(after);

	return share ? difference / sim_mean_min(before) : difference;
}

static bool is_comparable(const struct sim_figures *before, const struct sim_figures *after)
{
	return before->called > 0 && after->called > 0;
}

bool reform_reduction(const struct reform_comparison *comparison, bool *ret_share,
		      struct reform_range *ret)
{
	const struct sim_figures *before = comparison->seed_before, *after = comparison->seed_after;
	bool share = sim_mean_min(&comparison->before) >= 1, first = true;
	struct reform_range range = {0};

	for (uint32_t i = 0; i < comparison->seed_count; i++)
		if (is_comparable(&before[i], &after[i]))
			share = share && before[i].wait_sum_ms > 0;
	for (uint32_t i = 0; i < comparison->seed_count; i++) {
		if (!is_comparable(&before[i], &after[i]))
			continue;
		widen(&range, change_of(&before[i], &after[i], share), first);
		first = false;
	}
	if (first)
		return false;
	range.value = change_of(&comparison->before, &comparison->after, share);
	*ret = range;
	*ret_share = share;
	return true;
}
