/* Hand-made days on the plain line. What has to come out was worked out on paper: the timelines
 * beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/simulate/hand_day.h"

/* Two windows, walk 2, three citizens at 10, 11, 12 who take 10, 4, 5.
 *   window 0:  A 10..22           window 1:  B 11..17, C 17..24
 * C finds both busy and is called at 17 when B has left. D comes at 30: window 0 has been idle
 * since 22, window 1 since 24. E comes at 30 too. */
static void two_windows(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	day->layout.walk_ms = 2;
	hand_day_window(day, "0");
	hand_day_window(day, "0");
	hand_day_visit(day, 10, 0, 10);
	hand_day_visit(day, 11, 0, 4);
	hand_day_visit(day, 12, 0, 5);
	hand_day_visit(day, 30, 0, 1);
	hand_day_visit(day, 30, 0, 1);
	hand_day_run(day);
	hand_day_expect(day, 0, 10, 0, 22);
	hand_day_expect(day, 1, 11, 1, 17);
	hand_day_expect(day, 2, 17, 1, 24);
	hand_day_expect(day, 3, 30, 0, 33);
	hand_day_expect(day, 4, 30, 1, 33);
	assert_int_equal(day->order[0], 1);
	assert_int_equal(day->order[1], 0);
	hand_day_destroy(day);
}

/* The longest idle window takes a free citizen, not the first of the list.
 *   window 0: A 0..20, idle since 20    window 1: B 0..5, idle since 5    window 2: C 0..20
 * D at 30 goes to 1. E at 30: 0 and 2 are idle since 20, so 0; F: 2. At 40 all three became free at
 * 31: G to 0. */
static void longest_idle(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	for (int i = 0; i < 3; i++)
		hand_day_window(day, "0");
	hand_day_visit(day, 0, 0, 20);
	hand_day_visit(day, 0, 0, 5);
	hand_day_visit(day, 0, 0, 20);
	for (int i = 0; i < 3; i++)
		hand_day_visit(day, 30, 0, 1);
	hand_day_visit(day, 40, 0, 1);
	hand_day_run(day);
	hand_day_expect(day, 0, 0, 0, 20);
	hand_day_expect(day, 1, 0, 1, 5);
	hand_day_expect(day, 2, 0, 2, 20);
	hand_day_expect(day, 3, 30, 1, 31);
	hand_day_expect(day, 4, 30, 0, 31);
	hand_day_expect(day, 5, 30, 2, 31);
	hand_day_expect(day, 6, 40, 0, 41);
	hand_day_destroy(day);
}

/* At one millisecond windows become free before a citizen arrives, so who comes at 10 is called by
 * the window that becomes free at 10; and before another loses patience: B, whose patience ends at
 * 10, is called at 10 and stays. C's ends at 11, D comes at 11 when C has left. */
static void one_millisecond(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	hand_day_window(day, "0");
	hand_day_visit(day, 0, 0, 10);
	hand_day_visit(day, 2, 0, 10)->patience_ms = 8;
	hand_day_visit(day, 3, 0, 10)->patience_ms = 8;
	hand_day_visit(day, 11, 0, 3)->patience_ms = 9;
	hand_day_visit(day, 23, 0, 5);
	hand_day_run(day);
	hand_day_expect(day, 0, 0, 0, 10);
	hand_day_expect(day, 1, 10, 0, 20);
	hand_day_expect(day, 2, -1, -1, 11);
	assert_true(day->outcomes[2].abandoned);
	hand_day_expect(day, 3, 20, 0, 23);
	hand_day_expect(day, 4, 23, 0, 28);
	hand_day_destroy(day);
}

/* Who has no patience at all is served if a window is idle, and else leaves as he comes. Two lose
 * it at once: in the order of arrival. */
static void patience(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	hand_day_window(day, "0");
	hand_day_visit(day, 0, 0, 100)->patience_ms = 0;
	hand_day_visit(day, 5, 0, 1)->patience_ms = 0;
	hand_day_visit(day, 6, 0, 1)->patience_ms = 4;
	hand_day_visit(day, 7, 0, 1)->patience_ms = 3;
	hand_day_visit(day, 8, 0, 1)->patience_ms = 1;
	hand_day_run(day);
	hand_day_expect(day, 0, 0, 0, 100);
	hand_day_expect(day, 1, -1, -1, 5);
	hand_day_expect(day, 2, -1, -1, 10);
	hand_day_expect(day, 3, -1, -1, 10);
	hand_day_expect(day, 4, -1, -1, 9);
	assert_int_equal(day->order[0], 1);
	assert_int_equal(day->order[1], 4);
	assert_int_equal(day->order[2], 2);
	assert_int_equal(day->order[3], 3);
	assert_int_equal(day->order[4], 0);
	hand_day_destroy(day);
}

/* Items 1 and 2 wait in queue 0, item 1 needs skill 3, which only window 1 has. A, B (item 0) hold
 * both windows until 10 and 20. Waiting: C (item 1), D (item 2), E (item 1). Window 0 passes C over
 * and takes D at 10; window 1 takes C at 20, E at 25. F, item 1, at 100: window 0 has been idle
 * longer, but may not. */
static void skills(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	day->item_queue[1] = day->item_queue[2] = 0;
	day->item_skill[1] = 3;
	hand_day_window(day, "0");
	hand_day_window(day, "0")->skills = 1 << 3;
	hand_day_visit(day, 0, 0, 10);
	hand_day_visit(day, 0, 0, 20);
	hand_day_visit(day, 1, 1, 5);
	hand_day_visit(day, 2, 2, 5);
	hand_day_visit(day, 3, 1, 5);
	hand_day_visit(day, 100, 1, 5);
	hand_day_run(day);
	hand_day_expect(day, 2, 20, 1, 25);
	hand_day_expect(day, 3, 10, 0, 15);
	hand_day_expect(day, 4, 25, 1, 30);
	hand_day_expect(day, 5, 100, 1, 105);
	hand_day_destroy(day);
}

/* Window 0 serves queue 1 before queue 0. It is busy until 10; B waits in 0 since 1, C in 1 since
 * 2, D in 1 since 3: C, D, B. */
static void preference(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	hand_day_window(day, "1,0");
	hand_day_visit(day, 0, 0, 10);
	hand_day_visit(day, 1, 0, 10);
	hand_day_visit(day, 2, 1, 10);
	hand_day_visit(day, 3, 1, 10);
	hand_day_run(day);
	hand_day_expect(day, 1, 30, 0, 40);
	hand_day_expect(day, 2, 10, 0, 20);
	hand_day_expect(day, 3, 20, 0, 30);
	hand_day_destroy(day);
}

/* Ordinary B, appointment C, priority D wait at 10: D, C, B with classes; without B, C, D. */
static void classes(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	hand_day_window(day, "0");
	hand_day_visit(day, 0, 0, 10);
	hand_day_visit(day, 1, 0, 10);
	hand_day_visit(day, 2, 0, 10)->class = CLASS_APPOINTMENT;
	hand_day_visit(day, 3, 0, 10)->class = CLASS_PRIORITY;
	hand_day_run(day);
	for (size_t i = 1; i < 4; i++)
		hand_day_expect(day, i, 10 * (int64_t)i, 0, 10 * (int64_t)i + 10);
	day->layout.classes = true;
	hand_day_run(day);
	hand_day_expect(day, 1, 30, 0, 40);
	hand_day_expect(day, 2, 20, 0, 30);
	hand_day_expect(day, 3, 10, 0, 20);
	hand_day_destroy(day);
}

/* A pick-up of an item that needs a skill waits in the pick-up queue and needs none. */
static void pick_up(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	day->item_skill[5] = 1;
	day->item_pick_up_queue[5] = 7;
	hand_day_window(day, "5")->skills = 1 << 1;
	hand_day_window(day, "7");
	hand_day_visit(day, 1, 5, 3);
	hand_day_visit(day, 1, 5, 3)->kind = VISIT_PICK_UP;
	hand_day_visit(day, 1, 5, 3)->kind = VISIT_REWORK;
	hand_day_run(day);
	hand_day_expect(day, 0, 1, 0, 4);
	hand_day_expect(day, 1, 1, 1, 4);
	hand_day_expect(day, 2, 4, 0, 7);
	hand_day_destroy(day);
}

/* Window 0 rests from 10 to 20 and from 30 for the rest of the day, window 1 from 12 to 14.
 * A 0..15 at window 0: served to the end, then the break until 20. B 0..5 at 1. C comes at 12, as
 * window 1 begins its break: called by it at 14, until 18. D comes at 16: window 1 is busy, 0
 * rests: 1 calls at 18, until 40. E comes at 19: window 0 calls at 20 until 25. F comes at 29:
 * window 0, until 34, then it rests. G comes at 35: window 1 at 40. */
static void breaks(void **state)
{
	struct hand_day *day = hand_day_create();
	struct layout_window *window;

	(void)state;
	window = hand_day_window(day, "0");
	window->breaks[0] = (struct layout_break){10, 20};
	window->breaks[1] = (struct layout_break){30, INT64_MAX};
	window->break_count = 2;
	window = hand_day_window(day, "0");
	window->breaks[0] = (struct layout_break){12, 14};
	window->break_count = 1;
	hand_day_visit(day, 0, 0, 15);
	hand_day_visit(day, 0, 0, 5);
	hand_day_visit(day, 12, 0, 4);
	hand_day_visit(day, 16, 0, 22);
	hand_day_visit(day, 19, 0, 5);
	hand_day_visit(day, 29, 0, 5);
	hand_day_visit(day, 35, 0, 5);
	hand_day_run(day);
	hand_day_expect(day, 0, 0, 0, 15);
	hand_day_expect(day, 1, 0, 1, 5);
	hand_day_expect(day, 2, 14, 1, 18);
	hand_day_expect(day, 3, 18, 1, 40);
	hand_day_expect(day, 4, 20, 0, 25);
	hand_day_expect(day, 5, 29, 0, 34);
	hand_day_expect(day, 6, 40, 1, 45);
	hand_day_destroy(day);
}

/* A break makes a window idle anew: 0 rests from 10 to 20, so at 25 window 1, idle since the
 * morning, is the longest idle. A break over before a service ends leaves no trace: B holds window
 * 1 from 25 to 60 through its break from 30 to 50. */
static void idle_after_break(void **state)
{
	struct hand_day *day = hand_day_create();
	struct layout_window *window;

	(void)state;
	window = hand_day_window(day, "0");
	window->breaks[0] = (struct layout_break){10, 20};
	window->break_count = 1;
	window = hand_day_window(day, "0");
	window->breaks[0] = (struct layout_break){30, 50};
	window->break_count = 1;
	hand_day_visit(day, 25, 0, 35);
	hand_day_visit(day, 26, 0, 100);
	hand_day_visit(day, 27, 0, 1);
	hand_day_run(day);
	hand_day_expect(day, 0, 25, 1, 60);
	hand_day_expect(day, 1, 26, 0, 126);
	hand_day_expect(day, 2, 60, 1, 61);
	hand_day_destroy(day);
}

/* A is called at 0 and does not come: the window waits 7 in vain, without the walk. */
static void no_show(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	day->layout.walk_ms = 2;
	day->layout.no_show_ms = 7;
	hand_day_window(day, "0");
	hand_day_visit(day, 0, 0, 50)->no_show = true;
	hand_day_visit(day, 1, 0, 5);
	hand_day_run(day);
	hand_day_expect(day, 0, 0, 0, 7);
	hand_day_expect(day, 1, 7, 0, 14);
	hand_day_destroy(day);
}

/* Nobody serves queue 1, and from 10 on nobody serves queue 0 either: when A is served at 15, the
 * last thing that happens, the day is over for B and C. */
static void nobody_eligible(void **state)
{
	struct hand_day *day = hand_day_create();
	struct layout_window *window = hand_day_window(day, "0");

	(void)state;
	window->breaks[0] = (struct layout_break){10, INT64_MAX};
	window->break_count = 1;
	hand_day_visit(day, 0, 0, 15);
	hand_day_visit(day, 2, 1, 5);
	hand_day_visit(day, 3, 0, 5);
	hand_day_run(day);
	hand_day_expect(day, 0, 0, 0, 15);
	hand_day_expect(day, 1, -1, -1, 15);
	hand_day_expect(day, 2, -1, -1, 15);
	assert_false(day->outcomes[1].abandoned);
	hand_day_destroy(day);
}

/* A service that takes no time is over in its millisecond, before the next one arrives. */
static void no_time(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	hand_day_window(day, "0");
	hand_day_window(day, "0");
	hand_day_visit(day, 5, 0, 0);
	hand_day_visit(day, 5, 0, 0);
	hand_day_visit(day, 5, 0, 10);
	hand_day_run(day);
	hand_day_expect(day, 0, 5, 0, 5);
	/* window 0 is idle since 5, window 1 since the morning */
	hand_day_expect(day, 1, 5, 1, 5);
	hand_day_expect(day, 2, 5, 0, 15);
	hand_day_destroy(day);
}

static void nobody_comes(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	hand_day_run(day);
	assert_int_equal(day->told_count, 0);
	hand_day_window(day, "0");
	hand_day_run(day);
	assert_int_equal(day->told_count, 0);
	hand_day_destroy(day);
}

/* One engine and one line take days of any size, one after the other, and forget each: on the first
 * day nobody is called. */
static void days_do_not_mix(void **state)
{
	struct hand_day *day = hand_day_create();

	(void)state;
	hand_day_visit(day, 2, 1, 2);
	hand_day_run(day);
	hand_day_expect(day, 0, -1, -1, 2);
	hand_day_window(day, "1");
	for (int i = 0; i < 300; i++)
		hand_day_visit(day, 3 + i, 1, 2);
	hand_day_run(day);
	for (size_t i = 0; i < day->count; i++)
		hand_day_expect(day, i, 2 + 2 * (int64_t)i, 0, 4 + 2 * (int64_t)i);
	hand_day_destroy(day);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_windows),	   cmocka_unit_test(longest_idle),
		cmocka_unit_test(one_millisecond), cmocka_unit_test(patience),
		cmocka_unit_test(skills),	   cmocka_unit_test(preference),
		cmocka_unit_test(classes),	   cmocka_unit_test(pick_up),
		cmocka_unit_test(breaks),	   cmocka_unit_test(idle_after_break),
		cmocka_unit_test(no_show),	   cmocka_unit_test(nobody_eligible),
		cmocka_unit_test(no_time),	   cmocka_unit_test(nobody_comes),
		cmocka_unit_test(days_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
