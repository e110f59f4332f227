/* One count for all allocations, so that each of them can be the one that fails. */
#include "tests/fault/alloc.h"

#include <errno.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint_fast64_t calls, failures;
static uint64_t plan_at, plan_count;
static atomic_int held;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_asprintf(char **ret, const char *format, ...);

static bool fails(void)
{
	uint64_t call;

	if (held)
		return false;
	call = ++calls;
	if (!plan_at || call < plan_at || call - plan_at >= plan_count)
		return false;
	failures++;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list args;
	int n;

	if (fails())
		return -1;
	va_start(args, format);
	n = vasprintf(ret, format, args);
	va_end(args);
	return n;
}

void *alloc_malloc(size_t size)
{
	return __wrap_malloc(size);
}

void alloc_free(void *memory)
{
	free(memory);
}

static void *sqlite_malloc(int size)
{
	return __wrap_malloc((size_t)size);
}

static void *sqlite_realloc(void *memory, int size)
{
	return __wrap_realloc(memory, (size_t)size);
}

static int sqlite_size(void *memory)
{
	return memory ? (int)malloc_usable_size(memory) : 0;
}

static int sqlite_round(int size)
{
	return (size + 7) & ~7;
}

static int sqlite_begin(void *unused)
{
	(void)unused;
	return SQLITE_OK;
}

static void sqlite_end(void *unused)
{
	(void)unused;
}

int alloc_install(void)
{
	static const sqlite3_mem_methods methods = {
		.xMalloc = sqlite_malloc,
		.xFree = alloc_free,
		.xRealloc = sqlite_realloc,
		.xSize = sqlite_size,
		.xRoundup = sqlite_round,
		.xInit = sqlite_begin,
		.xShutdown = sqlite_end,
	};

	return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK ? 0 : -EBUSY;
}

void alloc_plan(uint64_t at, uint64_t count)
{
	plan_at = at;
	plan_count = count;
	calls = failures = 0;
}

uint64_t alloc_calls(void)
{
	return calls;
}

uint64_t alloc_failures(void)
{
	return failures;
}

void alloc_hold(void)
{
	held++;
}

void alloc_go_on(void)
{
	held--;
}
