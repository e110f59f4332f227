/* An LED board with our board profile on Modbus RTU (proto/board_profile.h): requests in, a screen
 * out. No allocation, no clock, no stdio. */
#pragma once

#include "firmware-host/app/screen.h"
#include "firmware-host/hal/uart.h"
#include "firmware-host/proto/board_profile.h"
#include "firmware-host/proto/modbus.h"

enum { BOARD_MODBUS_SILENCE_MS = 30 };

struct board_modbus_settings {
	uint8_t address;
	uint16_t width, height; /* dots, as in struct screen_settings */
	uint32_t nonce;		/* drawn at boot; 0 becomes 1 */
	uint16_t watchdog_s;	/* at boot; 0 never */
};

struct board_modbus_text {
	uint16_t revision, attributes, life_s, length;
	uint8_t bytes[BOARD_TEXT_BYTES];
};

struct board_modbus {
	struct board_modbus_settings settings;
	struct hal_uart uart;
	uint8_t bytes[MODBUS_MAX_FRAME];
	size_t len;
	uint32_t byte_ms, now_ms;
	uint16_t written[BOARD_HEAD_COUNT + BOARD_TEXT_COUNT]; /* as the host wrote them */
	struct board_modbus_text shown;
	bool showing;	  /* a text; false after boot and when its life is over */
	bool expired;	  /* its life is over */
	uint32_t life_ms; /* since when it lives */
	uint16_t watchdog_s;
	uint32_t requests, refused; /* good ones for this board; exceptions among them */
	uint32_t texts;		    /* shown, renewals not counted */
	struct screen screen;
};

void board_modbus_init(struct board_modbus *board, const struct board_modbus_settings *settings,
		       struct hal_uart uart, uint32_t now_ms);
void board_modbus_receive(struct board_modbus *board, uint8_t byte, uint32_t now_ms);
/* Call at least every 30 ms. */
void board_modbus_tick(struct board_modbus *board, uint32_t now_ms);
