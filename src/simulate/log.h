/* Simulated days as an ordinary log, by the real hall and the store's own writer: whatever reads a
 * log reads it. */
#pragma once

#include <signal.h>

#include "src/simulate/simulate.h"
#include "src/store/store.h"

struct sim_log {
	const struct scenario *scenario; /* checked */
	uint64_t seed;
	uint32_t first, days; /* of the seed */
	const char *path;     /* not there: made, with a key beside it */
	const char *key_path; /* NULL: PATH with ".key" behind */
	/* Date of the first day, yyyymmdd; a Saturday or Sunday is the Monday behind it. 0: the
	 * working day behind the log's last, of a new log 2026-01-05. */
	int64_t from;
	bool expect; /* tickets are given an expected wait */
	/* Looked at between days; not zero: it ends there. NULL: nobody asks it to. */
	const volatile sig_atomic_t *stop;
};

struct sim_log_dates {
	int64_t first, last; /* yyyymmdd */
	uint32_t skipped;    /* working days between that began before all were served */
	bool begun;	     /* nothing was wrong before the first day */
	uint32_t written;    /* days: of a failure, those that are in the log */
};

/* Adds the days to *figures, too. A log that is there must be one of simulated days alone; its
 * queues, windows, items and clerks that the scenario has not are retired. Each day is written
 * whole or not at all; of a failure, too, *ret_dates says which were. *ret_error is a sentence in
 * Chinese and English, the store's own of its errors. -EINVAL: from is no date, or not behind the
 * log's last day; -EPERM: not a simulated log, or the hall refuses; -EOVERFLOW: no more dates;
 * -EINTR: stopped; those of store_open() and of the writer; -ENOMEM. Sets TZ for moments: no other
 * thread may ask for local times meanwhile. */
__attribute__((warn_unused_result)) int sim_log_write(const struct sim_log *log,
						      struct sim_figures *figures,
						      struct sim_log_dates *ret_dates,
						      char ret_error[STORE_ERROR_SIZE]);
