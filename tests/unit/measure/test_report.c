/* The report's figures on logs worked out by hand after docs/measurement.md: the target's edge,
 * reboots, midnight, transfers, parks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/measure/scene.h"

static int setup(void **state)
{
	(void)state;
	begin_day(15, "");
	return 0;
}

/* 15 min is within, 15 min and 1 ms is not; of the uncalled only the older ones are decided. */
static void edge_of_the_target(void **state)
{
	const struct measure_figures *f;
	struct measure_report report;

	(void)state;
	for (int64_t ticket = 1; ticket <= 6; ticket++)
		issue(0, ticket, "general");
	call(15 * MIN, 1, 1);
	happens(15 * MIN, EVENT_TICKET_CANCELLED, 3); /* as old as the target: undecided */
	call(15 * MIN + 1, 2, 2);
	happens(15 * MIN + 1, EVENT_TICKET_CANCELLED, 4);
	issue(16 * MIN, 7, "general");
	happens(20 * MIN, EVENT_TICKET_RECALLED, 2);
	finish(&report);
	f = find(&report, MEASURE_ALL, 0);
	assert_int_equal(f->issued, 7);
	assert_int_equal(f->called, 2);
	assert_int_equal(f->cancelled, 2);
	assert_int_equal(f->waiting, 3);
	assert_int_equal(f->within, 1);
	assert_int_equal(f->decided, 2 + 1 + 2);
	assert_int_equal(f->undecided, 1 + 1);
	assert_int_equal(f->sum_ms, 30 * MIN + 1);
	assert_int_equal(f->max_ms, 15 * MIN + 1);
}

/* Nearest rank: of 1..10 min the P50 is the 5th, the P90 the 9th, the P95 the 10th. */
static void nearest_rank(void **state)
{
	const struct measure_figures *f;
	struct measure_report report;

	(void)state;
	for (int64_t ticket = 1; ticket <= 10; ticket++)
		issue(0, ticket, "general");
	for (int64_t ticket = 1; ticket <= 10; ticket++)
		call(ticket * MIN + 999, ticket, 1);
	finish(&report);
	f = find(&report, MEASURE_WINDOW, 1);
	assert_int_equal(f->p50_s, 5 * 60);
	assert_int_equal(f->p90_s, 9 * 60);
	assert_int_equal(f->p95_s, 10 * 60);
	assert_int_equal(f->sum_ms, 55 * MIN + 9990);
}

/* Guide 2 min, service 5, general 3: total wait 5, time to window 10. A park does not move it. */
static void visit_of_two_queues(void **state)
{
	struct measure_report report;

	(void)state;
	issue(0, 1, "guide");
	call(2 * MIN, 1, 9);
	happens(3 * MIN, EVENT_SERVICE_STARTED, 1);
	happens(7 * MIN, EVENT_SERVICE_FINISHED, 1);
	transfer(7 * MIN, 1, "general");
	call(10 * MIN, 1, 1);
	happens(11 * MIN, EVENT_TICKET_PARKED, 1);
	/* moved while it waits: 4 min count, then 1 more */
	issue(11 * MIN, 2, "guide");
	transfer(15 * MIN, 2, "general");
	call(16 * MIN, 2, 1);
	finish(&report);
	assert_int_equal(report.visits.n, 2);
	assert_int_equal(report.visits.total_sum_ms, 5 * MIN + 5 * MIN);
	assert_int_equal(report.visits.window_sum_ms, 10 * MIN + 5 * MIN);
	assert_int_equal(find(&report, MEASURE_QUEUE, 1)->moved, 1);
	assert_int_equal(find(&report, MEASURE_QUEUE, 1)->called, 1);
	assert_int_equal(find(&report, MEASURE_QUEUE, 0)->legs, 2);
	assert_int_equal(find(&report, MEASURE_QUEUE, 0)->issued, 0);
}

/* Within a boot a wall clock that jumps changes nothing. Across boots the wall decides, and one
 * that ran backwards makes the wait unknown. */
static void clocks_and_reboots(void **state)
{
	const struct measure_figures *f;
	struct measure_report report;
	struct event *early;

	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	issue(0, 3, "general");
	early = at(2 * MIN, EVENT_TICKET_ISSUED); /* pressed a minute before it was written */
	early->u.ticket_issued.ticket = 4;
	early->u.ticket_issued.arrival_ms = early->at.mono_ms - MIN;
	strcpy(early->u.ticket_issued.queue, "general");
	feed(early);
	wall -= 365LL * 86400000;
	call(4 * MIN, 1, 1);
	wall += 365LL * 86400000;
	boot("b", 500, morning + 6 * MIN); /* the machine restarted: its clock begins anew */
	call(0, 2, 1);
	call(0, 4, 1);
	boot("c", 500, morning - 1);
	call(0, 3, 1);
	finish(&report);
	f = find(&report, MEASURE_ALL, 0);
	assert_int_equal(f->called, 3);
	assert_int_equal(f->sum_ms, 4 * MIN + 6 * MIN + 5 * MIN);
	assert_int_equal(f->excluded, 1);
	assert_int_equal(f->decided, 3);
	assert_int_equal(find(&report, MEASURE_WINDOW, 1)->legs, 4);
	assert_int_equal(find(&report, MEASURE_WINDOW, 1)->called, 3);
	assert_int_equal(report.visits.n, 3);
}

/* Within a boot a step changes no duration. Across boots whoever waited through one has waited
 * nobody knows how long, whether the step came before or behind the reboot; who came behind it is
 * known again. A visit with an unknown leg has no total, an uncalled leg of unknown age no share.
 */
static void clock_set_between_boots(void **state)
{
	const struct measure_figures *f;
	struct measure_report report;

	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	issue(0, 3, "general");
	set_clock(MIN, 3600000);
	set_clock(MIN, -10 * 365 * 86400000LL);
	call(2 * MIN, 1, 1);
	issue(2 * MIN, 4, "general");
	set_clock(3 * MIN, 10 * 365 * 86400000LL - 3600000);
	issue(3 * MIN, 5, "general");
	boot("b", 500, morning + 6 * MIN);
	call(0, 2, 1); /* by the wall 6 min: right by chance */
	call(0, 5, 1);
	set_clock(MIN, 1000);
	issue(2 * MIN, 6, "general");
	happens(20 * MIN, EVENT_TICKET_CANCELLED, 4);
	call(20 * MIN, 6, 1);
	boot("c", 100, wall + 30 * MIN);
	call(0, 3, 1);
	finish(&report);
	f = find(&report, MEASURE_ALL, 0);
	assert_int_equal(f->called, 3);
	assert_int_equal(f->sum_ms, 2 * MIN + 3 * MIN + 18 * MIN);
	assert_int_equal(f->excluded, 2);
	assert_int_equal(f->cancelled, 1);
	assert_int_equal(f->undecided, 1);
	assert_int_equal(f->decided, 3);
	assert_int_equal(report.visits.n, 3);
	assert_int_equal(report.visits.total_sum_ms, 23 * MIN);
}

/* Called after midnight: the issue's hour and service day. An opened day without tickets stays. */
static void midnight_and_empty_days(void **state)
{
	struct event *event;
	struct measure_report report;

	(void)state;
	issue(14 * 60 * MIN - 1, 1, "general"); /* 23:59:59.999 */
	call(14 * 60 * MIN + 5 * MIN, 1, 1);
	happens(14 * 60 * MIN + 6 * MIN, EVENT_SERVICE_FINISHED, 1);
	event = at(15 * 60 * MIN, EVENT_DAY_CLOSED);
	event->u.day_closed.date = 20260101;
	feed(event);
	open_day(20260105);
	finish(&report);
	assert_int_equal(report.days, 2);
	assert_int_equal(find(&report, MEASURE_DAY, 20260101)->called, 1);
	assert_int_equal(find(&report, MEASURE_DAY, 20260101)->served, 1);
	assert_int_equal(find(&report, MEASURE_DAY, 20260105)->legs, 0);
	assert_int_equal(find(&report, MEASURE_DAY, 20260105)->p50_s, -1);
	assert_int_equal(find(&report, MEASURE_HOUR, 23)->sum_ms, 5 * MIN + 1);
}

/* Ticket 1 waits 2 min, is parked for 20 and waits 3 more: two legs, two waits, the park in
 * neither. Ticket 2 did not come, came back and waited 1 min; ticket 3 is called at once. The total
 * wait ends with the first call: 2, 4 and 0 min. */
static void parks_and_no_shows(void **state)
{
	const struct measure_figures *f;
	struct measure_report report;

	(void)state;
	issue(0, 1, "general");
	issue(0, 2, "general");
	call(2 * MIN, 1, 1);
	happens(3 * MIN, EVENT_TICKET_PARKED, 1);
	call(4 * MIN, 2, 2);
	happens(5 * MIN, EVENT_TICKET_NO_SHOW, 2);
	resume(9 * MIN, 2, "general");
	call(10 * MIN, 2, 1);
	resume(23 * MIN, 1, "general");
	issue(24 * MIN, 3, "general");
	call(24 * MIN, 3, 2);
	call(26 * MIN, 1, 1);
	happens(30 * MIN, EVENT_SERVICE_FINISHED, 1);
	finish(&report);
	f = find(&report, MEASURE_ALL, 0);
	assert_int_equal(f->issued, 3);
	assert_int_equal(f->legs, 5);
	assert_int_equal(f->called, 5);
	assert_int_equal(f->no_show, 1);
	assert_int_equal(f->served, 1);
	assert_int_equal(f->sum_ms, (2 + 3 + 4 + 1 + 0) * MIN);
	assert_int_equal(f->p50_s, 2 * 60); /* of 0 1 2 3 4 min the third */
	assert_int_equal(f->p90_s, 4 * 60);
	assert_int_equal(report.visits.n, 3);
	assert_int_equal(report.visits.total_sum_ms, (2 + 4 + 0) * MIN);
	assert_int_equal(report.visits.window_sum_ms, (2 + 4 + 0) * MIN);
	assert_int_equal(report.visits.total_p50_s, 2 * 60);
	assert_int_equal(report.visits.total_p95_s, 4 * 60);
	assert_int_equal(report.visits.total_max_ms, 4 * MIN);
	f = find(&report, MEASURE_WINDOW, 1);
	assert_int_equal(f->legs, 3);
	assert_int_equal(f->sum_ms, (2 + 1 + 3) * MIN);
	assert_int_equal(f->served, 1);
	assert_int_equal(f->no_show, 0);
	assert_int_equal(find(&report, MEASURE_WINDOW, 2)->no_show, 1);
}

/* At the close one has waited 16 min, one 15, one is served; the next day knows none of them. */
static void uncalled_at_the_close(void **state)
{
	const struct measure_figures *f;
	struct measure_report report;

	(void)state;
	issue(0, 1, "general");
	issue(MIN, 2, "guide");
	issue(MIN, 3, "general");
	call(2 * MIN, 3, 1);
	happens(2 * MIN, EVENT_SERVICE_STARTED, 3);
	close_day(16 * MIN, 20260101);
	open_day(20260102);
	finish(&report);
	f = find(&report, MEASURE_DAY, 20260101);
	assert_int_equal(f->uncalled, 2);
	assert_int_equal(f->waiting, 0);
	assert_int_equal(f->decided, 1 + 1);
	assert_int_equal(f->within, 1);
	assert_int_equal(f->undecided, 1);
	assert_int_equal(f->served, 0);
	assert_int_equal(find(&report, MEASURE_QUEUE, 1)->undecided, 1);
	assert_int_equal(find(&report, MEASURE_QUEUE, 1)->decided, 0);
	assert_int_equal(find(&report, MEASURE_DAY, 20260102)->uncalled, 0);
}

/* One date, however often it opens, with tickets in between or without. */
static void a_date_opened_again(void **state)
{
	struct measure_report report;

	(void)state;
	close_day(0, 20260101);
	open_day(20260101);
	issue(MIN, 1, "general");
	call(2 * MIN, 1, 1);
	close_day(3 * MIN, 20260101);
	open_day(20260102);
	close_day(4 * MIN, 20260102);
	open_day(20260101);
	issue(5 * MIN, 2, "general");
	finish(&report);
	assert_int_equal(report.days, 2);
	assert_int_equal(find(&report, MEASURE_DAY, 20260101)->issued, 2);
	assert_int_equal(find(&report, MEASURE_DAY, 20260101)->waiting, 1);
}

/* Only the days asked for, both ends included; a boot and a definition before them still hold. */
static void a_range_of_days(void **state)
{
	struct measure_options options = {.from = 20260102, .to = 20260103, .target_ms = MIN};
	struct measure_report report;

	(void)state;
	over();
	begin(&options);
	boot("a", 1000, morning);
	define("general", true);
	for (int64_t day = 1; day <= 4; day++) {
		int64_t from = day * 1440 * MIN;

		open_day(20260100 + day);
		issue(from, day, "general");
		call(from + day * MIN, day, day);
		close_day(from + 60 * MIN, 20260100 + day);
	}
	finish(&report);
	assert_int_equal(report.days, 2);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->sum_ms, (2 + 3) * MIN);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->within, 0);
	assert_int_equal(report.visits.n, 2);
	/* all, two days, two weekdays, the hour is 10 on both, a queue, two windows; of clerk, item
	 * and department the unknown one */
	assert_int_equal(report.group_count, 1 + 2 + 2 + 1 + 1 + 2 + 3);
}

static void call_past(int64_t ms, int64_t ticket, enum call_reason reason, int64_t overtaken)
{
	struct event *event = at(ms, EVENT_TICKET_CALLED);

	event->version = 2;
	event->u.ticket_called.ticket = ticket;
	event->u.ticket_called.window = 1;
	event->u.ticket_called.reason = reason;
	event->u.ticket_called.overtaken = overtaken;
	feed(event);
}

/* Each call counts once, a later leg's too; a call of version 1 gave no reason. */
static void order_of_calls(void **state)
{
	struct measure_report report;

	(void)state;
	for (int64_t ticket = 1; ticket <= 5; ticket++)
		issue(0, ticket, "general");
	call(1, 1, 1);
	call_past(2, 4, CALL_PRIORITY, 2);
	call_past(3, 2, CALL_AGEING_COUNT, 0);
	call_past(4, 3, CALL_AGEING_TIME, 0);
	call_past(5, 5, CALL_ORDER, 0);
	happens(6, EVENT_TICKET_PARKED, 4);
	happens(7, EVENT_TICKET_RESUMED, 4);
	call_past(7, 4, CALL_RESUMED, 3);
	finish(&report);
	assert_int_equal(report.order.reasons[CALL_UNSTATED], 1);
	assert_int_equal(report.order.reasons[CALL_ORDER], 1);
	assert_int_equal(report.order.reasons[CALL_PREFERENCE], 0);
	assert_int_equal(report.order.reasons[CALL_PRIORITY], 1);
	assert_int_equal(report.order.reasons[CALL_AGEING_COUNT], 1);
	assert_int_equal(report.order.reasons[CALL_AGEING_TIME], 1);
	assert_int_equal(report.order.reasons[CALL_RESUMED], 1);
	assert_int_equal(report.order.out_of_order, 2);
	assert_int_equal(report.order.overtakings, 5);
	assert_int_equal(report.order.most, 3);
}

/* Tickets of another opening are passed over; a number that does not rise is no log of ours. */
static void what_does_not_fit(void **state)
{
	struct measure_report report;
	struct event *event;

	(void)state;
	issue(0, 5, "general");
	close_day(MIN, 20260101);
	open_day(20260101);
	call(2 * MIN, 5, 1);
	transfer(2 * MIN, 5, "guide");
	happens(2 * MIN, EVENT_TICKET_CANCELLED, 5);
	call(2 * MIN, 77, 1);
	issue(3 * MIN, 6, "general");
	event = at(4 * MIN, EVENT_TICKET_ISSUED);
	event->u.ticket_issued.ticket = 6;
	assert_int_equal(stream_event(scene, event), -EPROTO);
	finish(&report);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->issued, 2);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->legs, 2);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->called, 0);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->uncalled, 1);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->waiting, 1);
	assert_int_equal(report.order.reasons[CALL_UNSTATED], 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(edge_of_the_target),      TEST(nearest_rank),
		TEST(visit_of_two_queues),     TEST(clocks_and_reboots),
		TEST(midnight_and_empty_days), TEST(parks_and_no_shows),
		TEST(uncalled_at_the_close),   TEST(a_date_opened_again),
		TEST(a_range_of_days),	       TEST(what_does_not_fit),
		TEST(clock_set_between_boots), TEST(order_of_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
