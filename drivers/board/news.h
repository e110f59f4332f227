/* Which texts of a board go before all else on its line. */
#pragma once

#include <stdbool.h>

#include "drivers/driver.h"

/* A night that begins on sixty boards must not stand before a call. */
static inline bool board_is_news(enum board_content content)
{
	return content == BOARD_CALL || content == BOARD_LIST;
}
