/* Looks for serial lines in sysfs. A line's folder is named by the link /sys/class/tty/NAME, whose
 * text is its place in the tree of devices; from there on names are put together, so that nothing
 * is resolved twice. */
#include "drivers/transport/serial_ports.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char class_folder[] = "/sys/class/tty";

/* "" where there is none; characters that could move a cursor become '?'. */
static void read_attribute(const char *folder, const char *name, char *ret, size_t size)
{
	char path[PATH_MAX];
	ssize_t n = -1;
	int fd;

	ret[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, ret, size - 1);
	close(fd);
	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	for (char *p = ret; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

static bool has(const char *folder, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

/* The last name of a link's target, "" where there is none. */
static void read_link_name(const char *link, char *ret, size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof(target) - 1);
	const char *last;

	ret[0] = '\0';
	if (n < 0)
		return;
	target[n] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (strlen(last) < size)
		memcpy(ret, last, strlen(last) + 1);
}

/* Upwards from the line's device to the USB device; the folder below that is the interface. */
static void read_usb(char *folder, struct serial_port *port)
{
	char interface[PATH_MAX] = "", text[16];
	char *end;

	for (;;) {
		if (has(folder, "bInterfaceNumber"))
			(void)snprintf(interface, sizeof(interface), "%s", folder);
		if (has(folder, "idVendor") && has(folder, "idProduct"))
			break;
		end = strrchr(folder, '/');
		if (!end || strcmp(folder, "/sys/devices") == 0)
			return;
		*end = '\0';
	}
	port->is_usb = true;
	read_attribute(folder, "idVendor", text, sizeof(text));
	port->vendor = (unsigned)strtoul(text, NULL, 16);
	read_attribute(folder, "idProduct", text, sizeof(text));
	port->product = (unsigned)strtoul(text, NULL, 16);
	read_attribute(folder, "serial", port->serial, sizeof(port->serial));
	read_attribute(folder, "product", port->name, sizeof(port->name));
	end = strrchr(folder, '/');
	(void)snprintf(port->port, sizeof(port->port), "%s", end + 1);
	if (!interface[0])
		return;
	read_attribute(interface, "bInterfaceNumber", text, sizeof(text));
	port->interface = (unsigned)strtoul(text, NULL, 16);
}

/* -ENODEV: a console, a pseudo-terminal, a socket of the board that nothing is behind. */
static int read_port(const char *name, struct serial_port *ret)
{
	char link[PATH_MAX], target[PATH_MAX], folder[PATH_MAX], type[16];
	ssize_t n;
	char *end;

	memset(ret, 0, sizeof(*ret));
	(void)snprintf(link, sizeof(link), "%s/%.200s", class_folder, name);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return -ENODEV;
	target[n] = '\0';
	end = strstr(target, "devices/");
	if (!end || strncmp(end, "devices/virtual/", strlen("devices/virtual/")) == 0)
		return -ENODEV;
	if (snprintf(folder, sizeof(folder), "/sys/%s", end) >= (int)sizeof(folder))
		return -ENODEV;
	read_attribute(folder, "type", type, sizeof(type));
	if (strcmp(type, "0") == 0)
		return -ENODEV;
	(void)snprintf(ret->path, sizeof(ret->path), "/dev/%.58s", name);
	end = strstr(folder, "/tty/");
	if (end)
		*end = '\0';
	if (snprintf(link, sizeof(link), "%s/driver", folder) < (int)sizeof(link))
		read_link_name(link, ret->driver, sizeof(ret->driver));
	read_usb(folder, ret);
	return 0;
}

/* udev's links to the lines that were found. */
static void read_links(const char *folder, struct serial_port *ports, int count, bool by_id)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[PATH_MAX], name[SERIAL_NAME_SIZE];

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >=
		    SERIAL_PATH_SIZE)
			continue;
		read_link_name(path, name, sizeof(name));
		for (int i = 0; i < count && name[0]; i++) {
			char *link = by_id ? ports[i].by_id : ports[i].by_path;

			if (strcmp(ports[i].path + strlen("/dev/"), name) == 0 && !link[0])
				memcpy(link, path, strlen(path) + 1);
		}
	}
	closedir(dir);
}

/* ttyUSB2 before ttyUSB10. */
static int compare(const void *a, const void *b)
{
	const struct serial_port *left = a, *right = b;

	return strverscmp(left->path, right->path);
}

int serial_list_ports(struct serial_port *ret, size_t max)
{
	const struct dirent *entry;
	int count = 0;
	DIR *dir;

	dir = opendir(class_folder);
	if (!dir)
		return -errno;
	while ((size_t)count < max && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && read_port(entry->d_name, &ret[count]) == 0)
			count++;
	closedir(dir);
	qsort(ret, (size_t)count, sizeof(*ret), compare);
	read_links("/dev/serial/by-id", ret, count, true);
	read_links("/dev/serial/by-path", ret, count, false);
	return count;
}

/* ---- one by its address ---------------------------------------------------------------------- */

static bool fits(const struct serial_address *address, const struct serial_port *port)
{
	if (!port->is_usb)
		return false;
	if (address->interface >= 0 && port->interface != (unsigned)address->interface)
		return false;
	if (address->by_port)
		return strcmp(address->port, port->port) == 0;
	return address->vendor == port->vendor && address->product == port->product &&
	       (!address->serial[0] || strcmp(address->serial, port->serial) == 0);
}

__attribute__((format(printf, 3, 4))) static void add(char *text, size_t size, const char *format,
						      ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

static void name_address(const struct serial_address *address, char *ret, size_t size)
{
	ret[0] = '\0';
	if (address->path[0]) {
		add(ret, size, "%s", address->path);
		return;
	}
	if (address->by_port)
		add(ret, size, "serial:port=%s", address->port);
	else
		add(ret, size, "serial:usb=%04x:%04x", address->vendor, address->product);
	if (!address->by_port && address->serial[0])
		add(ret, size, "/serial=%s", address->serial);
	if (address->interface >= 0)
		add(ret, size, "/interface=%d", address->interface);
}

/* "ttyUSB0 (0403:6001 A1B2), ttyS0" */
static void tell_missing(const struct serial_address *address, const struct serial_port *ports,
			 int count, char *ret_why, size_t size)
{
	char name[SERIAL_PATH_SIZE + SERIAL_NAME_SIZE];

	name_address(address, name, sizeof(name));
	(void)snprintf(ret_why, size, "No such line is here: %s; there %s", name,
		       count > 0 ? "is" : "is no serial line at all.");
	for (int i = 0; i < count; i++) {
		add(ret_why, size, "%s%s", i ? ", " : " ", ports[i].path + strlen("/dev/"));
		if (ports[i].is_usb)
			add(ret_why, size, " (%04x:%04x%s%s)", ports[i].vendor, ports[i].product,
			    ports[i].serial[0] ? " " : "", ports[i].serial);
	}
}

static void tell_several(const struct serial_address *address, const struct serial_port *ports,
			 int count, char *ret_why, size_t size)
{
	bool is_first = true;

	(void)snprintf(ret_why, size, "This address fits several devices; it is one of");
	for (int i = 0; i < count; i++) {
		if (!fits(address, &ports[i]))
			continue;
		add(ret_why, size, "%s serial:port=%s/interface=%u", is_first ? "" : ",",
		    ports[i].port, ports[i].interface);
		is_first = false;
	}
}

static int find_usb(const struct serial_address *address, const struct serial_port *ports,
		    int count, char *ret_path, size_t path_size, char *ret_why, size_t why_size)
{
	int found = -1, n = 0;

	for (int i = 0; i < count; i++) {
		if (!fits(address, &ports[i]))
			continue;
		found = i;
		n++;
	}
	if (n == 0) {
		tell_missing(address, ports, count, ret_why, why_size);
		return -ENODEV;
	}
	if (n > 1) {
		tell_several(address, ports, count, ret_why, why_size);
		return -ENOTUNIQ;
	}
	(void)snprintf(ret_path, path_size, "%s", ports[found].path);
	return 0;
}

static int find_path(const struct serial_address *address, const struct serial_port *ports,
		     int count, char ret_path[PATH_MAX], char *ret_why, size_t why_size)
{
	int r;

	if (realpath(address->path, ret_path))
		return 0;
	r = -errno;
	if (r == -ENOENT || r == -ENOTDIR)
		tell_missing(address, ports, count, ret_why, why_size);
	else
		(void)snprintf(ret_why, why_size, "%s: %s.", address->path, strerror(-r));
	return r;
}

int serial_find(const struct serial_address *address, struct serial_node *ret, char *ret_why,
		size_t why_size)
{
	struct serial_port *ports = calloc(SERIAL_MAX_PORTS, sizeof(*ports));
	char path[PATH_MAX] = "";
	struct stat st;
	int count, r;

	if (!ports) {
		(void)snprintf(ret_why, why_size, "Out of memory.");
		return -ENOMEM;
	}
	count = serial_list_ports(ports, SERIAL_MAX_PORTS);
	if (count < 0)
		count = 0;
	if (address->path[0])
		r = find_path(address, ports, count, path, ret_why, why_size);
	else
		r = find_usb(address, ports, count, path, sizeof(path), ret_why, why_size);
	free(ports);
	if (r < 0)
		return r;
	if (strlen(path) >= sizeof(ret->path) || stat(path, &st) < 0) {
		r = strlen(path) >= sizeof(ret->path) ? -ENAMETOOLONG : -errno;
		(void)snprintf(ret_why, why_size, "%.200s: %s.", path, strerror(-r));
		return r;
	}
	if (!S_ISCHR(st.st_mode)) {
		(void)snprintf(ret_why, why_size, "%.200s is no serial line.", address->path);
		return -ENOTTY;
	}
	memcpy(ret->path, path, strlen(path) + 1);
	ret->device = st.st_rdev;
	ret->inode = st.st_ino;
	return 0;
}

/* ---- who has it ------------------------------------------------------------------------------ */

static void name_process(const char *pid, char ret_whose[SERIAL_WHOSE_SIZE])
{
	char folder[64], name[32];

	(void)snprintf(folder, sizeof(folder), "/proc/%.20s", pid);
	read_attribute(folder, "comm", name, sizeof(name));
	(void)snprintf(ret_whose, SERIAL_WHOSE_SIZE, "%s%s%.20s", name, name[0] ? ", " : "", pid);
}

/* Locks are told to everybody: "1: FLOCK  ADVISORY  WRITE 4711 00:05:310 0 EOF". */
static void find_lock(const struct stat *st, char ret_whose[SERIAL_WHOSE_SIZE])
{
	FILE *file = fopen("/proc/locks", "re");
	unsigned major_number, minor_number;
	char line[160], pid[21];
	unsigned long inode;

	if (!file)
		return;
	while (!ret_whose[0] && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s FLOCK %*s %*s %20s %x:%x:%lu", pid, &major_number,
			   &minor_number, &inode) != 4)
			continue;
		if (makedev(major_number, minor_number) == st->st_dev && inode == st->st_ino)
			name_process(pid, ret_whose);
	}
	(void)fclose(file);
}

static bool has_open(const char *pid, const struct stat *st)
{
	const struct dirent *entry;
	char folder[64], path[PATH_MAX];
	bool found = false;
	struct stat one;
	DIR *dir;

	(void)snprintf(folder, sizeof(folder), "/proc/%.20s/fd", pid);
	dir = opendir(folder);
	while (dir && !found && (entry = readdir(dir))) {
		(void)snprintf(path, sizeof(path), "%s/%.32s", folder, entry->d_name);
		found = stat(path, &one) == 0 && S_ISCHR(one.st_mode) && one.st_rdev == st->st_rdev;
	}
	if (dir)
		closedir(dir);
	return found;
}

void serial_whose(const char *path, char ret_whose[SERIAL_WHOSE_SIZE])
{
	const struct dirent *entry;
	struct stat st;
	DIR *dir;

	ret_whose[0] = '\0';
	if (stat(path, &st) < 0)
		return;
	find_lock(&st, ret_whose);
	dir = ret_whose[0] ? NULL : opendir("/proc");
	if (!dir)
		return;
	while (!ret_whose[0] && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]) && has_open(entry->d_name, &st))
			name_process(entry->d_name, ret_whose);
	closedir(dir);
}
