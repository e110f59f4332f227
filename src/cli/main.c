/* onewindow: one program with subcommands. */
#include <stdio.h>
#include <string.h>

#include "src/cli/cli.h"

static const struct {
	const char *name;
	cli_command_fn run;
	const char *zh, *en;
} commands[] = {
	{"serve", cli_serve, "运行大厅守护进程", "run the daemon of one hall"},
	{"demo", cli_demo, "运行带虚拟设备的演示大厅", "run a hall with virtual devices"},
	{"baseline", cli_baseline, "冻结、列出、查看基期",
	 "baseline freeze|show NAME, baseline list: periods to compare with"},
	{"board", cli_board, "屏的报文：生成、解释", "board encode|decode: frames of LED boards"},
	{"config", cli_config, "检查配置文件、模拟场景", "config check FILE"},
	{"devices", cli_devices, "列出设备及状态；识别、测试打印机",
	 "list devices and their health; devices identify|test PRINTER; devices lines"},
	{"filing", cli_filing, "登记网上申报、未到场的办件",
	 "filing add ITEM --case REF: a case that was filed online and made no visit"},
	{"jobs", cli_jobs, "列出打印任务，确认是否打出",
	 "jobs, jobs printed|lost NUMBER...: print jobs; say what became of them"},
	{"ticket", cli_ticket, "取号、查号、取消、补打、说明叫号先后、查看票样",
	 "ticket issue|list|render, show|cancel|resume|transfer|reprint|why NUMBER"},
	{"window", cli_window, "窗口操作",
	 "window call-next|recall|start|finish|no-show|... WINDOW"},
	{"day", cli_day, "开始、结束服务日", "day open|close"},
	{"report", cli_report, "等候时间报表", "how long people waited"},
	{"replay", cli_replay, "重放：这些日子若在另一种布局中",
	 "replay --log FILE --layout SCENARIO: a log's days in another layout"},
	{"erlang", cli_erlang, "排队公式：Erlang B、C、A", "erlang b|c|a: waits by closed forms"},
	{"simulate", cli_simulate, "模拟大厅若干日；比较两个场景",
	 "simulate SCENARIO, simulate --compare BEFORE AFTER: how long people would wait"},
	{"plan", cli_plan, "需要几个窗口，及分时段排班",
	 "plan SCENARIO|--log FILE --target T: how many windows meet a target, and when"},
	{"log", cli_log, "校验、查看、导出、备份、恢复、重建日志",
	 "log verify|head|show|export|backup|restore|rebuild LOG"},
	{"voice", cli_voice, "语音：试听、检查录音、生成录音",
	 "voice say NUMBER WINDOW, voice check FOLDER, voice make"},
};

static void print_help(FILE *file)
{
	fprintf(file, "用法 Usage: onewindow COMMAND [OPTION...]\n\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(file, "  %-9s %s\n            %s\n", commands[i].name, commands[i].en,
			commands[i].zh);
	fprintf(file, "\n详情 More: onewindow COMMAND --help\n");
}

/* Whoever reads a file of half a report must know: a full disk shows when the last of it is
 * written. */
static int run(cli_command_fn command, int argc, char **argv)
{
	int r = command(argc, argv);

	if (fflush(stdout) != EOF && !ferror(stdout))
		return r;
	fprintf(stderr, "%s: 未能全部输出 not all could be written to stdout\n", argv[0]);
	return r == CLI_OK ? CLI_REFUSED : r;
}

int main(int argc, char **argv)
{
	static char name[32];

	if (argc >= 2 && !strcmp(argv[1], "--version")) {
		printf("onewindow %s\n", ONEWINDOW_VERSION);
		return CLI_OK;
	}
	if (argc >= 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
			  !strcmp(argv[1], "-?") || !strcmp(argv[1], "help"))) {
		print_help(stdout);
		return CLI_OK;
	}
	for (size_t i = 0; argc >= 2 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name)) {
			/* argp tells people how the program is called by this */
			snprintf(name, sizeof(name), "onewindow %s", commands[i].name);
			argv[1] = name;
			return run(commands[i].run, argc - 1, argv + 1);
		}
	if (argc >= 2)
		fprintf(stderr, "onewindow: 没有此命令 no command \"%s\"\n", argv[1]);
	print_help(stderr);
	return CLI_USAGE;
}
