/* A keypad of the documented profile, written apart from the code under test: its own CRC, its own
 * frames, byte by byte. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct toy_press {
	uint16_t sequence;
	uint8_t key;
	uint16_t argument;
};

struct toy_keypad {
	uint8_t address;
	uint32_t nonce;
	uint16_t sequence;
	uint16_t profile;
	struct toy_press queue[16];
	size_t queued;
	/* what the host wrote */
	uint16_t waiting;
	char number[9];
	unsigned displays, acks, event_reads, polls;
	uint16_t last_result;
	bool refuse; /* every request with exception 2 */
	bool deaf_to_acks;
};

void toy_keypad_boot(struct toy_keypad *toy, uint8_t address, uint32_t nonce);
void toy_keypad_press(struct toy_keypad *toy, uint8_t key, uint16_t argument);
/* Length of the reply, 0: not for it or not whole. reply: 64 bytes. */
size_t toy_keypad_hear(struct toy_keypad *toy, const uint8_t *bytes, size_t len, uint8_t *reply);
uint16_t toy_crc(const uint8_t *bytes, size_t len);
