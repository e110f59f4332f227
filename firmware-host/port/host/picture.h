/* Paper and boards as PNG. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware-host/app/screen.h"

/* rows of stride bytes, 1 is black, with a white margin around. *ret_png is the caller's to free.
 * 0, -ENOMEM or -EIO. */
int picture_png(const uint8_t *rows, uint32_t width, uint32_t count, size_t stride,
		uint8_t **ret_png, size_t *ret_len);
/* The LEDs of a board, four pixels each, as bright as they are. Likewise. */
int picture_leds_png(const struct screen *screen, uint8_t **ret_png, size_t *ret_len);
