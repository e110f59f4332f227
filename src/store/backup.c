/* A copy of the log beside the running daemon, by SQLite's backup interface: all of it in one read
 * transaction, so it is the log as it was at one moment. The copy is one file; it appears under its
 * name only when it is whole and on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/store/private.h"

static int copy(sqlite3 *from, sqlite3 *to, char ret_error[STORE_ERROR_SIZE])
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int r;

	if (!backup) {
		store_say(ret_error, "the copy cannot be begun: %s", sqlite3_errmsg(to));
		return store_errno(sqlite3_errcode(to));
	}
	do /* -1: in one step, or the writer's next commit would make it begin anew */
		r = sqlite3_backup_step(backup, -1);
	while (r == SQLITE_OK);
	sqlite3_backup_finish(backup);
	if (r != SQLITE_DONE) {
		store_say(ret_error, "the copy failed: %s", sqlite3_errstr(r));
		return r == SQLITE_BUSY || r == SQLITE_LOCKED ? -EBUSY : store_errno(r);
	}
	/* A WAL beside the copy would be a second file to keep. */
	r = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	if (r != SQLITE_OK)
		store_say(ret_error, "the copy failed: %s", sqlite3_errmsg(to));
	return store_errno(r);
}

static int sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return r;
}

int store_publish(const char *part, const char *to, char ret_error[STORE_ERROR_SIZE])
{
	char folder[STORE_PATH_SIZE];
	char *slash;
	int r = sync_path(part, O_RDONLY);

	if (r == 0 && link(part, to) < 0)
		r = -errno;
	snprintf(folder, sizeof(folder), "%s", to);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	if (r == 0)
		r = sync_path(slash ? folder : ".", O_RDONLY | O_DIRECTORY);
	if (r < 0)
		store_say(ret_error, "%.200s: %s", to, strerror(-r));
	return r;
}

static int fill(const char *path, const char *part, char ret_error[STORE_ERROR_SIZE])
{
	sqlite3 *from = NULL, *to = NULL;
	int r = store_errno(sqlite3_open_v2(path, &from, SQLITE_OPEN_READONLY, NULL));

	if (r == 0) {
		sqlite3_db_config(from, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		sqlite3_busy_timeout(from, 5000);
		r = store_check_format(from, path, ret_error);
	} else {
		store_say(ret_error, "cannot open %.200s: %s", path, sqlite3_errmsg(from));
	}
	if (r == 0) {
		r = store_errno(sqlite3_open_v2(part, &to, SQLITE_OPEN_READWRITE, NULL));
		if (r < 0)
			store_say(ret_error, "cannot open %.200s: %s", part, sqlite3_errmsg(to));
	}
	if (r == 0)
		r = copy(from, to, ret_error);
	sqlite3_close(to);
	sqlite3_close(from);
	return r;
}

int store_backup(const char *path, const char *to, char ret_error[STORE_ERROR_SIZE])
{
	char part[STORE_PATH_SIZE];
	int fd, r;

	if (snprintf(part, sizeof(part), "%s.part", to) >= (int)sizeof(part)) {
		store_say(ret_error, "the copy's path is too long");
		return -ENAMETOOLONG;
	}
	if (access(to, F_OK) == 0) {
		store_say(ret_error, "%.200s is there already; a backup never overwrites", to);
		return -EEXIST;
	}
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		r = -errno;
		store_say(ret_error,
			  r == -EEXIST
				  ? "%.200s is there: another backup is being made, or one was "
				    "cut off; take it away"
				  : "%.200s cannot be made",
			  part);
		return r;
	}
	close(fd);
	r = fill(path, part, ret_error);
	if (r == 0)
		r = store_publish(part, to, ret_error);
	unlink(part);
	return r;
}

int store_change_epoch(const char *path, char ret_epoch[CORE_TOKEN_SIZE],
		       char ret_before[CORE_TOKEN_SIZE], char ret_error[STORE_ERROR_SIZE])
{
	uint8_t epoch[16], before[sizeof(epoch)];
	sqlite3 *db = NULL;
	int r = store_errno(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL));

	randombytes_buf(epoch, sizeof(epoch));
	if (r == 0)
		r = store_check_format(db, path, ret_error);
	else
		store_say(ret_error, "cannot open %.200s: %s", path, sqlite3_errmsg(db));
	if (r == 0) {
		r = store_meta_get(db, "epoch", before, sizeof(before));
		if (r == 0)
			r = store_errno(sqlite3_exec(db, "DELETE FROM meta WHERE key = 'epoch'",
						     NULL, NULL, NULL));
		if (r == 0)
			r = store_meta_set(db, "epoch", epoch, sizeof(epoch));
		if (r < 0)
			store_say(ret_error, "%.200s: its epoch cannot be changed: %s", path,
				  sqlite3_errmsg(db));
	}
	sqlite3_close(db);
	if (r < 0)
		return r;
	sodium_bin2hex(ret_epoch, CORE_TOKEN_SIZE, epoch, sizeof(epoch));
	sodium_bin2hex(ret_before, CORE_TOKEN_SIZE, before, sizeof(before));
	return 0;
}
