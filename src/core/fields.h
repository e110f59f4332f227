/* The payload of each event type as a table: what the codec, the log's format document and its
 * test go by. Inside src/core. */
#pragma once

#include "src/core/event.h"

enum { EVENT_OFFSET_MAX = 1440 }; /* minutes between local time and UTC */

enum field_kind {
	FIELD_INT,
	FIELD_BOOL,
	FIELD_TEXT,
	FIELD_CLASS,
	FIELD_ORIGIN,
	FIELD_OUTCOME,
	FIELD_CAUSE,
	FIELD_CONDITION,
	FIELD_REASON,
	FIELD_REASON_2, /* as far as version 2 of ticket-called knew them */
	FIELD_KIND,
	FIELD_LIST,
};

struct field {
	const char *key;
	enum field_kind kind;
	size_t offset, size; /* in struct event */
};

/* NULL: nothing writes this type, or ever wrote it in this version. */
const struct field *fields_of(enum event_type type, uint32_t version, size_t *ret_count);
/* Same type and version, and every field of the body the same; moment, asker and seq may differ. */
bool fields_equal(const struct event *a, const struct event *b);

/* What an older version of a payload leaves unsaid, where that is not 0: an event with its type and
 * version, zero else. */
void fields_unsaid(struct event *event);

/* The event as its payload would keep it: the fields of its table, what they leave unsaid, and
 * zeroes everywhere else, behind the ends of texts and in padding too. -EINVAL: an unknown type or
 * version, a text without an end or not UTF-8, a value that its enumeration does not have; *ret is
 * untouched. */
__attribute__((warn_unused_result)) int fields_copy(const struct event *event, struct event *ret);
