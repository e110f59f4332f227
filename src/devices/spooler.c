/* Print jobs from the log to paper. A job's life is in the log: queued with its ticket, started
 * before the first byte leaves, ended with what is known. So after a crash a queued job prints,
 * and one that was started is unknown and waits for an operator's word.
 *
 * One printer works on one job; which one is next is assign.c's. Between "started" and the driver
 * taking it, nothing has left this machine: a printer that just ran out of paper is waited for a
 * little, then the job goes back into the line. After that, no second try. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/devices/layout.h"
#include "src/devices/private.h"

enum { KEEPER_RETRY_US = 1000000 };

static void let_go(struct printer_slot *printer)
{
	printer->job = 0;
	assign_forget(printer->slot.owner);
}

static void release(struct printer_slot *printer)
{
	let_go(printer);
	printer->started = printer->submitted = printer->ended = printer->asking = false;
	printer->retry_us = INT64_MAX;
	printer->idle_us = devices_now(printer->slot.owner);
	printer->slot.owner->dirty = true;
	printer->slot.owner->host->changed(printer->slot.owner->user);
}

static void ask_again_later(struct printer_slot *printer)
{
	printer->retry_us = devices_now(printer->slot.owner) + KEEPER_RETRY_US;
	printer->slot.owner->host->changed(printer->slot.owner->user);
}

static void on_started(void *user, const struct keeper_reply *reply)
{
	struct printer_slot *printer = user;

	printer->asking = false;
	if (reply->status == KEEPER_DONE && reply->events[0].type == EVENT_PRINT_ENDED) {
		release(printer); /* its paper was of no use any more: the next one */
	} else if (reply->status == KEEPER_DONE) {
		printer->started = true;
		printer->slot.owner->dirty = true;
		printer->slot.owner->host->changed(printer->slot.owner->user);
	} else if (reply->status == KEEPER_UNAVAILABLE) {
		let_go(printer);
		ask_again_later(printer);
	} else {
		/* Refused: somebody else has the job. Or a rule that nobody thought of here, and
		 * then the next try is refused as well: not at once. */
		release(printer);
		ask_again_later(printer);
	}
}

static void on_ended(void *user, const struct keeper_reply *reply)
{
	struct printer_slot *printer = user;

	printer->asking = false;
	if (reply->status == KEEPER_UNAVAILABLE)
		ask_again_later(printer);
	else
		release(printer);
}

static void submit(struct printer_slot *printer, enum command_type type, keeper_reply_fn fn)
{
	struct devices *devices = printer->slot.owner;
	struct command command;

	devices_command(devices, &command, type, "printer", printer->slot.config->id);
	command.u.print.job = printer->job;
	snprintf(command.u.print.printer, sizeof(command.u.print.printer), "%s",
		 printer->slot.config->id);
	if (type == COMMAND_PRINT_END) {
		command.u.print.outcome = printer->outcome;
		memcpy(command.u.print.detail, printer->outcome_detail,
		       sizeof(command.u.print.detail));
	}
	printer->retry_us = INT64_MAX;
	printer->asking = keeper_submit(devices->keeper, &command, NULL, NULL, 0, fn, printer) == 0;
	if (printer->asking)
		return;
	if (type == COMMAND_PRINT_START)
		let_go(printer); /* else it would be taken, by nobody who works on it */
	ask_again_later(printer);
}

static void end_job(struct printer_slot *printer, enum print_outcome outcome, const char *detail)
{
	printer->ended = true;
	printer->outcome = outcome;
	snprintf(printer->outcome_detail, sizeof(printer->outcome_detail), "%s", detail);
	submit(printer, COMMAND_PRINT_END, on_ended);
}

void spooler_print(struct printer_slot *printer, int64_t job, enum print_result result,
		   const char *detail)
{
	if (printer->job != job || !printer->submitted || printer->ended)
		return;
#if defined(DEVICES_BREAK_RESEND)
	if (result == RESULT_UNKNOWN) {
		printer->submitted = false;
		return;
	}
#elif defined(DEVICES_BREAK_UNKNOWN)
	if (result == RESULT_UNKNOWN) {
		release(printer);
		return;
	}
#endif
	end_job(printer, (enum print_outcome)result, detail);
}

bool spooler_is_ready(const struct printer_slot *printer)
{
	return printer->link.up &&
	       (printer->slot.health == HEALTH_OK || printer->slot.health == HEALTH_WARNING);
}

void spooler_tell_unknown(struct devices *devices, const struct hall *hall, const struct job *job)
{
	const struct ticket *ticket = NULL;
	char message[160];

#ifdef DEVICES_BREAK_UNKNOWN /* a deliberately broken build: the tests must notice */
	job = NULL;
#endif
	if (job)
		ticket = hall_find_ticket(hall, job->ticket);
	if (!ticket)
		return;
	snprintf(message, sizeof(message),
		 "%s 是否打出未知，请查看 nobody knows whether its paper came out: onewindow jobs",
		 ticket->number);
	devices->host->log(devices->user, job->printer, message);
}

void spooler_tell_failed(struct devices *devices, const struct hall *hall, const struct job *job)
{
	const struct ticket *ticket = job ? hall_find_ticket(hall, job->ticket) : NULL;
	char message[160];

	if (!ticket || job->cause != CAUSE_NONE || job->tries < CORE_MAX_PRINT_TRIES)
		return;
	snprintf(message, sizeof(message),
		 "%s 多次打印失败，请补打 was not printed in %d tries: onewindow ticket reprint",
		 ticket->number, CORE_MAX_PRINT_TRIES);
	devices->host->log(devices->user, job->printer, message);
}

/* Started and durable: lay the ticket out again, as the hall is now, and hand it to the driver. */
static void print(struct printer_slot *printer, int64_t now_us)
{
	struct devices *devices = printer->slot.owner;
	const struct hall *hall = keeper_hall(devices->keeper);
	const struct job *job = hall_find_job(hall, printer->job);
	struct device_job device_job = {.kind = JOB_PRINT};
	int r = job ? pages_prepare(printer, job, now_us) : -ENOENT;

	if (r == -EAGAIN)
		return;
	if (r == -ENOMEM) { /* nothing has left yet */
		ask_again_later(printer);
		return;
	}
	if (r < 0) {
		end_job(printer, PRINT_FAILED,
			r == -ENOENT ? "the day of this ticket is over" : "it cannot be laid out");
		return;
	}
	device_job.u.print.id = job->id;
	device_job.u.print.document = &printer->layout->document;
	printer->submitted = true;
	r = printer->slot.driver->submit(printer->slot.device, &device_job, now_us);
	if (r == -EAGAIN || r == -EBUSY || r == -ENOTCONN) {
		printer->submitted = false;
	} else if (r < 0) {
		char detail[CORE_DETAIL_SIZE];

		snprintf(detail, sizeof(detail), "not sent: %s", strerror(-r));
		end_job(printer, PRINT_FAILED, detail);
	}
}

static void run_printer(struct printer_slot *printer, int64_t now_us)
{
	const struct job *job;
	int r;

	if (printer->asking || now_us < (printer->retry_us == INT64_MAX ? 0 : printer->retry_us))
		return;
	printer->retry_us = INT64_MAX;
	if (printer->ended) {
		submit(printer, COMMAND_PRINT_END, on_ended);
		return;
	}
	if (printer->submitted)
		return;
	if (printer->started && assign_is_given_up(printer, now_us)) {
		end_job(printer, PRINT_FAILED, "not sent: the printer was not ready any more");
		return;
	}
	if (!spooler_is_ready(printer))
		return;
	if (printer->started) {
		print(printer, now_us);
		return;
	}
	job = assign_next(printer, now_us);
	if (!job)
		return;
	/* Pictures are made before it is started: a helper that dies then has cost nothing. */
	r = pages_prepare(printer, job, now_us);
	if (r == -ENOMEM)
		ask_again_later(printer);
	if (r == -EAGAIN || r == -ENOMEM)
		return;
	printer->job = job->id;
	submit(printer, COMMAND_PRINT_START, on_started);
#ifdef DEVICES_BREAK_SPOOL
	print(printer, now_us);
#endif
}

void spooler_run(struct devices *devices, int64_t now_us)
{
	struct printer_slot *order[DEVICES_MAX_PRINTERS];

	assign_look(devices, now_us);
	assign_order(devices, order);
	for (size_t i = 0; i < devices->printer_count; i++)
		run_printer(order[i], now_us);
}

int64_t spooler_deadline(const struct devices *devices)
{
	int64_t deadline = INT64_MAX;

	for (size_t i = 0; i < devices->printer_count; i++) {
		const struct printer_slot *printer = &devices->printers[i];

		if (printer->retry_us < deadline)
			deadline = printer->retry_us;
		if (!printer->job && printer->retry_us == INT64_MAX && spooler_is_ready(printer) &&
		    printer->look_us < deadline)
			deadline = printer->look_us;
		if (printer->started && !printer->submitted && !printer->asking &&
		    printer->down_us != INT64_MAX &&
		    printer->down_us + devices->config->failover_us < deadline)
			deadline = printer->down_us + devices->config->failover_us;
	}
	return deadline;
}

/* ---- the printer's link -------------------------------------------------------------------- */

static void link_up(void *user)
{
	struct printer_slot *printer = user;

	printer->slot.driver->link_up(printer->slot.device, devices_now(printer->slot.owner));
}

static void link_down(void *user, int reason)
{
	struct printer_slot *printer = user;

	devices_tell_down(printer->slot.owner, printer->slot.config->id, &printer->link, reason);
	printer->slot.driver->link_down(printer->slot.device, devices_now(printer->slot.owner));
	printer->slot.health = HEALTH_GONE;
	snprintf(printer->slot.detail, sizeof(printer->slot.detail), "%.90s",
		 link_why(&printer->link, reason));
}

static void link_received(void *user, const uint8_t *bytes, size_t len)
{
	struct printer_slot *printer = user;

	printer->slot.driver->received(printer->slot.device, bytes, len,
				       devices_now(printer->slot.owner));
}

static void link_progress(void *user, size_t bytes)
{
	struct printer_slot *printer = user;

	printer->slot.driver->progress(printer->slot.device, bytes,
				       devices_now(printer->slot.owner));
}

static void link_sent(void *user, int status)
{
	struct printer_slot *printer = user;

	printer->slot.driver->sent(printer->slot.device, status, devices_now(printer->slot.owner));
}

/* Drivers do not know transports: the same five questions under their own names. */
static const enum transport_control controls[] = {
	[CONTROL_PORT_STATUS] = TRANSPORT_PORT_STATUS,
	[CONTROL_DEVICE_ID] = TRANSPORT_DEVICE_ID,
	[CONTROL_CLEAR_HALT] = TRANSPORT_CLEAR_HALT,
	[CONTROL_SOFT_RESET] = TRANSPORT_SOFT_RESET,
	[CONTROL_DEVICE_RESET] = TRANSPORT_DEVICE_RESET,
};

int spooler_control(struct printer_slot *printer, enum device_control what)
{
	return link_control(&printer->link, controls[what]);
}

void spooler_controlled(struct printer_slot *printer, enum transport_control what, int status,
			const uint8_t *bytes, size_t len, int64_t now_us)
{
	const struct driver *driver = printer->slot.driver;
	enum device_control asked = CONTROL_PORT_STATUS;

	while (asked < CONTROL_DEVICE_RESET && controls[asked] != what)
		asked++;
	if (driver->controlled)
		driver->controlled(printer->slot.device, asked, status, bytes, len, now_us);
}

static void link_controlled(void *user, enum transport_control what, int status,
			    const uint8_t *bytes, size_t len)
{
	struct printer_slot *printer = user;

	spooler_controlled(printer, what, status, bytes, len, devices_now(printer->slot.owner));
}

static void link_changed(void *user)
{
	struct printer_slot *printer = user;

	printer->slot.owner->host->changed(printer->slot.owner->user);
}

static int64_t link_now(void *user)
{
	struct printer_slot *printer = user;

	return devices_now(printer->slot.owner);
}

const struct link_ops printer_link_ops = {
	.up = link_up,
	.down = link_down,
	.received = link_received,
	.progress = link_progress,
	.sent = link_sent,
	.controlled = link_controlled,
	.changed = link_changed,
	.now_us = link_now,
};
