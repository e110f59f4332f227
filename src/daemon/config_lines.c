/* Serial lines of the configuration, and URLs of whatever has one. They are checked by making the
 * transport, closed: what is wrong is refused here and not when the hall opens. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/transport.h"
#include "src/daemon/config_parts.h"

static const struct config_field line_fields[] = {
	CONFIG_FIELD(struct devices_line_config, id, "id", CONFIG_ID, true, 0, 0),
	CONFIG_FIELD(struct devices_line_config, url, "url", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct devices_line_config, baud, "baud", CONFIG_INT, false, 300, 4000000),
	CONFIG_FIELD(struct devices_line_config, bits_per_char, "bits_per_char", CONFIG_INT, false,
		     9, 12),
	CONFIG_FIELD(struct devices_line_config, gap_us, "gap_us", CONFIG_INT, false, 0, 1000000),
	CONFIG_FIELD(struct devices_line_config, answer_gap_us, "answer_gap_us", CONFIG_INT, false,
		     0, 1000000),
	CONFIG_FIELD(struct devices_line_config, echo, "echo", CONFIG_BOOL, false, 0, 0),
	CONFIG_FIELD(struct devices_line_config, trace, "trace", CONFIG_BOOL, false, 0, 0),
};
static const struct config_section line_section = CONFIG_SECTION("lines", line_fields);

void config_check_url(struct config_reader *reader, const config_setting_t *at, const char *url,
		      const char *example)
{
	static const struct transport_host nobody;
	struct transport *transport = NULL;
	/* To make a recording is to begin its file anew: only what is recorded is tried. */
	const char *inner = strncmp(url, "record:", 7) ? NULL : strchr(url + 7, ':');
	char error[768] = "";
	int r;

	if (!url[0])
		return;
	r = transport_create(&transport, inner ? inner + 1 : url, &nobody, NULL, error,
			     sizeof(error));
	if (r == -ENOMEM)
		reader->no_memory = true;
	else if (r < 0)
		config_error(reader, config_setting_get_member(at, "url"),
			     "url: 地址写法有误 %s 例 as in: %s", error, example);
	transport_destroy(transport);
}

/* One port takes one client; and the bus master counts in the line's baud, so a port that was
 * opened at another speed would be talked into. */
static void check_line(struct config_reader *reader, const config_setting_t *at,
		       const struct devices_config *devices, const struct devices_line_config *own)
{
	size_t len = strcspn(own->url, "?");
	const char *told = strstr(own->url + len, "baud=");
	long baud = told ? strtol(told + strlen("baud="), NULL, 10) : 9600;

	for (size_t i = 0; own->url[0] && i < devices->line_count; i++) {
		const struct devices_line_config *other = &devices->lines[i];

		if (strcspn(other->url, "?") == len && !strncmp(other->url, own->url, len))
			config_error(reader, at, "url: 已是线路 \"%.*s\" is line \"%s\" already",
				     (int)len, own->url, other->id);
	}
	if (!strncmp(own->url, "usb:", 4))
		config_error(reader, at,
			     "url: usb: 用于打印机 is for printers; 串口写法 a serial line is "
			     "written serial:usb=VENDOR:PRODUCT");
	else if (!strncmp(own->url, "serial:", 7) && baud != (long)own->baud)
		config_error(reader, at,
			     "baud: 两处速率不同 %d here, %ld in the url (9600 where it has none)",
			     (int)own->baud, baud);
}

void config_read_lines(struct config_reader *reader, const config_setting_t *root,
		       struct devices_config *devices)
{
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, root, "lines", DEVICES_MAX_LINES, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);

		devices->lines[i].baud = 9600;
		devices->lines[i].bits_per_char = 10;
		devices->lines[i].gap_us = 4000;
		devices->lines[i].answer_gap_us = 1000;
		config_read_group(reader, at, &line_section, &devices->lines[i]);
		config_check_url(reader, at, devices->lines[i].url,
				 "serial:/dev/ttyUSB0?baud=9600, tcp://10.1.2.3:4001");
		check_line(reader, at, devices, &devices->lines[i]);
		config_unique(reader, at, "lines: id", devices->lines[i].id, devices->lines[0].id,
			      i, sizeof(devices->lines[0]));
		devices->line_count = i + 1;
	}
}
