/* Bootstrap-t intervals of a figure of two sides whose days were drawn, not their tickets. A figure
 * is a function that says what it is in a sample of days, with its variance there; the intervals
 * are made here. Definitions: docs/measurement.md, "Comparing two periods".
 *
 * Bootstrap-t: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), 12.5; P. Hall,
 * "Theoretical comparison of bootstrap confidence intervals", Annals of Statistics 16 (1988); A. C.
 * Davison and D. V. Hinkley, Bootstrap Methods and their Application (1997), 5.2. Blocks of days
 * that follow each other: H. R. Kuensch, "The jackknife and the bootstrap for general stationary
 * observations", Annals of Statistics 17 (1989); in a circle: D. N. Politis and J. P. Romano, "A
 * circular block-resampling procedure for stationary data" (1992). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stretches of days: each begins at one of `starts` and is `span` days long; behind a side's last
 * day comes its first. */
struct interval_sample {
	const uint32_t *starts;
	size_t count;
	uint32_t span;
	/* how many of the stretches hold the same day: 1 in a resample and for days, `span` where
	 * all blocks of a side are taken */
	uint32_t replicas;
};

/* What a figure is in a sample. Values of the two sides are subtracted, after - before; variances
 * add. */
struct interval_estimate {
	bool known, log_known;
	double value, variance;		/* on the scale of differences, in the figure's unit */
	double log_value, log_variance; /* on the scale of ratios */
};

typedef void (*interval_fn)(void *side, const struct interval_sample *sample,
			    struct interval_estimate *ret_estimate);

struct interval_request {
	interval_fn fn;
	void *before, *after;		/* what fn gets */
	size_t before_days, after_days; /* at least 2 spans each */
	uint32_t span;			/* 1: by days; else by blocks of so many */
	uint64_t seed;
	unsigned stream;
	uint32_t *starts; /* scratch: as many as days of the longer side */
	bool share;	  /* values are shares: differences lie between -1 and 1 */
};

/* point - t*(1950) * se to point - t*(50) * se; of shares both are those of atanh(point), and the
 * ends are brought back (R. Newson, "Confidence intervals for rank statistics: Somers' D and
 * extensions", Stata Journal 6 (2006)). se is of the point itself. Where se is zero or the figure
 * unknown the ends are infinite, where too many resamples gave no t one of them is. */
struct interval_ends {
	double se, low, high;
	uint32_t undefined; /* resamples that gave no t */
};

/* 1,999 resamples. Either of the outputs may be NULL. */
void interval_make(const struct interval_request *request, struct interval_ends *ret_log,
		   struct interval_ends *ret_change);

/* n / (n - 1) of the stretches of a sample that can be told apart, times its replicas: what makes
 * of a sum of squares about the mean of the sample the variance of its sum. */
double interval_factor(const struct interval_sample *sample);
/* The day at i of a stretch; i < days. */
static inline size_t interval_day(size_t start, size_t i, size_t days)
{
	size_t day = start + i;

	return day < days ? day : day - days;
}
