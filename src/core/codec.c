/* The canonical payload: one flat JSON object in the one spelling that the log's format allows, so
 * that equal events have equal bytes and a decoded payload encodes to itself. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/core/fields.h"
#include "src/core/text.h"

struct writer {
	char *bytes;
	size_t used, size;
};

static void put(struct writer *writer, const char *bytes, size_t len)
{
	if (writer->used + len < writer->size)
		memcpy(writer->bytes + writer->used, bytes, len);
	writer->used += len;
}

static void put_key(struct writer *writer, const char *key)
{
	put(writer, writer->used == 0 ? "{\"" : ",\"", 2);
	put(writer, key, strlen(key));
	put(writer, "\":", 2);
}

static void put_integer(struct writer *writer, const char *key, int64_t value)
{
	char digits[24];

	put_key(writer, key);
	put(writer, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRId64, value));
}

static void put_text(struct writer *writer, const char *key, const char *text)
{
	put_key(writer, key);
	put(writer, "\"", 1);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		char escape[8];

		if (c == '"' || c == '\\' || c < 0x20)
			put(writer, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c));
		else
			put(writer, text, 1);
	}
	put(writer, "\"", 1);
}

static const char *enum_name(enum field_kind kind, int64_t value)
{
	switch (kind) {
	case FIELD_CLASS: return ticket_class_name(value);
	case FIELD_ORIGIN: return ticket_origin_name(value);
	case FIELD_OUTCOME: return print_outcome_name(value);
	case FIELD_CAUSE: return print_cause_name(value);
	case FIELD_CONDITION: return condition_name(value);
	case FIELD_REASON: return call_reason_name(value);
	case FIELD_KIND: return queue_kind_name(value);
	case FIELD_LIST: return baseline_list_name(value);
	case FIELD_REASON_2: return value <= CALL_RESUMED ? call_reason_name(value) : NULL;
	default: return NULL;
	}
}

static int enum_value(enum field_kind kind, const char *name)
{
	switch (kind) {
	case FIELD_CLASS: return ticket_class_by_name(name);
	case FIELD_ORIGIN: return ticket_origin_by_name(name);
	case FIELD_OUTCOME: return print_outcome_by_name(name);
	case FIELD_CAUSE: return print_cause_by_name(name);
	case FIELD_CONDITION: return condition_by_name(name);
	case FIELD_REASON: return call_reason_by_name(name);
	case FIELD_KIND: return queue_kind_by_name(name);
	case FIELD_LIST: return baseline_list_by_name(name);
	case FIELD_REASON_2:
		return call_reason_by_name(name) <= CALL_RESUMED ? call_reason_by_name(name) : -1;
	default: return -1;
	}
}

static int put_field(struct writer *writer, const struct field *field, const struct event *event)
{
	const void *at = (const char *)event + field->offset;
	const char *text = at;

	switch (field->kind) {
	case FIELD_INT: put_integer(writer, field->key, *(const int64_t *)at); return 0;
	case FIELD_BOOL: put_integer(writer, field->key, *(const bool *)at); return 0;
	case FIELD_TEXT:
		if (!memchr(text, 0, field->size) || !text_is_utf8(text))
			return -EINVAL;
		break;
	default:
		text = enum_name(field->kind, *(const int64_t *)at);
		if (!text)
			return -EINVAL;
	}
	put_text(writer, field->key, text);
	return 0;
}

int event_encode(const struct event *event, char *ret_payload, size_t size)
{
	struct writer writer = {.bytes = ret_payload, .size = size};
	size_t count = 0;
	const struct field *fields = fields_of(event->type, event->version, &count);

	if (!fields || event->at.offset_min < -EVENT_OFFSET_MAX ||
	    event->at.offset_min > EVENT_OFFSET_MAX || !memchr(event->by, 0, sizeof(event->by)) ||
	    !text_is_utf8(event->by))
		return -EINVAL;
	put_integer(&writer, "at", event->at.mono_ms);
	put_integer(&writer, "wall", event->at.wall_ms);
	put_integer(&writer, "off", event->at.offset_min);
	put_text(&writer, "by", event->by);
	for (size_t i = 0; i < count; i++)
		if (put_field(&writer, &fields[i], event) < 0)
			return -EINVAL;
	put(&writer, "}", 1);
	if (writer.used >= size)
		return -ENOSPC;
	ret_payload[writer.used] = '\0';
	return (int)writer.used;
}

struct parser {
	const char *at, *end;
};

static bool take(struct parser *parser, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(parser->end - parser->at) < len || memcmp(parser->at, text, len) != 0)
		return false;
	parser->at += len;
	return true;
}

static bool take_key(struct parser *parser, const char *key, bool first)
{
	return take(parser, first ? "{\"" : ",\"") && take(parser, key) && take(parser, "\":");
}

/* No sign but '-', no leading zeros, no "-0", within int64. */
static bool take_integer(struct parser *parser, int64_t *ret)
{
	bool negative = take(parser, "-");
	const char *begin = parser->at;
	uint64_t value = 0;

	while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9') {
		uint64_t digit = (uint64_t)(*parser->at++ - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (parser->at == begin || (*begin == '0' && (parser->at - begin > 1 || negative)))
		return false;
	if (value > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	*ret = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind a backslash: u00XX of a byte that must be escaped. -1 if it is anything else. */
static int take_escape(struct parser *parser)
{
	int high, low, value;

	if (!take(parser, "u00") || parser->end - parser->at < 2)
		return -1;
	high = hex_digit(parser->at[0]);
	low = hex_digit(parser->at[1]);
	value = high * 16 + low;
	if (high < 0 || low < 0 || value == 0 || !(value < 0x20 || value == '"' || value == '\\'))
		return -1;
	parser->at += 2;
	return value;
}

static bool take_text(struct parser *parser, char *ret, size_t size)
{
	size_t used = 0;

	if (!take(parser, "\""))
		return false;
	while (parser->at < parser->end && *parser->at != '"') {
		int c = (unsigned char)*parser->at++;

		if (c == '\\')
			c = take_escape(parser);
		else if (c < 0x20)
			c = -1;
		if (c < 0 || used + 1 >= size)
			return false;
		ret[used++] = (char)c;
	}
	ret[used] = '\0';
	return take(parser, "\"") && text_is_utf8(ret);
}

static bool take_field(struct parser *parser, const struct field *field, struct event *event)
{
	void *at = (char *)event + field->offset;
	char name[CORE_ID_SIZE];
	int64_t value;

	if (!take_key(parser, field->key, false))
		return false;
	switch (field->kind) {
	case FIELD_INT: return take_integer(parser, at);
	case FIELD_BOOL:
		if (!take_integer(parser, &value) || value < 0 || value > 1)
			return false;
		*(bool *)at = value;
		return true;
	case FIELD_TEXT: return take_text(parser, at, field->size);
	default:
		if (!take_text(parser, name, sizeof(name)))
			return false;
		value = enum_value(field->kind, name);
		*(int64_t *)at = value;
		return value >= 0;
	}
}

int event_decode(enum event_type type, uint32_t version, const char *payload, size_t len,
		 struct event *ret_event)
{
	struct parser parser = {.at = payload, .end = payload + len};
	struct event event;
	size_t count = 0;
	const struct field *fields = fields_of(type, version, &count);
	int64_t offset;

	if (!fields)
		return -ENOTSUP;
	memset(&event, 0, sizeof(event));
	event.type = type;
	event.version = version;
	fields_unsaid(&event);
	if (!take_key(&parser, "at", true) || !take_integer(&parser, &event.at.mono_ms) ||
	    !take_key(&parser, "wall", false) || !take_integer(&parser, &event.at.wall_ms) ||
	    !take_key(&parser, "off", false) || !take_integer(&parser, &offset) ||
	    offset < -EVENT_OFFSET_MAX || offset > EVENT_OFFSET_MAX ||
	    !take_key(&parser, "by", false) || !take_text(&parser, event.by, sizeof(event.by)))
		return -EBADMSG;
	event.at.offset_min = (int32_t)offset;
	for (size_t i = 0; i < count; i++)
		if (!take_field(&parser, &fields[i], &event))
			return -EBADMSG;
	if (!take(&parser, "}") || parser.at != parser.end)
		return -EBADMSG;
	*ret_event = event;
	return 0;
}
