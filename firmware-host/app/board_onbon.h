/* An LED board with an Onbon font card: frames in, a screen and answers out. No allocation, no
 * clock, no stdio: bytes and milliseconds are given. One board is one struct of the caller's. */
#pragma once

#include <stdbool.h>

#include "firmware-host/app/screen.h"
#include "firmware-host/hal/uart.h"
#include "firmware-host/proto/onbon.h"

struct onbon_board_settings {
	uint16_t address;
	uint16_t width, height; /* dots, as in struct screen_settings */
};

/* A dynamic area: what it shows is the part of the screen with its index. */
struct onbon_board_area {
	bool used;
	uint8_t id;
	uint32_t life_ms, since_ms; /* 0: it stays */
};

struct onbon_board {
	struct onbon_board_settings settings;
	struct hal_uart uart;
	struct onbon_receiver receiver;
	struct screen screen;
	struct onbon_board_area areas[SCREEN_PARTS];
	uint8_t power, level;
	struct onbon_time time; /* year 0: it was never set */
	uint32_t second_ms;	/* when its second began */
	uint32_t now_ms;
	uint32_t frames, refused; /* good ones for this board; damaged ones seen */
	uint32_t texts, expired;  /* dynamic texts received; areas that went by themselves */
	/* faults */
	bool silent;	   /* executes, and says nothing */
	uint8_t refuse_as; /* the next refuse_count commands get this NACK */
	uint32_t refuse_count;
};

/* At power-on it is lit and blank: areas lie in RAM. */
void onbon_board_init(struct onbon_board *board, const struct onbon_board_settings *settings,
		      struct hal_uart uart, uint32_t now_ms);
/* The current goes and comes back. Counters, time and faults stay. */
void onbon_board_restart(struct onbon_board *board, uint32_t now_ms);
void onbon_board_receive(struct onbon_board *board, uint8_t byte, uint32_t now_ms);
/* Moves, lets areas expire, keeps the time. Call at least every 30 ms. */
void onbon_board_tick(struct onbon_board *board, uint32_t now_ms);
