/* Random numbers and Student's t, by values from outside. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/core/random.h"
#include "src/measure/student.h"

/* The outputs of splitmix64.c for the seed 1234567, as Rosetta Code has them. */
static void splitmix64_is_the_authors(void **state)
{
	static const uint64_t wanted[] = {6457827717110365317u, 3203168211198807973u,
					  9817491932198370423u, 4593380528125082431u,
					  16408922859458223821u};
	uint64_t splitmix = 1234567;

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		assert_true(random_splitmix64(&splitmix) == wanted[i]);
}

/* The outputs of xoshiro256starstar.c for the state 1, 2, 3, 4, as the tests of rand_xoshiro have
 * them. */
static void xoshiro256_is_the_authors(void **state)
{
	static const uint64_t wanted[] = {11520,
					  0,
					  1509978240,
					  1215971899390074240,
					  1216172134540287360,
					  607988272756665600,
					  16172922978634559625u,
					  8476171486693032832,
					  10595114339597558777u,
					  2904607092377533576};
	struct random random = {{1, 2, 3, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		assert_true(random_next(&random) == wanted[i]);
}

/* Four outputs of SplitMix64 for each stream, one stream behind the other. */
static void streams_follow_each_other(void **state)
{
	uint64_t splitmix = UINT64_MAX - 3;

	(void)state;
	for (unsigned stream = 0; stream < 5; stream++) {
		struct random random;

		random_begin(&random, UINT64_MAX - 3, stream);
		for (int i = 0; i < 4; i++)
			assert_true(random.state[i] == random_splitmix64(&splitmix));
	}
}

static void an_index_is_the_upper_half_scaled(void **state)
{
	struct random random = {{0, 0x0123456789abcdef, 0, 0}}, copy = random;
	uint64_t x = random_next(&copy);
	uint32_t seen[7] = {0};

	(void)state;
	assert_true(random_below(&random, 1000000) == (x >> 32) * 1000000 / 4294967296);
	for (int i = 0; i < 7000; i++)
		seen[random_below(&random, 7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 850, 1150);
	assert_true(random_below(&random, 1) == 0);
}

/* 1 - I(x; n/2, 1/2) / 2 inverted with 40 digits (mpmath 1.2). */
static void t_has_the_known_quantiles(void **state)
{
	static const struct {
		double p;
		uint32_t freedom;
		double t;
	} known[] = {
		{.975, 1, 12.706204736174704646},   {.975, 2, 4.3026527297494638523},
		{.975, 3, 3.1824463052837095927},   {.975, 4, 2.7764451051977943578},
		{.975, 18, 2.1009220402410384881},  {.975, 58, 2.0017174841452361123},
		{.975, 59, 2.000995378088267706},   {.975, 248, 1.9695756536260954976},
		{.975, 1000, 1.962339080826408485}, {.975, 100000, 1.9599877075346096386},
		{.95, 5, 2.0150483733330242378},    {.9995, 7, 5.4078825208617252403},
		{.6, 12, .25903274567688706386},    {.025, 10, -2.2281388519862747484},
		{1e-6, 6, -17.830314500655491418},  {.999999, 1, 318309.88618274347399},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		assert_true(fabs(student_quantile(known[i].p, known[i].freedom) / known[i].t - 1) <
			    1e-10);
	assert_true(fabs(student_quantile(.5, 7)) < 1e-300);
}

static void t_without_meaning_is_no_number(void **state)
{
	(void)state;
	assert_true(isnan(student_quantile(.975, 0)));
	assert_true(isnan(student_quantile(0, 3)));
	assert_true(isnan(student_quantile(1, 3)));
	assert_true(isnan(student_quantile(NAN, 3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splitmix64_is_the_authors),
		cmocka_unit_test(xoshiro256_is_the_authors),
		cmocka_unit_test(streams_follow_each_other),
		cmocka_unit_test(an_index_is_the_upper_half_scaled),
		cmocka_unit_test(t_has_the_known_quantiles),
		cmocka_unit_test(t_without_meaning_is_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
