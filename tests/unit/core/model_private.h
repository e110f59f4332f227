/* What the two halves of the reference model share. */
#pragma once

#include "tests/unit/core/model.h"

enum verdict {
	MUST_REFUSE,
	MUST_DO,
	MAY_BE_FULL,  /* must be done, unless the number range is used up */
	MAY_BE_EITHER /* definitions: their rules are tested elsewhere */
};

struct expected {
	enum verdict verdict;
	size_t count;
	enum event_type types[DECISION_MAX_EVENTS];
};

struct model_queue *model_queue_of(struct model *model, const char *id);
struct model_window *model_window_of(struct model *model, int64_t number);
struct event_item_defined *model_item_of(struct model *model, const char *id);
/* Only today's. */
struct model_ticket *model_ticket_of(struct model *model, int64_t id);
struct model_job *model_job_of(struct model *model, int64_t id);
size_t model_started_jobs(const struct model *model);
bool model_is_before(const struct model_ticket *a, const struct model_ticket *b);
struct model_ticket *model_next_at(struct model *model, const struct model_window *window);

struct expected model_expect(struct model *model, const struct command *command);
