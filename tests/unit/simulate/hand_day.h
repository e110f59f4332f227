/* Days made by hand: a layout of few windows, visits one by one, and what became of them. */
#pragma once

#include "src/simulate/engine.h"

enum { HAND_ITEMS = 16, HAND_VISITS = 400 };

struct hand_day {
	struct layout layout;
	uint16_t item_queue[HAND_ITEMS], item_pick_up_queue[HAND_ITEMS], item_skill[HAND_ITEMS];
	struct visit visits[HAND_VISITS];
	size_t count;
	/* What the engine told, by visit and in order. */
	struct outcome outcomes[HAND_VISITS];
	size_t told[HAND_VISITS], order[HAND_VISITS], told_count;
	/* One for all runs. */
	struct engine *engine;
	struct line_plain *line;
};

/* No windows; item i waits in queue i and needs no skill, its pick-ups in queue 0. */
struct hand_day *hand_day_create(void);
void hand_day_destroy(struct hand_day *day);
/* Serves these queues ("0", "1,0"); returns it. */
struct layout_window *hand_day_window(struct hand_day *day, const char *queues);
/* A first visit of an ordinary citizen who stays; returns it. */
struct visit *hand_day_visit(struct hand_day *day, int64_t arrival_ms, uint32_t item,
			     int64_t service_ms);
/* Runs it on the plain line. */
void hand_day_run(struct hand_day *day);
/* The outcome of a visit: called at the moment at the window (-1: never), and left at the other. */
void hand_day_expect(const struct hand_day *day, size_t visit, int64_t called_ms, int window,
		     int64_t left_ms);
