/* Onbon frames into words: header, data and every area of a dynamic text, by the names that --set
 * has for them. Explaining is more patient than cards are: what is sound by its checksum is told,
 * also where its inside is not known here. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/board/onbon/codec.h"
#include "drivers/board/onbon/protocol.h"
#include "drivers/text/text.h"

struct tell {
	codec_field_fn field;
	void *user;
	char prefix[12]; /* of the second area and those behind it */
};

static void tell_number(const struct tell *tell, const char *key, unsigned value,
			const char *meaning)
{
	char name[40];

	snprintf(name, sizeof(name), "%s%s", tell->prefix, key);
	codec_tell(tell->field, tell->user, name, "%u%s%s", value, *meaning ? "\t" : "", meaning);
}

static void tell_word(const struct tell *tell, const char *key, unsigned value,
		      const char *const *words, size_t count)
{
	tell_number(tell, key, value, value < count && words[value] ? words[value] : "");
}

#define TELL_WORD(tell, key, value, words)                                                         \
	tell_word(tell, key, value, words, sizeof(words) / sizeof((words)[0]))

static void tell_hex(const struct tell *tell, const char *key, const uint8_t *bytes, size_t len)
{
	char hex[3 * ONBON_MAX_PACKET + 1] = "", name[40];

	if (!len)
		return;
	codec_hex(hex, sizeof(hex), bytes, len);
	snprintf(name, sizeof(name), "%s%s", tell->prefix, key);
	tell->field(tell->user, name, hex);
}

static void tell_gb(const struct tell *tell, const char *key, const uint8_t *bytes, size_t len)
{
	char text[4 * ONBON_MAX_PACKET + 1], name[40];

	if (text_from_gbk(bytes, len, text, sizeof(text)) < 0) {
		tell_hex(tell, key, bytes, len);
		return;
	}
	snprintf(name, sizeof(name), "%s%s", tell->prefix, key);
	tell->field(tell->user, name, text);
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t get32(const uint8_t *bytes)
{
	return get16(bytes) | (uint32_t)get16(bytes + 2) << 16;
}

/* ---- header ---- */

static void tell_header(const struct tell *tell, const struct onbon_packet *packet, bool is_reply)
{
	static const char *const checks[] = {"CRC16", "累加和 sum", "不校验 none"};
	static const char *const modes[] = {"普通 ordinary", "动态区优先 dynamic areas first"};

	codec_tell(tell->field, tell->user, "address", "%u\t屏号 the card's",
		   is_reply ? packet->source : packet->destination);
	tell_number(tell, "destination", packet->destination,
		    packet->destination == ONBON_HOST ? "主机 host"
		    : packet->destination >= 0xfffe   ? "广播 broadcast"
						      : "");
	tell_number(tell, "source", packet->source,
		    packet->source == ONBON_HOST ? "主机 host" : "");
	if (packet->reserved[0] || packet->reserved[1] || packet->reserved[2])
		tell_hex(tell, "reserved", packet->reserved, sizeof(packet->reserved));
	tell_number(tell, "barcode_flag", packet->has_barcode, "");
	if (packet->has_barcode)
		tell_gb(tell, "barcode", packet->barcode, sizeof(packet->barcode));
	TELL_WORD(tell, "check_mode", packet->check_mode, checks);
	TELL_WORD(tell, "display_mode", packet->display_mode, modes);
	tell_number(tell, "device_type", packet->device_type,
		    packet->device_type == ONBON_ANY_CARD ? "任意 any card" : "");
	tell_number(tell, "version", packet->version, "");
	tell_number(tell, "data_length", (unsigned)packet->len, "");
}

static void tell_head(const struct tell *tell, const struct onbon_head *head, bool is_reply)
{
	static const char *const wanted[] = {"", "要回复 wanted", "不回复 not wanted"};
	char words[96];

	codec_tell(tell->field, tell->user, "group", "%02X", head->command >> 8);
	codec_tell(tell->field, tell->user, "cmd", "%02X", head->command & 0xff);
	if (is_reply) {
		snprintf(words, sizeof(words), "%s %s", board_onbon_refusal_zh(head->reply),
			 board_onbon_refusal(head->reply));
		tell_number(tell, "error", head->reply, words);
	} else {
		TELL_WORD(tell, "reply", head->reply, wanted);
	}
	snprintf(words, sizeof(words), "实际 payload: %zu", head->len);
	tell_number(tell, "length", head->length, head->length == head->len ? "" : words);
}

/* ---- dynamic texts ---- */

static void tell_across(const struct tell *tell, const char *key, uint16_t value)
{
	char name[40];

	snprintf(name, sizeof(name), "%s%s", tell->prefix, key);
	if (value & ONBON_PIXELS)
		codec_tell(tell->field, tell->user, name, "%upx\t点 dots", value & 0x7fffu);
	else
		codec_tell(tell->field, tell->user, name, "%u\t字节 bytes, %u 点 dots", value,
			   value * 8u);
}

/* Without \FO000, \C1 and the like; \n and \r\n begin a line. */
static void tell_shown(const struct tell *tell, const struct onbon_area *area)
{
	uint8_t plain[ONBON_MAX_PACKET];
	size_t len = 0;

	for (uint32_t i = 0; i < area->text_len; i++) {
		const uint8_t *at = area->text + i;
		uint32_t left = area->text_len - i;

		if (at[0] >= 0x81 && left > 1) { /* its second byte may look like a backslash */
			plain[len++] = *at;
			plain[len++] = at[1];
			i++;
		} else if (at[0] != '\\' || left < 2) {
			plain[len++] = *at;
		} else if (at[1] == 'F' && left >= 6) {
			i += 5;
		} else if (at[1] == 'C' && left >= 3) {
			i += 2;
		} else if (at[1] == 'r' || at[1] == 'n') {
			i++;
			if (at[1] == 'n')
				plain[len++] = ' ';
		} else {
			plain[len++] = *at;
		}
	}
	if (len != area->text_len)
		tell_gb(tell, "shown", plain, len);
}

static void tell_area(const struct tell *tell, const struct onbon_area *area)
{
	static const char *const runs[] = {"循环 cycles",
					   "显示完停在末页 stays at the last page",
					   "超时后不再显示 goes after the timeout",
					   "超时后显示末页 shows the last page after the timeout",
					   "顺序显示一遍 once",
					   "顺序显示，超过次数后不再显示 so many times"};
	static const char *const voices[] = {"无 none", "读显示内容 says the text",
					     "读另外的内容 says `spoken`"};
	static const char *const lines[] = {"", "单行 single", "多行 several"};
	static const char *const wraps[] = {"", "不自动换行 not", "自动换行 at the edge"};
	static const char *const effects[] = {"",	   "静止 stands", "快速打出 at once",
					      "左移 left", "右移 right",  "上移 up",
					      "下移 down"};

	tell_number(tell, "type", area->type, "");
	tell_across(tell, "x", area->x);
	tell_number(tell, "y", area->y, "");
	tell_across(tell, "w", area->w);
	tell_number(tell, "h", area->h, "");
	tell_number(tell, "id", area->id, "");
	tell_number(tell, "line_gap", area->line_gap, "");
	TELL_WORD(tell, "run_mode", area->run_mode, runs);
	tell_number(tell, "timeout", area->timeout, "秒 s");
	TELL_WORD(tell, "voice", area->voice, voices);
	if (area->voice) {
		tell_number(tell, "voice_person", area->voice_person, "");
		tell_number(tell, "voice_volume", area->voice_volume, "");
		tell_number(tell, "voice_speed", area->voice_speed, "");
	}
	if (area->voice == 2)
		tell_gb(tell, "spoken", area->spoken, area->spoken_len);
	tell_number(tell, "ext_length", area->ext_len, "");
	tell_hex(tell, "ext", area->ext, area->ext_len);
	tell_number(tell, "alignment", area->alignment, "");
	TELL_WORD(tell, "single_line", area->single_line, lines);
	TELL_WORD(tell, "auto_wrap", area->auto_wrap, wraps);
	TELL_WORD(tell, "effect", area->effect, effects);
	tell_number(tell, "exit", area->exit, "");
	tell_number(tell, "speed", area->speed, "");
	tell_number(tell, "stay", area->stay, "");
	tell_number(tell, "text_length", area->text_len, "");
	tell_gb(tell, "text", area->text, area->text_len);
	tell_shown(tell, area);
}

static bool tell_text(struct tell tell, const struct onbon_head *head)
{
	struct onbon_text text;
	struct onbon_area area;
	size_t at = 0;

	if (!onbon_take_text(head->payload, head->len, &text))
		return false;
	tell_number(&tell, "delete_count", text.delete_count,
		    text.delete_count == ONBON_ALL_AREAS ? "全部 all" : "");
	tell_hex(&tell, "deleted", text.deleted, text.deleted_len);
	tell_number(&tell, "area_count", text.area_count, "");
	for (unsigned i = 0; i < text.area_count; i++) {
		if (i > 0)
			snprintf(tell.prefix, sizeof(tell.prefix), "area%u.", i + 1);
		at += onbon_take_area(text.areas + at, text.areas_len - at, &area);
		tell_area(&tell, &area);
	}
	return true;
}

/* ---- other payloads: false if it is not of the length that the command has ---- */

static void tell_time(const struct tell *tell, const char *key, const uint8_t bytes[8])
{
	static const char *const days[] = {"",	     "一 Mon", "二 Tue", "三 Wed",
					   "四 Thu", "五 Fri", "六 Sat", "日 Sun"};
	struct onbon_time time;

	if (!onbon_take_time(bytes, &time)) {
		tell_hex(tell, key, bytes, 8);
		return;
	}
	codec_tell(tell->field, tell->user, key, "%04u-%02u-%02uT%02u:%02u:%02u", time.year,
		   time.month, time.day, time.hour, time.minute, time.second);
	TELL_WORD(tell, "week", time.week, days);
}

static void tell_power(const struct tell *tell, uint8_t power)
{
	codec_tell(tell->field, tell->user, "power", "%s\t%02X",
		   power == ONBON_POWER_ON    ? "on"
		   : power == ONBON_POWER_OFF ? "off"
					      : "-",
		   power);
}

static bool tell_status(const struct tell *tell, const struct onbon_head *head)
{
	struct onbon_status status;

	if (!onbon_take_status(head->payload, head->len, &status))
		return false;
	tell_power(tell, status.power);
	tell_number(tell, "brightness", status.brightness, "");
	tell_time(tell, "time", status.time);
	tell_number(tell, "programs", status.programs, "");
	tell_gb(tell, "program", status.program, sizeof(status.program));
	tell_number(tell, "special", status.special, "");
	tell_number(tell, "special_pages", status.special_pages, "");
	tell_number(tell, "area_count", status.area_count, "");
	tell_hex(tell, "areas", status.areas, status.area_count);
	if (status.has_barcode)
		tell_gb(tell, "card_barcode", status.barcode, sizeof(status.barcode));
	if (status.has_net_id)
		tell_gb(tell, "net_id", status.net_id, sizeof(status.net_id));
	return true;
}

static bool tell_brightness(const struct tell *tell, const struct onbon_head *head)
{
	static const char *const modes[] = {"", "手动 fixed", "定时 by the clock"};

	if (head->len < 2)
		return false;
	TELL_WORD(tell, "brightness_mode", head->payload[0], modes);
	tell_number(tell, "brightness", head->payload[1], "");
	tell_hex(tell, "table", head->payload + 2, head->len - 2);
	return true;
}

static bool tell_files(const struct tell *tell, const struct onbon_head *head)
{
	const uint8_t *bytes = head->payload;

	if (head->len < 2 || head->len != 2 + 4u * get16(bytes))
		return false;
	tell_number(tell, "files", get16(bytes), "");
	tell_gb(tell, "names", bytes + 2, head->len - 2);
	return true;
}

static bool tell_file(const struct tell *tell, const struct onbon_head *head)
{
	const uint8_t *bytes = head->payload;

	if (head->command == ONBON_BEGIN_FILE) {
		if (head->len != 9)
			return false;
		tell_number(tell, "overwrite", bytes[0], "");
		tell_gb(tell, "name", bytes + 1, 4);
		tell_number(tell, "file_length", get32(bytes + 5), "");
		return true;
	}
	if (head->len < 13)
		return false;
	tell_gb(tell, "name", bytes, 4);
	tell_number(tell, "last", bytes[4], "");
	tell_number(tell, "block", get16(bytes + 5), "");
	tell_number(tell, "block_length", get16(bytes + 7), "");
	tell_number(tell, "offset", get32(bytes + 9), "");
	tell_hex(tell, "bytes", bytes + 13, head->len - 13);
	return true;
}

static bool tell_lock(const struct tell *tell, const struct onbon_head *head)
{
	if (head->len != 6)
		return false;
	tell_number(tell, "kept", head->payload[0], "");
	tell_number(tell, "locked", head->payload[1], "");
	tell_gb(tell, "program", head->payload + 2, 4);
	return true;
}

static bool tell_power_times(const struct tell *tell, const struct onbon_head *head)
{
	if (head->len < 1 || head->len != 1 + 4u * head->payload[0])
		return false;
	tell_number(tell, "groups", head->payload[0], "");
	tell_hex(tell, "times", head->payload + 1, head->len - 1);
	return true;
}

static bool tell_payload(const struct tell *tell, const struct onbon_head *head, bool is_reply)
{
	switch (head->command) {
	case ONBON_TEXT: return !is_reply && tell_text(*tell, head);
	case ONBON_STATUS: return is_reply ? tell_status(tell, head) : !head->len;
	case ONBON_BRIGHTNESS: return tell_brightness(tell, head);
	case ONBON_DELETE_FILES: return tell_files(tell, head);
	case ONBON_BEGIN_FILE:
	case ONBON_WRITE_FILE: return tell_file(tell, head);
	case ONBON_LOCK_PROGRAM: return tell_lock(tell, head);
	case ONBON_POWER_TIMES: return tell_power_times(tell, head);
	case ONBON_TIME:
		if (head->len == 8)
			tell_time(tell, "time", head->payload);
		return head->len == 8;
	case ONBON_POWER:
		if (head->len == 1)
			tell_power(tell, head->payload[0]);
		return head->len == 1;
	default: return !head->len;
	}
}

/* ---- refusals ---- */

static int refuse(enum onbon_error error, const uint8_t *bytes, size_t len, char *ret_error,
		  size_t error_size)
{
	struct onbon_receiver receiver;
	const uint8_t *packet = receiver.bytes;
	size_t starts = 0;

	while (starts < len && bytes[starts] == 0xa5)
		starts++;
	onbon_receiver_init(&receiver);
	for (size_t i = starts ? starts - 1 : 0;
	     i < len && onbon_receiver_push(&receiver, bytes[i]) == ONBON_NOTHING; i++)
		;
	switch (error) {
	case ONBON_NO_FRAME:
		snprintf(ret_error, error_size,
			 "开头应为 8 个 A5，却是 %zu 个 a frame begins with 8 bytes A5, this with "
			 "%zu",
			 starts, starts);
		break;
	case ONBON_TOO_SHORT:
		snprintf(ret_error, error_size,
			 "不完整 cut off: 没有帧尾 no closing 5A 在 in %zu 字节 bytes", len);
		break;
	case ONBON_BAD_ESCAPE:
		snprintf(ret_error, error_size,
			 "转义错误 wrong escape: 第 %zu 字节之后 behind byte %zu", receiver.len,
			 receiver.len);
		break;
	case ONBON_BAD_SUM:
		snprintf(ret_error, error_size,
			 "校验不符 the checksum does not fit: %02X %02X, CRC16 应为 should be "
			 "%02X %02X",
			 packet[receiver.len - 2], packet[receiver.len - 1],
			 onbon_crc(0, packet, receiver.len - 2) & 0xff,
			 onbon_crc(0, packet, receiver.len - 2) >> 8);
		break;
	case ONBON_BAD_LENGTH:
		snprintf(ret_error, error_size,
			 "长度不符 the length does not fit: 转义前 %zu 字节 bytes before escaping",
			 receiver.len);
		break;
	default:
		snprintf(ret_error, error_size,
			 "包头的条码标志或校验模式越界 barcode flag or check mode of the header "
			 "out of range");
	}
	return -EBADMSG;
}

int onbon_decode(const struct codec_request *told, const uint8_t *bytes, size_t len,
		 codec_field_fn field, void *user, char *ret_error, size_t error_size)
{
	uint8_t room[ONBON_MAX_PACKET];
	struct tell tell = {.field = field, .user = user};
	const struct onbon_word *of;
	struct onbon_packet packet;
	struct onbon_head head;
	enum onbon_error error;
	size_t used = 0;
	bool is_reply;
	int r = codec_check_keys(told, "", ret_error, error_size);

	if (r < 0)
		return r;
	error = onbon_parse(bytes, len, ONBON_STARTS, room, &packet, &used);
	if (error == ONBON_GOOD && !onbon_parse_head(&packet, &head))
		error = ONBON_BAD_LENGTH;
	if (error != ONBON_GOOD)
		return refuse(error, bytes, len, ret_error, error_size);
	is_reply = head.command == ONBON_ACK || head.command == ONBON_NACK ||
		   packet.destination == ONBON_HOST;
	of = onbon_word_of(head.command, is_reply);
	if (head.command == ONBON_TEXT && head.len == 2 && head.payload[1] == 0)
		codec_tell(field, user, "frame", "delete\t删除动态区 delete areas");
	else
		codec_tell(field, user, "frame", "%s\t%s", of && of->name ? of->name : "-",
			   of ? of->words : "未知命令 unknown command");
	tell_header(&tell, &packet, is_reply);
	tell_head(&tell, &head, is_reply);
	if (!tell_payload(&tell, &head, is_reply))
		tell_hex(&tell, "payload", head.payload, head.len);
	codec_tell(field, user, "checksum", "%02X %02X", packet.data[packet.len],
		   packet.data[packet.len + 1]);
	return (int)used;
}
