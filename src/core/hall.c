/* The hall's memory: making, copying, comparing, reading. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/state.h"

int hall_create(struct hall **ret_hall)
{
	struct hall *hall = calloc(1, sizeof(*hall));

	if (!hall)
		return -ENOMEM;
	*ret_hall = hall;
	return 0;
}

void hall_destroy(struct hall *hall)
{
	if (!hall)
		return;
	free(hall->queues);
	free(hall->windows);
	free(hall->items);
	free(hall->tickets);
	free(hall->nodes);
	free(hall->jobs);
	free(hall);
}

/* Grows a table by doubling up to its limit. */
static int grow(void **table, size_t count, size_t *capacity, size_t limit, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : 16;
	void *larger;

	if (count < *capacity)
		return 0;
	if (count >= limit)
		return -ENOSPC;
	if (wanted > limit)
		wanted = limit;
	larger = realloc(*table, wanted * size);
	if (!larger)
		return -ENOMEM;
	*table = larger;
	*capacity = wanted;
	return 0;
}

static int grow_tickets(struct hall *hall)
{
	size_t capacity = hall->ticket_capacity;
	int r = grow((void **)&hall->nodes, hall->ticket_count, &capacity, CORE_MAX_DAY_TICKETS,
		     sizeof(hall->nodes[0]));

	if (r < 0)
		return r;
	return grow((void **)&hall->tickets, hall->ticket_count, &hall->ticket_capacity,
		    CORE_MAX_DAY_TICKETS, sizeof(hall->tickets[0]));
}

int state_reserve(struct hall *hall, enum event_type type)
{
	switch (type) {
	case EVENT_QUEUE_DEFINED:
		return grow((void **)&hall->queues, hall->queue_count, &hall->queue_capacity,
			    CORE_MAX_QUEUES, sizeof(hall->queues[0]));
	case EVENT_WINDOW_DEFINED:
		return grow((void **)&hall->windows, hall->window_count, &hall->window_capacity,
			    CORE_MAX_WINDOWS, sizeof(hall->windows[0]));
	case EVENT_ITEM_DEFINED:
		return grow((void **)&hall->items, hall->item_count, &hall->item_capacity,
			    CORE_MAX_ITEMS, sizeof(hall->items[0]));
	case EVENT_TICKET_ISSUED: return grow_tickets(hall);
	case EVENT_PRINT_QUEUED:
		return grow((void **)&hall->jobs, hall->job_count, &hall->job_capacity,
			    CORE_MAX_DAY_JOBS, sizeof(hall->jobs[0]));
	default: return 0;
	}
}

static void *duplicate(const void *table, size_t capacity, size_t size)
{
	void *copy = malloc(capacity ? capacity * size : 1);

	if (copy && capacity)
		memcpy(copy, table, capacity * size);
	return copy;
}

int hall_copy(struct hall *dst, const struct hall *src)
{
	struct hall copy = *src;

	copy.queues = duplicate(src->queues, src->queue_capacity, sizeof(*src->queues));
	copy.windows = duplicate(src->windows, src->window_capacity, sizeof(*src->windows));
	copy.items = duplicate(src->items, src->item_capacity, sizeof(*src->items));
	copy.tickets = duplicate(src->tickets, src->ticket_capacity, sizeof(*src->tickets));
	copy.nodes = duplicate(src->nodes, src->ticket_capacity, sizeof(*src->nodes));
	copy.jobs = duplicate(src->jobs, src->job_capacity, sizeof(*src->jobs));
	if (!copy.queues || !copy.windows || !copy.items || !copy.tickets || !copy.nodes ||
	    !copy.jobs) {
		free(copy.queues);
		free(copy.windows);
		free(copy.items);
		free(copy.tickets);
		free(copy.nodes);
		free(copy.jobs);
		return -ENOMEM;
	}
	free(dst->queues);
	free(dst->windows);
	free(dst->items);
	free(dst->tickets);
	free(dst->nodes);
	free(dst->jobs);
	*dst = copy;
	return 0;
}

/* FNV-1a. Records are zeroed before they are filled, so padding and the bytes behind a text's NUL
 * are equal for equal histories. */
static uint64_t mix(uint64_t digest, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.*): every record is written whole first */
		digest = (digest ^ p[i]) * 0x100000001b3u;
	return digest;
}

uint64_t hall_digest(const struct hall *hall)
{
	uint64_t digest = 0xcbf29ce484222325u;
	const int64_t numbers[] = {(int64_t)hall->seq, hall->day,	  hall->last_day,
				   hall->day_counter,  hall->last_ticket, hall->last_job,
				   hall->boots};

	digest = mix(digest, numbers, sizeof(numbers));
	digest = mix(digest, &hall->definition, sizeof(hall->definition));
	digest = mix(digest, hall->boot, sizeof(hall->boot));
	digest = mix(digest, hall->queues, hall->queue_count * sizeof(*hall->queues));
	digest = mix(digest, hall->windows, hall->window_count * sizeof(*hall->windows));
	digest = mix(digest, hall->items, hall->item_count * sizeof(*hall->items));
	digest = mix(digest, hall->tickets, hall->ticket_count * sizeof(*hall->tickets));
	digest = mix(digest, hall->nodes, hall->ticket_count * sizeof(*hall->nodes));
	return mix(digest, hall->jobs, hall->job_count * sizeof(*hall->jobs));
}

static bool same(const void *a, const void *b, size_t len)
{
	return len == 0 || memcmp(a, b, len) == 0;
}

bool hall_equal(const struct hall *a, const struct hall *b)
{
	return a->seq == b->seq && a->day == b->day && a->last_day == b->last_day &&
	       a->day_counter == b->day_counter && a->last_ticket == b->last_ticket &&
	       a->last_job == b->last_job && a->boots == b->boots &&
	       same(&a->definition, &b->definition, sizeof(a->definition)) &&
	       same(a->boot, b->boot, sizeof(a->boot)) && a->queue_count == b->queue_count &&
	       same(a->queues, b->queues, a->queue_count * sizeof(*a->queues)) &&
	       a->window_count == b->window_count &&
	       same(a->windows, b->windows, a->window_count * sizeof(*a->windows)) &&
	       a->item_count == b->item_count &&
	       same(a->items, b->items, a->item_count * sizeof(*a->items)) &&
	       a->ticket_count == b->ticket_count &&
	       same(a->tickets, b->tickets, a->ticket_count * sizeof(*a->tickets)) &&
	       same(a->nodes, b->nodes, a->ticket_count * sizeof(*a->nodes)) &&
	       a->job_count == b->job_count &&
	       same(a->jobs, b->jobs, a->job_count * sizeof(*a->jobs));
}

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

int64_t state_queue_index(const struct hall *hall, const char *id)
{
	for (size_t i = 0; i < hall->queue_count; i++)
		if (!strcmp(hall->queues[i].queue.def.queue, id))
			return (int64_t)i;
	return NO_INDEX;
}

struct queue_state *state_queue(struct hall *hall, const char *id)
{
	int64_t index = state_queue_index(hall, id);

	return index >= 0 ? &hall->queues[index] : NULL;
}

const struct queue *hall_find_queue(const struct hall *hall, const char *id)
{
	int64_t index = state_queue_index(hall, id);

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

int64_t state_item_index(const struct hall *hall, const char *id)
{
	for (size_t i = 0; i < hall->item_count; i++)
		if (!strcmp(hall->items[i].def.item, id))
			return (int64_t)i;
	return NO_INDEX;
}

const struct item *hall_find_item(const struct hall *hall, const char *id)
{
	int64_t index = state_item_index(hall, id);

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
	for (size_t i = hall->ticket_count; i-- > 0;)
		if (!strcmp(hall->tickets[i].number, number))
			return &hall->tickets[i];
	return NULL;
}

const struct ticket *hall_find_token(const struct hall *hall, const char *token)
{
	for (size_t i = hall->ticket_count; i-- > 0;)
		if (!strcmp(hall->tickets[i].token, token))
			return &hall->tickets[i];
	return NULL;
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

int state_window_queues(const struct hall *hall, const char *queues,
			uint32_t ret_indexes[CORE_MAX_WINDOW_QUEUES], uint32_t *ret_count,
			char ret_bad[CORE_ID_SIZE])
{
	uint32_t indexes[CORE_MAX_WINDOW_QUEUES];
	uint32_t count = 0;

	while (*queues) {
		size_t len = strcspn(queues, ",");
		char id[CORE_ID_SIZE] = "";
		int64_t index;

		if (len >= sizeof(id))
			len = sizeof(id) - 1;
		memcpy(id, queues, len);
		index = state_queue_index(hall, id);
		if (index < 0 || count == CORE_MAX_WINDOW_QUEUES) {
			memcpy(ret_bad, id, sizeof(id));
			return -EINVAL;
		}
		indexes[count++] = (uint32_t)index;
		queues += strcspn(queues, ",");
		queues += *queues == ',';
	}
	memset(ret_indexes, 0, sizeof(indexes));
	memcpy(ret_indexes, indexes, count * sizeof(indexes[0]));
	*ret_count = count;
	return 0;
}
