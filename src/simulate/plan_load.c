/* The load that a scenario offers, in windows, and whether a layout can carry it: by queue and
 * skill, and by the largest flow from them to the windows that may serve them. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/plan_flow.h"
#include "src/simulate/plan_private.h"

/* A load that is less than what serves it by no more than this share is not less. */
#define SLACK 1e-9

/* Windows that serve the same. */
struct group {
	uint64_t queues;
	uint32_t skills;
	double capacity;
};

struct grouping {
	struct group groups[CORE_MAX_WINDOWS];
	uint32_t count;
};

void plan_load_finish(struct plan_load *load)
{
	free(load->classes);
	*load = (struct plan_load){0};
}

static uint32_t find_class(const struct plan_load *load, uint32_t queue, uint32_t skill)
{
	uint32_t i = 0;

	while (i < load->class_count &&
	       (load->classes[i].queue != queue || load->classes[i].skill != skill))
		i++;
	return i;
}

uint32_t plan_class_of(const struct plan_load *load, const struct layout *layout,
		       const struct visit *visit)
{
	uint32_t i =
		find_class(load, layout_queue_of(layout, visit), layout_skill_of(layout, visit));

	return i < load->class_count ? i : 0;
}

const char *plan_skill_name(const struct scenario *scenario, uint32_t skill)
{
	/* Numbered as items first need them. */
	for (uint32_t i = 0; skill != LAYOUT_NONE && i < scenario->item_count; i++) {
		uint32_t before = 0;

		if (!scenario->items[i].skill[0])
			continue;
		while (strcmp(scenario->items[before].skill, scenario->items[i].skill) != 0)
			before++;
		if (before == i && skill-- == 0)
			return scenario->items[i].skill;
	}
	return "";
}

static int add(struct plan_load *load, size_t *capacity, uint32_t queue, uint32_t skill,
	       double minutes)
{
	uint32_t i = find_class(load, queue, skill);

	if (!(minutes > 0))
		return 0;
	if (i == load->class_count) {
		if (i == *capacity) {
			size_t more = *capacity ? *capacity * 2 : 64;
			struct plan_class *grown =
				realloc(load->classes, more * sizeof(*load->classes));

			if (!grown)
				return -ENOMEM;
			load->classes = grown;
			*capacity = more;
		}
		load->classes[i] =
			(struct plan_class){.queue = (uint16_t)queue, .skill = (uint16_t)skill};
		load->class_count++;
	}
	assert(load->classes); /* whatever was found is in it */
	load->classes[i].load += minutes;
	return 0;
}

/* Minutes for which a window is held, on the average. */
static double hold_min(const struct scenario *scenario, double service_min)
{
	double come = 1 - scenario->no_show_chance;

	return come * (scenario->walk_s / 60 + service_min) +
	       scenario->no_show_chance * scenario->no_show_s / 60;
}

/* Minutes of a day. */
static int add_items(struct plan_load *load, const struct scenario *scenario,
		     const struct layout *layout)
{
	double shares = 0;
	size_t capacity = 0;
	int r = 0;

	for (uint32_t i = 0; i < scenario->item_count; i++)
		shares += scenario->items[i].share;
	for (uint32_t i = 0; r == 0 && shares > 0 && i < scenario->item_count; i++) {
		const struct scenario_item *item = &scenario->items[i];
		double cases = scenario->cases_a_day * item->share / shares *
			       (item->online ? 1 - scenario->uptake : 1);

		r = add(load, &capacity, layout->item_queue[i], layout->item_skill[i],
			cases * (1 + scenario->rework_chance) *
				hold_min(scenario, scenario->service.mean_min * item->factor));
		if (r == 0)
			r = add(load, &capacity, layout->item_pick_up_queue[i], LAYOUT_NONE,
				cases * scenario->pick_up_chance *
					hold_min(scenario, scenario->pick_up.mean_min));
	}
	return r;
}

/* The busiest span's arrivals a minute, as a multiple of the day's. */
static double find_peak(const struct scenario *scenario, struct plan_load *load)
{
	double weights = 0, most = 0;

	for (uint32_t i = 0; i < scenario->span_count; i++)
		weights += scenario->spans[i].weight;
	for (uint32_t i = 0; weights > 0 && i < scenario->span_count; i++) {
		const struct scenario_span *span = &scenario->spans[i];
		double a_minute = span->weight / weights / (span->to_min - span->from_min);

		if (a_minute <= most)
			continue;
		most = a_minute;
		load->peak_from_min = span->from_min;
		load->peak_to_min = span->to_min;
	}
	return most * scenario_open_min(scenario);
}

double planner_capacity(const struct scenario *scenario, const struct layout_window *window)
{
	double open = 0, away = 0;

	for (uint32_t i = 0; i < scenario->span_count; i++) {
		int64_t from = scenario->spans[i].from_min * INT64_C(60000),
			to = scenario->spans[i].to_min * INT64_C(60000);

		open += (double)(to - from);
		for (uint32_t k = 0; k < window->break_count; k++) {
			int64_t begin = window->breaks[k].from_ms, end = window->breaks[k].to_ms;

			begin = begin < from ? from : begin;
			end = end > to ? to : end;
			away += end > begin ? (double)(end - begin) : 0;
		}
	}
	return open > 0 ? (open - away) / open : 0;
}

static void group_windows(struct grouping *grouping, const struct scenario *scenario,
			  const struct layout *layout)
{
	for (uint32_t w = 0; w < layout->window_count; w++) {
		const struct layout_window *window = &layout->windows[w];
		uint64_t queues = planner_queues(window);
		uint32_t g = 0;

		while (g < grouping->count && (grouping->groups[g].queues != queues ||
					       grouping->groups[g].skills != window->skills))
			g++;
		if (g == grouping->count)
			grouping->groups[grouping->count++] =
				(struct group){.queues = queues, .skills = window->skills};
		grouping->groups[g].capacity += planner_capacity(scenario, window);
	}
}

uint64_t planner_queues(const struct layout_window *window)
{
	uint64_t queues = 0;

	for (uint32_t k = 0; k < window->queue_count; k++)
		queues |= UINT64_C(1) << window->queues[k];
	return queues;
}

bool planner_serves(uint64_t queues, uint32_t skills, const struct plan_class *class)
{
	return queues >> class->queue & 1 &&
	       (class->skill == LAYOUT_NONE || skills >> class->skill & 1);
}

static void find_overload(struct plan_load *load, const struct grouping *grouping,
			  struct plan_flow *flow)
{
	for (uint32_t c = 0; c < load->class_count; c++) {
		struct plan_class *class = &load->classes[c];

		flow->load[c] = class->load;
		for (uint32_t g = 0; g < grouping->count; g++) {
			const struct group *group = &grouping->groups[g];

			if (!planner_serves(group->queues, group->skills, class))
				continue;
			plan_flow_join(flow, c, g);
			class->capacity += group->capacity;
		}
		load->uncovered |= class->capacity <= 0;
	}
	for (uint32_t g = 0; g < grouping->count; g++)
		flow->room[g] = grouping->groups[g].capacity * (1 - SLACK);
	plan_flow_cut(flow);
	for (uint32_t c = 0; c < load->class_count; c++) {
		load->classes[c].overloaded = flow->is_short[c];
		if (flow->is_short[c])
			load->over += load->classes[c].load;
	}
	for (uint32_t g = 0; g < grouping->count; g++)
		if (flow->is_full[g])
			load->over_capacity += grouping->groups[g].capacity;
}

static int balance(struct plan_load *load, const struct scenario *scenario,
		   const struct layout *layout)
{
	struct grouping *grouping = calloc(1, sizeof(*grouping));
	struct plan_flow *flow = NULL;
	int r = grouping ? 0 : -ENOMEM;

	if (r == 0) {
		group_windows(grouping, scenario, layout);
		r = plan_flow_create(&flow, load->class_count, grouping->count);
	}
	if (r == 0)
		find_overload(load, grouping, flow);
	plan_flow_destroy(flow);
	free(grouping);
	return r;
}

int plan_load_of(struct plan_load *ret_load, const struct scenario *scenario,
		 const struct layout *layout)
{
	struct plan_load load = {0};
	double open_min = scenario_open_min(scenario), peak = find_peak(scenario, &load);
	int r = add_items(&load, scenario, layout);

	for (uint32_t i = 0; r == 0 && i < load.class_count; i++) {
		load.classes[i].load /= open_min;
		load.classes[i].peak = load.classes[i].load * peak;
		load.total += load.classes[i].load;
	}
	load.peak = load.total * peak;
	if (r == 0)
		r = balance(&load, scenario, layout);
	if (r < 0) {
		plan_load_finish(&load);
		return r;
	}
	*ret_load = load;
	return 0;
}

int plan_load_scenario(struct plan_load *ret_load, const struct scenario *scenario)
{
	struct layout *layout;
	int r = layout_create(&layout, scenario);

	if (r < 0)
		return r;
	r = plan_load_of(ret_load, scenario, layout);
	layout_destroy(layout);
	return r;
}
