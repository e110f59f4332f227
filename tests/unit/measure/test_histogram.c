/* Histograms: against a sorted list of the same durations, in orders that fill bins and pages; the
 * bytes by hand, and damaged ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/measure/histogram.h"

enum { MOST = 20000 };

struct world {
	const char *name;
	size_t count;
	uint64_t range_ms;
	uint64_t unit_ms;
	bool rising;
};

static const struct world worlds[] = {
	{"none", 0, 1, 1, false},
	{"one", 1, 900000, 1, false},
	{"a clerk's day", 60, 3600000, 1, false},
	{"one more than bins hold", 200, 100000000, 1, false},
	{"a year", MOST, 7200000, 1, false},
	{"whole seconds", MOST, 7200000, 1000, false},
	{"in rising order", MOST, 7200000, 1, true},
	{"around the pages' end", MOST, 2 * 131072000ULL, 500, false},
	{"decades", 3000, 1500000000000ULL, 1, false},
	{"all in one second", MOST, 1000, 1, false},
};

static int64_t durations[MOST];

static uint64_t dice;

static uint64_t throw_dice(void)
{
	dice += 0x9e3779b97f4a7c15ULL;
	return (dice ^ dice >> 31) * 0xbf58476d1ce4e5b9ULL >> 17;
}

static int compare_durations(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void fill(const struct world *world, struct histogram *histogram)
{
	for (size_t i = 0; i < world->count; i++)
		durations[i] = (int64_t)(throw_dice() % (world->range_ms / world->unit_ms) *
					 world->unit_ms);
	if (world->rising)
		qsort(durations, world->count, sizeof(durations[0]), compare_durations);
	for (size_t i = 0; i < world->count; i++)
		assert_int_equal(histogram_add(histogram, durations[i]), 0);
	qsort(durations, world->count, sizeof(durations[0]), compare_durations);
}

/* Of the sorted durations. */
static int64_t nearest_rank_s(size_t count, uint32_t numerator, uint32_t denominator)
{
	size_t rank = (count * numerator + denominator - 1) / denominator;

	if (!count)
		return -1;
	rank = rank < 1 ? 1 : rank > count ? count : rank;
	return durations[rank - 1] / 1000;
}

static void expect_same(const struct histogram *histogram, size_t count)
{
	static const uint32_t ranks[][2] = {{0, 1},  {1, 2},   {9, 10},	    {19, 20},
					    {1, 1},  {2, 1},   {1, 100000}, {99999, 100000},
					    {1, 10}, {90, 100}};
	struct histogram_bin bin;
	uint64_t total = 0;
	size_t i = 0;

	assert_int_equal(histogram->total, count);
	for (uint64_t from = 0; histogram_find(histogram, from, &bin); from = bin.second + 1ULL) {
		assert_true(bin.second >= from && bin.count && bin.exact <= bin.count);
		for (uint32_t k = 0, exact = 0; k < bin.count; k++, i++) {
			assert_int_equal(durations[i] / 1000, bin.second);
			exact += durations[i] % 1000 == 0;
			assert_true(exact <= bin.exact);
			if (k == bin.count - 1)
				assert_int_equal(exact, bin.exact);
		}
		total += bin.count;
	}
	assert_int_equal(total, count);
	for (size_t k = 0; k < sizeof(ranks) / sizeof(ranks[0]); k++)
		assert_int_equal(histogram_quantile_s(histogram, ranks[k][0], ranks[k][1]),
				 nearest_rank_s(count, ranks[k][0], ranks[k][1]));
	for (size_t k = 0; k < 50; k++) {
		int64_t limit_s = count ? durations[throw_dice() % count] / 1000 : 900;
		uint64_t within = 0;

		for (i = 0; i < count; i++)
			within += durations[i] <= limit_s * 1000;
		assert_int_equal(histogram_within(histogram, limit_s), within);
	}
	assert_int_equal(histogram_within(histogram, -1), 0);
}

static void against_a_sorted_list(void **state)
{
	(void)state;
	for (size_t w = 0; w < sizeof(worlds) / sizeof(worlds[0]); w++) {
		struct histogram histogram = {0};

		dice = w;
		fill(&worlds[w], &histogram);
		expect_same(&histogram, worlds[w].count);
		assert_int_equal(histogram_settle(&histogram), 0);
		assert_null(histogram.pages);
		for (size_t i = 1; i < histogram.count; i++)
			assert_true(histogram.bins[i].second > histogram.bins[i - 1].second);
		expect_same(&histogram, worlds[w].count);
		histogram_finish(&histogram);
	}
}

/* Parts add up to the whole, whichever way: by merging, by bytes, after settling. */
static void parts_add_up(void **state)
{
	static uint8_t bytes[16 * MOST];

	(void)state;
	for (size_t w = 0; w < sizeof(worlds) / sizeof(worlds[0]); w++) {
		struct histogram whole = {0}, parts[7] = {0}, merged = {0}, decoded = {0};

		dice = 100 + w;
		fill(&worlds[w], &whole);
		for (size_t i = 0; i < worlds[w].count; i++)
			assert_int_equal(histogram_add(&parts[throw_dice() % 7], durations[i]), 0);
		for (size_t p = 0; p < 7; p++) {
			int64_t length = histogram_encode(&parts[p], bytes, sizeof(bytes));

			assert_in_range(length, 1, histogram_encoded_max(&parts[p]));
			assert_int_equal(histogram_decode(&decoded, bytes, (size_t)length), length);
			assert_int_equal(histogram_decode(NULL, bytes, sizeof(bytes)), length);
			if (p % 2)
				assert_int_equal(histogram_settle(&parts[p]), 0);
			if (p == 5)
				assert_int_equal(histogram_settle(&merged), 0);
			assert_int_equal(histogram_merge(&merged, &parts[p]), 0);
			histogram_finish(&parts[p]);
		}
		expect_same(&merged, worlds[w].count);
		expect_same(&decoded, worlds[w].count);
		histogram_finish(&merged);
		histogram_finish(&decoded);
		histogram_finish(&whole);
	}
}

/* 0 s: one, exact. 2 s: one. 902 s: three, two of them exact. 903 s: 200, none exact. */
static const uint8_t by_hand[] = {4,	1,    0x04, /* 899 * 4 + 3 = 3599 */ 0x8f, 0x1c, 3, 2,
				  0x02, 0xc8, 0x01};

static void bytes_by_hand(void **state)
{
	struct histogram histogram = {0};
	uint8_t bytes[64];

	(void)state;
	assert_int_equal(histogram_add(&histogram, 902001), 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(histogram_add(&histogram, 903999), 0);
	assert_int_equal(histogram_add(&histogram, 902000), 0);
	assert_int_equal(histogram_add(&histogram, 2999), 0);
	assert_int_equal(histogram_add(&histogram, 902000), 0);
	assert_int_equal(histogram_add(&histogram, 0), 0);
	assert_int_equal(histogram_encode(&histogram, bytes, sizeof(bytes)), sizeof(by_hand));
	assert_memory_equal(bytes, by_hand, sizeof(by_hand));
	for (size_t size = 0; size < sizeof(by_hand); size++)
		assert_int_equal(histogram_encode(&histogram, bytes, size), -ENOSPC);
	assert_int_equal(histogram_within(&histogram, 902), 4);
	assert_int_equal(histogram_within(&histogram, 903), 5);
	assert_int_equal(histogram_within(&histogram, 904), 205);
	histogram_finish(&histogram);
}

static void damaged_bytes(void **state)
{
	static const struct {
		size_t size;
		uint8_t bytes[16];
	} bad[] = {
		{0, {0}},
		{1, {1}},				   /* no bin */
		{1, {0x80}},				   /* a number without its end */
		{3, {0x81, 0x00, 0x00}},		   /* not the shortest form */
		{2, {1, 2}},				   /* no count */
		{3, {1, 2, 0}},				   /* a count of none */
		{3, {1, 2, 1}},				   /* of one, which has its own code */
		{3, {1, 3, 2}},				   /* no exact ones */
		{4, {1, 3, 2, 0}},			   /* none exact, which has its own code */
		{4, {1, 3, 2, 3}},			   /* more exact than there are */
		{6, {1, 0x80, 0x80, 0x80, 0x80, 0x40}},	   /* second 2^32 */
		{8, {1, 2, 0x80, 0x80, 0x80, 0x80, 0x10}}, /* 2^32 of them */
		{7, {2, 0xfc, 0xff, 0xff, 0xff, 0x3f, 0}}, /* the second behind 2^32 - 1 */
		{10, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
	};
	struct histogram histogram = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(histogram_decode(&histogram, bad[i].bytes, bad[i].size), -EBADMSG);
	for (size_t size = 0; size < sizeof(by_hand); size++)
		assert_int_equal(histogram_decode(&histogram, by_hand, size), -EBADMSG);
	histogram_finish(&histogram);
}

/* Any bytes: refused, or the encoding of what they hold. */
static void random_bytes(void **state)
{
	uint8_t bytes[48], again[48];
	int good = 0;

	(void)state;
	dice = 7;
	for (int run = 0; run < 200000; run++) {
		struct histogram histogram = {0};
		int64_t length;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(throw_dice() % (run % 2 ? 256 : 8));
		length = histogram_decode(&histogram, bytes, sizeof(bytes));
		if (length > 0) {
			good++;
			assert_int_equal(histogram_encode(&histogram, again, sizeof(again)),
					 length);
			assert_memory_equal(bytes, again, (size_t)length);
		} else {
			assert_int_equal(length, -EBADMSG);
		}
		histogram_finish(&histogram);
	}
	assert_in_range(good, 1000, 199000);
}

static void out_of_range(void **state)
{
	const struct histogram_bin full = {.second = 5, .count = UINT32_MAX};
	const struct histogram_bin one = {.second = 5, .count = 1};
	struct histogram histogram = {0};

	(void)state;
	assert_int_equal(histogram_add(&histogram, (int64_t)UINT32_MAX * 1000 + 1000), -ERANGE);
	assert_int_equal(histogram_add(&histogram, (int64_t)UINT32_MAX * 1000 + 999), 0);
	assert_int_equal(histogram_add_bin(&histogram, &(struct histogram_bin){.second = 1}),
			 -EINVAL);
	assert_int_equal(histogram_add_bin(&histogram,
					   &(struct histogram_bin){.count = 1, .exact = 2}),
			 -EINVAL);
	assert_int_equal(histogram_add_bin(&histogram, &full), 0);
	assert_int_equal(histogram_add_bin(&histogram, &one), -ERANGE);
	assert_int_equal(histogram.total, UINT32_MAX + 1ULL);
	for (int64_t second = 1000; second > 0; second--)
		if (second != 5)
			assert_int_equal(histogram_add(&histogram, second * 1000), 0);
	assert_non_null(histogram.pages);
	assert_int_equal(histogram_add_bin(&histogram, &one), -ERANGE);
	assert_int_equal(histogram_quantile_s(&histogram, 1, 1), UINT32_MAX);
	histogram_finish(&histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_a_sorted_list), cmocka_unit_test(parts_add_up),
		cmocka_unit_test(bytes_by_hand),	 cmocka_unit_test(damaged_bytes),
		cmocka_unit_test(random_bytes),		 cmocka_unit_test(out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
