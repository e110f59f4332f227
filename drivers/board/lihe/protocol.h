/* What a lihe board hears and says, in bytes. Pure. The frames themselves are built and taken apart
 * in firmware-host/proto/lihe.h, which the simulated board uses too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BOARD_LIHE_MAX_COLUMNS = 32,
	BOARD_LIHE_MAX_ROWS = 4,
	BOARD_LIHE_MAX_TEXT = BOARD_LIHE_MAX_COLUMNS * BOARD_LIHE_MAX_ROWS, /* GBK bytes */
	BOARD_LIHE_MAX_FRAME = BOARD_LIHE_MAX_TEXT + 16,
};

/* The vendor's specification and its field code differ: with or without the closing FF. */
enum board_lihe_sum { BOARD_LIHE_SUM_DATA, BOARD_LIHE_SUM_DATA_AND_END };
enum board_lihe_colour { BOARD_LIHE_RED = 0, BOARD_LIHE_GREEN = 1, BOARD_LIHE_YELLOW = 2 };
/* Which control card: the modes' numbers depend on it. */
enum board_lihe_card { BOARD_LIHE_TPK_1616, BOARD_LIHE_3232B };

struct board_lihe_face {
	uint8_t address; /* 1..254 */
	uint8_t columns, rows;
	enum board_lihe_sum sum;
	enum board_lihe_colour colour;
	enum board_lihe_card card;
};

/* UTF-8, rows parted by '\n', to the board's GBK bytes: each row abbreviated to the columns and
 * never cut through a character; a board of one row gets blanks for '\n'. A board of several rows
 * gets each padded with blanks to its width, and an empty text is a row of blanks, which clears a
 * board. ret_text has room for BOARD_LIHE_MAX_TEXT bytes. Returns the length; -ENOSYS: this system
 * has no GBK; -ENOSPC: the text is longer than 255 bytes. */
__attribute__((warn_unused_result)) int board_lihe_fit(const struct board_lihe_face *face,
						       const char *text, uint8_t *ret_text);

/* The frame that shows the text, blinking or at once and still, for ever; 0: room too small. */
size_t board_lihe_text_frame(const struct board_lihe_face *face, const uint8_t *text, size_t len,
			     bool blink, uint8_t *ret, size_t size);
/* The question for the card's version. */
size_t board_lihe_version_frame(const struct board_lihe_face *face, uint8_t *ret, size_t size);

/* Like exchange.match: n > 0 the reply's length, 0 more is needed, -EBADMSG no such reply. */
int board_lihe_match_ack(uint8_t address, const uint8_t *bytes, size_t len);
int board_lihe_match_version(uint8_t address, const uint8_t *bytes, size_t len);
