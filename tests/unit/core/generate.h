/* Random commands for a hall: mostly ones that make sense in its state, some that do not. */
#pragma once

#include "src/core/hall.h"

struct generator {
	uint64_t state[4]; /* xoshiro256** */
	int64_t mono_ms, boots, date, tokens;
	int32_t step;
};

void generator_init(struct generator *generator, uint64_t seed);
void generate(struct generator *generator, const struct hall *hall, struct command *ret);
