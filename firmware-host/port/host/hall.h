/* The devices of a hall on their lines, and the switches for what goes wrong with them. */
#pragma once

#include "firmware-host/app/keypad.h"
#include "firmware-host/app/keypad_ascii.h"
#include "firmware-host/port/host/endpoint.h"
#include "firmware-host/port/host/hall_board.h"
#include "firmware-host/port/host/hall_printer.h"
#include "firmware-host/port/host/usb_printers.h"

enum {
	HALL_WINDOWS = 8,
	HALL_BOARDS = HALL_WINDOWS + 1, /* the last is the hall board */
	HALL_BOARD_ADDRESS = 100,
	HALL_KEY_MS = 60, /* how long a finger stays on a key */
	HALL_FINGERS = 64,
	HALL_PAD_TYPED = 32, /* keys that wait for the finger */
	HALL_FDS = 2 * (4 + HALL_PRINTERS) + USBIP_FDS,
};

struct hall_settings {
	uint32_t baud;
	enum hall_board_protocol boards, hall_board; /* what they speak, on one line */
	struct hall_printer_settings printers[HALL_PRINTERS];
	size_t printer_count; /* at least one */
};

/* A key that is down and comes up by itself, or one that waits for its turn. */
struct finger {
	struct keypad *keypad;
	uint16_t key, argument;
	int64_t down_us, up_us;
	bool down, lifted;
};

struct virtual_hall {
	struct endpoint boards_line, keypads_line, panel_line, pad_line;
	struct hall_board boards[HALL_BOARDS];
	bool board_off[HALL_BOARDS]; /* it has no power */
	struct keypad keypads[HALL_WINDOWS];
	struct keypad panel;
	struct keypad_ascii_pad pad; /* plain, on a line of its own */
	char pad_typed[HALL_PAD_TYPED + 1];
	int64_t pad_next_us;
	struct hall_printer printers[HALL_PRINTERS];
	size_t printer_count;
	struct usb_printers usb; /* begun and ended by its owner, or not at all */
	struct finger fingers[HALL_FINGERS];
	size_t finger_count;
	int64_t now_us;
	uint64_t page_requests;
};

/* 0 or a negative errno. */
int hall_start(struct virtual_hall *hall, const struct hall_settings *settings, int64_t now_us);
void hall_stop(struct virtual_hall *hall);
size_t hall_fds(const struct virtual_hall *hall, struct pollfd *ret); /* up to HALL_FDS */
void hall_process(struct virtual_hall *hall, int64_t now_us);
int64_t hall_deadline(const struct virtual_hall *hall);
/* Without power a board shows and hears nothing; with it again it knows nothing of before. */
void hall_board_power(struct virtual_hall *hall, size_t board, bool on);
/* Keys of the plain keypad, one behind the other. -EBUSY: too many wait. */
int hall_type(struct virtual_hall *hall, const char *keys);
/* Another keypad of the same address takes its place: it knows nothing. */
void hall_swap_keypad(struct virtual_hall *hall, size_t index);
/* A finger presses a key and lets go. -EBUSY: too many at once. */
int hall_press(struct virtual_hall *hall, struct keypad *keypad, uint16_t key, uint16_t argument);
