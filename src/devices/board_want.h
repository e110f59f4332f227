/* What one board ought to show: a pure function of the durable hall, the notice, the configuration
 * and the clock. A restart, a reopened line and a new call all lead to the same text. */
#pragma once

#include "src/devices/devices.h"

/* What one who takes a number for a queue now would be told, kept for a while: it takes about a
 * millisecond. */
struct board_wait {
	int64_t until_us;
	struct expectation expected;
};
enum { BOARD_WAIT_US = 5000000 };

struct board_view {
	const struct hall *hall;
	enum devices_notice notice;
	const struct devices_config *config;
	const struct devices_board_config *board;
	const struct device_model *model;
	struct board_wait *waits; /* by queue, zero at first; all boards may share them */
	int64_t now_us;
	int64_t wall_offset_us; /* local time since 1970 less now_us; 0: unknown, it is never night
				 */
};

/* revision is left 0. *ret_due_us: the clock alone may make it another then; INT64_MAX never. */
void board_want(const struct board_view *view, struct board_state *ret, int64_t *ret_due_us);
/* The same thing to show; wall_offset_us does not count. */
bool board_state_same(const struct board_state *a, const struct board_state *b);
/* Is the window one that a hall board is told to show. */
bool board_shows_window(const struct devices_board_config *board, int64_t window);
const char *board_content_name(enum board_content content);
