/* Random commands for a hall: mostly ones that make sense in its state, some that do not. */
#pragma once

#include "src/core/hall.h"

struct generator {
	uint64_t state[4]; /* xoshiro256** */
	int64_t mono_ms, boots, date, tokens;
	int64_t base_ms; /* the right time, wall: base_ms + mono_ms */
	int64_t skew_ms; /* how wrong the wall clock is */
	int32_t offset_min, step;
	bool more;   /* of what came later: calls by number, help, ratings */
	bool cases;  /* of what came later still: online filings, baselines */
	bool steady; /* the caller has a wall clock of its own: no steps of it, no closing time */
};

void generator_init(struct generator *generator, uint64_t seed);
void generate(struct generator *generator, const struct hall *hall, struct command *ret);
