/* Samples in one growing array, sorted when a quantile is asked for. */
#include "tests/bench/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t figures_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void samples_add(struct samples *samples, int64_t us)
{
	if (samples->count == samples->capacity) {
		samples->capacity = samples->capacity ? 2 * samples->capacity : 4096;
		samples->us = realloc(samples->us, samples->capacity * sizeof(*samples->us));
		if (!samples->us) {
			fprintf(stderr, "out of memory\n");
			exit(1);
		}
	}
	samples->us[samples->count++] = us;
}

void samples_join(struct samples *to, const struct samples *from)
{
	for (size_t i = 0; i < from->count; i++)
		samples_add(to, from->us[i]);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t samples_quantile(struct samples *samples, double p)
{
	size_t rank = (size_t)ceil(p * (double)samples->count);

	if (samples->count == 0)
		return 0;
	qsort(samples->us, samples->count, sizeof(*samples->us), by_size);
	return samples->us[rank > 0 ? rank - 1 : 0];
}

void samples_print(struct samples *samples)
{
	printf("\"count\":%zu,\"p50\":%" PRId64 ",\"p90\":%" PRId64 ",\"p99\":%" PRId64
	       ",\"max\":%" PRId64,
	       samples->count, samples_quantile(samples, .5), samples_quantile(samples, .9),
	       samples_quantile(samples, .99), samples_quantile(samples, 1));
}

void samples_free(struct samples *samples)
{
	free(samples->us);
	samples->us = NULL;
	samples->count = samples->capacity = 0;
}
