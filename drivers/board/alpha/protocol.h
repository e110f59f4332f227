/* What an Alpha sign is told, in bytes, and what is told of a state in ASCII. Pure. Packets are
 * built in firmware-host/proto/alpha.h, which the virtual sign uses too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware-host/proto/alpha.h"

enum { BOARD_ALPHA_MAX_TEXT = 255, BOARD_ALPHA_MAX_FRAME = 320 };

struct board_alpha_face {
	uint8_t address; /* 1..255 */
	uint8_t columns, rows;
	uint8_t type;	/* of sign, 'Z' any */
	uint8_t colour; /* '1' red, '2' green, '3' amber; 0: as the sign is set */
	bool checksum;
};

enum board_alpha_kind {
	BOARD_ALPHA_IDLE,
	BOARD_ALPHA_CALL,
	BOARD_ALPHA_SERVING,
	BOARD_ALPHA_PAUSED,
	BOARD_ALPHA_NOTICE,
	BOARD_ALPHA_LIST,
};

struct board_alpha_wish {
	enum board_alpha_kind kind;
	const char *text;   /* UTF-8, rows parted by '\n' */
	const char *number; /* of the ticket, "" none */
	uint16_t window;    /* 0 none */
	bool scroll;
};

/* What the sign shows: printable ASCII, rows parted by CR. */
struct board_alpha_text {
	char text[BOARD_ALPHA_MAX_TEXT + 1];
	bool moves; /* is longer than the sign, and may */
};

/* No Chinese is documented for these signs. Of a row in both languages the English end is taken; a
 * text without any becomes number and window, or a word for its kind. Cut to the sign where it may
 * not move. */
void board_alpha_say(const struct board_alpha_face *face, const struct board_alpha_wish *wish,
		     struct board_alpha_text *ret);

/* Each gives the length of the packet; 0: size is too small. */
/* label: 'A', or ALPHA_PRIORITY. */
size_t board_alpha_text_frame(const struct board_alpha_face *face, uint8_t label,
			      const struct board_alpha_text *text, bool blink, uint8_t *ret,
			      size_t size);
size_t board_alpha_no_priority_frame(const struct board_alpha_face *face, uint8_t *ret,
				     size_t size);
size_t board_alpha_time_frame(const struct board_alpha_face *face, int64_t local_us, uint8_t *ret,
			      size_t size);
size_t board_alpha_beep_frame(const struct board_alpha_face *face, uint8_t *ret, size_t size);
