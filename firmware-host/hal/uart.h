/* The serial port of a device. The port layer turns the driver of the bus on and off (RS-485). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hal_uart {
	void (*send)(void *port, const uint8_t *bytes, size_t len);
	void *port;
};

/* What the port has received; -1: nothing more. */
struct hal_received {
	int (*take)(void *port);
	void *port;
};
