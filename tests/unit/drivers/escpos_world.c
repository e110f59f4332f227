/* The host asserts its own contract: one send at a time, at most 4,096 bytes, health told on change
 * only, nothing sent after the end was told. */
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/drivers/escpos_world.h"

#include <cmocka.h>

struct world w;

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
	w.asking = 0;
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

static void host_conditions(void *user, uint32_t conditions)
{
	(void)user;
	assert_int_not_equal(w.conditions, conditions);
	w.conditions = conditions;
}

static int host_control(void *user, enum device_control what)
{
	size_t used = strlen(w.asked);

	(void)user;
	assert_in_range(what, CONTROL_PORT_STATUS, CONTROL_DEVICE_RESET);
	if (w.control_error)
		return w.control_error;
	if (w.asking || (w.in_flight && what >= CONTROL_CLEAR_HALT))
		return -EBUSY;
	w.asking = what;
	if (what != CONTROL_PORT_STATUS && used + 1 < sizeof(w.asked))
		w.asked[used] = "?pdhsr"[what];
	return 0;
}

static void host_cancel(void *user)
{
	(void)user;
	assert_true(w.in_flight);
	w.cancels++;
}

static const struct driver_host usb_host = {
	.send = host_send,
	.cancel = host_cancel,
	.control = host_control,
	.reopen = host_reopen,
	.print = host_print,
	.health = host_health,
	.conditions = host_conditions,
	.changed = host_changed,
};

static const struct driver_host host = {
	.send = host_send,
	.reopen = host_reopen,
	.print = host_print,
	.health = host_health,
	.changed = host_changed,
};

static void make_on(const char *model, const char *setting, const struct driver_host *on)
{
	const struct device_options options = {
		.name = "front",
		.model = driver_find_model(&escpos_driver, model),
		.settings = &setting,
		.setting_count = setting ? 1 : 0,
	};
	char error[128];

	memset(&w, 0, sizeof(w));
	memset(dots, 0xff, sizeof(dots)); /* white would not be sent */
	w.now_us = 1000 * (int64_t)S;
	w.deadline_us = DRIVER_NO_DEADLINE;
	w.down_on_reopen = true;
	w.answers_status = w.answers_queued = w.answers_id = true;
	memset(w.replies, 0x12, sizeof(w.replies));
	assert_int_equal(escpos_driver.create(&w.device, &options, on, &w, error, sizeof(error)),
			 0);
}

void make_with(const char *model, const char *setting)
{
	make_on(model, setting, &host);
}

void make(const char *model)
{
	make_on(model, NULL, &host);
}

void make_usb(const char *model)
{
	make_on(model, NULL, &usb_host);
}

void answer_control(int status, uint8_t port_status)
{
	enum device_control asked = w.asking;
	bool told = status == 0 && asked == CONTROL_PORT_STATUS;

	assert_int_not_equal(asked, 0);
	w.asking = 0;
	escpos_driver.controlled(w.device, asked, status, told ? &port_status : NULL, told ? 1 : 0,
				 w.now_us);
}

void clear(void)
{
	w.len = w.sends = w.largest = 0;
	w.sent_calls = w.ended_calls = w.reopens = 0;
}

void receive(const char *bytes, size_t len)
{
	escpos_driver.received(w.device, (const uint8_t *)bytes, len, w.now_us);
}

void take(int status)
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

void flow(void)
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

void pass(int64_t span_us)
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

void up(void)
{
	escpos_driver.link_up(w.device, w.now_us);
	flow();
}

void make_ready_with(const char *model, const char *setting)
{
	make_with(model, setting);
	up();
	pass(1 * S);
	assert_int_equal(w.health, HEALTH_OK);
	clear();
}

void make_ready(const char *model)
{
	make_ready_with(model, NULL);
}

static const struct document_item ticket_items[] = {
	{.kind = DOCUMENT_TEXT, .width = 6, .height = 6, .text = "A001"},
	{.kind = DOCUMENT_CUT},
};
const struct document ticket = {.items = ticket_items, .count = 2};

uint8_t dots[72 * 200];
static const struct document_item large_items[] = {
	{.kind = DOCUMENT_PICTURE, .picture = {576, 200, dots}},
	{.kind = DOCUMENT_CUT},
};
const struct document large = {.items = large_items, .count = 2};

int submit(int64_t id, const struct document *document)
{
	const struct device_job job = {.kind = JOB_PRINT, .u.print = {id, document}};

	return escpos_driver.submit(w.device, &job, w.now_us);
}

void check_ended(int64_t id, enum print_result result, const char *detail)
{
	assert_int_equal(w.ended_calls, 1);
	assert_int_equal(w.ended_job, id);
	assert_int_equal(w.result, result);
	assert_string_equal(w.job_detail, detail);
}

void finish(void)
{
	assert_int_equal(w.deadline_us, escpos_driver.deadline(w.device));
	escpos_driver.remove(w.device);
	w.device = NULL;
}
