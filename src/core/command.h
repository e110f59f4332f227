/* What can be asked of a hall. A command is a wish with a moment; decide() turns it into events or
 * a refusal. Time, tokens and everything else that is not a function of the hall come in here. */
#pragma once

#include "src/core/event.h"

enum command_type {
	COMMAND_START_DAEMON = 1,
	COMMAND_DEFINE_HALL,
	COMMAND_DEFINE_QUEUE,
	COMMAND_DEFINE_WINDOW,
	COMMAND_DEFINE_ITEM,
	COMMAND_DEFINE_POLICY,
	COMMAND_DEFINE_CLERK,
	COMMAND_RESTORE_LOG,
	COMMAND_STEP_CLOCK,
	COMMAND_OPEN_DAY,
	COMMAND_CLOSE_DAY,
	COMMAND_ISSUE,
	COMMAND_CALL_NEXT,
	COMMAND_CALL_NUMBER,
	COMMAND_RECALL,
	COMMAND_START,
	COMMAND_FINISH,
	COMMAND_NO_SHOW,
	COMMAND_PARK,
	COMMAND_RESUME,
	COMMAND_TRANSFER,
	COMMAND_CANCEL,
	COMMAND_PAUSE,
	COMMAND_REOPEN,
	COMMAND_HELP,
	COMMAND_HELP_OVER,
	COMMAND_ASK_RATING,
	COMMAND_SIGN_IN,
	COMMAND_SIGN_OUT,
	COMMAND_PRINT_START,
	COMMAND_PRINT_END,
	COMMAND_REPRINT,
	COMMAND_PRINT_SETTLE,
	COMMAND_PRINTER_CONDITIONS,
	COMMAND_EXPIRE, /* closes what the policy says is over; hall_deadline_ms() tells when */
	COMMAND_FILE_ONLINE,
	COMMAND_FREEZE_BASELINE,
	COMMAND_TYPE_END
};

/* In which print a ticket's next copy is to be. */
enum large_wish {
	LARGE_AS_BEFORE = 0, /* as the copy before it */
	LARGE_YES = 1,
	LARGE_NO = 2, /* as the rules for its queue, printer and class have it */
	LARGE_WISH_COUNT
};

/* A define is compared with what the hall has: equal yields no event and is no refusal. */
struct command {
	enum command_type type;
	struct stamp at;
	char by[CORE_BY_SIZE];
	union {
		struct event_daemon_started start_daemon;
		struct event_hall_defined define_hall;
		struct event_queue_defined define_queue;
		struct event_window_defined define_window;
		struct event_item_defined define_item;
		struct event_policy_defined define_policy;
		struct event_clerk_defined define_clerk;
		struct event_log_restored restore_log;
		struct event_clock_step step_clock;
		struct {
			int64_t date;	    /* yyyymmdd */
			bool operator_word; /* allows a date that is not later than the last one's,
					     * or suspiciously much later */
		} open_day;
		struct {
			char queue[CORE_ID_SIZE]; /* "" : the item's queue */
			char item[CORE_ID_SIZE];  /* "" : unknown */
			int64_t class, origin;
			int64_t arrival_ms;
			bool pre_reviewed;
			char case_ref[CORE_CASE_SIZE];
			char token[CORE_TOKEN_SIZE];
			bool print; /* a paper ticket is wanted: queued in the same decision */
			bool large; /* in large print */
			char printer[CORE_ID_SIZE]; /* and from this printer first; "" any */
			int64_t slot_from, slot_to; /* CLASS_APPOINTMENT: wall ms; 0, 0: from now
						     * on */
			int64_t paper_number;	    /* ORIGIN_PAPER: which of the block; 0: print a
						     * number of the range */
		} issue;
		struct {
			int64_t window; /* CALL_NEXT RECALL START FINISH NO_SHOW PARK PAUSE REOPEN
					   ... */
			int64_t ticket; /* RESUME: the ticket. CANCEL: the ticket, or 0 = the one at
					 * the window. TRANSFER: 0 = the one at the window (needed),
					 * or a waiting ticket with window 0 (moved by the desk) */
			char queue[CORE_ID_SIZE]; /* TRANSFER: where to */
			char clerk[CORE_ID_SIZE]; /* SIGN_IN */
			bool correction;	  /* PARK: papers have to be put right */
			/* CALL_NUMBER: as on the ticket ("A012"), or its figures alone ("12") */
			char number[CORE_NUMBER_SIZE];
		} at_window;
		struct {
			int64_t job;		    /* PRINT_START, PRINT_END, PRINT_SETTLE */
			int64_t ticket;		    /* REPRINT */
			int64_t outcome;	    /* PRINT_END; PRINT_SETTLE: printed or failed */
			int64_t large;		    /* REPRINT: enum large_wish */
			char printer[CORE_ID_SIZE]; /* REPRINT: from this one first; "" any */
			char detail[CORE_DETAIL_SIZE];
		} print;
		struct {
			char printer[CORE_ID_SIZE];
			int64_t conditions; /* all that hold now: bits 1 << enum condition */
		} printer_conditions;
		struct event_online_filing file_online;
		struct {
			struct event_baseline_frozen frozen;
			/* frozen.parts of them, windows first; looked at while it is decided and
			 * not kept. Their names and numbers are those of the freeze. */
			const struct event_baseline_part *parts;
		} freeze_baseline;
	} u;
};

/* Why a command is not done. The codes are part of the API: problem+json carries them. */
enum refusal {
	REFUSAL_NONE = 0,
	REFUSAL_INVALID,     /* a field out of its range; detail says which */
	REFUSAL_DAY_CLOSED,  /* no service day is open */
	REFUSAL_DAY_OPEN,    /* one is open already */
	REFUSAL_DAY_EARLIER, /* not later than the last day, and no operator's word */
	REFUSAL_QUEUE_UNKNOWN,
	REFUSAL_QUEUE_RETIRED,
	REFUSAL_QUEUE_FULL, /* number range used up: refuses aloud, never overflows */
	REFUSAL_ITEM_UNKNOWN,
	REFUSAL_WINDOW_UNKNOWN,
	REFUSAL_WINDOW_PAUSED,
	REFUSAL_WINDOW_NOT_PAUSED,
	REFUSAL_WINDOW_BUSY, /* a called ticket waits at it: start, recall or no-show first */
	REFUSAL_WINDOW_IDLE, /* no ticket at this window */
	REFUSAL_NOBODY_WAITING,
	REFUSAL_NOT_CALLED,  /* start, recall, no-show: the ticket is being served already */
	REFUSAL_NOT_SERVING, /* finish: it has not been started */
	REFUSAL_TICKET_UNKNOWN,
	REFUSAL_TICKET_STATE,	 /* the ticket is not in a state that allows it; detail names it */
	REFUSAL_CLERK_SIGNED_IN, /* at this window or, the same clerk, at another */
	REFUSAL_CLERK_NOT_SIGNED_IN,
	REFUSAL_PRINT_STATE,
	REFUSAL_TOO_MANY, /* a table of the hall is full */
	REFUSAL_DAY_FAR,  /* long after the last day, and no operator's word: is the clock right? */
	REFUSAL_QUOTA_DAY,	  /* the item's tickets of the day are used up */
	REFUSAL_QUOTA_SLOT,	  /* the item's tickets of the time slot are used up */
	REFUSAL_CLOSING,	  /* it could not be served before the hall closes */
	REFUSAL_SKILL,		  /* it takes a skill that nobody at this window has */
	REFUSAL_AGEING,		  /* another ticket may not be overtaken any more */
	REFUSAL_PAPER_NUMBER,	  /* not of the block, or entered already */
	REFUSAL_NUMBER_AMBIGUOUS, /* the figures fit several tickets; detail names them */
	REFUSAL_QUEUE_NOT_HERE,	  /* the window does not serve the ticket's queue */
	REFUSAL_HELP_ASKED,
	REFUSAL_HELP_NOT_ASKED,
	REFUSAL_BASELINE_TAKEN, /* the name is a baseline's: it is superseded, never edited */
	REFUSAL_PERIOD_OPEN,	/* a service day of the period is not over */
	REFUSAL_PERIOD_EMPTY,	/* no service day was closed in it */
	REFUSAL_COUNT
};

/* Stable code for programs ("nobody-waiting") and a sentence for people in each language. */
const char *refusal_code(enum refusal refusal);
const char *refusal_text_zh(enum refusal refusal);
const char *refusal_text_en(enum refusal refusal);
