/* A scenario with another number of intake windows: its own, without those that are taken away, and
 * with copies of others behind the last of their kind. A roster says in which periods each works.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/plan.h"

enum { DAY_MIN = 24 * 60 };

struct plan_levels {
	struct scenario scenario; /* windows: room for CORE_MAX_WINDOWS */
	struct scenario base;	  /* all windows that there are of its own */
	struct plan_family family;
	uint32_t issuing;
};

static int queue_of_id(const struct scenario *scenario, const char *id, size_t len)
{
	for (uint32_t i = 0; i < scenario->queue_count; i++)
		if (strlen(scenario->queues[i].def.queue) == len &&
		    !memcmp(scenario->queues[i].def.queue, id, len))
			return (int)i;
	return -1;
}

/* Bits of the queues of that kind in a list. */
static uint64_t queues_in(const struct scenario *scenario, const char *list, int64_t kind)
{
	uint64_t queues = 0;

	while (*list) {
		size_t len = strcspn(list, ",");
		int queue = queue_of_id(scenario, list, len);

		if (queue >= 0 && scenario->queues[queue].def.kind == kind)
			queues |= UINT64_C(1) << queue;
		list += len + (list[len] == ',');
	}
	return queues;
}

static void put_id(char *list, const char *id, size_t len)
{
	size_t used = strlen(list);

	if (used)
		list[used++] = ',';
	memcpy(list + used, id, len);
	list[used + len] = '\0';
}

/* In one line with the rest: nobody waits in a queue of kind issue. */
static void drop_issue(const struct scenario *scenario, struct scenario_window *window)
{
	char list[sizeof(window->queues)] = "";

	for (const char *at = window->queues; *at;) {
		size_t len = strcspn(at, ",");
		int queue = queue_of_id(scenario, at, len);

		if (queue < 0 || scenario->queues[queue].def.kind != QUEUE_ISSUE)
			put_id(list, at, len);
		at += len + (at[len] == ',');
	}
	memcpy(window->queues, list, sizeof(list));
}

/* One break less: rather too few windows than too many. */
static void join_nearest(struct scenario_break *list, uint32_t count)
{
	uint32_t nearest = 0;

	for (uint32_t i = 1; i + 1 < count; i++)
		if (list[i + 1].from_min - list[i].to_min <
		    list[nearest + 1].from_min - list[nearest].to_min)
			nearest = i;
	list[nearest].to_min = list[nearest + 1].to_min;
	memmove(list + nearest + 1, list + nearest + 2, (count - nearest - 2) * sizeof(*list));
}

static void add_break(struct scenario_window *window, int32_t from_min, int32_t to_min)
{
	struct scenario_break list[SCENARIO_MAX_BREAKS + 1];
	uint32_t count = 0, i = 0;

	while (i < window->break_count && window->breaks[i].to_min < from_min)
		list[count++] = window->breaks[i++];
	for (; i < window->break_count && window->breaks[i].from_min <= to_min; i++) {
		if (window->breaks[i].from_min < from_min)
			from_min = window->breaks[i].from_min;
		if (window->breaks[i].to_min > to_min)
			to_min = window->breaks[i].to_min;
	}
	list[count++] = (struct scenario_break){from_min, to_min};
	while (i < window->break_count)
		list[count++] = window->breaks[i++];
	if (count > SCENARIO_MAX_BREAKS)
		join_nearest(list, count--);
	memcpy(window->breaks, list, count * sizeof(*list));
	window->break_count = count;
}

/* rank: how many are added before it. */
static void apply_roster(struct scenario_window *window, uint32_t rank,
			 const struct plan_period *periods, const uint32_t *roster, uint32_t count)
{
	for (uint32_t p = 0; p < count; p++) {
		int32_t to = p + 1 < count ? periods[p + 1].from_min : DAY_MIN;

		if (rank >= roster[p])
			add_break(window, p ? periods[p].from_min : 0, to);
	}
}

struct duty {
	const struct plan_period *periods;
	const uint32_t *roster; /* NULL: always all */
	uint32_t period_count;
};

/* The index-th of a kind. */
static void put_window(struct plan_levels *levels, const struct scenario_window *window,
		       uint32_t kind, uint32_t index, const struct duty *duty)
{
	struct scenario *scenario = &levels->scenario;
	struct scenario_window *put = &scenario->windows[scenario->window_count++];

	*put = *window;
	if (duty->roster && levels->family.kinds[kind].counted)
		apply_roster(put, plan_family_rank(&levels->family, kind, index), duty->periods,
			     duty->roster, duty->period_count);
}

const struct scenario *plan_levels_scenario(struct plan_levels *levels, uint32_t n,
					    const struct plan_period *periods,
					    const uint32_t *roster, uint32_t period_count)
{
	const struct plan_family *family = &levels->family;
	const struct duty duty = {periods, roster, period_count};
	uint32_t wanted[CORE_MAX_WINDOWS], seen[CORE_MAX_WINDOWS] = {0};

	for (uint32_t k = 0; k < family->kind_count; k++)
		wanted[k] = plan_family_windows(family, k, n);
	levels->scenario.window_count = 0;
	for (uint32_t w = 0; w < levels->base.window_count; w++) {
		const struct scenario_window *window = &levels->base.windows[w];
		uint32_t kind = family->kind_of[w], index = seen[kind]++;

		if (index < wanted[kind])
			put_window(levels, window, kind, index, &duty);
		/* the last of its own stands for those that are added */
		while (seen[kind] == family->kinds[kind].own && ++index < wanted[kind])
			put_window(levels, window, kind, index, &duty);
	}
	return &levels->scenario;
}

const struct plan_family *plan_levels_family(const struct plan_levels *levels)
{
	return &levels->family;
}

uint32_t plan_levels_least(const struct plan_levels *levels)
{
	return levels->family.least;
}

uint32_t plan_levels_most(const struct plan_levels *levels)
{
	return levels->family.most;
}

uint32_t plan_levels_issuing(const struct plan_levels *levels)
{
	return levels->issuing;
}

/* Windows that only issue count as others do, and nobody waits in a queue of kind issue. */
static void pool(struct scenario *base)
{
	uint32_t kept = 0;

	for (uint32_t w = 0; w < base->window_count; w++) {
		struct scenario_window window = base->windows[w];

		if (queues_in(base, window.queues, QUEUE_ISSUE) &&
		    !queues_in(base, window.queues, QUEUE_INTAKE))
			continue;
		drop_issue(base, &window);
		base->windows[kept++] = window;
	}
	base->window_count = kept;
}

static int fill(struct plan_levels *levels, const struct scenario *scenario, bool pooled)
{
	struct scenario_window *windows;
	int r = scenario_copy(&levels->base, scenario);

	if (r < 0)
		return r;
	for (uint32_t w = 0; w < scenario->window_count; w++)
		levels->issuing += queues_in(scenario, scenario->windows[w].queues, QUEUE_ISSUE) &&
				   !queues_in(scenario, scenario->windows[w].queues, QUEUE_INTAKE);
	if (pooled)
		pool(&levels->base);
	r = scenario_copy(&levels->scenario, &levels->base);
	if (r < 0)
		return r;
	windows = realloc(levels->scenario.windows, CORE_MAX_WINDOWS * sizeof(*windows));
	if (!windows)
		return -ENOMEM;
	levels->scenario.windows = windows;
	return plan_family_make(&levels->family, &levels->base);
}

int plan_levels_create(struct plan_levels **ret_levels, const struct scenario *scenario,
		       bool pooled)
{
	struct plan_levels *levels = calloc(1, sizeof(*levels));
	int r;

	if (!levels)
		return -ENOMEM;
	r = fill(levels, scenario, pooled);
	if (r < 0) {
		plan_levels_destroy(levels);
		return r;
	}
	*ret_levels = levels;
	return 0;
}

void plan_levels_destroy(struct plan_levels *levels)
{
	if (!levels)
		return;
	scenario_finish(&levels->scenario);
	scenario_finish(&levels->base);
	free(levels);
}
