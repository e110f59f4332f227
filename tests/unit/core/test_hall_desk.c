/* Paper, definitions and what a command may hold. */
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

/* ---- paper --------------------------------------------------------------------------------- */

static struct command print_command(int64_t t, enum command_type type, int64_t job)
{
	struct command command = world_command(type, t);

	command.u.print.job = job;
	strcpy(command.u.print.printer, "hall-1");
	return command;
}

static void test_a_restart_in_mid_print(void **state)
{
	struct command command = world_issue(10, "general", CLASS_ORDINARY);

	(void)state;
	command.u.issue.print = true;
	for (int i = 0; i < 3; i++)
		world_do(hall, command);
	world_do(hall, print_command(11, COMMAND_PRINT_START, 2));
	command = world_command(COMMAND_START_DAEMON, 12);
	strcpy(command.u.start_daemon.boot, "boot");
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.count, 2);
	assert_int_equal(decision.events[1].u.print.job, 2);
	assert_int_equal(decision.events[1].u.print.ticket, 2);
	assert_string_equal(decision.events[1].u.print.number, "A002");
	assert_string_equal(decision.events[1].u.print.printer, "hall-1");
	assert_int_equal(decision.events[1].u.print.outcome, PRINT_UNKNOWN);
	assert_string_equal(hall_boot(hall), "boot");
	assert_int_equal(hall_job(hall, 0)->state, JOB_QUEUED);
	/* An operator's word: a second copy. */
	command = world_command(COMMAND_REPRINT, 13);
	command.u.print.ticket = 2;
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.events[0].u.print.job, 4);
	assert_int_equal(decision.events[0].u.print.copy, 2);
	assert_int_equal(hall_find_ticket(hall, 2)->job, 4);
	/* The next day's start ends what the day before left under way. */
	world_do(hall, print_command(14, COMMAND_PRINT_START, 4));
	world_do(hall, world_command(COMMAND_CLOSE_DAY, 15));
	command = world_open(16, TODAY + 1);
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.count, 2);
	assert_int_equal(decision.events[0].u.print.job, 4);
	assert_int_equal(decision.events[0].u.print.outcome, PRINT_UNKNOWN);
	assert_int_equal(hall_job_count(hall), 0);
}

static void test_prints_under_way_are_bounded(void **state)
{
	struct command command = world_issue(10, "general", CLASS_ORDINARY);

	(void)state;
	command.u.issue.print = true;
	for (int64_t job = 1; job <= 64; job++)
		world_do(hall, command);
	for (int64_t job = 1; job <= 63; job++)
		world_do(hall, print_command(11, COMMAND_PRINT_START, job));
	command = print_command(12, COMMAND_PRINT_START, 64);
	assert_refused(&command, REFUSAL_TOO_MANY, "63");
	command = world_command(COMMAND_START_DAEMON, 13);
	strcpy(command.u.start_daemon.boot, "boot");
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.count, DECISION_MAX_EVENTS);
	world_do(hall, print_command(14, COMMAND_PRINT_START, 64));
}

static void test_a_job_ends_before_it_began(void **state)
{
	struct command command = world_issue(10, "general", CLASS_ORDINARY);

	(void)state;
	command.u.issue.print = true;
	world_do(hall, command);
	command = print_command(11, COMMAND_PRINT_END, 1);
	command.u.print.outcome = PRINT_UNKNOWN;
	assert_refused(&command, REFUSAL_PRINT_STATE, "job 1 is queued");
	command.u.print.printer[0] = '\0';
	command.u.print.outcome = PRINT_FAILED;
	strcpy(command.u.print.detail, "expired");
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_string_equal(decision.events[0].u.print.detail, "expired");
	assert_refused(&command, REFUSAL_INVALID, "printer");
	strcpy(command.u.print.printer, "hall-1");
	assert_refused(&command, REFUSAL_PRINT_STATE, "job 1 is failed");
}

/* ---- windows and definitions --------------------------------------------------------------- */

static void test_retired_keeps_who_waits(void **state)
{
	struct command command = world_queue(20, "general", "A", 1, 999);

	(void)state;
	issue(10, "general", CLASS_ORDINARY, 10);
	issue(11, "general", CLASS_ORDINARY, 11);
	world_do(hall, world_at(12, COMMAND_CALL_NEXT, 1));
	command.u.define_queue.retired = true;
	world_do(hall, command);
	command = world_issue(21, "general", CLASS_ORDINARY);
	assert_refused(&command, REFUSAL_QUEUE_RETIRED, "general");
	assert_next(22, 2, 2);
	/* A window that goes still ends what it began. */
	command = world_window(23, 1, "general,issue");
	command.u.define_window.retired = true;
	world_do(hall, command);
	world_do(hall, world_at(24, COMMAND_START, 1));
	world_do(hall, world_at(25, COMMAND_FINISH, 1));
	command = world_item(26, "passport", "issue");
	command.u.define_item.retired = true;
	world_do(hall, command);
	command = world_issue(27, "issue", CLASS_ORDINARY);
	strcpy(command.u.issue.item, "passport");
	assert_refused(&command, REFUSAL_ITEM_UNKNOWN, "retired");
	/* Its prefix is free for another; it cannot come back with it, but be named anew. */
	world_do(hall, world_queue(28, "desk", "A", 1, 999));
	command = world_queue(29, "general", "A", 1, 999);
	assert_refused(&command, REFUSAL_INVALID, "A is queue desk already");
	command.u.define_queue.retired = true;
	strcpy(command.u.define_queue.en, "The old one");
	world_do(hall, command);
}

static void test_equal_definitions_are_no_news(void **state)
{
	struct command soiled, command = world_queue(5, "general", "A", 1, 999);

	(void)state;
	script_soil(&command, 0xee, &soiled);
	assert_int_equal(world_run(hall, &soiled, &decision), 0);
	assert_int_equal(decision.count, 0);
	command.u.define_queue.work = false;
	assert_int_equal(world_run(hall, &command, &decision), 0);
	assert_int_equal(decision.count, 1);
	assert_false(hall_find_queue(hall, "general")->def.work);
	assert_int_equal(hall_queue_count(hall), 2);
}

static void test_fields_out_of_range(void **state)
{
	static const struct {
		const char *line, *detail;
		enum refusal refusal;
	} cases[] = {
		{"define-hall id=Hall zh=厅 en=h zone=UTC target_ms=1", "id:", REFUSAL_INVALID},
		{"define-hall id=hall en=h zone=UTC target_ms=1", "zh, en:", REFUSAL_INVALID},
		{"define-hall id=hall zh=%ff en=h zone=UTC target_ms=1",
		 "zh, en:", REFUSAL_INVALID},
		{"define-hall id=hall zh=厅 en=h target_ms=1", "zone:", REFUSAL_INVALID},
		{"define-hall id=hall zh=厅 en=h zone=UTC", "target_ms:", REFUSAL_INVALID},
		{"define-hall id=hall zh=厅 en=h zone=UTC target_ms=86400001", "86400000",
		 REFUSAL_INVALID},
		{"define-queue zh=q en=q prefix=Q first=1 last=9", "queue:", REFUSAL_INVALID},
		{"define-queue queue=-q zh=q en=q prefix=Q first=1 last=9",
		 "queue:", REFUSAL_INVALID},
		{"define-queue queue=q zh=q en=a%0ab prefix=Q first=1 last=9",
		 "zh, en:", REFUSAL_INVALID},
		{"define-queue queue=q zh=q en=q first=1 last=9", "prefix:", REFUSAL_INVALID},
		{"define-queue queue=q zh=q en=q prefix=q first=1 last=9",
		 "prefix:", REFUSAL_INVALID},
		{"define-queue queue=q zh=q en=q prefix=Q last=9", "first, last:", REFUSAL_INVALID},
		{"define-queue queue=q zh=q en=q prefix=Q first=9 last=8",
		 "first, last:", REFUSAL_INVALID},
		{"define-queue queue=q zh=q en=q prefix=Q first=1 last=10000", "9999",
		 REFUSAL_INVALID},
		{"define-queue queue=q zh=q en=q prefix=A first=1 last=9",
		 "A is queue general already", REFUSAL_INVALID},
		{"define-window window=0 zh=w en=w", "window:", REFUSAL_INVALID},
		{"define-window window=1000 zh=w en=w", "999", REFUSAL_INVALID},
		{"define-window window=3 zh=w", "zh, en:", REFUSAL_INVALID},
		{"define-window window=3 zh=w en=w queues=none", "\"none\"", REFUSAL_QUEUE_UNKNOWN},
		{"define-window window=3 zh=w en=w queues=general,none", "\"none\"",
		 REFUSAL_QUEUE_UNKNOWN},
		{"define-window window=3 zh=w en=w queues=general,", "queues:", REFUSAL_INVALID},
		{"define-window window=3 zh=w en=w queues=,general", "queues:", REFUSAL_INVALID},
		{"define-window window=3 zh=w en=w queues=general,,issue",
		 "queues:", REFUSAL_INVALID},
		{"define-window window=3 zh=w en=w queues=issue,general,issue", "\"issue\"",
		 REFUSAL_INVALID},
		{"define-window window=3 zh=w en=w "
		 "queues=general-with-a-name-of-more-than-31-bytes",
		 "queues:", REFUSAL_QUEUE_UNKNOWN},
		{"define-item zh=i en=i department=d queue=general", "item:", REFUSAL_INVALID},
		{"define-item item=i zh=i en=i queue=general", "zh, en", REFUSAL_INVALID},
		{"define-item item=i zh=i en=i department=d queue=G", "queue:", REFUSAL_INVALID},
		{"define-item item=i zh=i en=i department=d queue=none", "none",
		 REFUSAL_QUEUE_UNKNOWN},
		{"issue queue=general class=3 token=0", "class:", REFUSAL_INVALID},
		{"issue queue=general class=-1 token=0", "class:", REFUSAL_INVALID},
		{"issue queue=general origin=5 token=0", "origin:", REFUSAL_INVALID},
		{"issue queue=general token=0 arrival_ms=1001", "arrival_ms:", REFUSAL_INVALID},
		{"issue queue=general token=0 arrival_ms=-1", "arrival_ms:", REFUSAL_INVALID},
		{"issue queue=general token=0 case_ref=a%09b", "case_ref:", REFUSAL_INVALID},
		{"issue queue=general token=0123", "token:", REFUSAL_INVALID},
		{"issue queue=none token=0", "none", REFUSAL_QUEUE_UNKNOWN},
		{"issue token=0", "\"\"", REFUSAL_QUEUE_UNKNOWN},
		{"issue queue=general item=none token=0", "none", REFUSAL_ITEM_UNKNOWN},
		{"issue queue=%80 token=0", "queue, item:", REFUSAL_INVALID},
		{"transfer window=1 queue=%80", "queue:", REFUSAL_INVALID},
		{"transfer window=1 queue=none", "none", REFUSAL_QUEUE_UNKNOWN},
		{"sign-in window=1 clerk=Mr%20Li", "clerk:", REFUSAL_INVALID},
		{"sign-in window=1", "clerk:", REFUSAL_INVALID},
		{"start-daemon", "boot:", REFUSAL_INVALID},
		{"start-daemon boot=b software=%07", "software:", REFUSAL_INVALID},
		{"print-end job=1 printer=p outcome=5", "outcome:", REFUSAL_INVALID},
		{"print-end job=1 printer=p detail=%1b", "detail:", REFUSAL_INVALID},
		{"print-start job=1", "printer:", REFUSAL_INVALID},
		{"close-day by=a%0ab", "by:", REFUSAL_INVALID},
		{"close-day at=-1", "at, wall:", REFUSAL_INVALID},
		{"close-day wall=-1", "at, wall:", REFUSAL_INVALID},
		{"close-day at=9007199254740993", "at, wall:", REFUSAL_INVALID},
		{"close-day off=1441", "off:", REFUSAL_INVALID},
	};
	struct command command = world_issue(10, "general", CLASS_ORDINARY);

	(void)state;
	command.u.issue.print = true;
	world_do(hall, command);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (script_read(cases[i].line, &command) < 0)
			fail_msg("%s", cases[i].line);
		if (command.at.mono_ms == 0)
			command.at.mono_ms = 1000;
		if (command.type == COMMAND_ISSUE && !strcmp(command.u.issue.token, "0"))
			memset(command.u.issue.token, '0', CORE_TOKEN_SIZE - 1);
		assert_refused(&command, cases[i].refusal, cases[i].detail);
	}
	command = world_command((enum command_type)0, 1000);
	assert_refused(&command, REFUSAL_INVALID, "no such command");
	command = world_command(COMMAND_TYPE_END, 1000);
	assert_refused(&command, REFUSAL_INVALID, "no such command");
}

/* Texts without an end, field by field. */
static void test_texts_without_an_end(void **state)
{
	static const struct {
		enum command_type type;
		size_t offset, size;
	} texts[] = {
#define TEXT(t, member) {t, offsetof(struct command, member), sizeof(((struct command *)0)->member)}
		TEXT(COMMAND_CLOSE_DAY, by),
		TEXT(COMMAND_START_DAEMON, u.start_daemon.boot),
		TEXT(COMMAND_START_DAEMON, u.start_daemon.software),
		TEXT(COMMAND_DEFINE_HALL, u.define_hall.id),
		TEXT(COMMAND_DEFINE_HALL, u.define_hall.zone),
		TEXT(COMMAND_DEFINE_QUEUE, u.define_queue.queue),
		TEXT(COMMAND_DEFINE_QUEUE, u.define_queue.zh),
		TEXT(COMMAND_DEFINE_QUEUE, u.define_queue.prefix),
		TEXT(COMMAND_DEFINE_WINDOW, u.define_window.en),
		TEXT(COMMAND_DEFINE_WINDOW, u.define_window.queues),
		TEXT(COMMAND_DEFINE_ITEM, u.define_item.item),
		TEXT(COMMAND_DEFINE_ITEM, u.define_item.department),
		TEXT(COMMAND_DEFINE_ITEM, u.define_item.queue),
		TEXT(COMMAND_ISSUE, u.issue.queue),
		TEXT(COMMAND_ISSUE, u.issue.item),
		TEXT(COMMAND_ISSUE, u.issue.case_ref),
		TEXT(COMMAND_ISSUE, u.issue.token),
		TEXT(COMMAND_TRANSFER, u.at_window.queue),
		TEXT(COMMAND_SIGN_IN, u.at_window.clerk),
		TEXT(COMMAND_PRINT_START, u.print.printer),
		TEXT(COMMAND_PRINT_END, u.print.detail),
	};
	struct command print = world_issue(10, "general", CLASS_ORDINARY);

	(void)state;
	print.u.issue.print = true;
	world_do(hall, print);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct command command = world_command(texts[i].type, 1000);

		switch (texts[i].type) {
		case COMMAND_START_DAEMON: strcpy(command.u.start_daemon.boot, "b"); break;
		case COMMAND_DEFINE_HALL:
			strcpy(command.u.define_hall.id, "hall");
			strcpy(command.u.define_hall.zh, "厅");
			strcpy(command.u.define_hall.en, "Hall");
			break;
		case COMMAND_DEFINE_QUEUE: command = world_queue(1000, "q", "Q", 1, 9); break;
		case COMMAND_DEFINE_WINDOW: command = world_window(1000, 3, "general"); break;
		case COMMAND_DEFINE_ITEM: command = world_item(1000, "i", "general"); break;
		case COMMAND_ISSUE: command = world_issue(1000, "general", CLASS_ORDINARY); break;
		case COMMAND_PRINT_START:
		case COMMAND_PRINT_END:
			command.u.print.job = 1;
			strcpy(command.u.print.printer, "p");
			break;
		default: command.u.at_window.window = 1;
		}
		memset((char *)&command + texts[i].offset, 'a', texts[i].size);
		assert_refused(&command, REFUSAL_INVALID, "");
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_restart_in_mid_print),	  TEST(test_prints_under_way_are_bounded),
		TEST(test_a_job_ends_before_it_began),	  TEST(test_retired_keeps_who_waits),
		TEST(test_equal_definitions_are_no_news), TEST(test_fields_out_of_range),
		TEST(test_texts_without_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
