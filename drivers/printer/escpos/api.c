/* The escpos driver: thermal printers on a link of their own. Here are the table of the driver, the
 * sorting of what comes in, and what is told upward about the printer's health; questions are in
 * ask.c, jobs in job.c, bytes in protocol.c and encode.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/printer/escpos/device.h"
#include "drivers/printer/escpos/models.h"
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

static const char no_data[] = "takes no data: paper, cover, power?";

/* While it is brought back, and when its port has the only word. */
static enum device_health health_apart(const struct device *device, const char **ret_detail)
{
	static const char *const troubles[] = {
		[ESCPOS_PORT_PAPER] = "paper out",
		[ESCPOS_PORT_ERROR] = "printer error: cover, jam?",
		[ESCPOS_PORT_OFFLINE] = "offline",
	};
	enum escpos_trouble trouble = escpos_port_trouble(device);

	*ret_detail = "";
	if (trouble && device->standing != ESCPOS_WRONG) {
		*ret_detail = troubles[trouble];
		return HEALTH_WAITING;
	}
	if (!escpos_is_recovering(device))
		return HEALTH_OK;
	if (device->recovery.stuck) {
		*ret_detail = no_data;
		return HEALTH_WAITING;
	}
	if (device->recovery.rung == ESCPOS_RUNG_NONE &&
	    device->recovery.phase != ESCPOS_RECOVER_REST)
		return HEALTH_UNKNOWN;
	*ret_detail = "a transfer failed: it is being brought back";
	return HEALTH_FAILED;
}

static enum device_health health_of(const struct device *device, const char **ret_detail)
{
	const char *obstacle = escpos_obstacle(device);
	enum device_health apart;

	*ret_detail = "";
	if (!device->up)
		return HEALTH_GONE;
	apart = health_apart(device, ret_detail);
	if (apart != HEALTH_OK)
		return apart;
	switch (device->standing) {
	case ESCPOS_UNASKED: return HEALTH_UNKNOWN;
	case ESCPOS_SILENT: *ret_detail = "does not answer"; return HEALTH_FAILED;
	case ESCPOS_WRONG: *ret_detail = "answers are not ESC/POS"; return HEALTH_FAILED;
	case ESCPOS_BLIND:
		*ret_detail = device->job.stuck	       ? no_data
			      : device->port.seen_good ? "gives no status but its port's"
						       : "blind: it gives no status";
		return device->job.stuck ? HEALTH_WAITING : HEALTH_WARNING;
	case ESCPOS_ANSWERS: break;
	}
	if (device->job.stuck) {
		*ret_detail = "takes no data: paper, cover, power?";
		return HEALTH_WAITING;
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
	static const uint32_t troubles[] = {
		[ESCPOS_NO_TROUBLE] = 0,
		[ESCPOS_PORT_PAPER] = PRINTER_PAPER_END,
		[ESCPOS_PORT_ERROR] = PRINTER_ERROR,
		[ESCPOS_PORT_OFFLINE] = PRINTER_OFFLINE,
	};
	const struct escpos_status *status = &device->status;
	uint32_t ret = troubles[escpos_port_trouble(device)];

	if (!device->up || device->standing == ESCPOS_WRONG ||
	    device->recovery.rung != ESCPOS_RUNG_NONE ||
	    device->recovery.phase == ESCPOS_RECOVER_REST)
		return PRINTER_UNREACHABLE;
	if (device->standing == ESCPOS_SILENT)
		return ret ? ret : PRINTER_UNREACHABLE;
	if (device->standing != ESCPOS_ANSWERS)
		return ret;
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
	const int64_t all_us[] = {
		escpos_ask_deadline(device),
		escpos_job_deadline(device),
		escpos_port_deadline(device),
		escpos_recover_deadline(device),
	};
	int64_t first_us = DRIVER_NO_DEADLINE;

	for (size_t i = 0; i < sizeof(all_us) / sizeof(all_us[0]); i++)
		first_us = all_us[i] < first_us ? all_us[i] : first_us;
	return first_us;
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

/* Of those that a document can become: a band of a picture, or what a QR code holds. */
static size_t longest_command(const struct device_model *model)
{
	size_t stride = (model->u.printer.width_dots + 7u) / 8u;
	size_t band = stride * model->u.printer.raster_rows;

	return (band > ESCPOS_QR_MAX ? band : ESCPOS_QR_MAX) + 16;
}

static int create(struct device **ret_device, const struct device_options *options,
		  const struct driver_host *host, void *user, char *ret_error, size_t error_size)
{
	struct device_model model;
	struct device *device;
	int r;

	if (!options->model) {
		snprintf(ret_error, error_size, "%s: no model", options->name);
		return -EINVAL;
	}
	model = *options->model;
	r = escpos_apply_settings(&model, options->settings, options->setting_count, options->name,
				  ret_error, error_size);
	if (r < 0)
		return r;
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->host = host;
	device->user = user;
	device->model = model;
	device->paper = escpos_paper_of(&device->model);
	device->recovery.torn = options->torn ? longest_command(&device->model) : 0;
	device->port.ignored = device->model.u.printer.port_status_wrong;
	device->health = HEALTH_UNKNOWN;
	device->deadline_us = DRIVER_NO_DEADLINE;
	*ret_device = device;
	return 0;
}

static const struct device_model *get_model(const struct device *device)
{
	return &device->model;
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
	escpos_recover_tick(device, now_us);
	if (device->up) {
		escpos_ask_tick(device, now_us);
		escpos_port_tick(device, now_us);
	}
	escpos_settle(device);
}

static void link_down(struct device *device, int64_t now_us)
{
	device->up = false;
	device->out = ESCPOS_OUT_NONE;
	device->standing = ESCPOS_UNASKED;
	device->ask = (struct escpos_ask){0};
	device->port.asking = false;
	escpos_job_link_down(device, now_us);
	escpos_recover_link_down(device, now_us);
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
	escpos_port_start(device, now_us);
	escpos_ask_start(device, now_us);
	(void)escpos_recover_sweeps(device, now_us);
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
		    device->ask.phase == ESCPOS_ASK_IDLE && !escpos_is_recovering(device))
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

	if (!device->up || device->model.u.printer.status == PRINTER_STATUS_NONE)
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
	if (device->up)
		escpos_jam_look(device, now_us);
	if (held)
		escpos_job_was_held(device, now_us);
	escpos_settle(device);
}

static void controlled(struct device *device, enum device_control what, int status,
		       const uint8_t *bytes, size_t len, int64_t now_us)
{
	bool held = escpos_job_is_held(device);

	if (!device->up)
		return;
	if (what == CONTROL_PORT_STATUS)
		escpos_port_answer(device, status, bytes, len);
	else
		escpos_recover_controlled(device, what, status, now_us);
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
	bool recovering = escpos_is_recovering(device);

	device->out = ESCPOS_OUT_NONE;
	if (out == ESCPOS_OUT_JOB && device->job.phase != ESCPOS_JOB_NONE)
		escpos_job_sent(device, status, now_us);
	else if (out == ESCPOS_OUT_QUESTION && status == 0)
		escpos_ask_sent(device, now_us);
	if (status == 0)
		escpos_job_go_on(device, now_us);
	escpos_settle(device);
	/* -ENODEV: the link goes down by itself; -ECANCELED: it was we who ended it. */
	if (!device->up || status == -ENODEV)
		return;
	if (recovering)
		escpos_recover_sent(device, status, now_us);
	else if (status < 0 && status != -ECANCELED)
		escpos_recover(device, now_us);
	escpos_settle(device);
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
	.get_model = get_model,
	.submit = submit,
	.deadline = get_deadline,
	.tick = tick,
	.link_up = link_up,
	.link_down = link_down,
	.received = received,
	.progress = progress,
	.sent = sent,
	.controlled = controlled,
};
