/* What a day keeps of the intervals of the expected wait: which outcome each ticket has, at which
 * queue and hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/measure/digest.h"
#include "tests/unit/measure/scene.h"

static int setup(void **state)
{
	(void)state;
	begin_day(5, "issuing");
	return 0;
}

/* In minutes. */
static void expecting(int64_t ms, int64_t ticket, const char *queue, int64_t low, int64_t high,
		      bool busy)
{
	struct event *event = at(ms, EVENT_TICKET_ISSUED);
	struct event_ticket_issued *issued = &event->u.ticket_issued;

	issued->ticket = ticket;
	issued->arrival_ms = event->at.mono_ms;
	strcpy(issued->queue, queue);
	issued->expect_ms = low < 0 ? -1 : low * MIN;
	issued->expect_low_ms = low < 0 ? low : low * MIN;
	issued->expect_high_ms = high < 0 ? high : high * MIN;
	issued->expect_busy = busy;
	feed(event);
}

static int write_line(void *user, const struct digest_outcomes *outcomes)
{
	char *text = user, *end = text + strlen(text);

	end += sprintf(end, "%s %d:", outcomes->queue, (int)outcomes->hour);
	for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
		end += sprintf(end, " %d", (int)outcomes->counts[outcome]);
	strcpy(end, "; ");
	return 0;
}

/* Queue, hour: no interval, idle, uncalled, unknown, below, held, above. */
static void expect_outcomes(const char *expected)
{
	char seen[1024] = "";

	assert_int_equal(digest_read_outcomes(&stream_day(scene)->parts[PART_OUTCOMES], write_line,
					      seen),
			 0);
	assert_string_equal(seen, expected);
}

/* Both ends belong to the interval; to the millisecond. */
static void ends_of_an_interval(void **state)
{
	(void)state;
	for (int64_t ticket = 1; ticket <= 5; ticket++)
		expecting(0, ticket, "general", 2, 7, true);
	expecting(0, 6, "general", 0, 0, true);
	call(0, 6, 1);
	call(2 * MIN - 1, 1, 1);
	call(2 * MIN, 2, 1);
	call(4 * MIN, 3, 1);
	call(7 * MIN, 4, 1);
	call(7 * MIN + 1, 5, 1);
	close_day(70 * MIN, 20260101);
	expect_outcomes("general 10: 0 0 0 0 1 4 1; ");
}

/* The first reason that fits. */
static void who_is_left_out(void **state)
{
	(void)state;
	expecting(0, 1, "general", -1, -1, true);
	expecting(0, 2, "general", -1, -1, false);
	expecting(0, 3, "general", 0, -1, true);
	expecting(0, 4, "general", -1, 5, true);
	expecting(0, 5, "general", 2, 7, false);
	expecting(0, 6, "general", 2, 7, false);
	expecting(0, 7, "general", 2, 7, true);
	expecting(0, 8, "general", 2, 7, true);
	call(3 * MIN, 1, 1);
	call(3 * MIN, 5, 1);
	happens(4 * MIN, EVENT_TICKET_CANCELLED, 7);
	close_day(70 * MIN, 20260101);
	expect_outcomes("general 10: 4 2 2 0 0 0 0; ");
}

/* A boot, and a clock that is set between: nobody knows how long. */
static void an_unknown_wait(void **state)
{
	(void)state;
	expecting(0, 1, "general", 2, 7, true);
	expecting(0, 2, "general", -1, -1, true);
	expecting(0, 3, "general", 2, 7, false);
	set_clock(1 * MIN, 5 * MIN);
	boot("b", 1000, morning + 20 * MIN);
	call(0, 1, 1);
	call(0, 2, 1);
	call(0, 3, 1);
	close_day(MIN, 20260101);
	expect_outcomes("general 10: 1 1 0 1 0 0 0; ");
}

/* The first leg alone, and its first call; at the queue and the hour of the issue. */
static void later_legs_are_none(void **state)
{
	(void)state;
	expecting(0, 1, "general", 2, 7, true);
	expecting(0, 2, "guide", 2, 7, true);
	expecting(0, 3, "guide", 2, 7, true);
	expecting(0, 4, "guide", 2, 7, true);
	expecting(60 * MIN - 1, 5, "issuing", 2, 7, true);
	expecting(60 * MIN, 6, "issuing", 2, 7, true);
	call(1 * MIN, 1, 1);
	happens(1 * MIN, EVENT_TICKET_PARKED, 1);
	resume(1 * MIN, 1, "general");
	call(4 * MIN, 1, 1); /* its second leg waited three minutes: none */
	call(3 * MIN, 2, 1);
	happens(9 * MIN, EVENT_TICKET_RECALLED, 2);
	transfer(10 * MIN, 2, "general");
	call(10 * MIN, 2, 1);
	transfer(1 * MIN, 3, "general"); /* moved before it was called */
	call(3 * MIN, 3, 1);
	call(3 * MIN, 4, 1);
	happens(3 * MIN, EVENT_TICKET_NO_SHOW, 4);
	call(65 * MIN, 5, 1);
	call(65 * MIN, 6, 1);
	close_day(70 * MIN, 20260101);
	expect_outcomes("general 10: 0 0 0 0 1 0 0; guide 10: 0 0 1 0 0 2 0; "
			"issuing 10: 0 0 0 0 0 1 0; issuing 11: 0 0 0 0 0 1 0; ");
}

/* Of a day that is open yet: who waits is not called; nothing of it goes into the next. */
static void days_are_apart(void **state)
{
	struct measure_report report;

	(void)state;
	expecting(0, 1, "general", 2, 7, true);
	expecting(0, 2, "general", 2, 7, true);
	call(3 * MIN, 1, 1);
	close_day(5 * MIN, 20260101);
	expect_outcomes("general 10: 0 0 1 0 0 1 0; ");
	open_day(20260102);
	expecting(6 * MIN, 3, "general", 2, 7, true);
	call(6 * MIN, 2, 1); /* of the day before */
	finish(&report);
	expect_outcomes("general 10: 0 0 1 0 0 0 0; ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(ends_of_an_interval), TEST(who_is_left_out), TEST(an_unknown_wait),
		TEST(later_legs_are_none), TEST(days_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
