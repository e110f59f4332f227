/* The HTTP API, version 1: commands in, the hall and its events out (docs/api.md). Single-threaded
 * and never blocking: all calls from the loop's thread, which polls one descriptor. */
#pragma once

#include <jansson.h>

#include "src/keeper/keeper.h"
#include "src/measure/baseline.h"

struct web;

/* Writes lines of the Prometheus text format ("name{label=\"x\"} 1\n"). */
typedef void (*web_append_fn)(void *out, const char *text);

/* Zero means the default. */
struct web_limits {
	unsigned int connections;   /* 256 */
	unsigned int listeners;	    /* open event streams, 200 */
	unsigned int idle_seconds;  /* a connection without traffic is closed, 15 */
	unsigned int heartbeat_ms;  /* a comment on a quiet event stream, 10000 */
	unsigned int queued_events; /* a slow listener further behind is dropped, 256 at most */
	unsigned int request_ms;    /* a request must be there, and its answer taken, within that
				     * time, 30000 */
};

/* What the daemon says of the machine's clock. */
struct web_clock {
	const char *state;  /* one word for programs, "ok" */
	const char *detail; /* for people; "" */
	bool wrong;
	bool closed; /* and no service day is open for that reason */
};

/* What the daemon's walk over the whole log has found. */
struct web_audit {
	uint64_t seq; /* the newest event that was found good with all before it, 0 none yet */
	bool damaged;
	const char *detail; /* for people; "" */
};

/* What paper tickets are printed by. */
struct web_tickets {
	bool wrong;	    /* a template that is not in force, a render helper that fails */
	const char *detail; /* for people; "" */
};

/* What is known of the boards. */
struct web_boards {
	size_t count, painted, failed;
	int64_t unpainted_ms; /* of the one that has waited longest for its text; 0 none waits */
};

/* r and error as baseline_compute() has them; facts hold during the call, NULL where r is not 0. */
typedef void (*web_computed_fn)(void *user, int r, const struct baseline_facts *facts,
				const char *error);

struct web_options {
	const char *listen;	  /* numeric IPv4 or IPv6 address; NULL: 127.0.0.1 */
	uint16_t port;		  /* 0: a free one, see web_port() */
	const char *const *hosts; /* further "name" or "name:port" that Host may say; ends with
				   * NULL; or NULL. The listening address, and localhost when that
				   * is loopback or any address, need no mention */
	const char *log_path;	  /* for a reader of its own: event streams resume from the log */
	struct keeper *keeper;	  /* must outlive the web */
	struct web_limits limits;
	void *user;
	void (*now)(void *user, struct stamp *ret_stamp);
	/* 32 random lower-case hex digits and a NUL. 0 or a negative errno: the ticket is refused
	 * (503). */
	int (*token)(void *user, char ret_token[CORE_TOKEN_SIZE]);
	void (*clock)(void *user, struct web_clock *ret);     /* may be NULL */
	void (*audit)(void *user, struct web_audit *ret);     /* may be NULL */
	void (*tickets)(void *user, struct web_tickets *ret); /* may be NULL */
	void (*boards)(void *user, struct web_boards *ret);   /* may be NULL */
	/* Is a printer of the hall called so? May be NULL: any name is taken. */
	bool (*is_printer)(void *user, const char *id);
	/* Computes a baseline's facts, which takes long: fn is called once, later, from the loop's
	 * thread, and before web_destroy(). -EBUSY: it computes another one. May be NULL: nothing
	 * can be frozen. */
	int (*compute)(void *user, const struct baseline_request *request, web_computed_fn fn,
		       void *fn_user);
	/* A new array, "devices" of GET /api/v1/hall; may be NULL. */
	json_t *(*devices)(void *user);
	void (*metrics)(void *user, web_append_fn append, void *out); /* may be NULL */
};

/* Listens. -EINVAL: no such address; -EADDRINUSE, -EACCES, -ENOMEM and others of the system. Copies
 * what it needs of the options, and subscribes to the keeper. */
__attribute__((warn_unused_result)) int web_create(struct web **ret_web,
						   const struct web_options *options);
/* Closes every connection, answered or not; commands that were taken stay. NULL is fine. */
void web_destroy(struct web *web);

uint16_t web_port(const struct web *web);
/* Poll this for reading (an epoll descriptor; it never changes). */
int web_fd(const struct web *web);
/* When web_run() is due at the latest: 0 at once, -1 no deadline. Ask before each poll. */
int web_timeout_ms(struct web *web);
/* Call when the descriptor is readable, after keeper_advance(), and at the deadline. */
void web_run(struct web *web);
