/* What the printers of `onewindow report` get, and what they share. */
#pragma once

#include "src/cli/cli.h"
#include "src/measure/baseline.h"
#include "src/measure/compare.h"
#include "src/measure/report.h"

struct report_comparison {
	const struct event_baseline_frozen *frozen;
	const struct measure_report *before; /* of the baseline's days */
	int64_t from, to;		     /* the period asked for; to 0: no end */
	uint64_t seed;
	struct compare_result result;
};

struct report_print {
	const struct measure_report *report;
	const struct report_comparison *comparison; /* NULL: none was asked for */
	bool by[MEASURE_KIND_COUNT];		    /* groups to print */
};

void report_print_text(const struct report_print *print);
void report_print_compared(const struct report_print *print); /* the text's part on it */
void report_print_json(const struct report_print *print);
json_t *report_comparison_json(const struct report_print *print);
void report_print_csv(const struct report_print *print);

/* "day", "weekday", ... */
const char *report_kind_name(enum measure_kind kind);
double report_minutes(int64_t sum_ms, int64_t n); /* n > 0 */
int64_t report_all_calls(const struct measure_order *order);
/* Of legs: those who were cancelled, of all that ended; its denominator is 0 where none did. */
int64_t report_ended(const struct measure_figures *figures);
const struct measure_figures *report_whole(const struct measure_report *report);
