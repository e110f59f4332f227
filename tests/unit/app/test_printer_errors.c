/* What stops the printer and what gets it going again: errors and DLE ENQ (TM-T88III
 * specification), DLE DC4 1, 2 and 8, GS ( D (Epson's command reference), and FEED. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/app/bench.h"

static struct printer *const printer = &bench.printer;

/* 10 14 08 01 03 14 01 06 02 08 -> 37 25 00; the settings stay. */
static void test_clear(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->speed_mm_s = 0;
	GIVE("\x1d\x61\xff\x1d!\x11half a line\n\x1d(H\x06\x00\x30\x30"
	     "lost\x1dv0\x00\x48\x00\x00\x01");
	GIVE("\x10\x14\x08\x01\x03\x14\x01\x06\x02\x07"); /* almost */
	EXPECT("\x10\x00\x00\x00");
	assert_true(printer_is_printing(printer));
	GIVE("\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08");
	EXPECT("\x37\x25\x00");
	assert_false(printer_is_printing(printer));
	printer->speed_mm_s = 100;
	bench_run(1000);
	EXPECT("");  /* what was not printed is not proven */
	GIVE("I\n"); /* no dot of the picture that was begun */
	bench_finish();
	assert_int_equal(bench_rows(), 48); /* still twice as high */
	assert_true(bench_black(0, 0, 24, 48) > 0);
	assert_int_equal(bench_black(24, 0, 552, 48), 0);
	printer->near_end = true;
	printer_status_changed(printer);
	EXPECT("\x10\x00\x03\x00");
}

/* The cutter jams: stopped until DLE ENQ, and DLE ENQ does nothing while the cause is there. */
static void jam(bool needs_enq)
{
	const struct printer_settings settings = {
		.width = 576, .answers_process_id = true, .needs_enq = needs_enq};

	bench_start(&settings);
	printer->cutter_jammed = true;
	GIVE("A\n\x1dVB\x00\x1d(H\x06\x00\x30\x30"
	     "abcdB\n");
	bench_run(5000);
	bench_expect_realtime(0x1a, 0x52, 0x1a, 0x12);
	GIVE("\x10\x05\x01");
	bench_run(10);
	GIVE("\x10\x05\x02");
	bench_run(10);
	bench_expect_realtime(0x1a, 0x52, 0x1a, 0x12);
	assert_int_equal(printer->unknown_commands, 0);
	printer->cutter_jammed = false;
	printer_status_changed(printer);
	bench_expect_realtime(0x1a, 0x52, 0x1a, 0x12); /* removing the cause alone is not enough */
	assert_int_equal(bench.paper_count, 0);
}

static void test_jam_resumed(void **state)
{
	(void)state;
	jam(true);
	printer->cover_open = true;
	printer_status_changed(printer);
	printer->cover_open = false;
	printer_status_changed(printer);
	bench_expect_realtime(0x1a, 0x52, 0x1a, 0x12);
	GIVE("\x10\x05\x01");
	bench_finish();
	EXPECT("\x37\x22"
	       "abcd\x00");
	assert_int_equal(bench.paper_count, 1); /* the cut that had failed */
	assert_int_equal(bench_rows(), 30);	/* and on with B */
	assert_int_equal(printer->unknown_commands, 0);
}

static void test_jam_cleared(void **state)
{
	(void)state;
	jam(true);
	GIVE("\x10\x05\x02");
	bench_finish();
	bench_run(1000);
	EXPECT("");
	bench_expect_realtime(0x12, 0x12, 0x12, 0x12);
	assert_int_equal(bench.paper_count, 0); /* A still hangs in it */
	assert_int_equal(bench_rows(), 30 + PRINTER_CUTTER_ROWS);
}

static void test_jam_by_hand(void **state)
{
	(void)state;
	jam(false);
	printer->cover_open = true;
	printer_status_changed(printer);
	printer->cover_open = false;
	printer_status_changed(printer);
	bench_finish();
	EXPECT("\x37\x22"
	       "abcd\x00");
	assert_int_equal(bench.paper_count, 1);
}

static void test_mechanical_error(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->mechanism_jammed = true;
	GIVE("A\n");
	bench_run(10);
	bench_expect_realtime(0x1a, 0x52, 0x16, 0x12);
	assert_int_equal(bench_rows(), 0);
	printer->mechanism_jammed = false;
	GIVE("\x10\x05\x01");
	bench_finish();
	assert_int_equal(bench_rows(), 30);
	/* DLE ENQ 2 without an error changes nothing */
	GIVE("half\x10\x05\x02\n");
	bench_finish();
	assert_true(bench_black(0, 30, 48, 24) > 0);
}

static void test_pulses(void **state)
{
	(void)state;
	bench_start(NULL);
	GIVE("\x1bp\x00\x19\xfa\x1bp\x31\x19\xfa\x1b\x42\x03\x01\x10\x14\x01\x01\x08");
	bench_run(1);
	/* the real-time one was executed as it arrived; they arrived together */
	assert_int_equal(bench.event_count, 4);
	assert_int_equal(printer->drawer_pulses, 3);
	assert_int_equal(printer->beeps, 3);
	/* m and t out of range; switched off by GS ( D */
	GIVE("\x10\x14\x01\x02\x01\x10\x14\x01\x00\x09\x1bp\x02\x01\x01");
	GIVE("\x1d(D\x03\x00\x14\x01\x00");
	GIVE("\x10\x14\x01\x00\x01");
	assert_int_equal(printer->drawer_pulses, 3);
	assert_int_equal(printer->ignored_commands, 1);
	bench_finish();
	assert_int_equal(bench_rows(), 0);
}

/* DLE DC4 2 1 8: off unless GS ( D allowed it; then 3B 30 00 and nothing more until power. */
static void test_shut_down(void **state)
{
	(void)state;
	bench_start(NULL);
	GIVE("\x10\x14\x02\x01\x08");
	EXPECT("");
	GIVE("\x1d(D\x03\x00\x14\x02\x01");
	GIVE("\x10\x14\x02\x01\x08");
	EXPECT("\x3b\x30\x00");
	assert_int_equal(printer_room(printer), 0);
	printer_switch_off(printer);
	printer_switch_on(printer, bench.now_ms);
	bench_expect_realtime(0x12, 0x12, 0x12, 0x12);
}

static void test_waits_for_feed(void **state)
{
	static const struct printer_settings waits = {.width = 576, .waits_for_feed = true};

	(void)state;
	bench_start(&waits);
	GIVE("\x1d\x61\x02");
	EXPECT("\x10\x00\x00\x00");
	printer->paper_out = true;
	printer_status_changed(printer);
	EXPECT("\x18\x01\x0f\x00");
	printer->paper_out = false;
	printer_status_changed(printer);
	bench_expect_realtime(0x3a, 0x12, 0x12, 0x12);
	GIVE("A\n");
	bench_run(1000);
	assert_int_equal(bench_rows(), 0);
	printer->feed_pressed = true;
	printer_status_changed(printer);
	printer->feed_pressed = false;
	printer_status_changed(printer);
	bench_finish();
	assert_int_equal(bench_rows(), 30);
	bench.answers_len = 0;
	printer->cover_open = true;
	printer_status_changed(printer);
	printer->cover_open = false;
	printer_status_changed(printer);
	assert_true(printer_is_offline(printer));
	printer_switch_off(printer);
	printer_switch_on(printer, bench.now_ms);
	assert_false(printer_is_offline(printer));
	bench.answers_len = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_jam_resumed),
		cmocka_unit_test(test_jam_cleared),
		cmocka_unit_test(test_jam_by_hand),
		cmocka_unit_test(test_mechanical_error),
		cmocka_unit_test(test_pulses),
		cmocka_unit_test(test_shut_down),
		cmocka_unit_test(test_waits_for_feed),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	bench_stop();
	return r;
}
