/* Keyed random numbers and the inverses that turn them into variates. Held by outside values
 * (tests/unit/simulate/test_draw.c). */
#include "src/simulate/draw.h"

#include <math.h>

#include "src/core/random.h"

static uint64_t output_of(uint64_t seed, uint64_t index)
{
	return random_splitmix64_mix(seed + (index + 1) * RANDOM_SPLITMIX64_STEP);
}

double draw_uniform(const struct draw_key *key, uint32_t leg, enum draw_purpose purpose)
{
	uint64_t of_case = output_of(key->seed, (uint64_t)key->day << 32 | key->number);
	uint64_t bits = output_of(of_case, (uint64_t)leg << 8 | purpose);

	return ((double)(bits >> 12) + .5) * 0x1p-52;
}

/* The polynomial of eight coefficients, the constant one first. */
static double polynomial(const double coefficients[8], double x)
{
	double y = coefficients[7];

	for (int i = 6; i >= 0; i--)
		y = y * x + coefficients[i];
	return y;
}

/* PPND16 of AS 241: numerators and denominators about the median, in the tails, and far out. */
static const double middle_over[] = {
	3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
	1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
	3.3430575583588128105e+4, 2.5090809287301226727e+3,
};
static const double middle_under[] = {
	1.0,
	4.2313330701600911252e+1,
	6.8718700749205790830e+2,
	5.3941960214247511077e+3,
	2.1213794301586595867e+4,
	3.9307895800092710610e+4,
	2.8729085735721942674e+4,
	5.2264952788528545610e+3,
};
static const double tail_over[] = {
	1.42343711074968357734e0,  4.63033784615654529590e0,  5.76949722146069140550e0,
	3.64784832476320460504e0,  1.27045825245236838258e0,  2.41780725177450611770e-1,
	2.27238449892691845833e-2, 7.74545014278341407640e-4,
};
static const double tail_under[] = {
	1.0,
	2.05319162663775882187e0,
	1.67638483018380384940e0,
	6.89767334985100004550e-1,
	1.48103976427480074590e-1,
	1.51986665636164571966e-2,
	5.47593808499534494600e-4,
	1.05075007164441684324e-9,
};
static const double far_over[] = {
	6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
	2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
	2.71155556874348757815e-5, 2.01033439929228813265e-7,
};
static const double far_under[] = {
	1.0,
	5.99832206555887937690e-1,
	1.36929880922735805310e-1,
	1.48753612908506148525e-2,
	7.86869131145613259100e-4,
	1.84631831751005468180e-5,
	1.42151175831644588870e-7,
	2.04426310338993978564e-15,
};

double draw_normal(double u)
{
	double q = u - .5, r, x;

	if (fabs(q) <= .425) {
		r = .180625 - q * q;
		return q * polynomial(middle_over, r) / polynomial(middle_under, r);
	}
	r = sqrt(-log(q < 0 ? u : 1 - u));
	if (r <= 5)
		x = polynomial(tail_over, r - 1.6) / polynomial(tail_under, r - 1.6);
	else
		x = polynomial(far_over, r - 5) / polynomial(far_under, r - 5);
	return q < 0 ? -x : x;
}

/* With E = exp(shift + sigma^2 / 2) = 1 and Var / E^2 = exp(sigma^2) - 1 = cv^2. */
struct draw_spread draw_spread_of(double cv)
{
	double variance = log1p(cv * cv);

	return (struct draw_spread){.sigma = sqrt(variance), .shift = -variance / 2};
}

double draw_spread(double u, const struct draw_spread *spread)
{
	return spread->sigma > 0 ? exp(spread->shift + spread->sigma * draw_normal(u)) : 1;
}

double draw_lognormal(double u, double mean, double cv)
{
	struct draw_spread spread = draw_spread_of(cv);

	return mean * draw_spread(u, &spread);
}

double draw_exponential(double u, double mean)
{
	double rest = 1 - u;

	/* Of what draw_uniform() gives, 1 - u is exact, and log() costs half of log1p(). */
	return -mean * (1 - rest == u ? log(rest) : log1p(-u));
}

/* Weights relative to the mode's, which is 1: no factorial, no power, and nothing overflows. What
 * is left out of both tails is less than 1e-18 of it. */
uint32_t draw_poisson(double u, double mean)
{
	const double least = 1e-18;
	uint32_t mode = (uint32_t)mean, low = mode, high = mode, k;
	double weight = 1, low_weight, sum = 1, wanted, reached;

	for (; low > 0 && weight > least; low--) {
		weight *= low / mean;
		sum += weight;
	}
	low_weight = weight;
	weight = 1;
	while (weight > least) {
		weight *= mean / ++high;
		sum += weight;
	}
	wanted = u * sum;
	reached = weight = low_weight;
	for (k = low; reached < wanted && k < high; reached += weight)
		weight *= mean / ++k;
	return k;
}
