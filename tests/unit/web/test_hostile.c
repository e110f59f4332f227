/* Requests that nobody should send: a thousand made from a seed and a table of known tricks. What
 * is HTTP is refused with a problem, what is none is refused bare or the connection ends; the hall
 * is as it was before, and the server goes on. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/web/served.h"

enum { ROUNDS = 1000, REQUEST_SIZE = 131072, SEED = 20251125 };

static struct served *served;
static struct answer answer;
static uint64_t random_state = SEED;

static struct {
	size_t len;
	char bytes[REQUEST_SIZE];
} out;

/* SplitMix64. */
static uint64_t draw(uint64_t below)
{
	uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % below;
}

static void post_once(const char *path, const char *body)
{
	served_post(served, path, body, "", &answer);
	if (answer.status >= 300)
		fail_msg("%s: %s", path, answer_body(&answer));
}

/* Tickets in several states, and then a closed day: no issue, call or transfer can succeed. */
static void create(const struct web_limits *limits)
{
	served = calloc(1, sizeof(*served));
	served_create(served, limits);
	post_once("/api/v1/tickets", "{\"queue\":\"general\"}");
	post_once("/api/v1/tickets", "{\"queue\":\"general\"}");
	post_once("/api/v1/tickets", "{\"queue\":\"issue\"}");
	post_once("/api/v1/windows/1/call-next", "{}");
	post_once("/api/v1/windows/1/start", "{}");
	post_once("/api/v1/windows/2/call-next", "{}");
	post_once("/api/v1/day/close", "{}");
}

static int setup(void **state)
{
	(void)state;
	create(NULL);
	return 0;
}

static int setup_small(void **state)
{
	static const struct web_limits limits = {.connections = 3, .idle_seconds = 1};

	(void)state;
	create(&limits);
	return 0;
}

/* Traffic alone keeps nobody here: the deadline does what the idle time would never do. */
static int setup_hurried(void **state)
{
	static const struct web_limits limits = {.idle_seconds = 600, .request_ms = 200};

	(void)state;
	create(&limits);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	served_destroy(served);
	free(served);
	return 0;
}

static void put(const char *text)
{
	size_t len = strlen(text);

	assert_true(out.len + len < REQUEST_SIZE);
	memcpy(out.bytes + out.len, text, len + 1);
	out.len += len;
}

static void put_many(const char *text, uint64_t times)
{
	while (times-- > 0)
		put(text);
}

static void put_byte(uint64_t byte)
{
	out.bytes[out.len++] = (char)byte;
	out.bytes[out.len] = 0;
}

static const char *pick(const char *const list[], size_t count)
{
	return list[draw(count)];
}
#define PICK(list) pick(list, sizeof(list) / sizeof((list)[0]))

/* Refused whatever a well-formed body says, because the day is closed. */
static const char *const closed_paths[] = {
	"/api/v1/tickets",
	"/api/v1/windows/1/call-next",
	"/api/v1/windows/1/recall",
	"/api/v1/windows/2/finish",
	"/api/v1/windows/2/resume",
	"/api/v1/windows/1/transfer",
	"/api/v1/windows/1/cancel",
	"/api/v1/day/close",
	"/api/v1/tickets/00000000000000000000000000000002/cancel",
	"/api/v1/tickets/00000000000000000000000000000003/transfer",
};
static const char *const other_paths[] = {
	"/api/v1/windows/1/pause",
	"/api/v1/windows/2/sign-in",
	"/api/v1/day/open",
	"/api/v1/tickets/00000000000000000000000000000001/reprint",
};
static const char *const bodies[] = {
	"{\"queue\":\"general\",\"class\":\"priority\",\"print\":true}",
	"{\"ticket\":\"A002\"}",
	"{\"queue\":\"issue\"}",
	"{\"item\":\"id-card\",\"case_ref\":\"\xe6\xa1\x88 7\",\"pre_reviewed\":false}",
	"{\"date\":\"2025-11-26\",\"operator_word\":true}",
};

static void put_host(void)
{
	char host[64];

	snprintf(host, sizeof(host), "Host: 127.0.0.1:%u\r\n", web_port(served->web));
	put(host);
}

/* A head for the body that follows; its length is filled in by end_body(). */
static size_t begin_post(const char *path)
{
	put("POST ");
	put(path);
	put(" HTTP/1.1\r\n");
	put_host();
	put("Content-Type: application/json\r\nContent-Length: 000000\r\n\r\n");
	return out.len;
}

static void end_body(size_t start)
{
	char length[8];

	snprintf(length, sizeof(length), "%06zu", out.len - start);
	memcpy(out.bytes + start - 10, length, 6);
}

static void make_garbage_body(void)
{
	size_t start = begin_post(draw(2) ? PICK(closed_paths) : PICK(other_paths));
	uint64_t n = 1 + draw(3000);

	/* No byte of it can begin an object. */
	put_byte(draw(2) ? 0x80 + draw(128) : 'a' + draw(26));
	while (n-- > 0)
		put_byte(draw(256));
	end_body(start);
}

static void make_mutated_body(void)
{
	size_t start = begin_post(PICK(closed_paths));
	uint64_t n = 1 + draw(4);

	put(PICK(bodies));
	while (n-- > 0 && out.len > start)
		out.bytes[start + draw(out.len - start)] = (char)draw(256);
	if (draw(3) == 0)
		out.len = start + 1 + draw(out.len - start);
	end_body(start);
}

static void make_deep_body(void)
{
	static const char *const opens[] = {"[", "{\"a\":", "[[", "{\"queue\":["};
	size_t start = begin_post(draw(2) ? PICK(closed_paths) : PICK(other_paths));

	put("{\"queue\":");
	put_many(PICK(opens), 1 + draw(1500));
	if (draw(2))
		put_many("]", draw(3000));
	end_body(start);
}

static void make_huge_body(void)
{
	static const char *const pieces[] = {"a", "\\u597d", "\xe5\xa5\xbd", "\\\"", " "};
	size_t start = begin_post(draw(2) ? PICK(closed_paths) : PICK(other_paths));

	put(draw(2) ? "{\"" : "{\"clerk\":\"x");
	put_many(PICK(pieces), 40 + draw(10000));
	put(draw(2) ? "\":1}" : "\"}");
	end_body(start);
}

static void make_nul_body(void)
{
	size_t start = begin_post(draw(2) ? PICK(closed_paths) : PICK(other_paths));

	if (draw(2)) {
		put("{\"clerk\":\"a\\u0000b\",\"queue\":\"a\\u0000b\"}");
	} else {
		put("{\"queue\":\"general\"");
		put_byte(0);
		put("}");
	}
	end_body(start);
}

static void make_wrong_type(void)
{
	static const char *const names[] = {"queue",  "item",	  "class",	   "clerk", "print",
					    "ticket", "case_ref", "operator_word", "date",  "x"};
	static const char *const values[] = {"null",  "[]",   "{}",
					     "1e999", "-1",   "99999999999999999999",
					     "0.5",   "\"\"", "[\"\"]",
					     "-0",    "1e5"};
	size_t start = begin_post(draw(2) ? PICK(closed_paths) : "/api/v1/windows/2/sign-in");
	uint64_t n = 1 + draw(3);

	put("{");
	while (n-- > 0) {
		put("\"");
		put(PICK(names));
		put("\":");
		put(PICK(values));
		put(n > 0 ? "," : "}");
	}
	end_body(start);
}

static void make_wrong_method(void)
{
	static const char *const methods[] = {"PUT",  "DELETE",	 "PATCH", "OPTIONS",
					      "BREW", "CONNECT", "get",	  "POSTX"};

	put(PICK(methods));
	put(" ");
	put(draw(2) ? PICK(closed_paths) : PICK(other_paths));
	put(" HTTP/1.1\r\n");
	put_host();
	put("\r\n");
}

static void make_bad_path(void)
{
	static const char *const pieces[] = {"/",  "..",   "%00",  "%2e",     "api", "v1",
					     "//", "hall", ";",	   "tickets", "%",   "\\",
					     "~",  "*",	   "\xff", "windows", "1",   "%c0%af"};
	uint64_t n = 1 + draw(400);

	put(draw(2) ? "GET /x" : "POST /x");
	while (n-- > 0)
		put(PICK(pieces));
	put(" HTTP/1.1\r\n");
	put_host();
	put("Content-Type: application/json\r\nContent-Length: 0\r\n\r\n");
}

static void make_bad_header(void)
{
	static const char *const headers[] = {
		"Host: evil.example\r\nContent-Type: application/json\r\n",
		"Host: 127.0.0.1:99999\r\nContent-Type: application/json\r\n",
		"Host: 127.0.0.1@evil\r\nContent-Type: application/json\r\n",
		"Host: [::1\r\nContent-Type: application/json\r\n",
		"Host: :\r\nContent-Type: text/json\r\n",
		"Host: ]:\r\nContent-Type: application/json\r\n",
	};
	uint64_t n = draw(8000);

	put("POST ");
	put(draw(2) ? PICK(closed_paths) : PICK(other_paths));
	put(" HTTP/1.1\r\n");
	put(PICK(headers));
	put("X-Filler: ");
	while (n-- > 0)
		put_byte(' ' + 1 + draw(94));
	put("\r\nContent-Length: 2\r\n\r\n{}");
}

/* Below here: no HTTP, or half of it. */
static void make_noise(void)
{
	uint64_t n = 1 + draw(4000);

	while (n-- > 0)
		put_byte(draw(256));
}

static void make_half(void)
{
	size_t start = begin_post(draw(2) ? PICK(closed_paths) : PICK(other_paths));

	put(PICK(bodies));
	end_body(start);
	out.len = 1 + draw(out.len - 1);
}

struct maker {
	void (*make)(void);
	bool http; /* refused with a problem */
	bool half; /* and then the client ends its side */
};

static const struct maker makers[] = {
	{make_garbage_body, true, false}, {make_mutated_body, true, false},
	{make_deep_body, true, false},	  {make_huge_body, true, false},
	{make_nul_body, true, false},	  {make_wrong_type, true, false},
	{make_wrong_method, true, false}, {make_bad_path, true, false},
	{make_bad_header, true, false},	  {make_noise, false, true},
	{make_half, false, true},
};

static void expect_refused(const char *what, bool http)
{
	json_t *json;

	if (!http && (answer.status == 0 || (answer.status >= 400 && answer.status < 600)))
		return;
	if (answer.status < 400 || answer.status >= 500 ||
	    strcmp(answer_header(&answer, "Content-Type"), "application/problem+json") != 0)
		fail_msg("%s: %.400s\n--> %u %.400s", what, out.bytes, answer.status, answer.bytes);
	json = answer_json(&answer);
	assert_int_equal(json_integer_value(json_object_get(json, "status")), answer.status);
	assert_true(json_is_string(json_object_get(json, "code")));
	json_decref(json);
}

static void test_thousand_requests(void **state)
{
	uint64_t digest = served_digest(served);
	const struct maker *maker;
	char what[64];
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		maker = &makers[draw(sizeof(makers) / sizeof(makers[0]))];
		out.len = 0;
		maker->make();
		served_raw(served, out.bytes, out.len, maker->half, &answer);
		snprintf(what, sizeof(what), "request %d, maker %d", i, (int)(maker - makers));
		expect_refused(what, maker->http);
		if (served_digest(served) != digest)
			fail_msg("%s changed the hall: %.400s", what, out.bytes);
	}
	served_get(served, "/healthz", &answer);
	assert_int_equal(answer.status, 200);
}

#define POST_TICKET "POST /api/v1/tickets HTTP/1.1\r\n"
#define HOST	    "Host: 127.0.0.1:@\r\n"
#define JSON	    "Content-Type: application/json\r\n"

static void test_known_tricks(void **state)
{
	static const struct {
		const char *request;
		bool http;
	} rows[] = {
		{"GET\r\n\r\n", false},
		{"GET /healthz\r\n\r\n", false},
		{"\r\n\r\n\r\n\r\n", false},
		{"GET /healthz HTTP/9.9\r\n" HOST "\r\n", false},
		{"GET /healthz HTTP/1.1\r\n\r\n", false},
		{"GET  HTTP/1.1\r\n" HOST "\r\n", false},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false},
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", false},
		{POST_TICKET HOST JSON "Content-Length: -1\r\n\r\n", false},
		{POST_TICKET HOST JSON "Content-Length: x\r\n\r\n", false},
		{POST_TICKET HOST JSON "Content-Length: 18446744073709551616\r\n\r\n", false},
		{POST_TICKET HOST JSON "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
		 false},
		{POST_TICKET HOST JSON
		 "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
		 false},
		{POST_TICKET HOST JSON "Content-Length: 50\r\n\r\n{}", false},
		{POST_TICKET HOST JSON "Content-Length: 2\r\n\r\n", false},
		{"POST http://evil.example/api/v1/tickets HTTP/1.1\r\n" HOST JSON
		 "Content-Length: 2\r\n\r\n{}",
		 true},
		{"GET /healthz HTTP/1.0\r\n\r\n", true},
		{"POST /api/v1/tickets?queue=general HTTP/1.1\r\n" HOST JSON
		 "Content-Length: 2\r\n\r\n{}",
		 true},
		{POST_TICKET HOST "Content-Type: multipart/form-data; boundary=x\r\n"
				  "Content-Length: 2\r\n\r\n{}",
		 true},
		{POST_TICKET HOST JSON "Content-Length: 0\r\n\r\n", true},
		{"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", true},
	};
	uint64_t digest = served_digest(served);
	const char *at;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char port[8];

		snprintf(port, sizeof(port), "%u", web_port(served->web));
		out.len = 0;
		for (at = rows[i].request; *at; at++) {
			if (*at == '@')
				put(port);
			else
				put_byte((unsigned char)*at);
		}
		served_raw(served, out.bytes, out.len, !rows[i].http, &answer);
		expect_refused("trick", rows[i].http);
		assert_true(served_digest(served) == digest);
	}
}

/* More headers than a connection has memory for. */
static void test_endless_headers(void **state)
{
	uint64_t digest = served_digest(served);

	(void)state;
	out.len = 0;
	put(POST_TICKET);
	put_host();
	put_many("X-Filler: 0123456789012345678901234567890123456789\r\n", 1500);
	put("Content-Length: 2\r\n\r\n{}");
	served_raw(served, out.bytes, out.len, true, &answer);
	expect_refused("headers", false);
	out.len = 0;
	put("GET /");
	put_many("a", 100000);
	served_raw(served, out.bytes, out.len, true, &answer);
	expect_refused("path", false);
	assert_true(served_digest(served) == digest);
}

/* Connections that say nothing, or half of something, hold their places for a second only. */
static void test_idle_connections_make_room(void **state)
{
	static const char half[] = "POST /api/v1/tickets HTTP/1.1\r\nHost: localh";
	int fds[3], i;
	char byte;

	(void)state;
	for (i = 0; i < 3; i++)
		fds[i] = served_connect(served);
	assert_true(served_turn(served, -1, 0));
	assert_true(send(fds[1], half, sizeof(half) - 1, MSG_NOSIGNAL) > 0);
	served_get(served, "/healthz", &answer);
	assert_int_equal(answer.status, 200);
	for (i = 0; i < 3; i++) {
		while (recv(fds[i], &byte, 1, 0) > 0)
			;
		close(fds[i]);
	}
}

/* Sends the start, and then a byte at a time for as long as the server listens. */
static void trickle(const char *start, char byte)
{
	int fd = served_connect(served), bytes = 0;
	ssize_t n;
	char got;

	assert_true(served_turn(served, fd, POLLOUT));
	assert_true(send(fd, start, strlen(start), MSG_NOSIGNAL) > 0);
	do {
		n = send(fd, &byte, 1, MSG_NOSIGNAL);
		poll(NULL, 0, 2);
		served_turn(served, -1, 0);
		if (n > 0)
			n = recv(fd, &got, 1, 0);
		/* Far more bytes than the deadline has room for, and less than the limits. */
		if (bytes++ > 10000)
			fail_msg("still there: %s", start);
	} while (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
	assert_true(n <= 0);
	close(fd);
}

static void test_trickle(void **state)
{
	uint64_t digest = served_digest(served);
	char post[256];

	(void)state;
	trickle("GET /healthz HTTP/1.1\r\nX-Filler: ", 'a');
	snprintf(post, sizeof(post),
		 POST_TICKET JSON "Host: 127.0.0.1:%u\r\nContent-Length: 15000\r\n\r\n",
		 web_port(served->web));
	trickle(post, ' ');
	assert_true(served_digest(served) == digest);
	served_get(served, "/metrics", &answer);
	assert_non_null(strstr(answer.bytes, "\nonewindow_http_slow_ended_total 2\n"));
	assert_non_null(strstr(answer.bytes, "\nonewindow_http_connections 1\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_thousand_requests, setup, teardown),
		cmocka_unit_test_setup_teardown(test_known_tricks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_endless_headers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle_connections_make_room, setup_small,
						teardown),
		cmocka_unit_test_setup_teardown(test_trickle, setup_hurried, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
