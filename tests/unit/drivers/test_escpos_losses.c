/* Jobs that end badly, answers that come late, and devices that talk nonsense. */
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

/* ---- jobs that end badly -------------------------------------------------------------------- */

static void test_no_answer(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_id = w.answers_queued = false;
	assert_int_equal(submit(9, &ticket), 0);
	flow();
	assert_int_equal(w.sent_calls, 1);
	pass(29900 * MS);
	assert_int_equal(w.ended_calls, 0);
	pass(100 * MS);
	check_ended(9, RESULT_UNKNOWN, "no answer");
	assert_int_equal(w.reopens, 0);
	/* What was known of it is doubted, and asked anew. */
	assert_int_equal(w.health, HEALTH_UNKNOWN);
	pass(1 * S);
	assert_int_equal(w.health, HEALTH_OK);
	assert_int_equal(w.ended_calls, 1);
	finish();
}

/* It calls itself good and takes nothing. */
static void test_takes_nothing(void **state)
{
	(void)state;
	make_ready("generic-80");
	assert_int_equal(submit(9, &large), 0);
	take(0);
	pass(29 * S);
	assert_int_equal(w.ended_calls, 0);
	w.now_us = w.deadline_us;
	escpos_driver.tick(w.device, w.now_us);
	check_ended(9, RESULT_UNKNOWN, "the printer takes no data and gives no reason");
	assert_int_equal(w.reopens, 1);
	assert_int_equal(w.health, HEALTH_GONE);
	finish();
}

/* A question before it was not taken: of the job not one byte left. */
static void test_takes_no_question(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.now_us = w.deadline_us;
	escpos_driver.tick(w.device, w.now_us);
	assert_true(w.in_flight);
	clear();
	assert_int_equal(submit(9, &ticket), 0);
	pass(31 * S);
	assert_int_equal(w.len, 0);
	check_ended(9, RESULT_FAILED, "the printer takes no data and gives no reason");
	assert_int_equal(w.reopens, 1);
	finish();
}

/* The same on a blind one: it may be out of paper, nobody can know. It waits and says so. */
static void test_blind_takes_nothing(void **state)
{
	(void)state;
	make("generic-80-oneway");
	up();
	assert_int_equal(submit(9, &large), 0);
	w.now_us = w.deadline_us;
	escpos_driver.tick(w.device, w.now_us);
	assert_int_equal(w.ended_calls, 0);
	assert_int_equal(w.health, HEALTH_WAITING);
	assert_string_equal(w.detail, "takes no data: paper, cover, power?");
	assert_int_equal(w.deadline_us, DRIVER_NO_DEADLINE);
	w.now_us += 3600LL * S;
	escpos_driver.progress(w.device, 100, w.now_us);
	assert_int_equal(w.health, HEALTH_WARNING);
	flow();
	check_ended(9, RESULT_SENT, "");
	finish();
}

static void test_link_down(void **state)
{
	size_t large_len;

	(void)state;
	make_ready("generic-80");
	assert_int_equal(submit(9, &large), 0);
	flow();
	large_len = w.len;
	finish();
	/* At each step of a job. */
	for (unsigned chunks = 0; chunks <= 4; chunks++) {
		make_ready("generic-80");
		w.answers_id = w.answers_queued = false;
		assert_int_equal(submit(9, &large), 0);
		for (unsigned i = 0; i < chunks; i++)
			take(0);
		w.in_flight = false;
		escpos_driver.link_down(w.device, w.now_us);
		check_ended(9, RESULT_UNKNOWN, "the link went down in the middle");
		assert_int_equal(w.health, HEALTH_GONE);
		assert_int_equal(w.deadline_us, DRIVER_NO_DEADLINE);
		escpos_driver.link_down(w.device, w.now_us);
		assert_int_equal(submit(9, &ticket), -ENOTCONN);
		/* Never again by itself: what is swept out of the printer is nothing but NULs, as
		 * many as the job had bytes, the initialising and a cut. */
		clear();
		up();
		pass(60 * S);
		assert_int_equal(w.health, HEALTH_OK);
		assert_int_equal(w.ended_calls, 0);
		assert_in_range(w.len, large_len, large_len + 200);
		for (size_t i = 0; i + 1 < w.len; i++) {
			assert_false(w.bytes[i] == 0x1d && w.bytes[i + 1] == 0x76);
			assert_false(w.bytes[i] == 0x1d && w.bytes[i + 1] == 0x28);
		}
		finish();
	}
}

/* What was proven before the link went stays proven; a job that had not begun has failed. */
static void test_link_down_after_proof(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_id = false;
	assert_int_equal(submit(9, &ticket), 0);
	flow();
	escpos_driver.link_down(w.device, w.now_us);
	check_ended(9, RESULT_PROCESSED, "");
	finish();

	make_ready("generic-80");
	w.now_us = w.deadline_us;
	escpos_driver.tick(w.device, w.now_us);
	assert_true(w.in_flight);
	assert_int_equal(submit(9, &ticket), 0);
	escpos_driver.link_down(w.device, w.now_us);
	check_ended(9, RESULT_FAILED, "the link went down before it was sent");
	finish();
}

static void test_send_errors(void **state)
{
	(void)state;
	/* A transfer fails: unknown, and the link is given up once. */
	make_ready("generic-80");
	assert_int_equal(submit(9, &large), 0);
	take(0);
	take(-EIO);
	check_ended(9, RESULT_UNKNOWN, "the link failed: Input/output error");
	assert_int_equal(w.reopens, 1);
	finish();

	/* Unplugged: the link goes down by itself. */
	make_ready("generic-80");
	assert_int_equal(submit(9, &large), 0);
	take(-ENODEV);
	check_ended(9, RESULT_UNKNOWN, "the link failed: No such device");
	assert_int_equal(w.reopens, 0);
	escpos_driver.link_down(w.device, w.now_us);
	assert_int_equal(w.ended_calls, 1);
	finish();

	/* The link does not take the second chunk. */
	make_ready("generic-80");
	assert_int_equal(submit(9, &large), 0);
	w.send_error = -ENOTCONN;
	take(0);
	check_ended(9, RESULT_UNKNOWN, "the link failed: Transport endpoint is not connected");
	finish();

	/* A question fails. */
	make_ready("generic-80");
	w.now_us = w.deadline_us;
	escpos_driver.tick(w.device, w.now_us);
	take(-EIO);
	assert_int_equal(w.reopens, 1);
	assert_int_equal(w.health, HEALTH_GONE);
	finish();
}

/* ---- wrong and late answers ----------------------------------------------------------------- */

static void test_stale_id(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_id = w.answers_queued = false;
	assert_int_equal(submit(99, &ticket), 0); /* "  !$" */
	flow();
	pass(31 * S);
	check_ended(99, RESULT_UNKNOWN, "no answer");
	clear();
	assert_int_equal(submit(100, &ticket), 0);
	flow();
	RECEIVE("7\"  !$\0");
	assert_int_equal(w.ended_calls, 0);
	/* Its GS r reply comes as late and looks like this job's. */
	RECEIVE("\x00");
	pass(5 * S);
	assert_int_equal(w.ended_calls, 0);
	RECEIVE("\x00");
	RECEIVE("7\"  !%\0");
	check_ended(100, RESULT_PRINTED, "");
	finish();
}

/* Proof that comes before the question was sent is none. */
static void test_early_answers(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_id = w.answers_queued = false;
	assert_int_equal(submit(100, &large), 0);
	RECEIVE("\x00");
	RECEIVE("7\"  !%\0");
	flow();
	pass(5 * S);
	assert_int_equal(w.ended_calls, 0);
	RECEIVE("\x00");
	pass(4 * S);
	check_ended(100, RESULT_PROCESSED, "");
	finish();
}

/* A printed job's GS r reply that is late must not prove the next one. */
static void test_late_queued(void **state)
{
	(void)state;
	make_ready("generic-80");
	w.answers_queued = false;
	assert_int_equal(submit(1, &ticket), 0);
	flow();
	check_ended(1, RESULT_PRINTED, "");
	clear();
	w.answers_id = false;
	assert_int_equal(submit(2, &ticket), 0);
	flow();
	RECEIVE("\x00");
	pass(20 * S);
	assert_int_equal(w.ended_calls, 0);
	pass(20 * S);
	check_ended(2, RESULT_UNKNOWN, "no answer");
	/* That one reply was ambiguous does not spoil the jobs behind. */
	clear();
	w.answers_id = true;
	w.answers_queued = true;
	assert_int_equal(submit(3, &ticket), 0);
	flow();
	check_ended(3, RESULT_PRINTED, "");
	finish();
}

static void flood(unsigned *seed, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char byte;

		*seed = *seed * 1103515245 + 12345;
		byte = (char)(*seed >> 16);
		receive(&byte, 1);
	}
}

/* A device that talks without end and says nothing: never ready, never OK for long, no loop. */
static void test_garbage_for_ever(void **state)
{
	unsigned seed = 99;

	(void)state;
	make("generic-80");
	w.answers_status = false;
	up();
	for (unsigned i = 0; i < 600; i++) {
		receive("\x93\xff\x80", 3);
		pass(100 * MS);
	}
	assert_int_equal(w.health, HEALTH_FAILED);
	assert_string_equal(w.detail, "answers are not ESC/POS");
	assert_int_equal(submit(1, &ticket), -EAGAIN);
	assert_in_range(w.len, 0, 100);
	/* It was only the wrong plug. */
	w.answers_status = true;
	pass(20 * S);
	assert_int_equal(w.health, HEALTH_OK);

	/* Random bytes in the middle of a job never prove it, and do not hold it for ever. */
	clear();
	w.answers_id = w.answers_queued = false;
	assert_int_equal(submit(1, &large), 0);
	for (unsigned i = 0; i < 4; i++) {
		flood(&seed, 200);
		take(0);
	}
	for (unsigned i = 0; i < 400 && w.ended_calls == 0; i++) {
		flood(&seed, 50);
		pass(100 * MS);
	}
	check_ended(1, RESULT_UNKNOWN, "no answer");
	finish();
}

/* Random events in random order, a thousand days: every job ends at most once and only with a word
 * that its history allows; nothing is sent twice; the told deadline is always the true one. */
static void test_random_histories(void **state)
{
	(void)state;
	srand(20260302);
	for (unsigned round = 0; round < 1000; round++) {
		bool lie = round % 3 == 0;
		int64_t id = 0;
		unsigned accepted = 0, ended = 0, cancels = 0;

		(round % 2 ? make_usb : make)(round % 5 ? "generic-80" : "generic-58-oneway");
		w.answers_id = rand() % 2;
		w.answers_queued = rand() % 4;
		w.answers_status = rand() % 4;
		w.down_on_reopen = true;
		up();
		for (unsigned step = 0; step < 60; step++) {
			uint8_t noise[8];

			clear();
			switch (rand() % 10) {
			case 9:
				if (w.asking)
					answer_control(rand() % 3 ? 0 : -EPIPE,
						       rand() % 2 ? 0x18 : (uint8_t)rand());
				break;
			case 0: accepted += submit(++id, rand() % 2 ? &ticket : &large) == 0; break;
			case 1: flow(); break;
			case 2: pass(rand() % (40 * S)); break;
			case 3:
				for (size_t i = 0; i < sizeof(noise); i++)
					noise[i] = (uint8_t)rand();
				if (lie)
					receive((const char *)noise, sizeof(noise));
				break;
			case 4:
				if (w.in_flight && w.cancels > cancels)
					take(rand() % 2 ? -ECANCELED : 0);
				else if (w.in_flight)
					take(rand() % 6 ? 0 : rand() % 2 ? -EIO : -EPIPE);
				cancels = w.cancels;
				break;
			case 5: RECEIVE("\x18\x00\x0f\x00"); break;
			case 6: RECEIVE("\x10\x00\x00\x00"); break;
			case 7:
				if (rand() % 4 == 0) {
					w.in_flight = false;
					escpos_driver.link_down(w.device, w.now_us);
					assert_int_equal(w.health, HEALTH_GONE);
				}
				break;
			case 8:
				if (w.health == HEALTH_GONE) {
					w.in_flight = false;
					escpos_driver.link_up(w.device, w.now_us);
				}
				break;
			}
			ended += w.ended_calls;
			assert_in_range(accepted - ended, 0, 1);
			if (w.ended_calls && w.result == RESULT_PRINTED && !lie)
				assert_true(w.answers_id);
			if (w.ended_calls && w.result == RESULT_SENT && round % 2 == 0)
				assert_true(w.health == HEALTH_WARNING);
		}
		w.in_flight = false;
		clear();
		escpos_driver.link_down(w.device, w.now_us);
		assert_int_equal(ended + w.ended_calls, accepted);
		finish();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_takes_nothing),
		cmocka_unit_test(test_takes_no_question),
		cmocka_unit_test(test_blind_takes_nothing),
		cmocka_unit_test(test_link_down),
		cmocka_unit_test(test_link_down_after_proof),
		cmocka_unit_test(test_send_errors),
		cmocka_unit_test(test_stale_id),
		cmocka_unit_test(test_early_answers),
		cmocka_unit_test(test_late_queued),
		cmocka_unit_test(test_garbage_for_ever),
		cmocka_unit_test(test_random_histories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
