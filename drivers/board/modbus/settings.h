/* The settings of a Modbus board: those of its model, then its own. */
#pragma once

#include "drivers/board/modbus/protocol.h"
#include "drivers/driver.h"

struct board_modbus_settings {
	bool figures; /* a display of figures; else one of our own boards */
	bool acknowledges;
	uint32_t timeout_us;
	int64_t probe_us, refresh_us;
	/* our own boards */
	uint16_t life_s, watchdog_s;
	/* displays of figures */
	struct board_modbus_figures shape;
	uint16_t number_register;
	int32_t window_register; /* -1 none */
	bool write_one;		 /* function 06 where it can be */
};

/* -EINVAL with a sentence in ret_error; *ret is untouched then. */
__attribute__((warn_unused_result)) int
board_modbus_read_settings(const struct device_options *options, struct board_modbus_settings *ret,
			   char *ret_error, size_t error_size);
