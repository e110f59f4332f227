/* A plain keypad: each key is one character on the wire, unasked, and nothing tells whether it
 * arrived. What comes back is for its one-line display and its beeper. No allocation, no clock. */
#pragma once

#include <stdbool.h>

#include "firmware-host/hal/uart.h"

enum { KEYPAD_ASCII_SHOWN = 24 };

struct keypad_ascii_pad {
	struct hal_uart uart;
	/* Simple pads repeat a held key like a typewriter, and some do not debounce. 0: never. */
	uint32_t repeat_after_ms, repeat_every_ms;
	uint8_t down; /* the character of the key that is down, 0 none */
	uint32_t next_ms;
	char line[KEYPAD_ASCII_SHOWN], shown[KEYPAD_ASCII_SHOWN]; /* being received; displayed */
	uint8_t len;
	uint32_t beeps, refusals, sent; /* BEL, NAK; characters */
};

void keypad_ascii_init(struct keypad_ascii_pad *pad, struct hal_uart uart);
void keypad_ascii_contact(struct keypad_ascii_pad *pad, uint8_t key, bool down, uint32_t now_ms);
void keypad_ascii_tick(struct keypad_ascii_pad *pad, uint32_t now_ms);
void keypad_ascii_receive(struct keypad_ascii_pad *pad, uint8_t byte);
