/* A window keypad or a dispenser's panel: keys in, a Modbus slave of our profile out. No
 * allocation, no clock, no stdio. */
#pragma once

#include <stdbool.h>

#include "firmware-host/hal/uart.h"
#include "firmware-host/proto/keypad_profile.h"
#include "firmware-host/proto/modbus.h"

enum { KEYPAD_QUEUE = 8, KEYPAD_DEBOUNCE_MS = 20, KEYPAD_SILENCE_MS = 30, KEYPAD_BUFFER = 160 };

struct keypad_settings {
	uint8_t address;
	uint16_t kind;	/* KEYPAD_KIND_WINDOW, KEYPAD_KIND_PANEL */
	uint32_t nonce; /* drawn anew at each power-on; 0 is taken as 1 */
};

struct keypad_press {
	uint16_t sequence, key, argument;
	uint32_t at_ms;
	bool old; /* more than the age register can tell */
};

struct keypad {
	struct keypad_settings settings;
	struct hal_uart uart;
	struct keypad_press queue[KEYPAD_QUEUE]; /* oldest first */
	uint16_t queued;
	uint16_t sequence; /* of the newest press */
	uint16_t lost;	   /* presses while the queue was full: the keypad beeps */
	/* the key that is down: one contact at a time */
	uint16_t down_key, down_argument;
	bool down, pressed;
	uint32_t down_ms, up_ms;
	uint16_t acked, ack_result; /* sequence and result of the press acknowledged last */
	uint32_t acks;
	uint16_t display[KEYPAD_DISPLAY_COUNT]; /* waiting, 8 characters */
	uint8_t bytes[KEYPAD_BUFFER];
	size_t len;
	uint32_t byte_ms;
};

void keypad_init(struct keypad *keypad, const struct keypad_settings *settings,
		 struct hal_uart uart);
/* A contact closed or opened. Bounces shorter than KEYPAD_DEBOUNCE_MS and holding are one press;
 * while one key is down the others do not count. */
void keypad_contact(struct keypad *keypad, uint16_t key, uint16_t argument, bool down,
		    uint32_t now_ms);
void keypad_tick(struct keypad *keypad, uint32_t now_ms);
void keypad_receive(struct keypad *keypad, uint8_t byte, uint32_t now_ms);
/* What the display shows of the current number: 8 characters and a NUL. */
void keypad_number(const struct keypad *keypad, char ret_number[9]);
