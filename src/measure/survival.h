/* Kaplan-Meier: how long people would have waited had nobody left, as far as leaving does not
 * depend on the wait. Times are whole seconds, from histograms of events (first calls) and
 * censorings; at one second events come before censorings.
 *
 * E. L. Kaplan, P. Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958).
 * Variance: M. Greenwood (1926); the interval on the log(-log) scale: J. D. Kalbfleisch,
 * R. L. Prentice, The statistical analysis of failure time data (1980). An interval over single
 * tickets is far too narrow where tickets share windows: no report prints it. */
#pragma once

#include "src/measure/histogram.h"

struct survival_point {
	uint32_t second;
	uint64_t at_risk, events;
	double survival;  /* S(t) from here on */
	double greenwood; /* sum of d / (r (r - d)); infinite where S(t) is 0 */
};

/* The seconds with events, rising; the caller frees *ret_points. -ENOMEM. */
__attribute__((warn_unused_result)) int survival_curve(const struct histogram *events,
						       const struct histogram *censored,
						       struct survival_point **ret_points,
						       size_t *ret_count);
/* The least second t with S(t) <= 1 - p + 1e-12; -1: not reached. */
int64_t survival_quantile_s(const struct histogram *events, const struct histogram *censored,
			    double p);
/* Of S(t): S^exp(z / log S * sqrt(greenwood)) and S^exp(-z ...). false: S(t) is 0 or 1, where it
 * has none. */
bool survival_interval(const struct survival_point *point, double z, double *ret_low,
		       double *ret_high);
