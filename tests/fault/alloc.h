/* Allocations that fail: those of the code that is linked in (by the linker's --wrap: see
 * alloc_link_args in meson.build), SQLite's, and of whoever else takes other functions for them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Before anything uses SQLite. -EBUSY: something has. */
__attribute__((warn_unused_result)) int alloc_install(void);
/* From now on they are counted; the one with number `at` (from 1) fails, and the count - 1 behind
 * it. at 0: none. */
void alloc_plan(uint64_t at, uint64_t count);
uint64_t alloc_calls(void);
uint64_t alloc_failures(void); /* since the plan was made */
/* What the test itself allocates meanwhile is neither counted nor does it fail. Nests. */
void alloc_hold(void);
void alloc_go_on(void);

/* For libraries that take functions of one's own. */
void *alloc_malloc(size_t size);
void alloc_free(void *memory);
