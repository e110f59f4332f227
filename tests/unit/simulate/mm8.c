/* Eight equal windows. */
#include "tests/unit/simulate/mm8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WINDOWS = 8 };
#define SERVICE_MS 600000.
#define LOAD	   .9

__attribute__((noreturn)) static void die(void)
{
	fprintf(stderr, "mm8: out of memory\n");
	exit(1);
}

void mm8_begin(struct mm8 *mm8, uint64_t seed)
{
	static uint16_t none = LAYOUT_NONE, first = 0;

	*mm8 = (struct mm8){.seed = seed};
	mm8->layout = calloc(1, sizeof(*mm8->layout));
	mm8->visits = calloc(MM8_DAY, sizeof(*mm8->visits));
	if (!mm8->layout || !mm8->visits || engine_create(&mm8->engine) < 0 ||
	    line_plain_create(&mm8->line) < 0)
		die();
	mm8->layout->window_count = WINDOWS;
	mm8->layout->queue_count = mm8->layout->item_count = 1;
	mm8->layout->item_queue = mm8->layout->item_pick_up_queue = &first;
	mm8->layout->item_skill = &none;
	for (uint32_t w = 0; w < WINDOWS; w++)
		mm8->layout->windows[w].queue_count = 1;
}

void mm8_end(struct mm8 *mm8)
{
	line_plain_destroy(mm8->line);
	engine_destroy(mm8->engine);
	free(mm8->visits);
	free(mm8->layout);
}

static void count(void *user, const struct visit *visit, const struct outcome *outcome)
{
	struct mm8 *mm8 = user;

	if (visit->number < MM8_RUN_IN)
		return;
	mm8->day_count++;
	mm8->day_sum_ms += outcome->called_ms - visit->arrival_ms;
}

void mm8_run_day(struct mm8 *mm8)
{
	struct draw_key key = {.seed = mm8->seed, .day = mm8->days++};
	double arrival_ms = 0, mean;

	for (key.number = 0; key.number < MM8_DAY; key.number++) {
		struct visit *visit = &mm8->visits[key.number];

		arrival_ms += draw_exponential(draw_uniform(&key, 0, DRAW_ARRIVAL),
					       SERVICE_MS / (WINDOWS * LOAD));
		visit->arrival_ms = (int64_t)arrival_ms;
		visit->service_ms =
			llrint(draw_exponential(draw_uniform(&key, 0, DRAW_SERVICE), SERVICE_MS));
		visit->patience_ms = -1;
		visit->number = key.number;
	}
	mm8->day_sum_ms = mm8->day_count = 0;
	if (engine_day(mm8->engine, mm8->layout, mm8->visits, MM8_DAY, &line_plain_ops, mm8->line,
		       count, mm8) < 0)
		die();
	mean = (double)mm8->day_sum_ms / (double)mm8->day_count / 60000;
	mm8->sum_min += mean;
	mm8->sum_squares_min2 += mean * mean;
}

double mm8_mean_min(const struct mm8 *mm8)
{
	return mm8->sum_min / mm8->days;
}

double mm8_error_min(const struct mm8 *mm8)
{
	double mean = mm8_mean_min(mm8);

	return sqrt((mm8->sum_squares_min2 / mm8->days - mean * mean) / (mm8->days - 1));
}

double mm8_erlang_min(void)
{
	const struct erlang_system system = {.servers = WINDOWS,
					     .arrivals = WINDOWS * LOAD * 3600000 / SERVICE_MS,
					     .service = 3600000 / SERVICE_MS};
	struct erlang_figures figures;

	if (erlang_c(&system, &figures) < 0)
		return NAN;
	return erlang_double(&figures.mean_wait_min);
}
