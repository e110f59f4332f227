/* The founding reform as a scenario (assumed, no real hall), made by a program: 37 windows of 31
 * departments before, six general and two issuing windows after. As docs/scenarios/founding-*.conf
 * are to have it, item by item. */
#pragma once

#include "src/simulate/scenario.h"

enum { FOUNDING_ITEMS = 977, FOUNDING_DEPARTMENTS = 31 };

/* Exits where there is no memory. */
void founding_make(struct scenario *ret_scenario, bool after);
