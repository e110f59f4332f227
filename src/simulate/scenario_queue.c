/* Where who waits, by the policy. */
#include <errno.h>
#include <string.h>

#include "src/simulate/scenario_private.h"

bool scenario_next_id(const char **at, char ret_id[CORE_ID_SIZE])
{
	size_t len = strcspn(*at, ",");

	if (len == 0 || len >= CORE_ID_SIZE)
		return false;
	memcpy(ret_id, *at, len);
	ret_id[len] = '\0';
	*at += len + ((*at)[len] == ',');
	return true;
}

bool scenario_list_has(const char *list, const char *id)
{
	char one[CORE_ID_SIZE];

	while (scenario_next_id(&list, one))
		if (!strcmp(one, id))
			return true;
	return false;
}

bool scenario_is_served(const struct scenario *scenario, const char *queue, const char *skill)
{
	for (uint32_t i = 0; i < scenario->window_count; i++)
		if (scenario_list_has(scenario->windows[i].queues, queue) &&
		    (!skill[0] || scenario_list_has(scenario->windows[i].skills, skill)))
			return true;
	return false;
}

static bool is_of_department(const struct scenario_queue *queue, uint32_t department)
{
	for (uint32_t i = 0; i < queue->department_count; i++)
		if (queue->departments[i] == department)
			return true;
	return false;
}

static bool takes_item(const struct scenario *scenario, const struct scenario_queue *queue,
		       const struct scenario_item *item)
{
	switch (scenario->policy) {
	case SCENARIO_DEPARTMENTAL: return is_of_department(queue, item->department);
	case SCENARIO_HALL: return !strcmp(queue->def.queue, item->queue);
	case SCENARIO_POOLED:
	case SCENARIO_PRIORITY:
	default: return queue->def.kind == QUEUE_INTAKE;
	}
}

int scenario_item_queue(const struct scenario *scenario, const struct scenario_item *item)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++)
		if (takes_item(scenario, &scenario->queues[i], item))
			return (int)i;
	return -ENOENT;
}

int scenario_pick_up_queue(const struct scenario *scenario, const struct scenario_item *item)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++) {
		if (scenario->queues[i].def.kind != QUEUE_ISSUE)
			continue;
		if (scenario_is_served(scenario, scenario->queues[i].def.queue, ""))
			return (int)i;
	}
	return scenario_item_queue(scenario, item);
}
