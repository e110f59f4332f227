/* Alpha packets into words: every command of a packet, and the two bytes by which newer signs
 * answer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/board/alpha/codec.h"

struct tell {
	codec_field_fn field;
	void *user;
	char prefix[16]; /* of the second command and those behind it */
};

static const struct alpha_letter types[] = {
	{'Z', "", "全部 all signs"},
	{'0', "", "屏的回复 a sign's answer"},
	{'!', "", "时钟 clock"},
	{'1', "", "单行屏 one-line signs"},
	{'2', "", "两行屏 two-line signs"},
	{0, NULL, NULL},
};

/* Special functions: E writes, F reads. */
static const struct alpha_letter functions[] = {
	{0x20, "time", "时间 time"},
	{0x21, "speaker", "扬声器 speaker"},
	{0x22, "information", "一般信息 general information"},
	{0x23, "memory-size", "存储容量 memory pool size"},
	{0x24, "memory", "存储配置 memory configuration"},
	{0x25, "memory-dump", "存储转储 memory dump"},
	{0x26, "day", "星期 day of the week"},
	{0x27, "time-format", "时间格式 time format"},
	{0x28, "beep", "蜂鸣 tone"},
	{0x29, "run-times", "显示时段 run time table"},
	{0x2a, "errors", "串口错误 serial error status"},
	{0x2b, "position", "按坐标显示 text at X, Y"},
	{0x2c, "reset", "软复位 soft reset"},
	{0x2d, "network", "网络查询 network query"},
	{0x2e, "run-sequence", "显示顺序 run sequence"},
	{0x2f, "dimming", "调光 dimming register"},
	{0x30, "dimming-times", "调光时段 dimming times"},
	{0x32, "run-days", "显示日 run day table"},
	{0x34, "clear-errors", "清除错误 clear error status"},
	{0x35, "counters", "计数器 counters"},
	{0x37, "address", "地址 serial address"},
	{0x38, "large-dots", "大点阵配置 large dots memory"},
	{0x39, "append-dots", "追加大点阵 append large dots"},
	{0x3a, "file-times", "文件时段 run file times"},
	{0x3b, "date", "日期 date"},
	{0x3c, "characters", "自定义字符 custom characters"},
	{0x3e, "automode", "自动模式表 automode table"},
	{0x40, "dimming-control", "调光控制 dimming control"},
	{0x43, "colour-correction", "颜色校正 colour correction"},
	{0x73, "answers", "应答开关 ACK and NAK on or off"},
	{0, NULL, NULL},
};

static const struct alpha_letter codes[] = {
	{'A', "text", "写文字 write text"},
	{'B', "read-text", "读文字 read text"},
	{'E', "special", "写特殊功能 write special function"},
	{'F', "read-special", "读特殊功能 read special function"},
	{'G', "string", "写字符串 write string"},
	{'H', "read-string", "读字符串 read string"},
	{'I', "dots", "写点阵 write small dots"},
	{'J', "read-dots", "读点阵 read small dots"},
	{'K', "rgb-dots", "写彩色点阵 write RGB dots"},
	{'L', "read-rgb-dots", "读彩色点阵 read RGB dots"},
	{'M', "large-dots", "写大点阵 write large dots"},
	{'N', "read-large-dots", "读大点阵 read large dots"},
	{'O', "bulletin", "公告 bulletin"},
	{'T', "set-timeout", "超时 set timeout message"},
	{0, NULL, NULL},
};

static const struct alpha_letter *find(const struct alpha_letter *letters, uint8_t byte)
{
	while (letters->name && letters->byte != byte)
		letters++;
	return letters;
}

/* ---- values ---- */

static void tell_string(const struct tell *tell, const char *key, const char *value)
{
	char name[48];

	snprintf(name, sizeof(name), "%s%s", tell->prefix, key);
	tell->field(tell->user, name, value);
}

/* One character with what it means; \xNN where it is none. */
static void tell_letter(const struct tell *tell, const char *key, uint8_t byte, const char *words)
{
	char value[96];

	snprintf(value, sizeof(value), byte >= 0x20 && byte < 0x7f ? "%c%s%s" : "\\x%02X%s%s", byte,
		 words && *words ? "\t" : "", words ? words : "");
	tell_string(tell, key, value);
}

/* Bytes as they are; what is no printable ASCII as \xNN. */
static void tell_bytes(const struct tell *tell, const char *key, const uint8_t *bytes, size_t len)
{
	char value[4 * CODEC_MAX_FRAME + 1];
	size_t used = 0;

	value[0] = '\0';
	for (size_t i = 0; i < len && used + 5 < sizeof(value); i++)
		used += (size_t)snprintf(value + used, sizeof(value) - used,
					 bytes[i] >= 0x20 && bytes[i] < 0x7f ? "%c" : "\\x%02X",
					 bytes[i]);
	tell_string(tell, key, value);
}

/* How many bytes follow a control code of a text (document 9708-8061, appendix G). */
static size_t codes_behind(uint8_t byte)
{
	switch (byte) {
	case 0x05: /* double high, true descenders and the like */
	case 0x06:
	case 0x07:
	case 0x08: /* extended characters */
	case 0x0b: /* date */
	case 0x10: /* string file */
	case 0x14: /* dots file */
	case 0x1a: /* font */
	case 0x1c: /* colour */
	case 0x1e: return 1;
	case 0x1d: return 2; /* attribute */
	default: return 0;
	}
}

static void tell_text(const struct tell *tell, const uint8_t *bytes, size_t len)
{
	char shown[CODEC_MAX_FRAME + 1];
	size_t used = 0;
	bool plain = true;

	tell_bytes(tell, "text", bytes, len);
	for (size_t i = 0; i < len && used < CODEC_MAX_FRAME; i++) {
		if (bytes[i] >= 0x20 && bytes[i] < 0x7f) {
			shown[used++] = (char)bytes[i];
			continue;
		}
		plain = false;
		if (bytes[i] == 0x0d || bytes[i] == 0x0c)
			shown[used++] = ' ';
		i += codes_behind(bytes[i]);
	}
	shown[used] = '\0';
	if (!plain)
		tell_string(tell, "shown", shown);
}

/* ---- commands ---- */

static void tell_write_text(const struct tell *tell, const struct alpha_command *command)
{
	struct alpha_text text;

	if (!alpha_take_text(command->data, command->len, &text)) {
		tell_bytes(tell, "data", command->data, command->len);
		return;
	}
	tell_letter(tell, "label", text.label,
		    text.label == ALPHA_PRIORITY ? "优先文件 priority file" : "");
	if (text.has_mode) {
		tell_letter(tell, "position", text.position,
			    find(alpha_positions, text.position)->words);
		tell_letter(tell, "mode", text.mode, find(alpha_modes, text.mode)->words);
	}
	if (text.special)
		tell_letter(tell, "special", text.special, "");
	tell_text(tell, text.text, text.len);
}

/* Whatever stands in a value is UTF-8: bytes that are none go as \xNN, by tell_bytes(). */
static bool is_plain(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < 0x20 || bytes[i] >= 0x7f)
			return false;
	return true;
}

static void tell_files(const struct tell *tell, const uint8_t *bytes, size_t len)
{
	static const struct alpha_letter kinds[] = {{'A', "text", "文字 text"},
						    {'B', "string", "字符串 string"},
						    {'D', "dots", "点阵 dots"},
						    {0, NULL, NULL}};
	struct alpha_file file;
	unsigned n = 0;

	for (; len >= ALPHA_FILE && is_plain(bytes, ALPHA_FILE) && alpha_take_file(bytes, &file);
	     bytes += ALPHA_FILE, len -= ALPHA_FILE) {
		char key[24], value[160];

		n++;
		snprintf(key, sizeof(key), n > 1 ? "file%u" : "file", n);
		snprintf(value, sizeof(value), "%.11s\t%c: %s, %s, %u 字节 bytes",
			 (const char *)bytes, file.label, find(kinds, file.type)->words,
			 file.protection == 'L' ? "锁定 locked" : "不锁 unlocked", file.size);
		tell_string(tell, key, value);
	}
	if (len)
		tell_bytes(tell, "data", bytes, len);
}

static void tell_special(const struct tell *tell, const struct alpha_command *command)
{
	const uint8_t *data = command->data + 1;
	size_t len = command->len - 1;
	char value[16];

	tell_letter(tell, "function", command->data[0], find(functions, command->data[0])->words);
	switch (command->data[0]) {
	case ALPHA_MEMORY: tell_files(tell, data, len); return;
	case ALPHA_SET_TIME:
		if (len == 4 && is_plain(data, len)) {
			snprintf(value, sizeof(value), "%.2s:%.2s", (const char *)data,
				 (const char *)data + 2);
			tell_string(tell, "time", value);
			return;
		}
		break;
	case ALPHA_TONE:
		if (len == 5 && data[0] == '2') {
			tell_bytes(tell, "frequency", data + 1, 2);
			tell_bytes(tell, "duration", data + 3, 1);
			tell_bytes(tell, "repeat", data + 4, 1);
			return;
		}
		break;
	default: break;
	}
	if (len)
		tell_bytes(tell, "data", data, len);
}

static void tell_command(const struct tell *tell, const struct alpha_command *command)
{
	char sum[8];

	tell_letter(tell, "code", command->code, find(codes, command->code)->words);
	switch (command->code) {
	case ALPHA_WRITE_TEXT: tell_write_text(tell, command); break;
	case ALPHA_WRITE_SPECIAL:
	case ALPHA_READ_SPECIAL:
		if (command->len)
			tell_special(tell, command);
		break;
	case ALPHA_WRITE_STRING:
		if (command->len) {
			tell_letter(tell, "label", command->data[0], "");
			tell_text(tell, command->data + 1, command->len - 1);
		}
		break;
	case ALPHA_READ_TEXT:
	case ALPHA_READ_STRING:
		if (command->len == 1) {
			tell_letter(tell, "label", command->data[0], "");
			break;
		}
		tell_bytes(tell, "data", command->data, command->len);
		break;
	default: tell_bytes(tell, "data", command->data, command->len);
	}
	if (!command->has_checksum)
		return;
	snprintf(sum, sizeof(sum), "%04X", command->checksum);
	tell_string(tell, "checksum", sum);
}

/* As --command calls it. */
static const char *name_of(const struct alpha_command *command)
{
	const struct alpha_letter *code = find(codes, command->code);

	if (command->len && command->code == ALPHA_WRITE_TEXT && command->data[0] == ALPHA_PRIORITY)
		return "priority";
	if (command->len && command->code == ALPHA_WRITE_SPECIAL) {
		if (command->data[0] == ALPHA_MEMORY)
			return command->len > 1 && command->data[1] != '$' ? "allocate" : "clear";
		if (find(functions, command->data[0])->name)
			return find(functions, command->data[0])->name;
	}
	return code->name ? code->name : "-";
}

/* ---- answers and refusals ---- */

/* ACK or NAK and the serial error status register, whose bit 6 is always set. */
static int decode_answer(const uint8_t *bytes, size_t len, const struct tell *tell)
{
	static const char *const bits[] = {"奇偶校验 parity", "帧错误 framing",
					   "超时 timeout",    "缓冲溢出 overflow",
					   "校验和 checksum", "非法命令或标签 illegal command"};
	char value[160];
	size_t used;

	tell_string(tell, "frame", bytes[0] == ALPHA_ACK ? "ack\t应答 ACK" : "nak\t拒绝 NAK");
	if (len < 2 || !(bytes[1] & 0x40) || bytes[1] & 0x80)
		return 1;
	used = (size_t)snprintf(value, sizeof(value), "%02X", bytes[1]);
	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (bytes[1] >> i & 1)
			used += (size_t)snprintf(value + used, sizeof(value) - used, "%c%s",
						 used == 2 ? '\t' : ' ', bits[i]);
	tell_string(tell, "status", value);
	return 2;
}

static int refuse(enum alpha_error error, size_t len, char *ret_error, size_t error_size)
{
	switch (error) {
	case ALPHA_TOO_SHORT:
		snprintf(ret_error, error_size,
			 "不完整 cut off: 没有结尾 no closing EOT 04 在 in %zu 字节 bytes", len);
		break;
	case ALPHA_BAD_HEADER:
		snprintf(
			ret_error, error_size,
			"包头错误 wrong header: SOH 之后应为类型和两位地址 behind SOH stand a type "
			"and an address of two digits");
		break;
	case ALPHA_BAD_COMMAND:
		snprintf(ret_error, error_size,
			 "命令错误 wrong command: 应以 STX 02 和命令码开头 it begins with STX 02 "
			 "and a code");
		break;
	case ALPHA_BAD_SUM:
		snprintf(
			ret_error, error_size,
			"校验和不符 the checksum does not fit: ETX 之后应为 STX 至 ETX 的和，四位十"
			"六进制 behind ETX stands the sum from STX to ETX, four digits");
		break;
	default:
		snprintf(ret_error, error_size,
			 "开头应为至少 5 个 00 和 01 a packet begins with five bytes 00 or more, "
			 "and 01");
	}
	return -EBADMSG;
}

int board_alpha_decode(const struct codec_request *told, const uint8_t *bytes, size_t len,
		       codec_field_fn field, void *user, char *ret_error, size_t error_size)
{
	struct tell tell = {.field = field, .user = user};
	struct alpha_packet packet;
	struct alpha_command command;
	enum alpha_error error;
	size_t used = 0, at = 0;
	unsigned n = 0;
	int r = codec_check_keys(told, "", ret_error, error_size);

	if (r < 0)
		return r;
	if (len && (bytes[0] == ALPHA_ACK || bytes[0] == ALPHA_NAK))
		return decode_answer(bytes, len, &tell);
	error = alpha_parse(bytes, len, &packet, &used);
	if (error != ALPHA_GOOD)
		return refuse(error, len, ret_error, error_size);
	while (alpha_next_command(&packet, &at, &command)) {
		if (n++ == 0) {
			codec_tell(field, user, "frame", "%s\t%s", name_of(&command),
				   find(codes, command.code)->name
					   ? find(codes, command.code)->words
					   : "未知命令 unknown command");
			tell_letter(&tell, "type", packet.type, find(types, packet.type)->words);
			if (packet.any_address)
				tell_string(&tell, "address", "??\t任意 any");
			else
				codec_tell(field, user, "address", "%u%s", packet.address,
					   packet.address ? "" : "\t全部 all");
		} else {
			snprintf(tell.prefix, sizeof(tell.prefix), "command%u.", n);
		}
		tell_command(&tell, &command);
	}
	return (int)used;
}
