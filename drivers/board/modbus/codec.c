/* Modbus RTU frames in words (Modbus Application Protocol V1.1b3, Modbus over Serial Line V1.02):
 * functions 01 to 06, 0F and 10, their answers and refusals. A frame does not say in which
 * direction it goes: what fits both ways is told as both. */
#include "drivers/board/modbus/codec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware-host/proto/board_profile.h"
#include "firmware-host/proto/keypad_profile.h"
#include "firmware-host/proto/modbus.h"

enum { DIRECTION_REQUEST, DIRECTION_REPLY, DIRECTION_BOTH };
enum { MAX_READ_REGISTERS = 125, MAX_READ_BITS = 2000 };

struct tell {
	codec_field_fn field;
	void *user;
	long first; /* of a reply's registers, as told; -1 unknown */
};

static const char *const directions[] = {"request", "reply", NULL};

static const char *function_name(uint8_t function)
{
	switch (function) {
	case MODBUS_READ_COILS: return "read-coils";
	case MODBUS_READ_DISCRETE: return "read-discrete";
	case MODBUS_READ_HOLDING: return "read-holding";
	case MODBUS_READ_INPUT: return "read-input";
	case MODBUS_WRITE_COIL: return "write-coil";
	case MODBUS_WRITE_ONE: return "write-register";
	case MODBUS_WRITE_COILS: return "write-coils";
	case MODBUS_WRITE_MANY: return "write-registers";
	default: return NULL;
	}
}

static bool reads(uint8_t function)
{
	return function >= MODBUS_READ_COILS && function <= MODBUS_READ_INPUT;
}

static bool writes_many(uint8_t function)
{
	return function == MODBUS_WRITE_COILS || function == MODBUS_WRITE_MANY;
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static bool crc_fits(const uint8_t *bytes, size_t len)
{
	uint16_t crc = modbus_crc(bytes, len - 2);

	return bytes[len - 2] == (uint8_t)crc && bytes[len - 1] == (uint8_t)(crc >> 8);
}

/* By its head; 0: too few bytes to tell, or no such function. Odd counts of registers are none. */
static size_t request_length(const uint8_t *bytes, size_t len)
{
	if (len < 2 || !function_name(bytes[1]))
		return 0;
	if (!writes_many(bytes[1]))
		return 8;
	return len < 7 ? 0 : 9u + bytes[6];
}

static size_t reply_length(const uint8_t *bytes, size_t len)
{
	if (len < 2)
		return 0;
	if (bytes[1] & MODBUS_EXCEPTION)
		return function_name(bytes[1] & 0x7f) ? 5 : 0;
	if (!function_name(bytes[1]))
		return 0;
	if (!reads(bytes[1]))
		return 8;
	return len < 3 ? 0 : 5u + bytes[2];
}

static bool request_fits(const uint8_t *bytes, size_t len)
{
	size_t want = request_length(bytes, len);
	uint16_t count;

	if (!want || want > len || want > MODBUS_RTU_MAX || !crc_fits(bytes, want))
		return false;
	count = get16(bytes + 4);
	if (bytes[1] == MODBUS_WRITE_MANY)
		return bytes[6] == 2 * count;
	if (bytes[1] == MODBUS_WRITE_COILS)
		return bytes[6] == (count + 7) / 8;
	return true;
}

static bool reply_fits(const uint8_t *bytes, size_t len)
{
	size_t want = reply_length(bytes, len);

	if (!want || want > len || want > MODBUS_RTU_MAX || !crc_fits(bytes, want))
		return false;
	if (bytes[1] == MODBUS_READ_HOLDING || bytes[1] == MODBUS_READ_INPUT)
		return bytes[2] > 0 && bytes[2] % 2 == 0;
	return !reads(bytes[1]) || bytes[2] > 0;
}

/* ---- fields ---- */

static void tell_head(struct tell tell, const uint8_t *bytes, int direction)
{
	static const char *const ways[] = {"request", "reply", "request-or-reply"};
	static const char *const zh[] = {"请求 request", "应答 reply",
					 "请求或应答 request or reply"};
	const char *name = function_name(bytes[1] & 0x7f);
	bool refused = bytes[1] & MODBUS_EXCEPTION;

	codec_tell(tell.field, tell.user, "frame", "%s\t%s", refused ? "exception" : name,
		   refused ? "拒绝 refused" : zh[direction]);
	codec_tell(tell.field, tell.user, "direction", "%s", ways[direction]);
	codec_tell(tell.field, tell.user, "address", "%u%s", bytes[0],
		   bytes[0] == 0    ? "\t广播 broadcast"
		   : bytes[0] > 247 ? "\t保留 reserved by the specification"
				    : "");
	codec_tell(tell.field, tell.user, "function", "%02X\t%s", bytes[1], name);
}

static void tell_crc(struct tell tell, const uint8_t *bytes, size_t len)
{
	codec_tell(tell.field, tell.user, "crc", "%02X %02X", bytes[len - 2], bytes[len - 1]);
}

static void tell_values(struct tell tell, const uint8_t *values, size_t count)
{
	char text[5 * MODBUS_RTU_MAX] = "";
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%04X", i ? " " : "",
					 get16(values + 2 * i));
	tell.field(tell.user, "values", text);
}

/* In the order of their numbers: the lowest bit of the first byte first. */
static void tell_bits(struct tell tell, const uint8_t *bytes, size_t count)
{
	char text[8 * MODBUS_RTU_MAX + 1];

	for (size_t i = 0; i < count; i++)
		text[i] = bytes[i / 8] & 1u << i % 8 ? '1' : '0';
	text[count] = '\0';
	tell.field(tell.user, "bits", text);
}

static void tell_count(struct tell tell, uint16_t count, unsigned most)
{
	codec_tell(tell.field, tell.user, "count", "%u%s", count,
		   count == 0 || count > most ? "\t超出规范 beyond the specification" : "");
}

static void tell_first(struct tell tell, const char *key, uint16_t first)
{
	codec_tell(tell.field, tell.user, key, "%u\t%04X", first, first);
}

static void tell_request(struct tell tell, const uint8_t *bytes)
{
	uint8_t function = bytes[1];
	uint16_t first = get16(bytes + 2), value = get16(bytes + 4);
	bool bits = function == MODBUS_READ_COILS || function == MODBUS_READ_DISCRETE;

	tell_first(tell, function == MODBUS_WRITE_ONE ? "register" : "first", first);
	if (reads(function)) {
		tell_count(tell, value, bits ? MAX_READ_BITS : MAX_READ_REGISTERS);
	} else if (function == MODBUS_WRITE_COIL) {
		codec_tell(tell.field, tell.user, "value", "%s\t%04X",
			   value == MODBUS_COIL_ON ? "on"
			   : value == 0		   ? "off"
						   : "-",
			   value);
	} else if (function == MODBUS_WRITE_ONE) {
		codec_tell(tell.field, tell.user, "value", "%u\t%04X", value, value);
		modbus_tell_registers(tell.field, tell.user, false, first, bytes + 4, 1);
	} else if (function == MODBUS_WRITE_COILS) {
		tell_count(tell, value, 0x7b0);
		tell_bits(tell, bytes + 7, value);
	} else {
		tell_count(tell, value, 123);
		tell_values(tell, bytes + 7, value);
		modbus_tell_registers(tell.field, tell.user, false, first, bytes + 7, value);
	}
}

/* A whole status of ours says what it is. */
static long guess_first(const uint8_t *bytes, size_t count)
{
	const uint8_t *values = bytes + 3;
	uint16_t kind;

	if (bytes[1] != MODBUS_READ_INPUT || count != BOARD_INPUT_COUNT)
		return -1;
	kind = get16(values + 2 * BOARD_KIND);
	return kind >= KEYPAD_KIND_WINDOW && kind <= BOARD_KIND_BOARD &&
			       get16(values + 2 * BOARD_PROFILE) == BOARD_PROFILE_VERSION
		       ? 0
		       : -1;
}

static const char *exception_words(uint8_t code)
{
	static const char *const words[] = {
		"",
		"不支持的功能 illegal function",
		"没有此地址 illegal data address",
		"值不合法 illegal data value",
		"设备故障 server device failure",
		"已接受，处理中 acknowledge",
		"设备忙 server device busy",
		"",
		"存储校验错 memory parity error",
		"",
		"网关无路径 gateway path unavailable",
		"网关目标无应答 gateway target failed to respond",
	};

	return code < sizeof(words) / sizeof(words[0]) ? words[code] : "";
}

static void tell_reply(struct tell tell, const uint8_t *bytes)
{
	uint8_t function = bytes[1];
	size_t count = bytes[2] / 2u;
	long first;

	if (function & MODBUS_EXCEPTION) {
		codec_tell(tell.field, tell.user, "code", "%02X\t%s", bytes[2],
			   exception_words(bytes[2]));
	} else if (writes_many(function)) {
		tell_first(tell, "first", get16(bytes + 2));
		tell_count(tell, get16(bytes + 4), MAX_READ_BITS);
	} else if (!reads(function)) {
		tell_request(tell, bytes); /* an echo */
	} else if (function <= MODBUS_READ_DISCRETE) {
		codec_tell(tell.field, tell.user, "bytes", "%u", bytes[2]);
		tell_bits(tell, bytes + 3, 8u * bytes[2]);
	} else {
		codec_tell(tell.field, tell.user, "bytes", "%u", bytes[2]);
		tell_values(tell, bytes + 3, count);
		first = tell.first >= 0 ? tell.first : guess_first(bytes, count);
		if (first >= 0)
			modbus_tell_registers(tell.field, tell.user, function == MODBUS_READ_INPUT,
					      (uint16_t)first, bytes + 3, count);
	}
}

/* ---- frames ---- */

/* A function without a layout here: as long as its CRC says. 0: none fits. */
static size_t any_length(const uint8_t *bytes, size_t len)
{
	for (size_t n = 4; n <= len && n <= MODBUS_RTU_MAX; n++)
		if (crc_fits(bytes, n))
			return n;
	return 0;
}

static int tell_any(struct tell tell, const uint8_t *bytes, size_t len)
{
	char data[3 * MODBUS_RTU_MAX + 1];

	codec_tell(tell.field, tell.user, "frame", "-\t%s",
		   function_name(bytes[1] & 0x7f)
			   ? "CRC 相符，但内容不合规范 the CRC fits, the layout does not"
			   : "未解释的功能 a function that is not explained here");
	codec_tell(tell.field, tell.user, "address", "%u", bytes[0]);
	codec_tell(tell.field, tell.user, "function", "%02X", bytes[1]);
	codec_hex(data, sizeof(data), bytes + 2, len - 4);
	tell.field(tell.user, "data", data);
	tell_crc(tell, bytes, len);
	return (int)len;
}

/* Why it is no frame of that length; ret has room for it. */
static void say_why(char *ret, size_t size, const char *what, const uint8_t *bytes, size_t len,
		    size_t want)
{
	uint16_t crc;

	if (want > len) {
		snprintf(ret, size, "%s: 不完整 cut off, %zu 字节 bytes, 应有 should be %zu", what,
			 len, want);
		return;
	}
	crc = modbus_crc(bytes, want - 2);
	if (crc_fits(bytes, want))
		snprintf(ret, size, "%s: 内容不合规范 the layout does not fit", what);
	else
		snprintf(ret, size,
			 "%s: CRC 不符 does not fit: %02X %02X, 应为 should be %02X %02X", what,
			 bytes[want - 2], bytes[want - 1], crc & 0xff, crc >> 8);
}

static int refuse(const uint8_t *bytes, size_t len, char *ret_error, size_t error_size)
{
	size_t request = request_length(bytes, len), reply = reply_length(bytes, len);
	char as_request[CODEC_MAX_ERROR / 2] = "", as_reply[CODEC_MAX_ERROR / 2] = "";

	if (len > MODBUS_RTU_MAX)
		len = MODBUS_RTU_MAX;
	if (len < 4) {
		snprintf(ret_error, error_size,
			 "不完整 cut off: %zu 字节 bytes, 至少应有 should be at least 4", len);
		return -EBADMSG;
	}
	if (!request && !reply) {
		say_why(ret_error, error_size, "帧 frame", bytes, len, len);
		return -EBADMSG;
	}
	if (request)
		say_why(as_request, sizeof(as_request), "作为请求 as a request", bytes, len,
			request);
	if (reply && reply != request)
		say_why(as_reply, sizeof(as_reply), "作为应答 as a reply", bytes, len, reply);
	snprintf(ret_error, error_size, "%s%s%s", as_request, *as_request && *as_reply ? "; " : "",
		 as_reply);
	return -EBADMSG;
}

static int modbus_decode(const struct codec_request *told, const uint8_t *bytes, size_t len,
			 codec_field_fn field, void *user, char *ret_error, size_t error_size)
{
	struct tell tell = {field, user, -1};
	long wanted = DIRECTION_BOTH;
	bool request, reply;
	size_t used;

	if (codec_check_keys(told, "direction first", ret_error, error_size) < 0 ||
	    codec_word(told, "direction", directions, &wanted, ret_error, error_size) < 0 ||
	    codec_number(told, "first", 0, UINT16_MAX, &tell.first, ret_error, error_size) < 0)
		return -EINVAL;
	request = wanted != DIRECTION_REPLY && request_fits(bytes, len);
	reply = wanted != DIRECTION_REQUEST && reply_fits(bytes, len);
	/* Two lengths: the longer one has the more bytes for its CRC. */
	if (request && reply && request_length(bytes, len) != reply_length(bytes, len)) {
		request = request_length(bytes, len) > reply_length(bytes, len);
		reply = !request;
	}
	/* Of the same length: a count that no request may have makes it a reply. */
	if (request && reply && reads(bytes[1]) &&
	    (get16(bytes + 4) == 0 || get16(bytes + 4) > MAX_READ_BITS))
		request = false;
	if (!request && !reply) {
		used = wanted == DIRECTION_BOTH ? any_length(bytes, len) : 0;
		return used ? tell_any(tell, bytes, used)
			    : refuse(bytes, len, ret_error, error_size);
	}
	used = request ? request_length(bytes, len) : reply_length(bytes, len);
	tell_head(tell, bytes, request && reply ? DIRECTION_BOTH : reply);
	if (request)
		tell_request(tell, bytes);
	if (reply && (!request || reads(bytes[1])))
		tell_reply(tell, bytes);
	tell_crc(tell, bytes, used);
	return (int)used;
}

const struct codec modbus_codec = {
	.name = "modbus",
	.description = "Modbus RTU boards and displays",
	.description_zh = "Modbus RTU 屏与数码显示器",
	.commands = "text status brightness dark read-coils read-discrete read-holding read-input "
		    "write-coil write-register write-coils write-registers bits values written "
		    "exception raw",
	.settings = "revision=1..65535 blink=0|1 move=0|1 inverse=0|1 life=0..65535 percent=1..100 "
		    "dark=0|1 first=0..65535 count=1..2000 value=0..65535|on|off values=1,0x2,3 "
		    "bits=10110 function=01..7F code=01..FF data=HEX; decode: "
		    "direction=request|reply first=0..65535",
	.encode = modbus_codec_encode,
	.decode = modbus_decode,
};
