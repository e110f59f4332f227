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

#ifndef LINE_BREAK_FAIRNESS /* a deliberately broken build: the tests must notice */
/* By calls, which come in bursts and end, more than by polls, which never do. */
static bool is_starved(const struct line *line, size_t kind, size_t by)
{
	return line->passed[kind] >=
	       (by == EXCHANGE_CALL ? LINE_MAX_PASSED_BY_CALLS : LINE_MAX_PASSED);
}
#endif

static size_t choose_kind(struct line *line, const size_t first[LINE_PRIORITIES])
{
	size_t kind = LINE_PRIORITIES;

	for (size_t i = 0; i < LINE_PRIORITIES; i++) {
		if (first[i] == LINE_MAX_DEVICES)
			continue;
		if (kind == LINE_PRIORITIES)
			kind = i;
#ifndef LINE_BREAK_FAIRNESS
		else if (is_starved(line, i, kind) && !is_starved(line, kind, kind))
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
static bool ask(struct line *line, const struct line_slot *slot, bool background, int64_t now_us)
{
	struct exchange *exchange = &line->exchange;
	int r;

	exchange->priority = EXCHANGE_REFRESH;
	exchange->len = 0;
	exchange->reply_wanted = false;
	exchange->timeout_us = exchange->turnround_us = 0;
	exchange->match = NULL;
	exchange->address = exchange->command = 0;
	exchange->tag = 0;
	r = background ? slot->driver->next_background(slot->device, now_us, exchange)
		       : slot->driver->next(slot->device, now_us, exchange);
	if (r == 0 && background)
		exchange->priority = EXCHANGE_REFRESH;
	return r == 0;
}

/* Of each kind the device served longest ago. */
struct turn {
	size_t first[LINE_PRIORITIES];
	bool background; /* of the last kind: it is what the device wants besides */
};

/* Of two dead ones the one that has missed less: it may as well be alive on a bad line, and their
 * turns are few. */
static bool goes_first(const struct line_slot *slot, const struct line_slot *than,
		       enum exchange_priority kind)
{
	if (line_slot_dead(slot) && line_slot_dead(than) && slot->misses != than->misses)
		return slot->misses < than->misses;
	return slot->served[kind] < than->served[kind];
}

static void consider(const struct line *line, struct turn *turn, size_t index,
		     enum exchange_priority kind, bool background)
{
	size_t *best = &turn->first[kind];

	if (*best != LINE_MAX_DEVICES &&
	    !goes_first(&line->slots[index], &line->slots[*best], kind))
		return;
	*best = index;
	if (kind == EXCHANGE_REFRESH)
		turn->background = background;
}

size_t line_turn_choose(struct line *line, int64_t now_us)
{
	struct turn turn = {0};
	bool speaks = line_turn_someone_speaks(line);
	size_t kind;

	for (size_t i = 0; i < LINE_PRIORITIES; i++)
		turn.first[i] = LINE_MAX_DEVICES;
	for (size_t i = 0; i < LINE_MAX_DEVICES; i++) {
		struct line_slot *slot = &line->slots[i];
		enum exchange_priority own;

		if (!slot->driver)
			continue;
		slot->wants = ask(line, slot, false, now_us);
		if (!slot->wants || now_us < line_turn_ready_us(line, slot, speaks))
			continue;
		own = rank(slot, line->exchange.priority);
		consider(line, &turn, i, own, false);
		if (own < EXCHANGE_REFRESH && slot->driver->next_background &&
		    ask(line, slot, true, now_us))
			consider(line, &turn, i, EXCHANGE_REFRESH, true);
	}
	kind = choose_kind(line, turn.first);
	if (kind == LINE_PRIORITIES)
		return LINE_MAX_DEVICES;
	if (!ask(line, &line->slots[turn.first[kind]], kind == EXCHANGE_REFRESH && turn.background,
		 now_us))
		return LINE_MAX_DEVICES;
	line->kind = (enum exchange_priority)kind;
	return turn.first[kind];
}
