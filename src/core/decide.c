/* Commands into events or a refusal: the day, the process, and the way to the others. */
#include "src/core/decide.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/core/text.h"

struct event *decision_add(struct decision *ret, const struct command *command,
			   enum event_type type)
{
	struct event *event = &ret->events[ret->count++];

	memset(event, 0, sizeof(*event));
	event->type = type;
	event->version = 1;
	event->at = command->at;
	memcpy(event->by, command->by, sizeof(event->by));
	return event;
}

int decision_refuse(struct decision *ret, enum refusal refusal, const char *format, ...)
{
	va_list args;

	ret->count = 0;
	ret->refusal = refusal;
	va_start(args, format);
	vsnprintf(ret->detail, sizeof(ret->detail), format, args);
	va_end(args);
	return -EPERM;
}

static int start_daemon(const struct hall *hall, const struct command *command,
			struct decision *ret)
{
	const struct event_daemon_started *started = &command->u.start_daemon;

	if (!started->boot[0] || !text_is_clean(started->boot) || !text_is_clean(started->software))
		return decision_refuse(ret, REFUSAL_INVALID, "boot: must be text");
	decision_add(ret, command, EVENT_DAEMON_STARTED)->u.daemon_started = *started;
	/* What was on its way to paper may or may not have arrived: an operator decides. */
	for (size_t i = 0; i < hall->job_count && ret->count < DECISION_MAX_EVENTS; i++) {
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
		snprintf(print->detail, sizeof(print->detail), "the daemon restarted in mid-print");
	}
	return 0;
}

static bool date_is_valid(int64_t date)
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

	if (!date_is_valid(date))
		return decision_refuse(ret, REFUSAL_INVALID, "date: %" PRId64 " is no yyyymmdd",
				       date);
	if (hall->day)
		return decision_refuse(ret, REFUSAL_DAY_OPEN, "%" PRId64, hall->day);
	if (date <= hall->last_day && !command->u.open_day.operator_word)
		return decision_refuse(ret, REFUSAL_DAY_EARLIER, "last: %" PRId64, hall->last_day);
	/* Going back behind the last day would issue that day's numbers twice. */
	if (date < hall->last_day)
		return decision_refuse(ret, REFUSAL_DAY_EARLIER,
				       "only the last day, %" PRId64 ", can be opened again",
				       hall->last_day);
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

int hall_decide(const struct hall *hall, const struct command *command, struct decision *ret)
{
	ret->count = 0;
	ret->refusal = REFUSAL_NONE;
	ret->detail[0] = '\0';
	if (!memchr(command->by, 0, sizeof(command->by)) || !text_is_clean(command->by))
		return decision_refuse(ret, REFUSAL_INVALID, "by: must be text of at most %d bytes",
				       CORE_BY_SIZE - 1);
	if (command->at.mono_ms < 0 || command->at.offset_min < -1440 ||
	    command->at.offset_min > 1440)
		return decision_refuse(ret, REFUSAL_INVALID, "at: no moment");
	switch (command->type) {
	case COMMAND_START_DAEMON: return start_daemon(hall, command, ret);
	case COMMAND_DEFINE_HALL:
	case COMMAND_DEFINE_QUEUE:
	case COMMAND_DEFINE_WINDOW:
	case COMMAND_DEFINE_ITEM: return decide_definition(hall, command, ret);
	case COMMAND_OPEN_DAY: return open_day(hall, command, ret);
	case COMMAND_CLOSE_DAY: return close_day(hall, command, ret);
	case COMMAND_ISSUE: return decide_issue(hall, command, ret);
	case COMMAND_PRINT_START:
	case COMMAND_PRINT_END:
	case COMMAND_REPRINT: return decide_print(hall, command, ret);
	case COMMAND_TYPE_END: break;
	default:
		if (command->type >= COMMAND_CALL_NEXT && command->type <= COMMAND_SIGN_OUT)
			return decide_at_window(hall, command, ret);
	}
	return decision_refuse(ret, REFUSAL_INVALID, "no such command: %d", (int)command->type);
}
