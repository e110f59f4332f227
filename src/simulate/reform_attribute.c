/* What each change did. A world for every set of changes, the same cases in all of them: what the
 * citizens bring (service, variance, rework, online) is drawn once and goes through every layout
 * (pooling, fewer windows, issuing). The value of a set is the logarithm of its mean wait; a
 * change's part is the mean of what it adds, over all orders in which the changes could be made. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/reform_private.h"

enum { PIECE_DAYS = 20 };

struct sums {
	int64_t wait_ms, called;
};

struct task {
	const struct reform_seeds *seeds;
	/* By set of levers; NULL where it is not looked at. */
	struct scenario *scenarios[REFORM_WORLDS]; /* what citizens bring */
	struct world *worlds[REFORM_WORLDS];
	struct layout *layouts[REFORM_WORLDS];
	uint32_t brought[REFORM_WORLDS], brought_count, pieces; /* of a seed */
	double open_ms;

	pthread_mutex_t lock;
	struct sums *sums;		   /* [seed * REFORM_WORLDS + set] */
	int64_t (*busy)[CORE_MAX_WINDOWS]; /* [set], ms of work of each window */
};

/* ---- days ----------------------------------------------------------------------------------- */

struct tools {
	struct engine *engine;
	struct line_plain *line;
	struct visit_day day;
};

struct count {
	struct sums sums;
	int64_t busy[CORE_MAX_WINDOWS];
};

static void count_visit(void *user, const struct visit *visit, const struct outcome *outcome)
{
	struct count *count = user;

	if (outcome->called_ms < 0)
		return;
	count->sums.wait_ms += outcome->called_ms - visit->arrival_ms;
	count->sums.called++;
	count->busy[outcome->window] += outcome->left_ms - outcome->called_ms;
}

static void keep(struct task *task, uint32_t seed, uint32_t set, const struct count *count,
		 uint32_t windows)
{
	struct sums *sums = &task->sums[(size_t)seed * REFORM_WORLDS + set];

	pthread_mutex_lock(&task->lock);
	sums->wait_ms += count->sums.wait_ms;
	sums->called += count->sums.called;
	for (uint32_t w = 0; w < windows; w++)
		task->busy[set][w] += count->busy[w];
	pthread_mutex_unlock(&task->lock);
}

static int run_day(struct task *task, uint32_t seed, uint32_t day, uint32_t brought,
		   struct tools *tools)
{
	int r = world_day(task->worlds[brought], task->seeds->first + seed, day, &tools->day);

	for (uint32_t set = 0; r == 0 && set < REFORM_WORLDS; set++) {
		struct count count = {{0}, {0}};

		if (!task->layouts[set])
			continue;
		/* by the plain line: it suffices for both policies that reform_check() lets pass */
		r = engine_day(tools->engine, task->layouts[set], tools->day.visits,
			       tools->day.visit_count, &line_plain_ops, tools->line, count_visit,
			       &count);
		keep(task, seed, brought | set, &count, task->layouts[set]->window_count);
	}
	return r;
}

static int run_piece(void *user, size_t piece)
{
	struct task *task = user;
	uint32_t brought = task->brought[piece % task->brought_count];
	uint32_t seed = (uint32_t)(piece / task->brought_count / task->pieces);
	uint32_t day = (uint32_t)(piece / task->brought_count % task->pieces) * PIECE_DAYS;
	uint32_t end = day + PIECE_DAYS;
	struct tools tools = {0};
	int r = engine_create(&tools.engine);

	if (r == 0)
		r = line_plain_create(&tools.line);
	if (end > task->seeds->days)
		end = task->seeds->days;
	for (; r == 0 && day < end; day++)
		r = run_day(task, seed, day, brought, &tools);
	visit_day_finish(&tools.day);
	line_plain_destroy(tools.line);
	engine_destroy(tools.engine);
	return r;
}

/* ---- worlds --------------------------------------------------------------------------------- */

static void find_levers(const struct scenario *before, const struct scenario *after,
			bool ret_differs[REFORM_LEVERS], uint32_t *ret_mask)
{
	struct reform_difference rows[REFORM_MAX_DIFFERENCES];
	size_t count = reform_differences(before, after, rows);

	*ret_mask = 0;
	memset(ret_differs, 0, REFORM_LEVERS * sizeof(*ret_differs));
	for (size_t i = 0; i < count; i++) {
		if (rows[i].lever == REFORM_NO_LEVER)
			continue;
		ret_differs[rows[i].lever] = true;
		*ret_mask |= REFORM_BIT(rows[i].lever);
	}
}

static int bring(struct task *task, const struct scenario *before, const struct scenario *after,
		 uint32_t set)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	int r;

	if (!scenario)
		return -ENOMEM;
	task->scenarios[set] = scenario;
	r = scenario_copy(scenario, before);
	if (r < 0)
		return r;
	if (set & REFORM_BIT(REFORM_SERVICE))
		scenario->service.mean_min = after->service.mean_min;
	if (set & REFORM_BIT(REFORM_VARIANCE))
		scenario->service.cv = after->service.cv;
	if (set & REFORM_BIT(REFORM_REWORK))
		scenario->rework_chance = after->rework_chance;
	if (set & REFORM_BIT(REFORM_ONLINE))
		scenario->uptake = after->uptake;
	task->brought[task->brought_count++] = set;
	return world_create(&task->worlds[set], scenario);
}

static int lay_out(struct task *task, const struct scenario *before, const struct scenario *after,
		   uint32_t set)
{
	struct scenario scenario;
	int r = reform_layout(before, after, set, &scenario);

	if (r < 0)
		return r;
	r = layout_create(&task->layouts[set], &scenario);
	scenario_finish(&scenario);
	return r;
}

static int begin(struct task *task, const struct scenario *before, const struct scenario *after,
		 uint32_t mask)
{
	const uint32_t layout = REFORM_LAYOUT_LEVERS;
	int r = 0;

	task->open_ms = scenario_open_min(before) * 60000;
	task->sums = calloc((size_t)task->seeds->count * REFORM_WORLDS, sizeof(*task->sums));
	task->busy = calloc(REFORM_WORLDS, sizeof(*task->busy));
	if (!task->sums || !task->busy)
		return -ENOMEM;
	for (uint32_t set = 0; r == 0 && set < REFORM_WORLDS; set++) {
		if (set & ~mask)
			continue;
		if (!(set & layout))
			r = bring(task, before, after, set);
		if (r == 0 && !(set & ~layout))
			r = lay_out(task, before, after, set);
	}
	return r;
}

static void end(struct task *task)
{
	for (uint32_t set = 0; set < REFORM_WORLDS; set++) {
		layout_destroy(task->layouts[set]);
		world_destroy(task->worlds[set]);
		if (task->scenarios[set])
			scenario_finish(task->scenarios[set]);
		free(task->scenarios[set]);
	}
	free(task->sums);
	free(task->busy);
}

/* ---- values --------------------------------------------------------------------------------- */

uint32_t reform_player_levers(enum reform_player player)
{
	switch (player) {
	case REFORM_MERGE: return REFORM_BIT(REFORM_POOLING) | REFORM_BIT(REFORM_FEWER);
	case REFORM_PRE_REVIEW:
		return REFORM_BIT(REFORM_SERVICE) | REFORM_BIT(REFORM_VARIANCE) |
		       REFORM_BIT(REFORM_REWORK);
	case REFORM_FILING: return REFORM_BIT(REFORM_ONLINE);
	case REFORM_SPLIT: return REFORM_BIT(REFORM_ISSUING);
	case REFORM_PLAYERS: break;
	}
	return 0;
}

void reform_shapley(uint32_t players, const double *value, double *ret_shares)
{
	double weight[16];

	/* of a set of k others: k! (players - k - 1)! / players! */
	weight[0] = 1. / players;
	for (uint32_t k = 1; k < players; k++)
		weight[k] = weight[k - 1] * k / (players - k);
	for (uint32_t p = 0; p < players; p++) {
		ret_shares[p] = 0;
		for (uint32_t set = 0; set < UINT32_C(1) << players; set++)
			if (!(set >> p & 1))
				ret_shares[p] += weight[__builtin_popcount(set)] *
						 (value[set | UINT32_C(1) << p] - value[set]);
	}
}

static void share_out(const double logs[REFORM_WORLDS], double ret_players[REFORM_PLAYERS],
		      double ret_levers[REFORM_LEVERS])
{
	double short_logs[1 << REFORM_PLAYERS];

	reform_shapley(REFORM_LEVERS, logs, ret_levers);
	for (uint32_t set = 0; set < 1 << REFORM_PLAYERS; set++) {
		uint32_t levers = 0;

		for (uint32_t p = 0; p < REFORM_PLAYERS; p++)
			if (set >> p & 1)
				levers |= reform_player_levers(p);
		short_logs[set] = logs[levers];
	}
	reform_shapley(REFORM_PLAYERS, short_logs, ret_players);
}

static double mean_min(const struct task *task, uint32_t seed, uint32_t set)
{
	const struct sums *sums = &task->sums[(size_t)seed * REFORM_WORLDS + set];

	return sums->called ? (double)sums->wait_ms / (double)sums->called / 60000 : 0;
}

static void widen(struct reform_value *values, const double *shares, size_t count, bool first)
{
	for (size_t i = 0; i < count; i++) {
		if (first || shares[i] < values[i].least)
			values[i].least = shares[i];
		if (first || shares[i] > values[i].greatest)
			values[i].greatest = shares[i];
	}
}

/* false: in some world nobody waits, and zero has no logarithm. */
static bool take_logs(const double means[REFORM_WORLDS], double ret_logs[REFORM_WORLDS])
{
	for (uint32_t set = 0; set < REFORM_WORLDS; set++) {
		if (!(means[set] > 0))
			return false;
		ret_logs[set] = log(means[set]);
	}
	return true;
}

/* Each seed by itself: how far chance goes. */
static bool value_seeds(const struct task *task, uint32_t mask, struct reform_attribution *result)
{
	for (uint32_t seed = 0; seed < task->seeds->count; seed++) {
		double means[REFORM_WORLDS], logs[REFORM_WORLDS];
		double players[REFORM_PLAYERS], levers[REFORM_LEVERS];

		for (uint32_t set = 0; set < REFORM_WORLDS; set++)
			means[set] = mean_min(task, seed, set & mask);
		if (!take_logs(means, logs))
			return false;
		share_out(logs, players, levers);
		widen(result->players, players, REFORM_PLAYERS, seed == 0);
		widen(result->levers, levers, REFORM_LEVERS, seed == 0);
	}
	return true;
}

static void measure_worlds(const struct task *task, uint32_t mask,
			   struct reform_attribution *result)
{
	double days = (double)task->seeds->days * task->seeds->count;

	for (uint32_t set = 0; set < REFORM_WORLDS; set++) {
		struct reform_world *world = &result->worlds[set];
		int64_t most = 0;

		for (uint32_t seed = 0; seed < task->seeds->count; seed++)
			world->mean_min += mean_min(task, seed, set & mask) / task->seeds->count;
		for (uint32_t w = 0; w < CORE_MAX_WINDOWS; w++)
			if (task->busy[set & mask][w] > most)
				most = task->busy[set & mask][w];
		world->busiest = (double)most / (days * task->open_ms);
	}
}

static int value_all(const struct task *task, uint32_t mask, struct reform_attribution *result)
{
	double means[REFORM_WORLDS], logs[REFORM_WORLDS];
	double players[REFORM_PLAYERS], levers[REFORM_LEVERS];

	measure_worlds(task, mask, result);
	for (uint32_t set = 0; set < REFORM_WORLDS; set++)
		means[set] = result->worlds[set].mean_min;
	if (!take_logs(means, logs))
		return -ERANGE;
	share_out(logs, players, levers);
	for (uint32_t p = 0; p < REFORM_PLAYERS; p++)
		result->players[p].value = players[p];
	for (uint32_t l = 0; l < REFORM_LEVERS; l++)
		result->levers[l].value = levers[l];
	result->log_ratio = logs[REFORM_WORLDS - 1] - logs[0];
	result->seeds_known = value_seeds(task, mask, result);
	return 0;
}

int reform_attribute(const struct scenario *before, const struct scenario *after,
		     const struct reform_seeds *seeds, struct reform_attribution *ret)
{
	struct task task = {.seeds = seeds,
			    .pieces = (seeds->days + PIECE_DAYS - 1) / PIECE_DAYS,
			    .lock = PTHREAD_MUTEX_INITIALIZER};
	struct reform_attribution result = {.log_ratio = 0};
	char fault[1024];
	uint32_t mask;
	int r = reform_check(before, after, fault, sizeof(fault));

	if (r < 0)
		return r;
	find_levers(before, after, result.differs, &mask);
	r = begin(&task, before, after, mask);
	if (r == 0)
		r = sim_parallel((size_t)task.brought_count * seeds->count * task.pieces,
				 seeds->threads, run_piece, &task);
	if (r == 0)
		r = value_all(&task, mask, &result);
	end(&task);
	if (r == 0)
		*ret = result;
	return r;
}
