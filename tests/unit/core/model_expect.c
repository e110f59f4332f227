/* What must come of a command, by the reference model. */
#include <string.h>

#include "tests/unit/core/model_private.h"

static struct expected refuse(void)
{
	return (struct expected){.verdict = MUST_REFUSE};
}

static struct expected one(enum event_type type)
{
	return (struct expected){.verdict = MUST_DO, .count = 1, .types = {type}};
}

static struct expected two(enum event_type first, enum event_type second)
{
	return (struct expected){.verdict = MUST_DO, .count = 2, .types = {first, second}};
}

static bool is_id(const char *text)
{
	size_t len = strnlen(text, CORE_ID_SIZE);

	return len > 0 && len < CORE_ID_SIZE && !strchr("._-", text[0]) &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static struct expected expect_issue(struct model *model, const struct command *command)
{
	int64_t now = command->at.mono_ms < model->mono_ms ? model->mono_ms : command->at.mono_ms;
	const char *id = command->u.issue.queue;
	struct expected expected;
	const struct model_queue *queue;

	if (!model->day || command->u.issue.class < 0 || command->u.issue.class >= CLASS_COUNT ||
	    command->u.issue.origin < 0 || command->u.issue.origin >= ORIGIN_COUNT ||
	    command->u.issue.arrival_ms < 0 || command->u.issue.arrival_ms > now ||
	    strspn(command->u.issue.token, "0123456789abcdef") != 32)
		return refuse();
	if (command->u.issue.item[0]) {
		const struct event_item_defined *item = model_item_of(model, command->u.issue.item);

		if (!item || item->retired)
			return refuse();
		if (!id[0])
			id = item->queue;
	}
	queue = model_queue_of(model, id);
	if (!queue || queue->def.retired)
		return refuse();
	expected = command->u.issue.print ? two(EVENT_TICKET_ISSUED, EVENT_PRINT_QUEUED)
					  : one(EVENT_TICKET_ISSUED);
	expected.verdict = MAY_BE_FULL;
	return expected;
}

static struct expected expect_call(struct model *model, const struct model_window *window,
				   const struct model_ticket *here)
{
	if (window->def.retired || window->paused || (here && here->state == TICKET_CALLED) ||
	    !model_next_at(model, window))
		return refuse();
	return here ? two(EVENT_SERVICE_FINISHED, EVENT_TICKET_CALLED) : one(EVENT_TICKET_CALLED);
}

static struct expected expect_resume(struct model *model, const struct command *command,
				     const struct model_window *window,
				     const struct model_ticket *here)
{
	const struct model_ticket *ticket = model_ticket_of(model, command->u.at_window.ticket);

	if (!ticket || (ticket->state != TICKET_PARKED && ticket->state != TICKET_NO_SHOW))
		return refuse();
	if (!window)
		return one(EVENT_TICKET_RESUMED);
	if (here || window->paused || window->def.retired)
		return refuse();
	return two(EVENT_TICKET_RESUMED, EVENT_TICKET_CALLED);
}

static struct expected expect_transfer(struct model *model, const struct command *command,
				       const struct model_window *window,
				       const struct model_ticket *here)
{
	const struct model_queue *to = model_queue_of(model, command->u.at_window.queue);
	const struct model_ticket *ticket = model_ticket_of(model, command->u.at_window.ticket);

	if (!to || to->def.retired)
		return refuse();
	if (!window) {
		if (!ticket || (ticket->state != TICKET_WAITING && ticket->state != TICKET_PARKED))
			return refuse();
		return one(EVENT_TICKET_TRANSFERRED);
	}
	if (!here || (command->u.at_window.ticket && ticket != here))
		return refuse();
	return here->state == TICKET_SERVING ? two(EVENT_SERVICE_FINISHED, EVENT_TICKET_TRANSFERRED)
					     : one(EVENT_TICKET_TRANSFERRED);
}

static struct expected expect_cancel(struct model *model, const struct command *command,
				     const struct model_ticket *here)
{
	const struct model_ticket *ticket = here;

	if (command->u.at_window.ticket)
		ticket = model_ticket_of(model, command->u.at_window.ticket);
	if (!ticket || (ticket->state != TICKET_WAITING && ticket->state != TICKET_CALLED &&
			ticket->state != TICKET_PARKED && ticket->state != TICKET_NO_SHOW))
		return refuse();
	return one(EVENT_TICKET_CANCELLED);
}

static struct expected expect_clerk(const struct model *model, const struct command *command,
				    const struct model_window *window,
				    const struct model_ticket *here)
{
	const char *clerk = command->u.at_window.clerk;

	if (command->type == COMMAND_SIGN_OUT)
		return window->clerk[0] && !here ? one(EVENT_CLERK_SIGNED_OUT) : refuse();
	if (!is_id(clerk) || window->clerk[0] || window->def.retired)
		return refuse();
	for (size_t i = 0; i < model->window_count; i++)
		if (!strcmp(model->windows[i].clerk, clerk))
			return refuse();
	return one(EVENT_CLERK_SIGNED_IN);
}

static struct expected expect_at_window(struct model *model, const struct command *command)
{
	const struct model_window *window = model_window_of(model, command->u.at_window.window);
	const struct model_ticket *here = window ? model_ticket_of(model, window->ticket) : NULL;
	bool desk = command->type == COMMAND_RESUME || command->type == COMMAND_TRANSFER ||
		    command->type == COMMAND_CANCEL;
	bool any_time = command->type == COMMAND_PAUSE || command->type == COMMAND_REOPEN ||
			command->type == COMMAND_SIGN_IN || command->type == COMMAND_SIGN_OUT;
	bool called = here && here->state == TICKET_CALLED;
	bool serving = here && here->state == TICKET_SERVING;

	if ((!window && (!desk || command->u.at_window.window)) || (!model->day && !any_time))
		return refuse();
	switch (command->type) {
	case COMMAND_CALL_NEXT: return expect_call(model, window, here);
	case COMMAND_RECALL: return called ? one(EVENT_TICKET_RECALLED) : refuse();
	case COMMAND_START: return called ? one(EVENT_SERVICE_STARTED) : refuse();
	case COMMAND_FINISH: return serving ? one(EVENT_SERVICE_FINISHED) : refuse();
	case COMMAND_NO_SHOW: return called ? one(EVENT_TICKET_NO_SHOW) : refuse();
	case COMMAND_PARK: return here ? one(EVENT_TICKET_PARKED) : refuse();
	case COMMAND_RESUME: return expect_resume(model, command, window, here);
	case COMMAND_TRANSFER: return expect_transfer(model, command, window, here);
	case COMMAND_CANCEL: return expect_cancel(model, command, here);
	case COMMAND_PAUSE: return window->paused || called ? refuse() : one(EVENT_WINDOW_PAUSED);
	case COMMAND_REOPEN: return window->paused ? one(EVENT_WINDOW_REOPENED) : refuse();
	default: return expect_clerk(model, command, window, here);
	}
}

static struct expected expect_print(struct model *model, const struct command *command)
{
	const struct model_job *job = model_job_of(model, command->u.print.job);
	const struct model_ticket *ticket = model_ticket_of(model, command->u.print.ticket);
	int64_t outcome = command->u.print.outcome;

	if (command->type == COMMAND_REPRINT) {
		if (!model->day || !ticket)
			return refuse();
		job = model_job_of(model, ticket->job);
		return job && job->state != JOB_ENDED ? refuse() : one(EVENT_PRINT_QUEUED);
	}
	if (!job)
		return refuse();
	if (command->type == COMMAND_PRINT_START)
		return model->day && job->state == JOB_QUEUED && is_id(command->u.print.printer)
			       ? one(EVENT_PRINT_STARTED)
			       : refuse();
	if (outcome < 0 || outcome >= PRINT_OUTCOME_COUNT)
		return refuse();
	if (job->state == JOB_QUEUED)
		return outcome == PRINT_FAILED && (!command->u.print.printer[0] ||
						   is_id(command->u.print.printer))
			       ? one(EVENT_PRINT_ENDED)
			       : refuse();
	return job->state == JOB_STARTED && is_id(command->u.print.printer) ? one(EVENT_PRINT_ENDED)
									    : refuse();
}

static struct expected expect_day(const struct model *model, const struct command *command)
{
	int64_t date = command->u.open_day.date;
	size_t ended = date == model->last_day ? 0 : model_started_jobs(model);
	struct expected expected = {.verdict = MUST_DO, .count = ended + 1};

	if (command->type == COMMAND_CLOSE_DAY)
		return model->day ? one(EVENT_DAY_CLOSED) : refuse();
	if (model->day || (date <= model->last_day && !command->u.open_day.operator_word))
		return refuse();
	/* The dates of the generator are days apart, or years. */
	if (model->last_day && date / 10000 > model->last_day / 10000 &&
	    !command->u.open_day.operator_word)
		return refuse();
	for (size_t i = 0; i < ended; i++)
		expected.types[i] = EVENT_PRINT_ENDED;
	expected.types[ended] = EVENT_DAY_OPENED;
	return expected;
}

struct expected model_expect(struct model *model, const struct command *command)
{
	struct expected expected = {.verdict = MUST_DO, .types = {EVENT_DAEMON_STARTED}};

	if (command->at.mono_ms < 0)
		return refuse();
	if (command->type == COMMAND_START_DAEMON) {
		expected.count = 1 + model_started_jobs(model);
		for (size_t i = 1; i < expected.count; i++)
			expected.types[i] = EVENT_PRINT_ENDED;
		return expected;
	}
	switch (command->type) {
	case COMMAND_DEFINE_HALL:
	case COMMAND_DEFINE_QUEUE:
	case COMMAND_DEFINE_WINDOW:
	case COMMAND_DEFINE_ITEM: return (struct expected){.verdict = MAY_BE_EITHER};
	case COMMAND_OPEN_DAY:
	case COMMAND_CLOSE_DAY: return expect_day(model, command);
	case COMMAND_ISSUE: return expect_issue(model, command);
	case COMMAND_PRINT_START:
	case COMMAND_PRINT_END:
	case COMMAND_REPRINT: return expect_print(model, command);
	default: return expect_at_window(model, command);
	}
}
