/* The configuration is read while memory is short: it says so, leaves nothing behind, and is read
 * as ever afterwards. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "src/daemon/config.h"
#include "tests/fault/alloc.h"

static void count_errors(void *user, const char *file, int line, const char *message)
{
	int *errors = user;

	(void)file, (void)line, (void)message;
	++*errors;
}

static void test_each_allocation(void **state)
{
	int errors = 0;
	uint64_t at = 1;

	(void)state;
	for (;; at++) {
		struct config *config = NULL;
		bool failed;
		int r;

		alloc_plan(at, 1);
		r = config_load(&config, EXAMPLE, count_errors, &errors);
		failed = alloc_failures() > 0;
		alloc_plan(0, 0);
		if (failed) {
			assert_int_equal(r, -ENOMEM);
			assert_null(config);
		} else {
			assert_int_equal(r, 0);
			free(config);
			break;
		}
	}
	assert_int_equal(errors, 0);
	assert_true(at > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
