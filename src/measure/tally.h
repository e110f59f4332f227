/* What is counted of legs and of visits, in sums that add up over openings and days; their bytes,
 * and the figures that follow. Inside src/measure. */
#pragma once

#include "src/measure/bytes.h"
#include "src/measure/report.h"

enum tally_count {
	COUNT_ISSUED,
	COUNT_LEGS,
	COUNT_SERVED,
	COUNT_NO_SHOW,
	COUNT_WAITING,
	COUNT_CANCELLED,
	COUNT_UNCALLED,
	COUNT_MOVED,
	COUNT_EXCLUDED,
	COUNT_AGELESS, /* cancelled, uncalled or waiting for nobody knows how long */
	COUNT_COUNT
};

/* Of the legs of one group. */
struct tally {
	int64_t counts[COUNT_COUNT];
	int64_t sum_ms, max_ms; /* of the waits */
	struct histogram waits; /* of called legs */
	struct histogram ages;	/* of uncalled ones at their end */
};

/* The legs of one group on many days: histograms are counted when all are there, group by group, so
 * that the one that is counted stays in the processor's cache. */
struct gathered {
	struct tally tally;
	struct bytes_writer waits, ages; /* encodings, one behind the other */
};

struct visit_tally {
	int64_t total_sum_ms, total_max_ms, window_sum_ms; /* of the known */
	int64_t excluded, elsewhere;
	int64_t lower_ms, upper_ms;    /* sums of the bounds of the censored */
	struct histogram totals, ages; /* of the known, of the censored */
};

/* Of all legs and visits. */
struct day_tally {
	struct tally all;
	struct visit_tally visits;
	struct measure_order order;
	struct measure_findings findings; /* but excluded and days_absent */
	int64_t recalls, recall_sum_ms;
};

/* ms >= 0. -ENOMEM, -ERANGE. */
__attribute__((warn_unused_result)) int tally_wait(struct tally *tally, int64_t ms);
/* An uncalled leg: waiting, cancelled or uncalled, of this age; -1 unknown. */
__attribute__((warn_unused_result)) int tally_age(struct tally *tally, enum tally_count why,
						  int64_t ms);
__attribute__((warn_unused_result)) int tally_merge(struct tally *tally, const struct tally *other);
/* Empty again; the histograms' memory goes. */
void tally_finish(struct tally *tally);
void gathered_finish(struct gathered *gathered);
void day_tally_finish(struct day_tally *day);

/* A reason that this software does not know counts as unstated. */
void order_count(struct measure_order *order, const struct event_ticket_called *called);
/* The greatest by amount, the first of equal ones. */
void findings_step(struct measure_findings *findings, int64_t step_ms);

void tally_write(struct bytes_writer *writer, const struct tally *tally);
void day_tally_write(struct bytes_writer *writer, const struct day_tally *day);
/* These add what they read; errors stay with the reader. */
void tally_read(struct bytes_reader *reader, struct tally *tally); /* NULL: passes over it */
void gathered_read(struct bytes_reader *reader, struct gathered *gathered);
void day_tally_read(struct bytes_reader *reader, struct day_tally *day);
/* The same bytes; passes over the legs. */
void day_tally_read_visits(struct bytes_reader *reader, struct day_tally *day);

/* Counts what was gathered; its tally is settled then. -EBADMSG, -ENOMEM. */
__attribute__((warn_unused_result)) int gathered_settle(struct gathered *gathered);

/* target_s: whole seconds. Settled histograms are quicker. */
struct measure_figures tally_figures(const struct tally *tally, int64_t target_s);
struct measure_visits visit_tally_figures(const struct visit_tally *visits, int64_t target_s);
