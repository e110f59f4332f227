/* The founding example by the world of the coverage benchmark (reform_world.c), which shares no
 * code with src/simulate: what a simulation is to give. Prints one line of JSON.
 *
 *     bench-reform-days DAYS SEED */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/reform_world.h"

enum { LONGEST_S = 200000 };

struct sums {
	int64_t n, ms, within;
	int64_t seconds[LONGEST_S];
};

static void add_day(struct sums *sums, const struct compare_day *day)
{
	sums->n += day->n;
	sums->ms += day->sum_ms;
	sums->within += day->within;
	for (size_t i = 0; i < day->known_count; i++) {
		uint32_t second = day->known[i].second;

		sums->seconds[second < LONGEST_S ? second : LONGEST_S - 1] += day->known[i].count;
	}
	free((void *)day->known);
}

static int64_t p90_s(const struct sums *sums)
{
	int64_t rank = (9 * sums->n + 9) / 10, seen = 0, s = 0;

	while (seen + sums->seconds[s] < rank)
		seen += sums->seconds[s++];
	return s;
}

static void print_side(const char *name, const struct sums *sums)
{
	printf("\"%s\":{\"mean_wait_min\":%.4f,\"p90_wait_min\":%.3f,\"share_within_target\":%.5f}",
	       name, (double)sums->ms / (double)sums->n / 60000, (double)p90_s(sums) / 60,
	       (double)sums->within / (double)sums->n);
}

int main(int argc, char **argv)
{
	static struct sums sides[2];
	struct world world = {{0}, {0}, {0}};
	struct random random;

	if (argc != 3) {
		fprintf(stderr, "bench-reform-days DAYS SEED\n");
		return 2;
	}
	world_begin(&world);
	random_begin(&random, strtoull(argv[2], NULL, 10), 0);
	for (long day = 0; day < atol(argv[1]); day++) {
		double last = 0, factor = world_next_factor(&random, 0, &last), squares;

		for (int side = WORLD_BEFORE; side <= WORLD_AFTER; side++) {
			struct compare_day sum;

			world_day(&world, (enum world_side)side, factor, &random, &sum, &squares);
			add_day(&sides[side], &sum);
		}
	}
	putchar('{');
	print_side("before", &sides[WORLD_BEFORE]);
	putchar(',');
	print_side("after", &sides[WORLD_AFTER]);
	printf("}\n");
	return 0;
}
