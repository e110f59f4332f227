/* A layout for replays of logs that are written by hand. */
#include "tests/unit/simulate/hand_layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void hand_layout_add(struct scenario *layout, const char *queue, enum queue_kind kind)
{
	uint32_t count = layout->queue_count;
	struct event_queue_defined *def;

	layout->queues = realloc(layout->queues, (count + 1) * sizeof(*layout->queues));
	layout->windows = realloc(layout->windows, (count + 1) * sizeof(*layout->windows));
	assert_true(layout->queues && layout->windows);
	layout->queues[count] = (struct scenario_queue){.def.first = 1};
	layout->windows[count] = (struct scenario_window){.row = count};
	def = &layout->queues[count].def;
	strcpy(def->queue, queue);
	strcpy(def->zh, "队");
	strcpy(def->en, "Queue");
	def->prefix[0] = (char)('A' + count);
	def->last = 999;
	def->work = true;
	def->kind = kind;
	strcpy(layout->windows[count].queues, queue);
	layout->queue_count = layout->window_count = count + 1;
}

void hand_layout(struct scenario *ret_layout)
{
	*ret_layout = (struct scenario){.id = "one-window",
					.zh = "一",
					.en = "One",
					.zone = "Asia/Shanghai",
					.target_ms = INT64_C(900000),
					.spans = {{0, 1440, 1}},
					.span_count = 1,
					.cases_a_day = 1,
					.service = {1, 0},
					.pick_up = {1, 0},
					.policy = SCENARIO_POOLED,
					.department_count = 1,
					.item_count = 1};
	ret_layout->departments = calloc(1, sizeof(*ret_layout->departments));
	ret_layout->items = calloc(1, sizeof(*ret_layout->items));
	assert_true(ret_layout->departments && ret_layout->items);
	strcpy(ret_layout->departments[0].name, "a");
	ret_layout->items[0] = (struct scenario_item){
		.id = "tax", .zh = "税", .en = "Tax", .share = 1, .factor = 1};
	hand_layout_add(ret_layout, "general", QUEUE_INTAKE);
}
