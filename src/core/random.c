/* xoshiro256** and SplitMix64. Written from the papers, held by the outputs of the authors'
 * programs (tests/unit/measure/test_chance.c). */
#include "src/core/random.h"

uint64_t random_splitmix64(uint64_t *state)
{
	return random_splitmix64_mix(*state += RANDOM_SPLITMIX64_STEP);
}

void random_begin(struct random *ret_random, uint64_t seed, unsigned stream)
{
	/* SplitMix64 counts by a constant: where it is after 4 n outputs needs no walk */
	uint64_t state = seed + 4 * (uint64_t)stream * RANDOM_SPLITMIX64_STEP;

	for (int i = 0; i < 4; i++)
		ret_random->state[i] = random_splitmix64(&state);
}

static uint64_t rotated(uint64_t x, int left)
{
	return x << left | x >> (64 - left);
}

uint64_t random_next(struct random *random)
{
	uint64_t *s = random->state, out = rotated(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotated(s[3], 45);
	return out;
}

uint32_t random_below(struct random *random, uint32_t bound)
{
	return (uint32_t)((random_next(random) >> 32) * bound >> 32);
}
