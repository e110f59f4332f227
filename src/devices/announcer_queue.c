/* The calls that wait for one voice: which comes next, and which are not to be said any more. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"
#include "src/devices/announcer_private.h"

const char *announcer_drop_name(enum announcer_drop drop)
{
	static const char *const names[] = {"stale", "full", "over", "refused", "broken"};

	return names[drop];
}

/* Whatever the helper says is text for people and for JSON. */
void announcer_clean(char *text)
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

bool announcer_is_asked(const struct announcer *announcer, size_t index)
{
	return (announcer->asked == ASKED_SAY || announcer->asked == ASKED_BEGUN) &&
	       announcer->saying == index;
}

void announcer_take_out(struct announcer *announcer, size_t index)
{
	memmove(&announcer->queue[index], &announcer->queue[index + 1],
		(announcer->count - index - 1) * sizeof(announcer->queue[0]));
	announcer->count--;
	if (announcer->saying > index)
		announcer->saying--;
}

/* What has been said at least once is no loss. */
void announcer_drop_call(struct announcer *announcer, size_t index, enum announcer_drop why,
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
		announcer_clean(message);
		if (why != ANNOUNCER_OVER)
			announcer->host->log(announcer->user, announcer->voice, message);
	}
	announcer_take_out(announcer, index);
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
void announcer_prune(struct announcer *announcer, int64_t now_us)
{
	for (size_t i = announcer->count; i-- > 0;) {
		const struct announcer_call *call = &announcer->queue[i].call;

		if (announcer_is_asked(announcer, i))
			continue;
		if (is_over(announcer, call))
			announcer_drop_call(announcer, i, ANNOUNCER_OVER, "");
		else if (is_stale(announcer, call->at_ms, now_us))
			announcer_drop_call(announcer, i, ANNOUNCER_STALE, "");
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
	size_t found = announcer_is_asked(announcer, 0) ? 1 : 0;

	for (size_t i = found + 1; i < announcer->count; i++)
		if (!announcer_is_asked(announcer, i) &&
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
		if (announcer_is_asked(announcer, i))
			announcer->queue[i].last = true;
		else
			announcer_take_out(announcer, i);
	}
	announcer_prune(announcer, now_us);
	if (announcer->count == ANNOUNCER_MAX)
		announcer_drop_call(announcer, least_wanted(announcer), ANNOUNCER_FULL, "");
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
bool announcer_choose(const struct announcer *announcer, size_t *ret)
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
