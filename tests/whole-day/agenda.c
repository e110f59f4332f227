/* Chance and what people and accidents have planned: a heap of moments. */
#include <math.h>

#include "tests/whole-day/world.h"

static struct agenda_entry heap[WORLD_MAX_AGENDA];
static size_t count;
static uint64_t serial;

/* splitmix64 */
uint64_t chance_u64(void)
{
	uint64_t z = (w.random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int64_t chance_below(int64_t n)
{
	return (int64_t)(chance_u64() % (uint64_t)n);
}

static double unit(void)
{
	return ((double)(chance_u64() >> 11) + 0.5) / 9007199254740992.0;
}

bool chance_of(double p)
{
	return unit() < p;
}

int64_t chance_exp_us(double mean_s)
{
	double s = -mean_s * log(unit());

	return s < 0.001 ? MS : (int64_t)(s * S);
}

static bool before(const struct agenda_entry *a, const struct agenda_entry *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->serial < b->serial;
}

void agenda_at(int64_t at_us, agenda_fn fn, int64_t arg)
{
	struct agenda_entry entry = {at_us, ++serial, fn, arg};
	size_t i = count++;

	if (count > WORLD_MAX_AGENDA)
		wrong("the test's agenda is full");
	for (; i && before(&entry, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = entry;
}

void agenda_in(int64_t delay_us, agenda_fn fn, int64_t arg)
{
	agenda_at(w.now_us + delay_us, fn, arg);
}

int64_t agenda_next_us(void)
{
	return count ? heap[0].at_us : INT64_MAX;
}

static void drop_first(void)
{
	struct agenda_entry last = heap[--count];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < count && before(&heap[child + 1], &heap[child]))
			child++;
		if (child >= count || !before(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
}

void agenda_run(void)
{
	while (count && heap[0].at_us <= w.now_us) {
		struct agenda_entry entry = heap[0];

		drop_first();
		entry.fn(entry.arg);
	}
}

void agenda_clear(void)
{
	count = 0;
}
