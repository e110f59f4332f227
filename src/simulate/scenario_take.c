/* A hall's own layout in a scenario. Who comes, when and for how long is not in a hall's
 * configuration; who waits where and who serves whom is. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/scenario_private.h"

int scenario_department(struct scenario *scenario, const char *name)
{
	uint32_t i = 0;

	while (i < scenario->department_count && strcmp(scenario->departments[i].name, name) != 0)
		i++;
	if (i == SCENARIO_MAX_DEPARTMENTS)
		return -E2BIG;
	if (i == scenario->department_count)
		snprintf(scenario->departments[scenario->department_count++].name,
			 sizeof(scenario->departments[i].name), "%s", name);
	return (int)i;
}

/* What is beyond the last department that fits is told by the check, which counts them. */
static uint32_t department_of(struct scenario *scenario, const char *name)
{
	int index = scenario_department(scenario, name);

	return index < 0 ? SCENARIO_MAX_DEPARTMENTS : (uint32_t)index;
}

/* Paper numbers are for power cuts, of which a simulation has none. */
void scenario_set_queue(struct scenario_queue *queue, const struct event_queue_defined *def)
{
	queue->def = *def;
	queue->def.paper_first = queue->def.paper_last = 0;
}

static void take_items(struct scenario *scenario, const struct scenario_hall *hall)
{
	for (size_t i = 0; i < hall->item_count; i++) {
		const struct event_item_defined *from = &hall->items[i];
		struct scenario_item *item = &scenario->items[i];

		memcpy(item->id, from->item, sizeof(item->id));
		memcpy(item->zh, from->zh, sizeof(item->zh));
		memcpy(item->en, from->en, sizeof(item->en));
		memcpy(item->queue, from->queue, sizeof(item->queue));
		memcpy(item->skill, from->skill, sizeof(item->skill));
		item->department = department_of(scenario, from->department);
		item->share = item->factor = 1;
	}
	scenario->item_count = (uint32_t)hall->item_count;
}

static void take_windows(struct scenario *scenario, const struct scenario_hall *hall)
{
	for (size_t i = 0; i < hall->window_count; i++) {
		struct scenario_window *window = &scenario->windows[i];

		memcpy(window->queues, hall->windows[i].queues, sizeof(window->queues));
		if (i < hall->clerk_count)
			memcpy(window->skills, hall->clerks[i].skills, sizeof(window->skills));
		window->row = (uint32_t)i;
	}
	scenario->window_count = (uint32_t)hall->window_count;
}

int scenario_take_hall(struct scenario *scenario, const struct scenario_hall *hall)
{
	scenario->items = calloc(hall->item_count + 1, sizeof(*scenario->items));
	scenario->queues = calloc(hall->queue_count + 1, sizeof(*scenario->queues));
	scenario->windows = calloc(hall->window_count + 1, sizeof(*scenario->windows));
	if (!scenario->items || !scenario->queues || !scenario->windows)
		return -ENOMEM;
	memcpy(scenario->id, hall->hall.id, sizeof(scenario->id));
	memcpy(scenario->zh, hall->hall.zh, sizeof(scenario->zh));
	memcpy(scenario->en, hall->hall.en, sizeof(scenario->en));
	memcpy(scenario->zone, hall->hall.zone, sizeof(scenario->zone));
	scenario->target_ms = hall->hall.target_ms;
	for (size_t i = 0; i < hall->queue_count; i++)
		scenario_set_queue(&scenario->queues[i], &hall->queues[i]);
	scenario->queue_count = (uint32_t)hall->queue_count;
	take_items(scenario, hall);
	take_windows(scenario, hall);
	scenario->policy = SCENARIO_HALL;
	scenario->rules = hall->policy;
	scenario->rules.closes_min = 0;
	scenario->rules.service_ms = 0;
	return 0;
}
