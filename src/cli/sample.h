/* A hall of a configuration with one ticket in it, for looking at tickets without a daemon. */
#pragma once

#include "src/daemon/config.h"

enum { SAMPLE_AHEAD = 12 };

/* queue NULL: the first one; item NULL: none. SAMPLE_AHEAD tickets wait before the last one, which
 * is the sample. Its day and time are always the same. 0; -EINVAL: *ret_why says what is wrong. */
__attribute__((warn_unused_result)) int
sample_create(struct hall **ret_hall, const struct config *config, const char *queue,
	      const char *item, enum ticket_class class, const char **ret_why);
