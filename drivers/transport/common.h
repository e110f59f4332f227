/* What the transports share among themselves: the table's entries, sentences for errors, the parts
 * of a URL, and upward calls that a host may leave out. */
#pragma once

#include <stdbool.h>

#include "drivers/transport.h"

extern const struct transport_ops transport_tcp_ops;
extern const struct transport_ops transport_serial_ops;
extern const struct transport_ops transport_usb_ops;
extern const struct transport_ops transport_record_ops;
extern const struct transport_ops transport_replay_ops;
extern const struct transport_bus_ops transport_serial_bus_ops;
extern const struct transport_bus_ops transport_usb_bus_ops;

/* "Due now" in deadline(): earlier than any clock. */
#define TRANSPORT_DUE INT64_C(0)

/* Writes the sentence and returns status, which is a negative errno. */
__attribute__((format(printf, 4, 5))) int transport_refuse(char *ret_error, size_t error_size,
							   int status, const char *format, ...);
/* The same into transport->why. */
__attribute__((format(printf, 3, 4))) int transport_blame(struct transport *transport, int status,
							  const char *format, ...);

/* A name that an option takes instead of a number; a list ends with a NULL text. */
struct url_choice {
	const char *text;
	long value;
};

struct url_option {
	const char *name;
	long min, max;			  /* when it takes a decimal number */
	const struct url_choice *choices; /* when it takes one of these, else NULL */
	long *value;			  /* left alone when the option is not given */
};

enum { URL_MAX_OPTIONS = 8 };

/* Decimal digits and nothing else, no leading zero. -EINVAL; -ERANGE. */
__attribute__((warn_unused_result)) int url_parse_number(const char *text, size_t len, long min,
							 long max, long *ret);
/* "name=value&name=value", at most URL_MAX_OPTIONS known ones, each once. -EINVAL with a sentence
 * that begins with the scheme; values may then have been set in part. */
__attribute__((warn_unused_result)) int url_parse_options(const char *scheme, const char *text,
							  const struct url_option *options,
							  size_t n_options, char *ret_error,
							  size_t error_size);

static inline void transport_tell_opened(struct transport *t, int status)
{
	if (t->host->opened)
		t->host->opened(t->user, status);
}

static inline void transport_tell_progress(struct transport *t, size_t bytes)
{
	if (t->host->progress)
		t->host->progress(t->user, bytes);
}

static inline void transport_tell_done(struct transport *t, int status)
{
	if (t->host->done)
		t->host->done(t->user, status);
}

static inline void transport_tell_received(struct transport *t, const uint8_t *bytes, size_t len)
{
	if (t->host->received)
		t->host->received(t->user, bytes, len);
}

static inline void transport_tell_left(struct transport *t, int reason)
{
	if (t->host->left)
		t->host->left(t->user, reason);
}

static inline void transport_tell_controlled(struct transport *t, enum transport_control what,
					     int status, const uint8_t *bytes, size_t len)
{
	if (t->host->controlled)
		t->host->controlled(t->user, what, status, bytes, len);
}

static inline void transport_tell_changed(struct transport *t)
{
	if (t->host->changed)
		t->host->changed(t->user);
}
