/* Student's t for whole degrees of freedom, where the distribution is a finite sum of positive
 * terms. */
#include "src/measure/student.h"

#include <math.h>

/* P(|t| < sqrt(freedom) tan(angle)). */
static double central(double angle, uint32_t freedom)
{
	double square = cos(angle) * cos(angle), odd = freedom % 2, sum = 0, term = 1;

	/* the series begins at cos for odd degrees, at 1 for even ones */
	if (odd > 0)
		term = cos(angle);
	for (uint32_t i = 1 + freedom % 2; i < freedom; i += 2) {
		sum += term;
		term *= square * i / (i + 1);
	}
	if (odd > 0)
		return M_2_PI * (angle + sin(angle) * sum);
	return sin(angle) * sum;
}

double student_quantile(double p, uint32_t freedom)
{
	double low = 0, high = M_PI_2, wanted = fabs(2 * p - 1), middle;

	if (!(p > 0 && p < 1) || !freedom)
		return NAN;
	for (middle = high / 2; low < middle && middle < high; middle = low + (high - low) / 2) {
		if (central(middle, freedom) < wanted)
			low = middle;
		else
			high = middle;
	}
	return copysign(sqrt(freedom) * tan(high), p - .5);
}
