/* What an interval that says 95% holds: samples of days are drawn from a world whose truth is known
 * (reform_world.h), intervals are made of them by the code of the reports, and those that hold the
 * truth are counted. Beside them the interval that counts visits instead of days.
 *
 *     bench-coverage [TRIALS]        4,000 by default: about five minutes of processor time
 *
 * Independent days are drawn from pools of 12,000 a side, of which the truth is exact. "arrivals
 * .2": the factors of the days' arrivals are autoregressive, 40 days that follow each other are
 * simulated for each trial. "waits .2": days of the pool are drawn so that the ranks of their waits
 * are autoregressive themselves, which is harder. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/quantile.h"
#include "src/measure/ratio.h"
#include "tests/bench/reform_world.h"

enum { POOL = 12000, MOST_DAYS = 60, CORRELATED_DAYS = 40, THREADS = 2, BAR_PERCENT = 93 };
enum stream { STREAM_DAYS, STREAM_BLOCKS };

static const double z975 = 1.959963984540054;

struct pool {
	struct compare_day days[POOL];
	double squares[POOL]; /* of each day, ms^2 */
	int by_wait[POOL];    /* days in the order of S - m n */
	double mean_ms, share;
	uint32_t p90_s;
};

static struct world world;
static struct pool pools[2];
static int trials = 4000;

static void *must(void *memory)
{
	if (!memory) {
		fprintf(stderr, "bench-coverage: out of memory\n");
		exit(2);
	}
	return memory;
}

/* ---- work on all processors ----------------------------------------------------------------- */

struct work {
	void (*fn)(void *user, int index);
	void *user;
	int count;
	atomic_int next;
};

static void *run_work(void *work_data)
{
	struct work *work = work_data;

	for (int i; (i = atomic_fetch_add(&work->next, 1)) < work->count;)
		work->fn(work->user, i);
	return NULL;
}

/* What an index does depends on nothing but the index: the same on any number of threads. */
static void run_all(void (*fn)(void *user, int index), void *user, int count)
{
	struct work work = {.fn = fn, .user = user, .count = count};
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, run_work, &work)) {
			fprintf(stderr, "bench-coverage: no thread\n");
			exit(2);
		}
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* ---- pools ---------------------------------------------------------------------------------- */

static void simulate_day(void *user, int index)
{
	int side = index % 2, day = index / 2;
	struct random random;
	double last = 0;

	(void)user;
	random_begin(&random, 1000 + (uint64_t)day, (unsigned)side);
	world_day(&world, (enum world_side)side, world_next_factor(&random, 0, &last), &random,
		  &pools[side].days[day], &pools[side].squares[day]);
}

static const struct pool *sorted;

static double excess(int day)
{
	return (double)sorted->days[day].sum_ms - sorted->mean_ms * (double)sorted->days[day].n;
}

static int by_excess(const void *a, const void *b)
{
	double x = excess(*(const int *)a), y = excess(*(const int *)b);

	return (x > y) - (x < y);
}

static uint32_t nearest_p90(const struct pool *pool, int64_t n)
{
	enum { LONGEST_S = 1 << 17 };
	int64_t *counts = must(calloc(LONGEST_S, sizeof(*counts))), seen = 0;
	uint32_t second = 0;

	for (int d = 0; d < POOL; d++) {
		for (size_t i = 0; i < pool->days[d].known_count; i++) {
			uint32_t at = pool->days[d].known[i].second;

			counts[at < LONGEST_S ? at : LONGEST_S - 1] += pool->days[d].known[i].count;
		}
	}
	for (seen = counts[0]; 10 * seen < 9 * n; seen += counts[second])
		second++;
	free(counts);
	return second;
}

static void find_truth(struct pool *pool)
{
	int64_t n = 0, sum = 0, within = 0;

	for (int d = 0; d < POOL; d++) {
		n += pool->days[d].n;
		sum += pool->days[d].sum_ms;
		within += pool->days[d].within;
		pool->by_wait[d] = d;
	}
	pool->mean_ms = (double)sum / (double)n;
	pool->share = (double)within / (double)n;
	pool->p90_s = nearest_p90(pool, n);
	sorted = pool;
	qsort(pool->by_wait, POOL, sizeof(*pool->by_wait), by_excess);
}

static void make_pools(void)
{
	world_begin(&world);
	run_all(simulate_day, NULL, 2 * POOL);
	find_truth(&pools[WORLD_BEFORE]);
	find_truth(&pools[WORLD_AFTER]);
	printf("The world, %d days a side          before    after\n", POOL);
	printf("  mean, min (elsewhere 13.37, .934)  %6.2f   %6.3f\n", pools[0].mean_ms / 60000,
	       pools[1].mean_ms / 60000);
	printf("  P90, min (43.4, 2.76)              %6.2f   %6.2f\n", pools[0].p90_s / 60.,
	       pools[1].p90_s / 60.);
	printf("  within 15 min (77.4%%, 98.9%%)       %5.1f%%   %5.1f%%\n", 100 * pools[0].share,
	       100 * pools[1].share);
	printf("  reduction of the mean (93.0%%)              %5.1f%%\n\n",
	       100 * (1 - pools[1].mean_ms / pools[0].mean_ms));
}

/* ---- samples -------------------------------------------------------------------------------- */

enum dependence { INDEPENDENT, ARRIVALS, WAITS };

struct plan {
	const char *name;
	int days;
	enum dependence dependence;
	double correlation;
	bool p90, share;
	struct outcome *outcomes; /* one each trial */
};

/* Of one trial; half: of the reduction, in points. */
struct held {
	bool days, blocks, hull;
	double half;
};

struct outcome {
	struct held mean, p90, share;
	bool naive;
	double sum_ms[2], n[2];
	struct interval_ends days, blocks; /* of the mean, until the truth is known */
};

struct sample {
	struct compare_day days[MOST_DAYS];
	int64_t n[MOST_DAYS], sum_ms[MOST_DAYS], within[MOST_DAYS];
	double squares, total_n, total_ms;
	size_t count;
};

static int rank_of_day(double normal_value)
{
	int rank = (int)(erfc(-normal_value / M_SQRT2) / 2 * POOL);

	return rank < POOL ? rank : POOL - 1;
}

static void draw_days(const struct plan *plan, int side, struct random *random,
		      struct sample *ret_sample)
{
	const struct pool *pool = &pools[side];
	double last = 0;

	memset(ret_sample, 0, sizeof(*ret_sample));
	ret_sample->count = (size_t)plan->days;
	for (int d = 0; d < plan->days; d++) {
		struct compare_day *day = &ret_sample->days[d];
		double factor = world_next_factor(random, plan->correlation, &last);
		int from = (int)random_below(random, POOL);

		if (plan->dependence == ARRIVALS) {
			world_day(&world, (enum world_side)side, factor, random, day, NULL);
		} else {
			if (plan->dependence == WAITS)
				from = pool->by_wait[rank_of_day(last)];
			*day = pool->days[from];
			ret_sample->squares += pool->squares[from];
		}
		ret_sample->n[d] = day->n;
		ret_sample->sum_ms[d] = day->sum_ms;
		ret_sample->within[d] = day->within;
		ret_sample->total_n += (double)day->n;
		ret_sample->total_ms += (double)day->sum_ms;
	}
}

/* ---- intervals ------------------------------------------------------------------------------ */

static bool holds(double low, double high, double truth)
{
	return low <= truth && truth <= high;
}

static struct held judge(const struct interval_ends *days, const struct interval_ends *blocks,
			 double truth)
{
	double low = fmin(days->low, blocks->low), high = fmax(days->high, blocks->high);

	return (struct held){holds(days->low, days->high, truth),
			     holds(blocks->low, blocks->high, truth), holds(low, high, truth),
			     100 * (exp(high) - exp(low)) / 2};
}

static void make_ends(interval_fn fn, void *before, void *after, size_t days, uint64_t seed,
		      bool logs, struct interval_ends *ret_days, struct interval_ends *ret_blocks)
{
	uint32_t starts[MOST_DAYS];
	/* differences that are looked at are those of shares */
	struct interval_request request = {fn, before, after,	    days,   days,
					   1,  seed,   STREAM_DAYS, starts, !logs};

	interval_make(&request, logs ? ret_days : NULL, logs ? NULL : ret_days);
	request.span = COMPARE_BLOCK;
	request.stream = STREAM_BLOCKS;
	interval_make(&request, logs ? ret_blocks : NULL, logs ? NULL : ret_blocks);
}

static void make_p90(struct sample samples[2], uint64_t seed, struct held *ret_held)
{
	struct quantile_side sides[2];
	struct interval_ends days, blocks;

	for (int side = 0; side < 2; side++) {
		if (quantile_begin(samples[side].days, samples[side].count, QUANTILE_TABLE_BYTES,
				   &sides[side]))
			must(NULL);
	}
	make_ends(quantile_p90_estimate, &sides[0], &sides[1], samples[0].count, seed, true, &days,
		  &blocks);
	*ret_held = judge(&days, &blocks, log((double)pools[1].p90_s / pools[0].p90_s));
	quantile_finish(&sides[0]);
	quantile_finish(&sides[1]);
}

/* A half-width of a share is in points as it is. */
static void make_share(struct sample samples[2], uint64_t seed, struct held *ret_held)
{
	struct ratio_side sides[2];
	struct interval_ends days, blocks;

	for (int side = 0; side < 2; side++)
		sides[side] = (struct ratio_side){samples[side].within, samples[side].n,
						  samples[side].count};
	make_ends(ratio_estimate, &sides[0], &sides[1], samples[0].count, seed, false, &days,
		  &blocks);
	*ret_held = judge(&days, &blocks, pools[1].share - pools[0].share);
	ret_held->half = 100 * (fmax(days.high, blocks.high) - fmin(days.low, blocks.low)) / 2;
}

/* As if each visit had waited by itself: the delta method over visits. */
static bool naive_holds(struct sample samples[2], double truth)
{
	double means[2], square = 0, point, half;

	for (int side = 0; side < 2; side++) {
		double n = samples[side].total_n, mean = samples[side].total_ms / n;

		means[side] = mean;
		square += (samples[side].squares / n - mean * mean) / (n - 1) / (mean * mean);
	}
	point = log(means[1] / means[0]);
	half = z975 * sqrt(square);
	return holds(point - half, point + half, truth);
}

static double pool_truth(void)
{
	return log(pools[1].mean_ms / pools[0].mean_ms);
}

static void run_trial(void *plan_data, int index)
{
	static _Thread_local struct sample samples[2];
	const struct plan *plan = plan_data;
	struct outcome *outcome = &plan->outcomes[index];
	struct ratio_side sides[2];
	struct random random;
	uint64_t seed;

	random_begin(&random, (uint64_t)index * 100 + (uint64_t)plan->days, 7);
	seed = random_next(&random);
	for (int side = 0; side < 2; side++) {
		draw_days(plan, side, &random, &samples[side]);
		sides[side] = (struct ratio_side){samples[side].sum_ms, samples[side].n,
						  samples[side].count};
		outcome->sum_ms[side] = samples[side].total_ms;
		outcome->n[side] = samples[side].total_n;
	}
	make_ends(ratio_estimate, &sides[0], &sides[1], samples[0].count, seed, true,
		  &outcome->days, &outcome->blocks);
	outcome->naive = plan->dependence == INDEPENDENT && naive_holds(samples, pool_truth());
	if (plan->p90)
		make_p90(samples, seed, &outcome->p90);
	if (plan->share)
		make_share(samples, seed, &outcome->share);
}

/* ---- the table ------------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Nearest ranks. Intervals with no end count as the widest. */
static void print_halves(double *halves)
{
	qsort(halves, (size_t)trials, sizeof(*halves), by_value);
	printf("  half-width %5.2f points (median), %5.2f (nine of ten under)\n",
	       halves[(trials + 1) / 2 - 1], halves[(trials * 9 + 9) / 10 - 1]);
}

static double percent(int count)
{
	return 100. * count / trials;
}

static void print_row(const char *plan, const char *figure, const struct outcome *outcomes,
		      size_t offset, bool bar)
{
	double *halves = must(calloc((size_t)trials, sizeof(*halves))), hull, p;
	int days = 0, blocks = 0, both = 0;

	for (int i = 0; i < trials; i++) {
		const struct held *held = (const void *)((const char *)&outcomes[i] + offset);

		days += held->days;
		blocks += held->blocks;
		both += held->hull;
		halves[i] = held->half;
	}
	hull = percent(both);
	p = hull / 100;
	printf("%-22s %-6s days %5.1f  blocks %5.1f  hull %5.1f +- %.1f", plan, figure,
	       percent(days), percent(blocks), hull, 100 * sqrt(p * (1 - p) / trials));
	printf("  %s", !bar ? "       " : hull >= BAR_PERCENT ? "met    " : "not met");
	print_halves(halves);
	free(halves);
}

/* The truth of simulated sequences is that of all of them together: hundreds of thousands of days.
 */
static double truth_of(const struct plan *plan)
{
	double sum_ms[2] = {0}, n[2] = {0};

	if (plan->dependence != ARRIVALS)
		return pool_truth();
	for (int i = 0; i < trials; i++) {
		for (int side = 0; side < 2; side++) {
			sum_ms[side] += plan->outcomes[i].sum_ms[side];
			n[side] += plan->outcomes[i].n[side];
		}
	}
	return log(sum_ms[1] / n[1] / (sum_ms[0] / n[0]));
}

static void run_plan(struct plan *plan)
{
	double truth;
	int naive = 0;

	plan->outcomes = must(calloc((size_t)trials, sizeof(*plan->outcomes)));
	run_all(run_trial, plan, trials);
	truth = truth_of(plan);
	for (int i = 0; i < trials; i++) {
		struct outcome *outcome = &plan->outcomes[i];

		outcome->mean = judge(&outcome->days, &outcome->blocks, truth);
		naive += outcome->naive;
	}
	print_row(plan->name, "mean", plan->outcomes, offsetof(struct outcome, mean),
		  plan->dependence == INDEPENDENT);
	if (plan->p90)
		print_row(plan->name, "P90", plan->outcomes, offsetof(struct outcome, p90), true);
	if (plan->share)
		print_row(plan->name, "share", plan->outcomes, offsetof(struct outcome, share),
			  false);
	if (plan->dependence == INDEPENDENT)
		printf("%-22s %-6s visits %5.1f\n", plan->name, "mean", percent(naive));
	fflush(stdout);
	free(plan->outcomes);
}

int main(int argc, char **argv)
{
	struct plan plans[] = {
		{"20 days", 20, INDEPENDENT, 0, false, true, NULL},
		{"40 days", 40, INDEPENDENT, 0, true, true, NULL},
		{"60 days", 60, INDEPENDENT, 0, false, true, NULL},
		{"40 days, arrivals .2", CORRELATED_DAYS, ARRIVALS, .2, false, false, NULL},
		{"40 days, arrivals .5", CORRELATED_DAYS, ARRIVALS, .5, false, false, NULL},
		{"40 days, waits .2", CORRELATED_DAYS, WAITS, .2, false, false, NULL},
		{"40 days, waits .5", CORRELATED_DAYS, WAITS, .5, false, false, NULL},
	};

	if (argc > 1)
		trials = atoi(argv[1]);
	if (trials < 1) {
		fprintf(stderr, "usage: bench-coverage [TRIALS]\n");
		return 2;
	}
	make_pools();
	printf("Of %d intervals that say 95%%, so many hold the truth, in %%:\n", trials);
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++)
		run_plan(&plans[i]);
	for (int side = 0; side < 2; side++) {
		for (int d = 0; d < POOL; d++)
			free((void *)pools[side].days[d].known);
	}
	return 0;
}
