/* Half-duplex lines with the firmware's boards and keypads on them, as a transport of the scheme
 * "sim". Bytes take their time on the wire and may be spoilt there; every end hears everything. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/whole-day/world.h"

enum { BAUD = 19200, BYTE_US = 10000000 / BAUD };

struct port {
	struct transport transport;
	struct wire *wire;
};

/* ---- the ends ---- */

static void end_send(void *user, const uint8_t *bytes, size_t len)
{
	struct end *end = user;

	if (end->sent_len + len > sizeof(end->sent))
		wrong("a device on a line sends more than %zu bytes at once", sizeof(end->sent));
	memcpy(end->sent + end->sent_len, bytes, len);
	end->sent_len += len;
}

static uint8_t address_of(size_t index)
{
	return (uint8_t)(index % 64 + 1);
}

void end_power_on(size_t index)
{
	struct end *end = &w.ends[index];
	struct hal_uart uart = {end_send, end};

	if (index < WORLD_KEYPADS) {
		struct keypad_settings settings = {
			.address = address_of(index),
			.kind = index < WORLD_WINDOWS ? KEYPAD_KIND_WINDOW : KEYPAD_KIND_PANEL,
			.nonce = (uint32_t)chance_u64(),
		};

		end->is_keypad = true;
		end->lost_first += end->keypad.queued > 0;
		end->acks_seen = 0;
		keypad_init(&end->keypad, &settings, uart);
	} else {
		struct board_settings settings = {
			.address = address_of(index),
			.width = index == WORLD_ENDS - 1 ? 256 : 128,
			.height = index == WORLD_ENDS - 1 ? 64 : 16,
			.acknowledges = true,
			.host_lost_ms = 0,
		};

		board_init(&end->board, &settings, uart, firmware_ms(w.now_us));
	}
	end->line = end->is_keypad; /* boards and keypads have lines of their own */
	end->dead = false;
}

void ends_power_on(void)
{
	for (size_t i = 0; i < WORLD_ENDS; i++)
		end_power_on(i);
}

static void release_key(int64_t index)
{
	struct keypad *keypad = &w.ends[index].keypad;

	keypad_contact(keypad, keypad->down_key, keypad->down_argument, false,
		       firmware_ms(w.now_us));
}

static void tick_key(int64_t index)
{
	keypad_tick(&w.ends[index].keypad, firmware_ms(w.now_us));
}

void end_press(size_t index, uint16_t key, uint16_t argument)
{
	struct end *end = &w.ends[index];

	if (end->dead || end->keypad.down)
		return;
	keypad_contact(&end->keypad, key, argument, true, firmware_ms(w.now_us));
	agenda_in(25 * MS, tick_key, (int64_t)index);
	agenda_in(60 * MS, release_key, (int64_t)index);
	agenda_in(90 * MS, tick_key, (int64_t)index);
}

static void note_ack(struct end *end)
{
	if (end->keypad.acks == end->acks_seen)
		return;
	if (end->keypad.acks != end->acks_seen + 1)
		wrong("a keypad got %u answers at once", end->keypad.acks - end->acks_seen);
	end->acks_seen++;
	end->done += end->keypad.ack_result == KEY_DONE;
}

static void hear(size_t index, const uint8_t *bytes, size_t len)
{
	struct end *end = &w.ends[index];

	end->sent_len = 0;
	for (size_t i = 0; i < len; i++) {
		uint32_t at = firmware_ms(w.now_us - (int64_t)(len - 1 - i) * BYTE_US);

		if (end->is_keypad)
			keypad_receive(&end->keypad, bytes[i], at);
		else
			board_receive(&end->board, bytes[i], at);
	}
	if (end->is_keypad)
		note_ack(end);
}

/* ---- the wire ---- */

static void spoil(const struct wire *wire, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; wire->noise > 0 && i < len; i++)
		if (chance_of(wire->noise))
			bytes[i] ^= (uint8_t)(1 + chance_below(255));
}

static void start_reply(struct wire *wire, size_t from)
{
	struct end *end = &w.ends[from];

	for (size_t i = 0; i < 4; i++) {
		struct reply *reply = &wire->replies[i];

		if (reply->used)
			continue;
		reply->used = true;
		reply->from = from;
		reply->to_us = w.now_us + 5 * MS + (int64_t)end->sent_len * BYTE_US;
		reply->len = end->sent_len;
		memcpy(reply->bytes, end->sent, end->sent_len);
		return;
	}
	wrong("more than four devices answer one request");
}

static void deliver_request(struct wire *wire)
{
	uint8_t bytes[EXCHANGE_MAX_BYTES];
	size_t len = wire->len;

	memcpy(bytes, wire->bytes, len);
	spoil(wire, bytes, len);
	wire->len = 0;
	for (size_t i = 0; i < WORLD_ENDS; i++) {
		struct end *end = &w.ends[i];

		if (end->line != (size_t)(wire - w.wires) || end->dead)
			continue;
		hear(i, bytes, len);
		if (end->sent_len)
			start_reply(wire, i);
	}
}

static void deliver_reply(struct wire *wire, struct reply *reply)
{
	uint8_t bytes[sizeof(reply->bytes)];
	size_t len = reply->len;

	reply->used = false;
	memcpy(bytes, reply->bytes, len);
	spoil(wire, bytes, len);
	for (size_t i = 0; i < WORLD_ENDS; i++)
		if (w.ends[i].line == (size_t)(wire - w.wires) && !w.ends[i].dead &&
		    i != reply->from)
			hear(i, bytes, len);
	if (wire->open)
		wire->port->host->received(wire->port->user, bytes, len);
}

/* ---- the transport ---- */

static struct wire *wire_of(const struct transport *transport)
{
	return ((const struct port *)transport)->wire;
}

static int create(struct transport **ret, const char *url, const struct transport_host *host,
		  void *user, char *ret_error, size_t error_size)
{
	struct port *port = calloc(1, sizeof(*port));
	size_t index = (size_t)(url[strlen("sim:line")] - '0');

	if (!port || index >= WORLD_LINES) {
		snprintf(ret_error, error_size, "no such line: %s", url);
		free(port);
		return -EINVAL;
	}
	port->transport =
		(struct transport){.ops = &wire_transport_ops, .host = host, .user = user};
	port->wire = &w.wires[index];
	port->wire->port = &port->transport;
	*ret = &port->transport;
	return 0;
}

static void close_wire(struct transport *transport)
{
	struct wire *wire = wire_of(transport);

	wire->open = wire->opening = wire->done = false;
	/* What is on the wire arrives; nobody reads the answers. */
}

static void destroy(struct transport *transport)
{
	wire_of(transport)->port = NULL;
	free(transport);
}

static int open_wire(struct transport *transport, int64_t now_us)
{
	struct wire *wire = wire_of(transport);

	(void)now_us;
	if (wire->open || wire->opening)
		return -EALREADY;
	wire->opening = true;
	return 0;
}

static int submit(struct transport *transport, const uint8_t *bytes, size_t len, int64_t now_us)
{
	struct wire *wire = wire_of(transport);

	if (!wire->open)
		return -ENOTCONN;
	if (wire->done)
		return -EBUSY;
	if (wire->len)
		wrong("the bus master talks into its own request");
	if (len < 1 || len > sizeof(wire->bytes))
		return -EINVAL;
	memcpy(wire->bytes, bytes, len);
	wire->len = len;
	(void)now_us;
	wire->end_us = w.now_us + (int64_t)len * BYTE_US;
	wire->done = true;
	return 0;
}

static void cancel(struct transport *transport)
{
	(void)transport;
}

static int drain(struct transport *transport)
{
	return wire_of(transport)->len ? -EINPROGRESS : 0;
}

int sim_control(struct transport *transport, enum transport_control what, int64_t now_us)
{
	(void)transport, (void)what, (void)now_us;
	return -EOPNOTSUPP;
}

size_t sim_fds(const struct transport *transport, struct pollfd *ret, size_t max)
{
	(void)transport, (void)ret, (void)max;
	return 0;
}

static int64_t wire_deadline(const struct wire *wire)
{
	int64_t due = wire->len ? wire->end_us : INT64_MAX;

	for (size_t i = 0; i < 4; i++)
		if (wire->replies[i].used && wire->replies[i].to_us < due)
			due = wire->replies[i].to_us;
	return due;
}

static int64_t deadline(const struct transport *transport)
{
	const struct wire *wire = wire_of(transport);

	if (wire->opening || wire->done || (wire->open && wire->cut))
		return 0;
	return wire_deadline(wire) == INT64_MAX ? INT64_MAX : wire_deadline(wire) - w.boot_us;
}

static void process(struct transport *transport, int64_t now_us)
{
	struct wire *wire = wire_of(transport);

	(void)now_us;
	if (wire->opening) {
		wire->opening = false;
		wire->open = !wire->cut;
		transport->host->opened(transport->user, wire->cut ? -ENOENT : 0);
	}
	if (wire->open && wire->cut) {
		bool busy = wire->done;

		wire->open = wire->done = false;
		if (busy)
			transport->host->done(transport->user, -ENODEV);
		transport->host->left(transport->user, -ENODEV);
		return;
	}
	if (wire->done) {
		wire->done = false;
		transport->host->progress(transport->user, wire->len);
		transport->host->done(transport->user, 0);
	}
	if (wire->len && wire->end_us <= w.now_us)
		deliver_request(wire);
	for (size_t i = 0; i < 4; i++)
		if (wire->replies[i].used && wire->replies[i].to_us <= w.now_us)
			deliver_reply(wire, &wire->replies[i]);
}

const struct transport_ops wire_transport_ops = {
	.scheme = "sim",
	.create = create,
	.destroy = destroy,
	.open = open_wire,
	.close = close_wire,
	.submit = submit,
	.cancel = cancel,
	.drain = drain,
	.control = sim_control,
	.fds = sim_fds,
	.deadline = deadline,
	.process = process,
};
