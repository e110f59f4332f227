/* Alpha packets: NUL x 5 or more, SOH, type, address(2), commands, EOT. A command: STX, code, data
 * and, where another follows or it is checked, ETX; behind that the checksum as four hexadecimal
 * digits: the sum of the bytes from STX to ETX. */
#include "firmware-host/proto/alpha.h"

#include <string.h>

static int digit_of(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return -1;
}

static bool take_hex(const uint8_t *bytes, size_t digits, uint16_t *ret)
{
	unsigned value = 0;

	for (size_t i = 0; i < digits; i++) {
		if (digit_of(bytes[i]) < 0)
			return false;
		value = value << 4 | (unsigned)digit_of(bytes[i]);
	}
	*ret = (uint16_t)value;
	return true;
}

static void put_hex(uint8_t *ret, size_t digits, unsigned value)
{
	for (size_t i = digits; i-- > 0; value >>= 4)
		ret[i] = (uint8_t) "0123456789ABCDEF"[value & 15];
}

static bool is_framing(uint8_t byte)
{
	return byte <= ALPHA_EOT;
}

static uint16_t sum_of(const uint8_t *bytes, size_t len)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint16_t)(sum + bytes[i]);
	return sum;
}

/* One command at bytes, up to an STX or the end; the bytes it takes, or an error below 0. */
static int take_command(const uint8_t *bytes, size_t len, struct alpha_command *ret)
{
	struct alpha_command command = {0};
	size_t at = 1;
	uint16_t sum;

	if (len < 2 || bytes[0] != ALPHA_STX || is_framing(bytes[1]))
		return -ALPHA_BAD_COMMAND;
	command.code = bytes[at++];
	command.data = bytes + at;
	while (at < len && !is_framing(bytes[at]))
		at++;
	command.len = at - 2;
	if (at < len && bytes[at] != ALPHA_ETX && bytes[at] != ALPHA_STX)
		return -ALPHA_BAD_COMMAND;
	if (at < len && bytes[at] == ALPHA_ETX) {
		at++;
		if (at < len && bytes[at] != ALPHA_STX) {
			if (len - at < 4 || !take_hex(bytes + at, 4, &sum) ||
			    (at + 4 < len && bytes[at + 4] != ALPHA_STX))
				return -ALPHA_BAD_SUM;
			if (sum != sum_of(bytes, at))
				return -ALPHA_BAD_SUM;
			command.has_checksum = true;
			command.checksum = sum;
			at += 4;
		}
	}
	*ret = command;
	return (int)at;
}

/* What stands in front of the commands; the bytes of it, or an error below 0. */
static int take_header(const uint8_t *bytes, size_t len, struct alpha_packet *packet)
{
	uint16_t address = 0;
	size_t at = 0;

	while (at < len && bytes[at] == 0)
		at++;
	if (at == len)
		return len ? -ALPHA_TOO_SHORT : -ALPHA_NO_FRAME;
	if (at < ALPHA_NULS || bytes[at] != ALPHA_SOH)
		return -ALPHA_NO_FRAME;
	if (len - at < 4)
		return -ALPHA_TOO_SHORT;
	packet->type = bytes[at + 1];
	packet->any_address = bytes[at + 2] == '?' && bytes[at + 3] == '?';
	if (packet->type < 0x20 || packet->type > 0x7e ||
	    (!packet->any_address && !take_hex(bytes + at + 2, 2, &address)))
		return -ALPHA_BAD_HEADER;
	packet->address = (uint8_t)address;
	return (int)at + 4;
}

enum alpha_error alpha_parse(const uint8_t *bytes, size_t len, struct alpha_packet *ret,
			     size_t *ret_used)
{
	struct alpha_packet packet = {0};
	struct alpha_command command;
	int head = take_header(bytes, len, &packet);
	size_t end;

	if (head < 0)
		return (enum alpha_error) - head;
	end = (size_t)head;
	while (end < len && bytes[end] != ALPHA_EOT)
		end++;
	if (end == len)
		return ALPHA_TOO_SHORT;
	packet.body = bytes + head;
	packet.len = end - (size_t)head;
	if (packet.len == 0)
		return ALPHA_BAD_COMMAND;
	for (size_t at = 0; at < packet.len;) {
		int n = take_command(packet.body + at, packet.len - at, &command);

		if (n < 0)
			return (enum alpha_error) - n;
		at += (size_t)n;
	}
	*ret = packet;
	*ret_used = end + 1;
	return ALPHA_GOOD;
}

bool alpha_next_command(const struct alpha_packet *packet, size_t *at, struct alpha_command *ret)
{
	int n;

	if (*at >= packet->len)
		return false;
	n = take_command(packet->body + *at, packet->len - *at, ret);
	if (n < 0)
		return false;
	*at += (size_t)n;
	return true;
}

size_t alpha_build(uint8_t *ret, size_t size, uint8_t type, uint8_t address, uint8_t code,
		   const uint8_t *data, size_t len, bool checksum)
{
	size_t at = ALPHA_NULS, stx;

	if (size < ALPHA_NULS + 7 + len + (checksum ? 5 : 0))
		return 0;
	for (size_t i = 0; i < len; i++)
		if (is_framing(data[i]))
			return 0;
	memset(ret, 0, ALPHA_NULS);
	ret[at++] = ALPHA_SOH;
	ret[at++] = type;
	put_hex(ret + at, 2, address);
	at += 2;
	stx = at;
	ret[at++] = ALPHA_STX;
	ret[at++] = code;
	if (len)
		memcpy(ret + at, data, len);
	at += len;
	if (checksum) {
		ret[at++] = ALPHA_ETX;
		put_hex(ret + at, 4, sum_of(ret + stx, at - stx));
		at += 4;
	}
	ret[at++] = ALPHA_EOT;
	return at;
}

bool alpha_take_text(const uint8_t *data, size_t len, struct alpha_text *ret)
{
	struct alpha_text text = {0};
	size_t at = 1;

	if (len < 1)
		return false;
	text.label = data[0];
	if (len > 1 && data[1] == ALPHA_ESC) {
		if (len < 4)
			return false;
		text.has_mode = true;
		text.position = data[2];
		text.mode = data[3];
		at = 4;
		if (text.mode == 'n') {
			if (len < 5)
				return false;
			text.special = data[4];
			at = 5;
		}
	}
	text.text = data + at;
	text.len = len - at;
	*ret = text;
	return true;
}

bool alpha_take_file(const uint8_t bytes[ALPHA_FILE], struct alpha_file *ret)
{
	struct alpha_file file = {.label = bytes[0], .type = bytes[1], .protection = bytes[2]};

	if ((file.type != 'A' && file.type != 'B' && file.type != 'D') ||
	    (file.protection != 'U' && file.protection != 'L') ||
	    !take_hex(bytes + 3, 4, &file.size) || !take_hex(bytes + 7, 4, &file.times))
		return false;
	*ret = file;
	return true;
}

void alpha_put_file(uint8_t ret[ALPHA_FILE], const struct alpha_file *file)
{
	ret[0] = file->label;
	ret[1] = file->type;
	ret[2] = file->protection;
	put_hex(ret + 3, 4, file->size);
	put_hex(ret + 7, 4, file->times);
}

bool alpha_receiver_push(struct alpha_receiver *receiver, uint8_t byte)
{
	if (byte == 0) {
		receiver->inside = false;
		receiver->nuls++;
		return false;
	}
	if (byte == ALPHA_SOH) {
		receiver->inside = receiver->nuls >= ALPHA_NULS;
		receiver->len = ALPHA_NULS;
		memset(receiver->bytes, 0, ALPHA_NULS);
	}
	receiver->nuls = 0;
	if (!receiver->inside)
		return false;
	if (receiver->len == sizeof(receiver->bytes)) {
		receiver->inside = false;
		return false;
	}
	receiver->bytes[receiver->len++] = byte;
	if (byte != ALPHA_EOT)
		return false;
	receiver->inside = false;
	return true;
}
