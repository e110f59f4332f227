/* What a model prints by itself, and what is drawn for it. */
#include "src/devices/draw.h"

#include <errno.h>

#include "drivers/text/text.h"

static enum text_set set_of(const struct device_model *model)
{
	switch (model->u.printer.cjk) {
	case PRINTER_CJK_GBK: return TEXT_SET_GBK;
	case PRINTER_CJK_GB2312: return TEXT_SET_GB2312;
	case PRINTER_CJK_NONE: break;
	}
	return TEXT_SET_ASCII;
}

int draw_layout(struct layout *layout, const struct device_model *model, struct renderer *renderer,
		int64_t now_us)
{
	bool pending = false;

	if (!renderer || model->u.printer.raster == PRINTER_RASTER_NONE)
		return 0;
	for (size_t i = 0; i < layout->document.count; i++) {
		struct document_item *item = &layout->items[i];
		struct render_frame frame = {
			.width_dots = model->u.printer.width_dots,
			.align = item->align,
		};
		const struct document_picture *picture = NULL;
		int r;

		if (item->kind == DOCUMENT_TEXT && !text_is_in_set(item->text, set_of(model))) {
			frame.type = RENDER_TEXT;
			frame.width = item->width;
			frame.height = item->height;
			frame.bold = item->bold;
		} else if (item->kind == DOCUMENT_QR && !model->u.printer.qr && item->text[0]) {
			frame.type = RENDER_QR;
			frame.module_dots = item->module_dots;
		} else {
			continue;
		}
		r = renderer_get(renderer, &frame, item->text, now_us, &picture);
		pending |= r == -EAGAIN;
		if (r == 0) {
			item->kind = DOCUMENT_PICTURE;
			item->picture = *picture;
		}
	}
	return pending ? -EAGAIN : 0;
}
