/* onewindow baseline freeze|list|show: periods to compare with, by name. The log is read; freezing
 * is the daemon's, or done here while none runs. */
#include "src/cli/baseline.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/cli/baseline_freeze.h"
#include "src/cli/cli.h"

enum { OPTION_CHECK = 256 };

const char *baseline_time(const struct stamp *at, char ret[BASELINE_TIME_SIZE])
{
	time_t seconds = (time_t)(at->wall_ms / 1000 + at->offset_min * 60LL);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(ret, BASELINE_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
	return ret;
}

json_t *baseline_ids_json(const char *ids)
{
	char rest[sizeof(((struct event_baseline_frozen *)NULL)->control)], *save = NULL;
	json_t *array = json_array();

	snprintf(rest, sizeof(rest), "%s", ids);
	for (char *id = strtok_r(rest, ",", &save); id; id = strtok_r(NULL, ",", &save))
		json_array_append_new(array, json_string(id));
	return array;
}

/* ---- what a log has ---- */

struct names {
	char list[400];
	size_t used;
	bool more;
};

static int add_name(void *user, const struct event *event)
{
	const char *name = event->u.baseline_frozen.name;
	struct names *names = user;

	if (names->used + strlen(name) + 3 > sizeof(names->list)) {
		names->more = true;
		return 0;
	}
	names->used +=
		(size_t)snprintf(names->list + names->used, sizeof(names->list) - names->used,
				 "%s%s", names->used ? ", " : "", name);
	return 0;
}

static int say_unknown(const char *command, struct store_reader *reader, const char *name)
{
	struct names names = {0};
	int r = baseline_each(reader, add_name, &names);

	if (r < 0 || !names.used)
		fprintf(stderr,
			"onewindow %s: 没有基期 there is no baseline \"%.40s\": 尚未冻结任何基期 "
			"none "
			"is frozen yet (onewindow baseline freeze)\n",
			command, name);
	else
		fprintf(stderr,
			"onewindow %s: 没有基期 there is no baseline \"%.40s\"; 已有 there are: "
			"%s%s\n",
			command, name, names.list, names.more ? ", …" : "");
	return CLI_REFUSED;
}

int baseline_get(const char *command, const char *log, struct store_reader *reader,
		 const char *name, struct baseline_facts *ret)
{
	int r = baseline_find(reader, name, ret);

	if (r == -ENOENT)
		return say_unknown(command, reader, name);
	if (r == -EPROTO) {
		fprintf(stderr,
			"onewindow %s: 日志损坏或被改动 the events of the baseline \"%.40s\" are "
			"not "
			"all there, or do not fit: see `onewindow log verify %s`\n",
			command, name, log);
		return CLI_LOG_DAMAGED;
	}
	return r < 0 ? cli_log_fail(command, log, store_reader_detail(reader), r) : CLI_OK;
}

int baseline_reread(const char *command, const char *log, const struct baseline_facts *facts,
		    bool *ret_kept)
{
	char error[STORE_ERROR_SIZE] = "";
	int r = baseline_check(log, &facts->frozen, ret_kept, error);

	if (r == 0 && !*ret_kept)
		fprintf(stderr,
			"onewindow %s: 基期 %s "
			"的记录完好，但日志旁保留的每日数字有误，或与冻结时不符，"
			"须由事件重新计数 its rows are good, but days that are kept beside the log "
			"are wrong, or not what was frozen: only a count of the events tells. "
			"`onewindow log verify %s`, then `onewindow log rebuild`\n",
			command, facts->frozen.name, log);
	if (r == 0)
		return CLI_OK;
	if (r != -EBADMSG)
		return cli_log_fail(command, log, error, r);
	fprintf(stderr, "onewindow %s: %s\n", command, error);
	fprintf(stderr,
		"onewindow %s: 不再可作比较，请以 onewindow log verify 查明 nothing is compared "
		"with "
		"it: see `onewindow log verify %s`, and the copies that were kept\n",
		command, log);
	return CLI_LOG_DAMAGED;
}

/* ---- options ---- */

struct options {
	struct baseline_freeze freeze;
	bool check;
	const char *words[3];
	int word_count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	struct baseline_freeze *freeze = &options->freeze;

	switch (key) {
	case 's':
	case 'e': {
		int64_t date = cli_parse_date(arg);

		if (!date)
			argp_error(state, "\"%s\" 不是日期 is no date; write it as 2026-11-24",
				   arg);
		*(key == 's' ? &freeze->from : &freeze->to) = date;
		break;
	}
	case 'c': freeze->control = arg; break;
	case 'l': freeze->log = arg; break;
	case 'k': freeze->key = arg; break;
	case 'u': freeze->url = arg; break;
	case 'f':
		if (!cli_parse_format(arg, &freeze->format))
			argp_error(state, "--format %s: 可选 allowed are text, csv, json", arg);
		break;
	case OPTION_CHECK: options->check = true; break;
	case ARGP_KEY_ARG:
		if (options->word_count == 3)
			argp_error(state, "词数过多 too many words");
		options->words[options->word_count++] = arg;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int run_freeze(const struct options *options)
{
	const struct baseline_freeze *freeze = &options->freeze;

	if (!freeze->from || !freeze->to)
		return cli_usage("baseline", "freeze: 请用 --from、--to 指明服务日 --from and --to "
					     "say which service days");
	if (freeze->from > freeze->to)
		return cli_usage("baseline", "起始晚于截止 --from lies after --to");
	if (freeze->log && freeze->url)
		return cli_usage("baseline", "--log 与 --url 只用其一 either --log (the daemon is "
					     "stopped) or --url");
	if (freeze->key && !freeze->log)
		return cli_usage("baseline", "--key 须与 --log 同用 --key goes with --log");
	if (strlen(options->words[1]) >= CORE_ID_SIZE)
		return cli_usage("baseline", "名称过长 the name is too long: at most %d",
				 CORE_ID_SIZE - 1);
	if (freeze->control && !freeze->control[0])
		return cli_usage("baseline", "--control: 未给出队列 no queue is named");
	if (freeze->control &&
	    strlen(freeze->control) >= sizeof(((struct baseline_request *)NULL)->control))
		return cli_usage("baseline", "--control: 队列过多 too many queues: at most %d",
				 CORE_MAX_WINDOW_QUEUES);
	return baseline_freeze(freeze, options->words[1]);
}

int cli_baseline(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"from", 's', "YYYY-MM-DD", 0, "freeze: 起始服务日 first service day", 0},
		{"to", 'e', "YYYY-MM-DD", 0, "freeze: 截止服务日 last service day", 0},
		{"control", 'c', "QUEUE,...", 0,
		 "freeze: 对照队列，改革未涉及 queues that nothing was changed for", 0},
		{"log", 'l', "FILE", 0,
		 "日志 the log; freeze: 守护进程已停 only while the daemon is stopped", 0},
		{"key", 'k', "FILE", 0,
		 "freeze --log: 日志密钥 the log's key (default: beside it, LOG.key)", 0},
		{"url", 'u', "URL", 0,
		 "freeze: 守护进程地址 the daemon (default: $ONEWINDOW_URL, else "
		 "http://127.0.0.1:8390)",
		 0},
		{"check", OPTION_CHECK, NULL, 0,
		 "show: 重读其记录，与冻结时比对 read its rows again and compare", 0},
		{"format", 'f', "text|csv|json", 0, "输出格式 how to print", 0},
		{0},
	};
	struct argp argp = {
		list,
		parse,
		"freeze NAME\nlist\nshow NAME",
		"Freeze a period of closed days under a name, to compare later ones with "
		"it; list and show what was frozen. A baseline is never edited: another "
		"name supersedes it. "
		"以名称冻结一段已结束的服务日，供日后比较；列出、查看已冻结的基期。"
		"基期不可修改，只能另立新名。",
		NULL,
		NULL,
		NULL};
	struct options options = {0};
	bool freeze, show_one;
	int r = cli_parse(&argp, argc, argv, &options);

	if (r)
		return r;
	freeze = options.word_count == 2 && !strcmp(options.words[0], "freeze");
	show_one = options.word_count == 2 && !strcmp(options.words[0], "show");
	if (freeze && !options.check)
		return run_freeze(&options);
	if (!show_one && (options.word_count != 1 || strcmp(options.words[0], "list") != 0))
		return cli_usage("baseline", "应为 expected: freeze NAME, list, or show NAME");
	if (options.freeze.from || options.freeze.to || options.freeze.control ||
	    options.freeze.key || options.freeze.url || (options.check && !show_one))
		return cli_usage("baseline", "%s: 选项不适用 an option that means nothing here",
				 options.words[0]);
	if (!options.freeze.log)
		return cli_usage("baseline", "请用 --log 指明日志 --log says which log to read");
	return baseline_print(options.freeze.log, show_one ? options.words[1] : NULL, options.check,
			      options.freeze.format);
}
