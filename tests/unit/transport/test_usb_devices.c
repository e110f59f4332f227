/* usb: which device a URL means, which interface takes the bytes, and the bus. */
#include "tests/unit/transport/usb_bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Descriptors by the manuals: device, configuration, interfaces. */
/* A vendor's own class, as Epson's 04b8:0202, with an interrupt endpoint before the bulk ones. */
static const char vendor_class[] = "1201000200000040b8040202000101020301"
				   "09022700010100c032"
				   "0904000003ff000000"
				   "07058303080010"
				   "07050102400000"
				   "07058202400000";

/* Storage, a printer with 1284.4 as alternate 0 and two-way as alternate 1, IPP over USB. */
static const char composite[] = "1201000200000040b804280e000101020301"
				"09025e00030100c032"
				"090400000208065000"
				"07050502000200"
				"07058602000200"
				"090401000207010300"
				"07050102000200"
				"07058202000200"
				"090401010207010200"
				"07050102000200"
				"07058202000200"
				"090402000007010400";

/* Configuration 1 is of no use; the printer is in 2. */
static const char second_configuration[] = "1201000200000040b804280e000101020302"
					   "09021200010100c032"
					   "0904000000ff000000"
					   "09022000010200c032"
					   "090400000207010200"
					   "07050302000200"
					   "07058402000200";

static const char no_printer[] = "1201000200000040b804280e000101020301"
				 "09021900010100c032"
				 "090400000103010100"
				 "0705810308000a";

static void test_finds_devices(void **state)
{
	struct mock_model second = mock_two_way, third = mock_two_way, fourth = mock_two_way;
	struct mock_printer *printer;
	struct witness w;

	(void)state;
	bench_fail_to_open("usb:04b8:0e28", -ENODEV);
	printer = bench_plug(NULL);
	bench_fail_to_open("usb:04b8:0e29", -ENODEV);
	bench_fail_to_open("usb:04b8:0e28/serial=X5QV0", -ENODEV);
	bench_fail_to_open("usb:port=1-3", -ENODEV);
	bench_fail_to_open("usb:port=1-2.1", -ENODEV);
	second.port = "1-3";
	second.address = 6;
	second.serial = "X5QV02";
	mock_plug(&second);
	third.port = "1-4";
	third.address = 7;
	third.serial = "X5QV02";
	mock_plug(&third);
	fourth.port = "1-5";
	fourth.address = 8;
	fourth.serial = "KEYBOARD";
	fourth.descriptors = no_printer;
	mock_plug(&fourth);
	bench_fail_to_open("usb:04b8:0e28", -ENOTUNIQ);
	bench_fail_to_open("usb:04b8:0e28/serial=X5QV02", -ENOTUNIQ);
	bench_fail_to_open("usb:port=1-5", -ENODEV);
	witness_create(&w, "usb:port=1-4");
	witness_open(&w);
	witness_destroy(&w);
	witness_create(&w, "usb:04b8:0e28/serial=X5QV01");
	witness_open(&w);
	witness_destroy(&w);
	mock_lock(printer)->busy = true;
	mock_unlock();
	bench_fail_to_open("usb:04b8:0e28/serial=X5QV01", -EBUSY);
}

/* Opens the one device and submits; returns the record. */
static void try_descriptors(const char *descriptors, struct mock_record *ret)
{
	struct mock_printer *printer = bench_plug(descriptors);
	struct witness w;

	mock_lock(printer)->usblp = true;
	mock_unlock();
	witness_create(&w, "usb:port=1-2");
	witness_open(&w);
	assert_int_equal(bench_submit(&w, 3), 0);
	witness_run(&w, "done 0");
	assert_int_equal(bench_ask(&w, TRANSPORT_DEVICE_ID), 0);
	witness_run(&w, "controlled 1 0");
	witness_destroy(&w);
	mock_read(printer, ret);
	mock_unplug(printer);
}

static void test_picks_the_interface(void **state)
{
	struct mock_record record;

	(void)state;
	try_descriptors(vendor_class, &record);
	assert_int_equal(record.n_in, 1);
	try_descriptors(composite, &record);
	assert_int_equal(record.n_alternates, 1);
	assert_int_equal(record.n_configured, 0);
	/* wIndex: interface 1, alternate 1 */
	assert_memory_equal(record.setup, "\xa1\0\0\0\x01\x01\0\x04", 8);
	try_descriptors(second_configuration, &record);
	/* usblp was off before: the mock, as the kernel, refuses otherwise */
	assert_int_equal(record.n_configured, 1);
	assert_int_equal(record.last_configuration, 2);
	assert_memory_equal(record.setup, "\xa1\0\x01\0\0\0\0\x04", 8);
}

/* ---- the bus ------------------------------------------------------------------------------- */

struct watcher {
	const struct transport_bus_ops *ops;
	struct transport_bus *bus;
	char log[2048];
	unsigned n_changed;
	bool close_inside;
};

static void on_arrived(void *user, const char *url, const char *description)
{
	struct watcher *watcher = user;
	size_t used = strlen(watcher->log);

	(void)snprintf(watcher->log + used, sizeof(watcher->log) - used, "+ %s | %s\n", url,
		       description);
	if (watcher->close_inside)
		watcher->ops->close(watcher->bus);
}

static void on_left(void *user, const char *url)
{
	struct watcher *watcher = user;
	size_t used = strlen(watcher->log);

	(void)snprintf(watcher->log + used, sizeof(watcher->log) - used, "- %s\n", url);
}

static void on_changed(void *user)
{
	struct watcher *watcher = user;

	watcher->n_changed++;
}

static const struct transport_bus_host watcher_host = {on_arrived, on_left, on_changed};

static void watch(struct watcher *watcher)
{
	memset(watcher, 0, sizeof(*watcher));
	watcher->ops = transport_bus_find("usb");
	assert_non_null(watcher->ops);
	assert_int_equal(watcher->ops->open(&watcher->bus, &watcher_host, watcher), 0);
	assert_string_equal(watcher->log, "");
}

static void watch_until(struct watcher *watcher, const char *until)
{
	struct pollfd fds[TRANSPORT_MAX_FDS];
	size_t n;
	int i;

	for (i = 0; i < 1000 && !strstr(watcher->log, until); i++) {
		n = watcher->ops->fds(watcher->bus, fds, TRANSPORT_MAX_FDS);
		if (watcher->ops->deadline(watcher->bus) == TRANSPORT_NO_DEADLINE)
			(void)poll(fds, n, 20);
		watcher->ops->process(watcher->bus, i);
	}
	if (!strstr(watcher->log, until))
		fail_msg("no \"%s\" but \"%s\"", until, watcher->log);
}

static void test_bus_tells_comings_and_goings(void **state)
{
	struct mock_model second = mock_two_way, third = mock_two_way;
	struct mock_printer *printer = bench_plug(NULL), *other;
	struct watcher watcher;

	(void)state;
	third.port = "1-9";
	third.address = 19;
	third.serial = "KEYBOARD";
	third.descriptors = no_printer;
	mock_plug(&third);
	watch(&watcher);
	watch_until(&watcher, "+");
	assert_string_equal(watcher.log,
			    "+ usb:04b8:0e28/serial=X5QV01 | 04b8:0e28 Maker Paper ? 80 "
			    "(printer class, two-way)\n");
	watcher.log[0] = '\0';
	second.port = "1-3.4";
	second.address = 6;
	second.serial = NULL;
	second.id = "04b80202";
	second.descriptors = vendor_class;
	other = mock_plug(&second);
	watch_until(&watcher, "+");
	assert_non_null(strstr(watcher.log, "+ usb:port=1-4 | "));
	assert_non_null(strstr(watcher.log, "(vendor class, two-way)\n"));
	watcher.log[0] = '\0';
	mock_unplug(printer);
	watch_until(&watcher, "-");
	assert_string_equal(watcher.log, "- usb:04b8:0e28/serial=X5QV01\n");
	mock_unplug(other);
	watch_until(&watcher, "- usb:port=1-4\n");
	watcher.log[0] = '\0';
	bench_plug(NULL);
	watch_until(&watcher, "+ usb:04b8:0e28/serial=X5QV01");
	watcher.ops->close(watcher.bus);
}

/* Serial numbers that do not name anything for certain. */
static void test_bus_names_by_port(void **state)
{
	struct mock_model model = mock_two_way;
	struct watcher watcher;

	(void)state;
	mock_plug(&model);
	model.port = "1-3";
	model.address = 6;
	mock_plug(&model); /* the same serial number twice */
	model.port = "1-4";
	model.address = 7;
	model.serial = "001";
	mock_plug(&model);
	model.port = "1-5";
	model.address = 8;
	model.serial = "A/B C";
	mock_plug(&model);
	watch(&watcher);
	watch_until(&watcher, "1-2");
	watch_until(&watcher, "1-3");
	watch_until(&watcher, "1-4");
	watch_until(&watcher, "1-5");
	assert_null(strstr(watcher.log, "serial="));
	watcher.ops->close(watcher.bus);
}

static void test_bus_closes_inside_calls(void **state)
{
	struct watcher watcher;

	(void)state;
	bench_plug(NULL);
	watch(&watcher);
	watcher.close_inside = true;
	watch_until(&watcher, "+");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_finds_devices, bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(test_picks_the_interface, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_bus_tells_comings_and_goings, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_bus_names_by_port, bench_set_up,
						bench_tear_down),
		cmocka_unit_test_setup_teardown(test_bus_closes_inside_calls, bench_set_up,
						bench_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
