/* An Alpha sign: packets in, a screen out. It never answers. No allocation, no clock, no stdio:
 * bytes and milliseconds are given. One sign is one struct of the caller's. */
#pragma once

#include <stdbool.h>

#include "firmware-host/app/screen.h"
#include "firmware-host/proto/alpha.h"

enum { ALPHA_BOARD_FILES = 8, ALPHA_BOARD_FILE_SIZE = 256 };

struct alpha_board_settings {
	uint8_t address;
	uint16_t width, height; /* dots, as in struct screen_settings */
};

struct alpha_board_file {
	uint8_t label; /* 0: there is none */
	uint8_t type;  /* 'A' text, 'B' string */
	uint8_t mode;
	size_t size, len;
	uint8_t text[ALPHA_BOARD_FILE_SIZE];
};

struct alpha_board {
	struct alpha_board_settings settings;
	struct alpha_receiver receiver;
	struct screen screen;
	struct alpha_board_file files[ALPHA_BOARD_FILES]; /* the first is the priority file */
	uint16_t minute;				  /* of the day, as set; FFFF never */
	uint32_t now_ms;
	uint32_t frames, refused; /* good ones for this sign; damaged ones seen */
	uint32_t texts, beeps, ignored;
};

/* File A is there, empty. */
void alpha_board_init(struct alpha_board *board, const struct alpha_board_settings *settings,
		      uint32_t now_ms);
void alpha_board_receive(struct alpha_board *board, uint8_t byte, uint32_t now_ms);
void alpha_board_tick(struct alpha_board *board, uint32_t now_ms);
