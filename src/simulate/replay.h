/* What if these days had been served in another layout: the logged citizens, replayed. Two replays,
 * never mixed (docs/simulate.md, "Replay"); both are model estimates, not measurements.
 *
 * Layout replay: arrivals and holding times as logged, other windows, queues and skills.
 * Reform replay: besides, by a baseline of the same log: online filings come as visits at the times
 * at which they were filed; the holding time of a first visit gets the baseline's value of the same
 * rank among its department's; reworks and pick-ups are drawn anew at the baseline's rates. */
#pragma once

#include "src/simulate/past.h"
#include "src/simulate/simulate.h"

struct replay_options {
	int64_t from,
		to; /* service days to replay, yyyymmdd; 0: unbounded, but behind the baseline */
	const char *baseline;	       /* NULL: layout replay */
	const struct scenario *layout; /* its queues, windows, departments and items' skills */
	uint64_t seed;		       /* first of the seeds */
	uint32_t seeds;		       /* >= 1, each replays all days */
	int64_t target_ms;	       /* 0: the layout's */
	unsigned threads;	       /* 0: one a processor */
};

enum { REPLAY_MAX_SEEDS = 1000 };

/* Visits of items that the layout does not list, pick-ups apart; no window needs a skill for them.
 */
struct replay_unlisted {
	int64_t visits, items;
	int64_t skilled; /* of the visits: their item needs a skill by the log */
	int64_t listed;	 /* visits of those that it lists */
	struct {
		char queue[CORE_ID_SIZE];
		int64_t visits;
	} queues[CORE_MAX_QUEUES]; /* where they wait */
	uint32_t queue_count;
};

struct replay_result {
	int64_t first_day, last_day, days; /* replayed */
	int64_t target_ms;
	struct sim_figures observed;	   /* the waits as logged */
	struct sim_figures replayed;	   /* of all seeds together */
	double mean_min[REPLAY_MAX_SEEDS]; /* of each seed */
	uint32_t seeds;
	int64_t baseline_days, baseline_visits;
	double baseline_mean_min; /* as logged */
	/* What was done, of the first seed. */
	int64_t visits, firsts, restored, moved, reworks, pick_ups;
	int64_t reworks_logged, pick_ups_logged; /* of the replayed days: these are not replayed */
	int64_t drawn;				 /* holding times that the log does not know */
	struct origin_days dates, simulated;	 /* of the log; the latter: those simulated */
	int64_t unknown_waits;			 /* of the log: in none of observed's figures */
	int64_t merged; /* visits of departments with too few values of their own */
	struct replay_unlisted unlisted;
	bool filings_logged; /* in the replayed days; false: a reform replay is biased */
	bool cases_told;     /* case references tell reworks apart, in both periods */
};

/* Reads the log twice over. Errors with a sentence in both languages: -ENOENT no such baseline, or
 * no closed day; -EINVAL: the periods overlap; -EDOM: the layout cannot serve an item of the log,
 * or its rules refuse; -ENODATA: the baseline has no service to take times from; else as
 * store_reader_each(). */
__attribute__((warn_unused_result)) int replay_run(struct store_reader *reader,
						   const struct replay_options *options,
						   struct replay_result *ret_result,
						   char ret_error[STORE_ERROR_SIZE]);
void replay_result_finish(struct replay_result *result);

/* 1 - observed mean / replayed mean, of all seeds together; 0 where nobody waited in the replay. */
double replay_reduction(const struct replay_result *result);

/* The baseline's value of the same rank: Q(F(value)), F by mid-rank among the after values, Q the
 * nearest rank among the before ones; both rising, neither empty. For tests. */
int64_t replay_same_rank(const int64_t *before, size_t before_count, const int64_t *after,
			 size_t after_count, int64_t value);
