/* What the API answers when it is asked well: each address once, its fields and its status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const char *text(const json_t *json, const char *name)
{
	const char *value = json_string_value(json_object_get(json, name));

	return value ? value : "(none)";
}

static json_int_t number(const json_t *json, const char *name)
{
	const json_t *value = json_object_get(json, name);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* "a b c": the types of the events of an answer. */
static void expect_events(const json_t *json, const char *types)
{
	char got[512] = "";
	json_t *event;
	size_t i;

	json_array_foreach(json_object_get(json, "events"), i, event)
	{
		assert_true(number(event, "seq") > 0);
		assert_true(number(event, "at") > 0);
		assert_string_equal(text(event, "by"), "api");
		if (i > 0)
			strcat(got, " ");
		strcat(got, text(event, "type"));
	}
	assert_string_equal(got, types);
}

static void issue(const char *body, char ret_url[128])
{
	json_t *json = served_post_json(served, "/api/v1/tickets", body, 201);

	snprintf(ret_url, 128, "%s", text(json, "url"));
	json_decref(json);
}

static json_t *at_window(int window, const char *action, const char *body, unsigned int status)
{
	char path[128];

	snprintf(path, sizeof(path), "/api/v1/windows/%d/%s", window, action);
	return served_post_json(served, path, body, status);
}

static void test_issue(void **state)
{
	json_t *json;

	(void)state;
	json = served_post_json(served, "/api/v1/tickets",
				"{\"item\":\"id-card\",\"class\":\"priority\",\"origin\":\"desk\","
				"\"pre_reviewed\":true,\"case_ref\":\"C-1\"}",
				201);
	expect_events(json, "ticket-issued print-queued");
	assert_int_equal(number(json, "ticket"), 1);
	assert_string_equal(text(json, "number"), "A001");
	assert_string_equal(text(json, "queue"), "general");
	assert_string_equal(text(json, "item"), "id-card");
	assert_string_equal(text(json, "class"), "priority");
	assert_string_equal(text(json, "origin"), "desk");
	assert_int_equal(number(json, "ahead"), 0);
	assert_string_equal(text(json, "token"), "00000000000000000000000000000001");
	assert_string_equal(text(json, "url"), "/api/v1/tickets/00000000000000000000000000000001");
	json_decref(json);
	json = served_post_json(served, "/api/v1/tickets",
				"{\"queue\":\"general\",\"print\":false}", 201);
	expect_events(json, "ticket-issued");
	assert_string_equal(text(json, "class"), "ordinary");
	assert_string_equal(text(json, "origin"), "api");
	assert_string_equal(text(json, "item"), "");
	assert_int_equal(number(json, "ahead"), 1);
	json_decref(json);
	served_post(served, "/api/v1/tickets", "{\"queue\":\"issue\"}", "", &answer);
	assert_int_equal(answer.status, 201);
	assert_string_equal(answer_header(&answer, "Location"),
			    "/api/v1/tickets/00000000000000000000000000000003");
	assert_string_equal(answer_header(&answer, "Content-Type"), "application/json");
	assert_string_equal(answer_header(&answer, "Cache-Control"), "no-store");
	assert_string_equal(answer_header(&answer, "X-Content-Type-Options"), "nosniff");
}

/* The number that the answer's event gives it: 1 or 0. */
static json_int_t large_in(json_t *json)
{
	json_t *events = json_object_get(json, "events");
	json_int_t large = number(json_array_get(events, json_array_size(events) - 1), "large");

	json_decref(json);
	return large;
}

static json_int_t end_and_reprint(int64_t job, const char *path, const char *body)
{
	struct command command = kept_command(&served->kept, COMMAND_PRINT_START);

	command.u.print.job = job;
	strcpy(command.u.print.printer, "hall-1");
	kept_do(&served->kept, &command);
	command.type = COMMAND_PRINT_END;
	kept_do(&served->kept, &command);
	return large_in(served_post_json(served, path, body, 200));
}

static void test_large_print(void **state)
{
	char path[160];
	json_t *json = served_post_json(served, "/api/v1/tickets", "{\"queue\":\"general\"}", 201);

	(void)state;
	assert_int_equal(large_in(json), 0);
	json = served_post_json(served, "/api/v1/tickets",
				"{\"queue\":\"general\",\"large_print\":true}", 201);
	snprintf(path, sizeof(path), "%s/reprint", text(json, "url"));
	assert_int_equal(large_in(json), 1);
	assert_int_equal(end_and_reprint(2, path, "{}"), 1);
	assert_int_equal(end_and_reprint(3, path, "{\"large_print\":false}"), 0);
	assert_int_equal(end_and_reprint(4, path, "{}"), 0);
	assert_int_equal(end_and_reprint(5, path, "{\"large_print\":true}"), 1);
	json = served_post_json(served, path, "{\"large_print\":1}", 400);
	assert_string_equal(text(json, "code"), "bad-field");
	json_decref(json);
	json = served_post_json(served, path, "{\"large\":true}", 400);
	assert_string_equal(text(json, "code"), "unknown-field");
	json_decref(json);
}

static void expect_arrival(const char *arrival, unsigned int status, int64_t since_midnight_ms)
{
	char body[160];
	const json_t *event;
	json_t *json;

	snprintf(body, sizeof(body), "{\"queue\":\"general\",\"origin\":\"paper\",\"arrival\":%s}",
		 arrival);
	json = served_post_json(served, "/api/v1/tickets", body, status);
	if (status == 201) {
		/* The test's clock began at midnight of the hall, both monotonic and wall. */
		event = json_array_get(json_object_get(json, "events"), 0);
		assert_int_equal(number(event, "arrival_ms"), since_midnight_ms);
	}
	json_decref(json);
}

/* When the holder of a pre-printed number came: by the wall, into the log as a moment. */
static void test_arrival(void **state)
{
	json_t *json;

	(void)state;
	expect_arrival("\"00:00\"", 201, 0);
	expect_arrival("1764000000001", 201, 1);
	expect_arrival("1763999999999", 422, 0); /* before the service day */
	expect_arrival("\"00:01\"", 422, 0);	 /* in the future */
	expect_arrival("253402300799999", 422, 0);
	expect_arrival("0", 422, 0);
	expect_arrival("253402300800000", 400, 0);
	expect_arrival("-1", 400, 0);
	expect_arrival("\"0:00\"", 400, 0);
	expect_arrival("\"\"", 400, 0);
	expect_arrival("1.5", 400, 0);
	json = served_post_json(served, "/api/v1/tickets",
				"{\"queue\":\"general\",\"origin\":\"desk\",\"arrival\":\"00:00\"}",
				422);
	assert_string_equal(text(json, "detail"), "arrival: is for the origin paper only");
	json_decref(json);
}

static void expect_filing(const char *filed_at, unsigned int status, int64_t filed)
{
	char body[160];
	json_t *json;

	snprintf(body, sizeof(body), "{\"item\":\"id-card\",\"case_ref\":\"案 7\"%s%s}",
		 filed_at[0] ? ",\"filed_at\":" : "", filed_at);
	json = served_post_json(served, "/api/v1/filings", body, status);
	if (status == 201) {
		const json_t *event = json_array_get(json_object_get(json, "events"), 0);

		expect_events(json, "online-filing");
		assert_int_equal(number(event, "filed"), filed ? filed : number(event, "wall"));
		assert_string_equal(text(event, "case_ref"), "案 7");
		assert_int_equal(json_object_size(json), 1);
	}
	json_decref(json);
}

/* At any time, also when no day is open; the time is by the hall's clock. */
static void test_filing(void **state)
{
	(void)state;
	expect_filing("", 201, 0);
	expect_filing("\"2025-11-25T00:00\"", 201, 1764000000000);
	expect_filing("\"2025-11-24T23:59\"", 201, 1763999940000);
	expect_filing("\"2024-02-29T08:30\"", 201, 1709166600000);
	expect_filing("1764000000000", 201, 1764000000000);
	expect_filing("\"2025-11-25T00:01\"", 422, 0); /* in the future */
	expect_filing("253402300799999", 422, 0);
	expect_filing("\"1970-01-01T07:59\"", 422, 0); /* before 1970, where the hall stands */
	expect_filing("\"2000-01-01T07:59\"", 422, 0);
	expect_filing("\"2000-01-01T08:00\"", 201, 946684800000);
	expect_filing("0", 422, 0);
	expect_filing("1764000000", 422, 0); /* in seconds */
	expect_filing("253402300800000", 400, 0);
	expect_filing("-1", 400, 0);
	expect_filing("\"2025-02-29T00:00\"", 400, 0);
	expect_filing("\"2025-11-24T24:00\"", 400, 0);
	expect_filing("\"2025-13-01T00:00\"", 400, 0);
	expect_filing("\"1969-12-31T23:59\"", 400, 0);
	expect_filing("\"2025-11-24 08:30\"", 400, 0);
	expect_filing("\"2025-11-24T8:30\"", 400, 0);
	expect_filing("\"2025-11-24T08:30Z\"", 400, 0);
	expect_filing("\"08:30\"", 400, 0);
	expect_filing("null", 400, 0);
	json_decref(served_post_json(served, "/api/v1/day/close", "{}", 200));
	expect_filing("", 201, 0);
}

static void expect_at_window(const char *action, const char *body, const char *events,
			     const char *ticket)
{
	json_t *json = at_window(1, action, body, 200);

	expect_events(json, events);
	assert_int_equal(number(json, "window"), 1);
	assert_string_equal(text(json, "number"), ticket);
	json_decref(json);
}

static void test_window(void **state)
{
	char url[128];
	json_t *json;

	(void)state;
	issue("{\"queue\":\"general\"}", url);
	issue("{\"queue\":\"general\"}", url);
	issue("{\"queue\":\"general\"}", url);
	expect_at_window("sign-in", "{\"clerk\":\"li.na\"}", "clerk-signed-in", "(none)");
	expect_at_window("call-next", "{}", "ticket-called", "A001");
	expect_at_window("recall", "", "ticket-recalled", "A001");
	expect_at_window("start", "{}", "service-started", "A001");
	expect_at_window("call-next", "{}", "service-finished ticket-called", "A002");
	expect_at_window("no-show", "{}", "ticket-no-show", "A002");
	expect_at_window("resume", "{\"ticket\":\"A002\"}", "ticket-resumed ticket-called", "A002");
	expect_at_window("park", "{}", "ticket-parked", "A002");
	expect_at_window("resume", "{\"ticket\":2}", "ticket-resumed ticket-called", "A002");
	expect_at_window("start", "{}", "service-started", "A002");
	expect_at_window("finish", "{}", "service-finished", "A002");
	expect_at_window("call-next", "{}", "ticket-called", "A003");
	expect_at_window("transfer", "{\"queue\":\"issue\"}", "ticket-transferred", "A003");
	/* It waits in another queue now, at no window. */
	json = at_window(1, "cancel", "{\"ticket\":\"A003\"}", 200);
	expect_events(json, "ticket-cancelled");
	assert_true(number(json, "window") <= 0);
	json_decref(json);
	expect_at_window("sign-out", "{}", "clerk-signed-out", "(none)");
	expect_at_window("pause", "{}", "window-paused", "(none)");
	expect_at_window("reopen", "{}", "window-reopened", "(none)");
}

static void test_desk(void **state)
{
	char url[128], path[160];
	json_t *json;

	(void)state;
	issue("{\"queue\":\"general\",\"print\":false}", url);
	snprintf(path, sizeof(path), "%s/transfer", url);
	json = served_post_json(served, path, "{\"queue\":\"issue\"}", 200);
	expect_events(json, "ticket-transferred");
	json_decref(json);
	json_decref(at_window(2, "call-next", "{}", 200));
	json_decref(at_window(2, "park", "{}", 200));
	snprintf(path, sizeof(path), "%s/resume", url);
	json = served_post_json(served, path, "{}", 200);
	expect_events(json, "ticket-resumed");
	json_decref(json);
	snprintf(path, sizeof(path), "%s/reprint", url);
	json = served_post_json(served, path, "{}", 200);
	expect_events(json, "print-queued");
	assert_string_equal(text(json, "number"), "A001");
	json_decref(json);
	snprintf(path, sizeof(path), "%s/cancel", url);
	json = served_post_json(served, path, "{}", 200);
	expect_events(json, "ticket-cancelled");
	json_decref(json);
}

static void test_day(void **state)
{
	json_t *json;

	(void)state;
	json = served_post_json(served, "/api/v1/day/close", "{}", 200);
	expect_events(json, "day-closed");
	json_decref(json);
	served_post(served, "/api/v1/tickets", "{\"queue\":\"general\"}", "", &answer);
	answer_expect_problem(&answer, 409, "day-closed");
	json = served_get_json(served, "/api/v1/hall", 200);
	assert_true(json_is_null(json_object_get(json, "day")));
	assert_string_equal(text(json, "last_day"), "2025-11-25");
	json_decref(json);
	/* Without a date: today in the hall's zone, which is the 25th already. */
	served_post(served, "/api/v1/day/open", "{}", "", &answer);
	answer_expect_problem(&answer, 409, "day-earlier");
	json = served_post_json(served, "/api/v1/day/open", "{\"date\":\"2025-11-26\"}", 200);
	expect_events(json, "day-opened");
	json_decref(json);
	served_post(served, "/api/v1/day/open", "{\"date\":\"2025-11-27\"}", "", &answer);
	answer_expect_problem(&answer, 409, "day-open");
	served_post(served, "/api/v1/day/open", "{\"date\":\"2025-13-27\"}", "", &answer);
	answer_expect_problem(&answer, 422, "invalid");
}

static void test_hall(void **state)
{
	json_t *json, *queue, *window;
	char url[128];

	(void)state;
	issue("{\"queue\":\"general\"}", url);
	issue("{\"queue\":\"general\",\"class\":\"priority\"}", url);
	issue("{\"queue\":\"general\"}", url);
	json_decref(at_window(1, "call-next", "{}", 200));
	json = served_get_json(served, "/api/v1/hall", 200);
	assert_string_equal(text(json, "day"), "2025-11-25");
	assert_int_equal(number(json, "seq"), hall_seq(keeper_hall(served->kept.keeper)));
	assert_string_equal(text(json_object_get(json, "hall"), "id"), "hall");
	assert_int_equal(json_array_size(json_object_get(json, "queues")), 2);
	queue = json_array_get(json_object_get(json, "queues"), 0);
	assert_string_equal(text(queue, "id"), "general");
	assert_int_equal(number(json_object_get(queue, "waiting"), "ordinary"), 2);
	assert_int_equal(number(json_object_get(queue, "waiting"), "priority"), 0);
	assert_int_equal(number(json_object_get(queue, "waiting"), "appointment"), 0);
	window = json_array_get(json_object_get(json, "windows"), 0);
	assert_int_equal(number(window, "window"), 1);
	assert_string_equal(text(window, "state"), "called");
	assert_string_equal(text(window, "number"), "A002");
	assert_int_equal(number(window, "waiting"), 2);
	window = json_array_get(json_object_get(json, "windows"), 1);
	assert_string_equal(text(window, "state"), "idle");
	assert_true(json_is_null(json_object_get(window, "ticket")));
	assert_string_equal(text(json_array_get(json_object_get(json, "devices"), 0), "id"),
			    "printer-1");
	json_decref(json);
}

static void test_ticket(void **state)
{
	char first[128], second[128];
	json_t *json;

	(void)state;
	issue("{\"queue\":\"general\"}", first);
	issue("{\"queue\":\"general\"}", second);
	json = served_get_json(served, second, 200);
	assert_string_equal(text(json, "number"), "A002");
	assert_string_equal(text(json, "state"), "waiting");
	assert_int_equal(number(json, "ahead"), 1);
	assert_true(json_is_null(json_object_get(json, "window")));
	assert_string_equal(text(json_object_get(json, "queue"), "id"), "general");
	json_decref(json);
	/* A ticket's own page says nothing of the others. */
	served_get(served, second, &answer);
	assert_null(strstr(answer.bytes, "A001"));
	assert_null(strstr(answer.bytes, first));
	json_decref(at_window(1, "call-next", "{}", 200));
	json = served_get_json(served, first, 200);
	assert_string_equal(text(json, "state"), "called");
	assert_int_equal(number(json, "window"), 1);
	assert_true(json_is_null(json_object_get(json, "ahead")));
	json_decref(json);
	served_get(served, "/api/v1/tickets/ffffffffffffffffffffffffffffffff", &answer);
	answer_expect_problem(&answer, 404, "ticket-unknown");
}

static void test_list_in_pages(void **state)
{
	char url[128], path[128];
	json_int_t next = 0;
	json_t *json, *ticket;
	size_t seen = 0, i;

	(void)state;
	for (i = 0; i < 7; i++)
		issue("{\"queue\":\"general\"}", url);
	do {
		snprintf(path, sizeof(path), "/api/v1/tickets?limit=3&after=%d", (int)next);
		json = served_get_json(served, path, 200);
		assert_int_equal(number(json, "total"), 7);
		json_array_foreach(json_object_get(json, "tickets"), i, ticket)
			assert_int_equal(number(ticket, "ticket"), ++seen);
		next = number(json, "next");
		json_decref(json);
	} while (next > 0);
	assert_int_equal(seen, 7);
	json = served_get_json(served, "/api/v1/tickets", 200);
	assert_int_equal(json_array_size(json_object_get(json, "tickets")), 7);
	json_decref(json);
	json = served_get_json(served, "/api/v1/tickets?number=A005", 200);
	assert_int_equal(json_array_size(json_object_get(json, "tickets")), 1);
	ticket = json_array_get(json_object_get(json, "tickets"), 0);
	assert_string_equal(text(ticket, "number"), "A005");
	assert_int_equal(number(ticket, "ahead"), 4);
	json_decref(json);
	json = served_get_json(served, "/api/v1/tickets?number=A008", 200);
	assert_int_equal(json_array_size(json_object_get(json, "tickets")), 0);
	json_decref(json);
}

static void test_health(void **state)
{
	struct store_state log;
	json_t *json;
	char head[65];
	size_t i;

	(void)state;
	json = served_get_json(served, "/healthz", 200);
	keeper_get_state(served->kept.keeper, &log);
	for (i = 0; i < 32; i++)
		snprintf(head + 2 * i, 3, "%02x", log.head[i]);
	assert_string_equal(text(json, "status"), "ok");
	assert_int_equal(number(json_object_get(json, "log"), "seq"), log.durable_seq);
	assert_string_equal(text(json_object_get(json, "log"), "head"), head);
	assert_string_equal(text(json_object_get(json, "log"), "health"), "ok");
	json_decref(json);
}

/* Every line is a comment or "name{labels} value", and every name has its TYPE before it. */
static void check_metrics(char *page)
{
	char types[8192] = "\n", name[128], entry[160], *line, *rest;
	double value;
	int end;

	for (line = strtok_r(page, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "# TYPE %127s", name) == 1) {
			strcat(strcat(types, name), "\n");
			continue;
		}
		if (line[0] == '#')
			continue;
		end = (int)strcspn(line, "{ ");
		snprintf(entry, sizeof(entry), "\n%.*s\n", end, line);
		assert_memory_equal(line, "onewindow_", 10);
		assert_int_equal(sscanf(strrchr(line, ' '), " %lf", &value), 1);
		if (strncmp(line, "onewindow_printer_up", 20) != 0)
			assert_non_null(strstr(types, entry));
	}
}

static void test_metrics(void **state)
{
	char url[128];

	(void)state;
	issue("{\"queue\":\"general\"}", url);
	served_get(served, "/metrics", &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer_header(&answer, "Content-Type"), "text/plain; version=0.0.4");
	assert_non_null(strstr(answer.bytes,
			       "\nonewindow_waiting{queue=\"general\",class=\"ordinary\"} 1\n"));
	assert_non_null(strstr(answer.bytes, "\nonewindow_log_up 1\n"));
	assert_non_null(strstr(answer.bytes, "\nonewindow_day_tickets 1\n"));
	assert_non_null(strstr(answer.bytes, "\nonewindow_http_answers_total{status=\"2xx\"} 1\n"));
	assert_non_null(strstr(answer.bytes, "\nonewindow_printer_up{printer=\"printer-1\"} 1\n"));
	check_metrics(answer.bytes + answer.body_at);
}

static void test_head(void **state)
{
	char request[128];
	int len;

	(void)state;
	len = snprintf(request, sizeof(request),
		       "HEAD /healthz HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
		       web_port(served->web));
	served_raw(served, request, (size_t)len, false, &answer);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.len, answer.body_at);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *path, *body;
		unsigned int status;
		const char *code;
	} rows[] = {
		{"/api/v1/tickets", "{}", 404, "queue-unknown"},
		{"/api/v1/tickets", "{\"queue\":\"nowhere\"}", 404, "queue-unknown"},
		{"/api/v1/tickets", "{\"item\":\"nothing\"}", 404, "item-unknown"},
		{"/api/v1/windows/1/call-next", "{}", 409, "nobody-waiting"},
		{"/api/v1/windows/1/recall", "{}", 409, "window-idle"},
		{"/api/v1/windows/9/call-next", "{}", 404, "window-unknown"},
		{"/api/v1/windows/0/resume", "{\"ticket\":1}", 404, "window-unknown"},
		{"/api/v1/windows/01/call-next", "{}", 404, "window-unknown"},
		{"/api/v1/windows/1000/call-next", "{}", 404, "window-unknown"},
		{"/api/v1/windows/one/call-next", "{}", 404, "window-unknown"},
		{"/api/v1/windows/1/resume", "{\"ticket\":\"A999\"}", 404, "ticket-unknown"},
		{"/api/v1/windows/1/transfer", "{\"queue\":\"nowhere\"}", 404, "queue-unknown"},
		{"/api/v1/windows/1/sign-in", "{\"clerk\":\"Li Na\"}", 422, "invalid"},
		{"/api/v1/windows/1/sign-out", "{}", 409, "clerk-not-signed-in"},
		{"/api/v1/windows/1/reopen", "{}", 409, "window-not-paused"},
		{"/api/v1/filings", "{}", 400, "bad-field"},
		{"/api/v1/filings", "{\"item\":\"id-card\"}", 400, "bad-field"},
		{"/api/v1/filings", "{\"item\":\"id-card\",\"case_ref\":\"\"}", 422, "invalid"},
		{"/api/v1/filings", "{\"item\":\"nothing\",\"case_ref\":\"7\"}", 404,
		 "item-unknown"},
		{"/api/v1/tickets/00/cancel", "{}", 404, "ticket-unknown"},
		{"/api/v1/tickets/00/reprint", "{}", 404, "ticket-unknown"},
	};
	uint64_t digest = served_digest(served);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		served_post(served, rows[i].path, rows[i].body, "", &answer);
		answer_expect_problem(&answer, rows[i].status, rows[i].code);
	}
	assert_true(served_digest(served) == digest);
}

static void test_full_range(void **state)
{
	char url[128];
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		issue("{\"queue\":\"issue\"}", url);
	served_post(served, "/api/v1/tickets", "{\"queue\":\"issue\"}", "", &answer);
	answer_expect_problem(&answer, 409, "queue-full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_issue, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_print, setup, teardown),
		cmocka_unit_test_setup_teardown(test_arrival, setup, teardown),
		cmocka_unit_test_setup_teardown(test_filing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window, setup, teardown),
		cmocka_unit_test_setup_teardown(test_desk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_day, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hall, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ticket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list_in_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_health, setup, teardown),
		cmocka_unit_test_setup_teardown(test_metrics, setup, teardown),
		cmocka_unit_test_setup_teardown(test_head, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_range, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
