/* The HTTP server as the daemon sees it: one descriptor to poll, one function to run. libmicrohttpd
 * has no thread here; a request that changes the hall is suspended until the keeper answers. */
#include "src/web/internal.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

int64_t web_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

int web_open_reader(struct web *web, char ret_error[STORE_ERROR_SIZE])
{
	return web->reader ? 0 : store_reader_open(&web->reader, web->log_path, ret_error);
}

static int parse_address(const char *text, uint16_t port, union address *ret, socklen_t *ret_len)
{
	union address address = {0};

	if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(port);
		*ret_len = sizeof(address.v4);
	} else if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) == 1) {
		address.v6.sin6_family = AF_INET6;
		address.v6.sin6_port = htons(port);
		*ret_len = sizeof(address.v6);
	} else {
		return -EINVAL;
	}
	*ret = address;
	return 0;
}

/* Our own socket, because libmicrohttpd does not say why it cannot listen. */
static int open_socket(const char *text, uint16_t port, union address *ret_address)
{
	union address address;
	socklen_t len;
	int on = 1;
	int fd, r;

	r = parse_address(text, port, &address, &len);
	if (r < 0)
		return r;
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, &address.any, len) < 0 || listen(fd, 128) < 0 ||
	    getsockname(fd, &address.any, &len) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_address = address;
	return fd;
}

/* Paths and queries of this API need no escapes, and "%00" must not cut a path short. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	return strlen(text);
}

static void set_limits(struct web_limits *limits)
{
	if (limits->connections == 0)
		limits->connections = 256;
	if (limits->listeners == 0)
		limits->listeners = 200;
	if (limits->idle_seconds == 0)
		limits->idle_seconds = 15;
	if (limits->heartbeat_ms == 0)
		limits->heartbeat_ms = 10000;
	if (limits->queued_events == 0 || limits->queued_events > WEB_RING)
		limits->queued_events = WEB_RING;
	if (limits->request_ms == 0)
		limits->request_ms = 30000;
}

static int start_server(struct web *web, int fd)
{
	const struct web_limits *limits = &web->options.limits;

	web->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, web_on_request, web,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, web_on_completed, web,
		MHD_OPTION_NOTIFY_CONNECTION, web_on_connection, web, MHD_OPTION_CONNECTION_LIMIT,
		limits->connections, MHD_OPTION_CONNECTION_TIMEOUT, limits->idle_seconds,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_REQUEST_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_END);
	return web->daemon ? 0 : -ENOMEM;
}

static void on_event(void *user, const struct event *event, const struct hall *durable)
{
	(void)durable;
	events_publish(user, event);
}

int web_create(struct web **ret_web, const struct web_options *options)
{
	union address address;
	struct web *web;
	int fd, r;

	assert(options->keeper && options->now && options->token && options->log_path);
	web = calloc(1, sizeof(*web));
	if (!web)
		return -ENOMEM;
	web->options = *options;
	set_limits(&web->options.limits);
	TAILQ_INIT(&web->paces);
	events_create(web);
	web->log_path = strdup(options->log_path);
	if (!web->log_path) {
		r = -ENOMEM;
		goto err_free;
	}
	fd = open_socket(options->listen ? options->listen : "127.0.0.1", options->port, &address);
	if (fd < 0) {
		r = fd;
		goto err_free;
	}
	r = guard_create(web, &address.any);
	if (r == 0)
		r = start_server(web, fd);
	if (r < 0) {
		close(fd);
		goto err_free;
	}
	r = keeper_subscribe(options->keeper, on_event, web);
	if (r < 0)
		goto err_stop;
	*ret_web = web;
	return 0;

err_stop:
	MHD_stop_daemon(web->daemon);
err_free:
	free(web->log_path);
	free(web);
	return r;
}

void web_destroy(struct web *web)
{
	struct request *request;

	if (!web)
		return;
	web->stopping = true;
	keeper_forget(web->options.keeper, web);
	events_close_all(web);
	/* A suspended connection cannot be closed. */
	while ((request = web->waiting)) {
		keeper_forget(web->options.keeper, request);
		request_problem(request, PROBLEM_OUTCOME_UNKNOWN, "the server stops");
	}
	MHD_run(web->daemon);
	MHD_stop_daemon(web->daemon);
	events_free(web);
	if (web->reader)
		store_reader_close(web->reader);
	free(web->log_path);
	free(web);
}

uint16_t web_port(const struct web *web)
{
	return web->port;
}

int web_fd(const struct web *web)
{
	return MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int web_timeout_ms(struct web *web)
{
	MHD_UNSIGNED_LONG_LONG server;
	int64_t due_ms = pace_due_ms(web);
	int64_t wait = -1;

	if (web->due)
		return 0;
	if (web->listeners && web->heartbeat_ms < due_ms)
		due_ms = web->heartbeat_ms;
	if (due_ms != INT64_MAX) {
		wait = due_ms - web_clock_ms();
		if (wait <= 0)
			return 0;
	}
	if (MHD_get_timeout(web->daemon, &server) == MHD_YES &&
	    (wait < 0 || server < (MHD_UNSIGNED_LONG_LONG)wait))
		wait = server > 60000 ? 60000 : (int64_t)server;
	return (int)wait;
}

void web_run(struct web *web)
{
	web->due = false;
	events_heartbeat(web);
	pace_check(web);
	MHD_run(web->daemon);
}
