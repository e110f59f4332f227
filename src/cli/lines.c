/* onewindow devices lines: the serial lines of this machine, and what to write for each into the
 * configuration. Nothing is opened. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "drivers/transport/serial_ports.h"
#include "src/cli/cli.h"

/* The address that stays with an adapter: its serial number, where no other has the same, else the
 * socket that it is plugged into, else its name. */
static void name_url(const struct serial_port *ports, int count, int at, char *ret, size_t size)
{
	const struct serial_port *port = &ports[at];
	int same_number = 0, same_device = 0;

	for (int i = 0; i < count; i++) {
		same_device += ports[i].is_usb && !strcmp(ports[i].port, port->port);
		same_number += ports[i].is_usb && ports[i].vendor == port->vendor &&
			       ports[i].product == port->product &&
			       !strcmp(ports[i].serial, port->serial);
	}
	if (!port->is_usb)
		snprintf(ret, size, "serial:%s", port->path);
	else if (port->serial[0] && !strpbrk(port->serial, "/? \"\\") && same_number == same_device)
		snprintf(ret, size, "serial:usb=%04x:%04x/serial=%s", port->vendor, port->product,
			 port->serial);
	else
		snprintf(ret, size, "serial:port=%s", port->port);
	if (port->is_usb && same_device > 1)
		snprintf(ret + strlen(ret), size - strlen(ret), "/interface=%u", port->interface);
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static json_t *line_json(const struct serial_port *port, const char *url, const char *whose)
{
	char usb[16] = "";

	if (port->is_usb)
		snprintf(usb, sizeof(usb), "%04x:%04x", port->vendor, port->product);
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "path", port->path,
			 "url", url, "driver", text_or_null(port->driver), "usb", text_or_null(usb),
			 "serial", text_or_null(port->serial), "port", text_or_null(port->port),
			 "name", text_or_null(port->name), "by_id", text_or_null(port->by_id),
			 "by_path", text_or_null(port->by_path), "used_by", text_or_null(whose));
}

static void print_lines(const struct serial_port *ports, int count, enum cli_format format)
{
	char url[SERIAL_PATH_SIZE], whose[SERIAL_WHOSE_SIZE];
	json_t *all = json_array();
	struct cli_table table;

	cli_table_init(&table, 5);
	cli_table_add(&table, "线路 line");
	cli_table_add(&table, "地址 url");
	cli_table_add(&table, "名称 name");
	cli_table_add(&table, "驱动 driver");
	cli_table_add(&table, "占用 used by");
	for (int i = 0; i < count; i++) {
		name_url(ports, count, i, url, sizeof(url));
		serial_whose(ports[i].path, whose);
		json_array_append_new(all, line_json(&ports[i], url, whose));
		cli_table_add(&table, "%s", ports[i].path);
		cli_table_add(&table, "%s", url);
		cli_table_add(&table, "%s", ports[i].name[0] ? ports[i].name : "-");
		cli_table_add(&table, "%s", ports[i].driver[0] ? ports[i].driver : "-");
		cli_table_add(&table, "%s", whose[0] ? whose : "-");
	}
	if (format == CLI_JSON)
		cli_print_json(all);
	else
		cli_table_print(&table, format);
	json_decref(all);
	cli_table_finish(&table);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	enum cli_format *format = state->input;

	switch (key) {
	case 'f':
		if (!cli_parse_format(arg, format) || *format == CLI_CSV)
			argp_error(state, "格式只能是 text 或 json format is text or json, not %s",
				   arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "多余的词 no word is expected here: %s", arg);
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

int cli_lines(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"format", 'f', "FORMAT", 0, "text 或 json text (default) or json", 0}, {0}};
	const struct argp argp = {
		options,
		parse,
		NULL,
		"List the serial lines of this machine, with the address to write into the "
		"configuration, and which program has each. "
		"列出本机串口、配置中的地址及占用的程序。"
		"\vOptions follow the address: serial:...?baud=9600. Programs of other users show "
		"only where they lock the line. 其他用户的程序只有锁定串口时才能看到。",
		NULL,
		NULL,
		NULL};
	static struct serial_port ports[SERIAL_MAX_PORTS];
	enum cli_format format = CLI_TEXT;
	int count, r;

	r = cli_parse(&argp, argc, argv, &format);
	if (r)
		return r;
	count = serial_list_ports(ports, SERIAL_MAX_PORTS);
	if (count > 0 || format == CLI_JSON) {
		print_lines(ports, count > 0 ? count : 0, format);
		return CLI_OK;
	}
	fprintf(stderr, "onewindow devices lines: 本机没有串口 this machine has no serial line\n");
	return CLI_REFUSED;
}
