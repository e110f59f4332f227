/* The reduced line and the real hall give the same calls: who, at which window, in which
 * millisecond, and who was not found, over random scenarios and days. And a day by the real hall
 * whose events were worked out by hand. */
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
#include "tests/unit/simulate/random_hall.h"

enum { SCENARIOS = 600, DAYS = 3, MAX_CALLS = 4096, MS_PER_DAY = 86400000, FIRST = 20458 };

struct seen {
	int64_t ms;
	size_t visit; /* SIZE_MAX nobody */
	uint32_t window;
	char what;
};

/* A line that writes down what is asked of it and what it answers. */
struct spy {
	const struct line_ops *ops;
	void *line;
	struct seen seen[MAX_CALLS];
	size_t count;
};

static void note(struct spy *spy, char what, uint32_t window, size_t visit, int64_t ms)
{
	assert_in_range(spy->count, 0, MAX_CALLS - 1);
	spy->seen[spy->count++] = (struct seen){ms, visit, window, what};
}

static int spy_begin(void *user, const struct layout *layout, const struct visit *visits,
		     size_t count)
{
	struct spy *spy = user;

	spy->count = 0;
	return spy->ops->begin(spy->line, layout, visits, count);
}

static int spy_arrive(void *user, size_t visit, int64_t now_ms)
{
	struct spy *spy = user;

	return spy->ops->arrive(spy->line, visit, now_ms);
}

static int spy_call(void *user, uint32_t window, int64_t now_ms, size_t *ret_visit)
{
	struct spy *spy = user;
	int r = spy->ops->call(spy->line, window, now_ms, ret_visit);

	note(spy, 'c', window, *ret_visit, now_ms);
	return r;
}

static int spy_start(void *user, uint32_t window, size_t visit, int64_t now_ms)
{
	struct spy *spy = user;

	return spy->ops->start ? spy->ops->start(spy->line, window, visit, now_ms) : 0;
}

static int spy_finish(void *user, uint32_t window, size_t visit, int64_t now_ms)
{
	struct spy *spy = user;

	return spy->ops->finish ? spy->ops->finish(spy->line, window, visit, now_ms) : 0;
}

static int spy_no_show(void *user, uint32_t window, size_t visit, int64_t now_ms)
{
	struct spy *spy = user;

	note(spy, 'n', window, visit, now_ms);
	return spy->ops->no_show ? spy->ops->no_show(spy->line, window, visit, now_ms) : 0;
}

static int spy_leave(void *user, size_t visit, int64_t now_ms)
{
	struct spy *spy = user;

	note(spy, 'l', 0, visit, now_ms);
	return spy->ops->leave(spy->line, visit, now_ms);
}

static int spy_pause(void *user, uint32_t window, int64_t now_ms)
{
	struct spy *spy = user;

	note(spy, 'p', window, 0, now_ms);
	return spy->ops->pause ? spy->ops->pause(spy->line, window, now_ms) : 0;
}

static int spy_reopen(void *user, uint32_t window, int64_t now_ms)
{
	struct spy *spy = user;

	note(spy, 'r', window, 0, now_ms);
	return spy->ops->reopen ? spy->ops->reopen(spy->line, window, now_ms) : 0;
}

static int spy_end(void *user, int64_t now_ms)
{
	struct spy *spy = user;

	note(spy, 'e', 0, 0, now_ms);
	return spy->ops->end ? spy->ops->end(spy->line, now_ms) : 0;
}

/* Without start the engine leaves one step out; both ways must come to the same. */
static const struct line_ops spy_without_start = {
	.begin = spy_begin,
	.arrive = spy_arrive,
	.call = spy_call,
	.finish = spy_finish,
	.no_show = spy_no_show,
	.leave = spy_leave,
	.pause = spy_pause,
	.reopen = spy_reopen,
	.end = spy_end,
};
static const struct line_ops spy_with_start = {
	.begin = spy_begin,
	.arrive = spy_arrive,
	.call = spy_call,
	.start = spy_start,
	.finish = spy_finish,
	.no_show = spy_no_show,
	.leave = spy_leave,
	.pause = spy_pause,
	.reopen = spy_reopen,
	.end = spy_end,
};

/* ---- the two lines --------------------------------------------------------------------------- */

struct tried { /* what the scenarios had in them */
	size_t calls, vain_calls, leaves, no_shows, pauses, uncalled, ties, abreast;
};

static void compare(const struct spy *a, const struct spy *b, uint64_t seed, struct tried *tried)
{
	for (size_t i = 0; i < a->count && i < b->count; i++) {
		const struct seen *x = &a->seen[i], *y = &b->seen[i];

		if (x->what != y->what || x->window != y->window || x->visit != y->visit ||
		    x->ms != y->ms)
			fail_msg("seed %llu, %zu: plain %c window %u visit %zd at %lld; hall %c "
				 "window %u visit %zd at %lld",
				 (unsigned long long)seed, i, x->what, x->window, x->visit,
				 (long long)x->ms, y->what, y->window, y->visit, (long long)y->ms);
		tried->calls += x->what == 'c' && x->visit != SIZE_MAX;
		tried->vain_calls += x->what == 'c' && x->visit == SIZE_MAX;
		tried->leaves += x->what == 'l';
		tried->no_shows += x->what == 'n';
		tried->pauses += x->what == 'p';
		tried->abreast += i && x->what == 'c' && a->seen[i - 1].what == 'c' &&
				  a->seen[i - 1].ms == x->ms;
	}
	assert_int_equal(a->count, b->count);
}

struct pair {
	struct scenario scenario;
	struct layout *layout;
	struct world *world;
	struct engine *engine;
	struct line_plain *plain;
	struct line_hall *hall;
	struct spy plain_spy, hall_spy;
	struct visit_day day;
};

static int keep_checked(void *user, const struct event *events, size_t count)
{
	(void)user, (void)events, (void)count;
	return 0;
}

static struct pair *pair_create(uint64_t seed)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	struct line_hall_options options = {
		.boot = "test", .software = "test", .sink = keep_checked};

	assert_non_null(pair);
	random_hall_make(&pair->scenario, seed);
	options.scenario = &pair->scenario;
	assert_int_equal(layout_create(&pair->layout, &pair->scenario), 0);
	assert_int_equal(world_create(&pair->world, &pair->scenario), 0);
	assert_int_equal(engine_create(&pair->engine), 0);
	assert_int_equal(line_plain_create(&pair->plain), 0);
	assert_int_equal(line_hall_create(&pair->hall, &options), 0);
	pair->plain_spy.ops = &line_plain_ops;
	pair->plain_spy.line = pair->plain;
	pair->hall_spy.ops = &line_hall_ops;
	pair->hall_spy.line = pair->hall;
	return pair;
}

static void pair_destroy(struct pair *pair)
{
	visit_day_finish(&pair->day);
	line_hall_destroy(pair->hall);
	line_plain_destroy(pair->plain);
	engine_destroy(pair->engine);
	world_destroy(pair->world);
	layout_destroy(pair->layout);
	scenario_finish(&pair->scenario);
	free(pair);
}

static void run_both(struct pair *pair, uint64_t seed, uint32_t day, struct tried *tried)
{
	struct line_hall_day date = {.number = FIRST + 3 * day, .seed = seed, .day = day};
	int r;

	assert_int_equal(world_day(pair->world, seed, day, &pair->day), 0);
	random_hall_coarsen(&pair->day, day == 0 ? 1 : day == 1 ? 1000 : 120000);
	for (size_t i = 1; i < pair->day.visit_count; i++)
		tried->ties += pair->day.visits[i].arrival_ms == pair->day.visits[i - 1].arrival_ms;
	date.midnight_ms = date.number * MS_PER_DAY;
	date.filings = pair->day.filings;
	date.filing_count = pair->day.filing_count;
	r = line_hall_set_day(pair->hall, &date);
	if (r == 0)
		r = engine_day(pair->engine, pair->layout, pair->day.visits, pair->day.visit_count,
			       &spy_with_start, &pair->hall_spy, NULL, NULL);
	if (r < 0)
		fail_msg("seed %llu: %d %s", (unsigned long long)seed, r,
			 line_hall_detail(pair->hall));
	assert_null(hall_check(line_hall_hall(pair->hall)));
	assert_int_equal(engine_day(pair->engine, pair->layout, pair->day.visits,
				    pair->day.visit_count,
				    day % 2 ? &spy_with_start : &spy_without_start,
				    &pair->plain_spy, NULL, NULL),
			 0);
	compare(&pair->plain_spy, &pair->hall_spy, seed, tried);
}

static void count_uncalled(void *user, const struct visit *visit, const struct outcome *outcome)
{
	size_t *uncalled = user;

	(void)visit;
	*uncalled += outcome->called_ms < 0 && !outcome->abandoned;
}

static void plain_is_as_the_hall(void **state)
{
	struct tried tried = {0};

	(void)state;
	for (uint64_t seed = 1; seed <= SCENARIOS; seed++) {
		struct pair *pair = pair_create(seed);

		assert_true(line_plain_suffices(&pair->scenario));
		for (uint32_t day = 0; day < DAYS; day++)
			run_both(pair, seed, day, &tried);
		assert_int_equal(engine_day(pair->engine, pair->layout, pair->day.visits,
					    pair->day.visit_count, &line_plain_ops, pair->plain,
					    count_uncalled, &tried.uncalled),
				 0);
		pair_destroy(pair);
	}
	print_message("%zu calls, %zu in vain, %zu left, %zu no-shows, %zu breaks, %zu uncalled, "
		      "%zu arrivals at once, %zu calls at once\n",
		      tried.calls, tried.vain_calls, tried.leaves, tried.no_shows, tried.pauses,
		      tried.uncalled, tried.ties, tried.abreast);
	assert_true(tried.calls > 10000 && tried.vain_calls > 500 && tried.leaves > 1000 &&
		    tried.no_shows > 500 && tried.pauses > 500 && tried.uncalled > 100 &&
		    tried.ties > 5000 && tried.abreast > 1000);
}

/* ---- a day by hand --------------------------------------------------------------------------- */

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
static void a_day_by_hand(void **state)
{
	static const struct visit visits[] = {
		{36000000, 300000, -1, 7, 1, VISIT_FIRST, CLASS_PRIORITY, false},
		{36020000, 60000, -1, 8, 0, VISIT_PICK_UP, CLASS_ORDINARY, false},
		{36040000, 60000, -1, 9, 0, VISIT_REWORK, CLASS_ORDINARY, true},
		{36400000, 60000, 100000, 10, 1, VISIT_FIRST, CLASS_ORDINARY, false},
		{36500000, 60000, -1, 12, 0, VISIT_FIRST, CLASS_ORDINARY, false},
	};
	static const struct filing filings[] = {{36050000, 11, 1}};
	static const struct wanted wanted[] = {
		{EVENT_DAY_OPENED, -1800, NULL, 0},	  {EVENT_CLERK_SIGNED_IN, -1800, NULL, 1},
		{EVENT_CLERK_SIGNED_IN, -1800, NULL, 2},  {EVENT_TICKET_ISSUED, 0, "A001", 0},
		{EVENT_TICKET_CALLED, 0, "A001", 1},	  {EVENT_SERVICE_STARTED, 10, "A001", 1},
		{EVENT_TICKET_ISSUED, 20, "B001", 0},	  {EVENT_TICKET_CALLED, 20, "B001", 2},
		{EVENT_SERVICE_STARTED, 30, "B001", 2},	  {EVENT_TICKET_ISSUED, 40, "A002", 0},
		{EVENT_ONLINE_FILING, 50, "s5-3-11", 0},  {EVENT_SERVICE_FINISHED, 90, "B001", 2},
		{EVENT_TICKET_CALLED, 90, "A002", 2},	  {EVENT_TICKET_NO_SHOW, 120, "A002", 2},
		{EVENT_SERVICE_FINISHED, 310, "A001", 1}, {EVENT_WINDOW_PAUSED, 310, NULL, 1},
		{EVENT_TICKET_ISSUED, 400, "A003", 0},	  {EVENT_TICKET_CANCELLED, 500, "A003", 0},
		{EVENT_TICKET_ISSUED, 500, "A004", 0},	  {EVENT_TICKET_CALLED, 500, "A004", 2},
		{EVENT_SERVICE_STARTED, 510, "A004", 2},  {EVENT_SERVICE_FINISHED, 570, "A004", 2},
		{EVENT_CLERK_SIGNED_OUT, 3600, NULL, 1},  {EVENT_CLERK_SIGNED_OUT, 3600, NULL, 2},
		{EVENT_DAY_CLOSED, 3600, NULL, 0},
	};
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
					   .filings = filings,
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
	assert_int_equal(engine_day(engine, layout, visits, 5, &line_hall_ops, line, NULL, NULL),
			 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		expect(&heard->events[i], &wanted[i], i);
	assert_int_equal(heard->count, sizeof(wanted) / sizeof(wanted[0]));
	assert_int_equal(heard->events[0].u.day_opened.date, 20260105);
	assert_int_equal(heard->events[0].at.offset_min, 480);
	issued = &heard->events[3];
	assert_string_equal(issued->u.ticket_issued.item, "permit");
	assert_string_equal(issued->u.ticket_issued.case_ref, "s5-3-7");
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
		cmocka_unit_test(plain_is_as_the_hall),
		cmocka_unit_test(a_day_by_hand),
		cmocka_unit_test(break_of_yesterday),
		cmocka_unit_test(ageing_by_the_hall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
