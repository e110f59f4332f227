/* The report's HTML of made-up figures, for html_check.py and for looking at: html_demo KIND, KIND
 * one of compared, single, empty, short. The hall's name is one that has to be escaped. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/report_print.h"

enum { DAYS = 60, HOURS = 8, GROUPS = 1 + DAYS + HOURS + 3, BINS = 900 };

static uint32_t dice = 1;

/* Above 0, at most 1. */
static double random_share(void)
{
	dice = dice * 1664525u + 1013904223u;
	return ((dice >> 8) + 1) / 16777216.0;
}

static int64_t date_of(int day)
{
	return 20260100 + 100 * (day / 28) + day % 28 + 1;
}

/* Waits of a day, exponential but for those who do not wait. */
static struct compare_bin *make_bins(double mean_s, double at_once, size_t n)
{
	struct compare_bin *bins = calloc(BINS, sizeof(*bins));

	for (size_t i = 0; i < BINS; i++)
		bins[i].second = (uint32_t)i * 8;
	for (size_t i = 0; i < n; i++) {
		double wait = random_share() < at_once ? 0 : -mean_s * log(random_share());

		bins[wait / 8 < BINS - 1 ? (size_t)(wait / 8) : BINS - 1].count++;
	}
	return bins;
}

static struct compare_side make_side(int days, int first, double mean_s, double at_once)
{
	struct compare_day *list = calloc((size_t)days + 1, sizeof(*list));

	for (int d = 0; d < days; d++) {
		double busy = mean_s * (.5 + random_share());
		struct compare_bin *bins = make_bins(busy, at_once, 180);

		list[d].date = date_of(first + d);
		list[d].known = bins;
		list[d].known_count = BINS;
		for (size_t i = 0; i < BINS; i++) {
			list[d].n += bins[i].count;
			list[d].sum_ms += 1000 * (int64_t)bins[i].second * bins[i].count;
		}
	}
	/* a day without visits has no point */
	if (days > 10)
		list[10].n = list[10].sum_ms = 0;
	return (struct compare_side){list, (size_t)days};
}

static struct measure_figures make_figures(double mean_min, int64_t n)
{
	return (struct measure_figures){
		.issued = n,
		.legs = n,
		.called = n - n / 50,
		.served = n - n / 20,
		.cancelled = n / 50,
		.sum_ms = (int64_t)(mean_min * 60000 * (double)(n - n / 50)),
		.max_ms = (int64_t)(mean_min * 600000),
		.p50_s = (int64_t)(mean_min * 20),
		.p90_s = (int64_t)(mean_min * 150),
		.p95_s = (int64_t)(mean_min * 200),
		.within = n * 4 / 5,
		.decided = n,
		.km_p50_s = (int64_t)(mean_min * 21),
		.km_p90_s = -1,
	};
}

static void add_group(struct measure_report *report, enum measure_kind kind, int64_t key,
		      const char *zh, const char *en, struct measure_figures figures)
{
	struct measure_group *group = &report->groups[report->group_count++];

	*group = (struct measure_group){.kind = kind, .key = key, .figures = figures};
	snprintf(group->zh, sizeof(group->zh), "%s", zh);
	snprintf(group->en, sizeof(group->en), "%s", en);
}

/* Numbers that rise in the order of the page's rows: calls is the first of them, too. */
static void make_order(struct measure_order *order, int64_t first)
{
	static const enum call_reason reasons[] = {CALL_PREFERENCE,  CALL_PRIORITY,
						   CALL_APPOINTMENT, CALL_RESUMED,
						   CALL_CHOSEN,	     CALL_AGEING_COUNT,
						   CALL_AGEING_TIME};

	order->out_of_order = first + 1;
	order->overtakings = first + 2;
	order->most = first + 3;
	order->reasons[CALL_ORDER] = first;
	for (int i = 0; i < 7; i++) {
		order->reasons[reasons[i]] = first + 4 + i;
		order->reasons[CALL_ORDER] -= first + 4 + i;
	}
}

static struct measure_report *make_report(double mean_min, int days, int first)
{
	static const double load[HOURS] = {1.5, 1.6, .9, 0, .8, 1.1, .8, .3};
	struct measure_report *report = calloc(1, sizeof(*report));
	struct histogram *waits;

	report->groups = calloc(GROUPS, sizeof(*report->groups));
	report->days = days;
	report->target_ms = 15 * 60000;
	report->as_of_wall_ms = 1780300800000;
	report->as_of_offset_min = 480;
	report->as_of_seq = 123456;
	strcpy(report->hall.zh, "政务<b>&\"大厅");
	strcpy(report->hall.en, "Hall <b>&\" 'one' \x01\xff end");
	if (!days)
		return report;
	report->first_day = date_of(first);
	report->last_day = date_of(first + days - 1);
	report->visits = (struct measure_visits){
		.n = 180 * days,
		.total_sum_ms = (int64_t)(mean_min * 60000 * 180 * days),
		.window_sum_ms = (int64_t)(mean_min * 70000 * 180 * days),
		.total_p50_s = 200,
		.total_p90_s = 2604,
		.total_p95_s = 3600,
		.total_max_ms = 9000000,
		.censored = 31,
		.within = 140 * days,
		.decided = 181 * days,
	};
	report->findings.implied_finish = 12;
	report->findings.clock_steps = 1;
	make_order(&report->order, first ? 200 : 100);
	add_group(report, MEASURE_ALL, 0, "", "", make_figures(mean_min, 180 * days));
	waits = calloc(1, sizeof(*waits));
	waits->bins = calloc(100, sizeof(*waits->bins));
	waits->count = 100;
	for (uint32_t i = 0; i < 100; i++)
		waits->bins[i] = (struct histogram_bin){i * 12, 400 / (i + 1) + 1, 0};
	report->groups[0].waits = waits;
	for (int d = 0; d < days; d++)
		add_group(report, MEASURE_DAY, date_of(first + d), "", "",
			  make_figures(mean_min * (.5 + random_share()), 180));
	for (int h = 0; h < HOURS; h++)
		if (load[h] > 0)
			add_group(report, MEASURE_HOUR, 9 + h, "", "",
				  make_figures(mean_min * load[h], 20 * days));
	add_group(report, MEASURE_QUEUE, 0, "综合", "general <script>alert(1)</script>",
		  make_figures(mean_min, 120 * days));
	add_group(report, MEASURE_QUEUE, 1, "出件", "", make_figures(mean_min / 2, 50 * days));
	add_group(report, MEASURE_QUEUE, 2, "", "", make_figures(mean_min / 2, 0));
	report->worst_queue = &report->groups[report->group_count - 3];
	return report;
}

/* The report has a day that is open, too: what is compared is not that. */
static struct measure_report *make_after(int days)
{
	struct measure_report *after = make_report(.93, days, 90);

	after->visits.total_p50_s = 60;
	after->visits.total_p95_s = 600;
	after->visits.total_max_ms = 1200000;
	after->visits.window_sum_ms *= 2;
	after->visits.censored = 17;
	after->visits.within = 179 * days;
	after->findings.implied_finish = 11;
	after->worst_queue--;
	if (days)
		after->groups[0].figures.cancelled *= 2;
	return after;
}

static void make_result(struct compare_result *result, size_t days, enum compare_verdict verdict)
{
	const double none = verdict == VERDICT_FEW_DAYS ? (double)NAN : 0;
	const struct compare_interval log = {
		.point = -2.66, .low = -2.86 + none, .high = -2.44 + none};
	const struct compare_interval change = {.point = -746400, .low = -801000, .high = -702000};

	*result = (struct compare_result){
		.before_days = DAYS,
		.after_days = days,
		.before_n = 10800,
		.after_n = 180 * (int64_t)days,
		.before_cases = 9000,
		.after_cases = 9100,
		.after_filings = 4500,
		.mean = {802200, 56040, log, change, true, verdict},
		.p90 = {2604000, 165600, log, change, true, verdict},
		.share = {.before = .774,
			  .after = .989,
			  .change = {.point = .215, .low = .19, .high = .24},
			  .verdict = verdict},
		.per_case = {960000, 40000, log, change, true, verdict},
		.standard = {.98, 412, {810000, 58000, log, change, true, verdict}},
		.bounds = {31, 12, 803000, 811000, 56100, 56500, .93, .929, .92, false},
		.before_km = {210, 190, 230, 2700, 2500, 2900},
		.after_km = {0, 0, 10, 170, 150, -1},
		.did = {.asked = true,
			.before_days = DAYS,
			.after_days = days,
			.log = log,
			.verdict = verdict},
	};
}

int main(int argc, char **argv)
{
	static struct event_baseline_frozen frozen = {
		.name = "2026-spring",
		.days = DAYS,
		.rows = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"};
	static struct report_comparison comparison;
	static struct compare_input input;
	const char *kind = argc > 1 ? argv[1] : "";
	int days = !strcmp(kind, "empty") ? 0 : !strcmp(kind, "short") ? 3 : 45;
	static struct report_print print; /* for the sanitizer: all is reachable from it */

	print.report = make_report(.93, days, 90);
	print.by[MEASURE_ALL] = print.by[MEASURE_QUEUE] = print.by[MEASURE_HOUR] = true;
	print.by[MEASURE_DAY] = true;
	if (!strcmp(kind, "compared") || !strcmp(kind, "short")) {
		frozen.from = date_of(0);
		frozen.to = date_of(DAYS - 1);
		input.before = make_side(DAYS, 0, 1400, .45);
		input.after = make_side(days, 90, 140, .6);
		comparison.frozen = &frozen;
		comparison.before = make_report(13.37, DAYS, 0);
		comparison.after = make_after(days);
		comparison.kept = days == 3 ? REPORT_ALTERED : REPORT_AS_FROZEN;
		comparison.seed = 0x657d4c8881d0869f;
		comparison.input = &input;
		comparison.left_out = (struct sides_left_out){2, days == 3 ? 0 : 345};
		make_result(&comparison.result, (size_t)days,
			    days == 3 ? VERDICT_FEW_DAYS : VERDICT_SHORTER);
		print.comparison = &comparison;
	}
	return report_print_html(&print);
}
