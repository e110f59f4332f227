/* The board with the lihe protocol as a device. */
#include "firmware-host/app/board.h"
#include "firmware-host/app/device.h"
#include "firmware-host/app/device_limits.h"

static bool accepts(const struct service_settings *settings)
{
	return settings->kind == SERVICE_LIHE_BOARD && settings->address <= 254 &&
	       device_has_screen(settings) && device_has_baud(settings);
}

static void start(void *state, const struct device *device, uint32_t now_ms)
{
	const struct service_settings *stored = &device->settings;
	const struct board_settings settings = {
		.address = stored->address,
		.width = stored->width,
		.height = stored->height,
		.acknowledges = stored->acknowledges,
		.checksum = stored->counts_end ? LIHE_SUM_DATA_AND_END : LIHE_SUM_DATA,
		.host_lost_ms = stored->host_lost_s * 1000u,
	};

	board_init(state, &settings, device->hal.line, now_ms);
}

static void receive(void *state, uint8_t byte, uint32_t now_ms)
{
	board_receive(state, byte, now_ms);
}

static void tick(void *state, uint32_t now_ms)
{
	board_tick(state, now_ms);
}

static const struct screen *screen(const void *state)
{
	const struct board *board = state;

	return &board->screen;
}

const struct device_kind device_lihe_board = {
	.name = "lihe-board",
	.defaults = {.kind = SERVICE_LIHE_BOARD,
		     .address = 1,
		     .acknowledges = true,
		     .width = 128,
		     .height = 16,
		     .host_lost_s = 60,
		     .baud = 9600},
	.accepts = accepts,
	.start = start,
	.receive = receive,
	.tick = tick,
	.screen = screen,
};
