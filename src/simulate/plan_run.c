/* Days of several seeds in several layouts: each day's citizens are made once and go through all of
 * the layouts. Pieces of days go to all processors; sums do not depend on their order. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "src/simulate/plan.h"

enum { PIECE_DAYS = 10 };

struct state {
	const struct plan_run *run;
	struct sim_figures *figures;
	pthread_mutex_t mutex;
	uint32_t pieces; /* of each seed */
	int64_t open_ms;
};

struct counting {
	const struct plan_run *run;
	struct sim_figures *figures; /* of the layout: its parts */
	int error;
};

struct tools {
	struct engine *engine;
	struct line_plain *line;
	struct visit_day day;
	struct sim_figures *figures;
};

void plan_figures_free(struct sim_figures *figures, size_t count)
{
	for (size_t i = 0; figures && i < count; i++)
		sim_figures_finish(&figures[i]);
	free(figures);
}

static void count(void *user, const struct visit *visit, const struct outcome *outcome)
{
	struct counting *counting = user;
	const struct plan_run *run = counting->run;
	uint32_t part = run->part ? run->part(run->part_user, visit) : 0;
	int r = sim_figures_visit(&counting->figures[part], run->target_ms, visit, outcome);

	if (r < 0)
		counting->error = r;
}

static int run_day(const struct state *state, struct tools *tools, uint64_t seed, uint32_t day)
{
	const struct plan_run *run = state->run;
	int r = world_day(run->world, seed, day, &tools->day);

	for (size_t i = 0; r == 0 && i < run->layout_count; i++) {
		const struct layout *layout = run->layouts[i];
		struct counting counting = {run, &tools->figures[i * run->part_count], 0};

		r = engine_day(tools->engine, layout, tools->day.visits, tools->day.visit_count,
			       &line_plain_ops, tools->line, count, &counting);
		if (r == 0)
			r = counting.error;
		for (uint32_t p = 0; p < run->part_count; p++) {
			counting.figures[p].days++;
			counting.figures[p].window_open_ms +=
				state->open_ms * (int64_t)layout->window_count;
		}
	}
	return r;
}

static int add_all(struct state *state, const struct tools *tools, uint32_t seed)
{
	const struct plan_run *run = state->run;
	int r = 0;

	pthread_mutex_lock(&state->mutex);
	for (size_t i = 0; r == 0 && i < run->layout_count; i++)
		for (uint32_t p = 0; r == 0 && p < run->part_count; p++)
			r = sim_figures_add(
				&state->figures[(i * run->seeds + seed) * run->part_count + p],
				&tools->figures[i * run->part_count + p]);
	pthread_mutex_unlock(&state->mutex);
	return r;
}

static int run_piece(void *user, size_t piece)
{
	struct state *state = user;
	const struct plan_run *run = state->run;
	uint32_t seed = (uint32_t)(piece / state->pieces);
	uint32_t first = (uint32_t)(piece % state->pieces) * PIECE_DAYS, days = run->days - first;
	size_t figures = run->layout_count * run->part_count;
	struct tools tools = {.figures = calloc(figures, sizeof(*tools.figures))};
	int r = tools.figures ? engine_create(&tools.engine) : -ENOMEM;

	if (r == 0)
		r = line_plain_create(&tools.line);
	for (uint32_t i = 0; r == 0 && i < days && i < PIECE_DAYS; i++)
		r = run_day(state, &tools, run->seed + seed, first + i);
	if (r == 0)
		r = add_all(state, &tools, seed);
	line_plain_destroy(tools.line);
	engine_destroy(tools.engine);
	visit_day_finish(&tools.day);
	plan_figures_free(tools.figures, figures);
	return r;
}

int plan_run(const struct plan_run *run, struct sim_figures *figures)
{
	struct state state = {.run = run,
			      .figures = figures,
			      .mutex = PTHREAD_MUTEX_INITIALIZER,
			      .pieces = (run->days + PIECE_DAYS - 1) / PIECE_DAYS,
			      .open_ms = (int64_t)(scenario_open_min(run->scenario) * 60000)};

	return sim_parallel((size_t)run->seeds * state.pieces, run->threads, run_piece, &state);
}
