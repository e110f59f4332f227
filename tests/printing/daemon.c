/* The daemon's part without its loop: a hall with one queue and its printers. */
#include <stdio.h>
#include <string.h>

#include "src/daemon/template.h"
#include "src/store/store.h"
#include "tests/printing/printing.h"
#include "tests/whole-day/disk.h"

enum setup daemon_setup;
uint64_t issued_count, reprint_count;
static bool start_planned;

int64_t mono_us(void)
{
	return w.now_us - w.boot_us;
}

void process_stamp(struct stamp *ret)
{
	ret->mono_ms = mono_us() / MS;
	ret->wall_ms = w.now_us / MS + w.wall_off_ms;
	ret->offset_min = 480;
}

void process_command(struct command *ret, enum command_type type, const char *by)
{
	memset(ret, 0, sizeof(*ret));
	ret->type = type;
	process_stamp(&ret->at);
	snprintf(ret->by, sizeof(ret->by), "%s", by);
}

static void host_stamp(void *user, struct stamp *ret)
{
	(void)user;
	process_stamp(ret);
}

static void host_token(void *user, char ret_token[CORE_TOKEN_SIZE])
{
	(void)user;
	snprintf(ret_token, CORE_TOKEN_SIZE, "%016llx%016llx", (unsigned long long)chance_u64(),
		 (unsigned long long)chance_u64());
}

static const char *host_url(void *user)
{
	(void)user;
	return "http://hall.example/t/";
}

static int64_t host_now_us(void *user)
{
	(void)user;
	return mono_us();
}

static void host_changed(void *user)
{
	(void)user;
	w.woken = true;
}

static void host_log(void *user, const char *device, const char *message)
{
	(void)user;
	tell("%s: %s", device, message);
}

/* The one that is built in; some seeds have none. */
static void host_templates(void *user, const struct hall *hall, const struct ticket *ticket,
			   const char *printer, bool large, struct devices_templates *ret)
{
	static struct template *built_in;

	(void)user, (void)hall, (void)ticket, (void)printer, (void)large;
	if (!built_in && template_built_in(&built_in, TEMPLATE_TICKET) < 0)
		wrong("no template");
	*ret = (struct devices_templates){.ticket = w.seed / SETUP_COUNT % 4 ? built_in : NULL};
}

static const struct devices_host host = {
	.stamp = host_stamp,
	.token = host_token,
	.ticket_url = host_url,
	.now_us = host_now_us,
	.changed = host_changed,
	.log = host_log,
	.templates = host_templates,
};

static void on_wake(void *user)
{
	(void)user;
	w.woken = true;
}

static void configure(void)
{
	memset(&w.config, 0, sizeof(w.config));
	for (size_t i = 0; i < station_count; i++) {
		struct devices_device_config *device =
			&w.config.printers[w.config.printer_count++].device;

		snprintf(device->id, sizeof(device->id), "printer-%zu", i + 1);
		snprintf(device->driver, sizeof(device->driver), "escpos");
		snprintf(device->model, sizeof(device->model), "%s",
			 daemon_setup == SETUP_ONE_WAY ? "generic-80-oneway" : "generic-80");
		snprintf(device->url, sizeof(device->url), "sim:%zu", i);
	}
}

/* ---- commands ------------------------------------------------------------------------------- */

static void submit(const struct command *command)
{
	if (keeper_submit(w.keeper, command, NULL, NULL, 0, NULL, NULL) < 0)
		wrong("the keeper takes nothing");
}

static void on_issued(void *user, const struct keeper_reply *reply)
{
	(void)user;
	if (reply->status == KEEPER_DONE)
		issued_count++;
	else
		tell("no ticket: %d %s", (int)reply->status, reply->detail);
}

void daemon_issue(void)
{
	struct command command;

	if (!w.keeper)
		return;
	process_command(&command, COMMAND_ISSUE, "api");
	strcpy(command.u.issue.queue, "q");
	command.u.issue.origin = ORIGIN_API;
	command.u.issue.arrival_ms = command.at.mono_ms;
	command.u.issue.print = true;
	host_token(NULL, command.u.issue.token);
	if (keeper_submit(w.keeper, &command, NULL, NULL, 0, on_issued, NULL) < 0)
		wrong("the keeper takes nothing");
}

static void on_reprint(void *user, const struct keeper_reply *reply)
{
	(void)user;
	if (reply->status == KEEPER_DONE)
		reprint_count++;
}

void daemon_reprint(int64_t ticket)
{
	struct command command;

	if (!w.keeper)
		return;
	process_command(&command, COMMAND_REPRINT, "api");
	command.u.print.ticket = ticket;
	if (keeper_submit(w.keeper, &command, NULL, NULL, 0, on_reprint, NULL) < 0)
		wrong("the keeper takes nothing");
}

static bool settle(void)
{
	struct store_state state;

	while (!keeper_idle(w.keeper)) {
		if (keeper_step(w.keeper) < 0 || keeper_advance(w.keeper) < 0)
			return false;
		keeper_get_state(w.keeper, &state);
		if (state.health != STORE_OK)
			return false;
	}
	return true;
}

static bool open_hall(void)
{
	struct command command;

	process_command(&command, COMMAND_START_DAEMON, "daemon");
	snprintf(command.u.start_daemon.boot, CORE_BOOT_SIZE, "%08llx-0000-4000-8000-%012x",
		 (unsigned long long)(w.seed & 0xffffffff), w.boots);
	snprintf(command.u.start_daemon.software, CORE_ID_SIZE, "printing");
	submit(&command);
	process_command(&command, COMMAND_DEFINE_HALL, "daemon");
	strcpy(command.u.define_hall.id, "hall");
	strcpy(command.u.define_hall.zh, "政务大厅");
	strcpy(command.u.define_hall.en, "Service hall");
	strcpy(command.u.define_hall.zone, "Asia/Shanghai");
	command.u.define_hall.target_ms = 15 * 60 * 1000;
	submit(&command);
	process_command(&command, COMMAND_DEFINE_QUEUE, "daemon");
	strcpy(command.u.define_queue.queue, "q");
	strcpy(command.u.define_queue.zh, "综合受理");
	strcpy(command.u.define_queue.en, "General");
	strcpy(command.u.define_queue.prefix, "A");
	command.u.define_queue.first = 1;
	command.u.define_queue.last = 9999;
	submit(&command);
	if (!settle())
		return false;
	if (hall_day(keeper_hall(w.keeper)))
		return true;
	process_command(&command, COMMAND_OPEN_DAY, "daemon");
	command.u.open_day.date = 20261102;
	submit(&command);
	return settle();
}

/* ---- start and end -------------------------------------------------------------------------- */

static void start_again(int64_t arg)
{
	(void)arg;
	start_planned = false;
	if (!w.keeper)
		daemon_start();
}

void daemon_start_in(int64_t delay_us)
{
	if (start_planned)
		return;
	start_planned = true;
	agenda_in(delay_us, start_again, 0);
}

static void starts_later(void)
{
	keeper_close(w.keeper);
	w.keeper = NULL;
	daemon_start_in(2 * S);
}

void daemon_start(void)
{
	struct keeper_options options = {
		.store = {.path = w.log_path, .create = true, .wake = on_wake, .manual = true},
	};
	char error[STORE_ERROR_SIZE] = "";
	int r = keeper_open(&w.keeper, &options, error);

	w.processes++;
	w.disk_due_us = INT64_MAX;
	if (r < 0 && !disk_is_good()) {
		w.keeper = NULL;
		daemon_start_in(2 * S);
		return;
	}
	if (r < 0)
		wrong("the log does not open: %s", error);
	evidence_log();
	evidence_subscribe();
	if (!open_hall()) {
		starts_later();
		return;
	}
	configure();
	r = devices_create(&w.devices, &w.config, w.keeper, &host, NULL, error, sizeof(error));
	if (r < 0)
		wrong("the devices are not made: %s", error);
	devices_start(w.devices, mono_us());
	daemon_turn();
}

void daemon_stop(enum stop how)
{
	if (!w.keeper)
		return;
	w.stops++;
	if (how != STOP_CLEAN)
		disk_cut();
	stations_daemon_gone(how == STOP_KILLED);
	devices_destroy(w.devices);
	keeper_close(w.keeper);
	w.devices = NULL;
	w.keeper = NULL;
	w.disk_due_us = INT64_MAX;
	if (how != STOP_CLEAN)
		disk_back(how == STOP_POWER);
}

static bool one_turn(void)
{
	w.woken = false;
	if (w.disk_due_us <= w.now_us) {
		w.disk_due_us = INT64_MAX;
		if (keeper_step(w.keeper) < 0)
			tell("a commit failed");
		faults_commit();
		if (!w.keeper)
			return false;
	}
	keeper_tick(w.keeper, mono_us() / MS);
	if (keeper_advance(w.keeper) < 0) {
		/* Exit 75: the restart decides from the log. */
		tell("the log broke, the daemon leaves");
		daemon_stop(STOP_CLEAN);
		daemon_start_in(S);
		return false;
	}
	devices_process(w.devices, mono_us());
	if (!keeper_idle(w.keeper) && w.disk_due_us == INT64_MAX)
		w.disk_due_us = w.now_us + w.disk_us;
	return true;
}

void daemon_turn(void)
{
	for (unsigned turns = 0; w.keeper && one_turn(); turns++) {
		if (!w.woken && devices_deadline(w.devices) > mono_us())
			return;
		if (turns > 10000)
			wrong("the daemon spins");
	}
}

int64_t daemon_deadline_us(void)
{
	int64_t due = w.disk_due_us, at;

	if (!w.keeper)
		return INT64_MAX;
	at = keeper_deadline_ms(w.keeper);
	if (at != INT64_MAX && w.boot_us + at * MS < due)
		due = w.boot_us + at * MS;
	at = devices_deadline(w.devices);
	if (at != INT64_MAX && w.boot_us + at < due)
		due = w.boot_us + at;
	return due;
}
