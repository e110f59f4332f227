/* Inside the learning: what is counted in a log. */
#pragma once

#include "src/simulate/learn.h"
#include "src/simulate/past.h"

enum { LEARN_HALF_HOURS = 48 };

/* Lengths of services in ms. */
struct learn_times {
	int64_t n;
	double sum, logs, squares; /* of the lengths; of their logarithms, and squared */
};

#define LEARN_NO_QUEUE UINT32_MAX

/* Of an item that is defined in a work queue, what came for it; of others (none was named, or it
 * waits for a guide first) what came for it and first waited for work in this queue. */
struct learn_item {
	uint32_t item, queue; /* ordinals; LEARN_NO_QUEUE: filings that nobody knows the queue of */
	bool own;	      /* the queue is that of its definition */
	int64_t firsts, filings;
	struct learn_times known, implied;
};

/* Case references: open addressing, 0 free. */
struct learn_cases {
	uint64_t *slots;
	size_t count, capacity;
};

struct learn_day {
	int64_t date, cases;
};

struct learn_counts {
	struct past past;
	struct names keys;	  /* of items: "ITEM QUEUE", ordinals as text */
	struct learn_item *items; /* by ordinal of keys */
	size_t item_capacity;
	struct learn_day *days; /* by date */
	size_t day_count, day_capacity;
	struct learn_cases visited, filed;
	struct learn_times pick_up, pick_up_implied;
	int64_t half_hours[LEARN_HALF_HOURS], half_hour_days[LEARN_HALF_HOURS];
	int64_t called, priority;
	double walk_ms, vain_ms, exposed_ms;
	int64_t walks, vains;

	/* The hall at the log's end. */
	struct event_hall_defined hall;
	struct event_policy_defined policy;
	struct event_queue_defined *queues;
	struct event_window_defined *windows;
	struct event_item_defined *defs;
	struct event_clerk_defined *clerks;
	size_t queue_count, window_count, def_count, clerk_count;
	size_t queue_capacity, window_capacity, def_capacity, clerk_capacity;
	char at_window[CORE_MAX_WINDOW_NUMBER + 1][CORE_ID_SIZE]; /* who signed in last */
	bool calls[CORE_MAX_WINDOW_NUMBER + 1];
};

/* ln of ms, of which the least is a second. */
void learn_time(struct learn_times *times, int64_t ms);

/* The scenario of what was counted. -ENOMEM, -EINVAL. */
__attribute__((warn_unused_result)) int
learn_fit(struct learn_counts *counts, struct learn_facts *facts, struct scenario *ret_scenario);
/* Windows and queues at the log's end; -EINVAL: none. */
__attribute__((warn_unused_result)) int
learn_hall(const struct learn_counts *counts, struct learn_facts *facts, struct scenario *scenario);
