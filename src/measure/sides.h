/* From a log to the two sides of a comparison: digests of closed days, kept or counted anew. */
#pragma once

#include "src/measure/compare.h"
#include "src/store/store.h"

struct sides_request {
	int64_t before_from, before_to; /* service days yyyymmdd, inclusive */
	uint64_t before_last_seq; /* of the baseline: a later opening is none of its; 0: all are */
	int64_t after_from, after_to; /* 0: behind before_to, to the end */
	uint64_t after_last_seq;      /* a day that closes behind it is open; 0: as the log is */
	int64_t target_ms;	      /* whole seconds; 0: the hall's own */
	const char *control;	      /* queue ids, "," between; "" none */
	bool recount;		      /* count the events, whatever is kept */
};

struct sides;

/* seed is the caller's to fill. -ENOENT: no closed day on a side (nothing is returned); -EINVAL: a
 * target that is no whole second, or the period begins before the baseline ends; else as
 * measure_read(). */
__attribute__((warn_unused_result)) int sides_read(struct store_reader *reader,
						   const struct sides_request *request,
						   struct sides **ret_sides);
/* Belongs to the sides. */
const struct compare_input *sides_input(const struct sides *sides);

/* Dates not behind the baseline's last that were opened behind the freeze, and closed: on neither
 * side. */
struct sides_left_out {
	int64_t openings, tickets;
};
struct sides_left_out sides_left_out(const struct sides *sides);
void sides_free(struct sides *sides);
