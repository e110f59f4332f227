/* Writes the log of a random session for report_check.py: write_log PATH SEED COMMANDS. The core
 * decides, the store writes, the dice are those of the core's property test; its seconds become
 * minutes, so that waits lie on both sides of the target, and each boot begins its clocks anew,
 * now and then with a wall clock that went back. In some of the boots somebody sets the clock. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/store/store.h"
#include "tests/unit/core/generate.h"

enum { PACE = 37, HOUR_MS = 3600000, SET_ONE_IN = 400 };

static const int64_t year_ms = 365 * 24 * (int64_t)HOUR_MS;

struct session {
	struct generator generator;
	struct hall *hall;
	struct store *store;
	int64_t boots;
	int64_t wall_base_ms; /* wall - mono */
	int64_t newest_wall_ms;
	int32_t offset_min;
	uint64_t dice;
};

static uint64_t throw_dice(struct session *session)
{
	session->dice = session->dice * 6364136223846793005u + 1442695040888963407u;
	return session->dice >> 33;
}

/* By the boot's ordinal: a restart of minutes or, each third, with the clock an hour back; each
 * fifth in a zone an hour on. */
static void begin_boot(struct session *session, const struct command *command)
{
	int64_t gap_ms = session->generator.boots % 3 == 2 ? -HOUR_MS
							   : 40000 * (session->generator.boots % 4);

	session->boots = session->generator.boots;
	session->wall_base_ms = session->newest_wall_ms + gap_ms - command->at.mono_ms;
	session->offset_min = session->boots % 5 == 4 ? 540 : 480;
}

static void stretch(struct session *session, struct command *command)
{
	command->at.mono_ms *= PACE;
	if (command->type == COMMAND_ISSUE)
		command->u.issue.arrival_ms *= PACE;
	if (command->type == COMMAND_DEFINE_QUEUE)
		command->u.define_queue.work = command->u.define_queue.prefix[1] == '\0' &&
					       command->u.define_queue.prefix[0] != 'C';
	if (command->type == COMMAND_START_DAEMON && session->generator.boots != session->boots)
		begin_boot(session, command);
	command->at.wall_ms = session->wall_base_ms + command->at.mono_ms;
	command->at.offset_min = session->offset_min;
	session->newest_wall_ms = command->at.wall_ms;
}

/* 0, or a negative errno. A refusal is part of a random session. */
static int run(struct session *session, const struct command *command)
{
	static struct decision decision;
	int r = hall_decide(session->hall, command, &decision);

	if (r == -EPERM || (r == 0 && !decision.count))
		return 0;
	for (size_t i = 0; r == 0 && i < decision.count; i++) {
		decision.events[i].seq = hall_seq(session->hall) + 1;
		r = hall_apply(session->hall, &decision.events[i]);
	}
	return r < 0 ? r : store_append(session->store, decision.events, decision.count, NULL);
}

/* From a second to ten years, and back; never out of the hall's range. */
static int set_clock(struct session *session, const struct command *before)
{
	const int64_t steps[] = {1000,	       -1000,	     HOUR_MS,
				 -HOUR_MS,     8 * HOUR_MS,  -8 * HOUR_MS,
				 -8 * HOUR_MS, 10 * year_ms, -10 * year_ms};
	struct command command = {.type = COMMAND_STEP_CLOCK, .at = before->at, .by = "daemon"};
	int64_t step_ms = steps[throw_dice(session) % (sizeof(steps) / sizeof(steps[0]))];

	if (command.at.wall_ms + step_ms < 30 * year_ms || command.at.wall_ms > 90 * year_ms)
		return 0;
	session->wall_base_ms += step_ms;
	command.at.wall_ms += step_ms;
	session->newest_wall_ms = command.at.wall_ms;
	command.u.step_clock.step_ms = step_ms;
	return run(session, &command);
}

static int step(struct session *session)
{
	struct command command;
	int r;

	generate(&session->generator, session->hall, &command);
	stretch(session, &command);
	r = run(session, &command);
	if (r == 0 && throw_dice(session) % SET_ONE_IN == 0)
		r = set_clock(session, &command);
	return r;
}

static int ignore(void *user, const struct store_row *row)
{
	(void)user, (void)row;
	return 0;
}

int main(int argc, char **argv)
{
	struct session session = {.boots = -1, .newest_wall_ms = 1767571200000, .offset_min = 480};
	struct store_options options = {.create = true};
	char error[STORE_ERROR_SIZE] = "";
	long commands;
	int r;

	if (argc != 4)
		return 2;
	options.path = argv[1];
	commands = strtol(argv[3], NULL, 10);
	session.dice = strtoull(argv[2], NULL, 10);
	generator_init(&session.generator, strtoull(argv[2], NULL, 10));
	session.generator.steady = true;
	r = hall_create(&session.hall);
	if (r == 0)
		r = store_open(&session.store, &options, ignore, NULL, error);
	for (long i = 0; r == 0 && i < commands; i++)
		r = step(&session);
	if (r == 0 && store_flush(session.store) != STORE_OK)
		r = -EIO;
	if (session.store)
		store_close(session.store);
	hall_destroy(session.hall);
	if (r < 0)
		fprintf(stderr, "write_log: %s %s\n", strerror(-r), error);
	return r < 0;
}
