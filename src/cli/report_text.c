/* onewindow report as people read it: figures always together, in both languages, in lines that a
 * terminal of 120 columns holds. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"
#include "src/cli/baseline.h"
#include "src/cli/report_print.h"
#include "src/cli/report_words.h"

enum { NAME_COLUMNS = 28 };

const char *report_label(const struct measure_group *group, char ret[REPORT_LABEL_SIZE])
{
	static const char *const weekdays[] = {"",
					       "周一 Monday",
					       "周二 Tuesday",
					       "周三 Wednesday",
					       "周四 Thursday",
					       "周五 Friday",
					       "周六 Saturday",
					       "周日 Sunday"};
	const char *unknown = "";

	switch (group->kind) {
	case MEASURE_ALL: return "全部 all";
	case MEASURE_DAY: return baseline_date(group->key, ret);
	case MEASURE_WEEKDAY: return weekdays[group->key >= 1 && group->key <= 7 ? group->key : 0];
	case MEASURE_HOUR: snprintf(ret, REPORT_LABEL_SIZE, "%02d:00", (int)group->key); return ret;
	case MEASURE_WINDOW:
		snprintf(ret, REPORT_LABEL_SIZE, "%d %s %s", (int)group->key, group->zh, group->en);
		return ret;
	case MEASURE_CLERK: unknown = "未签到 nobody signed in"; break;
	case MEASURE_ITEM: unknown = "未填事项 no item given"; break;
	case MEASURE_DEPARTMENT: unknown = "未知部门 unknown"; break;
	default: break;
	}
	if (!strcmp(group->zh, group->en) && group->zh[0])
		snprintf(ret, REPORT_LABEL_SIZE, "%s", group->zh); /* a department has one name */
	else if (group->zh[0] || group->en[0])
		snprintf(ret, REPORT_LABEL_SIZE, "%s%s%s", group->zh,
			 group->zh[0] && group->en[0] ? " " : "", group->en);
	else
		snprintf(ret, REPORT_LABEL_SIZE, "%s", group->id[0] ? group->id : unknown);
	return ret;
}

static void add_minutes(struct cli_table *table, bool known, double value)
{
	if (known)
		cli_table_add(table, "%.2f", value);
	else
		cli_table_add(table, "-");
}

static void add_share(struct cli_table *table, int64_t part, int64_t whole)
{
	char text[32];

	cli_table_add(table, "%s",
		      whole ? report_percent((double)part / (double)whole, text) : "-");
}

static void add_km(struct cli_table *table, bool any, int64_t seconds)
{
	if (any && seconds < 0)
		cli_table_add(table, "n/r");
	else
		add_minutes(table, any, (double)seconds / 60.0);
}

static void add_row(struct cli_table *table, const struct measure_group *group, bool waiting)
{
	const struct measure_figures *f = &group->figures;
	bool known = f->called > 0, any = known || f->cancelled || f->uncalled || f->waiting;
	char text[REPORT_LABEL_SIZE], name[REPORT_LABEL_SIZE];

	if (text_abbreviate(name, sizeof(name), report_label(group, text),
			    waiting ? NAME_COLUMNS - 9 : NAME_COLUMNS) < 0)
		name[0] = '\0';
	cli_table_add(table, "%s", name);
	/* a number is taken at no window */
	if (group->kind == MEASURE_WINDOW || group->kind == MEASURE_CLERK)
		cli_table_add(table, "-");
	else
		cli_table_add(table, "%" PRId64, f->issued);
	cli_table_add(table, "%" PRId64, f->called);
	if (waiting)
		cli_table_add(table, "%" PRId64, f->waiting);
	add_minutes(table, known, known ? report_minutes(f->sum_ms, f->called) : 0);
	add_minutes(table, known, (double)f->p50_s / 60.0);
	add_minutes(table, known, (double)f->p90_s / 60.0);
	add_minutes(table, known, (double)f->p95_s / 60.0);
	add_minutes(table, known, (double)f->max_ms / 60000.0);
	add_share(table, f->within, f->decided);
	add_share(table, f->cancelled, report_ended(f));
	add_km(table, any, f->km_p50_s);
	add_km(table, any, f->km_p90_s);
}

static bool has_kind(const struct measure_report *report, enum measure_kind kind)
{
	for (size_t i = 0; i < report->group_count; i++)
		if (report->groups[i].kind == kind)
			return true;
	return false;
}

const struct report_name report_simulated = {
	"模拟数据，并非实测", "these are simulated days: nothing here was measured in a hall"};

struct report_origin report_origin_of(const struct report_print *print)
{
	struct report_origin origin = {print->report->days, print->report->simulated_days};
	const struct measure_report *before = print->comparison ? print->comparison->before : NULL;

	if (!before)
		return origin;
	origin.days += before->days;
	/* the baseline's days are the earlier ones */
	if (before->simulated && !origin.simulated.days)
		origin.simulated.last = before->simulated_days.last;
	if (before->simulated)
		origin.simulated.first = before->simulated_days.first;
	origin.simulated.days += before->simulated_days.days;
	return origin;
}

bool report_origin_words(const struct report_origin *origin, char ret_zh[REPORT_ORIGIN_SIZE],
			 char ret_en[REPORT_ORIGIN_SIZE])
{
	char first[BASELINE_DATE_SIZE], last[BASELINE_DATE_SIZE];
	int64_t days = origin->simulated.days;

	if (!days)
		return false;
	snprintf(ret_zh, REPORT_ORIGIN_SIZE, "%s", report_simulated.zh);
	snprintf(ret_en, REPORT_ORIGIN_SIZE, "%s", report_simulated.en);
	if (days == origin->days)
		return true;
	baseline_date(origin->simulated.first, first);
	baseline_date(origin->simulated.last, last);
	snprintf(ret_zh, REPORT_ORIGIN_SIZE,
		 "含模拟数据，并非全部实测：%s 至 %s 有 %" PRId64 " 天为模拟（共 %" PRId64 " 天）",
		 first, last, days, origin->days);
	snprintf(ret_en, REPORT_ORIGIN_SIZE,
		 "%" PRId64 " of %" PRId64 " days, from %s to %s, are simulated: nothing of these "
		 "was measured in a hall",
		 days, origin->days, first, last);
	return true;
}

void report_print_origin(const struct report_origin *origin)
{
	char zh[REPORT_ORIGIN_SIZE], en[REPORT_ORIGIN_SIZE];

	if (report_origin_words(origin, zh, en))
		printf("%s %s\n", zh, en);
}

const char *report_source(const struct report_origin *origin)
{
	if (!origin->simulated.days)
		return "hall";
	return origin->simulated.days == origin->days ? "simulated" : "mixed";
}

json_t *report_origin_json(const struct report_origin *origin)
{
	if (!origin->simulated.days)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "days", (json_int_t)origin->simulated.days, "first",
			 (json_int_t)origin->simulated.first, "last",
			 (json_int_t)origin->simulated.last);
}

const struct report_name report_kinds[MEASURE_KIND_COUNT] = {
	[MEASURE_ALL] = {"全部", "all"},
	[MEASURE_DAY] = {"日", "day"},
	[MEASURE_WEEKDAY] = {"星期", "weekday"},
	[MEASURE_HOUR] = {"时", "hour"},
	[MEASURE_QUEUE] = {"队列", "queue"},
	[MEASURE_WINDOW] = {"窗口", "window"},
	[MEASURE_CLERK] = {"窗口人员", "clerk"},
	[MEASURE_ITEM] = {"事项", "item"},
	[MEASURE_DEPARTMENT] = {"部门", "department"},
};

static void print_table(const struct measure_report *report, enum measure_kind kind)
{
	static const struct report_name heads[] = {
		{"取号", "issued"}, {"呼叫", "called"}, {"等候", "waiting"}, {"平均", "mean"},
		{"", "P50"},	    {"", "P90"},	{"", "P95"},	     {"最长", "max"},
		{"达标", "within"}, {"放弃", "left"},	{"KM", "P50"},	     {"KM", "P90"}};
	const size_t count = sizeof(heads) / sizeof(heads[0]);
	bool waiting = report->open_day != 0;
	struct cli_table table;

	if (!has_kind(report, kind)) {
		printf("\n%s %s: 无 none\n", report_kinds[kind].zh, report_kinds[kind].en);
		return;
	}
	cli_table_init(&table, 1 + count - !waiting);
	table.heads = 2;
	for (int row = 0; row < 2; row++) {
		cli_table_add(&table, "%s", row ? report_kinds[kind].en : report_kinds[kind].zh);
		for (size_t i = 0; i < count; i++)
			if (waiting || i != 2)
				cli_table_add(&table, "%s", row ? heads[i].en : heads[i].zh);
	}
	for (size_t i = 0; i < report->group_count; i++)
		if (report->groups[i].kind == kind)
			add_row(&table, &report->groups[i], waiting);
	putchar('\n');
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
}

static void print_order(const struct measure_order *order)
{
	printf("叫号次序 order of calls: %" PRId64 "，其中越过先到者 past earlier tickets %" PRId64
	       "\n  窗口优先 preference %" PRId64 "，优先号 priority %" PRId64
	       "，预约 appointment %" PRId64 "，回呼 resumed %" PRId64 "，按号 chosen %" PRId64
	       "\n  被越过 overtakings %" PRId64 "，一次最多 most by one call %" PRId64
	       "\n  先到保障 ageing bound: 按次数 by count %" PRId64 "，按时间 by time %" PRId64
	       "\n",
	       report_all_calls(order), order->out_of_order, order->reasons[CALL_PREFERENCE],
	       order->reasons[CALL_PRIORITY], order->reasons[CALL_APPOINTMENT],
	       order->reasons[CALL_RESUMED], order->reasons[CALL_CHOSEN], order->overtakings,
	       order->most, order->reasons[CALL_AGEING_COUNT], order->reasons[CALL_AGEING_TIME]);
}

static const char *km_text(int64_t seconds, char ret[32])
{
	if (seconds < 0)
		snprintf(ret, 32, "未达到 not reached");
	else
		snprintf(ret, 32, "%.2f", (double)seconds / 60.0);
	return ret;
}

/* The headline, all its figures together. */
static void print_visits(const struct measure_report *report)
{
	const struct measure_visits *visits = &report->visits;
	const struct measure_figures *whole = report_whole(report);
	char within[32] = "-", left[32] = "-", p50[32], p90[32];

	if (visits->decided)
		report_percent((double)visits->within / (double)visits->decided, within);
	if (whole && report_ended(whole))
		report_percent((double)whole->cancelled / (double)report_ended(whole), left);
	if (!visits->n)
		printf("总等候 total wait: 尚无 none yet (天数 days %" PRId64 ")\n", report->days);
	else
		printf("总等候 total wait: n %" PRId64 "，天数 days %" PRId64
		       "，平均 mean %.2f，P50 %.2f，P90 %.2f，P95 %.2f，最长 max %.2f\n",
		       visits->n, report->days, report_minutes(visits->total_sum_ms, visits->n),
		       (double)visits->total_p50_s / 60.0, (double)visits->total_p90_s / 60.0,
		       (double)visits->total_p95_s / 60.0, (double)visits->total_max_ms / 60000.0);
	printf("  %.0f 分钟内 within %.0f min: %s，放弃率 abandon rate: %s",
	       (double)report->target_ms / 60000.0, (double)report->target_ms / 60000.0, within,
	       left);
	if (report->worst_queue) {
		const struct measure_group *worst = report->worst_queue;
		char text[REPORT_LABEL_SIZE], name[REPORT_LABEL_SIZE];

		if (text_abbreviate(name, sizeof(name), report_label(worst, text),
				    NAME_COLUMNS - 6) < 0)
			name[0] = '\0';
		printf("，最慢队列 worst queue: %s %.2f", name,
		       report_minutes(worst->figures.sum_ms, worst->figures.called));
	}
	putchar('\n');
	if (visits->n)
		printf("  到窗口 time to window: 平均 mean %.2f；未等到呼叫 not called: %" PRId64
		       "，等候不明 wait unknown: %" PRId64 "\n",
		       report_minutes(visits->window_sum_ms, visits->n), visits->censored,
		       visits->excluded);
	if (visits->n || visits->censored)
		printf("  Kaplan-Meier P50 %s，P90 %s\n"
		       "    (假定离开与等候无关 it assumes that leaving does not depend on the "
		       "wait)\n",
		       km_text(visits->km_p50_s, p50), km_text(visits->km_p90_s, p90));
	if (report->recalls)
		printf("  重呼 recalled: %" PRId64
		       "，首呼至末次重呼 from the first call to the last "
		       "recall: 平均 mean %.2f\n",
		       report->recalls, report_minutes(report->recall_sum_ms, report->recalls));
}

static void print_counts(const struct measure_figures *f)
{
	if (!f)
		return;
	printf("  取号 issued %" PRId64 "，呼叫 called %" PRId64 "，办结 served %" PRId64
	       "，弃号 no-show %" PRId64 "\n",
	       f->issued, f->called, f->served, f->no_show);
	printf("  未呼叫前 before a call: 取消 cancelled %" PRId64 "，关门 at the close %" PRId64
	       "，转移 moved %" PRId64 "，等候中 waiting %" PRId64 "\n",
	       f->cancelled, f->uncalled, f->moved, f->waiting);
}

void report_list_findings(const struct measure_findings *found,
			  struct report_finding ret[REPORT_FINDINGS])
{
	const struct report_finding all[REPORT_FINDINGS] = {
		{{"未按办结", "\"finish\" forgotten"}, found->implied_finish},
		{{"受理不足 15 秒", "services under 15 s"}, found->short_service},
		{{"呼叫无人应", "calls without a citizen"}, found->no_citizen},
		{{"取消后重取", "cancelled and taken anew"}, found->cancel_reissue},
		{{"呼叫后未受理即移走", "called, then put back"}, found->call_put_back},
		{{"时钟被调", "clock steps"}, found->clock_steps},
		{{"开放中重启", "restarts while open"}, found->restarts},
		{{"等候不明", "waits unknown"}, found->excluded},
		{{"工作日未开放", "weekdays not opened"}, found->days_absent},
	};

	memcpy(ret, all, sizeof(all));
}

static void print_findings(const char *title, const struct measure_findings *found)
{
	struct report_finding all[REPORT_FINDINGS];
	size_t printed = 0;

	report_list_findings(found, all);
	printf("%s:", title);
	for (size_t i = 0; i < REPORT_FINDINGS; i++) {
		if (!all[i].count)
			continue;
		printf("%s%s %s %" PRId64, printed % 2 ? "；" : "\n  ", all[i].name.zh,
		       all[i].name.en, all[i].count);
		if (i == REPORT_FINDING_STEPS)
			printf(" (最大 greatest %.3f s)",
			       (double)found->clock_step_max_ms / 1000.0);
		printed++;
	}
	printf("%s\n", printed ? "" : " 无 none");
}

const struct report_name *report_kept_words(enum report_kept kept)
{
	static const struct report_name words[] = {
		[REPORT_ALTERED] =
			{"基期所保留的每日数字已非冻结时的，两期均由事件重新计数：log verify",
			 "what is kept of the baseline's days is not what was frozen; the "
			 "events of both sides were counted: log verify"},
		[REPORT_UNTOLD] =
			{"基期冻结时的数字属另一版本，所保留的每日数字无从核对：--recount",
			 "the baseline was frozen with figures of another version, and what "
			 "is kept cannot be held to them: --recount"},
	};

	return kept == REPORT_AS_FROZEN ? NULL : &words[kept];
}

static void print_kept(enum report_kept kept)
{
	const struct report_name *words = report_kept_words(kept);

	if (words)
		printf("  %s\n  %s\n", words->zh, words->en);
}

void report_print_text(const struct report_print *print)
{
	const struct measure_report *report = print->report;
	const struct report_origin origin = report_origin_of(print);
	const struct stamp as_of = {.wall_ms = report->as_of_wall_ms,
				    .offset_min = report->as_of_offset_min};
	char when[BASELINE_TIME_SIZE], from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];

	printf("%s %s\n截至 as of %s (事件 event %" PRIu64 ")\n", report->hall.zh, report->hall.en,
	       baseline_time(&as_of, when), report->as_of_seq);
	report_print_origin(&origin);
	if (print->comparison) {
		putchar('\n');
		report_print_compared(print);
		putchar('\n');
	}
	printf("服务日 service days: %" PRId64, report->days);
	if (report->first_day)
		printf(" (%s to %s)", baseline_date(report->first_day, from),
		       baseline_date(report->last_day, to));
	if (report->open_day)
		printf("，今日尚未结束 the last one is still open");
	printf("\n目标 target: %.0f min；等候以分钟计 waits in minutes\n",
	       (double)report->target_ms / 60000.0);
	print_visits(report);
	print_counts(report_whole(report));
	print_findings("数据提示 findings about the data", &report->findings);
	if (print->comparison) {
		print_findings("基期的数据提示 findings about the baseline's data",
			       &print->comparison->before->findings);
		print_kept(print->comparison->kept);
	}
	print_order(&report->order);
	printf("\n以下各表按环节计（一次排队为一环节），总等候按人次计 the tables count legs, each "
	       "a stay in "
	       "one queue;\nthe total wait above counts visits\n");
	for (int kind = 0; kind < MEASURE_KIND_COUNT; kind++)
		if (print->by[kind])
			print_table(report, (enum measure_kind)kind);
}
