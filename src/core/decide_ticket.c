/* Issuing a number. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/core/decide.h"
#include "src/core/estimate.h"
#include "src/core/text.h"

static const int64_t DAY_MS = 86400000;

/* On a day before the service day, by the wall clock; unless the clock itself stands there. */
static bool is_of_another_day(const struct hall *hall, const struct command *command)
{
	int64_t day = state_day_number(hall->day);
	struct stamp arrival = command->at;

	arrival.wall_ms -= command->at.mono_ms - command->u.issue.arrival_ms;
	return state_local_day(&arrival) < day && day <= state_local_day(&command->at);
}

static int check_issue(const struct hall *hall, const struct command *command, struct decision *ret)
{
	if (!hall->day)
		return decision_refuse(ret, REFUSAL_DAY_CLOSED, "%s", "");
	if (!ticket_class_name(command->u.issue.class))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "class: allowed are ordinary, priority, appointment");
	if (!ticket_origin_name(command->u.issue.origin))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "origin: allowed are panel, api, desk, online, paper");
	/* Who took a pre-printed number while the power was out came before this boot. */
	if ((command->u.issue.arrival_ms < 0 && command->u.issue.origin != ORIGIN_PAPER) ||
	    command->u.issue.arrival_ms < command->at.mono_ms - DAY_MS ||
	    command->u.issue.arrival_ms > command->at.mono_ms)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "arrival_ms: must not lie in the future, nor more than a "
				       "day back");
	if (command->u.issue.origin == ORIGIN_PAPER && is_of_another_day(hall, command))
		return decision_refuse(ret, REFUSAL_INVALID, "arrival_ms: before the service day");
	if (command->u.issue.slot_from < 0 ||
	    command->u.issue.slot_from > command->u.issue.slot_to ||
	    command->u.issue.slot_to > STATE_MOMENT_MAX_MS ||
	    command->u.issue.slot_to - command->u.issue.slot_from > DAY_MS ||
	    (command->u.issue.slot_to && command->u.issue.class != CLASS_APPOINTMENT))
		return decision_refuse(
			ret, REFUSAL_INVALID,
			"slot_from, slot_to: are for an appointment, in order, within "
			"a day");
	if (command->u.issue.paper_number && command->u.issue.origin != ORIGIN_PAPER)
		return decision_refuse(ret, REFUSAL_INVALID,
				       "paper_number: is for the origin paper only");
	if (!text_fits(command->u.issue.printer, CORE_ID_SIZE) ||
	    (command->u.issue.printer[0] && !text_is_id(command->u.issue.printer)))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "printer: must be an id of at most %d bytes",
				       CORE_ID_SIZE - 1);
	if (!text_fits(command->u.issue.case_ref, CORE_CASE_SIZE))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "case_ref: must be UTF-8 of at most %d bytes",
				       CORE_CASE_SIZE - 1);
	if (!text_fits(command->u.issue.token, CORE_TOKEN_SIZE) ||
	    !text_is_token(command->u.issue.token))
		return decision_refuse(ret, REFUSAL_INVALID,
				       "token: must be 32 lower-case hex digits");
	return 0;
}

/* The queue that the command names, itself or by its item; NULL: refused. */
static const struct queue *find_queue(const struct hall *hall, const struct command *command,
				      struct decision *ret)
{
	const struct item *item = NULL;
	const char *id = command->u.issue.queue;
	const struct queue *queue;

	if (!text_fits(id, CORE_ID_SIZE) || !text_fits(command->u.issue.item, CORE_ID_SIZE)) {
		decision_refuse(ret, REFUSAL_INVALID,
				"queue, item: must be text of at most %d bytes", CORE_ID_SIZE - 1);
		return NULL;
	}
	if (command->u.issue.item[0]) {
		item = hall_find_item(hall, command->u.issue.item);
		if (!item || item->def.retired) {
			decision_refuse(ret, REFUSAL_ITEM_UNKNOWN, "\"%s\"%s",
					command->u.issue.item, item ? " is retired" : "");
			return NULL;
		}
	}
	if (!id[0] && item)
		id = item->def.queue;
	queue = hall_find_queue(hall, id);
	if (!queue) {
		decision_refuse(ret, REFUSAL_QUEUE_UNKNOWN, "\"%s\"", id);
		return NULL;
	}
	if (queue->def.retired) {
		decision_refuse(ret, REFUSAL_QUEUE_RETIRED, "%s", id);
		return NULL;
	}
	return queue;
}

/* The ticket as it would stand in the line. */
static struct ticket newcomer_of(const struct hall *hall, const struct command *command,
				 const struct queue *queue)
{
	const char *item = command->u.issue.item;

	return (struct ticket){
		.state = TICKET_WAITING,
		.queue = (uint32_t)state_queue_index(hall, queue->def.queue),
		.item = item[0] ? state_item_index(hall, item) : NO_INDEX,
		.class = (enum ticket_class)command->u.issue.class,
		.arrival_ms = command->u.issue.arrival_ms,
		.since_ms = command->u.issue.arrival_ms,
		.slot_from = command->u.issue.slot_from,
		.slot_to = command->u.issue.slot_to,
		.boot = hall->boots,
		.order = UINT64_MAX,
	};
}

static void tell_wait(const struct hall *hall, const struct command *command,
		      const struct ticket *newcomer, struct event_ticket_issued *issued)
{
	struct expectation wait = {.ms = -1, .low_ms = -1, .high_ms = -1};

	if (hall->policy.expect)
		wait = estimate_wait(hall, newcomer, &command->at, (uint64_t)issued->ticket);
	issued->expect_ms = wait.ms;
	issued->expect_low_ms = wait.low_ms;
	issued->expect_high_ms = wait.high_ms;
	issued->expect_busy = wait.busy;
}

/* The next of the range, or the one of the pre-printed block that the citizen holds. */
static int choose_number(const struct hall *hall, const struct command *command,
			 const struct queue *queue, struct decision *ret,
			 char ret_number[CORE_NUMBER_SIZE])
{
	const struct event_queue_defined *def = &queue->def;
	int64_t paper = command->u.issue.paper_number;
	uint32_t count;
	bool spare;

	if (!paper) {
		if (state_next_number(hall, queue, ret_number, &count, &spare))
			return 0;
		return decision_refuse(ret, REFUSAL_QUEUE_FULL, "%s%" PRId64 " was the last",
				       def->spare[0] ? def->spare : def->prefix, def->last);
	}
	if (paper < def->paper_first || paper > def->paper_last ||
	    (paper >= def->first && paper <= def->last) ||
	    !state_block_allows(hall, (uint32_t)paper))
		return decision_refuse(ret, REFUSAL_PAPER_NUMBER, "block: %" PRId64 " to %" PRId64,
				       def->paper_first, def->paper_last);
	state_format_number(def, def->prefix, (uint32_t)paper, ret_number);
	if (state_number_is_given(hall, def->prefix, (uint32_t)paper))
		return decision_refuse(ret, REFUSAL_PAPER_NUMBER, "%s is there already",
				       ret_number);
	return 0;
}

/* Which time slot of an item a ticket counts for: its appointment's, or that of its issue. */
static int64_t slot_of(const struct item *item, int64_t slot_from, int64_t issued_wall_ms,
		       int32_t offset_min)
{
	return state_local_minute(slot_from ? slot_from : issued_wall_ms, offset_min) /
	       item->def.slot_min;
}

/* A ticket that was cancelled gives its place back. */
static int check_quotas(const struct hall *hall, const struct command *command,
			struct decision *ret)
{
	const struct item *item = hall_find_item(hall, command->u.issue.item);
	int32_t offset = command->at.offset_min;
	int64_t day = 0, slot = 0, own;

	if (!item || (!item->def.quota && !item->def.slot_quota))
		return 0;
	own = item->def.slot_min
		      ? slot_of(item, command->u.issue.slot_from, command->at.wall_ms, offset)
		      : 0;
	for (size_t i = 0; i < hall->ticket_count; i++) {
		const struct ticket *ticket = &hall->tickets[i];

		if (ticket->state == TICKET_CANCELLED || ticket->item < 0 ||
		    &hall->items[ticket->item] != item)
			continue;
		day++;
		slot += item->def.slot_min &&
			slot_of(item, ticket->slot_from, ticket->issued_wall_ms, offset) == own;
	}
#ifdef CORE_BREAK_QUOTA /* a deliberately broken build: the tests must notice */
	day--;
#endif
#ifdef CORE_BREAK_SLOT_QUOTA
	slot = 0;
#endif
	if (item->def.quota && day >= item->def.quota)
		return decision_refuse(ret, REFUSAL_QUOTA_DAY, "%s: %" PRId64, item->def.item,
				       item->def.quota);
	if (item->def.slot_quota && slot >= item->def.slot_quota)
		return decision_refuse(ret, REFUSAL_QUOTA_SLOT,
				       "%s: %" PRId64 " in %" PRId64 " minutes", item->def.item,
				       item->def.slot_quota, item->def.slot_min);
	return 0;
}

static int64_t open_windows(const struct hall *hall, const struct queue *queue)
{
	uint32_t index = (uint32_t)state_queue_index(hall, queue->def.queue);
	int64_t count = 0;

	for (size_t i = 0; i < hall->window_count; i++) {
		const struct window *window = &hall->windows[i];

		for (uint32_t k = 0; k < window->queue_count; k++)
			count += window->queues[k] == index && !window->def.retired &&
				 !window->paused;
	}
	return count;
}

/* Nobody is given a number for nothing: not from the closing time on, nor when the line before it
 * lasts until then. Who holds a number of the pre-printed block has one. A service day that goes on
 * behind midnight is past its closing time. */
static int check_closing(const struct hall *hall, const struct command *command,
			 const struct queue *queue, int64_t ahead, struct decision *ret)
{
	const struct event_policy_defined *policy = &hall->policy;
	const struct stamp *at = &command->at;
	int64_t minute = state_local_minute(at->wall_ms, at->offset_min) % 1440;
	int64_t days = state_local_day(at) - state_day_number(hall->day);
	int64_t windows = open_windows(hall, queue), left_ms;

	if (!policy->closes_min || command->u.issue.origin == ORIGIN_PAPER || days < 0)
		return 0;
#ifdef CORE_BREAK_CLOSING /* a deliberately broken build: the tests must notice */
	if (days < 1)
		return 0;
#endif
	left_ms = days > 0 ? 0 : (policy->closes_min - minute) * 60000;
	if (left_ms > 0 && ahead / (windows ? windows : 1) * policy->service_ms < left_ms)
		return 0;
	return decision_refuse(ret, REFUSAL_CLOSING,
			       "%02" PRId64 ":%02" PRId64 "; %" PRId64 " waiting before it",
			       policy->closes_min / 60, policy->closes_min % 60, ahead);
}

int decide_issue(const struct hall *hall, const struct command *command, struct decision *ret)
{
	const struct queue *queue;
	struct event_ticket_issued *issued;
	struct ticket newcomer;
	char number[CORE_NUMBER_SIZE];
	int64_t ahead;

	if (check_issue(hall, command, ret) < 0)
		return -EPERM;
	queue = find_queue(hall, command, ret);
	if (!queue)
		return -EPERM;
	if (hall->ticket_count == CORE_MAX_DAY_TICKETS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d tickets a day",
				       CORE_MAX_DAY_TICKETS);
	if (command->u.issue.print && hall->job_count == CORE_MAX_DAY_JOBS)
		return decision_refuse(ret, REFUSAL_TOO_MANY, "at most %d print jobs a day",
				       CORE_MAX_DAY_JOBS);
	if (choose_number(hall, command, queue, ret, number) < 0)
		return -EPERM;
	newcomer = newcomer_of(hall, command, queue);
	ahead = (int64_t)line_ahead_of_new(hall, &newcomer);
	if (check_quotas(hall, command, ret) < 0 ||
	    check_closing(hall, command, queue, ahead, ret) < 0)
		return -EPERM;
	issued = &decision_add(ret, command, EVENT_TICKET_ISSUED)->u.ticket_issued;
	issued->ticket = hall->last_ticket + 1;
	memcpy(issued->number, number, sizeof(issued->number));
	memcpy(issued->queue, queue->def.queue, sizeof(issued->queue));
	memcpy(issued->item, command->u.issue.item, sizeof(issued->item));
	memcpy(issued->case_ref, command->u.issue.case_ref, sizeof(issued->case_ref));
	memcpy(issued->token, command->u.issue.token, sizeof(issued->token));
	issued->class = command->u.issue.class;
	issued->origin = command->u.issue.origin;
	issued->arrival_ms = command->u.issue.arrival_ms;
	issued->pre_reviewed = command->u.issue.pre_reviewed;
	issued->ahead = ahead;
	issued->slot_from = command->u.issue.slot_from;
	issued->slot_to = command->u.issue.slot_to;
	tell_wait(hall, command, &newcomer, issued);
	if (command->u.issue.print)
		decide_queue_print(hall, command, ret,
				   &(struct event_print){.ticket = issued->ticket,
							 .copy = 1,
							 .large = command->u.issue.large},
				   issued->number, command->u.issue.printer);
	return 0;
}
