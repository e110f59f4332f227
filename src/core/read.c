/* Looking things up in a hall. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/core/state.h"

uint64_t hall_seq(const struct hall *hall)
{
	return hall->seq;
}

const struct event_hall_defined *hall_definition(const struct hall *hall)
{
	return &hall->definition;
}

int64_t hall_day(const struct hall *hall)
{
	return hall->day;
}

int64_t hall_last_day(const struct hall *hall)
{
	return hall->last_day;
}

int64_t hall_day_counter(const struct hall *hall)
{
	return hall->day_counter;
}

const char *hall_epoch(const struct hall *hall, uint64_t *ret_first)
{
	*ret_first = hall->restored_seq;
	return hall->epoch;
}

const char *hall_boot(const struct hall *hall)
{
	return hall->boot;
}

int64_t hall_clock_ms(const struct hall *hall)
{
	return hall->clock_ms;
}

int64_t hall_stepped_ms(const struct hall *hall)
{
	return hall->stepped_ms;
}

uint32_t hall_boots(const struct hall *hall)
{
	return hall->boots;
}

const struct event_policy_defined *hall_policy(const struct hall *hall)
{
	return &hall->policy;
}

size_t hall_clerk_count(const struct hall *hall)
{
	return hall->clerk_count;
}

const struct clerk *hall_clerk(const struct hall *hall, size_t index)
{
	return index < hall->clerk_count ? &hall->clerks[index] : NULL;
}

const struct clerk *hall_find_clerk(const struct hall *hall, const char *id)
{
	for (size_t i = 0; i < hall->clerk_count; i++)
		if (!strcmp(hall->clerks[i].def.clerk, id))
			return &hall->clerks[i];
	return NULL;
}

struct clerk *state_clerk(struct hall *hall, const char *id)
{
	const struct clerk *clerk = hall_find_clerk(hall, id);

	return clerk ? &hall->clerks[clerk - hall->clerks] : NULL;
}

size_t hall_queue_count(const struct hall *hall)
{
	return hall->queue_count;
}

const struct queue *hall_queue(const struct hall *hall, size_t index)
{
	return index < hall->queue_count ? &hall->queues[index].queue : NULL;
}

int32_t state_queue_index(const struct hall *hall, const char *id)
{
	for (size_t i = 0; i < hall->queue_count; i++)
		if (!strcmp(hall->queues[i].queue.def.queue, id))
			return (int32_t)i;
	return NO_INDEX;
}

struct queue_state *state_queue(struct hall *hall, const char *id)
{
	int32_t index = state_queue_index(hall, id);

	return index >= 0 ? &hall->queues[index] : NULL;
}

const struct queue *hall_find_queue(const struct hall *hall, const char *id)
{
	int32_t index = state_queue_index(hall, id);

	return index >= 0 ? &hall->queues[index].queue : NULL;
}

size_t hall_window_count(const struct hall *hall)
{
	return hall->window_count;
}

const struct window *hall_window(const struct hall *hall, size_t index)
{
	return index < hall->window_count ? &hall->windows[index] : NULL;
}

const struct window *hall_find_window(const struct hall *hall, int64_t number)
{
	for (size_t i = 0; i < hall->window_count; i++)
		if (hall->windows[i].def.window == number)
			return &hall->windows[i];
	return NULL;
}

struct window *state_window(struct hall *hall, int64_t number)
{
	const struct window *window = hall_find_window(hall, number);

	return window ? &hall->windows[window - hall->windows] : NULL;
}

size_t hall_item_count(const struct hall *hall)
{
	return hall->item_count;
}

const struct item *hall_item(const struct hall *hall, size_t index)
{
	return index < hall->item_count ? &hall->items[index] : NULL;
}

int32_t state_item_index(const struct hall *hall, const char *id)
{
	return index_find(hall, INDEX_ITEM, id);
}

const struct item *hall_find_item(const struct hall *hall, const char *id)
{
	int32_t index = state_item_index(hall, id);

	return index >= 0 ? &hall->items[index] : NULL;
}

size_t hall_ticket_count(const struct hall *hall)
{
	return hall->ticket_count;
}

const struct ticket *hall_ticket(const struct hall *hall, size_t index)
{
	return index < hall->ticket_count ? &hall->tickets[index] : NULL;
}

const struct ticket *hall_find_ticket(const struct hall *hall, int64_t id)
{
	if (!hall->ticket_count || id < hall->tickets[0].id ||
	    id - hall->tickets[0].id >= (int64_t)hall->ticket_count)
		return NULL;
	return &hall->tickets[id - hall->tickets[0].id];
}

struct ticket *state_ticket(struct hall *hall, int64_t id)
{
	const struct ticket *ticket = hall_find_ticket(hall, id);

	return ticket ? &hall->tickets[ticket - hall->tickets] : NULL;
}

const struct ticket *hall_find_number(const struct hall *hall, const char *number)
{
	int32_t index = index_find(hall, INDEX_NUMBER, number);

	return index >= 0 ? &hall->tickets[index] : NULL;
}

const struct ticket *hall_find_token(const struct hall *hall, const char *token)
{
	int32_t index = index_find(hall, INDEX_TOKEN, token);

	return index >= 0 ? &hall->tickets[index] : NULL;
}

size_t hall_job_count(const struct hall *hall)
{
	return hall->job_count;
}

const struct job *hall_job(const struct hall *hall, size_t index)
{
	return index < hall->job_count ? &hall->jobs[index] : NULL;
}

const struct job *hall_find_job(const struct hall *hall, int64_t id)
{
	if (!hall->job_count || id < hall->jobs[0].id ||
	    id - hall->jobs[0].id >= (int64_t)hall->job_count)
		return NULL;
	return &hall->jobs[id - hall->jobs[0].id];
}

size_t hall_first_queued_job(const struct hall *hall)
{
	return hall->first_queued;
}

bool hall_job_is_unsettled(const struct hall *hall, const struct job *job)
{
	const struct ticket *ticket = hall_find_ticket(hall, job->ticket);

	return job->state == JOB_ENDED && job->outcome == PRINT_UNKNOWN && ticket &&
	       ticket->job == job->id;
}

size_t hall_printer_count(const struct hall *hall)
{
	return hall->printer_count;
}

const struct hall_printer *hall_printer(const struct hall *hall, size_t index)
{
	return index < hall->printer_count ? &hall->printers[index] : NULL;
}

const struct hall_printer *hall_find_printer(const struct hall *hall, const char *id)
{
	for (size_t i = 0; i < hall->printer_count; i++)
		if (!strcmp(hall->printers[i].id, id))
			return &hall->printers[i];
	return NULL;
}

struct hall_printer *state_printer(struct hall *hall, const char *id)
{
	const struct hall_printer *printer = hall_find_printer(hall, id);

	return printer ? &hall->printers[printer - hall->printers] : NULL;
}

size_t hall_baseline_count(const struct hall *hall)
{
	return hall->baseline_count;
}

const struct baseline *hall_baseline(const struct hall *hall, size_t index)
{
	return index < hall->baseline_count ? &hall->baselines[index] : NULL;
}

const struct baseline *hall_find_baseline(const struct hall *hall, const char *name)
{
	for (size_t i = 0; i < hall->baseline_count; i++)
		if (!strcmp(hall->baselines[i].name, name))
			return &hall->baselines[i];
	return NULL;
}

struct baseline *state_baseline(struct hall *hall, const char *name)
{
	const struct baseline *baseline = hall_find_baseline(hall, name);

	return baseline ? &hall->baselines[baseline - hall->baselines] : NULL;
}

struct job *state_job(struct hall *hall, int64_t id)
{
	const struct job *job = hall_find_job(hall, id);

	return job ? &hall->jobs[job - hall->jobs] : NULL;
}

const struct day_mark *state_day_mark(const struct hall *hall, int64_t date)
{
	for (size_t i = hall->mark_count; i-- > 0;)
		if (hall->days[i].date == date)
			return &hall->days[i];
	return NULL;
}

void state_format_number(const struct event_queue_defined *queue, const char *prefix,
			 uint32_t number, char ret[CORE_NUMBER_SIZE])
{
	memset(ret, 0, CORE_NUMBER_SIZE);
	snprintf(ret, CORE_NUMBER_SIZE, "%s%0*u", prefix, queue->last > 999 ? 4 : 3, number);
}

bool state_number_is_given(const struct hall *hall, const char *prefix, uint32_t number)
{
	char text[CORE_NUMBER_SIZE];

	for (int digits = 3; digits <= 4; digits++) {
		snprintf(text, sizeof(text), "%s%0*u", prefix, digits, number);
		if (hall_find_number(hall, text))
			return true;
	}
	return false;
}

/* From 0 there is nothing. */
static bool is_within(uint32_t number, uint32_t from, uint32_t end)
{
	return from > 0 && number >= from && number < end;
}

bool state_block_allows(const struct hall *hall, uint32_t number)
{
	return number >= hall->paper_floor && !is_within(number, hall->lowest_before, hall->floor);
}

/* Not those that were entered from a block which a changed range now covers. */
static bool next_under(const struct hall *hall, const struct event_queue_defined *def,
		       const char *prefix, uint32_t number, char ret_number[CORE_NUMBER_SIZE],
		       uint32_t *ret_count)
{
	for (; number <= def->last; number++) {
		state_format_number(def, prefix, number, ret_number);
		*ret_count = number;
#ifndef CORE_BREAK_NUMBERS
		if (state_number_is_given(hall, prefix, number) ||
		    is_within(number, hall->paper_before, hall->paper_floor))
			continue;
#else
		(void)hall;
#endif
		return true;
	}
	return false;
}

bool state_next_number(const struct hall *hall, const struct queue *queue,
		       char ret_number[CORE_NUMBER_SIZE], uint32_t *ret_count, bool *ret_spare)
{
	const struct event_queue_defined *def = &queue->def;

	*ret_spare = false;
	if (next_under(hall, def, def->prefix, queue->next_number, ret_number, ret_count))
		return true;
	*ret_spare = true;
#ifdef CORE_BREAK_SPARE /* a deliberately broken build: the tests must notice */
	if (def->spare[0] && queue->next_spare > def->last) {
		char beyond[CORE_PREFIX_SIZE];

		memcpy(beyond, def->spare, sizeof(beyond));
		beyond[0]++;
		return next_under(hall, def, beyond, (uint32_t)def->first, ret_number, ret_count);
	}
#endif
	return def->spare[0] &&
	       next_under(hall, def, def->spare, queue->next_spare, ret_number, ret_count);
}

uint32_t state_parse_number(const char *text, size_t *ret_prefix_len)
{
	size_t len = strcspn(text, "0123456789");
	uint32_t number = 0;

	*ret_prefix_len = len;
	for (; text[len] >= '0' && text[len] <= '9' && number <= CORE_MAX_TICKET_NUMBER; len++)
		number = number * 10 + (uint32_t)(text[len] - '0');
	return text[len] == '\0' && number <= CORE_MAX_TICKET_NUMBER ? number : 0;
}

uint32_t state_highest_number(const struct hall *hall, const char *prefix, bool paper)
{
	uint32_t highest = 0;

	for (size_t i = 0; i < hall->ticket_count; i++) {
		const char *text = hall->tickets[i].number;
		size_t len = 0;
		uint32_t number = state_parse_number(text, &len);

		if (number > highest && hall->tickets[i].paper == paper &&
		    (!prefix || (strlen(prefix) == len && !strncmp(text, prefix, len))))
			highest = number;
	}
	return highest;
}

uint32_t state_lowest_number(const struct hall *hall, bool paper)
{
	uint32_t lowest = 0;

	for (size_t i = 0; i < hall->ticket_count; i++) {
		size_t len = 0;
		uint32_t number = state_parse_number(hall->tickets[i].number, &len);

		if (hall->tickets[i].paper == paper && (!lowest || number < lowest))
			lowest = number;
	}
	return lowest;
}

bool hall_is_empty(const struct hall *hall)
{
	for (size_t i = 0; i < hall_queue_count(hall); i++)
		for (int class = 0; class < CLASS_COUNT; class ++)
			if (hall_queue(hall, i)->waiting[class])
				return false;
	for (size_t i = 0; i < hall_window_count(hall); i++)
		if (hall_window(hall, i)->ticket)
			return false;
	return true;
}

bool hall_queue_is_full(const struct hall *hall, const struct queue *queue)
{
	char number[CORE_NUMBER_SIZE];
	uint32_t count;
	bool spare;

	return !state_next_number(hall, queue, number, &count, &spare);
}

/* Howard Hinnant's days_from_civil, for years from 1. */
int64_t state_day_number(int64_t date)
{
	int64_t y = date / 10000, m = date / 100 % 100, d = date % 100;
	int64_t era, year_of_era, day_of_year;

	y -= m <= 2;
	era = y / 400;
	year_of_era = y - era * 400;
	day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

int64_t state_local_minute(int64_t wall_ms, int32_t offset_min)
{
	return wall_ms / 60000 + offset_min;
}

int64_t state_local_day(const struct stamp *at)
{
	return state_local_minute(at->wall_ms, at->offset_min) / 1440;
}

bool state_prefixes_clash(const struct event_queue_defined *a, const struct event_queue_defined *b)
{
	return !strcmp(a->prefix, b->prefix) || !strcmp(a->prefix, b->spare) ||
	       !strcmp(a->spare, b->prefix) || (a->spare[0] && !strcmp(a->spare, b->spare));
}

int state_window_queues(const struct hall *hall, const char *queues,
			uint32_t ret_indexes[CORE_MAX_WINDOW_QUEUES], uint32_t *ret_count,
			char ret_bad[CORE_ID_SIZE])
{
	uint32_t indexes[CORE_MAX_WINDOW_QUEUES] = {0};
	uint32_t count = 0;
	bool more = queues[0] != '\0';

	while (more) {
		size_t len = strcspn(queues, ",");
		char id[CORE_ID_SIZE] = "";
		bool known = len > 0 && count < CORE_MAX_WINDOW_QUEUES;
		int32_t index;

		memcpy(id, queues, len < sizeof(id) ? len : sizeof(id) - 1);
		index = len < sizeof(id) ? state_queue_index(hall, id) : NO_INDEX;
		for (uint32_t i = 0; i < count; i++)
			known &= index < 0 || indexes[i] != (uint32_t)index;
		if (!known || index < 0) {
			memcpy(ret_bad, id, sizeof(id));
			return known ? -ENOENT : -EINVAL;
		}
		indexes[count++] = (uint32_t)index;
		more = queues[len] == ',';
		queues += len + (more ? 1 : 0);
	}
	memcpy(ret_indexes, indexes, sizeof(indexes));
	*ret_count = count;
	return 0;
}
