/* A hall made by hand for tests: 40 items of five departments, three spans, everything that a case
 * can do. */
#pragma once

#include "src/simulate/scenario.h"

enum { SMALL_ITEMS = 40, SMALL_DEPARTMENTS = 5, SMALL_QUEUES = 6, SMALL_WINDOWS = 7 };
/* To be finished with scenario_finish(). Pooled; the queues of departments are there, too. */
void small_hall(struct scenario *ret_scenario);
