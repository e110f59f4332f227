/* Every command in every state that matters to it. Ticket 1 is in queue general and needs nothing,
 * window 1 serves general, window 2 serves issue; the commands are about ticket 1 and window 1, if
 * the variant does not say otherwise. */
#pragma once

#include "src/core/hall.h"

enum { TABLE_TODAY = 20260105, TABLE_NOW = 100000, TABLE_STATES = 24 };

struct table_state {
	const char *name;
	void (*build)(struct hall *hall);
};

enum table_variant {
	PLAIN,
	NO_WINDOW,
	BAD_WINDOW,
	WINDOW_AND_TICKET,
	OTHER, /* of a ticket or job that there is not */
	WORD,  /* the operator's */
	FAR,
	FAILED,
	PAPER, /* a number of the pre-printed block */
	BACK,  /* transfer to general; call the number by its figures alone */
};

/* What it leads to in each state, a cell each: capitals for events, "-" for none, small letters for
 * a refusal (table.c). */
struct table_row {
	enum command_type type;
	enum table_variant variant;
	const char *cells;
};

struct command table_command(enum command_type type, enum table_variant variant);
/* How many cells are wrong; each is printed. */
int table_check(const struct table_state *states, size_t state_count, const struct table_row *row);

void table_define(struct hall *hall);
void table_opened(struct hall *hall);
void table_waiting(struct hall *hall);
void table_called(struct hall *hall);
void table_called_more(struct hall *hall);
void table_serving(struct hall *hall);
void table_serving_more(struct hall *hall);
void table_parked(struct hall *hall);
void table_no_show(struct hall *hall);
void table_finished(struct hall *hall);
void table_cancelled(struct hall *hall);
void table_paused(struct hall *hall);
void table_serving_paused(struct hall *hall);
void table_signed_in(struct hall *hall);
void table_elsewhere(struct hall *hall);
void table_queue_retired(struct hall *hall);
void table_window_retired(struct hall *hall);
void table_full(struct hall *hall);
void table_queued(struct hall *hall);
void table_printing(struct hall *hall);
void table_printed(struct hall *hall);
void table_closed(struct hall *hall);
void table_closed_printing(struct hall *hall);
void table_empty(struct hall *hall);

extern const struct table_state table_states[TABLE_STATES];
