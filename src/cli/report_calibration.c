/* onewindow report --calibration: do the 80% intervals of the expected wait hold 80%? Text, CSV,
 * JSON (docs/schema/calibration.json) and a page. Shares stand only where there are tickets and
 * days enough. */
#include "src/cli/report_calibration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"
#include "src/cli/baseline.h"
#include "src/cli/html.h"
#include "src/cli/report_page.h"

enum { NAME_COLUMNS = 28, SHOWN = OUTCOME_COUNT - OUTCOME_BELOW };

static const char *const kinds[CALIBRATION_KINDS] = {"all", "queue", "hour", "queue-hour"};

static const struct report_name kind_names[CALIBRATION_KINDS] = {
	[CALIBRATION_ALL] = {"全部", "all"},
	[CALIBRATION_QUEUE] = {"队列", "queue"},
	[CALIBRATION_HOUR] = {"时", "hour"},
	[CALIBRATION_QUEUE_HOUR] = {"队列 × 时", "queue × hour"},
};

static const char *const outcomes[OUTCOME_COUNT] = {
	[OUTCOME_NO_INTERVAL] = "no_interval",
	[OUTCOME_IDLE] = "idle",
	[OUTCOME_UNCALLED] = "uncalled",
	[OUTCOME_UNKNOWN] = "unknown",
	[OUTCOME_BELOW] = "below",
	[OUTCOME_HELD] = "held",
	[OUTCOME_ABOVE] = "above",
};

/* Of those that are not counted. */
static const struct report_name reasons[OUTCOME_BELOW] = {
	[OUTCOME_NO_INTERVAL] = {"无区间", "no interval"},
	[OUTCOME_IDLE] = {"有空闲窗口", "a window was idle"},
	[OUTCOME_UNCALLED] = {"未被呼叫", "not called"},
	[OUTCOME_UNKNOWN] = {"等候不明", "wait unknown"},
};

static bool has_queue(const struct calibration_cell *cell)
{
	return cell->kind == CALIBRATION_QUEUE || cell->kind == CALIBRATION_QUEUE_HOUR;
}

static bool has_hour(const struct calibration_cell *cell)
{
	return cell->kind == CALIBRATION_HOUR || cell->kind == CALIBRATION_QUEUE_HOUR;
}

static bool has_shares(const struct calibration_cell *cell)
{
	return cell->verdict != CALIBRATION_FEW;
}

static double share_of(const struct calibration_cell *cell, enum calibration_outcome outcome)
{
	return (double)cell->counts[outcome] / (double)cell->n;
}

/* The queue, the hour, or all, as people read it. */
static const char *label(const struct calibration *calibration, const struct calibration_cell *cell,
			 char ret[REPORT_LABEL_SIZE])
{
	struct measure_group group = {.kind = cell->kind == CALIBRATION_HOUR ? MEASURE_HOUR
					      : has_queue(cell)		     ? MEASURE_QUEUE
									     : MEASURE_ALL,
				      .key = cell->hour};

	if (has_queue(cell)) {
		const struct calibration_queue *queue = &calibration->queues[cell->queue];

		memcpy(group.id, queue->id, sizeof(group.id));
		memcpy(group.zh, queue->zh, sizeof(group.zh));
		memcpy(group.en, queue->en, sizeof(group.en));
	}
	return report_label(&group, ret);
}

/* ---- text ---- */

static void count_verdicts(const struct calibration *calibration,
			   int64_t ret_counts[CALIBRATION_VERDICTS])
{
	memset(ret_counts, 0, CALIBRATION_VERDICTS * sizeof(*ret_counts));
	for (size_t i = 0; i < calibration->cell_count; i++)
		if (calibration->cells[i].kind == CALIBRATION_QUEUE_HOUR)
			ret_counts[calibration->cells[i].verdict]++;
}

static void print_days(const struct calibration *calibration)
{
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];

	printf("服务日 service days: %" PRId64, calibration->days);
	if (calibration->first_day)
		printf(" (%s to %s)", baseline_date(calibration->first_day, from),
		       baseline_date(calibration->last_day, to));
	if (calibration->open_day)
		printf("，今日尚未结束 the last one is still open");
	putchar('\n');
}

static void print_counts(const struct calibration_cell *whole)
{
	printf("计入 counted: %" PRId64 "\n未计入 left out:", whole->n);
	for (int outcome = 0; outcome < OUTCOME_BELOW; outcome++)
		printf("%s%s %s %" PRId64, outcome % 2 ? "，" : "\n  ", reasons[outcome].zh,
		       reasons[outcome].en, whole->counts[outcome]);
	putchar('\n');
}

static void print_verdicts(const struct calibration *calibration)
{
	int64_t counts[CALIBRATION_VERDICTS];

	count_verdicts(calibration, counts);
	printf("%s %s:", kind_names[CALIBRATION_QUEUE_HOUR].zh,
	       kind_names[CALIBRATION_QUEUE_HOUR].en);
	for (int i = 0; i < CALIBRATION_VERDICTS; i++) {
		int verdict = (i + 1) % CALIBRATION_VERDICTS; /* the few come last */

		printf("%s%s %" PRId64, i ? "，" : " ",
		       calibration_verdict_cell((enum calibration_verdict)verdict),
		       counts[verdict]);
	}
	putchar('\n');
}

/* ---- tables of text and page ---- */

static const struct report_name heads[] = {{"次", "n"},	       {"天", "days"},
					   {"区间内", "held"}, {"95% 区间", "interval"},
					   {"早于", "sooner"}, {"晚于", "later"},
					   {"结论", "verdict"}};
enum { HEADS = sizeof(heads) / sizeof(heads[0]) };

enum { CELL_SIZE = 72 };
/* Shares are "-" where they are not shown. */
static void list_cells(const struct calibration_cell *cell, char ret[HEADS][CELL_SIZE])
{
	char low[32], high[32];

	for (int i = 0; i < HEADS; i++)
		snprintf(ret[i], CELL_SIZE, "-");
	snprintf(ret[0], CELL_SIZE, "%" PRId64, cell->n);
	snprintf(ret[1], CELL_SIZE, "%" PRId64, cell->days);
	snprintf(ret[6], CELL_SIZE, "%s", calibration_verdict_cell(cell->verdict));
	if (!has_shares(cell))
		return;
	report_percent(share_of(cell, OUTCOME_HELD), ret[2]);
	report_percent(share_of(cell, OUTCOME_BELOW), ret[4]);
	report_percent(share_of(cell, OUTCOME_ABOVE), ret[5]);
	if (cell->has_interval)
		snprintf(ret[3], CELL_SIZE, "%s-%s", report_percent(cell->low, low),
			 report_percent(cell->high, high));
}

static void print_table(const struct calibration *calibration, enum calibration_kind kind)
{
	struct cli_table table;

	cli_table_init(&table, 1 + HEADS);
	table.heads = 2;
	for (int row = 0; row < 2; row++) {
		cli_table_add(&table, "%s", row ? kind_names[kind].en : kind_names[kind].zh);
		for (int i = 0; i < HEADS; i++)
			cli_table_add(&table, "%s", row ? heads[i].en : heads[i].zh);
	}
	for (size_t i = 0; i < calibration->cell_count; i++) {
		char cells[HEADS][CELL_SIZE], text[REPORT_LABEL_SIZE], name[REPORT_LABEL_SIZE];

		if (calibration->cells[i].kind != kind)
			continue;
		if (text_abbreviate(name, sizeof(name),
				    label(calibration, &calibration->cells[i], text),
				    NAME_COLUMNS) < 0)
			name[0] = '\0';
		cli_table_add(&table, "%s", name);
		list_cells(&calibration->cells[i], cells);
		for (int c = 0; c < HEADS; c++)
			cli_table_add(&table, "%s", cells[c]);
	}
	putchar('\n');
	if (table.rows == table.heads * table.columns)
		printf("%s %s: 无 none\n", kind_names[kind].zh, kind_names[kind].en);
	else
		cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
}

static void print_text(const struct calibration *calibration)
{
	const struct report_origin origin = {calibration->days, calibration->simulated_days};
	const struct stamp as_of = {.wall_ms = calibration->as_of_wall_ms,
				    .offset_min = calibration->as_of_offset_min};
	const struct event_hall_defined *hall = &calibration->hall;
	struct report_words words;
	char when[BASELINE_TIME_SIZE];

	calibration_sentence(&calibration->cells[0], &words);
	printf("%s %s\n截至 as of %s (事件 event %" PRIu64 ")\n", hall->zh, hall->en,
	       baseline_time(&as_of, when), calibration->as_of_seq);
	report_print_origin(&origin);
	printf("\n预计等候的 80%% 区间 80%% intervals of the expected wait\n%s\n%s\n\n", words.zh,
	       words.en);
	print_days(calibration);
	print_counts(&calibration->cells[0]);
	print_verdicts(calibration);
	for (int kind = 0; kind <= CALIBRATION_HOUR; kind++)
		print_table(calibration, (enum calibration_kind)kind);
}

/* ---- CSV ---- */

/* What is not shown, and what a kind of cells does not have, is left empty. */
static void add_share(struct cli_table *table, bool known, double share)
{
	if (known)
		cli_table_add(table, "%.6f", share);
	else
		cli_table_add(table, "%s", "");
}

static void print_csv(const struct calibration *calibration)
{
	const struct report_origin origin = {calibration->days, calibration->simulated_days};
	struct cli_table table;

	cli_table_init(&table, 9 + OUTCOME_COUNT);
	for (const char *const *head =
		     (const char *const[]){"kind", "queue", "hour", "days", "share_held", "low",
					   "high", "verdict", NULL};
	     *head; head++)
		cli_table_add(&table, "%s", *head);
	for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
		cli_table_add(&table, "%s", outcomes[outcome]);
	cli_table_add(&table, "source");
	for (size_t i = 0; i < calibration->cell_count; i++) {
		const struct calibration_cell *cell = &calibration->cells[i];
		bool shown = has_shares(cell);

		cli_table_add(&table, "%s", kinds[cell->kind]);
		cli_table_add(&table, "%s",
			      has_queue(cell) ? calibration->queues[cell->queue].id : "");
		if (has_hour(cell))
			cli_table_add(&table, "%" PRIu32, cell->hour);
		else
			cli_table_add(&table, "%s", "");
		cli_table_add(&table, "%" PRId64, cell->days);
		add_share(&table, shown, shown ? share_of(cell, OUTCOME_HELD) : 0);
		add_share(&table, cell->has_interval, cell->low);
		add_share(&table, cell->has_interval, cell->high);
		cli_table_add(&table, "%s", calibration_verdict_name(cell->verdict));
		for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
			cli_table_add(&table, "%" PRId64, cell->counts[outcome]);
		cli_table_add(&table, "%s", report_source(&origin));
	}
	cli_table_print(&table, CLI_CSV);
	cli_table_finish(&table);
}

/* ---- JSON ---- */

static void set_integer(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

static json_t *known_integer(int64_t value)
{
	return value ? json_integer(value) : json_null();
}

static json_t *cell_json(const struct calibration *calibration, const struct calibration_cell *cell)
{
	static const char *const shares[SHOWN] = {"share_below", "share_held", "share_above"};
	json_t *object = json_object(), *interval = json_array();

	json_object_set_new(object, "kind", json_string(kinds[cell->kind]));
	if (has_queue(cell))
		json_object_set_new(object, "queue",
				    json_string(calibration->queues[cell->queue].id));
	if (has_hour(cell))
		set_integer(object, "hour", cell->hour);
	set_integer(object, "n", cell->n);
	set_integer(object, "days", cell->days);
	for (int i = 0; i < SHOWN; i++)
		json_object_set_new(object, shares[i],
				    has_shares(cell) ? json_real(share_of(cell, OUTCOME_BELOW + i))
						     : json_null());
	json_array_append_new(interval, cell->has_interval ? json_real(cell->low) : json_null());
	json_array_append_new(interval, cell->has_interval ? json_real(cell->high) : json_null());
	json_object_set_new(object, "interval", interval);
	json_object_set_new(object, "verdict",
			    json_string(calibration_verdict_name(cell->verdict)));
	for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
		set_integer(object, outcomes[outcome], cell->counts[outcome]);
	return object;
}

static void print_json(const struct calibration *calibration)
{
	const struct report_origin origin = {calibration->days, calibration->simulated_days};
	json_t *object = json_object(), *cells = json_array();
	struct report_words words;

	calibration_sentence(&calibration->cells[0], &words);
	json_object_set_new(object, "hall", json_string(calibration->hall.id));
	json_object_set_new(object, "simulated", json_boolean(calibration->simulated));
	json_object_set_new(object, "simulated_days", report_origin_json(&origin));
	set_integer(object, "days", calibration->days);
	json_object_set_new(object, "first_day", known_integer(calibration->first_day));
	json_object_set_new(object, "last_day", known_integer(calibration->last_day));
	json_object_set_new(object, "open_day", known_integer((int64_t)calibration->open_day));
	set_integer(object, "as_of_ms", calibration->as_of_wall_ms);
	set_integer(object, "as_of_seq", (int64_t)calibration->as_of_seq);
	json_object_set_new(object, "all_kept", json_boolean(calibration->all_kept));
	json_object_set_new(object, "sentence_zh", json_string(words.zh));
	json_object_set_new(object, "sentence_en", json_string(words.en));
	json_object_set_new(object, "verdict",
			    json_string(calibration_verdict_name(calibration->cells[0].verdict)));
	for (size_t i = 0; i < calibration->cell_count; i++)
		json_array_append_new(cells, cell_json(calibration, &calibration->cells[i]));
	json_object_set_new(object, "cells", cells);
	cli_print_json(object);
	json_decref(object);
}

/* ---- page ---- */

static void put_rows(FILE *out, const struct calibration *calibration, enum calibration_kind kind)
{
	for (size_t i = 0; i < calibration->cell_count; i++) {
		char cells[HEADS][CELL_SIZE], text[REPORT_LABEL_SIZE];

		if (calibration->cells[i].kind != kind)
			continue;
		list_cells(&calibration->cells[i], cells);
		page_row_begin(out, label(calibration, &calibration->cells[i], text), "");
		for (int c = 0; c < HEADS; c++)
			page_cell(out, "%s", strcmp(cells[c], "-") != 0 ? cells[c] : "");
		page_row_end(out);
	}
}

static void put_left_out(FILE *out, const struct calibration_cell *whole)
{
	static const struct report_name columns[] = {{"未计入", "left out"}, {"次", "n"}};

	page_table_begin(out, "left-out", columns, 2);
	for (int outcome = 0; outcome < OUTCOME_BELOW; outcome++) {
		page_row_begin(out, reasons[outcome].zh, reasons[outcome].en);
		page_cell(out, "%" PRId64, whole->counts[outcome]);
		page_row_end(out);
	}
	page_table_end(out);
}

static void print_page(FILE *out, const struct calibration *calibration)
{
	const struct report_origin origin = {calibration->days, calibration->simulated_days};
	const struct stamp as_of = {.wall_ms = calibration->as_of_wall_ms,
				    .offset_min = calibration->as_of_offset_min};
	struct report_name columns[1 + HEADS];
	struct report_words words;
	char when[BASELINE_TIME_SIZE];

	calibration_sentence(&calibration->cells[0], &words);
	page_begin(out, &calibration->hall, &origin,
		   "预计等候的校准 calibration of the expected wait");
	fputs("<p>", out);
	page_period(out, "本期", "period", calibration->first_day, calibration->last_day,
		    calibration->days);
	if (calibration->open_day)
		fputs(" 今日尚未结束 <span lang=\"en\">the last day is still open</span>", out);
	fprintf(out,
		"<br/>截至 <span lang=\"en\">as of</span> %s (事件 <span lang=\"en\">event</span> "
		"%" PRIu64 ")</p>\n",
		baseline_time(&as_of, when), calibration->as_of_seq);
	page_words(out, "said", &words);
	put_left_out(out, &calibration->cells[0]);
	memcpy(&columns[1], heads, sizeof(heads));
	for (int kind = 0; kind <= CALIBRATION_HOUR; kind++) {
		columns[0] = kind_names[kind];
		page_table_begin(out, "calibration", columns, 1 + HEADS);
		put_rows(out, calibration, (enum calibration_kind)kind);
		page_table_end(out);
	}
	page_end(out);
}

void calibration_print(const struct calibration *calibration, enum report_format format)
{
	switch (format) {
	case REPORT_JSON: print_json(calibration); break;
	case REPORT_CSV: print_csv(calibration); break;
	case REPORT_HTML: print_page(stdout, calibration); break;
	default: print_text(calibration); break;
	}
}
