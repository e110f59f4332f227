/* Numbers of windows of a hall: which kinds of windows it has, and how many of each with more or
 * fewer windows in all. Every number has those of the smaller ones, and the hall's own number is
 * the hall as it is. */
#include "src/simulate/plan_kinds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/plan_flow.h"
#include "src/simulate/plan_private.h"

/* Loads a window that differ by no more than this share are equal. */
#define ALIKE 1e-6

struct making {
	struct plan_family *family;
	const struct scenario *scenario;
	const struct layout *layout;
	struct plan_load load;
	struct plan_flow *flow;		     /* from classes to kinds */
	double capacities[CORE_MAX_WINDOWS]; /* of the scenario's windows */
	uint32_t last[CORE_MAX_WINDOWS];     /* of each kind: its last window */
	uint32_t counts[CORE_MAX_WINDOWS];   /* of each kind, at present */
	double a_window[CORE_MAX_WINDOWS];   /* of each kind: its load, at present */
};

uint32_t plan_family_windows(const struct plan_family *family, uint32_t kind, uint32_t n)
{
	uint32_t count = 0;

	if (!family->kinds[kind].counted)
		return family->kinds[kind].own;
	for (uint32_t rank = 0; rank < n; rank++)
		count += family->order[rank] == kind;
	return count;
}

uint32_t plan_family_rank(const struct plan_family *family, uint32_t kind, uint32_t index)
{
	uint32_t rank = 0;

	for (uint32_t seen = 0; rank < CORE_MAX_WINDOWS; rank++)
		if (family->order[rank] == kind && seen++ == index)
			break;
	return rank;
}

/* ---- kinds ---- */

/* Skills that decide something at a window: somebody needs them in a queue that it serves. */
static uint32_t skills_of(const struct making *making, const struct layout_window *window)
{
	uint64_t queues = planner_queues(window);
	uint32_t skills = 0;

	for (uint32_t c = 0; c < making->load.class_count; c++) {
		const struct plan_class *class = &making->load.classes[c];

		if (class->skill != LAYOUT_NONE && queues >> class->queue & 1)
			skills |= UINT32_C(1) << class->skill;
	}
	return skills & window->skills;
}

static bool takes_in(const struct scenario *scenario, uint64_t queues, int64_t kind)
{
	for (uint32_t q = 0; q < scenario->queue_count; q++)
		if (queues >> q & 1 && scenario->queues[q].def.kind == kind)
			return true;
	return false;
}

static bool has_intake(const struct scenario *scenario, const struct layout *layout)
{
	for (uint32_t w = 0; w < layout->window_count; w++)
		if (takes_in(scenario, planner_queues(&layout->windows[w]), QUEUE_INTAKE))
			return true;
	return false;
}

static void find_kinds(struct making *making)
{
	struct plan_family *family = making->family;
	const struct layout *layout = making->layout;

	for (uint32_t w = 0; w < layout->window_count; w++) {
		uint64_t queues = planner_queues(&layout->windows[w]);
		uint32_t skills = skills_of(making, &layout->windows[w]), k = 0;

		while (k < family->kind_count &&
		       (family->kinds[k].queues != queues || family->kinds[k].skills != skills))
			k++;
		if (k == family->kind_count)
			family->kinds[family->kind_count++] = (struct plan_kind){
				.queues = queues,
				.skills = skills,
				.window = w,
				.counted = takes_in(making->scenario, queues, QUEUE_INTAKE),
			};
		family->kind_of[w] = (uint8_t)k;
		family->kinds[k].own++;
		making->last[k] = w;
		making->capacities[w] = planner_capacity(making->scenario, &layout->windows[w]);
		if (family->kinds[k].counted)
			family->own++;
		else
			family->others++;
	}
}

/* ---- loads ---- */

static double capacity_of(const struct making *making, uint32_t kind, uint32_t count)
{
	const struct plan_family *family = making->family;
	uint32_t own = family->kinds[kind].own, seen = 0;
	double sum = 0;

	for (uint32_t w = 0; w < making->layout->window_count && seen < count; w++)
		if (family->kind_of[w] == kind) {
			sum += making->capacities[w];
			seen++;
		}
	return count > own ? sum + (count - own) * making->capacities[making->last[kind]] : sum;
}

static bool serves(const struct making *making, uint32_t kind, uint32_t class)
{
	const struct plan_kind *of = &making->family->kinds[kind];

	return planner_serves(of->queues, of->skills, &making->load.classes[class]);
}

static int create_flow(struct making *making)
{
	uint32_t classes = making->load.class_count, kinds = making->family->kind_count;
	int r = plan_flow_create(&making->flow, classes, kinds);

	for (uint32_t c = 0; r == 0 && c < classes; c++) {
		making->flow->load[c] = making->load.classes[c].load;
		for (uint32_t k = 0; k < kinds; k++)
			if (serves(making, k, c))
				plan_flow_join(making->flow, c, k);
	}
	return r;
}

static int find_loads(struct making *making)
{
	for (uint32_t k = 0; k < making->family->kind_count; k++)
		making->flow->room[k] = capacity_of(making, k, making->counts[k]);
	return plan_flow_balance(making->flow, making->a_window);
}

/* ---- which is next ---- */

static uint32_t served_by(const struct making *making, uint32_t kind)
{
	uint32_t count = 0;

	for (uint32_t c = 0; c < making->load.class_count; c++)
		count += serves(making, kind, c);
	return count;
}

/* Of kinds with equal loads that which serves fewest: it is the easiest to have. The last two rules
 * are there so that the order of the windows decides nothing. */
static bool is_simpler(const struct making *making, uint32_t kind, uint32_t than)
{
	const struct plan_kind *a = &making->family->kinds[kind];
	const struct plan_kind *b = &making->family->kinds[than];
	uint32_t serve_a = served_by(making, kind), serve_b = served_by(making, than);

	if (serve_a != serve_b)
		return serve_a < serve_b;
	if (a->queues != b->queues)
		return a->queues < b->queues;
	return a->skills < b->skills;
}

static bool is_before(const struct making *making, uint32_t kind, uint32_t than, bool fullest)
{
	double a = making->a_window[kind], b = making->a_window[than];

	if (a > b * (1 + ALIKE))
		return fullest;
	if (b > a * (1 + ALIKE))
		return !fullest;
	return is_simpler(making, kind, than);
}

/* Whether who is served now still is with one of that kind less. */
static bool can_spare(const struct making *making, uint32_t kind)
{
	for (uint32_t c = 0; c < making->load.class_count; c++) {
		double now = 0, then = 0;

		if (!serves(making, kind, c))
			continue;
		for (uint32_t k = 0; k < making->family->kind_count; k++) {
			uint32_t count = making->counts[k];

			if (!serves(making, k, c))
				continue;
			now += capacity_of(making, k, count);
			then += capacity_of(making, k, k == kind ? count - 1 : count);
		}
		if (now > 0 && then <= 0)
			return false;
	}
	return true;
}

/* The kind of which one is taken away next; kind_count: none can be. */
static uint32_t emptiest(const struct making *making)
{
	const struct plan_family *family = making->family;
	uint32_t best = family->kind_count;

	for (uint32_t k = 0; k < family->kind_count; k++)
		if (family->kinds[k].counted && making->counts[k] && can_spare(making, k) &&
		    (best == family->kind_count || is_before(making, k, best, false)))
			best = k;
	return best;
}

/* The kind to which one is added next. */
static uint32_t fullest(const struct making *making)
{
	const struct plan_family *family = making->family;
	uint32_t best = family->kind_count;

	for (uint32_t k = 0; k < family->kind_count; k++)
		if (family->kinds[k].counted &&
		    (best == family->kind_count || is_before(making, k, best, true)))
			best = k;
	return best;
}

/* ---- the order ---- */

static void begin_counts(struct making *making)
{
	for (uint32_t k = 0; k < making->family->kind_count; k++)
		making->counts[k] = making->family->kinds[k].own;
}

static int find_fewer(struct making *making)
{
	struct plan_family *family = making->family;
	uint32_t n = family->own;
	int r = 0;

	begin_counts(making);
	while (n > 1) {
		uint32_t kind;

		r = find_loads(making);
		kind = r == 0 ? emptiest(making) : family->kind_count;
		if (kind == family->kind_count)
			break;
		family->order[--n] = (uint8_t)kind;
		making->counts[kind]--;
	}
	family->least = n;
	n = 0;
	for (uint32_t k = 0; k < family->kind_count; k++)
		for (uint32_t i = 0; family->kinds[k].counted && i < making->counts[k]; i++)
			family->order[n++] = (uint8_t)k;
	return r;
}

static int find_more(struct making *making)
{
	struct plan_family *family = making->family;
	int r = 0;

	begin_counts(making);
	family->most = CORE_MAX_WINDOWS - family->others;
	for (uint32_t n = family->own; r == 0 && n < family->most; n++) {
		uint32_t kind;

		r = find_loads(making);
		kind = fullest(making);
		family->order[n] = (uint8_t)kind;
		making->counts[kind]++;
	}
	return r;
}

int plan_family_make(struct plan_family *ret_family, const struct scenario *scenario)
{
	struct plan_family family = {0};
	struct making making = {.family = &family, .scenario = scenario};
	struct layout *layout;
	int r = layout_create(&layout, scenario);

	if (r < 0)
		return r;
	making.layout = layout;
	r = has_intake(scenario, layout) ? plan_load_of(&making.load, scenario, layout) : -ENOENT;
	if (r == 0) {
		find_kinds(&making);
		r = create_flow(&making);
	}
	if (r == 0)
		r = find_fewer(&making);
	if (r == 0)
		r = find_more(&making);
	plan_flow_destroy(making.flow);
	plan_load_finish(&making.load);
	layout_destroy(layout);
	if (r == 0)
		*ret_family = family;
	return r;
}
