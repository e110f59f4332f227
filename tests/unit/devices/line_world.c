/* The virtual line of the bus master's tests. Time jumps from event to event: the master's
 * deadline, the end of a request on the wire, the end of a reply. */
#include "tests/unit/devices/line_world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint64_t world_random(struct world *world)
{
	uint64_t z = (world->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void spoil(struct world *world, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((double)(world_random(world) >> 11) / 9007199254740992.0 < world->noise)
			bytes[i] ^= (uint8_t)(1u + world_random(world) % 255u);
}

static int world_write(void *user, const uint8_t *bytes, size_t len)
{
	struct world *world = user;
	struct world_write *log;
	int64_t from = world->now_us > world->wire_end_us ? world->now_us : world->wire_end_us;

	if (world->write_status < 0)
		return world->write_status;
	assert(!world->write_open && world->wire_len == 0);
	assert(len > 0 && len <= EXCHANGE_MAX_BYTES);
	for (size_t i = 0; i < 4; i++) {
		if (!world->replies[i].used)
			continue;
		world->collisions++;
		memset(world->replies[i].bytes, 0x55, world->replies[i].len);
	}
	memcpy(world->wire, bytes, len);
	world->wire_len = len;
	world->wire_end_us = from + line_wire_us(&world->line, len);
	assert(world->write_count < WORLD_MAX_WRITES);
	log = &world->writes[world->write_count++];
	log->at_us = world->now_us;
	log->end_us = world->wire_end_us;
	log->len = len;
	memcpy(log->bytes, bytes, len < sizeof(log->bytes) ? len : sizeof(log->bytes));
	world->write_open = true;
	if (!world->hold_sent) {
		world->write_open = false;
		line_sent(&world->line, 0, world->now_us);
	}
	return 0;
}

static void world_stalled(void *user)
{
	struct world *world = user;

	world->stalls++;
}

static const struct line_ops world_ops = {.write = world_write, .stalled = world_stalled};

void world_start(struct world *world, uint32_t baud, uint32_t gap_us)
{
	world_start_with(world, &(struct line_options){.baud = baud,
						       .bits_per_char = 10,
						       .gap_us = gap_us,
						       .answer_gap_us = gap_us});
}

void world_start_with(struct world *world, const struct line_options *options)
{
	int r;

	memset(world, 0, sizeof(*world));
	world->writes = calloc(WORLD_MAX_WRITES, sizeof(*world->writes));
	assert(world->writes);
	world->now_us = 1000000;
	world->random = 1;
	world->options = *options;
	r = line_init(&world->line, &world->options, &world_ops, world);
	assert(r == 0);
	(void)r;
}

void world_stop(struct world *world)
{
	free(world->writes);
	world->writes = NULL;
}

void world_peer_add(struct world *world, struct world_peer *peer)
{
	assert(world->peer_count < WORLD_MAX_PEERS);
	world->peers[world->peer_count++] = peer;
}

static void start_reply(struct world *world, const struct world_peer *from, const uint8_t *bytes,
			size_t len, int64_t delay_us)
{
	for (size_t i = 0; i < 4; i++) {
		if (world->replies[i].used)
			continue;
		world->replies[i].used = true;
		world->replies[i].from_us = world->now_us + delay_us;
		world->replies[i].to_us =
			world->replies[i].from_us + line_wire_us(&world->line, len);
		world->replies[i].len = len;
		world->replies[i].from = from;
		memcpy(world->replies[i].bytes, bytes, len);
		return;
	}
	assert(!"too many replies at once");
}

static void start_echo(struct world *world)
{
	size_t lost = world->echo.lost_first + world->echo.lost_last;

	if (!world->echo.on || world->wire_len <= lost)
		return;
	world->echo.due = true;
	world->echo.at_us = world->now_us + world->echo.late_us;
	world->echo.len = world->wire_len - lost;
	memcpy(world->echo.bytes, world->wire + world->echo.lost_first, world->echo.len);
	world->echo.bytes[world->echo.len > 1] ^= world->echo.spoil;
}

static void deliver_echo(struct world *world)
{
	if (!world->echo.due || world->echo.at_us > world->now_us)
		return;
	world->echo.due = false;
	line_received(&world->line, world->echo.bytes, world->echo.len, world->now_us);
}

static void deliver_request(struct world *world)
{
	uint8_t heard[EXCHANGE_MAX_BYTES];
	size_t len = world->wire_len;

	memcpy(heard, world->wire, len);
	start_echo(world);
	spoil(world, heard, len);
	world->wire_len = 0;
	for (size_t i = 0; i < world->peer_count; i++) {
		uint8_t reply[512];
		int64_t delay_us = 10000;
		size_t n;

		if (world->peers[i]->dead)
			continue;
		n = world->peers[i]->hear(world->peers[i], heard, len, reply, &delay_us,
					  world->now_us);
		if (n > 0)
			start_reply(world, world->peers[i], reply, n, delay_us);
	}
}

static void deliver_replies(struct world *world)
{
	for (size_t i = 0; i < 4; i++) {
		if (!world->replies[i].used || world->replies[i].to_us > world->now_us)
			continue;
		world->replies[i].used = false;
		spoil(world, world->replies[i].bytes, world->replies[i].len);
		for (size_t j = 0; j < world->peer_count; j++) {
			struct world_peer *peer = world->peers[j];

			if (peer->overhear && !peer->dead && peer != world->replies[i].from)
				peer->overhear(peer, world->replies[i].bytes, world->replies[i].len,
					       world->now_us);
		}
		line_received(&world->line, world->replies[i].bytes, world->replies[i].len,
			      world->now_us);
	}
}

void world_run(struct world *world, int64_t until_us)
{
	unsigned still = 0;

	for (;;) {
		int64_t next = line_deadline(&world->line);

		if (world->wire_len > 0 && world->wire_end_us < next)
			next = world->wire_end_us;
		if (world->echo.due && world->echo.at_us < next)
			next = world->echo.at_us;
		for (size_t i = 0; i < 4; i++)
			if (world->replies[i].used && world->replies[i].to_us < next)
				next = world->replies[i].to_us;
		if (next > until_us)
			break;
		still = next > world->now_us ? 0 : still + 1;
		assert(still < 1000); /* a deadline that does not move: the daemon would spin */
		if (next > world->now_us)
			world->now_us = next;
		if (world->wire_len > 0 && world->wire_end_us <= world->now_us)
			deliver_request(world);
		deliver_echo(world);
		deliver_replies(world);
		line_tick(&world->line, world->now_us);
	}
	world->now_us = until_us;
}
