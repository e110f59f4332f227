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

static void add_group(struct cli_table *table, const struct measure_group *group)
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
}

static void print_groups(const struct report_print *print)
{
	static const char *const head[] = {"kind",    "key",	   "zh",	"en",
					   "issued",  "legs",	   "called",	"served",
					   "no_show", "waiting",   "cancelled", "uncalled",
					   "moved",   "excluded",  "mean_s",	"p50_s",
					   "p90_s",   "p95_s",	   "max_s",	"within",
					   "decided", "undecided", "km_p50_s",	"km_p90_s"};
	const size_t columns = sizeof(head) / sizeof(head[0]);
	struct cli_table table;

	cli_table_init(&table, columns);
	for (size_t i = 0; i < columns; i++)
		cli_table_add(&table, "%s", head[i]);
	for (size_t i = 0; i < print->report->group_count; i++)
		if (print->by[print->report->groups[i].kind])
			add_group(&table, &print->report->groups[i]);
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

static void add_figure(struct cli_table *table, const char *name,
		       const struct compare_figure *figure, double scale, const char *unit,
		       const char *change_unit, const char *verdict)
{
	const struct compare_interval *interval = figure->relative ? &figure->log : &figure->change;
	const double values[] = {interval->point, interval->low, interval->high};
	bool known = report_has_figures(figure->verdict);

	cli_table_add(table, "%s", name);
	add_number(table, known ? figure->before * scale : NAN);
	add_number(table, known ? figure->after * scale : NAN);
	for (int i = 0; i < 3; i++)
		/* an end that is infinite is none, and would be -100% of a ratio */
		add_number(table, !known || !isfinite(values[i]) ? NAN
				  : figure->relative		 ? 100 * expm1(values[i])
								 : scale * values[i]);
	cli_table_add(table, "%s", verdict);
	cli_table_add(table, "%s", unit);
	cli_table_add(table, "%s", figure->relative ? "percent" : change_unit);
}

static void print_comparison(const struct report_comparison *comparison)
{
	static const char *const head[] = {"figure", "before",	"after", "change",     "low",
					   "high",   "verdict", "unit",	 "change_unit"};
	const struct compare_result *result = &comparison->result;
	const struct compare_did *did = &result->did;
	struct cli_table table;

	cli_table_init(&table, sizeof(head) / sizeof(head[0]));
	for (size_t i = 0; i < table.columns; i++)
		cli_table_add(&table, "%s", head[i]);
	add_figure(&table, "mean", &result->mean, 1 / 60000.0, "minutes", "minutes",
		   report_verdict_name(result->mean.verdict));
	add_figure(&table, "mean_standardised", &result->standard.mean, 1 / 60000.0, "minutes",
		   "minutes", report_verdict_name(result->standard.mean.verdict));
	add_figure(&table, "p90", &result->p90, 1 / 60000.0, "minutes", "minutes",
		   report_verdict_name(result->p90.verdict));
	add_figure(&table, "share_within", &result->share, 100, "percent", "points",
		   report_share_verdict_name(&result->share));
	add_figure(&table, "minutes_per_case", &result->per_case, 1 / 60000.0, "minutes", "minutes",
		   report_verdict_name(result->per_case.verdict));
	if (did->asked) {
		struct compare_figure figure = {.before = NAN,
						.after = NAN,
						.log = did->log,
						.relative = true,
						.verdict = did->verdict};

		if (!report_has_difference(did))
			figure.log.point = figure.log.low = figure.log.high = NAN;
		add_figure(&table, "difference_in_differences", &figure, 1, "", "",
			   report_verdict_name(did->verdict));
	}
	cli_table_print(&table, CLI_CSV);
	cli_table_finish(&table);
}

void report_print_csv(const struct report_print *print)
{
	if (print->comparison)
		print_comparison(print->comparison);
	else
		print_groups(print);
}
