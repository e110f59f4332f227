/* The state machine of a descriptor with bytes both ways. Nothing is written from submit() itself:
 * it arms POLLOUT, so that progress and done always come from process() and a host that submits
 * from done() does not recurse. A full peer (a printer out of paper behind a device server) just
 * leaves POLLOUT unanswered, for hours if it must. */
#include "drivers/transport/stream.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_SIZE = 4096,
	READS_A_TURN = 4, /* a babbling peer may not starve the others of the loop */
	BURST = 65536,	  /* bytes in a second, then a pause after each turn: it babbles */
	BURST_US = 1000 * 1000,
	PAUSE_US = 100 * 1000,
	CHECK_US = 2 * 1000 * 1000,
};

static struct stream *to_stream(struct transport *transport)
{
	return (struct stream *)transport;
}

static const struct stream *to_const_stream(const struct transport *transport)
{
	return (const struct stream *)transport;
}

void stream_init(struct stream *stream, const struct stream_kind *kind)
{
	stream->kind = kind;
	stream->state = STREAM_CLOSED;
	stream->fd = -1;
	stream->told.fd = -1;
	stream->told_deadline = TRANSPORT_NO_DEADLINE;
	stream->check_us = TRANSPORT_NO_DEADLINE;
	stream->read_again_us = TRANSPORT_NO_DEADLINE;
}

static bool is_paused(const struct stream *s)
{
	return s->read_again_us != TRANSPORT_NO_DEADLINE;
}

/* None: nothing but a deadline is waited for. */
static short wanted_events(const struct stream *s)
{
	return (short)((is_paused(s) ? 0 : POLLIN) | (s->busy ? POLLOUT : 0));
}

static void current_wait(const struct stream *s, struct pollfd *ret)
{
	*ret = (struct pollfd){.fd = -1};
	if (s->state == STREAM_OPENING && !s->opening_known)
		*ret = (struct pollfd){.fd = s->fd, .events = POLLOUT};
	if (s->state == STREAM_OPEN && wanted_events(s))
		*ret = (struct pollfd){.fd = s->fd, .events = wanted_events(s)};
}

static void tell_changes(struct stream *s)
{
	struct pollfd wait;
	int64_t deadline;

	current_wait(s, &wait);
	deadline = stream_deadline(&s->base);
	if (wait.fd == s->told.fd && wait.events == s->told.events && deadline == s->told_deadline)
		return;
	s->told = wait;
	s->told_deadline = deadline;
	transport_tell_changed(&s->base);
}

static void release_fd(struct stream *s)
{
	int fd = s->fd;

	if (fd < 0)
		return;
	s->fd = -1;
	if (s->kind->release)
		s->kind->release(s, fd);
	else
		close(fd);
	/* The next descriptor may get the same number: it has to be told anew. */
	s->told = (struct pollfd){.fd = -2};
}

void stream_begin_wait(struct stream *stream, int fd, int64_t deadline_us)
{
	assert(stream->state == STREAM_CLOSED);
	stream->base.why[0] = '\0';
	stream->fd = fd;
	stream->state = STREAM_OPENING;
	stream->opening_known = false;
	stream->opening_deadline_us = deadline_us;
	tell_changes(stream);
}

void stream_begin_known(struct stream *stream, int fd, int status)
{
	assert(stream->state == STREAM_CLOSED);
	stream->fd = fd;
	stream->state = STREAM_OPENING;
	stream->opening_known = true;
	stream->opening_status = status;
	tell_changes(stream);
}

void stream_close(struct transport *transport)
{
	struct stream *s = to_stream(transport);

	release_fd(s);
	s->state = STREAM_CLOSED;
	s->busy = false;
	s->cancelled = false;
	s->check_us = TRANSPORT_NO_DEADLINE;
	s->read_again_us = TRANSPORT_NO_DEADLINE;
	s->session++;
}

int stream_submit(struct transport *transport, const uint8_t *bytes, size_t len, int64_t now_us)
{
	struct stream *s = to_stream(transport);

	if (s->state != STREAM_OPEN)
		return -ENOTCONN;
	if (len < 1 || len > TRANSPORT_MAX_SUBMIT)
		return -EINVAL;
	if (s->busy)
		return -EBUSY;
	memcpy(s->bytes, bytes, len);
	s->len = len;
	s->sent = 0;
	s->busy = true;
	if (s->kind->check && s->check_us == TRANSPORT_NO_DEADLINE)
		s->check_us = now_us + CHECK_US;
	tell_changes(s);
	return 0;
}

void stream_cancel(struct transport *transport)
{
	struct stream *s = to_stream(transport);

	if (s->state != STREAM_OPEN || !s->busy)
		return;
	s->cancelled = true;
	tell_changes(s);
}

int stream_drain(struct transport *transport)
{
	struct stream *s = to_stream(transport);
	int held;

	if (s->state != STREAM_OPEN)
		return -ENOTCONN;
	if (s->busy)
		return -EINPROGRESS;
	if (ioctl(s->fd, s->kind->queue, &held) < 0)
		return -errno;
	return held > 0 ? -EINPROGRESS : 0;
}

int stream_control(struct transport *transport, enum transport_control what, int64_t now_us)
{
	(void)transport;
	(void)what;
	(void)now_us;
	return -EOPNOTSUPP;
}

size_t stream_fds(const struct transport *transport, struct pollfd *ret, size_t max)
{
	struct pollfd wait;

	current_wait(to_const_stream(transport), &wait);
	if (wait.fd < 0)
		return 0;
	if (max > 0)
		ret[0] = wait;
	return 1;
}

int64_t stream_deadline(const struct transport *transport)
{
	const struct stream *s = to_const_stream(transport);

	if (s->state == STREAM_OPENING)
		return s->opening_known ? TRANSPORT_DUE : s->opening_deadline_us;
	if (s->state == STREAM_OPEN && s->cancelled)
		return TRANSPORT_DUE;
	if (s->state != STREAM_OPEN)
		return TRANSPORT_NO_DEADLINE;
	return s->check_us < s->read_again_us ? s->check_us : s->read_again_us;
}

static void leave(struct stream *s, int reason, const char *how)
{
	unsigned session = s->session;
	bool was_busy = s->busy;

	(void)transport_blame(&s->base, reason, "%s %s.", s->kind->peer, how);
	release_fd(s);
	s->busy = false;
	s->cancelled = false;
	s->check_us = TRANSPORT_NO_DEADLINE;
	s->read_again_us = TRANSPORT_NO_DEADLINE;
	s->state = STREAM_LEAVING;
	if (was_busy)
		transport_tell_done(&s->base, -ENODEV);
	if (s->session != session)
		return;
	s->state = STREAM_CLOSED;
	transport_tell_left(&s->base, reason);
}

/* Behind "The peer". */
static const char *how_it_went(int error)
{
	switch (error) {
	case EIO: return "is gone";
	case ECONNRESET:
	case EPIPE: return "hung up";
	case ETIMEDOUT: return "does not answer";
	default: return strerror(error);
	}
}

/* The error that a socket keeps, or one that says only "gone". */
static int pending_error(const struct stream *s)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (s->kind->is_socket && getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	return -error;
}

static void process_opening(struct stream *s, int64_t now_us)
{
	struct pollfd wait = {.fd = s->fd, .events = POLLOUT};
	int status;

	if (s->opening_known) {
		status = s->opening_status;
	} else if (poll(&wait, 1, 0) > 0) {
		status = pending_error(s);
		if (status < 0)
			(void)transport_blame(&s->base, status, "%s does not take the call: %s.",
					      s->kind->peer, strerror(-status));
	} else if (now_us >= s->opening_deadline_us) {
		status =
			transport_blame(&s->base, -ETIMEDOUT, "%s does not answer.", s->kind->peer);
	} else {
		return;
	}
	if (status < 0) {
		release_fd(s);
		s->state = STREAM_CLOSED;
	} else {
		s->state = STREAM_OPEN;
	}
	transport_tell_opened(&s->base, status);
}

static bool is_still(const struct stream *s, unsigned session)
{
	return s->session == session && s->state == STREAM_OPEN;
}

/* No device of a hall says so much. What it sends on waits in the kernel, and holds the peer up. */
static bool babbles(struct stream *s, size_t len, int64_t now_us)
{
	if (now_us - s->burst_us >= BURST_US) {
		s->burst_us = now_us;
		s->burst = 0;
	}
	s->burst += len;
	return s->burst > BURST;
}

/* Last words come before the hang-up that poll() reports with them: when they are read, it comes
 * alone. */
static void read_some(struct stream *s, int64_t now_us)
{
	unsigned session = s->session;
	uint8_t bytes[READ_SIZE];
	ssize_t n;
	int i, error;

	for (i = 0; i < READS_A_TURN && is_still(s, session); i++) {
		n = read(s->fd, bytes, sizeof(bytes));
		error = errno;
		if (n > 0) {
			if (babbles(s, (size_t)n, now_us))
				s->read_again_us = now_us + PAUSE_US;
			transport_tell_received(&s->base, bytes, (size_t)n);
		} else if (n == 0) {
			leave(s, -ENODEV, "hung up");
		} else if (error != EAGAIN && error != EINTR) {
			leave(s, -error, how_it_went(error));
		} else {
			return;
		}
	}
}

static void write_some(struct stream *s)
{
	unsigned session = s->session;
	ssize_t n;
	int error;

	if (s->kind->is_socket)
		n = send(s->fd, s->bytes + s->sent, s->len - s->sent, MSG_NOSIGNAL);
	else
		n = write(s->fd, s->bytes + s->sent, s->len - s->sent);
	error = errno;
	if (n < 0) {
		if (error != EAGAIN && error != EINTR)
			leave(s, -error, how_it_went(error));
		return;
	}
	s->sent += (size_t)n;
	if (n > 0)
		transport_tell_progress(&s->base, (size_t)n);
	if (!is_still(s, session) || !s->busy || s->sent < s->len)
		return;
	/* A cancel from inside progress() still ends as one. */
	s->busy = false;
	if (s->cancelled) {
		s->cancelled = false;
		transport_tell_done(&s->base, -ECANCELED);
	} else {
		transport_tell_done(&s->base, 0);
	}
}

/* As long as bytes are on the way; an idle line has its kernel's means, if it has any. */
static void check(struct stream *s, int64_t now_us)
{
	int r;

	s->check_us = TRANSPORT_NO_DEADLINE;
	if (stream_drain(&s->base) != -EINPROGRESS)
		return;
	r = s->kind->check(s);
	if (r < 0)
		leave(s, r, "is there no more");
	else
		s->check_us = now_us + CHECK_US;
}

static void process_open(struct stream *s, int64_t now_us)
{
	struct pollfd wait = {.fd = s->fd};
	unsigned session = s->session;
	int reason;

	if (now_us >= s->read_again_us)
		s->read_again_us = TRANSPORT_NO_DEADLINE;
	wait.events = wanted_events(s);
	if (s->cancelled) {
		s->cancelled = false;
		s->busy = false;
		transport_tell_done(&s->base, -ECANCELED);
		if (!is_still(s, session))
			return;
	}
	if (poll(&wait, 1, 0) <= 0)
		return;
	if (wait.revents & POLLIN) {
		read_some(s, now_us);
	} else if (!is_paused(s) && wait.revents & (POLLHUP | POLLERR | POLLNVAL)) {
		reason = pending_error(s);
		leave(s, reason < 0 ? reason : -ENODEV, "hung up");
	}
	if (is_still(s, session) && s->busy && (wait.revents & POLLOUT))
		write_some(s);
}

void stream_process(struct transport *transport, int64_t now_us)
{
	struct stream *s = to_stream(transport);

	if (s->state == STREAM_OPENING)
		process_opening(s, now_us);
	else if (s->state == STREAM_OPEN)
		process_open(s, now_us);
	if (s->state == STREAM_OPEN && now_us >= s->check_us)
		check(s, now_us);
	tell_changes(s);
}
