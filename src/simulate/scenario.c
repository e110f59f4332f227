/* What every scenario needs, however it was made: copies, and the end of it. */
#include "src/simulate/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void scenario_finish(struct scenario *scenario)
{
	free(scenario->departments);
	free(scenario->items);
	free(scenario->queues);
	free(scenario->windows);
	*scenario = (struct scenario){0};
}

/* A table of count records; NULL for none. false: no memory. */
static bool copy_table(void **ret_copy, const void *table, size_t count, size_t size)
{
	void *copy;

	if (count == 0) {
		*ret_copy = NULL;
		return true;
	}
	copy = malloc(count * size);
	if (copy)
		memcpy(copy, table, count * size);
	*ret_copy = copy;
	return copy != NULL;
}

int scenario_copy(struct scenario *ret_copy, const struct scenario *scenario)
{
	struct scenario copy = *scenario;
	void *departments = NULL, *items = NULL, *queues = NULL, *windows = NULL;

	if (!copy_table(&departments, scenario->departments, scenario->department_count,
			sizeof(*scenario->departments)) ||
	    !copy_table(&items, scenario->items, scenario->item_count, sizeof(*scenario->items)) ||
	    !copy_table(&queues, scenario->queues, scenario->queue_count,
			sizeof(*scenario->queues)) ||
	    !copy_table(&windows, scenario->windows, scenario->window_count,
			sizeof(*scenario->windows))) {
		free(departments);
		free(items);
		free(queues);
		free(windows);
		return -ENOMEM;
	}
	copy.departments = departments;
	copy.items = items;
	copy.queues = queues;
	copy.windows = windows;
	*ret_copy = copy;
	return 0;
}

double scenario_open_min(const struct scenario *scenario)
{
	double minutes = 0;

	for (uint32_t i = 0; i < scenario->span_count; i++)
		minutes += scenario->spans[i].to_min - scenario->spans[i].from_min;
	return minutes;
}

int64_t scenario_closes_ms(const struct scenario *scenario)
{
	return scenario->span_count
		       ? scenario->spans[scenario->span_count - 1].to_min * INT64_C(60000)
		       : 0;
}
