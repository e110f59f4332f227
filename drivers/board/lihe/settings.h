/* The settings of a lihe board: those of its model, then its own. */
#pragma once

#include "drivers/board/lihe/protocol.h"
#include "drivers/driver.h"

struct board_lihe_settings {
	struct board_lihe_face face;
	bool acknowledges;
	uint32_t timeout_us;
	int64_t probe_us, refresh_us;
};

/* -EINVAL with a sentence in ret_error; *ret is untouched then. */
__attribute__((warn_unused_result)) int
board_lihe_read_settings(const struct device_options *options, struct board_lihe_settings *ret,
			 char *ret_error, size_t error_size);
