/* The P90 of any sample of days, fast enough for thousands of samples: a table of cumulative
 * counts, one row a second, one column a day, in which a rank is searched by halving. */
#include "src/measure/quantile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double z975 = 1.959963984540054;

/* ---- the table ------------------------------------------------------------------------------ */

/* Merges the seconds of one day into the rows. */
static size_t merge(const uint32_t *rows, size_t count, const struct compare_day *day,
		    uint32_t *ret)
{
	size_t i = 0, j = 0, n = 0;

	while (i < count || j < day->known_count) {
		if (j == day->known_count || (i < count && rows[i] < day->known[j].second)) {
			ret[n++] = rows[i++];
			continue;
		}
		if (i < count && rows[i] == day->known[j].second)
			i++;
		ret[n++] = day->known[j++].second;
	}
	return n;
}

static int collect_rows(struct quantile_side *side)
{
	for (size_t d = 0; d < side->day_count; d++) {
		const struct compare_day *day = &side->days[d];
		uint32_t *merged;

		if (!day->known_count)
			continue;
		merged = malloc((side->rows + day->known_count) * sizeof(*merged));
		if (!merged)
			return -ENOMEM;
		side->rows = merge(side->seconds, side->rows, day, merged);
		free(side->seconds);
		side->seconds = merged;
	}
	return 0;
}

static void fill_column(struct quantile_side *side, size_t d)
{
	const struct compare_day *day = &side->days[d];
	uint64_t sum = 0;
	size_t bin = 0;

	for (size_t row = 0; row < side->rows; row++) {
		if (bin < day->known_count && day->known[bin].second == side->seconds[row])
			sum += day->known[bin++].count;
		if ((row + 1) % side->step == 0)
			side->table[row / side->step * side->day_count + d] = (uint32_t)sum;
	}
	side->totals[d] = sum;
}

int quantile_begin(const struct compare_day *days, size_t count, size_t table_bytes,
		   struct quantile_side *ret_side)
{
	struct quantile_side side = {.days = days, .day_count = count, .step = 1};
	size_t most = table_bytes / sizeof(*side.table) / (count + 1) + 1;

	if (collect_rows(&side))
		goto err;
	while (side.rows / side.step > most)
		side.step *= 2;
	side.table = calloc(side.rows / side.step * count + 1, sizeof(*side.table));
	side.totals = calloc(count + 1, sizeof(*side.totals));
	side.weights = calloc(count + 1, sizeof(*side.weights));
	if (!side.table || !side.totals || !side.weights)
		goto err;
	for (size_t d = 0; d < count; d++)
		fill_column(&side, d);
	*ret_side = side;
	return 0;
err:
	quantile_finish(&side);
	return -ENOMEM;
}

void quantile_finish(struct quantile_side *side)
{
	free(side->seconds);
	free(side->table);
	free(side->totals);
	free(side->weights);
	memset(side, 0, sizeof(*side));
}

/* ---- counts of a sample --------------------------------------------------------------------- */

/* Visits of a day behind row `after` up to row `row`; after == -1: from the first. */
static uint64_t count_between(const struct quantile_side *side, size_t d, size_t after, size_t row)
{
	const struct compare_day *day = &side->days[d];
	size_t low = 0, high = day->known_count;
	uint64_t sum = 0;

	while (after != SIZE_MAX && low < high) {
		size_t middle = low + (high - low) / 2;

		if (day->known[middle].second <= side->seconds[after])
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < day->known_count && day->known[low].second <= side->seconds[row]; low++)
		sum += day->known[low].count;
	return sum;
}

/* The row of the table at or before a row, or NULL; ret_row: which that is, SIZE_MAX none. */
static const uint32_t *table_row(const struct quantile_side *side, size_t row, size_t *ret_row)
{
	size_t rows = (row + 1) / side->step;

	*ret_row = rows ? rows * side->step - 1 : SIZE_MAX;
	return rows ? &side->table[(rows - 1) * side->day_count] : NULL;
}

static uint64_t day_upto(const struct quantile_side *side, size_t d, size_t row)
{
	size_t at;
	const uint32_t *counts = table_row(side, row, &at);
	uint64_t sum = counts ? counts[d] : 0;

	return at == row ? sum : sum + count_between(side, d, at, row);
}

static uint64_t sample_upto(const struct quantile_side *side, size_t row)
{
	size_t at;
	const uint32_t *counts = table_row(side, row, &at);
	uint64_t sum = 0;

	for (size_t d = 0; counts && d < side->day_count; d++)
		sum += (uint64_t)side->weights[d] * counts[d];
	for (size_t d = 0; at != row && d < side->day_count; d++) {
		if (side->weights[d])
			sum += side->weights[d] * count_between(side, d, at, row);
	}
	return sum;
}

/* The row of the rank-th wait of the sample, 1 the shortest. Looks at rows of the table as long as
 * there is one to halve by. */
static size_t row_of_rank(const struct quantile_side *side, uint64_t rank)
{
	size_t low = 0, high = side->rows - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (high - low >= side->step) {
			middle = middle / side->step * side->step + side->step - 1;
			if (middle >= high)
				middle -= side->step;
		}
		if (sample_upto(side, middle) >= rank)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static uint64_t weigh(struct quantile_side *side, const struct interval_sample *sample)
{
	uint64_t total = 0;

	memset(side->weights, 0, side->day_count * sizeof(*side->weights));
	for (size_t i = 0; i < sample->count; i++) {
		for (size_t j = 0; j < sample->span; j++)
			side->weights[interval_day(sample->starts[i], j, side->day_count)]++;
	}
	for (size_t d = 0; d < side->day_count; d++)
		total += side->weights[d] * side->totals[d];
	return total;
}

/* ---- Woodruff ------------------------------------------------------------------------------- */

/* Variance of the share of visits up to a row. */
static double share_variance(const struct quantile_side *side, const struct interval_sample *sample,
			     size_t row, uint64_t total)
{
	__extension__ typedef __int128 wide;
	uint64_t upto = sample_upto(side, row);
	double squares = 0;

	for (size_t i = 0; i < sample->count; i++) {
		uint64_t m = 0, n = 0;
		double residual;

		for (size_t j = 0; j < sample->span; j++) {
			size_t d = interval_day(sample->starts[i], j, side->day_count);

			m += day_upto(side, d, row);
			n += side->totals[d];
		}
		residual = (double)((wide)m * total - (wide)n * upto) / (double)total;
		squares += residual * residual;
	}
	return squares * interval_factor(sample) / ((double)total * (double)total);
}

static double second_at_rank(const struct quantile_side *side, double rank, uint64_t total,
			     uint32_t replicas)
{
	uint64_t n = total / replicas;
	double most = (double)n;

	rank = rank < 1 ? 1 : rank > most ? most : rank;
	return side->seconds[row_of_rank(side, (uint64_t)rank * replicas)];
}

static double log_seconds(double seconds)
{
	return log(seconds < 1 ? 1 : seconds);
}

void quantile_p90_estimate(void *side_data, const struct interval_sample *sample,
			   struct interval_estimate *ret_estimate)
{
	struct quantile_side *side = side_data;
	uint64_t total = weigh(side, sample), n = total / sample->replicas;
	double low, high, step, se;
	size_t row;

	*ret_estimate = (struct interval_estimate){0};
	if (!total)
		return;
	row = row_of_rank(side, (n * 9 + 9) / 10 * sample->replicas);
	step = z975 * sqrt(share_variance(side, sample, row, total));
	low = second_at_rank(side, ceil((.9 - step) * (double)n), total, sample->replicas);
	high = second_at_rank(side, ceil((.9 + step) * (double)n), total, sample->replicas);
	ret_estimate->known = ret_estimate->log_known = true;
	ret_estimate->value = 1000. * side->seconds[row];
	se = 1000 * (high - low) / (2 * z975);
	ret_estimate->variance = se * se;
	ret_estimate->log_value = log_seconds(side->seconds[row]);
	se = (log_seconds(high) - log_seconds(low)) / (2 * z975);
	ret_estimate->log_variance = se * se;
}
