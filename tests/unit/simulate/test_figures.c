/* The figures of few visits, worked out by hand, and work in pieces. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/simulate/simulate.h"

enum { TARGET = 900000, PIECES = 1000 };

static void add(struct sim_figures *figures, int64_t wait_ms, bool called, bool abandoned)
{
	const struct visit visit = {.arrival_ms = 1000, .service_ms = 60000};
	const struct outcome outcome = {.called_ms = called ? 1000 + wait_ms : -1,
					.left_ms = 1000 + wait_ms + (called ? 62000 : 0),
					.abandoned = abandoned};

	assert_int_equal(sim_figures_visit(figures, TARGET, &visit, &outcome), 0);
}

/* Waits of 0, 1, 2, ... 8 min called, 15 min exactly, 15 min and 1 ms; one left at 15 min and 1 ms,
 * one at 15 min; one uncalled after 20 min.
 * mean: (36 + 15 + 15 + 1/60000) / 11. P50: the 6th of 11, 5 min; P90: the 10th, 15 min.
 * within: 9 + 1; decided: 11 + 1 (left late) + 1 (uncalled late). Abandoned 2 of 14. */
static void figures(void **state)
{
	struct sim_figures all = {.days = 0}, half = {.days = 0};

	(void)state;
	for (int64_t i = 0; i <= 8; i++)
		add(i % 2 ? &half : &all, i * 60000, true, false);
	add(&half, TARGET, true, false);
	add(&all, TARGET + 1, true, false);
	add(&all, TARGET + 1, false, true);
	add(&half, TARGET, false, true);
	add(&half, 1200000, false, false);
	all.window_open_ms = 1320000;
	assert_int_equal(sim_figures_add(&all, &half), 0);
	assert_int_equal(all.tickets, 14);
	assert_int_equal(all.called, 11);
	assert_int_equal(all.wait_sum_ms, 66 * 60000 + 1);
	assert_int_equal(all.wait_max_ms, TARGET + 1);
	assert_true(fabs(sim_mean_min(&all) - (66 + 1 / 60000.) / 11) < 1e-12);
	assert_true(fabs(sim_quantile_min(&all, .5) - 5) < 1e-12);
	assert_true(fabs(sim_quantile_min(&all, .9) - 15) < 1e-12);
	assert_true(fabs(sim_quantile_min(&all, 1. / 11) - 0) < 1e-12);
	assert_true(fabs(sim_quantile_min(&all, 2. / 11) - 1) < 1e-12);
	assert_true(fabs(sim_share(&all) - 10. / 13) < 1e-12);
	assert_true(fabs(sim_abandon_rate(&all) - 2. / 14) < 1e-12);
	assert_true(fabs(sim_utilisation(&all) - .5) < 1e-12);
	sim_figures_finish(&all);
	sim_figures_finish(&half);
}

/* A no-show was called, and kept nobody busy. */
/* A wait of years takes little more room than one of three days: it is known to the hour. */
static void drowned(void **state)
{
	struct sim_figures years = {0};

	(void)state;
	add(&years, 60000, true, false);
	add(&years, INT64_C(262143999), true, false);
	add(&years, INT64_C(262144000) + 3599999, true, false);
	add(&years, INT64_C(262144000) + 100 * INT64_C(3600000) + 7, true, false);
	add(&years, INT64_C(100000000000000), true, false);
	assert_int_equal(years.second_count, 1 << 19);
	assert_true(fabs(sim_quantile_min(&years, .2) - 1) < 1e-9);
	assert_true(fabs(sim_quantile_min(&years, .4) - 262143 / 60.) < 1e-9);
	assert_true(fabs(sim_quantile_min(&years, .6) - 262144 / 60.) < 1e-9);
	assert_true(fabs(sim_quantile_min(&years, .8) - (262144 + 360000) / 60.) < 1e-9);
	assert_true(sim_quantile_min(&years, 1) > 60. * 24 * 365 * 16);
	sim_figures_finish(&years);
}

static void no_show(void **state)
{
	const struct visit visit = {.arrival_ms = 0, .service_ms = 60000, .no_show = true};
	const struct outcome outcome = {.called_ms = 1500, .left_ms = 30000};
	struct sim_figures all = {.days = 0};

	(void)state;
	assert_int_equal(sim_figures_visit(&all, TARGET, &visit, &outcome), 0);
	assert_int_equal(all.called, 1);
	assert_int_equal(all.no_shows, 1);
	assert_int_equal(all.busy_ms, 0);
	assert_true(fabs(sim_quantile_min(&all, .5) - 1 / 60.) < 1e-12);
	sim_figures_finish(&all);
}

static void nobody(void **state)
{
	struct sim_figures none = {.days = 0};

	(void)state;
	assert_true(sim_mean_min(&none) == 0 && sim_quantile_min(&none, .9) == 0 &&
		    sim_share(&none) == 0 && sim_abandon_rate(&none) == 0 &&
		    sim_utilisation(&none) == 0);
}

struct pieces {
	atomic_int done[PIECES];
	size_t fails; /* from this one on */
};

static int do_piece(void *user, size_t piece)
{
	struct pieces *pieces = user;

	atomic_fetch_add(&pieces->done[piece], 1);
	return piece < pieces->fails ? 0 : -EIO;
}

static void each_piece_once(void **state)
{
	static const unsigned threads[] = {0, 1, 2, 7, 1000};

	(void)state;
	for (size_t t = 0; t < sizeof(threads) / sizeof(threads[0]); t++) {
		struct pieces pieces = {.fails = SIZE_MAX};

		assert_int_equal(sim_parallel(PIECES, threads[t], do_piece, &pieces), 0);
		for (size_t i = 0; i < PIECES; i++)
			assert_int_equal(pieces.done[i], 1);
	}
	assert_int_equal(sim_parallel(0, 0, do_piece, NULL), 0);
}

static void first_error_ends(void **state)
{
	struct pieces pieces = {.fails = 10};
	int done = 0;

	(void)state;
	assert_int_equal(sim_parallel(PIECES, 2, do_piece, &pieces), -EIO);
	for (size_t i = 0; i < PIECES; i++) {
		assert_in_range(pieces.done[i], 0, 1);
		done += pieces.done[i];
	}
	/* The other thread may have taken one more. */
	assert_in_range(done, 11, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures),	   cmocka_unit_test(no_show),
		cmocka_unit_test(drowned),	   cmocka_unit_test(nobody),
		cmocka_unit_test(each_piece_once), cmocka_unit_test(first_error_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
