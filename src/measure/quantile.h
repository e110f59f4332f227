/* A quantile of all waits of a side as a figure for interval.h, from counts by day and whole
 * second. Its variance is that of the share of waits up to it, carried over by the curve itself: R.
 * S. Woodruff, "Confidence intervals for medians and other position measures", JASA 47 (1952). */
#pragma once

#include "src/measure/compare.h"
#include "src/measure/interval.h"

/* Visits up to a row, by day: the most that a side's table takes, however long it is. */
enum { QUANTILE_TABLE_BYTES = 32 << 20 };

struct quantile_side {
	const struct compare_day *days;
	size_t day_count;
	uint32_t *seconds; /* all that occur, rising: the rows */
	size_t rows;
	/* visits of each day up to row step - 1, 2 step - 1, ...; where step is above 1 what lies
	 * between is counted in the days */
	uint32_t *table;
	size_t step;
	uint64_t *totals;  /* of each day */
	uint32_t *weights; /* scratch: how often each day is in the sample */
};

/* Reads `known` of the days, which must stay. table_bytes: QUANTILE_TABLE_BYTES. -ENOMEM, with
 * nothing to free. */
__attribute__((warn_unused_result)) int quantile_begin(const struct compare_day *days, size_t count,
						       size_t table_bytes,
						       struct quantile_side *ret_side);
void quantile_finish(struct quantile_side *side);

/* An interval_fn of the P90; side: struct quantile_side. ms, whole seconds; in logarithms of
 * seconds, where 0 counts as 1. Unknown in a sample without visits. */
void quantile_p90_estimate(void *side, const struct interval_sample *sample,
			   struct interval_estimate *ret_estimate);
