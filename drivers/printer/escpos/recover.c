/* After a transfer that failed or was not taken: the ladder of repairs, each only when the one
 * before did not help, and what must be sent before anything else is printed. And after a jam:
 * telling the printer to go on.
 *
 * The job in question has ended as unknown before anything of this begins, and none of it is sent
 * again. But the printer may have taken the first half of a command and wait for the rest: it would
 * take the next ticket for that. So as many NULs as the torn job had bytes left are sent first.
 * They complete whatever was begun (in a picture they are white); outside of commands NUL prints
 * nothing. Then the printer is initialised, and the torn paper cut off. */
#include <errno.h>
#include <string.h>

#include "drivers/printer/escpos/device.h"

static int64_t after(int64_t now_us, int64_t span_us)
{
	return now_us > INT64_MAX - span_us ? INT64_MAX : now_us + span_us;
}

static bool is_asked(const struct device *device)
{
	return device->model.u.printer.status != PRINTER_STATUS_NONE;
}

bool escpos_is_recovering(const struct device *device)
{
	return device->recovery.phase != ESCPOS_RECOVER_IDLE;
}

/* ---- the rungs ------------------------------------------------------------------------------ */

static void wait_in(struct device *device, int phase, int64_t until_us)
{
	device->recovery.phase = phase;
	device->recovery.due_us = until_us;
}

/* The last rung. If that does not help either, the whole ladder has a rest before it is climbed
 * anew: a printer that is broken for good is not reset every other second. */
static void reopen(struct device *device, int64_t now_us)
{
	device->recovery.rest_until_us = after(now_us, ESCPOS_REST_US);
	device->recovery.reopening = true;
	device->host->reopen(device->user);
	device->recovery.reopening = false;
}

static void run_rung(struct device *device, int64_t now_us)
{
	static const enum device_control controls[] = {
		[ESCPOS_RUNG_CLEAR_HALT] = CONTROL_CLEAR_HALT,
		[ESCPOS_RUNG_SOFT_RESET] = CONTROL_SOFT_RESET,
		[ESCPOS_RUNG_DEVICE_RESET] = CONTROL_DEVICE_RESET,
	};
	int r;

	if (device->recovery.rung >= ESCPOS_RUNG_REOPEN || !device->host->control) {
		reopen(device, now_us);
		return;
	}
	if (device->out != ESCPOS_OUT_NONE && !device->host->cancel) {
		reopen(device, now_us);
		return;
	}
	if (device->out != ESCPOS_OUT_NONE) {
		wait_in(device, ESCPOS_RECOVER_CANCEL, after(now_us, ESCPOS_CANCEL_US));
		device->host->cancel(device->user);
		return;
	}
	wait_in(device, ESCPOS_RECOVER_CONTROL, after(now_us, ESCPOS_CONTROL_US));
	r = device->host->control(device->user, controls[device->recovery.rung]);
	if (r == -EBUSY)
		wait_in(device, ESCPOS_RECOVER_BUSY, after(now_us, ESCPOS_BUSY_US));
	else if (r < 0)
		reopen(device, now_us);
}

static void climb(struct device *device, int64_t now_us)
{
	bool rests = device->recovery.rung == ESCPOS_RUNG_NONE &&
		     now_us < device->recovery.rest_until_us;

	device->recovery.stuck = false;
	if (is_asked(device))
		device->standing = ESCPOS_UNASKED;
	escpos_ask_stop(device, DRIVER_NO_DEADLINE);
	if (rests) {
		wait_in(device, ESCPOS_RECOVER_REST, device->recovery.rest_until_us);
		return;
	}
	device->recovery.rung++;
	run_rung(device, now_us);
}

void escpos_recover(struct device *device, int64_t now_us)
{
	if (device->up)
		climb(device, now_us);
}

/* ---- the sweep ------------------------------------------------------------------------------ */

static void helped(struct device *device)
{
	device->recovery = (struct escpos_recovery){0};
}

static size_t put_head(const struct device *device, uint8_t *ret)
{
	/* DLE ENQ 2: recovers from an error after clearing receive and print buffers. Without an
	 * error to recover from it has no effect. It may stand where the printer waits for a
	 * length, and would make that thousands: no command has more NULs to its length. */
	static const uint8_t clear[] = {0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x05, 0x02};

	if (!is_asked(device))
		return 0;
	memcpy(ret, clear, sizeof(clear));
	return sizeof(clear);
}

static size_t put_tail(const struct device *device, uint8_t *ret)
{
	static const uint8_t initialise[] = {0x1b, 0x40}, cut[] = {0x0a, 0x1d, 0x56, 0x42, 0x00};
	size_t len = sizeof(initialise);

	memcpy(ret, initialise, sizeof(initialise));
	if (device->recovery.torn > 0 && !device->recovery.whole && device->paper.cutter) {
		memcpy(ret + len, cut, sizeof(cut));
		len += sizeof(cut);
	}
	return len;
}

/* The next piece; 0: all is swept. */
static size_t put_piece(struct device *device, uint8_t ret[ESCPOS_CHUNK])
{
	struct escpos_recovery *recovery = &device->recovery;
	size_t len = 0;

	if (recovery->step == ESCPOS_SWEEP_HEAD) {
		recovery->step = ESCPOS_SWEEP_FILL;
		len = put_head(device, ret);
	}
	if (len == 0 && recovery->step == ESCPOS_SWEEP_FILL && recovery->fill > 0) {
		len = recovery->fill < ESCPOS_CHUNK ? recovery->fill : ESCPOS_CHUNK;
		memset(ret, 0, len);
		recovery->fill -= len;
	}
	if (len == 0 && recovery->step == ESCPOS_SWEEP_FILL) {
		recovery->step = ESCPOS_SWEEP_TAIL;
		len = put_tail(device, ret);
	}
	return len;
}

static void ask_whether_it_helped(struct device *device, int64_t now_us)
{
	device->recovery.torn = 0;
	if (!is_asked(device)) {
		helped(device);
		return;
	}
	wait_in(device, ESCPOS_RECOVER_ASK, DRIVER_NO_DEADLINE);
	escpos_ask_again(device, now_us);
}

static void sweep_on(struct device *device, int64_t now_us)
{
	uint8_t piece[ESCPOS_CHUNK];
	size_t len = put_piece(device, piece);

	if (len == 0) {
		ask_whether_it_helped(device, now_us);
		return;
	}
	wait_in(device, ESCPOS_RECOVER_SWEEP, after(now_us, ESCPOS_QUIET_US));
	device->out = ESCPOS_OUT_SWEEP;
	if (device->host->send(device->user, piece, len) == 0)
		return;
	device->out = ESCPOS_OUT_NONE;
	climb(device, now_us);
}

static void start_sweep(struct device *device, int64_t now_us)
{
	device->armed = false; /* ESC @ ends it */
	device->recovery.step = ESCPOS_SWEEP_HEAD;
	device->recovery.fill = device->recovery.torn;
	sweep_on(device, now_us);
}

bool escpos_recover_sweeps(struct device *device, int64_t now_us)
{
#ifdef ESCPOS_BREAK_SWEEP
	device->recovery.torn = 0;
#endif
	if (device->recovery.torn == 0)
		return false;
	escpos_ask_stop(device, DRIVER_NO_DEADLINE);
	start_sweep(device, now_us);
	return true;
}

void escpos_recover_link_down(struct device *device, int64_t now_us)
{
	const struct escpos_recovery *before = &device->recovery;

	/* A print server that closes what is idle would have a blank slip cut behind each ticket.
	 */
	/* Closed by ourselves or gone: only who was pulled and put in again is a new case. */
	device->recovery = (struct escpos_recovery){
		.torn = before->torn,
		.sent_us = before->sent_us,
		.whole = before->whole ||
			 (before->sent_us > 0 && now_us - before->sent_us >= ESCPOS_WHOLE_US),
		.reopening = before->reopening,
		.rest_until_us = before->reopening ? before->rest_until_us : 0,
	};
	device->jam = (struct escpos_jam){0};
}

/* ---- what comes back ------------------------------------------------------------------------ */

void escpos_recover_sent(struct device *device, int status, int64_t now_us)
{
	switch (device->recovery.phase) {
	case ESCPOS_RECOVER_CANCEL: run_rung(device, now_us); return;
	case ESCPOS_RECOVER_SWEEP:
		device->recovery.stuck = false;
		if (status == 0)
			sweep_on(device, now_us);
		else
			climb(device, now_us);
		return;
	case ESCPOS_RECOVER_ASK:
		if (status < 0)
			climb(device, now_us);
		return;
	default: return;
	}
}

void escpos_recover_controlled(struct device *device, enum device_control what, int status,
			       int64_t now_us)
{
	if (device->recovery.phase != ESCPOS_RECOVER_CONTROL || what < CONTROL_CLEAR_HALT)
		return;
	if (status == -ENODEV)
		return; /* the link goes down by itself */
	if (status < 0)
		climb(device, now_us);
	else
		start_sweep(device, now_us);
}

void escpos_recover_asked(struct device *device, bool answered, int64_t now_us)
{
	if (device->recovery.phase != ESCPOS_RECOVER_ASK)
		return;
	if (answered || !device->ever_answered)
		helped(device);
	else
		climb(device, now_us);
}

int64_t escpos_recover_deadline(const struct device *device)
{
	int64_t due_us = device->jam.due_us > 0 ? device->jam.due_us : DRIVER_NO_DEADLINE;

	if (!device->up)
		return DRIVER_NO_DEADLINE;
	if (escpos_is_recovering(device) && !device->recovery.stuck &&
	    device->recovery.due_us < due_us)
		due_us = device->recovery.due_us;
	return due_us;
}

static void tell_jam(struct device *device, int64_t now_us);

void escpos_recover_tick(struct device *device, int64_t now_us)
{
	if (now_us < escpos_recover_deadline(device))
		return;
	if (device->jam.due_us > 0 && now_us >= device->jam.due_us)
		tell_jam(device, now_us);
	if (!escpos_is_recovering(device) || device->recovery.stuck ||
	    now_us < device->recovery.due_us)
		return;
	switch (device->recovery.phase) {
	case ESCPOS_RECOVER_BUSY: run_rung(device, now_us); return;
	case ESCPOS_RECOVER_REST: climb(device, now_us); return;
	case ESCPOS_RECOVER_SWEEP:
		/* It takes nothing. That is what paper end looks like too: nothing is cut, a person
		 * is called, and it goes on by itself. */
		device->recovery.stuck = true;
		return;
	case ESCPOS_RECOVER_CANCEL:
	case ESCPOS_RECOVER_CONTROL: reopen(device, now_us); return;
	default: return;
	}
}

/* ---- jams ----------------------------------------------------------------------------------- */

static bool has_error(const struct escpos_status *status)
{
	return (status->cutter_error || status->recoverable) && !status->unrecoverable;
}

bool escpos_jam_is_seen_to(const struct device *device)
{
	return device->jam.standing && device->jam.touched && !device->status.cover_open &&
	       !device->status.paper_end;
}

/* The cover went up after the error came, or the paper out: somebody was there. */
void escpos_jam_look(struct device *device, int64_t now_us)
{
	struct escpos_jam *jam = &device->jam;
	const struct escpos_status *status = &device->status;

	if (!has_error(status)) {
		*jam = (struct escpos_jam){0};
		return;
	}
	if (jam->standing && (status->cover_open || status->paper_end)) {
		jam->touched = true;
		jam->told = false;
		jam->due_us = 0;
	}
	jam->standing = true;
	if (escpos_jam_is_seen_to(device) && !jam->told && jam->due_us == 0)
		jam->due_us = after(now_us, ESCPOS_RESUME_US);
}

/* Only behind a job that was handed over whole: inside another command's bytes it would be taken
 * for them. Then the printer goes on in the line in which it stopped, and it is the same job going
 * on. What it still holds without a job is thrown away only if it belongs to one that was given up:
 * it may be a ticket that ended without proof of its paper, and nobody looks for that. */
static void tell_jam(struct device *device, int64_t now_us)
{
	static const uint8_t go_on[] = {0x10, 0x05, 0x01}, clear[] = {0x10, 0x05, 0x02, 0x1b, 0x40};
	bool given_up = device->recovery.torn > 0 && device->recovery.sent_us == 0;
	bool goes_on = device->job.phase == ESCPOS_JOB_WAITING || !given_up;

	if (device->out != ESCPOS_OUT_NONE || device->ask.phase != ESCPOS_ASK_IDLE ||
	    device->job.phase == ESCPOS_JOB_SENDING || escpos_is_recovering(device)) {
		device->jam.due_us = after(now_us, ESCPOS_BUSY_US);
		return;
	}
	device->jam.due_us = 0;
	device->jam.told = true;
	device->armed &= goes_on;
	device->out = ESCPOS_OUT_QUESTION;
	if (device->host->send(device->user, goes_on ? go_on : clear,
			       goes_on ? sizeof(go_on) : sizeof(clear)) < 0)
		device->out = ESCPOS_OUT_NONE;
}
