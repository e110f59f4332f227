/* The expected wait of a newcomer: the part of the hall that its wait depends on, made into a
 * scene; the scene drawn; the draws summed up. Nothing is kept and nothing is allocated. */
#include "src/core/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/estimate_private.h"
#include "src/core/normal.h"

enum { VAIN_MS = 60000 };

_Static_assert(CORE_MAX_QUEUES <= 64, "a bit for each queue");

/* ---- which windows, and whose tickets ---------------------------------------------------------
 */

static bool is_first_day(const struct hall *hall)
{
	for (size_t i = 0; i < hall->window_count; i++)
		if (hall->windows[i].seen_before)
			return false;
	return true;
}

/* Somebody whom it may call has waited so long in this stay that a clerk would have called. */
static bool leaves_waiting(const struct gather *gather, const struct window *window)
{
	const struct hall *hall = gather->hall;

	for (uint32_t i = 0; i < window->queue_count; i++) {
		for (int class = 0; class < CLASS_COUNT; class ++) {
			int32_t at = hall->queues[window->queues[i]].lines[class].first;

			for (; at != NO_INDEX; at = hall->nodes[at].next)
				if (gather->now->mono_ms - hall->tickets[at].since_ms >= VAIN_MS &&
				    hall_may_serve(hall, window, &hall->tickets[at]))
					return true;
		}
	}
	return false;
}

/* Where somebody is; and, until it lets somebody wait, where somebody was on the last day and has
 * yet to be seen (on the first day: any). */
static bool is_attended(const struct gather *gather, const struct window *window)
{
	return window->present || (!window->seen && (window->seen_before || gather->first_day) &&
				   !leaves_waiting(gather, window));
}

/* Returns whether any of them may serve the newcomer; *ret_free: and is free. */
static bool open_windows(struct gather *gather, bool any, bool *ret_free)
{
	const struct hall *hall = gather->hall;
	bool found = false;

	*ret_free = false;
	for (size_t i = 0; i < hall->window_count; i++) {
		const struct window *window = &hall->windows[i];

		gather->open[i] = !window->def.retired && !window->paused &&
				  (any || window->ticket || is_attended(gather, window));
		if (!gather->open[i] || !hall_may_serve(hall, window, gather->newcomer))
			continue;
		found = true;
		*ret_free |= !window->ticket;
	}
	return found;
}

uint64_t estimate_queues(const struct window *window)
{
	uint64_t queues = 0;

	for (uint32_t i = 0; i < window->queue_count; i++)
		queues |= UINT64_C(1) << window->queues[i];
	return queues;
}

/* The newcomer's queue; those that its windows serve; those that their windows serve... */
static void find_queues(struct gather *gather)
{
	const struct hall *hall = gather->hall;
	uint64_t before = 0;

	gather->queues = UINT64_C(1) << gather->newcomer->queue;
	while (before != gather->queues) {
		before = gather->queues;
		for (size_t i = 0; i < hall->window_count; i++)
			if (gather->open[i] && estimate_queues(&hall->windows[i]) & gather->queues)
				gather->queues |= estimate_queues(&hall->windows[i]);
	}
	for (size_t i = 0; i < hall->queue_count; i++)
		for (int class = 0; class < CLASS_COUNT && gather->queues >> i & 1; class ++)
			gather->waiting += hall->queues[i].queue.waiting[class];
}

/* ---- the scene ---------------------------------------------------------------------------------
 */

static int by_arrival(const void *a, const void *b)
{
	const struct ticket *const *x = a, *const *y = b;

	if (*x == *y)
		return 0;
	return hall_came_before(*x, *y) ? -1 : 1;
}

/* All who wait in the queues, and the newcomer, in the order in which they came. */
static void sort_waiting(const struct gather *gather, const struct ticket **ret_tickets)
{
	const struct hall *hall = gather->hall;
	size_t count = 0;

	ret_tickets[count++] = gather->newcomer;
	if (gather->alone)
		return;
	for (size_t i = 0; i < hall->queue_count; i++) {
		for (int class = 0; class < CLASS_COUNT && gather->queues >> i & 1; class ++) {
			int32_t at = hall->queues[i].lines[class].first;

			for (; at != NO_INDEX; at = hall->nodes[at].next)
				ret_tickets[count++] = &hall->tickets[at];
		}
	}
	qsort(ret_tickets, count, sizeof(const struct ticket *), by_arrival);
}

uint16_t estimate_line(struct gather *gather, const struct ticket *ticket)
{
	struct scene *scene = &gather->scene;
	int rank = line_rank(gather->hall, ticket, gather->now->wall_ms);
	const char *skill = line_skill(gather->hall, ticket);
	uint16_t i;

	for (i = 0; i < scene->line_count; i++)
		if (scene->lines[i].queue == ticket->queue && scene->lines[i].rank == rank &&
		    !strcmp(scene->lines[i].skill, skill))
			return i;
	if (i == SCENE_MAX_LINES) {
		gather->full = true;
		return 0;
	}
	scene->lines[i] = (struct scene_line){.queue = ticket->queue, .rank = rank, .skill = skill};
	scene->line_count++;
	return i;
}

static void add_tickets(struct gather *gather)
{
	struct scene *scene = &gather->scene;
	const struct ticket *sorted[SCENE_MAX_WAITING + 1];
	uint16_t at = 0;

	sort_waiting(gather, sorted);
	scene->ticket_count = (uint16_t)(gather->alone ? 1 : gather->waiting + 1);
	for (uint16_t i = 0; i < scene->ticket_count; i++) {
		struct scene_ticket *ticket = &scene->tickets[i];

		ticket->holding = learnt_holding(&gather->holdings, sorted[i]);
		ticket->waited_ms = hall_waited_ms(sorted[i], gather->now->mono_ms);
		ticket->overtaken = sorted[i]->overtaken;
		ticket->line = estimate_line(gather, sorted[i]);
		scene->lines[ticket->line].end++;
		if (sorted[i] == gather->newcomer)
			scene->own = i;
		else
			gather->unknown |= ticket->holding.mean_ms <= 0;
	}
	for (uint16_t i = 0; i < scene->line_count; i++) {
		uint16_t count = scene->lines[i].end;

		scene->lines[i].first = scene->lines[i].end = at;
		at += count;
	}
	for (uint16_t i = 0; i < scene->ticket_count; i++)
		scene->members[scene->lines[scene->tickets[i].line].end++] = i;
}

static void add_places(struct gather *gather, const struct window *window,
		       const struct clerk *clerk, uint32_t queue, uint16_t *group)
{
	struct scene *scene = &gather->scene;

	for (int rank = 0; rank < CLASS_COUNT; rank++, ++*group) {
		for (uint16_t i = 0; i < scene->line_count; i++) {
			const struct scene_line *line = &scene->lines[i];

			if (line->queue != window->queues[queue] || line->rank != rank ||
			    !line_clerk_has(clerk, line->skill))
				continue;
			if (scene->place_count == SCENE_MAX_PLACES) {
				gather->full = true;
				return;
			}
			scene->places[scene->place_count++] =
				(struct scene_place){.line = i, .group = *group};
		}
	}
}

static const char *skills_at(const struct hall *hall, const struct window *window)
{
	const struct clerk *clerk = hall_find_clerk(hall, window->clerk);

	return clerk && !clerk->def.retired ? clerk->def.skills : "";
}

/* likes: one window of each kind so far. */
static uint16_t kind_of(struct gather *gather, const struct window *window,
			const struct window **likes)
{
	const struct hall *hall = gather->hall;
	const struct clerk *clerk = hall_find_clerk(hall, window->clerk);
	struct scene *scene = &gather->scene;
	uint16_t group = 0, i;

	for (i = 0; i < scene->kind_count; i++)
		if (!strcmp(likes[i]->def.queues, window->def.queues) &&
		    !strcmp(skills_at(hall, likes[i]), skills_at(hall, window)))
			return i;
	likes[i] = window;
	scene->kinds[i].first = scene->place_count;
	for (uint32_t queue = 0; queue < window->queue_count; queue++)
		add_places(gather, window, clerk, queue, &group);
	scene->kinds[i].end = scene->place_count;
	scene->kind_count++;
	return i;
}

/* How long its ticket has held the window: across a start of the machine, at least since then. */
static double elapsed_ms(const struct gather *gather, const struct ticket *ticket)
{
	int64_t from =
		ticket->called_boot == gather->hall->boots ? ticket->called_ms : ticket->since_ms;

	return gather->now->mono_ms > from ? (double)(gather->now->mono_ms - from) : 0;
}

static struct scene_window window_of(struct gather *gather, const struct window *window)
{
	const struct ticket *ticket = hall_find_ticket(gather->hall, window->ticket);
	struct scene_window ret = {.busy = ticket != NULL, .above = 1};

	if (!ticket)
		return ret;
	ret.holding = learnt_holding(&gather->holdings, ticket);
	ret.elapsed_ms = elapsed_ms(gather, ticket);
	if (ret.holding.mean_ms <= 0)
		gather->unknown = true;
	else if (ret.elapsed_ms > 0)
		ret.above = fmax(1e-280, normal_above((log(ret.elapsed_ms) - ret.holding.mu) /
						      ret.holding.sigma));
	return ret;
}

static void add_windows(struct gather *gather)
{
	const struct hall *hall = gather->hall;
	const struct window *likes[CORE_MAX_WINDOWS];
	struct scene *scene = &gather->scene;

	scene->kind_count = 0; /* likes holds nothing yet */
	for (size_t i = 0; i < hall->window_count; i++) {
		const struct window *window = &hall->windows[i];
		struct scene_window *to = &scene->windows[scene->window_count];

		if (!gather->open[i] || !(estimate_queues(window) & gather->queues))
			continue;
		*to = window_of(gather, window);
		to->kind = kind_of(gather, window, likes);
		scene->window_count++;
	}
}

static void clear_scene(struct gather *gather)
{
	struct scene *scene = &gather->scene;

	scene->line_count = scene->place_count = scene->kind_count = scene->window_count = 0;
	gather->unknown = false;
}

static void set_scene(struct gather *gather)
{
	struct scene *scene = &gather->scene;

	scene->overtakes = gather->hall->policy.overtakes;
	scene->age_ms = gather->hall->policy.age_ms;
	add_tickets(gather);
	add_windows(gather);
}

/* ---- summing up --------------------------------------------------------------------------------
 */

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Between the two nearest of them, in proportion; so that one draw more lies below with probability
 * p, however few they are. */
static double quantile(const double *sorted, int count, double p)
{
	double at = p * (count + 1) - 1;
	int i = (int)at;

	return sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]);
}

static void sum_up(double *waits, int count, struct expectation *ret)
{
	double sum = 0;

	for (int i = 0; i < count; i++)
		sum += waits[i];
	qsort(waits, (size_t)count, sizeof(*waits), by_size);
	ret->ms = estimate_whole(sum / count);
	ret->low_ms = estimate_whole(quantile(waits, count, 1 - ESTIMATE_HIGH));
	ret->high_ms = estimate_whole(quantile(waits, count, ESTIMATE_HIGH));
}

struct expectation estimate_wait(const struct hall *hall, const struct ticket *newcomer,
				 const struct stamp *now, uint64_t seed)
{
	static const struct expectation none = {.ms = -1, .low_ms = -1, .high_ms = -1};
	struct gather gather = {.hall = hall, .now = now, .newcomer = newcomer};
	struct expectation ret = {0};
	double waits[DRAWS_MOST];
	struct random random;
	bool is_free;

	gather.first_day = is_first_day(hall);
	if (!open_windows(&gather, false, &is_free) && !open_windows(&gather, true, &is_free))
		return none;
	ret.busy = !is_free;
	find_queues(&gather);
	if (is_free && !gather.waiting)
		return ret;
	learnt_begin(hall, &gather.holdings);
	gather.full = gather.waiting > SCENE_MAX_WAITING;
	if (!gather.full)
		set_scene(&gather);
	if (gather.full) {
		clear_scene(&gather);
		estimate_crowd(&gather, &ret);
	}
	if (gather.alone) {
		clear_scene(&gather);
		set_scene(&gather);
	}
	if (!gather.unknown && (gather.alone || !gather.full)) {
		random_begin(&random, seed, 0);
		sum_up(waits, draws_make(&gather.scene, &random, waits), &ret);
	}
	if (gather.unknown)
		ret.ms = ret.low_ms = ret.high_ms = -1;
	return ret;
}

struct expectation hall_expect(const struct hall *hall, size_t queue, const struct stamp *now)
{
	const struct ticket newcomer = {
		.state = TICKET_WAITING,
		.queue = (uint32_t)queue,
		.item = NO_INDEX,
		.arrival_ms = now->mono_ms,
		.since_ms = now->mono_ms,
		.boot = hall->boots,
		.order = UINT64_MAX,
	};

	if (!hall->policy.expect || !hall->day)
		return (struct expectation){.ms = -1, .low_ms = -1, .high_ms = -1};
	return estimate_wait(hall, &newcomer, now, (uint64_t)hall->last_ticket + 1);
}
