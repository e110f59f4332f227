/* onewindow devices: a table narrow enough for a terminal, with what is to be read of a device
 * below its row; CSV has a column for each. */
#include <stdio.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/devices/devices.h"

enum { VALUE_SIZE = 512 };

/* What a printer says of itself, and since when. */
static void list_conditions(const struct cli_client *client, const json_t *device,
			    char ret[VALUE_SIZE])
{
	char since[CLI_TIME_SIZE];
	const json_t *one;
	size_t i, used = 0;

	ret[0] = '\0';
	json_array_foreach(json_object_get(device, "conditions"), i, one)
	{
		cli_local_time(cli_number_of(one, "since_ms"), since);
		used += (size_t)snprintf(ret + used, VALUE_SIZE - used, "%s%s %s", used ? ", " : "",
					 cli_word(client, cli_text_of(one, "condition")), since);
		if (used >= VALUE_SIZE)
			break;
	}
}

static bool is_unpainted(const json_t *device)
{
	const char *painted = cli_text_of(device, "painted");

	return !strcmp(painted, "unknown") || !strcmp(painted, "failed");
}

/* What a board was last to show is not what it shows, if nobody can reach it. */
static void list_shown(const struct cli_client *client, const json_t *device, char ret[VALUE_SIZE])
{
	const char *text = is_unpainted(device) ? "" : cli_text_of(device, "shows");
	size_t used = 0;

	ret[0] = '\0';
	for (size_t row; *text && used < VALUE_SIZE; text += row + (text[row] == '\n')) {
		row = strcspn(text, "\n");
		used += (size_t)snprintf(ret + used, VALUE_SIZE - used, "%s%.*s", used ? " / " : "",
					 (int)row, text);
	}
	if (json_is_true(json_object_get(device, "dark")) && !is_unpainted(device))
		snprintf(ret, VALUE_SIZE, "%s", cli_word(client, "dark"));
}

static void add_painted(const struct cli_client *client, struct cli_table *table,
			const json_t *device)
{
	const char *painted = cli_text_of(device, "painted");

	if (is_unpainted(device))
		cli_table_add(table, "%s %lld s", cli_word(client, painted),
			      cli_number_of(device, "unpainted_ms") / 1000);
	else
		cli_table_add(table, "%s", *painted ? cli_word(client, painted) : "-");
}

/* ---- tables --------------------------------------------------------------------------------- */

static void print_csv(const struct cli_client *client, const json_t *devices)
{
	static const char *const head[] = {"device", "class",	"model",     "health",
					   "detail", "window",	"address",   "url",
					   "shows",  "painted", "conditions"};
	char shown[VALUE_SIZE], conditions[VALUE_SIZE];
	struct cli_table table;
	const json_t *device;
	size_t i;

	cli_table_begin(client, &table, head, sizeof(head) / sizeof(head[0]));
	json_array_foreach(devices, i, device)
	{
		list_shown(client, device, shown);
		list_conditions(client, device, conditions);
		cli_table_add(&table, "%s", cli_text_of(device, "id"));
		cli_table_add(&table, "%s", cli_word(client, cli_text_of(device, "class")));
		cli_table_add(&table, "%s", cli_text_of(device, "model"));
		cli_table_add(&table, "%s", cli_word(client, cli_text_of(device, "health")));
		cli_add_detail(client, &table, cli_text_of(device, "detail"));
		cli_add_number(&table, device, "window");
		cli_add_number(&table, device, "address");
		cli_table_add(&table, "%s", cli_text_of(device, "url"));
		cli_table_add(&table, "%s", shown[0] ? shown : "-");
		add_painted(client, &table, device);
		cli_table_add(&table, "%s", conditions[0] ? conditions : "-");
	}
	cli_table_print(&table, CLI_CSV);
	cli_table_finish(&table);
}

/* Below its row. Where it is, only where it is to be looked for. */
static void note_device(const struct cli_client *client, struct cli_table *table,
			const json_t *device)
{
	const char *detail = cli_text_of(device, "detail"), *chinese = devices_chinese(detail);
	char value[VALUE_SIZE];

	if (detail[0])
		cli_table_note(table, "%s%s%s", chinese, chinese[0] ? " " : "", detail);
	if (strcmp(cli_text_of(device, "health"), "ok") != 0 && cli_number_of(device, "address"))
		cli_table_note(table, "%s, %s, %s %lld", cli_text_of(device, "model"),
			       cli_text_of(device, "url"), cli_word(client, "address"),
			       cli_number_of(device, "address"));
	else if (strcmp(cli_text_of(device, "health"), "ok") != 0)
		cli_table_note(table, "%s, %s", cli_text_of(device, "model"),
			       cli_text_of(device, "url"));
	list_shown(client, device, value);
	if (value[0])
		cli_table_note(table, "%s: %s", cli_word(client, "shows"), value);
	list_conditions(client, device, value);
	if (value[0])
		cli_table_note(table, "%s: %s", cli_word(client, "conditions"), value);
}

static void print_text(const struct cli_client *client, const json_t *devices)
{
	static const char *const head[] = {"device", "class", "health", "window", "painted"};
	struct cli_table table;
	const json_t *device;
	size_t i;

	cli_table_begin(client, &table, head, sizeof(head) / sizeof(head[0]));
	json_array_foreach(devices, i, device)
	{
		cli_table_add(&table, "%s", cli_text_of(device, "id"));
		cli_table_add(&table, "%s", cli_word(client, cli_text_of(device, "class")));
		cli_table_add(&table, "%s", cli_word(client, cli_text_of(device, "health")));
		cli_add_number(&table, device, "window");
		add_painted(client, &table, device);
		note_device(client, &table, device);
	}
	cli_table_print(&table, CLI_TEXT);
	cli_table_finish(&table);
}

/* Subcommands that look for themselves, without the daemon. Negative: it is none of them. */
static int run_at_printer(int argc, char **argv)
{
	static char identify[] = "onewindow devices identify", test[] = "onewindow devices test",
		    lines[] = "onewindow devices lines";
	const char *word = argc > 1 ? argv[1] : "";

	if (!strcmp(word, "identify")) {
		argv[1] = identify;
		return cli_identify(argc - 1, argv + 1);
	}
	if (!strcmp(word, "lines")) {
		argv[1] = lines;
		return cli_lines(argc - 1, argv + 1);
	}
	if (!strcmp(word, "test")) {
		argv[1] = test;
		return cli_printer_test(argc - 1, argv + 1);
	}
	return -1;
}

int cli_devices(int argc, char **argv)
{
	struct cli_client client;
	json_t *reply = NULL, *devices;
	int r;

	r = run_at_printer(argc, argv);
	if (r >= 0)
		return r;
	r = cli_client_parse(&client, CLI_DEVICES, argc, argv,
			     "\nidentify [PRINTER]\nlines\ntest PRINTER",
			     "List the devices of the hall and their health; ask a printer what it "
			     "is, list this machine's serial lines, print a test page (identify "
			     "--help, lines --help, test --help). "
			     "列出设备及状态；询问打印机型号，列出本机串口，打印测试页。");
	if (r)
		return r;
	if (client.word_count)
		return cli_usage("devices", "多余的词 no word is expected here: %s",
				 client.words[0]);
	r = cli_request(&client, "/api/v1/hall", NULL, &reply);
	if (r != CLI_OK)
		return r;
	devices = json_object_get(reply, "devices");
	cli_use_zone(json_object_get(reply, "hall"));
	switch (client.format) {
	case CLI_JSON: cli_print_json(devices); break;
	case CLI_TEXT: print_text(&client, devices); break;
	default: print_csv(&client, devices); break;
	}
	json_decref(reply);
	return CLI_OK;
}
