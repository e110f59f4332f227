/* What every board's screen does, whatever its protocol: parts, dark, brightness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/app/seen.h"

static struct screen screen;
static uint32_t now;

static int setup(void **state)
{
	const struct screen_settings settings = {128, 32, 60000};

	(void)state;
	now = 1000;
	screen_init(&screen, &settings, now);
	return 0;
}

static void show(size_t index, struct screen_part part, const char *text)
{
	part.len = seen_gbk(text, part.text, sizeof(part.text));
	screen_show(&screen, index, &part, now);
	screen_tick(&screen, now);
}

#define assert_seen(row, text) check_seen(row, text, __LINE__)
static void check_seen(int row, const char *text, int line)
{
	char seen[SEEN_SIZE];

	seen_row(&screen, row * 16, seen);
	if (strcmp(seen, text) != 0)
		fail_msg("line %d: row %d shows \"%s\", not \"%s\"", line, row, seen, text);
}

static void test_parts(void **state)
{
	(void)state;
	show(0, (struct screen_part){.width = 64, .height = 16}, "A001到3号窗口");
	show(1, (struct screen_part){.x = 64, .height = 16}, "B002");
	show(2, (struct screen_part){.y = 16, .wraps = true}, "请安静");
	/* cut at the edge of its part */
	assert_seen(0, "A001到3\xef\xbf\xbd"
		       "B002");
	assert_seen(1, "请安静");
	screen_hide(&screen, 0);
	screen_tick(&screen, now);
	assert_seen(0, "        B002");
	screen_hide_all(&screen);
	screen_tick(&screen, now);
	assert_seen(0, "");
	assert_seen(1, "");
	/* what does not exist does nothing */
	show(SCREEN_PARTS, (struct screen_part){0}, "A001");
	screen_hide(&screen, SCREEN_PARTS);
	assert_seen(0, "");
	/* a part beyond the screen draws nothing, and nowhere else */
	show(3, (struct screen_part){.x = 65535, .y = 65535, .inverse = true}, "A001");
	show(2, (struct screen_part){.x = 120, .y = 31, .width = 65535, .height = 65535}, "国");
	assert_seen(0, "");
}

/* Each part has its own time: one blinks, one moves, one stands. */
static void test_times(void **state)
{
	(void)state;
	show(0, (struct screen_part){.width = 64, .height = 16, .blinks = true}, "A001");
	now += 250;
	show(1, (struct screen_part){.x = 64, .height = 16, .blinks = true}, "B002");
	show(2, (struct screen_part){.y = 16, .move = SCREEN_LEFT}, "请");
	assert_seen(0, "A001    B002");
	now += 250;
	screen_tick(&screen, now);
	assert_seen(0, "        B002");
	now += 250;
	screen_tick(&screen, now);
	assert_seen(0, "");
	now += 250;
	screen_tick(&screen, now);
	assert_seen(0, "A001");
	now += 128 * SCREEN_SCROLL_MS - 750;
	screen_tick(&screen, now);
	assert_seen(1, "请");
}

static void test_dark(void **state)
{
	uint32_t revision;

	(void)state;
	show(0, (struct screen_part){.height = 16, .inverse = true}, "");
	assert_true(screen_dot(&screen, 0, 0) && screen_dot(&screen, 127, 15));
	assert_false(screen_dot(&screen, 0, 16));
	screen_set_dark(&screen, true);
	screen_tick(&screen, now);
	assert_seen(0, "");
	now += 70000; /* also while the host is lost: it is the night that somebody asked for */
	screen_tick(&screen, now);
	assert_true(screen.host_lost);
	assert_seen(0, "");
	screen_set_dark(&screen, false);
	screen_tick(&screen, now);
	assert_seen(0, "系统离线 OFFLINE");
	screen_hear(&screen, now);
	screen_tick(&screen, now);
	assert_true(screen_dot(&screen, 0, 0));
	revision = screen.revision;
	screen_set_brightness(&screen, 30);
	assert_int_equal(screen.brightness, 30);
	screen_set_brightness(&screen, 101);
	assert_int_equal(screen.brightness, 100);
	screen_tick(&screen, now);
	assert_int_equal(screen.revision, revision);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_parts, setup),
		cmocka_unit_test_setup(test_times, setup),
		cmocka_unit_test_setup(test_dark, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
