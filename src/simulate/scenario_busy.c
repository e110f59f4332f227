/* Whether the busiest days of a scenario fit: a day has a limit of visits, a queue one of numbers.
 * What is asked for is a day in a million, so that no simulation that is allowed is likely to end
 * at one. Visits of a day are taken for lognormal, with the mean and variance of what is drawn. */
#include <math.h>
#include <stdio.h>

#include "src/simulate/draw.h"
#include "src/simulate/scenario_private.h"

/* A simulation has at most 100,000 days. */
static const double busiest = 1 - 1e-6;

/* Visits per case and day: m cases of a day whose factor has the cv, each of which makes so many
 * visits, have a relative variance of cv^2 + E(k^2) / (E(k) m visits). E(k^2) / E(k) is that of
 * whoever comes at all: a first visit, perhaps a rework, perhaps a pick-up. */
static double on_busiest_day(const struct scenario *s, double visits)
{
	double r = s->rework_chance, p = s->pick_up_chance;
	double clump = (1 + 3 * r + 3 * p + 2 * r * p) / (1 + r + p);

	if (!(visits > 0))
		return 0;
	return draw_lognormal(busiest, visits, sqrt(s->day_cv * s->day_cv + clump / visits));
}

struct expected { /* of a day of mean business */
	double queues[CORE_MAX_QUEUES];
	double visits, filings;
};

static void expect_visits(const struct scenario *s, struct expected *ret)
{
	double shares = 0;

	*ret = (struct expected){.visits = 0};
	for (uint32_t i = 0; i < s->item_count; i++)
		shares += s->items[i].share;
	for (uint32_t i = 0; i < s->item_count; i++) {
		const struct scenario_item *item = &s->items[i];
		double cases = s->cases_a_day * item->share / shares;
		double filed = item->online ? cases * s->uptake : 0;
		double intake = (cases - filed) * (1 + s->rework_chance);
		double pick_up = (cases - filed) * s->pick_up_chance;
		int queue = scenario_item_queue(s, item);
		int issue = scenario_pick_up_queue(s, item);

		if (queue >= 0)
			ret->queues[queue] += intake;
		if (issue >= 0)
			ret->queues[issue] += pick_up;
		ret->visits += intake + pick_up;
		ret->filings += filed;
	}
}

/* Numbers that a queue has for a day: the spare prefix has as many once more. */
static double numbers_of(const struct event_queue_defined *def)
{
	return (double)(def->last - def->first + 1) * (def->spare[0] ? 2 : 1);
}

static void check_queues(const struct scenario *s, const struct expected *expected, bool faults,
			 scenario_fault_fn fn, void *user)
{
	for (uint32_t i = 0; i < s->queue_count; i++) {
		const struct event_queue_defined *def = &s->queues[i].def;
		double visits = on_busiest_day(s, expected->queues[i]);
		char message[512];

		if (visits <= numbers_of(def))
			continue;
		snprintf(
			message, sizeof(message),
			"queues: 队列 \"%s\" 的号不够%s，最忙之日（百万日之一）须 %.0f 号，现有 "
			"%.0f 号，请放宽 first 至 last 或设 spare，或减少 a_day、day_cv queue "
			"\"%s\" has %.0f numbers; its busiest day in a million needs %.0f%s: widen "
			"first to last (at most %d), give it a spare prefix, or lower a_day or "
			"day_cv",
			def->queue, faults ? "" : "，写日志（--log）会中断", visits,
			numbers_of(def), def->queue, numbers_of(def), visits,
			faults ? "" : ", and --log would end there", CORE_MAX_TICKET_NUMBER);
		fn(user, FAULT_QUEUE, i, message);
	}
}

static bool check_day(const struct scenario *s, const struct expected *expected,
		      scenario_fault_fn fn, void *user)
{
	double visits = on_busiest_day(s, expected->visits);
	double filings = on_busiest_day(s, expected->filings);
	double most = visits > filings ? visits : filings;
	char message[512];

	if (most <= CORE_MAX_DAY_TICKETS)
		return true;
	snprintf(message, sizeof(message),
		 "cases: 来人过多，最忙之日（百万日之一）%s可达 %.0f，至多 %d，请减少 a_day 或 "
		 "day_cv "
		 "the busiest day in a million has %.0f %s; at most %d are allowed: lower a_day "
		 "or day_cv",
		 visits >= filings ? "取号" : "网上申报", most, CORE_MAX_DAY_TICKETS, most,
		 visits >= filings ? "visits" : "filings online", CORE_MAX_DAY_TICKETS);
	fn(user, FAULT_CASES, 0, message);
	return false;
}

void scenario_busy_faults(const struct scenario *scenario, scenario_fault_fn fn, void *user)
{
	struct expected expected;

	expect_visits(scenario, &expected);
	if (check_day(scenario, &expected, fn, user) && scenario->policy == SCENARIO_HALL)
		check_queues(scenario, &expected, true, fn, user);
}

void scenario_busy_doubts(const struct scenario *scenario, scenario_fault_fn fn, void *user)
{
	struct expected expected;

	if (scenario->policy == SCENARIO_HALL)
		return;
	expect_visits(scenario, &expected);
	check_queues(scenario, &expected, false, fn, user);
}
