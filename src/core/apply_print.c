/* Print jobs and what printers say of themselves, onto the state. */
#include <errno.h>
#include <string.h>

#include "src/core/apply.h"
#include "src/core/text.h"

void state_find_first_queued(struct hall *hall)
{
	while (hall->first_queued < hall->job_count &&
	       hall->jobs[hall->first_queued].state != JOB_QUEUED)
		hall->first_queued++;
}

/* The job before left surely nothing on paper, and its copy is tried once more. */
static bool is_another_try(const struct event_print *print, const struct job *before)
{
	return before && print->copy == before->copy && before->state == JOB_ENDED &&
	       before->outcome == PRINT_FAILED && before->tries < CORE_MAX_PRINT_TRIES;
}

static int apply_queued(struct hall *hall, const struct event *event)
{
	const struct event_print *print = &event->u.print;
	struct ticket *ticket = state_ticket(hall, print->ticket);
	const struct job *before = ticket ? hall_find_job(hall, ticket->job) : NULL;
	bool again = is_another_try(print, before);
	struct job *job;
	int r;

	if (!hall->day || !ticket || print->job != hall->last_job + 1 ||
	    strcmp(print->number, ticket->number) != 0 ||
	    (!again && print->copy != (before ? before->copy + 1 : 1)))
		return -EPROTO;
	r = state_reserve(hall, EVENT_PRINT_QUEUED);
	if (r < 0)
		return apply_room(r);
	before = hall_find_job(hall, ticket->job); /* it may have moved */
	job = &hall->jobs[hall->job_count++];
	*job = (struct job){
		.id = print->job,
		.ticket = print->ticket,
		.copy = print->copy,
		.tries = again ? before->tries + 1 : 1,
		.state = JOB_QUEUED,
		/* Version 1 did not say it; only an operator's word made a second copy. */
		.word = event->version > 1 ? print->word : print->copy > 1,
		.large = print->large,
		.wall_ms = event->at.wall_ms,
		.waited_ms = again ? before->waited_ms : 0,
		.since_ms = event->at.mono_ms,
	};
	memcpy(job->wanted, print->printer, sizeof(job->wanted));
	memcpy(job->by, again ? before->by : event->by, sizeof(job->by));
	hall->last_job = ticket->job = job->id;
	return 0;
}

static int apply_moved(struct hall *hall, const struct event *event)
{
	const struct event_print *print = &event->u.print;
	struct job *job = state_job(hall, print->job);
	const struct ticket *ticket = job ? state_ticket(hall, job->ticket) : NULL;
	bool start = event->type == EVENT_PRINT_STARTED;

	if (!ticket || job->ticket != print->ticket || job->copy != print->copy ||
	    strcmp(print->number, ticket->number) != 0 || job->state == JOB_ENDED ||
	    (start && (job->state != JOB_QUEUED || hall->started_jobs == STATE_MAX_STARTED_JOBS)))
		return -EPROTO;
	if (start)
		hall->started_jobs++;
	else if (job->state == JOB_STARTED)
		hall->started_jobs--;
	if (job->state == JOB_QUEUED)
		job->waited_ms = state_job_waited_ms(job, event->at.mono_ms);
	job->state = start ? JOB_STARTED : JOB_ENDED;
	job->wall_ms = event->at.wall_ms;
	memcpy(job->printer, print->printer, sizeof(job->printer));
	if (!start) {
		job->outcome = (enum print_outcome)print->outcome;
		job->cause = (enum print_cause)print->cause;
		memcpy(job->detail, print->detail, sizeof(job->detail));
	}
	state_find_first_queued(hall);
	return 0;
}

static int apply_settled(struct hall *hall, const struct event *event)
{
	const struct event_print *print = &event->u.print;
	struct job *job = state_job(hall, print->job);
	const struct ticket *ticket = job ? state_ticket(hall, job->ticket) : NULL;

	if (!ticket || job->ticket != print->ticket || job->copy != print->copy ||
	    strcmp(print->number, ticket->number) != 0 || job->state != JOB_ENDED ||
	    job->outcome != PRINT_UNKNOWN ||
	    (print->outcome != PRINT_PRINTED && print->outcome != PRINT_FAILED))
		return -EPROTO;
	job->outcome = (enum print_outcome)print->outcome;
	job->settled = true;
	job->wall_ms = event->at.wall_ms;
	return 0;
}

static int apply_condition(struct hall *hall, const struct event *event)
{
	const struct event_printer_condition *body = &event->u.printer_condition;
	struct hall_printer *printer = state_printer(hall, body->printer);
	uint32_t bit = 1u << body->condition;
	int r;

	if (!text_is_id(body->printer) ||
	    body->holds == (printer != NULL && (printer->conditions & bit) != 0))
		return -EPROTO;
	if (!printer) {
		r = state_reserve(hall, EVENT_PRINTER_CONDITION);
		if (r < 0)
			return apply_room(r);
		printer = &hall->printers[hall->printer_count++];
		*printer = (struct hall_printer){.conditions = 0};
		memcpy(printer->id, body->printer, sizeof(printer->id));
	}
	printer->conditions ^= bit;
	printer->since_ms[body->condition] = body->holds ? event->at.wall_ms : 0;
	return 0;
}

int apply_print(struct hall *hall, const struct event *event)
{
	switch (event->type) {
	case EVENT_PRINT_QUEUED: return apply_queued(hall, event);
	case EVENT_PRINT_SETTLED: return apply_settled(hall, event);
	case EVENT_PRINTER_CONDITION: return apply_condition(hall, event);
	default: return apply_moved(hall, event);
	}
}
