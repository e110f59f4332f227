/* Modbus RTU frames for `onewindow board encode` and `board decode`: codec.c, and what its files
 * need of each other. */
#pragma once

#include <stdbool.h>

#include "drivers/codec.h"

enum {
	MODBUS_READ_COILS = 0x01,
	MODBUS_READ_DISCRETE = 0x02,
	MODBUS_WRITE_COIL = 0x05,
	MODBUS_WRITE_COILS = 0x0f,
	MODBUS_RTU_MAX = 256, /* bytes of a frame, by Modbus over serial line V1.02, 2.5.1 */
	MODBUS_COIL_ON = 0xff00,
};

extern const struct codec modbus_codec;

/* codec_encode.c */
int modbus_codec_encode(const struct codec_request *request, uint8_t *ret_frame, size_t size,
			char *ret_error, size_t error_size);
/* codec_profile.c: what registers of our own board and keypads are called; NULL: none of ours.
 * input: of function 04. */
const char *modbus_register_name(bool input, uint16_t address);
/* Tells the registers that have a name in our profiles, and a text that is written. */
void modbus_tell_registers(codec_field_fn field, void *user, bool input, uint16_t first,
			   const uint8_t *values, size_t count);
