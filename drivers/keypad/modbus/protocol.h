/* What our keypads and panels hear and say: Modbus RTU with the register map of
 * firmware-host/proto/keypad_profile.h. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One key press as the keypad keeps it until it is acknowledged. */
struct keypad_modbus_event {
	uint32_t nonce; /* of the keypad's boot */
	uint16_t sequence;
	uint16_t key;
	uint16_t argument;
	uint32_t age_ms;
};

enum keypad_modbus_result {
	KEYPAD_MODBUS_DONE = 0,
	KEYPAD_MODBUS_REFUSED = 1,
	KEYPAD_MODBUS_NOBODY = 2,
	KEYPAD_MODBUS_UNAVAILABLE = 3,
};

/* Requests: the length, 0 when the room is too small. */
size_t keypad_modbus_poll(uint8_t address, uint8_t *ret, size_t size);
size_t keypad_modbus_read_event(uint8_t address, uint8_t *ret, size_t size);
/* The press alone, of a keypad whose profile is known: 6 bytes less to wait for. */
size_t keypad_modbus_read_press(uint8_t address, uint8_t *ret, size_t size);
size_t keypad_modbus_write_answer(uint8_t address, uint32_t nonce, uint16_t sequence,
				  enum keypad_modbus_result result, uint8_t *ret, size_t size);
size_t keypad_modbus_write_display(uint8_t address, uint16_t waiting, const char *number,
				   uint8_t *ret, size_t size);
/* Of the display only the count: most changes are of it alone. */
size_t keypad_modbus_write_waiting(uint8_t address, uint16_t waiting, uint8_t *ret, size_t size);

/* Like exchange.match: n > 0 the reply's length, 0 more is needed, -EBADMSG no such reply. The
 * device's refusal (a Modbus exception) is a reply. */
int keypad_modbus_match_poll(uint8_t address, const uint8_t *bytes, size_t len);
int keypad_modbus_match_event(uint8_t address, const uint8_t *bytes, size_t len);
int keypad_modbus_match_press(uint8_t address, const uint8_t *bytes, size_t len);
int keypad_modbus_match_answer(uint8_t address, const uint8_t *bytes, size_t len);
int keypad_modbus_match_display(uint8_t address, const uint8_t *bytes, size_t len);
int keypad_modbus_match_waiting(uint8_t address, const uint8_t *bytes, size_t len);

/* Of a matched reply; the output is untouched on failure. -EREMOTEIO: the device refused. The
 * status is 0 when no key waits, else it changes from press to press. */
__attribute__((warn_unused_result)) int keypad_modbus_parse_poll(const uint8_t *reply, size_t len,
								 uint16_t *ret_status);
/* -EPROTONOSUPPORT: a keypad of another profile version. */
__attribute__((warn_unused_result)) int
keypad_modbus_parse_event(const uint8_t *reply, size_t len, struct keypad_modbus_event *ret_event);
__attribute__((warn_unused_result)) int
keypad_modbus_parse_press(const uint8_t *reply, size_t len, struct keypad_modbus_event *ret_event);
