/* What keeper.c (commands in) and advance.c (durable facts out) share. */
#pragma once

#include "src/keeper/ids.h"
#include "src/keeper/keeper.h"

enum {
	KEEPER_MAX_SUBSCRIBERS = 8,
	KEEPER_RETRY_MS = 1000,
	KEEPER_SNAPSHOT_EVENTS =
		2000, /* more of them replayed at a start: the next is spared that */
};

/* One command that waits for its answer, in order of arrival. */
struct pending {
	struct pending *next;
	keeper_reply_fn fn; /* NULL: nobody wants to know */
	void *user;
	enum keeper_status status;
	enum refusal refusal;
	uint64_t depends;   /* newest event the answer depends on */
	uint64_t first_seq; /* KEEPER_DONE: its events; count 0 none */
	uint32_t count;
	bool repeated;	  /* events[] is not filled: the log is asked when the answer is due */
	bool visited;	  /* by the pass that is under way */
	uint32_t applied; /* of events[], to the durable hall */
	char detail[STORE_ERROR_SIZE];
	struct event events[];
};

struct subscriber {
	keeper_event_fn fn; /* NULL: forgotten */
	void *user;
};

struct keeper {
	struct store *store;
	struct store_reader *reader; /* opened at the first repeated id */
	char *path, *vfs;	     /* vfs NULL: SQLite's default */
	void (*wake)(void *user);
	void *wake_user;
	struct hall *working;
	struct hall *durable;
	int64_t working_day, durable_day; /* counters */
	uint64_t snapshot_seq;		  /* of the newest one given to the log, 0 none */
	bool snapshot_due;		  /* the next events take one with them */
	struct ids *ids;
	struct pending *first, *last;
	size_t pending_count;
	struct subscriber subscribers[KEEPER_MAX_SUBSCRIBERS];
	size_t subscriber_count;
	bool advancing;
	bool refused;	/* the log takes no writes; working equals durable unless stale */
	bool unsettled; /* since the start: what was replayed may not be on the disk */
	bool stale;	/* working could not be rebuilt for want of memory */
	bool lagging;	/* likewise durable lacks events that are on disk */
	bool broken;
	bool retry_timed;
	int64_t retry_ms;
	char trouble[STORE_ERROR_SIZE]; /* what UNAVAILABLE and UNKNOWN say */
	struct decision decision;	/* too large for the stack */
};

/* Makes working = durable + the pending events. Sets stale when memory is short. */
void keeper_rebuild_working(struct keeper *keeper);
