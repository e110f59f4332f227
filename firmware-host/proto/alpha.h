/* The Alpha Sign Communications Protocol (M-Protocol) of Adaptive Micro Systems' signs: packets of
 * the standard format and their commands. Freestanding: driver and virtual sign use the same code.
 * Source: the protocol's public document 9708-8061 and programs that speak it; see
 * drivers/board/alpha/README.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ALPHA_NULS = 5, /* a sign finds the speed by them; more do no harm */
	ALPHA_SOH = 0x01,
	ALPHA_STX = 0x02,
	ALPHA_ETX = 0x03,
	ALPHA_EOT = 0x04,
	ALPHA_ACK = 0x06,
	ALPHA_NAK = 0x15,
	ALPHA_ESC = 0x1b,
	ALPHA_FONT = 0x1a,   /* in texts: and one character */
	ALPHA_COLOUR = 0x1c, /* in texts: and one character */

	ALPHA_ALL_TYPES = 'Z',
	ALPHA_REPLY_TYPE = '0', /* of what a sign says */
	ALPHA_BROADCAST = 0x00,

	ALPHA_WRITE_TEXT = 'A',
	ALPHA_READ_TEXT = 'B',
	ALPHA_WRITE_SPECIAL = 'E',
	ALPHA_READ_SPECIAL = 'F',
	ALPHA_WRITE_STRING = 'G',
	ALPHA_READ_STRING = 'H',

	ALPHA_SET_TIME = 0x20, /* special functions */
	ALPHA_MEMORY = 0x24,
	ALPHA_TONE = 0x28,
	ALPHA_SOFT_RESET = 0x2c,

	ALPHA_PRIORITY = '0', /* the file that is shown before all others until it is empty */
	ALPHA_PRIORITY_MAX = 125,

	ALPHA_MIDDLE = 0x20, /* positions */
	ALPHA_TOP = 0x22,
	ALPHA_BOTTOM = 0x26,
	ALPHA_FILL = 0x30,

	ALPHA_ROTATE = 'a', /* modes */
	ALPHA_HOLD = 'b',
	ALPHA_FLASH = 'c',

	ALPHA_MAX_TEXT = 512,
};

struct alpha_packet {
	uint8_t type;
	uint8_t address;     /* 0: all; two hexadecimal digits on the wire */
	bool any_address;    /* "??" */
	const uint8_t *body; /* from the first STX to the EOT, which it leaves out */
	size_t len;
};

struct alpha_command {
	uint8_t code;
	const uint8_t *data;
	size_t len;
	bool has_checksum; /* and it is right */
	uint16_t checksum;
};

enum alpha_error {
	ALPHA_GOOD = 0,
	ALPHA_TOO_SHORT, /* more bytes may complete it */
	ALPHA_NO_FRAME,
	ALPHA_BAD_HEADER,
	ALPHA_BAD_COMMAND, /* no STX where one has to stand, or nothing behind it */
	ALPHA_BAD_SUM,
};

/* The packet that begins at bytes; *ret_used its length. Every command of it is sound. */
enum alpha_error alpha_parse(const uint8_t *bytes, size_t len, struct alpha_packet *ret,
			     size_t *ret_used);
/* The command at *at of a packet's body, which moves behind it. False: there is none. */
bool alpha_next_command(const struct alpha_packet *packet, size_t *at, struct alpha_command *ret);

/* A packet with one command: NULs, header, STX code data [ETX checksum] EOT. Its length; 0: size is
 * too small, or data holds one of the bytes that end a command. */
size_t alpha_build(uint8_t *ret, size_t size, uint8_t type, uint8_t address, uint8_t code,
		   const uint8_t *data, size_t len, bool checksum);

/* A write of a text file: label [ESC position mode [special]] text. */
struct alpha_text {
	uint8_t label;
	bool has_mode;			 /* without it the sign's automatic mode */
	uint8_t position, mode, special; /* special: of mode 'n' */
	const uint8_t *text;
	size_t len;
};
bool alpha_take_text(const uint8_t *data, size_t len, struct alpha_text *ret);

/* The memory of one file, 11 characters: label type protection size(4) times(4). */
struct alpha_file {
	uint8_t label, type; /* 'A' text, 'B' string, 'D' dots */
	uint8_t protection;  /* 'U' open to the remote control, 'L' locked */
	uint16_t size;	     /* dots: rows << 8 | columns */
	uint16_t times;	     /* text: start and stop, FF00 always; dots: colours */
};
enum { ALPHA_FILE = 11 };
bool alpha_take_file(const uint8_t bytes[ALPHA_FILE], struct alpha_file *ret);
void alpha_put_file(uint8_t ret[ALPHA_FILE], const struct alpha_file *file);

/* Cuts a stream into packets. */
struct alpha_receiver {
	uint8_t bytes[ALPHA_MAX_TEXT + 64];
	size_t len;
	unsigned nuls;
	bool inside;
};
/* True: bytes[0 .. len) hold a packet, NULs and all: see alpha_parse(). */
bool alpha_receiver_push(struct alpha_receiver *receiver, uint8_t byte);
