/* Following the tickets of one opening after the other, for what a replay needs of them. Durations
 * are those of docs/measurement.md: by the monotonic clock of one boot; across boots they are
 * unknown here. */
#include "src/simulate/past.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/ledger.h"
#include "src/simulate/dates.h"
#include "src/simulate/grow.h"
#include "src/simulate/scenario_private.h"

#define DAY_MS INT64_C(86400000)

/* A visit on its way. */
struct under_way {
	int64_t ticket;
	int64_t arrival_mono_ms, leg_mono_ms, called_mono_ms;
	uint32_t boot;	    /* of its issue */
	uint32_t leg_queue; /* ordinal */
	bool waits, at_window, work_call, reached, works, unknown;
};

struct reading {
	struct past *past;
	int64_t from, to;
	past_day_fn fn;
	void *user;
	int64_t date; /* of the open day, 0 none */
	int64_t midnight_ms;
	uint32_t boot; /* daemon starts with another boot id, counted */
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
	items = sim_grow(past->item, &past->item_capacity, (size_t)ordinal, sizeof(*items));
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
	queues = sim_grow(past->queue, &past->queue_capacity, (size_t)ordinal, sizeof(*queues));
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

static void start_leg(struct reading *reading, struct under_way *way, uint32_t queue,
		      int64_t now_ms)
{
	way->leg_queue = queue;
	way->leg_mono_ms = now_ms;
	way->waits = true;
	way->at_window = false;
	way->works |= reading->past->queue[queue].work;
}

static int on_issued(struct reading *reading, const struct event *event)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	struct past *past = reading->past;
	int64_t item = get_item(past, issued->item), queue = get_queue(past, issued->queue);
	int64_t local_ms = event->at.wall_ms + event->at.offset_min * INT64_C(60000);
	struct past_visit *visits;
	struct under_way *ways;

	if (item < 0 || queue < 0)
		return item < 0 ? (int)item : (int)queue;
	if (reading->count && reading->ways[reading->count - 1].ticket >= issued->ticket)
		return -EPROTO;
	visits = sim_grow(reading->visits, &reading->visit_capacity, reading->count,
			  sizeof(*visits));
	if (visits)
		reading->visits = visits;
	ways = sim_grow(reading->ways, &reading->way_capacity, reading->count, sizeof(*ways));
	if (ways)
		reading->ways = ways;
	if (!visits || !ways)
		return -ENOMEM;
	visits[reading->count] = (struct past_visit){
		.arrival_ms =
			local_ms - (event->at.mono_ms - issued->arrival_ms) - reading->midnight_ms,
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
	ways[reading->count] = (struct under_way){.ticket = issued->ticket,
						  .arrival_mono_ms = issued->arrival_ms,
						  .boot = reading->boot};
	start_leg(reading, &ways[reading->count++], (uint32_t)queue, issued->arrival_ms);
	return 0;
}

static void on_called(struct reading *reading, size_t i, int64_t now_ms)
{
	struct past_visit *visit = &reading->visits[i];
	struct under_way *way = &reading->ways[i];
	bool work = reading->past->queue[way->leg_queue].work;

	if (!way->waits)
		return; /* called again in the same leg: the window has been held since the first */
	way->waits = false;
	way->at_window = true;
	way->work_call = work;
	way->called_mono_ms = now_ms;
	if (!way->reached)
		visit->wait_ms += now_ms - way->leg_mono_ms;
	way->reached |= work;
	visit->called |= work;
}

/* The window is free of it. */
static void on_left(struct past_visit *visit, struct under_way *way, int64_t now_ms)
{
	if (!way->at_window)
		return;
	way->at_window = false;
	if (!way->work_call)
		return;
	visit->hold_ms = (visit->hold_ms < 0 ? 0 : visit->hold_ms) + now_ms - way->called_mono_ms;
}

static int on_ticket(struct reading *reading, const struct event *event)
{
	int64_t ticket = event_ticket(event), now_ms = event->at.mono_ms, queue;
	size_t low = 0, high = reading->count;
	struct past_visit *visit;
	struct under_way *way;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (reading->ways[middle].ticket < ticket)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == reading->count || reading->ways[low].ticket != ticket)
		return 0;
	visit = &reading->visits[low];
	way = &reading->ways[low];
	way->unknown |= way->boot != reading->boot;
	switch (event->type) {
	case EVENT_TICKET_CALLED: on_called(reading, low, now_ms); return 0;
	case EVENT_SERVICE_STARTED:
		if (way->work_call && visit->walk_ms < 0)
			visit->walk_ms = now_ms - way->called_mono_ms;
		visit->served |= way->work_call;
		return 0;
	case EVENT_SERVICE_FINISHED:
		visit->implied |= event->u.service_finished.implied;
		on_left(visit, way, now_ms);
		return 0;
	case EVENT_TICKET_NO_SHOW:
	case EVENT_TICKET_PARKED: on_left(visit, way, now_ms); return 0;
	case EVENT_TICKET_CANCELLED:
		if (!visit->called)
			visit->left_ms = now_ms - way->arrival_mono_ms;
		way->waits = false;
		on_left(visit, way, now_ms);
		return 0;
	case EVENT_TICKET_RESUMED:
	case EVENT_TICKET_TRANSFERRED:
		on_left(visit, way, now_ms);
		queue = get_queue(reading->past, event->type == EVENT_TICKET_RESUMED
							 ? event->u.ticket_resumed.queue
							 : event->u.ticket_transferred.to);
		if (queue < 0)
			return (int)queue;
		if (way->waits && !way->reached)
			visit->wait_ms += now_ms - way->leg_mono_ms;
		start_leg(reading, way, (uint32_t)queue, now_ms);
		return 0;
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
	filings = sim_grow(reading->filings, &reading->filing_capacity, reading->filing_count,
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

static int on_day_closed(struct reading *reading, const struct event *event)
{
	struct past_day day = {.date = reading->date,
			       .visits = reading->visits,
			       .filings = reading->filings,
			       .filing_count = reading->filing_count};
	bool wanted = (!reading->from || day.date >= reading->from) &&
		      (!reading->to || day.date <= reading->to);

	for (size_t i = 0; i < reading->count; i++) {
		struct past_visit *visit = &reading->visits[i];
		struct under_way *way = &reading->ways[i];

		if (!way->works)
			continue;
		on_left(visit, way, event->at.mono_ms);
		if (way->unknown || way->boot != reading->boot)
			visit->wait_ms = visit->hold_ms = visit->walk_ms = visit->left_ms = -1;
		if (!visit->called)
			visit->wait_ms = -1;
		visit->no_show = visit->called && !visit->served;
		reading->visits[day.visit_count++] = *visit;
	}
	for (size_t i = 0; i < reading->filing_count; i++)
		reading->filings[i].filed_ms -= reading->midnight_ms;
	reading->count = reading->filing_count = 0;
	reading->date = 0;
	return wanted ? reading->fn(reading->user, &day) : 0;
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

	switch (event->type) {
	case EVENT_DAEMON_STARTED:
		if (strcmp(reading->boot_id, event->u.daemon_started.boot) != 0) {
			reading->boot++;
			memcpy(reading->boot_id, event->u.daemon_started.boot,
			       sizeof(reading->boot_id));
		}
		return 0;
	case EVENT_DAY_OPENED:
		reading->date = event->u.day_opened.date;
		reading->midnight_ms = dates_number(reading->date) * DAY_MS;
		return 0;
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
