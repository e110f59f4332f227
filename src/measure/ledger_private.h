/* What the ledger's parts share: following tickets (ledger.c), where they count (ledger_groups.c),
 * and what became of them when their opening ends (ledger_cut.c). */
#pragma once

#include "src/measure/grow.h"
#include "src/measure/ledger.h"

enum leg_state { LEG_WAITS, LEG_CALLED, LEG_MOVED, LEG_CANCELLED, LEG_UNCALLED, LEG_WAITING };

struct leg {
	uint32_t visit;
	uint32_t queue, clerk; /* ordinals */
	int64_t window;
	enum leg_state state;
	bool work; /* the queue, when it was called */
	bool begun, no_show, recalled;
	struct moment start, called, end, recall; /* end: of an uncalled wait */
	uint64_t start_seq, call_seq;
	uint32_t latest; /* while its bounds are looked for: index + 1 of the earlier leg of its
			  * line with the latest first call; 0 none */
};

struct visit {
	int64_t ticket;
	uint32_t queue, item, department; /* ordinals, of the issue */
	uint32_t leg;			  /* index of its newest */
	int32_t hour;
	int64_t class;
	uint64_t case_ref; /* 0 none */
	bool told_apart;   /* has an item or a case reference */
	struct moment issued;
	bool serving;
	uint64_t implied_seq; /* of its newest implied service-finished */
	struct moment served_from;
	bool reached;		     /* called in a work leg once */
	int64_t kind;		     /* of that leg's queue */
	int64_t total_ms, window_ms; /* waits of the legs so far; to that call; -1: unknown */
	uint32_t first_leg;
	int64_t expect_low_ms, expect_high_ms;
	enum calibration_outcome outcome; /* of the interval between them, so far */
};

/* A ticket that was cancelled while it waited: is it issued anew? */
struct dropped {
	uint32_t queue, item;
	uint64_t case_ref;
	struct moment at;
	bool anew;
};

struct queue_known {
	bool work;
	int64_t kind;
};

struct ledger {
	struct names queues, clerks, items, departments, boots;
	struct queue_known *queue_known; /* by ordinal */
	uint32_t queue_count;
	uint32_t *item_department; /* by ordinal: ordinal + 1, 0 undefined */
	uint32_t item_count;
	struct moment now;
	uint64_t seq;
	/* of the opening */
	bool is_open;	      /* between day-opened and day-closed */
	bool is_cut;	      /* the digest was given: the next event begins anew */
	struct moment end;    /* of a closed day */
	struct visit *visits; /* rising ticket ids */
	size_t visit_count, visit_capacity;
	struct leg *legs; /* in the order of the events that began them */
	size_t leg_count, leg_capacity;
	struct dropped *dropped;
	size_t dropped_from, dropped_count, dropped_capacity;
	struct digest digest;
};

/* Counts one in every group of the leg: -ENOMEM. */
int ledger_count(struct ledger *ledger, const struct leg *leg, enum tally_count what);
/* At its first call, -1 of unknown length; at its window and clerk the leg begins with it. */
int ledger_count_wait(struct ledger *ledger, const struct leg *leg, int64_t wait_ms);
void ledger_forget_groups(struct digest *digest);
/* An uncalled wait is over, or as old as it is now. */
int ledger_end_wait(struct ledger *ledger, struct leg *leg, enum leg_state state);
/* ledger_expect.c: a visit's interval, when its first leg has begun; at a first call of a leg, -1
 * of unknown length; the opening's, at its end: -ENOMEM. */
void ledger_expect(struct visit *visit, const struct event_ticket_issued *issued);
void ledger_expect_called(struct visit *visit, int64_t wait_ms);
int ledger_add_outcomes(struct ledger *ledger);
