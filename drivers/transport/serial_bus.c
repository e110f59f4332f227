/* Serial lines as they come and go, by their device files: whatever makes one, an FTDI chip or a
 * modem class, there is a new tty in /dev, to which udev then gives its group. That is told at
 * once, a file that nobody touches any more half a second after it was made: opened before udev has
 * seen to it, it would be refused. Nothing is opened here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "drivers/transport/common.h"

enum { READ_SIZE = 4096, MOST_READS = 4, UDEV_US = 500 * 1000 };

struct transport_bus {
	const struct transport_bus_host *host;
	void *user;
	int fd;
	int64_t due_us; /* a new one is told then; none: TRANSPORT_NO_DEADLINE */
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
	bus->due_us = TRANSPORT_NO_DEADLINE;
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
	return bus->due_us;
}

static void tell_arrived(struct transport_bus *bus, const char *name)
{
	char url[TRANSPORT_URL_SIZE];

	(void)snprintf(url, sizeof(url), "serial:%s%.64s", name[0] ? "/dev/" : "", name);
	if (bus->host->arrived)
		bus->host->arrived(bus->user, url, name);
}

static void tell_left(struct transport_bus *bus, const char *name)
{
	char url[TRANSPORT_URL_SIZE];

	(void)snprintf(url, sizeof(url), "serial:/dev/%.64s", name);
	if (bus->host->left)
		bus->host->left(bus->user, url);
}

static void take(struct transport_bus *bus, const struct inotify_event *event, int64_t now_us)
{
	bool is_named = event->len > 0 && is_line(event->name);

	if (event->mask & IN_Q_OVERFLOW) /* too many at once: which ones is not known */
		tell_arrived(bus, "");
	else if (is_named && event->mask & IN_DELETE)
		tell_left(bus, event->name);
	else if (is_named && event->mask & IN_ATTRIB)
		tell_arrived(bus, event->name);
	else if (is_named)
		bus->due_us = now_us + UDEV_US;
}

static void serial_bus_process(struct transport_bus *bus, int64_t now_us)
{
	_Alignas(struct inotify_event) char bytes[READ_SIZE];
	const struct inotify_event *event;
	int64_t before_us = bus->due_us;
	ssize_t n;
	size_t at;

	for (int i = 0; i < MOST_READS && (n = read(bus->fd, bytes, sizeof(bytes))) > 0; i++) {
		for (at = 0; at < (size_t)n; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(const void *)(bytes + at);
			take(bus, event, now_us);
		}
	}
	if (now_us >= bus->due_us) {
		bus->due_us = TRANSPORT_NO_DEADLINE;
		tell_arrived(bus, "");
	}
	if (bus->due_us != before_us && bus->host->changed)
		bus->host->changed(bus->user);
}

static bool serial_bus_is_settled(const struct transport_bus *bus)
{
	return bus->due_us == TRANSPORT_NO_DEADLINE;
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
