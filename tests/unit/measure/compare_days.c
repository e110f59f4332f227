/* Two sides of days in, every figure of compare() out, for compare_days.py: numbers on standard
 * input, `name value` lines on standard output. Days are those of struct compare_day, in its order,
 * the three lists last, each with its length before it; before the days of a side how many they
 * are; first of all seed, cells and has_control. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/measure/compare.h"

static int64_t next(void)
{
	int64_t value;

	if (scanf("%" SCNd64, &value) != 1) {
		fprintf(stderr, "compare-days: a number is missing\n");
		exit(2);
	}
	return value;
}

static void *room(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (!memory)
		exit(2);
	return memory;
}

static const struct compare_bin *read_bins(size_t *ret_count)
{
	struct compare_bin *bins;

	*ret_count = (size_t)next();
	bins = room(*ret_count, sizeof(*bins));
	for (size_t i = 0; i < *ret_count; i++) {
		bins[i].second = (uint32_t)next();
		bins[i].count = (uint32_t)next();
	}
	return bins;
}

static const struct compare_cell *read_cells(size_t *ret_count)
{
	struct compare_cell *cells;

	*ret_count = (size_t)next();
	cells = room(*ret_count, sizeof(*cells));
	for (size_t i = 0; i < *ret_count; i++) {
		cells[i].cell = (uint32_t)next();
		cells[i].n = (uint32_t)next();
		cells[i].sum_ms = next();
	}
	return cells;
}

static void read_day(struct compare_day *day)
{
	int64_t *const numbers[] = {&day->date,	     &day->n,	      &day->sum_ms,
				    &day->within,    &day->decided,   &day->cases,
				    &day->filings,   &day->censored,  &day->lower_ms,
				    &day->upper_ms,  &day->treated_n, &day->treated_ms,
				    &day->control_n, &day->control_ms};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		*numbers[i] = next();
	day->known = read_bins(&day->known_count);
	day->ages = read_bins(&day->age_count);
	day->cells = read_cells(&day->cell_count);
}

static void read_side(struct compare_side *side)
{
	struct compare_day *days;

	side->count = (size_t)next();
	days = room(side->count, sizeof(*days));
	for (size_t d = 0; d < side->count; d++)
		read_day(&days[d]);
	side->days = days;
}

static void free_side(struct compare_side *side)
{
	for (size_t d = 0; d < side->count; d++) {
		free((void *)side->days[d].known);
		free((void *)side->days[d].ages);
		free((void *)side->days[d].cells);
	}
	free((void *)side->days);
}

static void print(const char *figure, const char *name, double value)
{
	printf("%s%s %.17g\n", figure, name, value);
}

static void print_interval(const char *figure, const char *scale,
			   const struct compare_interval *interval)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.%s", figure, scale);
	print(name, ".point", interval->point);
	print(name, ".low", interval->low);
	print(name, ".high", interval->high);
	print(name, ".day_low", interval->day_low);
	print(name, ".day_high", interval->day_high);
	print(name, ".block_low", interval->block_low);
	print(name, ".block_high", interval->block_high);
	print(name, ".day_se", interval->day_se);
	print(name, ".block_se", interval->block_se);
	print(name, ".day_undefined", interval->day_undefined);
	print(name, ".block_undefined", interval->block_undefined);
}

static void print_figure(const char *name, const struct compare_figure *figure)
{
	print(name, ".before", figure->before);
	print(name, ".after", figure->after);
	print(name, ".relative", figure->relative);
	print(name, ".verdict", figure->verdict);
	print_interval(name, "log", &figure->log);
	print_interval(name, "change", &figure->change);
}

static void print_km(const char *name, const struct compare_km *km)
{
	print(name, ".p50", (double)km->p50);
	print(name, ".p50_low", (double)km->p50_low);
	print(name, ".p50_high", (double)km->p50_high);
	print(name, ".p90", (double)km->p90);
	print(name, ".p90_low", (double)km->p90_low);
	print(name, ".p90_high", (double)km->p90_high);
}

static void print_bounds(const struct compare_bounds *bounds)
{
	print("bounds", ".before_lower", bounds->before_lower);
	print("bounds", ".before_upper", bounds->before_upper);
	print("bounds", ".after_lower", bounds->after_lower);
	print("bounds", ".after_upper", bounds->after_upper);
	print("bounds", ".turns", bounds->turns);
}

static void print_did(const struct compare_did *did)
{
	print("did", ".before_days", (double)did->before_days);
	print("did", ".after_days", (double)did->after_days);
	print("did", ".slope", did->slope);
	print("did", ".slope_low", did->slope_low);
	print("did", ".slope_high", did->slope_high);
	print("did", ".verdict", did->verdict);
	print_interval("did", "log", &did->log);
}

int main(void)
{
	struct compare_input input = {0};
	struct compare_result result;
	int r;

	input.seed = (uint64_t)next();
	input.cells = (uint32_t)next();
	input.has_control = next();
	read_side(&input.before);
	read_side(&input.after);
	r = compare(&input, &result);
	if (r) {
		fprintf(stderr, "compare-days: %d\n", r);
		return 1;
	}
	print_figure("mean", &result.mean);
	print_figure("p90", &result.p90);
	print_figure("share", &result.share);
	print_figure("per_case", &result.per_case);
	print_figure("standard", &result.standard.mean);
	print("standard", ".overlap", result.standard.overlap);
	print("standard", ".cells", result.standard.cells);
	print_bounds(&result.bounds);
	print_did(&result.did);
	print_km("before_km", &result.before_km);
	print_km("after_km", &result.after_km);
	free_side(&input.before);
	free_side(&input.after);
	return 0;
}
