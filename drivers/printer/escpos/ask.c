/* Asking a printer how it is: DLE EOT 1 to 4, one at a time, for all replies look alike. A round
 * starts when the link comes up, at intervals while idle, and while a job waits for its proof;
 * never while a job's bytes are on their way, because a real-time command may land inside a
 * picture. A reply that is late makes the round start anew behind a pause in which input is thrown
 * away. */
#include "drivers/printer/escpos/device.h"

static void send_question(struct device *device, int64_t now_us)
{
	uint8_t question[ESCPOS_QUESTION_LEN];

	device->ask.phase = ESCPOS_ASK_REPLY;
	device->ask.due_us = now_us + ESCPOS_REPLY_US;
	device->ask.unsent = device->out != ESCPOS_OUT_NONE;
	if (device->ask.unsent)
		return; /* the reply overtook its question's sent(); or that one is stuck */
	escpos_put_question(question, device->ask.number);
	device->out = ESCPOS_OUT_QUESTION;
	device->ask.open++;
	if (device->host->send(device->user, question, sizeof(question)) < 0)
		device->out = ESCPOS_OUT_NONE;
}

/* GS a FF: from now on it tells changes by itself. Also part of each job, whose ESC @ ends it. */
static void arm(struct device *device)
{
	static const uint8_t bytes[] = {0x1d, 0x61, 0xff};

	if (device->armed || device->out != ESCPOS_OUT_NONE ||
	    device->model.u.printer.status != PRINTER_STATUS_AUTOMATIC)
		return;
	device->out = ESCPOS_OUT_QUESTION;
	device->armed = true;
	if (device->host->send(device->user, bytes, sizeof(bytes)) < 0) {
		device->out = ESCPOS_OUT_NONE;
		device->armed = false;
	}
}

static void start_round(struct device *device, int64_t now_us)
{
	if (device->job.phase == ESCPOS_JOB_NONE)
		device->noise = 0; /* a job's noise counts to its end: it weakens its proof */
	device->ask.open = 0;
	device->ask.number = 1;
	send_question(device, now_us);
}

static void start_drain(struct device *device, int64_t now_us)
{
	escpos_sorter_reset(&device->sorter);
	device->ask.phase = ESCPOS_ASK_DRAIN;
	device->ask.due_us = now_us + ESCPOS_DRAIN_US;
}

void escpos_ask_start(struct device *device, int64_t now_us)
{
	device->ask = (struct escpos_ask){0};
	device->standing = ESCPOS_UNASKED;
	device->ever_answered = false;
	if (device->model.u.printer.status != PRINTER_STATUS_NONE)
		start_drain(device, now_us);
	else
		device->standing = ESCPOS_BLIND;
}

void escpos_ask_again(struct device *device, int64_t now_us)
{
	if (device->model.u.printer.status == PRINTER_STATUS_NONE)
		return;
	device->standing = ESCPOS_UNASKED;
	device->ask.tries = 0;
	start_drain(device, now_us);
}

void escpos_ask_stop(struct device *device, int64_t poll_us)
{
	device->ask.phase = ESCPOS_ASK_IDLE;
	device->ask.tries = 0;
	device->ask.poll_us = poll_us;
}

static void give_up(struct device *device, int64_t now_us)
{
	if (device->noise > 0)
		device->standing = ESCPOS_WRONG;
	else
		device->standing = device->ever_answered ? ESCPOS_SILENT : ESCPOS_BLIND;
	device->armed = false;
	escpos_ask_stop(device, now_us + ESCPOS_POLL_US);
	escpos_recover_asked(device, false, now_us);
}

static void reply_missing(struct device *device, int64_t now_us)
{
	bool known = device->standing != ESCPOS_UNASKED && device->standing != ESCPOS_ANSWERS;

	if (device->job.phase != ESCPOS_JOB_NONE) {
		escpos_ask_stop(device, now_us + ESCPOS_JOB_POLL_US);
	} else if (known || ++device->ask.tries >= ESCPOS_TRIES) {
		give_up(device, now_us);
	} else {
		start_drain(device, now_us);
	}
}

void escpos_ask_realtime(struct device *device, uint8_t reply, int64_t now_us)
{
	if (device->ask.open == 0) {
		escpos_ask_noise(device, 1, now_us);
		return;
	}
	device->ask.open--;
	if (device->ask.phase != ESCPOS_ASK_REPLY ||
	    escpos_read_realtime(&device->status, device->ask.number, reply) < 0)
		return;
	if (device->ask.number < ESCPOS_QUESTIONS) {
		device->ask.number++;
		send_question(device, now_us);
		return;
	}
	if (device->job.phase != ESCPOS_JOB_NONE) {
		if (device->noise <= ESCPOS_NOISE_MAX)
			device->standing = ESCPOS_ANSWERS;
		escpos_ask_stop(device, now_us + ESCPOS_JOB_POLL_US);
		return;
	}
	device->standing = ESCPOS_ANSWERS;
	device->ever_answered = true;
	device->noise = 0;
	escpos_ask_stop(device, now_us + ESCPOS_POLL_US);
	escpos_recover_asked(device, true, now_us);
	arm(device);
}

void escpos_ask_sent(struct device *device, int64_t now_us)
{
	if (device->ask.phase == ESCPOS_ASK_REPLY && device->ask.unsent)
		send_question(device, now_us);
	else if (device->ask.phase == ESCPOS_ASK_REPLY)
		device->ask.due_us = now_us + ESCPOS_REPLY_US;
	else if (device->ask.phase != ESCPOS_ASK_IDLE || device->job.phase != ESCPOS_JOB_NONE)
		return;
	else if (device->standing == ESCPOS_ANSWERS)
		arm(device);
	else
		device->ask.poll_us = now_us; /* it takes bytes again */
}

void escpos_ask_noise(struct device *device, uint32_t count, int64_t now_us)
{
	device->noise += count;
	if (device->noise <= ESCPOS_NOISE_MAX || device->standing == ESCPOS_WRONG)
		return;
	device->standing = ESCPOS_WRONG;
	if (device->job.phase == ESCPOS_JOB_NONE)
		escpos_ask_stop(device, now_us + ESCPOS_POLL_US);
	escpos_recover_asked(device, true, now_us); /* bytes do come */
}

static bool may_poll(const struct device *device)
{
	return device->up && device->model.u.printer.status != PRINTER_STATUS_NONE &&
	       device->out == ESCPOS_OUT_NONE &&
	       (!escpos_is_recovering(device) || device->recovery.phase == ESCPOS_RECOVER_ASK) &&
	       (device->job.phase == ESCPOS_JOB_NONE ||
		(device->job.phase == ESCPOS_JOB_WAITING && !device->job.blind));
}

int64_t escpos_ask_deadline(const struct device *device)
{
	if (device->ask.phase != ESCPOS_ASK_IDLE)
		return device->ask.due_us;
	return may_poll(device) ? device->ask.poll_us : DRIVER_NO_DEADLINE;
}

void escpos_ask_tick(struct device *device, int64_t now_us)
{
	if (now_us < escpos_ask_deadline(device))
		return;
	switch (device->ask.phase) {
	case ESCPOS_ASK_DRAIN:
	case ESCPOS_ASK_IDLE: start_round(device, now_us); break;
	case ESCPOS_ASK_REPLY: reply_missing(device, now_us); break;
	}
}
