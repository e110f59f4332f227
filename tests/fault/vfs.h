/* A disk in memory beneath SQLite that knows what was synced. It can lose, tear and reorder the
 * rest when the power goes, fail any call, and be full. One thread; one disk. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_call {
	FAULT_READ = 1 << 0,
	FAULT_WRITE = 1 << 1,
	FAULT_SYNC = 1 << 2,
	FAULT_TRUNCATE = 1 << 3,
	FAULT_OPEN = 1 << 4,
	FAULT_DELETE = 1 << 5,
	FAULT_ANY = 63,
};

enum fault_error {
	FAULT_EIO,
	FAULT_ENOSPC,	 /* of what writes; other calls fail with EIO */
	FAULT_EROFS,	 /* likewise */
	FAULT_SHORT,	 /* a write that is done by half, then EIO */
	FAULT_SYNC_LOST, /* a sync that fails and forgets: what it should have written is never
			  * written by a later sync either, as on Linux */
	FAULT_CUT,	 /* as fault_vfs_cut() in the middle of it: a write may be done by half */
};

/* Calls of these kinds are counted; the one with number `at` (from 1) fails, and the `count` - 1
 * behind it. at 0: none. */
struct fault_plan {
	unsigned kinds;
	uint64_t at, count;
	enum fault_error error;
};

/* Makes it SQLite's default VFS, with an empty disk. -ENOMEM. */
__attribute__((warn_unused_result)) int fault_vfs_make(void);
/* Takes everything off the disk; no file may be open. */
void fault_vfs_empty(void);
/* The count of calls begins anew. */
void fault_vfs_plan(const struct fault_plan *plan);
uint64_t fault_vfs_calls(void); /* of the plan's kinds, since then */

/* Whether SQLite has to fill up sectors behind a commit; for files that are opened from now on. */
void fault_vfs_promise_nothing(bool nothing);

/* The process is dead: every call fails and changes nothing, until fault_vfs_back(). What it wrote
 * is still in the system's cache. */
void fault_vfs_cut(void);
void fault_vfs_back(void);
/* The power went: what is not synced is kept or lost, sector by sector and whole or in part, as the
 * seed says. */
void fault_vfs_lose_power(uint64_t seed);
