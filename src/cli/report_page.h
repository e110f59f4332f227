/* The style of the report's page, and its tables; report_html.c puts them together. */
#pragma once

#include "src/cli/report_print.h"
#include "src/cli/report_words.h"

void page_begin(FILE *out, const struct event_hall_defined *hall,
		const struct report_origin *origin, const char *title);
void page_end(FILE *out);

/* A period with its days; first 0: it has none. */
void page_period(FILE *out, const char *zh, const char *en, int64_t first, int64_t last,
		 int64_t days);
void page_words(FILE *out, const char *class, const struct report_words *words);
void page_heading(FILE *out, const char *zh, const char *en);
/* "" as "–". */
__attribute__((format(printf, 2, 3))) void page_cell(FILE *out, const char *format, ...);
void page_row_begin(FILE *out, const char *zh, const char *en);
void page_row_end(FILE *out);
/* Heads of columns; the first is that of the rows. */
void page_table_begin(FILE *out, const char *class, const struct report_name *heads, size_t count);
void page_table_end(FILE *out);

/* Of the period; with the baseline's before it where there is a comparison. */
void page_figures(FILE *out, const struct report_print *print);
void page_findings(FILE *out, const struct report_print *print);
void page_order(FILE *out, const struct report_print *print);
void page_groups(FILE *out, const struct measure_report *report, enum measure_kind kind);
