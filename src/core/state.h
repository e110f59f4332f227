/* The hall's state as decide and apply see it. Inside src/core. */
#pragma once

#include "src/core/hall.h"

enum { NO_INDEX = -1 };

/* Waiting legs of one queue and class, in the order in which they are called: a list through the
 * tickets' indexes. */
struct waiting_line {
	int32_t first, last;
};

struct node {
	int32_t next, previous;
};

struct queue_state {
	struct queue queue;
	struct waiting_line lines[CLASS_COUNT];
};

struct hall {
	uint64_t seq;
	struct event_hall_defined definition;
	char boot[CORE_BOOT_SIZE];
	uint32_t boots; /* different boot ids so far */
	int64_t day, last_day, day_counter;
	int64_t last_ticket, last_job; /* ids, over all days */
	struct queue_state *queues;
	struct window *windows;
	struct item *items;
	struct ticket *tickets; /* of the day; ids rise by one, so index = id - tickets[0].id */
	struct node *nodes;	/* beside tickets */
	struct job *jobs;	/* of the day; likewise */
	size_t queue_count, window_count, item_count, ticket_count, job_count;
	size_t queue_capacity, window_capacity, item_capacity, ticket_capacity, job_capacity;
};

/* line.c: the waiting lines and who is next. */
void line_insert(struct hall *hall, int32_t index);
void line_remove(struct hall *hall, int32_t index);
/* The ticket that a window calls next, NO_INDEX if nobody waits for it. The whole calling policy
 * is in here. */
int32_t line_pick(const struct hall *hall, const struct window *window);

/* Room for one more, before anything is changed. -ENOMEM. */
int state_reserve(struct hall *hall, enum event_type type);

struct queue_state *state_queue(struct hall *hall, const char *id);
struct window *state_window(struct hall *hall, int64_t number);
struct ticket *state_ticket(struct hall *hall, int64_t id);
struct job *state_job(struct hall *hall, int64_t id);
int64_t state_queue_index(const struct hall *hall, const char *id); /* NO_INDEX */
int64_t state_item_index(const struct hall *hall, const char *id);
/* The queues of a window's definition as indexes; -EINVAL: one that is not there, *ret_bad names
 * it. */
int state_window_queues(const struct hall *hall, const char *queues,
			uint32_t ret_indexes[CORE_MAX_WINDOW_QUEUES], uint32_t *ret_count,
			char ret_bad[CORE_ID_SIZE]);
