/* A chart drawn with cairo: axes with round ticks, bands, lines, markers, marks, and each label
 * beside what it names. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cairo-svg.h>
#include <pango/pangocairo.h>

#include "src/chart/axis.h"
#include "src/chart/place.h"
#include "src/chart/svg.h"

static const char families[] = "DejaVu Sans, Droid Sans Fallback, Unifont";
#define FONT_PX	      12.0
#define TICK	      4.0  /* pixels */
#define PAD	      6.0  /* between what is written and what is drawn */
#define TICK_APART    46.0 /* at least, between two of an axis */
#define KEY	      22.0 /* the sample before a label */
#define LINE_WIDTH    1.8
#define BAND_EDGE     0.6
#define MARKER	      3.2 /* radius */
#define SMALL_MARKER  2.0 /* of many */
#define MANY_MARKERS  40  /* of one series */
#define SMALLEST_STEP 1.0 /* pixels; what moves less is not drawn */

/* Of unlike darkness, so that a grey copy keeps them apart; dashes and hollow markers do besides.
 */
static const struct {
	double red, green, blue, band;
	bool dashed;
} sides[] = {
	[CHART_BEFORE] = {.65, .28, .00, .14, true},
	[CHART_AFTER] = {.05, .20, .50, .22, false},
};

_Static_assert((int)CHART_MAX_MARKS <= (int)PLACE_MAX_WALLS, "each mark is a wall");

struct drawing {
	const struct chart *chart;
	cairo_t *cairo;
	PangoLayout *layout;
	struct place place;
	struct place_box plot;
	double line;		/* height of a row of writing */
	struct axis_ticks x, y; /* where the chart has no ticks of its own */
};

/* ---- words ---- */

static void set_text(struct drawing *drawing, const char *text)
{
	gchar *valid = g_utf8_make_valid(text, -1);

	pango_layout_set_text(drawing->layout, valid, -1);
	g_free(valid);
}

static void measure(struct drawing *drawing, const char *text, double *ret_width,
		    double *ret_height)
{
	PangoRectangle logical;

	set_text(drawing, text);
	pango_layout_get_extents(drawing->layout, NULL, &logical);
	*ret_width = (double)logical.width / PANGO_SCALE;
	*ret_height = (double)logical.height / PANGO_SCALE;
}

static void write_at(struct drawing *drawing, const char *text, double x, double y)
{
	set_text(drawing, text);
	cairo_move_to(drawing->cairo, x, y);
	pango_cairo_show_layout(drawing->cairo, drawing->layout);
	cairo_new_path(drawing->cairo);
}

/* Made once: what fontconfig found stays with it. */
static PangoContext *context(void)
{
	static PangoContext *made;
	cairo_font_options_t *options;

	if (made)
		return made;
	made = pango_font_map_create_context(pango_cairo_font_map_get_default());
	options = cairo_font_options_create();
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(made, options);
	cairo_font_options_destroy(options);
	pango_context_set_language(made, pango_language_from_string("zh-cn"));
	return made;
}

static PangoLayout *make_layout(void)
{
	PangoLayout *layout = pango_layout_new(context());
	PangoFontDescription *font = pango_font_description_new();

	pango_font_description_set_family_static(font, families);
	pango_font_description_set_absolute_size(font, FONT_PX * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_single_paragraph_mode(layout, TRUE);
	return layout;
}

/* ---- where things are ---- */

static double at_x(const struct drawing *drawing, double value)
{
	const struct chart_axis *axis = &drawing->chart->x;

	return drawing->plot.x +
	       (value - axis->from) / (axis->to - axis->from) * drawing->plot.width;
}

static double at_y(const struct drawing *drawing, double value)
{
	const struct chart_axis *axis = &drawing->chart->y;

	return drawing->plot.y + drawing->plot.height -
	       (value - axis->from) / (axis->to - axis->from) * drawing->plot.height;
}

static void set_side(struct drawing *drawing, enum chart_side side)
{
	cairo_set_source_rgb(drawing->cairo, sides[side].red, sides[side].green, sides[side].blue);
}

static void set_dashes(struct drawing *drawing, enum chart_side side)
{
	static const double dashes[] = {6, 4};

	cairo_set_dash(drawing->cairo, dashes, sides[side].dashed ? 2 : 0, 0);
}

static void set_grey(struct drawing *drawing, double grey)
{
	cairo_set_source_rgb(drawing->cairo, grey, grey, grey);
}

static size_t tick_count(const struct chart_axis *axis, const struct axis_ticks *ticks)
{
	return axis->ticks ? axis->tick_count : (size_t)ticks->count;
}

/* The place of a tick and its label; ret holds the label if it is a number. */
static const char *tick(const struct chart_axis *axis, const struct axis_ticks *ticks, size_t i,
			double *ret_at, char ret[CHART_LABEL_SIZE])
{
	if (axis->ticks) {
		*ret_at = axis->ticks[i].at;
		return axis->ticks[i].label;
	}
	*ret_at = ticks->first + (double)i * ticks->step;
	axis_label(*ret_at, ticks->decimals, axis->percent, ret);
	return ret;
}

static double heading_height(const struct drawing *drawing)
{
	size_t lines = drawing->chart->heading_count;

	return lines ? PAD + (double)lines * drawing->line + PAD : 0;
}

static void lay_out(struct drawing *drawing)
{
	const struct chart *chart = drawing->chart;
	double width, height, widest = 0, line;
	int most;

	measure(drawing, "0", &width, &line);
	/* the heading, a row for the label of y, one for those of marks */
	drawing->line = line;
	drawing->plot.y = heading_height(drawing) + 2 * line + PAD;
	drawing->plot.height = chart->height - drawing->plot.y - 2 * line - TICK - 2 * PAD;
	most = (int)(drawing->plot.height / (TICK_APART * .6));
	axis_round(chart->y.from, chart->y.to, most < 2 ? 2 : most, &drawing->y);
	for (size_t i = 0; i < tick_count(&chart->y, &drawing->y); i++) {
		char label[CHART_LABEL_SIZE];
		double at;

		measure(drawing, tick(&chart->y, &drawing->y, i, &at, label), &width, &height);
		widest = fmax(widest, width);
	}
	drawing->plot.x = widest + TICK + PAD;
	drawing->plot.width = chart->width - drawing->plot.x - 2 * PAD;
	most = (int)(drawing->plot.width / TICK_APART);
	axis_round(chart->x.from, chart->x.to, most < 2 ? 2 : most, &drawing->x);
	drawing->place.plot = drawing->plot;
}

/* ---- axes ---- */

static void draw_y_axis(struct drawing *drawing)
{
	const struct chart_axis *axis = &drawing->chart->y;

	for (size_t i = 0; i < tick_count(axis, &drawing->y); i++) {
		char text[CHART_LABEL_SIZE];
		double value, width, height, y;
		const char *label = tick(axis, &drawing->y, i, &value, text);

		y = at_y(drawing, value);
		measure(drawing, label, &width, &height);
		set_grey(drawing, .82);
		cairo_move_to(drawing->cairo, drawing->plot.x, y);
		cairo_line_to(drawing->cairo, drawing->plot.x + drawing->plot.width, y);
		cairo_stroke(drawing->cairo);
		set_grey(drawing, 0);
		write_at(drawing, label, drawing->plot.x - TICK - width, y - height / 2);
	}
	/* as far from the edge as the widest number */
	write_at(drawing, axis->label, PAD, heading_height(drawing));
}

static void draw_heading(struct drawing *drawing)
{
	for (size_t i = 0; i < drawing->chart->heading_count; i++)
		write_at(drawing, drawing->chart->heading[i], PAD, PAD + (double)i * drawing->line);
}

static void draw_x_axis(struct drawing *drawing)
{
	const struct chart_axis *axis = &drawing->chart->x;
	double bottom = drawing->plot.y + drawing->plot.height, width, height, end = -HUGE_VAL;

	set_grey(drawing, 0);
	cairo_move_to(drawing->cairo, drawing->plot.x, bottom);
	cairo_line_to(drawing->cairo, drawing->plot.x + drawing->plot.width, bottom);
	for (size_t i = 0; i < tick_count(axis, &drawing->x); i++) {
		char text[CHART_LABEL_SIZE];
		double value, x, left;
		const char *label = tick(axis, &drawing->x, i, &value, text);

		x = at_x(drawing, value);
		cairo_move_to(drawing->cairo, x, bottom);
		cairo_line_to(drawing->cairo, x, bottom + TICK);
		cairo_stroke(drawing->cairo);
		measure(drawing, label, &width, &height);
		left = fmax(fmin(x - width / 2, drawing->chart->width - width), 0);
		/* ticks too close for their labels: the later one has none */
		if (left < end + PAD)
			continue;
		write_at(drawing, label, left, bottom + TICK);
		end = left + width;
	}
	measure(drawing, axis->label, &width, &height);
	write_at(drawing, axis->label, drawing->plot.x + drawing->plot.width - width,
		 drawing->chart->height - height - 1);
}

/* ---- series ---- */

/* Dots for the labels to keep off, along what is drawn, within the plot. The edges of a band are
 * nothing that a label is put beside: their owner is CHART_MAX_SERIES more. */
static void remember(struct drawing *drawing, int owner, double x0, double y0, double x1, double y1)
{
	const struct place_box *plot = &drawing->plot;
	double top = plot->y, bottom = plot->y + plot->height;

	if ((y0 < top && y1 < top) || (y0 > bottom && y1 > bottom) || x0 > plot->x + plot->width)
		return;
	place_add_line(&drawing->place, owner,
		       drawing->chart->series[owner % CHART_MAX_SERIES].side, x0,
		       fmin(fmax(y0, top), bottom), fmin(x1, plot->x + plot->width),
		       fmin(fmax(y1, top), bottom));
}

static void draw_edge(struct drawing *drawing, const struct chart_series *series, int owner,
		      const double *edge)
{
	bool begun = false;
	double x = 0, y = 0;

	for (size_t i = 0; i < series->count; i++) {
		if (isnan(edge[i])) {
			begun = false;
			continue;
		}
		if (!begun)
			cairo_new_sub_path(drawing->cairo);
		else
			remember(drawing, owner, x, y, at_x(drawing, series->x[i]),
				 at_y(drawing, edge[i]));
		x = at_x(drawing, series->x[i]);
		y = at_y(drawing, edge[i]);
		cairo_line_to(drawing->cairo, x, y);
		begun = true;
	}
	cairo_stroke(drawing->cairo);
}

static void draw_band(struct drawing *drawing, const struct chart_series *series, int owner)
{
	cairo_t *cairo = drawing->cairo;

	for (size_t i = 0, first = 0; i < series->count; first = ++i) {
		while (i < series->count && !isnan(series->low[i]) && !isnan(series->high[i]))
			i++;
		cairo_new_sub_path(cairo);
		for (size_t k = first; k < i; k++)
			cairo_line_to(cairo, at_x(drawing, series->x[k]),
				      at_y(drawing, series->high[k]));
		for (size_t k = i; k-- > first;)
			cairo_line_to(cairo, at_x(drawing, series->x[k]),
				      at_y(drawing, series->low[k]));
		if (i > first)
			cairo_close_path(cairo);
	}
	cairo_set_source_rgba(cairo, sides[series->side].red, sides[series->side].green,
			      sides[series->side].blue, sides[series->side].band);
	cairo_fill(cairo);
	set_side(drawing, series->side);
	set_dashes(drawing, series->side);
	cairo_set_line_width(cairo, BAND_EDGE);
	draw_edge(drawing, series, owner, series->low);
	draw_edge(drawing, series, owner, series->high);
	cairo_set_dash(cairo, NULL, 0, 0);
	cairo_set_line_width(cairo, 1);
}

static void draw_line(struct drawing *drawing, const struct chart_series *series, int owner)
{
	cairo_t *cairo = drawing->cairo;
	double x = 0, y = 0;
	bool begun = false;

	for (size_t i = 0; i < series->count; i++) {
		double to_x = at_x(drawing, series->x[i]), to_y = at_y(drawing, series->y[i]);

		if (isnan(series->y[i])) {
			begun = false;
			continue;
		}
		if (!begun) {
			cairo_move_to(cairo, to_x, to_y);
		} else if (fabs(to_x - x) < SMALLEST_STEP && fabs(to_y - y) < SMALLEST_STEP &&
			   i + 1 < series->count) {
			continue;
		} else if (series->steps) {
			cairo_line_to(cairo, to_x, y);
			cairo_line_to(cairo, to_x, to_y);
			remember(drawing, owner, x, y, to_x, y);
			remember(drawing, owner, to_x, y, to_x, to_y);
		} else {
			cairo_line_to(cairo, to_x, to_y);
			remember(drawing, owner, x, y, to_x, to_y);
		}
		begun = true;
		x = to_x;
		y = to_y;
	}
	set_side(drawing, series->side);
	cairo_set_line_width(cairo, LINE_WIDTH);
	set_dashes(drawing, series->side);
	cairo_stroke(cairo);
	cairo_set_dash(cairo, NULL, 0, 0);
	cairo_set_line_width(cairo, 1);
}

/* A line of no length with round ends is a dot, in few words. */
static void draw_dots(struct drawing *drawing, const struct chart_series *series, double radius)
{
	for (size_t i = 0; i < series->count; i++) {
		double x = at_x(drawing, series->x[i]), y = at_y(drawing, series->y[i]);

		if (isnan(series->y[i]))
			continue;
		cairo_move_to(drawing->cairo, x, y);
		cairo_line_to(drawing->cairo, x, y);
	}
	cairo_set_line_width(drawing->cairo, 2 * radius);
	cairo_stroke(drawing->cairo);
}

static void draw_markers(struct drawing *drawing, const struct chart_series *series, int owner)
{
	double radius = MARKER;

	/* alike for both sides */
	for (size_t i = 0; i < drawing->chart->series_count; i++)
		if (drawing->chart->series[i].count > MANY_MARKERS)
			radius = SMALL_MARKER;
	cairo_set_line_cap(drawing->cairo, CAIRO_LINE_CAP_ROUND);
	set_side(drawing, series->side);
	draw_dots(drawing, series, radius);
	if (sides[series->side].dashed) {
		set_grey(drawing, 1);
		draw_dots(drawing, series, radius - 1);
	}
	cairo_set_line_cap(drawing->cairo, CAIRO_LINE_CAP_BUTT);
	cairo_set_line_width(drawing->cairo, 1);
	for (size_t i = 0; i < series->count; i++) {
		double x = at_x(drawing, series->x[i]), y = at_y(drawing, series->y[i]);

		if (!isnan(series->y[i]))
			remember(drawing, owner, x, y, x, y);
	}
}

static void draw_series(struct drawing *drawing)
{
	const struct chart *chart = drawing->chart;

	for (size_t i = 0; i < chart->series_count; i++)
		if (chart->series[i].low)
			draw_band(drawing, &chart->series[i], CHART_MAX_SERIES + (int)i);
	for (size_t i = 0; i < chart->series_count; i++) {
		if (chart->series[i].line || chart->series[i].steps)
			draw_line(drawing, &chart->series[i], (int)i);
		if (chart->series[i].markers)
			draw_markers(drawing, &chart->series[i], (int)i);
	}
}

/* Lines before their labels, which go to the side with room. */
static void draw_marks(struct drawing *drawing)
{
	static const double dashes[] = {9, 3, 2, 3};
	const struct chart *chart = drawing->chart;
	double bottom = drawing->plot.y + drawing->plot.height;

	for (size_t i = 0; i < chart->mark_count; i++) {
		double x = at_x(drawing, chart->marks[i].at);
		struct place_box box = {.y = drawing->plot.y + 1};

		set_grey(drawing, 0);
		cairo_set_dash(drawing->cairo, dashes, 4, 0);
		cairo_move_to(drawing->cairo, x, drawing->plot.y);
		cairo_line_to(drawing->cairo, x, bottom);
		cairo_stroke(drawing->cairo);
		cairo_set_dash(drawing->cairo, NULL, 0, 0);
		drawing->place.walls[drawing->place.wall_count++] = x;
		measure(drawing, chart->marks[i].label, &box.width, &box.height);
		box.x = x + PAD + box.width > drawing->plot.x + drawing->plot.width
				? x - PAD - box.width
				: x + PAD;
		box.y = drawing->plot.y - box.height;
		write_at(drawing, chart->marks[i].label, box.x, box.y);
	}
}

/* Where two curves lie close, a place beside one of them does not tell whose label it is: a piece
 * of the curve stands before it. A level line stands alone. */
static bool has_key(const struct chart_series *series)
{
	return series->steps || (series->line && series->markers);
}

static void draw_key(struct drawing *drawing, const struct chart_series *series, double x, double y)
{
	cairo_t *cairo = drawing->cairo;

	set_side(drawing, series->side);
	cairo_set_line_width(cairo, LINE_WIDTH);
	set_dashes(drawing, series->side);
	cairo_move_to(cairo, x, y);
	cairo_line_to(cairo, x + KEY, y);
	cairo_stroke(cairo);
	cairo_set_dash(cairo, NULL, 0, 0);
	cairo_set_line_width(cairo, 1);
}

static void draw_labels(struct drawing *drawing)
{
	const struct chart *chart = drawing->chart;

	for (size_t i = 0; i < chart->series_count; i++) {
		const struct chart_series *series = &chart->series[i];
		double key = has_key(series) ? KEY + PAD : 0;
		struct place_box box = {0};

		if (!series->label[0])
			continue;
		measure(drawing, series->label, &box.width, &box.height);
		box.width += key;
		place_label(&drawing->place, (int)i, series->side, &box);
		cairo_set_source_rgba(drawing->cairo, 1, 1, 1, .8);
		cairo_rectangle(drawing->cairo, box.x - 1, box.y, box.width + 2, box.height);
		cairo_fill(drawing->cairo);
		if (key > 0)
			draw_key(drawing, series, box.x, box.y + box.height / 2);
		set_side(drawing, series->side);
		write_at(drawing, series->label, box.x + key, box.y);
	}
}

static void draw_all(struct drawing *drawing)
{
	cairo_t *cairo = drawing->cairo;

	cairo_set_line_width(cairo, 1);
	lay_out(drawing);
	set_grey(drawing, 0);
	draw_heading(drawing);
	draw_y_axis(drawing);
	cairo_save(cairo);
	/* markers on an edge are whole */
	cairo_rectangle(cairo, drawing->plot.x - MARKER, drawing->plot.y - MARKER,
			drawing->plot.width + 2 * MARKER, drawing->plot.height + 2 * MARKER);
	cairo_clip(cairo);
	draw_series(drawing);
	cairo_restore(cairo);
	draw_x_axis(drawing);
	draw_marks(drawing);
	draw_labels(drawing);
}

/* ---- the SVG ---- */

static cairo_status_t collect(void *user, const unsigned char *bytes, unsigned len)
{
	g_string_append_len(user, (const char *)bytes, len);
	return CAIRO_STATUS_SUCCESS;
}

int chart_draw(const struct chart *chart, char **ret_svg)
{
	struct drawing drawing = {.chart = chart};
	GString *raw = g_string_new(NULL);
	cairo_surface_t *surface =
		cairo_svg_surface_create_for_stream(collect, raw, chart->width, chart->height);
	cairo_status_t status;
	char *svg = NULL;

	drawing.cairo = cairo_create(surface);
	drawing.layout = make_layout();
	draw_all(&drawing);
	g_object_unref(drawing.layout);
	status = cairo_status(drawing.cairo);
	cairo_destroy(drawing.cairo);
	cairo_surface_finish(surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	place_finish(&drawing.place);
	if (status == CAIRO_STATUS_SUCCESS)
		svg = svg_tidy(raw->str, chart);
	g_string_free(raw, TRUE);
	if (status != CAIRO_STATUS_SUCCESS)
		return status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -EIO;
	if (!svg)
		return -ENOMEM;
	*ret_svg = svg;
	return 0;
}
