/* What charts are made of, without cairo: round ticks, places of labels, the SVG's text, and charts
 * that are refused. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/chart/axis.h"
#include "src/chart/place.h"
#include "src/chart/svg.h"

/* ---- ticks ---- */

static void ticks_are_round(void **state)
{
	static const struct {
		double from, to;
		int most;
		const char *labels; /* first, step, count */
	} rows[] = {
		{0, 60, 14, "0 5 13"},
		{0, 60, 13, "0 5 13"},
		{0, 60, 12, "0 10 7"},
		{0, 1, 6, "0.0 0.2 6"},
		{0, .3, 4, "0.0 0.1 4"},
		{0, 7, 5, "0 2 4"},
		{3, 17, 4, "5 5 3"},
		{-3, 3, 7, "-3 1 7"},
		{0, 480, 10, "0 50 10"},
		{0, 12345, 5, "0 5000 3"},
		{0, .004, 5, "0.000 0.001 5"},
		{99.5, 100.5, 2, "100 1 1"},
		{1e6, 2e6, 3, "1000000 500000 3"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct axis_ticks ticks;
		char first[CHART_LABEL_SIZE], step[CHART_LABEL_SIZE], text[64];

		axis_round(rows[i].from, rows[i].to, rows[i].most, &ticks);
		axis_label(ticks.first, ticks.decimals, false, first);
		axis_label(ticks.step, ticks.decimals, false, step);
		snprintf(text, sizeof(text), "%s %s %d", first, step, ticks.count);
		assert_string_equal(text, rows[i].labels);
	}
}

/* Whatever the range, they lie in it, and there are some but not too many. */
static void ticks_fit(void **state)
{
	(void)state;
	for (int i = 0; i < 4000; i++) {
		double from = (i % 7 - 3) * pow(10, i % 11 - 5) * 1.37;
		double to = from + pow(10, i % 13 - 6) * (1 + i % 17);
		int most = 2 + i % 20;
		struct axis_ticks ticks;
		double last;

		axis_round(from, to, most, &ticks);
		last = ticks.first + (ticks.count - 1) * ticks.step;
		if (ticks.count < 1 || ticks.count > most ||
		    ticks.first < from - 1e-6 * (to - from) || last > to + 1e-6 * (to - from))
			fail_msg("%g to %g, at most %d: %d from %g by %g", from, to, most,
				 ticks.count, ticks.first, ticks.step);
	}
}

static void labels(void **state)
{
	char text[CHART_LABEL_SIZE];

	(void)state;
	axis_label(.25, 2, true, text);
	assert_string_equal(text, "25%");
	axis_label(.125, 3, true, text);
	assert_string_equal(text, "12.5%");
	axis_label(-1e-17, 1, false, text);
	assert_string_equal(text, "0.0");
}

/* ---- places ---- */

static bool meets(const struct place_box *a, const struct place_box *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

static bool covers(const struct place *place, const struct place_box *box)
{
	for (size_t i = 0; i < place->count; i++)
		if (place->dots[i].x > box->x && place->dots[i].x < box->x + box->width &&
		    place->dots[i].y > box->y && place->dots[i].y < box->y + box->height)
			return true;
	return false;
}

/* Two lines that cross: each label lies on neither, in the plot, and nearer to its own. */
static void labels_beside_their_lines(void **state)
{
	struct place place = {.plot = {0, 0, 400, 200}};
	struct place_box boxes[2] = {{.width = 90, .height = 15}, {.width = 120, .height = 15}};

	(void)state;
	place_add_line(&place, 0, 0, 0, 0, 400, 200);
	place_add_line(&place, 1, 1, 0, 200, 400, 0);
	for (int i = 0; i < 2; i++) {
		place_label(&place, i, i, &boxes[i]);
		assert_false(covers(&place, &boxes[i]));
		assert_true(boxes[i].x >= 0 && boxes[i].x + boxes[i].width <= 400);
		assert_true(boxes[i].y >= 0 && boxes[i].y + boxes[i].height <= 200);
	}
	assert_false(meets(&boxes[0], &boxes[1]));
	place_finish(&place);
}

/* A level line on each side of a wall: its label stays on its side, though the other is free. */
static void labels_cross_no_wall(void **state)
{
	struct place place = {.plot = {0, 0, 400, 200}, .walls = {200}, .wall_count = 1};
	struct place_box left = {.width = 80, .height = 15}, right = left;

	(void)state;
	for (int y = 10; y < 200; y += 20)
		place_add_line(&place, 2, 0, 0, y, 190, y);
	place_add_line(&place, 0, 0, 0, 100, 190, 100);
	place_add_line(&place, 1, 1, 210, 150, 400, 150);
	place_label(&place, 0, 0, &left);
	place_label(&place, 1, 1, &right);
	assert_true(left.x + left.width <= 200);
	assert_true(right.x >= 200);
	place_finish(&place);
}

/* ---- SVG ---- */

static void svg_is_tidied(void **state)
{
	static const char cairo[] =
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg width=\"600pt\" "
		"height=\"300pt\">\n"
		"<defs><symbol id=\"glyph0-1\"><path d=\"M 3.8125 -7.96875 L -0.001 0.999 Z\"/>"
		"</symbol><clipPath id=\"clip1\"/></defs>"
		"<g clip-path=\"url(#clip1)\" "
		"style=\"stroke-width:1.80;fill:rgb(65.12345%,0%,0%)\">"
		"<use xlink:href=\"#glyph0-1\" x=\"100.00\" y=\"12\"/></g></svg>\n";
	const struct chart chart = {
		.id = "a", .title = "<b>&\"\x01", .description = "d", .width = 680, .height = 300};
	char *text = svg_tidy(cairo, &chart);

	(void)state;
	assert_string_equal(
		text,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" "
		"xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 680 300\" role=\"img\" "
		"aria-labelledby=\"a-title a-desc\">\n<title id=\"a-title\">&lt;b&gt;&amp;&quot; "
		"</title>\n<desc id=\"a-desc\">d</desc>\n\n"
		"<defs><symbol id=\"a-glyph0-1\"><path d=\"M 3.81 -7.97 L -0 1 Z\"/>"
		"</symbol><clipPath id=\"a-clip1\"/></defs>"
		"<g clip-path=\"url(#a-clip1)\" style=\"stroke-width:1.8;fill:rgb(65.12%,0%,0%)\">"
		"<use xlink:href=\"#a-glyph0-1\" x=\"100\" y=\"12\"/></g></svg>\n");
	free(text);
	assert_null(svg_tidy("no picture", &chart));
}

/* ---- what is refused ---- */

#define AXES "\"x\":{\"from\":0,\"to\":1},\"y\":{\"from\":0,\"to\":1}"
#define SIZE "\"id\":\"a\",\"width\":600,\"height\":300,"

static void charts_are_checked(void **state)
{
	static const struct {
		const char *json, *reason; /* "" it is fine */
	} rows[] = {
		{"{" SIZE AXES "}", ""},
		{"{" SIZE AXES ",\"series\":[{\"side\":\"after\",\"x\":[1,1],\"y\":[null,2]}]}",
		 ""},
		{"{\"id\":\"\",\"width\":600,\"height\":300," AXES "}", "id"},
		{"{\"id\":\"1a\",\"width\":600,\"height\":300," AXES "}", "id"},
		{"{\"id\":\"a b\",\"width\":600,\"height\":300," AXES "}", "id"},
		{"{\"id\":\"a\",\"width\":60,\"height\":300," AXES "}", "width, height"},
		{"{\"id\":\"a\",\"width\":600,\"height\":5000," AXES "}", "width, height"},
		{"{" SIZE "\"x\":{\"from\":1,\"to\":1},\"y\":{\"from\":0,\"to\":1}}", "x"},
		{"{" SIZE "\"x\":{\"from\":0,\"to\":1},\"y\":{\"from\":0}}", "y"},
		{"{" SIZE "\"x\":{\"from\":0,\"to\":1},\"y\":{\"from\":0,\"to\":1,\"ticks\":[{}]}}",
		 "y"},
		{"{" SIZE AXES ",\"heading\":[\"a\",\"b\",\"c\"]}", ""},
		{"{" SIZE AXES ",\"heading\":[\"a\",\"b\",\"c\",\"d\"]}", "heading"},
		{"{" SIZE AXES ",\"heading\":[\"a\",2]}", "heading"},
		{"{" SIZE AXES ",\"marks\":[1,2,3,4,5,6,7,8,9]}", "marks"},
		{"{" SIZE AXES ",\"series\":[{\"side\":\"left\",\"x\":[],\"y\":[]}]}", "series"},
		{"{" SIZE AXES ",\"series\":[{\"side\":\"after\",\"x\":[2,1],\"y\":[1,2]}]}",
		 "series"},
		{"{" SIZE AXES ",\"series\":[{\"side\":\"after\",\"x\":[1,2],\"y\":[1]}]}",
		 "series"},
		{"{" SIZE AXES ",\"series\":[{\"side\":\"after\",\"x\":[1],\"y\":[\"1\"]}]}",
		 "series"},
		{"{" SIZE AXES ",\"series\":[{\"side\":\"after\",\"x\":[null],\"y\":[1]}]}",
		 "series"},
		{"{" SIZE AXES
		 ",\"series\":[{\"side\":\"after\",\"x\":[1],\"y\":[1],\"low\":[1]}]}",
		 "series"},
		{"{" SIZE AXES ",\"series\":[0,0,0,0,0,0,0,0,0]}", "series"},
		{"[]", "id"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *json = json_loads(rows[i].json, 0, NULL);
		const char *reason = "";
		struct chart chart;
		int r;

		assert_non_null(json);
		r = chart_read(&chart, json, &reason);
		if ((r == 0) != (rows[i].reason[0] == '\0') ||
		    (r && strcmp(reason, rows[i].reason) != 0))
			fail_msg("%s: %d %s", rows[i].json, r, reason);
		chart_finish(&chart);
		json_decref(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_round),
		cmocka_unit_test(ticks_fit),
		cmocka_unit_test(labels),
		cmocka_unit_test(labels_beside_their_lines),
		cmocka_unit_test(labels_cross_no_wall),
		cmocka_unit_test(svg_is_tidied),
		cmocka_unit_test(charts_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
