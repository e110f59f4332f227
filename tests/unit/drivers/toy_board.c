/* The board of the tests. */
#include "tests/unit/drivers/toy_board.h"

#include <string.h>

void toy_board_boot(struct toy_board *toy, uint8_t address, bool acknowledges)
{
	memset(toy, 0, sizeof(*toy));
	toy->address = address;
	toy->acknowledges = acknowledges;
}

static size_t acknowledge(const struct toy_board *toy, uint8_t *reply)
{
	const uint8_t ack[] = {0xa0, 3, 0x14, toy->address, 0x50, 0, 0xff};

	memcpy(reply, ack, sizeof(ack));
	reply[5] = (uint8_t)((3 + 0x14 + toy->address + 0x50) % 100);
	return sizeof(ack);
}

static size_t hear_text(struct toy_board *toy, const uint8_t *bytes, size_t len, uint8_t *reply,
			int64_t now_us)
{
	unsigned sum = 0;

	if (bytes[2] != 0xbb || bytes[3] != 0x51 || (bytes[4] != 0x54 && bytes[4] != 0x50))
		return 0;
	if (bytes[len - 1] != 0xff || bytes[1] != toy->address || len - 12 >= sizeof(toy->text))
		return 0;
	for (size_t i = 6; i < len - 1; i++)
		sum += bytes[i];
	if ((sum & 0xff) != bytes[5])
		return 0;
	toy->mode = bytes[6];
	memcpy(toy->text, bytes + 11, len - 12);
	toy->text[len - 12] = '\0';
	toy->texts++;
	toy->shown_us = now_us;
	return toy->acknowledges ? acknowledge(toy, reply) : 0;
}

size_t toy_board_hear(struct toy_board *toy, const uint8_t *bytes, size_t len, uint8_t *reply,
		      int64_t now_us)
{
	if (len >= 12 && bytes[0] == 0xaa)
		return hear_text(toy, bytes, len, reply, now_us);
	if (len == 7 && bytes[0] == 0xa0 && bytes[1] == 3 && bytes[2] == 0x98 &&
	    bytes[3] == toy->address && toy->acknowledges &&
	    bytes[5] == (3 + 0x98 + bytes[3] + bytes[4]) % 100) {
		const uint8_t version[] = {0xa0, 5, 0x98, toy->address, 0x50, 0xa3, 3, 0, 0xff};

		toy->versions++;
		memcpy(reply, version, sizeof(version));
		reply[7] = (uint8_t)((5 + 0x98 + toy->address + 0x50 + 0xa3 + 3) % 100);
		return sizeof(version);
	}
	return 0;
}
