/* The serial lines of this machine, by what sysfs says of them. Nothing is opened: that would
 * switch a line's modem signals. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	SERIAL_MAX_PORTS = 64,
	SERIAL_NAME_SIZE = 64,
	SERIAL_PATH_SIZE = 256,
	SERIAL_WHOSE_SIZE = 64,
};

struct serial_port {
	char path[SERIAL_NAME_SIZE];   /* /dev/ttyUSB0 */
	char driver[SERIAL_NAME_SIZE]; /* of the kernel, "" none */
	char by_id[SERIAL_PATH_SIZE];  /* udev's link to it, "" none */
	char by_path[SERIAL_PATH_SIZE];
	bool is_usb; /* only then: */
	unsigned vendor, product;
	unsigned interface;
	char serial[SERIAL_NAME_SIZE]; /* "" none */
	char port[SERIAL_NAME_SIZE];   /* where it is plugged in: 1-1.4 */
	char name[SERIAL_NAME_SIZE];   /* product, "" none */
};

/* In the order of their names. The number of them, at most max; a negative errno where sysfs is not
 * there. */
__attribute__((warn_unused_result)) int serial_list_ports(struct serial_port *ret, size_t max);

/* What an address asks for: a path, or a USB device by what it is or where it is. */
struct serial_address {
	char path[SERIAL_PATH_SIZE]; /* "": by USB */
	bool by_port;		     /* else by vendor, product and serial */
	unsigned vendor, product;
	char serial[SERIAL_NAME_SIZE]; /* "": any */
	char port[SERIAL_NAME_SIZE];
	int interface; /* -1: its only one */
};

/* The one line that an address names now, and its device file's identity. Links of udev are
 * followed. -ENODEV or -ENOENT: why lists the lines that there are; -ENOTUNIQ: why lists those that
 * fit. */
struct serial_node {
	char path[SERIAL_PATH_SIZE];
	dev_t device;
	ino_t inode;
};
__attribute__((warn_unused_result)) int serial_find(const struct serial_address *address,
						    struct serial_node *ret, char *ret_why,
						    size_t why_size);

/* "picocom, 4711": who has the line open, as far as this user may know. "": nobody that shows. */
void serial_whose(const char *path, char ret_whose[SERIAL_WHOSE_SIZE]);
