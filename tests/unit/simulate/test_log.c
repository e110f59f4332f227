/* A simulated log says what the simulation says: the report of the written log and the figures of
 * the reduced line are equal to the millisecond, over several scenarios, layouts and zones; the log
 * verifies; and what must not be written is refused with nothing changed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/measure/digest.h"
#include "src/simulate/dates.h"
#include "src/simulate/log.h"
#include "tests/unit/simulate/founding.h"
#include "tests/unit/simulate/random_hall.h"
#include "tests/unit/store/log_file.h"

enum { RANDOM_LOGS = 24, RANDOM_DAYS = 3 };

static int write_log(const struct scenario *scenario, uint64_t seed, uint32_t days, int64_t from,
		     struct sim_log_dates *ret, char error[STORE_ERROR_SIZE])
{
	const struct sim_log log = {
		.scenario = scenario, .seed = seed, .days = days, .path = log_path, .from = from};
	struct sim_figures figures = {.days = 0};
	int r = sim_log_write(&log, &figures, ret, error);

	sim_figures_finish(&figures);
	return r;
}

static void expect_written(const struct scenario *scenario, uint64_t seed, uint32_t days,
			   int64_t from, struct sim_log_dates *ret)
{
	char error[STORE_ERROR_SIZE];

	if (write_log(scenario, seed, days, from, ret, error) != 0)
		fail_msg("seed %llu: %s", (unsigned long long)seed, error);
}

static void run_plain(const struct scenario *scenario, uint64_t seed, uint32_t days,
		      struct sim_figures *ret)
{
	struct world *world;
	struct layout *layout;

	*ret = (struct sim_figures){.days = 0};
	assert_int_equal(layout_create(&layout, scenario), 0);
	assert_int_equal(world_create(&world, scenario), 0);
	assert_int_equal(sim_run(world, scenario, layout, seed, 0, days, ret), 0);
	world_destroy(world);
	layout_destroy(layout);
}

/* Beyond three days a simulation knows them to the hour. */
static void expect_quantile(const struct sim_figures *figures, double p, int64_t seconds)
{
	if (seconds > 1 << 18)
		seconds -= (seconds - (1 << 18)) % 3600;
	if (figures->called)
		assert_int_equal((int64_t)(sim_quantile_min(figures, p) * 60 + .5), seconds);
	else
		assert_int_equal(seconds, -1);
}

/* Of the days of the log from first to last. */
static void expect_report(const struct sim_log_dates *dates, const struct sim_figures *figures,
			  bool recount)
{
	const struct measure_options options = {
		.from = dates->first, .to = dates->last, .recount = recount};
	struct store_reader *reader;
	struct measure_report *report;
	char error[STORE_ERROR_SIZE];
	const struct measure_figures *all;

	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(measure_read(reader, &options, &report), 0);
	assert_int_equal(report->days, figures->days);
	assert_true(report->all_kept || recount);
	assert_int_equal(report->groups[0].kind, MEASURE_ALL);
	all = &report->groups[0].figures;
	assert_int_equal(all->issued, figures->tickets);
	assert_int_equal(all->called, figures->called);
	assert_int_equal(all->no_show, figures->no_shows);
	assert_int_equal(all->served, figures->called - figures->no_shows);
	assert_int_equal(all->cancelled, figures->abandoned);
	assert_int_equal(all->uncalled, figures->uncalled);
	assert_int_equal(all->excluded + all->moved + all->waiting, 0);
	assert_int_equal(all->sum_ms, figures->wait_sum_ms);
	if (figures->called)
		assert_int_equal(all->max_ms, figures->wait_max_ms);
	assert_int_equal(all->within, figures->within);
	assert_int_equal(all->decided, figures->decided);
	expect_quantile(figures, .5, all->p50_s);
	expect_quantile(figures, .9, all->p90_s);
	expect_quantile(figures, .95, all->p95_s);
	assert_int_equal(report->visits.n, figures->called);
	assert_int_equal(report->visits.total_sum_ms, figures->wait_sum_ms);
	measure_report_free(report);
	store_reader_close(reader);
}

static void expect_verified(void)
{
	const struct store_verify_options options = {.digest = &digest_maker};
	struct store_verify_result result;

	if (store_verify_with(log_path, &options, &result) != 0)
		fail_msg("event %llu: %s", (unsigned long long)result.bad_seq, result.detail);
}

/* ---- the founding reform --------------------------------------------------------------------- */

struct facts { /* of the log's events */
	int64_t filings, pick_ups, pick_up_items_of_issue, retired_queues, boots;
	bool refs;
};

static int look_at(void *user, const struct store_row *row)
{
	const struct event *event = &row->event;
	struct facts *facts = user;

	switch (event->type) {
	case EVENT_DAEMON_STARTED: facts->boots++; break;
	case EVENT_ONLINE_FILING:
		facts->filings++;
		facts->refs &= !strncmp(event->u.online_filing.case_ref, "s1-", 3);
		break;
	case EVENT_QUEUE_DEFINED: facts->retired_queues += event->u.queue_defined.retired; break;
	case EVENT_ITEM_DEFINED:
		facts->pick_up_items_of_issue +=
			!strncmp(event->u.item_defined.item, "collect-", 8) &&
			!strcmp(event->u.item_defined.queue, "issue");
		break;
	case EVENT_TICKET_ISSUED:
		facts->pick_ups += !strncmp(event->u.ticket_issued.item, "collect-", 8);
		facts->refs &= !strncmp(event->u.ticket_issued.case_ref, "s1-", 3);
		break;
	default: break;
	}
	return 0;
}

/* Before, and after it in the same log: 31 queues are retired, pick-ups have their own. */
static void before_and_after(void **state)
{
	struct scenario scenario;
	struct sim_log_dates before, after;
	struct sim_figures figures;
	struct facts facts = {.refs = true};
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];
	int64_t filings;

	(void)state;
	founding_make(&scenario, false);
	expect_written(&scenario, 1, 6, 0, &before);
	assert_int_equal(before.first, 20260105);
	assert_int_equal(before.last, 20260112);
	run_plain(&scenario, 1, 6, &figures);
	expect_report(&before, &figures, false);
	sim_figures_finish(&figures);
	scenario_finish(&scenario);

	founding_make(&scenario, true);
	expect_written(&scenario, 1, 5, 20260207, &after); /* a Saturday */
	assert_int_equal(after.first, 20260209);
	assert_int_equal(after.last, 20260213);
	run_plain(&scenario, 1, 5, &figures);
	expect_report(&after, &figures, false);
	expect_report(&after, &figures, true);
	filings = figures.filings;
	sim_figures_finish(&figures);
	scenario_finish(&scenario);
	expect_verified();

	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_each(reader, 1, UINT64_MAX, look_at, &facts), 0);
	store_reader_close(reader);
	assert_int_equal(facts.boots, 2);
	assert_int_equal(facts.filings, filings);
	assert_true(filings > 200 && facts.pick_ups > 500 && facts.refs);
	assert_int_equal(facts.retired_queues, 31);
	assert_int_equal(facts.pick_up_items_of_issue, 31);
}

/* ---- random halls ---------------------------------------------------------------------------- */

/* A report of legs counts those of all queues, so all of them are work. Every fourth has ageing,
 * for which sim_run() takes the hall too. */
static void random_logs(void **state)
{
	static const char *const zones[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York",
					    "UTC"};
	int64_t called = 0, abandoned = 0, uncalled = 0, no_shows = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= RANDOM_LOGS; seed++) {
		struct scenario scenario;
		struct sim_log_dates dates;
		struct sim_figures figures;
		void *folder = NULL;

		if (seed > 1)
			assert_int_equal(log_make_folder(&folder), 0);
		random_hall_make(&scenario, seed);
		snprintf(scenario.zone, sizeof(scenario.zone), "%s", zones[seed % 4]);
		if (scenario.policy == SCENARIO_HALL)
			scenario.rules.age_ms = 600000;
		/* across the days on which clocks change, in spring and in autumn */
		expect_written(&scenario, seed, RANDOM_DAYS, seed % 3 ? 20260326 : 20261029,
			       &dates);
		run_plain(&scenario, seed, RANDOM_DAYS, &figures);
		expect_report(&dates, &figures, seed % 2);
		called += figures.called;
		abandoned += figures.abandoned;
		uncalled += figures.uncalled;
		no_shows += figures.no_shows;
		sim_figures_finish(&figures);
		scenario_finish(&scenario);
		if (seed < RANDOM_LOGS)
			assert_int_equal(log_remove_folder(&folder), 0);
	}
	assert_true(called > 2000 && abandoned > 50 && uncalled > 10 && no_shows > 50);
}

/* Doors open from 9 to 13 h 20; all that is issued is issued then, by the zone's clock. */
static int check_hour(void *user, const struct store_row *row)
{
	const struct event *event = &row->event;
	int64_t *issued = user;
	int64_t minute = (event->at.wall_ms / 60000 + event->at.offset_min) % 1440;

	if (event->type != EVENT_TICKET_ISSUED)
		return 0;
	++*issued;
	return minute >= 540 && minute < 800 && event->at.offset_min == -240 ? 0 : -EILSEQ;
}

static void local_hours(void **state)
{
	struct scenario scenario;
	struct sim_log_dates dates;
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];
	const char *zone = getenv("TZ");
	int64_t issued = 0;

	(void)state;
	random_hall_make(&scenario, 3);
	snprintf(scenario.zone, sizeof(scenario.zone), "America/New_York");
	expect_written(&scenario, 3, 2, 20260701, &dates);
	assert_ptr_equal(zone, getenv("TZ"));
	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_each(reader, 1, UINT64_MAX, check_hour, &issued), 0);
	assert_true(issued > 20);
	store_reader_close(reader);
	scenario_finish(&scenario);
}

/* One window for what ten could hardly do: the services of a day last until a later one, whose date
 * is skipped; no wait is lost. */
static void days_that_do_not_end(void **state)
{
	struct scenario scenario;
	struct sim_log_dates dates;
	struct sim_figures figures;

	(void)state;
	random_hall_make(&scenario, 5);
	scenario.policy = SCENARIO_POOLED;
	scenario.window_count = 1;
	scenario.windows[0] = (struct scenario_window){.queues = "q0"};
	for (uint32_t i = 0; i < scenario.item_count; i++)
		scenario.items[i].skill[0] = '\0';
	scenario.cases_a_day = 150;
	scenario.service = (struct scenario_time){60, 0};
	scenario.pick_up_chance = scenario.patience_min = 0;
	expect_written(&scenario, 5, 2, 0, &dates);
	assert_true(dates.skipped >= 3);
	run_plain(&scenario, 5, 2, &figures);
	assert_int_equal(figures.called, figures.tickets);
	assert_true(figures.wait_max_ms > INT64_C(3) * 86400000);
	expect_report(&dates, &figures, false);
	sim_figures_finish(&figures);
	scenario_finish(&scenario);
}

/* ---- expected waits -------------------------------------------------------------------------- */

struct told {
	int64_t tickets, with_wait;
};

static int count_told(void *user, const struct store_row *row)
{
	const struct event_ticket_issued *issued = &row->event.u.ticket_issued;
	struct told *told = user;

	if (row->event.type == EVENT_TICKET_ISSUED) {
		told->tickets++;
		told->with_wait +=
			issued->expect_ms >= 0 && issued->expect_low_ms <= issued->expect_high_ms;
	}
	return 0;
}

/* Tickets are told their wait where that is asked for, whatever the hall's own rules say, and
 * nobody waits otherwise for it. */
static void expected_waits(void **state)
{
	struct sim_log log = {.seed = 1, .days = 2, .path = log_path};
	struct scenario scenario;

	(void)state;
	founding_make(&scenario, true);
	scenario.policy = SCENARIO_HALL;
	for (uint32_t i = 0; i < scenario.item_count; i++)
		snprintf(scenario.items[i].queue, CORE_ID_SIZE, "general");
	log.scenario = &scenario;
	for (int expect = 0; expect < 2; expect++) {
		struct sim_figures figures = {.days = 0}, plain;
		struct told told = {0};
		struct sim_log_dates dates;
		struct store_reader *reader;
		char error[STORE_ERROR_SIZE];
		void *folder = NULL;

		if (expect)
			assert_int_equal(log_make_folder(&folder), 0);
		log.expect = expect;
		scenario.rules.expect = !expect;
		scenario.rules.expect_service_ms = expect ? 0 : 600000;
		assert_int_equal(sim_log_write(&log, &figures, &dates, error), 0);
		run_plain(&scenario, 1, 2, &plain);
		assert_int_equal(figures.wait_sum_ms, plain.wait_sum_ms);
		assert_int_equal(figures.tickets, plain.tickets);
		assert_int_equal(store_reader_open(&reader, log_path, error), 0);
		assert_int_equal(store_reader_each(reader, 1, UINT64_MAX, count_told, &told), 0);
		store_reader_close(reader);
		assert_int_equal(told.tickets, figures.tickets);
		assert_int_equal(told.with_wait, expect ? told.tickets : 0);
		sim_figures_finish(&figures);
		sim_figures_finish(&plain);
		if (!expect)
			assert_int_equal(log_remove_folder(&folder), 0);
	}
	scenario_finish(&scenario);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static uint64_t last_seq(void)
{
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];
	uint64_t seq = 0;

	assert_int_equal(store_reader_open(&reader, log_path, error), 0);
	assert_int_equal(store_reader_last_seq(reader, &seq), 0);
	store_reader_close(reader);
	return seq;
}

static void refuses(const struct scenario *scenario, int64_t from, int error, const char *words)
{
	struct sim_log_dates dates;
	char sentence[STORE_ERROR_SIZE];
	uint64_t seq = last_seq();

	assert_int_equal(write_log(scenario, 1, 2, from, &dates, sentence), error);
	if (!strstr(sentence, words))
		fail_msg("%s", sentence);
	assert_int_equal(last_seq(), seq);
}

static void wrong_dates(void **state)
{
	struct scenario scenario;
	struct sim_log_dates dates;

	(void)state;
	random_hall_make(&scenario, 1);
	expect_written(&scenario, 1, 2, 0, &dates);
	refuses(&scenario, 20260106, -EINVAL, "20260106");
	refuses(&scenario, 20260105, -EINVAL, "20260106");
	refuses(&scenario, 20260230, -EINVAL, "20260230");
	refuses(&scenario, 7, -EINVAL, "calendar");
	refuses(&scenario, INT64_MAX, -EINVAL, "calendar");
	expect_written(&scenario, 1, 1, 20260107, &dates);
	scenario_finish(&scenario);
}

/* A prefix too many, found when the second layout is defined: none of its events is written. */
static void hall_refuses(void **state)
{
	struct scenario scenario;
	struct sim_log_dates dates;

	(void)state;
	random_hall_make(&scenario, 1);
	expect_written(&scenario, 1, 1, 0, &dates);
	snprintf(scenario.queues[0].def.queue, CORE_ID_SIZE, "other");
	scenario.queues[0].def.first = 0;
	for (uint32_t i = 0; i < scenario.window_count; i++)
		snprintf(scenario.windows[i].queues, sizeof(scenario.windows[i].queues), "other");
	for (uint32_t i = 0; i < scenario.item_count; i++)
		snprintf(scenario.items[i].queue, sizeof(scenario.items[i].queue), "other");
	refuses(&scenario, 0, -EPERM, "first, last");
	scenario_finish(&scenario);
	expect_verified();
}

static int replay(void *user, const struct store_row *row)
{
	(void)user, (void)row;
	return 0;
}

/* Events behind those of the log, of a process that is no simulation. */
static void append(struct event *events, size_t count)
{
	const struct store_options options = {.path = log_path, .create = true, .manual = true};
	struct store_state state;
	struct store *store;
	char error[STORE_ERROR_SIZE];

	assert_int_equal(store_open(&store, &options, replay, NULL, error), 0);
	store_get_state(store, &state);
	for (size_t i = 0; i < count; i++) {
		events[i].seq = state.durable_seq + 1 + i;
		events[i].version = 1;
		snprintf(events[i].by, sizeof(events[i].by), "daemon");
	}
	assert_int_equal(store_append(store, events, count, NULL), 0);
	assert_int_equal(store_step(store), 0);
	store_close(store);
}

static const struct event started = {.type = EVENT_DAEMON_STARTED,
				     .u.daemon_started = {.boot = "b",
							  .software = "onewindow 0.1.0"}};

/* A hall that has its own name has its own citizens, before the first of them comes, too. */
static void real_log(void **state)
{
	struct event events[] = {
		started,
		{.type = EVENT_HALL_DEFINED,
		 .u.hall_defined = {"hall", "厅", "Hall", "Asia/Shanghai", 900000}},
	};
	struct scenario scenario;

	(void)state;
	append(events, 2);
	random_hall_make(&scenario, 1);
	refuses(&scenario, 0, -EPERM, "simulated");
	scenario_finish(&scenario);
}

/* A baseline that a command wrote into the log is no hall's work; a day that was opened is. */
static void frozen_log(void **state)
{
	struct event frozen[] = {
		started,
		{.type = EVENT_BASELINE_FROZEN,
		 .u.baseline_frozen = {.name = "before", .from = 20260105, .to = 20260106}},
	};
	struct event opened[] = {started,
				 {.type = EVENT_DAY_OPENED,
				  .u.day_opened = {.date = 20260108, .counter = 4}}};
	struct scenario scenario;
	struct sim_log_dates dates;

	(void)state;
	random_hall_make(&scenario, 1);
	expect_written(&scenario, 1, 2, 0, &dates);
	append(frozen, 2);
	expect_written(&scenario, 1, 1, 0, &dates);
	assert_int_equal(dates.first, 20260107);
	append(opened, 2);
	refuses(&scenario, 0, -EPERM, "simulated");
	scenario_finish(&scenario);
}

static void no_log(void **state)
{
	struct scenario scenario;
	struct sim_log_dates dates;
	char error[STORE_ERROR_SIZE];
	FILE *file = fopen(log_path, "w");

	(void)state;
	assert_non_null(file);
	for (int i = 0; i < 500; i++)
		fputs("no log\n", file);
	fclose(file);
	random_hall_make(&scenario, 1);
	assert_int_equal(write_log(&scenario, 1, 1, 0, &dates, error), -EMEDIUMTYPE);
	scenario_finish(&scenario);
}

/* ---- dates ----------------------------------------------------------------------------------- */

static void dates_by_hand(void **state)
{
	int64_t wall;
	int32_t offset;

	(void)state;
	assert_int_equal(dates_number(19700101), 0);
	assert_int_equal(dates_date(20458), 20260105);
	assert_int_equal(dates_number(20260105), 20458);
	assert_int_equal(dates_date(dates_number(20240229) + 1), 20240301);
	for (int64_t i = 0; i < 14; i++) /* from a Monday on */
		assert_int_equal(dates_is_working(20458 + i), i % 7 < 5);
	assert_int_equal(dates_midnight("Asia/Shanghai", 20458, &wall, &offset), 0);
	assert_int_equal(offset, 480);
	assert_int_equal(wall, INT64_C(20458) * 86400000 - 8 * 3600000);
	/* clocks go forward on 2026-03-29, at 2 in the morning */
	assert_int_equal(dates_midnight("Europe/Berlin", dates_number(20260327), &wall, &offset),
			 0);
	assert_int_equal(offset, 60);
	assert_int_equal(dates_midnight("Europe/Berlin", dates_number(20260330), &wall, &offset),
			 0);
	assert_int_equal(offset, 120);
	assert_int_equal(dates_midnight("Nowhere/Atall", 20458, &wall, &offset), 0);
	assert_int_equal(offset, 0);
}

#define WITH_LOG(name) cmocka_unit_test_setup_teardown(name, log_make_folder, log_remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LOG(before_and_after),
		WITH_LOG(random_logs),
		WITH_LOG(local_hours),
		WITH_LOG(expected_waits),
		WITH_LOG(wrong_dates),
		WITH_LOG(days_that_do_not_end),
		WITH_LOG(hall_refuses),
		WITH_LOG(real_log),
		WITH_LOG(frozen_log),
		WITH_LOG(no_log),
		cmocka_unit_test(dates_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
