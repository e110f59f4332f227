/* The board of our own profile: registers to texts on the screen. What the host wrote is a buffer;
 * writing its head shows it, so that half a text is never seen. The same text once more renews its
 * life and nothing moves. */
#include "firmware-host/app/board_modbus.h"

#include <string.h>

enum { MS_PER_S = 1000, GLYPH_WIDTH = 8, ROW_HEIGHT = 16 };

void board_modbus_init(struct board_modbus *board, const struct board_modbus_settings *settings,
		       struct hal_uart uart, uint32_t now_ms)
{
	const struct screen_settings screen = {
		.width = settings->width,
		.height = settings->height,
		.host_lost_ms = settings->watchdog_s * (uint32_t)MS_PER_S,
	};

	memset(board, 0, sizeof(*board));
	board->settings = *settings;
	if (!board->settings.nonce)
		board->settings.nonce = 1;
	board->uart = uart;
	board->now_ms = now_ms;
	board->watchdog_s = settings->watchdog_s;
	screen_init(&board->screen, &screen, now_ms);
}

/* ---- the text ---- */

/* Rows are parts of the screen, one below the other; a text of one row stands in all of its width.
 */
static void draw(struct board_modbus *board)
{
	const struct board_modbus_text *text = &board->shown;
	size_t at = 0;

	screen_hide_all(&board->screen);
	for (size_t row = 0; row < SCREEN_PARTS && at <= text->length; row++) {
		struct screen_part part = {
			.y = (uint16_t)(row * ROW_HEIGHT),
			.height = ROW_HEIGHT,
			.blinks = text->attributes & BOARD_ATTRIBUTE_BLINKS,
			.inverse = text->attributes & BOARD_ATTRIBUTE_INVERSE,
			.move = text->attributes & BOARD_ATTRIBUTE_MOVES ? SCREEN_LEFT
									 : SCREEN_STANDS,
		};
		size_t end = at;

		while (end < text->length && text->bytes[end] != '\n')
			end++;
		part.len = end - at;
		memcpy(part.text, text->bytes + at, part.len);
		if (part.y < board->screen.settings.height)
			screen_show(&board->screen, row, &part, board->now_ms);
		at = end + 1;
	}
}

static void take_text(const struct board_modbus *board, struct board_modbus_text *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->revision = board->written[0] /* the block begins with it */;
	ret->attributes = board->written[BOARD_ATTRIBUTES - BOARD_REVISION];
	ret->life_s = board->written[BOARD_LIFE - BOARD_REVISION];
	ret->length = board->written[BOARD_LENGTH - BOARD_REVISION];
	for (size_t i = 0; i < ret->length; i++) {
		uint16_t pair = board->written[BOARD_TEXT - BOARD_REVISION + i / 2];

		ret->bytes[i] = (uint8_t)(i % 2 ? pair : pair >> 8);
	}
}

/* Whatever differs but its revision and its life is another text and begins anew. */
static void show(struct board_modbus *board)
{
	struct board_modbus_text text;
	bool same;

	take_text(board, &text);
	same = board->showing && text.attributes == board->shown.attributes &&
	       text.length == board->shown.length &&
	       memcmp(text.bytes, board->shown.bytes, text.length) == 0;
	board->shown = text;
	board->life_ms = board->now_ms;
	board->showing = true;
	board->expired = false;
	if (same)
		return;
	board->texts++;
	draw(board);
}

static uint16_t life_left(const struct board_modbus *board)
{
	uint32_t gone_s = (board->now_ms - board->life_ms) / MS_PER_S;

	if (board->showing && board->shown.life_s == 0)
		return BOARD_FOR_EVER;
	return board->showing && gone_s < board->shown.life_s
		       ? (uint16_t)(board->shown.life_s - gone_s)
		       : 0;
}

static void expire(struct board_modbus *board)
{
	if (!board->showing || life_left(board) > 0)
		return;
	board->showing = false;
	board->expired = true;
	screen_hide_all(&board->screen);
}

/* ---- registers ---- */

static uint16_t status_of(const struct board_modbus *board)
{
	return (uint16_t)((board->showing ? BOARD_STATUS_TEXT : 0) |
			  (board->screen.host_lost ? BOARD_STATUS_HOST_LOST : 0) |
			  (board->screen.dark ? BOARD_STATUS_DARK : 0) |
			  (board->expired ? BOARD_STATUS_EXPIRED : 0));
}

static uint16_t input_register(const struct board_modbus *board, uint16_t address)
{
	const struct screen_settings *size = &board->screen.settings;

	switch (address) {
	case BOARD_STATUS: return status_of(board);
	case BOARD_NONCE_HIGH: return (uint16_t)(board->settings.nonce >> 16);
	case BOARD_NONCE_LOW: return (uint16_t)board->settings.nonce;
	case BOARD_SHOWN_REVISION: return board->shown.revision;
	case BOARD_SHOWN_CRC: return modbus_crc(board->shown.bytes, board->shown.length);
	case BOARD_LIFE_LEFT: return life_left(board);
	case BOARD_SIZE:
		return (uint16_t)(size->width / GLYPH_WIDTH << 8 | size->height / ROW_HEIGHT);
	case BOARD_KIND: return BOARD_KIND_BOARD;
	case BOARD_LIT: return board->screen.brightness;
	default: return BOARD_PROFILE_VERSION;
	}
}

static uint16_t setting_register(const struct board_modbus *board, uint16_t address)
{
	switch (address) {
	case BOARD_BRIGHTNESS: return board->screen.brightness;
	case BOARD_DARK: return board->screen.dark;
	default: return board->watchdog_s;
	}
}

static bool within(const struct modbus_request *request, uint16_t first, uint16_t count)
{
	return request->first >= first && request->first + request->count <= first + count;
}

static size_t refuse(struct board_modbus *board, uint8_t *frame, size_t size,
		     const struct modbus_request *request, uint8_t code)
{
	board->refused++;
	return modbus_build_exception(frame, size, request->slave, request->function, code);
}

static size_t read_registers(struct board_modbus *board, const struct modbus_request *request,
			     uint8_t *frame, size_t size)
{
	const uint16_t buffer = BOARD_HEAD_COUNT + BOARD_TEXT_COUNT;
	bool input = request->function == MODBUS_READ_INPUT;
	bool text = !input && within(request, BOARD_REVISION, buffer);
	uint16_t values[MODBUS_MAX_REGISTERS];

	if (input ? !within(request, 0, BOARD_INPUT_COUNT)
		  : !text && !within(request, BOARD_BRIGHTNESS, BOARD_SETTING_COUNT))
		return refuse(board, frame, size, request, MODBUS_ILLEGAL_ADDRESS);
	if (request->count > MODBUS_MAX_REGISTERS)
		return refuse(board, frame, size, request, MODBUS_ILLEGAL_VALUE);
	for (uint16_t i = 0; i < request->count; i++) {
		uint16_t address = (uint16_t)(request->first + i);

		if (input)
			values[i] = input_register(board, address);
		else
			values[i] = text ? board->written[address - BOARD_REVISION]
					 : setting_register(board, address);
	}
	return modbus_build_values(frame, size, request->slave, request->function, values,
				   request->count);
}

/* 0, or the exception's code; then nothing has changed. */
static uint8_t write_text(struct board_modbus *board, const struct modbus_request *request)
{
	bool head = request->first == BOARD_REVISION && request->count >= BOARD_HEAD_COUNT;
	const uint16_t *values = request->values;

	if (!head && request->first < BOARD_TEXT)
		return MODBUS_ILLEGAL_ADDRESS;
	if (head &&
	    (values[0] == 0 || (values[1] & ~BOARD_ATTRIBUTES_ALL) || values[3] > BOARD_TEXT_BYTES))
		return MODBUS_ILLEGAL_VALUE;
	memcpy(board->written + (request->first - BOARD_REVISION), values,
	       request->count * sizeof(values[0]));
	if (head)
		show(board);
	return 0;
}

static uint8_t write_settings(struct board_modbus *board, const struct modbus_request *request)
{
	for (uint16_t i = 0; i < request->count; i++) {
		uint16_t address = (uint16_t)(request->first + i), value = request->values[i];

		if ((address == BOARD_BRIGHTNESS && (value < 1 || value > 100)) ||
		    (address == BOARD_DARK && value > 1))
			return MODBUS_ILLEGAL_VALUE;
	}
	for (uint16_t i = 0; i < request->count; i++) {
		uint16_t value = request->values[i];

		switch (request->first + i) {
		case BOARD_BRIGHTNESS: screen_set_brightness(&board->screen, (uint8_t)value); break;
		case BOARD_DARK: screen_set_dark(&board->screen, value == 1); break;
		default:
			board->watchdog_s = value;
			board->screen.settings.host_lost_ms = value * (uint32_t)MS_PER_S;
		}
	}
	return 0;
}

static size_t write_registers(struct board_modbus *board, const struct modbus_request *request,
			      uint8_t *frame, size_t size)
{
	uint8_t code = MODBUS_ILLEGAL_ADDRESS;

	if (within(request, BOARD_REVISION, BOARD_HEAD_COUNT + BOARD_TEXT_COUNT))
		code = write_text(board, request);
	else if (within(request, BOARD_BRIGHTNESS, BOARD_SETTING_COUNT))
		code = write_settings(board, request);
	if (code)
		return refuse(board, frame, size, request, code);
	if (request->function == MODBUS_WRITE_ONE)
		return modbus_build_write_one(frame, size, request->slave, request->first,
					      request->values[0]);
	return modbus_build_written(frame, size, request->slave, request->first, request->count);
}

/* ---- the line ---- */

/* Any good request shows that the host lives. */
static void on_request(struct board_modbus *board, const struct modbus_request *request)
{
	uint8_t frame[MODBUS_MAX_FRAME];
	size_t len;

	screen_hear(&board->screen, board->now_ms);
	if (request->slave != board->settings.address)
		return;
	board->requests++;
	if (request->count < 1)
		len = refuse(board, frame, sizeof(frame), request, MODBUS_ILLEGAL_VALUE);
	else if (request->function == MODBUS_READ_INPUT || request->function == MODBUS_READ_HOLDING)
		len = read_registers(board, request, frame, sizeof(frame));
	else
		len = write_registers(board, request, frame, sizeof(frame));
	board->uart.send(board->uart.port, frame, len);
}

static void drop(struct board_modbus *board, size_t count)
{
	board->len -= count;
	memmove(board->bytes, board->bytes + count, board->len);
}

/* Another slave's answer at the start: n > 0 its length, 0 it may become one, -1 it is none. */
static int foreign_answer(const struct board_modbus *board)
{
	struct modbus_reply reply;

	if (board->bytes[0] == board->settings.address)
		return -1;
	if (board->len < 2)
		return 0;
	return modbus_match_reply(board->bytes, board->len, board->bytes[0], board->bytes[1] & 0x7f,
				  &reply);
}

static void notice_silence(struct board_modbus *board)
{
	if (board->len && board->now_ms - board->byte_ms >= BOARD_MODBUS_SILENCE_MS)
		board->len = 0;
}

/* Other slaves' answers are taken out whole: inside one may stand what looks like the head of a
 * longer request. An echo of a write is request and answer alike, for another slave. */
void board_modbus_receive(struct board_modbus *board, uint8_t byte, uint32_t now_ms)
{
	board->now_ms = now_ms;
	notice_silence(board);
	board->byte_ms = now_ms;
	if (board->len == sizeof(board->bytes))
		drop(board, 1);
	board->bytes[board->len++] = byte;
	while (board->len) {
		struct modbus_request request;
		int expected = modbus_request_length(board->bytes, board->len);
		int foreign = foreign_answer(board);

		if (foreign > 0) {
			screen_hear(&board->screen, now_ms);
			drop(board, (size_t)foreign);
			continue;
		}
		if (expected == 0 || expected > (int)board->len)
			return;
		if (expected > 0 &&
		    modbus_parse_request(board->bytes, (size_t)expected, &request)) {
			drop(board, (size_t)expected);
			on_request(board, &request);
		} else if (foreign == 0) {
			return;
		} else {
			drop(board, 1);
		}
	}
	board_modbus_tick(board, now_ms);
}

void board_modbus_tick(struct board_modbus *board, uint32_t now_ms)
{
	board->now_ms = now_ms;
	notice_silence(board);
	expire(board);
	screen_tick(&board->screen, now_ms);
}
