/* What the parts of the reference model share. */
#pragma once

#include "tests/unit/core/model.h"

struct expected {
	enum refusal refusal; /* REFUSAL_NONE: it must be done */
	size_t count;
	enum event_type types[DECISION_MAX_EVENTS];
	/* Of a call among them; of an issue. */
	int64_t ticket, overtaken;
	enum call_reason reason;
	char number[CORE_NUMBER_SIZE];
	int64_t ahead;
	bool large; /* of a paper that is queued */
};

/* A command with the moment that its events will have. */
struct moment {
	int64_t mono_ms, wall_ms;
	int32_t offset_min;
};

struct model_queue *model_queue_of(struct model *model, const char *id);
struct model_window *model_window_of(struct model *model, int64_t number);
struct event_item_defined *model_item_of(struct model *model, const char *id);
struct event_clerk_defined *model_clerk_of(struct model *model, const char *id);
/* Only today's. */
struct model_ticket *model_ticket_of(struct model *model, int64_t id);
struct model_job *model_job_of(struct model *model, int64_t id);
size_t model_started_jobs(const struct model *model);
/* Is it one of the ids of a list with "," between? */
bool model_list_has(const char *list, const char *id);
bool model_is_id(const char *text);

struct moment model_moment(const struct model *model, const struct command *command);
/* Of the clock that runs on. */
int64_t model_clock(const struct model *model, int64_t mono_ms);
int64_t model_waited(const struct model *model, const struct model_ticket *ticket, int64_t mono_ms);

/* model_line.c: who is called. */
bool model_came_before(const struct model_ticket *a, const struct model_ticket *b);
bool model_has_skill(struct model *model, const struct model_window *window,
		     const struct model_ticket *ticket);
/* Waits, and may be called at this window. */
bool model_may_call(struct model *model, const struct model_window *window,
		    const struct model_ticket *ticket);
/* Whom a call there passes over. */
bool model_is_passed(struct model *model, const struct model_window *window,
		     const struct model_ticket *called, const struct model_ticket *other);
int64_t model_count_passed(struct model *model, const struct model_window *window,
			   const struct model_ticket *called, bool same_queue);
/* One that may not be overtaken any more is among them. */
bool model_passes_protected(struct model *model, const struct model_window *window,
			    const struct model_ticket *called, int64_t mono_ms);
struct expected model_expect_call(struct model *model, const struct model_window *window,
				  const struct moment *now);

/* model_issue.c: numbers, quotas, the closing time. */
struct expected model_expect_issue(struct model *model, const struct command *command,
				   const struct moment *now);
bool model_is_full(struct model *model, const struct model_queue *queue);
/* Its prefix and value out of its text; -1: it is no number. */
int model_split_number(const char *number, char ret_prefix[CORE_NUMBER_SIZE], int64_t *ret_value);
/* What was given under this prefix today by whichever queue; 0: nothing. */
int64_t model_highest_under(const struct model *model, const char *prefix);
/* Days since 1970 of a yyyymmdd. */
int64_t model_day_number(int64_t date);
int64_t model_ahead(const struct model *model, const struct model_ticket *ticket);

/* model_print.c: paper, and what printers say of themselves. */
struct model_printer *model_printer_of(struct model *model, const char *id);
struct expected model_expect_print(struct model *model, const struct command *command,
				   const struct moment *now);
struct expected model_expect_conditions(struct model *model, const struct command *command);
/* What has waited for a printer too long now. */
size_t model_expired_jobs(struct model *model, const struct moment *now);
const char *model_take_print(struct model *model, const struct event *event,
			     const struct expected *expected);
const char *model_compare_prints(struct model *model, const struct hall *hall);

/* model_case.c: online filings and baselines. */
struct expected model_expect_case(struct model *model, const struct command *command,
				  const struct moment *now);
const char *model_take_baseline(struct model *model, const struct event *event);
const char *model_compare_baselines(const struct model *model, const struct hall *hall);

/* model_define.c: definitions. */
struct expected model_expect_definition(struct model *model, const struct command *command);

struct expected model_refuse(enum refusal refusal);
struct expected model_one(enum event_type type);
struct expected model_two(enum event_type first, enum event_type second);
struct expected model_expect(struct model *model, const struct command *command);
