/* The days of a comparison, out of a log that is worked out by hand: dates opened again, cells,
 * cases, control queues, days that are not closed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/measure/sides.h"
#include "tests/unit/measure/sides_log.h"

enum { MIN = 60000 };

static int setup(void **state)
{
	(void)state;
	sides_log_write();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sides_log_remove();
	return 0;
}

static int read_sides(const struct sides_request *request, struct sides **ret_sides)
{
	char error[STORE_ERROR_SIZE] = "";
	struct store_reader *reader = NULL;
	int r;

	assert_int_equal(store_reader_open(&reader, sides_log_path, error), 0);
	r = sides_read(reader, request, ret_sides);
	store_reader_close(reader);
	return r;
}

static void expect_cell(const struct compare_day *day, size_t i, uint32_t cell, uint32_t n,
			int64_t sum_ms)
{
	assert_true(i < day->cell_count);
	assert_int_equal(day->cells[i].cell, cell);
	assert_int_equal(day->cells[i].n, n);
	assert_int_equal(day->cells[i].sum_ms, sum_ms);
}

/* Cells in order: 0/intake 0, which is met last, a/issue 1, b/intake 2, b/issue 3. */
static void expect_baseline(const struct compare_side *side)
{
	const struct compare_day *fifth = &side->days[0], *sixth = &side->days[1];

	assert_int_equal(side->count, 2);
	assert_int_equal(fifth->date, 20260105);
	assert_int_equal(fifth->n, 4);
	assert_int_equal(fifth->sum_ms, (2 + 4 + 10 + 1) * MIN);
	assert_int_equal(fifth->within, 3);
	assert_int_equal(fifth->decided, 4);
	assert_int_equal(fifth->cases, 3 + 3); /* c-1, c-2, c-3; a filing and two tickets without */
	assert_int_equal(fifth->filings, 2);   /* c-2, and the one without */
	assert_int_equal(fifth->treated_n, 2);
	assert_int_equal(fifth->treated_ms, 12 * MIN);
	assert_int_equal(fifth->control_n, 2);
	assert_int_equal(fifth->control_ms, 5 * MIN);
	assert_int_equal(fifth->cell_count, 2);
	expect_cell(fifth, 0, 1, 2, 5 * MIN);
	expect_cell(fifth, 1, 2, 2, 12 * MIN);
	assert_int_equal(fifth->known_count, 4);
	assert_int_equal(fifth->known[0].second, 60);
	assert_int_equal(fifth->known[3].second, 600);
	assert_int_equal(sixth->date, 20260106);
	assert_int_equal(sixth->n, 2);
	assert_int_equal(sixth->cases, 0); /* all were there on the 5th, though the log has c-3
					    * here first */
	assert_int_equal(sixth->filings, 0);
	assert_int_equal(sixth->censored, 1);
	assert_int_equal(sixth->lower_ms, 1 * MIN);
	assert_int_equal(sixth->upper_ms, 1 * MIN);
	assert_int_equal(sixth->age_count, 1);
	assert_int_equal(sixth->ages[0].second, 60);
	assert_int_equal(sixth->decided, 2); /* who left was younger than the target */
	assert_int_equal(sixth->within, 0);
	assert_int_equal(sixth->cell_count, 1);
	expect_cell(sixth, 0, 2, 2, 14 * MIN);
}

static void both_sides(void **state)
{
	for (int recount = 0; recount < 2; recount++) {
		const struct sides_request request = {.before_from = 20260101,
						      .before_to = 20260111,
						      .after_last_seq = sides_log_closed,
						      .control = "other,desk",
						      .recount = recount};
		const struct compare_input *input;
		struct sides *sides = NULL;

		(void)state;
		assert_int_equal(read_sides(&request, &sides), 0);
		input = sides_input(sides);
		assert_int_equal(input->cells, 4);
		assert_true(input->has_control);
		expect_baseline(&input->before);
		assert_int_equal(input->after.count, 1); /* the 13th is open */
		assert_int_equal(input->after.days[0].date, 20260112);
		assert_int_equal(input->after.days[0].n, 2);
		assert_int_equal(input->after.days[0].cases, 1); /* of this side */
		assert_int_equal(input->after.days[0].filings, 1);
		assert_int_equal(input->after.days[0].control_n, 1);
		expect_cell(&input->after.days[0], 0, 0, 1, 1 * MIN);
		expect_cell(&input->after.days[0], 1, 3, 1, 3 * MIN);
		sides_free(sides);
	}
}

/* What was opened again after the freeze is none of the baseline's. */
static void a_baseline_ends(void **state)
{
	const struct sides_request request = {.before_from = 20260105,
					      .before_to = 20260106,
					      .before_last_seq = sides_log_frozen,
					      .after_from = 20260112,
					      .after_to = 20260112,
					      .target_ms = 3 * MIN,
					      .control = ""};
	const struct compare_input *input;
	struct sides *sides = NULL;

	(void)state;
	assert_int_equal(read_sides(&request, &sides), 0);
	input = sides_input(sides);
	assert_false(input->has_control);
	assert_int_equal(input->before.count, 2);
	assert_int_equal(input->before.days[0].n, 2);
	assert_int_equal(input->before.days[0].cases, 2 + 2);
	assert_int_equal(input->before.days[0].within, 1);
	assert_int_equal(input->before.days[0].treated_n, 2);
	assert_int_equal(input->before.days[1].cases, 1); /* c-3 */
	assert_int_equal(input->after.days[0].within, 2); /* one as long as the target */
	sides_free(sides);
}

static void refused(void **state)
{
	static const struct {
		struct sides_request request;
		int r;
	} rows[] = {
		{{.before_from = 20260101, .before_to = 20260104}, -ENOENT},
		{{.before_from = 20260101, .before_to = 20260112}, -ENOENT}, /* the 13th is open */
		{{.before_from = 20260101, .before_to = 20260106, .after_from = 20260201}, -ENOENT},
		{{.before_from = 20260101, .before_to = 20260106, .before_last_seq = 3}, -ENOENT},
		/* the period's day closes behind it */
		{{.before_from = 20260101, .before_to = 20260106, .after_last_seq = 3}, -ENOENT},
		{{.before_from = 20260101, .before_to = 20260106, .after_from = 20260106}, -EINVAL},
		{{.before_from = 20260101, .before_to = 20260106, .target_ms = 1500}, -EINVAL},
		{{.before_from = 20260101}, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sides *sides = NULL;

		assert_int_equal(read_sides(&rows[i].request, &sides), rows[i].r);
		assert_null(sides);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides),
		cmocka_unit_test(a_baseline_ends),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
