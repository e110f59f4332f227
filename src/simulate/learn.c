/* What a log tells, counted in three readings: its definitions, who signed in and called where, and
 * the visits of its closed days. */
#include "src/simulate/learn.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/grow.h"
#include "src/simulate/learn_private.h"

enum { HALF_HOUR_MS = 30 * 60000 };

/* list: the address of a list's pointer. */
static int grow(void *list, size_t *capacity, size_t count, size_t size)
{
	void *grown = list_grow(*(void **)list, capacity, count, size);

	if (!grown)
		return -ENOMEM;
	*(void **)list = grown;
	return 0;
}

static void finish(struct learn_counts *counts)
{
	past_finish(&counts->past);
	free(counts->items);
	free(counts->days);
	names_finish(&counts->keys);
	free(counts->visited.slots);
	free(counts->filed.slots);
	free(counts->queues);
	free(counts->windows);
	free(counts->defs);
	free(counts->clerks);
	free(counts);
}

/* ---- definitions ---- */

/* The newest of each; key is the first field, an id or a number. */
static int take(void *list, size_t *count, size_t *capacity, const void *def, size_t size,
		size_t key_size, bool text)
{
	char *const *defs = list;
	size_t i = 0;

	while (i < *count && (text ? strcmp(*defs + i * size, def)
				   : memcmp(*defs + i * size, def, key_size)) != 0)
		i++;
	if (i == *count) {
		int r = grow(list, capacity, i, size);

		if (r < 0)
			return r;
		++*count;
	}
	memcpy(*defs + i * size, def, size);
	return 0;
}

static int take_definition(void *user, const struct store_row *row)
{
	struct learn_counts *c = user;
	const struct event *event = &row->event;

	switch (event->type) {
	case EVENT_HALL_DEFINED: c->hall = event->u.hall_defined; return 0;
	case EVENT_POLICY_DEFINED: c->policy = event->u.policy_defined; return 0;
	case EVENT_QUEUE_DEFINED:
		return take(&c->queues, &c->queue_count, &c->queue_capacity,
			    &event->u.queue_defined, sizeof(*c->queues), 0, true);
	case EVENT_WINDOW_DEFINED:
		return take(&c->windows, &c->window_count, &c->window_capacity,
			    &event->u.window_defined, sizeof(*c->windows), sizeof(int64_t), false);
	case EVENT_CLERK_DEFINED:
		return take(&c->clerks, &c->clerk_count, &c->clerk_capacity,
			    &event->u.clerk_defined, sizeof(*c->clerks), 0, true);
	default: return 0;
	}
}

/* By the ordinal that past gives an item: there may be many. */
static int take_item(void *user, const struct store_row *row)
{
	struct learn_counts *c = user;
	int64_t ordinal;
	int r;

	if (row->event.type != EVENT_ITEM_DEFINED)
		return 0;
	ordinal = names_get(&c->past.items, row->event.u.item_defined.item);
	if (ordinal < 0)
		return (int)ordinal;
	r = grow(&c->defs, &c->def_capacity, (size_t)ordinal, sizeof(*c->defs));
	if (r < 0)
		return r;
	if (!row->event.u.item_defined.retired || !c->defs[ordinal].item[0])
		c->defs[ordinal] = row->event.u.item_defined;
	if (c->def_count <= (size_t)ordinal)
		c->def_count = (size_t)ordinal + 1;
	return 0;
}

static int take_window_event(void *user, const struct store_row *row)
{
	struct learn_counts *c = user;
	const struct event *event = &row->event;
	int64_t window = event_window(event);

	if (window < 1 || window > CORE_MAX_WINDOW_NUMBER)
		return 0;
	if (event->type == EVENT_TICKET_CALLED)
		c->calls[window] = true;
	if (event->type == EVENT_CLERK_SIGNED_IN)
		memcpy(c->at_window[window], event->u.clerk_changed.clerk, CORE_ID_SIZE);
	return 0;
}

/* ---- visits ---- */

void learn_time(struct learn_times *times, int64_t ms)
{
	double logarithm = log(ms < 1000 ? 1000. : (double)ms);

	times->n++;
	times->sum += (double)ms;
	times->logs += logarithm;
	times->squares += logarithm * logarithm;
}

/* The slot where it is, or would be. */
static size_t slot_of(const struct learn_cases *cases, uint64_t reference)
{
	size_t at = reference & (cases->capacity - 1);

	while (cases->slots[at] && cases->slots[at] != reference)
		at = (at + 1) & (cases->capacity - 1);
	return at;
}

/* 1: it is new; 0: it was there; -ENOMEM. */
static int add_case(struct learn_cases *cases, uint64_t reference)
{
	struct learn_cases larger = {.count = cases->count,
				     .capacity = cases->capacity ? 2 * cases->capacity : 1024};
	size_t at;

	if (2 * (cases->count + 1) > cases->capacity) {
		larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
		if (!larger.slots)
			return -ENOMEM;
		for (size_t i = 0; i < cases->capacity; i++)
			if (cases->slots[i])
				larger.slots[slot_of(&larger, cases->slots[i])] = cases->slots[i];
		free(cases->slots);
		*cases = larger;
	}
	at = slot_of(cases, reference);
	if (cases->slots[at])
		return 0;
	cases->slots[at] = reference;
	cases->count++;
	return 1;
}

static bool has_case(const struct learn_cases *cases, uint64_t reference)
{
	return reference && cases->count && cases->slots[slot_of(cases, reference)];
}

/* What is counted of an item; queue: where it first waited for work, if it has no work queue of its
 * own. NULL: out of memory. */
static struct learn_item *get_item(struct learn_counts *c, uint32_t item, uint32_t queue)
{
	const struct past_item *def = &c->past.item[item];
	bool own = def->defined && c->past.queue[def->queue].work;
	struct learn_item *counted;
	int64_t ordinal;
	char key[32];

	queue = own ? def->queue : queue;
	snprintf(key, sizeof(key), "%" PRIu32 " %" PRIu32, item, queue);
	ordinal = names_get(&c->keys, key);
	if (ordinal < 0 || grow(&c->items, &c->item_capacity, (size_t)ordinal, sizeof(*c->items)))
		return NULL;
	counted = &c->items[ordinal];
	counted->item = item;
	counted->queue = queue;
	counted->own = own;
	return counted;
}

/* In the order of the definitions, whoever comes first. */
static int add_items(struct learn_counts *c)
{
	for (uint32_t i = 0; i < c->past.items.count; i++)
		if (c->past.item[i].defined && c->past.queue[c->past.item[i].queue].work &&
		    !get_item(c, i, LEARN_NO_QUEUE))
			return -ENOMEM;
	return 0;
}

/* Filings for an item without a work queue of its own are for the queue where most came for it. */
static void settle_filings(struct learn_counts *c)
{
	for (uint32_t i = 0; i < c->keys.count; i++) {
		struct learn_item *from = &c->items[i], *to = NULL;

		for (uint32_t k = 0; from->queue == LEARN_NO_QUEUE && k < c->keys.count; k++)
			if (k != i && c->items[k].item == from->item &&
			    (!to || c->items[k].firsts > to->firsts))
				to = &c->items[k];
		if (!to)
			continue;
		to->filings += from->filings;
		from->filings = 0;
	}
}

static void count_half_hours(struct learn_counts *c, const struct past_day *day)
{
	bool seen[LEARN_HALF_HOURS] = {false};

	for (size_t i = 0; i < day->visit_count; i++) {
		int64_t at = day->visits[i].arrival_ms / HALF_HOUR_MS;

		if (!day->visits[i].works || at < 0 || at >= LEARN_HALF_HOURS)
			continue;
		c->half_hours[at]++;
		c->half_hour_days[at] += !seen[at];
		seen[at] = true;
	}
}

static void count_line(struct learn_counts *c, struct learn_facts *facts,
		       const struct past_visit *visit)
{
	facts->tickets++;
	c->priority += visit->class == CLASS_PRIORITY;
	facts->appointments += visit->class == CLASS_APPOINTMENT;
	if (visit->wait_ms >= 0)
		c->exposed_ms += (double)(visit->wait_ms - visit->before_ms);
	if (visit->left_ms >= 0) {
		c->exposed_ms += (double)visit->left_ms;
		facts->left++;
	}
	c->called += visit->called;
	if (visit->walk_ms >= 0) {
		c->walk_ms += (double)visit->walk_ms;
		c->walks++;
	}
	facts->no_shows += visit->no_show;
	if (visit->no_show && visit->hold_ms >= 0) {
		c->vain_ms += (double)visit->hold_ms;
		c->vains++;
	}
}

static void count_service(struct learn_facts *facts, const struct past_visit *visit,
			  struct learn_times *known, struct learn_times *implied, int64_t *services)
{
	facts->implied += visit->implied;
	if (!visit->served || visit->hold_ms < 0 || visit->walk_ms < 0)
		return;
	*services += !visit->implied;
	learn_time(visit->implied ? implied : known, visit->hold_ms - visit->walk_ms);
}

static int count_visit(struct learn_counts *c, struct learn_facts *facts,
		       const struct past_visit *visit, int64_t *ret_cases)
{
	struct learn_item *item;
	int first = 1;

	count_line(c, facts, visit);
	facts->case_refs |= visit->case_ref != 0;
	if (past_is_pick_up(&c->past, visit)) {
		facts->pick_ups++;
		facts->pick_ups_filed += has_case(&c->filed, visit->case_ref);
		count_service(facts, visit, &c->pick_up, &c->pick_up_implied,
			      &facts->pick_up_services);
		return 0;
	}
	item = get_item(c, visit->item, visit->queue);
	if (!item)
		return -ENOMEM;
	if (visit->case_ref)
		first = add_case(&c->visited, visit->case_ref);
	if (first < 0)
		return first;
	facts->with_case += visit->case_ref != 0;
	item->firsts += first;
	facts->firsts += first;
	facts->reworks += !first;
	*ret_cases += first;
	count_service(facts, visit, &item->known, &item->implied, &facts->services);
	return 0;
}

/* A date that was opened again is one day. */
static int add_day(struct learn_counts *c, int64_t date, int64_t cases)
{
	int r;

	if (!c->day_count || c->days[c->day_count - 1].date != date) {
		r = grow(&c->days, &c->day_capacity, c->day_count, sizeof(*c->days));
		if (r < 0)
			return r;
		c->days[c->day_count++].date = date;
	}
	c->days[c->day_count - 1].cases += cases;
	return 0;
}

struct reading {
	struct learn_counts *counts;
	struct learn_facts *facts;
};

static int take_day(void *user, const struct past_day *day)
{
	struct reading *reading = user;
	struct learn_counts *c = reading->counts;
	int64_t cases = (int64_t)day->filing_count;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < day->filing_count; i++)
		if (day->filings[i].case_ref)
			r = add_case(&c->filed, day->filings[i].case_ref);
	if (r < 0)
		return r;
	r = 0;
	count_half_hours(c, day);
	for (size_t i = 0; r == 0 && i < day->visit_count; i++)
		if (day->visits[i].works)
			r = count_visit(c, reading->facts, &day->visits[i], &cases);
	for (size_t i = 0; r == 0 && i < day->filing_count; i++) {
		struct learn_item *item = get_item(c, day->filings[i].item, LEARN_NO_QUEUE);

		if (item)
			item->filings++;
		else
			r = -ENOMEM;
	}
	reading->facts->filings += (int64_t)day->filing_count;
	return r < 0 ? r : add_day(c, day->date, cases);
}

/* ---- all of it ---- */

static int read_log(struct store_reader *reader, int64_t from, int64_t to,
		    struct learn_counts *counts, struct learn_facts *facts)
{
	struct reading reading = {counts, facts};
	uint64_t last = 0;
	int r = store_reader_last_seq(reader, &last);

	if (r < 0 || !last)
		return r;
	r = past_read(reader, 0, 0, &counts->past, NULL, NULL);
	if (r == 0)
		r = add_items(counts);
	if (r == 0)
		r = store_reader_context(reader, 1, last, take_definition, counts);
	if (r == 0)
		r = store_reader_context(reader, 1, last, take_item, counts);
	if (r == 0)
		r = store_reader_each(reader, 1, last, take_window_event, counts);
	if (r == 0)
		r = past_read(reader, from, to, &counts->past, take_day, &reading);
	facts->dates = counts->past.dates;
	facts->simulated = counts->past.simulated;
	if (r == 0)
		settle_filings(counts);
	return r;
}

static bool is_short(struct learn_counts *counts, struct learn_facts *facts)
{
	int64_t implied = 0;

	facts->days = (uint32_t)counts->day_count;
	if (facts->days) {
		facts->from = counts->days[0].date;
		facts->to = counts->days[facts->days - 1].date;
	}
	for (size_t i = 0; i < counts->item_capacity; i++)
		implied += counts->items[i].implied.n;
	if (facts->services < LEARN_LEAST_SERVICES &&
	    facts->services + implied >= LEARN_LEAST_SERVICES) {
		facts->takes_implied = true;
		facts->services += implied;
	}
	return facts->days < LEARN_LEAST_DAYS || facts->tickets < LEARN_LEAST_TICKETS ||
	       facts->services < LEARN_LEAST_SERVICES;
}

int learn_scenario(struct store_reader *reader, int64_t from, int64_t to,
		   struct scenario *ret_scenario, struct learn_facts *ret_facts,
		   char ret_fault[LEARN_FAULT_SIZE])
{
	struct learn_counts *counts = calloc(1, sizeof(*counts));
	struct learn_facts facts = {0};
	struct scenario scenario = {0};
	int r;

	if (!counts)
		return -ENOMEM;
	counts->policy.overtakes = -1;
	ret_fault[0] = '\0';
	r = read_log(reader, from, to, counts, &facts);
	if (r == 0 && is_short(counts, &facts))
		r = -ENODATA;
	if (r == 0)
		r = learn_fit(counts, &facts, &scenario);
	if (r == -EINVAL)
		snprintf(
			ret_fault, LEARN_FAULT_SIZE,
			"日志末尾没有受理过的窗口 no window of the log's end has called anybody in "
			"a queue for its items");
	if (r == 0)
		r = scenario_check(&scenario, ret_fault, LEARN_FAULT_SIZE);
	finish(counts);
	if (r == 0 || r == -ENODATA)
		*ret_facts = facts;
	if (r < 0)
		scenario_finish(&scenario);
	else
		*ret_scenario = scenario;
	return r;
}
