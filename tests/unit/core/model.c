/* The reference model of the property test: its state, and the events onto it. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/core/model_private.h"

struct model_queue *model_queue_of(struct model *model, const char *id)
{
	for (size_t i = 0; i < model->queue_count; i++)
		if (!strcmp(model->queues[i].def.queue, id))
			return &model->queues[i];
	return NULL;
}

struct model_window *model_window_of(struct model *model, int64_t number)
{
	for (size_t i = 0; i < model->window_count; i++)
		if (model->windows[i].def.window == number)
			return &model->windows[i];
	return NULL;
}

struct event_item_defined *model_item_of(struct model *model, const char *id)
{
	for (size_t i = 0; i < model->item_count; i++)
		if (!strcmp(model->items[i].item, id))
			return &model->items[i];
	return NULL;
}

struct model_ticket *model_ticket_of(struct model *model, int64_t id)
{
	for (size_t i = 0; i < model->ticket_count; i++)
		if (model->tickets[i].id == id && model->tickets[i].today)
			return &model->tickets[i];
	return NULL;
}

struct model_job *model_job_of(struct model *model, int64_t id)
{
	for (size_t i = 0; i < model->job_count; i++)
		if (model->jobs[i].id == id && model->jobs[i].today)
			return &model->jobs[i];
	return NULL;
}

size_t model_started_jobs(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->job_count; i++)
		count += model->jobs[i].today && model->jobs[i].state == JOB_STARTED;
	return count;
}

/* First come first served: priority, then appointment, then the others; in a class who arrived
 * first. */
bool model_is_before(const struct model_ticket *a, const struct model_ticket *b)
{
	static const int rank[] = {
		[CLASS_PRIORITY] = 0, [CLASS_APPOINTMENT] = 1, [CLASS_ORDINARY] = 2};

	if (a->class != b->class)
		return rank[a->class] < rank[b->class];
	if (a->boot != b->boot)
		return a->boot < b->boot;
	if (a->arrival_ms != b->arrival_ms)
		return a->arrival_ms < b->arrival_ms;
	return a->order < b->order;
}

struct model_ticket *model_next_at(struct model *model, const struct model_window *window)
{
	char queues[sizeof(window->def.queues)], *rest = NULL;

	memcpy(queues, window->def.queues, sizeof(queues));
	for (char *id = strtok_r(queues, ",", &rest); id; id = strtok_r(NULL, ",", &rest)) {
		struct model_ticket *best = NULL;

		for (size_t i = 0; i < model->ticket_count; i++) {
			struct model_ticket *ticket = &model->tickets[i];

			if (ticket->today && ticket->state == TICKET_WAITING &&
			    !strcmp(ticket->queue, id) && (!best || model_is_before(ticket, best)))
				best = ticket;
		}
		if (best)
			return best;
	}
	return NULL;
}

static const char *take_issued(struct model *model, const struct event *event)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	const struct model_queue *queue = model_queue_of(model, issued->queue);
	struct model_ticket ticket = {.today = true, .state = TICKET_WAITING, .leg = 1};
	size_t prefix_len = queue ? strlen(queue->def.prefix) : 0;
	int64_t ahead = 0, value;

	if (!queue || strncmp(issued->number, queue->def.prefix, prefix_len) != 0 ||
	    strlen(issued->number + prefix_len) < 3)
		return "a number is not its queue's";
	value = strtoll(issued->number + prefix_len, NULL, 10);
	if (value < queue->def.first || value > queue->def.last)
		return "a number is outside of its queue's range";
	ticket.id = issued->ticket;
	ticket.date = model->day;
	ticket.class = issued->class;
	ticket.boot = ticket.newest_boot = model->boot;
	ticket.arrival_ms = ticket.newest_ms = issued->arrival_ms;
	ticket.order = event->seq;
	memcpy(ticket.number, issued->number, sizeof(ticket.number));
	memcpy(ticket.queue, issued->queue, sizeof(ticket.queue));
	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *other = &model->tickets[i];

		if (other->date == model->day && !strcmp(other->number, ticket.number))
			return "a number was issued twice on a day";
		if (other->id >= ticket.id)
			return "a ticket's id was there before";
		ahead += other->today && other->state == TICKET_WAITING &&
			 !strcmp(other->queue, ticket.queue) && model_is_before(other, &ticket);
	}
	if (issued->ahead != ahead)
		return "a new ticket's count of those ahead is wrong";
	if (model->ticket_count == MODEL_TICKETS)
		return "the model is full";
	model->tickets[model->ticket_count++] = ticket;
	return NULL;
}

static const char *take_called(struct model *model, const struct event *event, bool resumed)
{
	const struct event_ticket_called *called = &event->u.ticket_called;
	struct model_window *window = model_window_of(model, called->window);
	struct model_ticket *ticket = model_ticket_of(model, called->ticket);

	if (!ticket || !window || ticket->state != TICKET_WAITING)
		return "a ticket was called that does not wait";
	if (!resumed && ticket != model_next_at(model, window))
		return "a ticket was called out of order";
	if (window->ticket)
		return "a ticket was called to a window that is taken";
	if (strcmp(called->clerk, window->clerk) != 0 || strcmp(called->queue, ticket->queue) != 0)
		return "a call names another clerk or queue";
	ticket->state = TICKET_CALLED;
	ticket->window = called->window;
	window->ticket = ticket->id;
	return NULL;
}

/* Where a ticket goes by an event that names ticket, number, leg and window. */
static const char *take_move(struct model *model, const struct event *event)
{
	const struct event_ticket_recalled *body = &event->u.ticket_recalled;
	struct model_ticket *ticket = model_ticket_of(model, body->ticket);
	struct model_window *at = ticket ? model_window_of(model, ticket->window) : NULL;
	bool here = at && at->ticket == ticket->id;

	if (!ticket || strcmp(ticket->number, body->number) != 0)
		return "an event names a ticket wrongly";
	if (event->type == EVENT_TICKET_RESUMED || event->type == EVENT_TICKET_TRANSFERRED) {
		if (event->type == EVENT_TICKET_TRANSFERRED)
			memcpy(ticket->queue, event->u.ticket_transferred.to,
			       sizeof(ticket->queue));
		ticket->leg++;
		ticket->state = TICKET_WAITING;
	} else if (event->type == EVENT_TICKET_CANCELLED) {
		ticket->state = TICKET_CANCELLED;
	} else {
		if (!here || body->window != at->def.window)
			return "an event names a window where the ticket is not";
		ticket->state = event->type == EVENT_TICKET_RECALLED	? TICKET_CALLED
				: event->type == EVENT_SERVICE_STARTED	? TICKET_SERVING
				: event->type == EVENT_SERVICE_FINISHED ? TICKET_FINISHED
				: event->type == EVENT_TICKET_NO_SHOW	? TICKET_NO_SHOW
									: TICKET_PARKED;
	}
	if (ticket->leg != body->leg)
		return "an event names another leg";
	if (here && ticket->state != TICKET_CALLED && ticket->state != TICKET_SERVING)
		at->ticket = 0;
	return NULL;
}

static void take_day_closed(struct model *model)
{
	for (size_t i = 0; i < model->ticket_count; i++) {
		struct model_ticket *ticket = &model->tickets[i];

		if (ticket->state == TICKET_WAITING)
			ticket->state = TICKET_UNCALLED;
		else if (ticket->state == TICKET_SERVING)
			ticket->state = TICKET_FINISHED;
		else if (ticket->state == TICKET_CALLED || ticket->state == TICKET_PARKED ||
			 ticket->state == TICKET_NO_SHOW)
			ticket->state = TICKET_CLOSED;
	}
	for (size_t i = 0; i < model->window_count; i++)
		model->windows[i].ticket = 0;
	for (size_t i = 0; i < model->job_count; i++)
		if (model->jobs[i].state == JOB_QUEUED)
			model->jobs[i].state = JOB_ENDED;
	model->day = 0;
}

static void take_day_opened(struct model *model, int64_t date)
{
	bool again = date == model->last_day;

	for (size_t i = 0; i < model->ticket_count; i++)
		model->tickets[i].today &= again;
	for (size_t i = 0; i < model->job_count; i++)
		model->jobs[i].today &= again;
	model->day = model->last_day = date;
}

static const char *take_print(struct model *model, const struct event *event)
{
	const struct event_print *print = &event->u.print;
	struct model_ticket *ticket = model_ticket_of(model, print->ticket);
	struct model_job *job = model_job_of(model, print->job);

	if (!ticket || (job && job->copy != print->copy))
		return "a print event names a ticket or copy wrongly";
	if (event->type != EVENT_PRINT_QUEUED) {
		job->state = event->type == EVENT_PRINT_STARTED ? JOB_STARTED : JOB_ENDED;
		return NULL;
	}
	if (job || model->job_count == MODEL_JOBS)
		return "a print job's id was there before";
	for (size_t i = 0; i < model->job_count; i++)
		if (model->jobs[i].ticket == ticket->id && model->jobs[i].copy >= print->copy)
			return "a reprint is no later copy";
	model->jobs[model->job_count++] = (struct model_job){
		.id = print->job,
		.ticket = print->ticket,
		.copy = print->copy,
		.today = true,
		.state = JOB_QUEUED,
	};
	ticket->job = print->job;
	return NULL;
}

static void take_definition(struct model *model, const struct event *event)
{
	struct model_queue *queue = model_queue_of(model, event->u.queue_defined.queue);
	struct model_window *window;
	struct event_item_defined *item;

	switch (event->type) {
	case EVENT_QUEUE_DEFINED:
		if (!queue)
			queue = &model->queues[model->queue_count++];
		queue->def = event->u.queue_defined;
		break;
	case EVENT_WINDOW_DEFINED:
		window = model_window_of(model, event->u.window_defined.window);
		if (!window)
			window = &model->windows[model->window_count++];
		window->def = event->u.window_defined;
		break;
	case EVENT_ITEM_DEFINED:
		item = model_item_of(model, event->u.item_defined.item);
		if (!item)
			item = &model->items[model->item_count++];
		*item = event->u.item_defined;
		break;
	default: break;
	}
}

static void take_start(struct model *model, const struct event *event)
{
	if (strcmp(model->boot_id, event->u.daemon_started.boot) != 0 ||
	    event->at.mono_ms < model->mono_ms) {
		model->boot++;
		model->mono_ms = event->at.mono_ms;
	}
	memcpy(model->boot_id, event->u.daemon_started.boot, sizeof(model->boot_id));
}

static const char *take(struct model *model, const struct event *event, bool resumed)
{
	struct model_window *window = model_window_of(model, event_window(event));

	switch (event->type) {
	case EVENT_DAEMON_STARTED: take_start(model, event); return NULL;
	case EVENT_HALL_DEFINED:
	case EVENT_QUEUE_DEFINED:
	case EVENT_WINDOW_DEFINED:
	case EVENT_ITEM_DEFINED: take_definition(model, event); return NULL;
	case EVENT_DAY_OPENED: take_day_opened(model, event->u.day_opened.date); return NULL;
	case EVENT_DAY_CLOSED: take_day_closed(model); return NULL;
	case EVENT_TICKET_ISSUED: return take_issued(model, event);
	case EVENT_TICKET_CALLED: return take_called(model, event, resumed);
	case EVENT_WINDOW_PAUSED: window->paused = true; return NULL;
	case EVENT_WINDOW_REOPENED: window->paused = false; return NULL;
	case EVENT_CLERK_SIGNED_IN:
		memcpy(window->clerk, event->u.clerk_changed.clerk, sizeof(window->clerk));
		return NULL;
	case EVENT_CLERK_SIGNED_OUT: memset(window->clerk, 0, sizeof(window->clerk)); return NULL;
	case EVENT_PRINT_QUEUED:
	case EVENT_PRINT_STARTED:
	case EVENT_PRINT_ENDED: return take_print(model, event);
	default: return take_move(model, event);
	}
}

/* Nothing happens to a ticket before what happened to it last. */
static const char *take_moment(struct model *model, const struct event *event)
{
	struct model_ticket *ticket = model_ticket_of(model, event_ticket(event));

	if (model->mono_ms < event->at.mono_ms)
		model->mono_ms = event->at.mono_ms;
	if (!ticket)
		return NULL;
	if (ticket->newest_boot == model->boot && event->at.mono_ms < ticket->newest_ms)
		return "a duration is negative";
	ticket->newest_boot = model->boot;
	ticket->newest_ms = event->at.mono_ms;
	return NULL;
}

const char *model_step(struct model *model, const struct command *command, int r,
		       const struct decision *decision)
{
	struct expected expected = model_expect(model, command);
	int64_t moment = command->at.mono_ms;

	if (command->type != COMMAND_START_DAEMON && moment < model->mono_ms)
		moment = model->mono_ms;
	if (r < 0) {
		if (expected.verdict == MUST_DO)
			return "a command was refused that must be done";
		if (expected.verdict == MAY_BE_FULL && decision->refusal != REFUSAL_QUEUE_FULL)
			return "an issue was refused for another reason than a full queue";
		return NULL;
	}
	if (expected.verdict == MUST_REFUSE)
		return "a command was done that must be refused";
	if (expected.verdict != MAY_BE_EITHER && decision->count != expected.count)
		return "a command led to another number of events";
	for (size_t i = 0; i < decision->count; i++) {
		const struct event *event = &decision->events[i];
		bool implied = i + 1 < decision->count && event->type == EVENT_SERVICE_FINISHED;
		const char *wrong;

		if (expected.verdict != MAY_BE_EITHER && event->type != expected.types[i])
			return "a command led to another event";
		if (event->type == EVENT_SERVICE_FINISHED &&
		    event->u.service_finished.implied != implied)
			return "a finish is wrongly said to be implied, or not";
		if (event->at.mono_ms != moment)
			return "an event has another moment";
		wrong = take(model, event, command->type == COMMAND_RESUME);
		if (!wrong)
			wrong = take_moment(model, event);
		if (wrong)
			return wrong;
	}
	return NULL;
}

const char *model_compare(const struct model *model, const struct hall *hall)
{
	size_t today = 0;

	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *expected = &model->tickets[i];
		const struct ticket *ticket = hall_find_ticket(hall, expected->id);

		if (!expected->today)
			continue;
		today++;
		if (!ticket || ticket->state != expected->state || ticket->leg != expected->leg ||
		    ticket->arrival_ms != expected->arrival_ms ||
		    strcmp(hall_queue(hall, ticket->queue)->def.queue, expected->queue) != 0)
			return "a ticket is not where it should be";
	}
	if (today != hall_ticket_count(hall))
		return "the hall has another number of tickets";
	for (size_t i = 0; i < model->window_count; i++) {
		const struct window *window = hall_find_window(hall, model->windows[i].def.window);

		if (!window || window->ticket != model->windows[i].ticket ||
		    window->paused != model->windows[i].paused ||
		    strcmp(window->clerk, model->windows[i].clerk) != 0)
			return "a window is not as it should be";
	}
	return NULL;
}
