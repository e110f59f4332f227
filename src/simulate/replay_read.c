/* The days that are replayed, and what the baseline's days say of times and rates. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/grow.h"
#include "src/simulate/replay_private.h"

static int add_value(int64_t **list, size_t *count, size_t *capacity, int64_t value)
{
	int64_t *grown = list_grow(*list, capacity, *count, sizeof(**list));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[(*count)++] = value;
	return 0;
}

/* ---- which visit of its case ---- */

static size_t slot_of(const struct replay_cases *cases, uint64_t reference)
{
	size_t slot = (size_t)(reference * UINT64_C(0x9E3779B97F4A7C15)) & (cases->slot_count - 1);

	while (cases->slots[slot] && cases->slots[slot] != reference)
		slot = (slot + 1) & (cases->slot_count - 1);
	return slot;
}

static int make_room(struct replay_cases *cases)
{
	struct replay_cases larger = {.slot_count =
					      cases->slot_count ? 2 * cases->slot_count : 1024,
				      .count = cases->count};

	if (2 * cases->count < cases->slot_count)
		return 0;
	larger.slots = calloc(larger.slot_count, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < cases->slot_count; i++) {
		if (cases->slots[i])
			larger.slots[slot_of(&larger, cases->slots[i])] = cases->slots[i];
	}
	free(cases->slots);
	*cases = larger;
	return 0;
}

/* 1: it is new; 0: it was met before; -ENOMEM. A visit without a reference is a case of its own. */
static int meet(struct replay_cases *cases, uint64_t reference)
{
	size_t slot;
	int r;

	if (!reference)
		return 1;
	r = make_room(cases);
	if (r < 0)
		return r;
	slot = slot_of(cases, reference);
	if (cases->slots[slot])
		return 0;
	cases->slots[slot] = reference;
	cases->count++;
	return 1;
}

static int role_of(struct replay *replay, struct replay_cases *cases,
		   const struct past_visit *visit)
{
	int r;

	if (!visit->works)
		return REPLAY_ASIDE;
	if (past_is_pick_up(&replay->past, visit))
		return REPLAY_PICK_UP;
	r = meet(cases, visit->case_ref);
	return r < 0 ? r : r ? REPLAY_FIRST : REPLAY_REWORK;
}

/* ---- the baseline's days ---- */

static int add_before(struct replay *replay, const struct past_visit *visit, int role)
{
	bool pick_up = role == REPLAY_PICK_UP;
	struct replay_group *groups[] = {
		&replay->groups[2 * visit->department + pick_up],
		&replay->groups[replay->group_count - 2 + pick_up],
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2; i++) {
		if (visit->hold_ms >= 0 && visit->served)
			r = add_value(&groups[i]->before, &groups[i]->before_count,
				      &groups[i]->before_capacity, visit->hold_ms);
		/* rates are of the intake group, whatever the visit was */
		groups[i] -= pick_up;
		groups[i]->cases += role == REPLAY_FIRST;
		groups[i]->reworks += role == REPLAY_REWORK;
		groups[i]->pick_ups += role == REPLAY_PICK_UP;
	}
	return r;
}

static int take_baseline_day(struct replay *replay, const struct past_day *day)
{
	int r = 0;

	replay->baseline_days++;
	for (size_t i = 0; r == 0 && i < day->visit_count; i++) {
		const struct past_visit *visit = &day->visits[i];
		int role = role_of(replay, &replay->baseline_cases, visit);

		if (role < 0)
			return role;
		if (role == REPLAY_ASIDE)
			continue;
		replay->baseline_visits++;
		replay->with_case_before += visit->case_ref != 0 && role != REPLAY_PICK_UP;
		if (visit->wait_ms >= 0) {
			replay->baseline_known++;
			replay->baseline_sum_ms += visit->wait_ms;
		}
		r = add_before(replay, visit, role);
		if (r == 0)
			r = add_value(&replay->arrivals, &replay->arrival_count,
				      &replay->arrival_capacity, visit->arrival_ms);
	}
	return r;
}

/* ---- the days to replay ---- */

static int add_after(struct replay *replay, const struct past_visit *visit, int role)
{
	bool pick_up = role == REPLAY_PICK_UP;
	struct replay_group *groups[] = {
		&replay->groups[2 * visit->department + pick_up],
		&replay->groups[replay->group_count - 2 + pick_up],
	};
	int r = 0;

	if (visit->hold_ms < 0 || !visit->served)
		return 0;
	for (size_t i = 0; r == 0 && i < 2; i++)
		r = add_value(&groups[i]->after, &groups[i]->after_count,
			      &groups[i]->after_capacity, visit->hold_ms);
	return r;
}

static int add_visits(struct replay *replay, const struct past_day *day)
{
	for (size_t i = 0; i < day->visit_count; i++) {
		int role = role_of(replay, &replay->cases, &day->visits[i]), r;
		struct replay_visit *visits;

		if (role < 0)
			return role;
		visits = list_grow(replay->visits, &replay->visit_capacity, replay->visit_count,
				   sizeof(*visits));
		if (!visits)
			return -ENOMEM;
		replay->visits = visits;
		visits[replay->visit_count++] =
			(struct replay_visit){.past = day->visits[i], .role = (uint8_t)role};
		if (role == REPLAY_ASIDE)
			continue;
		replay->with_case_after += day->visits[i].case_ref != 0 && role != REPLAY_PICK_UP;
		r = add_after(replay, &day->visits[i], role);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_filings(struct replay *replay, const struct past_day *day)
{
	for (size_t i = 0; i < day->filing_count; i++) {
		struct past_filing *filings = list_grow(replay->filings, &replay->filing_capacity,
							replay->filing_count, sizeof(*filings));

		if (!filings)
			return -ENOMEM;
		replay->filings = filings;
		filings[replay->filing_count++] = day->filings[i];
	}
	return 0;
}

static int take_replayed_day(struct replay *replay, const struct past_day *day)
{
	struct replay_day *days = list_grow(replay->days, &replay->day_capacity, replay->day_count,
					    sizeof(*days)),
			  *added;
	int r;

	if (!days)
		return -ENOMEM;
	replay->days = days;
	added = &days[replay->day_count++];
	*added = (struct replay_day){.date = day->date,
				     .first = replay->visit_count,
				     .filing_first = replay->filing_count};
	r = add_visits(replay, day);
	if (r == 0)
		r = add_filings(replay, day);
	added->end = replay->visit_count;
	added->filing_end = replay->filing_count;
	return r;
}

static int take_day(void *user, const struct past_day *day)
{
	struct replay *replay = user;

	if (replay->baseline_from && day->date >= replay->baseline_from &&
	    day->date <= replay->baseline_to)
		return take_baseline_day(replay, day);
	if (day->date >= replay->from && (!replay->to || day->date <= replay->to))
		return take_replayed_day(replay, day);
	return 0;
}

/* ---- */

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void sort_values(struct replay *replay)
{
	for (size_t i = 0; i < replay->group_count; i++) {
		struct replay_group *group = &replay->groups[i];

		if (group->before_count)
			qsort(group->before, group->before_count, sizeof(int64_t), by_value);
		if (group->after_count)
			qsort(group->after, group->after_count, sizeof(int64_t), by_value);
	}
}

int replay_read(struct replay *replay, struct store_reader *reader)
{
	int r = past_read(reader, 0, 0, &replay->past, NULL, NULL);
	int64_t none;

	if (r < 0)
		return r;
	/* Whatever a day may name that no definition did belongs to the nameless department. */
	none = names_get(&replay->past.departments, "");
	if (none < 0)
		return (int)none;
	replay->group_count = 2 * (size_t)replay->past.departments.count + 2;
	replay->groups = calloc(replay->group_count, sizeof(*replay->groups));
	if (!replay->groups)
		return -ENOMEM;
	r = past_read(reader, 0, 0, &replay->past, take_day, replay);
	if (r < 0)
		return r;
	sort_values(replay);
	return 0;
}

const struct replay_group *replay_group(const struct replay *replay, uint32_t department,
					bool pick_up, bool both, bool *ret_merged)
{
	const struct replay_group *group = &replay->groups[2 * department + pick_up];
	bool enough = replay->options->baseline
			      ? group->before_count >= REPLAY_MIN_VALUES &&
					(!both || group->after_count >= REPLAY_MIN_VALUES)
			      : group->after_count >= REPLAY_MIN_VALUES;

	*ret_merged = !enough;
	return enough ? group : &replay->groups[replay->group_count - 2 + pick_up];
}
