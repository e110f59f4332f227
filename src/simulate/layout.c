/* The windows of a scenario and who waits where, with ordinals for names. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/engine.h"
#include "src/simulate/scenario_private.h"

/* Skills that items need, in the order in which they first do. Others decide nothing. */
struct skills {
	char ids[LAYOUT_MAX_SKILLS][CORE_ID_SIZE];
	uint32_t count;
};

static int number_skill(struct skills *skills, const char *id, uint16_t *ret_number)
{
	uint32_t i = 0;

	while (i < skills->count && strcmp(skills->ids[i], id) != 0)
		i++;
	if (i == LAYOUT_MAX_SKILLS)
		return -E2BIG;
	if (i == skills->count)
		memcpy(skills->ids[skills->count++], id, CORE_ID_SIZE);
	*ret_number = (uint16_t)i;
	return 0;
}

static uint16_t ordinal_of(int queue)
{
	return queue < 0 ? LAYOUT_NONE : (uint16_t)queue;
}

static int place_items(struct layout *layout, struct skills *skills,
		       const struct scenario *scenario)
{
	for (uint32_t i = 0; i < scenario->item_count; i++) {
		const struct scenario_item *item = &scenario->items[i];
		int r;

		layout->item_queue[i] = ordinal_of(scenario_item_queue(scenario, item));
		layout->item_pick_up_queue[i] = ordinal_of(scenario_pick_up_queue(scenario, item));
		layout->item_skill[i] = LAYOUT_NONE;
		if (!item->skill[0])
			continue;
		r = number_skill(skills, item->skill, &layout->item_skill[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static uint16_t queue_ordinal(const struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++)
		if (!strcmp(scenario->queues[i].def.queue, id))
			return (uint16_t)i;
	return LAYOUT_NONE;
}

static void place_window(struct layout_window *window, const struct skills *skills,
			 const struct scenario *scenario, const struct scenario_window *from)
{
	const char *at = from->queues;
	char id[CORE_ID_SIZE];

	while (window->queue_count < CORE_MAX_WINDOW_QUEUES && scenario_next_id(&at, id))
		window->queues[window->queue_count++] = queue_ordinal(scenario, id);
	for (uint32_t i = 0; i < skills->count; i++)
		if (scenario_list_has(from->skills, skills->ids[i]))
			window->skills |= UINT32_C(1) << i;
	window->break_count = from->break_count;
	for (uint32_t i = 0; i < from->break_count; i++)
		window->breaks[i] = (struct layout_break){
			.from_ms = from->breaks[i].from_min * INT64_C(60000),
			/* who is served until midnight is not called then */
			.to_ms = from->breaks[i].to_min == 1440
					 ? INT64_MAX
					 : from->breaks[i].to_min * INT64_C(60000),
		};
}

int layout_create(struct layout **ret_layout, const struct scenario *scenario)
{
	struct layout *layout = calloc(1, sizeof(*layout));
	struct skills skills = {.count = 0};
	uint16_t *items = calloc(scenario->item_count, 3 * sizeof(*items));
	int r = -ENOMEM;

	if (!layout || !items)
		goto err_free;
	layout->item_count = scenario->item_count;
	layout->item_queue = items;
	layout->item_pick_up_queue = items + scenario->item_count;
	layout->item_skill = items + 2 * (size_t)scenario->item_count;
	r = place_items(layout, &skills, scenario);
	if (r < 0)
		goto err_free;
	assert(scenario->window_count <= CORE_MAX_WINDOWS);
	for (uint32_t i = 0; i < scenario->window_count; i++)
		place_window(&layout->windows[i], &skills, scenario, &scenario->windows[i]);
	layout->window_count = scenario->window_count;
	layout->queue_count = scenario->queue_count;
	layout->skill_count = skills.count;
	layout->walk_ms = llrint(scenario->walk_s * 1000);
	layout->no_show_ms = llrint(scenario->no_show_s * 1000);
	layout->classes =
		scenario->policy == SCENARIO_PRIORITY || scenario->policy == SCENARIO_HALL;
	*ret_layout = layout;
	return 0;

err_free:
	free(items);
	free(layout);
	return r;
}

void layout_destroy(struct layout *layout)
{
	if (!layout)
		return;
	free(layout->item_queue);
	free(layout);
}
