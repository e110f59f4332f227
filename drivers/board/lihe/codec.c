/* lihe frames in words. Text frames: AA address BB 51 kind SUM mode speed stay colour life text FF.
 * Number frames: A0 LEN CMD ADD SUB data CHK FF. Explaining is more patient than the devices are: a
 * stranger's frame whose checksum fits is told with values outside the specification too. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/board/lihe/codec.h"
#include "drivers/text/text.h"
#include "firmware-host/proto/lihe.h"

enum {
	TEXT_HEAD = 11, /* of a text frame, before the text */
	NUMBER_HEAD = 5,
	MAX_ADDRESS = 254,
	MAX_TICKET = 6,
	MAX_PREFIX = 4,
	MAX_NUMBER = 9999,
	CMD_TICKET_STRIP = 0x2b,
	CMD_TICKET_COMBINED = 0x2d,
	SUB_WELCOME = 0,
	SUB_CALL = 1,
	SUB_PAUSE = 2,
	SUB_SERVING = 4,
};

struct answer {
	char *error;
	size_t size;
};

static const char *const sums[] = {"data", "data+ff", NULL};

/* ---- into bytes ---- */

enum form { FORM_TEXT, FORM_NUMBER, FORM_TICKET, FORM_BARE, FORM_VERSION };

static const struct command {
	const char *name;
	enum form form;
	uint8_t cmd, sub;
	const char *keys;
} commands[] = {
	{"text", FORM_TEXT, LIHE_ONE_LINE, 0, "mode speed stay colour life checksum"},
	{"screen", FORM_TEXT, LIHE_WHOLE_SCREEN, 0, "mode speed stay colour life checksum"},
	{"call", FORM_NUMBER, LIHE_STRIP, SUB_CALL, "cmd number window prefix"},
	{"number", FORM_NUMBER, LIHE_STRIP, SUB_CALL, "cmd number window prefix"},
	{"welcome", FORM_NUMBER, LIHE_STRIP, SUB_WELCOME, "cmd number window prefix"},
	{"pause", FORM_NUMBER, LIHE_STRIP, SUB_PAUSE, "cmd number window prefix"},
	{"serving", FORM_NUMBER, LIHE_STRIP, SUB_SERVING, "cmd number window prefix"},
	{"ticket", FORM_TICKET, CMD_TICKET_STRIP, SUB_CALL, "cmd sub window"},
	{"online", FORM_BARE, LIHE_ONLINE, LIHE_SUB, "sub"},
	{"version", FORM_BARE, LIHE_VERSION, LIHE_SUB, ""},
	{"version-reply", FORM_VERSION, LIHE_VERSION, LIHE_SUB, "version"},
	{"ack", FORM_BARE, LIHE_ACK, LIHE_SUB, ""},
};

static int gbk_of(const char *text, uint8_t *ret, size_t size, struct answer answer)
{
	size_t len = 0, missing = 0;
	uint32_t code = 0;
	int r;

	for (size_t i = 0; text[i];) {
		i += text_next(text + i, strlen(text + i), &code);
		if (!text_is_control(code))
			continue;
		snprintf(answer.error, answer.size,
			 "文字含控制字符 the text holds a control character, U+%04X",
			 (unsigned)code);
		return -EINVAL;
	}
	r = text_to_gbk(text, strlen(text), ret, size, &len, &missing);
	if (r == 0 && missing == 0)
		return (int)len;
	if (r == -ENOSPC)
		snprintf(answer.error, answer.size,
			 "文字过长 the text is longer than %zu 字节 bytes of GBK", size);
	else
		snprintf(answer.error, answer.size,
			 "文字含 GBK 没有的字符 the text holds a character that GBK has not");
	return -EINVAL;
}

static int read_colour(const struct codec_request *request, long *ret, struct answer answer)
{
	static const char *const words[] = {"red", "green", "yellow", "0", "1", "2", NULL};
	int r = codec_word(request, "colour", words, ret, answer.error, answer.size);

	*ret %= 3;
	return r;
}

/* As a board's own driver sends it: at once, for ever. */
static int encode_text(const struct codec_request *request, const struct command *command,
		       uint8_t *ret, size_t size, struct answer answer)
{
	long mode = LIHE_MODE_IMMEDIATE, speed = 7, stay = 99, colour = 0, life = 99, sum = 0;
	struct lihe_text text = {.address = (uint8_t)request->address, .command = command->cmd};
	int len;

	if (codec_number(request, "mode", 0, 254, &mode, answer.error, answer.size) < 0 ||
	    codec_number(request, "speed", 0, 7, &speed, answer.error, answer.size) < 0 ||
	    codec_number(request, "stay", 0, 99, &stay, answer.error, answer.size) < 0 ||
	    codec_number(request, "life", 0, 99, &life, answer.error, answer.size) < 0 ||
	    read_colour(request, &colour, answer) < 0 ||
	    codec_word(request, "checksum", sums, &sum, answer.error, answer.size) < 0)
		return -EINVAL;
	if (!request->text) {
		snprintf(answer.error, answer.size, "缺少文字 the text is missing: --text");
		return -EINVAL;
	}
	len = gbk_of(request->text, text.text, sizeof(text.text), answer);
	if (len < 0)
		return len;
	text.len = (size_t)len;
	text.mode = (uint8_t)mode;
	text.speed = (uint8_t)speed;
	text.stay = (uint8_t)stay;
	text.colour = (uint8_t)colour;
	text.life = (uint8_t)life;
	return (int)lihe_build_text(ret, size, &text, (enum lihe_checksum)sum);
}

/* "B1234" is number 1234 with the prefix B. */
static int read_number(const struct codec_request *request, long *ret_number, char prefix[8],
		       struct answer answer)
{
	const char *given = codec_setting(request, "prefix");
	const char *text = request->text ? request->text : "";
	size_t letters = strcspn(text, "0123456789"), digits;

	digits = strspn(text + letters, "0123456789");
	if (letters > MAX_PREFIX || digits > 4 || text[letters + digits] || (*text && !digits)) {
		snprintf(answer.error, answer.size,
			 "--text \"%.40s\": 应为如 B1234 的号 a ticket as B1234 is expected", text);
		return -EINVAL;
	}
	if ((digits && codec_setting(request, "number")) || (letters && given)) {
		snprintf(answer.error, answer.size,
			 "--text \"%.40s\": 与 number、prefix 重复 says number or prefix a second "
			 "time",
			 text);
		return -EINVAL;
	}
	if (digits)
		sscanf(text + letters, "%ld", ret_number);
	snprintf(prefix, 8, "%.*s", given ? MAX_PREFIX : (int)letters, given ? given : text);
	for (size_t i = 0; prefix[i]; i++) {
		if (prefix[i] > 0x20 && prefix[i] < 0x7f && (!given || strlen(given) <= MAX_PREFIX))
			continue;
		snprintf(answer.error, answer.size,
			 "prefix: 最多 at most %d 个 ASCII 字符 characters", MAX_PREFIX);
		return -EINVAL;
	}
	return codec_number(request, "number", 0, MAX_NUMBER, ret_number, answer.error,
			    answer.size);
}

static int encode_number(const struct codec_request *request, const struct command *command,
			 uint8_t *ret, size_t size, struct answer answer)
{
	static const char *const cmds[] = {"28", "2A", "strip", "combined", NULL};
	struct lihe_number frame = {.address = (uint8_t)request->address, .sub = command->sub};
	long number = -1, window = -1, cmd = 0;
	char prefix[8] = "";

	if (codec_word(request, "cmd", cmds, &cmd, answer.error, answer.size) < 0 ||
	    codec_number(request, "window", 0, 254, &window, answer.error, answer.size) < 0 ||
	    read_number(request, &number, prefix, answer) < 0)
		return -EINVAL;
	frame.command = cmd % 2 ? LIHE_COMBINED : LIHE_STRIP;
	if (number < 0 && (command->sub == SUB_CALL || command->sub == SUB_SERVING)) {
		snprintf(answer.error, answer.size,
			 "缺少号码 the number is missing: --set number=0..9999");
		return -EINVAL;
	}
	if (number >= 0 || window >= 0 || prefix[0]) {
		number = number < 0 ? 0 : number;
		frame.data[frame.len++] = (uint8_t)(number / 100);
		frame.data[frame.len++] = (uint8_t)(number % 100);
		frame.data[frame.len++] = (uint8_t)(window < 0 ? 0 : window);
		memcpy(frame.data + frame.len, prefix, strlen(prefix));
		frame.len += strlen(prefix);
	}
	return (int)lihe_build_number(ret, size, &frame);
}

static int read_sub(const struct codec_request *request, uint8_t *ret, struct answer answer)
{
	const char *text = codec_setting(request, "sub");
	unsigned value;
	char behind;

	if (!text)
		return 0;
	if (strlen(text) != 2 || sscanf(text, "%2x%c", &value, &behind) != 1) {
		snprintf(answer.error, answer.size,
			 "sub=%.40s: 应为两位十六进制数 two hexadecimal digits are expected", text);
		return -EINVAL;
	}
	*ret = (uint8_t)value;
	return 0;
}

static int encode_ticket(const struct codec_request *request, const struct command *command,
			 uint8_t *ret, size_t size, struct answer answer)
{
	static const char *const cmds[] = {"2B", "2D", "strip", "combined", NULL};
	struct lihe_number frame = {.address = (uint8_t)request->address, .sub = command->sub};
	const char *text = request->text ? request->text : "";
	long cmd = 0, window = -1;

	if (codec_word(request, "cmd", cmds, &cmd, answer.error, answer.size) < 0 ||
	    codec_number(request, "window", 0, 254, &window, answer.error, answer.size) < 0 ||
	    read_sub(request, &frame.sub, answer) < 0)
		return -EINVAL;
	frame.command = cmd % 2 ? CMD_TICKET_COMBINED : CMD_TICKET_STRIP;
	frame.len = strlen(text);
	for (size_t i = 0; i < frame.len && frame.len <= MAX_TICKET; i++)
		if (text[i] <= 0x20 || text[i] >= 0x7f)
			frame.len = MAX_TICKET + 1;
	if (frame.len < 1 || frame.len > MAX_TICKET) {
		snprintf(answer.error, answer.size,
			 "--text: 应为 1 至 %d 个 ASCII 字符 1 to %d ASCII characters are expected",
			 MAX_TICKET, MAX_TICKET);
		return -EINVAL;
	}
	memcpy(frame.data, text, frame.len);
	if (window >= 0)
		frame.data[frame.len++] = (uint8_t)window;
	return (int)lihe_build_number(ret, size, &frame);
}

static int encode_version(const struct codec_request *request, const struct command *command,
			  uint8_t *ret, size_t size, struct answer answer)
{
	struct lihe_number frame = {
		.command = command->cmd, .address = (uint8_t)request->address, .sub = command->sub};
	const char *text = codec_setting(request, "version");
	unsigned high, low;
	char behind;

	if (!text || strlen(text) != 4 || sscanf(text, "%2x%2x%c", &high, &low, &behind) != 2) {
		snprintf(answer.error, answer.size,
			 "version: 应为四位十六进制数 four hexadecimal digits are expected, A303");
		return -EINVAL;
	}
	frame.data[0] = (uint8_t)high;
	frame.data[1] = (uint8_t)low;
	frame.len = 2;
	return (int)lihe_build_number(ret, size, &frame);
}

static int encode_command(const struct codec_request *request, const struct command *command,
			  uint8_t *ret, size_t size, struct answer answer)
{
	struct lihe_number bare = {
		.command = command->cmd, .address = (uint8_t)request->address, .sub = command->sub};

	switch (command->form) {
	case FORM_TEXT: return encode_text(request, command, ret, size, answer);
	case FORM_NUMBER: return encode_number(request, command, ret, size, answer);
	case FORM_TICKET: return encode_ticket(request, command, ret, size, answer);
	case FORM_VERSION: return encode_version(request, command, ret, size, answer);
	case FORM_BARE: break;
	}
	if (read_sub(request, &bare.sub, answer) < 0)
		return -EINVAL;
	return (int)lihe_build_number(ret, size, &bare);
}

static int lihe_encode(const struct codec_request *request, uint8_t *ret_frame, size_t size,
		       char *ret_error, size_t error_size)
{
	const char *name = request->command ? request->command : commands[0].name;
	const struct command *command = NULL;
	const struct answer answer = {ret_error, error_size};
	int r;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			command = &commands[i];
	if (!command) {
		snprintf(ret_error, error_size, "没有此命令 no command \"%.40s\"; 可用 allowed: %s",
			 name, lihe_codec.commands);
		return -EINVAL;
	}
	if (request->address > MAX_ADDRESS) {
		snprintf(ret_error, error_size, "地址 address %u: 应为 allowed are 0 至 to %d",
			 request->address, MAX_ADDRESS);
		return -EINVAL;
	}
	r = codec_check_keys(request, command->keys, ret_error, error_size);
	if (r < 0)
		return r;
	if (request->text && command->form != FORM_TEXT && command->form != FORM_NUMBER &&
	    command->form != FORM_TICKET) {
		snprintf(ret_error, error_size, "%s: 不带文字 this command has no text", name);
		return -EINVAL;
	}
	r = encode_command(request, command, ret_frame, size, answer);
	return r == 0 ? -ENOSPC : r;
}

/* ---- into words ---- */

struct tell {
	codec_field_fn field;
	void *user;
};

static void tell_value(struct tell tell, const char *key, unsigned value, unsigned most,
		       const char *meaning)
{
	if (value > most)
		codec_tell(tell.field, tell.user, key,
			   "%u\t超出规范的 beyond the specification's 0..%u", value, most);
	else
		codec_tell(tell.field, tell.user, key, "%u%s%s", value, *meaning ? "\t" : "",
			   meaning);
}

static const char *mode_words(unsigned mode)
{
	static const char *const words[] = {
		"",
		"TPK-1616 左移 left; 3232B 移入 moves",
		"TPK-1616 上移 up; 3232B 移入 moves",
		"TPK-1616 下移 down; 3232B 移入 moves",
		"TPK-1616 覆盖 covers; 3232B 移入 moves",
		"TPK-1616 覆盖 covers; 3232B 移入 moves",
		"TPK-1616 反显 inverse; 3232B 移入 moves",
		"TPK-1616 闪烁 blinks; 3232B 移入 moves",
		"TPK-1616 立即 at once; 3232B 移入 moves",
		"3232B 反显 inverse",
		"3232B 闪烁 blinks",
		"3232B 立即 at once",
	};

	return mode < sizeof(words) / sizeof(words[0]) ? words[mode] : "";
}

static void tell_text(struct tell tell, const uint8_t *bytes, size_t len, bool with_end)
{
	static const char *const colours[] = {"红 red", "绿 green", "黄 yellow"};
	char text[4 * CODEC_MAX_FRAME + 1] = "";
	const bool one = bytes[4] == LIHE_ONE_LINE, all = bytes[4] == LIHE_WHOLE_SCREEN;

	if (text_from_gbk(bytes + TEXT_HEAD, len - TEXT_HEAD - 1, text, sizeof(text)) < 0)
		codec_hex(text, sizeof(text), bytes + TEXT_HEAD, len - TEXT_HEAD - 1);
	codec_tell(tell.field, tell.user, "frame", "%s\t%s",
		   one	 ? "text"
		   : all ? "screen"
			 : "-",
		   one	 ? "即时文字，单行 instant text, one line"
		   : all ? "即时文字，整屏 instant text, the whole screen"
			 : "未知类型 of an unknown kind");
	codec_tell(tell.field, tell.user, "address", "%u", bytes[1]);
	codec_tell(tell.field, tell.user, "kind", "%02X", bytes[4]);
	codec_tell(tell.field, tell.user, "checksum", "%s\t%02X, %s", sums[with_end], bytes[5],
		   with_end ? "含结尾 FF；若该屏不计 FF，则帧已损坏 counts the closing FF; on a "
			      "board that "
			      "does not, the frame is damaged"
			    : "不含结尾 FF without the closing FF");
	tell_value(tell, "mode", bytes[6], 254, mode_words(bytes[6]));
	tell_value(tell, "speed", bytes[7], 7, "");
	tell_value(tell, "stay", bytes[8], 99, "");
	tell_value(tell, "colour", bytes[9], 2, bytes[9] <= 2 ? colours[bytes[9]] : "");
	tell_value(tell, "life", bytes[10], 99, bytes[10] == 99 ? "永久 for ever" : "");
	tell.field(tell.user, "text", text);
}

static int decode_text(const struct codec_request *told, const uint8_t *bytes, size_t len,
		       struct tell tell, struct answer answer)
{
	unsigned sum = 0;
	long wanted = -1;
	size_t end;

	if (codec_word(told, "checksum", sums, &wanted, answer.error, answer.size) < 0)
		return -EINVAL;
	if ((len > 2 && bytes[2] != 0xbb) || (len > 3 && bytes[3] != 0x51)) {
		snprintf(answer.error, answer.size,
			 "第 3、4 字节应为 bytes 3 and 4 should be BB 51, 却是 are %02X %02X",
			 bytes[2], len > 3 ? bytes[3] : 0);
		return -EBADMSG;
	}
	for (end = TEXT_HEAD; end < len && bytes[end] != 0xff; end++)
		;
	if (end >= len) {
		snprintf(answer.error, answer.size,
			 "不完整 cut off: 没有结尾 no closing FF 在 in %zu 字节 bytes", len);
		return -EBADMSG;
	}
#ifdef LIHE_BREAK_TELLS /* a deliberately broken build: the tests must notice */
	codec_tell(tell.field, tell.user, "head", "%u", bytes[1]);
#endif
	for (size_t i = 6; i < end; i++)
		sum += bytes[i];
	for (unsigned dialect = 0; dialect < 2; dialect++) {
		if ((uint8_t)(sum + 0xff * dialect) != bytes[5] ||
		    (wanted >= 0 && wanted != (long)dialect))
			continue;
		tell_text(tell, bytes, end + 1, dialect == 1);
		return (int)end + 1;
	}
	snprintf(
		answer.error, answer.size,
		"校验和不符 the checksum does not fit: %02X, 应为 should be %02X (data) 或 or %02X "
		"(data+ff)%s%s",
		bytes[5], sum & 0xff, (sum + 0xff) & 0xff, wanted >= 0 ? "; checksum=" : "",
		wanted >= 0 ? sums[wanted] : "");
	return -EBADMSG;
}

static bool is_ticket(uint8_t cmd)
{
	return cmd == CMD_TICKET_STRIP || cmd == CMD_TICKET_COMBINED;
}

static bool is_number(uint8_t cmd)
{
	return cmd == LIHE_STRIP || cmd == LIHE_COMBINED;
}

static const char *sub_word(uint8_t sub)
{
	switch (sub) {
	case SUB_WELCOME: return "welcome\t欢迎 welcome";
	case SUB_CALL: return "call\t呼叫 call";
	case SUB_PAUSE: return "pause\t暂停 pause";
	case SUB_SERVING: return "serving\t受理 serving";
	default: return "-\t未知子命令 unknown sub-command";
	}
}

static const char *frame_word(uint8_t cmd, uint8_t sub, size_t data)
{
	if (is_number(cmd))
		return sub_word(sub);
	if (is_ticket(cmd))
		return "ticket\tASCII 号 a ticket in ASCII";
	switch (cmd) {
	case LIHE_ONLINE: return "online\t在线检查 online check";
	case LIHE_ACK: return "ack\t应答 acknowledgement";
	case LIHE_VERSION:
		return data ? "version-reply\t版本回复 answer to the version query"
			    : "version\t版本查询 version query";
	default: return "-\t未知命令 unknown command";
	}
}

static const char *cmd_word(uint8_t cmd)
{
	switch (cmd) {
	case LIHE_STRIP:
	case CMD_TICKET_STRIP: return "\t条屏 strip";
	case LIHE_COMBINED:
	case CMD_TICKET_COMBINED: return "\t综合屏 combined board";
	default: return "";
	}
}

static void tell_data(struct tell tell, uint8_t cmd, const uint8_t *data, size_t len)
{
	char text[4 * 256 + 1];
	size_t ticket = 0;

	while (ticket < len && ticket < MAX_TICKET && data[ticket] > 0x20 && data[ticket] < 0x7f)
		ticket++;
	if (is_number(cmd) && len >= 3 && data[0] < 100 && data[1] < 100) {
		codec_tell(tell.field, tell.user, "number", "%d", data[0] * 100 + data[1]);
		codec_tell(tell.field, tell.user, "window", "%u", data[2]);
		if (len == 3 || text_from_gbk(data + 3, len - 3, text, sizeof(text)) < 0)
			return;
		tell.field(tell.user, "prefix", text);
		codec_tell(tell.field, tell.user, "ticket", "%s%d", text, data[0] * 100 + data[1]);
	} else if (is_ticket(cmd) && ticket > 0 && len - ticket <= 1) {
		codec_tell(tell.field, tell.user, "text", "%.*s", (int)ticket, (const char *)data);
		if (ticket < len)
			codec_tell(tell.field, tell.user, "window", "%u", data[ticket]);
	} else if (len > 0) {
		codec_hex(text, sizeof(text), data, len);
		tell.field(tell.user, cmd == LIHE_VERSION ? "version" : "data", text);
	}
}

static int decode_number(const uint8_t *bytes, size_t len, struct tell tell, struct answer answer)
{
	size_t total = len > 1 ? bytes[1] + 4u : 0;
	unsigned sum = 0;

	if (len > 1 && bytes[1] < 3) {
		snprintf(answer.error, answer.size,
			 "长度 LEN %02X 太小 is too small: 至少 at least 03", bytes[1]);
		return -EBADMSG;
	}
	if (len < 2 || len < total) {
		snprintf(answer.error, answer.size,
			 "不完整 cut off: %zu 字节 bytes, 应有 should be %zu", len, total);
		return -EBADMSG;
	}
	for (size_t i = 1; i < total - 2; i++)
		sum += bytes[i];
	if (bytes[total - 1] != 0xff || bytes[total - 2] != sum % 100) {
		bool end = bytes[total - 1] != 0xff;

		snprintf(answer.error, answer.size,
			 end ? "长度不符 the length does not fit: 结尾是 it ends with %02X, 应为 "
			       "not %02X"
			     : "校验和不符 the checksum does not fit: %02X, 应为 should be %02X",
			 bytes[total - (end ? 1 : 2)], end ? 0xff : sum % 100);
		return -EBADMSG;
	}
	tell.field(tell.user, "frame", frame_word(bytes[2], bytes[4], total - NUMBER_HEAD - 2));
	codec_tell(tell.field, tell.user, "length", "%u", bytes[1]);
	codec_tell(tell.field, tell.user, "cmd", "%02X%s", bytes[2], cmd_word(bytes[2]));
	codec_tell(tell.field, tell.user, "address", "%u", bytes[3]);
	codec_tell(tell.field, tell.user, "sub", "%02X", bytes[4]);
	tell_data(tell, bytes[2], bytes + NUMBER_HEAD, total - NUMBER_HEAD - 2);
	codec_tell(tell.field, tell.user, "checksum", "%02X\t和模 100 sum mod 100",
		   bytes[total - 2]);
	return (int)total;
}

static int lihe_decode(const struct codec_request *told, const uint8_t *bytes, size_t len,
		       codec_field_fn field, void *user, char *ret_error, size_t error_size)
{
	const struct answer answer = {ret_error, error_size};
	const struct tell tell = {field, user};
	int r = codec_check_keys(told, "checksum", ret_error, error_size);

	if (r < 0)
		return r;
	if (len > CODEC_MAX_FRAME)
		len = CODEC_MAX_FRAME;
	if (len > 0 && bytes[0] == 0xaa)
		return decode_text(told, bytes, len, tell, answer);
	if (len > 0 && bytes[0] == 0xa0)
		return decode_number(bytes, len, tell, answer);
	snprintf(ret_error, error_size,
		 "不是 lihe 帧 no lihe frame: 应以 AA 或 A0 开头 it begins with AA or A0, %s%02X",
		 len ? "不是 not " : "", len ? bytes[0] : 0);
	return -EBADMSG;
}

const struct codec lihe_codec = {
	.name = "lihe",
	.description = "AA...BB window and combined boards",
	.description_zh = "AA…BB 窗口屏、综合屏",
	.commands = "text screen call number welcome pause serving ticket online version "
		    "version-reply ack",
	.settings = "mode=0..254 speed=0..7 stay=0..99 colour=red|green|yellow life=0..99 "
		    "checksum=data|data+ff cmd=28|2A|2B|2D sub=00..FF number=0..9999 window=0..254 "
		    "prefix=A version=A303",
	.encode = lihe_encode,
	.decode = lihe_decode,
};
