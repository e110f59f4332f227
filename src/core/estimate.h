/* The expected wait of a ticket at its issue (docs/rules.md, Expected wait). Inside src/core. */
#pragma once

#include "src/core/state.h"

/* Of the newcomer the queue, class, item, arrival, boot and slot are looked at. The same hall,
 * moment, newcomer and seed: the same answer. */
struct expectation estimate_wait(const struct hall *hall, const struct ticket *newcomer,
				 const struct stamp *now, uint64_t seed);
