/* The page around a report: one file without scripts and without anything from outside, that reads
 * as XML, too, and prints on A4 in black and white. */
#include "src/cli/report_page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "src/cli/baseline.h"
#include "src/cli/html.h"

static const char style[] =
	"@page { size: A4; margin: 14mm 15mm; }\n"
	"* { box-sizing: border-box; }\n"
	"body { margin: 0 auto; padding: 8px; max-width: 720px; color: #000; background: #fff;\n"
	"  font: 13px/1.45 \"Noto Sans CJK SC\", \"Source Han Sans SC\", \"PingFang SC\",\n"
	"  \"Microsoft YaHei\", \"Droid Sans Fallback\", sans-serif; }\n"
	"h1 { font-size: 20px; margin: 0 0 4px; }\n"
	"h2 { font-size: 15px; margin: 18px 0 6px; border-bottom: 1px solid #000;\n"
	"  break-after: avoid; }\n"
	"p { margin: 4px 0; }\n"
	".said { font-size: 16px; font-weight: bold; margin: 12px 0; padding: 8px 12px;\n"
	"  border: 2px solid #000; break-inside: avoid; }\n"
	".simulated { font-weight: bold; }\n"
	"table { border-collapse: collapse; width: 100%; margin: 4px 0; font-size: 12px; }\n"
	"thead { display: table-header-group; }\n"
	"tr { break-inside: avoid; }\n"
	"th, td { padding: 2px 4px; border-bottom: 1px solid #bbb; text-align: right;\n"
	"  vertical-align: top; font-variant-numeric: tabular-nums; }\n"
	"thead th { border-bottom: 1px solid #000; }\n"
	"th:first-child { text-align: left; font-weight: normal; overflow-wrap: anywhere; }\n"
	"thead th:first-child { font-weight: bold; }\n"
	".figures { table-layout: fixed; }\n"
	".figures thead th:nth-child(1) { width: 29%; }\n"
	".figures thead th:nth-child(4) { width: 11%; }\n"
	".figures thead th:nth-child(5) { width: 19%; }\n"
	".figures thead th:nth-child(6) { width: 13%; }\n"
	"figure { margin: 8px 0; break-inside: avoid; }\n"
	"figure svg { display: block; width: 100%; height: auto; }\n"
	"figcaption { font-size: 12px; }\n"
	"ul, ol { margin: 4px 0; padding-left: 20px; }\n"
	"li { overflow-wrap: anywhere; break-inside: avoid; }\n"
	"@media print { body { padding: 0; max-width: none; } }\n";

void page_begin(FILE *out, const struct event_hall_defined *hall,
		const struct report_origin *origin, const char *title)
{
	char zh[REPORT_ORIGIN_SIZE], en[REPORT_ORIGIN_SIZE];

	fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"zh-CN\">\n"
	      "<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>",
	      out);
	html_text(out, hall->zh);
	fputs(" ", out);
	html_text(out, hall->en);
	fprintf(out, " · %s</title>\n<style>\n", title);
	fputs(style, out);
	fputs("</style>\n</head>\n<body>\n<h1>", out);
	html_both(out, hall->zh, hall->en);
	fputs("</h1>\n", out);
	if (!report_origin_words(origin, zh, en))
		return;
	fputs("<p class=\"simulated\">", out);
	html_both(out, zh, en);
	fputs("</p>\n", out);
}

void page_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}

void page_period(FILE *out, const char *zh, const char *en, int64_t first, int64_t last,
		 int64_t days)
{
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];

	html_both(out, zh, en);
	if (first)
		fprintf(out, ": %s – %s", baseline_date(first, from), baseline_date(last, to));
	fprintf(out, " (%" PRId64 " 个服务日 <span lang=\"en\">service days</span>)", days);
}

void page_words(FILE *out, const char *class, const struct report_words *words)
{
	fprintf(out, "<p class=\"%s\">", class);
	html_text(out, words->zh);
	fputs("<br/><span lang=\"en\">", out);
	html_text(out, words->en);
	fputs("</span></p>\n", out);
}

void page_heading(FILE *out, const char *zh, const char *en)
{
	fputs("<h2>", out);
	html_both(out, zh, en);
	fputs("</h2>\n", out);
}

void page_cell(FILE *out, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs("<td>", out);
	html_text(out, text[0] ? text : "–");
	fputs("</td>", out);
}

void page_row_begin(FILE *out, const char *zh, const char *en)
{
	fputs("<tr><th scope=\"row\">", out);
	html_both(out, zh, en);
	fputs("</th>", out);
}

void page_row_end(FILE *out)
{
	fputs("</tr>\n", out);
}

void page_table_begin(FILE *out, const char *class, const struct report_name *heads, size_t count)
{
	fprintf(out, "<table class=\"%s\">\n<thead><tr>", class);
	for (size_t i = 0; i < count; i++) {
		fputs("<th scope=\"col\">", out);
		html_both(out, heads[i].zh, heads[i].en);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
}

void page_table_end(FILE *out)
{
	fputs("</tbody>\n</table>\n", out);
}
