/* A ratio of two sums over days as a figure for interval.h: mean (waits over visits), share (within
 * over decided), minutes per case. Its variance is that of linearised residuals by days or blocks
 * (the ratio estimator: W. G. Cochran, Sampling Techniques (1977), 6.3 and 9A.4). */
#pragma once

#include "src/measure/interval.h"

struct ratio_side {
	const int64_t *over, *under; /* of each day; days times the largest is under 2^53 */
	size_t days;
};

/* An interval_fn; side: struct ratio_side. Value over / under in the unit of over, its log too.
 * Unknown where the sum of under is zero, the log also where that of over is. Zero variance is
 * exactly zero: residuals are integers until they are squared. */
void ratio_estimate(void *side, const struct interval_sample *sample,
		    struct interval_estimate *ret_estimate);
