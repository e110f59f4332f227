/* compare() for a program in another language: sides as numbers on stdin, every figure as JSON on
 * stdout. For compare_days_check.py, which says in what order the numbers come. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/measure/compare.h"

static int64_t number(void)
{
	int64_t value;

	if (scanf("%" SCNd64, &value) != 1) {
		fprintf(stderr, "print_compare: a number is missing\n");
		exit(2);
	}
	return value;
}

static void *room(size_t count, size_t size)
{
	void *room = calloc(count + 1, size);

	if (!room)
		exit(2);
	return room;
}

static const struct compare_bin *bins(size_t *ret_count)
{
	size_t count = (size_t)number();
	struct compare_bin *list = room(count, sizeof(*list));

	for (size_t i = 0; i < count; i++) {
		list[i].second = (uint32_t)number();
		list[i].count = (uint32_t)number();
	}
	*ret_count = count;
	return list;
}

static const struct compare_cell *cells(size_t *ret_count)
{
	size_t count = (size_t)number();
	struct compare_cell *list = room(count, sizeof(*list));

	for (size_t i = 0; i < count; i++) {
		list[i].cell = (uint32_t)number();
		list[i].n = (uint32_t)number();
		list[i].sum_ms = number();
	}
	*ret_count = count;
	return list;
}

static void read_side(struct compare_side *ret)
{
	size_t count = (size_t)number();
	struct compare_day *days = room(count, sizeof(*days));

	for (size_t i = 0; i < count; i++) {
		struct compare_day *day = &days[i];
		int64_t *const fields[] = {
			&day->date,	&day->n,	  &day->sum_ms,	   &day->within,
			&day->decided,	&day->cases,	  &day->filings,   &day->censored,
			&day->lower_ms, &day->upper_ms,	  &day->treated_n, &day->treated_ms,
			&day->control_n, &day->control_ms};

		for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++)
			*fields[f] = number();
		day->known = bins(&day->known_count);
		day->ages = bins(&day->age_count);
		day->cells = cells(&day->cell_count);
	}
	ret->days = days;
	ret->count = count;
}

static void free_side(const struct compare_side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		free((void *)side->days[i].known);
		free((void *)side->days[i].ages);
		free((void *)side->days[i].cells);
	}
	free((void *)side->days);
}

/* A number and the comma behind it; null where it is none. */
static void print(const char *name, double value)
{
	if (isfinite(value))
		printf("\"%s\": %.17g, ", name, value);
	else
		printf("\"%s\": null, ", name);
}

static void print_interval(const char *name, const struct compare_interval *interval)
{
	printf("\"%s\": {", name);
	print("point", interval->point);
	print("low", interval->low);
	print("high", interval->high);
	print("day_low", interval->day_low);
	print("day_high", interval->day_high);
	print("block_low", interval->block_low);
	print("block_high", interval->block_high);
	print("day_se", interval->day_se);
	print("block_se", interval->block_se);
	printf("\"day_undefined\": %u, \"block_undefined\": %u}, ", interval->day_undefined,
	       interval->block_undefined);
}

static void print_figure(const char *name, const struct compare_figure *figure)
{
	printf("\"%s\": {", name);
	print("before", figure->before);
	print("after", figure->after);
	print_interval("log", &figure->log);
	print_interval("change", &figure->change);
	printf("\"relative\": %s, \"verdict\": %d}, ", figure->relative ? "true" : "false",
	       (int)figure->verdict);
}

static void print_km(const char *name, const struct compare_km *km)
{
	printf("\"%s\": [%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64
	       "], ",
	       name, km->p50, km->p50_low, km->p50_high, km->p90, km->p90_low, km->p90_high);
}

static void print_bounds(const struct compare_bounds *bounds)
{
	printf("\"bounds\": {\"before_censored\": %" PRId64 ", \"after_censored\": %" PRId64 ", ",
	       bounds->before_censored, bounds->after_censored);
	print("before_lower", bounds->before_lower);
	print("before_upper", bounds->before_upper);
	print("after_lower", bounds->after_lower);
	print("after_upper", bounds->after_upper);
	print("reduction_lower", bounds->reduction_lower);
	print("reduction_upper", bounds->reduction_upper);
	print("reduction_worst", bounds->reduction_worst);
	printf("\"turns\": %s}, ", bounds->turns ? "true" : "false");
}

static void print_result(const struct compare_result *result)
{
	printf("{\"days\": [%zu, %zu], \"n\": [%" PRId64 ", %" PRId64 "], \"cases\": [%" PRId64
	       ", %" PRId64 "], \"filings\": [%" PRId64 ", %" PRId64 "], ",
	       result->before_days, result->after_days, result->before_n, result->after_n,
	       result->before_cases, result->after_cases, result->before_filings,
	       result->after_filings);
	print_figure("mean", &result->mean);
	print_figure("p90", &result->p90);
	print_figure("share", &result->share);
	print_figure("per_case", &result->per_case);
	print_figure("standard", &result->standard.mean);
	print("overlap", result->standard.overlap);
	printf("\"cells\": %u, ", result->standard.cells);
	print_bounds(&result->bounds);
	printf("\"did\": {\"asked\": %s, \"days\": [%zu, %zu], ",
	       result->did.asked ? "true" : "false", result->did.before_days,
	       result->did.after_days);
	print_interval("log", &result->did.log);
	print("slope", result->did.slope);
	print("slope_low", result->did.slope_low);
	print("slope_high", result->did.slope_high);
	printf("\"verdict\": %d}, ", (int)result->did.verdict);
	print_km("before_km", &result->before_km);
	print_km("after_km", &result->after_km);
	printf("\"end\": 0}\n");
}

int main(void)
{
	struct compare_input input = {0};
	struct compare_result result;
	int r;

	if (scanf("%" SCNx64, &input.seed) != 1)
		return 2;
	input.cells = (uint32_t)number();
	input.has_control = number() != 0;
	read_side(&input.before);
	read_side(&input.after);
	r = compare(&input, &result);
	if (r == 0)
		print_result(&result);
	else
		fprintf(stderr, "print_compare: %d\n", r);
	free_side(&input.before);
	free_side(&input.after);
	return r < 0;
}
