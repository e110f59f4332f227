/* The watchdog is fed in one place only, behind all that the device has to do. */
#include "firmware-host/app/loop.h"

static uint32_t now_ms(const struct loop *loop)
{
	if (loop->watch)
		return loop->watch->now_ms(loop->watch->user);
	return loop->time->now_ms(loop->time->port);
}

void loop_step(struct loop *loop)
{
	int byte;

	while ((byte = loop->line.take(loop->line.port)) >= 0) {
		device_receive(loop->device, (uint8_t)byte, now_ms(loop));
		if (loop->watch)
			loop->watch->heard(loop->watch->user);
	}
	if (loop->keys)
		loop->keys(loop->device, now_ms(loop));
	device_tick(loop->device, now_ms(loop));
	if (loop->watch)
		loop->watch->step(loop->watch->user);
	loop->time->feed_watchdog(loop->time->port);
}
