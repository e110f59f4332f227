/* The API over a disk that does what the test says: nothing is answered or streamed before the disk
 * has it, and what cannot be written is refused with a reason. */
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

#include "tests/unit/keeper/fake_store.h"
#include "tests/unit/web/served.h"

static struct served *served;
static struct stream *stream;
static struct answer answer;

static int setup(void **state)
{
	(void)state;
	memset(&fake_store, 0, sizeof(fake_store));
	fake_store.automatic = true;
	served = calloc(1, sizeof(*served));
	stream = calloc(1, sizeof(*stream));
	served_create(served, NULL);
	fake_store.automatic = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	served_destroy(served);
	free(served);
	free(stream);
	return 0;
}

/* Until the server has nothing more to do by itself. */
static void settle(void)
{
	struct pollfd ready = {.fd = web_fd(served->web), .events = POLLIN};

	do
		served_turn(served, served->kept.wake_fd, POLLIN);
	while (poll(&ready, 1, 0) > 0 || web_timeout_ms(served->web) == 0);
}

/* Sends an issue, and lets the server take it. */
static int send_issue(void)
{
	static const char body[] = "{\"queue\":\"general\",\"print\":false}";
	int fd = served_connect(served);
	char request[512];
	int len;

	len = snprintf(request, sizeof(request),
		       "POST /api/v1/tickets HTTP/1.1\r\nHost: localhost:%u\r\n"
		       "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		       web_port(served->web), sizeof(body) - 1, body);
	while (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len)
		served_turn(served, fd, POLLOUT);
	while (keeper_idle(served->kept.keeper))
		assert_true(served_turn(served, -1, 0));
	return fd;
}

static void receive(int fd)
{
	ssize_t n;

	while ((n = recv(fd, answer.bytes, ANSWER_SIZE, 0)) < 0) {
		assert_int_equal(errno, EAGAIN);
		assert_true(served_turn(served, fd, POLLIN));
	}
	answer.bytes[n] = 0;
	answer.len = (size_t)n;
	answer.status = (unsigned int)atoi(answer.bytes + strlen("HTTP/1.1 "));
	answer.body_at = (size_t)(strstr(answer.bytes, "\r\n\r\n") - answer.bytes) + 4;
	close(fd);
}

static bool is_silent(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

static void test_nothing_before_the_disk_has_it(void **state)
{
	uint64_t seq = fake_store.count;
	json_t *json;
	int fd;

	(void)state;
	stream_open(served, stream, "/api/v1/events", "");
	assert_non_null(stream_next(served, stream));
	fd = send_issue();
	kept_on_wake(&served->kept);
	settle();
	assert_int_equal(fake_store.count, seq + 1);
	assert_true(is_silent(fd));
	assert_true(is_silent(stream->fd));
	json = served_get_json(served, "/api/v1/tickets", 200);
	assert_int_equal(json_integer_value(json_object_get(json, "total")), 0);
	json_decref(json);
	fake_commit(seq + 1);
	receive(fd);
	assert_int_equal(answer.status, 201);
	assert_int_equal(strtoull(stream_next_event(served, stream) + 4, NULL, 10), seq + 1);
	stream_close(stream);
}

static void test_log_takes_no_writes(void **state)
{
	uint64_t digest = served_digest(served);
	json_t *json;
	int fd = send_issue();

	(void)state;
	fake_fail(STORE_REFUSED);
	receive(fd);
	answer_expect_problem(&answer, 503, "log-unavailable");
	assert_string_equal(answer_header(&answer, "Retry-After"), "1");
	assert_non_null(strstr(answer_body(&answer), "the disk is full"));
	assert_true(served_digest(served) == digest);
	json = served_get_json(served, "/healthz", 503);
	assert_string_equal(json_string_value(
				    json_object_get(json_object_get(json, "log"), "health")),
			    "refused");
	json_decref(json);
	json_decref(served_get_json(served, "/api/v1/hall", 200));
	served_get(served, "/metrics", &answer);
	assert_non_null(strstr(answer.bytes, "\nonewindow_log_up 0\n"));
	/* Back by itself, as the loop's clock goes on. */
	keeper_tick(served->kept.keeper, 1000);
	keeper_tick(served->kept.keeper, 2000);
	fd = send_issue();
	fake_commit(fake_store.count);
	receive(fd);
	assert_int_equal(answer.status, 201);
}

static void test_log_breaks(void **state)
{
	int fd = send_issue();

	(void)state;
	served->advanced = -ENOTRECOVERABLE;
	fake_fail(STORE_BROKEN);
	receive(fd);
	answer_expect_problem(&answer, 503, "outcome-unknown");
	assert_string_equal(answer_header(&answer, "Retry-After"), "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_before_the_disk_has_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_log_takes_no_writes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_log_breaks, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
