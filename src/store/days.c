/* The days of a log for whoever adds them up: those that are kept are read without a look at their
 * events; the others, and the one that is open, are counted in one pass. What is seen is the log as
 * it was at one moment, whatever the daemon writes meanwhile: its openings up to one event. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/store/private.h"

/* One opening of a service day. */
struct opening {
	uint64_t opened;      /* its day-opened */
	uint64_t first, last; /* its rows, 0: not known yet */
	int64_t date;	      /* 0: not known yet */
	bool kept;	      /* when the list was made */
};

struct days {
	struct store_reader *reader;
	const struct store_days_query *query;
	bool missing_only;
	bool (*go_on)(void *user);
	store_day_fn fn;
	void *user;
	uint64_t end; /* the newest event that is seen */
	struct opening *list;
	size_t count, capacity;
	/* counting */
	struct store_count counting;
	bool counts;
	uint64_t fed; /* what the maker knows of */
	/* of a kept day */
	sqlite3_stmt *day, *parts;
	uint8_t *bytes;
	size_t capacity_bytes;
};

/* ---- the list of openings ---- */

static int add_opening(struct days *days, uint64_t opened)
{
	if (days->count == days->capacity) {
		size_t capacity = days->capacity ? 2 * days->capacity : 256;
		struct opening *list = realloc(days->list, capacity * sizeof(*list));

		if (!list)
			return -ENOMEM;
		days->list = list;
		days->capacity = capacity;
	}
	days->list[days->count++] = (struct opening){.opened = opened};
	return 0;
}

static int list_opened(struct days *days)
{
	sqlite3_stmt *statement = NULL;
	int step = sqlite3_prepare_v2(days->reader->db,
				      "SELECT seq FROM event WHERE type = 10 ORDER BY seq", -1,
				      &statement, NULL);
	int r = step == SQLITE_OK ? 0 : store_reader_failed(days->reader, step);

	if (r == 0)
		r = store_reader_last_seq(days->reader, &days->end);
	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW)
		r = add_opening(days, (uint64_t)sqlite3_column_int64(statement, 0));
	if (r == 0 && step != SQLITE_DONE)
		r = store_reader_failed(days->reader, step);
	sqlite3_finalize(statement);
	return r;
}

/* The opening that a kept row can be of: it alone was opened between first and last. */
static struct opening *opening_of(struct days *days, uint64_t first, uint64_t last, size_t *at)
{
	while (*at < days->count && days->list[*at].opened < first)
		++*at;
	if (*at == days->count || days->list[*at].opened > last || last > days->end ||
	    (*at && days->list[*at - 1].opened >= first) ||
	    (*at + 1 < days->count && days->list[*at + 1].opened <= last))
		return NULL;
	return &days->list[*at];
}

/* Without parts the digest is of no interest, nor its version. */
static bool is_current(const struct days *days, int64_t version)
{
	return !days->query->parts || version == days->query->digest->version;
}

static int list_kept(struct days *days)
{
	sqlite3_stmt *statement = NULL;
	size_t at = 0;
	int step = sqlite3_prepare_v2(
		days->reader->db,
		"SELECT first_seq, last_seq, version FROM kept_day ORDER BY first_seq", -1,
		&statement, NULL);
	int r = step == SQLITE_OK ? 0 : store_reader_failed(days->reader, step);

	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		uint64_t first = (uint64_t)sqlite3_column_int64(statement, 0);
		uint64_t last = (uint64_t)sqlite3_column_int64(statement, 1);
		struct opening *opening = opening_of(days, first, last, &at);

		if (!opening)
			continue;
		opening->first = first;
		opening->last = last;
		opening->kept = is_current(days, sqlite3_column_int64(statement, 2));
	}
	if (r == 0 && step != SQLITE_DONE)
		r = store_reader_failed(days->reader, step);
	sqlite3_finalize(statement);
	return r;
}

/* No event lies between two openings: what is kept of a day whose opening is not there must not be
 * passed over in silence. */
static int check_kept(struct days *days)
{
	for (size_t i = 1; i < days->count; i++) {
		uint64_t last = days->list[i - 1].last;

		if (!last || !days->list[i].first || days->list[i].first == last + 1)
			continue;
		store_say(days->reader->detail,
			  "event %" PRIu64 ": no day was opened for it, or what is kept of it is "
			  "another log's",
			  last + 1);
		return -EBADMSG;
	}
	return 0;
}

static int list_openings(struct days *days)
{
	int r = store_reader_execute(days->reader, "BEGIN");

	if (r < 0)
		return r;
	r = list_opened(days);
	if (r == 0 && !days->query->recount && store_has_kept(days->reader->db))
		r = list_kept(days);
	if (r == 0)
		r = check_kept(days);
	sqlite3_exec(days->reader->db, "COMMIT", NULL, NULL, NULL);
	return r;
}

static int take_date(void *user, const struct store_row *row)
{
	*(int64_t *)user = row->event.u.day_opened.date;
	return 0;
}

/* As its event says: the date that is kept beside it is for those who read the table. */
static int find_date(struct days *days, struct opening *opening)
{
	return opening->date ? 0
			     : store_reader_each(days->reader, opening->opened, opening->opened,
						 take_date, &opening->date);
}

/* The newest day-closed of from..to, from behind; 0 none. */
static int find_close(struct days *days, uint64_t from, uint64_t to, uint64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int step = sqlite3_prepare_v2(days->reader->db,
				      "SELECT seq FROM event WHERE seq BETWEEN ?1 AND ?2 AND "
				      "type = 11 ORDER BY seq DESC LIMIT 1",
				      -1, &statement, NULL);
	int r = step == SQLITE_OK ? 0 : store_reader_failed(days->reader, step);

	*ret = 0;
	while (r == 0 && !*ret && from <= to) {
		uint64_t begin = to - from < STORE_READ_ROWS ? from : to - STORE_READ_ROWS + 1;

		sqlite3_bind_int64(statement, 1, (int64_t)begin);
		sqlite3_bind_int64(statement, 2, (int64_t)to);
		step = sqlite3_step(statement);
		if (step == SQLITE_ROW)
			*ret = (uint64_t)sqlite3_column_int64(statement, 0);
		else if (step != SQLITE_DONE)
			r = store_reader_failed(days->reader, step);
		sqlite3_reset(statement);
		to = begin - 1;
	}
	sqlite3_finalize(statement);
	return r;
}

/* The last row that can be of it: the next opening begins behind it, or the log ends. */
static uint64_t limit_of(const struct days *days, size_t at)
{
	return at + 1 < days->count ? days->list[at + 1].opened - 1 : days->end;
}

/* An opening begins behind the close of the one before it. */
static int find_first(struct days *days, size_t at)
{
	struct opening *opening = &days->list[at];
	struct opening *before = at ? &days->list[at - 1] : NULL;
	int r = 0;

	if (opening->first)
		return 0;
	if (before && !before->last)
		r = find_close(days, before->opened + 1, opening->opened - 1, &before->last);
	if (r == 0 && before && !before->last) {
		store_say(days->reader->detail,
			  "event %" PRIu64 ": opens a day, and the one before was not closed",
			  opening->opened);
		r = -EBADMSG;
	}
	if (r == 0)
		opening->first = before ? before->last + 1 : 1;
	return r;
}

/* ---- kept days ---- */

static int prepare_kept(struct days *days)
{
	static const char day[] = "SELECT last_seq, date, version, rows FROM kept_day "
				  "WHERE first_seq = ?1";
	static const char parts[] = "SELECT part, bytes FROM kept_part WHERE first_seq = ?1";
	int result = SQLITE_OK;

	if (!days->day)
		result = sqlite3_prepare_v2(days->reader->db, day, -1, &days->day, NULL);
	if (result == SQLITE_OK && !days->parts)
		result = sqlite3_prepare_v2(days->reader->db, parts, -1, &days->parts, NULL);
	return result == SQLITE_OK ? 0 : store_reader_failed(days->reader, result);
}

/* Room for size bytes behind `used`. */
static int make_room(struct days *days, size_t used, size_t size)
{
	size_t capacity = days->capacity_bytes ? days->capacity_bytes : 65536;
	uint8_t *bytes;

	while (capacity < used + size)
		capacity *= 2;
	if (capacity == days->capacity_bytes)
		return 0;
	bytes = realloc(days->bytes, capacity);
	if (!bytes)
		return -ENOMEM;
	days->bytes = bytes;
	days->capacity_bytes = capacity;
	return 0;
}

/* Copies: whoever adds them up must not hold a transaction meanwhile. */
static int read_parts(struct days *days, struct store_day *day)
{
	size_t offsets[STORE_DIGEST_PARTS] = {0}, used = 0;
	int step, r = 0;

	sqlite3_bind_int64(days->parts, 1, (int64_t)day->first_seq);
	while (r == 0 && (step = sqlite3_step(days->parts)) == SQLITE_ROW) {
		int64_t part = sqlite3_column_int64(days->parts, 0);
		const void *bytes;
		size_t size;

		if (part < 0 || part >= STORE_DIGEST_PARTS ||
		    !(days->query->parts & (UINT32_C(1) << part)))
			continue;
		bytes = sqlite3_column_blob(days->parts, 1);
		size = (size_t)sqlite3_column_bytes(days->parts, 1);
		r = bytes ? make_room(days, used, size) : 0;
		if (r < 0 || !bytes)
			continue;
		memcpy(days->bytes + used, bytes, size);
		offsets[part] = used;
		day->parts[part].size = size;
		used += size;
	}
	if (r == 0 && step != SQLITE_DONE)
		r = store_reader_failed(days->reader, step);
	sqlite3_reset(days->parts);
	for (int part = 0; part < STORE_DIGEST_PARTS; part++)
		if (day->parts[part].size)
			day->parts[part].bytes = days->bytes + offsets[part];
	return r;
}

/* 1: read; 0: it is not there any more as it was listed. */
static int read_kept(struct days *days, const struct opening *opening, struct store_day *ret)
{
	struct store_day day = {.date = opening->date,
				.first_seq = opening->first,
				.last_seq = opening->last,
				.kept = true};
	int step, found = 0, r = prepare_kept(days);

	if (r == 0)
		r = store_reader_execute(days->reader, "BEGIN");
	if (r < 0)
		return r;
	sqlite3_bind_int64(days->day, 1, (int64_t)day.first_seq);
	step = sqlite3_step(days->day);
	if (step == SQLITE_ROW && (uint64_t)sqlite3_column_int64(days->day, 0) == day.last_seq &&
	    is_current(days, sqlite3_column_int64(days->day, 2)) &&
	    sqlite3_column_bytes(days->day, 3) == STORE_HASH_SIZE) {
		memcpy(day.rows, sqlite3_column_blob(days->day, 3), STORE_HASH_SIZE);
		found = 1;
	} else if (step != SQLITE_ROW && step != SQLITE_DONE) {
		r = store_reader_failed(days->reader, step);
	}
	sqlite3_reset(days->day);
	if (found && days->query->parts)
		r = read_parts(days, &day);
	sqlite3_exec(days->reader->db, "COMMIT", NULL, NULL, NULL);
	if (r == 0 && found)
		*ret = day;
	return r < 0 ? r : found;
}

/* ---- counting ---- */

static int fit(struct store_reader *reader, uint64_t seq, int r)
{
	if (r == -EBADMSG || r == -EPROTO)
		store_say(reader->detail, "event %" PRIu64 ": does not fit those before it", seq);
	return r;
}

static int feed_definition(void *user, const struct store_row *row)
{
	struct days *days = user;
	const struct store_digest *digest = days->counting.digest;

	if (row->event.type >= EVENT_DAY_OPENED)
		return 0; /* a baseline */
	return fit(days->reader, row->event.seq, digest->event(days->counting.maker, &row->event));
}

enum { CLOSED = 1 };

static int count_row(void *user, const struct store_raw *raw)
{
	struct days *days = user;
	struct event event;
	int r = 0;

	if (days->counting.digest)
		r = store_raw_decode(raw, &event, days->reader->detail);
	if (r == 0)
		r = fit(days->reader, raw->seq,
			store_count_row(&days->counting, raw,
					days->counting.digest ? &event : NULL));
	if (r == 0 && raw->seq % STORE_READ_ROWS == 0 && days->go_on && !days->go_on(days->user))
		r = -ECANCELED;
	return r == 0 && raw->type == EVENT_DAY_CLOSED ? CLOSED : r;
}

static int begin_counting(struct days *days)
{
	int r = 0;

	if (!days->counts)
		r = store_count_begin(&days->counting,
				      days->query->parts ? days->query->digest : NULL);
	days->counts = r == 0;
	return r;
}

static int count_opening(struct days *days, size_t at)
{
	struct opening *opening = &days->list[at];
	struct store_day *day = &days->counting.day;
	int r = begin_counting(days);

	if (r == 0)
		r = find_first(days, at);
	if (r == 0 && days->counting.digest && days->fed + 1 < opening->first)
		r = store_reader_context(days->reader, days->fed + 1, opening->first - 1,
					 feed_definition, days);
	day->first_seq = 0;
	if (r == 0)
		r = store_reader_bytes(days->reader, opening->first, limit_of(days, at), count_row,
				       days);
	if (r < 0)
		return r;
	day->date = opening->date;
	days->fed = day->last_seq;
	opening->last = r == CLOSED ? day->last_seq : 0;
	r = store_count_cut(&days->counting, r != CLOSED);
	for (int part = 0; part < STORE_DIGEST_PARTS; part++)
		if (!(days->query->parts & (UINT32_C(1) << part)))
			day->parts[part] = (struct store_part){0};
	return r == 0 ? days->fn(days->user, day) : r;
}

static bool is_asked(const struct days *days, const struct opening *opening)
{
	const struct store_days_query *query = days->query;

	return (!query->from || opening->date >= query->from) &&
	       (!query->to || opening->date <= query->to);
}

static int give(struct days *days, size_t at)
{
	struct opening *opening = &days->list[at];
	struct store_day day;
	int r = find_date(days, opening);

	if (r < 0 || !is_asked(days, opening))
		return r;
	if (opening->kept) {
		if (days->missing_only)
			return 0;
		r = read_kept(days, opening, &day);
		if (r < 0)
			return r;
		if (r)
			return days->fn(days->user, &day);
	} else if (days->missing_only && at + 1 == days->count) {
		r = find_close(days, opening->opened + 1, days->end, &opening->last);
		if (r < 0 || !opening->last)
			return r;
	}
	return count_opening(days, at);
}

static int pass_over(void *user, const struct store_raw *raw)
{
	(void)user, (void)raw;
	return 0;
}

/* Behind the last opening that was closed lies next to nothing; unless another one's day-opened was
 * taken out of the log. */
static int check_tail(struct days *days)
{
	uint64_t last = days->count ? days->list[days->count - 1].last : 0;

	if ((days->count && !last) || days->missing_only || last == days->end)
		return 0;
	return store_reader_bytes(days->reader, last + 1, days->end, pass_over, NULL);
}

static int walk(struct days *days)
{
	int r = list_openings(days);

	for (size_t i = 0; r == 0 && i < days->count; i++)
		r = give(days, i);
	if (r == 0)
		r = check_tail(days);
	if (days->counts)
		store_count_finish(&days->counting);
	sqlite3_finalize(days->day);
	sqlite3_finalize(days->parts);
	free(days->bytes);
	free(days->list);
	return r;
}

int store_reader_days(struct store_reader *reader, const struct store_days_query *query,
		      store_day_fn fn, void *user)
{
	struct days days = {.reader = reader, .query = query, .fn = fn, .user = user};

	if (query->parts && !query->digest)
		return -EINVAL;
	reader->detail[0] = '\0';
	return walk(&days);
}

int store_reader_missing(struct store_reader *reader, const struct store_digest *digest,
			 bool (*go_on)(void *user), store_day_fn fn, void *user)
{
	const struct store_days_query query = {.parts = (UINT32_C(1) << STORE_DIGEST_PARTS) - 1,
					       .digest = digest};
	struct days days = {.reader = reader,
			    .query = &query,
			    .missing_only = true,
			    .go_on = go_on,
			    .fn = fn,
			    .user = user};

	reader->detail[0] = '\0';
	return walk(&days);
}
