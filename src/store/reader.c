/* Readers beside the writer: they cannot change the file, and they hold no transaction for long, so
 * that the writer's checkpoints get through. And the check of the whole chain, built on one. */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "src/store/private.h"

struct store_reader {
	sqlite3 *db;
};

int store_reader_open(struct store_reader **ret_reader, const char *path,
		      char ret_error[STORE_ERROR_SIZE])
{
	return store_reader_open_vfs(ret_reader, path, NULL, ret_error);
}

int store_reader_open_vfs(struct store_reader **ret_reader, const char *path, const char *vfs,
			  char ret_error[STORE_ERROR_SIZE])
{
	struct store_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader) {
		store_say(ret_error, "out of memory");
		return -ENOMEM;
	}
	r = sqlite3_open_v2(path, &reader->db, SQLITE_OPEN_READONLY, vfs);
	if (r == SQLITE_CANTOPEN) {
		store_say(ret_error, "there is no log %s that can be read", path);
		store_reader_close(reader);
		return -ENOENT;
	}
	if (r == SQLITE_OK) {
		sqlite3_db_config(reader->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		sqlite3_busy_timeout(reader->db, 5000);
		sqlite3_exec(reader->db, "PRAGMA query_only = 1; PRAGMA mmap_size = 0;", NULL, NULL,
			     NULL);
	}
	r = store_check_format(reader->db, path, ret_error);
	if (r < 0) {
		store_reader_close(reader);
		return r;
	}
	*ret_reader = reader;
	return 0;
}

void store_reader_close(struct store_reader *reader)
{
	if (!reader)
		return;
	sqlite3_close(reader->db);
	free(reader);
}

/* One transaction's worth of rows, told to fn with their payload bytes. */
typedef int (*raw_fn)(void *user, const struct store_row *row, const char *payload, size_t len,
		      sqlite3_stmt *statement);

static int each_some(struct store_reader *reader, uint64_t *from, uint64_t to, raw_fn fn,
		     void *user, bool *ret_more, char ret_error[STORE_ERROR_SIZE])
{
	sqlite3_stmt *statement = NULL;
	int step = sqlite3_prepare_v2(reader->db,
				      STORE_SELECT_ROWS
				      "WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ?3",
				      -1, &statement, NULL);
	int rows = 0, r = store_errno(step);

	if (step != SQLITE_OK) {
		store_say(ret_error, "%s", sqlite3_errmsg(reader->db));
		return r;
	}
	sqlite3_bind_int64(statement, 1, (int64_t)*from);
	sqlite3_bind_int64(statement, 2, to > INT64_MAX ? INT64_MAX : (int64_t)to);
	sqlite3_bind_int(statement, 3, STORE_READ_ROWS);
	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct store_row row;
		const char *payload;
		size_t len;

		rows++;
		*from = (uint64_t)sqlite3_column_int64(statement, 0) + 1;
		r = store_row_read(statement, &row, &payload, &len, ret_error);
		if (r == 0)
			r = fn(user, &row, payload, len, statement);
	}
	if (r == 0 && step != SQLITE_DONE) {
		store_say(ret_error, "%s", sqlite3_errmsg(reader->db));
		r = store_errno(step);
	}
	sqlite3_finalize(statement);
	*ret_more = rows == STORE_READ_ROWS;
	return r;
}

struct plain {
	store_row_fn fn;
	void *user;
};

static int give_row(void *user, const struct store_row *row, const char *payload, size_t len,
		    sqlite3_stmt *statement)
{
	struct plain *plain = user;

	(void)payload, (void)len, (void)statement;
	return plain->fn(plain->user, row);
}

int store_reader_each(struct store_reader *reader, uint64_t from, uint64_t to, store_row_fn fn,
		      void *user)
{
	struct plain plain = {.fn = fn, .user = user};
	char error[STORE_ERROR_SIZE];
	bool more = true;
	int r = 0;

	if (to > INT64_MAX)
		to = INT64_MAX; /* no event can have a larger number */
	while (r == 0 && more && from <= to)
		r = each_some(reader, &from, to, give_row, &plain, &more, error);
	return r;
}

static uint64_t query(struct store_reader *reader, const char *sql, int64_t parameter)
{
	sqlite3_stmt *statement = NULL;
	uint64_t value = 0;

	if (sqlite3_prepare_v2(reader->db, sql, -1, &statement, NULL) == SQLITE_OK) {
		if (sqlite3_bind_parameter_count(statement))
			sqlite3_bind_int64(statement, 1, parameter);
		if (sqlite3_step(statement) == SQLITE_ROW)
			value = (uint64_t)sqlite3_column_int64(statement, 0);
	}
	sqlite3_finalize(statement);
	return value;
}

int store_reader_find_day(struct store_reader *reader, int64_t date, uint64_t *ret_first,
			  uint64_t *ret_end)
{
	uint64_t first = query(reader,
			       "SELECT seq FROM event WHERE type = 10 AND "
			       "json_extract(payload, '$.date') = ?1 ORDER BY seq LIMIT 1",
			       date);
	uint64_t next = first ? query(reader,
				      "SELECT seq FROM event WHERE type = 10 AND seq > ?1 "
				      "ORDER BY seq LIMIT 1",
				      (int64_t)first)
			      : 0;

	*ret_first = first;
	*ret_end = next ? next - 1 : store_reader_last_seq(reader);
	return 0;
}

uint64_t store_reader_last_seq(struct store_reader *reader)
{
	return query(reader, "SELECT coalesce(max(seq), 0) FROM event", 0);
}

static int take_head(void *user, const struct store_row *row)
{
	struct store_head *head = user;

	head->seq = row->event.seq;
	memcpy(head->hash, row->hash, sizeof(head->hash));
	return 0;
}

int store_reader_head(struct store_reader *reader, struct store_head *ret)
{
	uint64_t last = store_reader_last_seq(reader);
	struct store_head head = {0};
	int r = last ? store_reader_each(reader, last, last, take_head, &head) : 0;

	if (r == 0)
		*ret = head;
	return r;
}

/* ---- verify ------------------------------------------------------------------------------------
 */

struct verifier {
	uint8_t key[STORE_KEY_SIZE];
	struct hall *hall;
	struct store_verify_result *result;
	const struct store_head *head;	/* NULL: none was kept */
	struct store_snapshot snapshot; /* seq 0: none that checks */
};

static int bad(struct verifier *verifier, uint64_t seq, const char *what)
{
	verifier->result->bad_seq = seq;
	store_say(verifier->result->detail, "event %" PRIu64 ": %s", seq, what);
	return -EBADMSG;
}

static bool column_is(sqlite3_stmt *statement, int column, int64_t value)
{
	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
		return value == 0;
	return sqlite3_column_int64(statement, column) == value;
}

/* A snapshot that a start would begin with must be what the events lead to. */
static int compare_snapshot(struct verifier *verifier)
{
	const struct store_snapshot *snapshot = &verifier->snapshot;
	struct hall *kept;
	int r = hall_create(&kept);

	if (r < 0)
		return r;
	r = hall_load(kept, snapshot->bytes, snapshot->size);
	if (r == -EBADMSG || (r == 0 && !hall_equal(kept, verifier->hall)))
		r = bad(verifier, snapshot->seq,
			"the snapshot behind it is not what the events lead to; the events are "
			"good so far: `onewindow log rebuild` makes it anew");
	hall_destroy(kept);
	return r;
}

static int verify_row(void *user, const struct store_row *row, const char *payload, size_t len,
		      sqlite3_stmt *statement)
{
	struct verifier *verifier = user;
	struct store_verify_result *result = verifier->result;
	const struct event *event = &row->event;
	uint8_t hash[STORE_HASH_SIZE];

	if (event->seq != result->events + 1)
		return bad(verifier, result->events + 1, "is missing");
	store_chain(verifier->key, result->head, event, payload, len, hash);
	if (memcmp(hash, row->hash, sizeof(hash)) != 0)
		return bad(verifier, event->seq, "its hash does not follow from the one before");
	if (!column_is(statement, 5, event->at.mono_ms) ||
	    !column_is(statement, 6, event->at.wall_ms) ||
	    !column_is(statement, 7, event_ticket(event)) ||
	    !column_is(statement, 8, event_window(event)))
		return bad(verifier, event->seq, "its columns do not agree with its payload");
	if (hall_apply(verifier->hall, event) < 0)
		return bad(verifier, event->seq,
			   "does not fit the hall that the events before it made");
	if (verifier->head && verifier->head->seq == event->seq &&
	    memcmp(verifier->head->hash, hash, sizeof(hash)) != 0)
		return bad(verifier, event->seq,
			   "is not the one whose head was kept: the log was replaced from here or "
			   "before, or the head is of another log");
	if (verifier->snapshot.seq == event->seq) {
		int r = compare_snapshot(verifier);

		if (r < 0)
			return r;
	}
	memcpy(result->head, hash, sizeof(hash));
	result->events++;
	return 0;
}

static int check_key(struct store_reader *reader, struct verifier *verifier)
{
	uint8_t kept[STORE_HASH_SIZE], own[STORE_HASH_SIZE];
	int r = store_meta_get(reader->db, "key_check", kept, sizeof(kept));

	if (r < 0) {
		store_say(verifier->result->detail, "the log's check of its key is damaged");
		return -EBADMSG;
	}
	store_key_check(verifier->key, own);
	if (memcmp(kept, own, sizeof(own)) == 0)
		return 0;
	store_say(verifier->result->detail, "the key is another log's; name the right one");
	return -ENOKEY;
}

int store_verify(const char *path, const char *key_path, struct store_verify_result *ret)
{
	return store_verify_head(path, key_path, NULL, ret);
}

int store_verify_head(const char *path, const char *key_path, const struct store_head *head,
		      struct store_verify_result *ret)
{
	struct store_reader *reader = NULL;
	struct verifier verifier = {.result = ret, .head = head};
	uint8_t snapshot_head[STORE_HASH_SIZE];
	uint64_t from = 1;
	bool more = true;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (sodium_init() < 0)
		return -EIO;
	r = store_reader_open(&reader, path, ret->detail);
	if (r < 0)
		return r;
	r = store_key_load(path, key_path, false, verifier.key, ret->detail);
	if (r == 0)
		r = check_key(reader, &verifier);
	if (r == 0)
		r = hall_create(&verifier.hall);
	if (r == 0)
		r = store_snapshot_find(reader->db, verifier.key, HALL_STATE_VERSION,
					&verifier.snapshot, snapshot_head);
	if (r > 0)
		r = 0;
	while (r == 0 && more) {
		char error[STORE_ERROR_SIZE] = "";

		r = each_some(reader, &from, UINT64_MAX, verify_row, &verifier, &more, error);
		if (r < 0 && !ret->detail[0])
			store_say(ret->detail, "%s", error);
		if (r < 0 && !ret->bad_seq)
			ret->bad_seq = ret->events + 1;
	}
	if (r == 0 && head && head->seq > ret->events) {
		ret->bad_seq = ret->events + 1;
		store_say(ret->detail,
			  "event %" PRIu64 ": is missing; the log ends before event %" PRIu64
			  ", whose head was kept: its tail was cut off",
			  ret->bad_seq, head->seq);
		r = -EBADMSG;
	}
	store_snapshot_finish(&verifier.snapshot);
	hall_destroy(verifier.hall);
	store_reader_close(reader);
	sodium_memzero(verifier.key, sizeof(verifier.key));
	return r;
}
