/* The keypad's registers in Modbus frames. Input registers (function 04): the packed status, then
 * the waiting press; holding registers (function 10h): the answer and the display. */
#include "drivers/keypad/modbus/protocol.h"

#include <errno.h>
#include <string.h>

#include "firmware-host/proto/keypad_profile.h"
#include "firmware-host/proto/modbus.h"

enum {
	EVENT_FIRST = KEYPAD_NONCE_HIGH,
	EVENT_COUNT = KEYPAD_PROFILE - KEYPAD_NONCE_HIGH + 1,
	PRESS_COUNT = KEYPAD_AGE - KEYPAD_NONCE_HIGH + 1,
	AGE_UNIT_MS = 10,
	NUMBER_CHARS = 2 * (KEYPAD_DISPLAY_COUNT - 1),
};

size_t keypad_modbus_poll(uint8_t address, uint8_t *ret, size_t size)
{
	return modbus_build_read(ret, size, address, MODBUS_READ_INPUT, KEYPAD_PACKED, 1);
}

size_t keypad_modbus_read_event(uint8_t address, uint8_t *ret, size_t size)
{
	return modbus_build_read(ret, size, address, MODBUS_READ_INPUT, EVENT_FIRST, EVENT_COUNT);
}

size_t keypad_modbus_read_press(uint8_t address, uint8_t *ret, size_t size)
{
	return modbus_build_read(ret, size, address, MODBUS_READ_INPUT, EVENT_FIRST, PRESS_COUNT);
}

size_t keypad_modbus_write_answer(uint8_t address, uint32_t nonce, uint16_t sequence,
				  enum keypad_modbus_result result, uint8_t *ret, size_t size)
{
	const uint16_t values[KEYPAD_ACK_COUNT] = {(uint16_t)(nonce >> 16), (uint16_t)nonce,
						   sequence, (uint16_t)result};

	return modbus_build_write(ret, size, address, KEYPAD_ACK_NONCE_HIGH, values,
				  KEYPAD_ACK_COUNT);
}

/* The waiting count, then the number's characters, two a register, NUL behind a shorter one. */
size_t keypad_modbus_write_display(uint8_t address, uint16_t waiting, const char *number,
				   uint8_t *ret, size_t size)
{
	uint16_t values[KEYPAD_DISPLAY_COUNT] = {waiting};
	size_t len = strlen(number);

	for (size_t i = 0; i < len && i < NUMBER_CHARS; i++) {
		unsigned shift = i % 2 ? 0 : 8;

		values[1 + i / 2] |= (uint16_t)((unsigned)(uint8_t)number[i] << shift);
	}
	return modbus_build_write(ret, size, address, KEYPAD_WAITING, values, KEYPAD_DISPLAY_COUNT);
}

size_t keypad_modbus_write_waiting(uint8_t address, uint16_t waiting, uint8_t *ret, size_t size)
{
	return modbus_build_write(ret, size, address, KEYPAD_WAITING, &waiting, 1);
}

/* The length byte is compared as soon as it is there: a wrong one must not hold the look-out up
 * until so many bytes have come. */
static int match_values(uint8_t address, uint16_t count, const uint8_t *bytes, size_t len)
{
	struct modbus_reply reply;
	int n;

	if (len >= 3 && bytes[1] == MODBUS_READ_INPUT && bytes[2] != 2 * count)
		return -EBADMSG;
	n = modbus_match_reply(bytes, len, address, MODBUS_READ_INPUT, &reply);
	return n < 0 ? -EBADMSG : n;
}

static int match_written(uint8_t address, uint16_t first, uint16_t count, const uint8_t *bytes,
			 size_t len)
{
	struct modbus_reply reply;
	int n = modbus_match_reply(bytes, len, address, MODBUS_WRITE_MANY, &reply);

	if (n < 0)
		return -EBADMSG;
	if (n > 0 && reply.kind == MODBUS_WRITTEN && (reply.first != first || reply.count != count))
		return -EBADMSG;
	return n;
}

int keypad_modbus_match_poll(uint8_t address, const uint8_t *bytes, size_t len)
{
	return match_values(address, 1, bytes, len);
}

int keypad_modbus_match_event(uint8_t address, const uint8_t *bytes, size_t len)
{
	return match_values(address, EVENT_COUNT, bytes, len);
}

int keypad_modbus_match_press(uint8_t address, const uint8_t *bytes, size_t len)
{
	return match_values(address, PRESS_COUNT, bytes, len);
}

int keypad_modbus_match_answer(uint8_t address, const uint8_t *bytes, size_t len)
{
	return match_written(address, KEYPAD_ACK_NONCE_HIGH, KEYPAD_ACK_COUNT, bytes, len);
}

int keypad_modbus_match_display(uint8_t address, const uint8_t *bytes, size_t len)
{
	return match_written(address, KEYPAD_WAITING, KEYPAD_DISPLAY_COUNT, bytes, len);
}

int keypad_modbus_match_waiting(uint8_t address, const uint8_t *bytes, size_t len)
{
	return match_written(address, KEYPAD_WAITING, 1, bytes, len);
}

static int parse_values(const uint8_t *reply, size_t len, uint16_t count, struct modbus_reply *ret)
{
	struct modbus_reply values;

	if (len < 1 || modbus_match_reply(reply, len, reply[0], MODBUS_READ_INPUT, &values) <= 0)
		return -EBADMSG;
	if (values.kind == MODBUS_REFUSED)
		return -EREMOTEIO;
	if (values.kind != MODBUS_VALUES || values.count != count)
		return -EBADMSG;
	*ret = values;
	return 0;
}

int keypad_modbus_parse_poll(const uint8_t *reply, size_t len, uint16_t *ret_status)
{
	struct modbus_reply values;
	int r = parse_values(reply, len, 1, &values);

	if (r < 0)
		return r;
	/* Sequence << 8 | key; without a key the sequence says nothing. */
	*ret_status = (values.values[0] & 0xff) == 0 ? 0 : values.values[0];
	return 0;
}

static void take_press(const uint16_t *at, struct keypad_modbus_event *ret)
{
	ret->nonce = (uint32_t)at[0] << 16 | at[KEYPAD_NONCE_LOW - EVENT_FIRST];
	ret->sequence = at[KEYPAD_SEQUENCE - EVENT_FIRST];
	ret->key = at[KEYPAD_KEY - EVENT_FIRST];
	ret->argument = at[KEYPAD_ARGUMENT - EVENT_FIRST];
	ret->age_ms = at[KEYPAD_AGE - EVENT_FIRST] * (uint32_t)AGE_UNIT_MS;
}

int keypad_modbus_parse_event(const uint8_t *reply, size_t len,
			      struct keypad_modbus_event *ret_event)
{
	struct modbus_reply values;
	int r = parse_values(reply, len, EVENT_COUNT, &values);

	if (r < 0)
		return r;
	if (values.values[KEYPAD_PROFILE - EVENT_FIRST] != KEYPAD_PROFILE_VERSION)
		return -EPROTONOSUPPORT;
	take_press(values.values, ret_event);
	return 0;
}

int keypad_modbus_parse_press(const uint8_t *reply, size_t len,
			      struct keypad_modbus_event *ret_event)
{
	struct modbus_reply values;
	int r = parse_values(reply, len, PRESS_COUNT, &values);

	if (r == 0)
		take_press(values.values, ret_event);
	return r;
}
