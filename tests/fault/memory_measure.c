/* Each allocation of a report and of a comparison's days fails in turn, those of the store
 * included: they say so, leave nothing behind, and the next try succeeds. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/measure/report.h"
#include "src/measure/sides.h"
#include "tests/fault/alloc.h"
#include "tests/unit/measure/sides_log.h"

enum { FEW = 40 };

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

static int read_report(struct store_reader *reader, bool recount)
{
	const struct measure_options options = {.recount = recount};
	struct measure_report *report = NULL;
	int r = measure_read(reader, &options, &report);

	if (r < 0) {
		assert_null(report);
		return r;
	}
	assert_int_equal(report->days, 4);
	assert_int_equal(report->visits.n, 9);
	assert_int_equal(report->all_kept, !recount);
	measure_report_free(report);
	return 0;
}

static int read_sides(struct store_reader *reader, bool recount)
{
	const struct sides_request request = {.before_from = 20260105,
					      .before_to = 20260106,
					      .control = "desk",
					      .recount = recount};
	struct sides *sides = NULL;
	int r = sides_read(reader, &request, &sides);

	if (r < 0) {
		assert_null(sides);
		return r;
	}
	assert_int_equal(sides_input(sides)->before.count, 2);
	assert_int_equal(sides_input(sides)->after.count, 1);
	sides_free(sides);
	return 0;
}

static void each_fails(int (*read)(struct store_reader *reader, bool recount), bool recount)
{
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE];
	uint64_t at = 0, failed;

	assert_int_equal(store_reader_open(&reader, sides_log_path, error), 0);
	do {
		int r;

		alloc_plan(++at, 1);
		r = read(reader, recount);
		failed = alloc_failures();
		alloc_plan(0, 0);
		assert_int_equal(r, failed ? -ENOMEM : 0);
	} while (failed);
	assert_true(at > FEW);
	store_reader_close(reader);
}

static void reports(void **state)
{
	(void)state;
	each_fails(read_report, false);
	each_fails(read_report, true);
}

static void comparisons(void **state)
{
	(void)state;
	each_fails(read_sides, false);
	each_fails(read_sides, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports),
		cmocka_unit_test(comparisons),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
