/* The board: one text, drawn with 16-dot glyphs, in one line or wrapped over the whole screen. */
#include "firmware-host/app/board.h"

#include <string.h>

#include "firmware-host/app/glyphs.h"

/* 系统离线 OFFLINE, in GB2312 */
static const uint8_t host_lost_text[] = "\xcf\xb5\xcd\xb3\xc0\xeb\xcf\xdf OFFLINE";

static void set_dot(struct board *board, int x, int y)
{
	if (x >= 0 && y >= 0 && x < board->settings.width && y < board->settings.height)
		board->dots[y][x / 8] |= (uint8_t)(0x80u >> x % 8);
}

static void draw_glyph(struct board *board, const uint8_t *rows, int width, int x, int y)
{
	for (int row = 0; row < GLYPH_ROWS; row++)
		for (int column = 0; column < width; column++)
			if (rows[row * (width / 8) + column / 8] & 0x80 >> column % 8)
				set_dot(board, x + column, y + row);
}

/* The glyph at the start of text: its width in dots, how many bytes it takes. */
static const uint8_t *find_glyph(const uint8_t *text, size_t len, int *ret_width, size_t *ret_used)
{
	*ret_width = 8;
	*ret_used = 1;
	if (text[0] >= GLYPH_ASCII_FIRST && text[0] < GLYPH_ASCII_FIRST + GLYPH_ASCII_COUNT)
		return glyph_ascii[text[0] - GLYPH_ASCII_FIRST];
	if (text[0] < 0x81 || len < 2)
		return glyph_ascii[0];
	*ret_width = 16;
	*ret_used = 2;
	if (text[0] >= 0xa1 && text[0] <= 0xf7 && text[1] >= 0xa1 && text[1] <= 0xfe)
		return glyph_han[(text[0] - 0xa1) * 94 + (text[1] - 0xa1)];
	return glyph_box;
}

/* One line from x, or wrapped at the right edge. */
static void draw_text(struct board *board, const uint8_t *text, size_t len, int x, bool wrap)
{
	int y = 0;

	while (len > 0) {
		size_t used;
		int width;
		const uint8_t *rows = find_glyph(text, len, &width, &used);

		if (wrap && x + width > board->settings.width) {
			x = 0;
			y += GLYPH_ROWS;
		}
		draw_glyph(board, rows, width, x, y);
		x += width;
		text += used;
		len -= used;
	}
}

static void invert(struct board *board)
{
	for (int y = 0; y < board->settings.height; y++)
		for (int x = 0; x < board->settings.width / 8; x++)
			board->dots[y][x] = (uint8_t)~board->dots[y][x];
}

static void draw(struct board *board)
{
	const struct lihe_text *shown = &board->shown;
	uint32_t age_ms = board->now_ms - board->began_ms;
	uint8_t before[BOARD_MAX_HEIGHT][BOARD_MAX_WIDTH / 8];
	int x = 0;

	memcpy(before, board->dots, sizeof(before));
	memset(board->dots, 0, sizeof(board->dots));
	if (board->host_lost) {
		draw_text(board, host_lost_text, sizeof(host_lost_text) - 1, 0, true);
	} else if (board->painted) {
		bool dark = shown->mode == LIHE_MODE_BLINK && age_ms / BOARD_BLINK_MS % 2;

		if (shown->mode == LIHE_MODE_LEFT) {
			uint32_t way = board->settings.width + (uint32_t)shown->len * 8;

			x = (int)board->settings.width - (int)(age_ms / BOARD_SCROLL_MS % way);
		}
		if (!dark)
			draw_text(board, shown->text, shown->len, x,
				  shown->command == LIHE_WHOLE_SCREEN);
		if (shown->mode == LIHE_MODE_INVERSE)
			invert(board);
	}
	if (memcmp(before, board->dots, sizeof(before)) != 0)
		board->revision++;
}

void board_init(struct board *board, const struct board_settings *settings, struct hal_uart uart,
		uint32_t now_ms)
{
	memset(board, 0, sizeof(*board));
	board->settings = *settings;
	board->uart = uart;
	board->heard_ms = board->now_ms = now_ms;
	lihe_receiver_init(&board->receiver);
}

static void acknowledge(struct board *board)
{
	uint8_t frame[16];
	size_t len = lihe_build_ack(frame, sizeof(frame), board->settings.address);

	if (board->settings.acknowledges)
		board->uart.send(board->uart.port, frame, len);
}

/* False: it did not parse. */
static bool on_text(struct board *board)
{
	struct lihe_text text;

	if (lihe_parse_text(board->receiver.bytes, board->receiver.frame_len,
			    board->settings.checksum, &text) != LIHE_GOOD)
		return false;
	board->heard_ms = board->now_ms;
	if (text.address != board->settings.address)
		return true;
	board->frames++;
	board->shown = text;
	board->painted = true;
	board->began_ms = board->now_ms;
	acknowledge(board);
	return true;
}

static bool on_number(struct board *board)
{
	static const uint8_t version[] = {0xa3, 0x03};
	struct lihe_number number;
	struct lihe_number answer = {
		.command = LIHE_VERSION, .sub = LIHE_SUB, .len = sizeof(version)};
	uint8_t frame[16];

	if (lihe_parse_number(board->receiver.bytes, board->receiver.frame_len, &number) !=
	    LIHE_GOOD)
		return false;
	board->heard_ms = board->now_ms;
	if (number.address != board->settings.address)
		return true;
	if (number.command != LIHE_VERSION || !board->settings.acknowledges || number.len)
		return true;
	board->frames++;
	answer.address = board->settings.address;
	memcpy(answer.data, version, sizeof(version));
	board->uart.send(board->uart.port, frame, lihe_build_number(frame, sizeof(frame), &answer));
	return true;
}

static void take(struct board *board, enum lihe_received seen)
{
	while (seen != LIHE_NOTHING) {
		if (seen == LIHE_TEXT_FRAME ? on_text(board) : on_number(board)) {
			seen = lihe_receiver_next(&board->receiver);
		} else {
			board->refused++;
			seen = lihe_receiver_reject(&board->receiver);
		}
	}
}

static void notice_silence(struct board *board)
{
	if (board->receiver.len && board->now_ms - board->byte_ms >= BOARD_SILENCE_MS)
		take(board, lihe_receiver_quiet(&board->receiver));
}

void board_receive(struct board *board, uint8_t byte, uint32_t now_ms)
{
	enum lihe_received seen;

	board->now_ms = now_ms;
	notice_silence(board);
	board->byte_ms = now_ms;
	seen = lihe_receiver_push(&board->receiver, byte);
	if (seen == LIHE_NOTHING)
		return;
	take(board, seen);
	board_tick(board, now_ms);
}

void board_tick(struct board *board, uint32_t now_ms)
{
	board->now_ms = now_ms;
	notice_silence(board);
	board->host_lost = board->settings.host_lost_ms &&
			   now_ms - board->heard_ms >= board->settings.host_lost_ms;
	draw(board);
}

bool board_dot(const struct board *board, uint16_t x, uint16_t y)
{
	return board->dots[y][x / 8] >> (7 - x % 8) & 1;
}
