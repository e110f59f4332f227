/* The JSON object of a changing request, read by a table of fields: what is not in the table is
 * refused by name, so that a misspelt field is never silently without effect. */
#include "src/web/internal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_plain(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	}
	return true;
}

/* "2025-01-31" to 20250131. Whether the calendar has that day is for the hall to say. */
static bool read_date(const char *text, int64_t *ret_date)
{
	static const char form[] = "dddd-dd-dd";
	int64_t date = 0;
	size_t i;

	for (i = 0; form[i]; i++) {
		if (form[i] == '-') {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		date = date * 10 + (text[i] - '0');
	}
	if (text[i])
		return false;
	*ret_date = date;
	return true;
}

static bool read_number(const json_t *value, int64_t *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) < 1 ||
	    json_integer_value(value) > CORE_MAX_TICKET_NUMBER)
		return false;
	*ret = json_integer_value(value);
	return true;
}

/* "00:00" to "24:00" */
static bool read_minute(const char *text, int64_t *ret)
{
	int64_t minute;

	if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 ||
	    strspn(text + 3, "0123456789") != 2 || text[3] > '5')
		return false;
	minute = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
	if (minute > 1440)
		return false;
	*ret = minute;
	return true;
}

/* Milliseconds up to the year 9999: no sum with them overflows. */
static bool read_moment(const json_t *value, struct moment *ret)
{
	struct moment moment = {.given = true, .minute = -1};

	if (json_is_integer(value)) {
		moment.wall_ms = json_integer_value(value);
		if (moment.wall_ms < 0 || moment.wall_ms > INT64_C(253402300799999))
			return false;
	} else if (!json_is_string(value) ||
		   !read_minute(json_string_value(value), &moment.minute)) {
		return false;
	}
	*ret = moment;
	return true;
}

/* "2025-01-31T08:30", a day of the calendar; its end is the next one's beginning. */
static bool read_local(const char *text, int64_t *ret_ms)
{
	char date_text[11] = "";
	int64_t date, minute;
	struct tm parts = {0}, there;
	time_t midnight;

	if (strlen(text) != 16 || text[10] != 'T')
		return false;
	memcpy(date_text, text, 10);
	if (!read_date(date_text, &date) || !read_minute(text + 11, &minute) || minute == 1440 ||
	    date < 19700101)
		return false;
	parts.tm_year = (int)(date / 10000) - 1900;
	parts.tm_mon = (int)(date / 100 % 100) - 1;
	parts.tm_mday = (int)(date % 100);
	midnight = timegm(&parts);
	if (!gmtime_r(&midnight, &there) || there.tm_mday != (int)(date % 100) ||
	    there.tm_mon != (int)(date / 100 % 100) - 1)
		return false;
	*ret_ms = ((int64_t)midnight + minute * 60) * 1000;
	return true;
}

static bool read_time(const json_t *value, struct moment *ret)
{
	struct moment moment = {.given = true, .minute = -1, .local = true};

	if (json_is_integer(value))
		return read_moment(value, ret);
	if (!json_is_string(value) || !read_local(json_string_value(value), &moment.wall_ms))
		return false;
	*ret = moment;
	return true;
}

static bool read_ticket(const struct request *request, const json_t *value, int64_t *ret_ticket)
{
	const struct ticket *ticket;

	if (json_is_integer(value)) {
		*ret_ticket = json_integer_value(value);
		return *ret_ticket > 0;
	}
	if (!json_is_string(value) || json_string_length(value) == 0 ||
	    json_string_length(value) >= CORE_NUMBER_SIZE)
		return false;
	ticket = hall_find_number(keeper_hall(request->web->options.keeper),
				  json_string_value(value));
	*ret_ticket = ticket ? ticket->id : INT64_MAX;
	return true;
}

/* What an operator can say of a print job. */
static int word_by_name(const char *name)
{
	int outcome = print_outcome_by_name(name);

	return outcome == PRINT_PRINTED || outcome == PRINT_FAILED ? outcome : -1;
}

static bool read_named(const json_t *value, int (*by_name)(const char *name), int64_t *ret)
{
	int found = json_is_string(value) ? by_name(json_string_value(value)) : -1;

	if (found < 0)
		return false;
	*ret = found;
	return true;
}

/* NULL, or what the value must be. */
static const char *read_field(const struct request *request, const struct field *field,
			      const json_t *value, void *at)
{
	const char *text = json_is_string(value) ? json_string_value(value) : NULL;

	switch (field->type) {
	case FIELD_TEXT:
		if (!text || json_string_length(value) >= field->size || !is_plain(text))
			return "a string without control characters and within its length";
		memcpy(at, text, json_string_length(value) + 1);
		return NULL;
	case FIELD_BOOL:
		if (!json_is_boolean(value))
			return "true or false";
		*(bool *)at = json_is_true(value);
		return NULL;
	case FIELD_LARGE:
		if (!json_is_boolean(value))
			return "true or false";
		*(int64_t *)at = json_is_true(value) ? LARGE_YES : LARGE_NO;
		return NULL;
	case FIELD_CLASS:
		return read_named(value, ticket_class_by_name, at) ? NULL : "a class of tickets";
	case FIELD_ORIGIN:
		return read_named(value, ticket_origin_by_name, at) ? NULL : "an origin of tickets";
	case FIELD_OUTCOME: return read_named(value, word_by_name, at) ? NULL : "printed or failed";
	case FIELD_DATE: return text && read_date(text, at) ? NULL : "a date, \"YYYY-MM-DD\"";
	case FIELD_NUMBER:
		return read_number(value, at) ? NULL : "a whole number of a ticket, without prefix";
	case FIELD_MINUTE: return text && read_minute(text, at) ? NULL : "a time of day, \"HH:MM\"";
	case FIELD_MOMENT:
		return read_moment(value, at) ? NULL : "a time of day, \"HH:MM\", or milliseconds";
	case FIELD_TIME:
		return read_time(value, at) ? NULL
					    : "a time, \"YYYY-MM-DDTHH:MM\", or milliseconds";
	case FIELD_TICKET:
		return read_ticket(request, value, at) ? NULL : "a ticket's number or id";
	}
	return "known";
}

static const struct field *find_field(const struct field *fields, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	return NULL;
}

static bool read_object(struct request *request, json_t *object, const struct field *fields,
			size_t count, void *ret)
{
	const struct field *field;
	const char *name, *wanted;
	json_t *value;
	size_t i;

	json_object_foreach(object, name, value)
	{
		field = find_field(fields, count, name);
		if (!field) {
			request_problem(request, PROBLEM_UNKNOWN_FIELD, "unknown field: %.64s",
					name);
			return false;
		}
		wanted = read_field(request, field, value, (char *)ret + field->offset);
		if (wanted) {
			request_problem(request, PROBLEM_BAD_FIELD, "%s must be %s", name, wanted);
			return false;
		}
	}
	for (i = 0; i < count; i++) {
		if (fields[i].needed && !json_object_get(object, fields[i].name)) {
			request_problem(request, PROBLEM_BAD_FIELD, "%s is needed", fields[i].name);
			return false;
		}
	}
	return true;
}

/* Where memory is short jansson finds fault with a good text: who asks looks twice before it says
 * so. */
static json_t *read_text(const struct request *request, json_error_t *ret_error)
{
	if (request->body_len == 0)
		return json_object();
	return json_loadb(request->body, request->body_len, JSON_REJECT_DUPLICATES, ret_error);
}

bool body_read(struct request *request, const struct field *fields, size_t count, void *ret)
{
	json_error_t error;
	json_t *object;
	bool good;

	object = read_text(request, &error);
	if (!object)
		object = read_text(request, &error);
	if (!object && (!request->body_len || !error.text[0])) {
		request_problem(request, PROBLEM_UNAVAILABLE, "out of memory");
		return false;
	}
	if (!object) {
		request_problem(request, PROBLEM_BAD_JSON, "%s", error.text);
		return false;
	}
	if (json_is_object(object)) {
		good = read_object(request, object, fields, count, ret);
	} else {
		request_problem(request, PROBLEM_BAD_JSON, "the body must be an object");
		good = false;
	}
	json_decref(object);
	return good;
}
