/* A host for transports in tests: it keeps what it was told, as lines, and runs a transport by its
 * own descriptors and deadlines. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/transport.h"

struct witness {
	struct transport *transport;
	int64_t skew_us; /* added to the real clock: deadlines are reached without waiting */
	char log[4096];	 /* "opened 0\ndone -19\nleft -104\n" */
	size_t progressed;
	uint8_t received[65536];
	size_t n_received;
	unsigned n_changed;
	/* Called last in each upward call, with its line. */
	void (*inside)(struct witness *witness, const char *line);
	int extra; /* for inside() */
	/* Called on each turn of witness_run(), to move the other end. */
	void (*other_end)(void *user);
	void *other_user;
};

extern const struct transport_host witness_host;

int64_t witness_now(const struct witness *witness);
/* Creates and fails the test when that is refused. */
void witness_create(struct witness *witness, const char *url);
void witness_open(struct witness *witness);
void witness_submit(struct witness *witness, const char *bytes);
/* Runs until the log has the text, which it has to within 20 s. */
void witness_run(struct witness *witness, const char *until);
/* Runs until so many bytes in all have come. */
void witness_run_received(struct witness *witness, size_t bytes);
/* One turn: waits at most timeout_ms for the transport's descriptors, then processes. */
void witness_turn(struct witness *witness, int timeout_ms);
void witness_forget(struct witness *witness);
void witness_destroy(struct witness *witness);
/* For files: a folder that is removed with what is in it at exit. */
const char *witness_folder(void);
/* A small generator (xorshift64*), the same everywhere. */
uint32_t witness_random(uint64_t *state);
