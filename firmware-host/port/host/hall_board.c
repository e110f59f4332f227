/* Boards of different protocols behind one interface. */
#include "firmware-host/port/host/hall_board.h"

#include <stddef.h>

static void start_lihe(struct hall_board *board, const struct hall_board_settings *settings,
		       struct hal_uart uart, uint32_t now_ms)
{
	const struct board_settings lihe = {
		.address = settings->address,
		.width = settings->width,
		.height = settings->height,
		.acknowledges = true,
		.host_lost_ms = settings->host_lost_ms,
	};

	board_init(&board->u.lihe, &lihe, uart, now_ms);
}

static void start_modbus(struct hall_board *board, const struct hall_board_settings *settings,
			 struct hal_uart uart, uint32_t now_ms)
{
	const struct board_modbus_settings modbus = {
		.address = settings->address,
		.width = settings->width,
		.height = settings->height,
		.nonce = settings->nonce,
		.watchdog_s = (uint16_t)(settings->host_lost_ms / 1000),
	};

	board_modbus_init(&board->u.modbus, &modbus, uart, now_ms);
}

static void start_onbon(struct hall_board *board, const struct hall_board_settings *settings,
			struct hal_uart uart, uint32_t now_ms)
{
	const struct onbon_board_settings onbon = {
		.address = settings->address,
		.width = settings->width,
		.height = settings->height,
	};

	onbon_board_init(&board->u.onbon, &onbon, uart, now_ms);
}

/* It never answers. */
static void start_alpha(struct hall_board *board, const struct hall_board_settings *settings,
			struct hal_uart uart, uint32_t now_ms)
{
	const struct alpha_board_settings alpha = {
		.address = settings->address,
		.width = settings->width,
		.height = settings->height,
	};

	(void)uart;
	alpha_board_init(&board->u.alpha, &alpha, now_ms);
}

static void receive_lihe(struct hall_board *board, uint8_t byte, uint32_t now_ms)
{
	board_receive(&board->u.lihe, byte, now_ms);
}

static void receive_modbus(struct hall_board *board, uint8_t byte, uint32_t now_ms)
{
	board_modbus_receive(&board->u.modbus, byte, now_ms);
}

static void receive_onbon(struct hall_board *board, uint8_t byte, uint32_t now_ms)
{
	onbon_board_receive(&board->u.onbon, byte, now_ms);
}

static void receive_alpha(struct hall_board *board, uint8_t byte, uint32_t now_ms)
{
	alpha_board_receive(&board->u.alpha, byte, now_ms);
}

static void tick_lihe(struct hall_board *board, uint32_t now_ms)
{
	board_tick(&board->u.lihe, now_ms);
}

static void tick_modbus(struct hall_board *board, uint32_t now_ms)
{
	board_modbus_tick(&board->u.modbus, now_ms);
}

static void tick_onbon(struct hall_board *board, uint32_t now_ms)
{
	onbon_board_tick(&board->u.onbon, now_ms);
}

static void tick_alpha(struct hall_board *board, uint32_t now_ms)
{
	alpha_board_tick(&board->u.alpha, now_ms);
}

/* In the order of enum hall_board_protocol; the counters and the screen stand in the device. */
static const struct kind {
	const char *word;
	void (*start)(struct hall_board *board, const struct hall_board_settings *settings,
		      struct hal_uart uart, uint32_t now_ms);
	void (*receive)(struct hall_board *board, uint8_t byte, uint32_t now_ms);
	void (*tick)(struct hall_board *board, uint32_t now_ms);
	size_t screen, frames, refused;
} kinds[HALL_BOARD_PROTOCOLS] = {
	[HALL_BOARD_LIHE] = {"lihe", start_lihe, receive_lihe, tick_lihe,
			     offsetof(struct hall_board, u.lihe.screen),
			     offsetof(struct hall_board, u.lihe.frames),
			     offsetof(struct hall_board, u.lihe.refused)},
	[HALL_BOARD_MODBUS] = {"modbus", start_modbus, receive_modbus, tick_modbus,
			       offsetof(struct hall_board, u.modbus.screen),
			       offsetof(struct hall_board, u.modbus.requests),
			       offsetof(struct hall_board, u.modbus.refused)},
	[HALL_BOARD_ONBON] = {"onbon", start_onbon, receive_onbon, tick_onbon,
			      offsetof(struct hall_board, u.onbon.screen),
			      offsetof(struct hall_board, u.onbon.frames),
			      offsetof(struct hall_board, u.onbon.refused)},
	[HALL_BOARD_ALPHA] = {"alpha", start_alpha, receive_alpha, tick_alpha,
			      offsetof(struct hall_board, u.alpha.screen),
			      offsetof(struct hall_board, u.alpha.frames),
			      offsetof(struct hall_board, u.alpha.refused)},
};

const char *hall_board_word(enum hall_board_protocol protocol)
{
	return protocol < HALL_BOARD_PROTOCOLS ? kinds[protocol].word : NULL;
}

void hall_board_start(struct hall_board *board, const struct hall_board_settings *settings,
		      struct hal_uart uart, uint32_t now_ms)
{
	board->protocol = settings->protocol;
	kinds[board->protocol].start(board, settings, uart, now_ms);
}

void hall_board_receive(struct hall_board *board, uint8_t byte, uint32_t now_ms)
{
	kinds[board->protocol].receive(board, byte, now_ms);
}

void hall_board_tick(struct hall_board *board, uint32_t now_ms)
{
	kinds[board->protocol].tick(board, now_ms);
}

static const void *member(const struct hall_board *board, size_t offset)
{
	return (const uint8_t *)board + offset;
}

const struct screen *hall_board_screen(const struct hall_board *board)
{
	return member(board, kinds[board->protocol].screen);
}

uint32_t hall_board_frames(const struct hall_board *board)
{
	return *(const uint32_t *)member(board, kinds[board->protocol].frames);
}

uint32_t hall_board_refused(const struct hall_board *board)
{
	return *(const uint32_t *)member(board, kinds[board->protocol].refused);
}
