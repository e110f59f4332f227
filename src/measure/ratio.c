/* A ratio of sums, and its variance between days. */
#include "src/measure/ratio.h"

#include <math.h>

__extension__ typedef __int128 wide;

/* The sums of one stretch of days. */
static void stretch(const struct ratio_side *side, const struct interval_sample *sample, size_t i,
		    int64_t *ret_over, int64_t *ret_under)
{
	int64_t over = 0, under = 0;

	for (size_t j = 0; j < sample->span; j++) {
		size_t day = interval_day(sample->starts[i], j, side->days);

		over += side->over[day];
		under += side->under[day];
	}
	*ret_over = over;
	*ret_under = under;
}

/* As the compiler's own conversion, which is slow, rounds. */
static double to_double(wide value)
{
	return value == (int64_t)value ? (double)(int64_t)value : (double)value;
}

void ratio_estimate(void *side_data, const struct interval_sample *sample,
		    struct interval_estimate *ret_estimate)
{
	const struct ratio_side *side = side_data;
	int64_t total = 0, base = 0, over, under;
	double squares = 0, divisor;

	*ret_estimate = (struct interval_estimate){0};
	for (size_t i = 0; i < sample->count; i++) {
		stretch(side, sample, i, &over, &under);
		total += over;
		base += under;
	}
	if (!base)
		return;
	for (size_t i = 0; i < sample->count; i++) {
		double residual;

		stretch(side, sample, i, &over, &under);
		residual = to_double((wide)over * base - (wide)under * total) / (double)base;
		squares += residual * residual;
	}
	squares *= interval_factor(sample);
	divisor = (double)base;
	ret_estimate->known = true;
	ret_estimate->value = (double)total / divisor;
	ret_estimate->variance = squares / (divisor * divisor);
	if (!total)
		return;
	divisor = (double)total;
	ret_estimate->log_known = true;
	ret_estimate->log_value = log(ret_estimate->value);
	ret_estimate->log_variance = squares / (divisor * divisor);
}
