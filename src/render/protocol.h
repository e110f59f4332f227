/* What is said between the daemon and its render helper, over one pipe each way.
 *
 * One request, one answer, in order. Each begins with a head of RENDER_HEAD bytes, numbers with the
 * lowest byte first:
 *   0  "OWR", version 1          8  id, 4 bytes: the answer has its request's
 *   4  type                     12  bytes that follow, 4 bytes
 *   5  1 bold                   16  dots across, 2 bytes: of the paper, or of the picture
 *   6  align                    18  rows, 2 bytes: of the picture
 *   7  dots of a QR module      20  magnification across and down, 1 byte each; two bytes 0
 * A request is followed by UTF-8 or a QR code's content, a picture by its rows, a refusal by a
 * sentence. Whatever a head may ask for has a limit, and a head over it is no head. */
#pragma once

#include "drivers/printer/document.h"

enum {
	RENDER_VERSION = 1,
	RENDER_HEAD = 24,
	RENDER_MAX_TEXT = DOCUMENT_MAX_TEXT - 1,
	RENDER_MAX_WIDTH = 832,
	RENDER_MAX_ROWS = 3200,
	RENDER_MAX_PICTURE = (RENDER_MAX_WIDTH + 7) / 8 * RENDER_MAX_ROWS,
	RENDER_MAX_REASON = 200,
};

enum render_type { RENDER_TEXT = 1, RENDER_QR, RENDER_PICTURE, RENDER_REFUSED };

struct render_frame {
	enum render_type type;
	uint32_t id, len;
	uint16_t width_dots, height_dots;
	uint8_t width, height; /* magnification, 1 to 8 */
	uint8_t module_dots;   /* 0 to 16; 0: by the paper */
	enum document_align align;
	bool bold;
};

void render_put_head(uint8_t ret[RENDER_HEAD], const struct render_frame *frame);
/* -EBADMSG: it is none, of another version, or over a limit; *ret is untouched. */
__attribute__((warn_unused_result)) int render_read_head(struct render_frame *ret,
							 const uint8_t bytes[RENDER_HEAD]);
