/* The service frame, by which a device of ours is told its address and its other settings: layouts
 * in firmware-host/PROTOCOL.md. Freestanding: both ends use the same code. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SERVICE_WHO = 0x01,
	SERVICE_SET = 0x02,
	SERVICE_IS = 0x81,
	SERVICE_DONE = 0x82,
	SERVICE_REFUSED = 0x9f,

	SERVICE_BAD_TOKEN = 1,
	SERVICE_BAD_VALUE = 2,
	SERVICE_NOT_STORED = 3,

	SERVICE_SERIAL = 6,
	SERVICE_SETTINGS = 16,
	SERVICE_MAX_DATA = 24,
	SERVICE_HEAD = 13,
	SERVICE_MAX_FRAME = SERVICE_HEAD + SERVICE_MAX_DATA + 4,
};

enum service_kind {
	SERVICE_KEYPAD = 1,
	SERVICE_PANEL = 2,
	SERVICE_LIHE_BOARD = 3,
	SERVICE_MODBUS_BOARD = 4,
	SERVICE_ONBON_BOARD = 5,
	SERVICE_ALPHA_BOARD = 6,
};

/* All that a device has to remember without power. */
struct service_settings {
	uint8_t kind; /* enum service_kind */
	uint8_t address;
	bool acknowledges;	/* boards: answers */
	bool counts_end;	/* lihe: the other dialect of the checksum */
	uint16_t width, height; /* boards: dots */
	uint16_t host_lost_s;	/* boards: 0 never */
	uint32_t baud;
};

struct service_frame {
	uint8_t op;
	uint8_t serial[SERVICE_SERIAL]; /* six times FF: whoever hears it */
	uint8_t data[SERVICE_MAX_DATA];
	size_t len;
};

/* CRC-32 of IEEE 802.3, as in zlib. */
uint32_t service_crc32(const uint8_t *bytes, size_t len);

/* The length of the frame; 0: size is too small or there is too much data. */
size_t service_build(uint8_t *ret, size_t size, const struct service_frame *frame);
/* One whole frame; false otherwise, *ret untouched. */
bool service_parse(const uint8_t *bytes, size_t len, struct service_frame *ret);

void service_put_settings(uint8_t ret[SERVICE_SETTINGS], const struct service_settings *settings);
/* False: not of this version; *ret untouched. Whether the values make sense the device must say. */
bool service_get_settings(const uint8_t bytes[SERVICE_SETTINGS], struct service_settings *ret);

/* Finds frames in whatever goes by on the line. */
struct service_receiver {
	uint8_t bytes[SERVICE_MAX_FRAME];
	size_t len;
};

/* True: this byte ends a good frame. */
bool service_receiver_push(struct service_receiver *receiver, uint8_t byte,
			   struct service_frame *ret);
