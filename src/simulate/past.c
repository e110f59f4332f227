/* Following the tickets of one opening after the other, for what a replay needs of them. */
#include "src/simulate/past.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/grow.h"
#include "src/measure/ledger.h"
#include "src/simulate/dates.h"
#include "src/simulate/scenario_private.h"

#define DAY_MS INT64_C(86400000)

/* A visit on its way. */
struct under_way {
	int64_t ticket;
	struct moment issued, leg, called; /* leg: its newest one's start */
	struct moment arrived;		   /* in its first work queue */
	int64_t total_ms;		   /* waits of its legs so far; -1: unknown */
	int64_t window_ms;		   /* from its issue to its first call in a work leg; -1 */
	uint64_t implied_seq;		   /* of its newest implied service-finished */
	uint32_t implied;		   /* how many of its work legs' nobody pressed */
	uint32_t leg_queue;		   /* ordinal */
	bool waits, at_window, work_call, serving, hold_unknown;
};

struct reading {
	struct past *past;
	int64_t from, to;
	past_day_fn fn;
	void *user;
	int64_t date; /* of the open day, 0 none */
	int64_t midnight_ms;
	struct moment now; /* boot: daemon starts with another boot id, counted */
	int64_t local_ms;  /* now, as arrivals are told */
	uint64_t seq;
	char boot_id[CORE_BOOT_SIZE];
	struct past_visit *visits;
	struct under_way *ways;
	struct past_filing *filings;
	size_t count, visit_capacity, way_capacity, filing_count, filing_capacity;
};

/* ---- definitions ---- */

static int64_t get_item(struct past *past, const char *id)
{
	int64_t ordinal = names_get(&past->items, id);
	struct past_item *items;

	if (ordinal < 0)
		return ordinal;
	items = list_grow(past->item, &past->item_capacity, (size_t)ordinal, sizeof(*items));
	if (!items)
		return -ENOMEM;
	past->item = items;
	if (!items[ordinal].defined) {
		int64_t none = names_get(&past->departments, "");

		if (none < 0)
			return none;
		items[ordinal].department = (uint32_t)none;
	}
	return ordinal;
}

static int64_t get_queue(struct past *past, const char *id)
{
	int64_t ordinal = names_get(&past->queues, id);
	struct past_queue *queues;

	if (ordinal < 0)
		return ordinal;
	queues = list_grow(past->queue, &past->queue_capacity, (size_t)ordinal, sizeof(*queues));
	if (!queues)
		return -ENOMEM;
	past->queue = queues;
	return ordinal;
}

static int on_queue(struct past *past, const struct event_queue_defined *def)
{
	int64_t ordinal = get_queue(past, def->queue);

	if (ordinal < 0)
		return (int)ordinal;
	past->queue[ordinal] = (struct past_queue){
		.kind = def->kind != QUEUE_UNSTATED ? def->kind
			: def->work		    ? QUEUE_INTAKE
						    : QUEUE_GUIDE,
		.work = def->work,
	};
	return 0;
}

static int on_item(struct past *past, const struct event_item_defined *def)
{
	int64_t ordinal = get_item(past, def->item), department, queue;

	if (ordinal < 0)
		return (int)ordinal;
	department = names_get(&past->departments, def->department);
	queue = get_queue(past, def->queue);
	if (department < 0 || queue < 0)
		return department < 0 ? (int)department : (int)queue;
	/* A retired item keeps what it was. */
	if (!def->retired || !past->item[ordinal].defined)
		past->item[ordinal] = (struct past_item){.department = (uint32_t)department,
							 .queue = (uint32_t)queue,
							 .defined = true,
							 .skilled = def->skill[0] != '\0'};
	return 0;
}

bool past_item_is_pick_up(const struct past *past, uint32_t item)
{
	if (!strncmp(names_text(&past->items, item), SCENARIO_PICK_UP_ITEM,
		     strlen(SCENARIO_PICK_UP_ITEM)))
		return true;
	return past->item[item].defined && past->queue[past->item[item].queue].kind == QUEUE_ISSUE;
}

bool past_is_pick_up(const struct past *past, const struct past_visit *visit)
{
	return visit->kind == QUEUE_ISSUE || past_item_is_pick_up(past, visit->item);
}

void past_finish(struct past *past)
{
	names_finish(&past->items);
	names_finish(&past->departments);
	names_finish(&past->queues);
	free(past->item);
	free(past->queue);
	*past = (struct past){0};
}

/* ---- tickets ---- */

/* 0: it names none. */
static uint64_t case_of(const char *reference)
{
	return reference[0] ? ledger_case(reference) : 0;
}

static int64_t local_at(const struct reading *reading, int64_t mono_ms)
{
	int64_t ms = reading->local_ms - (reading->now.mono_ms - mono_ms);

	return ms > 0 ? ms : 0;
}

static void start_leg(struct reading *reading, size_t i, uint32_t queue, const struct moment *start)
{
	struct past_visit *visit = &reading->visits[i];
	struct under_way *way = &reading->ways[i];

	way->leg = *start;
	way->leg_queue = queue;
	way->waits = true;
	way->at_window = false;
	if (visit->works || !reading->past->queue[queue].work)
		return;
	visit->works = true;
	visit->queue = queue;
	visit->kind = (uint8_t)reading->past->queue[queue].kind;
	visit->arrival_ms = local_at(reading, start->mono_ms);
	visit->before_ms = way->total_ms > 0 ? way->total_ms : 0;
	way->arrived = *start;
}

static int on_issued(struct reading *reading, const struct event *event)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	struct past *past = reading->past;
	int64_t item = get_item(past, issued->item), queue = get_queue(past, issued->queue);
	struct moment start = reading->now;
	struct past_visit *visits;
	struct under_way *ways;

	if (item < 0 || queue < 0)
		return item < 0 ? (int)item : (int)queue;
	if (reading->count && reading->ways[reading->count - 1].ticket >= issued->ticket)
		return -EPROTO;
	visits = list_grow(reading->visits, &reading->visit_capacity, reading->count,
			   sizeof(*visits));
	if (visits)
		reading->visits = visits;
	ways = list_grow(reading->ways, &reading->way_capacity, reading->count, sizeof(*ways));
	if (ways)
		reading->ways = ways;
	if (!visits || !ways)
		return -ENOMEM;
	start.wall_ms -= start.mono_ms - issued->arrival_ms;
	start.mono_ms = issued->arrival_ms;
	visits[reading->count] = (struct past_visit){
		.arrival_ms = local_at(reading, start.mono_ms),
		.wait_ms = -1,
		.age_ms = -1,
		.hold_ms = -1,
		.walk_ms = -1,
		.left_ms = -1,
		.case_ref = case_of(issued->case_ref),
		.item = (uint32_t)item,
		.department = past->item[item].department,
		.queue = (uint32_t)queue,
		.class = (uint8_t)issued->class,
		.kind = (uint8_t)past->queue[queue].kind,
	};
	ways[reading->count] = (struct under_way){.ticket = issued->ticket, .issued = start};
	start_leg(reading, reading->count++, (uint32_t)queue, &start);
	return 0;
}

/* The newest leg waits no more. */
static void end_wait(struct reading *reading, size_t i)
{
	struct under_way *way = &reading->ways[i];
	int64_t wait_ms = ledger_duration(&way->leg, &reading->now);

	way->waits = false;
	if (!reading->visits[i].called && way->total_ms >= 0)
		way->total_ms = wait_ms < 0 ? -1 : way->total_ms + wait_ms;
}

static void on_called(struct reading *reading, size_t i)
{
	struct past_visit *visit = &reading->visits[i];
	struct under_way *way = &reading->ways[i];

	if (!way->waits)
		return; /* called again in the same leg: the window has been held since the first */
	end_wait(reading, i);
	way->at_window = true;
	way->work_call = reading->past->queue[way->leg_queue].work;
	way->called = reading->now;
	if (way->work_call && !visit->called)
		way->window_ms = ledger_duration(&way->issued, &way->called);
	visit->called |= way->work_call;
}

static void on_started(struct reading *reading, size_t i)
{
	struct past_visit *visit = &reading->visits[i];
	struct under_way *way = &reading->ways[i];

	way->serving = true;
	if (way->work_call && !visit->served)
		visit->walk_ms = ledger_duration(&way->called, &reading->now);
	visit->served |= way->work_call;
}

/* The window is free of it. */
static void on_left(struct reading *reading, size_t i)
{
	struct past_visit *visit = &reading->visits[i];
	struct under_way *way = &reading->ways[i];
	int64_t hold_ms = ledger_duration(&way->called, &reading->now);

	way->serving = false;
	if (!way->at_window)
		return;
	way->at_window = false;
	if (!way->work_call)
		return;
	way->hold_unknown |= hold_ms < 0;
	visit->hold_ms = (visit->hold_ms < 0 ? 0 : visit->hold_ms) + hold_ms;
}

static void on_finished(struct reading *reading, size_t i, bool implied)
{
	struct under_way *way = &reading->ways[i];

	implied &= way->work_call;
	way->implied += implied;
	way->implied_seq = implied ? reading->seq : 0;
	on_left(reading, i);
}

static int on_moved(struct reading *reading, size_t i, const char *to)
{
	struct under_way *way = &reading->ways[i];
	int64_t queue = get_queue(reading->past, to);

	if (queue < 0)
		return (int)queue;
	/* The transfer was what the clerk pressed. */
	way->implied -= way->implied_seq && way->implied_seq + 1 == reading->seq;
	on_left(reading, i);
	if (way->waits)
		end_wait(reading, i);
	start_leg(reading, i, (uint32_t)queue, &reading->now);
	return 0;
}

/* The waiting is over, and nobody called. */
static void end_uncalled(struct reading *reading, size_t i)
{
	struct past_visit *visit = &reading->visits[i];
	struct under_way *way = &reading->ways[i];

	if (!way->waits || visit->called)
		return;
	end_wait(reading, i);
	visit->uncalled = true;
	visit->age_ms = way->total_ms;
}

static void on_cancelled(struct reading *reading, size_t i)
{
	struct past_visit *visit = &reading->visits[i];

	if (!visit->called && visit->works)
		visit->left_ms = ledger_duration(&reading->ways[i].arrived, &reading->now);
	end_uncalled(reading, i);
	visit->cancelled = visit->uncalled;
	reading->ways[i].waits = false;
	on_left(reading, i);
}

static int on_ticket(struct reading *reading, const struct event *event)
{
	int64_t ticket = event_ticket(event);
	size_t low = 0, high = reading->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (reading->ways[middle].ticket < ticket)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == reading->count || reading->ways[low].ticket != ticket)
		return 0;
	switch (event->type) {
	case EVENT_TICKET_CALLED: on_called(reading, low); return 0;
	case EVENT_SERVICE_STARTED: on_started(reading, low); return 0;
	case EVENT_SERVICE_FINISHED:
		on_finished(reading, low, event->u.service_finished.implied);
		return 0;
	case EVENT_TICKET_NO_SHOW:
	case EVENT_TICKET_PARKED: on_left(reading, low); return 0;
	case EVENT_TICKET_CANCELLED: on_cancelled(reading, low); return 0;
	case EVENT_TICKET_RESUMED: return on_moved(reading, low, event->u.ticket_resumed.queue);
	case EVENT_TICKET_TRANSFERRED:
		return on_moved(reading, low, event->u.ticket_transferred.to);
	default: return 0;
	}
}

static int on_filing(struct reading *reading, const struct event *event)
{
	const struct event_online_filing *filing = &event->u.online_filing;
	int64_t item = get_item(reading->past, filing->item);
	struct past_filing *filings;

	if (item < 0)
		return (int)item;
	filings = list_grow(reading->filings, &reading->filing_capacity, reading->filing_count,
			    sizeof(*filings));
	if (!filings)
		return -ENOMEM;
	reading->filings = filings;
	filings[reading->filing_count++] = (struct past_filing){
		.filed_ms = filing->filed + event->at.offset_min * INT64_C(60000),
		.case_ref = case_of(filing->case_ref),
		.item = (uint32_t)item,
		.department = reading->past->item[item].department,
	};
	return 0;
}

/* ---- days ---- */

/* The close cuts off who is at a window: nobody knows how long it would have been held. */
static void end_visit(struct reading *reading, size_t i)
{
	struct past_visit *visit = &reading->visits[i];
	struct under_way *way = &reading->ways[i];

	end_uncalled(reading, i);
	visit->implied = way->implied || (way->serving && way->work_call);
	if (way->hold_unknown || (way->at_window && way->work_call))
		visit->hold_ms = -1;
	if (visit->called && way->window_ms >= 0)
		visit->wait_ms = way->total_ms;
	visit->no_show = visit->called && !visit->served;
}

static int on_day_closed(struct reading *reading, const struct event *event)
{
	struct past_day day = {.date = reading->date,
			       .visits = reading->visits,
			       .visit_count = reading->count,
			       .filings = reading->filings,
			       .filing_count = reading->filing_count};
	bool wanted = (!reading->from || day.date >= reading->from) &&
		      (!reading->to || day.date <= reading->to);

	for (size_t i = 0; i < reading->count; i++)
		end_visit(reading, i);
	for (size_t i = 0; i < reading->filing_count; i++)
		reading->filings[i].filed_ms -= reading->midnight_ms;
	reading->count = reading->filing_count = 0;
	reading->date = 0;
	if (!wanted)
		return 0;
	origin_add_day(&reading->past->dates, day.date);
	if (!strcmp(event->by, EVENT_BY_SIMULATION))
		origin_add_day(&reading->past->simulated, day.date);
	return reading->fn(reading->user, &day);
}

/* Local time goes on with the clock that nobody sets; from one boot to the next there is only the
 * wall clock. */
static void take_time(struct reading *reading, const struct event *event)
{
	int64_t passed_ms = event->at.mono_ms - reading->now.mono_ms;

	if (event->type == EVENT_DAEMON_STARTED &&
	    strcmp(reading->boot_id, event->u.daemon_started.boot) != 0) {
		reading->now.boot++;
		memcpy(reading->boot_id, event->u.daemon_started.boot, sizeof(reading->boot_id));
		passed_ms = event->at.wall_ms - reading->now.wall_ms;
		passed_ms = passed_ms > 0 ? passed_ms : 0;
	}
	reading->now.steps += event->type == EVENT_CLOCK_STEP;
	reading->now.mono_ms = event->at.mono_ms;
	reading->now.wall_ms = event->at.wall_ms;
	reading->seq = event->seq;
	reading->local_ms += passed_ms;
}

static void on_day_opened(struct reading *reading, const struct event *event)
{
	reading->date = event->u.day_opened.date;
	reading->midnight_ms = dates_number(reading->date) * DAY_MS;
	reading->local_ms =
		event->at.wall_ms + event->at.offset_min * INT64_C(60000) - reading->midnight_ms;
}

static int take_definition(void *user, const struct store_row *row)
{
	struct reading *reading = user;

	if (row->event.type == EVENT_QUEUE_DEFINED)
		return on_queue(reading->past, &row->event.u.queue_defined);
	if (row->event.type == EVENT_ITEM_DEFINED)
		return on_item(reading->past, &row->event.u.item_defined);
	return 0;
}

static int take_event(void *user, const struct store_row *row)
{
	struct reading *reading = user;
	const struct event *event = &row->event;

	take_time(reading, event);
	switch (event->type) {
	case EVENT_DAY_OPENED: on_day_opened(reading, event); return 0;
	case EVENT_DAY_CLOSED: return on_day_closed(reading, event);
	case EVENT_TICKET_ISSUED: return on_issued(reading, event);
	case EVENT_ONLINE_FILING: return on_filing(reading, event);
	default: return reading->count ? on_ticket(reading, event) : 0;
	}
}

int past_read(struct store_reader *reader, int64_t from, int64_t to, struct past *past,
	      past_day_fn fn, void *user)
{
	struct reading reading = {.past = past, .from = from, .to = to, .fn = fn, .user = user};
	uint64_t last = 0;
	int r = store_reader_last_seq(reader, &last);

	if (r < 0 || !last)
		return r;
	if (!fn)
		return store_reader_context(reader, 1, last, take_definition, &reading);
	r = store_reader_each(reader, 1, last, take_event, &reading);
	free(reading.visits);
	free(reading.ways);
	free(reading.filings);
	return r;
}
