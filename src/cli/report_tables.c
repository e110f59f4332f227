/* The tables of the report's page: the figures together, before and after; findings about the data;
 * each dimension. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/cli/report_page.h"
#include "src/cli/report_words.h"

/* ---- the figures together ---- */

/* Of the period, or with the baseline's before it and what has changed behind it. */
static void put_counts(FILE *out, const struct report_print *print, const char *zh, const char *en,
		       int64_t before, int64_t after)
{
	page_row_begin(out, zh, en);
	if (print->comparison)
		page_cell(out, "%" PRId64, before);
	page_cell(out, "%" PRId64, after);
	for (int i = 0; print->comparison && i < 3; i++)
		page_cell(out, "%s", "");
	page_row_end(out);
}

static void put_texts(FILE *out, const struct report_print *print, const char *zh, const char *en,
		      const char *before, const char *after)
{
	page_row_begin(out, zh, en);
	if (print->comparison)
		page_cell(out, "%s", before);
	page_cell(out, "%s", after);
	for (int i = 0; print->comparison && i < 3; i++)
		page_cell(out, "%s", "");
	page_row_end(out);
}

static const char *minutes(bool known, double value, char ret[32])
{
	ret[0] = '\0';
	if (known && isfinite(value))
		snprintf(ret, 32, "%.2f", value);
	return ret;
}

static const struct measure_visits none;

static const struct measure_visits *visits_before(const struct report_print *print)
{
	return print->comparison ? &print->comparison->before->visits : &none;
}

static void put_seconds(FILE *out, const struct report_print *print, const char *zh, const char *en,
			double before_s, double after_s)
{
	char before[32], after[32];

	put_texts(out, print, zh, en, minutes(visits_before(print)->n > 0, before_s / 60, before),
		  minutes(report_after(print)->visits.n > 0, after_s / 60, after));
}

/* The change, its interval and what may be said of it. */
static void put_change(FILE *out, const struct compare_interval *interval, enum report_unit unit,
		       bool known, const char *words)
{
	char low[REPORT_CHANGE_SIZE], high[REPORT_CHANGE_SIZE], text[REPORT_CHANGE_SIZE];

	page_cell(out, "%s",
		  known && isfinite(interval->point) ? report_change(interval->point, unit, text)
						     : "");
	if (known && (isfinite(interval->low) || isfinite(interval->high)))
		page_cell(out, "%s … %s", report_change(interval->low, unit, low),
			  report_change(interval->high, unit, high));
	else
		page_cell(out, "%s", "");
	page_cell(out, "%s", words);
	page_row_end(out);
}

static void put_figure(FILE *out, const char *zh, const char *en,
		       const struct compare_figure *figure)
{
	char before[32], after[32];

	page_row_begin(out, zh, en);
	page_cell(out, "%s", minutes(true, figure->before / 60000, before));
	page_cell(out, "%s", minutes(true, figure->after / 60000, after));
	put_change(out, figure->relative ? &figure->log : &figure->change,
		   figure->relative ? UNIT_PERCENT : UNIT_MINUTES,
		   report_has_figures(figure->verdict), report_verdict_cell(figure->verdict));
}

static const char *share(int64_t part, int64_t whole, char ret[32])
{
	ret[0] = '\0';
	return whole ? report_percent((double)part / (double)whole, ret) : ret;
}

static void put_within(FILE *out, const struct report_print *print)
{
	const struct measure_visits *before = visits_before(print);
	const struct measure_visits *after = &report_after(print)->visits;
	double target = (double)print->report->target_ms / 60000.0;
	char zh[64], en[64], texts[2][32];

	snprintf(zh, sizeof(zh), "%g 分钟以内", target);
	snprintf(en, sizeof(en), "within %g minutes", target);
	if (!print->comparison) {
		put_texts(out, print, zh, en, "", share(after->within, after->decided, texts[1]));
		return;
	}
	page_row_begin(out, zh, en);
	page_cell(out, "%s", share(before->within, before->decided, texts[0]));
	page_cell(out, "%s", share(after->within, after->decided, texts[1]));
	put_change(out, &print->comparison->result.share.change, UNIT_POINTS,
		   report_has_figures(print->comparison->result.share.verdict),
		   report_share_verdict_cell(&print->comparison->result.share));
}

static const char *left(const struct measure_report *report, char ret[32])
{
	const struct measure_figures *whole = report_whole(report);

	return whole ? share(whole->cancelled, report_ended(whole), ret) : "";
}

static const char *worst(const struct measure_report *report, char *ret, size_t size)
{
	char name[REPORT_LABEL_SIZE];

	ret[0] = '\0';
	if (report->worst_queue)
		snprintf(ret, size, "%s %.2f", report_label(report->worst_queue, name),
			 report_minutes(report->worst_queue->figures.sum_ms,
					report->worst_queue->figures.called));
	return ret;
}

static void put_wait_rows(FILE *out, const struct report_print *print)
{
	const struct measure_visits *before = visits_before(print);
	const struct measure_visits *after = &report_after(print)->visits;
	const struct report_comparison *comparison = print->comparison;
	char texts[2][32];

	if (comparison) {
		put_figure(out, "平均", "mean", &comparison->result.mean);
		put_figure(out, "标准化平均", "standardised mean",
			   &comparison->result.standard.mean);
	} else {
		put_texts(out, print, "平均", "mean", "",
			  minutes(after->n > 0,
				  after->n ? report_minutes(after->total_sum_ms, after->n) : 0,
				  texts[1]));
	}
	put_seconds(out, print, "P50", "", (double)before->total_p50_s, (double)after->total_p50_s);
	if (comparison)
		put_figure(out, "P90", "", &comparison->result.p90);
	else
		put_seconds(out, print, "P90", "", 0, (double)after->total_p90_s);
	put_seconds(out, print, "P95", "", (double)before->total_p95_s, (double)after->total_p95_s);
	put_seconds(out, print, "最长", "maximum", (double)before->total_max_ms / 1000.0,
		    (double)after->total_max_ms / 1000.0);
	put_within(out, print);
}

static void put_other_rows(FILE *out, const struct report_print *print)
{
	const struct measure_visits *before = visits_before(print);
	const struct measure_visits *after = &report_after(print)->visits;
	const struct report_comparison *comparison = print->comparison;
	char texts[2][32], names[2][REPORT_LABEL_SIZE + 32];

	put_texts(out, print, "放弃率", "abandon rate",
		  comparison ? left(comparison->before, texts[0]) : "",
		  left(report_after(print), texts[1]));
	put_texts(out, print, "最慢队列", "worst queue",
		  comparison ? worst(comparison->before, names[0], sizeof(names[0])) : "",
		  worst(report_after(print), names[1], sizeof(names[1])));
	put_texts(out, print, "到窗口平均", "mean time to window",
		  minutes(before->n > 0,
			  before->n ? report_minutes(before->window_sum_ms, before->n) : 0,
			  texts[0]),
		  minutes(after->n > 0,
			  after->n ? report_minutes(after->window_sum_ms, after->n) : 0, texts[1]));
	put_counts(out, print, "未等到呼叫", "never called", before->censored, after->censored);
	if (!comparison)
		return;
	put_figure(out, "每件等候", "wait per case", &comparison->result.per_case);
	if (!comparison->result.did.asked)
		return;
	page_row_begin(out, "与对照队列之差", "against the control queues");
	page_cell(out, "%s", "");
	page_cell(out, "%s", "");
	put_change(out, &comparison->result.did.log, UNIT_PERCENT,
		   report_has_difference(&comparison->result.did),
		   report_verdict_cell(comparison->result.did.verdict));
}

void page_figures(FILE *out, const struct report_print *print)
{
	static const struct report_name compared[] = {{"总等候（分）", "total wait, minutes"},
						      {"基期", "before"},
						      {"本期", "after"},
						      {"变化", "change"},
						      {"95% 区间", "interval"},
						      {"结论", "verdict"}};
	static const struct report_name single[] = {{"总等候（分）", "total wait, minutes"},
						    {"本期", "period"}};
	const struct measure_report *report = print->report;

	page_heading(out, "指标", "figures");
	if (print->comparison) {
		const struct compare_result *result = &print->comparison->result;

		page_table_begin(out, "figures", compared, 6);
		put_counts(out, print, "天数", "days", (int64_t)result->before_days,
			   (int64_t)result->after_days);
		put_counts(out, print, "人次", "visits", result->before_n, result->after_n);
	} else {
		page_table_begin(out, "figures", single, 2);
		put_counts(out, print, "天数", "days", 0, report->days);
		put_counts(out, print, "人次", "visits", 0, report->visits.n);
	}
	put_wait_rows(out, print);
	put_other_rows(out, print);
	page_table_end(out);
}

/* ---- findings ---- */

/* Counts of the period, or of the baseline and the period; of rows. */
static void put_counted(FILE *out, const char *class, const struct report_name *first,
			const struct report_finding *before, const struct report_finding *after,
			size_t count)
{
	const struct report_name both[] = {*first, {"基期", "before"}, {"本期", "after"}};
	const struct report_name single[] = {*first, {"本期", "period"}};

	page_table_begin(out, class, before ? both : single, before ? 3 : 2);
	for (size_t i = 0; i < count; i++) {
		page_row_begin(out, after[i].name.zh, after[i].name.en);
		if (before)
			page_cell(out, "%" PRId64, before[i].count);
		page_cell(out, "%" PRId64, after[i].count);
		page_row_end(out);
	}
	page_table_end(out);
}

void page_findings(FILE *out, const struct report_print *print)
{
	static const struct report_name head = {"提示", "finding"};
	const struct report_comparison *comparison = print->comparison;
	struct report_finding before[REPORT_FINDINGS], after[REPORT_FINDINGS];

	page_heading(out, "数据提示", "findings about the data");
	if (comparison)
		report_list_findings(&comparison->before->findings, before);
	report_list_findings(&report_after(print)->findings, after);
	put_counted(out, "findings", &head, comparison ? before : NULL, after, REPORT_FINDINGS);
}

/* ---- the order of calls ---- */

enum { ORDER_ROWS = 11 };

static void list_order(const struct measure_order *order, struct report_finding ret[ORDER_ROWS])
{
	const int64_t *reasons = order->reasons;
	const struct report_finding all[ORDER_ROWS] = {
		{{"呼叫", "calls"}, report_all_calls(order)},
		{{"越过先到者的呼叫", "calls past earlier tickets"}, order->out_of_order},
		{{"被越过", "overtakings"}, order->overtakings},
		{{"一次最多", "most by one call"}, order->most},
		{{"窗口优先", "preference"}, reasons[CALL_PREFERENCE]},
		{{"优先号", "priority"}, reasons[CALL_PRIORITY]},
		{{"预约", "appointment"}, reasons[CALL_APPOINTMENT]},
		{{"回呼", "resumed"}, reasons[CALL_RESUMED]},
		{{"按号", "chosen"}, reasons[CALL_CHOSEN]},
		{{"先到保障，按次数", "ageing bound, by count"}, reasons[CALL_AGEING_COUNT]},
		{{"先到保障，按时间", "ageing bound, by time"}, reasons[CALL_AGEING_TIME]},
	};

	memcpy(ret, all, sizeof(all));
}

void page_order(FILE *out, const struct report_print *print)
{
	static const struct report_name head = {"次序", "order"};
	const struct report_comparison *comparison = print->comparison;
	struct report_finding before[ORDER_ROWS], after[ORDER_ROWS];

	page_heading(out, "叫号次序", "order of calls");
	if (comparison)
		list_order(&comparison->before->order, before);
	list_order(&report_after(print)->order, after);
	put_counted(out, "order", &head, comparison ? before : NULL, after, ORDER_ROWS);
}

/* ---- tables by dimension ---- */

static void put_km_cell(FILE *out, bool any, int64_t seconds)
{
	if (any && seconds < 0)
		page_cell(out, "%s", "n/r");
	else if (any)
		page_cell(out, "%.2f", (double)seconds / 60.0);
	else
		page_cell(out, "%s", "");
}

static void put_group(FILE *out, const struct measure_group *group)
{
	const struct measure_figures *f = &group->figures;
	bool known = f->called > 0, any = known || f->cancelled || f->uncalled || f->waiting;
	const double values[] = {known ? report_minutes(f->sum_ms, f->called) : 0,
				 (double)f->p50_s / 60.0, (double)f->p90_s / 60.0,
				 (double)f->p95_s / 60.0, (double)f->max_ms / 60000.0};
	char name[REPORT_LABEL_SIZE], text[32];

	page_row_begin(out, report_label(group, name), "");
	if (group->kind == MEASURE_WINDOW || group->kind == MEASURE_CLERK)
		page_cell(out, "%s", ""); /* a number is taken at no window */
	else
		page_cell(out, "%" PRId64, f->issued);
	page_cell(out, "%" PRId64, f->called);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		page_cell(out, "%s", minutes(known, values[i], text));
	page_cell(out, "%s", share(f->within, f->decided, text));
	page_cell(out, "%s", share(f->cancelled, report_ended(f), text));
	put_km_cell(out, any, f->km_p50_s);
	put_km_cell(out, any, f->km_p90_s);
	page_row_end(out);
}

void page_groups(FILE *out, const struct measure_report *report, enum measure_kind kind)
{
	const struct report_name heads[] = {
		report_kinds[kind], {"取号", "issued"}, {"呼叫", "called"}, {"平均", "mean"},
		{"P50", ""},	    {"P90", ""},	{"P95", ""},	    {"最长", "max"},
		{"达标", "within"}, {"放弃", "left"},	{"KM P50", ""},	    {"KM P90", ""}};

	page_heading(out, report_kinds[kind].zh, report_kinds[kind].en);
	page_table_begin(out, "groups", heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < report->group_count; i++)
		if (report->groups[i].kind == kind)
			put_group(out, &report->groups[i]);
	page_table_end(out);
}
