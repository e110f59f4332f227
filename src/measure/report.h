/* How long people waited: the digests of a log's days in, figures out. The definitions are those of
 * docs/measurement.md; two programs that follow it get equal numbers. */
#pragma once

#include "src/core/event.h"
#include "src/measure/histogram.h"
#include "src/measure/origin.h"
#include "src/store/store.h"

enum measure_kind {
	MEASURE_ALL,
	MEASURE_DAY,
	MEASURE_WEEKDAY, /* 1 Monday to 7 Sunday */
	MEASURE_HOUR,
	MEASURE_QUEUE,
	MEASURE_WINDOW,
	MEASURE_CLERK,
	MEASURE_ITEM,
	MEASURE_DEPARTMENT,
	MEASURE_KIND_COUNT
};

/* Offered waits of legs: first call - leg start. All counts are legs but for issued. */
struct measure_figures {
	int64_t issued; /* tickets whose first leg is here; of a window or clerk: 0 */
	int64_t legs;	/* stays in a queue that began here; of a window or clerk: called here */
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
	int64_t km_p50_s, km_p90_s;  /* Kaplan-Meier; -1 not reached */
};

struct measure_group {
	enum measure_kind kind;
	int64_t key; /* yyyymmdd, weekday, hour, window number; else its ordinal in this report */
	char id[CORE_NAME_SIZE]; /* of queue, clerk, item; department: its name; "" unknown */
	char zh[CORE_NAME_SIZE], en[CORE_NAME_SIZE];
	struct measure_figures figures;
	/* Of called legs, and of uncalled ones of known age at their end; the report's. */
	const struct histogram *waits, *ages;
};

/* Per visit, up to the first call in a work leg. */
struct measure_visits {
	int64_t n;	       /* known */
	int64_t total_sum_ms;  /* the headline: waits of all legs, services between them left out */
	int64_t window_sum_ms; /* first issue to first call in a work leg */
	int64_t total_p50_s, total_p90_s, total_p95_s, total_max_ms;
	int64_t excluded, censored, elsewhere;
	int64_t within, decided, undecided;
	int64_t km_p50_s, km_p90_s; /* -1 not reached */
};

/* In which order tickets were called, and how often the rules of the line (docs/rules.md) stepped
 * in: all ticket-called events of the days. */
struct measure_order {
	int64_t reasons[CALL_REASON_COUNT]; /* calls, by enum call_reason */
	int64_t out_of_order;		    /* calls that passed over somebody */
	int64_t overtakings, most;	    /* those passed over: in all, and by one call */
};

/* What is remarkable about the data; no figure depends on it. */
struct measure_findings {
	int64_t implied_finish, short_service, no_citizen, cancel_reissue, call_put_back;
	int64_t clock_steps, clock_step_max_ms; /* the greatest, by amount, with its sign */
	int64_t restarts, excluded, days_absent;
};

struct measure_report {
	int64_t days;		     /* opened in the range */
	int64_t first_day, last_day; /* of them, yyyymmdd; 0 none */
	int64_t target_ms;
	int64_t as_of_wall_ms; /* of the newest event */
	int32_t as_of_offset_min;
	uint64_t as_of_seq;
	uint64_t open_day; /* the date of the days that is open yet, 0 none */
	bool all_kept;	   /* no closed day was counted anew */
	bool simulated;	   /* some of its days are */
	struct origin_days simulated_days;
	struct event_hall_defined hall;
	struct measure_visits visits;
	struct measure_order order;
	struct measure_findings findings;
	int64_t recalls, recall_sum_ms; /* first calls that were recalled, delay of the last one */
	const struct measure_group *worst_queue; /* NULL none */
	struct measure_group *groups; /* kinds in the order above, each in rising order of key */
	size_t group_count;
};

struct measure_options {
	int64_t from, to;  /* service days yyyymmdd, inclusive; 0 unbounded */
	uint64_t last_seq; /* of a baseline: a later opening is none of its; 0: all are */
	int64_t target_ms; /* whole seconds; 0: the hall's own */
	uint32_t kinds;	   /* bit 1 << MEASURE_...: wanted; 0: all */
	bool recount;	   /* count the events, whatever is kept */
	bool closed;	   /* without the day that is open yet */
};

/* Reads the days, kept or counted anew; the report owns everything in it. -ENOMEM; -EBADMSG,
 * -EPROTO and -ENOTSUP of a log that is damaged or newer (store_reader_detail()); -EINVAL: a target
 * that is no whole second. */
__attribute__((warn_unused_result)) int measure_read(struct store_reader *reader,
						     const struct measure_options *options,
						     struct measure_report **ret_report);
void measure_report_free(struct measure_report *report);
