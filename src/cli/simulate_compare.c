/* onewindow simulate --compare: two scenarios with the same cases side by side, and on request what
 * each change of a reform did. */
#include "src/cli/simulate_compare.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/scenario.h"

/* Of the most tickets a day: what a figure can count, all seeds together. */
enum { MAX_SEEDS = 10000, MAX_DAYS = 100000, OPTION_COMPARE = 512, OPTION_SEED };

const struct compared_name compared_levers[REFORM_LEVERS] = {
	[REFORM_POOLING] = {"pooling", "合并排队", "pooling"},
	[REFORM_FEWER] = {"fewer-windows", "减少窗口", "fewer windows"},
	[REFORM_SERVICE] = {"service", "缩短受理", "mean service"},
	[REFORM_VARIANCE] = {"variance", "减小波动", "variance"},
	[REFORM_REWORK] = {"rework", "减少返件", "rework"},
	[REFORM_ONLINE] = {"online", "网上申报", "online"},
	[REFORM_ISSUING] = {"issuing", "出证分设", "issuing split"},
};

const struct compared_name compared_players[REFORM_PLAYERS] = {
	[REFORM_MERGE] = {"merge", "窗口合并（合并排队、减少窗口）",
			  "window merge: pooling, fewer windows"},
	[REFORM_PRE_REVIEW] = {"pre-review", "预审（缩短受理、减小波动、减少返件）",
			       "pre-review: service, variance, rework"},
	[REFORM_FILING] = {"online", "网上申报", "online"},
	[REFORM_SPLIT] = {"issuing", "出证分设", "issuing split"},
};

struct options {
	const char *before, *after;
	struct reform_seeds seeds;
	bool attribute;
	enum cli_format format;
};

/* ---- options -------------------------------------------------------------------------------- */

static uint64_t parse_count(const char *option, const char *text, uint64_t least, uint64_t most,
			    struct argp_state *state)
{
	char *end = NULL;
	unsigned long long count;

	errno = 0;
	count = strtoull(text, &end, 10);
	if (!text[0] || text[strspn(text, "0123456789")] || *end)
		argp_error(state, "--%s \"%s\": 不是整数 is no whole number", option, text);
	if (errno || count < least || count > most)
		argp_error(state, "--%s %s: 可选 allowed are %" PRIu64 " to %" PRIu64, option, text,
			   least, most);
	return count;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case OPTION_COMPARE: break;
	case 'n':
		options->seeds.count = (uint32_t)parse_count("seeds", arg, 1, MAX_SEEDS, state);
		break;
	case OPTION_SEED:
		options->seeds.first = parse_count("seed", arg, 0, INT64_MAX - MAX_SEEDS, state);
		break;
	case 'd':
		options->seeds.days = (uint32_t)parse_count("days", arg, 1, MAX_DAYS, state);
		break;
	case 'a': options->attribute = true; break;
	case 'f':
		if (!cli_parse_format(arg, &options->format) || options->format == CLI_CSV)
			argp_error(state, "--format %s: 可选 allowed are text, json", arg);
		break;
	case ARGP_KEY_ARG:
		if (options->after)
			argp_error(state, "多余的词 no word is expected here: %s", arg);
		*(options->before ? &options->after : &options->before) = arg;
		break;
	case ARGP_KEY_END:
		if (!options->after)
			argp_error(state, "请指明两个场景文件 say which two scenario files: "
					  "--compare BEFORE AFTER");
		if ((uint64_t)options->seeds.count * options->seeds.days > MAX_DAYS)
			argp_error(state,
				   "--seeds %" PRIu32 " --days %" PRIu32
				   ": 共计至多 at most %d days in all are allowed",
				   options->seeds.count, options->seeds.days, MAX_DAYS);
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int read_options(int argc, char **argv, struct options *ret_options)
{
	static const struct argp_option list[] = {
		{"compare", OPTION_COMPARE, NULL, 0, "比较两个场景 two scenarios side by side", 0},
		{"seeds", 'n', "NUMBER", 0, "种子数，默认 10 how many seeds, 10 by default", 0},
		{"seed", OPTION_SEED, "NUMBER", 0,
		 "第一个种子，默认 1 the first of them, 1 by default", 0},
		{"days", 'd', "NUMBER", 0, "每个种子的天数，默认 240 days of each, 240 by default",
		 0},
		{"attribute", 'a', NULL, 0,
		 "各项改变各占多少 how much each change of a reform makes", 0},
		{"format", 'f', "text|json", 0, "输出格式 how to print", 0},
		{0},
	};
	static const struct argp argp = {
		list,
		parse,
		"BEFORE AFTER",
		"两个场景并列：等候相差多少。\n"
		"Two scenarios side by side: how much longer or shorter the wait is.",
		NULL,
		NULL,
		NULL};
	struct options options = {.seeds = {.first = 1, .count = 10, .days = 240}};
	int r = cli_parse(&argp, argc, argv, &options);

	if (r == CLI_OK)
		*ret_options = options;
	return r;
}

/* ---- what is asked -------------------------------------------------------------------------- */

static int fail(int r)
{
	if (r == -ERANGE)
		fprintf(stderr,
			"onewindow simulate: "
			"某些组合下无人等候，对数无意义，不能归因；请增加天数或办件\n"
			"with some of the changes nobody waits at all, and zero has no logarithm: "
			"nothing to take apart; try more days or more cases\n");
	else if (r == -E2BIG)
		fprintf(stderr, "onewindow simulate: 到访或技能过多 a day has more visits, or the "
				"items more skills, than a hall can have\n");
	else
		fprintf(stderr, "onewindow simulate: 未能完成 not done: %s\n", strerror(-r));
	return CLI_REFUSED;
}

/* Before the days are simulated: whoever waits for them wants to know at once. */
static int refuse(const struct compared *compared)
{
	char fault[4096];
	int r = reform_check(compared->before, compared->after, fault, sizeof(fault));

	if (r == 0)
		return CLI_OK;
	if (r != -EINVAL)
		return fail(r);
	fprintf(stderr, "onewindow simulate --attribute: %s\n", fault);
	return CLI_REFUSED;
}

static int compare(const struct options *options, struct compared *compared)
{
	int r = options->attribute ? refuse(compared) : CLI_OK;

	if (r != CLI_OK)
		return r;
	compared->difference_count =
		reform_differences(compared->before, compared->after, compared->differences);
	compared->same_cases = reform_same_cases(compared->before, compared->after);
	r = plan_load_scenario(&compared->load_before, compared->before);
	if (r == 0)
		r = plan_load_scenario(&compared->load_after, compared->after);
	if (r == 0)
		r = reform_compare(compared->before, compared->after, &compared->seeds,
				   &compared->figures);
	if (r == 0 && options->attribute) {
		r = reform_attribute(compared->before, compared->after, &compared->seeds,
				     &compared->parts);
		compared->attributed = r == 0;
	}
	if (r < 0)
		return fail(r);
	if (options->format == CLI_JSON) {
		json_t *json = compared_json(compared);

		cli_print_json(json);
		json_decref(json);
	} else {
		compared_print_text(compared);
	}
	return CLI_OK;
}

void compared_overload(const struct reform_attribution *parts, struct overloaded *ret)
{
	*ret = (struct overloaded){.worlds = REFORM_WORLDS};
	for (uint32_t set = 0; set < REFORM_WORLDS; set++) {
		bool is_short = true;

		ret->overloaded += parts->worlds[set].busiest > 1;
		if (parts->worlds[set].mean_min > parts->worlds[ret->worst].mean_min)
			ret->worst = set;
		for (int p = 0; p < REFORM_PLAYERS; p++) {
			uint32_t levers = reform_player_levers((enum reform_player)p);

			is_short = is_short && ((set & levers) == 0 || (set & levers) == levers);
		}
		if (is_short &&
		    parts->worlds[set].mean_min > parts->worlds[ret->worst_short].mean_min)
			ret->worst_short = set;
	}
}

bool cli_asks_compare(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--compare"))
			return true;
	return false;
}

int cli_simulate_compare(int argc, char **argv)
{
	static struct compared compared;
	struct scenario before = {0}, after = {0};
	struct options options;
	int r = read_options(argc, argv, &options), both;

	if (r != CLI_OK)
		return r;
	/* the faults of both files are told at once */
	r = cli_scenario_read(&before, options.before);
	both = cli_scenario_read(&after, options.after);
	if (r != CLI_OK || both != CLI_OK) {
		scenario_finish(&before);
		scenario_finish(&after);
		return r != CLI_OK ? r : both;
	}
	compared.before = &before;
	compared.after = &after;
	compared.seeds = options.seeds;
	r = compare(&options, &compared);
	reform_comparison_finish(&compared.figures);
	plan_load_finish(&compared.load_before);
	plan_load_finish(&compared.load_after);
	scenario_finish(&before);
	scenario_finish(&after);
	return r;
}
