/* The daemon's loop in virtual time around the real devices and keeper; the line is a transport of
 * the scheme "wire". */
#include "tests/lines/hall.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/transport.h"
#include "tests/fault/vfs.h"

enum { TAKE_NUMBER = 32, BUTTON = 1 };
#define BOOT_US (100 * (int64_t)S) /* the machine is up so long already */
#define WALL_MS INT64_C(1767225600000)

static struct hall_rig *rig; /* one at a time: a transport is made by its URL alone */

__attribute__((noreturn)) static void die(const char *what, const char *why)
{
	fprintf(stderr, "lines: %s: %s\n", what, why);
	abort();
}

/* ---- the port ---- */

static const struct transport_ops wire_port_ops;

static int port_create(struct transport **ret, const struct transport_host *host, void *user)
{
	struct transport *port = calloc(1, sizeof(*port));

	if (!port)
		return -ENOMEM;
	*port = (struct transport){.ops = &wire_port_ops, .host = host, .user = user};
	rig->port = *ret = port;
	return 0;
}

static void port_destroy(struct transport *port)
{
	if (rig->port == port)
		rig->port = NULL;
	free(port);
}

static int port_open(struct transport *port, int64_t now_us)
{
	(void)port, (void)now_us;
	rig->opening = true;
	return 0;
}

static void port_close(struct transport *port)
{
	(void)port;
	rig->open = rig->opening = rig->done = false;
}

static int port_submit(struct transport *port, const uint8_t *bytes, size_t len, int64_t now_us)
{
	(void)port, (void)now_us;
	if (!rig->open)
		return -ENOTCONN;
	if (rig->done)
		return -EBUSY;
	wire_write(&rig->wire, bytes, len);
	rig->done = true;
	return 0;
}

static void port_cancel(struct transport *port)
{
	(void)port;
}

static int port_drain(struct transport *port)
{
	(void)port;
	return 0;
}

static int port_control(struct transport *port, enum transport_control what, int64_t now_us)
{
	(void)port, (void)what, (void)now_us;
	return -EOPNOTSUPP;
}

static size_t port_fds(const struct transport *port, struct pollfd *ret, size_t max)
{
	(void)port, (void)ret, (void)max;
	return 0;
}

static int64_t port_deadline(const struct transport *port)
{
	(void)port;
	return rig->opening || rig->done || (rig->open && rig->wire.cut) ? 0
									 : TRANSPORT_NO_DEADLINE;
}

static void port_process(struct transport *port, int64_t now_us)
{
	bool busy = rig->done;

	(void)now_us;
	if (rig->opening) {
		rig->opening = false;
		rig->open = !rig->wire.cut;
		port->host->opened(port->user, rig->wire.cut ? -ENOENT : 0);
		return;
	}
	rig->done = false;
	if (rig->open && rig->wire.cut) {
		rig->open = false;
		if (busy)
			port->host->done(port->user, -ENODEV);
		port->host->left(port->user, -ENODEV);
	} else if (busy) {
		port->host->done(port->user, 0);
	}
}

static const struct transport_ops wire_port_ops = {
	.scheme = "wire",
	.destroy = port_destroy,
	.open = port_open,
	.close = port_close,
	.submit = port_submit,
	.cancel = port_cancel,
	.drain = port_drain,
	.control = port_control,
	.fds = port_fds,
	.deadline = port_deadline,
	.process = port_process,
};

static void from_wire(void *user, const uint8_t *bytes, size_t len)
{
	(void)user;
	if (!rig->open)
		return;
	rig->woken = rig->moment = true;
	rig->port->host->received(rig->port->user, bytes, len);
}

/* ---- in place of drivers/transport/common.c ---- */

int transport_create(struct transport **ret_transport, const char *url,
		     const struct transport_host *host, void *user, char *ret_error,
		     size_t error_size)
{
	(void)url, (void)ret_error, (void)error_size;
	return port_create(ret_transport, host, user);
}

const struct transport_bus_ops *transport_bus_find(const char *name)
{
	(void)name;
	return NULL;
}

void transport_destroy(struct transport *transport)
{
	if (!transport)
		return;
	transport->ops->close(transport);
	transport->ops->destroy(transport);
}

/* ---- what the devices ask of their host ---- */

static void host_stamp(void *user, struct stamp *ret)
{
	(void)user;
	ret->mono_ms = (BOOT_US + rig->wire.now_us) / MS;
	ret->wall_ms = WALL_MS + rig->wire.now_us / MS;
	ret->offset_min = 480;
}

static void host_token(void *user, char ret_token[CORE_TOKEN_SIZE])
{
	(void)user;
	snprintf(ret_token, CORE_TOKEN_SIZE, "%016" PRIx64 "%016" PRIx64, wire_random(&rig->wire),
		 wire_random(&rig->wire));
}

static const char *host_url(void *user)
{
	(void)user;
	return "http://hall.example/t/";
}

static int64_t host_now(void *user)
{
	(void)user;
	return rig->wire.now_us;
}

static void host_changed(void *user)
{
	(void)user;
	rig->woken = true;
}

static void host_log(void *user, const char *device, const char *message)
{
	(void)user, (void)device, (void)message;
}

static const struct devices_host host = {
	.stamp = host_stamp,
	.token = host_token,
	.ticket_url = host_url,
	.now_us = host_now,
	.changed = host_changed,
	.log = host_log,
};

/* ---- the hall ---- */

static void submit(struct command *command, enum command_type type)
{
	command->type = type;
	host_stamp(NULL, &command->at);
	snprintf(command->by, sizeof(command->by), "daemon");
	if (keeper_submit(rig->keeper, command, NULL, NULL, 0, NULL, NULL) < 0)
		die("a command", "not taken");
	rig->woken = true;
}

static void define_hall(void)
{
	struct command command = {0};

	snprintf(command.u.start_daemon.boot, CORE_BOOT_SIZE,
		 "00000000-0000-4000-8000-000000000001");
	snprintf(command.u.start_daemon.software, CORE_ID_SIZE, "lines");
	submit(&command, COMMAND_START_DAEMON);
	command = (struct command){0};
	strcpy(command.u.define_hall.id, "hall");
	strcpy(command.u.define_hall.zh, "政务大厅");
	strcpy(command.u.define_hall.en, "Service hall");
	strcpy(command.u.define_hall.zone, "Asia/Shanghai");
	command.u.define_hall.target_ms = 15 * 60 * 1000;
	submit(&command, COMMAND_DEFINE_HALL);
	command = (struct command){0};
	strcpy(command.u.define_queue.queue, "general");
	strcpy(command.u.define_queue.zh, "综合");
	strcpy(command.u.define_queue.en, "General");
	strcpy(command.u.define_queue.prefix, "A");
	command.u.define_queue.first = 1;
	command.u.define_queue.last = 9999;
	command.u.define_queue.work = true;
	submit(&command, COMMAND_DEFINE_QUEUE);
	for (size_t i = 0; i < rig->options.keypads; i++) {
		command = (struct command){0};
		command.u.define_window.window = (int64_t)i + 1;
		snprintf(command.u.define_window.zh, CORE_NAME_SIZE, "%zu号窗口", i + 1);
		snprintf(command.u.define_window.en, CORE_NAME_SIZE, "Window %zu", i + 1);
		strcpy(command.u.define_window.queues, "general");
		submit(&command, COMMAND_DEFINE_WINDOW);
	}
	command = (struct command){0};
	command.u.open_day.date = 20260101;
	submit(&command, COMMAND_OPEN_DAY);
}

static void configure(void)
{
	struct devices_config *config = &rig->config;
	struct devices_line_config *line = &config->lines[config->line_count++];

	snprintf(line->id, sizeof(line->id), "keypads");
	snprintf(line->url, sizeof(line->url), "wire:");
	line->baud = rig->wire.baud;
	line->gap_us = 4 * MS;
	line->answer_gap_us = 1 * MS;
	for (size_t i = 0; i < rig->options.keypads; i++) {
		struct devices_keypad_config *keypad = &config->keypads[config->keypad_count++];
		bool panel = rig->options.panel;

		snprintf(keypad->device.id, sizeof(keypad->device.id), "keypad-%zu", i + 1);
		snprintf(keypad->device.driver, sizeof(keypad->device.driver), "modbus-keypad");
		snprintf(keypad->device.model, sizeof(keypad->device.model),
			 panel ? "panel" : "window-keypad");
		keypad->device.address = (uint8_t)(i + 1);
		keypad->window = panel ? 0 : (int64_t)i + 1;
		if (panel) {
			keypad->buttons[0].button = BUTTON;
			strcpy(keypad->buttons[0].queue, "general");
			keypad->button_count = 1;
		}
		wire_keypad(&rig->wire, panel ? KEYPAD_KIND_PANEL : KEYPAD_KIND_WINDOW);
	}
}

static void on_event(void *user, const struct event *event, const struct hall *durable)
{
	struct hall_rig_end *end = NULL;

	(void)user, (void)durable;
	rig->waiting += event->type == EVENT_TICKET_ISSUED;
	rig->waiting -= event->type == EVENT_TICKET_CALLED;
	if (event->type == EVENT_TICKET_CALLED)
		end = &rig->ends[event->u.ticket_called.window - 1];
	if (event->type == EVENT_SERVICE_STARTED)
		end = &rig->ends[event->u.service_started.window - 1];
	if (event->type == EVENT_TICKET_ISSUED && rig->options.panel)
		end = &rig->ends[0];
	if (!end)
		return;
	end->events++;
	if (end->pressed_us && event->type != EVENT_SERVICE_STARTED)
		samples_add(&rig->samples, rig->wire.now_us - end->pressed_us);
	end->pressed_us = 0;
}

static void on_wake(void *user)
{
	(void)user;
	rig->woken = true;
}

static void open_log(void)
{
	struct keeper_options options = {
		.store = {.path = rig->log_path, .create = true, .wake = on_wake, .manual = true},
	};
	const char *base = getenv("TMPDIR");
	char error[STORE_ERROR_SIZE] = "";

	snprintf(rig->log_path, sizeof(rig->log_path), "%s/lines-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(rig->log_path))
		die("no directory", rig->log_path);
	strcat(rig->log_path, "/hall.log");
	if (fault_vfs_make() < 0 || keeper_open(&rig->keeper, &options, error) < 0)
		die("no log", error);
}

void hall_rig_start(struct hall_rig *new, const struct hall_rig_options *options)
{
	char error[200] = "";

	rig = new;
	memset(rig, 0, sizeof(*rig));
	rig->options = *options;
	rig->disk_due_us = INT64_MAX;
	wire_init(&rig->wire, 9600, options->seed);
	rig->wire.received = from_wire;
	open_log();
	if (keeper_subscribe(rig->keeper, on_event, rig) < 0)
		die("no subscription", "");
	define_hall();
	hall_rig_run(rig, rig->wire.now_us + 1 * S);
	configure();
	if (devices_create(&rig->devices, &rig->config, rig->keeper, &host, NULL, error,
			   sizeof(error)) < 0)
		die("no devices", error);
	devices_start(rig->devices, rig->wire.now_us);
}

void hall_rig_stop(struct hall_rig *old)
{
	static const char *const names[] = {".lock", ".key"};
	char path[160];

	devices_destroy(old->devices);
	keeper_close(old->keeper);
	fault_vfs_empty();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", old->log_path, names[i]);
		unlink(path);
	}
	*strrchr(old->log_path, '/') = '\0';
	rmdir(old->log_path);
	samples_free(&old->samples);
	rig = NULL;
}

static void turn(void)
{
	do {
		rig->woken = false;
		if (rig->disk_due_us <= rig->wire.now_us) {
			rig->disk_due_us = INT64_MAX;
			if (keeper_step(rig->keeper) < 0)
				die("a commit", "failed");
		}
		if (keeper_advance(rig->keeper) < 0)
			die("the log", "broke");
		if (rig->devices) {
			rig->moment |= devices_deadline(rig->devices) <= rig->wire.now_us;
			devices_process(rig->devices, rig->wire.now_us);
		}
		if (!keeper_idle(rig->keeper) && rig->disk_due_us == INT64_MAX)
			rig->disk_due_us = rig->wire.now_us + rig->options.commit_us;
	} while (rig->woken ||
		 (rig->devices && devices_deadline(rig->devices) <= rig->wire.now_us));
}

void hall_rig_run(struct hall_rig *old, int64_t until_us)
{
	for (;;) {
		int64_t next = wire_next_us(&old->wire);

		turn();
		if (old->disk_due_us < next)
			next = old->disk_due_us;
		if (old->devices && devices_deadline(old->devices) < next)
			next = devices_deadline(old->devices);
		if (wire_next_us(&old->wire) < next)
			next = wire_next_us(&old->wire);
		if (next > until_us)
			break;
		if (next > old->wire.now_us) {
			old->moments += old->moment;
			old->moment = false;
			old->wire.now_us = next;
		}
		wire_run(&old->wire);
	}
	if (until_us > old->wire.now_us)
		old->wire.now_us = until_us;
}

/* ---- people ---- */

void hall_rig_press(struct hall_rig *old, size_t end)
{
	const struct hall *hall = keeper_hall(old->keeper);
	const struct window *window = hall_find_window(hall, (int64_t)end + 1);
	const struct ticket *ticket = window ? hall_find_ticket(hall, window->ticket) : NULL;
	uint16_t key = KEY_CALL_NEXT;

	if (ticket && ticket->state == TICKET_CALLED)
		key = KEY_START;
	old->ends[end].presses++;
	/* A contact that closes for so long is a press. */
	old->ends[end].pressed_us = old->wire.now_us + KEYPAD_DEBOUNCE_MS * (int64_t)MS;
	wire_press(&old->wire, end, old->options.panel ? TAKE_NUMBER : key,
		   old->options.panel ? BUTTON : 0);
}

void hall_rig_issue(struct hall_rig *old)
{
	struct command command = {0};

	(void)old;
	strcpy(command.u.issue.queue, "general");
	command.u.issue.origin = ORIGIN_PANEL;
	host_token(NULL, command.u.issue.token);
	submit(&command, COMMAND_ISSUE);
}

void hall_rig_pull(struct hall_rig *old)
{
	wire_cut(&old->wire);
	old->woken = true;
}

void hall_rig_plug(struct hall_rig *old)
{
	old->wire.cut = false;
}

bool hall_rig_is_quiet(const struct hall_rig *old)
{
	for (size_t i = 0; i < old->options.keypads; i++)
		if (old->wire.ends[i].keypad.queued || old->ends[i].pressed_us)
			return false;
	return keeper_idle(old->keeper);
}
