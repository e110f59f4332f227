/* The bench on which the failures of USB printers are tried. */
#include "tests/unit/devices/printer_bench.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const struct driver escpos_driver;

static const struct document_item ticket_items[] = {
	{.kind = DOCUMENT_TEXT, .width = 6, .height = 6, .text = "A001"},
	{.kind = DOCUMENT_CUT},
};
const struct document bench_ticket = {.items = ticket_items, .count = 2};

static uint8_t white[72 * 200];
static const struct document_item picture_items[] = {
	{.kind = DOCUMENT_PICTURE, .picture = {576, 200, white}},
	{.kind = DOCUMENT_CUT},
};
const struct document bench_picture = {.items = picture_items, .count = 2};

int printer_bench_set_up(void **state)
{
	(void)state;
	mock_start();
	return 0;
}

int printer_bench_tear_down(void **state)
{
	(void)state;
	mock_stop();
	return 0;
}

/* ---- the printer's mind --------------------------------------------------------------------- */

static void answer_at(struct bench_mind *mind, struct mock_printer *printer, const uint8_t *at)
{
	uint8_t reply[7] = {0x37, 0x22};

	if (at[0] == 0x10 && at[1] == 0x04 && at[2] < 5 && mind->status)
		mock_say(printer, &mind->replies[at[2]], 1);
	if (at[0] == 0x1d && at[1] == 0x61 && mind->status)
		mock_say(printer, "\x10\0\0\0", 4);
	if (at[0] == 0x1d && at[1] == 0x72 && mind->queued)
		mock_say(printer, "\0", 1);
	if (at[0] == 0x1d && at[1] == 0x56)
		mind->cuts++;
	if (at[0] == 0x1b && at[1] == 0x40)
		mind->initialised++;
	if (at[0] == 0x1d && at[1] == 0x28 && at[2] == 0x48) {
		mind->ids++;
		memcpy(mind->id_heard, at + 7, 4);
		memcpy(reply + 2, at + 7, 4);
		if (mind->id)
			mock_say(printer, reply, sizeof(reply));
	}
}

static void hear(void *user, struct mock_printer *printer, const uint8_t *bytes, size_t len)
{
	struct bench_mind *mind = user;
	size_t kept = len < sizeof(mind->tail) ? len : sizeof(mind->tail);

	for (size_t i = 0; i + 1 < len; i++) {
		uint8_t at[11] = {0};

		memcpy(at, bytes + i, len - i < sizeof(at) ? len - i : sizeof(at));
		answer_at(mind, printer, at);
	}
	memset(mind->tail, 0, sizeof(mind->tail));
	memcpy(mind->tail + sizeof(mind->tail) - kept, bytes + len - kept, kept);
}

struct mock_printer *bench_plug_in(const struct mock_model *model, struct bench_mind *mind)
{
	struct mock_printer *printer = mock_plug(model);
	struct mock_behaviour *behaviour = mock_lock(printer);

	*mind = (struct bench_mind){.status = true, .queued = true, .id = true};
	memset(mind->replies, 0x12, sizeof(mind->replies));
	behaviour->hear = hear;
	behaviour->user = mind;
	mock_unlock();
	return printer;
}

/* ---- between driver and link ---------------------------------------------------------------- */

int64_t bench_now(const struct printer_bench *bench)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + bench->skew_us;
}

static int host_send(void *user, const uint8_t *bytes, size_t len)
{
	return link_send(&((struct printer_bench *)user)->slot.link, bytes, len);
}

static void host_cancel(void *user)
{
	link_cancel(&((struct printer_bench *)user)->slot.link);
}

static int host_control(void *user, enum device_control what)
{
	return spooler_control(&((struct printer_bench *)user)->slot, what);
}

static void host_reopen(void *user)
{
	link_reopen(&((struct printer_bench *)user)->slot.link);
}

static void host_print(void *user, int64_t job, enum print_progress progress,
		       enum print_result result, const char *detail)
{
	struct printer_bench *bench = user;

	if (progress == PRINT_PROGRESS_SENT) {
		bench->sent++;
		return;
	}
	bench->ended++;
	bench->ended_job = job;
	bench->result = result;
	(void)snprintf(bench->job_detail, sizeof(bench->job_detail), "%s", detail);
}

static void host_health(void *user, enum device_health health, const char *detail)
{
	struct printer_bench *bench = user;

	bench->health = health;
	(void)snprintf(bench->detail, sizeof(bench->detail), "%s", detail);
}

static void host_conditions(void *user, uint32_t conditions)
{
	((struct printer_bench *)user)->conditions = conditions;
}

static void changed(void *user)
{
	(void)user;
}

static const struct driver_host host = {
	.send = host_send,
	.cancel = host_cancel,
	.control = host_control,
	.reopen = host_reopen,
	.print = host_print,
	.health = host_health,
	.conditions = host_conditions,
	.changed = changed,
};

static void link_up(void *user)
{
	struct printer_bench *bench = user;

	bench->ups++;
	bench->driver->link_up(bench->device, bench_now(bench));
}

static void link_down(void *user, int reason)
{
	struct printer_bench *bench = user;

	bench->downs++;
	(void)snprintf(bench->why, sizeof(bench->why), "%s", link_why(&bench->slot.link, reason));
	bench->driver->link_down(bench->device, bench_now(bench));
}

static void link_received(void *user, const uint8_t *bytes, size_t len)
{
	struct printer_bench *bench = user;

	bench->driver->received(bench->device, bytes, len, bench_now(bench));
}

static void link_progress(void *user, size_t bytes)
{
	struct printer_bench *bench = user;

	bench->driver->progress(bench->device, bytes, bench_now(bench));
}

static void link_sent(void *user, int status)
{
	struct printer_bench *bench = user;

	bench->driver->sent(bench->device, status, bench_now(bench));
}

static void link_controlled(void *user, enum transport_control what, int status,
			    const uint8_t *bytes, size_t len)
{
	struct printer_bench *bench = user;

	spooler_controlled(&bench->slot, what, status, bytes, len, bench_now(bench));
}

static int64_t link_now(void *user)
{
	return bench_now(user);
}

static const struct link_ops link_ops = {
	.up = link_up,
	.down = link_down,
	.received = link_received,
	.progress = link_progress,
	.sent = link_sent,
	.controlled = link_controlled,
	.changed = changed,
	.now_us = link_now,
};

static void no_log(void *user, const char *device, const char *message)
{
	(void)user, (void)device, (void)message;
}

void bench_make(struct printer_bench *bench, const char *url, const char *model)
{
	struct device_options options = {.name = "front"};
	char error[160];

	memset(bench, 0, sizeof(*bench));
	bench->driver = &escpos_driver;
	options.model = driver_find_model(bench->driver, model);
	assert_int_equal(bench->driver->create(&bench->device, &options, &host, bench, error,
					       sizeof(error)),
			 0);
	if (link_init(&bench->slot.link, url, &link_ops, bench, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	(void)snprintf(bench->config.url, sizeof(bench->config.url), "%s", url);
	bench->devices_host = (struct devices_host){.changed = changed, .log = no_log};
	bench->devices.host = &bench->devices_host;
	bench->devices.printers = &bench->slot;
	bench->devices.printer_count = 1;
	bench->slot.slot.owner = &bench->devices;
	bench->slot.slot.config = &bench->config;
	bench->slot.slot.driver = bench->driver;
	bench->slot.slot.device = bench->device;
	link_open(&bench->slot.link);
	hotplug_start(&bench->devices);
}

void bench_free(struct printer_bench *bench)
{
	hotplug_finish(&bench->devices);
	link_finish(&bench->slot.link);
	bench->driver->remove(bench->device);
}

static void process(struct printer_bench *bench)
{
	int64_t now_us = bench_now(bench);

	hotplug_process(&bench->devices, now_us);
	link_process(&bench->slot.link, now_us);
	if (now_us >= bench->driver->deadline(bench->device))
		bench->driver->tick(bench->device, now_us);
}

/* The thread and the mock live by the real clock: they get their time. */
static void wait_for_descriptors(struct printer_bench *bench, int timeout_ms)
{
	const struct transport *transport = bench->slot.link.transport;
	struct pollfd fds[2 * TRANSPORT_MAX_FDS];
	size_t n = hotplug_fds(&bench->devices, fds, TRANSPORT_MAX_FDS);

	n += transport->ops->fds(transport, fds + n, TRANSPORT_MAX_FDS);
	(void)poll(fds, n, timeout_ms);
}

void bench_turn(struct printer_bench *bench)
{
	wait_for_descriptors(bench, 2);
	process(bench);
}

void bench_pass(struct printer_bench *bench, int64_t span_us)
{
	for (int64_t passed_us = 0; passed_us < span_us; passed_us += 100000) {
		bench->skew_us += 100000;
		process(bench);
		wait_for_descriptors(bench, 1);
		process(bench);
	}
}

int bench_print(struct printer_bench *bench, int64_t id, const struct document *document)
{
	const struct device_job job = {.kind = JOB_PRINT, .u.print = {id, document}};

	return bench->driver->submit(bench->device, &job, bench_now(bench));
}

struct mock_printer *bench_ready(struct printer_bench *bench, struct bench_mind *mind)
{
	struct mock_printer *printer = bench_plug_in(&mock_two_way, mind);

	bench_make(bench, "usb:04b8:0e28", "generic-80");
	BENCH_UNTIL(bench, bench->ups == 1);
	bench_pass(bench, BENCH_S);
	BENCH_UNTIL(bench, bench->health == HEALTH_OK);
	return printer;
}
