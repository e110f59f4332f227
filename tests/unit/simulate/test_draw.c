/* The draws, by values from outside: SplitMix64's published outputs, the example values of AS 241,
 * and quantiles calculated with 40 digits (mpmath 1.3). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/simulate/draw.h"

static void assert_near(double seen, double wanted, double relative)
{
	if (!(fabs(seen - wanted) <= relative * fabs(wanted)))
		fail_msg("%.17g is not %.17g", seen, wanted);
}

/* The bits are SplitMix64 of SplitMix64, calculated as tests/unit/measure/randomness.py does, whose
 * outputs are those of the authors. 6457827717110365317, the seed of the first row's second stream,
 * is the published first output for the seed 1234567. */
static void uniforms_are_splitmix64(void **state)
{
	static const struct {
		struct draw_key key;
		uint32_t leg, purpose;
		uint64_t bits;
	} known[] = {
		{{1234567, 0, 0}, 0, 0, 9709514789577493705u},
		{{1234567, 0, 4}, 0, 0, 10241759025308164907u},
		{{1, 2, 3}, 1, 5, 15688677664778029182u},
		{{0, 239, DRAW_OF_DAY}, 0, 1, 11624831382041369149u},
		{{UINT64_MAX, 7, 200}, 2, 11, 2311492412339339777u},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		double u = draw_uniform(&known[i].key, known[i].leg,
					(enum draw_purpose)known[i].purpose);

		/* exact: 53 bits hold it */
		assert_true(u * 0x1p53 == (double)((known[i].bits >> 12) * 2 + 1));
	}
}

/* A seed means the same for ever. */
static void purposes_keep_their_numbers(void **state)
{
	(void)state;
	assert_int_equal(DRAW_DAY_FACTOR, 0);
	assert_int_equal(DRAW_SERVICE, 5);
	assert_int_equal(DRAW_CLASS, 10);
	assert_int_equal(DRAW_SOURCE, 12);
}

/* Bits of neighbouring keys look like coins: each of the 52 within 5 standard deviations. */
static void neighbours_are_strangers(void **state)
{
	enum { KEYS = 40000 };
	uint32_t changed[52] = {0};
	struct draw_key key = {.seed = 1};
	uint64_t before = 0;

	(void)state;
	for (uint32_t i = 0; i < KEYS; i++) {
		uint64_t bits;

		key.number = i / 4;
		bits = (uint64_t)(draw_uniform(&key, i % 2, (enum draw_purpose)(i / 2 % 2)) *
				  0x1p52);
		for (int bit = 0; bit < 52; bit++)
			changed[bit] += (bits ^ before) >> bit & 1;
		before = bits;
	}
	for (int bit = 0; bit < 52; bit++)
		assert_in_range(changed[bit], KEYS / 2 - 500, KEYS / 2 + 500);
}

/* The first three are those of the paper; -9.26... too. */
static void normal_has_the_known_quantiles(void **state)
{
	static const struct {
		double u, z;
	} known[] = {
		{.25, -.67448975019608174320},	  {.001, -3.0902323061678135354},
		{1e-20, -9.2623400897984075796},  {.6, .25334710313579974132},
		{.075, -1.4395314709384559349},	  {.925, 1.4395314709384562291},
		{.9, 1.2815515655446005935},	  {.999, 3.0902323061678132778},
		{1e-5, -4.2648907939228246102},	  {1e-11, -6.7060231554951362961},
		{1e-12, -7.0344838253011319326},  {1.11e-16, -8.2095602754319212417},
		{1e-100, -21.273453560965324294},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		assert_near(draw_normal(known[i].u), known[i].z, 2e-15);
	assert_true(draw_normal(.5) == 0);
	for (double u = .001; u < .5; u += .001) /* where the pieces meet, too */
		assert_near(draw_normal(1 - u), -draw_normal(u), 1e-12);
}

static void times_have_the_known_quantiles(void **state)
{
	(void)state;
	assert_near(draw_lognormal(.5, 22, .9), 16.352471217437658768, 1e-14);
	assert_near(draw_lognormal(.9, 11, .6), 19.197690087171347022, 1e-14);
	assert_near(draw_lognormal(.01, 4, .5), 1.1922004118868470536, 1e-14);
	assert_near(draw_lognormal(.999, 1, .15), 1.5680510238702141009, 1e-14);
	assert_true(draw_lognormal(.7, 10, 0) == 10);
	assert_near(draw_exponential(.5, 1), .69314718055994530942, 1e-15);
	assert_near(draw_exponential(.01, 30), .30151007560504324181, 1e-15);
	assert_near(draw_exponential(.999999, 12), 165.78612669522622128, 1e-10);
}

static void poisson_has_the_known_quantiles(void **state)
{
	static const double at[] = {1e-9, .01, .25, .5, .75, .99, 1 - 0x1p-30};
	static const struct {
		double mean;
		uint32_t k[7];
	} known[] = {
		{.1, {0, 0, 0, 0, 0, 1, 6}},
		{.9, {0, 0, 0, 1, 1, 4, 11}},
		{3.5, {0, 0, 2, 3, 5, 8, 20}},
		{20, {0, 10, 17, 20, 23, 31, 52}},
		{199.5, {121, 167, 190, 199, 209, 233, 290}},
		{200, {121, 168, 190, 200, 209, 234, 291}},
		{5000, {4582, 4836, 4952, 5000, 5048, 5165, 5431}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		for (size_t k = 0; k < 7; k++)
			assert_int_equal(draw_poisson(at[k], known[i].mean), known[i].k[k]);
	assert_int_equal(draw_poisson(1e-9, 1e6), 994008);
	assert_int_equal(draw_poisson(.5, 1e6), 1000000);
	assert_int_equal(draw_poisson(.99, 1e6), 1002327);
	assert_int_equal(draw_poisson(.999, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uniforms_are_splitmix64),
		cmocka_unit_test(purposes_keep_their_numbers),
		cmocka_unit_test(neighbours_are_strangers),
		cmocka_unit_test(normal_has_the_known_quantiles),
		cmocka_unit_test(times_have_the_known_quantiles),
		cmocka_unit_test(poisson_has_the_known_quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
