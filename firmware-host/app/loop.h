/* What every port does for ever: bytes to the device, time to the device, the watchdog fed. */
#pragma once

#include "firmware-host/app/device.h"
#include "firmware-host/hal/time.h"

/* Who watches a device: the probe, in images that have it. */
struct loop_watch {
	uint32_t (*now_ms)(void *user); /* the clock that the device is to see */
	void (*heard)(void *user);	/* the device was given a byte */
	void (*step)(void *user);
	void *user;
};

struct loop {
	struct device *device;
	struct hal_received line;
	const struct hal_time *time;
	/* Tells the device of contacts that closed or opened; NULL: it has none. */
	void (*keys)(struct device *device, uint32_t now_ms);
	const struct loop_watch *watch; /* NULL: nobody */
};

/* Once round. The port then sleeps until a byte comes or a millisecond is over. */
void loop_step(struct loop *loop);
