/* The daemon's part, as src/daemon has it, without its loop: the log is opened, the hall is told
 * its configuration, the day is opened and rolled; and all of it can end at any moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/store/store.h"
#include "tests/fault/alloc.h"
#include "tests/whole-day/disk.h"
#include "tests/whole-day/world.h"

enum { FAILOVER_US = 3 * S };

int64_t mono_us(void)
{
	return w.now_us - w.boot_us;
}

void process_command(struct command *ret, enum command_type type, const char *by)
{
	memset(ret, 0, sizeof(*ret));
	ret->type = type;
	process_stamp(&ret->at);
	snprintf(ret->by, sizeof(ret->by), "%s", by);
}

/* ---- what the devices ask of their host ---- */

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
	witness_told(message);
	if (w.verbose)
		tell("%s: %s", device, message);
}

static const struct devices_host host = {
	.stamp = host_stamp,
	.token = host_token,
	.ticket_url = host_url,
	.now_us = host_now_us,
	.changed = host_changed,
	.log = host_log,
};

static void on_wake(void *user)
{
	(void)user;
	w.woken = true;
}

/* ---- the configuration ---- */

static void configure_device(struct devices_device_config *device, const char *kind, size_t number,
			     const char *driver, const char *model, uint32_t line, size_t end)
{
	snprintf(device->id, sizeof(device->id), "%s-%zu", kind, number);
	snprintf(device->driver, sizeof(device->driver), "%s", driver);
	snprintf(device->model, sizeof(device->model), "%s", model);
	device->line = line;
	device->address = w.ends[end].is_keypad ? (uint8_t)w.ends[end].keypad.settings.address
						: (uint8_t)w.ends[end].board.settings.address;
}

static void configure_devices(void)
{
	struct devices_config *config = &w.config;

	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < WORLD_LINES; i++) {
		struct devices_line_config *line = &config->lines[config->line_count++];

		snprintf(line->id, sizeof(line->id), "line-%zu", i);
		snprintf(line->url, sizeof(line->url), "sim:line%zu", i);
		line->baud = 19200;
		line->gap_us = 4 * MS;
	}
	config->failover_us = FAILOVER_US;
	for (size_t i = 0; i < WORLD_PRINTERS; i++) {
		struct devices_device_config *device =
			&config->printers[config->printer_count++].device;

		configure_device(device, "printer", i + 1, "escpos", "generic-80", 0, 0);
		snprintf(device->url, sizeof(device->url), "sim:printer-%zu", i + 1);
	}
	for (size_t i = 0; i < WORLD_KEYPADS; i++) {
		struct devices_keypad_config *keypad = &config->keypads[config->keypad_count++];
		bool panel = i >= WORLD_WINDOWS;

		configure_device(&keypad->device, panel ? "panel" : "keypad", i + 1,
				 "modbus-keypad", panel ? "panel" : "window-keypad", 1, i);
		keypad->window = panel ? 0 : (int64_t)i + 1;
		/* Each panel has a printer of its own; the other one helps out. */
		for (size_t k = 0; panel && k < WORLD_PRINTERS; k++)
			keypad->route.printers[keypad->route.count++] =
				(uint8_t)((i - WORLD_WINDOWS + k) % WORLD_PRINTERS);
		for (size_t k = 0; panel && k < WORLD_QUEUES; k++) {
			struct devices_button_config *button =
				&keypad->buttons[keypad->button_count++];

			button->button = (uint16_t)(k + 1);
			snprintf(button->queue, sizeof(button->queue), "q%zu", k);
		}
	}
	for (size_t i = 0; i < WORLD_BOARDS; i++) {
		struct devices_board_config *board = &config->boards[config->board_count++];
		bool hall = i == WORLD_WINDOWS;

		configure_device(&board->device, "board", i + 1, "lihe",
				 hall ? "hall-64x256" : "window-16x128", 0, WORLD_KEYPADS + i);
		snprintf(board->device.settings[0], sizeof(board->device.settings[0]), "ack=1");
		board->device.setting_count = 1;
		board->window = hall ? 0 : (int64_t)i + 1;
		board->rules.blink_us = 10 * S;
		if (boards_have_night(board->window))
			board->rules.night = (struct board_night){WORLD_NIGHT_FROM, WORLD_NIGHT_TO,
								  .dark = true};
		for (int64_t k = 1; hall && k <= WORLD_WINDOWS; k++) {
			board->windows[0] |= (uint32_t)boards_hall_shows(k) << k;
			board->window_count += boards_hall_shows(k);
		}
		board->calls = hall ? WORLD_HALL_CALLS : 0;
	}
}

static void on_reply(void *user, const struct keeper_reply *reply)
{
	const char *what = user;

	if (reply->status == KEEPER_REFUSED)
		tell("%s is refused: %s %s", what, refusal_text_en(reply->refusal), reply->detail);
}

void process_submit(const struct command *command, const char *what)
{
	if (keeper_submit(w.keeper, command, NULL, NULL, 0, on_reply, (void *)(uintptr_t)what) == 0)
		return;
	if (!alloc_failures())
		wrong("%s: the keeper takes nothing", what);
	w.short_of_memory = true;
}

static void define_queues(void)
{
	struct command command;

	for (size_t i = 0; i < WORLD_QUEUES; i++) {
		struct event_queue_defined *def = &command.u.define_queue;

		process_command(&command, COMMAND_DEFINE_QUEUE, "daemon");
		snprintf(def->queue, sizeof(def->queue), "q%zu", i);
		snprintf(def->zh, sizeof(def->zh), "%zu号队", i);
		snprintf(def->en, sizeof(def->en), "Queue %zu", i);
		def->prefix[0] = (char)('A' + i);
		def->first = 1;
		def->last = i ? 999 : 150; /* the first one overflows */
		def->work = true;
		if (!i)
			strcpy(def->spare, "X");
		process_submit(&command, "queue");
		process_command(&command, COMMAND_DEFINE_ITEM, "daemon");
		snprintf(command.u.define_item.item, CORE_ID_SIZE, "item%zu", i);
		snprintf(command.u.define_item.zh, CORE_NAME_SIZE, "事项%zu", i);
		snprintf(command.u.define_item.en, CORE_NAME_SIZE, "Item %zu", i);
		snprintf(command.u.define_item.queue, CORE_ID_SIZE, "q%zu", i);
		strcpy(command.u.define_item.department, "公安局");
		if (i == 1)
			strcpy(command.u.define_item.skill, "notary");
		process_submit(&command, "item");
	}
}

static void define_people(void)
{
	struct command command;

	for (size_t i = 0; i < WORLD_WINDOWS; i++) {
		struct event_window_defined *def = &command.u.define_window;
		size_t used = 0;

		process_command(&command, COMMAND_DEFINE_CLERK, "daemon");
		snprintf(command.u.define_clerk.clerk, CORE_ID_SIZE, "%zu", 101 + i);
		snprintf(command.u.define_clerk.zh, CORE_NAME_SIZE, "职员%zu", i);
		snprintf(command.u.define_clerk.en, CORE_NAME_SIZE, "Clerk %zu", i);
		if (i % 2)
			strcpy(command.u.define_clerk.skills, "notary");
		process_submit(&command, "clerk");
		process_command(&command, COMMAND_DEFINE_WINDOW, "daemon");
		def->window = (int64_t)i + 1;
		snprintf(def->zh, sizeof(def->zh), "%zu号窗口", i + 1);
		snprintf(def->en, sizeof(def->en), "Window %zu", i + 1);
		for (size_t k = 0; k <= i % WORLD_QUEUES || (i > 6 && k < WORLD_QUEUES); k++)
			used += (size_t)snprintf(def->queues + used, sizeof(def->queues) - used,
						 "%sq%zu", k ? "," : "", (i + k) % WORLD_QUEUES);
		process_submit(&command, "window");
	}
}

static void define_hall(void)
{
	struct command command;

	process_command(&command, COMMAND_START_DAEMON, "daemon");
	snprintf(command.u.start_daemon.boot, CORE_BOOT_SIZE, "%08llx-0000-4000-8000-%012x",
		 (unsigned long long)(w.seed & 0xffffffff), w.boots);
	snprintf(command.u.start_daemon.software, CORE_ID_SIZE, "whole-day");
	process_submit(&command, "start");
	process_command(&command, COMMAND_DEFINE_HALL, "daemon");
	strcpy(command.u.define_hall.id, "hall");
	strcpy(command.u.define_hall.zh, "政务大厅");
	strcpy(command.u.define_hall.en, "Service hall");
	strcpy(command.u.define_hall.zone, "Asia/Shanghai");
	command.u.define_hall.target_ms = 15 * 60 * 1000;
	process_submit(&command, "hall");
	process_command(&command, COMMAND_DEFINE_POLICY, "daemon");
	command.u.define_policy.overtakes = 3;
	command.u.define_policy.age_ms = 10 * 60 * 1000;
	command.u.define_policy.recalls = 1;
	command.u.define_policy.aside_ms = 5 * 60 * 1000;
	command.u.define_policy.print_ms = 45 * 1000;
	process_submit(&command, "policy");
	define_queues();
	define_people();
}

/* Nobody has come yet: the daemon waits for the disk. */
bool process_settle(void)
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

/* ---- start and end ---- */

static bool open_hall(void)
{
	w.short_of_memory = false;
	define_hall();
	if (!process_settle())
		return false;
	day_at_start();
	return process_settle() && !w.short_of_memory;
}

static void try_again(int64_t arg)
{
	(void)arg;
	if (!w.keeper)
		process_start();
}

/* It could not start: the service manager tries again. */
static void starts_later(void)
{
	keeper_close(w.keeper);
	w.keeper = NULL;
	agenda_in(2 * S, try_again, 0);
}

void process_start(void)
{
	struct keeper_options options = {
		.store =
			{
				.path = w.log_path,
				.create = true,
				.projections = &store_ticket_projection,
				.projection_count = 1,
				.wake = on_wake,
				.manual = true,
			},
	};
	char error[STORE_ERROR_SIZE] = "";
	int r = keeper_open(&w.keeper, &options, error);

	w.processes++;
	w.disk_due_us = INT64_MAX;
	if (r < 0 && error[0] && (!disk_is_good() || alloc_failures())) {
		w.keeper = NULL;
		starts_later();
		return;
	}
	if (r < 0)
		wrong("the log does not open: %s", error);
	check_log("after opening");
	witness_subscribe();
	if (!open_hall()) {
		starts_later();
		return;
	}
	witness_turn();
	configure_devices();
	r = devices_create(&w.devices, &w.config, w.keeper, &host, NULL, error, sizeof(error));
	if (r < 0 && error[0] && alloc_failures()) {
		starts_later();
		return;
	}
	if (r < 0)
		wrong("the devices are not made: %s", error);
	w.started_us = w.now_us;
	devices_start(w.devices, mono_us());
	asks_repeat();
	process_turn();
}

void process_stop(enum stop how)
{
	if (!w.keeper)
		return;
	w.stops++;
	w.crashes += how != STOP_CLEAN;
	alloc_hold();
	if (hall_copy(w.durable, keeper_hall(w.keeper)) < 0)
		wrong("out of memory");
	alloc_go_on();
	if (how != STOP_CLEAN)
		disk_cut();
	devices_destroy(w.devices);
	keeper_close(w.keeper);
	w.devices = NULL;
	w.keeper = NULL;
	w.disk_due_us = INT64_MAX;
	if (how != STOP_CLEAN)
		disk_back(how == STOP_POWER);
}

/* At the moment that was planned. */
static void dies(void)
{
	tell("the daemon is killed at a commit");
	w.doomed = false;
	w.doom = DOOM_NONE;
	process_stop(STOP_KILLED);
	agenda_in(S, try_again, 0);
}

static void dies_soon(int64_t arg)
{
	(void)arg;
	if (w.keeper && w.doom == DOOM_SOON)
		dies();
}

void process_turn(void)
{
	unsigned turns = 0;

	if (!w.keeper)
		return;
	do {
		w.woken = false;
		if (w.disk_due_us <= w.now_us) {
			w.disk_due_us = INT64_MAX;
			if (keeper_step(w.keeper) < 0)
				tell("a commit failed");
			if (w.doom == DOOM_SILENT)
				w.doomed = true;
		}
		if (w.doomed && w.doom == DOOM_SILENT) {
			dies();
			return;
		}
		keeper_tick(w.keeper, mono_us() / MS);
		if (keeper_advance(w.keeper) < 0) {
			/* Exit 75: the restart decides from the log. */
			tell("the log broke, the daemon leaves");
			process_stop(STOP_CLEAN);
			agenda_in(1 * S, try_again, 0);
			return;
		}
		witness_turn();
		if (w.doomed && w.doom == DOOM_TOLD) {
			dies();
			return;
		}
		if (w.doomed)
			agenda_in(chance_below(80 * MS), dies_soon, 0);
		w.doomed = false;
		devices_process(w.devices, mono_us());
		if (!keeper_idle(w.keeper) && w.disk_due_us == INT64_MAX)
			w.disk_due_us = w.now_us + w.disk_us;
		if (++turns > 10000)
			wrong("the daemon spins");
	} while (w.woken || devices_deadline(w.devices) <= mono_us());
}

void process_boot(void)
{
	w.boots++;
	w.boot_us = w.now_us - 10 * S - chance_below(20 * S);
	clock_at_boot();
	ends_power_on();
	printers_power_on();
	process_start();
}

int64_t process_deadline_us(void)
{
	int64_t due = w.disk_due_us;
	int64_t ms;

	if (!w.keeper)
		return INT64_MAX;
	ms = keeper_deadline_ms(w.keeper);
	if (ms != INT64_MAX && w.boot_us + ms * MS < due)
		due = w.boot_us + ms * MS;
	ms = devices_deadline(w.devices);
	if (ms != INT64_MAX && w.boot_us + ms < due)
		due = w.boot_us + ms;
	return due;
}
