/* Between the daemon and onewindow-voice: frames of a head and a body, both ways on one socket. The
 * daemon sends VOICE_SETUP once, then VOICE_CHECK and VOICE_SAY one at a time; each is answered,
 * VOICE_SAY by VOICE_BEGUN first.
 *
 * Head, little-endian: 'O' 'W' 'V', version, type, 3 zero bytes, id (4), length of the body (4),
 * milliseconds (4). Bodies of SETUP and SAY are lines KEY=VALUE; those of answers that refuse are
 * sentences for people. */
#pragma once

#include <stdint.h>

#include "drivers/voice/voice.h"

enum { VOICE_VERSION = 1, VOICE_HEAD = 20, VOICE_MAX_BODY = 4096, VOICE_NUMBER_SIZE = 12 };

enum voice_frame_type {
	VOICE_SETUP = 1, /* no answer */
	VOICE_CHECK,	 /* folder and device: READY, NO_DEVICE or REFUSED */
	VOICE_SAY,	 /* BEGUN and SAID; or NO_DEVICE or REFUSED */
	VOICE_READY,
	VOICE_BEGUN, /* the first sample is on its way; ms: how long it will take */
	VOICE_SAID,
	VOICE_NO_DEVICE, /* not now; the body says why */
	VOICE_REFUSED,	 /* never like this; the body says why */
};

struct voice_frame {
	enum voice_frame_type type;
	uint32_t id, len, ms;
};

/* One round of a call. */
struct voice_call {
	char number[VOICE_NUMBER_SIZE];
	unsigned window;
	/* Written into the setup's mark file before the first sample, "" nothing: after a restart
	 * it tells which call was begun last. */
	char mark[64];
};

void voice_put_head(uint8_t ret[VOICE_HEAD], const struct voice_frame *frame);
/* -EBADMSG: it is none, of another version, or over a limit; *ret is untouched. */
__attribute__((warn_unused_result)) int voice_read_head(struct voice_frame *ret,
							const uint8_t bytes[VOICE_HEAD]);

/* Bodies, of at most VOICE_MAX_BODY bytes. Put: the length; -EMSGSIZE. Read: -EBADMSG, *ret is
 * untouched. mark_path: where marks go, "" nowhere. */
struct voice_body {
	struct voice_setup setup;
	char mark_path[VOICE_PATH_SIZE];
	struct voice_call call;
};
__attribute__((warn_unused_result)) int
voice_put_setup(char ret[VOICE_MAX_BODY], const struct voice_setup *setup, const char *mark_path);
__attribute__((warn_unused_result)) int voice_put_call(char ret[VOICE_MAX_BODY],
						       const struct voice_call *call);
__attribute__((warn_unused_result)) int voice_read_setup(struct voice_body *ret, const char *body,
							 size_t len);
__attribute__((warn_unused_result)) int voice_read_call(struct voice_body *ret, const char *body,
							size_t len);
