/* A second hall, written from docs/rules.md as simply as can be: arrays and walks, no lines, no
 * indexes, no counters, and one clock that runs on over reboots. It says what a command must lead
 * to, by which refusal it ends, who is called and why; and compares. */
#pragma once

#include "src/core/hall.h"

enum {
	MODEL_QUEUES = 16,
	MODEL_WINDOWS = 16,
	MODEL_ITEMS = 16,
	MODEL_CLERKS = 16,
	MODEL_TICKETS = 4096,
	MODEL_JOBS = 4096,
	MODEL_PRINTERS = 8,
	MODEL_BASELINES = 64,
	MODEL_DAYS = 64,
};

struct model_queue {
	struct event_queue_defined def;
	int64_t least, least_spare; /* numbers below were given today, or passed by */
};

struct model_window {
	struct event_window_defined def;
	bool paused, help;
	char clerk[CORE_ID_SIZE];
	int64_t ticket, last; /* here; the one before, of today */
};

struct model_ticket {
	int64_t id, date, leg, window, class, job, calls, overtaken;
	int64_t boot, arrival_ms; /* as the event has it */
	int64_t slot_from, slot_to, issued_wall_ms;
	int64_t waited_ms, since_ms; /* stays that ended; when the present one began, or when it
				      * was set aside; by the clock that runs on */
	uint64_t order;
	bool today, correction, paper;
	enum ticket_state state;
	char number[CORE_NUMBER_SIZE], queue[CORE_ID_SIZE], item[CORE_ID_SIZE];
	char prefix[CORE_NUMBER_SIZE];
	int64_t value;			/* the number behind its prefix */
	int64_t newest_ms, newest_boot; /* the last thing that happened to it */
};

struct model_job {
	int64_t id, ticket, copy, tries, outcome;
	bool today, word, large, settled;
	enum job_state state;
	int64_t waited_ms, since_ms; /* for a printer, like a ticket's stays */
	char wanted[CORE_ID_SIZE], by[CORE_BY_SIZE];
};

struct model_printer {
	char id[CORE_ID_SIZE];
	bool holds[CONDITION_COUNT];
	int64_t since_ms[CONDITION_COUNT];
};

struct model {
	int64_t day, last_day, boot, mono_ms, wall_ms;
	int64_t base_ms; /* the clock that runs on: base_ms + mono_ms */
	char boot_id[CORE_BOOT_SIZE];
	struct event_hall_defined hall;
	struct event_policy_defined policy;
	size_t queue_count, window_count, item_count, clerk_count, ticket_count, job_count;
	size_t printer_count;
	struct model_queue queues[MODEL_QUEUES];
	struct model_window windows[MODEL_WINDOWS];
	struct event_item_defined items[MODEL_ITEMS];
	struct event_clerk_defined clerks[MODEL_CLERKS];
	struct model_ticket tickets[MODEL_TICKETS];
	struct model_job jobs[MODEL_JOBS];
	struct model_printer printers[MODEL_PRINTERS];
	uint64_t seq;		    /* of the newest event */
	int64_t closed[MODEL_DAYS]; /* dates, one that was closed twice is there twice */
	size_t closed_count, baseline_count;
	struct event_baseline_frozen baselines[MODEL_BASELINES];
	int64_t parts; /* of the newest baseline, that have come */
};

void model_init(struct model *model);
/* What the hall made of a command: r and decision as hall_decide() gave them, the events numbered.
 * NULL, or the sentence that says what is wrong. */
const char *model_step(struct model *model, const struct command *command, int r,
		       const struct decision *decision);
/* The hall after the step: every ticket's state, place and clock, every window's, the deadline. */
const char *model_compare(struct model *model, const struct hall *hall);
