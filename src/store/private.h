/* What the files of src/store share. */
#pragma once

#include <pthread.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>

#include "src/store/store.h"

enum {
	STORE_APPLICATION_ID = 0x4f6e6557, /* "OneW" */
	STORE_FORMAT = 2,
	STORE_FORMAT_MACS = 2, /* the first in which each row has the mac of its command */
	STORE_MAC_SIZE = 16,
	STORE_PATH_SIZE = 1100,
	STORE_VFS_SIZE = 64,
	STORE_READ_ROWS = 10000, /* at most, in one read transaction */
};

extern const char store_schema[];
#define STORE_SNAPSHOT_SCHEMA                                                                      \
	"CREATE TABLE snapshot("                                                                   \
	" seq INTEGER PRIMARY KEY,"                                                                \
	" version INTEGER NOT NULL,"                                                               \
	" head BLOB NOT NULL,"                                                                     \
	" state BLOB NOT NULL,"                                                                    \
	" mac BLOB NOT NULL) STRICT;"

/* docs/log-format.md, "Kept days". A log of older software gets these tables with the first events
 * that are appended. */
#define STORE_KEPT_SCHEMA                                                                          \
	"CREATE TABLE IF NOT EXISTS context(seq INTEGER PRIMARY KEY) STRICT;"                      \
	"CREATE TABLE IF NOT EXISTS kept_day("                                                     \
	" first_seq INTEGER PRIMARY KEY,"                                                          \
	" last_seq INTEGER NOT NULL,"                                                              \
	" date INTEGER NOT NULL,"                                                                  \
	" version INTEGER NOT NULL,"                                                               \
	" rows BLOB NOT NULL) STRICT;"                                                             \
	"CREATE TABLE IF NOT EXISTS kept_part("                                                    \
	" first_seq INTEGER NOT NULL,"                                                             \
	" part INTEGER NOT NULL,"                                                                  \
	" bytes BLOB NOT NULL,"                                                                    \
	" PRIMARY KEY(first_seq, part)) STRICT, WITHOUT ROWID;"
/* Of a log whose list of definitions is whole. */
#define STORE_CONTEXT_WHOLE "INSERT OR REPLACE INTO projection VALUES('context', 1);"
/* What an event is called by that says what all later days need to know: who is who, and the
 * baselines. */
#define STORE_CONTEXT_TYPES "(type BETWEEN 1 AND 8 OR type IN (90, 91))"

struct batch {
	struct batch *next;
	struct store_command command;
	uint8_t *state; /* NULL, or the snapshot behind these events */
	size_t state_size;
	size_t count;
	struct event events[];
};

struct store {
	char path[STORE_PATH_SIZE];
	char file[STORE_PATH_SIZE]; /* the file itself, whatever symbolic links lead to it */
	int lock_fd, file_fd;
	sqlite3 *db; /* the writer thread's once it runs, or of who runs store_step() */
	sqlite3_stmt *insert;
	uint8_t key[STORE_KEY_SIZE];
	uint8_t head[STORE_HASH_SIZE]; /* the writer's: hash of its newest row */
	const struct store_projection *projections;
	size_t projection_count;
	void (*wake)(void *user);
	void *wake_user;
	const char *vfs; /* NULL: the default; points into vfs_name */
	char vfs_name[STORE_VFS_SIZE];
	bool manual;
	bool unsettled; /* nothing may be written yet; see store_settle_wal() */
	uint32_t snapshot_version;
	const struct store_digest *digest; /* NULL: no days are kept */
	bool has_kept;			   /* the tables are there; the writer's */

	pthread_t thread, keeping_thread;
	bool running, keeping_runs;
	pthread_mutex_t mutex; /* guards all below */
	pthread_cond_t work, settled, keeping;
	bool keep_wanted, keep_busy, keep_stop; /* days are to be looked through; they are */
	const struct store_keep *keep;		/* what the keeping thread gives to the writer */
	int keep_outcome;			/* of the last one */
	struct batch *first, *last;
	bool writing, stopping;
	uint64_t queued_seq; /* of the newest event that was taken */
	struct store_state state;
};

__attribute__((format(printf, 2, 3))) void store_say(char ret_error[STORE_ERROR_SIZE],
						     const char *format, ...);
/* An SQLite result as errno. */
int store_errno(int result);
/* The path of the file itself, behind all symbolic links, as the VFS sees it; it need not be there.
 * -ENAMETOOLONG. */
__attribute__((warn_unused_result)) int store_resolve(const char *path, const char *vfs,
						      char *ret_file, size_t size);
/* -ENOENT, -EISDIR, -EMEDIUMTYPE with a sentence where a path is none of a file. */
__attribute__((warn_unused_result)) int store_check_path(const char *path,
							 char ret_error[STORE_ERROR_SIZE]);
/* Is there a file with at least one byte, as the VFS sees it? */
bool store_is_there(const char *path, const char *vfs);

/* chain.c */
static inline void store_put_le(uint8_t *bytes, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}
void store_chain(const uint8_t key[STORE_KEY_SIZE], const uint8_t previous[STORE_HASH_SIZE],
		 const struct event *event, const char *payload, size_t len,
		 uint8_t ret_hash[STORE_HASH_SIZE]);
/* Of a row: its hash, and the command that is written beside it; id "" none, then events is 0. */
void store_command_mac(const uint8_t key[STORE_KEY_SIZE], const uint8_t hash[STORE_HASH_SIZE],
		       const struct store_command *command, uint32_t events,
		       uint8_t ret_mac[STORE_MAC_SIZE]);
void store_key_check(const uint8_t key[STORE_KEY_SIZE], uint8_t ret_check[STORE_HASH_SIZE]);
/* LOG.key, or key_path. create: a new random one, 0600. -ENOKEY and others. */
int store_key_load(const char *path, const char *key_path, bool create,
		   uint8_t ret_key[STORE_KEY_SIZE], char ret_error[STORE_ERROR_SIZE]);

/* rows.c: a statement over the events' columns, for store_row_read(); an SQLite result. */
int store_prepare_rows(sqlite3 *db, const char *rest, sqlite3_stmt **ret_statement);
/* The row's command is the one that was written with it. Of a log of STORE_FORMAT_MACS on. */
bool store_row_has_mac(sqlite3_stmt *statement, const struct store_row *row,
		       const uint8_t key[STORE_KEY_SIZE]);
/* The row; -EBADMSG, -ENOTSUP with a sentence. */
int store_row_read(sqlite3_stmt *statement, struct store_row *ret_row, const char **ret_payload,
		   size_t *ret_len, char ret_error[STORE_ERROR_SIZE]);
/* Checks that a file is a log of a format that this software reads, changing nothing. */
int store_check_format(sqlite3 *db, const char *path, char ret_error[STORE_ERROR_SIZE]);
int store_format(sqlite3 *db, int64_t *ret_format);
/* A blob of meta. */
int store_meta_get(sqlite3 *db, const char *key, void *ret, size_t size);
int store_meta_set(sqlite3 *db, const char *key, const void *value, size_t size);

/* projection.c: creates or rebuilds those whose version changed. */
int store_projections_prepare(struct store *store, char ret_error[STORE_ERROR_SIZE]);
int store_projections_apply(struct store *store, const struct event *event);

/* reader.c */
struct store_reader {
	sqlite3 *db;
	char detail[STORE_ERROR_SIZE];
};
/* A row with its payload's bytes. */
typedef int (*store_raw_fn)(void *user, const struct store_row *row, const char *payload,
			    size_t len, sqlite3_stmt *statement);
/* One transaction's worth of rows from *from, which moves on. */
int store_reader_some(struct store_reader *reader, uint64_t *from, uint64_t to, store_raw_fn fn,
		      void *user, bool *ret_more, char ret_error[STORE_ERROR_SIZE]);

/* What SQLite says becomes the reader's detail; a negative errno. */
int store_reader_failed(struct store_reader *reader, int result);
int store_reader_execute(struct store_reader *reader, const char *sql);
/* A row as bytes; nothing of it was looked at. */
struct store_raw {
	uint64_t seq;
	int64_t type, version;
	const char *payload;
	size_t len;
};
/* What it says; -EBADMSG, -ENOTSUP with a sentence. */
int store_raw_decode(const struct store_raw *raw, struct event *ret_event,
		     char ret_error[STORE_ERROR_SIZE]);
typedef int (*store_bytes_fn)(void *user, const struct store_raw *raw);
/* Rows from..to, in transactions of at most STORE_READ_ROWS. 0, fn's non-zero return, or a negative
 * errno with the reader's detail: -EBADMSG where one is missing. */
int store_reader_bytes(struct store_reader *reader, uint64_t from, uint64_t to, store_bytes_fn fn,
		       void *user);

/* kept.c: what is derived of closed days. */
/* Of one opening of a service day: the hash of its rows, and its digest. On the stack or aligned:
 * libsodium's state is. */
struct store_count {
	crypto_generichash_state rows;
	const struct store_digest *digest; /* NULL: no digest is made */
	void *maker;
	struct store_day day; /* first_seq 0: between two openings */
};
int store_count_begin(struct store_count *count, const struct store_digest *digest);
/* The next row of the log; event is what its payload says, NULL without a digest. */
int store_count_row(struct store_count *count, const struct store_raw *raw,
		    const struct event *event);
/* The opening's day, at its last row; the next row begins another opening. */
int store_count_cut(struct store_count *count, bool open);
void store_count_finish(struct store_count *count);

/* What is to be kept: a day, or the list of definitions up to now. */
struct store_keep {
	const struct store_day *day; /* NULL: the list */
	const uint64_t *context;
	size_t context_count;
};
bool store_has_kept(sqlite3 *db);
/* Is there a row? */
bool store_has_row(sqlite3 *db, const char *sql);
/* SQLite results, inside a transaction. */
int store_kept_make_tables(struct store *store);
int store_kept_write(struct store *store, const struct store_keep *keep);
/* Of closed days that are not kept, in order. Stops when go_on says no, with -ECANCELED. */
int store_reader_missing(struct store_reader *reader, const struct store_digest *digest,
			 bool (*go_on)(void *user), store_day_fn fn, void *user);

/* context.c */
bool store_is_context(enum event_type type);
/* Is the list of definitions whole? */
bool store_has_context(sqlite3 *db);
int store_context_add(struct store *store, uint64_t seq); /* an SQLite result */

/* verify_kept.c: is what is kept what the events lead to? */
struct store_kept_check {
	struct store_reader *reader;
	struct store_count count;
	bool begun, has_kept, has_context;
	uint64_t definitions; /* seen */
	struct store_span {
		uint64_t first, last;
	} * openings; /* that were closed */
	size_t opening_count, opening_capacity;
	uint64_t bad_seq; /* of the day that is not */
	char detail[STORE_ERROR_SIZE];
};
int store_kept_check_begin(struct store_kept_check *check, struct store_reader *reader,
			   const struct store_digest *digest);
/* -EBADMSG: bad_seq and detail say what. */
int store_kept_check_row(struct store_kept_check *check, const struct store_raw *raw,
			 const struct event *event);
/* Behind event `last`, the newest that was seen. */
int store_kept_check_end(struct store_kept_check *check, uint64_t last);
void store_kept_check_finish(struct store_kept_check *check);

/* keeping.c: whoever makes the digests of days that were closed. */
void store_keeping_start(struct store *store);
void store_keeping_stop(struct store *store);
/* Of a manual store: now, in the calling thread. */
void store_keeping_step(struct store *store);
/* The writer's: writes store->keep and says in keep_outcome what came of it; with the mutex held.
 */
void store_keep_turn(struct store *store);

/* snapshot.c: an SQLite result; 1: the caller began with it, the store's head and durable_seq are
 * its; 0: none that checks. */
int store_snapshot_write(struct store *store, uint64_t seq, const void *state, size_t size);
/* The newest snapshot: 1, with bytes that store_snapshot_finish() frees; 0: none that checks;
 * -ENOMEM. */
int store_snapshot_find(sqlite3 *db, const uint8_t key[STORE_KEY_SIZE], uint32_t version,
			struct store_snapshot *ret, uint8_t ret_head[STORE_HASH_SIZE]);
void store_snapshot_finish(struct store_snapshot *snapshot);
int store_snapshot_load(struct store *store, const struct store_options *options, void *user);

/* backup.c: a file that is whole gets its name: on the disk first, then its name, then the folder.
 * Never takes the place of a file. */
int store_publish(const char *part, const char *to, char ret_error[STORE_ERROR_SIZE]);

/* migrate.c: of a log that was found good. */
int store_migrate(struct store *store, char ret_error[STORE_ERROR_SIZE]);
int store_rebuild_derived(struct store *store, char ret_error[STORE_ERROR_SIZE]);

/* open.c: what is in the WAL is on the disk behind this. An SQLite result. */
int store_settle_wal(struct store *store);

/* writer.c */
/* What became of a transaction. */
struct store_outcome {
	enum store_health health;
	int error; /* negative errno when health is not OK */
	char detail[STORE_ERROR_SIZE];
	int64_t took_us;
};
/* An SQLite result, in COMMIT itself or before it: rolled back cleanly, or is its outcome unknown?
 */
void store_judge(struct store *store, int result, bool committing, struct store_outcome *ret);
/* The health is what the outcome says; what is queued is dropped. With the mutex held. */
void store_fail(struct store *store, const struct store_outcome *outcome);
int store_writer_start(struct store *store);
void store_writer_stop(struct store *store);
