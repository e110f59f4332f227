/* Kaplan-Meier against published figures: E. J. Freireich et al., Blood 21 (1963), remission of
 * leukaemia under 6-mercaptopurine and under a placebo, in weeks, as analysed in E. A. Gehan,
 * Biometrika 52 (1965), D. R. Cox, D. Oakes, Analysis of Survival Data (1984), and by survfit() of
 * R's package survival with conf.type = "log-log". */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "src/measure/survival.h"

static struct histogram events, censored;

static int setup(void **state)
{
	(void)state;
	events = censored = (struct histogram){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	histogram_finish(&events);
	histogram_finish(&censored);
	return 0;
}

static void add(struct histogram *histogram, const int *weeks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(histogram_add(histogram, weeks[i] * 1000 + (int)i % 999), 0);
}

static void six_mp(void)
{
	static const int relapses[] = {6, 6, 6, 7, 10, 13, 16, 22, 23};
	static const int left[] = {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35};

	add(&events, relapses, 9);
	add(&censored, left, 12);
}

static void freireich_6mp(void **state)
{
	static const struct {
		uint32_t week;
		uint64_t at_risk, events;
		double survival, error, low, high; /* error: of S, Greenwood */
	} published[] = {
		{6, 21, 3, .857, .0764, .620, .952},  {7, 17, 1, .807, .0869, .563, .923},
		{10, 15, 1, .753, .0963, .503, .889}, {13, 12, 1, .690, .1068, .432, .849},
		{16, 11, 1, .627, .1141, .368, .805}, {22, 7, 1, .538, .1282, .268, .747},
		{23, 6, 1, .448, .1346, .188, .680},
	};
	struct survival_point *points = NULL;
	size_t count = 0;

	(void)state;
	six_mp();
	assert_int_equal(survival_curve(&events, &censored, &points, &count), 0);
	assert_int_equal(count, 7);
	for (size_t i = 0; i < count; i++) {
		double low = 0, high = 0;

		assert_int_equal(points[i].second, published[i].week);
		assert_int_equal(points[i].at_risk, published[i].at_risk);
		assert_int_equal(points[i].events, published[i].events);
		assert_true(fabs(points[i].survival - published[i].survival) < .0006);
		assert_true(fabs(points[i].survival * sqrt(points[i].greenwood) -
				 published[i].error) < .0001);
		assert_true(survival_interval(&points[i], 1.959963984540054, &low, &high));
		assert_true(fabs(low - published[i].low) < .0006);
		assert_true(fabs(high - published[i].high) < .0006);
	}
	free(points);
	assert_int_equal(survival_quantile_s(&events, &censored, .5), 23); /* the median */
	assert_int_equal(survival_quantile_s(&events, &censored, .9), -1);
	assert_int_equal(survival_quantile_s(&events, &censored, 0), 6);
}

/* Nobody left: the curve is the share that waits on, the quantile the nearest rank. */
static void freireich_placebo(void **state)
{
	static const int relapses[] = {1, 1, 2,	 2,  3,	 4,  4,	 5,  5,	 8, 8,
				       8, 8, 11, 11, 12, 12, 15, 17, 22, 23};
	static const double published[] = {.9048, .8095, .7619, .6667, .5714, .3810,
					   .2857, .1905, .1429, .0952, .0476, 0};
	struct survival_point *points = NULL;
	double low = 0, high = 0;
	size_t count = 0;

	(void)state;
	add(&events, relapses, 21);
	assert_int_equal(survival_curve(&events, &censored, &points, &count), 0);
	assert_int_equal(count, 12);
	for (size_t i = 0; i < count; i++)
		assert_true(fabs(points[i].survival - published[i]) < .00006);
	assert_true(isinf(points[11].greenwood));
	assert_false(survival_interval(&points[11], 1.96, &low, &high));
	free(points);
	for (uint32_t p = 1; p < 100; p++)
		assert_int_equal(survival_quantile_s(&events, &censored, p / 100.0),
				 histogram_quantile_s(&events, p, 100));
}

/* Of two at one second the call comes first: then one of two was called, not one of one. */
static void calls_before_censorings(void **state)
{
	static const int five[] = {5}, six[] = {6};
	struct survival_point *points = NULL;
	size_t count = 0;

	(void)state;
	add(&events, five, 1);
	add(&censored, five, 1);
	assert_int_equal(survival_curve(&events, &censored, &points, &count), 0);
	assert_int_equal(count, 1);
	assert_true(fabs(points[0].survival - .5) < 1e-15);
	free(points);
	assert_int_equal(survival_quantile_s(&events, &censored, .5), 5);
	assert_int_equal(survival_quantile_s(&events, &censored, .51), -1);
	add(&events, six, 1); /* alone at risk: the curve falls to 0 */
	assert_int_equal(survival_quantile_s(&events, &censored, .9), 6);
}

/* 9 of 10 called at 1 s: S = .1 exactly but for rounding, and P90 is there. */
static void rounding_does_not_decide(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(histogram_add(&events, i < 9 ? 1000 * i : 60000), 0);
	assert_int_equal(survival_quantile_s(&events, &censored, .9), 8);
}

static void nobody(void **state)
{
	struct survival_point *points = NULL;
	size_t count = 7;

	(void)state;
	assert_int_equal(survival_quantile_s(&events, &censored, .5), -1);
	assert_int_equal(histogram_add(&censored, 1000), 0);
	assert_int_equal(survival_quantile_s(&events, &censored, .5), -1);
	assert_int_equal(survival_curve(&events, &censored, &points, &count), 0);
	assert_int_equal(count, 0);
	free(points);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(freireich_6mp),
		TEST(freireich_placebo),
		TEST(calls_before_censorings),
		TEST(rounding_does_not_decide),
		TEST(nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
