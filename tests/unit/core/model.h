/* A second hall, written as simply as can be: arrays and walks, no lines, no indexes, no counters.
 * It says what a command must lead to and who is next, and compares. */
#pragma once

#include "src/core/hall.h"

enum {
	MODEL_QUEUES = 16,
	MODEL_WINDOWS = 16,
	MODEL_ITEMS = 16,
	MODEL_TICKETS = 4096,
	MODEL_JOBS = 4096,
};

struct model_queue {
	struct event_queue_defined def;
};

struct model_window {
	struct event_window_defined def;
	bool paused;
	char clerk[CORE_ID_SIZE];
	int64_t ticket;
};

struct model_ticket {
	int64_t id, date, leg, window, class, boot, arrival_ms, job;
	uint64_t order;
	bool today;
	enum ticket_state state;
	char number[CORE_NUMBER_SIZE], queue[CORE_ID_SIZE];
	int64_t newest_ms, newest_boot; /* the last thing that happened to it */
};

struct model_job {
	int64_t id, ticket, copy;
	bool today;
	enum job_state state;
};

struct model {
	int64_t day, last_day, boot, mono_ms;
	char boot_id[CORE_BOOT_SIZE];
	size_t queue_count, window_count, item_count, ticket_count, job_count;
	struct model_queue queues[MODEL_QUEUES];
	struct model_window windows[MODEL_WINDOWS];
	struct event_item_defined items[MODEL_ITEMS];
	struct model_ticket tickets[MODEL_TICKETS];
	struct model_job jobs[MODEL_JOBS];
};

/* What the hall made of a command: r and decision as hall_decide() gave them, the events numbered.
 * NULL, or the sentence that says what is wrong. */
const char *model_step(struct model *model, const struct command *command, int r,
		       const struct decision *decision);
/* The hall after the step: every ticket's state and place, every window's. */
const char *model_compare(const struct model *model, const struct hall *hall);
