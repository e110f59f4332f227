/* A pad's characters into keys. There is no frame, no checksum and no acknowledgement: all that
 * tells one press from two is time. */
#include "drivers/keypad/ascii/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum keypad_ascii_meaning key;
} names[] = {
	{"none", ASCII_NONE},	      {"sign-in", ASCII_SIGN_IN},
	{"sign-out", ASCII_SIGN_OUT}, {"call-next", ASCII_CALL_NEXT},
	{"recall", ASCII_RECALL},     {"call-number", ASCII_CALL_NUMBER},
	{"start", ASCII_START},	      {"finish", ASCII_FINISH},
	{"no-show", ASCII_NO_SHOW},   {"park", ASCII_PARK},
	{"resume", ASCII_RESUME},     {"transfer", ASCII_TRANSFER},
	{"pause", ASCII_PAUSE},	      {"reopen", ASCII_REOPEN},
	{"rating", ASCII_RATING},     {"help", ASCII_HELP},
};

static bool is_figure(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

void keypad_ascii_defaults(struct keypad_ascii_settings *ret)
{
	static const struct {
		uint8_t byte;
		enum keypad_ascii_meaning key;
	} keys[] = {
		{'#', ASCII_CALL_NEXT}, {'*', ASCII_RECALL},   {'A', ASCII_START},
		{'B', ASCII_FINISH},	{'C', ASCII_NO_SHOW},  {'D', ASCII_PARK},
		{'E', ASCII_RESUME},	{'F', ASCII_TRANSFER}, {'G', ASCII_PAUSE},
		{'H', ASCII_REOPEN},	{'I', ASCII_SIGN_IN},  {'J', ASCII_SIGN_OUT},
		{'K', ASCII_RATING},	{'L', ASCII_HELP},     {'\r', ASCII_NONE},
		{'\n', ASCII_NONE},
	};

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		ret->keys[i].byte = keys[i].byte;
		ret->keys[i].key = keys[i].key;
	}
	ret->key_count = sizeof(keys) / sizeof(keys[0]);
	ret->entry_us = 5000000;
	ret->repeat_us = 700000;
	ret->bounce_us = 40000;
}

int keypad_ascii_map(struct keypad_ascii_settings *settings, const char *text)
{
	uint8_t byte = (uint8_t)text[0];
	size_t name = 0, at = 0;

	if (byte <= ' ' || byte > '~' || is_figure(byte) || text[1] != '=')
		return -EINVAL;
	while (name < sizeof(names) / sizeof(names[0]) && strcmp(names[name].name, text + 2) != 0)
		name++;
	if (name == sizeof(names) / sizeof(names[0]))
		return -EINVAL;
	while (at < settings->key_count && settings->keys[at].byte != byte)
		at++;
	if (at == KEYPAD_ASCII_KEYS)
		return -EINVAL;
	settings->key_count += at == settings->key_count;
	settings->keys[at].byte = byte;
	settings->keys[at].key = names[name].key;
	return 0;
}

static enum keypad_ascii_meaning meaning_of(const struct keypad_ascii_settings *settings,
					    uint8_t byte)
{
	for (size_t i = 0; i < settings->key_count; i++)
		if (settings->keys[i].byte == byte)
			return settings->keys[i].key;
	return ASCII_NONE;
}

static void forget_figures(struct keypad_ascii_reader *reader)
{
	reader->number = 0;
	reader->figures = 0;
}

static void take_figure(struct keypad_ascii_reader *reader, uint8_t byte)
{
	if (reader->figures < KEYPAD_ASCII_DIGITS)
		reader->number = (uint16_t)(reader->number * 10 + (byte - '0'));
	if (reader->figures <= KEYPAD_ASCII_DIGITS)
		reader->figures++;
}

/* What a character is so soon behind the same one: a finger that stays, a contact that bounces. */
static bool is_the_same_press(const struct keypad_ascii_reader *reader,
			      const struct keypad_ascii_settings *settings, uint8_t byte,
			      int64_t now_us)
{
#ifdef KEYPAD_BREAK_REPEAT /* a deliberately broken build: the tests must notice */
	const int64_t within = 0 * settings->bounce_us;
#else
	const int64_t within = is_figure(byte) ? settings->bounce_us : settings->repeat_us;
#endif

	return reader->any && reader->last == byte && now_us - reader->last_us < within;
}

bool keypad_ascii_take(struct keypad_ascii_reader *reader,
		       const struct keypad_ascii_settings *settings, uint8_t byte, int64_t now_us,
		       struct keypad_ascii_key *ret)
{
	bool same = is_the_same_press(reader, settings, byte, now_us);
	struct keypad_ascii_key key = {ASCII_NONE, 0, false};
	enum keypad_ascii_meaning meaning = meaning_of(settings, byte);

	/* A line's end and what has no meaning neither press nor end a press. */
	if (!is_figure(byte) && meaning == ASCII_NONE)
		return false;
	if (reader->any && now_us - reader->last_us >= settings->entry_us)
		forget_figures(reader);
	reader->any = true;
	reader->last = byte;
	reader->last_us = now_us; /* a key that is held says so again and again */
	if (same)
		return false;
	if (is_figure(byte)) {
		take_figure(reader, byte);
		return false;
	}
	key.key = meaning;
	key.argument = reader->number;
	key.too_long = reader->figures > KEYPAD_ASCII_DIGITS;
	if (reader->figures > 0 && meaning == ASCII_CALL_NEXT)
		key.key = ASCII_CALL_NUMBER;
	if (reader->figures > 0 && meaning == ASCII_RECALL)
		key.key = ASCII_NONE; /* it takes the figures back */
	forget_figures(reader);
	if (key.key == ASCII_NONE)
		return false;
	*ret = key;
	return true;
}

/* ---- sentences to the pad ---- */

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Behind a backslash; the characters used, 0: there is no such thing. */
static size_t escape(const char *at, uint8_t *ret)
{
	switch (at[0]) {
	case 'r': *ret = '\r'; return 1;
	case 'n': *ret = '\n'; return 1;
	case '\\': *ret = '\\'; return 1;
	case 'x':
		if (hex_of(at[1]) < 0 || hex_of(at[2]) < 0)
			return 0;
		*ret = (uint8_t)(hex_of(at[1]) * 16 + hex_of(at[2]));
		return 3;
	default: return 0;
	}
}

int keypad_ascii_write(const char *template, const char *number, uint16_t waiting, uint8_t *ret,
		       size_t size)
{
	static const char for_number[] = "{number}", for_waiting[] = "{waiting}";
	size_t len = 0;

	while (*template) {
		char piece[12] = {0};
		size_t used = 1, add = 1;

		if (!strncmp(template, for_number, sizeof(for_number) - 1)) {
			used = sizeof(for_number) - 1;
			add = (size_t)snprintf(piece, sizeof(piece), "%.8s", number);
		} else if (!strncmp(template, for_waiting, sizeof(for_waiting) - 1)) {
			used = sizeof(for_waiting) - 1;
			add = (size_t)snprintf(piece, sizeof(piece), "%u", waiting);
		} else if (*template == '\\') {
			uint8_t byte = 0;
			size_t more = escape(template + 1, &byte);

			if (!more)
				return -EINVAL;
			used += more;
			piece[0] = (char)byte;
		} else {
			piece[0] = *template;
		}
		if (len + add > size)
			return -ENOSPC;
		memcpy(ret + len, piece, add);
		len += add;
		template += used;
	}
	return (int)len;
}
