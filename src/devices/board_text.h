/* The texts of boards: their names, what each can fill in, those that are built in, and the rule by
 * which a text fits a board (docs/boards.md). Pure. */
#pragma once

#include <stddef.h>

#include "drivers/driver.h"
#include "src/devices/board_config.h"
#include "src/devices/placeholder.h"

/* What a text can fill in. */
enum board_value {
	BOARD_VALUE_NUMBER = 0,
	BOARD_VALUE_WINDOW, /* its number */
	BOARD_VALUE_WINDOW_ZH,
	BOARD_VALUE_WINDOW_EN,
	BOARD_VALUE_QUEUE_ZH, /* of the ticket; else the window's first */
	BOARD_VALUE_QUEUE_EN,
	BOARD_VALUE_WAITING,
	BOARD_VALUE_WAIT, /* expected, of one who takes a number now: minutes, "5-12" */
	BOARD_VALUE_HALL_ZH,
	BOARD_VALUE_HALL_EN,
	BOARD_VALUE_NOTICE,
	BOARD_VALUE_DATE,
	BOARD_VALUE_TIME,
	BOARD_VALUE_COUNT
};
extern const struct placeholder_names board_values;

/* The name as the configuration has it: "call", "hall_call". */
const char *board_text_name(enum board_text text);
/* Bits 1 << enum board_value of what it may hold. */
unsigned long board_text_allowed(enum board_text text);
/* Every variant of it has to hold {number}. */
bool board_text_needs_number(enum board_text text);
/* A hall board has one row for it, whatever its size. */
bool board_text_is_one_row(enum board_text text);
/* Its variants, each with its NUL, an empty one at the end. "": it has none. */
const char *board_text_built_in(enum board_text text);

/* The first character of a row that such a board cannot draw; NULL: it has all of them. */
const char *board_text_find_missing(enum board_charset charset, const char *row);

/* What a board can show. */
struct board_face {
	size_t columns, rows; /* half-width characters; at least one each */
	enum board_charset charset;
};

/* The first variant that fits: no more rows than the board has, each within its columns, of
 * characters that it has. If none does: the number, where the text holds one, and its last figures
 * where not even that fits; else the last variant, each row abbreviated (text_abbreviate). One with
 * {wait} is passed over while that has no value; where all have it, the text is empty. Never
 * cut through a character. values: in the order of enum board_value. Always ends with NUL. */
void board_text_fit(const struct board_face *face, const char *variants, const char *const *values,
		    char *ret, size_t size);
/* The first variant, as above with {wait}, as it is, on one row of any length, for a board that
 * moves it. */
void board_text_whole(const char *variants, const char *const *values, char *ret, size_t size);
