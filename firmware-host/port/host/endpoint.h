/* One TCP endpoint on a free loopback port: a serial line paced at its baud rate, or a printer's
 * raw port. One client at a time, as on a wire. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENDPOINT_QUEUE = 8192 };

struct endpoint_queue {
	uint8_t bytes[ENDPOINT_QUEUE];
	size_t head, used;
	int64_t next_us; /* when the byte in front has passed the wire */
};

struct endpoint {
	int listener, client;
	uint16_t port;
	uint32_t byte_us;      /* 0: not paced */
	uint32_t turnround_us; /* before the first byte of an answer */
	bool unplugged;
	double noise; /* probability that a byte is garbled */
	uint64_t random;
	struct endpoint_queue in, out;
	uint64_t bytes_in, bytes_out;
	/* A byte has passed the wire; for a printer, room() says how many it takes. */
	void (*received)(void *user, uint8_t byte);
	size_t (*room)(void *user); /* NULL: always */
	void *user;
};

/* 0 or a negative errno. baud 0: not paced. */
int endpoint_open(struct endpoint *endpoint, uint32_t baud);
void endpoint_close(struct endpoint *endpoint);
/* Unplugged: the client is cut off and connecting is refused; the port number stays. */
int endpoint_set_unplugged(struct endpoint *endpoint, bool unplugged);
void endpoint_send(struct endpoint *endpoint, const uint8_t *bytes, size_t len, int64_t now_us);
size_t endpoint_fds(const struct endpoint *endpoint, struct pollfd ret[2]);
void endpoint_process(struct endpoint *endpoint, int64_t now_us);
int64_t endpoint_deadline(const struct endpoint *endpoint); /* INT64_MAX none */
