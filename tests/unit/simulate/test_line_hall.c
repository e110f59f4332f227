/* The reduced line and the real hall give the same calls: who, at which window, in which
 * millisecond, and who was not found, over random scenarios and days. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(plain_is_as_the_hall)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
