/* A line as a TCP endpoint. TCP delivers in bursts; the devices get each byte when it would have
 * passed a wire of this speed, and their answers leave at that speed too. */
#include "firmware-host/port/host/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(struct endpoint *endpoint)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(endpoint->port)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1, r;

	if (fd < 0)
		return -errno;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	endpoint->listener = fd;
	endpoint->port = ntohs(address.sin_port);
	return 0;
}

int endpoint_open(struct endpoint *endpoint, uint32_t baud)
{
	endpoint->client = endpoint->listener = -1;
	endpoint->byte_us = baud ? 10000000u / baud : 0;
	endpoint->random = 0x2545f4914f6cdd1du;
	return listen_on(endpoint);
}

/* The peer went: what it had sent is on the wire and still arrives. */
static void drop_client(struct endpoint *endpoint)
{
	if (endpoint->client >= 0)
		close(endpoint->client);
	endpoint->client = -1;
	endpoint->out.used = 0;
}

/* A client that is gone is noticed even while nothing is read from it. */
static bool client_is_gone(const struct endpoint *endpoint)
{
	struct pollfd fd = {.fd = endpoint->client, .events = POLLRDHUP};

	return poll(&fd, 1, 0) > 0 && fd.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

void endpoint_close(struct endpoint *endpoint)
{
	drop_client(endpoint);
	endpoint->in.used = 0; /* the plug is out: nothing more arrives */
	if (endpoint->listener >= 0)
		close(endpoint->listener);
	endpoint->listener = -1;
}

int endpoint_set_unplugged(struct endpoint *endpoint, bool unplugged)
{
	if (endpoint->unplugged == unplugged)
		return 0;
	endpoint->unplugged = unplugged;
	if (!unplugged)
		return listen_on(endpoint);
	endpoint_close(endpoint);
	return 0;
}

/* xorshift64: garbling need not be unpredictable, it must only be there. */
static uint8_t garble(struct endpoint *endpoint, uint8_t byte)
{
	uint64_t x = endpoint->random;

	if (endpoint->noise <= 0)
		return byte;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	endpoint->random = x;
	if ((double)(x >> 11) / 9007199254740992.0 < endpoint->noise)
		byte ^= (uint8_t)(1u << (x & 7));
	return byte;
}

static void push(struct endpoint *endpoint, struct endpoint_queue *queue, const uint8_t *bytes,
		 size_t len, int64_t begin_us)
{
	if (queue->used == 0 && queue->next_us < begin_us + endpoint->byte_us)
		queue->next_us = begin_us + endpoint->byte_us;
	for (size_t i = 0; i < len && queue->used < ENDPOINT_QUEUE; i++)
		queue->bytes[(queue->head + queue->used++) % ENDPOINT_QUEUE] = bytes[i];
}

static uint8_t pop(struct endpoint *endpoint, struct endpoint_queue *queue)
{
	uint8_t byte = queue->bytes[queue->head];

	queue->head = (queue->head + 1) % ENDPOINT_QUEUE;
	queue->used--;
	queue->next_us += endpoint->byte_us;
	return garble(endpoint, byte);
}

void endpoint_send(struct endpoint *endpoint, const uint8_t *bytes, size_t len, int64_t now_us)
{
	if (endpoint->client >= 0)
		push(endpoint, &endpoint->out, bytes, len, now_us + endpoint->turnround_us);
}

static void accept_client(struct endpoint *endpoint, int64_t now_us)
{
	int fd = accept4(endpoint->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int one = 1;

	if (fd < 0)
		return;
	if (endpoint->client >= 0 && client_is_gone(endpoint))
		drop_client(endpoint);
	if (endpoint->client >= 0) {
		close(fd); /* the plug is taken */
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	endpoint->client = fd;
	if (!endpoint->in.used)
		endpoint->in.next_us = now_us;
	endpoint->out.next_us = now_us;
}

static size_t free_room(const struct endpoint *endpoint)
{
	size_t room = ENDPOINT_QUEUE - endpoint->in.used;

	if (endpoint->room && endpoint->room(endpoint->user) <= endpoint->in.used)
		return 0;
	return room > 1024 ? 1024 : room;
}

static void read_client(struct endpoint *endpoint, int64_t now_us)
{
	uint8_t bytes[1024];
	size_t room = free_room(endpoint);
	ssize_t n = room ? recv(endpoint->client, bytes, room, 0) : -1;

	if (room == 0)
		return;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		drop_client(endpoint);
		return;
	}
	if (n > 0)
		push(endpoint, &endpoint->in, bytes, (size_t)n, now_us);
}

static void deliver(struct endpoint *endpoint, int64_t now_us)
{
	while (endpoint->in.used && endpoint->in.next_us <= now_us) {
		if (endpoint->room && !endpoint->room(endpoint->user))
			break;
		endpoint->bytes_in++;
		endpoint->received(endpoint->user, pop(endpoint, &endpoint->in));
	}
	while (endpoint->client >= 0 && endpoint->out.used && endpoint->out.next_us <= now_us) {
		uint8_t byte = pop(endpoint, &endpoint->out);

		endpoint->bytes_out++;
		if (send(endpoint->client, &byte, 1, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
			drop_client(endpoint);
	}
}

size_t endpoint_fds(const struct endpoint *endpoint, struct pollfd ret[2])
{
	size_t count = 0;

	if (endpoint->listener >= 0)
		ret[count++] = (struct pollfd){.fd = endpoint->listener, .events = POLLIN};
	if (endpoint->client >= 0 && free_room(endpoint))
		ret[count++] = (struct pollfd){.fd = endpoint->client, .events = POLLIN};
	return count;
}

void endpoint_process(struct endpoint *endpoint, int64_t now_us)
{
	if (endpoint->listener >= 0)
		accept_client(endpoint, now_us);
	if (endpoint->client >= 0)
		read_client(endpoint, now_us);
	deliver(endpoint, now_us);
}

int64_t endpoint_deadline(const struct endpoint *endpoint)
{
	int64_t deadline = INT64_MAX;

	/* A device that takes nothing now is asked again by the hall's own ticks. */
	if (endpoint->in.used && (!endpoint->room || endpoint->room(endpoint->user)))
		deadline = endpoint->in.next_us;
	if (endpoint->out.used && endpoint->out.next_us < deadline)
		deadline = endpoint->out.next_us;
	return deadline;
}
