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

/* The character at the start of text takes one byte or two. Half a character, as a cut text may
 * end with, must not swallow what stands behind it. */
static uint16_t take_code(const uint8_t **text, size_t *len)
{
	const uint8_t *at = *text;
	bool pair = *len >= 2 && at[0] >= 0x81 && at[0] <= 0xfe && at[1] >= 0x40 && at[1] != 0x7f;

	*text += pair ? 2 : 1;
	*len -= pair ? 2 : 1;
	return pair ? (uint16_t)(at[0] << 8 | at[1]) : at[0];
}

/* One line, or wrapped at the right edge of the screen; all of it moved by dx, dy. */
static void draw_text(struct board *board, const uint8_t *text, size_t len, bool wrap, int dx,
		      int dy)
{
	int x = 0, y = 0;

	while (len > 0) {
		int width;
		const uint8_t *rows = glyph16_find(take_code(&text, &len), &width);

		if (wrap && x + width > board->settings.width) {
			x = 0;
			y += GLYPH_ROWS;
		}
		draw_glyph(board, rows, width, x + dx, y + dy);
		x += width;
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
	const struct board_look *look = &board->look;
	uint8_t before[BOARD_MAX_HEIGHT][BOARD_MAX_WIDTH / 8];

	memcpy(before, board->dots, sizeof(before));
	memset(board->dots, 0, sizeof(board->dots));
	if (look->host_lost) {
		draw_text(board, host_lost_text, sizeof(host_lost_text) - 1, true, 0, 0);
	} else if (board->painted) {
		if (!look->dark)
			draw_text(board, shown->text, shown->len,
				  shown->command == LIHE_WHOLE_SCREEN, look->x, look->y);
		if (shown->mode == LIHE_MODE_INVERSE)
			invert(board);
	}
	if (memcmp(before, board->dots, sizeof(before)) != 0)
		board->revision++;
}

/* Where the text stands and whether it is lit, so long after it came. The modes that cover are
 * drawn at once, as every mode is that this card does not have. */
static struct board_look look_now(const struct board *board)
{
	const struct lihe_text *shown = &board->shown;
	uint32_t age_ms = board->now_ms - board->began_ms;
	uint32_t step = age_ms / BOARD_SCROLL_MS;
	int width = board->settings.width, height = board->settings.height;
	struct board_look look = {.texts = board->texts, .host_lost = board->host_lost};

	if (look.host_lost || !board->painted)
		return look;
	switch (shown->mode) {
	case LIHE_MODE_LEFT: {
		uint32_t text_width = shown->command == LIHE_WHOLE_SCREEN
					      ? board->settings.width
					      : (uint32_t)shown->len * 8;

		if (width > 0)
			look.x = width - (int)(step % ((uint32_t)width + text_width));
		break;
	}
	case LIHE_MODE_UP: look.y = step < (uint32_t)height ? height - (int)step : 0; break;
	case LIHE_MODE_DOWN: look.y = step < (uint32_t)height ? (int)step - height : 0; break;
	case LIHE_MODE_BLINK: look.dark = age_ms / BOARD_BLINK_MS % 2; break;
	}
	return look;
}

void board_init(struct board *board, const struct board_settings *settings, struct hal_uart uart,
		uint32_t now_ms)
{
	memset(board, 0, sizeof(*board));
	board->settings = *settings;
	if (board->settings.width > BOARD_MAX_WIDTH)
		board->settings.width = BOARD_MAX_WIDTH;
	if (board->settings.height > BOARD_MAX_HEIGHT)
		board->settings.height = BOARD_MAX_HEIGHT;
	board->settings.width -= board->settings.width % 8;
	board->uart = uart;
	board->heard_ms = board->now_ms = now_ms;
	lihe_receiver_init(&board->receiver);
}

/* A good frame, for whomever: the host lives. */
static void hear(struct board *board)
{
	board->heard_ms = board->now_ms;
	board->host_lost = false;
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
	hear(board);
	if (text.address != board->settings.address)
		return true;
	board->frames++;
	board->texts++;
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
	hear(board);
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
	struct board_look look;

	board->now_ms = now_ms;
	notice_silence(board);
	/* It stays lost until it is heard, also when the clock comes round after 49 days. */
	if (board->settings.host_lost_ms &&
	    now_ms - board->heard_ms >= board->settings.host_lost_ms)
		board->host_lost = true;
	look = look_now(board);
	if (look.texts == board->look.texts && look.host_lost == board->look.host_lost &&
	    look.dark == board->look.dark && look.x == board->look.x && look.y == board->look.y)
		return;
	board->look = look;
	draw(board);
}

bool board_dot(const struct board *board, uint16_t x, uint16_t y)
{
	if (x >= board->settings.width || y >= board->settings.height)
		return false;
	return board->dots[y][x / 8] >> (7 - x % 8) & 1;
}
