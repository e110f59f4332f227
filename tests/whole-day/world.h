/* Whole days of a hall in one process under virtual time: the real core, keeper, store, devices,
 * drivers and firmware; people, lines, paper and the disk are made up from one seed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/transport.h"
#include "firmware-host/app/board.h"
#include "firmware-host/app/keypad.h"
#include "firmware-host/app/printer.h"
#include "src/devices/devices.h"
#include "src/keeper/keeper.h"

enum {
	MS = 1000,
	S = 1000000,

	WORLD_WINDOWS = 10,
	WORLD_QUEUES = 3,
	WORLD_PANELS = 2,
	WORLD_LINES = 2,
	WORLD_PRINTERS = 2,
	WORLD_KEYPADS = WORLD_WINDOWS + WORLD_PANELS,
	WORLD_BOARDS = WORLD_WINDOWS + 1, /* and one for the hall */
	WORLD_ENDS = WORLD_KEYPADS + WORLD_BOARDS,
	WORLD_HALL_CALLS = 3,		 /* on the hall's board */
	WORLD_NIGHT_FROM = 22 * 60 + 30, /* minutes; some boards sleep long here */
	WORLD_NIGHT_TO = 11 * 60,
	WORLD_MAX_TICKETS = 16384,
	WORLD_MAX_ASKS = 16384,
	WORLD_MAX_AGENDA = 512,
};

/* ---- time and chance (agenda.c) ---- */

typedef void (*agenda_fn)(int64_t arg);
struct agenda_entry {
	int64_t at_us;
	uint64_t serial; /* equal moments: in order of asking */
	agenda_fn fn;
	int64_t arg;
};

uint64_t chance_u64(void);
int64_t chance_below(int64_t n); /* 0 ... n - 1 */
bool chance_of(double p);
int64_t chance_exp_us(double mean_s); /* exponential, at least a millisecond */
void agenda_at(int64_t at_us, agenda_fn fn, int64_t arg);
void agenda_in(int64_t delay_us, agenda_fn fn, int64_t arg);
int64_t agenda_next_us(void); /* INT64_MAX: empty */
void agenda_run(void);	      /* what is due */
void agenda_clear(void);

static inline uint32_t firmware_ms(int64_t us)
{
	return (uint32_t)(us / MS);
}

/* ---- devices at the far end (line.c, printer.c) ---- */

struct end { /* a board or a keypad on a line */
	bool is_keypad;
	size_t line;
	bool dead; /* its power is off */
	struct board board;
	struct keypad keypad;
	uint64_t lost_first; /* presses that went with its power while they were being told */
	uint64_t done;	     /* acknowledged as done */
	uint64_t commands;   /* of its presses, in the log */
	int64_t command_ms;  /* when the newest of them was decided */
	uint32_t acks_seen;
	uint8_t sent[256];
	size_t sent_len;
};

struct reply {
	bool used;
	int64_t to_us;
	size_t len, from;
	uint8_t bytes[256];
};

struct wire {
	struct transport *port; /* NULL: the daemon is not there */
	bool open, opening, done;
	bool cut; /* the plug is out */
	double noise;
	uint8_t bytes[EXCHANGE_MAX_BYTES];
	size_t len;
	int64_t end_us;
	struct reply replies[4];
};

struct paper { /* a printer */
	struct transport *port;
	int64_t well_us; /* it can print since then */
	bool open, opening, busy, unplugged;
	uint8_t bytes[TRANSPORT_MAX_SUBMIT];
	size_t len, taken;
	size_t unplug_after; /* of the bytes to come; 0: not planned */
	uint8_t replies[256];
	size_t reply_len;
	char token[CORE_TOKEN_SIZE]; /* of the QR code on the page so far */
	struct printer printer;
};

/* For both: */
void ends_power_on(void); /* all of them, with new nonces */
void end_power_on(size_t index);
void end_press(size_t index, uint16_t key, uint16_t argument);
void ends_note_acks(void);
void printers_power_on(void);
void printer_unplug(struct paper *paper);
/* Neither has a control or a descriptor. */
int sim_control(struct transport *transport, enum transport_control what, int64_t now_us);
size_t sim_fds(const struct transport *transport, struct pollfd *ret, size_t max);
extern const struct transport_ops wire_transport_ops, paper_transport_ops;

/* ---- what was seen outside (witness.c) ---- */

/* Everything that left the daemon, kept outside of it: what the log must agree with. */
struct seen_ticket {
	char token[CORE_TOKEN_SIZE];
	char number[CORE_NUMBER_SIZE];
	int64_t id, date;
	unsigned pages;	       /* cut off with its QR code on them */
	unsigned jobs_started; /* durable */
	unsigned jobs_failed, jobs_printed;
	unsigned copies; /* the newest one's number: 1, and one for each word of an operator */
	bool told;	 /* people were told that nobody knows of its paper */
};

struct ask { /* a request of a program, as the web side gets them */
	struct command command;
	char id[48];
	bool asked, answered;
	bool repeat; /* asked once more, to compare the answers */
	enum keeper_status status;
	uint64_t first_seq; /* of its first event, 0 none */
	size_t count;
	unsigned process; /* in which it was asked last */
	int64_t day;	  /* counter, when it was asked first */
};

void witness_reset(void);
/* From the log or from the keeper; each event once. */
void witness_event(const struct event *event, int64_t date);
void witness_subscribe(void);
/* After each turn of the loop: the chain's head as it was when something could be seen. */
void witness_turn(void);
void witness_page(const char *token);
unsigned witness_pages(const char *token);
/* Nobody knows of its paper: people must have been told. */
void witness_unsettled(const char *token);
void witness_told(const char *message); /* on stderr */
/* A QR code goes onto paper: its ticket must be durable, and its job's start. */
void witness_qr(const char *token);
size_t ask_new(const struct command *command);
void ask_send(size_t index);
void asks_repeat(void); /* all that are not answered */
/* An answered one again under its id: the answer must be the first one. */
void ask_twice(size_t index);

/* ---- the daemon's part (process.c) ---- */

void process_start(void); /* opens the log, tells it the configuration, opens the day */
enum stop { STOP_CLEAN, STOP_KILLED /* nothing of it reaches the disk any more */, STOP_POWER };
void process_stop(enum stop how);
void process_boot(void); /* the power is back: all devices begin anew */
void process_turn(void); /* one turn of its loop */
int64_t process_deadline_us(void);
int64_t mono_us(void); /* CLOCK_BOOTTIME, the clock of the daemon and its devices */
void process_command(struct command *ret, enum command_type type, const char *by);
void process_submit(const struct command *command, const char *what);
bool process_settle(void); /* waits for the disk; false: it does not take it */

/* ---- the clock on the wall and the service day (day.c) ---- */

void process_stamp(struct stamp *ret);
void day_at_start(void);
void day_roll(int64_t arg);	/* once a minute from now on */
void day_operator(int64_t arg); /* likewise: looks whether there is a day */
void day_next_morning(void);
void clock_set(int64_t step_ms);
void clock_set_right(int64_t arg);
void clock_at_boot(void);
int64_t until_midnight_us(void);

/* ---- what comes without a visit (office.c): online filings, and baselines ---- */

void office(int64_t arg);

/* ---- people (people.c), accidents (accidents.c), checks (check.c) ---- */

void people_start(void);
void accidents_plan(int64_t until_us);
void accidents_end(void); /* all is repaired */
/* The daemon has just been stopped: what it had must be in the log. */
void check_log(const char *when);
/* Nothing has happened for a while: every board shows its text, no press waits, all is answered. */
void check_quiet(const char *when);
/* Of boards (boards.c): it shows what it ought to. */
void check_board(const struct devices_status *status, const struct end *end);
bool boards_hall_shows(int64_t window); /* the hall's board has its calls */
bool boards_have_night(int64_t window);
void check_end(void);

/* ---- all of it ---- */

struct world {
	uint64_t seed, random;
	int64_t now_us;	     /* of this world, never back */
	int64_t boot_us;     /* when CLOCK_BOOTTIME was 0 */
	int64_t wall_off_ms; /* CLOCK_REALTIME less now */
	int64_t true_off_ms; /* the same, had nobody set the clock */
	int32_t offset_min;  /* of the local time */
	int64_t asleep_us;   /* the machine sleeps so long before the next turn */
	int64_t slept_us;    /* so far */
	int64_t day_counter; /* of the log as far as it was seen */
	unsigned boots, processes;
	unsigned wrong_boots;  /* with a wrong clock */
	int64_t tickets_asked; /* of the run */
	int64_t target;	       /* tickets so far, then it is noon or evening */
	bool quiet;	       /* nobody presses anything, nothing breaks */
	bool accidents;
	bool no_accidents;    /* no new ones for now */
	bool short_of_memory; /* the daemon could not ask its keeper */
	uint64_t memory;      /* which allocation fails, 0 none */
	bool verbose, brief;
	char log_path[128];

	struct keeper *keeper; /* NULL: the daemon is not running */
	struct devices *devices;
	struct devices_config config;
	int64_t disk_due_us; /* INT64_MAX: nothing to write */
	int64_t disk_us;     /* how long a commit takes */
	bool woken;
	enum doom {
		DOOM_NONE,
		DOOM_SILENT, /* killed when the disk has a commit and nobody was told */
		DOOM_TOLD,   /* ... has a key's commit, its answer is about to leave */
		DOOM_SOON,   /* ... and some tens of milliseconds later */
	} doom;
	bool doomed; /* the moment has come */

	struct end ends[WORLD_ENDS]; /* keypads, panels, boards */
	struct wire wires[WORLD_LINES];
	struct paper papers[WORLD_PRINTERS];
	int64_t started_us; /* this process of the daemon */
	uint64_t expired, failed_over, settled;

	struct seen_ticket tickets[WORLD_MAX_TICKETS];
	size_t ticket_count;
	struct ask asks[WORLD_MAX_ASKS];
	size_t ask_count;
	uint64_t head_seq, seen_seq;
	uint64_t call_seq[WORLD_WINDOWS + 1]; /* of the newest call or recall at each window */
	uint64_t boot_seq;		      /* of the newest boot's first daemon-started */
	char boot[CORE_BOOT_SIZE];
	uint8_t head[STORE_HASH_SIZE];
	uint64_t api_issued, api_filed, api_frozen;
	struct hall *durable; /* a copy of the daemon's, taken as it stopped */
	struct hall *replay;  /* the log's events applied, as far as checked */
	struct hall *scratch;

	uint64_t stops, crashes, accidents_done, refused_writes, frozen;
	char story[65536]; /* what happened when, told when a check fails */
	size_t story_len;
};

extern struct world w;

__attribute__((format(printf, 1, 2))) void tell(const char *format, ...);
/* Says what is wrong, the story, and the one-line command that repeats it; ends the program. */
__attribute__((noreturn, format(printf, 1, 2))) void wrong(const char *format, ...);
/* Runs the loop until then. */
void world_run(int64_t until_us);
