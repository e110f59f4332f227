/* What a printer is asked for: lines, sizes, a QR code, pictures. Laid out once, rendered by each
 * driver for its model. Plain data, owned by the caller; text is UTF-8. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum document_align { DOCUMENT_LEFT = 0, DOCUMENT_CENTRE, DOCUMENT_RIGHT };

enum document_kind {
	DOCUMENT_TEXT = 1, /* one line; wrapped by the driver at the paper's width, never inside a
			      character */
	DOCUMENT_FEED,	   /* blank lines */
	DOCUMENT_RULE,	   /* a horizontal line across the paper */
	DOCUMENT_QR,
	DOCUMENT_PICTURE,
	DOCUMENT_CUT, /* feed past the cutter and cut: the end of a page */
};

struct document_picture {
	uint32_t width_dots, height_dots;
	const uint8_t *rows; /* (width+7)/8 bytes a row, highest bit left, 1 black */
};

struct document_item {
	enum document_kind kind;
	enum document_align align;
	uint8_t width, height; /* text: magnification 1..8 */
	bool bold;
	const char *text;    /* TEXT; QR: its content */
	uint8_t lines;	     /* FEED */
	uint8_t module_dots; /* QR: 1..16, 0 the driver's choice */
	struct document_picture picture;
};

enum { DOCUMENT_MAX_ITEMS = 128, DOCUMENT_MAX_TEXT = 1024 };

struct document {
	const struct document_item *items;
	size_t count; /* <= DOCUMENT_MAX_ITEMS */
};
