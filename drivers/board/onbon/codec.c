/* Onbon frames from words. A field that is not given has the value of the published frames: those
 * of a dynamic text are the vendor's example "012345QRSTTV'B". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/board/onbon/codec.h"
#include "drivers/board/onbon/protocol.h"
#include "drivers/text/text.h"

enum { MAX_TEXT = 900, MAX_EXT = 16 };

#define HEADER "source barcode check_mode display_mode device_type version reply length"
#define AREA                                                                                       \
	"delete type x y w h id line_gap run_mode timeout voice voice_person voice_volume "        \
	"voice_speed spoken ext alignment single_line auto_wrap effect exit speed stay font "      \
	"colour"

const struct onbon_word onbon_words[] = {
	{ONBON_TEXT, false, "text", "更新动态区 dynamic text", AREA},
	{ONBON_PING, false, "ping", "在线检查 ping", ""},
	{ONBON_RESET, false, "reset", "系统复位 reset", ""},
	{ONBON_TIME, false, "time", "校时 set time", "time week"},
	{ONBON_STATUS, false, "status", "查询状态 ask for the status", ""},
	{ONBON_POWER, false, "power", "强制开关机 power", "power"},
	{ONBON_BRIGHTNESS, false, "brightness", "设置亮度 brightness",
	 "brightness brightness_mode"},
	{ONBON_CLEAR, false, "clear", "清屏 clear", ""},
	{ONBON_TEXT, false, "delete", "删除动态区 delete areas", "delete"},
	{ONBON_ACK, true, "ack", "应答 ACK", "error"},
	{ONBON_NACK, true, "nack", "拒绝 NACK", "error"},
	{ONBON_STATUS, true, "status-reply", "状态回复 status",
	 "error power brightness time week programs areas"},
	{ONBON_FORMAT, false, NULL, "格式化 format", ""},
	{ONBON_DELETE_FILES, false, NULL, "删除文件 delete files", ""},
	{ONBON_BEGIN_FILE, false, NULL, "开始写文件 begin a file", ""},
	{ONBON_WRITE_FILE, false, NULL, "写文件 write a file", ""},
	{ONBON_POWER_TIMES, false, NULL, "定时开关机 power on and off by the clock", ""},
	{ONBON_LOCK_PROGRAM, false, NULL, "锁定节目 lock a program", ""},
	{ONBON_NO_POWER_TIMES, false, NULL, "取消定时开关机 no power by the clock", ""},
	{0, false, NULL, NULL, NULL},
};

const struct onbon_word *onbon_word_of(uint16_t command, bool is_reply)
{
	for (const struct onbon_word *word = onbon_words; word->words; word++)
		if (word->command == command && word->is_reply == is_reply)
			return word;
	return NULL;
}

struct ask {
	const struct codec_request *request;
	char *error;
	size_t error_size;
	bool failed;
};

static void refuse(struct ask *ask, const char *key, const char *allowed)
{
	const char *given = codec_setting(ask->request, key);

	if (!ask->failed && given)
		snprintf(ask->error, ask->error_size, "%s=%.40s: 应为 allowed are %s", key, given,
			 allowed);
	else if (!ask->failed)
		snprintf(ask->error, ask->error_size, "缺少 missing: --set %s=%s", key, allowed);
	ask->failed = true;
}

static long number(struct ask *ask, const char *key, long value, long least, long most)
{
	char error[CODEC_MAX_ERROR];

	if (codec_number(ask->request, key, least, most, &value, error, sizeof(error)) < 0) {
		if (!ask->failed)
			snprintf(ask->error, ask->error_size, "%s", error);
		ask->failed = true;
	}
	return value;
}

static uint8_t byte(struct ask *ask, const char *key, long value)
{
	return (uint8_t)number(ask, key, value, 0, 255);
}

/* Bytes of eight dots, or dots: "128px". */
static uint16_t across(struct ask *ask, const char *key, uint16_t value)
{
	const char *text = codec_setting(ask->request, key);
	unsigned given;
	int used = 0;

	if (!text)
		return value;
	if (sscanf(text, "%5u%n", &given, &used) == 1 && given < ONBON_PIXELS) {
		if (text[used] == '\0')
			return (uint16_t)given;
		if (strcmp(text + used, "px") == 0)
			return (uint16_t)(given | ONBON_PIXELS);
	}
	refuse(ask, key, "0 至 to 32767 字节 bytes, 或 or 0px 至 to 32767px");
	return 0;
}

/* UTF-8 to GB; every character has to have one. */
static uint32_t gb(struct ask *ask, const char *key, const char *text, uint8_t *ret, size_t size)
{
	size_t len = 0, missing = 0;
	uint32_t code = 0;

	for (size_t i = 0; text[i];) {
		i += text_next(text + i, strlen(text + i), &code);
		missing += text_is_control(code);
	}
	if (text_to_gbk(text, strlen(text), ret, size, &len, missing ? NULL : &missing) < 0) {
		if (!ask->failed)
			snprintf(ask->error, ask->error_size, "%s: 过长 longer than %zu 字节 bytes",
				 key, size);
		ask->failed = true;
	} else if (missing) {
		if (!ask->failed)
			snprintf(ask->error, ask->error_size,
				 "%s: 含 GB 没有的字符或控制字符 holds a character that GB has "
				 "not, or a control character",
				 key);
		ask->failed = true;
	}
	return (uint32_t)len;
}

static size_t hex_bytes(struct ask *ask, const char *key, uint8_t *ret, size_t size)
{
	const char *text = codec_setting(ask->request, key);
	size_t len = text ? strlen(text) : 0;

	if (len % 2 || len / 2 > size || (text && text[strspn(text, "0123456789abcdefABCDEF")])) {
		refuse(ask, key, "成对的十六进制数字 pairs of hexadecimal digits");
		return 0;
	}
	for (size_t i = 0; i < len / 2; i++) {
		const char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};

		ret[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return len / 2;
}

/* "all", or ids parted by commas. */
static size_t deleted(struct ask *ask, const char *text, uint8_t *ret, size_t size)
{
	size_t count = 0;
	unsigned id;
	int used;

	ret[0] = 0;
	if (!text)
		return 1;
	if (strcmp(text, "all") == 0) {
		ret[0] = ONBON_ALL_AREAS;
		return 1;
	}
	for (; sscanf(text, "%3u%n", &id, &used) == 1 && id < 255 && count + 2 < size;
	     text += used + (text[used] == ',')) {
		ret[++count] = (uint8_t)id;
		if (text[used] != ',' && text[used] != '\0')
			break;
	}
	if (*text)
		refuse(ask, "delete", "all, 或 or 0,1,2 ...");
	ret[0] = (uint8_t)count;
	return 1 + count;
}

static long word(struct ask *ask, const char *key, const char *const *words, long first, long value)
{
	const char *text = codec_setting(ask->request, key);
	char list[96] = "";
	size_t used = 0;

	for (long i = 0; text && words[i]; i++) {
		if (strcmp(words[i], text) == 0)
			return first + i;
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? "|" : "",
					 words[i]);
	}
	if (text && text[0] >= '0' && text[0] <= '9')
		return byte(ask, key, value);
	if (text)
		refuse(ask, key, list);
	return value;
}

static const char *const effects[] = {"stands", "at-once", "left", "right", "up", "down", NULL};

static size_t put_area(struct ask *ask, uint8_t *ret, size_t size)
{
	uint8_t text[MAX_TEXT + 16], spoken[MAX_TEXT], ext[MAX_EXT];
	const char *font = codec_setting(ask->request, "font");
	const char *colour = codec_setting(ask->request, "colour");
	const char *said = codec_setting(ask->request, "spoken");
	char prefix[16] = "";
	struct onbon_area area;
	int prefixed;

	if ((font && strlen(font) != 4) || (colour && strlen(colour) != 1)) {
		refuse(ask, font && strlen(font) != 4 ? "font" : "colour",
		       "O000 (字体 font), 1 (颜色 colour)");
		return 0;
	}
	prefixed = snprintf(prefix, sizeof(prefix), "%s%s%s%s", font ? "\\F" : "", font ? font : "",
			    colour ? "\\C" : "", colour ? colour : "");
	memcpy(text, prefix, (size_t)prefixed);
	area = (struct onbon_area){
		.type = byte(ask, "type", 0),
		.x = across(ask, "x", 0),
		.y = (uint16_t)number(ask, "y", 0, 0, 65535),
		.w = across(ask, "w", 128),
		.h = (uint16_t)number(ask, "h", 32, 0, 65535),
		.id = byte(ask, "id", 0),
		.line_gap = byte(ask, "line_gap", 0),
		.run_mode = byte(ask, "run_mode", 0),
		.timeout = (uint16_t)number(ask, "timeout", 2, 0, 65535),
		.voice = (uint8_t)number(ask, "voice", said ? 2 : 0, 0, 2),
		.voice_person = byte(ask, "voice_person", 0),
		.voice_volume = byte(ask, "voice_volume", 5),
		.voice_speed = byte(ask, "voice_speed", 5),
		.spoken = spoken,
		.ext = ext,
		.alignment = byte(ask, "alignment", 0),
		.single_line = byte(ask, "single_line", 2),
		.auto_wrap = byte(ask, "auto_wrap", 2),
		.effect = (uint8_t)word(ask, "effect", effects, 1, 3),
		.exit = byte(ask, "exit", 0),
		.speed = byte(ask, "speed", 4),
		.stay = byte(ask, "stay", 5),
		.text = text,
	};
	if (said && area.voice != 2)
		refuse(ask, "voice", "2 (spoken)");
	area.ext_len = (uint8_t)hex_bytes(ask, "ext", ext, sizeof(ext));
	if (said)
		area.spoken_len = gb(ask, "spoken", said, spoken, sizeof(spoken));
	area.text_len = (uint32_t)strlen(prefix) +
			gb(ask, "--text", ask->request->text, text + strlen(prefix), MAX_TEXT);
	return ask->failed ? 0 : onbon_put_area(ret, size, &area);
}

static bool is_day(unsigned year, unsigned month, unsigned day)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

static size_t put_time(struct ask *ask, uint8_t *ret, size_t size)
{
	static const char form[] = "2013-01-25T11:17:26";
	const char *text = codec_setting(ask->request, "time");
	struct onbon_time time = {0};
	unsigned year, month, day, hour, minute, second;
	int used = 0;
	size_t len;

	if (!text ||
	    sscanf(text, "%4u-%2u-%2uT%2u:%2u:%2u%n", &year, &month, &day, &hour, &minute, &second,
		   &used) != 6 ||
	    text[used] || strlen(text) != sizeof(form) - 1 || !is_day(year, month, day)) {
		refuse(ask, "time", form);
		return 0;
	}
	time = (struct onbon_time){(uint16_t)year,
				   (uint8_t)month,
				   (uint8_t)day,
				   (uint8_t)hour,
				   (uint8_t)minute,
				   (uint8_t)second,
				   1};
	time.week = (uint8_t)number(ask, "week", board_onbon_week(&time), 1, 7);
	len = onbon_put_time(ret, size, &time);
	if (!len)
		refuse(ask, "time", form);
	return len;
}

static uint8_t power_of(struct ask *ask, long value)
{
	static const char *const words[] = {"on", "off", NULL};

	if (!value && !codec_setting(ask->request, "power"))
		refuse(ask, "power", "on|off");
	return (uint8_t)word(ask, "power", words, ONBON_POWER_ON, value);
}

static uint8_t brightness_of(struct ask *ask, long value)
{
	if (!value && !codec_setting(ask->request, "brightness"))
		refuse(ask, "brightness", "1..16");
	return (uint8_t)number(ask, "brightness", value, 0, 255);
}

static size_t put_status(struct ask *ask, uint8_t *ret, size_t size)
{
	struct onbon_status status = {.power = power_of(ask, ONBON_POWER_ON),
				      .brightness = brightness_of(ask, ONBON_BRIGHTNESS_MAX),
				      .programs = byte(ask, "programs", 0)};
	uint8_t ids[1 + ONBON_MAX_AREAS];
	size_t count = deleted(ask, codec_setting(ask->request, "areas"), ids, sizeof(ids));

	if (codec_setting(ask->request, "time"))
		put_time(ask, status.time, sizeof(status.time));
	status.area_count = (uint8_t)(count - 1);
	memcpy(status.areas, ids + 1, count - 1);
	return onbon_put_status(ret, size, &status);
}

/* What stands behind the length. */
static size_t put_payload(struct ask *ask, const struct onbon_word *of, uint8_t *ret, size_t size)
{
	const char *delete = codec_setting(ask->request, "delete");
	bool is_text = strcmp(of->name, "text") == 0;
	size_t len;

	switch (of->command) {
	case ONBON_TEXT:
		len = deleted(ask, is_text || delete ? delete : "all", ret, size / 2);
		ret[len++] = is_text;
		return is_text ? len + put_area(ask, ret + len, size - len) : len;
	case ONBON_TIME: return put_time(ask, ret, size);
	case ONBON_POWER: ret[0] = power_of(ask, 0); return 1;
	case ONBON_BRIGHTNESS:
		ret[0] = byte(ask, "brightness_mode", ONBON_BRIGHTNESS_FIXED);
		ret[1] = brightness_of(ask, 0);
		if (ret[1] < 1 || ret[1] > ONBON_BRIGHTNESS_MAX)
			refuse(ask, "brightness", "1..16");
		return 2;
	case ONBON_STATUS: return of->is_reply ? put_status(ask, ret, size) : 0;
	default: return 0;
	}
}

static void set_header(struct ask *ask, const struct onbon_word *of, struct onbon_packet *packet)
{
	const char *barcode = codec_setting(ask->request, "barcode");
	uint16_t other = (uint16_t)number(ask, "source", ONBON_HOST, 0, 65535);

	onbon_packet_init(packet, ask->request->address);
	packet->source = other;
	if (of->is_reply) { /* it is the card that speaks */
		packet->destination = other;
		packet->source = ask->request->address;
	}
	packet->check_mode = (uint8_t)number(ask, "check_mode", ONBON_CHECK_CRC, 0, 2);
	packet->display_mode = byte(ask, "display_mode", 0);
	packet->device_type = byte(ask, "device_type", ONBON_ANY_CARD);
	packet->version = byte(ask, "version", ONBON_VERSION);
	if (!barcode || !*barcode)
		return;
	if (strlen(barcode) != ONBON_BARCODE) {
		refuse(ask, "barcode", "16 个字符 characters");
		return;
	}
	packet->has_barcode = true;
	memcpy(packet->barcode, barcode, ONBON_BARCODE);
}

static const struct onbon_word *find(const char *name)
{
	for (const struct onbon_word *of = onbon_words; of->words; of++)
		if (of->name && strcmp(of->name, name) == 0)
			return of;
	return NULL;
}

static int check(const struct codec_request *request, const struct onbon_word *of, char *ret_error,
		 size_t error_size)
{
	char keys[512];
	bool is_text;

	if (!of) {
		snprintf(ret_error, error_size, "没有此命令 no command \"%.40s\"; 可用 allowed: %s",
			 request->command, onbon_codec.commands);
		return -EINVAL;
	}
	snprintf(keys, sizeof(keys), HEADER " %s", of->keys);
	is_text = strcmp(of->name, "text") == 0;
	if (is_text && !request->text) {
		snprintf(ret_error, error_size, "缺少文字 the text is missing: --text");
		return -EINVAL;
	}
	if (!is_text && request->text) {
		snprintf(ret_error, error_size, "%s: 不带文字 this command has no text", of->name);
		return -EINVAL;
	}
	return codec_check_keys(request, keys, ret_error, error_size);
}

static int onbon_encode(const struct codec_request *request, uint8_t *ret_frame, size_t size,
			char *ret_error, size_t error_size)
{
	struct ask ask = {request, ret_error, error_size, false};
	const struct onbon_word *of = find(request->command ? request->command : "text");
	uint8_t payload[ONBON_MAX_DATA - ONBON_HEAD], data[ONBON_MAX_DATA];
	struct onbon_packet packet;
	struct onbon_head head;
	size_t len;
	int r = check(request, of, ret_error, error_size);

	if (r < 0)
		return r;
	set_header(&ask, of, &packet);
	len = put_payload(&ask, of, payload, sizeof(payload));
	head = (struct onbon_head){.command = of->command, .payload = payload, .len = len};
	head.reply = of->is_reply ? byte(&ask, "error", of->command == ONBON_NACK ? 2 : 0)
				  : byte(&ask, "reply", ONBON_REPLY);
	head.length = (uint16_t)number(&ask, "length", (long)len, 0, 65535);
	if (ask.failed)
		return -EINVAL;
	packet.data = data;
	packet.len = onbon_put_head(data, sizeof(data), &head);
	len = packet.len ? onbon_build(ret_frame, size, &packet) : 0;
	return len ? (int)len : -ENOSPC;
}

const struct codec onbon_codec = {
	.name = "onbon",
	.description = "Onbon BX-5K and BX-6K font cards",
	.description_zh = "仰邦 BX-5K、BX-6K 字库卡",
	.commands = "text ping reset time status power brightness clear delete ack nack "
		    "status-reply",
	.settings =
		"source barcode check_mode=0|1|2 display_mode device_type version reply=1|2 "
		"length; "
		"text: delete=all|0,1 type x=0|0px y w=16|128px h id line_gap run_mode=0..5 "
		"timeout voice=0|1|2 voice_person voice_volume voice_speed spoken ext=HEX "
		"alignment single_line=1|2 auto_wrap=1|2 effect=stands|at-once|left|right|up|down "
		"exit speed=0..24 stay font=O000 colour=1|2|3; delete: delete; time: "
		"time=2013-01-25T11:17:26 week; power: power=on|off; brightness: brightness=1..16 "
		"brightness_mode; ack, nack: error; status-reply: error power brightness time "
		"programs areas",
	.encode = onbon_encode,
	.decode = onbon_decode,
};
