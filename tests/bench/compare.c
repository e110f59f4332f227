/* How long a comparison takes, and what memory: 60 days against 250 of 8,000 visits each, waits of
 * up to two hours, 700 cells, visits that left, control queues. Prints one line of JSON; times are
 * of the processor, which others may want too.
 *
 *     bench-compare [ROUNDS]        5 by default */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "src/core/random.h"
#include "src/measure/compare.h"
#include "tests/bench/figures.h"

enum { BEFORE = 60, AFTER = 250, VISITS = 8000, LEFT = 400, LONGEST_S = 7200, CELLS = 700 };

static void *must(void *memory)
{
	if (!memory) {
		fprintf(stderr, "bench-compare: out of memory\n");
		exit(2);
	}
	return memory;
}

/* Waits of up to `longest` seconds, the short ones more often. */
static const struct compare_bin *fill_bins(struct random *random, size_t visits, uint32_t longest,
					   size_t *ret_count, int64_t *ret_ms)
{
	static uint32_t counts[LONGEST_S];
	struct compare_bin *bins;
	size_t n = 0;

	memset(counts, 0, sizeof(counts));
	for (size_t i = 0; i < visits; i++) {
		uint32_t second = random_below(random, random_below(random, longest) + 1);

		counts[second]++;
		*ret_ms += 1000 * (int64_t)second + random_below(random, 1000);
	}
	bins = must(calloc(LONGEST_S, sizeof(*bins)));
	for (uint32_t s = 0; s < LONGEST_S; s++) {
		if (counts[s])
			bins[n++] = (struct compare_bin){s, counts[s]};
	}
	*ret_count = n;
	return must(realloc(bins, n * sizeof(*bins)));
}

static const struct compare_cell *fill_cells(struct random *random, const struct compare_day *day)
{
	struct compare_cell *cells = must(calloc(CELLS, sizeof(*cells)));

	for (uint32_t c = 0; c < CELLS; c++) {
		cells[c].cell = c;
		cells[c].n = (uint32_t)day->n / CELLS + random_below(random, 5);
		cells[c].sum_ms = cells[c].n * (day->sum_ms / day->n + random_below(random, 60000));
	}
	return cells;
}

static void fill_side(struct random *random, size_t days, uint32_t longest,
		      struct compare_side *ret)
{
	struct compare_day *list = must(calloc(days, sizeof(*list)));

	for (size_t d = 0; d < days; d++) {
		struct compare_day *day = &list[d];
		int64_t ages_ms = 0;

		day->date = 20250101 + (int64_t)(d / 336 * 10000 + d / 28 % 12 * 100 + d % 28);
		day->n = day->decided = VISITS;
		day->known = fill_bins(random, VISITS, longest, &day->known_count, &day->sum_ms);
		day->ages = fill_bins(random, LEFT, longest, &day->age_count, &ages_ms);
		day->censored = LEFT;
		day->lower_ms = ages_ms;
		day->upper_ms = 2 * ages_ms;
		day->within = VISITS / 2 + random_below(random, 100);
		day->cases = VISITS - random_below(random, 1000);
		day->treated_n = day->control_n = VISITS / 2;
		day->treated_ms = day->sum_ms / 3 + random_below(random, 1000000);
		day->control_ms = day->sum_ms - day->treated_ms;
		day->cells = fill_cells(random, day);
		day->cell_count = CELLS;
	}
	*ret = (struct compare_side){list, days};
}

static int64_t processor_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * (int64_t)1000000 + now.tv_nsec / 1000;
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

int main(int argc, char **argv)
{
	static struct compare_input input = {.seed = 1, .cells = CELLS, .has_control = true};
	static struct compare_result result;
	struct samples samples = {0};
	int rounds = argc > 1 ? atoi(argv[1]) : 5;
	struct random random;
	long base;

	random_begin(&random, 2026, 0);
	fill_side(&random, BEFORE, LONGEST_S, &input.before);
	fill_side(&random, AFTER, LONGEST_S / 2, &input.after);
	base = peak_kib();
	for (int i = 0; i < rounds; i++) {
		int64_t start = processor_us();

		if (compare(&input, &result)) {
			fprintf(stderr, "bench-compare: no comparison\n");
			return 2;
		}
		samples_add(&samples, processor_us() - start);
	}
	printf("{\"before_days\":%d,\"after_days\":%d,\"cells\":%" PRIu32 ",\"reduction\":%.4f,",
	       BEFORE, AFTER, result.standard.cells, compare_reduction(result.mean.log.point));
	samples_print(&samples);
	printf(",\"own_kib\":%ld}\n", peak_kib() - base);
	samples_free(&samples);
	return 0;
}
