/* A log of years: service days of 8,000 tickets through the core, the keeper and the store, in
 * large transactions that are not synced. Each ticket has eight events: issued, print-queued,
 * print-started, print-ended, called, recalled, service-started, service-finished; all but those of
 * the print come under a command id. The last day is yesterday, and closed.
 *
 *     bench-fill-log HALL.CONF EVENTS        the log of that hall must not be there */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/daemon/config.h"
#include "src/keeper/keeper.h"
#include "tests/bench/figures.h"
#include "tests/bench/unsynced.h"

enum {
	DAY_TICKETS = 8000,
	TICKET_EVENTS = 8,
	DAY_EVENTS = DAY_TICKETS * TICKET_EVENTS + 2,
	DAY_MS = 86400000,
	OPEN_MS = 30600000, /* 8:30 */
	PACE_MS = 3100,	    /* between tickets: 8,000 in seven hours */
	WAITING = 60,	    /* tickets in line */
	BATCH = 2000,	    /* commands a transaction */
	OFFSET_MIN = 480,
};

struct fill {
	struct keeper *keeper;
	const struct config *config;
	int64_t days, day_ms; /* the present day at 0:00, wall */
	int64_t mono_ms;      /* of 0:00 */
	int64_t now_ms;	      /* since 0:00 */
	uint64_t commands, queued;
	int64_t date;
};

static void on_reply(void *user, const struct keeper_reply *reply)
{
	(void)user;
	if (reply->status == KEEPER_DONE)
		return;
	fprintf(stderr, "fill-log: refused: %s %s\n", refusal_text_en(reply->refusal),
		reply->detail);
	exit(1);
}

static void settle(struct fill *fill)
{
	if (keeper_step(fill->keeper) < 0 || keeper_advance(fill->keeper) < 0 ||
	    !keeper_idle(fill->keeper)) {
		fprintf(stderr, "fill-log: the log takes no writes\n");
		exit(1);
	}
	fill->queued = 0;
}

static void submit(struct fill *fill, struct command *command, bool with_id)
{
	char id[64] = "";
	int r;

	command->at = (struct stamp){.mono_ms = fill->mono_ms + fill->now_ms,
				     .wall_ms = fill->day_ms + fill->now_ms,
				     .offset_min = OFFSET_MIN};
	snprintf(command->by, sizeof(command->by), with_id ? "api" : "printer/dispenser");
	if (with_id)
		snprintf(id, sizeof(id), "fill-%" PRIu64, fill->commands);
	if (command->type == COMMAND_ISSUE)
		command->u.issue.arrival_ms = command->at.mono_ms;
	fill->commands++;
	r = keeper_submit(fill->keeper, command, id, id, strlen(id), on_reply, NULL);
	if (r < 0) {
		fprintf(stderr, "fill-log: %s\n", strerror(-r));
		exit(1);
	}
	if (++fill->queued == BATCH)
		settle(fill);
}

/* As the daemon does it, so that its start finds nothing new. */
static void define(struct fill *fill)
{
	const struct config *config = fill->config;
	struct command command = {.type = COMMAND_START_DAEMON};

	snprintf(command.u.start_daemon.boot, sizeof(command.u.start_daemon.boot), "fill-log");
	snprintf(command.u.start_daemon.software, sizeof(command.u.start_daemon.software),
		 "onewindow %s", ONEWINDOW_VERSION);
	submit(fill, &command, false);
	command = (struct command){.type = COMMAND_DEFINE_HALL};
	command.u.define_hall = config->hall;
	submit(fill, &command, false);
	for (size_t i = 0; i < config->queue_count; i++) {
		command = (struct command){.type = COMMAND_DEFINE_QUEUE};
		command.u.define_queue = config->queues[i];
		submit(fill, &command, false);
	}
	for (size_t i = 0; i < config->window_count; i++) {
		command = (struct command){.type = COMMAND_DEFINE_WINDOW};
		command.u.define_window = config->windows[i];
		submit(fill, &command, false);
	}
	command = (struct command){.type = COMMAND_DEFINE_POLICY};
	command.u.define_policy = config->policy;
	submit(fill, &command, false);
}

static void issue(struct fill *fill, int64_t number)
{
	struct command command = {.type = COMMAND_ISSUE};

	snprintf(command.u.issue.queue, sizeof(command.u.issue.queue), "%s",
		 fill->config->queues[(size_t)number % fill->config->queue_count].queue);
	snprintf(command.u.issue.token, sizeof(command.u.issue.token), "%032" PRIx64,
		 fill->commands);
	command.u.issue.origin = ORIGIN_API;
	command.u.issue.print = true;
	submit(fill, &command, true);
}

/* Of the job that is so many behind the day's first. */
static void print(struct fill *fill, int64_t job)
{
	struct command command = {.type = COMMAND_PRINT_START};

	command.u.print.job = job;
	snprintf(command.u.print.printer, sizeof(command.u.print.printer), "dispenser");
	submit(fill, &command, false);
	command.type = COMMAND_PRINT_END;
	command.u.print.outcome = PRINT_PRINTED;
	submit(fill, &command, false);
}

static void serve(struct fill *fill, int64_t number)
{
	static const enum command_type steps[] = {COMMAND_CALL_NEXT, COMMAND_RECALL, COMMAND_START,
						  COMMAND_FINISH};
	size_t queues = fill->config->queue_count;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct command command = {.type = steps[i]};

		/* the hall of bench.py: window N serves queue N mod queues first */
		command.u.at_window.window =
			(int64_t)((size_t)number % queues ? (size_t)number % queues : queues);
		submit(fill, &command, true);
	}
}

static void run_day(struct fill *fill, int64_t ordinal)
{
	struct command command = {.type = COMMAND_OPEN_DAY};
	time_t day = (time_t)(fill->day_ms / 1000 + OFFSET_MIN * 60);
	struct tm parts;

	gmtime_r(&day, &parts);
	fill->now_ms = OPEN_MS;
	command.u.open_day.date =
		(parts.tm_year + INT64_C(1900)) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday;
	submit(fill, &command, false);
	for (int64_t i = 0; i < DAY_TICKETS + WAITING; i++) {
		fill->now_ms += PACE_MS;
		if (i < DAY_TICKETS) {
			issue(fill, i);
			print(fill, ordinal * DAY_TICKETS + i + 1);
		}
		if (i >= WAITING)
			serve(fill, i - WAITING);
	}
	command = (struct command){.type = COMMAND_CLOSE_DAY};
	submit(fill, &command, false);
	settle(fill);
}

static void print_error(void *user, const char *file, int line, const char *message)
{
	(void)user;
	fprintf(stderr, "%s:%d: %s\n", file, line, message);
}

static void open_log(struct fill *fill)
{
	struct keeper_options options = {.store = {.path = fill->config->log_path,
						   .create = true,
						   .projections = &store_ticket_projection,
						   .projection_count = 1,
						   .vfs = unsynced_vfs(),
						   .manual = true}};
	char error[STORE_ERROR_SIZE];

	if (keeper_open(&fill->keeper, &options, error) < 0) {
		fprintf(stderr, "fill-log: %s\n", error);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct fill fill = {.commands = 1};
	struct config *config = NULL;
	int64_t begin_us = figures_now_us();
	uint64_t seq;

	if (argc != 3 || config_load(&config, argv[1], print_error, NULL) < 0)
		return 2;
	fill.config = config;
	fill.days = (strtoll(argv[2], NULL, 10) + DAY_EVENTS - 1) / DAY_EVENTS;
	open_log(&fill);
	fill.day_ms = ((int64_t)time(NULL) / 86400 - fill.days) * DAY_MS - OFFSET_MIN * 60000;
	define(&fill);
	for (int64_t i = 0; i < fill.days; i++) {
		run_day(&fill, i);
		fill.day_ms += DAY_MS;
		fill.mono_ms += DAY_MS;
	}
	seq = hall_seq(keeper_hall(fill.keeper));
	keeper_close(fill.keeper);
	printf("{\"events\":%" PRIu64 ",\"days\":%" PRId64 ",\"seconds\":%.1f}\n", seq, fill.days,
	       (double)(figures_now_us() - begin_us) / 1e6);
	free(config);
	return 0;
}
