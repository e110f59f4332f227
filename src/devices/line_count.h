/* Inside of the bus master: what an exchange's end means for counters, misses and back-off. Only
 * line*.c includes this. */
#pragma once

#include "src/devices/line.h"

/* slot: NULL, it was detached. line->quiet_us is what follows the exchange. */
void line_count_end(struct line *line, struct line_slot *slot, enum exchange_end end,
		    int64_t now_us);
