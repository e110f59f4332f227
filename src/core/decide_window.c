/* What happens at a window: calls, services, parks, transfers, pauses, clerks. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "src/core/decide.h"
#include "src/core/text.h"

/* ticket, number, leg, window stand in the same order in all of these bodies. */
static void fill(struct event *event, const struct ticket *ticket, int64_t leg, int64_t window)
{
	struct event_ticket_recalled *body = &event->u.ticket_recalled;

	body->ticket = ticket->id;
	memcpy(body->number, ticket->number, sizeof(body->number));
	body->leg = leg;
	body->window = window;
}

static struct event *add(struct decision *ret, const struct command *command, enum event_type type,
			 const struct ticket *ticket, int64_t window)
{
	struct event *event = decision_add(ret, command, type);

	fill(event, ticket, ticket->leg, window);
	return event;
}

static void add_implied_finish(struct decision *ret, const struct command *command,
			       const struct ticket *ticket)
{
	add(ret, command, EVENT_SERVICE_FINISHED, ticket, ticket->window)
		->u.service_finished.implied = true;
}

static int refuse_state(struct decision *ret, const struct ticket *ticket)
{
	return decision_refuse(ret, REFUSAL_TICKET_STATE, "%s is %s", ticket->number,
			       ticket_state_name(ticket->state));
}

static int refuse_retired(struct decision *ret, const struct window *window)
{
	return decision_refuse(ret, REFUSAL_WINDOW_UNKNOWN, "window %" PRId64 " is retired",
			       window->def.window);
}

static int refuse_paused(struct decision *ret, const struct window *window)
{
	return decision_refuse(ret, REFUSAL_WINDOW_PAUSED, "window %" PRId64, window->def.window);
}

static int refuse_idle(struct decision *ret, const struct window *window)
{
	return decision_refuse(ret, REFUSAL_WINDOW_IDLE, "window %" PRId64, window->def.window);
}

static int refuse_unknown(struct decision *ret, int64_t ticket)
{
	return decision_refuse(ret, REFUSAL_TICKET_UNKNOWN, "ticket %" PRId64, ticket);
}

static void add_call(const struct hall *hall, struct decision *ret, const struct command *command,
		     const struct ticket *ticket, int64_t leg, const struct window *window,
		     enum call_reason reason, uint32_t overtaken)
{
	struct event *event = decision_add(ret, command, EVENT_TICKET_CALLED);
	struct event_ticket_called *called = &event->u.ticket_called;

	fill(event, ticket, leg, window->def.window);
	memcpy(called->queue, hall->queues[ticket->queue].queue.def.queue, sizeof(called->queue));
	memcpy(called->clerk, window->clerk, sizeof(called->clerk));
	called->reason = reason;
	called->overtaken = overtaken;
}

/* A new leg, at a window or (NULL) at none. */
static void add_resume(const struct hall *hall, struct decision *ret, const struct command *command,
		       const struct ticket *ticket, const struct window *window)
{
	struct event *event = decision_add(ret, command, EVENT_TICKET_RESUMED);

	fill(event, ticket, ticket->leg + 1, window ? window->def.window : 0);
	memcpy(event->u.ticket_resumed.queue, hall->queues[ticket->queue].queue.def.queue,
	       CORE_ID_SIZE);
}

static int call_next(const struct hall *hall, const struct command *command, struct decision *ret,
		     const struct window *window, const struct ticket *here)
{
	const struct ticket *next;
	struct pick pick;

	if (window->def.retired)
		return refuse_retired(ret, window);
	if (window->paused)
		return refuse_paused(ret, window);
	if (here && here->state == TICKET_CALLED)
		return decision_refuse(ret, REFUSAL_WINDOW_BUSY, "%s", here->number);
	pick = line_pick(hall, window, &command->at);
	if (pick.ticket == NO_INDEX && pick.barred)
		return decision_refuse(ret, REFUSAL_SKILL, "%" PRIu32 " waiting", pick.barred);
	if (pick.ticket == NO_INDEX)
		return decision_refuse(ret, REFUSAL_NOBODY_WAITING, "%s", "");
	next = &hall->tickets[pick.ticket];
	if (here)
		add_implied_finish(ret, command, here);
	add_call(hall, ret, command, next, next->leg, window, pick.reason, pick.overtaken);
	return 0;
}

/* What is asked for of today's tickets: the one that this window may call or take back, or why
 * none. */
struct search {
	const struct ticket *found; /* the first that may be called here */
	const struct ticket *other; /* and the second */
	const struct ticket *away;  /* called, finished ... */
	const struct ticket *elsewhere;
};

static bool may_be_named(const struct ticket *ticket)
{
	return ticket->state == TICKET_WAITING || ticket->state == TICKET_PARKED ||
	       ticket->state == TICKET_NO_SHOW;
}

/* Figures alone stand for a ticket of any prefix: a keypad has no letters. Only the queues that the
 * window serves are looked at, and of those only tickets that may be called; so figures are seldom
 * of two, and never of the wrong one. */
static struct search search_number(const struct hall *hall, const struct window *window,
				   const char *number)
{
	struct search search = {.found = NULL};
	size_t prefix;
	uint32_t value = state_parse_number(number, &prefix);

	for (size_t i = 0; i < hall->ticket_count; i++) {
		const struct ticket *ticket = &hall->tickets[i];
		size_t len;

		if (state_parse_number(ticket->number, &len) != value ||
		    (prefix && (prefix != len || strncmp(number, ticket->number, len) != 0)))
			continue;
		if (!hall_serves_queue(window, ticket))
			search.elsewhere = ticket;
		else if (!may_be_named(ticket))
			search.away = ticket;
		else if (search.found)
			search.other = ticket;
		else
			search.found = ticket;
	}
	return search;
}

static const struct ticket *find_named(const struct hall *hall, const struct command *command,
				       struct decision *ret, const struct window *window)
{
	const char *number = command->u.at_window.number;
	struct search search;
	size_t prefix;

	if (!text_fits(number, CORE_NUMBER_SIZE) || !state_parse_number(number, &prefix) ||
	    strspn(number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != prefix) {
		decision_refuse(ret, REFUSAL_INVALID,
				"number: must be as on the ticket (A012), or its figures alone");
		return NULL;
	}
	search = search_number(hall, window, number);
	if (search.other)
		decision_refuse(ret, REFUSAL_NUMBER_AMBIGUOUS, "%s, %s", search.found->number,
				search.other->number);
	else if (search.found)
		return search.found;
	else if (search.away)
		refuse_state(ret, search.away);
	else if (search.elsewhere)
		decision_refuse(ret, REFUSAL_QUEUE_NOT_HERE, "%s", search.elsewhere->number);
	else
		decision_refuse(ret, REFUSAL_TICKET_UNKNOWN, "%s", number);
	return NULL;
}

/* A clerk calls a certain ticket: one that waits, or one that was parked or set aside. The ageing
 * bound holds as for any call: who may not be overtaken any more is not passed over. */
static int call_number(const struct hall *hall, const struct command *command, struct decision *ret,
		       const struct window *window, const struct ticket *here)
{
	const struct ticket *ticket;
	struct passed passed;
	bool waits;

	if (window->def.retired)
		return refuse_retired(ret, window);
	if (window->paused)
		return refuse_paused(ret, window);
	if (here && here->state == TICKET_CALLED)
		return decision_refuse(ret, REFUSAL_WINDOW_BUSY, "%s", here->number);
	ticket = find_named(hall, command, ret, window);
	if (!ticket)
		return -EPERM;
	if (!line_has_skill(hall, window, ticket))
		return decision_refuse(ret, REFUSAL_SKILL, "%s", ticket->number);
	passed = line_passed(hall, window, ticket, command->at.mono_ms);
#ifndef CORE_BREAK_CHOSEN /* a deliberately broken build: the tests must notice */
	if (passed.guarded)
		return decision_refuse(ret, REFUSAL_AGEING, "%s", passed.guarded->number);
#endif
	waits = ticket->state == TICKET_WAITING;
	if (here)
		add_implied_finish(ret, command, here);
	if (!waits)
		add_resume(hall, ret, command, ticket, window);
	add_call(hall, ret, command, ticket, ticket->leg + (waits ? 0 : 1), window,
		 waits ? CALL_CHOSEN : CALL_RESUMED, passed.count);
	return 0;
}

/* recall, start, no-show: a called ticket. finish: a served one. park: either. Who does not show is
 * called again as often as the policy says, before the same key sets the ticket aside. */
static int with_ticket(const struct hall *hall, const struct command *command, struct decision *ret,
		       const struct window *window, const struct ticket *here)
{
	enum command_type type = command->type;
	struct event *event;

	static const enum event_type types[] = {
		[COMMAND_RECALL] = EVENT_TICKET_RECALLED,  [COMMAND_START] = EVENT_SERVICE_STARTED,
		[COMMAND_FINISH] = EVENT_SERVICE_FINISHED, [COMMAND_NO_SHOW] = EVENT_TICKET_NO_SHOW,
		[COMMAND_PARK] = EVENT_TICKET_PARKED,
	};

	if (!here)
		return refuse_idle(ret, window);
	if (command->type == COMMAND_FINISH && here->state != TICKET_SERVING)
		return decision_refuse(ret, REFUSAL_NOT_SERVING, "%s", here->number);
	if ((command->type == COMMAND_RECALL || command->type == COMMAND_START ||
	     command->type == COMMAND_NO_SHOW) &&
	    here->state != TICKET_CALLED)
		return decision_refuse(ret, REFUSAL_NOT_CALLED, "%s", here->number);
#ifdef CORE_BREAK_NO_SHOW /* a deliberately broken build: the tests must notice */
	if (type == COMMAND_NO_SHOW && here->calls + 1 <= hall->policy.recalls)
#else
	if (type == COMMAND_NO_SHOW && here->calls <= hall->policy.recalls)
#endif
		type = COMMAND_RECALL;
	event = add(ret, command, types[type], here, window->def.window);
	if (type == COMMAND_PARK)
		event->u.ticket_parked.correction = command->u.at_window.correction;
	return 0;
}

static int resume(const struct hall *hall, const struct command *command, struct decision *ret,
		  const struct window *window, const struct ticket *here)
{
	const struct ticket *ticket = hall_find_ticket(hall, command->u.at_window.ticket);
	struct passed passed = {.count = 0};

	if (!ticket)
		return refuse_unknown(ret, command->u.at_window.ticket);
	if (ticket->state != TICKET_PARKED && ticket->state != TICKET_NO_SHOW)
		return refuse_state(ret, ticket);
	if (window && window->def.retired)
		return refuse_retired(ret, window);
	if (window && window->paused)
		return refuse_paused(ret, window);
	if (here)
		return decision_refuse(ret, REFUSAL_WINDOW_BUSY, "%s", here->number);
	if (window && !line_has_skill(hall, window, ticket))
		return decision_refuse(ret, REFUSAL_SKILL, "%s", ticket->number);
	/* The bound holds for a clerk's own choice too; without a window the ticket can wait for
	 * its turn, which comes by its first arrival. */
	if (window)
		passed = line_passed(hall, window, ticket, command->at.mono_ms);
	if (passed.guarded)
		return decision_refuse(ret, REFUSAL_AGEING, "%s", passed.guarded->number);
	add_resume(hall, ret, command, ticket, window);
	if (window)
		add_call(hall, ret, command, ticket, ticket->leg + 1, window, CALL_RESUMED,
			 passed.count);
	return 0;
}

/* Whom a transfer is about: the one at the window, or at no window a waiting or parked one. NULL:
 * refused. */
static const struct ticket *find_transferred(const struct hall *hall, const struct command *command,
					     struct decision *ret, const struct window *window,
					     const struct ticket *here)
{
	int64_t id = command->u.at_window.ticket;
	const struct ticket *ticket = id || !window ? hall_find_ticket(hall, id) : here;

	if (window && !here)
		refuse_idle(ret, window);
	else if (!ticket)
		refuse_unknown(ret, id);
	else if (window && ticket != here)
		decision_refuse(ret, REFUSAL_TICKET_STATE, "%s is not at window %" PRId64,
				ticket->number, window->def.window);
	else if (!window && ticket->state != TICKET_WAITING && ticket->state != TICKET_PARKED)
		refuse_state(ret, ticket);
	else
		return ticket;
	return NULL;
}

static int transfer(const struct hall *hall, const struct command *command, struct decision *ret,
		    const struct window *window, const struct ticket *here)
{
	const struct ticket *ticket;
	const struct queue *to;
	struct event *event;

	if (!text_fits(command->u.at_window.queue, CORE_ID_SIZE))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "queue: must be text of at most %d bytes", CORE_ID_SIZE - 1);
	to = hall_find_queue(hall, command->u.at_window.queue);
	if (!to)
		return decision_refuse(ret, REFUSAL_QUEUE_UNKNOWN, "\"%s\"",
				       command->u.at_window.queue);
	if (to->def.retired)
		return decision_refuse(ret, REFUSAL_QUEUE_RETIRED, "%s", to->def.queue);
	ticket = find_transferred(hall, command, ret, window, here);
	if (!ticket)
		return -EPERM;
	if (ticket->state == TICKET_SERVING)
		add_implied_finish(ret, command, ticket);
	event = decision_add(ret, command, EVENT_TICKET_TRANSFERRED);
	fill(event, ticket, ticket->leg + 1, window ? window->def.window : 0);
	memcpy(event->u.ticket_transferred.from, hall->queues[ticket->queue].queue.def.queue,
	       CORE_ID_SIZE);
	memcpy(event->u.ticket_transferred.to, to->def.queue, CORE_ID_SIZE);
	return 0;
}

static int cancel(const struct hall *hall, const struct command *command, struct decision *ret,
		  const struct window *window, const struct ticket *here)
{
	const struct ticket *ticket = here;

	if (command->u.at_window.ticket)
		ticket = hall_find_ticket(hall, command->u.at_window.ticket);
	else if (window && !here)
		return refuse_idle(ret, window);
	if (!ticket)
		return refuse_unknown(ret, command->u.at_window.ticket);
#ifndef CORE_BREAK_REFUSAL /* a deliberately broken build: the tests must notice */
	if (ticket->state == TICKET_SERVING)
		return decision_refuse(ret, REFUSAL_TICKET_STATE, "%s is serving: finish it",
				       ticket->number);
	if (ticket->state != TICKET_WAITING && ticket->state != TICKET_CALLED &&
	    ticket->state != TICKET_PARKED && ticket->state != TICKET_NO_SHOW)
		return refuse_state(ret, ticket);
#endif
	add(ret, command, EVENT_TICKET_CANCELLED, ticket,
	    ticket->state == TICKET_CALLED ? ticket->window : 0);
	return 0;
}

static int pause_or_reopen(const struct command *command, struct decision *ret,
			   const struct window *window, const struct ticket *here)
{
	bool pause = command->type == COMMAND_PAUSE;

	if (pause && window->paused)
		return refuse_paused(ret, window);
	if (!pause && !window->paused)
		return decision_refuse(ret, REFUSAL_WINDOW_NOT_PAUSED, "window %" PRId64,
				       window->def.window);
	if (pause && here && here->state == TICKET_CALLED)
		return decision_refuse(ret, REFUSAL_WINDOW_BUSY, "%s", here->number);
	decision_add(ret, command, pause ? EVENT_WINDOW_PAUSED : EVENT_WINDOW_REOPENED)
		->u.window_changed.window = window->def.window;
	return 0;
}

/* Somebody is to come to the window. It says so until it is over, or the day is closed. */
static int help(const struct command *command, struct decision *ret, const struct window *window)
{
	bool asks = command->type == COMMAND_HELP;

	if (window->help == asks)
		return decision_refuse(ret, asks ? REFUSAL_HELP_ASKED : REFUSAL_HELP_NOT_ASKED,
				       "window %" PRId64, window->def.window);
	decision_add(ret, command, asks ? EVENT_HELP_ASKED : EVENT_HELP_OVER)
		->u.window_changed.window = window->def.window;
	return 0;
}

/* The citizen at the window, or the one who was the last there, is asked to rate the service. */
static int ask_rating(const struct hall *hall, const struct command *command, struct decision *ret,
		      const struct window *window, const struct ticket *here)
{
	const struct ticket *ticket = here ? here : hall_find_ticket(hall, window->last_ticket);

	if (here && here->state != TICKET_SERVING)
		return decision_refuse(ret, REFUSAL_NOT_SERVING, "%s", here->number);
	if (!ticket ||
	    (!here && (ticket->state != TICKET_FINISHED || ticket->window != window->def.window)))
		return refuse_idle(ret, window);
	add(ret, command, EVENT_RATING_ASKED, ticket, window->def.window);
	return 0;
}

static int sign_in(const struct hall *hall, const struct command *command, struct decision *ret,
		   const struct window *window)
{
	const char *clerk = command->u.at_window.clerk;
	struct event_clerk_changed *changed;

	if (!text_fits(clerk, CORE_ID_SIZE) || !text_is_id(clerk))
		return decision_refuse(
			ret, REFUSAL_INVALID,
			"clerk: allowed are a-z, 0-9 and, not in front, . _ - (at most %d)",
			CORE_ID_SIZE - 1);
	if (window->def.retired)
		return refuse_retired(ret, window);
	if (window->clerk[0])
		return decision_refuse(ret, REFUSAL_CLERK_SIGNED_IN, "%s at this window",
				       window->clerk);
	for (size_t i = 0; i < hall->window_count; i++)
		if (!strcmp(hall->windows[i].clerk, clerk))
			return decision_refuse(ret, REFUSAL_CLERK_SIGNED_IN,
					       "%s at window %" PRId64, clerk,
					       hall->windows[i].def.window);
	changed = &decision_add(ret, command, EVENT_CLERK_SIGNED_IN)->u.clerk_changed;
	changed->window = window->def.window;
	memcpy(changed->clerk, clerk, sizeof(changed->clerk));
	return 0;
}

static int sign_out(const struct command *command, struct decision *ret,
		    const struct window *window, const struct ticket *here)
{
	struct event_clerk_changed *changed;

	if (!window->clerk[0])
		return decision_refuse(ret, REFUSAL_CLERK_NOT_SIGNED_IN, "window %" PRId64,
				       window->def.window);
	if (here)
		return decision_refuse(ret, REFUSAL_WINDOW_BUSY, "%s", here->number);
	changed = &decision_add(ret, command, EVENT_CLERK_SIGNED_OUT)->u.clerk_changed;
	changed->window = window->def.window;
	memcpy(changed->clerk, window->clerk, sizeof(changed->clerk));
	return 0;
}

static bool needs_open_day(enum command_type type)
{
	return type != COMMAND_PAUSE && type != COMMAND_REOPEN && type != COMMAND_SIGN_IN &&
	       type != COMMAND_SIGN_OUT && type != COMMAND_HELP && type != COMMAND_HELP_OVER;
}

/* These may be done by the desk, at no window. */
static bool needs_window(enum command_type type)
{
	return type != COMMAND_RESUME && type != COMMAND_TRANSFER && type != COMMAND_CANCEL;
}

int decide_at_window(const struct hall *hall, const struct command *command, struct decision *ret)
{
	int64_t number = command->u.at_window.window;
	const struct window *window = number ? hall_find_window(hall, number) : NULL;
	const struct ticket *here = window ? hall_find_ticket(hall, window->ticket) : NULL;

	if (!window && (number || needs_window(command->type)))
		return decision_refuse(ret, REFUSAL_WINDOW_UNKNOWN, "window %" PRId64, number);
	if (!hall->day && needs_open_day(command->type))
		return decision_refuse(ret, REFUSAL_DAY_CLOSED, "%s", "");
	switch (command->type) {
	case COMMAND_CALL_NEXT: return call_next(hall, command, ret, window, here);
	case COMMAND_CALL_NUMBER: return call_number(hall, command, ret, window, here);
	case COMMAND_RESUME: return resume(hall, command, ret, window, here);
	case COMMAND_TRANSFER: return transfer(hall, command, ret, window, here);
	case COMMAND_CANCEL: return cancel(hall, command, ret, window, here);
	case COMMAND_PAUSE:
	case COMMAND_REOPEN: return pause_or_reopen(command, ret, window, here);
	case COMMAND_HELP:
	case COMMAND_HELP_OVER: return help(command, ret, window);
	case COMMAND_ASK_RATING: return ask_rating(hall, command, ret, window, here);
	case COMMAND_SIGN_IN: return sign_in(hall, command, ret, window);
	case COMMAND_SIGN_OUT: return sign_out(command, ret, window, here);
	default: return with_ticket(hall, command, ret, window, here);
	}
}
