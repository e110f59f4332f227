/* Paper in the configuration: how long a ticket waits for a printer, how long a printer is waited
 * for, and which printers print what. */
#include <string.h>

#include "src/daemon/config_parts.h"

struct printing_text {
	int64_t expire_min, failover_s;
};

static const struct config_field printing_fields[] = {
	CONFIG_FIELD(struct printing_text, expire_min, "expire_min", CONFIG_INT, false, 0, 1440),
	CONFIG_FIELD(struct printing_text, failover_s, "failover_s", CONFIG_INT, false, 0, 3600),
};
static const struct config_section printing_section = CONFIG_SECTION("printing", printing_fields);

/* By then whoever took the number has come to the desk, or has gone. */
enum { EXPIRE_MIN = 30 };
/* Longer than a cover that is opened and shut again, or a cable that is put right. */
enum { FAILOVER_S = 5 };

static bool find_printer(const struct devices_config *devices, const char *id, size_t *ret)
{
	for (size_t i = 0; id && i < devices->printer_count; i++) {
		if (strcmp(devices->printers[i].device.id, id) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

static void read_route(struct config_reader *reader, const config_setting_t *at,
		       const struct devices_config *devices, struct devices_route *ret)
{
	const config_setting_t *list = config_setting_get_member(at, "printers");

	if (!list)
		return;
	if (!config_setting_is_array(list) || config_setting_length(list) < 1 ||
	    config_setting_length(list) > DEVICES_MAX_PRINTERS) {
		config_error(
			reader, list,
			"printers: 须为打印机标识的数组 must be an array of 1 to %d printer ids, "
			"[ \"entrance\" ]",
			DEVICES_MAX_PRINTERS);
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		const char *id = config_setting_get_string_elem(list, i);
		size_t printer = 0;

		if (!find_printer(devices, id, &printer))
			config_error(reader, list,
				     "printers: 配置中无此打印机 \"%.40s\" is no printer of this "
				     "configuration",
				     id ? id : "(not text)");
		else if (!config_repeats(reader, list, i))
			ret->printers[ret->count++] = (uint8_t)printer;
	}
}

/* The list's element that is record i; the readers before this one took them in the same order. */
static const config_setting_t *element(const config_setting_t *root, const char *key, size_t i)
{
	const config_setting_t *list = config_setting_get_member(root, key);
	const config_setting_t *one = list ? config_setting_get_elem(list, (unsigned)i) : NULL;

	return one && config_setting_is_group(one) ? one : NULL;
}

void config_read_printing(struct config_reader *reader, const config_setting_t *root,
			  struct config *config)
{
	struct devices_config *devices = &config->devices;
	const config_setting_t *at = config_setting_get_member(root, "printing");
	struct printing_text text = {.expire_min = EXPIRE_MIN, .failover_s = FAILOVER_S};

	if (at)
		config_read_group(reader, at, &printing_section, &text);
	config->policy.print_ms = text.expire_min * 60000;
	devices->failover_us = text.failover_s * 1000000;
	for (size_t i = 0; i < config->queue_count; i++) {
		struct devices_queue_config *queue = &devices->queues[devices->queue_count];

		at = element(root, "queues", i);
		if (!at)
			continue;
		read_route(reader, at, devices, &queue->route);
		if (!queue->route.count)
			continue;
		memcpy(queue->queue, config->queues[i].queue, sizeof(queue->queue));
		devices->queue_count++;
	}
	for (size_t i = 0; i < devices->keypad_count; i++) {
		struct devices_keypad_config *keypad = &devices->keypads[i];

		at = element(root, "keypads", i);
		if (!at)
			continue;
		read_route(reader, at, devices, &keypad->route);
		if (keypad->route.count && keypad->window)
			config_error(reader, config_setting_get_member(at, "printers"),
				     "printers: 仅取号机可打印 only a dispenser's panel prints");
	}
}
