/* Random numbers by key: what is drawn for a case does not depend on what was drawn for others, so
 * two worlds with one seed have the same citizens, and differ in nothing but what is compared
 * (common random numbers). A key is hashed by two rounds of SplitMix64 (G. L. Steele, D. Lea and
 * C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): the case's output of
 * the seed's stream is the seed of a stream of the case. Every variate is an inverse of one
 * uniform, so that a larger uniform is a longer service in each world.
 */
#pragma once

#include <stdint.h>

/* What a number is for. Their values are part of what a seed means: a new one goes to the end. */
enum draw_purpose {
	DRAW_DAY_FACTOR,
	DRAW_CASES,
	DRAW_ITEM,
	DRAW_ARRIVAL, /* hour and minute, one uniform */
	DRAW_ONLINE,
	DRAW_SERVICE,
	DRAW_REWORK,
	DRAW_PICK_UP,
	DRAW_PATIENCE,
	DRAW_NO_SHOW,
	DRAW_CLASS,
	DRAW_SPAN,   /* replay: where in the day a restored case arrives */
	DRAW_SOURCE, /* replay: whose value is taken */
	DRAW_PURPOSES
};

/* The case of a day; legs are the case's visits: 0 first, 1 rework, 2 pick-up. What belongs to the
 * day has case DRAW_OF_DAY. */
#define DRAW_OF_DAY UINT32_MAX
struct draw_key {
	uint64_t seed;
	uint32_t day, number; /* of the day, from 0; of the case */
};

/* Outputs of SplitMix64 counted from 0: number 2^32 day + number of the seed seeds a second one,
 * whose output number 256 leg + purpose is taken. In the open interval 0 to 1: (its upper 52 bits +
 * 1/2) / 2^52. leg < 2^24. */
double draw_uniform(const struct draw_key *key, uint32_t leg, enum draw_purpose purpose);

/* Quantile functions at 0 < u < 1. */
/* Of the standard normal distribution, relative error 1e-15 or so: M. J. Wichura, "Algorithm AS
 * 241", Applied Statistics 37 (1988). */
double draw_normal(double u);
/* mean > 0, cv >= 0: standard deviation / mean. */
double draw_lognormal(double u, double mean, double cv);
/* The same with mean 1, for many draws of one cv. */
struct draw_spread {
	double sigma, shift; /* of the logarithm: standard deviation and mean */
};
struct draw_spread draw_spread_of(double cv);
double draw_spread(double u, const struct draw_spread *spread);
double draw_exponential(double u, double mean);
/* 0 <= mean <= 1e6; takes some 20 sqrt(mean) steps. */
uint32_t draw_poisson(double u, double mean);
