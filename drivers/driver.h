/* The driver interface: what every printer, board and keypad driver gives and gets.
 *
 * Rules for all functions:
 * - None blocks, none reads a clock, none touches a descriptor. Time and bytes come in; bytes,
 *   deadlines and reports go out. Microseconds throughout.
 * - They return 0 or a negative errno. probe: 0 mine, -ENODEV not mine, anything else stops the
 * search.
 * - remove() is safe on a half-made device and on NULL.
 * - Two kinds of link. A device with a link of its own (LINK_OWN, printers) sends through
 *   host->send. A device on a shared line (LINK_LINE, boards and keypads) never sends: it offers
 *   exchanges, and the line's bus master (src/devices) plays them.
 * - Capabilities are data. A new model of a known family is a row in models.conf (a table in the
 *   driver as long as the rows are few). registry.c refuses an incomplete driver. What the settings
 *   of one device say otherwise holds for that device: get_model(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/printer/document.h"

/* A voice has no driver of this kind: drivers/voice is played by a process of its own. */
enum device_class { DEVICE_PRINTER = 1, DEVICE_BOARD, DEVICE_KEYPAD, DEVICE_VOICE };
enum device_link { LINK_OWN = 1, LINK_LINE };
enum driver_maturity {
	MATURITY_SKELETON = 1, /* compiles */
	MATURITY_SIMULATED,    /* passes against the virtual device only */
	MATURITY_CAPTURES,     /* passes against captures of real devices */
	MATURITY_FIELD,	       /* in use in a hall */
};

/* What a printer prints by itself of Chinese; anything else goes as a picture. */
enum printer_cjk {
	PRINTER_CJK_NONE = 0,
	PRINTER_CJK_GB2312, /* the 6,763 characters of level 1 and 2 */
	PRINTER_CJK_GBK,    /* the two-byte area of GB18030 */
};
enum printer_raster { PRINTER_RASTER_NONE = 0, PRINTER_RASTER_GS_V, PRINTER_RASTER_GS_L };
enum printer_cutter { PRINTER_CUTTER_NONE = 0, PRINTER_CUTTER_PARTIAL, PRINTER_CUTTER_FULL };
/* What it can be asked: nothing, DLE EOT, and besides that automatic status (GS a). */
enum printer_status { PRINTER_STATUS_NONE = 0, PRINTER_STATUS_REALTIME, PRINTER_STATUS_AUTOMATIC };
/* What it may be able to prove: nothing, processed (GS r), printed (GS ( H). */
enum printer_completion {
	PRINTER_COMPLETION_NONE = 0,
	PRINTER_COMPLETION_PROCESSED,
	PRINTER_COMPLETION_PRINTED,
};

/* Facts of a printer's row, as bits. */
enum printer_fact {
	PRINTER_FACT_PAPER_MM = 1 << 0,
	PRINTER_FACT_WIDTH_DOTS = 1 << 1,
	PRINTER_FACT_COLUMNS = 1 << 2,
	PRINTER_FACT_CJK = 1 << 3,
	PRINTER_FACT_RASTER = 1 << 4,
	PRINTER_FACT_RASTER_ROWS = 1 << 5,
	PRINTER_FACT_CUTTER = 1 << 6,
	PRINTER_FACT_QR = 1 << 7,
	PRINTER_FACT_STATUS = 1 << 8,
	PRINTER_FACT_COMPLETION = 1 << 9,
	PRINTER_FACT_ONE_WAY = 1 << 10,
};

/* What a board can show. */
enum board_charset {
	BOARD_DIGITS = 1, /* figures and a few letters of seven segments: a ticket's number */
	BOARD_ASCII,
	BOARD_GB2312,
	BOARD_GBK,
};

/* Facts of a board's row, as bits. */
enum board_fact {
	BOARD_FACT_SIZE = 1 << 0, /* dots, columns, rows */
	BOARD_FACT_ACKNOWLEDGES = 1 << 1,
	BOARD_FACT_CHARSET = 1 << 2,
	BOARD_FACT_BLINKS = 1 << 3,
	BOARD_FACT_SCROLLS = 1 << 4,
	BOARD_FACT_DIMS = 1 << 5,
	BOARD_FACT_SLEEPS = 1 << 6,
	BOARD_FACT_KEEPS_TIME = 1 << 7,
	BOARD_FACT_TELLS_HOST_LOST = 1 << 8,
	BOARD_FACT_LIFE_UNIT = 1 << 9,
};

enum { DEVICE_DETAIL_SIZE = 96, EXCHANGE_MAX_BYTES = 1024 };
#define DRIVER_NO_DEADLINE INT64_MAX

/* ---- capabilities ------------------------------------------------------------------------- */

/* By what a device of a model is recognised; all of it optional. */
enum { DEVICE_MAX_NAMES = 4, DEVICE_MAX_USB = 4 };
struct device_marks {
	const char *maker;		     /* as it calls itself: GS I 66, MFG */
	const char *names[DEVICE_MAX_NAMES]; /* GS I 67, MDL; NULL ends them */
	uint32_t usb[DEVICE_MAX_USB];	     /* vendor << 16 | product; 0 ends them */
};

struct device_model {
	const char *name;	    /* "generic-80", "window-16x128" */
	const char *description;    /* English, for `onewindow devices` */
	const char *description_zh; /* NULL: only in English */
	/* Settings of the driver's own in which this model is not as the others, parted by blanks
	 * ("card=3232b ack=1"); a device's own settings come behind them. NULL none. */
	const char *settings;
	struct device_marks marks;
	union {
		struct {
			uint8_t paper_mm;    /* 58 or 80 */
			uint16_t width_dots; /* printable */
			uint8_t columns;     /* of the ordinary font, half-width characters */
			enum printer_cjk cjk;
			enum printer_raster raster;
			uint16_t raster_rows; /* of one command at most */
			enum printer_cutter cutter;
			bool qr; /* GS ( k */
			enum printer_status status;
			enum printer_completion completion;
			bool one_way;		/* nothing comes back: never asked */
			bool port_status_wrong; /* what the control pipe says of it is of no use */
			uint16_t unverified;	/* enum printer_fact: what nobody read anywhere */
		} printer;
		struct {
			uint16_t width_dots, height_dots; /* 0: it has segments, no dots */
			uint8_t columns, rows;		  /* half-width characters a row */
			bool acknowledges;		  /* each text; else it is blind */
			enum board_charset charset;
			bool blinks, scrolls;  /* by itself */
			bool dims;	       /* has brightness */
			bool sleeps;	       /* can be switched dark and back */
			bool keeps_time;       /* has a clock that is to be set */
			bool tells_host_lost;  /* shows by itself that the host went quiet */
			uint32_t life_unit_ms; /* of a text's expiry; 0: none, or not known */
			uint16_t unverified;   /* enum board_fact: what nobody read anywhere */
		} board;
		struct {
			bool panel; /* a dispenser's panel: its keys take numbers */
			/* It speaks without being asked: it needs a line of its own, and heard().
			 */
			bool unasked;
			uint8_t display_columns;
		} keypad;
	} u;
};

/* ---- jobs --------------------------------------------------------------------------------- */

struct print_job {
	int64_t id;
	const struct document *document; /* valid during submit() only */
};

enum board_content {
	BOARD_IDLE = 0, /* nothing to tell: a welcome, the window's name */
	BOARD_CALL,	/* somebody is called */
	BOARD_SERVING,
	BOARD_PAUSED,
	BOARD_NOTICE, /* the hall cannot go on as usual */
	BOARD_LIST,   /* a hall board: several tickets */
};

/* What a board ought to show now. The driver keeps only the newest; equal ones cost nothing. What a
 * board cannot do of it (blink, move, dim) is left out in silence: the text counts.
 *
 * Who does what. The board keeper (src/devices/boards.c) works the state out anew whenever a
 * durable fact, the notice or the clock asks for it, fits the text to the model's columns and rows,
 * and submits it, also while the line is down. A board whose model does not sleep gets an empty
 * text in place of `dark`. The driver brings the board there and keeps it there:
 * - A state with the revision it has already moves wall_offset_us and nothing else: no repaint.
 * - A new BOARD_CALL or BOARD_LIST goes as EXCHANGE_CALL, any other new state as EXCHANGE_REPAIR:
 *   a night that begins on sixty boards must not stand before a call.
 * - After link_up(), and when the board was silent for a while and answers again, what it shows is
 *   unknown: painted(BOARD_UNKNOWN), and it is painted anew as EXCHANGE_REPAIR.
 * - painted() tells of the newest revision, on change only: BOARD_SENT when the bytes are out to a
 *   board that does not answer, BOARD_ACKNOWLEDGED with its answer, BOARD_FAILED when it did not
 *   come in all tries. A board that fails is tried again for ever, as the bus master lets it.
 * - A board that never answers is repeated in the background as EXCHANGE_REFRESH, but no text that
 *   blinks or moves: it would visibly begin anew.
 * - Where life_unit_ms is known a text expires on the board itself when nobody renews it, and the
 *   driver renews it at a third of that time; elsewhere it stays for ever. */
struct board_state {
	enum board_content content;
	char text[256]; /* UTF-8; rows parted by '\n'; a driver abbreviates what does not fit */
	bool blink;	/* attention: a new call */
	bool scroll;	/* a row that is too long may move; else it is abbreviated by rule */
	/* For displays that show figures only: the ticket's number and the window, "" and 0 none.
	 */
	char number[9];
	uint16_t window;
	uint8_t brightness; /* percent, 1 to 100; 0: as the board was set */
	bool dark;	    /* at night: nothing is lit; never with BOARD_CALL */
	/* For boards that keep time: local time since 1970 is now_us + wall_offset_us; 0: unknown.
	 */
	int64_t wall_offset_us;
	uint32_t revision; /* rises with each change; wall_offset_us alone is none */
};

struct keypad_display {
	uint16_t waiting;
	char number[9]; /* ASCII, "" none */
};

/* The answer to a key press, after its command is durable or refused. */
enum key_result { KEY_DONE = 0, KEY_REFUSED = 1, KEY_NOBODY_WAITING = 2, KEY_UNAVAILABLE = 3 };
struct key_answer {
	uint32_t nonce;
	uint16_t sequence;
	enum key_result result;
};

enum device_job_kind { JOB_PRINT = 1, JOB_BOARD, JOB_DISPLAY, JOB_KEY_ANSWER };
struct device_job {
	enum device_job_kind kind;
	union {
		struct print_job print;
		struct board_state board;
		struct keypad_display display;
		struct key_answer answer;
	} u;
};

/* ---- upward ------------------------------------------------------------------------------- */

enum device_key {
	KEY_NONE = 0,
	KEY_SIGN_IN = 1,
	KEY_SIGN_OUT,
	KEY_CALL_NEXT,
	KEY_RECALL,
	KEY_CALL_NUMBER,
	KEY_START,
	KEY_FINISH,
	KEY_NO_SHOW,
	KEY_PARK,
	KEY_RESUME,
	KEY_TRANSFER,
	KEY_PAUSE,
	KEY_REOPEN,
	KEY_RATING,
	KEY_HELP,
	KEY_TAKE_NUMBER = 32, /* argument: the panel's button, from 1 */
};

/* One press is (nonce, sequence): seen twice it is one press. It is reported until it is answered
 * with JOB_KEY_ANSWER, possibly more than once. */
struct key_press {
	uint32_t nonce;
	uint16_t sequence;
	enum device_key key;
	uint16_t argument;
	uint32_t age_ms; /* since the finger, by the device's clock */
};

enum device_health {
	HEALTH_UNKNOWN = 0,
	HEALTH_OK,
	HEALTH_WARNING, /* works: paper near end, blind */
	HEALTH_WAITING, /* a person must act: paper out, cover open */
	HEALTH_FAILED,	/* does not answer, wrong answers */
	HEALTH_GONE,	/* link down, unplugged */
};

/* What a printer says of itself, as bits. */
enum printer_condition {
	PRINTER_PAPER_NEAR_END = 1 << 0,
	PRINTER_PAPER_END = 1 << 1,
	PRINTER_COVER_OPEN = 1 << 2,
	PRINTER_CUTTER_ERROR = 1 << 3,
	PRINTER_ERROR = 1 << 4,	      /* any other: head too hot, needs its switch */
	PRINTER_OFFLINE = 1 << 5,     /* it says so, and none of the above is why */
	PRINTER_UNREACHABLE = 1 << 6, /* the link is down, or it stopped answering */
};

enum print_progress { PRINT_PROGRESS_SENT = 1 /* all bytes handed over */, PRINT_PROGRESS_ENDED };
/* Same values as the log's print outcomes. */
enum print_result {
	RESULT_PRINTED = 0,
	RESULT_PROCESSED,
	RESULT_SENT,
	RESULT_FAILED,
	RESULT_UNKNOWN
};

/* What is known of a board's content: painted means sent, shown only with an answer. */
enum board_painted { BOARD_UNKNOWN = 0, BOARD_SENT, BOARD_ACKNOWLEDGED, BOARD_FAILED };

/* What a link can be asked beside its bytes. Of USB's printer class; other links have nothing like
 * it. */
enum device_control {
	CONTROL_PORT_STATUS = 1, /* 1 byte: bit 5 paper empty, 4 selected, 3 no error; 18 also from
				    printers that cannot tell (USB printer class 1.1, 4.2.2) */
	CONTROL_DEVICE_ID,	 /* IEEE 1284 text without its length; many stall it */
	/* Repairs. -EBUSY under a send: cancel() first. */
	CONTROL_CLEAR_HALT,
	CONTROL_SOFT_RESET,   /* of the class: the printer forgets what it was sent */
	CONTROL_DEVICE_RESET, /* of the port; the link may go down and come back */
};

struct driver_host {
	/* LINK_OWN: bytes to the link, at most 4096 and one at a time; sent() follows. -EBUSY. */
	int (*send)(void *user, const uint8_t *bytes, size_t len);
	/* LINK_OWN: ends a send that was not taken; sent(-ECANCELED) follows. What the device took
	 * of it nobody knows. NULL: cannot be. */
	void (*cancel)(void *user);
	/* LINK_OWN: controlled() follows. It does not need the pipe of the bytes: it answers while
	 * paper is out. One at a time: -EBUSY. -EOPNOTSUPP: this link has none; NULL as well. */
	int (*control)(void *user, enum device_control what);
	/* LINK_OWN: give the link up and open it again (recovery). */
	void (*reopen)(void *user);
	void (*print)(void *user, int64_t job, enum print_progress progress,
		      enum print_result result, const char *detail);
	void (*painted)(void *user, enum board_painted painted, uint32_t revision);
	void (*key)(void *user, const struct key_press *press);
	/* Told on change only. detail: English, "" when there is nothing to add. */
	void (*health)(void *user, enum device_health health, const char *detail);
	/* Printers: all bits of enum printer_condition that hold now. Told on change only; before
	 * the first word none is known to hold. NULL: nobody wants to know. */
	void (*conditions)(void *user, uint32_t conditions);
	/* There is something to send or another deadline than before. */
	void (*changed)(void *user);
};

/* ---- exchanges on a shared line ------------------------------------------------------------ */

enum exchange_priority { EXCHANGE_CALL = 0, EXCHANGE_POLL, EXCHANGE_REPAIR, EXCHANGE_REFRESH };
enum exchange_end {
	EXCHANGE_ANSWERED,  /* a matching reply came; or none was wanted and the bytes are out */
	EXCHANGE_TIMEOUT,   /* not one byte */
	EXCHANGE_GARBAGE,   /* bytes, but no valid frame: wrong speed, noise */
	EXCHANGE_LINE_DOWN, /* the line closed */
};

struct exchange {
	enum exchange_priority priority;
	uint8_t bytes[EXCHANGE_MAX_BYTES];
	size_t len;
	bool reply_wanted;
	uint32_t timeout_us;   /* from the end of the request on the wire */
	uint32_t turnround_us; /* quiet needed after the exchange */
	/* Looks at what came so far: n > 0: the first n bytes are the reply; 0: more is needed;
	 * -EBADMSG: cannot become a reply of this exchange, drop a byte and look again. Pure. */
	int (*match)(const struct exchange *exchange, const uint8_t *bytes, size_t len);
	uint8_t address, command; /* for match() and for logs */
	uint32_t tag;		  /* the driver's own */
};

/* ---- the driver ---------------------------------------------------------------------------- */

struct device; /* a driver's own */

struct device_options {
	const char *name; /* from the configuration, for messages */
	const struct device_model *model;
	uint8_t address; /* on a line; 0 none */
	uint32_t baud;
	/* key = value of the driver's own ("checksum=data+ff"); unknown ones: -EINVAL from create
	 */
	const char *const *settings;
	size_t setting_count;
	/* Printers: an earlier process left a job in it, perhaps in the middle of a command. */
	bool torn;
};

struct device_identity {
	const char *driver;    /* the configuration's word, "" none */
	const char *device_id; /* IEEE 1284, "" none */
	uint16_t vendor, product;
};

struct driver {
	const char *name; /* "escpos", "lihe", "modbus-keypad" */
	const char *description;
	enum device_class class;
	enum device_link link;
	enum driver_maturity maturity;
	const struct device_model *models;
	size_t model_count;

	int (*probe)(const struct device_identity *identity);
	/* ret_error gets a sentence on -EINVAL. */
	int (*create)(struct device **ret_device, const struct device_options *options,
		      const struct driver_host *host, void *user, char *ret_error,
		      size_t error_size);
	void (*remove)(struct device *device);
	/* Its model with what its settings say otherwise. NULL: the one it was made with. */
	const struct device_model *(*get_model)(const struct device *device);
	/* A JOB_PRINT while one runs: -EBUSY. A kind that is not this class's: -EOPNOTSUPP. */
	int (*submit)(struct device *device, const struct device_job *job, int64_t now_us);
	int64_t (*deadline)(const struct device *device); /* DRIVER_NO_DEADLINE */
	void (*tick)(struct device *device, int64_t now_us);
	/* The link or line is up (identify starts here) or down (everything shown is unknown). */
	void (*link_up)(struct device *device, int64_t now_us);
	void (*link_down)(struct device *device, int64_t now_us);

	/* LINK_OWN */
	void (*received)(struct device *device, const uint8_t *bytes, size_t len, int64_t now_us);
	void (*progress)(struct device *device, size_t bytes, int64_t now_us);
	void (*sent)(struct device *device, int status, int64_t now_us);
	/* May be NULL. bytes: NULL with a status < 0. */
	void (*controlled)(struct device *device, enum device_control what, int status,
			   const uint8_t *bytes, size_t len, int64_t now_us);

	/* LINK_LINE. next: the exchange it wants most now; -EAGAIN none (see deadline). Calling it
	 * twice gives the same; only ended() moves it on. */
	int (*next)(struct device *device, int64_t now_us, struct exchange *ret);
	/* What it wants besides, when the line has time for background; same rules. May be NULL. */
	int (*next_background)(struct device *device, int64_t now_us, struct exchange *ret);
	void (*ended)(struct device *device, const struct exchange *exchange, enum exchange_end end,
		      const uint8_t *reply, size_t len, int64_t now_us);
	/* Bytes that nobody had asked for, to the only device of a line. NULL: it never speaks
	 * unasked. */
	void (*heard)(struct device *device, const uint8_t *bytes, size_t len, int64_t now_us);
};

/* ---- the registry (registry.c holds the only list) ------------------------------------------ */

size_t driver_count(void);
const struct driver *driver_at(size_t index);
const struct driver *driver_find(const char *name);
const struct device_model *driver_find_model(const struct driver *driver, const char *name);
/* NULL if the table is complete, else which member is missing. */
const char *driver_incomplete(const struct driver *driver);
