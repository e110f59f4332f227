/* onewindow log restore BACKUP TO: a log to go on with, made from a copy. It is another log from
 * here on: it gets an epoch of its own, and the change is an event, so that nobody takes it for
 * the one that was lost. It appears under its name when it is whole. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/cli.h"
#include "src/daemon/clock.h"
#include "src/keeper/keeper.h"

enum { PATH_SIZE = 1100 };

struct restore {
	const char *backup, *to, *key;
	char part[PATH_SIZE], part_key[PATH_SIZE + 8], to_key[PATH_SIZE + 8];
	char error[STORE_ERROR_SIZE];
	bool done;
};

__attribute__((format(printf, 3, 4))) static int say(struct restore *restore, int r,
						     const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(restore->error, sizeof(restore->error), format, ap);
	va_end(ap);
	return r;
}

static int copy_key(struct restore *restore)
{
	char text[2 * STORE_KEY_SIZE + 8];
	ssize_t n = -1;
	int from = open(restore->key, O_RDONLY | O_CLOEXEC);
	int to = -1, r = 0;

	if (from >= 0)
		n = read(from, text, sizeof(text));
	if (n > 0)
		to = open(restore->part_key, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (n <= 0 || to < 0 || write(to, text, (size_t)n) != n || fsync(to) < 0)
		r = say(restore, -EIO, "the key %.150s cannot be copied: %s", restore->key,
			strerror(errno));
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return r;
}

static void on_reply(void *user, const struct keeper_reply *reply)
{
	struct restore *restore = user;

	restore->done = reply->status == KEEPER_DONE;
	if (!restore->done)
		say(restore, 0, "%s", reply->detail);
}

static void on_wake(void *user)
{
	(void)user;
}

static int submit(struct restore *restore, struct keeper *keeper, struct command *command)
{
	int r;

	clock_stamp(&command->at);
	strcpy(command->by, "daemon");
	restore->done = false;
	r = keeper_submit(keeper, command, NULL, NULL, 0, on_reply, restore);
	while (r == 0 && !keeper_idle(keeper)) {
		r = keeper_step(keeper);
		if (keeper_advance(keeper) < 0)
			r = -EIO;
	}
	return r == 0 && !restore->done ? -EIO : r;
}

static int begin_epoch(struct restore *restore)
{
	struct keeper_options options = {
		.store = {.path = restore->part,
			  .projections = &store_ticket_projection,
			  .projection_count = 1,
			  .wake = on_wake,
			  .manual = true},
	};
	struct command start = {.type = COMMAND_START_DAEMON};
	struct command begin = {.type = COMMAND_RESTORE_LOG};
	struct keeper *keeper;
	int r;

	r = store_change_epoch(restore->part, begin.u.restore_log.epoch, begin.u.restore_log.before,
			       restore->error);
	if (r < 0)
		return r;
	r = keeper_open(&keeper, &options, restore->error);
	if (r < 0)
		return r;
	clock_set_zone(hall_definition(keeper_hall(keeper))->zone);
	clock_boot_id(start.u.start_daemon.boot);
	snprintf(start.u.start_daemon.software, sizeof(start.u.start_daemon.software),
		 "onewindow %s", ONEWINDOW_VERSION);
	r = submit(restore, keeper, &start);
	if (r == 0)
		r = submit(restore, keeper, &begin);
	keeper_close(keeper);
	return r;
}

/* The daemon will trust it: it is looked at as it lies there, with nothing left in a WAL. */
static int check(struct restore *restore)
{
	struct store_verify_result result = {0};
	char wal[PATH_SIZE + 8];
	int r;

	snprintf(wal, sizeof(wal), "%s-wal", restore->part);
	if (access(wal, F_OK) == 0)
		return say(restore, -EIO, "its last events are not in the file yet; try again");
	r = store_verify(restore->part, NULL, &result);
	return r < 0 ? say(restore, r, "%s", result.detail) : 0;
}

static int sync_folder(struct restore *restore)
{
	char folder[PATH_SIZE];
	char *slash;
	int fd, r;

	snprintf(folder, sizeof(folder), "%s", restore->to);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return say(restore, -errno, "%.150s: %s", folder, strerror(errno));
	r = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return r;
}

/* The key first: a log without its key is of no use, a key without a log does no harm. link()
 * never takes the place of a file. */
static int publish(struct restore *restore)
{
	if (link(restore->part_key, restore->to_key) < 0)
		return say(restore, -errno, "%.150s: %s", restore->to_key, strerror(errno));
	if (link(restore->part, restore->to) < 0) {
		int r = say(restore, -errno, "%.150s: %s", restore->to, strerror(errno));

		unlink(restore->to_key);
		return r;
	}
	return sync_folder(restore);
}

static void tidy(const struct restore *restore)
{
	static const char *const ends[] = {"", ".key", ".lock", "-wal", "-shm"};
	char path[PATH_SIZE + 16];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", restore->part, ends[i]);
		unlink(path);
	}
}

static int prepare(struct restore *restore)
{
	struct store_verify_result result = {0};
	int r;

	if (snprintf(restore->part, sizeof(restore->part), "%s.restoring", restore->to) >=
	    (int)sizeof(restore->part) - 8)
		return say(restore, -ENAMETOOLONG, "the path is too long");
	snprintf(restore->part_key, sizeof(restore->part_key), "%s.key", restore->part);
	snprintf(restore->to_key, sizeof(restore->to_key), "%s.key", restore->to);
	if (access(restore->to, F_OK) == 0 || access(restore->to_key, F_OK) == 0)
		return say(restore, -EEXIST,
			   "%.150s or its key is there already; move the old log and its key away",
			   restore->to);
	r = store_verify(restore->backup, restore->key, &result);
	if (r < 0)
		return say(restore, r, "%.100s: %s", restore->backup, result.detail);
	return 0;
}

int cli_log_restore(const char *backup, const char *to, const char *key)
{
	struct restore restore = {.backup = backup, .to = to, .key = key};
	char beside[PATH_SIZE];
	int r;

	snprintf(beside, sizeof(beside), "%s.key", backup);
	if (!key)
		restore.key = beside;
	r = prepare(&restore);
	if (r == 0) {
		tidy(&restore); /* of one that was cut off */
		r = store_backup(backup, restore.part, restore.error);
		if (r == 0)
			r = copy_key(&restore);
		if (r == 0)
			r = begin_epoch(&restore);
		if (r == 0)
			r = check(&restore);
		if (r == 0)
			r = publish(&restore);
		tidy(&restore);
	}
	if (r < 0)
		return cli_log_fail("log", to, restore.error, r);
	printf("已恢复，启用新纪元 restored under a new epoch: %s, key %s\n", to, restore.to_key);
	return CLI_OK;
}
