/* A voice's helper: started, asked for one round of one call at a time, given up. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/devices/announcer_private.h"

int announcer_create(struct announcer **ret_announcer, const struct devices_voice_config *config,
		     size_t voice, const struct announcer_host *host, void *user)
{
	struct announcer *announcer = calloc(1, sizeof(*announcer));

	if (!announcer)
		return -ENOMEM;
	announcer->config = config;
	announcer->voice = voice;
	announcer->host = host;
	announcer->user = user;
	announcer->fd = -1;
	announcer->mark_ms = -1;
	*ret_announcer = announcer;
	return 0;
}

static void close_helper(struct announcer *announcer)
{
	if (announcer->fd < 0)
		return;
	close(announcer->fd);
	announcer->fd = -1;
	announcer->asked = ASKED_NOTHING;
	announcer->out_len = announcer->out_at = announcer->in_len = 0;
	announcer->host->stop(announcer->user, announcer->voice);
}

void announcer_destroy(struct announcer *announcer)
{
	if (!announcer)
		return;
	close_helper(announcer);
	free(announcer);
}

/* ---- health -----------------------------------------------------------------------------------
 */

static void set_health(struct announcer *announcer, enum device_health health, const char *detail)
{
	char message[VOICE_ERROR_SIZE + 64];

	if (announcer->health == health && !strcmp(announcer->detail, detail))
		return;
	announcer->health = health;
	snprintf(announcer->detail, sizeof(announcer->detail), "%s", detail);
	announcer_clean(announcer->detail);
	snprintf(message, sizeof(message), "%s %s%s%s", device_health_chinese(health),
		 device_health_name(health), detail[0] ? ": " : "", announcer->detail);
	announcer->host->log(announcer->user, announcer->voice, message);
}

static void back_off(struct announcer *announcer)
{
	int64_t span_us = announcer->retry_span_us * 2;

	if (span_us < ANNOUNCER_RETRY_MIN_US)
		span_us = ANNOUNCER_RETRY_MIN_US;
	announcer->retry_span_us =
		span_us < ANNOUNCER_RETRY_MAX_US ? span_us : ANNOUNCER_RETRY_MAX_US;
}

/* ---- the helper -------------------------------------------------------------------------------
 */

static void send_frame(struct announcer *announcer, enum voice_frame_type type, const char *body,
		       size_t len)
{
	struct voice_frame frame = {.type = type, .id = ++announcer->last_id, .len = (uint32_t)len};
	uint8_t *to = announcer->out + announcer->out_len;

	voice_put_head(to, &frame);
	memcpy(to + VOICE_HEAD, body, len);
	announcer->out_len += VOICE_HEAD + len;
}

static void ask_check(struct announcer *announcer, int64_t answer_us, int64_t now_us)
{
	send_frame(announcer, VOICE_CHECK, "", 0);
	announcer->asked = ASKED_CHECK;
	announcer->due_us = now_us + answer_us;
}

/* The helper is gone or no good any more. */
static void lose_helper(struct announcer *announcer, const char *why, int64_t now_us)
{
	enum asked asked = announcer->asked;

	close_helper(announcer);
	announcer->ready = false;
	back_off(announcer);
	announcer->start_us = now_us + announcer->retry_span_us;
	set_health(announcer, HEALTH_FAILED, why);
	if (asked == ASKED_BEGUN ||
	    (asked == ASKED_SAY && ++announcer->queue[announcer->saying].tries == ANNOUNCER_TRIES))
		announcer_drop_call(announcer, announcer->saying, ANNOUNCER_BROKEN, "");
}

static void start(struct announcer *announcer, int64_t now_us)
{
	static const char none[] = "语音程序不启动 onewindow-voice does not start";
	char body[VOICE_MAX_BODY], why[VOICE_ERROR_SIZE];
	int len = voice_put_setup(body, &announcer->config->setup, announcer->config->mark_path);
	int r = len < 0 ? len
			: announcer->host->start(announcer->user, announcer->voice, &announcer->fd);

	if (r < 0) {
		announcer->fd = -1;
		snprintf(why, sizeof(why), "%s: %s", none, strerror(-r));
		lose_helper(announcer, why, now_us);
		return;
	}
	announcer->starts++;
	send_frame(announcer, VOICE_SETUP, body, (size_t)len);
	ask_check(announcer, ANNOUNCER_START_US, now_us);
}

static void ask_say(struct announcer *announcer, size_t index, int64_t now_us)
{
	const struct announcement *one = &announcer->queue[index];
	struct voice_call call = {.window = (unsigned)one->call.window};
	char body[VOICE_MAX_BODY];
	int len;

	snprintf(call.number, sizeof(call.number), "%s", one->call.number);
	if (one->rounds == 0 && announcer->boot[0])
		snprintf(call.mark, sizeof(call.mark), "%s %" PRId64, announcer->boot,
			 one->call.at_ms);
	len = voice_put_call(body, &call);
	if (len < 0) {
		announcer_drop_call(announcer, index, ANNOUNCER_REFUSED, strerror(-len));
		return;
	}
	send_frame(announcer, VOICE_SAY, body, (size_t)len);
	announcer->asked = ASKED_SAY;
	announcer->saying = index;
	announcer->due_us = now_us + ANNOUNCER_ANSWER_US;
}

static void take_said(struct announcer *announcer, int64_t now_us)
{
	struct announcement *one = &announcer->queue[announcer->saying];

	announcer->asked = ASKED_NOTHING;
	announcer->announced += one->rounds == 0;
	if (++one->rounds >= announcer->config->repeat || one->last)
		announcer_take_out(announcer, announcer->saying);
	announcer->look_us = now_us + ANNOUNCER_LOOK_US;
	set_health(announcer, HEALTH_OK, "");
}

static void take_failure(struct announcer *announcer, const char *why, bool refused, int64_t now_us)
{
	enum asked asked = announcer->asked;

	announcer->asked = ASKED_NOTHING;
	if (refused && asked == ASKED_SAY) {
		set_health(announcer, HEALTH_WARNING, why);
		announcer_drop_call(announcer, announcer->saying, ANNOUNCER_REFUSED, why);
		return;
	}
	announcer->ready = false;
	back_off(announcer);
	announcer->look_us = now_us + announcer->retry_span_us;
	set_health(announcer, HEALTH_FAILED, why);
	if (asked == ASKED_BEGUN)
		announcer_drop_call(announcer, announcer->saying, ANNOUNCER_BROKEN, why);
}

/* -EBADMSG: not what was asked for. */
static int take_answer(struct announcer *announcer, const struct voice_frame *frame,
		       const char *text, int64_t now_us)
{
	enum asked asked = announcer->asked;

	/* Nor what was not even read yet. */
	if (asked == ASKED_NOTHING || frame->id != announcer->last_id || announcer->out_len)
		return -EBADMSG;
	switch (frame->type) {
	case VOICE_READY:
		if (asked != ASKED_CHECK)
			return -EBADMSG;
		announcer->asked = ASKED_NOTHING;
		announcer->ready = true;
		announcer->retry_span_us = 0;
		announcer->look_us = now_us + ANNOUNCER_LOOK_US;
		if (announcer->health != HEALTH_WARNING)
			set_health(announcer, HEALTH_OK, "");
		return 0;
	case VOICE_BEGUN:
		if (asked != ASKED_SAY)
			return -EBADMSG;
		announcer->asked = ASKED_BEGUN;
		announcer->due_us = now_us + frame->ms * 1000 + ANNOUNCER_ANSWER_US;
		return 0;
	case VOICE_SAID:
		if (asked != ASKED_BEGUN)
			return -EBADMSG;
		take_said(announcer, now_us);
		return 0;
	case VOICE_NO_DEVICE:
	case VOICE_REFUSED:
		take_failure(announcer, text, frame->type == VOICE_REFUSED, now_us);
		return 0;
	default: return -EBADMSG;
	}
}

static int take_frames(struct announcer *announcer, int64_t now_us)
{
	struct voice_frame frame;

	while (announcer->in_len >= VOICE_HEAD) {
		char text[VOICE_ERROR_SIZE] = "";
		size_t whole;

		if (voice_read_head(&frame, announcer->in) < 0)
			return -EBADMSG;
		whole = VOICE_HEAD + frame.len;
		if (announcer->in_len < whole)
			return 0;
		snprintf(text, sizeof(text), "%.*s", (int)frame.len,
			 (const char *)announcer->in + VOICE_HEAD);
		if (take_answer(announcer, &frame, text, now_us) < 0)
			return -EBADMSG;
		memmove(announcer->in, announcer->in + whole, announcer->in_len - whole);
		announcer->in_len -= whole;
	}
	return 0;
}

static void read_some(struct announcer *announcer, int64_t now_us)
{
	while (announcer->fd >= 0) {
		ssize_t n = read(announcer->fd, announcer->in + announcer->in_len,
				 sizeof(announcer->in) - announcer->in_len);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			lose_helper(announcer, "语音程序已中断 onewindow-voice died", now_us);
			return;
		}
		announcer->in_len += (size_t)n;
		if (take_frames(announcer, now_us) < 0)
			lose_helper(announcer,
				    "语音程序应答有误 onewindow-voice answers what was not asked",
				    now_us);
	}
}

static void write_some(struct announcer *announcer, int64_t now_us)
{
	ssize_t n;

	if (announcer->fd < 0 || !announcer->out_len)
		return;
	n = send(announcer->fd, announcer->out + announcer->out_at,
		 announcer->out_len - announcer->out_at, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		lose_helper(announcer, "语音程序已中断 onewindow-voice died", now_us);
		return;
	}
	announcer->out_at += (size_t)n;
	if (announcer->out_at == announcer->out_len)
		announcer->out_at = announcer->out_len = 0;
}

/* ---- turns ------------------------------------------------------------------------------------
 */

static void read_mark(struct announcer *announcer)
{
	char boot[CORE_BOOT_SIZE] = "";
	int64_t ms = 0;
	FILE *file =
		announcer->config->mark_path[0] ? fopen(announcer->config->mark_path, "r") : NULL;

	if (!file)
		return;
	if (fscanf(file, "%36s %" SCNd64, boot, &ms) == 2 && !strcmp(boot, announcer->boot))
		announcer->mark_ms = ms;
	fclose(file);
}

void announcer_start(struct announcer *announcer, const char *boot, int64_t now_us)
{
	snprintf(announcer->boot, sizeof(announcer->boot), "%s", boot);
	read_mark(announcer);
	announcer->started = true;
	announcer->start_us = now_us;
}

static void ask_next(struct announcer *announcer, int64_t now_us)
{
	size_t index = 0;

	if (announcer->fd < 0 && now_us >= announcer->start_us)
		start(announcer, now_us);
#ifdef ANNOUNCER_BREAK_OVERLAP
	if (announcer->asked == ASKED_BEGUN)
		announcer->asked = ASKED_NOTHING;
#endif
	if (announcer->fd < 0 || announcer->asked != ASKED_NOTHING)
		return;
	if (announcer->ready && announcer_choose(announcer, &index))
		ask_say(announcer, index, now_us);
	else if (now_us >= announcer->look_us)
		ask_check(announcer, ANNOUNCER_ANSWER_US, now_us);
}

bool announcer_process(struct announcer *announcer, int64_t now_us)
{
	uint64_t starts = announcer->starts;
	bool wrote = announcer->out_len > 0;
	int fd = announcer->fd;

	if (!announcer->started)
		return false;
	read_some(announcer, now_us);
	if (announcer->asked != ASKED_NOTHING && now_us >= announcer->due_us)
		lose_helper(announcer, "语音程序无应答 onewindow-voice does not answer", now_us);
	announcer_prune(announcer, now_us);
	ask_next(announcer, now_us);
	write_some(announcer, now_us);
	return fd != announcer->fd || starts != announcer->starts ||
	       wrote != (announcer->out_len > 0);
}

size_t announcer_fds(const struct announcer *announcer, struct pollfd *ret, size_t max)
{
	if (announcer->fd < 0 || max == 0)
		return 0;
	ret[0] = (struct pollfd){
		.fd = announcer->fd,
		.events = (short)(POLLIN | (announcer->out_len ? POLLOUT : 0)),
	};
	return 1;
}

int64_t announcer_deadline(const struct announcer *announcer)
{
	if (!announcer->started)
		return INT64_MAX;
	if (announcer->fd < 0)
		return announcer->start_us;
	if (announcer->asked != ASKED_NOTHING)
		return announcer->due_us;
	return announcer->ready && announcer->count ? 0 : announcer->look_us;
}

void announcer_get_status(const struct announcer *announcer, struct announcer_status *ret)
{
	*ret = (struct announcer_status){
		.health = announcer->health,
		.detail = announcer->detail,
		.running = announcer->fd >= 0,
		.queued = announcer->count,
		.announced = announcer->announced,
		.starts = announcer->starts,
	};
	memcpy(ret->dropped, announcer->dropped, sizeof(ret->dropped));
}
