/* The driver against the printer of firmware-host, which was written from the manuals and knows no
 * encoder of ours. Virtual time, a link that takes what the printer takes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/driver.h"
#include "firmware-host/app/printer.h"

enum { MS = 1000, S = 1000000 };

extern const struct driver escpos_driver;

static struct printer printer;
static struct device *device;
static int64_t now_us;
static uint8_t out[4096], in[4096];
static size_t out_len, out_at, in_len;
static bool in_flight;
static enum device_health health;
static char detail[DEVICE_DETAIL_SIZE];
static unsigned ended, cuts;
static enum print_result result;
static uint64_t black;

static int host_send(void *user, const uint8_t *bytes, size_t len)
{
	(void)user;
	assert_false(in_flight);
	assert_in_range(len, 1, sizeof(out));
	memcpy(out, bytes, len);
	out_len = len;
	out_at = 0;
	in_flight = true;
	return 0;
}

static void host_print(void *user, int64_t job, enum print_progress progress,
		       enum print_result what, const char *why)
{
	(void)user, (void)job, (void)why;
	if (progress == PRINT_PROGRESS_ENDED) {
		ended++;
		result = what;
	}
}

static void host_health(void *user, enum device_health what, const char *why)
{
	(void)user;
	health = what;
	snprintf(detail, sizeof(detail), "%s", why);
}

static void host_nothing(void *user)
{
	(void)user;
}

static const struct driver_host host = {
	.send = host_send,
	.reopen = host_nothing,
	.print = host_print,
	.health = host_health,
	.changed = host_nothing,
};

static void uart_send(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	assert_in_range(in_len + len, 0, sizeof(in));
	memcpy(in + in_len, bytes, len);
	in_len += len;
}

static int make_qr(void *port, const uint8_t *data, size_t len, int level,
		   uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES])
{
	(void)port, (void)data, (void)len, (void)level;
	memset(modules, 1, 21 * 21);
	return 21;
}

static void on_cut(void *port, const uint8_t *rows, uint32_t count)
{
	(void)port;
	cuts++;
	for (size_t i = 0; i < (size_t)count * (printer.settings.width / 8); i++)
		black += (uint64_t)__builtin_popcount(rows[i]);
}

/* One millisecond: printer, link, driver. */
static void step(void)
{
	size_t room;

	now_us += MS;
	printer_tick(&printer, (uint32_t)(now_us / MS));
	if (in_len > 0) {
		size_t len = in_len;

		in_len = 0;
		escpos_driver.received(device, in, len, now_us);
	}
	room = printer_room(&printer);
	if (in_flight && room > 0) {
		size_t n = out_len - out_at < room ? out_len - out_at : room;

		n = n > 64 ? 64 : n; /* full speed USB, a packet a millisecond */
		printer_receive(&printer, out + out_at, n, (uint32_t)(now_us / MS));
		out_at += n;
		escpos_driver.progress(device, n, now_us);
		if (out_at == out_len) {
			in_flight = false;
			escpos_driver.sent(device, 0, now_us);
		}
	}
	if (now_us >= escpos_driver.deadline(device))
		escpos_driver.tick(device, now_us);
}

static void run(int64_t span_us)
{
	for (int64_t until_us = now_us + span_us; now_us < until_us;)
		step();
}

static void run_until_ended(unsigned wanted, int64_t span_us)
{
	for (int64_t until_us = now_us + span_us; now_us < until_us && ended < wanted;)
		step();
	assert_int_equal(ended, wanted);
}

static void make(const char *model, bool answers_process_id)
{
	const struct printer_hal hal = {.uart = {.send = uart_send}, .qr = make_qr, .cut = on_cut};
	const struct device_model *row = driver_find_model(&escpos_driver, model);
	const struct printer_settings settings = {.width = row->u.printer.width_dots,
						  .answers_process_id = answers_process_id};
	const struct device_options options = {.name = "front", .model = row};
	char error[128];

	now_us = 5LL * S;
	out_len = out_at = in_len = 0;
	in_flight = false;
	ended = cuts = 0;
	black = 0;
	printer_init(&printer, &settings, &hal, (uint32_t)(now_us / MS));
	printer.speed_mm_s = 150;
	assert_int_equal(escpos_driver.create(&device, &options, &host, NULL, error, sizeof(error)),
			 0);
	escpos_driver.link_up(device, now_us);
	run(1 * S);
	assert_int_equal(health, HEALTH_OK);
}

static void finish(void)
{
	/* Whatever was sent, the printer knew it. */
	assert_int_equal(printer.unknown_commands, 0);
	escpos_driver.remove(device);
}

static uint8_t dots[72 * 600];

static int submit(int64_t id)
{
	const struct document_item items[] = {
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .bold = true,
		 .text = "市民服务中心 Citizen Service Centre"},
		{.kind = DOCUMENT_TEXT,
		 .align = DOCUMENT_CENTRE,
		 .width = 6,
		 .height = 6,
		 .text = "A001"},
		{.kind = DOCUMENT_TEXT, .width = 2, .height = 2, .text = "过号请到导办台 desk"},
		{.kind = DOCUMENT_RULE},
		{.kind = DOCUMENT_QR, .align = DOCUMENT_CENTRE, .text = "https://h/t/0123"},
		{.kind = DOCUMENT_PICTURE, .picture = {570, 600, dots}},
		{.kind = DOCUMENT_FEED, .lines = 2},
		{.kind = DOCUMENT_CUT},
	};
	const struct document document = {.items = items,
					  .count = sizeof(items) / sizeof(items[0])};
	const struct device_job job = {.kind = JOB_PRINT, .u.print = {id, &document}};

	/* As much DLE as a picture can hold. */
	for (size_t i = 0; i < sizeof(dots); i++)
		dots[i] = i % 3 == 0 ? 0x10 : i % 3 == 1 ? 0x04 : (uint8_t)(i / 3);
	return escpos_driver.submit(device, &job, now_us);
}

static void test_printed(void **state)
{
	(void)state;
	make("generic-80", true);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(submit(i), 0);
		assert_int_equal(submit(i), -EBUSY);
		run_until_ended(i, 10LL * S);
		assert_int_equal(result, RESULT_PRINTED);
		/* The proof follows the paper, it does not run ahead of it. */
		assert_int_equal(cuts, i);
		assert_false(printer_is_printing(&printer));
	}
	assert_true(black > 50000);
	finish();
}

static void test_processed(void **state)
{
	(void)state;
	make("generic-80", false);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(submit(i), 0);
		run_until_ended(i, 20LL * S);
		assert_int_equal(result, RESULT_PROCESSED);
		run(1 * S);
		assert_int_equal(cuts, i);
	}
	escpos_driver.remove(device);
}

/* Paper runs out at some moment of the job and comes back minutes later: one ticket, printed once.
 */
static void test_paper_out(void **state)
{
	unsigned tried = 0;

	(void)state;
	for (int64_t at_us = 20 * MS;; at_us += 70 * MS, tried++) {
		make("generic-80", true);
		assert_int_equal(submit(1), 0);
		run(at_us);
		if (ended > 0)
			break;
		printer.paper_out = true;
		printer_status_changed(&printer);
		run(120LL * S);
		assert_int_equal(ended, 0);
		assert_int_equal(health, HEALTH_WAITING);
		assert_string_equal(detail, "paper out");
		printer.paper_out = false;
		printer_status_changed(&printer);
		run_until_ended(1, 10LL * S);
		assert_int_equal(result, RESULT_PRINTED);
		assert_int_equal(health, HEALTH_OK);
		run(5LL * S);
		assert_int_equal(cuts, 1);
		finish();
	}
	assert_in_range(tried, 8, 30);
	finish();
}

static void test_cover_and_near_end(void **state)
{
	(void)state;
	make("generic-80", true);
	printer.near_end = true;
	printer_status_changed(&printer);
	run(100 * MS);
	assert_int_equal(health, HEALTH_WARNING);
	assert_string_equal(detail, "paper near end");
	printer.cover_open = true;
	printer_status_changed(&printer);
	run(100 * MS);
	assert_int_equal(health, HEALTH_WAITING);
	assert_string_equal(detail, "cover open");
	assert_int_equal(submit(1), -EAGAIN);
	printer.cover_open = printer.near_end = false;
	printer_status_changed(&printer);
	run(100 * MS);
	assert_int_equal(health, HEALTH_OK);
	assert_int_equal(submit(1), 0);
	run_until_ended(1, 10LL * S);
	assert_int_equal(result, RESULT_PRINTED);
	finish();
}

/* Narrow paper, no cutter: nothing is cut, and it is printed all the same. */
static void test_narrow(void **state)
{
	(void)state;
	make("generic-58", true);
	assert_int_equal(submit(1), 0);
	run_until_ended(1, 10LL * S);
	assert_int_equal(result, RESULT_PRINTED);
	assert_int_equal(cuts, 0);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printed),	  cmocka_unit_test(test_processed),
		cmocka_unit_test(test_paper_out), cmocka_unit_test(test_cover_and_near_end),
		cmocka_unit_test(test_narrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
