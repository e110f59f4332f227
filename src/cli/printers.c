/* Which printer is meant, who has it, and how it stands in a configuration. */
#include "src/cli/printers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/daemon/config.h"

static int find_configured(const char *command, const char *word, const char *path,
			   struct cli_printer *ret)
{
	struct config *config = NULL;
	size_t i;
	int r = config_load(&config, path, cli_print_fault, NULL);

	if (r < 0 && r != -EINVAL)
		fprintf(stderr, "%s: 无法读取配置 the configuration cannot be read: %s\n", path,
			strerror(-r));
	if (r < 0)
		return CLI_CONFIG;
	for (i = 0; i < config->devices.printer_count; i++)
		if (!strcmp(config->devices.printers[i].device.id, word))
			break;
	if (i < config->devices.printer_count) {
		ret->device = config->devices.printers[i].device;
		ret->configured = true;
		snprintf(ret->id, sizeof(ret->id), "%s", word);
		snprintf(ret->url, sizeof(ret->url), "%s", ret->device.url);
		free(config);
		return CLI_OK;
	}
	fprintf(stderr,
		"onewindow %s: %s: 配置中没有打印机 \"%.40s\" no printer of that name in the "
		"configuration; there are",
		command, path, word);
	for (i = 0; i < config->devices.printer_count; i++)
		fprintf(stderr, " %s", config->devices.printers[i].device.id);
	fprintf(stderr, "\n");
	free(config);
	return CLI_REFUSED;
}

int cli_printer_find(const char *command, const char *word, const char *config,
		     struct cli_printer *ret)
{
	*ret = (struct cli_printer){.id = "printer"};
	if (strchr(word, '.') && word[strspn(word, "0123456789.:")] == '\0')
		return cli_usage(command,
				 "%.40s: 网络打印机写作 a network printer is tcp://%.40s%s", word,
				 word, strchr(word, ':') ? "" : ":9100");
	if (!strchr(word, ':'))
		return find_configured(command, word, config, ret);
	if (strlen(word) >= sizeof(ret->url))
		return cli_usage(command, "\"%.40s…\": 地址过长 the address is too long", word);
	snprintf(ret->url, sizeof(ret->url), "%s", word);
	return CLI_OK;
}

void cli_printer_holder(const char *daemon_url, const char *url, char ret_id[CORE_ID_SIZE])
{
	const struct cli_client client = {.url = daemon_url};
	json_t *hall = cli_try(&client, "/api/v1/hall"), *device;
	size_t i;

	ret_id[0] = '\0';
	json_array_foreach(json_object_get(hall, "devices"), i, device)
	{
		const char *its = json_string_value(json_object_get(device, "url"));
		const char *id = json_string_value(json_object_get(device, "id"));

		if (its && id && !strcmp(its, url))
			snprintf(ret_id, CORE_ID_SIZE, "%s", id);
	}
	json_decref(hall);
}

int cli_printer_held(const char *command, const char *daemon_url, const char *id)
{
	fprintf(stderr,
		"onewindow %s: 守护进程（%s）正在使用此打印机 \"%s\" the daemon there has this "
		"printer\n"
		"onewindow %s: 请先停止守护进程，再试一次；待打印的号票在其恢复后打印 stop the "
		"daemon and try again; tickets that wait are printed when it is back\n",
		command, daemon_url, id, command);
	return CLI_REFUSED;
}

const char *cli_open_error_zh(int r)
{
	switch (r) {
	case -EBUSY: return "被另一程序占用（守护进程？请先停止）";
	case -EACCES:
	case -EPERM: return "无权限";
	case -ENODEV: return "没有此设备";
	case -ENOTUNIQ: return "有多台相同设备，请用 serial= 或 port= 指明";
	case -ECONNREFUSED: return "拒绝连接";
	case -ETIMEDOUT: return "连接超时";
	case -EHOSTUNREACH:
	case -ENETUNREACH: return "网络不可达";
	case -EPROTONOSUPPORT: return "不支持的地址类型";
	case -EINVAL: return "地址有误";
	default: return "无法打开";
	}
}

/* ---- the line for the configuration ---------------------------------------------------------- */

void cli_print_snippet(FILE *file, const char *id, const char *model, const char *url,
		       const char *const *settings, size_t count)
{
	fprintf(file, "{ id = \"%s\"; driver = \"escpos\"; model = \"%s\"; url = \"%s\"; ", id,
		model, url);
	if (count > 0)
		fprintf(file, "settings = { ");
	for (size_t i = 0; i < count; i++) {
		int key = (int)strcspn(settings[i], "=");

		fprintf(file, "%.*s = \"%s\"; ", key, settings[i], settings[i] + key + 1);
	}
	fprintf(file, "%s}", count > 0 ? "}; " : "");
}

/* ---- options -------------------------------------------------------------------------------- */

void cli_printer_options_init(struct cli_printer_options *ret)
{
	const char *url = getenv("ONEWINDOW_URL");

	*ret = (struct cli_printer_options){
		.config = "/etc/onewindow/hall.conf",
		.daemon_url = url && url[0] ? url : "http://127.0.0.1:8390",
	};
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct cli_printer_options *options = state->input;

	switch (key) {
	case 'c': options->config = arg; break;
	case 'u': options->daemon_url = arg; break;
	case 'f':
		if (!cli_parse_format(arg, &options->format) || options->format == CLI_CSV)
			argp_error(state, "--format %s: 可选 allowed are text, json", arg);
		break;
	case ARGP_KEY_ARG:
		if (options->word)
			argp_error(state, "多余的词 no word is expected here: %s", arg);
		options->word = arg;
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_option option_list[] = {
	{"config", 'c', "FILE", 0,
	 "打印机名所在的配置 where a printer's name is looked up (default: "
	 "/etc/onewindow/hall.conf)",
	 0},
	{"format", 'f', "text|json", 0, "输出格式 how to print", 0},
	{"url", 'u', "URL", 0,
	 "守护进程地址，查看其是否占用 the daemon, which may have the printer (default: "
	 "$ONEWINDOW_URL, else http://127.0.0.1:8390)",
	 0},
	{0},
};

const struct argp cli_printer_argp = {option_list, parse_option, NULL, NULL, NULL, NULL, NULL};
