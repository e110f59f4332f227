/* Do the intervals of the expected wait hold what they say? Shares of tickets by cell, with an
 * interval between days. Definitions: docs/measurement.md, "Calibration of the expected wait".
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of a ticket's interval; the first that fits. Part of the digest's bytes. */
enum calibration_outcome {
	OUTCOME_NO_INTERVAL,
	OUTCOME_IDLE,	  /* a window was idle when it was issued */
	OUTCOME_UNCALLED, /* in its first leg */
	OUTCOME_UNKNOWN,  /* called, after nobody knows how long */
	OUTCOME_BELOW,
	OUTCOME_HELD,
	OUTCOME_ABOVE,
	OUTCOME_COUNT
};

enum {
	CALIBRATION_MIN_TICKETS = 200,
	CALIBRATION_MIN_DAYS = 20,
	CALIBRATION_LOW_PERCENT = 77, /* what 80% intervals should hold */
	CALIBRATION_HIGH_PERCENT = 83,
};

/* Tickets of one queue and hour of issue, in one opening. */
struct calibration_tickets {
	uint32_t queue, hour;
	int64_t date; /* yyyymmdd */
	int64_t counts[OUTCOME_COUNT];
};

enum calibration_kind {
	CALIBRATION_ALL,
	CALIBRATION_QUEUE,
	CALIBRATION_HOUR,
	CALIBRATION_QUEUE_HOUR,
	CALIBRATION_KINDS
};

enum calibration_verdict {
	CALIBRATION_FEW, /* tickets or days */
	CALIBRATION_WELL,
	CALIBRATION_NARROW, /* fewer are held than should be */
	CALIBRATION_WIDE,
	CALIBRATION_VERDICTS
};

struct calibration_cell {
	enum calibration_kind kind;
	uint32_t queue, hour; /* 0 where the kind has none */
	int64_t counts[OUTCOME_COUNT];
	int64_t n, days; /* below, held and above; dates with such tickets */
	enum calibration_verdict verdict;
	bool has_interval; /* of the share held; never where there are too few */
	double low, high;
};

/* Takes the tickets of all openings, in any order, and leaves them in another. The cells come by
 * kind, queue and hour, each that has a ticket; *ret_cells is the caller's to free. One of all is
 * there always, the first. -ENOMEM. */
__attribute__((warn_unused_result)) int calibration_make(struct calibration_tickets *tickets,
							 size_t count,
							 struct calibration_cell **ret_cells,
							 size_t *ret_count);
