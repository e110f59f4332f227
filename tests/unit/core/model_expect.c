/* What must come of a command, by the reference model: done or refused, and by which word. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/core/model_private.h"

struct expected model_refuse(enum refusal refusal)
{
	return (struct expected){.refusal = refusal};
}

struct expected model_one(enum event_type type)
{
	return (struct expected){.count = 1, .types = {type}};
}

struct expected model_two(enum event_type first, enum event_type second)
{
	return (struct expected){.count = 2, .types = {first, second}};
}

bool model_is_id(const char *text)
{
	size_t len = strnlen(text, CORE_ID_SIZE);

	return len > 0 && len < CORE_ID_SIZE && !strchr("._-", text[0]) &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static struct expected expect_call(struct model *model, const struct model_window *window,
				   const struct model_ticket *here, const struct moment *now)
{
	struct expected expected;

	if (window->def.retired)
		return model_refuse(REFUSAL_WINDOW_UNKNOWN);
	if (window->paused)
		return model_refuse(REFUSAL_WINDOW_PAUSED);
	if (here && here->state == TICKET_CALLED)
		return model_refuse(REFUSAL_WINDOW_BUSY);
	expected = model_expect_call(model, window, now);
	if (here && !expected.refusal) {
		expected.types[expected.count++] = EVENT_TICKET_CALLED;
		expected.types[0] = EVENT_SERVICE_FINISHED;
	}
	return expected;
}

/* The keys for the ticket at a window. */
static struct expected expect_key(const struct model *model, enum command_type type,
				  const struct model_ticket *here)
{
	if (!here)
		return model_refuse(REFUSAL_WINDOW_IDLE);
	if (type == COMMAND_PARK)
		return model_one(EVENT_TICKET_PARKED);
	if (type == COMMAND_FINISH)
		return here->state == TICKET_SERVING ? model_one(EVENT_SERVICE_FINISHED)
						     : model_refuse(REFUSAL_NOT_SERVING);
	if (here->state != TICKET_CALLED)
		return model_refuse(REFUSAL_NOT_CALLED);
	if (type == COMMAND_START)
		return model_one(EVENT_SERVICE_STARTED);
	/* Called once and again as often as the policy says, before it is set aside. */
	if (type == COMMAND_RECALL || here->calls < 1 + model->policy.recalls)
		return model_one(EVENT_TICKET_RECALLED);
	return model_one(EVENT_TICKET_NO_SHOW);
}

static struct expected expect_resume(struct model *model, const struct command *command,
				     const struct model_window *window,
				     const struct model_ticket *here, const struct moment *now)
{
	const struct model_ticket *ticket = model_ticket_of(model, command->u.at_window.ticket);
	struct expected expected = model_two(EVENT_TICKET_RESUMED, EVENT_TICKET_CALLED);

	if (!ticket)
		return model_refuse(REFUSAL_TICKET_UNKNOWN);
	if (ticket->state != TICKET_PARKED && ticket->state != TICKET_NO_SHOW)
		return model_refuse(REFUSAL_TICKET_STATE);
	if (!window)
		return model_one(EVENT_TICKET_RESUMED);
	if (window->def.retired)
		return model_refuse(REFUSAL_WINDOW_UNKNOWN);
	if (window->paused)
		return model_refuse(REFUSAL_WINDOW_PAUSED);
	if (here)
		return model_refuse(REFUSAL_WINDOW_BUSY);
	if (!model_has_skill(model, window, ticket))
		return model_refuse(REFUSAL_SKILL);
	if (model_passes_protected(model, window, ticket, now->mono_ms))
		return model_refuse(REFUSAL_AGEING);
	expected.ticket = ticket->id;
	expected.reason = CALL_RESUMED;
	expected.overtaken = model_count_passed(model, window, ticket, false);
	return expected;
}

static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool is_number(const char *number)
{
	const char *figures = number + strspn(number, capitals);

	return *figures && strspn(figures, "0123456789") == strlen(figures) &&
	       strtoll(figures, NULL, 10) >= 1 && strtoll(figures, NULL, 10) <= 9999;
}

/* By the number on the ticket, or by its figures alone if they are of one only. */
static bool is_asked_for(const struct model_ticket *ticket, const char *number)
{
	size_t len = strspn(number, capitals);

	return ticket->today && strtoll(number + len, NULL, 10) == ticket->value &&
	       (!len || (strlen(ticket->prefix) == len && !strncmp(number, ticket->prefix, len)));
}

static struct expected expect_number(struct model *model, const struct command *command,
				     const struct model_window *window,
				     const struct model_ticket *here, const struct moment *now)
{
	const char *number = command->u.at_window.number;
	struct expected expected = {.reason = CALL_CHOSEN};
	const struct model_ticket *one = NULL;
	size_t callable = 0, served = 0, others = 0;

	if (window->def.retired)
		return model_refuse(REFUSAL_WINDOW_UNKNOWN);
	if (window->paused)
		return model_refuse(REFUSAL_WINDOW_PAUSED);
	if (here && here->state == TICKET_CALLED)
		return model_refuse(REFUSAL_WINDOW_BUSY);
	if (!is_number(number))
		return model_refuse(REFUSAL_INVALID);
	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *ticket = &model->tickets[i];

		if (!is_asked_for(ticket, number))
			continue;
		if (!model_list_has(window->def.queues, ticket->queue)) {
			others++;
		} else if (ticket->state == TICKET_WAITING || ticket->state == TICKET_PARKED ||
			   ticket->state == TICKET_NO_SHOW) {
			callable++;
			one = ticket;
		} else {
			served++;
		}
	}
	if (callable != 1)
		return model_refuse(callable ? REFUSAL_NUMBER_AMBIGUOUS
				    : served ? REFUSAL_TICKET_STATE
				    : others ? REFUSAL_QUEUE_NOT_HERE
					     : REFUSAL_TICKET_UNKNOWN);
	if (!model_has_skill(model, window, one))
		return model_refuse(REFUSAL_SKILL);
	if (model_passes_protected(model, window, one, now->mono_ms))
		return model_refuse(REFUSAL_AGEING);
	if (here)
		expected.types[expected.count++] = EVENT_SERVICE_FINISHED;
	if (one->state != TICKET_WAITING) {
		expected.types[expected.count++] = EVENT_TICKET_RESUMED;
		expected.reason = CALL_RESUMED;
	}
	expected.types[expected.count++] = EVENT_TICKET_CALLED;
	expected.ticket = one->id;
	expected.overtaken = model_count_passed(model, window, one, false);
	return expected;
}

/* Who is served here, or else whoever was served here last. */
static struct expected expect_rating(struct model *model, const struct model_window *window,
				     const struct model_ticket *here)
{
	const struct model_ticket *last = model_ticket_of(model, window->last);
	struct expected expected = model_one(EVENT_RATING_ASKED);

	if (here && here->state == TICKET_CALLED)
		return model_refuse(REFUSAL_NOT_SERVING);
	if (!here &&
	    (!last || last->state != TICKET_FINISHED || last->window != window->def.window))
		return model_refuse(REFUSAL_WINDOW_IDLE);
	expected.ticket = here ? here->id : last->id;
	return expected;
}

static struct expected expect_help(enum command_type type, const struct model_window *window)
{
	if (type == COMMAND_HELP)
		return window->help ? model_refuse(REFUSAL_HELP_ASKED)
				    : model_one(EVENT_HELP_ASKED);
	return window->help ? model_one(EVENT_HELP_OVER) : model_refuse(REFUSAL_HELP_NOT_ASKED);
}

static struct expected expect_transfer(struct model *model, const struct command *command,
				       const struct model_window *window,
				       const struct model_ticket *here)
{
	const struct model_queue *to = model_queue_of(model, command->u.at_window.queue);
	int64_t id = command->u.at_window.ticket;
	const struct model_ticket *ticket = window && !id ? here : model_ticket_of(model, id);

	if (!to)
		return model_refuse(REFUSAL_QUEUE_UNKNOWN);
	if (to->def.retired)
		return model_refuse(REFUSAL_QUEUE_RETIRED);
	if (window && !here)
		return model_refuse(REFUSAL_WINDOW_IDLE);
	if (!ticket)
		return model_refuse(REFUSAL_TICKET_UNKNOWN);
	if (window ? ticket != here
		   : ticket->state != TICKET_WAITING && ticket->state != TICKET_PARKED)
		return model_refuse(REFUSAL_TICKET_STATE);
	return ticket->state == TICKET_SERVING
		       ? model_two(EVENT_SERVICE_FINISHED, EVENT_TICKET_TRANSFERRED)
		       : model_one(EVENT_TICKET_TRANSFERRED);
}

static struct expected expect_cancel(struct model *model, const struct command *command,
				     const struct model_window *window,
				     const struct model_ticket *here)
{
	int64_t id = command->u.at_window.ticket;
	const struct model_ticket *ticket = id ? model_ticket_of(model, id) : here;

	if (!id && window && !here)
		return model_refuse(REFUSAL_WINDOW_IDLE);
	if (!ticket)
		return model_refuse(REFUSAL_TICKET_UNKNOWN);
	if (ticket->state != TICKET_WAITING && ticket->state != TICKET_CALLED &&
	    ticket->state != TICKET_PARKED && ticket->state != TICKET_NO_SHOW)
		return model_refuse(REFUSAL_TICKET_STATE);
	return model_one(EVENT_TICKET_CANCELLED);
}

static struct expected expect_clerk(const struct model *model, const struct command *command,
				    const struct model_window *window,
				    const struct model_ticket *here)
{
	const char *clerk = command->u.at_window.clerk;

	if (command->type == COMMAND_SIGN_OUT) {
		if (!window->clerk[0])
			return model_refuse(REFUSAL_CLERK_NOT_SIGNED_IN);
		return here ? model_refuse(REFUSAL_WINDOW_BUSY) : model_one(EVENT_CLERK_SIGNED_OUT);
	}
	if (!model_is_id(clerk))
		return model_refuse(REFUSAL_INVALID);
	if (window->def.retired)
		return model_refuse(REFUSAL_WINDOW_UNKNOWN);
	for (size_t i = 0; i < model->window_count; i++)
		if (window->clerk[0] || !strcmp(model->windows[i].clerk, clerk))
			return model_refuse(REFUSAL_CLERK_SIGNED_IN);
	return model_one(EVENT_CLERK_SIGNED_IN);
}

static struct expected expect_pause(enum command_type type, const struct model_window *window,
				    const struct model_ticket *here)
{
	if (type == COMMAND_REOPEN)
		return window->paused ? model_one(EVENT_WINDOW_REOPENED)
				      : model_refuse(REFUSAL_WINDOW_NOT_PAUSED);
	if (window->paused)
		return model_refuse(REFUSAL_WINDOW_PAUSED);
	if (here && here->state == TICKET_CALLED)
		return model_refuse(REFUSAL_WINDOW_BUSY);
	return model_one(EVENT_WINDOW_PAUSED);
}

static struct expected expect_at_window(struct model *model, const struct command *command,
					const struct moment *now)
{
	const struct model_window *window = model_window_of(model, command->u.at_window.window);
	const struct model_ticket *here = window ? model_ticket_of(model, window->ticket) : NULL;
	bool desk = command->type == COMMAND_RESUME || command->type == COMMAND_TRANSFER ||
		    command->type == COMMAND_CANCEL;
	bool any_time = command->type == COMMAND_PAUSE || command->type == COMMAND_REOPEN ||
			command->type == COMMAND_SIGN_IN || command->type == COMMAND_SIGN_OUT ||
			command->type == COMMAND_HELP || command->type == COMMAND_HELP_OVER;

	if (!window && (!desk || command->u.at_window.window))
		return model_refuse(REFUSAL_WINDOW_UNKNOWN);
	if (!model->day && !any_time)
		return model_refuse(REFUSAL_DAY_CLOSED);
	switch (command->type) {
	case COMMAND_CALL_NEXT: return expect_call(model, window, here, now);
	case COMMAND_CALL_NUMBER: return expect_number(model, command, window, here, now);
	case COMMAND_ASK_RATING: return expect_rating(model, window, here);
	case COMMAND_HELP:
	case COMMAND_HELP_OVER: return expect_help(command->type, window);
	case COMMAND_RESUME: return expect_resume(model, command, window, here, now);
	case COMMAND_TRANSFER: return expect_transfer(model, command, window, here);
	case COMMAND_CANCEL: return expect_cancel(model, command, window, here);
	case COMMAND_PAUSE:
	case COMMAND_REOPEN: return expect_pause(command->type, window, here);
	case COMMAND_SIGN_IN:
	case COMMAND_SIGN_OUT: return expect_clerk(model, command, window, here);
	default: return expect_key(model, command->type, here);
	}
}

static struct expected all_of(size_t count, enum event_type type)
{
	struct expected expected = {.count = count};

	for (size_t i = 0; i < count; i++)
		expected.types[i] = type;
	return expected;
}

static struct expected expect_day(const struct model *model, const struct command *command)
{
	int64_t date = command->u.open_day.date;
	bool word = command->u.open_day.operator_word;
	struct expected expected;

	if (command->type == COMMAND_CLOSE_DAY)
		return model->day ? model_one(EVENT_DAY_CLOSED) : model_refuse(REFUSAL_DAY_CLOSED);
	if (model->day)
		return model_refuse(REFUSAL_DAY_OPEN);
	if (model->last_day && !word &&
	    model_day_number(date) > model_day_number(model->last_day) + 60)
		return model_refuse(REFUSAL_DAY_FAR);
	if (date <= model->last_day && !word)
		return model_refuse(REFUSAL_DAY_EARLIER);
	expected =
		all_of(date == model->last_day ? 0 : model_started_jobs(model), EVENT_PRINT_ENDED);
	expected.types[expected.count++] = EVENT_DAY_OPENED;
	return expected;
}

static struct expected expect_start(const struct model *model)
{
	struct expected expected = all_of(1 + model_started_jobs(model), EVENT_PRINT_ENDED);

	expected.types[0] = EVENT_DAEMON_STARTED;
	return expected;
}

/* Those who have been set aside for as long as the policy says, and the paper that waited so. */
static struct expected expect_expire(struct model *model, const struct moment *now)
{
	struct expected expected;
	size_t over = 0;

	for (size_t i = 0; i < model->ticket_count && model->policy.aside_ms; i++)
		over += model->tickets[i].today && model->tickets[i].state == TICKET_NO_SHOW &&
			model_clock(model, now->mono_ms) - model->tickets[i].since_ms >=
				model->policy.aside_ms;
	expected = all_of(over < DECISION_MAX_EVENTS ? over : DECISION_MAX_EVENTS,
			  EVENT_TICKET_CLOSED);
	for (over = model_expired_jobs(model, now); over && expected.count < DECISION_MAX_EVENTS;
	     over--)
		expected.types[expected.count++] = EVENT_PRINT_ENDED;
	return expected;
}

struct expected model_expect(struct model *model, const struct command *command)
{
	struct moment now = model_moment(model, command);

	if (command->at.mono_ms < 0 || command->at.wall_ms < 0)
		return model_refuse(REFUSAL_INVALID);
	switch (command->type) {
	case COMMAND_START_DAEMON: return expect_start(model);
	case COMMAND_DEFINE_HALL:
	case COMMAND_DEFINE_QUEUE:
	case COMMAND_DEFINE_WINDOW:
	case COMMAND_DEFINE_ITEM:
	case COMMAND_DEFINE_POLICY:
	case COMMAND_DEFINE_CLERK: return model_expect_definition(model, command);
	case COMMAND_RESTORE_LOG: return model_one(EVENT_LOG_RESTORED);
	case COMMAND_STEP_CLOCK:
		return command->u.step_clock.step_ms ? model_one(EVENT_CLOCK_STEP)
						     : model_refuse(REFUSAL_INVALID);
	case COMMAND_EXPIRE: return expect_expire(model, &now);
	case COMMAND_OPEN_DAY:
	case COMMAND_CLOSE_DAY: return expect_day(model, command);
	case COMMAND_ISSUE: return model_expect_issue(model, command, &now);
	case COMMAND_REPRINT:
	case COMMAND_PRINT_START:
	case COMMAND_PRINT_END:
	case COMMAND_PRINT_SETTLE: return model_expect_print(model, command, &now);
	case COMMAND_PRINTER_CONDITIONS: return model_expect_conditions(model, command);
	case COMMAND_FILE_ONLINE:
	case COMMAND_FREEZE_BASELINE: return model_expect_case(model, command, &now);
	default: return expect_at_window(model, command, &now);
	}
}
