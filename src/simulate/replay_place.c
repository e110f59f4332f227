/* Where the citizens of a log wait in a layout that may be of another hall. An item that the layout
 * lists waits as it says. One that it does not list needs no skill and waits by the layout's
 * policy: with its department (a ticket without an item in the queue that it had), in the general
 * queue, or, where each item has a queue of its own, in the queue of that name, else where its
 * department's first item does. A pick-up waits as a simulated one: no scenario lists those. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/grow.h"
#include "src/simulate/replay_private.h"
#include "src/simulate/scenario_private.h"

struct placing {
	struct replay *replay;
	struct scenario *scenario;
	const struct scenario_item **own; /* of the log's items: the layout's, NULL not listed */
	bool *seen;
	size_t capacity; /* of the scenario's items */
	char *error;
};

/* Of the log. */
struct what {
	uint32_t item;
	int64_t queue; /* that it waited in; -1: none, it was filed online */
	bool pick_up;
};

static int fail(const struct placing *placing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(const struct placing *placing, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(placing->error, STORE_ERROR_SIZE, format, args);
	va_end(args);
	return -EDOM;
}

static const struct scenario_item *find_item(const struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->item_count; i++) {
		if (!strcmp(scenario->items[i].id, id))
			return &scenario->items[i];
	}
	return NULL;
}

/* The department's index in the layout, SCENARIO_MAX_DEPARTMENTS if it has none of the name. */
static uint32_t find_department(const struct scenario *scenario, const char *name)
{
	for (uint32_t i = 0; i < scenario->department_count; i++) {
		if (!strcmp(scenario->departments[i].name, name))
			return i;
	}
	return SCENARIO_MAX_DEPARTMENTS;
}

static bool has_queue(const struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++) {
		if (!strcmp(scenario->queues[i].def.queue, id))
			return true;
	}
	return false;
}

/* Policy hall, an item that it does not list: "" where it cannot wait anywhere. */
static const char *queue_of_unlisted(const struct replay *replay, const struct what *what,
				     uint32_t department)
{
	const struct scenario *layout = replay->options->layout;
	static const struct scenario_item nowhere;
	int issue = what->pick_up ? scenario_pick_up_queue(layout, &nowhere) : -ENOENT;

	if (issue >= 0)
		return layout->queues[issue].def.queue;
	if (what->queue >= 0 &&
	    has_queue(layout, names_text(&replay->past.queues, (uint32_t)what->queue)))
		return names_text(&replay->past.queues, (uint32_t)what->queue);
	for (uint32_t i = 0; i < layout->item_count; i++) {
		if (layout->items[i].department == department)
			return layout->items[i].queue;
	}
	return "";
}

/* Policy departmental, a ticket without an item: that of the queue that it had in the log, where
 * the layout has it, so that it waits there. */
static uint32_t department_of_queue(const struct replay *replay, const struct what *what)
{
	const struct scenario *layout = replay->options->layout;
	const char *id =
		what->queue < 0 ? "" : names_text(&replay->past.queues, (uint32_t)what->queue);

	for (uint32_t i = 0; i < layout->queue_count; i++) {
		if (!strcmp(layout->queues[i].def.queue, id) && layout->queues[i].department_count)
			return layout->queues[i].departments[0];
	}
	return SCENARIO_MAX_DEPARTMENTS;
}

static int check_served(const struct placing *placing, const struct what *what,
			const struct scenario_item *item, bool waits_alone)
{
	const struct scenario *scenario = placing->replay->options->layout;
	bool pick_up = what->pick_up && !waits_alone;
	int queue = pick_up ? scenario_pick_up_queue(scenario, item)
			    : scenario_item_queue(scenario, item);
	const char *skill = pick_up ? "" : item->skill;
	const char *id = names_text(&placing->replay->past.items, what->item);
	const char *department = names_text(&placing->replay->past.departments,
					    placing->replay->past.item[what->item].department);

	if (queue < 0)
		return fail(
			placing,
			"布局中没有日志的事项 \"%s\"（部门 \"%s\"）可等候的队列 the layout has "
			"neither item \"%s\" of the log nor a queue for it; list it in the items "
			"of the layout, or a queue for its department \"%s\"",
			id, department, id, department);
	if (!scenario_is_served(scenario, scenario->queues[queue].def.queue, skill))
		return fail(
			placing,
			"布局中没有窗口受理日志的事项 \"%s\"：须受理队列 \"%s\"%s%s%s the layout "
			"has no window for item \"%s\" of the log: one is needed with queue "
			"\"%s\"%s%s%s",
			id, scenario->queues[queue].def.queue, skill[0] ? "，有技能 \"" : "", skill,
			skill[0] ? "\"" : "", id, scenario->queues[queue].def.queue,
			skill[0] ? " and skill \"" : "", skill, skill[0] ? "\"" : "");
	return 0;
}

/* A row of its own, named so that no id of the log can be refused. */
static int add_row(struct placing *placing, const struct what *what, bool waits_alone)
{
	const struct replay *replay = placing->replay;
	const struct scenario *layout = replay->options->layout;
	struct scenario *scenario = placing->scenario;
	const struct scenario_item *own = placing->own[what->item];
	const char *id = names_text(&replay->past.items, what->item);
	const char *department =
		names_text(&replay->past.departments, replay->past.item[what->item].department);
	struct scenario_item *item =
		list_grow(scenario->items, &placing->capacity, scenario->item_count, sizeof(*item));
	int r;

	if (!item)
		return -ENOMEM;
	scenario->items = item;
	item += scenario->item_count;
	*item = (struct scenario_item){.share = 1, .factor = 1};
	snprintf(item->id, sizeof(item->id), "log-%" PRIu32, scenario->item_count);
	snprintf(item->zh, sizeof(item->zh), "%s", id);
	snprintf(item->en, sizeof(item->en), "%s", id);
	item->department = own ? own->department : find_department(layout, department);
	if (layout->policy == SCENARIO_DEPARTMENTAL && !id[0])
		item->department = department_of_queue(replay, what);
	if (own) {
		memcpy(item->queue, own->queue, sizeof(item->queue));
		memcpy(item->skill, own->skill, sizeof(item->skill));
	} else if (layout->policy == SCENARIO_HALL) {
		snprintf(item->queue, sizeof(item->queue), "%s",
			 queue_of_unlisted(replay, what, item->department));
	}
	r = check_served(placing, what, item, waits_alone);
	if (r < 0)
		return r;
	if (item->department >= layout->department_count)
		item->department = 0; /* nothing depends on it */
	scenario->item_count++;
	return 0;
}

static int place(struct placing *placing, const struct what *what, bool waits_alone,
		 uint32_t *ret_item)
{
	struct replay *replay = placing->replay;
	size_t row = what->item * ((size_t)replay->past.queues.count + 1);
	int r = 0;

	enum scenario_policy policy = replay->options->layout->policy;

	if ((policy == SCENARIO_HALL || policy == SCENARIO_DEPARTMENTAL) && what->queue >= 0 &&
	    !placing->own[what->item])
		row += (size_t)what->queue + 1;
	if (replay->placed[row] == REPLAY_NOT_PLACED) {
		r = add_row(placing, what, waits_alone);
		if (r == 0)
			replay->placed[row] = placing->scenario->item_count - 1;
	}
	*ret_item = replay->placed[row];
	return r;
}

/* ---- what is told of it ---- */

static void count_queue(struct replay_unlisted *unlisted, const char *queue)
{
	uint32_t i = 0;

	while (i < unlisted->queue_count && strcmp(unlisted->queues[i].queue, queue) != 0)
		i++;
	if (i == unlisted->queue_count)
		snprintf(unlisted->queues[unlisted->queue_count++].queue, CORE_ID_SIZE, "%s",
			 queue);
	unlisted->queues[i].visits++;
}

static void count(const struct placing *placing, const struct what *what, uint32_t item)
{
	struct replay *replay = placing->replay;
	struct replay_unlisted *unlisted = &replay->unlisted;
	const struct scenario *layout = replay->options->layout;
	int queue;

	if (what->pick_up)
		return;
	if (placing->own[what->item]) {
		unlisted->listed++;
		return;
	}
	unlisted->visits++;
	unlisted->skilled += replay->past.item[what->item].skilled;
	unlisted->items += !placing->seen[what->item];
	placing->seen[what->item] = true;
	queue = scenario_item_queue(layout, &placing->scenario->items[item]);
	if (queue >= 0)
		count_queue(unlisted, layout->queues[queue].def.queue);
}

/* ---- all of them ---- */

static int place_all(struct placing *placing)
{
	struct replay *replay = placing->replay;
	bool hall = replay->options->layout->policy == SCENARIO_HALL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < replay->visit_count; i++) {
		struct replay_visit *visit = &replay->visits[i];
		const struct what what = {.item = visit->past.item,
					  .queue = visit->past.queue,
					  .pick_up = visit->role == REPLAY_PICK_UP};

		if (visit->role == REPLAY_ASIDE)
			continue;
		visit->waits_alone = what.pick_up && hall && placing->own[what.item];
		r = place(placing, &what, visit->waits_alone, &visit->item);
		if (r == 0)
			count(placing, &what, visit->item);
	}
	for (size_t i = 0; r == 0 && replay->options->baseline && i < replay->filing_count; i++) {
		struct past_filing *filing = &replay->filings[i];
		const struct what what = {.item = filing->item, .queue = -1};

		r = place(placing, &what, false, &filing->item);
		if (r == 0)
			count(placing, &what, filing->item);
	}
	return r;
}

int replay_place(struct replay *replay, struct scenario *scenario, char ret_error[STORE_ERROR_SIZE])
{
	size_t items = replay->past.items.count,
	       places = items * ((size_t)replay->past.queues.count + 1);
	struct placing placing = {
		.replay = replay,
		.scenario = scenario,
		.own = calloc(items + 1, sizeof(const struct scenario_item *)),
		.seen = calloc(items + 1, sizeof(bool)),
		.error = ret_error,
	};
	int r = -ENOMEM;

	free(scenario->items);
	scenario->items = NULL;
	scenario->item_count = 0;
	replay->placed = malloc((places + 1) * sizeof(*replay->placed));
	if (placing.own && placing.seen && replay->placed) {
		for (uint32_t i = 0; i < items; i++)
			placing.own[i] = find_item(replay->options->layout,
						   names_text(&replay->past.items, i));
		for (size_t i = 0; i < places; i++)
			replay->placed[i] = REPLAY_NOT_PLACED;
		r = place_all(&placing);
	}
	free(placing.own);
	free(placing.seen);
	return r;
}
