/* The waiting lines. In each class the order is the citizen's arrival, never reset by a transfer or
 * a park; between classes and between a window's queues the calling policy decides. */
#include "src/core/state.h"

/* Across a reboot the monotonic clock starts anew; then only the order of issue compares. */
static bool comes_before(const struct ticket *a, const struct ticket *b)
{
#ifdef CORE_BREAK_ORDER /* a deliberately broken build: the tests must notice */
	return a->order > b->order;
#else
	if (a->boot == b->boot && a->arrival_ms != b->arrival_ms)
		return a->arrival_ms < b->arrival_ms;
	return a->order < b->order;
#endif
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

		for (int k = 0; k < CLASS_COUNT; k++)
			if (queue->lines[class_order[k]].first != NO_INDEX)
				return queue->lines[class_order[k]].first;
	}
	return NO_INDEX;
}

size_t hall_ahead(const struct hall *hall, const struct ticket *ticket)
{
	const struct queue_state *queue = &hall->queues[ticket->queue];
	size_t ahead = 0;
	int32_t at;

	if (ticket->state != TICKET_WAITING)
		return 0;
	for (int k = 0; k < CLASS_COUNT && class_order[k] != ticket->class; k++)
		ahead += queue->queue.waiting[class_order[k]];
	at = hall->nodes[ticket - hall->tickets].previous;
	while (at != NO_INDEX) {
		ahead++;
		at = hall->nodes[at].previous;
	}
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
