/* Our keypad profile on Modbus RTU: the registers of a window keypad and of a dispenser's panel.
 * firmware-host/PROTOCOL.md explains it with worked examples. */
#pragma once

enum {
	/* input registers (function 04) */
	KEYPAD_PACKED = 0x0000,	    /* sequence, low 8 bits, << 8 | key of the oldest press not yet
				     * acknowledged; key 0: there is none */
	KEYPAD_NONCE_HIGH = 0x0001, /* drawn at boot, never 0 */
	KEYPAD_NONCE_LOW = 0x0002,
	KEYPAD_SEQUENCE = 0x0003, /* of that press; 1 is the first after boot */
	KEYPAD_KEY = 0x0004,
	KEYPAD_ARGUMENT = 0x0005,
	KEYPAD_AGE = 0x0006,  /* of that press, in 10 ms, up to FFFF */
	KEYPAD_KIND = 0x0007, /* 1 window keypad, 2 dispenser's panel */
	KEYPAD_QUEUED = 0x0008,
	KEYPAD_PROFILE = 0x0009, /* version of this profile: 1 */
	KEYPAD_INPUT_COUNT = 10,

	/* holding registers (functions 03, 06, 10); the first four are written in one request */
	KEYPAD_ACK_NONCE_HIGH = 0x0100,
	KEYPAD_ACK_NONCE_LOW = 0x0101,
	KEYPAD_ACK_SEQUENCE = 0x0102,
	KEYPAD_ACK_RESULT = 0x0103, /* 0 done 1 refused 2 nobody waiting 3 unavailable */
	KEYPAD_ACK_COUNT = 4,
	KEYPAD_ACK_LARGEST = 3,
	KEYPAD_WAITING = 0x0110,
	KEYPAD_NUMBER = 0x0111, /* 4 registers: 8 ASCII bytes, NUL behind a shorter number */
	KEYPAD_DISPLAY_COUNT = 5,

	KEYPAD_KIND_WINDOW = 1,
	KEYPAD_KIND_PANEL = 2,
	KEYPAD_PROFILE_VERSION = 1,
};
