/* From the events of one opening of a service day to its digest: a ledger follows each ticket and
 * leg, and counts them when the opening ends. Definitions: docs/measurement.md. Inside src/measure.
 */
#pragma once

#include "src/measure/calibration.h"
#include "src/measure/digest.h"
#include "src/measure/names.h"
#include "src/measure/tally.h"

enum { FAMILIES = PART_DEPARTMENT + 1, HOURS = 24 };

/* Groups of one kind. The index in list is the hour, the window's number, or the ordinal of the
 * text in names; those without legs are none. */
struct family {
	struct tally *list;
	uint32_t count;
	const struct names *names; /* NULL: the keys are numbers */
};

/* Known visits by department x kind of queue x hour, and by queue of issue. */
struct cell {
	uint32_t department; /* ordinal */
	uint32_t kind, hour;
	int64_t n, sum_ms;
};

struct issued_in {
	int64_t n, sum_ms; /* by ordinal of the queue; n 0: none */
};

/* Tickets by hour of issue and what became of their intervals. */
struct outcomes {
	int64_t of_hour[HOURS][OUTCOME_COUNT];
};

/* Case references as the first 8 bytes of their BLAKE2b-256, little-endian. */
struct cases {
	uint64_t *list; /* rising, each once */
	size_t count, capacity;
	int64_t without; /* tickets, or filings, that name none */
};

/* Of one opening; belongs to its ledger, until the next event. */
struct digest {
	struct day_tally day;
	struct family families[FAMILIES]; /* from PART_HOUR on */
	struct cell *cells;		  /* by ordinal of the department, kind, hour */
	size_t cell_count, cell_capacity;
	struct issued_in *issued_in;
	uint32_t issued_in_count;
	struct cases tickets, filings;
	struct outcomes *outcomes; /* by ordinal of the queue of issue */
	uint32_t outcome_count;
};

struct moment {
	int32_t boot;  /* ordinal of the boot id */
	int32_t steps; /* of the clock so far */
	int64_t mono_ms, wall_ms;
};
/* Between two moments of the log; -1: unknown. */
int64_t ledger_duration(const struct moment *from, const struct moment *to);

struct ledger;

__attribute__((warn_unused_result)) int ledger_create(struct ledger **ret_ledger);
void ledger_destroy(struct ledger *ledger);
/* In order. What is about a ticket of an earlier opening is passed over. -ENOMEM, -EPROTO: an event
 * that does not fit. */
__attribute__((warn_unused_result)) int ledger_event(struct ledger *ledger,
						     const struct event *event);
/* The opening is over, or the log is: the next event begins another. -ENOMEM, -ERANGE. */
__attribute__((warn_unused_result)) int ledger_cut(struct ledger *ledger,
						   const struct digest **ret_digest);
uint64_t ledger_case(const char *reference);
