/* What became of visits, and the bounds of those that end without a call, on lines of tickets
 * worked out by hand after docs/measurement.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/measure/digest.h"
#include "src/measure/ledger.h"
#include "tests/unit/measure/scene.h"

static int setup(void **state)
{
	(void)state;
	begin_day(5, "issuing");
	return 0;
}

static void issue_class(int64_t ms, int64_t ticket, const char *queue, enum ticket_class class)
{
	struct event *event = at(ms, EVENT_TICKET_ISSUED);

	event->u.ticket_issued.ticket = ticket;
	event->u.ticket_issued.arrival_ms = event->at.mono_ms;
	event->u.ticket_issued.class = class;
	strcpy(event->u.ticket_issued.queue, queue);
	feed(event);
}

/* Of the opening that was cut last. */
static void expect_visits(int64_t known, int64_t excluded, int64_t censored, int64_t elsewhere)
{
	struct day_tally day = {0};

	assert_int_equal(digest_read_visits(&stream_day(scene)->parts[PART_DAY], &day), 0);
	assert_int_equal(day.visits.totals.total, known);
	assert_int_equal(day.visits.excluded, excluded);
	assert_int_equal(day.visits.ages.total, censored);
	assert_int_equal(day.visits.elsewhere, elsewhere);
	day_tally_finish(&day);
}

static void expect_bounds(int64_t lower_ms, int64_t upper_ms)
{
	struct day_tally day = {0};

	assert_int_equal(digest_read_visits(&stream_day(scene)->parts[PART_DAY], &day), 0);
	assert_int_equal(day.visits.lower_ms, lower_ms);
	assert_int_equal(day.visits.upper_ms, upper_ms);
	day_tally_finish(&day);
}

static void cancel(int64_t ms, int64_t ticket)
{
	happens(ms, EVENT_TICKET_CANCELLED, ticket);
}

/* Ticket 3 comes at 2 min and leaves at 5. Ticket 2, before it, is called at 7; ticket 4, behind
 * it, at 9: it would have waited 5 to 7 min. */
static void between_two_calls(void **state)
{
	struct measure_report report;

	(void)state;
	issue(0, 1, "general");
	issue(1 * MIN, 2, "general");
	issue(2 * MIN, 3, "general");
	issue(3 * MIN, 4, "general");
	issue(3 * MIN, 5, "general");
	call(4 * MIN, 1, 1);
	cancel(5 * MIN, 3);
	call(7 * MIN, 2, 1);
	call(9 * MIN, 4, 1);
	call(20 * MIN, 5, 1);
	close_day(30 * MIN, 20260101);
	expect_visits(4, 0, 1, 0);
	expect_bounds(5 * MIN, 7 * MIN);
	finish(&report);
	assert_int_equal(report.visits.censored, 1);
	assert_int_equal(report.visits.undecided, 1); /* its age was 3 min */
	assert_int_equal(report.visits.within, 1);    /* 4, 6, 6, 17 min */
	assert_int_equal(report.visits.decided, 4);
}

/* Nobody behind it was called: the day's close. The calls before it were earlier than its end. */
static void until_the_close(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue(1 * MIN, 2, "general");
	call(2 * MIN, 1, 1);
	cancel(9 * MIN, 2);
	issue(9 * MIN, 3, "general");
	close_day(31 * MIN, 20260101);
	expect_visits(1, 0, 2, 0);
	/* ticket 2: 8 to 30 min; ticket 3 waited to the close: 22 */
	expect_bounds((8 + 22) * MIN, (30 + 22) * MIN);
}

/* The next later leg that was called was called before this one left: never under the lower. */
static void overtaken(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue(1 * MIN, 2, "general");
	issue(2 * MIN, 3, "general");
	call(3 * MIN, 2, 1);
	cancel(10 * MIN, 1);
	call(20 * MIN, 3, 1);
	close_day(31 * MIN, 20260101);
	expect_bounds(10 * MIN, 10 * MIN);
}

/* Other queues and other classes bound nothing. */
static void lines_apart(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue_class(0, 2, "general", CLASS_PRIORITY);
	issue(0, 3, "issuing");
	issue_class(1 * MIN, 4, "general", CLASS_PRIORITY);
	issue(1 * MIN, 5, "general");
	issue_class(2 * MIN, 6, "general", CLASS_PRIORITY);
	issue(2 * MIN, 7, "issuing");
	cancel(3 * MIN, 5);
	call(4 * MIN, 2, 1);
	call(4 * MIN, 3, 1);
	call(5 * MIN, 4, 1);
	call(6 * MIN, 6, 1);
	call(6 * MIN, 7, 1);
	call(8 * MIN, 1, 1);
	close_day(21 * MIN, 20260101);
	expect_visits(6, 0, 1, 0);
	expect_bounds(7 * MIN, 20 * MIN);
}

/* Ticket 2: guide 2 min, moved after 3 more, then 4 in the line: sofar 5. A line's order is that in
 * which legs began: ticket 1, issued first of all, comes into it behind ticket 3. */
static void later_legs(void **state)
{
	struct measure_report report;

	(void)state;
	issue(0, 1, "guide");
	issue(0, 2, "guide");
	call(2 * MIN, 2, 9);
	happens(3 * MIN, EVENT_SERVICE_STARTED, 2);
	happens(4 * MIN, EVENT_SERVICE_FINISHED, 2);
	transfer(4 * MIN, 2, "guide");
	transfer(7 * MIN, 2, "general"); /* sofar 2 + 3 */
	issue(8 * MIN, 3, "general");
	transfer(9 * MIN, 1, "general");
	cancel(11 * MIN, 2);
	call(12 * MIN, 1, 1); /* behind ticket 3 in the line */
	call(13 * MIN, 3, 1); /* the next later leg */
	close_day(30 * MIN, 20260101);
	expect_visits(2, 0, 1, 0);
	expect_bounds((5 + 4) * MIN, (5 + 6) * MIN);
	finish(&report);
	assert_int_equal(report.visits.undecided, 0); /* its age is 9 min, sofar included */
	assert_int_equal(report.visits.decided, 3);
}

/* Two calls before it, of which the later in the log counts, not the later in the line. */
static void latest_call(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	issue(0, 3, "general");
	cancel(1 * MIN, 3);
	call(2 * MIN, 2, 1);
	call(6 * MIN, 1, 1);
	close_day(30 * MIN, 20260101);
	expect_bounds(6 * MIN, 30 * MIN);
}

/* A recall, and a second call of the same leg, move nothing. */
static void first_calls_bound(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	issue(0, 3, "general");
	cancel(1 * MIN, 2);
	call(2 * MIN, 1, 1);
	call(3 * MIN, 3, 1);
	happens(8 * MIN, EVENT_TICKET_RECALLED, 1);
	call(9 * MIN, 1, 1);
	call(9 * MIN, 3, 1);
	close_day(30 * MIN, 20260101);
	expect_bounds(2 * MIN, 3 * MIN);
}

/* A call before the leg began bounds nothing, though nobody knows how long ago it was. */
static void a_call_before_the_leg(void **state)
{
	(void)state;
	issue(0, 1, "general");
	call(1 * MIN, 1, 1);
	set_clock(2 * MIN, 3600000);
	boot("b", 500, morning);
	issue(1 * MIN, 2, "general");
	cancel(3 * MIN, 2);
	close_day(5 * MIN, 20260101);
	expect_visits(1, 0, 1, 0);
	expect_bounds(2 * MIN, 4 * MIN);
}

static void step_and_boot(void)
{
	set_clock(3 * MIN, 5000);
	boot("b", 500, morning);
}

/* Of a censored visit all is known but sofar. */
static void unknown_sofar(void **state)
{
	(void)state;
	issue(0, 1, "guide");
	step_and_boot();
	transfer(1 * MIN, 1, "general");
	cancel(2 * MIN, 1);
	close_day(5 * MIN, 20260101);
	expect_visits(0, 1, 0, 0);
	expect_bounds(0, 0);
}

/* All but its age. */
static void unknown_age(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	call(1 * MIN, 2, 1);
	step_and_boot();
	cancel(2 * MIN, 1);
	close_day(5 * MIN, 20260101);
	expect_visits(1, 1, 0, 0);
	expect_bounds(0, 0);
}

/* All but the call of the one before it. */
static void unknown_lower(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	issue(0, 3, "general");
	cancel(1 * MIN, 2);
	call(2 * MIN, 3, 1);
	step_and_boot();
	call(4 * MIN, 1, 1);
	close_day(5 * MIN, 20260101);
	expect_visits(1, 2, 0, 0); /* the wait of ticket 1 is unknown, too */
	expect_bounds(0, 0);
}

/* All but the close. */
static void unknown_upper(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	cancel(1 * MIN, 2);
	call(2 * MIN, 1, 1);
	step_and_boot();
	close_day(5 * MIN, 20260101);
	expect_visits(1, 1, 0, 0);
	expect_bounds(0, 0);
}

/* Across boots without a step the wall clock bounds. */
static void bounds_across_boots(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	issue(0, 3, "general");
	cancel(1 * MIN, 2);
	boot("b", 500, morning + 4 * MIN);
	call(0, 1, 1);
	call(2 * MIN, 3, 1);
	close_day(9 * MIN, 20260101);
	expect_bounds(4 * MIN, 6 * MIN);
}

static void elsewhere(void **state)
{
	(void)state;
	issue(0, 1, "guide"); /* left the guide's line: who knows what for */
	issue(0, 2, "guide"); /* was advised, and left */
	issue(0, 3, "guide"); /* did not come */
	issue(0, 4, "guide"); /* waited to the close */
	issue(0, 5, "guide"); /* was called, then parked to the close */
	issue(0, 6, "guide"); /* was called, then waited for another guide to the close */
	cancel(1 * MIN, 1);
	for (int64_t ticket = 2; ticket <= 6; ticket++)
		if (ticket != 4)
			call(2 * MIN, ticket, 9);
	happens(3 * MIN, EVENT_SERVICE_FINISHED, 2);
	happens(3 * MIN, EVENT_TICKET_NO_SHOW, 3);
	happens(3 * MIN, EVENT_TICKET_PARKED, 5);
	transfer(3 * MIN, 6, "guide");
	close_day(9 * MIN, 20260101);
	expect_visits(0, 0, 3, 3);
	/* 1 to 2 (the next call of its line), 9, and 2 + 6 */
	expect_bounds(18 * MIN, 19 * MIN);
}

/* Once called in a work leg a visit is known, whatever comes then. */
static void known_for_good(void **state)
{
	struct measure_report report;

	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	issue(0, 3, "general");
	call(1 * MIN, 1, 1);
	call(1 * MIN, 2, 1);
	call(1 * MIN, 3, 1);
	happens(2 * MIN, EVENT_TICKET_PARKED, 1);
	resume(9 * MIN, 1, "general");
	cancel(10 * MIN, 1); /* its second leg, uncalled */
	happens(2 * MIN, EVENT_TICKET_NO_SHOW, 2);
	transfer(2 * MIN, 3, "issuing"); /* waits there to the close */
	close_day(11 * MIN, 20260101);
	expect_visits(3, 0, 0, 0);
	finish(&report);
	assert_int_equal(report.visits.total_sum_ms, 3 * MIN);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->cancelled, 1);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->uncalled, 1);
}

/* A queue is for work as it is defined when a ticket is called, or when its wait ends. */
static void work_as_it_is_then(void **state)
{
	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	issue(0, 3, "guide");
	issue(0, 4, "guide");
	issue(0, 5, "general");
	call(1 * MIN, 1, 1);
	define("general", false);
	call(2 * MIN, 5, 1);
	cancel(2 * MIN, 2);
	cancel(2 * MIN, 4);
	define("guide", true);
	call(3 * MIN, 3, 9);
	close_day(11 * MIN, 20260101);
	expect_visits(2, 0, 2, 1);
}

/* The day is open: as old as the newest event, which is also the upper bound. */
static void still_open(void **state)
{
	struct measure_report report;

	(void)state;
	issue(0, 1, "general");
	issue(1 * MIN, 2, "general");
	cancel(3 * MIN, 2);
	call(4 * MIN, 1, 1);
	issue(5 * MIN, 3, "general");
	happens(8 * MIN, EVENT_TICKET_RECALLED, 1);
	finish(&report);
	expect_visits(1, 0, 2, 0);
	/* ticket 2: latest call 3 min; ticket 3 waits for 3 min */
	expect_bounds((3 + 3) * MIN, (7 + 3) * MIN);
	assert_int_equal(report.open_day, 20260101);
	assert_int_equal(report.visits.undecided, 2);
}

/* Waits of 1, 1, 3 and 8 s; at 1 s one left, at 3 s one, at 5 s one. Of 7 at risk 2 at 1 s: S 5/7;
 * of 4 one at 3 s: 15/28; of 1 the last at 8 s: 0. */
static void survival_of_visits(void **state)
{
	static const int64_t calls[] = {1, 1, 3, 8}, left[] = {1, 3, 5};
	struct measure_report report;

	(void)state;
	for (int i = 0; i < 7; i++)
		issue(0, i + 1, "general");
	for (int64_t second = 1; second <= 8; second++) {
		for (int i = 0; i < 3; i++)
			if (left[i] == second)
				cancel(second * 1000, 5 + i);
		for (int i = 0; i < 4; i++)
			if (calls[i] == second)
				call(second * 1000 + 900, 1 + i, 1);
	}
	close_day(MIN, 20260101);
	finish(&report);
	assert_int_equal(report.visits.km_p50_s, 8);
	assert_int_equal(report.visits.km_p90_s, 8);
	assert_int_equal(report.visits.total_p50_s, 1);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->km_p50_s, 8);
	assert_int_equal(find(&report, MEASURE_QUEUE, 0)->km_p90_s, 8);
	assert_int_equal(find(&report, MEASURE_WINDOW, 1)->km_p50_s, 1); /* called ones only */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(between_two_calls),   TEST(until_the_close),
		TEST(overtaken),	   TEST(lines_apart),
		TEST(later_legs),	   TEST(latest_call),
		TEST(first_calls_bound),   TEST(a_call_before_the_leg),
		TEST(unknown_sofar),	   TEST(unknown_age),
		TEST(unknown_lower),	   TEST(unknown_upper),
		TEST(bounds_across_boots), TEST(elsewhere),
		TEST(known_for_good),	   TEST(work_as_it_is_then),
		TEST(still_open),	   TEST(survival_of_visits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
