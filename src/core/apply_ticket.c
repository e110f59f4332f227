/* What happens to a ticket, onto the state. */
#include <errno.h>
#include <string.h>

#include "src/core/apply.h"
#include "src/core/learnt.h"
#include "src/core/text.h"

#define STATE(name) (1u << TICKET_##name)

/* The ticket that the event is about, if it is in one of the states and the event names it, and the
 * leg, rightly; later: the event begins a leg that many behind the ticket's. NULL: it does not
 * fit. */
static struct ticket *ticket_of(struct hall *hall, const struct event *event, unsigned states,
				int64_t later)
{
	/* These four fields stand first in all of these events. */
	const struct event_ticket_recalled *body = &event->u.ticket_recalled;
	struct ticket *ticket = state_ticket(hall, body->ticket);

	if (!ticket || !(states & 1u << ticket->state) || body->leg != ticket->leg + later ||
	    strcmp(ticket->number, body->number) != 0)
		return NULL;
	return ticket;
}

static bool is_at(const struct hall *hall, const struct ticket *ticket, int64_t number)
{
	const struct window *window = hall_find_window(hall, number);

	return window && window->ticket == ticket->id;
}

static bool is_queue_of(const struct hall *hall, const struct ticket *ticket, const char *id)
{
	return !strcmp(hall->queues[ticket->queue].queue.def.queue, id);
}

void apply_free_window(struct hall *hall, const struct ticket *ticket)
{
	struct window *window = state_window(hall, ticket->window);

	if (window && window->ticket == ticket->id) {
		window->last_ticket = ticket->id;
		window->ticket = 0;
	}
}

static void leave_window(struct hall *hall, const struct ticket *ticket, const struct event *event)
{
	learnt_leave(hall, ticket, event->at.mono_ms);
	apply_free_window(hall, ticket);
}

/* A number that was printed before the power went, with a place of its own beside the range. */
static bool is_of_block(const struct hall *hall, const struct event_ticket_issued *issued,
			const struct queue_state *queue)
{
	const struct event_queue_defined *def = &queue->queue.def;
	size_t len = 0;
	uint32_t number = state_parse_number(issued->number, &len);

	return issued->origin == ORIGIN_PAPER && state_block_allows(hall, number) &&
	       number >= def->paper_first && number <= def->paper_last &&
	       strlen(def->prefix) == len && !strncmp(issued->number, def->prefix, len) &&
	       (number < def->first || number > def->last) &&
	       !state_number_is_given(hall, def->prefix, number);
}

static void take_number(struct hall *hall, struct queue *queue)
{
	char number[CORE_NUMBER_SIZE];
	uint32_t count = 0;
	bool spare = false;

	if (!state_next_number(hall, queue, number, &count, &spare))
		return;
	if (spare)
		queue->next_spare = count + 1;
	else
		queue->next_number = count + 1;
}

/* All three or none. */
static bool expectation_fits(const struct event_ticket_issued *issued)
{
	if (issued->expect_ms == -1)
		return issued->expect_low_ms == -1 && issued->expect_high_ms == -1;
	return issued->expect_ms >= 0 && issued->expect_ms <= STATE_MOMENT_MAX_MS &&
	       issued->expect_low_ms >= 0 && issued->expect_low_ms <= issued->expect_high_ms &&
	       issued->expect_high_ms <= STATE_MOMENT_MAX_MS;
}

static bool issue_fits(const struct hall *hall, const struct event *event,
		       const struct queue_state *queue)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	char number[CORE_NUMBER_SIZE];
	uint32_t count;
	bool spare;

	if (!hall->day || !queue || issued->ticket != hall->last_ticket + 1 ||
	    (issued->item[0] && state_item_index(hall, issued->item) < 0) ||
	    issued->arrival_ms > event->at.mono_ms || issued->arrival_ms < -STATE_MOMENT_MAX_MS ||
	    issued->slot_from < 0 || issued->slot_to > STATE_MOMENT_MAX_MS ||
	    !text_is_token(issued->token) || !expectation_fits(issued))
		return false;
	if (is_of_block(hall, issued, queue))
		return true;
	return state_next_number(hall, &queue->queue, number, &count, &spare) &&
	       !strcmp(issued->number, number);
}

static int apply_issued(struct hall *hall, const struct event *event)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	struct queue_state *queue = state_queue(hall, issued->queue);
	struct ticket *ticket;
	size_t row;
	bool paper;
	int r;

	if (!issue_fits(hall, event, queue))
		return -EPROTO;
#ifndef CORE_BREAK_NUMBERS
	if (hall_find_number(hall, issued->number))
		return -EPROTO;
#endif
	r = state_reserve(hall, EVENT_TICKET_ISSUED);
	if (r < 0)
		return apply_room(r);
	paper = is_of_block(hall, issued, queue);
	if (!paper)
		take_number(hall, &queue->queue);
	row = hall->ticket_count++;
	ticket = &hall->tickets[row];
	memset(ticket, 0, sizeof(*ticket));
	ticket->id = issued->ticket;
	memcpy(ticket->number, issued->number, sizeof(ticket->number));
	memcpy(ticket->token, issued->token, sizeof(ticket->token));
	ticket->state = TICKET_WAITING;
	ticket->queue = (uint32_t)(queue - hall->queues);
	ticket->item = issued->item[0] ? state_item_index(hall, issued->item) : NO_INDEX;
	ticket->class = (enum ticket_class)issued->class;
	ticket->leg = 1;
	ticket->issued_wall_ms = event->at.wall_ms;
	ticket->arrival_ms = ticket->leg_start_ms = ticket->since_ms = issued->arrival_ms;
	ticket->slot_from = issued->slot_from;
	ticket->slot_to = issued->slot_to;
	ticket->expect_ms = issued->expect_ms;
	ticket->expect_low_ms = issued->expect_low_ms;
	ticket->expect_high_ms = issued->expect_high_ms;
	ticket->expect_busy = issued->expect_busy;
	ticket->paper = paper;
	ticket->called_ms = -1;
	ticket->order = event->seq;
	ticket->boot = ticket->leg_boot = ticket->called_boot = hall->boots;
	hall->last_ticket = issued->ticket;
	index_add(hall, INDEX_NUMBER, row);
	index_add(hall, INDEX_TOKEN, row);
	line_insert(hall, (int32_t)row);
	return 0;
}

/* Before its state changes: it leaves its line, and keeps how long it stood there. */
static void stop_waiting(struct hall *hall, struct ticket *ticket, int64_t mono_ms)
{
	line_remove(hall, (int32_t)(ticket - hall->tickets));
	ticket->waited_ms = hall_waited_ms(ticket, mono_ms);
}

static int apply_called(struct hall *hall, const struct event *event)
{
	const struct event_ticket_called *called = &event->u.ticket_called;
	struct ticket *ticket = ticket_of(hall, event, STATE(WAITING), 0);
	struct window *window = state_window(hall, called->window);

	if (!ticket || !window || window->ticket || !is_queue_of(hall, ticket, called->queue) ||
	    strcmp(window->clerk, called->clerk) != 0)
		return -EPROTO;
	/* Logs of version 1 did not say whom a call passed over. */
	if (event->version > 1 &&
	    line_passed(hall, window, ticket, event->at.mono_ms).count != called->overtaken)
		return -EPROTO;
	line_pass(hall, window, ticket);
	window->present = window->seen = true;
	stop_waiting(hall, ticket, event->at.mono_ms);
	ticket->state = TICKET_CALLED;
	ticket->called_boot = hall->boots;
	ticket->window = called->window;
	ticket->calls = 1;
	ticket->called_ms = ticket->since_ms = event->at.mono_ms;
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
		{EVENT_TICKET_RECALLED, STATE(CALLED), TICKET_CALLED, false},
		{EVENT_SERVICE_STARTED, STATE(CALLED), TICKET_SERVING, false},
		{EVENT_SERVICE_FINISHED, STATE(SERVING), TICKET_FINISHED, true},
		{EVENT_TICKET_NO_SHOW, STATE(CALLED), TICKET_NO_SHOW, true},
		{EVENT_TICKET_PARKED, STATE(CALLED) | STATE(SERVING), TICKET_PARKED, true},
	};

	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		struct ticket *ticket;

		if (moves[i].type != event->type)
			continue;
		ticket = ticket_of(hall, event, moves[i].from, 0);
		if (!ticket || !is_at(hall, ticket, event->u.ticket_recalled.window))
			return -EPROTO;
		ticket->state = moves[i].to;
		if (event->type == EVENT_TICKET_RECALLED) {
			ticket->calls++;
			ticket->since_ms = event->at.mono_ms;
		}
		ticket->correction =
			event->type == EVENT_TICKET_PARKED && event->u.ticket_parked.correction;
		if (event->type == EVENT_TICKET_NO_SHOW) {
			ticket->since_ms = event->at.mono_ms;
			ticket->aside_ms = 0;
			hall->aside++;
		}
		if (moves[i].leaves)
			leave_window(hall, ticket, event);
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
	ticket->leg_start_ms = ticket->since_ms = event->at.mono_ms;
	ticket->leg_boot = hall->boots;
	ticket->called_ms = -1;
	ticket->correction = false;
#ifdef CORE_BREAK_TRANSFER /* a deliberately broken build: the tests must notice */
	if (event->type == EVENT_TICKET_TRANSFERRED)
		ticket->arrival_ms = event->at.mono_ms;
#endif
#ifdef CORE_BREAK_PARK
	if (event->type == EVENT_TICKET_RESUMED)
		ticket->arrival_ms = event->at.mono_ms;
#endif
	line_insert(hall, (int32_t)(ticket - hall->tickets));
}

static int apply_resumed(struct hall *hall, const struct event *event)
{
	const struct event_ticket_resumed *body = &event->u.ticket_resumed;
	struct ticket *ticket = ticket_of(hall, event, STATE(PARKED) | STATE(NO_SHOW), 1);

	if (!ticket || !is_queue_of(hall, ticket, body->queue) ||
	    (body->window && !hall_find_window(hall, body->window)))
		return -EPROTO;
	hall->aside -= ticket->state == TICKET_NO_SHOW;
	begin_leg(hall, ticket, event, ticket->queue);
	return 0;
}

/* From a window: called there, or served there until the implied finish just before. From the desk:
 * waiting or parked. */
static bool transfer_fits(const struct hall *hall, const struct ticket *ticket, int64_t number)
{
	const struct window *window = hall_find_window(hall, number);

	if (number == 0)
		return ticket->state == TICKET_WAITING || ticket->state == TICKET_PARKED;
	if (!window)
		return false;
	if (ticket->state == TICKET_CALLED)
		return window->ticket == ticket->id;
	return ticket->state == TICKET_FINISHED && !window->ticket &&
	       window->last_ticket == ticket->id;
}

static int apply_transferred(struct hall *hall, const struct event *event)
{
	const struct event_ticket_transferred *body = &event->u.ticket_transferred;
	struct ticket *ticket =
		ticket_of(hall, event,
			  STATE(WAITING) | STATE(PARKED) | STATE(CALLED) | STATE(FINISHED), 1);
	int32_t to = state_queue_index(hall, body->to);

	if (!ticket || to < 0 || !is_queue_of(hall, ticket, body->from) ||
	    !transfer_fits(hall, ticket, body->window))
		return -EPROTO;
	if (ticket->state == TICKET_WAITING)
		stop_waiting(hall, ticket, event->at.mono_ms);
	else if (ticket->state == TICKET_CALLED)
		leave_window(hall, ticket, event);
	begin_leg(hall, ticket, event, (uint32_t)to);
	return 0;
}

static int apply_cancelled(struct hall *hall, const struct event *event)
{
	struct ticket *ticket =
		ticket_of(hall, event,
			  STATE(WAITING) | STATE(CALLED) | STATE(PARKED) | STATE(NO_SHOW), 0);
	int64_t window = event->u.ticket_cancelled.window;

	if (!ticket || (ticket->state == TICKET_CALLED ? !is_at(hall, ticket, window) : window))
		return -EPROTO;
	if (ticket->state == TICKET_WAITING)
		stop_waiting(hall, ticket, event->at.mono_ms);
	else if (ticket->state == TICKET_CALLED)
		leave_window(hall, ticket, event);
	hall->aside -= ticket->state == TICKET_NO_SHOW;
	ticket->state = TICKET_CANCELLED;
	return 0;
}

static int apply_closed(struct hall *hall, const struct event *event)
{
	struct ticket *ticket = ticket_of(hall, event, STATE(NO_SHOW), 0);

	if (!ticket || event->u.ticket_closed.window != ticket->window)
		return -EPROTO;
	hall->aside--;
	ticket->state = TICKET_CLOSED;
	return 0;
}

/* A request to the citizen; nothing of the ticket changes. */
static int apply_rating_asked(struct hall *hall, const struct event *event)
{
	const struct ticket *ticket = ticket_of(hall, event, STATE(SERVING) | STATE(FINISHED), 0);

	return ticket && event->u.rating_asked.window == ticket->window ? 0 : -EPROTO;
}

int apply_ticket_event(struct hall *hall, const struct event *event)
{
	switch (event->type) {
	case EVENT_TICKET_ISSUED: return apply_issued(hall, event);
	case EVENT_TICKET_CALLED: return apply_called(hall, event);
	case EVENT_TICKET_RESUMED: return apply_resumed(hall, event);
	case EVENT_TICKET_TRANSFERRED: return apply_transferred(hall, event);
	case EVENT_TICKET_CANCELLED: return apply_cancelled(hall, event);
	case EVENT_TICKET_CLOSED: return apply_closed(hall, event);
	case EVENT_RATING_ASKED: return apply_rating_asked(hall, event);
	default: return apply_at_window(hall, event);
	}
}
