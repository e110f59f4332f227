/* Pictures by the render helper: what a printer cannot print by itself is asked for here, and kept
 * a while. The helper is started when it is first needed and may die: that costs one picture, and
 * it is started again, each time a while later. No event loop: descriptors and times are given and
 * taken. */
#pragma once

#include <poll.h>

#include "src/render/protocol.h"

enum {
	RENDERER_START_US = 4000000,  /* for a first answer: fonts are looked for */
	RENDERER_ANSWER_US = 2000000, /* for any other */
	RENDERER_RETRY_MIN_US = 200000,
	RENDERER_RETRY_MAX_US = 60000000,
	RENDERER_FAILED_US = 10000000, /* so long a failure is the answer */
	RENDERER_KEPT = 128,	       /* pictures ... */
	RENDERER_KEPT_BYTES = 4 * 1024 * 1024,
	RENDERER_MAX = 1024, /* pictures asked for and not answered, besides */
	RENDERER_REASON_SIZE = 80,
};

struct renderer_host {
	/* A helper that listens on one descriptor, both ways and not blocking; the renderer closes
	 * it. Negative errno: there is none. */
	int (*start)(void *user, int *ret_fd);
	void (*stop)(void *user); /* the descriptor is closed: end what was started */
};

struct renderer;

__attribute__((warn_unused_result)) int
renderer_create(struct renderer **ret_renderer, const struct renderer_host *host, void *user);
void renderer_destroy(struct renderer *renderer); /* NULL is fine */

/* The picture of a text or QR code (frame: type, width_dots, and what belongs to the type; id and
 * len are the renderer's). 0: *ret_picture, to be used before the next renderer_process(). -EAGAIN:
 * it was asked for. Else there will be none for now. */
__attribute__((warn_unused_result)) int renderer_get(struct renderer *renderer,
						     const struct render_frame *frame,
						     const char *text, int64_t now_us,
						     const struct document_picture **ret_picture);

size_t renderer_fds(const struct renderer *renderer, struct pollfd *ret, size_t max);
int64_t renderer_deadline(const struct renderer *renderer); /* INT64_MAX none */
/* Reads, writes, starts, gives up. True: something was answered or given up. */
bool renderer_process(struct renderer *renderer, int64_t now_us);

struct renderer_status {
	bool running;
	uint64_t pictures, failures, starts;
	const char *why; /* the last failure while none was answered since, "" well */
};
void renderer_get_status(const struct renderer *renderer, struct renderer_status *ret);
