/* What the reports need of one opening of a service day, in parts: made by the ledger from its
 * events, kept by the store, added up by reports and comparisons. The encoding is not a format for
 * others: digest_maker.version changes with it. */
#pragma once

#include "src/measure/report.h"
#include "src/store/store.h"

enum digest_part {
	PART_DAY = 0,	 /* counts of all legs, visits, their histograms, findings, order of calls */
	PART_HOUR,	 /* 1 to 6: groups of legs, one for each key */
	PART_QUEUE,
	PART_WINDOW,
	PART_CLERK,
	PART_ITEM,
	PART_DEPARTMENT,
	PART_CELLS,	 /* known visits by department x kind of queue x hour */
	PART_CASES,	 /* case references seen: by tickets, by online filings */
	PART_ISSUED_IN,	 /* known visits by the queue of issue, for control queues */
	PART_COUNT
};

extern const struct store_digest digest_maker;
