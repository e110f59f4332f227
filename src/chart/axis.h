/* Round numbers on an axis. */
#pragma once

#include "src/chart/chart.h"

struct axis_ticks {
	double first, step;
	int count;
	int decimals; /* that the labels need */
};

/* Multiples of 1, 2 or 5 times a power of ten within [from, to], from < to, at most `most` (>= 2)
 * of them. */
void axis_round(double from, double to, int most, struct axis_ticks *ret_ticks);
/* "0.5", "25%". */
void axis_label(double value, int decimals, bool percent, char ret[CHART_LABEL_SIZE]);
