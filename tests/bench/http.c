/* The benchmarks' HTTP client: as little work as possible on this side, because the daemon runs on
 * the same processors. Answers of the daemon have a Content-Length; nothing else is understood. */
#include "tests/bench/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/figures.h"

enum { REQUEST_SIZE = 1024, ANSWER_SIZE = 65536, EVENTS = 64 };

struct connection {
	int fd; /* -1 closed */
	bool busy;
	char request[REQUEST_SIZE];
	size_t request_len;
	char answer[ANSWER_SIZE];
	size_t answer_len;
	int64_t due_us;
};

struct http {
	uint16_t port;
	int epoll, count, busy;
	http_answer_fn fn;
	void *user;
	bool asking; /* http_ask(): the status goes to asked */
	int asked;
	struct connection connections[];
};

static void die(const char *what)
{
	fprintf(stderr, "http: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void connect_one(struct http *http, int index)
{
	struct connection *connection = &http->connections[index];
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(http->port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
	int on = 1;

	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->fd < 0 ||
	    connect(connection->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("connect");
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fcntl(connection->fd, F_SETFL, O_NONBLOCK) < 0 ||
	    epoll_ctl(http->epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0)
		die("epoll");
}

struct http *http_open(uint16_t port, int connections, http_answer_fn fn, void *user)
{
	struct http *http =
		calloc(1, sizeof(*http) + (size_t)connections * sizeof(struct connection));

	if (!http)
		die("memory");
	http->port = port;
	http->count = connections;
	http->fn = fn;
	http->user = user;
	http->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < connections; i++)
		connect_one(http, i);
	return http;
}

void http_close(struct http *http)
{
	for (int i = 0; i < http->count; i++)
		if (http->connections[i].fd >= 0)
			close(http->connections[i].fd);
	close(http->epoll);
	free(http);
}

/* Small enough for any socket's buffer. */
static void send_request(struct http *http, int index)
{
	struct connection *connection = &http->connections[index];

	if (connection->fd < 0)
		connect_one(http, index);
	connection->answer_len = 0;
	if (send(connection->fd, connection->request, connection->request_len, MSG_NOSIGNAL) !=
		    (ssize_t)connection->request_len &&
	    errno != EPIPE && errno != ECONNRESET)
		die("send");
}

void http_post(struct http *http, int index, const char *path, const char *key, const char *body,
	       int64_t due_us)
{
	struct connection *connection = &http->connections[index];
	int len = snprintf(connection->request, sizeof(connection->request),
			   "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
			   "Content-Type: application/json\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
			   path, http->port, key ? "Idempotency-Key: " : "", key ? key : "",
			   key ? "\r\n" : "", strlen(body), body);

	connection->request_len = (size_t)len;
	connection->due_us = due_us;
	connection->busy = true;
	http->busy++;
	send_request(http, index);
}

int http_free(const struct http *http)
{
	for (int i = 0; i < http->count; i++)
		if (!http->connections[i].busy)
			return i;
	return -1;
}

int http_busy(const struct http *http)
{
	return http->busy;
}

static void ended(struct http *http, int index)
{
	struct connection *connection = &http->connections[index];

	close(connection->fd);
	connection->fd = -1;
	if (connection->busy)
		send_request(http, index);
}

/* True: the answer is whole and was given on. */
static bool finish(struct http *http, int index)
{
	struct connection *connection = &http->connections[index];
	struct http_answer answer;
	char *head_end, *length;

	connection->answer[connection->answer_len] = '\0';
	head_end = strstr(connection->answer, "\r\n\r\n");
	if (!head_end)
		return false;
	length = strstr(connection->answer, "Content-Length: ");
	if (!length || length > head_end || strncmp(connection->answer, "HTTP/1.1 ", 9)) {
		fprintf(stderr, "http: not understood: %.200s\n", connection->answer);
		exit(1);
	}
	answer.body = head_end + 4;
	answer.len = strtoul(length + 16, NULL, 10);
	if (connection->answer_len < (size_t)(answer.body - connection->answer) + answer.len)
		return false;
	answer.status = atoi(connection->answer + 9);
	answer.took_us = figures_now_us() - connection->due_us;
	connection->busy = false;
	http->busy--;
	if (http->asking)
		http->asked = answer.status;
	else
		http->fn(http->user, index, &answer);
	return true;
}

static bool receive(struct http *http, int index)
{
	struct connection *connection = &http->connections[index];
	ssize_t got = recv(connection->fd, connection->answer + connection->answer_len,
			   sizeof(connection->answer) - 1 - connection->answer_len, 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		ended(http, index);
		return false;
	}
	connection->answer_len += (size_t)got;
	return connection->busy && finish(http, index);
}

bool http_turn(struct http *http, int64_t until_us)
{
	struct epoll_event events[EVENTS];
	bool any = false;

	while (!any) {
		int64_t left_us = until_us - figures_now_us();
		struct timespec wait = {.tv_sec = left_us / 1000000,
					.tv_nsec = left_us % 1000000 * 1000};
		int count;

		if (left_us < 0)
			wait.tv_sec = wait.tv_nsec = 0;
		count = epoll_pwait2(http->epoll, events, EVENTS, &wait, NULL);
		for (int i = 0; i < count; i++)
			any |= receive(http, (int)events[i].data.u32);
		if (left_us <= 0)
			break;
	}
	return any;
}

int http_ask(struct http *http, const char *path, const char *body)
{
	http->asking = true;
	http_post(http, http_free(http), path, NULL, body, figures_now_us());
	while (!http_turn(http, figures_now_us() + 1000000))
		;
	http->asking = false;
	return http->asked;
}
