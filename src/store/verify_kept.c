/* The check of what is kept of closed days, beside the walk over all events: each kept day against
 * what its events lead to, and the list of definitions. A day that is not kept is none of its
 * concern: the events are all there is to it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/store/private.h"

#define ANEW "; the events are good so far: `onewindow log rebuild` makes it anew"

static int bad(struct store_kept_check *check, uint64_t seq, int64_t date, const char *what)
{
	check->bad_seq = seq;
	if (date)
		store_say(check->detail, "event %" PRIu64 ": the kept day %" PRId64 " %s" ANEW, seq,
			  date, what);
	else
		store_say(check->detail, "event %" PRIu64 ": %s" ANEW, seq, what);
	return -EBADMSG;
}

/* An SQLite result as errno; where it is an error its words are the detail. */
static int result_of(struct store_kept_check *check, int result)
{
	int r = store_errno(result);

	if (r < 0)
		store_say(check->detail, "what is kept of days: %s",
			  sqlite3_errmsg(check->reader->db));
	return r;
}

/* A statement with up to two numbers. */
static int ask(struct store_kept_check *check, const char *sql, uint64_t first, uint64_t second,
	       sqlite3_stmt **ret)
{
	int result = sqlite3_prepare_v2(check->reader->db, sql, -1, ret, NULL);

	if (result != SQLITE_OK)
		return result_of(check, result);
	if (sqlite3_bind_parameter_count(*ret) > 0)
		sqlite3_bind_int64(*ret, 1, (int64_t)first);
	if (sqlite3_bind_parameter_count(*ret) > 1)
		sqlite3_bind_int64(*ret, 2, (int64_t)second);
	return 0;
}

int store_kept_check_begin(struct store_kept_check *check, struct store_reader *reader,
			   const struct store_digest *digest)
{
	check->reader = reader;
	check->has_kept = store_has_kept(reader->db);
	check->has_context = check->has_kept && store_has_context(reader->db);
	check->begun = true;
	return store_count_begin(&check->count, digest);
}

void store_kept_check_finish(struct store_kept_check *check)
{
	if (check->begun)
		store_count_finish(&check->count);
	free(check->openings);
}

static int check_definition(struct store_kept_check *check, uint64_t seq)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_DONE;
	int r = ask(check, "SELECT 1 FROM context WHERE seq = ?1", seq, 0, &statement);

	check->definitions++;
	if (r == 0)
		step = sqlite3_step(statement);
	sqlite3_finalize(statement);
	if (r == 0 && step == SQLITE_DONE)
		return bad(check, seq, 0, "is missing in the list of definitions");
	return r < 0 ? r : result_of(check, step);
}

static int remember(struct store_kept_check *check, const struct store_day *day)
{
	if (check->opening_count == check->opening_capacity) {
		size_t capacity = check->opening_capacity ? 2 * check->opening_capacity : 256;
		struct store_span *openings =
			realloc(check->openings, capacity * sizeof(*openings));

		if (!openings)
			return -ENOMEM;
		check->openings = openings;
		check->opening_capacity = capacity;
	}
	check->openings[check->opening_count++] =
		(struct store_span){day->first_seq, day->last_seq};
	return 0;
}

/* Every part that the events lead to, and no other. */
static int compare_parts(struct store_kept_check *check, const struct store_day *day)
{
	sqlite3_stmt *statement = NULL;
	uint32_t seen = 0;
	int step = SQLITE_DONE;
	int r = ask(check, "SELECT part, bytes FROM kept_part WHERE first_seq = ?1", day->first_seq,
		    0, &statement);

	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		int64_t at = sqlite3_column_int64(statement, 0);
		const struct store_part *part =
			at >= 0 && at < STORE_DIGEST_PARTS ? &day->parts[at] : NULL;

		if (!part || !part->size ||
		    (size_t)sqlite3_column_bytes(statement, 1) != part->size ||
		    memcmp(sqlite3_column_blob(statement, 1), part->bytes, part->size) != 0)
			r = bad(check, day->last_seq, day->date,
				"has a digest that its events do not lead to");
		else
			seen |= UINT32_C(1) << at;
	}
	sqlite3_finalize(statement);
	if (r == 0 && step != SQLITE_DONE)
		r = result_of(check, step);
	for (int part = 0; r == 0 && part < STORE_DIGEST_PARTS; part++)
		if (day->parts[part].size && !(seen & (UINT32_C(1) << part)))
			r = bad(check, day->last_seq, day->date, "lacks a part of its digest");
	return r;
}

static int compare_day(struct store_kept_check *check, const struct store_day *day)
{
	sqlite3_stmt *statement = NULL;
	const char *wrong = NULL;
	bool current = false;
	int step = SQLITE_DONE;
	int r = ask(check,
		    "SELECT last_seq, date, version, rows FROM kept_day WHERE first_seq = ?1",
		    day->first_seq, 0, &statement);

	if (r == 0)
		step = sqlite3_step(statement);
	if (step == SQLITE_ROW) {
		if ((uint64_t)sqlite3_column_int64(statement, 0) != day->last_seq)
			wrong = "ends elsewhere than its events";
		else if (sqlite3_column_int64(statement, 1) != day->date)
			wrong = "has another date in its events";
		else if (sqlite3_column_bytes(statement, 3) != STORE_HASH_SIZE ||
			 memcmp(sqlite3_column_blob(statement, 3), day->rows, STORE_HASH_SIZE) != 0)
			wrong = "has a hash that is not that of its rows";
		current = check->count.digest &&
			  sqlite3_column_int64(statement, 2) == check->count.digest->version;
	} else if (r == 0) {
		r = result_of(check, step);
	}
	sqlite3_finalize(statement);
	if (r == 0 && wrong)
		return bad(check, day->last_seq, day->date, wrong);
	return r == 0 && current ? compare_parts(check, day) : r;
}

int store_kept_check_row(struct store_kept_check *check, const struct store_raw *raw,
			 const struct event *event)
{
	int r = 0;

	if (!check->has_kept)
		return 0;
	if (check->has_context && store_is_context(event->type))
		r = check_definition(check, event->seq);
	if (r == 0)
		r = store_count_row(&check->count, raw, event);
	if (r < 0 || event->type != EVENT_DAY_CLOSED)
		return r;
	r = store_count_cut(&check->count, false);
	if (r == 0)
		r = remember(check, &check->count.day);
	if (r == 0)
		r = compare_day(check, &check->count.day);
	check->count.day.first_seq = 0;
	return r;
}

static bool was_seen(const struct store_kept_check *check, uint64_t first, uint64_t last)
{
	size_t low = 0, high = check->opening_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (check->openings[middle].first < first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < check->opening_count && check->openings[low].first == first &&
	       check->openings[low].last == last;
}

/* Of days that were kept while the events were walked over nothing more is asked. */
static int check_days(struct store_kept_check *check, uint64_t last)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_DONE;
	int r = ask(check,
		    "SELECT first_seq, last_seq, date FROM kept_day WHERE last_seq <= ?1 OR "
		    "last_seq > (SELECT coalesce(max(seq), 0) FROM event) ORDER BY first_seq",
		    last, 0, &statement);

	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW)
		if (!was_seen(check, (uint64_t)sqlite3_column_int64(statement, 0),
			      (uint64_t)sqlite3_column_int64(statement, 1)))
			r = bad(check, (uint64_t)sqlite3_column_int64(statement, 1),
				sqlite3_column_int64(statement, 2),
				"is no day of the log: its events do not begin and end so");
	sqlite3_finalize(statement);
	return r == 0 && step != SQLITE_DONE ? result_of(check, step) : r;
}

static int check_orphans(struct store_kept_check *check)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_DONE;
	int r = ask(check,
		    "SELECT first_seq FROM kept_part WHERE first_seq NOT IN "
		    "(SELECT first_seq FROM kept_day) LIMIT 1",
		    0, 0, &statement);

	if (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW)
		r = bad(check, (uint64_t)sqlite3_column_int64(statement, 0), 0,
			"begins a day of which a digest is kept, but not the day");
	sqlite3_finalize(statement);
	return r == 0 && step != SQLITE_DONE ? result_of(check, step) : r;
}

static int check_list(struct store_kept_check *check, uint64_t last)
{
	sqlite3_stmt *statement = NULL;
	uint64_t listed = 0;
	int step = SQLITE_DONE;
	int r = ask(check, "SELECT count(*) FROM context WHERE seq <= ?1", last, 0, &statement);

	if (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW)
		listed = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	if (r == 0 && step != SQLITE_ROW)
		r = result_of(check, step);
	if (r == 0 && listed != check->definitions)
		r = bad(check, last, 0,
			"the list of definitions up to here names others besides them");
	return r;
}

int store_kept_check_end(struct store_kept_check *check, uint64_t last)
{
	int r = 0;

	if (!check->has_kept)
		return 0;
	r = check_days(check, last);
	if (r == 0)
		r = check_orphans(check);
	return r == 0 && check->has_context ? check_list(check, last) : r;
}
