/* The printer's health: questions, automatic status, printers that answer nothing or stop. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/drivers/escpos_reader.h"
#include "tests/unit/drivers/escpos_world.h"

static void test_identify(void **state)
{
	(void)state;
	make("generic-80");
	assert_int_equal(escpos_driver.deadline(w.device), DRIVER_NO_DEADLINE);
	assert_int_equal(submit(1, &ticket), -ENOTCONN);
	up();
	assert_int_equal(w.len, 0); /* stale answers first */
	RECEIVE("\x1a\x1a\x10\x20\x0c\x00");
	for (unsigned i = 0; i < 100; i++)
		RECEIVE("stale");
	assert_int_equal(w.health, HEALTH_UNKNOWN);
	assert_int_equal(submit(1, &ticket), -EAGAIN);
	pass(99 * MS);
	assert_int_equal(w.len, 0);
	pass(2 * MS);
	assert_memory_equal(w.bytes, "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04\x1d\x61\xff",
			    15);
	assert_int_equal(w.len, 15);
	assert_int_equal(w.health, HEALTH_OK);
	assert_string_equal(w.detail, "");
	/* Again while idle. */
	pass(11 * S);
	assert_int_equal(w.len, 15 + 12);
	finish();
}

/* One question at a time, even when the reply comes before sent(). */
static void test_reply_before_sent(void **state)
{
	(void)state;
	make("generic-80");
	escpos_driver.link_up(w.device, w.now_us);
	w.now_us += 100 * MS;
	escpos_driver.tick(w.device, w.now_us);
	for (unsigned n = 1; n <= 4; n++) {
		assert_int_equal(w.len, 3 * n);
		assert_int_equal(w.bytes[w.len - 1], n);
		RECEIVE("\x12");
		assert_int_equal(w.len, 3 * n);
		take(0);
	}
	assert_int_equal(w.health, HEALTH_OK);
	assert_int_equal(w.len, 15);
	finish();
}

static void test_obstacles(void **state)
{
	static const struct {
		unsigned question;
		uint8_t reply;
		enum device_health health;
		const char *detail;
	} rows[] = {
		{1, 0x1a, HEALTH_WAITING, "offline"},
		{1, 0x32, HEALTH_WAITING, "waits to be put online"},
		{1, 0x5a, HEALTH_WAITING, "paper is being fed"},
		{2, 0x16, HEALTH_WAITING, "cover open"},
		{3, 0x16, HEALTH_WAITING, "printer error: remove its cause"},
		{3, 0x1a, HEALTH_WAITING, "cutter jammed"},
		{3, 0x32, HEALTH_WAITING, "printer error: switch it off and on"},
		{3, 0x52, HEALTH_WAITING, "print head too hot: it goes on by itself"},
		{4, 0x1e, HEALTH_WARNING, "paper near end"},
		{4, 0x7e, HEALTH_WAITING, "paper out"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make("generic-80");
		w.replies[rows[i].question] = rows[i].reply;
		/* This printer tells nothing by itself. */
		up();
		escpos_driver.tick(w.device, w.now_us += 100 * MS);
		for (unsigned n = 1; n <= 4; n++) {
			take(0);
			receive((const char *)&w.replies[n], 1);
		}
		assert_int_equal(w.health, rows[i].health);
		assert_string_equal(w.detail, rows[i].detail);
		assert_int_equal(submit(1, &ticket),
				 rows[i].health == HEALTH_WAITING ? -EAGAIN : 0);
		finish();
	}
}

/* Told by automatic status while idle, and told on change only (the host asserts that). */
static void test_automatic(void **state)
{
	(void)state;
	make_ready("generic-80");
	RECEIVE("\x38\x00\x00\x00");
	assert_string_equal(w.detail, "cover open");
	RECEIVE("\x38\x00");
	RECEIVE("\x00\x00");
	RECEIVE("\x18\x00\x0f\x00");
	assert_string_equal(w.detail, "paper out");
	assert_int_equal(w.health, HEALTH_WAITING);
	assert_int_equal(submit(1, &ticket), -EAGAIN);
	RECEIVE("\x10\x00\x03\x00");
	assert_int_equal(w.health, HEALTH_WARNING);
	assert_string_equal(w.detail, "paper near end");
	RECEIVE("\x10\x00\x00\x00");
	assert_int_equal(w.health, HEALTH_OK);
	assert_int_equal(w.len, 0);
	finish();
}

/* Half an answer, then silence: the next one is whole. */
static void test_broken_off(void **state)
{
	(void)state;
	make_ready("generic-80");
	RECEIVE("\x38\x00\x00");
	pass(501 * MS);
	RECEIVE("\x18\x00\x0c\x00");
	assert_string_equal(w.detail, "paper out");
	finish();
}

static void test_blind(void **state)
{
	(void)state;
	make("generic-80");
	w.answers_status = w.answers_queued = w.answers_id = false;
	up();
	pass(1700 * MS);
	assert_int_equal(w.health, HEALTH_UNKNOWN);
	assert_int_equal(submit(7, &ticket), -EAGAIN);
	pass(200 * MS);
	assert_int_equal(w.len, 9); /* three tries, question 1 each */
	assert_int_equal(w.health, HEALTH_WARNING);
	assert_string_equal(w.detail, "blind: it gives no status");

	clear();
	assert_int_equal(submit(7, &ticket), 0);
	flow();
	check_ended(7, RESULT_SENT, "");
	assert_int_equal(w.sent_calls, 1);
	/* No questions and no automatic status in its data. */
	assert_memory_equal(w.bytes, "\x1b\x40\x1c\x2e\x1d\x21", 6);
	assert_memory_equal(w.bytes + w.len - 5, "\x0a\x1d\x56\x42\x00", 5);

	/* It begins to answer. */
	w.answers_status = true;
	pass(10 * S);
	assert_int_equal(w.health, HEALTH_OK);
	finish();
}

static void test_one_way(void **state)
{
	(void)state;
	make("generic-58-oneway");
	up();
	assert_int_equal(w.health, HEALTH_WARNING);
	pass(60 * S);
	assert_int_equal(w.len, 0);
	RECEIVE("\x18\x00\x0c\x00garbage\xff\xff\xff\xff");
	assert_int_equal(w.health, HEALTH_WARNING);
	assert_int_equal(submit(3, &ticket), 0);
	flow();
	check_ended(3, RESULT_SENT, "");
	assert_int_equal(escpos_count_realtime(w.bytes, w.len), 0);
	finish();
}

/* It has answered and stops: failed, not blind. Comes back by itself. */
static void test_silent(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_status = false;
	pass(12 * S);
	assert_int_equal(w.health, HEALTH_FAILED);
	assert_string_equal(w.detail, "does not answer");
	assert_int_equal(submit(1, &ticket), -EAGAIN);
	w.answers_status = true;
	pass(11 * S);
	assert_int_equal(w.health, HEALTH_OK);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identify),   cmocka_unit_test(test_reply_before_sent),
		cmocka_unit_test(test_obstacles),  cmocka_unit_test(test_automatic),
		cmocka_unit_test(test_broken_off), cmocka_unit_test(test_blind),
		cmocka_unit_test(test_one_way),	   cmocka_unit_test(test_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
