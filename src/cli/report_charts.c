/* What onewindow-chart is to draw of a report (src/chart/chart.h): how many waited at most how
 * long, waits over the day, day by day. With a comparison the waits are those of visits, without
 * one those of legs, as in the tables. */
#include "src/cli/report_charts.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "src/cli/baseline.h"
#include "src/cli/charts.h"

enum { WIDTH = 680, HEIGHT = 270, DAY_S = 24 * 60 * 60, LABEL_SIZE = 96, DATE_TICKS = 7 };
/* The part of the visits that has to be within the chart; a few wait very long. */
#define SHOWN 0.98

/* ---- parts of a chart ---- */

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *axis(const char *label, double from, double to, bool percent)
{
	return json_pack("{s:s, s:f, s:f, s:b}", "label", label, "from", from, "to", to, "percent",
			 percent);
}

static json_t *chart(const char *id, const char *title, const char *description, json_t *x,
		     json_t *y, json_t *series)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:o}", "id", id, "title", title,
			 "description", description, "width", WIDTH, "height", HEIGHT, "x", x, "y",
			 y, "series", series);
}

static json_t *new_series(bool after, const char *label)
{
	return json_pack("{s:s, s:s, s:[], s:[]}", "side", after ? "after" : "before", "label",
			 label, "x", "y");
}

static void add_point(json_t *series, double x, double y)
{
	json_array_append_new(json_object_get(series, "x"), json_real(x));
	json_array_append_new(json_object_get(series, "y"), number(y));
}

static void add_band(json_t *series, double low, double high)
{
	json_array_append_new(json_object_get(series, "low"), number(low));
	json_array_append_new(json_object_get(series, "high"), number(high));
}

static void add_tick(json_t *ticks, double at, const char *label)
{
	json_array_append_new(ticks, json_pack("{s:f, s:s}", "at", at, "label", label));
}

static double above(double most)
{
	return most > 0 ? most * 1.05 : 1;
}

/* ---- how many waited at most how long ---- */

struct waits {
	uint64_t *seconds; /* DAY_S + 1 of them; the last: a day and more */
	uint64_t total;
};

static void add_waits(struct waits *waits, uint32_t second, uint32_t count)
{
	waits->seconds[second < DAY_S ? second : DAY_S] += count;
	waits->total += count;
}

static int collect_side(struct waits *waits, const struct compare_side *side)
{
	waits->seconds = calloc(DAY_S + 1, sizeof(*waits->seconds));
	for (size_t d = 0; waits->seconds && d < side->count; d++)
		for (size_t i = 0; i < side->days[d].known_count; i++)
			add_waits(waits, side->days[d].known[i].second,
				  side->days[d].known[i].count);
	return waits->seconds ? 0 : -ENOMEM;
}

static int collect_legs(struct waits *waits, const struct measure_report *report)
{
	waits->seconds = calloc(DAY_S + 1, sizeof(*waits->seconds));
	for (size_t i = 0; waits->seconds && i < report->group_count; i++) {
		const struct histogram *histogram = report->groups[i].waits;

		for (size_t k = 0;
		     report->groups[i].kind == MEASURE_ALL && histogram && k < histogram->count;
		     k++)
			add_waits(waits, histogram->bins[k].second, histogram->bins[k].count);
	}
	return waits->seconds ? 0 : -ENOMEM;
}

static double shown_minutes(const struct waits *waits)
{
	uint64_t so_far = 0;

	for (int second = 0; second <= DAY_S; second++) {
		so_far += waits->seconds[second];
		if ((double)so_far >= SHOWN * (double)waits->total)
			return (second + 1) / 60.0;
	}
	return 0;
}

static json_t *waits_series(const struct waits *waits, bool after, const char *name)
{
	char label[LABEL_SIZE];
	json_t *series;
	uint64_t so_far = 0;

	snprintf(label, sizeof(label), "%s (n %" PRIu64 ")", name, waits->total);
	series = new_series(after, waits->total ? label : "");
	json_object_set_new(series, "steps", json_true());
	if (waits->total)
		add_point(series, 0, 0);
	for (int second = 0; second <= DAY_S; second++) {
		if (!waits->seconds[second])
			continue;
		so_far += waits->seconds[second];
		add_point(series, second / 60.0, (double)so_far / (double)waits->total);
	}
	/* beyond the longest all waited less */
	if (waits->total)
		add_point(series, DAY_S / 60.0, 1);
	return series;
}

static int waits_chart(const struct report_print *print, json_t **ret_chart)
{
	const struct compare_input *input = print->comparison ? print->comparison->input : NULL;
	double target = (double)print->report->target_ms / 60000.0, most = target * 4 / 3;
	struct waits before = {0}, after = {0};
	char label[LABEL_SIZE];
	json_t *series = json_array();
	int r = input ? collect_side(&before, &input->before) : 0;

	if (r == 0)
		r = input ? collect_side(&after, &input->after)
			  : collect_legs(&after, print->report);
	if (r == 0 && input) {
		most = fmax(most, shown_minutes(&before));
		json_array_append_new(series, waits_series(&before, false, "基期 baseline"));
	}
	if (r == 0) {
		most = fmax(most, shown_minutes(&after));
		most = ceil(most / 10) * 10;
		json_array_append_new(series, waits_series(&after, true, "本期 period"));
		snprintf(label, sizeof(label), "目标 target %g", target);
		*ret_chart = chart(
			"waits", "等候时间的累积分布 how many waited at most how long",
			input ? "各时长以内的人次占比，基期与本期 share of visits that waited "
				"at most so long, baseline and period"
			      : "各时长以内的环节占比 share of legs that waited at most so long",
			axis("等候不超过（分） waited at most, minutes", 0, most, false),
			axis(input ? "人次占比 share of visits" : "环节占比 share of legs", 0, 1,
			     true),
			series);
		json_object_set_new(*ret_chart, "marks",
				    json_pack("[{s:f, s:s}]", "at", target, "label", label));
	} else {
		json_decref(series);
	}
	free(before.seconds);
	free(after.seconds);
	return r;
}

/* ---- over the day ---- */

static const struct measure_figures *find(const struct measure_report *report,
					  enum measure_kind kind, int64_t key)
{
	for (size_t i = 0; i < report->group_count; i++)
		if (report->groups[i].kind == kind && report->groups[i].key == key)
			return report->groups[i].figures.called ? &report->groups[i].figures : NULL;
	return NULL;
}

/* Hours without a call have no value, and the line a gap. */
static json_t *hours_series(const struct measure_report *report, bool after, const char *label,
			    int *first, int *last, double *most)
{
	json_t *series = new_series(after, label);

	json_object_set_new(series, "line", json_true());
	json_object_set_new(series, "markers", json_true());
	json_object_set_new(series, "low", json_array());
	json_object_set_new(series, "high", json_array());
	for (int hour = 0; hour < 24; hour++) {
		const struct measure_figures *f = find(report, MEASURE_HOUR, hour);
		double mean = f ? report_minutes(f->sum_ms, f->called) : (double)NAN;
		double p90 = f ? (double)f->p90_s / 60.0 : (double)NAN;

		add_point(series, hour + .5, mean);
		add_band(series, f ? (double)f->p50_s / 60.0 : (double)NAN, p90);
		if (!f)
			continue;
		*first = hour < *first ? hour : *first;
		*last = hour > *last ? hour : *last;
		*most = fmax(*most, fmax(mean, p90));
	}
	return series;
}

static json_t *hours_chart(const struct report_print *print)
{
	int first = 24, last = -1;
	double most = 0;
	json_t *series = json_array(), *ticks = json_array(), *x;

	if (print->comparison)
		json_array_append_new(series, hours_series(print->comparison->before, false,
							   "基期 baseline", &first, &last, &most));
	json_array_append_new(series, hours_series(report_after(print), true, "本期 period", &first,
						   &last, &most));
	if (last < 0) {
		first = 8;
		last = 17;
	}
	for (int hour = first; hour <= last + 1; hour++) {
		char label[LABEL_SIZE];

		snprintf(label, sizeof(label), "%d:00", hour);
		add_tick(ticks, hour, label);
	}
	x = axis("取号时刻 hour of issue", first, last + 1, false);
	json_object_set_new(x, "ticks", ticks);
	return chart(
		"hours", "一天之内的等候 waits over the day",
		"各时段取号者的平均等候，及 P50 至 P90 mean wait by hour of issue, and from P50 to "
		"P90",
		x, axis("等候（分） wait, minutes", 0, above(most), false), series);
}

/* ---- day by day ---- */

struct day_means {
	json_t *points, *ticks;
	double most;
	double at; /* of the next day */
};

static void add_day(struct day_means *days, json_t *points, int64_t date, size_t i, size_t every,
		    double mean)
{
	char text[BASELINE_DATE_SIZE];

	assert(every);
	if (i % every == 0)
		add_tick(days->ticks, days->at, baseline_date(date, text));
	add_point(points, days->at, mean);
	if (isfinite(mean))
		days->most = fmax(days->most, mean);
	days->at++;
}

/* The points of a side and the level of its mean, which bears the label. */
static void add_level(json_t *series, json_t *points, bool after, const char *name, double from,
		      double to, double mean)
{
	char label[LABEL_SIZE];
	json_t *level;

	json_object_set_new(points, "markers", json_true());
	json_array_append_new(series, points);
	if (!isfinite(mean))
		return;
	snprintf(label, sizeof(label), "%s %.2f", name, mean);
	level = new_series(after, label);
	json_object_set_new(level, "line", json_true());
	add_point(level, from, mean);
	add_point(level, to, mean);
	json_array_append_new(series, level);
}

static size_t every_for(size_t days, size_t all)
{
	size_t ticks = all ? DATE_TICKS * days / all : 0;

	return ticks ? (days + ticks - 1) / ticks : days + 1;
}

static void add_side(struct day_means *days, json_t *series, const struct compare_side *side,
		     bool after, const char *name, double mean, size_t all)
{
	json_t *points = new_series(after, "");
	double from = days->at;

	for (size_t i = 0; i < side->count; i++) {
		const struct compare_day *day = &side->days[i];

		add_day(days, points, day->date, i, every_for(side->count, all),
			day->n ? report_minutes(day->sum_ms, day->n) : (double)NAN);
	}
	add_level(series, points, after, name, from, days->at - 1, mean);
}

static void add_legs_days(struct day_means *days, json_t *series,
			  const struct measure_report *report)
{
	const struct measure_figures *whole = report_whole(report);
	json_t *points = new_series(true, "");
	size_t count = 0, i = 0;

	for (size_t k = 0; k < report->group_count; k++)
		count += report->groups[k].kind == MEASURE_DAY;
	for (size_t k = 0; k < report->group_count; k++) {
		const struct measure_figures *f = &report->groups[k].figures;

		if (report->groups[k].kind == MEASURE_DAY)
			add_day(days, points, report->groups[k].key, i++, every_for(count, count),
				f->called ? report_minutes(f->sum_ms, f->called) : (double)NAN);
	}
	add_level(series, points, true, "平均 mean", 0, days->at - 1,
		  whole && whole->called ? report_minutes(whole->sum_ms, whole->called)
					 : (double)NAN);
}

static json_t *days_chart(const struct report_print *print)
{
	const struct report_comparison *comparison = print->comparison;
	struct day_means days = {.ticks = json_array()};
	json_t *series = json_array(), *x, *made;
	double change = 0;

	if (comparison) {
		const struct compare_input *input = comparison->input;
		size_t all = input->before.count + input->after.count;

		add_side(&days, series, &input->before, false, "基期平均 baseline mean",
			 comparison->result.mean.before / 60000, all);
		change = days.at;
		days.at++;
		add_side(&days, series, &input->after, true, "本期平均 period mean",
			 comparison->result.mean.after / 60000, all);
	} else {
		add_legs_days(&days, series, print->report);
	}
	x = axis("服务日 service day", -1, days.at > 0 ? days.at : 1, false);
	json_object_set_new(x, "ticks", days.ticks);
	made = chart(
		"days", "逐日平均等候 day by day",
		comparison ? "每个服务日每人次的平均等候，竖线为变化 mean wait of a visit on each "
			     "service day, the change marked by a vertical line"
			   : "每个服务日每环节的平均等候 mean wait of a leg on each service day",
		x, axis("平均等候（分） mean wait, minutes", 0, above(days.most), false), series);
	if (comparison)
		json_object_set_new(made, "marks",
				    json_pack("[{s:f, s:s}]", "at", change, "label",
					      "变化 change"));
	return made;
}

/* ---- all of them ---- */

bool report_can_chart(void)
{
	return charts_can_draw();
}

int report_charts(const struct report_print *print, json_t **ret_svgs)
{
	json_t *charts = json_array(), *waits = NULL;
	int r = waits_chart(print, &waits);

	if (r == 0 && (json_array_append_new(charts, waits) < 0 ||
		       json_array_append_new(charts, hours_chart(print)) < 0 ||
		       json_array_append_new(charts, days_chart(print)) < 0))
		r = -ENOMEM;
	if (r == 0)
		r = charts_draw(charts, ret_svgs);
	json_decref(charts);
	return r;
}
