/* A list of commands on a hall, with every property checked after each. */
#pragma once

#include "src/core/hall.h"

struct failure {
	const char *what; /* NULL: none. Equal texts are the same failure */
	size_t at;	  /* the command after which it showed */
};

struct run;

struct run *run_create(void);
void run_destroy(struct run *run);
/* NULL, or what is wrong after this command. */
const char *run_step(struct run *run, const struct command *command);
/* The checks that are too slow for each step: replay from nothing, copies. */
const char *run_finish(struct run *run);
const struct hall *run_hall(const struct run *run);
/* How many commands led to events so far, and how often each thing was seen. */
size_t run_done(const struct run *run);
struct seen {
	size_t refusals[REFUSAL_COUNT], reasons[CALL_REASON_COUNT], causes[PRINT_CAUSE_COUNT];
	size_t tries; /* of a copy, beyond the first */
};
void run_seen(const struct run *run, struct seen *ret_sum);

struct failure run_all(const struct command *commands, size_t count);
/* Takes away the commands and then the wishes in them that the failure does not need, by halves
 * down to single ones (after Zeller's ddmin); returns how many are left. */
size_t run_shrink(struct command *commands, size_t count, const char *what);
