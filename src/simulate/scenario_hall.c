/* The hall of a scenario: its queues, windows, items and clerks as definitions. A hall that was
 * another's is made this one's as a daemon with a changed configuration would. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/simulate/line_hall.h"
#include "src/simulate/scenario_private.h"

/* The longest mean service that a hall's rules take. */
#define MOST_EXPECT_MIN 240.

struct definer {
	struct line_hall *line;
	const struct hall *hall;
	const struct scenario *scenario;
	bool expect;
};

void scenario_pick_up_item(uint32_t department, char ret_id[CORE_ID_SIZE])
{
	snprintf(ret_id, CORE_ID_SIZE, SCENARIO_PICK_UP_ITEM "%02u", department + 1);
}

void scenario_clerk(uint32_t window, char ret_id[CORE_ID_SIZE])
{
	snprintf(ret_id, CORE_ID_SIZE, "clerk-%02u", window + 1);
}

/* A scenario need not name everything. */
static void name_by_id(char name[CORE_NAME_SIZE], const char *id)
{
	if (!name[0])
		snprintf(name, CORE_NAME_SIZE, "%s", id);
}

/* A copy with room to be shortened: what is longer than a name was refused when it was read. */
static void set_name(char name[CORE_NAME_SIZE], const char *text, const char *id)
{
	snprintf(name, CORE_NAME_SIZE, "%s", text);
	name_by_id(name, id);
}

static int define_whole(const struct definer *definer)
{
	const struct scenario *scenario = definer->scenario;
	struct command command = {.type = COMMAND_DEFINE_HALL};
	struct event_hall_defined *def = &command.u.define_hall;

	memcpy(def->id, scenario->id, sizeof(def->id));
	set_name(def->zh, scenario->zh, scenario->id);
	set_name(def->en, scenario->en, scenario->id);
	memcpy(def->zone, scenario->zone, sizeof(def->zone));
	def->target_ms = scenario->target_ms;
	return line_hall_run(definer->line, &command);
}

/* Nobody is refused a number: the citizens of a scenario all come while it is open. */
static int define_rules(const struct definer *definer)
{
	struct command command = {.type = COMMAND_DEFINE_POLICY};
	struct event_policy_defined *def = &command.u.define_policy;

	def->overtakes = -1;
	if (definer->scenario->policy == SCENARIO_HALL) {
		*def = definer->scenario->rules;
		def->closes_min = def->service_ms = 0;
	}
	/* what a hall says of a service before it has seen one: here it is known */
	def->expect = definer->expect;
	def->expect_service_ms =
		definer->expect
			? llrint(fmin(definer->scenario->service.mean_min, MOST_EXPECT_MIN) * 60000)
			: 0;
	return line_hall_run(definer->line, &command);
}

/* ---- queues ---- */

/* Numbers for twice the visits of a mean day, or as many as there can be. */
static int64_t last_number(const struct scenario *scenario, const struct event_queue_defined *def)
{
	double visits =
		scenario->cases_a_day * (1 + scenario->rework_chance + scenario->pick_up_chance);

	return 2 * visits > (double)(def->last - def->first + 1) ? CORE_MAX_TICKET_NUMBER
								 : def->last;
}

static bool has_queue(const struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++)
		if (!strcmp(scenario->queues[i].def.queue, id))
			return true;
	return false;
}

/* First those that went: a prefix may move on to another queue. */
static int define_queues(const struct definer *definer)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < hall_queue_count(definer->hall); i++) {
		struct command command = {.type = COMMAND_DEFINE_QUEUE};

		command.u.define_queue = hall_queue(definer->hall, i)->def;
		if (command.u.define_queue.retired ||
		    has_queue(definer->scenario, command.u.define_queue.queue))
			continue;
		command.u.define_queue.retired = true;
		r = line_hall_run(definer->line, &command);
	}
	for (uint32_t i = 0; r == 0 && i < definer->scenario->queue_count; i++) {
		struct command command = {.type = COMMAND_DEFINE_QUEUE};
		struct event_queue_defined *def = &command.u.define_queue;

		*def = definer->scenario->queues[i].def;
		name_by_id(def->zh, def->queue);
		name_by_id(def->en, def->queue);
		def->last = last_number(definer->scenario, def);
		r = line_hall_run(definer->line, &command);
	}
	return r;
}

/* ---- windows and clerks ---- */

static int define_window(const struct definer *definer, uint32_t index)
{
	struct command command = {.type = COMMAND_DEFINE_WINDOW};
	struct event_window_defined *def = &command.u.define_window;

	def->window = index + 1;
	snprintf(def->zh, sizeof(def->zh), "%u号窗口", index + 1);
	snprintf(def->en, sizeof(def->en), "Window %u", index + 1);
	memcpy(def->queues, definer->scenario->windows[index].queues, sizeof(def->queues));
	return line_hall_run(definer->line, &command);
}

static int define_clerk(const struct definer *definer, uint32_t index)
{
	struct command command = {.type = COMMAND_DEFINE_CLERK};
	struct event_clerk_defined *def = &command.u.define_clerk;

	scenario_clerk(index, def->clerk);
	snprintf(def->zh, sizeof(def->zh), "窗口人员%u", index + 1);
	snprintf(def->en, sizeof(def->en), "Clerk %u", index + 1);
	memcpy(def->skills, definer->scenario->windows[index].skills, sizeof(def->skills));
	return line_hall_run(definer->line, &command);
}

static bool has_clerk(const struct scenario *scenario, const char *id)
{
	char own[CORE_ID_SIZE];

	for (uint32_t i = 0; i < scenario->window_count; i++) {
		scenario_clerk(i, own);
		if (!strcmp(own, id))
			return true;
	}
	return false;
}

static int retire_windows(const struct definer *definer)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < hall_window_count(definer->hall); i++) {
		struct command command = {.type = COMMAND_DEFINE_WINDOW};

		command.u.define_window = hall_window(definer->hall, i)->def;
		if (command.u.define_window.retired ||
		    command.u.define_window.window <= definer->scenario->window_count)
			continue;
		command.u.define_window.retired = true;
		r = line_hall_run(definer->line, &command);
	}
	for (size_t i = 0; r == 0 && i < hall_clerk_count(definer->hall); i++) {
		struct command command = {.type = COMMAND_DEFINE_CLERK};

		command.u.define_clerk = hall_clerk(definer->hall, i)->def;
		if (command.u.define_clerk.retired ||
		    has_clerk(definer->scenario, command.u.define_clerk.clerk))
			continue;
		command.u.define_clerk.retired = true;
		r = line_hall_run(definer->line, &command);
	}
	return r;
}

static int define_windows(const struct definer *definer)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < definer->scenario->window_count; i++) {
		r = define_window(definer, i);
		if (r == 0)
			r = define_clerk(definer, i);
	}
	return r < 0 ? r : retire_windows(definer);
}

/* ---- items ---- */

static int define_item(const struct definer *definer, const struct scenario_item *item)
{
	const struct scenario *scenario = definer->scenario;
	int queue = scenario_item_queue(scenario, item);
	struct command command = {.type = COMMAND_DEFINE_ITEM};
	struct event_item_defined *def = &command.u.define_item;

	if (queue < 0)
		return -EINVAL;
	memcpy(def->item, item->id, sizeof(def->item));
	set_name(def->zh, item->zh, item->id);
	set_name(def->en, item->en, item->id);
	set_name(def->department, scenario->departments[item->department].name, "-");
	memcpy(def->queue, scenario->queues[queue].def.queue, sizeof(def->queue));
	memcpy(def->skill, item->skill, sizeof(def->skill));
	return line_hall_run(definer->line, &command);
}

/* Of the department that the item is the first of. */
static int define_pick_up(const struct definer *definer, const struct scenario_item *item)
{
	const struct scenario *scenario = definer->scenario;
	const char *department = scenario->departments[item->department].name;
	int queue = scenario_pick_up_queue(scenario, item);
	struct command command = {.type = COMMAND_DEFINE_ITEM};
	struct event_item_defined *def = &command.u.define_item;

	if (queue < 0)
		return -EINVAL;
	scenario_pick_up_item(item->department, def->item);
	set_name(def->department, department, "-");
	snprintf(def->zh, sizeof(def->zh), "领取结果%02u", item->department + 1);
	snprintf(def->en, sizeof(def->en), "Collection %02u", item->department + 1);
	memcpy(def->queue, scenario->queues[queue].def.queue, sizeof(def->queue));
	return line_hall_run(definer->line, &command);
}

static bool has_item(const struct definer *definer, const char *id)
{
	const struct scenario *scenario = definer->scenario;
	char own[CORE_ID_SIZE];

	for (uint32_t i = 0; i < scenario->item_count; i++)
		if (!strcmp(scenario->items[i].id, id))
			return true;
	for (uint32_t i = 0; scenario->pick_up_chance > 0 && i < scenario->department_count; i++) {
		scenario_pick_up_item(i, own);
		if (!strcmp(own, id))
			return true;
	}
	return false;
}

static int retire_items(const struct definer *definer)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < hall_item_count(definer->hall); i++) {
		struct command command = {.type = COMMAND_DEFINE_ITEM};

		command.u.define_item = hall_item(definer->hall, i)->def;
		if (command.u.define_item.retired || has_item(definer, command.u.define_item.item))
			continue;
		command.u.define_item.retired = true;
		r = line_hall_run(definer->line, &command);
	}
	return r;
}

static int define_items(const struct definer *definer)
{
	const struct scenario *scenario = definer->scenario;
	bool collects[SCENARIO_MAX_DEPARTMENTS] = {false};
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < scenario->item_count; i++) {
		const struct scenario_item *item = &scenario->items[i];

		r = define_item(definer, item);
		if (r < 0 || !(scenario->pick_up_chance > 0) || collects[item->department])
			continue;
		collects[item->department] = true;
		r = define_pick_up(definer, item);
	}
	return r < 0 ? r : retire_items(definer);
}

int scenario_define_hall(struct line_hall *line, const struct hall *hall,
			 const struct scenario *scenario, bool expect)
{
	const struct definer definer = {
		.line = line, .hall = hall, .scenario = scenario, .expect = expect};
	int r = define_whole(&definer);

	if (r == 0)
		r = define_queues(&definer);
	if (r == 0)
		r = define_windows(&definer);
	if (r == 0)
		r = define_items(&definer);
	return r < 0 ? r : define_rules(&definer);
}
