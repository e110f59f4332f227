/* Days of a world against closed forms: whatever the seed, a mean is missed by five standard errors
 * once in two million. Seeds are fixed, so what holds once holds always. */
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
#include "src/simulate/world.h"

enum { DAYS = 4000 };

struct sums {
	double n, sum, squares;
};

static void add(struct sums *sums, double x)
{
	sums->n++;
	sums->sum += x;
	sums->squares += x * x;
}

/* The mean is `wanted` within five standard errors of the sample, which is large. */
static void assert_mean(const struct sums *sums, double wanted)
{
	double mean = sums->sum / sums->n;
	double error = sqrt((sums->squares / sums->n - mean * mean) / sums->n);

	if (!(fabs(mean - wanted) <= 5 * error) || !(error < .1 * wanted))
		fail_msg("mean %g +- %g is not %g", mean, error, wanted);
}

static void assert_cv(const struct sums *sums, double wanted, double relative)
{
	double mean = sums->sum / sums->n;
	double cv = sqrt(sums->squares / sums->n - mean * mean) / mean;

	if (!(fabs(cv - wanted) <= relative * wanted))
		fail_msg("cv %g is not %g", cv, wanted);
}

struct seen {
	struct sums cases, of_item[SMALL_ITEMS], online, rework, pick_up, no_show, priority;
	struct sums first_ms, rework_ms, pick_up_ms, patience_ms, in_span[4];
};

static double share_of(const struct scenario *scenario, uint32_t item)
{
	double sum = 0;

	for (uint32_t i = 0; i < scenario->item_count; i++)
		sum += scenario->items[i].share;
	return scenario->items[item].share / sum;
}

static void look_at(const struct scenario *scenario, const struct visit *visit, struct seen *seen)
{
	double ms = (double)visit->service_ms;

	for (uint32_t i = 0; i < scenario->span_count; i++)
		add(&seen->in_span[i],
		    visit->arrival_ms >= scenario->spans[i].from_min * INT64_C(60000) &&
			    visit->arrival_ms < scenario->spans[i].to_min * INT64_C(60000));
	add(&seen->no_show, visit->no_show);
	add(&seen->patience_ms, (double)visit->patience_ms);
	if (visit->kind == VISIT_PICK_UP) {
		add(&seen->pick_up_ms, ms);
		return;
	}
	ms /= scenario->items[visit->item].factor;
	add(visit->kind == VISIT_FIRST ? &seen->first_ms : &seen->rework_ms, ms);
	if (visit->kind == VISIT_FIRST)
		add(&seen->priority, visit->class == CLASS_PRIORITY);
}

/* Cases one by one: what each of them does. */
static void look_at_cases(const struct scenario *scenario, const struct visit_day *day,
			  struct seen *seen)
{
	uint8_t *kinds = calloc(day->cases + 1, 1);

	assert_non_null(kinds);
	for (size_t i = 0; i < day->visit_count; i++)
		kinds[day->visits[i].number] |= (uint8_t)(1 << day->visits[i].kind);
	for (size_t i = 0; i < day->visit_count; i++) {
		const struct visit *visit = &day->visits[i];

		if (visit->kind != VISIT_FIRST)
			continue;
		if (scenario->items[visit->item].online)
			add(&seen->online, 0);
		add(&seen->rework, kinds[visit->number] >> VISIT_REWORK & 1);
		add(&seen->pick_up, kinds[visit->number] >> VISIT_PICK_UP & 1);
		for (uint32_t k = 0; k < SMALL_ITEMS; k++)
			add(&seen->of_item[k], visit->item == k);
	}
	for (size_t i = 0; i < day->filing_count; i++) {
		assert_true(scenario->items[day->filings[i].item].online);
		/* no visit at all */
		assert_int_equal(kinds[day->filings[i].number], 0);
		add(&seen->online, 1);
		for (uint32_t k = 0; k < SMALL_ITEMS; k++)
			add(&seen->of_item[k], day->filings[i].item == k);
	}
	free(kinds);
}

static void assert_sorted(const struct visit_day *day)
{
	for (size_t i = 1; i < day->visit_count; i++) {
		const struct visit *a = &day->visits[i - 1], *b = &day->visits[i];

		assert_true(
			a->arrival_ms < b->arrival_ms ||
			(a->arrival_ms == b->arrival_ms &&
			 (a->number < b->number || (a->number == b->number && a->kind < b->kind))));
	}
	for (size_t i = 1; i < day->filing_count; i++)
		assert_true(day->filings[i - 1].filed_ms <= day->filings[i].filed_ms);
}

static void days_have_the_stated_means(void **state)
{
	static const double weights[] = {1.5 / 3, 1. / 3, 0, .5 / 3};
	struct seen *seen = calloc(1, sizeof(*seen));
	struct visit_day day = {0};
	struct scenario scenario;
	struct world *world = NULL;

	(void)state;
	assert_non_null(seen);
	small_hall(&scenario);
	assert_int_equal(world_create(&world, &scenario), 0);
	for (uint32_t i = 0; i < DAYS; i++) {
		assert_int_equal(world_day(world, 7, i, &day), 0);
		assert_sorted(&day);
		add(&seen->cases, day.cases);
		for (size_t k = 0; k < day.visit_count; k++)
			look_at(&scenario, &day.visits[k], seen);
		look_at_cases(&scenario, &day, seen);
	}
	assert_mean(&seen->cases, 50);
	/* Var = mean + mean^2 cv^2 */
	assert_cv(&seen->cases, sqrt(1. / 50 + .04), .05);
	for (uint32_t k = 0; k < SMALL_ITEMS - 1; k++)
		assert_mean(&seen->of_item[k], share_of(&scenario, k));
	assert_true(seen->of_item[SMALL_ITEMS - 1].sum == 0);
	assert_mean(&seen->online, .4);
	assert_mean(&seen->rework, .3);
	assert_mean(&seen->pick_up, .6);
	assert_mean(&seen->no_show, .05);
	assert_mean(&seen->priority, .1);
	assert_mean(&seen->first_ms, 12 * 60000);
	assert_cv(&seen->first_ms, .7, .03);
	assert_mean(&seen->rework_ms, 12 * 60000);
	assert_mean(&seen->pick_up_ms, 4 * 60000);
	assert_cv(&seen->pick_up_ms, .5, .03);
	assert_mean(&seen->patience_ms, 40 * 60000);
	assert_cv(&seen->patience_ms, 1, .03);
	for (int i = 0; i < 4; i++)
		if (i != 2)
			assert_mean(&seen->in_span[i], weights[i]);
	assert_true(seen->in_span[2].sum == 0);
	visit_day_finish(&day);
	world_destroy(world);
	scenario_finish(&scenario);
	free(seen);
}

/* Fails if there is none. */
static struct visit find(const struct visit_day *day, uint32_t number, uint8_t kind)
{
	for (size_t i = 0; i < day->visit_count; i++)
		if (day->visits[i].number == number && day->visits[i].kind == kind)
			return day->visits[i];
	fail_msg("case %u has no visit %u", number, kind);
	return (struct visit){0};
}

/* Who files online, how long a service takes and whether there is a rework move nothing else. */
static void worlds_of_a_seed_share_their_citizens(void **state)
{
	struct visit_day before = {0}, after = {0};
	struct scenario old, new;
	struct world *a = NULL, *b = NULL;
	uint32_t both = 0;

	(void)state;
	small_hall(&old);
	old.uptake = 0;
	assert_int_equal(scenario_copy(&new, &old), 0);
	new.uptake = .5;
	new.service = (struct scenario_time){6, .35};
	new.rework_chance = .1;
	new.patience_min = 0;
	new.policy = SCENARIO_DEPARTMENTAL;
	assert_int_equal(world_create(&a, &old), 0);
	assert_int_equal(world_create(&b, &new), 0);
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(world_day(a, 3, i, &before), 0);
		assert_int_equal(world_day(b, 3, i, &after), 0);
		assert_int_equal(before.cases, after.cases);
		assert_int_equal(before.filing_count, 0);
		for (size_t k = 0; k < after.visit_count; k++) {
			const struct visit *now = &after.visits[k];
			/* a rework less, never another one */
			struct visit then = find(&before, now->number, now->kind);

			assert_true(now->arrival_ms == then.arrival_ms);
			assert_int_equal(now->item, then.item);
			assert_int_equal(now->class, then.class);
			assert_int_equal(now->no_show, then.no_show);
			assert_true(now->patience_ms == -1 && then.patience_ms >= 0);
			if (now->kind == VISIT_PICK_UP)
				assert_true(now->service_ms == then.service_ms);
			both++;
		}
		for (size_t k = 0; k < after.filing_count; k++) {
			struct visit then = find(&before, after.filings[k].number, 0);

			assert_true(then.arrival_ms == after.filings[k].filed_ms);
			assert_int_equal(then.item, after.filings[k].item);
		}
	}
	assert_true(both > 800);
	visit_day_finish(&before);
	visit_day_finish(&after);
	world_destroy(a);
	world_destroy(b);
	scenario_finish(&old);
	scenario_finish(&new);
}

/* A day is the same whichever day came before it, in whatever memory. */
static void a_day_stands_alone(void **state)
{
	struct visit_day used = {0}, fresh = {0}, other = {0};
	struct scenario scenario;
	struct world *world = NULL;

	(void)state;
	small_hall(&scenario);
	assert_int_equal(world_create(&world, &scenario), 0);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(world_day(world, 9, i, &used), 0);
	assert_int_equal(world_day(world, 9, 4, &used), 0);
	assert_int_equal(world_day(world, 9, 4, &fresh), 0);
	assert_int_equal(world_day(world, 10, 4, &other), 0);
	assert_int_equal(used.visit_count, fresh.visit_count);
	for (size_t i = 0; i < used.visit_count; i++) {
		assert_true(used.visits[i].arrival_ms == fresh.visits[i].arrival_ms);
		assert_true(used.visits[i].service_ms == fresh.visits[i].service_ms);
	}
	assert_true(other.visit_count != fresh.visit_count ||
		    other.visits[0].arrival_ms != fresh.visits[0].arrival_ms);
	visit_day_finish(&used);
	visit_day_finish(&fresh);
	visit_day_finish(&other);
	world_destroy(world);
	scenario_finish(&scenario);
}

static void a_day_has_a_limit(void **state)
{
	struct visit_day day = {0};
	struct scenario scenario;
	struct world *world = NULL;
	int refused = 0;

	(void)state;
	small_hall(&scenario);
	scenario.cases_a_day = 17000; /* about the limit */
	scenario.uptake = 0;
	assert_int_equal(world_create(&world, &scenario), 0);
	for (uint32_t i = 0; i < 20; i++) {
		int r = world_day(world, 1, i, &day);

		assert_true(r == 0 || r == -E2BIG);
		refused += r == -E2BIG;
		if (r == 0) {
			assert_true(day.visit_count <= CORE_MAX_DAY_TICKETS);
			assert_sorted(&day);
		}
	}
	assert_in_range(refused, 4, 16);
	visit_day_finish(&day);
	world_destroy(world);
	scenario_finish(&scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_have_the_stated_means),
		cmocka_unit_test(worlds_of_a_seed_share_their_citizens),
		cmocka_unit_test(a_day_stands_alone),
		cmocka_unit_test(a_day_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
