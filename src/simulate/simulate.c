/* Days of a scenario one after the other, by the reduced line or by the real hall. */
#include "src/simulate/simulate.h"

#include <errno.h>
#include <stdlib.h>

#include "src/simulate/line_hall.h"

enum {
	MS_PER_DAY = 86400000,
	FIRST_NUMBER = 20458, /* 2026-01-05; no figure depends on it */
	/* A hall keeps something of each of its days: now and then it is made anew. */
	MAX_HALL_DAYS = 1000
};

struct count {
	struct sim_figures *figures;
	int64_t target_ms;
	int64_t closes_ms; /* who is uncalled then has waited until then at the least */
	int error;
};

static void count(void *user, const struct visit *visit, const struct outcome *outcome)
{
	struct count *all = user;
	struct outcome late = *outcome;
	int r;

	if (late.called_ms < 0 && !late.abandoned && late.left_ms < all->closes_ms)
		late.left_ms = all->closes_ms;
	r = sim_figures_visit(all->figures, all->target_ms, visit, &late);
	if (r < 0)
		all->error = r;
}

int sim_day(const struct sim_tools *tools, const struct scenario *scenario,
	    const struct layout *layout, const struct visit_day *day, struct sim_figures *figures)
{
	struct count all = {.figures = figures,
			    .target_ms = scenario->target_ms,
			    .closes_ms = scenario_closes_ms(scenario)};
	int r = engine_day(tools->engine, layout, day->visits, day->visit_count, tools->ops,
			   tools->line, count, &all);

	if (r < 0 || all.error < 0)
		return r < 0 ? r : all.error;
	figures->days++;
	figures->filings += (int64_t)day->filing_count;
	figures->window_open_ms +=
		(int64_t)(scenario_open_min(scenario) * 60000) * (int64_t)layout->window_count;
	return 0;
}

/* ---- the real hall -------------------------------------------------------------------------- */

struct sim_line {
	const struct scenario *scenario;
	struct sim_tools tools;
	struct line_plain *plain;
	struct line_hall *hall;
	uint32_t hall_days;
	struct line_hall_day date;
};

static int renew_hall(struct sim_line *run)
{
	const struct line_hall_options options = {
		.scenario = run->scenario, .boot = "simulation", .software = "onewindow"};

	line_hall_destroy(run->hall);
	run->hall = NULL;
	run->hall_days = 0;
	run->tools.ops = &line_hall_ops;
	run->date.number = FIRST_NUMBER - 1;
	return line_hall_create(&run->hall, &options);
}

static int64_t days_of(int64_t ms)
{
	return ms / MS_PER_DAY;
}

/* The next day, or the first on which everybody of this one has gone before the doors open. */
static int set_day(struct sim_line *run, uint64_t seed, uint32_t day,
		   const struct visit_day *visits)
{
	int r = 0;

	if (!run->hall || run->hall_days == MAX_HALL_DAYS)
		r = renew_hall(run);
	else if (line_hall_wall_ms(run->hall) >= (run->date.number + 1) * MS_PER_DAY)
		run->date.number = days_of(line_hall_wall_ms(run->hall));
	if (r < 0)
		return r;
	run->hall_days++;
	run->date.number++;
	run->date.midnight_ms = run->date.number * MS_PER_DAY;
	run->date.seed = seed;
	run->date.day = day;
	run->date.filings = visits->filings;
	run->date.filing_count = visits->filing_count;
	run->tools.line = run->hall;
	return line_hall_set_day(run->hall, &run->date);
}

/* ---- days ------------------------------------------------------------------------------------ */

int sim_line_create(struct sim_line **ret_line, const struct scenario *scenario)
{
	struct sim_line *line = calloc(1, sizeof(*line));
	int r;

	if (!line)
		return -ENOMEM;
	line->scenario = scenario;
	r = engine_create(&line->tools.engine);
	if (r == 0 && line_plain_suffices(scenario))
		r = line_plain_create(&line->plain);
	if (r < 0) {
		sim_line_destroy(line);
		return r;
	}
	line->tools.line = line->plain;
	line->tools.ops = &line_plain_ops;
	*ret_line = line;
	return 0;
}

void sim_line_destroy(struct sim_line *line)
{
	if (!line)
		return;
	line_hall_destroy(line->hall);
	line_plain_destroy(line->plain);
	engine_destroy(line->tools.engine);
	free(line);
}

int sim_line_begin_day(struct sim_line *line, uint64_t seed, uint32_t day,
		       const struct visit_day *visits, struct sim_tools *ret_tools)
{
	int r = line->plain ? 0 : set_day(line, seed, day, visits);

	if (r == 0)
		*ret_tools = line->tools;
	return r;
}

const char *sim_line_detail(const struct sim_line *line)
{
	return line->hall ? line_hall_detail(line->hall) : "";
}

int sim_run(const struct world *world, const struct scenario *scenario, const struct layout *layout,
	    uint64_t seed, uint32_t first, uint32_t days, struct sim_figures *figures)
{
	struct sim_line *line = NULL;
	struct sim_tools tools;
	struct visit_day day = {.visit_count = 0};
	int r = sim_line_create(&line, scenario);

	for (uint32_t i = 0; r == 0 && i < days; i++) {
		r = world_day(world, seed, first + i, &day);
		if (r == 0)
			r = sim_line_begin_day(line, seed, first + i, &day, &tools);
		if (r == 0)
			r = sim_day(&tools, scenario, layout, &day, figures);
	}
	visit_day_finish(&day);
	sim_line_destroy(line);
	return r;
}
