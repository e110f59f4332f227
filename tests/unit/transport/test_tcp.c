/* tcp: against a listener of the test's own on the loopback interface. */
#include "tests/unit/transport/witness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct hall {
	struct witness w;
	int listener, peer; /* -1: none */
};

static uint8_t block[TRANSPORT_MAX_SUBMIT];

static int bind_loopback(char *ret_url, size_t size, int receive_buffer)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	if (receive_buffer)
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
					    sizeof(receive_buffer)),
				 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	(void)snprintf(ret_url, size, "tcp://127.0.0.1:%u", ntohs(in.sin_port));
	return fd;
}

static void set_up(struct hall *hall)
{
	char url[64];

	hall->listener = bind_loopback(url, sizeof(url), 4096);
	assert_int_equal(listen(hall->listener, 4), 0);
	witness_create(&hall->w, url);
	witness_open(&hall->w);
	hall->peer = accept(hall->listener, NULL, NULL);
	assert_true(hall->peer >= 0);
}

static void tear_down(struct hall *hall)
{
	witness_destroy(&hall->w);
	if (hall->peer >= 0)
		close(hall->peer);
	close(hall->listener);
}

static struct transport *link_of(struct hall *hall)
{
	return hall->w.transport;
}

static void read_exactly(int fd, uint8_t *bytes, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = read(fd, bytes + got, len - got);
		assert_true(n > 0);
		got += (size_t)n;
	}
}

/* Closing with this on sends RST instead of FIN. */
static void reset_peer(struct hall *hall)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	assert_int_equal(setsockopt(hall->peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(hall->peer);
	hall->peer = -1;
}

static int submit_block(struct hall *hall)
{
	return link_of(hall)->ops->submit(link_of(hall), block, sizeof(block),
					  witness_now(&hall->w));
}

/* Submits until the peer, which does not read, takes no more. */
static void fill(struct hall *hall)
{
	size_t before;
	int still = 0;

	while (still < 5) {
		witness_forget(&hall->w);
		assert_int_equal(submit_block(hall), 0);
		for (still = 0; still < 5 && !hall->w.log[0]; still++) {
			before = hall->w.progressed;
			witness_turn(&hall->w, 20);
			if (hall->w.progressed != before)
				still = 0;
		}
	}
	assert_string_equal(hall->w.log, "");
}

static void test_moves_bytes_both_ways(void **state)
{
	struct hall hall;
	uint8_t bytes[16];

	(void)state;
	set_up(&hall);
	assert_int_equal(link_of(&hall)->ops->open(link_of(&hall), 0), -EALREADY);
	witness_submit(&hall.w, "\x1b@hello");
	/* Nothing comes up from the call itself. */
	assert_string_equal(hall.w.log, "opened 0\n");
	assert_int_equal(link_of(&hall)->ops->drain(link_of(&hall)), -EINPROGRESS);
	witness_run(&hall.w, "done");
	assert_string_equal(hall.w.log, "opened 0\ndone 0\n");
	assert_int_equal(hall.w.progressed, 7);
	read_exactly(hall.peer, bytes, 7);
	assert_memory_equal(bytes, "\x1b@hello", 7);
	assert_int_equal(write(hall.peer, "\x12\0\xff", 3), 3);
	witness_run_received(&hall.w, 3);
	assert_memory_equal(hall.w.received, "\x12\0\xff", 3);
	while (link_of(&hall)->ops->drain(link_of(&hall)) == -EINPROGRESS)
		witness_turn(&hall.w, 1);
	assert_int_equal(link_of(&hall)->ops->drain(link_of(&hall)), 0);
	tear_down(&hall);
}

/* To the end of the connection: 0, or a negative errno. */
static int read_to_the_end(struct hall *hall, size_t *ret_len)
{
	static uint8_t bytes[65536];
	ssize_t n;

	*ret_len = 0;
	while ((n = read(hall->peer, bytes, sizeof(bytes))) > 0)
		*ret_len += (size_t)n;
	return n < 0 ? -errno : 0;
}

static void test_tcp_cut_submit(void **state)
{
	struct hall hall;
	size_t len;

	(void)state;
	set_up(&hall);
	fill(&hall);
	link_of(&hall)->ops->close(link_of(&hall));
	assert_int_equal(read_to_the_end(&hall, &len), -ECONNRESET);
	tear_down(&hall);
	/* What was taken whole arrives, also after the close. */
	set_up(&hall);
	assert_int_equal(submit_block(&hall), 0);
	witness_run(&hall.w, "done 0");
	link_of(&hall)->ops->close(link_of(&hall));
	assert_int_equal(read_to_the_end(&hall, &len), 0);
	assert_int_equal(len, sizeof(block));
	tear_down(&hall);
}

static void test_sets_the_socket(void **state)
{
	struct hall hall;
	struct pollfd fd;
	socklen_t len = sizeof(int);
	int value = 0;

	(void)state;
	set_up(&hall);
	assert_int_equal(link_of(&hall)->ops->fds(link_of(&hall), &fd, 1), 1);
	assert_int_equal(fd.events, POLLIN);
	assert_int_equal(getsockopt(fd.fd, IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
	assert_int_not_equal(value, 0);
	assert_int_equal(getsockopt(fd.fd, SOL_SOCKET, SO_KEEPALIVE, &value, &len), 0);
	assert_int_not_equal(value, 0);
	assert_int_equal(getsockopt(fd.fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &len), 0);
	assert_int_equal(value, 10);
	assert_int_equal(getsockopt(fd.fd, IPPROTO_TCP, TCP_KEEPINTVL, &value, &len), 0);
	assert_int_equal(value, 3);
	assert_int_equal(getsockopt(fd.fd, IPPROTO_TCP, TCP_KEEPCNT, &value, &len), 0);
	assert_int_equal(value, 3);
	assert_int_not_equal(fcntl(fd.fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_not_equal(fcntl(fd.fd, F_GETFL) & O_NONBLOCK, 0);
	tear_down(&hall);
}

static void test_refuses_bad_submits(void **state)
{
	struct hall hall;
	const struct transport_ops *ops;

	(void)state;
	set_up(&hall);
	ops = link_of(&hall)->ops;
	assert_int_equal(ops->submit(link_of(&hall), block, 0, 0), -EINVAL);
	assert_int_equal(ops->submit(link_of(&hall), block, sizeof(block) + 1, 0), -EINVAL);
	assert_int_equal(ops->submit(link_of(&hall), block, sizeof(block), 0), 0);
	assert_int_equal(ops->submit(link_of(&hall), block, 1, 0), -EBUSY);
	assert_int_equal(ops->control(link_of(&hall), TRANSPORT_PORT_STATUS, 0), -EOPNOTSUPP);
	tear_down(&hall);
}

static void test_tells_refusal(void **state)
{
	struct witness w;
	char url[64];
	/* Bound and not listening: the kernel refuses, and nobody else can take the port. */
	int fd = bind_loopback(url, sizeof(url), 0);

	(void)state;
	witness_create(&w, url);
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), -EALREADY);
	witness_run(&w, "opened");
	assert_int_equal(w.log[0] ? atoi(w.log + 7) : 0, -ECONNREFUSED);
	assert_non_null(strstr(w.transport->why, "refused"));
	assert_int_equal(w.transport->ops->fds(w.transport, NULL, 0), 0);
	assert_int_equal(w.transport->ops->submit(w.transport, block, 1, 0), -ENOTCONN);
	/* Closed again: it may be tried again. */
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
	witness_destroy(&w);
	close(fd);
}

/* A listener whose queue is full drops what comes, as a dead address does. */
static void test_gives_up_connecting(void **state)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	int listener, callers[4];
	struct witness w;
	char url[64];
	int64_t start_us;
	size_t i;

	(void)state;
	listener = bind_loopback(url, sizeof(url), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &len), 0);
	for (i = 0; i < 4; i++) {
		callers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(callers[i], (struct sockaddr *)&in, len);
	}
	witness_create(&w, url);
	start_us = 1000000;
	assert_int_equal(w.transport->ops->open(w.transport, start_us), 0);
	assert_true(w.transport->ops->deadline(w.transport) == start_us + 3000000);
	w.transport->ops->process(w.transport, start_us + 2999999);
	assert_string_equal(w.log, "");
	assert_int_equal(w.transport->ops->fds(w.transport, NULL, 0), 1);
	w.transport->ops->process(w.transport, start_us + 3000000);
	assert_string_equal(w.log, "opened -110\n");
	assert_string_equal(w.transport->why, "The peer does not answer.");
	assert_true(w.transport->ops->deadline(w.transport) == TRANSPORT_NO_DEADLINE);
	assert_int_equal(w.transport->ops->fds(w.transport, NULL, 0), 0);
	witness_destroy(&w);
	for (i = 0; i < 4; i++)
		close(callers[i]);
	close(listener);
}

/* A peer that is full is waited for however long it takes, and then gets every byte once. */
static void test_waits_for_a_full_peer(void **state)
{
	static uint8_t bytes[1 << 22];
	struct hall hall;
	size_t taken, got = 0, i;
	ssize_t n;

	(void)state;
	for (i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)(i * 7 + i / 256);
	set_up(&hall);
	fill(&hall);
	taken = hall.w.progressed;
	assert_true(taken < sizeof(block));
	for (i = 0; i < 100; i++) {
		hall.w.skew_us += INT64_C(144) * 1000000; /* four hours in all */
		witness_turn(&hall.w, 0);
	}
	assert_string_equal(hall.w.log, "");
	assert_int_equal(hall.w.progressed, taken);
	assert_int_equal(fcntl(hall.peer, F_SETFL, O_NONBLOCK), 0);
	while (!hall.w.log[0]) {
		n = read(hall.peer, bytes + got, sizeof(bytes) - got);
		got += n > 0 ? (size_t)n : 0;
		witness_turn(&hall.w, 5);
	}
	assert_string_equal(hall.w.log, "done 0\n");
	assert_int_equal(hall.w.progressed, sizeof(block));
	assert_int_equal(fcntl(hall.peer, F_SETFL, 0), 0);
	while (got % sizeof(block) || link_of(&hall)->ops->drain(link_of(&hall)) == -EINPROGRESS) {
		n = read(hall.peer, bytes + got, sizeof(bytes) - got);
		assert_true(n > 0);
		got += (size_t)n;
	}
	for (i = 0; i < got; i++)
		assert_int_equal(bytes[i], block[i % sizeof(block)]);
	tear_down(&hall);
}

static void test_sees_the_peer_leave(void **state)
{
	struct hall hall;

	(void)state;
	set_up(&hall);
	/* Its last words first, though they come together. */
	assert_int_equal(write(hall.peer, "bye", 3), 3);
	close(hall.peer);
	hall.peer = -1;
	witness_run(&hall.w, "left");
	assert_string_equal(hall.w.log, "opened 0\nleft -19\n");
	assert_int_equal(hall.w.n_received, 3);
	assert_string_equal(link_of(&hall)->why, "The peer hung up.");
	assert_int_equal(link_of(&hall)->ops->fds(link_of(&hall), NULL, 0), 0);
	/* It opens again. */
	witness_forget(&hall.w);
	witness_open(&hall.w);
	hall.peer = accept(hall.listener, NULL, NULL);
	witness_submit(&hall.w, "again");
	witness_run(&hall.w, "done 0");
	tear_down(&hall);
}

/* Half open: the peer will say no more but could still read. Nothing here talks one way. */
static void test_takes_half_open_for_gone(void **state)
{
	struct hall hall;

	(void)state;
	set_up(&hall);
	assert_int_equal(shutdown(hall.peer, SHUT_WR), 0);
	witness_run(&hall.w, "left");
	assert_string_equal(hall.w.log, "opened 0\nleft -19\n");
	tear_down(&hall);
}

static void test_ends_a_submit_when_the_peer_leaves(void **state)
{
	struct hall hall;

	(void)state;
	set_up(&hall);
	fill(&hall);
	assert_int_equal(shutdown(hall.peer, SHUT_WR), 0);
	witness_run(&hall.w, "left");
	assert_string_equal(hall.w.log, "done -19\nleft -19\n");
	tear_down(&hall);
}

static void test_ends_a_submit_on_reset(void **state)
{
	struct hall hall;

	(void)state;
	set_up(&hall);
	fill(&hall);
	reset_peer(&hall);
	witness_run(&hall.w, "left");
	assert_string_equal(hall.w.log, "done -19\nleft -104\n");
	tear_down(&hall);
}

/* From here on the peer hears nothing and so says nothing: its kernel drops what comes before TCP
 * sees it. That is how a pulled cable looks from here; no packet of its own tells. */
static void vanish(struct hall *hall)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &drop};

	assert_int_equal(
		setsockopt(hall->peer, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
}

/* Idle, with bytes on the way, and full for a while before: all three at once, because it is the
 * kernel's clock that runs here. One that is only full stays. */
static void test_sees_peers_vanish(void **state)
{
	enum { IDLE, SENDING, FULL_BEFORE, FULL, CASES };
	struct hall halls[CASES];
	size_t i;

	(void)state;
	for (i = 0; i < CASES; i++) {
		set_up(&halls[i]);
		if (i == FULL_BEFORE || i == FULL)
			fill(&halls[i]);
		witness_forget(&halls[i].w);
		if (i == SENDING) {
			vanish(&halls[i]);
			assert_int_equal(submit_block(&halls[i]), 0);
		} else if (i != FULL) {
			vanish(&halls[i]);
		}
	}
	while (!halls[IDLE].w.log[0] || !strstr(halls[SENDING].w.log, "left") ||
	       !strstr(halls[FULL_BEFORE].w.log, "left")) {
		for (i = 0; i < CASES; i++)
			witness_turn(&halls[i].w, 20);
		assert_string_equal(halls[FULL].w.log, "");
	}
	assert_string_equal(halls[IDLE].w.log, "left -110\n");
	assert_string_equal(halls[SENDING].w.log, "done 0\nleft -110\n");
	assert_string_equal(halls[FULL_BEFORE].w.log, "done -19\nleft -110\n");
	assert_string_equal(link_of(&halls[SENDING])->why, "The peer is there no more.");
	for (i = 0; i < CASES; i++)
		tear_down(&halls[i]);
}

static void test_cancels(void **state)
{
	struct hall hall;

	(void)state;
	set_up(&hall);
	link_of(&hall)->ops->cancel(link_of(&hall));
	witness_turn(&hall.w, 0);
	assert_string_equal(hall.w.log, "opened 0\n"); /* there was nothing to cancel */
	fill(&hall);
	link_of(&hall)->ops->cancel(link_of(&hall));
	assert_string_equal(hall.w.log, "");
	assert_true(link_of(&hall)->ops->deadline(link_of(&hall)) <= 0);
	assert_int_equal(submit_block(&hall), -EBUSY);
	witness_turn(&hall.w, 0);
	assert_string_equal(hall.w.log, "done -125\n");
	assert_int_equal(submit_block(&hall), 0);
	tear_down(&hall);
}

static void close_on(struct witness *w, const char *line)
{
	static const char *const triggers[] = {"opened", "progress", "done", "received", "left"};

	if (strncmp(line, triggers[w->extra], strlen(triggers[w->extra])) == 0)
		w->transport->ops->close(w->transport);
}

/* From inside any upward call the transport may be closed, and then says nothing more. */
static void test_closes_inside_calls(void **state)
{
	struct hall hall;
	char url[64];
	int kind;

	(void)state;
	for (kind = 0; kind < 5; kind++) {
		hall.listener = bind_loopback(url, sizeof(url), 4096);
		hall.peer = -1;
		assert_int_equal(listen(hall.listener, 4), 0);
		witness_create(&hall.w, url);
		hall.w.extra = kind;
		hall.w.inside = close_on;
		assert_int_equal(link_of(&hall)->ops->open(link_of(&hall), witness_now(&hall.w)),
				 0);
		witness_run(&hall.w, "opened 0");
		if (kind > 0) {
			hall.peer = accept(hall.listener, NULL, NULL);
			assert_int_equal(write(hall.peer, "abc", 3), 3);
		}
		if (kind == 1 || kind == 2)
			witness_submit(&hall.w, "x");
		if (kind == 4)
			reset_peer(&hall);
		if (kind == 2)
			witness_run(&hall.w, "done 0");
		if (kind == 4)
			witness_run(&hall.w, "left");
		witness_turn(&hall.w, 20);
		witness_turn(&hall.w, 20);
		assert_int_equal(link_of(&hall)->ops->fds(link_of(&hall), NULL, 0), 0);
		if (kind == 1)
			assert_null(strstr(hall.w.log, "done"));
		if (kind != 4)
			assert_null(strstr(hall.w.log, "left"));
		tear_down(&hall);
	}
}

static void reopen_inside(struct witness *w, const char *line)
{
	if (strncmp(line, "done -19", 8) == 0)
		assert_int_equal(w->transport->ops->open(w->transport, witness_now(w)), -EALREADY);
	if (strncmp(line, "left", 4) == 0)
		assert_int_equal(w->transport->ops->open(w->transport, witness_now(w)), 0);
}

static void test_opens_again_inside_left(void **state)
{
	struct hall hall;

	(void)state;
	set_up(&hall);
	fill(&hall);
	hall.w.inside = reopen_inside;
	reset_peer(&hall);
	witness_run(&hall.w, "opened 0");
	assert_string_equal(hall.w.log, "done -19\nleft -104\nopened 0\n");
	tear_down(&hall);
}

/* The host polls what it was last told: every difference has to be announced. */
static void test_tells_changes(void **state)
{
	struct hall hall;
	struct pollfd fd;
	unsigned before;

	(void)state;
	set_up(&hall);
	assert_true(hall.w.n_changed >= 2); /* connecting, open */
	before = hall.w.n_changed;
	witness_submit(&hall.w, "x");
	assert_int_equal(hall.w.n_changed, before + 1);
	assert_int_equal(link_of(&hall)->ops->fds(link_of(&hall), &fd, 1), 1);
	assert_int_equal(fd.events, POLLIN | POLLOUT);
	witness_run(&hall.w, "done 0");
	assert_int_equal(hall.w.n_changed, before + 2);
	witness_turn(&hall.w, 0);
	assert_int_equal(hall.w.n_changed, before + 2);
	link_of(&hall)->ops->close(link_of(&hall));
	assert_int_equal(hall.w.n_changed, before + 2);
	/* Twice the same number and the same wait, but not the same socket. */
	assert_int_equal(link_of(&hall)->ops->open(link_of(&hall), 5), 0);
	assert_int_equal(hall.w.n_changed, before + 3);
	link_of(&hall)->ops->close(link_of(&hall));
	assert_int_equal(link_of(&hall)->ops->open(link_of(&hall), 5), 0);
	assert_int_equal(hall.w.n_changed, before + 4);
	tear_down(&hall);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves_bytes_both_ways),
		cmocka_unit_test(test_tcp_cut_submit),
		cmocka_unit_test(test_sets_the_socket),
		cmocka_unit_test(test_refuses_bad_submits),
		cmocka_unit_test(test_tells_refusal),
		cmocka_unit_test(test_gives_up_connecting),
		cmocka_unit_test(test_waits_for_a_full_peer),
		cmocka_unit_test(test_sees_the_peer_leave),
		cmocka_unit_test(test_takes_half_open_for_gone),
		cmocka_unit_test(test_ends_a_submit_when_the_peer_leaves),
		cmocka_unit_test(test_ends_a_submit_on_reset),
		cmocka_unit_test(test_sees_peers_vanish),
		cmocka_unit_test(test_cancels),
		cmocka_unit_test(test_closes_inside_calls),
		cmocka_unit_test(test_opens_again_inside_left),
		cmocka_unit_test(test_tells_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
