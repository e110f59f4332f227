/* Kaplan-Meier quantiles of a side, with bands from resampled days (E. L. Kaplan and P. Meier,
 * "Nonparametric estimation from incomplete observations", JASA 53 (1958)). Days, not visits, are
 * resampled, for the same reason as everywhere: visits of a day wait for the same windows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/core/random.h"
#include "src/measure/compare_private.h"

static const double same = 1e-12;

enum { LOW_RANK = 5, HIGH_RANK = 195 }; /* of 199: 2.5% and 97.5% */

/* So many of a day at one second. */
struct entry {
	uint32_t second, day, count;
};

/* Calls and censorings of all days, each in the order of seconds. */
struct survival {
	struct entry *calls, *leavings;
	size_t call_count, leaving_count, days;
	uint64_t *totals;  /* of each day, both kinds */
	uint32_t *weights; /* scratch: how often each day is in the sample */
};

struct quantiles {
	int64_t p50, p90;
};

/* ---- in the order of seconds ---------------------------------------------------------------- */

/* Two runs become one; the days' bins are sorted already. */
static void merge(const struct entry *a, size_t a_count, const struct entry *b, size_t b_count,
		  struct entry *ret)
{
	while (a_count || b_count) {
		if (!b_count || (a_count && a->second <= b->second)) {
			*ret++ = *a++;
			a_count--;
		} else {
			*ret++ = *b++;
			b_count--;
		}
	}
}

/* Sorts entries that are runs of the lengths of `ends`' steps. Halves both. */
static void merge_runs(struct entry *entries, const size_t *ends, size_t runs,
		       struct entry *scratch)
{
	size_t half = runs / 2, begin = ends[0], middle = ends[half], end = ends[runs];

	if (runs < 2)
		return;
	merge_runs(entries, ends, half, scratch);
	merge_runs(entries, ends + half, runs - half, scratch);
	memcpy(scratch, &entries[begin], (end - begin) * sizeof(*scratch));
	merge(scratch, middle - begin, scratch + (middle - begin), end - middle, &entries[begin]);
}

static int gather(const struct compare_side *side, bool ages, struct entry **ret_entries,
		  size_t *ret_count)
{
	size_t *ends = calloc(side->count + 1, sizeof(*ends)), n = 0;
	struct entry *entries, *scratch;

	for (size_t d = 0; d < side->count; d++)
		n += ages ? side->days[d].age_count : side->days[d].known_count;
	entries = calloc(n + 1, sizeof(*entries));
	scratch = calloc(n + 1, sizeof(*scratch));
	if (!ends || !entries || !scratch) {
		free(ends);
		free(entries);
		free(scratch);
		return -ENOMEM;
	}
	n = 0;
	for (size_t d = 0; d < side->count; d++) {
		const struct compare_day *day = &side->days[d];
		const struct compare_bin *bins = ages ? day->ages : day->known;

		for (size_t i = 0; i < (ages ? day->age_count : day->known_count); i++)
			entries[n++] = (struct entry){bins[i].second, (uint32_t)d, bins[i].count};
		ends[d + 1] = n;
	}
	merge_runs(entries, ends, side->count, scratch);
	free(ends);
	free(scratch);
	*ret_entries = entries;
	*ret_count = n;
	return 0;
}

static void finish(struct survival *survival)
{
	free(survival->calls);
	free(survival->leavings);
	free(survival->totals);
	free(survival->weights);
}

static int begin(const struct compare_side *side, struct survival *ret)
{
	int r = gather(side, false, &ret->calls, &ret->call_count);

	if (!r)
		r = gather(side, true, &ret->leavings, &ret->leaving_count);
	ret->days = side->count;
	ret->totals = calloc(side->count + 1, sizeof(*ret->totals));
	ret->weights = calloc(side->count + 1, sizeof(*ret->weights));
	if (r || !ret->totals || !ret->weights)
		return -ENOMEM;
	for (size_t d = 0; d < side->count; d++)
		ret->totals[d] = (uint64_t)side->days[d].n + (uint64_t)side->days[d].censored;
	return 0;
}

/* ---- the curve ------------------------------------------------------------------------------ */

static uint64_t add_all(const struct survival *survival)
{
	uint64_t sum = 0;

	for (size_t d = 0; d < survival->days; d++)
		sum += survival->weights[d] * survival->totals[d];
	return sum;
}

/* Calls of the second at *at, and past it. */
static uint64_t take_second(const struct survival *survival, size_t *at)
{
	uint32_t second = survival->calls[*at].second;
	uint64_t calls = 0;

	for (; *at < survival->call_count && survival->calls[*at].second == second; ++*at)
		calls += (uint64_t)survival->weights[survival->calls[*at].day] *
			 survival->calls[*at].count;
	return calls;
}

/* Those who left before a second are no longer at risk in it. */
static uint64_t take_leavings(const struct survival *survival, uint32_t second, size_t *at)
{
	uint64_t left = 0;

	for (; *at < survival->leaving_count && survival->leavings[*at].second < second; ++*at)
		left += (uint64_t)survival->weights[survival->leavings[*at].day] *
			survival->leavings[*at].count;
	return left;
}

static struct quantiles follow(const struct survival *survival)
{
	struct quantiles found = {COMPARE_KM_NEVER, COMPARE_KM_NEVER};
	uint64_t risk = add_all(survival);
	size_t left = 0;
	double s = 1;

	for (size_t i = 0; i < survival->call_count && found.p90 < 0;) {
		uint32_t second = survival->calls[i].second;
		uint64_t calls;

		risk -= take_leavings(survival, second, &left);
		calls = take_second(survival, &i);
		if (!calls)
			continue;
		s *= 1 - (double)calls / (double)risk;
		risk -= calls;
		if (found.p50 < 0 && s <= 1 - .5 + same)
			found.p50 = second;
		if (s <= 1 - .9 + same)
			found.p90 = second;
	}
	return found;
}

/* ---- bands ---------------------------------------------------------------------------------- */

static struct quantiles follow_resample(struct survival *survival, struct random *random)
{
	memset(survival->weights, 0, survival->days * sizeof(*survival->weights));
	for (size_t i = 0; i < survival->days; i++)
		survival->weights[random_below(random, (uint32_t)survival->days)]++;
	return follow(survival);
}

/* What was never reached lies above all else. */
static int by_time(const void *a, const void *b)
{
	uint64_t x = (uint64_t) * (const int64_t *)a, y = (uint64_t) * (const int64_t *)b;

	return (x > y) - (x < y);
}
_Static_assert((uint64_t)COMPARE_KM_NEVER == UINT64_MAX, "by_time() sorts it last");

static void set_band(int64_t *quantiles, int64_t *ret_low, int64_t *ret_high)
{
	qsort(quantiles, COMPARE_KM_RESAMPLES, sizeof(*quantiles), by_time);
	*ret_low = quantiles[LOW_RANK - 1];
	*ret_high = quantiles[HIGH_RANK - 1];
}

static void find_point(struct survival *survival, struct compare_km *ret)
{
	struct quantiles found;

	for (size_t d = 0; d < survival->days; d++)
		survival->weights[d] = 1;
	found = follow(survival);
	*ret = (struct compare_km){found.p50, COMPARE_KM_NO_BAND, COMPARE_KM_NO_BAND,
				   found.p90, COMPARE_KM_NO_BAND, COMPARE_KM_NO_BAND};
}

static void find_bands(const struct compare_work *work, struct survival sides[2],
		       struct compare_km *ret[2])
{
	int64_t p50[2][COMPARE_KM_RESAMPLES], p90[2][COMPARE_KM_RESAMPLES];
	struct random random;

	random_begin(&random, work->input->seed, STREAM_DAYS);
	for (int i = 0; i < COMPARE_KM_RESAMPLES; i++) {
		for (int side = 0; side < 2; side++) {
			struct quantiles found = follow_resample(&sides[side], &random);

			p50[side][i] = found.p50;
			p90[side][i] = found.p90;
		}
	}
	for (int side = 0; side < 2; side++) {
		set_band(p50[side], &ret[side]->p50_low, &ret[side]->p50_high);
		set_band(p90[side], &ret[side]->p90_low, &ret[side]->p90_high);
	}
}

int compare_survival(struct compare_work *work)
{
	struct compare_km *ret[2] = {&work->result->before_km, &work->result->after_km};
	struct survival sides[2] = {{0}};
	int r = begin(&work->input->before, &sides[0]);

	if (!r)
		r = begin(&work->input->after, &sides[1]);
	if (!r) {
		find_point(&sides[0], ret[0]);
		find_point(&sides[1], ret[1]);
		if (work->enough)
			find_bands(work, sides, ret);
	}
	finish(&sides[0]);
	finish(&sides[1]);
	return r;
}
