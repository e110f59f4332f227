/* usb: stalls, pulled plugs, and closing at bad moments. */
#include "tests/unit/transport/usb_bench.h"

#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* By the class definition: device, configuration, interface 7/1/1, one endpoint. */
static const char one_way[] = "1201000200000040b804280e000101020001"
			      "09021900010100c032"
			      "090400000107010100"
			      "07050102000200";

static void test_gives_up_a_question(void **state)
{
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	mock_lock(printer)->deaf = true;
	mock_unlock();
	assert_int_equal(bench_ask(&w, TRANSPORT_CLEAR_HALT), 0);
	witness_run(&w, "controlled");
	assert_string_equal(w.log, "controlled 3 -110 []\n");
	mock_lock(printer)->deaf = false;
	mock_unlock();
	assert_int_equal(bench_ask(&w, TRANSPORT_PORT_STATUS), 0);
	witness_run(&w, "controlled 0 0 [18]");
	witness_destroy(&w);
}

static void test_clears_a_halt(void **state)
{
	struct mock_behaviour *behaviour;
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	behaviour = mock_lock(printer);
	behaviour->out_status = -EPIPE;
	behaviour->in_status = -EPIPE;
	mock_unlock();
	assert_int_equal(bench_submit(&w, 100), 0);
	witness_run(&w, "done");
	assert_string_equal(w.log, "done -32\n");
	/* What was taken is not known, so nothing is claimed. */
	assert_int_equal(w.progressed, 0);
	mock_lock(printer)->out_status = 0;
	mock_unlock();
	bench_turns(&w, 5);
	mock_read(printer, &record);
	assert_int_equal(record.n_in, 1); /* a stalled pipe is not asked again and again */
	assert_int_equal(bench_ask(&w, TRANSPORT_CLEAR_HALT), 0);
	witness_run(&w, "controlled 3 0 []");
	mock_read(printer, &record);
	assert_memory_equal(record.setup, "\x82\0\0\0\x01\0\x02\0", 8);
	assert_int_equal(record.n_halts_cleared, 2);
	mock_send(printer, "\x12", 1);
	witness_run_received(&w, 1);
	assert_int_equal(bench_submit(&w, 100), 0);
	witness_run(&w, "done 0");
	witness_destroy(&w);
}

/* A submit may have begun while the device was asked. */
static void test_clears_no_halt_under_a_submit(void **state)
{
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	mock_lock(printer)->paper_out = true;
	mock_unlock();
	assert_int_equal(bench_ask(&w, TRANSPORT_CLEAR_HALT), 0);
	assert_int_equal(bench_submit(&w, 10), 0);
	witness_run(&w, "controlled");
	assert_string_equal(w.log, "controlled 3 -16 []\n");
	mock_read(printer, &record);
	assert_int_equal(record.n_halts_cleared, 0);
	witness_destroy(&w);
}

static void test_cancels(void **state)
{
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	w.transport->ops->cancel(w.transport);
	bench_turns(&w, 3);
	assert_string_equal(w.log, "");
	mock_lock(printer)->paper_out = true;
	mock_unlock();
	assert_int_equal(bench_submit(&w, 100), 0);
	w.transport->ops->cancel(w.transport);
	assert_string_equal(w.log, "");
	assert_int_equal(bench_submit(&w, 100), -EBUSY);
	witness_run(&w, "done");
	assert_string_equal(w.log, "done -125\n");
	mock_lock(printer)->paper_out = false;
	mock_unlock();
	assert_int_equal(bench_submit(&w, 7), 0);
	witness_run(&w, "done 0");
	mock_read(printer, &record);
	assert_int_equal(record.n_taken, 7);
	witness_destroy(&w);
}

/* Then it is not known to the host either what came of it. */
static void test_cancels_too_late(void **state)
{
	struct mock_behaviour *behaviour;
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	behaviour = mock_lock(printer);
	behaviour->paper_out = true;
	behaviour->cancelled_late = true;
	mock_unlock();
	assert_int_equal(bench_submit(&w, 100), 0);
	w.transport->ops->cancel(w.transport);
	witness_run(&w, "done");
	assert_string_equal(w.log, "done -125\n");
	assert_int_equal(w.progressed, 0);
	mock_read(printer, &record);
	assert_int_equal(record.n_taken, 100);
	mock_lock(printer)->cancelled_late = false;
	mock_unlock();
	witness_destroy(&w);
}

/* A question that will have no answer has its end before left. */
static void test_ends_a_question_when_it_leaves(void **state)
{
	struct mock_behaviour *behaviour;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	behaviour = mock_lock(printer);
	behaviour->deaf = true;
	behaviour->out_status = -EPROTO;
	mock_unlock();
	assert_int_equal(bench_ask(&w, TRANSPORT_PORT_STATUS), 0);
	assert_int_equal(bench_submit(&w, 100), 0);
	witness_run(&w, "left");
	assert_string_equal(w.log, "controlled 0 -19 []\ndone -19\nleft -5\n");
	assert_int_equal(w.progressed, 0);
	witness_destroy(&w);
}

/* The kernel says it in different words, from one run to the next. */
static void test_sees_the_plug_pulled(void **state)
{
	static const int words[] = {-ENODEV, -ESHUTDOWN, -EPROTO, -EILSEQ, -EIO};
	struct mock_printer *printer;
	struct mock_record record;
	struct witness w;
	size_t i;

	(void)state;
	witness_create(&w, "usb:04b8:0e28");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		printer = bench_plug(NULL);
		mock_lock(printer)->paper_out = true;
		mock_unlock();
		witness_open(&w);
		witness_forget(&w);
		assert_int_equal(bench_submit(&w, sizeof(bench_block)), 0);
		assert_int_equal(bench_ask(&w, TRANSPORT_PORT_STATUS), 0);
		mock_vanish(printer, words[i]);
		witness_run(&w, "left");
		/* The control may have been answered just before. */
		assert_non_null(strstr(w.log, "controlled 0 "));
		assert_non_null(strstr(w.log, "done -19\nleft -"));
		assert_int_equal(w.progressed, 0);
		bench_wait_returned(&w);
		assert_int_equal(bench_submit(&w, 1), -ENOTCONN);
		assert_true(w.n_changed > 0);
		mock_read(printer, &record);
		assert_int_equal(record.n_taken, 0);
		mock_unplug(printer);
		witness_forget(&w);
	}
	bench_fail_to_open("usb:04b8:0e28", -ENODEV);
	witness_destroy(&w);
}

/* A printer that says nothing and is told nothing still has to be missed. */
static void test_sees_an_idle_one_leave(void **state)
{
	struct mock_printer *printer = bench_plug(one_way);
	struct mock_record record;
	struct witness w;

	(void)state;
	witness_create(&w, "usb:port=1-2");
	witness_open(&w);
	assert_int_equal(bench_submit(&w, 10), 0);
	witness_run(&w, "done 0");
	mock_read(printer, &record);
	assert_int_equal(record.n_in, 0);
	mock_unplug(printer);
	witness_run(&w, "left");
	assert_string_equal(w.log, "opened 0\ndone 0\nleft -19\n");
	bench_plug(NULL);
	witness_forget(&w);
	witness_open(&w);
	witness_destroy(&w);
}

/* Whoever closes does not wait: transfers that are still out come back later, or at destroy. */
static void test_closes_with_transfers_out(void **state)
{
	struct mock_behaviour *behaviour;
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);
	int i;

	(void)state;
	behaviour = mock_lock(printer);
	behaviour->paper_out = true;
	behaviour->keeps_cancelled = true;
	mock_unlock();
	assert_int_equal(bench_submit(&w, 100), 0);
	bench_turns(&w, 2);
	w.transport->ops->close(w.transport);
	assert_true(bench_fds(&w) > 0);
	for (i = 0; i < 5; i++)
		bench_turns(&w, 1);
	mock_read(printer, &record);
	assert_int_equal(record.n_released, 0);
	assert_true(w.transport->ops->deadline(w.transport) <= witness_now(&w) + 10000);
	assert_int_equal(bench_submit(&w, 1), -ENOTCONN);
	mock_lock(printer)->keeps_cancelled = false;
	mock_unlock();
	bench_wait_returned(&w);
	mock_read(printer, &record);
	assert_int_equal(record.n_released, 1);
	assert_true(w.transport->ops->deadline(w.transport) == TRANSPORT_NO_DEADLINE);
	assert_string_equal(w.log, "");
	witness_destroy(&w);

	/* The same, with the end at destroy. */
	witness_create(&w, "usb:04b8:0e28");
	witness_open(&w);
	assert_int_equal(bench_submit(&w, 100), 0);
	witness_destroy(&w);
	mock_read(printer, &record);
	assert_int_equal(record.n_released, 2);
}

static void close_on(struct witness *w, const char *line)
{
	static const char *const triggers[] = {"opened",   "progress",	 "done",
					       "received", "controlled", "left"};

	if (strncmp(line, triggers[w->extra], strlen(triggers[w->extra])) == 0)
		w->transport->ops->close(w->transport);
}

static void test_closes_inside_calls(void **state)
{
	struct mock_printer *printer;
	struct witness w;
	int kind;

	(void)state;
	for (kind = 0; kind < 6; kind++) {
		printer = bench_plug(NULL);
		witness_create(&w, "usb:04b8:0e28");
		w.extra = kind;
		w.inside = close_on;
		assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
		witness_run(&w, "opened 0");
		if (kind > 0) {
			assert_int_equal(bench_submit(&w, 10), 0);
			assert_int_equal(bench_ask(&w, TRANSPORT_PORT_STATUS), 0);
			mock_send(printer, "x", 1);
		}
		if (kind == 5)
			mock_vanish(printer, -EPROTO);
		bench_turns(&w, 10);
		bench_wait_returned(&w);
		if (kind < 5)
			assert_null(strstr(w.log, "left"));
		witness_destroy(&w);
		mock_unplug(printer);
	}
}

static void hold(struct mock_printer *printer, unsigned long call)
{
	mock_lock(printer)->held = call;
	mock_unlock();
}

/* Turns until the thread hangs in the held call. */
static void turn_until_held(struct witness *w, struct mock_printer *printer)
{
	bool held = false;
	int i;

	for (i = 0; i < 1000 && !held; i++) {
		witness_turn(w, 1);
		held = mock_is_held(printer);
	}
	assert_true(held);
}

/* Each call that libusb can only make by waiting, held up by the kernel: the loop goes on, nothing
 * is told, and the outcome comes when the kernel has it. */
static void test_usb_nothing_blocks_the_loop(void **state)
{
	static const unsigned long calls[] = {USBDEVFS_CLAIMINTERFACE, USBDEVFS_SETCONFIGURATION,
					      USBDEVFS_IOCTL};
	struct mock_model model = mock_two_way;
	struct mock_behaviour *behaviour;
	struct mock_printer *printer;
	struct witness w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		model.active = calls[i] == USBDEVFS_SETCONFIGURATION ? "0" : "1";
		printer = mock_plug(&model);
		behaviour = mock_lock(printer);
		behaviour->held = calls[i];
		behaviour->usblp = calls[i] == USBDEVFS_IOCTL;
		mock_unlock();
		witness_create(&w, "usb:04b8:0e28");
		assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
		turn_until_held(&w, printer);
		bench_turns(&w, 10);
		assert_string_equal(w.log, "");
		assert_true(mock_let_go(printer));
		witness_run(&w, "opened 0");
		witness_destroy(&w);
		mock_unplug(printer);
	}
}

/* The same with what repairs and what ends: a submit is refused meanwhile, a close does not wait.
 */
static void test_usb_repairs_do_not_block_the_loop(void **state)
{
	struct mock_record record;
	struct witness w;
	struct mock_printer *printer = bench_start(&w);

	(void)state;
	hold(printer, USBDEVFS_CLEAR_HALT);
	assert_int_equal(bench_ask(&w, TRANSPORT_CLEAR_HALT), 0);
	turn_until_held(&w, printer);
	assert_int_equal(bench_submit(&w, 10), -EBUSY);
	assert_int_equal(bench_ask(&w, TRANSPORT_PORT_STATUS), -EBUSY);
	bench_turns(&w, 10);
	assert_string_equal(w.log, "");
	assert_true(mock_let_go(printer));
	witness_run(&w, "controlled 3 0 []");
	hold(printer, USBDEVFS_RESET);
	assert_int_equal(bench_ask(&w, TRANSPORT_DEVICE_RESET), 0);
	turn_until_held(&w, printer);
	bench_turns(&w, 10);
	assert_true(mock_let_go(printer));
	witness_run(&w, "controlled 4 0 []");
	mock_send(printer, "x", 1);
	witness_run_received(&w, 1);
	/* usblp's probe waits for a device ID that does not come. */
	hold(printer, USBDEVFS_RELEASEINTERFACE);
	w.transport->ops->close(w.transport);
	turn_until_held(&w, printer);
	witness_forget(&w);
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
	bench_turns(&w, 10);
	mock_read(printer, &record);
	assert_int_equal(record.n_claimed, 2); /* one was the reset's */
	assert_string_equal(w.log, "");
	/* It may not wait for ever either. */
	w.skew_us += 16 * 1000000;
	witness_turn(&w, 0);
	assert_string_equal(w.log, "opened -110\n");
	assert_non_null(strstr(w.transport->why, "kernel"));
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
	assert_true(mock_let_go(printer));
	witness_run(&w, "opened 0");
	witness_destroy(&w);
}

/* Closed while the thread is opening: what it took is given back. */
static void test_usb_closes_while_opening(void **state)
{
	struct mock_printer *printer = bench_plug(NULL);
	struct mock_behaviour *behaviour;
	struct mock_record record;
	struct witness w;
	int destroys;

	(void)state;
	for (destroys = 0; destroys < 2; destroys++) {
		behaviour = mock_lock(printer);
		behaviour->usblp = true;
		behaviour->held = USBDEVFS_CLAIMINTERFACE;
		mock_unlock();
		witness_create(&w, "usb:04b8:0e28");
		assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), 0);
		turn_until_held(&w, printer);
		w.transport->ops->close(w.transport);
		assert_true(mock_let_go(printer));
		if (destroys == 0) {
			bench_wait_returned(&w);
			assert_string_equal(w.log, "");
		}
		witness_destroy(&w);
		mock_read(printer, &record);
		assert_int_equal(record.n_released, destroys + 1);
		assert_int_equal(record.n_attached, destroys + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gives_up_a_question, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_clears_a_halt, bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(test_clears_no_halt_under_a_submit, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_cancels, bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(test_cancels_too_late, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_ends_a_question_when_it_leaves, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_sees_the_plug_pulled, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_sees_an_idle_one_leave, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_closes_with_transfers_out, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_closes_inside_calls, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_usb_nothing_blocks_the_loop, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_usb_repairs_do_not_block_the_loop,
						bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(test_usb_closes_while_opening, bench_set_up,
						bench_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
