/* A baseline: a period of closed days, frozen by name and hash in the chain of events.
 * docs/measurement.md, "Comparing two periods". */
#pragma once

#include "src/core/event.h"
#include "src/store/store.h"

enum { BASELINE_MAX_PARTS = 60, BASELINE_DATE_SIZE = 16 };

/* "2026-11-24" of yyyymmdd. */
const char *baseline_date(int64_t date, char ret[BASELINE_DATE_SIZE]);

struct baseline_request {
	char name[CORE_ID_SIZE];
	int64_t from, to;				     /* service days yyyymmdd, inclusive */
	char control[CORE_MAX_WINDOW_QUEUES * CORE_ID_SIZE]; /* queue ids, "," between; "" none */
	/* Asked before each day; false: it is given up, -ECANCELED. May be NULL. */
	bool (*go_on)(void *user);
	void *user;
};

/* What freezing writes. */
struct baseline_facts {
	struct event_baseline_frozen frozen;
	struct event_baseline_part *parts; /* frozen.parts of them */
};

/* Reads the days, hashes their rows, lists windows and items. For a worker: it takes long. Errors
 * with a sentence in both languages: -EINVAL the name is none, or the dates; -ENOENT no closed day
 * in the range, or a control queue that the log does not know; -EBUSY: a day of the range is not
 * closed yet; else as store_reader_each(). */
__attribute__((warn_unused_result)) int baseline_compute(struct store_reader *reader,
							 const struct baseline_request *request,
							 struct baseline_facts *ret,
							 char ret_error[STORE_ERROR_SIZE]);
void baseline_facts_finish(struct baseline_facts *facts);

typedef int (*baseline_fn)(void *user, const struct event *frozen);
/* Every baseline of the log, in the order of freezing. */
__attribute__((warn_unused_result)) int baseline_each(struct store_reader *reader, baseline_fn fn,
						      void *user);
/* The one of that name, with its parts. -ENOENT. */
__attribute__((warn_unused_result)) int baseline_find(struct store_reader *reader, const char *name,
						      struct baseline_facts *ret);

/* Reads the baseline's rows again, on as many threads as there are processors. 0: they are those
 * that were frozen. -EBADMSG: they are not; the sentence names the first day that differs, if the
 * kept days can tell, or says what else is wrong. path: the log's. ret_kept: what is kept of its
 * days is what was frozen, or of another version, of which nothing can be told; where it is not,
 * only the events can be compared with. */
__attribute__((warn_unused_result)) int baseline_check(const char *path,
						       const struct event_baseline_frozen *frozen,
						       bool *ret_kept,
						       char ret_error[STORE_ERROR_SIZE]);
