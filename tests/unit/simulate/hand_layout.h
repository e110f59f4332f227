/* A layout for replays of logs that are written by hand: the item "tax" of department "a", open
 * from 0:00 to 24:00. */
#pragma once

#include "src/simulate/scenario.h"

/* One intake queue, "general", and a window for it. */
void hand_layout(struct scenario *ret_layout);
/* One more queue, and a window for it. */
void hand_layout_add(struct scenario *layout, const char *queue, enum queue_kind kind);
