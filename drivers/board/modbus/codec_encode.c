/* Modbus RTU frames from words: texts for our own board, and every function that codec.c explains.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/board/modbus/codec.h"
#include "drivers/text/text.h"
#include "firmware-host/proto/board_profile.h"
#include "firmware-host/proto/modbus.h"

enum {
	MAX_REGISTERS = 123,
	MAX_BITS = 1968,
	/* our board takes no longer frames */
	MAX_TEXT_REGISTERS = MODBUS_MAX_REGISTERS - BOARD_HEAD_COUNT,
};

/* A frame that grows. */
struct frame {
	uint8_t bytes[MODBUS_RTU_MAX];
	size_t len;
};

struct making {
	const struct codec_request *request;
	struct frame frame;
	char *error;
	size_t error_size;
};

static void put8(struct frame *frame, unsigned value)
{
	if (frame->len < sizeof(frame->bytes))
		frame->bytes[frame->len] = (uint8_t)value;
	frame->len++;
}

static void put16(struct frame *frame, unsigned value)
{
	put8(frame, value >> 8);
	put8(frame, value);
}

static int number(struct making *making, const char *key, long least, long most, long *ret)
{
	return codec_number(making->request, key, least, most, ret, making->error,
			    making->error_size);
}

static int missing(struct making *making, const char *key)
{
	snprintf(making->error, making->error_size, "缺少 missing: --set %s=", key);
	return -EINVAL;
}

static int needed(struct making *making, const char *key, long least, long most, long *ret)
{
	return codec_setting(making->request, key) ? number(making, key, least, most, ret)
						   : missing(making, key);
}

/* Hexadecimal without 0x, as frames are written. */
static int hex_byte(struct making *making, const char *key, unsigned least, unsigned most,
		    unsigned *ret)
{
	const char *text = codec_setting(making->request, key);
	unsigned value = 0;
	int used = 0;

	if (!text)
		return missing(making, key);
	if (sscanf(text, "%2x%n", &value, &used) != 1 || text[used] || value < least ||
	    value > most) {
		snprintf(making->error, making->error_size,
			 "%s=%.20s: 应为十六进制 allowed are hexadecimal %02X 至 to %02X", key,
			 text, least, most);
		return -EINVAL;
	}
	*ret = value;
	return 0;
}

/* ---- our own board ---- */

static int put_text(struct making *making, const char *text)
{
	uint8_t bytes[2 * MAX_TEXT_REGISTERS + 1] = {0};
	char row[1024];
	size_t len = 0, missing_count = 0;

	/* Rows are kept: the board begins a new one at LF. */
	while (*text) {
		size_t part = strcspn(text, "\n"), used = 0;

		if (part >= sizeof(row))
			goto too_long;
		snprintf(row, sizeof(row), "%.*s", (int)part, text);
		if (text_to_gbk(row, part, bytes + len, sizeof(bytes) - 1 - len, &used,
				&missing_count) < 0)
			goto too_long;
		if (missing_count) {
			snprintf(making->error, making->error_size,
				 "文字含 GBK 没有的字符 the text holds a character that GBK has "
				 "not");
			return -EINVAL;
		}
		len += used;
		text += part;
		if (*text == '\n' && len >= sizeof(bytes) - 1)
			goto too_long;
		if (*text == '\n')
			bytes[len++] = *text++;
	}
	put16(&making->frame, (unsigned)len);
	for (size_t i = 0; i < len; i += 2)
		put16(&making->frame, (unsigned)bytes[i] << 8 | bytes[i + 1]);
	return 0;
too_long:
	snprintf(making->error, making->error_size,
		 "文字过长 the text is longer than %d 字节 bytes in one frame",
		 2 * MAX_TEXT_REGISTERS);
	return -EINVAL;
}

static int make_text(struct making *making)
{
	long revision = 1, blink = 0, move = 0, inverse = 0, life = 0;
	size_t head = making->frame.len, registers;

	if (!making->request->text) {
		snprintf(making->error, making->error_size, "缺少文字 the text is missing: --text");
		return -EINVAL;
	}
	if (number(making, "revision", 1, UINT16_MAX, &revision) < 0 ||
	    number(making, "blink", 0, 1, &blink) < 0 || number(making, "move", 0, 1, &move) < 0 ||
	    number(making, "inverse", 0, 1, &inverse) < 0 ||
	    number(making, "life", 0, UINT16_MAX, &life) < 0)
		return -EINVAL;
	put16(&making->frame, BOARD_REVISION);
	put16(&making->frame, 0);
	put8(&making->frame, 0);
	put16(&making->frame, (unsigned)revision);
	put16(&making->frame,
	      (unsigned)(blink * BOARD_ATTRIBUTE_BLINKS | move * BOARD_ATTRIBUTE_MOVES |
			 inverse * BOARD_ATTRIBUTE_INVERSE));
	put16(&making->frame, (unsigned)life);
	if (put_text(making, making->request->text) < 0)
		return -EINVAL;
	registers = (making->frame.len - head - 5) / 2;
	making->frame.bytes[head + 3] = (uint8_t)registers;
	making->frame.bytes[head + 4] = (uint8_t)(2 * registers);
	return 0;
}

static int make_one(struct making *making, uint16_t address, const char *key, long least, long most)
{
	long value = 0;

	if (needed(making, key, least, most, &value) < 0)
		return -EINVAL;
	put16(&making->frame, address);
	put16(&making->frame, (unsigned)value);
	return 0;
}

static int make_status(struct making *making)
{
	put16(&making->frame, BOARD_STATUS);
	put16(&making->frame, BOARD_INPUT_COUNT);
	return 0;
}

static int make_brightness(struct making *making)
{
	return make_one(making, BOARD_BRIGHTNESS, "percent", 1, 100);
}

static int make_dark(struct making *making)
{
	return make_one(making, BOARD_DARK, "dark", 0, 1);
}

/* ---- any device ---- */

static int make_read(struct making *making)
{
	bool bits = making->frame.bytes[1] <= MODBUS_READ_DISCRETE;
	long first = 0, count = 1;

	if (needed(making, "first", 0, UINT16_MAX, &first) < 0 ||
	    number(making, "count", 1, bits ? 2000 : 125, &count) < 0)
		return -EINVAL;
	if (first + count > UINT16_MAX + 1) {
		snprintf(making->error, making->error_size,
			 "first=%ld count=%ld: 超出 65535 reaches beyond 65535", first, count);
		return -EINVAL;
	}
	put16(&making->frame, (unsigned)first);
	put16(&making->frame, (unsigned)count);
	return 0;
}

static int make_write_coil(struct making *making)
{
	static const char *const words[] = {"off", "on", "0", "1", NULL};
	long first = 0, value = 0;

	if (!codec_setting(making->request, "value"))
		return missing(making, "value");
	if (needed(making, "first", 0, UINT16_MAX, &first) < 0 ||
	    codec_word(making->request, "value", words, &value, making->error, making->error_size) <
		    0)
		return -EINVAL;
	put16(&making->frame, (unsigned)first);
	put16(&making->frame, value % 2 ? MODBUS_COIL_ON : 0);
	return 0;
}

static int make_write_register(struct making *making)
{
	long first = 0;

	if (needed(making, "first", 0, UINT16_MAX, &first) < 0)
		return -EINVAL;
	return make_one(making, (uint16_t)first, "value", 0, UINT16_MAX);
}

/* "1,0x2,3"; how many, or -EINVAL. */
static int put_values(struct making *making)
{
	const char *text = codec_setting(making->request, "values");
	int count = 0;

	if (!text)
		return missing(making, "values");
	for (;;) {
		char *end = NULL;
		unsigned long value =
			*text >= '0' && *text <= '9' ? strtoul(text, &end, 0) : UINT32_MAX;

		if (value > UINT16_MAX || (*end && *end != ',') || count == MAX_REGISTERS) {
			snprintf(making->error, making->error_size,
				 "values: \"%.20s\"; 应为 expected are 0 至 to 65535, 以逗号分隔 "
				 "parted "
				 "by commas, 最多 at most %d",
				 text, MAX_REGISTERS);
			return -EINVAL;
		}
		put16(&making->frame, (unsigned)value);
		count++;
		if (!*end)
			return count;
		text = end + 1;
	}
}

/* "10110", the first one in the lowest bit; how many, or -EINVAL. */
static int put_bits(struct making *making)
{
	const char *text = codec_setting(making->request, "bits");
	size_t len;

	if (!text)
		return missing(making, "bits");
	len = strlen(text);
	if (len < 1 || len > MAX_BITS || strspn(text, "01") != len) {
		snprintf(making->error, making->error_size,
			 "bits: 应为 1 至 %d 个 0 或 1 to %d of 0 and 1 are expected", MAX_BITS,
			 MAX_BITS);
		return -EINVAL;
	}
	for (size_t i = 0; i < len; i += 8) {
		unsigned byte = 0;

		for (size_t k = i; k < len && k < i + 8; k++)
			byte |= (text[k] == '1' ? 1u : 0) << (k - i);
		put8(&making->frame, byte);
	}
	return (int)len;
}

static int make_write_many(struct making *making)
{
	size_t head = making->frame.len;
	bool bits = making->frame.bytes[1] == MODBUS_WRITE_COILS;
	long first = 0;
	int count;

	if (needed(making, "first", 0, UINT16_MAX, &first) < 0)
		return -EINVAL;
	put16(&making->frame, (unsigned)first);
	put16(&making->frame, 0);
	put8(&making->frame, 0);
	count = bits ? put_bits(making) : put_values(making);
	if (count < 0)
		return count;
	making->frame.bytes[head + 2] = (uint8_t)(count >> 8);
	making->frame.bytes[head + 3] = (uint8_t)count;
	making->frame.bytes[head + 4] = (uint8_t)(making->frame.len - head - 5);
	return 0;
}

/* Replies to reads: of registers and of bits. */
static int make_reply(struct making *making, bool bits)
{
	unsigned function = bits ? MODBUS_READ_COILS : MODBUS_READ_HOLDING;
	size_t head = making->frame.len;
	int count;

	if (codec_setting(making->request, "function") &&
	    hex_byte(making, "function", function, function + 1, &function) < 0)
		return -EINVAL;
	making->frame.bytes[1] = (uint8_t)function;
	put8(&making->frame, 0);
	count = bits ? put_bits(making) : put_values(making);
	making->frame.bytes[head] = (uint8_t)(making->frame.len - head - 1);
	return count < 0 ? count : 0;
}

static int make_bits(struct making *making)
{
	return make_reply(making, true);
}

static int make_values(struct making *making)
{
	return make_reply(making, false);
}

static int make_written(struct making *making)
{
	unsigned function = MODBUS_WRITE_MANY;
	long first = 0, count = 0;

	if (codec_setting(making->request, "function") &&
	    hex_byte(making, "function", MODBUS_WRITE_COILS, MODBUS_WRITE_MANY, &function) < 0)
		return -EINVAL;
	making->frame.bytes[1] = (uint8_t)function;
	if (needed(making, "first", 0, UINT16_MAX, &first) < 0 ||
	    needed(making, "count", 1, MAX_BITS, &count) < 0)
		return -EINVAL;
	put16(&making->frame, (unsigned)first);
	put16(&making->frame, (unsigned)count);
	return 0;
}

static int make_exception(struct making *making)
{
	unsigned function = 0, code = 0;

	if (hex_byte(making, "function", 0x01, 0x7f, &function) < 0 ||
	    hex_byte(making, "code", 0x01, 0xff, &code) < 0)
		return -EINVAL;
	making->frame.bytes[1] = (uint8_t)(function | MODBUS_EXCEPTION);
	put8(&making->frame, code);
	return 0;
}

static int make_raw(struct making *making)
{
	const char *text = codec_setting(making->request, "data");
	unsigned function = 0, byte = 0;
	int used = 0;

	if (hex_byte(making, "function", 0x01, 0xff, &function) < 0)
		return -EINVAL;
	making->frame.bytes[1] = (uint8_t)function;
	for (text = text ? text : ""; *text; text += used) {
		if (strspn(text, "0123456789abcdefABCDEF") < 2 ||
		    sscanf(text, "%2x%n", &byte, &used) != 1) {
			snprintf(making->error, making->error_size,
				 "data: \"%.20s\"; 应为十六进制字节 bytes in hexadecimal are "
				 "expected",
				 text);
			return -EINVAL;
		}
		put8(&making->frame, byte);
		used += (int)strspn(text + used, " ");
	}
	return 0;
}

static const struct command {
	const char *name;
	uint8_t function;
	int (*make)(struct making *making);
	const char *keys;
} commands[] = {
	{"text", MODBUS_WRITE_MANY, make_text, "revision blink move inverse life"},
	{"status", MODBUS_READ_INPUT, make_status, ""},
	{"brightness", MODBUS_WRITE_ONE, make_brightness, "percent"},
	{"dark", MODBUS_WRITE_ONE, make_dark, "dark"},
	{"read-coils", MODBUS_READ_COILS, make_read, "first count"},
	{"read-discrete", MODBUS_READ_DISCRETE, make_read, "first count"},
	{"read-holding", MODBUS_READ_HOLDING, make_read, "first count"},
	{"read-input", MODBUS_READ_INPUT, make_read, "first count"},
	{"write-coil", MODBUS_WRITE_COIL, make_write_coil, "first value"},
	{"write-register", MODBUS_WRITE_ONE, make_write_register, "first value"},
	{"write-coils", MODBUS_WRITE_COILS, make_write_many, "first bits"},
	{"write-registers", MODBUS_WRITE_MANY, make_write_many, "first values"},
	{"bits", MODBUS_READ_COILS, make_bits, "function bits"},
	{"values", MODBUS_READ_HOLDING, make_values, "function values"},
	{"written", MODBUS_WRITE_MANY, make_written, "function first count"},
	{"exception", 0, make_exception, "function code"},
	{"raw", 0, make_raw, "function data"},
};

int modbus_codec_encode(const struct codec_request *request, uint8_t *ret_frame, size_t size,
			char *ret_error, size_t error_size)
{
	struct making making = {.request = request, .error = ret_error, .error_size = error_size};
	const char *name = request->command ? request->command : commands[0].name;
	const struct command *command = NULL;
	uint16_t crc;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			command = &commands[i];
	if (!command) {
		snprintf(ret_error, error_size, "没有此命令 no command \"%.20s\"; 可用 allowed: %s",
			 name, modbus_codec.commands);
		return -EINVAL;
	}
	if (request->address > 247) {
		snprintf(ret_error, error_size, "地址 address %u: 应为 allowed are 0 至 to 247",
			 request->address);
		return -EINVAL;
	}
	if (request->text && command->make != make_text) {
		snprintf(ret_error, error_size, "%s: 不带文字 this command has no text", name);
		return -EINVAL;
	}
	if (codec_check_keys(request, command->keys, ret_error, error_size) < 0)
		return -EINVAL;
	put8(&making.frame, request->address);
	put8(&making.frame, command->function);
	if (command->make(&making) < 0)
		return -EINVAL;
	if (making.frame.len + 2 > sizeof(making.frame.bytes) || making.frame.len + 2 > size)
		return -ENOSPC;
	crc = modbus_crc(making.frame.bytes, making.frame.len);
	put8(&making.frame, crc);
	put8(&making.frame, crc >> 8);
	memcpy(ret_frame, making.frame.bytes, making.frame.len);
	return (int)making.frame.len;
}
