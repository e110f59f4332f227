/* One voice: calls that are durable are said one after the other by onewindow-voice. They never
 * overlap, and nothing waits for them: the helper is a process of its own, asked for one round of
 * one call at a time; it may hang or die, and is started again. No event loop: descriptors and
 * times are given and taken. The rules of the queue are those of docs/voice.md. */
#pragma once

#include <poll.h>

#include "src/core/event.h"
#include "src/devices/devices.h"
#include "src/voice/protocol.h"

enum {
	ANNOUNCER_MAX = 64,	       /* calls that wait or are being said */
	ANNOUNCER_TRIES = 2,	       /* a call that ends the helper twice is dropped */
	ANNOUNCER_ANSWER_US = 5000000, /* for any answer; and for the end beyond the length */
	ANNOUNCER_START_US = 10000000, /* for a helper's first answer */
	ANNOUNCER_RETRY_MIN_US = 1000000,
	ANNOUNCER_RETRY_MAX_US = 30000000,
	ANNOUNCER_LOOK_US = 60000000, /* a voice that says nothing is looked at so often */
};

struct announcer_host {
	/* A helper of this voice that listens on one descriptor, both ways and not blocking; the
	 * announcer closes it. Negative errno: there is none. */
	int (*start)(void *user, size_t voice, int *ret_fd);
	void (*stop)(void *user, size_t voice); /* the descriptor is closed */
	/* The ticket is called at that window, for the same leg, in the durable hall. */
	bool (*is_called)(void *user, int64_t ticket, int64_t leg, int64_t window);
	/* The voice's health or detail changed, or a call was dropped: for the journal. */
	void (*log)(void *user, size_t voice, const char *message);
};

/* One call, by the event that made it. */
struct announcer_call {
	int64_t ticket, leg, window;
	char number[CORE_NUMBER_SIZE];
	int64_t at_ms; /* mono_ms */
};

/* Why a call was not said. */
enum announcer_drop {
	ANNOUNCER_STALE = 0, /* it would have come too late */
	ANNOUNCER_FULL,	     /* too many waited */
	ANNOUNCER_OVER,	     /* the ticket was no longer called there */
	ANNOUNCER_REFUSED,   /* a recording is missing */
	ANNOUNCER_BROKEN,    /* the device or the helper went while it was said */
	ANNOUNCER_DROPS,
};
const char *announcer_drop_name(enum announcer_drop drop);

struct announcer;

__attribute__((warn_unused_result)) int
announcer_create(struct announcer **ret_announcer, const struct devices_voice_config *config,
		 size_t voice, const struct announcer_host *host, void *user);
void announcer_destroy(struct announcer *announcer); /* NULL is fine */

/* Begins at once: a voice that cannot be heard is known before the first call. boot: marks of other
 * boots count for nothing. */
void announcer_start(struct announcer *announcer, const char *boot, int64_t now_us);
/* A call or a recall became durable. */
void announcer_call(struct announcer *announcer, const struct announcer_call *call, int64_t now_us);
/* One that the log had already when this process started; said unless an earlier process had begun
 * it. In the order of calling. */
void announcer_resume(struct announcer *announcer, const struct announcer_call *call,
		      int64_t now_us);

size_t announcer_fds(const struct announcer *announcer, struct pollfd *ret, size_t max);
int64_t announcer_deadline(const struct announcer *announcer); /* INT64_MAX none */
/* True: there may be other descriptors or events to watch. */
bool announcer_process(struct announcer *announcer, int64_t now_us);

struct announcer_status {
	enum device_health health;
	const char *detail; /* in Chinese and English where the helper said it */
	bool running;
	size_t queued; /* the one that is being said counts */
	uint64_t announced, starts, dropped[ANNOUNCER_DROPS];
};
void announcer_get_status(const struct announcer *announcer, struct announcer_status *ret);
