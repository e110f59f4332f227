/* The Alpha sign: files, of which the priority file is shown before A; strings called from texts;
 * memory, time and tones. What a sign has not room for, or knows no file for, it ignores. It draws
 * with the 16-dot glyphs of the other boards in place of its own of 7 dots. */
#include "firmware-host/app/board_alpha.h"

#include <string.h>

enum { NEVER = 0xffff, CALL_STRING = 0x10, NEW_LINE = 0x0d };

static struct alpha_board_file *find(struct alpha_board *board, uint8_t label, uint8_t type)
{
	for (size_t i = 0; i < ALPHA_BOARD_FILES; i++)
		if (board->files[i].label == label && board->files[i].type == type)
			return &board->files[i];
	return NULL;
}

static void delivered_memory(struct alpha_board *board)
{
	memset(board->files, 0, sizeof(board->files));
	board->files[0] = (struct alpha_board_file){
		.label = ALPHA_PRIORITY, .type = 'A', .size = ALPHA_PRIORITY_MAX};
	board->files[1] =
		(struct alpha_board_file){.label = 'A', .type = 'A', .size = ALPHA_BOARD_FILE_SIZE};
}

/* ---- the screen ---- */

static void put_byte(struct screen_part *part, uint8_t byte)
{
	if (part->len < SCREEN_MAX_TEXT)
		part->text[part->len++] = byte;
}

static void break_line(struct alpha_board *board, struct screen_part *part)
{
	size_t columns = board->settings.width / 8;

	do
		put_byte(part, ' ');
	while (columns && part->len % columns && part->len < SCREEN_MAX_TEXT);
	part->wraps = true;
}

/* How many bytes follow a control code. */
static size_t codes_behind(uint8_t byte)
{
	return byte == ALPHA_COLOUR || byte == ALPHA_FONT || byte == CALL_STRING || byte == 0x0b ||
			       byte == 0x14
		       ? 1
		       : 0;
}

static void read_text(struct alpha_board *board, const struct alpha_board_file *file,
		      struct screen_part *part, bool strings)
{
	for (size_t i = 0; i < file->len; i++) {
		const uint8_t *at = file->text + i;
		const struct alpha_board_file *called = NULL;

		if (*at >= 0x20 && *at < 0x7f) {
			put_byte(part, *at);
			continue;
		}
		if (*at == NEW_LINE)
			break_line(board, part);
		if (*at == CALL_STRING && strings && i + 1 < file->len)
			called = find(board, at[1], 'B');
		if (called)
			read_text(board, called, part, false);
		i += codes_behind(*at);
	}
}

static void show(struct alpha_board *board)
{
	const struct alpha_board_file *file = &board->files[0];
	struct screen_part part = {0};

	if (!file->len)
		file = find(board, 'A', 'A');
	if (!file || !file->len) {
		screen_hide(&board->screen, 0);
		return;
	}
	part.blinks = file->mode == ALPHA_FLASH;
	part.move = file->mode == ALPHA_ROTATE ? SCREEN_LEFT : SCREEN_STANDS;
	read_text(board, file, &part, true);
	screen_show(&board->screen, 0, &part, board->now_ms);
}

/* ---- commands ---- */

static void write_file(struct alpha_board *board, struct alpha_board_file *file,
		       const uint8_t *text, size_t len, uint8_t mode)
{
	if (!file) {
		board->ignored++;
		return;
	}
	file->len = len < file->size ? len : file->size;
	memcpy(file->text, text, file->len);
	file->mode = mode;
	board->texts++;
	show(board);
}

/* "$" alone clears; with files behind it they are the whole memory. */
static void set_memory(struct alpha_board *board, const uint8_t *bytes, size_t len)
{
	size_t next = 1;

	delivered_memory(board);
	if (len >= ALPHA_FILE)
		board->files[1].label = 0;
	for (; len >= ALPHA_FILE && next < ALPHA_BOARD_FILES;
	     bytes += ALPHA_FILE, len -= ALPHA_FILE) {
		struct alpha_file file;

		if (!alpha_take_file(bytes, &file) || file.type == 'D')
			continue;
		board->files[next++] = (struct alpha_board_file){
			.label = file.label,
			.type = file.type,
			.size = file.size < ALPHA_BOARD_FILE_SIZE ? file.size
								  : ALPHA_BOARD_FILE_SIZE,
		};
	}
	show(board);
}

static void on_special(struct alpha_board *board, const uint8_t *data, size_t len)
{
	switch (data[0]) {
	case ALPHA_MEMORY: set_memory(board, data + 1, len - 1); break;
	case ALPHA_TONE: board->beeps++; break;
	case ALPHA_SET_TIME:
		if (len == 5)
			board->minute = (uint16_t)(((data[1] - '0') * 10 + data[2] - '0') * 60 +
						   (data[3] - '0') * 10 + data[4] - '0');
		break;
	case ALPHA_SOFT_RESET: show(board); break;
	default: board->ignored++;
	}
}

static void on_command(struct alpha_board *board, const struct alpha_command *command)
{
	struct alpha_text text;

	switch (command->code) {
	case ALPHA_WRITE_TEXT:
		if (alpha_take_text(command->data, command->len, &text))
			write_file(board, find(board, text.label, 'A'), text.text, text.len,
				   text.mode);
		break;
	case ALPHA_WRITE_STRING:
		if (command->len)
			write_file(board, find(board, command->data[0], 'B'), command->data + 1,
				   command->len - 1, 0);
		break;
	case ALPHA_WRITE_SPECIAL:
		if (command->len)
			on_special(board, command->data, command->len);
		break;
	default: board->ignored++;
	}
}

void alpha_board_init(struct alpha_board *board, const struct alpha_board_settings *settings,
		      uint32_t now_ms)
{
	const struct screen_settings screen = {.width = settings->width,
					       .height = settings->height};

	memset(board, 0, sizeof(*board));
	board->settings = *settings;
	board->minute = NEVER;
	board->now_ms = now_ms;
	screen_init(&board->screen, &screen, now_ms);
	board->settings.width = board->screen.settings.width;
	board->settings.height = board->screen.settings.height;
	delivered_memory(board);
}

void alpha_board_receive(struct alpha_board *board, uint8_t byte, uint32_t now_ms)
{
	struct alpha_packet packet;
	struct alpha_command command;
	size_t used = 0, at = 0;

	board->now_ms = now_ms;
	if (!alpha_receiver_push(&board->receiver, byte))
		return;
	if (alpha_parse(board->receiver.bytes, board->receiver.len, &packet, &used) != ALPHA_GOOD) {
		board->refused++;
		return;
	}
	if (packet.type == ALPHA_REPLY_TYPE ||
	    (!packet.any_address && packet.address != ALPHA_BROADCAST &&
	     packet.address != board->settings.address))
		return;
	board->frames++;
	while (alpha_next_command(&packet, &at, &command))
		on_command(board, &command);
	alpha_board_tick(board, now_ms);
}

void alpha_board_tick(struct alpha_board *board, uint32_t now_ms)
{
	board->now_ms = now_ms;
	screen_tick(&board->screen, now_ms);
}
