/* One print job at a time: encoded whole, given to the link in chunks, followed by the two
 * questions that prove it. What is known in the end is told in one of five words; a job is never
 * sent twice.
 *
 * There is one deadline, and it never cancels a transfer that may still come through: a printer out
 * of paper holds its data for hours and goes on by itself. Only when the printer says that nothing
 * is in its way and still nothing happens for half a minute, the job is given up as unknown. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/printer/escpos/device.h"

static bool is_handed(const struct escpos_job *job)
{
	return job->phase != ESCPOS_JOB_NONE && job->handed == job->len;
}

static int64_t deadline_after(int64_t now_us, int64_t span_us)
{
	return now_us > INT64_MAX - span_us ? INT64_MAX : now_us + span_us;
}

static void describe_losses(const struct escpos_losses *losses, const char *reason, char *ret,
			    size_t size)
{
	const struct {
		size_t count;
		const char *what;
	} all[] = {
		{losses->missing, "characters printed as a sign"},
		{losses->shortened, "texts shortened"},
		{losses->pictures, "pictures left out"},
	};
	const char *between = reason[0] ? "; " : "";
	size_t used = (size_t)snprintf(ret, size, "%s", reason);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && used < size; i++) {
		if (!all[i].count)
			continue;
		used += (size_t)snprintf(ret + used, size - used, "%s%zu %s", between, all[i].count,
					 all[i].what);
		between = ", ";
	}
}

/* A reply to GS r may come after its job has ended, and looks like the next one's. Behind paper
 * that creeps those of several jobs wait. One that came while this job waited in vain shows that no
 * more are on their way. */
static void note_owed(struct device *device, enum print_result result, int64_t now_us)
{
	const struct escpos_job *job = &device->job;

	if (job->handed == 0)
		return;
	if (!job->proof || job->processed || job->reply_passed) {
		device->owed = 0;
		return;
	}
	device->owed++;
	device->owed_until_us =
		result == RESULT_PRINTED ? deadline_after(now_us, ESCPOS_OWED_US) : INT64_MAX;
}

static void end_job(struct device *device, enum print_result result, const char *reason,
		    int64_t now_us)
{
	struct escpos_job *job = &device->job;
	char detail[DEVICE_DETAIL_SIZE];
	int64_t id = job->id;

	describe_losses(&job->losses, reason, detail, sizeof(detail));
	note_owed(device, result, now_us);
	/* How much of it the printer has nobody knows: what a network has taken may be lost. Of a
	 * job without proof this shows when the link comes up anew. */
	if (result == RESULT_UNKNOWN || result == RESULT_SENT) {
		device->recovery.torn = job->len;
		device->recovery.sent_us = result == RESULT_SENT ? now_us : 0;
		device->recovery.whole = false;
	}
	free(job->bytes);
	*job = (struct escpos_job){0};
	if (device->ask.phase != ESCPOS_ASK_DRAIN)
		escpos_ask_stop(device, deadline_after(now_us, ESCPOS_POLL_US));
	device->host->print(device->user, id, PRINT_PROGRESS_ENDED, result, detail);
}

/* The best that is proven so far. */
static bool end_if_proven(struct device *device, int64_t now_us)
{
	struct escpos_job *job = &device->job;

	if (job->printed) {
		end_job(device, RESULT_PRINTED, "", now_us);
		return true;
	}
	if (job->processed) {
		if (job->asks_id)
			device->id_misses++;
		end_job(device, RESULT_PROCESSED, "", now_us);
		return true;
	}
	return false;
}

/* ---- taking a job --------------------------------------------------------------------------- */

static int encode(struct device *device, const struct document *document, struct escpos_job *job)
{
	struct escpos_paper paper = device->paper;
	size_t len = 0;
	int r;

	paper.status = !job->blind && device->model.u.printer.status == PRINTER_STATUS_AUTOMATIC;
	r = escpos_encode(document, &paper, NULL, 0, &len, NULL);
	if (r < 0)
		return r;
	job->bytes = malloc(len + ESCPOS_TRAILER_MAX);
	if (!job->bytes)
		return -ENOMEM;
	r = escpos_encode(document, &paper, job->bytes, len, &job->len, &job->losses);
	if (r < 0) {
		free(job->bytes);
		return r;
	}
	if (job->proof)
		job->len +=
			escpos_put_trailer(job->bytes + job->len, job->asks_id ? job->name : NULL);
	return 0;
}

static int send_chunk(struct device *device)
{
	struct escpos_job *job = &device->job;
	size_t from = job->handed, len = job->len - from;
	int r;

	if (len > ESCPOS_CHUNK)
		len = ESCPOS_CHUNK;
	device->out = ESCPOS_OUT_JOB;
	job->handed += len;
	r = device->host->send(device->user, job->bytes + from, len);
	if (r < 0) {
		device->out = ESCPOS_OUT_NONE;
		job->handed = from;
	}
	return r;
}

int escpos_job_submit(struct device *device, const struct print_job *print, int64_t now_us)
{
	enum printer_completion completion = device->model.u.printer.completion;
	bool blind = device->standing == ESCPOS_BLIND;
	struct escpos_job job = {
		.phase = ESCPOS_JOB_SENDING,
		.id = print->id,
		.blind = blind,
		.proof = !blind && completion != PRINTER_COMPLETION_NONE,
		.asks_id = !blind && completion == PRINTER_COMPLETION_PRINTED &&
			   device->id_misses < ESCPOS_ID_MISSES,
		.quiet_us = now_us,
		.headway_us = now_us,
	};
	int r;

	escpos_job_id(print->id, job.name);
	r = encode(device, print->document, &job);
	if (r < 0)
		return r;
	device->job = job;
	device->noise = 0;
	escpos_ask_stop(device, deadline_after(now_us, ESCPOS_JOB_POLL_US));
	if (device->out != ESCPOS_OUT_NONE)
		return 0; /* behind the question that the link has */
	r = send_chunk(device);
	if (r < 0) {
		free(device->job.bytes);
		device->job = (struct escpos_job){0};
	}
	return r;
}

/* ---- on its way ----------------------------------------------------------------------------- */

static const char *failed_detail(int status, char *ret, size_t size)
{
	snprintf(ret, size, "the link failed: %s", strerror(-status));
	return ret;
}

static void fail_sending(struct device *device, int status, int64_t now_us)
{
	char reason[64];
	bool nothing_left = device->job.handed == 0;

	failed_detail(status, reason, sizeof(reason));
	if (!end_if_proven(device, now_us))
		end_job(device, nothing_left ? RESULT_FAILED : RESULT_UNKNOWN, reason, now_us);
}

void escpos_job_go_on(struct device *device, int64_t now_us)
{
	int r;

	if (device->job.phase != ESCPOS_JOB_SENDING || device->out != ESCPOS_OUT_NONE ||
	    device->job.handed == device->job.len)
		return;
	r = send_chunk(device);
	if (r < 0) {
		fail_sending(device, r, now_us);
		if (device->up)
			escpos_ask_again(device, now_us);
	}
}

static void all_sent(struct device *device, int64_t now_us)
{
	struct escpos_job *job = &device->job;
	int64_t id = job->id;

	job->phase = ESCPOS_JOB_WAITING;
	device->ask.poll_us = deadline_after(now_us, ESCPOS_JOB_POLL_US);
	device->host->print(device->user, id, PRINT_PROGRESS_SENT, RESULT_SENT, "");
	if (job->id != id || job->phase != ESCPOS_JOB_WAITING)
		return; /* the link was closed from inside the call */
	if (!job->proof)
		end_job(device, RESULT_SENT, "", now_us);
	else if (job->printed || (job->processed && !job->asks_id))
		end_if_proven(device, now_us);
}

void escpos_job_sent(struct device *device, int status, int64_t now_us)
{
	if (status < 0) {
		fail_sending(device, status, now_us);
		return;
	}
	escpos_job_progress(device, now_us);
	if (is_handed(&device->job))
		all_sent(device, now_us);
	else
		escpos_job_go_on(device, now_us);
}

void escpos_job_progress(struct device *device, int64_t now_us)
{
	device->job.quiet_us = now_us;
	device->job.headway_us = now_us;
	device->job.stuck = false;
}

void escpos_job_link_down(struct device *device, int64_t now_us)
{
	if (device->job.phase == ESCPOS_JOB_NONE || end_if_proven(device, now_us))
		return;
	if (device->job.handed == 0)
		end_job(device, RESULT_FAILED, "the link went down before it was sent", now_us);
	else
#ifdef ESCPOS_BREAK_CANCEL
		end_job(device, RESULT_FAILED, "the link went down in the middle", now_us);
#else
		end_job(device, RESULT_UNKNOWN, "the link went down in the middle", now_us);
#endif
}

/* ---- proof ---------------------------------------------------------------------------------- */

/* A reply to GS r 1: all that stood before it has been processed. Behind noise it proves nothing.
 */
void escpos_job_queued(struct device *device, int64_t now_us)
{
	struct escpos_job *job = &device->job;

#ifndef ESCPOS_BREAK_REPLY
	if (device->owed > 0 && now_us < device->owed_until_us) {
		device->owed--;
		job->reply_passed = job->phase != ESCPOS_JOB_NONE;
		job->quiet_us = now_us; /* the printer is at work */
		return;
	}
	if (!is_handed(job) || !job->proof || job->processed ||
	    device->noise > ESCPOS_NOISE_PROOF_MAX) {
		escpos_ask_noise(device, 1, now_us);
		return;
	}
#endif
	job->processed = true;
	job->quiet_us = now_us;
	job->grace_us = deadline_after(now_us, device->id_answered ? ESCPOS_LONG_GRACE_US
								   : ESCPOS_GRACE_US);
	if (job->phase == ESCPOS_JOB_WAITING && !job->asks_id)
		end_if_proven(device, now_us);
}

void escpos_job_block(struct device *device, const struct escpos_answer *answer, int64_t now_us)
{
	struct escpos_job *job = &device->job;

	/* An older job's proof comes too late to change what was said of it. */
#ifdef ESCPOS_BREAK_PROOF
	if (!is_handed(job) || !job->asks_id || answer->bytes[0] != 0x37)
#else
	if (!is_handed(job) || !job->asks_id || !escpos_is_printed(answer, job->name))
#endif
		return;
	device->id_answered = true;
	device->id_misses = 0;
	job->printed = true;
	if (job->phase == ESCPOS_JOB_WAITING)
		end_if_proven(device, now_us);
}

/* ---- time ----------------------------------------------------------------------------------- */

/* Not by an error that somebody has seen to: a printer that waits to be told cannot be, as long as
 * it takes no bytes. */
bool escpos_job_is_held(const struct device *device)
{
	if (device->job.phase == ESCPOS_JOB_NONE)
		return false;
	if (escpos_port_trouble(device))
		return true;
	if (device->job.phase == ESCPOS_JOB_SENDING && escpos_jam_is_seen_to(device))
		return false;
	return device->standing == ESCPOS_ANSWERS && escpos_obstacle(device);
}

void escpos_job_was_held(struct device *device, int64_t now_us)
{
	device->job.quiet_us = now_us;
	if (device->job.processed)
		device->job.grace_us = deadline_after(now_us, ESCPOS_GRACE_US);
}

int64_t escpos_job_deadline(const struct device *device)
{
	const struct escpos_job *job = &device->job;

	if (job->phase == ESCPOS_JOB_NONE || job->stuck || escpos_job_is_held(device))
		return DRIVER_NO_DEADLINE;
	if (job->processed && job->phase == ESCPOS_JOB_WAITING)
		return job->grace_us;
	return deadline_after(job->quiet_us, ESCPOS_STUCK_US);
}

static bool cannot_tell(const struct device *device)
{
	return device->model.u.printer.status == PRINTER_STATUS_REALTIME &&
	       device->out == ESCPOS_OUT_JOB;
}

void escpos_job_tick(struct device *device, int64_t now_us)
{
	bool in_link = device->out != ESCPOS_OUT_NONE;

	if (now_us < escpos_job_deadline(device))
		return;
	/* It may be out of paper, and only automatic status could say so while the link is full. */
	if (device->job.phase == ESCPOS_JOB_SENDING && (device->job.blind || cannot_tell(device))) {
		device->job.stuck = true;
		return;
	}
	if (device->job.phase == ESCPOS_JOB_WAITING && end_if_proven(device, now_us))
		return;
	/* Behind a question that was not taken: another printer, or this one later, may print it.
	 */
	end_job(device, device->job.handed == 0 ? RESULT_FAILED : RESULT_UNKNOWN,
		in_link ? "the printer takes no data and gives no reason" : "no answer", now_us);
	if (!device->up)
		return;
	if (in_link)
		escpos_recover(device, now_us);
	else
		escpos_ask_again(device, now_us);
}
