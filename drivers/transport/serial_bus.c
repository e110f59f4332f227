/* Serial lines as they come and go, by their device files: whatever makes one, an FTDI chip or a
 * modem class, there is a new tty in /dev, to which udev then gives its group. Both are told; it is
 * for the host to try again. Nothing is opened. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "drivers/transport/common.h"

enum { READ_SIZE = 4096, MOST_READS = 4 };

struct transport_bus {
	const struct transport_bus_host *host;
	void *user;
	int fd;
};

/* ttyUSB0, ttyACM1, ttyS4; not the consoles tty0 to tty63. */
static bool is_line(const char *name)
{
	return strncmp(name, "tty", 3) == 0 && name[3] >= 'A' && name[3] <= 'Z';
}

static int serial_bus_open(struct transport_bus **ret, const struct transport_bus_host *host,
			   void *user)
{
	struct transport_bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return -ENOMEM;
	bus->host = host;
	bus->user = user;
	bus->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (bus->fd < 0 || inotify_add_watch(bus->fd, "/dev",
					     IN_CREATE | IN_ATTRIB | IN_MOVED_TO | IN_DELETE) < 0) {
		r = -errno;
		if (bus->fd >= 0)
			close(bus->fd);
		free(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

static void serial_bus_close(struct transport_bus *bus)
{
	close(bus->fd);
	free(bus);
}

static size_t serial_bus_fds(const struct transport_bus *bus, struct pollfd *ret, size_t max)
{
	if (max > 0)
		ret[0] = (struct pollfd){.fd = bus->fd, .events = POLLIN};
	return 1;
}

static int64_t serial_bus_deadline(const struct transport_bus *bus)
{
	(void)bus;
	return TRANSPORT_NO_DEADLINE;
}

static void tell(struct transport_bus *bus, const struct inotify_event *event)
{
	char url[TRANSPORT_URL_SIZE];

	/* Too many at once: which ones is not known. */
	if (event->mask & IN_Q_OVERFLOW) {
		if (bus->host->arrived)
			bus->host->arrived(bus->user, "serial:", "");
		return;
	}
	if (event->len == 0 || !is_line(event->name))
		return;
	if (snprintf(url, sizeof(url), "serial:/dev/%s", event->name) >= (int)sizeof(url))
		return;
	if (event->mask & IN_DELETE) {
		if (bus->host->left)
			bus->host->left(bus->user, url);
	} else if (bus->host->arrived) {
		bus->host->arrived(bus->user, url, event->name);
	}
}

static void serial_bus_process(struct transport_bus *bus, int64_t now_us)
{
	_Alignas(struct inotify_event) char bytes[READ_SIZE];
	const struct inotify_event *event;
	ssize_t n;
	size_t at;

	(void)now_us;
	for (int i = 0; i < MOST_READS && (n = read(bus->fd, bytes, sizeof(bytes))) > 0; i++) {
		for (at = 0; at < (size_t)n; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(const void *)(bytes + at);
			tell(bus, event);
		}
	}
}

static bool serial_bus_is_settled(const struct transport_bus *bus)
{
	(void)bus;
	return true;
}

const struct transport_bus_ops transport_serial_bus_ops = {
	.name = "serial",
	.open = serial_bus_open,
	.close = serial_bus_close,
	.fds = serial_bus_fds,
	.deadline = serial_bus_deadline,
	.process = serial_bus_process,
	.is_settled = serial_bus_is_settled,
};
