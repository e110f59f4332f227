/* What stands in Onbon frames: the head of the data, areas of a dynamic text, times, a card's
 * status. */
#include "firmware-host/proto/onbon.h"

#include <string.h>

static void put16(uint8_t *ret, uint16_t value)
{
	ret[0] = (uint8_t)value;
	ret[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *ret, uint32_t value)
{
	put16(ret, (uint16_t)value);
	put16(ret + 2, (uint16_t)(value >> 16));
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t get32(const uint8_t *bytes)
{
	return get16(bytes) | (uint32_t)get16(bytes + 2) << 16;
}

size_t onbon_put_head(uint8_t *ret, size_t size, const struct onbon_head *head)
{
	if (size < ONBON_HEAD || head->len > size - ONBON_HEAD)
		return 0;
	ret[0] = (uint8_t)(head->command >> 8);
	ret[1] = (uint8_t)head->command;
	ret[2] = head->reply;
	put16(ret + 3, head->length);
	if (head->len)
		memmove(ret + ONBON_HEAD, head->payload, head->len);
	return ONBON_HEAD + head->len;
}

static size_t area_size(const struct onbon_area *area)
{
	size_t size = ONBON_AREA + (size_t)area->ext_len + area->text_len;

	if (area->voice)
		size += 3;
	if (area->voice == 2)
		size += 4 + (size_t)area->spoken_len;
	return size;
}

/* length(2) type X(2) Y(2) W(2) H(2) id, line gap, run mode, timeout(2), voice [person volume speed
 * [length(4) spoken]] extension length [extension] alignment, single line, auto wrap, effect, exit,
 * speed, stay, text length(4), text */
size_t onbon_put_area(uint8_t *ret, size_t size, const struct onbon_area *area)
{
	uint8_t *at = ret;

	if (area->voice > 2 || area->text_len > ONBON_MAX_DATA ||
	    area->spoken_len > ONBON_MAX_DATA || size < 2 + area_size(area))
		return 0;
	put16(at, (uint16_t)area_size(area));
	at[2] = area->type;
	put16(at + 3, area->x);
	put16(at + 5, area->y);
	put16(at + 7, area->w);
	put16(at + 9, area->h);
	at[11] = area->id;
	at[12] = area->line_gap;
	at[13] = area->run_mode;
	put16(at + 14, area->timeout);
	at[16] = area->voice;
	at += 17;
	if (area->voice) {
		*at++ = area->voice_person;
		*at++ = area->voice_volume;
		*at++ = area->voice_speed;
	}
	if (area->voice == 2) {
		put32(at, area->spoken_len);
		if (area->spoken_len)
			memcpy(at + 4, area->spoken, area->spoken_len);
		at += 4 + area->spoken_len;
	}
	*at++ = area->ext_len;
	if (area->ext_len)
		memcpy(at, area->ext, area->ext_len);
	at += area->ext_len;
	*at++ = area->alignment;
	*at++ = area->single_line;
	*at++ = area->auto_wrap;
	*at++ = area->effect;
	*at++ = area->exit;
	*at++ = area->speed;
	*at++ = area->stay;
	put32(at, area->text_len);
	if (area->text_len)
		memcpy(at + 4, area->text, area->text_len);
	return 2 + area_size(area);
}

/* What stands between `voice` and the alignment; NULL: it is damaged. */
static const uint8_t *take_voice(const uint8_t *at, const uint8_t *end, struct onbon_area *area)
{
	if (area->voice > 2)
		return NULL;
	if (area->voice) {
		if (end - at < 3)
			return NULL;
		area->voice_person = *at++;
		area->voice_volume = *at++;
		area->voice_speed = *at++;
	}
	if (area->voice == 2) {
		if (end - at < 4 || get32(at) > (size_t)(end - at) - 4)
			return NULL;
		area->spoken_len = get32(at);
		area->spoken = at + 4;
		at += 4 + area->spoken_len;
	}
	if (end - at < 1 || end - at < 1 + *at)
		return NULL;
	area->ext_len = *at++;
	area->ext = at;
	return at + area->ext_len;
}

size_t onbon_take_area(const uint8_t *bytes, size_t len, struct onbon_area *ret)
{
	struct onbon_area area = {0};
	const uint8_t *at = bytes + 2, *end;

	if (len < 2 + ONBON_AREA || get16(bytes) < ONBON_AREA || get16(bytes) > len - 2)
		return 0;
	end = at + get16(bytes);
	area.type = at[0];
	area.x = get16(at + 1);
	area.y = get16(at + 3);
	area.w = get16(at + 5);
	area.h = get16(at + 7);
	area.id = at[9];
	area.line_gap = at[10];
	area.run_mode = at[11];
	area.timeout = get16(at + 12);
	area.voice = at[14];
	at = take_voice(at + 15, end, &area);
	if (!at || end - at < 11)
		return 0;
	area.alignment = at[0];
	area.single_line = at[1];
	area.auto_wrap = at[2];
	area.effect = at[3];
	area.exit = at[4];
	area.speed = at[5];
	area.stay = at[6];
	area.text_len = get32(at + 7);
	area.text = at + 11;
	if (area.text_len != (size_t)(end - at) - 11)
		return 0;
	*ret = area;
	return (size_t)(end - bytes);
}

static uint8_t to_bcd(unsigned value)
{
	return (uint8_t)(value / 10 << 4 | value % 10);
}

/* -1: it is no BCD. */
static int from_bcd(uint8_t byte)
{
	return byte >> 4 > 9 || (byte & 15) > 9 ? -1 : (byte >> 4) * 10 + (byte & 15);
}

static bool time_is_valid(const struct onbon_time *time)
{
	return time->year <= 9999 && time->month >= 1 && time->month <= 12 && time->day >= 1 &&
	       time->day <= 31 && time->hour <= 23 && time->minute <= 59 && time->second <= 59 &&
	       time->week >= 1 && time->week <= 7;
}

/* BCD: year of the century, century, month, day, hour, minute, second, week */
size_t onbon_put_time(uint8_t *ret, size_t size, const struct onbon_time *time)
{
	if (size < 8 || !time_is_valid(time))
		return 0;
	ret[0] = to_bcd(time->year % 100u);
	ret[1] = to_bcd(time->year / 100u);
	ret[2] = to_bcd(time->month);
	ret[3] = to_bcd(time->day);
	ret[4] = to_bcd(time->hour);
	ret[5] = to_bcd(time->minute);
	ret[6] = to_bcd(time->second);
	ret[7] = to_bcd(time->week);
	return 8;
}

bool onbon_take_time(const uint8_t bytes[8], struct onbon_time *ret)
{
	struct onbon_time time;

	for (size_t i = 0; i < 8; i++)
		if (from_bcd(bytes[i]) < 0)
			return false;
	time = (struct onbon_time){
		.year = (uint16_t)(from_bcd(bytes[1]) * 100 + from_bcd(bytes[0])),
		.month = (uint8_t)from_bcd(bytes[2]),
		.day = (uint8_t)from_bcd(bytes[3]),
		.hour = (uint8_t)from_bcd(bytes[4]),
		.minute = (uint8_t)from_bcd(bytes[5]),
		.second = (uint8_t)from_bcd(bytes[6]),
		.week = (uint8_t)from_bcd(bytes[7]),
	};
	if (!time_is_valid(&time))
		return false;
	*ret = time;
	return true;
}

/* power, brightness, time(8), programs, program(4), special area, its pages, area count, ids,
 * [barcode(16) [net id(12)]] */
size_t onbon_put_status(uint8_t *ret, size_t size, const struct onbon_status *status)
{
	uint8_t *at = ret + 18 + status->area_count;

	if (status->area_count > ONBON_MAX_AREAS ||
	    size < 18u + status->area_count + ONBON_BARCODE + sizeof(status->net_id))
		return 0;
	ret[0] = status->power;
	ret[1] = status->brightness;
	memcpy(ret + 2, status->time, 8);
	ret[10] = status->programs;
	memcpy(ret + 11, status->program, 4);
	ret[15] = status->special;
	ret[16] = status->special_pages;
	ret[17] = status->area_count;
	memcpy(ret + 18, status->areas, status->area_count);
	if (status->has_barcode) {
		memcpy(at, status->barcode, ONBON_BARCODE);
		at += ONBON_BARCODE;
	}
	if (status->has_barcode && status->has_net_id) {
		memcpy(at, status->net_id, sizeof(status->net_id));
		at += sizeof(status->net_id);
	}
	return (size_t)(at - ret);
}

bool onbon_take_status(const uint8_t *bytes, size_t len, struct onbon_status *ret)
{
	struct onbon_status status = {0};
	size_t at;

	if (len < 18 || bytes[17] > ONBON_MAX_AREAS || len < 18u + bytes[17])
		return false;
	status.power = bytes[0];
	status.brightness = bytes[1];
	memcpy(status.time, bytes + 2, 8);
	status.programs = bytes[10];
	memcpy(status.program, bytes + 11, 4);
	status.special = bytes[15];
	status.special_pages = bytes[16];
	status.area_count = bytes[17];
	memcpy(status.areas, bytes + 18, status.area_count);
	at = 18u + status.area_count;
	status.has_barcode = len - at >= ONBON_BARCODE;
	if (status.has_barcode) {
		memcpy(status.barcode, bytes + at, ONBON_BARCODE);
		at += ONBON_BARCODE;
	}
	status.has_net_id = status.has_barcode && len - at >= sizeof(status.net_id);
	if (status.has_net_id)
		memcpy(status.net_id, bytes + at, sizeof(status.net_id));
	*ret = status;
	return true;
}

/* delete count [ids], area count, areas */
bool onbon_take_text(const uint8_t *payload, size_t len, struct onbon_text *ret)
{
	struct onbon_text text = {0};
	struct onbon_area area;
	size_t at = 1;

	if (len < 2)
		return false;
	text.delete_count = payload[0];
	text.deleted = payload + at;
	text.deleted_len = text.delete_count == ONBON_ALL_AREAS ? 0 : text.delete_count;
	at += text.deleted_len;
	if (at >= len)
		return false;
	text.area_count = payload[at++];
	text.areas = payload + at;
	text.areas_len = len - at;
	for (unsigned i = 0; i < text.area_count; i++) {
		size_t n = onbon_take_area(payload + at, len - at, &area);

		if (!n)
			return false;
		at += n;
	}
	if (at != len)
		return false;
	*ret = text;
	return true;
}
