/* For expected_waits.py: runs the commands on standard input, one a line, the last of which is an
 * issue; that is decided under many ids, so with many seeds, and not applied. Prints the means of
 * what the tickets would be told: mean, low, high in ms, and whether every window was taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/state.h"
#include "tests/unit/core/world.h"

enum { SEEDS = 200 };

static void die(const char *what, const char *line)
{
	fprintf(stderr, "%s: %s\n", what, line);
	exit(1);
}

int main(void)
{
	static struct decision decision;
	static char line[SCRIPT_LINE_MAX];
	struct hall *hall;
	struct command command;
	double ms = 0, low = 0, high = 0;
	int busy = 0, pending = 0;

	if (hall_create(&hall) < 0)
		die("no memory", "");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (pending && world_run(hall, &command, &decision) < 0)
			die(decision.detail, line);
		if (script_read(line, &command) < 0)
			die("no command", line);
		pending = 1;
	}
	for (int i = 0; i < SEEDS; i++) {
		const struct event_ticket_issued *issued = &decision.events[0].u.ticket_issued;

		if (hall_decide(hall, &command, &decision) < 0)
			die(decision.detail, line);
		ms += (double)issued->expect_ms / SEEDS;
		low += (double)issued->expect_low_ms / SEEDS;
		high += (double)issued->expect_high_ms / SEEDS;
		busy = issued->expect_busy;
		hall->last_ticket++;
	}
	printf("%.3f %.3f %.3f %d\n", ms, low, high, busy);
	hall_destroy(hall);
	return 0;
}
