/* The line of the real hall: who waits and who is next is what hall_decide() says of the scenario's
 * hall, day by day, in the events that a daemon would have written. */
#pragma once

#include "src/core/hall.h"
#include "src/simulate/engine.h"

/* Told of the events of each command, numbered and applied. A negative errno ends the day. */
typedef int (*line_hall_sink_fn)(void *user, const struct event *events, size_t count);

struct line_hall_options {
	const struct scenario *scenario; /* must live as long */
	struct hall *hall;		 /* to go on with; NULL: an empty one of its own */
	line_hall_sink_fn sink;		 /* NULL: nobody is told */
	void *user;
	const char *boot, *software; /* of the daemon-started */
	bool expect; /* tickets are told how long they will wait, which takes time */
};

struct line_hall_day {
	int64_t number; /* its date: days since 1970; later than the one before */
	int64_t midnight_ms;
	int32_t offset_min; /* as dates_midnight() gives them */
	uint64_t seed;
	uint32_t day; /* of the seed: tokens are made of both; case references of seed and date */
	const struct filing *filings;
	size_t filing_count;
};

enum { LINE_HALL_DETAIL_SIZE = 512 };

extern const struct line_ops line_hall_ops;
struct line_hall;
/* -ENOMEM. */
__attribute__((warn_unused_result)) int line_hall_create(struct line_hall **ret_line,
							 const struct line_hall_options *options);
void line_hall_destroy(struct line_hall *line);
/* The day that engine_day() runs next. Before the first one the process announces itself and the
 * hall is made that of the scenario: what it has not is retired. -EPERM: the hall refuses
 * (line_hall_detail()); -ENOMEM; errors of the sink. */
__attribute__((warn_unused_result)) int line_hall_set_day(struct line_hall *line,
							  const struct line_hall_day *day);
/* The moment of the newest event, wall ms. */
int64_t line_hall_wall_ms(const struct line_hall *line);
/* When a day is opened, ms of the day, unless somebody comes before. */
int64_t line_hall_opens_ms(const struct scenario *scenario);
/* Why the last -EPERM: a sentence in Chinese and English. */
const char *line_hall_detail(const struct line_hall *line);
const struct hall *line_hall_hall(const struct line_hall *line);

/* ---- inside src/simulate ---- */

/* Decides and applies a command of the line's present moment. */
__attribute__((warn_unused_result)) int line_hall_run(struct line_hall *line,
						      struct command *command);
/* scenario_hall.c: the hall becomes that of the scenario. */
__attribute__((warn_unused_result)) int scenario_define_hall(struct line_hall *line,
							     const struct hall *hall,
							     const struct scenario *scenario,
							     bool expect);
/* The item that pick-ups of a department have in a log. */
void scenario_pick_up_item(uint32_t department, char ret_id[CORE_ID_SIZE]);
/* Who signs in at a window. */
void scenario_clerk(uint32_t window, char ret_id[CORE_ID_SIZE]);
