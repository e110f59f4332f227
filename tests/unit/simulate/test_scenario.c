/* Scenarios made by a program: copies, checks, and who waits where. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "small_hall.h"
#include "src/simulate/engine.h"

static void a_copy_is_its_own(void **state)
{
	struct scenario scenario, copy;

	(void)state;
	small_hall(&scenario);
	assert_int_equal(scenario_copy(&copy, &scenario), 0);
	assert_ptr_not_equal(copy.items, scenario.items);
	assert_memory_equal(copy.items, scenario.items, SMALL_ITEMS * sizeof(*copy.items));
	assert_memory_equal(copy.queues, scenario.queues, SMALL_QUEUES * sizeof(*copy.queues));
	assert_memory_equal(copy.windows, scenario.windows, SMALL_WINDOWS * sizeof(*copy.windows));
	scenario_finish(&scenario);
	assert_null(scenario.items);
	assert_string_equal(copy.departments[4].name, "部门4");
	assert_true(scenario_open_min(&copy) == 480);
	scenario_finish(&copy);
}

static void the_small_hall_is_sound(void **state)
{
	char said[512] = "x";
	struct scenario scenario;

	(void)state;
	small_hall(&scenario);
	for (int policy = 0; policy < SCENARIO_POLICY_COUNT; policy++) {
		scenario.policy = (enum scenario_policy)policy;
		assert_int_equal(scenario_check(&scenario, said, sizeof(said)), 0);
		assert_string_equal(said, "");
	}
	scenario_finish(&scenario);
}

/* What no file can say, or what its reader says already; the rest is held by test_scenario_read.c.
 */
static void nan_weight(struct scenario *s)
{
	s->spans[0].weight = NAN;
}
static void infinite_cases(struct scenario *s)
{
	s->cases_a_day = INFINITY;
}
static void negative_cv(struct scenario *s)
{
	s->service.cv = -.1;
}
static void no_pick_up_time(struct scenario *s)
{
	s->pick_up.mean_min = 0;
}
static void reserved_item(struct scenario *s)
{
	strcpy(s->items[3].id, "collect-01");
}
static void torn(struct scenario *s)
{
	s->queues[3].departments[s->queues[3].department_count++] = 0;
}
static void unplaced(struct scenario *s)
{
	s->policy = SCENARIO_HALL;
	s->items[3].queue[0] = '\0';
}
static void twin_queue(struct scenario *s)
{
	strcpy(s->queues[3].def.queue, "general");
}
static void lost_window(struct scenario *s)
{
	strcpy(s->windows[0].queues, "general,nowhere");
}
static void no_department(struct scenario *s)
{
	s->items[3].department = 5;
}
static void odd_policy(struct scenario *s)
{
	s->policy = SCENARIO_POLICY_COUNT;
}

static const struct {
	void (*change)(struct scenario *scenario);
	const char *says;
} faults[] = {
	{nan_weight, "weight: 超出范围"},
	{infinite_cases, "a_day: 超出范围 inf"},
	{negative_cv, "service: cv: 超出范围 -0.1"},
	{no_pick_up_time, "pick_up: mean_min"},
	{reserved_item, "those of pick-ups"},
	{torn, "\"部门0\" waits in queue \"d-0\" already"},
	{unplaced, "needs the queue of each item"},
	{twin_queue, "the same id or prefix"},
	{lost_window, "\"nowhere\" is no queue"},
	{odd_policy, "no policy"},
	{no_department, "no department"},
};

static void faults_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct scenario scenario;
		char said[512] = "";

		small_hall(&scenario);
		faults[i].change(&scenario);
		if (scenario_check(&scenario, said, sizeof(said)) != -EINVAL ||
		    !strstr(said, faults[i].says))
			fail_msg("%zu: \"%s\" is not in: %s", i, faults[i].says, said);
		scenario_finish(&scenario);
	}
}

/* By policy: the queues of items 0 (department 0), 3 (department 3) and 9 (department 4), and of
 * their pick-ups. */
static void items_wait_by_the_policy(void **state)
{
	static const struct {
		enum scenario_policy policy;
		uint16_t queues[3];
		bool classes;
	} wanted[] = {
		{SCENARIO_DEPARTMENTAL, {1, 4, 4}, false},
		{SCENARIO_POOLED, {0, 0, 0}, false},
		{SCENARIO_PRIORITY, {0, 0, 0}, true},
		{SCENARIO_HALL, {0, 1, 1}, true},
	};
	static const uint32_t items[] = {0, 3, 9};
	struct scenario scenario;

	(void)state;
	small_hall(&scenario);
	for (size_t i = 0; i < 4; i++)
		for (int issuing = 0; issuing < 2; issuing++) {
			struct layout *layout = NULL;

			scenario.policy = wanted[i].policy;
			strcpy(scenario.windows[6].queues, issuing ? "issue" : "general");
			assert_int_equal(layout_create(&layout, &scenario), 0);
			assert_int_equal(layout->classes, wanted[i].classes);
			for (size_t k = 0; k < 3; k++) {
				assert_int_equal(layout->item_queue[items[k]], wanted[i].queues[k]);
				assert_int_equal(layout->item_pick_up_queue[items[k]],
						 issuing ? 5 : wanted[i].queues[k]);
			}
			layout_destroy(layout);
		}
	scenario_finish(&scenario);
}

static void windows_have_ordinals(void **state)
{
	struct layout *layout = NULL;
	struct scenario scenario;

	(void)state;
	small_hall(&scenario);
	assert_int_equal(layout_create(&layout, &scenario), 0);
	assert_int_equal(layout->window_count, SMALL_WINDOWS);
	assert_int_equal(layout->queue_count, SMALL_QUEUES);
	assert_int_equal(layout->windows[3].queue_count, 2);
	assert_int_equal(layout->windows[3].queues[0], 2);
	assert_int_equal(layout->windows[3].queues[1], 0);
	/* "welsh" decides nothing */
	assert_int_equal(layout->skill_count, 1);
	assert_int_equal(layout->item_skill[7], 0);
	assert_int_equal(layout->item_skill[6], LAYOUT_NONE);
	assert_int_equal(layout->windows[0].skills, 0);
	assert_int_equal(layout->windows[1].skills, 1);
	assert_int_equal(layout->windows[2].break_count, 2);
	assert_true(layout->windows[2].breaks[0].from_ms == 720 * 60000);
	assert_true(layout->windows[2].breaks[0].to_ms == 780 * 60000);
	assert_true(layout->windows[2].breaks[1].to_ms == INT64_MAX);
	assert_true(layout->walk_ms == 20000 && layout->no_show_ms == 60000);
	layout_destroy(layout);
	scenario_finish(&scenario);
}

static void too_many_skills_are_refused(void **state)
{
	struct layout *layout = NULL;
	struct scenario scenario;

	(void)state;
	small_hall(&scenario);
	for (uint32_t i = 0; i <= LAYOUT_MAX_SKILLS; i++) {
		scenario.items[i].skill[0] = 's';
		scenario.items[i].skill[1] = (char)('0' + i / 10);
		scenario.items[i].skill[2] = (char)('0' + i % 10);
	}
	assert_int_equal(layout_create(&layout, &scenario), -E2BIG);
	assert_null(layout);
	scenario.items[0].skill[0] = '\0';
	assert_int_equal(layout_create(&layout, &scenario), 0);
	assert_int_equal(layout->skill_count, LAYOUT_MAX_SKILLS);
	layout_destroy(layout);
	scenario_finish(&scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_its_own),
		cmocka_unit_test(the_small_hall_is_sound),
		cmocka_unit_test(faults_are_named),
		cmocka_unit_test(items_wait_by_the_policy),
		cmocka_unit_test(windows_have_ordinals),
		cmocka_unit_test(too_many_skills_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
