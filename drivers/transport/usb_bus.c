/* The bus "usb": devices that could be printers, as they come and go. A device's URL names its
 * serial number only where that tells it apart for certain; else it names the port, so that two
 * printers of one make do not change places. A URL once told stays that device's until it leaves.
 *
 * An arrival is looked at on a thread: the kernel shows a device's texts and its configuration only
 * to who gets the device's lock, and usblp may hold that for 5 s while it waits for a device ID. */
#include "drivers/transport/usb.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { BUS_MAX_DEVICES = 32, BUS_MAX_NEWS = 256, DESCRIPTION_SIZE = 256 };

struct bus_device {
	libusb_device *device; /* NULL: free */
	char url[TRANSPORT_URL_SIZE];
};

struct bus_news {
	libusb_device *device; /* a reference */
	bool arrived;
};

/* One that came, while the thread has it and after. */
struct bus_arrival {
	struct transport_bus *bus;
	libusb_device *device; /* a reference; NULL: none */
	bool fits;
	char url[TRANSPORT_URL_SIZE], description[DESCRIPTION_SIZE];
};

struct transport_bus {
	const struct transport_bus_host *host;
	void *user;
	libusb_context *context;
	libusb_hotplug_callback_handle watch;
	bool watching, fds_changed;
	struct bus_device devices[BUS_MAX_DEVICES];
	struct bus_news news[BUS_MAX_NEWS];
	size_t n_news;
	struct usb_work work;
	struct bus_arrival arrival;
	bool telling, closed; /* closed from inside an upward call */
	int64_t libusb_deadline_us, told_deadline_us;
};

static void note_descriptor(int fd, short events, void *user)
{
	struct transport_bus *bus = user;

	(void)fd;
	(void)events;
	bus->fds_changed = true;
}

static void note_no_descriptor(int fd, void *user)
{
	note_descriptor(fd, 0, user);
}

/* In here nothing may be opened or asked: it is only written down. */
static int LIBUSB_CALL note_news(libusb_context *context, libusb_device *device,
				 libusb_hotplug_event event, void *user)
{
	struct transport_bus *bus = user;

	(void)context;
	if (bus->n_news == BUS_MAX_NEWS)
		return 0;
	bus->news[bus->n_news++] = (struct bus_news){
		.device = libusb_ref_device(device),
		.arrived = event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED,
	};
	return 0;
}

static int usb_bus_open(struct transport_bus **ret, const struct transport_bus_host *host,
			void *user)
{
	struct transport_bus *bus;
	int r;

	bus = calloc(1, sizeof(*bus));
	if (!bus)
		return -ENOMEM;
	bus->host = host;
	bus->user = user;
	r = usb_work_init(&bus->work);
	if (r < 0)
		goto err_bus;
	r = usb_map_error(libusb_init(&bus->context));
	if (r < 0)
		goto err_work;
	r = -EOPNOTSUPP;
	if (!libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG))
		goto err_context;
	r = usb_map_error(libusb_hotplug_register_callback(
		bus->context,
		LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
		LIBUSB_HOTPLUG_ENUMERATE, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
		LIBUSB_HOTPLUG_MATCH_ANY, note_news, bus, &bus->watch));
	if (r < 0)
		goto err_context;
	libusb_set_pollfd_notifiers(bus->context, note_descriptor, note_no_descriptor, bus);
	bus->libusb_deadline_us = TRANSPORT_NO_DEADLINE;
	bus->told_deadline_us = TRANSPORT_NO_DEADLINE;
	*ret = bus;
	return 0;

err_context:
	libusb_exit(bus->context);
err_work:
	usb_work_finish(&bus->work);
err_bus:
	free(bus);
	return r;
}

static void free_bus(struct transport_bus *bus)
{
	size_t i;

	usb_work_finish(&bus->work);
	if (bus->arrival.device)
		libusb_unref_device(bus->arrival.device);
	libusb_hotplug_deregister_callback(bus->context, bus->watch);
	libusb_set_pollfd_notifiers(bus->context, NULL, NULL, NULL);
	for (i = 0; i < bus->n_news; i++)
		libusb_unref_device(bus->news[i].device);
	for (i = 0; i < BUS_MAX_DEVICES; i++) {
		if (bus->devices[i].device)
			libusb_unref_device(bus->devices[i].device);
	}
	libusb_exit(bus->context);
	free(bus);
}

static void usb_bus_close(struct transport_bus *bus)
{
	if (!bus)
		return;
	bus->closed = true;
	if (!bus->telling)
		free_bus(bus);
}

static bool can_name(const char *serial)
{
	size_t len = strlen(serial), i;

	for (i = 0; i < len; i++) {
		if (!isgraph((unsigned char)serial[i]) || serial[i] == '/')
			return false;
	}
	return len >= USB_SERIAL_MIN && len < USB_TEXT_SIZE - 1;
}

/* Alone among all that is plugged in: URLs find devices there, not in this bus's list. */
static bool is_unique(struct transport_bus *bus, const struct usb_address *address)
{
	libusb_device *device;

	if (usb_find_device(bus->context, address, &device, NULL, 0) < 0)
		return false;
	libusb_unref_device(device);
	return true;
}

static int make_url(struct transport_bus *bus, libusb_device *device, char *ret, size_t size)
{
	struct libusb_device_descriptor descriptor;
	struct usb_address address;
	char port[USB_TEXT_SIZE];
	int r;

	memset(&address, 0, sizeof(address));
	if (libusb_get_device_descriptor(device, &descriptor) < 0)
		return -ENODEV;
	address.vendor = descriptor.idVendor;
	address.product = descriptor.idProduct;
	usb_read_text(device, "serial", address.serial, sizeof(address.serial));
	if (can_name(address.serial) && is_unique(bus, &address)) {
		(void)snprintf(ret, size, "usb:%04x:%04x/serial=%s", address.vendor,
			       address.product, address.serial);
		return 0;
	}
	r = usb_read_port(device, port, sizeof(port));
	if (r < 0)
		return r;
	(void)snprintf(ret, size, "usb:port=%s", port);
	return 0;
}

/* The texts are the device's own and go to terminals and logs. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if (!isprint((unsigned char)*text))
			*text = '?';
	}
}

static void describe(libusb_device *device, const struct usb_interface *at, char *ret, size_t size)
{
	struct libusb_device_descriptor descriptor;
	char maker[USB_TEXT_SIZE], product[USB_TEXT_SIZE];

	memset(&descriptor, 0, sizeof(descriptor));
	(void)libusb_get_device_descriptor(device, &descriptor);
	usb_read_text(device, "manufacturer", maker, sizeof(maker));
	usb_read_text(device, "product", product, sizeof(product));
	(void)snprintf(ret, size, "%04x:%04x %s%s%s (%s, %s)", descriptor.idVendor,
		       descriptor.idProduct, maker, maker[0] && product[0] ? " " : "", product,
		       at->class == LIBUSB_CLASS_PRINTER ? "printer class" : "vendor class",
		       at->in ? "two-way" : "one-way");
	make_printable(ret);
}

static struct bus_device *find_known(struct transport_bus *bus, const libusb_device *device)
{
	size_t i;

	for (i = 0; i < BUS_MAX_DEVICES; i++) {
		if (bus->devices[i].device == device)
			return &bus->devices[i];
	}
	return NULL;
}

static void look_at_arrival(void *user)
{
	struct bus_arrival *arrival = user;
	struct usb_interface at;

	arrival->fits =
		usb_pick_interface(arrival->device, &at) == 0 &&
		make_url(arrival->bus, arrival->device, arrival->url, sizeof(arrival->url)) == 0;
	if (arrival->fits)
		describe(arrival->device, &at, arrival->description, sizeof(arrival->description));
}

/* Takes the reference. */
static void start_arrival(struct transport_bus *bus, libusb_device *device)
{
	if (find_known(bus, device)) {
		libusb_unref_device(device);
		return;
	}
	bus->arrival = (struct bus_arrival){.bus = bus, .device = device};
	bus->fds_changed = true;
	usb_work_start(&bus->work, look_at_arrival, &bus->arrival);
}

static void end_arrival(struct transport_bus *bus)
{
	struct bus_arrival *arrival = &bus->arrival;
	struct bus_device *known = find_known(bus, NULL);
	libusb_device *device = arrival->device;

	bus->fds_changed = true;
	arrival->device = NULL;
	if (!arrival->fits || !known) {
		libusb_unref_device(device);
		return;
	}
	known->device = device;
	memcpy(known->url, arrival->url, sizeof(known->url));
	if (bus->host->arrived)
		bus->host->arrived(bus->user, known->url, arrival->description);
}

static void take_departure(struct transport_bus *bus, libusb_device *device)
{
	struct bus_device *known = find_known(bus, device);
	char url[TRANSPORT_URL_SIZE];

	if (!known)
		return;
	memcpy(url, known->url, sizeof(url));
	libusb_unref_device(known->device);
	known->device = NULL;
	if (bus->host->left)
		bus->host->left(bus->user, url);
}

static size_t usb_bus_fds(const struct transport_bus *bus, struct pollfd *ret, size_t max)
{
	size_t n = 0;

	if (bus->work.running) {
		if (max > 0)
			ret[0] = (struct pollfd){.fd = bus->work.fd, .events = POLLIN};
		n = 1;
	}
	n = usb_context_fds(bus->context, ret, max, n);
	return n < max ? n : max;
}

static int64_t usb_bus_deadline(const struct transport_bus *bus)
{
	return bus->n_news > 0 && !bus->work.running ? TRANSPORT_DUE : bus->libusb_deadline_us;
}

static void tell_news(struct transport_bus *bus)
{
	struct bus_news one;

	if (usb_work_ended(&bus->work))
		end_arrival(bus);
	/* In their order: what left is told after its arrival was. */
	while (bus->n_news > 0 && !bus->closed && !bus->work.running) {
		one = bus->news[0];
		memmove(bus->news, bus->news + 1, --bus->n_news * sizeof(bus->news[0]));
		if (one.arrived) {
			start_arrival(bus, one.device);
		} else {
			take_departure(bus, one.device);
			libusb_unref_device(one.device);
		}
	}
}

static void tell_changes(struct transport_bus *bus, int64_t now_us)
{
	int64_t deadline;

	bus->libusb_deadline_us = usb_context_deadline(bus->context, now_us);
	deadline = usb_bus_deadline(bus);
	if (!bus->fds_changed && deadline == bus->told_deadline_us)
		return;
	bus->fds_changed = false;
	bus->told_deadline_us = deadline;
	if (bus->host->changed)
		bus->host->changed(bus->user);
}

static void usb_bus_process(struct transport_bus *bus, int64_t now_us)
{
	struct timeval zero = {0, 0};

	bus->telling = true;
	(void)libusb_handle_events_timeout_completed(bus->context, &zero, NULL);
	tell_news(bus);
	if (!bus->closed)
		tell_changes(bus, now_us);
	bus->telling = false;
	if (bus->closed)
		free_bus(bus);
}

static bool usb_bus_is_settled(const struct transport_bus *bus)
{
	return bus->n_news == 0 && !bus->work.running;
}

const struct transport_bus_ops transport_usb_bus_ops = {
	.name = "usb",
	.open = usb_bus_open,
	.close = usb_bus_close,
	.fds = usb_bus_fds,
	.deadline = usb_bus_deadline,
	.process = usb_bus_process,
	.is_settled = usb_bus_is_settled,
};
