/* onewindow baseline freeze|list|show: periods to compare with, by name. The log is read; freezing
 * is the daemon's, or done here while none runs. */
#include "src/cli/baseline.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/baseline_freeze.h"
#include "src/cli/cli.h"

enum { OPTION_CHECK = 256 };

const char *baseline_time(const struct stamp *at, char ret[BASELINE_TIME_SIZE])
{
	time_t seconds = (time_t)(at->wall_ms / 1000 + at->offset_min * 60LL);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(ret, BASELINE_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
	return ret;
}

/* ---- what a log has ---- */

struct names {
	char list[400];
	size_t used;
	bool more;
};

static int add_name(void *user, const struct event *event)
{
	const char *name = event->u.baseline_frozen.name;
	struct names *names = user;

	if (names->used + strlen(name) + 3 > sizeof(names->list)) {
		names->more = true;
		return 0;
	}
	names->used +=
		(size_t)snprintf(names->list + names->used, sizeof(names->list) - names->used,
				 "%s%s", names->used ? ", " : "", name);
	return 0;
}

static int say_unknown(const char *command, struct store_reader *reader, const char *name)
{
	struct names names = {0};
	int r = baseline_each(reader, add_name, &names);

	if (r < 0 || !names.used)
		fprintf(stderr,
			"onewindow %s: 没有基期 there is no baseline \"%.40s\": 尚未冻结任何基期 "
			"none "
			"is frozen yet (onewindow baseline freeze)\n",
			command, name);
	else
		fprintf(stderr,
			"onewindow %s: 没有基期 there is no baseline \"%.40s\"; 已有 there are: "
			"%s%s\n",
			command, name, names.list, names.more ? ", …" : "");
	return CLI_REFUSED;
}

int baseline_get(const char *command, const char *log, struct store_reader *reader,
		 const char *name, struct baseline_facts *ret)
{
	int r = baseline_find(reader, name, ret);

	if (r == -ENOENT)
		return say_unknown(command, reader, name);
	return r < 0 ? cli_log_fail(command, log, store_reader_detail(reader), r) : CLI_OK;
}

int baseline_reread(const char *command, const char *log, const struct baseline_facts *facts)
{
	char error[STORE_ERROR_SIZE] = "";
	int r = baseline_check(log, &facts->frozen, error);

	if (r == 0)
		return CLI_OK;
	if (r != -EBADMSG)
		return cli_log_fail(command, log, error, r);
	fprintf(stderr, "onewindow %s: %s\n", command, error);
	fprintf(stderr,
		"onewindow %s: 不再可作比较，请以 onewindow log verify 查明 nothing is compared "
		"with "
		"it: see `onewindow log verify %s`, and the copies that were kept\n",
		command, log);
	return CLI_LOG_DAMAGED;
}

/* ---- list ---- */

struct list {
	enum cli_format format;
	struct cli_table table;
	json_t *array;
	size_t count;
};

json_t *baseline_ids_json(const char *ids)
{
	char rest[sizeof(((struct event_baseline_frozen *)NULL)->control)], *save = NULL;
	json_t *array = json_array();

	snprintf(rest, sizeof(rest), "%s", ids);
	for (char *id = strtok_r(rest, ",", &save); id; id = strtok_r(NULL, ",", &save))
		json_array_append_new(array, json_string(id));
	return array;
}

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

static void show_json(const struct baseline_facts *facts, const struct event *event, bool checked)
{
	json_t *root = frozen_json(event);

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
	printf("%s,%s,%s\r\n", (const char *)user, key, value);
}

static void show_csv(const struct baseline_facts *facts, const struct event *event)
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

static void show_text(const struct baseline_facts *facts, const struct event *event, bool checked)
{
	const struct event_baseline_frozen *frozen = &facts->frozen;
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE], when[BASELINE_TIME_SIZE];

	printf("基期 baseline: %s\n"
	       "服务日 service days: %s to %s, 天数 days %" PRId64 ", 人次 visits %" PRId64 "\n"
	       "对照队列 control queues: %s\n"
	       "冻结于 frozen at %s, 事件 event %" PRIu64 " (%s)\n"
	       "记录 rows: 事件 events %" PRId64 " to %" PRId64 "\n"
	       "  哈希 hash %s%s\n"
	       "数字 figures: 版本 version %" PRId64 "\n"
	       "  哈希 hash %s\n",
	       frozen->name, baseline_date(frozen->from, from), baseline_date(frozen->to, to),
	       frozen->days, frozen->visits, frozen->control[0] ? frozen->control : "无 none",
	       baseline_time(&event->at, when), event->seq, event->by, frozen->first_seq,
	       frozen->last_seq, frozen->rows,
	       checked ? "\n  已重读，与冻结时相同 read again: they are those that were frozen"
		       : "",
	       frozen->figures_version, frozen->figures);
	show_table(facts, BASELINE_WINDOWS, "窗口 window", "队列 queues", add_window_text);
	show_table(facts, BASELINE_ITEMS, "事项 item", "人次 visits", add_item_text);
}

static int show(const char *log, struct store_reader *reader, const char *name, bool check,
		enum cli_format format)
{
	struct seek seek = {.name = name};
	struct baseline_facts facts = {0};
	int r = baseline_get("baseline", log, reader, name, &facts);

	if (r != CLI_OK)
		return r;
	if (check)
		r = baseline_reread("baseline", log, &facts);
	if (r == CLI_OK && baseline_each(reader, seek_event, &seek) < 0)
		r = cli_log_fail("baseline", log, store_reader_detail(reader), -EBADMSG);
	if (r == CLI_OK && format == CLI_JSON)
		show_json(&facts, &seek.event, check);
	else if (r == CLI_OK && format == CLI_CSV)
		show_csv(&facts, &seek.event);
	else if (r == CLI_OK)
		show_text(&facts, &seek.event, check);
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

/* ---- options ---- */

struct options {
	struct baseline_freeze freeze;
	bool check;
	const char *words[3];
	int word_count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	struct baseline_freeze *freeze = &options->freeze;

	switch (key) {
	case 's':
	case 'e': {
		int64_t date = cli_parse_date(arg);

		if (!date)
			argp_error(state, "\"%s\" 不是日期 is no date; write it as 2026-11-24",
				   arg);
		*(key == 's' ? &freeze->from : &freeze->to) = date;
		break;
	}
	case 'c': freeze->control = arg; break;
	case 'l': freeze->log = arg; break;
	case 'k': freeze->key = arg; break;
	case 'u': freeze->url = arg; break;
	case 'f':
		if (!cli_parse_format(arg, &freeze->format))
			argp_error(state, "--format %s: 可选 allowed are text, csv, json", arg);
		break;
	case OPTION_CHECK: options->check = true; break;
	case ARGP_KEY_ARG:
		if (options->word_count == 3)
			argp_error(state, "词数过多 too many words");
		options->words[options->word_count++] = arg;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int run_freeze(const struct options *options)
{
	const struct baseline_freeze *freeze = &options->freeze;

	if (!freeze->from || !freeze->to)
		return cli_usage("baseline", "freeze: 请用 --from、--to 指明服务日 --from and --to "
					     "say which service days");
	if (freeze->from > freeze->to)
		return cli_usage("baseline", "起始晚于截止 --from lies after --to");
	if (freeze->log && freeze->url)
		return cli_usage("baseline", "--log 与 --url 只用其一 either --log (the daemon is "
					     "stopped) or --url");
	if (freeze->key && !freeze->log)
		return cli_usage("baseline", "--key 须与 --log 同用 --key goes with --log");
	if (strlen(options->words[1]) >= CORE_ID_SIZE)
		return cli_usage("baseline", "名称过长 the name is too long: at most %d",
				 CORE_ID_SIZE - 1);
	if (freeze->control &&
	    strlen(freeze->control) >= sizeof(((struct baseline_request *)NULL)->control))
		return cli_usage("baseline", "--control: 队列过多 too many queues: at most %d",
				 CORE_MAX_WINDOW_QUEUES);
	return baseline_freeze(freeze, options->words[1]);
}

int cli_baseline(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"from", 's', "YYYY-MM-DD", 0, "freeze: 起始服务日 first service day", 0},
		{"to", 'e', "YYYY-MM-DD", 0, "freeze: 截止服务日 last service day", 0},
		{"control", 'c', "QUEUE,...", 0,
		 "freeze: 对照队列，改革未涉及 queues that nothing was changed for", 0},
		{"log", 'l', "FILE", 0,
		 "日志 the log; freeze: 守护进程已停 only while the daemon is stopped", 0},
		{"key", 'k', "FILE", 0,
		 "freeze --log: 日志密钥 the log's key (default: beside it, LOG.key)", 0},
		{"url", 'u', "URL", 0,
		 "freeze: 守护进程地址 the daemon (default: $ONEWINDOW_URL, else "
		 "http://127.0.0.1:8390)",
		 0},
		{"check", OPTION_CHECK, NULL, 0,
		 "show: 重读其记录，与冻结时比对 read its rows again and compare", 0},
		{"format", 'f', "text|csv|json", 0, "输出格式 how to print", 0},
		{0},
	};
	struct argp argp = {
		list,
		parse,
		"freeze NAME\nlist\nshow NAME",
		"Freeze a period of closed days under a name, to compare later ones with "
		"it; list and show what was frozen. A baseline is never edited: another "
		"name supersedes it. "
		"以名称冻结一段已结束的服务日，供日后比较；列出、查看已冻结的基期。"
		"基期不可修改，只能另立新名。",
		NULL,
		NULL,
		NULL};
	struct options options = {0};
	bool freeze, show_one;
	int r = cli_parse(&argp, argc, argv, &options);

	if (r)
		return r;
	freeze = options.word_count == 2 && !strcmp(options.words[0], "freeze");
	show_one = options.word_count == 2 && !strcmp(options.words[0], "show");
	if (freeze && !options.check)
		return run_freeze(&options);
	if (!show_one && (options.word_count != 1 || strcmp(options.words[0], "list") != 0))
		return cli_usage("baseline", "应为 expected: freeze NAME, list, or show NAME");
	if (options.freeze.from || options.freeze.to || options.freeze.control ||
	    options.freeze.key || options.freeze.url || (options.check && !show_one))
		return cli_usage("baseline", "%s: 选项不适用 an option that means nothing here",
				 options.words[0]);
	if (!options.freeze.log)
		return cli_usage("baseline", "请用 --log 指明日志 --log says which log to read");
	return baseline_print(options.freeze.log, show_one ? options.words[1] : NULL, options.check,
			      options.freeze.format);
}
