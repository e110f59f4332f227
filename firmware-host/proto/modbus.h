/* Modbus RTU frames, as far as boards and keypads need them: read holding (03) and input (04)
 * registers, write one (06) and several (10) registers, exceptions. Freestanding: both ends use it.
 * Source: Modbus over Serial Line V1.02 and Application Protocol V1.1b3, modbus.org. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODBUS_READ_HOLDING = 0x03,
	MODBUS_READ_INPUT = 0x04,
	MODBUS_WRITE_ONE = 0x06,
	MODBUS_WRITE_MANY = 0x10,
	MODBUS_EXCEPTION = 0x80, /* added to the function in an exception */

	MODBUS_ILLEGAL_FUNCTION = 1,
	MODBUS_ILLEGAL_ADDRESS = 2,
	MODBUS_ILLEGAL_VALUE = 3,

	MODBUS_MAX_REGISTERS = 64, /* in one of our frames */
	MODBUS_MAX_FRAME = 9 + 2 * MODBUS_MAX_REGISTERS,
};

/* CRC-16, polynomial A001 reflected, initial value FFFF; goes on the wire low byte first. */
uint16_t modbus_crc(const uint8_t *bytes, size_t len);

/* Builders write a whole frame with its CRC and return its length; 0: the count is out of range or
 * size too small. */
size_t modbus_build_read(uint8_t *ret, size_t size, uint8_t slave, uint8_t function, uint16_t first,
			 uint16_t count);
size_t modbus_build_write_one(uint8_t *ret, size_t size, uint8_t slave, uint16_t address,
			      uint16_t value);
size_t modbus_build_write(uint8_t *ret, size_t size, uint8_t slave, uint16_t first,
			  const uint16_t *values, uint16_t count);
size_t modbus_build_values(uint8_t *ret, size_t size, uint8_t slave, uint8_t function,
			   const uint16_t *values, uint16_t count);
size_t modbus_build_written(uint8_t *ret, size_t size, uint8_t slave, uint16_t first,
			    uint16_t count);
size_t modbus_build_exception(uint8_t *ret, size_t size, uint8_t slave, uint8_t function,
			      uint8_t code);

struct modbus_request {
	uint8_t slave, function;
	uint16_t first, count;
	uint16_t values[MODBUS_MAX_REGISTERS]; /* writes */
};

/* How many bytes the request that begins here has: n > 0; 0: too few bytes to tell; -1: this
 * cannot be a request of ours. */
int modbus_request_length(const uint8_t *bytes, size_t len);
/* A whole request with a good CRC; false otherwise, *ret untouched. The count of a read is as the
 * master sent it, 0 and large ones too: the slave refuses it with an exception. */
bool modbus_parse_request(const uint8_t *bytes, size_t len, struct modbus_request *ret);

enum modbus_reply_kind { MODBUS_NO_REPLY = 0, MODBUS_VALUES, MODBUS_WRITTEN, MODBUS_REFUSED };

struct modbus_reply {
	enum modbus_reply_kind kind;
	uint8_t slave, function;
	uint8_t exception;     /* MODBUS_REFUSED */
	uint16_t first, count; /* WRITTEN: echo; VALUES: count */
	uint16_t values[MODBUS_MAX_REGISTERS];
};

/* Looks for the reply of slave to function at the start of bytes: n > 0 its length, *ret filled;
 * 0: more bytes are needed; -1: what stands here cannot be that reply. */
int modbus_match_reply(const uint8_t *bytes, size_t len, uint8_t slave, uint8_t function,
		       struct modbus_reply *ret);
