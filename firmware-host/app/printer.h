/* A thermal printer that interprets ESC/POS: bytes in, dots and status bytes out. It was written
 * from the manuals (Epson TM-T88III, TM-T81, TM-U230; SP91) and knows no encoder of ours. No
 * allocation, no clock, no stdio. The motor has a speed: dots exist from the moment at which the
 * paper has moved past the head. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware-host/hal/uart.h"

enum {
	PRINTER_MAX_WIDTH = 576,
	PRINTER_MAX_ROWS = 6000,    /* 750 mm: a page longer than this is cut off */
	PRINTER_LINE_ROWS = 24 * 8, /* one text line at the largest size */
	PRINTER_BUFFER = 4096,	    /* bytes taken and not yet worked off */
	PRINTER_AHEAD_ROWS = 160,   /* how far working off runs ahead of the paper */
	PRINTER_DOTS_PER_MM = 8,
	PRINTER_MAX_COMMAND = 8192, /* parameters of one command other than raster */
	PRINTER_MAX_QR = 1024,
	PRINTER_MAX_MODULES = 177,
	PRINTER_REPLIES = 16,

	PRINTER_ASCII_COUNT = 95,
	PRINTER_HAN_COUNT = 87 * 94,
};

extern const uint8_t printer_font_ascii[PRINTER_ASCII_COUNT][48];
extern const uint8_t printer_font_han[PRINTER_HAN_COUNT][72];

struct printer_hal {
	struct hal_uart uart; /* status and answers to the host */
	/* A QR code of data: modules on a side, 0 if it does not fit; one byte a module, 1 black.
	 */
	int (*qr)(void *port, const uint8_t *data, size_t len, int level,
		  uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES]);
	/* A cut: the page so far is a ticket. rows of width/8 bytes. */
	void (*cut)(void *port, const uint8_t *rows, uint32_t count);
	void *port;
};

struct printer_settings {
	uint16_t width;		 /* dots, a multiple of 8: 576 or 384 */
	bool answers_process_id; /* GS ( H */
};

struct printer_style {
	uint8_t align, width, height; /* 0 left 1 centre 2 right; magnification 1..8 */
	bool bold, chinese;
};

/* Sent once the paper has got so far. */
struct printer_reply {
	uint32_t row;
	uint8_t bytes[8];
	uint8_t len;
};

struct printer {
	struct printer_settings settings;
	struct printer_hal hal;

	/* faults, set by whoever stands at the printer */
	bool paper_out, near_end, cover_open;
	uint32_t speed_mm_s;

	/* the input buffer: a ring */
	uint8_t buffer[PRINTER_BUFFER];
	size_t head, used;

	/* the command that is being collected */
	uint8_t command[PRINTER_MAX_COMMAND];
	size_t command_len;
	uint32_t raster_left; /* bytes of a raster image still to come */
	uint16_t raster_width_bytes, raster_x;

	struct printer_style style;
	uint8_t line[PRINTER_LINE_ROWS][PRINTER_MAX_WIDTH / 8];
	uint16_t line_x, line_height; /* dots used so far */
	uint8_t pending_lead;	      /* first byte of a Chinese character */
	uint8_t line_spacing;

	uint8_t qr_module, qr_level;
	uint8_t qr_data[PRINTER_MAX_QR];
	size_t qr_len;
	uint8_t qr_modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES];

	uint8_t page[PRINTER_MAX_ROWS][PRINTER_MAX_WIDTH / 8];
	uint32_t drawn_rows;   /* worked off */
	uint32_t printed_rows; /* past the head */
	uint64_t moved_us;     /* motor time not yet turned into rows */
	uint32_t now_ms, moved_ms;
	bool cut_pending;

	struct printer_reply replies[PRINTER_REPLIES];
	size_t reply_count;
	uint8_t automatic_status; /* GS a n */
	uint8_t told_status[4];

	/* real-time commands are looked for as bytes arrive */
	uint8_t realtime[3];
	size_t realtime_len;

	uint64_t bytes, unknown_commands, cuts;
	uint32_t revision; /* rises when the paper moved */
};

void printer_init(struct printer *printer, const struct printer_settings *settings,
		  const struct printer_hal *hal, uint32_t now_ms);
/* How many bytes it takes now; 0: busy, like a NAK on USB. */
size_t printer_room(const struct printer *printer);
void printer_receive(struct printer *printer, const uint8_t *bytes, size_t len, uint32_t now_ms);
/* Works off, moves paper, answers. Call at least every 10 ms. */
void printer_tick(struct printer *printer, uint32_t now_ms);
/* After a fault switch was moved. */
void printer_status_changed(struct printer *printer);
/* Paper is moving, or would be if there were paper. */
bool printer_is_printing(const struct printer *printer);

/* printer_draw.c */
void printer_put_character(struct printer *printer, const uint8_t *rows, int width);
void printer_flush_line(struct printer *printer);
void printer_feed_dots(struct printer *printer, uint32_t dots);
void printer_draw_qr(struct printer *printer);
void printer_draw_raster_byte(struct printer *printer, uint8_t byte);
