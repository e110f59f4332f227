/* Days made by hand. */
#include "tests/unit/simulate/hand_day.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct hand_day *hand_day_create(void)
{
	struct hand_day *day = calloc(1, sizeof(*day));

	assert_non_null(day);
	day->layout.item_queue = day->item_queue;
	day->layout.item_pick_up_queue = day->item_pick_up_queue;
	day->layout.item_skill = day->item_skill;
	day->layout.item_count = day->layout.queue_count = HAND_ITEMS;
	for (uint16_t i = 0; i < HAND_ITEMS; i++) {
		day->item_queue[i] = i;
		day->item_skill[i] = LAYOUT_NONE;
	}
	assert_int_equal(engine_create(&day->engine), 0);
	assert_int_equal(line_plain_create(&day->line), 0);
	return day;
}

void hand_day_destroy(struct hand_day *day)
{
	line_plain_destroy(day->line);
	engine_destroy(day->engine);
	free(day);
}

struct layout_window *hand_day_window(struct hand_day *day, const char *queues)
{
	struct layout_window *window = &day->layout.windows[day->layout.window_count++];

	for (const char *at = queues; *at; at += strcspn(at, ","), at += *at == ',')
		window->queues[window->queue_count++] = (uint16_t)strtoul(at, NULL, 10);
	return window;
}

struct visit *hand_day_visit(struct hand_day *day, int64_t arrival_ms, uint32_t item,
			     int64_t service_ms)
{
	struct visit *visit = &day->visits[day->count];

	assert_in_range(day->count, 0, HAND_VISITS - 1);
	*visit = (struct visit){.arrival_ms = arrival_ms,
				.service_ms = service_ms,
				.patience_ms = -1,
				.number = (uint32_t)day->count++,
				.item = item};
	return visit;
}

static void remember(void *user, const struct visit *visit, const struct outcome *outcome)
{
	struct hand_day *day = user;
	size_t index = (size_t)(visit - day->visits);

	assert_in_range(index, 0, day->count - 1);
	day->outcomes[index] = *outcome;
	day->told[index]++;
	day->order[day->told_count++] = index;
}

void hand_day_run(struct hand_day *day)
{
	day->told_count = 0;
	memset(day->told, 0, sizeof(day->told));
	assert_int_equal(engine_day(day->engine, &day->layout, day->visits, day->count,
				    &line_plain_ops, day->line, remember, day),
			 0);
	for (size_t i = 0; i < day->count; i++)
		assert_int_equal(day->told[i], 1);
}

void hand_day_expect(const struct hand_day *day, size_t visit, int64_t called_ms, int window,
		     int64_t left_ms)
{
	const struct outcome *seen = &day->outcomes[visit];

	if (seen->called_ms != called_ms || (window >= 0 && seen->window != (uint32_t)window) ||
	    seen->left_ms != left_ms)
		fail_msg("visit %zu: called at %lld at %u, left at %lld", visit,
			 (long long)seen->called_ms, seen->window, (long long)seen->left_ms);
}
