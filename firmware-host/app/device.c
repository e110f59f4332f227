/* Settings from memory, a nonce for each power-on, and service frames. A frame can change settings
 * only with the token that the device gave out last: neither noise nor a recording has it. */
#include "firmware-host/app/device.h"

#include <string.h>

#include "firmware-host/app/memory.h"

enum { SETTINGS_SLOT = 0, BOOTS_SLOT = 2, TOKEN = 4, BOOTS = 4 };

static void put32(uint8_t *ret, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* For one device another value at each number; it differs from other devices' too. */
static uint32_t mix(const struct device *device, uint32_t number)
{
	uint8_t bytes[SERVICE_SERIAL + 4];
	uint32_t value;

	memcpy(bytes, device->hal.serial, SERVICE_SERIAL);
	put32(bytes + SERVICE_SERIAL, number);
	value = service_crc32(bytes, sizeof(bytes));
	return value ? value : 1;
}

static bool all(const uint8_t *serial, uint8_t value)
{
	for (size_t i = 0; i < SERVICE_SERIAL; i++)
		if (serial[i] != value)
			return false;
	return true;
}

static void load(struct device *device)
{
	uint8_t record[MEMORY_RECORD] = {0};
	struct service_settings settings;

	device->settings = device->kind->defaults;
	if (memory_load(&device->hal.nvm, SETTINGS_SLOT, record) &&
	    service_get_settings(record, &settings) && device->kind->accepts(&settings))
		device->settings = settings;
	memset(record, 0, sizeof(record));
	if (memory_load(&device->hal.nvm, BOOTS_SLOT, record))
		device->boots = get32(record);
	device->boots++;
	put32(record, device->boots);
	device->mute =
		!memory_save(&device->hal.nvm, BOOTS_SLOT, record) && device->kind->draws_nonce;
}

/* Other settings too: a keypad with another address must not number its presses anew under the
 * nonce it had. */
static void begin(struct device *device)
{
	load(device);
	device->nonce = mix(device, device->boots);
	device->token = mix(device, ~device->nonce);
	device->receiver.len = 0;
	device->hal.set_baud(device->hal.baud_port, device->settings.baud);
	device->kind->start(device->state, device, device->now_ms);
}

void device_start(struct device *device, const struct device_kind *kind, void *state,
		  const struct device_hal *hal, uint32_t now_ms)
{
	*device = (struct device){.kind = kind, .state = state, .hal = *hal, .now_ms = now_ms};
	begin(device);
}

static void answer(struct device *device, struct service_frame *frame)
{
	uint8_t bytes[SERVICE_MAX_FRAME];

	memcpy(frame->serial, device->hal.serial, SERVICE_SERIAL);
	device->hal.line.send(device->hal.line.port, bytes,
			      service_build(bytes, sizeof(bytes), frame));
}

static void refuse(struct device *device, uint8_t code)
{
	struct service_frame frame = {.op = SERVICE_REFUSED, .data = {code}, .len = 1};

	answer(device, &frame);
}

static void on_who(struct device *device)
{
	struct service_frame frame = {.op = SERVICE_IS, .len = TOKEN + SERVICE_SETTINGS + BOOTS};

	put32(frame.data, device->token);
	service_put_settings(frame.data + TOKEN, &device->settings);
	put32(frame.data + TOKEN + SERVICE_SETTINGS, device->boots);
	answer(device, &frame);
}

static void on_set(struct device *device, const struct service_frame *request)
{
	struct service_frame frame = {.op = SERVICE_DONE, .len = SERVICE_SETTINGS};
	struct service_settings settings;
	uint8_t record[MEMORY_RECORD] = {0};

	if (get32(request->data) != device->token) {
		refuse(device, SERVICE_BAD_TOKEN);
		return;
	}
	device->sets++;
	device->token = mix(device, device->token ^ device->sets);
	if (!service_get_settings(request->data + TOKEN, &settings) ||
	    !device->kind->accepts(&settings)) {
		refuse(device, SERVICE_BAD_VALUE);
		return;
	}
	memcpy(record, request->data + TOKEN, SERVICE_SETTINGS);
	if (!memory_save(&device->hal.nvm, SETTINGS_SLOT, record)) {
		refuse(device, SERVICE_NOT_STORED);
		return;
	}
	service_put_settings(frame.data, &settings);
	answer(device, &frame);
	begin(device);
}

static void on_service(struct device *device, const struct service_frame *frame)
{
	bool named = memcmp(frame->serial, device->hal.serial, SERVICE_SERIAL) == 0 &&
		     !all(frame->serial, 0) && !all(frame->serial, 0xff);

	if (frame->op == SERVICE_WHO && frame->len == 0 && (named || all(frame->serial, 0xff)))
		on_who(device);
	else if (frame->op == SERVICE_SET && frame->len == TOKEN + SERVICE_SETTINGS && named)
		on_set(device, frame);
}

/* The protocol hears service frames too and skips them as noise: it must find its own frames
 * behind any bytes anyway. */
void device_receive(struct device *device, uint8_t byte, uint32_t now_ms)
{
	struct service_frame frame;

	device->now_ms = now_ms;
	if (!device->mute)
		device->kind->receive(device->state, byte, now_ms);
	if (service_receiver_push(&device->receiver, byte, &frame))
		on_service(device, &frame);
}

void device_tick(struct device *device, uint32_t now_ms)
{
	device->now_ms = now_ms;
	device->kind->tick(device->state, now_ms);
}
