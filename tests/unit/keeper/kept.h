/* A small hall kept in a folder of its own, for the tests of the keeper and of what stands on it.
 */
#pragma once

#include "src/keeper/keeper.h"

struct kept {
	char folder[64];
	char log[80];
	int wake_fd; /* eventfd: readable after a batch */
	struct keeper *keeper;
	int64_t mono_ms;
};

/* Asserts that all goes well. One queue "general" A001..A999 and "issue" B001..B003, windows 1
 * (general) and 2 (issue, general), the item "id-card" of general. */
void kept_create(struct kept *kept);
void kept_destroy(struct kept *kept);
/* A restart on the same log. */
void kept_close(struct kept *kept);
void kept_open(struct kept *kept);
void kept_define(struct kept *kept);
void kept_open_day(struct kept *kept, int64_t date);

/* A zeroed command at the next millisecond. */
struct command kept_command(struct kept *kept, enum command_type type);
struct command kept_issue(struct kept *kept, const char *queue);
struct command kept_at(struct kept *kept, enum command_type type, int64_t window);

/* Waits for the disk and advances until nothing is pending; asserts that advance returns 0. */
void kept_pump(struct kept *kept);
/* After a refused commit and keeper_tick(): until the keeper takes commands again. */
void kept_wait_well(struct kept *kept);
/* Submits and pumps; asserts that it is done. */
void kept_do(struct kept *kept, const struct command *command);
void kept_on_wake(void *user);
