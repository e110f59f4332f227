/* Rows by text: a ticket by its number or its page's token, an item by its id. Pages ask for their
 * ticket by token all day, and each issue looks up an item: no walk through a day's tickets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/state.h"

enum { LEAST_SLOTS = 32 };

static const char *text_of(const struct hall *hall, enum index_kind kind, size_t row)
{
	switch (kind) {
	case INDEX_NUMBER: return hall->tickets[row].number;
	case INDEX_TOKEN: return hall->tickets[row].token;
	default: return hall->items[row].def.item;
	}
}

static size_t row_count(const struct hall *hall, enum index_kind kind)
{
	return kind == INDEX_ITEM ? hall->item_count : hall->ticket_count;
}

/* FNV-1a */
static size_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325u;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3u;
	return (size_t)(value ^ value >> 32);
}

/* The slot that holds the text, or the empty one where it belongs. At least half are empty. */
static uint32_t *find_slot(const struct hall *hall, enum index_kind kind, const char *text)
{
	const struct index *index = &hall->indexes[kind];
	size_t mask = index->slot_count - 1;
	size_t at = hash(text) & mask;

	while (index->slots[at] && strcmp(text_of(hall, kind, index->slots[at] - 1), text) != 0)
		at = (at + 1) & mask;
	return &index->slots[at];
}

void index_add(struct hall *hall, enum index_kind kind, size_t row)
{
	*find_slot(hall, kind, text_of(hall, kind, row)) = (uint32_t)row + 1;
}

int index_reserve(struct hall *hall, enum index_kind kind, size_t rows)
{
	struct index *index = &hall->indexes[kind];
	size_t slot_count = LEAST_SLOTS;
	uint32_t *slots;

	while (slot_count < rows * 2)
		slot_count *= 2;
	if (slot_count <= index->slot_count)
		return 0;
	slots = calloc(slot_count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(index->slots);
	index->slots = slots;
	index->slot_count = slot_count;
	for (size_t row = 0; row < row_count(hall, kind); row++)
		index_add(hall, kind, row);
	return 0;
}

int32_t index_find(const struct hall *hall, enum index_kind kind, const char *text)
{
	if (!hall->indexes[kind].slot_count)
		return NO_INDEX;
	return (int32_t)*find_slot(hall, kind, text) - 1;
}

void index_clear(struct hall *hall, enum index_kind kind)
{
	struct index *index = &hall->indexes[kind];

	if (index->slot_count)
		memset(index->slots, 0, index->slot_count * sizeof(index->slots[0]));
}
