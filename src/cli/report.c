/* onewindow report: how long people waited, from the log alone; the daemon need not run. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/cli.h"
#include "src/measure/report.h"
#include "src/store/store.h"

struct report_options {
	const char *log;
	enum cli_format format;
	struct measure_options measure;
	bool by[MEASURE_KIND_COUNT];
	bool chosen;
};

static const struct {
	const char *name;
	const char *head;
} kinds[MEASURE_KIND_COUNT] = {
	[MEASURE_ALL] = {"all", "全部 all"},
	[MEASURE_DAY] = {"day", "日 day"},
	[MEASURE_HOUR] = {"hour", "时 hour"},
	[MEASURE_QUEUE] = {"queue", "队列 queue"},
	[MEASURE_WINDOW] = {"window", "窗口 window"},
	[MEASURE_WEEKDAY] = {"weekday", "星期 weekday"},
	[MEASURE_CLERK] = {"clerk", "窗口人员 clerk"},
	[MEASURE_ITEM] = {"item", "事项 item"},
	[MEASURE_DEPARTMENT] = {"department", "部门 department"},
};

static void parse_by(struct report_options *options, const char *word, struct argp_state *state)
{
	for (int kind = 0; kind < MEASURE_KIND_COUNT; kind++) {
		if (strcmp(kinds[kind].name, word))
			continue;
		options->by[kind] = true;
		options->chosen = true;
		return;
	}
	argp_error(state, "--by %s: 可选 allowed are all, day, hour, queue, window", word);
}

static error_t parse_report(int key, char *arg, struct argp_state *state)
{
	struct report_options *options = state->input;
	char *end = NULL;
	long minutes;

	switch (key) {
	case 'l': options->log = arg; break;
	case 'f':
		if (!cli_parse_format(arg, &options->format))
			argp_error(state, "--format %s: 可选 allowed are text, json, csv", arg);
		break;
	case 'b': parse_by(options, arg, state); break;
	case 's':
	case 'e': {
		int64_t date = cli_parse_date(arg);

		if (!date)
			argp_error(state, "\"%s\" 不是日期 is no date; write it as 2026-11-24",
				   arg);
		*(key == 's' ? &options->measure.from : &options->measure.to) = date;
		break;
	}
	case 't':
		minutes = strtol(arg, &end, 10);
		if (*end || minutes < 1 || minutes > 480)
			argp_error(state, "--target %s: 可选 allowed are 1 to 480 minutes", arg);
		options->measure.target_ms = minutes * 60000;
		break;
	case ARGP_KEY_ARG: argp_error(state, "多余的词 no word is expected here: %s", arg); break;
	case ARGP_KEY_END:
		if (!options->log)
			argp_error(state, "请用 --log 指明日志 --log says which log to read");
		if (options->measure.to && options->measure.from > options->measure.to)
			argp_error(state, "起始晚于截止 --from lies after --to");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool has_text(enum measure_kind kind)
{
	return kind >= MEASURE_QUEUE && kind != MEASURE_WINDOW;
}

static void label(const struct measure_group *group, char *ret, size_t size)
{
	switch (group->kind) {
	case MEASURE_ALL: snprintf(ret, size, "全部 all"); break;
	case MEASURE_DAY:
		snprintf(ret, size, "%04d-%02d-%02d", (int)(group->key / 10000),
			 (int)(group->key / 100 % 100), (int)(group->key % 100));
		break;
	case MEASURE_HOUR: snprintf(ret, size, "%02d:00", (int)group->key); break;
	case MEASURE_QUEUE:
		snprintf(ret, size, "%.*s %.*s", CORE_NAME_SIZE, group->zh, CORE_NAME_SIZE,
			 group->en);
		break;
	default:
		snprintf(ret, size, "%d %.*s %.*s", (int)group->key, CORE_NAME_SIZE, group->zh,
			 CORE_NAME_SIZE, group->en);
		break;
	}
}

static double minutes(int64_t sum_ms, int64_t n)
{
	return n ? (double)sum_ms / (double)n / 60000.0 : 0.0;
}

static void add_minutes(struct cli_table *table, bool known, double value)
{
	if (known)
		cli_table_add(table, "%.2f", value);
	else
		cli_table_add(table, "-");
}

static void add_row(struct cli_table *table, const struct measure_group *group)
{
	const struct measure_figures *f = &group->figures;
	char name[2 * CORE_NAME_SIZE + 8];

	label(group, name, sizeof(name));
	cli_table_add(table, "%s", name);
	cli_table_add(table, "%" PRId64, f->issued);
	cli_table_add(table, "%" PRId64, f->called);
	cli_table_add(table, "%" PRId64, f->served);
	cli_table_add(table, "%" PRId64, f->no_show);
	cli_table_add(table, "%" PRId64, f->waiting);
	add_minutes(table, f->called > 0, minutes(f->sum_ms, f->called));
	add_minutes(table, f->called > 0, (double)f->p50_s / 60.0);
	add_minutes(table, f->called > 0, (double)f->p90_s / 60.0);
	add_minutes(table, f->called > 0, (double)f->max_ms / 60000.0);
	if (f->decided)
		cli_table_add(table, "%.1f%%", 100.0 * (double)f->within / (double)f->decided);
	else
		cli_table_add(table, "-");
}

static void print_table(const struct measure_report *report, enum measure_kind kind)
{
	static const char *const head[] = {"取号 issued",   "呼叫 called",  "办结 served",
					   "弃号 no-show",  "等候 waiting", "平均 mean",
					   "P50",	    "P90",	    "最长 max",
					   "达标 in target"};
	struct cli_table table;

	cli_table_init(&table, 11);
	cli_table_add(&table, "%s", kinds[kind].head);
	for (size_t i = 0; i < 10; i++)
		cli_table_add(&table, "%s", head[i]);
	for (size_t i = 0; i < report->group_count; i++)
		if (report->groups[i].kind == kind)
			add_row(&table, &report->groups[i]);
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
	putchar('\n');
}

static int64_t all_calls(const struct measure_order *order)
{
	int64_t calls = 0;

	for (int reason = 0; reason < CALL_REASON_COUNT; reason++)
		calls += order->reasons[reason];
	return calls;
}

static void print_order(const struct measure_order *order)
{
	printf("叫号次序 order of calls: %" PRId64 "，其中越过先到者 past earlier tickets: %" PRId64
	       " (窗口优先 preference %" PRId64 "，优先号 priority %" PRId64
	       "，预约 appointment %" PRId64 "，回呼 resumed %" PRId64 "，按号 chosen %" PRId64
	       "); 被越过 overtakings: %" PRId64 "，一次最多 most by one call: %" PRId64 "\n"
	       "先到保障 ageing bound: 按次数 by count %" PRId64 "，按时间 by time %" PRId64 "\n",
	       all_calls(order), order->out_of_order, order->reasons[CALL_PREFERENCE],
	       order->reasons[CALL_PRIORITY], order->reasons[CALL_APPOINTMENT],
	       order->reasons[CALL_RESUMED], order->reasons[CALL_CHOSEN], order->overtakings,
	       order->most, order->reasons[CALL_AGEING_COUNT], order->reasons[CALL_AGEING_TIME]);
}

static bool has_kind(const struct measure_report *report, int kind)
{
	for (size_t i = 0; i < report->group_count; i++)
		if ((int)report->groups[i].kind == kind)
			return true;
	return kind == MEASURE_ALL;
}

static void print_text(const struct measure_report *report, const struct report_options *options)
{
	const struct measure_visits *visits = &report->visits;
	time_t seconds = (time_t)(report->as_of_wall_ms / 1000 + report->as_of_offset_min * 60LL);
	struct tm tm;
	char when[32];

	gmtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%s %s\n截至 as of %s (event %" PRIu64 ")，服务日 service days: %" PRId64
	       "，目标 target: %.0f min\n等候时间以分钟计 waits in minutes\n",
	       report->hall.zh, report->hall.en, when, report->as_of_seq, report->days,
	       (double)report->target_ms / 60000.0);
	if (visits->n)
		printf("总等候 total wait: n %" PRId64
		       ", mean %.2f, P50 %.2f, P90 %.2f, P95 %.2f, max %.2f;  "
		       "到窗口 time to window: mean %.2f\n",
		       visits->n, minutes(visits->total_sum_ms, visits->n),
		       (double)visits->total_p50_s / 60.0, (double)visits->total_p90_s / 60.0,
		       (double)visits->total_p95_s / 60.0, (double)visits->total_max_ms / 60000.0,
		       minutes(visits->window_sum_ms, visits->n));
	else
		printf("总等候 total wait: 尚无 none yet\n");
	print_order(&report->order);
	putchar('\n');
	for (int kind = 0; kind < MEASURE_KIND_COUNT; kind++)
		if (options->chosen ? options->by[kind] : has_kind(report, kind))
			print_table(report, (enum measure_kind)kind);
}

static void print_csv(const struct measure_report *report, const struct report_options *options)
{
	static const char *const head[] = {"kind",	"key",	    "issued",  "legs",
					   "called",	"served",   "no_show", "waiting",
					   "cancelled", "uncalled", "moved",   "excluded",
					   "mean_s",	"p50_s",    "p90_s",   "p95_s",
					   "max_s",	"within",   "decided", "undecided"};
	const size_t columns = sizeof(head) / sizeof(head[0]);
	struct cli_table table;

	cli_table_init(&table, columns);
	for (size_t i = 0; i < columns; i++)
		cli_table_add(&table, "%s", head[i]);
	for (size_t i = 0; i < report->group_count; i++) {
		const struct measure_group *group = &report->groups[i];
		const struct measure_figures *f = &group->figures;
		const int64_t counts[] = {f->issued,  f->legs,	  f->called,	f->served,
					  f->no_show, f->waiting, f->cancelled, f->uncalled,
					  f->moved,   f->excluded};

		if (options->chosen && !options->by[group->kind])
			continue;
		cli_table_add(&table, "%s", kinds[group->kind].name);
		if (has_text(group->kind))
			cli_table_add(&table, "%s", group->id);
		else
			cli_table_add(&table, "%" PRId64, group->key);
		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++)
			cli_table_add(&table, "%" PRId64, counts[k]);
		cli_table_add(&table, "%.3f",
			      f->called ? (double)f->sum_ms / (double)f->called / 1000.0 : 0.0);
		cli_table_add(&table, "%" PRId64, f->p50_s);
		cli_table_add(&table, "%" PRId64, f->p90_s);
		cli_table_add(&table, "%" PRId64, f->p95_s);
		cli_table_add(&table, "%.3f", (double)f->max_ms / 1000.0);
		cli_table_add(&table, "%" PRId64, f->within);
		cli_table_add(&table, "%" PRId64, f->decided);
		cli_table_add(&table, "%" PRId64, f->undecided);
	}
	cli_table_print(&table, CLI_CSV);
	cli_table_finish(&table);
}

static void set_integer(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

static void set_known(json_t *object, const char *key, bool known, double value)
{
	json_object_set_new(object, key, known ? json_real(value) : json_null());
}

static json_t *group_json(const struct measure_group *group)
{
	const struct measure_figures *f = &group->figures;
	bool known = f->called > 0;
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(kinds[group->kind].name));
	if (has_text(group->kind))
		json_object_set_new(object, "key", json_string(group->id));
	else
		set_integer(object, "key", group->key);
	json_object_set_new(object, "zh", json_string(group->zh));
	json_object_set_new(object, "en", json_string(group->en));
	set_integer(object, "issued", f->issued);
	set_integer(object, "legs", f->legs);
	set_integer(object, "called", f->called);
	set_integer(object, "served", f->served);
	set_integer(object, "no_show", f->no_show);
	set_integer(object, "waiting", f->waiting);
	set_integer(object, "cancelled", f->cancelled);
	set_integer(object, "uncalled", f->uncalled);
	set_integer(object, "moved", f->moved);
	set_integer(object, "excluded", f->excluded);
	set_known(object, "mean_min", known, minutes(f->sum_ms, f->called));
	set_known(object, "p50_min", known, (double)f->p50_s / 60.0);
	set_known(object, "p90_min", known, (double)f->p90_s / 60.0);
	set_known(object, "p95_min", known, (double)f->p95_s / 60.0);
	set_known(object, "max_min", known, (double)f->max_ms / 60000.0);
	set_integer(object, "sum_ms", f->sum_ms);
	set_integer(object, "max_ms", f->max_ms);
	set_integer(object, "within", f->within);
	set_integer(object, "decided", f->decided);
	set_integer(object, "undecided", f->undecided);
	set_known(object, "share_within", f->decided > 0,
		  f->decided ? (double)f->within / (double)f->decided : 0);
	return object;
}

static json_t *order_json(const struct measure_order *order)
{
	json_t *object = json_object(), *reasons = json_object();

	set_integer(object, "calls", all_calls(order));
	for (int reason = 0; reason < CALL_REASON_COUNT; reason++)
		set_integer(reasons, call_reason_name(reason), order->reasons[reason]);
	json_object_set_new(object, "reasons", reasons);
	set_integer(object, "out_of_order", order->out_of_order);
	set_integer(object, "overtakings", order->overtakings);
	set_integer(object, "most_by_one_call", order->most);
	return object;
}

static void print_json(const struct measure_report *report, const struct report_options *options)
{
	const struct measure_visits *visits = &report->visits;
	json_t *root = json_object(), *groups = json_array(), *total = json_object();

	json_object_set_new(root, "hall", json_string(report->hall.id));
	set_integer(root, "days", report->days);
	set_integer(root, "target_min", report->target_ms / 60000);
	set_integer(root, "as_of_ms", report->as_of_wall_ms);
	set_integer(root, "as_of_seq", (int64_t)report->as_of_seq);
	set_integer(total, "n", visits->n);
	set_known(total, "mean_min", visits->n > 0, minutes(visits->total_sum_ms, visits->n));
	set_known(total, "p50_min", visits->n > 0, (double)visits->total_p50_s / 60.0);
	set_known(total, "p90_min", visits->n > 0, (double)visits->total_p90_s / 60.0);
	set_known(total, "p95_min", visits->n > 0, (double)visits->total_p95_s / 60.0);
	set_known(total, "max_min", visits->n > 0, (double)visits->total_max_ms / 60000.0);
	set_known(total, "time_to_window_mean_min", visits->n > 0,
		  minutes(visits->window_sum_ms, visits->n));
	json_object_set_new(root, "total_wait", total);
	json_object_set_new(root, "order", order_json(&report->order));
	for (size_t i = 0; i < report->group_count; i++)
		if (!options->chosen || options->by[report->groups[i].kind])
			json_array_append_new(groups, group_json(&report->groups[i]));
	json_object_set_new(root, "groups", groups);
	cli_print_json(root);
	json_decref(root);
}

static int run(const struct report_options *options)
{
	struct store_reader *reader = NULL;
	struct measure_report *report = NULL;
	char error[STORE_ERROR_SIZE] = "";
	int r = store_reader_open(&reader, options->log, error);

	if (r < 0)
		return cli_log_fail("report", options->log, error, r);
	r = measure_read(reader, &options->measure, &report);
	if (r < 0)
		snprintf(error, sizeof(error), "%s", store_reader_detail(reader));
	store_reader_close(reader);
	if (r < 0)
		(void)cli_log_fail("report", options->log, error, r);
	else if (options->format == CLI_JSON)
		print_json(report, options);
	else if (options->format == CLI_CSV)
		print_csv(report, options);
	else
		print_text(report, options);
	measure_report_free(report);
	if (r == 0)
		return CLI_OK;
	return r == -EPROTO || r == -EBADMSG || r == -ENOTSUP ? CLI_LOG_DAMAGED : CLI_REFUSED;
}

int cli_report(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"log", 'l', "FILE", 0, "要读的日志 the log to read", 0},
		{"by", 'b', "all|day|hour|queue|window", 0,
		 "只列这些 only these; may be given again", 0},
		{"from", 's', "YYYY-MM-DD", 0, "起始服务日 first service day", 0},
		{"to", 'e', "YYYY-MM-DD", 0, "截止服务日 last service day", 0},
		{"target", 't', "MINUTES", 0, "目标时间 target (default: the hall's own)", 0},
		{"format", 'f', "text|csv|json", 0, "输出格式 how to print", 0},
		{0},
	};
	struct argp argp = {list, parse_report, "",  "How long people waited. 等候时间报表。",
			    NULL, NULL,		NULL};
	struct report_options options = {0};
	int r;

	r = cli_parse(&argp, argc, argv, &options);
	return r ? r : run(&options);
}
