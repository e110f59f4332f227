/* docs/scenarios/founding-*.conf are the founding example by its formulas, item by item and window
 * by window.
 *
 *     test-simulate-founding FOLDER */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/simulate/scenario.h"
#include "tests/unit/simulate/founding.h"

static const char *folder;

static void tell(void *user, const char *file, int line, const char *message)
{
	(void)user;
	print_error("%s:%d: %s\n", file, line, message);
}

/* Quantiles were computed in two ways: equal but for rounding. */
static void assert_close(double wanted, double got, const char *what)
{
	if (!(fabs(wanted - got) <= 1e-12 * fabs(wanted)))
		fail_msg("%s: %.17g, not %.17g", what, got, wanted);
}

static void check_numbers(const struct scenario *wanted, const struct scenario *got)
{
	assert_string_equal(wanted->id, got->id);
	assert_string_equal(wanted->zone, got->zone);
	assert_string_equal(wanted->zh, got->zh);
	assert_string_equal(wanted->en, got->en);
	assert_int_equal(wanted->target_ms, got->target_ms);
	assert_int_equal(wanted->span_count, got->span_count);
	for (uint32_t i = 0; i < wanted->span_count; i++) {
		assert_int_equal(wanted->spans[i].from_min, got->spans[i].from_min);
		assert_int_equal(wanted->spans[i].to_min, got->spans[i].to_min);
		assert_close(wanted->spans[i].weight, got->spans[i].weight, "weight");
	}
	assert_close(wanted->cases_a_day, got->cases_a_day, "cases");
	assert_close(wanted->day_cv, got->day_cv, "day_cv");
	assert_close(wanted->uptake, got->uptake, "uptake");
	assert_close(wanted->service.mean_min, got->service.mean_min, "service");
	assert_close(wanted->service.cv, got->service.cv, "service cv");
	assert_close(wanted->rework_chance, got->rework_chance, "rework");
	assert_close(wanted->pick_up_chance, got->pick_up_chance, "pick-up");
	assert_close(wanted->pick_up.mean_min, got->pick_up.mean_min, "pick-up mean");
	assert_close(wanted->pick_up.cv, got->pick_up.cv, "pick-up cv");
	assert_close(0, got->walk_s, "walk");
	assert_close(0, got->no_show_chance, "no-shows");
	assert_close(0, got->patience_min, "patience");
	assert_close(0, got->priority_chance, "priority");
}

static void check_items(const struct scenario *wanted, const struct scenario *got)
{
	assert_int_equal(FOUNDING_ITEMS, got->item_count);
	assert_int_equal(FOUNDING_DEPARTMENTS, got->department_count);
	for (uint32_t d = 0; d < FOUNDING_DEPARTMENTS; d++)
		assert_string_equal(wanted->departments[d].name, got->departments[d].name);
	for (uint32_t r = 0; r < FOUNDING_ITEMS; r++) {
		const struct scenario_item *a = &wanted->items[r], *b = &got->items[r];

		assert_string_equal(a->id, b->id);
		assert_string_equal(a->zh, b->zh);
		assert_string_equal(a->en, b->en);
		assert_int_equal(a->department, b->department);
		assert_string_equal(a->skill, b->skill);
		assert_int_equal(a->online, b->online);
		assert_close(a->share, b->share, a->id);
		assert_close(a->factor, b->factor, a->id);
	}
}

static void check_windows(const struct scenario *wanted, const struct scenario *got)
{
	assert_int_equal(wanted->policy, got->policy);
	assert_int_equal(wanted->queue_count, got->queue_count);
	for (uint32_t q = 0; q < wanted->queue_count; q++) {
		const struct scenario_queue *a = &wanted->queues[q], *b = &got->queues[q];

		assert_string_equal(a->def.queue, b->def.queue);
		assert_string_equal(a->def.zh, b->def.zh);
		assert_string_equal(a->def.en, b->def.en);
		assert_string_equal(a->def.prefix, b->def.prefix);
		assert_int_equal(a->def.kind, b->def.kind);
		assert_int_equal(a->def.first, b->def.first);
		assert_int_equal(a->def.last, b->def.last);
		assert_true(b->def.work);
		assert_int_equal(a->department_count, b->department_count);
		if (a->department_count)
			assert_int_equal(a->departments[0], b->departments[0]);
	}
	assert_int_equal(wanted->window_count, got->window_count);
	for (uint32_t w = 0; w < wanted->window_count; w++) {
		assert_string_equal(wanted->windows[w].queues, got->windows[w].queues);
		assert_string_equal(wanted->windows[w].skills, got->windows[w].skills);
		assert_int_equal(0, got->windows[w].break_count);
	}
}

static void check_file(const char *name, bool after)
{
	struct scenario wanted = {0}, got = {0};
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	founding_make(&wanted, after);
	assert_int_equal(0, scenario_read(&got, path, tell, NULL));
	check_numbers(&wanted, &got);
	check_items(&wanted, &got);
	check_windows(&wanted, &got);
	scenario_finish(&wanted);
	scenario_finish(&got);
}

static void test_before(void **state)
{
	(void)state;
	check_file("founding-before.conf", false);
}

static void test_after(void **state)
{
	(void)state;
	check_file("founding-after.conf", true);
}

/* What the article says: 31 departments, 977 items, 95.4% of them can be filed online, 96.5%
 * handled at any window; 37 windows became 6 and 2. */
static void test_article(void **state)
{
	struct scenario before = {0}, after = {0};
	uint32_t online = 0, everywhere = 0;

	(void)state;
	founding_make(&before, false);
	founding_make(&after, true);
	for (uint32_t r = 0; r < after.item_count; r++) {
		online += after.items[r].online;
		everywhere += !after.items[r].skill[0];
	}
	assert_int_equal(954, lround(1000. * online / 977));
	assert_int_equal(965, lround(1000. * everywhere / 977));
	assert_int_equal(37, before.window_count);
	assert_int_equal(8, after.window_count);
	scenario_finish(&before);
	scenario_finish(&after);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_article),
	};

	if (argc != 2)
		return 2;
	folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
