/* Days that were simulated, told from those of a hall by the process that wrote them. */
#include "src/measure/origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/digest.h"
#include "src/measure/grow.h"

struct reading {
	struct origin origin;
	struct origin_days days;
	uint64_t last_seq;
};

int origin_take(struct origin *origin, const struct event *event)
{
	bool simulated = !strcmp(event->by, EVENT_BY_SIMULATION);
	struct origin_part *parts;

	if (event->type != EVENT_DAEMON_STARTED ||
	    simulated == (origin->count && origin->parts[origin->count - 1].simulated))
		return 0;
	parts = list_grow(origin->parts, &origin->capacity, origin->count, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	origin->parts = parts;
	parts[origin->count++] = (struct origin_part){event->seq, simulated};
	return 0;
}

bool origin_is_simulated(const struct origin *origin, uint64_t seq)
{
	bool simulated = false;

	for (size_t i = 0; i < origin->count && origin->parts[i].from <= seq; i++)
		simulated = origin->parts[i].simulated;
	return simulated;
}

void origin_add_day(struct origin_days *days, int64_t date)
{
	if (days->days && days->last == date)
		return;
	if (!days->days++)
		days->first = date;
	days->last = date;
}

static int take_definition(void *user, const struct store_row *row)
{
	struct reading *reading = user;

	return origin_take(&reading->origin, &row->event);
}

static int take_day(void *user, const struct store_day *day)
{
	struct reading *reading = user;

	if (day->last_seq <= reading->last_seq &&
	    origin_is_simulated(&reading->origin, day->last_seq))
		origin_add_day(&reading->days, day->date);
	return 0;
}

int origin_read(struct store_reader *reader, int64_t from, int64_t to, uint64_t last_seq,
		struct origin_days *ret_days)
{
	const struct store_days_query query = {.from = from, .to = to, .digest = &digest_maker};
	struct reading reading = {.last_seq = last_seq};
	int r = store_reader_context(reader, 1, last_seq, take_definition, &reading);

	if (r == 0)
		r = store_reader_days(reader, &query, take_day, &reading);
	origin_finish(&reading.origin);
	if (r == 0)
		*ret_days = reading.days;
	return r;
}

void origin_finish(struct origin *origin)
{
	free(origin->parts);
	*origin = (struct origin){0};
}
