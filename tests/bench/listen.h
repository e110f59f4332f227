/* Listeners to a daemon's event stream, in a thread of their own. */
#pragma once

#include <stdint.h>

struct listeners;

/* Returns when all of them are connected and greeted. Ends the program when that fails. */
struct listeners *listeners_start(uint16_t port, int count);
/* Waits until each has the event with this number, at most some seconds, and ends them. Tells how
 * many have all events from their first to this one, without a gap or a repeat. */
int listeners_finish(struct listeners *listeners, uint64_t last_seq);
