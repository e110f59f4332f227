/* lihe frames. Text: AA addr BB 51 cmd SUM mode speed stay colour life text.. FF, SUM = the bytes
 * from mode to the end of the text, mod 256 (one dialect adds the FF). Number: A0 LEN CMD ADD SUB
 * DATA.. CHK FF, LEN = the bytes from CMD to CHK less one, CHK = the sum from LEN to DATA mod 100.
 */
#include "firmware-host/proto/lihe.h"

enum { TEXT_HEAD = 11, NUMBER_HEAD = 5 };

static uint8_t text_sum(const uint8_t *data, size_t len, enum lihe_checksum checksum)
{
	unsigned sum = checksum == LIHE_SUM_DATA_AND_END ? 0xff : 0;

	for (size_t i = 0; i < len; i++)
		sum += data[i];
	return (uint8_t)sum;
}

static bool text_is_valid(const struct lihe_text *text)
{
	if (text->len > LIHE_MAX_TEXT || text->speed > 7 || text->stay > 99 || text->colour > 2 ||
	    text->life > 99 || text->address > 254 ||
	    (text->command != LIHE_ONE_LINE && text->command != LIHE_WHOLE_SCREEN))
		return false;
	for (size_t i = 0; i < text->len; i++)
		if (text->text[i] == 0xff)
			return false;
	return true;
}

size_t lihe_build_text(uint8_t *ret, size_t size, const struct lihe_text *text,
		       enum lihe_checksum checksum)
{
	const uint8_t head[TEXT_HEAD] = {0xaa,	       text->address, 0xbb,
					 0x51,	       text->command, 0,
					 text->mode,   text->speed,   text->stay,
					 text->colour, text->life};

	if (!text_is_valid(text) || size < TEXT_HEAD + text->len + 1)
		return 0;
	for (size_t i = 0; i < TEXT_HEAD; i++)
		ret[i] = head[i];
	for (size_t i = 0; i < text->len; i++)
		ret[TEXT_HEAD + i] = text->text[i];
	ret[TEXT_HEAD + text->len] = 0xff;
	ret[5] = text_sum(ret + 6, 5 + text->len, checksum);
	return TEXT_HEAD + text->len + 1;
}

size_t lihe_build_number(uint8_t *ret, size_t size, const struct lihe_number *number)
{
	unsigned sum = 0;

	if (number->len > LIHE_MAX_DATA || size < NUMBER_HEAD + number->len + 2)
		return 0;
	ret[0] = 0xa0;
	ret[1] = (uint8_t)(3 + number->len);
	ret[2] = number->command;
	ret[3] = number->address;
	ret[4] = number->sub;
	for (size_t i = 0; i < number->len; i++)
		ret[NUMBER_HEAD + i] = number->data[i];
	for (size_t i = 1; i < NUMBER_HEAD + number->len; i++)
		sum += ret[i];
	ret[NUMBER_HEAD + number->len] = (uint8_t)(sum % 100);
	ret[NUMBER_HEAD + number->len + 1] = 0xff;
	return NUMBER_HEAD + number->len + 2;
}

size_t lihe_build_ack(uint8_t *ret, size_t size, uint8_t address)
{
	const struct lihe_number ack = {.command = LIHE_ACK, .address = address, .sub = LIHE_SUB};

	return lihe_build_number(ret, size, &ack);
}

size_t lihe_build_version_query(uint8_t *ret, size_t size, uint8_t address)
{
	const struct lihe_number query = {
		.command = LIHE_VERSION, .address = address, .sub = LIHE_SUB};

	return lihe_build_number(ret, size, &query);
}

const char *lihe_error_text(enum lihe_error error)
{
	switch (error) {
	case LIHE_GOOD: return "good";
	case LIHE_TOO_SHORT: return "the frame ends too early";
	case LIHE_NO_FRAME: return "this does not begin like a frame";
	case LIHE_BAD_CHECKSUM: return "the checksum does not fit";
	case LIHE_BAD_LENGTH: return "the length does not fit";
	default: return "a value is out of its range";
	}
}

enum lihe_error lihe_parse_text(const uint8_t *bytes, size_t len, enum lihe_checksum checksum,
				struct lihe_text *ret)
{
	struct lihe_text text = {0};

	if (len < 1 || bytes[0] != 0xaa)
		return LIHE_NO_FRAME;
	if (len < TEXT_HEAD + 1)
		return LIHE_TOO_SHORT;
	if (bytes[2] != 0xbb || bytes[3] != 0x51)
		return LIHE_NO_FRAME;
	if (len - TEXT_HEAD - 1 > LIHE_MAX_TEXT || bytes[len - 1] != 0xff)
		return LIHE_BAD_LENGTH;
	text.len = len - TEXT_HEAD - 1;
	if (bytes[5] != text_sum(bytes + 6, 5 + text.len, checksum))
		return LIHE_BAD_CHECKSUM;
	text.address = bytes[1];
	text.command = bytes[4];
	text.mode = bytes[6];
	text.speed = bytes[7];
	text.stay = bytes[8];
	text.colour = bytes[9];
	text.life = bytes[10];
	for (size_t i = 0; i < text.len; i++)
		text.text[i] = bytes[TEXT_HEAD + i];
	if (!text_is_valid(&text))
		return LIHE_BAD_VALUE;
	*ret = text;
	return LIHE_GOOD;
}

enum lihe_error lihe_parse_number(const uint8_t *bytes, size_t len, struct lihe_number *ret)
{
	struct lihe_number number = {0};
	unsigned sum = 0;

	if (len < 1 || bytes[0] != 0xa0)
		return LIHE_NO_FRAME;
	if (len < 2)
		return LIHE_TOO_SHORT;
	if (bytes[1] < 3 || bytes[1] > 3 + LIHE_MAX_DATA)
		return LIHE_BAD_LENGTH;
	if (len < 4u + bytes[1])
		return LIHE_TOO_SHORT;
	if (len > 4u + bytes[1] || bytes[len - 1] != 0xff)
		return LIHE_BAD_LENGTH;
	for (size_t i = 1; i < len - 2; i++)
		sum += bytes[i];
	if (bytes[len - 2] != sum % 100)
		return LIHE_BAD_CHECKSUM;
	number.command = bytes[2];
	number.address = bytes[3];
	number.sub = bytes[4];
	number.len = bytes[1] - 3u;
	for (size_t i = 0; i < number.len; i++)
		number.data[i] = bytes[NUMBER_HEAD + i];
	*ret = number;
	return LIHE_GOOD;
}

int lihe_match_number(const uint8_t *bytes, size_t len, struct lihe_number *ret)
{
	size_t total;

	if (len < 1)
		return 0;
	if (bytes[0] != 0xa0)
		return -1;
	if (len < 2)
		return 0;
	if (bytes[1] < 3 || bytes[1] > 3 + LIHE_MAX_DATA)
		return -1;
	total = 4u + bytes[1];
	if (len < total)
		return 0;
	return lihe_parse_number(bytes, total, ret) == LIHE_GOOD ? (int)total : -1;
}

void lihe_receiver_init(struct lihe_receiver *receiver)
{
	receiver->frame_len = receiver->len = 0;
}

static int look_for_text(const uint8_t *bytes, size_t held, size_t *ret_len)
{
	if ((held >= 3 && bytes[2] != 0xbb) || (held >= 4 && bytes[3] != 0x51))
		return -1;
	/* FF ends the frame wherever it stands: inside the head only SUM may be FF. */
	for (size_t i = 1; i < held && i < TEXT_HEAD; i++)
		if (bytes[i] == 0xff && i != 5)
			return -1;
	for (size_t i = TEXT_HEAD; i < held; i++) {
		if (bytes[i] == 0xff) {
			*ret_len = i + 1;
			return LIHE_TEXT_FRAME;
		}
	}
	return held == LIHE_MAX_FRAME ? -1 : LIHE_NOTHING;
}

static int look_for_number(const uint8_t *bytes, size_t held, size_t *ret_len)
{
	size_t len;

	if (held < 2)
		return LIHE_NOTHING;
	if (bytes[1] < 3 || bytes[1] > 3 + LIHE_MAX_DATA)
		return -1;
	len = 4u + bytes[1];
	if (held < len)
		return LIHE_NOTHING;
	if (bytes[len - 1] != 0xff)
		return -1;
	*ret_len = len;
	return LIHE_NUMBER_FRAME;
}

static void drop(struct lihe_receiver *receiver, size_t count)
{
	receiver->frame_len = 0;
	if (!count) /* as for most bytes that arrive */
		return;
	receiver->len -= count;
	for (size_t i = 0; i < receiver->len; i++)
		receiver->bytes[i] = receiver->bytes[i + count];
}

/* Skips to the first place where a frame stands or may still come to stand. At most
 * LIHE_MAX_FRAME - 1 bytes are held when there is none. */
static enum lihe_received find(struct lihe_receiver *receiver)
{
	size_t at = 0;

	for (; at < receiver->len; at++) {
		const uint8_t *bytes = receiver->bytes + at;
		size_t held = receiver->len - at, len = 0;
		int seen = -1;

		if (bytes[0] == 0xaa)
			seen = look_for_text(bytes, held, &len);
		else if (bytes[0] == 0xa0)
			seen = look_for_number(bytes, held, &len);
		if (seen < 0)
			continue;
		drop(receiver, at);
		receiver->frame_len = len;
		return (enum lihe_received)seen;
	}
	drop(receiver, at);
	return LIHE_NOTHING;
}

enum lihe_received lihe_receiver_push(struct lihe_receiver *receiver, uint8_t byte)
{
	drop(receiver, receiver->frame_len);
	receiver->bytes[receiver->len++] = byte;
	return find(receiver);
}

enum lihe_received lihe_receiver_next(struct lihe_receiver *receiver)
{
	drop(receiver, receiver->frame_len);
	return find(receiver);
}

enum lihe_received lihe_receiver_reject(struct lihe_receiver *receiver)
{
	if (receiver->len)
		drop(receiver, 1);
	return find(receiver);
}

enum lihe_received lihe_receiver_quiet(struct lihe_receiver *receiver)
{
	enum lihe_received seen = lihe_receiver_next(receiver);

	while (seen == LIHE_NOTHING && receiver->len)
		seen = lihe_receiver_reject(receiver);
	return seen;
}
