/* What the tests of the core share: commands in a line each, a hall to run them on, and commands as
 * text that can be kept and replayed. */
#pragma once

#include "src/core/hall.h"

/* A moment t ms after the boot, 8 o'clock in Shanghai. */
struct stamp world_stamp(int64_t t);

/* Commands with their usual arguments, all else zero. */
struct command world_command(enum command_type type, int64_t t);
struct command world_queue(int64_t t, const char *id, const char *prefix, int64_t first,
			   int64_t last);
struct command world_window(int64_t t, int64_t window, const char *queues);
struct command world_item(int64_t t, const char *id, const char *queue);
struct command world_open(int64_t t, int64_t date);
struct command world_issue(int64_t t, const char *queue, enum ticket_class class);
struct command world_at(int64_t t, enum command_type type, int64_t window);
struct command world_ticket(int64_t t, enum command_type type, int64_t window, int64_t ticket);

/* A freeze of the days from to to, of which so many were closed; its facts are made up. Its parts
 * are those of world_parts, which scripts know too. */
extern const struct event_baseline_part world_parts[CORE_MAX_BASELINE_PARTS];
struct command world_freeze(int64_t t, const char *name, int64_t from, int64_t to, int64_t days,
			    int64_t parts);

/* Decides, and applies what was decided with the next seqs. 0; -EPERM: refused; what apply
 * returned. */
int world_run(struct hall *hall, const struct command *command, struct decision *ret);
/* The same; anything but success fails the test (prints and aborts). */
void world_do(struct hall *hall, struct command command);

/* One command a line, "issue at=5 wall=0 off=480 by=api queue=general class=0 ...". Values are
 * percent-encoded where they hold blanks, '%' or control characters. */
enum { SCRIPT_LINE_MAX = 8192 };
void script_write(const struct command *command, char ret[SCRIPT_LINE_MAX]);
/* 0 or -EINVAL. */
int script_read(const char *line, struct command *ret);
/* Spoils one field of a command: a text without an end, one that is no UTF-8, one with a control
 * character; a number out of all ranges, or as large as a moment may be. 1 done; 0 the field is of
 * the other kind; -1 there are no more fields. */
enum script_spoil {
	SPOIL_ENDLESS,
	SPOIL_BYTES,
	SPOIL_CONTROL,
	SPOIL_LEAST,
	SPOIL_NEGATIVE,
	SPOIL_GREATEST,
	SPOIL_MOMENT,
	SPOIL_COUNT
};
int script_spoil(struct command *command, size_t field, enum script_spoil how);
/* Its name, NULL as above. */
const char *script_field(const struct command *command, size_t field);
/* The same command with every unused byte set to junk: behind texts, in padding, in the rest of the
 * union. */
void script_soil(const struct command *command, unsigned char junk, struct command *ret);
