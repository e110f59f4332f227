/* Service frames: FF 4F 57 53 01 op serial(6) len data.. CRC-32(4), numbers high byte first. No
 * text in GBK and no lihe frame can hold the FF. */
#include "firmware-host/proto/service.h"

#include <string.h>

enum { AT_OP = 5, AT_SERIAL = 6, AT_LEN = 12, CRC = 4, SETTINGS_VERSION = 1 };
enum { ACKNOWLEDGES = 1, COUNTS_END = 2 };

static const uint8_t signature[AT_OP] = {0xff, 0x4f, 0x57, 0x53, 0x01};

uint32_t service_crc32(const uint8_t *bytes, size_t len)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static void put16(uint8_t *ret, uint16_t value)
{
	ret[0] = (uint8_t)(value >> 8);
	ret[1] = (uint8_t)value;
}

static void put32(uint8_t *ret, uint32_t value)
{
	put16(ret, (uint16_t)(value >> 16));
	put16(ret + 2, (uint16_t)value);
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)get16(bytes) << 16 | get16(bytes + 2);
}

size_t service_build(uint8_t *ret, size_t size, const struct service_frame *frame)
{
	size_t len = SERVICE_HEAD + frame->len;

	if (frame->len > SERVICE_MAX_DATA || size < len + CRC)
		return 0;
	memcpy(ret, signature, sizeof(signature));
	ret[AT_OP] = frame->op;
	memcpy(ret + AT_SERIAL, frame->serial, SERVICE_SERIAL);
	ret[AT_LEN] = (uint8_t)frame->len;
	memcpy(ret + SERVICE_HEAD, frame->data, frame->len);
	put32(ret + len, service_crc32(ret, len));
	return len + CRC;
}

bool service_parse(const uint8_t *bytes, size_t len, struct service_frame *ret)
{
	size_t data_len;

	if (len < SERVICE_HEAD + CRC || memcmp(bytes, signature, sizeof(signature)) != 0)
		return false;
	data_len = bytes[AT_LEN];
	if (data_len > SERVICE_MAX_DATA || len != SERVICE_HEAD + data_len + CRC ||
	    get32(bytes + len - CRC) != service_crc32(bytes, len - CRC))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->op = bytes[AT_OP];
	memcpy(ret->serial, bytes + AT_SERIAL, SERVICE_SERIAL);
	memcpy(ret->data, bytes + SERVICE_HEAD, data_len);
	ret->len = data_len;
	return true;
}

/* version kind address flags width(2) height(2) host lost(2) baud(4) 0 0 */
void service_put_settings(uint8_t ret[SERVICE_SETTINGS], const struct service_settings *settings)
{
	memset(ret, 0, SERVICE_SETTINGS);
	ret[0] = SETTINGS_VERSION;
	ret[1] = settings->kind;
	ret[2] = settings->address;
	ret[3] = (uint8_t)((settings->acknowledges ? ACKNOWLEDGES : 0) |
			   (settings->counts_end ? COUNTS_END : 0));
	put16(ret + 4, settings->width);
	put16(ret + 6, settings->height);
	put16(ret + 8, settings->host_lost_s);
	put32(ret + 10, settings->baud);
}

bool service_get_settings(const uint8_t bytes[SERVICE_SETTINGS], struct service_settings *ret)
{
	if (bytes[0] != SETTINGS_VERSION || bytes[3] > (ACKNOWLEDGES | COUNTS_END) || bytes[14] ||
	    bytes[15])
		return false;
	ret->kind = bytes[1];
	ret->address = bytes[2];
	ret->acknowledges = bytes[3] & ACKNOWLEDGES;
	ret->counts_end = bytes[3] & COUNTS_END;
	ret->width = get16(bytes + 4);
	ret->height = get16(bytes + 6);
	ret->host_lost_s = get16(bytes + 8);
	ret->baud = get32(bytes + 10);
	return true;
}

/* What is held is a frame, or may become one. */
static bool may_be_frame(const struct service_receiver *receiver)
{
	size_t known = receiver->len < sizeof(signature) ? receiver->len : sizeof(signature);

	return memcmp(receiver->bytes, signature, known) == 0 &&
	       (receiver->len <= AT_LEN || receiver->bytes[AT_LEN] <= SERVICE_MAX_DATA);
}

static void drop_first(struct service_receiver *receiver)
{
	receiver->len--;
	memmove(receiver->bytes, receiver->bytes + 1, receiver->len);
}

bool service_receiver_push(struct service_receiver *receiver, uint8_t byte,
			   struct service_frame *ret)
{
	receiver->bytes[receiver->len++] = byte;
	while (receiver->len) {
		size_t whole = SERVICE_HEAD + CRC;

		if (!may_be_frame(receiver)) {
			drop_first(receiver);
			continue;
		}
		if (receiver->len > AT_LEN)
			whole += receiver->bytes[AT_LEN];
		if (receiver->len < whole)
			return false;
		if (service_parse(receiver->bytes, receiver->len, ret)) {
			receiver->len = 0;
			return true;
		}
		drop_first(receiver);
	}
	return false;
}
