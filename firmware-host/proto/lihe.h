/* The lihe board protocol: text frames AA .. FF, number frames A0 .. FF, the V2.1 card's answers.
 * Freestanding: driver and board use the same code. Layouts are in firmware-host/PROTOCOL.md;
 * source: the control cards' specification V2.1 of 2012. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LIHE_ONE_LINE = 0x54,
	LIHE_WHOLE_SCREEN = 0x50,
	LIHE_MAX_TEXT = 240,
	LIHE_MAX_FRAME = LIHE_MAX_TEXT + 12,

	LIHE_STRIP = 0x28,
	LIHE_COMBINED = 0x2a,
	LIHE_ONLINE = 0x29,
	LIHE_ACK = 0x14,
	LIHE_VERSION = 0x98,
	LIHE_SUB = 0x50, /* sub-command of answers and of the version query */

	/* modes of the TPK-1616 card */
	LIHE_MODE_LEFT = 1,
	LIHE_MODE_UP = 2,
	LIHE_MODE_DOWN = 3,
	LIHE_MODE_INVERSE = 6,
	LIHE_MODE_BLINK = 7,
	LIHE_MODE_IMMEDIATE = 8,

	LIHE_LIFE_PERMANENT = 99,
	LIHE_MAX_DATA = 32, /* of a number frame */
};

/* The specification's words count the closing FF into the sum, published frames do not. */
enum lihe_checksum { LIHE_SUM_DATA, LIHE_SUM_DATA_AND_END };

struct lihe_text {
	uint8_t address;
	uint8_t command; /* LIHE_ONE_LINE, LIHE_WHOLE_SCREEN */
	uint8_t mode, speed, stay, colour, life;
	uint8_t text[LIHE_MAX_TEXT]; /* GBK */
	size_t len;
};

struct lihe_number {
	uint8_t command, address, sub;
	uint8_t data[LIHE_MAX_DATA];
	size_t len;
};

/* Length of the frame; 0: a value is out of range (text too long or holding FF, speed over 7, stay
 * or life over 99, colour over 2), or size is too small. */
size_t lihe_build_text(uint8_t *ret, size_t size, const struct lihe_text *text,
		       enum lihe_checksum checksum);
size_t lihe_build_number(uint8_t *ret, size_t size, const struct lihe_number *number);
/* ACK of a V2.1 card; its version query. */
size_t lihe_build_ack(uint8_t *ret, size_t size, uint8_t address);
size_t lihe_build_version_query(uint8_t *ret, size_t size, uint8_t address);

enum lihe_error {
	LIHE_GOOD = 0,
	LIHE_TOO_SHORT, /* more bytes may complete it */
	LIHE_NO_FRAME,	/* does not begin like one */
	LIHE_BAD_CHECKSUM,
	LIHE_BAD_LENGTH,
	LIHE_BAD_VALUE,
};
const char *lihe_error_text(enum lihe_error error);

/* A whole frame of len bytes. *ret is untouched on failure. */
enum lihe_error lihe_parse_text(const uint8_t *bytes, size_t len, enum lihe_checksum checksum,
				struct lihe_text *ret);
enum lihe_error lihe_parse_number(const uint8_t *bytes, size_t len, struct lihe_number *ret);

/* Finds a number frame (an answer) at the start of bytes: n > 0 its length; 0: more is needed; -1:
 * there is none here. */
int lihe_match_number(const uint8_t *bytes, size_t len, struct lihe_number *ret);

/* Cuts a stream into frames. What begins in mid-frame or hears noise finds the next frame, also one
 * that stands inside what looked like the beginning of a longer one. */
struct lihe_receiver {
	uint8_t bytes[LIHE_MAX_FRAME];
	size_t len;	  /* bytes kept in all */
	size_t frame_len; /* of the frame told last, at the start of bytes; 0: none */
};

enum lihe_received {
	LIHE_NOTHING = 0, /* not yet */
	LIHE_TEXT_FRAME,  /* bytes[0 .. frame_len) hold a frame by its shape: parse it */
	LIHE_NUMBER_FRAME,
};

void lihe_receiver_init(struct lihe_receiver *receiver);
/* A frame stays readable until the next call. Ask lihe_receiver_next() after a good frame and
 * lihe_receiver_reject() after one that did not parse, until they say LIHE_NOTHING. */
enum lihe_received lihe_receiver_push(struct lihe_receiver *receiver, uint8_t byte);
enum lihe_received lihe_receiver_next(struct lihe_receiver *receiver);
enum lihe_received lihe_receiver_reject(struct lihe_receiver *receiver);
/* The line fell silent: what is held will not be completed, but a whole frame may stand in it. */
enum lihe_received lihe_receiver_quiet(struct lihe_receiver *receiver);
