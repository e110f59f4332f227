/* The citizens of one replayed day. Random numbers are keyed by seed, day and case (draw.h): a case
 * is a logged first visit, by its place in the day, or a filing, behind them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "src/simulate/replay_private.h"

int64_t replay_same_rank(const int64_t *before, size_t before_count, const int64_t *after,
			 size_t after_count, int64_t value)
{
	size_t less = 0, not_more = after_count;
	double rank;

	for (size_t high = after_count; less < high;) {
		size_t middle = less + (high - less) / 2;

		if (after[middle] < value)
			less = middle + 1;
		else
			high = middle;
	}
	for (size_t low = less; low < not_more;) {
		size_t middle = low + (not_more - low) / 2;

		if (after[middle] <= value)
			low = middle + 1;
		else
			not_more = middle;
	}
	rank = ceil((double)(less + not_more) / 2 / (double)after_count * (double)before_count);
	return before[rank < 1			    ? 0
		      : (size_t)rank > before_count ? before_count - 1
						    : (size_t)rank - 1];
}

/* ---- what is drawn ---- */

static int64_t pick_value(const int64_t *values, size_t count, double u)
{
	size_t at = (size_t)(u * (double)count);

	return values[at < count ? at : count - 1];
}

/* A holding time of the group: the baseline's, or in a layout replay the logged days'. -1: the log
 * has none. */
static int64_t draw_hold(const struct replay *replay, const struct draw_key *key, uint32_t leg,
			 uint32_t department, struct replay_counts *counts)
{
	bool merged, pick_up = leg == VISIT_PICK_UP;
	const struct replay_group *group =
		replay_group(replay, department, pick_up, false, &merged);
	double u = draw_uniform(key, leg, DRAW_SERVICE);

	counts->merged += merged;
	if (replay->options->baseline)
		return group->before_count ? pick_value(group->before, group->before_count, u) : -1;
	return group->after_count ? pick_value(group->after, group->after_count, u) : -1;
}

/* As many as the rate says: its whole part, and one more by chance. */
static uint32_t draw_visits(const struct draw_key *key, enum draw_purpose purpose, double rate)
{
	double whole = floor(rate);

	return (uint32_t)whole + (draw_uniform(key, 0, purpose) < rate - whole);
}

static int64_t draw_arrival(const struct replay *replay, const struct draw_key *key, uint32_t leg)
{
	return pick_value(replay->arrivals, replay->arrival_count,
			  draw_uniform(key, leg, DRAW_SPAN));
}

/* ---- the visits ---- */

static int add(struct visit_day *day, const struct visit *visit)
{
	if (day->visit_count == day->visit_capacity) {
		size_t more = day->visit_capacity ? 2 * day->visit_capacity : 256;
		struct visit *grown = realloc(day->visits, more * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		day->visits = grown;
		day->visit_capacity = more;
	}
	day->visits[day->visit_count++] = *visit;
	return 0;
}

static uint8_t kind_of(const struct replay_visit *logged)
{
	return logged->waits_alone ? VISIT_FIRST : logged->role;
}

/* A logged visit; its holding time as it was, in a reform replay that of the same rank. */
static int add_logged(const struct replay *replay, const struct draw_key *key,
		      const struct replay_visit *logged, struct visit_day *day,
		      struct replay_counts *counts)
{
	const struct past_visit *past = &logged->past;
	struct visit visit = {.arrival_ms = past->arrival_ms,
			      .service_ms = past->hold_ms,
			      .patience_ms = past->left_ms,
			      .number = key->number,
			      .item = logged->item,
			      .kind = kind_of(logged),
			      .class = past->class};

	if (past->hold_ms < 0) {
		visit.service_ms = draw_hold(replay, key, logged->role, past->department, counts);
		counts->drawn++;
		if (visit.service_ms < 0)
			return -ENODATA;
	} else if (replay->options->baseline && past->served) {
		bool merged;
		const struct replay_group *group =
			replay_group(replay, past->department, false, true, &merged);

		if (!group->before_count || !group->after_count)
			return -ENODATA;
		counts->merged += merged;
		visit.service_ms =
			replay_same_rank(group->before, group->before_count, group->after,
					 group->after_count, past->hold_ms);
	}
	counts->firsts += logged->role == REPLAY_FIRST;
	return add(day, &visit);
}

/* Reworks and pick-ups of a case, at the baseline's rates of its department. */
static int add_further(const struct replay *replay, const struct draw_key *key, uint32_t item,
		       uint32_t department, uint8_t class, struct visit_day *day,
		       struct replay_counts *counts)
{
	const struct replay_group *group = &replay->groups[2 * department];
	const uint32_t legs[] = {VISIT_REWORK, VISIT_PICK_UP};
	const enum draw_purpose purposes[] = {DRAW_REWORK, DRAW_PICK_UP};
	int r = 0;

	if (group->cases < REPLAY_MIN_VALUES)
		group = &replay->groups[replay->group_count - 2];
	if (!group->cases)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		double rate = (double)(i ? group->pick_ups : group->reworks) / (double)group->cases;
		uint32_t visits = draw_visits(key, purposes[i], rate);

		for (uint32_t v = 0; r == 0 && v < visits; v++) {
			struct draw_key again = *key;
			struct visit visit = {.patience_ms = -1,
					      .number = key->number,
					      .item = item,
					      .kind = (uint8_t)legs[i],
					      .class = class};

			again.number += v << 20; /* a second one of the kind is another draw */
			visit.arrival_ms = draw_arrival(replay, &again, legs[i]);
			visit.service_ms = draw_hold(replay, &again, legs[i], department, counts);
			if (visit.service_ms < 0)
				return -ENODATA;
			*(i ? &counts->pick_ups : &counts->reworks) += 1;
			r = add(day, &visit);
		}
	}
	return r;
}

static bool in_hours(const struct scenario *layout, int64_t ms)
{
	for (uint32_t i = 0; i < layout->span_count; i++) {
		if (ms >= layout->spans[i].from_min * INT64_C(60000) &&
		    ms < layout->spans[i].to_min * INT64_C(60000))
			return true;
	}
	return false;
}

/* Who filed online would have come then; by night and at weekends, when the hall is open. */
static int add_filing(const struct replay *replay, const struct draw_key *key,
		      const struct past_filing *filing, struct visit_day *day,
		      struct replay_counts *counts)
{
	struct visit visit = {.arrival_ms = filing->filed_ms,
			      .patience_ms = -1,
			      .number = key->number,
			      .item = filing->item,
			      .kind = VISIT_FIRST,
			      .class = CLASS_ORDINARY};

	if (!in_hours(replay->options->layout, filing->filed_ms)) {
		visit.arrival_ms = draw_arrival(replay, key, VISIT_FIRST);
		counts->moved++;
	}
	visit.service_ms = draw_hold(replay, key, VISIT_FIRST, filing->department, counts);
	if (visit.service_ms < 0)
		return -ENODATA;
	counts->restored++;
	return add(day, &visit);
}

static int by_arrival(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;

	if (x->arrival_ms != y->arrival_ms)
		return x->arrival_ms < y->arrival_ms ? -1 : 1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->kind - y->kind;
}

int64_t replay_before_ms(const struct replay *replay, size_t index, const struct visit *visit)
{
	const struct replay_day *of = &replay->days[index];
	const struct replay_visit *logged;

	if (visit->number >= of->end - of->first)
		return 0;
	logged = &replay->visits[of->first + visit->number];
	return kind_of(logged) == visit->kind ? logged->past.before_ms : 0;
}

int replay_make_day(const struct replay *replay, uint64_t seed, size_t index, struct visit_day *day,
		    struct replay_counts *counts)
{
	const struct replay_day *of = &replay->days[index];
	struct draw_key key = {.seed = seed, .day = (uint32_t)index};
	bool reform = replay->options->baseline != NULL;
	int r = 0;

	day->visit_count = 0;
	for (size_t i = of->first; r == 0 && i < of->end; i++, key.number++) {
		const struct replay_visit *logged = &replay->visits[i];

		if (logged->role == REPLAY_ASIDE || (reform && logged->role != REPLAY_FIRST))
			continue;
		r = add_logged(replay, &key, logged, day, counts);
		if (r == 0 && reform)
			r = add_further(replay, &key, logged->item, logged->past.department,
					logged->past.class, day, counts);
	}
	for (size_t i = of->filing_first; r == 0 && reform && i < of->filing_end;
	     i++, key.number++) {
		const struct past_filing *filing = &replay->filings[i];

		r = add_filing(replay, &key, filing, day, counts);
		if (r == 0)
			r = add_further(replay, &key, filing->item, filing->department,
					CLASS_ORDINARY, day, counts);
	}
	if (r < 0)
		return r;
	if (day->visit_count)
		qsort(day->visits, day->visit_count, sizeof(*day->visits), by_arrival);
	counts->visits += (int64_t)day->visit_count;
	return 0;
}
