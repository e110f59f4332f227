/* Speeds that a line may have. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool line_has_baud(uint32_t baud)
{
	return baud == 2400 || baud == 4800 || baud == 9600 || baud == 19200 || baud == 38400 ||
	       baud == 57600 || baud == 115200;
}
