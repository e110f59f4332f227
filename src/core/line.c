/* The waiting lines. In each class the order is the citizen's arrival, never reset by a transfer or
 * a park; between classes and between a window's queues the calling policy decides. */
#include "src/core/state.h"

#include <string.h>

bool hall_came_before(const struct ticket *a, const struct ticket *b)
{
	if (a->boot != b->boot)
		return a->boot < b->boot;
	if (a->arrival_ms != b->arrival_ms)
		return a->arrival_ms < b->arrival_ms;
	return a->order < b->order;
}

void line_insert(struct hall *hall, int32_t index)
{
	struct ticket *ticket = &hall->tickets[index];
	struct queue_state *queue = &hall->queues[ticket->queue];
	struct waiting_line *line = &queue->lines[ticket->class];
	struct node *node = &hall->nodes[index];
	int32_t after = line->last;

	/* From the end: nearly always the newest comes last. */
	while (after != NO_INDEX && hall_came_before(ticket, &hall->tickets[after]))
		after = hall->nodes[after].previous;
	node->previous = after;
	node->next = after == NO_INDEX ? line->first : hall->nodes[after].next;
	if (node->next == NO_INDEX)
		line->last = index;
	else
		hall->nodes[node->next].previous = index;
	if (after == NO_INDEX)
		line->first = index;
	else
		hall->nodes[after].next = index;
	queue->queue.waiting[ticket->class]++;
}

void line_remove(struct hall *hall, int32_t index)
{
	struct ticket *ticket = &hall->tickets[index];
	struct queue_state *queue = &hall->queues[ticket->queue];
	struct waiting_line *line = &queue->lines[ticket->class];
	struct node *node = &hall->nodes[index];

	if (node->previous == NO_INDEX)
		line->first = node->next;
	else
		hall->nodes[node->previous].next = node->next;
	if (node->next == NO_INDEX)
		line->last = node->previous;
	else
		hall->nodes[node->next].previous = node->previous;
	node->next = node->previous = NO_INDEX;
	queue->queue.waiting[ticket->class]--;
}

/* In which order the classes of a queue are called. */
static const enum ticket_class class_order[CLASS_COUNT] = {CLASS_PRIORITY, CLASS_APPOINTMENT,
							   CLASS_ORDINARY};

bool line_clerk_has(const struct clerk *clerk, const char *skill)
{
	size_t len = strlen(skill);

	if (!len)
		return true;
#ifdef CORE_BREAK_SKILL /* a deliberately broken build: the tests must notice */
	if (len)
		return true;
#endif
	if (!clerk || clerk->def.retired)
		return false;
	for (const char *at = clerk->def.skills; *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == len && !strncmp(at, skill, len))
			return true;
	return false;
}

const char *line_skill(const struct hall *hall, const struct ticket *ticket)
{
	return ticket->item >= 0 ? hall->items[ticket->item].def.skill : "";
}

bool hall_serves_queue(const struct window *window, const struct ticket *ticket)
{
	for (uint32_t i = 0; i < window->queue_count; i++)
		if (window->queues[i] == ticket->queue)
			return true;
	return false;
}

bool line_has_skill(const struct hall *hall, const struct window *window,
		    const struct ticket *ticket)
{
	const char *skill = line_skill(hall, ticket);

	return !skill[0] || line_clerk_has(hall_find_clerk(hall, window->clerk), skill);
}

bool hall_may_serve(const struct hall *hall, const struct window *window,
		    const struct ticket *ticket)
{
	return hall_serves_queue(window, ticket) && line_has_skill(hall, window, ticket);
}

int64_t hall_waited_ms(const struct ticket *ticket, int64_t mono_ms)
{
	if (ticket->state != TICKET_WAITING || mono_ms < ticket->since_ms)
		return ticket->waited_ms;
	return ticket->waited_ms + mono_ms - ticket->since_ms;
}

/* The waiting tickets that a window may call, in the order of its queues, their classes and
 * arrival. */
struct walk {
	const struct hall *hall;
	const struct window *window;
	const struct clerk *clerk;
	uint32_t queue; /* of the window's */
	int class;	/* of class_order */
	int32_t at;
	uint32_t barred; /* skipped for want of a skill */
};

static struct walk walk_begin(const struct hall *hall, const struct window *window)
{
	return (struct walk){.hall = hall,
			     .window = window,
			     .clerk = hall_find_clerk(hall, window->clerk),
			     .class = -1,
			     .at = NO_INDEX};
}

/* NULL at the end. */
static struct ticket *walk_next(struct walk *walk)
{
	const struct hall *hall = walk->hall;

	while (walk->queue < walk->window->queue_count) {
		struct ticket *ticket;
		const char *skill;

		if (walk->at != NO_INDEX) {
			walk->at = hall->nodes[walk->at].next;
		} else if (++walk->class < CLASS_COUNT) {
			const struct queue_state *queue =
				&hall->queues[walk->window->queues[walk->queue]];

			walk->at = queue->lines[class_order[walk->class]].first;
		} else {
			walk->class = -1;
			walk->queue++;
		}
		if (walk->at == NO_INDEX)
			continue;
		ticket = &hall->tickets[walk->at];
		skill = line_skill(hall, ticket);
		if (!skill[0] || line_clerk_has(walk->clerk, skill))
			return ticket;
		walk->barred++;
	}
	return NULL;
}

/* An appointment counts only around its slot; before and behind it the ticket is like any other. */
int line_rank(const struct hall *hall, const struct ticket *ticket, int64_t wall_ms)
{
	if (ticket->class == CLASS_PRIORITY)
		return 0;
#ifdef CORE_BREAK_SLOT /* a deliberately broken build: the tests must notice */
	if (ticket->class == CLASS_APPOINTMENT)
		return 1;
#endif
	if (ticket->class == CLASS_APPOINTMENT &&
	    (!ticket->slot_from || (wall_ms >= ticket->slot_from - hall->policy.early_ms &&
				    wall_ms <= ticket->slot_to + hall->policy.late_ms)))
		return 1;
	return 2;
}

/* May this ticket not be overtaken any more? */
static enum call_reason protection_of(const struct hall *hall, const struct ticket *ticket,
				      int64_t mono_ms)
{
#ifdef CORE_BREAK_AGEING /* a deliberately broken build: the tests must notice */
	if (hall->policy.age_ms >= 0)
		return CALL_UNSTATED;
#endif
	if (hall->policy.age_ms > 0 && hall_waited_ms(ticket, mono_ms) >= hall->policy.age_ms)
		return CALL_AGEING_TIME;
	if (hall->policy.overtakes >= 0 && ticket->overtaken >= hall->policy.overtakes)
		return CALL_AGEING_COUNT;
	return CALL_UNSTATED;
}

static enum call_reason plain_reason(int rank, const struct passed *passed)
{
	if (!passed->count)
		return CALL_ORDER;
	if (!passed->in_queue)
		return CALL_PREFERENCE;
	return rank == 0 ? CALL_PRIORITY : CALL_APPOINTMENT;
}

struct passed line_passed(const struct hall *hall, const struct window *window,
			  const struct ticket *ticket, int64_t mono_ms)
{
	struct walk walk = walk_begin(hall, window);
	struct passed passed = {.count = 0};
	const struct ticket *other;

	while ((other = walk_next(&walk)) != NULL) {
		if (other == ticket || !hall_came_before(other, ticket))
			continue;
		passed.count++;
		passed.in_queue += other->queue == ticket->queue;
		if (protection_of(hall, other, mono_ms) != CALL_UNSTATED &&
		    (!passed.guarded || hall_came_before(other, passed.guarded)))
			passed.guarded = other;
	}
	return passed;
}

/* Between queues the window's preference decides, then the class, then the citizen's arrival;
 * unless one who came earlier may not be overtaken any more. Of those the first to come is called,
 * so none of them is ever passed over, and every other is passed over once more at the most: no
 * ticket is overtaken more often than the policy allows. */
struct pick line_pick(const struct hall *hall, const struct window *window, const struct stamp *now)
{
	struct walk walk = walk_begin(hall, window);
	struct pick pick = {.ticket = NO_INDEX};
	const struct ticket *plain = NULL, *guarded = NULL, *ticket;
	enum call_reason why = CALL_UNSTATED;
	uint32_t plain_queue = 0;
	struct passed passed;
	int plain_rank = 0;

	while ((ticket = walk_next(&walk)) != NULL) {
		int rank = line_rank(hall, ticket, now->wall_ms);
		enum call_reason guard = protection_of(hall, ticket, now->mono_ms);

		if (guard != CALL_UNSTATED && (!guarded || hall_came_before(ticket, guarded))) {
			guarded = ticket;
			why = guard;
		}
		if (plain && (walk.queue != plain_queue || rank > plain_rank ||
			      (rank == plain_rank && !hall_came_before(ticket, plain))))
#ifdef CORE_BREAK_ORDER /* a deliberately broken build: the tests must notice */
			if (walk.queue != plain_queue || rank > plain_rank)
#endif
				continue;
		plain = ticket;
		plain_rank = rank;
		plain_queue = walk.queue;
	}
	pick.barred = walk.barred;
	if (!plain)
		return pick;
	ticket = guarded && hall_came_before(guarded, plain) ? guarded : plain;
	pick.ticket = (int32_t)(ticket - hall->tickets);
	passed = line_passed(hall, window, ticket, now->mono_ms);
	pick.overtaken = passed.count;
	pick.reason = ticket != plain ? why : plain_reason(plain_rank, &passed);
	return pick;
}

void line_pass(struct hall *hall, const struct window *window, const struct ticket *ticket)
{
	struct walk walk = walk_begin(hall, window);
	struct ticket *other;

	while ((other = walk_next(&walk)) != NULL)
		if (other != ticket && hall_came_before(other, ticket))
			other->overtaken++;
}

/* Waiting in the classes that are called before this one. */
static size_t ahead_by_class(const struct queue *queue, enum ticket_class class)
{
	size_t ahead = 0;

	for (int k = 0; k < CLASS_COUNT && class_order[k] != class; k++)
		ahead += queue->waiting[class_order[k]];
	return ahead;
}

size_t line_ahead_of_new(const struct hall *hall, const struct ticket *newcomer)
{
	const struct queue_state *queue = &hall->queues[newcomer->queue];
	struct ticket last_issued = {
		.boot = newcomer->boot, .arrival_ms = newcomer->arrival_ms, .order = UINT64_MAX};
	int32_t at = queue->lines[newcomer->class].last;
	size_t behind = 0;

	for (; at != NO_INDEX && hall_came_before(&last_issued, &hall->tickets[at]);
	     at = hall->nodes[at].previous)
		behind++;
	return ahead_by_class(&queue->queue, newcomer->class) +
	       queue->queue.waiting[newcomer->class] - behind;
}

size_t hall_ahead(const struct hall *hall, const struct ticket *ticket)
{
	size_t ahead;
	int32_t at;

	if (ticket->state != TICKET_WAITING)
		return 0;
	ahead = ahead_by_class(&hall->queues[ticket->queue].queue, ticket->class);
	at = hall->nodes[ticket - hall->tickets].previous;
	for (; at != NO_INDEX; at = hall->nodes[at].previous)
		ahead++;
	return ahead;
}

size_t hall_waiting_at(const struct hall *hall, const struct window *window)
{
	size_t waiting = 0;

	for (uint32_t i = 0; i < window->queue_count; i++)
		for (int class = 0; class < CLASS_COUNT; class ++)
			waiting += hall->queues[window->queues[i]].queue.waiting[class];
	return waiting;
}
