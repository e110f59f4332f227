/* The facts of a hall. An event says what happened; it never asks. The list, the names and the
 * meaning of every field are part of the log's format (docs/log-format.md): a released event type
 * keeps its number, its name and its fields for ever; a change of meaning is a new version. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/core/limits.h"

/* Numbers are stored in the log. Gaps are room for the types reserved at the end. */
enum event_type {
	EVENT_DAEMON_STARTED = 1, /* a process took over; its boot id holds for what follows */
	EVENT_HALL_DEFINED = 2,
	EVENT_QUEUE_DEFINED = 3,
	EVENT_WINDOW_DEFINED = 4,
	EVENT_ITEM_DEFINED = 5,
	EVENT_POLICY_DEFINED = 6, /* the rules of the line; before the first: none of them */
	EVENT_CLERK_DEFINED = 7,
	EVENT_LOG_RESTORED =
		8, /* this log was put back from a copy and goes on under a new epoch */
	/* Tickets and print jobs of the day before leave the hall, unless it is the same date
	 * again: then they stay, closed, and numbers go on. A date of long ago goes on behind the
	 * highest number that was issued on it. */
	EVENT_DAY_OPENED = 10,
	/* The end of all that is under way, with no event of its own for each: who waits is
	 * uncalled, who is served is finished (implied), who is called, parked or set aside is
	 * closed, windows are free, a print job still queued has failed. */
	EVENT_DAY_CLOSED = 11,
	EVENT_TICKET_ISSUED = 20,
	EVENT_TICKET_CALLED = 21,
	EVENT_TICKET_RECALLED = 22,
	EVENT_SERVICE_STARTED = 23,
	EVENT_SERVICE_FINISHED = 24,
	EVENT_TICKET_NO_SHOW = 25,
	EVENT_TICKET_PARKED = 26,
	EVENT_TICKET_RESUMED = 27,
	EVENT_TICKET_TRANSFERRED = 28,
	EVENT_TICKET_CANCELLED = 29,
	EVENT_TICKET_CLOSED = 30, /* set aside as a no-show for longer than the policy allows */
	EVENT_WINDOW_PAUSED = 40,
	EVENT_WINDOW_REOPENED = 41,
	EVENT_CLERK_SIGNED_IN = 42,
	EVENT_CLERK_SIGNED_OUT = 43,
	EVENT_HELP_ASKED = 44, /* the clerk at a window wants somebody to come */
	EVENT_HELP_OVER = 45,
	EVENT_PRINT_QUEUED = 50,
	EVENT_PRINT_STARTED = 51,
	EVENT_PRINT_ENDED = 52,	      /* outcome: printed, processed, sent, failed, unknown */
	EVENT_PRINT_SETTLED = 53,     /* an operator says what became of an unknown one */
	EVENT_PRINTER_CONDITION = 54, /* what a printer says of itself began, or is over */
	EVENT_ONLINE_FILING = 60,     /* a case that was filed online and made no visit */
	EVENT_RATING_ASKED = 71,      /* the citizen is asked to rate; the rating is reserved */
	EVENT_CLOCK_STEP = 80,	      /* the wall clock was set; no duration depends on it */
	EVENT_BASELINE_FROZEN = 90,   /* a period to compare with; never edited */
	EVENT_BASELINE_PART = 91,     /* its windows and items, as many parts as it says */

	/* Reserved: the numbers and names are taken, nothing writes them yet. */
	EVENT_CASE_ACCEPTED = 61, /* 61..67: the stages of a case */
	EVENT_RATING = 70,
};

/* A moment. Durations are differences of mono_ms under one boot id; wall time is a label. */
struct stamp {
	int64_t mono_ms;    /* CLOCK_BOOTTIME */
	int64_t wall_ms;    /* CLOCK_REALTIME since 1970, UTC */
	int32_t offset_min; /* local time - UTC at that moment, in the hall's zone */
};

enum ticket_class {
	CLASS_ORDINARY = 0,
	CLASS_PRIORITY = 1,    /* old age, disability, pregnancy, servicemen */
	CLASS_APPOINTMENT = 2, /* within its slot */
	CLASS_COUNT
};

enum ticket_origin {
	ORIGIN_PANEL = 0, /* the dispenser's panel */
	ORIGIN_API = 1,	  /* a kiosk page or another program */
	ORIGIN_DESK = 2,  /* staff took it for the citizen */
	ORIGIN_ONLINE = 3,
	ORIGIN_PAPER = 4, /* entered from the pre-printed block after a power cut */
	ORIGIN_COUNT
};

/* What a queue is for: what is alike before and after a reform, though the queues are others. */
enum queue_kind {
	QUEUE_UNSTATED = 0, /* logs before version 3 of queue-defined did not say */
	QUEUE_GUIDE = 1,    /* advice */
	QUEUE_ASSIST = 2,   /* help with forms and machines */
	QUEUE_INTAKE = 3,   /* papers are taken in: general and departmental windows alike */
	QUEUE_ISSUE = 4,    /* results are given out */
	QUEUE_TROUBLE = 5,  /* what could not be done elsewhere */
	QUEUE_KIND_COUNT
};

/* What a baseline-part lists. */
enum baseline_list {
	BASELINE_WINDOWS = 0, /* "1=general+issue;2=general": the layout at the period's end */
	BASELINE_ITEMS = 1,   /* "passport=812;permit=90": visits, most frequent first */
	BASELINE_LIST_COUNT
};

/* Why this ticket and no other was called. */
enum call_reason {
	CALL_UNSTATED = 0,   /* logs of version 1 did not say */
	CALL_ORDER = 1,	     /* it came first of all who waited for this window */
	CALL_PREFERENCE = 2, /* the window serves this queue before the others */
	CALL_PRIORITY = 3,
	CALL_APPOINTMENT = 4,  /* within its slot */
	CALL_AGEING_COUNT = 5, /* it had been overtaken as often as the policy allows */
	CALL_AGEING_TIME = 6,  /* it had waited as long as the policy allows */
	CALL_RESUMED = 7,      /* a clerk took it back: parked or set aside before */
	CALL_CHOSEN = 8,       /* version 3: a clerk called it by its number */
	CALL_REASON_COUNT
};

enum print_outcome {
	PRINT_PRINTED = 0,   /* the printer said so (GS ( H) */
	PRINT_PROCESSED = 1, /* what was sent had been worked off (GS r) */
	PRINT_SENT = 2,	     /* handed over; this printer cannot answer */
	PRINT_FAILED = 3,    /* surely not printed */
	PRINT_UNKNOWN = 4,   /* perhaps printed: an operator decides */
	PRINT_OUTCOME_COUNT
};

/* Why a job failed that never began: its paper is of no use any more. */
enum print_cause {
	CAUSE_NONE = 0,	     /* it began; or a log of version 1 did not say */
	CAUSE_EXPIRED = 1,   /* it waited for a printer as long as the policy allows */
	CAUSE_SERVED = 2,    /* the citizen is, or has been, at a window meanwhile */
	CAUSE_CANCELLED = 3, /* the ticket was cancelled */
	CAUSE_CLOSED = 4,    /* the ticket, or the service day, was closed */
	PRINT_CAUSE_COUNT
};

/* What a printer says of itself. */
enum condition {
	CONDITION_PAPER_NEAR_END = 0,
	CONDITION_PAPER_END = 1,
	CONDITION_COVER_OPEN = 2,
	CONDITION_CUTTER_ERROR = 3,
	CONDITION_ERROR = 4,	   /* any other: head too hot, needs its switch */
	CONDITION_OFFLINE = 5,	   /* it says so, and none of the above is why */
	CONDITION_UNREACHABLE = 6, /* nothing can be asked; the others stay as last known */
	CONDITION_COUNT
};

struct event_daemon_started {
	char boot[CORE_BOOT_SIZE];
	char software[CORE_ID_SIZE]; /* "onewindow 0.1.0" */
};

struct event_hall_defined {
	char id[CORE_ID_SIZE];
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	char zone[CORE_ZONE_SIZE];
	int64_t target_ms; /* "within target" in reports */
};

/* Of a queue, a window or an item that the configuration no longer has, a last definition with
 * retired = true is written: tickets that refer to it keep their names. */
struct event_queue_defined {
	char queue[CORE_ID_SIZE];
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	char prefix[CORE_PREFIX_SIZE];
	int64_t first, last; /* number range, inclusive */
	bool work;	     /* legs here count as work legs */
	bool retired;
	/* version 2 */
	char spare[CORE_PREFIX_SIZE];	 /* overflow: numbers go on under this prefix, from first to
					  * last again; "": a full range refuses */
	int64_t paper_first, paper_last; /* numbers of the pre-printed block, 0 none; outside
					  * first..last */
	/* version 3 */
	int64_t kind; /* enum queue_kind */
};

struct event_window_defined {
	int64_t window; /* its number, 1..CORE_MAX_WINDOW_NUMBER */
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	char queues[CORE_MAX_WINDOW_QUEUES *
		    CORE_ID_SIZE]; /* ids in order of preference, "," between */
	bool retired;
};

struct event_item_defined {
	char item[CORE_ID_SIZE];
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	char department[CORE_NAME_SIZE];
	char queue[CORE_ID_SIZE];
	bool retired;
	/* version 2 */
	char skill[CORE_ID_SIZE]; /* only a clerk who has it may be called for it; "" none */
	int64_t quota;		  /* tickets a service day, 0 no limit */
	int64_t slot_min;	  /* length of a time slot in minutes, 0 no slots */
	int64_t slot_quota;	  /* tickets a time slot, 0 no limit */
};

/* The rules of the line (docs/rules.md). All may change while the hall is open. */
struct event_policy_defined {
	int64_t overtakes;  /* a waiting ticket is overtaken at most so often; -1: no bound */
	int64_t age_ms;	    /* and not at all once it has waited so long; 0: no bound */
	int64_t recalls;    /* a no-show is called again so often before it is set aside */
	int64_t aside_ms;   /* and closed when it was set aside so long; 0: with the day */
	int64_t early_ms;   /* an appointment counts from so long before its slot */
	int64_t late_ms;    /* until so long behind it; then it waits like any other */
	int64_t closes_min; /* minute of the local day from which no number is given; 0 none */
	int64_t service_ms; /* expected length of a service: nobody is given a number who could
			     * not be called before closes_min; 0: that is not looked at */
	/* version 2 */
	int64_t print_ms; /* a print job that has waited so long for a printer is not begun any
			   * more; 0: however late */
	/* version 3 */
	bool expect;		   /* a ticket is given an expected wait at its issue */
	int64_t expect_service_ms; /* mean time at a window that is taken to be so where the log
				    * has none to learn from; 0: none is told until there are */
};

struct event_clerk_defined {
	char clerk[CORE_ID_SIZE];
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	char skills[CORE_MAX_CLERK_SKILLS * CORE_ID_SIZE]; /* ids, "," between */
	bool retired;
};

struct event_log_restored {
	char epoch[CORE_TOKEN_SIZE];  /* 32 lower-case hex digits: this log from now on */
	char before[CORE_TOKEN_SIZE]; /* the epoch of the copy */
};

struct event_day_opened {
	int64_t date;	 /* service day as yyyymmdd */
	int64_t counter; /* 1 for the log's first day, then one more each; the same date opened
			  * again at once keeps it */
};

struct event_day_closed {
	int64_t date;
	int64_t uncalled; /* legs that waited uncalled at the close */
};

struct event_ticket_issued {
	int64_t ticket; /* unique in the log, rising from 1 */
	char number[CORE_NUMBER_SIZE];
	char queue[CORE_ID_SIZE];
	char item[CORE_ID_SIZE]; /* "" unknown */
	int64_t class;		 /* enum ticket_class */
	int64_t origin;		 /* enum ticket_origin */
	int64_t arrival_ms; /* mono_ms of the press or request; <= at.mono_ms. Leg 1 starts here */
	bool pre_reviewed;
	char case_ref[CORE_CASE_SIZE]; /* "" none */
	char token[CORE_TOKEN_SIZE];   /* opaque key of the ticket's own page */
	int64_t ahead; /* legs waiting in the queue that would be called before it */
	/* version 2 */
	int64_t slot_from, slot_to; /* an appointment's slot, wall ms since 1970; 0 none */
	/* version 3: what it was told of its first wait (estimate.h); before: -1, -1, -1, false */
	int64_t expect_ms;		       /* mean, -1 none */
	int64_t expect_low_ms, expect_high_ms; /* the 80 % interval, both ends in it; -1 none */
	bool expect_busy; /* no window that may serve it was free at its issue */
};

/* The six below name the window at which it happened and the leg (1, 2, ... of this ticket). */
struct event_ticket_called {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;
	int64_t window;
	char queue[CORE_ID_SIZE];
	char clerk[CORE_ID_SIZE]; /* "" nobody signed in */
	/* version 2 */
	int64_t reason;	   /* enum call_reason */
	int64_t overtaken; /* waiting tickets that came before it and might have been called here */
};

struct event_ticket_recalled {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;
	int64_t window;
};

struct event_service_started {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;
	int64_t window;
};

struct event_rating_asked { /* it is served at the window, or was the last one served there */
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;
	int64_t window;
};

struct event_service_finished {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;
	int64_t window;
	bool implied; /* nobody pressed finish: the next call, a transfer or a close did */
};

struct event_ticket_no_show {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;
	int64_t window;
};

struct event_ticket_parked {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;
	int64_t window;
	/* version 2 */
	bool correction; /* the papers have to be put right; the citizen keeps the place */
};

/* End of a park or return after a no-show: a new leg in the same queue starts. A resume at a
 * window is followed, in the same decision, by its call. */
struct event_ticket_resumed {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;	/* the new leg */
	int64_t window; /* 0: resumed at no window, it waits again */
	char queue[CORE_ID_SIZE];
};

struct event_ticket_transferred {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;				   /* the new leg */
	int64_t window;				   /* from where; 0 none */
	char from[CORE_ID_SIZE], to[CORE_ID_SIZE]; /* queues */
};

struct event_ticket_cancelled {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;
	int64_t window; /* 0: it was at none */
};

struct event_ticket_closed {
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	int64_t leg;
	int64_t window; /* where it did not show */
};

struct event_clock_step {
	int64_t step_ms; /* wall time after - wall time expected from the boot clock */
};

struct event_window_changed { /* paused, reopened, help asked, help over */
	int64_t window;
};

struct event_clerk_changed { /* signed in, signed out */
	int64_t window;
	char clerk[CORE_ID_SIZE];
};

struct event_print { /* queued, started, ended, settled */
	int64_t job; /* unique in the log, rising from 1 */
	int64_t ticket;
	char number[CORE_NUMBER_SIZE];
	char printer[CORE_ID_SIZE]; /* started, ended */
	/* 1 the first; more: a reprint, marked 补打 / REPRINT. The same once more: the job before
	 * surely left nothing on paper and is tried again */
	int64_t copy;
	int64_t outcome; /* enum print_outcome; ended; settled: printed or failed */
	char detail[CORE_DETAIL_SIZE];
	/* version 2. Of queued: printer is the one that was asked for, "" none, and */
	bool word;  /* an operator asked for it */
	bool large; /* it was asked for in large print */
	/* of ended: */
	int64_t cause; /* enum print_cause */
};

struct event_printer_condition {
	char printer[CORE_ID_SIZE];
	int64_t condition; /* enum condition */
	bool holds;	   /* it began; else it is over */
};

struct event_online_filing {
	char item[CORE_ID_SIZE];
	char case_ref[CORE_CASE_SIZE];
	int64_t filed; /* wall ms since 1970 at which it was filed; <= at.wall_ms */
};

/* What was found when the period was frozen (docs/measurement.md). Dates are yyyymmdd. */
struct event_baseline_frozen {
	char name[CORE_ID_SIZE];
	int64_t from, to;		/* service days asked for, inclusive */
	int64_t days;			/* of them those that were opened, and closed */
	int64_t visits;			/* with a known total wait */
	int64_t first_seq, last_seq;	/* the log's rows that it covers */
	char rows[CORE_DIGEST_SIZE];	/* hash of those rows */
	char figures[CORE_DIGEST_SIZE]; /* hash of the days' digests */
	int64_t figures_version;
	int64_t windows, items;				     /* how many the parts list */
	char control[CORE_MAX_WINDOW_QUEUES * CORE_ID_SIZE]; /* queue ids, "," between; "" none */
	int64_t parts; /* how many baseline-part events follow, of the same command */
};

struct event_baseline_part {
	char name[CORE_ID_SIZE];
	int64_t part;  /* 1, 2, ... */
	int64_t about; /* enum baseline_list */
	char text[CORE_PART_SIZE];
};

struct event {
	uint64_t seq; /* 0 until the keeper numbers it; not part of the payload */
	enum event_type type;
	uint32_t version; /* of the payload */
	struct stamp at;
	char by[CORE_BY_SIZE];
	union {
		struct event_daemon_started daemon_started;
		struct event_hall_defined hall_defined;
		struct event_queue_defined queue_defined;
		struct event_window_defined window_defined;
		struct event_item_defined item_defined;
		struct event_policy_defined policy_defined;
		struct event_clerk_defined clerk_defined;
		struct event_log_restored log_restored;
		struct event_day_opened day_opened;
		struct event_day_closed day_closed;
		struct event_ticket_issued ticket_issued;
		struct event_ticket_called ticket_called;
		struct event_ticket_recalled ticket_recalled;
		struct event_service_started service_started;
		struct event_service_finished service_finished;
		struct event_ticket_no_show ticket_no_show;
		struct event_ticket_parked ticket_parked;
		struct event_ticket_resumed ticket_resumed;
		struct event_ticket_transferred ticket_transferred;
		struct event_ticket_cancelled ticket_cancelled;
		struct event_ticket_closed ticket_closed;
		struct event_rating_asked rating_asked;
		struct event_clock_step clock_step;
		struct event_window_changed window_changed;
		struct event_clerk_changed clerk_changed;
		struct event_print print;
		struct event_printer_condition printer_condition;
		struct event_online_filing online_filing;
		struct event_baseline_frozen baseline_frozen;
		struct event_baseline_part baseline_part;
	} u;
};

enum { EVENT_PAYLOAD_MAX = 4096 };

/* The name of a type in the log, the API and documents ("ticket-issued"); NULL if unknown. */
const char *event_type_name(enum event_type type);
/* Back from a name. 0 if there is none. */
enum event_type event_type_by_name(const char *name);
/* "ordinary" ..., "panel" ..., "printed" ...; NULL outside the range. -1 when the name is none. */
const char *ticket_class_name(int64_t class);
int ticket_class_by_name(const char *name);
const char *ticket_origin_name(int64_t origin);
int ticket_origin_by_name(const char *name);
const char *print_outcome_name(int64_t outcome);
int print_outcome_by_name(const char *name);
const char *print_cause_name(int64_t cause);
int print_cause_by_name(const char *name);
const char *condition_name(int64_t condition);
int condition_by_name(const char *name);
const char *call_reason_name(int64_t reason);
int call_reason_by_name(const char *name);
const char *queue_kind_name(int64_t kind); /* "unstated", "guide" ... */
int queue_kind_by_name(const char *name);
const char *baseline_list_name(int64_t list); /* "windows", "items" */
int baseline_list_by_name(const char *name);

/* The newest version of a type's payload, which decide() writes; 0 for an unknown type. */
uint32_t event_newest_version(enum event_type type);

/* The canonical payload: one flat JSON object, UTF-8, no blanks, keys in the order of the type's
 * field table, integers in decimal, booleans as 0 and 1, "" and 0 written like any other value.
 * Only '"', '\' and bytes below 0x20 are escaped (\u00XX, lower-case hex). Header keys first: at,
 * wall, off, by. Returns its length without a NUL (one is written behind it), or -ENOSPC, -EINVAL
 * (unknown type, text that is no UTF-8). */
__attribute__((warn_unused_result)) int event_encode(const struct event *event, char *ret_payload,
						     size_t size);

/* Accepts exactly what event_encode() writes and nothing else: a payload that decodes encodes to
 * the same bytes. -EBADMSG otherwise, -ENOTSUP for a type or version of a newer software.
 * *ret_event is untouched on failure; its seq is set to 0. */
__attribute__((warn_unused_result)) int event_decode(enum event_type type, uint32_t version,
						     const char *payload, size_t len,
						     struct event *ret_event);

/* The ticket an event is about, 0 if none; its window, 0 if none. */
int64_t event_ticket(const struct event *event);
const char *event_number(const struct event *event); /* that ticket's, "" none */
int64_t event_window(const struct event *event);

/* Who asks for what happens in a simulation, whose log is of no hall. */
#define EVENT_BY_SIMULATION "simulation"
