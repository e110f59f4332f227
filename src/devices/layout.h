/* The paper ticket as a document: what stands on it, in which size. By the rules for paper: no
 * name, no identity number. */
#pragma once

#include "drivers/printer/document.h"
#include "src/core/hall.h"

struct layout {
	struct document document;
	struct document_item items[DOCUMENT_MAX_ITEMS];
	char texts[24][DOCUMENT_MAX_TEXT];
	size_t text_count;
};

/* Fills *ret; its document points into it, so it must not be moved. local_ms: the time of issue as
 * local milliseconds since 1970. url: the token is put behind it. copy > 1 is marked 补打 /
 * REPRINT. */
void layout_ticket(struct layout *ret, const struct hall *hall, const struct ticket *ticket,
		   int64_t local_ms, const char *url, int64_t copy);
