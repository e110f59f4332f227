/* A thermal printer that interprets ESC/POS: bytes in, dots and status bytes out. It was written
 * from the manuals (Epson's command reference, TM-T88III, TM-T81, TM-U230; SP91) and knows no
 * encoder of ours. No allocation, no clock, no stdio. The motor has a speed: dots exist from the
 * moment at which the paper has moved past the head, and what the power takes before that is gone.
 *
 * printer.c            power, the input buffer, bytes to commands
 * printer_lengths.c    how long each command is
 * printer_commands.c   what it does
 * printer_draw.c       characters, raster, QR
 * printer_paper.c      motor, roll, cutter
 * printer_status.c     status, identity, answers
 * printer_realtime.c   commands that are executed as they arrive */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware-host/hal/uart.h"

enum {
	PRINTER_MAX_WIDTH = 576,
	PRINTER_MAX_ROWS = 6000,    /* a page longer than 750 mm comes in pieces */
	PRINTER_LINE_ROWS = 24 * 8, /* one text line at the largest size */
	PRINTER_BUFFER = 4096,	    /* bytes taken and not yet worked off, unless set otherwise */
	PRINTER_MAX_BUFFER = 65536,
	PRINTER_AHEAD_ROWS = 160,  /* how far working off runs ahead of the paper */
	PRINTER_CUTTER_ROWS = 100, /* from the head to the knife or the tear bar */
	PRINTER_DOTS_PER_MM = 8,
	PRINTER_MAX_COMMAND = 8192, /* parameters of one command other than pictures */
	PRINTER_MAX_QR = 2953,	    /* bytes in the largest symbol, ISO/IEC 18004 */
	PRINTER_MAX_MODULES = 177,
	PRINTER_MAX_RASTER_ROWS = 2303,	  /* GS v 0 (TM-T88III, TM-T81) */
	PRINTER_MAX_GRAPHICS_ROWS = 1662, /* GS ( L */
	PRINTER_REPLIES = 16,
	PRINTER_DELAYED = 32,
	PRINTER_MAX_REPLY = 84,
	PRINTER_MAX_TABS = 32,
	PRINTER_MAX_REALTIME = 10,

	PRINTER_ASCII_COUNT = 95,
	PRINTER_LATIN_PAGES = 9,
	PRINTER_HAN_COUNT = 126 * 190, /* GBK: lead bytes 81-FE, second bytes 40-7E and 80-FE */
};

/* Made at build time by mkfont.c. 12x24 and 9x17 dots, two bytes a row; 24x24, three. */
extern const uint8_t printer_font_ascii[PRINTER_ASCII_COUNT][48];
extern const uint8_t printer_font_latin[PRINTER_LATIN_PAGES][128][48];
extern const uint8_t printer_font_small_ascii[PRINTER_ASCII_COUNT][34];
extern const uint8_t printer_font_small_latin[PRINTER_LATIN_PAGES][128][34];
extern const uint8_t printer_font_han[PRINTER_HAN_COUNT][72];
extern const uint8_t printer_gb2312[(PRINTER_HAN_COUNT + 7) / 8]; /* a bit each: it is in GB2312 */
extern const uint8_t printer_latin_numbers[PRINTER_LATIN_PAGES];  /* n of ESC t */

/* What its Chinese mode reads. A clone's GB18030 is the two-byte area, that is GBK. */
enum printer_charset {
	PRINTER_CHARSET_GBK = 0,
	PRINTER_CHARSET_GB2312, /* other two-byte characters are blank */
	PRINTER_CHARSET_LATIN,	/* no Chinese mode: high bytes are the code page's */
};

/* Zero is what a generic printer does, so that a caller names only what is different. */
struct printer_settings {
	uint16_t width;		 /* dots, a multiple of 8: 576 or 384 */
	bool answers_process_id; /* GS ( H */
	enum printer_charset charset;
	bool no_qr;	       /* GS ( k is skipped */
	bool no_raster;	       /* GS v 0 and its dots are skipped */
	bool no_graphics;      /* GS ( L likewise */
	bool no_cutter;	       /* a tear bar: GS V feeds only */
	bool one_way;	       /* nothing ever comes back */
	bool no_realtime;      /* DLE EOT is not answered */
	bool no_automatic;     /* nor GS a */
	bool no_transmit;      /* nor GS r */
	bool no_identity;      /* nor GS I */
	bool busy_offline;     /* takes nothing while offline: status cannot be asked then */
	bool waits_for_feed;   /* after paper end or cover: stays offline until FEED is pressed */
	bool needs_enq;	       /* errors go by DLE ENQ or power only, not by opening the cover */
	uint32_t buffer_bytes; /* 0: PRINTER_BUFFER */
	uint32_t paper_mm;     /* the roll; 0: without end */
	uint32_t near_end_mm;  /* its sensor, so much before the end; 0: it has none */
	uint32_t speed_mm_s;   /* 0: 100 */
	uint8_t model_id;      /* GS I 1; 0: 20 hex */
	const char *firmware, *maker, *model, *serial; /* GS I 65 to 68; NULL: its own */
	const char *fonts;			       /* GS I 69; NULL: by charset */
	const char *device_id; /* IEEE 1284, without the length; NULL: from maker and model */
};

enum printer_event {
	PRINTER_EVENT_DRAWER = 1, /* value: 0 or 1, the connector's pin 2 or 5 */
	PRINTER_EVENT_BUZZER,	  /* value: how often */
	PRINTER_EVENT_UNPLUGGED,  /* unplug_at was reached */
	PRINTER_EVENT_POWER_OFF,  /* power_off_at was reached */
};

struct printer_hal {
	struct hal_uart uart; /* status and answers to the host */
	/* A QR code of data: modules on a side, 0 if it does not fit; one byte a module, 1 black.
	 */
	int (*qr)(void *port, const uint8_t *data, size_t len, int level,
		  uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES]);
	/* A cut: the page so far is a ticket. Rows of PRINTER_MAX_WIDTH / 8 bytes. */
	void (*cut)(void *port, const uint8_t *rows, uint32_t count);
	void *port;
	/* Paper that leaves without a cut: torn off, the end of a roll, or a page that is longer
	 * than the memory. May be NULL. */
	void (*piece)(void *port, const uint8_t *rows, uint32_t count);
	void (*event)(void *port, enum printer_event event, uint32_t value); /* may be NULL */
};

struct printer_style {
	uint8_t align;		       /* 0 left 1 centre 2 right */
	uint8_t width, height;	       /* magnification 1..8 of one-byte characters */
	uint8_t han_width, han_height; /* and of two-byte ones */
	uint8_t underline, underline_dots;
	bool han_underline, bold, reverse, chinese, small;
	uint8_t page; /* of printer_font_latin */
	uint8_t spacing, han_before, han_after;
	uint16_t left, area; /* print area, dots */
};

/* Sent once the paper has got so far. */
struct printer_reply {
	uint64_t row;
	uint8_t bytes[8];
	uint8_t len;
};

struct printer_delayed {
	uint32_t due_ms;
	uint8_t bytes[PRINTER_MAX_REPLY];
	uint8_t len;
};

/* Looks for a real-time command in a stream of bytes. */
struct printer_realtime {
	uint8_t seen[PRINTER_MAX_REALTIME];
	size_t len;
};

/* Where commands begin and end in what arrives. */
struct printer_scan {
	uint8_t command[PRINTER_MAX_COMMAND];
	size_t len;
	uint32_t data_left;
};

/* What the bytes behind a command's head are. */
enum printer_data {
	PRINTER_DATA_SKIP = 0,
	PRINTER_DATA_RASTER,
	PRINTER_DATA_GRAPHICS,
};

struct printer {
	struct printer_settings settings;
	struct printer_hal hal;

	/* Switches: set by whoever stands at the printer, then printer_status_changed(). */
	bool paper_out, near_end; /* the sensors; a roll sets them too */
	bool cover_open;
	bool cutter_jammed;    /* the next cut becomes cutter_error */
	bool mechanism_jammed; /* the next movement becomes mechanical_error */
	bool broken;	       /* becomes unrecoverable_error */
	bool head_hot;	       /* stops until it is cold */
	bool feed_pressed;
	bool drawer_open;      /* pin 3 high */
	bool silent;	       /* prints and answers nothing */
	bool garbage;	       /* answers noise, as long as the answer would be */
	uint32_t chatter;      /* bytes of noise on each tick, unasked */
	uint32_t lose_replies; /* so many answers from now are lost */
	uint32_t reply_delay_ms;
	uint32_t speed_mm_s; /* 0: the motor stands */
	/* Traps: the byte of printer.bytes behind which it happens; 0: none. */
	uint64_t unplug_at, power_off_at;

	/* What came of them. */
	bool unplugged, powered, shut_down;
	bool cutter_error, mechanical_error, unrecoverable_error;
	bool cover_error; /* the cover was opened while it printed */
	bool waiting_for_feed;
	bool feeding;	/* by the button */
	bool roll_ends; /* roll_rows counts */
	uint32_t roll_rows;

	/* the input buffer: a ring */
	uint8_t buffer[PRINTER_MAX_BUFFER];
	size_t head, used;

	/* the command that is being collected */
	uint8_t command[PRINTER_MAX_COMMAND];
	size_t command_len;
	enum printer_data data;
	uint32_t data_left;    /* bytes still to come */
	uint32_t raster_bytes; /* in a row */
	uint32_t raster_x;     /* bytes of this row that were */
	uint8_t raster_wide, raster_high;
	uint8_t raster_row[PRINTER_MAX_WIDTH / 8];
	struct printer_realtime data_realtime;

	/* GS ( L: stored, not yet printed; as it will be on the paper */
	uint8_t graphics[PRINTER_MAX_GRAPHICS_ROWS][PRINTER_MAX_WIDTH / 8];
	uint32_t graphics_rows, graphics_width;

	struct printer_style style;
	uint8_t line[PRINTER_LINE_ROWS][PRINTER_MAX_WIDTH / 8];
	uint16_t line_x, line_height; /* dots used so far */
	bool line_used;		      /* not at the start of a line any more */
	uint8_t pending_lead;	      /* first byte of a Chinese character */
	uint8_t line_spacing;
	uint8_t tabs[PRINTER_MAX_TABS];
	uint8_t tab_count;
	bool panel_off; /* ESC c 5 */
	bool testing;	/* the self test's page is not yet out */

	uint8_t qr_module, qr_level;
	uint8_t qr_data[PRINTER_MAX_QR];
	size_t qr_len;
	uint8_t qr_modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES];

	/* The paper from the knife on. */
	uint8_t page[PRINTER_MAX_ROWS][PRINTER_MAX_WIDTH / 8];
	uint64_t page_row;     /* how many rows came before the page's first */
	uint32_t drawn_rows;   /* worked off */
	uint32_t printed_rows; /* past the head */
	uint32_t feed_left;    /* rows of a feed that are not yet drawn */
	uint64_t motor;	       /* rows * 1,000,000 that it owes */
	uint32_t now_ms, moved_ms;
	bool cut_pending;

	struct printer_reply replies[PRINTER_REPLIES];
	size_t reply_count;
	struct printer_delayed delayed[PRINTER_DELAYED];
	size_t delayed_head, delayed_count;
	uint64_t noise;
	uint8_t automatic_status; /* GS a n */
	uint8_t told_status[4];

	struct printer_realtime realtime; /* looked for as bytes arrive */
	struct printer_scan scan;
	bool pulse_off, shut_down_on; /* GS ( D */

	/* Counters since printer_init. */
	uint64_t bytes, cuts, pieces, rows;
	uint64_t unknown_commands; /* and those that it knows: */
	uint64_t ignored_commands; /* not at this place of the line, or not with these parameters */
	uint64_t undrawn_commands; /* bar codes and others that it does not draw */
	uint64_t missing_characters, half_characters;
	uint64_t realtime_commands, realtime_in_data; /* executed; of them inside a picture */
	uint64_t drawer_pulses, beeps, lost_replies;
	uint32_t revision; /* rises when the paper moved */
};

/* Powered on with paper, its cover closed. */
void printer_init(struct printer *printer, const struct printer_settings *settings,
		  const struct printer_hal *hal, uint32_t now_ms);
/* How many bytes it takes now; 0: busy, like a NAK on USB. */
size_t printer_room(const struct printer *printer);
/* Takes no more than there is room for: the rest is lost. */
void printer_receive(struct printer *printer, const uint8_t *bytes, size_t len, uint32_t now_ms);
/* Works off, moves paper, answers. Call at least every 10 ms. */
void printer_tick(struct printer *printer, uint32_t now_ms);
/* After a switch was moved. */
void printer_status_changed(struct printer *printer);
/* Paper is moving, or would be if there were paper. */
bool printer_is_printing(const struct printer *printer);
/* Answers are still to leave it. */
bool printer_is_answering(const struct printer *printer);
bool printer_is_offline(const struct printer *printer);

/* Off: what was received and not yet past the head is lost, errors are forgotten. The paper stays
 * where it is. */
void printer_switch_off(struct printer *printer);
void printer_switch_on(struct printer *printer, uint32_t now_ms);
/* The cable, after unplug_at. */
void printer_plug(struct printer *printer);
/* The USB class's SOFT_RESET: buffers are emptied, settings are those of power-on. */
void printer_soft_reset(struct printer *printer);
/* A new roll of mm, 0: without end. What hung in the printer leaves as a piece; what is not yet
 * printed goes on. */
void printer_new_roll(struct printer *printer, uint32_t mm);
/* A hand tears the paper off at the knife. */
void printer_tear(struct printer *printer);

/* GET_PORT_STATUS of the USB printer class: bit 5 paper empty, 4 selected, 3 no error. */
uint8_t printer_port_status(const struct printer *printer);
/* GET_DEVICE_ID: two bytes of length (high first, itself included) and the text. The length. */
size_t printer_device_id(const struct printer *printer, uint8_t *ret, size_t size);
