/* Texts and figures in Modbus frames. Our board: head (revision, attributes, life, length) at 0200,
 * text behind it; status read back from 0000. */
#include "drivers/board/modbus/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"
#include "firmware-host/proto/board_profile.h"
#include "firmware-host/proto/modbus.h"

enum {
	MAX_UTF8 = 256,
	ROW_SIZE = MAX_UTF8 + BOARD_MODBUS_MAX_COLUMNS,
	/* of a text in the request with the head */
	FIRST_REGISTERS = MODBUS_MAX_REGISTERS - BOARD_HEAD_COUNT,
	FIRST_BYTES = 2 * FIRST_REGISTERS,
};

/* ---- our own boards ---- */

int board_modbus_fit(const char *text, unsigned columns, unsigned rows, bool blink, bool scroll,
		     struct board_modbus_text *ret)
{
	struct board_modbus_text made = {.blinks = blink};
	char row[ROW_SIZE], fitted[ROW_SIZE];

	if (strlen(text) >= MAX_UTF8)
		return -ENOSPC;
	for (unsigned i = 0; i < rows && *text; i++) {
		size_t len = 0, part = strcspn(text, "\n");
		int r;

		/* A board of one row gets all of the text. */
		if (rows == 1)
			part = strlen(text);
		snprintf(row, sizeof(row), "%.*s", (int)part, text);
		for (char *at = row; *at; at++)
			*at = *at == '\n' ? ' ' : *at;
		text += part + (text[part] == '\n');
		made.moves |= scroll && rows == 1 && text_columns(row) > columns;
		r = text_abbreviate(fitted, sizeof(fitted), row, made.moves ? SIZE_MAX : columns);
		if (r < 0)
			return r;
		if (i > 0 && made.len < sizeof(made.bytes))
			made.bytes[made.len++] = '\n';
		r = text_to_gbk(fitted, strlen(fitted), made.bytes + made.len,
				sizeof(made.bytes) - made.len, &len, NULL);
		if (r < 0)
			return r;
		made.len += len;
	}
	*ret = made;
	return 0;
}

static size_t put_text(const struct board_modbus_text *text, size_t from, size_t to, uint16_t *ret)
{
	size_t count = 0;

	for (size_t i = from; i < to; i += 2) {
		unsigned low = i + 1 < text->len ? text->bytes[i + 1] : 0;

		ret[count++] = (uint16_t)((unsigned)text->bytes[i] << 8 | low);
	}
	return count;
}

static size_t put_head(const struct board_modbus_text *text, uint16_t revision, uint16_t life_s,
		       uint16_t *ret)
{
	ret[0] = revision;
	ret[1] = (uint16_t)((text->blinks ? BOARD_ATTRIBUTE_BLINKS : 0) |
			    (text->moves ? BOARD_ATTRIBUTE_MOVES : 0));
	ret[2] = life_s;
	ret[3] = (uint16_t)text->len;
	return BOARD_HEAD_COUNT;
}

size_t board_modbus_write_rest(uint8_t address, const struct board_modbus_text *text, uint8_t *ret,
			       size_t size)
{
	uint16_t values[BOARD_TEXT_COUNT];
	size_t count;

	if (text->len <= FIRST_BYTES)
		return 0;
	count = put_text(text, FIRST_BYTES, text->len, values);
	return modbus_build_write(ret, size, address, BOARD_TEXT + FIRST_REGISTERS, values,
				  (uint16_t)count);
}

size_t board_modbus_write_text(uint8_t address, const struct board_modbus_text *text,
			       uint16_t revision, uint16_t life_s, uint8_t *ret, size_t size)
{
	uint16_t values[MODBUS_MAX_REGISTERS];
	size_t count = put_head(text, revision, life_s, values);
	size_t end = text->len < FIRST_BYTES ? text->len : FIRST_BYTES;

	count += put_text(text, 0, end, values + count);
	return modbus_build_write(ret, size, address, BOARD_REVISION, values, (uint16_t)count);
}

size_t board_modbus_write_head(uint8_t address, const struct board_modbus_text *text,
			       uint16_t revision, uint16_t life_s, uint8_t *ret, size_t size)
{
	uint16_t values[BOARD_HEAD_COUNT];

	put_head(text, revision, life_s, values);
	return modbus_build_write(ret, size, address, BOARD_REVISION, values, BOARD_HEAD_COUNT);
}

size_t board_modbus_write_settings(uint8_t address, uint8_t brightness, bool dark,
				   uint16_t watchdog_s, uint8_t *ret, size_t size)
{
	const uint16_t values[BOARD_SETTING_COUNT] = {brightness, dark, watchdog_s};

	return modbus_build_write(ret, size, address, BOARD_BRIGHTNESS, values,
				  BOARD_SETTING_COUNT);
}

size_t board_modbus_read_status(uint8_t address, uint8_t *ret, size_t size)
{
	return modbus_build_read(ret, size, address, MODBUS_READ_INPUT, BOARD_STATUS,
				 BOARD_INPUT_COUNT);
}

int board_modbus_parse_status(const uint8_t *reply, size_t len, struct board_modbus_status *ret)
{
	struct modbus_reply values;
	const uint16_t *at = values.values;

	if (len < 1 || modbus_match_reply(reply, len, reply[0], MODBUS_READ_INPUT, &values) <= 0)
		return -EBADMSG;
	if (values.kind == MODBUS_REFUSED)
		return -EREMOTEIO;
	if (values.kind != MODBUS_VALUES || values.count != BOARD_INPUT_COUNT)
		return -EBADMSG;
	if (at[BOARD_KIND] != BOARD_KIND_BOARD || at[BOARD_PROFILE] != BOARD_PROFILE_VERSION)
		return -EPROTONOSUPPORT;
	*ret = (struct board_modbus_status){
		.nonce = (uint32_t)at[BOARD_NONCE_HIGH] << 16 | at[BOARD_NONCE_LOW],
		.revision = at[BOARD_SHOWN_REVISION],
		.text_crc = at[BOARD_SHOWN_CRC],
		.text = at[BOARD_STATUS] & BOARD_STATUS_TEXT,
		.host_lost = at[BOARD_STATUS] & BOARD_STATUS_HOST_LOST,
		.expired = at[BOARD_STATUS] & BOARD_STATUS_EXPIRED,
	};
	return 0;
}

uint16_t board_modbus_text_crc(const struct board_modbus_text *text)
{
	return modbus_crc(text->bytes, text->len);
}

/* ---- displays of figures ---- */

static size_t register_count(const struct board_modbus_figures *figures)
{
	switch (figures->format) {
	case BOARD_MODBUS_BINARY: return figures->digits > 4 ? 2 : 1;
	case BOARD_MODBUS_BCD: return (figures->digits + 3) / 4;
	case BOARD_MODBUS_ASCII: break;
	}
	return (figures->digits + 1) / 2;
}

/* Its figures as text, right-justified in digits places and filled on the left. */
static void justify(const char *ticket, bool letters, char fill, size_t digits, char *ret)
{
	size_t at = digits;

	memset(ret, fill, digits);
	ret[digits] = '\0';
	for (size_t i = strlen(ticket); i > 0 && at > 0; i--) {
		char c = ticket[i - 1];

		if ((c >= '0' && c <= '9') || (letters && c > 0x20 && c < 0x7f))
			ret[--at] = c;
	}
}

size_t board_modbus_figures(const struct board_modbus_figures *figures, const char *ticket,
			    uint16_t ret_values[BOARD_MODBUS_MAX_VALUES])
{
	size_t count = register_count(figures);
	bool ascii = figures->format == BOARD_MODBUS_ASCII;
	size_t places = ascii ? 2 * count : figures->format == BOARD_MODBUS_BCD ? 4 * count : 8;
	char padded[2 * BOARD_MODBUS_MAX_DIGITS + 1], text[2 * BOARD_MODBUS_MAX_DIGITS + 1];
	uint32_t number = 0;

	/* ASCII of an odd number of places ends with a blank: the first character stands left. */
	justify(ticket, ascii, ascii ? ' ' : '0', figures->digits, text);
	if (ascii)
		snprintf(padded, sizeof(padded), "%-*s", (int)places, text);
	else
		justify(text, false, '0', places, padded);
	for (size_t i = 0; i < count; i++) {
		uint16_t value = 0;

		if (ascii)
			value = (uint16_t)((uint8_t)padded[2 * i] << 8 |
					   (uint8_t)padded[2 * i + 1]);
		for (size_t k = 0; !ascii && k < 4; k++)
			value = (uint16_t)(value << 4 | (padded[4 * i + k] - '0'));
		ret_values[i] = value;
	}
	if (figures->format == BOARD_MODBUS_BINARY) {
		for (size_t i = 0; i < places; i++)
			number = 10 * number + (uint32_t)(padded[i] - '0');
		ret_values[0] = (uint16_t)(count == 2 ? number >> 16 : number);
		ret_values[1] = (uint16_t)number;
	}
	for (size_t i = 0; i < count && !ascii && !ticket[0]; i++)
		ret_values[i] = figures->blank;
	return count;
}

uint16_t board_modbus_window(const struct board_modbus_figures *figures, uint16_t window)
{
	unsigned tens = window / 10 % 10, ones = window % 10;

	switch (figures->format) {
	case BOARD_MODBUS_BINARY: return window ? window : figures->blank;
	case BOARD_MODBUS_BCD: return window ? (uint16_t)(tens << 4 | ones) : figures->blank;
	case BOARD_MODBUS_ASCII: break;
	}
	if (window == 0)
		return ' ' << 8 | ' ';
	return (uint16_t)((tens ? '0' + tens : ' ') << 8 | ('0' + ones));
}

size_t board_modbus_write_values(uint8_t address, uint16_t first, const uint16_t *values,
				 uint16_t count, bool one, uint8_t *ret, size_t size)
{
	if (one && count == 1)
		return modbus_build_write_one(ret, size, address, first, values[0]);
	return modbus_build_write(ret, size, address, first, values, count);
}

/* ---- answers ---- */

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* The length byte of a read is compared as soon as it is there: a wrong one must not hold the
 * look-out up until so many bytes have come. */
int board_modbus_match(const uint8_t *request, size_t request_len, const uint8_t *bytes, size_t len)
{
	struct modbus_reply reply;
	uint8_t function;
	int n;

	if (request_len < 6)
		return -EBADMSG;
	function = request[1];
	if (function == MODBUS_READ_INPUT && len >= 3 && bytes[1] == function &&
	    bytes[2] != 2 * get16(request + 4))
		return -EBADMSG;
	n = modbus_match_reply(bytes, len, request[0], function, &reply);
	if (n < 0)
		return -EBADMSG;
	if (n > 0 && reply.kind == MODBUS_WRITTEN &&
	    (reply.first != get16(request + 2) || reply.count != get16(request + 4)))
		return -EBADMSG;
	return n;
}

int board_modbus_check_written(const uint8_t *reply, size_t len)
{
	return len >= 2 && !(reply[1] & MODBUS_EXCEPTION) ? 0 : -EREMOTEIO;
}
