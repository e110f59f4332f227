/* What goes wrong on serial lines: each row of the table in drivers/transport/README.md that is
 * about them has its test here, by the name that it has there. */
#include "tests/unit/transport/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests/unit/transport/mock_line.h"

static void begin_open(struct witness *w)
{
	assert_int_equal(w->transport->ops->open(w->transport, witness_now(w)), 0);
}

/* Another opening, which has to end so and say that. */
static void fail_to_open(struct witness *w, int status, const char *word)
{
	char wanted[32];

	(void)snprintf(wanted, sizeof(wanted), "opened %d\n", status);
	witness_forget(w);
	begin_open(w);
	witness_run(w, "opened");
	if (strcmp(w->log, wanted) != 0 || !strstr(w->transport->why, word))
		fail_msg("wanted %d with \"%s\": %s%s", status, word, w->log, w->transport->why);
}

static void close_line(struct witness *w)
{
	w->transport->ops->close(w->transport);
	witness_forget(w);
}

static void expect_line(struct witness *w, unsigned number, const char *bytes)
{
	uint8_t got[32];
	size_t len = strlen(bytes);

	witness_submit(w, bytes);
	witness_run(w, "done 0");
	assert_int_equal(read(mock_line_other(number), got, sizeof(got)), len);
	assert_memory_equal(got, bytes, len);
}

/* Until so many threads stand at a gate. w may be NULL. */
static void wait_for_waiting(struct witness *w, int n)
{
	while (atomic_load(&mock_lines.n_waiting) != n) {
		if (w)
			witness_turn(w, 0);
		(void)sched_yield();
	}
}

static void test_serial_link_leads_elsewhere(void **state)
{
	struct witness w;

	(void)state;
	mock_lines_add_usb(1, "A1");
	witness_create(&w, "serial:" MOCK_LINK);
	witness_open(&w);
	expect_line(&w, 0, "here");
	close_line(&w);
	mock_lines.link = "/dev/ttyOW1";
	witness_open(&w);
	expect_line(&w, 1, "there");
	witness_destroy(&w);
}

static void test_serial_line_missing(void **state)
{
	struct witness w;

	(void)state;
	mock_lines_add_usb(1, "A1");
	mock_lines.link = NULL;
	witness_create(&w, "serial:" MOCK_LINK);
	fail_to_open(&w, -ENOENT, MOCK_LINK "; there is ttyOW0, ttyOW1 (0403:6001 A1)");
	witness_destroy(&w);
	witness_create(&w, "serial:usb=0403:6001/serial=B2");
	fail_to_open(&w, -ENODEV, "serial:usb=0403:6001/serial=B2; there is ttyOW0, ttyOW1 (");
	witness_destroy(&w);
}

static void test_serial_two_adapters_of_one_model(void **state)
{
	struct witness w;

	(void)state;
	mock_lines_add_usb(1, "A1");
	mock_lines_add_usb(2, "A2");
	witness_create(&w, "serial:usb=0403:6001");
	fail_to_open(&w, -ENOTUNIQ, "serial:port=1-1/interface=0, serial:port=1-2/interface=0");
	witness_destroy(&w);
	witness_create(&w, "serial:usb=0403:6001/serial=A2?baud=19200");
	witness_open(&w);
	expect_line(&w, 2, "second");
	witness_destroy(&w);
	witness_create(&w, "serial:port=1-1/interface=0");
	witness_open(&w);
	expect_line(&w, 1, "first");
	witness_destroy(&w);
	witness_create(&w, "serial:port=1-1/interface=1");
	fail_to_open(&w, -ENODEV, "No such line");
	witness_destroy(&w);
}

static void lead_elsewhere(void)
{
	mock_lines.link = "/dev/ttyOW1";
}

static void test_serial_another_adapter_meanwhile(void **state)
{
	struct witness w;

	(void)state;
	mock_lines_add_usb(1, "A1");
	witness_create(&w, "serial:" MOCK_LINK);
	mock_lines.before_open = lead_elsewhere;
	fail_to_open(&w, -ENODEV, "plugged in anew");
	/* The wrong one was not set up, and is free. */
	assert_false(mock_lines.is_kept);
	witness_forget(&w);
	witness_open(&w);
	expect_line(&w, 1, "right");
	witness_destroy(&w);
}

static void test_serial_opening_hangs(void **state)
{
	struct witness w, second;

	(void)state;
	atomic_store(&mock_lines.gate_open, true);
	witness_create(&w, "serial:" MOCK_LINK);
	begin_open(&w);
	wait_for_waiting(&w, 1);
	/* The loop goes on, and gives up in the end. */
	witness_turn(&w, 0);
	assert_string_equal(w.log, "");
	assert_int_equal(w.transport->ops->open(w.transport, witness_now(&w)), -EALREADY);
	w.skew_us = 16 * INT64_C(1000000);
	witness_turn(&w, 0);
	assert_string_equal(w.log, "opened -110\n");
	assert_non_null(strstr(w.transport->why, "does not open"));
	/* The next try waits for the same opening; no second one is begun. */
	witness_forget(&w);
	begin_open(&w);
	witness_turn(&w, 0);
	assert_int_equal(atomic_load(&mock_lines.n_waiting), 1);
	atomic_store(&mock_lines.gate_open, false);
	witness_run(&w, "opened 0");
	expect_line(&w, 0, "late");
	/* One that nobody waits for any more gives the line back. */
	close_line(&w);
	atomic_store(&mock_lines.gate_open, true);
	begin_open(&w);
	wait_for_waiting(&w, 1);
	w.transport->ops->close(w.transport);
	atomic_store(&mock_lines.gate_open, false);
	while (w.transport->ops->fds(w.transport, NULL, 0) > 0)
		witness_turn(&w, 20);
	assert_string_equal(w.log, "");
	witness_create(&second, "serial:" MOCK_LINK);
	witness_open(&second);
	witness_destroy(&second);
	witness_destroy(&w);
}

static void test_serial_closing_hangs(void **state)
{
	struct witness w, second;

	(void)state;
	witness_create(&w, "serial:" MOCK_LINK);
	witness_open(&w);
	atomic_store(&mock_lines.gate_close, true);
	close_line(&w);
	wait_for_waiting(&w, 1);
	begin_open(&w);
	witness_turn(&w, 0);
	assert_string_equal(w.log, "");
	atomic_store(&mock_lines.gate_close, false);
	witness_run(&w, "opened 0");
	expect_line(&w, 0, "again");
	/* The end of the program does not wait for it either. */
	atomic_store(&mock_lines.gate_close, true);
	witness_destroy(&w);
	assert_int_equal(atomic_load(&mock_lines.n_waiting), 1);
	atomic_store(&mock_lines.gate_close, false);
	wait_for_waiting(NULL, 0);
	witness_create(&second, "serial:" MOCK_LINK);
	do {
		witness_forget(&second);
		begin_open(&second);
		witness_run(&second, "opened");
	} while (strcmp(second.log, "opened -16\n") == 0);
	assert_string_equal(second.log, "opened 0\n");
	witness_destroy(&second);
}

static void test_serial_in_use(void **state)
{
	struct witness w, second;
	struct termios before;

	(void)state;
	witness_create(&w, "serial:" MOCK_LINK "?baud=19200");
	witness_open(&w);
	before = mock_lines.kept;
	witness_create(&second, "serial:" MOCK_LINK "?baud=4800");
	fail_to_open(&second, -EBUSY, "in use by another program");
	/* The refused one has not touched the speed. */
	assert_memory_equal(&mock_lines.kept, &before, sizeof(before));
	witness_destroy(&w);
	/* A program that asked the kernel to keep others off. */
	mock_lines.open_error = EBUSY;
	fail_to_open(&second, -EBUSY, "in use by another program");
	mock_lines.open_error = 0;
	witness_forget(&second);
	witness_open(&second);
	witness_destroy(&second);
	assert_int_equal(mock_lines.n_exclusive, 2);
	assert_int_equal(mock_lines.n_shared, 2);
}

static void test_serial_permissions(void **state)
{
	struct witness w;

	(void)state;
	witness_create(&w, "serial:" MOCK_LINK);
	mock_lines.open_error = EACCES;
	fail_to_open(&w, -EACCES, "this user has no right to it (group ");
	witness_destroy(&w);
}

static void test_serial_no_carrier(void **state)
{
	struct witness w;

	(void)state;
	witness_create(&w, "serial:" MOCK_LINK);
	witness_open(&w);
	assert_int_equal(mock_lines.open_flags & (O_NONBLOCK | O_NOCTTY), O_NONBLOCK | O_NOCTTY);
	assert_int_equal(mock_lines.kept.c_cflag & CLOCAL, CLOCAL);
	witness_destroy(&w);
}

static void test_serial_idle_looks_unplugged(void **state)
{
	struct witness w;
	int i;

	(void)state;
	witness_create(&w, "serial:" MOCK_LINK);
	witness_open(&w);
	assert_int_equal(mock_lines.kept.c_cc[VMIN], 1);
	for (i = 0; i < 5; i++) {
		assert_int_equal(write(mock_line_other(0), "x", 1), 1);
		witness_run_received(&w, (size_t)i + 1);
		witness_turn(&w, 1);
		w.transport->ops->process(w.transport, 0);
	}
	assert_string_equal(w.log, "opened 0\n");
	witness_destroy(&w);
}

static void test_serial_silent_unplug(void **state)
{
	struct witness w;

	(void)state;
	witness_create(&w, "serial:" MOCK_LINK);
	witness_open(&w);
	mock_line_hang_up(0);
	witness_run(&w, "left");
	assert_memory_equal(w.log, "opened 0\nleft -", 15);
	witness_destroy(&w);
}

/* Submits until the other end, which does not read, takes no more. */
static size_t fill(struct witness *w)
{
	static uint8_t block[TRANSPORT_MAX_SUBMIT];
	size_t before, all = 0;
	int still = 0;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)i;
	while (still < 5) {
		witness_forget(w);
		assert_int_equal(w->transport->ops->submit(w->transport, block, sizeof(block),
							   witness_now(w)),
				 0);
		all += sizeof(block);
		for (still = 0; still < 5 && !w->log[0]; still++) {
			before = w->progressed;
			witness_turn(w, 20);
			if (w->progressed != before)
				still = 0;
		}
	}
	assert_string_equal(w->log, "");
	return all;
}

static void test_serial_buffer_full(void **state)
{
	uint8_t bytes[1024];
	struct witness w;
	size_t all, got = 0;
	ssize_t n;

	(void)state;
	witness_create(&w, "serial:" MOCK_LINK);
	witness_open(&w);
	all = fill(&w);
	assert_int_equal(w.transport->ops->drain(w.transport), -EINPROGRESS);
	while (got < all) {
		n = read(mock_line_other(0), bytes, sizeof(bytes));
		assert_true(n > 0);
		for (ssize_t i = 0; i < n; i++, got++)
			assert_int_equal(bytes[i], (uint8_t)got);
		witness_turn(&w, 0);
	}
	witness_run(&w, "done 0");
	witness_destroy(&w);
}

static void test_serial_unplug_in_mid_write(void **state)
{
	struct witness w;

	(void)state;
	witness_create(&w, "serial:" MOCK_LINK);
	witness_open(&w);
	(void)fill(&w);
	mock_line_hang_up(0);
	witness_run(&w, "left");
	assert_memory_equal(w.log, "done -19\nleft -", 15);
	witness_destroy(&w);
}

static void test_serial_old_bytes(void **state)
{
	struct witness w;

	(void)state;
	assert_int_equal(write(mock_line_other(0), "old", 3), 3);
	witness_create(&w, "serial:" MOCK_LINK);
	witness_open(&w);
	assert_int_equal(write(mock_line_other(0), "new", 3), 3);
	witness_run_received(&w, 3);
	assert_memory_equal(w.received, "new", 3);
	witness_destroy(&w);
}

static void test_serial_no_rs485(void **state)
{
	struct witness w;

	(void)state;
	mock_lines.has_rs485 = false;
	witness_create(&w, "serial:" MOCK_LINK "?rs485=1");
	fail_to_open(&w, -EOPNOTSUPP, "rs485=1");
	/* Nothing is left locked. */
	mock_lines.has_rs485 = true;
	witness_forget(&w);
	witness_open(&w);
	witness_destroy(&w);
	/* A driver that switches, and knows no pause before its bytes. */
	mock_lines.rs485_most_ms = 0;
	witness_create(&w, "serial:" MOCK_LINK "?rs485=1&before_ms=2");
	fail_to_open(&w, -EOPNOTSUPP, "before_ms");
	witness_destroy(&w);
}

static void test_serial_settings_left_out(void **state)
{
	struct witness w;

	(void)state;
	mock_lines.lost_flags = CSTOPB;
	witness_create(&w, "serial:" MOCK_LINK "?stop=2");
	fail_to_open(&w, -EOPNOTSUPP, "character format");
	witness_destroy(&w);
	mock_lines.lost_flags = PARODD;
	witness_create(&w, "serial:" MOCK_LINK "?parity=odd");
	fail_to_open(&w, -EOPNOTSUPP, "character format");
	witness_destroy(&w);
}

#define FAILURE(name)                                                                              \
	cmocka_unit_test_setup_teardown(test_##name, mock_lines_set_up, mock_lines_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAILURE(serial_link_leads_elsewhere),
		FAILURE(serial_line_missing),
		FAILURE(serial_two_adapters_of_one_model),
		FAILURE(serial_another_adapter_meanwhile),
		FAILURE(serial_opening_hangs),
		FAILURE(serial_closing_hangs),
		FAILURE(serial_in_use),
		FAILURE(serial_permissions),
		FAILURE(serial_no_carrier),
		FAILURE(serial_idle_looks_unplugged),
		FAILURE(serial_silent_unplug),
		FAILURE(serial_buffer_full),
		FAILURE(serial_unplug_in_mid_write),
		FAILURE(serial_old_bytes),
		FAILURE(serial_no_rs485),
		FAILURE(serial_settings_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
