/* QR codes as dots, for printers that draw none. */
#include <errno.h>
#include <qrencode.h>
#include <stdlib.h>

#include "src/render/render.h"

enum { QUIET_MODULES = 4 /* of margin, ISO/IEC 18004: the paper's */, WIDE_DOTS = 512 };

static unsigned module_dots(const struct render_frame *frame, unsigned side)
{
	unsigned dots = frame->module_dots		 ? frame->module_dots
			: frame->width_dots >= WIDE_DOTS ? 6
							 : 5;

	while (dots > 1 && (side + 2 * QUIET_MODULES) * dots > frame->width_dots)
		dots--;
	return dots;
}

int render_qr(const struct render_frame *frame, const char *text, struct render_frame *ret,
	      uint8_t **ret_rows, const char **ret_reason)
{
	QRcode *code =
		QRcode_encodeData((int)frame->len, (const unsigned char *)text, 0, QR_ECLEVEL_M);
	unsigned side = code ? (unsigned)code->width : 0, dots, across;
	uint8_t *rows;

	*ret_reason = "the content does not fit into a QR code on this paper";
	if (!code)
		return -E2BIG;
	dots = module_dots(frame, side);
	across = side * dots;
	if (across > frame->width_dots) {
		QRcode_free(code);
		return -E2BIG;
	}
	rows = calloc(across, (across + 7) / 8);
	for (unsigned y = 0; rows && y < across; y++)
		for (unsigned x = 0; x < across; x++)
			if (code->data[y / dots * side + x / dots] & 1)
				rows[y * ((across + 7) / 8) + x / 8] |= (uint8_t)(0x80 >> x % 8);
	QRcode_free(code);
	if (!rows) {
		*ret_reason = "out of memory";
		return -ENOMEM;
	}
	ret->width_dots = ret->height_dots = (uint16_t)across;
	*ret_rows = rows;
	return 0;
}
