/* Commands in a line each, for tests. */
#include "tests/unit/core/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t EIGHT_O_CLOCK_MS = 1767571200000; /* 2026-01-05 00:00 UTC */

struct stamp world_stamp(int64_t t)
{
	return (struct stamp){.mono_ms = t, .wall_ms = EIGHT_O_CLOCK_MS + t, .offset_min = 480};
}

struct command world_command(enum command_type type, int64_t t)
{
	struct command command;

	memset(&command, 0, sizeof(command));
	command.type = type;
	command.at = world_stamp(t);
	strcpy(command.by, "test");
	return command;
}

struct command world_queue(int64_t t, const char *id, const char *prefix, int64_t first,
			   int64_t last)
{
	struct command command = world_command(COMMAND_DEFINE_QUEUE, t);
	struct event_queue_defined *def = &command.u.define_queue;

	snprintf(def->queue, sizeof(def->queue), "%s", id);
	snprintf(def->zh, sizeof(def->zh), "队列 %s", id);
	snprintf(def->en, sizeof(def->en), "Queue %s", id);
	snprintf(def->prefix, sizeof(def->prefix), "%s", prefix);
	def->first = first;
	def->last = last;
	def->work = true;
	return command;
}

struct command world_window(int64_t t, int64_t window, const char *queues)
{
	struct command command = world_command(COMMAND_DEFINE_WINDOW, t);
	struct event_window_defined *def = &command.u.define_window;

	def->window = window;
	snprintf(def->zh, sizeof(def->zh), "%d号窗口", (int)window);
	snprintf(def->en, sizeof(def->en), "Window %d", (int)window);
	snprintf(def->queues, sizeof(def->queues), "%s", queues);
	return command;
}

struct command world_item(int64_t t, const char *id, const char *queue)
{
	struct command command = world_command(COMMAND_DEFINE_ITEM, t);
	struct event_item_defined *def = &command.u.define_item;

	snprintf(def->item, sizeof(def->item), "%s", id);
	snprintf(def->zh, sizeof(def->zh), "事项 %s", id);
	snprintf(def->en, sizeof(def->en), "Item %s", id);
	snprintf(def->department, sizeof(def->department), "公安局");
	snprintf(def->queue, sizeof(def->queue), "%s", queue);
	return command;
}

struct command world_open(int64_t t, int64_t date)
{
	struct command command = world_command(COMMAND_OPEN_DAY, t);

	command.u.open_day.date = date;
	return command;
}

struct command world_issue(int64_t t, const char *queue, enum ticket_class class)
{
	struct command command = world_command(COMMAND_ISSUE, t);

	snprintf(command.u.issue.queue, sizeof(command.u.issue.queue), "%s", queue);
	snprintf(command.u.issue.token, sizeof(command.u.issue.token), "%032llx",
		 (unsigned long long)t);
	command.u.issue.class = class;
	command.u.issue.origin = ORIGIN_API;
	command.u.issue.arrival_ms = t;
	return command;
}

struct command world_at(int64_t t, enum command_type type, int64_t window)
{
	struct command command = world_command(type, t);

	command.u.at_window.window = window;
	return command;
}

struct command world_ticket(int64_t t, enum command_type type, int64_t window, int64_t ticket)
{
	struct command command = world_at(t, type, window);

	command.u.at_window.ticket = ticket;
	return command;
}

#define ITEMS                                                                                      \
	{                                                                                          \
		.about = BASELINE_ITEMS, .text = "passport=812;tax=90;marriage=7"                  \
	}
#define ITEMS_8 ITEMS, ITEMS, ITEMS, ITEMS, ITEMS, ITEMS, ITEMS, ITEMS

const struct event_baseline_part world_parts[CORE_MAX_BASELINE_PARTS] = {
	{.about = BASELINE_WINDOWS, .text = "1=general+issue;2=issue"},
	{.about = BASELINE_WINDOWS, .text = "(others)=3"},
	ITEMS_8,
	ITEMS_8,
	ITEMS_8,
	ITEMS_8,
	ITEMS_8,
	ITEMS_8,
	ITEMS_8,
	ITEMS,
	{.about = BASELINE_ITEMS, .text = "()=2;(others)=957"},
};

struct command world_freeze(int64_t t, const char *name, int64_t from, int64_t to, int64_t days,
			    int64_t parts)
{
	struct command command = world_command(COMMAND_FREEZE_BASELINE, t);
	struct event_baseline_frozen *frozen = &command.u.freeze_baseline.frozen;

	snprintf(frozen->name, sizeof(frozen->name), "%s", name);
	frozen->from = from;
	frozen->to = to;
	frozen->days = days;
	frozen->visits = 3;
	frozen->first_seq = 1;
	frozen->last_seq = 2;
	snprintf(frozen->rows, sizeof(frozen->rows), "%064x", 0xb10c);
	snprintf(frozen->figures, sizeof(frozen->figures), "%064x", 0xf19);
	frozen->figures_version = 1;
	frozen->windows = 5;
	frozen->items = 960;
	frozen->parts = parts;
	command.u.freeze_baseline.parts = world_parts;
	return command;
}

int world_run(struct hall *hall, const struct command *command, struct decision *ret)
{
	int r = hall_decide(hall, command, ret);

	for (size_t i = 0; r == 0 && i < ret->count; i++) {
		ret->events[i].seq = hall_seq(hall) + 1;
		r = hall_apply(hall, &ret->events[i]);
	}
	return r;
}

void world_do(struct hall *hall, struct command command)
{
	static struct decision decision;
	char line[SCRIPT_LINE_MAX];
	int r = world_run(hall, &command, &decision);

	if (r == 0)
		return;
	script_write(&command, line);
	fprintf(stderr, "%s\n-> %d %s %s\n", line, r, refusal_code(decision.refusal),
		decision.detail);
	abort();
}
