/* Parts of hall_apply(). Inside src/core. Each takes an event whose fields are in range and whose
 * unused bytes are zero, and returns 0, -EPROTO (it does not fit, nothing is changed) or -ENOMEM.
 */
#pragma once

#include "src/core/state.h"

/* apply_ticket.c: issued, called and all that happens to a ticket. */
int apply_ticket_event(struct hall *hall, const struct event *event);
/* apply_print.c: print jobs, and what printers say of themselves. */
int apply_print(struct hall *hall, const struct event *event);
/* apply_define.c: the hall, queues, windows, items. */
int apply_definition(struct hall *hall, const struct event *event);

/* Takes the ticket away from the window that holds it, if one does. */
void apply_free_window(struct hall *hall, const struct ticket *ticket);
/* What a failed reservation means for an event: a full table is an event that does not fit. */
int apply_room(int r);
