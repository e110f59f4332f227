/* The text form of a capture's lines, both ways. A line is
 *
 *	TIME-US DIRECTION KIND HEX STATUS
 *
 * with single spaces and "-" for no bytes, so that captures can be read, cut and compared with the
 * ordinary tools. */
#include "drivers/transport/capture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {
	[CAPTURE_OPEN] = "open",
	[CAPTURE_CLOSE] = "close",
	[CAPTURE_SUBMIT] = "submit",
	[CAPTURE_CANCEL] = "cancel",
	[CAPTURE_DRAIN] = "drain",
	[CAPTURE_CONTROL] = "control",
	[CAPTURE_OPENED] = "opened",
	[CAPTURE_PROGRESS] = "progress",
	[CAPTURE_DONE] = "done",
	[CAPTURE_RECEIVED] = "received",
	[CAPTURE_CONTROLLED] = "controlled",
	[CAPTURE_LEFT] = "left",
};

static const char *const controls[] = {
	[TRANSPORT_PORT_STATUS] = "port-status",   [TRANSPORT_DEVICE_ID] = "device-id",
	[TRANSPORT_SOFT_RESET] = "soft-reset",	   [TRANSPORT_CLEAR_HALT] = "clear-halt",
	[TRANSPORT_DEVICE_RESET] = "device-reset",
};

enum {
	N_KINDS = sizeof(kinds) / sizeof(kinds[0]),
	N_CONTROLS = sizeof(controls) / sizeof(controls[0]),
	MAX_DIGITS = 15, /* thirty years of microseconds */
};

const char *capture_kind_name(enum capture_kind kind)
{
	return kinds[kind];
}

static bool has_control(enum capture_kind kind)
{
	return kind == CAPTURE_CONTROL || kind == CAPTURE_CONTROLLED;
}

static bool may_have_bytes(enum capture_kind kind)
{
	return kind == CAPTURE_SUBMIT || kind == CAPTURE_RECEIVED || kind == CAPTURE_CONTROLLED;
}

size_t capture_format(char *ret, int64_t at_us, enum capture_kind kind, enum transport_control what,
		      const uint8_t *bytes, size_t len, int status)
{
	static const char digits[] = "0123456789abcdef";
	size_t used, i;

	used = (size_t)snprintf(ret, CAPTURE_MAX_LINE, "%" PRId64 " %c %s%s%s ", at_us,
				capture_is_down(kind) ? '>' : '<', kinds[kind],
				has_control(kind) ? "." : "",
				has_control(kind) ? controls[what] : "");
	for (i = 0; i < len && i < TRANSPORT_MAX_SUBMIT; i++) {
		ret[used++] = digits[bytes[i] >> 4];
		ret[used++] = digits[bytes[i] & 15];
	}
	used += (size_t)snprintf(ret + used, CAPTURE_MAX_LINE - used, "%s %d\n", len ? "" : "-",
				 status);
	return used;
}

/* The next word; the single space after it is taken, too. */
static size_t take_word(const char **cursor, const char **ret)
{
	size_t len = strcspn(*cursor, " ");

	*ret = *cursor;
	*cursor += len;
	if (**cursor == ' ')
		(*cursor)++;
	return len;
}

static int parse_time(const char *word, size_t len, int64_t *ret)
{
	int64_t value = 0;
	size_t i;

	if (len < 1 || len > MAX_DIGITS)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return -EINVAL;
		value = value * 10 + (word[i] - '0');
	}
	*ret = value;
	return 0;
}

static int parse_status(const char *word, size_t len, int *ret)
{
	bool negative = len > 0 && word[0] == '-';
	int64_t value;
	int r;

	if (len > 6)
		return -EINVAL;
	r = parse_time(word + negative, len - negative, &value);
	if (r < 0)
		return r;
	*ret = negative ? -(int)value : (int)value;
	return 0;
}

static int parse_kind(struct capture_line *line, char direction, const char *word, size_t len)
{
	size_t name, i;

	for (i = 0; i < N_KINDS; i++) {
		name = strlen(kinds[i]);
		if (len < name || strncmp(word, kinds[i], name) != 0)
			continue;
		line->kind = (enum capture_kind)i;
		if (len == name && !has_control(line->kind))
			break;
		if (len > name && word[name] == '.' && has_control(line->kind))
			break;
	}
	if (i == N_KINDS || direction != (capture_is_down(line->kind) ? '>' : '<'))
		return -EINVAL;
	if (!has_control(line->kind))
		return 0;
	word += name + 1;
	len -= name + 1;
	for (i = 0; i < N_CONTROLS; i++) {
		if (strlen(controls[i]) != len || strncmp(word, controls[i], len) != 0)
			continue;
		line->what = (enum transport_control)i;
		return 0;
	}
	return -EINVAL;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int parse_bytes(struct capture_line *line, const char *word, size_t len)
{
	size_t i;
	int high, low;

	line->len = 0;
	if (len == 1 && word[0] == '-')
		return 0;
	if (!may_have_bytes(line->kind) || len < 2 || len % 2 || len / 2 > sizeof(line->bytes))
		return -EINVAL;
	for (i = 0; i < len; i += 2) {
		high = hex_value(word[i]);
		low = hex_value(word[i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		line->bytes[line->len++] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int capture_parse(struct capture_line *ret, const char *line)
{
	const char *word;
	char direction;
	size_t len;
	int r;

	ret->what = TRANSPORT_PORT_STATUS;
	len = take_word(&line, &word);
	r = parse_time(word, len, &ret->at_us);
	if (r < 0)
		return r;
	len = take_word(&line, &word);
	if (len != 1)
		return -EINVAL;
	direction = word[0];
	len = take_word(&line, &word);
	r = parse_kind(ret, direction, word, len);
	if (r < 0)
		return r;
	len = take_word(&line, &word);
	r = parse_bytes(ret, word, len);
	if (r < 0)
		return r;
	len = take_word(&line, &word);
	r = parse_status(word, len, &ret->status);
	if (r < 0)
		return r;
	return word[len] ? -EINVAL : 0;
}
