/* A ticket's way to paper: which tickets' paper is still printed, what is tried again, what an
 * operator can say, and what printers say of themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/hall.h"
#include "tests/unit/core/table.h"
#include "tests/unit/core/world.h"

static struct decision decision;
static struct hall *hall;

static int set_up(void **state)
{
	(void)state;
	if (hall_create(&hall) < 0)
		return -1;
	table_opened(hall);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hall_destroy(hall);
	return 0;
}

static struct command of_job(int64_t t, enum command_type type, int64_t job)
{
	struct command command = world_command(type, t);

	command.u.print.job = job;
	strcpy(command.u.print.printer, "hall-1");
	return command;
}

static struct command end_of(int64_t t, int64_t job, enum print_outcome outcome)
{
	struct command command = of_job(t, COMMAND_PRINT_END, job);

	command.u.print.outcome = outcome;
	return command;
}

static struct command settle(int64_t t, int64_t job, enum print_outcome outcome)
{
	struct command command = of_job(t, COMMAND_PRINT_SETTLE, job);

	command.u.print.outcome = outcome;
	return command;
}

static void issue(int64_t t)
{
	struct command command = world_issue(t, "general", CLASS_ORDINARY);

	command.u.issue.print = true;
	world_do(hall, command);
}

static void expire_after(int64_t t, int64_t print_ms)
{
	struct command command = world_command(COMMAND_DEFINE_POLICY, t);

	command.u.define_policy.overtakes = -1;
	command.u.define_policy.print_ms = print_ms;
	world_do(hall, command);
}

static const struct event_print *run(struct command command)
{
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_null(hall_check(hall));
	return &decision.events[0].u.print;
}

static void refused(struct command command, enum refusal refusal)
{
	assert_int_equal(world_run(hall, &command, &decision), -1);
	assert_int_equal(decision.refusal, refusal);
}

/* What becomes of job 1 when a printer is ready at last. */
static void expect_start(enum print_cause cause)
{
	const struct event_print *print = run(of_job(1000, COMMAND_PRINT_START, 1));

	assert_int_equal(decision.count, 1);
	assert_int_equal(decision.events[0].type,
			 cause == CAUSE_NONE ? EVENT_PRINT_STARTED : EVENT_PRINT_ENDED);
	assert_int_equal(print->cause, cause);
	if (cause == CAUSE_NONE)
		return;
	assert_int_equal(print->outcome, PRINT_FAILED);
	assert_string_equal(print->printer, "");
	assert_int_equal(hall_job(hall, 0)->cause, cause);
	assert_int_equal(hall_first_queued_job(hall), hall_job_count(hall));
}

static void at_window(enum command_type type)
{
	world_do(hall, world_at(20, type, 1));
}

static void test_waiting(void **state)
{
	(void)state;
	issue(3);
	expect_start(CAUSE_NONE);
}

/* Whoever is called before the paper came out may stand at the printer. */
static void test_called(void **state)
{
	(void)state;
	issue(3);
	at_window(COMMAND_CALL_NEXT);
	expect_start(CAUSE_NONE);
}

static void test_no_show(void **state)
{
	(void)state;
	issue(3);
	at_window(COMMAND_CALL_NEXT);
	at_window(COMMAND_NO_SHOW);
	expect_start(CAUSE_NONE);
}

static void test_serving(void **state)
{
	(void)state;
	issue(3);
	at_window(COMMAND_CALL_NEXT);
	at_window(COMMAND_START);
	expect_start(CAUSE_SERVED);
}

static void test_parked(void **state)
{
	(void)state;
	issue(3);
	at_window(COMMAND_CALL_NEXT);
	at_window(COMMAND_PARK);
	expect_start(CAUSE_SERVED);
}

/* Back in a line: the number is needed again. */
static void test_transferred(void **state)
{
	struct command command = world_at(20, COMMAND_TRANSFER, 1);

	(void)state;
	issue(3);
	at_window(COMMAND_CALL_NEXT);
	at_window(COMMAND_START);
	strcpy(command.u.at_window.queue, "issue");
	world_do(hall, command);
	expect_start(CAUSE_NONE);
}

static void test_cancelled(void **state)
{
	struct command command = world_command(COMMAND_CANCEL, 20);

	(void)state;
	issue(3);
	command.u.at_window.ticket = 1;
	world_do(hall, command);
	expect_start(CAUSE_CANCELLED);
}

/* An operator's word holds at the window too. */
static void test_a_reprint_while_served(void **state)
{
	struct command command = world_command(COMMAND_REPRINT, 30);

	(void)state;
	issue(3);
	run(of_job(4, COMMAND_PRINT_START, 1));
	run(end_of(5, 1, PRINT_PRINTED));
	at_window(COMMAND_CALL_NEXT);
	at_window(COMMAND_START);
	command.u.print.ticket = 1;
	strcpy(command.u.print.printer, "desk");
	assert_true(run(command)->word);
	assert_string_equal(hall_job(hall, 1)->wanted, "desk");
	run(of_job(31, COMMAND_PRINT_START, 2));
	assert_int_equal(decision.events[0].type, EVENT_PRINT_STARTED);
}

static void test_expired(void **state)
{
	(void)state;
	expire_after(2, 1000);
	issue(3);
	assert_int_equal(hall_deadline_ms(hall), 1003);
	run(of_job(1002, COMMAND_PRINT_START, 1));
	assert_int_equal(decision.events[0].type, EVENT_PRINT_STARTED);
	issue(2000);
	run(of_job(3000, COMMAND_PRINT_START, 2));
	assert_int_equal(decision.events[0].type, EVENT_PRINT_ENDED);
	assert_int_equal(decision.events[0].u.print.cause, CAUSE_EXPIRED);
	/* The ticket waits on. */
	assert_int_equal(hall_ticket(hall, 1)->state, TICKET_WAITING);
}

/* Nobody asks for it: it ends at its time. Another boot's clock goes on where the first ended. */
static void test_expires_by_itself(void **state)
{
	struct command command = world_command(COMMAND_START_DAEMON, 5);

	(void)state;
	expire_after(2, 1000);
	issue(600);
	command.at.wall_ms = world_stamp(600).wall_ms + 300;
	strcpy(command.u.start_daemon.boot, "another");
	world_do(hall, command);
	assert_int_equal(hall_deadline_ms(hall), 705);
	run(world_command(COMMAND_EXPIRE, 704));
	assert_int_equal(decision.count, 0);
	run(world_command(COMMAND_EXPIRE, 705));
	assert_int_equal(decision.count, 1);
	assert_int_equal(decision.events[0].u.print.cause, CAUSE_EXPIRED);
	assert_int_equal(hall_deadline_ms(hall), INT64_MAX);
}

static void reprint(int64_t t, enum large_wish wish, bool large)
{
	struct command command = world_command(COMMAND_REPRINT, t);
	int64_t job = (int64_t)hall_job_count(hall) + 1;

	command.u.print.ticket = 1;
	command.u.print.large = wish;
	assert_int_equal(run(command)->large, large);
	assert_int_equal(hall_job(hall, hall_job_count(hall) - 1)->large, large);
	run(of_job(t + 1, COMMAND_PRINT_START, job));
	run(end_of(t + 2, job, PRINT_PRINTED));
}

/* Asked for with the ticket; kept by tries and reprints until somebody says otherwise. */
static void test_large_print(void **state)
{
	struct command command = world_issue(3, "general", CLASS_ORDINARY);

	(void)state;
	command.u.issue.print = command.u.issue.large = true;
	world_do(hall, command);
	run(of_job(4, COMMAND_PRINT_START, 1));
	run(end_of(5, 1, PRINT_FAILED));
	assert_int_equal(hall_job_count(hall), 2);
	assert_true(hall_job(hall, 0)->large && hall_job(hall, 1)->large);
	run(of_job(6, COMMAND_PRINT_START, 2));
	run(end_of(7, 2, PRINT_PRINTED));
	reprint(10, LARGE_AS_BEFORE, true);
	reprint(20, LARGE_NO, false);
	reprint(30, LARGE_AS_BEFORE, false);
	reprint(40, LARGE_YES, true);
	reprint(50, LARGE_AS_BEFORE, true);
	command = world_command(COMMAND_REPRINT, 60);
	command.u.print.ticket = 1;
	command.u.print.large = LARGE_WISH_COUNT;
	refused(command, REFUSAL_INVALID);
	command.u.print.large = -1;
	refused(command, REFUSAL_INVALID);
}

/* A log of version 1 did not say it. */
static void test_large_print_of_version_1(void **state)
{
	struct command command = world_issue(3, "general", CLASS_ORDINARY);
	struct event queued;

	(void)state;
	command.u.issue.print = command.u.issue.large = true;
	assert_int_equal(hall_decide(hall, &command, &decision), 0);
	assert_int_equal(decision.count, 2);
	decision.events[0].seq = hall_seq(hall) + 1;
	assert_int_equal(hall_apply(hall, &decision.events[0]), 0);
	queued = decision.events[1];
	queued.seq = hall_seq(hall) + 1;
	queued.version = 1;
	assert_int_equal(hall_apply(hall, &queued), 0);
	assert_false(hall_job(hall, 0)->large);
}

/* Surely nothing on paper: the same copy again, three times in all, for the same printer and asker,
 * and all the waiting counts. */
static void test_tried_again(void **state)
{
	struct command command = world_issue(3, "general", CLASS_ORDINARY);

	(void)state;
	command.u.issue.print = true;
	strcpy(command.u.issue.printer, "entrance");
	strcpy(command.by, "panel/panel-1");
	world_do(hall, command);
	for (int64_t job = 1; job <= 3; job++) {
		run(of_job(10 * job, COMMAND_PRINT_START, job));
		run(end_of(10 * job + 5, job, PRINT_FAILED));
		assert_int_equal(decision.count, job < 3 ? 2 : 1);
	}
	assert_int_equal(hall_job_count(hall), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(hall_job(hall, i)->copy, 1);
		assert_int_equal(hall_job(hall, i)->tries, i + 1);
		assert_string_equal(hall_job(hall, i)->wanted, "entrance");
		assert_string_equal(hall_job(hall, i)->by, "panel/panel-1");
	}
	assert_int_equal(hall_job(hall, 2)->waited_ms, 7 + 5 + 5);
}

static void test_not_tried_again(void **state)
{
	static const enum print_outcome outcomes[] = {PRINT_PRINTED, PRINT_PROCESSED, PRINT_SENT,
						      PRINT_UNKNOWN};

	(void)state;
	for (int64_t i = 0; i < 4; i++) {
		issue(10 * i + 10);
		run(of_job(10 * i + 11, COMMAND_PRINT_START, i + 1));
		run(end_of(10 * i + 12, i + 1, outcomes[i]));
		assert_int_equal(decision.count, 1);
	}
	issue(100);
	run(of_job(101, COMMAND_PRINT_START, 5));
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 102));
	run(end_of(103, 5, PRINT_FAILED));
	assert_int_equal(decision.count, 1);
}

static void make_unknown(void)
{
	issue(3);
	run(of_job(4, COMMAND_PRINT_START, 1));
	run(end_of(5, 1, PRINT_UNKNOWN));
	assert_true(hall_job_is_unsettled(hall, hall_job(hall, 0)));
}

static void test_settled_by_word(void **state)
{
	(void)state;
	make_unknown();
	refused(settle(6, 1, PRINT_SENT), REFUSAL_INVALID);
	refused(settle(6, 2, PRINT_PRINTED), REFUSAL_PRINT_STATE);
	run(settle(6, 1, PRINT_PRINTED));
	assert_int_equal(decision.events[0].type, EVENT_PRINT_SETTLED);
	assert_false(hall_job_is_unsettled(hall, hall_job(hall, 0)));
	assert_true(hall_job(hall, 0)->settled);
	assert_int_equal(hall_job(hall, 0)->outcome, PRINT_PRINTED);
	refused(settle(7, 1, PRINT_FAILED), REFUSAL_PRINT_STATE);
}

static void test_settled_by_a_reprint(void **state)
{
	struct command command = world_command(COMMAND_REPRINT, 6);

	(void)state;
	make_unknown();
	command.u.print.ticket = 1;
	assert_int_equal(run(command)->copy, 2);
	assert_false(hall_job_is_unsettled(hall, hall_job(hall, 0)));
	/* What became of the first may be said all the same, also after closing time. */
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 7));
	run(settle(8, 1, PRINT_FAILED));
}

static void tell(int64_t t, int64_t conditions, size_t events)
{
	struct command command = world_command(COMMAND_PRINTER_CONDITIONS, t);

	strcpy(command.u.printer_conditions.printer, "hall-1");
	command.u.printer_conditions.conditions = conditions;
	run(command);
	assert_int_equal(decision.count, events);
}

static void test_conditions(void **state)
{
	const struct hall_printer *printer;

	(void)state;
	tell(3, 0, 0);
	assert_int_equal(hall_printer_count(hall), 0);
	tell(4, 1 << CONDITION_PAPER_NEAR_END, 1);
	printer = hall_find_printer(hall, "hall-1");
	assert_int_equal(printer->since_ms[CONDITION_PAPER_NEAR_END], world_stamp(4).wall_ms);
	tell(5, 1 << CONDITION_PAPER_NEAR_END, 0);
	tell(6, 1 << CONDITION_PAPER_END | 1 << CONDITION_COVER_OPEN, 3);
	/* Out of reach nothing is over. */
	tell(7, 1 << CONDITION_UNREACHABLE, 1);
	assert_int_equal(printer->conditions, 1 << CONDITION_PAPER_END | 1 << CONDITION_COVER_OPEN |
						      1 << CONDITION_UNREACHABLE);
	tell(8, 0, 3);
	assert_int_equal(printer->conditions, 0);
}

static void test_bad_conditions(void **state)
{
	struct command command = world_command(COMMAND_PRINTER_CONDITIONS, 3);

	(void)state;
	refused(command, REFUSAL_INVALID);
	for (int i = 0; i < CORE_MAX_PRINTERS; i++) {
		snprintf(command.u.printer_conditions.printer, CORE_ID_SIZE, "p%d", i);
		command.u.printer_conditions.conditions = 1;
		world_do(hall, command);
	}
	strcpy(command.u.printer_conditions.printer, "more");
	refused(command, REFUSAL_TOO_MANY);
	command.u.printer_conditions.conditions = 1 << CONDITION_COUNT;
	refused(command, REFUSAL_INVALID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_waiting),	    TEST(test_called),
		TEST(test_no_show),	    TEST(test_serving),
		TEST(test_parked),	    TEST(test_transferred),
		TEST(test_cancelled),	    TEST(test_a_reprint_while_served),
		TEST(test_expired),	    TEST(test_expires_by_itself),
		TEST(test_tried_again),	    TEST(test_not_tried_again),
		TEST(test_settled_by_word), TEST(test_settled_by_a_reprint),
		TEST(test_large_print),	    TEST(test_large_print_of_version_1),
		TEST(test_conditions),	    TEST(test_bad_conditions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
