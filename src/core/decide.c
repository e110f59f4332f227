/* Commands into events or a refusal: the day, the process, and the way to the others. */
#include "src/core/decide.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/core/fields.h"
#include "src/core/text.h"

/* Calendar days behind the last service day that no holiday explains: a clock that is wrong. */
enum { DAY_FAR = 60 };

/* What was on its way to paper may or may not have arrived: an operator decides. There is room:
 * no more than STATE_MAX_STARTED_JOBS are ever under way. */
static void end_started_jobs(const struct hall *hall, const struct command *command,
			     struct decision *ret, const char *detail)
{
	for (size_t i = 0; i < hall->job_count; i++) {
		const struct job *job = &hall->jobs[i];
		const struct ticket *ticket = hall_find_ticket(hall, job->ticket);
		struct event_print *print;

		if (job->state != JOB_STARTED || !ticket)
			continue;
		print = &decision_add(ret, command, EVENT_PRINT_ENDED)->u.print;
		print->job = job->id;
		print->ticket = job->ticket;
		print->copy = job->copy;
		print->outcome = PRINT_UNKNOWN;
		memcpy(print->number, ticket->number, sizeof(print->number));
		memcpy(print->printer, job->printer, sizeof(print->printer));
		snprintf(print->detail, sizeof(print->detail), "%s", detail);
	}
}

static int start_daemon(const struct hall *hall, const struct command *command,
			struct decision *ret)
{
	const struct event_daemon_started *started = &command->u.start_daemon;

	if (!text_fits(started->boot, sizeof(started->boot)) || !started->boot[0])
		return decision_refuse(ret, REFUSAL_INVALID, "boot: must be text of 1 to %d bytes",
				       CORE_BOOT_SIZE - 1);
	if (!text_fits(started->software, sizeof(started->software)))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "software: must be text of at most %d bytes",
				       CORE_ID_SIZE - 1);
	decision_add(ret, command, EVENT_DAEMON_STARTED)->u.daemon_started = *started;
	end_started_jobs(hall, command, ret, "the daemon restarted in mid-print");
	return 0;
}

bool decide_date_is_valid(int64_t date)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t y = date / 10000, m = date / 100 % 100, d = date % 100;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return y >= 1970 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 &&
	       d <= days[m - 1] + (m == 2 && leap);
}

static int open_day(const struct hall *hall, const struct command *command, struct decision *ret)
{
	int64_t date = command->u.open_day.date;
	struct event_day_opened *opened;

	if (!decide_date_is_valid(date))
		return decision_refuse(ret, REFUSAL_INVALID, "date: %" PRId64 " is no yyyymmdd",
				       date);
	if (hall->day)
		return decision_refuse(ret, REFUSAL_DAY_OPEN, "%" PRId64, hall->day);
	if (hall->last_day && !command->u.open_day.operator_word &&
	    state_day_number(date) - state_day_number(hall->last_day) > DAY_FAR)
		return decision_refuse(ret, REFUSAL_DAY_FAR, "last: %" PRId64, hall->last_day);
	if (date <= hall->last_day && !command->u.open_day.operator_word)
		return decision_refuse(ret, REFUSAL_DAY_EARLIER, "last: %" PRId64, hall->last_day);
	if (hall->mark_count == CORE_MAX_DAYS && !state_day_mark(hall, date))
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d service days",
				       CORE_MAX_DAYS);
	if (date != hall->last_day)
		end_started_jobs(hall, command, ret, "the service day ended in mid-print");
	opened = &decision_add(ret, command, EVENT_DAY_OPENED)->u.day_opened;
	opened->date = date;
	opened->counter = hall->day_counter + (date != hall->last_day);
	return 0;
}

static int close_day(const struct hall *hall, const struct command *command, struct decision *ret)
{
	struct event_day_closed *closed;

	if (!hall->day)
		return decision_refuse(ret, REFUSAL_DAY_CLOSED, "%s", "");
	closed = &decision_add(ret, command, EVENT_DAY_CLOSED)->u.day_closed;
	closed->date = hall->day;
	for (size_t i = 0; i < hall->queue_count; i++)
		for (int class = 0; class < CLASS_COUNT; class ++)
			closed->uncalled += hall->queues[i].queue.waiting[class];
	return 0;
}

static int restore_log(const struct command *command, struct decision *ret)
{
	const struct event_log_restored *restored = &command->u.restore_log;

	if (!text_fits(restored->epoch, sizeof(restored->epoch)) ||
	    !text_is_token(restored->epoch) ||
	    !text_fits(restored->before, sizeof(restored->before)) ||
	    !text_is_token(restored->before) || !strcmp(restored->epoch, restored->before))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "epoch, before: must be 32 lower-case hex digits each, and "
				       "not the same");
	decision_add(ret, command, EVENT_LOG_RESTORED)->u.log_restored = *restored;
	return 0;
}

static int step_clock(const struct command *command, struct decision *ret)
{
	int64_t step_ms = command->u.step_clock.step_ms;

	if (step_ms == 0 || step_ms < -STATE_MOMENT_MAX_MS || step_ms > STATE_MOMENT_MAX_MS)
		return decision_refuse(ret, REFUSAL_INVALID, "step_ms: must not be 0");
	decision_add(ret, command, EVENT_CLOCK_STEP)->u.clock_step.step_ms = step_ms;
	return 0;
}

static int64_t aside_until(const struct hall *hall, const struct ticket *ticket)
{
	return ticket->since_ms + hall->policy.aside_ms - ticket->aside_ms;
}

static bool is_set_aside(const struct hall *hall, const struct ticket *ticket)
{
	return hall->policy.aside_ms > 0 && ticket->state == TICKET_NO_SHOW;
}

int64_t hall_deadline_ms(const struct hall *hall)
{
	int64_t deadline = INT64_MAX;

	for (size_t i = hall->first_queued; hall->policy.print_ms && i < hall->job_count; i++) {
		const struct job *job = &hall->jobs[i];
		int64_t over = job->since_ms + hall->policy.print_ms - job->waited_ms;

		if (job->state == JOB_QUEUED && over < deadline)
			deadline = over;
	}
	if (!hall->aside)
		return deadline;
	for (size_t i = 0; i < hall->ticket_count; i++) {
		const struct ticket *ticket = &hall->tickets[i];

		if (is_set_aside(hall, ticket) && aside_until(hall, ticket) < deadline)
			deadline = aside_until(hall, ticket);
	}
	return deadline;
}

/* What does not fit into one decision is left to the next. */
static int expire(const struct hall *hall, const struct command *command, struct decision *ret)
{
	for (size_t i = 0; i < hall->ticket_count && ret->count < DECISION_MAX_EVENTS; i++) {
		const struct ticket *ticket = &hall->tickets[i];
		struct event_ticket_closed *closed;

		if (!is_set_aside(hall, ticket) || aside_until(hall, ticket) > command->at.mono_ms)
			continue;
		closed = &decision_add(ret, command, EVENT_TICKET_CLOSED)->u.ticket_closed;
		closed->ticket = ticket->id;
		memcpy(closed->number, ticket->number, sizeof(closed->number));
		closed->leg = ticket->leg;
		closed->window = ticket->window;
	}
	decide_expire_prints(hall, command, ret);
	return 0;
}

static int check_asker(const struct command *command, struct decision *ret)
{
	const struct stamp *at = &command->at;

	if (!text_fits(command->by, sizeof(command->by)))
		return decision_refuse(ret, REFUSAL_INVALID, "by: must be text of at most %d bytes",
				       CORE_BY_SIZE - 1);
	if (at->mono_ms < 0 || at->mono_ms > STATE_MOMENT_MAX_MS || at->wall_ms < 0 ||
	    at->wall_ms > STATE_MOMENT_MAX_MS)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "at, wall: allowed are 0 to %" PRId64 " ms",
				       STATE_MOMENT_MAX_MS);
	if (at->offset_min < -EVENT_OFFSET_MAX || at->offset_min > EVENT_OFFSET_MAX)
		return decision_refuse(ret, REFUSAL_INVALID, "off: allowed are -%d to %d minutes",
				       EVENT_OFFSET_MAX, EVENT_OFFSET_MAX);
	return 0;
}

static int decide(const struct hall *hall, const struct command *command, struct decision *ret)
{
	switch (command->type) {
	case COMMAND_START_DAEMON: return start_daemon(hall, command, ret);
	case COMMAND_DEFINE_HALL:
	case COMMAND_DEFINE_QUEUE:
	case COMMAND_DEFINE_WINDOW:
	case COMMAND_DEFINE_ITEM:
	case COMMAND_DEFINE_POLICY:
	case COMMAND_DEFINE_CLERK: return decide_definition(hall, command, ret);
	case COMMAND_RESTORE_LOG: return restore_log(command, ret);
	case COMMAND_STEP_CLOCK: return step_clock(command, ret);
	case COMMAND_EXPIRE: return expire(hall, command, ret);
	case COMMAND_OPEN_DAY: return open_day(hall, command, ret);
	case COMMAND_CLOSE_DAY: return close_day(hall, command, ret);
	case COMMAND_ISSUE: return decide_issue(hall, command, ret);
	case COMMAND_PRINT_START:
	case COMMAND_PRINT_END:
	case COMMAND_PRINT_SETTLE:
	case COMMAND_REPRINT: return decide_print(hall, command, ret);
	case COMMAND_PRINTER_CONDITIONS: return decide_conditions(hall, command, ret);
	case COMMAND_FILE_ONLINE: return decide_filing(hall, command, ret);
	case COMMAND_FREEZE_BASELINE: return decide_freeze(hall, command, ret);
	default:
		if (command->type >= COMMAND_CALL_NEXT && command->type <= COMMAND_SIGN_OUT)
			return decide_at_window(hall, command, ret);
	}
	return decision_refuse(ret, REFUSAL_INVALID, "no such command: %d", (int)command->type);
}

int hall_decide(const struct hall *hall, const struct command *command, struct decision *ret)
{
	struct command late;
	struct event clean;
	int r;

	ret->count = 0;
	ret->refusal = REFUSAL_NONE;
	ret->detail[0] = '\0';
	r = check_asker(command, ret);
	/* Decided as of the moment that its events will have: who has waited long enough by then is
	 * not passed over. A start may be that of another boot, with a clock of its own. */
	if (command->type != COMMAND_START_DAEMON && command->at.mono_ms < hall->mono_ms) {
		memcpy(&late, command, sizeof(late));
		late.at.mono_ms = hall->mono_ms;
		command = &late;
	}
	if (r == 0)
		r = decide(hall, command, ret);
	if (r < 0)
		return r;
	/* What a caller left behind the end of a text is not part of the fact. */
	for (size_t i = 0; i < ret->count; i++) {
		r = fields_copy(&ret->events[i], &clean);
		assert(r == 0);
		memcpy(&ret->events[i], &clean, sizeof(clean));
	}
	return r;
}
