/* A capture as replay plays it: every line read, and checked to be a story that a transport can
 * tell, so that a capture edited by hand cannot call a host in an order no device would. */
#pragma once

#include "drivers/transport/capture.h"

struct script_event {
	int64_t at_us;
	enum capture_kind kind;
	enum transport_control what;
	int status;
	size_t line; /* in the file, from 1 */
	size_t offset, len;
};

struct script {
	struct script_event *events;
	size_t n_events;
	uint8_t *bytes;
	size_t n_bytes;
};

/* -ENOENT and its like; -EINVAL with a sentence that names the line; -EFBIG. */
__attribute__((warn_unused_result)) int script_load(struct script *ret, const char *path,
						    char *ret_error, size_t error_size);
void script_free(struct script *script);
