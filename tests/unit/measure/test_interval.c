/* Estimates and their variances worked out by hand, ranks of resamples from a figure whose every
 * deviation is known, and a table that is too small for its rows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/random.h"
#include "src/measure/interval.h"
#include "src/measure/quantile.h"
#include "src/measure/ratio.h"
#include "src/measure/standard.h"

static const double z = 1.959963984540054;

static void near_to(double value, double wanted)
{
	if (fabs(value - wanted) > 1e-12 * fmax(1, fabs(wanted)))
		fail_msg("%.17g, wanted %.17g", value, wanted);
}

/* ---- ratio ---------------------------------------------------------------------------------- */

/* m = 600 / 4 = 150, e = -50, -100, 150, sum of squares 35,000; 3/2 of it by 600^2 and by 4^2. */
static void a_ratio_of_three_days(void **state)
{
	static const int64_t over[] = {100, 200, 300}, under[] = {1, 2, 1};
	static uint32_t starts[] = {0, 1, 2};
	struct ratio_side side = {over, under, 3};
	struct interval_sample sample = {starts, 3, 1, 1};
	struct interval_estimate found;

	(void)state;
	ratio_estimate(&side, &sample, &found);
	assert_true(found.known && found.log_known);
	near_to(found.value, 150);
	near_to(found.variance, 52500. / 16);
	near_to(found.log_value, log(150));
	near_to(found.log_variance, 52500. / 360000);
}

/* Ten days of 10, but 15 on the first and 5 on the sixth: every block of five has one of the two,
 * E = 5 or -5, and of ten blocks 10 * 25 * K / (K - 1) / 5 = 100. */
static void all_blocks_and_drawn_ones(void **state)
{
	static const int64_t over[] = {15, 10, 10, 10, 10, 5, 10, 10, 10, 10};
	static const int64_t under[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static uint32_t starts[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, alike[] = {0, 6},
			apart[] = {6, 5};
	struct ratio_side side = {over, under, 10};
	struct interval_estimate found;

	(void)state;
	ratio_estimate(&side, &(struct interval_sample){starts, 10, 5, 5}, &found);
	near_to(found.value, 10);
	near_to(found.log_variance, .01);
	near_to(found.variance, 1);
	/* days 0 to 4, and 6 to 9 with 0: 55 each, with nothing between them */
	ratio_estimate(&side, &(struct interval_sample){alike, 2, 5, 1}, &found);
	near_to(found.value, 11);
	assert_true(found.variance == 0 && found.log_variance == 0);
	/* 55 and 45 */
	ratio_estimate(&side, &(struct interval_sample){apart, 2, 5, 1}, &found);
	near_to(found.log_variance, .01);
}

/* 1/3 of 3, 2/3 of 6: the mean is no double, and yet nothing is left. */
static void days_alike_have_no_variance(void **state)
{
	static const int64_t over[] = {7, 14, 21}, under[] = {3, 6, 9}, none[] = {0, 0, 0};
	static uint32_t starts[] = {0, 1, 2};
	struct interval_sample sample = {starts, 3, 1, 1};
	struct interval_estimate found;

	(void)state;
	ratio_estimate(&(struct ratio_side){over, under, 3}, &sample, &found);
	assert_true(found.known && found.variance == 0);
	ratio_estimate(&(struct ratio_side){none, under, 3}, &sample, &found);
	assert_true(found.known && found.value == 0 && !found.log_known);
	ratio_estimate(&(struct ratio_side){over, none, 3}, &sample, &found);
	assert_false(found.known || found.log_known);
}

/* ---- resamples ------------------------------------------------------------------------------ */

/* A side whose k-th sample says what it is told to; the first is the side itself. */
struct told {
	int calls, undefined;
	const double *values;
};

static void tell(void *side, const struct interval_sample *sample, struct interval_estimate *ret)
{
	struct told *told = side;
	int call = told->calls++;

	(void)sample;
	*ret = (struct interval_estimate){.known = true, .log_known = true};
	if (!told->values)
		return;
	ret->variance = 4;
	ret->log_variance = call && call <= told->undefined ? 0 : .25;
	if (call) {
		ret->value = 100 + told->values[call - 1];
		ret->log_value = 1 + told->values[call - 1];
	} else {
		ret->value = 100;
		ret->log_value = 1;
	}
}

/* Deviations 1 to 1,999 in some order, so that t* of rank r is r / .5 in logarithms, r / 2 else. */
static void make(int undefined, struct interval_ends *ret_log, struct interval_ends *ret_change)
{
	static double values[1999];
	uint32_t starts[30];
	struct told before = {0}, after = {.undefined = undefined, .values = values};
	struct interval_request request = {.fn = tell,
					   .before = &before,
					   .after = &after,
					   .before_days = 20,
					   .after_days = 30,
					   .span = 1,
					   .starts = starts};

	for (int i = 0; i < 1999; i++)
		values[i] = 1 + i * 1000 % 1999;
	interval_make(&request, ret_log, ret_change);
	assert_int_equal(before.calls, 2000);
	assert_int_equal(after.calls, 2000);
}

static void the_ends_are_ranks_50_and_1950(void **state)
{
	struct interval_ends log_ends, change;

	(void)state;
	make(0, &log_ends, &change);
	near_to(log_ends.se, .5);
	near_to(log_ends.low, 1 - 1950);
	near_to(log_ends.high, 1 - 50);
	near_to(change.se, 2);
	near_to(change.low, 100 - 1950);
	near_to(change.high, 100 - 50);
	assert_int_equal(log_ends.undefined, 0);
}

/* The first is below all others, the second above, and so on: with 98 each end loses 49 ranks, the
 * 99th takes the 50th of the low ones. */
static void undefined_resamples_lie_outside_in_turn(void **state)
{
	struct interval_ends log_ends, change;

	(void)state;
	make(98, &log_ends, &change);
	assert_int_equal(log_ends.undefined, 98);
	assert_int_equal(change.undefined, 0);
	assert_true(isfinite(log_ends.low) && isfinite(log_ends.high));
	make(99, &log_ends, &change);
	assert_true(isfinite(log_ends.low));
	assert_true(isinf(log_ends.high) && log_ends.high > 0);
	make(100, &log_ends, &change);
	assert_true(isinf(log_ends.low) && log_ends.low < 0);
	assert_true(isfinite(change.low) && isfinite(change.high));
}

/* A difference of shares of .6 with SE .32: atanh is log 2, its error .32 / (1 - .36) = .5.
 * Resamples lie so that t* of rank r is (r - 1000) / 1000: the ends are those of log 2 -+ .95 * .5,
 * brought back by tanh; on the plain scale the upper one would be .6 + .95 * .32 = .904. */
static void tell_shares(void *side, const struct interval_sample *sample,
			struct interval_estimate *ret)
{
	struct told *told = side;
	int call = told->calls++;
	double t = call ? (1 + (call - 1) * 1000 % 1999 - 1000) / 1000. : 0;

	(void)sample;
	*ret = (struct interval_estimate){.known = true};
	if (!told->undefined)
		return;
	ret->value = tanh(log(2) + .5 * t);
	ret->variance = pow(.5 * (1 - ret->value * ret->value), 2);
}

static void the_ends_of_shares_lie_inside(void **state)
{
	uint32_t starts[20];
	struct told before = {0}, after = {.undefined = 1};
	struct interval_request request = {.fn = tell_shares,
					   .before = &before,
					   .after = &after,
					   .before_days = 20,
					   .after_days = 20,
					   .span = 1,
					   .share = true,
					   .starts = starts};
	struct interval_ends change;

	(void)state;
	interval_make(&request, NULL, &change);
	near_to(change.se, .32);
	assert_true(fabs(change.low - 0.214751) < 1e-6);
	assert_true(fabs(change.high - 0.823677) < 1e-6);
	assert_int_equal(change.undefined, 0);
}

/* Shares of .98 before and .02 after, nearly all of what is missing on one day of either side:
 * there are resamples with a small error far away, and on the plain scale the interval left
 * these bounds. */
static void no_share_falls_by_more_than_all(void **state)
{
	int64_t within[2][20], decided[2][20];
	struct ratio_side before = {within[0], decided[0], 20}, after = {within[1], decided[1], 20};
	uint32_t starts[20];
	struct interval_request request = {.fn = ratio_estimate,
					   .before = &before,
					   .after = &after,
					   .before_days = 20,
					   .after_days = 20,
					   .share = true,
					   .starts = starts};

	(void)state;
	for (int day = 0; day < 20; day++) {
		decided[0][day] = decided[1][day] = 100;
		within[0][day] = day == 7 ? 61 : day == 3 ? 99 : 100;
		within[1][day] = day == 12 ? 39 : day == 5 ? 1 : 0;
	}
	for (request.span = 1; request.span <= 5; request.span += 4) {
		for (request.seed = 0; request.seed < 5; request.seed++) {
			struct interval_ends change;

			interval_make(&request, NULL, &change);
			assert_true(-1 <= change.low && change.low < -.96);
			assert_true(-.96 < change.high && change.high <= 1);
		}
	}
}

/* What is drawn: the baseline's days before the period's, K blocks of each, by the stream. */
struct drawn {
	uint32_t starts[64];
	size_t count, calls;
};

static void note(void *side, const struct interval_sample *sample, struct interval_estimate *ret)
{
	struct drawn *drawn = side;

	*ret = (struct interval_estimate){.known = true};
	if (drawn->calls++ != 2)
		return;
	assert_int_equal(sample->replicas, 1);
	drawn->count = sample->count;
	memcpy(drawn->starts, sample->starts, sample->count * sizeof(*sample->starts));
}

static void draws_come_in_the_order_of_the_page(void **state)
{
	static const uint32_t spans[] = {1, 5};

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint32_t starts[30], k[2] = {23 / spans[i], 29 / spans[i]};
		struct drawn before = {0}, after = {0};
		struct random random;

		interval_make(&(struct interval_request){note, &before, &after, 23, 29, spans[i],
							 77, (unsigned)i, starts, false},
			      NULL, NULL);
		random_begin(&random, 77, (unsigned)i);
		for (uint32_t skip = 0; skip < k[0] + k[1]; skip++)
			random_next(&random);
		assert_int_equal(before.count, k[0]);
		assert_int_equal(after.count, k[1]);
		for (uint32_t d = 0; d < k[0]; d++)
			assert_int_equal(before.starts[d], random_below(&random, 23));
		for (uint32_t d = 0; d < k[1]; d++)
			assert_int_equal(after.starts[d], random_below(&random, 29));
	}
}

/* ---- P90 ------------------------------------------------------------------------------------ */

/* Two days of waits of 1 to 50 s and 51 to 100 s. q = 90; m = 50, 40; e = 5, -5; s^2 = 2 * 50 /
 * 100^2 = .1^2; ranks .9 -+ .196 of 100: 71 and, cut, 100. */
static void woodruff_by_hand(void **state)
{
	struct compare_bin bins[100];
	struct compare_day days[2] = {{.known = bins, .known_count = 50},
				      {.known = bins + 50, .known_count = 50}};
	uint32_t starts[] = {0, 1};
	struct interval_estimate found;
	struct quantile_side side;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		bins[i] = (struct compare_bin){i + 1, 1};
	assert_int_equal(quantile_begin(days, 2, QUANTILE_TABLE_BYTES, &side), 0);
	quantile_p90_estimate(&side, &(struct interval_sample){starts, 2, 1, 1}, &found);
	assert_true(found.known && found.log_known);
	near_to(found.value, 90000);
	near_to(sqrt(found.variance), 29000 / (2 * z));
	near_to(found.log_value, log(90));
	near_to(sqrt(found.log_variance), log(100. / 71) / (2 * z));
	quantile_finish(&side);
}

static void no_wait_is_a_second_in_logarithms(void **state)
{
	static const struct compare_bin bins[] = {{0, 20}};
	struct compare_day days[2] = {{.known = bins, .known_count = 1}, {.known = NULL}};
	uint32_t starts[] = {0, 1}, none[] = {1, 1};
	struct interval_estimate found;
	struct quantile_side side;

	(void)state;
	assert_int_equal(quantile_begin(days, 2, QUANTILE_TABLE_BYTES, &side), 0);
	quantile_p90_estimate(&side, &(struct interval_sample){starts, 2, 1, 1}, &found);
	assert_true(found.known && found.log_known && found.value == 0 && found.log_value == 0);
	quantile_p90_estimate(&side, &(struct interval_sample){none, 2, 1, 1}, &found);
	assert_false(found.known || found.log_known);
	quantile_finish(&side);
}

enum { DAYS = 12, MOST = 60 };

/* The nearest rank by sorting all visits of the drawn days. */
static uint32_t sorted_p90(const struct compare_day *days, const struct interval_sample *sample)
{
	static uint32_t counts[1 << 16];
	uint64_t n = 0, seen = 0;

	memset(counts, 0, sizeof(counts));
	for (size_t i = 0; i < sample->count; i++) {
		for (size_t j = 0; j < sample->span; j++) {
			const struct compare_day *day = &days[(sample->starts[i] + j) % DAYS];

			for (size_t b = 0; b < day->known_count; b++) {
				counts[day->known[b].second] += day->known[b].count;
				n += day->known[b].count;
			}
		}
	}
	for (uint32_t second = 0;; second++) {
		seen += counts[second];
		if (10 * seen >= 9 * n)
			return second;
	}
}

/* Whatever room the table has, down to none of its rows. */
static void a_small_table_finds_the_same(void **state)
{
	static const size_t rooms[] = {QUANTILE_TABLE_BYTES, 4096, 700, 100, 0};
	static struct compare_bin bins[DAYS][MOST];
	struct compare_day days[DAYS] = {{0}};
	struct quantile_side sides[5];
	struct random random;

	(void)state;
	random_begin(&random, 90, 0);
	for (int d = 0; d < DAYS; d++) {
		uint32_t second = random_below(&random, 30);

		days[d].known = bins[d];
		days[d].known_count = d == 3 ? 0 : 1 + random_below(&random, MOST);
		for (size_t i = 0; i < days[d].known_count; i++) {
			bins[d][i] = (struct compare_bin){second, 1 + random_below(&random, 4)};
			second += 1 + random_below(&random, 40);
		}
	}
	for (int i = 0; i < 5; i++)
		assert_int_equal(quantile_begin(days, DAYS, rooms[i], &sides[i]), 0);
	assert_int_equal(sides[0].step, 1);
	assert_true(sides[4].step > sides[4].rows / 2);
	for (int round = 0; round < 300; round++) {
		uint32_t starts[DAYS], span = round % 2 ? 5 : 1;
		struct interval_sample sample = {starts, DAYS / span, span, 1};
		struct interval_estimate first, found;

		for (size_t i = 0; i < sample.count; i++)
			starts[i] = random_below(&random, DAYS);
		quantile_p90_estimate(&sides[0], &sample, &first);
		near_to(first.value, 1000. * sorted_p90(days, &sample));
		for (int i = 1; i < 5; i++) {
			quantile_p90_estimate(&sides[i], &sample, &found);
			assert_memory_equal(&found, &first, sizeof(found));
		}
	}
	for (int i = 0; i < 5; i++)
		quantile_finish(&sides[i]);
}

/* ---- standardised --------------------------------------------------------------------------- */

/* Cells 2 and 5 of the baseline have 10 and 30 visits of mean 100 and 200; cell 7 has too few of
 * the period. Weights 1/4 and 3/4. Period: means 50 and 120; e of cell 2 (200 - 5 * 50) / 10 / 4 =
 * -1.25 and 1.25, of cell 5 nothing. */
static struct compare_cell baseline_cells[2][3] = {{{2, 5, 500}, {5, 20, 4000}, {7, 1, 900}},
						   {{2, 5, 500}, {5, 10, 2000}, {7, 3, 10}}};
static struct compare_cell period_cells[2][3] = {{{2, 5, 200}, {5, 6, 720}, {7, 1, 5}},
						 {{2, 5, 300}, {5, 14, 1680}, {7, 0, 0}}};
static struct compare_day baseline_days[2] = {
	{.n = 26, .sum_ms = 5400, .cells = baseline_cells[0], .cell_count = 3},
	{.n = 18, .sum_ms = 2510, .cells = baseline_cells[1], .cell_count = 3}};
static struct compare_day period_days[2] = {
	{.n = 12, .sum_ms = 925, .cells = period_cells[0], .cell_count = 3},
	{.n = 19, .sum_ms = 1980, .cells = period_cells[1], .cell_count = 3}};

static void begin_cells(struct standard *standard)
{
	struct compare_input input = {{baseline_days, 2}, {period_days, 2}, 0, 8, false};

	assert_int_equal(standard_begin(&input, standard), 0);
}

static void the_mix_of_the_baseline(void **state)
{
	uint32_t starts[] = {0, 1};
	struct interval_estimate found;
	struct standard standard;

	(void)state;
	begin_cells(&standard);
	assert_true(standard.enough);
	assert_int_equal(standard.cells, 2);
	near_to(standard.overlap, 40. / 44);
	standard_estimate(&standard.before, &(struct interval_sample){starts, 2, 1, 1}, &found);
	near_to(found.value, 175);
	assert_true(found.variance == 0 && found.log_variance == 0);
	standard_estimate(&standard.after, &(struct interval_sample){starts, 2, 1, 1}, &found);
	near_to(found.value, 102.5);
	near_to(found.variance, 2 * 3.125);
	near_to(found.log_value, log(102.5));
	near_to(found.log_variance, 6.25 / (102.5 * 102.5));
	standard_finish(&standard);
}

/* A sample without cell 2 keeps its mean of 50, and only cell 5 tells days apart: 120 both. */
static void a_cell_that_was_not_drawn(void **state)
{
	uint32_t starts[] = {1, 1};
	struct interval_estimate found;
	struct standard standard;

	(void)state;
	period_cells[1][0] = (struct compare_cell){2, 0, 0};
	period_cells[0][0] = (struct compare_cell){2, 10, 500};
	period_days[0].n += 5;
	period_days[1].n -= 5;
	begin_cells(&standard);
	standard_estimate(&standard.after, &(struct interval_sample){starts, 2, 1, 1}, &found);
	near_to(found.value, 102.5);
	assert_true(found.log_known && found.variance == 0);
	standard_finish(&standard);
}

static void under_nine_tenths_nothing_is_made(void **state)
{
	struct standard standard;

	(void)state;
	baseline_days[0].n = 26 + 1; /* 40 of 45 */
	begin_cells(&standard);
	assert_false(standard.enough);
	near_to(standard.overlap, 40. / 45);
	standard_finish(&standard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ratio_of_three_days),
		cmocka_unit_test(all_blocks_and_drawn_ones),
		cmocka_unit_test(days_alike_have_no_variance),
		cmocka_unit_test(the_ends_are_ranks_50_and_1950),
		cmocka_unit_test(the_ends_of_shares_lie_inside),
		cmocka_unit_test(no_share_falls_by_more_than_all),
		cmocka_unit_test(undefined_resamples_lie_outside_in_turn),
		cmocka_unit_test(draws_come_in_the_order_of_the_page),
		cmocka_unit_test(woodruff_by_hand),
		cmocka_unit_test(no_wait_is_a_second_in_logarithms),
		cmocka_unit_test(a_small_table_finds_the_same),
		cmocka_unit_test(the_mix_of_the_baseline),
		cmocka_unit_test(a_cell_that_was_not_drawn),
		cmocka_unit_test(under_nine_tenths_nothing_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
