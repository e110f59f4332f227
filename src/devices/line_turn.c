/* Whose turn it is on the line: by kind, then the device served longest ago. What a dead device
 * wants is background, whatever it is. */
#include "src/devices/line_turn.h"

bool line_turn_someone_speaks(const struct line *line)
{
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++)
		if (line->slots[i].driver && !line_slot_silent(&line->slots[i]))
			return true;
	return false;
}

int64_t line_turn_ready_us(const struct line *line, const struct line_slot *slot, bool speaks)
{
	if (!line_slot_silent(slot))
		return 0;
	if (speaks && line_slot_dead(slot) && line->dead_share_us > slot->retry_us)
		return line->dead_share_us;
	return slot->retry_us;
}

/* One miss changes nothing: on a noisy line everybody has some, and repairs get a small share. Who
 * is silent holds no new call up, who is dead nothing at all. */
static enum exchange_priority rank(const struct line_slot *slot, enum exchange_priority priority)
{
	if (line_slot_dead(slot))
		return EXCHANGE_REFRESH;
	if (line_slot_silent(slot) && priority < EXCHANGE_REPAIR)
		return EXCHANGE_REPAIR;
	return priority;
}

static size_t choose_kind(struct line *line, const size_t first[LINE_PRIORITIES])
{
	size_t kind = LINE_PRIORITIES;

	for (size_t i = 0; i < LINE_PRIORITIES; i++) {
		if (first[i] == LINE_MAX_DEVICES)
			continue;
		if (kind == LINE_PRIORITIES)
			kind = i;
#ifndef LINE_BREAK_FAIRNESS /* a deliberately broken build: the tests must notice */
		else if (line->passed[i] >= LINE_MAX_PASSED && line->passed[kind] < LINE_MAX_PASSED)
			kind = i;
#endif
	}
	for (size_t i = 0; i < LINE_PRIORITIES; i++)
		if (first[i] != LINE_MAX_DEVICES && i > kind)
			line->passed[i]++;
	if (kind < LINE_PRIORITIES)
		line->passed[kind] = 0;
	return kind;
}

/* What a driver leaves out is nothing, and not what another device said last. */
static bool ask(struct line *line, const struct line_slot *slot, int64_t now_us)
{
	struct exchange *exchange = &line->exchange;

	exchange->priority = EXCHANGE_REFRESH;
	exchange->len = 0;
	exchange->reply_wanted = false;
	exchange->timeout_us = exchange->turnround_us = 0;
	exchange->match = NULL;
	exchange->address = exchange->command = 0;
	exchange->tag = 0;
	return slot->driver->next(slot->device, now_us, exchange) == 0;
}

size_t line_turn_choose(struct line *line, int64_t now_us)
{
	size_t first[LINE_PRIORITIES];
	bool speaks = line_turn_someone_speaks(line);
	size_t kind;

	for (size_t i = 0; i < LINE_PRIORITIES; i++)
		first[i] = LINE_MAX_DEVICES;
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++) {
		struct line_slot *slot = &line->slots[i];
		size_t *best;

		if (!slot->driver)
			continue;
		slot->wants = ask(line, slot, now_us);
		if (!slot->wants || now_us < line_turn_ready_us(line, slot, speaks))
			continue;
		best = &first[rank(slot, line->exchange.priority)];
		if (*best == LINE_MAX_DEVICES || slot->served < line->slots[*best].served)
			*best = i;
	}
	kind = choose_kind(line, first);
	if (kind == LINE_PRIORITIES || !ask(line, &line->slots[first[kind]], now_us))
		return LINE_MAX_DEVICES;
	return first[kind];
}
