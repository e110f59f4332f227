/* The paper ticket as a document: a template filled in with what is known of one ticket. By the
 * rules for paper: no name, no identity number. */
#pragma once

#include "src/core/hall.h"
#include "src/devices/template.h"

/* What a template can ask of a ticket. */
struct layout_facts {
	const char *values[VALUE_COUNT]; /* "" where there is nothing to say */
	uint32_t holds;			 /* enum template_condition, but for those of the paper */
	/* Where values live that are made here. */
	char ahead[24], wait[48], windows[64], slot[32], date[16], time[16], reprint[24],
		recalls[24];
	char aside_min[24], url[DOCUMENT_MAX_TEXT];
};

struct layout {
	struct document document;
	struct document_item items[DOCUMENT_MAX_ITEMS];
	char texts[DOCUMENT_MAX_ITEMS][DOCUMENT_MAX_TEXT];
};

/* *ret points into hall, ticket and itself: it must not be moved nor outlive them. offset_min:
 * local time's, from UTC. url: the token is put behind it. copy > 1 is a reprint. */
void layout_get_facts(struct layout_facts *ret, const struct hall *hall,
		      const struct ticket *ticket, int64_t offset_min, const char *url,
		      int64_t copy);
/* Whole minutes that hold the interval, "5-12", "12" where both ends are one; "" where nothing is
 * known. */
void layout_format_wait(const struct expectation *expected, char *ret, size_t size);
/* The same of a ticket that there is not, without a hall: everything "", nothing holds. */
void layout_clear_facts(struct layout_facts *ret);

/* An empty document; it points into *ret. */
void layout_begin(struct layout *ret);
/* Puts the template's lines behind what is there, for paper of so many columns. A line whose
 * placeholders are all empty is left out. Text that is enlarged becomes smaller until it fits on
 * one row; text over its rows of paper ends with "…". -ENOSPC: the document is full, what was added
 * is taken back. The template must outlive the layout: pictures are its own. */
__attribute__((warn_unused_result)) int layout_add(struct layout *layout,
						   const struct template *template,
						   const struct layout_facts *facts,
						   size_t columns);
