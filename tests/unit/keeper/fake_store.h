/* A store in memory whose disk does what the test says: for outcomes that a real one shows only by
 * chance. Nothing becomes durable by itself, unless asked. */
#pragma once

#include "src/store/store.h"

enum { FAKE_MAX_ROWS = 256 };

struct fake_store {
	struct store_row rows[FAKE_MAX_ROWS]; /* appended, seq = index + 1 */
	size_t count;
	struct store_state state;
	int append_error; /* of the next append; then 0 */
	int retry_error;
	unsigned int retries, snapshots;
	bool automatic; /* what is appended is durable at once */
	void (*wake)(void *user);
	void *wake_user;
};

/* The one that store_open() opens. */
extern struct fake_store fake_store;

/* The disk takes everything up to here. These two wake the loop as the writer thread does. */
void fake_commit(uint64_t seq);
/* The commit behind durable_seq fails. */
void fake_fail(enum store_health health);
