/* The invariants that can be seen in one state. */
#include <string.h>

#include "src/core/state.h"

static const char *check_lines(const struct hall *hall, const struct queue_state *queue,
			       size_t *waiting)
{
	for (int class = 0; class < CLASS_COUNT; class ++) {
		int32_t at = queue->lines[class].first, before = NO_INDEX;
		uint32_t count = 0;

		for (; at != NO_INDEX; before = at, at = hall->nodes[at].next) {
			const struct ticket *ticket = &hall->tickets[at];

			if (++count > hall->ticket_count)
				return "a waiting line goes round in circles";
			if (ticket->state != TICKET_WAITING || (int)ticket->class != class ||
			    &hall->queues[ticket->queue] != queue)
				return "a ticket stands in a line that is not its own";
			if (hall->nodes[at].previous != before)
				return "a waiting line is broken";
			if (before != NO_INDEX && ticket->boot == hall->tickets[before].boot &&
			    ticket->arrival_ms < hall->tickets[before].arrival_ms)
				return "a waiting line is out of order";
		}
		if (count != queue->queue.waiting[class] || queue->lines[class].last != before)
			return "a waiting count is wrong";
		*waiting += count;
	}
	return NULL;
}

static const char *check_tickets(const struct hall *hall, size_t *waiting, size_t *active)
{
	for (size_t i = 0; i < hall->ticket_count; i++) {
		const struct ticket *ticket = &hall->tickets[i];
		const struct window *window = hall_find_window(hall, ticket->window);
		bool here = ticket->state == TICKET_CALLED || ticket->state == TICKET_SERVING;

		if (ticket->id != hall->tickets[0].id + (int64_t)i)
			return "a ticket's id is out of order";
		if (i > 0 && hall_find_number(hall, ticket->number) != ticket)
			return "a number was issued twice";
		if (here && (!window || window->ticket != ticket->id))
			return "a called ticket is not at its window";
		*waiting += ticket->state == TICKET_WAITING;
		*active += here;
	}
	return NULL;
}

const char *hall_check(const struct hall *hall)
{
	size_t in_lines = 0, waiting = 0, active = 0, at_windows = 0;
	const char *wrong;

	for (size_t i = 0; i < hall->queue_count; i++) {
		wrong = check_lines(hall, &hall->queues[i], &in_lines);
		if (wrong)
			return wrong;
	}
	wrong = check_tickets(hall, &waiting, &active);
	if (wrong)
		return wrong;
	for (size_t i = 0; i < hall->window_count; i++) {
		const struct window *window = &hall->windows[i];
		const struct ticket *ticket = hall_find_ticket(hall, window->ticket);

		if (!window->ticket)
			continue;
		at_windows++;
		if (!ticket || ticket->window != window->def.window)
			return "a window holds a ticket that is not there";
	}
	if (in_lines != waiting)
		return "a waiting ticket is in no line";
	if (active != at_windows)
		return "a ticket is at two windows";
	if (!hall->day && (waiting || active))
		return "the day is closed, but a ticket is still active";
	return NULL;
}
