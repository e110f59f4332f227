/* The waiting lines. In each class the order is the citizen's arrival, never reset by a transfer or
 * a park; between classes and between a window's queues the calling policy decides. */
#include "src/core/state.h"

/* Arrivals compare within a boot; a later boot's tickets came later. */
static bool comes_before(const struct ticket *a, const struct ticket *b)
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
	while (after != NO_INDEX && comes_before(ticket, &hall->tickets[after]))
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

int32_t line_pick(const struct hall *hall, const struct window *window)
{
	for (uint32_t i = 0; i < window->queue_count; i++) {
		const struct queue_state *queue = &hall->queues[window->queues[i]];

		for (int k = 0; k < CLASS_COUNT; k++) {
			const struct waiting_line *line = &queue->lines[class_order[k]];

#ifdef CORE_BREAK_ORDER /* a deliberately broken build: the tests must notice */
			if (line->last != NO_INDEX)
				return line->last;
#else
			if (line->first != NO_INDEX)
				return line->first;
#endif
		}
	}
	return NO_INDEX;
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

	for (; at != NO_INDEX && comes_before(&last_issued, &hall->tickets[at]);
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
