/* What the files of compare.c share. */
#pragma once

#include "src/measure/compare.h"
#include "src/measure/interval.h"

enum compare_stream { STREAM_DAYS, STREAM_BLOCKS, STREAM_DIFFERENCES };

struct compare_work {
	const struct compare_input *input;
	struct compare_result *result;
	uint32_t *starts; /* as many as days of the longer side */
	bool enough;	  /* days on both sides: there are resamples */
};

/* Whether anybody waited: ms above zero. */
bool compare_has_waits(const struct compare_side *side);
/* No ends: what an interval is where none can be made. */
void compare_no_interval(struct compare_interval *ret_interval);
/* Whether an interval has both ends, and zero is not between them. */
bool compare_tells(const struct compare_interval *interval);

/* Standardised by the baseline's mix. -ENOMEM. */
__attribute__((warn_unused_result)) int compare_standard(struct compare_work *work);
/* Of the queues that were named as a control. -ENOMEM. */
__attribute__((warn_unused_result)) int compare_differences(struct compare_work *work);
/* Kaplan-Meier of both sides with bands. -ENOMEM. */
__attribute__((warn_unused_result)) int compare_survival(struct compare_work *work);

/* Nothing is known of it, and there is no verdict yet. */
void compare_figure_unknown(struct compare_figure *ret_figure);
/* Point, intervals by days and blocks and their hull of a figure that fn knows of both sides. */
void compare_figure_make(struct compare_work *work, interval_fn fn, void *before, void *after,
			 struct compare_figure *ret_figure);
/* The verdict on a figure of waits that both sides have. */
enum compare_verdict compare_judge(const struct compare_work *work,
				   const struct compare_interval *interval);
