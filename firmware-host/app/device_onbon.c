/* The board with an Onbon card as a device. */
#include "firmware-host/app/board_onbon.h"
#include "firmware-host/app/device.h"
#include "firmware-host/app/device_limits.h"

static bool accepts(const struct service_settings *settings)
{
	return settings->kind == SERVICE_ONBON_BOARD && settings->host_lost_s == 0 &&
	       settings->address >= 1 && settings->address <= 254 && device_has_screen(settings) &&
	       device_has_baud(settings);
}

static void start(void *state, const struct device *device, uint32_t now_ms)
{
	const struct service_settings *stored = &device->settings;
	const struct onbon_board_settings settings = {
		.address = stored->address, .width = stored->width, .height = stored->height};

	onbon_board_init(state, &settings, device->hal.line, now_ms);
}

static void receive(void *state, uint8_t byte, uint32_t now_ms)
{
	onbon_board_receive(state, byte, now_ms);
}

static void tick(void *state, uint32_t now_ms)
{
	onbon_board_tick(state, now_ms);
}

static const struct screen *screen(const void *state)
{
	const struct onbon_board *board = state;

	return &board->screen;
}

const struct device_kind device_onbon_board = {
	.name = "onbon-board",
	.defaults = {.kind = SERVICE_ONBON_BOARD,
		     .address = 1,
		     .width = 128,
		     .height = 16,
		     .baud = 9600},
	.accepts = accepts,
	.start = start,
	.receive = receive,
	.tick = tick,
	.screen = screen,
};
