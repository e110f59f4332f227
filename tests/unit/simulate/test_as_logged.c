/* A replay begins with the waits as logged: those of the report, of each visit by its rules. In its
 * own layout a log that was served in the order of arrival is served as it was, also where the
 * clock was set, the machine started anew, or a guide came first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/measure/report.h"
#include "src/simulate/replay.h"
#include "tests/unit/simulate/hand_layout.h"
#include "tests/unit/simulate/hand_log.h"
#include "tests/unit/store/log_file.h"

enum { DATE = 20260105 };

static struct replay_result result;

static void begin(void)
{
	hand_log_begin();
	hand_log_hall();
	hand_log_queue("general", QUEUE_INTAKE);
	hand_log_queue("other", QUEUE_INTAKE);
	hand_log_queue("guide", QUEUE_GUIDE);
	hand_log_item("tax", "a", "general", "");
}

static void call(int64_t ticket, int64_t ms)
{
	hand_log_add(EVENT_TICKET_CALLED, ms)->u.ticket_called.ticket = ticket;
	hand_log_add(EVENT_SERVICE_STARTED, ms)->u.service_started.ticket = ticket;
}

static void finish(int64_t ticket, int64_t ms)
{
	hand_log_add(EVENT_SERVICE_FINISHED, ms)->u.service_finished.ticket = ticket;
}

static void transfer(int64_t ticket, const char *to, int64_t ms)
{
	struct event_ticket_transferred *moved =
		&hand_log_add(EVENT_TICKET_TRANSFERRED, ms)->u.ticket_transferred;

	moved->ticket = ticket;
	strcpy(moved->to, to);
}

static void cancel(int64_t ticket, int64_t ms)
{
	hand_log_add(EVENT_TICKET_CANCELLED, ms)->u.ticket_cancelled.ticket = ticket;
}

/* A second queue, of a department and a window of its own, in which no item of the list waits. */
static void add_other(struct scenario *layout, enum scenario_policy policy)
{
	layout->policy = policy;
	layout->department_count = layout->queue_count = layout->window_count = 2;
	layout->departments = realloc(layout->departments, 2 * sizeof(*layout->departments));
	layout->queues = realloc(layout->queues, 2 * sizeof(*layout->queues));
	layout->windows = realloc(layout->windows, 2 * sizeof(*layout->windows));
	memset(&layout->departments[1], 0, sizeof(*layout->departments));
	layout->queues[1] = layout->queues[0];
	layout->windows[1] = layout->windows[0];
	layout->windows[1].row = 1;
	strcpy(layout->departments[1].name, "b");
	strcpy(layout->queues[1].def.queue, "other");
	strcpy(layout->queues[1].def.prefix, "B");
	strcpy(layout->windows[1].queues, "other");
	strcpy(layout->items[0].queue, "general");
	for (uint32_t i = 0; i < 2; i++) {
		layout->queues[i].department_count = 1;
		layout->queues[i].departments[0] = i;
	}
}

static enum scenario_policy policy;

/* Writes the log and replays it, and holds its waits as logged against the report. */
static void replay(void)
{
	const struct measure_options all = {.recount = true};
	struct replay_options options = {.seeds = 1};
	char error[STORE_ERROR_SIZE] = "";
	struct store_reader *reader = NULL;
	const struct measure_visits *visits;
	struct measure_report *report;
	struct scenario layout;

	hand_log_write();
	hand_layout(&layout);
	if (policy != SCENARIO_POOLED)
		add_other(&layout, policy);
	options.layout = &layout;
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(replay_run(reader, &options, &result, error), 0);
	assert_int_equal(measure_read(reader, &all, &report), 0);
	visits = &report->visits;
	assert_int_equal(result.observed.called, visits->n);
	assert_int_equal(result.observed.wait_sum_ms, visits->total_sum_ms);
	assert_int_equal(result.observed.wait_max_ms, visits->total_max_ms);
	assert_int_equal(result.observed.abandoned + result.observed.uncalled, visits->censored);
	assert_int_equal(result.observed.within, visits->within);
	assert_int_equal(result.observed.decided, visits->decided);
	assert_int_equal(result.unknown_waits, visits->excluded);
	if (visits->n) {
		const int64_t seconds[] = {visits->total_p50_s, visits->total_p90_s,
					   visits->total_p95_s};

		for (int i = 0; i < 3; i++)
			assert_int_equal(
				(int64_t)(60 * sim_quantile_min(&result.observed,
								(double[]){.5, .9, .95}[i]) +
					  .5),
				seconds[i]);
	}
	measure_report_free(report);
	store_reader_close(reader);
	scenario_finish(&layout);
}

static void expect_min(double expected, const struct sim_figures *figures)
{
	double value = sim_mean_min(figures);

	if (!(value > expected - 1e-9 && value < expected + 1e-9))
		fail_msg("%.9f min, expected %.9f", value, expected);
}

/* Nobody calls the second of three, nor the third: only the second is older than the target. */
static void test_uncalled(void **state)
{
	int64_t first, second, third;

	(void)state;
	begin();
	hand_log_open(DATE);
	first = hand_log_issue("tax", "general", "", NINE);
	call(first, NINE);
	second = hand_log_issue("tax", "general", "", NINE + MIN);
	finish(first, NINE + 10 * MIN);
	third = hand_log_issue("tax", "general", "", NINE + 9 * 60 * MIN - 5 * MIN);
	hand_log_close(DATE);
	replay();
	assert_int_equal(result.observed.uncalled, 2);
	assert_int_equal(result.observed.decided, 2);
	assert_int_equal(result.observed.within, 1);
	assert_true(second < third);
	replay_result_finish(&result);
}

/* Three at a guide that takes 10 min of each, then at a window that never has a line. */
static void test_guide(void **state)
{
	int64_t tickets[4];

	(void)state;
	begin();
	hand_log_open(DATE);
	for (int i = 0; i < 4; i++)
		tickets[i] = hand_log_issue("tax", "guide", "", NINE + i * 1000);
	for (int i = 0; i < 3; i++) {
		int64_t ms = NINE + (10 * i + 1) * MIN;

		call(tickets[i], ms);
		transfer(tickets[i], "general", ms + 9 * MIN);
		call(tickets[i], ms + 9 * MIN);
		finish(tickets[i], ms + 9 * MIN + 30000);
	}
	cancel(tickets[3], NINE + 50 * MIN); /* has waited, but not for work */
	hand_log_close(DATE);
	replay();
	/* 1, 11 and 21 min, less 0, 1 and 2 s */
	expect_min(11 - 1 / 60., &result.observed);
	expect_min(11 - 1 / 60., &result.replayed);
	assert_int_equal(result.replayed.decided, 3);
	assert_int_equal(result.observed.decided, 4);
	assert_int_equal(result.visits, 3);
	assert_int_equal(result.unlisted.listed, 3);
	replay_result_finish(&result);
}

/* Each comes while the one before is served; behind the second the clock is set back by 2 h, or the
 * machine starts anew, so that only the wall clock tells the time. */
static void write_line(int64_t step_ms, bool restart)
{
	int64_t first, second, third;

	begin();
	hand_log_open(DATE);
	first = hand_log_issue("tax", "general", "", NINE);
	call(first, NINE);
	second = hand_log_issue("tax", "general", "", NINE + 1 * MIN);
	if (step_ms)
		hand_log_step(NINE + 4 * MIN, step_ms);
	if (restart)
		hand_log_restart(NINE + 5 * MIN);
	finish(first, NINE + 10 * MIN);
	call(second, NINE + 10 * MIN);
	third = hand_log_issue("tax", "general", "", NINE + 12 * MIN);
	finish(second, NINE + 20 * MIN);
	call(third, NINE + 20 * MIN);
	finish(third, NINE + 25 * MIN);
	hand_log_close(DATE);
}

static void test_clock_step(void **state)
{
	(void)state;
	write_line(-120 * MIN, false);
	replay();
	expect_min((0 + 9 + 8) / 3., &result.observed);
	expect_min((0 + 9 + 8) / 3., &result.replayed);
	assert_int_equal(result.drawn, 0);
	replay_result_finish(&result);
}

static void test_restart(void **state)
{
	(void)state;
	write_line(0, true);
	replay();
	expect_min((0 + 9 + 8) / 3., &result.observed);
	expect_min((0 + 9 + 8) / 3., &result.replayed);
	assert_int_equal(result.drawn, 0);
	assert_int_equal(result.unknown_waits, 0);
	replay_result_finish(&result);
}

/* Both: the wait of the second is unknown, and how long the first held the window. It is drawn from
 * the two others. */
static void test_restart_and_step(void **state)
{
	(void)state;
	write_line(120 * MIN, true);
	replay();
	expect_min((0 + 8) / 2., &result.observed);
	assert_int_equal(result.unknown_waits, 1);
	assert_int_equal(result.drawn, 1);
	assert_int_equal(result.replayed.called, 3);
	replay_result_finish(&result);
}

/* Both of its waits are known, but not how long it was at the guide between them: the report leaves
 * it out. */
static void test_unknown_guide(void **state)
{
	int64_t ticket;

	(void)state;
	begin();
	hand_log_open(DATE);
	ticket = hand_log_issue("tax", "guide", "", NINE);
	call(ticket, NINE + MIN);
	hand_log_step(NINE + 2 * MIN, 120 * MIN);
	hand_log_restart(NINE + 3 * MIN);
	transfer(ticket, "general", NINE + 5 * MIN);
	call(ticket, NINE + 7 * MIN);
	finish(ticket, NINE + 9 * MIN);
	hand_log_close(DATE);
	replay();
	assert_int_equal(result.unknown_waits, 1);
	assert_int_equal(result.observed.tickets, 0);
	assert_int_equal(result.replayed.called, 1);
	replay_result_finish(&result);
}

/* The close cuts the last service off: its length is drawn. The only other one took 4 min, so that
 * who comes 2 min behind it waits 2 min. What it had of a first leg is no length. */
static void test_cut_off(void **state)
{
	int64_t first, last;

	(void)state;
	begin();
	hand_log_open(DATE);
	first = hand_log_issue("tax", "general", "", NINE);
	call(first, NINE);
	finish(first, NINE + 4 * MIN);
	last = hand_log_issue("tax", "general", "", NINE + 58 * MIN);
	call(last, NINE + 58 * MIN);
	transfer(last, "general", NINE + 59 * MIN);
	call(last, NINE + 60 * MIN);
	hand_log_issue("tax", "general", "", NINE + 60 * MIN);
	hand_log_close(DATE);
	replay();
	assert_int_equal(result.drawn, 2);
	expect_min((0 + 0 + 2) / 3., &result.replayed);
	replay_result_finish(&result);
}

/* Tickets without an item wait where they did, each queue with its own window: 10 min each, two of
 * each, those of the second queue sent by a guide. */
static void test_no_item(void **state)
{
	(void)state;
	for (policy = SCENARIO_HALL; policy != SCENARIO_POOLED;
	     policy = policy == SCENARIO_HALL ? SCENARIO_DEPARTMENTAL : SCENARIO_POOLED) {
		int64_t tickets[4];

		begin();
		hand_log_open(DATE);
		for (int i = 0; i < 4; i++)
			tickets[i] = hand_log_issue("", i % 2 ? "guide" : "general", "", NINE);
		for (int i = 1; i < 4; i += 2) {
			call(tickets[i], NINE);
			transfer(tickets[i], "other", NINE);
		}
		for (int i = 0; i < 2; i++)
			call(tickets[i], NINE);
		for (int i = 0; i < 4; i++) {
			finish(tickets[i], NINE + (i < 2 ? 10 : 20) * MIN);
			if (i < 2)
				call(tickets[i + 2], NINE + 10 * MIN);
		}
		hand_log_close(DATE);
		replay();
		expect_min((0 + 0 + 10 + 10) / 4., &result.observed);
		expect_min((0 + 0 + 10 + 10) / 4., &result.replayed);
		replay_result_finish(&result);
		log_remove_folder(state);
		log_make_folder(state);
	}
}

/* ---- whatever may happen ---- */

static uint32_t random_state;

static int64_t draw(int64_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

enum { STEPS = 120, TICKETS = 60 };

/* What a ticket of the random days is doing. */
enum doing { WAITS, CALLED, PARKED, GONE };

static void write_random_day(int day)
{
	static const char *const queues[] = {"general", "other", "guide"};
	int64_t tickets[TICKETS], ms = NINE;
	enum doing doing[TICKETS];
	int count = 0;

	hand_log_open(DATE + day);
	for (int i = 0; i < STEPS; i++, ms += draw(4 * MIN)) {
		int at = (int)draw(count + 1);

		if (at == count && count < TICKETS) {
			doing[count] = WAITS;
			tickets[count++] = hand_log_issue("tax", queues[draw(3)], "", ms);
		} else if (at == count) {
			continue;
		} else if (doing[at] == WAITS && draw(6) == 0) {
			cancel(tickets[at], ms);
			doing[at] = GONE;
		} else if (doing[at] == WAITS && draw(6) == 0) {
			transfer(tickets[at], queues[draw(3)], ms);
		} else if (doing[at] == WAITS) {
			call(tickets[at], ms);
			doing[at] = CALLED;
		} else if (doing[at] == CALLED && draw(2)) {
			finish(tickets[at], ms);
			doing[at] = GONE;
		} else if (doing[at] == CALLED && draw(2)) {
			transfer(tickets[at], queues[draw(3)], ms);
			doing[at] = WAITS;
		} else if (doing[at] == CALLED) {
			hand_log_add(EVENT_TICKET_PARKED, ms)->u.ticket_parked.ticket = tickets[at];
			doing[at] = PARKED;
		} else if (doing[at] == PARKED) {
			struct event *event = hand_log_add(EVENT_TICKET_RESUMED, ms);

			event->u.ticket_resumed.ticket = tickets[at];
			strcpy(event->u.ticket_resumed.queue, queues[draw(3)]);
			doing[at] = WAITS;
		}
		if (draw(60) == 0)
			hand_log_restart(ms);
	}
	hand_log_close(DATE + day);
}

/* A clock that is set lies between the days: within one it may also make the bounds of who left
 * unknown, which the report leaves out and a replay does not look at. */
static void test_random_days(void **state)
{
	(void)state;
	for (uint32_t round = 1; round <= 20; round++) {
		random_state = round;
		begin();
		for (int day = 0; day < 6; day++) {
			if (draw(3) == 0)
				hand_log_step(0, draw(2) ? -90 * MIN : 45 * MIN);
			write_random_day(day);
		}
		replay();
		assert_true(result.observed.called > 20);
		assert_true(result.observed.uncalled > 0 && result.observed.abandoned > 0);
		replay_result_finish(&result);
		log_remove_folder(state);
		log_make_folder(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_uncalled, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_guide, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_clock_step, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_restart, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_restart_and_step, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_unknown_guide, log_make_folder,
						log_remove_folder),
		cmocka_unit_test_setup_teardown(test_cut_off, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_no_item, log_make_folder, log_remove_folder),
		cmocka_unit_test_setup_teardown(test_random_days, log_make_folder,
						log_remove_folder),
	};

	return cmocka_run_group_tests_name("as logged", tests, NULL, NULL);
}
