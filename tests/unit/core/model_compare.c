/* The reference model against the hall, after each step. */
#include <string.h>

#include "tests/unit/core/model_private.h"

static const char *compare_ticket(const struct model *model, const struct model_ticket *expected,
				  const struct hall *hall)
{
	const struct ticket *ticket = hall_find_ticket(hall, expected->id);

	if (!ticket || ticket->state != expected->state || ticket->leg != expected->leg ||
	    strcmp(hall_queue(hall, ticket->queue)->def.queue, expected->queue) != 0)
		return "a ticket is not where it should be";
	if (ticket->arrival_ms != expected->arrival_ms ||
	    ticket->slot_from != expected->slot_from || ticket->slot_to != expected->slot_to)
		return "a ticket's place in the line was reset";
	if (hall_waited_ms(ticket, model->mono_ms) != model_waited(model, expected, model->mono_ms))
		return "a ticket's clock is wrong";
	if (ticket->overtaken != expected->overtaken)
		return "a ticket counts wrongly how often it was overtaken";
	if (ticket->paper != expected->paper ||
	    (ticket->state == TICKET_PARKED && ticket->correction != expected->correction) ||
	    (ticket->state == TICKET_CALLED && ticket->calls != expected->calls))
		return "a ticket's record differs";
	return NULL;
}

static const char *compare_windows(const struct model *model, const struct hall *hall)
{
	for (size_t i = 0; i < model->window_count; i++) {
		const struct window *window = hall_find_window(hall, model->windows[i].def.window);

		if (!window || window->ticket != model->windows[i].ticket ||
		    window->paused != model->windows[i].paused ||
		    window->help != model->windows[i].help ||
		    strcmp(window->clerk, model->windows[i].clerk) != 0)
			return "a window is not as it should be";
	}
	return NULL;
}

/* When the first of those set aside is over, or the first paper that waits. */
static int64_t deadline(const struct model *model)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < model->ticket_count && model->policy.aside_ms; i++) {
		const struct model_ticket *ticket = &model->tickets[i];
		int64_t over = ticket->since_ms + model->policy.aside_ms - model->base_ms;

		if (ticket->today && ticket->state == TICKET_NO_SHOW && over < first)
			first = over;
	}
	for (size_t i = 0; i < model->job_count && model->policy.print_ms; i++) {
		const struct model_job *job = &model->jobs[i];
		int64_t over =
			job->since_ms + model->policy.print_ms - job->waited_ms - model->base_ms;

		if (job->today && job->state == JOB_QUEUED && over < first)
			first = over;
	}
	return first;
}

const char *model_compare(struct model *model, const struct hall *hall)
{
	const struct model_ticket *some;
	const char *wrong = NULL;
	size_t today = 0;

	for (size_t i = 0; !wrong && i < model->ticket_count; i++) {
		today += model->tickets[i].today;
		if (model->tickets[i].today)
			wrong = compare_ticket(model, &model->tickets[i], hall);
	}
	if (wrong)
		return wrong;
	if (today != hall_ticket_count(hall))
		return "the hall has another number of tickets";
	if (hall_deadline_ms(hall) != deadline(model))
		return "the hall wants to look at what is over at another time";
	wrong = model_compare_prints(model, hall);
	if (!wrong)
		wrong = model_compare_baselines(model, hall);
	if (wrong)
		return wrong;
	for (size_t i = 0; i < model->queue_count && model->day; i++)
		if (!model->queues[i].def.retired &&
		    hall_queue_is_full(hall, hall_queue(hall, i)) !=
			    model_is_full(model, &model->queues[i]))
			return "a queue is full, or not";
	/* One of the tickets, another each time. */
	some = today ? &model->tickets[model->ticket_count - 1 - hall_seq(hall) % today] : NULL;
	if (some && some->state == TICKET_WAITING &&
	    model_ahead(model, some) != (int64_t)hall_ahead(hall, hall_find_ticket(hall, some->id)))
		return "a ticket's count of those ahead is wrong";
	return compare_windows(model, hall);
}
