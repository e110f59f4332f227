/* Kept-alive connections to a daemon on 127.0.0.1, one request at a time on each. A connection
 * that the daemon ended is opened anew and asks again under the same Idempotency-Key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

struct http_answer {
	int status;
	const char *body; /* NUL behind it */
	size_t len;
	int64_t took_us; /* since the request's due_us */
};

/* May ask again at once, on any connection that is free. */
typedef void (*http_answer_fn)(void *user, int connection, const struct http_answer *answer);

/* All of these end the program with a word when the daemon is not there or talks nonsense. */
struct http *http_open(uint16_t port, int connections, http_answer_fn fn, void *user);
void http_close(struct http *http);
/* The connection must be free. key NULL: none. due_us: when it should have been asked, from which
 * its time counts (figures_now_us()). */
void http_post(struct http *http, int connection, const char *path, const char *key,
	       const char *body, int64_t due_us);
/* A free connection, -1 none. */
int http_free(const struct http *http);
int http_busy(const struct http *http); /* how many are not free */
/* Takes answers until the moment, or the first one; true if there was one. */
bool http_turn(struct http *http, int64_t until_us);
/* Asks and waits, on a free connection; the status. fn is not called. */
int http_ask(struct http *http, const char *path, const char *body);
