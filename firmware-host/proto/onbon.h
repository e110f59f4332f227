/* The Onbon (仰邦) font cards' protocol, BX-5K and BX-6K: frames, their header, the payloads that
 * both ends need. Freestanding: driver and virtual board use the same code. Layouts are in
 * firmware-host/PROTOCOL.md; source: the vendor's protocol v1.4 (2021) and its analyser. Numbers of
 * two and four bytes are little-endian. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ONBON_STARTS = 8,   /* bytes A5 before a frame */
	ONBON_HEADER = 14,  /* without a barcode */
	ONBON_BARCODE = 16, /* between its flag and the check mode, if the flag is 1 */
	ONBON_HEAD = 5,	    /* of the data: group, command, reply, length(2) */
	ONBON_AREA = 27,    /* of an area without voice, extension and text */
	/* A card takes 1024 bytes. */
	ONBON_MAX_DATA = 1024 - ONBON_HEADER - ONBON_BARCODE - 2,
	ONBON_MAX_PACKET = 1024, /* header, data and checksum, before they are escaped */
	ONBON_ALL_AREAS = 0xff,	 /* a delete count: all, and no ids follow */
	ONBON_MAX_AREAS = 32,

	ONBON_HOST = 0x8000,   /* what hosts call themselves */
	ONBON_ANY_CARD = 0xfe, /* device type */
	ONBON_VERSION = 2,     /* of the protocol; 6Q and graphic cards have another, F0 */
	ONBON_REPLY = 1,       /* reply wanted */
	ONBON_NO_REPLY = 2,
	ONBON_POWER_ON = 1,
	ONBON_POWER_OFF = 2,
	ONBON_BRIGHTNESS_FIXED = 1, /* the level that follows; 2: by a table of the day */
	ONBON_BRIGHTNESS_MAX = 16,
	ONBON_PIXELS = 0x8000, /* of X and W: dots, else bytes of 8 dots */
};

enum onbon_check { ONBON_CHECK_CRC = 0, ONBON_CHECK_SUM = 1, ONBON_CHECK_NONE = 2 };

/* group << 8 | command */
enum onbon_command {
	ONBON_ACK = 0xa000,
	ONBON_NACK = 0xa001,
	ONBON_FORMAT = 0xa100,
	ONBON_DELETE_FILES = 0xa101,
	ONBON_STATUS = 0xa102,
	ONBON_BEGIN_FILE = 0xa105,
	ONBON_WRITE_FILE = 0xa106,
	ONBON_PING = 0xa200,
	ONBON_RESET = 0xa201,
	ONBON_TIME = 0xa203,
	ONBON_POWER = 0xa300,
	ONBON_POWER_TIMES = 0xa301,
	ONBON_BRIGHTNESS = 0xa302,
	ONBON_LOCK_PROGRAM = 0xa304,
	ONBON_TEXT = 0xa306,
	ONBON_NO_POWER_TIMES = 0xa308,
	ONBON_CLEAR = 0xa310,
};

/* Why a card refuses: third byte of a NACK. */
enum onbon_refusal {
	ONBON_BAD_GROUP = 0x01,
	ONBON_BAD_COMMAND = 0x02,
	ONBON_BUSY = 0x03,
	ONBON_BAD_CHECKSUM = 0x05,
	ONBON_BAD_TIME = 0x0e,
	ONBON_BAD_PARAMETER = 0x12,
};

enum {
	ONBON_RUN_CYCLE = 0,   /* for ever */
	ONBON_RUN_EXPIRES = 2, /* until `timeout` seconds went by without another */
	ONBON_SINGLE_LINE = 1,
	ONBON_SEVERAL_LINES = 2,
	ONBON_WRAP_NOT = 1, /* only where the text says so */
	ONBON_WRAP = 2,
	ONBON_EFFECT_STANDS = 1,
	ONBON_EFFECT_AT_ONCE = 2,
	ONBON_EFFECT_LEFT = 3,
	ONBON_EFFECT_RIGHT = 4,
	ONBON_EFFECT_UP = 5,
	ONBON_EFFECT_DOWN = 6,
};

struct onbon_packet {
	uint16_t destination, source;
	uint8_t reserved[3];
	bool has_barcode;
	uint8_t barcode[ONBON_BARCODE];
	uint8_t check_mode, display_mode, device_type, version;
	const uint8_t *data; /* of the caller's */
	size_t len;
};

/* In front of every payload. */
struct onbon_head {
	uint16_t command; /* enum onbon_command */
	uint8_t reply;	  /* of a card's answer: how it went, 0 well */
	/* The payload's, by the vendor's documents; common programs leave it 0 or use the first
	 * byte of it for something else, so that nobody should judge a frame by it. */
	uint16_t length;
	const uint8_t *payload;
	size_t len;
};

/* One area of a dynamic text. */
struct onbon_area {
	uint8_t type;
	uint16_t x, y, w, h; /* x, w: ONBON_PIXELS */
	uint8_t id, line_gap, run_mode;
	uint16_t timeout; /* seconds */
	uint8_t voice;	  /* 0 none, 1 says the text, 2 says spoken */
	uint8_t voice_person, voice_volume, voice_speed;
	const uint8_t *spoken; /* GB */
	uint32_t spoken_len;
	uint8_t ext_len;
	const uint8_t *ext;
	uint8_t alignment, single_line, auto_wrap, effect, exit, speed, stay;
	const uint8_t *text; /* GB, with escapes such as \FO000 and \C1 */
	uint32_t text_len;
};

struct onbon_time {
	uint16_t year;
	uint8_t month, day, hour, minute, second;
	uint8_t week; /* 1 Monday to 7 Sunday */
};

/* What a card answers to A1 02. */
struct onbon_status {
	uint8_t power, brightness;
	uint8_t time[8]; /* as struct onbon_time goes on the wire; may be nonsense */
	uint8_t programs, program[4];
	uint8_t special, special_pages;
	uint8_t area_count, areas[ONBON_MAX_AREAS];
	uint8_t barcode[ONBON_BARCODE], net_id[12];
	bool has_barcode, has_net_id; /* older cards leave them out */
};

/* CRC-16, polynomial A001 reflected, initial value 0; on the wire low byte first. */
uint16_t onbon_crc(uint16_t crc, const uint8_t *bytes, size_t len);

/* Puts the frame of a packet into ret: starts, escapes, checksum by its check mode, end. Its
 * length; 0: size is too small or the data too long. */
size_t onbon_build(uint8_t *ret, size_t size, const struct onbon_packet *packet);
/* A packet as hosts begin one: for a card of any type, checked by CRC. */
void onbon_packet_init(struct onbon_packet *packet, uint16_t card);

enum onbon_error {
	ONBON_GOOD = 0,
	ONBON_TOO_SHORT,  /* more bytes may complete it */
	ONBON_NO_FRAME,	  /* does not begin like one */
	ONBON_BAD_ESCAPE, /* what stands behind A6 or 5B, or a bare A5 */
	ONBON_BAD_SUM,
	ONBON_BAD_LENGTH,
	ONBON_BAD_VALUE,
};

/* Takes a frame apart that begins at bytes with `starts` bytes A5 or more; *ret_used: its length,
 * also when only the inside is wrong. room gets the unescaped bytes and must outlive the packet. */
enum onbon_error onbon_parse(const uint8_t *bytes, size_t len, size_t starts,
			     uint8_t room[ONBON_MAX_PACKET], struct onbon_packet *ret,
			     size_t *ret_used);
/* Of unescaped bytes, header to checksum. */
enum onbon_error onbon_parse_packet(const uint8_t *bytes, size_t len, struct onbon_packet *ret);
/* False: the data is too short for it. */
bool onbon_parse_head(const struct onbon_packet *packet, struct onbon_head *ret);

/* Builders of data: write to ret, give the length, 0: size is too small or a value out of range. */
size_t onbon_put_head(uint8_t *ret, size_t size, const struct onbon_head *head);
/* With its length in front. */
size_t onbon_put_area(uint8_t *ret, size_t size, const struct onbon_area *area);
size_t onbon_put_time(uint8_t *ret, size_t size, const struct onbon_time *time);
size_t onbon_put_status(uint8_t *ret, size_t size, const struct onbon_status *status);

/* The area at the start of bytes; bytes taken, 0: it is damaged. */
size_t onbon_take_area(const uint8_t *bytes, size_t len, struct onbon_area *ret);
bool onbon_take_time(const uint8_t bytes[8], struct onbon_time *ret);
bool onbon_take_status(const uint8_t *bytes, size_t len, struct onbon_status *ret);

/* The payload of a dynamic text, piece by piece. */
struct onbon_text {
	uint8_t delete_count; /* ONBON_ALL_AREAS: all */
	const uint8_t *deleted;
	size_t deleted_len;
	uint8_t area_count;
	const uint8_t *areas; /* for onbon_take_area(), area_count times */
	size_t areas_len;
};
/* False unless every area of it is sound and nothing is left over. */
bool onbon_take_text(const uint8_t *payload, size_t len, struct onbon_text *ret);

/* Cuts a stream into packets. A5 and 5A stand nowhere else, so that it is in step again at once. */
struct onbon_receiver {
	uint8_t bytes[ONBON_MAX_PACKET]; /* unescaped */
	size_t len;
	uint8_t state, escape;
};

enum onbon_received {
	ONBON_NOTHING = 0,
	ONBON_PACKET, /* bytes[0 .. len): see onbon_parse_packet() */
	ONBON_BROKEN, /* a frame began and is damaged */
};

void onbon_receiver_init(struct onbon_receiver *receiver);
enum onbon_received onbon_receiver_push(struct onbon_receiver *receiver, uint8_t byte);
