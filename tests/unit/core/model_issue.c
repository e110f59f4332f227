/* Giving a number, by docs/rules.md: what is asked for, numbers, quotas, the closing time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/core/model_private.h"

static const int64_t DAY_MS = 86400000;

int model_split_number(const char *number, char ret_prefix[CORE_NUMBER_SIZE], int64_t *ret_value)
{
	size_t len = strspn(number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (len == 0 || strlen(number + len) < 3 ||
	    strspn(number + len, "0123456789") < strlen(number + len))
		return -1;
	memset(ret_prefix, 0, CORE_NUMBER_SIZE);
	memcpy(ret_prefix, number, len);
	*ret_value = strtoll(number + len, NULL, 10);
	return 0;
}

static bool is_given(const struct model *model, const char *prefix, int64_t value)
{
	for (size_t i = 0; i < model->ticket_count; i++)
		if (model->tickets[i].today && model->tickets[i].value == value &&
		    !strcmp(model->tickets[i].prefix, prefix))
			return true;
	return false;
}

int64_t model_highest_under(const struct model *model, const char *prefix)
{
	int64_t highest = 0;

	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *ticket = &model->tickets[i];

		if (ticket->today && !ticket->paper && !strcmp(ticket->prefix, prefix) &&
		    ticket->value > highest)
			highest = ticket->value;
	}
	return highest;
}

/* Of a date that is opened again, with others between: the lowest and the highest number that it
 * gave before under any prefix, by ranges or from blocks; 0 none. */
static void span_before(const struct model *model, bool paper, int64_t *ret_lowest,
			int64_t *ret_highest)
{
	*ret_lowest = *ret_highest = 0;
	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *ticket = &model->tickets[i];

		if (ticket->today || ticket->date != model->day || ticket->paper != paper)
			continue;
		if (ticket->value > *ret_highest)
			*ret_highest = ticket->value;
		if (!*ret_lowest || ticket->value < *ret_lowest)
			*ret_lowest = ticket->value;
	}
}

static bool is_in_span(const struct model *model, bool paper, int64_t value)
{
	int64_t lowest, highest;

	span_before(model, paper, &lowest, &highest);
	return lowest && value >= lowest && value <= highest;
}

static int64_t highest_of_before(const struct model *model, bool paper)
{
	int64_t lowest, highest;

	span_before(model, paper, &lowest, &highest);
	return highest;
}

static int64_t greater(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void format(const struct event_queue_defined *def, const char *prefix, int64_t value,
		   char ret[CORE_NUMBER_SIZE])
{
	memset(ret, 0, CORE_NUMBER_SIZE);
	snprintf(ret, CORE_NUMBER_SIZE, def->last > 999 ? "%s%04d" : "%s%03d", prefix, (int)value);
}

/* false: the range is full. */
static bool next_under(const struct model *model, const struct event_queue_defined *def,
		       const char *prefix, int64_t least, char ret[CORE_NUMBER_SIZE])
{
	int64_t value = greater(greater(def->first, least), highest_of_before(model, false) + 1);

	while (value <= def->last &&
	       (is_given(model, prefix, value) || is_in_span(model, true, value)))
		value++;
	if (value > def->last)
		return false;
	format(def, prefix, value, ret);
	return true;
}

static bool next_number(const struct model *model, const struct model_queue *queue,
			char ret[CORE_NUMBER_SIZE])
{
	const struct event_queue_defined *def = &queue->def;

	if (next_under(model, def, def->prefix, queue->least, ret))
		return true;
	return def->spare[0] && next_under(model, def, def->spare, queue->least_spare, ret);
}

bool model_is_full(struct model *model, const struct model_queue *queue)
{
	char number[CORE_NUMBER_SIZE];

	return !next_number(model, queue, number);
}

/* A number of the pre-printed block: each once, never one of the range. */
static bool paper_is_free(const struct model *model, const struct event_queue_defined *def,
			  int64_t value)
{
	return value >= def->paper_first && value <= def->paper_last &&
	       (value < def->first || value > def->last) &&
	       value > highest_of_before(model, true) && !is_in_span(model, false, value) &&
	       !is_given(model, def->prefix, value);
}

/* Of a queue the classes stand behind each other, an appointment as if it were in its slot. */
int64_t model_ahead(const struct model *model, const struct model_ticket *ticket)
{
	static const int place[] = {
		[CLASS_PRIORITY] = 1, [CLASS_APPOINTMENT] = 2, [CLASS_ORDINARY] = 3};
	int64_t ahead = 0;

	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *other = &model->tickets[i];

		if (other == ticket || !other->today || other->state != TICKET_WAITING ||
		    strcmp(other->queue, ticket->queue) != 0)
			continue;
		ahead += other->class == ticket->class ? model_came_before(other, ticket)
						       : place[other->class] < place[ticket->class];
	}
	return ahead;
}

static enum refusal check_quotas(const struct model *model, const struct event_item_defined *item,
				 int64_t slot_from, const struct moment *now)
{
	int64_t moment = slot_from ? slot_from : now->wall_ms;
	int64_t slot_ms = item->slot_min * 60000, offset_ms = (int64_t)now->offset_min * 60000;
	int64_t day = 0, slot = 0;

	for (size_t i = 0; i < model->ticket_count; i++) {
		const struct model_ticket *ticket = &model->tickets[i];
		int64_t its = ticket->slot_from ? ticket->slot_from : ticket->issued_wall_ms;

		if (!ticket->today || ticket->state == TICKET_CANCELLED ||
		    strcmp(ticket->item, item->item) != 0)
			continue;
		day++;
		slot += slot_ms && (its + offset_ms) / slot_ms == (moment + offset_ms) / slot_ms;
	}
	if (item->quota && day >= item->quota)
		return REFUSAL_QUOTA_DAY;
	return item->slot_quota && slot >= item->slot_quota ? REFUSAL_QUOTA_SLOT : REFUSAL_NONE;
}

/* Days since the epoch, counted out. */
int64_t model_day_number(int64_t date)
{
	static const int months[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t days = 0;

	for (int64_t year = 1970; year < date / 10000; year++)
		days += (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 366 : 365;
	for (int64_t month = 1; month < date / 100 % 100; month++)
		days += months[month - 1] + (month == 2 && date / 10000 % 4 == 0);
	return days + date % 100 - 1;
}

static bool is_too_late(struct model *model, const struct model_queue *queue, int64_t ahead,
			const struct moment *now)
{
	int64_t minute = now->wall_ms / 60000 + now->offset_min;
	int64_t closes = model_day_number(model->day) * 1440 + model->policy.closes_min,
		windows = 0;

	for (size_t i = 0; i < model->window_count; i++)
		windows += !model->windows[i].paused && !model->windows[i].def.retired &&
			   model_list_has(model->windows[i].def.queues, queue->def.queue);
	/* A clock that is behind the service day's date says nothing about the hour. */
	if (!model->policy.closes_min || minute / 1440 < model_day_number(model->day))
		return false;
	if (minute >= closes || minute / 1440 > model_day_number(model->day))
		return true;
	return ahead / greater(windows, 1) * model->policy.service_ms >= (closes - minute) * 60000;
}

static int64_t local_day(int64_t wall_ms, const struct moment *now)
{
	return (wall_ms / 60000 + now->offset_min) / 1440;
}

static bool is_valid(const struct model *model, const struct command *command,
		     const struct moment *now)
{
	int64_t day = model_day_number(model->day);
	int64_t from = command->u.issue.slot_from, to = command->u.issue.slot_to;
	int64_t arrival = command->u.issue.arrival_ms;
	bool paper = command->u.issue.origin == ORIGIN_PAPER;

	if (command->u.issue.class < 0 || command->u.issue.class >= CLASS_COUNT ||
	    command->u.issue.origin < 0 || command->u.issue.origin >= ORIGIN_COUNT)
		return false;
	if (arrival > now->mono_ms || arrival < now->mono_ms - DAY_MS || (arrival < 0 && !paper))
		return false;
	/* A paper number is of this service day, unless the clock itself is behind it. */
	if (paper && day <= local_day(now->wall_ms, now) &&
	    local_day(now->wall_ms - (now->mono_ms - arrival), now) < day)
		return false;
	if (from < 0 || to < from || to - from > DAY_MS ||
	    (to && command->u.issue.class != CLASS_APPOINTMENT))
		return false;
	if (command->u.issue.paper_number && !paper)
		return false;
	if (command->u.issue.printer[0] && !model_is_id(command->u.issue.printer))
		return false;
	return strspn(command->u.issue.token, "0123456789abcdef") == 32;
}

struct expected model_expect_issue(struct model *model, const struct command *command,
				   const struct moment *now)
{
	const struct event_item_defined *item = model_item_of(model, command->u.issue.item);
	const char *id = command->u.issue.queue;
	struct expected expected = command->u.issue.print
					   ? model_two(EVENT_TICKET_ISSUED, EVENT_PRINT_QUEUED)
					   : model_one(EVENT_TICKET_ISSUED);
	struct model_ticket newcomer = {.class = command->u.issue.class,
					.arrival_ms = command->u.issue.arrival_ms,
					.boot = model->boot,
					.order = UINT64_MAX};
	const struct model_queue *queue;
	int64_t paper = command->u.issue.paper_number;

	expected.large = command->u.issue.large;
	if (!model->day)
		return model_refuse(REFUSAL_DAY_CLOSED);
	if (!is_valid(model, command, now))
		return model_refuse(REFUSAL_INVALID);
	if (command->u.issue.item[0] && (!item || item->retired))
		return model_refuse(REFUSAL_ITEM_UNKNOWN);
	queue = model_queue_of(model, id[0] || !item ? id : item->queue);
	if (!queue)
		return model_refuse(REFUSAL_QUEUE_UNKNOWN);
	if (queue->def.retired)
		return model_refuse(REFUSAL_QUEUE_RETIRED);
	if (paper && !paper_is_free(model, &queue->def, paper))
		return model_refuse(REFUSAL_PAPER_NUMBER);
	if (paper)
		format(&queue->def, queue->def.prefix, paper, expected.number);
	else if (!next_number(model, queue, expected.number))
		return model_refuse(REFUSAL_QUEUE_FULL);
	memcpy(newcomer.queue, queue->def.queue, sizeof(newcomer.queue));
	expected.ahead = model_ahead(model, &newcomer);
	expected.refusal =
		item ? check_quotas(model, item, command->u.issue.slot_from, now) : REFUSAL_NONE;
	if (!expected.refusal && command->u.issue.origin != ORIGIN_PAPER &&
	    is_too_late(model, queue, expected.ahead, now))
		expected.refusal = REFUSAL_CLOSING;
	return expected.refusal ? model_refuse(expected.refusal) : expected;
}
