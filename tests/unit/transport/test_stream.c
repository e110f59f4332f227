/* The state machine under tcp and serial, on a pseudo-terminal and on a socket pair, and serial's
 * refusals. libserialport takes no pseudo-terminal, so that is how the part that reads and writes a
 * line is reached without one. */
#include "tests/unit/transport/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/transport/stream.h"

struct line {
	struct stream stream; /* first */
	struct witness w;
	int end; /* to be opened */
	int other;
	int status; /* of the opening */
};

static unsigned n_released;

static void count_release(struct stream *stream, int fd)
{
	assert_int_equal(stream->fd, -1);
	assert_int_equal(close(fd), 0);
	n_released++;
}

static const struct stream_kind line_kind = {
	.peer = "The line",
	.is_socket = false,
	.queue = TIOCOUTQ,
	.release = count_release,
};

static const struct stream_kind socket_kind = {
	.peer = "The peer",
	.is_socket = true,
	.queue = TIOCOUTQ,
	.release = count_release,
};

static int line_open(struct transport *transport, int64_t now_us)
{
	struct line *line = (struct line *)transport;

	(void)now_us;
	if (line->stream.state != STREAM_CLOSED)
		return -EALREADY;
	stream_begin_known(&line->stream, line->status < 0 ? -1 : line->end, line->status);
	return 0;
}

static void line_destroy(struct transport *transport)
{
	(void)transport;
}

static const struct transport_ops line_ops = {
	.scheme = "line",
	.destroy = line_destroy,
	.open = line_open,
	.close = stream_close,
	.submit = stream_submit,
	.cancel = stream_cancel,
	.drain = stream_drain,
	.control = stream_control,
	.fds = stream_fds,
	.deadline = stream_deadline,
	.process = stream_process,
};

static void set_up(struct line *line, bool terminal)
{
	struct termios raw;
	int pair[2];

	memset(line, 0, sizeof(*line));
	n_released = 0;
	if (terminal) {
		assert_int_equal(openpty(&pair[1], &pair[0], NULL, NULL, NULL), 0);
		assert_int_equal(tcgetattr(pair[0], &raw), 0);
		cfmakeraw(&raw);
		assert_int_equal(tcsetattr(pair[0], TCSANOW, &raw), 0);
	} else {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	}
	assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	line->end = pair[0];
	line->other = pair[1];
	line->stream.base = (struct transport){&line_ops, &witness_host, &line->w, ""};
	line->w.transport = &line->stream.base;
	stream_init(&line->stream, terminal ? &line_kind : &socket_kind);
	witness_open(&line->w);
}

static void close_other(struct line *line)
{
	close(line->other);
	line->other = -1;
}

static void tear_down(struct line *line)
{
	witness_destroy(&line->w);
	if (line->other >= 0)
		close_other(line);
	/* Whatever happened, the descriptor was given back once. */
	assert_int_equal(n_released, 1);
	assert_int_equal(fcntl(line->end, F_GETFD), -1);
}

static void talk(bool terminal)
{
	struct line line;
	uint8_t bytes[8];
	size_t got = 0;
	ssize_t n;

	set_up(&line, terminal);
	witness_submit(&line.w, "A0\r\n\x04\x11");
	witness_run(&line.w, "done 0");
	assert_int_equal(line.w.progressed, 6);
	while (got < 6) {
		n = read(line.other, bytes + got, sizeof(bytes) - got);
		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_memory_equal(bytes, "A0\r\n\x04\x11", 6);
	assert_int_equal(write(line.other, "\x03\0\r\xff", 4), 4);
	witness_run_received(&line.w, 4);
	assert_memory_equal(line.w.received, "\x03\0\r\xff", 4);
	assert_int_equal(stream_control(line.w.transport, TRANSPORT_SOFT_RESET, 0), -EOPNOTSUPP);
	tear_down(&line);
}

static void test_talks_on_a_terminal(void **state)
{
	(void)state;
	talk(true);
}

static void test_talks_on_a_socket(void **state)
{
	(void)state;
	talk(false);
}

/* Submits until the other end, which does not read, holds one up; returns how much was taken. */
static size_t fill(struct line *line)
{
	static uint8_t block[TRANSPORT_MAX_SUBMIT];
	size_t total = 0, i;
	int turns;

	for (i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)(i % 251);
	for (;;) {
		witness_forget(&line->w);
		assert_int_equal(stream_submit(line->w.transport, block, sizeof(block), 0), 0);
		for (turns = 0; turns < 10 && !line->w.log[0]; turns++)
			witness_turn(&line->w, 5);
		total += line->w.progressed;
		if (!line->w.log[0])
			return total;
		assert_string_equal(line->w.log, "done 0\n");
	}
}

static void wait_when_full(bool terminal)
{
	static uint8_t bytes[1 << 20];
	struct line line;
	size_t before, got = 0, i;
	ssize_t n;

	set_up(&line, terminal);
	before = fill(&line) - line.w.progressed;
	assert_int_equal(stream_drain(line.w.transport), -EINPROGRESS);
	assert_int_equal(fcntl(line.other, F_SETFL, O_NONBLOCK), 0);
	while (got < before + TRANSPORT_MAX_SUBMIT) {
		n = read(line.other, bytes + got, sizeof(bytes) - got);
		got += n > 0 ? (size_t)n : 0;
		witness_turn(&line.w, 5);
	}
	witness_run(&line.w, "done 0");
	assert_int_equal(line.w.progressed, TRANSPORT_MAX_SUBMIT);
	assert_int_equal(got, before + TRANSPORT_MAX_SUBMIT);
	for (i = 0; i < got; i++)
		assert_int_equal(bytes[i], i % TRANSPORT_MAX_SUBMIT % 251);
	assert_int_equal(stream_drain(line.w.transport), 0);
	tear_down(&line);
}

static void test_waits_for_a_full_terminal(void **state)
{
	(void)state;
	wait_when_full(true);
}

static void test_waits_for_a_full_socket(void **state)
{
	(void)state;
	wait_when_full(false);
}

static void lose_the_other_end(bool terminal)
{
	struct line line;

	set_up(&line, terminal);
	fill(&line);
	close_other(&line);
	witness_run(&line.w, "left");
	assert_memory_equal(line.w.log, "done -19\nleft -", 15);
	assert_int_equal(line.stream.fd, -1);
	assert_int_equal(stream_submit(line.w.transport, (const uint8_t *)"x", 1, 0), -ENOTCONN);
	assert_true(strlen(line.w.transport->why) > 10);
	tear_down(&line);
}

static void test_sees_a_terminal_leave(void **state)
{
	(void)state;
	lose_the_other_end(true);
}

static void test_sees_a_socket_leave(void **state)
{
	(void)state;
	lose_the_other_end(false);
}

static void test_hears_last_words(void **state)
{
	struct line line;

	(void)state;
	set_up(&line, false);
	assert_int_equal(write(line.other, "last", 4), 4);
	close_other(&line);
	witness_run(&line.w, "left");
	assert_string_equal(line.w.log, "opened 0\nleft -19\n");
	assert_memory_equal(line.w.received, "last", 4);
	tear_down(&line);
}

/* One that talks without end gets its turn and no more. */
static void test_bounds_a_turn(void **state)
{
	static const uint8_t block[65536];
	struct line line;
	ssize_t n;

	(void)state;
	set_up(&line, false);
	assert_int_equal(fcntl(line.other, F_SETFL, O_NONBLOCK), 0);
	n = write(line.other, block, sizeof(block));
	assert_true(n > 32768);
	witness_turn(&line.w, 20);
	assert_int_equal(line.w.n_received, 4 * 4096);
	witness_run_received(&line.w, (size_t)n);
	tear_down(&line);
}

/* One that talks all day costs no more than a few turns a second, and is not lost. */
static void test_pauses_behind_a_babbler(void **state)
{
	static const uint8_t block[16384];
	struct pollfd fds[1];
	struct line line;
	int64_t now_us;
	char question;

	(void)state;
	set_up(&line, false);
	now_us = witness_now(&line.w);
	for (int turn = 0; turn < 5; turn++) {
		assert_int_equal(write(line.other, block, sizeof(block)), sizeof(block));
		assert_int_equal(stream_fds(line.w.transport, fds, 1), 1);
		line.w.n_received = 0;
		stream_process(line.w.transport, now_us);
		assert_int_equal(line.w.n_received, sizeof(block));
	}
	assert_int_equal(write(line.other, "more", 4), 4);
	assert_int_equal(stream_fds(line.w.transport, fds, 1), 0);
	assert_int_equal(stream_deadline(line.w.transport), now_us + 100000);
	stream_process(line.w.transport, now_us + 99999);
	assert_int_equal(line.w.n_received, sizeof(block));
	/* What goes out goes on meanwhile. */
	assert_int_equal(stream_submit(line.w.transport, (const uint8_t *)"?", 1, now_us), 0);
	assert_int_equal(stream_fds(line.w.transport, fds, 1), 1);
	assert_int_equal(fds[0].events, POLLOUT);
	stream_process(line.w.transport, now_us + 99999);
	assert_string_equal(line.w.log, "opened 0\ndone 0\n");
	assert_int_equal(read(line.other, &question, 1), 1);
	close_other(&line);
	stream_process(line.w.transport, now_us + 100000);
	assert_int_equal(line.w.n_received, sizeof(block) + 4);
	stream_process(line.w.transport, now_us + 1000000);
	witness_run(&line.w, "left");
	tear_down(&line);
}

static void cancel_inside(struct witness *w, const char *line)
{
	if (strcmp(line, "progress\n") == 0)
		stream_cancel(w->transport);
}

/* A cancel holds even where the last byte has just gone. */
static void test_cancels_inside_progress(void **state)
{
	struct line line;

	(void)state;
	set_up(&line, false);
	line.w.inside = cancel_inside;
	witness_submit(&line.w, "abc");
	witness_run(&line.w, "done");
	assert_string_equal(line.w.log, "opened 0\ndone -125\n");
	line.w.inside = NULL;
	witness_submit(&line.w, "def");
	witness_run(&line.w, "done 0");
	tear_down(&line);
}

static void close_in_done(struct witness *w, const char *text)
{
	if (strncmp(text, "done", 4) == 0)
		stream_close(w->transport);
}

/* The done that comes before left may close as well, and then there is no left. */
static void test_closes_while_it_leaves(void **state)
{
	struct line line;

	(void)state;
	set_up(&line, false);
	fill(&line);
	line.w.inside = close_in_done;
	close_other(&line);
	witness_run(&line.w, "done");
	witness_turn(&line.w, 0);
	assert_string_equal(line.w.log, "done -19\n");
	assert_int_equal(line.stream.state, STREAM_CLOSED);
	tear_down(&line);
}

static void submit_again(struct witness *w, const char *text)
{
	if (strcmp(text, "done 0\n") == 0 && w->extra-- > 0)
		witness_submit(w, "more");
}

static void test_submits_inside_done(void **state)
{
	struct line line;
	char bytes[20] = "";

	(void)state;
	set_up(&line, false);
	line.w.inside = submit_again;
	line.w.extra = 3;
	witness_submit(&line.w, "more");
	witness_run(&line.w, "done 0\ndone 0\ndone 0\ndone 0\n");
	assert_int_equal(read(line.other, bytes, sizeof(bytes)), 16);
	assert_memory_equal(bytes, "moremoremoremore", 16);
	tear_down(&line);
}

static void test_tells_a_failed_opening(void **state)
{
	struct line line;

	(void)state;
	set_up(&line, false);
	stream_close(line.w.transport);
	witness_forget(&line.w);
	line.status = -EIO;
	assert_int_equal(line_open(line.w.transport, 0), 0);
	assert_int_equal(line_open(line.w.transport, 0), -EALREADY);
	assert_true(stream_deadline(line.w.transport) <= 0);
	assert_string_equal(line.w.log, "");
	witness_turn(&line.w, 0);
	assert_string_equal(line.w.log, "opened -5\n");
	assert_int_equal(line.stream.state, STREAM_CLOSED);
	tear_down(&line);
}

static void test_close_silences_an_opening(void **state)
{
	struct line line;
	int pair[2];

	(void)state;
	set_up(&line, false);
	stream_close(line.w.transport);
	witness_forget(&line.w);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	line.end = pair[0];
	n_released = 0;
	assert_int_equal(line_open(line.w.transport, 0), 0);
	stream_close(line.w.transport);
	witness_turn(&line.w, 0);
	assert_string_equal(line.w.log, "");
	close(pair[1]);
	tear_down(&line);
}

#if HAVE_SERIAL
/* Opens a path as serial: would; the refusal has to name the path and the status. */
static void refuse(const char *path, int status, const char *word)
{
	char url[TRANSPORT_URL_SIZE + 32], wanted[32];
	struct witness w;

	(void)snprintf(url, sizeof(url), "serial:%s", path);
	(void)snprintf(wanted, sizeof(wanted), "opened %d\n", status);
	witness_create(&w, url);
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), -EALREADY);
	witness_run(&w, "opened");
	if (strcmp(w.log, wanted) != 0 || !strstr(w.transport->why, path) ||
	    !strstr(w.transport->why, word))
		fail_msg("%s: %s %s", path, w.log, w.transport->why);
	assert_int_equal(w.transport->ops->fds(w.transport, NULL, 0), 0);
	witness_destroy(&w);
}

static void test_serial_refuses_what_is_no_line(void **state)
{
	char path[200], link[200], slave[200];
	int master, fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/missing", witness_folder());
	refuse(path, -ENOENT, "No such line");
	(void)snprintf(link, sizeof(link), "%s/by-id", witness_folder());
	assert_int_equal(symlink(path, link), 0);
	refuse(link, -ENOENT, "No such line");
	assert_int_equal(unlink(link), 0);
	(void)snprintf(path, sizeof(path), "%s/file", witness_folder());
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	refuse(path, -ENOTTY, "no serial line");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	refuse(path, -ENOTTY, "no serial line");
	refuse("/dev/null", -ENOTTY, "no serial line");
	assert_int_equal(openpty(&master, &fd, slave, NULL, NULL), 0);
	refuse(slave, -EOPNOTSUPP, "pseudo-terminal");
	/* Through a link as udev makes them, too. */
	assert_int_equal(symlink(slave, link), 0);
	refuse(link, -EOPNOTSUPP, "pseudo-terminal");
	close(fd);
	close(master);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks_on_a_terminal),
		cmocka_unit_test(test_talks_on_a_socket),
		cmocka_unit_test(test_waits_for_a_full_terminal),
		cmocka_unit_test(test_waits_for_a_full_socket),
		cmocka_unit_test(test_sees_a_terminal_leave),
		cmocka_unit_test(test_sees_a_socket_leave),
		cmocka_unit_test(test_hears_last_words),
		cmocka_unit_test(test_bounds_a_turn),
		cmocka_unit_test(test_pauses_behind_a_babbler),
		cmocka_unit_test(test_cancels_inside_progress),
		cmocka_unit_test(test_closes_while_it_leaves),
		cmocka_unit_test(test_submits_inside_done),
		cmocka_unit_test(test_tells_a_failed_opening),
		cmocka_unit_test(test_close_silences_an_opening),
#if HAVE_SERIAL
		cmocka_unit_test(test_serial_refuses_what_is_no_line),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
