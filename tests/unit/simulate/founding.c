/* The founding reform as a scenario. */
#include "tests/unit/simulate/founding.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/draw.h"

enum { ITEMS = 977, DEPARTMENTS = 31, WINDOWS_BEFORE = 37, GENERAL = 6, ISSUING = 2, SPECIAL = 3 };

static void make_hours(struct scenario *s)
{
	static const double weights[] = {1.5, 1.6, .9, 0, .8, 1.1, .8, .3};

	for (int32_t hour = 9; hour < 17; hour++)
		if (hour != 12)
			s->spans[s->span_count++] =
				(struct scenario_span){hour * 60, (hour + 1) * 60,
						       weights[hour - 9]};
}

static void make_items(struct scenario *s, bool after)
{
	double shares = 0, mean = 0;

	for (uint32_t r = 0; r < ITEMS; r++) {
		struct scenario_item *item = &s->items[r];

		snprintf(item->id, sizeof(item->id), "item-%03u", r);
		snprintf(item->zh, sizeof(item->zh), "事项%03u", r);
		snprintf(item->en, sizeof(item->en), "Item %03u", r);
		item->department = r % DEPARTMENTS;
		item->share = 1 / (r + 1.);
		item->factor = exp(.4 * draw_normal(((389 * r + 194) % ITEMS + .5) / ITEMS));
		item->online = r % 22 != 21 && r != ITEMS - 1;
		if (after && r % 28 == 27)
			snprintf(item->skill, sizeof(item->skill), "special");
		shares += item->share;
		mean += item->share * item->factor;
	}
	for (uint32_t r = 0; r < ITEMS; r++) {
		s->items[r].share /= shares;
		s->items[r].factor *= shares / mean;
	}
}

static struct scenario_queue *add_queue(struct scenario *s, const char *id, const char *prefix,
					enum queue_kind kind)
{
	struct scenario_queue *queue = &s->queues[s->queue_count++];

	snprintf(queue->def.queue, sizeof(queue->def.queue), "%s", id);
	snprintf(queue->def.zh, sizeof(queue->def.zh), "队列 %s", id);
	snprintf(queue->def.en, sizeof(queue->def.en), "Queue %s", id);
	snprintf(queue->def.prefix, sizeof(queue->def.prefix), "%s", prefix);
	queue->def.first = 1;
	queue->def.last = 999;
	queue->def.work = true;
	queue->def.kind = kind;
	return queue;
}

static void add_window(struct scenario *s, const char *queue, const char *skills, uint32_t row)
{
	struct scenario_window *window = &s->windows[s->window_count++];

	snprintf(window->queues, sizeof(window->queues), "%s", queue);
	snprintf(window->skills, sizeof(window->skills), "%s", skills);
	window->row = row;
}

/* One window a department; six more, each where the load of a window is highest. */
static void make_before(struct scenario *s)
{
	double load[DEPARTMENTS] = {0};
	uint32_t windows[DEPARTMENTS];

	for (uint32_t r = 0; r < ITEMS; r++)
		load[r % DEPARTMENTS] += s->items[r].share * s->items[r].factor;
	for (uint32_t d = 0; d < DEPARTMENTS; d++)
		windows[d] = 1;
	for (uint32_t more = DEPARTMENTS; more < WINDOWS_BEFORE; more++) {
		uint32_t best = 0;

		for (uint32_t d = 1; d < DEPARTMENTS; d++)
			if (load[d] / windows[d] > load[best] / windows[best])
				best = d;
		windows[best]++;
	}
	for (uint32_t d = 0; d < DEPARTMENTS; d++) {
		const char prefix[] = {(char)('A' + d / 26), (char)('A' + d % 26), '\0'};
		struct scenario_queue *queue;
		char id[CORE_ID_SIZE];

		snprintf(id, sizeof(id), "dept-%02u", d + 1);
		queue = add_queue(s, id, prefix, QUEUE_INTAKE);
		queue->departments[queue->department_count++] = d;
		for (uint32_t k = 0; k < windows[d]; k++)
			add_window(s, id, "", d);
	}
}

static void make_after(struct scenario *s)
{
	add_queue(s, "general", "A", QUEUE_INTAKE);
	add_queue(s, "issue", "B", QUEUE_ISSUE);
	for (uint32_t k = 0; k < GENERAL; k++)
		add_window(s, "general", k < SPECIAL ? "special" : "", k < SPECIAL ? 0 : 1);
	for (uint32_t k = 0; k < ISSUING; k++)
		add_window(s, "issue", "", 2);
}

void founding_make(struct scenario *ret_scenario, bool after)
{
	struct scenario *s = ret_scenario;

	*s = (struct scenario){
		.id = "founding",
		.zh = "一窗受理",
		.en = "One window",
		.zone = "Asia/Shanghai",
		.target_ms = 900000,
		.cases_a_day = 200,
		.day_cv = .15,
		.uptake = after ? .505 : 0,
		.service = {after ? 11 : 22, after ? .6 : .9},
		.rework_chance = after ? .08 : .3,
		.pick_up_chance = .6,
		.pick_up = {4, .5},
		.policy = after ? SCENARIO_POOLED : SCENARIO_DEPARTMENTAL,
		.rules = {.overtakes = -1},
		.department_count = DEPARTMENTS,
		.item_count = ITEMS,
	};
	s->departments = calloc(DEPARTMENTS, sizeof(*s->departments));
	s->items = calloc(ITEMS, sizeof(*s->items));
	s->queues = calloc(DEPARTMENTS, sizeof(*s->queues));
	s->windows = calloc(WINDOWS_BEFORE, sizeof(*s->windows));
	assert(s->departments && s->items && s->queues && s->windows);
	for (uint32_t d = 0; d < DEPARTMENTS; d++)
		snprintf(s->departments[d].name, CORE_NAME_SIZE, "部门 Department %02u", d + 1);
	make_hours(s);
	make_items(s, after);
	if (after)
		make_after(s);
	else
		make_before(s);
}
