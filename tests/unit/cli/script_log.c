/* Writes a log from commands on standard input, a line each (tests/unit/core/world.h), for tests
 * that need exact moments: script_log PATH VERSION. Without wall= it is eight o'clock at moment 0;
 * a command that is refused fails. VERSION 1: calls as the first format has them, without a reason.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/store/store.h"
#include "tests/unit/core/world.h"

static void complete(struct command *command, int64_t tokens)
{
	if (!command->at.wall_ms)
		command->at.wall_ms = world_stamp(command->at.mono_ms).wall_ms;
	command->at.offset_min = 480;
	if (!command->by[0])
		strcpy(command->by, "test");
	if (command->type != COMMAND_ISSUE)
		return;
	snprintf(command->u.issue.token, CORE_TOKEN_SIZE, "%032" PRIx64, tokens);
	if (!command->u.issue.arrival_ms)
		command->u.issue.arrival_ms = command->at.mono_ms;
}

static int run(struct hall *hall, struct store *store, const struct command *command, bool first)
{
	static struct decision decision;
	int r = hall_decide(hall, command, &decision);

	for (size_t i = 0; r == 0 && i < decision.count; i++) {
		struct event *event = &decision.events[i];

		event->seq = hall_seq(hall) + 1;
		if (first && event->type == EVENT_TICKET_CALLED) {
			event->version = 1;
			event->u.ticket_called.reason = CALL_UNSTATED;
			event->u.ticket_called.overtaken = 0;
		}
		r = hall_apply(hall, event);
	}
	if (r == -EPERM)
		fprintf(stderr, "refused: %s %s\n", refusal_code(decision.refusal),
			decision.detail);
	return r < 0 ? r : store_append(store, decision.events, decision.count, NULL);
}

static int ignore(void *user, const struct store_row *row)
{
	(void)user, (void)row;
	return 0;
}

int main(int argc, char **argv)
{
	struct store_options options = {.create = true};
	char error[STORE_ERROR_SIZE] = "", line[SCRIPT_LINE_MAX];
	struct store *store = NULL;
	struct hall *hall = NULL;
	int64_t tokens = 0;
	int r;

	if (argc != 3)
		return 2;
	options.path = argv[1];
	r = hall_create(&hall);
	if (r == 0)
		r = store_open(&store, &options, ignore, NULL, error);
	while (r == 0 && fgets(line, sizeof(line), stdin)) {
		struct command command;

		r = script_read(line, &command);
		if (r == 0) {
			complete(&command, ++tokens);
			r = run(hall, store, &command, !strcmp(argv[2], "1"));
		}
		if (r < 0)
			fprintf(stderr, "script_log: %s", line);
	}
	if (r == 0 && store_flush(store) != STORE_OK)
		r = -EIO;
	if (store)
		store_close(store);
	hall_destroy(hall);
	if (r < 0)
		fprintf(stderr, "script_log: %s %s\n", strerror(-r), error);
	return r < 0;
}
