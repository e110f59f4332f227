/* What bench-expect plays, as the log of a hall, for `onewindow report --calibration`. */
#pragma once

#include "src/core/event.h"

/* A new log; what is wrong ends the process. */
void expect_log_begin(const char *path);
/* Nothing where no log was begun. */
void expect_log_take(const struct event *events, size_t count);
void expect_log_end(void);
