/* What an Onbon font card hears and says, in bytes. Pure. Frames are built and taken apart in
 * firmware-host/proto/onbon.h, which the virtual board uses too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware-host/proto/onbon.h"

enum {
	BOARD_ONBON_MAX_ROWS = 4, /* each is an area of its own; cards have four at least */
	BOARD_ONBON_MAX_ROW = 256,
	BOARD_ONBON_MAX_FRAME = 1024,
};

struct board_onbon_face {
	uint8_t address; /* 1..254 */
	uint8_t columns, rows;
	uint16_t row_dots; /* height of a row */
	bool gbk;	   /* else only GB 2312 */
	uint8_t font;	   /* 0: 16 dots, 1: 24, 2: 32 */
	uint8_t colour;	   /* 1 red, 2 green, 3 yellow */
	uint8_t speed;	   /* of rows that move: 0 fastest to 24 */
	bool reply;	   /* is asked for */
	uint16_t life_s;   /* a text goes by itself then; 0: it stays */
};

/* A text as the board takes it: GB bytes without escapes. */
struct board_onbon_rows {
	struct {
		uint8_t text[BOARD_ONBON_MAX_ROW];
		uint16_t len;
		bool moves; /* is longer than the row, and may */
	} row[BOARD_ONBON_MAX_ROWS];
	bool blank; /* nothing in any of them */
	bool moves; /* one of them does */
};

/* UTF-8, rows parted by '\n'; each is cut to the board's columns by drivers/text, or may move if
 * scroll says so. A board of one row gets blanks for '\n'. 0; -ENOSYS: this system has no GBK;
 * -ENOSPC: the text is longer than 255 bytes. */
__attribute__((warn_unused_result)) int board_onbon_fit(const struct board_onbon_face *face,
							const char *text, bool scroll,
							struct board_onbon_rows *ret);

/* Each gives the length of the frame; 0: size is too small. */
/* afresh: areas that somebody else put there go first. A blank text clears the board. */
size_t board_onbon_text_frame(const struct board_onbon_face *face,
			      const struct board_onbon_rows *rows, bool afresh, uint8_t *ret,
			      size_t size);
size_t board_onbon_power_frame(const struct board_onbon_face *face, bool on, uint8_t *ret,
			       size_t size);
size_t board_onbon_brightness_frame(const struct board_onbon_face *face, uint8_t level,
				    uint8_t *ret, size_t size);
/* local_us: microseconds of the wall clock of this place since 1970. */
size_t board_onbon_time_frame(const struct board_onbon_face *face, int64_t local_us, uint8_t *ret,
			      size_t size);
size_t board_onbon_status_frame(const struct board_onbon_face *face, uint8_t *ret, size_t size);
/* 1 Monday to 7 Sunday of its date; month within 1 to 12. */
uint8_t board_onbon_week(const struct onbon_time *time);
/* 1 to 16 for 1 to 100 per cent. */
uint8_t board_onbon_level(uint8_t percent);

/* Like exchange.match: n > 0 the reply's length, 0 more is needed, -EBADMSG no such reply. Of any
 * command an ACK or a NACK of this card, of a status request its status too. */
int board_onbon_match(uint8_t address, bool status, const uint8_t *bytes, size_t len);

struct board_onbon_reply {
	uint8_t refusal; /* 0: done; else enum onbon_refusal, FF: a NACK without a reason */
	bool has_status;
	struct onbon_status status;
};
/* Of bytes that matched. */
void board_onbon_read_reply(const uint8_t *bytes, size_t len, struct board_onbon_reply *ret);
/* "controller busy"; "" unknown. */
const char *board_onbon_refusal(uint8_t code);
const char *board_onbon_refusal_zh(uint8_t code);
/* The card's clock against local_us, in seconds; false: it tells none. */
bool board_onbon_clock_error(const struct onbon_status *status, int64_t local_us,
			     int64_t *ret_error_s);
