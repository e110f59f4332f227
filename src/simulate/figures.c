/* What came out of simulated days, in the figures of docs/measurement.md: per visit, waits in whole
 * seconds for the quantiles, raw milliseconds for all else. */
#include "src/simulate/simulate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Waits beyond three days are counted by the hour, up to sixteen years: only a hall that drowns has
 * such, and it must not take the memory with it. */
enum { SECONDS = 1 << 18, PLACES = 2 * SECONDS, HOUR = 3600 };

static size_t place_of(int64_t second)
{
	int64_t place = second < SECONDS ? second : SECONDS + (second - SECONDS) / HOUR;

	return (size_t)(place < PLACES ? place : PLACES - 1);
}

static int64_t second_of(uint32_t place)
{
	return place < SECONDS ? place : SECONDS + (int64_t)(place - SECONDS) * HOUR;
}

void sim_figures_finish(struct sim_figures *figures)
{
	free(figures->seconds);
	memset(figures, 0, sizeof(*figures));
}

static int make_room(struct sim_figures *figures, size_t count)
{
	size_t wanted = figures->second_count ? figures->second_count : 1024;
	uint32_t *seconds;

	if (count <= figures->second_count)
		return 0;
	while (wanted < count)
		wanted *= 2;
	if (wanted > UINT32_MAX)
		return -ENOMEM;
	seconds = realloc(figures->seconds, wanted * sizeof(*seconds));
	if (!seconds)
		return -ENOMEM;
	memset(seconds + figures->second_count, 0,
	       (wanted - figures->second_count) * sizeof(*seconds));
	figures->seconds = seconds;
	figures->second_count = (uint32_t)wanted;
	return 0;
}

static int add_called(struct sim_figures *figures, int64_t target_ms, const struct visit *visit,
		      int64_t wait_ms)
{
	size_t second = place_of(wait_ms / 1000);
	int r;

	if (second >= figures->second_count) {
		r = make_room(figures, second + 1);
		if (r < 0)
			return r;
	}
	figures->seconds[second]++;
	figures->called++;
	figures->decided++;
	figures->within += wait_ms <= target_ms;
	figures->wait_sum_ms += wait_ms;
	if (wait_ms > figures->wait_max_ms)
		figures->wait_max_ms = wait_ms;
	if (visit->no_show)
		figures->no_shows++;
	else
		figures->busy_ms += visit->service_ms;
	return 0;
}

int sim_figures_visit(struct sim_figures *figures, int64_t target_ms, const struct visit *visit,
		      const struct outcome *outcome)
{
	int r;

	if (outcome->called_ms >= 0) {
		r = add_called(figures, target_ms, visit, outcome->called_ms - visit->arrival_ms);
		if (r < 0)
			return r;
	} else {
		figures->decided += outcome->left_ms - visit->arrival_ms > target_ms;
		if (outcome->abandoned)
			figures->abandoned++;
		else
			figures->uncalled++;
	}
	figures->tickets++;
	return 0;
}

int sim_figures_add(struct sim_figures *figures, const struct sim_figures *other)
{
	int r = make_room(figures, other->second_count);

	if (r < 0)
		return r;
	figures->days += other->days;
	figures->tickets += other->tickets;
	figures->called += other->called;
	figures->abandoned += other->abandoned;
	figures->uncalled += other->uncalled;
	figures->no_shows += other->no_shows;
	figures->filings += other->filings;
	figures->wait_sum_ms += other->wait_sum_ms;
	if (other->wait_max_ms > figures->wait_max_ms)
		figures->wait_max_ms = other->wait_max_ms;
	figures->busy_ms += other->busy_ms;
	figures->window_open_ms += other->window_open_ms;
	figures->within += other->within;
	figures->decided += other->decided;
	for (uint32_t i = 0; i < other->second_count; i++)
		figures->seconds[i] += other->seconds[i];
	return 0;
}

static double ratio(int64_t part, int64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

double sim_mean_min(const struct sim_figures *figures)
{
	return ratio(figures->wait_sum_ms, figures->called) / 60000;
}

double sim_quantile_min(const struct sim_figures *figures, double p)
{
	/* The smallest rank at or above p n; a product like .9 * 10 may be a hair above 9. */
	double wanted = p * (double)figures->called - 1e-9;
	int64_t seen = 0;

	for (uint32_t i = 0; i < figures->second_count; i++) {
		seen += figures->seconds[i];
		if (seen && (double)seen >= wanted)
			return (double)second_of(i) / 60.0;
	}
	return 0;
}

double sim_share(const struct sim_figures *figures)
{
	return ratio(figures->within, figures->decided);
}

double sim_abandon_rate(const struct sim_figures *figures)
{
	return ratio(figures->abandoned, figures->called + figures->abandoned + figures->uncalled);
}

double sim_utilisation(const struct sim_figures *figures)
{
	return ratio(figures->busy_ms, figures->window_open_ms);
}
