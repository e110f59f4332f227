/* What all subcommands say alike, in Chinese and English: options and --help, wrong usage, and what
 * is wrong with a log. */
#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"

enum { OPTION_USAGE = 512 };

static error_t parse_help(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case '?': argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP); break;
	case OPTION_USAGE:
		argp_state_help(state, state->out_stream, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* argp's note on the arguments of short options is in English only, and the list shows the same. */
static char *filter_help(int key, const char *text, void *input)
{
	(void)input;
	return key == ARGP_KEY_HELP_DUP_ARGS_NOTE ? NULL : (char *)(uintptr_t)text;
}

int cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	static const struct argp_option options[] = {
		{"help", '?', NULL, 0, "显示帮助 this help", -1},
		{"usage", OPTION_USAGE, NULL, 0, "显示简要用法 the usage in short", 0},
		{0},
	};
	static const struct argp help = {options, parse_help, NULL, NULL, NULL, NULL, NULL};
	/* A command's own child comes first: it then is child 0 of the command's parser, too. */
	struct argp_child children[3] = {{0}};
	struct argp whole = *argp;
	size_t count = 0;

	if (argp->children)
		children[count++] = argp->children[0];
	children[count] = (struct argp_child){&help, 0, NULL, -1};
	whole.children = children;
	whole.help_filter = filter_help;
	argp_err_exit_status = CLI_USAGE;
	return argp_parse(&whole, argc, argv, ARGP_NO_HELP, NULL, input) ? CLI_USAGE : CLI_OK;
}

int cli_usage(const char *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "onewindow %s: ", command);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n详情 More: onewindow %s --help\n", command);
	return CLI_USAGE;
}

bool cli_parse_format(const char *word, enum cli_format *ret_format)
{
	static const char *const names[] = {"text", "json", "csv"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(word, names[i]))
			continue;
		*ret_format = (enum cli_format)i;
		return true;
	}
	return false;
}

int64_t cli_parse_date(const char *text)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y = 0, m = 0, d = 0, used = 0;
	bool leap;

	if (text[strspn(text, "0123456789-")]) /* sscanf would take blanks and signs, too */
		return 0;
	if ((sscanf(text, "%4d-%2d-%2d%n", &y, &m, &d, &used) != 3 || text[used]) &&
	    (sscanf(text, "%4d%2d%2d%n", &y, &m, &d, &used) != 3 || text[used]))
		return 0;
	if (y < 1970 || m < 1 || m > 12 || d < 1)
		return 0;
	leap = y % 4 == 0 && (y % 100 || y % 400 == 0);
	return d <= lengths[m - 1] + (m == 2 && leap) ? y * 10000 + m * 100 + d : 0;
}

int cli_log_exit(int r)
{
	return r == -EBADMSG || r == -EMEDIUMTYPE || r == -EISDIR || r == -ENOTSUP || r == -ENOKEY
		       ? CLI_LOG_DAMAGED
		       : CLI_REFUSED;
}

void cli_print_fault(void *user, const char *file, int line, const char *message)
{
	(void)user;
	if (line > 0)
		fprintf(stderr, "%s:%d: %s\n", file, line, message);
	else
		fprintf(stderr, "%s: %s\n", file, message);
}

int cli_log_fail(const char *command, const char *path, const char *error, int r)
{
	static const struct {
		int error;
		const char *zh;
	} reasons[] = {
		{-ENOENT, "没有可读的日志"},
		{-EMEDIUMTYPE, "不是 onewindow 的日志"},
		{-ENOTSUP, "日志格式不受支持"},
		{-ENOKEY, "缺少日志密钥或密钥不符"},
		{-EBADMSG, "日志损坏或被改动"},
		{-EBUSY, "日志正被占用"},
		{-EISDIR, "是目录，请指明其中的日志"},
		{-EEXIST, "文件已存在"},
		{-ENOSPC, "磁盘已满"},
	};
	const char *zh = "未能完成";

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].error == r)
			zh = reasons[i].zh;
	if (!error[0])
		error = strerror(-r);
	/* Most of the store's sentences name the file. */
	if (strstr(error, path))
		fprintf(stderr, "onewindow %s: %s %s\n", command, zh, error);
	else
		fprintf(stderr, "onewindow %s: %s %s: %s\n", command, zh, path, error);
	return cli_log_exit(r);
}
