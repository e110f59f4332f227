/* The list of the definitions: which events say what all later days need to know, who is who and
 * which baselines there are. Derived; where it is not whole the log itself is gone through. */
#include <errno.h>
#include <inttypes.h>

#include "src/store/private.h"

bool store_is_context(enum event_type type)
{
	return (type >= EVENT_DAEMON_STARTED && type <= EVENT_LOG_RESTORED) ||
	       type == EVENT_BASELINE_FROZEN || type == EVENT_BASELINE_PART;
}

bool store_has_context(sqlite3 *db)
{
	return store_has_row(db, "SELECT 1 FROM projection WHERE name = 'context' AND version = 1");
}

int store_context_add(struct store *store, uint64_t seq)
{
	sqlite3_stmt *insert = NULL;
	int r = sqlite3_prepare_v2(store->db, "INSERT OR IGNORE INTO context VALUES(?)", -1,
				   &insert, NULL);

	if (r == SQLITE_OK) {
		sqlite3_bind_int64(insert, 1, (int64_t)seq);
		r = sqlite3_step(insert);
		r = r == SQLITE_DONE ? SQLITE_OK : r;
	}
	sqlite3_finalize(insert);
	return r;
}

#define COLUMNS_FROM_LIST "WHERE seq IN (SELECT seq FROM context WHERE seq BETWEEN ?1 AND ?2) "
#define COLUMNS_FROM_ALL  "WHERE seq BETWEEN ?1 AND ?2 AND " STORE_CONTEXT_TYPES " "

/* A definition that is listed and is not there: the log has a hole. */
static int find_hole(struct store_reader *reader, uint64_t from, uint64_t to)
{
	sqlite3_stmt *statement = NULL;
	int step = sqlite3_prepare_v2(reader->db,
				      "SELECT seq FROM context WHERE seq BETWEEN ?1 AND ?2 AND "
				      "seq NOT IN (SELECT seq FROM event WHERE seq IN (SELECT seq "
				      "FROM context WHERE seq BETWEEN ?1 AND ?2)) LIMIT 1",
				      -1, &statement, NULL);
	int r;

	if (step == SQLITE_OK) {
		sqlite3_bind_int64(statement, 1, (int64_t)from);
		sqlite3_bind_int64(statement, 2, (int64_t)to);
		step = sqlite3_step(statement);
	}
	r = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : store_reader_failed(reader, step);
	if (step == SQLITE_ROW) {
		store_say(reader->detail, "event %" PRIu64 ": is missing",
			  (uint64_t)sqlite3_column_int64(statement, 0));
		r = -EBADMSG;
	}
	sqlite3_finalize(statement);
	return r;
}

/* At most STORE_READ_ROWS rows of the list, or of the log. *from moves on. */
static int read_context(struct store_reader *reader, uint64_t *from, uint64_t to, store_row_fn fn,
			void *user)
{
	sqlite3_stmt *statement = NULL;
	bool listed = store_has_context(reader->db);
	uint64_t end = listed || to - *from < STORE_READ_ROWS ? to : *from + STORE_READ_ROWS - 1;
	uint64_t begin = *from;
	int rows = 0;
	int step = store_prepare_rows(reader->db,
				      listed ? COLUMNS_FROM_LIST "ORDER BY seq LIMIT 10000"
					     : COLUMNS_FROM_ALL "ORDER BY seq LIMIT 10000",
				      &statement);
	int r = step == SQLITE_OK ? 0 : store_reader_failed(reader, step);

	if (r == 0) {
		sqlite3_bind_int64(statement, 1, (int64_t)*from);
		sqlite3_bind_int64(statement, 2, (int64_t)end);
	}
	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct store_row row;

		rows++;
		*from = (uint64_t)sqlite3_column_int64(statement, 0) + 1;
		r = store_row_read(statement, &row, NULL, NULL, reader->detail);
		if (r == 0)
			r = fn(user, &row);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = store_reader_failed(reader, step);
	sqlite3_finalize(statement);
	if (rows < STORE_READ_ROWS)
		*from = end + 1;
	return r == 0 && listed ? find_hole(reader, begin, *from - 1) : r;
}

int store_reader_context(struct store_reader *reader, uint64_t from, uint64_t to, store_row_fn fn,
			 void *user)
{
	uint64_t last = 0;
	int r;

	reader->detail[0] = '\0';
	r = store_reader_last_seq(reader, &last);
	if (to > last)
		to = last;
	if (!from)
		from = 1;
	while (r == 0 && from <= to) {
		/* the list and whether it is whole belong together */
		r = store_reader_execute(reader, "BEGIN");
		if (r == 0)
			r = read_context(reader, &from, to, fn, user);
		sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL);
	}
	return r;
}
