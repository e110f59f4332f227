/* From digests to groups and figures. Hours, queues, windows, clerks, items and departments add up
 * as the openings come; dates are kept, and weekdays and the whole are the dates added. */
#include "src/measure/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/ledger.h"

/* A text's names in two languages, as the newest definition has them. */
struct name {
	bool defined, work;
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
};

/* Groups of one kind: the index is hour, window number, weekday, or the ordinal of the text. */
struct table {
	struct gathered *list;
	struct name *names;
	size_t count, name_count;
	struct names texts;
};

struct date {
	int64_t date;
	bool simulated; /* one of its openings was */
	struct tally tally;
};

struct collect {
	struct measure_options options;
	struct event_hall_defined hall;
	struct origin origin;
	struct table tables[FAMILIES]; /* from PART_HOUR on */
	struct date *dates;	       /* rising */
	size_t date_count, date_capacity;
	struct tally weekdays[8], all; /* 1 Monday to 7 Sunday */
	uint32_t weekdays_seen;	       /* bit i */
	struct day_tally day;	       /* but its legs */
	uint64_t open_day;
	bool recounted;
	struct measure_group *groups;
};

static const enum measure_kind kinds[FAMILIES] = {
	[PART_HOUR] = MEASURE_HOUR,	[PART_QUEUE] = MEASURE_QUEUE,
	[PART_WINDOW] = MEASURE_WINDOW, [PART_CLERK] = MEASURE_CLERK,
	[PART_ITEM] = MEASURE_ITEM,	[PART_DEPARTMENT] = MEASURE_DEPARTMENT,
};

static bool has_texts(enum digest_part part)
{
	return part != PART_HOUR && part != PART_WINDOW;
}

int collect_create(struct collect **ret_collect, const struct measure_options *options)
{
	struct collect *collect = calloc(1, sizeof(*collect));

	if (!collect)
		return -ENOMEM;
	collect->options = *options;
	*ret_collect = collect;
	return 0;
}

void collect_destroy(struct collect *collect)
{
	if (!collect)
		return;
	origin_finish(&collect->origin);
	for (int part = PART_HOUR; part < FAMILIES; part++) {
		struct table *table = &collect->tables[part];

		for (size_t i = 0; i < table->count; i++)
			gathered_finish(&table->list[i]);
		free(table->list);
		free(table->names);
		names_finish(&table->texts);
	}
	for (size_t i = 0; i < collect->date_count; i++)
		tally_finish(&collect->dates[i].tally);
	for (size_t i = 0; i < 8; i++)
		tally_finish(&collect->weekdays[i]);
	tally_finish(&collect->all);
	day_tally_finish(&collect->day);
	free(collect->dates);
	free(collect->groups);
	free(collect);
}

static bool wants(const struct collect *collect, enum measure_kind kind)
{
	return !collect->options.kinds || collect->options.kinds & 1U << kind;
}

/* ---- definitions ---- */

/* Room for an index; what is new is zero. */
static int reserve(void **list, size_t *count, size_t index, size_t size)
{
	size_t more = *count ? *count : 32;
	uint8_t *grown;

	if (index < *count)
		return 0;
	while (more <= index)
		more *= 2;
	grown = realloc(*list, more * size);
	if (!grown)
		return -ENOMEM;
	memset(grown + *count * size, 0, (more - *count) * size);
	*list = grown;
	*count = more;
	return 0;
}

static int define(struct table *table, int64_t index, const struct name *name)
{
	void *names = table->names;
	int r = index < 0 ? (int)index
			  : reserve(&names, &table->name_count, (size_t)index, sizeof(*name));

	table->names = names;
	if (r == 0)
		table->names[index] = *name;
	return r;
}

static struct name name_of(const char *zh, const char *en)
{
	struct name name = {.defined = true};

	memcpy(name.zh, zh, strnlen(zh, sizeof(name.zh) - 1));
	memcpy(name.en, en, strnlen(en, sizeof(name.en) - 1));
	return name;
}

static int define_text(struct collect *collect, enum digest_part part, const char *text,
		       const struct name *name)
{
	struct table *table = &collect->tables[part];

	return define(table, names_get(&table->texts, text), name);
}

static int define_item(struct collect *collect, const struct event_item_defined *def)
{
	struct name item = name_of(def->zh, def->en);
	struct name department = name_of(def->department, def->department);
	int r = define_text(collect, PART_ITEM, def->item, &item);

	if (r < 0 || !def->department[0])
		return r;
	return define_text(collect, PART_DEPARTMENT, def->department, &department);
}

int collect_define(struct collect *collect, const struct event *event)
{
	const struct event_queue_defined *queue = &event->u.queue_defined;
	const struct event_window_defined *window = &event->u.window_defined;
	const struct event_clerk_defined *clerk = &event->u.clerk_defined;
	struct name name;

	switch (event->type) {
	case EVENT_DAEMON_STARTED: return origin_take(&collect->origin, event);
	case EVENT_HALL_DEFINED: collect->hall = event->u.hall_defined; return 0;
	case EVENT_QUEUE_DEFINED:
		name = name_of(queue->zh, queue->en);
		name.work = queue->work;
		return define_text(collect, PART_QUEUE, queue->queue, &name);
	case EVENT_WINDOW_DEFINED:
		if (window->window < 1 || window->window > CORE_MAX_WINDOW_NUMBER)
			return 0;
		name = name_of(window->zh, window->en);
		return define(&collect->tables[PART_WINDOW], window->window, &name);
	case EVENT_CLERK_DEFINED:
		name = name_of(clerk->zh, clerk->en);
		return define_text(collect, PART_CLERK, clerk->clerk, &name);
	case EVENT_ITEM_DEFINED: return define_item(collect, &event->u.item_defined);
	default: return 0;
	}
}

/* ---- openings ---- */

uint32_t collect_parts(const struct collect *collect)
{
	uint32_t parts = 1U << PART_DAY | 1U << PART_QUEUE; /* the worst queue is always told */

	for (int part = PART_HOUR; part < FAMILIES; part++)
		if (wants(collect, kinds[part]))
			parts |= 1U << part;
	return parts;
}

/* NULL: out of memory. */
static struct gathered *find_group(void *user, enum digest_part part, const char *text,
				   int64_t number)
{
	struct collect *collect = user;
	struct table *table = &collect->tables[part];
	int64_t index = has_texts(part) ? names_get(&table->texts, text) : number;
	void *list = table->list;
	int r = index < 0 ? (int)index
			  : reserve(&list, &table->count, (size_t)index, sizeof(*table->list));

	table->list = list;
	return r < 0 ? NULL : &table->list[index];
}

/* NULL: out of memory. */
static struct date *find_date(struct collect *collect, int64_t date)
{
	size_t low = 0, high = collect->date_count;
	void *dates = collect->dates;
	int r;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (collect->dates[middle].date < date)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < collect->date_count && collect->dates[low].date == date)
		return &collect->dates[low];
	r = reserve(&dates, &collect->date_capacity, collect->date_count, sizeof(struct date));
	collect->dates = dates;
	if (r < 0)
		return NULL;
	memmove(&collect->dates[low + 1], &collect->dates[low],
		(collect->date_count - low) * sizeof(struct date));
	collect->dates[low] = (struct date){.date = date};
	collect->date_count++;
	return &collect->dates[low];
}

int collect_day(struct collect *collect, const struct store_day *day)
{
	struct date *date = find_date(collect, day->date);
	int r;

	if (!date)
		return -ENOMEM;
	if (day->open)
		collect->open_day = (uint64_t)day->date;
	collect->recounted |= !day->open && !day->kept;
	/* the legs of the day go to its date, all else to the whole */
	date->simulated |= origin_is_simulated(&collect->origin, day->last_seq);
	collect->day.all = date->tally;
	r = digest_read_day(&day->parts[PART_DAY], &collect->day);
	date->tally = collect->day.all;
	collect->day.all = (struct tally){0};
	for (int part = PART_HOUR; r == 0 && part < FAMILIES; part++)
		if (collect_parts(collect) & 1U << part)
			r = digest_read_groups((enum digest_part)part, &day->parts[part],
					       find_group, collect);
	return r;
}

/* ---- dates ---- */

/* Days since 1970-01-01 of the proleptic Gregorian calendar; after H. Hinnant, "chrono-compatible
 * low-level date algorithms". */
static int64_t day_number(int64_t date)
{
	int64_t year = date / 10000, month = date / 100 % 100, day = date % 100;
	int64_t era, of_era;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	of_era = year - era * 400;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1 - 719468;
}

/* 1970-01-01 was a Thursday. 1 Monday to 7 Sunday */
static int64_t weekday_of(int64_t day_number)
{
	return ((day_number + 3) % 7 + 7) % 7 + 1;
}

static int add_dates(struct collect *collect)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < collect->date_count; i++) {
		const struct date *date = &collect->dates[i];

		int64_t weekday = weekday_of(day_number(date->date));

		collect->weekdays_seen |= 1U << weekday;
		r = tally_merge(&collect->weekdays[weekday], &date->tally);
	}
	for (size_t i = 1; r == 0 && i <= 7; i++)
		r = tally_merge(&collect->all, &collect->weekdays[i]);
	return r;
}

/* Mondays to Fridays between the first date and the last that are not there. */
static int64_t days_absent(const struct collect *collect)
{
	int64_t absent = 0;

	for (size_t i = 1; i < collect->date_count; i++) {
		int64_t day = day_number(collect->dates[i - 1].date) + 1;
		int64_t last = day_number(collect->dates[i].date) - 1;

		if (last < day)
			continue;
		absent += (last - day + 1) / 7 * 5;
		for (int64_t left = (last - day + 1) % 7; left > 0; left--, day++)
			absent += weekday_of(day) <= 5;
	}
	return absent;
}

/* ---- groups ---- */

static int64_t target_ms(const struct collect *collect)
{
	return collect->options.target_ms ? collect->options.target_ms : collect->hall.target_ms;
}

static int add_group(struct collect *collect, struct measure_report *report, enum measure_kind kind,
		     int64_t key, struct tally *tally)
{
	struct measure_group *group = &collect->groups[report->group_count++];
	int r = histogram_settle(&tally->waits);

	if (r == 0)
		r = histogram_settle(&tally->ages);
	*group = (struct measure_group){.kind = kind,
					.key = key,
					.figures = tally_figures(tally, target_ms(collect) / 1000),
					.waits = &tally->waits,
					.ages = &tally->ages};
	return r;
}

/* The group of an index, if a leg was there. */
static int add_from_table(struct collect *collect, struct measure_report *report,
			  enum digest_part part, size_t index, int64_t key)
{
	struct table *table = &collect->tables[part];
	struct measure_group *group = &collect->groups[report->group_count];
	int r;

	if (index >= table->count || !table->list[index].tally.counts[COUNT_LEGS])
		return 0;
	r = gathered_settle(&table->list[index]);
	if (r < 0)
		return r;
	r = add_group(collect, report, kinds[part], key, &table->list[index].tally);
	if (has_texts(part)) {
		const char *text = names_text(&table->texts, (uint32_t)index);

		memcpy(group->id, text, strnlen(text, sizeof(group->id) - 1));
	}
	if (index < table->name_count) {
		memcpy(group->zh, table->names[index].zh, sizeof(group->zh));
		memcpy(group->en, table->names[index].en, sizeof(group->en));
	}
	return r;
}

/* What was defined comes in the order of the definitions, then all else by its text. */
static int add_table(struct collect *collect, struct measure_report *report, enum digest_part part)
{
	const struct table *table = &collect->tables[part];
	size_t in_order = has_texts(part) ? 0 : table->count;
	uint32_t *sorted = has_texts(part) ? names_sorted(&table->texts) : NULL;
	int r = has_texts(part) && !sorted ? -ENOMEM : 0;

	while (has_texts(part) && in_order < table->name_count && table->names[in_order].defined)
		in_order++;
	for (size_t i = 0; r == 0 && i < in_order; i++)
		r = add_from_table(collect, report, part, i, (int64_t)i);
	for (size_t i = 0, key = in_order; r == 0 && sorted && i < table->texts.count; i++)
		if (sorted[i] >= in_order)
			r = add_from_table(collect, report, part, sorted[i], (int64_t)key++);
	free(sorted);
	return r;
}

static int add_dated(struct collect *collect, struct measure_report *report)
{
	int r = 0;

	if (wants(collect, MEASURE_ALL))
		r = add_group(collect, report, MEASURE_ALL, 0, &collect->all);
	for (size_t i = 0; r == 0 && wants(collect, MEASURE_DAY) && i < collect->date_count; i++)
		r = add_group(collect, report, MEASURE_DAY, collect->dates[i].date,
			      &collect->dates[i].tally);
	for (int i = 1; r == 0 && wants(collect, MEASURE_WEEKDAY) && i <= 7; i++)
		if (collect->weekdays_seen & 1U << i)
			r = add_group(collect, report, MEASURE_WEEKDAY, i, &collect->weekdays[i]);
	return r;
}

/* Is the mean of x higher than that of y? Both have waits; exact. */
static bool is_worse(const struct measure_figures *x, const struct measure_figures *y)
{
	int64_t whole_x = x->sum_ms / x->called, whole_y = y->sum_ms / y->called;

	if (whole_x != whole_y)
		return whole_x > whole_y;
	return x->sum_ms % x->called * y->called > y->sum_ms % y->called * x->called;
}

static const struct measure_group *find_worst(const struct collect *collect,
					      const struct measure_report *report)
{
	const struct table *queues = &collect->tables[PART_QUEUE];
	const struct measure_group *worst = NULL;

	for (size_t i = 0; i < report->group_count; i++) {
		const struct measure_group *group = &report->groups[i];
		bool work = group->kind == MEASURE_QUEUE &&
			    (size_t)group->key < queues->name_count &&
			    queues->names[group->key].work;

		if (!work || !group->figures.called)
			continue;
		if (!worst || is_worse(&group->figures, &worst->figures) ||
		    (!is_worse(&worst->figures, &group->figures) &&
		     strcmp(group->id, worst->id) < 0))
			worst = group;
	}
	return worst;
}

/* The queues come last where nobody asked for them: behind the groups that are told. */
static int add_groups(struct collect *collect, struct measure_report *report)
{
	size_t count = 1 + collect->date_count + 7, told;
	int r;

	for (int part = PART_HOUR; part < FAMILIES; part++)
		count += collect->tables[part].count;
	collect->groups = calloc(count, sizeof(*collect->groups));
	if (!collect->groups)
		return -ENOMEM;
	report->groups = collect->groups;
	r = add_dated(collect, report);
	for (int part = PART_HOUR; r == 0 && part < FAMILIES; part++)
		if (wants(collect, kinds[part]))
			r = add_table(collect, report, (enum digest_part)part);
	told = report->group_count;
	if (r == 0 && !wants(collect, MEASURE_QUEUE))
		r = add_table(collect, report, PART_QUEUE);
	if (r == 0)
		report->worst_queue = find_worst(collect, report);
	report->group_count = told;
	return r;
}

int collect_finish(struct collect *collect, struct measure_report *ret_report)
{
	const struct date *dates = collect->dates;
	size_t count = collect->date_count;
	struct measure_report report = {
		.days = (int64_t)count,
		.first_day = count ? dates[0].date : 0,
		.last_day = count ? dates[count - 1].date : 0,
		.target_ms = target_ms(collect),
		.open_day = collect->open_day,
		.all_kept = !collect->recounted,
		.hall = collect->hall,
		.order = collect->day.order,
		.findings = collect->day.findings,
		.recalls = collect->day.recalls,
		.recall_sum_ms = collect->day.recall_sum_ms,
		.visits = visit_tally_figures(&collect->day.visits, target_ms(collect) / 1000),
	};
	int r = add_dates(collect);

	for (size_t i = 0; i < count; i++)
		if (dates[i].simulated)
			origin_add_day(&report.simulated_days, dates[i].date);
	report.simulated = report.simulated_days.days > 0;
	if (r == 0)
		r = add_groups(collect, &report);
	if (r < 0)
		return r;
	report.findings.excluded = collect->all.counts[COUNT_EXCLUDED];
	report.findings.days_absent = days_absent(collect);
	*ret_report = report;
	return 0;
}
