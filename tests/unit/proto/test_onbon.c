/* Onbon frames: those that others published, taken apart and built again; damaged ones; noise.
 *
 * Sources. [A]: commands and answers as comments and tables in the firmware of a rain gauge's relay
 * that speaks to a BX-5K card (ping, status, time, brightness, "delete all", ACK). [B]: three texts
 * as a weather station sent them, found as the test data of the server behind it. [C]: "clear" in a
 * Python program for a BX-6K1. Their checksums were recomputed apart from this code. [D]: an
 * example that stands on sellers' pages, edited by hand: its checksum is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/proto/onbon.h"

#define STARTS	0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5
#define TO_CARD 0x01, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xfe, 0x02

static const uint8_t ping[] = {STARTS, TO_CARD, 0x05, 0x00, 0xa2, 0x00,
			       0x01,   0x00,	0x00, 0x68, 0xf8, 0x5a}; /* [A] */
static const uint8_t status[] = {STARTS, TO_CARD, 0x05, 0x00, 0xa1, 0x02,
				 0x01,	 0x00,	  0x00, 0x2d, 0x40, 0x5a}; /* [A] */
static const uint8_t set_time[] = {STARTS, TO_CARD, 0x0d, 0x00, 0xa2, 0x03, 0x01,
				   0x08,   0x00,    0x13, 0x20, 0x01, 0x25, 0x11,
				   0x17,   0x26,    0x05, 0xb0, 0x3f, 0x5a}; /* [A] */
static const uint8_t brightness[] = {STARTS, TO_CARD, 0x07, 0x00, 0xa3, 0x02, 0x01,
				     0x02,   0x00,    0x01, 0x0c, 0x26, 0x2d, 0x5a}; /* [A] */
static const uint8_t delete_all[] = {STARTS, TO_CARD, 0x07, 0x00, 0xa3, 0x06, 0x01,
				     0x02,   0x00,    0xff, 0x00, 0x67, 0xcc, 0x5a}; /* [A] */
static const uint8_t ack[] = {STARTS, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00,
			      0x00,   0x00, 0x00, 0xfe, 0x02, 0x05, 0x00, 0xa0,
			      0x00,   0x00, 0x00, 0x00, 0x64, 0xdc, 0x5a};
static const uint8_t clear[] = {STARTS, TO_CARD, 0x05, 0x00, 0xa3, 0x10,
				0x01,	0x00,	 0x00, 0x51, 0xf8, 0x5a}; /* [C] */
/* [B]: \FO000TEMPER:21℃ */
static const uint8_t temper[] = {STARTS, TO_CARD, 0x35, 0x00, 0xa3, 0x06, 0x02, 0x00, 0x00, 0x00,
				 0x01,	 0x2c,	  0x00, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x40, 0x00,
				 0x0c,	 0x00,	  0x01, 0x0a, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00,
				 0x01,	 0x01,	  0x01, 0x00, 0x17, 0x02, 0x11, 0x00, 0x00, 0x00,
				 0x5c,	 0x46,	  0x4f, 0x30, 0x30, 0x30, 0x54, 0x45, 0x4d, 0x50,
				 0x45,	 0x52,	  0x3a, 0x32, 0x31, 0xa1, 0xe6, 0x82, 0xda, 0x5a};
/* [B]: \FO000HUM:66%RH */
static const uint8_t hum[] = {STARTS, TO_CARD, 0x33, 0x00, 0xa3, 0x06, 0x02, 0x00, 0x00, 0x00,
			      0x01,   0x2a,    0x00, 0x00, 0x00, 0x00, 0x18, 0x00, 0x40, 0x00,
			      0x0c,   0x00,    0x01, 0x0a, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00,
			      0x01,   0x01,    0x01, 0x00, 0x17, 0x02, 0x0f, 0x00, 0x00, 0x00,
			      0x5c,   0x46,    0x4f, 0x30, 0x30, 0x30, 0x48, 0x55, 0x4d, 0x3a,
			      0x36,   0x36,    0x25, 0x52, 0x48, 0x36, 0x7a, 0x5a};
/* [B]: \FO000 and two blanks */
static const uint8_t blanks[] = {STARTS, TO_CARD, 0x2c, 0x00, 0xa3, 0x06, 0x02, 0x00, 0x00,
				 0x00,	 0x01,	  0x23, 0x00, 0x00, 0x00, 0x00, 0x24, 0x00,
				 0x40,	 0x00,	  0x0c, 0x00, 0x01, 0x0a, 0x01, 0x02, 0x00,
				 0x00,	 0x00,	  0x00, 0x01, 0x01, 0x01, 0x00, 0x17, 0x02,
				 0x08,	 0x00,	  0x00, 0x00, 0x5c, 0x46, 0x4f, 0x30, 0x30,
				 0x30,	 0x20,	  0x20, 0xda, 0xf6, 0x5a};
/* [D]: 012345QRSTTV'B with checksum A8 7D; it would have to be BD 6F. */
static const uint8_t edited[] = {STARTS, TO_CARD, 0x32, 0x00, 0xa3, 0x06, 0x01, 0x2d, 0x00, 0x00,
				 0x01,	 0x29,	  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x00,
				 0x20,	 0x00,	  0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00,
				 0x02,	 0x02,	  0x03, 0x00, 0x04, 0x05, 0x0e, 0x00, 0x00, 0x00,
				 0x30,	 0x31,	  0x32, 0x33, 0x34, 0x35, 0x51, 0x52, 0x53, 0x54,
				 0x54,	 0x56,	  0x27, 0x42, 0xa8, 0x7d, 0x5a};

#define PUBLISHED(name)                                                                            \
	{                                                                                          \
		name, sizeof(name)                                                                 \
	}
static const struct {
	const uint8_t *bytes;
	size_t len;
} published[] = {
	PUBLISHED(ping),       PUBLISHED(status), PUBLISHED(set_time), PUBLISHED(brightness),
	PUBLISHED(delete_all), PUBLISHED(ack),	  PUBLISHED(clear),    PUBLISHED(temper),
	PUBLISHED(hum),	       PUBLISHED(blanks),
};
enum { PUBLISHED_COUNT = sizeof(published) / sizeof(published[0]) };

static uint8_t room[ONBON_MAX_PACKET];

static enum onbon_error parse(const uint8_t *bytes, size_t len, struct onbon_packet *ret)
{
	size_t used = 0;
	enum onbon_error error = onbon_parse(bytes, len, ONBON_STARTS, room, ret, &used);

	if (error == ONBON_GOOD)
		assert_int_equal(used, len);
	return error;
}

static void test_published_frames(void **state)
{
	uint8_t built[ONBON_MAX_PACKET];
	struct onbon_packet packet;

	(void)state;
	for (size_t i = 0; i < PUBLISHED_COUNT; i++) {
		assert_int_equal(parse(published[i].bytes, published[i].len, &packet), ONBON_GOOD);
		assert_int_equal(packet.check_mode, ONBON_CHECK_CRC);
		assert_int_equal(packet.device_type, ONBON_ANY_CARD);
		assert_int_equal(packet.version, ONBON_VERSION);
		assert_int_equal(onbon_build(built, sizeof(built), &packet), published[i].len);
		assert_memory_equal(built, published[i].bytes, published[i].len);
		assert_int_equal(onbon_build(built, published[i].len - 1, &packet), 0);
	}
	assert_int_equal(parse(edited, sizeof(edited), &packet), ONBON_BAD_SUM);
}

static void test_heads(void **state)
{
	static const uint16_t commands[PUBLISHED_COUNT] = {
		ONBON_PING, ONBON_STATUS, ONBON_TIME, ONBON_BRIGHTNESS, ONBON_TEXT,
		ONBON_ACK,  ONBON_CLEAR,  ONBON_TEXT, ONBON_TEXT,	ONBON_TEXT};
	struct onbon_packet packet;
	struct onbon_head head;

	(void)state;
	for (size_t i = 0; i < PUBLISHED_COUNT; i++) {
		bool is_ack = commands[i] == ONBON_ACK;

		assert_int_equal(parse(published[i].bytes, published[i].len, &packet), ONBON_GOOD);
		assert_int_equal(packet.destination, is_ack ? ONBON_HOST : 1);
		assert_int_equal(packet.source, is_ack ? 1 : ONBON_HOST);
		assert_true(onbon_parse_head(&packet, &head));
		assert_int_equal(head.command, commands[i]);
	}
	packet.len = ONBON_HEAD - 1;
	assert_false(onbon_parse_head(&packet, &head));
}

/* 25 January 2013, 11:17:26, a Friday. */
static void test_time(void **state)
{
	const struct onbon_time wrong[] = {
		{2013, 13, 25, 11, 17, 26, 5}, {2013, 1, 0, 11, 17, 26, 5},
		{2013, 1, 25, 24, 17, 26, 5},  {2013, 1, 25, 11, 60, 26, 5},
		{2013, 1, 25, 11, 17, 60, 5},  {2013, 1, 25, 11, 17, 26, 0},
		{2013, 1, 25, 11, 17, 26, 8},  {10000, 1, 25, 11, 17, 26, 5}};
	struct onbon_time time;
	uint8_t bytes[8];

	(void)state;
	assert_true(onbon_take_time(set_time + 8 + 14 + 5, &time));
	assert_int_equal(time.year, 2013);
	assert_int_equal(time.month, 1);
	assert_int_equal(time.day, 25);
	assert_int_equal(time.hour, 11);
	assert_int_equal(time.minute, 17);
	assert_int_equal(time.second, 26);
	assert_int_equal(time.week, 5);
	assert_int_equal(onbon_put_time(bytes, sizeof(bytes), &time), 8);
	assert_memory_equal(bytes, set_time + 8 + 14 + 5, 8);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(onbon_put_time(bytes, sizeof(bytes), &wrong[i]), 0);
	assert_int_equal(onbon_put_time(bytes, 7, &time), 0);
	bytes[4] = 0x1a;
	assert_false(onbon_take_time(bytes, &time));
}

static void test_areas(void **state)
{
	struct onbon_packet packet;
	struct onbon_head head;
	struct onbon_text text;
	struct onbon_area area;
	uint8_t built[128];

	(void)state;
	assert_int_equal(parse(temper, sizeof(temper), &packet), ONBON_GOOD);
	assert_true(onbon_parse_head(&packet, &head));
	assert_int_equal(head.reply, ONBON_NO_REPLY);
	assert_int_equal(head.length, 0);
	assert_true(onbon_take_text(head.payload, head.len, &text));
	assert_int_equal(text.delete_count, 0);
	assert_int_equal(text.area_count, 1);
	assert_int_equal(onbon_take_area(text.areas, text.areas_len, &area), text.areas_len);
	assert_int_equal(area.x, 0);
	assert_int_equal(area.y, 12);
	assert_int_equal(area.w, 64);
	assert_int_equal(area.h, 12);
	assert_int_equal(area.id, 1);
	assert_int_equal(area.line_gap, 10);
	assert_int_equal(area.run_mode, 1);
	assert_int_equal(area.timeout, 2);
	assert_int_equal(area.voice, 0);
	assert_int_equal(area.ext_len, 0);
	assert_int_equal(area.alignment, 0);
	assert_int_equal(area.single_line, 1);
	assert_int_equal(area.auto_wrap, 1);
	assert_int_equal(area.effect, 1);
	assert_int_equal(area.exit, 0);
	assert_int_equal(area.speed, 0x17);
	assert_int_equal(area.stay, 2);
	assert_int_equal(area.text_len, 17);
	assert_memory_equal(area.text, "\\FO000TEMPER:21\xa1\xe6", 17);
	assert_int_equal(onbon_put_area(built, sizeof(built), &area), text.areas_len);
	assert_memory_equal(built, text.areas, text.areas_len);
	assert_int_equal(onbon_put_area(built, text.areas_len - 1, &area), 0);
	/* all areas: no ids stand behind the count */
	assert_int_equal(parse(delete_all, sizeof(delete_all), &packet), ONBON_GOOD);
	assert_true(onbon_parse_head(&packet, &head));
	assert_true(onbon_take_text(head.payload, head.len, &text));
	assert_int_equal(text.delete_count, ONBON_ALL_AREAS);
	assert_int_equal(text.deleted_len, 0);
	assert_int_equal(text.area_count, 0);
}

/* The parts of an area that no published frame has. */
static void test_voice_and_extension(void **state)
{
	const struct onbon_area with = {.voice = 2,
					.voice_person = 0x21,
					.voice_volume = 5,
					.voice_speed = 4,
					.spoken = (const uint8_t *)"\xc7\xeb",
					.spoken_len = 2,
					.ext_len = 1,
					.ext = (const uint8_t *)"\x01",
					.alignment = 0x0a,
					.single_line = 1,
					.text = (const uint8_t *)"A001",
					.text_len = 4};
	struct onbon_area area, broken = with;
	uint8_t built[64];
	size_t len;

	(void)state;
	len = onbon_put_area(built, sizeof(built), &with);
	assert_int_equal(len, 2 + ONBON_AREA + 3 + 4 + 2 + 1 + 4);
	assert_int_equal(onbon_take_area(built, len, &area), len);
	assert_int_equal(area.spoken_len, 2);
	assert_memory_equal(area.spoken, "\xc7\xeb", 2);
	assert_int_equal(area.ext[0], 1);
	assert_int_equal(area.alignment, 0x0a);
	assert_memory_equal(area.text, "A001", 4);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(onbon_take_area(built, cut, &area), 0);
	broken.voice = 3;
	assert_int_equal(onbon_put_area(built, sizeof(built), &broken), 0);
	built[16] = 3;
	assert_int_equal(onbon_take_area(built, len, &area), 0);
}

static void test_status(void **state)
{
	struct onbon_status made = {.power = ONBON_POWER_ON,
				    .brightness = 12,
				    .area_count = 2,
				    .areas = {0, 3},
				    .has_barcode = true,
				    .has_net_id = true,
				    .barcode = "BX6K1-0000000042"},
			    read;
	uint8_t bytes[128];
	size_t len;

	(void)state;
	len = onbon_put_status(bytes, sizeof(bytes), &made);
	assert_int_equal(len, 18 + 2 + 16 + 12);
	assert_true(onbon_take_status(bytes, len, &read));
	assert_memory_equal(&made, &read, sizeof(made));
	assert_true(onbon_take_status(bytes, len - 12, &read));
	assert_false(read.has_net_id);
	assert_true(read.has_barcode);
	assert_true(onbon_take_status(bytes, 20, &read));
	assert_false(read.has_barcode);
	assert_int_equal(read.areas[1], 3);
	assert_false(onbon_take_status(bytes, 19, &read));
	assert_false(onbon_take_status(bytes, 17, &read));
	bytes[17] = ONBON_MAX_AREAS + 1;
	assert_false(onbon_take_status(bytes, sizeof(bytes), &read));
}

/* A5, A6, 5A and 5B in header, data and checksum. */
static void test_escapes(void **state)
{
	static const uint8_t data[] = {0xa5, 0xa6, 0x5a, 0x5b, 0xa5, 0xa5};
	static const uint8_t expected[] = {0xa6, 0x02, 0xa6, 0x01, 0x5b, 0x02,
					   0x5b, 0x01, 0xa6, 0x02, 0xa6, 0x02};
	struct onbon_packet packet, read;
	uint8_t built[128];
	size_t len;
	bool in_checksum = false;

	(void)state;
	onbon_packet_init(&packet, 0x5aa5);
	packet.data = data;
	packet.len = sizeof(data);
	len = onbon_build(built, sizeof(built), &packet);
	assert_memory_equal(built + 8, "\xa6\x02\x5b\x02", 4);
	assert_memory_equal(built + 8 + 2 + 14, expected, sizeof(expected));
	for (size_t i = 8; i < len - 1; i++)
		assert_true(built[i] != 0xa5 && built[i] != 0x5a);
	assert_int_equal(parse(built, len, &read), ONBON_GOOD);
	assert_int_equal(read.destination, 0x5aa5);
	assert_memory_equal(read.data, data, sizeof(data));
	for (uint32_t i = 0; i < 65536; i++) {
		packet.source = (uint16_t)i;
		len = onbon_build(built, sizeof(built), &packet);
		in_checksum |= built[len - 3] == 0xa6 || built[len - 3] == 0x5b;
		assert_int_equal(parse(built, len, &read), ONBON_GOOD);
		assert_int_equal(read.source, i);
	}
	assert_true(in_checksum);
}

static void test_check_modes(void **state)
{
	struct onbon_packet packet, read;
	uint8_t built[128];
	size_t len;

	(void)state;
	onbon_packet_init(&packet, 1);
	packet.data = (const uint8_t *)"\xa2\x00\x01\x00";
	packet.len = 5;
	packet.check_mode = ONBON_CHECK_SUM;
	packet.has_barcode = true;
	memcpy(packet.barcode, "0123456789ABCDEF", 16);
	len = onbon_build(built, sizeof(built), &packet);
	assert_int_equal(parse(built, len, &read), ONBON_GOOD);
	assert_memory_equal(read.barcode, "0123456789ABCDEF", 16);
	built[len - 3]++;
	assert_int_equal(parse(built, len, &read), ONBON_BAD_SUM);
	packet.check_mode = ONBON_CHECK_NONE;
	len = onbon_build(built, sizeof(built), &packet);
	built[len - 3]++;
	assert_int_equal(parse(built, len, &read), ONBON_GOOD);
	packet.len = ONBON_MAX_DATA + 1;
	assert_int_equal(onbon_build(built, sizeof(built), &packet), 0);
}

/* Whatever one byte becomes, and wherever it is cut: no published frame is taken for another. The
 * flag of the check mode is the exception that the protocol makes: 2 there asks for no check. */
static void test_damage(void **state)
{
	uint8_t bytes[128];
	struct onbon_packet packet;
	size_t used;

	(void)state;
	for (size_t i = 0; i < PUBLISHED_COUNT; i++) {
		const size_t len = published[i].len;

		for (size_t cut = 0; cut < len; cut++)
			assert_int_not_equal(onbon_parse(published[i].bytes, cut, ONBON_STARTS,
							 room, &packet, &used),
					     ONBON_GOOD);
		for (size_t at = 0; at < len; at++) {
			for (unsigned wrong = 1; wrong < 256; wrong++) {
				memcpy(bytes, published[i].bytes, len);
				bytes[at] ^= (uint8_t)wrong;
				if (at == 8 + 8 && bytes[at] == ONBON_CHECK_NONE)
					continue;
				assert_int_not_equal(parse(bytes, len, &packet), ONBON_GOOD);
			}
		}
	}
}

/* In step again with the next frame, whatever was before it. */
static void test_stream(void **state)
{
	struct onbon_receiver receiver;
	unsigned good = 0;
	uint64_t random = 7;

	(void)state;
	onbon_receiver_init(&receiver);
	for (unsigned round = 0; round < 2000; round++) {
		const uint8_t *frame = published[round % PUBLISHED_COUNT].bytes;
		size_t len = published[round % PUBLISHED_COUNT].len, cut;
		struct onbon_packet packet;
		bool seen = false;

		random = random * 6364136223846793005u + 1442695040888963407u;
		cut = (size_t)(random >> 33) % len;
		for (size_t i = 0; i < cut; i++)
			onbon_receiver_push(&receiver, frame[i]);
		for (unsigned i = 0; i < (random >> 20 & 7); i++)
			onbon_receiver_push(&receiver, (uint8_t)(random >> 8 * i));
		for (size_t i = 0; i < len; i++) {
			enum onbon_received got = onbon_receiver_push(&receiver, frame[i]);

			if (got == ONBON_PACKET && i == len - 1)
				seen = onbon_parse_packet(receiver.bytes, receiver.len, &packet) ==
				       ONBON_GOOD;
		}
		good += seen;
	}
	assert_int_equal(good, 2000);
}

/* Random bytes and published frames with a few bytes changed, lost or doubled: no crash, no byte
 * read outside. The long run plays ten million bytes. */
static void test_noise(void **state)
{
	struct onbon_receiver receiver;
	uint64_t random = 11;

	(void)state;
	onbon_receiver_init(&receiver);
	for (unsigned n = 0; n < 200000;) {
		uint8_t bytes[160];
		size_t len = published[n % PUBLISHED_COUNT].len;
		struct onbon_packet packet;
		struct onbon_status seen;
		struct onbon_head head;
		struct onbon_text text;
		size_t used;

		memcpy(bytes, published[n % PUBLISHED_COUNT].bytes, len);
		for (unsigned i = 0; i < 4; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			bytes[(random >> 40) % len] = (uint8_t)(random >> 32);
		}
		for (size_t i = 0; i < len; i++)
			onbon_receiver_push(&receiver, bytes[i]);
		onbon_parse(bytes, len, 1, room, &packet, &used);
		onbon_take_text(bytes + 27, len - 27, &text);
		onbon_take_status(bytes + 8, len - 8, &seen);
		packet = (struct onbon_packet){.data = bytes + 22, .len = len - 22};
		onbon_parse_head(&packet, &head);
		n += (unsigned)len;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_frames),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_areas),
		cmocka_unit_test(test_voice_and_extension),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_check_modes),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
