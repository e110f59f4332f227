/* Difference in differences of two groups of queues on their common days: how much more the treated
 * ones changed than the control. It stands on the two having moved alike before, which is looked at
 * in the baseline: a slope of their log difference over the days (J. D. Angrist and J.-S. Pischke,
 * Mostly Harmless Econometrics (2009), 5.2). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "src/measure/compare_private.h"
#include "src/measure/student.h"

static const double rounding = 1e-24;

struct group {
	int64_t n, sum_ms;
};

struct both {
	struct group treated, control;
	int64_t date;
};

/* The common days of a side. */
struct common {
	struct both *days;
	size_t count;
};

static int find_common(const struct compare_side *side, struct common *ret)
{
	ret->days = calloc(side->count + 1, sizeof(*ret->days));
	if (!ret->days)
		return -ENOMEM;
	for (size_t d = 0; d < side->count; d++) {
		const struct compare_day *day = &side->days[d];

		if (day->treated_n && day->control_n)
			ret->days[ret->count++] = (struct both){
				{day->treated_n, day->treated_ms},
				{day->control_n, day->control_ms},
				day->date,
			};
	}
	return 0;
}

/* ---- the figure ----------------------------------------------------------------------------- */

/* (S - m n) / sum of S, with an integer above the line. */
static double residual(const struct group *day, const struct group *all)
{
	__extension__ typedef __int128 wide;
	wide over = (wide)day->sum_ms * all->n - (wide)day->n * all->sum_ms;

	return (double)over / (double)all->n / (double)all->sum_ms;
}

/* An interval_fn; side: struct common; by days only. The value is log treated - log control. */
static void estimate(void *side, const struct interval_sample *sample,
		     struct interval_estimate *ret_estimate)
{
	const struct common *common = side;
	struct group treated = {0}, control = {0};
	double squares = 0;

	*ret_estimate = (struct interval_estimate){0};
	for (size_t i = 0; i < sample->count; i++) {
		const struct both *day = &common->days[sample->starts[i]];

		treated.n += day->treated.n;
		treated.sum_ms += day->treated.sum_ms;
		control.n += day->control.n;
		control.sum_ms += day->control.sum_ms;
	}
	if (!treated.sum_ms || !control.sum_ms)
		return;
	for (size_t i = 0; i < sample->count; i++) {
		const struct both *day = &common->days[sample->starts[i]];
		double e = residual(&day->treated, &treated) - residual(&day->control, &control);

		squares += e * e;
	}
	squares *= interval_factor(sample);
	ret_estimate->log_known = true;
	ret_estimate->log_value = log((double)treated.sum_ms / (double)treated.n) -
				  log((double)control.sum_ms / (double)control.n);
	ret_estimate->log_variance = squares < rounding ? 0 : squares;
}

static bool find_point(struct compare_work *work, struct common *common, double *ret_log)
{
	struct interval_sample sample = {work->starts, common->count, 1, 1};
	struct interval_estimate found;

	for (size_t i = 0; i < common->count; i++)
		work->starts[i] = (uint32_t)i;
	estimate(common, &sample, &found);
	*ret_log = found.log_value;
	return found.log_known;
}

/* ---- drift before --------------------------------------------------------------------------- */

/* Days since 0000-03-01 of a date of the Gregorian calendar: years that begin in March end with the
 * leap day, and months from there have 153 days in five. */
static int64_t day_number(int64_t yyyymmdd)
{
	int64_t month = yyyymmdd / 100 % 100, march = (month + 9) % 12;
	int64_t year = yyyymmdd / 10000 - (month < 3);

	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * march + 2) / 5 +
	       yyyymmdd % 100 - 1;
}

/* Least squares of y on x, and the 95% interval of the slope by Student's t. n >= 3. */
static void regress(const double *x, const double *y, size_t n, struct compare_did *ret)
{
	double mean_x = 0, mean_y = 0, xx = 0, xy = 0, rest = 0, half;

	for (size_t i = 0; i < n; i++) {
		mean_x += x[i];
		mean_y += y[i];
	}
	mean_x /= (double)n;
	mean_y /= (double)n;
	for (size_t i = 0; i < n; i++) {
		xx += (x[i] - mean_x) * (x[i] - mean_x);
		xy += (x[i] - mean_x) * (y[i] - mean_y);
	}
	ret->slope = xy / xx;
	for (size_t i = 0; i < n; i++) {
		double e = y[i] - mean_y - ret->slope * (x[i] - mean_x);

		rest += e * e;
	}
	half = student_quantile(.975, (uint32_t)n - 2) * sqrt(rest / (double)(n - 2) / xx);
	ret->slope_low = ret->slope - half;
	ret->slope_high = ret->slope + half;
}

/* Whether the two drifted apart in the baseline, or it cannot be told. */
static int find_drift(const struct common *before, struct compare_did *ret, bool *ret_drift)
{
	double *x = calloc(2 * before->count + 1, sizeof(*x)), *y = x + before->count;
	size_t n = 0;

	if (!x)
		return -ENOMEM;
	for (size_t i = 0; i < before->count; i++) {
		const struct both *day = &before->days[i];

		if (!day->treated.sum_ms || !day->control.sum_ms)
			continue;
		x[n] = (double)(day_number(day->date) - day_number(before->days[0].date));
		y[n++] = log((double)day->treated.sum_ms / (double)day->treated.n) -
			 log((double)day->control.sum_ms / (double)day->control.n);
	}
	if (n >= 3)
		regress(x, y, n, ret);
	*ret_drift = n < 3 || ret->slope_low > 0 || ret->slope_high < 0;
	free(x);
	return 0;
}

/* --------------------------------------------------------------------------------------------- */

static void find_interval(struct compare_work *work, struct common *before, struct common *after,
			  struct compare_interval *ret_log)
{
	struct interval_request request = {.fn = estimate,
					   .before = before,
					   .after = after,
					   .before_days = before->count,
					   .after_days = after->count,
					   .span = 1,
					   .seed = work->input->seed,
					   .stream = STREAM_DIFFERENCES,
					   .starts = work->starts};
	struct interval_ends ends;

	interval_make(&request, &ends, NULL);
	ret_log->low = ret_log->day_low = ends.low;
	ret_log->high = ret_log->day_high = ends.high;
	ret_log->day_se = ends.se;
	ret_log->day_undefined = ends.undefined;
}

static int make(struct compare_work *work, struct common *before, struct common *after)
{
	struct compare_did *ret = &work->result->did;
	double before_log, after_log;
	bool drift;
	int r = find_drift(before, ret, &drift);

	if (r)
		return r;
	ret->before_days = before->count;
	ret->after_days = after->count;
	if (find_point(work, before, &before_log) && find_point(work, after, &after_log))
		ret->log.point = after_log - before_log;
	if (!compare_has_waits(&work->input->before) || !compare_has_waits(&work->input->after)) {
		ret->verdict = VERDICT_NO_WAITS;
		return 0;
	}
	if (before->count < COMPARE_MIN_DAYS || after->count < COMPARE_MIN_DAYS) {
		ret->verdict = VERDICT_FEW_DAYS;
		return 0;
	}
	find_interval(work, before, after, &ret->log);
	ret->verdict = drift ? VERDICT_DRIFT : compare_judge(work, &ret->log);
	return 0;
}

int compare_differences(struct compare_work *work)
{
	struct common before = {0}, after = {0};
	int r = 0;

	work->result->did = (struct compare_did){
		.log.point = NAN, .slope = NAN, .slope_low = NAN, .slope_high = NAN};
	compare_no_interval(&work->result->did.log);
	work->result->did.asked = work->input->has_control;
	if (!work->input->has_control)
		return 0;
	r = find_common(&work->input->before, &before);
	if (!r)
		r = find_common(&work->input->after, &after);
	if (!r)
		r = make(work, &before, &after);
	free(before.days);
	free(after.days);
	return r;
}
