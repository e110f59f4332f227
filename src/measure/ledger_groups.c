/* Where a leg counts: in all, at its hour, queue, item and department, and where it was called. */
#include <errno.h>

#include "src/measure/ledger_private.h"

void ledger_forget_groups(struct digest *digest)
{
	day_tally_finish(&digest->day);
	for (int part = PART_HOUR; part < FAMILIES; part++)
		for (uint32_t i = 0; i < digest->families[part].count; i++)
			tally_finish(&digest->families[part].list[i]);
}

/* NULL: out of memory. */
static struct tally *family_get(struct family *family, uint32_t index)
{
	size_t capacity = family->count;
	struct tally *list = list_grow(family->list, &capacity, index, sizeof(*family->list));

	if (!list)
		return NULL;
	family->list = list;
	family->count = (uint32_t)capacity;
	return &list[index];
}

/* The groups in which a leg counts: where it waits, and from `called` on where it was called. */
struct places {
	struct tally *list[FAMILIES + 1];
	int count, called;
};

static int add_place(struct ledger *ledger, struct places *places, enum digest_part part,
		     uint32_t index)
{
	struct tally *tally = family_get(&ledger->digest.families[part], index);

	if (!tally)
		return -ENOMEM;
	places->list[places->count++] = tally;
	return 0;
}

static int find_places(struct ledger *ledger, const struct leg *leg, struct places *ret_places)
{
	const struct visit *visit = &ledger->visits[leg->visit];
	struct places places = {.list = {&ledger->digest.day.all}, .count = 1};
	bool window = leg->window > 0 && leg->window <= CORE_MAX_WINDOW_NUMBER;
	int r = add_place(ledger, &places, PART_HOUR, (uint32_t)visit->hour);

	if (r == 0)
		r = add_place(ledger, &places, PART_QUEUE, leg->queue);
	if (r == 0)
		r = add_place(ledger, &places, PART_ITEM, visit->item);
	if (r == 0)
		r = add_place(ledger, &places, PART_DEPARTMENT, visit->department);
	places.called = places.count;
	if (r == 0 && leg->state == LEG_CALLED && window)
		r = add_place(ledger, &places, PART_WINDOW, (uint32_t)leg->window);
	if (r == 0 && leg->state == LEG_CALLED)
		r = add_place(ledger, &places, PART_CLERK, leg->clerk);
	if (r == 0)
		*ret_places = places;
	return r;
}

int ledger_count(struct ledger *ledger, const struct leg *leg, enum tally_count what)
{
	struct places places = {0};
	int r = find_places(ledger, leg, &places);

	for (int i = 0; i < places.count; i++)
		places.list[i]->counts[what]++;
	return r;
}

int ledger_count_wait(struct ledger *ledger, const struct leg *leg, int64_t wait_ms)
{
	struct places places = {0};
	int r = find_places(ledger, leg, &places);

	for (int i = 0; r == 0 && i < places.count; i++) {
		places.list[i]->counts[COUNT_LEGS] += i >= places.called;
		if (wait_ms < 0)
			places.list[i]->counts[COUNT_EXCLUDED]++;
		else
			r = tally_wait(places.list[i], wait_ms);
	}
	return r;
}

int ledger_end_wait(struct ledger *ledger, struct leg *leg, enum leg_state state)
{
	enum tally_count why = state == LEG_CANCELLED  ? COUNT_CANCELLED
			       : state == LEG_UNCALLED ? COUNT_UNCALLED
						       : COUNT_WAITING;
	struct places places = {0};
	int64_t age_ms = ledger_duration(&leg->start, &ledger->now);
	int r;

	leg->state = state;
	leg->end = ledger->now;
	r = find_places(ledger, leg, &places);
	for (int i = 0; r == 0 && i < places.count; i++)
		r = tally_age(places.list[i], why, age_ms);
	return r;
}
