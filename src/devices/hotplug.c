/* Plugs going in: when a bus tells of a device that takes print bytes, or of a serial line, every
 * link of that kind that waits to open again does so at once. Which of them is meant the opening
 * finds out; that is cheap, and the names by which a bus and a configuration call a device need not
 * be the same. Links are tried again by their own pauses too: a bus that hears nothing (no udevd)
 * does not say so. */
#include <string.h>

#include "src/devices/private.h"

static const struct {
	const char *bus, *scheme;
} kinds[HOTPLUG_BUSES] = {{"usb", "usb:"}, {"serial", "serial:"}};

/* Also behind a recording, "record:FILE:usb:...". */
static bool is_of(const char *url, const char *scheme)
{
	static const char record[] = "record:";

	if (strncmp(url, record, strlen(record)) == 0) {
		url = strchr(url + strlen(record), ':');
		if (!url)
			return false;
		url++;
	}
	return strncmp(url, scheme, strlen(scheme)) == 0;
}

static void nudge(struct devices *devices, const char *scheme)
{
	for (size_t i = 0; i < devices->printer_count; i++) {
		if (is_of(devices->printers[i].slot.config->url, scheme))
			link_nudge(&devices->printers[i].link);
	}
	for (size_t i = 0; i < devices->line_count; i++) {
		if (is_of(devices->lines[i].config->url, scheme))
			link_nudge(&devices->lines[i].link);
	}
}

static void on_arrived(void *user, const char *url, const char *description)
{
	(void)description;
	for (size_t i = 0; i < HOTPLUG_BUSES; i++) {
		if (strncmp(url, kinds[i].scheme, strlen(kinds[i].scheme)) == 0)
			nudge(user, kinds[i].scheme);
	}
}

static void on_changed(void *user)
{
	struct devices *devices = user;

	devices->host->changed(devices->user);
}

static const struct transport_bus_host bus_host = {.arrived = on_arrived, .changed = on_changed};

static bool is_wanted(const struct devices *devices, const char *scheme)
{
	bool wanted = false;

	for (size_t i = 0; i < devices->printer_count; i++)
		wanted |= is_of(devices->printers[i].slot.config->url, scheme);
	for (size_t i = 0; i < devices->line_count; i++)
		wanted |= is_of(devices->lines[i].config->url, scheme);
	return wanted;
}

void hotplug_start(struct devices *devices)
{
	for (size_t i = 0; i < HOTPLUG_BUSES; i++) {
		struct hotplug *hotplug = &devices->hotplug[i];
		int r;

		hotplug->ops = is_wanted(devices, kinds[i].scheme)
				       ? transport_bus_find(kinds[i].bus)
				       : NULL;
		if (!hotplug->ops)
			continue;
		r = hotplug->ops->open(&hotplug->bus, &bus_host, devices);
		if (r < 0)
			devices->host->log(
				devices->user, kinds[i].bus,
				"plugs going in are not told of here: tried every few seconds");
	}
}

void hotplug_finish(struct devices *devices)
{
	for (size_t i = 0; i < HOTPLUG_BUSES; i++) {
		struct hotplug *hotplug = &devices->hotplug[i];

		if (hotplug->bus)
			hotplug->ops->close(hotplug->bus);
		hotplug->bus = NULL;
	}
}

size_t hotplug_fds(const struct devices *devices, struct pollfd *ret, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < HOTPLUG_BUSES; i++) {
		const struct hotplug *hotplug = &devices->hotplug[i];

		if (hotplug->bus)
			count += hotplug->ops->fds(hotplug->bus, ret + count,
						   max > count ? max - count : 0);
	}
	return count;
}

int64_t hotplug_deadline(const struct devices *devices)
{
	int64_t deadline = TRANSPORT_NO_DEADLINE;

	for (size_t i = 0; i < HOTPLUG_BUSES; i++) {
		const struct hotplug *hotplug = &devices->hotplug[i];

		if (hotplug->bus && hotplug->ops->deadline(hotplug->bus) < deadline)
			deadline = hotplug->ops->deadline(hotplug->bus);
	}
	return deadline;
}

void hotplug_process(struct devices *devices, int64_t now_us)
{
	for (size_t i = 0; i < HOTPLUG_BUSES; i++) {
		struct hotplug *hotplug = &devices->hotplug[i];

		if (hotplug->bus)
			hotplug->ops->process(hotplug->bus, now_us);
	}
}
