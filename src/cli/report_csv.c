/* onewindow report as CSV: one table, that of the groups or, with a baseline, that of the
 * comparison. */
#include <inttypes.h>
#include <math.h>

#include "src/cli/report_print.h"
#include "src/cli/report_words.h"

static bool has_text_key(enum measure_kind kind)
{
	return kind == MEASURE_QUEUE || kind == MEASURE_CLERK || kind == MEASURE_ITEM ||
	       kind == MEASURE_DEPARTMENT;
}

/* Seconds; -1: not known, or not reached. */
static void add_seconds(struct cli_table *table, int64_t seconds)
{
	if (seconds < 0)
		cli_table_add(table, "%s", "");
	else
		cli_table_add(table, "%" PRId64, seconds);
}

/* What is not known is left empty. */
static void add_exact_seconds(struct cli_table *table, bool known, int64_t sum_ms, int64_t n)
{
	if (known)
		cli_table_add(table, "%.3f", (double)sum_ms / (double)n / 1000.0);
	else
		cli_table_add(table, "%s", "");
}

static void add_group(struct cli_table *table, const struct measure_group *group,
		      const char *source)
{
	const struct measure_figures *f = &group->figures;
	bool known = f->called > 0;
	const int64_t counts[] = {f->issued,  f->legs,	    f->called,	 f->served, f->no_show,
				  f->waiting, f->cancelled, f->uncalled, f->moved,  f->excluded};

	cli_table_add(table, "%s", report_kind_name(group->kind));
	if (has_text_key(group->kind))
		cli_table_add(table, "%s", group->id);
	else
		cli_table_add(table, "%" PRId64, group->key);
	cli_table_add(table, "%s", group->zh);
	cli_table_add(table, "%s", group->en);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		cli_table_add(table, "%" PRId64, counts[i]);
	add_exact_seconds(table, known, f->sum_ms, f->called);
	add_seconds(table, known ? f->p50_s : -1);
	add_seconds(table, known ? f->p90_s : -1);
	add_seconds(table, known ? f->p95_s : -1);
	add_exact_seconds(table, known, f->max_ms, 1);
	cli_table_add(table, "%" PRId64, f->within);
	cli_table_add(table, "%" PRId64, f->decided);
	cli_table_add(table, "%" PRId64, f->undecided);
	add_seconds(table, f->km_p50_s);
	add_seconds(table, f->km_p90_s);
	cli_table_add(table, "%s", source);
}

static void print_groups(const struct report_print *print)
{
	const struct report_origin origin = report_origin_of(print);
	static const char *const head[] = {
		"kind",	     "key",	 "zh",	     "en",	  "issued",   "legs",	"called",
		"served",    "no_show",	 "waiting",  "cancelled", "uncalled", "moved",	"excluded",
		"mean_s",    "p50_s",	 "p90_s",    "p95_s",	  "max_s",    "within", "decided",
		"undecided", "km_p50_s", "km_p90_s", "source"};
	const size_t columns = sizeof(head) / sizeof(head[0]);
	struct cli_table table;

	cli_table_init(&table, columns);
	for (size_t i = 0; i < columns; i++)
		cli_table_add(&table, "%s", head[i]);
	for (size_t i = 0; i < print->report->group_count; i++)
		if (print->by[print->report->groups[i].kind])
			add_group(&table, &print->report->groups[i], report_source(&origin));
	cli_table_print(&table, CLI_CSV);
	cli_table_finish(&table);
}

/* ---- the comparison ---- */

/* What is not known, or has no end, is left empty. */
static void add_number(struct cli_table *table, double value)
{
	if (isfinite(value))
		cli_table_add(table, "%.6f", value);
	else
		cli_table_add(table, "%s", "");
}

struct row {
	const char *name;
	const struct compare_figure *figure;
	double scale;
	const char *unit, *change_unit, *verdict;
};

static void add_row(struct cli_table *table, const struct row *row, const char *source)
{
	const struct compare_figure *figure = row->figure;
	const struct compare_interval *interval = figure->relative ? &figure->log : &figure->change;
	const double values[] = {interval->point, interval->low, interval->high};
	bool known = report_has_figures(figure->verdict);

	cli_table_add(table, "%s", row->name);
	add_number(table, known ? figure->before * row->scale : NAN);
	add_number(table, known ? figure->after * row->scale : NAN);
	for (int i = 0; i < 3; i++)
		/* an end that is infinite is none, and would be -100% of a ratio */
		add_number(table, !known || !isfinite(values[i]) ? NAN
				  : figure->relative		 ? 100 * expm1(values[i])
								 : row->scale * values[i]);
	cli_table_add(table, "%s", row->verdict);
	cli_table_add(table, "%s", row->unit);
	cli_table_add(table, "%s", figure->relative ? "percent" : row->change_unit);
	cli_table_add(table, "%s", source);
}

static void print_comparison(const struct report_print *print)
{
	const struct report_origin origin = report_origin_of(print);
	static const char *const head[] = {"figure", "before",	"after", "change",	"low",
					   "high",   "verdict", "unit",	 "change_unit", "source"};
	const struct compare_result *result = &print->comparison->result;
	const struct compare_did *did = &result->did;
	struct compare_figure difference = {.before = NAN,
					    .after = NAN,
					    .log = did->log,
					    .relative = true,
					    .verdict = did->verdict};
	const double minutes = 1 / 60000.0;
	const struct row rows[] = {
		{"mean", &result->mean, minutes, "minutes", "minutes",
		 report_verdict_name(result->mean.verdict)},
		{"mean_standardised", &result->standard.mean, minutes, "minutes", "minutes",
		 report_verdict_name(result->standard.mean.verdict)},
		{"p90", &result->p90, minutes, "minutes", "minutes",
		 report_verdict_name(result->p90.verdict)},
		{"share_within", &result->share, 100, "percent", "points",
		 report_share_verdict_name(&result->share)},
		{"minutes_per_case", &result->per_case, minutes, "minutes", "minutes",
		 report_verdict_name(result->per_case.verdict)},
		{"difference_in_differences", &difference, 1, "", "",
		 report_verdict_name(did->verdict)},
	};
	size_t count = sizeof(rows) / sizeof(rows[0]) - !did->asked;
	struct cli_table table;

	if (!report_has_difference(did))
		difference.log.point = difference.log.low = difference.log.high = NAN;
	cli_table_init(&table, sizeof(head) / sizeof(head[0]));
	for (size_t i = 0; i < table.columns; i++)
		cli_table_add(&table, "%s", head[i]);
	for (size_t i = 0; i < count; i++)
		add_row(&table, &rows[i], report_source(&origin));
	cli_table_print(&table, CLI_CSV);
	cli_table_finish(&table);
}

void report_print_csv(const struct report_print *print)
{
	if (print->comparison)
		print_comparison(print);
	else
		print_groups(print);
}
