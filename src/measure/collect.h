/* Adding the digests of openings up to a report; inside src/measure. */
#pragma once

#include "src/measure/report.h"

struct collect;

__attribute__((warn_unused_result)) int collect_create(struct collect **ret_collect,
						       const struct measure_options *options);
void collect_destroy(struct collect *collect);
/* Definitions of the log, in order; other events are passed over. -ENOMEM. */
__attribute__((warn_unused_result)) int collect_define(struct collect *collect,
						       const struct event *event);
/* Bit i: part i of the digests is needed. */
uint32_t collect_parts(const struct collect *collect);
/* The openings in the order of the log. -ENOMEM, -EBADMSG. */
__attribute__((warn_unused_result)) int collect_day(struct collect *collect,
						    const struct store_day *day);
/* After the last one. The report's groups belong to the collect; as_of_... are the caller's to
 * fill. -ENOMEM, -EBADMSG. */
__attribute__((warn_unused_result)) int collect_finish(struct collect *collect,
						       struct measure_report *ret_report);
