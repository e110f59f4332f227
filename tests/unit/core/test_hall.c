/* The rules of the line, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/world.h"

enum { TODAY = 20260105 };

static struct hall *hall;
static struct decision decision;

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(hall_create(&hall), 0);
	world_do(hall, world_queue(1, "general", "A", 1, 999));
	world_do(hall, world_queue(1, "issue", "B", 1, 999));
	world_do(hall, world_item(1, "passport", "general"));
	world_do(hall, world_window(1, 1, "general,issue"));
	world_do(hall, world_window(1, 2, "issue,general"));
	world_do(hall, world_open(2, TODAY));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_null(hall_check(hall));
	hall_destroy(hall);
	return 0;
}

static int64_t issue(int64_t t, const char *queue, enum ticket_class class, int64_t arrival)
{
	struct command command = world_issue(t, queue, class);

	command.u.issue.arrival_ms = arrival;
	assert_int_equal(world_run(hall, &command, &decision), 0);
	return decision.events[0].u.ticket_issued.ticket;
}

/* The next at a window is this one. Served and finished at once. */
static void assert_next(int64_t t, int64_t window, int64_t ticket)
{
	struct command command = world_at(t, COMMAND_CALL_NEXT, window);

	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.events[0].u.ticket_called.ticket, ticket);
	world_do(hall, world_at(t, COMMAND_START, window));
	world_do(hall, world_at(t, COMMAND_FINISH, window));
}

static void assert_refused(const struct command *command, enum refusal refusal, const char *detail)
{
	uint64_t digest = hall_digest(hall);

	assert_int_equal(world_run(hall, command, &decision), -1);
	if (decision.refusal != refusal || !strstr(decision.detail, detail))
		fail_msg("wanted %s (%s), got %s (%s)", refusal_code(refusal), detail,
			 refusal_code(decision.refusal), decision.detail);
	assert_int_equal(hall_digest(hall), digest);
}

/* ---- order -------------------------------------------------------------------------------- */

static void test_classes_then_arrival(void **state)
{
	int64_t last = issue(100, "general", CLASS_ORDINARY, 90);
	int64_t first = issue(101, "general", CLASS_ORDINARY, 50);
	int64_t slot = issue(102, "general", CLASS_APPOINTMENT, 102);
	int64_t old = issue(103, "general", CLASS_PRIORITY, 103);
	int64_t tie = issue(104, "general", CLASS_ORDINARY, 90);

	(void)state;
	assert_int_equal(hall_ahead(hall, hall_find_ticket(hall, old)), 0);
	assert_int_equal(hall_ahead(hall, hall_find_ticket(hall, slot)), 1);
	assert_int_equal(hall_ahead(hall, hall_find_ticket(hall, first)), 2);
	assert_int_equal(hall_ahead(hall, hall_find_ticket(hall, last)), 3);
	assert_int_equal(hall_ahead(hall, hall_find_ticket(hall, tie)), 4);
	assert_int_equal(hall_waiting_at(hall, hall_find_window(hall, 1)), 5);
	assert_next(110, 1, old);
	assert_next(110, 1, slot);
	assert_next(110, 1, first);
	assert_next(110, 1, last);
	assert_next(110, 1, tie);
	assert_int_equal(hall_ahead(hall, hall_find_ticket(hall, tie)), 0);
}

static void test_ahead_of_a_new_ticket(void **state)
{
	(void)state;
	issue(100, "general", CLASS_ORDINARY, 90);
	assert_int_equal(decision.events[0].u.ticket_issued.ahead, 0);
	issue(101, "general", CLASS_ORDINARY, 50);
	assert_int_equal(decision.events[0].u.ticket_issued.ahead, 0);
	issue(102, "general", CLASS_ORDINARY, 90);
	assert_int_equal(decision.events[0].u.ticket_issued.ahead, 2);
	issue(103, "general", CLASS_APPOINTMENT, 1);
	assert_int_equal(decision.events[0].u.ticket_issued.ahead, 0);
	issue(104, "general", CLASS_PRIORITY, 104);
	assert_int_equal(decision.events[0].u.ticket_issued.ahead, 0);
	issue(105, "general", CLASS_ORDINARY, 60);
	assert_int_equal(decision.events[0].u.ticket_issued.ahead, 3);
	issue(106, "issue", CLASS_ORDINARY, 106);
	assert_int_equal(decision.events[0].u.ticket_issued.ahead, 0);
}

static void test_queues_by_preference(void **state)
{
	int64_t a1 = issue(100, "general", CLASS_ORDINARY, 100);
	int64_t b1 = issue(101, "issue", CLASS_PRIORITY, 101);
	int64_t a2 = issue(102, "general", CLASS_ORDINARY, 102);
	int64_t b2 = issue(103, "issue", CLASS_ORDINARY, 103);

	(void)state;
	assert_next(110, 1, a1);
	assert_next(110, 2, b1);
	assert_next(110, 2, b2);
	assert_next(110, 2, a2);
}

static void test_the_clock_is_never_reset(void **state)
{
	struct command transfer = world_at(112, COMMAND_TRANSFER, 1);
	int64_t first = issue(100, "general", CLASS_ORDINARY, 100);
	int64_t second = issue(101, "general", CLASS_ORDINARY, 101);
	int64_t third = issue(102, "issue", CLASS_ORDINARY, 102);

	(void)state;
	/* Parked and back: still the first. */
	world_do(hall, world_at(110, COMMAND_CALL_NEXT, 1));
	world_do(hall, world_at(110, COMMAND_PARK, 1));
	world_do(hall, world_ticket(111, COMMAND_RESUME, 0, first));
	assert_int_equal(hall_ahead(hall, hall_find_ticket(hall, first)), 0);
	/* A no-show and back, at the window: called at once. */
	world_do(hall, world_at(111, COMMAND_CALL_NEXT, 1));
	world_do(hall, world_at(111, COMMAND_NO_SHOW, 1));
	world_do(hall, world_ticket(112, COMMAND_RESUME, 1, first));
	assert_int_equal(hall_find_window(hall, 1)->ticket, first);
	assert_int_equal(hall_find_ticket(hall, first)->leg, 3);
	/* Transferred: before those who came to that queue earlier but to the hall later. */
	strcpy(transfer.u.at_window.queue, "issue");
	world_do(hall, transfer);
	assert_int_equal(hall_find_ticket(hall, first)->arrival_ms, 100);
	assert_int_equal(hall_find_ticket(hall, first)->leg_start_ms, 112);
	assert_int_equal(hall_find_ticket(hall, first)->leg, 4);
	assert_next(120, 2, first);
	assert_next(120, 2, third);
	assert_next(120, 2, second);
}

static void test_arrival_across_a_reboot(void **state)
{
	struct command start = world_command(COMMAND_START_DAEMON, 5);
	int64_t before = issue(100000, "general", CLASS_ORDINARY, 100000), after;

	(void)state;
	strcpy(start.u.start_daemon.boot, "another");
	world_do(hall, start);
	after = issue(10, "general", CLASS_ORDINARY, 10);
	assert_int_equal(decision.events[0].u.ticket_issued.ahead, 1);
	assert_next(11, 1, before);
	assert_next(11, 1, after);
}

/* The same boot at an earlier moment is a machine put back: who came before it came before. */
static void test_arrival_after_a_machine_was_put_back(void **state)
{
	struct command start = world_command(COMMAND_START_DAEMON, 200);
	int64_t before, after;

	(void)state;
	strcpy(start.u.start_daemon.boot, "one");
	world_do(hall, start);
	before = issue(1000, "general", CLASS_ORDINARY, 1000);
	start.at = world_stamp(500);
	world_do(hall, start);
	after = issue(600, "general", CLASS_ORDINARY, 600);
	assert_int_equal(decision.events[0].at.mono_ms, 600);
	assert_next(700, 1, before);
	assert_next(700, 1, after);
}

static void test_a_moment_before_the_newest(void **state)
{
	struct command command = world_issue(50, "general", CLASS_ORDINARY);

	(void)state;
	issue(100, "general", CLASS_ORDINARY, 100);
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.events[0].at.mono_ms, 100);
	assert_int_equal(decision.events[0].at.wall_ms, command.at.wall_ms);
	assert_int_equal(decision.events[0].u.ticket_issued.arrival_ms, 50);
}

/* ---- numbers and days --------------------------------------------------------------------- */

static const char *next_number(int64_t t, const char *queue)
{
	issue(t, queue, CLASS_ORDINARY, t);
	return decision.events[0].u.ticket_issued.number;
}

static void test_numbers(void **state)
{
	struct command command = world_issue(20, "short", CLASS_ORDINARY);

	(void)state;
	world_do(hall, world_queue(10, "long", "LNG", 1, 9999));
	world_do(hall, world_queue(10, "short", "S", 8, 9));
	world_do(hall, world_queue(10, "mid", "M", 1, 1000));
	assert_string_equal(next_number(11, "mid"), "M0001");
	assert_string_equal(next_number(11, "general"), "A001");
	assert_string_equal(next_number(11, "long"), "LNG0001");
	assert_string_equal(next_number(11, "short"), "S008");
	assert_string_equal(next_number(11, "short"), "S009");
	assert_refused(&command, REFUSAL_QUEUE_FULL, "S9 was the last");
	assert_string_equal(next_number(21, "general"), "A002");
	/* A longer range goes on, and a shorter one is full at once. */
	world_do(hall, world_queue(22, "short", "S", 8, 20));
	assert_string_equal(next_number(23, "short"), "S010");
	world_do(hall, world_queue(24, "short", "S", 1, 5));
	command = world_issue(25, "short", CLASS_ORDINARY);
	assert_refused(&command, REFUSAL_QUEUE_FULL, "");
	world_do(hall, world_queue(26, "short", "S", 100, 200));
	assert_string_equal(next_number(27, "short"), "S100");
	assert_ptr_equal(hall_find_number(hall, "S100"),
			 hall_ticket(hall, hall_ticket_count(hall) - 1));
	assert_null(hall_find_number(hall, "S101"));
}

static void test_a_prefix_moves(void **state)
{
	struct command retire = world_queue(20, "general", "A", 1, 999);

	(void)state;
	assert_string_equal(next_number(10, "general"), "A001");
	assert_string_equal(next_number(10, "general"), "A002");
	retire.u.define_queue.retired = true;
	world_do(hall, retire);
	world_do(hall, world_queue(21, "desk", "A", 1, 999));
	assert_string_equal(next_number(22, "desk"), "A003");
	/* And back. */
	retire = world_queue(23, "desk", "A", 1, 999);
	retire.u.define_queue.retired = true;
	world_do(hall, retire);
	world_do(hall, world_queue(24, "general", "A", 1, 999));
	assert_string_equal(next_number(25, "general"), "A004");
	/* A queue that takes another prefix goes on behind it. */
	assert_string_equal(next_number(26, "issue"), "B001");
	world_do(hall, world_queue(27, "issue", "C", 1, 999));
	world_do(hall, world_queue(28, "new", "B", 1, 999));
	assert_string_equal(next_number(29, "new"), "B002");
}

static void open_day(int64_t t, int64_t date)
{
	struct command command = world_open(t, date);

	command.u.open_day.operator_word = true;
	assert_int_equal(world_run(hall, &command, &decision), 0);
}

static void test_days(void **state)
{
	struct command command;

	(void)state;
	assert_string_equal(next_number(10, "general"), "A001");
	assert_int_equal(hall_day(hall), TODAY);
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 11));
	assert_int_equal(hall_day(hall), 0);
	assert_int_equal(hall_last_day(hall), TODAY);
	assert_int_equal(hall_ticket_count(hall), 1);
	/* The same date needs a word, keeps its tickets and its counter, and numbers go on. */
	command = world_open(12, TODAY);
	assert_refused(&command, REFUSAL_DAY_EARLIER, "20260105");
	open_day(13, TODAY);
	assert_int_equal(decision.events[0].u.day_opened.counter, 1);
	assert_int_equal(hall_find_number(hall, "A001")->state, TICKET_UNCALLED);
	assert_string_equal(next_number(14, "general"), "A002");
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 15));
	/* The next one begins anew. */
	world_do(hall, world_open(16, TODAY + 1));
	assert_int_equal(hall_ticket_count(hall), 0);
	assert_null(hall_find_number(hall, "A001"));
	assert_null(hall_find_ticket(hall, 1));
	assert_string_equal(next_number(17, "general"), "A001");
	assert_int_equal(hall_ticket(hall, 0)->id, 3);
}

/* After a day under a wrong clock the hall must get back, and a number stays unique on its day. */
static void test_back_to_an_earlier_date(void **state)
{
	struct command command;

	(void)state;
	for (int64_t t = 10; t < 15; t++)
		next_number(t, "general");
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 15));
	command = world_open(16, 20360101);
	command.u.open_day.operator_word = true;
	world_do(hall, command);
	assert_string_equal(next_number(17, "general"), "A001");
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 18));
	open_day(19, TODAY);
	assert_int_equal(decision.events[0].u.day_opened.counter, 3);
	assert_string_equal(next_number(20, "general"), "A006");
	assert_string_equal(next_number(20, "issue"), "B006");
	world_do(hall, world_queue(21, "new", "N", 1, 999));
	assert_string_equal(next_number(22, "new"), "N006");
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 23));
	/* From there on days follow without a word, and a day not seen before begins anew. */
	world_do(hall, world_open(24, TODAY + 1));
	assert_string_equal(next_number(25, "general"), "A001");
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 26));
	open_day(27, TODAY);
	assert_string_equal(next_number(28, "general"), "A007");
}

static void test_dates(void **state)
{
	static const int64_t bad[] = {0,	-20260101, 20260229, 20261301,	20260100,
				      20260431, 2026010,   19691231, 100000101, 21000229};
	struct command command;

	(void)state;
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 10));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		command = world_open(11, bad[i]);
		assert_refused(&command, REFUSAL_INVALID, "date");
	}
	command = world_open(11, 20260307); /* 61 days behind the last */
	assert_refused(&command, REFUSAL_DAY_FAR, "20260105");
	command = world_open(12, 20280229);
	command.u.open_day.operator_word = true;
	world_do(hall, command);
}

static void test_what_a_close_ends(void **state)
{
	static const enum ticket_state ends[] = {TICKET_FINISHED, TICKET_CLOSED,    TICKET_CLOSED,
						 TICKET_CLOSED,	  TICKET_CANCELLED, TICKET_UNCALLED,
						 TICKET_UNCALLED};
	struct command print = world_issue(3, "issue", CLASS_ORDINARY);

	(void)state;
	for (int64_t t = 10; t < 16; t++)
		issue(t, "general", CLASS_ORDINARY, t);
	print.at.mono_ms = 16;
	print.u.issue.arrival_ms = 16;
	print.u.issue.print = true;
	world_do(hall, print);
	world_do(hall, world_at(20, COMMAND_CALL_NEXT, 1));
	world_do(hall, world_at(20, COMMAND_START, 1));
	world_do(hall, world_window(20, 2, "general"));
	for (int i = 0; i < 2; i++) {
		world_do(hall, world_at(21, COMMAND_CALL_NEXT, 2));
		world_do(hall, world_at(21, i ? COMMAND_NO_SHOW : COMMAND_PARK, 2));
	}
	world_do(hall, world_at(22, COMMAND_CALL_NEXT, 2));
	world_do(hall, world_ticket(22, COMMAND_CANCEL, 0, 5));
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 30));
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(hall_ticket(hall, i)->state, ends[i]);
	assert_int_equal(hall_find_window(hall, 1)->ticket, 0);
	assert_int_equal(hall_find_window(hall, 1)->last_ticket, 1);
	assert_int_equal(hall_find_window(hall, 2)->ticket, 0);
	assert_int_equal(hall_job(hall, 0)->state, JOB_ENDED);
	assert_int_equal(hall_job(hall, 0)->outcome, PRINT_FAILED);
}

static void test_uncalled_are_counted(void **state)
{
	struct command command = world_command(COMMAND_CLOSE_DAY, 30);

	(void)state;
	issue(10, "general", CLASS_ORDINARY, 10);
	issue(10, "general", CLASS_PRIORITY, 10);
	issue(10, "issue", CLASS_APPOINTMENT, 10);
	world_do(hall, world_at(20, COMMAND_CALL_NEXT, 1));
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.count, 1);
	assert_int_equal(decision.events[0].u.day_closed.date, TODAY);
	assert_int_equal(decision.events[0].u.day_closed.uncalled, 2);
}

/* ---- what an event says -------------------------------------------------------------------- */

static void test_issue_in_full(void **state)
{
	struct command command = world_issue(100, "", CLASS_PRIORITY);
	const struct event_ticket_issued *issued = &decision.events[0].u.ticket_issued;
	const struct ticket *ticket;

	(void)state;
	strcpy(command.u.issue.item, "passport");
	strcpy(command.u.issue.case_ref, "案-7");
	strcpy(command.u.issue.token, "0123456789abcdef0123456789abcdef");
	strcpy(command.by, "panel/1");
	command.u.issue.origin = ORIGIN_PANEL;
	command.u.issue.arrival_ms = 90;
	command.u.issue.pre_reviewed = command.u.issue.print = true;
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.count, 2);
	assert_string_equal(decision.events[0].by, "panel/1");
	assert_int_equal(decision.events[0].version, 3);
	assert_memory_equal(&decision.events[0].at, &command.at, sizeof(int64_t) * 2);
	assert_int_equal(issued->ticket, 1);
	assert_string_equal(issued->number, "A001");
	assert_string_equal(issued->queue, "general");
	assert_string_equal(issued->item, "passport");
	assert_int_equal(issued->class, CLASS_PRIORITY);
	assert_int_equal(issued->origin, ORIGIN_PANEL);
	assert_int_equal(issued->arrival_ms, 90);
	assert_true(issued->pre_reviewed);
	assert_string_equal(issued->case_ref, "案-7");
	assert_string_equal(issued->token, "0123456789abcdef0123456789abcdef");
	assert_int_equal(decision.events[1].type, EVENT_PRINT_QUEUED);
	assert_int_equal(decision.events[1].u.print.job, 1);
	assert_int_equal(decision.events[1].u.print.ticket, 1);
	assert_int_equal(decision.events[1].u.print.copy, 1);
	assert_string_equal(decision.events[1].u.print.number, "A001");
	ticket = hall_find_token(hall, "0123456789abcdef0123456789abcdef");
	assert_non_null(ticket);
	assert_ptr_equal(ticket, hall_find_ticket(hall, 1));
	assert_int_equal(ticket->issued_wall_ms, command.at.wall_ms);
	assert_int_equal(ticket->job, 1);
	assert_string_equal(hall_item(hall, (size_t)ticket->item)->def.item, "passport");
	assert_int_equal(ticket->called_ms, -1);
	/* A queue that is named wins over the item's. */
	strcpy(command.u.issue.queue, "issue");
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_string_equal(issued->number, "B001");
	assert_string_equal(issued->item, "passport");
}

static void test_call_in_full(void **state)
{
	struct command command = world_at(10, COMMAND_SIGN_IN, 1);
	const struct event *events = decision.events;

	(void)state;
	strcpy(command.u.at_window.clerk, "li");
	world_do(hall, command);
	issue(11, "general", CLASS_ORDINARY, 11);
	issue(12, "general", CLASS_ORDINARY, 12);
	world_do(hall, world_at(13, COMMAND_CALL_NEXT, 1));
	assert_int_equal(hall_find_ticket(hall, 1)->since_ms, 13);
	world_do(hall, world_at(14, COMMAND_RECALL, 1));
	assert_int_equal(hall_find_ticket(hall, 1)->calls, 2);
	assert_int_equal(hall_find_ticket(hall, 1)->called_ms, 13);
	assert_int_equal(hall_find_ticket(hall, 1)->since_ms, 14); /* the newest call */
	world_do(hall, world_at(15, COMMAND_START, 1));
	assert_int_equal(hall_find_ticket(hall, 1)->since_ms, 14);
	command = world_at(16, COMMAND_CALL_NEXT, 1);
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.count, 2);
	assert_int_equal(events[0].u.service_finished.ticket, 1);
	assert_string_equal(events[0].u.service_finished.number, "A001");
	assert_int_equal(events[0].u.service_finished.leg, 1);
	assert_int_equal(events[0].u.service_finished.window, 1);
	assert_true(events[0].u.service_finished.implied);
	assert_int_equal(events[1].u.ticket_called.ticket, 2);
	assert_string_equal(events[1].u.ticket_called.number, "A002");
	assert_int_equal(events[1].u.ticket_called.leg, 1);
	assert_int_equal(events[1].u.ticket_called.window, 1);
	assert_string_equal(events[1].u.ticket_called.queue, "general");
	assert_string_equal(events[1].u.ticket_called.clerk, "li");
	assert_int_equal(hall_find_window(hall, 1)->last_ticket, 1);
	world_do(hall, world_at(17, COMMAND_PARK, 1));
	command = world_ticket(18, COMMAND_RESUME, 2, 2);
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(events[0].u.ticket_resumed.leg, 2);
	assert_int_equal(events[0].u.ticket_resumed.window, 2);
	assert_string_equal(events[0].u.ticket_resumed.queue, "general");
	assert_int_equal(events[1].u.ticket_called.leg, 2);
	assert_int_equal(events[1].u.ticket_called.window, 2);
	assert_string_equal(events[1].u.ticket_called.clerk, "");
	command = world_at(19, COMMAND_TRANSFER, 2);
	strcpy(command.u.at_window.queue, "issue");
	world_do(hall, world_at(19, COMMAND_START, 2));
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_true(events[0].u.service_finished.implied);
	assert_int_equal(events[0].u.service_finished.leg, 2);
	assert_int_equal(events[1].u.ticket_transferred.leg, 3);
	assert_int_equal(events[1].u.ticket_transferred.window, 2);
	assert_string_equal(events[1].u.ticket_transferred.from, "general");
	assert_string_equal(events[1].u.ticket_transferred.to, "issue");
	command = world_ticket(20, COMMAND_CANCEL, 0, 2);
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(events[0].u.ticket_cancelled.leg, 3);
	assert_int_equal(events[0].u.ticket_cancelled.window, 0);
}

/* A second clerk calls a ticket away from nobody: tickets and windows that are not together. */
static void test_other_peoples_tickets(void **state)
{
	struct command command = world_ticket(20, COMMAND_TRANSFER, 1, 2);

	(void)state;
	issue(10, "general", CLASS_ORDINARY, 10);
	issue(11, "general", CLASS_ORDINARY, 11);
	world_do(hall, world_at(12, COMMAND_CALL_NEXT, 1));
	world_do(hall, world_at(13, COMMAND_CALL_NEXT, 2));
	strcpy(command.u.at_window.queue, "issue");
	assert_refused(&command, REFUSAL_TICKET_STATE, "A002 is not at window 1");
	command.u.at_window.ticket = 77;
	assert_refused(&command, REFUSAL_TICKET_UNKNOWN, "77");
	command = world_ticket(20, COMMAND_TRANSFER, 0, 2);
	strcpy(command.u.at_window.queue, "issue");
	assert_refused(&command, REFUSAL_TICKET_STATE, "A002 is called");
	command = world_at(20, COMMAND_SIGN_OUT, 1);
	assert_refused(&command, REFUSAL_CLERK_NOT_SIGNED_IN, "window 1");
	world_do(hall, world_at(21, COMMAND_START, 2));
	command = world_ticket(22, COMMAND_CANCEL, 0, 2);
	assert_refused(&command, REFUSAL_TICKET_STATE, "finish it");
	/* One at a window may resume nobody, even while it serves. */
	world_do(hall, world_at(23, COMMAND_NO_SHOW, 1));
	command = world_ticket(24, COMMAND_RESUME, 2, 1);
	assert_refused(&command, REFUSAL_WINDOW_BUSY, "A002");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_classes_then_arrival),
		TEST(test_ahead_of_a_new_ticket),
		TEST(test_queues_by_preference),
		TEST(test_the_clock_is_never_reset),
		TEST(test_arrival_across_a_reboot),
		TEST(test_arrival_after_a_machine_was_put_back),
		TEST(test_a_moment_before_the_newest),
		TEST(test_numbers),
		TEST(test_a_prefix_moves),
		TEST(test_days),
		TEST(test_back_to_an_earlier_date),
		TEST(test_dates),
		TEST(test_what_a_close_ends),
		TEST(test_uncalled_are_counted),
		TEST(test_issue_in_full),
		TEST(test_call_in_full),
		TEST(test_other_peoples_tickets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
