/* What the log keeps of closed days: the hash of each opening's rows, and the digest that the
 * caller makes of its events. All of it is derived, and none of it is needed: who finds no kept day
 * counts its events. docs/log-format.md, "Kept days". */
#include <errno.h>
#include <string.h>

#include "src/store/private.h"

/* ---- one opening of a day ---- */

int store_count_begin(struct store_count *count, const struct store_digest *digest)
{
	memset(count, 0, sizeof(*count));
	count->digest = digest;
	return digest ? digest->create(&count->maker) : 0;
}

int store_count_row(struct store_count *count, const struct store_raw *raw,
		    const struct event *event)
{
	uint8_t header[20];

	if (!count->day.first_seq) {
		count->day.first_seq = raw->seq;
		crypto_generichash_init(&count->rows, NULL, 0, STORE_HASH_SIZE);
	}
	count->day.last_seq = raw->seq;
	store_put_le(header, raw->seq, 8);
	store_put_le(header + 8, (uint64_t)raw->type, 4);
	store_put_le(header + 12, (uint64_t)raw->version, 4);
	store_put_le(header + 16, raw->len, 4);
	crypto_generichash_update(&count->rows, header, sizeof(header));
	crypto_generichash_update(&count->rows, (const uint8_t *)raw->payload, raw->len);
	if (event && event->type == EVENT_DAY_OPENED)
		count->day.date = event->u.day_opened.date;
	return count->digest ? count->digest->event(count->maker, event) : 0;
}

int store_count_cut(struct store_count *count, bool open)
{
	struct store_day *day = &count->day;

	day->open = open;
	day->kept = false;
	memset(day->rows, 0, sizeof(day->rows));
	memset(day->parts, 0, sizeof(day->parts));
	if (!open)
		crypto_generichash_final(&count->rows, day->rows, sizeof(day->rows));
	return count->digest ? count->digest->cut(count->maker, day->parts) : 0;
}

void store_count_finish(struct store_count *count)
{
	if (count->digest && count->maker)
		count->digest->destroy(count->maker);
	count->maker = NULL;
}

/* ---- what is written ---- */

bool store_has_row(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	bool has = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
		   sqlite3_step(statement) == SQLITE_ROW;

	sqlite3_finalize(statement);
	return has;
}

bool store_has_kept(sqlite3 *db)
{
	return store_has_row(
		db, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'kept_part'");
}

int store_kept_make_tables(struct store *store)
{
	return sqlite3_exec(store->db, STORE_KEPT_SCHEMA, NULL, NULL, NULL);
}

static int done(int step)
{
	return step == SQLITE_DONE ? SQLITE_OK : step;
}

static int write_context(struct store *store, const struct store_keep *keep)
{
	int r = SQLITE_OK;

	for (size_t i = 0; r == SQLITE_OK && i < keep->context_count; i++)
		r = store_context_add(store, keep->context[i]);
	return r == SQLITE_OK ? sqlite3_exec(store->db, STORE_CONTEXT_WHOLE, NULL, NULL, NULL) : r;
}

static int write_parts(struct store *store, const struct store_day *day)
{
	sqlite3_stmt *insert = NULL;
	int r = sqlite3_prepare_v2(store->db, "INSERT INTO kept_part VALUES(?, ?, ?)", -1, &insert,
				   NULL);

	for (int part = 0; r == SQLITE_OK && part < STORE_DIGEST_PARTS; part++) {
		if (!day->parts[part].size)
			continue;
		sqlite3_bind_int64(insert, 1, (int64_t)day->first_seq);
		sqlite3_bind_int(insert, 2, part);
		sqlite3_bind_blob64(insert, 3, day->parts[part].bytes, day->parts[part].size,
				    SQLITE_STATIC);
		r = done(sqlite3_step(insert));
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	return r;
}

/* Whatever stood there of other versions goes. */
static int clear(struct store *store, const struct store_day *day)
{
	static const char *const sql[] = {
		"DELETE FROM kept_part WHERE first_seq BETWEEN ?1 AND ?2",
		"DELETE FROM kept_day WHERE first_seq BETWEEN ?1 AND ?2",
	};
	int r = SQLITE_OK;

	for (size_t i = 0; r == SQLITE_OK && i < sizeof(sql) / sizeof(sql[0]); i++) {
		sqlite3_stmt *statement = NULL;

		r = sqlite3_prepare_v2(store->db, sql[i], -1, &statement, NULL);
		if (r == SQLITE_OK) {
			sqlite3_bind_int64(statement, 1, (int64_t)day->first_seq);
			sqlite3_bind_int64(statement, 2, (int64_t)day->last_seq);
			r = done(sqlite3_step(statement));
		}
		sqlite3_finalize(statement);
	}
	return r;
}

static int write_day(struct store *store, const struct store_day *day)
{
	sqlite3_stmt *insert = NULL;
	int r = clear(store, day);

	if (r == SQLITE_OK)
		r = sqlite3_prepare_v2(store->db, "INSERT INTO kept_day VALUES(?, ?, ?, ?, ?)", -1,
				       &insert, NULL);
	if (r == SQLITE_OK) {
		sqlite3_bind_int64(insert, 1, (int64_t)day->first_seq);
		sqlite3_bind_int64(insert, 2, (int64_t)day->last_seq);
		sqlite3_bind_int64(insert, 3, day->date);
		sqlite3_bind_int64(insert, 4, store->digest->version);
		sqlite3_bind_blob(insert, 5, day->rows, sizeof(day->rows), SQLITE_STATIC);
		r = done(sqlite3_step(insert));
	}
	sqlite3_finalize(insert);
#ifdef STORE_BREAK_KEPT /* a deliberately broken build: the tests must notice */
	sqlite3_exec(store->db, "COMMIT; BEGIN IMMEDIATE", NULL, NULL, NULL);
#endif
	return r == SQLITE_OK ? write_parts(store, day) : r;
}

int store_kept_write(struct store *store, const struct store_keep *keep)
{
	int r = store->has_kept ? SQLITE_OK : store_kept_make_tables(store);

	if (r == SQLITE_OK)
		r = keep->day ? write_day(store, keep->day) : write_context(store, keep);
	return r;
}
