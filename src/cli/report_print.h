/* What the printers of `onewindow report` get, and what they share. */
#pragma once

#include "src/cli/cli.h"
#include "src/measure/baseline.h"
#include "src/measure/compare.h"
#include "src/measure/report.h"
#include "src/measure/sides.h"

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_CSV, REPORT_HTML };

/* What is kept of the baseline's days, held to its event. */
enum report_kept {
	REPORT_AS_FROZEN,
	REPORT_ALTERED, /* the events of both sides were counted */
	REPORT_UNTOLD,	/* its figures are of another version */
};

struct report_comparison {
	const struct event_baseline_frozen *frozen;
	enum report_kept kept;
	const struct measure_report *before; /* of the baseline's days */
	const struct measure_report *after;  /* of the period's, but for one that is open */
	int64_t from, to;		     /* the period asked for; to 0: no end */
	uint64_t seed;
	const struct compare_input *input; /* its days, of both sides */
	struct compare_result result;
	struct sides_left_out left_out;
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
/* One page, with charts: the report has days and hours, too, and before them hours. Returns an exit
 * code; what is wrong is on stderr, and nothing on stdout. */
int report_print_html(const struct report_print *print);

struct report_name {
	const char *zh, *en;
};
/* Of days that onewindow simulate wrote. */
extern const struct report_name report_simulated;
/* Of days, those that were simulated. */
struct report_origin {
	int64_t days;
	struct origin_days simulated;
};
/* Of the report, with the baseline's days where there is a comparison. */
struct report_origin report_origin_of(const struct report_print *print);
enum { REPORT_ORIGIN_SIZE = 256 };
/* Where some days were simulated: that, and which where not all were. False: none was. */
bool report_origin_words(const struct report_origin *origin, char ret_zh[REPORT_ORIGIN_SIZE],
			 char ret_en[REPORT_ORIGIN_SIZE]);
/* The same as a line of text; nothing where none was. */
void report_print_origin(const struct report_origin *origin);
/* In a column: "simulated", "mixed", "hall". */
const char *report_source(const struct report_origin *origin);
/* Their number, the first and the last; null where none was. */
json_t *report_origin_json(const struct report_origin *origin);
extern const struct report_name report_kinds[MEASURE_KIND_COUNT];

enum { REPORT_LABEL_SIZE = 2 * CORE_NAME_SIZE + 16 };
/* A group as people read it. */
const char *report_label(const struct measure_group *group, char ret[REPORT_LABEL_SIZE]);

enum { REPORT_FINDINGS = 9, REPORT_FINDING_STEPS = 5 };
struct report_finding {
	struct report_name name;
	int64_t count;
};
/* NULL: nothing to say. */
const struct report_name *report_kept_words(enum report_kept kept);
void report_list_findings(const struct measure_findings *found,
			  struct report_finding ret[REPORT_FINDINGS]);

/* "-93.0%" of a log ratio, "-0.45 min" of ms, "+21.5 pt" of a share; "-" where there is none. */
enum { REPORT_CHANGE_SIZE = 48, REPORT_BAND_SIZE = 128 };
enum report_unit { UNIT_PERCENT, UNIT_MINUTES, UNIT_POINTS };
const char *report_change(double value, enum report_unit unit, char ret[REPORT_CHANGE_SIZE]);
/* "缩短 shorter 93.0%" */
const char *report_reduction(double reduction, char ret[REPORT_CHANGE_SIZE]);
/* Minutes of seconds and their band: "0.25 (0.20 to 0.31)", "未达到 not reached" of -1. */
const char *report_band(int64_t point, int64_t low, int64_t high, char ret[REPORT_BAND_SIZE]);

/* "day", "weekday", ... */
const char *report_kind_name(enum measure_kind kind);
double report_minutes(int64_t sum_ms, int64_t n); /* n > 0 */
int64_t report_all_calls(const struct measure_order *order);
/* Of legs: those who were cancelled, of all that ended; its denominator is 0 where none did. */
int64_t report_ended(const struct measure_figures *figures);
const struct measure_figures *report_whole(const struct measure_report *report);
/* The period beside the baseline, or alone. */
const struct measure_report *report_after(const struct report_print *print);
