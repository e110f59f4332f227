/* The part of the report's text that compares: the sentence first, then before and after, and what
 * the sentence leans on. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/cli/baseline.h"
#include "src/cli/report_print.h"
#include "src/cli/report_words.h"

static const char *minutes_text(double ms, char ret[32])
{
	if (isfinite(ms))
		snprintf(ret, 32, "%.2f", ms / 60000);
	else
		snprintf(ret, 32, "-");
	return ret;
}

const char *report_change(double value, enum report_unit unit, char ret[REPORT_CHANGE_SIZE])
{
	char percent[32];

	if (!isfinite(value)) {
		snprintf(ret, REPORT_CHANGE_SIZE, "-");
	} else if (unit == UNIT_MINUTES) {
		value /= 60000;
		snprintf(ret, REPORT_CHANGE_SIZE, "%+.*f min", report_digits(value, 2), value);
	} else if (unit == UNIT_POINTS) {
		value *= 100;
		snprintf(ret, REPORT_CHANGE_SIZE, "%+.*f pt", report_digits(value, 1), value);
	} else {
		double share = expm1(value);

		report_percent(fabs(share), percent);
		snprintf(ret, REPORT_CHANGE_SIZE, "%s%s", share < 0 ? "-" : "+", percent);
	}
	return ret;
}

static void add_change(struct cli_table *table, const struct compare_interval *interval,
		       enum report_unit unit, bool known)
{
	const double values[] = {interval->point, interval->low, interval->high};
	char text[REPORT_CHANGE_SIZE];

	for (int i = 0; i < 3; i++)
		cli_table_add(table, "%s", known ? report_change(values[i], unit, text) : "-");
}

static void add_figure(struct cli_table *table, const char *name,
		       const struct compare_figure *figure)
{
	bool known = figure->verdict != VERDICT_OVERLAP;
	char text[32];

	cli_table_add(table, "%s", name);
	cli_table_add(table, "%s", known ? minutes_text(figure->before, text) : "-");
	cli_table_add(table, "%s", known ? minutes_text(figure->after, text) : "-");
	add_change(table, figure->relative ? &figure->log : &figure->change,
		   figure->relative ? UNIT_PERCENT : UNIT_MINUTES,
		   report_has_figures(figure->verdict));
	cli_table_add(table, "%s", report_verdict_cell(figure->verdict));
}

static void add_share(struct cli_table *table, const struct compare_figure *share,
		      int64_t target_min)
{
	char text[32];

	cli_table_add(table, "%" PRId64 " 分钟内 within %" PRId64 " min", target_min, target_min);
	cli_table_add(table, "%s",
		      isfinite(share->before) ? report_percent(share->before, text) : "-");
	cli_table_add(table, "%s",
		      isfinite(share->after) ? report_percent(share->after, text) : "-");
	add_change(table, &share->change, UNIT_POINTS, report_has_figures(share->verdict));
	cli_table_add(table, "%s", report_share_verdict_cell(share));
}

static void end_row(struct cli_table *table)
{
	for (int i = 0; i < 3; i++)
		cli_table_add(table, "-");
	cli_table_add(table, "%s", "");
}

static void add_counts(struct cli_table *table, const char *name, int64_t before, int64_t after)
{
	cli_table_add(table, "%s", name);
	cli_table_add(table, "%" PRId64, before);
	cli_table_add(table, "%" PRId64, after);
	end_row(table);
}

/* Of one side only figures that have no interval: before and after stand beside each other. */
static void add_seconds(struct cli_table *table, const char *name, const struct report_print *print,
			double before_s, double after_s)
{
	char text[32];

	cli_table_add(table, "%s", name);
	cli_table_add(table, "%s",
		      print->comparison->before->visits.n ? minutes_text(1000 * before_s, text)
							  : "-");
	cli_table_add(table, "%s",
		      report_after(print)->visits.n ? minutes_text(1000 * after_s, text) : "-");
	end_row(table);
}

static void add_abandoned(struct cli_table *table, const struct report_print *print)
{
	const struct measure_figures *sides[] = {report_whole(print->comparison->before),
						 report_whole(report_after(print))};

	cli_table_add(table, "放弃率 abandon rate");
	for (int i = 0; i < 2; i++) {
		char text[32];
		int64_t ended = sides[i] ? report_ended(sides[i]) : 0;

		cli_table_add(table, "%s",
			      ended ? report_percent((double)sides[i]->cancelled / (double)ended,
						     text)
				    : "-");
	}
	end_row(table);
}

static void add_did(struct cli_table *table, const struct compare_did *did)
{
	if (!did->asked)
		return;
	cli_table_add(table, "与对照之差 vs control queues");
	cli_table_add(table, "-");
	cli_table_add(table, "-");
	add_change(table, &did->log, UNIT_PERCENT, report_has_difference(did));
	cli_table_add(table, "%s", report_verdict_cell(did->verdict));
}

static void print_table(const struct report_print *print)
{
	static const char *const head[] = {"指标 figure", "基期 before",  "本期 after",
					   "变化 change", "95% 下限 low", "上限 high",
					   "结论 verdict"};
	const struct compare_result *result = &print->comparison->result;
	const struct measure_visits *before = &print->comparison->before->visits;
	const struct measure_visits *after = &report_after(print)->visits;
	struct cli_table table;

	cli_table_init(&table, sizeof(head) / sizeof(head[0]));
	for (size_t i = 0; i < table.columns; i++)
		cli_table_add(&table, "%s", head[i]);
	add_counts(&table, "天数 days", (int64_t)result->before_days, (int64_t)result->after_days);
	add_counts(&table, "人次 visits", result->before_n, result->after_n);
	add_figure(&table, "平均 mean", &result->mean);
	add_figure(&table, "标准化平均 standardised mean", &result->standard.mean);
	add_seconds(&table, "P50", print, (double)before->total_p50_s, (double)after->total_p50_s);
	add_figure(&table, "P90", &result->p90);
	add_seconds(&table, "P95", print, (double)before->total_p95_s, (double)after->total_p95_s);
	add_seconds(&table, "最长 max", print, (double)before->total_max_ms / 1000,
		    (double)after->total_max_ms / 1000);
	add_share(&table, &result->share, print->report->target_ms / 60000);
	add_abandoned(&table, print);
	add_figure(&table, "每件等候 wait per case", &result->per_case);
	add_did(&table, &result->did);
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
}

/* ---- what it leans on ---- */

static void print_standard(const struct compare_result *result)
{
	struct report_words words;
	char overlap[32];

	report_percent(result->standard.overlap, overlap);
	report_sentence_standard(result, &words);
	printf("业务重合度 overlap of the mix of items: %s，单元 cells %" PRIu32 "\n  %s\n  %s\n",
	       overlap, result->standard.cells, words.zh, words.en);
}

static void print_per_case(const struct compare_result *result)
{
	printf("每件 per case: 基期 before %" PRId64 " 件 cases，其中网上 filed online %" PRId64
	       "；本期 after %" PRId64 "，%" PRId64 "\n",
	       result->before_cases, result->before_filings, result->after_cases,
	       result->after_filings);
	if (!result->before_filings && !result->after_filings)
		printf("  注意：日志中没有网上申报，网上办结的件两期都未计入 no online filing is "
		       "logged:\n  cases that were filed online are missing from both\n");
}

/* As in the table: less is a shorter wait. */
const char *report_reduction(double reduction, char ret[REPORT_CHANGE_SIZE])
{
	return report_change(log1p(-reduction), UNIT_PERCENT, ret);
}

static void print_bounds(const struct compare_bounds *bounds)
{
	char lower[REPORT_CHANGE_SIZE], upper[REPORT_CHANGE_SIZE], worst[REPORT_CHANGE_SIZE];

	printf("未等到呼叫 never called: 基期 before %" PRId64 "，本期 after %" PRId64
	       "\n  计其最短、最长等候的变化 change with their shortest, longest waits: %s, %s；"
	       "最坏情形 worst case: %s%s\n",
	       bounds->before_censored, bounds->after_censored,
	       report_reduction(bounds->reduction_lower, lower),
	       report_reduction(bounds->reduction_upper, upper),
	       report_reduction(bounds->reduction_worst, worst),
	       bounds->turns ? "\n  结论可能反转 they may turn it round" : "");
}

/* An old date that is opened for a busy hour takes that hour out of the comparison. */
static void print_left_out(const struct sides_left_out *left_out)
{
	if (!left_out->openings)
		return;
	printf("注意：冻结之后又开放了基期或更早的日期 dates up to the baseline's end were opened "
	       "after the\n  freeze: %" PRId64 " 次 openings，取号 tickets %" PRId64
	       "；两期都不计 they are on neither side\n",
	       left_out->openings, left_out->tickets);
}

static void print_did(const struct report_comparison *comparison)
{
	const struct compare_did *did = &comparison->result.did;
	struct report_words words;

	if (!did->asked)
		return;
	report_sentence_did(&comparison->result, &words);
	printf("对照队列 control queues: %s；共同天数 common days: 基期 before %zu，本期 after "
	       "%zu\n",
	       comparison->frozen->control, did->before_days, did->after_days);
	if (report_has_difference(did))
		printf("  基期内每日偏离 drift within the baseline, per day: %+.2f%% (%+.2f%% to "
		       "%+.2f%%)\n",
		       100 * expm1(did->slope), 100 * expm1(did->slope_low),
		       100 * expm1(did->slope_high));
	printf("  %s\n  %s\n", words.zh, words.en);
}

static const char *reached_text(int64_t seconds, char ret[32])
{
	if (seconds < 0)
		snprintf(ret, 32, "未达到 not reached");
	else
		snprintf(ret, 32, "%.2f", (double)seconds / 60);
	return ret;
}

const char *report_band(int64_t point, int64_t low, int64_t high, char ret[REPORT_BAND_SIZE])
{
	char texts[3][32];

	reached_text(point, texts[0]);
	if (low == COMPARE_KM_NO_BAND)
		snprintf(ret, REPORT_BAND_SIZE, "%s", texts[0]);
	else
		snprintf(ret, REPORT_BAND_SIZE, "%s (%s to %s)", texts[0],
			 reached_text(low, texts[1]), reached_text(high, texts[2]));
	return ret;
}

static void print_km(const struct compare_result *result)
{
	const struct {
		const char *side;
		const struct compare_km *km;
	} sides[] = {{"基期 before", &result->before_km}, {"本期 after", &result->after_km}};

	printf("Kaplan-Meier (假定离开与等候无关 assumes that leaving does not depend on the "
	       "wait):\n");
	for (int i = 0; i < 2; i++) {
		const struct compare_km *km = sides[i].km;
		char p50[REPORT_BAND_SIZE], p90[REPORT_BAND_SIZE];

		printf("  %s: P50 %s, P90 %s\n", sides[i].side,
		       report_band(km->p50, km->p50_low, km->p50_high, p50),
		       report_band(km->p90, km->p90_low, km->p90_high, p90));
	}
}

static void print_method(const struct report_comparison *comparison)
{
	const struct compare_result *result = &comparison->result;
	const struct compare_interval *interval =
		result->mean.relative ? &result->mean.log : &result->mean.change;

	if (!report_has_interval(result))
		printf("区间 interval: 天数不足，未作重抽 not enough days, nothing was drawn；种子 "
		       "seed %016" PRIx64 "\n",
		       comparison->seed);
	else
		printf("区间 interval: 按天与按 %d 天分块各重抽 %d 次，取其外包 resamples of days "
		       "and of "
		       "blocks "
		       "of %d days, the hull\n"
		       "  无值的重抽 resamples without a value: 按天 days %" PRIu32
		       "，分块 blocks %" PRIu32 "；种子 seed %016" PRIx64 "\n",
		       COMPARE_BLOCK, COMPARE_RESAMPLES, COMPARE_BLOCK, interval->day_undefined,
		       interval->block_undefined, comparison->seed);
	printf("  基期记录已重读，与冻结时相同 its rows were read again and are those that were "
	       "frozen:\n  %s\n",
	       comparison->frozen->rows);
}

void report_print_compared(const struct report_print *print)
{
	const struct report_comparison *comparison = print->comparison;
	const struct event_baseline_frozen *frozen = comparison->frozen;
	const struct compare_result *result = &comparison->result;
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];
	struct report_words words;

	report_sentence(result, &words);
	printf("%s\n%s\n", words.zh, words.en);
	printf("\n基期 baseline %s: %s to %s；", frozen->name, baseline_date(frozen->from, from),
	       baseline_date(frozen->to, to));
	printf("本期 period: %s to %s%s\n", baseline_date(report_after(print)->first_day, from),
	       baseline_date(report_after(print)->last_day, to),
	       print->report->open_day ? " (未结束的今日不计 the open day is left out)" : "");
	print_left_out(&comparison->left_out);
	print_table(print);
	print_per_case(result);
	print_standard(result);
	print_bounds(&result->bounds);
	print_did(comparison);
	print_km(result);
	print_method(comparison);
}
