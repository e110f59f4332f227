/* Freezing over HTTP, with a worker that the test is: when it ends and what it found. The facts
 * themselves are src/measure's. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/core/world.h"
#include "tests/unit/web/served.h"

#define FREEZE                                                                                     \
	"{\"name\":\"before\",\"from\":\"2025-11-01\",\"to\":\"2025-11-25\",\"control\":"          \
	"\"issue\"}"

static struct served *served;
static struct answer answer;

static struct worker {
	struct baseline_request request;
	web_computed_fn fn; /* it is at work */
	void *fn_user;
	int asked;
	int outcome;
} worker;

static int on_compute(void *user, const struct baseline_request *request, web_computed_fn fn,
		      void *fn_user)
{
	struct served *mine = user;

	if (worker.fn)
		return -EBUSY;
	worker.request = *request;
	worker.fn = fn;
	worker.fn_user = fn_user;
	worker.asked++;
	eventfd_write(mine->kept.wake_fd, 1);
	return 0;
}

static void finish(struct served *mine)
{
	const struct baseline_request *request = &worker.request;
	struct event_baseline_part parts[2] = {world_parts[0], world_parts[2]};
	struct command made = world_freeze(1, request->name, request->from, request->to, 1, 2);
	struct baseline_facts facts = {made.u.freeze_baseline.frozen, parts};
	web_computed_fn fn = worker.fn;

	(void)mine;
	if (!fn)
		return;
	memcpy(facts.frozen.control, request->control, sizeof(facts.frozen.control));
	worker.fn = NULL;
	fn(worker.fn_user, worker.outcome, worker.outcome ? NULL : &facts, "out of paper");
	/* What is not kept may go at once. */
	memset(parts, 'x', sizeof(parts));
}

static int setup(void **state)
{
	const struct web_options options = {.compute = on_compute};

	(void)state;
	memset(&worker, 0, sizeof(worker));
	served = calloc(1, sizeof(*served));
	assert_non_null(served);
	served_create(served, NULL);
	served_stop(served);
	served_start(served, &options);
	served->turned = finish;
	json_decref(served_post_json(served, "/api/v1/day/close", "{}", 200));
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

static json_t *list(size_t count)
{
	json_t *json = served_get_json(served, "/api/v1/baselines", 200);

	assert_int_equal(json_array_size(json_object_get(json, "baselines")), count);
	return json;
}

static void test_a_freeze(void **state)
{
	json_t *json = served_post_json(served, "/api/v1/baselines", FREEZE, 201), *events, *one;

	(void)state;
	events = json_object_get(json, "events");
	assert_int_equal(json_array_size(events), 3);
	one = json_array_get(events, 0);
	assert_string_equal(text(one, "type"), "baseline-frozen");
	assert_string_equal(text(one, "by"), "api");
	assert_int_equal(json_integer_value(json_object_get(one, "from")), 20251101);
	assert_int_equal(json_integer_value(json_object_get(one, "to")), 20251125);
	assert_string_equal(text(one, "control"), "issue");
	assert_string_equal(text(json_array_get(events, 1), "text"), world_parts[0].text);
	assert_string_equal(text(json_array_get(events, 2), "text"), world_parts[2].text);
	json_decref(json);
	json = list(1);
	one = json_array_get(json_object_get(json, "baselines"), 0);
	assert_string_equal(text(one, "name"), "before");
	assert_string_equal(text(one, "from"), "2025-11-01");
	assert_string_equal(text(one, "to"), "2025-11-25");
	assert_int_equal(json_integer_value(json_object_get(one, "frozen_seq")),
			 hall_find_baseline(keeper_hall(served->kept.keeper), "before")->seq);
	json_decref(json);
}

/* A name that is taken costs nobody any time; the same key gets the first answer again. */
static void test_a_name_once(void **state)
{
	uint64_t digest;

	(void)state;
	served_post(served, "/api/v1/baselines", FREEZE, "Idempotency-Key: 1\r\n", &answer);
	assert_int_equal(answer.status, 201);
	digest = served_digest(served);
	served_post(served, "/api/v1/baselines", FREEZE, "Idempotency-Key: 1\r\n", &answer);
	assert_int_equal(answer.status, 201);
	assert_string_equal(answer_header(&answer, "Idempotency-Replayed"), "true");
	served_post(served, "/api/v1/baselines", FREEZE " ", "Idempotency-Key: 1\r\n", &answer);
	answer_expect_problem(&answer, 409, "idempotency-conflict");
	served_post(served, "/api/v1/baselines", FREEZE, "", &answer);
	answer_expect_problem(&answer, 409, "baseline-taken");
	assert_int_equal(worker.asked, 1);
	assert_true(served_digest(served) == digest);
	json_decref(list(1));
}

/* Where the worker finds that nothing can be frozen the hall says why. */
static void test_refusals(void **state)
{
	static const struct {
		const char *name, *from, *to, *control;
		unsigned int status;
		const char *code;
	} rows[] = {
		{"Before", "2025-11-01", "2025-11-25", "", 422, "invalid"},
		{"before", "2025-11-25", "2025-11-01", "", 422, "invalid"},
		{"before", "2025-11-00", "2025-11-25", "", 422, "invalid"},
		{"before", "2025-11-01", "2025-11-26", "", 409, "period-open"},
		{"before", "2025-11-01", "2025-11-24", "", 409, "period-empty"},
		{"before", "2025-11-01", "2025-11-25", "nowhere", 404, "queue-unknown"},
		{"before", "2025-11-1", "2025-11-25", "", 400, "bad-field"},
	};
	static const int outcomes[] = {-EINVAL, -ENOENT, -EBUSY};
	uint64_t digest = served_digest(served);
	char body[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		worker.outcome = outcomes[i % 3];
		snprintf(body, sizeof(body),
			 "{\"name\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"control\":\"%s\"}",
			 rows[i].name, rows[i].from, rows[i].to, rows[i].control);
		served_post(served, "/api/v1/baselines", body, "", &answer);
		answer_expect_problem(&answer, rows[i].status, rows[i].code);
	}
	served_post(served, "/api/v1/baselines", "{\"name\":\"before\"}", "", &answer);
	answer_expect_problem(&answer, 400, "bad-field");
	worker.outcome = -EBADMSG;
	served_post(served, "/api/v1/baselines", FREEZE, "", &answer);
	answer_expect_problem(&answer, 503, "log-unreadable");
	assert_non_null(strstr(answer_body(&answer), "out of paper"));
	assert_true(served_digest(served) == digest);
	json_decref(list(0));
}

/* A request of which nothing is read yet. */
static int begin(const char *body)
{
	char request[512];
	int fd = served_connect(served);
	int len = snprintf(request, sizeof(request),
			   "POST /api/v1/baselines HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
			   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
			   web_port(served->web), strlen(body), body);

	while (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len)
		assert_true(served_turn(served, fd, POLLOUT));
	while (!worker.fn)
		assert_true(served_turn(served, -1, 0));
	return fd;
}

static void end(int fd, const char *wanted)
{
	char head[64] = "";

	while (recv(fd, head, sizeof(head) - 1, MSG_PEEK) < (ssize_t)strlen(wanted))
		assert_true(served_turn(served, fd, POLLIN));
	assert_memory_equal(head, wanted, strlen(wanted));
	close(fd);
}

/* While one is computed the hall goes on, and a second freeze is told to come again. */
static void test_one_at_a_time(void **state)
{
	int fd;

	(void)state;
	served->turned = NULL;
	fd = begin(FREEZE);
	served_post(served, "/api/v1/baselines",
		    "{\"name\":\"other\",\"from\":\"2025-11-01\",\"to\":\"2025-11-25\"}", "",
		    &answer);
	answer_expect_problem(&answer, 503, "busy");
	assert_string_equal(answer_header(&answer, "Retry-After"), "1");
	json_decref(served_post_json(served, "/api/v1/day/open", "{\"date\":\"2025-11-26\"}", 200));
	json_decref(served_post_json(served, "/api/v1/tickets", "{\"queue\":\"general\"}", 201));
	json_decref(list(0));
	served->turned = finish;
	end(fd, "HTTP/1.1 201 ");
	json_decref(list(1));
}

/* The day was opened again while the worker read: it is not frozen. */
static void test_what_changed_meanwhile(void **state)
{
	int fd;

	(void)state;
	served->turned = NULL;
	fd = begin(FREEZE);
	json_decref(served_post_json(served, "/api/v1/day/open",
				     "{\"date\":\"2025-11-25\",\"operator_word\":true}", 200));
	served->turned = finish;
	end(fd, "HTTP/1.1 409 ");
	json_decref(list(0));
}

/* The daemon ends: the worker gives up first, and says so. */
static void test_the_end(void **state)
{
	int fd;

	(void)state;
	served->turned = NULL;
	fd = begin(FREEZE);
	worker.outcome = -ECANCELED;
	finish(served);
	end(fd, "HTTP/1.1 503 ");
	json_decref(list(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_freeze, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_name_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_changed_meanwhile, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
