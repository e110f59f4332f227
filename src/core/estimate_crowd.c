/* The expected wait where very many wait: each window works off its part of those whom it calls
 * first, and the sum of their times is nearly normal. */
#include <math.h>
#include <string.h>

#include "src/core/estimate_private.h"
#include "src/core/normal.h"

static const double LONGEST_MS = 1e12;

int64_t estimate_whole(double ms)
{
	return (int64_t)(fmin(fmax(ms, 0), LONGEST_MS) + 0.5);
}

/* Those of a line of the scene, and all who came before the newcomer among them. */
struct crowd {
	double ms, variance, before_ms, before_variance;
	bool unknown;
	uint32_t windows; /* that are open and may serve them */
};

static bool may_serve_line(const struct hall *hall, const struct window *window,
			   const struct scene_line *line)
{
	return estimate_queues(window) >> line->queue & 1 &&
	       line_clerk_has(hall_find_clerk(hall, window->clerk), line->skill);
}

static void count_crowds(struct gather *gather, struct crowd *crowds)
{
	const struct hall *hall = gather->hall;

	for (size_t i = 0; i < hall->queue_count; i++) {
		for (int class = 0; class < CLASS_COUNT && gather->queues >> i & 1; class ++) {
			int32_t at = hall->queues[i].lines[class].first;

			for (; at != NO_INDEX; at = hall->nodes[at].next) {
				const struct ticket *ticket = &hall->tickets[at];
				struct holding holding = learnt_holding(&gather->holdings, ticket);
				struct crowd *crowd = &crowds[estimate_line(gather, ticket)];
				double ms = holding.mean_ms;
				double variance = ms * ms * expm1(holding.sigma * holding.sigma);

				crowd->unknown |= ms <= 0;
				crowd->ms += ms;
				crowd->variance += variance;
				if (!hall_came_before(ticket, gather->newcomer))
					continue;
				crowd->before_ms += ms;
				crowd->before_variance += variance;
			}
		}
	}
	for (size_t i = 0; i < hall->window_count; i++)
		for (uint16_t k = 0; gather->open[i] && k < gather->scene.line_count; k++)
			crowds[k].windows +=
				may_serve_line(hall, &hall->windows[i], &gather->scene.lines[k]);
}

static uint32_t preference(const struct window *window, uint32_t queue)
{
	uint32_t i = 0;

	while (i < window->queue_count && window->queues[i] != queue)
		i++;
	return i;
}

/* What the window has to do before the newcomer, of what it shares with others its part. */
static struct crowd work_at(const struct gather *gather, const struct window *window,
			    const struct crowd *crowds)
{
	uint32_t own = preference(window, gather->newcomer->queue);
	int rank = line_rank(gather->hall, gather->newcomer, gather->now->wall_ms);
	/* In such a crowd nearly all have waited beyond the bound: who came first is first. */
	bool ages = gather->hall->policy.overtakes >= 0 || gather->hall->policy.age_ms > 0;
	struct crowd ret = {0};

	for (uint16_t i = 0; i < gather->scene.line_count; i++) {
		const struct scene_line *line = &gather->scene.lines[i];
		const struct crowd *crowd = &crowds[i];
		uint32_t at = preference(window, line->queue);
		bool alike = ages || (at == own && line->rank == rank);
		double windows = crowd->windows;

		if (!may_serve_line(gather->hall, window, line) ||
		    (!alike && (at > own || (at == own && line->rank > rank))))
			continue;
		ret.ms += (alike ? crowd->before_ms : crowd->ms) / windows;
		ret.variance +=
			(alike ? crowd->before_variance : crowd->variance) / windows / windows;
		ret.unknown |= crowd->unknown;
	}
	return ret;
}

void estimate_crowd(struct gather *gather, struct expectation *ret)
{
	const struct hall *hall = gather->hall;
	struct crowd crowds[SCENE_MAX_LINES] = {0}, least = {.ms = INFINITY};
	bool idle[CORE_MAX_WINDOWS] = {false};
	double spread;

	count_crowds(gather, crowds);
	for (size_t i = 0; i < hall->window_count; i++) {
		const struct window *window = &hall->windows[i];
		struct crowd work;

		if (!gather->open[i] || !hall_may_serve(hall, window, gather->newcomer))
			continue;
		work = work_at(gather, window, crowds);
		idle[i] = work.ms == 0 && !work.unknown;
		if (work.ms < least.ms)
			least = work;
	}
	gather->unknown = least.unknown;
	gather->alone = least.ms == 0 && !least.unknown;
	if (gather->alone)
		memcpy(gather->open, idle, sizeof(idle));
	spread = normal_quantile(ESTIMATE_HIGH) * sqrt(least.variance);
	ret->ms = estimate_whole(least.ms);
	ret->low_ms = estimate_whole(least.ms - spread);
	ret->high_ms = estimate_whole(least.ms + spread);
}
