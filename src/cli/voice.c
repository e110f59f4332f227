/* onewindow voice: a folder of recordings made and looked through, one call as a file. The work is
 * done by onewindow-voice, so that no library of sound is in this program. */
#include <argp.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/voice/phrase.h"
#include "src/cli/cli.h"
#include "src/daemon/helper.h"

enum { OPTION_ZH = 300, OPTION_EN, MAX_WORDS = 4, MAX_ARGV = 10 };

struct options {
	const char *out, *folder, *languages, *zh, *en;
	const char *words[MAX_WORDS];
	int count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o': options->out = arg; break;
	case 'f': options->folder = arg; break;
	case 'l': options->languages = arg; break;
	case OPTION_ZH: options->zh = arg; break;
	case OPTION_EN: options->en = arg; break;
	case ARGP_KEY_ARG:
		if (options->count == MAX_WORDS)
			argp_error(state, "词过多 too many words");
		options->words[options->count++] = arg;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_option option_list[] = {
	{"out", 'o', "PATH", 0,
	 "say: 写入的 WAV 文件 the file to write; make: 文件夹 the folder to make", 0},
	{"folder", 'f', "FOLDER", 0, "say: 录音文件夹 the recordings", 0},
	{"languages", 'l', "LIST", 0, "zh,en（默认 default）", 0},
	{"template-zh", OPTION_ZH, "TEXT", 0, "say: 中文模板 instead of the built-in one", 0},
	{"template-en", OPTION_EN, "TEXT", 0, "say: 英文模板 instead of the built-in one", 0},
	{0},
};

static int run(const char *const words[])
{
	const char *path = helper_find(HELPER_VOICE);
	char *argv[MAX_ARGV + 1] = {NULL};

	if (!path[0]) {
		fprintf(stderr, "onewindow voice: 没有语音程序 no program onewindow-voice; build "
				"with -Dvoice=enabled\n");
		return CLI_REFUSED;
	}
	argv[0] = (char *)(uintptr_t) "onewindow-voice";
	for (size_t i = 0; words[i]; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	fflush(stdout);
	execv(path, argv);
	fprintf(stderr, "onewindow voice: %s: %s\n", path, strerror(errno));
	return CLI_REFUSED;
}

static int say(const struct options *options)
{
	const char *words[] = {"say",	     options->words[1], options->words[2],
			       options->out, options->folder,	options->languages,
			       options->zh,  options->en,	NULL};
	char *end = NULL;
	long window = strtol(options->words[2], &end, 10);

	if (end == options->words[2] || *end || window < 1 || window > VOICE_MAX_NUMBER)
		return cli_usage("voice", "%s: 窗口须为 a window is 1 to %d", options->words[2],
				 VOICE_MAX_NUMBER);
	if (!options->out || !options->folder)
		return cli_usage("voice", "须有 needed: --out FILE --folder FOLDER");
	return run(words);
}

int cli_voice(int argc, char **argv)
{
	static const struct argp argp = {
		option_list,
		parse,
		"say NUMBER WINDOW\ncheck FOLDER\nmake",
		"Say one call into a WAV file (say), look through a folder of recordings (check), "
		"or "
		"make one with espeak-ng for a hall that has none yet (make). "
		"把一次叫号写成 WAV 文件；检查录音文件夹；用 espeak-ng 生成录音文件夹。",
		NULL,
		NULL,
		NULL};
	struct options options = {.languages = "zh,en", .zh = "", .en = ""};
	const char *what;
	int r = cli_parse(&argp, argc, argv, &options);

	if (r)
		return r;
	what = options.count ? options.words[0] : "";
	if (!strcmp(what, "say") && options.count == 3)
		return say(&options);
	if (!strcmp(what, "check") && options.count == 2) {
		const char *words[] = {"check", options.words[1], options.languages, NULL};

		return run(words);
	}
	if (!strcmp(what, "make") && options.count == 1 && options.out) {
		const char *words[] = {"make", options.out, options.languages, NULL};

		return run(words);
	}
	return cli_usage("voice",
			 "应为 expected: say NUMBER WINDOW --out FILE --folder FOLDER, check "
			 "FOLDER, or make --out FOLDER");
}
