/* Requests while memory is short: each allocation of the web side, its JSON and its keeper fails in
 * turn. The client gets its answer, a 5xx or a closed connection; the hall has all of the request
 * or nothing of it; and the same request, repeated, gets its answer and is done once. The disk is
 * one in memory that takes everything at once.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fault/alloc.h"
#include "tests/unit/keeper/fake_store.h"
#include "tests/unit/web/served.h"

static uint64_t failed_ones;
static struct served served;
static struct answer answer;
static struct stream stream;

#define TOKEN "0000000000000000000000000000beef"
static const struct request {
	const char *line, *body;
	unsigned status;
} requests[] = {
	{"POST /api/v1/tickets", "{\"queue\":\"general\",\"print\":true}", 201},
	{"POST /api/v1/tickets", "{\"item\":\"id-card\",\"class\":\"priority\"}", 201},
	{"POST /api/v1/tickets", "{\"queue\":\"nowhere\"}", 404},
	{"POST /api/v1/tickets", "{\"queue\":7}", 400},
	{"POST /api/v1/tickets", "{\"queue\":", 400},
	{"POST /api/v1/windows/1/call-next", "{}", 200},
	{"POST /api/v1/windows/2/recall", "{}", 409},
	{"POST /api/v1/tickets/" TOKEN "/cancel", "{}", 200},
	{"POST /api/v1/tickets/" TOKEN "/reprint", "{}", 409},
	{"POST /api/v1/day/close", "{}", 200},
	{"GET /api/v1/hall", NULL, 200},
	{"GET /api/v1/tickets", NULL, 200},
	{"GET /api/v1/tickets/" TOKEN, NULL, 200},
	{"GET /healthz", NULL, 200},
	{"GET /metrics", NULL, 200},
	{"GET /nothing", NULL, 404},
};

/* Ticket 1 waits. */
static void open_hall(void)
{
	struct command issue;

	memset(&fake_store, 0, sizeof(fake_store));
	fake_store.automatic = true;
	served_create(&served, NULL);
	issue = kept_issue(&served.kept, "general");
	strcpy(issue.u.issue.token, TOKEN);
	kept_do(&served.kept, &issue);
}

static void ask(const struct request *request)
{
	char text[1024];
	int len;

	if (request->body)
		len = snprintf(text, sizeof(text),
			       "%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nIdempotency-Key: once\r\n"
			       "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
			       request->line, web_port(served.web), strlen(request->body),
			       request->body);
	else
		len = snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
			       request->line, web_port(served.web));
	served_raw(&served, text, (size_t)len, false, &answer);
}

/* False: it does not allocate so often. */
static bool try_one(const struct request *request, uint64_t at, size_t rows)
{
	bool failed;
	size_t before;

	alloc_hold();
	open_hall();
	before = fake_store.count;
	alloc_go_on();
	alloc_plan(at, 1);
	ask(request);
	failed = alloc_failures() > 0;
	alloc_plan(0, 0);
	if (answer.status && answer.status != request->status && answer.status != 500 &&
	    answer.status != 503)
		fail_msg("%s: %u when allocation %llu fails: %s", request->line, answer.status,
			 (unsigned long long)at, answer_body(&answer));
	if (fake_store.count != before && fake_store.count != before + rows)
		fail_msg("%s: half of it is done when allocation %llu fails", request->line,
			 (unsigned long long)at);
	/* As a program does that got no answer it can use. */
	ask(request);
	if (answer.status != request->status)
		fail_msg("%s: %u when it is repeated after allocation %llu failed: %s",
			 request->line, answer.status, (unsigned long long)at,
			 answer_body(&answer));
	if (fake_store.count != before + rows)
		fail_msg("%s: done %zu times when allocation %llu fails", request->line,
			 rows ? (fake_store.count - before) / rows : 0, (unsigned long long)at);
	served_destroy(&served);
	failed_ones += failed;
	return failed;
}

static void test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		size_t rows;

		open_hall();
		rows = fake_store.count;
		ask(&requests[i]);
		if (answer.status != requests[i].status)
			fail_msg("%s: %u: %s", requests[i].line, answer.status,
				 answer_body(&answer));
		rows = fake_store.count - rows;
		served_destroy(&served);
		for (uint64_t at = 1; try_one(&requests[i], at, rows); at++)
			continue;
	}
}

/* A listener gets the event, or loses its connection and comes back with Last-Event-ID. */
static void test_streams(void **state)
{
	(void)state;
	for (uint64_t at = 1;; at++) {
		struct command issue;
		const char *block;
		bool failed;

		open_hall();
		stream_open(&served, &stream, "/api/v1/events", "");
		assert_non_null(stream_next(&served, &stream)); /* the greeting: it listens */
		issue = kept_issue(&served.kept, "general");
		alloc_plan(at, 1);
		while (keeper_submit(served.kept.keeper, &issue, NULL, NULL, 0, NULL, NULL) < 0)
			continue;
		block = stream_next_event(&served, &stream);
		failed = alloc_failures() > 0;
		alloc_plan(0, 0);
		if (block && !strstr(block, "ticket-issued"))
			fail_msg("another event when allocation %llu fails: %s",
				 (unsigned long long)at, block);
		if (!block && !failed)
			fail_msg("the stream ended by itself");
		stream_close(&stream);
		served_destroy(&served);
		failed_ones += failed;
		if (!failed)
			break;
	}
}

static void test_start(void **state)
{
	(void)state;
	for (uint64_t at = 1;; at++) {
		struct web_options options = {0};
		bool failed;

		open_hall();
		served_stop(&served);
		alloc_plan(at, 1);
		failed = !served_try_start(&served, &options);
		alloc_plan(0, 0);
		if (failed)
			served_start(&served, &options);
		ask(&requests[0]);
		assert_int_equal(answer.status, 201);
		served_destroy(&served);
		failed_ones += failed;
		if (!failed)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_start),
	};
	int failed;

	json_set_alloc_funcs(alloc_malloc, alloc_free);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	printf("%llu allocations failed\n", (unsigned long long)failed_ones);
	return failed;
}
