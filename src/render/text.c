/* Lines of text as dots, by Pango. They look like the printer's own: Han of 24 dots, 30 dots from
 * line to line, enlarged by the same factors. Dots are black or white: grey is cut at a threshold,
 * because dithered strokes are fuzz on thermal paper. */
#include <errno.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#include "src/render/render.h"

enum {
	EM_DOTS = 24,
	PITCH_DOTS = 30,
	ABOVE_DOTS = 21, /* of the pitch above the base line */
	BLACK_BELOW = 150,
};

/* Everyday scripts first; then rare Han, scripts with fonts of their own where those are installed,
 * signs and emoji as outlines, and a font that has a picture of nearly everything. */
static const char families[] =
	"DejaVu Sans, Droid Sans Fallback, HanaMinA, HanaMinB, Noto Serif Tibetan, "
	"Noto Sans Mongolian, Noto Sans Yi, Noto Sans Thai, Noto Sans Devanagari, Symbola, "
	"Unifont, Unifont Upper";

/* Its strokes are thinner than a dot at this size and would break. */
static const char thin_family[] = "HanaMin";
#define THIN_PEN .03 /* of the em, drawn around each stroke */

struct canvas {
	PangoLayout *layout;
	double stretch; /* across against down */
	int height;	/* rows of all lines */
	const struct render_frame *frame;
};

static PangoContext *context(void)
{
	static PangoContext *made;
	cairo_font_options_t *options;

	if (made)
		return made;
	made = pango_font_map_create_context(pango_cairo_font_map_get_default());
	options = cairo_font_options_create();
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_FULL);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_ON);
	pango_cairo_context_set_font_options(made, options);
	cairo_font_options_destroy(options);
	pango_cairo_context_set_resolution(made, 72);
	pango_context_set_language(made, pango_language_from_string("zh-cn"));
	return made;
}

/* Control characters out, and what turns the direction of everything behind it; joiners and marks
 * stay, for the scripts that need them. */
static bool is_wanted(gunichar code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return false;
	if (code >= 0x1f3fb && code <= 0x1f3ff)
		return false; /* the colour of a skin, on black and white paper */
	return !(code >= 0x2028 && code <= 0x202e) && !(code >= 0x2060 && code <= 0x206f) &&
	       code != 0xfeff;
}

static char *clean(const char *text, size_t len)
{
	GString *cleaned = g_string_sized_new(len + 1);

	for (size_t i = 0; i < len;) {
		gunichar code = g_utf8_get_char_validated(text + i, (gssize)(len - i));

		if (code == (gunichar)-1 || code == (gunichar)-2) {
			g_string_append_unichar(cleaned, 0xfffd);
			i++;
			continue;
		}
		if (code == '\t' || code == '\n' || code == '\r')
			g_string_append_c(cleaned, ' ');
		else if (is_wanted(code))
			g_string_append_unichar(cleaned, code);
		i += (size_t)(g_utf8_next_char(text + i) - (text + i));
	}
	return g_string_free(cleaned, FALSE);
}

static PangoLayout *lay_out(const struct render_frame *frame, const char *text, double stretch)
{
	static const PangoAlignment aligns[] = {PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER,
						PANGO_ALIGN_RIGHT};
	PangoLayout *layout = pango_layout_new(context());
	PangoFontDescription *font = pango_font_description_new();
	char *cleaned = clean(text, frame->len);

	pango_font_description_set_family_static(font, families);
	pango_font_description_set_absolute_size(font, EM_DOTS * frame->height * PANGO_SCALE);
	if (frame->bold)
		pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(layout, (int)(frame->width_dots / stretch * PANGO_SCALE));
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_alignment(layout, aligns[frame->align]);
	pango_layout_set_text(layout, cleaned, -1);
	g_free(cleaned);
	return layout;
}

static bool is_thin(PangoFont *font)
{
	PangoFontDescription *description = font ? pango_font_describe(font) : NULL;
	const char *family = description ? pango_font_description_get_family(description) : NULL;
	bool thin = family && !strncmp(family, thin_family, strlen(thin_family));

	pango_font_description_free(description);
	return thin;
}

static void draw_line(cairo_t *cairo, const PangoLayoutLine *line, double x, double y, double em)
{
	for (const GSList *at = line->runs; at; at = at->next) {
		const PangoGlyphItem *run = at->data;
		PangoFont *font = run->item->analysis.font;

		cairo_move_to(cairo, x, y);
		pango_cairo_show_glyph_string(cairo, font, run->glyphs);
		if (is_thin(font)) {
			cairo_move_to(cairo, x, y);
			pango_cairo_glyph_string_path(cairo, font, run->glyphs);
			cairo_set_line_width(cairo, em * THIN_PEN);
			cairo_stroke(cairo);
		}
		cairo_new_path(cairo);
		x += pango_glyph_string_get_width(run->glyphs) / (double)PANGO_SCALE;
	}
}

/* Each line in a box of the pitch, or in a higher one where its letters are. Draws where cairo is
 * not NULL. Returns the rows of all boxes. */
static int walk_lines(const struct canvas *canvas, cairo_t *cairo)
{
	PangoLayoutIter *iter = pango_layout_get_iter(canvas->layout);
	int above = ABOVE_DOTS * canvas->frame->height;
	int below = PITCH_DOTS * canvas->frame->height - above;
	int y = 0;

	do {
		PangoLayoutLine *line = pango_layout_iter_get_line_readonly(iter);
		PangoRectangle ink, logical;
		int top = above, bottom = below;

		pango_layout_line_get_pixel_extents(line, &ink, NULL);
		pango_layout_iter_get_line_extents(iter, NULL, &logical);
		if (-ink.y > top)
			top = -ink.y;
		if (ink.y + ink.height > bottom)
			bottom = ink.y + ink.height;
		if (cairo)
			draw_line(cairo, line, logical.x / (double)PANGO_SCALE, y + top,
				  EM_DOTS * canvas->frame->height);
		y += top + bottom;
	} while (y <= RENDER_MAX_ROWS && pango_layout_iter_next_line(iter));
	pango_layout_iter_free(iter);
	return y;
}

static bool is_black(uint32_t pixel)
{
	unsigned red = pixel >> 16 & 0xff, green = pixel >> 8 & 0xff, blue = pixel & 0xff;

	return 299 * red + 587 * green + 114 * blue < BLACK_BELOW * 1000;
}

static uint8_t *dots_of(cairo_surface_t *surface, int width, int height)
{
	const unsigned char *data = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);
	size_t bytes = (size_t)(width + 7) / 8;
	uint8_t *rows = calloc((size_t)height, bytes);

	for (int y = 0; rows && y < height; y++) {
		for (int x = 0; x < width; x++) {
			uint32_t pixel;

			memcpy(&pixel, data + y * stride + x * 4, sizeof(pixel));
			if (is_black(pixel))
				rows[(size_t)y * bytes + (size_t)x / 8] |= (uint8_t)(0x80 >> x % 8);
		}
	}
	return rows;
}

static uint8_t *draw(const struct canvas *canvas)
{
	int width = canvas->frame->width_dots;
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, canvas->height);
	cairo_t *cairo = cairo_create(surface);
	uint8_t *rows = NULL;

	cairo_set_source_rgb(cairo, 1, 1, 1);
	cairo_paint(cairo);
	cairo_set_source_rgb(cairo, 0, 0, 0);
	cairo_scale(cairo, canvas->stretch, 1);
	walk_lines(canvas, cairo);
	cairo_surface_flush(surface);
	if (cairo_status(cairo) == CAIRO_STATUS_SUCCESS)
		rows = dots_of(surface, width, canvas->height);
	cairo_destroy(cairo);
	cairo_surface_destroy(surface);
	return rows;
}

int render_text(const struct render_frame *frame, const char *text, struct render_frame *ret,
		uint8_t **ret_rows, const char **ret_reason)
{
	struct canvas canvas = {.stretch = (double)frame->width / frame->height, .frame = frame};
	int r = 0;

	canvas.layout = lay_out(frame, text, canvas.stretch);
	canvas.height = walk_lines(&canvas, NULL);
	if (canvas.height > RENDER_MAX_ROWS) {
		*ret_reason = "the text covers too much paper";
		r = -E2BIG;
	} else {
		*ret_rows = draw(&canvas);
		ret->width_dots = frame->width_dots;
		ret->height_dots = (uint16_t)canvas.height;
		if (!*ret_rows) {
			*ret_reason = "out of memory";
			r = -ENOMEM;
		}
	}
	g_object_unref(canvas.layout);
	return r;
}
