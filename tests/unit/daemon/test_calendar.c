/* The rule of the service day (docs/time.md), case by case: which clock is believed, and what it
 * may do to a day with people in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/daemon/calendar.h"
#include "src/daemon/clock.h"

enum { MIN = 60000, HOUR = 60 * MIN };
#define DAY (24 * (int64_t)HOUR)

/* 2026-08-03 00:00 in Shanghai */
static const int64_t midnight = 1785686400000;

/* A hall with that day open and last, and people in it or not, at a moment after its midnight. */
static struct calendar_verdict judge(bool empty, int64_t after, int64_t stepped, bool synchronised)
{
	struct calendar_view view = {
		.now = {.mono_ms = 1000, .wall_ms = midnight + after, .offset_min = 480},
		.day = 20260803,
		.last_day = 20260803,
		.stepped_ms = stepped,
		.empty = empty,
		.synchronised = synchronised,
	};
	struct calendar_verdict verdict;

	calendar_judge(&view, &verdict);
	return verdict;
}

static void expect(struct calendar_verdict verdict, enum clock_state clock, enum calendar_move move)
{
	assert_int_equal(verdict.clock, clock);
	assert_int_equal(verdict.move, move);
}

static void the_same_day(void **state)
{
	(void)state;
	expect(judge(true, 0, 0, false), CLOCK_RIGHT, CALENDAR_STAY);
	expect(judge(false, DAY - 1, 0, false), CLOCK_RIGHT, CALENDAR_STAY);
	assert_int_equal(judge(true, DAY - 1, 0, false).date, 20260803);
}

static void midnight_empties_into_the_next(void **state)
{
	(void)state;
	expect(judge(true, DAY, 0, false), CLOCK_RIGHT, CALENDAR_ROLL);
	assert_int_equal(judge(true, DAY, 0, false).date, 20260804);
	expect(judge(false, DAY, 0, false), CLOCK_RIGHT, CALENDAR_STAY);
	expect(judge(false, DAY + 4 * HOUR - 1, 0, false), CLOCK_RIGHT, CALENDAR_STAY);
	expect(judge(false, DAY + 4 * HOUR, 0, false), CLOCK_RIGHT, CALENDAR_ROLL);
	/* Two days later it is over at 01:00 too. */
	expect(judge(false, 2 * DAY + HOUR, 0, false), CLOCK_RIGHT, CALENDAR_ROLL);
}

static void a_clock_that_is_behind(void **state)
{
	(void)state;
	expect(judge(true, -1, 0, false), CLOCK_BEHIND, CALENDAR_STAY);
	expect(judge(false, -8 * HOUR, -8 * HOUR, false), CLOCK_BEHIND, CALENDAR_STAY);
	expect(judge(true, -1, 0, true), CLOCK_BEHIND, CALENDAR_STAY);
	expect(judge(true, -3652 * DAY, 0, true), CLOCK_UNSET, CALENDAR_STAY);
	expect(judge(true, -midnight, 0, false), CLOCK_UNSET, CALENDAR_STAY);
}

/* 60 days are a long holiday; the 61st needs an operator's word, synchronised or not. */
static void a_clock_that_is_far_ahead(void **state)
{
	(void)state;
	expect(judge(true, 60 * DAY, 0, false), CLOCK_RIGHT, CALENDAR_ROLL);
	expect(judge(true, 61 * DAY, 0, false), CLOCK_AHEAD, CALENDAR_STAY);
	expect(judge(false, 61 * DAY, 0, true), CLOCK_AHEAD, CALENDAR_STAY);
	expect(judge(true, 3652 * DAY, 0, true), CLOCK_AHEAD, CALENDAR_STAY);
}

/* Set forward over midnight with people in the hall: their day is not over because of that. */
static void people_and_a_clock_that_was_set(void **state)
{
	(void)state;
	expect(judge(false, DAY + 10 * HOUR, DAY, false), CLOCK_UNCONFIRMED, CALENDAR_STAY);
	expect(judge(false, DAY + 10 * HOUR, DAY, true), CLOCK_RIGHT, CALENDAR_ROLL);
	expect(judge(true, DAY + 10 * HOUR, DAY, false), CLOCK_RIGHT, CALENDAR_ROLL);
	/* The clock as nobody had set it comes to 04:00 of the next day as well. */
	expect(judge(false, 2 * DAY + 4 * HOUR - 1, DAY, false), CLOCK_UNCONFIRMED, CALENDAR_STAY);
	expect(judge(false, 2 * DAY + 4 * HOUR, DAY, false), CLOCK_RIGHT, CALENDAR_ROLL);
	/* A step of an hour at noon changes nothing; set back and forth is not set. */
	expect(judge(false, 13 * HOUR, HOUR, false), CLOCK_RIGHT, CALENDAR_STAY);
	expect(judge(false, DAY + 5 * HOUR, 0, false), CLOCK_RIGHT, CALENDAR_ROLL);
	/* Set back in the night: both have to say so. */
	expect(judge(false, DAY + 3 * HOUR, -2 * HOUR, false), CLOCK_RIGHT, CALENDAR_STAY);
	expect(judge(false, DAY + 4 * HOUR, -2 * HOUR, false), CLOCK_RIGHT, CALENDAR_ROLL);
}

/* After a reboot nothing is known of steps: ten days are believed. */
static void people_and_a_reboot(void **state)
{
	(void)state;
	expect(judge(false, 10 * DAY + 8 * HOUR, 0, false), CLOCK_RIGHT, CALENDAR_ROLL);
	expect(judge(false, 11 * DAY + 8 * HOUR, 0, false), CLOCK_UNCONFIRMED, CALENDAR_STAY);
	expect(judge(false, 11 * DAY + 8 * HOUR, 0, true), CLOCK_RIGHT, CALENDAR_ROLL);
	expect(judge(true, 11 * DAY + 8 * HOUR, 0, false), CLOCK_RIGHT, CALENDAR_ROLL);
}

static void no_day_is_open(void **state)
{
	struct calendar_view view = {
		.now = {.wall_ms = midnight + 8 * HOUR, .offset_min = 480},
		.empty = true,
	};
	struct calendar_verdict verdict;

	(void)state;
	calendar_judge(&view, &verdict); /* a new log */
	expect(verdict, CLOCK_RIGHT, CALENDAR_OPEN);
	view.last_day = 20260803; /* closed today, by somebody */
	calendar_judge(&view, &verdict);
	expect(verdict, CLOCK_RIGHT, CALENDAR_STAY);
	view.last_day = 20260802;
	calendar_judge(&view, &verdict);
	expect(verdict, CLOCK_RIGHT, CALENDAR_OPEN);
	view.last_day = 20260804;
	calendar_judge(&view, &verdict);
	expect(verdict, CLOCK_BEHIND, CALENDAR_STAY);
	view.last_day = 20260603; /* 61 days */
	calendar_judge(&view, &verdict);
	expect(verdict, CLOCK_AHEAD, CALENDAR_STAY);
	view.last_day = 0;
	view.now.wall_ms = 0;
	calendar_judge(&view, &verdict);
	expect(verdict, CLOCK_UNSET, CALENDAR_STAY);
}

/* The day is that of the hall's zone: at 00:30 in Shanghai it is the evening before in UTC. */
static void the_zone_decides(void **state)
{
	struct calendar_view view = {
		.now = {.wall_ms = midnight + DAY + 30 * MIN, .offset_min = 480},
		.day = 20260803,
		.last_day = 20260803,
		.empty = true,
	};
	struct calendar_verdict verdict;

	(void)state;
	calendar_judge(&view, &verdict);
	expect(verdict, CLOCK_RIGHT, CALENDAR_ROLL);
	view.now.offset_min = 0;
	calendar_judge(&view, &verdict);
	expect(verdict, CLOCK_RIGHT, CALENDAR_STAY);
	view.now.offset_min = -600;
	view.now.wall_ms = midnight;
	calendar_judge(&view, &verdict);
	expect(verdict, CLOCK_BEHIND, CALENDAR_STAY);
}

static bool is_chinese(const char *text)
{
	return (unsigned char)text[0] >= 0xe4 && (unsigned char)text[0] <= 0xe9;
}

static void says_it_in_both_languages(void **state)
{
	struct calendar_view view = {.last_day = 20260803};
	char text[256];

	(void)state;
	for (int clock = CLOCK_UNSET; clock <= CLOCK_UNCONFIRMED; clock++) {
		struct calendar_verdict verdict = {.clock = (enum clock_state)clock,
						   .date = 19700101};

		calendar_explain(&view, &verdict, text, sizeof(text));
		assert_true(is_chinese(text));
		assert_non_null(strstr(text, "the "));
		assert_non_null(strstr(text, "(now 19700101, last 20260803)"));
	}
}

/* Whole calendar days, over months, leap years and the year's end. */
static void days_between(void **state)
{
	(void)state;
	assert_int_equal(clock_days_between(20260803, 20260803), 0);
	assert_int_equal(clock_days_between(20261231, 20270101), 1);
	assert_int_equal(clock_days_between(20280228, 20280301), 2);
	assert_int_equal(clock_days_between(20260301, 20260228), -1);
	assert_int_equal(clock_days_between(19700101, 20260803), 20668);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_day),
		cmocka_unit_test(midnight_empties_into_the_next),
		cmocka_unit_test(a_clock_that_is_behind),
		cmocka_unit_test(a_clock_that_is_far_ahead),
		cmocka_unit_test(people_and_a_clock_that_was_set),
		cmocka_unit_test(people_and_a_reboot),
		cmocka_unit_test(no_day_is_open),
		cmocka_unit_test(the_zone_decides),
		cmocka_unit_test(says_it_in_both_languages),
		cmocka_unit_test(days_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
