/* What simulate.py asks for, one line of JSON each; times are the processor's.
 *
 *     bench-simulate mm8 DAYS SEED                   M/M/8, 30,000 citizens a day, draws included
 *     bench-simulate before|after DAYS SEED          the founding hall, draws included
 *     bench-simulate log FILE before|after DAYS SEED that hall's days as a log */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/simulate/log.h"
#include "tests/unit/simulate/founding.h"
#include "tests/unit/simulate/mm8.h"

static int64_t now_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "bench-simulate: %s\n", what);
	exit(1);
}

/* Of this program alone: what getrusage() says counts the one that started it, too. */
static long peak_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kib = 0;

	if (!file)
		die("no /proc");
	while (!kib && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %ld", &kib) != 1)
			kib = 0;
	fclose(file);
	return kib;
}

static void run_mm8(uint32_t days, uint64_t seed)
{
	int64_t begin = now_us(CLOCK_PROCESS_CPUTIME_ID);
	struct mm8 mm8;

	mm8_begin(&mm8, seed);
	while (mm8.days < days)
		mm8_run_day(&mm8);
	printf("{\"citizens\":%" PRIu64 ",\"us\":%" PRId64
	       ",\"mean_min\":%.5f,\"error_min\":%.5f,\"erlang_min\":%.5f}\n",
	       (uint64_t)days * MM8_DAY, now_us(CLOCK_PROCESS_CPUTIME_ID) - begin,
	       mm8_mean_min(&mm8), mm8_error_min(&mm8), mm8_erlang_min());
	mm8_end(&mm8);
}

static void print_figures(const struct sim_figures *figures, int64_t us, int64_t wall_us)
{
	printf("{\"citizens\":%" PRId64 ",\"us\":%" PRId64 ",\"wall_us\":%" PRId64
	       ",\"peak_kib\":%ld,\"mean_min\":%.5f,\"p90_min\":%.5f,\"share\":%.5f}\n",
	       figures->tickets, us, wall_us, peak_kib(), sim_mean_min(figures),
	       sim_quantile_min(figures, .9), sim_share(figures));
}

static void run_founding(bool after, uint32_t days, uint64_t seed)
{
	struct sim_figures figures = {.days = 0};
	int64_t begin = now_us(CLOCK_PROCESS_CPUTIME_ID), wall = now_us(CLOCK_MONOTONIC);
	struct scenario scenario;
	struct layout *layout;
	struct world *world;

	founding_make(&scenario, after);
	if (layout_create(&layout, &scenario) < 0 || world_create(&world, &scenario) < 0 ||
	    sim_run(world, &scenario, layout, seed, 0, days, &figures) < 0)
		die("the days do not run");
	print_figures(&figures, now_us(CLOCK_PROCESS_CPUTIME_ID) - begin,
		      now_us(CLOCK_MONOTONIC) - wall);
	sim_figures_finish(&figures);
	world_destroy(world);
	layout_destroy(layout);
	scenario_finish(&scenario);
}

static void write_log(const char *path, bool after, uint32_t days, uint64_t seed)
{
	struct sim_figures figures = {.days = 0};
	int64_t begin = now_us(CLOCK_PROCESS_CPUTIME_ID), wall = now_us(CLOCK_MONOTONIC);
	struct scenario scenario;
	struct sim_log_dates dates;
	const struct sim_log log = {
		.scenario = &scenario, .seed = seed, .days = days, .path = path};
	char error[STORE_ERROR_SIZE];

	founding_make(&scenario, after);
	if (sim_log_write(&log, &figures, &dates, error) < 0)
		die(error);
	print_figures(&figures, now_us(CLOCK_PROCESS_CPUTIME_ID) - begin,
		      now_us(CLOCK_MONOTONIC) - wall);
	sim_figures_finish(&figures);
	scenario_finish(&scenario);
}

int main(int argc, char **argv)
{
	bool log = argc == 6 && !strcmp(argv[1], "log");
	const char *what = argv[log ? 3 : 1];
	uint32_t days;
	uint64_t seed;

	if (argc != 4 && !log)
		return 2;
	days = (uint32_t)strtoul(argv[log ? 4 : 2], NULL, 10);
	seed = strtoull(argv[log ? 5 : 3], NULL, 10);
	if (log)
		write_log(argv[2], !strcmp(what, "after"), days, seed);
	else if (!strcmp(what, "mm8"))
		run_mm8(days, seed);
	else
		run_founding(!strcmp(what, "after"), days, seed);
	return 0;
}
