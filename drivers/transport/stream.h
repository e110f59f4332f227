/* A transport whose device is one descriptor with bytes both ways: the part that tcp and serial
 * have in common. */
#pragma once

#include "drivers/transport/common.h"

enum stream_state {
	STREAM_CLOSED,
	STREAM_OPENING,
	STREAM_OPEN,
	STREAM_LEAVING, /* gone, and the host is being told */
};

struct stream;

struct stream_kind {
	const char *peer;    /* "the peer", "the line": who left, in sentences */
	bool is_socket;	     /* else a terminal */
	unsigned long queue; /* ioctl: how many bytes the kernel still holds */
	/* Every CHECK_US while bytes are on the way: 0, or a negative errno for a peer that is
	 * there no more. May be NULL. */
	int (*check)(const struct stream *stream);
	/* Instead of close(); busy still tells of a submit that is cut. May be NULL. */
	void (*release)(struct stream *stream, int fd);
};

struct stream {
	struct transport base;
	const struct stream_kind *kind;
	enum stream_state state;
	int fd; /* -1: none */

	bool opening_known; /* else the descriptor becomes writable when the open ended */
	int opening_status;
	int64_t opening_deadline_us;

	bool busy, cancelled;
	size_t len, sent;
	uint8_t bytes[TRANSPORT_MAX_SUBMIT];

	int64_t check_us; /* when to check next; none: TRANSPORT_NO_DEADLINE */

	int64_t burst_us; /* of the second in which so many bytes were read */
	size_t burst;
	int64_t read_again_us; /* it babbles: nothing is read until then; none likewise */

	unsigned session;   /* raised by each close: an upward call may have closed us */
	struct pollfd told; /* what the host was last told to wait for */
	int64_t told_deadline;
};

void stream_init(struct stream *stream, const struct stream_kind *kind);
/* From an open(): takes the descriptor; opened() follows when it is writable or at the deadline. */
void stream_begin_wait(struct stream *stream, int fd, int64_t deadline_us);
/* From an open() that knows its end already: takes the descriptor (-1 with a failure). */
void stream_begin_known(struct stream *stream, int fd, int status);

/* As in struct transport_ops; the transport is a struct stream. */
void stream_close(struct transport *transport);
int stream_submit(struct transport *transport, const uint8_t *bytes, size_t len, int64_t now_us);
void stream_cancel(struct transport *transport);
int stream_drain(struct transport *transport);
int stream_control(struct transport *transport, enum transport_control what, int64_t now_us);
size_t stream_fds(const struct transport *transport, struct pollfd *ret, size_t max);
int64_t stream_deadline(const struct transport *transport);
void stream_process(struct transport *transport, int64_t now_us);
