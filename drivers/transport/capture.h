/* Lines of a capture: what went through a transport, as text (README.md has the format). Pure. */
#pragma once

#include "drivers/transport.h"

#define CAPTURE_HEADER "# onewindow transport capture 1"

enum {
	CAPTURE_MAX_LINE = 2 * TRANSPORT_MAX_SUBMIT + 80, /* with its newline and NUL */
	CAPTURE_MAX_FILE = 16 * 1024 * 1024,
};

enum capture_kind {
	/* down, from the host */
	CAPTURE_OPEN,
	CAPTURE_CLOSE,
	CAPTURE_SUBMIT,
	CAPTURE_CANCEL,
	CAPTURE_DRAIN,
	CAPTURE_CONTROL,
	/* up, to the host */
	CAPTURE_OPENED,
	CAPTURE_PROGRESS,
	CAPTURE_DONE,
	CAPTURE_RECEIVED,
	CAPTURE_CONTROLLED,
	CAPTURE_LEFT,
};

struct capture_line {
	int64_t at_us; /* since the first line under its header */
	enum capture_kind kind;
	enum transport_control what; /* CONTROL and CONTROLLED */
	int status;		     /* an errno; PROGRESS: how many bytes */
	size_t len;
	uint8_t bytes[TRANSPORT_MAX_SUBMIT]; /* SUBMIT, RECEIVED and CONTROLLED */
};

/* Down: an act of the host, up: a call to it. */
static inline int capture_is_down(enum capture_kind kind)
{
	return kind < CAPTURE_OPENED;
}

const char *capture_kind_name(enum capture_kind kind);
/* With the newline; ret has CAPTURE_MAX_LINE bytes. Returns the length. */
size_t capture_format(char *ret, int64_t at_us, enum capture_kind kind, enum transport_control what,
		      const uint8_t *bytes, size_t len, int status);
/* One line without its newline, NUL-terminated, that is no comment. -EINVAL. */
__attribute__((warn_unused_result)) int capture_parse(struct capture_line *ret, const char *line);
