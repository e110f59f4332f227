/* Student's t. */
#pragma once

#include <stdint.h>

/* The t that a variable of `freedom` degrees stays under with probability p, 0 < p < 1: relative
 * error under 1e-10 from p = 1e-6 to 1 - 1e-6. NaN for p outside, and for no freedom. Time grows
 * with `freedom`. Source: the finite series of M. Abramowitz and I. Stegun, Handbook of
 * Mathematical Functions (1964), 26.7.3 and 26.7.4, inverted by bisection. */
double student_quantile(double p, uint32_t freedom);
