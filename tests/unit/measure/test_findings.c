/* Findings, recalls, the worst queue and the groups of a report, on logs worked out by hand after
 * docs/measurement.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/measure/scene.h"

static struct measure_report report;

static int setup(void **state)
{
	(void)state;
	begin_day(15, "desk");
	return 0;
}

static void start(int64_t ms, int64_t ticket)
{
	happens(ms, EVENT_SERVICE_STARTED, ticket);
}

static void stop(int64_t ms, int64_t ticket, bool implied)
{
	struct event *event = at(ms, EVENT_SERVICE_FINISHED);

	event->u.service_finished.ticket = ticket;
	event->u.service_finished.implied = implied;
	feed(event);
}

static void called(int64_t ms, int64_t first, int64_t last)
{
	for (int64_t ticket = first; ticket <= last; ticket++)
		call(ms, ticket, ticket);
}

static void issued(int64_t ms, int64_t first, int64_t last)
{
	for (int64_t ticket = first; ticket <= last; ticket++)
		issue(ms, ticket, "general");
}

/* Implied by an event, or served at the close; not: pressed, never begun, given back before. */
static void implied_finish(void **state)
{
	(void)state;
	issued(0, 1, 7);
	called(0, 1, 7);
	for (int64_t ticket = 1; ticket <= 6; ticket++)
		start(MIN, ticket);
	stop(2 * MIN, 1, true);
	stop(2 * MIN, 2, false);
	happens(2 * MIN, EVENT_TICKET_PARKED, 3);
	happens(2 * MIN, EVENT_TICKET_RECALLED, 4); /* is served on */
	happens(2 * MIN, EVENT_PRINT_QUEUED, 5);
	close_day(3 * MIN, 20260101);
	finish(&report);
	assert_int_equal(report.findings.implied_finish, 1 + 3);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->served, 2);
}

/* A transfer ends the service, and was pressed; one that comes later ends nothing. */
static void finished_by_a_transfer(void **state)
{
	(void)state;
	issued(0, 1, 3);
	called(0, 1, 3);
	for (int64_t ticket = 1; ticket <= 3; ticket++)
		start(MIN, ticket);
	stop(2 * MIN, 1, true);
	transfer(2 * MIN, 1, "desk");
	stop(2 * MIN, 2, true);
	stop(2 * MIN, 3, true);
	transfer(2 * MIN, 2, "desk");
	finish(&report);
	assert_int_equal(report.findings.implied_finish, 2);
}

static void not_yet_finished(void **state)
{
	(void)state;
	issued(0, 1, 1);
	called(0, 1, 1);
	start(MIN, 1);
	finish(&report); /* the day is open: it may be pressed yet */
	assert_int_equal(report.findings.implied_finish, 0);
}

/* 14,999 ms is short, 15 s is not; an implied end, or one of unknown length, is not looked at. */
static void short_service(void **state)
{
	(void)state;
	issued(0, 1, 5);
	called(0, 1, 5);
	for (int64_t ticket = 1; ticket <= 4; ticket++)
		start(MIN, ticket);
	stop(MIN + 14999, 1, false);
	stop(MIN + 15000, 2, false);
	stop(MIN + 10, 3, true);
	stop(MIN + 10, 5, false); /* never begun */
	set_clock(MIN + 11, 1000);
	boot("b", 1, morning + MIN);
	stop(10, 4, false);
	finish(&report);
	assert_int_equal(report.findings.short_service, 1);
	assert_int_equal(report.findings.implied_finish, 1);
}

static void no_citizen(void **state)
{
	(void)state;
	issued(0, 1, 3);
	called(0, 1, 2);
	happens(MIN, EVENT_TICKET_NO_SHOW, 1);
	resume(2 * MIN, 1, "general");
	call(3 * MIN, 1, 1);
	happens(4 * MIN, EVENT_TICKET_NO_SHOW, 1);
	finish(&report);
	assert_int_equal(report.findings.no_citizen, 2);
	assert_int_equal(find(&report, MEASURE_ALL, 0)->no_show, 2);
}

/* ---- cancelled and issued anew ---- */

struct paper {
	const char *queue, *item, *reference;
	enum ticket_origin origin;
};

static void issue_paper(int64_t ms, int64_t ticket, const struct paper *paper)
{
	struct event *event = at(ms, EVENT_TICKET_ISSUED);

	event->u.ticket_issued.ticket = ticket;
	event->u.ticket_issued.arrival_ms = event->at.mono_ms;
	event->u.ticket_issued.origin = paper->origin;
	strcpy(event->u.ticket_issued.queue, paper->queue);
	strcpy(event->u.ticket_issued.item, paper->item);
	strcpy(event->u.ticket_issued.case_ref, paper->reference);
	feed(event);
}

static void cancel_reissue(void **state)
{
	static const struct {
		int64_t after_ms;
		struct paper paper;
		bool found;
	} rows[] = {
		{0, {"general", "tax", "c", ORIGIN_DESK}, true},
		{300000, {"general", "tax", "c", ORIGIN_API}, true},
		{300001, {"general", "tax", "c", ORIGIN_API}, false},
		{0, {"general", "tax", "c", ORIGIN_PANEL}, false},
		{0, {"general", "tax", "c", ORIGIN_PAPER}, false},
		{0, {"general", "tax", "d", ORIGIN_DESK}, false},
		{0, {"general", "tax", "", ORIGIN_DESK}, false},
		{0, {"general", "", "c", ORIGIN_DESK}, false},
		{0, {"guide", "tax", "c", ORIGIN_DESK}, false},
	};
	const struct paper paper = {"general", "tax", "c", ORIGIN_PANEL};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (i)
			(void)setup(NULL);
		issue_paper(0, 1, &paper);
		happens(MIN, EVENT_TICKET_CANCELLED, 1);
		issue_paper(MIN + rows[i].after_ms, 2, &rows[i].paper);
		issue_paper(MIN + rows[i].after_ms, 3, &rows[i].paper); /* once is enough */
		finish(&report);
		assert_int_equal(report.findings.cancel_reissue, rows[i].found);
		if (i + 1 < sizeof(rows) / sizeof(rows[0]))
			over();
	}
}

/* Strangers, as far as anybody can tell. */
static void cancelled_without_a_name(void **state)
{
	const struct paper paper = {"general", "", "", ORIGIN_DESK};

	(void)state;
	issue_paper(0, 1, &paper);
	happens(MIN, EVENT_TICKET_CANCELLED, 1);
	issue_paper(MIN, 2, &paper);
	finish(&report);
	assert_int_equal(report.findings.cancel_reissue, 0);
}

/* Two that were cancelled, one that is issued: both. A called one is none. In the queue where it
 * waited when it was cancelled. Not in the next opening. */
static void cancelled_where_it_waited(void **state)
{
	const struct paper desk = {"desk", "tax", "", ORIGIN_DESK};
	const struct paper general = {"general", "tax", "", ORIGIN_DESK};

	(void)state;
	issue_paper(0, 1, &general);
	issue_paper(0, 2, &desk);
	issue_paper(0, 3, &desk);
	issue_paper(0, 4, &desk);
	transfer(0, 1, "desk");
	call(0, 4, 1);
	happens(MIN, EVENT_TICKET_CANCELLED, 1);
	happens(MIN, EVENT_TICKET_CANCELLED, 2);
	happens(MIN, EVENT_TICKET_CANCELLED, 4);
	issue_paper(2 * MIN, 5, &general);
	issue_paper(2 * MIN, 6, &desk);
	happens(3 * MIN, EVENT_TICKET_CANCELLED, 3);
	close_day(3 * MIN, 20260101);
	open_day(20260101);
	issue_paper(4 * MIN, 7, &desk);
	finish(&report);
	assert_int_equal(report.findings.cancel_reissue, 2);
}

static void call_put_back(void **state)
{
	(void)state;
	issued(0, 1, 6);
	called(0, 1, 5);
	start(MIN, 1);
	start(MIN, 2);
	happens(2 * MIN, EVENT_TICKET_PARKED, 1); /* after a service */
	transfer(2 * MIN, 2, "desk");
	happens(2 * MIN, EVENT_TICKET_PARKED, 3);
	transfer(2 * MIN, 4, "desk");
	happens(2 * MIN, EVENT_TICKET_NO_SHOW, 5);
	transfer(2 * MIN, 6, "desk"); /* moved uncalled */
	resume(3 * MIN, 1, "general");
	call(4 * MIN, 1, 1);
	happens(5 * MIN, EVENT_TICKET_PARKED, 1); /* this leg had none */
	finish(&report);
	assert_int_equal(report.findings.call_put_back, 3);
}

/* Steps at night belong to the opening behind; a start while the day is closed is none. */
static void steps_and_restarts(void **state)
{
	(void)state;
	set_clock(0, 1000);
	set_clock(0, -5000);
	set_clock(0, 5000);	  /* as great: the first stays */
	boot("a", 1000, morning); /* the daemon alone */
	boot("b", 1000, morning);
	close_day(MIN, 20260101);
	boot("c", 1000, morning);
	set_clock(0, 4000);
	open_day(20260102);
	close_day(MIN, 20260102);
	finish(&report);
	assert_int_equal(report.findings.clock_steps, 4);
	assert_int_equal(report.findings.clock_step_max_ms, -5000);
	assert_int_equal(report.findings.restarts, 2);
}

static void excluded_and_recalls(void **state)
{
	(void)state;
	issued(0, 1, 5);
	called(MIN, 1, 4);
	happens(2 * MIN, EVENT_TICKET_RECALLED, 1);
	happens(4 * MIN, EVENT_TICKET_RECALLED, 1); /* the last one: 3 min */
	happens(MIN + 500, EVENT_TICKET_RECALLED, 2);
	happens(2 * MIN, EVENT_TICKET_RECALLED, 5); /* was not called yet */
	set_clock(5 * MIN, 1000);
	boot("b", 1, morning);
	happens(0, EVENT_TICKET_RECALLED, 3); /* nobody knows how long */
	called(0, 5, 5);
	finish(&report);
	assert_int_equal(report.recalls, 2);
	assert_int_equal(report.recall_sum_ms, 3 * MIN + 500);
	assert_int_equal(report.findings.excluded, 1);
}

/* From Thursday the 1st on: opened are 1, 2, 10 (Saturday), 20, 23 (Friday) and 27. */
static void days_absent(void **state)
{
	(void)state;
	close_day(0, 20260101);
	for (int day = 2; day <= 27; day++) {
		if (day != 2 && day != 10 && day != 20 && day != 23 && day != 27)
			continue;
		open_day(20260100 + day);
		close_day(0, 20260100 + day);
	}
	open_day(20260101); /* once more */
	finish(&report);
	/* 5 to 9; 12 to 16 and 19; 21 and 22; 26 */
	assert_int_equal(report.findings.days_absent, 5 + 6 + 2 + 1);
	assert_int_equal(report.first_day, 20260101);
	assert_int_equal(report.last_day, 20260127);
	assert_int_equal(report.days, 6);
	assert_int_equal(report.open_day, 20260101);
}

static void calendar(void **state)
{
	static const int64_t dates[] = {20231231, 20240229, 20240301, 21000301};
	static const int64_t weekdays[] = {7, 4, 5, 1};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		over();
		begin(&(struct measure_options){0});
		open_day(dates[i]);
		finish(&report);
		(void)find(&report, MEASURE_WEEKDAY, weekdays[i]);
	}
}

/* ---- the worst queue ---- */

/* Of work queues only; where two are equal the first by id. Means are compared exactly. */
static void worst_queue(void **state)
{
	(void)state;
	issue(0, 1, "guide");
	issue(0, 2, "general");
	issue(0, 3, "general");
	issue(0, 4, "desk");
	issue(0, 5, "desk");
	issue(0, 6, "desk");
	call(60 * MIN, 1, 9);
	call(1 * MIN, 2, 1);
	call(2 * MIN, 3, 1);
	for (int64_t ticket = 4; ticket <= 6; ticket++)
		call(90000, ticket, 1);
	finish(&report);
	assert_non_null(report.worst_queue);
	assert_string_equal(report.worst_queue->id, "desk"); /* both 90 s */
	over();
	(void)setup(NULL);
	issue(0, 1, "general");
	issue(0, 2, "general");
	issue(0, 3, "desk");
	issue(0, 4, "desk");
	issue(0, 5, "desk");
	call(90000, 1, 1);
	call(90001, 2, 1); /* 90,000.5 ms */
	for (int64_t ticket = 3; ticket <= 5; ticket++)
		call(90000 + (ticket == 5), ticket, 1); /* 90,000.3 ms */
	finish(&report);
	assert_string_equal(report.worst_queue->id, "general");
	over();
	begin(&(struct measure_options){.kinds = 1U << MEASURE_ALL});
	boot("a", 1000, morning);
	define("desk", true);
	open_day(20260101);
	issue(0, 1, "desk");
	call(1, 1, 1);
	finish(&report);
	assert_int_equal(report.group_count, 1);
	assert_string_equal(report.worst_queue->id, "desk"); /* told without the queues, too */
}

static void no_worst_queue(void **state)
{
	(void)state;
	issue(0, 1, "guide");
	issue(0, 2, "desk");
	call(MIN, 1, 1);
	finish(&report);
	assert_null(report.worst_queue);
}

/* ---- groups ---- */

static void define_item(const char *id, const char *department)
{
	struct event *event = at(0, EVENT_ITEM_DEFINED);

	strcpy(event->u.item_defined.item, id);
	strcpy(event->u.item_defined.zh, "税");
	strcpy(event->u.item_defined.en, "Tax");
	strcpy(event->u.item_defined.department, department);
	feed(event);
}

static void call_by(int64_t ms, int64_t ticket, const char *clerk)
{
	struct event *event = at(ms, EVENT_TICKET_CALLED);

	event->u.ticket_called.ticket = ticket;
	event->u.ticket_called.window = 1;
	strcpy(event->u.ticket_called.clerk, clerk);
	feed(event);
}

static const struct measure_group *group_of(enum measure_kind kind, const char *id)
{
	for (size_t i = 0; i < report.group_count; i++)
		if (report.groups[i].kind == kind && !strcmp(report.groups[i].id, id))
			return &report.groups[i];
	fail_msg("no group %d %s", (int)kind, id);
	abort();
}

static void groups_of_clerks_and_items(void **state)
{
	const struct measure_group *group;
	struct event *event = at(0, EVENT_CLERK_DEFINED);

	(void)state;
	strcpy(event->u.clerk_defined.clerk, "wang");
	strcpy(event->u.clerk_defined.zh, "王");
	feed(event);
	define_item("tax", "first");
	define_item("permit", "first");
	issue_paper(0, 1, &(struct paper){"general", "tax", "", ORIGIN_PANEL});
	define_item("tax", "second");
	issue_paper(0, 2, &(struct paper){"general", "tax", "", ORIGIN_PANEL});
	issue_paper(0, 3, &(struct paper){"general", "permit", "", ORIGIN_PANEL});
	issue_paper(0, 4, &(struct paper){"general", "other", "", ORIGIN_PANEL});
	issue_paper(0, 5, &(struct paper){"general", "", "", ORIGIN_PANEL});
	call_by(MIN, 1, "wang");
	stop(2 * MIN, 1, false);
	transfer(2 * MIN, 1, "desk");
	call_by(4 * MIN, 1, "li");
	stop(4 * MIN, 1, false);
	call_by(MIN, 3, "");
	happens(2 * MIN, EVENT_TICKET_NO_SHOW, 3);
	happens(2 * MIN, EVENT_TICKET_CANCELLED, 2);
	finish(&report);
	group = group_of(MEASURE_ITEM, "tax");
	assert_string_equal(group->zh, "税");
	assert_string_equal(group->en, "Tax");
	assert_int_equal(group->figures.issued, 2);
	assert_int_equal(group->figures.legs, 3);
	assert_int_equal(group->figures.sum_ms, 3 * MIN);
	assert_int_equal(group->figures.cancelled, 1);
	assert_int_equal(group->waits->total, 2);
	assert_int_equal(group->ages->total, 1);
	assert_int_equal(group_of(MEASURE_ITEM, "")->figures.waiting, 1);
	assert_int_equal(group_of(MEASURE_ITEM, "other")->figures.legs, 1);
	assert_int_equal(group_of(MEASURE_DEPARTMENT, "first")->figures.issued, 2);
	assert_int_equal(group_of(MEASURE_DEPARTMENT, "second")->figures.cancelled, 1);
	assert_int_equal(group_of(MEASURE_DEPARTMENT, "")->figures.issued, 2);
	group = group_of(MEASURE_CLERK, "wang");
	assert_string_equal(group->zh, "王");
	assert_int_equal(group->figures.issued, 0);
	assert_int_equal(group->figures.legs, 1);
	assert_int_equal(group->figures.served, 1);
	assert_int_equal(group_of(MEASURE_CLERK, "li")->figures.sum_ms, 2 * MIN);
	assert_int_equal(group_of(MEASURE_CLERK, "li")->figures.served, 1);
	assert_int_equal(group_of(MEASURE_CLERK, "")->figures.no_show, 1);
}

/* Kinds in their order; keys rise; what is defined first comes first, then all else by its id. */
static void order_of_groups(void **state)
{
	static const char *const expected[] = {"general", "guide", "desk", "a", "z"};
	size_t queues = 0;

	(void)state;
	issue(0, 1, "z");
	issue(0, 2, "desk");
	issue(0, 3, "a");
	issue(0, 4, "guide");
	issue(0, 5, "general");
	call(0, 1, 12);
	call(0, 2, 3);
	finish(&report);
	for (size_t i = 0; i < report.group_count; i++) {
		const struct measure_group *group = &report.groups[i];

		if (i && group[-1].kind == group->kind)
			assert_true(group[-1].key < group->key);
		else if (i)
			assert_true(group[-1].kind < group->kind);
		if (group->kind == MEASURE_QUEUE)
			assert_string_equal(group->id, expected[queues++]);
	}
	assert_int_equal(queues, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(implied_finish),
		TEST(finished_by_a_transfer),
		TEST(not_yet_finished),
		TEST(short_service),
		TEST(no_citizen),
		TEST(cancel_reissue),
		TEST(cancelled_without_a_name),
		TEST(cancelled_where_it_waited),
		TEST(call_put_back),
		TEST(steps_and_restarts),
		TEST(excluded_and_recalls),
		TEST(days_absent),
		TEST(calendar),
		TEST(worst_queue),
		TEST(no_worst_queue),
		TEST(groups_of_clerks_and_items),
		TEST(order_of_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
