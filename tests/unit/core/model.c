/* The reference model of the property test: its state, and the events onto it. */
#include <stdio.h>
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

struct event_clerk_defined *model_clerk_of(struct model *model, const char *id)
{
	for (size_t i = 0; i < model->clerk_count; i++)
		if (!strcmp(model->clerks[i].clerk, id))
			return &model->clerks[i];
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

bool model_list_has(const char *list, const char *id)
{
	size_t len = strlen(id);

	for (const char *at = list; len && *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == len && !strncmp(at, id, len))
			return true;
	return false;
}

struct moment model_moment(const struct model *model, const struct command *command)
{
	struct moment moment = {command->at.mono_ms, command->at.wall_ms, command->at.offset_min};

	if (command->type != COMMAND_START_DAEMON && moment.mono_ms < model->mono_ms)
		moment.mono_ms = model->mono_ms;
	return moment;
}

int64_t model_clock(const struct model *model, int64_t mono_ms)
{
	return model->base_ms + mono_ms;
}

int64_t model_waited(const struct model *model, const struct model_ticket *ticket, int64_t mono_ms)
{
	if (ticket->state != TICKET_WAITING)
		return ticket->waited_ms;
	return ticket->waited_ms + model_clock(model, mono_ms) - ticket->since_ms;
}

void model_init(struct model *model)
{
	memset(model, 0, sizeof(*model));
	model->policy.overtakes = -1;
}

/* A stay in a queue begins, or the time set aside. */
static void begin_stay(const struct model *model, struct model_ticket *ticket, int64_t mono_ms)
{
	ticket->since_ms = model_clock(model, mono_ms);
}

static void end_stay(const struct model *model, struct model_ticket *ticket, int64_t mono_ms)
{
	ticket->waited_ms = model_waited(model, ticket, mono_ms);
}

static const char *take_issued(struct model *model, const struct event *event,
			       const struct expected *expected)
{
	const struct event_ticket_issued *issued = &event->u.ticket_issued;
	struct model_queue *queue = model_queue_of(model, issued->queue);
	struct model_ticket ticket = {.today = true, .state = TICKET_WAITING, .leg = 1};

	if (strcmp(issued->number, expected->number) != 0)
		return "another number was given";
	if (issued->ahead != expected->ahead)
		return "a new ticket's count of those ahead is wrong";
	if (!queue || model_split_number(issued->number, ticket.prefix, &ticket.value) < 0)
		return "a number is none";
	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *other = &model->tickets[i];

		if (other->date == model->day && other->value == ticket.value &&
		    !strcmp(other->prefix, ticket.prefix))
			return "a number was issued twice on a day";
		if (other->id >= issued->ticket)
			return "a ticket's id was there before";
	}
	if (model->ticket_count == MODEL_TICKETS)
		return "the model is full";
	ticket.paper = issued->origin == ORIGIN_PAPER &&
		       (ticket.value < queue->def.first || ticket.value > queue->def.last);
	if (!ticket.paper && !strcmp(ticket.prefix, queue->def.prefix))
		queue->least = ticket.value + 1;
	else if (!ticket.paper)
		queue->least_spare = ticket.value + 1;
	ticket.id = issued->ticket;
	ticket.date = model->day;
	ticket.class = issued->class;
	ticket.boot = ticket.newest_boot = model->boot;
	ticket.arrival_ms = ticket.newest_ms = issued->arrival_ms;
	ticket.order = event->seq;
	ticket.slot_from = issued->slot_from;
	ticket.slot_to = issued->slot_to;
	ticket.issued_wall_ms = event->at.wall_ms;
	memcpy(ticket.number, issued->number, sizeof(ticket.number));
	memcpy(ticket.queue, issued->queue, sizeof(ticket.queue));
	memcpy(ticket.item, issued->item, sizeof(ticket.item));
	begin_stay(model, &ticket, issued->arrival_ms);
	model->tickets[model->ticket_count++] = ticket;
	return NULL;
}

static const char *take_called(struct model *model, const struct event *event,
			       const struct expected *expected)
{
	const struct event_ticket_called *called = &event->u.ticket_called;
	struct model_window *window = model_window_of(model, called->window);
	struct model_ticket *ticket = model_ticket_of(model, called->ticket);

	if (!ticket || !window || ticket->state != TICKET_WAITING)
		return "a ticket was called that does not wait";
	if (called->ticket != expected->ticket)
		return "a ticket was called out of order";
	if (called->reason != (int64_t)expected->reason)
		return "a call gives another reason";
	if (called->overtaken != expected->overtaken)
		return "a call counts those it passes over wrongly";
	if (window->ticket)
		return "a ticket was called to a window that is taken";
	if (strcmp(called->clerk, window->clerk) != 0 || strcmp(called->queue, ticket->queue) != 0)
		return "a call names another clerk or queue";
	for (size_t i = 0; i < model->ticket_count; i++)
		model->tickets[i].overtaken +=
			model_is_passed(model, window, ticket, &model->tickets[i]);
	end_stay(model, ticket, event->at.mono_ms);
	ticket->state = TICKET_CALLED;
	ticket->calls = 1;
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
	if (ticket->state == TICKET_WAITING)
		end_stay(model, ticket, event->at.mono_ms);
	ticket->correction =
		event->type == EVENT_TICKET_PARKED && event->u.ticket_parked.correction;
	ticket->calls += event->type == EVENT_TICKET_RECALLED;
	if (event->type == EVENT_TICKET_NO_SHOW)
		begin_stay(model, ticket, event->at.mono_ms);
	if (event->type == EVENT_TICKET_RESUMED || event->type == EVENT_TICKET_TRANSFERRED) {
		if (event->type == EVENT_TICKET_TRANSFERRED)
			memcpy(ticket->queue, event->u.ticket_transferred.to,
			       sizeof(ticket->queue));
		ticket->leg++;
		ticket->calls = 0;
		ticket->state = TICKET_WAITING;
		begin_stay(model, ticket, event->at.mono_ms);
	} else if (event->type == EVENT_TICKET_CANCELLED) {
		ticket->state = TICKET_CANCELLED;
	} else if (event->type == EVENT_TICKET_CLOSED) {
		if (ticket->state != TICKET_NO_SHOW ||
		    model_clock(model, event->at.mono_ms) - ticket->since_ms <
			    model->policy.aside_ms)
			return "a ticket was closed that is not over";
		ticket->state = TICKET_CLOSED;
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
	if (here && ticket->state != TICKET_CALLED && ticket->state != TICKET_SERVING) {
		at->ticket = 0;
		at->last = ticket->id;
	}
	return NULL;
}

static const char *take_rating(struct model *model, const struct event *event,
			       const struct expected *expected)
{
	const struct event_rating_asked *asked = &event->u.rating_asked;
	struct model_ticket *ticket = model_ticket_of(model, asked->ticket);

	if (!ticket || asked->ticket != expected->ticket || asked->leg != ticket->leg ||
	    strcmp(asked->number, ticket->number) != 0 || asked->window != ticket->window)
		return "another citizen is asked for a rating";
	return NULL;
}

static void take_day_closed(struct model *model, int64_t mono_ms)
{
	for (size_t i = 0; i < model->ticket_count; i++) {
		struct model_ticket *ticket = &model->tickets[i];

		if (ticket->state == TICKET_WAITING)
			end_stay(model, ticket, mono_ms);
		if (ticket->state == TICKET_WAITING)
			ticket->state = TICKET_UNCALLED;
		else if (ticket->state == TICKET_SERVING)
			ticket->state = TICKET_FINISHED;
		else if (ticket->state == TICKET_CALLED || ticket->state == TICKET_PARKED ||
			 ticket->state == TICKET_NO_SHOW)
			ticket->state = TICKET_CLOSED;
	}
	for (size_t i = 0; i < model->window_count; i++) {
		if (model->windows[i].ticket)
			model->windows[i].last = model->windows[i].ticket;
		model->windows[i].ticket = 0;
		model->windows[i].help = false;
	}
	for (size_t i = 0; i < model->job_count; i++)
		if (model->jobs[i].state == JOB_QUEUED) {
			model->jobs[i].state = JOB_ENDED;
			model->jobs[i].outcome = PRINT_FAILED;
		}
	if (model->closed_count < MODEL_DAYS)
		model->closed[model->closed_count++] = model->day;
	model->day = 0;
}

static void take_day_opened(struct model *model, int64_t date)
{
	bool again = date == model->last_day;

	for (size_t i = 0; i < model->ticket_count; i++)
		model->tickets[i].today &= again;
	for (size_t i = 0; i < model->job_count; i++)
		model->jobs[i].today &= again;
	for (size_t i = 0; i < model->queue_count && !again; i++)
		model->queues[i].least = model->queues[i].least_spare = model->queues[i].def.first;
	model->day = model->last_day = date;
}

/* Within a day a queue's numbers only rise, and begin behind those that the prefix had before. */
static int64_t raise(const struct model *model, const struct model_queue *queue, int64_t least,
		     const char *prefix)
{
	int64_t highest = model_highest_under(model, prefix);

	if (least < queue->def.first)
		least = queue->def.first;
	return least <= highest ? highest + 1 : least;
}

static void take_definition(struct model *model, const struct event *event)
{
	struct model_queue *queue = model_queue_of(model, event->u.queue_defined.queue);
	struct model_window *window;
	struct event_item_defined *item;
	struct event_clerk_defined *clerk;

	switch (event->type) {
	case EVENT_HALL_DEFINED: model->hall = event->u.hall_defined; break;
	case EVENT_POLICY_DEFINED: model->policy = event->u.policy_defined; break;
	case EVENT_CLERK_DEFINED:
		clerk = model_clerk_of(model, event->u.clerk_defined.clerk);
		if (!clerk)
			clerk = &model->clerks[model->clerk_count++];
		*clerk = event->u.clerk_defined;
		break;
	case EVENT_QUEUE_DEFINED:
		if (!queue)
			queue = &model->queues[model->queue_count++];
		queue->def = event->u.queue_defined;
		queue->least = raise(model, queue, queue->least, queue->def.prefix);
		queue->least_spare = raise(model, queue, queue->least_spare, queue->def.spare);
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

/* Between two boots only the wall clock counted, and it may be wrong: one day of it is believed. */
static void take_start(struct model *model, const struct event *event)
{
	static const int64_t day_ms = 86400000;
	int64_t gap = event->at.wall_ms - model->wall_ms;
	int64_t before = model_clock(model, model->mono_ms);

	if (strcmp(model->boot_id, event->u.daemon_started.boot) != 0 ||
	    event->at.mono_ms < model->mono_ms) {
		model->boot++;
		model->mono_ms = event->at.mono_ms;
		model->base_ms = before +
				 (gap < 0	 ? 0
				  : gap > day_ms ? day_ms
						 : gap) -
				 event->at.mono_ms;
	}
	memcpy(model->boot_id, event->u.daemon_started.boot, sizeof(model->boot_id));
}

static const char *take(struct model *model, const struct event *event,
			const struct expected *expected)
{
	struct model_window *window = model_window_of(model, event_window(event));

	switch (event->type) {
	case EVENT_DAEMON_STARTED: take_start(model, event); return NULL;
	case EVENT_HALL_DEFINED:
	case EVENT_QUEUE_DEFINED:
	case EVENT_WINDOW_DEFINED:
	case EVENT_ITEM_DEFINED:
	case EVENT_POLICY_DEFINED:
	case EVENT_CLERK_DEFINED: take_definition(model, event); return NULL;
	case EVENT_LOG_RESTORED:
	case EVENT_ONLINE_FILING:
	case EVENT_CLOCK_STEP: return NULL;
	case EVENT_BASELINE_FROZEN:
	case EVENT_BASELINE_PART: return model_take_baseline(model, event);
	case EVENT_DAY_OPENED: take_day_opened(model, event->u.day_opened.date); return NULL;
	case EVENT_DAY_CLOSED: take_day_closed(model, event->at.mono_ms); return NULL;
	case EVENT_TICKET_ISSUED: return take_issued(model, event, expected);
	case EVENT_TICKET_CALLED: return take_called(model, event, expected);
	case EVENT_WINDOW_PAUSED: window->paused = true; return NULL;
	case EVENT_WINDOW_REOPENED: window->paused = false; return NULL;
	case EVENT_HELP_ASKED: window->help = true; return NULL;
	case EVENT_HELP_OVER: window->help = false; return NULL;
	case EVENT_RATING_ASKED: return take_rating(model, event, expected);
	case EVENT_CLERK_SIGNED_IN:
		memcpy(window->clerk, event->u.clerk_changed.clerk, sizeof(window->clerk));
		return NULL;
	case EVENT_CLERK_SIGNED_OUT: memset(window->clerk, 0, sizeof(window->clerk)); return NULL;
	case EVENT_PRINT_QUEUED:
	case EVENT_PRINT_STARTED:
	case EVENT_PRINT_ENDED:
	case EVENT_PRINT_SETTLED:
	case EVENT_PRINTER_CONDITION: return model_take_print(model, event, expected);
	default: return take_move(model, event);
	}
}

/* Nothing happens to a ticket before what happened to it last. */
static const char *take_moment(struct model *model, const struct event *event)
{
	struct model_ticket *ticket = model_ticket_of(model, event_ticket(event));

	if (model->mono_ms < event->at.mono_ms)
		model->mono_ms = event->at.mono_ms;
	model->wall_ms = event->at.wall_ms;
	model->seq = event->seq;
	if (!ticket)
		return NULL;
	if (ticket->newest_boot == model->boot && event->at.mono_ms < ticket->newest_ms)
		return "a duration is negative";
	ticket->newest_boot = model->boot;
	ticket->newest_ms = event->at.mono_ms;
	return NULL;
}

/* A sentence for each refusal, so that shrinking keeps to the one that was found. */
static const char *sentence(const char *what, enum refusal refusal)
{
	static char sentences[REFUSAL_COUNT * 3][96];
	char wanted[96];

	snprintf(wanted, sizeof(wanted), "%s: %s", what, refusal_code(refusal));
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (!sentences[i][0])
			memcpy(sentences[i], wanted, sizeof(wanted));
		if (!strcmp(sentences[i], wanted))
			return sentences[i];
	}
	return what;
}

static const char *check_refusal(const struct expected *expected, enum refusal refusal)
{
	if (refusal == expected->refusal)
		return NULL;
	if (!expected->refusal)
		return sentence("a command was refused that must be done", refusal);
	if (!refusal)
		return sentence("a command was done that must be refused", expected->refusal);
	return sentence("a command was refused for another reason than", expected->refusal);
}

const char *model_step(struct model *model, const struct command *command, int r,
		       const struct decision *decision)
{
	struct expected expected = model_expect(model, command);
	struct moment moment = model_moment(model, command);
	const char *wrong = check_refusal(&expected, r < 0 ? decision->refusal : REFUSAL_NONE);

	if (!wrong && decision->count != expected.count)
		wrong = "a command led to another number of events";
	for (size_t i = 0; !wrong && i < decision->count; i++) {
		const struct event *event = &decision->events[i];
		bool implied = i + 1 < decision->count && event->type == EVENT_SERVICE_FINISHED;

		if (event->type != expected.types[i])
			return "a command led to another event";
		if (event->type == EVENT_SERVICE_FINISHED &&
		    event->u.service_finished.implied != implied)
			return "a finish is wrongly said to be implied, or not";
		if (event->at.mono_ms != moment.mono_ms)
			return "an event has another moment";
		wrong = take(model, event, &expected);
		if (!wrong)
			wrong = take_moment(model, event);
	}
	return wrong;
}
