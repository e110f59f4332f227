/* Parts of the scenario for its own files. */
#pragma once

#include "src/simulate/scenario.h"

/* Least and most of what is given in numbers. A chance is 0 to 1. */
#define SCENARIO_LEAST_CASES	0.01
#define SCENARIO_MOST_CASES	((double)CORE_MAX_DAY_TICKETS)
#define SCENARIO_MOST_CV	10.
#define SCENARIO_LEAST_MEAN_MIN 0.001
#define SCENARIO_MOST_MEAN_MIN	1440.
#define SCENARIO_MOST_WAIT_S	3600. /* walk, no-show */
#define SCENARIO_MOST_PATIENCE	1e5   /* minutes */
#define SCENARIO_MOST_WEIGHT	1e9   /* of a span, a share */
#define SCENARIO_LEAST_FACTOR	0.001
#define SCENARIO_MOST_FACTOR	1000.
enum { SCENARIO_MOST_TARGET_MIN = 480 };

/* Ids that a simulated log gives to pick-ups: "collect-01" ... */
#define SCENARIO_PICK_UP_ITEM "collect-"

/* Where a fault is, so that a reader of files can name the line. */
enum fault_part {
	FAULT_WHOLE, /* at no key in particular */
	FAULT_HOURS, /* index: the span */
	FAULT_CASES,
	FAULT_SERVICE,
	FAULT_REWORK,
	FAULT_PICK_UP,
	FAULT_ONLINE,
	FAULT_NO_SHOW,
	FAULT_PATIENCE,
	FAULT_PRIORITY,
	FAULT_WALK,
	FAULT_POLICY,
	FAULT_RULES,
	FAULT_QUEUE,  /* index: the queue */
	FAULT_WINDOW, /* index: the window; it knows the row */
	FAULT_ITEM,   /* index: the item */
};
typedef void (*scenario_fault_fn)(void *user, enum fault_part part, uint32_t index,
				  const char *message);
/* Tells every fault. */
void scenario_faults(const struct scenario *scenario, scenario_fault_fn fn, void *user);
/* Tells what has no effect, in one without faults: often a slip of the pen. of_hall: windows and
 * their skills are a hall's own. */
void scenario_doubts(const struct scenario *scenario, bool of_hall, scenario_fault_fn fn,
		     void *user);

/* Of one without faults: days so busy that a simulation would end at them, and queues with too few
 * numbers for them, where policy "hall" gives them; under the others a log gives them, which is a
 * doubt. */
void scenario_busy_faults(const struct scenario *scenario, scenario_fault_fn fn, void *user);
void scenario_busy_doubts(const struct scenario *scenario, scenario_fault_fn fn, void *user);

/* Queues, windows, rules and items of a hall into an empty scenario; the n-th clerk of its file is
 * taken to be at the n-th window. Its names, zone and target, too. -ENOMEM. */
__attribute__((warn_unused_result)) int scenario_take_hall(struct scenario *scenario,
							   const struct scenario_hall *hall);
void scenario_set_queue(struct scenario_queue *queue, const struct event_queue_defined *def);
/* Index of the department, which is added if it is new; -E2BIG. The table has room for
 * SCENARIO_MAX_DEPARTMENTS. */
int scenario_department(struct scenario *scenario, const char *name);

/* The next id of a list with "," between, from *at on; false: no more. */
bool scenario_next_id(const char **at, char ret_id[CORE_ID_SIZE]);
bool scenario_list_has(const char *list, const char *id);

/* Indexes of queues, -ENOENT none: where an item's first and rework visits wait by the policy, and
 * its pick-ups. */
int scenario_item_queue(const struct scenario *scenario, const struct scenario_item *item);
int scenario_pick_up_queue(const struct scenario *scenario, const struct scenario_item *item);
/* Some window serves the queue and has the skill, "" none. */
bool scenario_is_served(const struct scenario *scenario, const char *queue, const char *skill);
