/* How often a link is opened again: against a listener of the test's own on the loopback interface,
 * with a clock that the test moves. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/devices/link.h"

enum { GUARD_MS = 20000 };
static const int64_t S = 1000000;

static struct world {
	struct link link;
	int64_t now_us;
	unsigned ups, downs;
	int listener;
} w;

static void on_up(void *user)
{
	(void)user;
	w.ups++;
}

static void on_down(void *user, int reason)
{
	(void)user, (void)reason;
	w.downs++;
}

static void on_received(void *user, const uint8_t *bytes, size_t len)
{
	(void)user, (void)bytes, (void)len;
}

static void on_progress(void *user, size_t bytes)
{
	(void)user, (void)bytes;
}

static void on_sent(void *user, int status)
{
	(void)user, (void)status;
}

static void on_changed(void *user)
{
	(void)user;
}

static int64_t now_us(void *user)
{
	(void)user;
	return w.now_us;
}

static const struct link_ops ops = {
	.up = on_up,
	.down = on_down,
	.received = on_received,
	.progress = on_progress,
	.sent = on_sent,
	.changed = on_changed,
	.now_us = now_us,
};

static int set_up(void **state)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);
	char url[64], error[128];

	(void)state;
	w = (struct world){.now_us = 1000 * S};
	w.listener = socket(AF_INET, SOCK_STREAM, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(w.listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(w.listener, 4), 0);
	assert_int_equal(getsockname(w.listener, (struct sockaddr *)&in, &len), 0);
	(void)snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", ntohs(in.sin_port));
	assert_int_equal(link_init(&w.link, url, &ops, &w, error, sizeof(error)), 0);
	link_open(&w.link);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	link_finish(&w.link);
	close(w.listener);
	return 0;
}

/* The clock stands still; what is waited for is the other end. */
static void run_until(const unsigned *count, unsigned wanted)
{
	const struct transport *transport = w.link.transport;
	struct pollfd fds[TRANSPORT_MAX_FDS];

	while (*count < wanted) {
		size_t n = transport->ops->fds(transport, fds, TRANSPORT_MAX_FDS);

		if (link_deadline(&w.link) > w.now_us)
			assert_int_equal(poll(fds, n, GUARD_MS), 1);
		link_process(&w.link, w.now_us);
	}
}

/* It is called, takes the call, and hangs up so much later; how long is waited then. */
static int64_t hang_up(int64_t after_us)
{
	int peer;

	run_until(&w.ups, w.ups + 1);
	peer = accept(w.listener, NULL, NULL);
	assert_true(peer >= 0);
	w.now_us += after_us;
	close(peer);
	run_until(&w.downs, w.downs + 1);
	assert_false(w.link.up);
	return w.link.retry_us - w.now_us;
}

static void test_one_that_hangs_up_at_once(void **state)
{
	static const int64_t pauses_us[] = {500000, 1000000, 2000000, 4000000, 5000000, 5000000};

	(void)state;
	for (size_t i = 0; i < sizeof(pauses_us) / sizeof(pauses_us[0]); i++) {
		assert_int_equal(hang_up(0), pauses_us[i]);
		w.now_us = w.link.retry_us;
	}
	/* Once it stays, it is soon called again. */
	assert_int_equal(hang_up(LINK_HELD_US - 1), 5000000);
	w.now_us = w.link.retry_us;
	assert_int_equal(hang_up(LINK_HELD_US), 500000);
}

/* A plug that went in is no reason to wait. */
static void test_a_nudge(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		hang_up(0);
		w.now_us = w.link.retry_us;
	}
	hang_up(0);
	link_nudge(&w.link);
	assert_int_equal(w.link.retry_us, w.now_us);
	assert_int_equal(hang_up(0), 500000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_that_hangs_up_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_nudge, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
