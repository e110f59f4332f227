/* Replays of a log that is worked out by hand: one window, few citizens, all times of the baseline
 * alike, so that nothing is left to chance. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/simulate/replay.h"
#include "tests/unit/simulate/hand_layout.h"
#include "tests/unit/simulate/hand_log.h"
#include "tests/unit/store/log_file.h"

static int64_t ticket;

static void issue(const char *item, const char *reference, int64_t ms)
{
	ticket = hand_log_issue(item, strncmp(item, "collect", 7) ? "general" : "desk", reference,
				ms);
}

static void visit(const char *item, const char *reference, int64_t ms, int64_t wait_ms,
		  int64_t hold_ms)
{
	hand_log_visit(item, strncmp(item, "collect", 7) ? "general" : "desk", reference, ms,
		       wait_ms, hold_ms);
}

static void define_all(void)
{
	hand_log_begin();
	hand_log_queue("general", QUEUE_INTAKE);
	hand_log_queue("desk", QUEUE_ISSUE);
	hand_log_item("tax", "a", "general", "");
	hand_log_item("collect-01", "a", "desk", "");
}

static void freeze(const char *name, int64_t from, int64_t to)
{
	struct event_baseline_frozen *frozen =
		&hand_log_add(EVENT_BASELINE_FROZEN, 0)->u.baseline_frozen;

	strcpy(frozen->name, name);
	frozen->from = from;
	frozen->to = to;
	frozen->days = 1;
}

enum { CASES = 20 };

/* The baseline: 20 cases at 9:00, each with a rework and a pick-up, held 10, 10 and 5 min. Then one
 * day of two cases, held 1 and 3 min, each with a pick-up; one of them had a rework. */
static void write_reform(bool filings, bool references)
{
	char reference[16] = "";

	define_all();
	hand_log_open(20260105);
	for (int i = 0; i < CASES; i++) {
		if (references)
			snprintf(reference, sizeof(reference), "b-%d", i);
		visit("tax", reference, NINE, 0, 10 * MIN);
		visit("tax", reference, NINE, 0, 10 * MIN);
		visit("collect-01", reference, NINE, 0, 5 * MIN);
	}
	hand_log_close(20260105);
	freeze("before", 20260105, 20260105);
	hand_log_open(20260106);
	visit("tax", references ? "a-1" : "", NINE + 25 * MIN, 2 * MIN, 1 * MIN);
	visit("tax", references ? "a-1" : "", NINE + 200 * MIN, 0, 1 * MIN);
	visit("tax", references ? "a-2" : "", NINE + 26 * MIN, 4 * MIN, 3 * MIN);
	visit("collect-01", "a-1", NINE + 300 * MIN, 1 * MIN, 2 * MIN);
	if (filings) {
		struct event *event = hand_log_add(EVENT_ONLINE_FILING, NINE + 400 * MIN);

		strcpy(event->u.online_filing.item, "tax");
		event->u.online_filing.filed = event->at.wall_ms - 250 * MIN;
	}
	hand_log_close(20260106);
	hand_log_write();
}

/* One window for everything that is asked, another for results if issuing. */
static void make_layout(struct scenario *ret, bool issuing)
{
	hand_layout(ret);
	if (!issuing)
		return;
	hand_layout_add(ret, "issue", QUEUE_ISSUE);
}

static int replay(const struct replay_options *options, struct replay_result *ret, char *ret_error)
{
	char error[STORE_ERROR_SIZE] = "";
	struct store_reader *reader = NULL;
	int r;

	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	r = replay_run(reader, options, ret, ret_error);
	store_reader_close(reader);
	return r;
}

static void expect_min(double expected, double value)
{
	assert_true(value > expected - 1e-9 && value < expected + 1e-9);
}

/* Between 9:00 and 9:10 two citizens come to the only window of ours; the log had two. */
static void test_layout(void **state)
{
	struct scenario layout;
	struct replay_options options = {.layout = &layout, .seeds = 1};
	char error[STORE_ERROR_SIZE];
	struct replay_result result;

	(void)state;
	define_all();
	hand_log_open(20260105);
	visit("tax", "1", NINE, 0, 10 * MIN);
	visit("tax", "2", NINE + 4 * MIN, 0, 7 * MIN);
	visit("collect-01", "1", NINE + 5 * MIN, 1 * MIN, 2 * MIN);
	hand_log_close(20260105);
	hand_log_write();
	make_layout(&layout, false);
	assert_int_equal(replay(&options, &result, error), 0);
	/* 0, 10 - 4, 17 - 5 */
	assert_int_equal(result.replayed.tickets, 3);
	expect_min((0 + 6 + 12) / 3., sim_mean_min(&result.replayed));
	expect_min(1 / 3., sim_mean_min(&result.observed));
	expect_min(1 - (1 / 3.) / 6, replay_reduction(&result));
	assert_int_equal(result.drawn, 0);
	replay_result_finish(&result);
	scenario_finish(&layout);
}

/* A no-show holds its window as long as it did; who left uncalled leaves when as patient, and is
 * served for a time that is drawn when called before. */
static void test_layout_of_who_left(void **state)
{
	struct scenario layout;
	struct replay_options options = {.layout = &layout, .seeds = 1};
	char error[STORE_ERROR_SIZE];
	struct replay_result result;

	(void)state;
	define_all();
	hand_log_open(20260105);
	visit("tax", "1", NINE, 0, 10 * MIN);
	issue("tax", "2", NINE + 1 * MIN); /* leaves at 9:06: still before its call */
	hand_log_add(EVENT_TICKET_CANCELLED, NINE + 6 * MIN)->u.ticket_cancelled.ticket = ticket;
	issue("tax", "3", NINE + 2 * MIN); /* a no-show at 9:20, given up at 9:23 */
	hand_log_add(EVENT_TICKET_CALLED, NINE + 20 * MIN)->u.ticket_called.ticket = ticket;
	hand_log_add(EVENT_TICKET_NO_SHOW, NINE + 23 * MIN)->u.ticket_no_show.ticket = ticket;
	issue("tax", "4", NINE + 9 * MIN); /* leaves at 9:39; is called at 9:13 in the replay */
	hand_log_add(EVENT_TICKET_CANCELLED, NINE + 39 * MIN)->u.ticket_cancelled.ticket = ticket;
	visit("tax", "5", NINE + 14 * MIN, 0, 10 * MIN);
	hand_log_close(20260105);
	hand_log_write();
	make_layout(&layout, false);
	assert_int_equal(replay(&options, &result, error), 0);
	/* 1: 0; 3: 10 - 2; 4: 13 - 9, held 10 as all services were; 5: 23 - 14 */
	assert_int_equal(result.replayed.tickets, 5);
	assert_int_equal(result.replayed.called, 4);
	assert_int_equal(result.replayed.abandoned, 1);
	expect_min((0 + 8 + 4 + 9) / 4., sim_mean_min(&result.replayed));
	assert_int_equal(result.drawn, 2);
	assert_int_equal(result.observed.abandoned, 2);
	replay_result_finish(&result);
	scenario_finish(&layout);
}

/* Policy hall: results of item "hand" are given out in a queue of its own by the only window that
 * can, behind those of the first issuing queue; what the layout does not list waits in the queue
 * that it had, or with its department. */
static void test_own_queues(void **state)
{
	struct scenario layout;
	struct replay_options options = {.layout = &layout, .seeds = 1};
	char error[STORE_ERROR_SIZE];
	struct replay_result result;

	(void)state;
	define_all();
	hand_log_item("hand", "a", "desk", "");
	hand_log_item("tithe", "a", "general", "tithes");
	hand_log_open(20260105);
	visit("tax", "1", NINE, 0, 10 * MIN);
	hand_log_visit("hand", "desk", "2", NINE + 1 * MIN, 0, 4 * MIN);
	hand_log_visit("hand", "desk", "3", NINE + 2 * MIN, 0, 4 * MIN);
	visit("tithe", "4", NINE + 3 * MIN, 0, 5 * MIN);
	hand_log_close(20260105);
	hand_log_write();
	make_layout(&layout, true);
	layout.policy = SCENARIO_HALL;
	free(layout.items);
	layout.items = calloc(2, sizeof(*layout.items));
	layout.items[0] =
		(struct scenario_item){.id = "tax", .share = 1, .factor = 1, .queue = "general"};
	layout.items[1] = (struct scenario_item){
		.id = "hand", .share = 1, .factor = 1, .queue = "general", .skill = "hands"};
	layout.item_count = 2;
	strcpy(layout.windows[0].skills, "hands");
	assert_int_equal(replay(&options, &result, error), 0);
	/* 0, 10 - 1, 14 - 2, 18 - 3 at the only window of the queue */
	expect_min((0 + 9 + 12 + 15) / 4., sim_mean_min(&result.replayed));
	assert_int_equal(result.unlisted.visits, 1);
	assert_int_equal(result.unlisted.items, 1);
	assert_int_equal(result.unlisted.skilled, 1);
	assert_int_equal(result.unlisted.listed, 1);
	assert_int_equal(result.unlisted.queue_count, 1);
	assert_string_equal(result.unlisted.queues[0].queue, "general");
	replay_result_finish(&result);
	layout.windows[0].skills[0] = '\0';
	assert_int_equal(replay(&options, &result, error), -EDOM);
	assert_non_null(strstr(error, "item \"hand\" of the log: one is needed with queue "
				      "\"general\" and skill \"hands\""));
	scenario_finish(&layout);
}

static void test_reform(void **state)
{
	struct scenario layout;
	struct replay_options options = {.layout = &layout, .baseline = "before", .seeds = 3};
	char error[STORE_ERROR_SIZE];
	struct replay_result result;

	(void)state;
	write_reform(true, true);
	make_layout(&layout, true);
	assert_int_equal(replay(&options, &result, error), 0);
	assert_int_equal(result.days, 1);
	assert_int_equal(result.first_day, 20260106);
	/* Two first visits and the filing; three reworks and three pick-ups, all at 9:00. */
	assert_int_equal(result.firsts, 2);
	assert_int_equal(result.restored, 1);
	assert_int_equal(result.moved, 0);
	assert_int_equal(result.reworks, 3);
	assert_int_equal(result.pick_ups, 3);
	assert_int_equal(result.reworks_logged, 1);
	assert_int_equal(result.pick_ups_logged, 1);
	assert_int_equal(result.visits, 9);
	assert_true(result.filings_logged && result.cases_told);
	/* Each held 10 min by the baseline: 0, 10, 20 for the reworks, so that the two of 9:25 and
	 * 9:26 are called at 9:30 and 9:40; the filing at 11:30 waits not. Pick-ups of 5 min at
	 * their own window: 0, 5, 10. */
	assert_int_equal(result.replayed.tickets, 3 * 9);
	expect_min((0 + 10 + 20 + 5 + 14 + 0 + 0 + 5 + 10) / 9., sim_mean_min(&result.replayed));
	for (int i = 0; i < 3; i++)
		expect_min(64 / 9., result.mean_min[i]);
	expect_min((2 + 0 + 4 + 1) / 4., sim_mean_min(&result.observed));
	expect_min(0, result.baseline_mean_min);
	assert_int_equal(result.baseline_visits, 3 * CASES);
	replay_result_finish(&result);
	scenario_finish(&layout);
}

/* Without a file of who no longer comes, and without references, the result says so. */
static void test_reform_without(void **state)
{
	struct scenario layout;
	struct replay_options options = {.layout = &layout, .baseline = "before", .seeds = 1};
	char error[STORE_ERROR_SIZE];
	struct replay_result result;

	(void)state;
	write_reform(false, false);
	make_layout(&layout, true);
	assert_int_equal(replay(&options, &result, error), 0);
	assert_false(result.filings_logged);
	assert_false(result.cases_told);
	assert_int_equal(result.firsts, 3);
	assert_int_equal(result.restored, 0);
	assert_int_equal(result.reworks, 0);
	replay_result_finish(&result);
	scenario_finish(&layout);
}

static void test_refused(void **state)
{
	struct scenario layout;
	struct replay_options options = {.layout = &layout, .baseline = "after", .seeds = 1};
	char error[STORE_ERROR_SIZE];
	struct replay_result result = {.days = 77};

	(void)state;
	write_reform(true, true);
	make_layout(&layout, true);
	assert_int_equal(replay(&options, &result, error), -ENOENT);
	assert_non_null(strstr(error, "\"after\" is no baseline"));
	options.baseline = "before";
	options.from = 20260101;
	assert_int_equal(replay(&options, &result, error), -EINVAL);
	assert_non_null(strstr(error, "overlap the baseline, 2026-01-05"));
	options.from = 20260201;
	assert_int_equal(replay(&options, &result, error), -ENOENT);
	assert_non_null(strstr(error, "no closed service day"));
	options = (struct replay_options){.layout = &layout, .seeds = 1};
	strcpy(layout.departments[0].name, "b");
	strcpy(layout.items[0].id, "other");
	layout.policy = SCENARIO_DEPARTMENTAL;
	layout.queues[0].department_count = 1;
	assert_int_equal(replay(&options, &result, error), -EDOM);
	assert_non_null(strstr(error, "department \"a\""));
	assert_int_equal(result.days, 77);
	scenario_finish(&layout);
}

/* Mid-ranks by hand: of 4 values, 20 has rank (1 + 2) / 2 = 1.5 of 4, so the ceil(3.75) = 4th of
 * ten. */
static void test_same_rank(void **state)
{
	static const int64_t after[] = {10, 20, 30, 30}, ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 100};

	(void)state;
	assert_int_equal(replay_same_rank(ten, 10, after, 4, 10), 2); /* .125 */
	assert_int_equal(replay_same_rank(ten, 10, after, 4, 20), 4); /* .375 */
	assert_int_equal(replay_same_rank(ten, 10, after, 4, 30), 8); /* .75 */
	assert_int_equal(replay_same_rank(ten, 10, after, 4, 25), 5); /* .5: between */
	assert_int_equal(replay_same_rank(ten, 10, after, 4, 0), 1);
	assert_int_equal(replay_same_rank(ten, 10, after, 4, 31), 100);
	assert_int_equal(replay_same_rank(after, 4, after, 4, 20), 20);
	assert_int_equal(replay_same_rank(after, 4, after, 4, 30), 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_rank),
		cmocka_unit_test_setup_teardown(test_layout, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_layout_of_who_left, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_own_queues, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_reform, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_reform_without, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_refused, log_make_folder, log_remove_folder),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
