/* Pictures as ESC/POS raster, in as few bytes as their ink needs.
 *
 * A picture is cut at its white rows. Runs of ink with less white between them than there is
 * between two lines of text form a segment; the segment's white margins are left out, on the sides
 * that do not move what stands between them. All bands of a segment are of one width, because some
 * printers place a centred band to the byte and not to the dot: what belongs together must not be
 * shifted against itself.
 *
 * White is fed as a band of one byte a row. ESC J would be shorter, but it counts in motion units,
 * which are half a dot on Epson's printers (TM-T88III guide, GS P: y = 360 on 180 dots an inch) and
 * a dot on others. */
#include <errno.h>

#include "drivers/printer/escpos/pen.h"

enum {
	SEGMENT_GAP_ROWS = 4,	 /* white rows that part two segments */
	BAND_ROWS_DEFAULT = 256, /* of one command, where the model says nothing */
	GRAPHICS_MAX = 65535,	 /* GS ( L: what pL and pH can count */
	GRAPHICS_HEAD = 10,
};

/* A picture, cut to the paper. */
struct view {
	const uint8_t *rows;
	size_t stride, width, height;
	enum document_align align;
};

/* Part of a picture: rows from first until end, what is left out at each side, and how it is sent.
 */
struct part {
	size_t first, end;
	size_t left, right; /* white dots */
};

static uint8_t byte_at(const struct view *view, size_t row, int64_t index)
{
	uint8_t byte;

	if (index < 0 || index * 8 >= (int64_t)view->width)
		return 0;
	byte = view->rows[row * view->stride + (size_t)index];
	if ((size_t)index * 8 + 8 > view->width)
		byte &= (uint8_t)(0xff << (8 - view->width % 8));
	return byte;
}

/* The eight dots from x on, which may begin or end outside the picture. */
static uint8_t dots_at(const struct view *view, size_t row, int64_t x)
{
	int64_t index = x >= 0 ? x / 8 : -((7 - x) / 8);
	unsigned shift = (unsigned)(x - index * 8);
	uint8_t byte = (uint8_t)(byte_at(view, row, index) << shift);

	return shift ? byte | (uint8_t)(byte_at(view, row, index + 1) >> (8 - shift)) : byte;
}

/* Narrows the margins of part by the ink of one row; false: the row is white. */
static bool see_row(const struct view *view, size_t row, struct part *part)
{
	size_t bytes = (view->width + 7) / 8, first = 0, last = bytes;
	size_t left, right;

	while (first < bytes && !byte_at(view, row, (int64_t)first))
		first++;
	if (first == bytes)
		return false;
	while (!byte_at(view, row, (int64_t)last - 1))
		last--;
	left = first * 8 + (size_t)__builtin_clz(byte_at(view, row, (int64_t)first)) - 24;
	right = last * 8 - (size_t)__builtin_ctz(byte_at(view, row, (int64_t)last - 1));
	right = view->width - right;
	if (left < part->left)
		part->left = left;
	if (right < part->right)
		part->right = right;
	return true;
}

/* ---- bands ---------------------------------------------------------------------------------- */

/* How a part is sent: so many bytes a row, of which the first dots are white. */
struct shape {
	size_t left; /* dots of the picture that are left out */
	size_t pad;  /* white dots in front */
	size_t bytes;
};

/* What moves nothing: on the right of what stands on the left, on both sides alike of what is
 * centred. */
static struct shape shape_of(const struct view *view, const struct part *part)
{
	size_t both = part->left < part->right ? part->left : part->right;
	size_t left = 0, right = 0, width;
	struct shape shape;

	switch (view->align) {
	case DOCUMENT_CENTRE: left = right = both; break;
	case DOCUMENT_RIGHT: left = part->left; break;
	case DOCUMENT_LEFT: right = part->right; break;
	}
	width = view->width - left - right;
	shape = (struct shape){.left = left, .bytes = (width + 7) / 8};
	if (view->align == DOCUMENT_CENTRE)
		shape.pad = (shape.bytes * 8 - width) / 2;
	else if (view->align == DOCUMENT_RIGHT)
		shape.pad = shape.bytes * 8 - width;
	return shape;
}

static bool is_realtime(uint8_t first, uint8_t second)
{
	return first == 0x10 && (second == 0x04 || second == 0x05 || second == 0x14);
}

static size_t head_bytes(const struct pen *pen)
{
	return pen->paper->raster == ESCPOS_RASTER_GS_L ? 15 + 7 : 8;
}

/* Rows that one command takes; never a count whose two bytes would read as a real-time command. */
static size_t rows_of_band(const struct pen *pen, size_t bytes, size_t rows)
{
	size_t most = pen->paper->band_rows ? pen->paper->band_rows : BAND_ROWS_DEFAULT;

	if (pen->paper->raster == ESCPOS_RASTER_GS_L && bytes > 0 &&
	    most > (GRAPHICS_MAX - GRAPHICS_HEAD) / bytes)
		most = (GRAPHICS_MAX - GRAPHICS_HEAD) / bytes;
	if (rows > most)
		rows = most;
	for (; rows > 1; rows--) {
		size_t p = GRAPHICS_HEAD + rows * bytes;

		if (is_realtime((uint8_t)rows, (uint8_t)(rows >> 8)))
			continue;
		if (pen->paper->raster == ESCPOS_RASTER_GS_L &&
		    is_realtime((uint8_t)p, (uint8_t)(p >> 8)))
			continue;
		break;
	}
	return rows;
}

static void begin_band(struct pen *pen, size_t bytes, size_t rows)
{
	size_t p = GRAPHICS_HEAD + rows * bytes, width = bytes * 8;

	if (pen->paper->raster == ESCPOS_RASTER_GS_L)
		/* GS ( L, function 112: monochrome, 1 x 1, colour 1, dots across, rows */
		PUT(pen, 0x1d, 0x28, 0x4c, (uint8_t)p, (uint8_t)(p >> 8), 0x30, 0x70, 0x30, 0x01,
		    0x01, 0x31, (uint8_t)width, (uint8_t)(width >> 8), (uint8_t)rows,
		    (uint8_t)(rows >> 8));
	else
		/* GS v 0, normal size: bytes a row, rows */
		PUT(pen, 0x1d, 0x76, 0x30, 0x00, (uint8_t)bytes, (uint8_t)(bytes >> 8),
		    (uint8_t)rows, (uint8_t)(rows >> 8));
}

static void end_band(struct pen *pen)
{
	if (pen->paper->raster == ESCPOS_RASTER_GS_L)
		PUT(pen, 0x1d, 0x28, 0x4c, 0x02, 0x00, 0x30, 0x32); /* function 50: print */
}

/* DLE EOT, DLE ENQ and DLE DC4 are executed even inside image data (TM-T88III, TM-T90): the second
 * byte loses or gains one dot, also where the first one ends a row or a head. */
static void put_row(struct pen *pen, const struct view *view, size_t row, const struct shape *shape)
{
	uint8_t out[(ESCPOS_WIDTH_DOTS_MAX + 7) / 8];
	uint8_t before = pen->last;

	for (size_t i = 0; i < shape->bytes; i++) {
		out[i] = dots_at(view, row,
				 (int64_t)shape->left - (int64_t)shape->pad + (int64_t)i * 8);
		if (is_realtime(before, out[i]))
			out[i] ^= 0x02;
		before = out[i];
	}
	escpos_put(pen, out, shape->bytes);
}

/* White at the end of one picture and at the beginning of the next are fed at once. */
void escpos_feed_white(struct pen *pen)
{
	static const uint8_t white[64];

	while (pen->white_rows > 0 && !pen->error) {
		size_t rows = pen->white_rows < sizeof(white) ? pen->white_rows : sizeof(white);

		rows = rows_of_band(pen, 1, rows);
		begin_band(pen, 1, rows);
		escpos_put(pen, white, rows);
		end_band(pen);
		pen->white_rows -= rows;
	}
}

static void put_rows(struct pen *pen, const struct view *view, size_t first, size_t end,
		     const struct shape *shape)
{
	escpos_feed_white(pen);
	while (first < end) {
		size_t rows = rows_of_band(pen, shape->bytes, end - first);

		begin_band(pen, shape->bytes, rows);
		for (size_t last = first + rows; first < last; first++)
			put_row(pen, view, first, shape);
		end_band(pen);
	}
}

/* ---- pictures ------------------------------------------------------------------------------- */

static size_t white_until(const struct view *view, size_t row)
{
	struct part ignored = {.left = view->width, .right = view->width};

	while (row < view->height && !see_row(view, row, &ignored))
		row++;
	return row;
}

static size_t ink_until(const struct view *view, size_t row, size_t end)
{
	struct part ignored = {.left = view->width, .right = view->width};

	while (row < end && see_row(view, row, &ignored))
		row++;
	return row;
}

/* From first, a row of ink, up to the white that ends the segment. */
static struct part segment_at(const struct view *view, size_t first)
{
	struct part part = {
		.first = first, .end = first, .left = view->width, .right = view->width};
	size_t white = 0;

	for (size_t row = first; row < view->height && white < SEGMENT_GAP_ROWS; row++) {
		white = see_row(view, row, &part) ? 0 : white + 1;
		if (white == 0)
			part.end = row + 1;
	}
	return part;
}

/* White rows inside a segment are left out where that is shorter: a gap costs two heads. */
static void put_segment(struct pen *pen, const struct view *view, const struct part *part)
{
	struct shape shape = shape_of(view, part);
	size_t first = part->first, row = first;

	while (row < part->end) {
		size_t ink_end = ink_until(view, row, part->end);
		size_t next = ink_end < part->end ? white_until(view, ink_end) : ink_end;
		size_t gap = next - ink_end;

		if (gap * shape.bytes > 2 * head_bytes(pen) + gap) {
			put_rows(pen, view, first, ink_end, &shape);
			pen->white_rows += gap;
			first = next;
		}
		row = next;
	}
	put_rows(pen, view, first, part->end, &shape);
}

void escpos_put_picture(struct pen *pen, const struct document_item *item)
{
	const struct document_picture *picture = &item->picture;
	struct view view = {
		.rows = picture->rows,
		.stride = ((size_t)picture->width_dots + 7) / 8,
		.width = picture->width_dots,
		.height = picture->height_dots,
		.align = item->align > DOCUMENT_RIGHT ? DOCUMENT_LEFT : item->align,
	};

	if (!view.rows || view.width == 0 || view.width > UINT16_MAX || view.height == 0 ||
	    view.height > ESCPOS_MAX_PICTURE_ROWS) {
		pen->error = pen->error ? pen->error : -EINVAL;
		return;
	}
	if (pen->paper->raster == ESCPOS_RASTER_NONE) {
		pen->losses.pictures++;
		return;
	}
	if (view.width > pen->paper->width_dots)
		view.width = pen->paper->width_dots;
	escpos_set_align(pen, view.align);
	for (size_t row = 0; row < view.height && !pen->error;) {
		size_t ink = white_until(&view, row);
		struct part part;

		pen->white_rows += ink - row;
		if (ink == view.height)
			return;
		part = segment_at(&view, ink);
		put_segment(pen, &view, &part);
		row = part.end;
	}
}
