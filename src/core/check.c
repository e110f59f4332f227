/* The invariants that can be seen in one state. */
#include <string.h>

#include "src/core/learnt.h"
#include "src/core/state.h"

/* What the walk over tickets and lines counts. */
struct census {
	size_t in_lines, waiting, active, started, aside;
};

static bool comes_later(const struct ticket *a, const struct ticket *b)
{
	if (a->boot != b->boot)
		return a->boot > b->boot;
	return a->arrival_ms != b->arrival_ms ? a->arrival_ms > b->arrival_ms : a->order > b->order;
}

static const char *check_line(const struct hall *hall, const struct queue_state *queue, int class,
			      struct census *census)
{
	int32_t at = queue->lines[class].first, before = NO_INDEX;
	uint32_t count = 0;

	for (; at != NO_INDEX; before = at, at = hall->nodes[at].next) {
		const struct ticket *ticket;

		if (at < 0 || (size_t)at >= hall->ticket_count || ++count > hall->ticket_count)
			return "a waiting line leads nowhere or round in circles";
		ticket = &hall->tickets[at];
		if (ticket->state != TICKET_WAITING || (int)ticket->class != class ||
		    &hall->queues[ticket->queue] != queue)
			return "a ticket stands in a line that is not its own";
		if (hall->nodes[at].previous != before)
			return "a waiting line is broken";
		if (before != NO_INDEX && !comes_later(ticket, &hall->tickets[before]))
			return "a waiting line is out of order";
	}
	if (count != queue->queue.waiting[class] || queue->lines[class].last != before)
		return "a waiting count is wrong";
	census->in_lines += count;
	return NULL;
}

static const char *check_queue(const struct hall *hall, size_t i, struct census *census)
{
	const struct queue_state *state = &hall->queues[i];
	const struct event_queue_defined *def = &state->queue.def;

	for (int class = 0; class < CLASS_COUNT; class ++) {
		const char *wrong = check_line(hall, state, class, census);

		if (wrong)
			return wrong;
	}
	if (state_queue_index(hall, def->queue) != (int32_t)i)
		return "a queue is there twice";
	if (state->queue.next_number < hall->floor || state->queue.next_number < def->first)
		return "a queue's next number is below its range";
	if (!def->retired &&
	    state->queue.next_number <= state_highest_number(hall, def->prefix, false))
		return "a queue's next number was issued already";
	if (def->spare[0] && !def->retired &&
	    state->queue.next_spare <= state_highest_number(hall, def->spare, false))
		return "a queue's next spare number was issued already";
	if (!learnt_is_sound(&state->queue.held) || !learnt_is_sound(&state->queue.held_plain))
		return "what was learnt of a queue cannot be";
	for (size_t k = 0; k < i && !def->retired; k++)
		if (!hall->queues[k].queue.def.retired &&
		    state_prefixes_clash(&hall->queues[k].queue.def, def))
			return "two queues have the same prefix";
	return NULL;
}

static const char *check_place(const struct hall *hall, size_t i, struct census *census)
{
	const struct ticket *ticket = &hall->tickets[i];
	const struct window *window = hall_find_window(hall, ticket->window);
	bool here = ticket->state == TICKET_CALLED || ticket->state == TICKET_SERVING;

	if (here && (!window || window->ticket != ticket->id))
		return "a called ticket is not at its window";
	/* Moments compare within a boot. */
	if (here && (ticket->calls < 1 || (ticket->leg_boot == ticket->called_boot &&
					   ticket->called_ms < ticket->leg_start_ms)))
		return "a called ticket was never called, or before its leg began";
	if (ticket->waited_ms < 0 || ticket->aside_ms < 0 || ticket->overtaken < 0)
		return "a ticket's clock or count runs backwards";
	if (ticket->state == TICKET_WAITING
		    ? ticket->calls != 0 || ticket->called_ms != -1
		    : hall->nodes[i].next != NO_INDEX || hall->nodes[i].previous != NO_INDEX)
		return "a ticket waits and is called, or is out of line and linked";
	census->waiting += ticket->state == TICKET_WAITING;
	census->active += here;
	census->aside += ticket->state == TICKET_NO_SHOW;
	return NULL;
}

static const char *check_ticket(const struct hall *hall, size_t i, struct census *census)
{
	const struct ticket *ticket = &hall->tickets[i];
	const struct job *job = hall_find_job(hall, ticket->job);

	if (ticket->id != hall->last_ticket - (int64_t)(hall->ticket_count - 1 - i))
		return "a ticket's id is out of order";
	if (hall_find_number(hall, ticket->number) != ticket)
		return "a number was issued twice";
	if (!hall_find_token(hall, ticket->token))
		return "a token leads nowhere";
	if (!ticket_state_name(ticket->state) || ticket->queue >= hall->queue_count ||
	    ticket->item >= (int32_t)hall->item_count || ticket->leg < 1 ||
	    (i > 0 && ticket->order <= hall->tickets[i - 1].order))
		return "a ticket's record is out of range";
	if (ticket->job && (!job || job->ticket != ticket->id))
		return "a ticket's print job is another's";
	return check_place(hall, i, census);
}

static const char *check_job(const struct hall *hall, size_t i, struct census *census)
{
	const struct job *job = &hall->jobs[i];
	const struct ticket *ticket = hall_find_ticket(hall, job->ticket);

	if (job->id != hall->last_job - (int64_t)(hall->job_count - 1 - i))
		return "a print job's id is out of order";
	if (!ticket || ticket->job < job->id)
		return "a print job's ticket does not know it";
	if (job->state == JOB_QUEUED && !hall->day)
		return "the day is closed, but a print job is still queued";
	if (job->state == JOB_QUEUED ? i < hall->first_queued : i == hall->first_queued)
		return "the first queued print job is another one";
	if (job->waited_ms < 0 || job->tries < 1 || job->tries > CORE_MAX_PRINT_TRIES)
		return "a print job's clock or count is wrong";
	if (job->settled && (job->state != JOB_ENDED || job->outcome == PRINT_UNKNOWN))
		return "a print job is settled, and is not";
	census->started += job->state == JOB_STARTED;
	return NULL;
}

static const char *check_window(const struct hall *hall, size_t i, size_t *at_windows)
{
	const struct window *window = &hall->windows[i];
	const struct ticket *ticket = hall_find_ticket(hall, window->ticket);
	uint32_t indexes[CORE_MAX_WINDOW_QUEUES], count = 0;
	char bad[CORE_ID_SIZE];

	if (window->ticket && (!ticket || ticket->window != window->def.window))
		return "a window holds a ticket that is not there";
	if (hall_find_window(hall, window->def.window) != window)
		return "a window is there twice";
	if (state_window_queues(hall, window->def.queues, indexes, &count, bad) < 0 ||
	    count != window->queue_count || memcmp(indexes, window->queues, sizeof(indexes)) != 0)
		return "a window's queues are not those of its definition";
	for (size_t k = 0; k < i && window->clerk[0]; k++)
		if (!strcmp(hall->windows[k].clerk, window->clerk))
			return "a clerk is at two windows";
	*at_windows += window->ticket != 0;
	return NULL;
}

static const char *check_baselines(const struct hall *hall)
{
	for (size_t i = 0; i < hall->baseline_count; i++) {
		const struct baseline *baseline = &hall->baselines[i];

		if (hall_find_baseline(hall, baseline->name) != baseline)
			return "a baseline is there twice";
		if (baseline->seq <= (i ? hall->baselines[i - 1].seq : 0) ||
		    baseline->seq > hall->seq)
			return "a baseline's place in the log is out of order";
		if (baseline->told > baseline->parts || baseline->parts > CORE_MAX_BASELINE_PARTS)
			return "a baseline has more parts than it says";
	}
	return NULL;
}

static const char *check_item(const struct hall *hall, size_t i)
{
	const struct item *item = &hall->items[i];

	if (state_item_index(hall, item->def.item) != (int32_t)i)
		return "an item is there twice";
	if (state_queue_index(hall, item->def.queue) != (int32_t)item->queue)
		return "an item's queue is not that of its definition";
	return learnt_is_sound(&item->held) ? NULL : "what was learnt of an item cannot be";
}

/* Each record by itself. The order matters: a later check leans on the earlier ones. */
static const char *check_records(const struct hall *hall, struct census *census, size_t *at_windows)
{
	const char *wrong = NULL;

	for (size_t i = 0; !wrong && i < hall->ticket_count; i++)
		wrong = check_ticket(hall, i, census);
	for (size_t i = 0; !wrong && i < hall->queue_count; i++)
		wrong = check_queue(hall, i, census);
	for (size_t i = 0; !wrong && i < hall->window_count; i++)
		wrong = check_window(hall, i, at_windows);
	for (size_t i = 0; !wrong && i < hall->job_count; i++)
		wrong = check_job(hall, i, census);
	for (size_t i = 0; !wrong && i < hall->printer_count; i++)
		if (hall_find_printer(hall, hall->printers[i].id) != &hall->printers[i])
			wrong = "a printer is there twice";
	for (size_t i = 0; !wrong && i < hall->item_count; i++)
		wrong = check_item(hall, i);
	for (size_t i = 0; !wrong && i < hall->clerk_count; i++)
		if (hall_find_clerk(hall, hall->clerks[i].def.clerk) != &hall->clerks[i])
			wrong = "a clerk is there twice";
	return wrong ? wrong : check_baselines(hall);
}

const char *hall_check(const struct hall *hall)
{
	struct census census = {0};
	size_t at_windows = 0;
	const char *wrong = check_records(hall, &census, &at_windows);

	if (wrong)
		return wrong;
	if (census.in_lines != census.waiting)
		return "a waiting ticket is in no line";
	if (census.active != at_windows)
		return "a ticket is at two windows";
	if (census.started != hall->started_jobs || census.started > STATE_MAX_STARTED_JOBS)
		return "the count of print jobs under way is wrong";
	if (census.aside != hall->aside)
		return "the count of tickets set aside is wrong";
	if (!hall->day && (census.waiting || census.active))
		return "the day is closed, but a ticket is still active";
	return NULL;
}
