/* One day of a hall: citizens arrive, windows call, serve, take breaks. The engine decides when a
 * window calls, and a line whom it calls: the reduced line of line_plain.c for speed, or the real
 * hall by decide() and apply() (line_hall.c). Both give the same calls where the reduced one can
 * stand in (tests/unit/simulate).
 *
 * Rules: a window that becomes free calls at once, unless it has a break or nobody waits whom it
 * may serve; then it is idle. A ticket that arrives is called at once by the eligible window that
 * has been idle longest, the first of the list on ties. At one millisecond windows become free
 * first (in the list's order), then who has lost patience leaves (in the order of arrival), then
 * tickets arrive. All windows are free, in the list's order, before the first arrival. */
#pragma once

#include "src/simulate/world.h"

#define LAYOUT_NONE UINT16_MAX
enum { LAYOUT_MAX_SKILLS = SCENARIO_MAX_SKILLS };

struct layout_break {
	int64_t from_ms, to_ms; /* INT64_MAX: for the rest of the day */
};

struct layout_window {
	uint16_t queues[CORE_MAX_WINDOW_QUEUES]; /* in order of preference */
	uint16_t queue_count;
	uint32_t skills;				 /* bits */
	struct layout_break breaks[SCENARIO_MAX_BREAKS]; /* rising */
	uint32_t break_count;
};

/* Who serves whom, with ordinals instead of names. */
struct layout {
	struct layout_window windows[CORE_MAX_WINDOWS];
	uint32_t window_count;
	uint32_t queue_count, skill_count;
	/* Of each item: the queue of its first and rework visits, that of its pick-ups, and its
	 * skill, LAYOUT_NONE none; a pick-up needs none. */
	uint16_t *item_queue, *item_pick_up_queue, *item_skill;
	uint32_t item_count;
	int64_t walk_ms, no_show_ms;
	bool classes; /* the priority class is called first within a queue */
};

/* A pick-up waits in the first queue of kind issue that a window serves; without one it waits where
 * the item does. -ENOMEM; -E2BIG: too many skills. */
__attribute__((warn_unused_result)) int layout_create(struct layout **ret_layout,
						      const struct scenario *scenario);
void layout_destroy(struct layout *layout);

/* Where a visit waits, and what skill its window must have, LAYOUT_NONE none. */
static inline uint32_t layout_queue_of(const struct layout *layout, const struct visit *visit)
{
	return visit->kind == VISIT_PICK_UP ? layout->item_pick_up_queue[visit->item]
					    : layout->item_queue[visit->item];
}

static inline uint32_t layout_skill_of(const struct layout *layout, const struct visit *visit)
{
	return visit->kind == VISIT_PICK_UP ? LAYOUT_NONE : layout->item_skill[visit->item];
}

struct outcome {
	int64_t called_ms; /* -1: never; then left_ms is when it left or the day was over */
	int64_t left_ms;   /* end of the service, of the vain wait for a no-show, or see above */
	uint32_t window;   /* index, if called */
	bool abandoned;	   /* left uncalled of its own will */
};
/* Told once of each visit, when it is over; in the order of left_ms. */
typedef void (*engine_outcome_fn)(void *user, const struct visit *visit,
				  const struct outcome *outcome);

/* Who waits, and who is next. visit: its index in the day. */
struct line_ops {
	/* At the begin of a day. */
	int (*begin)(void *line, const struct layout *layout, const struct visit *visits,
		     size_t count);
	int (*arrive)(void *line, size_t visit, int64_t now_ms);
	/* The window calls: *ret_visit is who, or SIZE_MAX nobody. */
	int (*call)(void *line, uint32_t window, int64_t now_ms, size_t *ret_visit);
	/* The service begins; ends; the called one did not come; leaves uncalled. NULL: nothing to
	 * do. */
	int (*start)(void *line, uint32_t window, size_t visit, int64_t now_ms);
	int (*finish)(void *line, uint32_t window, size_t visit, int64_t now_ms);
	int (*no_show)(void *line, uint32_t window, size_t visit, int64_t now_ms);
	int (*leave)(void *line, size_t visit, int64_t now_ms);
	/* A break begins, ends. NULL likewise. */
	int (*pause)(void *line, uint32_t window, int64_t now_ms);
	int (*reopen)(void *line, uint32_t window, int64_t now_ms);
	int (*end)(void *line, int64_t now_ms);
};

struct engine;
__attribute__((warn_unused_result)) int engine_create(struct engine **ret_engine);
void engine_destroy(struct engine *engine);
/* A day from its first moment until all are served. Visits as world_day() gives them. Errors of the
 * line; -ENOMEM. */
__attribute__((warn_unused_result)) int
engine_day(struct engine *engine, const struct layout *layout, const struct visit *visits,
	   size_t count, const struct line_ops *ops, void *line, engine_outcome_fn fn, void *user);

/* The reduced line: queues in the window's preference, the classes if the layout has them, arrival.
 * No ageing, no appointments. */
extern const struct line_ops line_plain_ops;
struct line_plain;
__attribute__((warn_unused_result)) int line_plain_create(struct line_plain **ret_line);
void line_plain_destroy(struct line_plain *line);
/* It can stand in for the hall's rules: not SCENARIO_HALL with ageing. */
bool line_plain_suffices(const struct scenario *scenario);
