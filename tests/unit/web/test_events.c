/* Event streams: every event once and in order, from now or from any point of the log, and no
 * listener that holds up the hall or its memory. */
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

static struct served *served;
static struct stream *stream, *other;
static struct answer answer;

static void create(const struct web_limits *limits)
{
	served = calloc(1, sizeof(*served));
	stream = calloc(1, sizeof(*stream));
	other = calloc(1, sizeof(*other));
	served_create(served, limits);
}

static int setup(void **state)
{
	(void)state;
	create(NULL);
	return 0;
}

static int setup_small(void **state)
{
	static const struct web_limits limits = {
		.listeners = 2, .heartbeat_ms = 20, .queued_events = 4, .idle_seconds = 600};

	(void)state;
	create(&limits);
	return 0;
}

static int setup_few(void **state)
{
	static const struct web_limits limits = {.listeners = 2};

	(void)state;
	create(&limits);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	served_destroy(served);
	free(served);
	free(stream);
	free(other);
	return 0;
}

static void on_reply(void *user, const struct keeper_reply *reply)
{
	assert_int_equal(reply->status, KEEPER_DONE);
	++*(size_t *)user;
}

/* One event each, all decided before the disk is waited for. */
static void issue_many(size_t count)
{
	size_t replies = 0, i;

	for (i = 0; i < count; i++) {
		struct command command = kept_issue(&served->kept, "general");

		command.u.issue.print = false;
		assert_int_equal(keeper_submit(served->kept.keeper, &command, NULL, NULL, 0,
					       on_reply, &replies),
				 0);
	}
	kept_pump(&served->kept);
	assert_int_equal(replies, count);
}

static uint64_t head(void)
{
	return hall_seq(keeper_hall(served->kept.keeper));
}

/* The next event must have this seq and lie in the log just so. */
static int compare_row(void *user, const struct store_row *row)
{
	const char *block = user;
	char payload[EVENT_PAYLOAD_MAX], expected[EVENT_PAYLOAD_MAX + 128];

	assert_true(event_encode(&row->event, payload, sizeof(payload)) > 0);
	snprintf(expected, sizeof(expected), "id: %llu\nevent: %s\ndata: %s",
		 (unsigned long long)row->event.seq, event_type_name(row->event.type), payload);
	assert_string_equal(block, expected);
	return 0;
}

static void expect_event(struct stream *from, uint64_t seq)
{
	const char *block = stream_next_event(served, from);
	struct store_reader *reader;
	char error[STORE_ERROR_SIZE];

	assert_non_null(block);
	assert_int_equal(strtoull(block + 4, NULL, 10), seq);
	assert_int_equal(store_reader_open(&reader, served->kept.log, error), 0);
	assert_int_equal(store_reader_each(reader, seq, seq, compare_row, (void *)block), 0);
	store_reader_close(reader);
}

static void expect_seqs(struct stream *from, uint64_t first, uint64_t last)
{
	const char *block;

	for (; first <= last; first++) {
		block = stream_next_event(served, from);
		assert_non_null(block);
		assert_int_equal(strtoull(block + 4, NULL, 10), first);
	}
}

static void open_stream(struct stream *to, const char *path, const char *headers)
{
	stream_open(served, to, path, headers);
	assert_string_equal(stream_next(served, to), ": events of the hall\nretry: 2000");
}

static void expect_refused_start(const char *header)
{
	char request[256];
	int len = snprintf(request, sizeof(request),
			   "GET /api/v1/events HTTP/1.1\r\nHost: localhost:%u\r\n%s\r\n",
			   web_port(served->web), header);

	served_raw(served, request, (size_t)len, false, &answer);
	answer_expect_problem(&answer, 400, "bad-event-id");
}

static void test_from_now(void **state)
{
	uint64_t before;

	(void)state;
	issue_many(3);
	before = head();
	open_stream(stream, "/api/v1/events", "");
	json_decref(served_post_json(served, "/api/v1/tickets", "{\"queue\":\"general\"}", 201));
	expect_event(stream, before + 1);
	expect_event(stream, before + 2);
	issue_many(2);
	expect_event(stream, before + 3);
	expect_event(stream, before + 4);
	stream_close(stream);
}

static void test_resume_from_the_log(void **state)
{
	char header[64];

	(void)state;
	issue_many(700);
	open_stream(stream, "/api/v1/events", "Last-Event-ID: 0\r\n");
	expect_event(stream, 1);
	expect_seqs(stream, 2, head() - 1);
	expect_event(stream, head());
	issue_many(3);
	expect_seqs(stream, head() - 2, head());
	stream_close(stream);
	/* As a browser does after a lost connection. */
	issue_many(5);
	snprintf(header, sizeof(header), "Last-Event-ID: %llu\r\n", (unsigned long long)head() - 5);
	open_stream(stream, "/api/v1/events?after=1", header);
	expect_seqs(stream, head() - 4, head());
	stream_close(stream);
	snprintf(header, sizeof(header), "/api/v1/events?after=%llu",
		 (unsigned long long)head() - 2);
	open_stream(stream, header, "");
	expect_seqs(stream, head() - 1, head());
	stream_close(stream);
}

static void test_resume_after_a_restart(void **state)
{
	(void)state;
	issue_many(10);
	served_stop(served);
	kept_close(&served->kept);
	kept_open(&served->kept);
	served_start(served, NULL);
	open_stream(stream, "/api/v1/events", "Last-Event-ID: 5\r\n");
	expect_seqs(stream, 6, head());
	issue_many(1);
	expect_event(stream, head());
	stream_close(stream);
}

/* Behind a restore the same seq may have been another event: ids say of which log they are. */
static void test_resume_in_a_restored_log(void **state)
{
	static const char *const epochs[] = {"0123456789abcdef0123456789abcdef",
					     "fedcba9876543210fedcba9876543210"};
	static const char *const names[] = {"01234567", "fedcba98"};
	char start[64], expected[64];
	uint64_t first = 0;
	int i;

	(void)state;
	issue_many(5);
	for (i = 0; i < 2; i++) {
		struct command command = kept_command(&served->kept, COMMAND_START_DAEMON);

		/* As onewindow log restore does it: a process like any other. */
		strcpy(command.u.start_daemon.boot, "11111111-2222-4333-8444-555555555555");
		strcpy(command.u.start_daemon.software, "onewindow test");
		served_stop(served);
		kept_do(&served->kept, &command);
		first = first ? first : head();
		command = kept_command(&served->kept, COMMAND_RESTORE_LOG);
		strcpy(command.u.restore_log.epoch, epochs[i]);
		strcpy(command.u.restore_log.before, epochs[!i]);
		kept_do(&served->kept, &command);
		kept_close(&served->kept);
		kept_open(&served->kept);
		served_start(served, NULL);
		issue_many(3);
		/* From before the restore: the events are the same. */
		snprintf(start, sizeof(start), "Last-Event-ID: %llu\r\n",
			 (unsigned long long)first - 2);
		open_stream(stream, "/api/v1/events", start);
		expect_event(stream, first - 1);
		snprintf(expected, sizeof(expected), "id: %llu-%s\nevent: daemon-started\n",
			 (unsigned long long)first, names[i]);
		assert_memory_equal(stream_next_event(served, stream), expected, strlen(expected));
		expect_seqs(stream, first + 1, head());
		stream_close(stream);
		/* From behind it: with the epoch, or as a page that has just read a seq. */
		snprintf(start, sizeof(start), "Last-Event-ID: %llu-%s\r\n",
			 (unsigned long long)head() - 1, names[i]);
		open_stream(stream, "/api/v1/events", start);
		expect_seqs(stream, head(), head());
		issue_many(1);
		snprintf(expected, sizeof(expected), "id: %llu-%s\n", (unsigned long long)head(),
			 names[i]);
		assert_memory_equal(stream_next_event(served, stream), expected, strlen(expected));
		stream_close(stream);
		snprintf(start, sizeof(start), "/api/v1/events?after=%llu",
			 (unsigned long long)head() - 1);
		open_stream(stream, start, "");
		expect_seqs(stream, head(), head());
		stream_close(stream);
		snprintf(start, sizeof(start), "Last-Event-ID: %llu\r\n",
			 (unsigned long long)head() - 1);
		expect_refused_start(start);
		snprintf(start, sizeof(start), "Last-Event-ID: %llu-%s\r\n",
			 (unsigned long long)head() - 1, names[!i]);
		expect_refused_start(start);
		snprintf(start, sizeof(start), "Last-Event-ID: %llu-%s\r\n",
			 (unsigned long long)head() + 1, names[i]);
		expect_refused_start(start);
		snprintf(start, sizeof(start), "Last-Event-ID: 2-%s\r\n", names[i]);
		expect_refused_start(start);
	}
}

/* A burst between two turns of the loop is no fault of the listeners. */
static void test_burst(void **state)
{
	uint64_t before = head();

	(void)state;
	open_stream(stream, "/api/v1/events", "");
	while (web_timeout_ms(served->web) == 0)
		served_turn(served, -1, 0);
	issue_many(900);
	expect_seqs(stream, before + 1, head());
	issue_many(1);
	expect_event(stream, head());
	stream_close(stream);
}

static void test_bad_starts(void **state)
{
	static const char *const headers[] = {"Last-Event-ID: -1\r\n",
					      "Last-Event-ID: x\r\n",
					      "Last-Event-ID: \r\n",
					      "Last-Event-ID: 18446744073709551616\r\n",
					      "Last-Event-ID: 000000000000000000000000000001\r\n",
					      "Last-Event-ID: 1-\r\n",
					      "Last-Event-ID: 1-01234567\r\n",
					      "Last-Event-ID: 1000\r\n"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		expect_refused_start(headers[i]);
}

static void test_heartbeat(void **state)
{
	int i;

	(void)state;
	open_stream(stream, "/api/v1/events", "");
	for (i = 0; i < 3; i++)
		assert_string_equal(stream_next(served, stream), ": ");
	stream_close(stream);
}

static void test_listeners_are_bounded(void **state)
{
	(void)state;
	open_stream(stream, "/api/v1/events", "");
	open_stream(other, "/api/v1/events", "");
	served_get(served, "/api/v1/events", &answer);
	answer_expect_problem(&answer, 503, "too-many-listeners");
	assert_string_equal(answer_header(&answer, "Retry-After"), "1");
	stream_close(other);
	/* Its place is another's at once, heartbeat or not. */
	open_stream(other, "/api/v1/events", "");
	served_get(served, "/api/v1/events", &answer);
	answer_expect_problem(&answer, 503, "too-many-listeners");
	stream_close(other);
	stream_close(stream);
}

static bool was_dropped(void)
{
	served_get(served, "/metrics", &answer);
	return strstr(answer.bytes, "\nonewindow_http_listeners_dropped_total 1\n") != NULL;
}

/* The hall's name in its longest form, each time another one: a long event. */
static void rename_hall(unsigned int n)
{
	struct command command = kept_command(&served->kept, COMMAND_DEFINE_HALL);
	struct event_hall_defined *def = &command.u.define_hall;

	*def = *hall_definition(keeper_hall(served->kept.keeper));
	snprintf(def->zh, sizeof(def->zh), "%0126u", n);
	snprintf(def->en, sizeof(def->en), "%0126u", n);
	kept_do(&served->kept, &command);
}

static void test_slow_listener_is_dropped(void **state)
{
	unsigned int renamed = 0, turns;
	uint64_t before = head();
	int small = 2048;

	(void)state;
	open_stream(other, "/api/v1/events", "");
	open_stream(stream, "/api/v1/events", "");
	assert_int_equal(setsockopt(stream->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	do {
		/* One at a time, so that only a blocked line can fall behind. */
		rename_hall(++renamed);
		expect_seqs(other, ++before, head());
		assert_true(renamed < 20000);
	} while (renamed % 64 || !was_dropped());
	/* Its place is free although it still does not read. */
	for (turns = 0; turns < 200 && !strstr(answer.bytes, "\nonewindow_http_listeners 1\n");
	     turns++)
		assert_true(was_dropped());
	assert_true(turns < 200);
	stream_close(stream);
	/* The one that listens lost nothing. */
	issue_many(2);
	expect_seqs(other, before + 1, head());
	stream_close(other);
}

static void test_stop_ends_streams(void **state)
{
	(void)state;
	open_stream(stream, "/api/v1/events", "");
	while (web_timeout_ms(served->web) == 0)
		served_turn(served, -1, 0);
	served_stop(served);
	served_start(served, NULL);
	assert_null(stream_next(served, stream));
	stream_close(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_from_now, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resume_from_the_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resume_after_a_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resume_in_a_restored_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_burst, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_starts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_heartbeat, setup_small, teardown),
		cmocka_unit_test_setup_teardown(test_listeners_are_bounded, setup_few, teardown),
		cmocka_unit_test_setup_teardown(test_slow_listener_is_dropped, setup_small,
						teardown),
		cmocka_unit_test_setup_teardown(test_stop_ends_streams, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
