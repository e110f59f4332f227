/* Motor, roll, knife, power and cable: what is on the paper and what is lost, at which millisecond.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/app/bench.h"

static struct printer *const printer = &bench.printer;

static void changed(void)
{
	printer_status_changed(printer);
}

/* Rows of a paper that have a dot. */
static uint32_t inked(const struct bench_paper *paper)
{
	uint32_t count = 0;

	for (uint32_t y = 0; y < paper->rows; y++) {
		const uint8_t *row = paper->dots + (size_t)y * BENCH_STRIDE;

		for (size_t i = 0; i < BENCH_STRIDE; i++) {
			if (row[i]) {
				count++;
				break;
			}
		}
	}
	return count;
}

/* So many rows, all black; GS v 0 in its quadruple mode. */
static void give_black(uint32_t rows)
{
	static uint8_t job[8 + 36 * 1152];
	const uint8_t head[] = {
		0x1d, 0x76, 0x30, 3, 36, 0, (uint8_t)(rows / 2), (uint8_t)(rows / 2 >> 8)};

	memcpy(job, head, 8);
	memset(job + 8, 0xff, (size_t)36 * (rows / 2));
	bench_give(job, 8 + (size_t)36 * (rows / 2));
}

/* Eight rows a millimetre: after t ms at v mm/s, v * t / 125 rows. */
static void test_speed(void **state)
{
	static const uint32_t speeds[] = {1, 7, 100, 150, 300, 333};

	(void)state;
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		const struct printer_settings settings = {.width = 576, .speed_mm_s = speeds[i]};

		bench_start(&settings);
		GIVE("\x1b"
		     "d\x64"); /* 3,000 rows */
		for (uint32_t ms = 1; ms <= 1000; ms++) {
			uint32_t rows = speeds[i] * ms / 125;

			bench_run(1);
			assert_int_equal(bench_rows(), rows < 3000 ? rows : 3000);
		}
	}
	/* one long tick is as far as many short ones */
	bench_start(NULL);
	GIVE("\x1b"
	     "d\x64");
	bench.now_ms += 2000;
	printer_tick(printer, bench.now_ms);
	assert_int_equal(bench_rows(), 1600);
	/* standing still is not made up for */
	printer->cover_open = true;
	changed();
	bench_run(60000);
	printer->cover_open = false;
	changed();
	bench_run(10);
	assert_in_range(bench_rows(), 1607, 1608);
	printer->speed_mm_s = 0;
	bench_run(10000);
	assert_in_range(bench_rows(), 1607, 1608);
}

/* The knife stands 100 rows behind the head: GS V 0 cuts through what was printed last, GS V 66
 * feeds it out first. */
static void test_knife(void **state)
{
	(void)state;
	bench_start(NULL);
	give_black(480);
	GIVE("\x1dV\x42\x00");
	bench_finish();
	assert_int_equal(bench.paper_count, 1);
	/* what was between head and knife is the top: blank, as after power-on */
	assert_int_equal(bench.papers[0].rows, PRINTER_CUTTER_ROWS + 480);
	assert_int_equal(inked(&bench.papers[0]), 480);
	assert_int_equal(bench.papers[0].dots[(PRINTER_CUTTER_ROWS - 1) * BENCH_STRIDE], 0);
	assert_int_equal(bench.papers[0].dots[PRINTER_CUTTER_ROWS * BENCH_STRIDE], 0xff);
	give_black(480);
	GIVE("\x1dV\x41\x28"); /* 40 dots more */
	give_black(480);
	GIVE("\x1dV\x30");
	give_black(8);
	GIVE("\x1dV\x01\x1bi");
	bench_finish();
	assert_int_equal(bench.paper_count, 4);
	assert_int_equal(bench.papers[1].rows, PRINTER_CUTTER_ROWS + 480 + 40);
	assert_int_equal(bench.papers[2].rows, 480);
	assert_int_equal(inked(&bench.papers[2]), 380);
	assert_int_equal(bench.papers[3].rows, 8);
	assert_int_equal(inked(&bench.papers[3]), 8); /* of those that were left */
	assert_int_equal(printer->cuts, 4);
	assert_int_equal(printer->rows, 3 * 480 + 8 + 100 + 140);
}

static void test_cut_elsewhere(void **state)
{
	static const struct printer_settings tears = {.width = 384, .no_cutter = true};

	(void)state;
	bench_start(NULL);
	GIVE("H\x1dV\x42\x00\n\x1dV\x02\x1dV\x43\x00"); /* in a line; no such modes */
	bench_finish();
	assert_int_equal(bench.paper_count, 0);
	assert_int_equal(bench_rows(), 30);
	assert_int_equal(printer->ignored_commands, 3);
	/* a tear bar: it feeds only, and a hand does the rest */
	bench_start(&tears);
	GIVE("H\n\x1dV\x42\x00");
	bench_finish();
	assert_int_equal(bench.paper_count, 0);
	assert_int_equal(bench_rows(), 30 + PRINTER_CUTTER_ROWS);
	printer_tear(printer);
	assert_int_equal(bench.paper_count, 1);
	assert_false(bench.papers[0].cut);
	assert_int_equal(bench.papers[0].rows, 30 + PRINTER_CUTTER_ROWS);
	assert_int_equal(bench_rows(), 0);
	printer_tear(printer);
	assert_int_equal(bench.paper_count, 1);
}

/* A roll of 100 mm, near end 20 mm before that: the sensors see it at the very row, printing stops
 * in the middle of a picture and goes on with the next roll. */
static void test_roll(void **state)
{
	static const struct printer_settings settings = {
		.width = 576, .paper_mm = 100, .near_end_mm = 20, .answers_process_id = true};

	(void)state;
	bench_start(&settings);
	GIVE("\x1d\x61\x0a");
	EXPECT("\x10\x00\x00\x00");
	give_black(1000);
	GIVE("\x1dVB\x00\x1d(H\x06\x00\x30\x30"
	     "done");
	for (int i = 0; i < 2000 && bench.answers_len == 0; i++)
		bench_run(1);
	EXPECT("\x10\x00\x03\x00");
	assert_int_equal(bench_rows(), 640);
	bench_run(5000);
	EXPECT("\x18\x00\x0f\x00");
	assert_int_equal(bench_rows(), 800);
	assert_int_equal(bench.paper_count, 0);
	printer_new_roll(printer, 1000);
	EXPECT("\x10\x00\x00\x00");
	assert_int_equal(bench.paper_count, 1);
	assert_false(bench.papers[0].cut);
	assert_int_equal(inked(&bench.papers[0]), 800);
	bench_finish();
	EXPECT("\x37\x22"
	       "done\x00");
	/* the rest of it, no row twice and none lost */
	assert_int_equal(bench.paper_count, 2);
	assert_true(bench.papers[1].cut);
	assert_int_equal(inked(&bench.papers[1]), 200);
	assert_int_equal(bench.papers[1].rows, PRINTER_CUTTER_ROWS + 200);
	assert_int_equal(printer->roll_rows, 8000 - 300);
}

/* The proof of what waits for a new roll waits with it. */
static void test_proof_across_rolls(void **state)
{
	static const struct printer_settings settings = {
		.width = 576, .paper_mm = 10, .answers_process_id = true};

	(void)state;
	bench_start(&settings);
	give_black(160);
	GIVE("\x1d(H\x06\x00\x30\x30"
	     "done");
	bench_run(1000);
	assert_true(printer->paper_out);
	printer_new_roll(printer, 0);
	bench_run(99); /* one row is still to come */
	EXPECT("");
	bench_run(1);
	EXPECT("\x37\x22"
	       "done\x00");
}

/* No near-end sensor; a roll that is taken out by hand in the middle of it. */
static void test_no_near_end(void **state)
{
	static const struct printer_settings settings = {.width = 576, .paper_mm = 50};

	(void)state;
	bench_start(&settings);
	give_black(300);
	bench_finish();
	assert_false(printer->near_end);
	give_black(300);
	bench_run(5000);
	assert_true(printer->paper_out && !printer->near_end);
	assert_int_equal(bench_rows(), 400);
	/* the sensor alone, pushed by a finger, does not make paper */
	printer->paper_out = false;
	changed();
	bench_run(100);
	assert_true(printer->paper_out);
	assert_in_range(bench_rows(), 400, 401);
}

/* Power goes in the middle: what is past the head stays on the paper, the rest is lost, and the
 * ticket is not cut. */
static void test_power(void **state)
{
	static const struct printer_settings settings = {
		.width = 576, .buffer_bytes = 65536, .answers_process_id = true};

	(void)state;
	bench_start(&settings);
	give_black(480);
	bench_run(400);
	assert_int_equal(bench_rows(), 320);
	GIVE("\x1d\x61\xff\x1d!\x11"
	     "behind it\n\x1dVB\x00\x1d(H\x06\x00\x30\x30"
	     "lost");
	printer_switch_off(printer);
	bench_run(1000);
	assert_int_equal(printer_room(printer), 0);
	printer_receive(printer, (const uint8_t *)"\x10\x04\x01", 3, bench.now_ms);
	printer->paper_out = true; /* nobody is told */
	changed();
	printer->paper_out = false;
	EXPECT("");
	assert_int_equal(bench_rows(), 320);
	printer_switch_on(printer, bench.now_ms);
	bench_run(1000);
	EXPECT("");
	assert_false(printer_is_printing(printer));
	assert_int_equal(bench.paper_count, 0);
	GIVE("H\n\x1dVB\x00");
	bench_finish();
	assert_int_equal(bench.paper_count, 1);
	assert_in_range(inked(&bench.papers[0]), 320 + 10, 320 + 24);
	assert_int_equal(bench.papers[0].rows, PRINTER_CUTTER_ROWS + 320 + 30);
}

static void test_traps(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->unplug_at = 5;
	printer_receive(printer, (const uint8_t *)"H\nH\nH\nH\n", 8, bench.now_ms);
	assert_true(printer->unplugged);
	assert_int_equal(bench.events[0], PRINTER_EVENT_UNPLUGGED);
	assert_int_equal(printer->bytes, 5);
	assert_int_equal(printer_room(printer), 0);
	/* it has power: what came before is printed, and nobody hears it */
	printer->paper_out = true;
	changed();
	printer->paper_out = false;
	bench_finish();
	assert_int_equal(bench_rows(), 60);
	EXPECT("");
	printer_plug(printer);
	GIVE("\n\x10\x04\x01");
	EXPECT("\x12");
	bench_finish();
	assert_int_equal(bench_rows(), 90);
	printer->power_off_at = printer->bytes + 4;
	printer_receive(printer, (const uint8_t *)"H\nH\nH\n", 6, bench.now_ms);
	assert_false(printer->powered);
	assert_int_equal(bench.events[1], PRINTER_EVENT_POWER_OFF);
	assert_false(printer_is_printing(printer));
	bench_run(1000);
	assert_int_equal(bench_rows(), 90);
	printer_switch_on(printer, bench.now_ms);
	bench_run(1000);
	assert_int_equal(bench_rows(), 90);
}

static void test_soft_reset(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->paper_out = true;
	changed();
	GIVE("\x1d!\x11half\n\x1dv0\x00\x48\x00\x00\x01");
	printer_soft_reset(printer);
	printer->paper_out = false;
	changed();
	GIVE("H\n");
	bench_finish();
	assert_int_equal(bench_rows(), 30);
	assert_true(bench_black(0, 0, 12, 24) > 0);
	assert_int_equal(bench_black(12, 0, 564, 30), 0);
}

static void test_buffer(void **state)
{
	static const struct printer_settings small = {.width = 576, .buffer_bytes = 45};
	static const struct printer_settings huge = {.width = 576, .buffer_bytes = 1u << 20};
	uint8_t bytes[100];

	(void)state;
	memset(bytes, 'H', sizeof(bytes));
	bench_start(&small);
	printer->cover_open = true;
	changed();
	assert_int_equal(printer_room(printer), 45);
	printer_receive(printer, bytes, sizeof(bytes), bench.now_ms);
	assert_int_equal(printer_room(printer), 0); /* NAK */
	assert_int_equal(printer->bytes, 45);
	printer->cover_open = false;
	changed();
	bench_run(1);
	assert_int_equal(printer_room(printer), 45);
	GIVE("\n");
	bench_finish();
	assert_true(bench_black(44 * 12, 0, 12, 24) > 0);
	assert_int_equal(bench_black(45 * 12, 0, 36, 24), 0);
	bench_start(&huge);
	assert_int_equal(printer_room(printer), PRINTER_MAX_BUFFER);
	/* it fills when it is faster than the motor */
	bench_start(NULL);
	printer->speed_mm_s = 10;
	for (int i = 0; i < 300 && printer_room(printer); i++)
		printer_receive(printer, bytes, sizeof(bytes), bench.now_ms);
	assert_int_equal(printer_room(printer), 0);
	bench_run(1000);
	assert_true(printer_room(printer) > 0);
}

static void test_answers_spoilt(void **state)
{
	uint64_t same = 0;

	(void)state;
	bench_start(NULL);
	printer->silent = true;
	GIVE("\x10\x04\x01\x1dr\x01");
	EXPECT("");
	printer->silent = false;
	printer->lose_replies = 2;
	GIVE("\x10\x04\x01\x10\x04\x01\x10\x04\x01");
	EXPECT("\x12");
	assert_int_equal(printer->lost_replies, 2);
	printer->reply_delay_ms = 700;
	GIVE("\x10\x04\x01\x1dr\x01");
	bench_run(699);
	EXPECT("");
	assert_true(printer_is_answering(printer));
	bench_run(1);
	EXPECT("\x12\x00"); /* in the order in which they were asked */
	assert_false(printer_is_answering(printer));
	GIVE("\x10\x04\x01"); /* the power takes what it had not said */
	printer_switch_off(printer);
	printer_switch_on(printer, bench.now_ms);
	bench_run(1000);
	EXPECT("");
	printer->reply_delay_ms = 0;
	printer->garbage = true;
	for (int i = 0; i < 256; i++) {
		GIVE("\x10\x04\x01");
		assert_int_equal(bench.answers_len, 1);
		same += bench.answers[0] == 0x12;
		bench.answers_len = 0;
	}
	assert_in_range(same, 0, 10);
	printer->garbage = false;
	printer->chatter = 3;
	bench_run(100);
	assert_int_equal(bench.answers_len, 300);
	bench.answers_len = 0;
}

/* More answers than it holds: the newest are lost, none is overwritten. */
static void test_too_many_answers(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->reply_delay_ms = 100;
	for (int i = 0; i < 100; i++)
		GIVE("\x10\x04\x01");
	bench_run(100);
	assert_int_equal(bench.answers_len, PRINTER_DELAYED);
	assert_int_equal(printer->lost_replies, 100 - PRINTER_DELAYED);
	bench.answers_len = 0;
	printer->reply_delay_ms = 0;
	printer->lost_replies = 0;
	printer->speed_mm_s = 1;
	GIVE("\n");
	for (int i = 0; i < 20; i++)
		GIVE("\x1d(H\x06\x00\x30\x30"
		     "abcd");
	bench_finish();
	assert_int_equal(bench.answers_len, 7 * PRINTER_REPLIES);
	assert_int_equal(printer->lost_replies, 20 - PRINTER_REPLIES);
}

static void test_feed_button(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->feed_pressed = true;
	changed();
	bench_run(100);
	assert_int_equal(bench_rows(), 80);
	GIVE("H\n"); /* waits */
	bench_run(100);
	assert_int_equal(bench_rows(), 160);
	printer->feed_pressed = false;
	changed();
	bench_finish();
	assert_int_equal(bench_rows(), 190);
	assert_true(bench_black(0, 160, 12, 24) > 0);
	GIVE("\x1b\x63\x35\x01"); /* the panel is off */
	bench_run(1);
	printer->feed_pressed = true;
	changed();
	bench_run(100);
	assert_int_equal(bench_rows(), 190);
}

/* Longer than the memory: it comes in pieces, and none of it is lost. */
static void test_long_paper(void **state)
{
	uint32_t rows = 0, ink = 0;

	(void)state;
	bench_start(NULL);
	for (int i = 0; i < 8; i++)
		give_black(2000);
	GIVE("\x1b"
	     "d\xff\x1b"
	     "d\xff\x1dVB\x00"); /* 15,300 rows of nothing */
	bench_finish();
	assert_in_range(bench.paper_count, 6, 12);
	for (size_t i = 0; i < bench.paper_count; i++) {
		assert_int_equal(bench.papers[i].cut, i + 1 == bench.paper_count);
		rows += bench.papers[i].rows;
		ink += inked(&bench.papers[i]);
	}
	assert_int_equal(rows, 16000 + 15300 + PRINTER_CUTTER_ROWS);
	assert_int_equal(ink, 16000);
}

/* GS ( A: a page, cut, then as after power-on; what came meanwhile is lost. */
static void test_self_test(void **state)
{
	(void)state;
	bench_start(NULL);
	GIVE("\x1d!\x11\x1d\x61\xff\x1d(A\x02\x00\x00\x02");
	EXPECT("\x10\x00\x00\x00");
	assert_int_equal(printer_room(printer), 0);
	bench_run(10000);
	assert_int_equal(bench.paper_count, 1);
	assert_in_range(inked(&bench.papers[0]), 100, 400);
	assert_int_equal(printer_room(printer), PRINTER_BUFFER);
	printer->near_end = true;
	changed();
	EXPECT("");
	GIVE("H\n");
	bench_finish();
	assert_int_equal(bench_rows(), 30); /* the size is forgotten */
	GIVE("H\x1d(A\x02\x00\x00\x02\n");
	bench_finish();
	assert_int_equal(bench_rows(), 60);
	assert_int_equal(bench.paper_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_speed),
		cmocka_unit_test(test_knife),
		cmocka_unit_test(test_cut_elsewhere),
		cmocka_unit_test(test_roll),
		cmocka_unit_test(test_proof_across_rolls),
		cmocka_unit_test(test_no_near_end),
		cmocka_unit_test(test_power),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_soft_reset),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_answers_spoilt),
		cmocka_unit_test(test_too_many_answers),
		cmocka_unit_test(test_feed_button),
		cmocka_unit_test(test_long_paper),
		cmocka_unit_test(test_self_test),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	bench_stop();
	return r;
}
