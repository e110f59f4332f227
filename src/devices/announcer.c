/* The queue of one voice and the helper's client. */
#include "src/devices/announcer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/text/text.h"

struct announcement {
	struct announcer_call call;
	int64_t rounds; /* said */
	unsigned tries; /* asked for and not said */
	bool last;	/* called again since it was asked for: no further round */
};

enum asked { ASKED_NOTHING = 0, ASKED_CHECK, ASKED_SAY, ASKED_BEGUN /* it is being heard */ };

struct announcer {
	const struct devices_voice_config *config;
	const struct announcer_host *host;
	void *user;
	size_t voice;
	bool started;
	char boot[CORE_BOOT_SIZE];
	int64_t mark_ms; /* of this boot: the newest call that an earlier process had begun */

	struct announcement queue[ANNOUNCER_MAX]; /* in the order of calling */
	size_t count;
	size_t saying; /* index; valid while one is asked for */

	int fd; /* -1: no helper */
	enum asked asked;
	uint32_t last_id;
	int64_t due_us;	  /* the answer's */
	int64_t start_us; /* no helper before this */
	int64_t look_us;  /* the next check */
	int64_t retry_span_us;
	bool ready; /* the last answer was a good one */
	uint8_t out[2 * (VOICE_HEAD + VOICE_MAX_BODY)];
	size_t out_len, out_at;
	uint8_t in[VOICE_HEAD + VOICE_MAX_BODY];
	size_t in_len;

	enum device_health health;
	char detail[VOICE_ERROR_SIZE];
	uint64_t announced, starts, dropped[ANNOUNCER_DROPS];
};

const char *announcer_drop_name(enum announcer_drop drop)
{
	static const char *const names[] = {"stale", "full", "over", "refused", "broken"};

	return names[drop];
}

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

/* Whatever the helper says is text for people and for JSON. */
static void clean(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && !text_check(text, len)) {
		size_t at = 0;
		uint32_t code;

		while (at < len) {
			size_t n = text_next(text + at, len - at, &code);

			if (code == TEXT_MALFORMED && n == 1)
				break;
			at += n;
		}
		text[at] = '?';
	}
	for (char *at = text; *at; at++)
		if ((unsigned char)*at < 0x20)
			*at = ' ';
}

static void set_health(struct announcer *announcer, enum device_health health, const char *detail)
{
	char message[VOICE_ERROR_SIZE + 64];

	if (announcer->health == health && !strcmp(announcer->detail, detail))
		return;
	announcer->health = health;
	snprintf(announcer->detail, sizeof(announcer->detail), "%s", detail);
	clean(announcer->detail);
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

/* ---- the queue --------------------------------------------------------------------------------
 */

static bool is_asked(const struct announcer *announcer, size_t index)
{
	return (announcer->asked == ASKED_SAY || announcer->asked == ASKED_BEGUN) &&
	       announcer->saying == index;
}

static void take_out(struct announcer *announcer, size_t index)
{
	memmove(&announcer->queue[index], &announcer->queue[index + 1],
		(announcer->count - index - 1) * sizeof(announcer->queue[0]));
	announcer->count--;
	if (announcer->saying > index)
		announcer->saying--;
}

/* What has been said at least once is no loss. */
static void drop(struct announcer *announcer, size_t index, enum announcer_drop why,
		 const char *detail)
{
	static const char *const words[] = {"过时 too late", "排队过多 too many wait",
					    "已不在呼叫 no longer called",
					    "无法播报 cannot be said",
					    "播报中断 cut off or not finished"};
	const struct announcement *one = &announcer->queue[index];
	char message[VOICE_ERROR_SIZE + 160];

	if (one->rounds == 0) {
		announcer->dropped[why]++;
		snprintf(message, sizeof(message),
			 "%s 到 %" PRId64 " 号窗口未播报 to window %" PRId64
			 " is not announced: %s%s%s",
			 one->call.number, one->call.window, one->call.window, words[why],
			 detail[0] ? ": " : "", detail);
		clean(message);
		if (why != ANNOUNCER_OVER)
			announcer->host->log(announcer->user, announcer->voice, message);
	}
	take_out(announcer, index);
}

static bool is_stale(const struct announcer *announcer, int64_t at_ms, int64_t now_us)
{
#ifdef ANNOUNCER_BREAK_STALE /* this and the like: broken builds that the tests must notice */
	at_ms = now_us / 1000;
#endif
	return now_us - at_ms * 1000 > announcer->config->stale_s * 1000000;
}

static bool is_over(const struct announcer *announcer, const struct announcer_call *call)
{
#ifdef ANNOUNCER_BREAK_OVER
	return !call;
#endif
	return !announcer->host->is_called(announcer->user, call->ticket, call->leg, call->window);
}

/* What is not to be begun any more. */
static void prune(struct announcer *announcer, int64_t now_us)
{
	for (size_t i = announcer->count; i-- > 0;) {
		const struct announcer_call *call = &announcer->queue[i].call;

		if (is_asked(announcer, i))
			continue;
		if (is_over(announcer, call))
			drop(announcer, i, ANNOUNCER_OVER, "");
		else if (is_stale(announcer, call->at_ms, now_us))
			drop(announcer, i, ANNOUNCER_STALE, "");
	}
}

static bool is_ours(const struct announcer *announcer, int64_t window)
{
	const struct devices_voice_config *config = announcer->config;

	for (size_t i = 0; i < config->window_count; i++)
		if (config->windows[i] == window)
			return true;
	return config->window_count == 0;
}

/* What was said most often already, of those the oldest. */
static size_t least_wanted(const struct announcer *announcer)
{
	size_t found = is_asked(announcer, 0) ? 1 : 0;

	for (size_t i = found + 1; i < announcer->count; i++)
		if (!is_asked(announcer, i) &&
		    announcer->queue[i].rounds > announcer->queue[found].rounds)
			found = i;
	return found;
}

/* A recall takes the place of its own call where that has not been begun, and goes to the end. */
void announcer_call(struct announcer *announcer, const struct announcer_call *call, int64_t now_us)
{
	if (!is_ours(announcer, call->window))
		return;
	for (size_t i = announcer->count; i-- > 0;) {
		if (announcer->queue[i].call.ticket != call->ticket)
			continue;
		if (is_asked(announcer, i))
			announcer->queue[i].last = true;
		else
			take_out(announcer, i);
	}
	prune(announcer, now_us);
	if (announcer->count == ANNOUNCER_MAX)
		drop(announcer, least_wanted(announcer), ANNOUNCER_FULL, "");
	announcer->queue[announcer->count++] = (struct announcement){.call = *call};
}

void announcer_resume(struct announcer *announcer, const struct announcer_call *call,
		      int64_t now_us)
{
#ifdef ANNOUNCER_BREAK_MARK
	announcer->mark_ms = -1;
#endif
	if (call->at_ms > announcer->mark_ms && !is_stale(announcer, call->at_ms, now_us))
		announcer_call(announcer, call, now_us);
}

/* Each call is said once before any is said again; else the oldest first. */
static bool choose(const struct announcer *announcer, size_t *ret)
{
	bool found = false;

	for (size_t i = 0; i < announcer->count; i++) {
		bool sooner = !found;

#ifndef ANNOUNCER_BREAK_TURNS
		sooner |= announcer->queue[i].rounds < announcer->queue[*ret].rounds;
#endif
		if (sooner)
			*ret = i;
		found = true;
	}
	return found;
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
		drop(announcer, announcer->saying, ANNOUNCER_BROKEN, "");
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
		drop(announcer, index, ANNOUNCER_REFUSED, strerror(-len));
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
		take_out(announcer, announcer->saying);
	announcer->look_us = now_us + ANNOUNCER_LOOK_US;
	set_health(announcer, HEALTH_OK, "");
}

static void take_failure(struct announcer *announcer, const char *why, bool refused, int64_t now_us)
{
	enum asked asked = announcer->asked;

	announcer->asked = ASKED_NOTHING;
	if (refused && asked == ASKED_SAY) {
		set_health(announcer, HEALTH_WARNING, why);
		drop(announcer, announcer->saying, ANNOUNCER_REFUSED, why);
		return;
	}
	announcer->ready = false;
	back_off(announcer);
	announcer->look_us = now_us + announcer->retry_span_us;
	set_health(announcer, HEALTH_FAILED, why);
	if (asked == ASKED_BEGUN)
		drop(announcer, announcer->saying, ANNOUNCER_BROKEN, why);
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
	if (announcer->ready && choose(announcer, &index))
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
	prune(announcer, now_us);
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
