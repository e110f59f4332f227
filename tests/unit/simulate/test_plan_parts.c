/* Parts of the planner: targets as words, the load against its definition and against all sets of
 * queues, numbers of windows against those of the founding hall. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/random.h"
#include "src/simulate/plan.h"
#include "src/simulate/scenario_private.h"
#include "tests/unit/simulate/founding.h"
#include "tests/unit/simulate/small_hall.h"

/* ---- targets ---- */

static void target_is(const char *text, enum plan_measure measure, double bound, int64_t within_ms)
{
	struct plan_target target = {.measure = PLAN_P50, .bound = -1, .within_ms = -1};
	char fault[PLAN_FAULT_SIZE] = "";

	if (plan_target_read(&target, text, fault) < 0)
		fail_msg("\"%s\": %s", text, fault);
	assert_int_equal(target.measure, measure);
	assert_true(fabs(target.bound - bound) < 1e-12);
	assert_int_equal(target.within_ms, within_ms);
}

static void targets(void **state)
{
	static const char *const bad[] = {
		"",
		"p90",
		"p90<15",
		"p90>=15",
		"p90<=",
		"p90<=x",
		"p90<=1e3",
		"p90<=-1",
		"p90<=481",
		"p90<=15m",
		"p9 0<=15",
		"p90<=1 5",
		"p90< =15",
		"p90<=15 min",
		"p 90<=15",
		"wit hin 10>=.9",
		"within 1 0>=.9",
		"share>=9 5%",
		"share>=95 %%",
		"share>= %",
		"p99<=15",
		"share<=.9",
		"share>=0",
		"share>=95",
		"share>=x",
		"share>=.9x",
		"share>=1.1",
		"within>=.9",
		"within 0>=.9",
		"within 10",
		"within 481>=.9",
		"within 99999999999999999999>=.9",
		"within 10<=.9",
		"mean<=1.2.3",
		"p90<=15 p90<=15 p90<=15 p90<=15 p90<=15 p90<=15 p90<=15 p90<=15 p90<=15",
	};
	static const char *const forms[] = {
		"mean<=", "p50<=", "p90<=", "p95<=", "share>=", "within 10>=", "目标写法"};
	char fault[PLAN_FAULT_SIZE];

	(void)state;
	target_is("p90<=15", PLAN_P90, 15, 0);
	target_is(" p50 <= 2.5 ", PLAN_P50, 2.5, 0);
	target_is("P90 <= 15", PLAN_P90, 15, 0);
	target_is("Mean\t<=\t5", PLAN_MEAN, 5, 0);
	target_is("SHARE >= 95%", PLAN_SHARE, .95, 0);
	target_is("Within 10 >= .9", PLAN_SHARE, .9, 600000);
	target_is("within  <=  10  >=  .9  ", PLAN_SHARE, .9, 600000);
	target_is("p95<=0", PLAN_P95, 0, 0);
	target_is("mean<=.5", PLAN_MEAN, .5, 0);
	target_is("share>=.95", PLAN_SHARE, .95, 0);
	target_is("share>=95%", PLAN_SHARE, .95, 0);
	target_is("share>=1", PLAN_SHARE, 1, 0);
	target_is("SHARE >= 95 %", PLAN_SHARE, .95, 0);
	target_is("within 10 >= 90 \t %  ", PLAN_SHARE, .9, 600000);
	target_is("within 10>=.9", PLAN_SHARE, .9, 600000);
	target_is("within<=2.5>=90%", PLAN_SHARE, .9, 150000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct plan_target target = {.measure = PLAN_P50, .bound = 7};

		fault[0] = '\0';
		if (plan_target_read(&target, bad[i], fault) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_true(fault[0]);
		assert_true(target.measure == PLAN_P50 && target.bound == 7);
	}
	/* each form stands in the message of what is none of them, in both languages */
	assert_int_equal(plan_target_read(&(struct plan_target){0}, "soon", fault), -EINVAL);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strstr(fault, forms[i]))
			fail_msg("%s is not in: %s", forms[i], fault);
}

/* Ten waits of 1 to 10 min: P90 is 9 min, eight are within 8. */
static void met(void **state)
{
	const struct plan_target p90 = {PLAN_P90, 9, 0}, under = {PLAN_P90, 8.99, 0};
	const struct plan_target share = {PLAN_SHARE, .8, 0}, over = {PLAN_SHARE, .81, 0};
	struct sim_figures figures = {.days = 1};

	(void)state;
	assert_true(plan_is_met(&share, &figures) && plan_is_met(&p90, &figures));
	for (int i = 1; i <= 10; i++) {
		const struct visit visit = {.service_ms = 1};
		const struct outcome outcome = {.called_ms = i * 60000, .left_ms = i * 60000 + 1};

		assert_int_equal(sim_figures_visit(&figures, 480000, &visit, &outcome), 0);
	}
	assert_true(plan_is_met(&p90, &figures) && !plan_is_met(&under, &figures));
	assert_true(plan_is_met(&share, &figures) && !plan_is_met(&over, &figures));
	figures.uncalled = 1;
	assert_true(!plan_is_met(&p90, &figures) && !plan_is_met(&share, &figures));
	sim_figures_finish(&figures);
}

/* ---- the load ---- */

static void load_of(const struct scenario *scenario, struct plan_load *ret_load)
{
	struct layout *layout;

	assert_int_equal(layout_create(&layout, scenario), 0);
	assert_int_equal(plan_load_of(ret_load, scenario, layout), 0);
	layout_destroy(layout);
}

static double shares_of(const struct scenario *scenario)
{
	double sum = 0;

	for (uint32_t r = 0; r < scenario->item_count; r++)
		sum += scenario->items[r].share;
	return sum;
}

/* 200 cases, of those that may be filed online 49.5% come; 1.08 visits of 11 min, .6 of 4. */
static void founding_load(void **state)
{
	struct scenario after;
	struct plan_load load;
	double come = 0, offered = 0, general = 0;

	(void)state;
	founding_make(&after, true);
	load_of(&after, &load);
	for (uint32_t r = 0; r < after.item_count; r++) {
		double share = after.items[r].share / shares_of(&after) *
			       (r % 22 == 21 || r == 976 ? 1 : .495);

		come += share;
		offered += share * after.items[r].factor;
	}
	offered = 200 * (offered * 1.08 * 11 + come * .6 * 4) / 420;
	assert_true(fabs(load.total - offered) < 1e-9);
	/* 1.6 of 7.0 come in one hour of seven */
	assert_true(fabs(load.peak - offered * 1.6 / 7 * 7) < 1e-9);
	assert_int_equal(load.peak_from_min, 600);
	assert_int_equal(load.class_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct plan_class *class = &load.classes[i];
		const char *skill = plan_skill_name(&after, class->skill);

		assert_true(!class->overloaded);
		if (class->queue == 1)
			assert_true(class->capacity == 2 && !skill[0]);
		else if (class->skill != LAYOUT_NONE)
			assert_true(class->capacity == 3 && !strcmp(skill, "special"));
		else
			general = class->capacity;
	}
	assert_true(general == 6 && load.over <= 0 && !load.uncovered);
	plan_load_finish(&load);
	scenario_finish(&after);
}

static void walk_no_show_and_breaks(void **state)
{
	struct scenario after;
	struct plan_load plain, load;

	(void)state;
	founding_make(&after, true);
	after.pick_up_chance = 0;
	load_of(&after, &plain);
	after.walk_s = 66;
	after.no_show_chance = .25;
	after.no_show_s = 120;
	/* an hour of lunch belongs to no span, half of 9 to 10 does */
	for (uint32_t w = 0; w < 6; w++) {
		after.windows[w].breaks[0] = (struct scenario_break){570, 600};
		after.windows[w].breaks[1] = (struct scenario_break){720, 780};
		after.windows[w].break_count = 2;
	}
	load_of(&after, &load);
	/* visits a minute are load / 11 (factors differ: use the sum over items) */
	{
		double visits = 0;

		for (uint32_t r = 0; r < after.item_count; r++)
			visits += after.items[r].share / shares_of(&after) *
				  (after.items[r].online ? .495 : 1) * 1.08 * 200 / 420;
		assert_true(fabs(load.total -
				 (.75 * (plain.total + visits * 1.1) + .25 * visits * 2)) < 1e-9);
	}
	for (uint32_t i = 0; i < load.class_count; i++)
		if (load.classes[i].skill == LAYOUT_NONE)
			assert_true(fabs(load.classes[i].capacity - 6 * 390 / 420.) < 1e-9);
	plan_load_finish(&plain);
	plan_load_finish(&load);
	scenario_finish(&after);
}

static uint32_t draw(struct random *random, uint32_t below)
{
	return random_below(random, below);
}

/* A hall whose queues q0.. are served by random windows, some items by skill. */
static void random_hall(struct random *random, struct scenario *s)
{
	static const char *const skills[] = {"", "", "s0", "s1"};
	uint32_t queues = 1 + draw(random, 4);

	small_hall(s);
	s->policy = SCENARIO_HALL;
	s->pick_up_chance = 0;
	s->uptake = 0;
	for (uint32_t i = 0; i < s->queue_count; i++)
		snprintf(s->queues[i].def.queue, CORE_ID_SIZE, "q%u", i);
	s->item_count = 1 + draw(random, 8);
	for (uint32_t i = 0; i < s->item_count; i++) {
		snprintf(s->items[i].queue, CORE_ID_SIZE, "q%u", draw(random, queues));
		snprintf(s->items[i].skill, CORE_ID_SIZE, "%s", skills[draw(random, 4)]);
		s->items[i].share = 1 + draw(random, 5);
	}
	s->window_count = 1 + draw(random, SMALL_WINDOWS);
	for (uint32_t w = 0; w < s->window_count; w++) {
		struct scenario_window *window = &s->windows[w];
		uint32_t set = 1 + draw(random, (1u << queues) - 1);

		window->queues[0] = '\0';
		for (uint32_t q = 0; q < queues; q++)
			if (set >> q & 1)
				snprintf(window->queues + strlen(window->queues), CORE_ID_SIZE,
					 "%sq%u", window->queues[0] ? "," : "", q);
		snprintf(window->skills, CORE_ID_SIZE, "%s",
			 (const char *const[]){"", "s0", "s1", "s0,s1"}[draw(random, 4)]);
		window->break_count = 0;
	}
	s->cases_a_day *= .2 + draw(random, 100) / 40.;
}

static bool may_serve(const struct layout_window *window, const struct plan_class *class)
{
	for (uint32_t k = 0; k < window->queue_count; k++)
		if (window->queues[k] == class->queue)
			return class->skill == LAYOUT_NONE || window->skills >> class->skill & 1;
	return false;
}

/* Of every set of classes: its load and how many windows serve one of them. */
static bool any_set_overloaded(const struct plan_load *load, const struct layout *layout)
{
	for (uint32_t set = 1; set < 1u << load->class_count; set++) {
		double sum = 0, windows = 0;

		for (uint32_t c = 0; c < load->class_count; c++)
			sum += set >> c & 1 ? load->classes[c].load : 0;
		for (uint32_t w = 0; w < layout->window_count; w++)
			for (uint32_t c = 0; c < load->class_count; c++)
				if (set >> c & 1 &&
				    may_serve(&layout->windows[w], &load->classes[c])) {
					windows++;
					break;
				}
		if (sum >= windows)
			return true;
	}
	return false;
}

static void check_overloaded(const struct plan_load *load, const struct layout *layout)
{
	double sum = 0, windows = 0;

	for (uint32_t c = 0; c < load->class_count; c++)
		sum += load->classes[c].overloaded ? load->classes[c].load : 0;
	for (uint32_t w = 0; w < layout->window_count; w++)
		for (uint32_t c = 0; c < load->class_count; c++)
			if (load->classes[c].overloaded &&
			    may_serve(&layout->windows[w], &load->classes[c])) {
				windows++;
				break;
			}
	assert_true(fabs(sum - load->over) < 1e-9 && fabs(windows - load->over_capacity) < 1e-9);
	assert_true(sum >= windows);
}

static void load_of_any_set(void **state)
{
	struct random random;
	int overloaded = 0;

	(void)state;
	random_begin(&random, 7, 0);
	for (int i = 0; i < 3000; i++) {
		struct scenario scenario;
		struct layout *layout;
		struct plan_load load;

		random_hall(&random, &scenario);
		assert_int_equal(layout_create(&layout, &scenario), 0);
		assert_int_equal(plan_load_of(&load, &scenario, layout), 0);
		assert_int_equal(load.over > 0, any_set_overloaded(&load, layout));
		if (load.over > 0) {
			check_overloaded(&load, layout);
			overloaded++;
		}
		plan_load_finish(&load);
		layout_destroy(layout);
		scenario_finish(&scenario);
	}
	assert_in_range(overloaded, 500, 2500);
}

/* ---- numbers of windows ---- */

static void pooled_numbers(void **state)
{
	struct scenario after;
	struct plan_levels *levels, *pooled;

	(void)state;
	founding_make(&after, true);
	assert_int_equal(plan_levels_create(&levels, &after, false), 0);
	assert_int_equal(plan_levels_family(levels)->own, 6);
	assert_int_equal(plan_levels_family(levels)->others, 2);
	assert_int_equal(plan_levels_issuing(levels), 2);
	assert_int_equal(plan_levels_least(levels), 1);
	assert_int_equal(plan_levels_most(levels), 254);
	/* the skill's load is a fiftieth: many more general windows come before another with it */
	for (uint32_t n = 1; n <= 100; n++) {
		const struct scenario *s = plan_levels_scenario(levels, n, NULL, NULL, 0);

		assert_int_equal(s->window_count, n + 2);
		for (uint32_t w = 0; w < n; w++) {
			assert_string_equal(s->windows[w].queues, "general");
			assert_string_equal(s->windows[w].skills, w < 3 ? "special" : "");
		}
		assert_string_equal(s->windows[n].queues, "issue");
		assert_string_equal(s->windows[n + 1].queues, "issue");
	}
	assert_int_equal(plan_levels_create(&pooled, &after, true), 0);
	assert_int_equal(plan_levels_family(pooled)->others, 0);
	assert_int_equal(plan_levels_scenario(pooled, 8, NULL, NULL, 0)->window_count, 8);
	plan_levels_destroy(pooled);
	plan_levels_destroy(levels);
	scenario_finish(&after);
}

/* With 37 the same windows as were given to the departments by hand, in their order. */
static void departmental_numbers(void **state)
{
	struct scenario before;
	struct plan_levels *levels;
	const struct scenario *s;

	(void)state;
	founding_make(&before, false);
	/* as it is, or all six more at the wrong departments */
	for (int wrong = 0; wrong < 2; wrong++) {
		char queues[64][CORE_ID_SIZE];
		uint32_t kept = 0;

		for (uint32_t w = 0; w < before.window_count; w++)
			snprintf(queues[w], CORE_ID_SIZE, "%.31s", before.windows[w].queues);
		for (uint32_t w = 0; wrong && w < before.window_count; w++)
			if (!w || strcmp(queues[w], queues[w - 1]) != 0)
				before.windows[kept++] = before.windows[w];
		before.window_count = wrong ? kept : before.window_count;
		assert_int_equal(plan_levels_create(&levels, &before, false), 0);
		assert_int_equal(plan_levels_least(levels), 31);
		s = plan_levels_scenario(levels, 37, NULL, NULL, 0);
		assert_int_equal(s->window_count, 37);
		for (uint32_t w = 0; w < 37; w++)
			assert_string_equal(s->windows[w].queues, queues[w]);
		plan_levels_destroy(levels);
	}
	scenario_finish(&before);
}

static void no_intake(void **state)
{
	struct scenario after;
	struct plan_levels *levels = NULL;

	(void)state;
	founding_make(&after, true);
	after.queues[0].def.kind = QUEUE_TROUBLE;
	assert_int_equal(plan_levels_create(&levels, &after, false), -ENOENT);
	assert_null(levels);
	scenario_finish(&after);
}

static void breaks_are(const struct scenario_window *window, const int32_t *minutes, uint32_t count)
{
	assert_int_equal(window->break_count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(window->breaks[i].from_min, minutes[2 * i]);
		assert_int_equal(window->breaks[i].to_min, minutes[2 * i + 1]);
	}
}

/* Who is on duty before lunch serves through it; own breaks stay. */
static void rosters(void **state)
{
	static const struct plan_period periods[] = {{540, 600, 60, 540, 600},
						     {600, 660, 60, 600, 660},
						     {660, 720, 60, 660, 720},
						     {780, 840, 60, 780, 840},
						     {840, 900, 60, 840, 900}};
	static const uint32_t roster[] = {2, 3, 1, 3, 1};
	struct scenario after;
	struct plan_levels *levels;
	const struct scenario *s;

	(void)state;
	founding_make(&after, true);
	after.windows[0].breaks[0] = (struct scenario_break){620, 640};
	after.windows[0].break_count = 1;
	after.windows[1].breaks[0] = (struct scenario_break){650, 700};
	after.windows[1].break_count = 1;
	after.windows[2].breaks[0] = (struct scenario_break){700, 790};
	after.windows[2].break_count = 1;
	assert_int_equal(plan_levels_create(&levels, &after, false), 0);
	s = plan_levels_scenario(levels, 4, periods, roster, 5);
	breaks_are(&s->windows[0], (const int32_t[]){620, 640}, 1);
	breaks_are(&s->windows[1], (const int32_t[]){650, 780, 840, 1440}, 2);
	breaks_are(&s->windows[2], (const int32_t[]){0, 600, 660, 790, 840, 1440}, 3);
	breaks_are(&s->windows[3], (const int32_t[]){0, 1440}, 1);
	breaks_are(&s->windows[4], NULL, 0);
	plan_levels_destroy(levels);
	scenario_finish(&after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(met),
		cmocka_unit_test(founding_load),
		cmocka_unit_test(walk_no_show_and_breaks),
		cmocka_unit_test(load_of_any_set),
		cmocka_unit_test(pooled_numbers),
		cmocka_unit_test(departmental_numbers),
		cmocka_unit_test(no_intake),
		cmocka_unit_test(rosters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
