/* What Modbus boards hear and say: our own profile (firmware-host/proto/board_profile.h), and
 * displays that show figures in registers of theirs. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BOARD_MODBUS_MAX_COLUMNS = 32,
	BOARD_MODBUS_MAX_ROWS = 4,
	BOARD_MODBUS_MAX_TEXT = 240, /* GBK bytes, rows parted by LF */
	BOARD_MODBUS_MAX_DIGITS = 8,
	BOARD_MODBUS_MAX_VALUES = BOARD_MODBUS_MAX_DIGITS / 2 + 1,
};

/* ---- our own boards ---- */

struct board_modbus_text {
	uint8_t bytes[BOARD_MODBUS_MAX_TEXT];
	size_t len;
	bool blinks, moves;
};

/* Each row abbreviated to the columns, never cut through a character; one that is too long moves
 * where that is wanted. -ENOSPC: longer than a board takes; -ENOSYS: this system has no GBK. */
__attribute__((warn_unused_result)) int board_modbus_fit(const char *text, unsigned columns,
							 unsigned rows, bool blink, bool scroll,
							 struct board_modbus_text *ret);

/* Requests: the length; 0: room too small. */
/* The end of a text that is too long for one request; 0 as well: there is none. */
size_t board_modbus_write_rest(uint8_t address, const struct board_modbus_text *text, uint8_t *ret,
			       size_t size);
/* Its head and its beginning: shows it. */
size_t board_modbus_write_text(uint8_t address, const struct board_modbus_text *text,
			       uint16_t revision, uint16_t life_s, uint8_t *ret, size_t size);
/* The head alone: the text lives on. */
size_t board_modbus_write_head(uint8_t address, const struct board_modbus_text *text,
			       uint16_t revision, uint16_t life_s, uint8_t *ret, size_t size);
size_t board_modbus_write_settings(uint8_t address, uint8_t brightness, bool dark,
				   uint16_t watchdog_s, uint8_t *ret, size_t size);
size_t board_modbus_read_status(uint8_t address, uint8_t *ret, size_t size);

struct board_modbus_status {
	uint32_t nonce;
	uint16_t revision, text_crc;
	bool text, host_lost, expired;
};

/* Of a matched reply; untouched on failure. -EREMOTEIO: the device refused; -EPROTONOSUPPORT: none
 * of our boards, or of another version. */
__attribute__((warn_unused_result)) int board_modbus_parse_status(const uint8_t *reply, size_t len,
								  struct board_modbus_status *ret);
uint16_t board_modbus_text_crc(const struct board_modbus_text *text);

/* ---- displays of figures ---- */

enum board_modbus_format {
	BOARD_MODBUS_BINARY,
	BOARD_MODBUS_BCD,
	BOARD_MODBUS_ASCII,
};

struct board_modbus_figures {
	enum board_modbus_format format;
	unsigned digits; /* 1..8 */
	uint16_t blank;	 /* in each register when there is nothing to show; ASCII: blanks */
};

/* The registers that show a ticket, or blank ones for "": binary and BCD have its last figures,
 * ASCII its last characters, right-justified. BCD 4 figures a register, ASCII 2; binary one up to 4
 * figures, else two, the high one first. Returns how many. */
size_t board_modbus_figures(const struct board_modbus_figures *figures, const char *ticket,
			    uint16_t ret_values[BOARD_MODBUS_MAX_VALUES]);
/* The window in one register; ASCII has two characters. */
uint16_t board_modbus_window(const struct board_modbus_figures *figures, uint16_t window);
/* Function 06 where there is one value and one is true, else 10. */
size_t board_modbus_write_values(uint8_t address, uint16_t first, const uint16_t *values,
				 uint16_t count, bool one, uint8_t *ret, size_t size);

/* ---- answers ---- */

/* Like exchange.match, by the request's function: n > 0 the reply's length, 0 more is needed,
 * -EBADMSG no such reply. A refusal is a reply. */
int board_modbus_match(const uint8_t *request, size_t request_len, const uint8_t *bytes,
		       size_t len);
/* Of a matched reply: 0, -EREMOTEIO the device refused it. */
__attribute__((warn_unused_result)) int board_modbus_check_written(const uint8_t *reply,
								   size_t len);
