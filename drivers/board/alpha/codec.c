/* Alpha packets from words. What is not given is as in the published packets: any type of sign, no
 * checksum, file A of 256 bytes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/board/alpha/codec.h"

enum { MAX_DATA = 1024 };

const struct alpha_letter alpha_positions[] = {
	{ALPHA_MIDDLE, "middle", "居中 middle"},
	{ALPHA_TOP, "top", "上 top"},
	{ALPHA_BOTTOM, "bottom", "下 bottom"},
	{ALPHA_FILL, "fill", "占满 fill"},
	{0x31, "left", "左 left"},
	{0x32, "right", "右 right"},
	{0, NULL, NULL},
};

const struct alpha_letter alpha_modes[] = {
	{'a', "rotate", "左移循环 rotate"},
	{'b', "hold", "静止 hold"},
	{'c', "flash", "闪烁 flash"},
	{'e', "roll-up", "上卷 roll up"},
	{'f', "roll-down", "下卷 roll down"},
	{'g', "roll-left", "左卷 roll left"},
	{'h', "roll-right", "右卷 roll right"},
	{'i', "wipe-up", "上擦 wipe up"},
	{'j', "wipe-down", "下擦 wipe down"},
	{'k', "wipe-left", "左擦 wipe left"},
	{'l', "wipe-right", "右擦 wipe right"},
	{'m', "scroll", "滚动 scroll"},
	{'n', "special", "特效 special"},
	{'o', "auto", "自动 automatic"},
	{'p', "roll-in", "卷入 roll in"},
	{'q', "roll-out", "卷出 roll out"},
	{'r', "wipe-in", "擦入 wipe in"},
	{'s', "wipe-out", "擦出 wipe out"},
	{'t', "compressed-rotate", "压缩左移 compressed rotate"},
	{0, NULL, NULL},
};

const struct alpha_letter alpha_colours[] = {
	{'1', "red", "红 red"},
	{'2', "green", "绿 green"},
	{'3', "amber", "琥珀 amber"},
	{0, NULL, NULL},
};

struct ask {
	const struct codec_request *request;
	char *error;
	size_t error_size;
	bool failed;
	uint8_t data[MAX_DATA];
	size_t len;
};

static void put(struct ask *ask, const char *text)
{
	size_t len = strlen(text);

	if (ask->len + len > sizeof(ask->data)) {
		if (!ask->failed)
			snprintf(ask->error, ask->error_size, "过长 longer than %d 字节 bytes",
				 MAX_DATA);
		ask->failed = true;
		return;
	}
	memcpy(ask->data + ask->len, text, len);
	ask->len += len;
}

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

static unsigned number(struct ask *ask, const char *key, long value, long least, long most)
{
	char error[CODEC_MAX_ERROR];

	if (codec_number(ask->request, key, least, most, &value, error, sizeof(error)) < 0) {
		if (!ask->failed)
			snprintf(ask->error, ask->error_size, "%s", error);
		ask->failed = true;
	}
	return (unsigned)value;
}

/* A name of the list, or the one character itself. */
static char letter(struct ask *ask, const char *key, const struct alpha_letter *letters, char value)
{
	const char *text = codec_setting(ask->request, key);
	char list[200] = "";
	size_t used = 0;

	for (; text && letters->name; letters++) {
		if (strcmp(letters->name, text) == 0 ||
		    (text[0] == (char)letters->byte && !text[1]))
			return (char)letters->byte;
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? "|" : "",
					 letters->name);
		if (used >= sizeof(list))
			break;
	}
	if (text)
		refuse(ask, key, list);
	return value;
}

static char label(struct ask *ask, char value)
{
	const char *text = codec_setting(ask->request, "label");

	if (!text)
		return value;
	if (text[0] < 0x20 || text[0] > 0x7e || text[1])
		refuse(ask, "label", "一个字符 one character");
	return text[0];
}

/* ---- commands ---- */

static void put_plain(struct ask *ask, const char *text)
{
	for (const char *c = text; *c; c++) {
		if ((*c >= 0x20 && *c < 0x7f) || *c == '\r')
			continue;
		if (!ask->failed)
			snprintf(ask->error, ask->error_size,
				 "--text: 只能用 ASCII 字符 only ASCII: 此协议没有公开的中文 no "
				 "Chinese is documented for this protocol");
		ask->failed = true;
		return;
	}
	put(ask, text);
}

static void put_file(struct ask *ask, char file, bool with_text)
{
	const char *colour = codec_setting(ask->request, "colour");
	char head[8];

	snprintf(head, sizeof(head), "%c", file);
	put(ask, head);
	if (!with_text)
		return;
	snprintf(head, sizeof(head), "%c%c%c", ALPHA_ESC,
		 letter(ask, "position", alpha_positions, ALPHA_MIDDLE),
		 letter(ask, "mode", alpha_modes, ALPHA_HOLD));
	put(ask, head);
	if (colour) {
		snprintf(head, sizeof(head), "%c%c", ALPHA_COLOUR,
			 letter(ask, "colour", alpha_colours, '1'));
		put(ask, head);
	}
	put_plain(ask, ask->request->text);
}

static void put_text(struct ask *ask)
{
	put_file(ask, label(ask, 'A'), true);
}

/* Without a text it is emptied. */
static void put_priority(struct ask *ask)
{
	put_file(ask, ALPHA_PRIORITY, ask->request->text && *ask->request->text);
}

static void put_string(struct ask *ask)
{
	const char name[2] = {label(ask, '1'), '\0'};

	put(ask, name);
	put_plain(ask, ask->request->text);
}

static void put_label(struct ask *ask)
{
	const char name[2] = {label(ask, 'A'), '\0'};

	put(ask, name);
}

static void put_clear(struct ask *ask)
{
	put(ask, "$");
}

static void put_allocate(struct ask *ask)
{
	static const struct alpha_letter kinds[] = {
		{'A', "text", ""}, {'B', "string", ""}, {'D', "dots", ""}, {0, NULL, NULL}};
	static const struct alpha_letter locks[] = {
		{'U', "unlocked", ""}, {'L', "locked", ""}, {0, NULL, NULL}};
	char kind = letter(ask, "kind", kinds, 'A');
	char file[16];
	unsigned size = number(ask, "size", 256, 1, 65535);

	snprintf(file, sizeof(file), "$%c%c%c%04X%04X", label(ask, 'A'), kind,
		 letter(ask, "protection", locks, kind == 'B' ? 'L' : 'U'), size,
		 number(ask, "times", kind == 'A' ? 0xff00 : 0, 0, 65535));
	put(ask, file);
}

static void put_time(struct ask *ask)
{
	const char *text = codec_setting(ask->request, "time");
	const char *clock = text && strchr(text, 'T') ? strchr(text, 'T') + 1 : text;
	unsigned hour = 0, minute = 0;
	char data[16];
	int used = 0;

	if (!clock || sscanf(clock, "%2u:%2u%n", &hour, &minute, &used) != 2 || used != 5 ||
	    (clock[used] && clock[used] != ':') || hour > 23 || minute > 59) {
		refuse(ask, "time", "14:30");
		return;
	}
	snprintf(data, sizeof(data), "%c%02u%02u", ALPHA_SET_TIME, hour % 24, minute % 60);
	put(ask, data);
}

static void put_beep(struct ask *ask)
{
	char data[16];

	snprintf(data, sizeof(data), "(2%02X%X%X", number(ask, "frequency", 0, 0, 254) & 255,
		 number(ask, "duration", 1, 1, 15) & 15, number(ask, "repeat", 0, 0, 15) & 15);
	put(ask, data);
}

static void put_reset(struct ask *ask)
{
	put(ask, ",");
}

enum text_need { TEXT_NONE, TEXT_MAY, TEXT_MUST };

static const struct command {
	const char *name;
	uint8_t code;
	void (*put)(struct ask *ask);
	enum text_need text;
	const char *keys;
} commands[] = {
	{"text", ALPHA_WRITE_TEXT, put_text, TEXT_MUST, "label position mode colour"},
	{"priority", ALPHA_WRITE_TEXT, put_priority, TEXT_MAY, "position mode colour"},
	{"string", ALPHA_WRITE_STRING, put_string, TEXT_MUST, "label"},
	{"clear", ALPHA_WRITE_SPECIAL, put_clear, TEXT_NONE, ""},
	{"allocate", ALPHA_WRITE_SPECIAL, put_allocate, TEXT_NONE,
	 "label kind protection size times"},
	{"time", ALPHA_WRITE_SPECIAL, put_time, TEXT_NONE, "time"},
	{"beep", ALPHA_WRITE_SPECIAL, put_beep, TEXT_NONE, "frequency duration repeat"},
	{"reset", ALPHA_WRITE_SPECIAL, put_reset, TEXT_NONE, ""},
	{"read-text", ALPHA_READ_TEXT, put_label, TEXT_NONE, "label"},
	{"read-string", ALPHA_READ_STRING, put_label, TEXT_NONE, "label"},
};

static int check(const struct codec_request *request, const struct command *command,
		 char *ret_error, size_t error_size)
{
	char keys[128];

	if (!command) {
		snprintf(ret_error, error_size, "没有此命令 no command \"%.40s\"; 可用 allowed: %s",
			 request->command, alpha_codec.commands);
		return -EINVAL;
	}
	if (request->address > 255) {
		snprintf(ret_error, error_size, "地址 address %u: 应为 allowed are 0 至 to 255",
			 request->address);
		return -EINVAL;
	}
	if ((command->text == TEXT_MUST && !request->text) ||
	    (command->text == TEXT_NONE && request->text)) {
		snprintf(ret_error, error_size,
			 request->text ? "%s: 不带文字 this command has no text"
				       : "%s: 缺少文字 the text is missing: --text",
			 command->name);
		return -EINVAL;
	}
	snprintf(keys, sizeof(keys), "type checksum %s", command->keys);
	return codec_check_keys(request, keys, ret_error, error_size);
}

static int alpha_encode(const struct codec_request *request, uint8_t *ret_frame, size_t size,
			char *ret_error, size_t error_size)
{
	static const char *const switches[] = {"0", "1", NULL};
	const char *name = request->command ? request->command : "text";
	const char *type = codec_setting(request, "type");
	struct ask ask = {.request = request, .error = ret_error, .error_size = error_size};
	const struct command *command = NULL;
	long checksum = 0;
	size_t len;
	int r;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			command = &commands[i];
	r = check(request, command, ret_error, error_size);
	if (r == 0)
		r = codec_word(request, "checksum", switches, &checksum, ret_error, error_size);
	if (r < 0)
		return r;
	if (type && (type[0] < 0x21 || type[0] > 0x7e || type[1]))
		refuse(&ask, "type", "一个字符 one character");
	command->put(&ask);
	if (ask.failed)
		return -EINVAL;
	len = alpha_build(ret_frame, size, type ? (uint8_t)type[0] : ALPHA_ALL_TYPES,
			  (uint8_t)request->address, command->code, ask.data, ask.len,
			  checksum == 1);
	return len ? (int)len : -ENOSPC;
}

const struct codec alpha_codec = {
	.name = "alpha",
	.description = "Alpha Sign Communications Protocol (BetaBrite), ASCII only",
	.description_zh = "Alpha 屏通信协议（BetaBrite），仅 ASCII",
	.commands = "text priority string clear allocate time beep reset read-text read-string",
	.settings = "type=Z checksum=0|1; text, priority: label=A position=middle|top|bottom|fill "
		    "mode=hold|flash|rotate|... colour=red|green|amber; string: label=1; allocate: "
		    "label=A kind=text|string|dots protection=unlocked|locked size=256 "
		    "times=0xFF00; time: time=14:30; beep: frequency=0..254 duration=1..15 "
		    "repeat=0..15",
	.encode = alpha_encode,
	.decode = board_alpha_decode,
};
