/* onewindow report: how long people waited, and how much shorter the wait has become since a
 * baseline; from the log alone, the daemon need not run. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/baseline.h"
#include "src/cli/cli.h"
#include "src/cli/report_calibration.h"
#include "src/cli/report_print.h"
#include "src/measure/digest.h"
#include "src/measure/sides.h"

enum { OPTION_RECOUNT = 256, OPTION_CALIBRATION };

struct report_options {
	const char *log, *baseline;
	enum report_format format;
	struct measure_options measure;
	bool by[MEASURE_KIND_COUNT];
	bool chosen;
	bool calibration;
};

static const char *const kinds[MEASURE_KIND_COUNT] = {
	[MEASURE_ALL] = "all",	   [MEASURE_DAY] = "day",     [MEASURE_WEEKDAY] = "weekday",
	[MEASURE_HOUR] = "hour",   [MEASURE_QUEUE] = "queue", [MEASURE_WINDOW] = "window",
	[MEASURE_CLERK] = "clerk", [MEASURE_ITEM] = "item",   [MEASURE_DEPARTMENT] = "department",
};

const char *report_kind_name(enum measure_kind kind)
{
	return kinds[kind];
}

double report_minutes(int64_t sum_ms, int64_t n)
{
	return (double)sum_ms / (double)n / 60000.0;
}

int64_t report_all_calls(const struct measure_order *order)
{
	int64_t calls = 0;

	for (int reason = 0; reason < CALL_REASON_COUNT; reason++)
		calls += order->reasons[reason];
	return calls;
}

int64_t report_ended(const struct measure_figures *figures)
{
	return figures->called + figures->excluded + figures->cancelled + figures->uncalled;
}

const struct measure_report *report_after(const struct report_print *print)
{
	return print->comparison ? print->comparison->after : print->report;
}

const struct measure_figures *report_whole(const struct measure_report *report)
{
	for (size_t i = 0; i < report->group_count; i++)
		if (report->groups[i].kind == MEASURE_ALL)
			return &report->groups[i].figures;
	return NULL;
}

/* ---- options ---- */

static void parse_by(struct report_options *options, const char *word, struct argp_state *state)
{
	for (int kind = 0; kind < MEASURE_KIND_COUNT; kind++) {
		if (strcmp(kinds[kind], word) != 0)
			continue;
		options->by[kind] = true;
		options->chosen = true;
		return;
	}
	argp_error(state,
		   "--by %s: 可选 allowed are all, day, weekday, hour, queue, window, clerk, item, "
		   "department",
		   word);
}

static void parse_format(struct report_options *options, const char *word, struct argp_state *state)
{
	static const char *const names[] = {"text", "json", "csv", "html"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(word, names[i]) != 0)
			continue;
		options->format = (enum report_format)i;
		return;
	}
	argp_error(state, "--format %s: 可选 allowed are text, csv, json, html", word);
}

static int64_t parse_target_ms(const char *word, struct argp_state *state)
{
	size_t digits = strspn(word, "0123456789"); /* strtol would take blanks and signs, too */
	long minutes = digits <= 3 && !word[digits] ? strtol(word, NULL, 10) : 0;

	if (minutes < 1 || minutes > 480)
		argp_error(state, "--target %s: 可选 allowed are 1 to 480 minutes", word);
	return minutes * 60000;
}

static void check(const struct report_options *options, struct argp_state *state)
{
	const struct measure_options *measure = &options->measure;
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];

	if (!options->log)
		argp_error(state, "请用 --log 指明日志 --log says which log to read");
	if (measure->to && measure->from > measure->to)
		argp_error(state, "起始 %s 晚于截止 --from lies after --to, %s",
			   baseline_date(measure->from, from), baseline_date(measure->to, to));
	if (options->format == REPORT_CSV && options->baseline && options->chosen)
		argp_error(state, "--format csv 只输出一张表 prints one table: --by 与 --baseline "
				  "只用其一 either --by or --baseline");
	if (options->calibration && (options->baseline || options->chosen || measure->target_ms))
		argp_error(state,
			   "--calibration 不与 --by、--baseline、--target 同用 goes with none "
			   "of --by, --baseline, --target");
}

static error_t parse_report(int key, char *arg, struct argp_state *state)
{
	struct report_options *options = state->input;
	int64_t date;

	switch (key) {
	case 'l': options->log = arg; break;
	case 'f': parse_format(options, arg, state); break;
	case 'b': parse_by(options, arg, state); break;
	case 'n': options->baseline = arg; break;
	case 's':
	case 'e':
		date = cli_parse_date(arg);
		if (!date)
			argp_error(state, "\"%s\" 不是日期 is no date; write it as 2026-11-24",
				   arg);
		*(key == 's' ? &options->measure.from : &options->measure.to) = date;
		break;
	case 't': options->measure.target_ms = parse_target_ms(arg, state); break;
	case OPTION_RECOUNT: options->measure.recount = true; break;
	case OPTION_CALIBRATION: options->calibration = true; break;
	case ARGP_KEY_ARG: argp_error(state, "多余的词 no word is expected here: %s", arg); break;
	case ARGP_KEY_END: check(options, state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- reading ---- */

struct run {
	const struct report_options *options;
	struct store_reader *reader;
	struct measure_options period;
	struct measure_report *report, *before;
	struct measure_report *after; /* where the period has an open day; else it is the report */
	struct baseline_facts baseline;
	struct sides *sides;
	struct report_comparison comparison;
};

/* What went wrong is said; returns the exit code. */
static int fail(const struct run *run, int r)
{
	const char *detail = store_reader_detail(run->reader);
	bool kept = r == -EBADMSG && !detail[0]; /* the store has nothing to say of a digest */

	if (kept)
		detail = "保留的每日数字无法读取 what is kept of a day cannot be read: --recount "
			 "counts the events, `onewindow log rebuild` keeps them anew";
	(void)cli_log_fail("report", run->options->log, detail, r);
	return r == -EPROTO || r == -EBADMSG || r == -ENOTSUP ? CLI_LOG_DAMAGED : CLI_REFUSED;
}

static uint64_t seed_of(const char *rows)
{
	uint64_t seed = 0;

	for (int i = 7; i >= 0; i--) {
		unsigned byte = 0;

		if (sscanf(rows + 2 * i, "%2x", &byte) != 1)
			return 0;
		seed = seed << 8 | byte;
	}
	return seed;
}

/* Behind the baseline's last day. */
static int choose_period(struct run *run)
{
	const struct event_baseline_frozen *frozen = &run->baseline.frozen;
	char dates[4][BASELINE_DATE_SIZE];
	struct measure_options *period = &run->period;

	if (!period->from && (!period->to || period->to > frozen->to))
		period->from = frozen->to + 1; /* a number between two dates will do */
	if (period->from > frozen->to)
		return CLI_OK;
	fprintf(stderr,
		"onewindow report: 本期与基期重叠 the period overlaps the baseline \"%s\": %s to "
		"%s, "
		"%s to %s; 本期须从基期之后开始 it has to begin behind it: --from\n",
		frozen->name, period->from ? baseline_date(period->from, dates[0]) : "(begin)",
		period->to ? baseline_date(period->to, dates[1]) : "(end)",
		baseline_date(frozen->from, dates[2]), baseline_date(frozen->to, dates[3]));
	return CLI_REFUSED;
}

static int read_baseline(struct run *run)
{
	const struct report_options *options = run->options;
	bool kept = true;
	int r = baseline_get("report", options->log, run->reader, options->baseline,
			     &run->baseline);

	if (r != CLI_OK)
		return r;
	r = choose_period(run);
	if (r == CLI_OK)
		r = baseline_reread("report", options->log, &run->baseline, &kept);
	if (!kept)
		run->period.recount = true;
	run->comparison.kept = !kept ? REPORT_ALTERED
			       : run->baseline.frozen.figures_version != digest_maker.version
				       ? REPORT_UNTOLD
				       : REPORT_AS_FROZEN;
	return r;
}

static int compare_sides(struct run *run)
{
	const struct event_baseline_frozen *frozen = &run->baseline.frozen;
	const struct sides_request request = {
		.before_from = frozen->from,
		.before_to = frozen->to,
		.before_last_seq = (uint64_t)frozen->last_seq,
		.after_from = run->period.from,
		.after_to = run->period.to,
		.after_last_seq = run->report->as_of_seq,
		.target_ms = run->period.target_ms,
		.control = frozen->control,
		.recount = run->period.recount,
	};
	struct compare_input input;
	int r = sides_read(run->reader, &request, &run->sides);

	if (r == -ENOENT) {
		fprintf(stderr,
			"onewindow report: 本期没有已结束的服务日 no service day of the period is "
			"closed yet: there is nothing to compare with the baseline \"%s\"\n",
			frozen->name);
		return CLI_REFUSED;
	}
	if (r == 0) {
		run->comparison.input = sides_input(run->sides);
		run->comparison.left_out = sides_left_out(run->sides);
		input = *run->comparison.input;
		input.seed = run->comparison.seed = seed_of(frozen->rows);
		r = compare(&input, &run->comparison.result);
	}
	return r < 0 ? fail(run, r) : CLI_OK;
}

static int read_comparison(struct run *run)
{
	const struct event_baseline_frozen *frozen = &run->baseline.frozen;
	struct measure_options before = run->period, after = run->period;
	int r;

	before.from = frozen->from;
	before.to = frozen->to;
	before.last_seq = (uint64_t)frozen->last_seq;
	r = measure_read(run->reader, &before, &run->before);
	/* what closes meanwhile is open in all of the report */
	after.closed = true;
	after.last_seq = run->report->as_of_seq;
	if (r == 0 && run->report->open_day)
		r = measure_read(run->reader, &after, &run->after);
	if (r < 0)
		return fail(run, r);
	run->comparison.frozen = frozen;
	run->comparison.before = run->before;
	run->comparison.after = run->after ? run->after : run->report;
	run->comparison.from = run->period.from;
	run->comparison.to = run->period.to;
	return compare_sides(run);
}

static void choose_groups(struct run *run, struct report_print *print)
{
	static const bool usual[MEASURE_KIND_COUNT] = {[MEASURE_ALL] = true,
						       [MEASURE_DAY] = true,
						       [MEASURE_HOUR] = true,
						       [MEASURE_QUEUE] = true,
						       [MEASURE_WINDOW] = true};

	memcpy(print->by, run->options->chosen ? run->options->by : usual, sizeof(print->by));
	run->period.kinds = 1u << MEASURE_ALL | 1u << MEASURE_QUEUE;
	if (run->options->format == REPORT_HTML) /* its charts */
		run->period.kinds |= 1u << MEASURE_DAY | 1u << MEASURE_HOUR;
	for (int kind = 0; kind < MEASURE_KIND_COUNT; kind++)
		run->period.kinds |= print->by[kind] ? 1u << kind : 0;
}

static int run_calibration(struct run *run)
{
	struct calibration *calibration = NULL;
	int r = calibration_read(run->reader, &run->period, &calibration);

	if (r < 0)
		return fail(run, r);
	calibration_print(calibration, run->options->format);
	calibration_free(calibration);
	return CLI_OK;
}

static int print_all(const struct report_print *print, enum report_format format)
{
	switch (format) {
	case REPORT_JSON: report_print_json(print); break;
	case REPORT_CSV: report_print_csv(print); break;
	case REPORT_HTML: return report_print_html(print);
	default: report_print_text(print); break;
	}
	return CLI_OK;
}

static int run_report(const struct report_options *options)
{
	struct run run = {.options = options, .period = options->measure};
	char error[STORE_ERROR_SIZE] = "";
	struct report_print print = {0};
	int r = store_reader_open(&run.reader, options->log, error);

	if (r < 0)
		return cli_log_fail("report", options->log, error, r);
	if (options->calibration) {
		r = run_calibration(&run);
		store_reader_close(run.reader);
		return r;
	}
	choose_groups(&run, &print);
	r = options->baseline ? read_baseline(&run) : CLI_OK;
	if (r == CLI_OK) {
		r = measure_read(run.reader, &run.period, &run.report);
		r = r < 0 ? fail(&run, r) : CLI_OK;
	}
	if (r == CLI_OK && options->baseline)
		r = read_comparison(&run);
	store_reader_close(run.reader);
	if (r == CLI_OK) {
		print.report = run.report;
		print.comparison = options->baseline ? &run.comparison : NULL;
		r = print_all(&print, options->format);
	}
	sides_free(run.sides);
	measure_report_free(run.report);
	measure_report_free(run.before);
	measure_report_free(run.after);
	baseline_facts_finish(&run.baseline);
	return r;
}

int cli_report(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"log", 'l', "FILE", 0, "要读的日志 the log to read", 0},
		{"by", 'b', "KIND", 0,
		 "只列这些 only these, may be given again: all, day, weekday, hour, queue, window, "
		 "clerk, item, department",
		 0},
		{"from", 's', "YYYY-MM-DD", 0, "起始服务日 first service day", 0},
		{"to", 'e', "YYYY-MM-DD", 0, "截止服务日 last service day", 0},
		{"baseline", 'n', "NAME", 0,
		 "与此基期比较 compare with this baseline; the period then begins behind it", 0},
		{"target", 't', "MINUTES", 0, "目标时间 target (default: the hall's own)", 0},
		{"recount", OPTION_RECOUNT, NULL, 0,
		 "由事件重新计数 count the events, whatever is kept of the days", 0},
		{"calibration", OPTION_CALIBRATION, NULL, 0,
		 "预计等候的区间与实际相比 the intervals of the expected wait against what came",
		 0},
		{"format", 'f', "text|csv|json|html", 0,
		 "输出格式 how to print; html: one page to print, with charts", 0},
		{0},
	};
	struct argp argp = {
		list,
		parse_report,
		"",
		"How long people waited, and how much shorter the wait has become since a "
		"baseline. 等候时间报表，与基期的比较。",
		NULL,
		NULL,
		NULL};
	struct report_options options = {0};
	int r;

	r = cli_parse(&argp, argc, argv, &options);
	return r ? r : run_report(&options);
}
