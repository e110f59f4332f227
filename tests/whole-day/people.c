/* Citizens press the panels' buttons, clerks their keypads; programs ask as the web side would. A
 * clerk does what the board and the keypad in front of it say, and sometimes something foolish. */
#include <stdio.h>
#include <string.h>

#include "tests/whole-day/world.h"

enum { FINGER_US = 200 * MS };

static const struct hall *seen_hall(void)
{
	return w.keeper ? keeper_hall(w.keeper) : w.durable;
}

/* ---- citizens ---- */

static void ask_issue(void)
{
	struct command command;

	process_command(&command, COMMAND_ISSUE, "api");
	snprintf(command.u.issue.queue, CORE_ID_SIZE, "q%d", (int)chance_below(WORLD_QUEUES));
	if (chance_of(0.3)) {
		snprintf(command.u.issue.item, CORE_ID_SIZE, "item%d",
			 (int)chance_below(WORLD_QUEUES));
		command.u.issue.queue[0] = '\0';
	}
	command.u.issue.class = chance_of(0.15)	  ? CLASS_PRIORITY
				: chance_of(0.05) ? CLASS_APPOINTMENT
						  : CLASS_ORDINARY;
	command.u.issue.origin = ORIGIN_API;
	command.u.issue.print = chance_of(0.5);
	snprintf(command.u.issue.token, CORE_TOKEN_SIZE, "%016llx%016llx",
		 (unsigned long long)chance_u64(), (unsigned long long)chance_u64());
	ask_send(ask_new(&command));
}

/* What nobody should ask: other tickets' ids, queues that are none. */
static void ask_nonsense(void)
{
	struct command command;

	process_command(&command, COMMAND_CANCEL, "api");
	command.u.at_window.ticket = chance_below(3 * (int64_t)w.ticket_count + 10) - 5;
	if (chance_of(0.5)) {
		command.type = COMMAND_TRANSFER;
		snprintf(command.u.at_window.queue, CORE_ID_SIZE, "q%d", (int)chance_below(5));
	}
	if (chance_of(0.3)) {
		command.type = COMMAND_RESUME;
		command.u.at_window.window = chance_below(WORLD_WINDOWS + 2);
	}
	ask_send(ask_new(&command));
}

static void citizen(int64_t arg)
{
	(void)arg;
	if ((int64_t)w.ticket_count < w.target)
		agenda_in(chance_exp_us(2.4), citizen, 0);
	if (w.quiet)
		return;
	if (chance_of(0.65))
		end_press(WORLD_WINDOWS + (size_t)chance_below(WORLD_PANELS), KEY_TAKE_NUMBER,
			  (uint16_t)(1 + chance_below(WORLD_QUEUES + (chance_of(0.02)))));
	else if (chance_of(0.93))
		ask_issue();
	else
		ask_nonsense();
	if (w.ask_count && chance_of(0.1))
		ask_twice((size_t)chance_below((int64_t)w.ask_count));
}

/* A job that nobody knows the end of: the desk looks, and says it, or prints again. */
static void desk(int64_t arg)
{
	const struct hall *hall = seen_hall();

	(void)arg;
	agenda_in(20 * S, desk, 0);
	for (size_t i = 0; !w.quiet && w.keeper && i < hall_job_count(hall); i++) {
		const struct job *job = hall_job(hall, i);
		const struct ticket *ticket = hall_find_ticket(hall, job->ticket);
		struct command command;

		if (!ticket || !hall_job_is_unsettled(hall, job))
			continue;
		witness_unsettled(ticket->token);
		if (!chance_of(0.3))
			continue;
		process_command(&command, COMMAND_REPRINT, "api");
		command.u.print.ticket = ticket->id;
		if (chance_of(0.5)) {
			command.type = COMMAND_PRINT_SETTLE;
			command.u.print.job = job->id;
			command.u.print.outcome =
				witness_pages(ticket->token) ? PRINT_PRINTED : PRINT_FAILED;
		}
		ask_send(ask_new(&command));
	}
}

/* ---- clerks ---- */

static void press(size_t window, uint16_t key, uint16_t argument)
{
	end_press(window, key, argument);
}

static int64_t serve(size_t index)
{
	if (chance_of(0.70))
		press(index, KEY_CALL_NEXT, 0); /* the one before is finished by that */
	else if (chance_of(0.5))
		press(index, KEY_FINISH, 0);
	else if (chance_of(0.5))
		press(index, KEY_PARK, 0);
	else
		press(index, KEY_TRANSFER, (uint16_t)(1 + chance_below(WORLD_QUEUES)));
	return 3 * S;
}

static int64_t act(size_t index)
{
	const struct hall *hall = seen_hall();
	const struct window *window = hall_find_window(hall, (int64_t)index + 1);
	const struct ticket *ticket = window ? hall_find_ticket(hall, window->ticket) : NULL;

	if (!window || !hall_day(hall))
		return 5 * S;
	if (!window->clerk[0]) {
		press(index, KEY_SIGN_IN, (uint16_t)(101 + index));
		return 2 * S;
	}
	if (window->paused) {
		press(index, KEY_REOPEN, 0);
		return 2 * S;
	}
	if (chance_of(0.01)) {
		press(index, chance_of(0.5) ? KEY_PAUSE : KEY_SIGN_OUT, 0);
		return 20 * S;
	}
	if (chance_of(0.02)) { /* any key, fitting or not */
		press(index, (uint16_t)(1 + chance_below(KEY_HELP)), (uint16_t)chance_below(4));
		return 2 * S;
	}
	if (!ticket) {
		press(index, chance_of(0.1) ? KEY_RESUME : KEY_CALL_NEXT, 0);
		return 2 * S + chance_exp_us(2);
	}
	if (ticket->state == TICKET_CALLED) {
		press(index,
		      chance_of(0.85)  ? KEY_START
		      : chance_of(0.4) ? KEY_RECALL
				       : KEY_NO_SHOW,
		      0);
		return chance_exp_us(12);
	}
	return serve(index);
}

static void clerk(int64_t index)
{
	int64_t pause = 2 * S;

	if (!w.quiet)
		pause = act((size_t)index);
	agenda_in(FINGER_US + pause, clerk, index);
}

/* Those who wait too long for the answer ask again, under the same id. */
static void patience(int64_t arg)
{
	(void)arg;
	asks_repeat();
	agenda_in(3 * S, patience, 0);
}

/* The daemon's timer for what the policy ends. */
static void expire(int64_t arg)
{
	struct command command;

	(void)arg;
	agenda_in(30 * S, expire, 0);
	if (!w.keeper || hall_deadline_ms(keeper_hall(w.keeper)) > mono_us() / MS)
		return;
	process_command(&command, COMMAND_EXPIRE, "daemon");
	if (keeper_submit(w.keeper, &command, NULL, NULL, 0, NULL, NULL) < 0)
		tell("nothing expires: the keeper takes no command");
}

void people_start(void)
{
	for (int64_t i = 0; i < WORLD_WINDOWS; i++)
		agenda_in(chance_below(5 * S), clerk, i);
	agenda_in(1 * S, citizen, 0);
	agenda_in(20 * S, desk, 0);
	agenda_in(3 * S, patience, 0);
	agenda_in(30 * S, expire, 0);
	agenda_in(60 * S, day_roll, 0);
	agenda_in(25 * S, day_operator, 0);
	agenda_in(7 * S, office, 0);
}
