/* Days of a scenario one after the other, and what came out: the figures of docs/measurement.md,
 * per visit. */
#pragma once

#include "src/simulate/engine.h"

/* Added up over days; memory does not grow with them. */
struct sim_figures {
	uint32_t days;
	int64_t tickets, called, abandoned, uncalled, no_shows, filings;
	int64_t wait_sum_ms, wait_max_ms, busy_ms, window_open_ms;
	int64_t within, decided; /* share within target = within / decided */
	uint32_t *seconds;	 /* called by whole seconds waited */
	uint32_t second_count;
};
void sim_figures_finish(struct sim_figures *figures);
/* -ENOMEM. */
__attribute__((warn_unused_result)) int sim_figures_add(struct sim_figures *figures,
							const struct sim_figures *other);
double sim_mean_min(const struct sim_figures *figures); /* 0 if nobody was called */
/* Nearest rank, whole seconds, as minutes; whole hours beyond three days. */
double sim_quantile_min(const struct sim_figures *figures, double p);
double sim_share(const struct sim_figures *figures);
double sim_abandon_rate(const struct sim_figures *figures);
/* Busy / (windows x opening minutes): over 1 if services go on after closing. */
double sim_utilisation(const struct sim_figures *figures);

/* One outcome into the figures, to be used by others who run the engine. -ENOMEM. */
__attribute__((warn_unused_result)) int sim_figures_visit(struct sim_figures *figures,
							  int64_t target_ms,
							  const struct visit *visit,
							  const struct outcome *outcome);

/* What a day is run with; engine and line may be used day after day. */
struct sim_tools {
	struct engine *engine;
	const struct line_ops *ops;
	void *line;
};
/* One day, added to *figures. Errors of the line; -ENOMEM. */
__attribute__((warn_unused_result)) int
sim_day(const struct sim_tools *tools, const struct scenario *scenario, const struct layout *layout,
	const struct visit_day *day, struct sim_figures *figures);

/* The line of a scenario's days, one after the other: the plain one if it suffices, else the
 * hall's. */
struct sim_line;
/* The scenario must live as long. -ENOMEM. */
__attribute__((warn_unused_result)) int sim_line_create(struct sim_line **ret_line,
							const struct scenario *scenario);
void sim_line_destroy(struct sim_line *line);
/* What the next day is run with; its visits must stay. Errors of the hall, -ENOMEM. */
__attribute__((warn_unused_result)) int sim_line_begin_day(struct sim_line *line, uint64_t seed,
							   uint32_t day,
							   const struct visit_day *visits,
							   struct sim_tools *ret_tools);
/* Why the last -EPERM, as line_hall_detail(); "". */
const char *sim_line_detail(const struct sim_line *line);

/* Days first to first + days - 1 of the seed in the layout, added to *figures, by the plain line if
 * it suffices, else by the hall. -ENOMEM, -E2BIG; -EPERM: the hall refuses what the scenario asks.
 */
__attribute__((warn_unused_result)) int
sim_run(const struct world *world, const struct scenario *scenario, const struct layout *layout,
	uint64_t seed, uint32_t first, uint32_t days, struct sim_figures *figures);

/* Work in pieces on all processors, at most so many at once (0: as many as there are processors).
 * fn(user, i) for 0 <= i < count, each once, in any order and thread; the first error ends the rest
 * and is returned. */
typedef int (*sim_piece_fn)(void *user, size_t piece);
__attribute__((warn_unused_result)) int sim_parallel(size_t count, unsigned threads,
						     sim_piece_fn fn, void *user);
