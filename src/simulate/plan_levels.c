/* A scenario with another number of intake windows. Windows are added one at a time, so that those
 * of a smaller number are among those of a larger one: a roster says in which periods each works.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/plan.h"

enum { DAY_MIN = 24 * 60 };

struct group {
	uint64_t queues;   /* bits: the intake queues that its windows serve */
	uint32_t *windows; /* of the scenario, in its order */
	uint32_t count;
	double load;
};

struct plan_levels {
	struct scenario scenario; /* windows: room for CORE_MAX_WINDOWS */
	const struct scenario *base;
	struct group groups[CORE_MAX_WINDOWS];
	uint32_t group_count, own, others, issuing;
	uint32_t kept[CORE_MAX_WINDOWS]; /* windows that stay */
	uint32_t *room;			 /* of the groups' lists */
	bool pooled;
	/* In which order windows are added: the group of each. */
	uint32_t order[CORE_MAX_WINDOWS];
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

static struct group *group_of(struct plan_levels *levels, uint64_t queues)
{
	struct group *group = levels->groups;

	while (group < levels->groups + levels->group_count && group->queues != queues)
		group++;
	if (group == levels->groups + levels->group_count) {
		*group = (struct group){.queues = queues,
					.windows = levels->room +
						   (size_t)levels->group_count * CORE_MAX_WINDOWS};
		levels->group_count++;
	}
	return group;
}

static void sort_windows(struct plan_levels *levels)
{
	const struct scenario *base = levels->base;

	for (uint32_t w = 0; w < base->window_count; w++) {
		uint64_t intake = queues_in(base, base->windows[w].queues, QUEUE_INTAKE);
		bool issues = queues_in(base, base->windows[w].queues, QUEUE_ISSUE) != 0;
		struct group *group;

		if (intake) {
			group = group_of(levels, intake);
			group->windows[group->count++] = w;
			levels->own++;
			continue;
		}
		levels->issuing += issues;
		if (issues && levels->pooled)
			continue;
		levels->kept[levels->others++] = w;
	}
}

/* What waits in a group's queues; a queue that several groups serve is shared out evenly. */
static int find_loads(struct plan_levels *levels)
{
	struct plan_load load = {0};
	struct layout *layout = NULL;
	int r = layout_create(&layout, &levels->scenario);

	if (r == 0)
		r = plan_load_of(&load, &levels->scenario, layout);
	for (uint32_t c = 0; r == 0 && c < load.class_count; c++) {
		uint64_t queue = UINT64_C(1) << load.classes[c].queue;
		uint32_t sharing = 0;

		for (uint32_t g = 0; g < levels->group_count; g++)
			sharing += (levels->groups[g].queues & queue) != 0;
		for (uint32_t g = 0; g < levels->group_count; g++)
			if (levels->groups[g].queues & queue)
				levels->groups[g].load += load.classes[c].load / sharing;
	}
	plan_load_finish(&load);
	layout_destroy(layout);
	return r;
}

static void find_order(struct plan_levels *levels)
{
	uint32_t counts[CORE_MAX_WINDOWS] = {0};

	for (uint32_t n = 0; n < CORE_MAX_WINDOWS; n++) {
		uint32_t next = 0;

		for (uint32_t g = 1; n >= levels->group_count && g < levels->group_count; g++)
			if (levels->groups[g].load * counts[next] >
			    levels->groups[next].load * counts[g])
				next = g;
		if (n < levels->group_count)
			next = n;
		levels->order[n] = next;
		counts[next]++;
	}
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

const struct scenario *plan_levels_scenario(struct plan_levels *levels, uint32_t n,
					    const struct plan_period *periods,
					    const uint32_t *roster, uint32_t period_count)
{
	struct scenario *scenario = &levels->scenario;
	const struct scenario *base = levels->base;
	uint32_t at = 0, seen;

	for (uint32_t g = 0; g < levels->group_count; g++) {
		const struct group *group = &levels->groups[g];

		seen = 0;
		for (uint32_t rank = 0; rank < n; rank++) {
			struct scenario_window *window = &scenario->windows[at];

			if (levels->order[rank] != g)
				continue;
			*window = base->windows[group->windows[seen < group->count
								       ? seen
								       : group->count - 1]];
			seen++;
			if (levels->pooled)
				drop_issue(base, window);
			if (roster)
				apply_roster(window, rank, periods, roster, period_count);
			at++;
		}
	}
	for (uint32_t i = 0; i < levels->others; i++)
		scenario->windows[at++] = base->windows[levels->kept[i]];
	scenario->window_count = at;
	return scenario;
}

uint32_t plan_levels_least(const struct plan_levels *levels)
{
	return levels->group_count;
}

uint32_t plan_levels_most(const struct plan_levels *levels)
{
	return CORE_MAX_WINDOWS - levels->others;
}

uint32_t plan_levels_own(const struct plan_levels *levels)
{
	return levels->own;
}

uint32_t plan_levels_others(const struct plan_levels *levels)
{
	return levels->others;
}

uint32_t plan_levels_issuing(const struct plan_levels *levels)
{
	return levels->issuing;
}

static int fill(struct plan_levels *levels)
{
	struct scenario_window *windows;
	int r = scenario_copy(&levels->scenario, levels->base);

	if (r < 0)
		return r;
	windows = realloc(levels->scenario.windows, CORE_MAX_WINDOWS * sizeof(*windows));
	if (!windows)
		return -ENOMEM;
	levels->scenario.windows = windows;
	sort_windows(levels);
	if (!levels->group_count)
		return -ENOENT;
	/* With one a group, so that pick-ups wait where they will. */
	for (uint32_t g = 0; g < levels->group_count; g++)
		levels->order[g] = g;
	(void)plan_levels_scenario(levels, levels->group_count, NULL, NULL, 0);
	r = find_loads(levels);
	if (r == 0)
		find_order(levels);
	return r;
}

int plan_levels_create(struct plan_levels **ret_levels, const struct scenario *scenario,
		       bool pooled)
{
	struct plan_levels *levels = calloc(1, sizeof(*levels));
	int r = -ENOMEM;

	if (!levels)
		return -ENOMEM;
	levels->base = scenario;
	levels->pooled = pooled;
	/* Each window may be a group of its own. */
	levels->room = calloc((size_t)CORE_MAX_WINDOWS * CORE_MAX_WINDOWS, sizeof(uint32_t));
	if (levels->room)
		r = fill(levels);
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
	free(levels->room);
	free(levels);
}
