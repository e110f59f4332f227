/* A whole device: its protocol, the settings it remembers, and the service frames that change them.
 * Which device it is tells struct device_kind; a firmware image has one, or several virtual ones.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "firmware-host/app/screen.h"
#include "firmware-host/hal/nvm.h"
#include "firmware-host/hal/uart.h"
#include "firmware-host/proto/service.h"

struct device;

struct device_kind {
	const char *name;
	struct service_settings defaults; /* while nothing was ever stored */
	/* It needs another nonce at each power-on, and rather says nothing than without. */
	bool draws_nonce;
	bool (*accepts)(const struct service_settings *settings);
	/* State is zero or what it was; settings, line and nonce stand in device. */
	void (*start)(void *state, const struct device *device, uint32_t now_ms);
	void (*receive)(void *state, uint8_t byte, uint32_t now_ms);
	void (*tick)(void *state, uint32_t now_ms);
	/* NULL: it has none. */
	const struct screen *(*screen)(const void *state);
	/* A contact closes or opens; NULL: it has no keys. */
	void (*contact)(void *state, uint16_t key, uint16_t argument, bool down, uint32_t now_ms);
	/* The display of a keypad; NULL: it has none. */
	uint16_t (*display)(const void *state, char ret_number[9]);
};

struct device_hal {
	struct hal_uart line;
	void (*set_baud)(void *port, uint32_t baud);
	void *baud_port;
	struct hal_nvm nvm;
	uint8_t serial[SERVICE_SERIAL]; /* unique; all 00 or all FF: not programmed */
};

struct device {
	const struct device_kind *kind;
	void *state;
	struct device_hal hal;
	struct service_settings settings;
	uint32_t boots; /* power-ons so far, this one too */
	uint32_t nonce; /* of this power-on, never 0 */
	bool mute;	/* there is no other nonce */
	uint32_t token; /* who sets must know it */
	uint32_t sets;	/* since power-on */
	struct service_receiver receiver;
	uint32_t now_ms;
};

/* State: struct keypad (panels too), board, board_modbus, onbon_board, alpha_board. */
extern const struct device_kind device_keypad, device_lihe_board, device_modbus_board,
	device_onbon_board, device_alpha_board;

/* State is the kind's own and lasts as long as the device. */
void device_start(struct device *device, const struct device_kind *kind, void *state,
		  const struct device_hal *hal, uint32_t now_ms);
void device_receive(struct device *device, uint8_t byte, uint32_t now_ms);
/* Call at least every SCREEN_SCROLL_MS. */
void device_tick(struct device *device, uint32_t now_ms);
