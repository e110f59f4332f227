/* Erlang B, C and A against values from outside: a table computed elsewhere with 60-digit decimals,
 * and erlang_vectors.csv, sums of the definitions in decimals (make_erlang.py). Arguments: that
 * file. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/measure/erlang.h"

enum { FIGURES = 5, MIN_ROWS = 200, LINE = 512 };

/* What is promised is 1e-9. */
#define TIGHT 2e-12

static const char *vectors;
static double worst;

static int compute(char model, const struct erlang_system *system, struct erlang_figures *ret)
{
	switch (model) {
	case 'b': return erlang_b(system, ret);
	case 'c': return erlang_c(system, ret);
	default: return erlang_a(system, ret);
	}
}

/* "1.5e-700" and "1.6e-700" differ by a fifteenth, though no double holds either. */
static double difference(const char *wanted, const char *seen)
{
	char digits[2][LINE];
	double value[2];
	long exponent[2];
	const char *texts[2] = {wanted, seen};

	for (int i = 0; i < 2; i++) {
		char *e;

		snprintf(digits[i], LINE, "%s", texts[i]);
		e = strchr(digits[i], 'e');
		exponent[i] = e ? strtol(e + 1, NULL, 10) : 0;
		if (e)
			*e = '\0';
		value[i] = strtod(digits[i], NULL);
	}
	return fabs(value[1] / value[0] * pow(10, (double)(exponent[1] - exponent[0])) - 1);
}

static void check_figure(const char *line, const struct erlang_number *number, const char *wanted,
			 double tolerance)
{
	char seen[ERLANG_TEXT_SIZE];
	double apart;

	if (number->known != (wanted[0] != '\0'))
		fail_msg("%s: known %d, wanted \"%s\"", line, number->known, wanted);
	if (!number->known)
		return;
	erlang_text(number, seen);
	apart = difference(wanted, seen);
	if (!(apart <= tolerance))
		fail_msg("%s: wanted %s, seen %s: apart by %g", line, wanted, seen, apart);
	if (apart > worst)
		worst = apart;
	/* where a double holds it, it is the double, too */
	if (erlang_double(number) >= 1e-300)
		assert_true(erlang_double(number) == strtod(seen, NULL));
}

static void check(char model, const struct erlang_system *system, const char *const *wanted,
		  const char *line, double tolerance)
{
	struct erlang_figures f;
	int r = compute(model, system, &f);
	const struct erlang_number *const numbers[FIGURES] = {
		&f.blocking, &f.p_wait, &f.mean_wait_min, &f.p_wait_le_15min, &f.p_abandon};

	if (r)
		fail_msg("%s: %s", line, strerror(-r));
	for (int i = 0; i < FIGURES; i++)
		check_figure(line, numbers[i], wanted[i], tolerance);
}

static void sums_of_the_definitions(void **state)
{
	FILE *file = fopen(vectors, "r");
	char line[LINE], copy[LINE];
	int rows = 0, models[3] = {0};

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		const char *cells[5 + FIGURES];
		char *rest = copy;
		struct erlang_system system;

		line[strcspn(line, "\n")] = '\0';
		if (!strchr("abc", line[0]) || line[1] != ',')
			continue;
		strcpy(copy, line);
		for (int i = 0; i < 5 + FIGURES; i++)
			assert_non_null(cells[i] = strsep(&rest, ","));
		assert_null(rest);
		system = (struct erlang_system){
			.servers = strtol(cells[1], NULL, 10),
			.arrivals = strtod(cells[2], NULL),
			.service = strtod(cells[3], NULL),
			.patience = strtod(cells[4], NULL),
		};
		check(line[0], &system, cells + 5, line, system.servers > 1000 ? 1e-9 : TIGHT);
		rows++;
		models[line[0] - 'a']++;
	}
	fclose(file);
	printf("%d rows, apart by at most %g\n", rows, worst);
	assert_true(rows >= MIN_ROWS && models[0] && models[1] && models[2]);
}

/* Sixteen digits, from elsewhere; "" where the model has no such figure. Erlang C's blocking is
 * that of Erlang B, Erlang A's mean includes those who leave. */
static void values_from_elsewhere(void **state)
{
	static const struct {
		char model;
		struct erlang_system system;
		const char *wanted[FIGURES];
	} rows[] = {
		{'c',
		 {1, 3, 6, 0},
		 {"0.3333333333333333", "0.5000000000000000", "10.00000000000000",
		  "0.7638167236294926", ""}},
		{'c',
		 {2, 10, 6, 0},
		 {"0.3424657534246575", "0.7575757575757576", "22.72727272727273",
		  "0.5405070759752777", ""}},
		{'c',
		 {3, 12, 6, 0},
		 {"0.2105263157894737", "0.4444444444444444", "4.44444444444444",
		  "0.9008310399340312", ""}},
		{'c',
		 {6, 24, 6, 0},
		 {"0.1171624713958810", "0.2847608453837597", "1.42380422691880",
		  "0.9858225923223880", ""}},
		{'c',
		 {6, 30, 6, 0},
		 {"0.1918472588863650", "0.5875164504606129", "5.87516450460613",
		  "0.8689073603188864", ""}},
		{'c',
		 {8, 45, 6, 0},
		 {"0.2074553081004711", "0.8072525457392260", "16.14505091478452",
		  "0.6186808977777535", ""}},
		{'c',
		 {100, 95, 1, 0},
		 {"0.0488042061786778", "0.5064568539130206", "6.07748224695625",
		  "0.8548976819511991", ""}},
		{'a',
		 {1, 1, 1, 1},
		 {"", "0.6321205588285577", "22.07276647028654", "", "0.3678794411714423"}},
		{'a',
		 {6, 33, 6, 2},
		 {"", "0.5681355949630811", "2.64902137907556", "", "0.0883007126358520"}},
		{'a',
		 {6, 40, 6, 2},
		 {"", "0.7891836772400187", "4.92562642834957", "", "0.1641875476116524"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[LINE];

		snprintf(line, sizeof(line), "%c of %d servers, %g arrivals", rows[i].model,
			 (int)rows[i].system.servers, rows[i].system.arrivals);
		/* their last digit is rounded */
		check(rows[i].model, &rows[i].system, rows[i].wanted, line, 1.2e-14 * 100);
	}
}

/* Every corner of what is allowed gives figures, or says that it cannot. */
static void limits(void **state)
{
	static const double rates[] = {ERLANG_MIN_RATE, 1, ERLANG_MAX_RATE};
	struct erlang_system system;

	(void)state;
	for (int i = 0; i < 3 * 3 * 3 * 2; i++)
		for (const char *model = "bca"; *model; model++) {
			struct erlang_figures f = {0};
			int r;

			system = (struct erlang_system){i % 2 ? ERLANG_MAX_SERVERS : 1,
							rates[i / 2 % 3], rates[i / 6 % 3],
							rates[i / 18]};
			r = compute(*model, &system, &f);
			if (*model == 'b')
				assert_true(r == 0 && f.blocking.fraction > 0);
			else if (r == 0)
				assert_true(f.p_wait.fraction > 0 && f.mean_wait_min.fraction > 0 &&
					    erlang_double(&f.p_wait) <= 1);
			else
				assert_int_equal(r, *model == 'c' ? -EDOM : -ERANGE);
		}
}

/* Nothing that is a share is more than 1, wherever roundings go. */
static void shares(void **state)
{
	(void)state;
	for (int i = 1; i < 60 * 400; i++) {
		struct erlang_system system = {1 + i / 400, i % 400 * .37 + .1, 3.3, 2};
		struct erlang_figures f = {0};

		assert_int_equal(erlang_a(&system, &f), 0);
		assert_true(erlang_double(&f.p_wait) <= 1 && erlang_double(&f.p_abandon) <= 1);
		if (erlang_c(&system, &f) == 0)
			assert_true(erlang_double(&f.p_wait) <= 1 &&
				    erlang_double(&f.p_wait_le_15min) <= 1);
	}
}

static void refuses(void **state)
{
	static const struct erlang_system wrong[] = {
		{0, 1, 1, 1},	     {-1, 1, 1, 1},   {ERLANG_MAX_SERVERS + 1, 1, 1, 1},
		{1, 0, 1, 1},	     {1, 1, -1, 1},   {1, NAN, 1, 1},
		{1, 1, INFINITY, 1}, {1, 1e10, 1, 1}, {1, 1, 1e-10, 1},
	};
	struct erlang_system system = {1, 1, 1, 0};
	struct erlang_figures f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		for (const char *model = "bca"; *model; model++)
			assert_int_equal(compute(*model, &wrong[i], &f), -EINVAL);
	assert_int_equal(erlang_a(&system, &f), -EINVAL);
	assert_int_equal(erlang_c(&system, &f), -EDOM);
	system = (struct erlang_system){3, .3, .1, 0}; /* 3 * .1 is more than .3 as doubles are */
	assert_int_equal(erlang_c(&system, &f), -EDOM);
	system.arrivals = .2999999;
	assert_int_equal(erlang_c(&system, &f), 0);
	system = (struct erlang_system){10, 1e6, 1, 1e-6};
	assert_int_equal(erlang_a(&system, &f), -ERANGE);
}

static void decimals(void **state)
{
	static const struct {
		struct erlang_number number;
		const char *text;
	} rows[] = {
		{{true, 0, 0}, "0"},
		{{true, .5, 1}, "1"},
		{{true, .8, -3}, "0.1"},
		{{true, 2.0 / 3, -1}, "0.3333333333333333"},
		{{true, .5, -1021}, "2.2250738585072014e-308"},
		{{true, .5, -1022}, "1.11253692925360e-308"},
		{{true, .5, -2999}, "8.12854862555774e-904"},
		{{true, .5, 3001}, "1.23023192216112e+903"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[ERLANG_TEXT_SIZE];

		erlang_text(&rows[i].number, text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_of_the_definitions),
		cmocka_unit_test(values_from_elsewhere),
		cmocka_unit_test(limits),
		cmocka_unit_test(shares),
		cmocka_unit_test(refuses),
		cmocka_unit_test(decimals),
	};

	if (argc != 2)
		return 2;
	vectors = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
