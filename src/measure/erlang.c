/* Erlang B, C and A. No step subtracts two numbers of like size, so the relative error is that of
 * the operations counted: about two roundings a server. Numbers carry an exponent of their own and
 * neither overflow nor underflow. */
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/measure/erlang.h"

#define MINUTES	   60.0 /* an hour */
#define TARGET_H   0.25 /* 15 minutes */
#define MAX_STATES 2e7	/* of the queue of Erlang A: a fraction of a second */

/* ---- numbers with an exponent ---- */

static struct erlang_number scaled(double value, int64_t exponent)
{
	int more;
	double fraction = frexp(value, &more);

	return (struct erlang_number){true, fraction, fraction == 0 ? 0 : exponent + more};
}

static struct erlang_number times(struct erlang_number a, double factor)
{
	return scaled(a.fraction * factor, a.exponent);
}

static struct erlang_number over(struct erlang_number a, struct erlang_number b)
{
	return scaled(a.fraction / b.fraction, a.exponent - b.exponent);
}

static struct erlang_number plus(struct erlang_number a, struct erlang_number b)
{
	struct erlang_number greater = a, less = b;
	int64_t apart;

	if (a.fraction == 0 || (b.fraction != 0 && a.exponent < b.exponent)) {
		greater = b;
		less = a;
	}
	apart = less.exponent - greater.exponent;
	if (less.fraction == 0 || apart < -2 * DBL_MANT_DIG)
		return greater;
	return scaled(greater.fraction + ldexp(less.fraction, (int)apart), greater.exponent);
}

double erlang_double(const struct erlang_number *number)
{
	if (number->exponent < DBL_MIN_EXP - DBL_MANT_DIG)
		return 0;
	return number->exponent > DBL_MAX_EXP ? HUGE_VAL
					      : ldexp(number->fraction, (int)number->exponent);
}

/* Beyond what a double holds; the logarithm's integer part is the decimal exponent. */
static void far_text(const struct erlang_number *number, char ret[ERLANG_TEXT_SIZE])
{
	long double log = log10l((long double)number->fraction) +
			  (long double)number->exponent * log10l(2.0L);
	long double whole = floorl(log);
	double digits = (double)powl(10.0L, log - whole);

	/* 9.9999999999999999 is printed as 10.0 */
	if (digits >= 10 - 5e-15) {
		digits /= 10;
		whole += 1;
	}
	snprintf(ret, ERLANG_TEXT_SIZE, "%.14fe%+lld", digits, (long long)whole);
}

void erlang_text(const struct erlang_number *number, char ret[ERLANG_TEXT_SIZE])
{
	double value = erlang_double(number);

	/* a subnormal has fewer digits than the number itself */
	if (number->fraction != 0 && (fabs(value) < DBL_MIN || isinf(value))) {
		far_text(number, ret);
		return;
	}
	for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
		snprintf(ret, ERLANG_TEXT_SIZE, "%.*g", digits, value);
		if (strtod(ret, NULL) == value)
			break;
	}
}

/* ---- what is asked ---- */

static bool rate_fits(double rate)
{
	return rate >= ERLANG_MIN_RATE && rate <= ERLANG_MAX_RATE;
}

static bool system_fits(const struct erlang_system *system, bool patience)
{
	return system->servers >= 1 && system->servers <= ERLANG_MAX_SERVERS &&
	       rate_fits(system->arrivals) && rate_fits(system->service) &&
	       (!patience || rate_fits(system->patience));
}

/* 1/B(0) = 1, 1/B(k) = 1 + k/a * 1/B(k-1) with the offered load a: all terms are positive. */
static struct erlang_number inverse_blocking(const struct erlang_system *system, int64_t servers)
{
	const struct erlang_number one = scaled(1, 0);
	struct erlang_number inverse = one;

	for (int64_t k = 1; k <= servers; k++)
		inverse = plus(one, times(inverse, (double)k * system->service / system->arrivals));
	return inverse;
}

int erlang_b(const struct erlang_system *system, struct erlang_figures *ret_figures)
{
	if (!system_fits(system, false))
		return -EINVAL;
	*ret_figures = (struct erlang_figures){
		.blocking = over(scaled(1, 0), inverse_blocking(system, system->servers))};
	return 0;
}

int erlang_c(const struct erlang_system *system, struct erlang_figures *ret_figures)
{
	double most = (double)system->servers * system->service;
	/* exact where the product is not: what is left of the servers' time */
	double spare = fma((double)system->servers, system->service, -system->arrivals);
	struct erlang_number blocking, divisor, wait, none;
	double idle = spare / most, gone;

	if (!system_fits(system, false))
		return -EINVAL;
	/* 0.3 arrivals at 3 servers of 0.1 are a load of 1, whatever doubles make of it */
	if (!(idle > 2 * DBL_EPSILON))
		return -EDOM;
	blocking = over(scaled(1, 0), inverse_blocking(system, system->servers));
	/* C = B / (1 - rho (1 - B)) and 1 - C = (1 - rho) (1 - B) / (1 - rho (1 - B)), B < 1/2 */
	divisor = plus(scaled(idle, 0), times(blocking, system->arrivals / most));
	wait = over(blocking, divisor);
	none = over(scaled(idle * (1 - erlang_double(&blocking)), 0), divisor);
	/* P(W <= t) = 1 - C + C (1 - exp(-t (c mu - lambda))) */
	gone = -expm1(-spare * TARGET_H);
	*ret_figures = (struct erlang_figures){
		.blocking = blocking,
		.p_wait = wait,
		.mean_wait_min = times(wait, MINUTES / spare),
		.p_wait_le_15min = plus(none, times(wait, gone)),
	};
	/* by the last rounding it could be more */
	if (erlang_double(&ret_figures->p_wait_le_15min) > 1)
		ret_figures->p_wait_le_15min = scaled(1, 0);
	return 0;
}

/* Of the states with j in the queue, relative to the one with none: the sum of t(j) and that of
 * j t(j), where t(j) = lambda / (c mu + j theta) * t(j-1). */
static int sum_queue(const struct erlang_system *system, struct erlang_number *ret_states,
		     struct erlang_number *ret_people)
{
	const double most = (double)system->servers * system->service, shrink = 0x1p-600;
	double state = 1, states = 1, people = 0, ratio, rest;
	int64_t exponent = 0;
	double j = 0;

	do {
		if (++j > MAX_STATES)
			return -ERANGE;
		ratio = system->arrivals / fma(j, system->patience, most);
		state *= ratio;
		states += state;
		people += j * state;
		if (people > 1 / shrink) {
			state *= shrink;
			states *= shrink;
			people *= shrink;
			exponent += 600;
		}
		/* ratios fall: what is still to come is less than this geometric series of j t(j)
		 */
		rest = ratio < 1 ? state * ratio / (1 - ratio) * (j + 1 / (1 - ratio)) : HUGE_VAL;
	} while (rest > people * DBL_EPSILON / 16);
	*ret_states = scaled(states, exponent);
	*ret_people = scaled(people, exponent);
	return 0;
}

int erlang_a(const struct erlang_system *system, struct erlang_figures *ret_figures)
{
	struct erlang_number below, states, people, all, queue;
	int r;

	if (!system_fits(system, true))
		return -EINVAL;
	r = sum_queue(system, &states, &people);
	if (r < 0)
		return r;
	/* States with a server free, relative to the one with all busy and nobody waiting, are
	 * 1/B(c) - 1 = c/a * 1/B(c-1). */
	below = times(inverse_blocking(system, system->servers - 1),
		      (double)system->servers * system->service / system->arrivals);
	all = plus(below, states);
	queue = over(people, all); /* mean number waiting; Little's law makes it a mean wait */
	*ret_figures = (struct erlang_figures){
		.p_wait = over(states, all),
		.mean_wait_min = times(queue, MINUTES / system->arrivals),
		.p_abandon = times(queue, system->patience / system->arrivals),
	};
	return 0;
}
