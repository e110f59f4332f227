/* The calibration of a log's expected waits: outcomes out of the digests of its days. */
#pragma once

#include "src/measure/calibration.h"
#include "src/measure/origin.h"
#include "src/measure/report.h"

struct calibration_queue {
	char id[CORE_NAME_SIZE];
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE]; /* as last defined; "" never */
};

struct calibration {
	int64_t days;		     /* opened in the range, whatever they hold */
	int64_t first_day, last_day; /* of them, yyyymmdd; 0 none */
	uint64_t open_day;	     /* the one that is open yet, 0 none */
	bool all_kept;		     /* no closed day was counted anew */
	bool simulated;		     /* some of its days are */
	struct origin_days simulated_days;
	int64_t as_of_wall_ms; /* of the newest event */
	int32_t as_of_offset_min;
	uint64_t as_of_seq;
	struct event_hall_defined hall;
	struct calibration_queue *queues; /* in the order of their definitions */
	size_t queue_count;
	struct calibration_cell *cells; /* of all, by queue, by hour, by both */
	size_t cell_count;
};

/* Of the options range and recount count. Errors as measure_read(). */
__attribute__((warn_unused_result)) int calibration_read(struct store_reader *reader,
							 const struct measure_options *options,
							 struct calibration **ret_calibration);
void calibration_free(struct calibration *calibration);
