/* From events to observations. A ledger of the open day's tickets follows each leg; when a leg is
 * called, or ends uncalled, its wait goes to the groups that it belongs to. Definitions:
 * docs/measurement.md. */
#include "src/measure/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/observe.h"

struct moment {
	int64_t boot;  /* ordinal of the boot id */
	int64_t steps; /* of the clock so far, in the whole log */
	int64_t mono_ms, wall_ms;
};

struct entry {
	int64_t ticket;
	int64_t queue; /* ordinal */
	int64_t hour;
	int64_t window;
	struct moment issued, leg_start, called;
	bool open, is_called, reached; /* reached: called in a work leg once */
	bool total_known;
	int64_t total_ms; /* waits of the legs so far */
};

struct queue_known {
	char id[CORE_ID_SIZE], zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	bool work;
};

struct measure {
	struct measure_options options;
	struct event_hall_defined hall;
	struct queue_known queues[CORE_MAX_QUEUES];
	size_t queue_count;
	struct {
		int64_t number;
		char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	} windows[CORE_MAX_WINDOWS];
	size_t window_count;
	char boot[CORE_BOOT_SIZE];
	int64_t boots;
	int64_t day;	       /* open service day, 0 */
	bool counts;	       /* it is in the range */
	struct entry *entries; /* of the day, rising ticket ids */
	size_t entry_count, entry_capacity;
	struct buckets buckets;
	struct samples totals;
	struct measure_visits visits;
	struct measure_order order;
	struct moment now;
	int32_t offset_min;
	uint64_t seq;
	struct measure_group *groups;
};

int measure_create(struct measure **ret_measure, const struct measure_options *options)
{
	struct measure *measure = calloc(1, sizeof(*measure));

	if (!measure)
		return -ENOMEM;
	measure->options = *options;
	*ret_measure = measure;
	return 0;
}

void measure_destroy(struct measure *measure)
{
	if (!measure)
		return;
	buckets_finish(&measure->buckets);
	samples_finish(&measure->totals);
	free(measure->entries);
	free(measure->groups);
	free(measure);
}

static int64_t target_ms(const struct measure *measure)
{
	return measure->options.target_ms ? measure->options.target_ms : measure->hall.target_ms;
}

/* Within a boot the monotonic clock decides. Across boots only the wall clock is left: usable if
 * nobody set it between and it did not run backwards. -1: unknown. */
static int64_t duration_ms(const struct moment *from, const struct moment *to)
{
#ifdef MEASURE_BREAK_WALL /* a deliberately broken build: the tests must notice */
	return to->wall_ms - from->wall_ms;
#else
	int64_t ms =
		from->boot == to->boot ? to->mono_ms - from->mono_ms : to->wall_ms - from->wall_ms;

#ifndef MEASURE_BREAK_STEPS /* a deliberately broken build: the tests must notice */
	if (from->boot != to->boot && from->steps != to->steps)
		return -1;
#endif
	return ms >= 0 ? ms : -1;
#endif
}

static int64_t queue_ordinal(const struct measure *measure, const char *id)
{
	for (size_t i = 0; i < measure->queue_count; i++)
		if (!strcmp(measure->queues[i].id, id))
			return (int64_t)i;
	return -1;
}

static struct entry *find_entry(struct measure *measure, int64_t ticket)
{
	size_t low = 0, high = measure->entry_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (measure->entries[middle].ticket < ticket)
			low = middle + 1;
		else
			high = middle;
	}
	return low < measure->entry_count && measure->entries[low].ticket == ticket
		       ? &measure->entries[low]
		       : NULL;
}

/* Adds one in every group that this leg belongs to. */
static int count(struct measure *measure, const struct entry *entry, int64_t window,
		 enum figure figure)
{
	const int64_t keys[MEASURE_KIND_COUNT] = {[MEASURE_DAY] = measure->day,
						  [MEASURE_HOUR] = entry->hour,
						  [MEASURE_QUEUE] = entry->queue,
						  [MEASURE_WINDOW] = window};

	if (!measure->counts)
		return 0;
	for (int kind = 0; kind <= MEASURE_WINDOW; kind++) {
		struct bucket *bucket;

		if (kind == MEASURE_WEEKDAY || (kind == MEASURE_WINDOW && !window))
			continue;
		bucket = buckets_get(&measure->buckets, (enum measure_kind)kind, keys[kind]);
		if (!bucket)
			return -ENOMEM;
		figures_count(&bucket->group.figures, figure);
	}
	return 0;
}

static int add_wait(struct measure *measure, const struct entry *entry, int64_t wait_ms)
{
	const int64_t keys[MEASURE_KIND_COUNT] = {[MEASURE_DAY] = measure->day,
						  [MEASURE_HOUR] = entry->hour,
						  [MEASURE_QUEUE] = entry->queue,
						  [MEASURE_WINDOW] = entry->window};

	if (!measure->counts)
		return 0;
	for (int kind = 0; kind <= MEASURE_WINDOW; kind++) {
		struct bucket *bucket;
		struct measure_figures *figures;

		if (kind == MEASURE_WEEKDAY)
			continue;
		bucket = buckets_get(&measure->buckets, (enum measure_kind)kind, keys[kind]);
		if (!bucket || samples_add(&bucket->waits, wait_ms) < 0)
			return -ENOMEM;
		figures = &bucket->group.figures;
		figures->called++;
		figures->sum_ms += wait_ms;
		figures->max_ms = wait_ms > figures->max_ms ? wait_ms : figures->max_ms;
		figures->decided++;
		figures->within += wait_ms <= target_ms(measure);
	}
	return 0;
}

/* A leg that ended, or still stands, uncalled: it counts against the target once it is older. */
enum uncalled_why { WHY_CANCELLED, WHY_CLOSED, WHY_WAITING };

static int add_uncalled(struct measure *measure, const struct entry *entry, enum uncalled_why why)
{
	const int64_t keys[] = {[MEASURE_DAY] = measure->day,
				[MEASURE_HOUR] = entry->hour,
				[MEASURE_QUEUE] = entry->queue};
	int64_t age_ms = duration_ms(&entry->leg_start, &measure->now);

	if (!measure->counts)
		return 0;
	for (int kind = 0; kind < MEASURE_WINDOW; kind++) {
		struct bucket *bucket;
		struct measure_figures *figures;

		if (kind == MEASURE_WEEKDAY)
			continue;
		bucket = buckets_get(&measure->buckets, (enum measure_kind)kind, keys[kind]);
		if (!bucket)
			return -ENOMEM;
		figures = &bucket->group.figures;
		figures->cancelled += why == WHY_CANCELLED;
		figures->uncalled += why == WHY_CLOSED;
		figures->waiting += why == WHY_WAITING;
		if (age_ms > target_ms(measure))
			figures->decided++;
		else
			figures->undecided++;
	}
	return 0;
}

static int start_leg(struct measure *measure, struct entry *entry, int64_t queue)
{
	entry->queue = queue;
	entry->open = true;
	entry->is_called = false;
	return count(measure, entry, 0, FIGURE_LEG);
}

static int on_issued(struct measure *measure, const struct event *event)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	int64_t local_s = event->at.wall_ms / 1000 + event->at.offset_min * 60LL;
	struct entry *entry;
	int r;

	if (measure->entry_count == measure->entry_capacity) {
		size_t capacity = measure->entry_capacity ? measure->entry_capacity * 2 : 256;
		struct entry *entries = realloc(measure->entries, capacity * sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		measure->entries = entries;
		measure->entry_capacity = capacity;
	}
	if (measure->entry_count &&
	    measure->entries[measure->entry_count - 1].ticket >= issued->ticket)
		return -EPROTO;
	entry = &measure->entries[measure->entry_count++];
	memset(entry, 0, sizeof(*entry));
	entry->ticket = issued->ticket;
	entry->queue = queue_ordinal(measure, issued->queue);
	entry->hour = (local_s % 86400 + 86400) % 86400 / 3600;
	entry->issued = measure->now;
	entry->issued.mono_ms = issued->arrival_ms;
	entry->issued.wall_ms -= event->at.mono_ms - issued->arrival_ms;
	entry->leg_start = entry->issued;
	entry->total_known = true;
	r = count(measure, entry, 0, FIGURE_ISSUED);
	return r < 0 ? r : start_leg(measure, entry, entry->queue);
}

/* The first call in a work leg ends the wait of the visit. */
static int reach(struct measure *measure, struct entry *entry)
{
	int64_t to_window_ms = duration_ms(&entry->issued, &measure->now);
	struct measure_visits *visits = &measure->visits;

	entry->reached = true;
	if (!measure->counts || !entry->total_known || to_window_ms < 0)
		return 0;
	visits->n++;
	visits->total_sum_ms += entry->total_ms;
	visits->window_sum_ms += to_window_ms;
	if (entry->total_ms > visits->total_max_ms)
		visits->total_max_ms = entry->total_ms;
	return samples_add(&measure->totals, entry->total_ms);
}

static void add_to_total(struct entry *entry, int64_t wait_ms)
{
	if (wait_ms < 0)
		entry->total_known = false;
	else
		entry->total_ms += wait_ms;
}

static int count_window_leg(struct measure *measure, int64_t window)
{
	struct bucket *bucket;

	if (!measure->counts)
		return 0;
	bucket = buckets_get(&measure->buckets, MEASURE_WINDOW, window);
	if (!bucket)
		return -ENOMEM;
	bucket->group.figures.legs++;
	return 0;
}

static int on_called(struct measure *measure, struct entry *entry, int64_t window)
{
	int64_t wait_ms = duration_ms(&entry->leg_start, &measure->now);
	int r;

	if (entry->is_called)
		return 0; /* never moved by a later call of the same leg */
	entry->is_called = true;
	entry->called = measure->now;
	entry->window = window;
	if (!entry->reached)
		add_to_total(entry, wait_ms);
	r = count_window_leg(measure, window);
	if (r == 0)
		r = wait_ms < 0 ? count(measure, entry, window, FIGURE_EXCLUDED)
				: add_wait(measure, entry, wait_ms);
	if (r == 0 && !entry->reached && entry->queue >= 0 && measure->queues[entry->queue].work)
		r = reach(measure, entry);
	return r;
}

static int on_transferred(struct measure *measure, struct entry *entry, const char *to)
{
	int r = 0;

	if (entry->open && !entry->is_called) {
		if (!entry->reached)
			add_to_total(entry, duration_ms(&entry->leg_start, &measure->now));
		r = count(measure, entry, 0, FIGURE_MOVED);
	}
	entry->leg_start = measure->now;
	return r < 0 ? r : start_leg(measure, entry, queue_ordinal(measure, to));
}

static int on_cancelled(struct measure *measure, struct entry *entry)
{
	int r = 0;

	if (entry->open && !entry->is_called)
		r = add_uncalled(measure, entry, WHY_CANCELLED);
	entry->open = false;
	return r;
}

static int on_ticket(struct measure *measure, const struct event *event)
{
	struct entry *entry = find_entry(measure, event_ticket(event));

	if (!entry)
		return -EPROTO;
	if (event->type == EVENT_TICKET_CALLED && measure->counts)
		order_count(&measure->order, &event->u.ticket_called);
	switch (event->type) {
	case EVENT_TICKET_CALLED: return on_called(measure, entry, event->u.ticket_called.window);
	case EVENT_SERVICE_FINISHED: return count(measure, entry, entry->window, FIGURE_SERVED);
	case EVENT_TICKET_NO_SHOW: return count(measure, entry, entry->window, FIGURE_NO_SHOW);
	case EVENT_TICKET_RESUMED:
		entry->leg_start = measure->now;
		return start_leg(measure, entry,
				 queue_ordinal(measure, event->u.ticket_resumed.queue));
	case EVENT_TICKET_TRANSFERRED:
		return on_transferred(measure, entry, event->u.ticket_transferred.to);
	case EVENT_TICKET_CANCELLED: return on_cancelled(measure, entry);
	default: return 0;
	}
}

static int on_day_opened(struct measure *measure, int64_t date)
{
	const struct measure_options *options = &measure->options;

	/* The same date may open again on an operator's word: its ledger goes on. */
	if (measure->day != -date)
		measure->entry_count = 0;
	measure->day = date;
	measure->counts =
		(!options->from || date >= options->from) && (!options->to || date <= options->to);
	if (!measure->counts)
		return 0;
	/* An opened day without tickets stays, with n = 0. */
	return buckets_get(&measure->buckets, MEASURE_DAY, date) ? 0 : -ENOMEM;
}

static int on_day_closed(struct measure *measure)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < measure->entry_count; i++) {
		struct entry *entry = &measure->entries[i];

		if (entry->open && !entry->is_called)
			r = add_uncalled(measure, entry, WHY_CLOSED);
		entry->open = false;
	}
	measure->day = -measure->day;
	return r;
}

static int on_queue(struct measure *measure, const struct event_queue_defined *def)
{
	int64_t ordinal = queue_ordinal(measure, def->queue);
	struct queue_known *queue;

	if (ordinal < 0 && measure->queue_count == CORE_MAX_QUEUES)
		return -EPROTO;
	queue = &measure->queues[ordinal >= 0 ? (size_t)ordinal : measure->queue_count++];
	memcpy(queue->id, def->queue, sizeof(queue->id));
	memcpy(queue->zh, def->zh, sizeof(queue->zh));
	memcpy(queue->en, def->en, sizeof(queue->en));
	queue->work = def->work;
	return 0;
}

static int on_window(struct measure *measure, const struct event_window_defined *def)
{
	size_t i = 0;

	while (i < measure->window_count && measure->windows[i].number != def->window)
		i++;
	if (i == CORE_MAX_WINDOWS)
		return -EPROTO;
	if (i == measure->window_count)
		measure->window_count++;
	measure->windows[i].number = def->window;
	memcpy(measure->windows[i].zh, def->zh, sizeof(def->zh));
	memcpy(measure->windows[i].en, def->en, sizeof(def->en));
	return 0;
}

static void on_daemon_started(struct measure *measure, const struct event_daemon_started *started)
{
	if (!strcmp(measure->boot, started->boot))
		return;
	memcpy(measure->boot, started->boot, sizeof(measure->boot));
	measure->boots++;
	measure->now.boot = measure->boots;
}

int measure_event(struct measure *measure, const struct event *event)
{
	if (event->type == EVENT_DAEMON_STARTED)
		on_daemon_started(measure, &event->u.daemon_started);
	measure->now.mono_ms = event->at.mono_ms;
	measure->now.wall_ms = event->at.wall_ms;
	measure->offset_min = event->at.offset_min;
	measure->seq = event->seq;
	measure->now.steps += event->type == EVENT_CLOCK_STEP;
	switch (event->type) {
	case EVENT_HALL_DEFINED: measure->hall = event->u.hall_defined; return 0;
	case EVENT_QUEUE_DEFINED: return on_queue(measure, &event->u.queue_defined);
	case EVENT_WINDOW_DEFINED: return on_window(measure, &event->u.window_defined);
	case EVENT_DAY_OPENED: return on_day_opened(measure, event->u.day_opened.date);
	case EVENT_DAY_CLOSED: return on_day_closed(measure);
	case EVENT_TICKET_ISSUED: return on_issued(measure, event);
	case EVENT_TICKET_CALLED:
	case EVENT_SERVICE_FINISHED:
	case EVENT_TICKET_NO_SHOW:
	case EVENT_TICKET_RESUMED:
	case EVENT_TICKET_TRANSFERRED:
	case EVENT_TICKET_CANCELLED: return on_ticket(measure, event);
	default: return 0;
	}
}

static void name_group(const struct measure *measure, struct measure_group *group)
{
	if (group->kind == MEASURE_QUEUE && group->key >= 0) {
		const struct queue_known *queue = &measure->queues[group->key];

		memcpy(group->id, queue->id, sizeof(queue->id));
		memcpy(group->zh, queue->zh, sizeof(group->zh));
		memcpy(group->en, queue->en, sizeof(group->en));
	}
	for (size_t i = 0; group->kind == MEASURE_WINDOW && i < measure->window_count; i++) {
		if (measure->windows[i].number != group->key)
			continue;
		memcpy(group->zh, measure->windows[i].zh, sizeof(group->zh));
		memcpy(group->en, measure->windows[i].en, sizeof(group->en));
	}
}

int measure_finish(struct measure *measure, struct measure_report *ret_report)
{
	struct measure_visits *visits = &measure->visits;
	int64_t days = 0; /* a date that was opened twice is one day */

	for (size_t i = 0; i < measure->entry_count && measure->day > 0; i++) {
		const struct entry *entry = &measure->entries[i];

		if (entry->open && !entry->is_called &&
		    add_uncalled(measure, entry, WHY_WAITING) < 0)
			return -ENOMEM;
	}
	if (!buckets_get(&measure->buckets, MEASURE_ALL, 0))
		return -ENOMEM;
	buckets_close(&measure->buckets);
	visits->total_p50_s = samples_quantile_s(&measure->totals, 50);
	visits->total_p90_s = samples_quantile_s(&measure->totals, 90);
	visits->total_p95_s = samples_quantile_s(&measure->totals, 95);
	measure->groups = calloc(measure->buckets.count, sizeof(*measure->groups));
	if (!measure->groups)
		return -ENOMEM;
	for (size_t i = 0; i < measure->buckets.count; i++) {
		measure->groups[i] = measure->buckets.list[i].group;
		name_group(measure, &measure->groups[i]);
		days += measure->groups[i].kind == MEASURE_DAY;
	}
	*ret_report = (struct measure_report){
		.days = days,
		.target_ms = target_ms(measure),
		.as_of_wall_ms = measure->now.wall_ms,
		.as_of_offset_min = measure->offset_min,
		.as_of_seq = measure->seq,
		.hall = measure->hall,
		.visits = *visits,
		.order = measure->order,
		.groups = measure->groups,
		.group_count = measure->buckets.count,
	};
	return 0;
}

/* ---- the whole ---- */

struct whole {
	struct measure_report report; /* first */
	struct measure *measure;
};

static int feed(void *user, const struct store_row *row)
{
	return measure_event(user, &row->event);
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
	r = measure_create(&whole->measure, options);
	if (r == 0)
		r = store_reader_each(reader, 1, UINT64_MAX, feed, whole->measure);
	if (r == 0)
		r = measure_finish(whole->measure, &whole->report);
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
	measure_destroy(whole->measure);
	free(whole);
}
