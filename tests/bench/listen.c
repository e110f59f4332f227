/* What a page does, 200 times: read the chunked stream and look at each event's number. */
#include "tests/bench/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE_SIZE = 64, READ_SIZE = 65536, EVENTS = 64, PATIENCE_MS = 30000 };

enum part { IN_HEAD, IN_SIZE, IN_DATA };

struct listener {
	int fd;
	enum part part;
	int head_ends;	      /* of the four bytes \r\n\r\n */
	size_t left;	      /* of the chunk, its \r\n included */
	char line[LINE_SIZE]; /* the beginning of the present one */
	size_t line_len;
	uint64_t first, last;
	bool broken;
};

struct listeners {
	int epoll, count;
	pthread_t thread;
	atomic_int greeted, behind;
	atomic_ullong wanted; /* UINT64_MAX: not known yet */
	atomic_bool stop;
	struct listener all[];
};

static void die(const char *what)
{
	fprintf(stderr, "listeners: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void take_line(struct listeners *listeners, struct listener *listener)
{
	uint64_t seq;

	listener->line[listener->line_len < LINE_SIZE ? listener->line_len : LINE_SIZE - 1] = '\0';
	if (!strncmp(listener->line, ": events of the hall", 20))
		atomic_fetch_add(&listeners->greeted, 1);
	if (strncmp(listener->line, "id: ", 4) != 0)
		return;
	seq = strtoull(listener->line + 4, NULL, 10);
	if (listener->first == 0)
		listener->first = seq;
	else if (seq != listener->last + 1)
		listener->broken = true;
	listener->last = seq;
}

static void take_data(struct listeners *listeners, struct listener *listener, char byte)
{
	if (byte == '\n') {
		take_line(listeners, listener);
		listener->line_len = 0;
	} else if (listener->line_len < LINE_SIZE - 1) {
		listener->line[listener->line_len++] = byte;
	} else {
		listener->line_len = LINE_SIZE;
	}
}

static void take(struct listeners *listeners, struct listener *listener, char byte)
{
	switch (listener->part) {
	case IN_HEAD:
		listener->head_ends = byte == '\r' || byte == '\n' ? listener->head_ends + 1 : 0;
		if (listener->head_ends == 4)
			listener->part = IN_SIZE;
		return;
	case IN_SIZE:
		if (byte == '\n') {
			listener->left += 2;
			listener->part = IN_DATA;
		} else if (byte != '\r') {
			int digit = byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;

			listener->left = listener->left * 16 + (size_t)digit;
		}
		return;
	case IN_DATA:
		if (listener->left > 2)
			take_data(listeners, listener, byte);
		if (--listener->left == 0)
			listener->part = IN_SIZE;
		return;
	}
}

static void receive(struct listeners *listeners, struct listener *listener)
{
	static char bytes[READ_SIZE];
	ssize_t got = recv(listener->fd, bytes, sizeof(bytes), 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		epoll_ctl(listeners->epoll, EPOLL_CTL_DEL, listener->fd, NULL);
		listener->broken = true;
		return;
	}
	for (ssize_t i = 0; i < got; i++)
		take(listeners, listener, bytes[i]);
}

static void count_behind(struct listeners *listeners)
{
	uint64_t wanted = atomic_load(&listeners->wanted);
	int behind = 0;

	for (int i = 0; i < listeners->count; i++)
		behind += !listeners->all[i].broken && listeners->all[i].last < wanted;
	atomic_store(&listeners->behind, behind);
}

static void *run(void *user)
{
	struct listeners *listeners = user;
	struct epoll_event events[EVENTS];

	while (!atomic_load(&listeners->stop)) {
		int count = epoll_wait(listeners->epoll, events, EVENTS, 20);

		for (int i = 0; i < count; i++)
			receive(listeners, &listeners->all[events[i].data.u32]);
		if (atomic_load(&listeners->wanted) != UINT64_MAX)
			count_behind(listeners);
	}
	return NULL;
}

static void connect_one(struct listeners *listeners, int index, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
	char request[128];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int len = snprintf(request, sizeof(request),
			   "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", port);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    send(fd, request, (size_t)len, MSG_NOSIGNAL) != len ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ||
	    epoll_ctl(listeners->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		die("connect");
	listeners->all[index].fd = fd;
}

static void wait_ms(int ms)
{
	poll(NULL, 0, ms);
}

struct listeners *listeners_start(uint16_t port, int count)
{
	struct listeners *listeners =
		calloc(1, sizeof(*listeners) + (size_t)count * sizeof(listeners->all[0]));

	if (!listeners)
		die("memory");
	listeners->count = count;
	listeners->epoll = epoll_create1(EPOLL_CLOEXEC);
	atomic_store(&listeners->wanted, UINT64_MAX);
	atomic_store(&listeners->behind, count);
	for (int i = 0; i < count; i++)
		connect_one(listeners, i, port);
	if (pthread_create(&listeners->thread, NULL, run, listeners))
		die("thread");
	for (int waited = 0; atomic_load(&listeners->greeted) < count; waited += 10) {
		if (waited > PATIENCE_MS) {
			errno = ETIMEDOUT;
			die("greeting");
		}
		wait_ms(10);
	}
	return listeners;
}

int listeners_finish(struct listeners *listeners, uint64_t last_seq)
{
	uint64_t first = UINT64_MAX;
	int whole = 0;

	atomic_store(&listeners->wanted, last_seq);
	for (int waited = 0; atomic_load(&listeners->behind) > 0 && waited < PATIENCE_MS;
	     waited += 10)
		wait_ms(10);
	atomic_store(&listeners->stop, true);
	pthread_join(listeners->thread, NULL);
	for (int i = 0; i < listeners->count; i++)
		if (listeners->all[i].first && listeners->all[i].first < first)
			first = listeners->all[i].first;
	for (int i = 0; i < listeners->count; i++) {
		whole += !listeners->all[i].broken && listeners->all[i].first == first &&
			 listeners->all[i].last >= last_seq;
		close(listeners->all[i].fd);
	}
	close(listeners->epoll);
	free(listeners);
	return whole;
}
