/* Standardised means of days, and of thousands of samples of days. */
#include "src/measure/standard.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = 1e-24;

/* ---- which cells ---------------------------------------------------------------------------- */

struct cell_total {
	int64_t before, after; /* visits */
	uint32_t column;       /* of the rows, where in use */
	bool used;
};

static int64_t add_visits(const struct compare_side *side, struct cell_total *totals, bool after)
{
	int64_t known = 0;

	for (size_t d = 0; d < side->count; d++) {
		const struct compare_day *day = &side->days[d];

		known += day->n;
		for (size_t i = 0; i < day->cell_count; i++)
			*(after ? &totals[day->cells[i].cell].after
				: &totals[day->cells[i].cell].before) += day->cells[i].n;
	}
	return known;
}

/* Decides in integers: visits in use of all of them. */
static void choose(const struct compare_input *input, struct cell_total *totals,
		   struct standard *standard)
{
	int64_t before = add_visits(&input->before, totals, false);
	int64_t after = add_visits(&input->after, totals, true), before_used = 0, after_used = 0;

	for (uint32_t c = 0; c < input->cells; c++) {
		if (totals[c].before < COMPARE_MIN_CELL || totals[c].after < COMPARE_MIN_CELL)
			continue;
		totals[c].used = true;
		totals[c].column = (uint32_t)standard->cells++;
		before_used += totals[c].before;
		after_used += totals[c].after;
	}
	if (!standard->cells)
		return;
	standard->overlap =
		fmin((double)before_used / (double)before, (double)after_used / (double)after);
	standard->enough = before_used * 10 >= before * 9 && after_used * 10 >= after * 9;
}

static int set_weights(const struct compare_input *input, const struct cell_total *totals,
		       struct standard *standard)
{
	int64_t all = 0;

	standard->weights = calloc(standard->cells, sizeof(*standard->weights));
	if (!standard->weights)
		return -ENOMEM;
	for (uint32_t c = 0; c < input->cells; c++)
		all += totals[c].used ? totals[c].before : 0;
	for (uint32_t c = 0; c < input->cells; c++) {
		if (totals[c].used)
			standard->weights[totals[c].column] =
				(double)totals[c].before / (double)all;
	}
	return 0;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void add_row(double *to, const double *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] += from[i];
}

static void fill_rows(const struct compare_side *from, const struct cell_total *totals,
		      struct standard_side *side)
{
	size_t width = 2 * side->cells;

	for (size_t d = 0; d < side->days; d++) {
		const struct compare_day *day = &from->days[d];
		double *row = &side->day_rows[d * width];

		for (size_t i = 0; i < day->cell_count; i++) {
			const struct cell_total *total = &totals[day->cells[i].cell];

			if (!total->used)
				continue;
			row[total->column] += (double)day->cells[i].sum_ms;
			row[side->cells + total->column] += day->cells[i].n;
		}
		add_row(side->sums, row, width);
	}
	for (size_t d = 0; d < side->days; d++) {
		for (size_t i = 0; i < COMPARE_BLOCK; i++)
			add_row(&side->block_rows[d * width],
				&side->day_rows[(d + i) % side->days * width], width);
	}
	for (size_t c = 0; c < side->cells; c++)
		side->means[c] = side->sums[c] / side->sums[side->cells + c];
}

static void finish_side(struct standard_side *side)
{
	free(side->day_rows);
	free(side->block_rows);
	free(side->means);
	free(side->sums);
	free(side->by_sum);
	free(side->by_visit);
	free(side->residuals);
	free(side->drawn);
	memset(side, 0, sizeof(*side));
}

static int begin_side(const struct compare_side *from, const struct cell_total *totals,
		      const struct standard *standard, struct standard_side *side)
{
	side->days = from->count;
	side->cells = standard->cells;
	side->weights = standard->weights;
	side->day_rows = calloc(side->days * side->cells * 2, sizeof(double));
	side->block_rows = calloc(side->days * side->cells * 2, sizeof(double));
	side->means = calloc(side->cells, sizeof(double));
	side->sums = calloc(side->cells * 2, sizeof(double));
	side->by_sum = calloc(side->cells, sizeof(double));
	side->by_visit = calloc(side->cells, sizeof(double));
	side->residuals = calloc(side->days, sizeof(double));
	side->drawn = calloc(side->days, sizeof(uint32_t));
	if (!side->day_rows || !side->block_rows || !side->means || !side->sums || !side->by_sum ||
	    !side->by_visit || !side->residuals || !side->drawn)
		return -ENOMEM;
	fill_rows(from, totals, side);
	return 0;
}

int standard_begin(const struct compare_input *input, struct standard *ret_standard)
{
	struct cell_total *totals = calloc(input->cells + 1, sizeof(*totals));
	struct standard standard = {0};
	int r = totals ? 0 : -ENOMEM;

	if (!r)
		choose(input, totals, &standard);
	if (!r && standard.enough)
		r = set_weights(input, totals, &standard);
	if (!r && standard.enough)
		r = begin_side(&input->before, totals, &standard, &standard.before);
	if (!r && standard.enough)
		r = begin_side(&input->after, totals, &standard, &standard.after);
	free(totals);
	if (r) {
		standard_finish(&standard);
		return r;
	}
	*ret_standard = standard;
	return 0;
}

void standard_finish(struct standard *standard)
{
	finish_side(&standard->before);
	finish_side(&standard->after);
	free(standard->weights);
	memset(standard, 0, sizeof(*standard));
}

/* ---- samples -------------------------------------------------------------------------------- */

/* Rows are taken four at a time: the processor has four sums to work at. */
enum { TOGETHER = 4 };

typedef void (*rows_fn)(struct standard_side *side, const double *rows, const uint32_t *days);

/* Sums of whole numbers are exact in any order, so a row that was drawn more than once is taken
 * once, as often as it was drawn. */
static void add_rows(struct standard_side *side, const double *rows, const uint32_t *days)
{
	size_t width = 2 * side->cells;
	const double *a = &rows[days[0] * width], *b = &rows[days[1] * width];
	const double *c = &rows[days[2] * width], *d = &rows[days[3] * width];
	double times[TOGETHER], *sums = side->sums;

	for (int i = 0; i < TOGETHER; i++)
		times[i] = side->drawn[days[i]];
	for (size_t i = 0; i < width; i++)
		sums[i] +=
			(times[0] * a[i] + times[1] * b[i]) + (times[2] * c[i] + times[3] * d[i]);
}

static void add_one_row(struct standard_side *side, const double *rows, const uint32_t *days)
{
	const double *row = &rows[days[0] * 2 * side->cells];

	for (size_t i = 0; i < 2 * side->cells; i++)
		side->sums[i] += side->drawn[days[0]] * row[i];
}

static void find_residuals(struct standard_side *side, const double *rows, const uint32_t *days)
{
	size_t n = side->cells;
	const double *a = &rows[days[0] * 2 * n], *b = &rows[days[1] * 2 * n];
	const double *c = &rows[days[2] * 2 * n], *d = &rows[days[3] * 2 * n];
	double sums[TOGETHER] = {0};

	for (size_t i = 0; i < n; i++) {
		double x = side->by_sum[i], y = side->by_visit[i];

		sums[0] += x * a[i] - y * a[n + i];
		sums[1] += x * b[i] - y * b[n + i];
		sums[2] += x * c[i] - y * c[n + i];
		sums[3] += x * d[i] - y * d[n + i];
	}
	for (int i = 0; i < TOGETHER; i++)
		side->residuals[days[i]] = sums[i];
}

static void find_residual(struct standard_side *side, const double *rows, const uint32_t *days)
{
	const uint32_t same[TOGETHER] = {days[0], days[0], days[0], days[0]};

	find_residuals(side, rows, same);
}

/* fn for the rows that were drawn, one_fn for those left over. */
static void each_drawn(struct standard_side *side, const double *rows, rows_fn fn, rows_fn one_fn)
{
	uint32_t days[TOGETHER];
	size_t count = 0;

	for (size_t d = 0; d < side->days; d++) {
		if (!side->drawn[d])
			continue;
		days[count++] = (uint32_t)d;
		if (count == TOGETHER) {
			fn(side, rows, days);
			count = 0;
		}
	}
	for (size_t i = 0; i < count; i++)
		one_fn(side, rows, &days[i]);
}

/* The mean, and the factors of the residuals. */
static double standard_mean(struct standard_side *side, uint32_t replicas)
{
	double mean = 0;

	for (size_t c = 0; c < side->cells; c++) {
		double visits = side->sums[side->cells + c];
		double cell = visits > 0 ? side->sums[c] / visits : side->means[c];

		side->by_sum[c] = visits > 0 ? side->weights[c] / (visits / replicas) : 0;
		side->by_visit[c] = side->by_sum[c] * cell;
		mean += side->weights[c] * cell;
	}
	return mean;
}

void standard_estimate(void *side_data, const struct interval_sample *sample,
		       struct interval_estimate *ret_estimate)
{
	struct standard_side *side = side_data;
	const double *rows = sample->span == 1 ? side->day_rows : side->block_rows;
	double mean, squares = 0, square;

	memset(side->drawn, 0, side->days * sizeof(*side->drawn));
	memset(side->sums, 0, 2 * side->cells * sizeof(*side->sums));
	for (size_t i = 0; i < sample->count; i++)
		side->drawn[sample->starts[i]]++;
	each_drawn(side, rows, add_rows, add_one_row);
	mean = standard_mean(side, sample->replicas);
	each_drawn(side, rows, find_residuals, find_residual);
	for (size_t i = 0; i < sample->count; i++) {
		double residual = side->residuals[sample->starts[i]];

		squares += residual * residual;
	}
	squares *= interval_factor(sample) / ((double)sample->replicas * sample->replicas);
	square = mean * mean;
	if (squares < rounding * square)
		squares = 0;
	*ret_estimate = (struct interval_estimate){
		.known = true,
		.log_known = mean > 0,
		.value = mean,
		.variance = squares,
		.log_value = mean > 0 ? log(mean) : 0,
		.log_variance = mean > 0 ? squares / square : 0,
	};
}
