/* Jams, the ladder of repairs, and what a port's status is worth. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/escpos_world.h"

/* Automatic status: all well; cover open with a cutter error; the error alone. */
#define WELL	      "\x10\x00\x00\x00"
#define JAM	      "\x18\x08\x00\x00"
#define JAM_AND_COVER "\x38\x08\x00\x00"

static size_t count_of(const char *bytes, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i + len <= w.len; i++)
		n += memcmp(w.bytes + i, bytes, len) == 0;
	return n;
}
#define COUNT(bytes) count_of(bytes, sizeof(bytes) - 1)

/* Its questions are not answered: what it says it says by itself. */
static void make_jammed(void)
{
	make_ready("generic-80");
	w.answers_id = w.answers_queued = w.answers_status = false;
	assert_int_equal(submit(9, &ticket), 0);
	flow();
	RECEIVE(JAM);
	assert_string_equal(w.detail, "cutter jammed");
}

/* ---- jams ----------------------------------------------------------------------------------- */

static void test_jam_goes_on_when_seen_to(void **state)
{
	(void)state;
	make_jammed();
	pass(3600LL * S);
	assert_int_equal(COUNT("\x10\x05"), 0); /* nobody was there */
	assert_int_equal(w.ended_calls, 0);
	RECEIVE(JAM_AND_COVER);
	pass(60 * S);
	assert_int_equal(COUNT("\x10\x05"), 0); /* a hand is in it */
	RECEIVE(JAM);
	pass(900 * MS);
	assert_int_equal(COUNT("\x10\x05"), 0);
	pass(700 * MS);
	assert_int_equal(COUNT("\x10\x05\x01"), 1);
	pass(600LL * S);
	assert_int_equal(COUNT("\x10\x05"), 1); /* once for each time */
	assert_int_equal(w.ended_calls, 0);
	RECEIVE(JAM_AND_COVER);
	RECEIVE(JAM);
	pass(4 * S);
	assert_int_equal(COUNT("\x10\x05\x01"), 2);
	RECEIVE(WELL);
	/* It is the same job going on, and its proof is still to come. */
	RECEIVE("7\"   )\0");
	check_ended(9, RESULT_PRINTED, "");
	assert_int_equal(COUNT("A001"), 1);
	assert_int_equal(COUNT("\x10\x05\x02"), 0);
	finish();
}

static void test_jam_that_ends_by_itself(void **state)
{
	(void)state;
	make_jammed();
	RECEIVE(JAM_AND_COVER);
	RECEIVE(JAM);
	pass(500 * MS);
	RECEIVE(WELL);
	pass(60 * S);
	assert_int_equal(COUNT("\x10\x05"), 0);
	finish();
}

static void test_broken_is_not_resumed(void **state)
{
	(void)state;
	make_jammed();
	RECEIVE("\x38\x28\x00\x00");
	RECEIVE("\x18\x28\x00\x00");
	pass(60 * S);
	assert_int_equal(COUNT("\x10\x05"), 0);
	assert_int_equal(w.health, HEALTH_WAITING);
	finish();
}

/* Inside another command's bytes it would be taken for them. */
static void test_jam_never_inside_a_job(void **state)
{
	(void)state;
	make_usb("generic-80");
	up();
	pass(1 * S);
	clear();
	assert_int_equal(submit(9, &large), 0);
	take(0);
	assert_true(w.in_flight);
	RECEIVE(JAM);
	pass(600LL * S);
	assert_int_equal(w.ended_calls, 0); /* held: nobody was there */
	RECEIVE(JAM_AND_COVER);
	RECEIVE(JAM);
	w.answers_status = w.answers_id = w.answers_queued = false;
	while (w.ended_calls == 0 && w.deadline_us != DRIVER_NO_DEADLINE) {
		w.now_us = w.deadline_us;
		escpos_driver.tick(w.device, w.now_us);
		if (w.asking == CONTROL_PORT_STATUS)
			answer_control(0, 0x18);
		assert_int_equal(COUNT("\x10\x05"), 0);
	}
	check_ended(9, RESULT_UNKNOWN, "the printer takes no data and gives no reason");
	assert_int_equal(w.cancels, 1);
	take(-ECANCELED);
	assert_string_equal(w.asked, "h");
	clear();
	answer_control(0, 0);
	/* Now its buffers may be cleared, and are, before anything else. The NULs complete a length
	 * in whose middle it may have stopped. */
	assert_memory_equal(w.bytes, "\0\0\0\0\0\0\0\0\x10\x05\x02", 11);
	assert_int_equal(w.len, 11);
	finish();
}

static void jam(void)
{
	clear();
	RECEIVE(JAM);
	RECEIVE(JAM_AND_COVER);
	RECEIVE(JAM);
	pass(2 * S);
}

/* What it still holds of one that was given up is thrown away: somebody may have it printed anew.
 */
static void test_jam_behind_a_job_given_up(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_id = w.answers_queued = false;
	assert_int_equal(submit(8, &ticket), 0);
	flow();
	while (!w.ended_calls)
		pass(1 * S);
	check_ended(8, RESULT_UNKNOWN, "no answer");
	pass(1 * S); /* it answers again */
	jam();
	assert_int_equal(COUNT("\x10\x05\x02\x1b\x40"), 1);
	assert_int_equal(COUNT("\x10\x05\x01"), 0);
	RECEIVE(WELL);
	clear();
	pass(60 * S);
	assert_int_equal(COUNT("\x10\x05"), 0);
	w.answers_id = w.answers_queued = true;
	assert_int_equal(submit(9, &ticket), 0);
	flow();
	check_ended(9, RESULT_PRINTED, "");
	finish();
}

/* One that was only sent, or processed, may still stand in it: nobody would miss that paper but
 * the citizen. */
static void test_jam_behind_a_job_without_proof(void **state)
{
	static const char *const settings[] = {"completion=none", "completion=processed", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		make_ready_with("generic-80", settings[i]);
		if (settings[i]) {
			assert_int_equal(submit(8, &ticket), 0);
			flow();
			check_ended(8, i == 0 ? RESULT_SENT : RESULT_PROCESSED, "");
		}
		jam();
		assert_int_equal(COUNT("\x10\x05\x02"), 0);
		assert_int_equal(COUNT("\x10\x05\x01"), 1);
		RECEIVE(WELL);
		clear();
		assert_int_equal(submit(9, &ticket), 0);
		flow();
		assert_int_equal(w.ended_calls, 1);
		finish();
	}
}

/* Print servers close what is idle: a blank slip behind each ticket is nobody's. */
static void test_idle_close_cuts_nothing(void **state)
{
	static const struct {
		int64_t after_us;
		size_t cuts;
	} closes[] = {{9 * S, 1}, {10 * S, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(closes) / sizeof(closes[0]); i++) {
		make("generic-80-oneway");
		up();
		assert_int_equal(submit(8, &ticket), 0);
		flow();
		check_ended(8, RESULT_SENT, "");
		pass(closes[i].after_us);
		escpos_driver.link_down(w.device, w.now_us);
		escpos_driver.link_up(w.device, w.now_us);
		/* Again before all is swept: it is still the same ticket. */
		escpos_driver.link_down(w.device, w.now_us);
		w.in_flight = false;
		clear();
		up();
		flow();
		pass(1 * S);
		assert_true(w.len > 10 && w.bytes[0] == 0);
		assert_int_equal(COUNT("\x1b\x40"), 1);
		assert_int_equal(COUNT("\x1d\x56"), closes[i].cuts);
		finish();
	}
}

/* ---- the ladder ----------------------------------------------------------------------------- */

static void pass_with_port(int64_t span_us, int status, uint8_t port_status)
{
	int64_t until_us = w.now_us + span_us;

	while (w.now_us < until_us) {
		pass(100 * MS);
		if (w.asking == CONTROL_PORT_STATUS)
			answer_control(status, port_status);
	}
}

static void make_usb_ready(const char *model)
{
	make_usb(model);
	up();
	pass_with_port(2 * S, 0, 0x18);
	clear();
}

/* A repair that is refused or fails is as good as one that did not help. */
static void test_ladder_of_failures(void **state)
{
	(void)state;
	make_usb_ready("generic-80");
	assert_int_equal(submit(9, &large), 0);
	take(-EPIPE);
	check_ended(9, RESULT_UNKNOWN, "the link failed: Broken pipe");
	assert_string_equal(w.asked, "h");
	assert_int_equal(w.health, HEALTH_FAILED);
	assert_int_equal(w.conditions, PRINTER_UNREACHABLE);
	assert_int_equal(submit(10, &ticket), -EAGAIN);
	answer_control(-EPIPE, 0);
	assert_string_equal(w.asked, "hs");
	answer_control(-ETIMEDOUT, 0);
	assert_string_equal(w.asked, "hsr");
	assert_int_equal(w.reopens, 0);
	answer_control(-EIO, 0);
	assert_int_equal(w.reopens, 1);
	assert_int_equal(w.ended_calls, 1);
	finish();
}

/* Another question is out: the repair waits for it, not at the pipe's end but in time. */
static void test_ladder_waits_its_turn(void **state)
{
	(void)state;
	make_usb("generic-80");
	up();
	flow();
	while (w.health != HEALTH_OK)
		pass(100 * MS);
	assert_int_equal(w.asking, CONTROL_PORT_STATUS);
	clear();
	assert_int_equal(submit(9, &ticket), 0);
	take(-EPIPE);
	assert_string_equal(w.asked, "");
	pass(150 * MS);
	assert_string_equal(w.asked, "");
	answer_control(0, 0x18);
	pass(150 * MS);
	assert_string_equal(w.asked, "h");
	finish();
}

/* A repair whose answer never comes. */
static void test_ladder_does_not_wait_for_ever(void **state)
{
	(void)state;
	make_usb_ready("generic-80");
	assert_int_equal(submit(9, &ticket), 0);
	take(-EPIPE);
	pass(21 * S);
	assert_int_equal(w.reopens, 1);
	assert_int_equal(w.health, HEALTH_GONE);
	finish();
}

/* ---- the port's status ---------------------------------------------------------------------- */

static void test_port_words_that_are_not_believed(void **state)
{
	static const struct {
		uint8_t first, then;
		uint32_t conditions;
	} rows[] = {
		{0x18, 0x18, 0},
		{0x00, 0x00, 0}, /* always so: it cannot tell */
		{0x08, 0x08, 0},
		{0xff, 0xff, 0}, /* reserved bits */
		{0x18, 0x19, 0},
		{0x18, 0x98, 0},
		{0x38, 0x38, PRINTER_PAPER_END}, /* from the beginning */
		{0x18, 0x38, PRINTER_PAPER_END},
		{0x18, 0x30, PRINTER_PAPER_END},
		{0x18, 0x10, PRINTER_ERROR},
		{0x18, 0x00, PRINTER_ERROR},
		{0x18, 0x08, PRINTER_OFFLINE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_usb("generic-80-oneway");
		up();
		pass_with_port(2 * S, 0, rows[i].first);
		pass_with_port(12 * S, 0, rows[i].then);
		if (w.conditions != rows[i].conditions)
			fail_msg("row %zu: %x", i, w.conditions);
		assert_int_equal(w.health, rows[i].conditions ? HEALTH_WAITING : HEALTH_WARNING);
		assert_int_equal(submit(1, &ticket), rows[i].conditions ? -EAGAIN : 0);
		/* All well again. */
		pass_with_port(12 * S, 0, 0x18);
		assert_int_equal(w.conditions, 0);
		finish();
	}
}

/* The printer itself says that all is well: then its port is wrong. */
static void test_port_that_lies(void **state)
{
	(void)state;
	make_usb("generic-80");
	up();
	pass_with_port(30 * S, 0, 0x30);
	assert_int_equal(w.conditions, 0);
	assert_int_equal(w.health, HEALTH_OK);
	w.answers_id = w.answers_queued = false;
	assert_int_equal(submit(9, &ticket), 0);
	flow();
	/* Nor does it hold a job. */
	pass_with_port(40 * S, 0, 0x30);
	check_ended(9, RESULT_UNKNOWN, "no answer");
	finish();
}

static void test_port_that_does_not_answer(void **state)
{
	(void)state;
	/* Not now, perhaps later. */
	make_usb("generic-80-oneway");
	up();
	pass_with_port(12 * S, -ETIMEDOUT, 0);
	pass_with_port(12 * S, 0, 0x38);
	assert_int_equal(w.conditions, PRINTER_PAPER_END);
	/* No word is no bad word. */
	pass_with_port(12 * S, -ETIMEDOUT, 0);
	assert_int_equal(w.conditions, 0);
	finish();
	/* Never. */
	make_usb("generic-80-oneway");
	w.control_error = -EOPNOTSUPP;
	up();
	pass(12 * S);
	w.control_error = 0;
	pass(60 * S);
	assert_int_equal(w.asking, 0);
	finish();
}

/* A job that waits because of the port has all its time again when that is over. */
static void test_port_holds_a_job(void **state)
{
	(void)state;
	make_usb_ready("generic-80");
	assert_int_equal(submit(9, &large), 0);
	take(0);
	w.answers_status = false;
	for (unsigned i = 0; i < 3000; i++) {
		w.now_us += 100 * MS;
		if (w.now_us >= escpos_driver.deadline(w.device))
			escpos_driver.tick(w.device, w.now_us);
		if (w.asking == CONTROL_PORT_STATUS)
			answer_control(0, i < 2700 ? 0x30 : 0x18);
		assert_true(w.in_flight);
		if (i > 100 && i < 2690)
			assert_int_equal(w.conditions, PRINTER_PAPER_END);
	}
	assert_int_equal(w.ended_calls, 0);
	assert_int_equal(w.cancels, 0);
	assert_int_equal(w.conditions, 0);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jam_goes_on_when_seen_to),
		cmocka_unit_test(test_jam_that_ends_by_itself),
		cmocka_unit_test(test_broken_is_not_resumed),
		cmocka_unit_test(test_jam_never_inside_a_job),
		cmocka_unit_test(test_jam_behind_a_job_given_up),
		cmocka_unit_test(test_jam_behind_a_job_without_proof),
		cmocka_unit_test(test_idle_close_cuts_nothing),
		cmocka_unit_test(test_ladder_of_failures),
		cmocka_unit_test(test_ladder_waits_its_turn),
		cmocka_unit_test(test_ladder_does_not_wait_for_ever),
		cmocka_unit_test(test_port_words_that_are_not_believed),
		cmocka_unit_test(test_port_that_lies),
		cmocka_unit_test(test_port_that_does_not_answer),
		cmocka_unit_test(test_port_holds_a_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
