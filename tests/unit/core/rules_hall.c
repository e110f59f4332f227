/* The hall in which the tests of the rules take place. */
#include "tests/unit/core/rules_hall.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/core/world.h"

const char *const rules_window_queues[RULES_WINDOWS] = {"issue,general", "general,issue",
							"general"};

struct hall *rules_hall(void)
{
	struct command command;
	struct hall *hall;

	if (hall_create(&hall) < 0)
		abort();
	world_do(hall, world_queue(1, "general", "A", 1, 999));
	world_do(hall, world_queue(1, "issue", "B", 1, 999));
	for (int i = 0; i < RULES_WINDOWS; i++)
		world_do(hall, world_window(2, i + 1, rules_window_queues[i]));
	command = world_item(3, "tax", "general");
	strcpy(command.u.define_item.skill, "tax");
	world_do(hall, command);
	command = world_command(COMMAND_DEFINE_CLERK, 3);
	strcpy(command.u.define_clerk.clerk, "li");
	strcpy(command.u.define_clerk.zh, "李");
	strcpy(command.u.define_clerk.en, "Li");
	strcpy(command.u.define_clerk.skills, "taxi,tax");
	world_do(hall, command);
	world_do(hall, world_open(4, 20260105));
	command = world_at(5, COMMAND_SIGN_IN, 2);
	strcpy(command.u.at_window.clerk, "li");
	world_do(hall, command);
	return hall;
}

void rules_policy(struct hall *hall, int64_t t, int64_t overtakes, int64_t age_ms)
{
	struct command command = world_command(COMMAND_DEFINE_POLICY, t);

	command.u.define_policy.overtakes = overtakes;
	command.u.define_policy.age_ms = age_ms;
	world_do(hall, command);
}
