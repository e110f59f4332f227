/* The mean of one side with the mix of the baseline, as a figure for interval.h: direct
 * standardisation (K. J. Rothman, S. Greenland and T. L. Lash, Modern Epidemiology (2008), ch. 4).
 * Cells and weights stay what they are in all samples. */
#pragma once

#include "src/measure/compare.h"
#include "src/measure/interval.h"

/* Of one side. Rows of sums, then visits, of the cells in use; one row a day, and one a block of
 * days that begins there. */
struct standard_side {
	size_t days, cells;
	double *day_rows, *block_rows; /* days x 2 cells */
	double *means;		       /* of the cells in all days */
	const double *weights;	       /* of the cells; sum 1 */
	/* scratch */
	double *sums;		   /* 2 cells */
	double *by_sum, *by_visit; /* cells: the residual's factors */
	double *residuals;	   /* days */
	uint32_t *drawn;	   /* days */
};

struct standard {
	struct standard_side before, after;
	double *weights;
	size_t cells;	/* that both sides have with COMPARE_MIN_CELL visits */
	double overlap; /* the smaller share of known visits in them; 0 where a side has none */
	bool enough;	/* overlap >= .90; without it the sides are empty */
};

/* Memory: days x cells in use x 32 bytes, and input->cells x 40. -ENOMEM, nothing to free. */
__attribute__((warn_unused_result)) int standard_begin(const struct compare_input *input,
						       struct standard *ret_standard);
void standard_finish(struct standard *standard);

/* An interval_fn; side: struct standard_side. ms. Always known; its log where the mean is not zero.
 * A variance that is under 1e-24 of the squared mean is rounding: zero. */
void standard_estimate(void *side, const struct interval_sample *sample,
		       struct interval_estimate *ret_estimate);
