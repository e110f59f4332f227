/* What the parts of the encoder share: the pen that writes a job, or only counts it. */
#pragma once

#include "drivers/printer/escpos/protocol.h"

struct pen {
	uint8_t *bytes; /* NULL: count */
	size_t size, len;
	uint8_t last; /* the byte that was put last */
	int error;
	const struct escpos_paper *paper;
	struct escpos_losses losses;
	/* What the printer has been told. */
	enum document_align align;
	bool bold, chinese;
	uint8_t size_code, han_code;
	size_t white_rows; /* of pictures, not fed yet */
};

void escpos_put(struct pen *pen, const uint8_t *bytes, size_t len);
#define PUT(pen, ...)                                                                              \
	escpos_put(pen, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

void escpos_set_align(struct pen *pen, enum document_align align);

/* raster.c */
void escpos_feed_white(struct pen *pen); /* before anything that is no picture */
void escpos_put_picture(struct pen *pen, const struct document_item *item);
