/* A window keypad or a dispenser's panel as a device. */
#include "firmware-host/app/device.h"
#include "firmware-host/app/device_limits.h"
#include "firmware-host/app/keypad.h"

static bool accepts(const struct service_settings *settings)
{
	return (settings->kind == SERVICE_KEYPAD || settings->kind == SERVICE_PANEL) &&
	       settings->address >= 1 && settings->address <= 247 && device_has_baud(settings);
}

static void start(void *state, const struct device *device, uint32_t now_ms)
{
	const struct keypad_settings settings = {
		.address = device->settings.address,
		.kind = device->settings.kind == SERVICE_PANEL ? KEYPAD_KIND_PANEL
							       : KEYPAD_KIND_WINDOW,
		.nonce = device->nonce,
	};

	(void)now_ms;
	keypad_init(state, &settings, device->hal.line);
}

static void receive(void *state, uint8_t byte, uint32_t now_ms)
{
	keypad_receive(state, byte, now_ms);
}

static void tick(void *state, uint32_t now_ms)
{
	keypad_tick(state, now_ms);
}

static void contact(void *state, uint16_t key, uint16_t argument, bool down, uint32_t now_ms)
{
	keypad_contact(state, key, argument, down, now_ms);
}

static uint16_t display(const void *state, char ret_number[9])
{
	const struct keypad *keypad = state;

	keypad_number(keypad, ret_number);
	return keypad->display[0];
}

const struct device_kind device_keypad = {
	.name = "keypad",
	.defaults = {.kind = SERVICE_KEYPAD, .address = 1, .baud = 9600},
	.draws_nonce = true,
	.accepts = accepts,
	.start = start,
	.receive = receive,
	.tick = tick,
	.contact = contact,
	.display = display,
};
