/* The bus master alone: a driver that wants what the test says, peers that answer as it says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/devices/line_world.h"

enum { MS = 1000, S = 1000000, TIMEOUT_US = 100 * MS };

/* Request: Q address serial; reply: R address serial '!'. The serial is not compared on purpose:
 * like the real protocols, only address and command tell replies apart. */
struct device {
	uint8_t address;
	enum exchange_priority priority;
	unsigned wanted; /* exchanges still wanted */
	bool blind;
	bool endless;
	int64_t period_us, due_us;
	size_t request_len;
	unsigned ended[4];
	int64_t last_answer_us;
	uint8_t last_reply[8];
	size_t last_reply_len;
	unsigned ups, downs;
};

static int fake_match(const struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	if (bytes[0] != 'R')
		return -EBADMSG;
	if (len < 2)
		return 0;
	if (bytes[1] != exchange->address)
		return -EBADMSG;
	if (len < 4 || (bytes[2] == 0xee && len < 20)) /* these are longer frames */
		return 0;
	return bytes[2] != 0xee && bytes[3] == '!' ? 4 : -EBADMSG;
}

static int fake_next(struct device *device, int64_t now_us, struct exchange *ret)
{
	if (device->period_us > 0 ? now_us < device->due_us
				  : device->wanted == 0 && !device->endless)
		return -EAGAIN;
	memset(ret, 0, sizeof(*ret));
	ret->priority = device->priority;
	ret->bytes[0] = 'Q';
	ret->bytes[1] = device->address;
	ret->len = device->request_len ? device->request_len : 3;
	ret->reply_wanted = !device->blind;
	ret->timeout_us = TIMEOUT_US;
	ret->turnround_us = 2 * MS;
	ret->match = fake_match;
	ret->address = device->address;
	return 0;
}

static void fake_ended(struct device *device, const struct exchange *exchange,
		       enum exchange_end end, const uint8_t *reply, size_t len, int64_t now_us)
{
	(void)exchange;
	device->ended[end]++;
	if (end != EXCHANGE_ANSWERED)
		return;
	device->last_answer_us = now_us;
	device->last_reply_len = len;
	if (len > 0)
		memcpy(device->last_reply, reply, len < 8 ? len : 8);
	device->due_us = now_us + device->period_us;
	if (device->wanted > 0)
		device->wanted--;
}

static int64_t fake_deadline(const struct device *device)
{
	return device->period_us > 0 ? device->due_us : DRIVER_NO_DEADLINE;
}

static void fake_tick(struct device *device, int64_t now_us)
{
	(void)device;
	(void)now_us;
}

static void fake_up(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->ups++;
}

static void fake_down(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->downs++;
}

static const struct driver fake_driver = {
	.name = "fake",
	.class = DEVICE_BOARD,
	.link = LINK_LINE,
	.deadline = fake_deadline,
	.tick = fake_tick,
	.link_up = fake_up,
	.link_down = fake_down,
	.next = fake_next,
	.ended = fake_ended,
};

struct fake_peer {
	struct world_peer peer;
	uint8_t address;
	int64_t delay_us;
	unsigned heard;
	const char *reply; /* instead of the right one */
	size_t reply_len;
};

static size_t fake_hear(struct world_peer *peer, const uint8_t *bytes, size_t len, uint8_t *reply,
			int64_t *delay_us, int64_t now_us)
{
	struct fake_peer *fake = peer->user;

	(void)now_us;
	if (len < 3 || bytes[0] != 'Q' || bytes[1] != fake->address)
		return 0;
	fake->heard++;
	if (fake->delay_us > 0)
		*delay_us = fake->delay_us;
	if (fake->reply) {
		memcpy(reply, fake->reply, fake->reply_len);
		return fake->reply_len;
	}
	reply[0] = 'R';
	reply[1] = fake->address;
	reply[2] = (uint8_t)fake->heard;
	reply[3] = '!';
	return 4;
}

static struct world world;
static struct device devices[LINE_MAX_DEVICES + 1];
static struct fake_peer peers[LINE_MAX_DEVICES];

static int setup(void **state)
{
	(void)state;
	memset(devices, 0, sizeof(devices));
	memset(peers, 0, sizeof(peers));
	world_start(&world, 9600, 4 * MS);
	for (size_t i = 0; i <= LINE_MAX_DEVICES; i++) {
		devices[i].address = (uint8_t)(i + 1);
		devices[i].priority = EXCHANGE_CALL;
	}
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++) {
		peers[i].address = (uint8_t)(i + 1);
		peers[i].peer.hear = fake_hear;
		peers[i].peer.user = &peers[i];
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_stop(&world);
	return 0;
}

static void attach(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(line_attach(&world.line, &fake_driver, &devices[i], world.now_us),
				 0);
		world_peer_add(&world, &peers[i].peer);
	}
	line_up(&world.line, world.now_us);
}

static void test_init_refuses(void **state)
{
	static const struct line_options refused[] = {
		{.baud = 0, .bits_per_char = 10},
		{.baud = 9600, .bits_per_char = 8},
		{.baud = 9600, .bits_per_char = 13},
		{.baud = 9600, .bits_per_char = 10, .gap_us = 1000001},
		{.baud = 9600, .bits_per_char = 10, .answer_gap_us = 1000001},
		{.baud = 9600, .bits_per_char = 10, .settle_us = 1000001},
	};
	const struct line_options taken = {.baud = 115200, .bits_per_char = 11};
	const struct line_ops none = {0};
	const struct line_ops *ops = world.line.ops;
	struct line line;

	(void)state;
	assert_int_equal(line_init(&line, &taken, &none, NULL), -EINVAL);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(line_init(&line, &refused[i], ops, NULL), -EINVAL);
	assert_int_equal(line_init(&line, &taken, ops, NULL), 0);
}

static void test_attach_limits(void **state)
{
	struct driver printer = fake_driver;

	(void)state;
	printer.link = LINK_OWN;
	assert_int_equal(line_attach(&world.line, &printer, &devices[0], 0), -EINVAL);
	assert_int_equal(line_attach(&world.line, &fake_driver, NULL, 0), -EINVAL);
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++)
		assert_int_equal(line_attach(&world.line, &fake_driver, &devices[i], 0), 0);
	assert_int_equal(line_attach(&world.line, &fake_driver, &devices[0], 0), -EEXIST);
	assert_int_equal(line_attach(&world.line, &fake_driver, &devices[LINE_MAX_DEVICES], 0),
			 -ENOSPC);
	line_detach(&world.line, &devices[5], 0);
	assert_null(line_find(&world.line, &devices[5]));
	assert_int_equal(line_attach(&world.line, &fake_driver, &devices[LINE_MAX_DEVICES], 0), 0);
	assert_int_equal(line_deadline(&world.line), LINE_NO_DEADLINE);
}

/* 29 bytes at 9600 8N1 are 30,209 us; 64 boards without a reply and a gap of 4 ms: 2.19 s. */
static void test_wire_time_paces(void **state)
{
	int64_t begun = world.now_us;

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		devices[i].wanted = 1;
		devices[i].blind = true;
		devices[i].request_len = 29;
		peers[i].peer.dead = true;
	}
	attach(64);
	assert_int_equal(line_wire_us(&world.line, 29), 30209);
	world_run(&world, begun + 10 * S);
	assert_int_equal(world.write_count, 64);
	for (size_t i = 1; i < 64; i++)
		assert_int_equal(world.writes[i].at_us - world.writes[i - 1].end_us, 4 * MS);
	assert_in_range(world.writes[63].end_us + 4 * MS - begun, 2180 * MS, 2200 * MS);
	assert_int_equal(world.collisions, 0);
}

static void test_reply_timer_starts_at_wire_end(void **state)
{
	int64_t begun = world.now_us;

	(void)state;
	devices[0].wanted = 1;
	devices[0].request_len = 200; /* 208 ms on the wire, longer than the timeout */
	attach(1);
	peers[0].delay_us = 90 * MS;
	world_run(&world, begun + 1 * S);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);
	assert_int_equal(devices[0].ended[EXCHANGE_TIMEOUT], 0);
}

static void test_priorities_and_round_robin(void **state)
{
	static const uint8_t expected[] = {3, 4, 3, 4, 2, 1, 5};

	(void)state;
	devices[0].priority = EXCHANGE_REPAIR;
	devices[0].wanted = 1;
	devices[1].priority = EXCHANGE_POLL;
	devices[1].wanted = 1;
	devices[2].wanted = 2;
	devices[3].wanted = 2;
	devices[4].priority = EXCHANGE_REFRESH;
	devices[4].wanted = 1;
	attach(5);
	world_run(&world, world.now_us + 2 * S);
	assert_int_equal(world.write_count, sizeof(expected));
	for (size_t i = 0; i < sizeof(expected); i++)
		assert_int_equal(world.writes[i].bytes[1], expected[i]);
}

/* Key polls that would fill the line do not starve repairs and refreshes. */
static void test_lower_kinds_are_not_starved(void **state)
{
	unsigned polls = 0;

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		devices[i].priority = EXCHANGE_POLL;
		devices[i].endless = true;
	}
	devices[16].priority = EXCHANGE_REPAIR;
	devices[16].endless = true;
	devices[17].priority = EXCHANGE_REFRESH;
	devices[17].endless = true;
	attach(18);
	world_run(&world, world.now_us + 20 * S);
	for (size_t i = 0; i < 16; i++)
		polls += devices[i].ended[EXCHANGE_ANSWERED];
	assert_in_range(devices[16].ended[EXCHANGE_ANSWERED], polls / 14, polls / 11);
	assert_in_range(devices[17].ended[EXCHANGE_ANSWERED], polls / 14, polls / 11);
	for (size_t i = 1; i < 16; i++)
		assert_in_range(devices[i].ended[EXCHANGE_ANSWERED] + 1,
				devices[0].ended[EXCHANGE_ANSWERED],
				devices[0].ended[EXCHANGE_ANSWERED] + 2);
}

static void test_quarantine_after_a_miss(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	devices[1].wanted = 1;
	attach(2);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 210 * MS);
	assert_int_equal(devices[0].ended[EXCHANGE_TIMEOUT], 1);
	assert_int_equal(world.write_count, 2);
	assert_int_equal(world.writes[1].at_us - world.writes[0].end_us, 2 * TIMEOUT_US);
	assert_int_equal(world.writes[1].bytes[1], 2);
}

/* The reply comes in the quiet time: it answers nothing, and the try after it gets its own. */
static void test_late_reply_is_not_matched(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	attach(1);
	peers[0].delay_us = TIMEOUT_US + 20 * MS;
	world_run(&world, world.now_us + 180 * MS);
	assert_int_equal(devices[0].ended[EXCHANGE_TIMEOUT], 1);
	assert_int_equal(world.line.stats.stray_bytes, 4);
	peers[0].delay_us = 10 * MS;
	world_run(&world, world.now_us + 1 * S);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);
	assert_int_equal(devices[0].last_reply[2], 2);
	assert_int_equal(world.collisions, 0);
}

/* A device server hands over the answer that it had kept while nobody was connected. */
static void test_kept_answer_is_not_matched(void **state)
{
	static const uint8_t kept[] = {'R', 1, 7, '!'};
	int64_t begun;

	(void)state;
	world.line.options.settle_us = 50 * MS;
	devices[0].wanted = 1;
	attach(1);
	begun = world.now_us;
	world_run(&world, begun + 20 * MS);
	line_received(&world.line, kept, sizeof(kept), world.now_us);
	world_run(&world, begun + 1 * S);
	assert_int_equal(world.line.stats.stray_bytes, sizeof(kept));
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);
	assert_int_not_equal(devices[0].last_reply[2], 7);
	assert_in_range(world.writes[0].at_us - begun, 50 * MS, 200 * MS);
}

/* A foreign address's reply inside the right time is not the reply. */
static void test_reply_of_another_address(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	attach(1);
	peers[0].reply = "R\x07\x01!";
	peers[0].reply_len = 4;
	world_run(&world, world.now_us + 250 * MS);
	assert_int_equal(devices[0].ended[EXCHANGE_GARBAGE], 1);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 0);
}

static void test_garbage_before_the_reply_is_dropped(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	attach(1);
	peers[0].reply = "\xff\x00R\x09R\x01\x05!";
	peers[0].reply_len = 8;
	world_run(&world, world.now_us + 1 * S);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);
	assert_int_equal(devices[0].last_reply_len, 4);
	assert_memory_equal(devices[0].last_reply, "R\x01\x05!", 4);
}

/* Noise that looks like the front of a reply swallows the real one only until the silence. */
static void test_false_front_is_given_up_in_silence(void **state)
{
	int64_t begun;

	(void)state;
	devices[0].wanted = 1;
	attach(1);
	begun = world.now_us;
	peers[0].reply = "R\x01\xeeR\x01\x06!R";
	peers[0].reply_len = 8;
	world_run(&world, world.now_us + 1 * S);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);
	assert_memory_equal(devices[0].last_reply, "R\x01\x06!", 4);
	assert_in_range(devices[0].last_answer_us - begun, 0, TIMEOUT_US);
}

static void test_half_frame_and_its_rest(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	attach(1);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 5 * MS);
	line_received(&world.line, (const uint8_t *)"R\x01", 2, world.now_us);
	world_run(&world, world.now_us + 60 * MS); /* longer than the silence: adapters do that */
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 0);
	line_received(&world.line, (const uint8_t *)"\x07!", 2, world.now_us);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);

	devices[0].wanted = 1;
	world_run(&world, world.now_us);
	line_wake(&world.line);
	world_run(&world, world.now_us + 10 * MS);
	line_received(&world.line, (const uint8_t *)"R\x01", 2, world.now_us);
	world_run(&world, world.now_us + 150 * MS);
	assert_int_equal(devices[0].ended[EXCHANGE_GARBAGE], 1);
}

static void test_echo_is_not_garbage(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	attach(1);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 5 * MS);
	line_received(&world.line, (const uint8_t *)"Q\x01\x00", 3, world.now_us);
	world_run(&world, world.now_us + 150 * MS);
	assert_int_equal(devices[0].ended[EXCHANGE_TIMEOUT], 1);
	assert_int_equal(devices[0].ended[EXCHANGE_GARBAGE], 0);
}

static void test_flood_is_bounded(void **state)
{
	uint8_t flood[5000];

	(void)state;
	memset(flood, 'R', sizeof(flood));
	devices[0].wanted = 1;
	attach(1);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 5 * MS);
	line_received(&world.line, flood, sizeof(flood), world.now_us);
	line_received(&world.line, (const uint8_t *)"R\x01\x02!", 4, world.now_us);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);
	line_received(&world.line, flood, sizeof(flood), world.now_us);
	assert_int_equal(world.line.stats.stray_bytes, sizeof(flood));
}

static void test_backoff_doubles_and_is_reset(void **state)
{
	static const int64_t pauses[] = {500 * MS, 1 * S,  2 * S,  4 * S,
					 8 * S,	   16 * S, 30 * S, 30 * S};
	size_t before;

	(void)state;
	devices[0].endless = true;
	attach(1);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 100 * S);
	assert_true(world.write_count >= 3 + 8);
	for (size_t i = 1; i < 3; i++)
		assert_int_equal(world.writes[i].at_us - world.writes[i - 1].end_us,
				 2 * TIMEOUT_US);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(world.writes[i + 3].at_us - world.writes[i + 2].end_us,
				 2 * TIMEOUT_US + pauses[i]);

	before = world.write_count;
	world_run(&world, world.now_us + 1 * S);
	assert_int_equal(world.write_count, before);
	line_down(&world.line, world.now_us);
	line_up(&world.line, world.now_us);
	peers[0].peer.dead = false;
	world_run(&world, world.now_us + 100 * MS);
	assert_true(world.write_count > before);
	assert_true(devices[0].ended[EXCHANGE_ANSWERED] > 0);
	assert_false(line_slot_silent(line_find(&world.line, &devices[0])));
}

static void test_dead_ones_get_a_twentieth(void **state)
{
	int64_t begun;
	int64_t before;
	unsigned answered = 0;

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		devices[i].priority = EXCHANGE_POLL;
		devices[i].period_us = 500 * MS;
	}
	attach(64);
	for (size_t i = 0; i < 64; i += 2)
		peers[i].peer.dead = true;
	world_run(&world, world.now_us + 300 * S); /* they have all been found dead */
	for (size_t i = 0; i < 64; i++) {
		assert_int_equal(line_slot_silent(line_find(&world.line, &devices[i])), i % 2 == 0);
		devices[i].ended[EXCHANGE_ANSWERED] = 0;
	}
	begun = world.now_us;
	before = world.line.stats.silent_us;
	world_run(&world, begun + 600 * S);
	assert_in_range(world.line.stats.silent_us - before, 5 * S, 600 * S / 20 + 1 * S);
	for (size_t i = 1; i < 64; i += 2) {
		answered += devices[i].ended[EXCHANGE_ANSWERED];
		/* the sweep of 32 takes 1.1 s with its gaps, and 5% of it is lost */
		assert_in_range(devices[i].ended[EXCHANGE_ANSWERED], 600 * 85 / 100, 600 * 2);
	}
	assert_true(answered > 0);

	/* The current comes back: nobody waits for the half hour a share would take. */
	for (size_t i = 0; i < 64; i += 2)
		peers[i].peer.dead = false;
	world_run(&world, world.now_us + 90 * S);
	for (size_t i = 0; i < 64; i++)
		assert_false(line_slot_silent(line_find(&world.line, &devices[i])));
}

static void test_a_silent_device_does_not_delay_calls(void **state)
{
	(void)state;
	devices[0].endless = true;
	attach(2);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 100 * S);
	/* wait for the quiet between two probes */
	while (world.line.phase != LINE_IDLE || world.now_us < world.line.quiet_us)
		world_run(&world, world.now_us + 10 * MS);
	devices[1].wanted = 1;
	line_wake(&world.line);
	world.write_count = 0;
	world_run(&world, world.now_us + 50 * MS);
	assert_int_equal(devices[1].ended[EXCHANGE_ANSWERED], 1);
}

static void test_line_down_ends_the_exchange(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	attach(2);
	world_run(&world, world.now_us + 1 * MS);
	assert_int_equal(world.write_count, 1);
	line_down(&world.line, world.now_us);
	assert_int_equal(devices[0].ended[EXCHANGE_LINE_DOWN], 1);
	assert_int_equal(devices[0].downs, 1);
	assert_int_equal(devices[1].downs, 1);
	assert_int_equal(line_deadline(&world.line), LINE_NO_DEADLINE);
	assert_int_equal(line_find(&world.line, &devices[0])->misses, 0);
	line_up(&world.line, world.now_us);
	assert_int_equal(devices[0].ups, 2);
	world_run(&world, world.now_us + 1 * S);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);
}

static void test_refused_write_is_no_miss(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	attach(1);
	world.write_status = -EBUSY;
	world_run(&world, world.now_us + 1 * S);
	assert_in_range(devices[0].ended[EXCHANGE_LINE_DOWN], 5, 20); /* no spinning */
	assert_int_equal(line_find(&world.line, &devices[0])->misses, 0);
	world.write_status = 0;
	world_run(&world, world.now_us + 1 * S);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);
}

static void test_unconfirmed_write(void **state)
{
	int64_t sent;

	(void)state;
	devices[0].wanted = 1;
	attach(1);
	world.hold_sent = true;
	world_run(&world, world.now_us + 60 * S);
	assert_int_equal(world.stalls, 1);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1 - 1);
	assert_int_equal(world.write_count, 1);
	/* The reply came before the confirmation; it counts as soon as both are there. */
	world.write_open = false;
	sent = world.now_us;
	line_sent(&world.line, 0, sent);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);
	line_sent(&world.line, 0, sent);
	assert_int_equal(world.line.stats.exchanges, 1);
}

static void test_detach_in_flight(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	devices[1].wanted = 1;
	attach(2);
	world_run(&world, world.now_us + 1 * MS);
	line_detach(&world.line, &devices[0], world.now_us);
	memset(&devices[0], 0xee, sizeof(devices[0])); /* as good as freed */
	world_run(&world, world.now_us + 1 * S);
	assert_int_equal(devices[1].ended[EXCHANGE_ANSWERED], 1);
	assert_int_equal(world.collisions, 0);
}

static void test_stats_add_up(void **state)
{
	const struct line_stats *stats = line_get_stats(&world.line);

	(void)state;
	devices[0].wanted = 3;
	devices[1].wanted = 1;
	attach(2);
	peers[1].peer.dead = true;
	world_run(&world, world.now_us + 5 * S);
	assert_int_equal(stats->answered, 3);
	assert_int_equal(stats->exchanges, stats->answered + stats->timeouts + stats->garbage);
	assert_int_equal(stats->timeouts, line_find(&world.line, &devices[1])->missed);
	assert_int_equal(stats->received_bytes, 12);
	assert_int_equal(stats->sent_bytes, 3 * stats->exchanges);
	assert_true(stats->busy_us > 0 && stats->silent_us < stats->busy_us);
}

/* Nothing that comes at any moment breaks the master: it always goes on to the next exchange. */
static void test_random_bytes_at_random_times(void **state)
{
	(void)state;
	devices[0].endless = true;
	devices[1].endless = true;
	attach(2);
	for (unsigned i = 0; i < 1000; i++) {
		uint8_t bytes[64];
		size_t len = world_random(&world) % sizeof(bytes);

		for (size_t j = 0; j < len; j++)
			bytes[j] = world_random(&world) % 3 ? (uint8_t)world_random(&world) : 'R';
		line_received(&world.line, bytes, len, world.now_us);
		world_run(&world, world.now_us + (int64_t)(world_random(&world) % (50 * MS)));
	}
	devices[0].ended[EXCHANGE_ANSWERED] = 0;
	world_run(&world, world.now_us + LINE_BACKOFF_MAX_US + 1 * S);
	assert_true(devices[0].ended[EXCHANGE_ANSWERED] > 0);
}

/* 1% of all bytes are spoilt: everything wanted is answered in the end. */
static void test_noise(void **state)
{
	(void)state;
	world.noise = 0.01;
	world.random = 42;
	for (size_t i = 0; i < 32; i++)
		devices[i].wanted = 5;
	attach(32);
	world_run(&world, world.now_us + 120 * S);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(devices[i].wanted, 0);
	assert_true(world.line.stats.garbage + world.line.stats.timeouts > 0);
}

/* A late reply is let finish before the next request, also when it begins as the quiet time ends.
 */
static void test_who_speaks_is_let_finish(void **state)
{
	int64_t spoken;

	(void)state;
	devices[0].wanted = 1;
	attach(1);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 203 * MS);
	assert_int_equal(world.write_count, 1);
	spoken = world.now_us;
	line_received(&world.line, (const uint8_t *)"R\x01", 2, world.now_us);
	world_run(&world, world.now_us + 20 * MS);
	assert_int_equal(world.write_count, 2);
	assert_in_range(world.writes[1].at_us - spoken, 4 * MS, 5 * MS);

	/* Nobody who babbles on and on stops the line. */
	for (unsigned i = 0; i < 1000; i++) {
		line_received(&world.line, (const uint8_t *)"xxxx", 4, world.now_us);
		world_run(&world, world.now_us + 2 * MS);
	}
	assert_true(world.write_count >= 4);
}

/* The reply began in time and ends after it: a slow device, not a silent one. */
static void test_reply_that_is_still_coming(void **state)
{
	(void)state;
	devices[0].wanted = 1;
	attach(1);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 95 * MS);
	line_received(&world.line, (const uint8_t *)"R\x01\x05", 3, world.now_us);
	world_run(&world, world.now_us + 20 * MS); /* the time was over 11 ms ago */
	assert_int_equal(devices[0].ended[EXCHANGE_GARBAGE], 0);
	line_received(&world.line, (const uint8_t *)"!", 1, world.now_us);
	assert_int_equal(devices[0].ended[EXCHANGE_ANSWERED], 1);

	/* But not for ever. */
	devices[0].wanted = 1;
	line_wake(&world.line);
	world_run(&world, world.now_us + 10 * MS);
	for (unsigned i = 0; i < 25; i++) {
		line_received(&world.line, (const uint8_t *)"x", 1, world.now_us);
		world_run(&world, world.now_us + 10 * MS);
	}
	assert_int_equal(devices[0].ended[EXCHANGE_GARBAGE], 1);
}

/* A reopened line: those that were silent before come last and are asked at once nonetheless. */
static void test_silent_ones_come_last_after_a_reopen(void **state)
{
	int64_t reopened;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		devices[i].endless = i == 0;
		devices[i].priority = EXCHANGE_REPAIR;
	}
	attach(8);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 100 * S);
	line_down(&world.line, world.now_us);
	for (size_t i = 1; i < 8; i++)
		devices[i].wanted = 1;
	world.write_count = 0;
	reopened = world.now_us;
	line_up(&world.line, world.now_us);
	world_run(&world, world.now_us + 1 * S);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(world.writes[i].bytes[1], i + 2);
	assert_int_equal(world.writes[7].bytes[1], 1);
	assert_in_range(world.writes[7].at_us - reopened, 0, 200 * MS);
}

/* Twelve misses in a row among others that answer are not noise. */
static void test_silent_is_not_yet_dead(void **state)
{
	(void)state;
	devices[0].endless = true;
	devices[1].endless = true;
	devices[1].priority = EXCHANGE_POLL;
	attach(2);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 130 * S);
	/* three tries, then pauses of 0.5, 1, 2, 4, 8, 16 and three of 30 s, and no share */
	assert_int_equal(devices[0].ended[EXCHANGE_TIMEOUT], 12);
	assert_true(line_slot_dead(line_find(&world.line, &devices[0])));
}

static void test_shares(void **state)
{
	struct line_shares shares;

	(void)state;
	line_get_shares(&world.line, world.now_us, &shares);
	assert_true(shares.busy == 0 && shares.silent == 0);
	devices[0].endless = true;
	attach(1);
	world_run(&world, world.now_us + 200 * S);
	line_get_shares(&world.line, world.now_us, &shares);
	assert_true(shares.busy > 0.95 && shares.busy <= 1 && shares.silent == 0);
	peers[0].peer.dead = true;
	world_run(&world, world.now_us + 200 * S);
	line_get_shares(&world.line, world.now_us, &shares);
	assert_true(shares.busy < 0.05 && shares.silent > 0 && shares.silent <= shares.busy);
	devices[0].endless = false;
	world_run(&world, world.now_us + 1000 * S);
	line_get_shares(&world.line, world.now_us, &shares);
	assert_true(shares.busy < 0.01);
}

#define LINE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(test_init_refuses),
		LINE_TEST(test_attach_limits),
		LINE_TEST(test_wire_time_paces),
		LINE_TEST(test_reply_timer_starts_at_wire_end),
		LINE_TEST(test_priorities_and_round_robin),
		LINE_TEST(test_lower_kinds_are_not_starved),
		LINE_TEST(test_quarantine_after_a_miss),
		LINE_TEST(test_late_reply_is_not_matched),
		LINE_TEST(test_kept_answer_is_not_matched),
		LINE_TEST(test_reply_of_another_address),
		LINE_TEST(test_garbage_before_the_reply_is_dropped),
		LINE_TEST(test_false_front_is_given_up_in_silence),
		LINE_TEST(test_half_frame_and_its_rest),
		LINE_TEST(test_echo_is_not_garbage),
		LINE_TEST(test_flood_is_bounded),
		LINE_TEST(test_backoff_doubles_and_is_reset),
		LINE_TEST(test_dead_ones_get_a_twentieth),
		LINE_TEST(test_a_silent_device_does_not_delay_calls),
		LINE_TEST(test_line_down_ends_the_exchange),
		LINE_TEST(test_refused_write_is_no_miss),
		LINE_TEST(test_unconfirmed_write),
		LINE_TEST(test_detach_in_flight),
		LINE_TEST(test_stats_add_up),
		LINE_TEST(test_random_bytes_at_random_times),
		LINE_TEST(test_noise),
		LINE_TEST(test_who_speaks_is_let_finish),
		LINE_TEST(test_reply_that_is_still_coming),
		LINE_TEST(test_silent_ones_come_last_after_a_reopen),
		LINE_TEST(test_silent_is_not_yet_dead),
		LINE_TEST(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
