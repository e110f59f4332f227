/* A scenario learnt from a log's closed days: what its citizens did, and the windows that the hall
 * has at the log's end. docs/plan.md says how each number is made. */
#pragma once

#include "src/measure/origin.h"
#include "src/simulate/scenario.h"
#include "src/store/store.h"

/* A log with less of one of them is too short to learn from. */
enum {
	LEARN_LEAST_DAYS = 10,	    /* opened and closed */
	LEARN_LEAST_TICKETS = 200,  /* issued in work queues */
	LEARN_LEAST_SERVICES = 100, /* whose length is known, in intake queues */
};
enum { LEARN_FAULT_SIZE = 512 };
/* Where fewer of the visits name their case, too many reworks are taken for cases of their own. */
#define LEARN_CASES_TOLD .9

/* What was learnt from, and what was left out. */
struct learn_facts {
	struct origin_days dates, simulated; /* of the log; the latter: those that were simulated */
	int64_t from, to;		     /* dates of the first and the last day */
	uint32_t days;
	int64_t tickets, filings;
	int64_t firsts, reworks, pick_ups; /* visits */
	int64_t services;		   /* of known length, intake */
	int64_t pick_up_services;
	int64_t implied;    /* services that nobody finished by a key, both kinds */
	bool takes_implied; /* too few others: they count as their windows were held */
	bool case_refs;	    /* without, no visit is known to be a rework */
	int64_t with_case;  /* of the first visits and reworks: these name their case */
	/* Of each first visit; a scenario has at most one, so that of more than 1 the rest is lost:
	 * pick-ups of cases that were filed online, say. */
	double rework_rate, pick_up_rate;
	int64_t pick_ups_filed; /* that name the case of an online filing */
	int64_t no_shows, left; /* left: cancelled uncalled */
	int64_t outside;	/* tickets in half-hours that count as closed */
	int64_t appointments;
	uint32_t items, windows, queues;
	uint32_t unused_windows; /* defined at the end, and called nobody: not taken */
	uint32_t dropped_skills; /* items whose skill no window has: as if they needed none */
	int64_t unserved;	 /* cases of items whose queue no window serves: not taken */
	double shrink;		 /* an item's mean weighs as n / (n + so many) beside its queue's */
};

/* Days from..to, 0 unbounded. -ENODATA: the facts say of what there is too little; -EINVAL: what
 * was learnt is no scenario, ret_fault says why. Errors of the store, -ENOMEM. *ret_facts is set
 * also with -ENODATA. */
__attribute__((warn_unused_result)) int learn_scenario(struct store_reader *reader, int64_t from,
						       int64_t to, struct scenario *ret_scenario,
						       struct learn_facts *ret_facts,
						       char ret_fault[LEARN_FAULT_SIZE]);
