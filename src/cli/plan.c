/* onewindow plan: how many windows a hall needs so that a target holds, of a scenario or of what a
 * log teaches. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cli/charts.h"
#include "src/cli/cli.h"
#include "src/cli/plan.h"
#include "src/cli/scenario.h"

enum {
	OPTION_SEEDS = 256,
	OPTION_SEED,
	OPTION_DAYS,
	OPTION_MAX,
	OPTION_PER,
	OPTION_SVG,
	OPTION_FROM,
	OPTION_TO,
};

struct plan_options {
	const char *scenario, *log, *target, *svg;
	int64_t from, to;
	struct plan_request request;
	enum cli_format format;
};

/* ---- options ---- */

static uint64_t parse_count(const char *option, const char *text, uint64_t least, uint64_t most,
			    struct argp_state *state)
{
	char *end = NULL;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (!text[0] || text[strspn(text, "0123456789")] || *end)
		argp_error(state, "--%s \"%s\": 不是整数 is no whole number", option, text);
	if (errno || number < least || number > most)
		argp_error(state, "--%s %s: 可选 allowed are %" PRIu64 " to %" PRIu64, option, text,
			   least, most);
	return number;
}

static double parse_share(const char *text, struct argp_state *state)
{
	size_t digits = strspn(text, "0123456789.");
	char *end = NULL;
	double share = strtod(text, &end);
	const char *sign = end + strspn(end, " \t");

	if (!digits || end != text + digits || (*end && strcmp(sign, "%") != 0))
		argp_error(state, "--confidence \"%s\": 不是占比 is no share; .8 或 or 80%%", text);
	if (*end)
		share /= 100;
	if (!(share > 0 && share <= 1))
		argp_error(state,
			   "--confidence %s: 应大于 0、不超过 1 is to be more than 0 and at most 1",
			   text);
	return share;
}

static int32_t parse_period(const char *word, struct argp_state *state)
{
	if (!strcmp(word, "half-hour"))
		return 30;
	if (strcmp(word, "hour") != 0)
		argp_error(state, "--per %s: 可选 allowed are half-hour, hour", word);
	return 60;
}

static void parse_target(struct plan_options *options, const char *text, struct argp_state *state)
{
	char fault[PLAN_FAULT_SIZE];

	if (plan_target_read(&options->request.target, text, fault) < 0)
		argp_error(state, "--target %s", fault);
	options->target = text;
}

static int64_t parse_date(const char *option, const char *text, struct argp_state *state)
{
	int64_t date = cli_parse_date(text);

	if (!date)
		argp_error(state, "--%s \"%s\" 不是日期 is no date; write it as 2026-11-24", option,
			   text);
	return date;
}

static void check(const struct plan_options *options, struct argp_state *state)
{
	if (!options->scenario == !options->log)
		argp_error(state,
			   "请指明场景文件或 --log 日志（只用其一）say which scenario file, or "
			   "--log which log: one of them");
	if (!options->target)
		argp_error(
			state,
			"缺少 missing: --target，例如 such as --target 'p90<=15' (引号不可少 the "
			"quotes matter)");
	if ((uint64_t)options->request.seeds * options->request.days > PLAN_MAX_DAYS)
		argp_error(state,
			   "--seeds %" PRIu32 " × --days %" PRIu32
			   ": 过多，合计至多 too many; at most %d days in all",
			   options->request.seeds, options->request.days, PLAN_MAX_DAYS);
	if (!options->log && (options->from || options->to))
		argp_error(state, "--from, --to: 只用于 --log are only of --log");
	if (options->to && options->from > options->to)
		argp_error(state, "起始晚于截止 --from lies after --to");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct plan_options *options = state->input;
	struct plan_request *request = &options->request;

	switch (key) {
	case 'l': options->log = arg; break;
	case 't': parse_target(options, arg, state); break;
	case 'c': request->confidence = parse_share(arg, state); break;
	case OPTION_DAYS:
		request->days = (uint32_t)parse_count("days", arg, 1, PLAN_MAX_DAYS, state);
		break;
	case OPTION_SEEDS:
		request->seeds = (uint32_t)parse_count("seeds", arg, 1, PLAN_MAX_SEEDS, state);
		break;
	case OPTION_SEED: request->seed = parse_count("seed", arg, 0, INT64_MAX, state); break;
	case OPTION_MAX:
		request->max = (uint32_t)parse_count("max", arg, 1, CORE_MAX_WINDOWS, state);
		break;
	case OPTION_PER: request->period_min = parse_period(arg, state); break;
	case OPTION_SVG: options->svg = arg; break;
	case OPTION_FROM: options->from = parse_date("from", arg, state); break;
	case OPTION_TO: options->to = parse_date("to", arg, state); break;
	case 'f':
		if (!cli_parse_format(arg, &options->format) || options->format == CLI_CSV)
			argp_error(state, "--format %s: 可选 allowed are text, json", arg);
		break;
	case ARGP_KEY_ARG:
		if (options->scenario)
			argp_error(state, "多余的词 no word is expected here: %s", arg);
		options->scenario = arg;
		break;
	case ARGP_KEY_END: check(options, state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- what is planned ---- */

static void say_short(const char *path, const struct learn_facts *facts)
{
	fprintf(stderr,
		"onewindow plan: %s: 日志过短，无法从中学得场景 the log is too short to learn "
		"from:\n",
		path);
	if (facts->days < LEARN_LEAST_DAYS)
		fprintf(stderr,
			"  已结束的服务日 %u 天，至少需 %d 天 %u closed service days; at least %d "
			"are "
			"needed\n",
			facts->days, LEARN_LEAST_DAYS, facts->days, LEARN_LEAST_DAYS);
	if (facts->tickets < LEARN_LEAST_TICKETS)
		fprintf(stderr,
			"  办事号 %" PRId64 " 张，至少需 %d 张 %" PRId64
			" tickets of work queues; at least %d are needed\n",
			facts->tickets, LEARN_LEAST_TICKETS, facts->tickets, LEARN_LEAST_TICKETS);
	if (facts->services < LEARN_LEAST_SERVICES)
		fprintf(stderr,
			"  有时长的受理 %" PRId64 " 次，至少需 %d 次 %" PRId64
			" finished services of known length; at least %d are needed\n",
			facts->services, LEARN_LEAST_SERVICES, facts->services,
			LEARN_LEAST_SERVICES);
}

static int learn(const struct plan_options *options, struct scenario *ret_scenario,
		 struct learn_facts *ret_facts)
{
	char error[STORE_ERROR_SIZE] = "", fault[LEARN_FAULT_SIZE];
	struct store_reader *reader;
	int r = store_reader_open(&reader, options->log, error), code = CLI_OK;

	if (r < 0)
		return cli_log_fail("plan", options->log, error, r);
	r = learn_scenario(reader, options->from, options->to, ret_scenario, ret_facts, fault);
	if (r == -ENODATA) {
		say_short(options->log, ret_facts);
		code = CLI_REFUSED;
	} else if (r == -EINVAL) {
		fprintf(stderr,
			"onewindow plan: %s: 学得的场景不成立 what was learnt is no scenario: %s\n",
			options->log, fault);
		code = CLI_REFUSED;
	} else if (r < 0) {
		code = cli_log_fail("plan", options->log, store_reader_detail(reader), r);
	}
	store_reader_close(reader);
	return code;
}

/* ---- what comes out ---- */

static bool is_regular(FILE *file)
{
	struct stat status;

	return fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode);
}

/* Before days are simulated: whether the picture can be drawn and where it is to go. What stands in
 * the file stays until the new picture is there. */
static int open_svg(const char *path, FILE **ret_file)
{
	int fd;

	if (!charts_can_draw()) {
		fprintf(stderr, "onewindow plan: --svg: 未安装绘图程序 there is no onewindow-chart "
				"to draw with (built with -Drender)\n");
		return CLI_USAGE;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	*ret_file = fd < 0 ? NULL : fdopen(fd, "w");
	if (*ret_file)
		return CLI_OK;
	fprintf(stderr, "onewindow plan: --svg: 无法写入 cannot write %s: %s\n", path,
		strerror(errno));
	if (fd >= 0)
		close(fd);
	return CLI_USAGE;
}

static int write_svg(const struct plan_print *print, const char *path, FILE *file)
{
	json_t *svgs = NULL;
	int r = plan_draw(print, &svgs);

	if (r < 0) {
		fprintf(stderr, "onewindow plan: --svg: 未能绘出 could not be drawn: %s\n",
			strerror(-r));
		return CLI_USAGE;
	}
	if ((is_regular(file) && ftruncate(fileno(file), 0) < 0) ||
	    fputs(json_string_value(json_array_get(svgs, 0)), file) == EOF || fflush(file) == EOF)
		r = -errno;
	json_decref(svgs);
	if (r == 0)
		return CLI_OK;
	fprintf(stderr, "onewindow plan: --svg: 无法写入 cannot write %s: %s\n", path,
		strerror(-r));
	return CLI_USAGE;
}

/* Nothing was drawn: a file that open_svg() made is empty. */
static void drop_svg(const char *path, FILE *file)
{
	struct stat status;

	if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
		unlink(path);
}

static int show(const struct plan_options *options, const struct plan_print *print, FILE *svg)
{
	const struct plan *plan = print->plan;
	int r = CLI_OK;

	if (options->format == CLI_JSON)
		plan_print_json(print);
	else
		plan_print_text(print);
	fflush(stdout);
	plan_say_why(print);
	if (plan->outcome != PLAN_FOUND || (plan->roster.count && !plan->roster.flat))
		r = CLI_REFUSED;
	if (svg && plan->level_count) {
		int drawn = write_svg(print, options->svg, svg);

		r = drawn == CLI_OK ? r : drawn;
	}
	return r;
}

static int fail(const struct scenario *scenario, int r)
{
	if (r == -ENOENT)
		fprintf(stderr,
			"onewindow plan: \"%s\" 没有受理窗口 has no window that serves a queue of "
			"kind "
			"intake: there is nothing to plan\n",
			scenario->id);
	else if (r == -E2BIG)
		fprintf(stderr,
			"onewindow plan: \"%s\" 一天的人次过多 a day has more than %d visits\n",
			scenario->id, CORE_MAX_DAY_TICKETS);
	else
		fprintf(stderr, "onewindow plan: 未能完成 could not be done: %s\n", strerror(-r));
	return CLI_REFUSED;
}

static int run(const struct plan_options *options)
{
	struct scenario scenario = {0};
	struct learn_facts facts = {0};
	struct plan plan = {0};
	FILE *svg = NULL;
	int code = options->log ? learn(options, &scenario, &facts)
				: cli_scenario_read(&scenario, options->scenario);
	int r;

	if (code == CLI_OK && options->svg)
		code = open_svg(options->svg, &svg);
	if (code == CLI_OK) {
		const struct plan_print print = {
			.scenario = &scenario,
			.request = &options->request,
			.plan = &plan,
			.target = options->target,
			.source = options->log ? options->log : options->scenario,
			.learnt = options->log ? &facts : NULL,
		};

		r = plan_make(&plan, &scenario, &options->request);
		code = r < 0 ? fail(&scenario, r) : show(options, &print, svg);
	}
	if (svg) {
		drop_svg(options->svg, svg);
		fclose(svg);
	}
	plan_finish(&plan);
	scenario_finish(&scenario);
	return code;
}

int cli_plan(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"log", 'l', "FILE", 0, "从此日志学得场景 learn the scenario from this log", 0},
		{"target", 't', "TARGET", 0,
		 "目标 what is to hold: 'p90<=15' (mean, p50, p90, p95; minutes), "
		 "'share>=.95' (within the hall's target), 'within 10>=.95'",
		 0},
		{"confidence", 'c', "SHARE", 0,
		 "须达标的种子占比 share of seeds in which it has to hold (default .8)", 0},
		{"days", OPTION_DAYS, "N", 0, "每个种子的天数 days of each seed (default 240)", 0},
		{"seeds", OPTION_SEEDS, "N", 0, "种子数 seeds (default 20)", 0},
		{"seed", OPTION_SEED, "N", 0, "首个种子 the first of them (default 1)", 0},
		{"max", OPTION_MAX, "N", 0,
		 "受理窗口至多几个；曲线画到此数 at most so many intake windows; the curve goes so "
		 "far",
		 0},
		{"per", OPTION_PER, "half-hour|hour", 0,
		 "分时段排班 a roster as well: windows in each period", 0},
		{"from", OPTION_FROM, "YYYY-MM-DD", 0,
		 "日志的起始服务日 first service day of a log", 0},
		{"to", OPTION_TO, "YYYY-MM-DD", 0, "日志的截止服务日 last service day of a log", 0},
		{"svg", OPTION_SVG, "FILE", 0, "把曲线画入此文件 draw the curve into this file", 0},
		{"format", 'f', "text|json", 0, "输出格式 how to print", 0},
		{0},
	};
	static const struct argp argp = {
		list,
		parse,
		"SCENARIO\n--log FILE",
		"需要几个受理窗口：达到目标所需的最少窗口数，及分时段排班（模拟估计）。\n"
		"How many intake windows a hall needs so that a target holds, and when (model "
		"estimate).",
		NULL,
		NULL,
		NULL};
	struct plan_options options = {
		.request = {.seed = 1, .seeds = 20, .days = 240, .confidence = .8}};
	int r = cli_parse(&argp, argc, argv, &options);

	return r != CLI_OK ? r : run(&options);
}
