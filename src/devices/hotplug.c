/* Plugs going in: when the bus tells of a device that takes print bytes, every USB link that waits
 * to open again does so at once. Which of them is meant the opening finds out; that is cheap, and
 * the names by which a bus and a configuration call a device need not be the same. Links are tried
 * again by their own pauses too: a bus that hears nothing (no udevd) does not say so. */
#include <string.h>

#include "src/devices/private.h"

/* Also behind a recording, "record:FILE:usb:...". */
static bool is_usb(const char *url)
{
	static const char record[] = "record:";

	if (strncmp(url, record, strlen(record)) == 0) {
		url = strchr(url + strlen(record), ':');
		if (!url)
			return false;
		url++;
	}
	return strncmp(url, "usb:", 4) == 0;
}

static void on_arrived(void *user, const char *url, const char *description)
{
	struct devices *devices = user;

	(void)url, (void)description;
	for (size_t i = 0; i < devices->printer_count; i++) {
		if (is_usb(devices->printers[i].slot.config->url))
			link_nudge(&devices->printers[i].link);
	}
}

static void on_changed(void *user)
{
	struct devices *devices = user;

	devices->host->changed(devices->user);
}

static const struct transport_bus_host bus_host = {.arrived = on_arrived, .changed = on_changed};

void hotplug_start(struct devices *devices)
{
	struct hotplug *hotplug = &devices->hotplug;
	bool wanted = false;
	int r;

	for (size_t i = 0; i < devices->printer_count; i++)
		wanted |= is_usb(devices->printers[i].slot.config->url);
	hotplug->ops = wanted ? transport_bus_find("usb") : NULL;
	if (!hotplug->ops)
		return;
	r = hotplug->ops->open(&hotplug->bus, &bus_host, devices);
	if (r < 0)
		devices->host->log(devices->user, "usb",
				   "plugs going in are not told of here: tried every few seconds");
}

void hotplug_finish(struct devices *devices)
{
	struct hotplug *hotplug = &devices->hotplug;

	if (hotplug->bus)
		hotplug->ops->close(hotplug->bus);
	hotplug->bus = NULL;
}

size_t hotplug_fds(const struct devices *devices, struct pollfd *ret, size_t max)
{
	const struct hotplug *hotplug = &devices->hotplug;

	return hotplug->bus ? hotplug->ops->fds(hotplug->bus, ret, max) : 0;
}

int64_t hotplug_deadline(const struct devices *devices)
{
	const struct hotplug *hotplug = &devices->hotplug;

	return hotplug->bus ? hotplug->ops->deadline(hotplug->bus) : TRANSPORT_NO_DEADLINE;
}

void hotplug_process(struct devices *devices, int64_t now_us)
{
	struct hotplug *hotplug = &devices->hotplug;

	if (hotplug->bus)
		hotplug->ops->process(hotplug->bus, now_us);
}
