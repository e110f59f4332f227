/* Scenario files as commands read them: with the hall's own configuration where they name one,
 * which src/simulate cannot read. */
#include "src/cli/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/daemon/config.h"
#include "src/settings/config_read.h"

struct hall_file {
	struct config *config;
};

/* Devices are left out: what is plugged in where it is simulated says nothing of the hall. */
static int load_hall(void *user, const char *path, struct scenario_hall *ret_hall)
{
	struct hall_file *file = user;
	struct config *config = NULL;
	char *text = NULL;
	int r = config_read_text_file(path, CONFIG_MAX_BYTES, &text);

	if (r == 0)
		r = config_parse(&config, text, path, CONFIG_WITHOUT_DEVICES, cli_print_fault,
				 NULL);
	free(text);
	if (r < 0 || !config)
		return r;
	file->config = config;
	*ret_hall = (struct scenario_hall){
		.hall = config->hall,
		.queues = config->queues,
		.queue_count = config->queue_count,
		.windows = config->windows,
		.window_count = config->window_count,
		.items = config->items,
		.item_count = config->item_count,
		.clerks = config->clerks,
		.clerk_count = config->clerk_count,
		.policy = config->policy,
	};
	return 0;
}

int cli_scenario_read(struct scenario *ret_scenario, const char *path)
{
	struct hall_file file = {.config = NULL};
	int r = scenario_read_with(ret_scenario, path, cli_print_fault, NULL, load_hall, &file);

	free(file.config);
	if (r == -ENOMEM)
		fprintf(stderr, "%s: 内存不足 out of memory\n", path);
	return r < 0 ? CLI_CONFIG : CLI_OK;
}

int cli_scenario_check(const char *path)
{
	struct scenario scenario;
	int r = cli_scenario_read(&scenario, path);

	if (r != CLI_OK)
		return r;
	printf("%s: 正确 ok: 模拟场景 scenario \"%s\", %u 时段 spans of hours, %u 队列 queues, "
	       "%u 窗口 windows, %u 事项 items, %u 部门 departments\n",
	       path, scenario.id, scenario.span_count, scenario.queue_count, scenario.window_count,
	       scenario.item_count, scenario.department_count);
	scenario_finish(&scenario);
	return CLI_OK;
}

bool cli_is_scenario(const char *path)
{
	char *text = NULL;
	bool is = config_read_text_file(path, CONFIG_MAX_BYTES, &text) == 0 && text &&
		  scenario_is_text(text);

	free(text);
	return is;
}
