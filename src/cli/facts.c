/* The facts of a model in the words of models.conf. */
#include <stdio.h>

#include "src/cli/printers.h"

const char *cli_fact_name(size_t fact)
{
	static const char *const names[PRINTER_FACTS] = {"paper_mm",   "width_dots", "columns",
							 "cjk",	       "raster",     "raster_rows",
							 "cutter",     "qr",	     "status",
							 "completion", "one_way"};

	return names[fact];
}

void cli_fact_value(const struct device_model *model, size_t fact, char ret[FACT_VALUE_SIZE])
{
	static const char *const cjk[] = {"none", "gb2312", "gbk"};
	static const char *const raster[] = {"none", "gs-v", "gs-l"};
	static const char *const cutter[] = {"none", "partial", "full"};
	static const char *const status[] = {"none", "realtime", "automatic"};
	static const char *const completion[] = {"none", "processed", "printed"};
	const char *word = NULL;
	int number = 0;

	switch (fact) {
	case FACT_PAPER_MM: number = model->u.printer.paper_mm; break;
	case FACT_WIDTH_DOTS: number = model->u.printer.width_dots; break;
	case FACT_COLUMNS: number = model->u.printer.columns; break;
	case FACT_CJK: word = cjk[model->u.printer.cjk]; break;
	case FACT_RASTER: word = raster[model->u.printer.raster]; break;
	case FACT_RASTER_ROWS: number = model->u.printer.raster_rows; break;
	case FACT_CUTTER: word = cutter[model->u.printer.cutter]; break;
	case FACT_QR: word = model->u.printer.qr ? "yes" : "no"; break;
	case FACT_STATUS: word = status[model->u.printer.status]; break;
	case FACT_COMPLETION: word = completion[model->u.printer.completion]; break;
	case FACT_ONE_WAY: word = model->u.printer.one_way ? "yes" : "no"; break;
	default: break;
	}
	if (word)
		snprintf(ret, FACT_VALUE_SIZE, "%s", word);
	else
		snprintf(ret, FACT_VALUE_SIZE, "%d", number);
}
