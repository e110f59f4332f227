/* The templates in force: those of the configuration, read again when a file changes. A file that
 * is bad is said, and the last good one of it stays; at first that is the one built in. */
#pragma once

#include "src/core/hall.h"
#include "src/daemon/template.h"
#include "src/devices/devices.h"

struct tickets;

/* Reads all; what is wrong with them goes to fn. -ENOMEM. The configuration must outlive it. */
__attribute__((warn_unused_result)) int tickets_create(struct tickets **ret_tickets,
						       const struct config *config,
						       config_error_fn fn, void *user);
void tickets_destroy(struct tickets *tickets); /* NULL is fine */

/* Looks whether a file has changed, at most once a second. True: something was read anew, good or
 * bad. */
bool tickets_refresh(struct tickets *tickets, int64_t now_ms);

/* For a ticket of this queue and class on this printer; large: it was asked for in large print.
 * The templates hold until the next refresh. */
void tickets_choose(const struct tickets *tickets, const char *queue, const char *printer,
		    enum ticket_class class, bool large, struct devices_templates *ret);

const struct template *tickets_built_in(const struct tickets *tickets, enum template_use use);

/* Files that are not in force because they are bad; *ret_why: of one of them, "FILE:LINE: ...". */
size_t tickets_bad(const struct tickets *tickets, const char **ret_why);
