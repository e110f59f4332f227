/* A chart from its JSON (chart.h), and nothing that could not be drawn. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/chart/chart.h"

static const char *text_of(json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

static bool is_id(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= CHART_MAX_ID &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
		       len &&
	       strspn(text, "-0123456789") == 0;
}

static int read_ticks(struct chart_tick *ret, size_t *ret_count, json_t *list, size_t most)
{
	size_t count = json_array_size(list);

	if (count > most)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		json_t *tick = json_array_get(list, i);

		if (!json_is_number(json_object_get(tick, "at")))
			return -EINVAL;
		ret[i].at = json_number_value(json_object_get(tick, "at"));
		ret[i].label = text_of(tick, "label");
	}
	*ret_count = count;
	return 0;
}

static int read_heading(struct chart *chart, json_t *list)
{
	if (json_array_size(list) > CHART_MAX_HEADING)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(list); i++) {
		chart->heading[i] = json_string_value(json_array_get(list, i));
		if (!chart->heading[i])
			return -EINVAL;
	}
	chart->heading_count = json_array_size(list);
	return 0;
}

static int read_axis(struct chart_axis *ret, json_t *json)
{
	json_t *from = json_object_get(json, "from"), *to = json_object_get(json, "to");
	json_t *ticks = json_object_get(json, "ticks");

	ret->label = text_of(json, "label");
	ret->from = json_number_value(from);
	ret->to = json_number_value(to);
	ret->percent = json_is_true(json_object_get(json, "percent"));
	if (!json_is_number(from) || !json_is_number(to) || !(ret->from < ret->to))
		return -EINVAL;
	if (!ticks)
		return 0;
	ret->ticks = calloc(CHART_MAX_TICKS, sizeof(*ret->ticks));
	if (!ret->ticks)
		return -ENOMEM;
	return read_ticks(ret->ticks, &ret->tick_count, ticks, CHART_MAX_TICKS);
}

/* As many as there are of x; null is NAN, where a gap is allowed. */
static int read_numbers(double **ret, size_t count, json_t *list, bool gaps)
{
	if (!json_is_array(list) || json_array_size(list) != count)
		return -EINVAL;
	*ret = calloc(count + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		json_t *number = json_array_get(list, i);

		if (!json_is_number(number) && !(gaps && json_is_null(number)))
			return -EINVAL;
		(*ret)[i] = json_is_null(number) ? (double)NAN : json_number_value(number);
	}
	return 0;
}

static int read_series(struct chart_series *ret, json_t *json)
{
	const char *side = text_of(json, "side");
	json_t *x = json_object_get(json, "x"), *low = json_object_get(json, "low");
	int r;

	if (strcmp(side, "before") != 0 && strcmp(side, "after") != 0)
		return -EINVAL;
	ret->side = side[0] == 'b' ? CHART_BEFORE : CHART_AFTER;
	ret->label = text_of(json, "label");
	ret->steps = json_is_true(json_object_get(json, "steps"));
	ret->line = json_is_true(json_object_get(json, "line"));
	ret->markers = json_is_true(json_object_get(json, "markers"));
	ret->count = json_array_size(x);
	if (ret->count > CHART_MAX_POINTS)
		return -EINVAL;
	r = read_numbers(&ret->x, ret->count, x, false);
	if (r == 0)
		r = read_numbers(&ret->y, ret->count, json_object_get(json, "y"), true);
	if (r == 0 && low) {
		r = read_numbers(&ret->low, ret->count, low, true);
		if (r == 0)
			r = read_numbers(&ret->high, ret->count, json_object_get(json, "high"),
					 true);
	}
	for (size_t i = 1; r == 0 && i < ret->count; i++)
		if (ret->x[i] < ret->x[i - 1])
			r = -EINVAL;
	return r;
}

static bool fits(double size)
{
	return size >= CHART_MIN_SIZE && size <= CHART_MAX_SIZE;
}

int chart_read(struct chart *ret_chart, json_t *json, const char **ret_reason)
{
	json_t *list = json_object_get(json, "series");
	int r;

	*ret_chart = (struct chart){
		.id = text_of(json, "id"),
		.title = text_of(json, "title"),
		.description = text_of(json, "description"),
		.width = json_number_value(json_object_get(json, "width")),
		.height = json_number_value(json_object_get(json, "height")),
	};
	*ret_reason = "id";
	if (!is_id(ret_chart->id))
		return -EINVAL;
	*ret_reason = "heading";
	r = read_heading(ret_chart, json_object_get(json, "heading"));
	if (r < 0)
		return r;
	*ret_reason = "width, height";
	if (!fits(ret_chart->width) || !fits(ret_chart->height))
		return -EINVAL;
	*ret_reason = "x";
	r = read_axis(&ret_chart->x, json_object_get(json, "x"));
	if (r < 0)
		return r;
	*ret_reason = "y";
	r = read_axis(&ret_chart->y, json_object_get(json, "y"));
	if (r < 0)
		return r;
	*ret_reason = "marks";
	r = read_ticks(ret_chart->marks, &ret_chart->mark_count, json_object_get(json, "marks"),
		       CHART_MAX_MARKS);
	if (r < 0)
		return r;
	*ret_reason = "series";
	if (json_array_size(list) > CHART_MAX_SERIES)
		return -EINVAL;
	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		r = read_series(&ret_chart->series[i], json_array_get(list, i));
		ret_chart->series_count = i + 1;
	}
	return r;
}

void chart_finish(struct chart *chart)
{
	free(chart->x.ticks);
	free(chart->y.ticks);
	for (size_t i = 0; i < chart->series_count; i++) {
		free(chart->series[i].x);
		free(chart->series[i].y);
		free(chart->series[i].low);
		free(chart->series[i].high);
	}
	*chart = (struct chart){0};
}
