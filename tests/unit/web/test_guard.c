/* Who may ask, and what becomes of a request that is asked twice: tables of Host, Origin,
 * Content-Type and Idempotency-Key, methods, and answers of a log that takes no writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/web/served.h"

static struct served *served;
static struct answer answer;

static int setup(void **state)
{
	(void)state;
	served = calloc(1, sizeof(*served));
	served_create(served, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	served_destroy(served);
	free(served);
	return 0;
}

/* "@" in a template becomes the port. */
static void ask(const char *template)
{
	char request[4096];
	size_t len = 0;

	for (; *template; template ++) {
		assert_true(len + 8 < sizeof(request));
		if (*template == '@')
			len += (size_t)sprintf(request + len, "%u", web_port(served->web));
		else
			request[len++] = *template;
	}
	request[len] = 0;
	served_raw(served, request, len, false, &answer);
}

#define BODY                                                                                       \
	"Content-Length: 19\r\n\r\n"                                                               \
	"{\"queue\":\"general\"}"
#define JSON "Content-Type: application/json\r\n"

static void test_headers(void **state)
{
	static const struct {
		const char *headers;
		unsigned int status;
		const char *code;
	} rows[] = {
		{"Host: 127.0.0.1:@\r\n" JSON, 201, ""},
		{"Host: localhost:@\r\n" JSON, 201, ""},
		{"Host: LOCALHOST:@\r\n" JSON, 201, ""},
		{"Host: 127.0.0.1\r\n" JSON, 403, "host-not-allowed"},
		{"Host: 127.0.0.1:1\r\n" JSON, 403, "host-not-allowed"},
		{"Host: 127.0.0.1:@1\r\n" JSON, 403, "host-not-allowed"},
		{"Host: evil.example:@\r\n" JSON, 403, "host-not-allowed"},
		{"Host: localhost.evil.example:@\r\n" JSON, 403, "host-not-allowed"},
		{"Host: [::1]:@\r\n" JSON, 403, "host-not-allowed"},
		{"Host: \r\n" JSON, 403, "host-not-allowed"},
		{"Host: 127.0.0.1:@\r\nHost: 127.0.0.1:@\r\n" JSON, 400, "bad-header"},
		{"Host: localhost:@\r\nOrigin: http://localhost:@\r\n" JSON, 201, ""},
		{"Host: 127.0.0.1:@\r\nOrigin: http://127.0.0.1:@\r\n" JSON, 201, ""},
		{"Host: 127.0.0.1:@\r\nOrigin: http://localhost:@\r\n" JSON, 403,
		 "origin-not-allowed"},
		{"Host: localhost:@\r\nOrigin: https://localhost:@\r\n" JSON, 403,
		 "origin-not-allowed"},
		{"Host: localhost:@\r\nOrigin: http://evil.example\r\n" JSON, 403,
		 "origin-not-allowed"},
		{"Host: localhost:@\r\nOrigin: null\r\n" JSON, 403, "origin-not-allowed"},
		{"Host: localhost:@\r\nOrigin: http://localhost:@\r\nOrigin: x\r\n" JSON, 400,
		 "bad-header"},
		{"Host: localhost:@\r\nContent-Type: application/json; charset=utf-8\r\n", 201, ""},
		{"Host: localhost:@\r\nContent-Type: Application/JSON;charset=UTF-8\r\n", 201, ""},
		{"Host: localhost:@\r\n", 415, "content-type"},
		{"Host: localhost:@\r\nContent-Type: text/plain\r\n", 415, "content-type"},
		{"Host: localhost:@\r\nContent-Type: application/jsonx\r\n", 415, "content-type"},
		{"Host: localhost:@\r\nContent-Type: application/json, text/plain\r\n", 415,
		 "content-type"},
		{"Host: localhost:@\r\nContent-Type: application/json; charset=gbk\r\n", 415,
		 "content-type"},
		{"Host: localhost:@\r\nContent-Type: application/x-www-form-urlencoded\r\n", 415,
		 "content-type"},
		{"Host: localhost:@\r\n" JSON JSON, 400, "bad-header"},
	};
	char request[2048];
	size_t i, tickets = 0;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(request, sizeof(request), "POST /api/v1/tickets HTTP/1.1\r\n%s" BODY,
			 rows[i].headers);
		ask(request);
		if (rows[i].status == 201) {
			assert_int_equal(answer.status, 201);
			tickets++;
		} else {
			answer_expect_problem(&answer, rows[i].status, rows[i].code);
		}
		assert_int_equal(hall_ticket_count(keeper_hall(served->kept.keeper)), tickets);
	}
}

/* A name that was bound to our address reads nothing either; a foreign Origin alone may. */
static void test_reads(void **state)
{
	(void)state;
	ask("GET /api/v1/tickets HTTP/1.1\r\nHost: evil.example:@\r\n\r\n");
	answer_expect_problem(&answer, 403, "host-not-allowed");
	ask("GET /api/v1/events HTTP/1.1\r\nHost: evil.example:@\r\n\r\n");
	answer_expect_problem(&answer, 403, "host-not-allowed");
	ask("GET /api/v1/hall HTTP/1.1\r\nHost: localhost:@\r\nOrigin: http://other\r\n\r\n");
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer_header(&answer, "Access-Control-Allow-Origin"), "");
}

static void test_further_hosts(void **state)
{
	static const char *const hosts[] = {"Hall.example", "proxy.example:8443", NULL};
	struct web_options options = {.hosts = hosts};

	(void)state;
	served_stop(served);
	served_start(served, &options);
	ask("GET /healthz HTTP/1.1\r\nHost: hall.example:@\r\n\r\n");
	assert_int_equal(answer.status, 200);
	ask("GET /healthz HTTP/1.1\r\nHost: proxy.example:8443\r\n\r\n");
	assert_int_equal(answer.status, 200);
	ask("GET /healthz HTTP/1.1\r\nHost: proxy.example:@\r\n\r\n");
	answer_expect_problem(&answer, 403, "host-not-allowed");
	ask("GET /healthz HTTP/1.1\r\nHost: other.example:@\r\n\r\n");
	answer_expect_problem(&answer, 403, "host-not-allowed");
}

/* Listening everywhere: the numeric address that was reached is fine, no other is. */
static void test_any_address(void **state)
{
	struct web_options options = {.listen = "0.0.0.0"};

	(void)state;
	served_stop(served);
	served_start(served, &options);
	ask("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:@\r\n\r\n");
	assert_int_equal(answer.status, 200);
	ask("GET /healthz HTTP/1.1\r\nHost: 127.0.0.2:@\r\n\r\n");
	answer_expect_problem(&answer, 403, "host-not-allowed");
	ask("GET /healthz HTTP/1.1\r\nHost: 0.0.0.0:@\r\n\r\n");
	answer_expect_problem(&answer, 403, "host-not-allowed");
}

static void test_methods(void **state)
{
	static const struct {
		const char *method, *path, *allow;
	} rows[] = {
		{"GET", "/api/v1/windows/1/call-next", "POST"},
		{"PUT", "/api/v1/tickets", "GET, HEAD, POST"},
		{"DELETE", "/api/v1/tickets/00000000000000000000000000000001", "GET, HEAD"},
		{"OPTIONS", "/api/v1/tickets", "GET, HEAD, POST"},
		{"PATCH", "/api/v1/hall", "GET, HEAD"},
		{"POST", "/api/v1/events", "GET"},
		{"HEAD", "/api/v1/day/open", "POST"},
		{"TRACE", "/healthz", "GET, HEAD"},
		{"BREW", "/metrics", "GET, HEAD"},
	};
	static const char *const nowhere[] = {
		"/",
		"/api",
		"/api/v1",
		"/api/v1/",
		"/api/v2/hall",
		"/api/v1/hall/",
		"//api/v1/hall",
		"/api/v1/windows/1",
		"/api/v1/windows//call-next",
		"/api/v1/windows/1/call-next/x",
		"/api/v1/tickets/",
		"/api/v1/tickets/a/b",
		"/API/v1/hall",
		"/healthz%00",
		"/api/v1/%68all",
		"/../healthz",
	};
	char request[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: localhost:@\r\n\r\n",
			 rows[i].method, rows[i].path);
		ask(request);
		assert_int_equal(answer.status, 405);
		assert_string_equal(answer_header(&answer, "Allow"), rows[i].allow);
		if (strcmp(rows[i].method, "HEAD") != 0)
			answer_expect_problem(&answer, 405, "method-not-allowed");
	}
	for (i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		served_get(served, nowhere[i], &answer);
		answer_expect_problem(&answer, 404, "not-found");
	}
}

static void test_queries(void **state)
{
	static const char *const paths[] = {
		"/api/v1/hall?x=1",	 "/api/v1/tickets?limit=0",
		"/api/v1/tickets?x=1",	 "/api/v1/tickets?limit=501",
		"/api/v1/tickets?after", "/api/v1/tickets?after=-1",
		"/healthz?verbose",	 "/api/v1/tickets?after=99999999999999999999",
		"/api/v1/events?x=1",	 "/api/v1/events?after=",
		"/metrics?x=1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		served_get(served, paths[i], &answer);
		answer_expect_problem(&answer, 400, "bad-query");
	}
	served_post(served, "/api/v1/tickets?queue=general", "{\"queue\":\"general\"}", "",
		    &answer);
	answer_expect_problem(&answer, 400, "bad-query");
	served_post(served, "/api/v1/windows/1/pause?x", "", "", &answer);
	answer_expect_problem(&answer, 400, "bad-query");
}

static void issue(const char *body, const char *key)
{
	char header[256];

	snprintf(header, sizeof(header), "Idempotency-Key: %s\r\n", key);
	served_post(served, "/api/v1/tickets", body, header, &answer);
}

static void test_repeated_request(void **state)
{
	char first[4096];
	int i;

	(void)state;
	issue("{\"queue\":\"general\"}", "kiosk-7:42");
	assert_int_equal(answer.status, 201);
	assert_string_equal(answer_header(&answer, "Idempotency-Replayed"), "");
	snprintf(first, sizeof(first), "%s", answer_body(&answer));
	for (i = 0; i < 2; i++) {
		issue("{\"queue\":\"general\"}", "kiosk-7:42");
		assert_int_equal(answer.status, 201);
		assert_string_equal(answer_header(&answer, "Idempotency-Replayed"), "true");
		assert_string_equal(answer_body(&answer), first);
		/* Once more on a server and a log that were opened anew. */
		served_stop(served);
		kept_close(&served->kept);
		kept_open(&served->kept);
		served_start(served, NULL);
	}
	issue("{\"queue\": \"general\"}", "kiosk-7:42");
	answer_expect_problem(&answer, 409, "idempotency-conflict");
	served_post(served, "/api/v1/windows/1/call-next", "{\"queue\":\"general\"}",
		    "Idempotency-Key: kiosk-7:42\r\n", &answer);
	answer_expect_problem(&answer, 400, "unknown-field");
	served_post(served, "/api/v1/windows/1/call-next", "{}", "Idempotency-Key: kiosk-7:42\r\n",
		    &answer);
	answer_expect_problem(&answer, 409, "idempotency-conflict");
	/* The same body at another address is another request. */
	served_post(served, "/api/v1/windows/1/pause", "{}", "Idempotency-Key: p\r\n", &answer);
	assert_int_equal(answer.status, 200);
	served_post(served, "/api/v1/windows/2/pause", "{}", "Idempotency-Key: p\r\n", &answer);
	answer_expect_problem(&answer, 409, "idempotency-conflict");
	assert_int_equal(hall_ticket_count(keeper_hall(served->kept.keeper)), 1);
}

/* The ticket's number is not known any more, the id still is. */
static void test_repeat_on_the_next_day(void **state)
{
	char first[4096];

	(void)state;
	issue("{\"queue\":\"general\"}", "a");
	served_post(served, "/api/v1/windows/1/cancel", "{\"ticket\":\"A001\"}",
		    "Idempotency-Key: b\r\n", &answer);
	assert_int_equal(answer.status, 200);
	snprintf(first, sizeof(first), "%s", answer_body(&answer));
	served_post(served, "/api/v1/day/close", "{}", "", &answer);
	served_post(served, "/api/v1/day/open", "{\"date\":\"2025-11-26\"}", "", &answer);
	assert_int_equal(answer.status, 200);
	served_post(served, "/api/v1/windows/1/cancel", "{\"ticket\":\"A001\"}",
		    "Idempotency-Key: b\r\n", &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer_body(&answer), first);
}

static void test_bad_keys(void **state)
{
	static const char good[] = "0123456789abcdef0123456789abcdef0123456789abcdef"
				   "0123456789abcdef0123456789abcdef0123456789abcdef"; /* 96 */
	char longer[128];

	(void)state;
	issue("{\"queue\":\"general\"}", good);
	assert_int_equal(answer.status, 201);
	snprintf(longer, sizeof(longer), "%sx", good);
	issue("{\"queue\":\"general\"}", longer);
	answer_expect_problem(&answer, 400, "bad-idempotency-key");
	issue("{\"queue\":\"general\"}", "a b");
	answer_expect_problem(&answer, 400, "bad-idempotency-key");
	issue("{\"queue\":\"general\"}", "");
	answer_expect_problem(&answer, 400, "bad-idempotency-key");
	issue("{\"queue\":\"general\"}", "\xe5\x8f\xb7");
	answer_expect_problem(&answer, 400, "bad-idempotency-key");
	issue("{\"queue\":\"general\"}", "a\r\nIdempotency-Key: b");
	answer_expect_problem(&answer, 400, "bad-header");
	assert_int_equal(hall_ticket_count(keeper_hall(served->kept.keeper)), 1);
}

static void test_bodies(void **state)
{
	static const struct {
		const char *body, *code, *names;
	} rows[] = {
		{"[]", "bad-json", ""},
		{"\"general\"", "bad-json", ""},
		{"{\"queue\":\"general\"", "bad-json", ""},
		{"{\"queue\":\"general\"}x", "bad-json", ""},
		{"{\"queue\":\"general\",\"queue\":\"issue\"}", "bad-json", ""},
		{"{\"queue\":\"a\\u0000b\"}", "bad-json", ""},
		{"{\"queue\":\"\xff\"}", "bad-json", ""},
		{"{\"que\":\"general\"}", "unknown-field", "que"},
		{"{\"queue\":\"general\",\"token\":\"x\"}", "unknown-field", "token"},
		{"{\"queue\":1}", "bad-field", "queue"},
		{"{\"queue\":null}", "bad-field", "queue"},
		{"{\"queue\":\"0123456789012345678901234567890x\"}", "bad-field", "queue"},
		{"{\"queue\":\"general\",\"class\":\"vip\"}", "bad-field", "class"},
		{"{\"queue\":\"general\",\"class\":1}", "bad-field", "class"},
		{"{\"queue\":\"general\",\"origin\":\"moon\"}", "bad-field", "origin"},
		{"{\"queue\":\"general\",\"print\":\"yes\"}", "bad-field", "print"},
		{"{\"queue\":\"general\",\"pre_reviewed\":1}", "bad-field", "pre_reviewed"},
		{"{\"queue\":\"general\",\"case_ref\":\"a\\nb\"}", "bad-field", "case_ref"},
	};
	uint64_t digest = served_digest(served);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		served_post(served, "/api/v1/tickets", rows[i].body, "", &answer);
		answer_expect_problem(&answer, 400, rows[i].code);
		assert_non_null(strstr(answer_body(&answer), rows[i].names));
	}
	served_post(served, "/api/v1/windows/1/resume", "{}", "", &answer);
	answer_expect_problem(&answer, 400, "bad-field");
	served_post(served, "/api/v1/windows/1/resume", "{\"ticket\":0}", "", &answer);
	answer_expect_problem(&answer, 400, "bad-field");
	served_post(served, "/api/v1/windows/1/finish", "{\"ticket\":1}", "", &answer);
	answer_expect_problem(&answer, 400, "unknown-field");
	served_post(served, "/api/v1/day/open", "{\"date\":20251126}", "", &answer);
	answer_expect_problem(&answer, 400, "bad-field");
	assert_true(served_digest(served) == digest);
}

static void post_sized(size_t size)
{
	char *body = malloc(size + 1);

	memset(body, ' ', size);
	memcpy(body, "{\"queue\":\"general\"}", 19);
	body[size] = 0;
	served_post(served, "/api/v1/tickets", body, "", &answer);
	free(body);
}

static void test_body_sizes(void **state)
{
	(void)state;
	post_sized(16384);
	assert_int_equal(answer.status, 201);
	post_sized(16385);
	answer_expect_problem(&answer, 413, "body-too-large");
	post_sized(200000);
	answer_expect_problem(&answer, 413, "body-too-large");
	ask("POST /api/v1/tickets HTTP/1.1\r\nHost: localhost:@\r\n" JSON
	    "Content-Length: 99999999999\r\n\r\n");
	answer_expect_problem(&answer, 413, "body-too-large");
	ask("POST /api/v1/tickets HTTP/1.1\r\nHost: localhost:@\r\n" JSON
	    "Transfer-Encoding: chunked\r\n\r\n13\r\n{\"queue\":\"general\"}\r\n0\r\n\r\n");
	assert_int_equal(answer.status, 201);
	assert_int_equal(hall_ticket_count(keeper_hall(served->kept.keeper)), 2);
}

/* An answer that waits for the disk when the server stops is not lost from the log. */
static void test_stop_with_a_request_waiting(void **state)
{
	char request[512];
	int fd, len, turns;

	(void)state;
	fd = served_connect(served);
	len = snprintf(request, sizeof(request),
		       "POST /api/v1/tickets HTTP/1.1\r\nHost: localhost:%u\r\n" JSON BODY,
		       web_port(served->web));
	for (turns = 0; turns < 1000 && keeper_idle(served->kept.keeper); turns++) {
		if (len > 0 && send(fd, request, (size_t)len, MSG_NOSIGNAL) == len)
			len = 0;
		web_run(served->web);
	}
	assert_false(keeper_idle(served->kept.keeper));
	served_stop(served);
	kept_pump(&served->kept);
	assert_int_equal(hall_ticket_count(keeper_hall(served->kept.keeper)), 1);
	close(fd);
	served_start(served, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_headers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_further_hosts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_any_address, setup, teardown),
		cmocka_unit_test_setup_teardown(test_methods, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_repeated_request, setup, teardown),
		cmocka_unit_test_setup_teardown(test_repeat_on_the_next_day, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bodies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_body_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop_with_a_request_waiting, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
