/* What the printer says, against the tables of the manuals: TM-T88III specification (DLE EOT, GS a,
 * DLE ENQ), TM-U230 and TM-T88III guides (GS r, GS I, GS ( H), Epson's command reference (DLE DC4
 * 8, GS ( D), and the USB printer class for the port's status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/app/bench.h"

static struct printer *const printer = &bench.printer;

static void test_realtime_status(void **state)
{
	(void)state;
	bench_start(NULL);
	bench_expect_realtime(0x12, 0x12, 0x12, 0x12);
	printer->drawer_open = true;
	printer_status_changed(printer);
	bench_expect_realtime(0x16, 0x12, 0x12, 0x12);
	printer->drawer_open = false;
	printer->near_end = true;
	printer_status_changed(printer);
	bench_expect_realtime(0x12, 0x12, 0x12, 0x1e);
	printer->paper_out = true;
	printer_status_changed(printer);
	bench_expect_realtime(0x1a, 0x32, 0x12, 0x7e);
	printer->paper_out = printer->near_end = false;
	printer->cover_open = true;
	printer_status_changed(printer);
	bench_expect_realtime(0x1a, 0x16, 0x12, 0x12);
	printer->cover_open = false;
	printer->head_hot = true;
	printer_status_changed(printer);
	bench_expect_realtime(0x1a, 0x52, 0x52, 0x12);
	printer->head_hot = false;
	printer->feed_pressed = true;
	printer_status_changed(printer);
	bench_expect_realtime(0x5a, 0x1a, 0x12, 0x12);
	printer->feed_pressed = false;
	printer->broken = true;
	printer_status_changed(printer);
	bench_expect_realtime(0x1a, 0x52, 0x32, 0x12);
	printer->broken = false;
	printer_status_changed(printer);
	bench_expect_realtime(0x1a, 0x52, 0x32, 0x12); /* until the power goes */
	printer_switch_off(printer);
	assert_int_equal(printer_room(printer), 0);
	printer_switch_on(printer, bench.now_ms);
	bench_expect_realtime(0x12, 0x12, 0x12, 0x12);
	/* n = 0 and 5 ask nothing; a DLE inside begins anew */
	GIVE("\x10\x04\x05\x10\x04\x10\x10\x04\x01");
	EXPECT("\x12");
	GIVE("\x10\x04\x10\x04\x01");
	EXPECT("\x12");
	GIVE("\x10\x14\x10\x05\x10\x14\x08\x01\x10\x04\x04");
	EXPECT("\x12");
}

/* Asked for an hour while it stands without paper: what it holds leaves room for more questions,
 * and is printed in the end. */
static void test_asked_for_ever(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->paper_out = true;
	printer_status_changed(printer);
	GIVE("A\n");
	for (int i = 0; i < 7200; i++) {
		GIVE("\x10\x04\x01\x10\x04\x04");
		EXPECT("\x1a\x7e");
		bench_run(1);
	}
	assert_int_equal(printer_room(printer), PRINTER_BUFFER - 2);
	printer->paper_out = false;
	printer_status_changed(printer);
	bench_finish();
	assert_int_equal(bench_rows(), 30);
	assert_true(bench_black(0, 0, 12, 24) > 0);
}

/* The cover is opened in printing: bit 6 of the error status too (TM-T88III specification). */
static void test_cover_in_printing(void **state)
{
	(void)state;
	bench_start(NULL);
	GIVE("A\n\n\n");
	bench_run(20);
	printer->cover_open = true;
	printer_status_changed(printer);
	bench_expect_realtime(0x1a, 0x56, 0x52, 0x12);
	printer->cover_open = false;
	printer_status_changed(printer);
	bench_expect_realtime(0x12, 0x12, 0x12, 0x12);
	bench_finish();
	assert_int_equal(bench_rows(), 90);
}

static void test_asked_while_stopped(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->paper_out = true;
	printer_status_changed(printer);
	/* GS r waits behind the paper, DLE EOT does not. */
	GIVE("A\n\x1dr\x01\x10\x04\x04");
	EXPECT("\x7e");
	bench_run(1000);
	EXPECT("");
	printer->paper_out = false;
	printer_status_changed(printer);
	bench_run(1);
	EXPECT("\x00");
	bench_finish();
}

static void test_automatic(void **state)
{
	(void)state;
	bench_start(NULL);
	GIVE("\x1d\x61\xff");
	EXPECT("\x10\x00\x00\x00");
	GIVE("\x1d\x61\x08"); /* paper only */
	EXPECT("\x10\x00\x00\x00");
	printer->drawer_open = true;
	printer_status_changed(printer);
	printer->head_hot = true;
	printer_status_changed(printer);
	printer->head_hot = false;
	printer_status_changed(printer);
	EXPECT("");
	/* what is not watched is told along with what is */
	printer->near_end = true;
	printer_status_changed(printer);
	EXPECT("\x14\x00\x03\x00");
	printer->paper_out = true;
	printer_status_changed(printer);
	EXPECT("\x1c\x00\x0f\x00");
	printer->paper_out = printer->near_end = printer->drawer_open = false;
	printer_status_changed(printer);
	EXPECT("\x10\x00\x00\x00");

	GIVE("\x1d\x61\x01");
	EXPECT("\x10\x00\x00\x00");
	printer->drawer_open = true;
	printer_status_changed(printer);
	EXPECT("\x14\x00\x00\x00");
	printer->drawer_open = false;
	GIVE("\x1d\x61\x02");
	EXPECT("\x10\x00\x00\x00");
	printer->cover_open = true;
	printer_status_changed(printer);
	EXPECT("\x38\x00\x00\x00");
	printer->cover_open = false;
	printer_status_changed(printer);
	EXPECT("\x10\x00\x00\x00");
	printer->paper_out = true;
	printer_status_changed(printer);
	EXPECT("\x18\x00\x0f\x00");
	printer->cover_open = true; /* it was offline before */
	printer_status_changed(printer);
	EXPECT("\x38\x00\x0f\x00");
	printer->paper_out = printer->cover_open = false;
	printer_status_changed(printer);
	EXPECT("\x10\x00\x00\x00");
	printer->feed_pressed = true;
	printer_status_changed(printer);
	EXPECT("\x58\x02\x00\x00");
	printer->feed_pressed = false;
	printer_status_changed(printer);
	EXPECT("\x10\x00\x00\x00");
	GIVE("\x1d\x61\x04");
	EXPECT("\x10\x00\x00\x00");
	printer->head_hot = true;
	printer_status_changed(printer);
	EXPECT("\x18\x40\x00\x00");
	printer->head_hot = false;
	printer_status_changed(printer);
	EXPECT("\x10\x00\x00\x00");

	/* none of its items: it is off; ESC @ puts it off too */
	GIVE("\x1d\x61\x30");
	EXPECT("");
	GIVE("\x1d\x61\xff\x1b@");
	EXPECT("\x10\x00\x00\x00");
	printer->near_end = true;
	printer_status_changed(printer);
	EXPECT("");
}

static void test_transmit(void **state)
{
	(void)state;
	bench_start(NULL);
	GIVE("\x1dr\x01\x1dr\x31\x1dr\x02\x1dr2");
	EXPECT("\x00\x00\x00\x00");
	printer->near_end = printer->drawer_open = true;
	printer_status_changed(printer);
	GIVE("\x1dr\x01\x1dr\x31\x1dr\x02\x1dr2");
	EXPECT("\x03\x03\x01\x01");
	GIVE("\x1dr\x03");
	EXPECT("");
	assert_int_equal(printer->ignored_commands, 1);
}

static void test_identity(void **state)
{
	static const struct printer_settings epson = {
		.width = 576,
		.charset = PRINTER_CHARSET_GB2312,
		.maker = "EPSON",
		.model = "TM-T81",
		.serial = "J5TK000123",
		.firmware = "1.02 ESC/POS",
		.model_id = 0x21,
	};
	static const char device_id[] =
		"MFG:EPSON;MDL:TM-T81;CMD:ESC/POS;CLS:PRINTER;SN:J5TK000123;";
	uint8_t id[256];

	(void)state;
	bench_start(&epson);
	GIVE("\x1dI\x01\x1dI\x31\x1dI\x02\x1dI\x32\x1dI\x03\x1dI\x33");
	EXPECT("\x21\x21\x03\x03\x02\x02");
	GIVE("\x1dI\x41");
	EXPECT("_1.02 ESC/POS\0");
	GIVE("\x1dI\x42");
	EXPECT("_EPSON\0");
	GIVE("\x1dI\x43");
	EXPECT("_TM-T81\0");
	GIVE("\x1dI\x44");
	EXPECT("_J5TK000123\0");
	GIVE("\x1dI\x45");
	EXPECT("_CHINA GB2312\0");
	GIVE("\x1dI\x46\x1dI\x04");
	EXPECT("");
	assert_int_equal(printer_device_id(printer, id, sizeof(id)), 2 + sizeof(device_id) - 1);
	assert_int_equal(id[0] << 8 | id[1], 2 + sizeof(device_id) - 1);
	assert_memory_equal(id + 2, device_id, sizeof(device_id) - 1);
	assert_int_equal(printer_device_id(printer, id, 10), 10);
	assert_memory_equal(id, "\x00\x0aMFG:EPSO", 10);
}

/* No Chinese, no cutter: neither bit of the type; nothing to say of its fonts. */
static void test_plain_identity(void **state)
{
	static const struct printer_settings plain = {
		.width = 384, .charset = PRINTER_CHARSET_LATIN, .no_cutter = true};

	(void)state;
	bench_start(&plain);
	GIVE("\x1dI\x02\x1dI\x45");
	EXPECT("\x00");
}

static void test_port_status(void **state)
{
	(void)state;
	bench_start(NULL);
	assert_int_equal(printer_port_status(printer), 0x18);
	printer->paper_out = true;
	printer_status_changed(printer);
	assert_int_equal(printer_port_status(printer), 0x20);
	printer->paper_out = false;
	printer->cover_open = true;
	printer_status_changed(printer);
	assert_int_equal(printer_port_status(printer), 0x08);
	printer->cover_open = false;
	printer->head_hot = true;
	printer_status_changed(printer);
	assert_int_equal(printer_port_status(printer), 0x00);
}

/* 37 22 d1 d2 d3 d4 00, when what stands before it has been printed and cut. */
static void test_process_id(void **state)
{
	(void)state;
	bench_start(NULL);
	GIVE("\x1d(H\x06\x00\x30\x30\x31\x32\x33\x34"); /* nothing before it */
	EXPECT("\x37\x22\x31\x32\x33\x34\x00");
	GIVE("A\n\x1dVB\x00\x1d(H\x06\x00\x30\x30 ~ab");
	for (int i = 0; i < 10000 && bench.paper_count == 0; i++) {
		EXPECT("");
		bench_run(1);
	}
	bench_run(1);
	EXPECT("\x37\x22 ~ab\x00");
	assert_int_equal(bench.paper_count, 1);
	/* d out of 20 to 7E, another m, another length: none */
	GIVE("\x1d(H\x06\x00\x30\x30\x1f"
	     "abc\x1d(H\x06\x00\x30\x30"
	     "abc\x7f\x1d(H\x06\x00\x30\x31"
	     "abcd\x1d(H\x03\x00\x30\x30\x30");
	EXPECT("");
	assert_int_equal(printer->ignored_commands, 4);
	printer->settings.answers_process_id = false;
	GIVE("\x1d(H\x06\x00\x30\x30"
	     "abcd");
	EXPECT("");
	assert_int_equal(printer->unknown_commands, 0);
	assert_int_equal(bench_rows(), 0); /* no parameter was printed */
}

/* One before the cut comes when the paper before it is printed, though the cut fails. */
static void test_process_id_before_a_jam(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->cutter_jammed = true;
	GIVE("A\n\x1d(H\x06\x00\x30\x30"
	     "one!\x1dV\x00\x1d(H\x06\x00\x30\x30"
	     "two!");
	bench_run(2000);
	assert_true(printer->cutter_error);
	EXPECT("\x37\x22"
	       "one!\x00");
}

/* GS r runs ahead of the paper, GS ( H does not. */
static void test_processed_is_not_printed(void **state)
{
	(void)state;
	bench_start(NULL);
	printer->speed_mm_s = 1;
	GIVE("A\n\x1dr\x01\x1d(H\x06\x00\x30\x30"
	     "abcd");
	EXPECT("\x00");
	assert_int_equal(bench_rows(), 0);
	bench_run(3749); /* 30 rows at 8 a second */
	EXPECT("");
	bench_run(2);
	EXPECT("\x37\x22"
	       "abcd\x00");
}

/* What a printer without them does: it passes them over in silence. */
static void test_silent_models(void **state)
{
	static const struct printer_settings settings[] = {
		{.width = 576, .one_way = true, .answers_process_id = true},
		{.width = 576,
		 .no_realtime = true,
		 .no_automatic = true,
		 .no_transmit = true,
		 .no_identity = true},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		bench_start(&settings[i]);
		GIVE("\x10\x04\x01\x1d\x61\xff\x1dr\x01\x1dI\x42\x1d(H\x06\x00\x30\x30"
		     "abcd");
		printer->near_end = true;
		printer_status_changed(printer);
		bench_finish();
		EXPECT("");
		assert_int_equal(printer->unknown_commands, 0);
		assert_int_equal(bench_rows(), 0);
	}
}

static void test_busy_offline(void **state)
{
	static const struct printer_settings busy = {.width = 576, .busy_offline = true};

	(void)state;
	bench_start(&busy);
	assert_int_equal(printer_room(printer), PRINTER_BUFFER);
	printer->cover_open = true;
	printer_status_changed(printer);
	assert_int_equal(printer_room(printer), 0);
	printer_receive(printer, (const uint8_t *)"\x10\x04\x01", 3, bench.now_ms);
	EXPECT("");
	printer->cover_open = false;
	printer_status_changed(printer);
	assert_int_equal(printer_room(printer), PRINTER_BUFFER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_realtime_status),
		cmocka_unit_test(test_asked_for_ever),
		cmocka_unit_test(test_cover_in_printing),
		cmocka_unit_test(test_asked_while_stopped),
		cmocka_unit_test(test_automatic),
		cmocka_unit_test(test_transmit),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_plain_identity),
		cmocka_unit_test(test_port_status),
		cmocka_unit_test(test_process_id),
		cmocka_unit_test(test_process_id_before_a_jam),
		cmocka_unit_test(test_processed_is_not_printed),
		cmocka_unit_test(test_silent_models),
		cmocka_unit_test(test_busy_offline),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	bench_stop();
	return r;
}
