/* Readers beside the writer: they cannot change the file, and they hold no transaction for long, so
 * that the writer's checkpoints get through. */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "src/store/private.h"

/* A reader goes through rows once, in order: a small cache does. */
#define READER_PRAGMAS "PRAGMA query_only = 1; PRAGMA mmap_size = 0; PRAGMA cache_size = -256;"

int store_reader_open(struct store_reader **ret_reader, const char *path,
		      char ret_error[STORE_ERROR_SIZE])
{
	return store_reader_open_vfs(ret_reader, path, NULL, ret_error);
}

int store_reader_open_vfs(struct store_reader **ret_reader, const char *path, const char *vfs,
			  char ret_error[STORE_ERROR_SIZE])
{
	struct store_reader *reader;
	int r = store_check_path(path, ret_error);

	if (r < 0)
		return r;
	reader = calloc(1, sizeof(*reader));
	if (!reader) {
		store_say(ret_error, "out of memory");
		return -ENOMEM;
	}
	if (sodium_init() < 0) { /* and it takes what the processor does best */
		store_say(ret_error, "libsodium does not start");
		free(reader);
		return -EIO;
	}
	/* one thread uses it: SQLite's own locks around each call would be a tenth of the time */
	r = sqlite3_open_v2(path, &reader->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, vfs);
	if (r == SQLITE_CANTOPEN) {
		store_say(ret_error, "there is no log %s that can be read", path);
		store_reader_close(reader);
		return -ENOENT;
	}
	if (r == SQLITE_OK) {
		sqlite3_db_config(reader->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		sqlite3_busy_timeout(reader->db, 5000);
		sqlite3_exec(reader->db, READER_PRAGMAS, NULL, NULL, NULL);
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

int store_reader_some(struct store_reader *reader, uint64_t *from, uint64_t to, store_raw_fn fn,
		      void *user, bool *ret_more, char ret_error[STORE_ERROR_SIZE])
{
	sqlite3_stmt *statement = NULL;
	int step =
		store_prepare_rows(reader->db, "WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ?3",
				   &statement);
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
	uint64_t next; /* the event that has to follow */
	char *detail;
};

static int give_row(void *user, const struct store_row *row, const char *payload, size_t len,
		    sqlite3_stmt *statement)
{
	struct plain *plain = user;
	int r;

	(void)payload, (void)len, (void)statement;
	if (row->event.seq != plain->next) {
		store_say(plain->detail, "event %" PRIu64 ": is missing", plain->next);
		return -EBADMSG;
	}
	plain->next++;
	r = plain->fn(plain->user, row);
	if (r == -EBADMSG || r == -EPROTO)
		store_say(plain->detail, "event %" PRIu64 ": does not fit those before it",
			  row->event.seq);
	return r;
}

int store_reader_each(struct store_reader *reader, uint64_t from, uint64_t to, store_row_fn fn,
		      void *user)
{
	struct plain plain = {.fn = fn, .user = user, .next = from, .detail = reader->detail};
	bool more = true;
	int r = 0;

	reader->detail[0] = '\0';
	if (!from)
		plain.next = 1;
	if (to > INT64_MAX)
		to = INT64_MAX; /* no event can have a larger number */
	while (r == 0 && more && from <= to)
		r = store_reader_some(reader, &from, to, give_row, &plain, &more, reader->detail);
	return r;
}

const char *store_reader_detail(const struct store_reader *reader)
{
	return reader->detail;
}

int store_reader_command(struct store_reader *reader, const char *id, uint64_t *ret_seq,
			 uint8_t ret_body_hash[STORE_HASH_SIZE], uint32_t *ret_events)
{
	sqlite3_stmt *statement = NULL;
	int step = sqlite3_prepare_v2(reader->db,
				      "SELECT seq, command_hash, command_events FROM event "
				      "WHERE command_id = ?1",
				      -1, &statement, NULL);
	int r = 0;

	reader->detail[0] = '\0';
	if (step == SQLITE_OK) {
		sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
		step = sqlite3_step(statement);
	}
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		r = store_reader_failed(reader, step);
	if (step == SQLITE_ROW) {
		r = sqlite3_column_bytes(statement, 1) == STORE_HASH_SIZE ? 1 : -EBADMSG;
		*ret_seq = (uint64_t)sqlite3_column_int64(statement, 0);
		*ret_events = (uint32_t)sqlite3_column_int64(statement, 2);
		if (r == 1)
			memcpy(ret_body_hash, sqlite3_column_blob(statement, 1), STORE_HASH_SIZE);
	}
	sqlite3_finalize(statement);
	return r;
}

int store_reader_last_seq(struct store_reader *reader, uint64_t *ret_seq)
{
	sqlite3_stmt *statement = NULL;
	int step = sqlite3_prepare_v2(reader->db, "SELECT coalesce(max(seq), 0) FROM event", -1,
				      &statement, NULL);
	int r = 0;

	if (step == SQLITE_OK)
		step = sqlite3_step(statement);
	if (step == SQLITE_ROW)
		*ret_seq = (uint64_t)sqlite3_column_int64(statement, 0);
	else
		r = store_reader_failed(reader, step);
	sqlite3_finalize(statement);
	return r;
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
	struct store_head head = {0};
	uint64_t last = 0;
	int r = store_reader_last_seq(reader, &last);

	if (r == 0 && last)
		r = store_reader_each(reader, last, last, take_head, &head);
	if (r == 0)
		*ret = head;
	return r;
}

/* ---- rows as bytes ---- */

int store_reader_failed(struct store_reader *reader, int result)
{
	store_say(reader->detail, "%s", sqlite3_errmsg(reader->db));
	return store_errno(result) ? store_errno(result) : -EIO;
}

int store_reader_execute(struct store_reader *reader, const char *sql)
{
	int result = sqlite3_exec(reader->db, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : store_reader_failed(reader, result);
}

struct chunk {
	uint64_t from, to;
	store_bytes_fn fn;
	void *user;
};

/* Moves on to the row behind the last one that was read. */
static int read_chunk(struct store_reader *reader, sqlite3_stmt *statement, struct chunk *chunk)
{
	int step, r = 0;

	sqlite3_bind_int64(statement, 1, (int64_t)chunk->from);
	sqlite3_bind_int64(statement, 2, (int64_t)chunk->to);
	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		const struct store_raw raw = {
			.seq = (uint64_t)sqlite3_column_int64(statement, 0),
			.type = sqlite3_column_int64(statement, 1),
			.version = sqlite3_column_int64(statement, 2),
			.payload = (const char *)sqlite3_column_text(statement, 3),
			.len = (size_t)sqlite3_column_bytes(statement, 3),
		};

		if (raw.seq != chunk->from || !raw.payload) {
			store_say(reader->detail, "event %" PRIu64 ": %s", chunk->from,
				  raw.payload ? "is missing" : "has no payload");
			r = -EBADMSG;
			break;
		}
		chunk->from++;
		r = chunk->fn(chunk->user, &raw);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = store_reader_failed(reader, step);
	sqlite3_reset(statement);
	return r;
}

int store_reader_bytes(struct store_reader *reader, uint64_t from, uint64_t to, store_bytes_fn fn,
		       void *user)
{
	struct chunk chunk = {.from = from, .fn = fn, .user = user};
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(reader->db,
					"SELECT seq, type, version, payload FROM event "
					"WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
					-1, &statement, NULL);
	int r = result == SQLITE_OK ? 0 : store_reader_failed(reader, result);

	while (r == 0 && chunk.from <= to) {
		uint64_t begin = chunk.from;

		chunk.to = to - begin < STORE_READ_ROWS ? to : begin + STORE_READ_ROWS - 1;
		r = read_chunk(reader, statement, &chunk);
		if (r == 0 && chunk.from <= chunk.to) {
			store_say(reader->detail, "event %" PRIu64 ": is missing", chunk.from);
			r = -EBADMSG;
		}
	}
	sqlite3_finalize(statement);
	return r;
}

static int hash_row(void *user, const struct store_raw *raw)
{
	return store_count_row(user, raw, NULL);
}

int store_reader_hash_rows(struct store_reader *reader, uint64_t first, uint64_t last,
			   uint8_t ret_hash[STORE_HASH_SIZE])
{
	struct store_count count;
	int r = store_count_begin(&count, NULL);

	reader->detail[0] = '\0';
	if (r == 0 && (!first || first > last || last > INT64_MAX))
		r = -EINVAL;
	if (r == 0)
		r = store_reader_bytes(reader, first, last, hash_row, &count);
	if (r == 0)
		r = store_count_cut(&count, false);
	if (r == 0)
		memcpy(ret_hash, count.day.rows, STORE_HASH_SIZE);
	store_count_finish(&count);
	return r;
}
