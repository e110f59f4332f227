/* What the files of src/devices share. */
#pragma once

#include "src/devices/board_want.h"
#include "src/devices/devices.h"
#include "src/devices/line.h"
#include "src/devices/link.h"

/* One device of any class with its driver. The driver's upward calls come back with this. */
struct slot {
	struct devices *owner;
	const struct devices_device_config *config;
	const struct driver *driver;
	const struct device_model *model;
	struct device *device;
	int64_t window;
	enum device_health health;
	char detail[DEVICE_DETAIL_SIZE];
	bool is_away; /* failed or gone, since then */
	int64_t away_us;
};

struct layout;
/* One of a printer's conditions on its way into the log. */
struct condition_watch {
	int64_t since_us;   /* the printer says so since then */
	int64_t hold_us;    /* and has to for so long; 0: the shortest */
	int64_t written_us; /* its last change that was written */
};

struct printer_slot {
	struct slot slot;
	struct link link;
	uint32_t told; /* what the driver said last: bits 1 << enum condition */
	struct condition_watch watches[CONDITION_COUNT];
	uint32_t telling;	     /* the changes that are with the keeper */
	int64_t conditions_after_us; /* and no sooner than this again */
	int64_t down_us;	     /* it cannot print since then; INT64_MAX: it can */
	int64_t idle_us;	     /* its last job ended then */
	bool looked;		     /* there is nothing for it in the hall of jobs_seq, */
	int64_t look_us;	     /* until then; INT64_MAX: until something changes */
	int64_t job;	/* PRINT_START asked, running, or PRINT_END not yet durable; 0 free */
	bool started;	/* print-started is durable */
	bool submitted; /* the driver has it: from here on an end without proof is unknown */
	bool ended;	/* outcome and detail are known, the log does not have them yet */
	bool asking;	/* a command is with the keeper */
	enum print_outcome outcome;
	char outcome_detail[CORE_DETAIL_SIZE];
	struct layout *layout; /* what it prints, NULL at first */
	int64_t retry_us;      /* INT64_MAX none: when to ask the keeper again */
};

struct board_slot {
	struct slot slot;
	const struct devices_board_config *board;
	struct board_state wanted;
	int64_t due_us; /* the clock alone makes it another then */
	enum board_painted painted;
	int64_t unpainted_us; /* it does not show what is wanted since then; INT64_MAX: it does */
	uint32_t shown;	      /* the newest revision that came there, 0 none */
};

struct keypad_slot {
	struct slot slot;
	const struct devices_keypad_config *keypad;
	bool displays; /* else nobody knows what an earlier process left there */
	struct keypad_display display;
	char last_number[CORE_NUMBER_SIZE]; /* a panel shows the number it gave last */
	struct press *presses;		    /* with the keeper, not answered yet */
};

struct line_port {
	struct devices *owner;
	const struct devices_line_config *config;
	struct link link;
	struct line line;
};

/* hotplug.c: one bus for all USB links and one for serial lines. Without one they are tried again
 * every few seconds, as all links are. */
enum { HOTPLUG_BUSES = 2 };
struct hotplug {
	const struct transport_bus_ops *ops;
	struct transport_bus *bus; /* NULL: none */
};

struct devices {
	const struct devices_config *config;
	struct keeper *keeper;
	const struct devices_host *host;
	void *user;
	struct line_port *lines;
	size_t line_count;
	struct printer_slot *printers;
	size_t printer_count;
	struct board_slot *boards;
	size_t board_count;
	struct board_wait board_waits[CORE_MAX_QUEUES]; /* by queue, shared by the boards */
	uint64_t boards_seq; /* the hall's, and the notice, when the boards were looked at */
	enum devices_notice boards_notice;
	struct devices_boards_status boards_status; /* its counters */
	struct keypad_slot *keypads;
	size_t keypad_count;
	struct announcer *voices[DEVICES_MAX_VOICES];
	size_t voice_count;
	struct hotplug hotplug[HOTPLUG_BUSES];
	struct renderer *renderer; /* NULL none */
	uint64_t jobs_seq;	   /* the hall's, when printers last looked for work */
	bool strays_told;	   /* printers that are no more have no conditions */
	int64_t strays_after_us;
	bool started;
	enum devices_notice notice;
	bool dirty; /* the durable hall moved: boards, displays and spooler look again */
};

static inline int64_t devices_now(const struct devices *devices)
{
	return devices->host->now_us(devices->user);
}

/* A command with the moment and the asker filled in. */
void devices_command(struct devices *devices, struct command *ret, enum command_type type,
		     const char *kind, const char *id);

/* A link went down: the journal says of whom and why. */
void devices_tell_down(struct devices *devices, const char *id, struct link *link, int reason);

/* spooler.c */
extern const struct link_ops printer_link_ops;
void spooler_print(struct printer_slot *printer, int64_t job, enum print_result result,
		   const char *detail);
__attribute__((warn_unused_result)) int spooler_control(struct printer_slot *printer,
							enum device_control what);
void spooler_controlled(struct printer_slot *printer, enum transport_control what, int status,
			const uint8_t *bytes, size_t len, int64_t now_us);
bool spooler_is_ready(const struct printer_slot *printer);
/* What people have to look after: a ticket of which nobody knows whether its paper came out. */
void spooler_tell_unknown(struct devices *devices, const struct hall *hall, const struct job *job);
/* And one whose last try has failed. Nothing is said of those that are tried again or of no use. */
void spooler_tell_failed(struct devices *devices, const struct hall *hall, const struct job *job);
void spooler_run(struct devices *devices, int64_t now_us);
int64_t spooler_deadline(const struct devices *devices);

/* health.c: a driver tells; and a line went down with all that are on it. */
void health_told(struct slot *slot, enum device_health health, const char *detail);
void health_line_down(struct devices *devices, size_t line, const char *why);

/* hotplug.c */
void hotplug_start(struct devices *devices);
void hotplug_finish(struct devices *devices);
size_t hotplug_fds(const struct devices *devices, struct pollfd *ret, size_t max);
int64_t hotplug_deadline(const struct devices *devices);
void hotplug_process(struct devices *devices, int64_t now_us);

/* pages.c: lays the job's ticket out into printer->layout, with pictures where they are needed.
 * -EAGAIN: pictures are on their way; -ENOENT: the day of the ticket is over. */
__attribute__((warn_unused_result)) int pages_prepare(struct printer_slot *printer,
						      const struct job *job, int64_t now_us);

/* assign.c: the queued job that this printer is to print next, NULL none. */
const struct job *assign_next(struct printer_slot *printer, int64_t now_us);
/* Notes which printers can print now; forgets what was found when that or the hall changed. */
void assign_look(struct devices *devices, int64_t now_us);
/* Every printer looks for work again. */
void assign_forget(struct devices *devices);
/* It has been unable to print for longer than others wait for it. */
bool assign_is_given_up(const struct printer_slot *printer, int64_t now_us);
/* The longest idle first. */
void assign_order(struct devices *devices, struct printer_slot *ret[DEVICES_MAX_PRINTERS]);

/* conditions.c */
void conditions_told(struct printer_slot *printer, uint32_t conditions);
void conditions_run(struct devices *devices, int64_t now_us);
int64_t conditions_deadline(const struct devices *devices);

/* boards.c */
void boards_refresh(struct devices *devices, int64_t now_us);
int64_t boards_deadline(const struct devices *devices);
/* Its driver tells what became of a revision. */
void boards_painted(struct board_slot *board, enum board_painted painted, uint32_t revision);

/* voices.c */
__attribute__((warn_unused_result)) int voices_create(struct devices *devices);
void voices_destroy(struct devices *devices);
void voices_start(struct devices *devices, int64_t now_us);
void voices_event(struct devices *devices, const struct event *event);
size_t voices_fds(const struct devices *devices, struct pollfd *ret, size_t max);
int64_t voices_deadline(const struct devices *devices);
void voices_process(struct devices *devices, int64_t now_us);
void voices_get_status(const struct devices *devices, size_t index, struct devices_status *ret);

/* keypads.c */
void keypads_key(struct keypad_slot *keypad, const struct key_press *key);
void keypads_forget(struct keypad_slot *keypad); /* those without an answer get none any more */
void keypads_refresh(struct devices *devices, int64_t now_us);
