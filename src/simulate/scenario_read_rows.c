/* The lists of a scenario's file: hours, items, queues, windows. Here is said what cannot be read;
 * what makes no sense is said by scenario_check.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/text.h"
#include "src/settings/config_hall.h"
#include "src/simulate/scenario_read.h"

/* ---- hours ---------------------------------------------------------------------------------- */

struct hours_text {
	char from[8], to[8];
	double weight;
};

static const struct config_field hours_fields[] = {
	CONFIG_FIELD(struct hours_text, from, "from", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct hours_text, to, "to", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD_NUMBER(struct hours_text, weight, "weight", false, 0, SCENARIO_MOST_WEIGHT),
};
static const struct config_section hours_section = CONFIG_SECTION("hours", hours_fields);

/* "8:30" is told as "08:30"; "" where that does not help. */
static const char *padded_time(const char *text, char ret[6])
{
	ret[0] = '\0';
	if (strlen(text) == 4)
		snprintf(ret, 6, "0%.4s", text);
	return config_minute_of_day(ret) < 0 ? "" : ret;
}

static int32_t read_minute(struct config_reader *reader, const config_setting_t *at,
			   const char *key, const char *text)
{
	int64_t minute = config_minute_of_day(text);
	char padded[6];
	const char *better = padded_time(text, padded);

	if (minute < 0 && text[0])
		config_error(reader, config_setting_get_member(at, key),
			     "%s: 时间无效 \"%s\" is no time of day; %s%s%s可用 allowed: \"00:00\" "
			     "to \"24:00\"",
			     key, text, better[0] ? "写作 write it as \"" : "", better,
			     better[0] ? "\"; " : "");
	return (int32_t)minute;
}

void scenario_read_hours(struct scenario_reader *reader)
{
	const config_setting_t *list = NULL;
	size_t count =
		config_list(&reader->config, reader->root, "hours", SCENARIO_MAX_SPANS, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct hours_text text = {.weight = 1};

		config_read_group(&reader->config, at, &hours_section, &text);
		reader->scenario.spans[i] = (struct scenario_span){
			.from_min = read_minute(&reader->config, at, "from", text.from),
			.to_min = read_minute(&reader->config, at, "to", text.to),
			.weight = text.weight,
		};
	}
	reader->scenario.span_count = (uint32_t)count;
}

/* ---- items ---------------------------------------------------------------------------------- */

struct item_text {
	struct scenario_item item;
	char department[CORE_NAME_SIZE];
};

/* The first four are what a scenario says of a hall's own items. */
enum { OF_HALL_FIELDS = 4 };
static const struct config_field item_fields[] = {
	CONFIG_FIELD(struct item_text, item.id, "id", CONFIG_ID, true, 0, 0),
	CONFIG_FIELD_NUMBER(struct item_text, item.share, "share", false, 0, SCENARIO_MOST_WEIGHT),
	CONFIG_FIELD_NUMBER(struct item_text, item.factor, "factor", false, SCENARIO_LEAST_FACTOR,
			    SCENARIO_MOST_FACTOR),
	CONFIG_FIELD(struct item_text, item.online, "online", CONFIG_BOOL, false, 0, 0),
	CONFIG_FIELD(struct item_text, department, "department", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct item_text, item.zh, "zh", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct item_text, item.en, "en", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct item_text, item.queue, "queue", CONFIG_ID, false, 0, 0),
	CONFIG_FIELD(struct item_text, item.skill, "skill", CONFIG_ID, false, 0, 0),
};
static const struct config_section item_section = CONFIG_SECTION("items", item_fields);
static const struct config_section hall_item_section = {"items", item_fields, OF_HALL_FIELDS};

static void read_item(struct scenario_reader *reader, const config_setting_t *at,
		      struct scenario_item *ret_item)
{
	struct item_text text = {.item = {.share = 1, .factor = 1}};
	int department;

	config_read_group(&reader->config, at, &item_section, &text);
	if (!text.item.zh[0])
		snprintf(text.item.zh, sizeof(text.item.zh), "%s", text.item.id);
	if (!text.item.en[0])
		snprintf(text.item.en, sizeof(text.item.en), "%s", text.item.id);
	department = scenario_department(&reader->scenario, text.department);
	if (department < 0)
		config_error(&reader->config, at,
			     "department: 过多 there are too many departments; 最多 at most %d are "
			     "allowed",
			     SCENARIO_MAX_DEPARTMENTS);
	else
		text.item.department = (uint32_t)department;
	*ret_item = text.item;
}

static struct scenario_item *find_item(struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->item_count; i++)
		if (!strcmp(scenario->items[i].id, id))
			return &scenario->items[i];
	return NULL;
}

/* Only what the scenario lists comes, as often as it says. */
static void read_hall_items(struct scenario_reader *reader, const config_setting_t *list,
			    size_t count)
{
	struct scenario *scenario = &reader->scenario;

	for (uint32_t i = 0; i < scenario->item_count; i++)
		scenario->items[i].share = -1;
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct item_text text = {.item = {.share = 1, .factor = 1}};
		struct scenario_item *item;

		config_read_group(&reader->config, at, &hall_item_section, &text);
		item = find_item(scenario, text.item.id);
		if (!item && text.item.id[0])
			config_error(&reader->config, at,
				     "items: 大厅无此事项 \"%s\" is no item of the hall's own",
				     text.item.id);
		if (item && item->share >= 0)
			config_error(&reader->config, at,
				     "items: 标识重复 \"%s\" is there twice; each needs one row",
				     text.item.id);
		if (!item)
			continue;
		item->share = text.item.share;
		item->factor = text.item.factor;
		item->online = text.item.online;
	}
	for (uint32_t i = 0; i < scenario->item_count; i++)
		if (scenario->items[i].share < 0)
			scenario->items[i].share = 0;
}

void scenario_read_items(struct scenario_reader *reader)
{
	const config_setting_t *list = NULL;
	size_t count = config_list(&reader->config, reader->root, "items", CORE_MAX_ITEMS, &list);
	struct scenario *scenario = &reader->scenario;

	if (reader->of_hall) {
		if (list)
			read_hall_items(reader, list, count);
		return;
	}
	scenario->items = calloc(count + 1, sizeof(*scenario->items));
	if (!scenario->items) {
		reader->config.no_memory = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		read_item(reader, config_setting_get_elem(list, (unsigned)i), &scenario->items[i]);
	scenario->item_count = (uint32_t)count;
}

/* ---- queues --------------------------------------------------------------------------------- */

static int find_department(const struct scenario *scenario, const char *name)
{
	for (uint32_t i = 0; i < scenario->department_count; i++)
		if (!strcmp(scenario->departments[i].name, name))
			return (int)i;
	return -ENOENT;
}

/* An array, or a list of nothing but texts. */
static bool is_texts(const config_setting_t *at, int most)
{
	if (!config_setting_is_array(at) && !config_setting_is_list(at))
		return false;
	for (int i = 0; i < config_setting_length(at); i++)
		if (!config_setting_get_string_elem(at, i))
			return false;
	return config_setting_length(at) <= most;
}

static void read_departments(struct scenario_reader *reader, const config_setting_t *at,
			     struct scenario_queue *queue)
{
	const config_setting_t *list = config_setting_get_member(at, "departments");

	if (!list)
		return;
	if (!is_texts(list, SCENARIO_MAX_DEPARTMENTS)) {
		config_error(&reader->config, list,
			     "departments: 须为部门名的数组 must be an array of at most %d names, "
			     "[ \"公安\" ]",
			     SCENARIO_MAX_DEPARTMENTS);
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		const char *name = config_setting_get_string_elem(list, i);
		int department = find_department(&reader->scenario, name);

		if (department < 0)
			config_error(&reader->config, list,
				     "departments: 无此部门 no item is of department \"%.100s\"",
				     name);
		else if (!config_repeats(&reader->config, list, i))
			queue->departments[queue->department_count++] = (uint32_t)department;
	}
}

void scenario_read_queues(struct scenario_reader *reader)
{
	const config_setting_t *list = config_setting_get_member(reader->root, "queues");
	struct event_queue_defined *defs = calloc(CORE_MAX_QUEUES, sizeof(*defs));
	struct scenario *scenario = &reader->scenario;
	size_t count;

	scenario->queues = calloc(CORE_MAX_QUEUES, sizeof(*scenario->queues));
	if (!defs || !scenario->queues) {
		free(defs);
		reader->config.no_memory = true;
		return;
	}
	/* a simulated day is not to end because a range is full */
	count = config_read_queues(&reader->config, reader->root, "departments",
				   CORE_MAX_TICKET_NUMBER, defs);
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);

		if (config_setting_is_group(at) && !config_setting_get_member(at, "work"))
			defs[i].work = defs[i].kind >= QUEUE_INTAKE;
		scenario_set_queue(&scenario->queues[i], &defs[i]);
		if (config_setting_is_group(at))
			read_departments(reader, at, &scenario->queues[i]);
	}
	scenario->queue_count = (uint32_t)count;
	free(defs);
}

/* ---- windows -------------------------------------------------------------------------------- */

struct window_text {
	int64_t count;
};

static const struct config_field window_fields[] = {
	CONFIG_FIELD(struct window_text, count, "count", CONFIG_INT, false, 1, CORE_MAX_WINDOWS),
	{.key = "queues", .kind = CONFIG_GROUP, .required = true},
	{.key = "skills", .kind = CONFIG_GROUP},
	{.key = "breaks", .kind = CONFIG_GROUP},
};
static const struct config_section window_section = CONFIG_SECTION("windows", window_fields);

static void read_window_queues(struct config_reader *reader, const config_setting_t *at,
			       struct scenario_window *window)
{
	const config_setting_t *list = config_setting_get_member(at, "queues");
	size_t used = 0;

	if (!list)
		return;
	if (!is_texts(list, CORE_MAX_WINDOW_QUEUES) || config_setting_length(list) < 1) {
		config_error(reader, list,
			     "queues: 须为队列标识的数组 must be an array of 1 to %d queue ids, [ "
			     "\"general\" ]",
			     CORE_MAX_WINDOW_QUEUES);
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		const char *id = config_setting_get_string_elem(list, i);

		if (!text_is_id(id) || strlen(id) >= CORE_ID_SIZE)
			config_error(reader, list, "queues: 标识无效 \"%.40s\" is no identifier",
				     id);
		else if (!config_repeats(reader, list, i))
			used += (size_t)snprintf(window->queues + used,
						 sizeof(window->queues) - used, "%s%s",
						 used ? "," : "", id);
	}
}

/* "12:00-12:30" */
static bool parse_break(const char *text, struct scenario_break *ret_break)
{
	char from[6], to[6];
	int64_t from_min, to_min;

	if (!text || strlen(text) != 11 || text[5] != '-')
		return false;
	snprintf(from, sizeof(from), "%.5s", text);
	snprintf(to, sizeof(to), "%.5s", text + 6);
	from_min = config_minute_of_day(from);
	to_min = config_minute_of_day(to);
	if (from_min < 0 || to_min < 0)
		return false;
	*ret_break = (struct scenario_break){(int32_t)from_min, (int32_t)to_min};
	return true;
}

static void read_breaks(struct config_reader *reader, const config_setting_t *at,
			struct scenario_window *window)
{
	const config_setting_t *list = config_setting_get_member(at, "breaks");

	if (!list)
		return;
	if (!is_texts(list, SCENARIO_MAX_BREAKS)) {
		config_error(reader, list,
			     "breaks: 须为时段的数组 must be an array of at most %d texts, [ "
			     "\"12:00-12:30\" ]",
			     SCENARIO_MAX_BREAKS);
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		const char *text = config_setting_get_string_elem(list, i);

		if (!parse_break(text, &window->breaks[window->break_count]))
			config_error(
				reader, list,
				"breaks: 时段无效，时、分各写两位 \"%.40s\" is no span of the day; "
				"可用 allowed: two digits each, as in \"08:30-09:00\"",
				text);
		else
			window->break_count++;
	}
}

void scenario_read_windows(struct scenario_reader *reader)
{
	const config_setting_t *list = NULL;
	size_t count =
		config_list(&reader->config, reader->root, "windows", CORE_MAX_WINDOWS, &list);
	struct scenario *scenario = &reader->scenario;

	if (reader->of_hall && !list)
		return;
	free(scenario->windows);
	scenario->window_count = 0;
	scenario->windows = calloc(CORE_MAX_WINDOWS, sizeof(*scenario->windows));
	if (!scenario->windows) {
		reader->config.no_memory = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct scenario_window window = {.row = (uint32_t)i};
		struct window_text text = {.count = 1};

		config_read_group(&reader->config, at, &window_section, &text);
		if (config_setting_is_group(at)) {
			read_window_queues(&reader->config, at, &window);
			config_read_skills(&reader->config, at, window.skills);
			read_breaks(&reader->config, at, &window);
		}
		if (text.count > CORE_MAX_WINDOWS - (int64_t)scenario->window_count) {
			config_error(
				&reader->config, at,
				"windows: 过多 there are too many; 最多 at most %d are allowed",
				CORE_MAX_WINDOWS);
			return;
		}
		for (int64_t k = 0; k < text.count; k++)
			scenario->windows[scenario->window_count++] = window;
	}
}
