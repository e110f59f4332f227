/* One hall kept: a command in, decide, make durable, tell the subscribers.
 *
 * Two states of one hall: *working*, which the next command sees at once, and *durable*, which
 * follows when a batch is on disk. Replies of every kind and all effects wait until everything
 * they depend on is durable; reading the durable hall needs no waiting. Single-threaded: all calls
 * from the loop's thread, none blocks. */
#pragma once

#include "src/core/hall.h"
#include "src/store/store.h"

struct keeper;

enum keeper_status {
	KEEPER_DONE = 0,    /* events[] are durable */
	KEEPER_REFUSED,	    /* by the hall: refusal, detail */
	KEEPER_CONFLICT,    /* the id was used for another body (409) */
	KEEPER_UNAVAILABLE, /* the log takes no writes now (503): nothing changed, try again */
	KEEPER_UNKNOWN,	    /* the log broke: repeat with the same id after the restart */
};

struct keeper_reply {
	enum keeper_status status;
	const struct event *events; /* of this command, possibly none; valid during the call */
	size_t count;
	bool repeated; /* the answer of an earlier command with this id */
	enum refusal refusal;
	const char *detail; /* never NULL */
};
typedef void (*keeper_reply_fn)(void *user, const struct keeper_reply *reply);

/* Told of each event once, in order, when it is durable; the durable hall has it applied. */
typedef void (*keeper_event_fn)(void *user, const struct event *event, const struct hall *durable);

struct keeper_options {
	/* wake: see keeper_advance(); projections, vfs and manual as given */
	struct store_options store;
};

/* Opens the log and replays it into both states. Errors as store_open(). */
__attribute__((warn_unused_result)) int keeper_open(struct keeper **ret_keeper,
						    const struct keeper_options *options,
						    char ret_error[STORE_ERROR_SIZE]);
/* What is still pending becomes durable and is not answered any more: whoever needs the answers
 * calls keeper_advance() until keeper_idle() first. */
void keeper_close(struct keeper *keeper);

/* Everybody is told in the order of subscription. At most 8. */
__attribute__((warn_unused_result)) int keeper_subscribe(struct keeper *keeper, keeper_event_fn fn,
							 void *user);

/* The user goes away: its subscriptions end and the replies it waits for are not given any more.
 * Its commands stay. Not from within a subscriber's call. */
void keeper_forget(struct keeper *keeper, void *user);

/* At most this many commands wait for an answer; further ones get -ENOMEM. */
enum { KEEPER_MAX_PENDING = 8192 };

/* fn is called exactly once, never before this returns, from keeper_advance(). id NULL or "": the
 * command has none; body identifies what was asked under that id. fn may be NULL.
 * The stamp's mono_ms must not run backwards within a boot. -ENOMEM: fn will not be called, and
 * nothing happened. When the answer waits for nothing more from the disk, the store's wake is
 * called, so that the loop turns to keeper_advance(). */
__attribute__((warn_unused_result)) int keeper_submit(struct keeper *keeper,
						      const struct command *command, const char *id,
						      const void *body, size_t body_len,
						      keeper_reply_fn fn, void *user);

/* Call after wake and once per turn of the loop: moves the durable state on, tells subscribers,
 * answers. Returns 0, or -ENOTRECOVERABLE when the log broke: everything pending was answered
 * KEEPER_UNKNOWN; leave with exit code 75. */
__attribute__((warn_unused_result)) int keeper_advance(struct keeper *keeper);

/* What everybody outside may show. */
const struct hall *keeper_hall(const struct keeper *keeper);
/* Health of the log, for /healthz and /metrics. */
void keeper_get_state(struct keeper *keeper, struct store_state *ret);
/* Of a manual store: store_step(). */
__attribute__((warn_unused_result)) int keeper_step(struct keeper *keeper);
bool keeper_idle(const struct keeper *keeper);		  /* nothing waits for the disk */
bool keeper_log_is_in_place(const struct keeper *keeper); /* store_is_in_place() */
/* After KEEPER_UNAVAILABLE the keeper tries the log again by itself at most once a second:
 * call with the time; the next deadline or INT64_MAX. */
int64_t keeper_deadline_ms(const struct keeper *keeper);
void keeper_tick(struct keeper *keeper, int64_t now_ms);
