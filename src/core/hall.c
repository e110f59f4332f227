/* The hall's memory: making, destroying, copying, growing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/state.h"

enum table_id {
	TABLE_QUEUES,
	TABLE_WINDOWS,
	TABLE_ITEMS,
	TABLE_CLERKS,
	TABLE_TICKETS,
	TABLE_NODES,
	TABLE_JOBS,
	TABLE_DAYS,
	TABLE_PRINTERS,
	TABLE_BASELINES,
	TABLE_COUNT
};

/* Where in struct hall a table keeps its rows, how many are used and how many fit. */
struct table {
	size_t rows, count, capacity;
	size_t row_size, limit;
};

#define TABLE(name, of, most)                                                                      \
	{                                                                                          \
		.rows = offsetof(struct hall, name), .count = offsetof(struct hall, of##_count),   \
		.capacity = offsetof(struct hall, of##_capacity),                                  \
		.row_size = sizeof(*((struct hall *)0)->name), .limit = (most),                    \
	}

static const struct table tables[TABLE_COUNT] = {
	[TABLE_QUEUES] = TABLE(queues, queue, CORE_MAX_QUEUES),
	[TABLE_WINDOWS] = TABLE(windows, window, CORE_MAX_WINDOWS),
	[TABLE_ITEMS] = TABLE(items, item, CORE_MAX_ITEMS),
	[TABLE_CLERKS] = TABLE(clerks, clerk, CORE_MAX_CLERKS),
	[TABLE_TICKETS] = TABLE(tickets, ticket, CORE_MAX_DAY_TICKETS),
	[TABLE_NODES] = TABLE(nodes, ticket, CORE_MAX_DAY_TICKETS),
	[TABLE_JOBS] = TABLE(jobs, job, CORE_MAX_DAY_JOBS),
	[TABLE_DAYS] = TABLE(days, mark, CORE_MAX_DAYS),
	[TABLE_PRINTERS] = TABLE(printers, printer, CORE_MAX_PRINTERS),
	[TABLE_BASELINES] = TABLE(baselines, baseline, CORE_MAX_BASELINES),
};

/* By memcpy: a pointer to rows is no void pointer to the compiler. */
static void *rows_of(const struct hall *hall, const struct table *table)
{
	void *rows;

	memcpy(&rows, (const char *)hall + table->rows, sizeof(rows));
	return rows;
}

static void set_rows(struct hall *hall, const struct table *table, void *rows)
{
	memcpy((char *)hall + table->rows, &rows, sizeof(rows));
}

static size_t size_at(const struct hall *hall, size_t offset)
{
	size_t value;

	memcpy(&value, (const char *)hall + offset, sizeof(value));
	return value;
}

int hall_create(struct hall **ret_hall)
{
	struct hall *hall = calloc(1, sizeof(*hall));

	if (!hall)
		return -ENOMEM;
	hall->floor = hall->paper_floor = 1;
	hall->policy.overtakes = -1;
	*ret_hall = hall;
	return 0;
}

static void free_tables(struct hall *hall)
{
	for (int i = 0; i < TABLE_COUNT; i++)
		free(rows_of(hall, &tables[i]));
	for (int i = 0; i < INDEX_COUNT; i++)
		free(hall->indexes[i].slots);
}

void hall_destroy(struct hall *hall)
{
	if (!hall)
		return;
	free_tables(hall);
	free(hall);
}

/* The rows of one table, with room for as many as before. NULL for an empty one. */
static int duplicate(const void *rows, size_t used, size_t room, void **ret_copy)
{
	void *copy = NULL;

	if (room) {
		copy = malloc(room);
		if (!copy)
			return -ENOMEM;
		if (used)
			memcpy(copy, rows, used);
	}
	*ret_copy = copy;
	return 0;
}

int hall_copy(struct hall *dst, const struct hall *src)
{
	struct hall copy = *src;
	void *rows;
	int r;

	for (int i = 0; i < TABLE_COUNT; i++)
		set_rows(&copy, &tables[i], NULL);
	for (int i = 0; i < INDEX_COUNT; i++)
		copy.indexes[i].slots = NULL;
	for (int i = 0; i < TABLE_COUNT; i++) {
		const struct table *table = &tables[i];

		r = duplicate(rows_of(src, table), size_at(src, table->count) * table->row_size,
			      size_at(src, table->capacity) * table->row_size, &rows);
		if (r < 0)
			goto err_free;
		set_rows(&copy, table, rows);
	}
	for (int i = 0; i < INDEX_COUNT; i++) {
		size_t size = src->indexes[i].slot_count * sizeof(*src->indexes[i].slots);

		r = duplicate(src->indexes[i].slots, size, size, &rows);
		if (r < 0)
			goto err_free;
		copy.indexes[i].slots = rows;
	}
	free_tables(dst);
	*dst = copy;
	return 0;

err_free:
	free_tables(&copy);
	return r;
}

/* Makes room for one more row by doubling up to the limit; the new capacity is the caller's to
 * set, once all that belongs together has grown. */
static int grow(struct hall *hall, enum table_id id, size_t *ret_capacity)
{
	const struct table *table = &tables[id];
	size_t capacity = size_at(hall, table->capacity);
	size_t wanted = capacity ? capacity * 2 : 16;
	void *rows;

	if (size_at(hall, table->count) >= table->limit)
		return -ENOSPC;
	if (size_at(hall, table->count) < capacity) {
		*ret_capacity = capacity;
		return 0;
	}
	if (wanted > table->limit)
		wanted = table->limit;
	rows = realloc(rows_of(hall, table), wanted * table->row_size);
	if (!rows)
		return -ENOMEM;
	set_rows(hall, table, rows);
	*ret_capacity = wanted;
	return 0;
}

static int grow_tickets(struct hall *hall)
{
	size_t capacity = 0;
	int r;

	r = grow(hall, TABLE_NODES, &capacity);
	if (r == 0)
		r = grow(hall, TABLE_TICKETS, &capacity);
	if (r == 0)
		r = index_reserve(hall, INDEX_NUMBER, capacity);
	if (r == 0)
		r = index_reserve(hall, INDEX_TOKEN, capacity);
	if (r == 0)
		hall->ticket_capacity = capacity;
	return r;
}

static int grow_items(struct hall *hall)
{
	size_t capacity = 0;
	int r;

	r = grow(hall, TABLE_ITEMS, &capacity);
	if (r == 0)
		r = index_reserve(hall, INDEX_ITEM, capacity);
	if (r == 0)
		hall->item_capacity = capacity;
	return r;
}

int state_reserve(struct hall *hall, enum event_type type)
{
	switch (type) {
	case EVENT_QUEUE_DEFINED: return grow(hall, TABLE_QUEUES, &hall->queue_capacity);
	case EVENT_WINDOW_DEFINED: return grow(hall, TABLE_WINDOWS, &hall->window_capacity);
	case EVENT_ITEM_DEFINED: return grow_items(hall);
	case EVENT_CLERK_DEFINED: return grow(hall, TABLE_CLERKS, &hall->clerk_capacity);
	case EVENT_DAY_OPENED: return grow(hall, TABLE_DAYS, &hall->mark_capacity);
	case EVENT_TICKET_ISSUED: return grow_tickets(hall);
	case EVENT_PRINT_QUEUED: return grow(hall, TABLE_JOBS, &hall->job_capacity);
	case EVENT_PRINTER_CONDITION: return grow(hall, TABLE_PRINTERS, &hall->printer_capacity);
	case EVENT_BASELINE_FROZEN: return grow(hall, TABLE_BASELINES, &hall->baseline_capacity);
	default: return 0;
	}
}
