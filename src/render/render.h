/* Text and QR codes as dots. */
#pragma once

#include <stdint.h>

#include "src/render/protocol.h"

/* text: frame->len bytes behind the request, NUL behind them. *ret_rows is to be freed; ret's
 * width_dots and height_dots are the picture's. Negative: *ret_reason is a static sentence. */
__attribute__((warn_unused_result)) int render_text(const struct render_frame *frame,
						    const char *text, struct render_frame *ret,
						    uint8_t **ret_rows, const char **ret_reason);
__attribute__((warn_unused_result)) int render_qr(const struct render_frame *frame,
						  const char *text, struct render_frame *ret,
						  uint8_t **ret_rows, const char **ret_reason);
