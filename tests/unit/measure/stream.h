/* A report from events that a test makes, without a store: each opening goes through its digest's
 * bytes, as kept days do. Definitions come first. */
#pragma once

#include "src/measure/report.h"

struct stream;

int stream_create(struct stream **ret_stream, const struct measure_options *options);
void stream_destroy(struct stream *stream);
int stream_event(struct stream *stream, const struct event *event);
/* The opening that was cut last, with all its parts; until the next event. */
const struct store_day *stream_day(const struct stream *stream);
/* After the last event; once. The report belongs to the stream. */
int stream_finish(struct stream *stream, struct measure_report *ret_report);
