/* Everything with a plug: links and lines, the print spooler, the board keeper, the keypads. It
 * turns durable facts into bytes and keys into commands. No event loop in here: descriptors,
 * deadlines and times are given and taken; one thread, nothing blocks. */
#pragma once

#include <poll.h>

#include "drivers/driver.h"
#include "drivers/voice/voice.h"
#include "src/devices/board_config.h"
#include "src/devices/line.h"
#include "src/devices/renderer.h"
#include "src/devices/template.h"
#include "src/keeper/keeper.h"

enum {
	DEVICES_MAX_LINES = 16,
	DEVICES_MAX_PRINTERS = 8,
	DEVICES_MAX_BOARDS = 256,
	DEVICES_MAX_KEYPADS = 160,
	DEVICES_MAX_BUTTONS = 16,
	DEVICES_MAX_SETTINGS = 12,
	DEVICES_URL_SIZE = 256,
	DEVICES_SETTING_SIZE = 64,
	DEVICES_MAX_VOICES = 4,
	DEVICES_MAX_FDS = 128,
};

struct devices_line_config {
	char id[CORE_ID_SIZE];
	char url[DEVICES_URL_SIZE];
	/* Of the wire behind the URL: pacing counts in them. bits_per_char 0: 10, as in 8N1. */
	uint32_t baud, bits_per_char;
	uint32_t gap_us, answer_gap_us; /* quiet between two frames; behind an answer */
	bool echo;			/* the transceiver hears what it sends */
	bool trace;			/* every byte goes into the journal */
};

/* What every device has; line and address for those on a line, url for those with their own link.
 */
struct devices_device_config {
	char id[CORE_ID_SIZE];
	char driver[CORE_ID_SIZE];
	char model[CORE_ID_SIZE];
	char url[DEVICES_URL_SIZE];
	uint32_t line; /* index */
	uint8_t address;
	char settings[DEVICES_MAX_SETTINGS][DEVICES_SETTING_SIZE]; /* "key=value" */
	size_t setting_count;
};

struct devices_printer_config {
	struct devices_device_config device;
	char pool[CORE_ID_SIZE]; /* printers of one pool share their work; "" none */
};

/* Where paper comes out: indexes of printers, the first choice first. None: any of the hall's. */
struct devices_route {
	uint8_t printers[DEVICES_MAX_PRINTERS];
	size_t count;
};

struct devices_queue_config {
	char queue[CORE_ID_SIZE];
	struct devices_route route;
};

struct devices_board_config {
	struct devices_device_config device;
	int64_t window; /* 0: a hall board, shows the newest calls */
	/* A hall board: of these windows and queues only; none named: of all. */
	uint32_t windows[BOARD_WINDOW_WORDS]; /* bit n % 32 of word n / 32: window n */
	size_t window_count;
	char queues[BOARD_MAX_QUEUES][CORE_ID_SIZE];
	size_t queue_count;
	uint8_t calls; /* at most; 0: as many as it has rows */
	struct board_rules rules;
};

struct devices_button_config {
	uint16_t button;
	char queue[CORE_ID_SIZE];
	char item[CORE_ID_SIZE];
	enum ticket_class class;
	bool large; /* its tickets are asked for in large print */
};

struct devices_keypad_config {
	struct devices_device_config device;
	int64_t window; /* 0: a dispenser's panel */
	struct devices_button_config buttons[DEVICES_MAX_BUTTONS];
	size_t button_count;
	struct devices_route route; /* of a panel; none: the queue's */
};

/* docs/voice.md */
struct devices_voice_config {
	char id[CORE_ID_SIZE];
	struct voice_setup setup;
	int64_t windows[CORE_MAX_WINDOWS]; /* whose calls it says; none: all */
	size_t window_count;
	int64_t repeat;	 /* how often each call is said */
	int64_t stale_s; /* a call that has waited so long is not begun any more */
	/* Which call was begun last, kept over a restart; "" it is not. */
	char mark_path[VOICE_PATH_SIZE];
};

struct devices_config {
	struct devices_line_config lines[DEVICES_MAX_LINES];
	size_t line_count;
	struct devices_printer_config printers[DEVICES_MAX_PRINTERS];
	size_t printer_count;
	struct devices_board_config boards[DEVICES_MAX_BOARDS];
	size_t board_count;
	char board_texts[BOARD_TEXT_POOL]; /* see struct board_texts; [0] is of nobody */
	size_t board_texts_len;
	struct devices_keypad_config keypads[DEVICES_MAX_KEYPADS];
	size_t keypad_count;
	struct devices_voice_config voices[DEVICES_MAX_VOICES];
	size_t voice_count;
	struct devices_queue_config queues[CORE_MAX_QUEUES]; /* those with a route of their own */
	size_t queue_count;
	int64_t failover_us; /* a printer that cannot print for so long leaves its work to the next
			      */
};

/* What a ticket is printed by; desk NULL: no second copy. */
struct devices_templates {
	const struct template *ticket, *desk;
};

/* What is not a function of bytes and time comes from the caller. */
struct devices_host {
	void (*stamp)(void *user, struct stamp *ret_now);
	void (*token)(void *user, char ret_token[CORE_TOKEN_SIZE]); /* 128 random bits in hex */
	/* Printed as QR, the ticket's token behind it. */
	const char *(*ticket_url)(void *user);
	int64_t (*now_us)(void *user); /* the clock of all times here; never runs backwards */
	void (*changed)(void *user);   /* other descriptors or another deadline */
	void (*log)(void *user, const char *device, const char *message);
	/* NULL, or none found: a plain ticket. They must hold until the next call. */
	void (*templates)(void *user, const struct hall *hall, const struct ticket *ticket,
			  const char *printer, bool large, struct devices_templates *ret);
	/* NULL: what a printer cannot print is printed as a sign. */
	const struct renderer_host *renderer;
	/* Begins and ends the process of a voice; as announcer_host has it. NULL: no voice. */
	int (*voice_start)(void *user, size_t voice, int *ret_fd);
	void (*voice_stop)(void *user, size_t voice);
};

struct devices;
struct announcer;

/* Makes every device, closed; subscribes to the keeper. The configuration must outlive it.
 * ret_error: which device and why. */
__attribute__((warn_unused_result)) int devices_create(struct devices **ret_devices,
						       const struct devices_config *config,
						       struct keeper *keeper,
						       const struct devices_host *host, void *user,
						       char *ret_error, size_t error_size);
void devices_destroy(struct devices *devices);

/* Opens all links; catches up with what the log says is still to print and to show. */
void devices_start(struct devices *devices, int64_t now_us);
size_t devices_fds(const struct devices *devices, struct pollfd *ret, size_t max);
int64_t devices_deadline(const struct devices *devices); /* INT64_MAX none */
void devices_process(struct devices *devices, int64_t now_us);

/* Why the hall cannot go on by itself: boards say so where they would otherwise be idle. */
enum devices_notice {
	DEVICES_NOTICE_NONE = 0,
	DEVICES_NOTICE_LOG,   /* the log takes no writes: no number, no call */
	DEVICES_NOTICE_CLOCK, /* no service day is open because the clock is wrong */
};
void devices_set_notice(struct devices *devices, enum devices_notice notice);

struct devices_status {
	const char *id, *driver, *model;
	enum device_class class;
	const char *url; /* of its link or line */
	uint8_t address;
	int64_t window;
	enum device_health health;
	const char *detail;
	const struct devices_board_config *board; /* NULL: no board */
	const struct board_state *shows;	  /* boards: what is wanted, NULL else */
	enum board_painted painted;		  /* boards */
	int64_t unpainted_us; /* boards: it has not shown what is wanted for so long; 0: it does */
	int64_t job;	      /* printers: at work on it, 0 none */
	const char *pool;     /* printers, "" else */
	const struct announcer *announcer; /* voices: announcer_get_status(); NULL else */
};
/* All boards together, since the daemon started. */
struct devices_boards_status {
	size_t count;
	size_t painted[BOARD_FAILED + 1];
	int64_t unpainted_us; /* of the board that has waited longest; 0: none waits */
	uint64_t texts;	      /* that boards were to show */
	uint64_t paintings;   /* texts that came there */
	uint64_t repaints;    /* of them those that had been there already */
	uint64_t failures;    /* boards that stopped answering */
};
void devices_get_boards_status(const struct devices *devices, struct devices_boards_status *ret);
size_t devices_count(const struct devices *devices);
void devices_get_status(const struct devices *devices, size_t index, struct devices_status *ret);
struct devices_line_status {
	const char *id, *url;
	bool up;
	const char *why; /* it is not, "" else */
	struct line_stats stats;
	struct line_shares shares;
	size_t devices, silent; /* on it; of these, that do not answer */
	int64_t slowest_us;	/* answer so far */
};
size_t devices_line_count(const struct devices *devices);
void devices_get_line(const struct devices *devices, size_t index, int64_t now_us,
		      struct devices_line_status *ret);
/* NULL: there is no renderer. */
const struct renderer *devices_renderer(const struct devices *devices);
const char *device_class_name(enum device_class class);
const char *device_health_name(enum device_health health);
const char *device_health_chinese(enum device_health health);
/* What a driver or a transport says, in Chinese; "": it has no translation. */
const char *devices_chinese(const char *english);
const char *board_painted_name(enum board_painted painted);
