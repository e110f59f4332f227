/* Definitions onto the state. */
#include <errno.h>
#include <string.h>

#include "src/core/apply.h"
#include "src/core/text.h"

/* Behind what was issued today under this prefix by whichever queue: a prefix may move from one
 * queue to another, a number is not issued twice. */
static uint32_t least_number(const struct hall *hall, const struct event_queue_defined *def,
			     const char *prefix)
{
	uint32_t least = (uint32_t)def->first;
#ifdef CORE_BREAK_NUMBERS /* a deliberately broken build: the tests must notice */
	(void)hall, (void)prefix;
#else
	uint32_t issued = state_highest_number(hall, prefix, false);

	if (least <= issued)
		least = issued + 1;
#endif
	return least < hall->floor ? hall->floor : least;
}

static int apply_queue(struct hall *hall, const struct event_queue_defined *def)
{
	struct queue_state *state = state_queue(hall, def->queue);
	uint32_t least;
	int r;

	if (!text_is_id(def->queue) || !text_is_prefix(def->prefix) || def->first < 1 ||
	    def->last < def->first || def->last > CORE_MAX_TICKET_NUMBER ||
	    (def->spare[0] && !text_is_prefix(def->spare)) || def->paper_first < 0 ||
	    def->paper_last > CORE_MAX_TICKET_NUMBER)
		return -EPROTO;
	if (!state) {
		r = state_reserve(hall, EVENT_QUEUE_DEFINED);
		if (r < 0)
			return apply_room(r);
		state = &hall->queues[hall->queue_count++];
		memset(state, 0, sizeof(*state));
		for (int class = 0; class < CLASS_COUNT; class ++)
			state->lines[class] = (struct waiting_line){NO_INDEX, NO_INDEX};
	}
	memcpy(&state->queue.def, def, sizeof(*def));
	/* A range that moved up takes effect at once; one that moved down with the next day. */
	least = least_number(hall, def, def->prefix);
	if (state->queue.next_number < least)
		state->queue.next_number = least;
	least = least_number(hall, def, def->spare);
	if (state->queue.next_spare < least)
		state->queue.next_spare = least;
	return 0;
}

static int apply_window(struct hall *hall, const struct event_window_defined *def)
{
	uint32_t indexes[CORE_MAX_WINDOW_QUEUES], count = 0;
	struct window *window = state_window(hall, def->window);
	char bad[CORE_ID_SIZE];
	int r;

	if (def->window < 1 || def->window > CORE_MAX_WINDOW_NUMBER ||
	    state_window_queues(hall, def->queues, indexes, &count, bad) < 0)
		return -EPROTO;
	if (!window) {
		r = state_reserve(hall, EVENT_WINDOW_DEFINED);
		if (r < 0)
			return apply_room(r);
		window = &hall->windows[hall->window_count++];
		memset(window, 0, sizeof(*window));
	}
	memcpy(&window->def, def, sizeof(*def));
	memcpy(window->queues, indexes, sizeof(indexes));
	window->queue_count = count;
	return 0;
}

static int apply_item(struct hall *hall, const struct event_item_defined *def)
{
	int32_t known = state_item_index(hall, def->item);
	size_t row = known >= 0 ? (size_t)known : hall->item_count;
	uint32_t queue = (uint32_t)state_queue_index(hall, def->queue);
	int r;

	if (!text_is_id(def->item) || queue >= hall->queue_count)
		return -EPROTO;
	if (known < 0) {
		r = state_reserve(hall, EVENT_ITEM_DEFINED);
		if (r < 0)
			return apply_room(r);
	}
	if (known < 0 || hall->items[row].queue != queue)
		hall->items[row].held = (struct learnt){0}; /* elsewhere it is another service */
	memcpy(&hall->items[row].def, def, sizeof(*def));
	hall->items[row].queue = queue;
	if (known < 0) {
		hall->item_count++;
		index_add(hall, INDEX_ITEM, row);
	}
	return 0;
}

/* Sums of it stay within an int64_t. */
static bool is_span(int64_t value)
{
	return value >= 0 && value <= STATE_MOMENT_MAX_MS;
}

static int apply_policy(struct hall *hall, const struct event_policy_defined *def)
{
	if (def->overtakes < -1 || !is_span(def->age_ms) || !is_span(def->recalls) ||
	    !is_span(def->aside_ms) || !is_span(def->early_ms) || !is_span(def->late_ms) ||
	    !is_span(def->closes_min) || !is_span(def->service_ms) || !is_span(def->print_ms) ||
	    !is_span(def->expect_service_ms))
		return -EPROTO;
	memcpy(&hall->policy, def, sizeof(*def));
	return 0;
}

static int apply_clerk_definition(struct hall *hall, const struct event_clerk_defined *def)
{
	struct clerk *clerk = state_clerk(hall, def->clerk);
	int r;

	if (!text_is_id(def->clerk))
		return -EPROTO;
	if (!clerk) {
		r = state_reserve(hall, EVENT_CLERK_DEFINED);
		if (r < 0)
			return apply_room(r);
		clerk = &hall->clerks[hall->clerk_count++];
	}
	memcpy(&clerk->def, def, sizeof(*def));
	return 0;
}

int apply_definition(struct hall *hall, const struct event *event)
{
	switch (event->type) {
	case EVENT_QUEUE_DEFINED: return apply_queue(hall, &event->u.queue_defined);
	case EVENT_WINDOW_DEFINED: return apply_window(hall, &event->u.window_defined);
	case EVENT_ITEM_DEFINED: return apply_item(hall, &event->u.item_defined);
	case EVENT_POLICY_DEFINED: return apply_policy(hall, &event->u.policy_defined);
	case EVENT_CLERK_DEFINED: return apply_clerk_definition(hall, &event->u.clerk_defined);
	default:
		memcpy(&hall->definition, &event->u.hall_defined, sizeof(hall->definition));
		return 0;
	}
}
