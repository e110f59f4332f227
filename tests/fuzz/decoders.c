/* What is held against a decoder: it reads nothing beyond its bytes (they lie at the end of a
 * block, for the sanitizer), it takes no more than there is, tells nothing of what it refuses, and
 * always the same; what it tells is UTF-8, each key once; a refusal has a reason. */
#include "tests/fuzz/decoders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/board/lihe/protocol.h"
#include "drivers/board/modbus/protocol.h"
#include "drivers/board/onbon/protocol.h"
#include "drivers/codec.h"
#include "drivers/text/text.h"
#include "firmware-host/proto/alpha.h"
#include "firmware-host/proto/lihe.h"
#include "firmware-host/proto/modbus.h"
#include "firmware-host/proto/onbon.h"
#ifdef FIRMWARE
#include "firmware-host/app/board_alpha.h"
#include "firmware-host/app/board_onbon.h"
#endif

enum { MAX_FIELDS = 512, MAX_INPUT = 4096 };

__attribute__((noreturn)) static void fail(const char *what, const char *name)
{
	fprintf(stderr, "%s: %s\n", name, what);
#ifdef FUZZING
	abort(); /* libFuzzer keeps the input */
#endif
	exit(1);
}

/* ---- codecs ---- */

struct told {
	const char *codec;
	size_t count;
	uint64_t digest; /* of all that was told */
	char keys[MAX_FIELDS][24];
};

static void on_field(void *user, const char *key, const char *value)
{
	struct told *told = user;

	if (!key[0] || strlen(key) >= sizeof(told->keys[0]) || told->count == MAX_FIELDS)
		fail("a key is too long, or there are too many", told->codec);
	if (!text_check(value, strlen(value)))
		fail("a value is not UTF-8", told->codec);
	for (size_t i = 0; i < told->count; i++)
		if (strcmp(told->keys[i], key) == 0)
			fail(key, told->codec);
	strcpy(told->keys[told->count++], key);
	for (; *value; value++)
		told->digest = (told->digest ^ (uint8_t)*value) * 0x100000001b3;
}

static int decode_once(const struct codec *codec, const uint8_t *bytes, size_t len,
		       struct told *ret_told)
{
	const struct codec_request told = {0};
	char error[CODEC_MAX_ERROR] = "";
	int used;

	ret_told->codec = codec->name;
	ret_told->count = 0;
	ret_told->digest = 0xcbf29ce484222325;
	used = codec->decode(&told, bytes, len, on_field, ret_told, error, sizeof(error));
	if (used == 0 || used > (int)len || (used < 0 && used != -EBADMSG))
		fail("takes what is not there", codec->name);
	if (used < 0 && ret_told->count)
		fail("tells of what it refuses", codec->name);
	if (used < 0 && (!error[0] || !memchr(error, '\0', sizeof(error))))
		fail("refuses without a reason", codec->name);
	if (used > 0 && !ret_told->count)
		fail("tells nothing of what it takes", codec->name);
	return used;
}

/* Frame by frame; what is refused loses its first byte. */
static void feed_codec(const struct codec *codec, const uint8_t *bytes, size_t len)
{
	static struct told first, second;

	for (size_t at = 0, tries = 0; at < len && tries < 8; tries++) {
		int used = decode_once(codec, bytes + at, len - at, &first);

		if (used > 0) {
			if (decode_once(codec, bytes + at, (size_t)used, &second) != used ||
			    first.digest != second.digest)
				fail("a frame alone is another one", codec->name);
		}
		at += used > 0 ? (size_t)used : 1;
	}
}

/* ---- listeners ---- */

static void feed_lihe_receiver(const uint8_t *bytes, size_t len)
{
	struct lihe_receiver receiver;
	struct lihe_number number;
	struct lihe_text text;

	lihe_receiver_init(&receiver);
	for (size_t i = 0; i < len; i++) {
		enum lihe_received seen = lihe_receiver_push(&receiver, bytes[i]);

		for (unsigned turns = 0; seen != LIHE_NOTHING; turns++) {
			bool good = seen == LIHE_TEXT_FRAME
					    ? lihe_parse_text(receiver.bytes, receiver.frame_len,
							      LIHE_SUM_DATA, &text) == LIHE_GOOD
					    : lihe_parse_number(receiver.bytes, receiver.frame_len,
								&number) == LIHE_GOOD;

			if (turns > LIHE_MAX_FRAME)
				fail("finds frames without end", "lihe receiver");
			seen = good ? lihe_receiver_next(&receiver)
				    : lihe_receiver_reject(&receiver);
		}
		if (receiver.len > sizeof(receiver.bytes))
			fail("holds more than it has room for", "lihe receiver");
	}
}

static void feed_lihe_answers(const uint8_t *bytes, size_t len)
{
	for (uint8_t address = 1; address <= 3; address += 2) {
		int n = board_lihe_match_ack(address, bytes, len);

		if (n != -EBADMSG && (n < 0 || n > (int)len))
			fail("takes what is not there", "lihe answers");
		n = board_lihe_match_version(address, bytes, len);
		if (n != -EBADMSG && (n < 0 || n > (int)len))
			fail("takes what is not there", "lihe answers");
	}
}

static void feed_modbus_answers(const uint8_t *bytes, size_t len)
{
	const uint16_t value = 1;
	struct board_modbus_status status;
	uint8_t requests[3][16];
	size_t lens[3];

	lens[0] = board_modbus_read_status(17, requests[0], sizeof(requests[0]));
	lens[1] =
		board_modbus_write_values(17, 1, &value, 1, true, requests[1], sizeof(requests[1]));
	lens[2] = board_modbus_write_values(17, 1, &value, 1, false, requests[2],
					    sizeof(requests[2]));
	for (size_t i = 0; i < 3; i++) {
		int n = board_modbus_match(requests[i], lens[i], bytes, len);

		if (n != -EBADMSG && (n < 0 || n > (int)len))
			fail("takes what is not there", "modbus answers");
		if (n > 0 && i == 0 &&
		    board_modbus_parse_status(bytes, (size_t)n, &status) == -EBADMSG)
			fail("matches what it cannot read", "modbus answers");
	}
}

static void feed_modbus_requests(const uint8_t *bytes, size_t len)
{
	struct modbus_request request;
	struct modbus_reply reply;

	if (modbus_parse_request(bytes, len, &request) &&
	    modbus_request_length(bytes, len) != (int)len)
		fail("two lengths", "modbus requests");
	for (uint8_t function = 0; function <= 0x10; function++)
		if (modbus_match_reply(bytes, len, 17, function, &reply) > (int)len)
			fail("takes what is not there", "modbus requests");
}

static void feed_onbon_receiver(const uint8_t *bytes, size_t len)
{
	struct onbon_receiver receiver;
	struct onbon_packet packet;
	struct onbon_head head;
	struct onbon_text text;
	struct onbon_status status;
	uint8_t built[2 * ONBON_MAX_PACKET + 16];

	onbon_receiver_init(&receiver);
	for (size_t i = 0; i < len; i++) {
		if (onbon_receiver_push(&receiver, bytes[i]) != ONBON_PACKET ||
		    onbon_parse_packet(receiver.bytes, receiver.len, &packet) != ONBON_GOOD)
			continue;
		if (!onbon_build(built, sizeof(built), &packet))
			fail("a good packet cannot be built", "onbon receiver");
		if (!onbon_parse_head(&packet, &head))
			continue;
		onbon_take_text(head.payload, head.len, &text);
		onbon_take_status(head.payload, head.len, &status);
	}
}

static void feed_onbon_answers(const uint8_t *bytes, size_t len)
{
	for (int status = 0; status < 2; status++) {
		int n = board_onbon_match(1, status, bytes, len);
		struct board_onbon_reply reply;

		if (n != -EBADMSG && (n < 0 || n > (int)len))
			fail("takes what is not there", "onbon answers");
		if (n > 0)
			board_onbon_read_reply(bytes, (size_t)n, &reply);
	}
}

static void feed_alpha_receiver(const uint8_t *bytes, size_t len)
{
	struct alpha_receiver receiver = {.len = 0};
	struct alpha_packet packet;
	struct alpha_command command;
	size_t used, at;

	for (size_t i = 0; i < len; i++) {
		at = 0;
		if (!alpha_receiver_push(&receiver, bytes[i]) ||
		    alpha_parse(receiver.bytes, receiver.len, &packet, &used) != ALPHA_GOOD)
			continue;
		while (alpha_next_command(&packet, &at, &command))
			;
		if (used != receiver.len || at != packet.len)
			fail("takes what is not there", "alpha receiver");
	}
}

#ifdef FIRMWARE
static void swallow(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	if (!bytes || !len)
		fail("says nothing", "onbon board");
}

/* They live on from input to input, as boards do. */
static void feed_onbon_board(const uint8_t *bytes, size_t len)
{
	const struct onbon_board_settings settings = {.address = 1, .width = 128, .height = 32};
	static struct onbon_board board;
	static uint32_t now_ms;

	if (!board.settings.width)
		onbon_board_init(&board, &settings, (struct hal_uart){.send = swallow}, 0);
	for (size_t i = 0; i < len; i++)
		onbon_board_receive(&board, bytes[i], now_ms++);
}

static void feed_alpha_board(const uint8_t *bytes, size_t len)
{
	const struct alpha_board_settings settings = {.address = 1, .width = 128, .height = 32};
	static struct alpha_board board;
	static uint32_t now_ms;

	if (!board.settings.width)
		alpha_board_init(&board, &settings, 0);
	for (size_t i = 0; i < len; i++)
		alpha_board_receive(&board, bytes[i], now_ms++);
}
#endif

static const struct listener {
	const char *name, *frames;
	void (*feed)(const uint8_t *bytes, size_t len);
} listeners[] = {
	{"lihe receiver", "lihe", feed_lihe_receiver},
	{"lihe answers", "lihe", feed_lihe_answers},
	{"modbus answers", "modbus", feed_modbus_answers},
	{"modbus requests", "modbus", feed_modbus_requests},
	{"onbon receiver", "onbon", feed_onbon_receiver},
	{"onbon answers", "onbon", feed_onbon_answers},
	{"alpha receiver", "alpha", feed_alpha_receiver},
#ifdef FIRMWARE
	{"onbon board", "onbon", feed_onbon_board},
	{"alpha board", "alpha", feed_alpha_board},
#endif
};

/* ---- all of them ---- */

size_t decoder_count(void)
{
	return codec_count() + sizeof(listeners) / sizeof(listeners[0]);
}

const char *decoder_name(size_t index)
{
	return index < codec_count() ? codec_at(index)->name
				     : listeners[index - codec_count()].name;
}

static const char *frames_of(size_t index)
{
	return index < codec_count() ? codec_at(index)->name
				     : listeners[index - codec_count()].frames;
}

void decoder_feed(size_t index, const uint8_t *bytes, size_t len)
{
	uint8_t *block;

	if (len == 0 || len > MAX_INPUT)
		return;
	block = malloc(len);
	if (!block)
		fail("no memory", "fuzz");
	memcpy(block, bytes, len);
	if (index < codec_count())
		feed_codec(codec_at(index), block, len);
	else
		listeners[index - codec_count()].feed(block, len);
	free(block);
}

size_t decoder_frame(size_t index, size_t which, uint8_t *ret, size_t size)
{
	const char *wanted = frames_of(index);
	char line[1024], name[32];
	FILE *file = fopen(FRAMES, "r");
	size_t len = 0;
	int used;

	if (!file)
		fail("cannot be read", FRAMES);
	while (fgets(line, sizeof(line), file)) {
		const char *at = line;
		unsigned byte;

		if (line[0] == '#' || sscanf(line, "%31s%n", name, &used) != 1 ||
		    strcmp(name, wanted) != 0 || which-- > 0)
			continue;
		for (at += used; sscanf(at, "%2x%n", &byte, &used) == 1 && len < size; at += used)
			ret[len++] = (uint8_t)byte;
		break;
	}
	fclose(file);
	return len;
}

static void repair_lihe(uint8_t *bytes, size_t len)
{
	unsigned sum = 0;

	if (bytes[0] == 0xaa && len >= 12) {
		size_t end = 11;

		while (end < len && bytes[end] != 0xff)
			end++;
		for (size_t i = 6; i < end; i++)
			sum += bytes[i];
		bytes[5] = (uint8_t)sum;
	} else if (bytes[0] == 0xa0 && len >= 7) {
		size_t total = bytes[1] + 4u;

		if (total < 7 || total > len)
			return;
		for (size_t i = 1; i < total - 2; i++)
			sum += bytes[i];
		bytes[total - 2] = (uint8_t)(sum % 100);
		bytes[total - 1] = 0xff;
	}
}

/* Where the frame has no escapes in it. */
static void repair_onbon(uint8_t *bytes, size_t len)
{
	uint16_t crc;

	if (len < 8 + ONBON_HEADER + 3)
		return;
	crc = onbon_crc(0, bytes + 8, len - 11);
	bytes[len - 3] = (uint8_t)crc;
	bytes[len - 2] = (uint8_t)(crc >> 8);
	bytes[len - 1] = 0x5a;
}

void decoder_repair(size_t index, uint8_t *bytes, size_t len)
{
	uint16_t crc;

	if (strcmp(frames_of(index), "lihe") == 0) {
		repair_lihe(bytes, len);
	} else if (strcmp(frames_of(index), "onbon") == 0) {
		repair_onbon(bytes, len);
	} else if (strcmp(frames_of(index), "modbus") == 0 && len >= 4) {
		crc = modbus_crc(bytes, len - 2);
		bytes[len - 2] = (uint8_t)crc;
		bytes[len - 1] = (uint8_t)(crc >> 8);
	}
}
