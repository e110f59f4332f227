/* Texts with ordinals in the order of their first mention; inside src/measure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A zeroed struct is an empty one. */
struct names {
	char *bytes; /* the texts, each with its NUL */
	size_t size, capacity;
	uint32_t *offsets; /* of each ordinal */
	uint32_t count, offset_capacity;
	uint32_t *slots; /* open addressing: ordinal + 1; 0 free */
	uint32_t slot_count;
};

/* Its ordinal, given anew where there is none. -ENOMEM, -ENOSPC: over 2^31 bytes of text. */
__attribute__((warn_unused_result)) int64_t names_get(struct names *names, const char *text);
/* -ENOENT: none. */
int64_t names_find(const struct names *names, const char *text);
const char *names_text(const struct names *names, uint32_t ordinal);
/* All ordinals in the order of their texts' bytes; the caller frees. NULL: out of memory. */
uint32_t *names_sorted(const struct names *names);
void names_finish(struct names *names);
