/* usb: with the real libusb on a printer that umockdev shows: what goes well. */
#include "tests/unit/transport/usb_bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_sets_usblp_aside(void **state)
{
	struct mock_printer *printer = bench_plug(NULL);
	struct mock_record record;
	struct witness w;

	(void)state;
	mock_lock(printer)->usblp = true;
	mock_unlock();
	witness_create(&w, "usb:04b8:0e28/serial=X5QV01");
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), -EALREADY);
	assert_string_equal(w.log, "");
	witness_run(&w, "opened 0");
	mock_read(printer, &record);
	assert_int_equal(record.n_detached, 1);
	assert_int_equal(record.n_claimed, 1);
	assert_int_equal(record.n_configured, 0);
	assert_int_equal(record.n_alternates, 0);
	assert_int_equal(record.n_device_reset, 0);
	assert_int_equal(record.n_in, 1);
	assert_int_equal(record.n_attached, 0);
	w.transport->ops->close(w.transport);
	bench_wait_returned(&w);
	mock_read(printer, &record);
	assert_int_equal(record.n_released, 1);
	assert_int_equal(record.n_attached, 1);
	/* What was not bound before is not bound after. */
	mock_lock(printer)->usblp = false;
	mock_unlock();
	witness_forget(&w);
	witness_open(&w);
	witness_destroy(&w);
	mock_read(printer, &record);
	assert_int_equal(record.n_detached, 1);
	assert_int_equal(record.n_attached, 1);
}

static void test_moves_bytes(void **state)
{
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bench_block); i++)
		bench_block[i] = (uint8_t)(i % 253);
	assert_int_equal(bench_submit(&w, 0), -EINVAL);
	assert_int_equal(bench_submit(&w, sizeof(bench_block) + 1), -EINVAL);
	assert_int_equal(bench_submit(&w, sizeof(bench_block)), 0);
	assert_int_equal(bench_submit(&w, 1), -EBUSY);
	assert_int_equal(w.transport->ops->drain(w.transport), -EINPROGRESS);
	assert_string_equal(w.log, "");
	witness_run(&w, "done 0");
	assert_int_equal(w.progressed, sizeof(bench_block));
	assert_int_equal(w.transport->ops->drain(w.transport), 0);
	mock_send(printer, "\x14\0\0\x0f", 4);
	witness_run_received(&w, 4);
	mock_send(printer, "\x12", 1);
	witness_run_received(&w, 5);
	assert_memory_equal(w.received, "\x14\0\0\x0f\x12", 5);
	mock_read(printer, &record);
	assert_int_equal(record.n_taken, sizeof(bench_block));
	assert_memory_equal(record.taken, bench_block, sizeof(bench_block));
	assert_int_equal(record.n_empty, 0);
	witness_destroy(&w);
}

/* A transfer that ends early goes on where it ended. */
static void test_goes_on_after_a_part(void **state)
{
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	mock_lock(printer)->out_limit = 100;
	mock_unlock();
	assert_int_equal(bench_submit(&w, 250), 0);
	witness_run(&w, "done");
	assert_string_equal(w.log, "done 0\n");
	assert_int_equal(w.progressed, 250);
	mock_read(printer, &record);
	assert_int_equal(record.n_out, 3);
	assert_int_equal(record.n_taken, 250);
	assert_memory_equal(record.taken, bench_block, 250);
	assert_int_equal(record.n_empty, 0);
	witness_destroy(&w);
}

/* Out of paper over lunch: nothing is cancelled, status is still to be had, and it goes on. */
static void test_waits_for_paper(void **state)
{
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	mock_lock(printer)->paper_out = true;
	mock_unlock();
	assert_int_equal(bench_submit(&w, 1000), 0);
	bench_turns(&w, 10);
	w.skew_us += INT64_C(3) * 3600 * 1000000;
	bench_turns(&w, 10);
	assert_string_equal(w.log, "");
	assert_int_equal(bench_ask(&w, TRANSPORT_PORT_STATUS), 0);
	witness_run(&w, "controlled 0 0 [30]");
	assert_int_equal(bench_ask(&w, TRANSPORT_CLEAR_HALT), -EBUSY);
	mock_send(printer, "\x1c\0\x0c\x0f", 4);
	witness_run_received(&w, 4);
	mock_lock(printer)->paper_out = false;
	mock_unlock();
	witness_run(&w, "done 0");
	mock_read(printer, &record);
	assert_int_equal(record.n_out, 1);
	assert_int_equal(record.n_taken, 1000);
	witness_destroy(&w);
}

static void test_asks_controls(void **state)
{
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	assert_int_equal(bench_ask(&w, TRANSPORT_PORT_STATUS), 0);
	assert_int_equal(bench_ask(&w, TRANSPORT_DEVICE_ID), -EBUSY);
	assert_string_equal(w.log, "");
	witness_run(&w, "controlled 0 0 [18]\n");
	mock_read(printer, &record);
	assert_memory_equal(record.setup, "\xa1\x01\0\0\0\0\x01\0", 8);
	assert_int_equal(bench_ask(&w, TRANSPORT_DEVICE_ID), 0);
	witness_run(&w, "controlled 1 0 [MFG:EPSON;MDL:TM-m30;CLS:PRINTER;CID:x;]\n");
	mock_read(printer, &record);
	assert_memory_equal(record.setup, "\xa1\0\0\0\0\0\0\x04", 8);
	assert_int_equal(bench_ask(&w, TRANSPORT_SOFT_RESET), 0);
	witness_run(&w, "controlled 2 0 []\n");
	mock_read(printer, &record);
	assert_memory_equal(record.setup, "\x21\x02\0\0\0\0\0\0", 8);
	assert_int_equal(record.n_resets, 1);
	mock_lock(printer)->resets_old_way = true;
	mock_unlock();
	witness_forget(&w);
	assert_int_equal(bench_ask(&w, TRANSPORT_SOFT_RESET), 0);
	witness_run(&w, "controlled 2 0 []\n");
	mock_read(printer, &record);
	assert_memory_equal(record.setup, "\x23\x02\0\0\0\0\0\0", 8);
	assert_int_equal(record.n_resets, 2);
	witness_destroy(&w);
}

static void set_device_id(struct mock_printer *printer, const char *bytes, size_t len)
{
	struct mock_behaviour *behaviour = mock_lock(printer);

	memcpy(behaviour->device_id, bytes, len);
	behaviour->device_id_len = (int)len;
	mock_unlock();
}

static void test_reads_odd_device_ids(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *wanted;
	} ids[] = {
		{"\0\x14MFG:A;MDL:B;CLS:x;", 20, "controlled 1 0 [MFG:A;MDL:B;CLS:x;]\n"},
		/* the length the other way round */
		{"\x14\0MFG:A;MDL:B;CLS:x;", 20, "controlled 1 0 [MFG:A;MDL:B;CLS:x;]\n"},
		/* the last two characters cut, as Linux's gadget does */
		{"\0\x14MFG:A;MDL:B;CLS:", 18, "controlled 1 0 [MFG:A;MDL:B;CLS:]\n"},
		/* more sent than counted */
		{"\0\x0eMFG:A;MDL:B;CLS:x;", 20, "controlled 1 0 [MFG:A;MDL:B;]\n"},
		{"\0\x02", 2, "controlled 1 -71 []\n"},
		{"\0", 1, "controlled 1 -71 []\n"},
		{"\xff\xffMFG:A;MDL:B;CLS:x;", 20, "controlled 1 -71 []\n"},
	};
	struct witness w;
	struct mock_printer *printer = bench_start(&w);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		set_device_id(printer, ids[i].bytes, ids[i].len);
		witness_forget(&w);
		assert_int_equal(bench_ask(&w, TRANSPORT_DEVICE_ID), 0);
		witness_run(&w, "controlled");
		assert_string_equal(w.log, ids[i].wanted);
	}
	mock_lock(printer)->id_stalls = true;
	mock_unlock();
	witness_forget(&w);
	assert_int_equal(bench_ask(&w, TRANSPORT_DEVICE_ID), 0);
	witness_run(&w, "controlled");
	assert_string_equal(w.log, "controlled 1 -32 []\n");
	/* It goes on. */
	assert_int_equal(bench_submit(&w, 5), 0);
	witness_run(&w, "done 0");
	witness_destroy(&w);
}

/* Some printers answer IN with nothing for ever: that may not keep the loop busy. */
static void test_pauses_after_nothing(void **state)
{
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);
	int64_t now_us = witness_now(&w);
	int i;

	(void)state;
	mock_lock(printer)->in_empty = true;
	mock_unlock();
	for (i = 0; i < 30; i++)
		w.transport->ops->process(w.transport, now_us);
	mock_read(printer, &record);
	assert_int_equal(record.n_in, 1);
	assert_true(w.transport->ops->deadline(w.transport) == now_us + 20000);
	w.transport->ops->process(w.transport, now_us + 19999);
	mock_read(printer, &record);
	assert_int_equal(record.n_in, 1);
	w.transport->ops->process(w.transport, now_us + 20000);
	mock_read(printer, &record);
	assert_int_equal(record.n_in, 2);
	assert_int_equal(w.n_received, 0);
	witness_destroy(&w);
}

static void submit_again(struct witness *w, const char *line)
{
	if (strcmp(line, "done 0\n") == 0 && w->extra-- > 0)
		witness_submit(w, "more");
}

static void test_submits_inside_done(void **state)
{
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	w.inside = submit_again;
	w.extra = 3;
	witness_submit(&w, "more");
	witness_run(&w, "done 0\ndone 0\ndone 0\ndone 0\n");
	mock_read(printer, &record);
	assert_int_equal(record.n_taken, 16);
	assert_memory_equal(record.taken, "moremoremoremore", 16);
	witness_destroy(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sets_usblp_aside, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_moves_bytes, bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(test_goes_on_after_a_part, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_waits_for_paper, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_asks_controls, bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(test_reads_odd_device_ids, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_pauses_after_nothing, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_submits_inside_done, bench_set_up,
						bench_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
