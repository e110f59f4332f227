/* Numbers of which the least comes first: a binary heap. Inside src/simulate; in a header, as the
 * engine spends much of its time in it. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct heap {
	int64_t *keys; /* the least first */
	size_t count, capacity;
};

/* Room for so many. -ENOMEM. */
__attribute__((warn_unused_result)) static inline int heap_reserve(struct heap *heap, size_t count)
{
	size_t capacity = heap->capacity ? heap->capacity : 64;
	int64_t *keys;

	if (count <= heap->capacity)
		return 0;
	while (capacity < count)
		capacity *= 2;
	keys = realloc(heap->keys, capacity * sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	heap->keys = keys;
	heap->capacity = capacity;
	return 0;
}

/* There is room, by heap_reserve(). */
static inline void heap_push(struct heap *heap, int64_t key)
{
	size_t at = heap->count++;

	while (at > 0 && heap->keys[(at - 1) / 2] > key) {
		heap->keys[at] = heap->keys[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap->keys[at] = key;
}

static inline void heap_replace_first(struct heap *heap, int64_t key)
{
	int64_t *keys = heap->keys;
	size_t count = heap->count, at = 0, child;

	while ((child = 2 * at + 1) < count) {
		if (child + 1 < count)
			child += keys[child + 1] < keys[child];
		if (keys[child] >= key)
			break;
		keys[at] = keys[child];
		at = child;
	}
	keys[at] = key;
}

static inline void heap_drop_first(struct heap *heap)
{
	int64_t last = heap->keys[--heap->count];

	if (heap->count)
		heap_replace_first(heap, last);
}
