#include "tests/unit/measure/stream.h"

#include <errno.h>
#include <stdlib.h>

#include "src/measure/collect.h"
#include "src/measure/digest.h"

struct stream {
	struct measure_options options;
	struct collect *collect;
	void *maker;
	struct store_day day, last;
};

int stream_create(struct stream **ret_stream, const struct measure_options *options)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int r = stream ? collect_create(&stream->collect, options) : -ENOMEM;

	if (r == 0)
		r = digest_maker.create(&stream->maker);
	if (r < 0) {
		stream_destroy(stream);
		return r;
	}
	stream->options = *options;
	stream->day.open = true;
	*ret_stream = stream;
	return 0;
}

void stream_destroy(struct stream *stream)
{
	if (!stream)
		return;
	collect_destroy(stream->collect);
	digest_maker.destroy(stream->maker);
	free(stream);
}

static int cut(struct stream *stream)
{
	const struct measure_options *options = &stream->options;
	struct store_day day = stream->day;
	int r = digest_maker.cut(stream->maker, day.parts);

	stream->day = (struct store_day){.open = true};
	stream->last = day;
	if (r < 0 || !day.date || (options->from && day.date < options->from) ||
	    (options->to && day.date > options->to))
		return r;
	return collect_day(stream->collect, &day);
}

int stream_event(struct stream *stream, const struct event *event)
{
	int r = digest_maker.event(stream->maker, event);

	if (r == 0)
		r = collect_define(stream->collect, event);
	if (event->type == EVENT_DAY_OPENED)
		stream->day.date = event->u.day_opened.date;
	if (r < 0 || event->type != EVENT_DAY_CLOSED)
		return r;
	stream->day.open = false;
	return cut(stream);
}

const struct store_day *stream_day(const struct stream *stream)
{
	return &stream->last;
}

int stream_finish(struct stream *stream, struct measure_report *ret_report)
{
	int r = cut(stream);

	return r < 0 ? r : collect_finish(stream->collect, ret_report);
}
