/* From counts to a scenario's numbers. Lengths of services are lognormal; an item's mean is drawn
 * to that of its queue, the more so the fewer of its services are known and the less the items
 * differ (the moment estimate of a one-way layout with random effects: S. R. Searle, G. Casella and
 * C. E. McCulloch, "Variance Components", Wiley 1992, section 3.6). */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/learn_private.h"
#include "src/simulate/scenario_private.h"

#define MOST_SHRINK 1e6
/* An item of which nobody ever filed online counts as one that may be, unless that would have been
 * less likely than this. */
#define NEVER_ONLINE .05
/* A half-hour is open when citizens came in it on at least one day of so many. */
enum { OPEN_DAYS = 10, HALF_HOUR_MIN = 30, ROUNDS = 5 };

struct of_queue {
	struct learn_times times;
	double between; /* n (mean log of the item - that of the queue)^2, added up */
	double n_squares;
	int64_t items;
	double raw; /* minutes as the items' shrunk logarithms have it, added up */
};

struct fit {
	struct learn_counts *counts;
	struct learn_facts *facts;
	struct scenario *scenario;
	uint32_t *item_of;  /* index in the counts of each item of the scenario */
	uint32_t *queue_of; /* its queue's index */
	struct of_queue queues[CORE_MAX_QUEUES];
	double variance; /* of logarithms within an item */
	double shrink;
};

static void add_times(struct learn_times *to, const struct learn_times *from)
{
	to->n += from->n;
	to->sum += from->sum;
	to->logs += from->logs;
	to->squares += from->squares;
}

static struct learn_times times_of(const struct fit *fit, uint32_t i)
{
	const struct learn_item *item = &fit->counts->items[fit->item_of[i]];
	struct learn_times times = item->known;

	if (fit->facts->takes_implied)
		add_times(&times, &item->implied);
	return times;
}

/* ---- items ---- */

static int department_of(struct scenario *scenario, const char *name)
{
	uint32_t i = 0;

	while (i < scenario->department_count && strcmp(scenario->departments[i].name, name) != 0)
		i++;
	if (i == SCENARIO_MAX_DEPARTMENTS)
		return (int)i - 1; /* it decides nothing here */
	if (i == scenario->department_count)
		snprintf(scenario->departments[scenario->department_count++].name, CORE_NAME_SIZE,
			 "%s", name);
	return (int)i;
}

static bool has_item(const struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->item_count; i++)
		if (!strcmp(scenario->items[i].id, id))
			return true;
	return false;
}

static void take_item(struct fit *fit, uint32_t index)
{
	struct learn_counts *counts = fit->counts;
	struct scenario *scenario = fit->scenario;
	const struct learn_item *from = &counts->items[index];
	const struct event_item_defined *def =
		from->item < counts->def_count && counts->defs[from->item].item[0]
			? &counts->defs[from->item]
			: NULL;
	struct scenario_item *item = &scenario->items[scenario->item_count];
	const char *id = names_text(&counts->past.items, from->item);
	int queue;

	snprintf(item->id, sizeof(item->id), "%s", id[0] ? id : "unknown");
	/* one item may be in several queues, and one may be called unknown */
	for (uint32_t n = 2; !from->own && has_item(scenario, item->id); n++)
		snprintf(item->id, sizeof(item->id), "unknown-%" PRIu32, n);
	snprintf(item->zh, sizeof(item->zh), "%s", def ? def->zh : "未知事项");
	snprintf(item->en, sizeof(item->en), "%s", def ? def->en : "unknown");
	snprintf(item->queue, sizeof(item->queue), "%s",
		 from->queue == LEARN_NO_QUEUE ? ""
					       : names_text(&counts->past.queues, from->queue));
	snprintf(item->skill, sizeof(item->skill), "%s", def ? def->skill : "");
	item->department = (uint32_t)department_of(scenario, def ? def->department : "");
	item->share = (double)(from->firsts + from->filings);
	item->factor = 1;
	if (item->skill[0] && !scenario_is_served(scenario, item->queue, item->skill)) {
		item->skill[0] = '\0';
		fit->facts->dropped_skills++;
	}
	queue = scenario_item_queue(scenario, item);
	if (queue < 0 || !scenario_is_served(scenario, item->queue, "")) {
		fit->facts->unserved += from->firsts + from->filings;
		*item = (struct scenario_item){0};
		return;
	}
	fit->item_of[scenario->item_count] = index;
	fit->queue_of[scenario->item_count++] = (uint32_t)queue;
}

static void take_some(struct fit *fit, bool own)
{
	for (uint32_t i = 0; i < fit->counts->keys.count; i++) {
		const struct learn_item *item = &fit->counts->items[i];

		if (item->own == own && item->firsts + item->filings > 0 &&
		    !past_item_is_pick_up(&fit->counts->past, item->item))
			take_item(fit, i);
	}
}

static int take_items(struct fit *fit)
{
	struct scenario *scenario = fit->scenario;
	uint32_t count = fit->counts->keys.count;

	scenario->items = calloc(count + 1, sizeof(*scenario->items));
	scenario->departments = calloc(SCENARIO_MAX_DEPARTMENTS, sizeof(*scenario->departments));
	fit->item_of = calloc(count + 1, sizeof(*fit->item_of));
	fit->queue_of = calloc(count + 1, sizeof(*fit->queue_of));
	if (!scenario->items || !scenario->departments || !fit->item_of || !fit->queue_of)
		return -ENOMEM;
	take_some(fit, true);
	take_some(fit, false);
	fit->facts->items = scenario->item_count;
	return scenario->item_count ? 0 : -EINVAL;
}

/* ---- services ---- */

static double mean_log(const struct learn_times *times)
{
	return times->logs / (double)times->n;
}

/* The variance within items and between them, of all queues. */
static void find_variances(struct fit *fit)
{
	double within = 0, free = 0, between = 0, expected = 0, weight = 0;

	for (uint32_t i = 0; i < fit->scenario->item_count; i++) {
		struct learn_times times = times_of(fit, i);
		struct of_queue *queue = &fit->queues[fit->queue_of[i]];

		if (!times.n)
			continue;
		add_times(&queue->times, &times);
		queue->items++;
		queue->n_squares += (double)times.n * (double)times.n;
		within += fmax(0, times.squares - times.logs * mean_log(&times));
		free += (double)times.n - 1;
	}
	fit->variance = free > 0 ? within / free : 0;
	for (uint32_t i = 0; i < fit->scenario->item_count; i++) {
		struct learn_times times = times_of(fit, i);
		struct of_queue *queue = &fit->queues[fit->queue_of[i]];
		double off;

		if (!times.n)
			continue;
		off = mean_log(&times) - mean_log(&queue->times);
		queue->between += (double)times.n * off * off;
	}
	for (uint32_t q = 0; q < fit->scenario->queue_count; q++) {
		const struct of_queue *queue = &fit->queues[q];

		if (!queue->times.n)
			continue;
		between += queue->between;
		expected += (double)(queue->items - 1) * fit->variance;
		weight += (double)queue->times.n - queue->n_squares / (double)queue->times.n;
	}
	fit->shrink = MOST_SHRINK;
	if (weight > 0 && between > expected)
		fit->shrink = fmin(MOST_SHRINK, fit->variance * weight / (between - expected));
}

static double shrunk(const struct fit *fit, uint32_t i, const struct learn_times *all)
{
	struct learn_times times = times_of(fit, i);
	const struct of_queue *queue = &fit->queues[fit->queue_of[i]];
	double of_queue = mean_log(queue->times.n ? &queue->times : all);

	if (!times.n)
		return exp(of_queue);
	return exp((times.logs + fit->shrink * of_queue) / ((double)times.n + fit->shrink));
}

/* Of each queue the items' means are scaled so that its services take as long as they did. */
static void fit_services(struct fit *fit)
{
	struct scenario *scenario = fit->scenario;
	struct learn_times all = {0};

	find_variances(fit);
	for (uint32_t q = 0; q < scenario->queue_count; q++)
		add_times(&all, &fit->queues[q].times);
	if (!all.n)
		return;
	scenario->service.mean_min = all.sum / (double)all.n / 60000;
	scenario->service.cv = sqrt(expm1(fit->variance));
	for (uint32_t i = 0; i < scenario->item_count; i++)
		fit->queues[fit->queue_of[i]].raw +=
			(double)times_of(fit, i).n * shrunk(fit, i, &all);
	for (uint32_t i = 0; i < scenario->item_count; i++) {
		const struct of_queue *queue = &fit->queues[fit->queue_of[i]];
		double scale =
			queue->raw > 0 ? queue->times.sum / queue->raw : exp(fit->variance / 2);

		scenario->items[i].factor =
			scale * shrunk(fit, i, &all) / 60000 / scenario->service.mean_min;
	}
	fit->facts->shrink = fit->shrink;
}

static void fit_pick_ups(struct fit *fit)
{
	struct learn_times times = fit->counts->pick_up;
	struct scenario *scenario = fit->scenario;
	double mean, variance = 0;

	if (fit->facts->takes_implied || times.n < 2)
		add_times(&times, &fit->counts->pick_up_implied);
	scenario->pick_up = scenario->service;
	if (!times.n)
		return;
	mean = mean_log(&times);
	if (times.n > 1)
		variance = fmax(0, times.squares - times.logs * mean) / (double)(times.n - 1);
	scenario->pick_up.mean_min =
		fmax(times.sum / (double)times.n / 60000, SCENARIO_LEAST_MEAN_MIN);
	scenario->pick_up.cv = sqrt(expm1(variance));
}

/* ---- arrivals ---- */

static void fit_hours(struct fit *fit)
{
	const struct learn_counts *counts = fit->counts;
	struct scenario *scenario = fit->scenario;

	for (int i = 0; i < LEARN_HALF_HOURS; i++) {
		if (!counts->half_hours[i])
			continue;
		if (counts->half_hour_days[i] * OPEN_DAYS < (int64_t)fit->facts->days) {
			fit->facts->outside += counts->half_hours[i];
			continue;
		}
		scenario->spans[scenario->span_count++] = (struct scenario_span){
			.from_min = i * HALF_HOUR_MIN,
			.to_min = (i + 1) * HALF_HOUR_MIN,
			.weight = (double)counts->half_hours[i],
		};
	}
}

/* Var = m + m^2 cv^2 of a Poisson number whose mean varies by cv. */
static void fit_days(struct fit *fit)
{
	const struct learn_counts *counts = fit->counts;
	double sum = 0, squares = 0, mean, variance;

	for (size_t i = 0; i < counts->day_count; i++)
		sum += (double)counts->days[i].cases;
	mean = sum / (double)counts->day_count;
	for (size_t i = 0; i < counts->day_count; i++)
		squares += ((double)counts->days[i].cases - mean) *
			   ((double)counts->days[i].cases - mean);
	variance = squares / (double)(counts->day_count - 1);
	fit->scenario->cases_a_day =
		mean * (1 - (double)fit->facts->unserved /
				    (double)(fit->facts->firsts + fit->facts->filings));
	if (mean > 0 && variance > mean)
		fit->scenario->day_cv = sqrt(variance - mean) / mean;
}

/* Which items may be filed online, and how many of their cases are: each decides the other. */
static void fit_online(struct fit *fit)
{
	struct scenario *scenario = fit->scenario;
	double uptake = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double filings = 0, cases = 0;

		for (uint32_t i = 0; i < scenario->item_count; i++) {
			const struct learn_item *item = &fit->counts->items[fit->item_of[i]];
			double firsts = (double)item->firsts;

			scenario->items[i].online =
				item->filings > 0 ||
				(uptake > 0 && pow(1 - uptake, firsts) >= NEVER_ONLINE);
			if (!scenario->items[i].online)
				continue;
			filings += (double)item->filings;
			cases += (double)item->filings + firsts;
		}
		uptake = cases > 0 ? filings / cases : 0;
	}
	scenario->uptake = uptake;
}

static double rate(int64_t some, int64_t of)
{
	return of > 0 ? (double)some / (double)of : 0;
}

static double part(int64_t some, int64_t of)
{
	return fmin(1, rate(some, of));
}

static void fit_chances(struct fit *fit)
{
	const struct learn_counts *counts = fit->counts;
	struct learn_facts *facts = fit->facts;
	struct scenario *scenario = fit->scenario;

	facts->rework_rate = rate(facts->reworks, facts->firsts);
	facts->pick_up_rate = rate(facts->pick_ups, facts->firsts);
	scenario->rework_chance = part(facts->reworks, facts->firsts);
	scenario->pick_up_chance = part(facts->pick_ups, facts->firsts);
	scenario->no_show_chance = part(facts->no_shows, counts->called);
	scenario->priority_chance = part(counts->priority, facts->tickets);
	if (counts->walks)
		scenario->walk_s =
			fmin(SCENARIO_MOST_WAIT_S, counts->walk_ms / (double)counts->walks / 1000);
	if (counts->vains)
		scenario->no_show_s =
			fmin(SCENARIO_MOST_WAIT_S, counts->vain_ms / (double)counts->vains / 1000);
	if (facts->left)
		scenario->patience_min = fmin(SCENARIO_MOST_PATIENCE,
					      counts->exposed_ms / (double)facts->left / 60000);
}

int learn_fit(struct learn_counts *counts, struct learn_facts *facts, struct scenario *ret_scenario)
{
	struct fit *fit = calloc(1, sizeof(*fit));
	int r;

	if (!fit)
		return -ENOMEM;
	fit->counts = counts;
	fit->facts = facts;
	fit->scenario = ret_scenario;
	r = learn_hall(counts, facts, ret_scenario);
	if (r == 0)
		r = take_items(fit);
	if (r == 0) {
		fit_hours(fit);
		fit_days(fit);
		fit_online(fit);
		fit_services(fit);
		fit_pick_ups(fit);
		fit_chances(fit);
	}
	free(fit->item_of);
	free(fit->queue_of);
	free(fit);
	return r;
}
