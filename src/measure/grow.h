/* Lists that grow. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more element behind count, all zero; NULL: out of memory, the old list stays. */
static inline void *list_grow(void *list, size_t *capacity, size_t count, size_t size)
{
	size_t more = *capacity ? *capacity : 64;
	uint8_t *grown;

	if (count < *capacity)
		return list;
	while (more <= count)
		more *= 2;
	grown = realloc(list, more * size);
	if (!grown)
		return NULL;
	memset(grown + *capacity * size, 0, (more - *capacity) * size);
	*capacity = more;
	return grown;
}
