/* The rule by which a text fits a board: the table of docs/boards.md, and for every text and width
 * no character cut, no width passed and no number lost that would have fitted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/text/text.h"
#include "src/devices/board_text.h"

static const char *values[BOARD_VALUE_COUNT];

static void set_values(const char *number, const char *window)
{
	for (size_t i = 0; i < BOARD_VALUE_COUNT; i++)
		values[i] = "";
	values[BOARD_VALUE_NUMBER] = number;
	values[BOARD_VALUE_WINDOW] = window;
	values[BOARD_VALUE_WINDOW_ZH] = "3号综合窗口";
	values[BOARD_VALUE_WINDOW_EN] = "General window 3";
	values[BOARD_VALUE_QUEUE_ZH] = "综合受理";
	values[BOARD_VALUE_QUEUE_EN] = "General";
	values[BOARD_VALUE_WAITING] = "12";
	values[BOARD_VALUE_HALL_ZH] = "市民服务中心";
	values[BOARD_VALUE_HALL_EN] = "Citizen Service Centre";
	values[BOARD_VALUE_NOTICE] = "欢迎光临 Welcome";
	values[BOARD_VALUE_DATE] = "2026-11-26";
	values[BOARD_VALUE_TIME] = "09:30";
}

static const char *fit_to(const char *variants, size_t columns, size_t rows,
			  enum board_charset charset)
{
	static char text[256];
	struct board_face face = {columns, rows, charset};

	board_text_fit(&face, variants, values, text, sizeof(text));
	return text;
}

/* What stands in docs/boards.md. */
static void test_built_in(void **state)
{
	static const struct {
		enum board_text text;
		size_t columns, rows;
		enum board_charset charset;
		const char *shows;
	} cases[] = {
		{BOARD_TEXT_CALL, 32, 2, BOARD_GBK, "请A001到3号窗口\nA001 to Window 3"},
		{BOARD_TEXT_CALL, 32, 1, BOARD_GBK, "请A001到3号窗口 A001 Window 3"},
		{BOARD_TEXT_CALL, 16, 1, BOARD_GBK, "请A001到3号窗口"},
		{BOARD_TEXT_CALL, 14, 1, BOARD_GBK, "A001→3"},
		{BOARD_TEXT_CALL, 8, 1, BOARD_GB2312, "A001→3"},
		{BOARD_TEXT_CALL, 16, 1, BOARD_ASCII, "A001 to Window 3"},
		{BOARD_TEXT_CALL, 8, 1, BOARD_ASCII, "A001->3"},
		{BOARD_TEXT_CALL, 8, 1, BOARD_DIGITS, "A001"},
		{BOARD_TEXT_CALL, 4, 1, BOARD_GBK, "A001"},
		{BOARD_TEXT_CALL, 3, 1, BOARD_GBK, "001"},
		{BOARD_TEXT_SERVING, 16, 1, BOARD_GBK, "受理中 Now A001"},
		{BOARD_TEXT_SERVING, 8, 1, BOARD_GBK, "Now A001"},
		{BOARD_TEXT_SERVING, 4, 1, BOARD_GBK, "A001"},
		{BOARD_TEXT_PAUSED, 16, 1, BOARD_GBK, "暂停服务 Closed"},
		{BOARD_TEXT_PAUSED, 8, 1, BOARD_GBK, "暂停服务"},
		{BOARD_TEXT_PAUSED, 4, 1, BOARD_GBK, "暂停"},
		{BOARD_TEXT_PAUSED, 4, 1, BOARD_DIGITS, "----"},
		{BOARD_TEXT_IDLE, 16, 1, BOARD_GBK, "3号窗口 Window 3"},
		{BOARD_TEXT_IDLE, 8, 1, BOARD_GBK, "3号窗口"},
		{BOARD_TEXT_IDLE, 4, 1, BOARD_GBK, "W3"},
		{BOARD_TEXT_IDLE, 4, 1, BOARD_DIGITS, "W3"},
		{BOARD_TEXT_LOG, 16, 1, BOARD_GBK, "系统维护 Wait"},
		{BOARD_TEXT_CLOCK, 8, 1, BOARD_GBK, "时间有误"},
		{BOARD_TEXT_HALL, 32, 4, BOARD_GBK,
		 "市民服务中心\nCitizen Service Centre\n欢迎光临 Welcome"},
		{BOARD_TEXT_HALL, 20, 4, BOARD_GBK, "市民服务中心\n欢迎光临 Welcome"},
		{BOARD_TEXT_HALL, 16, 1, BOARD_GBK, "欢迎光临 Welcome"},
		{BOARD_TEXT_HALL_CALL, 32, 1, BOARD_GBK, "请A001到3号窗口 A001 Window 3"},
		{BOARD_TEXT_HALL_LOG, 32, 1, BOARD_GBK, "系统维护 请稍候 Please wait"},
	};

	(void)state;
	set_values("A001", "3");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(fit_to(board_text_built_in(cases[i].text), cases[i].columns,
					   cases[i].rows, cases[i].charset),
				    cases[i].shows);
	set_values("A001", "10");
	assert_string_equal(fit_to(board_text_built_in(BOARD_TEXT_IDLE), 16, 1, BOARD_GBK),
			    "10号窗口 W10");
}

/* Every name and text of the table is there, and holds only what has a value. */
static void test_tables(void **state)
{
	(void)state;
	for (int i = 0; i < BOARD_TEXT_COUNT; i++) {
		enum board_text text = (enum board_text)i;
		const char *variant = board_text_built_in(text);
		struct placeholder_piece piece;

		assert_non_null(board_text_name(text));
		assert_true(*variant || text == BOARD_TEXT_SCROLL || text == BOARD_TEXT_HALL_HEAD);
		for (; *variant; variant += strlen(variant) + 1) {
			if (board_text_needs_number(text))
				assert_non_null(strstr(variant, "{number}"));
			for (const char *at = variant;
			     (at = placeholder_next(&board_values, at, &piece)) != NULL;) {
				assert_false(piece.bad);
				if (piece.value < BOARD_VALUE_COUNT)
					assert_true(board_text_allowed(text) >> piece.value & 1);
			}
		}
	}
}

/* ---- for every text and width ---------------------------------------------------------------- */

static uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (random_state >> 33) % n;
}

static const char *const pieces[] = {"请",	  "号",	    "窗口",	   "龥",	"é",
				     "→",	  "𠀀",	    "A",	   "z",		"9",
				     " ",	  "\n",	    "{number}",	   "{window}",	"{hall.zh}",
				     "{waiting}", "{time}", "{window.en}", "e\xcc\x81", "…"};

/* One to four variants of random characters. ret_number: one of them holds the number. */
static void make_variants(char *ret, size_t size, bool *ret_number)
{
	size_t used = 0, count = 1 + random_below(4);

	memset(ret, 0, size);
	*ret_number = false;
	for (size_t i = 0; i < count; i++, used++) {
		size_t length = 1 + random_below(14);

		for (size_t k = 0; k < length; k++) {
			const char *piece =
				pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];

			memcpy(ret + used, piece, strlen(piece));
			used += strlen(piece);
			*ret_number |= !strcmp(piece, "{number}");
		}
	}
}

static void check_fit(const char *variants, bool has_number, const struct board_face *face)
{
	const char *number = values[BOARD_VALUE_NUMBER];
	const char *text = fit_to(variants, face->columns, face->rows, face->charset), *row = text;
	size_t rows = 0;

	if (!text_check(text, strlen(text)))
		fail_msg("a character is cut at %zu columns: \"%s\" of \"%s\"", face->columns, text,
			 variants);
	for (; row; rows++) {
		size_t len = strcspn(row, "\n");
		char one[256];

		snprintf(one, sizeof(one), "%.*s", (int)len, row);
		if (text_columns(one) > face->columns)
			fail_msg("the width is passed at %zu columns: \"%s\" of \"%s\"",
				 face->columns, text, variants);
		row = row[len] ? row + len + 1 : NULL;
	}
	if (rows > face->rows)
		fail_msg("%zu rows on a board of %zu: \"%s\"", rows, face->rows, text);
	/* A variant without the number may fit and come first: only a text that has it in each must
	 * show it. */
	if (has_number && !strstr(text, number) && strlen(number) <= face->columns)
		fail_msg("the number is lost at %zu columns: \"%s\" of \"%s\"", face->columns, text,
			 variants);
}

static void test_every_width(void **state)
{
	static const char *const numbers[] = {"A001", "7", "ABC9999", "B1234"};
	char variants[1024];

	(void)state;
	random_state = 20261126;
	for (int i = 0; i < 1000; i++) {
		bool has_number, always = true;

		set_values(numbers[random_below(4)], i % 2 ? "3" : "118");
		make_variants(variants, sizeof(variants), &has_number);
		for (const char *at = variants; *at; at += strlen(at) + 1)
			always &= strstr(at, "{number}") != NULL;
		for (size_t columns = 1; columns <= 64; columns++)
			for (int charset = BOARD_DIGITS; charset <= BOARD_GBK; charset++)
				check_fit(variants, has_number && always,
					  &(struct board_face){columns, 1 + (size_t)i % 4,
							       (enum board_charset)charset});
	}
	for (int text = 0; text < BOARD_TEXT_COUNT; text++)
		for (size_t columns = 1; columns <= 64; columns++)
			for (size_t rows = 1; rows <= 4; rows++) {
				const char *built_in = board_text_built_in((enum board_text)text);

				set_values("A001", "3");
				check_fit(built_in, strstr(built_in, "{number}") != NULL,
					  &(struct board_face){columns, rows, BOARD_GBK});
			}
}

/* Longer than a board's state holds: a shorter variant comes, or it is abbreviated. */
static void test_too_long(void **state)
{
	char variants[600];

	(void)state;
	set_values("A001", "3");
	memset(variants, 0, sizeof(variants));
	memset(variants, 'x', 300);
	memcpy(variants + 301, "short", 5);
	assert_string_equal(fit_to(variants, 512, 1, BOARD_GBK), "short");
	variants[301] = '\0';
	assert_string_equal(fit_to(variants, 10, 1, BOARD_GBK), "xxxxxxxx…");
	assert_string_equal(fit_to("{hall.zh}:{hall.en}\0", 8, 1, BOARD_GBK), "市民服…");
	assert_string_equal(fit_to("{hall.zh}\n{hall.en}\0", 8, 2, BOARD_GBK), "市民服…\nCitize…");
	assert_string_equal(fit_to("{hall.zh}\n{hall.en}\0", 8, 1, BOARD_GBK), "市民服…");
	assert_string_equal(fit_to("{hall.zh}\0", 1, 1, BOARD_GBK), "");
	assert_string_equal(fit_to("{hall.zh}\0", 4, 1, BOARD_DIGITS), "");
}

/* While the wait is not known: the first without it, wherever it stands; none. */
static void test_without_wait(void **state)
{
	static const char variants[] = "Wait {wait} min\0{wait}\0Welcome\0";
	char text[32];

	(void)state;
	set_values("", "3");
	assert_string_equal(fit_to(variants, 16, 1, BOARD_GBK), "Welcome");
	assert_string_equal(fit_to(variants, 4, 1, BOARD_GBK), "We…");
	assert_string_equal(fit_to("Wait {wait} min\0{wait}\0", 16, 1, BOARD_GBK), "");
	board_text_whole(variants, values, text, sizeof(text));
	assert_string_equal(text, "Welcome");
	values[BOARD_VALUE_WAIT] = "5-12";
	assert_string_equal(fit_to(variants, 16, 1, BOARD_GBK), "Wait 5-12 min");
	assert_string_equal(fit_to(variants, 4, 1, BOARD_GBK), "5-12");
	board_text_whole(variants, values, text, sizeof(text));
	assert_string_equal(text, "Wait 5-12 min");
}

static void test_whole(void **state)
{
	char text[24];

	(void)state;
	set_values("A001", "3");
	board_text_whole("{hall.zh} {time}\0other\0", values, text, sizeof(text));
	assert_string_equal(text, "市民服务中心 09:3"); /* 23 bytes: 18, a blank and four */
	board_text_whole("{hall.zh}{hall.zh}\0", values, text, sizeof(text));
	assert_string_equal(text, "市民服务中心市"); /* not two thirds of the next one */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in),    cmocka_unit_test(test_tables),
		cmocka_unit_test(test_every_width), cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_whole),	    cmocka_unit_test(test_without_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
