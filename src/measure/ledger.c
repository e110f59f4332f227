/* Following the tickets of one opening, event by event. A leg's wait is counted when it is called,
 * an uncalled leg when its wait ends; what became of visits is seen at the end, ledger_cut.c. */
#include "src/measure/ledger_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_SERVICE_MS = 15000, REISSUE_MS = 300000 };

int ledger_create(struct ledger **ret_ledger)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	struct family *families;

	if (!ledger)
		return -ENOMEM;
	families = ledger->digest.families;
	families[PART_QUEUE].names = &ledger->queues;
	families[PART_CLERK].names = &ledger->clerks;
	families[PART_ITEM].names = &ledger->items;
	families[PART_DEPARTMENT].names = &ledger->departments;
	*ret_ledger = ledger;
	return 0;
}

void ledger_destroy(struct ledger *ledger)
{
	struct digest *digest;

	if (!ledger)
		return;
	digest = &ledger->digest;
	ledger_forget_groups(digest);
	for (int part = PART_HOUR; part < FAMILIES; part++)
		free(digest->families[part].list);
	free(digest->cells);
	free(digest->issued_in);
	free(digest->outcomes);
	free(digest->tickets.list);
	free(digest->filings.list);
	names_finish(&ledger->queues);
	names_finish(&ledger->clerks);
	names_finish(&ledger->items);
	names_finish(&ledger->departments);
	names_finish(&ledger->boots);
	free(ledger->queue_known);
	free(ledger->item_department);
	free(ledger->visits);
	free(ledger->legs);
	free(ledger->dropped);
	free(ledger);
}

/* Another opening begins: definitions, boot and clock stay. */
static void begin_anew(struct ledger *ledger)
{
	struct digest *digest = &ledger->digest;

	ledger_forget_groups(digest);
	if (digest->issued_in_count)
		memset(digest->issued_in, 0, digest->issued_in_count * sizeof(*digest->issued_in));
	if (digest->outcome_count)
		memset(digest->outcomes, 0, digest->outcome_count * sizeof(*digest->outcomes));
	digest->cell_count = 0;
	digest->tickets.count = digest->filings.count = 0;
	digest->tickets.without = digest->filings.without = 0;
	ledger->visit_count = ledger->leg_count = 0;
	ledger->dropped_from = ledger->dropped_count = 0;
	ledger->is_open = ledger->is_cut = false;
}

static int64_t known_ms(int64_t ms)
{
	return ms >= 0 && ms / 1000 <= UINT32_MAX ? ms : -1;
}

/* Within a boot the monotonic clock decides. Across boots only the wall clock is left: usable if
 * nobody set it between and it did not run backwards. */
int64_t ledger_duration(const struct moment *from, const struct moment *to)
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
	return known_ms(ms);
#endif
}

/* ---- definitions ---- */

/* Room for a text's ordinal in a table beside its names; what is new is zero. */
static int reserve(void **table, uint32_t *count, int64_t ordinal, size_t size)
{
	size_t capacity = *count;
	void *grown;

	if (ordinal < 0)
		return (int)ordinal;
	grown = list_grow(*table, &capacity, (size_t)ordinal, size);
	if (!grown)
		return -ENOMEM;
	*table = grown;
	*count = (uint32_t)capacity;
	return 0;
}

static int64_t get_queue(struct ledger *ledger, const char *id)
{
	int64_t ordinal = names_get(&ledger->queues, id);
	void *table = ledger->queue_known;
	int r = reserve(&table, &ledger->queue_count, ordinal, sizeof(struct queue_known));

	ledger->queue_known = table;
	return r < 0 ? r : ordinal;
}

static int64_t get_item(struct ledger *ledger, const char *id)
{
	int64_t ordinal = names_get(&ledger->items, id);
	void *table = ledger->item_department;
	int r = reserve(&table, &ledger->item_count, ordinal, sizeof(uint32_t));

	ledger->item_department = table;
	return r < 0 ? r : ordinal;
}

static int on_queue(struct ledger *ledger, const struct event_queue_defined *def)
{
	int64_t ordinal = get_queue(ledger, def->queue);
	bool stated = def->kind > QUEUE_UNSTATED && def->kind < QUEUE_KIND_COUNT;

	if (ordinal < 0)
		return (int)ordinal;
	ledger->queue_known[ordinal] = (struct queue_known){
		.work = def->work,
		.kind = stated	    ? def->kind
			: def->work ? QUEUE_INTAKE
				    : QUEUE_GUIDE,
	};
	return 0;
}

static int on_item(struct ledger *ledger, const struct event_item_defined *def)
{
	int64_t ordinal = get_item(ledger, def->item);
	int64_t department = names_get(&ledger->departments, def->department);

	if (ordinal < 0 || department < 0)
		return ordinal < 0 ? (int)ordinal : (int)department;
	ledger->item_department[ordinal] = (uint32_t)department + 1;
	return 0;
}

/* ---- tickets ---- */

static struct visit *find_visit(struct ledger *ledger, int64_t ticket)
{
	size_t low = 0, high = ledger->visit_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ledger->visits[middle].ticket < ticket)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ledger->visit_count && ledger->visits[low].ticket == ticket
		       ? &ledger->visits[low]
		       : NULL;
}

static int start_leg(struct ledger *ledger, struct visit *visit, const char *queue,
		     const struct moment *start)
{
	int64_t ordinal = get_queue(ledger, queue);
	struct leg *legs;

	if (ordinal < 0)
		return (int)ordinal;
	legs = list_grow(ledger->legs, &ledger->leg_capacity, ledger->leg_count, sizeof(*legs));
	if (!legs)
		return -ENOMEM;
	ledger->legs = legs;
	legs[ledger->leg_count] = (struct leg){
		.visit = (uint32_t)(visit - ledger->visits),
		.queue = (uint32_t)ordinal,
		.start = *start,
		.start_seq = ledger->seq,
	};
	visit->leg = (uint32_t)ledger->leg_count++;
	return ledger_count(ledger, &legs[visit->leg], COUNT_LEGS);
}

uint64_t ledger_case(const char *reference)
{
	uint8_t hash[STORE_HASH_SIZE];
	uint64_t value = 0;

	store_digest(reference, strlen(reference), hash);
	for (int i = 7; i >= 0; i--)
		value = value << 8 | hash[i];
	return value ? value : 1; /* 0 is none */
}

static int add_case(struct cases *cases, uint64_t reference)
{
	uint64_t *list;

	if (!reference) {
		cases->without++;
		return 0;
	}
	list = list_grow(cases->list, &cases->capacity, cases->count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	cases->list = list;
	list[cases->count++] = reference;
	return 0;
}

/* Was one like it cancelled uncalled a moment ago? */
static void look_for_dropped(struct ledger *ledger, const struct visit *visit)
{
	struct dropped *list = ledger->dropped;

	for (size_t i = ledger->dropped_from; i < ledger->dropped_count; i++) {
		int64_t ms = ledger_duration(&list[i].at, &ledger->now);
		bool over = list[i].anew || ms > REISSUE_MS;

		if (over && i == ledger->dropped_from)
			ledger->dropped_from++;
		if (over || ms < 0 || list[i].queue != visit->queue ||
		    list[i].item != visit->item || list[i].case_ref != visit->case_ref)
			continue;
		list[i].anew = true;
		ledger->digest.day.findings.cancel_reissue++;
	}
}

static int add_visit(struct ledger *ledger, const struct event *event, struct visit **ret_visit)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	int64_t local_s = event->at.wall_ms / 1000 + event->at.offset_min * 60LL;
	int64_t queue = get_queue(ledger, issued->queue), item = get_item(ledger, issued->item);
	int64_t department;
	struct visit *visits;

	if (queue < 0 || item < 0)
		return queue < 0 ? (int)queue : (int)item;
	department = ledger->item_department[item];
	department = department ? department - 1 : names_get(&ledger->departments, "");
	if (department < 0)
		return (int)department;
	if (ledger->visit_count && ledger->visits[ledger->visit_count - 1].ticket >= issued->ticket)
		return -EPROTO;
	visits = list_grow(ledger->visits, &ledger->visit_capacity, ledger->visit_count,
			   sizeof(*visits));
	if (!visits)
		return -ENOMEM;
	ledger->visits = visits;
	*ret_visit = &visits[ledger->visit_count++];
	**ret_visit = (struct visit){
		.ticket = issued->ticket,
		.queue = (uint32_t)queue,
		.item = (uint32_t)item,
		.department = (uint32_t)department,
		.hour = (int32_t)((local_s % 86400 + 86400) % 86400 / 3600),
		.class = issued->class,
		.case_ref = issued->case_ref[0] ? ledger_case(issued->case_ref) : 0,
		.told_apart = issued->item[0] || issued->case_ref[0],
		.issued = ledger->now,
	};
	(*ret_visit)->issued.mono_ms = issued->arrival_ms;
	(*ret_visit)->issued.wall_ms -= event->at.mono_ms - issued->arrival_ms;
	return 0;
}

static int on_issued(struct ledger *ledger, const struct event *event)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	struct visit *visit = NULL;
	int r = add_visit(ledger, event, &visit);

	if (r == 0)
		r = start_leg(ledger, visit, issued->queue, &visit->issued);
	if (r == 0)
		ledger_expect(visit, issued);
	if (r == 0)
		r = ledger_count(ledger, &ledger->legs[visit->leg], COUNT_ISSUED);
	if (r == 0)
		r = add_case(&ledger->digest.tickets, visit->case_ref);
	if (r == 0 && (issued->origin == ORIGIN_DESK || issued->origin == ORIGIN_API))
		look_for_dropped(ledger, visit);
	return r;
}

static void add_to_total(struct visit *visit, int64_t wait_ms)
{
	if (visit->reached || visit->total_ms < 0)
		return;
	visit->total_ms = wait_ms < 0 ? -1 : known_ms(visit->total_ms + wait_ms);
}

static int on_called(struct ledger *ledger, struct visit *visit,
		     const struct event_ticket_called *called)
{
	struct leg *leg = &ledger->legs[visit->leg];
	int64_t clerk = names_get(&ledger->clerks, called->clerk), wait_ms;

	order_count(&ledger->digest.day.order, called);
	if (clerk < 0)
		return (int)clerk;
	if (leg->state != LEG_WAITS)
		return 0; /* never moved by a later call of the same leg */
	leg->state = LEG_CALLED;
	leg->called = ledger->now;
	leg->call_seq = ledger->seq;
	leg->window = called->window;
	leg->clerk = (uint32_t)clerk;
	leg->work = ledger->queue_known[leg->queue].work;
	wait_ms = ledger_duration(&leg->start, &leg->called);
	add_to_total(visit, wait_ms);
	ledger_expect_called(visit, wait_ms);
	if (leg->work && !visit->reached) {
		visit->reached = true;
		visit->kind = ledger->queue_known[leg->queue].kind;
		visit->window_ms = ledger_duration(&visit->issued, &leg->called);
	}
	return ledger_count_wait(ledger, leg, wait_ms);
}

/* Called and given back without a service. */
static void count_put_back(struct ledger *ledger, const struct leg *leg)
{
	if (leg->state == LEG_CALLED && !leg->begun)
		ledger->digest.day.findings.call_put_back++;
}

static int on_transferred(struct ledger *ledger, struct visit *visit, const char *to)
{
	struct leg *leg = &ledger->legs[visit->leg];
	int r = 0;

	count_put_back(ledger, leg);
	/* The transfer was what the clerk pressed. */
	if (visit->implied_seq && visit->implied_seq + 1 == ledger->seq)
		ledger->digest.day.findings.implied_finish--;
	if (leg->state == LEG_WAITS) {
		leg->state = LEG_MOVED;
		add_to_total(visit, ledger_duration(&leg->start, &ledger->now));
		r = ledger_count(ledger, leg, COUNT_MOVED);
	}
	return r < 0 ? r : start_leg(ledger, visit, to, &ledger->now);
}

static int on_cancelled(struct ledger *ledger, struct visit *visit)
{
	struct leg *leg = &ledger->legs[visit->leg];
	struct dropped *dropped;

	if (leg->state != LEG_WAITS)
		return 0;
	if (!visit->told_apart) /* the next one may be anybody's */
		return ledger_end_wait(ledger, leg, LEG_CANCELLED);
	dropped = list_grow(ledger->dropped, &ledger->dropped_capacity, ledger->dropped_count,
			    sizeof(*dropped));
	if (!dropped)
		return -ENOMEM;
	ledger->dropped = dropped;
	dropped[ledger->dropped_count++] = (struct dropped){.queue = leg->queue,
							    .item = visit->item,
							    .case_ref = visit->case_ref,
							    .at = ledger->now};
	return ledger_end_wait(ledger, leg, LEG_CANCELLED);
}

static int on_finished(struct ledger *ledger, struct visit *visit, bool implied)
{
	const struct leg *leg = &ledger->legs[visit->leg];
	struct measure_findings *findings = &ledger->digest.day.findings;
	int64_t ms = leg->begun ? ledger_duration(&visit->served_from, &ledger->now) : -1;

	findings->implied_finish += implied;
	visit->implied_seq = implied ? ledger->seq : 0;
	findings->short_service += !implied && ms >= 0 && ms < SHORT_SERVICE_MS;
	return ledger_count(ledger, leg, COUNT_SERVED);
}

static int on_no_show(struct ledger *ledger, struct leg *leg)
{
	ledger->digest.day.findings.no_citizen += leg->state == LEG_CALLED && !leg->no_show;
	leg->no_show = true;
	return ledger_count(ledger, leg, COUNT_NO_SHOW);
}

static bool ends_service(enum event_type type)
{
	return type == EVENT_SERVICE_FINISHED || type == EVENT_TICKET_NO_SHOW ||
	       type == EVENT_TICKET_PARKED || type == EVENT_TICKET_TRANSFERRED ||
	       type == EVENT_TICKET_CANCELLED;
}

static int on_ticket(struct ledger *ledger, const struct event *event)
{
	struct visit *visit = find_visit(ledger, event_ticket(event));
	struct leg *leg;

	if (!visit)
		return 0;
	leg = &ledger->legs[visit->leg];
	if (ends_service(event->type))
		visit->serving = false;
	switch (event->type) {
	case EVENT_TICKET_CALLED: return on_called(ledger, visit, &event->u.ticket_called);
	case EVENT_TICKET_RECALLED:
		leg->recalled = true;
		leg->recall = ledger->now;
		return 0;
	case EVENT_SERVICE_STARTED:
		leg->begun = visit->serving = true;
		visit->served_from = ledger->now;
		return 0;
	case EVENT_SERVICE_FINISHED:
		return on_finished(ledger, visit, event->u.service_finished.implied);
	case EVENT_TICKET_NO_SHOW: return on_no_show(ledger, leg);
	case EVENT_TICKET_PARKED: count_put_back(ledger, leg); return 0;
	case EVENT_TICKET_RESUMED:
		return start_leg(ledger, visit, event->u.ticket_resumed.queue, &ledger->now);
	case EVENT_TICKET_TRANSFERRED:
		return on_transferred(ledger, visit, event->u.ticket_transferred.to);
	case EVENT_TICKET_CANCELLED: return on_cancelled(ledger, visit);
	default: return 0;
	}
}

/* ---- the day ---- */

static int on_day_closed(struct ledger *ledger)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ledger->visit_count; i++) {
		struct visit *visit = &ledger->visits[i];
		struct leg *leg = &ledger->legs[visit->leg];

		ledger->digest.day.findings.implied_finish += visit->serving;
		visit->serving = false;
		if (leg->state == LEG_WAITS)
			r = ledger_end_wait(ledger, leg, LEG_UNCALLED);
	}
	ledger->is_open = false;
	ledger->end = ledger->now;
	return r;
}

static int on_daemon_started(struct ledger *ledger, const char *boot)
{
	int64_t ordinal = names_get(&ledger->boots, boot);

	if (ordinal < 0)
		return (int)ordinal;
	ledger->digest.day.findings.restarts += ledger->is_open;
	ledger->now.boot = (int32_t)ordinal + 1;
	return 0;
}

int ledger_event(struct ledger *ledger, const struct event *event)
{
	const struct event_online_filing *filing = &event->u.online_filing;

	if (ledger->is_cut)
		begin_anew(ledger);
	ledger->seq = event->seq;
	ledger->now.mono_ms = event->at.mono_ms;
	ledger->now.wall_ms = event->at.wall_ms;
	switch (event->type) {
	case EVENT_DAEMON_STARTED: return on_daemon_started(ledger, event->u.daemon_started.boot);
	case EVENT_CLOCK_STEP:
		ledger->now.steps++;
		findings_step(&ledger->digest.day.findings, event->u.clock_step.step_ms);
		return 0;
	case EVENT_QUEUE_DEFINED: return on_queue(ledger, &event->u.queue_defined);
	case EVENT_ITEM_DEFINED: return on_item(ledger, &event->u.item_defined);
	case EVENT_DAY_OPENED: ledger->is_open = true; return 0;
	case EVENT_DAY_CLOSED: return on_day_closed(ledger);
	case EVENT_TICKET_ISSUED: return on_issued(ledger, event);
	case EVENT_ONLINE_FILING:
		return add_case(&ledger->digest.filings,
				filing->case_ref[0] ? ledger_case(filing->case_ref) : 0);
	default: return on_ticket(ledger, event);
	}
}
