/* Opening a log: shut a second daemon out, look before touching, check the chain while replaying.
 * Nothing in the file is changed until everything in it was found good. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "src/store/private.h"

/* Held until the descriptor is closed. */
static int lock(const struct store *store, int fd, char ret_error[STORE_ERROR_SIZE])
{
	int r = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;

	if (r == 0)
		return 0;
	if (r != -EWOULDBLOCK) {
		store_say(ret_error, "%.200s cannot be locked: %s", store->path, strerror(-r));
		return r;
	}
	store_say(ret_error, "another daemon has %.200s; stop it first", store->path);
	return -EBUSY;
}

static int take_lock(struct store *store, char ret_error[STORE_ERROR_SIZE])
{
	char path[STORE_PATH_SIZE + 8];

	snprintf(path, sizeof(path), "%s.lock", store->file);
	store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock_fd < 0) {
		store_say(ret_error, "cannot open %.200s: %s", path, strerror(errno));
		return -errno;
	}
	return lock(store, store->lock_fd, ret_error);
}

/* The lock beside the log knows it by its name only. Who has it by another one, a hard link or a
 * file that is mounted elsewhere, meets this. It is kept open until SQLite has closed the file:
 * closing it takes SQLite's own locks away (https://www.sqlite.org/howtocorrupt.html, 2.2). */
static int lock_file(struct store *store, char ret_error[STORE_ERROR_SIZE])
{
	int r;

	store->file_fd = open(store->file, O_RDONLY | O_CLOEXEC);
	if (store->file_fd < 0) /* the VFS has it elsewhere, or SQLite says what is wrong */
		return 0;
	r = lock(store, store->file_fd, ret_error);
	if (r == -EBUSY)
		return r;
	ret_error[0] = '\0'; /* a file system that has no such locks for files that are read */
	return 0;
}

static int execute(struct store *store, const char *sql, char ret_error[STORE_ERROR_SIZE])
{
	int r = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	if (r != SQLITE_OK)
		store_say(ret_error, "%.150s: %s", store->path, sqlite3_errmsg(store->db));
	return store_errno(r);
}

static int create_log(struct store *store, char ret_error[STORE_ERROR_SIZE])
{
	uint8_t check[STORE_HASH_SIZE], epoch[16];
	char sql[128];
	int r;

	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		 STORE_APPLICATION_ID, STORE_FORMAT);
	r = execute(store, "BEGIN IMMEDIATE", ret_error);
	if (r == 0)
		r = execute(store, sql, ret_error);
	if (r == 0)
		r = execute(store, store_schema, ret_error);
	if (r < 0)
		return r;
	store_key_check(store->key, check);
	randombytes_buf(epoch, sizeof(epoch));
	r = store_meta_set(store->db, "key_check", check, sizeof(check));
	if (r == 0)
		r = store_meta_set(store->db, "epoch", epoch, sizeof(epoch));
	if (r < 0) {
		store_say(ret_error, "%.150s: %s", store->path, sqlite3_errmsg(store->db));
		return r;
	}
	return execute(store, "COMMIT", ret_error);
}

/* len bytes from `at` of a file that is there; zeros behind its end. */
static bool peek(const char *path, const char *vfs_name, int kind, int64_t at, uint8_t *ret,
		 int len)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(vfs_name);
	sqlite3_file *file;
	bool read = false;
	int r;

	if (!store_is_there(path, vfs_name))
		return false;
	file = calloc(1, (size_t)vfs->szOsFile);
	if (!file)
		return false;
	if (vfs->xOpen(vfs, path, file, SQLITE_OPEN_READONLY | kind, NULL) == SQLITE_OK) {
		r = file->pMethods->xRead(file, ret, len, at);
		read = r == SQLITE_OK || r == SQLITE_IOERR_SHORT_READ;
	}
	if (file->pMethods)
		file->pMethods->xClose(file);
	free(file);
	return read;
}

/* A log has a rollback journal only while it is made, before it has its WAL. One that is left over
 * means that the making was cut off, by a power cut or a kill: of a file that began with no page at
 * all, or that is ours by its header already. Another program's journal is left alone.
 * (https://www.sqlite.org/fileformat2.html, the database header and the rollback journal) */
static bool was_being_made(const struct store *store)
{
	static const uint8_t magic[] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
	static const uint8_t no_pages[4] = {0}, ours[4] = {0x4f, 0x6e, 0x65, 0x57};
	char path[STORE_PATH_SIZE + 16];
	uint8_t header[28], application[4];

	snprintf(path, sizeof(path), "%s-journal", store->file);
#ifdef STORE_BREAK_MAKING
	return false;
#endif
	if (!store_is_there(store->path, store->vfs))
		return false; /* SQLite drops the journal of an empty file by itself */
	if (!peek(path, store->vfs, SQLITE_OPEN_MAIN_JOURNAL, 0, header, sizeof(header)))
		return false;
	return (!memcmp(header, magic, sizeof(magic)) &&
		!memcmp(header + 16, no_pages, sizeof(no_pages))) ||
	       (peek(store->file, store->vfs, SQLITE_OPEN_MAIN_DB, 68, application,
		     sizeof(application)) &&
		!memcmp(application, ours, sizeof(ours)));
}

/* Back to what it was before that: any reading connection that may write does it. */
static int unmake(struct store *store, char ret_error[STORE_ERROR_SIZE])
{
	sqlite3 *db = NULL;
	int r = sqlite3_open_v2(store->path, &db, SQLITE_OPEN_READWRITE, store->vfs);

	if (r == SQLITE_OK)
		r = sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	if (r != SQLITE_OK)
		store_say(ret_error, "%.150s: its making was cut off, and it cannot be undone: %s",
			  store->path, sqlite3_errmsg(db));
	sqlite3_close(db);
	return store_errno(r);
}

static int check_key(struct store *store, char ret_error[STORE_ERROR_SIZE])
{
	uint8_t kept[STORE_HASH_SIZE], own[STORE_HASH_SIZE];
	int r = store_meta_get(store->db, "key_check", kept, sizeof(kept));

	if (r < 0) {
		store_say(ret_error, "the log's check of its key %s",
			  r == -ENOENT ? "is damaged" : sqlite3_errmsg(store->db));
		return r == -ENOENT ? -EBADMSG : r;
	}
	store_key_check(store->key, own);
	if (memcmp(kept, own, sizeof(own)) != 0) {
		store_say(ret_error, "the key is another log's; put the right one in its place");
		return -ENOKEY;
	}
	return 0;
}

/* Every row behind what is known: chain, payload, order; each is given to fn. */
static int replay_rows(struct store *store, store_row_fn fn, void *user,
		       char ret_error[STORE_ERROR_SIZE])
{
	sqlite3_stmt *statement = NULL;
	int step = store_prepare_rows(store->db, "WHERE seq > ? ORDER BY seq", &statement);
	int64_t format = 0;
	int r = store_format(store->db, &format);

	if (step == SQLITE_OK) {
		/* a row of number 0 or less is none of ours, and is found as such */
		sqlite3_bind_int64(statement, 1,
				   store->state.durable_seq ? (int64_t)store->state.durable_seq
							    : INT64_MIN);
		step = SQLITE_ROW;
	}
	while (r == 0 && step == SQLITE_ROW && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		uint8_t hash[STORE_HASH_SIZE];
		struct store_row row;
		const char *payload;
		size_t len;

		r = store_row_read(statement, &row, &payload, &len, ret_error);
		if (r < 0)
			break;
		store_chain(store->key, store->head, &row.event, payload, len, hash);
		if (row.event.seq != store->state.durable_seq + 1 ||
		    memcmp(hash, row.hash, sizeof(hash)) != 0) {
			store_say(ret_error,
				  "event %" PRIu64
				  ": its hash does not follow from the one before; "
				  "the log was altered or is damaged",
				  row.event.seq);
			r = -EBADMSG;
			break;
		}
		if (format >= STORE_FORMAT_MACS &&
		    !store_row_has_mac(statement, &row, store->key)) {
			store_say(ret_error,
				  "event %" PRIu64 ": its command is not the one that was written "
				  "with it; the log was altered or is damaged",
				  row.event.seq);
			r = -EBADMSG;
			break;
		}
		r = fn(user, &row);
		if (r) {
			store_say(ret_error, "event %" PRIu64 " does not fit the hall: %s",
				  row.event.seq, strerror(r < 0 ? -r : r));
			break;
		}
		memcpy(store->head, hash, sizeof(hash));
		store->state.durable_seq = row.event.seq;
		store->state.replayed++;
	}
	if (r == 0 && step != SQLITE_DONE) {
		store_say(ret_error, "%.150s: %s", store->path, sqlite3_errmsg(store->db));
		r = store_errno(step);
	}
	sqlite3_finalize(statement);
	return r;
}

/* From the snapshot, or from the first event. Where the events behind a snapshot do not fit it, the
 * snapshot is not what those before it made: it is passed over too. */
static int replay(struct store *store, const struct store_options *options, store_row_fn fn,
		  void *user, char ret_error[STORE_ERROR_SIZE])
{
	const struct store_snapshot beginning = {0};
	int r = 0, taken = 0;

	if (options->snapshot_version && !options->rebuild)
		taken = store_snapshot_load(store, options, user);
	if (taken < 0) {
		store_say(ret_error, "the snapshot cannot be loaded: %s", strerror(-taken));
		return taken;
	}
	if (taken) {
		store->state.snapshot_seq = store->state.durable_seq;
		r = replay_rows(store, fn, user, ret_error);
		if (r != -EPROTO)
			return r;
		r = options->load(user, &beginning);
		memset(store->head, 0, sizeof(store->head));
		store->state.durable_seq = store->state.snapshot_seq = store->state.replayed = 0;
	}
	if (r == 0)
		r = replay_rows(store, fn, user, ret_error);
	return r == -EPROTO ? -EBADMSG : r;
}

/* A look with a connection that cannot change anything, so that a foreign file stays untouched. */
static int look(const char *path, const char *vfs, char ret_error[STORE_ERROR_SIZE])
{
	sqlite3 *db = NULL;
	int r = store_errno(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, vfs));

	if (r < 0) {
		store_say(ret_error, "cannot open %.150s: %s", path, sqlite3_errmsg(db));
	} else {
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		r = store_check_format(db, path, ret_error);
	}
	sqlite3_close(db);
	return r;
}

static int open_database(struct store *store, bool fresh, char ret_error[STORE_ERROR_SIZE])
{
	int r = store_errno(sqlite3_open_v2(
		store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, store->vfs));

	if (r < 0) {
		store_say(ret_error, "cannot open %.150s: %s", store->path,
			  sqlite3_errmsg(store->db));
		return r;
	}
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, 5000);
	/* Until all of it was found good, closing must not move the WAL into the file. */
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* Until there is a WAL, a journal that was taken away must not be back after a power cut:
	 * EXTRA syncs the directory. */
	r = execute(store, "PRAGMA mmap_size = 0; PRAGMA synchronous = EXTRA;", ret_error);
	/* A new log is made in one atomic transaction, before the WAL: a power cut leaves an empty
	 * file, which is begun again, or a whole log. */
	if (r == 0 && fresh)
		r = create_log(store, ret_error);
	if (r == 0)
		r = check_key(store, ret_error);
	if (r == 0)
		r = execute(store, "PRAGMA journal_mode = WAL;", ret_error);
	/* The commit that finds the WAL full moves it into the file, with syncs of its own, while
	 * everybody waits: of 4,000 pages, one commit in some hundreds does. */
	if (r == 0)
		r = execute(store, "PRAGMA wal_autocheckpoint = 4000;", ret_error);
	/* Durable means: on the disk when the commit returns. */
	if (r == 0)
		r = execute(store,
#ifdef STORE_BREAK_SYNC
			    "PRAGMA synchronous = OFF;",
#else
			    "PRAGMA synchronous = FULL;",
#endif
			    ret_error);
	return r;
}

/* What the last process wrote may be in the system's memory only: if its sync failed, Linux takes
 * the pages for clean, and no later sync of the WAL writes them. So all of the WAL is written to
 * the database anew, and that is synced, before anything in it counts as durable. */
int store_settle_wal(struct store *store)
{
#ifndef STORE_BREAK_SETTLE
	int all = 0, done = 0;
	int r = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_FULL, &all, &done);

	if (r != SQLITE_OK || all != done)
		return r == SQLITE_OK ? SQLITE_BUSY : r;
#endif
	store->unsettled = false;
	return SQLITE_OK;
}

/* A disk that is full or read-only, and a program that reads an old state, pass: the log is open
 * then as one that takes no writes, and the trial settles it first. */
static int settle_or_wait(struct store *store, const struct store_options *options,
			  char ret_error[STORE_ERROR_SIZE])
{
	struct store_state *state = &store->state;
	int result = store_settle_wal(store), r = store_errno(result);

	if (r == 0)
		return 0;
	store_say(ret_error, "%.150s: the last events cannot be made durable: %s", store->path,
		  r == -EBUSY ? "another program reads an old state" : sqlite3_errmsg(store->db));
	if (options->rebuild || (r != -ENOSPC && r != -EROFS && r != -EBUSY))
		return r;
	/* What has to be written before the start fails, as it would behind the settling. */
	r = execute(store, "PRAGMA query_only = 1", ret_error);
	if (r < 0)
		return r;
	store->unsettled = true;
	state->health = STORE_REFUSED;
	state->error = store_errno(result);
	memcpy(state->detail, ret_error, sizeof(state->detail));
	return 0;
}

static int open_locked(struct store *store, const struct store_options *options, store_row_fn fn,
		       void *user, char ret_error[STORE_ERROR_SIZE])
{
	char wal[STORE_PATH_SIZE + 8];
	bool fresh;
	int r;

	if (was_being_made(store)) {
		r = unmake(store, ret_error);
		if (r < 0)
			return r;
	}
	fresh = !store_is_there(store->path, store->vfs);
	snprintf(wal, sizeof(wal), "%s-wal", store->file);
	if (fresh && store_is_there(wal, store->vfs)) {
		store_say(ret_error,
			  "%.200s is empty or missing, but its WAL is there; restore the log",
			  store->path);
		return -EBADMSG;
	}

	if (fresh && !options->create) {
		store_say(ret_error, "there is no log %s", store->path);
		return -ENOENT;
	}
	/* First the file: of one that is no log at all nobody should look for the key. */
	r = fresh ? 0 : lock_file(store, ret_error);
	if (r == 0 && !fresh)
		r = look(store->path, store->vfs, ret_error);
	if (r == 0)
		r = store_key_load(store->path, options->key_path, fresh, store->key, ret_error);
	if (r == 0)
		r = open_database(store, fresh, ret_error);
	if (r == 0 && fresh)
		r = lock_file(store, ret_error);
	if (r == 0)
		r = replay(store, options, fn, user, ret_error);
	if (r == 0)
		r = settle_or_wait(store, options, ret_error);
	if (r == 0)
		r = store_migrate(store, ret_error);
	if (r == 0 && options->rebuild)
		r = store_rebuild_derived(store, ret_error);
	if (r == 0)
		r = store_projections_prepare(store, ret_error);
	if (r == 0 && store->unsettled)
		r = execute(store, "PRAGMA query_only = 0", ret_error);
	else if (store->unsettled) /* why nothing could be written */
		store_say(ret_error, "%s", store->state.detail);
	if (r == 0) {
		sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
		store->has_kept = store_has_kept(store->db);
		memcpy(store->state.head, store->head, sizeof(store->head));
		store->queued_seq = store->state.durable_seq;
		r = store_writer_start(store);
		if (r < 0)
			store_say(ret_error, "the writer does not start: %s", strerror(-r));
		else if (options->rebuild && options->manual)
			store_keeping_step(store);
	}
	return r;
}

static void finish(struct store *store)
{
	sqlite3_stmt *statement;

	while (store->db && (statement = sqlite3_next_stmt(store->db, NULL)) != NULL)
		sqlite3_finalize(statement);
	sqlite3_close(store->db);
	if (store->file_fd >= 0)
		close(store->file_fd);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	sodium_memzero(store->key, sizeof(store->key));
	pthread_mutex_destroy(&store->mutex);
	pthread_cond_destroy(&store->work);
	pthread_cond_destroy(&store->settled);
	pthread_cond_destroy(&store->keeping);
	free(store);
}

static int set_vfs(struct store *store, const char *vfs)
{
	if (!vfs)
		return 0;
	if (!sqlite3_vfs_find(vfs) || snprintf(store->vfs_name, sizeof(store->vfs_name), "%s",
					       vfs) >= (int)sizeof(store->vfs_name))
		return -EINVAL;
	store->vfs = store->vfs_name;
	return 0;
}

int store_open(struct store **ret_store, const struct store_options *options, store_row_fn fn,
	       void *user, char ret_error[STORE_ERROR_SIZE])
{
	struct store *store;
	int r = store_check_path(options->path, ret_error);

	if (r < 0)
		return r;
	if (sodium_init() < 0) {
		store_say(ret_error, "libsodium does not start");
		return -EIO;
	}
	store = calloc(1, sizeof(*store));
	if (!store) {
		store_say(ret_error, "out of memory");
		return -ENOMEM;
	}
	store->lock_fd = store->file_fd = -1;
	store->projections = options->projections;
	store->projection_count = options->projection_count;
	store->wake = options->wake;
	store->wake_user = options->wake_user;
	store->manual = options->manual;
	store->snapshot_version = options->snapshot_version;
	store->digest = options->digest;
	store->keep_wanted = true;
	pthread_mutex_init(&store->mutex, NULL);
	pthread_cond_init(&store->work, NULL);
	pthread_cond_init(&store->settled, NULL);
	pthread_cond_init(&store->keeping, NULL);
	if (snprintf(store->path, sizeof(store->path), "%s", options->path) >=
	    (int)sizeof(store->path) - 8) {
		store_say(ret_error, "the log's path is too long");
		r = -ENAMETOOLONG;
	} else if (set_vfs(store, options->vfs) < 0) {
		store_say(ret_error, "there is no SQLite VFS \"%s\"", options->vfs);
		r = -EINVAL;
	} else if (store_resolve(store->path, store->vfs, store->file, sizeof(store->file) - 8) <
		   0) {
		store_say(ret_error, "the log's path is too long, or leads in a circle");
		r = -ENAMETOOLONG;
	} else {
		r = take_lock(store, ret_error);
	}
	if (r == 0)
		r = open_locked(store, options, fn, user, ret_error);
	if (r < 0) {
		finish(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	store_writer_stop(store);
	finish(store);
}
