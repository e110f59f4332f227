/* Texts with ordinals: one arena of text, found by FNV-1a hashes. */
#include "src/measure/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash(const char *text)
{
	uint32_t value = 2166136261U;

	for (; *text; text++)
		value = (value ^ (uint8_t)*text) * 16777619U;
	return value;
}

const char *names_text(const struct names *names, uint32_t ordinal)
{
	return names->bytes + names->offsets[ordinal];
}

/* The slot where it is, or where it would be. slot_count > 0 */
static uint32_t find_slot(const struct names *names, const char *text)
{
	uint32_t slot = hash(text) & (names->slot_count - 1);

	while (names->slots[slot] && strcmp(names_text(names, names->slots[slot] - 1), text) != 0)
		slot = (slot + 1) & (names->slot_count - 1);
	return slot;
}

int64_t names_find(const struct names *names, const char *text)
{
	uint32_t slot;

	if (!names->slot_count)
		return -ENOENT;
	slot = find_slot(names, text);
	return names->slots[slot] ? (int64_t)names->slots[slot] - 1 : -ENOENT;
}

static int grow_slots(struct names *names)
{
	uint32_t count = names->slot_count ? names->slot_count * 2 : 64;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(names->slots);
	names->slots = slots;
	names->slot_count = count;
	for (uint32_t i = 0; i < names->count; i++)
		names->slots[find_slot(names, names_text(names, i))] = i + 1;
	return 0;
}

static int reserve(struct names *names, size_t more)
{
	size_t capacity = names->capacity ? names->capacity : 1024;
	char *bytes;

	if (names->count == names->offset_capacity) {
		uint32_t count = names->offset_capacity ? names->offset_capacity * 2 : 32;
		uint32_t *offsets = realloc(names->offsets, count * sizeof(*offsets));

		if (!offsets)
			return -ENOMEM;
		names->offsets = offsets;
		names->offset_capacity = count;
	}
	if (names->size + more > INT32_MAX)
		return -ENOSPC;
	while (capacity - names->size < more)
		capacity *= 2;
	if (capacity == names->capacity)
		return 0;
	bytes = realloc(names->bytes, capacity);
	if (!bytes)
		return -ENOMEM;
	names->bytes = bytes;
	names->capacity = capacity;
	return 0;
}

int64_t names_get(struct names *names, const char *text)
{
	int64_t ordinal = names_find(names, text);
	size_t size = strlen(text) + 1;
	int r;

	if (ordinal >= 0)
		return ordinal;
	r = reserve(names, size);
	if (r == 0 && 4ULL * (names->count + 1) > 3ULL * names->slot_count)
		r = grow_slots(names);
	if (r < 0)
		return r;
	memcpy(names->bytes + names->size, text, size);
	names->offsets[names->count] = (uint32_t)names->size;
	names->size += size;
	names->slots[find_slot(names, text)] = names->count + 1;
	return names->count++;
}

struct sorted {
	const char *text;
	uint32_t ordinal;
};

static int compare_texts(const void *a, const void *b)
{
	return strcmp(((const struct sorted *)a)->text, ((const struct sorted *)b)->text);
}

uint32_t *names_sorted(const struct names *names)
{
	size_t count = names->count ? names->count : 1;
	struct sorted *list = malloc(count * sizeof(*list));
	uint32_t *ordinals = malloc(count * sizeof(*ordinals));

	for (uint32_t i = 0; list && ordinals && i < names->count; i++)
		list[i] = (struct sorted){.text = names_text(names, i), .ordinal = i};
	if (!list || !ordinals) {
		free(list);
		free(ordinals);
		return NULL;
	}
	qsort(list, names->count, sizeof(*list), compare_texts);
	for (uint32_t i = 0; i < names->count; i++)
		ordinals[i] = list[i].ordinal;
	free(list);
	return ordinals;
}

void names_finish(struct names *names)
{
	free(names->bytes);
	free(names->offsets);
	free(names->slots);
	*names = (struct names){0};
}
