/* The founding example by its formulas, as docs/scenarios/founding-*.conf are to have it. */
#pragma once

#include "src/simulate/scenario.h"

enum { SET_A_ITEMS = 977, SET_A_DEPARTMENTS = 31 };

/* Exits where there is no memory. */
void set_a_before(struct scenario *ret_scenario);
void set_a_after(struct scenario *ret_scenario);
