/* The planning curve as a chart: what the target is about for each number of windows, with its
 * least and its most over the seeds, and the target itself. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/cli/charts.h"
#include "src/cli/plan.h"

enum { WIDTH = 680, HEIGHT = 370, LABEL_SIZE = 128, MOST_TICKS = 16 };

static json_t *series(const char *side, const char *label)
{
	return json_pack("{s:s, s:s, s:b, s:b, s:[], s:[]}", "side", side, "label", label, "line",
			 1, "markers", strcmp(side, "after") == 0, "x", "y");
}

static void add(json_t *series, const char *list, double value)
{
	json_array_append_new(json_object_get(series, list), json_real(value));
}

static json_t *make_curve(const struct plan_print *print, const char *name)
{
	const struct plan *plan = print->plan;
	json_t *curve = series("after", name);

	json_object_set_new(curve, "low", json_array());
	json_object_set_new(curve, "high", json_array());
	for (uint32_t i = 0; i < plan->level_count; i++) {
		const struct plan_level *level = &plan->levels[i];

		add(curve, "x", level->windows);
		add(curve, "y", level->value.mean);
		add(curve, "low", level->value.min);
		add(curve, "high", level->value.max);
	}
	return curve;
}

static json_t *make_bound(const struct plan_print *print, double from, double to)
{
	double bound = print->request->target.bound;
	char label[LABEL_SIZE];
	json_t *line;

	snprintf(label, sizeof(label), "目标 target %s", print->target);
	line = series("before", label);
	add(line, "x", from);
	add(line, "y", bound);
	add(line, "x", to);
	add(line, "y", bound);
	return line;
}

static json_t *make_x(const struct plan *plan, double from, double to)
{
	uint32_t every = plan->level_count / MOST_TICKS + 1;
	json_t *ticks = json_array();

	for (uint32_t i = 0; i < plan->level_count; i += every) {
		char label[LABEL_SIZE];

		snprintf(label, sizeof(label), "%u", plan->levels[i].windows);
		json_array_append_new(ticks,
				      json_pack("{s:f, s:s}", "at", (double)plan->levels[i].windows,
						"label", label));
	}
	return json_pack("{s:s, s:f, s:f, s:o}", "label", "受理窗口数 intake windows", "from", from,
			 "to", to, "ticks", ticks);
}

static json_t *make_y(const struct plan_print *print, const char *name)
{
	bool share = print->request->target.measure == PLAN_SHARE;
	const struct plan *plan = print->plan;
	double least = 1, most = print->request->target.bound, bottom;

	for (uint32_t i = 0; i < plan->level_count; i++) {
		most = fmax(most, plan->levels[i].value.max);
		least = fmin(least, plan->levels[i].value.min);
	}
	/* in steps of a tenth below the lowest */
	bottom = share ? floor(fmin(least, print->request->target.bound) * 10) / 10 : 0;
	return json_pack("{s:s, s:f, s:f, s:b}", "label", name, "from", bottom, "to",
			 share	    ? 1.
			 : most > 0 ? most * 1.05
				    : 1.,
			 "percent", share);
}

static void name_value(const struct plan_print *print, char ret[LABEL_SIZE])
{
	static const char *const names[] = {"平均等候（分） mean wait, minutes",
					    "等候 P50（分） P50 of waits, minutes",
					    "等候 P90（分） P90 of waits, minutes",
					    "等候 P95（分） P95 of waits, minutes"};
	enum plan_measure measure = print->request->target.measure;

	if (measure != PLAN_SHARE)
		snprintf(ret, LABEL_SIZE, "%s", names[measure]);
	else
		snprintf(ret, LABEL_SIZE, "等候不超过 %g 分的占比 share that waits at most %g min",
			 (double)print->plan->within_ms / 60000,
			 (double)print->plan->within_ms / 60000);
}

/* The picture goes where its table does not. */
static const char *source_of(const struct plan_print *print)
{
	if (!print->learnt)
		return "模型估计，场景中的数字均为假定 model estimate; all numbers of the scenario "
		       "are assumed";
	if (print->learnt->simulated.days)
		return "模型估计，学自含模拟日的日志 model estimate, learnt from a log with "
		       "simulated days";
	return "模型估计，学自日志 model estimate, learnt from a log";
}

/* The picture is shown without what is printed: whose it is, and that it is an estimate. */
static json_t *make_heading(const struct plan_print *print)
{
	const struct plan_request *request = print->request;
	const struct scenario *s = print->scenario;
	char name[2 * CORE_NAME_SIZE + 2], days[LABEL_SIZE];

	snprintf(name, sizeof(name), "%s %s", s->zh, s->en);
	snprintf(days, sizeof(days), "%u 个种子 seeds × %u 天 days; 现有窗口 windows now: %u",
		 request->seeds, request->days, print->plan->family.own);
	return json_pack("[s, s, s]", name, source_of(print), days);
}

static json_t *make_chart(const struct plan_print *print)
{
	const struct plan *plan = print->plan;
	double from = plan->levels[0].windows - .5;
	double to = plan->levels[plan->level_count - 1].windows + .5;
	char name[LABEL_SIZE], mark[LABEL_SIZE], title[2 * CORE_NAME_SIZE + 2 * LABEL_SIZE];
	json_t *chart;

	name_value(print, name);
	snprintf(title, sizeof(title), "%s %s: 窗口数与等候 windows and waits: %s",
		 print->scenario->zh, print->scenario->en, source_of(print));
	snprintf(mark, sizeof(mark), "最少 fewest %u", plan->windows);
	chart = json_pack("{s:s, s:s, s:o, s:s, s:i, s:i, s:o, s:o, s:[o, o]}", "id", "plan",
			  "title", title, "heading", make_heading(print), "description",
			  "各受理窗口数下的等候，带为各种子的最小至最大 waits by number of intake "
			  "windows; the "
			  "band reaches from the least to the most of the seeds",
			  "width", WIDTH, "height", HEIGHT, "x", make_x(plan, from, to), "y",
			  make_y(print, name), "series", make_bound(print, from, to),
			  make_curve(print, "各种子：平均与范围 seeds: mean and range"));
	if (chart && plan->windows)
		json_object_set_new(chart, "marks",
				    json_pack("[{s:f, s:s}]", "at", (double)plan->windows, "label",
					      mark));
	return chart;
}

int plan_draw(const struct plan_print *print, json_t **ret_svgs)
{
	json_t *charts = json_array();
	int r = -ENOMEM;

	if (charts && json_array_append_new(charts, make_chart(print)) == 0)
		r = charts_draw(charts, ret_svgs);
	json_decref(charts);
	return r;
}
