/* Parts of the reform for its own files. */
#pragma once

#include "src/simulate/reform.h"

#define REFORM_BIT(lever) (UINT32_C(1) << (lever))

enum {
	REFORM_LAYOUT_LEVERS = 1 << REFORM_POOLING | 1 << REFORM_FEWER | 1 << REFORM_ISSUING,
	REFORM_MAX_LINES = CORE_MAX_QUEUES - 1, /* and one for pick-ups */
};

/* The window serves nothing but a queue of kind issue. */
bool reform_is_issuing(const struct scenario *scenario, const struct scenario_window *window);
uint32_t reform_issuing_count(const struct scenario *scenario);
