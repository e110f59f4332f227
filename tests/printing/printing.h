/* Many tickets and everything that can go wrong on their way to paper, in one process under virtual
 * time: the real core, keeper, store, spooler and escpos driver on one side, the firmware's
 * printers on the other. Chance, agenda and disk are those of tests/whole-day, and so is the world
 * `w`. */
#pragma once

#include "tests/whole-day/world.h"

enum {
	STATIONS = 2, /* printers at most */
	MAX_JOBS = 16384,
	JOB_BYTES = 8192,
	WIRE_BYTES = 65536,
	MAX_STREAMS = 64,
	PRINTER_SPEED = 150, /* mm/s */
};

/* What a run's printers are like. */
enum setup {
	SETUP_PROVES,	 /* answers GS ( H */
	SETUP_PROCESSES, /* does not */
	SETUP_ONE_WAY,	 /* answers nothing */
	SETUP_PAIR,	 /* two of the first kind share the load */
	SETUP_COUNT
};

enum fault {
	FAULT_NOTHING,
	FAULT_NEAR_END,
	FAULT_PAPER_OUT,
	FAULT_COVER,
	FAULT_CUTTER, /* jams; a person opens the cover for it */
	FAULT_HOT,
	FAULT_SLOW_MOTOR,
	FAULT_POWER,	 /* of the printer */
	FAULT_UNPLUGGED, /* the cable; the printer works on what it has */
	FAULT_RESET,	 /* the link breaks and is back at once */
	FAULT_REFUSED,	 /* no link can be made */
	FAULT_BUSY,	 /* takes no byte and says that all is well */
	FAULT_REPLIES_LOST,
	FAULT_REPLIES_LATE,
	FAULT_REPLIES_GARBAGE,
	FAULT_REPLIES_TWICE,
	FAULT_KILLED,	     /* the daemon */
	FAULT_KILLED_COMMIT, /* between a commit and what follows from it */
	FAULT_STOPPED,	     /* cleanly */
	FAULT_HALL_POWER,    /* daemon and printers */
	FAULT_DISK_FULL,
	FAULT_DISK_FAILS,
	FAULT_DISK_SLOW,
	FAULT_SEVERAL, /* two or three of these at once */
	FAULT_COUNT
};
extern const char *const fault_names[FAULT_COUNT];

/* ---- the printers (station.c) ---- */

/* Bytes of one job on their way. */
struct stream {
	int64_t job;
	uint64_t from, to; /* of the bytes that the printer gets since it has power */
	bool broken;	   /* not all of them come */
	bool worked_off;
};

struct answer {
	int64_t due_us;
	uint8_t byte;
};

struct station {
	struct transport *port; /* NULL: the daemon is not there */
	bool open, opening, lost, one_way, buffered;
	int64_t told; /* bytes of the submit that were taken and not told yet */
	bool submitted;
	uint8_t wire[WIRE_BYTES]; /* buffered: the kernel's; else the submit itself */
	size_t wire_len, wire_from;
	struct answer answers[4096];
	size_t answer_from, answer_count;

	struct printer printer;
	bool powered, plugged;
	bool held;	/* the planned byte was the last one for now */
	bool half_open; /* it lost its power and the link does not know */
	int64_t tick_us;
	uint64_t rows_seen;
	struct stream streams[MAX_STREAMS]; /* a ring */
	uint64_t stream_count;
	int64_t page_job; /* whose QR code is on the page so far, 0 none */

	/* faults */
	bool refused, busy, replies_lost, replies_twice, garbage;
	int64_t late_us;
	int64_t bytes_left, rows_left; /* until the planned fault begins; -1: none is */
};

extern struct station stations[STATIONS];
extern size_t station_count;

void stations_begin(enum setup setup);
void stations_run(void);
int64_t stations_next_us(void);
void stations_daemon_gone(bool killed);
void station_power(struct station *station, bool on);
void station_plug(struct station *station, bool in);
void station_reset_link(struct station *station);
bool stations_are_quiet(void);

/* ---- faults (faults.c) ---- */

/* One for the tickets that come now: at a byte, a row or a moment. */
void fault_plan(enum fault fault, size_t station);
/* The planned byte or row has come. */
void fault_is_due(size_t station);
/* All of them have begun and are over. */
bool faults_are_over(void);
void faults_repair(void);    /* whatever stands is over */
void faults_commit(void);    /* the disk has taken a commit that nobody was told of */
extern enum fault fault_now; /* of this episode */

/* ---- the daemon (daemon.c) ---- */

void daemon_start(void);
void daemon_stop(enum stop how);
void daemon_start_in(int64_t delay_us);
void daemon_turn(void);
int64_t daemon_deadline_us(void);
void daemon_issue(void);
void daemon_reprint(int64_t ticket);
extern enum setup daemon_setup;

/* ---- what was seen outside (evidence.c) ---- */

struct paper_job {
	int64_t job, ticket, copy;
	char token[CORE_TOKEN_SIZE];
	enum fault fault;
	bool started, ended;
	enum print_outcome outcome;
	uint64_t left;	  /* bytes that left this machine, or may have */
	unsigned streams; /* times that its first byte did */
	unsigned pages;	  /* whole papers, dot for dot */
	unsigned pieces;  /* of its paper, or papers with something else on them */
	bool worked_off;  /* the printer has executed all of its commands */
	uint8_t bytes[JOB_BYTES];
	size_t len;
};

void evidence_share(void); /* once, before the processes part */
void evidence_begin(void);
void evidence_subscribe(void);
void evidence_log(void); /* what the log has and nobody was told, after a start */
/* Bytes were given to a station's link: which job's they are, 0 none. */
int64_t evidence_bytes(const uint8_t *bytes, size_t len);
void evidence_page(int64_t job, const uint8_t *rows, uint32_t count);
void evidence_piece(int64_t job);
void evidence_worked_off(int64_t job);
size_t evidence_open_jobs(void);
void evidence_check_end(void);
struct paper_job *evidence_job(int64_t job);
/* The oldest ended job that asks for a person's word and was not looked at yet; NULL. */
struct paper_job *evidence_next_case(void);
void evidence_count(void); /* adds this run to the table */
void evidence_print_table(void);
extern uint64_t issued_count, reprint_count;

/* The dots of a QR code: of no reader's use, but another content has others. */
int made_up_qr(void *port, const uint8_t *data, size_t len, int level,
	       uint8_t modules[PRINTER_MAX_MODULES * PRINTER_MAX_MODULES]);
