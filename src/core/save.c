/* The state as bytes and back, for snapshots, so that a start need not replay a log from its first
 * event. The hall itself first, then its tables row by row, in the order of records[]. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/record.h"

int hall_save(const struct hall *hall, uint8_t **ret_bytes, size_t *ret_size)
{
	size_t rows = 1, size, at = 0;
	uint8_t *bytes, *exact;

	for (int id = 0; id < RECORD_COUNT; id++)
		rows += record_rows(hall, &records[id]);
	/* Rows are far shorter than the longest that can be: the room grows as they come. */
	size = RECORD_BYTES_MAX + rows * 64;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	at = record_write(&record_hall, hall, bytes);
	for (int id = 0; id < RECORD_COUNT; id++) {
		for (size_t i = 0; i < record_rows(hall, &records[id]); i++) {
			if (size - at < RECORD_BYTES_MAX) {
				exact = realloc(bytes, size * 2);
				if (!exact)
					goto err_free;
				bytes = exact;
				size *= 2;
			}
			at += record_write(&records[id], record_row(hall, &records[id], i),
					   bytes + at);
		}
	}
	exact = realloc(bytes, at);
	*ret_bytes = exact ? exact : bytes;
	*ret_size = at;
	return 0;

err_free:
	free(bytes);
	return -ENOMEM;
}

/* What is used as an index or a name without a look, beyond what hall_check() sees. */
static bool in_range(const struct hall *hall)
{
	for (size_t i = 0; i < hall->queue_count; i++)
		if (!queue_kind_name(hall->queues[i].queue.def.kind))
			return false;
	for (size_t i = 0; i < hall->ticket_count; i++)
		if (hall->tickets[i].item < NO_INDEX ||
		    (uint32_t)hall->tickets[i].class >= CLASS_COUNT)
			return false;
	for (size_t i = 0; i < hall->job_count; i++)
		if (hall->jobs[i].state < JOB_QUEUED || hall->jobs[i].state > JOB_ENDED ||
		    (uint32_t)hall->jobs[i].outcome >= PRINT_OUTCOME_COUNT ||
		    (uint32_t)hall->jobs[i].cause >= PRINT_CAUSE_COUNT)
			return false;
	return true;
}

/* Nodes come with their tickets: their place is there when their turn comes. */
static int load_rows(struct hall *hall, enum record_id id, size_t count, const uint8_t *bytes,
		     size_t size, size_t *at)
{
	const struct record *record = &records[id];

	for (size_t i = 0; i < count; i++) {
		int r = record->reserve ? state_reserve(hall, record->reserve) : 0;
		char *row;

		if (r < 0)
			return r == -ENOSPC ? -EBADMSG : r;
		row = (char *)(uintptr_t)record_row(hall, record, i);
		memset(row, 0, record->row_size);
		r = record_read(record, bytes + *at, size - *at, row);
		if (r < 0)
			return r;
		*at += (size_t)r;
		if (record->reserve) {
			size_t now = i + 1;

			memcpy((char *)hall + record->count, &now, sizeof(now));
		}
		if (id == RECORD_TICKETS) {
			index_add(hall, INDEX_NUMBER, i);
			index_add(hall, INDEX_TOKEN, i);
		} else if (id == RECORD_ITEMS) {
			index_add(hall, INDEX_ITEM, i);
		}
	}
	return 0;
}

static int load(struct hall *hall, const uint8_t *bytes, size_t size)
{
	size_t counts[RECORD_COUNT], at, none = 0;
	int r = record_read(&record_hall, bytes, size, hall);

	if (r < 0)
		return r;
	at = (size_t)r;
	for (int id = 0; id < RECORD_COUNT; id++)
		counts[id] = record_rows(hall, &records[id]);
	for (int id = 0; id < RECORD_COUNT; id++)
		memcpy((char *)hall + records[id].count, &none, sizeof(none));
	for (int id = 0; id < RECORD_COUNT; id++) {
		r = load_rows(hall, (enum record_id)id, counts[id], bytes, size, &at);
		if (r < 0)
			return r;
	}
	if (at != size || !in_range(hall))
		return -EBADMSG;
	state_find_first_queued(hall);
	if (hall_check(hall))
		return -EBADMSG;
	/* An open day has the room for its mark already: closing it must not fail. */
	r = hall->day ? state_reserve(hall, EVENT_DAY_OPENED) : 0;
	return r == -ENOSPC ? -EBADMSG : r;
}

int hall_load(struct hall *hall, const void *bytes, size_t size)
{
	struct hall *loaded, taken;
	int r = hall_create(&loaded);

	if (r < 0)
		return r;
	r = load(loaded, bytes, size);
	if (r == 0) {
		taken = *hall;
		*hall = *loaded;
		*loaded = taken;
	}
	hall_destroy(loaded);
	return r;
}
