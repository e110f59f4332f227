/* Paper as PNG. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* rows of stride bytes, 1 is black, with a white margin around. *ret_png is the caller's to free.
 * 0, -ENOMEM or -EIO. */
int picture_png(const uint8_t *rows, uint32_t width, uint32_t count, size_t stride,
		uint8_t **ret_png, size_t *ret_len);
