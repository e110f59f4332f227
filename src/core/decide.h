/* Helpers of the decisions. Inside src/core. */
#pragma once

#include "src/core/state.h"

/* A new event of the decision, zeroed, with the command's moment and asker. */
struct event *decision_add(struct decision *ret, const struct command *command,
			   enum event_type type);
__attribute__((format(printf, 3, 4))) int
decision_refuse(struct decision *ret, enum refusal refusal, const char *format, ...);

/* A day of the calendar, yyyymmdd. */
bool decide_date_is_valid(int64_t date);

int decide_definition(const struct hall *hall, const struct command *command, struct decision *ret);
int decide_issue(const struct hall *hall, const struct command *command, struct decision *ret);
int decide_at_window(const struct hall *hall, const struct command *command, struct decision *ret);
int decide_print(const struct hall *hall, const struct command *command, struct decision *ret);
/* A print-queued event of that ticket, copy and word, large or not; at most one in a decision. */
void decide_queue_print(const struct hall *hall, const struct command *command,
			struct decision *ret, const struct event_print *of, const char *number,
			const char *printer);
/* The jobs that have waited too long for a printer; what does not fit is left to the next. */
void decide_expire_prints(const struct hall *hall, const struct command *command,
			  struct decision *ret);
int decide_filing(const struct hall *hall, const struct command *command, struct decision *ret);
int decide_freeze(const struct hall *hall, const struct command *command, struct decision *ret);
int decide_conditions(const struct hall *hall, const struct command *command, struct decision *ret);
