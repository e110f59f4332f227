/* A lihe card, written apart from the code under test: checks the sum over the data bytes, shows
 * what it is told and, as a V2.1 card, acknowledges. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct toy_board {
	uint8_t address;
	bool acknowledges;
	char text[256]; /* GBK */
	uint8_t mode;
	unsigned texts, versions;
	int64_t shown_us;
};

void toy_board_boot(struct toy_board *toy, uint8_t address, bool acknowledges);
/* Length of the reply, 0: not for it, spoilt or blind. reply: 16 bytes. */
size_t toy_board_hear(struct toy_board *toy, const uint8_t *bytes, size_t len, uint8_t *reply,
		      int64_t now_us);
