/* The hall's part of the configuration (hall, log, web, queues, windows, items) and what the parts
 * say of each other. Devices are in config_devices.c. */
#include "src/daemon/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/core/text.h"
#include "src/daemon/config_parts.h"
#include "src/settings/config_hall.h"

static const struct config_field hall_fields[] = {
	CONFIG_FIELD(struct event_hall_defined, id, "id", CONFIG_ID, true, 0, 0),
	CONFIG_FIELD(struct event_hall_defined, zh, "zh", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_hall_defined, en, "en", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_hall_defined, zone, "zone", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_hall_defined, target_ms, "target_min", CONFIG_INT, false, 1, 480),
};
static const struct config_section hall_section = CONFIG_SECTION("hall", hall_fields);

static const struct config_field log_fields[] = {
	CONFIG_FIELD(struct config, log_path, "path", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct config, key_path, "key", CONFIG_TEXT, false, 0, 0),
};
static const struct config_section log_section = CONFIG_SECTION("log", log_fields);

static const struct config_field web_fields[] = {
	CONFIG_FIELD(struct config_web, listen, "listen", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct config_web, port, "port", CONFIG_INT, false, 0, 65535),
	CONFIG_FIELD(struct config_web, public_url, "public_url", CONFIG_TEXT, false, 0, 0),
	{.key = "limits", .kind = CONFIG_GROUP},
};
static const struct config_section web_section = CONFIG_SECTION("web", web_fields);

static const struct config_field limit_fields[] = {
	CONFIG_FIELD(struct web_limits, connections, "connections", CONFIG_INT, false, 4, 256),
	CONFIG_FIELD(struct web_limits, listeners, "listeners", CONFIG_INT, false, 1, 200),
	CONFIG_FIELD(struct web_limits, idle_seconds, "idle_s", CONFIG_INT, false, 1, 600),
	CONFIG_FIELD(struct web_limits, request_ms, "request_ms", CONFIG_INT, false, 100, 600000),
	CONFIG_FIELD(struct web_limits, heartbeat_ms, "heartbeat_ms", CONFIG_INT, false, 10, 60000),
	CONFIG_FIELD(struct web_limits, queued_events, "queued_events", CONFIG_INT, false, 1, 256),
};
static const struct config_section limit_section = CONFIG_SECTION("limits", limit_fields);

static const struct config_field window_fields[] = {
	CONFIG_FIELD(struct event_window_defined, window, "number", CONFIG_INT, true, 1,
		     CORE_MAX_WINDOW_NUMBER),
	CONFIG_FIELD(struct event_window_defined, zh, "zh", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_window_defined, en, "en", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_window_defined, queues, "queues", CONFIG_GROUP, true, 0, 0),
};
static const struct config_section window_section = CONFIG_SECTION("windows", window_fields);

static const struct config_field item_fields[] = {
	CONFIG_FIELD(struct event_item_defined, item, "id", CONFIG_ID, true, 0, 0),
	CONFIG_FIELD(struct event_item_defined, zh, "zh", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_item_defined, en, "en", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_item_defined, department, "department", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct event_item_defined, queue, "queue", CONFIG_ID, true, 0, 0),
	CONFIG_FIELD(struct event_item_defined, skill, "skill", CONFIG_ID, false, 0, 0),
	CONFIG_FIELD(struct event_item_defined, quota, "quota", CONFIG_INT, false, 0,
		     CORE_MAX_DAY_TICKETS),
	CONFIG_FIELD(struct event_item_defined, slot_min, "slot_min", CONFIG_INT, false, 0, 1440),
	CONFIG_FIELD(struct event_item_defined, slot_quota, "slot_quota", CONFIG_INT, false, 0,
		     CORE_MAX_DAY_TICKETS),
};
static const struct config_section item_section = CONFIG_SECTION("items", item_fields);

static const struct config_field root_fields[] = {
	{.key = "hall", .kind = CONFIG_GROUP, .required = true},
	{.key = "log", .kind = CONFIG_GROUP, .required = true},
	{.key = "web", .kind = CONFIG_GROUP},
	{.key = "queues", .kind = CONFIG_GROUP, .required = true},
	{.key = "windows", .kind = CONFIG_GROUP, .required = true},
	{.key = "items", .kind = CONFIG_GROUP},
	{.key = "policy", .kind = CONFIG_GROUP},
	{.key = "clerks", .kind = CONFIG_GROUP},
	{.key = "lines", .kind = CONFIG_GROUP},
	{.key = "printers", .kind = CONFIG_GROUP},
	{.key = "printing", .kind = CONFIG_GROUP},
	{.key = "showing", .kind = CONFIG_GROUP},
	{.key = "boards", .kind = CONFIG_GROUP},
	{.key = "keypads", .kind = CONFIG_GROUP},
	{.key = "tickets", .kind = CONFIG_GROUP},
	{.key = "voices", .kind = CONFIG_GROUP},
};
static const struct config_section root_section = CONFIG_SECTION("configuration", root_fields);

static bool queue_exists(const struct config *config, const char *id)
{
	for (size_t i = 0; i < config->queue_count; i++)
		if (!strcmp(config->queues[i].queue, id))
			return true;
	return false;
}

static void read_hall(struct config_reader *reader, const config_setting_t *root,
		      struct config *config)
{
	const config_setting_t *at = config_setting_get_member(root, "hall");

	config->hall.target_ms = 15;
	if (at) {
		config_read_group(reader, at, &hall_section, &config->hall);
		config_check_zone(reader, config_setting_get_member(at, "zone"), config->hall.zone);
	}
	config->hall.target_ms *= 60000;
	at = config_setting_get_member(root, "log");
	if (at)
		config_read_group(reader, at, &log_section, config);
	snprintf(config->web.listen, sizeof(config->web.listen), "127.0.0.1");
	config->web.port = 8390;
	at = config_setting_get_member(root, "web");
	if (at)
		config_read_group(reader, at, &web_section, &config->web);
	at = at ? config_setting_get_member(at, "limits") : NULL;
	if (at)
		config_read_group(reader, at, &limit_section, &config->web.limits);
}

static void read_window_queues(struct config_reader *reader, const config_setting_t *at,
			       const struct config *config, struct event_window_defined *window)
{
	const config_setting_t *list = config_setting_get_member(at, "queues");
	size_t used = 0;

	if (!list)
		return;
	if (!config_setting_is_array(list) || config_setting_length(list) < 1 ||
	    config_setting_length(list) > CORE_MAX_WINDOW_QUEUES) {
		config_error(reader, list,
			     "queues: 须为队列标识的数组 must be an array of 1 to %d queue ids, [ "
			     "\"general\" ]",
			     CORE_MAX_WINDOW_QUEUES);
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		const char *id = config_setting_get_string_elem(list, i);
		int n;

		if (!id || !queue_exists(config, id)) {
			config_error(reader, config_setting_get_elem(list, (unsigned)i),
				     "queues: 配置中无此队列 \"%.40s\" is no queue of this "
				     "configuration",
				     id ? id : "(not text)");
			continue;
		}
		if (config_repeats(reader, list, i))
			continue;
		n = snprintf(window->queues + used, sizeof(window->queues) - used, "%s%s",
			     used ? "," : "", id);
		used += (size_t)n;
	}
}

static void read_windows(struct config_reader *reader, const config_setting_t *root,
			 struct config *config)
{
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, root, "windows", CORE_MAX_WINDOWS, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct event_window_defined *window = &config->windows[i];

		config_read_group(reader, at, &window_section, window);
		if (config_setting_is_group(at))
			read_window_queues(reader, at, config, window);
		for (size_t k = 0; k < i; k++)
			if (window->window && config->windows[k].window == window->window)
				config_error(reader, at,
					     "windows: 窗口号重复 number %d is there twice",
					     (int)window->window);
		config->window_count = i + 1;
	}
}

static void read_items(struct config_reader *reader, const config_setting_t *root,
		       struct config *config)
{
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, root, "items", CORE_MAX_ITEMS, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct event_item_defined *item = &config->items[i];

		config_read_group(reader, at, &item_section, item);
		config_unique(reader, at, "items: id", item->item, config->items[0].item, i,
			      sizeof(*item));
		if (item->queue[0] && !queue_exists(config, item->queue))
			config_error(
				reader, at,
				"queue: 配置中无此队列 \"%s\" is no queue of this configuration",
				item->queue);
		if (item->slot_min ? 1440 % item->slot_min != 0 : item->slot_quota != 0)
			config_error(reader, at,
				     "slot_min: 须整除 1440 must divide a day of 1440 minutes; "
				     "slot_quota needs "
				     "it");
		config_check_skills(reader, at, config, item);
		config->item_count = i + 1;
	}
}

static void read_all(struct config_reader *reader, const config_t *parsed, enum config_parts parts,
		     struct config *config)
{
	const config_setting_t *root = config_root_setting(parsed);

	config_read_group(reader, root, &root_section, config);
	read_hall(reader, root, config);
	config->queue_count = config_read_queues(reader, root, "printers", 999, config->queues);
	read_windows(reader, root, config);
	config_read_policy(reader, config_setting_get_member(root, "policy"), &config->policy);
	config_read_clerks(reader, root, config);
	read_items(reader, root, config);
	if (parts == CONFIG_WHOLE) {
		config_read_devices(reader, root, config);
		config_read_voices(reader, root, config);
	}
	config_read_printing(reader, root, config);
	config_read_tickets(reader, root, config);
	if (parts == CONFIG_WHOLE && !reader->errors)
		config_check_characters(reader, root, config);
}

int config_parse(struct config **ret_config, const char *text, const char *path,
		 enum config_parts parts, config_error_fn fn, void *user)
{
	struct config_reader reader = {.path = path, .fn = fn, .user = user};
	struct config *config = calloc(1, sizeof(*config));
	config_t parsed;
	int deep;

	if (!config)
		return -ENOMEM;
	config_init(&parsed);
	deep = config_nests_deeper(text, CONFIG_MAX_NESTING);
	if (deep)
		config_error_at_line(&reader, deep, "括号嵌套过深 brackets nest more than %d deep",
				     CONFIG_MAX_NESTING);
	else if (strstr(text, "@include"))
		config_error(&reader, NULL,
			     "不支持 @include is not supported: one hall is one file");
	else if (!config_read_string(&parsed, text))
		config_syntax_error(&reader, &parsed, text);
	else
		read_all(&reader, &parsed, parts, config);
	config_destroy(&parsed);
	if (reader.errors || reader.no_memory) {
		free(config);
		return reader.errors ? -EINVAL : -ENOMEM;
	}
	config_resolve_path(path, config->log_path, sizeof(config->log_path));
	config_resolve_path(path, config->key_path, sizeof(config->key_path));
	config_place_marks(config);
	*ret_config = config;
	return 0;
}

int config_load(struct config **ret_config, const char *path, config_error_fn fn, void *user)
{
	struct config_reader reader = {.path = path, .fn = fn, .user = user};
	char *text = NULL;
	int r;

	r = config_read_text_file(path, CONFIG_MAX_BYTES, &text);
	if (r == -EFBIG)
		config_error(&reader, NULL,
			     "不是普通文件或过大 no ordinary file, or larger than %d bytes",
			     CONFIG_MAX_BYTES);
	else if (r == -EILSEQ)
		config_error(&reader, NULL,
			     "不是文本文件 holds a zero byte: this is no text file (UTF-8)");
	if (r < 0 || !text)
		return r == -EFBIG || r == -EILSEQ ? -EINVAL : r;
	r = config_parse(ret_config, text, path, CONFIG_WHOLE, fn, user);
	free(text);
	return r;
}
