/* The load that a scenario offers, in windows, and whether a layout can carry it: by queue and
 * skill, and by the largest flow from them to the windows that may serve them. Where the flow does
 * not carry all, the cut beside it tells which of them have too few windows together (L. R. Ford
 * and D. R. Fulkerson, "Maximal flow through a network", Canadian Journal of Mathematics 8, 1956).
 */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/plan.h"

/* A load that is less than what serves it by no more than this share is not less. */
#define SLACK 1e-9

/* Windows that serve the same. */
struct group {
	uint64_t queues;
	uint32_t skills;
	double capacity;
};

struct network {
	struct plan_load *load;
	struct group groups[CORE_MAX_WINDOWS];
	uint32_t group_count;
	double *flow; /* class x group */
	double *left; /* of each class: what no window has taken */
	double room[CORE_MAX_WINDOWS];
	/* the search: from which class a group, from which group a class was reached */
	int32_t *from_class, *from_group;
	uint32_t *list;
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

/* The part of the opening hours in which it calls. */
static double capacity_of(const struct scenario *scenario, const struct layout_window *window)
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

static void group_windows(struct network *network, const struct scenario *scenario,
			  const struct layout *layout)
{
	for (uint32_t w = 0; w < layout->window_count; w++) {
		const struct layout_window *window = &layout->windows[w];
		uint64_t queues = 0;
		uint32_t g = 0;

		for (uint32_t k = 0; k < window->queue_count; k++)
			queues |= UINT64_C(1) << window->queues[k];
		while (g < network->group_count && (network->groups[g].queues != queues ||
						    network->groups[g].skills != window->skills))
			g++;
		if (g == network->group_count)
			network->groups[network->group_count++] =
				(struct group){.queues = queues, .skills = window->skills};
		network->groups[g].capacity += capacity_of(scenario, window);
	}
}

static bool serves(const struct group *group, const struct plan_class *class)
{
	return group->queues >> class->queue & 1 &&
	       (class->skill == LAYOUT_NONE || group->skills >> class->skill & 1);
}

/* Reaches groups from classes whose load is left over, and classes from groups that could give
 * theirs back. The group with room that was reached; -1 none. */
static int32_t search(struct network *network)
{
	uint32_t classes = network->load->class_count, groups = network->group_count, count = 0;

	for (uint32_t g = 0; g < groups; g++)
		network->from_class[g] = -1;
	for (uint32_t c = 0; c < classes; c++) {
		network->from_group[c] = network->left[c] > 0 ? INT32_MAX : -1;
		if (network->left[c] > 0)
			network->list[count++] = c;
	}
	for (uint32_t at = 0; at < count; at++) {
		uint32_t c = network->list[at];

		for (uint32_t g = 0; g < groups; g++) {
			if (network->from_class[g] >= 0 ||
			    !serves(&network->groups[g], &network->load->classes[c]))
				continue;
			network->from_class[g] = (int32_t)c;
			if (network->room[g] > 0)
				return (int32_t)g;
			for (uint32_t other = 0; other < classes; other++) {
				if (network->from_group[other] != -1 ||
				    !(network->flow[other * groups + g] > 0))
					continue;
				network->from_group[other] = (int32_t)g;
				network->list[count++] = other;
			}
		}
	}
	return -1;
}

/* Along the way that search() found. What becomes empty becomes exactly 0. */
static void push(struct network *network, int32_t last)
{
	uint32_t groups = network->group_count;
	double most = network->room[last];
	int32_t g = last;

	while (true) {
		int32_t c = network->from_class[g], back = network->from_group[c];

		if (back == INT32_MAX) {
			most = fmin(most, network->left[c]);
			break;
		}
		most = fmin(most, network->flow[(uint32_t)c * groups + (uint32_t)back]);
		g = back;
	}
	network->room[last] -= most;
	for (g = last;;) {
		int32_t c = network->from_class[g], back = network->from_group[c];

		network->flow[(uint32_t)c * groups + (uint32_t)g] += most;
		if (back == INT32_MAX) {
			network->left[c] -= most;
			break;
		}
		network->flow[(uint32_t)c * groups + (uint32_t)back] -= most;
		g = back;
	}
}

static void find_overload(struct network *network)
{
	struct plan_load *load = network->load;
	int32_t last;

	while ((last = search(network)) >= 0)
		push(network, last);
	for (uint32_t c = 0; c < load->class_count; c++) {
		load->classes[c].overloaded = network->from_group[c] != -1;
		if (load->classes[c].overloaded)
			load->over += load->classes[c].load;
	}
	for (uint32_t g = 0; g < network->group_count; g++)
		if (network->from_class[g] >= 0)
			load->over_capacity += network->groups[g].capacity;
}

static int balance(struct plan_load *load, const struct scenario *scenario,
		   const struct layout *layout)
{
	struct network *network = calloc(1, sizeof(*network));
	size_t classes = load->class_count;
	int r = -ENOMEM;

	if (!network)
		return -ENOMEM;
	network->load = load;
	group_windows(network, scenario, layout);
	network->flow = calloc(classes * network->group_count + 1, sizeof(*network->flow));
	network->left = calloc(classes + 1, sizeof(*network->left));
	network->from_class = calloc(network->group_count + 1, sizeof(*network->from_class));
	network->from_group = calloc(classes + 1, sizeof(*network->from_group));
	network->list = calloc(classes + 1, sizeof(*network->list));
	if (network->flow && network->left && network->from_class && network->from_group &&
	    network->list) {
		for (size_t c = 0; c < classes; c++) {
			struct plan_class *class = &load->classes[c];

			network->left[c] = class->load;
			for (uint32_t g = 0; g < network->group_count; g++)
				if (serves(&network->groups[g], class))
					class->capacity += network->groups[g].capacity;
			load->uncovered |= class->capacity <= 0;
		}
		for (uint32_t g = 0; g < network->group_count; g++)
			network->room[g] = network->groups[g].capacity * (1 - SLACK);
		find_overload(network);
		r = 0;
	}
	free(network->flow);
	free(network->left);
	free(network->from_class);
	free(network->from_group);
	free(network->list);
	free(network);
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
