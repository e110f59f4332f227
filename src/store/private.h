/* What the files of src/store share. */
#pragma once

#include <pthread.h>
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

	pthread_t thread;
	bool running;
	pthread_mutex_t mutex; /* guards all below */
	pthread_cond_t work, settled;
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
/* Is there a file with at least one byte, as the VFS sees it? */
bool store_is_there(const char *path, const char *vfs);

/* chain.c */
void store_put_le(uint8_t *bytes, uint64_t value, size_t size);
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
int store_writer_start(struct store *store);
void store_writer_stop(struct store *store);
