/* The states of a hall that the tables have a column for. */
#include <string.h>

#include "tests/unit/core/table.h"
#include "tests/unit/core/world.h"

enum { TODAY = TABLE_TODAY };

void table_define(struct hall *hall)
{
	struct command policy = world_command(COMMAND_DEFINE_POLICY, 1);

	world_do(hall, world_queue(1, "general", "A", 1, 999));
	world_do(hall, world_queue(1, "issue", "B", 1, 999));
	world_do(hall, world_item(1, "passport", "general"));
	world_do(hall, world_window(1, 1, "general"));
	world_do(hall, world_window(1, 2, "issue"));
	/* Who does not show is set aside for a second; the commands come later. */
	policy.u.define_policy.overtakes = -1;
	policy.u.define_policy.aside_ms = 1000;
	world_do(hall, policy);
}

void table_opened(struct hall *hall)
{
	table_define(hall);
	world_do(hall, world_open(2, TODAY));
}

void table_waiting(struct hall *hall)
{
	table_opened(hall);
	world_do(hall, world_issue(3, "general", CLASS_ORDINARY));
}

void table_called(struct hall *hall)
{
	table_waiting(hall);
	world_do(hall, world_at(4, COMMAND_CALL_NEXT, 1));
}

void table_called_more(struct hall *hall)
{
	table_called(hall);
	world_do(hall, world_issue(5, "general", CLASS_ORDINARY));
}

void table_serving(struct hall *hall)
{
	table_called(hall);
	world_do(hall, world_at(5, COMMAND_START, 1));
}

void table_serving_more(struct hall *hall)
{
	table_serving(hall);
	world_do(hall, world_issue(6, "general", CLASS_ORDINARY));
}

static void after(struct hall *hall, enum command_type type)
{
	if (type == COMMAND_FINISH)
		table_serving(hall);
	else
		table_called(hall);
	world_do(hall, world_at(6, type, 1));
}

void table_parked(struct hall *hall)
{
	after(hall, COMMAND_PARK);
}

void table_no_show(struct hall *hall)
{
	after(hall, COMMAND_NO_SHOW);
}

void table_finished(struct hall *hall)
{
	after(hall, COMMAND_FINISH);
}

void table_cancelled(struct hall *hall)
{
	after(hall, COMMAND_CANCEL);
}

void table_paused(struct hall *hall)
{
	table_parked(hall);
	world_do(hall, world_issue(7, "general", CLASS_ORDINARY));
	world_do(hall, world_at(7, COMMAND_PAUSE, 1));
}

void table_serving_paused(struct hall *hall)
{
	table_serving(hall);
	world_do(hall, world_at(7, COMMAND_PAUSE, 1));
}

void table_signed_in(struct hall *hall)
{
	struct command command = world_at(4, COMMAND_SIGN_IN, 1);

	table_waiting(hall);
	strcpy(command.u.at_window.clerk, "li");
	world_do(hall, command);
}

void table_elsewhere(struct hall *hall)
{
	struct command command = world_at(4, COMMAND_SIGN_IN, 2);

	table_waiting(hall);
	strcpy(command.u.at_window.clerk, "li");
	world_do(hall, command);
}

void table_queue_retired(struct hall *hall)
{
	struct command command = world_queue(4, "general", "A", 1, 999);

	table_waiting(hall);
	command.u.define_queue.retired = true;
	world_do(hall, command);
}

void table_window_retired(struct hall *hall)
{
	struct command command = world_window(4, 1, "general");

	table_waiting(hall);
	command.u.define_window.retired = true;
	world_do(hall, command);
}

void table_full(struct hall *hall)
{
	table_waiting(hall);
	world_do(hall, world_queue(4, "general", "A", 1, 1));
}

void table_queued(struct hall *hall)
{
	struct command command = world_issue(3, "general", CLASS_ORDINARY);

	table_opened(hall);
	command.u.issue.print = true;
	world_do(hall, command);
}

static void print(struct hall *hall, enum command_type type)
{
	struct command command = world_command(type, 4);

	command.u.print.job = 1;
	strcpy(command.u.print.printer, "hall-1");
	world_do(hall, command);
}

void table_printing(struct hall *hall)
{
	table_queued(hall);
	print(hall, COMMAND_PRINT_START);
}

void table_printed(struct hall *hall)
{
	table_printing(hall);
	print(hall, COMMAND_PRINT_END);
}

void table_closed(struct hall *hall)
{
	table_serving_more(hall);
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 8));
}

void table_closed_printing(struct hall *hall)
{
	table_printing(hall);
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 8));
}

void table_empty(struct hall *hall)
{
	(void)hall;
}

const struct table_state table_states[TABLE_STATES] = {
	{"empty", table_empty},
	{"defined", table_define},
	{"opened", table_opened},
	{"waiting", table_waiting},
	{"called", table_called},
	{"called, one waits", table_called_more},
	{"serving", table_serving},
	{"serving, one waits", table_serving_more},
	{"parked", table_parked},
	{"no-show", table_no_show},
	{"finished", table_finished},
	{"cancelled", table_cancelled},
	{"paused, one waits", table_paused},
	{"serving, paused", table_serving_paused},
	{"signed in, waiting", table_signed_in},
	{"li is at window 2", table_elsewhere},
	{"queue retired", table_queue_retired},
	{"window retired", table_window_retired},
	{"numbers used up", table_full},
	{"print queued", table_queued},
	{"printing", table_printing},
	{"printed", table_printed},
	{"closed", table_closed},
	{"closed in mid-print", table_closed_printing},
};
