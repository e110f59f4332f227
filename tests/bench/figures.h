/* Samples of one figure, and what a table shows of them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct samples {
	int64_t *us;
	size_t count, capacity;
};

int64_t figures_now_us(void); /* CLOCK_MONOTONIC */

/* Ends the program when memory is short. */
void samples_add(struct samples *samples, int64_t us);
/* All of one to the other. */
void samples_join(struct samples *to, const struct samples *from);
/* The nearest rank: x of rank ceil(p n), p in (0, 1]; 0 without samples. Sorts. */
int64_t samples_quantile(struct samples *samples, double p);
/* `"count":N,"p50":us,"p90":us,"p99":us,"max":us` on standard output. */
void samples_print(struct samples *samples);
void samples_free(struct samples *samples);
