/* The ring that sync_times.c fills. One thread syncs: the log's writer. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum { SYNC_TIMES = 64 };

struct sync_time {
	int64_t begin_us, end_us;
};

struct sync_times {
	_Atomic uint64_t count; /* of those that ended */
	struct sync_time ring[SYNC_TIMES];
};
