/* onewindow simulate: days of a scenario, and how long people would wait. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/load.h"
#include "src/cli/scenario.h"
#include "src/cli/simulate_compare.h"
#include "src/simulate/log.h"
#include "src/simulate/simulate.h"

enum {
	MAX_DAYS = 100000, /* of the most tickets: what a figure can count */
	/* A piece of work is as many days: shorter ones would spend their time on beginnings. */
	PIECE_DAYS = 100,
	MAX_PIECES = 64,
	FIFTEEN_MIN_MS = 15 * 60000,
	/* without a letter: -s is --from of other commands */
	OPTION_SEED = 512,
	OPTION_FROM,
	OPTION_EXPECT,
};

struct simulate_options {
	const char *path, *log, *key;
	uint64_t seed, days, first;
	int64_t from;
	bool expect;
	enum cli_format format;
};

/* ---- options -------------------------------------------------------------------------------- */

static void parse_whole(const char *option, const char *text, uint64_t least, uint64_t most,
			uint64_t *ret, struct argp_state *state)
{
	uint64_t number;

	errno = 0;
	number = strtoull(text, NULL, 10);
	if (!text[0] || text[strspn(text, "0123456789")])
		argp_error(state, "--%s \"%s\": 不是整数 is no whole number", option, text);
	if (errno || number < least || number > most)
		argp_error(state, "--%s %s: 可选 allowed are %" PRIu64 " to %" PRIu64, option, text,
			   least, most);
	*ret = number;
}

static void check(const struct simulate_options *options, struct argp_state *state)
{
	if (!options->path)
		argp_error(state, "请指明场景文件 say which scenario: FILE");
	if (!options->log && (options->from || options->key || options->expect))
		argp_error(state, "--%s: 只用于 --log is only of --log",
			   options->from  ? "from"
			   : options->key ? "key"
					  : "expect");
	if (options->log && options->days > CORE_MAX_DAYS)
		argp_error(state, "--days %" PRIu64 ": 日志至多 a log has at most %d days",
			   options->days, CORE_MAX_DAYS);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct simulate_options *options = state->input;

	switch (key) {
	case 'd': parse_whole("days", arg, 1, MAX_DAYS, &options->days, state); break;
	case OPTION_SEED: parse_whole("seed", arg, 0, INT64_MAX, &options->seed, state); break;
	case 'b': parse_whole("first", arg, 0, MAX_DAYS, &options->first, state); break;
	case OPTION_FROM:
		options->from = cli_parse_date(arg);
		if (!options->from)
			argp_error(state, "--from %s: 不是日期 is no date, as 2026-11-24", arg);
		break;
	case OPTION_EXPECT: options->expect = true; break;
	case 'c': argp_error(state, "请写全 write it in full: --compare"); break;
	case 'l': options->log = arg; break;
	case 'k': options->key = arg; break;
	case 'f':
		if (!cli_parse_format(arg, &options->format) || options->format == CLI_CSV)
			argp_error(state, "--format %s: 可选 allowed are text, json", arg);
		break;
	case ARGP_KEY_ARG:
		if (options->path)
			argp_error(state, "多余的词 no word is expected here: %s", arg);
		options->path = arg;
		break;
	case ARGP_KEY_END: check(options, state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- days ----------------------------------------------------------------------------------- */

struct work {
	const struct simulate_options *options;
	const struct scenario *scenario;
	const struct world *world;
	const struct layout *layout;
	struct sim_figures figures[MAX_PIECES];
	size_t pieces;
};

/* The pieces' figures are whole numbers: their sum is the same in any order. */
static int run_piece(void *user, size_t piece)
{
	struct work *work = user;
	uint64_t days = work->options->days;
	uint32_t begin = (uint32_t)(days * piece / work->pieces);
	uint32_t end = (uint32_t)(days * (piece + 1) / work->pieces);

	return sim_run(work->world, work->scenario, work->layout, work->options->seed,
		       (uint32_t)work->options->first + begin, end - begin, &work->figures[piece]);
}

static int run_days(const struct simulate_options *options, const struct scenario *scenario,
		    struct sim_figures *figures)
{
	struct work work = {.options = options, .scenario = scenario};
	struct world *world = NULL;
	struct layout *layout = NULL;
	int r = world_create(&world, scenario);

	if (r == 0)
		r = layout_create(&layout, scenario);
	work.world = world;
	work.layout = layout;
	work.pieces = (options->days + PIECE_DAYS - 1) / PIECE_DAYS;
	if (work.pieces > MAX_PIECES)
		work.pieces = MAX_PIECES;
	if (r == 0)
		r = sim_parallel(work.pieces, 0, run_piece, &work);
	for (size_t i = 0; i < work.pieces; i++) {
		if (r == 0)
			r = sim_figures_add(figures, &work.figures[i]);
		sim_figures_finish(&work.figures[i]);
	}
	layout_destroy(layout);
	world_destroy(world);
	return r;
}

/* Figures within the scenario's own target, and within 15 minutes. */
struct outcome_figures {
	struct sim_figures own, fifteen;
	struct plan_load load;
	struct sim_log_dates dates;
};

static volatile sig_atomic_t stopped;

/* The day that is simulated is written yet; a second signal ends it at once, and the log is whole
 * without that day. */
static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int run_log(const struct simulate_options *options, const struct scenario *scenario,
		   struct outcome_figures *ret, char error[STORE_ERROR_SIZE])
{
	const struct sim_log log = {
		.scenario = scenario,
		.seed = options->seed,
		.first = (uint32_t)options->first,
		.days = (uint32_t)options->days,
		.path = options->log,
		.key_path = options->key,
		.from = options->from,
		.expect = options->expect,
		.stop = &stopped,
	};

	catch_signals();
	return sim_log_write(&log, &ret->own, &ret->dates, error);
}

static int run(const struct simulate_options *options, const struct scenario *scenario,
	       struct outcome_figures *ret, char error[STORE_ERROR_SIZE])
{
	struct scenario fifteen = *scenario; /* its tables stay the scenario's */
	int r = options->log ? run_log(options, scenario, ret, error)
			     : run_days(options, scenario, &ret->own);

	fifteen.target_ms = FIFTEEN_MIN_MS;
	if (r == 0 && scenario->target_ms == FIFTEEN_MIN_MS)
		r = sim_figures_add(&ret->fifteen, &ret->own);
	else if (r == 0)
		r = run_days(options, &fifteen, &ret->fifteen);
	return r < 0 ? r : plan_load_scenario(&ret->load, scenario);
}

/* Days are written whole: what is there is a log like any other. */
static int refuse_log(const struct simulate_options *options, const struct sim_log_dates *dates,
		      const char *error, int r)
{
	r = cli_log_fail("simulate", options->log, error, r);
	if (!dates->begun)
		return r;
	fprintf(stderr,
		"onewindow simulate: 所求 %" PRIu64 " 日，已整日写入 %" PRIu32 " 日 of the %" PRIu64
		" days %" PRIu32 " are in the log, each of them whole",
		options->days, dates->written, options->days, dates->written);
	if (dates->written < options->days)
		fprintf(stderr, "；续写 to go on: --first %" PRIu64 " --days %" PRIu64 "%s",
			options->first + dates->written, options->days - dates->written,
			dates->written ? "，不加 without --from" : "");
	fputc('\n', stderr);
	return r;
}

static int refuse(const struct simulate_options *options, const struct sim_log_dates *dates,
		  const char *error, int r)
{
	if (options->log && error[0])
		return refuse_log(options, dates, r == -E2BIG ? "来人过多 too many visits" : error,
				  r);
	if (r == -E2BIG)
		fprintf(stderr,
			"onewindow simulate: 某日来人过多，至多 %d 号 a day has more visits than "
			"the %d that are allowed: lower cases, a_day or day_cv\n",
			CORE_MAX_DAY_TICKETS, CORE_MAX_DAY_TICKETS);
	else if (r == -EPERM)
		fprintf(stderr, "onewindow simulate: 大厅规则不允许 the hall's rules refuse what "
				"the scenario asks\n");
	else
		fprintf(stderr, "onewindow simulate: 未能完成 could not be done: %s\n",
			strerror(-r));
	return CLI_REFUSED;
}

/* ---- what came out -------------------------------------------------------------------------- */

/* Of nobody there is no mean. */
static json_t *real_of(bool known, double value)
{
	return known ? json_real(value) : json_null();
}

static void add_date(json_t *json, const char *key, int64_t date)
{
	char text[32];

	snprintf(text, sizeof(text), "%04d-%02d-%02d", (int)(date / 10000), (int)(date / 100 % 100),
		 (int)(date % 100));
	json_object_set_new(json, key, json_string(text));
}

static void print_json(const struct simulate_options *options, const struct scenario *scenario,
		       const struct outcome_figures *figures)
{
	const struct sim_figures *own = &figures->own, *fifteen = &figures->fifteen;
	bool called = own->called > 0;
	json_t *json = json_object();

	json_object_set_new(json, "scenario", json_string(scenario->id));
	json_object_set_new(json, "estimate", json_string("model"));
	json_object_set_new(json, "seed", json_integer((json_int_t)options->seed));
	json_object_set_new(json, "first", json_integer((json_int_t)options->first));
	json_object_set_new(json, "days", json_integer(own->days));
	json_object_set_new(json, "windows", json_integer(scenario->window_count));
	json_object_set_new(json, "tickets", json_integer(own->tickets));
	json_object_set_new(json, "called", json_integer(own->called));
	json_object_set_new(json, "abandoned", json_integer(own->abandoned));
	json_object_set_new(json, "uncalled", json_integer(own->uncalled));
	json_object_set_new(json, "no_shows", json_integer(own->no_shows));
	json_object_set_new(json, "filings", json_integer(own->filings));
	json_object_set_new(json, "mean_wait_min", real_of(called, sim_mean_min(own)));
	json_object_set_new(json, "p50_wait_min", real_of(called, sim_quantile_min(own, .5)));
	json_object_set_new(json, "p90_wait_min", real_of(called, sim_quantile_min(own, .9)));
	json_object_set_new(json, "p95_wait_min", real_of(called, sim_quantile_min(own, .95)));
	json_object_set_new(json, "max_wait_min",
			    real_of(called, (double)own->wait_max_ms / 60000));
	json_object_set_new(json, "share_within_15",
			    real_of(fifteen->decided > 0, sim_share(fifteen)));
	json_object_set_new(json, "target_min",
			    json_integer((json_int_t)(scenario->target_ms / 60000)));
	json_object_set_new(json, "share_within_target", real_of(own->decided > 0, sim_share(own)));
	json_object_set_new(json, "abandon_rate", real_of(own->tickets > 0, sim_abandon_rate(own)));
	json_object_set_new(json, "utilisation",
			    real_of(own->window_open_ms > 0, sim_utilisation(own)));
	json_object_set_new(json, "load", load_json(&figures->load));
	json_object_set_new(json, "warnings", load_warnings_json(&figures->load, own));
	if (options->log) {
		add_date(json, "from", figures->dates.first);
		add_date(json, "to", figures->dates.last);
	}
	cli_print_json(json);
	json_decref(json);
}

static void add_minutes(struct cli_table *table, const char *what, bool known, double minutes)
{
	cli_table_add(table, "%s", what);
	if (known)
		cli_table_add(table, "%.2f", minutes);
	else
		cli_table_add(table, "-");
}

static void add_percent(struct cli_table *table, const char *what, bool known, double share)
{
	cli_table_add(table, "%s", what);
	if (known)
		cli_table_add(table, "%.2f%%", share * 100);
	else
		cli_table_add(table, "-");
}

static void add_count(struct cli_table *table, const char *what, int64_t count)
{
	cli_table_add(table, "%s", what);
	cli_table_add(table, "%" PRId64, count);
}

static void add_rows(struct cli_table *table, const struct scenario *scenario,
		     const struct outcome_figures *figures)
{
	const struct sim_figures *own = &figures->own, *fifteen = &figures->fifteen;
	bool called = own->called > 0;
	char target[96];

	add_count(table, "号 tickets", own->tickets);
	add_minutes(table, "平均等候（分） mean wait, minutes", called, sim_mean_min(own));
	add_minutes(table, "P50", called, sim_quantile_min(own, .5));
	add_minutes(table, "P90", called, sim_quantile_min(own, .9));
	add_minutes(table, "P95", called, sim_quantile_min(own, .95));
	add_minutes(table, "最长 longest", called, (double)own->wait_max_ms / 60000);
	add_percent(table, "15 分钟以内 within 15 minutes", fifteen->decided > 0,
		    sim_share(fifteen));
	snprintf(target, sizeof(target), "目标 %d 分钟以内 within the target of %d minutes",
		 (int)(scenario->target_ms / 60000), (int)(scenario->target_ms / 60000));
	if (scenario->target_ms != FIFTEEN_MIN_MS)
		add_percent(table, target, own->decided > 0, sim_share(own));
	add_percent(table, "等不及离开 left uncalled", own->tickets > 0, sim_abandon_rate(own));
	add_count(table, "至终未叫 uncalled at the end of a day", own->uncalled);
	add_count(table, "弃号 no-shows", own->no_shows);
	add_count(table, "网上申报 filed online, no visit", own->filings);
	add_percent(table, "窗口忙 windows busy", own->window_open_ms > 0, sim_utilisation(own));
}

static void print_text(const struct simulate_options *options, const struct scenario *scenario,
		       const struct outcome_figures *figures)
{
	const struct sim_log_dates *dates = &figures->dates;
	struct cli_table table;

	printf("模拟 %s simulation: %s (%s)，%u 窗口 windows，%u 日 days，种子 seed %" PRIu64 "\n",
	       scenario->zh, scenario->en, scenario->id, scenario->window_count, figures->own.days,
	       options->seed);
	printf("模型估计，依场景之假设 model estimate, by what the scenario assumes\n");
	cli_table_init(&table, 2);
	add_rows(&table, scenario, figures);
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
	load_warn(scenario, &figures->load, &figures->own, "");
	if (options->log)
		printf("日志 log: %s, %04d-%02d-%02d – %04d-%02d-%02d\n", options->log,
		       (int)(dates->first / 10000), (int)(dates->first / 100 % 100),
		       (int)(dates->first % 100), (int)(dates->last / 10000),
		       (int)(dates->last / 100 % 100), (int)(dates->last % 100));
}

static int simulate(const struct simulate_options *options)
{
	char error[STORE_ERROR_SIZE] = "";
	struct outcome_figures figures = {.dates = {.first = 0}};
	struct scenario scenario;
	int r = cli_scenario_read(&scenario, options->path);

	if (r != CLI_OK)
		return r;
	r = run(options, &scenario, &figures, error);
	if (r < 0)
		r = refuse(options, &figures.dates, error, r);
	else if (options->format == CLI_JSON)
		print_json(options, &scenario, &figures);
	else
		print_text(options, &scenario, &figures);
	sim_figures_finish(&figures.own);
	sim_figures_finish(&figures.fifteen);
	plan_load_finish(&figures.load);
	scenario_finish(&scenario);
	return r;
}

int cli_simulate(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"days", 'd', "NUMBER", 0, "日数 how many days (default: 240)", 0},
		{"seed", OPTION_SEED, "NUMBER", 0,
		 "随机种子 the same seed has the same citizens (default: 1)", 0},
		{"first", 'b', "NUMBER", 0, "种子的首日 the first day of the seed (default: 0)", 0},
		{"log", 'l', "FILE", 0,
		 "写成日志，可续写 write an ordinary log; one that a simulation made is gone on "
		 "with",
		 0},
		{"from", OPTION_FROM, "DATE", 0, "日志首日 date of the log's first day", 0},
		{"expect", OPTION_EXPECT, NULL, 0,
		 "日志中的号带有预计等候，较慢 tickets of the log are told their expected wait; "
		 "slower",
		 0},
		{"key", 'k', "FILE", 0, "日志密钥 the log's key (default: beside it, LOG.key)", 0},
		{"compare", 'c', NULL, 0,
		 "比较两个场景 two scenarios side by side; more: --compare --help", 0},
		{"format", 'f', "text|json", 0, "输出格式 how to print", 0},
		{0},
	};
	static const struct argp argp = {
		list,
		parse,
		"SCENARIO",
		"按场景文件模拟大厅，估计等候时间。\n"
		"Simulates days of a hall by a scenario file and estimates how long people would "
		"wait.",
		NULL,
		NULL,
		NULL};
	struct simulate_options options = {.seed = 1, .days = 240};
	int r;

	if (cli_asks_compare(argc, argv))
		return cli_simulate_compare(argc, argv);
	r = cli_parse(&argp, argc, argv, &options);
	return r == CLI_OK ? simulate(&options) : r;
}
