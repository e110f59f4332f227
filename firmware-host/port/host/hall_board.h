/* One board of the virtual hall, by the protocol that its line speaks. */
#pragma once

#include "firmware-host/app/board.h"
#include "firmware-host/app/board_alpha.h"
#include "firmware-host/app/board_modbus.h"
#include "firmware-host/app/board_onbon.h"

enum hall_board_protocol {
	HALL_BOARD_LIHE,
	HALL_BOARD_MODBUS,
	HALL_BOARD_ONBON,
	HALL_BOARD_ALPHA,
	HALL_BOARD_PROTOCOLS
};

struct hall_board {
	enum hall_board_protocol protocol;
	union {
		struct board lihe;
		struct board_modbus modbus;
		struct onbon_board onbon;
		struct alpha_board alpha;
	} u;
};

struct hall_board_settings {
	enum hall_board_protocol protocol;
	uint8_t address;
	uint16_t width, height; /* dots */
	uint32_t host_lost_ms;
	uint32_t nonce; /* drawn for those that have one */
};

/* "lihe", "modbus", "onbon", "alpha"; NULL beyond the last one. */
const char *hall_board_word(enum hall_board_protocol protocol);
void hall_board_start(struct hall_board *board, const struct hall_board_settings *settings,
		      struct hal_uart uart, uint32_t now_ms);
void hall_board_receive(struct hall_board *board, uint8_t byte, uint32_t now_ms);
void hall_board_tick(struct hall_board *board, uint32_t now_ms);
const struct screen *hall_board_screen(const struct hall_board *board);
/* Good frames for this board, and what it refused. */
uint32_t hall_board_frames(const struct hall_board *board);
uint32_t hall_board_refused(const struct hall_board *board);
