/* Until the store keeps days: they are counted from the rows. */
#include <errno.h>

#include "src/measure/digest.h"

struct standin {
	const struct store_days_query *query;
	store_day_fn fn;
	void *user, *maker;
	struct store_day day;
};

static int give(struct standin *standin)
{
	const struct store_days_query *query = standin->query;
	struct store_day *day = &standin->day;
	int r = query->digest->cut(standin->maker, day->parts);
	bool wanted = day->date && (!query->from || day->date >= query->from) &&
		      (!query->to || day->date <= query->to);

	if (r == 0 && wanted)
		r = standin->fn(standin->user, day);
	*day = (struct store_day){.first_seq = day->last_seq + 1, .open = true};
	return r;
}

static int take(void *user, const struct store_row *row)
{
	struct standin *standin = user;
	int r = standin->query->digest->event(standin->maker, &row->event);

	standin->day.last_seq = row->event.seq;
	if (row->event.type == EVENT_DAY_OPENED)
		standin->day.date = row->event.u.day_opened.date;
	if (r < 0 || row->event.type != EVENT_DAY_CLOSED)
		return r;
	standin->day.open = false;
	return give(standin);
}

int store_reader_days(struct store_reader *reader, const struct store_days_query *query,
		      store_day_fn fn, void *user)
{
	struct standin standin = {.query = query, .fn = fn, .user = user, .day.open = true};
	int r = query->digest->create(&standin.maker);

	if (r == 0)
		r = store_reader_each(reader, 1, UINT64_MAX, take, &standin);
	if (r == 0 && standin.day.date)
		r = give(&standin);
	query->digest->destroy(standin.maker);
	return r;
}

struct definitions {
	store_row_fn fn;
	void *user;
};

static int take_definition(void *user, const struct store_row *row)
{
	const struct definitions *definitions = user;

	return row->event.type <= 8 ? definitions->fn(definitions->user, row) : 0;
}

int store_reader_context(struct store_reader *reader, uint64_t from, uint64_t to, store_row_fn fn,
			 void *user)
{
	struct definitions definitions = {fn, user};

	return store_reader_each(reader, from, to, take_definition, &definitions);
}
