/* What is counted of a line: exchanges, bytes and time; each device's misses and when it is asked
 * again. */
#include "src/devices/line_count.h"

const struct line_stats *line_get_stats(const struct line *line)
{
	return &line->stats;
}

bool line_slot_silent(const struct line_slot *slot)
{
	return slot->misses >= LINE_TRIES;
}

bool line_slot_dead(const struct line_slot *slot)
{
	return slot->misses >= LINE_DEAD;
}

static int64_t backoff_us(uint32_t misses)
{
#ifdef LINE_BREAK_BACKOFF /* a deliberately broken build: the tests must notice */
	return 0 * (int64_t)misses;
#else
	uint32_t doublings = misses - LINE_TRIES;

	if (doublings >= 6) /* 0.5 s * 2^6 is beyond the limit */
		return LINE_BACKOFF_MAX_US;
	return (int64_t)LINE_BACKOFF_MIN_US << doublings;
#endif
}

static void mark(struct line *line, int64_t now_us)
{
	struct line_mark now = {now_us, line->stats.busy_us, line->stats.silent_us};

	if (line->marks[1].at_us == 0) {
		line->marks[0] = line->marks[1] = (struct line_mark){.at_us = line->begun_us};
		return;
	}
	if (now_us - line->marks[1].at_us < LINE_SHARE_US)
		return;
	line->marks[0] = now_us - line->marks[1].at_us < 2 * LINE_SHARE_US ? line->marks[1] : now;
	line->marks[1] = now;
}

static double share(int64_t part_us, int64_t whole_us)
{
	double value = whole_us > 0 ? (double)part_us / (double)whole_us : 0;

	return value > 1 ? 1 : value;
}

void line_get_shares(const struct line *line, int64_t now_us, struct line_shares *ret)
{
	const struct line_mark *from = &line->marks[0];

	ret->busy = share(line->stats.busy_us - from->busy_us, now_us - from->at_us);
	ret->silent = share(line->stats.silent_us - from->silent_us, now_us - from->at_us);
}

static void count_slot(struct line *line, struct line_slot *slot, enum exchange_end end,
		       int64_t cost_us, int64_t now_us)
{
	slot->exchanges++;
	if (end == EXCHANGE_LINE_DOWN)
		return;
	if (end == EXCHANGE_ANSWERED) {
		slot->answered++;
		if (line->exchange.reply_wanted && now_us - line->wire_end_us > slot->slowest_us)
			slot->slowest_us = now_us - line->wire_end_us;
		if (line->exchange.reply_wanted || line->options.echo)
			slot->misses = 0;
		return;
	}
	slot->missed++;
	if (slot->misses < UINT32_MAX)
		slot->misses++;
	if (line_slot_silent(slot))
		slot->retry_us = line->quiet_us + backoff_us(slot->misses);
	if (line_slot_dead(slot))
		line->dead_share_us = line->quiet_us + cost_us * (LINE_DEAD_SHARE - 1);
}

void line_count_end(struct line *line, struct line_slot *slot, enum exchange_end end,
		    int64_t now_us)
{
	struct line_stats *stats = &line->stats;
	int64_t cost_us = line->quiet_us - line->begun_us;

	mark(line, now_us);
	stats->exchanges++;
	stats->busy_us += cost_us;
	if (slot && line_slot_silent(slot))
		stats->silent_us += cost_us;
	if (end == EXCHANGE_ANSWERED)
		stats->answered++;
	else if (end == EXCHANGE_TIMEOUT)
		stats->timeouts++;
	else if (end == EXCHANGE_GARBAGE)
		stats->garbage++;
	if (slot)
		count_slot(line, slot, end, cost_us, now_us);
}
