/* A transport that is meant to be open: opened again, with growing pauses, whenever it is not. */
#pragma once

#include <stdbool.h>

#include "drivers/transport.h"

enum {
	LINK_PAUSE_MIN_US = 500000,
	LINK_PAUSE_MAX_US = 5000000,
	LINK_HELD_US = 10000000, /* open for so long: the pauses begin anew */
};

struct link_ops {
	void (*up)(void *user);
	void (*down)(void *user, int reason); /* also after each failed opening */
	void (*received)(void *user, const uint8_t *bytes, size_t len);
	void (*progress)(void *user, size_t bytes);
	void (*sent)(void *user, int status);
	/* NULL: it asks nothing. */
	void (*controlled)(void *user, enum transport_control what, int status,
			   const uint8_t *bytes, size_t len);
	void (*changed)(void *user);
	int64_t (*now_us)(void *user);
};

struct link {
	const struct link_ops *ops;
	void *user;
	struct transport *transport;
	bool up;
	bool opening;
	bool nudged;
	int64_t retry_us; /* when to open again; INT64_MAX: not waiting */
	int64_t pause_us;
	int64_t up_us;		       /* when it was opened last */
	char told[TRANSPORT_WHY_SIZE]; /* the reason that people were told, "" when it is up */
};

__attribute__((warn_unused_result)) int link_init(struct link *link, const char *url,
						  const struct link_ops *ops, void *user,
						  char *ret_error, size_t error_size);
void link_finish(struct link *link); /* safe on a zeroed one */
void link_open(struct link *link);
/* Closes; opens again after the pause. The recovery of a driver that makes no headway. */
void link_reopen(struct link *link);
__attribute__((warn_unused_result)) int link_send(struct link *link, const uint8_t *bytes,
						  size_t len);
/* sent(-ECANCELED) follows if something was being sent. */
void link_cancel(struct link *link);
__attribute__((warn_unused_result)) int link_control(struct link *link,
						     enum transport_control what);
/* Its device may have come: if it waits to open again, it waits no longer. */
void link_nudge(struct link *link);
/* Why it went down last: the transport's sentence, or the errno's. */
const char *link_why(const struct link *link, int reason);
int64_t link_deadline(const struct link *link);
void link_process(struct link *link, int64_t now_us);
