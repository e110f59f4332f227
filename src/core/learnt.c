/* Holding times: from the first call of a leg at a window until the ticket leaves that window. The
 * state keeps whole numbers only, so that it is the same on every machine; means and spreads are
 * made of them where they are needed. */
#include "src/core/learnt.h"

#include <math.h>

/* How many observed times the value that they are drawn to counts for: of a mean, of a spread. */
static const double MEAN_WEIGHT = 5, SPREAD_WEIGHT = 10;
/* The coefficient of variation of a service, squared, until there are times to learn it from. */
static const double SPREAD_PRIOR = 0.36;
static const double SPREAD_MOST = 9;

static void add(struct learnt *learnt, int64_t ms)
{
	int64_t tenths = (ms + 50) / 100;

	learnt->n++;
	learnt->sum_ms += ms;
	learnt->squares += tenths * tenths;
	if (learnt->n < LEARNT_MOST)
		return;
	learnt->n /= 2;
	learnt->sum_ms /= 2;
	learnt->squares /= 2;
}

bool learnt_is_sound(const struct learnt *learnt)
{
	static const int64_t most = LEARNT_LONGEST_MS, tenths = LEARNT_LONGEST_MS / 100;

	return learnt->n >= 0 && learnt->n < LEARNT_MOST && learnt->sum_ms >= 0 &&
	       learnt->sum_ms <= learnt->n * most && learnt->squares >= 0 &&
	       learnt->squares <= learnt->n * tenths * tenths;
}

/* The item whose times are learnt apart: that of the ticket, where it stands in the item's own
 * queue. Behind a transfer an item is another service. NULL: none. */
static const struct item *item_of(const struct hall *hall, const struct ticket *ticket)
{
	const struct item *item = ticket->item >= 0 ? &hall->items[ticket->item] : NULL;

	return item && item->queue == ticket->queue ? item : NULL;
}

void learnt_leave(struct hall *hall, const struct ticket *ticket, int64_t mono_ms)
{
	struct queue *queue = &hall->queues[ticket->queue].queue;
	int64_t ms = mono_ms - ticket->called_ms;

	if (ticket->called_boot != hall->boots || ticket->called_ms < 0 || ms < 0 ||
	    ms > LEARNT_LONGEST_MS)
		return;
	add(&queue->held, ms);
	if (item_of(hall, ticket))
		add(&hall->items[ticket->item].held, ms);
	else
		add(&queue->held_plain, ms);
}

/* Drawn to what is taken to be so without it. */
static double mean_of(const struct learnt *learnt, double prior_ms)
{
	double weight = prior_ms > 0 ? MEAN_WEIGHT : 0;

	if (weight + (double)learnt->n <= 0)
		return 0;
	return fmax(1, (weight * prior_ms + (double)learnt->sum_ms) / (weight + (double)learnt->n));
}

/* The sum of squared differences from the mean, in units of the mean. */
static double deviations(const struct learnt *learnt)
{
	double n = (double)learnt->n, sum = (double)learnt->sum_ms;

	if (learnt->n < 2 || learnt->sum_ms == 0)
		return 0;
	return fmax(0, (1e4 * (double)learnt->squares * n / (sum * sum) - 1) * n);
}

static double spread_of(double sum, double freedom)
{
	return fmin(SPREAD_MOST, (SPREAD_WEIGHT * SPREAD_PRIOR + sum) / (SPREAD_WEIGHT + freedom));
}

void learnt_begin(const struct hall *hall, struct holdings *ret)
{
	double sums[CORE_MAX_QUEUES] = {0}, freedoms[CORE_MAX_QUEUES] = {0};

	ret->hall = hall;
	for (size_t i = 0; i < hall->item_count; i++) {
		const struct item *item = &hall->items[i];

		if (item->held.n < 2)
			continue;
		sums[item->queue] += deviations(&item->held);
		freedoms[item->queue] += (double)item->held.n - 1;
	}
	for (size_t i = 0; i < hall->queue_count; i++) {
		const struct queue *queue = &hall->queues[i].queue;
		const struct learnt *all = &queue->held, *plain = &queue->held_plain;
		double total = spread_of(deviations(all), all->n ? (double)all->n - 1 : 0);

		ret->queues[i].mean_ms = mean_of(all, (double)hall->policy.expect_service_ms);
		ret->queues[i].spread =
			spread_of(sums[i] + deviations(plain),
				  freedoms[i] + (plain->n ? (double)plain->n - 1 : 0));
		ret->queues[i].between = fmax(0, total - ret->queues[i].spread);
	}
}

struct holding learnt_holding(const struct holdings *holdings, const struct ticket *ticket)
{
	const struct item *item = item_of(holdings->hall, ticket);
	const struct learnt *own =
		item ? &item->held : &holdings->hall->queues[ticket->queue].queue.held_plain;
	double mean_ms = mean_of(own, holdings->queues[ticket->queue].mean_ms);
	/* Of an item that is hardly known nobody knows which of the queue's means it has. */
	double spread = holdings->queues[ticket->queue].spread +
			holdings->queues[ticket->queue].between * MEAN_WEIGHT /
				(MEAN_WEIGHT + (double)own->n);
	double variance = log1p(spread);

	if (mean_ms <= 0)
		return (struct holding){0};
	return (struct holding){
		.mean_ms = mean_ms, .mu = log(mean_ms) - variance / 2, .sigma = sqrt(variance)};
}
