/* What goes wrong with USB printers in the field, each by its name in the table of
 * drivers/transport/README.md: from the driver down to the mock kernel. */
#include "tests/unit/devices/printer_bench.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static struct printer_bench b;
static struct bench_mind mind;
static struct mock_record record;

static struct mock_behaviour *change(struct mock_printer *printer)
{
	return mock_lock(printer);
}

static size_t count(const uint8_t *bytes, size_t len, const char *what, size_t what_len)
{
	size_t n = 0;

	for (size_t i = 0; i + what_len <= len; i++)
		n += memcmp(bytes + i, what, what_len) == 0;
	return n;
}

/* Three hours without paper: nothing is cancelled, and then it is printed, once. And where a
 * transfer had to be cut off, "0 taken" is not believed. */
static void test_usb_partial_write_on_timeout(void **state)
{
	struct mock_printer *printer = bench_ready(&b, &mind);
	size_t before;

	(void)state;
	mock_read(printer, &record);
	before = record.n_taken;
	change(printer)->paper_out = true;
	mock_unlock();
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	bench_pass(&b, 60 * (int64_t)BENCH_S);
	b.skew_us += 3 * 3600 * (int64_t)BENCH_S;
	bench_pass(&b, 5 * BENCH_S);
	assert_int_equal(b.ended, 0);
	mock_read(printer, &record);
	assert_int_equal(record.n_cancelled, 0);
	assert_int_equal(record.n_taken, before);
	assert_string_equal(record.repairs, "");
	change(printer)->paper_out = false;
	mock_unlock();
	BENCH_UNTIL(&b, b.ended == 1);
	assert_int_equal(b.result, RESULT_PRINTED);
	assert_int_equal(mind.ids, 1);
	bench_free(&b);
}

/* It does not say why it takes nothing, and its port says that all is well. */
static void test_usb_cut_transfer_is_unknown(void **state)
{
	struct mock_printer *printer = bench_ready(&b, &mind);
	struct mock_behaviour *behaviour;

	(void)state;
	behaviour = change(printer);
	behaviour->naks = true;
	behaviour->helps = MOCK_HELPS_CLEAR;
	mock_unlock();
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	bench_pass(&b, 29 * BENCH_S);
	assert_int_equal(b.ended, 0);
	bench_pass(&b, 3 * BENCH_S);
	assert_int_equal(b.ended, 1);
	assert_int_equal(b.result, RESULT_UNKNOWN);
	bench_pass(&b, 30 * BENCH_S);
	mock_read(printer, &record);
	assert_int_equal(record.n_cancelled, 1);
	assert_string_equal(record.repairs, "h");
	assert_int_equal(mind.ids, 0); /* nothing of the job is sent again */
	assert_int_equal(b.ended, 1);
	assert_int_equal(b.health, HEALTH_OK);
	bench_free(&b);
}

static void test_usb_nak_while_paper_out(void **state)
{
	struct mock_printer *printer = bench_ready(&b, &mind);

	(void)state;
	change(printer)->paper_out = true;
	mock_unlock();
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	bench_pass(&b, 4 * BENCH_S);
	assert_int_equal(b.health, HEALTH_WAITING);
	assert_string_equal(b.detail, "paper out");
	assert_int_equal(b.conditions, PRINTER_PAPER_END);
	change(printer)->paper_out = false;
	mock_unlock();
	BENCH_UNTIL(&b, b.ended == 1);
	assert_int_equal(b.result, RESULT_PRINTED);
	assert_int_equal(b.conditions, 0);
	assert_int_equal(b.health, HEALTH_OK);
	bench_free(&b);
}

/* The same from a printer that takes bytes one way only: blind no more. */
static void test_usb_one_way_tells_paper_end(void **state)
{
	struct mock_model model = mock_two_way;
	struct mock_printer *printer;

	(void)state;
	model.descriptors = "1201000200000040b804280e000101020001"
			    "09021900010100c032"
			    "090400000107010100"
			    "07050102000200";
	printer = bench_plug_in(&model, &mind);
	bench_make(&b, "usb:04b8:0e28", "generic-80-oneway");
	BENCH_UNTIL(&b, b.ups == 1);
	BENCH_UNTIL(&b, strcmp(b.detail, "gives no status but its port's") == 0);
	assert_int_equal(b.health, HEALTH_WARNING);
	change(printer)->paper_out = true;
	mock_unlock();
	bench_pass(&b, 11 * BENCH_S); /* idle */
	assert_int_equal(b.conditions, PRINTER_PAPER_END);
	assert_int_equal(b.health, HEALTH_WAITING);
	assert_int_equal(bench_print(&b, 7, &bench_ticket), -EAGAIN);
	change(printer)->paper_out = false;
	mock_unlock();
	bench_pass(&b, 3 * BENCH_S);
	assert_int_equal(b.conditions, 0);
	/* And in the middle of a ticket. */
	change(printer)->paper_out = true;
	mock_unlock();
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	bench_pass(&b, 4 * BENCH_S);
	assert_int_equal(b.conditions, PRINTER_PAPER_END);
	bench_pass(&b, 100 * BENCH_S);
	assert_int_equal(b.ended, 0);
	/* Error and offline too, now that it was seen well. */
	change(printer)->port_status = 0x10;
	mock_unlock();
	bench_pass(&b, 3 * BENCH_S);
	assert_int_equal(b.conditions, PRINTER_ERROR);
	change(printer)->port_status = 0x08;
	mock_unlock();
	bench_pass(&b, 3 * BENCH_S);
	assert_int_equal(b.conditions, PRINTER_OFFLINE);
	change(printer)->port_status = 0;
	mock_unlock();
	bench_free(&b);
}

static void test_usb_nak_while_buffer_full(void **state)
{
	struct mock_printer *printer = bench_ready(&b, &mind);

	(void)state;
	change(printer)->naks = true;
	mock_unlock();
	assert_int_equal(bench_print(&b, 7, &bench_picture), 0);
	bench_pass(&b, 20 * BENCH_S);
	mock_read(printer, &record);
	assert_true(record.n_port_asked >= 5);
	assert_int_equal(record.n_cancelled, 0);
	assert_int_equal(b.health, HEALTH_OK); /* that is what it says of itself */
	change(printer)->naks = false;
	mock_unlock();
	BENCH_UNTIL(&b, b.ended == 1);
	assert_int_equal(b.result, RESULT_PRINTED);
	bench_free(&b);
}

/* Busy, it answers no questions; but automatic status was armed before, IN is posted, and endpoint
 * 0 answers. */
static void test_usb_status_unreachable_while_busy(void **state)
{
	struct mock_printer *printer = bench_ready(&b, &mind);

	(void)state;
	mock_read(printer, &record);
	assert_int_equal(count(record.taken, record.n_taken, "\x1d\x61\xff", 3), 1);
	mind.status = false;
	change(printer)->naks = true;
	mock_unlock();
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	bench_pass(&b, BENCH_S);
	mock_send(printer, "\x38\0\0\0", 4);
	BENCH_UNTIL(&b, b.conditions == PRINTER_COVER_OPEN);
	mock_send(printer, "\x10\0\0\0", 4);
	BENCH_UNTIL(&b, b.conditions == 0);
	change(printer)->port_status = 0x30;
	mock_unlock();
	bench_pass(&b, 4 * BENCH_S);
	assert_int_equal(b.conditions, PRINTER_PAPER_END);
	mock_read(printer, &record);
	assert_memory_equal(record.setup, "\xa1\x01\0\0\0\0\x01\0", 8);
	bench_free(&b);
}

static void test_usb_usblp_holds_the_interface(void **state)
{
	struct mock_printer *printer = bench_plug_in(&mock_two_way, &mind);
	struct mock_behaviour *behaviour;

	(void)state;
	/* A claim that fails gives it back. */
	behaviour = change(printer);
	behaviour->usblp = true;
	behaviour->busy = true;
	mock_unlock();
	bench_make(&b, "usb:04b8:0e28", "generic-80");
	BENCH_UNTIL(&b, b.downs == 1);
	assert_non_null(strstr(b.why, "another program has it"));
	mock_read(printer, &record);
	assert_int_equal(record.n_detached, 1);
	assert_int_equal(record.n_attached, 1);
	assert_int_equal(record.n_configured, 0);
	change(printer)->busy = false;
	mock_unlock();
	bench_pass(&b, BENCH_S);
	BENCH_UNTIL(&b, b.ups == 1);
	/* So does the end of the daemon, in the middle of whatever it does. */
	change(printer)->paper_out = true;
	mock_unlock();
	bench_free(&b);
	mock_read(printer, &record);
	assert_int_equal(record.n_detached, 2);
	assert_int_equal(record.n_attached, 2);
	assert_true(change(printer)->usblp);
	mock_unlock();
}

/* The ladder's third rung; the device comes back as another one, its job is unknown and stays so.
 */
static void test_usb_reset_re_enumerates(void **state)
{
	struct mock_model again = mock_two_way;
	struct mock_printer *printer = bench_ready(&b, &mind);
	struct mock_behaviour *behaviour;
	unsigned ids;

	(void)state;
	mock_read(printer, &record);
	assert_string_equal(record.repairs, ""); /* never at open */
	behaviour = change(printer);
	behaviour->out_status = -EPIPE;
	behaviour->reenumerates = true;
	mock_unlock();
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	BENCH_UNTIL(&b, b.downs == 1);
	assert_int_equal(b.ended, 1);
	assert_int_equal(b.result, RESULT_UNKNOWN);
	mock_read(printer, &record);
	assert_string_equal(record.repairs, "hshir");
	mock_unplug(printer);
	ids = mind.ids;
	again.address = 9;
	printer = bench_plug_in(&again, &mind);
	BENCH_UNTIL(&b, b.ups == 2);
	bench_pass(&b, 5 * BENCH_S);
	BENCH_UNTIL(&b, b.health == HEALTH_OK);
	assert_int_equal(mind.ids + ids, 0);
	assert_int_equal(b.ended, 1);
	bench_free(&b);
}

/* A stall in the middle: every rung in its order, and none behind the one that helped. */
static void test_usb_stall_climbs_the_ladder(void **state)
{
	static const struct {
		int helps;
		const char *repairs;
		unsigned downs;
	} rows[] = {
		{MOCK_HELPS_CLEAR, "h", 0},
		{MOCK_HELPS_SOFT, "hshi", 0},
		{MOCK_HELPS_RESET, "hshir", 0},
		{MOCK_HELPS_NOTHING, "hshir", 1},
	};
	struct mock_behaviour *behaviour;
	struct mock_printer *printer;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		printer = bench_ready(&b, &mind);
		assert_int_equal(bench_print(&b, 7, &bench_picture), 0);
		behaviour = change(printer);
		behaviour->out_status = -EPIPE;
		behaviour->helps = rows[i].helps;
		mock_unlock();
		BENCH_UNTIL(&b, b.ended == 1);
		assert_int_equal(b.result, RESULT_UNKNOWN);
		assert_string_equal(b.job_detail, "the link failed: Broken pipe");
		BENCH_UNTIL(&b, rows[i].downs ? b.downs == 1 : b.health == HEALTH_OK);
		mock_read(printer, &record);
		assert_string_equal(record.repairs, rows[i].repairs);
		assert_int_equal(b.downs, rows[i].downs);
		assert_int_equal(mind.ids, 0);
		if (rows[i].downs) {
			/* It stalls for good: one ladder a minute and no more. */
			bench_pass(&b, 50 * BENCH_S);
			mock_read(printer, &record);
			assert_string_equal(record.repairs, "hshir");
			assert_int_equal(b.health, HEALTH_FAILED);
			assert_int_equal(b.conditions, PRINTER_UNREACHABLE);
			bench_free(&b);
			mock_unplug(printer);
			continue;
		}
		/* The next ticket is not taken for the rest of this one. */
		assert_int_equal(mind.initialised, 1);
		assert_int_equal(mind.cuts, 1);
		b.ended = 0;
		assert_int_equal(bench_print(&b, 8, &bench_ticket), 0);
		BENCH_UNTIL(&b, b.ended == 1);
		assert_int_equal(b.result, RESULT_PRINTED);
		assert_int_equal(mind.ids, 1);
		bench_free(&b);
		mock_unplug(printer);
	}
	(void)state;
}

/* Optional: nothing here needs one, and a stall on endpoint 0 is over with the next request. */
static void test_usb_device_id_stalls(void **state)
{
	struct mock_printer *printer = bench_ready(&b, &mind);

	(void)state;
	change(printer)->id_stalls = true;
	mock_unlock();
	assert_int_equal(link_control(&b.slot.link, TRANSPORT_DEVICE_ID), 0);
	bench_turn(&b);
	bench_turn(&b);
	assert_int_equal(link_control(&b.slot.link, TRANSPORT_PORT_STATUS), 0);
	bench_turn(&b);
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	BENCH_UNTIL(&b, b.ended == 1);
	assert_int_equal(b.result, RESULT_PRINTED);
	mock_read(printer, &record);
	assert_string_equal(record.repairs, "");
	bench_free(&b);
}

/* Nor does it take a port status. */
static void test_usb_port_status_stalls(void **state)
{
	struct mock_printer *printer = bench_plug_in(&mock_two_way, &mind);

	(void)state;
	change(printer)->port_stalls = true;
	mock_unlock();
	bench_make(&b, "usb:04b8:0e28", "generic-80");
	BENCH_UNTIL(&b, b.health == HEALTH_OK);
	bench_pass(&b, 60 * BENCH_S);
	mock_read(printer, &record);
	assert_int_equal(record.n_port_asked, 1);
	bench_free(&b);
}

/* Jobs whose length is a whole number of chunks and of packets end without an empty transfer. */
static void test_usb_zero_length_write(void **state)
{
	struct mock_printer *printer = bench_ready(&b, &mind);
	uint8_t bytes[TRANSPORT_MAX_SUBMIT] = {0};
	struct transport *transport = b.slot.link.transport;

	(void)state;
	assert_int_equal(link_send(&b.slot.link, bytes, 0), -EINVAL);
	assert_int_equal(transport->ops->submit(transport, bytes, sizeof(bytes), bench_now(&b)), 0);
	BENCH_UNTIL(&b, transport->ops->drain(transport) == 0);
	assert_int_equal(transport->ops->submit(transport, bytes, 512, bench_now(&b)), 0);
	BENCH_UNTIL(&b, transport->ops->drain(transport) == 0);
	assert_int_equal(bench_print(&b, 7, &bench_picture), 0);
	BENCH_UNTIL(&b, b.ended == 1);
	mock_read(printer, &record);
	assert_int_equal(record.n_empty, 0);
	assert_true(record.n_out > 6);
	bench_free(&b);
}

/* In whatever words libusb says it. The link is up again as soon as the bus tells, not at the next
 * try, and the job in flight is unknown and not printed again. */
static void test_usb_unplug_and_replug(void **state)
{
	static const int words[] = {-ENODEV, -ESHUTDOWN, -EPROTO, -EILSEQ, -EIO};
	struct mock_model model = mock_two_way;
	struct mock_printer *printer = bench_ready(&b, &mind);
	int64_t retry_us;

	(void)state;
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		change(printer)->paper_out = true;
		mock_unlock();
		b.ended = 0;
		assert_int_equal(bench_print(&b, 7 + i, &bench_ticket), 0);
		bench_turn(&b);
		mock_vanish(printer, words[i]);
		BENCH_UNTIL(&b, b.downs == i + 1);
		assert_int_equal(b.ended, 1);
		assert_int_equal(b.result, RESULT_UNKNOWN);
		assert_int_equal(b.health, HEALTH_GONE);
		mock_unplug(printer);
		/* Long away: the pauses have grown, and the clock stands still from here on. */
		bench_pass(&b, 30 * BENCH_S);
		b.downs = i + 1;
		BENCH_UNTIL(&b, b.slot.link.retry_us != TRANSPORT_NO_DEADLINE);
		b.slot.link.retry_us = retry_us = bench_now(&b) + 1000 * (int64_t)BENCH_S;
		model.address++;
		printer = bench_plug_in(&model, &mind);
		BENCH_UNTIL(&b, b.ups == i + 2);
		assert_true(bench_now(&b) < retry_us);
		bench_pass(&b, 4 * BENCH_S);
		BENCH_UNTIL(&b, b.health == HEALTH_OK);
		assert_int_equal(mind.ids, 0);
		b.downs = i + 1;
	}
	bench_free(&b);
}

/* The bus tells while the link is looking already, a moment too early. */
static void test_usb_replug_during_a_try(void **state)
{
	struct mock_model second = mock_two_way;
	struct mock_printer *printer = bench_plug_in(&mock_two_way, &mind);
	struct mock_behaviour *behaviour = change(printer);
	bool held = false;

	(void)state;
	behaviour->held = USBDEVFS_CLAIMINTERFACE;
	behaviour->busy = true;
	mock_unlock();
	bench_make(&b, "usb:port=1-2", "generic-80");
	for (int i = 0; i < 3000 && !held; i++) {
		bench_turn(&b);
		held = mock_is_held(printer);
	}
	assert_true(held);
	b.slot.link.pause_us = 1000 * (int64_t)BENCH_S;
	second.port = "1-7";
	second.address = 17;
	(void)bench_plug_in(&second, &mind);
	BENCH_UNTIL(&b, b.slot.link.nudged);
	assert_true(mock_let_go(printer));
	BENCH_UNTIL(&b, b.downs == 1);
	change(printer)->busy = false;
	mock_unlock();
	BENCH_UNTIL(&b, b.ups == 1);
	bench_free(&b);
}

/* Whatever became of a job: its bytes are sent once. */
static void test_usb_duplicates_on_retry(void **state)
{
	struct mock_printer *printer = bench_ready(&b, &mind);

	(void)state;
	mind.id = mind.queued = false;
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	bench_pass(&b, 40 * BENCH_S);
	assert_int_equal(b.ended, 1);
	assert_int_equal(b.result, RESULT_UNKNOWN);
	bench_pass(&b, 120 * BENCH_S);
	assert_int_equal(mind.ids, 1);
	assert_int_equal(b.ended, 1);
	mock_read(printer, &record);
	assert_int_equal(count(record.taken, record.n_taken, "A001", 4), 1);
	bench_free(&b);
}

/* "Sent" is said when the printer's end has taken the last byte, and the link is not closed before
 * that by anybody. */
static void test_usb_lost_tail_or_cut(void **state)
{
	struct mock_printer *printer = bench_plug_in(&mock_two_way, &mind);

	(void)state;
	bench_make(&b, "usb:04b8:0e28", "generic-80-oneway");
	BENCH_UNTIL(&b, b.ups == 1);
	bench_pass(&b, BENCH_S);
	change(printer)->naks = true;
	mock_unlock();
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	bench_pass(&b, 300 * BENCH_S);
	assert_int_equal(b.sent + b.ended, 0);
	assert_int_equal(b.slot.link.transport->ops->drain(b.slot.link.transport), -EINPROGRESS);
	change(printer)->naks = false;
	mock_unlock();
	BENCH_UNTIL(&b, b.ended == 1);
	assert_int_equal(b.result, RESULT_SENT);
	assert_int_equal(b.slot.link.transport->ops->drain(b.slot.link.transport), 0);
	assert_memory_equal(mind.tail + sizeof(mind.tail) - 4, "\x1d\x56\x42\0", 4);
	bench_free(&b);
}

static void test_usb_no_in_endpoint(void **state)
{
	struct mock_model model = mock_two_way;
	struct mock_printer *printer;

	(void)state;
	model.descriptors = "1201000200000040b804280e000101020001"
			    "09021900010100c032"
			    "090400000107010100"
			    "07050102000200";
	printer = bench_plug_in(&model, &mind);
	bench_make(&b, "usb:04b8:0e28", "generic-80");
	BENCH_UNTIL(&b, b.ups == 1);
	bench_pass(&b, 3 * BENCH_S);
	BENCH_UNTIL(&b, b.health == HEALTH_WARNING);
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	BENCH_UNTIL(&b, b.ended == 1);
	assert_int_equal(b.result, RESULT_SENT);
	mock_read(printer, &record);
	assert_int_equal(record.n_in, 0);
	bench_free(&b);
}

/* Numbers of endpoints are what the descriptors say: here OUT is 03 and stands behind IN. */
static void test_usb_wrong_endpoint(void **state)
{
	struct mock_model model = mock_two_way;
	struct mock_printer *printer;

	(void)state;
	model.descriptors = "1201000200000040b804280e000101020001"
			    "09022000010100c032"
			    "090400000207010200"
			    "07058402000200"
			    "07050302000200";
	printer = bench_plug_in(&model, &mind);
	bench_make(&b, "usb:04b8:0e28", "generic-80");
	bench_pass(&b, BENCH_S);
	BENCH_UNTIL(&b, b.health == HEALTH_OK);
	mock_read(printer, &record);
	assert_int_equal(record.last_out, 0x03);
	bench_free(&b);
}

/* Old answers first, then answers that are none, then none within 500 ms. */
static void test_usb_stale_or_ignored_status(void **state)
{
	struct mock_printer *printer = bench_plug_in(&mock_two_way, &mind);

	(void)state;
	mock_send(printer, "\x1e\x7e\x7e\x38\x0f\x0f\x0f\x12\x12\x12\x12", 11);
	mind.status = false;
	bench_make(&b, "usb:04b8:0e28", "generic-80");
	BENCH_UNTIL(&b, b.ups == 1);
	bench_turn(&b);
	bench_turn(&b);
	assert_int_equal(b.health, HEALTH_UNKNOWN); /* none of that was asked for */
	assert_int_equal(b.conditions, 0);
	bench_pass(&b, 3 * BENCH_S);
	assert_int_equal(b.health, HEALTH_WARNING);
	mind.id = mind.queued = false;
	assert_int_equal(bench_print(&b, 7, &bench_ticket), 0);
	BENCH_UNTIL(&b, b.ended == 1);
	assert_int_equal(b.result, RESULT_SENT);
	/* Answers with wrong fixed bits are not taken for "all is well". */
	mind.status = true;
	memset(mind.replies, 0x93, sizeof(mind.replies));
	bench_pass(&b, 15 * BENCH_S);
	assert_int_not_equal(b.health, HEALTH_OK);
	memset(mind.replies, 0x12, sizeof(mind.replies));
	bench_pass(&b, 15 * BENCH_S);
	assert_int_equal(b.health, HEALTH_OK);
	bench_free(&b);
}

static void fail_to_open(const char *url, const char *why)
{
	bench_make(&b, url, "generic-80");
	BENCH_UNTIL(&b, b.downs == 1);
	if (!strstr(b.why, why))
		fail_msg("%s: %s", url, b.why);
	bench_free(&b);
}

static void test_usb_two_printers_of_one_model(void **state)
{
	struct mock_model model = mock_two_way;
	struct mock_printer *printers[3];
	char url[DEVICES_URL_SIZE];

	(void)state;
	printers[0] = bench_plug_in(&model, &mind);
	model.port = "1-3";
	model.address = 6;
	printers[1] = bench_plug_in(&model, &mind);
	model.port = "1-4";
	model.address = 7;
	model.serial = "X5QV02";
	printers[2] = bench_plug_in(&model, &mind);
	fail_to_open("usb:04b8:0e28", "fits several devices; it is one of usb:port=1-");
	fail_to_open("usb:04b8:0e28", "usb:port=1-2");
	fail_to_open("usb:04b8:0e28", "usb:port=1-3");
	fail_to_open("usb:04b8:0e28", "usb:port=1-4");
	fail_to_open("usb:04b8:0e28/serial=X5QV01", "usb:port=1-2");
	fail_to_open("usb:04b8:0e28/serial=X5QV01", "usb:port=1-3");
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = {"usb:port=1-2", "usb:port=1-3",
						    "usb:04b8:0e28/serial=X5QV02"};

		(void)snprintf(url, sizeof(url), "%s", names[i]);
		bench_make(&b, url, "generic-80");
		BENCH_UNTIL(&b, b.ups == 1);
		bench_free(&b);
		for (size_t k = 0; k < 3; k++) {
			mock_read(printers[k], &record);
			assert_int_equal(record.n_claimed, k <= i);
		}
	}
}

/* ---- permissions ---------------------------------------------------------------------------- */

static bool forbidden;

/* libusb's own call comes here first; fortified, it has this name. */
int libusb_opens(const char *path, int flags) __asm__("__open_2");
int libusb_opens(const char *path, int flags)
{
	static int (*next)(const char *path, int flags);

	if (forbidden && strncmp(path, "/dev/bus/usb/", 13) == 0) {
		errno = EACCES;
		return -1;
	}
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "__open_2");
	return next(path, flags);
}

static void test_usb_permissions(void **state)
{
	struct mock_printer *printer = bench_plug_in(&mock_two_way, &mind);

	(void)state;
	forbidden = true;
	bench_make(&b, "usb:04b8:0e28", "generic-80");
	BENCH_UNTIL(&b, b.downs == 1);
	assert_non_null(strstr(b.why, "no right to it"));
	assert_non_null(strstr(b.why, "udev"));
	forbidden = false;
	bench_pass(&b, 2 * BENCH_S);
	BENCH_UNTIL(&b, b.ups == 1);
	mock_read(printer, &record);
	assert_int_equal(record.n_claimed, 1);
	bench_free(&b);
}

/* ---- bad input ------------------------------------------------------------------------------ */

static void test_usb_printer_without_out_endpoint(void **state)
{
	struct mock_model model = mock_two_way;

	(void)state;
	model.descriptors = "1201000200000040b804280e000101020001"
			    "09021900010100c032"
			    "090400000107010200"
			    "07058202000200";
	(void)bench_plug_in(&model, &mind);
	fail_to_open("usb:04b8:0e28", "calls itself a printer and has no endpoint");
	fail_to_open("usb:port=1-2", "calls itself a printer and has no endpoint");
}

/* Garbage without an end: so much a turn and no more, no memory, and health says so. */
static void test_usb_garbage_for_ever(void **state)
{
	struct mock_printer *printer = bench_ready(&b, &mind);
	int64_t start_us;
	int before;

	(void)state;
	mind.status = false;
	change(printer)->in_babbles = true;
	mock_unlock();
	BENCH_UNTIL(&b, b.health == HEALTH_FAILED);
	assert_string_equal(b.detail, "answers are not ESC/POS");
	assert_int_equal(bench_print(&b, 7, &bench_ticket), -EAGAIN);
	for (unsigned i = 0; i < 1000; i++) {
		mock_read(printer, &record);
		before = record.n_in;
		bench_turn(&b);
		mock_read(printer, &record);
		assert_in_range(record.n_in - before, 0, 2);
	}
	/* Of ten seconds by the clock: 64 answers a second and then one in 20 ms. */
	start_us = bench_now(&b);
	mock_read(printer, &record);
	before = record.n_in;
	while (bench_now(&b) < start_us + 10 * BENCH_S) {
		b.skew_us += 5000;
		link_process(&b.slot.link, bench_now(&b));
	}
	mock_read(printer, &record);
	assert_in_range(record.n_in - before, 300, 10 * (64 + 50) + 100);
	change(printer)->in_babbles = false;
	mock_unlock();
	mind.status = true;
	bench_pass(&b, 25 * BENCH_S);
	BENCH_UNTIL(&b, b.health == HEALTH_OK);
	bench_free(&b);
}

#define FAILURE(name)                                                                              \
	cmocka_unit_test_setup_teardown(test_##name, printer_bench_set_up, printer_bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAILURE(usb_partial_write_on_timeout),
		FAILURE(usb_cut_transfer_is_unknown),
		FAILURE(usb_nak_while_paper_out),
		FAILURE(usb_one_way_tells_paper_end),
		FAILURE(usb_nak_while_buffer_full),
		FAILURE(usb_status_unreachable_while_busy),
		FAILURE(usb_usblp_holds_the_interface),
		FAILURE(usb_reset_re_enumerates),
		FAILURE(usb_stall_climbs_the_ladder),
		FAILURE(usb_device_id_stalls),
		FAILURE(usb_port_status_stalls),
		FAILURE(usb_zero_length_write),
		FAILURE(usb_unplug_and_replug),
		FAILURE(usb_replug_during_a_try),
		FAILURE(usb_duplicates_on_retry),
		FAILURE(usb_lost_tail_or_cut),
		FAILURE(usb_no_in_endpoint),
		FAILURE(usb_wrong_endpoint),
		FAILURE(usb_stale_or_ignored_status),
		FAILURE(usb_two_printers_of_one_model),
		FAILURE(usb_permissions),
		FAILURE(usb_printer_without_out_endpoint),
		FAILURE(usb_garbage_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
