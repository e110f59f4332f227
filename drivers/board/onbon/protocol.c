/* The texts and the frames of an Onbon board. Each row is a dynamic area of its own, so that
 * nothing depends on how a card breaks lines. X and W are in bytes of eight dots. Source: the
 * vendor's protocol v1.4 (2021) for BX-5K and BX-6K, and programs that speak to such cards; see
 * README.md. */
#include "drivers/board/onbon/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/text/text.h"

enum {
	MAX_UTF8 = 256, /* with NUL, as the wanted state of a board has */
	ROW_SIZE = 3 * MAX_UTF8 + 16,
	PREFIX = 9, /* \FO000\C1 */
	MAX_DATA = ONBON_HEAD + 2 +
		   BOARD_ONBON_MAX_ROWS * (2 + ONBON_AREA + PREFIX + BOARD_ONBON_MAX_ROW),
	DAY_S = 86400,
	STAY = 10, /* in half seconds; a single page is not turned */
};

/* ---- texts ---- */

/* What the card's font lacks becomes 〓; a backslash would begin an escape, so it is one of full
 * width. */
static void clean(const struct board_onbon_face *face, const char *from, char *ret, size_t size)
{
	size_t len = strlen(from), used = 0;
	uint32_t code = 0;

	for (size_t i = 0; i < len;) {
		const char *at = from + i;
		size_t n = text_next(at, len - i, &code);

		i += n;
		if (code == '\\') {
			at = "＼";
			n = strlen(at);
		} else if (code >= 0x80 && !face->gbk && !text_is_control(code) &&
			   text_columns_of(code) > 0 && !text_is_gb2312(code)) {
			at = "〓";
			n = strlen(at);
		}
		if (used + n >= size)
			break;
		memcpy(ret + used, at, n);
		used += n;
	}
	ret[used] = '\0';
}

static int fit_row(const struct board_onbon_face *face, const char *given, bool scroll,
		   struct board_onbon_rows *rows, unsigned index)
{
	char cleaned[ROW_SIZE], row[ROW_SIZE];
	size_t len = 0;
	int r;

	clean(face, given, cleaned, sizeof(cleaned));
	rows->row[index].moves = scroll && text_columns(cleaned) > face->columns;
	r = text_abbreviate(row, sizeof(row), cleaned,
			    rows->row[index].moves ? BOARD_ONBON_MAX_ROW : face->columns);
	if (r < 0)
		return r;
	r = text_to_gbk(row, strlen(row), rows->row[index].text, BOARD_ONBON_MAX_ROW, &len, NULL);
	if (r < 0)
		return r;
	rows->row[index].len = (uint16_t)len;
	if (row[strspn(row, " ")] != '\0')
		rows->blank = false;
	rows->moves |= rows->row[index].moves;
	return 0;
}

int board_onbon_fit(const struct board_onbon_face *face, const char *text, bool scroll,
		    struct board_onbon_rows *ret)
{
	struct board_onbon_rows rows;
	char copy[MAX_UTF8];
	char *rest = copy;

	if (strlen(text) >= sizeof(copy))
		return -ENOSPC;
	memset(&rows, 0, sizeof(rows));
	rows.blank = true;
	snprintf(copy, sizeof(copy), "%s", text);
	for (unsigned i = 0; i < face->rows; i++) {
		char *row = rest;
		char *end = strchr(rest, '\n');
		int r;

		for (; end && face->rows == 1; end = strchr(end, '\n'))
			*end = ' ';
		if (end)
			*end = '\0';
		rest = end ? end + 1 : rest + strlen(rest);
		r = fit_row(face, row, scroll, &rows, i);
		if (r < 0)
			return r;
	}
	*ret = rows;
	return 0;
}

/* ---- frames ---- */

static size_t command_frame(const struct board_onbon_face *face, uint16_t command,
			    const uint8_t *payload, size_t len, uint8_t *ret, size_t size)
{
	const struct onbon_head head = {
		.command = command,
		.reply = face->reply ? ONBON_REPLY : ONBON_NO_REPLY,
		.length = (uint16_t)len,
		.payload = payload,
		.len = len,
	};
	struct onbon_packet packet;
	uint8_t data[MAX_DATA];

	onbon_packet_init(&packet, face->address);
	packet.data = data;
	packet.len = onbon_put_head(data, sizeof(data), &head);
	return packet.len ? onbon_build(ret, size, &packet) : 0;
}

static size_t put_row(const struct board_onbon_face *face, const struct board_onbon_rows *rows,
		      unsigned index, uint8_t *ret, size_t size)
{
	uint8_t text[PREFIX + BOARD_ONBON_MAX_ROW + 1];
	size_t len = rows->row[index].len;
	bool moves = rows->row[index].moves;
	/* A text that moves is never renewed, so that it may not expire either. */
	uint16_t life_s = rows->moves ? 0 : face->life_s;
	const struct onbon_area area = {
		.y = (uint16_t)(index * face->row_dots),
		.w = face->columns,
		.h = face->row_dots,
		.id = (uint8_t)index,
		.run_mode = life_s ? ONBON_RUN_EXPIRES : ONBON_RUN_CYCLE,
		.timeout = life_s,
		.single_line = ONBON_SINGLE_LINE,
		.auto_wrap = ONBON_WRAP_NOT,
		.effect = moves ? ONBON_EFFECT_LEFT : ONBON_EFFECT_STANDS,
		.speed = face->speed,
		.stay = moves ? 0 : STAY,
		.text = text,
		.text_len = (uint32_t)(PREFIX + (len ? len : 1)),
	};

	snprintf((char *)text, sizeof(text), "\\FO%d0%u\\C%u", face->gbk, face->font, face->colour);
	text[PREFIX] = ' '; /* of a row that has nothing */
	memcpy(text + PREFIX, rows->row[index].text, len);
	return onbon_put_area(ret, size, &area);
}

size_t board_onbon_text_frame(const struct board_onbon_face *face,
			      const struct board_onbon_rows *rows, bool afresh, uint8_t *ret,
			      size_t size)
{
	uint8_t payload[MAX_DATA - ONBON_HEAD];
	size_t len = 2;

	if (rows->blank)
		return command_frame(face, ONBON_CLEAR, NULL, 0, ret, size);
	payload[0] = afresh ? ONBON_ALL_AREAS : 0;
	payload[1] = face->rows;
	for (unsigned i = 0; i < face->rows; i++) {
		size_t n = put_row(face, rows, i, payload + len, sizeof(payload) - len);

		if (!n)
			return 0;
		len += n;
	}
	return command_frame(face, ONBON_TEXT, payload, len, ret, size);
}

size_t board_onbon_power_frame(const struct board_onbon_face *face, bool on, uint8_t *ret,
			       size_t size)
{
	uint8_t power = on ? ONBON_POWER_ON : ONBON_POWER_OFF;

	return command_frame(face, ONBON_POWER, &power, 1, ret, size);
}

size_t board_onbon_brightness_frame(const struct board_onbon_face *face, uint8_t level,
				    uint8_t *ret, size_t size)
{
	const uint8_t payload[] = {ONBON_BRIGHTNESS_FIXED, level};

	return command_frame(face, ONBON_BRIGHTNESS, payload, sizeof(payload), ret, size);
}

uint8_t board_onbon_level(uint8_t percent)
{
	unsigned level = (percent * (unsigned)ONBON_BRIGHTNESS_MAX + 99) / 100;

	return (uint8_t)(level < 1			? 1
			 : level > ONBON_BRIGHTNESS_MAX ? ONBON_BRIGHTNESS_MAX
							: level);
}

/* Days since 1970 to a date: years of 365 days from March on, so that the leap day is the last. */
static void date_of(int64_t days, struct onbon_time *time)
{
	int64_t z = days + 719468;
	int64_t era = z / 146097, day_of_era = z % 146097;
	int64_t year =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * day_of_year + 2) / 153;

	time->day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1);
	time->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
	time->year = (uint16_t)(year + era * 400 + (time->month <= 2));
}

static int64_t days_of(const struct onbon_time *time)
{
	int64_t year = time->year - (time->month <= 2);
	int64_t era = year / 400, year_of_era = year % 400;
	int64_t month = time->month + (time->month > 2 ? -3 : 9);
	int64_t day_of_year = (153 * month + 2) / 5 + time->day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

uint8_t board_onbon_week(const struct onbon_time *time)
{
	/* 1 January 1970 was a Thursday; days before it are below 0. */
	return (uint8_t)((days_of(time) % 7 + 10) % 7 + 1);
}

size_t board_onbon_time_frame(const struct board_onbon_face *face, int64_t local_us, uint8_t *ret,
			      size_t size)
{
	int64_t local_s = local_us / 1000000;
	int64_t second = local_s % DAY_S;
	struct onbon_time time = {0};
	uint8_t payload[8];

	if (local_us < 0)
		return 0;
	date_of(local_s / DAY_S, &time);
	time.week = board_onbon_week(&time);
	time.hour = (uint8_t)(second / 3600);
	time.minute = (uint8_t)(second / 60 % 60);
	time.second = (uint8_t)(second % 60);
	if (!onbon_put_time(payload, sizeof(payload), &time))
		return 0;
	return command_frame(face, ONBON_TIME, payload, sizeof(payload), ret, size);
}

size_t board_onbon_status_frame(const struct board_onbon_face *face, uint8_t *ret, size_t size)
{
	return command_frame(face, ONBON_STATUS, NULL, 0, ret, size);
}

bool board_onbon_clock_error(const struct onbon_status *status, int64_t local_us,
			     int64_t *ret_error_s)
{
	struct onbon_time time;

	if (!onbon_take_time(status->time, &time))
		return false;
	*ret_error_s = days_of(&time) * DAY_S + time.hour * 3600 + time.minute * 60 + time.second -
		       local_us / 1000000;
	return true;
}

/* ---- answers ---- */

int board_onbon_match(uint8_t address, bool status, const uint8_t *bytes, size_t len)
{
	uint8_t room[ONBON_MAX_PACKET];
	struct onbon_packet packet;
	struct onbon_head head;
	size_t used = 0;

	/* The first starts may get lost while the line turns round. */
	switch (onbon_parse(bytes, len, 1, room, &packet, &used)) {
	case ONBON_GOOD: break;
	case ONBON_TOO_SHORT: return 0;
	default: return -EBADMSG;
	}
	if (packet.source != address || packet.destination != ONBON_HOST ||
	    packet.check_mode != ONBON_CHECK_CRC || !onbon_parse_head(&packet, &head))
		return -EBADMSG;
	if (head.command != ONBON_ACK && head.command != ONBON_NACK &&
	    !(status && head.command == ONBON_STATUS))
		return -EBADMSG;
	return (int)used;
}

void board_onbon_read_reply(const uint8_t *bytes, size_t len, struct board_onbon_reply *ret)
{
	uint8_t room[ONBON_MAX_PACKET];
	struct onbon_packet packet;
	struct onbon_head head;
	size_t used = 0;

	*ret = (struct board_onbon_reply){.refusal = 0xff};
	if (onbon_parse(bytes, len, 1, room, &packet, &used) != ONBON_GOOD ||
	    !onbon_parse_head(&packet, &head))
		return;
	ret->refusal = head.reply;
	if (head.command == ONBON_NACK && !head.reply)
		ret->refusal = 0xff;
	if (head.command == ONBON_STATUS)
		ret->has_status = onbon_take_status(head.payload, head.len, &ret->status);
}

static const char *const refusals[][2] = {
	{"没有错误", "no error"},
	{"命令组错误", "unknown command group"},
	{"没有此命令", "unknown command"},
	{"控制器忙", "controller busy"},
	{"超出存储容量", "out of memory"},
	{"校验错误", "bad checksum"},
	{"文件不存在", "no such file"},
	{"闪存访问错误", "flash error"},
	{"文件下载错误", "file transfer failed"},
	{"文件名错误", "bad file name"},
	{"文件类型错误", "bad file type"},
	{"文件校验错误", "bad checksum of a file"},
	{"字库不存在", "no such font"},
	{"固件与控制器不符", "firmware of another card"},
	{"日期时间格式错误", "bad date or time"},
	{"文件已存在", "file exists"},
	{"文件块号错误", "bad block number"},
	{"控制器类型不符", "another type of card"},
	{"参数越界", "parameter out of range"},
	{"读取控制器 ID 错误", "card id cannot be read"},
	{"密码错误", "wrong password"},
	{"旧密码错误", "wrong old password"},
};
enum { REFUSALS = sizeof(refusals) / sizeof(refusals[0]) };

const char *board_onbon_refusal(uint8_t code)
{
	return code < REFUSALS ? refusals[code][1] : "";
}

const char *board_onbon_refusal_zh(uint8_t code)
{
	return code < REFUSALS ? refusals[code][0] : "";
}
