/* A kept hall behind the real HTTP server, in one process and one thread: the test is the loop, and
 * talks to the server through sockets of its own. */
#pragma once

#include "src/web/web.h"
#include "tests/unit/keeper/kept.h"

struct served {
	struct kept kept;
	struct web *web;
	unsigned int tokens;		       /* handed out so far */
	int advanced;			       /* what keeper_advance() may return; 0 */
	void (*turned)(struct served *served); /* called at each turn of the loop; NULL: nothing */
};

enum { ANSWER_SIZE = 1 << 20 };

/* What came back. status 0: the connection was closed without an answer. */
struct answer {
	unsigned int status;
	size_t len, body_at;
	char bytes[ANSWER_SIZE + 1]; /* head and body, NUL behind */
};

/* An event stream that is being read. */
struct stream {
	int fd;
	size_t raw_len, raw_at, len, at;
	bool in_head, ended;
	size_t chunk; /* bytes of it that are still to come */
	char raw[65536];
	char text[262144];
};

/* The hall of kept_define() with a day open. limits may be NULL. */
void served_create(struct served *served, const struct web_limits *limits);
void served_destroy(struct served *served);
void served_start(struct served *served, const struct web_options *changes);
/* False: -ENOMEM. */
bool served_try_start(struct served *served, const struct web_options *changes);
void served_stop(struct served *served);
/* One turn of the loop; fd is polled for events too unless it is -1. False: nothing came in 30 s.
 */
bool served_turn(struct served *served, int fd, short events);
uint64_t served_digest(const struct served *served);

int served_connect(struct served *served);
/* Sends the bytes on a new connection; half: and then ends its side. Reads one answer. */
void served_raw(struct served *served, const char *bytes, size_t len, bool half,
		struct answer *ret);
/* A well-formed request. headers: further ones, each ending in CRLF, or "". */
void served_get(struct served *served, const char *path, struct answer *ret);
void served_post(struct served *served, const char *path, const char *body, const char *headers,
		 struct answer *ret);
/* The same, and asserts the status; the body as JSON, to be freed. */
json_t *served_get_json(struct served *served, const char *path, unsigned int status);
json_t *served_post_json(struct served *served, const char *path, const char *body,
			 unsigned int status);
json_t *answer_json(const struct answer *answer);
const char *answer_body(const struct answer *answer);
/* The value of a header, "" if there is none. Holds until the next call. */
const char *answer_header(const struct answer *answer, const char *name);
/* Asserts a problem of this status and code that is complete. */
void answer_expect_problem(const struct answer *answer, unsigned int status, const char *code);

void stream_open(struct served *served, struct stream *stream, const char *path,
		 const char *headers);
/* The next block of the stream without its blank line; NULL when it ended. Holds until the next. */
const char *stream_next(struct served *served, struct stream *stream);
/* The next that is no comment and no retry. */
const char *stream_next_event(struct served *served, struct stream *stream);
void stream_close(struct stream *stream);
