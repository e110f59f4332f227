/* What onewindow baseline list and show print. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/baseline.h"
#include "src/cli/baseline_freeze.h"
#include "src/cli/report_print.h"

/* ---- list ---- */

struct list {
	enum cli_format format;
	struct cli_table table;
	json_t *array;
	size_t count;
};

static void set_integer(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

static json_t *frozen_json(const struct event *event)
{
	const struct event_baseline_frozen *frozen = &event->u.baseline_frozen;
	json_t *object = json_object();

	json_object_set_new(object, "name", json_string(frozen->name));
	set_integer(object, "from", frozen->from);
	set_integer(object, "to", frozen->to);
	set_integer(object, "days", frozen->days);
	set_integer(object, "visits", frozen->visits);
	json_object_set_new(object, "control", baseline_ids_json(frozen->control));
	set_integer(object, "frozen_at_ms", event->at.wall_ms);
	set_integer(object, "frozen_seq", (int64_t)event->seq);
	json_object_set_new(object, "by", json_string(event->by));
	set_integer(object, "first_seq", frozen->first_seq);
	set_integer(object, "last_seq", frozen->last_seq);
	json_object_set_new(object, "rows", json_string(frozen->rows));
	json_object_set_new(object, "figures", json_string(frozen->figures));
	set_integer(object, "figures_version", frozen->figures_version);
	return object;
}

static int list_one(void *user, const struct event *event)
{
	const struct event_baseline_frozen *frozen = &event->u.baseline_frozen;
	char date[BASELINE_DATE_SIZE], when[BASELINE_TIME_SIZE];
	struct list *list = user;
	struct cli_table *table = &list->table;

	list->count++;
	if (list->format == CLI_JSON) {
		json_array_append_new(list->array, frozen_json(event));
		return 0;
	}
	cli_table_add(table, "%s", frozen->name);
	cli_table_add(table, "%s", baseline_date(frozen->from, date));
	cli_table_add(table, "%s", baseline_date(frozen->to, date));
	cli_table_add(table, "%" PRId64, frozen->days);
	cli_table_add(table, "%" PRId64, frozen->visits);
	cli_table_add(table, "%s",
		      frozen->control[0] || list->format == CLI_CSV ? frozen->control : "-");
	cli_table_add(table, "%s", baseline_time(&event->at, when));
	cli_table_add(table, list->format == CLI_CSV ? "%s" : "%.16s…", frozen->rows);
	return 0;
}

static int print_list(const char *log, struct store_reader *reader, enum cli_format format)
{
	static const char *const words[] = {"名称 name",	"起始 from",   "截止 to",
					    "天数 days",	"人次 visits", "对照 control",
					    "冻结于 frozen at", "哈希 hash"};
	static const char *const fields[] = {"name",   "from",	  "to",	       "days",
					     "visits", "control", "frozen_at", "rows"};
	const size_t columns = sizeof(words) / sizeof(words[0]);
	struct list list = {.format = format, .array = json_array()};
	json_t *root = json_object();
	int r;

	cli_table_init(&list.table, columns);
	for (size_t i = 0; i < columns; i++)
		cli_table_add(&list.table, "%s", format == CLI_CSV ? fields[i] : words[i]);
	r = baseline_each(reader, list_one, &list);
	json_object_set_new(root, "baselines", list.array);
	if (r < 0)
		r = cli_log_fail("baseline", log, store_reader_detail(reader), r);
	else if (format == CLI_JSON)
		cli_print_json(root);
	else if (format == CLI_TEXT && !list.count)
		printf("尚未冻结任何基期 no baseline is frozen yet\n");
	else
		cli_table_print(&list.table, format);
	cli_table_finish(&list.table);
	json_decref(root);
	return r;
}

/* ---- show ---- */

struct seek {
	const char *name;
	struct event event;
};

static int seek_event(void *user, const struct event *event)
{
	struct seek *seek = user;

	if (!strcmp(event->u.baseline_frozen.name, seek->name))
		seek->event = *event;
	return 0;
}

/* Calls fn for each "key=value" of the parts about that, in order. */
static void each_entry(const struct baseline_facts *facts, int64_t about,
		       void (*fn)(void *user, const char *key, const char *value), void *user)
{
	for (int64_t i = 0; i < facts->frozen.parts; i++) {
		char rest[CORE_PART_SIZE], *save = NULL;

		if (facts->parts[i].about != about)
			continue;
		memcpy(rest, facts->parts[i].text, sizeof(rest));
		for (char *entry = strtok_r(rest, ";", &save); entry;
		     entry = strtok_r(NULL, ";", &save)) {
			char *value = strrchr(entry, '=');

			if (!value)
				continue;
			*value++ = '\0';
			fn(user, entry, value);
		}
	}
}

static bool is_others(const char *key)
{
	return !strcmp(key, "(others)");
}

static void add_window_json(void *user, const char *key, const char *value)
{
	char ids[CORE_PART_SIZE];
	json_t *root = user, *one;

	if (is_others(key)) {
		set_integer(root, "windows_left_out", atoll(value));
		return;
	}
	snprintf(ids, sizeof(ids), "%s", value);
	for (char *plus = ids; (plus = strchr(plus, '+'));)
		*plus = ',';
	one = json_object();
	set_integer(one, "window", atoll(key));
	json_object_set_new(one, "queues", baseline_ids_json(ids));
	json_array_append_new(json_object_get(root, "windows"), one);
}

static void add_item_json(void *user, const char *key, const char *value)
{
	json_t *root = user, *one;

	if (is_others(key)) {
		set_integer(root, "items_left_out", atoll(value));
		return;
	}
	one = json_object();
	json_object_set_new(one, "item", json_string(!strcmp(key, "(unknown)") ? "" : key));
	set_integer(one, "visits", atoll(value));
	json_array_append_new(json_object_get(root, "items"), one);
}

static void show_json(const struct baseline_facts *facts, const struct event *event,
		      const struct report_origin *origin, bool checked)
{
	json_t *root = frozen_json(event);

	json_object_set_new(root, "simulated", json_boolean(origin->simulated.days));
	json_object_set_new(root, "simulated_days", report_origin_json(origin));
	json_object_set_new(root, "checked", json_boolean(checked));
	json_object_set_new(root, "windows", json_array());
	set_integer(root, "windows_left_out", 0);
	json_object_set_new(root, "items", json_array());
	set_integer(root, "items_left_out", 0);
	each_entry(facts, BASELINE_WINDOWS, add_window_json, root);
	each_entry(facts, BASELINE_ITEMS, add_item_json, root);
	cli_print_json(root);
	json_decref(root);
}

static void add_csv(void *user, const char *key, const char *value)
{
	printf("%s,", (const char *)user);
	cli_print_csv_cell(key);
	putchar(',');
	cli_print_csv_cell(value);
	fputs("\r\n", stdout);
}

static void show_csv(const struct baseline_facts *facts, const struct event *event,
		     const struct report_origin *origin)
{
	const struct event_baseline_frozen *frozen = &facts->frozen;
	char text[BASELINE_TIME_SIZE];
	char window[] = "window", item[] = "item";

	printf("about,key,value\r\nbaseline,name,%s\r\n", frozen->name);
	printf("baseline,from,%s\r\n", baseline_date(frozen->from, text));
	printf("baseline,to,%s\r\n", baseline_date(frozen->to, text));
	printf("baseline,days,%" PRId64 "\r\nbaseline,visits,%" PRId64 "\r\nbaseline,control,",
	       frozen->days, frozen->visits);
	cli_print_csv_cell(frozen->control);
	printf("\r\nbaseline,frozen_at,%s\r\nbaseline,frozen_seq,%" PRIu64
	       "\r\nbaseline,first_seq,%" PRId64 "\r\nbaseline,last_seq,%" PRId64
	       "\r\nbaseline,rows,%s\r\nbaseline,figures,%s\r\n",
	       baseline_time(&event->at, text), event->seq, frozen->first_seq, frozen->last_seq,
	       frozen->rows, frozen->figures);
	printf("baseline,source,%s\r\n", report_source(origin));
	each_entry(facts, BASELINE_WINDOWS, add_csv, window);
	each_entry(facts, BASELINE_ITEMS, add_csv, item);
}

static void add_window_text(void *user, const char *key, const char *value)
{
	struct cli_table *table = user;
	char queues[2 * CORE_PART_SIZE];
	size_t used = 0;

	for (; *value && used + 4 < sizeof(queues); value++)
		used += (size_t)snprintf(queues + used, sizeof(queues) - used,
					 *value == '+' ? ", " : "%c", *value);
	queues[used] = '\0';
	cli_table_add(table, "%s", is_others(key) ? "其余 others" : key);
	cli_table_add(table, "%s", queues);
}

static void add_item_text(void *user, const char *key, const char *value)
{
	struct cli_table *table = user;

	if (is_others(key))
		key = "其余 others";
	else if (!strcmp(key, "(unknown)"))
		key = "未填事项 none given";
	cli_table_add(table, "%s", key);
	cli_table_add(table, "%s", value);
}

static void show_table(const struct baseline_facts *facts, int64_t about, const char *first,
		       const char *second, void (*fn)(void *, const char *, const char *))
{
	struct cli_table table;

	cli_table_init(&table, 2);
	cli_table_add(&table, "%s", first);
	cli_table_add(&table, "%s", second);
	each_entry(facts, about, fn, &table);
	putchar('\n');
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
}

static void show_text(const struct baseline_facts *facts, const struct event *event,
		      const struct report_origin *origin, bool checked)
{
	const struct event_baseline_frozen *frozen = &facts->frozen;
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE], when[BASELINE_TIME_SIZE];

	printf("基期 baseline: %s\n", frozen->name);
	report_print_origin(origin);
	printf("服务日 service days: %s to %s, 天数 days %" PRId64 ", 人次 visits %" PRId64 "\n"
	       "对照队列 control queues: %s\n"
	       "冻结于 frozen at %s, 事件 event %" PRIu64 " (%s)\n"
	       "记录 rows: 事件 events %" PRId64 " to %" PRId64 "\n"
	       "  哈希 hash %s%s\n"
	       "数字 figures: 版本 version %" PRId64 "\n"
	       "  哈希 hash %s\n",
	       baseline_date(frozen->from, from), baseline_date(frozen->to, to), frozen->days,
	       frozen->visits, frozen->control[0] ? frozen->control : "无 none",
	       baseline_time(&event->at, when), event->seq, event->by, frozen->first_seq,
	       frozen->last_seq, frozen->rows,
	       checked ? "\n  已重读，与冻结时相同 read again: they are those that were frozen"
		       : "",
	       frozen->figures_version, frozen->figures);
	show_table(facts, BASELINE_WINDOWS, "窗口 window", "队列 queues", add_window_text);
	show_table(facts, BASELINE_ITEMS, "事项 item", "人次 visits", add_item_text);
}

static int find_origin(const char *log, struct store_reader *reader,
		       const struct event_baseline_frozen *frozen, struct report_origin *ret_origin)
{
	int r;

	*ret_origin = (struct report_origin){.days = frozen->days};
	r = origin_read(reader, frozen->from, frozen->to, (uint64_t)frozen->last_seq,
			&ret_origin->simulated);
	return r < 0 ? cli_log_fail("baseline", log, store_reader_detail(reader), r) : CLI_OK;
}

static int show(const char *log, struct store_reader *reader, const char *name, bool check,
		enum cli_format format)
{
	struct seek seek = {.name = name};
	struct baseline_facts facts = {0};
	struct report_origin origin;
	bool kept = true;
	int r = baseline_get("baseline", log, reader, name, &facts);

	if (r != CLI_OK)
		return r;
	if (check)
		r = baseline_reread("baseline", log, &facts, &kept);
	if (r == CLI_OK && baseline_each(reader, seek_event, &seek) < 0)
		r = cli_log_fail("baseline", log, store_reader_detail(reader), -EBADMSG);
	if (r == CLI_OK)
		r = find_origin(log, reader, &facts.frozen, &origin);
	if (r == CLI_OK && format == CLI_JSON)
		show_json(&facts, &seek.event, &origin, check);
	else if (r == CLI_OK && format == CLI_CSV)
		show_csv(&facts, &seek.event, &origin);
	else if (r == CLI_OK)
		show_text(&facts, &seek.event, &origin, check);
	baseline_facts_finish(&facts);
	return r;
}

int baseline_print(const char *log, const char *name, bool check, enum cli_format format)
{
	struct store_reader *reader = NULL;
	char error[STORE_ERROR_SIZE] = "";
	int r = store_reader_open(&reader, log, error);

	if (r < 0)
		return cli_log_fail("baseline", log, error, r);
	r = name ? show(log, reader, name, check, format) : print_list(log, reader, format);
	store_reader_close(reader);
	return r;
}
