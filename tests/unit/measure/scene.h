/* A log as a test tells it, event by event; times in ms from mono and wall, which boot() sets. */
#pragma once

#include "tests/unit/measure/stream.h"

enum { MIN = 60000 };
/* 2026-01-01 10:00 in Shanghai, a Thursday */
static const int64_t morning = 1767232800000;

extern struct stream *scene;
extern int64_t mono, wall;

void begin(const struct measure_options *options);
/* A day that is open, with the queues general (work), guide, and one more of work; "": none. */
void begin_day(int64_t target_min, const char *third);
int teardown(void **state); /* for cmocka */
void over(void);
void finish(struct measure_report *ret_report);

/* Holds until the next. */
struct event *at(int64_t ms, enum event_type type);
void feed(const struct event *event);
void boot(const char *id, int64_t new_mono, int64_t new_wall);
void define(const char *id, bool work);
void open_day(int64_t date);
void issue(int64_t ms, int64_t ticket, const char *queue);
void call(int64_t ms, int64_t ticket, int64_t window);
void happens(int64_t ms, enum event_type type, int64_t ticket);
void transfer(int64_t ms, int64_t ticket, const char *to);
const struct measure_figures *find(const struct measure_report *report, enum measure_kind kind,
				   int64_t key);
void set_clock(int64_t ms, int64_t step_ms);
void resume(int64_t ms, int64_t ticket, const char *queue);
void close_day(int64_t ms, int64_t date);
