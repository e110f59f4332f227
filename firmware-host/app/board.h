/* An LED board with the lihe protocol: frames in, dots out. No allocation, no clock, no stdio:
 * bytes and milliseconds are given. One board is one struct of the caller's. */
#pragma once

#include <stdbool.h>

#include "firmware-host/hal/uart.h"
#include "firmware-host/proto/lihe.h"

enum {
	BOARD_MAX_WIDTH = 256,
	BOARD_MAX_HEIGHT = 64,
	BOARD_BLINK_MS = 500,
	BOARD_SCROLL_MS = 30,
	BOARD_SILENCE_MS = 200, /* behind it begins another frame; longer than any adapter delays */
};

struct board_settings {
	uint8_t address;
	uint16_t width, height; /* dots; up to the largest, width in whole bytes: else cut down */
	bool acknowledges;	/* a V2.1 card */
	enum lihe_checksum checksum;
	uint32_t host_lost_ms; /* without a good frame for anybody; 0 never */
};

/* All that the dots depend on: they are drawn anew only when it changes. */
struct board_look {
	uint32_t texts;
	bool host_lost, dark;
	int x, y; /* of the text, dots */
};

struct board {
	struct board_settings settings;
	struct hal_uart uart;
	struct lihe_receiver receiver;
	struct lihe_text shown;
	bool painted; /* a text was received since power-on */
	bool host_lost;
	uint32_t heard_ms, byte_ms, began_ms, now_ms;
	uint32_t frames, refused; /* good ones for this board; damaged ones seen */
	uint32_t texts;		  /* received for this board */
	uint32_t revision;	  /* rises whenever the dots changed */
	struct board_look look;
	uint8_t dots[BOARD_MAX_HEIGHT][BOARD_MAX_WIDTH / 8];
};

void board_init(struct board *board, const struct board_settings *settings, struct hal_uart uart,
		uint32_t now_ms);
void board_receive(struct board *board, uint8_t byte, uint32_t now_ms);
/* Blinks, scrolls, notices that the host went quiet. Call at least every 30 ms. */
void board_tick(struct board *board, uint32_t now_ms);
bool board_dot(const struct board *board, uint16_t x, uint16_t y);
