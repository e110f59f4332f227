/* Definitions: compared with what the hall has; equal ones change nothing. */
#include <errno.h>
#include <string.h>

#include "src/core/decide.h"
#include "src/core/fields.h"
#include "src/core/text.h"

static bool name_is_valid(const char *name)
{
	return text_fits(name, CORE_NAME_SIZE) && name[0];
}

static bool id_is_valid(const char *id)
{
	return text_fits(id, CORE_ID_SIZE) && text_is_id(id);
}

/* An equal definition is no event. */
static void drop_if_known(struct decision *ret, const struct event *known)
{
	if (fields_equal(&ret->events[0], known))
		ret->count = 0;
}

static int bad_id(struct decision *ret, const char *field)
{
	return decision_refuse(ret, REFUSAL_INVALID,
			       "%s: allowed are a-z, 0-9 and, not in front, . _ - (at most %d)",
			       field, CORE_ID_SIZE - 1);
}

static int bad_name(struct decision *ret)
{
	return decision_refuse(ret, REFUSAL_INVALID,
			       "zh, en: must be UTF-8 of 1 to %d bytes without control characters",
			       CORE_NAME_SIZE - 1);
}

static int define_hall(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const struct event_hall_defined *def = &command->u.define_hall;

	if (!id_is_valid(def->id))
		return bad_id(ret, "id");
	if (!name_is_valid(def->zh) || !name_is_valid(def->en))
		return bad_name(ret);
	if (!text_fits(def->zone, sizeof(def->zone)) || !def->zone[0])
		return decision_refuse(ret, REFUSAL_INVALID, "zone: must be text of 1 to %d bytes",
				       CORE_ZONE_SIZE - 1);
	if (def->target_ms < 1 || def->target_ms > 86400000)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "target_ms: allowed are 1 to 86400000");
	decision_add(ret, command, EVENT_HALL_DEFINED)->u.hall_defined = *def;
	drop_if_known(ret, &(struct event){.type = EVENT_HALL_DEFINED,
					   .u.hall_defined = hall->definition});
	return 0;
}

static int check_queue(const struct hall *hall, const struct event_queue_defined *def,
		       struct decision *ret)
{
	if (!id_is_valid(def->queue))
		return bad_id(ret, "queue");
	if (!name_is_valid(def->zh) || !name_is_valid(def->en))
		return bad_name(ret);
	if (!text_fits(def->prefix, sizeof(def->prefix)) || !text_is_prefix(def->prefix))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "prefix: allowed are one to three letters A-Z");
	if (def->first < 1 || def->last > CORE_MAX_TICKET_NUMBER || def->first > def->last)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "first, last: allowed are 1 to %d, rising",
				       CORE_MAX_TICKET_NUMBER);
	for (size_t i = 0; i < hall->queue_count && !def->retired; i++) {
		const struct event_queue_defined *other = &hall->queues[i].queue.def;

		if (!other->retired && strcmp(other->queue, def->queue) != 0 &&
		    !strcmp(other->prefix, def->prefix))
			return decision_refuse(ret, REFUSAL_INVALID,
					       "prefix: %s is queue %s already", def->prefix,
					       other->queue);
	}
	return 0;
}

static int define_queue(const struct hall *hall, const struct command *command,
			struct decision *ret)
{
	const struct event_queue_defined *def = &command->u.define_queue;
	const struct queue *known;
	int r = check_queue(hall, def, ret);

	if (r < 0)
		return r;
	known = hall_find_queue(hall, def->queue);
	if (!known && hall->queue_count == CORE_MAX_QUEUES)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d queues", CORE_MAX_QUEUES);
	decision_add(ret, command, EVENT_QUEUE_DEFINED)->u.queue_defined = *def;
	if (known)
		drop_if_known(ret, &(struct event){.type = EVENT_QUEUE_DEFINED,
						   .u.queue_defined = known->def});
	return 0;
}

static int check_window_queues(const struct hall *hall, const struct event_window_defined *def,
			       struct decision *ret)
{
	uint32_t indexes[CORE_MAX_WINDOW_QUEUES], count = 0;
	char bad[CORE_ID_SIZE] = "";
	int r;

	if (!text_fits(def->queues, sizeof(def->queues)))
		return decision_refuse(ret, REFUSAL_INVALID, "queues: too long");
	r = state_window_queues(hall, def->queues, indexes, &count, bad);
	if (r == -ENOENT)
		return decision_refuse(ret, REFUSAL_QUEUE_UNKNOWN, "queues: \"%s\"", bad);
	if (r < 0)
		return decision_refuse(
			ret, REFUSAL_INVALID,
			"queues: at \"%s\": at most %d ids, each once, \",\" between", bad,
			CORE_MAX_WINDOW_QUEUES);
	return 0;
}

static int define_window(const struct hall *hall, const struct command *command,
			 struct decision *ret)
{
	const struct event_window_defined *def = &command->u.define_window;
	const struct window *known;
	int r;

	if (def->window < 1 || def->window > CORE_MAX_WINDOW_NUMBER)
		return decision_refuse(ret, REFUSAL_INVALID, "window: allowed are 1 to %d",
				       CORE_MAX_WINDOW_NUMBER);
	if (!name_is_valid(def->zh) || !name_is_valid(def->en))
		return bad_name(ret);
	r = check_window_queues(hall, def, ret);
	if (r < 0)
		return r;
	known = hall_find_window(hall, def->window);
	if (!known && hall->window_count == CORE_MAX_WINDOWS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d windows",
				       CORE_MAX_WINDOWS);
	decision_add(ret, command, EVENT_WINDOW_DEFINED)->u.window_defined = *def;
	if (known)
		drop_if_known(ret, &(struct event){.type = EVENT_WINDOW_DEFINED,
						   .u.window_defined = known->def});
	return 0;
}

static int define_item(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const struct event_item_defined *def = &command->u.define_item;
	const struct item *known;

	if (!id_is_valid(def->item))
		return bad_id(ret, "item");
	if (!name_is_valid(def->zh) || !name_is_valid(def->en) || !name_is_valid(def->department))
		return bad_name(ret);
	if (!id_is_valid(def->queue))
		return bad_id(ret, "queue");
	if (!hall_find_queue(hall, def->queue))
		return decision_refuse(ret, REFUSAL_QUEUE_UNKNOWN, "queue: \"%s\"", def->queue);
	known = hall_find_item(hall, def->item);
	if (!known && hall->item_count == CORE_MAX_ITEMS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d items", CORE_MAX_ITEMS);
	decision_add(ret, command, EVENT_ITEM_DEFINED)->u.item_defined = *def;
	if (known)
		drop_if_known(ret, &(struct event){.type = EVENT_ITEM_DEFINED,
						   .u.item_defined = known->def});
	return 0;
}

int decide_definition(const struct hall *hall, const struct command *command, struct decision *ret)
{
	switch (command->type) {
	case COMMAND_DEFINE_HALL: return define_hall(hall, command, ret);
	case COMMAND_DEFINE_QUEUE: return define_queue(hall, command, ret);
	case COMMAND_DEFINE_WINDOW: return define_window(hall, command, ret);
	default: return define_item(hall, command, ret);
	}
}
