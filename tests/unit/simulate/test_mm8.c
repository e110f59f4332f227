/* The engine against a closed form: M/M/8 at load .9. 250 days of 30,000 citizens, of each the
 * first 3,000 left out; one seed, so the figure is always the same. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/simulate/mm8.h"

enum { DAYS = 250 };

static void mean_wait_is_erlang_c(void **state)
{
	double mean, error, wanted = mm8_erlang_min();
	struct mm8 mm8;

	(void)state;
	mm8_begin(&mm8, 1);
	for (int day = 0; day < DAYS; day++)
		mm8_run_day(&mm8);
	mean = mm8_mean_min(&mm8);
	error = mm8_error_min(&mm8);
	mm8_end(&mm8);
	print_message("mean %.4f, standard error %.4f, Erlang C %.4f min: %.2f errors\n", mean,
		      error, wanted, (mean - wanted) / error);
	assert_true(fabs(mean - wanted) <= 3 * error);
	/* narrow enough to notice what is wrong by a twentieth */
	assert_true(3 * error < .05 * wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(mean_wait_is_erlang_c)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
