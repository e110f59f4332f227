/* Durations by whole seconds: sorted bins, and pages of 32 seconds while many are added in any
 * order. Seconds behind a day and a half stay in the sorted bins: few waits are so long, and a page
 * directory for them would be larger than they are. */
#include "src/measure/histogram.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/bytes.h"

enum {
	PAGE_SECONDS = 32,
	PAGED_SECONDS = 1 << 17,
	PAGES = PAGED_SECONDS / PAGE_SECONDS,
	FLAT_BINS = 128, /* more of them, not in order: pages */
};

struct slot {
	uint32_t count, exact;
};

struct page {
	struct slot slots[PAGE_SECONDS];
};

struct histogram_pages {
	struct page *list;
	uint32_t count, capacity;
	uint32_t directory_count;
	uint16_t *directory; /* page of second / 32, from 1; 0 none */
};

static void free_pages(struct histogram *histogram)
{
	if (!histogram->pages)
		return;
	free(histogram->pages->directory);
	free(histogram->pages->list);
	free(histogram->pages);
	histogram->pages = NULL;
}

void histogram_finish(struct histogram *histogram)
{
	free_pages(histogram);
	free(histogram->bins);
	*histogram = (struct histogram){0};
}

/* ---- sorted bins ---- */

static int reserve_bins(struct histogram *histogram, size_t count)
{
	size_t capacity = histogram->capacity ? histogram->capacity : 8;
	struct histogram_bin *bins;

	if (count <= histogram->capacity)
		return 0;
	while (capacity < count)
		capacity *= 2;
	bins = realloc(histogram->bins, capacity * sizeof(*bins));
	if (!bins)
		return -ENOMEM;
	histogram->bins = bins;
	histogram->capacity = capacity;
	return 0;
}

/* The first bin at or behind the second. */
static size_t find_bin(const struct histogram *histogram, uint64_t second)
{
	size_t low = 0, high = histogram->count;

	if (high && histogram->bins[high - 1].second < second)
		return high; /* in rising order */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (histogram->bins[middle].second < second)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int insert_bin(struct histogram *histogram, size_t at, const struct histogram_bin *bin)
{
	int r = reserve_bins(histogram, histogram->count + 1);

	if (r < 0)
		return r;
	memmove(&histogram->bins[at + 1], &histogram->bins[at],
		(histogram->count - at) * sizeof(*bin));
	histogram->bins[at] = *bin;
	histogram->count++;
	return 0;
}

/* ---- pages ---- */

static struct page *find_page(const struct histogram_pages *pages, uint32_t number)
{
	return number < pages->directory_count && pages->directory[number]
		       ? &pages->list[pages->directory[number] - 1]
		       : NULL;
}

static int grow_directory(struct histogram_pages *pages, uint32_t number)
{
	uint32_t count = pages->directory_count ? pages->directory_count : 64;
	uint16_t *directory;

	while (count <= number)
		count *= 2;
	directory = realloc(pages->directory, count * sizeof(*directory));
	if (!directory)
		return -ENOMEM;
	memset(directory + pages->directory_count, 0,
	       (count - pages->directory_count) * sizeof(*directory));
	pages->directory = directory;
	pages->directory_count = count;
	return 0;
}

/* NULL: out of memory. */
static struct page *make_page(struct histogram_pages *pages, uint32_t number)
{
	if (number >= pages->directory_count && grow_directory(pages, number) < 0)
		return NULL;
	if (pages->count == pages->capacity) {
		uint32_t capacity = pages->capacity ? pages->capacity * 2 : 16;
		struct page *list = realloc(pages->list, capacity * sizeof(*list));

		if (!list)
			return NULL;
		pages->list = list;
		pages->capacity = capacity;
	}
	memset(&pages->list[pages->count], 0, sizeof(pages->list[0]));
	pages->directory[number] = (uint16_t)++pages->count;
	return &pages->list[pages->count - 1];
}

static int add_to_page(struct histogram_pages *pages, const struct histogram_bin *bin)
{
	struct page *page = find_page(pages, bin->second / PAGE_SECONDS);
	struct slot *slot;

	if (!page)
		page = make_page(pages, bin->second / PAGE_SECONDS);
	if (!page)
		return -ENOMEM;
	slot = &page->slots[bin->second % PAGE_SECONDS];
	if (bin->count > UINT32_MAX - slot->count)
		return -ERANGE;
	slot->count += bin->count;
	slot->exact += bin->exact;
	return 0;
}

static int open_pages(struct histogram *histogram)
{
	size_t paged = find_bin(histogram, PAGED_SECONDS);
	struct histogram_pages *pages = calloc(1, sizeof(*pages));
	int r = pages ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < paged; i++)
		r = add_to_page(pages, &histogram->bins[i]);
	if (r < 0) {
		struct histogram failed = {.pages = pages};

		free_pages(&failed);
		return r;
	}
	histogram->pages = pages;
	histogram->count -= paged;
	memmove(histogram->bins, histogram->bins + paged,
		histogram->count * sizeof(histogram->bins[0]));
	return 0;
}

/* ---- adding ---- */

static int add_to_bins(struct histogram *histogram, const struct histogram_bin *bin)
{
	size_t at = find_bin(histogram, bin->second);
	bool in_order = at == histogram->count;
	struct histogram_bin *known;
	int r;

	if (in_order || histogram->bins[at].second != bin->second) {
		if (in_order || histogram->count < FLAT_BINS || bin->second >= PAGED_SECONDS)
			return insert_bin(histogram, at, bin);
		r = open_pages(histogram);
		return r < 0 ? r : add_to_page(histogram->pages, bin);
	}
	known = &histogram->bins[at];
	if (bin->count > UINT32_MAX - known->count)
		return -ERANGE;
	known->count += bin->count;
	known->exact += bin->exact;
	return 0;
}

/* count > 0, exact <= count */
static int add_good(struct histogram *histogram, const struct histogram_bin *bin)
{
	int r = histogram->pages && bin->second < PAGED_SECONDS ? add_to_page(histogram->pages, bin)
								: add_to_bins(histogram, bin);

	if (r == 0)
		histogram->total += bin->count;
	return r;
}

int histogram_add(struct histogram *histogram, int64_t ms)
{
	struct histogram_bin bin = {.second = (uint32_t)(ms / 1000), .count = 1};

	assert(ms >= 0);
	if (ms / 1000 > UINT32_MAX)
		return -ERANGE;
	bin.exact = ms % 1000 == 0;
	return add_good(histogram, &bin);
}

int histogram_add_bin(struct histogram *histogram, const struct histogram_bin *bin)
{
	return bin->count && bin->exact <= bin->count ? add_good(histogram, bin) : -EINVAL;
}

/* ---- reading ---- */

/* Of the pages alone. */
static bool find_in_pages(const struct histogram_pages *pages, uint64_t from,
			  struct histogram_bin *ret_bin)
{
	for (uint64_t number = from / PAGE_SECONDS; number < pages->directory_count; number++) {
		const struct page *page = find_page(pages, (uint32_t)number);
		uint64_t first = number * PAGE_SECONDS;

		for (uint64_t i = from > first ? from - first : 0; page && i < PAGE_SECONDS; i++) {
			if (!page->slots[i].count)
				continue;
			*ret_bin = (struct histogram_bin){.second = (uint32_t)(first + i),
							  .count = page->slots[i].count,
							  .exact = page->slots[i].exact};
			return true;
		}
	}
	return false;
}

bool histogram_find(const struct histogram *histogram, uint64_t from, struct histogram_bin *ret_bin)
{
	size_t at;

	if (histogram->pages && find_in_pages(histogram->pages, from, ret_bin))
		return true;
	at = find_bin(histogram, from);
	if (at == histogram->count)
		return false;
	*ret_bin = histogram->bins[at];
	return true;
}

static size_t count_bins(const struct histogram *histogram)
{
	const struct histogram_pages *pages = histogram->pages;
	size_t count = histogram->count;

	for (uint32_t i = 0; pages && i < pages->count; i++)
		for (int k = 0; k < PAGE_SECONDS; k++)
			count += pages->list[i].slots[k].count > 0;
	return count;
}

bool histogram_next(struct histogram_cursor *cursor, struct histogram_bin *ret_bin)
{
	const struct histogram *histogram = cursor->histogram;

	if (histogram->pages && cursor->from < PAGED_SECONDS) {
		if (find_in_pages(histogram->pages, cursor->from, ret_bin)) {
			cursor->from = ret_bin->second + 1ULL;
			return true;
		}
		cursor->from = PAGED_SECONDS; /* the bins are those behind the pages */
	}
	if (cursor->at == histogram->count)
		return false;
	*ret_bin = histogram->bins[cursor->at++];
	return true;
}

int histogram_settle(struct histogram *histogram)
{
	struct histogram settled = {.total = histogram->total};
	struct histogram_cursor cursor = {.histogram = histogram};
	struct histogram_bin bin;

	if (!histogram->pages)
		return 0;
	settled.capacity = count_bins(histogram);
	settled.bins = malloc((settled.capacity ? settled.capacity : 1) * sizeof(bin));
	if (!settled.bins)
		return -ENOMEM;
	while (histogram_next(&cursor, &bin))
		settled.bins[settled.count++] = bin;
	histogram_finish(histogram);
	*histogram = settled;
	return 0;
}

int histogram_merge(struct histogram *histogram, const struct histogram *other)
{
	struct histogram_cursor cursor = {.histogram = other};
	struct histogram_bin bin;
	int r = 0;

	while (r == 0 && histogram_next(&cursor, &bin))
		r = add_good(histogram, &bin);
	return r;
}

int64_t histogram_quantile_s(const struct histogram *histogram, uint32_t numerator,
			     uint32_t denominator)
{
	struct histogram_cursor cursor = {.histogram = histogram};
	struct histogram_bin bin = {0};
	uint64_t total = histogram->total, passed = 0;
	uint64_t rank = total / denominator * numerator +
			(total % denominator * numerator + denominator - 1) / denominator;

	if (!total)
		return -1;
	if (rank > total)
		rank = total;
	do {
		if (!histogram_next(&cursor, &bin))
			break;
		passed += bin.count;
	} while (passed < rank);
	return bin.second;
}

uint64_t histogram_within(const struct histogram *histogram, int64_t limit_s)
{
	struct histogram_cursor cursor = {.histogram = histogram};
	struct histogram_bin bin;
	uint64_t within = 0;

	while (histogram_next(&cursor, &bin) && bin.second <= limit_s)
		within += bin.second < limit_s ? bin.count : bin.exact;
	return within;
}

/* ---- bytes ---- */

enum { CODE_ONE, CODE_ONE_EXACT, CODE_MANY, CODE_MANY_EXACT };

size_t histogram_encoded_max(const struct histogram *histogram)
{
	/* 2^34 and 2^32 take five bytes each */
	return BYTES_NUMBER_MAX + 15 * count_bins(histogram);
}

static size_t encode_bin(const struct histogram_bin *bin, uint64_t from, uint8_t *bytes)
{
	bool one = bin->count == 1;
	uint64_t code = one	     ? (bin->exact ? CODE_ONE_EXACT : CODE_ONE)
			: bin->exact ? CODE_MANY_EXACT
				     : CODE_MANY;
	size_t length = bytes_put_number(bytes, (bin->second - from) << 2 | code);

	if (!one)
		length += bytes_put_number(bytes + length, bin->count);
	if (code == CODE_MANY_EXACT)
		length += bytes_put_number(bytes + length, bin->exact);
	return length;
}

int64_t histogram_encode(const struct histogram *histogram, uint8_t *ret_bytes, size_t size)
{
	struct histogram_cursor cursor = {.histogram = histogram};
	struct histogram_bin bin;
	uint8_t number[3 * BYTES_NUMBER_MAX];
	size_t length = bytes_put_number(number, count_bins(histogram)), at = 0;
	uint64_t from = 0;

	for (;;) {
		if (length > size - at)
			return -ENOSPC;
		memcpy(ret_bytes + at, number, length);
		at += length;
		if (!histogram_next(&cursor, &bin))
			return (int64_t)at;
		length = encode_bin(&bin, from, number);
		from = bin.second + 1ULL;
	}
}

/* Returns the length, 0: none is there. */
static size_t decode_bin(const uint8_t *bytes, size_t size, uint64_t from,
			 struct histogram_bin *ret_bin)
{
	uint64_t step, count = 1, exact = 0;
	size_t length = bytes_get_number(bytes, size, &step), more;

	if (!length || step >> 2 > UINT32_MAX || from + (step >> 2) > UINT32_MAX)
		return 0;
	exact = (step & 3) == CODE_ONE_EXACT;
	if ((step & 3) >= CODE_MANY) {
		more = bytes_get_number(bytes + length, size - length, &count);
		if (!more || count < 2 || count > UINT32_MAX)
			return 0;
		length += more;
	}
	if ((step & 3) == CODE_MANY_EXACT) {
		more = bytes_get_number(bytes + length, size - length, &exact);
		if (!more || !exact || exact > count)
			return 0;
		length += more;
	}
	*ret_bin = (struct histogram_bin){.second = (uint32_t)(from + (step >> 2)),
					  .count = (uint32_t)count,
					  .exact = (uint32_t)exact};
	return length;
}

int64_t histogram_decode(struct histogram *histogram, const uint8_t *bytes, size_t size)
{
	uint64_t bins, from = 0;
	size_t at = bytes_get_number(bytes, size, &bins);

	if (!at || bins > size - at)
		return -EBADMSG;
	for (uint64_t i = 0; i < bins; i++) {
		struct histogram_bin bin;
		size_t length = decode_bin(bytes + at, size - at, from, &bin);
		int r;

		if (!length)
			return -EBADMSG;
		at += length;
		from = bin.second + 1ULL;
		r = histogram ? add_good(histogram, &bin) : 0;
		if (r < 0)
			return r;
	}
	return (int64_t)at;
}
