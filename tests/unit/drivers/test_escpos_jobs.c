/* Jobs that end well, at once or after somebody brought paper. */
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

/* ---- jobs that end well --------------------------------------------------------------------- */

static void test_printed(void **state)
{
	static const uint8_t wanted[] = {
		0x1b, 0x40, 0x1d, 0x61, 0xff, 0x1c, 0x2e, 0x1d, 0x21, 0x55, 'A',  '0',
		'0',  '1',  0x0a, 0x0a, 0x1d, 0x56, 0x42, 0x00, 0x1d, 0x28, 0x48, 0x06,
		0x00, 0x30, 0x30, ' ',	' ',  '!',  '%',  0x1d, 0x72, 0x01,
	};

	(void)state;
	make_ready("generic-80");
	assert_int_equal(submit(100, &ticket), 0); /* 100 = 1 * 95 + 5 */
	assert_int_equal(submit(101, &ticket), -EBUSY);
	assert_int_equal(w.len, sizeof(wanted));
	assert_memory_equal(w.bytes, wanted, sizeof(wanted));
	flow();
	assert_int_equal(w.sent_calls, 1);
	check_ended(100, RESULT_PRINTED, "");
	pass(5 * S);
	assert_int_equal(w.ended_calls, 1);
	finish();
}

/* Printed as soon as it is known, also when the printer is quicker than sent(). */
static void test_printed_before_sent(void **state)
{
	(void)state;
	make_ready("generic-80");
	assert_int_equal(submit(100, &ticket), 0);
	RECEIVE("7\"  !%\0");
	assert_int_equal(w.ended_calls, 0);
	take(0);
	assert_int_equal(w.sent_calls, 1);
	check_ended(100, RESULT_PRINTED, "");
	finish();
}

static void test_processed(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_id = false;
	for (int64_t id = 1; id <= 2; id++) {
		clear();
		assert_int_equal(submit(id, &ticket), 0);
		flow();
		pass(2900 * MS);
		assert_int_equal(w.ended_calls, 0);
		pass(100 * MS);
		check_ended(id, RESULT_PROCESSED, "");
	}
	/* It does not know GS ( H: it is not sent again, and nothing is waited for. */
	clear();
	assert_int_equal(submit(3, &ticket), 0);
	assert_int_equal(w.len, 20 + 3);
	flow();
	check_ended(3, RESULT_PROCESSED, "");
	/* Another link may be another printer. */
	escpos_driver.link_down(w.device, w.now_us);
	up();
	w.answers_id = true;
	pass(1 * S);
	clear();
	assert_int_equal(submit(4, &ticket), 0);
	flow();
	check_ended(4, RESULT_PRINTED, "");
	finish();
}

/* GS r comes first, GS ( H within the grace: printed. */
static void test_processed_then_printed(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_id = w.answers_queued = false;
	assert_int_equal(submit(100, &ticket), 0);
	flow();
	RECEIVE("\x00");
	pass(2 * S);
	RECEIVE("7\"  !%\0");
	check_ended(100, RESULT_PRINTED, "");
	finish();
}

/* A row of the table is what the paper gets. */
static void test_models(void **state)
{
	static const struct {
		const char *model, *listing;
	} rows[] = {
		{"generic-80-oneway", "T \"------------------------------------------------\"\n"
				      "LF\nGS v 0 m=0 72x200 black 115200\nLF\nGS V 42 00\n"},
		{"generic-58-oneway", "T \"--------------------------------\"\n"
				      "LF\nGS v 0 m=0 48x200 black 76800\nESC d 04\n"},
	};
	static const struct document_item items[] = {
		{.kind = DOCUMENT_RULE},
		{.kind = DOCUMENT_PICTURE, .picture = {576, 200, dots}},
		{.kind = DOCUMENT_CUT},
	};
	const struct document document = {.items = items, .count = 3};
	char listing[512], wanted[512];

	(void)state;
	memset(dots, 0xff, sizeof(dots));
	for (size_t i = 0; i < 2; i++) {
		make(rows[i].model);
		up();
		assert_int_equal(submit(1, &document), 0);
		flow();
		assert_int_equal(escpos_read(w.bytes, w.len, listing, sizeof(listing)), 0);
		snprintf(wanted, sizeof(wanted), "ESC @\nFS .\n%s", rows[i].listing);
		assert_string_equal(listing, wanted);
		finish();
	}
}

static void test_losses_in_detail(void **state)
{
	static const struct document_item items[] = {{.kind = DOCUMENT_TEXT, .text = "吉𠮷한"},
						     {.kind = DOCUMENT_CUT}};
	const struct document document = {.items = items, .count = 2};

	(void)state;
	make_ready("generic-80");
	assert_int_equal(submit(1, &document), 0);
	flow();
	check_ended(1, RESULT_PRINTED, "2 characters printed as a sign");
	finish();
}

static void test_chunks(void **state)
{
	(void)state;
	make_ready("generic-80");
	memset(dots, 0x5a, sizeof(dots));
	assert_int_equal(submit(1, &large), 0);
	assert_int_equal(w.len, 4096);
	/* Nothing but the job's own bytes while it is on its way, whatever the clock says. */
	for (unsigned i = 0; i < 3; i++) {
		w.now_us += 20 * S;
		escpos_driver.tick(w.device, w.now_us);
		take(0);
	}
	flow();
	check_ended(1, RESULT_PRINTED, "");
	assert_int_equal(w.sends, 4);
	assert_int_equal(w.largest, 4096);
	assert_int_equal(w.len, 7 + 8 + 72 * 200 + 5 + 14);
	finish();
}

/* Submitted while a question is in the link: behind it, and its reply is not the job's. */
static void test_submit_behind_question(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.now_us = w.deadline_us;
	escpos_driver.tick(w.device, w.now_us);
	assert_int_equal(w.len, 3);
	assert_true(w.in_flight);
	w.answers_id = false;
	assert_int_equal(submit(1, &ticket), 0);
	assert_int_equal(w.len, 3);
	flow();
	assert_int_equal(w.sends, 2);
	pass(3 * S);
	check_ended(1, RESULT_PROCESSED, "");
	finish();
}

static void test_refusals(void **state)
{
	const struct device_job board = {.kind = JOB_BOARD};
	const struct document empty = {.items = ticket.items, .count = 0};

	(void)state;
	make_ready("generic-80");
	assert_int_equal(escpos_driver.submit(w.device, &board, w.now_us), -EOPNOTSUPP);
	assert_int_equal(submit(1, &empty), -EINVAL);
	w.send_error = -EIO;
	assert_int_equal(submit(1, &ticket), -EIO);
	w.send_error = 0;
	assert_int_equal(w.ended_calls, 0);
	assert_int_equal(submit(1, &ticket), 0);
	flow();
	check_ended(1, RESULT_PRINTED, "");
	finish();
}

/* ---- paper, cover --------------------------------------------------------------------------- */

static void test_paper_out_before(void **state)
{
	(void)state;
	make_ready("generic-80");
	RECEIVE("\x18\x00\x0f\x00");
	assert_int_equal(submit(1, &ticket), -EAGAIN);
	assert_int_equal(w.len, 0);
	RECEIVE("\x10\x00\x00\x00");
	assert_int_equal(w.health, HEALTH_OK);
	assert_int_equal(submit(1, &ticket), 0);
	flow();
	check_ended(1, RESULT_PRINTED, "");
	finish();
}

/* Paper runs out with bytes in the link: an hour later it goes on, and nothing was sent twice. */
static void test_paper_out_in_link(void **state)
{
	(void)state;
	make_ready("generic-80");
	assert_int_equal(submit(1, &large), 0);
	take(0);
	RECEIVE("\x18\x00\x0f\x00");
	assert_int_equal(w.health, HEALTH_WAITING);
	assert_int_equal(w.deadline_us, DRIVER_NO_DEADLINE);
	w.now_us += 3600LL * S;
	escpos_driver.tick(w.device, w.now_us);
	assert_int_equal(w.ended_calls, 0);
	assert_int_equal(w.len, 2 * 4096);
	RECEIVE("\x10\x00\x00\x00");
	assert_int_equal(w.health, HEALTH_OK);
	/* All its time again. */
	assert_int_equal(w.deadline_us, w.now_us + 30 * S);
	flow();
	check_ended(1, RESULT_PRINTED, "");
	assert_int_equal(w.len, 7 + 8 + 72 * 200 + 5 + 14);
	finish();
}

/* All is handed over, then the cover is opened before the proof. It is asked in the meantime, in
 * case a change was not told. */
static void test_cover_open_before_proof(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_id = w.answers_queued = false;
	assert_int_equal(submit(100, &ticket), 0);
	flow();
	RECEIVE("\x38\x00\x00\x00");
	assert_string_equal(w.detail, "cover open");
	w.replies[1] = 0x1a;
	w.replies[2] = 0x16;
	pass(600 * (int64_t)S);
	assert_int_equal(w.ended_calls, 0);
	assert_true(w.len > 100);
	w.replies[1] = w.replies[2] = 0x12;
	pass(2100 * MS);
	assert_int_equal(w.health, HEALTH_OK);
	RECEIVE("7\"  !%\0");
	check_ended(100, RESULT_PRINTED, "");
	finish();
}

/* GS r came, then the paper ends under the printing: processed is not yet said. */
static void test_paper_out_in_grace(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_id = false;
	assert_int_equal(submit(100, &ticket), 0);
	flow();
	RECEIVE("\x18\x00\x0f\x00");
	w.replies[4] = 0x72;
	pass(100 * S);
	assert_int_equal(w.ended_calls, 0);
	w.replies[4] = 0x12;
	RECEIVE("\x10\x00\x00\x00");
	pass(1 * S);
	RECEIVE("7\"  !%\0");
	check_ended(100, RESULT_PRINTED, "");
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printed),
		cmocka_unit_test(test_printed_before_sent),
		cmocka_unit_test(test_processed),
		cmocka_unit_test(test_processed_then_printed),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_losses_in_detail),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_submit_behind_question),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_paper_out_before),
		cmocka_unit_test(test_paper_out_in_link),
		cmocka_unit_test(test_cover_open_before_proof),
		cmocka_unit_test(test_paper_out_in_grace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
