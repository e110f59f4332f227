/* A ticket's way to paper, and what printers say of themselves. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/core/decide.h"
#include "src/core/text.h"

int64_t state_job_waited_ms(const struct job *job, int64_t mono_ms)
{
	return job->waited_ms + (mono_ms > job->since_ms ? mono_ms - job->since_ms : 0);
}

/* Somebody who was called and is not at the window yet may be standing at the printer, and one who
 * did not show may have missed the call for want of a number: theirs are printed. */
enum print_cause state_job_cause(const struct hall *hall, const struct job *job, int64_t mono_ms)
{
	const struct ticket *ticket = hall_find_ticket(hall, job->ticket);
#ifdef CORE_BREAK_PRINT_EXPIRY /* a deliberately broken build: the tests must notice */
	const int64_t most_ms = 0;
#else
	const int64_t most_ms = hall->policy.print_ms;
#endif

	if (!ticket)
		return CAUSE_CLOSED;
	switch (ticket->state) {
	case TICKET_CANCELLED: return CAUSE_CANCELLED;
	case TICKET_SERVING:
	case TICKET_PARKED:
	case TICKET_FINISHED:
		if (!job->word)
			return CAUSE_SERVED;
		break;
	case TICKET_UNCALLED:
	case TICKET_CLOSED:
		if (!job->word)
			return CAUSE_CLOSED;
		break;
	default: break;
	}
	return most_ms && state_job_waited_ms(job, mono_ms) >= most_ms ? CAUSE_EXPIRED : CAUSE_NONE;
}

void decide_queue_print(const struct hall *hall, const struct command *command,
			struct decision *ret, const struct event_print *of, const char *number,
			const char *printer)
{
	struct event_print *print = &decision_add(ret, command, EVENT_PRINT_QUEUED)->u.print;

	print->job = hall->last_job + 1;
	print->ticket = of->ticket;
	print->copy = of->copy;
	print->word = of->word;
	print->large = of->large;
	snprintf(print->number, sizeof(print->number), "%s", number);
	snprintf(print->printer, sizeof(print->printer), "%s", printer);
}

static struct event_print *add_moved(const struct hall *hall, const struct command *command,
				     struct decision *ret, enum event_type type,
				     const struct job *job)
{
	const struct ticket *ticket = hall_find_ticket(hall, job->ticket);
	struct event_print *print = &decision_add(ret, command, type)->u.print;

	print->job = job->id;
	print->ticket = job->ticket;
	print->copy = job->copy;
	memcpy(print->number, ticket->number, sizeof(print->number));
	return print;
}

static void add_dropped(const struct hall *hall, const struct command *command,
			struct decision *ret, const struct job *job, enum print_cause cause)
{
	struct event_print *print = add_moved(hall, command, ret, EVENT_PRINT_ENDED, job);

	print->outcome = PRINT_FAILED;
	print->cause = cause;
}

void decide_expire_prints(const struct hall *hall, const struct command *command,
			  struct decision *ret)
{
	for (size_t i = hall->first_queued;
	     i < hall->job_count && ret->count < DECISION_MAX_EVENTS && hall->policy.print_ms;
	     i++) {
		const struct job *job = &hall->jobs[i];

		if (job->state == JOB_QUEUED &&
		    state_job_waited_ms(job, command->at.mono_ms) >= hall->policy.print_ms)
			add_dropped(hall, command, ret, job, CAUSE_EXPIRED);
	}
}

static bool is_printer(const char *printer)
{
	return text_fits(printer, CORE_ID_SIZE) && text_is_id(printer);
}

static int refuse_printer(struct decision *ret)
{
	return decision_refuse(ret, REFUSAL_INVALID, "printer: must be an id of at most %d bytes",
			       CORE_ID_SIZE - 1);
}

static bool is_large(const struct job *last, enum large_wish wish)
{
#ifdef CORE_BREAK_PRINT_LARGE /* a deliberately broken build: the tests must notice */
	last = NULL;
#endif
	if (wish == LARGE_AS_BEFORE)
		return last && last->large;
	return wish == LARGE_YES;
}

static int reprint(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const struct ticket *ticket = hall_find_ticket(hall, command->u.print.ticket);
	struct event_print print = {.word = true, .copy = 1};
	const struct job *last;

	if (!hall->day)
		return decision_refuse(ret, REFUSAL_DAY_CLOSED, "%s", "");
	if (!ticket)
		return decision_refuse(ret, REFUSAL_TICKET_UNKNOWN, "ticket %" PRId64,
				       command->u.print.ticket);
	if (command->u.print.printer[0] && !is_printer(command->u.print.printer))
		return refuse_printer(ret);
	if (command->u.print.large < 0 || command->u.print.large >= LARGE_WISH_COUNT)
		return decision_refuse(ret, REFUSAL_INVALID, "large: no such wish");
	last = hall_find_job(hall, ticket->job);
	if (last && last->state != JOB_ENDED)
		return decision_refuse(ret, REFUSAL_PRINT_STATE, "job %" PRId64 " has not ended",
				       last->id);
	if (hall->job_count == CORE_MAX_DAY_JOBS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d print jobs a day",
				       CORE_MAX_DAY_JOBS);
	print.ticket = ticket->id;
	if (last)
		print.copy = last->copy + 1;
	print.large = is_large(last, (enum large_wish)command->u.print.large);
	decide_queue_print(hall, command, ret, &print, ticket->number, command->u.print.printer);
	return 0;
}

static const char *job_word(const struct job *job)
{
	if (job->state != JOB_ENDED)
		return job->state == JOB_QUEUED ? "queued" : "started";
	return print_outcome_name((int64_t)job->outcome);
}

static int settle(const struct hall *hall, const struct command *command, const struct job *job,
		  struct decision *ret)
{
	int64_t outcome = command->u.print.outcome;

	if (outcome != PRINT_PRINTED && outcome != PRINT_FAILED)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "outcome: allowed are printed, failed");
	if (job->state != JOB_ENDED || job->outcome != PRINT_UNKNOWN)
		return decision_refuse(ret, REFUSAL_PRINT_STATE, "job %" PRId64 " is %s", job->id,
				       job_word(job));
	add_moved(hall, command, ret, EVENT_PRINT_SETTLED, job)->outcome = outcome;
	return 0;
}

static int start(const struct hall *hall, const struct command *command, const struct job *job,
		 struct decision *ret)
{
	const char *printer = command->u.print.printer;
	enum print_cause cause = state_job_cause(hall, job, command->at.mono_ms);

	if (!is_printer(printer))
		return refuse_printer(ret);
	if (job->state != JOB_QUEUED)
		return decision_refuse(ret, REFUSAL_PRINT_STATE, "job %" PRId64 " is %s", job->id,
				       job_word(job));
	if (cause != CAUSE_NONE) {
		add_dropped(hall, command, ret, job, cause);
		return 0;
	}
	if (hall->started_jobs == STATE_MAX_STARTED_JOBS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d print jobs under way",
				       STATE_MAX_STARTED_JOBS);
	snprintf(add_moved(hall, command, ret, EVENT_PRINT_STARTED, job)->printer, CORE_ID_SIZE,
		 "%s", printer);
	return 0;
}

/* Surely nothing is on paper: the same copy once more, by whichever printer. */
static void try_again(const struct hall *hall, const struct command *command, const struct job *job,
		      struct decision *ret)
{
	const struct event_print print = {
		.ticket = job->ticket, .copy = job->copy, .word = job->word, .large = job->large};

#ifndef CORE_BREAK_PRINT_AGAIN /* a deliberately broken build: the tests must notice */
	if (command->u.print.outcome != PRINT_FAILED)
		return;
#endif
	if (!hall->day || job->tries >= CORE_MAX_PRINT_TRIES ||
	    hall->job_count == CORE_MAX_DAY_JOBS ||
	    state_job_cause(hall, job, job->since_ms) != CAUSE_NONE)
		return;
	decide_queue_print(hall, command, ret, &print, hall_find_ticket(hall, job->ticket)->number,
			   job->wanted);
}

static int end(const struct hall *hall, const struct command *command, const struct job *job,
	       struct decision *ret)
{
	bool never_began = job->state == JOB_QUEUED;
	const char *printer = command->u.print.printer;
	int64_t outcome = command->u.print.outcome;
	struct event_print *print;

	/* A job that never began may have seen no printer, and can only end as failed. */
	if (!is_printer(printer) && !(never_began && !printer[0]))
		return refuse_printer(ret);
	if (!text_fits(command->u.print.detail, CORE_DETAIL_SIZE))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "detail: must be text of at most %d bytes",
				       CORE_DETAIL_SIZE - 1);
	if (!print_outcome_name(outcome))
		return decision_refuse(
			ret, REFUSAL_INVALID,
			"outcome: allowed are printed, processed, sent, failed, unknown");
	if (job->state == JOB_ENDED || (never_began && outcome != PRINT_FAILED))
		return decision_refuse(ret, REFUSAL_PRINT_STATE, "job %" PRId64 " is %s", job->id,
				       job_word(job));
	print = add_moved(hall, command, ret, EVENT_PRINT_ENDED, job);
	memcpy(print->printer, printer, sizeof(print->printer));
	memcpy(print->detail, command->u.print.detail, sizeof(print->detail));
	print->outcome = outcome;
	if (!never_began)
		try_again(hall, command, job, ret);
	return 0;
}

int decide_print(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const struct job *job;

	if (command->type == COMMAND_REPRINT)
		return reprint(hall, command, ret);
	if (command->type == COMMAND_PRINT_START && !hall->day)
		return decision_refuse(ret, REFUSAL_DAY_CLOSED, "%s", "");
	job = hall_find_job(hall, command->u.print.job);
	if (!job || !hall_find_ticket(hall, job->ticket))
		return decision_refuse(ret, REFUSAL_PRINT_STATE, "no job %" PRId64,
				       command->u.print.job);
	switch (command->type) {
	case COMMAND_PRINT_START: return start(hall, command, job, ret);
	case COMMAND_PRINT_SETTLE: return settle(hall, command, job, ret);
	default: return end(hall, command, job, ret);
	}
}

/* An event for each that is new or over. Of a printer that cannot be reached nothing else is known:
 * what was known stands until it can be asked again. */
int decide_conditions(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const char *id = command->u.printer_conditions.printer;
	int64_t told = command->u.printer_conditions.conditions;
	const struct hall_printer *printer;
	uint32_t held, now;

	if (!is_printer(id))
		return refuse_printer(ret);
	if (told < 0 || told >> CONDITION_COUNT)
		return decision_refuse(ret, REFUSAL_INVALID, "conditions: no such bit");
	printer = hall_find_printer(hall, id);
	held = printer ? printer->conditions : 0;
	now = (uint32_t)told;
	if (now & 1u << CONDITION_UNREACHABLE)
		now |= held;
	if (!printer && now && hall->printer_count == CORE_MAX_PRINTERS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d printers",
				       CORE_MAX_PRINTERS);
	for (int i = 0; i < CONDITION_COUNT; i++) {
		struct event_printer_condition *body;

		if (!((now ^ held) & 1u << i))
			continue;
		body = &decision_add(ret, command, EVENT_PRINTER_CONDITION)->u.printer_condition;
		snprintf(body->printer, sizeof(body->printer), "%s", id);
		body->condition = i;
		body->holds = now >> i & 1;
	}
	return 0;
}
