/* Days by the real hall: one whose events were worked out by hand, breaks over the night, and what
 * only the hall can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/simulate/line_hall.h"
#include "src/simulate/simulate.h"

enum { MS_PER_DAY = 86400000, FIRST = 20458 };

enum { MAX_EVENTS = 256 };

struct heard {
	struct event events[MAX_EVENTS];
	size_t count;
};

static int hear(void *user, const struct event *events, size_t count)
{
	struct heard *heard = user;

	for (size_t i = 0; i < count; i++) {
		assert_in_range(heard->count, 0, MAX_EVENTS - 1);
		heard->events[heard->count++] = events[i];
	}
	return 0;
}

static struct scenario_department departments[] = {{"民政"}, {"公安"}};
static struct scenario_item items[] = {
	{.id = "pension", .department = 0, .share = 1, .factor = 1},
	{.id = "permit", .department = 1, .share = 1, .factor = 1, .skill = "permits"},
};
static struct scenario_queue queues[] = {
	{.def = {.queue = "general",
		 .prefix = "A",
		 .first = 1,
		 .last = 999,
		 .work = true,
		 .kind = QUEUE_INTAKE}},
	{.def = {.queue = "issue",
		 .prefix = "B",
		 .first = 1,
		 .last = 999,
		 .work = true,
		 .kind = QUEUE_ISSUE}},
};
static struct scenario_window windows[] = {
	{.queues = "general", .skills = "permits", .breaks = {{602, 610}}, .break_count = 1},
	{.queues = "general,issue"},
};

static struct scenario by_hand(void)
{
	return (struct scenario){
		.id = "by-hand",
		.zh = "手工",
		.en = "By hand",
		.zone = "Asia/Shanghai",
		.target_ms = 900000,
		.spans = {{600, 660, 1}},
		.span_count = 1,
		.cases_a_day = 3,
		.service = {5, 0},
		.pick_up_chance = .5,
		.pick_up = {5, 0},
		.walk_s = 10,
		.no_show_s = 30,
		.policy = SCENARIO_POOLED,
		.departments = departments,
		.items = items,
		.queues = queues,
		.windows = windows,
		.department_count = 2,
		.item_count = 2,
		.queue_count = 2,
		.window_count = 2,
	};
}

struct wanted {
	enum event_type type;
	int64_t s;	  /* behind 10:00 */
	const char *text; /* its number, or the reference of a filing */
	int64_t window;
};

static void expect(const struct event *event, const struct wanted *wanted, size_t i)
{
	const char *text = wanted->text;

	if (event->type != wanted->type ||
	    event->at.wall_ms != FIRST * (int64_t)MS_PER_DAY + (7200 + wanted->s) * 1000)
		fail_msg("event %zu: type %d at %lld", i, (int)event->type,
			 (long long)(event->at.wall_ms - FIRST * (int64_t)MS_PER_DAY) / 1000 -
				 7200);
	assert_int_equal(event_window(event), wanted->window);
	if (event->type == EVENT_ONLINE_FILING)
		assert_string_equal(event->u.online_filing.case_ref, text);
	else if (event->type == EVENT_TICKET_ISSUED)
		assert_string_equal(event->u.ticket_issued.number, text);
	else if (text)
		assert_string_equal(event->u.ticket_called.number, text);
}

/* Both windows open at 09:30. 10:00:00 A001 (permit): window 1, the only one with the skill, starts
 * at 10 s, until 310 s; its break from 120 s begins then and lasts until 600 s. 20 s: B001, a
 * pick-up, window 2, starts at 30 s, until 90 s. 40 s: A002 (pension) waits, is called at 90 s and
 * does not come: 120 s. 50 s: a filing online. 400 s: A003 (permit), whose window has its break,
 * and who goes at 500 s, before another comes in that millisecond: A004 (pension), window 2, until
 * 570 s. The doors close at 11:00. */
static const struct visit hand_visits[] = {
	{36000000, 300000, -1, 7, 1, VISIT_FIRST, CLASS_PRIORITY, false},
	{36020000, 60000, -1, 8, 0, VISIT_PICK_UP, CLASS_ORDINARY, false},
	{36040000, 60000, -1, 9, 0, VISIT_REWORK, CLASS_ORDINARY, true},
	{36400000, 60000, 100000, 10, 1, VISIT_FIRST, CLASS_ORDINARY, false},
	{36500000, 60000, -1, 12, 0, VISIT_FIRST, CLASS_ORDINARY, false},
};
static const struct filing hand_filings[] = {{36050000, 11, 1}};
static const struct wanted hand_events[] = {
	{EVENT_DAY_OPENED, -1800, NULL, 0},
	{EVENT_CLERK_SIGNED_IN, -1800, NULL, 1},
	{EVENT_CLERK_SIGNED_IN, -1800, NULL, 2},
	{EVENT_TICKET_ISSUED, 0, "A001", 0},
	{EVENT_TICKET_CALLED, 0, "A001", 1},
	{EVENT_SERVICE_STARTED, 10, "A001", 1},
	{EVENT_TICKET_ISSUED, 20, "B001", 0},
	{EVENT_TICKET_CALLED, 20, "B001", 2},
	{EVENT_SERVICE_STARTED, 30, "B001", 2},
	{EVENT_TICKET_ISSUED, 40, "A002", 0},
	{EVENT_ONLINE_FILING, 50, "s5-20260105-11", 0},
	{EVENT_SERVICE_FINISHED, 90, "B001", 2},
	{EVENT_TICKET_CALLED, 90, "A002", 2},
	{EVENT_TICKET_NO_SHOW, 120, "A002", 2},
	{EVENT_SERVICE_FINISHED, 310, "A001", 1},
	{EVENT_WINDOW_PAUSED, 310, NULL, 1},
	{EVENT_TICKET_ISSUED, 400, "A003", 0},
	{EVENT_TICKET_CANCELLED, 500, "A003", 0},
	{EVENT_TICKET_ISSUED, 500, "A004", 0},
	{EVENT_TICKET_CALLED, 500, "A004", 2},
	{EVENT_SERVICE_STARTED, 510, "A004", 2},
	{EVENT_SERVICE_FINISHED, 570, "A004", 2},
	{EVENT_CLERK_SIGNED_OUT, 3600, NULL, 1},
	{EVENT_CLERK_SIGNED_OUT, 3600, NULL, 2},
	{EVENT_DAY_CLOSED, 3600, NULL, 0},
};

static void a_day_by_hand(void **state)
{
	const struct scenario scenario = by_hand();
	struct heard *heard = calloc(1, sizeof(*heard));
	const struct line_hall_options options = {.scenario = &scenario,
						  .boot = "test",
						  .software = "test",
						  .sink = hear,
						  .user = heard};
	const struct line_hall_day date = {.number = FIRST,
					   .midnight_ms = (FIRST * (int64_t)24 - 8) * 3600000,
					   .offset_min = 480,
					   .seed = 5,
					   .day = 3,
					   .filings = hand_filings,
					   .filing_count = 1};
	struct layout *layout;
	struct engine *engine;
	struct line_hall *line;
	const struct event *issued;

	(void)state;
	assert_non_null(heard);
	assert_int_equal(layout_create(&layout, &scenario), 0);
	assert_int_equal(engine_create(&engine), 0);
	assert_int_equal(line_hall_create(&line, &options), 0);
	assert_int_equal(line_hall_set_day(line, &date), 0);
	/* daemon, hall, 2 queues, 2 windows with clerks, 4 items; the rules are none, as before */
	assert_int_equal(heard->count, 12);
	heard->count = 0;
	assert_int_equal(
		engine_day(engine, layout, hand_visits, 5, &line_hall_ops, line, NULL, NULL), 0);
	for (size_t i = 0; i < sizeof(hand_events) / sizeof(hand_events[0]); i++)
		expect(&heard->events[i], &hand_events[i], i);
	assert_int_equal(heard->count, sizeof(hand_events) / sizeof(hand_events[0]));
	assert_int_equal(heard->events[0].u.day_opened.date, 20260105);
	assert_int_equal(heard->events[0].at.offset_min, 480);
	issued = &heard->events[3];
	assert_string_equal(issued->u.ticket_issued.item, "permit");
	assert_string_equal(issued->u.ticket_issued.case_ref, "s5-20260105-7");
	assert_int_equal(issued->u.ticket_issued.class, CLASS_ORDINARY);
	assert_int_equal(issued->u.ticket_issued.arrival_ms, issued->at.mono_ms);
	assert_string_equal(heard->events[6].u.ticket_issued.item, "collect-01");
	assert_string_equal(heard->events[9].u.ticket_issued.item, "pension");
	assert_string_equal(heard->events[4].u.ticket_called.clerk, "clerk-01");
	line_hall_destroy(line);
	engine_destroy(engine);
	layout_destroy(layout);
	free(heard);
}

/* A window whose break lasts for the rest of the day is open again on the next. */
static void break_of_yesterday(void **state)
{
	static const struct visit visit = {36000000,	300000,		-1,   0, 0,
					   VISIT_FIRST, CLASS_ORDINARY, false};
	struct scenario scenario = by_hand();
	const struct line_hall_options options = {
		.scenario = &scenario, .boot = "test", .software = "test"};
	struct layout *layout;
	struct engine *engine;
	struct line_hall *line;

	(void)state;
	scenario.window_count = 1;
	assert_int_equal(layout_create(&layout, &scenario), 0);
	layout->windows[0].breaks[0] = (struct layout_break){36100000, INT64_MAX};
	assert_int_equal(engine_create(&engine), 0);
	assert_int_equal(line_hall_create(&line, &options), 0);
	for (int64_t day = FIRST; day < FIRST + 2; day++) {
		const struct line_hall_day date = {.number = day, .midnight_ms = day * MS_PER_DAY};

		assert_int_equal(line_hall_set_day(line, &date), 0);
		assert_int_equal(
			engine_day(engine, layout, &visit, 1, &line_hall_ops, line, NULL, NULL), 0);
		assert_int_equal(hall_ticket(line_hall_hall(line), 0)->state, TICKET_FINISHED);
		assert_true(hall_window(line_hall_hall(line), 0)->paused);
	}
	line_hall_destroy(line);
	engine_destroy(engine);
	layout_destroy(layout);
}

/* ---- what only the hall can ------------------------------------------------------------------ */

/* Priority citizens overtake without end; a bound of ten minutes shortens the longest wait, and the
 * reduced line says that it cannot do that. */
static void ageing_by_the_hall(void **state)
{
	struct sim_figures free_line = {.days = 0}, aged = {.days = 0};
	struct scenario scenario = by_hand();
	struct world *world;
	struct layout *layout;

	(void)state;
	for (uint32_t i = 0; i < 2; i++)
		snprintf(items[i].queue, sizeof(items[i].queue), "general");
	scenario.policy = SCENARIO_HALL;
	scenario.cases_a_day = 20;
	scenario.priority_chance = .5;
	scenario.rules.overtakes = -1;
	assert_int_equal(layout_create(&layout, &scenario), 0);
	assert_int_equal(world_create(&world, &scenario), 0);
	assert_true(line_plain_suffices(&scenario));
	assert_int_equal(sim_run(world, &scenario, layout, 1, 0, 50, &free_line), 0);
	scenario.rules.overtakes = 100; /* never reached */
	assert_false(line_plain_suffices(&scenario));
	assert_int_equal(sim_run(world, &scenario, layout, 1, 0, 50, &aged), 0);
	assert_int_equal(aged.wait_sum_ms, free_line.wait_sum_ms);
	assert_int_equal(aged.tickets, free_line.tickets);
	sim_figures_finish(&aged);
	scenario.rules.age_ms = 600000;
	assert_int_equal(sim_run(world, &scenario, layout, 1, 0, 50, &aged), 0);
	assert_int_equal(aged.called, free_line.called);
	assert_true(aged.wait_max_ms < free_line.wait_max_ms);
	sim_figures_finish(&aged);
	sim_figures_finish(&free_line);
	world_destroy(world);
	layout_destroy(layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_by_hand),
		cmocka_unit_test(break_of_yesterday),
		cmocka_unit_test(ageing_by_the_hall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
