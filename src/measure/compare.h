/* A period against a baseline: reductions with intervals that hold for days, not for tickets. Pure:
 * sums by day in, figures out. Definitions and formulas: docs/measurement.md, "Comparing two
 * periods". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	COMPARE_RESAMPLES = 1999, /* B; ranks 50 and 1,950 are the 95% interval */
	COMPARE_BLOCK = 5,	  /* days */
	COMPARE_MIN_DAYS = 20,	  /* of each side */
	COMPARE_MIN_CELL = 5,	  /* visits of a cell on each side */
	COMPARE_KM_RESAMPLES = 199,
	COMPARE_RELATIVE_MS = 60 * 1000, /* of a baseline's value: under it, the difference */
	COMPARE_KM_NEVER = -1,		 /* the curve does not fall so far */
	COMPARE_KM_NO_BAND = -2,	 /* under 20 days on a side */
};

/* Waits of one whole second. */
struct compare_bin {
	uint32_t second;
	uint32_t count;
};

struct compare_cell {
	uint32_t cell; /* the same number means the same cell on both sides */
	uint32_t n;
	int64_t sum_ms;
};

/* One service day of a side; visits, docs/measurement.md. */
struct compare_day {
	int64_t date; /* yyyymmdd */
	int64_t n, sum_ms;
	int64_t within, decided;
	int64_t cases;			      /* that appear first on this day */
	int64_t filings;		      /* those of them that were filed online */
	int64_t censored, lower_ms, upper_ms; /* sums of the bounds */
	int64_t treated_n, treated_ms, control_n, control_ms;
	const struct compare_bin *known, *ages; /* rising; total waits, and ages of the censored */
	size_t known_count, age_count;
	const struct compare_cell *cells; /* rising */
	size_t cell_count;
};

struct compare_side {
	const struct compare_day *days; /* rising dates */
	size_t count;
};

struct compare_input {
	struct compare_side before, after;
	uint64_t seed;	/* first 8 bytes of the baseline's rows, little-endian */
	uint32_t cells; /* cell numbers are below it */
	bool has_control;
};

enum compare_verdict {
	VERDICT_SHORTER,
	VERDICT_LONGER,
	VERDICT_NO_WAITS,    /* not shown: no waiting time on one side */
	VERDICT_FEW_DAYS,    /* not enough days */
	VERDICT_ZERO_INSIDE, /* not shown: the interval holds zero, or has no end */
	VERDICT_BOUNDS,	     /* not shown: those who left may turn the sign */
	VERDICT_OVERLAP,     /* not shown: the mix of items differs too much */
	VERDICT_DRIFT,	     /* not shown: treated and control drifted apart before */
	VERDICT_COUNT
};

struct compare_interval {
	double point;	  /* NaN: not known */
	double low, high; /* the hull; not finite: it has no end on that side, or was not made */
	double day_low, day_high, block_low, block_high;
	double day_se, block_se;
	uint32_t day_undefined, block_undefined; /* resamples that gave no t */
};

struct compare_figure {
	double before, after;		/* ms; share: 0..1; NaN where there is none */
	struct compare_interval log;	/* log(after / before); of a share: none */
	struct compare_interval change; /* after - before, in the unit of before */
	bool relative;			/* log is the one to print, and the verdict's */
	enum compare_verdict verdict;
};

struct compare_bounds {
	int64_t before_censored, after_censored;
	double before_lower, before_upper, after_lower,
		after_upper;			 /* means, ms; NaN where nobody came */
	double reduction_lower, reduction_upper; /* 1 - after/before; NaN where before is 0 */
	double reduction_worst; /* before at its lower, after at its upper bounds */
	bool turns;		/* after - before differs in sign: known, lower, upper */
};

struct compare_standard {
	double overlap;
	uint32_t cells;		    /* in use */
	struct compare_figure mean; /* nothing but its verdict where the overlap is under .90 */
};

struct compare_did {
	bool asked;
	size_t before_days, after_days;	     /* common */
	struct compare_interval log;	     /* by days alone: blocks are not filled */
	double slope, slope_low, slope_high; /* of the log difference, per day; NaN not looked at */
	enum compare_verdict verdict;
};

/* Seconds, or one of the COMPARE_KM_... above. low and high: the band from resampled days. */
struct compare_km {
	int64_t p50, p50_low, p50_high, p90, p90_low, p90_high;
};

struct compare_result {
	size_t before_days, after_days;
	int64_t before_n, after_n; /* known visits */
	int64_t before_cases, after_cases, before_filings, after_filings;
	struct compare_figure mean, p90, share, per_case;
	struct compare_standard standard;
	struct compare_bounds bounds;
	struct compare_did did;
	struct compare_km before_km, after_km;
};

/* Takes at most, beside the input: 2 x 32 MiB for quantiles, 24 bytes for each bin, and for each
 * day 32 bytes for each cell in use. 60 + 250 days of 8,000 visits and 700 cells: 22 MiB. The same
 * input gives the same result but for the last places of log().
 *
 * 0 or -ENOMEM; -EINVAL: days or seconds or cells do not rise, a sum is negative, or the bins are
 * not as many as n or censored; -ERANGE: 2^32 visits on a day, or a sum by which doubles would not
 * be exact (2^53 / 5 / days). */
__attribute__((warn_unused_result)) int compare(const struct compare_input *input,
						struct compare_result *ret);

/* 1 - e^x of a log ratio: the reduction. Ends of an interval change places. */
double compare_reduction(double log_ratio);
