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

const char *hall_boot(const struct hall *hall)
{
	return hall->boot;
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

void state_format_number(const struct event_queue_defined *queue, uint32_t number,
			 char ret[CORE_NUMBER_SIZE])
{
	memset(ret, 0, CORE_NUMBER_SIZE);
	snprintf(ret, CORE_NUMBER_SIZE, "%s%0*u", queue->prefix, queue->last > 999 ? 4 : 3, number);
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

uint32_t state_highest_number(const struct hall *hall, const char *prefix)
{
	uint32_t highest = 0;

	for (size_t i = 0; i < hall->ticket_count; i++) {
		const char *text = hall->tickets[i].number;
		size_t len = 0;
		uint32_t number = state_parse_number(text, &len);

		if (number > highest &&
		    (!prefix || (strlen(prefix) == len && !strncmp(text, prefix, len))))
			highest = number;
	}
	return highest;
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
