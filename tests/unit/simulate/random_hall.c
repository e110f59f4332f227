/* Random scenarios. */
#include "tests/unit/simulate/random_hall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/core/random.h"

enum { MAX = 12 };

static uint32_t below(uint64_t *state, uint32_t count)
{
	return (uint32_t)((random_splitmix64(state) >> 32) * count >> 32);
}

static bool one_in(uint64_t *state, uint32_t count)
{
	return below(state, count) == 0;
}

/* Some of count ids "prefix0" ..., each once, in any order, at least `least` of them. */
static void draw_list(uint64_t *state, const char *prefix, uint32_t count, uint32_t least,
		      uint32_t most, char *ret, size_t size)
{
	uint32_t wanted = least + below(state, most - least + 1), first = below(state, count);
	uint32_t down = below(state, 2);
	size_t len = 0;

	ret[0] = '\0';
	for (uint32_t i = 0; i < wanted && i < count; i++) {
		uint32_t id = (first + (down ? count - i : i)) % count;

		len += (size_t)snprintf(ret + len, size - len, "%s%s%u", i ? "," : "", prefix, id);
	}
}

static void draw_queues(struct scenario *s, uint64_t *state)
{
	static const enum queue_kind kinds[] = {QUEUE_INTAKE, QUEUE_INTAKE, QUEUE_ISSUE,
						QUEUE_GUIDE, QUEUE_TROUBLE};

	s->queue_count = 1 + below(state, 5);
	for (uint32_t i = 0; i < s->queue_count; i++) {
		struct scenario_queue *queue = &s->queues[i];
		struct event_queue_defined *def = &queue->def;

		snprintf(def->queue, sizeof(def->queue), "q%u", i);
		snprintf(def->prefix, sizeof(def->prefix), "%c", 'A' + (char)i);
		def->first = 1;
		def->last = 999;
		def->work = true;
		def->kind = i ? kinds[below(state, 5)] : QUEUE_INTAKE;
		for (uint32_t d = 0; d < s->department_count; d++)
			if (d % s->queue_count == i)
				queue->departments[queue->department_count++] = d;
	}
}

static void draw_items(struct scenario *s, uint64_t *state)
{
	s->item_count = 1 + below(state, MAX);
	for (uint32_t i = 0; i < s->item_count; i++) {
		struct scenario_item *item = &s->items[i];

		snprintf(item->id, sizeof(item->id), "item-%u", i);
		item->department = below(state, s->department_count);
		snprintf(item->queue, sizeof(item->queue), "q%u", below(state, s->queue_count));
		if (one_in(state, 3))
			snprintf(item->skill, sizeof(item->skill), "s%u", below(state, 3));
		item->share = 1 + below(state, 5);
		item->factor = .5 + below(state, 4) / 2.;
		item->online = below(state, 2);
	}
}

static void draw_breaks(struct scenario_window *window, uint64_t *state)
{
	int32_t min = 500;

	while (window->break_count < 4 && !one_in(state, 3)) {
		struct scenario_break *rest = &window->breaks[window->break_count++];

		rest->from_min = min + (int32_t)below(state, 60);
		rest->to_min = min = rest->from_min + 1 + (int32_t)below(state, 40);
		if (!one_in(state, 12))
			continue;
		rest->to_min = 1440;
		break;
	}
}

static void draw_windows(struct scenario *s, uint64_t *state)
{
	bool breaks = below(state, 2);

	s->window_count = 1 + below(state, MAX);
	for (uint32_t i = 0; i < s->window_count; i++) {
		struct scenario_window *window = &s->windows[i];

		draw_list(state, "q", s->queue_count, 1, 4, window->queues, sizeof(window->queues));
		draw_list(state, "s", 3, 0, 3, window->skills, sizeof(window->skills));
		window->row = i;
		if (breaks)
			draw_breaks(window, state);
	}
}

static void draw_citizens(struct scenario *s, uint64_t *state)
{
	s->cases_a_day = 2 + below(state, 90);
	s->day_cv = below(state, 2) * .3;
	s->uptake = below(state, 2) * .4;
	s->service = (struct scenario_time){1 + below(state, 20), below(state, 3) * .5};
	s->rework_chance = below(state, 3) * .2;
	s->pick_up_chance = below(state, 3) * .3;
	s->pick_up = (struct scenario_time){1 + below(state, 5), .5};
	s->walk_s = below(state, 3) * 10;
	s->no_show_chance = below(state, 2) * .2;
	s->no_show_s = below(state, 120);
	s->patience_min = below(state, 2) * (1 + below(state, 40));
	s->priority_chance = below(state, 2) * .3;
}

void random_hall_make(struct scenario *ret_scenario, uint64_t seed)
{
	struct scenario *s = ret_scenario;
	uint64_t state = seed;

	*s = (struct scenario){
		.id = "random",
		.zh = "随机",
		.en = "Random",
		.zone = "Asia/Shanghai",
		.target_ms = 900000,
		.spans = {{540, 600, 1}, {600, 720, 0}, {730, 800, 2}},
		.span_count = 3,
		.policy = (enum scenario_policy)(seed % SCENARIO_POLICY_COUNT),
		.rules = {.overtakes = -1, .recalls = (int64_t)below(&state, 3)},
		.department_count = 1 + below(&state, 4),
	};
	s->departments = calloc(MAX, sizeof(*s->departments));
	s->items = calloc(MAX, sizeof(*s->items));
	s->queues = calloc(MAX, sizeof(*s->queues));
	s->windows = calloc(MAX, sizeof(*s->windows));
	assert_true(s->departments && s->items && s->queues && s->windows);
	/* each department waits somewhere */
	draw_queues(s, &state);
	draw_items(s, &state);
	draw_windows(s, &state);
	draw_citizens(s, &state);
	for (uint32_t d = 0; d < s->department_count; d++)
		snprintf(s->departments[d].name, CORE_NAME_SIZE, "部门%u", d);
}

void random_hall_coarsen(struct visit_day *day, int64_t grain_ms)
{
	for (size_t i = 0; i < day->visit_count; i++) {
		struct visit *visit = &day->visits[i];

		visit->arrival_ms -= visit->arrival_ms % grain_ms;
		visit->service_ms -= visit->service_ms % grain_ms;
		if (visit->patience_ms >= 0)
			visit->patience_ms -= visit->patience_ms % grain_ms;
	}
	for (size_t i = 0; i < day->filing_count; i++)
		day->filings[i].filed_ms -= day->filings[i].filed_ms % grain_ms;
}
