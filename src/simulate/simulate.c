/* Days of a scenario one after the other. */
#include "src/simulate/simulate.h"

#include <errno.h>
#include <stdlib.h>

struct run {
	struct sim_figures *figures;
	int64_t target_ms;
	int error;
};

static void count(void *user, const struct visit *visit, const struct outcome *outcome)
{
	struct run *run = user;
	int r = sim_figures_visit(run->figures, run->target_ms, visit, outcome);

	if (r < 0)
		run->error = r;
}

struct tools {
	struct engine *engine;
	const struct line_ops *ops;
	void *line;
	struct visit_day day;
};

static int run_day(const struct world *world, const struct scenario *scenario,
		   const struct layout *layout, uint64_t seed, uint32_t day, struct tools *tools,
		   struct sim_figures *figures)
{
	struct run run = {.figures = figures, .target_ms = scenario->target_ms};
	int r = world_day(world, seed, day, &tools->day);

	if (r < 0)
		return r;
	r = engine_day(tools->engine, layout, tools->day.visits, tools->day.visit_count, tools->ops,
		       tools->line, count, &run);
	if (r < 0)
		return r;
	figures->days++;
	figures->filings += (int64_t)tools->day.filing_count;
	figures->window_open_ms +=
		(int64_t)(scenario_open_min(scenario) * 60000) * (int64_t)layout->window_count;
	return run.error;
}

int sim_run(const struct world *world, const struct scenario *scenario, const struct layout *layout,
	    uint64_t seed, uint32_t first, uint32_t days, struct sim_figures *figures)
{
	struct tools tools = {.ops = &line_plain_ops};
	struct line_plain *plain = NULL;
	int r = line_plain_suffices(scenario) ? engine_create(&tools.engine) : -ENOTSUP;

	if (r < 0)
		return r;
	r = line_plain_create(&plain);
	tools.line = plain;
	for (uint32_t i = 0; r == 0 && i < days; i++)
		r = run_day(world, scenario, layout, seed, first + i, &tools, figures);
	visit_day_finish(&tools.day);
	line_plain_destroy(plain);
	engine_destroy(tools.engine);
	return r;
}
