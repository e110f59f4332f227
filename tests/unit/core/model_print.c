/* The reference model's paper: print jobs, and what printers say of themselves. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/core/model_private.h"

enum { TRIES = 3 };

struct model_printer *model_printer_of(struct model *model, const char *id)
{
	for (size_t i = 0; i < model->printer_count; i++)
		if (!strcmp(model->printers[i].id, id))
			return &model->printers[i];
	return NULL;
}

static int64_t waited(const struct model *model, const struct model_job *job, int64_t mono_ms)
{
	if (job->state != JOB_QUEUED)
		return job->waited_ms;
	return job->waited_ms + model_clock(model, mono_ms) - job->since_ms;
}

static bool is_expired(const struct model *model, const struct model_job *job, int64_t mono_ms)
{
	return model->policy.print_ms && waited(model, job, mono_ms) >= model->policy.print_ms;
}

/* Why its paper is of no use any more. */
static enum print_cause cause_of(struct model *model, const struct model_job *job, int64_t mono_ms)
{
	const struct model_ticket *ticket = model_ticket_of(model, job->ticket);
	bool been = ticket->state == TICKET_SERVING || ticket->state == TICKET_PARKED ||
		    ticket->state == TICKET_FINISHED;
	bool over = ticket->state == TICKET_UNCALLED || ticket->state == TICKET_CLOSED;

	if (ticket->state == TICKET_CANCELLED)
		return CAUSE_CANCELLED;
	if (been && !job->word)
		return CAUSE_SERVED;
	if (over && !job->word)
		return CAUSE_CLOSED;
	return is_expired(model, job, mono_ms) ? CAUSE_EXPIRED : CAUSE_NONE;
}

size_t model_expired_jobs(struct model *model, const struct moment *now)
{
	size_t count = 0;

	for (size_t i = 0; i < model->job_count; i++)
		count += model->jobs[i].today && model->jobs[i].state == JOB_QUEUED &&
			 is_expired(model, &model->jobs[i], now->mono_ms);
	return count;
}

static struct expected expect_reprint(struct model *model, const struct command *command)
{
	const struct model_ticket *ticket = model_ticket_of(model, command->u.print.ticket);
	const struct model_job *job = ticket ? model_job_of(model, ticket->job) : NULL;
	int64_t wish = command->u.print.large;
	struct expected expected;

	if (!model->day)
		return model_refuse(REFUSAL_DAY_CLOSED);
	if (!ticket)
		return model_refuse(REFUSAL_TICKET_UNKNOWN);
	if (command->u.print.printer[0] && !model_is_id(command->u.print.printer))
		return model_refuse(REFUSAL_INVALID);
	if (wish != LARGE_AS_BEFORE && wish != LARGE_YES && wish != LARGE_NO)
		return model_refuse(REFUSAL_INVALID);
	if (job && job->state != JOB_ENDED)
		return model_refuse(REFUSAL_PRINT_STATE);
	expected = model_one(EVENT_PRINT_QUEUED);
	expected.large = wish == LARGE_YES || (wish == LARGE_AS_BEFORE && job && job->large);
	return expected;
}

static struct expected expect_settle(const struct model_job *job, int64_t outcome)
{
	if (outcome != PRINT_PRINTED && outcome != PRINT_FAILED)
		return model_refuse(REFUSAL_INVALID);
	return job->state == JOB_ENDED && job->outcome == PRINT_UNKNOWN
		       ? model_one(EVENT_PRINT_SETTLED)
		       : model_refuse(REFUSAL_PRINT_STATE);
}

static struct expected expect_end(struct model *model, const struct command *command,
				  const struct model_job *job)
{
	int64_t outcome = command->u.print.outcome;
	bool nameless = !command->u.print.printer[0];
	struct expected expected = model_one(EVENT_PRINT_ENDED);

	/* What never began may have seen no printer. */
	if (!model_is_id(command->u.print.printer) && !(nameless && job->state == JOB_QUEUED))
		return model_refuse(REFUSAL_INVALID);
	if (outcome < 0 || outcome >= PRINT_OUTCOME_COUNT)
		return model_refuse(REFUSAL_INVALID);
	if (job->state == JOB_ENDED || (job->state == JOB_QUEUED && outcome != PRINT_FAILED))
		return model_refuse(REFUSAL_PRINT_STATE);
	/* Surely nothing came out: once more, while it is of use. */
	if (job->state == JOB_STARTED && outcome == PRINT_FAILED && model->day &&
	    job->tries < TRIES && cause_of(model, job, 0) == CAUSE_NONE)
		expected = model_two(EVENT_PRINT_ENDED, EVENT_PRINT_QUEUED);
	expected.large = job->large;
	return expected;
}

struct expected model_expect_print(struct model *model, const struct command *command,
				   const struct moment *now)
{
	const struct model_job *job = model_job_of(model, command->u.print.job);

	if (command->type == COMMAND_REPRINT)
		return expect_reprint(model, command);
	if (command->type == COMMAND_PRINT_START && !model->day)
		return model_refuse(REFUSAL_DAY_CLOSED);
	if (!job)
		return model_refuse(REFUSAL_PRINT_STATE);
	if (command->type == COMMAND_PRINT_SETTLE)
		return expect_settle(job, command->u.print.outcome);
	if (command->type == COMMAND_PRINT_END)
		return expect_end(model, command, job);
	if (!model_is_id(command->u.print.printer))
		return model_refuse(REFUSAL_INVALID);
	if (job->state != JOB_QUEUED)
		return model_refuse(REFUSAL_PRINT_STATE);
	return model_one(cause_of(model, job, now->mono_ms) == CAUSE_NONE ? EVENT_PRINT_STARTED
									  : EVENT_PRINT_ENDED);
}

struct expected model_expect_conditions(struct model *model, const struct command *command)
{
	const struct model_printer *printer =
		model_printer_of(model, command->u.printer_conditions.printer);
	int64_t told = command->u.printer_conditions.conditions;
	struct expected expected = {.count = 0};

	if (!model_is_id(command->u.printer_conditions.printer) || told < 0 || told > 127)
		return model_refuse(REFUSAL_INVALID);
	for (int i = 0; i < CONDITION_COUNT; i++) {
		bool before = printer && printer->holds[i], now = told & 1 << i;

		/* Out of reach: the others stand as they were. */
		if (told & 1 << CONDITION_UNREACHABLE)
			now = now || before;
		if (before != now)
			expected.types[expected.count++] = EVENT_PRINTER_CONDITION;
	}
	return expected;
}

static const char *take_queued(struct model *model, const struct event *event,
			       const struct expected *expected)
{
	const struct event_print *print = &event->u.print;
	struct model_ticket *ticket = model_ticket_of(model, print->ticket);
	struct model_job *before = ticket ? model_job_of(model, ticket->job) : NULL;
	bool again = before && before->copy == print->copy;
	struct model_job *job = &model->jobs[model->job_count];

	if (!ticket || model_job_of(model, print->job) || model->job_count == MODEL_JOBS)
		return "a print job's id was there before, or its ticket is none";
	if (again && (before->outcome != PRINT_FAILED || before->tries >= TRIES))
		return "a copy is printed once more that may be on paper";
	if (!again && (before ? !print->word : print->copy != 1))
		return "a copy is printed that nobody asked for";
	if (print->large != expected->large)
		return "a paper is in large print, or is not";
	for (size_t i = 0; i < model->job_count && !again; i++)
		if (model->jobs[i].ticket == ticket->id && model->jobs[i].copy >= print->copy)
			return "a reprint is no later copy";
	*job = (struct model_job){
		.id = print->job,
		.ticket = print->ticket,
		.copy = print->copy,
		.tries = again ? before->tries + 1 : 1,
		.today = true,
		.word = print->word,
		.large = expected->large,
		.state = JOB_QUEUED,
		.waited_ms = again ? before->waited_ms : 0,
		.since_ms = model_clock(model, event->at.mono_ms),
	};
	memcpy(job->wanted, print->printer, sizeof(job->wanted));
	memcpy(job->by, again ? before->by : event->by, sizeof(job->by));
	if (again && (strcmp(job->wanted, before->wanted) != 0 || job->word != before->word))
		return "another try is for another printer, or another's word";
	model->job_count++;
	ticket->job = print->job;
	return NULL;
}

static const char *take_condition(struct model *model, const struct event *event)
{
	const struct event_printer_condition *body = &event->u.printer_condition;
	struct model_printer *printer = model_printer_of(model, body->printer);

	if (!printer) {
		printer = &model->printers[model->printer_count++];
		memcpy(printer->id, body->printer, sizeof(printer->id));
	}
	if (printer->holds[body->condition] == body->holds)
		return "a printer's condition began twice, or ended twice";
	printer->holds[body->condition] = body->holds;
	printer->since_ms[body->condition] = event->at.wall_ms;
	return NULL;
}

const char *model_take_print(struct model *model, const struct event *event,
			     const struct expected *expected)
{
	const struct event_print *print = &event->u.print;
	struct model_job *job = model_job_of(model, print->job);

	if (event->type == EVENT_PRINTER_CONDITION)
		return take_condition(model, event);
	if (event->type == EVENT_PRINT_QUEUED)
		return take_queued(model, event, expected);
	if (!job || !model_ticket_of(model, print->ticket) || job->copy != print->copy)
		return "a print event names a ticket or copy wrongly";
	if (event->type == EVENT_PRINT_SETTLED) {
		job->outcome = print->outcome;
		job->settled = true;
		return NULL;
	}
	if (event->type == EVENT_PRINT_ENDED && print->cause != CAUSE_NONE &&
	    print->cause != (int64_t)cause_of(model, job, event->at.mono_ms) &&
	    (print->cause != CAUSE_EXPIRED || !is_expired(model, job, event->at.mono_ms)))
		return "a print job ended for another cause";
	job->waited_ms = waited(model, job, event->at.mono_ms);
	job->state = event->type == EVENT_PRINT_STARTED ? JOB_STARTED : JOB_ENDED;
	job->outcome = print->outcome;
	return NULL;
}

static const char *compare_job(struct model *model, const struct model_job *expected,
			       const struct hall *hall)
{
	const struct job *job = hall_find_job(hall, expected->id);
	const struct model_ticket *ticket = model_ticket_of(model, expected->ticket);
	bool unsettled = expected->state == JOB_ENDED && expected->outcome == PRINT_UNKNOWN &&
			 ticket->job == expected->id;

	if (!job || job->state != expected->state || job->copy != expected->copy ||
	    job->tries != expected->tries || job->word != expected->word ||
	    job->large != expected->large || job->settled != expected->settled ||
	    strcmp(job->wanted, expected->wanted) != 0 || strcmp(job->by, expected->by) != 0 ||
	    (job->state == JOB_ENDED && (int64_t)job->outcome != expected->outcome))
		return "a print job is not as it should be";
	if (hall_job_is_unsettled(hall, job) != unsettled)
		return "a print job waits for a word, or does not";
	return NULL;
}

const char *model_compare_prints(struct model *model, const struct hall *hall)
{
	size_t today = 0, first = SIZE_MAX;
	const char *wrong = NULL;

	for (size_t i = 0; !wrong && i < model->job_count; i++) {
		if (!model->jobs[i].today)
			continue;
		if (model->jobs[i].state == JOB_QUEUED && first == SIZE_MAX)
			first = today;
		today++;
		wrong = compare_job(model, &model->jobs[i], hall);
	}
	if (wrong)
		return wrong;
	if (today != hall_job_count(hall) ||
	    hall_first_queued_job(hall) != (first == SIZE_MAX ? today : first))
		return "the first queued print job is another one";
	if (hall_printer_count(hall) != model->printer_count)
		return "the hall has another number of printers";
	for (size_t i = 0; i < model->printer_count; i++) {
		const struct model_printer *expected = &model->printers[i];
		const struct hall_printer *printer = hall_find_printer(hall, expected->id);

		for (int k = 0; k < CONDITION_COUNT; k++)
			if (!printer || (printer->conditions >> k & 1) != expected->holds[k] ||
			    (expected->holds[k] && printer->since_ms[k] != expected->since_ms[k]))
				return "a printer's condition is not as it should be";
	}
	return NULL;
}
