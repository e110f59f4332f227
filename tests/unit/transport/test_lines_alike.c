/* A line behind a serial device server is a line: the same stories on both transports, told to the
 * host in the same words. */
#include "tests/unit/transport/witness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/transport/mock_line.h"

/* The far end. */
struct far_end {
	const char *name;
	/* Where it can be reached; later the same place again. */
	void (*appear)(struct far_end *far);
	/* The connection or the plug, from there. */
	void (*leave)(struct far_end *far);
	/* It has a new connection: its descriptor is fd. */
	void (*meet)(struct far_end *far);
	char url[128];
	int fd;
	/* serial: lines that were used up; tcp: listener and its port */
	unsigned number;
	int listener;
	uint16_t port;
};

static void line_appear(struct far_end *far)
{
	static const char *const paths[] = {"/dev/ttyOW0", "/dev/ttyOW1", "/dev/ttyOW2"};

	(void)snprintf(far->url, sizeof(far->url), "serial:" MOCK_LINK);
	if (far->number > 0)
		mock_lines_add_usb(far->number, "A1");
	mock_lines.link = paths[far->number];
}

static void line_meet(struct far_end *far)
{
	far->fd = mock_line_other(far->number);
}

static void line_leave(struct far_end *far)
{
	mock_line_hang_up(far->number++);
	mock_lines.link = NULL;
}

static void server_appear(struct far_end *far)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(far->port)};
	socklen_t len = sizeof(in);
	int yes = 1;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	far->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(far->listener >= 0);
	assert_int_equal(setsockopt(far->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), 0);
	assert_int_equal(bind(far->listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(far->listener, 4), 0);
	assert_int_equal(getsockname(far->listener, (struct sockaddr *)&in, &len), 0);
	far->port = ntohs(in.sin_port);
	(void)snprintf(far->url, sizeof(far->url), "tcp://127.0.0.1:%u", far->port);
}

static void server_meet(struct far_end *far)
{
	if (far->fd >= 0)
		close(far->fd);
	far->fd = accept(far->listener, NULL, NULL);
	assert_true(far->fd >= 0);
}

static void server_leave(struct far_end *far)
{
	close(far->fd);
	close(far->listener);
	far->fd = -1;
	far->listener = -1;
}

static const struct far_end far_ends[] = {
	{.name = "serial", .appear = line_appear, .meet = line_meet, .leave = line_leave, .fd = -1},
	{.name = "tcp",
	 .appear = server_appear,
	 .meet = server_meet,
	 .leave = server_leave,
	 .fd = -1,
	 .listener = -1},
};

static void open_line(struct witness *w, struct far_end *far)
{
	witness_forget(w);
	witness_open(w);
	far->meet(far);
	witness_forget(w);
}

static void say(const struct far_end *far, const char *bytes)
{
	assert_int_equal(write(far->fd, bytes, strlen(bytes)), strlen(bytes));
}

static void hear(const struct far_end *far, const char *bytes)
{
	uint8_t got[64];
	size_t len = 0;
	ssize_t n;

	while (len < strlen(bytes)) {
		n = read(far->fd, got + len, sizeof(got) - len);
		assert_true(n > 0);
		len += (size_t)n;
	}
	assert_int_equal(len, strlen(bytes));
	assert_memory_equal(got, bytes, len);
}

/* The reason of a leaving is each transport's own. */
static void expect_log(struct witness *w, const char *until, const char *wanted)
{
	char *reason;

	witness_run(w, until);
	reason = strstr(w->log, "left -");
	if (reason)
		reason[strlen("left")] = '\0';
	assert_string_equal(w->log, wanted);
}

static void talks(struct witness *w, struct far_end *far)
{
	open_line(w, far);
	witness_submit(w, "\xaa\x01\xff");
	expect_log(w, "done", "done 0\n");
	hear(far, "\xaa\x01\xff");
	say(far, "reply");
	witness_run_received(w, 5);
	assert_memory_equal(w->received, "reply", 5);
	assert_string_equal(w->log, "done 0\n");
}

static void is_not_there_yet(struct witness *w, struct far_end *far)
{
	open_line(w, far);
	far->leave(far);
	expect_log(w, "left", "left");
	assert_true(w->transport->why[0] != '\0');
	for (int i = 0; i < 3; i++) {
		witness_forget(w);
		assert_int_equal(w->transport->ops->open(w->transport, witness_now(w)), 0);
		witness_run(w, "opened -");
		assert_true(w->transport->why[0] != '\0');
		assert_int_equal(w->transport->ops->submit(w->transport, (const uint8_t *)"x", 1,
							   witness_now(w)),
				 -ENOTCONN);
	}
	far->appear(far);
	talks(w, far);
}

/* What it had said is heard before it is gone. */
static void has_last_words(struct witness *w, struct far_end *far)
{
	open_line(w, far);
	say(far, "bye");
	witness_run_received(w, 3);
	far->leave(far);
	expect_log(w, "left", "left");
	assert_memory_equal(w->received, "bye", 3);
}

static void fill(struct witness *w)
{
	static const uint8_t block[TRANSPORT_MAX_SUBMIT];
	size_t before;
	int still = 0;

	while (still < 5) {
		witness_forget(w);
		assert_int_equal(w->transport->ops->submit(w->transport, block, sizeof(block),
							   witness_now(w)),
				 0);
		for (still = 0; still < 5 && !w->log[0]; still++) {
			before = w->progressed;
			witness_turn(w, 10);
			if (w->progressed != before)
				still = 0;
		}
	}
}

static void leaves_in_mid_submit(struct witness *w, struct far_end *far)
{
	open_line(w, far);
	fill(w);
	far->leave(far);
	expect_log(w, "left", "done -19\nleft");
	far->appear(far);
	talks(w, far);
}

static void is_full(struct witness *w, struct far_end *far)
{
	open_line(w, far);
	fill(w);
	assert_int_equal(w->transport->ops->drain(w->transport), -EINPROGRESS);
	assert_string_equal(w->log, "");
	w->transport->ops->cancel(w->transport);
	expect_log(w, "done", "done -125\n");
}

/* Neither what came nor what was to go before the line was closed reaches the next opening. */
static void keeps_openings_apart(struct witness *w, struct far_end *far)
{
	open_line(w, far);
	say(far, "old");
	witness_submit(w, "stale");
	w->transport->ops->close(w->transport);
	open_line(w, far);
	say(far, "new");
	witness_run_received(w, 3);
	assert_int_equal(w->n_received, 3);
	assert_memory_equal(w->received, "new", 3);
	witness_submit(w, "fresh");
	witness_run(w, "done 0");
	hear(far, "fresh");
}

static const struct {
	const char *name;
	void (*play)(struct witness *w, struct far_end *far);
} stories[] = {
	{"talks", talks},
	{"is not there yet", is_not_there_yet},
	{"has last words", has_last_words},
	{"leaves in mid-submit", leaves_in_mid_submit},
	{"is full", is_full},
	{"keeps openings apart", keeps_openings_apart},
};

static void test_lines_behave_alike(void **state)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		for (size_t j = 0; j < sizeof(far_ends) / sizeof(far_ends[0]); j++) {
			struct far_end far = far_ends[j];
			struct witness w;

			print_message("%s: %s\n", far.name, stories[i].name);
			mock_lines_set_up(state);
			far.appear(&far);
			witness_create(&w, far.url);
			stories[i].play(&w, &far);
			witness_destroy(&w);
			if (far.port) {
				close(far.fd);
				close(far.listener);
			}
			mock_lines_tear_down(state);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_behave_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
