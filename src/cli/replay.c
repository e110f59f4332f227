/* onewindow replay: what if the days of a log had been served in another layout. A model estimate.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/report_print.h"
#include "src/cli/scenario.h"
#include "src/measure/baseline.h"
#include "src/simulate/replay.h"

enum { OPTION_SEED = 512 };

struct options {
	const char *log, *layout;
	struct replay_options replay;
	enum cli_format format;
};

/* ---- options ---- */

static uint64_t parse_count(const char *option, const char *text, uint64_t min, uint64_t max,
			    struct argp_state *state)
{
	char *end = NULL;
	unsigned long long value = strtoull(text, &end, 10);

	if (!text[0] || text[strspn(text, "0123456789")] || *end || strlen(text) > 19)
		argp_error(state, "--%s \"%s\": 不是整数 is no whole number", option, text);
	if (value < min || value > max)
		argp_error(state, "--%s %s: 可选 allowed are %" PRIu64 " to %" PRIu64, option, text,
			   min, max);
	return value;
}

static void check(const struct options *options, struct argp_state *state)
{
	const struct replay_options *replay = &options->replay;

	if (!options->log || !options->log[0])
		argp_error(state, "请用 --log 指明日志 --log says which log to read");
	if (!options->layout || !options->layout[0])
		argp_error(state, "请用 --layout 指明布局 --layout says in which layout, a "
				  "scenario's file");
	if (replay->to && replay->from > replay->to)
		argp_error(state, "起始晚于截止 --from lies after --to");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	struct replay_options *replay = &options->replay;
	int64_t date;

	switch (key) {
	case 'l': options->log = arg; break;
	case 'y': options->layout = arg; break;
	case 'r': replay->baseline = arg; break;
	case 's':
	case 'e':
		date = cli_parse_date(arg);
		if (!date)
			argp_error(state, "\"%s\" 不是日期 is no date; write it as 2026-11-24",
				   arg);
		*(key == 's' ? &replay->from : &replay->to) = date;
		break;
	case OPTION_SEED: replay->seed = parse_count("seed", arg, 0, INT64_MAX, state); break;
	case 'n':
		replay->seeds = (uint32_t)parse_count("seeds", arg, 1, REPLAY_MAX_SEEDS, state);
		break;
	case 't':
		replay->target_ms = (int64_t)parse_count("target", arg, 1, 480, state) * 60000;
		break;
	case 'f':
		if (!cli_parse_format(arg, &options->format) || options->format == CLI_CSV)
			argp_error(state, "--format %s: 可选 allowed are text, json", arg);
		break;
	case ARGP_KEY_ARG: argp_error(state, "多余的词 no word is expected here: %s", arg); break;
	case ARGP_KEY_END: check(options, state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- printing ---- */

/* What "0.0%" would say. */
#define LEAST_DIFFERENCE .0005

static double reduction(double observed, double replayed)
{
	return replayed > 0 ? 1 - observed / replayed : 0;
}

/* Least and greatest over the seeds. */
static void range(const struct replay_result *result, double *ret_low, double *ret_high)
{
	double observed = sim_mean_min(&result->observed);

	for (uint32_t i = 0; i < result->seeds; i++) {
		double value = reduction(observed, result->mean_min[i]);

		if (i == 0 || value < *ret_low)
			*ret_low = value;
		if (i == 0 || value > *ret_high)
			*ret_high = value;
	}
}

/* Tickets are those of one seed, the mean over all of them. */
static json_t *figures_json(const struct sim_figures *figures, uint32_t seeds)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "mean_wait_min",
			 sim_mean_min(figures), "p50_wait_min", sim_quantile_min(figures, .5),
			 "p90_wait_min", sim_quantile_min(figures, .9), "p95_wait_min",
			 sim_quantile_min(figures, .95), "share_within_target", sim_share(figures),
			 "tickets", (double)figures->tickets / seeds, "abandon_rate",
			 sim_abandon_rate(figures));
}

enum { MAX_WARNINGS = 4, WARNING_SIZE = 1024 };
struct warning {
	const char *code;
	char zh[WARNING_SIZE], en[WARNING_SIZE];
};
struct warnings {
	struct warning list[MAX_WARNINGS];
	size_t count;
};

static void warn(struct warnings *warnings, const char *code, const char *zh, const char *en)
{
	struct warning *warning = &warnings->list[warnings->count++];

	warning->code = code;
	snprintf(warning->zh, sizeof(warning->zh), "%s", zh);
	snprintf(warning->en, sizeof(warning->en), "%s", en);
}

/* "general 120, tax 3" */
static void list_queues(const struct replay_unlisted *unlisted, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < unlisted->queue_count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s\"%s\" %" PRId64,
					 i ? ", " : "", unlisted->queues[i].queue,
					 unlisted->queues[i].visits);
}

static void warn_of_items(struct warnings *warnings, const struct replay_unlisted *unlisted)
{
	char zh[WARNING_SIZE], en[WARNING_SIZE], queues[WARNING_SIZE / 2];
	bool none = !unlisted->listed;

	list_queues(unlisted, queues, sizeof(queues));
	snprintf(zh, sizeof(zh),
		 "%s%" PRId64 " 人次的 %" PRId64
		 " 个事项不在布局的事项表中：按部门或规则排入队列 %s，不要求窗口有技能（其中日志里 "
		 "%" PRId64 " 人次的事项要求技能）",
		 none ? "日志的事项无一在布局中，这可能是另一大厅的布局；" : "", unlisted->visits,
		 unlisted->items, queues, unlisted->skilled);
	snprintf(en, sizeof(en),
		 "%s%" PRId64 " visits are for %" PRId64
		 " items that the layout does not list: they wait, by department or policy, in %s, "
		 "and no window needs a skill for them (by the log the items of %" PRId64
		 " of these visits need one)",
		 none ? "no item of the log is in the layout, which may be another hall's: " : "",
		 unlisted->visits, unlisted->items, queues, unlisted->skilled);
	warn(warnings, none ? "no-listed-items" : "unlisted-items", zh, en);
}

static void find_warnings(const struct options *options, const struct replay_result *result,
			  struct warnings *ret)
{
	ret->count = 0;
	if (result->unlisted.visits)
		warn_of_items(ret, &result->unlisted);
	if (!options->replay.baseline)
		return;
	if (!result->filings_logged)
		warn(ret, "no-online-filings",
		     "日志中没有网上申报：改为网办的人未被补回，缩短幅度被低估",
		     "no online filings are logged in these days: those who no longer come are "
		     "missing from the replay, and the reduction comes out too small");
	if (!result->cases_told)
		warn(ret, "no-case-references", "号上没有办件编号：无法辨认再次来办，未予重抽",
		     "tickets name no cases: second visits for the same case cannot be told from "
		     "first ones and are not drawn anew");
	if (result->merged)
		warn(ret, "few-values", "部分部门的办理时长太少，改用全部部门的",
		     "some departments have too few services of their own: those of all "
		     "departments were taken");
}

static json_t *unlisted_json(const struct replay_unlisted *unlisted)
{
	json_t *queues = json_object();

	for (uint32_t i = 0; i < unlisted->queue_count; i++)
		json_object_set_new(queues, unlisted->queues[i].queue,
				    json_integer((json_int_t)unlisted->queues[i].visits));
	return json_pack("{s:I, s:I, s:I, s:o}", "visits", (json_int_t)unlisted->visits, "items",
			 (json_int_t)unlisted->items, "skilled", (json_int_t)unlisted->skilled,
			 "queues", queues);
}

static int print_json(const struct options *options, const struct replay_result *result)
{
	const struct report_origin origin = {result->dates.days, result->simulated};
	struct warnings warnings;
	double low = 0, high = 0, observed = sim_mean_min(&result->observed);
	json_t *root, *list = json_array(), *seeds = json_array();
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];
	bool reform = options->replay.baseline != NULL;

	range(result, &low, &high);
	find_warnings(options, result, &warnings);
	for (size_t i = 0; i < warnings.count; i++)
		json_array_append_new(list, json_string(warnings.list[i].code));
	for (uint32_t i = 0; i < result->seeds; i++)
		json_array_append_new(seeds,
				      json_pack("{s:I, s:f, s:f}", "seed",
						(json_int_t)options->replay.seed + (json_int_t)i,
						"mean_wait_min", result->mean_min[i], "reduction",
						reduction(observed, result->mean_min[i])));
	root = json_pack("{s:s, s:s, s:s, s:s, s:I, s:f, s:o, s:o, s:f, s:f, s:f, s:o, s:o}",
			 "kind", reform ? "reform" : "layout", "means", "model estimate", "from",
			 baseline_date(result->first_day, from), "to",
			 baseline_date(result->last_day, to), "days", (json_int_t)result->days,
			 "target_min", (double)result->target_ms / 60000, "observed",
			 figures_json(&result->observed, 1), "replayed",
			 figures_json(&result->replayed, result->seeds), "reduction",
			 replay_reduction(result), "reduction_low", low, "reduction_high", high,
			 "seeds", seeds, "warnings", list);
	json_object_set_new(root, "simulated", json_boolean(result->simulated.days));
	json_object_set_new(root, "simulated_days", report_origin_json(&origin));
	if (root)
		json_object_set_new(root, "unlisted", unlisted_json(&result->unlisted));
	if (root)
		json_object_set_new(
			root, "done",
			json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "visits",
				  (json_int_t)result->visits, "restored_filings",
				  (json_int_t)result->restored, "moved_into_hours",
				  (json_int_t)result->moved, "reworks", (json_int_t)result->reworks,
				  "reworks_logged", (json_int_t)result->reworks_logged, "pick_ups",
				  (json_int_t)result->pick_ups, "pick_ups_logged",
				  (json_int_t)result->pick_ups_logged, "services_drawn",
				  (json_int_t)result->drawn, "services_of_all_departments",
				  (json_int_t)result->merged, "unknown_waits",
				  (json_int_t)result->unknown_waits));
	if (root && reform)
		json_object_set_new(root, "baseline",
				    json_pack("{s:s, s:I, s:I, s:f}", "name",
					      options->replay.baseline, "days",
					      (json_int_t)result->baseline_days, "visits",
					      (json_int_t)result->baseline_visits, "mean_wait_min",
					      result->baseline_mean_min));
	if (!root || json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) < 0) {
		json_decref(root);
		return CLI_REFUSED;
	}
	putchar('\n');
	json_decref(root);
	return CLI_OK;
}

static void add_row(struct cli_table *table, const char *what, const struct sim_figures *figures,
		    uint32_t seeds)
{
	cli_table_add(table, "%s", what);
	cli_table_add(table, "%.0f", (double)figures->tickets / seeds);
	cli_table_add(table, "%.2f", sim_mean_min(figures));
	cli_table_add(table, "%.2f", sim_quantile_min(figures, .5));
	cli_table_add(table, "%.2f", sim_quantile_min(figures, .9));
	cli_table_add(table, "%.2f", sim_quantile_min(figures, .95));
	cli_table_add(table, "%.1f%%", 100 * sim_share(figures));
}

/* The sign is told by the word, as of a report. */
static void print_reduction(const struct replay_result *result)
{
	double observed = sim_mean_min(&result->observed),
	       replayed = sim_mean_min(&result->replayed), value = replay_reduction(result),
	       low = 0, high = 0;

	if (replayed <= 0 && observed > 0) {
		printf("\n模型估计 model estimate: 重放的布局中无人等候 in the replayed layout "
		       "nobody waits; 实际平均等候 the logged mean is %.2f 分 min\n",
		       observed);
		return;
	}
	range(result, &low, &high);
	if (fabs(value) < LEAST_DIFFERENCE && fabs(low) < LEAST_DIFFERENCE &&
	    fabs(high) < LEAST_DIFFERENCE) {
		printf("\n模型估计 model estimate: 与重放的布局相比，等候没有差别 the wait does "
		       "not "
		       "differ from that in the replayed layout\n");
		return;
	}
	printf("\n模型估计 model estimate: 实际等候比重放的布局中%s the logged wait is %.1f%% %s "
	       "than in the replayed layout (种子间 over seeds %.1f%% – %.1f%%)\n",
	       value < 0 ? "长" : "短", 100 * fabs(value), value < 0 ? "longer" : "shorter",
	       100 * (value < 0 ? -high : low), 100 * (value < 0 ? -low : high));
}

static void print_text(const struct options *options, const struct replay_result *result)
{
	const struct report_origin origin = {result->dates.days, result->simulated};
	struct warnings warnings;
	char from[BASELINE_DATE_SIZE], to[BASELINE_DATE_SIZE];
	struct cli_table table;

	find_warnings(options, result, &warnings);
	printf("%s\n",
	       options->replay.baseline
		       ? "改革重放：模型估计，不是实测 reform replay: a model estimate, "
			 "not a measurement"
		       : "布局重放：模型估计，不是实测 layout replay: a model estimate, not "
			 "a measurement");
	printf("%s – %s，%" PRId64 " 天 days，布局 layout %s，种子 seeds %" PRIu32 "\n\n",
	       baseline_date(result->first_day, from), baseline_date(result->last_day, to),
	       result->days, options->layout, result->seeds);
	if (result->simulated.days) {
		report_print_origin(&origin);
		fputc('\n', stdout);
	}
	cli_table_init(&table, 7);
	cli_table_add(&table, "等候（分） wait, minutes");
	cli_table_add(&table, "号 tickets");
	cli_table_add(&table, "平均 mean");
	cli_table_add(&table, "P50");
	cli_table_add(&table, "P90");
	cli_table_add(&table, "P95");
	cli_table_add(&table, "≤ %g 分 min", (double)result->target_ms / 60000);
	add_row(&table, "实际 as logged", &result->observed, 1);
	add_row(&table, "重放 replayed, all seeds; 每种子的号 tickets a seed", &result->replayed,
		result->seeds);
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
	print_reduction(result);
	if (options->replay.baseline)
		printf("补回网办 online filings restored %" PRId64
		       "（移入开放时间 moved into opening "
		       "hours %" PRId64 "）；再次来办 reworks %" PRId64 " → %" PRId64
		       "；取件 pick-ups %" PRId64 " → %" PRId64 "；基期 baseline %s: %" PRId64
		       " 天 days, 平均 mean %.2f 分 min\n",
		       result->restored, result->moved, result->reworks_logged, result->reworks,
		       result->pick_ups_logged, result->pick_ups, options->replay.baseline,
		       result->baseline_days, result->baseline_mean_min);
	if (result->drawn)
		printf("日志不知道时长、另行抽取的服务 services of unknown length, drawn: %" PRId64
		       "\n",
		       result->drawn);
	if (result->unknown_waits)
		printf("实际等候无从得知、未计入的到访 visits whose wait as logged is unknown, "
		       "left out: "
		       "%" PRId64 "\n",
		       result->unknown_waits);
	for (size_t i = 0; i < warnings.count; i++)
		printf("注意 warning: %s %s\n", warnings.list[i].zh, warnings.list[i].en);
}

/* ---- */

static int run(const struct options *options)
{
	struct replay_options replay = options->replay;
	struct replay_result result;
	struct store_reader *reader;
	struct scenario layout;
	char error[STORE_ERROR_SIZE] = "";
	int code = cli_scenario_read(&layout, options->layout), r;

	if (code != CLI_OK)
		return code;
	code = CLI_REFUSED;
	replay.layout = &layout;
	r = store_reader_open(&reader, options->log, error);
	if (r < 0) {
		code = cli_log_fail("replay", options->log, error, r);
	} else {
		r = replay_run(reader, &replay, &result, error);
		if (r == -EBADMSG || r == -EPROTO || r == -ENOTSUP)
			code = cli_log_fail("replay", options->log, store_reader_detail(reader), r);
		else if (r < 0)
			fprintf(stderr, "onewindow replay: %s%s%s\n",
				r == -EDOM ? options->layout : "", r == -EDOM ? ": " : "",
				error[0] ? error : strerror(-r));
		store_reader_close(reader);
	}
	scenario_finish(&layout);
	if (r < 0)
		return code;
	code = CLI_OK;
	if (options->format == CLI_JSON)
		code = print_json(options, &result);
	else
		print_text(options, &result);
	replay_result_finish(&result);
	return code;
}

int cli_replay(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"log", 'l', "FILE", 0, "要重放的日志 the log to replay", 0},
		{"layout", 'y', "SCENARIO", 0,
		 "在此场景文件的布局中 in the layout of this scenario's file: queues, windows, "
		 "skills",
		 0},
		{"reform", 'r', "BASELINE", 0,
		 "连同基期的时长、再次来办与取件 besides, with the service times, reworks and "
		 "pick-ups of this baseline, and online filings as visits",
		 0},
		{"from", 's', "YYYY-MM-DD", 0, "起始服务日 first service day", 0},
		{"to", 'e', "YYYY-MM-DD", 0, "截止服务日 last service day", 0},
		{"seed", OPTION_SEED, "N", 0, "第一个种子 first seed (1)", 0},
		{"seeds", 'n', "N", 0, "种子数 how many seeds (10)", 0},
		{"target", 't', "MINUTES", 0, "目标时间 target (the layout's own)", 0},
		{"format", 'f', "text|json", 0, "输出格式 how to print", 0},
		{0},
	};
	static const struct argp argp = {
		list,
		parse,
		"",
		"重放：这些日子若在另一布局中会怎样（模型估计）。\n"
		"What if these days had been served in another layout: a model estimate.",
		NULL,
		NULL,
		NULL};
	struct options options = {.replay = {.seed = 1, .seeds = 10}};
	int r = cli_parse(&argp, argc, argv, &options);

	return r ? r : run(&options);
}
