/* The USB/IP server in one process with its client, over socket pairs and with a clock of the
 * test's: limits, slow and silent clients, and bytes without sense. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware-host/port/host/usbip.h"

enum { FRAME = 48, IMPORT = 40, IMPORTED = 320, DEVICE = 0x00010001, ROUNDS = 3000 };

struct world {
	struct usbip usbip;
	struct usb_plug plug;
	size_t room, printed;
	int64_t now_us;
	uint64_t random;
};

static size_t room(void *user)
{
	return ((struct world *)user)->room;
}

static void receive(void *user, const uint8_t *bytes, size_t len)
{
	struct world *world = user;

	(void)bytes;
	assert_true(len <= world->room);
	world->printed += len;
	world->room -= len;
}

static uint8_t port_status(void *user)
{
	(void)user;
	return 0x18;
}

static size_t device_id(void *user, uint8_t *ret, size_t size)
{
	(void)user;
	assert_true(size >= 4);
	memcpy(ret, "\x00\x04ID", 4);
	return 4;
}

static void soft_reset(void *user)
{
	(void)user;
}

static struct world *make_world(void)
{
	static const struct usb_plug_settings settings = {.vendor = 0x04b8, .product = 0x0e28};
	struct world *world = calloc(1, sizeof(*world));
	struct usb_plug_device device = {.room = room,
					 .receive = receive,
					 .port_status = port_status,
					 .device_id = device_id,
					 .soft_reset = soft_reset,
					 .user = world};

	assert_non_null(world);
	world->room = 4096;
	world->random = 0x9e3779b97f4a7c15u;
	usbip_init(&world->usbip);
	usb_plug_init(&world->plug, &settings, &device);
	assert_int_equal(usbip_add(&world->usbip, &world->plug), 0);
	return world;
}

static void end_world(struct world *world)
{
	usbip_close(&world->usbip);
	free(world);
}

static void run(struct world *world)
{
	usbip_process(&world->usbip, world->now_us);
	for (int i = 0; i < USBIP_CONNECTIONS; i++) {
		const struct usbip_connection *connection = &world->usbip.connections[i];

		if (connection->fd < 0)
			continue;
		assert_true(connection->urb_count <= USBIP_URBS);
		assert_true(connection->held <= USBIP_HELD_SIZE);
		assert_true(connection->replies_len <= USBIP_REPLIES);
	}
}

/* The client's end. */
static int connect_client(struct world *world)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
			 0);
	if (usbip_adopt(&world->usbip, pair[1], world->now_us) == 0)
		return pair[0];
	close(pair[0]);
	close(pair[1]);
	return -1;
}

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void import_request(uint8_t ret[IMPORT])
{
	memset(ret, 0, IMPORT);
	memcpy(ret, "\x01\x11\x80\x03", 4);
	memcpy(ret + 8, "1-1", 3);
}

static void submit(uint8_t ret[FRAME], uint32_t sequence, uint32_t endpoint, bool in, uint32_t len)
{
	memset(ret, 0, FRAME);
	put32(ret, 1);
	put32(ret + 4, sequence);
	put32(ret + 8, DEVICE);
	put32(ret + 12, in);
	put32(ret + 16, endpoint);
	put32(ret + 24, len);
}

static void tell(int client, const uint8_t *bytes, size_t len)
{
	assert_int_equal(send(client, bytes, len, MSG_NOSIGNAL), len);
}

static int import(struct world *world)
{
	uint8_t request[IMPORT], reply[IMPORTED];
	int client = connect_client(world);

	assert_true(client >= 0);
	import_request(request);
	tell(client, request, sizeof(request));
	run(world);
	assert_int_equal(recv(client, reply, sizeof(reply), 0), sizeof(reply));
	assert_int_equal(get32(reply + 4), 0);
	return client;
}

/* Byte by byte is the same as at once. */
static void in_fragments(void **state)
{
	struct world *world = make_world();
	uint8_t bytes[IMPORT + FRAME + 100], reply[IMPORTED + FRAME + 1];
	int client = connect_client(world);

	(void)state;
	import_request(bytes);
	submit(bytes + IMPORT, 7, 1, false, 100);
	memset(bytes + IMPORT + FRAME, '\n', 100);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		tell(client, bytes + i, 1);
		run(world);
	}
	assert_int_equal(world->printed, 100);
	assert_int_equal(recv(client, reply, sizeof(reply), 0), IMPORTED + FRAME);
	assert_int_equal(get32(reply + IMPORTED), 3);
	assert_int_equal(get32(reply + IMPORTED + 4), 7);
	assert_int_equal(get32(reply + IMPORTED + 20), 0);
	assert_int_equal(get32(reply + IMPORTED + 24), 100);
	close(client);
	end_world(world);
}

/* In whole packets, as there is room for them; the answer comes with the last one. */
static void as_there_is_room(void **state)
{
	struct world *world = make_world();
	uint8_t bytes[FRAME + 200] = {0}, reply[FRAME + 1];
	int client = import(world);

	(void)state;
	world->room = 100;
	submit(bytes, 1, 1, false, 200);
	tell(client, bytes, sizeof(bytes));
	run(world);
	assert_int_equal(world->printed, 64);
	world->room = 7;
	run(world);
	assert_int_equal(world->printed, 64);
	world->room = 135;
	run(world);
	assert_int_equal(world->printed, 192);
	assert_int_equal(recv(client, reply, sizeof(reply), 0), -1);
	world->room = 8;
	run(world);
	assert_int_equal(world->printed, 200);
	assert_int_equal(recv(client, reply, sizeof(reply), 0), FRAME);
	close(client);
	end_world(world);
}

/* One that asks and never reads is not read from either, and the server keeps a bounded amount. */
static void never_reads(void **state)
{
	struct world *world = make_world();
	uint8_t request[FRAME];
	int client = import(world), sent = 0;

	(void)state;
	submit(request, 1, 0, true, 18);
	memcpy(request + 40, "\x80\x06\x00\x01\x00\x00\x12\x00", 8);
	while (send(client, request, sizeof(request), MSG_NOSIGNAL) == FRAME) {
		run(world);
		assert_true(++sent < 1000000);
	}
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(world->usbip.refused, 0);
	close(client);
	end_world(world);
}

static void too_many_clients(void **state)
{
	struct world *world = make_world();
	int clients[USBIP_CONNECTIONS];

	(void)state;
	for (int i = 0; i < USBIP_CONNECTIONS; i++)
		assert_true((clients[i] = connect_client(world)) >= 0);
	assert_int_equal(connect_client(world), -1);
	/* Nobody keeps a place by silence. */
	world->now_us += USBIP_HELLO_US + 1;
	run(world);
	assert_int_equal(world->usbip.refused, USBIP_CONNECTIONS);
	close(import(world));
	for (int i = 0; i < USBIP_CONNECTIONS; i++)
		close(clients[i]);
	end_world(world);
}

/* One that has a device may be silent as long as it likes. */
static void silent_with_a_device(void **state)
{
	struct world *world = make_world();
	int client = import(world);

	(void)state;
	world->now_us += USBIP_HELLO_US * 100;
	run(world);
	assert_true(usbip_is_imported(&world->usbip, &world->plug));
	close(client);
	run(world);
	assert_false(usbip_is_imported(&world->usbip, &world->plug));
	end_world(world);
}

static uint32_t draw(struct world *world, uint32_t below)
{
	uint64_t x = world->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	world->random = x;
	return (uint32_t)(x >> 32) % below;
}

/* A frame with some fields right, so that the noise gets deeper. */
static size_t draw_frame(struct world *world, uint8_t bytes[FRAME])
{
	static const uint32_t lengths[] = {0, 1, 8, 64, 200, 5000};

	for (int i = 0; i < FRAME; i++)
		bytes[i] = (uint8_t)draw(world, 256);
	if (draw(world, 100) == 0)
		return 1 + draw(world, FRAME);
	put32(bytes, draw(world, 50) ? 1 + (draw(world, 5) == 0) : 3);
	put32(bytes + 4, draw(world, 20));
	put32(bytes + 8, DEVICE);
	put32(bytes + 12, draw(world, 2));
	put32(bytes + 16, draw(world, 4));
	put32(bytes + 20, draw(world, 20));
	put32(bytes + 24, lengths[draw(world, sizeof(lengths) / sizeof(lengths[0]))]);
	if (draw(world, 50) == 0)
		put32(bytes + 24, USBIP_URB_SIZE + draw(world, 2));
	put32(bytes + 32, 0);
	if (draw(world, 2))
		memcpy(bytes + 40, draw(world, 2) ? "\x80\x06\x00\x02" : "\xa1\x00\x00\x00", 4);
	if (draw(world, 20))
		put32(bytes + 12, get32(bytes + 16) ? draw(world, 2) : bytes[40] >> 7);
	return FRAME;
}

static void noise(void **state)
{
	struct world *world = make_world();
	uint8_t bytes[IMPORT > FRAME ? IMPORT : FRAME], reply[5000] = {0};
	size_t most = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		int client = connect_client(world);

		assert_true(client >= 0);
		import_request(bytes);
		if (draw(world, 10))
			tell(client, bytes, IMPORT);
		for (uint32_t i = draw(world, 40); i > 0; i--) {
			size_t len = draw_frame(world, bytes);

			if (send(client, bytes, len, MSG_NOSIGNAL) < 0)
				break;
			/* The bytes of an OUT transfer, most times; else the next frame is taken
			 * for them. */
			if (get32(bytes) == 1 && !get32(bytes + 12) &&
			    get32(bytes + 24) <= sizeof(reply) && draw(world, 50))
				(void)send(client, reply, get32(bytes + 24), MSG_NOSIGNAL);
			world->room = draw(world, 8) ? 0 : draw(world, 5000);
			world->plug.unplugged = draw(world, 200) == 0;
			if (draw(world, 8) == 0)
				usb_plug_answer(&world->plug, bytes, draw(world, FRAME));
			run(world);
			if (world->usbip.connections[0].urb_count > most)
				most = world->usbip.connections[0].urb_count;
			if (draw(world, 2))
				(void)recv(client, reply, sizeof(reply), 0);
		}
		close(client);
		world->plug.unplugged = false;
		run(world);
	}
	assert_true(world->usbip.imports > ROUNDS / 2);
	assert_true(world->usbip.refused > ROUNDS / 10);
	print_message("%zu bytes printed, %zu transfers at most\n", world->printed, most);
	assert_true(world->printed > 5000);
	assert_true(most > 8);
	assert_true(world->plug.control_requests > ROUNDS);
	close(import(world));
	end_world(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_fragments),		cmocka_unit_test(as_there_is_room),
		cmocka_unit_test(never_reads),		cmocka_unit_test(too_many_clients),
		cmocka_unit_test(silent_with_a_device), cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
