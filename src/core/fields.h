/* The payload of each event type as a table: what the codec, the log's format document and its
 * test go by. Inside src/core. */
#pragma once

#include "src/core/event.h"

enum field_kind { FIELD_INT, FIELD_BOOL, FIELD_TEXT, FIELD_CLASS, FIELD_ORIGIN, FIELD_OUTCOME };

struct field {
	const char *key;
	enum field_kind kind;
	size_t offset, size; /* in struct event */
};

/* NULL: nothing writes this type. */
const struct field *fields_of(enum event_type type, size_t *ret_count);
/* Same type, and every field of the body the same; moment, asker and seq may differ. */
bool fields_equal(const struct event *a, const struct event *b);
