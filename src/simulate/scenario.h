/* A hall to be simulated: who comes, what for, how long it takes, and who serves whom. Read from a
 * file (docs/simulate.md), learnt from a log, or made by a program. All in it is assumed, unless it
 * was learnt. */
#pragma once

#include "src/core/event.h"

enum {
	SCENARIO_MAX_SPANS = 48,
	SCENARIO_MAX_DEPARTMENTS = 256,
	SCENARIO_MAX_BREAKS = 48, /* of one window */
	SCENARIO_MAX_SKILLS = 32, /* that items need */
};

/* A span of the day in which citizens arrive, evenly within it. The hall is open in the spans; it
 * serves who has come until nobody waits, also between them. */
struct scenario_span {
	int32_t from_min, to_min; /* of the local day; rising, none overlaps */
	double weight; /* >= 0: its share of the day's arrivals, before they are scaled */
};

struct scenario_item {
	char id[CORE_ID_SIZE];
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	uint32_t department;	  /* index */
	char queue[CORE_ID_SIZE]; /* "": by the policy */
	char skill[CORE_ID_SIZE]; /* only a window that has it may serve it; "" none */
	double share;		  /* >= 0, of the cases, before they are scaled */
	double factor;		  /* > 0, of the mean service; taken as it is */
	bool online;		  /* may be filed online */
};

struct scenario_department {
	char name[CORE_NAME_SIZE];
};

struct scenario_queue {
	struct event_queue_defined def;
	/* Departmental: indexes of the departments whose items wait here. */
	uint32_t departments[SCENARIO_MAX_DEPARTMENTS];
	uint32_t department_count;
};

struct scenario_break { /* from <= t < to no call is made; who is served is served to the end */
	int32_t from_min, to_min;
};

/* One window; a row of the file with a count is so many. */
struct scenario_window {
	char queues[CORE_MAX_WINDOW_QUEUES * CORE_ID_SIZE]; /* as in event_window_defined */
	char skills[CORE_MAX_CLERK_SKILLS * CORE_ID_SIZE];  /* as in event_clerk_defined */
	struct scenario_break breaks[SCENARIO_MAX_BREAKS];
	uint32_t break_count;
	uint32_t row; /* of the file, from 0 */
};

/* How a line is formed and called. */
enum scenario_policy {
	SCENARIO_DEPARTMENTAL, /* an item waits in its department's queue; first come first served
				*/
	SCENARIO_POOLED,       /* all items in the first intake queue, first come first served */
	SCENARIO_PRIORITY,     /* pooled; the priority class is called first, always */
	SCENARIO_HALL, /* an item's own queue; classes and the rules in policy, as a hall has them
			*/
	SCENARIO_POLICY_COUNT
};

/* Lognormal. */
struct scenario_time {
	double mean_min, cv;
};

struct scenario {
	char id[CORE_ID_SIZE];
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	char zone[CORE_ZONE_SIZE];
	int64_t target_ms;

	struct scenario_span spans[SCENARIO_MAX_SPANS];
	uint32_t span_count;
	/* Cases a day: Poisson, its mean times a lognormal factor with mean 1 and this cv. */
	double cases_a_day, day_cv;

	/* A case makes a first visit, unless it is filed online: then none at all. */
	double uptake;		      /* chance, of the items that may be filed online */
	struct scenario_time service; /* of a first visit and a rework; times the item's factor */
	double rework_chance;	      /* of one more visit, at most one */
	double pick_up_chance;	      /* of a visit that collects the result */
	struct scenario_time pick_up; /* without the item's factor; it needs no skill */
	double walk_s;		      /* from the call to the start of the service */
	double no_show_chance, no_show_s; /* and how long a window waits for who does not come */
	double patience_min; /* exponential mean of the wait after which one leaves; 0: all stay */
	double priority_chance; /* of the priority class */

	enum scenario_policy policy;
	struct event_policy_defined rules; /* SCENARIO_HALL; else without effect */

	struct scenario_department *departments;
	struct scenario_item *items;
	struct scenario_queue *queues;
	struct scenario_window *windows;
	uint32_t department_count, item_count, queue_count, window_count;
};

/* Frees what it holds, and zeroes it. Takes a zeroed one. */
void scenario_finish(struct scenario *scenario);
/* -ENOMEM: *ret_copy is untouched. */
__attribute__((warn_unused_result)) int scenario_copy(struct scenario *ret_copy,
						      const struct scenario *scenario);

/* Told of every fault: file and line of it (0 none), and a sentence in both languages; and, of a
 * file without faults, of what has no effect: such a sentence begins with "注意 warning: ". */
typedef void (*scenario_error_fn)(void *user, const char *file, int line, const char *message);
/* Reads and checks a file, and what it includes. 0; -EINVAL: faults were told; -ENOMEM; an errno of
 * the file, told too. First its form is checked, then, if that is right, its sense.
 * What is checked: unknown keys, ranges, spans, ids, an item that no window serves, a day without
 * hours, shares that are all zero, a department without a queue. */
__attribute__((warn_unused_result)) int
scenario_read(struct scenario *ret_scenario, const char *path, scenario_error_fn fn, void *user);
/* What a scenario may take from a hall's own configuration (its key "hall"). */
struct scenario_hall {
	struct event_hall_defined hall;
	const struct event_queue_defined *queues;
	const struct event_window_defined *windows;
	const struct event_item_defined *items;
	const struct event_clerk_defined *clerks;
	struct event_policy_defined policy;
	size_t queue_count, window_count, item_count, clerk_count;
};
/* Loads it; the tables stay until scenario_read_with() returns. 0; -EINVAL: what is wrong was told;
 * -ENOMEM. */
typedef int (*scenario_hall_fn)(void *user, const char *path, struct scenario_hall *ret_hall);
/* scenario_read() for programs that can read a hall's configuration. */
__attribute__((warn_unused_result)) int scenario_read_with(struct scenario *ret_scenario,
							   const char *path, scenario_error_fn fn,
							   void *user, scenario_hall_fn hall,
							   void *hall_user);
/* Whether the text of a settings file is a scenario's and not a hall's: by its keys. */
bool scenario_is_text(const char *text);
/* The same checks of one that was made otherwise; the first fault as a sentence, "" none. Returns 0
 * or -EINVAL. */
__attribute__((warn_unused_result)) int scenario_check(const struct scenario *scenario,
						       char *ret_fault, size_t size);

/* Minutes in which it is open. */
double scenario_open_min(const struct scenario *scenario);
/* When its last span ends, ms of the day. */
int64_t scenario_closes_ms(const struct scenario *scenario);
