/* Logs of random events: days, tickets, reboots, clock steps, definitions in between, and events
 * about tickets of other days. Not all of it could happen in a hall. */
#pragma once

#include "src/core/event.h"

enum { MOST_EVENTS = 12000 };

extern struct event *events; /* of MOST_EVENTS; the caller's */
extern size_t event_count;
extern int64_t date; /* the last one */
extern uint64_t dice;

int throw_dice(int sides);
/* From 2026-01-05 on; open: the last day is not closed. */
void make_log(uint64_t seed, int days, bool open);
