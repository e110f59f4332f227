/* What every board, and every device on a serial line, can be set to. */
#pragma once

#include <stdbool.h>

#include "firmware-host/app/screen.h"
#include "firmware-host/proto/service.h"

static inline bool device_has_baud(const struct service_settings *settings)
{
	const uint32_t baud = settings->baud;

	return baud == 2400 || baud == 4800 || baud == 9600 || baud == 19200 || baud == 38400 ||
	       baud == 57600 || baud == 115200;
}

static inline bool device_has_screen(const struct service_settings *settings)
{
	return settings->width >= 8 && settings->width <= SCREEN_MAX_WIDTH &&
	       settings->width % 8 == 0 && settings->height >= 16 &&
	       settings->height <= SCREEN_MAX_HEIGHT;
}
