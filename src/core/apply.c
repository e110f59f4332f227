/* Events onto the state. Everything is checked before the first change, so an event from a damaged
 * or newer log leaves the hall as it was. */
#include "src/core/apply.h"

#include <errno.h>
#include <string.h>

#include "src/core/fields.h"
#include "src/core/text.h"

int apply_room(int r)
{
	return r == -ENOSPC ? -EPROTO : r;
}

/* What runs goes on running under the new boot's clock. Between the boots only the wall clock
 * counted, and it may be wrong: more than a day is taken for one. */
static void carry_over(struct hall *hall, const struct event *started)
{
	static const int64_t day_ms = 86400000;
	int64_t gap = started->at.wall_ms - hall->wall_ms;

	if (gap < 0 || gap > day_ms)
		gap = gap < 0 ? 0 : day_ms;
	for (size_t i = 0; i < hall->ticket_count; i++) {
		struct ticket *ticket = &hall->tickets[i];
		int64_t ran = hall->mono_ms - ticket->since_ms + gap;

		if (ticket->state == TICKET_WAITING)
			ticket->waited_ms += ran;
		else if (ticket->state == TICKET_NO_SHOW)
			ticket->aside_ms += ran;
		ticket->since_ms = started->at.mono_ms;
	}
	for (size_t i = hall->first_queued; i < hall->job_count; i++) {
		struct job *job = &hall->jobs[i];

		if (job->state == JOB_QUEUED)
			job->waited_ms += hall->mono_ms - job->since_ms + gap;
		job->since_ms = started->at.mono_ms;
	}
}

static int apply_daemon_started(struct hall *hall, const struct event *event)
{
	const struct event_daemon_started *started = &event->u.daemon_started;

	/* The same boot with an earlier moment is a machine put back to an older state. */
	if (strcmp(hall->boot, started->boot) != 0 || event->at.mono_ms < hall->mono_ms) {
		hall->boots++;
		carry_over(hall, event);
		hall->mono_ms = event->at.mono_ms;
		hall->clock_ms = event->at.wall_ms - event->at.mono_ms;
		hall->stepped_ms = 0;
	}
	memcpy(hall->boot, started->boot, sizeof(hall->boot));
	hall->started_seq = event->seq;
	return 0;
}

static int apply_log_restored(struct hall *hall, const struct event *event)
{
	/* The process that puts a log back begins as any other. */
	if (!hall->restored_seq)
		hall->restored_seq = hall->started_seq ? hall->started_seq : event->seq;
	memcpy(hall->epoch, event->u.log_restored.epoch, sizeof(hall->epoch));
	return 0;
}

static int64_t within_moments(int64_t ms)
{
	if (ms > STATE_MOMENT_MAX_MS)
		return STATE_MOMENT_MAX_MS;
	return ms < -STATE_MOMENT_MAX_MS ? -STATE_MOMENT_MAX_MS : ms;
}

/* No duration and no line changes; only what is known of the clock. */
static int apply_clock_step(struct hall *hall, const struct event_clock_step *step)
{
	if (step->step_ms < -STATE_MOMENT_MAX_MS || step->step_ms > STATE_MOMENT_MAX_MS)
		return -EPROTO;
	hall->clock_ms = within_moments(hall->clock_ms + step->step_ms);
	hall->stepped_ms = within_moments(hall->stepped_ms + step->step_ms);
	return 0;
}

static void begin_windows(struct hall *hall)
{
	bool any = false;

	for (size_t i = 0; i < hall->window_count; i++)
		any |= hall->windows[i].seen;
	for (size_t i = 0; i < hall->window_count; i++) {
		struct window *window = &hall->windows[i];

		window->last_ticket = 0;
		if (any)
			window->seen_before = window->seen;
		window->present = window->seen = window->clerk[0] != '\0';
	}
}

static int apply_day_opened(struct hall *hall, const struct event_day_opened *opened)
{
	bool again = opened->date == hall->last_day;
	const struct day_mark *mark = state_day_mark(hall, opened->date);
	int r;

	if (hall->day || opened->date < 1 || opened->counter != hall->day_counter + (again ? 0 : 1))
		return -EPROTO;
	if (!mark) {
		/* Its mark is set at the close, which must not fail for want of memory. */
		r = state_reserve(hall, EVENT_DAY_OPENED);
		if (r < 0)
			return apply_room(r);
	}
	hall->day = hall->last_day = opened->date;
	hall->stepped_ms = 0;
	hall->day_counter = opened->counter;
	if (again)
		return 0; /* tickets stay, numbers go on where they were */
	hall->floor = mark ? mark->highest + 1 : 1;
	hall->paper_floor = mark ? mark->paper + 1 : 1;
	hall->lowest_before = mark ? mark->lowest : 0;
	hall->paper_before = mark ? mark->paper_lowest : 0;
	hall->ticket_count = hall->job_count = hall->first_queued = 0;
	hall->started_jobs = hall->aside = 0;
	index_clear(hall, INDEX_NUMBER);
	index_clear(hall, INDEX_TOKEN);
	for (size_t i = 0; i < hall->queue_count; i++) {
		struct queue *queue = &hall->queues[i].queue;

		queue->next_number = (uint32_t)queue->def.first;
		if (queue->next_number < hall->floor)
			queue->next_number = hall->floor;
		queue->next_spare = queue->next_number;
	}
	begin_windows(hall);
	return 0;
}

static void close_ticket(struct hall *hall, size_t row, int64_t mono_ms)
{
	struct ticket *ticket = &hall->tickets[row];

	switch (ticket->state) {
	case TICKET_WAITING:
		line_remove(hall, (int32_t)row);
		ticket->waited_ms = hall_waited_ms(ticket, mono_ms);
		ticket->state = TICKET_UNCALLED;
		break;
	case TICKET_SERVING:
		apply_free_window(hall, ticket);
		ticket->state = TICKET_FINISHED;
		break;
	case TICKET_CALLED:
		apply_free_window(hall, ticket);
		ticket->state = TICKET_CLOSED;
		break;
	case TICKET_PARKED:
	case TICKET_NO_SHOW: ticket->state = TICKET_CLOSED; break;
	default: break;
	}
}

static void widen(uint32_t *lowest, uint32_t *highest, uint32_t from, uint32_t to)
{
	if (from && (!*lowest || from < *lowest))
		*lowest = from;
	if (to > *highest)
		*highest = to;
}

static void set_day_mark(struct hall *hall)
{
	struct day_mark *mark = NULL;

	for (size_t i = 0; i < hall->mark_count && !mark; i++)
		if (hall->days[i].date == hall->day)
			mark = &hall->days[i];
	if (!mark) {
		mark = &hall->days[hall->mark_count++];
		*mark = (struct day_mark){.date = hall->day};
	}
	widen(&mark->lowest, &mark->highest, state_lowest_number(hall, false),
	      state_highest_number(hall, NULL, false));
	widen(&mark->paper_lowest, &mark->paper, state_lowest_number(hall, true),
	      state_highest_number(hall, NULL, true));
}

static int apply_day_closed(struct hall *hall, const struct event *event)
{
	const struct event_day_closed *closed = &event->u.day_closed;
	int64_t waiting = 0;

	for (size_t i = 0; i < hall->queue_count; i++)
		for (int class = 0; class < CLASS_COUNT; class ++)
			waiting += hall->queues[i].queue.waiting[class];
	if (!hall->day || closed->date != hall->day || closed->uncalled != waiting)
		return -EPROTO;
	for (size_t i = 0; i < hall->ticket_count; i++)
		close_ticket(hall, i, event->at.mono_ms);
	for (size_t i = 0; i < hall->window_count; i++)
		hall->windows[i].help = false;
	hall->aside = 0;
	for (size_t i = 0; i < hall->job_count; i++) {
		if (hall->jobs[i].state != JOB_QUEUED)
			continue;
		hall->jobs[i].state = JOB_ENDED;
		hall->jobs[i].outcome = PRINT_FAILED;
		hall->jobs[i].cause = CAUSE_CLOSED;
		hall->jobs[i].wall_ms = event->at.wall_ms;
	}
	hall->first_queued = hall->job_count;
	set_day_mark(hall);
	hall->day = 0;
	return 0;
}

static int apply_window_change(struct hall *hall, const struct event *event)
{
	bool pause = event->type == EVENT_WINDOW_PAUSED;
	struct window *window = state_window(hall, event->u.window_changed.window);

	if (!window || window->paused == pause)
		return -EPROTO;
	window->paused = pause;
	if (!pause)
		window->present = window->seen = true;
	return 0;
}

static int apply_help(struct hall *hall, const struct event *event)
{
	bool asked = event->type == EVENT_HELP_ASKED;
	struct window *window = state_window(hall, event->u.window_changed.window);

	if (!window || window->help == asked)
		return -EPROTO;
	window->help = asked;
	return 0;
}

static int apply_clerk(struct hall *hall, const struct event *event)
{
	const struct event_clerk_changed *changed = &event->u.clerk_changed;
	bool in = event->type == EVENT_CLERK_SIGNED_IN;
	struct window *window = state_window(hall, changed->window);

	if (!window || !changed->clerk[0] ||
	    (in ? window->clerk[0] != '\0' : strcmp(window->clerk, changed->clerk) != 0))
		return -EPROTO;
	memset(window->clerk, 0, sizeof(window->clerk));
	if (in)
		memcpy(window->clerk, changed->clerk, sizeof(window->clerk));
	window->present = in;
	window->seen |= in;
	return 0;
}

/* Nothing waits for such a case: the fact alone is kept. */
static int apply_filing(const struct hall *hall, const struct event *event)
{
	const struct event_online_filing *filing = &event->u.online_filing;

	return state_item_index(hall, filing->item) >= 0 && filing->case_ref[0] &&
			       filing->filed >= 0 && filing->filed <= event->at.wall_ms
		       ? 0
		       : -EPROTO;
}

static int apply_baseline(struct hall *hall, const struct event *event)
{
	const struct event_baseline_frozen *frozen = &event->u.baseline_frozen;
	struct baseline *baseline;
	int r;

	if (!text_is_id(frozen->name) || state_baseline(hall, frozen->name) || frozen->parts < 0 ||
	    frozen->parts > CORE_MAX_BASELINE_PARTS)
		return -EPROTO;
	r = state_reserve(hall, EVENT_BASELINE_FROZEN);
	if (r < 0)
		return apply_room(r);
	baseline = &hall->baselines[hall->baseline_count++];
	*baseline = (struct baseline){.seq = event->seq, .parts = (uint32_t)frozen->parts};
	memcpy(baseline->name, frozen->name, sizeof(baseline->name));
	return 0;
}

static int apply_baseline_part(struct hall *hall, const struct event_baseline_part *part)
{
	struct baseline *baseline = state_baseline(hall, part->name);

	if (!baseline || baseline->told == baseline->parts || part->part != baseline->told + 1)
		return -EPROTO;
	baseline->told++;
	return 0;
}

static int apply(struct hall *hall, const struct event *event)
{
	switch (event->type) {
	case EVENT_DAEMON_STARTED: return apply_daemon_started(hall, event);
	case EVENT_HALL_DEFINED:
	case EVENT_QUEUE_DEFINED:
	case EVENT_WINDOW_DEFINED:
	case EVENT_ITEM_DEFINED:
	case EVENT_POLICY_DEFINED:
	case EVENT_CLERK_DEFINED: return apply_definition(hall, event);
	case EVENT_LOG_RESTORED: return apply_log_restored(hall, event);
	case EVENT_CLOCK_STEP: return apply_clock_step(hall, &event->u.clock_step);
	case EVENT_DAY_OPENED: return apply_day_opened(hall, &event->u.day_opened);
	case EVENT_DAY_CLOSED: return apply_day_closed(hall, event);
	case EVENT_ONLINE_FILING: return apply_filing(hall, event);
	case EVENT_BASELINE_FROZEN: return apply_baseline(hall, event);
	case EVENT_BASELINE_PART: return apply_baseline_part(hall, &event->u.baseline_part);
	case EVENT_WINDOW_PAUSED:
	case EVENT_WINDOW_REOPENED: return apply_window_change(hall, event);
	case EVENT_HELP_ASKED:
	case EVENT_HELP_OVER: return apply_help(hall, event);
	case EVENT_CLERK_SIGNED_IN:
	case EVENT_CLERK_SIGNED_OUT: return apply_clerk(hall, event);
	case EVENT_PRINT_QUEUED:
	case EVENT_PRINT_STARTED:
	case EVENT_PRINT_ENDED:
	case EVENT_PRINT_SETTLED:
	case EVENT_PRINTER_CONDITION: return apply_print(hall, event);
	default: return apply_ticket_event(hall, event);
	}
}

int hall_apply(struct hall *hall, const struct event *event)
{
	struct event clean;
	int r;

	if (event->seq != hall->seq + 1 || fields_copy(event, &clean) < 0)
		return -EPROTO;
	r = apply(hall, &clean);
	if (r < 0)
		return r;
	hall->seq = clean.seq;
	if (hall->mono_ms < clean.at.mono_ms)
		hall->mono_ms = clean.at.mono_ms;
	hall->wall_ms = clean.at.wall_ms;
	return 0;
}
