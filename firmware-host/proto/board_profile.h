/* Our board profile on Modbus RTU: the registers of an LED board that shows texts.
 * firmware-host/PROTOCOL.md explains it with worked examples. */
#pragma once

enum {
	/* input registers (function 04) */
	BOARD_STATUS = 0x0000,	   /* bits below */
	BOARD_NONCE_HIGH = 0x0001, /* drawn at boot, never 0 */
	BOARD_NONCE_LOW = 0x0002,
	BOARD_SHOWN_REVISION = 0x0003, /* of the text that was shown last; 0 none since boot */
	BOARD_SHOWN_CRC = 0x0004,      /* CRC-16 of that text's bytes */
	BOARD_LIFE_LEFT = 0x0005,      /* of it, in seconds; FFFF for ever */
	BOARD_SIZE = 0x0006,	       /* half-width characters a row << 8 | rows */
	BOARD_KIND = 0x0007,	       /* 3; keypads have 1 and 2 there */
	BOARD_LIT = 0x0008,	       /* brightness in percent, as it is */
	BOARD_PROFILE = 0x0009,	       /* version of this profile: 1 */
	BOARD_INPUT_COUNT = 10,

	BOARD_STATUS_TEXT = 1 << 0,	 /* a text is shown, or would be if it were not dark */
	BOARD_STATUS_HOST_LOST = 1 << 1, /* the host went quiet and the board says so */
	BOARD_STATUS_DARK = 1 << 2,
	BOARD_STATUS_EXPIRED = 1 << 3, /* the text's life is over: blank */

	/* holding registers (functions 03, 06, 10); the head is written in one request, alone or
	 * with text behind it, and shows the text */
	BOARD_REVISION = 0x0200, /* the host's; not 0 */
	BOARD_ATTRIBUTES = 0x0201,
	BOARD_LIFE = 0x0202, /* seconds until it is blank; 0 for ever */
	BOARD_LENGTH = 0x0203,
	BOARD_HEAD_COUNT = 4,
	BOARD_TEXT =
		0x0204, /* GBK, two bytes a register, the first in its high byte; LF: next row */
	BOARD_TEXT_COUNT = 120,
	BOARD_TEXT_BYTES = 2 * BOARD_TEXT_COUNT,

	BOARD_ATTRIBUTE_BLINKS = 1 << 0,
	BOARD_ATTRIBUTE_MOVES = 1 << 1, /* from right to left, round and round */
	BOARD_ATTRIBUTE_INVERSE = 1 << 2,
	BOARD_ATTRIBUTES_ALL = 7,

	BOARD_BRIGHTNESS = 0x0280, /* percent, 1 to 100 */
	BOARD_DARK = 0x0281,	   /* 1: nothing is lit */
	BOARD_WATCHDOG = 0x0282, /* seconds without a good frame until the host is lost; 0 never */
	BOARD_SETTING_COUNT = 3,

	BOARD_KIND_BOARD = 3,
	BOARD_PROFILE_VERSION = 1,
	BOARD_FOR_EVER = 0xffff,
};
