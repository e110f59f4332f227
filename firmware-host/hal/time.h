/* Time since power-on and the watchdog: the ports' loop reads the one and feeds the other; devices
 * are given milliseconds. */
#pragma once

#include <stdint.h>

struct hal_time {
	uint32_t (*now_ms)(void *port); /* comes round after 49 days */
	/* To be called at least every HAL_WATCHDOG_MS, else the device starts anew. */
	void (*feed_watchdog)(void *port);
	void *port;
};

enum { HAL_WATCHDOG_MS = 1000 };
