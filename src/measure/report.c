/* A report from a log: its definitions and digests read, and added up. */
#include "src/measure/report.h"

#include <errno.h>
#include <stdlib.h>

#include "src/measure/collect.h"
#include "src/measure/digest.h"

struct whole {
	struct measure_report report; /* first */
	const struct measure_options *options;
	struct collect *collect;
	uint64_t newest; /* event, seen while days were read: a daemon may write on */
};

static int take_definition(void *user, const struct store_row *row)
{
	return collect_define(user, &row->event);
}

static int take_day(void *user, const struct store_day *day)
{
	struct whole *whole = user;

	if (day->last_seq > whole->newest)
		whole->newest = day->last_seq;
	if (whole->options->last_seq && day->last_seq > whole->options->last_seq)
		return 0;
	if (whole->options->closed && day->open)
		return 0;
	return collect_day(whole->collect, day);
}

static int take_newest(void *user, const struct store_row *row)
{
	struct measure_report *report = user;

	report->as_of_seq = row->event.seq;
	report->as_of_wall_ms = row->event.at.wall_ms;
	report->as_of_offset_min = row->event.at.offset_min;
	return 0;
}

static int read_all(struct store_reader *reader, const struct measure_options *options,
		    struct whole *whole)
{
	struct store_days_query query = {.from = options->from,
					 .to = options->to,
					 .recount = options->recount,
					 .digest = &digest_maker};
	struct measure_report newest = {0};
	int r = collect_create(&whole->collect, options);

	if (r == 0)
		r = store_reader_last_seq(reader, &whole->newest);
	if (r == 0)
		r = store_reader_context(reader, 1, whole->newest, take_definition, whole->collect);
	if (r < 0)
		return r;
	query.parts = collect_parts(whole->collect);
	whole->options = options;
	r = store_reader_days(reader, &query, take_day, whole);
	if (r == 0 && whole->newest)
		r = store_reader_each(reader, whole->newest, whole->newest, take_newest, &newest);
	if (r == 0)
		r = collect_finish(whole->collect, &whole->report);
	if (r < 0)
		return r;
	whole->report.as_of_seq = newest.as_of_seq;
	whole->report.as_of_wall_ms = newest.as_of_wall_ms;
	whole->report.as_of_offset_min = newest.as_of_offset_min;
	return 0;
}

int measure_read(struct store_reader *reader, const struct measure_options *options,
		 struct measure_report **ret_report)
{
	struct whole *whole;
	int r;

	if (options->target_ms % 1000)
		return -EINVAL;
	whole = calloc(1, sizeof(*whole));
	if (!whole)
		return -ENOMEM;
	r = read_all(reader, options, whole);
	if (r < 0) {
		measure_report_free(&whole->report);
		return r;
	}
	*ret_report = &whole->report;
	return 0;
}

void measure_report_free(struct measure_report *report)
{
	struct whole *whole = (struct whole *)report;

	if (!whole)
		return;
	collect_destroy(whole->collect);
	free(whole);
}
