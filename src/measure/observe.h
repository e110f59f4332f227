/* Groups that collect observations; inside src/measure. */
#pragma once

#include "src/measure/report.h"

struct samples {
	int64_t *values; /* ms */
	size_t count, capacity;
};

__attribute__((warn_unused_result)) int samples_add(struct samples *samples, int64_t value);
/* Nearest rank x(ceil(p n)) in whole seconds, p in percent; -1 if empty. Sorts. */
int64_t samples_quantile_s(struct samples *samples, int percent);
void samples_finish(struct samples *samples);

struct bucket {
	struct measure_group group;
	struct samples waits;
};

struct buckets {
	struct bucket *list;
	size_t count, capacity;
};

/* The bucket of (kind, key), made if there is none. NULL: out of memory. Pointers hold until the
 * next call. */
struct bucket *buckets_get(struct buckets *buckets, enum measure_kind kind, int64_t key);
void buckets_finish(struct buckets *buckets);
/* Quantiles of each, then sorted by kind and key. */
void buckets_close(struct buckets *buckets);

/* The figures that are plain counts. */
enum figure {
	FIGURE_ISSUED,
	FIGURE_LEG,
	FIGURE_SERVED,
	FIGURE_NO_SHOW,
	FIGURE_MOVED,
	FIGURE_EXCLUDED,
};

/* A reason that this software does not know counts as unstated. */
void order_count(struct measure_order *order, const struct event_ticket_called *called);

void figures_count(struct measure_figures *figures, enum figure figure);
