/* The keypad of the tests. */
#include "tests/unit/drivers/toy_keypad.h"

#include <string.h>

uint16_t toy_crc(const uint8_t *bytes, size_t len)
{
	unsigned crc = 0xffff;

	for (size_t i = 0; i < 8 * len; i++) {
		if (i % 8 == 0)
			crc ^= bytes[i / 8];
		crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	return (uint16_t)crc;
}

void toy_keypad_boot(struct toy_keypad *toy, uint8_t address, uint32_t nonce)
{
	memset(toy, 0, sizeof(*toy));
	toy->address = address;
	toy->nonce = nonce;
	toy->profile = 1;
}

void toy_keypad_press(struct toy_keypad *toy, uint8_t key, uint16_t argument)
{
	if (toy->queued < 16)
		toy->queue[toy->queued++] = (struct toy_press){++toy->sequence, key, argument};
}

static size_t finish(uint8_t *reply, size_t len)
{
	uint16_t crc = toy_crc(reply, len);

	reply[len] = (uint8_t)(crc & 0xff);
	reply[len + 1] = (uint8_t)(crc >> 8);
	return len + 2;
}

static size_t read_registers(struct toy_keypad *toy, unsigned first, unsigned count, uint8_t *reply)
{
	const struct toy_press none = {0};
	const struct toy_press *press = toy->queued > 0 ? &toy->queue[0] : &none;
	const uint16_t registers[10] = {
		(uint16_t)((press->sequence & 0xffu) << 8 | press->key),
		(uint16_t)(toy->nonce >> 16),
		(uint16_t)toy->nonce,
		press->sequence,
		press->key,
		press->argument,
		5, /* 50 ms ago */
		1,
		(uint16_t)toy->queued,
		toy->profile,
	};

	if (first + count > 10)
		return 0;
	if (first == 0)
		toy->polls++;
	else
		toy->event_reads++;
	reply[2] = (uint8_t)(2 * count);
	for (unsigned i = 0; i < count; i++) {
		reply[3 + 2 * i] = (uint8_t)(registers[first + i] >> 8);
		reply[4 + 2 * i] = (uint8_t)registers[first + i];
	}
	return finish(reply, 3 + 2 * count);
}

static unsigned get(const uint8_t *bytes, size_t index)
{
	return (unsigned)bytes[7 + 2 * index] << 8 | bytes[8 + 2 * index];
}

static void take_ack(struct toy_keypad *toy, const uint8_t *bytes)
{
	toy->acks++;
	if (toy->deaf_to_acks || toy->queued == 0)
		return;
	if (get(bytes, 0) << 16 != (toy->nonce & 0xffff0000u) ||
	    get(bytes, 1) != (toy->nonce & 0xffff) || get(bytes, 2) != toy->queue[0].sequence)
		return;
	toy->last_result = (uint16_t)get(bytes, 3);
	toy->queued--;
	memmove(toy->queue, toy->queue + 1, toy->queued * sizeof(toy->queue[0]));
}

static size_t written(struct toy_keypad *toy, const uint8_t *bytes, uint8_t *reply)
{
	unsigned first = (unsigned)bytes[2] << 8 | bytes[3];
	unsigned count = (unsigned)bytes[4] << 8 | bytes[5];

	if (first == 0x100 && count == 4) {
		take_ack(toy, bytes);
	} else if (first == 0x110 && count == 5) {
		toy->displays++;
		toy->waiting = (uint16_t)get(bytes, 0);
		memcpy(toy->number, bytes + 9, 8);
		toy->number[8] = '\0';
	} else {
		return 0;
	}
	memcpy(reply, bytes, 6);
	return finish(reply, 6);
}

size_t toy_keypad_hear(struct toy_keypad *toy, const uint8_t *bytes, size_t len, uint8_t *reply)
{
	if (len < 8 || bytes[0] != toy->address)
		return 0;
	if (toy_crc(bytes, len - 2) != (bytes[len - 2] | (unsigned)bytes[len - 1] << 8))
		return 0;
	reply[0] = bytes[0];
	reply[1] = bytes[1];
	if (toy->refuse) {
		reply[1] |= 0x80;
		reply[2] = 2;
		return finish(reply, 3);
	}
	if (bytes[1] == 4 && len == 8)
		return read_registers(toy, (unsigned)bytes[2] << 8 | bytes[3],
				      (unsigned)bytes[4] << 8 | bytes[5], reply);
	if (bytes[1] == 0x10 && len == 9u + bytes[6])
		return written(toy, bytes, reply);
	return 0;
}
