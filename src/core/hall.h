/* The hall: a pure function of its events.
 *
 *     decide(hall, command)  ->  events | refusal
 *     apply(hall, event)     ->  hall
 *
 * Nothing here reads a clock, a file or a socket. The daemon, recovery, simulation, replay and
 * the tests run this same code. */
#pragma once

#include "src/core/command.h"

enum ticket_state {
	TICKET_WAITING = 1,
	TICKET_CALLED, /* at a window's call, not begun */
	TICKET_SERVING,
	TICKET_PARKED,
	TICKET_NO_SHOW, /* set aside: may be resumed on the same day */
	TICKET_FINISHED,
	TICKET_CANCELLED,
	TICKET_UNCALLED, /* waited when the day closed */
	TICKET_CLOSED,	 /* called, parked or set aside when the day closed */
};
const char *ticket_state_name(enum ticket_state state);

enum job_state { JOB_QUEUED = 1, JOB_STARTED, JOB_ENDED };

/* Times for which tickets held a window, from a leg's first call there until it left: so many of
 * the newest, their sum, and the sum of the squares of their tenths of a second. */
struct learnt {
	int64_t n, sum_ms, squares;
};

/* What one who is given a number now waits until the first call, in ms: the mean, and the interval
 * that four of five such waits fall into; all -1: it cannot be told. */
struct expectation {
	int64_t ms, low_ms, high_ms;
	bool busy; /* no window that may serve it is free */
};

struct queue {
	struct event_queue_defined def;
	uint32_t next_number; /* next to issue today; > def.last: full. Never one that was issued
			       * today under the same prefix, by whichever queue */
	uint32_t next_spare;  /* the same for the spare prefix, once the range is full */
	uint32_t waiting[CLASS_COUNT];
	struct learnt held;	  /* of its legs */
	struct learnt held_plain; /* of those without an item of this queue */
};

struct window {
	struct event_window_defined def;
	uint32_t queues[CORE_MAX_WINDOW_QUEUES]; /* indexes, in order of preference */
	uint32_t queue_count;
	bool paused;
	bool help;		  /* the clerk asked for somebody to come */
	char clerk[CORE_ID_SIZE]; /* "" nobody */
	int64_t ticket;		  /* called or served here, 0 none */
	int64_t last_ticket;	  /* the one before */
	bool present;	  /* known to be: a call, a sign-in, a reopening today, no sign-out since */
	bool seen;	  /* somebody was today */
	bool seen_before; /* on the last day on which anybody was seen at any window */
};

struct item {
	struct event_item_defined def;
	uint32_t queue;	    /* index of its queue */
	struct learnt held; /* of its legs in that queue */
};

struct clerk {
	struct event_clerk_defined def;
};

struct ticket {
	int64_t id;
	char number[CORE_NUMBER_SIZE];
	char token[CORE_TOKEN_SIZE];
	enum ticket_state state;
	uint32_t queue; /* index of the current or last leg's queue */
	int32_t item;	/* index, -1 unknown */
	enum ticket_class class;
	int64_t window; /* where it is called or served, or last was; 0 never */
	uint32_t leg;	/* ordinal of the current or last leg */
	uint32_t calls; /* of this leg: 1 + recalls */
	int64_t issued_wall_ms;
	int64_t arrival_ms;   /* first leg's start: order in the line, never reset */
	int64_t leg_start_ms; /* this leg's start */
	int64_t called_ms;    /* first call of this leg, -1 not yet */
	uint64_t order;	      /* seq of its issue: ties of arrival */
	uint32_t boot;	      /* the boot of its issue, counted: arrival_ms compares within one */
	uint32_t leg_boot, called_boot; /* the boots of leg_start_ms and called_ms */
	/* How long it has waited in all its legs, or been set aside, in the present boot's time:
	 * waited_ms (aside_ms) + now - since_ms while it is in that state. Called or served,
	 * since_ms is the moment of its newest call; a later boot's start, if the machine was
	 * started since. */
	int64_t waited_ms, aside_ms, since_ms;
	int64_t slot_from, slot_to; /* wall ms of its appointment, 0 none */
	/* What it was told at its issue: mean and 80 % interval of its wait, -1 nothing; and that
	 * no window for it was free. */
	int64_t expect_ms, expect_low_ms, expect_high_ms;
	bool expect_busy;
	int64_t overtaken; /* how often one that came later was called before it */
	bool correction;   /* parked: the citizen is putting papers right */
	bool paper;	   /* its number is of the pre-printed block */
	int64_t job;	   /* its newest print job, 0 none */
};

struct job {
	int64_t id;
	int64_t ticket;
	int64_t copy;
	int64_t tries; /* of this copy, this one included */
	enum job_state state;
	enum print_outcome outcome; /* JOB_ENDED; of a settled one what the operator said */
	enum print_cause cause;	    /* JOB_ENDED */
	bool word;		    /* an operator asked for it */
	bool large;		    /* it was asked for in large print */
	bool settled;		    /* it was unknown, and an operator has said what became of it */
	char printer[CORE_ID_SIZE]; /* started, ended */
	char wanted[CORE_ID_SIZE];  /* the printer that was asked for, "" none */
	char by[CORE_BY_SIZE];	    /* who asked for this copy: "panel/panel-1", "api" */
	char detail[CORE_DETAIL_SIZE]; /* JOB_ENDED: what the printer's driver said */
	int64_t wall_ms;	       /* of what happened to it last */
	/* How long it has waited for a printer, earlier tries of the copy included, in the present
	 * boot's time: waited_ms + now - since_ms while it is queued. */
	int64_t waited_ms, since_ms;
};

/* What a printer last said of itself. */
struct hall_printer {
	char id[CORE_ID_SIZE];
	uint32_t conditions;		   /* bits 1 << enum condition */
	int64_t since_ms[CONDITION_COUNT]; /* wall time at which those that hold began */
};

/* A baseline that was frozen; the log has what was found. */
struct baseline {
	char name[CORE_ID_SIZE];
	uint64_t seq;	      /* of its baseline-frozen */
	uint32_t parts, told; /* parts that it has, and that have come: all, with its decision */
};

struct hall;

enum { DECISION_MAX_EVENTS = 64 };

struct decision {
	size_t count;
	struct event events[DECISION_MAX_EVENTS]; /* seq 0; at and by are the command's */
	enum refusal refusal;
	char detail[160]; /* English; which field, which state. "" when the code says it all */
};

/* An empty hall: no day, no queues. -ENOMEM. Destroy takes NULL. */
__attribute__((warn_unused_result)) int hall_create(struct hall **ret_hall);
void hall_destroy(struct hall *hall);
/* dst becomes equal to src. -ENOMEM: dst is as it was. */
__attribute__((warn_unused_result)) int hall_copy(struct hall *dst, const struct hall *src);
/* Same state, field by field: what recovery by replay must reach. */
bool hall_equal(const struct hall *a, const struct hall *b);
/* 64-bit digest of the state, equal for equal halls; for tests and snapshots. */
uint64_t hall_digest(const struct hall *hall);

/* The state as bytes, to begin again there; *ret_bytes is the caller's to free. -ENOMEM. The bytes
 * are of one meaning: whoever keeps them keeps HALL_STATE_VERSION too, and takes no other. It rises
 * with the fields in record.c and with what apply makes of an event. */
enum { HALL_STATE_VERSION = 6 };
__attribute__((warn_unused_result)) int hall_save(const struct hall *hall, uint8_t **ret_bytes,
						  size_t *ret_size);
/* The hall becomes what was saved. -EBADMSG: that is no hall; -ENOMEM. It is then as it was. */
__attribute__((warn_unused_result)) int hall_load(struct hall *hall, const void *bytes,
						  size_t size);

/* Pure. Returns 0 with ret->count >= 0 events, or -EPERM with ret->refusal and detail set and
 * count 0. -ENOMEM: nothing happened. A moment before the newest event's of the same boot becomes
 * that one: no duration is negative. */
__attribute__((warn_unused_result)) int
hall_decide(const struct hall *hall, const struct command *command, struct decision *ret);

/* The event's seq must be hall_seq() + 1. Never fails for an event that decide() of this hall gave;
 * for one from a log: -EPROTO, the event does not fit the state (damaged or newer log), nothing
 * changed; -ENOMEM likewise. */
__attribute__((warn_unused_result)) int hall_apply(struct hall *hall, const struct event *event);

/* Reading. Pointers hold until the next apply. */
uint64_t hall_seq(const struct hall *hall); /* of the newest applied event, 0 none */
const struct event_hall_defined *
hall_definition(const struct hall *hall);	   /* id "" before the first */
int64_t hall_day(const struct hall *hall);	   /* open service day yyyymmdd, 0 closed */
int64_t hall_last_day(const struct hall *hall);	   /* the one opened last, 0 none */
int64_t hall_day_counter(const struct hall *hall); /* service days opened so far */
uint32_t hall_boots(const struct hall *hall); /* different boots so far: what ticket.boot counts */
const char *hall_boot(const struct hall *hall); /* boot id of the newest daemon-started, "" */
/* The epoch under which the log goes on since it was last put back from a copy, "" if it never was;
 * *ret_first: the first event that was written under another epoch than the log's first, the
 * daemon-started of the process that put it back; 0 none. The events before it are those of the log
 * that was lost; one from there on may stand in place of another. */
const char *hall_epoch(const struct hall *hall, uint64_t *ret_first);
/* Wall - mono that the log expects: that of the boot's first event, moved by its clock steps. */
int64_t hall_clock_ms(const struct hall *hall);
/* The sum of this boot's clock steps since the service day was opened. */
int64_t hall_stepped_ms(const struct hall *hall);
const struct event_policy_defined *hall_policy(const struct hall *hall);
size_t hall_clerk_count(const struct hall *hall);
const struct clerk *hall_clerk(const struct hall *hall, size_t index);
const struct clerk *hall_find_clerk(const struct hall *hall, const char *id);
size_t hall_queue_count(const struct hall *hall);
const struct queue *hall_queue(const struct hall *hall, size_t index);
const struct queue *hall_find_queue(const struct hall *hall, const char *id);
size_t hall_window_count(const struct hall *hall);
const struct window *hall_window(const struct hall *hall, size_t index);
const struct window *hall_find_window(const struct hall *hall, int64_t number);
size_t hall_item_count(const struct hall *hall);
const struct item *hall_item(const struct hall *hall, size_t index);
const struct item *hall_find_item(const struct hall *hall, const char *id);
/* Tickets of the open (or else the last) day, in order of issue. */
size_t hall_ticket_count(const struct hall *hall);
const struct ticket *hall_ticket(const struct hall *hall, size_t index);
const struct ticket *hall_find_ticket(const struct hall *hall, int64_t id);
const struct ticket *hall_find_number(const struct hall *hall, const char *number);
const struct ticket *hall_find_token(const struct hall *hall, const char *token);
/* Legs that wait and would be called before this waiting ticket in its queue; 0 if not waiting. */
size_t hall_ahead(const struct hall *hall, const struct ticket *ticket);
/* Came the first before the second? By arrival; a later boot's tickets came later. */
bool hall_came_before(const struct ticket *a, const struct ticket *b);
bool hall_serves_queue(const struct window *window, const struct ticket *ticket);
/* May a window call this ticket: it serves the queue, and the clerk there has the skill that the
 * item asks for. */
bool hall_may_serve(const struct hall *hall, const struct window *window,
		    const struct ticket *ticket);
/* What a ticket has waited in all its legs so far; at a moment of the present boot. */
int64_t hall_waited_ms(const struct ticket *ticket, int64_t mono_ms);
/* What one who takes an ordinary number without an item for the queue now would be told; nothing
 * (-1) where the policy does not have it. */
struct expectation hall_expect(const struct hall *hall, size_t queue, const struct stamp *now);
/* When COMMAND_EXPIRE has something to do, in mono_ms of this boot; INT64_MAX: nothing in sight. */
int64_t hall_deadline_ms(const struct hall *hall);
/* Nobody waits, and nobody is called or served. */
bool hall_is_empty(const struct hall *hall);
/* Every number of its range, and of its spare prefix, is issued. */
bool hall_queue_is_full(const struct hall *hall, const struct queue *queue);
/* Waiting in all queues that a window serves. */
size_t hall_waiting_at(const struct hall *hall, const struct window *window);
/* Print jobs of the day, in order. */
size_t hall_job_count(const struct hall *hall);
const struct job *hall_job(const struct hall *hall, size_t index);
const struct job *hall_find_job(const struct hall *hall, int64_t id);
/* Index of the first that is still queued, or the count: none before it is. */
size_t hall_first_queued_job(const struct hall *hall);
/* Perhaps printed, and nobody has said what became of it: neither by word nor by a reprint. */
bool hall_job_is_unsettled(const struct hall *hall, const struct job *job);
/* Printers that ever said something of themselves. */
size_t hall_printer_count(const struct hall *hall);
const struct hall_printer *hall_printer(const struct hall *hall, size_t index);
const struct hall_printer *hall_find_printer(const struct hall *hall, const char *id);

/* Baselines, in the order in which they were frozen. */
size_t hall_baseline_count(const struct hall *hall);
const struct baseline *hall_baseline(const struct hall *hall, size_t index);
const struct baseline *hall_find_baseline(const struct hall *hall, const char *name);

/* Checks every invariant that can be seen in one state: counts, one ticket at one window, no
 * number twice, order of lines. NULL if all hold, else a static sentence that names it. For tests.
 */
const char *hall_check(const struct hall *hall);
