/* Charts as SVG: a thin layer over cairo and pango, in a process of its own (onewindow-chart),
 * which reads a JSON array of charts on its input and writes a JSON array of SVG texts.
 *
 *   id           begins every id of the SVG, unique on the page: letters, digits, "-"
 *   title, description   for who cannot see it
 *   heading      lines written above, without it none: for a picture that stands alone
 *   width, height  CSS pixels
 *   x, y         axes: label, from, to; ticks: [{at, label}], without them round ones; "percent":
 *                values are shares
 *   marks        vertical lines: [{at, label}]
 *   series       side: "before" (dashed lines, hollow markers) or "after" (solid, filled); label,
 *                written beside it, "" none; steps, line, markers: how it is drawn; x, y: numbers;
 *                y null: not known, the line has a gap; low, high: a band, as long as x
 *
 * Nothing is told by colour alone. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	CHART_MAX_CHARTS = 32,
	CHART_MAX_SERIES = 8,
	CHART_MAX_TICKS = 64,
	CHART_MAX_MARKS = 8,
	CHART_MAX_HEADING = 3, /* lines */
	CHART_MAX_POINTS = 100000,
	CHART_MIN_SIZE = 100, /* pixels */
	CHART_MAX_SIZE = 4000,
	CHART_MAX_ID = 32,
	CHART_LABEL_SIZE = 16,
};

enum chart_side { CHART_BEFORE, CHART_AFTER };

struct chart_tick {
	double at;
	const char *label;
};

struct chart_axis {
	const char *label;
	double from, to;
	bool percent;
	struct chart_tick *ticks; /* NULL: round ones */
	size_t tick_count;
};

struct chart_series {
	enum chart_side side;
	const char *label;
	bool steps, line, markers;
	size_t count;
	double *x, *y; /* y: NAN is a gap */
	double *low, *high;
};

/* Texts belong to the JSON that it was read from. */
struct chart {
	const char *id, *title, *description;
	const char *heading[CHART_MAX_HEADING];
	size_t heading_count;
	double width, height;
	struct chart_axis x, y;
	struct chart_tick marks[CHART_MAX_MARKS];
	size_t mark_count;
	struct chart_series series[CHART_MAX_SERIES];
	size_t series_count;
};

/* -EINVAL: *ret_reason says what is wrong. -ENOMEM. Finish it in any case. */
__attribute__((warn_unused_result)) int chart_read(struct chart *ret_chart, json_t *json,
						   const char **ret_reason);
void chart_finish(struct chart *chart);

/* SVG text for an HTML page, to be freed. -ENOMEM; -EIO cairo could not. */
__attribute__((warn_unused_result)) int chart_draw(const struct chart *chart, char **ret_svg);
