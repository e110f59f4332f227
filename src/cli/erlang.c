/* onewindow erlang: how long people would wait by the closed forms of queueing theory. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/measure/erlang.h"

struct erlang_options {
	char model;				   /* 'a', 'b', 'c'; 0 none yet */
	bool servers, arrivals, service, patience; /* given */
	struct erlang_system system;
	enum cli_format format;
};

/* Digits, a point, an exponent: neither "nan" nor "0x10" nor " 5". */
static bool parse_number(const char *text, double *ret)
{
	char *end = NULL;

	if (!text[0] || text[strspn(text, "+-0123456789.eE")])
		return false;
	*ret = strtod(text, &end);
	return !*end && isfinite(*ret);
}

static void parse_rate(const char *option, const char *text, double *ret, bool *ret_given,
		       struct argp_state *state)
{
	double rate = 0;

	if (!parse_number(text, &rate))
		argp_error(state, "--%s \"%s\": 不是数 is no number", option, text);
	if (!(rate > 0))
		argp_error(state, "--%s %s: 应大于零 is to be more than zero", option, text);
	if (!(rate >= ERLANG_MIN_RATE && rate <= ERLANG_MAX_RATE))
		argp_error(state, "--%s %s: 可选 allowed are %g to %g an hour 每小时", option, text,
			   ERLANG_MIN_RATE, ERLANG_MAX_RATE);
	*ret = rate;
	*ret_given = true;
}

static void parse_servers(const char *text, struct erlang_options *options,
			  struct argp_state *state)
{
	char *end = NULL;
	long servers;

	errno = 0;
	servers = strtol(text, &end, 10);
	if (!text[0] || text[strspn(text, "+-0123456789")] || *end)
		argp_error(state, "--servers \"%s\": 不是整数 is no whole number", text);
	if (errno || servers < 1 || servers > ERLANG_MAX_SERVERS)
		argp_error(state, "--servers %s: 可选 allowed are 1 to %d", text,
			   ERLANG_MAX_SERVERS);
	options->system.servers = servers;
	options->servers = true;
}

static void parse_model(const char *word, struct erlang_options *options, struct argp_state *state)
{
	if (options->model)
		argp_error(state, "多余的词 no word is expected here: %s", word);
	if (strlen(word) != 1 || !strchr("abc", word[0]))
		argp_error(state, "\"%s\": 可选 allowed are b, c, a", word);
	options->model = word[0];
}

/* What is missing, or is of another model. */
static void check(const struct erlang_options *options, struct argp_state *state)
{
	const char *missing = NULL;

	if (!options->model)
		argp_error(state, "请指明模型 say which model: b, c, a");
	if (!options->servers)
		missing = "servers";
	else if (!options->arrivals)
		missing = "arrivals";
	else if (!options->service)
		missing = "service";
	else if (options->model == 'a' && !options->patience)
		missing = "patience";
	if (missing)
		argp_error(state, "缺少 missing: --%s", missing);
	if (options->model != 'a' && options->patience)
		argp_error(state, "--patience: 只用于模型 a is only of model a");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct erlang_options *options = state->input;
	struct erlang_system *system = &options->system;

	switch (key) {
	case 'c': parse_servers(arg, options, state); break;
	case 'l': parse_rate("arrivals", arg, &system->arrivals, &options->arrivals, state); break;
	case 'm': parse_rate("service", arg, &system->service, &options->service, state); break;
	case 't': parse_rate("patience", arg, &system->patience, &options->patience, state); break;
	case 'f':
		if (!cli_parse_format(arg, &options->format) || options->format == CLI_CSV)
			argp_error(state, "--format %s: 可选 allowed are text, json", arg);
		break;
	case ARGP_KEY_ARG: parse_model(arg, options, state); break;
	case ARGP_KEY_END: check(options, state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static double load(const struct erlang_system *system)
{
	return system->arrivals / ((double)system->servers * system->service);
}

static int refuse(const struct erlang_options *options, int r)
{
	const struct erlang_system *system = &options->system;

	if (r == -EDOM)
		fprintf(stderr,
			"onewindow erlang c: 负荷 %.6g 不小于 1，队列会无限增长："
			"每小时到达 %g，最多办结 %" PRId64 " × %g\n"
			"the load is %.6g: at 1 or more the queue grows without bound; %g arrive "
			"an "
			"hour, %" PRId64 " × %g is the most that can be served\n",
			load(system), system->arrivals, system->servers, system->service,
			load(system), system->arrivals, system->servers, system->service);
	else
		fprintf(stderr,
			"onewindow erlang a: 与到达 %g 相比，离开率 %g 过小，无法求和；可用模型 c\n"
			"patience %g is too small beside %g arrivals: too many states to add up; "
			"see "
			"model c\n",
			system->arrivals, system->patience, system->patience, system->arrivals);
	return CLI_REFUSED;
}

/* By jansson a number smaller than the smallest double would be 0. */
static void print_json(const struct erlang_figures *figures)
{
	const struct {
		const char *name;
		const struct erlang_number *number;
	} fields[] = {
		{"blocking", &figures->blocking},
		{"p_wait", &figures->p_wait},
		{"mean_wait_min", &figures->mean_wait_min},
		{"p_wait_le_15min", &figures->p_wait_le_15min},
		{"p_abandon", &figures->p_abandon},
	};
	char text[ERLANG_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		strcpy(text, "null");
		if (fields[i].number->known)
			erlang_text(fields[i].number, text);
		printf("%s  \"%s\": %s", i ? ",\n" : "{\n", fields[i].name, text);
	}
	printf("\n}\n");
}

static void add_line(struct cli_table *table, const char *what, const struct erlang_number *number)
{
	char text[ERLANG_TEXT_SIZE], *exponent;
	double value = erlang_double(number);

	if (!number->known)
		return;
	cli_table_add(table, "%s", what);
	/* a number that no double holds has its exponent printed behind its digits */
	erlang_text(number, text);
	exponent = strchr(text, 'e');
	if (value == 0 && exponent) {
		*exponent = '\0';
		cli_table_add(table, "%.5fe%s", strtod(text, NULL), exponent + 1);
	} else {
		cli_table_add(table, "%.6g", value);
	}
}

static void print_text(const struct erlang_options *options, const struct erlang_figures *figures)
{
	const struct erlang_system *system = &options->system;
	struct cli_table table;

	printf("Erlang %c: 窗口 servers %" PRId64 "，每小时到达 arrivals %g an hour，"
	       "每窗口每小时办结 service %g",
	       options->model - 'a' + 'A', system->servers, system->arrivals, system->service);
	if (options->model == 'a')
		printf("，每小时离开率 patience %g", system->patience);
	printf("，负荷 load %.6g\n", load(system));
	cli_table_init(&table, 2);
	add_line(&table, "若无处等候，被拒的比例 blocking, were there no room to wait",
		 &figures->blocking);
	add_line(&table, "需等候的比例 p_wait, share that waits", &figures->p_wait);
	add_line(&table, "平均等候（分） mean wait of all, minutes", &figures->mean_wait_min);
	add_line(&table, "等候不超过 15 分钟 share that waits at most 15 minutes",
		 &figures->p_wait_le_15min);
	add_line(&table, "等不及离开的比例 p_abandon, share that leaves", &figures->p_abandon);
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
}

int cli_erlang(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"servers", 'c', "NUMBER", 0, "窗口数 windows that are equal", 0},
		{"arrivals", 'l', "RATE", 0, "每小时到达 people an hour", 0},
		{"service", 'm', "RATE", 0,
		 "每窗口每小时办结 people an hour that one busy window serves", 0},
		{"patience", 't', "RATE", 0,
		 "模型 a：每小时离开率 model a: 60 ÷ the mean minutes that one would wait", 0},
		{"format", 'f', "text|json", 0, "输出格式 how to print", 0},
		{0},
	};
	static const struct argp argp = {
		list,
		parse,
		"b | c | a",
		"排队公式：b 无处等候，c 等候，a 等候且会离开。\n"
		"Closed forms: b nobody can wait, c all wait, a all wait and leave when patience "
		"ends.",
		NULL,
		NULL,
		NULL};
	struct erlang_options options = {0};
	struct erlang_figures figures;
	int r = cli_parse(&argp, argc, argv, &options);

	if (r != CLI_OK)
		return r;
	if (options.model == 'b')
		r = erlang_b(&options.system, &figures);
	else if (options.model == 'c')
		r = erlang_c(&options.system, &figures);
	else
		r = erlang_a(&options.system, &figures);
	if (r < 0)
		return refuse(&options, r);
	if (options.format == CLI_JSON)
		print_json(&figures);
	else
		print_text(&options, &figures);
	return CLI_OK;
}
