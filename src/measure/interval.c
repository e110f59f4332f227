/* Resamples of two sides, and the two ranks of their studentised deviations that make an interval.
 * A figure draws its stream anew: no draw is kept, and all figures see the same ones. */
#include "src/measure/interval.h"

#include <math.h>

#include "src/core/random.h"
#include "src/measure/compare.h"

enum {
	LOW_RANK = 50, /* of rising t*; from the top it is rank 1,950 as well */
	HIGH_RANK = 1950,
};
_Static_assert(HIGH_RANK + LOW_RANK - 1 == COMPARE_RESAMPLES,
	       "the ranks are the same from both ends");

/* A point, its error, and what the resamples said of it so far. */
struct scale {
	double point, se;
	bool share; /* of shares: point and se are of atanh */
	double plain_se;
	double lowest[LOW_RANK], highest[LOW_RANK]; /* of t*; both sorted, the outermost first */
	size_t count;
	uint32_t undefined;
};

double interval_factor(const struct interval_sample *sample)
{
	size_t whole = sample->count / sample->replicas;
	double apart = (double)whole;

	return apart / (apart - 1) * sample->replicas;
}

/* Keeps the LOW_RANK smallest, sorted. */
static void keep(double *smallest, size_t count, double value)
{
	size_t i = count < LOW_RANK ? count : LOW_RANK;

	if (i == LOW_RANK) {
		if (value >= smallest[LOW_RANK - 1])
			return;
		i--;
	}
	for (; i && smallest[i - 1] > value; i--)
		smallest[i] = smallest[i - 1];
	smallest[i] = value;
}

/* A difference of shares on the scale that has no ends, by the delta method. One of -1 or 1 has no
 * variance: it stays as it is. */
static void stretch(double *point, double *variance)
{
	double slope = 1 - *point * *point;

	if (!(*variance > 0))
		return;
	*point = atanh(*point);
	*variance /= slope * slope;
}

static void add_t(struct scale *scale, bool known, double point, double variance)
{
	double t;

	if (scale->share)
		stretch(&point, &variance);
	if (known && variance > 0)
		t = (point - scale->point) / sqrt(variance);
	else
		t = scale->undefined++ % 2 ? INFINITY : -INFINITY;
	keep(scale->lowest, scale->count, t);
	keep(scale->highest, scale->count, -t);
	scale->count++;
}

static void take_resample(const struct interval_request *request, struct random *random, void *side,
			  size_t days, struct interval_estimate *ret_estimate)
{
	struct interval_sample sample = {request->starts, days / request->span, request->span, 1};

	for (size_t i = 0; i < sample.count; i++)
		request->starts[i] = random_below(random, (uint32_t)days);
	request->fn(side, &sample, ret_estimate);
}

/* The figure over the side itself: every day once, or every block. */
static void take_all(const struct interval_request *request, void *side, size_t days,
		     struct interval_estimate *ret_estimate)
{
	struct interval_sample sample = {request->starts, days, request->span, request->span};

	for (size_t i = 0; i < days; i++)
		request->starts[i] = (uint32_t)i;
	request->fn(side, &sample, ret_estimate);
}

static void begin_scale(struct scale *scale, bool share, bool known, double point, double variance)
{
	scale->count = scale->undefined = 0;
	scale->share = share;
	scale->plain_se = known ? sqrt(variance) : 0;
	if (share)
		stretch(&point, &variance);
	scale->point = point;
	scale->se = known ? sqrt(variance) : 0;
}

static void finish_scale(const struct scale *scale, struct interval_ends *ret)
{
	*ret = (struct interval_ends){scale->plain_se, -INFINITY, INFINITY, scale->undefined};
	if (!(scale->se > 0))
		return;
	ret->low = scale->point + scale->highest[LOW_RANK - 1] * scale->se;
	ret->high = scale->point - scale->lowest[LOW_RANK - 1] * scale->se;
	if (!scale->share)
		return;
	ret->low = isfinite(ret->low) ? tanh(ret->low) : ret->low;
	ret->high = isfinite(ret->high) ? tanh(ret->high) : ret->high;
}

void interval_make(const struct interval_request *request, struct interval_ends *ret_log,
		   struct interval_ends *ret_change)
{
	struct interval_estimate before, after;
	struct scale log_scale, change;
	struct random random;

	take_all(request, request->before, request->before_days, &before);
	take_all(request, request->after, request->after_days, &after);
	begin_scale(&log_scale, false, before.log_known && after.log_known,
		    after.log_value - before.log_value, after.log_variance + before.log_variance);
	begin_scale(&change, request->share, before.known && after.known,
		    after.value - before.value, after.variance + before.variance);
	random_begin(&random, request->seed, request->stream);
	for (int i = 0; i < COMPARE_RESAMPLES; i++) {
		take_resample(request, &random, request->before, request->before_days, &before);
		take_resample(request, &random, request->after, request->after_days, &after);
		add_t(&log_scale, before.log_known && after.log_known,
		      after.log_value - before.log_value, after.log_variance + before.log_variance);
		add_t(&change, before.known && after.known, after.value - before.value,
		      after.variance + before.variance);
	}
	if (ret_log)
		finish_scale(&log_scale, ret_log);
	if (ret_change)
		finish_scale(&change, ret_change);
}
