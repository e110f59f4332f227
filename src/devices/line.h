/* The bus master of one half-duplex line: up to 128 boards and keypads, one talker at a time.
 *
 * Pure: bytes and time come in, bytes and deadlines go out. It owns neither the transport nor the
 * devices; whoever does feeds it and runs it when line_deadline() is reached. Nothing here
 * allocates. All times are microseconds of one monotonic clock.
 *
 * Order: new calls, key polls, repairs, background refresh; within one kind the device
 * served longest ago with that kind. A kind that was passed over LINE_MAX_PASSED times is served
 * once before the higher ones go on, so that key polls which fill the line do not keep the displays
 * from being written.
 *
 * A device that missed LINE_TRIES times in a row is silent: it is asked again after 0.5 s, 1 s,
 * 2 s ... 30 s, as a repair or less. With LINE_DEAD misses in a row it is dead: it is background,
 * and as long as another device of the line is not silent, all dead ones together get at most one
 * twentieth of the line's time.
 * Between the two it may as well be noise: where one exchange in three fails, one live device in
 * forty misses three in a row and one in two million misses twelve.
 *
 * A transceiver that hears what it sends is told by options.echo: each request is then heard first
 * and taken out of what comes; see line_echo.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/driver.h"

enum {
	LINE_MAX_DEVICES = 128,
	LINE_MAX_REPLY = 1024, /* bytes kept of what came during one exchange */
	LINE_TRIES = 3,
	LINE_DEAD = 12,
	LINE_MAX_PASSED = 12,
	LINE_MAX_PASSED_BY_CALLS = 32,
	LINE_DEAD_SHARE = 20, /* dead devices get 1/20 of the time */
	LINE_BACKOFF_MIN_US = 500000,
	LINE_BACKOFF_MAX_US = 30000000,
	LINE_SILENCE_US = 30000,    /* USB adapters hold bytes back for up to 16 ms */
	LINE_SETTLE_US = 50000,	    /* for a device server behind tcp: */
	LINE_HOLD_US = 100000,	    /* who babbles delays an exchange by no more than this */
	LINE_SHARE_US = 60000000,   /* shares are of the last one to two minutes */
	LINE_STALLED_US = 10000000, /* write() never confirmed */
	LINE_PRIORITIES = EXCHANGE_REFRESH + 1,
};
#define LINE_NO_DEADLINE INT64_MAX

enum line_trace { LINE_TRACE_SENT, LINE_TRACE_RECEIVED, LINE_TRACE_STRAY /* nobody had asked */ };

struct line_ops {
	/* Bytes for the wire, at most EXCHANGE_MAX_BYTES and one write at a time; line_sent()
	 * follows, also from inside this call. On a negative errno it does not follow. */
	int (*write)(void *user, const uint8_t *bytes, size_t len);
	/* The deadline is another than before. May be NULL. */
	void (*changed)(void *user);
	/* Raw bytes for the log. May be NULL. */
	void (*trace)(void *user, enum line_trace what, const uint8_t *bytes, size_t len);
	/* A write has not been confirmed for LINE_STALLED_US: the transport should be opened again
	 * (line_down, then line_up). Told once for each write. May be NULL. */
	void (*stalled)(void *user);
};

struct line_options {
	uint32_t baud;		/* 300 ... 4,000,000 */
	uint32_t bits_per_char; /* 8N1: 10; 9 ... 12 */
	/* Quiet between exchanges, at most 1 s each; a driver may ask for more. Behind what nobody
	 * answers the receiver needs time to take the frame; behind an answer the line only has to
	 * be let go. */
	uint32_t gap_us, answer_gap_us;
	bool echo; /* the transceiver hears its own requests */
	/* Quiet after line_up(), at most 1 s: a device server hands over what it had kept, and an
	 * old answer must not answer the first question. */
	uint32_t settle_us;
};

struct line_stats {
	uint64_t exchanges; /* ended, of whichever kind */
	uint64_t answered;
	uint64_t timeouts;
	uint64_t garbage;
	uint64_t sent_bytes, received_bytes;
	uint64_t echo_bytes;	/* of the received ones: own requests */
	uint64_t stray_bytes;	/* nobody had asked */
	uint64_t collisions;	/* requests that came back changed */
	uint64_t echoes_missed; /* and not, or not whole */
	int64_t busy_us;	/* exchanges with the quiet time after them */
	int64_t silent_us;	/* of these, spent on silent devices */
};

/* Of the last one to two minutes, 0 to 1. */
struct line_shares {
	double busy, silent;
};

struct line_slot {
	const struct driver *driver; /* NULL: free */
	struct device *device;
	uint64_t served[LINE_PRIORITIES]; /* serial of its last exchange of a kind; 0 never */
	uint32_t misses;		  /* in a row */
	int64_t retry_us;
	bool wants; /* had something to send when last looked at */
	uint64_t exchanges, answered, missed;
	int64_t slowest_us; /* of its answers, from the end of the request to their end */
};

/* The request on its way back from the transceiver. */
struct line_echo {
	uint8_t bytes[EXCHANGE_MAX_BYTES];
	size_t len, heard;
	bool changed; /* what came is not what was sent: from then on nothing is taken out */
};

struct line_mark {
	int64_t at_us, busy_us, silent_us;
};

enum line_phase { LINE_IDLE, LINE_WRITING, LINE_ON_WIRE, LINE_REPLY };

/* The caller's memory; the members are private. */
struct line {
	struct line_options options;
	const struct line_ops *ops;
	void *user;
	struct line_slot slots[LINE_MAX_DEVICES];
	struct line_stats stats;

	bool up;
	bool look; /* some device may have something to send */
	enum line_phase phase;
	bool told_stall;
	enum exchange_priority kind; /* as which it was chosen */
	size_t current;		     /* slot of the exchange; LINE_MAX_DEVICES: it was detached */
	struct exchange exchange;
	int64_t begun_us, wire_end_us, reply_due_us, silence_us;
	int64_t quiet_us;      /* nothing is sent before */
	int64_t hold_us;       /* nor is quiet_us put off beyond this */
	int64_t rest_us;       /* nobody had anything to send: not looked at again before */
	int64_t dead_share_us; /* no dead device is asked before */
	uint64_t serial;
	uint32_t passed[LINE_PRIORITIES];

	uint8_t reply[LINE_MAX_REPLY];
	size_t reply_len;
	size_t looked; /* bytes in front that cannot begin the reply */
	size_t heard;  /* bytes since the exchange began, also those no longer kept */
	struct line_echo echo;
	struct line_mark marks[2]; /* older first */
};

/* -EINVAL: an option out of range, or no write(). The line is down. */
__attribute__((warn_unused_result)) int line_init(struct line *line,
						  const struct line_options *options,
						  const struct line_ops *ops, void *user);

/* The driver must be complete and of LINK_LINE: -EINVAL. Twice the same device: -EEXIST. Full:
 * -ENOSPC. On a line that is up the device gets its link_up at once. */
__attribute__((warn_unused_result)) int line_attach(struct line *line, const struct driver *driver,
						    struct device *device, int64_t now_us);
/* The device may be removed afterwards: it gets no call any more, its exchange in flight is played
 * to its end for nobody. A device that is not attached is no error. */
void line_detach(struct line *line, const struct device *device, int64_t now_us);

/* The transport opened or closed. Down ends the exchange with EXCHANGE_LINE_DOWN and calls
 * link_down of all; up calls link_up of all and resets every back-off: whoever was silent is asked
 * at once, but behind those that were not. */
void line_up(struct line *line, int64_t now_us);
void line_down(struct line *line, int64_t now_us);

void line_received(struct line *line, const uint8_t *bytes, size_t len, int64_t now_us);
/* write() ended: 0, all bytes were taken. Else the exchange ends as EXCHANGE_LINE_DOWN, which is
 * no miss of the device. */
void line_sent(struct line *line, int status, int64_t now_us);

/* When line_tick() is wanted; in the past: now. */
int64_t line_deadline(const struct line *line);
void line_tick(struct line *line, int64_t now_us);

/* For the devices' host->changed(): look at them again. Cheap; line_tick() does the work. */
void line_wake(struct line *line);

const struct line_stats *line_get_stats(const struct line *line);
void line_get_shares(const struct line *line, int64_t now_us, struct line_shares *ret);
/* NULL: not attached. */
const struct line_slot *line_find(const struct line *line, const struct device *device);
/* Missed LINE_TRIES, LINE_DEAD times or more in a row. */
bool line_slot_silent(const struct line_slot *slot);
bool line_slot_dead(const struct line_slot *slot);
/* Microseconds that len bytes take on the wire, rounded up. */
int64_t line_wire_us(const struct line *line, size_t len);
