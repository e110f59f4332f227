/* A scenario's file (docs/simulate.md). Groups by tables, as the hall's configuration; the lists
 * are in scenario_read_rows.c. */
#include "src/simulate/scenario_read.h"

#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/settings/config_hall.h"

static const struct config_field own_fields[] = {
	CONFIG_FIELD(struct scenario, id, "id", CONFIG_ID, false, 0, 0),
	CONFIG_FIELD(struct scenario, zh, "zh", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct scenario, en, "en", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct scenario, zone, "zone", CONFIG_TEXT, false, 0, 0),
	CONFIG_FIELD(struct scenario, target_ms, "target_min", CONFIG_INT, false, 1,
		     SCENARIO_MOST_TARGET_MIN),
};
static const struct config_section own_section = CONFIG_SECTION("scenario", own_fields);

static const struct config_field cases_fields[] = {
	CONFIG_FIELD_NUMBER(struct scenario, cases_a_day, "a_day", true, SCENARIO_LEAST_CASES,
			    SCENARIO_MOST_CASES),
	CONFIG_FIELD_NUMBER(struct scenario, day_cv, "day_cv", false, 0, SCENARIO_MOST_CV),
};
static const struct config_field service_fields[] = {
	CONFIG_FIELD_NUMBER(struct scenario, service.mean_min, "mean_min", true,
			    SCENARIO_LEAST_MEAN_MIN, SCENARIO_MOST_MEAN_MIN),
	CONFIG_FIELD_NUMBER(struct scenario, service.cv, "cv", true, 0, SCENARIO_MOST_CV),
};
static const struct config_field rework_fields[] = {
	CONFIG_FIELD_NUMBER(struct scenario, rework_chance, "chance", true, 0, 1),
};
static const struct config_field pick_up_fields[] = {
	CONFIG_FIELD_NUMBER(struct scenario, pick_up_chance, "chance", true, 0, 1),
	CONFIG_FIELD_NUMBER(struct scenario, pick_up.mean_min, "mean_min", true,
			    SCENARIO_LEAST_MEAN_MIN, SCENARIO_MOST_MEAN_MIN),
	CONFIG_FIELD_NUMBER(struct scenario, pick_up.cv, "cv", true, 0, SCENARIO_MOST_CV),
};
static const struct config_field online_fields[] = {
	CONFIG_FIELD_NUMBER(struct scenario, uptake, "uptake", true, 0, 1),
};
static const struct config_field no_show_fields[] = {
	CONFIG_FIELD_NUMBER(struct scenario, no_show_chance, "chance", true, 0, 1),
	CONFIG_FIELD_NUMBER(struct scenario, no_show_s, "wait_s", true, 0, SCENARIO_MOST_WAIT_S),
};
static const struct config_field patience_fields[] = {
	CONFIG_FIELD_NUMBER(struct scenario, patience_min, "mean_min", true, 0,
			    SCENARIO_MOST_PATIENCE),
};
static const struct config_field priority_fields[] = {
	CONFIG_FIELD_NUMBER(struct scenario, priority_chance, "chance", true, 0, 1),
};
/* Read alike, straight into the scenario. */
static const struct config_section groups[] = {
	CONFIG_SECTION("cases", cases_fields),	     CONFIG_SECTION("service", service_fields),
	CONFIG_SECTION("rework", rework_fields),     CONFIG_SECTION("pick_up", pick_up_fields),
	CONFIG_SECTION("online", online_fields),     CONFIG_SECTION("no_show", no_show_fields),
	CONFIG_SECTION("patience", patience_fields), CONFIG_SECTION("priority", priority_fields),
};

static const struct config_field root_fields[] = {
	{.key = "scenario", .kind = CONFIG_GROUP},
	{.key = "hall", .kind = CONFIG_GROUP},
	{.key = "hours", .kind = CONFIG_GROUP},
	{.key = "cases", .kind = CONFIG_GROUP},
	{.key = "service", .kind = CONFIG_GROUP},
	{.key = "rework", .kind = CONFIG_GROUP},
	{.key = "pick_up", .kind = CONFIG_GROUP},
	{.key = "online", .kind = CONFIG_GROUP},
	{.key = "no_show", .kind = CONFIG_GROUP},
	{.key = "patience", .kind = CONFIG_GROUP},
	{.key = "priority", .kind = CONFIG_GROUP},
	CONFIG_FIELD_NUMBER(struct scenario, walk_s, "walk_s", false, 0, SCENARIO_MOST_WAIT_S),
	{.key = "policy", .kind = CONFIG_GROUP},
	{.key = "rules", .kind = CONFIG_GROUP},
	{.key = "queues", .kind = CONFIG_GROUP},
	{.key = "windows", .kind = CONFIG_GROUP},
	{.key = "items", .kind = CONFIG_GROUP},
};
static const struct config_section root_section = CONFIG_SECTION("scenario", root_fields);

/* What is missing is said of the group that every scenario has. */
static const config_setting_t *place_of(const struct scenario_reader *reader, const char *key)
{
	const config_setting_t *at = config_setting_get_member(reader->root, key);

	if (!at)
		at = reader->own;
	return at ? at : config_setting_get_member(reader->root, "hall");
}

static void read_missing(struct scenario_reader *reader)
{
	static const struct {
		const char *key, *example;
		bool of_hall; /* the hall has it */
	} needed[] = {
		{"hours", "hours = ( { from = \"09:00\"; to = \"12:00\"; weight = 1.0; } );",
		 false},
		{"cases", "cases = { a_day = 200.0; day_cv = 0.15; };", false},
		{"service", "service = { mean_min = 11.0; cv = 0.6; };", false},
		{"items", "items = ( { id = \"permit\"; department = \"公安\"; share = 1.0; } );",
		 true},
		{"queues",
		 "queues = ( { id = \"general\"; zh = \"综合\"; en = \"General\"; prefix = \"A\"; "
		 "work = true; } );",
		 true},
		{"windows", "windows = ( { count = 6; queues = [ \"general\" ]; } );", true},
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!config_setting_get_member(reader->root, needed[i].key) &&
		    !(needed[i].of_hall && reader->of_hall))
			config_error(&reader->config, place_of(reader, ""),
				     "缺少 key \"%s\" is missing; 例如 for example: %s",
				     needed[i].key, needed[i].example);
}

static void read_own(struct scenario_reader *reader)
{
	struct scenario *scenario = &reader->scenario;
	bool named = config_setting_get_member(reader->root, "hall") != NULL;

	scenario->target_ms = scenario->target_ms ? scenario->target_ms / 60000 : 15;
	if (reader->own)
		config_read_group(&reader->config, reader->own, &own_section, scenario);
	else if (!named)
		config_error(
			&reader->config, NULL,
			"缺少 group \"scenario\" is missing; 例如 for example: scenario = { id "
			"= \"small\"; zh = \"小厅\"; en = \"Small hall\"; zone = "
			"\"Asia/Shanghai\"; };");
	for (size_t i = 0; reader->own && !named && i < 4; i++)
		if (!config_setting_get_member(reader->own, own_fields[i].key))
			config_error(&reader->config, reader->own,
				     "scenario: 缺少 key \"%s\" is missing", own_fields[i].key);
	if (reader->own)
		config_check_zone(&reader->config, config_setting_get_member(reader->own, "zone"),
				  scenario->zone);
	scenario->target_ms *= 60000;
}

static void read_policy(struct scenario_reader *reader)
{
	static const char *const names[SCENARIO_POLICY_COUNT] = {
		[SCENARIO_DEPARTMENTAL] = "departmental",
		[SCENARIO_POOLED] = "pooled",
		[SCENARIO_PRIORITY] = "priority",
		[SCENARIO_HALL] = "hall",
	};
	const config_setting_t *at = config_setting_get_member(reader->root, "policy");
	const char *text = at ? config_setting_get_string(at) : NULL;

	for (int i = 0; text && i < SCENARIO_POLICY_COUNT; i++)
		if (!strcmp(text, names[i])) {
			reader->scenario.policy = (enum scenario_policy)i;
			return;
		}
	if (at)
		config_error(&reader->config, at,
			     "policy: 无效 \"%.40s\"; 可用 allowed: \"departmental\", \"pooled\", "
			     "\"priority\", \"hall\" (各部门、综合、优先、大厅规则)",
			     text ? text : "(not text)");
}

static bool read_hall(struct scenario_reader *reader, scenario_hall_fn load, void *user)
{
	static const char *const own[] = {"queues", "rules"};
	const config_setting_t *at = config_setting_get_member(reader->root, "hall");
	const char *name = at ? config_setting_get_string(at) : NULL;
	struct scenario_hall hall = {.queue_count = 0};
	char path[1024];
	int r;

	if (!at)
		return true;
	if (config_setting_is_group(at)) {
		config_error(
			&reader->config, at,
			"hall: 这是大厅自己的配置，不是模拟场景；场景另写一个文件，以 hall 指明它 "
			"this is a hall's own configuration, no scenario; write a scenario that "
			"names it, in a file of its own: hall = \"%s\"; hours = ( { from = "
			"\"09:00\"; to = \"17:00\"; } ); cases = { a_day = 120; }; service = { "
			"mean_min = 12; cv = 0.7; };",
			reader->config.path);
		return false;
	}
	if (!name || !name[0] || strlen(name) >= sizeof(path)) {
		config_error(&reader->config, at,
			     "hall: 须为大厅配置的文件名 must be the file name of a hall's "
			     "configuration");
		return false;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (config_setting_get_member(reader->root, own[i]))
			config_error(&reader->config, place_of(reader, own[i]),
				     "%s: 与 hall 重复，二者留一 are the hall's own already; leave "
				     "one of the "
				     "two out",
				     own[i]);
	snprintf(path, sizeof(path), "%s", name);
	config_resolve_path(reader->config.path, path, sizeof(path));
	r = load ? load(user, path, &hall) : -ENOTSUP;
	if (r == 0)
		r = scenario_take_hall(&reader->scenario, &hall);
	reader->config.no_memory |= r == -ENOMEM;
	if (r == -EINVAL)
		config_error(&reader->config, at, "hall: 大厅配置有误 \"%s\" has faults", path);
	else if (r < 0 && r != -ENOMEM)
		config_error(&reader->config, at, "hall: 读不了 \"%s\" cannot be read here", path);
	reader->of_hall = r == 0;
	return r == 0;
}

/* ---- faults of the sense -------------------------------------------------------------------- */

static const char *const part_keys[] = {
	[FAULT_WHOLE] = "scenario",    [FAULT_HOURS] = "hours",	    [FAULT_CASES] = "cases",
	[FAULT_SERVICE] = "service",   [FAULT_REWORK] = "rework",   [FAULT_PICK_UP] = "pick_up",
	[FAULT_ONLINE] = "online",     [FAULT_NO_SHOW] = "no_show", [FAULT_PATIENCE] = "patience",
	[FAULT_PRIORITY] = "priority", [FAULT_WALK] = "walk_s",	    [FAULT_POLICY] = "policy",
	[FAULT_RULES] = "rules",       [FAULT_QUEUE] = "queues",    [FAULT_WINDOW] = "windows",
	[FAULT_ITEM] = "items",
};

static const config_setting_t *place_of_part(const struct scenario_reader *reader,
					     enum fault_part part, uint32_t index)
{
	const config_setting_t *at = place_of(reader, part_keys[part]);
	bool rows = part == FAULT_HOURS || part == FAULT_QUEUE || part == FAULT_WINDOW ||
		    (part == FAULT_ITEM && !reader->of_hall);

	if (part == FAULT_WINDOW && index < reader->scenario.window_count)
		index = reader->scenario.windows[index].row;
	if (rows && at && config_setting_is_list(at) && index < (uint32_t)config_setting_length(at))
		at = config_setting_get_elem(at, index);
	return at;
}

static void tell_fault(void *user, enum fault_part part, uint32_t index, const char *message)
{
	struct scenario_reader *reader = user;

	config_error(&reader->config, place_of_part(reader, part, index), "%s", message);
}

static void tell_doubt(void *user, enum fault_part part, uint32_t index, const char *message)
{
	struct scenario_reader *reader = user;

	config_warning(&reader->config, place_of_part(reader, part, index), message);
}

/* ---- the file ------------------------------------------------------------------------------- */

static void read_all(struct scenario_reader *reader, scenario_hall_fn load, void *load_user)
{
	struct scenario *scenario = &reader->scenario;

	reader->own = config_setting_get_member(reader->root, "scenario");
	scenario->policy = SCENARIO_POOLED;
	scenario->rules.overtakes = -1;
	scenario->departments = calloc(SCENARIO_MAX_DEPARTMENTS, sizeof(*scenario->departments));
	if (!scenario->departments) {
		reader->config.no_memory = true;
		return;
	}
	if (!read_hall(reader, load, load_user))
		return;
	config_read_group(&reader->config, reader->root, &root_section, scenario);
	read_missing(reader);
	read_own(reader);
	scenario_read_hours(reader);
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		const config_setting_t *at =
			config_setting_get_member(reader->root, groups[i].name);

		if (at)
			config_read_group(&reader->config, at, &groups[i], scenario);
	}
	read_policy(reader);
	if (!reader->of_hall)
		config_read_policy(&reader->config,
				   config_setting_get_member(reader->root, "rules"),
				   &scenario->rules);
	scenario_read_items(reader);
	if (!reader->of_hall)
		scenario_read_queues(reader);
	scenario_read_windows(reader);
	if (!reader->config.errors && !reader->config.no_memory)
		scenario_faults(scenario, tell_fault, reader);
	if (!reader->config.errors && !reader->config.no_memory)
		scenario_busy_faults(scenario, tell_fault, reader);
	if (!reader->config.errors && !reader->config.no_memory) {
		scenario_doubts(scenario, reader->of_hall, tell_doubt, reader);
		scenario_busy_doubts(scenario, tell_doubt, reader);
	}
}

static void parse(struct scenario_reader *reader, const char *text, scenario_hall_fn load,
		  void *load_user)
{
	const char *path = reader->config.path, *slash = strrchr(path, '/');
	char folder[1024];
	config_t parsed;
	int r = config_check_includes(&reader->config, text);

	reader->config.no_memory |= r == -ENOMEM;
	if (r < 0)
		return;
	config_init(&parsed);
	if (slash) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash > path ? slash - path : 1),
			 path);
		config_set_include_dir(&parsed, folder);
	}
	if (config_read_string(&parsed, text)) {
		reader->root = config_root_setting(&parsed);
		read_all(reader, load, load_user);
	} else {
		config_syntax_error(&reader->config, &parsed, text);
	}
	config_destroy(&parsed);
}

int scenario_read_with(struct scenario *ret_scenario, const char *path, scenario_error_fn fn,
		       void *user, scenario_hall_fn hall, void *hall_user)
{
	struct scenario_reader *reader = calloc(1, sizeof(*reader));
	char *text = NULL;
	int r;

	if (!reader)
		return -ENOMEM;
	reader->config = (struct config_reader){.path = path, .fn = fn, .user = user};
	r = config_read_text_file(path, CONFIG_MAX_BYTES, &text);
	if (r == 0 && text) {
		parse(reader, text, hall, hall_user);
		r = reader->config.errors ? -EINVAL : reader->config.no_memory ? -ENOMEM : 0;
	} else if (r != -ENOMEM) {
		config_error(&reader->config, NULL, "读不了 cannot be read: %s",
			     r == -EFBIG    ? "no ordinary file, or too large"
			     : r == -EILSEQ ? "a zero byte: this is no text file (UTF-8)"
					    : strerror(-r));
		r = r == -EFBIG || r == -EILSEQ ? -EINVAL : r;
	}
	if (r == 0)
		*ret_scenario = reader->scenario;
	else
		scenario_finish(&reader->scenario);
	free(text);
	free(reader);
	return r;
}

int scenario_read(struct scenario *ret_scenario, const char *path, scenario_error_fn fn, void *user)
{
	return scenario_read_with(ret_scenario, path, fn, user, NULL, NULL);
}

/* Lines of @include become blank. Returns whether there were any. */
static bool blank_includes(char *text)
{
	bool any = false;

	for (char *line = text; *line;) {
		size_t len = strcspn(line, "\n"), blanks = strspn(line, " \t");

		if (!strncmp(line + blanks, "@include", 8)) {
			memset(line, ' ', len);
			any = true;
		}
		line += len + (line[len] == '\n');
	}
	return any;
}

bool scenario_is_text(const char *text)
{
	static const char *const keys[] = {"scenario", "hours", "cases", "service"};
	char *own = strdup(text);
	bool is = false, includes = own && blank_includes(own);
	config_t parsed;

	config_init(&parsed);
	if (own && !config_nests_deeper(own, CONFIG_MAX_NESTING) &&
	    config_read_string(&parsed, own)) {
		const config_setting_t *hall = config_lookup(&parsed, "hall");

		/* a hall is one file: what is in parts is a scenario */
		is = includes && !(hall && config_setting_is_group(hall));
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			is |= config_lookup(&parsed, keys[i]) != NULL;
	} else {
		is = includes;
	}
	config_destroy(&parsed);
	free(own);
	return is;
}
