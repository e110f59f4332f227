#include "small_hall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *table(size_t count, size_t size)
{
	void *made = calloc(count, size);

	if (!made)
		abort();
	return made;
}

static void make_items(struct scenario *scenario)
{
	scenario->items = table(SMALL_ITEMS, sizeof(*scenario->items));
	scenario->item_count = SMALL_ITEMS;
	for (uint32_t i = 0; i < SMALL_ITEMS; i++) {
		struct scenario_item *item = &scenario->items[i];

		snprintf(item->id, sizeof(item->id), "item-%02u", i);
		snprintf(item->zh, sizeof(item->zh), "事项%u", i);
		snprintf(item->en, sizeof(item->en), "Item %u", i);
		item->department = i % SMALL_DEPARTMENTS;
		snprintf(item->queue, sizeof(item->queue), i % 2 ? "d-0" : "general");
		item->share = i == SMALL_ITEMS - 1 ? 0 : 1. / (i + 1);
		item->factor = .5 + i % 4 * .5;
		item->online = i % 3 == 0;
		if (i == 7)
			snprintf(item->skill, sizeof(item->skill), "notary");
	}
}

/* "general", "d-0" to "d-3" for the departments (the last two share one), "issue". */
static void make_queues(struct scenario *scenario)
{
	scenario->queues = table(SMALL_QUEUES, sizeof(*scenario->queues));
	scenario->queue_count = SMALL_QUEUES;
	for (uint32_t i = 0; i < SMALL_QUEUES; i++) {
		struct scenario_queue *queue = &scenario->queues[i];

		if (i == 0)
			snprintf(queue->def.queue, sizeof(queue->def.queue), "general");
		else if (i < 5)
			snprintf(queue->def.queue, sizeof(queue->def.queue), "d-%u", i - 1);
		else
			snprintf(queue->def.queue, sizeof(queue->def.queue), "issue");
		queue->def.prefix[0] = (char)('A' + i);
		queue->def.first = 1;
		queue->def.last = 9999;
		queue->def.work = true;
		queue->def.kind = i < 5 ? QUEUE_INTAKE : QUEUE_ISSUE;
		if (i > 0 && i < 5)
			queue->departments[queue->department_count++] = i - 1;
		if (i == 4)
			queue->departments[queue->department_count++] = 4;
	}
}

static void make_windows(struct scenario *scenario)
{
	static const char *const queues[SMALL_WINDOWS] = {
		"general,d-0", "general,d-0", "general", "d-1,general", "d-2", "d-3", "issue",
	};

	scenario->windows = table(SMALL_WINDOWS, sizeof(*scenario->windows));
	scenario->window_count = SMALL_WINDOWS;
	for (uint32_t i = 0; i < SMALL_WINDOWS; i++) {
		snprintf(scenario->windows[i].queues, sizeof(scenario->windows[i].queues), "%s",
			 queues[i]);
		scenario->windows[i].row = i;
	}
	snprintf(scenario->windows[1].skills, sizeof(scenario->windows[1].skills), "welsh,notary");
	snprintf(scenario->windows[4].skills, sizeof(scenario->windows[4].skills), "notary");
	scenario->windows[2].breaks[0] = (struct scenario_break){720, 780};
	scenario->windows[2].breaks[1] = (struct scenario_break){1020, 1440};
	scenario->windows[2].break_count = 2;
}

void small_hall(struct scenario *ret_scenario)
{
	*ret_scenario = (struct scenario){
		.id = "small",
		.zh = "小厅",
		.en = "Small hall",
		.zone = "Asia/Shanghai",
		.target_ms = 15 * 60000,
		.spans = {{540, 600, 1.5}, {600, 720, 1}, {720, 780, 0}, {780, 1020, .5}},
		.span_count = 4,
		.cases_a_day = 50,
		.day_cv = .2,
		.uptake = .4,
		.service = {12, .7},
		.rework_chance = .3,
		.pick_up_chance = .6,
		.pick_up = {4, .5},
		.walk_s = 20,
		.no_show_chance = .05,
		.no_show_s = 60,
		.patience_min = 40,
		.priority_chance = .1,
		.policy = SCENARIO_POOLED,
		.rules = {.overtakes = -1},
		.departments = table(SMALL_DEPARTMENTS, sizeof(*ret_scenario->departments)),
		.department_count = SMALL_DEPARTMENTS,
	};
	for (uint32_t i = 0; i < SMALL_DEPARTMENTS; i++)
		snprintf(ret_scenario->departments[i].name,
			 sizeof(ret_scenario->departments[i].name), "部门%u", i);
	make_items(ret_scenario);
	make_queues(ret_scenario);
	make_windows(ret_scenario);
}
