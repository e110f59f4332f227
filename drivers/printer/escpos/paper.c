/* From the facts of a model to what the encoder asks. */
#include "drivers/printer/escpos/paper.h"

struct escpos_paper escpos_paper_of(const struct device_model *model)
{
	struct escpos_paper paper = {
		.width_dots = model->u.printer.width_dots,
		.columns = model->u.printer.columns,
		.cutter = model->u.printer.cutter != PRINTER_CUTTER_NONE,
		.full_cut = model->u.printer.cutter == PRINTER_CUTTER_FULL,
		.qr = model->u.printer.qr,
		.gbk = model->u.printer.cjk != PRINTER_CJK_NONE,
		.gb2312 = model->u.printer.cjk == PRINTER_CJK_GB2312,
		.band_rows = model->u.printer.raster_rows,
	};

	switch (model->u.printer.raster) {
	case PRINTER_RASTER_NONE: paper.raster = ESCPOS_RASTER_NONE; break;
	case PRINTER_RASTER_GS_V: paper.raster = ESCPOS_RASTER_GS_V; break;
	case PRINTER_RASTER_GS_L: paper.raster = ESCPOS_RASTER_GS_L; break;
	}
	return paper;
}
