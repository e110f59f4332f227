/* The board with the Modbus profile as a device. */
#include "firmware-host/app/board_modbus.h"
#include "firmware-host/app/device.h"
#include "firmware-host/app/device_limits.h"

static bool accepts(const struct service_settings *settings)
{
	return settings->kind == SERVICE_MODBUS_BOARD && settings->address >= 1 &&
	       settings->address <= 247 && device_has_screen(settings) && device_has_baud(settings);
}

static void start(void *state, const struct device *device, uint32_t now_ms)
{
	const struct service_settings *stored = &device->settings;
	const struct board_modbus_settings settings = {
		.address = stored->address,
		.width = stored->width,
		.height = stored->height,
		.nonce = device->nonce,
		.watchdog_s = stored->host_lost_s,
	};

	board_modbus_init(state, &settings, device->hal.line, now_ms);
}

static void receive(void *state, uint8_t byte, uint32_t now_ms)
{
	board_modbus_receive(state, byte, now_ms);
}

static void tick(void *state, uint32_t now_ms)
{
	board_modbus_tick(state, now_ms);
}

static const struct screen *screen(const void *state)
{
	const struct board_modbus *board = state;

	return &board->screen;
}

const struct device_kind device_modbus_board = {
	.name = "modbus-board",
	.defaults = {.kind = SERVICE_MODBUS_BOARD,
		     .address = 1,
		     .width = 128,
		     .height = 16,
		     .host_lost_s = 60,
		     .baud = 9600},
	.draws_nonce = true,
	.accepts = accepts,
	.start = start,
	.receive = receive,
	.tick = tick,
	.screen = screen,
};
