/* What the reports need of one opening of a service day, in parts: made by the ledger from its
 * events, kept by the store, added up by reports and comparisons. The encoding is not a format for
 * others: digest_maker.version changes with it.
 *
 * Numbers and texts are those of bytes.h. A part that is damaged is -EBADMSG; then a part of it may
 * have been added already. */
#pragma once

#include "src/measure/calibration.h"
#include "src/measure/report.h"
#include "src/store/store.h"

enum digest_part {
	PART_DAY = 0, /* counts of all legs, visits, their histograms, findings, order of calls */
	PART_HOUR,    /* 1 to 6: groups of legs, one for each key */
	PART_QUEUE,
	PART_WINDOW,
	PART_CLERK,
	PART_ITEM,
	PART_DEPARTMENT,
	PART_CELLS,	/* known visits by department x kind of queue x hour */
	PART_CASES,	/* case references seen: by tickets, by online filings */
	PART_ISSUED_IN, /* known visits by the queue of issue, for control queues */
	PART_OUTCOMES,	/* intervals of the expected wait by queue of issue x hour */
	PART_COUNT
};

extern const struct store_digest digest_maker;

/* ---- reading parts; inside src/measure ---- */
struct gathered;
struct day_tally;

/* Adds it; the second passes over the legs. */
__attribute__((warn_unused_result)) int digest_read_day(const struct store_part *part,
							struct day_tally *day);
__attribute__((warn_unused_result)) int digest_read_visits(const struct store_part *part,
							   struct day_tally *day);

/* Where the opening's legs of a key are added: text, or "" and the number of hour or window. NULL:
 * out of memory. Their histograms are looked at when they are settled. */
typedef struct gathered *(*digest_group_fn)(void *user, enum digest_part part, const char *text,
					    int64_t number);
__attribute__((warn_unused_result)) int digest_read_groups(enum digest_part which,
							   const struct store_part *part,
							   digest_group_fn fn, void *user);

/* n known visits whose total waits add up to sum_ms. Of issued-in, kind and hour are 0 and text is
 * the queue. Returns 0 or a negative errno, which ends the reading. */
struct digest_visits {
	const char *text; /* department, or queue */
	int64_t kind, hour;
	int64_t n, sum_ms;
};
typedef int (*digest_visits_fn)(void *user, const struct digest_visits *visits);
__attribute__((warn_unused_result)) int digest_read_cells(const struct store_part *part,
							  digest_visits_fn fn, void *user);
__attribute__((warn_unused_result)) int digest_read_issued_in(const struct store_part *part,
							      digest_visits_fn fn, void *user);

/* Tickets of one queue of issue and hour by enum calibration_outcome. As above. */
struct digest_outcomes {
	const char *queue;
	int64_t hour;
	int64_t counts[OUTCOME_COUNT];
};
typedef int (*digest_outcomes_fn)(void *user, const struct digest_outcomes *outcomes);
__attribute__((warn_unused_result)) int digest_read_outcomes(const struct store_part *part,
							     digest_outcomes_fn fn, void *user);

/* Case references, hashed; 8 bytes each, little-endian, rising. They point into the part. */
struct digest_cases {
	const uint8_t *references;
	size_t count;
	int64_t without; /* that name none */
};
__attribute__((warn_unused_result)) int digest_read_cases(const struct store_part *part,
							  struct digest_cases *ret_tickets,
							  struct digest_cases *ret_filings);
uint64_t digest_case(const struct digest_cases *cases, size_t i);
