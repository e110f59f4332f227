/* All devices of the hall together: made from the configuration, given their links and lines, run,
 * and told of what became durable. */
#include "src/devices/devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/devices/private.h"

void devices_command(struct devices *devices, struct command *ret, enum command_type type,
		     const char *kind, const char *id)
{
	memset(ret, 0, sizeof(*ret));
	ret->type = type;
	devices->host->stamp(devices->user, &ret->at);
	snprintf(ret->by, sizeof(ret->by), "%s/%s", kind, id);
}

/* ---- upward calls of drivers ----------------------------------------------------------------- */

static int host_send(void *user, const uint8_t *bytes, size_t len)
{
	struct printer_slot *printer = user;

	return link_send(&printer->link, bytes, len);
}

static void host_cancel(void *user)
{
	struct printer_slot *printer = user;

	link_cancel(&printer->link);
}

static int host_control(void *user, enum device_control what)
{
	return spooler_control(user, what);
}

static void host_reopen(void *user)
{
	struct printer_slot *printer = user;

	link_reopen(&printer->link);
}

static void host_print(void *user, int64_t job, enum print_progress progress,
		       enum print_result result, const char *detail)
{
	if (progress == PRINT_PROGRESS_ENDED)
		spooler_print(user, job, result, detail);
}

static void host_painted(void *user, enum board_painted painted, uint32_t revision)
{
	boards_painted(user, painted, revision);
}

static void host_key(void *user, const struct key_press *press)
{
	keypads_key(user, press);
}

static void host_health(void *user, enum device_health health, const char *detail)
{
	struct slot *slot = user;

	health_told(slot, health, detail);
	slot->owner->dirty = true; /* a printer that is ready again takes the next job */
	slot->owner->host->changed(slot->owner->user);
}

static void host_conditions(void *user, uint32_t conditions)
{
	conditions_told(user, conditions);
}

static void host_changed(void *user)
{
	struct slot *slot = user;

	if (slot->driver && slot->driver->link == LINK_LINE)
		line_wake(&slot->owner->lines[slot->config->line].line);
	slot->owner->host->changed(slot->owner->user);
}

static const struct driver_host driver_host = {
	.send = host_send,
	.cancel = host_cancel,
	.control = host_control,
	.reopen = host_reopen,
	.print = host_print,
	.painted = host_painted,
	.key = host_key,
	.health = host_health,
	.conditions = host_conditions,
	.changed = host_changed,
};

/* ---- a line between its link and its bus master ------------------------------------------------
 */

static int line_write(void *user, const uint8_t *bytes, size_t len)
{
	struct line_port *line = user;

	return link_send(&line->link, bytes, len);
}

/* Once for each reason: a link that is down is tried again every few seconds. */
void devices_tell_down(struct devices *devices, const char *id, struct link *link, int reason)
{
	const char *why = link_why(link, reason);
	const char *chinese = devices_chinese(why);
	char message[sizeof(link->told) + 128];

	if (!strcmp(link->told, why))
		return;
	snprintf(link->told, sizeof(link->told), "%s", why);
	snprintf(message, sizeof(message), "%s %s: %s%s%s", device_health_chinese(HEALTH_GONE),
		 device_health_name(HEALTH_GONE), chinese, chinese[0] ? " " : "", link->told);
	devices->host->log(devices->user, id, message);
}

static void line_link_up(void *user)
{
	struct line_port *line = user;

	line_up(&line->line, devices_now(line->owner));
}

/* Boards and keypads learn it from their drivers; what they showed is unknown from now on. */
static void line_link_down(void *user, int reason)
{
	struct line_port *line = user;
	struct devices *devices = line->owner;
	size_t index = (size_t)(line - devices->lines);
	char id[CORE_ID_SIZE + 8];

	snprintf(id, sizeof(id), "line %s", line->config->id);
	devices_tell_down(devices, id, &line->link, reason);
	line_down(&line->line, devices_now(devices));
	health_line_down(devices, index, link_why(&line->link, reason));
}

static void line_link_received(void *user, const uint8_t *bytes, size_t len)
{
	struct line_port *line = user;

	line_received(&line->line, bytes, len, devices_now(line->owner));
}

static void line_link_progress(void *user, size_t bytes)
{
	(void)user, (void)bytes;
}

static void line_link_sent(void *user, int status)
{
	struct line_port *line = user;

	line_sent(&line->line, status, devices_now(line->owner));
}

static void line_changed(void *user)
{
	struct line_port *line = user;

	line->owner->host->changed(line->owner->user);
}

static int64_t line_now(void *user)
{
	struct line_port *line = user;

	return devices_now(line->owner);
}

static const struct link_ops line_link_ops = {
	.up = line_link_up,
	.down = line_link_down,
	.received = line_link_received,
	.progress = line_link_progress,
	.sent = line_link_sent,
	.changed = line_changed,
	.now_us = line_now,
};

static void line_stalled(void *user)
{
	struct line_port *line = user;

	link_reopen(&line->link);
}

/* Every byte, for whoever looks for a fault with the wire at hand: > sent, < received, ? nobody had
 * asked. */
static void line_trace(void *user, enum line_trace what, const uint8_t *bytes, size_t len)
{
	enum { A_ROW = 32 };
	struct line_port *line = user;
	char id[CORE_ID_SIZE + 8];
	char row[2 + 3 * A_ROW + 1];

	snprintf(id, sizeof(id), "line %s", line->config->id);
	for (size_t at = 0; at < len; at += A_ROW) {
		int used = snprintf(row, sizeof(row), "%c", "><?"[what]);

		for (size_t i = at; i < len && i < at + A_ROW; i++)
			used += snprintf(row + used, sizeof(row) - (size_t)used, " %02X", bytes[i]);
		line->owner->host->log(line->owner->user, id, row);
	}
}

static const struct line_ops line_ops = {
	.write = line_write,
	.changed = line_changed,
	.stalled = line_stalled,
};
static const struct line_ops line_traced_ops = {
	.write = line_write,
	.changed = line_changed,
	.stalled = line_stalled,
	.trace = line_trace,
};

/* ---- making and ending -------------------------------------------------------------------------
 */

/* Nobody knows what became of the last job that a printer began. */
static bool is_torn(const struct devices *devices, const char *printer)
{
	const struct hall *hall = keeper_hall(devices->keeper);

	for (size_t i = hall_job_count(hall); i-- > 0;) {
		const struct job *job = hall_job(hall, i);

		if (job->state == JOB_ENDED && !strcmp(job->printer, printer))
			return job->outcome == PRINT_UNKNOWN || job->outcome == PRINT_SENT ||
			       job->settled;
	}
	return false;
}

static int slot_init(struct devices *devices, struct slot *slot,
		     const struct devices_device_config *config, int64_t window, char *ret_error,
		     size_t error_size)
{
	const char *settings[DEVICES_MAX_SETTINGS];
	struct device_options options = {.name = config->id, .address = config->address};
	char error[160] = "";
	int r;

	*slot = (struct slot){.owner = devices, .config = config, .window = window};
	slot->driver = driver_find(config->driver);
	slot->model = slot->driver ? driver_find_model(slot->driver, config->model) : NULL;
	if (!slot->model) {
		snprintf(ret_error, error_size, "%s: no driver %s with model %s", config->id,
			 config->driver, config->model);
		return -EINVAL;
	}
	for (size_t i = 0; i < config->setting_count; i++)
		settings[i] = config->settings[i];
	options.model = slot->model;
	options.settings = settings;
	options.setting_count = config->setting_count;
	options.torn = slot->driver->class == DEVICE_PRINTER && is_torn(devices, config->id);
	options.baud =
		slot->driver->link == LINK_LINE ? devices->config->lines[config->line].baud : 0;
	r = slot->driver->create(&slot->device, &options, &driver_host, slot, error, sizeof(error));
	/* What the settings say otherwise holds for what is laid out and drawn, too. */
	if (r == 0 && slot->driver->get_model)
		slot->model = slot->driver->get_model(slot->device);
	if (r < 0 && error[0]) /* it begins with the device's name */
		snprintf(ret_error, error_size, "%s", error);
	else if (r < 0)
		snprintf(ret_error, error_size, "%s: %s", config->id, strerror(-r));
	return r;
}

static int attach(struct devices *devices, struct slot *slot)
{
	return line_attach(&devices->lines[slot->config->line].line, slot->driver, slot->device,
			   devices_now(devices));
}

static int make_lines(struct devices *devices, char *ret_error, size_t error_size)
{
	const struct devices_config *config = devices->config;

	for (size_t i = 0; i < config->line_count; i++) {
		struct line_port *line = &devices->lines[i];
		char error[160] = "";
		int r;

		line->owner = devices;
		line->config = &config->lines[i];
		r = line_init(&line->line,
			      &(struct line_options){
				      .baud = line->config->baud,
				      .bits_per_char = line->config->bits_per_char
							       ? line->config->bits_per_char
							       : 10,
				      .gap_us = line->config->gap_us,
				      .answer_gap_us = line->config->answer_gap_us,
				      .echo = line->config->echo,
				      .settle_us = strncmp(line->config->url, "tcp:", 4)
							   ? 0
							   : LINE_SETTLE_US,
			      },
			      line->config->trace ? &line_traced_ops : &line_ops, line);
		if (r < 0) {
			snprintf(ret_error, error_size, "line %s: baud or gap out of range",
				 line->config->id);
			return r;
		}
		r = link_init(&line->link, line->config->url, &line_link_ops, line, error,
			      sizeof(error));
		if (r < 0) {
			snprintf(ret_error, error_size, "line %s: %s", line->config->id, error);
			return r;
		}
		devices->line_count = i + 1;
	}
	return 0;
}

static int make_printers(struct devices *devices, char *ret_error, size_t error_size)
{
	const struct devices_config *config = devices->config;

	for (size_t i = 0; i < config->printer_count; i++) {
		struct printer_slot *printer = &devices->printers[i];
		const struct devices_device_config *device = &config->printers[i].device;
		char error[160] = "";
		int r;

		printer->retry_us = INT64_MAX;
		printer->look_us = INT64_MAX;
		r = link_init(&printer->link, device->url, &printer_link_ops, printer, error,
			      sizeof(error));
		if (r < 0) {
			snprintf(ret_error, error_size, "printer %s: %s", device->id, error);
			return r;
		}
		devices->printer_count = i + 1;
		r = slot_init(devices, &printer->slot, device, 0, ret_error, error_size);
		if (r < 0)
			return r;
	}
	return 0;
}

static int make_boards_and_keypads(struct devices *devices, char *ret_error, size_t error_size)
{
	const struct devices_config *config = devices->config;
	int r;

	for (size_t i = 0; i < config->board_count; i++) {
		struct slot *slot = &devices->boards[i].slot;

		devices->boards[i].board = &config->boards[i];
		devices->boards[i].due_us = devices->boards[i].unpainted_us = INT64_MAX;
		r = slot_init(devices, slot, &config->boards[i].device, config->boards[i].window,
			      ret_error, error_size);
		devices->board_count = i + 1;
		if (r == 0)
			r = attach(devices, slot);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < config->keypad_count; i++) {
		struct slot *slot = &devices->keypads[i].slot;

		devices->keypads[i].keypad = &config->keypads[i];
		r = slot_init(devices, slot, &config->keypads[i].device, config->keypads[i].window,
			      ret_error, error_size);
		devices->keypad_count = i + 1;
		if (r == 0)
			r = attach(devices, slot);
		if (r < 0)
			return r;
	}
	return 0;
}

static void on_event(void *user, const struct event *event, const struct hall *durable)
{
	struct devices *devices = user;

	devices->dirty = true;
	voices_event(devices, event);
	if (event->type == EVENT_PRINT_ENDED && event->u.print.outcome == PRINT_UNKNOWN)
		spooler_tell_unknown(devices, durable, hall_find_job(durable, event->u.print.job));
	if (event->type == EVENT_PRINT_ENDED && event->u.print.outcome == PRINT_FAILED)
		spooler_tell_failed(devices, durable, hall_find_job(durable, event->u.print.job));
}

int devices_create(struct devices **ret_devices, const struct devices_config *config,
		   struct keeper *keeper, const struct devices_host *host, void *user,
		   char *ret_error, size_t error_size)
{
	struct devices *devices = calloc(1, sizeof(*devices));
	int r = -ENOMEM;

	if (!devices)
		goto err_memory;
	devices->config = config;
	devices->keeper = keeper;
	devices->host = host;
	devices->user = user;
	devices->lines = calloc(config->line_count + 1, sizeof(*devices->lines));
	devices->printers = calloc(config->printer_count + 1, sizeof(*devices->printers));
	devices->boards = calloc(config->board_count + 1, sizeof(*devices->boards));
	devices->keypads = calloc(config->keypad_count + 1, sizeof(*devices->keypads));
	if (!devices->lines || !devices->printers || !devices->boards || !devices->keypads)
		goto err_memory;
	r = make_lines(devices, ret_error, error_size);
	if (r == 0)
		r = make_printers(devices, ret_error, error_size);
	if (r == 0)
		r = make_boards_and_keypads(devices, ret_error, error_size);
	if (r == 0 && host->renderer) {
		r = renderer_create(&devices->renderer, host->renderer, user);
		if (r < 0)
			snprintf(ret_error, error_size, "out of memory");
	}
	if (r == 0) {
		r = voices_create(devices);
		if (r < 0)
			snprintf(ret_error, error_size, "out of memory");
	}
	if (r == 0) {
		r = keeper_subscribe(keeper, on_event, devices);
		if (r < 0)
			snprintf(ret_error, error_size, "subscribe: %s", strerror(-r));
	}
	if (r < 0) {
		devices_destroy(devices);
		return r;
	}
	*ret_devices = devices;
	return 0;

err_memory:
	snprintf(ret_error, error_size, "out of memory");
	devices_destroy(devices);
	return r;
}

static void slot_finish(struct slot *slot)
{
	if (slot->driver)
		slot->driver->remove(slot->device);
}

void devices_destroy(struct devices *devices)
{
	if (!devices)
		return;
	/* Whatever the keeper still has to tell, it is told to nobody that is gone. */
	keeper_forget(devices->keeper, devices);
	hotplug_finish(devices);
	for (size_t i = 0; i < devices->line_count; i++)
		link_finish(&devices->lines[i].link);
	for (size_t i = 0; i < devices->printer_count; i++) {
		keeper_forget(devices->keeper, &devices->printers[i]);
		link_finish(&devices->printers[i].link);
		slot_finish(&devices->printers[i].slot);
		free(devices->printers[i].layout);
	}
	for (size_t i = 0; i < devices->board_count; i++)
		slot_finish(&devices->boards[i].slot);
	for (size_t i = 0; i < devices->keypad_count; i++) {
		keypads_forget(&devices->keypads[i]);
		slot_finish(&devices->keypads[i].slot);
	}
	renderer_destroy(devices->renderer);
	voices_destroy(devices);
	free(devices->lines);
	free(devices->printers);
	free(devices->boards);
	free(devices->keypads);
	free(devices);
}

/* ---- running ------------------------------------------------------------------------------------
 */

static void refresh(struct devices *devices, int64_t now_us)
{
	devices->dirty = false;
	boards_refresh(devices, now_us);
	keypads_refresh(devices, now_us);
}

void devices_start(struct devices *devices, int64_t now_us)
{
	const struct hall *hall = keeper_hall(devices->keeper);

	refresh(devices, now_us);
	for (size_t i = 0; i < hall_job_count(hall); i++)
		if (hall_job_is_unsettled(hall, hall_job(hall, i)))
			spooler_tell_unknown(devices, hall, hall_job(hall, i));
	for (size_t i = 0; i < devices->printer_count; i++)
		devices->printers[i].down_us = now_us;
	for (size_t i = 0; i < devices->line_count; i++)
		link_open(&devices->lines[i].link);
	for (size_t i = 0; i < devices->printer_count; i++)
		link_open(&devices->printers[i].link);
	hotplug_start(devices);
	voices_start(devices, now_us);
	devices->started = true;
}

size_t devices_fds(const struct devices *devices, struct pollfd *ret, size_t max)
{
	size_t count = hotplug_fds(devices, ret, max);

	for (size_t i = 0; i < devices->line_count && count < max; i++) {
		const struct transport *transport = devices->lines[i].link.transport;

		count += transport->ops->fds(transport, ret + count, max - count);
	}
	for (size_t i = 0; i < devices->printer_count && count < max; i++) {
		const struct transport *transport = devices->printers[i].link.transport;

		count += transport->ops->fds(transport, ret + count, max - count);
	}
	if (devices->renderer && count < max)
		count += renderer_fds(devices->renderer, ret + count, max - count);
	if (count < max)
		count += voices_fds(devices, ret + count, max - count);
	return count < max ? count : max;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t devices_deadline(const struct devices *devices)
{
	int64_t deadline =
		devices->dirty ? 0
			       : earlier(spooler_deadline(devices), conditions_deadline(devices));

	deadline = earlier(deadline, hotplug_deadline(devices));
	deadline = earlier(deadline, boards_deadline(devices));
	deadline = earlier(deadline, voices_deadline(devices));
	if (devices->renderer)
		deadline = earlier(deadline, renderer_deadline(devices->renderer));
	for (size_t i = 0; i < devices->line_count; i++) {
		deadline = earlier(deadline, link_deadline(&devices->lines[i].link));
		deadline = earlier(deadline, line_deadline(&devices->lines[i].line));
	}
	for (size_t i = 0; i < devices->printer_count; i++) {
		const struct printer_slot *printer = &devices->printers[i];

		deadline = earlier(deadline, link_deadline(&printer->link));
		deadline = earlier(deadline, printer->slot.driver->deadline(printer->slot.device));
	}
	return deadline;
}

void devices_set_notice(struct devices *devices, enum devices_notice notice)
{
	devices->dirty |= devices->notice != notice;
	devices->notice = notice;
}

/* It may start a helper or lose one: then there is another descriptor to watch. */
static void run_renderer(struct devices *devices, int64_t now_us)
{
	struct pollfd before = {.fd = -1}, after = {.fd = -1};
	struct renderer_status old, now;
	bool answered;

	if (!devices->renderer)
		return;
	renderer_fds(devices->renderer, &before, 1);
	renderer_get_status(devices->renderer, &old);
	answered = renderer_process(devices->renderer, now_us);
	renderer_fds(devices->renderer, &after, 1);
	renderer_get_status(devices->renderer, &now);
	/* A new one may have the old one's number. */
	if (answered || old.starts != now.starts || before.fd != after.fd ||
	    before.events != after.events)
		devices->host->changed(devices->user);
}

void devices_process(struct devices *devices, int64_t now_us)
{
	if (!devices->started)
		return;
	hotplug_process(devices, now_us);
	for (size_t i = 0; i < devices->line_count; i++) {
		link_process(&devices->lines[i].link, now_us);
		line_tick(&devices->lines[i].line, now_us);
	}
	for (size_t i = 0; i < devices->printer_count; i++) {
		struct printer_slot *printer = &devices->printers[i];

		link_process(&printer->link, now_us);
		if (now_us >= printer->slot.driver->deadline(printer->slot.device))
			printer->slot.driver->tick(printer->slot.device, now_us);
	}
	if (devices->dirty || now_us >= boards_deadline(devices))
		refresh(devices, now_us);
	run_renderer(devices, now_us);
	voices_process(devices, now_us);
	conditions_run(devices, now_us);
	spooler_run(devices, now_us);
}

const struct renderer *devices_renderer(const struct devices *devices)
{
	return devices->renderer;
}
