/* The driver with a scripted host: the test is the link, the printer and the clock. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/driver.h"
#include "tests/unit/drivers/escpos_reader.h"

enum { MS = 1000, S = 1000000, MAX_SENT = 512 * 1024 };

extern const struct driver escpos_driver;

/* What the host saw. */
struct world {
	struct device *device;
	int64_t now_us;
	bool in_flight; /* a send without its sent() */
	size_t in_flight_len;
	int send_error;
	uint8_t bytes[MAX_SENT]; /* all that was sent since clear() */
	size_t len, sends, largest;
	unsigned health_calls;
	enum device_health health;
	char detail[DEVICE_DETAIL_SIZE];
	unsigned sent_calls, ended_calls, reopens;
	int64_t ended_job;
	enum print_result result;
	char job_detail[DEVICE_DETAIL_SIZE];
	int64_t deadline_us; /* as of the last changed() */
	bool down_on_reopen;
	/* The printer, when it answers by itself. */
	bool answers_status, answers_queued, answers_id;
	uint8_t replies[5]; /* to DLE EOT 1-4 */
};

static struct world w;

static int host_send(void *user, const uint8_t *bytes, size_t len)
{
	assert_ptr_equal(user, &w);
	assert_false(w.in_flight);
	assert_in_range(len, 1, 4096);
	if (w.send_error)
		return w.send_error;
	assert_in_range(w.len + len, 1, MAX_SENT);
	memcpy(w.bytes + w.len, bytes, len);
	w.len += len;
	w.sends++;
	w.largest = len > w.largest ? len : w.largest;
	w.in_flight = true;
	w.in_flight_len = len;
	return 0;
}

static void host_reopen(void *user)
{
	(void)user;
	w.reopens++;
	if (!w.down_on_reopen)
		return;
	w.in_flight = false;
	escpos_driver.link_down(w.device, w.now_us);
}

static void host_print(void *user, int64_t job, enum print_progress progress,
		       enum print_result result, const char *detail)
{
	(void)user;
	if (progress == PRINT_PROGRESS_SENT) {
		w.sent_calls++;
		assert_int_equal(w.ended_calls, 0);
		return;
	}
	w.ended_calls++;
	w.ended_job = job;
	w.result = result;
	snprintf(w.job_detail, sizeof(w.job_detail), "%s", detail);
}

static void host_health(void *user, enum device_health health, const char *detail)
{
	(void)user;
	assert_false(w.health_calls > 0 && w.health == health && !strcmp(w.detail, detail));
	w.health_calls++;
	w.health = health;
	snprintf(w.detail, sizeof(w.detail), "%s", detail);
}

static void host_changed(void *user)
{
	(void)user;
	w.deadline_us = escpos_driver.deadline(w.device);
}

static const struct driver_host host = {
	.send = host_send,
	.reopen = host_reopen,
	.print = host_print,
	.health = host_health,
	.changed = host_changed,
};

static void make(const char *model)
{
	const struct device_options options = {.name = "front",
					       .model = driver_find_model(&escpos_driver, model)};
	char error[128];

	memset(&w, 0, sizeof(w));
	w.now_us = 1000 * (int64_t)S;
	w.deadline_us = DRIVER_NO_DEADLINE;
	w.down_on_reopen = true;
	w.answers_status = w.answers_queued = w.answers_id = true;
	memset(w.replies, 0x12, sizeof(w.replies));
	assert_int_equal(escpos_driver.create(&w.device, &options, &host, &w, error, sizeof(error)),
			 0);
}

static void clear(void)
{
	w.len = w.sends = w.largest = 0;
	w.sent_calls = w.ended_calls = w.reopens = 0;
}

static void receive(const char *bytes, size_t len)
{
	escpos_driver.received(w.device, (const uint8_t *)bytes, len, w.now_us);
}

#define RECEIVE(bytes) receive(bytes, sizeof(bytes) - 1)

/* The link has taken what was sent. */
static void take(int status)
{
	assert_true(w.in_flight);
	w.in_flight = false;
	escpos_driver.sent(w.device, status, w.now_us);
}

/* The scripted printer reads what came in since `from` and answers. */
static void answer_from(size_t from)
{
	size_t end = w.len; /* what an answer makes the driver send is not answered yet */

	for (size_t i = from; i + 2 < end; i++) {
		const uint8_t *at = w.bytes + i;

		if (at[0] == 0x10 && at[1] == 0x04 && w.answers_status) {
			receive((const char *)&w.replies[at[2]], 1);
		} else if (at[0] == 0x1d && at[1] == 0x61 && w.answers_status) {
			RECEIVE("\x10\x00\x00\x00");
		} else if (at[0] == 0x1d && at[1] == 0x28 && at[2] == 0x48 && w.answers_id) {
			char reply[7] = {0x37, 0x22};

			memcpy(reply + 2, at + 7, 4);
			receive(reply, sizeof(reply));
		} else if (at[0] == 0x1d && at[1] == 0x72 && w.answers_queued) {
			RECEIVE("\x00");
		}
	}
}

/* Lets link and printer go on until nothing is in flight. */
static void flow(void)
{
	while (w.in_flight) {
		size_t from = w.len - w.in_flight_len;

		w.now_us += MS;
		escpos_driver.progress(w.device, w.in_flight_len, w.now_us);
		take(0);
		w.now_us += MS;
		answer_from(from);
	}
}

/* Time goes on; every deadline that is due is served, and the deadline told is the true one. */
static void pass(int64_t span_us)
{
	int64_t until_us = w.now_us + span_us;
	unsigned turns = 0;

	for (;;) {
		int64_t due_us = escpos_driver.deadline(w.device);

		assert_int_equal(due_us, w.deadline_us);
		assert_true(++turns < 10000);
		if (due_us > until_us)
			break;
		w.now_us = due_us > w.now_us ? due_us : w.now_us;
		escpos_driver.tick(w.device, w.now_us);
		flow();
	}
	if (until_us > w.now_us)
		w.now_us = until_us;
}

static void up(void)
{
	escpos_driver.link_up(w.device, w.now_us);
	flow();
}

/* Up, asked and found well. */
static void make_ready(const char *model)
{
	make(model);
	up();
	pass(1 * S);
	assert_int_equal(w.health, HEALTH_OK);
	clear();
}

static const struct document_item ticket_items[] = {
	{.kind = DOCUMENT_TEXT, .width = 6, .height = 6, .text = "A001"},
	{.kind = DOCUMENT_CUT},
};
static const struct document ticket = {.items = ticket_items, .count = 2};

static uint8_t dots[72 * 200];
static const struct document_item large_items[] = {
	{.kind = DOCUMENT_PICTURE, .picture = {576, 200, dots}},
	{.kind = DOCUMENT_CUT},
};
static const struct document large = {.items = large_items, .count = 2};

static int submit(int64_t id, const struct document *document)
{
	const struct device_job job = {.kind = JOB_PRINT, .u.print = {id, document}};

	return escpos_driver.submit(w.device, &job, w.now_us);
}

static void check_ended(int64_t id, enum print_result result, const char *detail)
{
	assert_int_equal(w.ended_calls, 1);
	assert_int_equal(w.ended_job, id);
	assert_int_equal(w.result, result);
	assert_string_equal(w.job_detail, detail);
}

static void finish(void)
{
	assert_int_equal(w.deadline_us, escpos_driver.deadline(w.device));
	escpos_driver.remove(w.device);
	w.device = NULL;
}

/* ---- how the printer is --------------------------------------------------------------------- */

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
				      "LF\nGS v 0 m=0 72x200 black 0\nLF\nGS V 42 00\n"},
		{"generic-58-oneway", "T \"--------------------------------\"\n"
				      "LF\nGS v 0 m=0 48x200 black 0\nESC d 04\n"},
	};
	static const struct document_item items[] = {
		{.kind = DOCUMENT_RULE},
		{.kind = DOCUMENT_PICTURE, .picture = {576, 200, dots}},
		{.kind = DOCUMENT_CUT},
	};
	const struct document document = {.items = items, .count = 3};
	char listing[512], wanted[512];

	(void)state;
	memset(dots, 0, sizeof(dots));
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
	const struct document empty = {.items = ticket_items, .count = 0};

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
	(void)state;
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
		/* Never again by itself. */
		clear();
		up();
		pass(60 * S);
		assert_int_equal(w.health, HEALTH_OK);
		assert_int_equal(w.ended_calls, 0);
		for (size_t i = 0; i + 1 < w.len; i++)
			assert_false(w.bytes[i] == 0x1b && w.bytes[i + 1] == 0x40);
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
		unsigned accepted = 0, ended = 0;

		make(round % 5 ? "generic-80" : "generic-58-oneway");
		w.answers_id = rand() % 2;
		w.answers_queued = rand() % 4;
		w.answers_status = rand() % 4;
		w.down_on_reopen = true;
		up();
		for (unsigned step = 0; step < 60; step++) {
			uint8_t noise[8];

			clear();
			switch (rand() % 9) {
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
				if (w.in_flight)
					take(rand() % 6 ? 0 : -EIO);
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
			if (w.ended_calls && w.result == RESULT_SENT)
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
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_reply_before_sent),
		cmocka_unit_test(test_obstacles),
		cmocka_unit_test(test_automatic),
		cmocka_unit_test(test_broken_off),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_one_way),
		cmocka_unit_test(test_silent),
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
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_takes_nothing),
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
