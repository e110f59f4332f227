/* What a log tells of the citizens of its days: who came when, for what, and how long a window was
 * held for them. For replaying days and for learning from them. Durations and what became of a
 * visit are those of docs/measurement.md. */
#pragma once

#include "src/core/event.h"
#include "src/measure/names.h"
#include "src/measure/origin.h"
#include "src/store/store.h"

struct past_visit {
	/* When it came to its first work queue, of a visit that never did when it was issued. In ms
	 * of the local day's begin: the wall clock when the day was opened, and what the monotonic
	 * clock says since. So a clock that is set moves nobody. */
	int64_t arrival_ms;
	int64_t before_ms; /* its waits before that, in guide queues */
	int64_t wait_ms;   /* total wait up to the first call in a work leg; -1: none, or unknown */
	int64_t age_ms;	   /* of an uncalled one: how long it waited; -1: unknown */
	/* From a call to when that window was free of it again, in all its work legs; -1: it was
	 * never called, or nobody knows how long: the day's close cut it off. */
	int64_t hold_ms;
	int64_t walk_ms;   /* first call in a work leg to the start of the service; -1 */
	int64_t left_ms;   /* from arrival_ms until it was cancelled uncalled; -1: it was not */
	uint64_t case_ref; /* hash of the reference, 0 none */
	uint32_t item, department;    /* ordinals, of its issue */
	uint32_t queue;		      /* ordinal: where arrival_ms is */
	uint8_t class;		      /* enum ticket_class */
	uint8_t kind;		      /* enum queue_kind of that queue */
	bool works;		      /* it waited in a work queue */
	bool called, served, no_show; /* in a work leg; no_show: called, and never served */
	bool uncalled, cancelled;     /* its last leg was, and no work leg before was called */
	bool implied;		      /* nobody pressed finish */
};

struct past_filing {
	int64_t filed_ms; /* like arrival_ms; may lie before 0 and behind 24 h */
	uint64_t case_ref;
	uint32_t item, department;
};

struct past_item {
	uint32_t department, queue; /* ordinals, by the newest definition so far */
	bool defined, skilled;	    /* skilled: it needs one */
};

struct past_queue {
	int64_t kind; /* enum queue_kind, stated or as docs/measurement.md has it */
	bool work;
};

/* Names, by ordinal; they grow while the log is read. Item "" is "unknown". */
struct past {
	struct names items, departments, queues;
	struct origin_days dates, simulated; /* of the days that were read; the latter: nobody was
					      * in a hall */
	struct past_item *item;
	struct past_queue *queue;
	size_t item_capacity, queue_capacity;
};
void past_finish(struct past *past);
/* Results are handed out for it: its newest definition so far is in a queue of kind issue, or it
 * has the id of a pick-up of a simulated log, wherever that waits. */
bool past_item_is_pick_up(const struct past *past, uint32_t item);
/* The visit collected a result: its item is one of those, or it came to a queue of kind issue. */
bool past_is_pick_up(const struct past *past, const struct past_visit *visit);

/* One closed opening of a service day. */
struct past_day {
	int64_t date;			 /* yyyymmdd */
	const struct past_visit *visits; /* in order of issue */
	size_t visit_count;
	const struct past_filing *filings;
	size_t filing_count;
};

/* Stops at the first non-zero return, and returns that. */
typedef int (*past_day_fn)(void *user, const struct past_day *day);
/* The log's closed openings in order, definitions into *past (zeroed before the first). With fn
 * NULL only definitions are read, all of them: so that items' newest definitions are known when
 * days are read by a second call. from, to: dates, 0 unbounded. Errors as store_reader_each(),
 * -ENOMEM. */
__attribute__((warn_unused_result)) int past_read(struct store_reader *reader, int64_t from,
						  int64_t to, struct past *past, past_day_fn fn,
						  void *user);
