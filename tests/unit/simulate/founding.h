/* The founding reform as a scenario (assumed, no real hall), made by a program: 37 windows of 31
 * departments before, six general and two issuing windows after. */
#pragma once

#include "src/simulate/scenario.h"

void founding_make(struct scenario *ret_scenario, bool after);
