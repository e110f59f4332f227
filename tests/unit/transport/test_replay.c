/* replay: of captures written by hand, and of what record took from a real connection. */
#include "tests/unit/transport/witness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/transport/capture.h"

static const char good_capture[] = CAPTURE_HEADER "\n"
						  "# from usb:04b8:0e28\n"
						  "\n"
						  "0 > open - 0\n"
						  "1000 < opened - -13\n"
						  "5000 > open - 0\n"
						  "6000 < opened - 0\n"
						  "7000 > submit 1b40 0\n"
						  "7001 > submit 41 -16\n"
						  "8000 < progress - 1\n"
						  "8100 < received 12 0\n"
						  "9000 < progress - 1\n"
						  "9000 < done - 0\n"
						  "9500 > drain - 0\n"
						  "10000 > control.port-status - 0\n"
						  "11000 < controlled.port-status 18 0\n"
						  "12000 > control.device-id - 0\n"
						  "13000 < controlled.device-id - -32\n"
						  "20000 > submit 1d5600 0\n"
						  "21000 > cancel - 0\n"
						  "22000 < done - -125\n"
						  "23000 > submit 41 0\n"
						  "24000 < done - -19\n"
						  "24000 < left - -5\n";

static const char small_capture[] = CAPTURE_HEADER "\n0 > open - 0\n1 < opened - 0\n"
						   "2 > submit 4142 0\n3 > cancel - 0\n"
						   "4 < done - -125\n5 > close - 0\n";

static char path[200];

static void write_capture(const char *text, size_t len)
{
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/capture", witness_folder());
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void replay_capture(struct witness *w, const char *text, const char *options)
{
	char url[TRANSPORT_URL_SIZE];

	write_capture(text, strlen(text));
	(void)snprintf(url, sizeof(url), "replay:%s%s", path, options);
	witness_create(w, url);
}

static int submit(struct witness *w, const char *bytes, size_t len, int64_t now_us)
{
	return w->transport->ops->submit(w->transport, (const uint8_t *)bytes, len, now_us);
}

static void process(struct witness *w, int64_t now_us)
{
	w->transport->ops->process(w->transport, now_us);
}

/* The whole of good_capture, as the host that was recorded did it. */
static void test_replays(void **state)
{
	struct witness w;
	const struct transport_ops *ops;

	(void)state;
	replay_capture(&w, good_capture, "");
	ops = w.transport->ops;
	assert_int_equal(ops->open(w.transport, 1), 0);
	assert_string_equal(w.log, "");
	process(&w, 1);
	assert_string_equal(w.log, "opened -13\n");
	assert_int_equal(ops->open(w.transport, 1), 0);
	assert_int_equal(submit(&w, "\x1b@", 2, 1), -ENOTCONN); /* not yet open */
	process(&w, 1);
	assert_int_equal(submit(&w, "\x1b@", 2, 1), 0);
	assert_int_equal(submit(&w, "A", 1, 1), -EBUSY);
	assert_int_equal(ops->drain(w.transport), -EINPROGRESS);
	process(&w, 1);
	assert_int_equal(w.progressed, 2);
	assert_int_equal(w.n_received, 1);
	assert_int_equal(w.received[0], 0x12);
	assert_int_equal(ops->drain(w.transport), 0);
	assert_int_equal(ops->control(w.transport, TRANSPORT_PORT_STATUS, 1), 0);
	process(&w, 1);
	assert_int_equal(ops->control(w.transport, TRANSPORT_DEVICE_ID, 1), 0);
	process(&w, 1);
	assert_int_equal(submit(&w, "\x1dV\0", 3, 1), 0);
	process(&w, 1); /* the capture waits for the cancel */
	ops->cancel(w.transport);
	process(&w, 1);
	assert_int_equal(submit(&w, "A", 1, 1), 0);
	process(&w, 1);
	assert_string_equal(w.log, "opened -13\nopened 0\ndone 0\ncontrolled 0 0 [18]\n"
				   "controlled 1 -32 []\ndone -125\ndone -19\nleft -5\n");
	assert_true(ops->deadline(w.transport) == TRANSPORT_NO_DEADLINE);
	witness_destroy(&w);
}

static void test_keeps_the_pace(void **state)
{
	struct witness w;
	const struct transport_ops *ops;

	(void)state;
	replay_capture(&w, good_capture, "?pace=2");
	ops = w.transport->ops;
	assert_int_equal(ops->open(w.transport, 50000), 0);
	assert_true(ops->deadline(w.transport) == 50500);
	process(&w, 50499);
	assert_string_equal(w.log, "");
	process(&w, 50500);
	assert_string_equal(w.log, "opened -13\n");
	witness_destroy(&w);
	replay_capture(&w, good_capture, "?pace=recorded");
	assert_int_equal(ops->open(w.transport, 50000), 0);
	assert_true(ops->deadline(w.transport) == 51000);
	/* Time runs from the host's own act, late as it may be. */
	process(&w, 99000);
	assert_int_equal(ops->open(w.transport, 100000), 0);
	assert_true(ops->deadline(w.transport) == 101000);
	process(&w, 101000);
	assert_int_equal(submit(&w, "\x1b@", 2, 200000), 0);
	process(&w, 201000);
	assert_int_equal(w.progressed, 1);
	process(&w, 202000);
	assert_int_equal(w.progressed, 2);
	witness_destroy(&w);
}

static void open_replay(struct witness *w)
{
	replay_capture(w, good_capture, "");
	assert_int_equal(w->transport->ops->open(w->transport, 1), 0);
	process(w, 1);
	assert_int_equal(w->transport->ops->open(w->transport, 1), 0);
	process(w, 1);
	witness_forget(w);
}

static void test_tells_a_mismatch(void **state)
{
	struct witness w;

	(void)state;
	open_replay(&w);
	assert_int_equal(submit(&w, "\x1b\x41", 2, 1), 0);
	process(&w, 1);
	assert_string_equal(w.log, "done -19\nleft -71\n");
	assert_non_null(strstr(w.transport->why, "Line 8 "));
	assert_non_null(strstr(w.transport->why, "\"40\" at byte 1"));
	assert_non_null(strstr(w.transport->why, "\"41\""));
	witness_forget(&w);
	assert_int_equal(w.transport->ops->open(w.transport, 1), 0);
	process(&w, 1);
	assert_string_equal(w.log, "opened -71\n");
	assert_non_null(strstr(w.transport->why, "Line 8 "));
	witness_destroy(&w);

	open_replay(&w); /* longer than recorded */
	assert_int_equal(submit(&w, "\x1b@x", 3, 1), 0);
	process(&w, 1);
	assert_string_equal(w.log, "done -19\nleft -71\n");
	witness_destroy(&w);

	open_replay(&w); /* another act */
	assert_int_equal(w.transport->ops->control(w.transport, TRANSPORT_PORT_STATUS, 1), 0);
	process(&w, 1);
	assert_string_equal(w.log, "left -71\n");
	assert_non_null(strstr(w.transport->why, "has submit, but control came"));
	witness_destroy(&w);
}

static void test_tells_the_end(void **state)
{
	struct witness w;

	(void)state;
	replay_capture(&w, CAPTURE_HEADER "\n0 > open - 0\n1 < opened - 0\n", "");
	witness_open(&w);
	assert_int_equal(submit(&w, "A", 1, 1), 0);
	witness_run(&w, "left -71");
	assert_string_equal(w.transport->why, "The capture is at its end, but submit came.");
	witness_destroy(&w);
}

/* Bytes that came unasked may be looked at after the next submit. */
static void test_lets_a_host_be_early(void **state)
{
	struct witness w;

	(void)state;
	replay_capture(&w,
		       CAPTURE_HEADER "\n0 > open - 0\n1 < opened - 0\n2 < received 12 0\n"
				      "3 > submit 41 0\n4 < progress - 1\n5 < done - 0\n"
				      "6 < received 16 0\n",
		       "?pace=recorded");
	assert_int_equal(w.transport->ops->open(w.transport, 10), 0);
	process(&w, 11);
	assert_int_equal(submit(&w, "A", 1, 11), 0);
	process(&w, 20);
	assert_string_equal(w.log, "opened 0\ndone 0\n");
	assert_memory_equal(w.received, "\x12\x16", 2);
	witness_destroy(&w);
}

static void test_goes_on_after_an_early_close(void **state)
{
	struct witness w;

	(void)state;
	replay_capture(&w,
		       CAPTURE_HEADER "\n0 > open - 0\n1 < opened - 0\n2 < received 12 0\n"
				      "3 > submit 41 0\n4 < done - -5\n5 > close - 0\n"
				      "6 > open - 0\n7 < opened - 0\n8 > submit 42 0\n",
		       "");
	assert_int_equal(w.transport->ops->open(w.transport, 1), 0);
	w.transport->ops->close(w.transport);
	w.transport->ops->close(w.transport);
	process(&w, 2);
	assert_string_equal(w.log, "");
	witness_open(&w);
	assert_int_equal(submit(&w, "B", 1, 1), 0);
	assert_int_equal(w.n_received, 0);
	witness_destroy(&w);
}

/* A server that takes "AB", answers "cd", and then resets. */
struct server {
	int listener, peer;
	size_t got;
	struct witness *w;
};

static void serve(void *user)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};
	struct server *server = user;
	char bytes[8];
	ssize_t n;

	if (server->peer < 0) {
		server->peer = accept(server->listener, NULL, NULL);
		return;
	}
	n = recv(server->peer, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n > 0)
		server->got += (size_t)n;
	if (n > 0 && server->got == 2)
		assert_int_equal(write(server->peer, "cd", 2), 2);
	if (server->got == 2 && server->w->n_received == 2) {
		(void)setsockopt(server->peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(server->peer);
		server->got = 0;
	}
}

/* What a host does in the session that is recorded and replayed. */
static void hold_session(struct witness *w)
{
	const struct transport_ops *ops = w->transport->ops;

	witness_open(w);
	assert_int_equal(ops->control(w->transport, TRANSPORT_DEVICE_ID, witness_now(w)),
			 -EOPNOTSUPP);
	witness_submit(w, "AB");
	assert_int_equal(submit(w, "C", 1, witness_now(w)), -EBUSY);
	witness_run(w, "done 0");
	witness_run_received(w, 2);
	witness_run(w, "left -104");
}

static void start_server(struct server *server, char *ret_url, size_t size)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(server->listener, 1), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&in, &len), 0);
	(void)snprintf(ret_url, size, "tcp://localhost:%u", ntohs(in.sin_port));
	server->peer = -1;
	server->got = 0;
}

static void test_records_and_replays(void **state)
{
	struct server server;
	struct witness w, again;
	char inner[40], url[TRANSPORT_URL_SIZE + 40], text[4096], log[sizeof(w.log)];
	const char *at;
	FILE *file;
	size_t n;

	(void)state;
	start_server(&server, inner, sizeof(inner));
	(void)snprintf(path, sizeof(path), "%s/recorded", witness_folder());
	(void)snprintf(url, sizeof(url), "record:%s:%s", path, inner);
	witness_create(&w, url);
	server.w = &w;
	w.other_end = serve;
	w.other_user = &server;
	hold_session(&w);
	memcpy(log, w.log, sizeof(log));
	assert_true(strlen(w.transport->why) > 0);
	/* All of it is in the file before anything is closed. */
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	assert_int_equal(fclose(file), 0);
	assert_memory_equal(text, CAPTURE_HEADER "\n# from tcp://localhost:", 32);
	at = text;
	for (n = 0; n < 9; n++) {
		static const char *const steps[] = {
			"\n0 > open - 0\n",
			" < opened - 0\n",
			" > control.device-id - -95\n",
			" > submit 4142 0\n",
			" > submit 43 -16\n",
			" < progress - 2\n",
			" < done - 0\n",
			" < received 6364 0\n",
			" < left - -104\n",
		};

		at = strstr(at, steps[n]);
		if (!at)
			fail_msg("no%s in %s", steps[n], text);
	}
	witness_destroy(&w);
	close(server.listener);

	(void)snprintf(url, sizeof(url), "replay:%s", path);
	witness_create(&again, url);
	hold_session(&again);
	assert_string_equal(again.log, log);
	assert_memory_equal(again.received, "cd", 2);
	witness_destroy(&again);
}

/* A second recording into the same file is a second part of it, with its own clock. */
static void test_appends_recordings(void **state)
{
	char url[TRANSPORT_URL_SIZE];
	struct witness w;
	int i;

	(void)state;
	write_capture("", 0);
	(void)snprintf(path, sizeof(path), "%s/twice", witness_folder());
	for (i = 0; i < 2; i++) {
		(void)snprintf(url, sizeof(url), "record:%s:replay:%s/capture", path,
			       witness_folder());
		write_capture(good_capture, strlen(good_capture));
		(void)snprintf(path, sizeof(path), "%s/twice", witness_folder());
		witness_create(&w, url);
		assert_int_equal(w.transport->ops->open(w.transport, 777), 0);
		process(&w, 777);
		assert_string_equal(w.log, "opened -13\n");
		witness_destroy(&w);
	}
	(void)snprintf(url, sizeof(url), "replay:%s", path);
	witness_create(&w, url);
	for (i = 0; i < 2; i++) {
		witness_forget(&w);
		assert_int_equal(w.transport->ops->open(w.transport, 1), 0);
		process(&w, 1);
		assert_string_equal(w.log, "opened -13\n");
	}
	witness_destroy(&w);
}

static size_t read_text(const char *name, char *ret, size_t size)
{
	FILE *file = fopen(name, "r");
	size_t n;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	if ((size_t)ftell(file) >= size)
		assert_int_equal(fseek(file, -(long)size + 1, SEEK_END), 0);
	else
		rewind(file);
	n = fread(ret, 1, size - 1, file);
	ret[n] = '\0';
	assert_int_equal(fclose(file), 0);
	return n;
}

/* Makes a recording of the replay of a small capture. */
static void record_replay(struct witness *w, const char *name)
{
	char url[TRANSPORT_URL_SIZE + 100];

	write_capture(small_capture, strlen(small_capture));
	(void)snprintf(url, sizeof(url), "record:%s:replay:%s", name, path);
	witness_create(w, url);
	assert_int_equal(w->transport->ops->open(w->transport, 100), 0);
	process(w, 150);
	assert_int_equal(submit(w, "AB", 2, 160), 0);
	assert_int_equal(w->transport->ops->drain(w->transport), -EINPROGRESS);
	assert_int_equal(w->transport->ops->drain(w->transport), -EINPROGRESS);
	w->transport->ops->cancel(w->transport);
	w->transport->ops->close(w->transport);
	w->transport->ops->close(w->transport);
	w->transport->ops->cancel(w->transport);
}

/* Every act once, with the time of the host, and nothing of what was no act. */
static void test_records_every_act(void **state)
{
	char name[100], text[1024];
	struct witness w;

	(void)state;
	(void)snprintf(name, sizeof(name), "%s/acts", witness_folder());
	record_replay(&w, name);
	(void)read_text(name, text, sizeof(text));
	assert_non_null(strstr(text, "\n0 > open - 0\n50 < opened - 0\n60 > submit 4142 0\n"
				     "60 > drain - -115\n60 > cancel - 0\n60 > close - 0\n"));
	assert_int_equal(text[strlen(text) - 2], '0');
	assert_null(strstr(strstr(text, "close") + 5, ">"));
	witness_destroy(&w);
}

/* A capture that has grown to its limit ends with a word about it, once, and the device goes on. */
static void test_stops_recording_when_full(void **state)
{
	const long limit = CAPTURE_MAX_FILE - CAPTURE_MAX_LINE;
	static const char last[] = "# the capture is full\n";
	char name[100], text[64];
	struct witness w;
	struct stat st;
	FILE *file;
	int i;

	(void)state;
	(void)snprintf(name, sizeof(name), "%s/full", witness_folder());
	file = fopen(name, "w");
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), limit - 10), 0);
	assert_int_equal(fclose(file), 0);
	for (i = 0; i < 3; i++) {
		record_replay(&w, name);
		assert_string_equal(w.log, "opened 0\n");
		witness_destroy(&w);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_size, limit - 10 + (long)strlen(last));
	}
	assert_int_equal(read_text(name, text, sizeof(text)), sizeof(text) - 1);
	assert_string_equal(text + sizeof(text) - 1 - strlen(last), last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replays),
		cmocka_unit_test(test_keeps_the_pace),
		cmocka_unit_test(test_tells_a_mismatch),
		cmocka_unit_test(test_tells_the_end),
		cmocka_unit_test(test_lets_a_host_be_early),
		cmocka_unit_test(test_goes_on_after_an_early_close),
		cmocka_unit_test(test_records_and_replays),
		cmocka_unit_test(test_appends_recordings),
		cmocka_unit_test(test_records_every_act),
		cmocka_unit_test(test_stops_recording_when_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
