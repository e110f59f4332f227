/* Where the days of a log come from: of a hall, or of a simulation that wrote them. Each process
 * that writes a log begins with daemon-started, so a day is of the process that closed it; a
 * simulation writes whole days, of which it leaves none open. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/core/event.h"
#include "src/store/store.h"

struct origin_part {
	uint64_t from; /* seq */
	bool simulated;
};

struct origin {
	struct origin_part *parts; /* rising; neighbours differ */
	size_t count, capacity;
};

/* Simulated service days of a report. */
struct origin_days {
	int64_t days;	     /* 0: none */
	int64_t first, last; /* yyyymmdd */
};

/* The next of the log's definitions. -ENOMEM. */
__attribute__((warn_unused_result)) int origin_take(struct origin *origin,
						    const struct event *event);
/* Was the event written by a simulation? */
bool origin_is_simulated(const struct origin *origin, uint64_t seq);
/* Dates rise; one that comes again is counted once. */
void origin_add_day(struct origin_days *days, int64_t date);
/* Of the closed days from..to whose openings end at last_seq at the latest. Errors as those of
 * store_reader_days(). */
__attribute__((warn_unused_result)) int origin_read(struct store_reader *reader, int64_t from,
						    int64_t to, uint64_t last_seq,
						    struct origin_days *ret_days);
void origin_finish(struct origin *origin);
