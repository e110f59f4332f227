/* The Onbon card: its commands executed on the screen, its answers. A frame that is damaged or for
 * another card changes nothing and gets no answer: on a shared pair of wires nobody knows whose it
 * was. */
#include "firmware-host/app/board_onbon.h"

#include <string.h>

enum { BROADCAST = 0xfffe, BROADCAST_SILENT = 0xffff };

void onbon_board_restart(struct onbon_board *board, uint32_t now_ms)
{
	const struct screen_settings screen = {
		.width = board->settings.width,
		.height = board->settings.height,
	};

	board->now_ms = now_ms;
	screen_init(&board->screen, &screen, now_ms);
	memset(board->areas, 0, sizeof(board->areas));
	onbon_receiver_init(&board->receiver);
	board->power = ONBON_POWER_ON;
	board->level = ONBON_BRIGHTNESS_MAX;
}

void onbon_board_init(struct onbon_board *board, const struct onbon_board_settings *settings,
		      struct hal_uart uart, uint32_t now_ms)
{
	memset(board, 0, sizeof(*board));
	board->settings = *settings;
	board->uart = uart;
	onbon_board_restart(board, now_ms);
	board->settings.width = board->screen.settings.width;
	board->settings.height = board->screen.settings.height;
}

/* ---- areas ---- */

static void remove_area(struct onbon_board *board, size_t index)
{
	board->areas[index].used = false;
	screen_hide(&board->screen, index);
}

static void remove_areas(struct onbon_board *board, const struct onbon_text *text)
{
	for (size_t i = 0; i < SCREEN_PARTS; i++) {
		bool named = text->delete_count == ONBON_ALL_AREAS;

		for (size_t k = 0; k < text->deleted_len; k++)
			named |= text->deleted[k] == board->areas[i].id;
		if (named && board->areas[i].used)
			remove_area(board, i);
	}
}

/* SCREEN_PARTS: there is no room for it. */
static size_t place_of(const struct onbon_board *board, uint8_t id)
{
	size_t free_place = SCREEN_PARTS;

	for (size_t i = SCREEN_PARTS; i-- > 0;) {
		if (board->areas[i].used && board->areas[i].id == id)
			return i;
		if (!board->areas[i].used)
			free_place = i;
	}
	return free_place;
}

static void put_byte(struct screen_part *part, uint8_t byte)
{
	if (part->len < SCREEN_MAX_TEXT)
		part->text[part->len++] = byte;
}

/* Blanks to the right edge of the part. */
static void break_line(struct screen_part *part)
{
	size_t columns = part->width / 8;

	do
		put_byte(part, ' ');
	while (columns && part->len % columns && part->len < SCREEN_MAX_TEXT);
	part->wraps = true;
}

/* The text without its escapes: \Fxxxx font, \Cx colour, \r\n and \n the next line. This card has
 * one font and one colour. */
static void read_text(const struct onbon_area *area, struct screen_part *part)
{
	const uint8_t *at = area->text, *end = at + area->text_len;

	while (at < end) {
		size_t left = (size_t)(end - at);

		if (at[0] >= 0x81 && left > 1) {
			put_byte(part, *at++);
			put_byte(part, *at++);
		} else if (at[0] != '\\' || left < 2) {
			put_byte(part, *at++);
		} else if (at[1] == 'F' && left >= 6) {
			at += 6;
		} else if (at[1] == 'C' && left >= 3) {
			at += 3;
		} else if (at[1] == 'n' || at[1] == 'r') {
			if (at[1] == 'n')
				break_line(part);
			at += 2;
		} else {
			put_byte(part, *at++);
		}
	}
}

static uint16_t dots_of(uint16_t value)
{
	return (uint16_t)(value & ONBON_PIXELS ? value & ~ONBON_PIXELS : value * 8);
}

static void show_area(struct onbon_board *board, size_t place, const struct onbon_area *area)
{
	struct screen_part part = {
		.x = dots_of(area->x),
		.y = area->y,
		.width = dots_of(area->w),
		.height = area->h,
		.wraps = area->single_line == ONBON_SEVERAL_LINES && area->auto_wrap == ONBON_WRAP,
	};

	/* Lines are broken where the screen ends, too. */
	if (part.x < board->settings.width && part.width > board->settings.width - part.x)
		part.width = (uint16_t)(board->settings.width - part.x);
	switch (area->effect) {
	case ONBON_EFFECT_LEFT: part.move = SCREEN_LEFT; break;
	case ONBON_EFFECT_UP: part.move = SCREEN_UP; break;
	case ONBON_EFFECT_DOWN: part.move = SCREEN_DOWN; break;
	default: break;
	}
	read_text(area, &part);
	board->areas[place] = (struct onbon_board_area){
		.used = true,
		.id = area->id,
		.life_ms = area->run_mode == ONBON_RUN_EXPIRES ? area->timeout * 1000u : 0,
		.since_ms = board->now_ms,
	};
	screen_show(&board->screen, place, &part, board->now_ms);
}

static uint8_t on_text(struct onbon_board *board, const struct onbon_head *head)
{
	struct onbon_text text;
	struct onbon_area area;
	size_t at = 0;

	if (!onbon_take_text(head->payload, head->len, &text))
		return ONBON_BAD_PARAMETER;
	if (text.area_count > SCREEN_PARTS)
		return 0x04; /* out of memory */
	remove_areas(board, &text);
	for (unsigned i = 0; i < text.area_count; i++) {
		size_t place;

		at += onbon_take_area(text.areas + at, text.areas_len - at, &area);
		place = place_of(board, area.id);
		if (place == SCREEN_PARTS)
			return 0x04;
		show_area(board, place, &area);
	}
	board->texts++;
	return 0;
}

/* ---- other commands: 0, or why not ---- */

static uint8_t on_power(struct onbon_board *board, const struct onbon_head *head)
{
	if (head->len != 1 ||
	    (head->payload[0] != ONBON_POWER_ON && head->payload[0] != ONBON_POWER_OFF))
		return ONBON_BAD_PARAMETER;
	board->power = head->payload[0];
	screen_set_dark(&board->screen, board->power == ONBON_POWER_OFF);
	return 0;
}

static uint8_t on_brightness(struct onbon_board *board, const struct onbon_head *head)
{
	if (head->len < 2 || head->payload[0] != ONBON_BRIGHTNESS_FIXED || head->payload[1] < 1 ||
	    head->payload[1] > ONBON_BRIGHTNESS_MAX)
		return ONBON_BAD_PARAMETER;
	board->level = head->payload[1];
	screen_set_brightness(&board->screen, (uint8_t)(board->level * 100 / ONBON_BRIGHTNESS_MAX));
	return 0;
}

static uint8_t on_time(struct onbon_board *board, const struct onbon_head *head)
{
	if (head->len != 8 || !onbon_take_time(head->payload, &board->time))
		return ONBON_BAD_TIME;
	board->second_ms = board->now_ms;
	return 0;
}

static uint8_t on_clear(struct onbon_board *board)
{
	for (size_t i = 0; i < SCREEN_PARTS; i++)
		remove_area(board, i);
	return 0;
}

static uint8_t execute(struct onbon_board *board, const struct onbon_head *head)
{
	switch (head->command) {
	case ONBON_PING:
	case ONBON_RESET:
	case ONBON_STATUS: return 0;
	case ONBON_TIME: return on_time(board, head);
	case ONBON_POWER: return on_power(board, head);
	case ONBON_BRIGHTNESS: return on_brightness(board, head);
	case ONBON_TEXT: return on_text(board, head);
	case ONBON_CLEAR: return on_clear(board);
	default: break;
	}
	return head->command >> 8 >= 0xa1 && head->command >> 8 <= 0xa3 ? ONBON_BAD_COMMAND
									: ONBON_BAD_GROUP;
}

static size_t put_status(const struct onbon_board *board, uint8_t *ret, size_t size)
{
	struct onbon_status status = {
		.power = board->power,
		.brightness = board->level,
		.has_barcode = true,
		.has_net_id = true,
		.barcode = "VIRTUAL",
	};

	onbon_put_time(status.time, sizeof(status.time), &board->time);
	for (size_t i = 0; i < SCREEN_PARTS; i++)
		if (board->areas[i].used)
			status.areas[status.area_count++] = board->areas[i].id;
	return onbon_put_status(ret, size, &status);
}

static void answer(struct onbon_board *board, const struct onbon_packet *asked, uint16_t command,
		   uint8_t refusal)
{
	bool is_status = command == ONBON_STATUS && !refusal;
	uint8_t payload[128], data[sizeof(payload) + ONBON_HEAD], frame[2 * sizeof(data) + 48];
	struct onbon_head head = {.reply = refusal, .payload = payload};
	struct onbon_packet packet;

	if (is_status)
		head.len = put_status(board, payload, sizeof(payload));
	head.length = (uint16_t)head.len;
	head.command = is_status ? ONBON_STATUS : refusal ? ONBON_NACK : ONBON_ACK;
	onbon_packet_init(&packet, asked->source);
	packet.source = board->settings.address;
	packet.data = data;
	packet.len = onbon_put_head(data, sizeof(data), &head);
	board->uart.send(board->uart.port, frame, onbon_build(frame, sizeof(frame), &packet));
}

static void on_packet(struct onbon_board *board)
{
	struct onbon_packet packet;
	struct onbon_head head;
	uint8_t refusal;

	if (onbon_parse_packet(board->receiver.bytes, board->receiver.len, &packet) != ONBON_GOOD ||
	    !onbon_parse_head(&packet, &head)) {
		board->refused++;
		return;
	}
	if (packet.destination != board->settings.address && packet.destination != BROADCAST &&
	    packet.destination != BROADCAST_SILENT)
		return;
	board->frames++;
	refusal = board->refuse_count ? board->refuse_as : execute(board, &head);
	if (board->refuse_count)
		board->refuse_count--;
	if (head.reply == ONBON_REPLY && packet.destination != BROADCAST_SILENT && !board->silent)
		answer(board, &packet, head.command, refusal);
	if (head.command == ONBON_RESET && !refusal)
		onbon_board_restart(board, board->now_ms);
}

void onbon_board_receive(struct onbon_board *board, uint8_t byte, uint32_t now_ms)
{
	board->now_ms = now_ms;
	switch (onbon_receiver_push(&board->receiver, byte)) {
	case ONBON_NOTHING: return;
	case ONBON_BROKEN: board->refused++; return;
	case ONBON_PACKET: break;
	}
	on_packet(board);
	onbon_board_tick(board, now_ms);
}

/* ---- time ---- */

static uint8_t days_in(const struct onbon_time *time)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = time->year % 4 == 0 && (time->year % 100 != 0 || time->year % 400 == 0);

	return (uint8_t)(days[time->month - 1] + (time->month == 2 && leap));
}

static void add_second(struct onbon_time *time)
{
	if (++time->second < 60)
		return;
	time->second = 0;
	if (++time->minute < 60)
		return;
	time->minute = 0;
	if (++time->hour < 24)
		return;
	time->hour = 0;
	time->week = (uint8_t)(time->week % 7 + 1);
	if (++time->day <= days_in(time))
		return;
	time->day = 1;
	if (++time->month <= 12)
		return;
	time->month = 1;
	time->year++;
}

void onbon_board_tick(struct onbon_board *board, uint32_t now_ms)
{
	board->now_ms = now_ms;
	for (; board->time.month && now_ms - board->second_ms >= 1000; board->second_ms += 1000)
		add_second(&board->time);
	for (size_t i = 0; i < SCREEN_PARTS; i++) {
		const struct onbon_board_area *area = &board->areas[i];

		if (!area->used || !area->life_ms || now_ms - area->since_ms < area->life_ms)
			continue;
		remove_area(board, i);
		board->expired++;
	}
	screen_tick(&board->screen, now_ms);
}
