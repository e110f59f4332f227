/* onewindow serve, onewindow config check. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/scenario.h"
#include "src/daemon/daemon.h"
#include "src/daemon/tickets.h"

struct serve_options {
	const char *config;
	int ready_fd;
};

static int load(struct config **ret_config, const char *path)
{
	int r = config_load(ret_config, path, cli_print_fault, NULL);

	if (r < 0 && r != -EINVAL)
		fprintf(stderr, "%s: 无法读取配置 the configuration cannot be read: %s\n", path,
			strerror(-r));
	return r;
}

static error_t parse_serve(int key, char *arg, struct argp_state *state)
{
	struct serve_options *options = state->input;

	switch (key) {
	case 'c': options->config = arg; break;
	case 'r': options->ready_fd = atoi(arg); break;
	case ARGP_KEY_ARG: argp_error(state, "多余的词 no word is expected here: %s", arg); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int cli_serve(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"config", 'c', "FILE", 0, "大厅配置 the hall (default: /etc/onewindow/hall.conf)",
		 0},
		{"ready-fd", 'r', "FD", 0,
		 "开放后把地址写到此描述符 write the address there when open", 0},
		{0},
	};
	struct argp argp = {list,
			    parse_serve,
			    "",
			    "Run the daemon of one hall. "
			    "运行大厅守护进程。",
			    NULL,
			    NULL,
			    NULL};
	struct serve_options options = {.config = "/etc/onewindow/hall.conf", .ready_fd = -1};
	struct daemon_options daemon_options;
	struct config *config = NULL;
	int r;

	r = cli_parse(&argp, argc, argv, &options);
	if (r)
		return r;
	if (load(&config, options.config) < 0)
		return CLI_CONFIG;
	daemon_options = (struct daemon_options){.config = config, .ready_fd = options.ready_fd};
	r = daemon_run(&daemon_options);
	free(config);
	return r;
}

static int check_hall(const char *path)
{
	struct config *config = NULL;
	struct tickets *tickets = NULL;
	const char *why;
	int r;

	if (load(&config, path) < 0)
		return CLI_CONFIG;
	r = tickets_create(&tickets, config, cli_print_fault, NULL);
	if (r < 0 || tickets_bad(tickets, &why) > 0) {
		if (r < 0)
			fprintf(stderr, "onewindow config: 内存不足 out of memory\n");
		tickets_destroy(tickets);
		free(config);
		return CLI_CONFIG;
	}
	tickets_destroy(tickets);
	printf("%s: 正确 ok: %zu 队列 queues, %zu 窗口 windows, %zu 事项 items, "
	       "%zu 打印机 printers, %zu 屏 boards, %zu 键盘 keypads, %zu 语音 voices\n",
	       path, config->queue_count, config->window_count, config->item_count,
	       config->devices.printer_count, config->devices.board_count,
	       config->devices.keypad_count, config->devices.voice_count);
	free(config);
	return CLI_OK;
}

int cli_config(int argc, char **argv)
{
	bool scenario = argc == 4 && !strcmp(argv[2], "--scenario");

	if (argc >= 2 && (!strcmp(argv[argc - 1], "--help") || !strcmp(argv[argc - 1], "-?"))) {
		printf("Usage: onewindow config check [--scenario] FILE\n"
		       "检查大厅配置或模拟场景，报告全部错误。 "
		       "Reports every error of a hall's configuration or of a scenario with file, "
		       "line, key and what is allowed.\n"
		       "--scenario  是模拟场景，不论内容 it is a scenario, whatever is in it\n");
		return CLI_OK;
	}
	if ((argc != 3 && !scenario) || strcmp(argv[1], "check"))
		return cli_usage("config", "应为 expected: config check [--scenario] FILE");
	if (scenario || cli_is_scenario(argv[2]))
		return cli_scenario_check(argv[argc - 1]);
	return check_hall(argv[2]);
}
