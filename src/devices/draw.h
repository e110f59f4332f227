/* Pictures in place of what a model cannot print by itself: texts with characters that it does not
 * have, QR codes. */
#pragma once

#include "drivers/driver.h"
#include "src/devices/layout.h"
#include "src/devices/renderer.h"

/* -EAGAIN: some are on their way; lay out and draw again when renderer_process() says so. 0: drawn;
 * what there is no picture for stays text, and is printed with a sign for what is missing. Pictures
 * are the renderer's: the layout is good until its next renderer_process(). */
__attribute__((warn_unused_result)) int draw_layout(struct layout *layout,
						    const struct device_model *model,
						    struct renderer *renderer, int64_t now_us);
