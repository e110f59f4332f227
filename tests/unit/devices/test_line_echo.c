/* A transceiver that hears its own requests: what is taken out, what counts as a collision, and
 * that no echo is taken for a reply. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/devices/line_world.h"

enum { MS = 1000, S = 1000000, REQUEST = 6, TIMEOUT_US = 100 * MS };

/* Request: W address 4 bytes. The reply is the same six bytes, as to Modbus' write of one register,
 * or with an r for the W. */
struct device {
	uint8_t address;
	unsigned wanted;
	bool blind;
	uint8_t first; /* of the reply */
	unsigned ended[4];
};

static int match(const struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	if (bytes[0] != exchange->command)
		return -EBADMSG;
	if (len < 2)
		return 0;
	if (bytes[1] != exchange->address)
		return -EBADMSG;
	if (len < REQUEST)
		return 0;
	return memcmp(bytes + 1, exchange->bytes + 1, REQUEST - 1) == 0 ? REQUEST : -EBADMSG;
}

static int next(struct device *device, int64_t now_us, struct exchange *ret)
{
	static const uint8_t request[REQUEST] = {'W', 0, 1, 16, 0, 5};

	(void)now_us;
	if (device->wanted == 0)
		return -EAGAIN;
	ret->priority = EXCHANGE_CALL;
	memcpy(ret->bytes, request, REQUEST);
	ret->bytes[1] = device->address;
	ret->len = REQUEST;
	ret->reply_wanted = !device->blind;
	ret->timeout_us = TIMEOUT_US;
	ret->match = match;
	ret->address = device->address;
	ret->command = device->first;
	return 0;
}

static void ended(struct device *device, const struct exchange *exchange, enum exchange_end end,
		  const uint8_t *reply, size_t len, int64_t now_us)
{
	(void)exchange;
	(void)now_us;
	device->ended[end]++;
	if (end != EXCHANGE_ANSWERED)
		return;
	device->wanted--;
	if (device->blind)
		assert_null(reply);
	else
		assert_int_equal(len, REQUEST);
}

static int64_t deadline(const struct device *device)
{
	(void)device;
	return DRIVER_NO_DEADLINE;
}

static void ignore(struct device *device, int64_t now_us)
{
	(void)device;
	(void)now_us;
}

static const struct driver driver = {
	.name = "fake",
	.class = DEVICE_KEYPAD,
	.link = LINK_LINE,
	.deadline = deadline,
	.tick = ignore,
	.link_up = ignore,
	.link_down = ignore,
	.next = next,
	.ended = ended,
};

static struct world world;
static struct device device;
static struct world_peer peer;

static size_t hear(struct world_peer *self, const uint8_t *bytes, size_t len, uint8_t *reply,
		   int64_t *delay_us, int64_t now_us)
{
	(void)self;
	(void)delay_us;
	(void)now_us;
	if (device.blind)
		return 0;
	memcpy(reply, bytes, len);
	reply[0] = device.first;
	return len;
}

static int setup(void **state)
{
	const struct line_options options = {.baud = 9600,
					     .bits_per_char = 10,
					     .gap_us = 4 * MS,
					     .answer_gap_us = 2 * MS,
					     .echo = true};

	(void)state;
	world_start_with(&world, &options);
	world.echo.on = true;
	device = (struct device){.address = 7, .wanted = 1, .first = 'r'};
	peer = (struct world_peer){.hear = hear};
	world_peer_add(&world, &peer);
	assert_int_equal(line_attach(&world.line, &driver, &device, world.now_us), 0);
	line_up(&world.line, world.now_us);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_stop(&world);
	return 0;
}

static void run(void)
{
	world_run(&world, world.now_us + 150 * MS);
}

static void test_taken_out(void **state)
{
	(void)state;
	run();
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 1);
	assert_int_equal(world.line.stats.echo_bytes, REQUEST);
	assert_int_equal(world.line.stats.received_bytes, 2 * REQUEST);
	assert_int_equal(world.line.stats.stray_bytes, 0);
	assert_int_equal(world.line.stats.collisions + world.line.stats.echoes_missed, 0);
}

/* The echo alone would be a good reply by every byte of it. */
static void test_the_same_bytes_twice(void **state)
{
	(void)state;
	device.first = 'W';
	peer.dead = true;
	run();
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 0);
	assert_int_equal(device.ended[EXCHANGE_TIMEOUT], 1); /* not garbage: nobody spoke */
	peer.dead = false;
	world_run(&world, world.now_us + 200 * MS);
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 1);
}

/* The adapter keeps the end of the echo back: it comes together with the reply, or after half of
 * the time. */
static void test_late(void **state)
{
	(void)state;
	world.echo.late_us = 16 * MS;
	run();
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 1);
	assert_int_equal(world.line.stats.collisions, 0);
	device.wanted = 1;
	line_wake(&world.line);
	world_run(&world, world.now_us + 1 * MS); /* written; the echo byte by byte */
	world.echo.on = false;
	for (size_t i = 0; i < REQUEST; i++) {
		static const uint8_t request[REQUEST] = {'W', 7, 1, 16, 0, 5};

		line_received(&world.line, request + i, 1, world.now_us);
		world_run(&world, world.now_us + 1 * MS);
	}
	run();
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 2);
	assert_int_equal(world.line.stats.collisions, 0);
	assert_int_equal(world.line.stats.echo_bytes, 2 * REQUEST);
}

/* The receiver is switched on late, or off early: the reply behind it is found all the same. */
static void test_partial(void **state)
{
	(void)state;
	for (size_t lost = 1; lost <= REQUEST; lost++) {
		for (int last = 0; last <= 1; last++) {
			unsigned before = device.ended[EXCHANGE_ANSWERED];

			world.echo.lost_first = last ? 0 : lost;
			world.echo.lost_last = last ? lost : 0;
			device.wanted = 1;
			line_wake(&world.line);
			run();
			assert_int_equal(device.ended[EXCHANGE_ANSWERED], before + 1);
		}
	}
	assert_int_equal(device.ended[EXCHANGE_TIMEOUT] + device.ended[EXCHANGE_GARBAGE], 0);
	assert_int_equal(world.line.stats.collisions, 2 * (REQUEST - 1));
	assert_int_equal(world.line.stats.echoes_missed, 2); /* all of it lost */
}

/* Two talked at once: counted, and the reply, if one comes, is found. */
static void test_changed(void **state)
{
	(void)state;
	world.echo.spoil = 0x40;
	run();
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 1);
	assert_int_equal(world.line.stats.collisions, 1);
	peer.dead = true;
	device.wanted = 1;
	line_wake(&world.line);
	run();
	assert_int_equal(device.ended[EXCHANGE_GARBAGE], 1);
	assert_int_equal(world.line.stats.collisions, 2);
}

/* Noise in front of an echo makes it no reply. */
static void test_a_changed_echo_is_no_reply(void **state)
{
	static const uint8_t noise[] = {0xff, 0x00, 'W', 7, 1, 16, 0, 5};

	(void)state;
	device.first = 'W';
	peer.dead = true;
	world.echo.on = false;
	world_run(&world, world.now_us + 1 * MS);
	line_received(&world.line, noise, sizeof(noise), world.now_us);
	run();
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 0);
	assert_int_equal(device.ended[EXCHANGE_GARBAGE], 1);
}

/* Nothing answers a blind board's text, but that it went out whole is known. */
static void test_blind(void **state)
{
	int64_t begun = world.now_us;

	(void)state;
	device.blind = true;
	world.echo.late_us = 5 * MS;
	device.wanted = 2;
	world_run(&world, begun + 50 * MS);
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 2);
	assert_int_equal(world.writes[1].at_us - world.writes[0].end_us, 9 * MS);
	assert_int_equal(world.line.stats.stray_bytes, 0);
	assert_int_equal(world.line.stats.echo_bytes, 2 * REQUEST);

	device.wanted = 1;
	world.echo.spoil = 1;
	line_wake(&world.line);
	run();
	assert_int_equal(device.ended[EXCHANGE_GARBAGE], 1);
	assert_int_equal(world.line.stats.collisions, 1);
	world.echo.spoil = 0;
	world_run(&world, world.now_us + 200 * MS);
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 3);

	/* No echo comes at all: the transceiver is another than was said. */
	world.echo.on = false;
	device.wanted = 1;
	line_wake(&world.line);
	run();
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 4);
	assert_int_equal(world.line.stats.echoes_missed, 1);
}

/* An echo that comes after the end of its exchange is taken out of the next one's bytes. */
static void test_after_the_end(void **state)
{
	(void)state;
	device.blind = true;
	world.echo.late_us = 33 * MS; /* it is waited for 30 ms */
	run();
	assert_int_equal(device.ended[EXCHANGE_ANSWERED], 1);
	assert_int_equal(world.line.stats.echoes_missed, 1);
	assert_int_equal(world.line.stats.echo_bytes, REQUEST);
	assert_int_equal(world.line.stats.stray_bytes + world.line.stats.collisions, 0);
}

#define LINE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(test_taken_out), LINE_TEST(test_the_same_bytes_twice),
		LINE_TEST(test_late),	   LINE_TEST(test_partial),
		LINE_TEST(test_changed),   LINE_TEST(test_a_changed_echo_is_no_reply),
		LINE_TEST(test_blind),	   LINE_TEST(test_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
