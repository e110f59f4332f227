/* Onbon frames. A5 x 8, then header, data and checksum with A5 as A6 02, A6 as A6 01, 5A as 5B 02
 * and 5B as 5B 01, then 5A. Header: destination(2) source(2) reserved(3) barcode flag [barcode(16)]
 * check mode, display mode, device type, version, data length(2). The checksum goes over header and
 * data as they were before the escapes. */
#include "firmware-host/proto/onbon.h"

#include <string.h>

enum { START = 0xa5, START_ESCAPE = 0xa6, END = 0x5a, END_ESCAPE = 0x5b };

/* Four bits at a time: every device of a line checks every frame, also in the smallest controller.
 */
uint16_t onbon_crc(uint16_t crc, const uint8_t *bytes, size_t len)
{
	static const uint16_t table[16] = {
		0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401,
		0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01, 0x8801, 0x4400,
	};

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		crc = (uint16_t)(crc >> 4 ^ table[crc & 15]);
		crc = (uint16_t)(crc >> 4 ^ table[crc & 15]);
	}
	return crc;
}

static void put16(uint8_t *ret, uint16_t value)
{
	ret[0] = (uint8_t)value;
	ret[1] = (uint8_t)(value >> 8);
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

/* ---- frames ---- */

struct writer {
	uint8_t *bytes;
	size_t size, len;
	uint16_t crc, sum;
	bool full;
};

static void put_raw(struct writer *writer, uint8_t byte)
{
	if (writer->len == writer->size)
		writer->full = true;
	else
		writer->bytes[writer->len++] = byte;
}

static void put_escaped(struct writer *writer, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (bytes[i]) {
		case START:
		case START_ESCAPE:
			put_raw(writer, START_ESCAPE);
			put_raw(writer, bytes[i] == START ? 2 : 1);
			break;
		case END:
		case END_ESCAPE:
			put_raw(writer, END_ESCAPE);
			put_raw(writer, bytes[i] == END ? 2 : 1);
			break;
		default: put_raw(writer, bytes[i]);
		}
		writer->sum = (uint16_t)(writer->sum + bytes[i]);
	}
	writer->crc = onbon_crc(writer->crc, bytes, len);
}

static uint16_t check_of(uint8_t mode, uint16_t crc, uint16_t sum)
{
	if (mode == ONBON_CHECK_SUM)
		return sum;
	return mode == ONBON_CHECK_NONE ? 0 : crc;
}

size_t onbon_build(uint8_t *ret, size_t size, const struct onbon_packet *packet)
{
	struct writer writer = {.bytes = ret, .size = size};
	uint8_t front[8], back[6], check[2];

	if (packet->len > ONBON_MAX_DATA)
		return 0;
	for (size_t i = 0; i < ONBON_STARTS; i++)
		put_raw(&writer, START);
	put16(front, packet->destination);
	put16(front + 2, packet->source);
	memcpy(front + 4, packet->reserved, sizeof(packet->reserved));
	front[7] = packet->has_barcode;
	put_escaped(&writer, front, sizeof(front));
	if (packet->has_barcode)
		put_escaped(&writer, packet->barcode, sizeof(packet->barcode));
	back[0] = packet->check_mode;
	back[1] = packet->display_mode;
	back[2] = packet->device_type;
	back[3] = packet->version;
	put16(back + 4, (uint16_t)packet->len);
	put_escaped(&writer, back, sizeof(back));
	put_escaped(&writer, packet->data, packet->len);
	put16(check, check_of(packet->check_mode, writer.crc, writer.sum));
	put_escaped(&writer, check, sizeof(check));
	put_raw(&writer, END);
	return writer.full ? 0 : writer.len;
}

void onbon_packet_init(struct onbon_packet *packet, uint16_t card)
{
	*packet = (struct onbon_packet){
		.destination = card,
		.source = ONBON_HOST,
		.device_type = ONBON_ANY_CARD,
		.version = ONBON_VERSION,
	};
}

enum onbon_error onbon_parse_packet(const uint8_t *bytes, size_t len, struct onbon_packet *ret)
{
	struct onbon_packet packet = {0};
	size_t at = 8;
	uint16_t sum = 0;

	if (len < ONBON_HEADER + 2)
		return ONBON_BAD_LENGTH;
	packet.destination = get16(bytes);
	packet.source = get16(bytes + 2);
	memcpy(packet.reserved, bytes + 4, sizeof(packet.reserved));
	if (bytes[7] > 1)
		return ONBON_BAD_VALUE;
	packet.has_barcode = bytes[7];
	if (packet.has_barcode) {
		if (len < ONBON_HEADER + ONBON_BARCODE + 2)
			return ONBON_BAD_LENGTH;
		memcpy(packet.barcode, bytes + at, ONBON_BARCODE);
		at += ONBON_BARCODE;
	}
	packet.check_mode = bytes[at];
	packet.display_mode = bytes[at + 1];
	packet.device_type = bytes[at + 2];
	packet.version = bytes[at + 3];
	packet.len = get16(bytes + at + 4);
	at += 6;
	for (size_t i = 0; i < len - 2; i++)
		sum = (uint16_t)(sum + bytes[i]);
	/* The checksum first: of a damaged frame the length is no fact. */
	if (packet.check_mode != ONBON_CHECK_NONE &&
	    get16(bytes + len - 2) !=
		    check_of(packet.check_mode, onbon_crc(0, bytes, len - 2), sum))
		return ONBON_BAD_SUM;
	if (packet.check_mode > ONBON_CHECK_NONE)
		return ONBON_BAD_VALUE;
	if (packet.len != len - at - 2)
		return ONBON_BAD_LENGTH;
	packet.data = bytes + at;
	*ret = packet;
	return ONBON_GOOD;
}

enum onbon_error onbon_parse(const uint8_t *bytes, size_t len, size_t starts,
			     uint8_t room[ONBON_MAX_PACKET], struct onbon_packet *ret,
			     size_t *ret_used)
{
	struct onbon_receiver receiver;
	size_t at = 0;
	enum onbon_error error;

	while (at < len && bytes[at] == START)
		at++;
	if (at == len)
		return len ? ONBON_TOO_SHORT : ONBON_NO_FRAME;
	if (at < starts)
		return ONBON_NO_FRAME;
	onbon_receiver_init(&receiver);
	onbon_receiver_push(&receiver, START);
	for (; at < len; at++) {
		enum onbon_received seen = onbon_receiver_push(&receiver, bytes[at]);

		if (seen == ONBON_BROKEN)
			return receiver.len == ONBON_MAX_PACKET ? ONBON_BAD_LENGTH
								: ONBON_BAD_ESCAPE;
		if (seen != ONBON_PACKET)
			continue;
		*ret_used = at + 1;
		memcpy(room, receiver.bytes, receiver.len);
		error = onbon_parse_packet(room, receiver.len, ret);
		return error;
	}
	return ONBON_TOO_SHORT;
}

bool onbon_parse_head(const struct onbon_packet *packet, struct onbon_head *ret)
{
	if (packet->len < ONBON_HEAD)
		return false;
	*ret = (struct onbon_head){
		.command = (uint16_t)(packet->data[0] << 8 | packet->data[1]),
		.reply = packet->data[2],
		.length = get16(packet->data + 3),
		.payload = packet->data + ONBON_HEAD,
		.len = packet->len - ONBON_HEAD,
	};
	return true;
}

/* ---- a stream ---- */

enum { OUTSIDE, STARTED, INSIDE };

void onbon_receiver_init(struct onbon_receiver *receiver)
{
	receiver->len = 0;
	receiver->state = OUTSIDE;
	receiver->escape = 0;
}

static enum onbon_received broken(struct onbon_receiver *receiver)
{
	receiver->state = OUTSIDE;
	return ONBON_BROKEN;
}

/* The byte that two stand for; -1: none. */
static int unescape(uint8_t escape, uint8_t byte)
{
	if (byte != 1 && byte != 2)
		return -1;
	if (escape == START_ESCAPE)
		return byte == 2 ? START : START_ESCAPE;
	return byte == 2 ? END : END_ESCAPE;
}

enum onbon_received onbon_receiver_push(struct onbon_receiver *receiver, uint8_t byte)
{
	bool was_inside = receiver->state == INSIDE;
	int plain = byte;

	if (byte == START) {
		/* Whatever was under way is over: another frame begins. */
		receiver->state = STARTED;
		receiver->len = 0;
		receiver->escape = 0;
		return was_inside ? ONBON_BROKEN : ONBON_NOTHING;
	}
	if (receiver->state == OUTSIDE)
		return ONBON_NOTHING;
	receiver->state = INSIDE;
	if (byte == END) {
		if (receiver->escape)
			return broken(receiver);
		receiver->state = OUTSIDE;
		return ONBON_PACKET;
	}
	if (receiver->escape) {
		plain = unescape(receiver->escape, byte);
		receiver->escape = 0;
		if (plain < 0)
			return broken(receiver);
	} else if (byte == START_ESCAPE || byte == END_ESCAPE) {
		receiver->escape = byte;
		return ONBON_NOTHING;
	}
	if (receiver->len == ONBON_MAX_PACKET)
		return broken(receiver);
	receiver->bytes[receiver->len++] = (uint8_t)plain;
	return ONBON_NOTHING;
}
