/* A comparison of two periods: columns of sums by day are laid out, each figure gets its intervals
 * from interval.c, and the verdicts are given in the order of docs/measurement.md, "What is said".
 * Standardised means, differences in differences and survival have files of their own. */
#include "src/measure/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "src/measure/compare_private.h"
#include "src/measure/quantile.h"
#include "src/measure/ratio.h"

/* Every sum of a sample, five times over, stays a whole number that a double holds. */
static const int64_t sum_max = (int64_t)1 << 53;

double compare_reduction(double log_ratio)
{
	return -expm1(log_ratio);
}

/* ---- input ---------------------------------------------------------------------------------- */

static bool bins_fit(const struct compare_bin *bins, size_t count, int64_t wanted)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		if (i && bins[i].second <= bins[i - 1].second)
			return false;
		sum += bins[i].count;
	}
	return sum == wanted;
}

static bool cells_fit(const struct compare_day *day, uint32_t cells)
{
	for (size_t i = 0; i < day->cell_count; i++) {
		if (day->cells[i].cell >= cells || day->cells[i].sum_ms < 0 ||
		    (i && day->cells[i].cell <= day->cells[i - 1].cell))
			return false;
	}
	return true;
}

static int check_day(const struct compare_day *day, size_t days, uint32_t cells)
{
	const int64_t sums[] = {day->n,		day->sum_ms,	day->within,	 day->decided,
				day->cases,	day->filings,	day->censored,	 day->lower_ms,
				day->upper_ms,	day->treated_n, day->treated_ms, day->control_n,
				day->control_ms};

	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		if (sums[i] < 0)
			return -EINVAL;
		if (sums[i] > sum_max / COMPARE_BLOCK / (int64_t)days)
			return -ERANGE;
	}
	if (day->n > UINT32_MAX)
		return -ERANGE;
	if (!bins_fit(day->known, day->known_count, day->n) ||
	    !bins_fit(day->ages, day->age_count, day->censored) || !cells_fit(day, cells))
		return -EINVAL;
	return 0;
}

static int check_side(const struct compare_side *side, uint32_t cells)
{
	int r = side->count < UINT32_MAX ? 0 : -ERANGE;

	for (size_t d = 0; !r && d < side->count; d++) {
		if (d && side->days[d].date <= side->days[d - 1].date)
			return -EINVAL;
		r = check_day(&side->days[d], side->count, cells);
	}
	return r;
}

/* ---- intervals ------------------------------------------------------------------------------ */

void compare_no_interval(struct compare_interval *ret)
{
	*ret = (struct compare_interval){.point = ret->point,
					 .low = -INFINITY,
					 .high = INFINITY,
					 .day_low = -INFINITY,
					 .day_high = INFINITY,
					 .block_low = -INFINITY,
					 .block_high = INFINITY};
}

bool compare_has_waits(const struct compare_side *side)
{
	for (size_t d = 0; d < side->count; d++) {
		if (side->days[d].sum_ms)
			return true;
	}
	return false;
}

bool compare_tells(const struct compare_interval *interval)
{
	return isfinite(interval->low) && isfinite(interval->high) &&
	       (interval->low > 0 || interval->high < 0);
}

static void set_interval(const struct interval_ends *days, const struct interval_ends *blocks,
			 struct compare_interval *ret)
{
	ret->day_low = days->low;
	ret->day_high = days->high;
	ret->day_se = days->se;
	ret->day_undefined = days->undefined;
	ret->block_low = blocks->low;
	ret->block_high = blocks->high;
	ret->block_se = blocks->se;
	ret->block_undefined = blocks->undefined;
	ret->low = fmin(days->low, blocks->low);
	ret->high = fmax(days->high, blocks->high);
}

static void take_side(struct compare_work *work, interval_fn fn, void *side, size_t days,
		      struct interval_estimate *ret_estimate)
{
	struct interval_sample sample = {work->starts, days, 1, 1};

	for (size_t i = 0; i < days; i++)
		work->starts[i] = (uint32_t)i;
	fn(side, &sample, ret_estimate);
}

static void find_points(struct compare_work *work, interval_fn fn, void *before_side,
			void *after_side, struct compare_figure *ret)
{
	struct interval_estimate before, after;

	take_side(work, fn, before_side, work->input->before.count, &before);
	take_side(work, fn, after_side, work->input->after.count, &after);
	if (before.known)
		ret->before = before.value;
	if (after.known)
		ret->after = after.value;
	ret->change.point = ret->after - ret->before;
	if (before.log_known && after.log_known)
		ret->log.point = after.log_value - before.log_value;
	ret->relative = ret->before >= COMPARE_RELATIVE_MS;
}

void compare_figure_unknown(struct compare_figure *ret)
{
	*ret = (struct compare_figure){
		.before = NAN, .after = NAN, .log.point = NAN, .change.point = NAN};
	compare_no_interval(&ret->log);
	compare_no_interval(&ret->change);
}

void compare_figure_make(struct compare_work *work, interval_fn fn, void *before, void *after,
			 struct compare_figure *ret)
{
	const struct compare_input *input = work->input;
	struct interval_request request = {.fn = fn,
					   .before = before,
					   .after = after,
					   .before_days = input->before.count,
					   .after_days = input->after.count,
					   .share = ret == &work->result->share,
					   .seed = input->seed,
					   .starts = work->starts};
	struct interval_ends log_days, log_blocks, days, blocks;

	compare_figure_unknown(ret);
	find_points(work, fn, before, after, ret);
	if (!work->enough)
		return;
	request.span = 1;
	request.stream = STREAM_DAYS;
	interval_make(&request, &log_days, &days);
	request.span = COMPARE_BLOCK;
	request.stream = STREAM_BLOCKS;
	interval_make(&request, &log_blocks, &blocks);
	set_interval(&log_days, &log_blocks, &ret->log);
	set_interval(&days, &blocks, &ret->change);
}

/* ---- verdicts ------------------------------------------------------------------------------- */

enum compare_verdict compare_judge(const struct compare_work *work,
				   const struct compare_interval *interval)
{
	if (!compare_tells(interval))
		return VERDICT_ZERO_INSIDE;
	if (work->result->bounds.turns)
		return VERDICT_BOUNDS;
	return interval->high < 0 ? VERDICT_SHORTER : VERDICT_LONGER;
}

static void judge_waits(const struct compare_work *work, bool waits, struct compare_figure *figure)
{
	if (!waits)
		figure->verdict = VERDICT_NO_WAITS;
	else if (!work->enough)
		figure->verdict = VERDICT_FEW_DAYS;
	else
		figure->verdict =
			compare_judge(work, figure->relative ? &figure->log : &figure->change);
}

/* A greater share within the target is a shorter wait. Those who left late are in it. */
static void judge_share(const struct compare_work *work, bool decided, struct compare_figure *share)
{
	share->relative = false;
	if (!decided)
		share->verdict = VERDICT_NO_WAITS;
	else if (!work->enough)
		share->verdict = VERDICT_FEW_DAYS;
	else if (!compare_tells(&share->change))
		share->verdict = VERDICT_ZERO_INSIDE;
	else
		share->verdict = share->change.low > 0 ? VERDICT_SHORTER : VERDICT_LONGER;
	share->log.point = NAN;
	compare_no_interval(&share->log);
}

/* ---- sums ----------------------------------------------------------------------------------- */

struct side_sums {
	int64_t n, sum_ms, decided, cases, filings, censored, lower_ms, upper_ms;
};

static struct side_sums add_days(const struct compare_side *side)
{
	struct side_sums sums = {0};

	for (size_t d = 0; d < side->count; d++) {
		const struct compare_day *day = &side->days[d];

		sums.n += day->n;
		sums.sum_ms += day->sum_ms;
		sums.decided += day->decided;
		sums.cases += day->cases;
		sums.filings += day->filings;
		sums.censored += day->censored;
		sums.lower_ms += day->lower_ms;
		sums.upper_ms += day->upper_ms;
	}
	return sums;
}

static double quotient(int64_t over, int64_t under)
{
	return under ? (double)over / (double)under : NAN;
}

static int sign(double before, double after)
{
	return (after > before) - (after < before);
}

static double reduction(double before, double after)
{
	return before > 0 ? 1 - after / before : NAN;
}

static void find_bounds(const struct side_sums *before, const struct side_sums *after,
			struct compare_bounds *ret)
{
	int64_t before_n = before->n + before->censored, after_n = after->n + after->censored;
	int plain = sign(quotient(before->sum_ms, before->n), quotient(after->sum_ms, after->n));

	ret->before_censored = before->censored;
	ret->after_censored = after->censored;
	ret->before_lower = quotient(before->sum_ms + before->lower_ms, before_n);
	ret->before_upper = quotient(before->sum_ms + before->upper_ms, before_n);
	ret->after_lower = quotient(after->sum_ms + after->lower_ms, after_n);
	ret->after_upper = quotient(after->sum_ms + after->upper_ms, after_n);
	ret->reduction_lower = reduction(ret->before_lower, ret->after_lower);
	ret->reduction_upper = reduction(ret->before_upper, ret->after_upper);
	ret->reduction_worst = reduction(ret->before_lower, ret->after_upper);
	ret->turns = sign(ret->before_lower, ret->after_lower) != plain ||
		     sign(ret->before_upper, ret->after_upper) != plain;
}

/* ---- figures -------------------------------------------------------------------------------- */

/* The columns of a ratio, laid out side by side. */
enum column { COLUMN_N, COLUMN_SUM, COLUMN_WITHIN, COLUMN_DECIDED, COLUMN_CASES, COLUMN_COUNT };

struct columns {
	int64_t *all;
	size_t days;
};

static int lay_out(const struct compare_side *side, struct columns *ret)
{
	ret->days = side->count;
	ret->all = calloc(side->count * COLUMN_COUNT + 1, sizeof(*ret->all));
	if (!ret->all)
		return -ENOMEM;
	for (size_t d = 0; d < side->count; d++) {
		ret->all[COLUMN_N * ret->days + d] = side->days[d].n;
		ret->all[COLUMN_SUM * ret->days + d] = side->days[d].sum_ms;
		ret->all[COLUMN_WITHIN * ret->days + d] = side->days[d].within;
		ret->all[COLUMN_DECIDED * ret->days + d] = side->days[d].decided;
		ret->all[COLUMN_CASES * ret->days + d] = side->days[d].cases;
	}
	return 0;
}

static struct ratio_side pick(const struct columns *columns, enum column over, enum column under)
{
	return (struct ratio_side){&columns->all[over * columns->days],
				   &columns->all[under * columns->days], columns->days};
}

static void compare_ratio(struct compare_work *work, const struct columns *before,
			  const struct columns *after, enum column over, enum column under,
			  struct compare_figure *ret)
{
	struct ratio_side before_side = pick(before, over, under);
	struct ratio_side after_side = pick(after, over, under);

	compare_figure_make(work, ratio_estimate, &before_side, &after_side, ret);
}

static int compare_ratios(struct compare_work *work, const struct side_sums *before_sums,
			  const struct side_sums *after_sums)
{
	struct columns before = {0}, after = {0};
	struct compare_result *result = work->result;
	bool waits = before_sums->sum_ms && after_sums->sum_ms;
	int r = lay_out(&work->input->before, &before);

	if (!r)
		r = lay_out(&work->input->after, &after);
	if (!r) {
		compare_ratio(work, &before, &after, COLUMN_SUM, COLUMN_N, &result->mean);
		judge_waits(work, waits, &result->mean);
		compare_ratio(work, &before, &after, COLUMN_SUM, COLUMN_CASES, &result->per_case);
		judge_waits(work, waits && before_sums->cases && after_sums->cases,
			    &result->per_case);
		compare_ratio(work, &before, &after, COLUMN_WITHIN, COLUMN_DECIDED, &result->share);
		judge_share(work, before_sums->decided && after_sums->decided, &result->share);
	}
	free(before.all);
	free(after.all);
	return r;
}

static int compare_p90(struct compare_work *work, bool waits)
{
	const struct compare_input *input = work->input;
	struct quantile_side before = {0}, after = {0};
	int r = quantile_begin(input->before.days, input->before.count, QUANTILE_TABLE_BYTES,
			       &before);

	if (!r)
		r = quantile_begin(input->after.days, input->after.count, QUANTILE_TABLE_BYTES,
				   &after);
	if (!r) {
		compare_figure_make(work, quantile_p90_estimate, &before, &after,
				    &work->result->p90);
		judge_waits(work, waits, &work->result->p90);
	}
	quantile_finish(&before);
	quantile_finish(&after);
	return r;
}

static void count(const struct compare_input *input, const struct side_sums *before,
		  const struct side_sums *after, struct compare_result *ret)
{
	ret->before_days = input->before.count;
	ret->after_days = input->after.count;
	ret->before_n = before->n;
	ret->after_n = after->n;
	ret->before_cases = before->cases;
	ret->after_cases = after->cases;
	ret->before_filings = before->filings;
	ret->after_filings = after->filings;
	find_bounds(before, after, &ret->bounds);
}

static int compare_all(struct compare_work *work)
{
	struct side_sums before = add_days(&work->input->before);
	struct side_sums after = add_days(&work->input->after);
	int r;

	count(work->input, &before, &after, work->result);
	r = compare_ratios(work, &before, &after);
	if (!r)
		r = compare_p90(work, before.sum_ms && after.sum_ms);
	if (!r)
		r = compare_standard(work);
	if (!r)
		r = compare_differences(work);
	if (!r)
		r = compare_survival(work);
	return r;
}

int compare(const struct compare_input *input, struct compare_result *ret)
{
	size_t before = input->before.count, after = input->after.count;
	struct compare_result result = {0};
	struct compare_work work = {.input = input, .result = &result};
	int r = check_side(&input->before, input->cells);

	if (!r)
		r = check_side(&input->after, input->cells);
	if (r)
		return r;
	work.enough = before >= COMPARE_MIN_DAYS && after >= COMPARE_MIN_DAYS;
	work.starts = calloc((before > after ? before : after) + 1, sizeof(*work.starts));
	if (!work.starts)
		return -ENOMEM;
	r = compare_all(&work);
	free(work.starts);
	if (!r)
		*ret = result;
	return r;
}
