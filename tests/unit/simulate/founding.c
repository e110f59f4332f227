/* The founding reform as a scenario, by its formulas; the normal quantile by bisection of erfc(),
 * so that nothing of src/simulate has a part in it. */
#include "tests/unit/simulate/founding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
	if (!memory) {
		fprintf(stderr, "out of memory\n");
		exit(2);
	}
	return memory;
}

static double normal_quantile(double p)
{
	double low = -9, high = 9;

	for (int i = 0; i < 200; i++) {
		double middle = (low + high) / 2;

		*(erfc(-middle / M_SQRT2) / 2 < p ? &low : &high) = middle;
	}
	return low;
}

static void make_items(struct scenario *s)
{
	double all = 0, mean = 0;

	s->item_count = FOUNDING_ITEMS;
	s->items = must(calloc(FOUNDING_ITEMS, sizeof(*s->items)));
	for (uint32_t r = 0; r < FOUNDING_ITEMS; r++) {
		struct scenario_item *item = &s->items[r];
		uint32_t place = (389 * r + 194) % FOUNDING_ITEMS;

		snprintf(item->id, sizeof(item->id), "item-%03u", r);
		snprintf(item->zh, sizeof(item->zh), "事项%03u", r);
		snprintf(item->en, sizeof(item->en), "Item %03u", r);
		item->department = r % FOUNDING_DEPARTMENTS;
		item->share = 1. / (r + 1);
		item->factor = exp(.4 * normal_quantile((place + .5) / FOUNDING_ITEMS));
		item->online = r % 22 != 21 && r != 976;
		if (r % 28 == 27)
			strcpy(item->skill, "special");
		all += item->share;
		mean += item->share * item->factor;
	}
	for (uint32_t r = 0; r < FOUNDING_ITEMS; r++)
		s->items[r].factor *= all / mean;
	s->department_count = FOUNDING_DEPARTMENTS;
	s->departments = must(calloc(FOUNDING_DEPARTMENTS, sizeof(*s->departments)));
	for (uint32_t d = 0; d < FOUNDING_DEPARTMENTS; d++)
		snprintf(s->departments[d].name, CORE_NAME_SIZE, "部门%02u", d + 1);
}

static void make_common(struct scenario *s)
{
	static const double weights[] = {1.5, 1.6, .9, 0, .8, 1.1, .8, .3};

	memset(s, 0, sizeof(*s));
	strcpy(s->zone, "Asia/Shanghai");
	s->rules.overtakes = -1;
	s->target_ms = 15 * 60000;
	for (int h = 0; h < 8; h++) {
		if (weights[h] == 0)
			continue;
		s->spans[s->span_count++] = (struct scenario_span){
			.from_min = 60 * (9 + h), .to_min = 60 * (10 + h), .weight = weights[h]};
	}
	s->cases_a_day = 200;
	s->day_cv = .15;
	s->pick_up_chance = .60;
	s->pick_up = (struct scenario_time){4, .5};
	make_items(s);
}

static struct scenario_queue *add_queue(struct scenario *s, const char *id, int64_t kind,
					const char *prefix)
{
	struct scenario_queue *queue = &s->queues[s->queue_count++];

	snprintf(queue->def.queue, sizeof(queue->def.queue), "%s", id);
	snprintf(queue->def.prefix, sizeof(queue->def.prefix), "%s", prefix);
	queue->def.kind = kind;
	queue->def.first = 1;
	queue->def.last = 999;
	queue->def.work = true;
	return queue;
}

static void add_windows(struct scenario *s, int count, const char *queue, const char *skills,
			uint32_t row)
{
	while (count--) {
		struct scenario_window *window = &s->windows[s->window_count++];

		window->row = row;
		snprintf(window->queues, sizeof(window->queues), "%s", queue);
		snprintf(window->skills, sizeof(window->skills), "%s", skills);
	}
}

static void make_departments(struct scenario *s)
{
	double load[FOUNDING_DEPARTMENTS] = {0};
	int windows[FOUNDING_DEPARTMENTS];

	for (uint32_t r = 0; r < s->item_count; r++)
		load[s->items[r].department] += s->items[r].share * s->items[r].factor;
	for (int d = 0; d < FOUNDING_DEPARTMENTS; d++)
		windows[d] = 1;
	for (int i = 0; i < 6; i++) {
		int most = 0;

		for (int d = 1; d < FOUNDING_DEPARTMENTS; d++)
			if (load[d] / windows[d] > load[most] / windows[most])
				most = d;
		windows[most]++;
	}
	for (uint32_t d = 0; d < FOUNDING_DEPARTMENTS; d++) {
		char id[CORE_ID_SIZE], prefix[CORE_PREFIX_SIZE] = {(char)('A' + d)};
		struct scenario_queue *queue;

		if (d >= 26)
			snprintf(prefix, sizeof(prefix), "Z%c", (char)('A' + d - 26));
		snprintf(id, sizeof(id), "dept-%02u", d + 1);
		queue = add_queue(s, id, QUEUE_INTAKE, prefix);
		snprintf(queue->def.zh, sizeof(queue->def.zh), "部门%02u", d + 1);
		snprintf(queue->def.en, sizeof(queue->def.en), "Department %02u", d + 1);
		queue->departments[0] = d;
		queue->department_count = 1;
		add_windows(s, windows[d], id, "special", d);
	}
}

static void make_before(struct scenario *s)
{
	strcpy(s->id, "founding-before");
	strcpy(s->zh, "创始案例：改革前");
	strcpy(s->en, "Founding example: before");
	s->service = (struct scenario_time){22, .9};
	s->rework_chance = .30;
	s->policy = SCENARIO_DEPARTMENTAL;
	s->queues = must(calloc(FOUNDING_DEPARTMENTS, sizeof(*s->queues)));
	s->windows = must(calloc(37, sizeof(*s->windows)));
	make_departments(s);
}

static void make_after(struct scenario *s)
{
	struct scenario_queue *queue;

	strcpy(s->id, "founding-after");
	strcpy(s->zh, "创始案例：改革后");
	strcpy(s->en, "Founding example: after");
	s->service = (struct scenario_time){11, .6};
	s->rework_chance = .08;
	s->uptake = .505;
	s->policy = SCENARIO_POOLED;
	s->queues = must(calloc(2, sizeof(*s->queues)));
	s->windows = must(calloc(8, sizeof(*s->windows)));
	queue = add_queue(s, "general", QUEUE_INTAKE, "A");
	strcpy(queue->def.zh, "综合受理");
	strcpy(queue->def.en, "General");
	queue = add_queue(s, "issue", QUEUE_ISSUE, "B");
	strcpy(queue->def.zh, "统一出证");
	strcpy(queue->def.en, "Issuing");
	add_windows(s, 3, "general", "special", 0);
	add_windows(s, 3, "general", "", 1);
	add_windows(s, 2, "issue", "", 2);
}

void founding_make(struct scenario *ret_scenario, bool after)
{
	make_common(ret_scenario);
	if (after)
		make_after(ret_scenario);
	else
		make_before(ret_scenario);
}
