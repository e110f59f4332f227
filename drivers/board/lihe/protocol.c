/* The text and the frames of a lihe board. Text frame: AA address BB 51 kind SUM mode speed stay
 * colour life text FF; answers are number frames A0 length command address sub data CHK FF
 * (control cards' specification V2.1). */
#include "drivers/board/lihe/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"
#include "firmware-host/proto/lihe.h"

enum {
	MAX_UTF8 = 256, /* with NUL, as the wanted state of a board has */
	ROW_SIZE = MAX_UTF8 + BOARD_LIHE_MAX_COLUMNS,
	/* As in the published frame of an immediate text; neither matters to a text that stays. */
	SPEED = 7,
	STAY = 99,
	/* The modes of the other card; those of the TPK-1616 stand in proto/lihe.h. */
	MODE_3232B_BLINK = 10,
	MODE_3232B_IMMEDIATE = 11,
	/* Number frames */
	CMD_TICKET_STRIP = 0x2b,
	CMD_TICKET_COMBINED = 0x2d,
	SUB_WELCOME = 0,
	SUB_CALL = 1,
	SUB_PAUSE = 2,
	SUB_SERVING = 4,
	MAX_TICKET = 6,
	MAX_PREFIX = 4,
	MAX_DIGITS = 4,
};

/* ---- texts ---- */

static int fit_row(const char *text, size_t columns, bool pad, uint8_t *ret, size_t size)
{
	char row[ROW_SIZE];
	size_t len;
	int r;

	r = text_abbreviate(row, sizeof(row), text, columns);
	if (r < 0)
		return r;
	if (pad || row[strspn(row, " ")] == '\0') {
		r = text_pad(row, sizeof(row), text, columns);
		if (r < 0)
			return r;
	}
	r = text_to_gbk(row, strlen(row), ret, size, &len, NULL);
	return r < 0 ? r : (int)len;
}

static int fit_rows(const struct board_lihe_face *face, char *rows, struct lihe_text *frame)
{
	char *rest = rows;

	for (unsigned i = 0; i < face->rows; i++) {
		char *row = rest, *end = strchr(rest, '\n');
		int r;

		if (end)
			*end = '\0';
		rest = end ? end + 1 : rest + strlen(rest);
		r = fit_row(row, face->columns, face->rows > 1, frame->text + frame->len,
			    sizeof(frame->text) - frame->len);
		if (r < 0)
			return r;
		frame->len += (size_t)r;
	}
	return 0;
}

static void set_mode(const struct board_lihe_face *face, bool moves, bool blinks,
		     struct lihe_text *frame)
{
	bool tpk = face->card == BOARD_LIHE_TPK_1616;

	frame->speed = moves ? face->speed : SPEED;
	frame->stay = moves ? 0 : STAY;
	frame->life = moves || blinks ? BOARD_LIHE_FOR_EVER : face->life;
	if (moves)
		frame->mode = LIHE_MODE_LEFT;
	else if (blinks)
		frame->mode = tpk ? LIHE_MODE_BLINK : MODE_3232B_BLINK;
	else
		frame->mode = tpk ? LIHE_MODE_IMMEDIATE : MODE_3232B_IMMEDIATE;
}

static int paint_text(const struct board_lihe_face *face, const struct board_lihe_wish *wish,
		      struct board_lihe_painting *ret)
{
	bool serving = wish->subject == BOARD_LIHE_SERVING, moves;
	struct lihe_text frame = {
		.address = face->address,
		.command = face->rows > 1 ? LIHE_WHOLE_SCREEN : LIHE_ONE_LINE,
		.colour = (uint8_t)face->colours[serving ? BOARD_LIHE_WELCOME : wish->subject],
	};
	char rows[MAX_UTF8];
	int r;

	if (strlen(wish->text) >= sizeof(rows))
		return -ENOSPC;
	snprintf(rows, sizeof(rows), "%s", wish->text);
	for (char *at = rows; face->rows == 1 && *at; at++)
		*at = *at == '\n' ? ' ' : *at;
	moves = wish->scroll && face->scrolls && face->rows == 1 &&
		text_columns(rows) > face->columns;
	if (moves)
		r = text_to_gbk(rows, strlen(rows), frame.text, sizeof(frame.text), &frame.len,
				NULL);
	else
		r = fit_rows(face, rows, &frame);
	if (r < 0)
		return r;
	ret->restless = moves || (wish->blink && face->blinks);
	set_mode(face, moves, ret->restless, &frame);
	ret->len = lihe_build_text(ret->frame, sizeof(ret->frame), &frame,
				   face->sum == BOARD_LIHE_SUM_DATA ? LIHE_SUM_DATA
								    : LIHE_SUM_DATA_AND_END);
	return ret->len ? 0 : -ENOSPC;
}

/* ---- numbers ---- */

static uint8_t sub_of(const struct board_lihe_wish *wish)
{
	switch (wish->subject) {
	case BOARD_LIHE_PAUSE:
	case BOARD_LIHE_NOTICE: return SUB_PAUSE;
	case BOARD_LIHE_CALL: return wish->number[0] ? SUB_CALL : SUB_WELCOME;
	case BOARD_LIHE_SERVING: return wish->number[0] ? SUB_SERVING : SUB_WELCOME;
	default: return SUB_WELCOME;
	}
}

/* High and low two figures, the window, the letters before the figures. */
static void add_number(const char *ticket, uint16_t window, struct lihe_number *frame)
{
	size_t prefix = strcspn(ticket, "0123456789");
	size_t digits = strspn(ticket + prefix, "0123456789");
	unsigned number = 0;

	for (size_t i = digits > MAX_DIGITS ? digits - MAX_DIGITS : 0; i < digits; i++)
		number = 10 * number + (unsigned)(ticket[prefix + i] - '0');
	frame->data[0] = (uint8_t)(number / 100);
	frame->data[1] = (uint8_t)(number % 100);
	frame->data[2] = (uint8_t)window;
	frame->len = 3;
	for (size_t i = 0; i < prefix && i < MAX_PREFIX; i++)
		frame->data[frame->len++] = (uint8_t)ticket[i];
}

static int paint_number(const struct board_lihe_face *face, const struct board_lihe_wish *wish,
			struct board_lihe_painting *ret)
{
	bool combined = face->rows > 1, ticket = face->frame == BOARD_LIHE_FRAME_TICKET;
	struct lihe_number frame = {.address = face->address, .sub = sub_of(wish)};
	bool tells = frame.sub == SUB_CALL || frame.sub == SUB_SERVING;

	frame.command = combined ? LIHE_COMBINED : LIHE_STRIP;
	if (tells && ticket) {
		frame.command = combined ? CMD_TICKET_COMBINED : CMD_TICKET_STRIP;
		frame.len = strnlen(wish->number, MAX_TICKET);
		memcpy(frame.data, wish->number, frame.len);
		frame.data[frame.len++] = (uint8_t)wish->window;
	} else if (tells) {
		add_number(wish->number, wish->window, &frame);
	}
	ret->restless = frame.sub == SUB_CALL;
	ret->len = lihe_build_number(ret->frame, sizeof(ret->frame), &frame);
	return ret->len ? 0 : -ENOSPC;
}

int board_lihe_paint(const struct board_lihe_face *face, const struct board_lihe_wish *wish,
		     struct board_lihe_painting *ret)
{
	struct board_lihe_painting painting = {0};
	int r = face->frame == BOARD_LIHE_FRAME_TEXT ? paint_text(face, wish, &painting)
						     : paint_number(face, wish, &painting);

	if (r == 0)
		*ret = painting;
	return r;
}

size_t board_lihe_version_frame(const struct board_lihe_face *face, uint8_t *ret, size_t size)
{
	return lihe_build_version_query(ret, size, face->address);
}

/* Each byte that is there is compared at once: one that is wrong must not hold the look-out up
 * until a whole frame has come. */
static int match_answer(uint8_t command, uint8_t address, uint8_t data, const uint8_t *bytes,
			size_t len)
{
	const uint8_t head[] = {0xA0, (uint8_t)(3 + data), command, address, LIHE_SUB};
	struct lihe_number number;
	int n;

	for (size_t i = 0; i < sizeof(head) && i < len; i++)
		if (bytes[i] != head[i])
			return -EBADMSG;
	n = lihe_match_number(bytes, len, &number);
#ifdef LIHE_BREAK_TAKES /* a deliberately broken build: the tests must notice */
	n = n == 0 && len >= sizeof(head) ? 4 + head[1] : n;
#endif
	return n < 0 ? -EBADMSG : n;
}

int board_lihe_match_ack(uint8_t address, const uint8_t *bytes, size_t len)
{
	return match_answer(LIHE_ACK, address, 0, bytes, len);
}

int board_lihe_match_version(uint8_t address, const uint8_t *bytes, size_t len)
{
	return match_answer(LIHE_VERSION, address, 2, bytes, len);
}
