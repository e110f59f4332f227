/* Where an axis has its ticks: pure. */
#include <math.h>
#include <stdio.h>

#include "src/chart/axis.h"

/* Multiples are counted with a little room, so that 0.3 counts as three times 0.1. */
#define ROOM 1e-9

static int multiples(double from, double to, double step, double *ret_first)
{
	double first = ceil(from / step - ROOM), last = floor(to / step + ROOM);

	*ret_first = first * step;
	return last < first ? 0 : (int)(last - first) + 1;
}

void axis_round(double from, double to, int most, struct axis_ticks *ret_ticks)
{
	static const double steps[] = {1, 2, 5};
	int exponent = (int)floor(log10((to - from) / most)) - 1;

	for (int i = 0;; i++) {
		int power = exponent + i / 3;
		double step = steps[i % 3] * pow(10, power);
		int count;

		/* more than can be counted as an int are too many */
		if ((to - from) / step > most + 1)
			continue;
		count = multiples(from, to, step, &ret_ticks->first);
		if (count > most)
			continue;
		ret_ticks->step = step;
		ret_ticks->count = count;
		ret_ticks->decimals = power < 0 ? -power : 0;
		return;
	}
}

void axis_label(double value, int decimals, bool percent, char ret[CHART_LABEL_SIZE])
{
	/* no "-0" */
	if (fabs(value) < .5 * pow(10, -decimals))
		value = 0;
	if (percent)
		snprintf(ret, CHART_LABEL_SIZE, "%.*f%%", decimals > 2 ? decimals - 2 : 0,
			 value * 100);
	else
		snprintf(ret, CHART_LABEL_SIZE, "%.*f", decimals, value);
}
