/* The file's format and its rows. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "src/store/private.h"

const char store_schema[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;"
	"CREATE TABLE event("
	" seq INTEGER PRIMARY KEY,"
	" type INTEGER NOT NULL,"
	" version INTEGER NOT NULL,"
	" payload TEXT NOT NULL,"
	" hash BLOB NOT NULL,"
	" at_ms INTEGER NOT NULL,"
	" wall_ms INTEGER NOT NULL,"
	" ticket INTEGER,"
	" window INTEGER,"
	" command_id TEXT UNIQUE,"
	" command_hash BLOB,"
	" command_events INTEGER,"
	" command_mac BLOB) STRICT;"
	"CREATE INDEX event_day ON event(seq) WHERE type = 10;"
	"CREATE TABLE projection(name TEXT PRIMARY KEY, version INTEGER NOT "
	"NULL) STRICT;" STORE_SNAPSHOT_SCHEMA STORE_KEPT_SCHEMA STORE_CONTEXT_WHOLE;

int store_errno(int result)
{
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return 0;
	case SQLITE_NOMEM: return -ENOMEM;
	case SQLITE_FULL: return -ENOSPC;
	case SQLITE_READONLY: return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return -EBUSY;
	case SQLITE_CORRUPT: return -EBADMSG;
	/* What the store asks never changes: where SQLite finds it wrong, the file says of its
	 * tables what none of ours does. What a disk does has results of its own. */
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
	case SQLITE_TOOBIG:
	case SQLITE_CONSTRAINT: return -EBADMSG;
	case SQLITE_NOTADB: return -EMEDIUMTYPE;
	case SQLITE_PERM:
	case SQLITE_AUTH: return -EACCES;
	default: return -EIO;
	}
}

int store_resolve(const char *path, const char *vfs, char *ret_file, size_t size)
{
	sqlite3_vfs *found = sqlite3_vfs_find(vfs);

	/* not only SQLITE_OK: a symbolic link on the way is SQLITE_OK_SYMLINK */
	return found && size <= INT_MAX &&
			       !(found->xFullPathname(found, path, (int)size, ret_file) & 0xff)
		       ? 0
		       : -ENAMETOOLONG;
}

/* SQLite takes an empty path for a new file that nobody names, says of a folder that the disk
 * failed, and waits at a pipe for ever. */
int store_check_path(const char *path, char ret_error[STORE_ERROR_SIZE])
{
	struct stat named;

	if (!path[0]) {
		store_say(ret_error, "no log is named: the path is empty");
		return -ENOENT;
	}
	if (stat(path, &named) < 0 || S_ISREG(named.st_mode))
		return 0;
	if (S_ISDIR(named.st_mode)) {
		store_say(ret_error, "%s is a folder; name the log in it", path);
		return -EISDIR;
	}
	store_say(ret_error, "%s is a pipe or a device, and no file", path);
	return -EMEDIUMTYPE;
}

bool store_is_there(const char *path, const char *vfs)
{
	char full[STORE_PATH_SIZE + 16];
	int there = 0;

	if (store_resolve(path, vfs, full, sizeof(full)) < 0)
		return false;
	/* SQLite's EXISTS means: a file of more than no bytes */
	return sqlite3_vfs_find(vfs)->xAccess(sqlite3_vfs_find(vfs), full, SQLITE_ACCESS_EXISTS,
					      &there) == SQLITE_OK &&
	       there;
}

bool store_is_in_place(const struct store *store)
{
	struct stat own, named;

	if (store->file_fd < 0 || fstat(store->file_fd, &own) < 0)
		return true;
	return stat(store->file, &named) == 0 && named.st_dev == own.st_dev &&
	       named.st_ino == own.st_ino;
}

static int pragma(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int r = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (r == SQLITE_OK) {
		r = sqlite3_step(statement);
		if (r == SQLITE_ROW)
			*ret = sqlite3_column_int64(statement, 0);
	}
	sqlite3_finalize(statement);
	return store_errno(r);
}

int store_format(sqlite3 *db, int64_t *ret_format)
{
	return pragma(db, "PRAGMA user_version", ret_format);
}

int store_check_format(sqlite3 *db, const char *path, char ret_error[STORE_ERROR_SIZE])
{
	int64_t application = 0, format = 0, pages = 1;
	int r = pragma(db, "PRAGMA application_id", &application);

	if (r == 0)
		r = pragma(db, "PRAGMA page_count", &pages);
	if (r == 0 && pages == 0) {
		store_say(ret_error, "%s is empty; put the log back from a backup", path);
		return -EBADMSG;
	}

	if (r == 0)
		r = store_format(db, &format);
	if (r == -EMEDIUMTYPE || (r == 0 && application != STORE_APPLICATION_ID)) {
		store_say(ret_error, "%s is no log of onewindow%s; name the right file", path,
			  r == 0 ? ", but another program's database" : "");
		return -EMEDIUMTYPE;
	}
	if (r < 0 &&
	    sqlite3_errcode(db) == SQLITE_CANTOPEN) /* a WAL needs a -shm, if only to read */
		store_say(
			ret_error,
			"%s cannot be read where it lies: SQLite has to write beside it; copy it, "
			"with %s-wal if that is there, to a folder of yours",
			path, path);
	else if (r == -EROFS) /* a journal beside it, which who may not write cannot undo */
		store_say(ret_error,
			  "%s is not whole: its making was cut off; start the daemon with it once",
			  path);
	else if (r == -EBADMSG)
		store_say(ret_error, "%s is damaged: %s", path, sqlite3_errmsg(db));
	else if (r < 0)
		store_say(ret_error, "%s: %s", path, sqlite3_errmsg(db));
	if (r < 0)
		return r;
	if (format > STORE_FORMAT) {
		store_say(ret_error,
			  "%s has format %" PRId64
			  ", this software reads up to %d; use a newer one",
			  path, format, STORE_FORMAT);
		return -ENOTSUP;
	}
	return 0;
}

int store_meta_get(sqlite3 *db, const char *key, void *ret, size_t size)
{
	sqlite3_stmt *statement = NULL;
	int r = sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = ?", -1, &statement,
				   NULL);

	if (r != SQLITE_OK)
		return store_errno(r);
	sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
	r = sqlite3_step(statement);
	if (r == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == (int)size) {
		memcpy(ret, sqlite3_column_blob(statement, 0), size);
		r = 0;
	} else {
		r = r == SQLITE_ROW || r == SQLITE_DONE ? -ENOENT : store_errno(r);
	}
	sqlite3_finalize(statement);
	return r;
}

int store_meta_set(sqlite3 *db, const char *key, const void *value, size_t size)
{
	sqlite3_stmt *statement = NULL;
	int r = sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO meta VALUES(?, ?)", -1, &statement,
				   NULL);

	if (r == SQLITE_OK) {
		sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
		sqlite3_bind_blob(statement, 2, value, (int)size, SQLITE_STATIC);
		r = sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
	return store_errno(r);
}

/* A text column into an array; false if it does not fit. */
static bool column_text(sqlite3_stmt *statement, int column, char *ret, size_t size)
{
	const unsigned char *text = sqlite3_column_text(statement, column);
	size_t len = (size_t)sqlite3_column_bytes(statement, column);

	if (!text)
		len = 0;
	if (len >= size)
		return false;
	if (len)
		memcpy(ret, text, len);
	ret[len] = '\0';
	return true;
}

int store_prepare_rows(sqlite3 *db, const char *rest, sqlite3_stmt **ret_statement)
{
	int64_t format = 0;
	char sql[512];

	if (store_format(db, &format) < 0)
		return sqlite3_errcode(db);
	snprintf(sql, sizeof(sql),
		 "SELECT seq, type, version, payload, hash, at_ms, wall_ms, ticket, window, "
		 "command_id, command_hash, command_events, %s FROM event %s",
		 format < STORE_FORMAT_MACS ? "NULL" : "command_mac", rest);
	return sqlite3_prepare_v2(db, sql, -1, ret_statement, NULL);
}

bool store_row_has_mac(sqlite3_stmt *statement, const struct store_row *row,
		       const uint8_t key[STORE_KEY_SIZE])
{
	uint8_t mac[STORE_MAC_SIZE];

	store_command_mac(key, row->hash, &row->command, row->command_events, mac);
	return sqlite3_column_bytes(statement, 12) == STORE_MAC_SIZE &&
	       !memcmp(sqlite3_column_blob(statement, 12), mac, sizeof(mac));
}

static void damaged(uint64_t seq, char ret_error[STORE_ERROR_SIZE])
{
	store_say(ret_error, "event %" PRIu64 " is damaged: its payload or hash cannot be read",
		  seq);
}

int store_raw_decode(const struct store_raw *raw, struct event *ret_event,
		     char ret_error[STORE_ERROR_SIZE])
{
	int r = raw->payload && raw->type > 0 && raw->type <= INT32_MAX && raw->version > 0 &&
				raw->version <= INT32_MAX
			? event_decode((enum event_type)raw->type, (uint32_t)raw->version,
				       raw->payload, raw->len, ret_event)
			: -EBADMSG;

	if (r == -ENOTSUP) {
		store_say(ret_error,
			  "event %" PRIu64 " is of type %" PRId64 " version %" PRId64
			  ", which this software does not know; use a newer one",
			  raw->seq, raw->type, raw->version);
		return r;
	}
	if (r < 0) {
		damaged(raw->seq, ret_error);
		return -EBADMSG;
	}
	ret_event->seq = raw->seq;
	return 0;
}

int store_row_read(sqlite3_stmt *statement, struct store_row *ret_row, const char **ret_payload,
		   size_t *ret_len, char ret_error[STORE_ERROR_SIZE])
{
	struct store_row row = {.command_events = 0, .command = {{0}, {0}}};
	const struct store_raw raw = {
		.seq = (uint64_t)sqlite3_column_int64(statement, 0),
		.type = sqlite3_column_int64(statement, 1),
		.version = sqlite3_column_int64(statement, 2),
		.payload = (const char *)sqlite3_column_text(statement, 3),
		.len = (size_t)sqlite3_column_bytes(statement, 3),
	};
	uint64_t seq = raw.seq;
	int r = store_raw_decode(&raw, &row.event, ret_error);

	if (r < 0)
		return r;
	if (sqlite3_column_bytes(statement, 4) != STORE_HASH_SIZE) {
		damaged(seq, ret_error);
		return -EBADMSG;
	}
	memcpy(row.hash, sqlite3_column_blob(statement, 4), STORE_HASH_SIZE);
	if (sqlite3_column_type(statement, 9) != SQLITE_NULL) {
		if (!column_text(statement, 9, row.command.id, sizeof(row.command.id)) ||
		    sqlite3_column_bytes(statement, 10) != STORE_HASH_SIZE) {
			store_say(ret_error,
				  "event %" PRIu64 " is damaged: its command id cannot be read",
				  seq);
			return -EBADMSG;
		}
		memcpy(row.command.body_hash, sqlite3_column_blob(statement, 10), STORE_HASH_SIZE);
		row.command_events = (uint32_t)sqlite3_column_int64(statement, 11);
	}
	*ret_row = row;
	if (ret_payload) {
		*ret_payload = raw.payload;
		*ret_len = raw.len;
	}
	return 0;
}
