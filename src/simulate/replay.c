/* Replaying the days of a log in another layout. */
#include "src/simulate/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/baseline.h"
#include "src/simulate/replay_private.h"

static int say(char ret_error[STORE_ERROR_SIZE], int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int say(char ret_error[STORE_ERROR_SIZE], int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_error, STORE_ERROR_SIZE, format, args);
	va_end(args);
	return r;
}

enum { LINE_DETAIL_SIZE = 512 };

/* ---- which days ---- */

static int find_baseline(struct replay *replay, struct store_reader *reader,
			 char ret_error[STORE_ERROR_SIZE])
{
	const struct replay_options *options = replay->options;
	struct baseline_facts facts;
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];
	int r = baseline_find(reader, options->baseline, &facts);

	if (r == -ENOENT)
		return say(ret_error, r,
			   "日志中没有基期 \"%s\" is no baseline of the log; onewindow baseline "
			   "list 列出全部 lists them",
			   options->baseline);
	if (r < 0)
		return r;
	replay->baseline_from = facts.frozen.from;
	replay->baseline_to = facts.frozen.to;
	baseline_facts_finish(&facts);
	if (!replay->from)
		replay->from = replay->baseline_to + 1;
	if (replay->from <= replay->baseline_to &&
	    (!replay->to || replay->to >= replay->baseline_from))
		return say(ret_error, -EINVAL,
			   "重放的日子与基期重叠 the replayed days overlap the baseline, %s – %s; "
			   "用 --from 选择其后的日子 choose later ones with --from",
			   baseline_date(replay->baseline_from, from),
			   baseline_date(replay->baseline_to, to));
	return 0;
}

/* ---- the layout for the log's items ---- */

/* Numbers that a hall of the layout's rules needs: for as many as a day may have, pick-ups too. */
static void make_room(struct scenario *scenario)
{
	scenario->cases_a_day = CORE_MAX_TICKET_NUMBER;
	scenario->rework_chance = 0;
	scenario->pick_up_chance = 1;
	scenario->pick_up = (struct scenario_time){1, 0};
}

static int make_layout(struct replay *replay, char ret_error[STORE_ERROR_SIZE])
{
	struct scenario *scenario = &replay->scenario;
	char fault[STORE_ERROR_SIZE];
	int r = scenario_copy(scenario, replay->options->layout);

	if (r < 0)
		return r;
	make_room(scenario);
	r = replay_place(replay, scenario, ret_error);
	if (r == 0 && scenario_check(scenario, fault, sizeof(fault)) < 0)
		r = say(ret_error, -EDOM, "%s", fault);
	if (r == 0)
		r = layout_create(&replay->layout, scenario);
	if (r == 0) {
		/* holding times begin with the call, and those of a no-show are logged too */
		replay->layout->walk_ms = 0;
		replay->layout->no_show_ms = 0;
	}
	return r;
}

/* ---- the replay ---- */

/* One seed's figures; each is written by the one thread that has the seed. */
struct piece {
	struct sim_figures figures;
	struct replay_counts counts;
	char refusal[LINE_DETAIL_SIZE]; /* of the hall */
};

struct work {
	struct replay *replay;
	struct piece *pieces;
};

struct counting {
	const struct replay *replay;
	struct sim_figures *figures;
	size_t day;
	int r;
};

/* A wait in guide queues is kept as it was logged. */
static void count_outcome(void *user, const struct visit *visit, const struct outcome *outcome)
{
	struct counting *counting = user;
	struct visit from_issue = *visit;

	from_issue.arrival_ms -= replay_before_ms(counting->replay, counting->day, visit);
	if (counting->r == 0)
		counting->r = sim_figures_visit(counting->figures, counting->replay->target_ms,
						&from_issue, outcome);
}

static int run_seed(void *user, size_t index)
{
	struct work *work = user;
	const struct replay *replay = work->replay;
	struct piece *piece = &work->pieces[index];
	struct counting counting = {.replay = replay, .figures = &piece->figures};
	struct sim_line *line = NULL;
	struct sim_tools tools;
	struct visit_day day = {0};
	int r = sim_line_create(&line, &replay->scenario);

	for (size_t i = 0; r == 0 && i < replay->day_count; i++) {
		counting.day = i;
		r = replay_make_day(replay, replay->options->seed + index, i, &day, &piece->counts);
		if (r == 0)
			r = sim_line_begin_day(line, replay->options->seed + index, (uint32_t)i,
					       &day, &tools);
		if (r == 0)
			r = engine_day(tools.engine, replay->layout, day.visits, day.visit_count,
				       tools.ops, tools.line, count_outcome, &counting);
		if (r == 0)
			r = counting.r;
		piece->figures.days++;
	}
	if (r == -EPERM)
		snprintf(piece->refusal, sizeof(piece->refusal), "%s", sim_line_detail(line));
	visit_day_finish(&day);
	sim_line_destroy(line);
	return r;
}

/* The waits as the log has them: the known and the censored visits of docs/measurement.md. */
static int count_observed(const struct replay *replay, struct replay_result *result)
{
	int r = 0;

	result->observed.days = (uint32_t)replay->day_count;
	for (size_t i = 0; r == 0 && i < replay->visit_count; i++) {
		const struct past_visit *past = &replay->visits[i].past;
		struct visit visit = {.patience_ms = past->left_ms};
		struct outcome outcome = {.called_ms = past->wait_ms,
					  .left_ms = past->called ? past->wait_ms : past->age_ms,
					  .abandoned = past->cancelled};

		if (!past->called && !past->uncalled)
			continue; /* it was called, but never to a work queue */
		if (outcome.left_ms < 0)
			result->unknown_waits++;
		else
			r = sim_figures_visit(&result->observed, replay->target_ms, &visit,
					      &outcome);
	}
	return r;
}

static int add_up(struct replay *replay, struct piece *pieces, struct replay_result *result)
{
	const struct replay_counts *counts = &pieces[0].counts;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < result->seeds; i++) {
		result->mean_min[i] = sim_mean_min(&pieces[i].figures);
		r = sim_figures_add(&result->replayed, &pieces[i].figures);
	}
	result->visits = counts->visits;
	result->firsts = counts->firsts;
	result->restored = counts->restored;
	result->moved = counts->moved;
	result->reworks = counts->reworks;
	result->pick_ups = counts->pick_ups;
	result->drawn = counts->drawn;
	result->merged = counts->merged;
	for (size_t i = 0; i < replay->visit_count; i++) {
		result->reworks_logged += replay->visits[i].role == REPLAY_REWORK;
		result->pick_ups_logged += replay->visits[i].role == REPLAY_PICK_UP;
	}
	return r;
}

/* The first that was refused says why. */
static int tell_refusal(const struct piece *pieces, uint32_t count,
			char ret_error[STORE_ERROR_SIZE])
{
	uint32_t i = 0;

	while (i + 1 < count && !pieces[i].refusal[0])
		i++;
	return say(ret_error, -EDOM, "布局的规则拒绝 the layout's rules refuse: %s",
		   pieces[i].refusal);
}

static int run_seeds(struct replay *replay, struct replay_result *result,
		     char ret_error[STORE_ERROR_SIZE])
{
	struct work work = {.replay = replay,
			    .pieces = calloc(replay->options->seeds, sizeof(*work.pieces))};
	int r;

	if (!work.pieces)
		return -ENOMEM;
	result->seeds = replay->options->seeds;
	r = sim_parallel(result->seeds, replay->options->threads, run_seed, &work);
	if (r == -EPERM)
		r = tell_refusal(work.pieces, result->seeds, ret_error);
	if (r == 0)
		r = add_up(replay, work.pieces, result);
	if (r == 0)
		r = count_observed(replay, result);
	for (uint32_t i = 0; i < result->seeds; i++)
		sim_figures_finish(&work.pieces[i].figures);
	free(work.pieces);
	return r;
}

static int check_days(const struct replay *replay, char ret_error[STORE_ERROR_SIZE])
{
	if (!replay->day_count)
		return say(
			ret_error, -ENOENT,
			"所选日期内没有已结束的服务日 no closed service day in the chosen dates");
	if (!replay->visit_count)
		return say(ret_error, -ENODATA,
			   "所选日期内没有在办件队列取的号 no tickets of queues with work = true "
			   "in the "
			   "chosen dates");
	if (replay->options->baseline && !replay->arrival_count)
		return say(
			ret_error, -ENODATA,
			"基期内没有号 the baseline \"%s\" has no tickets to take times and rates "
			"from",
			replay->options->baseline);
	return 0;
}

static void tell_facts(const struct replay *replay, struct replay_result *result)
{
	result->dates = replay->past.dates;
	result->simulated = replay->past.simulated;
	result->first_day = replay->days[0].date;
	result->last_day = replay->days[replay->day_count - 1].date;
	result->days = (int64_t)replay->day_count;
	result->target_ms = replay->target_ms;
	result->baseline_days = replay->baseline_days;
	result->baseline_visits = replay->baseline_visits;
	result->baseline_mean_min =
		replay->baseline_known
			? (double)replay->baseline_sum_ms / (double)replay->baseline_known / 60000
			: 0;
	result->filings_logged = replay->filing_count > 0;
	result->unlisted = replay->unlisted;
	result->cases_told = replay->with_case_before > 0 && replay->with_case_after > 0;
}

static void replay_finish(struct replay *replay)
{
	for (size_t i = 0; i < replay->group_count; i++) {
		free(replay->groups[i].before);
		free(replay->groups[i].after);
	}
	free(replay->groups);
	free(replay->visits);
	free(replay->filings);
	free(replay->days);
	free(replay->arrivals);
	free(replay->baseline_cases.slots);
	free(replay->cases.slots);
	free(replay->placed);
	layout_destroy(replay->layout);
	scenario_finish(&replay->scenario);
	past_finish(&replay->past);
}

int replay_run(struct store_reader *reader, const struct replay_options *options,
	       struct replay_result *ret_result, char ret_error[STORE_ERROR_SIZE])
{
	struct replay replay = {.options = options,
				.from = options->from,
				.to = options->to,
				.target_ms = options->target_ms ? options->target_ms
								: options->layout->target_ms};
	struct replay_result result = {0};
	int r = 0;

	ret_error[0] = '\0';
	if (options->seeds < 1 || options->seeds > REPLAY_MAX_SEEDS)
		return -EINVAL;
	if (options->baseline)
		r = find_baseline(&replay, reader, ret_error);
	if (r == 0)
		r = replay_read(&replay, reader);
	if (r == 0)
		r = check_days(&replay, ret_error);
	if (r == 0)
		r = make_layout(&replay, ret_error);
	if (r == 0)
		r = run_seeds(&replay, &result, ret_error);
	if (r == -ENODATA && !ret_error[0])
		say(ret_error, r,
		    "日志没有可用的办理时长 the log has no finished service to take a time from");
	if (r == 0) {
		tell_facts(&replay, &result);
		*ret_result = result;
	} else {
		replay_result_finish(&result);
	}
	replay_finish(&replay);
	return r;
}

void replay_result_finish(struct replay_result *result)
{
	sim_figures_finish(&result->observed);
	sim_figures_finish(&result->replayed);
}

double replay_reduction(const struct replay_result *result)
{
	double replayed = sim_mean_min(&result->replayed);

	return replayed > 0 ? 1 - sim_mean_min(&result->observed) / replayed : 0;
}
