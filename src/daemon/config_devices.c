/* Printers, boards and keypads of the configuration. Drivers and models are checked against the
 * registry, settings by making the device, closed: what is wrong is refused here and not when the
 * hall opens. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/daemon/config_parts.h"

#define DEVICE_FIELDS(type)                                                                        \
	CONFIG_FIELD(type, device.id, "id", CONFIG_ID, true, 0, 0),                                \
		CONFIG_FIELD(type, device.driver, "driver", CONFIG_ID, true, 0, 0),                \
		CONFIG_FIELD(type, device.model, "model", CONFIG_ID, true, 0, 0),                  \
	{                                                                                          \
		.key = "settings", .kind = CONFIG_GROUP                                            \
	}
#define LINE_FIELDS(type)                                                                          \
	{.key = "line", .kind = CONFIG_GROUP, .required = true},                                   \
		CONFIG_FIELD(type, device.address, "address", CONFIG_INT, true, 0, 254)
/* Read by config_boards.c, for a board as for the hall. */
#define BOARD_RULE_FIELDS                                                                          \
	{.key = "blink_s", .kind = CONFIG_GROUP}, {.key = "brightness", .kind = CONFIG_GROUP},     \
		{.key = "night", .kind = CONFIG_GROUP},                                            \
	{                                                                                          \
		.key = "texts", .kind = CONFIG_GROUP                                               \
	}

static const struct config_field printer_fields[] = {
	DEVICE_FIELDS(struct devices_printer_config),
	CONFIG_FIELD(struct devices_printer_config, device.url, "url", CONFIG_TEXT, true, 0, 0),
	CONFIG_FIELD(struct devices_printer_config, pool, "pool", CONFIG_ID, false, 0, 0),
};
static const struct config_section printer_section = CONFIG_SECTION("printers", printer_fields);

static const struct config_field board_fields[] = {
	DEVICE_FIELDS(struct devices_board_config),
	LINE_FIELDS(struct devices_board_config),
	CONFIG_FIELD(struct devices_board_config, window, "window", CONFIG_INT, false, 1,
		     CORE_MAX_WINDOW_NUMBER),
	{.key = "windows", .kind = CONFIG_GROUP},
	{.key = "queues", .kind = CONFIG_GROUP},
	CONFIG_FIELD(struct devices_board_config, calls, "calls", CONFIG_INT, false, 1, 16),
	BOARD_RULE_FIELDS,
};
static const struct config_section board_section = CONFIG_SECTION("boards", board_fields);

static const struct config_field keypad_fields[] = {
	DEVICE_FIELDS(struct devices_keypad_config),
	LINE_FIELDS(struct devices_keypad_config),
	CONFIG_FIELD(struct devices_keypad_config, window, "window", CONFIG_INT, false, 1,
		     CORE_MAX_WINDOW_NUMBER),
	{.key = "buttons", .kind = CONFIG_GROUP},
	{.key = "printers", .kind = CONFIG_GROUP},
};
static const struct config_section keypad_section = CONFIG_SECTION("keypads", keypad_fields);

static const struct config_field button_fields[] = {
	CONFIG_FIELD(struct devices_button_config, button, "button", CONFIG_INT, true, 1, 64),
	CONFIG_FIELD(struct devices_button_config, queue, "queue", CONFIG_ID, false, 0, 0),
	CONFIG_FIELD(struct devices_button_config, item, "item", CONFIG_ID, false, 0, 0),
	CONFIG_FIELD(struct devices_button_config, class, "class", CONFIG_CLASS, false, 0, 0),
	CONFIG_FIELD(struct devices_button_config, large, "large", CONFIG_BOOL, false, 0, 0),
};
static const struct config_section button_section = CONFIG_SECTION("buttons", button_fields);

static void list_models(const struct driver *driver, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < driver->model_count && used < size; i++) {
		int n = snprintf(ret + used, size - used, "%s%s", i ? ", " : "",
				 driver->models[i].name);

		used += n > 0 ? (size_t)n : 0;
	}
}

static void list_drivers(enum device_class class, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < driver_count() && used < size; i++) {
		const struct driver *driver = driver_at(i);
		int n;

		if (driver->class != class || driver->maturity == MATURITY_SKELETON)
			continue;
		n = snprintf(ret + used, size - used, "%s%s", used ? ", " : "", driver->name);
		used += n > 0 ? (size_t)n : 0;
	}
}

/* The driver knows best which settings and addresses it takes. */
static void try_device(struct config_reader *reader, const config_setting_t *at,
		       const struct devices_config *devices,
		       const struct devices_device_config *device)
{
	static const struct driver_host nobody;
	const struct driver *driver = driver_find(device->driver);
	const char *settings[DEVICES_MAX_SETTINGS];
	struct device_options options = {
		.name = device->id,
		.model = driver_find_model(driver, device->model),
		.address = device->address,
		.baud = driver->link == LINK_LINE ? devices->lines[device->line].baud : 0,
		.settings = settings,
		.setting_count = device->setting_count,
	};
	struct device *made = NULL;
	char error[768] = ""; /* with all settings of a driver */
	int r;

	for (size_t i = 0; i < device->setting_count; i++)
		settings[i] = device->settings[i];
	r = driver->create(&made, &options, &nobody, NULL, error, sizeof(error));
	if (r == -ENOMEM)
		reader->no_memory = true;
	else if (r < 0)
		config_error(reader, at, "%s", error);
	else
		driver->remove(made);
}

/* errors: how many there were before this device. One is enough; others might follow from it. */
static void check_driver(struct config_reader *reader, const config_setting_t *at,
			 const struct devices_config *devices,
			 const struct devices_device_config *device, enum device_class class,
			 int errors)
{
	const struct driver *driver = driver_find(device->driver);
	char allowed[400];

	if (!device->driver[0] || !device->model[0])
		return;
	if (!driver || driver->class != class || driver->maturity == MATURITY_SKELETON) {
		list_drivers(class, allowed, sizeof(allowed));
		config_error(reader, at,
			     "driver: 无此驱动 \"%s\" is no driver for this; 可用 allowed: %s",
			     device->driver, allowed);
	} else if (!driver_find_model(driver, device->model)) {
		list_models(driver, allowed, sizeof(allowed));
		config_error(reader, at,
			     "model: 无此型号 \"%s\" is not known to driver %s; 可用 allowed: %s",
			     device->model, device->driver, allowed);
	} else if (reader->errors == errors) {
		try_device(reader, at, devices, device);
	}
}

static void read_settings(struct config_reader *reader, const config_setting_t *at,
			  struct devices_device_config *device)
{
	const config_setting_t *group = config_setting_get_member(at, "settings");

	if (!group)
		return;
	if (!config_setting_is_group(group) ||
	    config_setting_length(group) > DEVICES_MAX_SETTINGS) {
		config_error(reader, group,
			     "settings: 须为一组 must be a group of at most %d key = \"value\"",
			     DEVICES_MAX_SETTINGS);
		return;
	}
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		const char *value = config_setting_get_string(setting);

		if (!value ||
		    snprintf(device->settings[i], DEVICES_SETTING_SIZE, "%s=%s",
			     config_setting_name(setting), value) >= DEVICES_SETTING_SIZE) {
			config_error(reader, setting,
				     "settings: 须为文字 %.40s must be text of at most %d bytes "
				     "together with its key",
				     config_setting_name(setting), DEVICES_SETTING_SIZE - 2);
			continue;
		}
		device->setting_count = (size_t)i + 1;
	}
}

/* False: there is no such line, and nothing else is known of it. */
static bool read_line_name(struct config_reader *reader, const config_setting_t *at,
			   const struct devices_config *devices,
			   struct devices_device_config *device)
{
	const config_setting_t *setting = config_setting_get_member(at, "line");
	const char *name = setting ? config_setting_get_string(setting) : NULL;

	if (!setting)
		return false;
	for (size_t i = 0; name && i < devices->line_count; i++) {
		if (strcmp(devices->lines[i].id, name))
			continue;
		device->line = (uint32_t)i;
		return true;
	}
	config_error(reader, setting,
		     "line: 配置中无此线路 \"%.40s\" is no line of this configuration",
		     name ? name : "(not text)");
	return false;
}

static void check_window(struct config_reader *reader, const config_setting_t *at,
			 const struct config *config, int64_t window)
{
	if (!window)
		return;
	for (size_t i = 0; i < config->window_count; i++)
		if (config->windows[i].window == window)
			return;
	config_error(reader, at, "window: 配置中无此窗口 %d is no window of this configuration",
		     (int)window);
}

static void read_buttons(struct config_reader *reader, const config_setting_t *at,
			 const struct config *config, struct devices_keypad_config *keypad)
{
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, at, "buttons", DEVICES_MAX_BUTTONS, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *one = config_setting_get_elem(list, (unsigned)i);
		struct devices_button_config *button = &keypad->buttons[i];
		bool known = false;

		config_read_group(reader, one, &button_section, button);
		for (size_t k = 0; button->button && k < i; k++)
			if (keypad->buttons[k].button == button->button)
				config_error(reader, one,
					     "button: 按键重复 button %d is there twice",
					     (int)button->button);
		for (size_t k = 0; k < config->queue_count; k++)
			known |= !strcmp(config->queues[k].queue, button->queue);
		if (button->queue[0] && !known)
			config_error(
				reader, one,
				"queue: 配置中无此队列 \"%s\" is no queue of this configuration",
				button->queue);
		for (size_t k = 0, found = 0; button->item[0] && !found; k++) {
			found = k < config->item_count &&
				!strcmp(config->items[k].item, button->item);
			if (k >= config->item_count) {
				config_error(reader, one,
					     "item: 配置中无此事项 \"%s\" is no item of this "
					     "configuration",
					     button->item);
				break;
			}
		}
		if (!button->queue[0] && !button->item[0])
			config_error(
				reader, one,
				"buttons: 按键须有队列或事项 a button needs a queue or an item");
		keypad->button_count = i + 1;
	}
}

/* Two devices at one address would answer at once and garble each other for ever. */
static void check_addresses(struct config_reader *reader, const config_setting_t *at,
			    const struct devices_config *devices,
			    const struct devices_device_config *own)
{
	for (size_t i = 0; i < devices->board_count; i++) {
		const struct devices_device_config *other = &devices->boards[i].device;

		if (other != own && other->line == own->line && other->address == own->address)
			config_error(reader, at,
				     "address: 地址重复 %d on this line is board \"%s\" already",
				     own->address, other->id);
	}
	for (size_t i = 0; i < devices->keypad_count; i++) {
		const struct devices_device_config *other = &devices->keypads[i].device;

		if (other != own && other->line == own->line && other->address == own->address)
			config_error(reader, at,
				     "address: 地址重复 %d on this line is keypad \"%s\" already",
				     own->address, other->id);
	}
}

static bool speaks_unasked(const struct devices_device_config *device)
{
	const struct driver *driver = driver_find(device->driver);
	const struct device_model *model = driver ? driver_find_model(driver, device->model) : NULL;

	return model && driver->class == DEVICE_KEYPAD && model->u.keypad.unasked;
}

/* What speaks without being asked would talk into the others' answers. */
static void check_alone(struct config_reader *reader, const config_setting_t *at,
			const struct devices_config *devices,
			const struct devices_device_config *own)
{
	const struct devices_device_config *other = NULL;

	for (size_t i = 0; i < devices->board_count; i++)
		if (devices->boards[i].device.line == own->line)
			other = &devices->boards[i].device;
	for (size_t i = 0; i < devices->keypad_count; i++)
		if (&devices->keypads[i].device != own &&
		    devices->keypads[i].device.line == own->line)
			other = &devices->keypads[i].device;
	if (other && (speaks_unasked(own) || speaks_unasked(other)))
		config_error(reader, at,
			     "line: 主动发送的键盘须独占线路 a keypad that speaks unasked needs a "
			     "line of its own; \"%s\" is on this one",
			     other->id);
}

static void check_id(struct config_reader *reader, const config_setting_t *at,
		     const struct devices_config *devices, const char *id)
{
	config_unique(reader, at, "id", id, devices->printers[0].device.id, devices->printer_count,
		      sizeof(devices->printers[0]));
	config_unique(reader, at, "id", id, devices->boards[0].device.id, devices->board_count,
		      sizeof(devices->boards[0]));
	config_unique(reader, at, "id", id, devices->keypads[0].device.id, devices->keypad_count,
		      sizeof(devices->keypads[0]));
}

static void read_boards(struct config_reader *reader, const config_setting_t *root,
			struct config *config)
{
	struct devices_config *devices = &config->devices;
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, root, "boards", DEVICES_MAX_BOARDS, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct devices_board_config *board = &devices->boards[i];
		int errors = reader->errors;
		bool has_line;

		config_read_group(reader, at, &board_section, board);
		if (!config_setting_is_group(at))
			continue;
		read_settings(reader, at, &board->device);
		has_line = read_line_name(reader, at, devices, &board->device);
		check_driver(reader, at, devices, &board->device, DEVICE_BOARD, errors);
		check_window(reader, at, config, board->window);
		config_read_board_rules(reader, at, config, board);
		check_id(reader, at, devices, board->device.id);
		if (has_line)
			check_addresses(reader, at, devices, &board->device);
		devices->board_count = i + 1;
	}
}

static void read_keypads(struct config_reader *reader, const config_setting_t *root,
			 struct config *config)
{
	struct devices_config *devices = &config->devices;
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, root, "keypads", DEVICES_MAX_KEYPADS, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct devices_keypad_config *keypad = &devices->keypads[i];
		int errors = reader->errors;
		bool has_line;

		config_read_group(reader, at, &keypad_section, keypad);
		if (!config_setting_is_group(at))
			continue;
		read_settings(reader, at, &keypad->device);
		has_line = read_line_name(reader, at, devices, &keypad->device);
		check_driver(reader, at, devices, &keypad->device, DEVICE_KEYPAD, errors);
		check_window(reader, at, config, keypad->window);
		check_id(reader, at, devices, keypad->device.id);
		if (has_line) {
			check_addresses(reader, at, devices, &keypad->device);
			check_alone(reader, at, devices, &keypad->device);
		}
		read_buttons(reader, at, config, keypad);
		if (!keypad->window == !keypad->button_count)
			config_error(reader, at,
				     "keypads: 须有窗口或按键 \"%s\" needs either a window (a "
				     "clerk's keypad) "
				     "or buttons (a dispenser's panel)",
				     keypad->device.id);
		devices->keypad_count = i + 1;
	}
}

/* Two jobs at once on one printer would be printed into each other. */
static void check_printer_url(struct config_reader *reader, const config_setting_t *at,
			      const struct devices_config *devices, const char *url)
{
	for (size_t i = 0; url[0] && i < devices->printer_count; i++) {
		const struct devices_device_config *other = &devices->printers[i].device;

		if (!strcmp(other->url, url))
			config_error(reader, at, "url: 已是打印机 \"%s\" is printer \"%s\" already",
				     url, other->id);
	}
}

static void read_printers(struct config_reader *reader, const config_setting_t *root,
			  struct devices_config *devices)
{
	const config_setting_t *list = NULL;
	size_t count = config_list(reader, root, "printers", DEVICES_MAX_PRINTERS, &list);

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *at = config_setting_get_elem(list, (unsigned)i);
		struct devices_printer_config *printer = &devices->printers[i];
		int errors = reader->errors;

		config_read_group(reader, at, &printer_section, printer);
		if (!config_setting_is_group(at))
			continue;
		config_check_url(reader, at, printer->device.url,
				 "usb:04b8:0e28, tcp://10.1.2.3:9100");
		check_printer_url(reader, at, devices, printer->device.url);
		read_settings(reader, at, &printer->device);
		check_driver(reader, at, devices, &printer->device, DEVICE_PRINTER, errors);
		check_id(reader, at, devices, printer->device.id);
		devices->printer_count = i + 1;
	}
}

void config_read_devices(struct config_reader *reader, const config_setting_t *root,
			 struct config *config)
{
	config_read_lines(reader, root, &config->devices);
	read_printers(reader, root, &config->devices);
	config_read_showing(reader, root, config);
	read_boards(reader, root, config);
	read_keypads(reader, root, config);
}
