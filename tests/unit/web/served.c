/* See served.h. */
#include "tests/unit/web/served.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void on_now(void *user, struct stamp *ret_stamp)
{
	struct served *served = user;
	struct command command = kept_command(&served->kept, COMMAND_ISSUE);

	*ret_stamp = command.at;
}

static int on_token(void *user, char ret_token[CORE_TOKEN_SIZE])
{
	struct served *served = user;

	snprintf(ret_token, CORE_TOKEN_SIZE, "%032x", ++served->tokens);
	return 0;
}

static json_t *on_devices(void *user)
{
	(void)user;
	return json_pack("[{s:s, s:s}]", "id", "printer-1", "state", "ready");
}

static void on_metrics(void *user, web_append_fn append, void *out)
{
	(void)user;
	append(out, "onewindow_printer_up{printer=\"printer-1\"} 1\n");
}

bool served_try_start(struct served *served, const struct web_options *changes)
{
	struct web_options options = {0};
	int r;

	if (changes)
		options = *changes;
	options.log_path = served->kept.log;
	options.keeper = served->kept.keeper;
	options.user = served;
	options.now = on_now;
	options.token = on_token;
	options.devices = on_devices;
	options.metrics = on_metrics;
	r = web_create(&served->web, &options);
	if (r < 0 && r != -ENOMEM)
		fail_msg("web_create: %s", strerror(-r));
	return r == 0;
}

void served_start(struct served *served, const struct web_options *changes)
{
	assert_true(served_try_start(served, changes));
}

void served_stop(struct served *served)
{
	web_destroy(served->web);
	served->web = NULL;
}

void served_create(struct served *served, const struct web_limits *limits)
{
	struct web_options options = {0};

	memset(served, 0, sizeof(*served));
	kept_create(&served->kept);
	kept_define(&served->kept);
	kept_open_day(&served->kept, 20251125);
	if (limits)
		options.limits = *limits;
	served_start(served, &options);
}

void served_destroy(struct served *served)
{
	served_stop(served);
	kept_destroy(&served->kept);
}

uint64_t served_digest(const struct served *served)
{
	return hall_digest(keeper_hall(served->kept.keeper));
}

bool served_turn(struct served *served, int fd, short events)
{
	struct pollfd wait[3] = {
		{.fd = web_fd(served->web), .events = POLLIN},
		{.fd = served->kept.wake_fd, .events = POLLIN},
		{.fd = fd, .events = events},
	};
	int timeout = web_timeout_ms(served->web);
	eventfd_t count;
	int r, advanced;

	r = poll(wait, 3, timeout < 0 ? 30000 : timeout);
	assert_true(r >= 0);
	eventfd_read(served->kept.wake_fd, &count);
	advanced = keeper_advance(served->kept.keeper);
	assert_true(advanced == 0 || advanced == served->advanced);
	if (served->turned)
		served->turned(served);
	web_run(served->web);
	return r > 0 || timeout >= 0;
}

int served_connect(struct served *served)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(web_port(served->web)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		assert_int_equal(errno, EINPROGRESS);
	return fd;
}

/* False: the answer goes on until the connection ends. */
static bool is_complete(struct answer *answer, bool no_body)
{
	const char *end = strstr(answer->bytes, "\r\n\r\n");
	const char *length;

	if (!end)
		return false;
	answer->body_at = (size_t)(end - answer->bytes) + 4;
	if (sscanf(answer->bytes, "HTTP/1.%*d %u", &answer->status) != 1)
		fail_msg("no status line: %.80s", answer->bytes);
	if (answer->status == 100) {
		answer->len -= answer->body_at;
		memmove(answer->bytes, answer->bytes + answer->body_at, answer->len + 1);
		return is_complete(answer, no_body);
	}
	length = answer_header(answer, "Content-Length");
	return no_body || (*length && answer->len >= answer->body_at + strtoul(length, NULL, 10));
}

/* Until the server has read what was sent. */
static void settle(struct served *served)
{
	struct pollfd ready = {.fd = web_fd(served->web), .events = POLLIN};
	int turns;

	for (turns = 0; turns < 100; turns++) {
		if (poll(&ready, 1, 0) == 0 && web_timeout_ms(served->web) != 0)
			return;
		web_run(served->web);
	}
}

static size_t send_more(int fd, const char *bytes, size_t len)
{
	ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

	if (n >= 0)
		return (size_t)n;
	/* The server has heard enough: what it said is still to be read. */
	return errno == EAGAIN || errno == ENOTCONN ? 0 : len;
}

void served_raw(struct served *served, const char *bytes, size_t len, bool half, struct answer *ret)
{
	int fd = served_connect(served);
	size_t sent = 0;
	ssize_t n;

	ret->status = 0;
	ret->len = ret->body_at = 0;
	ret->bytes[0] = 0;
	for (;;) {
		if (sent < len) {
			sent += send_more(fd, bytes + sent, len - sent);
			if (sent == len && half) {
				settle(served);
				shutdown(fd, SHUT_WR);
			}
		}
		n = recv(fd, ret->bytes + ret->len, ANSWER_SIZE - ret->len, 0);
		if (n > 0) {
			ret->len += (size_t)n;
			ret->bytes[ret->len] = 0;
			if (is_complete(ret, strncmp(bytes, "HEAD ", 5) == 0))
				break;
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != ENOTCONN))
			break;
		if (!served_turn(served, fd, sent < len ? POLLIN | POLLOUT : POLLIN))
			fail_msg("no answer to: %.200s", bytes);
	}
	close(fd);
}

void served_get(struct served *served, const char *path, struct answer *ret)
{
	char request[1024];
	int len =
		snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
			 path, web_port(served->web));

	served_raw(served, request, (size_t)len, false, ret);
}

void served_post(struct served *served, const char *path, const char *body, const char *headers,
		 struct answer *ret)
{
	char *request;
	int len;

	len = asprintf(&request,
		       "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		       "Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n%s",
		       path, web_port(served->web), strlen(body), headers, body);
	assert_true(len > 0);
	served_raw(served, request, (size_t)len, false, ret);
	free(request);
}

const char *answer_body(const struct answer *answer)
{
	return answer->bytes + answer->body_at;
}

json_t *answer_json(const struct answer *answer)
{
	json_error_t error;
	json_t *json = json_loads(answer_body(answer), JSON_REJECT_DUPLICATES, &error);

	if (!json)
		fail_msg("no JSON: %s in %.300s", error.text, answer->bytes);
	return json;
}

const char *answer_header(const struct answer *answer, const char *name)
{
	static char value[512];
	const char *line = answer->bytes;
	size_t len = strlen(name);

	while ((line = strstr(line, "\r\n")) && line < answer->bytes + answer->body_at) {
		line += 2;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			line += len + 1;
			line += strspn(line, " ");
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\r"), line);
			return value;
		}
	}
	return "";
}

static json_t *expect_json(const struct answer *answer, const char *path, unsigned int status)
{
	if (answer->status != status)
		fail_msg("%s: %u, not %u: %s", path, answer->status, status, answer_body(answer));
	return answer_json(answer);
}

json_t *served_get_json(struct served *served, const char *path, unsigned int status)
{
	static struct answer answer;

	served_get(served, path, &answer);
	return expect_json(&answer, path, status);
}

json_t *served_post_json(struct served *served, const char *path, const char *body,
			 unsigned int status)
{
	static struct answer answer;

	served_post(served, path, body, "", &answer);
	return expect_json(&answer, path, status);
}

void answer_expect_problem(const struct answer *answer, unsigned int status, const char *code)
{
	static const char *const texts[] = {"type", "title", "title_zh", "detail"};
	json_t *json;
	size_t i;

	if (answer->status != status)
		fail_msg("%u %s, not %u %s", answer->status, answer_body(answer), status, code);
	assert_string_equal(answer_header(answer, "Content-Type"), "application/problem+json");
	json = answer_json(answer);
	assert_int_equal(json_integer_value(json_object_get(json, "status")), status);
	assert_string_equal(json_string_value(json_object_get(json, "code")), code);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_true(json_is_string(json_object_get(json, texts[i])));
	json_decref(json);
}

void stream_open(struct served *served, struct stream *stream, const char *path,
		 const char *headers)
{
	char request[1024];
	int len = snprintf(request, sizeof(request),
			   "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n", path,
			   web_port(served->web), headers);

	memset(stream, 0, sizeof(*stream));
	stream->in_head = true;
	stream->fd = served_connect(served);
	while (send(stream->fd, request, (size_t)len, MSG_NOSIGNAL) != len)
		assert_true(served_turn(served, stream->fd, POLLOUT));
}

/* Moves bytes from raw to text, taking off the head and the chunks' sizes. False: more is needed.
 */
static bool unwrap(struct stream *stream)
{
	char *at = stream->raw + stream->raw_at;
	char *end;
	size_t left = stream->raw_len - stream->raw_at;
	size_t n;

	if (stream->chunk > 0) {
		n = left < stream->chunk ? left : stream->chunk;
		memcpy(stream->text + stream->len, at, n);
		stream->len += n;
		stream->text[stream->len] = 0;
		stream->raw_at += n;
		stream->chunk -= n;
		return n > 0;
	}
	stream->raw[stream->raw_len] = 0;
	end = strstr(at, stream->in_head ? "\r\n\r\n" : "\r\n");
	if (!end)
		return false;
	if (stream->in_head) {
		assert_memory_equal(at, "HTTP/1.1 200 ", 13);
		assert_non_null(strstr(at, "Content-Type: text/event-stream\r\n"));
		assert_non_null(strstr(at, "Transfer-Encoding: chunked\r\n"));
		stream->in_head = false;
		stream->raw_at += (size_t)(end - at) + 4;
		return true;
	}
	stream->chunk = strtoul(at, NULL, 16);
	stream->raw_at += (size_t)(end - at) + 2;
	return true;
}

static void receive(struct served *served, struct stream *stream)
{
	ssize_t n;

	memmove(stream->raw, stream->raw + stream->raw_at, stream->raw_len - stream->raw_at);
	stream->raw_len -= stream->raw_at;
	stream->raw_at = 0;
	n = recv(stream->fd, stream->raw + stream->raw_len,
		 sizeof(stream->raw) - 1 - stream->raw_len, 0);
	if (n > 0)
		stream->raw_len += (size_t)n;
	else if (n == 0 || errno != EAGAIN)
		stream->ended = true;
	else
		assert_true(served_turn(served, stream->fd, POLLIN));
}

const char *stream_next(struct served *served, struct stream *stream)
{
	char *end;

	memmove(stream->text, stream->text + stream->at, stream->len - stream->at + 1);
	stream->len -= stream->at;
	stream->at = 0;
	while (!(end = strstr(stream->text, "\n\n"))) {
		if (unwrap(stream))
			continue;
		if (stream->ended)
			return NULL;
		receive(served, stream);
	}
	*end = 0;
	stream->at = (size_t)(end - stream->text) + 2;
	return stream->text;
}

const char *stream_next_event(struct served *served, struct stream *stream)
{
	const char *block;

	do
		block = stream_next(served, stream);
	while (block && (block[0] == ':' || strncmp(block, "id: ", 4) != 0));
	return block;
}

void stream_close(struct stream *stream)
{
	close(stream->fd);
}
