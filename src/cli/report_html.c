/* onewindow report --format html: what the text says, with charts, on one page that can be sent and
 * printed. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/cli/baseline.h"
#include "src/cli/html.h"
#include "src/cli/report_charts.h"
#include "src/cli/report_page.h"
#include "src/cli/report_words.h"

/* ---- head ---- */

static void put_head(FILE *out, const struct report_print *print)
{
	const struct measure_report *report = print->report;
	const struct report_comparison *comparison = print->comparison;
	const struct stamp as_of = {.wall_ms = report->as_of_wall_ms,
				    .offset_min = report->as_of_offset_min};
	char when[BASELINE_TIME_SIZE];

	fputs("<p>", out);
	page_period(out, "本期", "period", report->first_day, report->last_day, report->days);
	if (report->open_day)
		fprintf(out,
			" 今日尚未结束%s <span lang=\"en\">the last day is still open%s</span>",
			comparison ? "，不计入比较" : "",
			comparison ? " and left out of the comparison" : "");
	if (comparison) {
		fputs("<br/>", out);
		page_period(out, "基期", "baseline", comparison->frozen->from,
			    comparison->frozen->to, comparison->frozen->days);
		fputs(" “", out);
		html_text(out, comparison->frozen->name);
		fputs("”", out);
	}
	fprintf(out,
		"<br/>截至 <span lang=\"en\">as of</span> %s (事件 <span lang=\"en\">event</span> "
		"%" PRIu64 ")；目标 <span lang=\"en\">target</span> %g 分钟 <span "
		"lang=\"en\">minutes</span></p>\n",
		baseline_time(&as_of, when), report->as_of_seq,
		(double)report->target_ms / 60000.0);
}

/* ---- what the sentence leans on ---- */

static void put_item(FILE *out, const char *zh, const char *en)
{
	fputs("<li>", out);
	html_both(out, zh, en);
	fputs("</li>\n", out);
}

static void put_standard(FILE *out, const struct compare_result *result)
{
	struct report_words words;
	char zh[REPORT_WORDS_SIZE + 128], en[REPORT_WORDS_SIZE + 128], overlap[32];

	report_percent(result->standard.overlap, overlap);
	report_sentence_standard(result, &words);
	snprintf(zh, sizeof(zh), "业务重合度 %s，单元 %" PRIu32 " 个。%s", overlap,
		 result->standard.cells, words.zh);
	snprintf(en, sizeof(en), "Overlap of the mix of items %s, %" PRIu32 " cells. %s", overlap,
		 result->standard.cells, words.en);
	put_item(out, zh, en);
}

static void put_cases(FILE *out, const struct compare_result *result)
{
	char zh[256], en[256];

	if (!result->before_filings && !result->after_filings) {
		put_item(
			out, "日志中没有网上申报：网上办结的件两期都未计入。",
			"No online filing is logged: cases that were filed online are missing from "
			"both.");
		return;
	}
	snprintf(zh, sizeof(zh),
		 "基期 %" PRId64 " 件，其中网上 %" PRId64 "；本期 %" PRId64 " 件，其中网上 %" PRId64
		 "。",
		 result->before_cases, result->before_filings, result->after_cases,
		 result->after_filings);
	snprintf(en, sizeof(en),
		 "%" PRId64 " cases before, %" PRId64 " of them filed online; %" PRId64
		 " after, %" PRId64 ".",
		 result->before_cases, result->before_filings, result->after_cases,
		 result->after_filings);
	put_item(out, zh, en);
}

static void put_bounds(FILE *out, const struct compare_bounds *bounds)
{
	const struct {
		const char *zh, *en;
		double reduction;
	} cases[] = {{"计其最短等候", "with their shortest waits", bounds->reduction_lower},
		     {"计其最长等候", "with their longest waits", bounds->reduction_upper},
		     {"最坏情形", "worst case", bounds->reduction_worst}};

	fprintf(out,
		"<li>未等到呼叫 <span lang=\"en\">never called</span>: 基期 before %" PRId64
		"，本期 after %" PRId64,
		bounds->before_censored, bounds->after_censored);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[REPORT_CHANGE_SIZE];

		fprintf(out, "；%s <span lang=\"en\">%s</span>: %s", cases[i].zh, cases[i].en,
			report_reduction(cases[i].reduction, text));
	}
	if (bounds->turns)
		fputs("；结论反转 <span lang=\"en\">they turn it round</span>", out);
	fputs("</li>\n", out);
}

static void put_left_out(FILE *out, const struct sides_left_out *left_out)
{
	char zh[256], en[256];

	if (!left_out->openings)
		return;
	snprintf(zh, sizeof(zh),
		 "冻结之后又开放了基期或更早的日期：%" PRId64 " 次，取号 %" PRId64
		 " 个，两期都不计。",
		 left_out->openings, left_out->tickets);
	snprintf(en, sizeof(en),
		 "Dates up to the baseline's end were opened after the freeze: %" PRId64
		 " openings, %" PRId64 " tickets, on neither side.",
		 left_out->openings, left_out->tickets);
	put_item(out, zh, en);
}

static void put_did(FILE *out, const struct report_comparison *comparison)
{
	struct report_words words;

	if (!comparison->result.did.asked)
		return;
	report_sentence_did(&comparison->result, &words);
	fputs("<li>对照队列 <span lang=\"en\">control queues</span> ", out);
	html_text(out, comparison->frozen->control);
	fputs(": ", out);
	html_both(out, words.zh, words.en);
	fputs("</li>\n", out);
}

static void put_km(FILE *out, const struct compare_result *result)
{
	const struct compare_km *sides[] = {&result->before_km, &result->after_km};
	static const char *const names[] = {"基期 before", "本期 after"};

	fputs("<li>Kaplan–Meier (假定离开与等候无关 <span lang=\"en\">assumes that leaving does "
	      "not "
	      "depend on the wait</span>):",
	      out);
	for (int i = 0; i < 2; i++) {
		char p50[REPORT_BAND_SIZE], p90[REPORT_BAND_SIZE];

		fprintf(out, "%s %s P50 %s, P90 %s", i ? ";" : "", names[i],
			report_band(sides[i]->p50, sides[i]->p50_low, sides[i]->p50_high, p50),
			report_band(sides[i]->p90, sides[i]->p90_low, sides[i]->p90_high, p90));
	}
	fputs("</li>\n", out);
}

static void put_leans(FILE *out, const struct report_comparison *comparison)
{
	const struct compare_result *result = &comparison->result;

	page_heading(out, "结论所依", "what it leans on");
	fputs("<ul>\n", out);
	put_left_out(out, &comparison->left_out);
	put_standard(out, result);
	put_cases(out, result);
	put_bounds(out, &result->bounds);
	put_did(out, comparison);
	put_km(out, result);
	fputs("</ul>\n", out);
}

/* ---- method ---- */

static void put_method(FILE *out, const struct report_print *print)
{
	const struct report_comparison *comparison = print->comparison;

	page_heading(out, "怎样计算", "how it was computed");
	fputs("<ol>\n", out);
	put_item(out,
		 "总等候：一人次在首个办事环节被呼叫之前各环节等候之和；表与一天之内的图按环节计。",
		 "Total wait: a visit's waits up to its first call for work; the tables and the "
		 "chart over the "
		 "day count legs.");
	put_item(out, "平均为总和除以总数；分位数取最近秩，整秒；弃号计入；等候为零也是一次观测。",
		 "Means are sums over counts; quantiles are nearest ranks in whole seconds; "
		 "no-shows count, and so "
		 "do waits of zero.");
	if (comparison) {
		const struct compare_result *result = &comparison->result;
		const struct compare_interval *interval =
			result->mean.relative ? &result->mean.log : &result->mean.change;

		if (!report_has_interval(result))
			put_item(out, "区间：天数不足，未作重抽。",
				 "Interval: not enough days, nothing was drawn.");
		else
			fprintf(out,
				"<li>区间：按天与按 %d 天分块各重抽 %d "
				"次（bootstrap-t），取两者的外包；"
				"无值的重抽 %" PRIu32 "、%" PRIu32
				" 次。 <span lang=\"en\">Interval: bootstrap-t over "
				"days and over blocks of %d days, %d resamples each, the hull of "
				"both; "
				"%" PRIu32 " and %" PRIu32 " resamples had no value.</span></li>\n",
				COMPARE_BLOCK, COMPARE_RESAMPLES, interval->day_undefined,
				interval->block_undefined, COMPARE_BLOCK, COMPARE_RESAMPLES,
				interval->day_undefined, interval->block_undefined);
		put_item(out,
			 "假定各天（或各五天块）彼此独立且两期各自平稳；比较不能区分改革与同时发生"
			 "的其他变化。",
			 "Assumed: days, or blocks of five, are independent and each period is "
			 "steady; a "
			 "comparison cannot tell the reform from what else changed then.");
		fprintf(out,
			"<li>随机数 <span lang=\"en\">random numbers</span>: xoshiro256**, 种子 "
			"<span "
			"lang=\"en\">seed</span> %016" PRIx64
			"；基期记录的散列，已重读相符 <span lang=\"en\">hash of the baseline's "
			"rows, read "
			"again and the same</span>: %s</li>\n",
			comparison->seed, comparison->frozen->rows);
	}
	fputs("</ol>\n<p>定义 <span lang=\"en\">definitions</span>: docs/measurement.md; "
	      "onewindow " ONEWINDOW_VERSION "</p>\n",
	      out);
}

/* ---- the page ---- */

static void put_chart(FILE *out, const json_t *svgs, enum report_chart which, const char *zh,
		      const char *en)
{
	fputs("<figure>\n", out);
	fputs(json_string_value(json_array_get(svgs, which)), out);
	fputs("<figcaption>", out);
	html_both(out, zh, en);
	fputs("</figcaption>\n</figure>\n", out);
}

static void put_charts(FILE *out, const struct report_print *print, const json_t *svgs)
{
	bool compared = print->comparison;

	page_heading(out, "图", "charts");
	put_chart(out, svgs, CHART_WAITS,
		  compared ? "等候不超过各时长的人次占比。虚线：基期；实线：本期。"
			   : "等候不超过各时长的环节占比。",
		  compared ? "Share of visits that waited at most so long. Dashed: baseline; "
			     "solid: period."
			   : "Share of legs that waited at most so long.");
	put_chart(out, svgs, CHART_HOURS,
		  compared ? "各时段取号者的平均等候，带为 P50 至 "
			     "P90。空心、虚线：基期；实心、实线：本期。"
			   : "各时段取号者的平均等候，带为 P50 至 P90；按环节计。",
		  compared
			  ? "Mean wait by hour of issue, the band from P50 to P90. Hollow, dashed: "
			    "baseline; filled, solid: period."
			  : "Mean wait by hour of issue, the band from P50 to P90; of legs.");
	put_chart(
		out, svgs, CHART_DAYS,
		compared ? "每个服务日的平均等候。空心：基期；实心：本期；横线为各期平均。"
			 : "每个服务日的平均等候，横线为全期平均；按环节计，故与总等候的平均不同。",
		compared ? "Mean wait of each service day. Hollow: baseline; filled: period; "
			   "level lines: "
			   "their means."
			 : "Mean wait of each service day; the level line is the mean of all; of "
			   "legs, and "
			   "so not the mean of the total wait.");
}

static void put_kept(FILE *out, enum report_kept kept)
{
	const struct report_name *words = report_kept_words(kept);

	if (!words)
		return;
	fputs("<p class=\"kept\">", out);
	html_both(out, words->zh, words->en);
	fputs("</p>\n", out);
}

static void put_page(FILE *out, const struct report_print *print, const json_t *svgs)
{
	const struct report_origin origin = report_origin_of(print);
	struct report_words words;

	page_begin(out, &print->report->hall, &origin, "等候时间报表 waiting times");
	put_head(out, print);
	if (print->comparison) {
		report_sentence(&print->comparison->result, &words);
		page_words(out, "said", &words);
	}
	page_figures(out, print);
	page_findings(out, print);
	if (print->comparison)
		put_kept(out, print->comparison->kept);
	put_charts(out, print, svgs);
	if (print->comparison)
		put_leans(out, print->comparison);
	page_order(out, print);
	for (int kind = 0; kind < MEASURE_KIND_COUNT; kind++)
		if (print->by[kind])
			page_groups(out, print->report, (enum measure_kind)kind);
	put_method(out, print);
	page_end(out);
}

int report_print_html(const struct report_print *print)
{
	json_t *svgs = NULL;
	int r;

	if (!report_can_chart()) {
		fprintf(stderr,
			"onewindow report: --format html 需要 onewindow-chart，它随 -Drender "
			"编译并安装 "
			"needs onewindow-chart, which is built and installed with -Drender; "
			"text, csv, json 不需要 need nothing\n");
		return CLI_REFUSED;
	}
	r = report_charts(print, &svgs);
	if (r < 0) {
		fprintf(stderr, "onewindow report: 未能作图 the charts could not be drawn: %s\n",
			strerror(-r));
		return CLI_REFUSED;
	}
	put_page(stdout, print, svgs);
	json_decref(svgs);
	return CLI_OK;
}
