/* How long people waited: the events of a log in, figures by day, hour, queue and window out.
 * The definitions are those of docs/measurement.md; two programs that follow it get equal numbers.
 */
#pragma once

#include "src/core/event.h"

enum measure_kind {
	MEASURE_ALL,
	MEASURE_DAY,
	MEASURE_HOUR,
	MEASURE_QUEUE,
	MEASURE_WINDOW,
	MEASURE_KIND_COUNT
};

/* Offered waits of legs: first call - leg start. All counts are legs but for issued. */
struct measure_figures {
	int64_t issued; /* tickets whose first leg is here; of a window: 0 */
	int64_t legs;	/* stays in a queue that began here; of a window: called here */
	int64_t called; /* with a known wait: the n of mean, quantiles and maximum */
	int64_t served; /* services finished */
	int64_t no_show;
	int64_t waiting;   /* uncalled at the log's newest event, the day still open */
	int64_t cancelled; /* before their first call */
	int64_t uncalled;  /* when the day closed */
	int64_t moved;	   /* transferred before their first call */
	int64_t excluded;  /* called, but the wait is unknown (reboot with a step of the clock) */
	int64_t sum_ms, max_ms;
	int64_t p50_s, p90_s, p95_s; /* nearest rank, whole seconds; -1 without observations */
	int64_t within, decided;     /* share within target = within / decided */
	int64_t undecided;	     /* uncalled and younger than the target: in neither */
};

struct measure_group {
	enum measure_kind kind;
	int64_t key;	       /* yyyymmdd, hour, window number; queue: its ordinal */
	char id[CORE_ID_SIZE]; /* queue's id, else "" */
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	struct measure_figures figures;
};

/* Per visit, up to the first call in a work leg. */
struct measure_visits {
	int64_t n;
	int64_t total_sum_ms;  /* the headline: waits of all legs, services between them left out */
	int64_t window_sum_ms; /* first issue to first call in a work leg */
	int64_t total_p50_s, total_p90_s, total_p95_s, total_max_ms;
};

/* In which order tickets were called, and how often the rules of the line (docs/rules.md) stepped
 * in: all ticket-called events of the days. */
struct measure_order {
	int64_t reasons[CALL_REASON_COUNT]; /* calls, by enum call_reason */
	int64_t out_of_order;		    /* calls that passed over somebody */
	int64_t overtakings, most;	    /* those passed over: in all, and by one call */
};

struct measure_report {
	int64_t days; /* opened in the range */
	int64_t target_ms;
	int64_t as_of_wall_ms; /* of the newest event */
	int32_t as_of_offset_min;
	uint64_t as_of_seq;
	struct event_hall_defined hall;
	struct measure_visits visits;
	struct measure_order order;
	struct measure_group *groups; /* all, days, hours, queues, windows, each in rising order */
	size_t group_count;
};

struct measure;

struct measure_options {
	int64_t from, to;  /* service days yyyymmdd, inclusive; 0 unbounded */
	int64_t target_ms; /* 0: the hall's own */
};

__attribute__((warn_unused_result)) int measure_create(struct measure **ret_measure,
						       const struct measure_options *options);
void measure_destroy(struct measure *measure);
/* The log's events from the first, in order. -ENOMEM, -EPROTO an event that does not fit. */
__attribute__((warn_unused_result)) int measure_event(struct measure *measure,
						      const struct event *event);
/* After the last event. The report's groups belong to the measure. -ENOMEM. */
__attribute__((warn_unused_result)) int measure_finish(struct measure *measure,
						       struct measure_report *ret_report);
