/* The words and the packets of an Alpha sign. Write text: A label ESC position mode [1C colour]
 * text. An empty priority file: A 0. Time: E 20 HHMM. Tone: E ( 2 frequency(2) duration repeat.
 * Source: the protocol's document 9708-8061; see README.md. */
#include "drivers/board/alpha/protocol.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MINUTES = 1440 };

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f;
}

static bool is_telling(const char *text)
{
	for (; *text; text++)
		if ((*text >= '0' && *text <= '9') || (*text >= 'A' && *text <= 'Z') ||
		    (*text >= 'a' && *text <= 'z'))
			return true;
	return false;
}

static void trim(char *text)
{
	size_t blanks = strspn(text, " ");

	memmove(text, text + blanks, strlen(text + blanks) + 1);
	for (size_t len = strlen(text); len > 0 && text[len - 1] == ' '; len--)
		text[len - 1] = '\0';
}

/* What can be said of a row: all of it, or what stands behind its last character that is not
 * ASCII. */
static void english_of(const char *row, size_t len, char *ret)
{
	size_t from = len;

	while (from > 0 && is_plain(row[from - 1]))
		from--;
	memcpy(ret, row + from, len - from);
	ret[len - from] = '\0';
	trim(ret);
	if (from > 0 && !is_telling(ret))
		ret[0] = '\0';
}

/* The longest that fits of what says the same. */
static void say_call(const struct board_alpha_wish *wish, size_t columns, char *ret, size_t size)
{
	static const char *const places[] = {" Window ", " W", " "};

	for (size_t i = 0; wish->window && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(ret, size, "%.9s%s%u", wish->number, places[i], wish->window);
		if (strlen(ret) <= columns)
			return;
	}
	snprintf(ret, size, "%.9s", wish->number);
}

static void say_kind(const struct board_alpha_wish *wish, size_t columns, char *ret, size_t size)
{
	static const char *const words[] = {
		[BOARD_ALPHA_IDLE] = "Welcome",	      [BOARD_ALPHA_CALL] = "Next, please",
		[BOARD_ALPHA_SERVING] = "In use",     [BOARD_ALPHA_PAUSED] = "Closed",
		[BOARD_ALPHA_NOTICE] = "Please wait", [BOARD_ALPHA_LIST] = "",
	};

	if (wish->kind == BOARD_ALPHA_CALL && wish->number[0])
		say_call(wish, columns, ret, size);
	else if (wish->kind == BOARD_ALPHA_SERVING && wish->number[0])
		snprintf(ret, size, "Now %.9s", wish->number);
	else
		snprintf(ret, size, "%s", words[wish->kind]);
	for (char *c = ret; *c; c++)
		if (!is_plain(*c))
			*c = '?';
}

static void cut(char *text, size_t columns)
{
	if (strlen(text) > columns)
		text[columns] = '\0';
	trim(text);
}

/* The English of all rows; false: there was nothing to say. */
static bool say_rows(const struct board_alpha_face *face, const char *text, char *ret, size_t size)
{
	const char *parting = face->rows > 1 ? "\r" : "  ";
	char one[BOARD_ALPHA_MAX_TEXT + 1];
	bool had_text = false;
	unsigned rows = 0;

	ret[0] = '\0';
	for (const char *row = text;; row++) {
		size_t len = strcspn(row, "\n"), used = strlen(ret);

		had_text |= strspn(row, " ") < len;
		english_of(row, len > BOARD_ALPHA_MAX_TEXT ? BOARD_ALPHA_MAX_TEXT : len, one);
		if (face->rows > 1)
			cut(one, face->columns);
		if (one[0] && (face->rows == 1 || rows < face->rows)) {
			snprintf(ret + used, size - used, "%s%s", used ? parting : "", one);
			rows++;
		}
		row += len;
		if (!*row)
			return had_text;
	}
}

void board_alpha_say(const struct board_alpha_face *face, const struct board_alpha_wish *wish,
		     struct board_alpha_text *ret)
{
	bool is_number = wish->kind == BOARD_ALPHA_CALL && wish->number[0];
	bool had_text;

	*ret = (struct board_alpha_text){.text = ""};
	had_text = say_rows(face, wish->text, ret->text, sizeof(ret->text));
	if (had_text &&
	    (!ret->text[0] || (is_number && face->rows == 1 && strlen(ret->text) > face->columns)))
		say_kind(wish, face->columns, ret->text, sizeof(ret->text));
	if (face->rows > 1)
		return;
	ret->moves = wish->scroll && strlen(ret->text) > face->columns;
	if (!ret->moves)
		cut(ret->text, face->columns);
}

static size_t build(const struct board_alpha_face *face, uint8_t code, const uint8_t *data,
		    size_t len, uint8_t *ret, size_t size)
{
	return alpha_build(ret, size, face->type, face->address, code, data, len, face->checksum);
}

size_t board_alpha_text_frame(const struct board_alpha_face *face, uint8_t label,
			      const struct board_alpha_text *text, bool blink, uint8_t *ret,
			      size_t size)
{
	uint8_t data[8 + BOARD_ALPHA_MAX_TEXT];
	size_t len = 0, text_len = strlen(text->text);

	if (label == ALPHA_PRIORITY && text_len > ALPHA_PRIORITY_MAX - 8)
		text_len = ALPHA_PRIORITY_MAX - 8;
	data[len++] = label;
	data[len++] = ALPHA_ESC;
	data[len++] = face->rows > 1 ? ALPHA_FILL : ALPHA_MIDDLE;
	data[len++] = text->moves ? ALPHA_ROTATE : blink ? ALPHA_FLASH : ALPHA_HOLD;
	if (face->colour) {
		data[len++] = ALPHA_COLOUR;
		data[len++] = face->colour;
	}
	for (size_t i = 0; i < text_len; i++)
		data[len++] = (uint8_t)text->text[i];
	if (!text_len)
		data[len++] = ' ';
	return build(face, ALPHA_WRITE_TEXT, data, len, ret, size);
}

size_t board_alpha_no_priority_frame(const struct board_alpha_face *face, uint8_t *ret, size_t size)
{
	const uint8_t data = ALPHA_PRIORITY;

	return build(face, ALPHA_WRITE_TEXT, &data, 1, ret, size);
}

size_t board_alpha_time_frame(const struct board_alpha_face *face, int64_t local_us, uint8_t *ret,
			      size_t size)
{
	unsigned minute = (unsigned)(local_us / 60000000 % DAY_MINUTES);
	char data[16];

	if (local_us < 0)
		return 0;
	snprintf(data, sizeof(data), "%c%02u%02u", ALPHA_SET_TIME, minute / 60 % 24, minute % 60);
	return build(face, ALPHA_WRITE_SPECIAL, (const uint8_t *)data, 5, ret, size);
}

size_t board_alpha_beep_frame(const struct board_alpha_face *face, uint8_t *ret, size_t size)
{
	return build(face, ALPHA_WRITE_SPECIAL, (const uint8_t *)"(20030", 6, ret, size);
}
