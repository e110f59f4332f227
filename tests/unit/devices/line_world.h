/* A half-duplex line in virtual time: one bus master, scripted peers, noise and collisions. What is
 * on the wire takes its time there; two talkers at once are counted and destroy each other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/devices/line.h"

enum { WORLD_MAX_PEERS = 128, WORLD_MAX_WRITES = 65536 };

struct world;

struct world_peer {
	/* The peer hears the request's last byte now; returns the length of its reply, 0 none. It
	 * may move *delay_us, the time to the reply's first byte. */
	size_t (*hear)(struct world_peer *peer, const uint8_t *bytes, size_t len, uint8_t *reply,
		       int64_t *delay_us, int64_t now_us);
	/* Another peer's reply passes by. May be NULL. */
	void (*overhear)(struct world_peer *peer, const uint8_t *bytes, size_t len, int64_t now_us);
	void *user;
	bool dead;
};

struct world_write {
	int64_t at_us, end_us;
	uint8_t bytes[64]; /* the front of it */
	size_t len;
};

struct world {
	struct line line;
	struct line_options options;
	int64_t now_us;
	struct world_peer *peers[WORLD_MAX_PEERS];
	size_t peer_count;

	/* The transceiver hears the request: at the end of its wire time and this much later,
	 * without its first and last bytes, with one changed. */
	struct {
		bool on;
		int64_t late_us;
		size_t lost_first, lost_last;
		uint8_t spoil; /* exclusive or on the second byte */
		bool due;
		int64_t at_us;
		uint8_t bytes[EXCHANGE_MAX_BYTES];
		size_t len;
	} echo;

	double noise; /* chance for each byte, either way */
	uint64_t random;
	bool hold_sent; /* writes are not confirmed */
	int write_status;

	uint8_t wire[EXCHANGE_MAX_BYTES]; /* request under way */
	size_t wire_len;
	int64_t wire_end_us;
	bool write_open;
	struct {
		bool used;
		int64_t from_us, to_us;
		uint8_t bytes[512];
		size_t len;
		const struct world_peer *from;
	} replies[4];

	struct world_write *writes;
	size_t write_count;
	unsigned collisions, stalls;
};

void world_start(struct world *world, uint32_t baud, uint32_t gap_us);
/* The same with an answer_gap_us of its own and the master told of an echo. */
void world_start_with(struct world *world, const struct line_options *options);
void world_stop(struct world *world);
void world_peer_add(struct world *world, struct world_peer *peer);
/* Runs until then; up and the devices attached before. */
void world_run(struct world *world, int64_t until_us);
uint64_t world_random(struct world *world);
