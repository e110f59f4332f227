/* compare() from outside: published Kaplan-Meier and regression data, what must not change a figure
 * and what must, and input that is refused. Digits of intervals: compare_days.py. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/random.h"
#include "src/measure/compare.h"

enum { MOST_DAYS = 40, VISITS = 12, MIN_MS = 60000 };

static struct compare_bin bins[2][MOST_DAYS][VISITS];
static struct compare_cell cells[2][MOST_DAYS][2];
static struct compare_day days[2][MOST_DAYS];
static struct compare_result result;

static void near_to(double value, double wanted, double tolerance)
{
	if (!(fabs(value - wanted) <= tolerance * fmax(1, fabs(wanted))))
		fail_msg("%.17g, wanted %.17g", value, wanted);
}

/* One day: distinct seconds from `first` on, `step` apart, `times` over. */
static void fill_day(int side, int d, uint32_t first, uint32_t step, uint32_t times)
{
	struct compare_day *day = &days[side][d];

	memset(day, 0, sizeof(*day));
	day->date = 20260101 + d / 28 * 100 + d % 28;
	day->known = bins[side][d];
	day->known_count = VISITS;
	day->n = day->decided = day->cases = VISITS;
	for (uint32_t i = 0; i < VISITS; i++) {
		bins[side][d][i] = (struct compare_bin){(first + i * step) * times, 1};
		day->sum_ms += 1000 * (int64_t)bins[side][d][i].second;
		day->within += bins[side][d][i].second <= 900 * times;
	}
	for (uint32_t c = 0; c < 2; c++)
		cells[side][d][c] = (struct compare_cell){c, VISITS / 2, day->sum_ms / 2};
	day->cells = cells[side][d];
	day->cell_count = 2;
}

/* Waits of some minutes before, of a part of them after. */
static struct compare_input fill(int before, int after, uint32_t times)
{
	struct random random;

	random_begin(&random, 6, 0);
	for (int d = 0; d < before; d++)
		fill_day(0, d, 60 + random_below(&random, 600), 60 + random_below(&random, 60),
			 times);
	for (int d = 0; d < after; d++)
		fill_day(1, d, random_below(&random, 300), 20 + random_below(&random, 30), times);
	return (struct compare_input){
		{days[0], (size_t)before}, {days[1], (size_t)after}, 5, 2, false};
}

static void run(const struct compare_input *input)
{
	assert_int_equal(compare(input, &result), 0);
}

/* ---- published data ------------------------------------------------------------------------- */

/* Weeks of remission of 42 leukaemia patients (Freireich et al. 1963; in every textbook since Cox
 * 1972). R's survival: median 23 with 6-MP, whose curve ends above a tenth, and 8 with placebo,
 * which is at 3/21 from 15 on and at 2/21 from 17. */
static void kaplan_meier_of_6_mp(void **state)
{
	static const struct compare_bin calls[] = {{6, 3},  {7, 1},  {10, 1}, {13, 1},
						   {16, 1}, {22, 1}, {23, 1}};
	static const struct compare_bin left[] = {{6, 1},  {9, 1},  {10, 1}, {11, 1},
						  {17, 1}, {19, 1}, {20, 1}, {25, 1},
						  {32, 2}, {34, 1}, {35, 1}};
	static const struct compare_bin placebo[] = {{1, 2},  {2, 2},  {3, 1},	{4, 2},
						     {5, 2},  {8, 4},  {11, 2}, {12, 2},
						     {15, 1}, {17, 1}, {22, 1}, {23, 1}};
	struct compare_day before = {20260105, .n = 9, .known = calls, .known_count = 7};
	struct compare_day after = {20260106, .n = 21, .known = placebo, .known_count = 12};

	(void)state;
	before.censored = 12;
	before.ages = left;
	before.age_count = 11;
	run(&(struct compare_input){{&before, 1}, {&after, 1}, 0, 0, false});
	assert_int_equal(result.before_km.p50, 23);
	assert_int_equal(result.before_km.p90, COMPARE_KM_NEVER);
	assert_int_equal(result.after_km.p50, 8);
	assert_int_equal(result.after_km.p90, 17);
	assert_int_equal(result.after_km.p90_low, COMPARE_KM_NO_BAND);
}

/* A call at the second of a censoring comes first: 1 of 2, then 1 of 1 would be the other order. */
static void calls_come_before_censorings(void **state)
{
	static const struct compare_bin calls[] = {{5, 1}, {9, 1}}, left[] = {{5, 1}};
	struct compare_day day = {20260105, .n = 2, .known = calls, .known_count = 2};

	(void)state;
	day.censored = 1;
	day.ages = left;
	day.age_count = 1;
	run(&(struct compare_input){{&day, 1}, {&day, 1}, 0, 0, false});
	assert_int_equal(result.before_km.p50, 9);
}

/* F. J. Anscombe, "Graphs in statistical analysis" (1973), the first set: slope .5000909, standard
 * error .1179055 on nine degrees (R's lm). The days pass the end of a leap February. */
static void a_slope_of_anscombe(void **state)
{
	static const double y[] = {4.26, 5.68, 7.24,  4.82, 6.95, 8.81,
				   8.04, 8.33, 10.84, 7.58, 9.96};
	static const int64_t dates[] = {20240225, 20240226, 20240227, 20240228, 20240229, 20240301,
					20240302, 20240303, 20240304, 20240305, 20240306};
	struct compare_day before[11] = {{0}};
	struct compare_input input = {{before, 11}, {before, 11}, 0, 0, true};

	(void)state;
	for (int i = 0; i < 11; i++)
		before[i] = (struct compare_day){.date = dates[i],
						 .treated_n = 1,
						 .treated_ms = llround(1e9 * exp(y[i])),
						 .control_n = 1,
						 .control_ms = 1000000000};
	run(&input);
	near_to(result.did.slope, .5000909, 1e-7);
	near_to(result.did.slope_low, .5000909 - 2.262157 * .1179055, 1e-6);
	near_to(result.did.slope_high, .5000909 + 2.262157 * .1179055, 1e-6);
	assert_int_equal(result.did.before_days, 11);
}

/* ---- what changes what ---------------------------------------------------------------------- */

static void the_same_again_gives_the_same(void **state)
{
	struct compare_input input = fill(24, 30, 1);
	struct compare_result first;

	(void)state;
	run(&input);
	first = result;
	run(&input);
	assert_memory_equal(&result, &first, sizeof(first));
	assert_int_equal(result.mean.verdict, VERDICT_SHORTER);
	input.seed++;
	run(&input);
	assert_true(result.mean.log.low != first.mean.log.low);
	assert_true(result.mean.log.day_se == first.mean.log.day_se);
}

/* Minutes or hours: ratios stay, differences grow. Twice is exact in doubles. */
static void a_scale_leaves_the_ratio(void **state)
{
	struct compare_input input = fill(24, 30, 1);
	struct compare_result one;

	(void)state;
	run(&input);
	one = result;
	input = fill(24, 30, 2);
	run(&input);
	assert_memory_equal(&result.mean.log, &one.mean.log, sizeof(one.mean.log));
	assert_memory_equal(&result.share, &one.share, sizeof(one.share));
	near_to(result.p90.log.low, one.p90.log.low, 1e-12);
	near_to(result.p90.log.high, one.p90.log.high, 1e-12);
	near_to(result.standard.mean.log.low, one.standard.mean.log.low, 1e-12);
	near_to(result.mean.change.low, 2 * one.mean.change.low, 1e-12);
	near_to(result.p90.change.high, 2 * one.p90.change.high, 1e-12);
}

static void sides_that_change_places_turn_the_sign(void **state)
{
	struct compare_input input = fill(24, 30, 1);
	struct compare_side before = input.before;
	struct compare_result one;

	(void)state;
	run(&input);
	one = result;
	input.before = input.after;
	input.after = before;
	run(&input);
	near_to(result.mean.log.point, -one.mean.log.point, 1e-12);
	near_to(result.mean.log.day_se, one.mean.log.day_se, 1e-12);
	near_to(result.mean.log.block_se, one.mean.log.block_se, 1e-12);
	near_to(result.p90.change.point, -one.p90.change.point, 1e-12);
	near_to(result.share.change.point, -one.share.change.point, 1e-12);
	assert_int_equal(one.mean.verdict, VERDICT_SHORTER);
	assert_int_equal(one.share.verdict, VERDICT_SHORTER);
	assert_int_equal(result.mean.verdict, VERDICT_LONGER);
	assert_int_equal(result.p90.verdict, VERDICT_LONGER);
	assert_int_equal(result.share.verdict, VERDICT_LONGER);
}

/* Nobody came on it, and yet it is a day: D / (D - 1) of 25 instead of 24 days, nothing else. */
static void an_empty_day_is_a_day(void **state)
{
	struct compare_input input = fill(24, 30, 1);
	double ratio = 25. / 24 / (24. / 23), one;

	(void)state;
	/* the other side has no variance */
	for (int d = 0; d < 30; d++)
		fill_day(1, d, 10, 10, 1);
	run(&input);
	one = result.mean.log.day_se;
	days[0][24] = (struct compare_day){.date = 20260125};
	input.before.count = 25;
	run(&input);
	near_to(result.mean.log.day_se * result.mean.log.day_se, one * one * ratio, 1e-12);
	assert_int_equal(result.before_days, 25);
}

/* The last day made the first is the same circle; two days that change places are not. */
static void blocks_go_around(void **state)
{
	struct compare_input input = fill(24, 30, 1);
	struct compare_day last = days[0][23];
	double one;

	(void)state;
	run(&input);
	one = result.mean.log.block_se;
	memmove(&days[0][1], &days[0][0], 23 * sizeof(last));
	days[0][0] = last;
	for (int d = 0; d < 24; d++)
		days[0][d].date = 20260101 + d;
	run(&input);
	near_to(result.mean.log.block_se, one, 1e-12);
	last = days[0][11];
	days[0][11] = days[0][3];
	days[0][3] = last;
	for (int d = 0; d < 24; d++)
		days[0][d].date = 20260101 + d;
	run(&input);
	assert_true(fabs(result.mean.log.block_se - one) > 1e-6);
}

/* ---- those who left ------------------------------------------------------------------------- */

/* Bounds by hand: (1,200 + 300) / (4 + 2) and so on. */
static void bounds_by_hand(void **state)
{
	static const struct compare_bin known[] = {{0, 4}}, ages[] = {{0, 2}};
	struct compare_day before = {20260105, .n = 4, .sum_ms = 1200, .known = known,
				     .known_count = 1};
	struct compare_day after = before;

	(void)state;
	before.censored = 2;
	before.lower_ms = 300;
	before.upper_ms = 600;
	before.ages = ages;
	before.age_count = 1;
	after.date = 20260106;
	after.sum_ms = 400;
	after.censored = 2;
	after.lower_ms = 200;
	after.upper_ms = 1700;
	after.ages = ages;
	after.age_count = 1;
	run(&(struct compare_input){{&before, 1}, {&after, 1}, 0, 0, false});
	near_to(result.bounds.before_lower, 250, 1e-12);
	near_to(result.bounds.before_upper, 300, 1e-12);
	near_to(result.bounds.after_lower, 100, 1e-12);
	near_to(result.bounds.after_upper, 350, 1e-12);
	near_to(result.bounds.reduction_lower, .6, 1e-12);
	near_to(result.bounds.reduction_upper, 1 - 350. / 300, 1e-12);
	near_to(result.bounds.reduction_worst, 1 - 350. / 250, 1e-12);
	assert_true(result.bounds.turns);
	after.upper_ms = 1399; /* a thousandth under the baseline */
	run(&(struct compare_input){{&before, 1}, {&after, 1}, 0, 0, false});
	assert_false(result.bounds.turns);
	after.upper_ms = 1400; /* no change is another sign */
	run(&(struct compare_input){{&before, 1}, {&after, 1}, 0, 0, false});
	assert_true(result.bounds.turns);
}

/* Both bounds say longer, those who were called shorter: the bounds agree, but not with the mean.
 */
static void bounds_that_both_turn(void **state)
{
	struct compare_input input = fill(24, 30, 1);
	static const struct compare_bin ages[] = {{9000, 6}};

	(void)state;
	for (int d = 0; d < 30; d++) {
		days[1][d].censored = 6;
		days[1][d].ages = ages;
		days[1][d].age_count = 1;
		days[1][d].lower_ms = days[1][d].upper_ms = 6 * 9000000;
	}
	run(&input);
	assert_true(result.bounds.reduction_lower < 0 && result.bounds.reduction_upper < 0);
	assert_true(compare_reduction(result.mean.log.point) > 0);
	assert_int_equal(result.mean.verdict, VERDICT_BOUNDS);
	assert_int_equal(result.share.verdict, VERDICT_SHORTER);
}

/* ---- what is printed ------------------------------------------------------------------------ */

static void a_baseline_of_a_minute_is_relative(void **state)
{
	struct compare_input input = fill(20, 20, 1);

	(void)state;
	for (int d = 0; d < 20; d++) {
		days[0][d].sum_ms = VISITS * MIN_MS;
		days[0][d].cases = VISITS + 1;
	}
	run(&input);
	assert_true(result.mean.relative);
	assert_false(result.per_case.relative);
	near_to(result.mean.before, MIN_MS, 1e-12);
	days[0][0].sum_ms--;
	run(&input);
	assert_false(result.mean.relative);
}

static void few_days_have_points_and_no_ends(void **state)
{
	struct compare_input input = fill(19, 30, 1);

	(void)state;
	run(&input);
	assert_int_equal(result.mean.verdict, VERDICT_FEW_DAYS);
	assert_int_equal(result.p90.verdict, VERDICT_FEW_DAYS);
	assert_int_equal(result.standard.mean.verdict, VERDICT_FEW_DAYS);
	assert_true(result.mean.log.point < 0);
	assert_true(isinf(result.mean.log.low) && isinf(result.mean.log.high));
	assert_true(isinf(result.standard.mean.log.low));
	assert_int_equal(result.after_km.p50_low, COMPARE_KM_NO_BAND);
	input = fill(20, 30, 1);
	run(&input);
	assert_int_equal(result.mean.verdict, VERDICT_SHORTER);
	assert_true(isfinite(result.mean.log.low) && isfinite(result.mean.log.block_high));
	assert_true(result.after_km.p50_low >= 0);
}

static void the_printed_interval_is_the_hull(void **state)
{
	struct compare_input input = fill(24, 30, 1);
	const struct compare_interval *log_mean = &result.mean.log;

	(void)state;
	run(&input);
	assert_true(log_mean->low == fmin(log_mean->day_low, log_mean->block_low));
	assert_true(log_mean->high == fmax(log_mean->day_high, log_mean->block_high));
	assert_true(log_mean->day_low != log_mean->block_low);
	assert_true(log_mean->low < log_mean->point && log_mean->point < log_mean->high);
	near_to(compare_reduction(log(.07)), .93, 1e-15);
}

/* ---- refused -------------------------------------------------------------------------------- */

static void refuse(const struct compare_input *input, int error)
{
	struct compare_result untouched;

	memset(&untouched, 7, sizeof(untouched));
	memset(&result, 7, sizeof(result));
	assert_int_equal(compare(input, &result), error);
	assert_memory_equal(&result, &untouched, sizeof(untouched));
}

static void input_that_contradicts_itself(void **state)
{
	struct compare_input input = fill(20, 20, 1);

	(void)state;
	days[1][7].date = days[1][6].date;
	refuse(&input, -EINVAL);
	input = fill(20, 20, 1);
	days[0][3].n++; /* the bins have one fewer */
	refuse(&input, -EINVAL);
	input = fill(20, 20, 1);
	bins[0][3][5].second = bins[0][3][4].second;
	refuse(&input, -EINVAL);
	input = fill(20, 20, 1);
	cells[0][3][1].cell = 2;
	refuse(&input, -EINVAL);
	input = fill(20, 20, 1);
	days[0][3].censored = 1;
	refuse(&input, -EINVAL);
	input = fill(20, 20, 1);
	days[0][3].sum_ms = -1;
	refuse(&input, -EINVAL);
	input = fill(20, 20, 1);
	days[0][3].sum_ms = ((int64_t)1 << 53) / 100 + 1;
	refuse(&input, -ERANGE);
	input = fill(20, 20, 1);
	days[0][3].n = (int64_t)1 << 32;
	refuse(&input, -ERANGE);
}

static void nothing_at_all(void **state)
{
	struct compare_input input = {.has_control = true};

	(void)state;
	run(&input);
	assert_int_equal(result.mean.verdict, VERDICT_NO_WAITS);
	assert_int_equal(result.share.verdict, VERDICT_NO_WAITS);
	assert_int_equal(result.standard.mean.verdict, VERDICT_NO_WAITS);
	assert_int_equal(result.did.verdict, VERDICT_NO_WAITS);
	assert_int_equal(result.before_km.p50, COMPARE_KM_NEVER);
	assert_true(isnan(result.bounds.reduction_lower));
	assert_false(result.bounds.turns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kaplan_meier_of_6_mp),
		cmocka_unit_test(calls_come_before_censorings),
		cmocka_unit_test(a_slope_of_anscombe),
		cmocka_unit_test(the_same_again_gives_the_same),
		cmocka_unit_test(a_scale_leaves_the_ratio),
		cmocka_unit_test(sides_that_change_places_turn_the_sign),
		cmocka_unit_test(an_empty_day_is_a_day),
		cmocka_unit_test(blocks_go_around),
		cmocka_unit_test(bounds_by_hand),
		cmocka_unit_test(bounds_that_both_turn),
		cmocka_unit_test(a_baseline_of_a_minute_is_relative),
		cmocka_unit_test(few_days_have_points_and_no_ends),
		cmocka_unit_test(the_printed_interval_is_the_hull),
		cmocka_unit_test(input_that_contradicts_itself),
		cmocka_unit_test(nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
