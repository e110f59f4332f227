/* Modbus RTU: layouts stand beside their builders and parsers, numbered as in the Application
 * Protocol's sections. Registers are big-endian, the CRC little-endian. */
#include "firmware-host/proto/modbus.h"

/* Four bits at a time: every device of a line checks every frame, also in the smallest controller.
 */
uint16_t modbus_crc(const uint8_t *bytes, size_t len)
{
	static const uint16_t table[16] = {
		0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401,
		0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01, 0x8801, 0x4400,
	};
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		crc = (uint16_t)(crc >> 4 ^ table[crc & 15]);
		crc = (uint16_t)(crc >> 4 ^ table[crc & 15]);
	}
	return crc;
}

static void put16(uint8_t *ret, uint16_t value)
{
	ret[0] = (uint8_t)(value >> 8);
	ret[1] = (uint8_t)value;
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static size_t seal(uint8_t *frame, size_t len)
{
	uint16_t crc = modbus_crc(frame, len);

	frame[len] = (uint8_t)crc;
	frame[len + 1] = (uint8_t)(crc >> 8);
	return len + 2;
}

static bool crc_is_good(const uint8_t *frame, size_t len)
{
	uint16_t crc = modbus_crc(frame, len - 2);

	return frame[len - 2] == (uint8_t)crc && frame[len - 1] == (uint8_t)(crc >> 8);
}

/* slave function first(2) count-or-value(2) crc(2) */
static size_t build_short(uint8_t *ret, size_t size, uint8_t slave, uint8_t function, uint16_t a,
			  uint16_t b)
{
	if (size < 8)
		return 0;
	ret[0] = slave;
	ret[1] = function;
	put16(ret + 2, a);
	put16(ret + 4, b);
	return seal(ret, 6);
}

size_t modbus_build_read(uint8_t *ret, size_t size, uint8_t slave, uint8_t function, uint16_t first,
			 uint16_t count)
{
	if (count < 1 || count > MODBUS_MAX_REGISTERS)
		return 0;
	return build_short(ret, size, slave, function, first, count);
}

size_t modbus_build_write_one(uint8_t *ret, size_t size, uint8_t slave, uint16_t address,
			      uint16_t value)
{
	return build_short(ret, size, slave, MODBUS_WRITE_ONE, address, value);
}

/* slave 10 first(2) count(2) bytes(1) values crc(2) */
size_t modbus_build_write(uint8_t *ret, size_t size, uint8_t slave, uint16_t first,
			  const uint16_t *values, uint16_t count)
{
	if (count < 1 || count > MODBUS_MAX_REGISTERS || size < 9u + 2u * count)
		return 0;
	ret[0] = slave;
	ret[1] = MODBUS_WRITE_MANY;
	put16(ret + 2, first);
	put16(ret + 4, count);
	ret[6] = (uint8_t)(2 * count);
	for (uint16_t i = 0; i < count; i++)
		put16(ret + 7 + 2 * i, values[i]);
	return seal(ret, 7u + 2u * count);
}

/* slave function bytes(1) values crc(2) */
size_t modbus_build_values(uint8_t *ret, size_t size, uint8_t slave, uint8_t function,
			   const uint16_t *values, uint16_t count)
{
	if (count < 1 || count > MODBUS_MAX_REGISTERS || size < 5u + 2u * count)
		return 0;
	ret[0] = slave;
	ret[1] = function;
	ret[2] = (uint8_t)(2 * count);
	for (uint16_t i = 0; i < count; i++)
		put16(ret + 3 + 2 * i, values[i]);
	return seal(ret, 3u + 2u * count);
}

size_t modbus_build_written(uint8_t *ret, size_t size, uint8_t slave, uint16_t first,
			    uint16_t count)
{
	return build_short(ret, size, slave, MODBUS_WRITE_MANY, first, count);
}

size_t modbus_build_exception(uint8_t *ret, size_t size, uint8_t slave, uint8_t function,
			      uint8_t code)
{
	if (size < 5)
		return 0;
	ret[0] = slave;
	ret[1] = (uint8_t)(function | MODBUS_EXCEPTION);
	ret[2] = code;
	return seal(ret, 3);
}

int modbus_request_length(const uint8_t *bytes, size_t len)
{
	if (len < 2)
		return 0;
	switch (bytes[1]) {
	case MODBUS_READ_HOLDING:
	case MODBUS_READ_INPUT:
	case MODBUS_WRITE_ONE: return 8;
	case MODBUS_WRITE_MANY:
		if (len < 7)
			return 0;
		if (bytes[6] == 0 || bytes[6] % 2 || bytes[6] > 2 * MODBUS_MAX_REGISTERS)
			return -1;
		return 9 + bytes[6];
	default: return -1;
	}
}

bool modbus_parse_request(const uint8_t *bytes, size_t len, struct modbus_request *ret)
{
	struct modbus_request request = {0};
	int expected = modbus_request_length(bytes, len);

	if (expected <= 0 || (size_t)expected != len || !crc_is_good(bytes, len))
		return false;
	request.slave = bytes[0];
	request.function = bytes[1];
	request.first = get16(bytes + 2);
	request.count = get16(bytes + 4);
	if (request.function == MODBUS_WRITE_ONE) {
		request.values[0] = request.count;
		request.count = 1;
	} else if (request.function == MODBUS_WRITE_MANY) {
		if (request.count * 2 != bytes[6])
			return false;
		for (uint16_t i = 0; i < request.count; i++)
			request.values[i] = get16(bytes + 7 + 2 * i);
	}
	*ret = request;
	return true;
}

/* Of the reply that begins so: 0 not yet known, -1 it is none. */
static int reply_length(const uint8_t *bytes, size_t len, uint8_t function)
{
	if (len < 2)
		return 0;
	if (bytes[1] == (function | MODBUS_EXCEPTION))
		return 5;
	if (bytes[1] != function)
		return -1;
	if (function != MODBUS_READ_HOLDING && function != MODBUS_READ_INPUT)
		return 8;
	if (len < 3)
		return 0;
	if (bytes[2] == 0 || bytes[2] % 2 || bytes[2] > 2 * MODBUS_MAX_REGISTERS)
		return -1;
	return 5 + bytes[2];
}

int modbus_match_reply(const uint8_t *bytes, size_t len, uint8_t slave, uint8_t function,
		       struct modbus_reply *ret)
{
	int n;

	if (len >= 1 && bytes[0] != slave)
		return -1;
	n = reply_length(bytes, len, function);
	if (n <= 0 || len < (size_t)n)
		return n < 0 ? -1 : 0;
	if (!crc_is_good(bytes, (size_t)n))
		return -1;
	*ret = (struct modbus_reply){.slave = slave, .function = function};
	if (bytes[1] != function) {
		ret->kind = MODBUS_REFUSED;
		ret->exception = bytes[2];
	} else if (function == MODBUS_READ_HOLDING || function == MODBUS_READ_INPUT) {
		ret->kind = MODBUS_VALUES;
		ret->count = bytes[2] / 2;
		for (uint16_t i = 0; i < ret->count; i++)
			ret->values[i] = get16(bytes + 3 + 2 * i);
	} else {
		ret->kind = MODBUS_WRITTEN;
		ret->first = get16(bytes + 2);
		ret->count = get16(bytes + 4);
	}
	return n;
}
