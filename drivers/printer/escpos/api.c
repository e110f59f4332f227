/* The escpos driver: thermal printers on a link of their own. Here are the table of the driver, the
 * sorting of what comes in, and what is told upward about the printer's health; questions are in
 * ask.c, jobs in job.c, bytes in protocol.c and encode.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/printer/escpos/device.h"
#include "drivers/printer/escpos/paper.h"

extern const struct driver escpos_driver;

enum { VENDOR_EPSON = 0x04b8, PRODUCT_EPSON_ANY = 0x0202 };

/* ---- health --------------------------------------------------------------------------------- */

const char *escpos_obstacle(const struct device *device)
{
	const struct escpos_status *status = &device->status;

	if (status->cover_open)
		return "cover open";
	if (status->paper_end)
		return "paper out";
	if (status->cutter_error)
		return "cutter jammed";
	if (status->unrecoverable)
		return "printer error: switch it off and on";
	if (status->auto_recoverable)
		return "print head too hot: it goes on by itself";
	if (status->recoverable)
		return "printer error: remove its cause";
	if (status->recovering)
		return "waits to be put online";
	if (status->offline)
		return status->feeding ? "paper is being fed" : "offline";
	return NULL;
}

static enum device_health health_of(const struct device *device, const char **ret_detail)
{
	const char *obstacle = escpos_obstacle(device);

	*ret_detail = "";
	if (!device->up)
		return HEALTH_GONE;
	switch (device->standing) {
	case ESCPOS_UNASKED: return HEALTH_UNKNOWN;
	case ESCPOS_SILENT: *ret_detail = "does not answer"; return HEALTH_FAILED;
	case ESCPOS_WRONG: *ret_detail = "answers are not ESC/POS"; return HEALTH_FAILED;
	case ESCPOS_BLIND:
		*ret_detail = device->job.stuck ? "takes no data: paper, cover, power?"
						: "blind: it gives no status";
		return device->job.stuck ? HEALTH_WAITING : HEALTH_WARNING;
	case ESCPOS_ANSWERS: break;
	}
	if (obstacle) {
		*ret_detail = obstacle;
		return HEALTH_WAITING;
	}
	if (device->status.near_end) {
		*ret_detail = "paper near end";
		return HEALTH_WARNING;
	}
	return HEALTH_OK;
}

static uint32_t conditions_of(const struct device *device)
{
	const struct escpos_status *status = &device->status;
	uint32_t ret = 0;

	if (!device->up || device->standing == ESCPOS_SILENT || device->standing == ESCPOS_WRONG)
		return PRINTER_UNREACHABLE;
	if (device->standing != ESCPOS_ANSWERS)
		return 0;
	ret |= status->near_end && !status->paper_end ? PRINTER_PAPER_NEAR_END : 0;
	ret |= status->paper_end ? PRINTER_PAPER_END : 0;
	ret |= status->cover_open ? PRINTER_COVER_OPEN : 0;
	ret |= status->cutter_error ? PRINTER_CUTTER_ERROR : 0;
	ret |= status->unrecoverable || status->auto_recoverable || status->recoverable
		       ? PRINTER_ERROR
		       : 0;
	if (!(ret & ~(uint32_t)PRINTER_PAPER_NEAR_END) && escpos_obstacle(device))
		ret |= PRINTER_OFFLINE;
	return ret;
}

bool escpos_is_ready(const struct device *device)
{
	const char *detail;
	enum device_health health = health_of(device, &detail);

	return health == HEALTH_OK || health == HEALTH_WARNING;
}

static int64_t deadline(const struct device *device)
{
	int64_t ask_us = escpos_ask_deadline(device), job_us = escpos_job_deadline(device);

	return ask_us < job_us ? ask_us : job_us;
}

void escpos_settle(struct device *device)
{
	const char *detail;
	enum device_health health = health_of(device, &detail);
	uint32_t conditions = conditions_of(device);
	int64_t deadline_us;

	if (conditions != device->conditions) {
		device->conditions = conditions;
		if (device->host->conditions)
			device->host->conditions(device->user, conditions);
	}
	if (health != device->health || strcmp(detail, device->detail) != 0) {
		device->health = health;
		snprintf(device->detail, sizeof(device->detail), "%s", detail);
		device->host->health(device->user, health, device->detail);
	}
	deadline_us = deadline(device);
	if (deadline_us != device->deadline_us) {
		device->deadline_us = deadline_us;
		device->host->changed(device->user);
	}
}

/* ---- making and removing -------------------------------------------------------------------- */

/* The command set of an IEEE 1284 device ID: "CMD:ESC/POS;" or "COMMAND SET:...". */
static bool speaks_escpos(const char *device_id)
{
	static const char *const keys[] = {"CMD:", "COMMAND SET:"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = strstr(device_id, keys[i]), *end, *name;

		if (!value)
			continue;
		end = value + strcspn(value, ";");
		name = strstr(value, "ESC/POS");
		if (name && name < end)
			return true;
	}
	return false;
}

static int probe(const struct device_identity *identity)
{
	if (identity->driver[0])
		return strcmp(identity->driver, escpos_driver.name) == 0 ? 0 : -ENODEV;
	if (identity->vendor == VENDOR_EPSON && identity->product == PRODUCT_EPSON_ANY)
		return 0;
	return speaks_escpos(identity->device_id) ? 0 : -ENODEV;
}

static int create(struct device **ret_device, const struct device_options *options,
		  const struct driver_host *host, void *user, char *ret_error, size_t error_size)
{
	const struct device_model *model = options->model;
	struct device *device;

	if (!model) {
		snprintf(ret_error, error_size, "%s: no model", options->name);
		return -EINVAL;
	}
	if (options->setting_count > 0) {
		snprintf(ret_error, error_size, "%s: escpos has no setting \"%s\"", options->name,
			 options->settings[0]);
		return -EINVAL;
	}
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->host = host;
	device->user = user;
	device->model = model;
	device->paper = escpos_paper_of(model);
	device->health = HEALTH_UNKNOWN;
	device->deadline_us = DRIVER_NO_DEADLINE;
	*ret_device = device;
	return 0;
}

static void remove_device(struct device *device)
{
	if (!device)
		return;
	free(device->job.bytes);
	free(device);
}

/* ---- calls from outside --------------------------------------------------------------------- */

static int submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	int r;

	if (job->kind != JOB_PRINT)
		return -EOPNOTSUPP;
	if (device->job.phase != ESCPOS_JOB_NONE)
		return -EBUSY;
	if (!device->up)
		return -ENOTCONN;
	if (!escpos_is_ready(device))
		return -EAGAIN;
	r = escpos_job_submit(device, &job->u.print, now_us);
	if (r < 0)
		return r;
	escpos_settle(device);
	return 0;
}

static void tick(struct device *device, int64_t now_us)
{
	escpos_job_tick(device, now_us);
	if (device->up)
		escpos_ask_tick(device, now_us);
	escpos_settle(device);
}

static void link_down(struct device *device, int64_t now_us)
{
	device->up = false;
	device->out = ESCPOS_OUT_NONE;
	device->standing = ESCPOS_UNASKED;
	device->ask = (struct escpos_ask){0};
	escpos_job_link_down(device, now_us);
	escpos_settle(device);
}

static void link_up(struct device *device, int64_t now_us)
{
	if (device->up)
		link_down(device, now_us);
	device->up = true;
	device->out = ESCPOS_OUT_NONE;
	device->status = (struct escpos_status){0};
	device->sorter = (struct escpos_sorter){0};
	device->noise = 0;
	device->armed = false;
	device->heard_us = now_us;
	device->id_answered = false;
	device->id_misses = 0;
	device->owed = 0;
	escpos_ask_start(device, now_us);
	escpos_settle(device);
}

static void take_answer(struct device *device, const struct escpos_answer *answer, int64_t now_us)
{
	switch (answer->kind) {
	case ESCPOS_REALTIME: escpos_ask_realtime(device, answer->bytes[0], now_us); return;
	case ESCPOS_AUTOMATIC:
		if (escpos_read_automatic(&device->status, answer->bytes) < 0)
			return;
		/* Only questions that are answered make a printer trusted: ask now. */
		if (device->standing != ESCPOS_ANSWERS && device->standing != ESCPOS_WRONG &&
		    device->ask.phase == ESCPOS_ASK_IDLE)
			device->ask.poll_us = now_us;
		return;
	case ESCPOS_QUEUED: escpos_job_queued(device, now_us); return;
	case ESCPOS_BLOCK: escpos_job_block(device, answer, now_us); return;
	case ESCPOS_FLOW:
	case ESCPOS_NOTHING: return;
	}
}

static void received(struct device *device, const uint8_t *bytes, size_t len, int64_t now_us)
{
	bool held = escpos_job_is_held(device);
	struct escpos_answer answer;

	if (!device->up || device->model->u.printer.status == PRINTER_STATUS_NONE)
		return;
	if (now_us - device->heard_us > ESCPOS_REPLY_US)
		escpos_sorter_reset(&device->sorter);
	device->heard_us = now_us;
	for (size_t i = 0; i < len && device->up; i++) {
		uint32_t dropped = device->sorter.dropped;

		if (device->ask.phase == ESCPOS_ASK_DRAIN)
			break;
		if (escpos_sort(&device->sorter, bytes[i], &answer) != ESCPOS_NOTHING)
			take_answer(device, &answer, now_us);
		dropped = device->sorter.dropped - dropped;
		if (dropped > 0)
			escpos_ask_noise(device, dropped, now_us);
	}
	if (held)
		escpos_job_was_held(device, now_us);
	escpos_settle(device);
}

static void progress(struct device *device, size_t bytes, int64_t now_us)
{
	if (bytes > 0 && device->out == ESCPOS_OUT_JOB)
		escpos_job_progress(device, now_us);
	escpos_settle(device);
}

static void sent(struct device *device, int status, int64_t now_us)
{
	enum escpos_out out = device->out;

	device->out = ESCPOS_OUT_NONE;
	if (out == ESCPOS_OUT_JOB && device->job.phase != ESCPOS_JOB_NONE)
		escpos_job_sent(device, status, now_us);
	else if (out == ESCPOS_OUT_QUESTION && status == 0)
		escpos_ask_sent(device, now_us);
	if (status == 0)
		escpos_job_go_on(device, now_us);
	escpos_settle(device);
	/* -ENODEV: the link goes down by itself; -ECANCELED: it was we who closed it. */
	if (status < 0 && status != -ENODEV && status != -ECANCELED && device->up)
		device->host->reopen(device->user);
}

static int64_t get_deadline(const struct device *device)
{
	return deadline(device);
}

const struct driver escpos_driver = {
	.name = "escpos",
	.description = "Thermal printers that speak ESC/POS",
	.class = DEVICE_PRINTER,
	.link = LINK_OWN,
	.maturity = MATURITY_SIMULATED,
	.models = escpos_models,
	.model_count = ESCPOS_MODELS,
	.probe = probe,
	.create = create,
	.remove = remove_device,
	.submit = submit,
	.deadline = get_deadline,
	.tick = tick,
	.link_up = link_up,
	.link_down = link_down,
	.received = received,
	.progress = progress,
	.sent = sent,
};
