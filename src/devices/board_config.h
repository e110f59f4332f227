/* What the configuration says of boards, as plain data: which text stands for what, how long a call
 * blinks, how bright a board is and when it is night. Zeros mean: the texts that are built in,
 * steady calls, the brightness that the board was set to, no night. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "src/core/limits.h"

enum {
	BOARD_MAX_VARIANTS = 8,	 /* of one text */
	BOARD_MAX_VARIANT = 200, /* bytes of one, before it is filled in */
	BOARD_TEXT_POOL = 32768, /* bytes of all texts of a configuration */
	BOARD_MAX_QUEUES = 16,	 /* that a hall board is told to show */
	BOARD_WINDOW_WORDS = CORE_MAX_WINDOW_NUMBER / 32 + 1,
};

/* The texts. Over a window: */
enum board_text {
	BOARD_TEXT_IDLE = 0,
	BOARD_TEXT_CALL,
	BOARD_TEXT_SERVING,
	BOARD_TEXT_PAUSED,
	BOARD_TEXT_CLOSED, /* no service day, or no such window */
	BOARD_TEXT_LOG,	   /* the notices, where it would be idle or closed */
	BOARD_TEXT_CLOCK,
	/* On a hall board: */
	BOARD_TEXT_HALL,      /* nobody is called; {notice} is one of the three below */
	BOARD_TEXT_HALL_CALL, /* a row of each call */
	BOARD_TEXT_HALL_WELCOME,
	BOARD_TEXT_HALL_LOG,
	BOARD_TEXT_HALL_CLOCK,
	BOARD_TEXT_HALL_HEAD, /* above the calls of a hall board */
	/* On both, in place of idle, where the board can move it; none is built in. */
	BOARD_TEXT_SCROLL,
	BOARD_TEXT_COUNT
};

/* Where each text begins in the configuration's pool: its variants one behind the other, each with
 * its NUL, and an empty one at the end. 0: the text that is built in. */
struct board_texts {
	uint16_t at[BOARD_TEXT_COUNT];
};

struct board_night {
	uint16_t from_min, to_min; /* of the local day; equal: never */
	uint8_t brightness;	   /* percent; 0: as by day */
	bool dark;
};

struct board_rules {
	int64_t blink_us;   /* so long after a call */
	uint8_t brightness; /* percent; 0: as the board was set */
	struct board_night night;
	struct board_texts texts;
};
