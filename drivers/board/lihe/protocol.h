/* What a lihe board hears and says, in bytes. Pure. The frames themselves are built and taken apart
 * in firmware-host/proto/lihe.h, which the simulated board uses too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BOARD_LIHE_MAX_COLUMNS = 32,
	BOARD_LIHE_MAX_ROWS = 4,
	BOARD_LIHE_MAX_FRAME = 240 + 12,
	BOARD_LIHE_FOR_EVER = 99, /* a text's life */
};

/* The vendor's specification and its field code differ: with or without the closing FF. */
enum board_lihe_sum { BOARD_LIHE_SUM_DATA, BOARD_LIHE_SUM_DATA_AND_END };
enum board_lihe_colour { BOARD_LIHE_RED = 0, BOARD_LIHE_GREEN = 1, BOARD_LIHE_YELLOW = 2 };
/* Which control card: the modes' numbers depend on it. */
enum board_lihe_card { BOARD_LIHE_TPK_1616, BOARD_LIHE_3232B };
/* What a board understands: texts, a number of figures and a window, or a ticket in ASCII. */
enum board_lihe_frame { BOARD_LIHE_FRAME_TEXT, BOARD_LIHE_FRAME_NUMBER, BOARD_LIHE_FRAME_TICKET };
/* What is to be told; each has a colour. */
enum board_lihe_subject {
	BOARD_LIHE_WELCOME, /* and everything else that is no news */
	BOARD_LIHE_CALL,
	BOARD_LIHE_PAUSE,
	BOARD_LIHE_NOTICE,
	BOARD_LIHE_SERVING,
};
enum { BOARD_LIHE_COLOURS = BOARD_LIHE_NOTICE + 1 };

struct board_lihe_face {
	uint8_t address; /* 1..254 */
	uint8_t columns, rows;
	bool blinks, scrolls;
	enum board_lihe_sum sum;
	enum board_lihe_card card;
	enum board_lihe_frame frame;
	uint8_t speed; /* of a moving text, 0..7 */
	uint8_t life;  /* of a text that stands still, 1..98 units or for ever */
	enum board_lihe_colour colours[BOARD_LIHE_COLOURS]; /* by subject; serving has that of 0 */
};

struct board_lihe_wish {
	enum board_lihe_subject subject;
	const char *text; /* UTF-8, rows parted by '\n' */
	bool blink, scroll;
	const char *number; /* "A001", "" none */
	uint16_t window;    /* 0 none */
};

struct board_lihe_painting {
	uint8_t frame[BOARD_LIHE_MAX_FRAME];
	size_t len;
	/* It blinks or moves, or is a call by number: sent again it would visibly begin anew. */
	bool restless;
};

/* The frame for a wish. Each row of a text is abbreviated to the columns, never cut through a
 * character; a row alone that is too long moves where that is wanted and the board can. A board of
 * one row gets blanks for '\n'. A board of several rows gets each padded with blanks to its width,
 * and an empty text is a row of blanks, which clears a board. What moves or blinks is shown for
 * ever: it cannot be renewed. A number has its last four figures, a ticket its first six
 * characters. -ENOSYS: this system has no GBK; -ENOSPC: the text is longer than 255 bytes. */
__attribute__((warn_unused_result)) int board_lihe_paint(const struct board_lihe_face *face,
							 const struct board_lihe_wish *wish,
							 struct board_lihe_painting *ret);
/* The question for the card's version; its length, 0: room too small. */
size_t board_lihe_version_frame(const struct board_lihe_face *face, uint8_t *ret, size_t size);

/* Like exchange.match: n > 0 the reply's length, 0 more is needed, -EBADMSG no such reply. */
int board_lihe_match_ack(uint8_t address, const uint8_t *bytes, size_t len);
int board_lihe_match_version(uint8_t address, const uint8_t *bytes, size_t len);
