/* The random numbers of resamples: the same seed gives the same draws on every machine. Generators:
 * xoshiro256** 1.0 (D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators",
 * ACM TOMS 47(4), 2021); its state from SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014), as its authors advise. */
#pragma once

#include <stdint.h>

struct random {
	uint64_t state[4]; /* not all zero */
};

/* Between two outputs SplitMix64 counts on by this; an output is its count, mixed. */
#define RANDOM_SPLITMIX64_STEP UINT64_C(0x9e3779b97f4a7c15)
static inline uint64_t random_splitmix64_mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}
/* The next output of SplitMix64; the state is its own, any value. */
uint64_t random_splitmix64(uint64_t *state);
/* Stream n of a seed, 0 the first: outputs 4n to 4n + 3 of SplitMix64 are its state. */
void random_begin(struct random *ret_random, uint64_t seed, unsigned stream);
/* Any 64 bits. */
uint64_t random_next(struct random *random);
/* 0 to bound - 1: ((x >> 32) * bound) >> 32 of one output x. bound >= 1. No value is preferred by
 * more than bound / 2^32 of its share. */
uint32_t random_below(struct random *random, uint32_t bound);
