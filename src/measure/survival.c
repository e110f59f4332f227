/* The product-limit estimate over two histograms, second by second. */
#include "src/measure/survival.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct walk {
	struct histogram_cursor events, censored;
	struct histogram_bin left; /* the next that leave; count 0: nobody */
	uint64_t at_risk;
	struct survival_point point;
};

static void next_left(struct walk *walk)
{
	if (!histogram_next(&walk->censored, &walk->left))
		walk->left.count = 0;
}

static struct walk begin(const struct histogram *events, const struct histogram *censored)
{
	struct walk walk = {.events = {.histogram = events},
			    .censored = {.histogram = censored},
			    .at_risk = events->total + censored->total,
			    .point.survival = 1.0};

	next_left(&walk);
	return walk;
}

/* To the next second with events; false: there is none. */
static bool advance(struct walk *walk)
{
	struct histogram_bin event;
	double events, at_risk;

	if (!histogram_next(&walk->events, &event))
		return false;
	/* whoever left before that second is not at risk in it */
	for (; walk->left.count && walk->left.second < event.second; next_left(walk))
		walk->at_risk -= walk->left.count;
	events = event.count;
	at_risk = (double)walk->at_risk;
	walk->point.second = event.second;
	walk->point.at_risk = walk->at_risk;
	walk->point.events = event.count;
	walk->point.survival *= 1.0 - events / at_risk;
	walk->point.greenwood +=
		event.count == walk->at_risk ? INFINITY : events / (at_risk * (at_risk - events));
	walk->at_risk -= event.count;
	return true;
}

int survival_curve(const struct histogram *events, const struct histogram *censored,
		   struct survival_point **ret_points, size_t *ret_count)
{
	struct walk walk = begin(events, censored);
	struct survival_point *points = NULL;
	size_t count = 0, capacity = 0;

	while (advance(&walk)) {
		if (count == capacity) {
			struct survival_point *more;

			capacity = capacity ? capacity * 2 : 64;
			more = realloc(points, capacity * sizeof(*points));
			if (!more) {
				free(points);
				return -ENOMEM;
			}
			points = more;
		}
		points[count++] = walk.point;
	}
	*ret_points = points;
	*ret_count = count;
	return 0;
}

int64_t survival_quantile_s(const struct histogram *events, const struct histogram *censored,
			    double p)
{
	struct walk walk = begin(events, censored);

	while (advance(&walk))
		if (walk.point.survival <= 1.0 - p + 1e-12)
			return walk.point.second;
	return -1;
}

bool survival_interval(const struct survival_point *point, double z, double *ret_low,
		       double *ret_high)
{
	double s = point->survival, spread;

	if (s <= 0.0 || s >= 1.0 || !isfinite(point->greenwood))
		return false;
	spread = exp(z * sqrt(point->greenwood) / fabs(log(s)));
	*ret_low = pow(s, spread);
	*ret_high = pow(s, 1.0 / spread);
	return true;
}
