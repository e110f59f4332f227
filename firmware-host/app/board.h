/* An LED board with the lihe protocol: frames in, a screen out. No allocation, no clock, no stdio:
 * bytes and milliseconds are given. One board is one struct of the caller's. */
#pragma once

#include <stdbool.h>

#include "firmware-host/app/screen.h"
#include "firmware-host/hal/uart.h"
#include "firmware-host/proto/lihe.h"

enum { BOARD_SILENCE_MS = 200 }; /* behind it begins another frame; longer than adapters delay */

struct board_settings {
	uint8_t address;
	uint16_t width, height; /* dots, as in struct screen_settings */
	bool acknowledges;	/* a V2.1 card */
	enum lihe_checksum checksum;
	uint32_t host_lost_ms; /* without a good frame for anybody; 0 never */
};

struct board {
	struct board_settings settings;
	struct hal_uart uart;
	struct lihe_receiver receiver;
	struct lihe_text shown;
	bool painted; /* a text was received since power-on */
	uint32_t byte_ms, now_ms;
	uint32_t frames, refused; /* good ones for this board; damaged ones seen */
	uint32_t texts;		  /* received for this board */
	struct screen screen;
};

void board_init(struct board *board, const struct board_settings *settings, struct hal_uart uart,
		uint32_t now_ms);
void board_receive(struct board *board, uint8_t byte, uint32_t now_ms);
/* Blinks, scrolls, notices that the host went quiet. Call at least every 30 ms. */
void board_tick(struct board *board, uint32_t now_ms);
