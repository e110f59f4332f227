/* Events onto the state. Everything is checked before the first change, so an event from a damaged
 * or newer log leaves the hall as it was. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/state.h"

/* Ticket, at the window that the event names, in one of the states. NULL: the event does not fit.
 */
static struct ticket *ticket_at_window(struct hall *hall, const struct event *event,
				       unsigned states)
{
	const struct event_ticket_recalled *body = &event->u.ticket_recalled;
	struct ticket *ticket = state_ticket(hall, body->ticket);
	const struct window *window = hall_find_window(hall, body->window);

	if (!ticket || !window || window->ticket != ticket->id || !(states & 1u << ticket->state) ||
	    ticket->leg != body->leg || strcmp(ticket->number, body->number) != 0)
		return NULL;
	return ticket;
}

static struct ticket *ticket_of(struct hall *hall, const struct event *event, unsigned states)
{
	const struct event_ticket_recalled *body = &event->u.ticket_recalled;
	struct ticket *ticket = state_ticket(hall, body->ticket);

	if (!ticket || !(states & 1u << ticket->state) || strcmp(ticket->number, body->number) != 0)
		return NULL;
	return ticket;
}

static void free_window(struct hall *hall, struct ticket *ticket)
{
	struct window *window = state_window(hall, ticket->window);

	if (window && window->ticket == ticket->id) {
		window->last_ticket = ticket->id;
		window->ticket = 0;
	}
}

static int apply_daemon_started(struct hall *hall, const struct event_daemon_started *started)
{
	if (strcmp(hall->boot, started->boot) != 0)
		hall->boots++;
	memcpy(hall->boot, started->boot, sizeof(hall->boot));
	return 0;
}

static int apply_queue(struct hall *hall, const struct event_queue_defined *def)
{
	struct queue_state *state = state_queue(hall, def->queue);

	if (!state) {
		if (state_reserve(hall, EVENT_QUEUE_DEFINED) < 0)
			return -ENOMEM;
		state = &hall->queues[hall->queue_count++];
		memset(state, 0, sizeof(*state));
		state->queue.next_number = (uint32_t)def->first;
		for (int class = 0; class < CLASS_COUNT; class ++)
			state->lines[class] = (struct waiting_line){NO_INDEX, NO_INDEX};
	}
	memcpy(&state->queue.def, def, sizeof(*def));
	/* A range that moved up takes effect at once; one that moved down with the next day. */
	if (state->queue.next_number < def->first)
		state->queue.next_number = (uint32_t)def->first;
	return 0;
}

static int apply_window(struct hall *hall, const struct event_window_defined *def)
{
	uint32_t indexes[CORE_MAX_WINDOW_QUEUES], count = 0;
	struct window *window = state_window(hall, def->window);
	char bad[CORE_ID_SIZE];

	if (state_window_queues(hall, def->queues, indexes, &count, bad) < 0)
		return -EPROTO;
	if (!window) {
		if (state_reserve(hall, EVENT_WINDOW_DEFINED) < 0)
			return -ENOMEM;
		window = &hall->windows[hall->window_count++];
		memset(window, 0, sizeof(*window));
	}
	memcpy(&window->def, def, sizeof(*def));
	memcpy(window->queues, indexes, sizeof(indexes));
	window->queue_count = count;
	return 0;
}

static int apply_item(struct hall *hall, const struct event_item_defined *def)
{
	int64_t index = state_item_index(hall, def->item);

	if (index < 0) {
		if (state_reserve(hall, EVENT_ITEM_DEFINED) < 0)
			return -ENOMEM;
		index = (int64_t)hall->item_count++;
		memset(&hall->items[index], 0, sizeof(hall->items[0]));
	}
	memcpy(&hall->items[index].def, def, sizeof(*def));
	return 0;
}

static int apply_day_opened(struct hall *hall, const struct event_day_opened *opened)
{
	bool again = opened->date == hall->last_day;

	if (hall->day || opened->date < hall->last_day ||
	    opened->counter != hall->day_counter + (again ? 0 : 1))
		return -EPROTO;
	hall->day = hall->last_day = opened->date;
	hall->day_counter = opened->counter;
	if (again)
		return 0; /* numbers go on where they were */
	hall->ticket_count = hall->job_count = 0;
	for (size_t i = 0; i < hall->queue_count; i++)
		hall->queues[i].queue.next_number = (uint32_t)hall->queues[i].queue.def.first;
	for (size_t i = 0; i < hall->window_count; i++)
		hall->windows[i].last_ticket = 0;
	return 0;
}

static int apply_day_closed(struct hall *hall, const struct event_day_closed *closed)
{
	if (!hall->day || closed->date != hall->day)
		return -EPROTO;
	for (size_t i = 0; i < hall->ticket_count; i++) {
		struct ticket *ticket = &hall->tickets[i];

		switch (ticket->state) {
		case TICKET_WAITING:
			line_remove(hall, (int32_t)i);
			ticket->state = TICKET_UNCALLED;
			break;
		case TICKET_SERVING:
			free_window(hall, ticket);
			ticket->state = TICKET_FINISHED;
			break;
		case TICKET_CALLED:
			free_window(hall, ticket);
			ticket->state = TICKET_CLOSED;
			break;
		case TICKET_PARKED:
		case TICKET_NO_SHOW: ticket->state = TICKET_CLOSED; break;
		default: break;
		}
	}
	hall->day = 0;
	return 0;
}

/* The digits of a number behind the queue's prefix; 0 if it is not of this queue. */
static uint32_t number_of(const struct queue *queue, const char *number)
{
	size_t len = strlen(queue->def.prefix);
	unsigned long value;
	char *end = NULL;

	if (strncmp(number, queue->def.prefix, len) != 0)
		return 0;
	value = strtoul(number + len, &end, 10);
	return *end == '\0' && value <= CORE_MAX_TICKET_NUMBER ? (uint32_t)value : 0;
}

static int apply_issued(struct hall *hall, const struct event *event)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	struct queue_state *queue = state_queue(hall, issued->queue);
	struct ticket *ticket;
	uint32_t number;

	if (!hall->day || !queue || issued->ticket != hall->last_ticket + 1)
		return -EPROTO;
	number = number_of(&queue->queue, issued->number);
	if (number != queue->queue.next_number)
		return -EPROTO;
	if (state_reserve(hall, EVENT_TICKET_ISSUED) < 0)
		return -ENOMEM;
	ticket = &hall->tickets[hall->ticket_count];
	memset(ticket, 0, sizeof(*ticket));
	ticket->id = issued->ticket;
	snprintf(ticket->number, sizeof(ticket->number), "%s", issued->number);
	memcpy(ticket->token, issued->token, sizeof(ticket->token));
	ticket->state = TICKET_WAITING;
	ticket->queue = (uint32_t)(queue - hall->queues);
	ticket->item = (int32_t)state_item_index(hall, issued->item);
	ticket->class = (enum ticket_class)issued->class;
	ticket->leg = 1;
	ticket->issued_wall_ms = event->at.wall_ms;
	ticket->arrival_ms = ticket->leg_start_ms = issued->arrival_ms;
	ticket->called_ms = -1;
	ticket->order = event->seq;
	ticket->boot = hall->boots;
	hall->last_ticket = issued->ticket;
	queue->queue.next_number = number + 1;
	line_insert(hall, (int32_t)hall->ticket_count++);
	return 0;
}

static int apply_called(struct hall *hall, const struct event *event)
{
	const struct event_ticket_called *called = &event->u.ticket_called;
	struct ticket *ticket = ticket_of(hall, event, 1u << TICKET_WAITING);
	struct window *window = state_window(hall, called->window);

	if (!ticket || !window || window->ticket || ticket->leg != called->leg)
		return -EPROTO;
	line_remove(hall, (int32_t)(ticket - hall->tickets));
	ticket->state = TICKET_CALLED;
	ticket->window = called->window;
	ticket->calls = 1;
	ticket->called_ms = event->at.mono_ms;
	window->ticket = ticket->id;
	return 0;
}

static int apply_at_window(struct hall *hall, const struct event *event)
{
	static const struct {
		enum event_type type;
		unsigned from;
		enum ticket_state to;
		bool leaves;
	} moves[] = {
		{EVENT_TICKET_RECALLED, 1u << TICKET_CALLED, TICKET_CALLED, false},
		{EVENT_SERVICE_STARTED, 1u << TICKET_CALLED, TICKET_SERVING, false},
		{EVENT_SERVICE_FINISHED, 1u << TICKET_SERVING, TICKET_FINISHED, true},
		{EVENT_TICKET_NO_SHOW, 1u << TICKET_CALLED, TICKET_NO_SHOW, true},
		{EVENT_TICKET_PARKED, 1u << TICKET_CALLED | 1u << TICKET_SERVING, TICKET_PARKED,
		 true},
	};

	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		struct ticket *ticket;

		if (moves[i].type != event->type)
			continue;
		ticket = ticket_at_window(hall, event, moves[i].from);
		if (!ticket)
			return -EPROTO;
		ticket->state = moves[i].to;
		ticket->calls += event->type == EVENT_TICKET_RECALLED;
		if (moves[i].leaves)
			free_window(hall, ticket);
		return 0;
	}
	return -EPROTO;
}

/* A new leg begins: it waits in its queue, in the order of its first arrival. */
static void begin_leg(struct hall *hall, struct ticket *ticket, const struct event *event,
		      uint32_t queue)
{
	ticket->state = TICKET_WAITING;
	ticket->queue = queue;
	ticket->leg++;
	ticket->calls = 0;
	ticket->leg_start_ms = event->at.mono_ms;
	ticket->called_ms = -1;
	line_insert(hall, (int32_t)(ticket - hall->tickets));
}

static int apply_resumed(struct hall *hall, const struct event *event)
{
	struct ticket *ticket = ticket_of(hall, event, 1u << TICKET_PARKED | 1u << TICKET_NO_SHOW);

	if (!ticket || event->u.ticket_resumed.leg != ticket->leg + 1)
		return -EPROTO;
	begin_leg(hall, ticket, event, ticket->queue);
	return 0;
}

static int apply_transferred(struct hall *hall, const struct event *event)
{
	const struct event_ticket_transferred *body = &event->u.ticket_transferred;
	struct ticket *ticket = ticket_of(hall, event,
					  1u << TICKET_WAITING | 1u << TICKET_PARKED |
						  1u << TICKET_CALLED | 1u << TICKET_FINISHED);
	int64_t to = state_queue_index(hall, body->to);

	if (!ticket || to < 0 || body->leg != ticket->leg + 1 ||
	    strcmp(hall->queues[ticket->queue].queue.def.queue, body->from) != 0)
		return -EPROTO;
	if (ticket->state == TICKET_WAITING)
		line_remove(hall, (int32_t)(ticket - hall->tickets));
	free_window(hall, ticket);
	begin_leg(hall, ticket, event, (uint32_t)to);
	return 0;
}

static int apply_cancelled(struct hall *hall, const struct event *event)
{
	struct ticket *ticket = ticket_of(hall, event,
					  1u << TICKET_WAITING | 1u << TICKET_CALLED |
						  1u << TICKET_PARKED | 1u << TICKET_NO_SHOW);

	if (!ticket || ticket->leg != event->u.ticket_cancelled.leg)
		return -EPROTO;
	if (ticket->state == TICKET_WAITING)
		line_remove(hall, (int32_t)(ticket - hall->tickets));
	free_window(hall, ticket);
	ticket->state = TICKET_CANCELLED;
	return 0;
}

static int apply_window_change(struct hall *hall, const struct event *event)
{
	bool pause = event->type == EVENT_WINDOW_PAUSED;
	struct window *window = state_window(hall, event->u.window_changed.window);

	if (!window || window->paused == pause)
		return -EPROTO;
	window->paused = pause;
	return 0;
}

static int apply_clerk(struct hall *hall, const struct event *event)
{
	const struct event_clerk_changed *changed = &event->u.clerk_changed;
	bool in = event->type == EVENT_CLERK_SIGNED_IN;
	struct window *window = state_window(hall, changed->window);

	if (!window || (in ? window->clerk[0] != '\0' : strcmp(window->clerk, changed->clerk) != 0))
		return -EPROTO;
	memset(window->clerk, 0, sizeof(window->clerk));
	if (in)
		memcpy(window->clerk, changed->clerk, sizeof(window->clerk));
	return 0;
}

static int apply_print_queued(struct hall *hall, const struct event_print *print)
{
	struct ticket *ticket = state_ticket(hall, print->ticket);
	struct job *job;

	if (!ticket || print->job != hall->last_job + 1)
		return -EPROTO;
	if (state_reserve(hall, EVENT_PRINT_QUEUED) < 0)
		return -ENOMEM;
	job = &hall->jobs[hall->job_count++];
	memset(job, 0, sizeof(*job));
	job->id = hall->last_job = print->job;
	job->ticket = print->ticket;
	job->copy = print->copy;
	job->state = JOB_QUEUED;
	ticket->job = job->id;
	return 0;
}

static int apply_print_moved(struct hall *hall, const struct event *event)
{
	const struct event_print *print = &event->u.print;
	struct job *job = state_job(hall, print->job);
	bool start = event->type == EVENT_PRINT_STARTED;

	if (!job || job->ticket != print->ticket || job->state == JOB_ENDED ||
	    (start && job->state != JOB_QUEUED))
		return -EPROTO;
	job->state = start ? JOB_STARTED : JOB_ENDED;
	memcpy(job->printer, print->printer, sizeof(job->printer));
	if (!start)
		job->outcome = (enum print_outcome)print->outcome;
	return 0;
}

static int apply(struct hall *hall, const struct event *event)
{
	switch (event->type) {
	case EVENT_DAEMON_STARTED: return apply_daemon_started(hall, &event->u.daemon_started);
	case EVENT_HALL_DEFINED:
		memcpy(&hall->definition, &event->u.hall_defined, sizeof(hall->definition));
		return 0;
	case EVENT_QUEUE_DEFINED: return apply_queue(hall, &event->u.queue_defined);
	case EVENT_WINDOW_DEFINED: return apply_window(hall, &event->u.window_defined);
	case EVENT_ITEM_DEFINED: return apply_item(hall, &event->u.item_defined);
	case EVENT_DAY_OPENED: return apply_day_opened(hall, &event->u.day_opened);
	case EVENT_DAY_CLOSED: return apply_day_closed(hall, &event->u.day_closed);
	case EVENT_TICKET_ISSUED: return apply_issued(hall, event);
	case EVENT_TICKET_CALLED: return apply_called(hall, event);
	case EVENT_TICKET_RESUMED: return apply_resumed(hall, event);
	case EVENT_TICKET_TRANSFERRED: return apply_transferred(hall, event);
	case EVENT_TICKET_CANCELLED: return apply_cancelled(hall, event);
	case EVENT_WINDOW_PAUSED:
	case EVENT_WINDOW_REOPENED: return apply_window_change(hall, event);
	case EVENT_CLERK_SIGNED_IN:
	case EVENT_CLERK_SIGNED_OUT: return apply_clerk(hall, event);
	case EVENT_PRINT_QUEUED: return apply_print_queued(hall, &event->u.print);
	case EVENT_PRINT_STARTED:
	case EVENT_PRINT_ENDED: return apply_print_moved(hall, event);
	default: return apply_at_window(hall, event);
	}
}

int hall_apply(struct hall *hall, const struct event *event)
{
	int r;

	if (event->seq != hall->seq + 1)
		return -EPROTO;
	r = apply(hall, event);
	if (r == 0)
		hall->seq = event->seq;
	return r;
}
