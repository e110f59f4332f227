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
};

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

int board_lihe_fit(const struct board_lihe_face *face, const char *text, uint8_t *ret_text)
{
	char rows[MAX_UTF8];
	char *rest = rows;
	size_t len = 0;

	if (strlen(text) >= sizeof(rows))
		return -ENOSPC;
	snprintf(rows, sizeof(rows), "%s", text);
	for (unsigned i = 0; i < face->rows; i++) {
		char *row = rest;
		char *end = strchr(rest, '\n');
		int r;

		for (; end && face->rows == 1; end = strchr(end, '\n'))
			*end = ' ';
		if (end)
			*end = '\0';
		rest = end ? end + 1 : rest + strlen(rest);
		r = fit_row(row, face->columns, face->rows > 1, ret_text + len,
			    BOARD_LIHE_MAX_TEXT - len);
		if (r < 0)
			return r;
		len += (size_t)r;
	}
	return (int)len;
}

size_t board_lihe_text_frame(const struct board_lihe_face *face, const uint8_t *text, size_t len,
			     bool blink, uint8_t *ret, size_t size)
{
	bool tpk = face->card == BOARD_LIHE_TPK_1616;
	struct lihe_text frame = {
		.address = face->address,
		.command = face->rows > 1 ? LIHE_WHOLE_SCREEN : LIHE_ONE_LINE,
		.speed = SPEED,
		.stay = STAY,
		.colour = (uint8_t)face->colour,
		.life = LIHE_LIFE_PERMANENT,
		.len = len,
	};

	if (len > sizeof(frame.text))
		return 0;
	if (blink)
		frame.mode = tpk ? LIHE_MODE_BLINK : MODE_3232B_BLINK;
	else
		frame.mode = tpk ? LIHE_MODE_IMMEDIATE : MODE_3232B_IMMEDIATE;
	memcpy(frame.text, text, len);
	return lihe_build_text(ret, size, &frame,
			       face->sum == BOARD_LIHE_SUM_DATA ? LIHE_SUM_DATA
								: LIHE_SUM_DATA_AND_END);
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
