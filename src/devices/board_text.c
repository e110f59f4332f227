/* Which words stand on a board. A text has variants, the widest first; a board shows the first that
 * fits it, so that one configuration serves a board of four figures and one of four rows. */
#include "src/devices/board_text.h"

#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"

enum { FILLED_SIZE = 1024 };

static const char *const value_names[BOARD_VALUE_COUNT] = {
	[BOARD_VALUE_NUMBER] = "number",       [BOARD_VALUE_WINDOW] = "window",
	[BOARD_VALUE_WINDOW_ZH] = "window.zh", [BOARD_VALUE_WINDOW_EN] = "window.en",
	[BOARD_VALUE_QUEUE_ZH] = "queue.zh",   [BOARD_VALUE_QUEUE_EN] = "queue.en",
	[BOARD_VALUE_WAITING] = "waiting",     [BOARD_VALUE_WAIT] = "wait",
	[BOARD_VALUE_HALL_ZH] = "hall.zh",     [BOARD_VALUE_HALL_EN] = "hall.en",
	[BOARD_VALUE_NOTICE] = "notice",       [BOARD_VALUE_DATE] = "date",
	[BOARD_VALUE_TIME] = "time",
};
const struct placeholder_names board_values = {value_names, BOARD_VALUE_COUNT};

#define BIT(value) (1ul << BOARD_VALUE_##value)
#define OF_HALL	   (BIT(WAITING) | BIT(WAIT) | BIT(HALL_ZH) | BIT(HALL_EN) | BIT(DATE) | BIT(TIME))
#define OF_WINDOW                                                                                  \
	(BIT(WINDOW) | BIT(WINDOW_ZH) | BIT(WINDOW_EN) | BIT(QUEUE_ZH) | BIT(QUEUE_EN) | OF_HALL)

/* Between two variants stands a NUL, and C puts the last one. */
static const struct {
	const char *name;
	unsigned long allowed;
	const char *built_in;
} texts[BOARD_TEXT_COUNT] = {
	[BOARD_TEXT_IDLE] = {"idle", OF_WINDOW,
			     "{window}号窗口\nWindow {window}\0"
			     "{window}号窗口 Window {window}\0"
			     "{window}号窗口 W{window}\0"
			     "{window}号窗口\0"
			     "Window {window}\0"
			     "W{window}\0"
			     "{window}\0"},
	[BOARD_TEXT_CALL] = {"call", OF_WINDOW | BIT(NUMBER),
			     "请{number}到{window}号窗口\n{number} to Window {window}\0"
			     "请{number}到{window}号窗口 {number} Window {window}\0"
			     "请{number}到{window}号窗口\0"
			     "{number} to Window {window}\0"
			     "{number}→{window}\0"
			     "{number}->{window}\0"
			     "{number}\0"},
	[BOARD_TEXT_SERVING] = {"serving", OF_WINDOW | BIT(NUMBER),
				"受理中 {number}\nNow serving {number}\0"
				"受理中 Now {number}\0"
				"受理中 {number}\0"
				"Now {number}\0"
				"{number}\0"},
	[BOARD_TEXT_PAUSED] = {"paused", OF_WINDOW,
			       "暂停服务\nClosed\0"
			       "暂停服务 Closed\0"
			       "暂停服务\0"
			       "Closed\0"
			       "暂停\0"
			       "----\0"
			       "-\0"},
	[BOARD_TEXT_CLOSED] = {"closed", OF_HALL,
			       "欢迎光临\nWelcome\0"
			       "欢迎光临 Welcome\0"
			       "欢迎光临\0"
			       "Welcome\0"
			       "欢迎\0"
			       "-\0"},
	[BOARD_TEXT_LOG] = {"notice_log", OF_HALL,
			    "系统维护 请稍候\nPlease wait\0"
			    "系统维护 Wait\0"
			    "系统维护\0"
			    "Please wait\0"
			    "维护\0"
			    "Wait\0"
			    "-\0"},
	[BOARD_TEXT_CLOCK] = {"notice_clock", OF_HALL,
			      "时间有误 请稍候\nPlease wait\0"
			      "时间有误 Wait\0"
			      "时间有误\0"
			      "Please wait\0"
			      "有误\0"
			      "Wait\0"
			      "-\0"},
	[BOARD_TEXT_HALL] = {"hall", OF_HALL | BIT(NOTICE),
			     "{hall.zh}\n{hall.en}\n{notice}\0"
			     "{hall.zh}\n{notice}\0"
			     "{notice}\0"},
	[BOARD_TEXT_HALL_CALL] = {"hall_call", OF_WINDOW | BIT(NUMBER),
				  "请{number}到{window}号窗口 {number} Window {window}\0"
				  "请{number}到{window}号窗口\0"
				  "{number} to Window {window}\0"
				  "{number}→{window}\0"
				  "{number}->{window}\0"
				  "{number}\0"},
	[BOARD_TEXT_HALL_WELCOME] = {"hall_welcome", OF_HALL,
				     "欢迎光临 Welcome\0"
				     "欢迎光临\0"
				     "Welcome\0"
				     "欢迎\0"
				     "-\0"},
	[BOARD_TEXT_HALL_LOG] = {"hall_notice_log", OF_HALL,
				 "系统维护 请稍候 Please wait\0"
				 "系统维护 Wait\0"
				 "系统维护\0"
				 "Please wait\0"
				 "维护\0"
				 "Wait\0"
				 "-\0"},
	[BOARD_TEXT_HALL_CLOCK] = {"hall_notice_clock", OF_HALL,
				   "时间有误 请稍候 Please wait\0"
				   "时间有误 Wait\0"
				   "时间有误\0"
				   "Please wait\0"
				   "有误\0"
				   "Wait\0"
				   "-\0"},
	[BOARD_TEXT_HALL_HEAD] = {"hall_head", OF_HALL, ""},
	[BOARD_TEXT_SCROLL] = {"scroll", OF_HALL, ""},
};

const char *board_text_name(enum board_text text)
{
	return texts[text].name;
}

unsigned long board_text_allowed(enum board_text text)
{
	return texts[text].allowed;
}

bool board_text_needs_number(enum board_text text)
{
	return text == BOARD_TEXT_CALL || text == BOARD_TEXT_HALL_CALL;
}

bool board_text_is_one_row(enum board_text text)
{
	switch (text) {
	case BOARD_TEXT_HALL_CALL:
	case BOARD_TEXT_HALL_WELCOME:
	case BOARD_TEXT_HALL_LOG:
	case BOARD_TEXT_HALL_CLOCK:
	case BOARD_TEXT_HALL_HEAD: return true;
	default: return false;
	}
}

const char *board_text_built_in(enum board_text text)
{
	return texts[text].built_in;
}

/* ---- the rule ------------------------------------------------------------------------------- */

/* Seven segments draw figures, a dash, and letters as well as they can. */
static const char *find_no_digit(const char *text)
{
	const char *end = text + strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ- ");

	return *end ? end : NULL;
}

const char *board_text_find_missing(enum board_charset charset, const char *row)
{
	switch (charset) {
	case BOARD_DIGITS: return find_no_digit(row);
	case BOARD_ASCII: return text_find_missing(row, TEXT_SET_ASCII);
	case BOARD_GB2312: return text_find_missing(row, TEXT_SET_GB2312);
	case BOARD_GBK: break;
	}
	return text_find_missing(row, TEXT_SET_GBK);
}

/* Takes the first row off the text; false: there is none. The row ends with NUL afterwards. */
static bool next_row(char **text, char **ret_row)
{
	size_t len;

	if (!*text)
		return false;
	*ret_row = *text;
	len = strcspn(*text, "\n");
	*text = (*text)[len] ? *text + len + 1 : NULL;
	(*ret_row)[len] = '\0';
	return true;
}

static bool fits(const struct board_face *face, const char *filled)
{
	char rows[FILLED_SIZE], *rest = rows, *row;
	size_t count = 0;

	snprintf(rows, sizeof(rows), "%s", filled);
	while (next_row(&rest, &row)) {
#ifdef BOARDS_BREAK_FIT /* a deliberately broken build: the tests must notice */
		continue;
#endif
		if (++count > face->rows || text_columns(row) > face->columns ||
		    board_text_find_missing(face->charset, row))
			return false;
	}
	return true;
}

/* Numbers are ASCII: a byte is a column. */
static void fit_number(const struct board_face *face, const char *number, char *ret, size_t size)
{
	size_t len = strlen(number);
	size_t from = len > face->columns ? len - face->columns : 0;

	snprintf(ret, size, "%s", number + from);
}

static void abbreviate(const struct board_face *face, const char *filled, char *ret, size_t size)
{
	char rows[FILLED_SIZE], shortened[FILLED_SIZE], *rest = rows, *row;
	size_t used = 0;

	ret[0] = '\0';
	snprintf(rows, sizeof(rows), "%s", filled);
	for (size_t i = 0; i < face->rows && next_row(&rest, &row); i++) {
		size_t len;

		if (text_abbreviate(shortened, sizeof(shortened), row, face->columns) < 0)
			return;
		len = strlen(shortened) + (i > 0);
		if (len >= size - used)
			return;
		snprintf(ret + used, size - used, "%s%s", i ? "\n" : "", shortened);
		used += len;
	}
}

/* It says how long one waits, and nobody knows. */
static bool is_lacking(const char *variant, const char *const *values)
{
	return !values[BOARD_VALUE_WAIT][0] &&
	       placeholder_asks(&board_values, variant, BOARD_VALUE_WAIT);
}

void board_text_fit(const struct board_face *face, const char *variants, const char *const *values,
		    char *ret, size_t size)
{
	const char *number = values[BOARD_VALUE_NUMBER];
	char filled[FILLED_SIZE] = "";
	bool has_number = false;

	for (; *variants; variants += strlen(variants) + 1) {
		struct placeholder_filled how;
		size_t len;

		if (is_lacking(variants, values))
			continue;
		len = placeholder_fill(&board_values, variants, values, filled, sizeof(filled),
				       &how);
		has_number |=
			number[0] && placeholder_asks(&board_values, variants, BOARD_VALUE_NUMBER);
		if (!how.cut && len < size && fits(face, filled)) {
			memcpy(ret, filled, len + 1);
			return;
		}
	}
	if (has_number)
		fit_number(face, number, ret, size);
	else if (face->charset == BOARD_DIGITS)
		ret[0] = '\0';
	else
		abbreviate(face, filled, ret, size);
}

void board_text_whole(const char *variants, const char *const *values, char *ret, size_t size)
{
	char filled[FILLED_SIZE];
	struct placeholder_filled how;
	size_t from = 0;
	uint32_t code;

	while (*variants && is_lacking(variants, values))
		variants += strlen(variants) + 1;
	placeholder_fill(&board_values, variants, values, filled, sizeof(filled), &how);
	ret[0] = '\0';
	for (size_t len = strlen(filled); from < len;) {
		size_t n = text_next(filled + from, len - from, &code);

		if (from + n >= size || code == TEXT_MALFORMED)
			break;
		memcpy(ret + from, filled + from, n);
		from += n;
		ret[from] = '\0';
	}
}
