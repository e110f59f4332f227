/* A log written by hand: a boot whose clock began at midnight of 2026-01-05 in Shanghai, service
 * days one after the other, times of the day in ms. With log_file.h for its folder. */
#pragma once

#include "src/core/event.h"

enum { MIN = 60000, NINE = 9 * 60 * MIN };

/* Empty, with the daemon's start. */
void hand_log_begin(void);
struct event *hand_log_add(enum event_type type, int64_t ms);
/* No work is done in a queue of kind guide. */
/* A hall with a target of 15 min. */
void hand_log_hall(void);
void hand_log_queue(const char *id, enum queue_kind kind);
/* skill: "" none. */
void hand_log_item(const char *id, const char *department, const char *queue, const char *skill);
void hand_log_window(int64_t number, const char *queues);
/* The next day: from 8:00 to 18:00. */
void hand_log_open(int64_t date);
void hand_log_close(int64_t date);
/* Returns the ticket. */
int64_t hand_log_issue(const char *item, const char *queue, const char *reference, int64_t ms);
/* A ticket issued, called after so long, held so long. */
void hand_log_visit(const char *item, const char *queue, const char *reference, int64_t ms,
		    int64_t wait_ms, int64_t hold_ms);
/* The wall clock is set by so much, for the rest of the log. */
void hand_log_step(int64_t ms, int64_t by_ms);
/* The machine starts anew: another boot id, and a clock from zero. */
void hand_log_restart(int64_t ms);
/* To log_path, in one transaction. */
void hand_log_write(void);
