/* The days of a hall with 37 departmental windows, and of the same hall with six windows for
 * everything and two that hand out what is ready. */
#include "tests/bench/reform_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HOURS = 8, /* 9 to 12 and 13 to 17 */
	OPENS = 9,
	EXTRA_WINDOWS = 6,
	POOLED = 6,
	SPECIAL_WINDOWS = 3, /* the first of the pooled ones */
	ISSUING = 2,
	MAX_VISITS = 8192,
};

/* Of an hour's arrivals; nobody comes at noon. */
static const double hour_weight[HOURS] = {1.5, 1.6, .9, 0, .8, 1.1, .8, .3};
static const double cases_a_day = 200, day_cv = .15, pick_up_chance = .6, uptake = .505;
static const double pick_up_min = 4, pick_up_cv = .5, item_sigma = .4;
static const struct {
	double rework_chance, service_min, service_cv;
} sides[] = {
	[WORLD_BEFORE] = {.30, 22, .9},
	[WORLD_AFTER] = {.08, 11, .6},
};

struct visit {
	double arrival_min, service_min, wait_min;
	int item;
	bool pick_up;
};

/* ---- chance --------------------------------------------------------------------------------- */

static double uniform(struct random *random)
{
	return (double)(random_next(random) >> 11) * 0x1p-53;
}

/* Box and Muller; the second value is left. */
static double normal(struct random *random)
{
	double radius = sqrt(-2 * log(1 - uniform(random)));

	return radius * cos(2 * M_PI * uniform(random));
}

static double lognormal(struct random *random, double mean, double cv)
{
	double square = log1p(cv * cv);

	return mean * exp(sqrt(square) * normal(random) - square / 2);
}

/* Knuth's product of uniforms: means of some hundreds are far from the least double. */
static int poisson(struct random *random, double mean)
{
	double product = uniform(random), limit = exp(-mean);
	int n = 0;

	for (; product > limit; n++)
		product *= uniform(random);
	return n;
}

double world_next_factor(struct random *random, double correlation, double *last)
{
	double square = log1p(day_cv * day_cv), fresh = normal(random);

	*last = *last == 0 ? fresh
			   : correlation * *last + sqrt(1 - correlation * correlation) * fresh;
	return exp(sqrt(square) * *last - square / 2);
}

/* ---- the hall ------------------------------------------------------------------------------- */

static double normal_quantile(double p)
{
	double low = -9, high = 9;

	for (int i = 0; i < 100; i++) {
		double middle = (low + high) / 2;

		*(erfc(-middle / M_SQRT2) / 2 < p ? &low : &high) = middle;
	}
	return low;
}

static void begin_items(struct world *world, double *ret_load)
{
	double all = 0, mean = 0;

	for (int r = 0; r < WORLD_ITEMS; r++) {
		world->log_factor[r] =
			item_sigma *
			normal_quantile(((389 * r + 194) % WORLD_ITEMS + .5) / WORLD_ITEMS);
		all += 1. / (r + 1);
		mean += exp(world->log_factor[r]) / (r + 1);
		world->chance[r] = all;
	}
	for (int r = 0; r < WORLD_ITEMS; r++) {
		world->chance[r] /= all;
		world->log_factor[r] -= log(mean / all);
		ret_load[r % WORLD_DEPARTMENTS] += exp(world->log_factor[r]) / (r + 1);
	}
}

void world_begin(struct world *ret_world)
{
	double load[WORLD_DEPARTMENTS] = {0};

	begin_items(ret_world, load);
	for (int d = 0; d < WORLD_DEPARTMENTS; d++)
		ret_world->windows[d] = 1;
	for (int i = 0; i < EXTRA_WINDOWS; i++) {
		int most = 0;

		for (int d = 1; d < WORLD_DEPARTMENTS; d++) {
			if (load[d] / ret_world->windows[d] > load[most] / ret_world->windows[most])
				most = d;
		}
		ret_world->windows[most]++;
	}
}

static bool special(const struct visit *visit)
{
	return visit->item % 28 == 27;
}

static bool fileable(int item)
{
	return item % 22 != 21 && item != WORLD_ITEMS - 1;
}

/* ---- the visits of a day -------------------------------------------------------------------- */

static int draw_item(const struct world *world, struct random *random)
{
	double u = uniform(random);
	int low = 0, high = WORLD_ITEMS - 1;

	while (low < high) {
		int middle = (low + high) / 2;

		if (world->chance[middle] > u)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static double draw_arrival(struct random *random)
{
	double u = 0;
	int hour = 0;

	for (int h = 0; h < HOURS; h++)
		u += hour_weight[h];
	u *= uniform(random);
	while (hour < HOURS - 1 && u >= hour_weight[hour])
		u -= hour_weight[hour++];
	return 60 * (OPENS + hour + uniform(random));
}

static void add_visit(const struct world *world, enum world_side side, struct random *random,
		      int item, bool pick_up, struct visit *visits, size_t *count)
{
	struct visit *visit = &visits[*count];

	if (*count == MAX_VISITS)
		return;
	++*count;
	visit->item = item;
	visit->pick_up = pick_up;
	visit->arrival_min = draw_arrival(random);
	if (pick_up)
		visit->service_min = lognormal(random, pick_up_min, pick_up_cv);
	else
		visit->service_min =
			lognormal(random, sides[side].service_min, sides[side].service_cv) *
			exp(world->log_factor[item]);
}

static int by_arrival(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;

	return (x->arrival_min > y->arrival_min) - (x->arrival_min < y->arrival_min);
}

static size_t draw_visits(const struct world *world, enum world_side side, double factor,
			  struct random *random, struct visit *visits)
{
	int cases = poisson(random, cases_a_day * factor);
	size_t count = 0;

	for (int i = 0; i < cases; i++) {
		int item = draw_item(world, random);

		if (side == WORLD_AFTER && fileable(item) && uniform(random) < uptake)
			continue;
		add_visit(world, side, random, item, false, visits, &count);
		if (uniform(random) < sides[side].rework_chance)
			add_visit(world, side, random, item, false, visits, &count);
		if (uniform(random) < pick_up_chance)
			add_visit(world, side, random, item, true, visits, &count);
	}
	qsort(visits, count, sizeof(*visits), by_arrival);
	return count;
}

/* ---- first come first served ---------------------------------------------------------------- */

/* One line for some windows that serve all of it: the first of the line goes to the first window
 * that is free. */
static void serve(struct visit *visit, double *free_min, int windows)
{
	int first = 0;

	for (int w = 1; w < windows; w++) {
		if (free_min[w] < free_min[first])
			first = w;
	}
	visit->wait_min = fmax(0, free_min[first] - visit->arrival_min);
	free_min[first] = visit->arrival_min + visit->wait_min + visit->service_min;
}

static void serve_departments(const struct world *world, struct visit *visits, size_t count)
{
	double free_min[WORLD_DEPARTMENTS][1 + EXTRA_WINDOWS] = {{0}};

	for (size_t i = 0; i < count; i++) {
		int d = visits[i].item % WORLD_DEPARTMENTS;

		serve(&visits[i], free_min[d], world->windows[d]);
	}
}

/* The line before the pooled windows, in the order of arrival. */
struct line {
	struct visit *visits[2][MAX_VISITS]; /* [1]: special items */
	size_t head[2], count[2];
};

/* The oldest ticket that the window may serve. */
static struct visit *take_oldest(struct line *line, int window)
{
	struct visit *oldest = NULL;
	int from = 0;

	for (int kind = 0; kind < (window < SPECIAL_WINDOWS ? 2 : 1); kind++) {
		if (line->head[kind] == line->count[kind])
			continue;
		if (!oldest || line->visits[kind][line->head[kind]] < oldest) {
			oldest = line->visits[kind][line->head[kind]];
			from = kind;
		}
	}
	if (oldest)
		line->head[from]++;
	return oldest;
}

static void start(struct visit *visit, double now_min, double *free_min)
{
	visit->wait_min = now_min - visit->arrival_min;
	*free_min = now_min + visit->service_min;
}

/* Windows that become free before `until` take from the line, in the order of becoming free. */
static void let_windows_take(struct line *line, double *free_min, double until)
{
	bool idle[POOLED] = {false};

	for (;;) {
		struct visit *visit;
		int first = -1;

		for (int w = 0; w < POOLED; w++) {
			if (!idle[w] && free_min[w] <= until &&
			    (first < 0 || free_min[w] < free_min[first]))
				first = w;
		}
		if (first < 0)
			return;
		visit = take_oldest(line, first);
		if (visit)
			start(visit, fmax(free_min[first], visit->arrival_min), &free_min[first]);
		else
			idle[first] = true;
	}
}

static void serve_pooled(struct visit *visits, size_t count)
{
	static _Thread_local struct line line;
	double free_min[POOLED] = {0}, issuing[ISSUING] = {0};

	memset(line.head, 0, sizeof(line.head));
	memset(line.count, 0, sizeof(line.count));
	for (size_t i = 0; i < count; i++) {
		int kind = special(&visits[i]);

		if (visits[i].pick_up) {
			serve(&visits[i], issuing, ISSUING);
			continue;
		}
		/* whoever is free now has been since before: the line holds nothing for it but this
		 */
		let_windows_take(&line, free_min, visits[i].arrival_min);
		line.visits[kind][line.count[kind]++] = &visits[i];
		let_windows_take(&line, free_min, visits[i].arrival_min);
	}
	let_windows_take(&line, free_min, INFINITY);
}

/* ---- a day's sums --------------------------------------------------------------------------- */

static int by_second(const void *a, const void *b)
{
	const struct compare_bin *x = a, *y = b;

	return (x->second > y->second) - (x->second < y->second);
}

static int64_t wait_ms(const struct visit *visit)
{
	return (int64_t)(visit->wait_min * 60000);
}

static void fill_bins(const struct visit *visits, size_t count, struct compare_day *day)
{
	struct compare_bin *bins = calloc(count + 1, sizeof(*bins));
	size_t used = 0;

	if (!bins) {
		fprintf(stderr, "out of memory\n");
		exit(2);
	}
	for (size_t i = 0; i < count; i++)
		bins[i] = (struct compare_bin){(uint32_t)(wait_ms(&visits[i]) / 1000), 1};
	qsort(bins, count, sizeof(*bins), by_second);
	for (size_t i = 1; i < count; i++) {
		if (bins[i].second == bins[used].second)
			bins[used].count++;
		else
			bins[++used] = bins[i];
	}
	day->known = bins;
	day->known_count = count ? used + 1 : 0;
}

static void sum_up(const struct visit *visits, size_t count, struct compare_day *day,
		   double *ret_squares)
{
	double squares = 0;

	day->n = day->decided = day->cases = (int64_t)count;
	for (size_t i = 0; i < count; i++) {
		int64_t ms = wait_ms(&visits[i]);

		day->sum_ms += ms;
		day->within += ms <= WORLD_TARGET_MS;
		squares += (double)ms * (double)ms;
	}
	if (!ret_squares)
		return;
	*ret_squares = squares;
	fill_bins(visits, count, day);
}

void world_day(const struct world *world, enum world_side side, double factor,
	       struct random *random, struct compare_day *ret_day, double *ret_squares)
{
	static _Thread_local struct visit visits[MAX_VISITS];
	size_t count = draw_visits(world, side, factor, random, visits);

	*ret_day = (struct compare_day){0};
	if (side == WORLD_BEFORE)
		serve_departments(world, visits, count);
	else
		serve_pooled(visits, count);
	sum_up(visits, count, ret_day, ret_squares);
}
