/* The board: lihe frames to texts on the screen, and the V2.1 card's answers. */
#include "firmware-host/app/board.h"

#include <string.h>

void board_init(struct board *board, const struct board_settings *settings, struct hal_uart uart,
		uint32_t now_ms)
{
	const struct screen_settings screen = {
		.width = settings->width,
		.height = settings->height,
		.host_lost_ms = settings->host_lost_ms,
	};

	memset(board, 0, sizeof(*board));
	board->settings = *settings;
	board->uart = uart;
	board->now_ms = now_ms;
	screen_init(&board->screen, &screen, now_ms);
	board->settings.width = board->screen.settings.width;
	board->settings.height = board->screen.settings.height;
	lihe_receiver_init(&board->receiver);
}

/* The modes that cover stand at once, as every mode does that this card does not have. */
static void show(struct board *board)
{
	const struct lihe_text *text = &board->shown;
	struct screen_part part = {.wraps = text->command == LIHE_WHOLE_SCREEN, .len = text->len};

	switch (text->mode) {
	case LIHE_MODE_LEFT: part.move = SCREEN_LEFT; break;
	case LIHE_MODE_UP: part.move = SCREEN_UP; break;
	case LIHE_MODE_DOWN: part.move = SCREEN_DOWN; break;
	case LIHE_MODE_INVERSE: part.inverse = true; break;
	case LIHE_MODE_BLINK: part.blinks = true; break;
	}
	memcpy(part.text, text->text, text->len);
	screen_show(&board->screen, 0, &part, board->now_ms);
}

static void acknowledge(struct board *board)
{
	uint8_t frame[16];
	size_t len = lihe_build_ack(frame, sizeof(frame), board->settings.address);

	if (board->settings.acknowledges)
		board->uart.send(board->uart.port, frame, len);
}

/* False: it did not parse. A good one, for whomever, shows that the host lives. */
static bool on_text(struct board *board)
{
	struct lihe_text text;

	if (lihe_parse_text(board->receiver.bytes, board->receiver.frame_len,
			    board->settings.checksum, &text) != LIHE_GOOD)
		return false;
	screen_hear(&board->screen, board->now_ms);
	if (text.address != board->settings.address)
		return true;
	board->frames++;
	board->texts++;
	board->shown = text;
	board->painted = true;
	show(board);
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
	screen_hear(&board->screen, board->now_ms);
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
	screen_tick(&board->screen, now_ms);
}
