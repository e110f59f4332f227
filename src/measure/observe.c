/* Collecting observations and the quantiles of a group. */
#include "src/measure/observe.h"

#include <errno.h>
#include <stdlib.h>

int samples_add(struct samples *samples, int64_t value)
{
	if (samples->count == samples->capacity) {
		size_t capacity = samples->capacity ? samples->capacity * 2 : 64;
		int64_t *values = realloc(samples->values, capacity * sizeof(*values));

		if (!values)
			return -ENOMEM;
		samples->values = values;
		samples->capacity = capacity;
	}
	samples->values[samples->count++] = value;
	return 0;
}

static int compare_values(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t samples_quantile_s(struct samples *samples, int percent)
{
	size_t rank;

	if (!samples->count)
		return -1;
	qsort(samples->values, samples->count, sizeof(samples->values[0]), compare_values);
	rank = (samples->count * (size_t)percent + 99) / 100;
	return samples->values[rank ? rank - 1 : 0] / 1000;
}

void samples_finish(struct samples *samples)
{
	free(samples->values);
	*samples = (struct samples){0};
}

struct bucket *buckets_get(struct buckets *buckets, enum measure_kind kind, int64_t key)
{
	struct bucket *bucket;

	for (size_t i = buckets->count; i-- > 0;)
		if (buckets->list[i].group.kind == kind && buckets->list[i].group.key == key)
			return &buckets->list[i];
	if (buckets->count == buckets->capacity) {
		size_t capacity = buckets->capacity ? buckets->capacity * 2 : 64;
		struct bucket *list = realloc(buckets->list, capacity * sizeof(*list));

		if (!list)
			return NULL;
		buckets->list = list;
		buckets->capacity = capacity;
	}
	bucket = &buckets->list[buckets->count++];
	*bucket = (struct bucket){.group = {.kind = kind, .key = key}};
	return bucket;
}

static int compare_buckets(const void *a, const void *b)
{
	const struct measure_group *x = &((const struct bucket *)a)->group;
	const struct measure_group *y = &((const struct bucket *)b)->group;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

void buckets_close(struct buckets *buckets)
{
	for (size_t i = 0; i < buckets->count; i++) {
		struct bucket *bucket = &buckets->list[i];
		struct measure_figures *figures = &bucket->group.figures;

		figures->p50_s = samples_quantile_s(&bucket->waits, 50);
		figures->p90_s = samples_quantile_s(&bucket->waits, 90);
		figures->p95_s = samples_quantile_s(&bucket->waits, 95);
	}
	if (buckets->count)
		qsort(buckets->list, buckets->count, sizeof(buckets->list[0]), compare_buckets);
}

void buckets_finish(struct buckets *buckets)
{
	for (size_t i = 0; i < buckets->count; i++)
		samples_finish(&buckets->list[i].waits);
	free(buckets->list);
	*buckets = (struct buckets){0};
}

void figures_count(struct measure_figures *figures, enum figure figure)
{
	switch (figure) {
	case FIGURE_ISSUED: figures->issued++; break;
	case FIGURE_LEG: figures->legs++; break;
	case FIGURE_SERVED: figures->served++; break;
	case FIGURE_NO_SHOW: figures->no_show++; break;
	case FIGURE_MOVED: figures->moved++; break;
	case FIGURE_EXCLUDED: figures->excluded++; break;
	}
}

void order_count(struct measure_order *order, const struct event_ticket_called *called)
{
	bool known = called->reason >= 0 && called->reason < CALL_REASON_COUNT;

	order->reasons[known ? called->reason : CALL_UNSTATED]++;
	order->out_of_order += called->overtaken > 0;
	order->overtakings += called->overtaken;
	if (called->overtaken > order->most)
		order->most = called->overtaken;
}
