/* A second serial port for tests and the bench: lines of text in, lines of text out. It stops the
 * device's clock and moves it, tells what a person would see, and presses keys. Images that are
 * shipped do not have it. The commands are in firmware-host/README.md. */
#pragma once

#include "firmware-host/app/device.h"
#include "firmware-host/app/loop.h"
#include "firmware-host/hal/time.h"

enum { PROBE_LINE = 64 };

struct probe {
	struct device *device;
	struct hal_uart uart;
	struct hal_received received;
	struct hal_uart line; /* the device's, whose bytes are counted */
	const struct hal_time *time;
	/* What only the port can do: hang, reset, fault, stack. False: not known. */
	bool (*extra)(struct probe *probe, const char *command);
	struct loop_watch watch;
	bool held; /* the clock stands at held_ms */
	uint32_t held_ms;
	uint32_t heard, sent; /* bytes of the device's line since power-on */
	bool waits;	      /* until heard is awaited */
	uint32_t awaited;
	char text[PROBE_LINE];
	size_t len;
};

/* Puts itself between the device and its line, and into the loop; device, uart, received, time and
 * extra are set. */
void probe_attach(struct probe *probe, struct device_hal *hal, struct loop *loop);
/* Tells that the device is ready. */
void probe_greet(struct probe *probe);
void probe_say(struct probe *probe, const char *text);
void probe_say_number(struct probe *probe, uint32_t number);
void probe_say_hex(struct probe *probe, uint32_t number);
