/* What is learnt from a simulated log, beside the scenario that it was made of. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/simulate/learn.h"
#include "src/simulate/log.h"
#include "tests/unit/simulate/founding.h"

enum { PATH_SIZE = 128 };

struct log {
	char folder[PATH_SIZE], path[PATH_SIZE + 16];
};

static void write_log(struct log *log, const struct scenario *scenario, uint32_t days, bool first)
{
	const char *folder = getenv("TMPDIR");
	struct sim_figures figures = {0};
	struct sim_log_dates dates;
	char error[STORE_ERROR_SIZE] = "";
	struct sim_log write = {.scenario = scenario, .seed = 11, .days = days};

	if (first) {
		snprintf(log->folder, PATH_SIZE, "%.100s/learn-XXXXXX", folder ? folder : "/tmp");
		assert_non_null(mkdtemp(log->folder));
		snprintf(log->path, sizeof(log->path), "%s/log", log->folder);
	}
	write.path = log->path;
	if (sim_log_write(&write, &figures, &dates, error) < 0)
		fail_msg("%s", error);
	sim_figures_finish(&figures);
}

static void remove_log(const struct log *log)
{
	static const char *const names[] = {"", ".key", ".lock", "-wal", "-shm"};
	char path[PATH_SIZE + 32];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", log->path, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(log->folder), 0);
}

static int learn(const struct log *log, int64_t from, int64_t to, struct scenario *ret_scenario,
		 struct learn_facts *ret_facts)
{
	char error[STORE_ERROR_SIZE] = "", fault[LEARN_FAULT_SIZE] = "";
	struct store_reader *reader;
	int r;

	*ret_scenario = (struct scenario){0};
	assert_int_equal(store_reader_open(&reader, log->path, error), 0);
	r = learn_scenario(reader, from, to, ret_scenario, ret_facts, fault);
	store_reader_close(reader);
	if (r == -EINVAL)
		print_message("%s\n", fault);
	return r;
}

static void is_near(const char *what, double got, double wanted, double tolerance)
{
	print_message("%-16s %.4f, made from %.4f (within %.4f)\n", what, got, wanted, tolerance);
	if (!(fabs(got - wanted) <= tolerance))
		fail_msg("%s: %f is not within %f of %f", what, got, tolerance, wanted);
}

static const struct scenario_item *find_item(const struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->item_count; i++)
		if (!strcmp(scenario->items[i].id, id))
			return &scenario->items[i];
	return NULL;
}

static double shares_of(const struct scenario *scenario)
{
	double sum = 0;

	for (uint32_t i = 0; i < scenario->item_count; i++)
		sum += scenario->items[i].share;
	return sum;
}

/* Shares, factors, skills and what may be filed online, of the items. */
static void compare_items(const struct scenario *got, const struct scenario *wanted)
{
	double off = 0, flat = 0, shares = 0, all = shares_of(got), made = shares_of(wanted);

	for (uint32_t i = 0; i < wanted->item_count; i++) {
		const struct scenario_item *item = &wanted->items[i];
		const struct scenario_item *learnt = find_item(got, item->id);

		if (!learnt)
			continue;
		assert_string_equal(learnt->skill, item->skill);
		shares += fabs(learnt->share / all - item->share / made);
		off += item->share / made * fabs(log(learnt->factor / item->factor));
		flat += item->share / made * fabs(log(item->factor));
		if (i < 60)
			assert_int_equal(learnt->online, item->online);
	}
	print_message("shares off by %.3f in all; factors by %.3f, without learning %.3f\n", shares,
		      off, flat);
	assert_true(shares < .2);
	assert_true(off < flat / 3);
}

static void compare_hours(const struct scenario *got, const struct scenario *wanted)
{
	double weights = 0;

	assert_int_equal(got->span_count, 14);
	for (uint32_t i = 0; i < got->span_count; i++)
		weights += got->spans[i].weight;
	for (uint32_t i = 0; i < got->span_count; i++) {
		const struct scenario_span *hour = &wanted->spans[i / 2];

		assert_int_equal(got->spans[i].from_min, hour->from_min + (i % 2 ? 30 : 0));
		is_near("half-hour", got->spans[i].weight / weights, hour->weight / 14, .006);
	}
}

/* The standard errors of 60 days of 200 cases, times four or so. */
static void founding(void **state)
{
	struct scenario after, got;
	struct learn_facts facts;
	struct log log;

	(void)state;
	founding_make(&after, true);
	after.walk_s = 20;
	after.no_show_chance = .04;
	after.no_show_s = 90;
	after.policy = SCENARIO_PRIORITY;
	after.priority_chance = .1;
	write_log(&log, &after, 60, true);
	assert_int_equal(learn(&log, 0, 0, &got, &facts), 0);
	assert_int_equal(facts.days, 60);
	assert_true(facts.case_refs && !facts.takes_implied);
	is_near("cases", got.cases_a_day, after.cases_a_day, 18);
	is_near("day cv", got.day_cv, after.day_cv, .07);
	is_near("service", got.service.mean_min, after.service.mean_min, .5);
	is_near("service cv", got.service.cv, after.service.cv, .04);
	is_near("pick-up", got.pick_up.mean_min, after.pick_up.mean_min, .15);
	is_near("pick-up cv", got.pick_up.cv, after.pick_up.cv, .05);
	is_near("rework", got.rework_chance, after.rework_chance, .015);
	is_near("pick-ups", got.pick_up_chance, after.pick_up_chance, .03);
	is_near("uptake", got.uptake, after.uptake, .03);
	is_near("walk", got.walk_s, after.walk_s, .01);
	is_near("no-show", got.no_show_chance, after.no_show_chance, .008);
	is_near("no-show wait", got.no_show_s, after.no_show_s, .01);
	is_near("priority", got.priority_chance, after.priority_chance, .015);
	assert_true(got.patience_min == 0);
	assert_int_equal(got.policy, SCENARIO_HALL);
	assert_int_equal(got.window_count, 8);
	assert_int_equal(facts.unused_windows, 0);
	for (uint32_t w = 0; w < 8; w++) {
		assert_string_equal(got.windows[w].queues, w < 6 ? "general" : "issue");
		assert_string_equal(got.windows[w].skills, w < 3 ? "special" : "");
	}
	compare_items(&got, &after);
	compare_hours(&got, &after);
	scenario_finish(&got);
	scenario_finish(&after);
	remove_log(&log);
}

/* Four windows for a load that needs six: many leave. Another one is never on duty. */
static void patience(void **state)
{
	struct scenario after, got;
	struct learn_facts facts;
	struct log log;

	(void)state;
	founding_make(&after, true);
	after.patience_min = 25;
	after.windows[4] = after.windows[6];
	after.windows[5] = after.windows[7];
	after.windows[6] = after.windows[3];
	after.windows[6].breaks[0] = (struct scenario_break){0, 1440};
	after.windows[6].break_count = 1;
	after.window_count = 7;
	write_log(&log, &after, 30, true);
	assert_int_equal(learn(&log, 0, 0, &got, &facts), 0);
	assert_in_range(facts.left, 300, 2000);
	assert_int_equal(got.window_count, 6);
	assert_int_equal(facts.unused_windows, 1);
	is_near("patience", got.patience_min, 25, 5);
	scenario_finish(&got);
	scenario_finish(&after);
	remove_log(&log);
}

/* The windows are those of the log's end; days are those that were asked for. */
static void reformed(void **state)
{
	struct scenario before, after, got;
	struct learn_facts facts;
	struct log log;

	(void)state;
	founding_make(&before, false);
	founding_make(&after, true);
	write_log(&log, &before, 12, true);
	write_log(&log, &after, 12, false);
	assert_int_equal(learn(&log, 0, 20260120, &got, &facts), 0);
	assert_int_equal(facts.days, 12);
	is_near("service", got.service.mean_min, 22, 2.5);
	assert_int_equal(got.window_count, 8);
	assert_string_equal(got.windows[7].queues, "issue");
	/* results were given out at the departments' windows, and are pick-ups all the same */
	is_near("pick-ups", got.pick_up_chance, .6, .06);
	is_near("pick-up", got.pick_up.mean_min, 4, .4);
	scenario_finish(&got);
	assert_int_equal(learn(&log, 20260121, 0, &got, &facts), 0);
	assert_int_equal(facts.days, 12);
	is_near("service", got.service.mean_min, 11, 1);
	scenario_finish(&got);
	scenario_finish(&before);
	scenario_finish(&after);
	remove_log(&log);
}

static int add_reference(void *user, const struct store_row *row)
{
	const struct event *event = &row->event;
	char *reference = user;

	if (event->type == EVENT_ONLINE_FILING)
		memcpy(reference, event->u.online_filing.case_ref, CORE_CASE_SIZE);
	return 0;
}

/* Results are given out in the departments' queues, all of which are of kind intake. The log is
 * gone on with from the same seed: its citizens come again, as other cases. */
static void departmental(void **state)
{
	struct scenario before, got;
	struct learn_facts facts;
	struct log log;
	char error[STORE_ERROR_SIZE], reference[CORE_CASE_SIZE] = "";
	struct store_reader *reader;

	(void)state;
	founding_make(&before, false);
	before.uptake = .1;
	write_log(&log, &before, 30, true);
	write_log(&log, &before, 30, false);
	assert_int_equal(learn(&log, 0, 0, &got, &facts), 0);
	assert_int_equal(facts.days, 60);
	is_near("cases", got.cases_a_day, before.cases_a_day, 25);
	is_near("service", got.service.mean_min, 22, 1.2);
	is_near("rework", got.rework_chance, .3, .03);
	is_near("pick-up", got.pick_up.mean_min, 4, .2);
	is_near("pick-ups", got.pick_up_chance, .6, .03);
	is_near("uptake", got.uptake, .1, .02);
	assert_int_equal(got.window_count, 37);
	for (uint32_t i = 0; i < got.item_count; i++)
		assert_int_not_equal(strncmp(got.items[i].id, "collect-", 8), 0);
	scenario_finish(&got);
	scenario_finish(&before);
	/* the last of sixty days, the thirtieth of the seed's: Monday the 5th and 59 working days
	 */
	assert_int_equal(store_reader_open(&reader, log.path, error), 0);
	assert_int_equal(store_reader_each(reader, 1, UINT64_MAX, add_reference, reference), 0);
	store_reader_close(reader);
	reference[12] = '\0';
	assert_string_equal(reference, "s11-20260327");
	remove_log(&log);
}

static void too_short(void **state)
{
	struct scenario after, got;
	struct learn_facts facts;
	struct log log;

	(void)state;
	founding_make(&after, true);
	write_log(&log, &after, 10, true);
	assert_int_equal(learn(&log, 0, 0, &got, &facts), 0);
	scenario_finish(&got);
	/* nine of them; two weeks without a ticket */
	assert_int_equal(learn(&log, 20260106, 0, &got, &facts), -ENODATA);
	assert_int_equal(facts.days, 9);
	assert_true(facts.tickets > LEARN_LEAST_TICKETS);
	assert_null(got.items);
	assert_int_equal(learn(&log, 20270101, 0, &got, &facts), -ENODATA);
	assert_true(!facts.days && !facts.tickets && !facts.services);
	remove_log(&log);
	after.cases_a_day = 10;
	write_log(&log, &after, 12, true);
	assert_int_equal(learn(&log, 0, 0, &got, &facts), -ENODATA);
	assert_int_equal(facts.days, 12);
	assert_true(facts.tickets < LEARN_LEAST_TICKETS);
	remove_log(&log);
	scenario_finish(&after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(founding),  cmocka_unit_test(patience),
		cmocka_unit_test(reformed),  cmocka_unit_test(departmental),
		cmocka_unit_test(too_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
