/* The hall's state as decide and apply see it. Inside src/core. */
#pragma once

#include "src/core/hall.h"

enum {
	NO_INDEX = -1,
	/* Print jobs that may be under way at once: a restart ends them all in one decision. */
	STATE_MAX_STARTED_JOBS = DECISION_MAX_EVENTS - 1,
};

/* Moments are within this; every reader of JSON keeps it exactly, and sums of a few fit. */
#define STATE_MOMENT_MAX_MS ((int64_t)1 << 53)

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

/* A service day that was closed, and the lowest and highest number issued on it under any prefix:
 * if it is ever opened again, numbers go on behind the highest, and none between them is given. */
struct day_mark {
	int64_t date;
	uint32_t lowest, highest;
	uint32_t paper_lowest, paper; /* likewise of the pre-printed blocks */
};

/* Row numbers by text: open addressing, a power of two of slots, row + 1 in each, 0 empty. Derived
 * from the tables; rows are only ever added or all dropped. */
enum index_kind { INDEX_NUMBER, INDEX_TOKEN, INDEX_ITEM, INDEX_COUNT };

struct index {
	uint32_t *slots;
	size_t slot_count;
};

struct hall {
	uint64_t seq;
	struct event_hall_defined definition;
	struct event_policy_defined policy;
	char boot[CORE_BOOT_SIZE];
	char epoch[CORE_TOKEN_SIZE]; /* of the newest log-restored, "" none */
	uint64_t started_seq;	     /* the newest daemon-started, 0 none */
	uint64_t restored_seq; /* the first event that was written under another epoch, 0 none */
	uint32_t boots;	       /* different boot ids so far */
	int64_t mono_ms;       /* newest moment of this boot */
	int64_t wall_ms;       /* of the newest event */
	int64_t clock_ms;      /* wall - mono that this boot has while nobody sets the clock */
	int64_t stepped_ms;    /* clock steps of this boot since the service day was opened */
	int64_t day, last_day, day_counter;
	uint32_t floor;	      /* numbers of the open day begin here at the lowest */
	uint32_t paper_floor; /* likewise those of the pre-printed blocks */
	/* Of the open day's date when it was open before: what was issued lies from these up to the
	 * floors. 0: nothing was. */
	uint32_t lowest_before, paper_before;
	int64_t last_ticket, last_job; /* ids, over all days */
	uint32_t started_jobs;
	uint32_t aside; /* tickets in TICKET_NO_SHOW */
	struct queue_state *queues;
	struct window *windows;
	struct item *items;
	struct clerk *clerks;
	struct ticket *tickets; /* of the day; ids rise by one, so index = id - tickets[0].id */
	struct node *nodes;	/* beside tickets */
	struct job *jobs;	/* of the day; likewise */
	struct hall_printer *printers;
	struct day_mark *days; /* in the order in which they were first closed */
	struct baseline *baselines;
	size_t queue_count, window_count, item_count, clerk_count, ticket_count, job_count,
		mark_count, printer_count, baseline_count;
	size_t queue_capacity, window_capacity, item_capacity, clerk_capacity, ticket_capacity,
		job_capacity, mark_capacity, printer_capacity, baseline_capacity;
	size_t first_queued; /* derived: the first job that is still queued, or the count */
	struct index indexes[INDEX_COUNT];
};

/* line.c: the waiting lines and who is next. */
void line_insert(struct hall *hall, int32_t index);
void line_remove(struct hall *hall, int32_t index);
/* Whom a window calls next and why. The whole calling policy is in here. */
struct pick {
	int32_t ticket; /* NO_INDEX: nobody whom this window may call waits for it */
	enum call_reason reason;
	uint32_t overtaken; /* waiting tickets that the call passes over */
	uint32_t barred;    /* waiting in its queues for a skill that nobody here has */
};
struct pick line_pick(const struct hall *hall, const struct window *window,
		      const struct stamp *now);
/* The skill that a ticket's item asks for, "" none; has a clerk (NULL: nobody is there) a skill? */
const char *line_skill(const struct hall *hall, const struct ticket *ticket);
bool line_clerk_has(const struct clerk *clerk, const char *skill);
/* 0 to 2: in which order the classes of a queue are called at that moment. */
int line_rank(const struct hall *hall, const struct ticket *ticket, int64_t wall_ms);
/* Has the clerk at the window the skill that the ticket's item asks for, if any? */
bool line_has_skill(const struct hall *hall, const struct window *window,
		    const struct ticket *ticket);
/* Whom a call of this ticket passes over: waiting tickets that came before it and that the window
 * might call. */
struct passed {
	uint32_t count, in_queue; /* all; those of its own queue */
	const struct ticket
		*guarded; /* the first to come that may not be overtaken any more, NULL */
};
struct passed line_passed(const struct hall *hall, const struct window *window,
			  const struct ticket *ticket, int64_t mono_ms);
/* It was called: whom it passed over remembers. */
void line_pass(struct hall *hall, const struct window *window, const struct ticket *ticket);
/* Waiting tickets that would be called before one that arrives in the queue now; only the queue,
 * class, arrival_ms and boot of the newcomer are looked at. */
size_t line_ahead_of_new(const struct hall *hall, const struct ticket *newcomer);

/* Room for one more row, before anything is changed. -ENOMEM; -ENOSPC: the table's limit. */
__attribute__((warn_unused_result)) int state_reserve(struct hall *hall, enum event_type type);

/* index.c. Room for that many rows (-ENOMEM: as before); a row's text under its number, a text
 * that is there already moves to the newer row; the row of a text or NO_INDEX; forget all. */
__attribute__((warn_unused_result)) int index_reserve(struct hall *hall, enum index_kind kind,
						      size_t rows);
void index_add(struct hall *hall, enum index_kind kind, size_t row);
int32_t index_find(const struct hall *hall, enum index_kind kind, const char *text);
void index_clear(struct hall *hall, enum index_kind kind);

struct queue_state *state_queue(struct hall *hall, const char *id);
struct window *state_window(struct hall *hall, int64_t number);
struct ticket *state_ticket(struct hall *hall, int64_t id);
struct job *state_job(struct hall *hall, int64_t id);
struct hall_printer *state_printer(struct hall *hall, const char *id);
struct baseline *state_baseline(struct hall *hall, const char *name);
/* How long a queued job has waited; why it is not to be begun any more, CAUSE_NONE: it is. */
int64_t state_job_waited_ms(const struct job *job, int64_t mono_ms);
enum print_cause state_job_cause(const struct hall *hall, const struct job *job, int64_t mono_ms);
/* After a job has left the line. */
void state_find_first_queued(struct hall *hall);
int32_t state_queue_index(const struct hall *hall, const char *id); /* NO_INDEX */
int32_t state_item_index(const struct hall *hall, const char *id);
struct clerk *state_clerk(struct hall *hall, const char *id);
const struct day_mark *state_day_mark(const struct hall *hall, int64_t date); /* NULL */

/* "A001": the prefix and the number, padded with zeros to the digits of the range's end, at least
 * three. */
void state_format_number(const struct event_queue_defined *queue, const char *prefix,
			 uint32_t number, char ret[CORE_NUMBER_SIZE]);
/* The number behind the prefix; 0 if there is none. *ret_prefix_len: bytes before it. */
uint32_t state_parse_number(const char *text, size_t *ret_prefix_len);
/* Was it given today, be it written A001 or A0001? A range that grew past 999 writes four digits.
 */
bool state_number_is_given(const struct hall *hall, const char *prefix, uint32_t number);
/* The highest number issued today under a prefix, NULL any; 0 none. Of the ranges, or of the
 * pre-printed blocks. */
uint32_t state_highest_number(const struct hall *hall, const char *prefix, bool paper);
uint32_t state_lowest_number(const struct hall *hall, bool paper);
/* May it be entered from a block: this date's other openings did not give it? */
bool state_block_allows(const struct hall *hall, uint32_t number);
/* The number that the queue gives next: of its range, or when that is full of its spare prefix;
 * false: it is full. *ret_spare: which. */
bool state_next_number(const struct hall *hall, const struct queue *queue,
		       char ret_number[CORE_NUMBER_SIZE], uint32_t *ret_count, bool *ret_spare);

/* Calendar days since 1970 of a yyyymmdd, and of a moment in its local time. */
int64_t state_day_number(int64_t date);
int64_t state_local_day(const struct stamp *at);
/* Minutes since 1970 of a wall time at an offset. */
int64_t state_local_minute(int64_t wall_ms, int32_t offset_min);

/* Do two queues share a prefix, ordinary or spare? */
bool state_prefixes_clash(const struct event_queue_defined *a, const struct event_queue_defined *b);

/* The queues of a window's definition as indexes. -EINVAL: an empty or repeated id, or more than
 * CORE_MAX_WINDOW_QUEUES; -ENOENT: a queue that is not there. ret_bad then holds as much of that id
 * as fits; the others are untouched. */
__attribute__((warn_unused_result)) int
state_window_queues(const struct hall *hall, const char *queues,
		    uint32_t ret_indexes[CORE_MAX_WINDOW_QUEUES], uint32_t *ret_count,
		    char ret_bad[CORE_ID_SIZE]);
