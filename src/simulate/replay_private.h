/* What the parts of a replay share: the log's days in memory (replay_read.c), the citizens of a
 * replayed day (replay_day.c), where they wait (replay_place.c), the whole (replay.c). */
#pragma once

#include "src/simulate/replay.h"

enum { REPLAY_MIN_VALUES = 20 }; /* of a group, on each side, to be taken by itself */

/* Values of a department's visits of one kind, and what became of its cases. */
struct replay_group {
	int64_t *before, *after; /* holding times, rising */
	size_t before_count, before_capacity, after_count, after_capacity;
	int64_t cases, reworks, pick_ups; /* of the baseline */
};

#define REPLAY_NOT_PLACED UINT32_MAX

/* REPLAY_ASIDE: it never came to a work queue, and is only in what was logged. */
enum replay_role { REPLAY_FIRST, REPLAY_REWORK, REPLAY_PICK_UP, REPLAY_ASIDE };

struct replay_visit {
	struct past_visit past;
	uint32_t item;	  /* index in the layout */
	uint8_t role;	  /* enum replay_role */
	bool waits_alone; /* a pick-up whose own item says where it waits */
};

struct replay_day {
	int64_t date;
	size_t first, end; /* of the visits */
	size_t filing_first, filing_end;
};

/* Case references that were met. */
struct replay_cases {
	uint64_t *slots; /* open addressing; 0 free */
	size_t slot_count, count;
};

struct replay {
	const struct replay_options *options;
	int64_t from, to;		    /* replayed */
	int64_t baseline_from, baseline_to; /* 0: none */
	int64_t target_ms;
	struct past past;
	struct replay_visit *visits; /* of the replayed days */
	struct past_filing *filings;
	struct replay_day *days;
	size_t visit_count, visit_capacity, filing_count, filing_capacity, day_count, day_capacity;
	/* [2 * department + (pick-up)], the last two are all departments' */
	struct replay_group *groups;
	size_t group_count;
	int64_t *arrivals; /* of the baseline, in order */
	size_t arrival_count, arrival_capacity;
	struct replay_cases baseline_cases, cases;
	int64_t baseline_days, baseline_visits, baseline_known, baseline_sum_ms;
	int64_t with_case_before, with_case_after;
	struct scenario scenario; /* the layout with the log's items */
	struct layout *layout;
	/* Index in the layout of the log's items, [item * (queues of the log + 1)]; behind it those
	 * that wait where the log's queue says, one a queue. */
	uint32_t *placed;
	struct replay_unlisted unlisted;
};

/* Definitions and days of the log into memory, groups sorted. */
int replay_read(struct replay *replay, struct store_reader *reader);
const struct replay_group *replay_group(const struct replay *replay, uint32_t department,
					bool pick_up, bool both, bool *ret_merged);

/* The items that the replayed citizens come for into the scenario, and no others: each must find a
 * window. Each visit is told which is its own. -EDOM: the layout cannot serve one. */
int replay_place(struct replay *replay, struct scenario *scenario,
		 char ret_error[STORE_ERROR_SIZE]);

/* Counts of one seed. */
struct replay_counts {
	int64_t visits, firsts, restored, moved, reworks, pick_ups, drawn, merged;
};
/* The citizens of a day as they are replayed, into *day, whose memory is used again. */
int replay_make_day(const struct replay *replay, uint64_t seed, size_t index, struct visit_day *day,
		    struct replay_counts *counts);
/* How long a visit of that day had waited in guide queues; 0 of one that is not logged. */
int64_t replay_before_ms(const struct replay *replay, size_t index, const struct visit *visit);
