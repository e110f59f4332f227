/* Two scenarios side by side and a reform taken apart: Shapley values against games whose values
 * are known and against the mean over all orders, the halls between against their rules computed
 * anew, the account against the days themselves, and what is refused. */
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

#include "src/simulate/reform.h"
#include "tests/unit/simulate/founding.h"

#define BIT(lever) (UINT32_C(1) << (lever))
enum { ALL = REFORM_WORLDS - 1 };

struct pair {
	struct scenario before, after;
};

static int begin(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	assert_non_null(pair);
	founding_make(&pair->before, false);
	founding_make(&pair->after, true);
	*state = pair;
	return 0;
}

static int finish(void **state)
{
	struct pair *pair = *state;

	scenario_finish(&pair->before);
	scenario_finish(&pair->after);
	free(pair);
	return 0;
}

static void assert_near(double wanted, double got, double off)
{
	if (!(fabs(wanted - got) <= off))
		fail_msg("%.9g is not within %.9g of %.9g", got, off, wanted);
}

/* ---- Shapley -------------------------------------------------------------------------------- */

/* One left glove, two right ones; a pair is worth 1: 2/3, 1/6, 1/6. */
static void test_glove_game(void **state)
{
	const double value[8] = {[3] = 1, [5] = 1, [7] = 1};
	double shares[3];

	(void)state;
	reform_shapley(3, value, shares);
	assert_near(2. / 3, shares[0], 1e-15);
	assert_near(1. / 6, shares[1], 1e-15);
	assert_near(1. / 6, shares[2], 1e-15);
}

static void order_all(int *order, int at, int n, const double *value, double *sums, double *count)
{
	if (at == n) {
		uint32_t set = 0;

		for (int i = 0; i < n; i++) {
			sums[order[i]] += value[set | BIT(order[i])] - value[set];
			set |= BIT(order[i]);
		}
		++*count;
		return;
	}
	for (int i = at; i < n; i++) {
		int kept = order[at];

		order[at] = order[i];
		order[i] = kept;
		order_all(order, at + 1, n, value, sums, count);
		order[i] = order[at];
		order[at] = kept;
	}
}

/* What each adds, over all 7! orders. */
static void test_all_orders(void **state)
{
	double value[REFORM_WORLDS], shares[REFORM_LEVERS], sums[REFORM_LEVERS] = {0}, count = 0;
	int order[REFORM_LEVERS];
	uint64_t random = 20261127;

	(void)state;
	for (int i = 0; i < REFORM_WORLDS; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		value[i] = (double)(random >> 40) / 1e6;
	}
	for (int i = 0; i < REFORM_LEVERS; i++)
		order[i] = i;
	order_all(order, 0, REFORM_LEVERS, value, sums, &count);
	assert_near(5040, count, 0);
	reform_shapley(REFORM_LEVERS, value, shares);
	for (int i = 0; i < REFORM_LEVERS; i++)
		assert_near(sums[i] / count, shares[i], 1e-9);
}

/* ---- the halls between ---------------------------------------------------------------------- */

static struct scenario between(const struct pair *pair, uint32_t levers)
{
	struct scenario scenario;
	char fault[512];

	assert_int_equal(0, reform_layout(&pair->before, &pair->after, levers, &scenario));
	if (scenario_check(&scenario, fault, sizeof(fault)))
		fail_msg("levers %x: %s", levers, fault);
	return scenario;
}

static uint32_t windows_of(const struct scenario *scenario, const char *queue)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scenario->window_count; i++)
		count += !strcmp(scenario->windows[i].queues, queue);
	return count;
}

static uint32_t special_windows(const struct scenario *scenario)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scenario->window_count; i++) {
		bool special = !strcmp(scenario->windows[i].skills, "special");

		/* the first ones, without a gap */
		if (special)
			assert_int_equal(count, i);
		count += special;
	}
	return count;
}

static void test_ends(void **state)
{
	const struct pair *pair = *state;
	struct scenario none = between(pair, 0), all = between(pair, ALL);

	assert_int_equal(37, none.window_count);
	assert_memory_equal(none.windows, pair->before.windows, 37 * sizeof(*none.windows));
	assert_int_equal(8, all.window_count);
	assert_memory_equal(all.windows, pair->after.windows, 8 * sizeof(*all.windows));
	assert_int_equal(SCENARIO_POOLED, all.policy);
	scenario_finish(&none);
	scenario_finish(&all);
}

/* The first three windows alone have the skill, whatever the number of windows. */
static void test_pooled(void **state)
{
	static const struct {
		uint32_t levers, general, issuing;
	} rows[] = {
		{BIT(REFORM_POOLING), 37, 0},
		{BIT(REFORM_POOLING) | BIT(REFORM_ISSUING), 35, 2},
		{BIT(REFORM_POOLING) | BIT(REFORM_FEWER), 8, 0},
		{BIT(REFORM_POOLING) | BIT(REFORM_FEWER) | BIT(REFORM_ISSUING), 6, 2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scenario scenario = between(*state, rows[i].levers);

		assert_int_equal(SCENARIO_POOLED, scenario.policy);
		assert_int_equal(rows[i].general, windows_of(&scenario, "general"));
		assert_int_equal(rows[i].issuing, windows_of(&scenario, "issue"));
		assert_int_equal(rows[i].general + rows[i].issuing, scenario.window_count);
		assert_int_equal(3, special_windows(&scenario));
		scenario_finish(&scenario);
	}
}

static void find_loads(const struct scenario *scenario, double ret_load[FOUNDING_DEPARTMENTS])
{
	memset(ret_load, 0, FOUNDING_DEPARTMENTS * sizeof(*ret_load));
	for (uint32_t i = 0; i < scenario->item_count; i++)
		ret_load[i % FOUNDING_DEPARTMENTS] +=
			scenario->items[i].share * scenario->items[i].factor;
}

/* 35 windows: one a department, and four more, each to the highest load a window. */
static void test_departments_keep(void **state)
{
	struct scenario scenario = between(*state, BIT(REFORM_ISSUING));
	double load[FOUNDING_DEPARTMENTS];
	uint32_t wanted[FOUNDING_DEPARTMENTS];

	find_loads(&scenario, load);
	for (int d = 0; d < FOUNDING_DEPARTMENTS; d++)
		wanted[d] = 1;
	for (int i = 0; i < 4; i++) {
		int most = 0;

		for (int d = 1; d < FOUNDING_DEPARTMENTS; d++)
			if (load[d] / wanted[d] > load[most] / wanted[most])
				most = d;
		wanted[most]++;
	}
	assert_int_equal(SCENARIO_DEPARTMENTAL, scenario.policy);
	assert_int_equal(37, scenario.window_count);
	assert_int_equal(2, windows_of(&scenario, "issue"));
	for (uint32_t d = 0; d < FOUNDING_DEPARTMENTS; d++)
		assert_int_equal(wanted[d], windows_of(&scenario, scenario.queues[d].def.queue));
	scenario_finish(&scenario);
}

/* Descending load, each to the line with the least, the lowest index on ties. */
static void check_dealt(const struct pair *pair, uint32_t levers, uint32_t lines)
{
	struct scenario scenario = between(pair, levers);
	double load[FOUNDING_DEPARTMENTS], of_line[8] = {0};
	uint32_t order[FOUNDING_DEPARTMENTS], line_of[FOUNDING_DEPARTMENTS];

	find_loads(&scenario, load);
	for (uint32_t d = 0; d < FOUNDING_DEPARTMENTS; d++) {
		uint32_t at = d;

		for (; at > 0 && load[order[at - 1]] < load[d]; at--)
			order[at] = order[at - 1];
		order[at] = d;
	}
	for (uint32_t i = 0; i < FOUNDING_DEPARTMENTS; i++) {
		uint32_t least = 0;

		for (uint32_t q = 0; q < lines; q++)
			if (of_line[q] < of_line[least])
				least = q;
		of_line[least] += load[order[i]];
		line_of[order[i]] = least;
	}
	for (uint32_t q = 0; q < lines; q++) {
		assert_int_equal(1, windows_of(&scenario, scenario.queues[q].def.queue));
		assert_string_equal("special", scenario.windows[q].skills);
		for (uint32_t i = 0; i < scenario.queues[q].department_count; i++)
			assert_int_equal(q, line_of[scenario.queues[q].departments[i]]);
	}
	assert_int_equal(8, scenario.window_count);
	assert_int_equal(8 - lines, windows_of(&scenario, "issue"));
	scenario_finish(&scenario);
}

static void test_departments_dealt(void **state)
{
	check_dealt(*state, BIT(REFORM_FEWER), 8);
	check_dealt(*state, BIT(REFORM_FEWER) | BIT(REFORM_ISSUING), 6);
}

/* ---- the account ---------------------------------------------------------------------------- */

static double sum_of(const struct reform_value *values, int count)
{
	double sum = 0;

	for (int i = 0; i < count; i++)
		sum += values[i].value;
	return sum;
}

static double mean_of_seeds(const struct sim_figures *seeds, uint32_t count)
{
	double mean = 0;

	for (uint32_t i = 0; i < count; i++)
		mean += sim_mean_min(&seeds[i]) / count;
	return mean;
}

/* The ends are the two sides, and the values add up to the log of their ratio. */
static void test_account(void **state)
{
	const struct pair *pair = *state;
	const struct reform_seeds seeds = {.first = 5, .count = 2, .days = 45};
	struct reform_comparison sides;
	struct reform_attribution parts;
	double before, after;

	assert_int_equal(0, reform_compare(&pair->before, &pair->after, &seeds, &sides));
	assert_int_equal(0, reform_attribute(&pair->before, &pair->after, &seeds, &parts));
	assert_int_equal(90, sides.before.days);
	before = mean_of_seeds(sides.seed_before, 2);
	after = mean_of_seeds(sides.seed_after, 2);
	assert_near(before, parts.worlds[0].mean_min, 1e-9);
	assert_near(after, parts.worlds[ALL].mean_min, 1e-9);
	assert_near(log(after / before), parts.log_ratio, 1e-9);
	assert_near(parts.log_ratio, sum_of(parts.players, REFORM_PLAYERS), 1e-9);
	assert_near(parts.log_ratio, sum_of(parts.levers, REFORM_LEVERS), 1e-9);
	/* work : hours of all windows is the utilisation of those after; none has less than it */
	assert_true(parts.worlds[ALL].busiest >= sim_utilisation(&sides.after));
	for (int l = 0; l < REFORM_LEVERS; l++)
		assert_true(parts.differs[l]);
	reform_comparison_finish(&sides);
}

/* Some world in the middle, against a scenario that says the same. */
static void test_world_between(void **state)
{
	const struct pair *pair = *state;
	const struct reform_seeds seeds = {.first = 3, .count = 1, .days = 30};
	uint32_t levers = BIT(REFORM_FEWER) | BIT(REFORM_REWORK) | BIT(REFORM_SERVICE);
	struct scenario scenario = between(pair, levers);
	struct reform_comparison sides;
	struct reform_attribution parts;

	scenario.service.mean_min = 11;
	scenario.rework_chance = .08;
	assert_int_equal(0, reform_compare(&scenario, &pair->after, &seeds, &sides));
	assert_int_equal(0, reform_attribute(&pair->before, &pair->after, &seeds, &parts));
	assert_near(sim_mean_min(&sides.before), parts.worlds[levers].mean_min, 1e-9);
	reform_comparison_finish(&sides);
	scenario_finish(&scenario);
}

/* What both sides have alike gets nothing, and the rest still adds up. */
static void test_alike(void **state)
{
	struct pair *pair = *state;
	const struct reform_seeds seeds = {.first = 1, .count = 1, .days = 20};
	struct reform_attribution parts;

	pair->after.service.cv = pair->before.service.cv;
	pair->after.uptake = pair->before.uptake;
	assert_int_equal(0, reform_attribute(&pair->before, &pair->after, &seeds, &parts));
	assert_false(parts.differs[REFORM_VARIANCE] || parts.differs[REFORM_ONLINE]);
	assert_true(parts.differs[REFORM_SERVICE]);
	assert_near(0, parts.levers[REFORM_VARIANCE].value, 0);
	assert_near(0, parts.players[REFORM_FILING].value, 0);
	assert_near(parts.log_ratio, sum_of(parts.levers, REFORM_LEVERS), 1e-9);
	assert_near(parts.worlds[0].mean_min, parts.worlds[BIT(REFORM_ONLINE)].mean_min, 0);
	assert_near(parts.worlds[0].busiest, parts.worlds[BIT(REFORM_ONLINE)].busiest, 0);
}

/* A seed by itself has a range without width; with two, the value of both lies near theirs. */
static void test_seeds(void **state)
{
	const struct pair *pair = *state;
	struct reform_seeds seeds = {.first = 1, .count = 1, .days = 120};
	struct reform_attribution one, two;

	assert_int_equal(0, reform_attribute(&pair->before, &pair->after, &seeds, &one));
	seeds.count = 2;
	assert_int_equal(0, reform_attribute(&pair->before, &pair->after, &seeds, &two));
	assert_true(one.seeds_known && two.seeds_known);
	for (int p = 0; p < REFORM_PLAYERS; p++) {
		assert_near(one.players[p].value, one.players[p].least, 0);
		assert_near(one.players[p].value, one.players[p].greatest, 0);
		assert_true(two.players[p].least <= one.players[p].value &&
			    one.players[p].value <= two.players[p].greatest);
		assert_true(two.players[p].least < two.players[p].greatest);
	}
}

static void test_threads(void **state)
{
	const struct pair *pair = *state;
	struct reform_seeds seeds = {.first = 1, .count = 2, .days = 25, .threads = 1};
	struct reform_attribution one, three;
	struct reform_comparison a, b;

	assert_int_equal(0, reform_attribute(&pair->before, &pair->after, &seeds, &one));
	assert_int_equal(0, reform_compare(&pair->before, &pair->after, &seeds, &a));
	seeds.threads = 3;
	assert_int_equal(0, reform_attribute(&pair->before, &pair->after, &seeds, &three));
	assert_int_equal(0, reform_compare(&pair->before, &pair->after, &seeds, &b));
	for (int i = 0; i < REFORM_WORLDS; i++)
		assert_near(one.worlds[i].mean_min, three.worlds[i].mean_min, 0);
	assert_int_equal(a.before.wait_sum_ms, b.before.wait_sum_ms);
	assert_int_equal(a.after.busy_ms, b.after.busy_ms);
	reform_comparison_finish(&a);
	reform_comparison_finish(&b);
}

/* Where hardly anybody comes nobody waits, and zero has no logarithm. */
static void test_no_waits(void **state)
{
	struct pair *pair = *state;
	const struct reform_seeds seeds = {.first = 1, .count = 1, .days = 2};
	struct reform_attribution parts;

	pair->before.cases_a_day = pair->after.cases_a_day = 2;
	assert_int_equal(-ERANGE, reform_attribute(&pair->before, &pair->after, &seeds, &parts));
}

/* ---- what differs --------------------------------------------------------------------------- */

static void test_differences(void **state)
{
	static const struct {
		int lever;
		const char *before, *after;
	} wanted[] = {
		{REFORM_POOLING, "各部门排队 departmental", "合并排队 pooled"},
		{REFORM_FEWER, "37", "8"},
		{REFORM_ISSUING, "0", "2"},
		{REFORM_SERVICE, "22", "11"},
		{REFORM_VARIANCE, "0.9", "0.6"},
		{REFORM_REWORK, "30%", "8%"},
		{REFORM_ONLINE, "0%", "50.5%"},
	};
	const struct pair *pair = *state;
	struct reform_difference rows[REFORM_MAX_DIFFERENCES];

	assert_int_equal(7, reform_differences(&pair->before, &pair->after, rows));
	for (int i = 0; i < 7; i++) {
		assert_int_equal(wanted[i].lever, rows[i].lever);
		assert_string_equal(wanted[i].before, rows[i].before);
		assert_string_equal(wanted[i].after, rows[i].after);
	}
	assert_int_equal(0, reform_differences(&pair->before, &pair->before, rows));
}

/* Where both lines are formed alike a layout may still differ. */
static void test_other_layouts(void **state)
{
	struct pair *pair = *state;
	struct scenario other;
	struct reform_difference rows[REFORM_MAX_DIFFERENCES];

	assert_int_equal(0, scenario_copy(&other, &pair->before));
	strcpy(other.queues[4].def.en, "another name");
	assert_int_equal(0, reform_differences(&pair->before, &other, rows));
	other.queues[3].departments[0] = 4;
	other.queues[4].departments[0] = 3;
	assert_int_equal(1, reform_differences(&pair->before, &other, rows));
	assert_string_equal("queues of items", rows[0].en);
	assert_non_null(strstr(rows[0].before, "; "));
	assert_int_equal(REFORM_NO_LEVER, rows[0].lever);
	other.queues[3].departments[0] = 3;
	other.queues[4].departments[0] = 4;
	other.windows[9].skills[0] = '\0';
	assert_int_equal(1, reform_differences(&pair->before, &other, rows));
	assert_string_equal("windows by queues and skills", rows[0].en);
	strcpy(other.windows[9].skills, "special");

	pair->before.policy = other.policy = SCENARIO_HALL;
	assert_int_equal(0, reform_differences(&pair->before, &other, rows));
	other.rules.age_ms = 60000;
	assert_int_equal(1, reform_differences(&pair->before, &other, rows));
	assert_string_equal("rules of the hall", rows[0].en);
	assert_string_equal("overtakes -1, age_min 1, recalls 0, aside_min 0", rows[0].after);
	scenario_finish(&other);
}

static void expect_row(const struct scenario *a, const struct scenario *b, const char *what,
		       const char *before, const char *after)
{
	struct reform_difference rows[REFORM_MAX_DIFFERENCES];
	size_t count = reform_differences(a, b, rows);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].en, what) != 0)
			continue;
		assert_string_equal(before, rows[i].before);
		assert_string_equal(after, rows[i].after);
		return;
	}
	fail_msg("no row \"%s\"", what);
}

/* What a manager changes: a window of a kind more, breaks, another order. */
static void test_windows_in_words(void **state)
{
	struct pair *pair = *state;
	struct scenario *a = &pair->before, other, *b = &other;
	struct reform_difference rows[REFORM_MAX_DIFFERENCES];

	memset(a->windows, 0, 5 * sizeof(*a->windows));
	a->policy = SCENARIO_HALL;
	a->window_count = 4;
	for (int i = 0; i < 4; i++)
		strcpy(a->windows[i].queues, i < 2 ? "gen" : i == 2 ? "tax,gen" : "out,gen");
	strcpy(a->windows[2].skills, "tax,toll");
	a->windows[0].break_count = a->windows[2].break_count = 1;
	a->windows[0].breaks[0] = (struct scenario_break){720, 750};
	a->windows[2].breaks[0] = (struct scenario_break){750, 785};
	assert_int_equal(0, scenario_copy(b, a));
	/* a window more with the breaks of its kind: no break has changed */
	b->windows = realloc(b->windows, 8 * sizeof(*b->windows));
	assert_non_null(b->windows);
	b->windows[4] = b->windows[2];
	b->window_count = 5;
	assert_int_equal(2, reform_differences(a, b, rows));
	assert_string_equal("windows", rows[0].en);
	expect_row(a, b, "windows by queues and skills", "1 × tax, gen（技能 skills: tax, toll）",
		   "2 × tax, gen（技能 skills: tax, toll）");
	b->windows[3] = b->windows[1];
	expect_row(a, b, "windows by queues and skills",
		   "2 × gen; 1 × tax, gen（技能 skills: tax, toll）; 1 × out, gen",
		   "3 × gen; 2 × tax, gen（技能 skills: tax, toll）");
	/* one break later, of one of two */
	memcpy(b->windows, a->windows, 4 * sizeof(*a->windows));
	b->window_count = 4;
	b->windows[1].break_count = 1;
	b->windows[1].breaks[0] = (struct scenario_break){0, 1440};
	assert_int_equal(1, reform_differences(a, b, rows));
	expect_row(a, b, "breaks of windows", "1 × gen: 无 none", "1 × gen: 00:00-24:00");
	b->windows[1] = b->windows[0];
	expect_row(a, b, "breaks of windows", "1 × gen: 12:00-12:30; 1 × gen: 无 none",
		   "2 × gen: 12:00-12:30");
	/* the same ones in another order */
	b->windows[1] = a->windows[2];
	b->windows[2] = a->windows[1];
	assert_int_equal(1, reform_differences(a, b, rows));
	expect_row(a, b, "order of windows", "2: gen", "2: tax, gen（技能 skills: tax, toll）");
	b->policy = SCENARIO_POOLED;
	b->windows[0].break_count = 0;
	expect_row(a, b, "breaks of windows", "1 × 12:00-12:30; 1 × 12:30-13:05",
		   "1 × 12:30-13:05");
	scenario_finish(b);
}

/* What comes, when and for what, makes the cases; what becomes of them does not. */
static void test_same_cases(void **state)
{
	struct pair *pair = *state;
	struct scenario *a = &pair->before, *b = &pair->after;

	assert_true(reform_same_cases(a, b));
	b->priority_chance = .5;
	b->items[3].factor = 7;
	assert_true(reform_same_cases(a, b));
	b->cases_a_day++;
	assert_false(reform_same_cases(a, b));
	b->cases_a_day = a->cases_a_day;
	b->day_cv = 0;
	assert_false(reform_same_cases(a, b));
	b->day_cv = a->day_cv;
	b->spans[1].weight *= 2;
	assert_false(reform_same_cases(a, b));
	b->spans[1].weight /= 2;
	b->items[3].share *= 2;
	assert_false(reform_same_cases(a, b));
	b->items[3].share /= 2;
	b->items[5].id[0] = 'x';
	assert_false(reform_same_cases(a, b));
	b->items[5].id[0] = a->items[5].id[0];
	assert_true(reform_same_cases(a, b));
	a->policy = b->policy;
	a->span_count = b->span_count = 2;
	b->spans[0].weight = 3 * b->spans[1].weight;
	a->spans[0].weight = a->spans[1].weight;
	expect_row(a, b, "hours and their weights", "09:00-10:00 50%; 10:00-11:00 50%",
		   "09:00-10:00 75%; 10:00-11:00 25%");
	b->items[3].factor = 9;
	expect_row(a, b, "items", "977",
		   "977, 其中不同 of these other 1, 首个 the first \"item-003\"");
	b->item_count--;
	assert_false(reform_same_cases(a, b));
}

static void expect_refusal(const struct pair *pair, const char *why)
{
	char fault[1024] = "";

	assert_int_equal(-EINVAL, reform_check(&pair->before, &pair->after, fault, sizeof(fault)));
	if (!strstr(fault, why))
		fail_msg("\"%s\" does not say \"%s\"", fault, why);
}

/* Every number that is no lever stands in the way, and is named. */
static void test_no_lever(void **state)
{
	struct pair *pair = *state;
	struct scenario *after = &pair->after;
	struct scenario kept = *after;
	const struct {
		double *number;
		double value;
		const char *name;
	} rows[] = {
		{&after->cases_a_day, 201, "cases a day"},
		{&after->day_cv, .2, "CV of the day's factor"},
		{&after->pick_up_chance, .5, "cases with a pick-up"},
		{&after->pick_up.mean_min, 5, "mean pick-up"},
		{&after->pick_up.cv, .4, "CV of the pick-up"},
		{&after->walk_s, 5, "from call to service"},
		{&after->no_show_chance, .1, "no-shows"},
		{&after->no_show_s, 9, "a no-show is waited for"},
		{&after->patience_min, 60, "mean patience"},
		{&after->priority_chance, .1, "priority class"},
		{&after->spans[0].weight, 1.4, "hours"},
		{&after->items[976].share, 1, "items"},
		{&after->items[0].factor, 1, "items"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double was = *rows[i].number;

		*rows[i].number = rows[i].value;
		expect_refusal(pair, rows[i].name);
		*rows[i].number = was;
	}
	after->target_ms *= 2;
	expect_refusal(pair, "target");
	after->target_ms = kept.target_ms;
	after->items[5].online = false;
	expect_refusal(pair, "of these other 1");
}

static void test_refused(void **state)
{
	struct pair *pair = *state;
	struct scenario *before = &pair->before, *after = &pair->after;
	char fault[1024];

	assert_int_equal(0, reform_check(before, after, fault, sizeof(fault)));
	after->windows[1].breaks[0] = (struct scenario_break){720, 780};
	after->windows[1].break_count = 1;
	expect_refusal(pair, "breaks of windows");
	after->windows[1].break_count = 0;

	strcpy(after->windows[1].queues, "general,issue");
	expect_refusal(pair, "serves several queues");
	strcpy(after->windows[1].queues, "general");

	before->policy = SCENARIO_POOLED;
	expect_refusal(pair, "pooling and fewer windows cannot be told apart");
	before->policy = SCENARIO_DEPARTMENTAL;

	before->queues[30].def.kind = QUEUE_ISSUE;
	expect_refusal(pair, "has an issuing queue");
	before->queues[30].def.kind = QUEUE_INTAKE;

	strcpy(before->queues[30].def.queue, "issue");
	strcpy(before->windows[36].queues, "issue");
	expect_refusal(pair, "a hall between the two cannot be");
	strcpy(before->queues[30].def.queue, "dept-31");
	strcpy(before->windows[36].queues, "dept-31");

	strcpy(before->windows[0].queues, "dept-09");
	strcpy(before->windows[2].queues, "dept-09");
	assert_int_equal(0, reform_check(before, after, fault, sizeof(fault)));
}

/* 31 departments with 32 windows cannot give two away. */
static void test_too_few_windows(void **state)
{
	struct pair *pair = *state;
	struct scenario *before = &pair->before;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < before->window_count; i++)
		if (i == 0 || strcmp(before->windows[i].queues, before->windows[i - 1].queues) != 0)
			before->windows[kept++] = before->windows[i];
	assert_int_equal(31, kept);
	before->window_count = kept;
	expect_refusal(pair, "before has 31 windows for 31 lines");
}

static void test_same_scenario(void **state)
{
	struct pair *pair = *state;

	scenario_finish(&pair->after);
	assert_int_equal(0, scenario_copy(&pair->after, &pair->before));
	expect_refusal(pair, "do not differ");
}

/* ---- side by side --------------------------------------------------------------------------- */

/* Under a minute a share says nothing; longer is negative. */
static void test_reduction(void **state)
{
	const struct pair *pair = *state;
	const struct reform_seeds seeds = {.first = 1, .count = 3, .days = 30};
	struct reform_comparison there, back;
	struct reform_range range, mean;
	bool share;

	assert_int_equal(0, reform_compare(&pair->before, &pair->after, &seeds, &there));
	assert_int_equal(0, reform_compare(&pair->after, &pair->before, &seeds, &back));
	assert_true(reform_reduction(&there, &share, &range));
	assert_true(share);
	assert_near(1 - sim_mean_min(&there.after) / sim_mean_min(&there.before), range.value,
		    1e-12);
	assert_true(range.least < range.value && range.value < range.greatest);
	assert_true(reform_side_figure(&there, true, REFORM_MEAN, &mean));
	assert_true(mean.value < 1);
	assert_true(reform_reduction(&back, &share, &range));
	assert_false(share);
	assert_near(sim_mean_min(&back.before) - sim_mean_min(&back.after), range.value, 1e-12);
	assert_true(range.value < 0);
	reform_comparison_finish(&there);
	reform_comparison_finish(&back);
}

/* Each seed's figures are those of its days, however they were cut into pieces of work. */
static void test_pieces(void **state)
{
	const struct pair *pair = *state;
	const struct reform_seeds seeds = {.first = 9, .count = 2, .days = 41};
	struct reform_comparison sides;
	struct sim_figures whole = {0};
	struct layout *layout;
	struct world *world;

	assert_int_equal(0, reform_compare(&pair->before, &pair->after, &seeds, &sides));
	assert_int_equal(0, world_create(&world, &pair->after));
	assert_int_equal(0, layout_create(&layout, &pair->after));
	assert_int_equal(0, sim_run(world, &pair->after, layout, 10, 0, 41, &whole));
	assert_int_equal(whole.days, sides.seed_after[1].days);
	assert_int_equal(whole.wait_sum_ms, sides.seed_after[1].wait_sum_ms);
	assert_int_equal(whole.tickets, sides.seed_after[1].tickets);
	assert_int_equal(whole.filings, sides.seed_after[1].filings);
	sim_figures_finish(&whole);
	layout_destroy(layout);
	world_destroy(world);
	reform_comparison_finish(&sides);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glove_game),
		cmocka_unit_test(test_all_orders),
		cmocka_unit_test_setup_teardown(test_ends, begin, finish),
		cmocka_unit_test_setup_teardown(test_pooled, begin, finish),
		cmocka_unit_test_setup_teardown(test_departments_keep, begin, finish),
		cmocka_unit_test_setup_teardown(test_departments_dealt, begin, finish),
		cmocka_unit_test_setup_teardown(test_account, begin, finish),
		cmocka_unit_test_setup_teardown(test_world_between, begin, finish),
		cmocka_unit_test_setup_teardown(test_alike, begin, finish),
		cmocka_unit_test_setup_teardown(test_seeds, begin, finish),
		cmocka_unit_test_setup_teardown(test_threads, begin, finish),
		cmocka_unit_test_setup_teardown(test_no_waits, begin, finish),
		cmocka_unit_test_setup_teardown(test_differences, begin, finish),
		cmocka_unit_test_setup_teardown(test_windows_in_words, begin, finish),
		cmocka_unit_test_setup_teardown(test_same_cases, begin, finish),
		cmocka_unit_test_setup_teardown(test_other_layouts, begin, finish),
		cmocka_unit_test_setup_teardown(test_no_lever, begin, finish),
		cmocka_unit_test_setup_teardown(test_refused, begin, finish),
		cmocka_unit_test_setup_teardown(test_too_few_windows, begin, finish),
		cmocka_unit_test_setup_teardown(test_same_scenario, begin, finish),
		cmocka_unit_test_setup_teardown(test_reduction, begin, finish),
		cmocka_unit_test_setup_teardown(test_pieces, begin, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
