/* Planning the founding hall: how long 40 levels of 200 days take, and the planning curve beside
 * that of two independent programs. The scenario is assumed, no real hall. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/simulate/plan.h"
#include "tests/bench/figures.h"
#include "tests/unit/simulate/founding.h"

enum { LEVELS = 40, DAYS = 200, RUNS = 9, LEAST = 3, CURVE_LEVELS = 4, CURVE_SEEDS = 20 };

/* 20 seeds of 240 days, 2 issuing windows besides. */
static const struct {
	double mean, sd, share;
} reference[CURVE_LEVELS] = {
	{20.7, 1.1, 64.1}, {6.53, .49, 85.2}, {2.35, .24, 95.3}, {.93, .12, 98.8}};

static int time_levels(const struct scenario *scenario, unsigned threads)
{
	const struct plan_request request = {.target = {.measure = PLAN_P90, .bound = 15},
					     .seed = 1,
					     .seeds = 1,
					     .days = DAYS,
					     .confidence = .8,
					     .threads = threads};
	struct plan_level levels[LEVELS];
	struct samples samples = {0};

	for (int i = 0; i < RUNS; i++) {
		int64_t begin = figures_now_us();

		if (plan_curve(scenario, &request, LEAST, LEAST + LEVELS - 1, levels) < 0)
			return -1;
		samples_add(&samples, figures_now_us() - begin);
	}
	printf("%d levels x %d days, %u thread(s) of %ld processors: median %.3f s, least %.3f, "
	       "most %.3f (%d runs)\n",
	       LEVELS, DAYS, threads, sysconf(_SC_NPROCESSORS_ONLN),
	       (double)samples_quantile(&samples, .5) / 1e6,
	       (double)samples_quantile(&samples, .01) / 1e6,
	       (double)samples_quantile(&samples, 1) / 1e6, RUNS);
	samples_free(&samples);
	return 0;
}

static int print_curve(const struct scenario *scenario)
{
	const struct plan_request request = {.target = {.measure = PLAN_P90, .bound = 15},
					     .seed = 1,
					     .seeds = CURVE_SEEDS,
					     .days = 240,
					     .confidence = .8};
	struct plan_level levels[CURVE_LEVELS];

	if (plan_curve(scenario, &request, LEAST, LEAST + CURVE_LEVELS - 1, levels) < 0)
		return -1;
	printf("windows  mean +- sd, min   share within 15 min (least - most)   | reference\n");
	for (int i = 0; i < CURVE_LEVELS; i++)
		printf("%d + 2    %6.3f +- %.3f    %5.1f%% (%.1f - %.1f)                  "
		       "| %5.2f +- %.2f, %.1f%%\n",
		       LEAST + i, levels[i].mean.mean, levels[i].mean.sd,
		       100 * levels[i].share.mean, 100 * levels[i].share.min,
		       100 * levels[i].share.max, reference[i].mean, reference[i].sd,
		       reference[i].share);
	return 0;
}

int main(void)
{
	struct scenario scenario;
	int r;

	founding_make(&scenario, true);
	r = time_levels(&scenario, 1);
	if (r == 0)
		r = time_levels(&scenario, (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
	if (r == 0)
		r = print_curve(&scenario);
	scenario_finish(&scenario);
	return r < 0;
}
