/* See kept.h. */
#include "tests/unit/keeper/kept.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

void kept_on_wake(void *user)
{
	struct kept *kept = user;

	eventfd_write(kept->wake_fd, 1);
}

void kept_open(struct kept *kept)
{
	struct keeper_options options = {
		.store = {.path = kept->log,
			  .create = true,
			  .wake = kept_on_wake,
			  .wake_user = kept},
	};
	char error[STORE_ERROR_SIZE];
	int r;

	r = keeper_open(&kept->keeper, &options, error);
	if (r < 0)
		fail_msg("keeper_open: %s: %s", strerror(-r), error);
}

void kept_close(struct kept *kept)
{
	keeper_close(kept->keeper);
	kept->keeper = NULL;
}

void kept_create(struct kept *kept)
{
	memset(kept, 0, sizeof(*kept));
	snprintf(kept->folder, sizeof(kept->folder), "/tmp/onewindow-kept-XXXXXX");
	assert_non_null(mkdtemp(kept->folder));
	snprintf(kept->log, sizeof(kept->log), "%s/log", kept->folder);
	kept->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(kept->wake_fd >= 0);
	kept->mono_ms = 1000;
	kept_open(kept);
}

void kept_destroy(struct kept *kept)
{
	struct dirent *entry;
	char path[400];
	DIR *folder;

	if (kept->keeper)
		kept_close(kept);
	close(kept->wake_fd);
	folder = opendir(kept->folder);
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/%s", kept->folder, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	closedir(folder);
	assert_int_equal(rmdir(kept->folder), 0);
}

struct command kept_command(struct kept *kept, enum command_type type)
{
	struct command command;

	memset(&command, 0, sizeof(command));
	command.type = type;
	command.at.mono_ms = ++kept->mono_ms;
	command.at.wall_ms = INT64_C(1764000000000) + kept->mono_ms; /* 2025-11-24 16:00 UTC */
	command.at.offset_min = 480;
	strcpy(command.by, "test");
	return command;
}

struct command kept_issue(struct kept *kept, const char *queue)
{
	struct command command = kept_command(kept, COMMAND_ISSUE);

	snprintf(command.u.issue.queue, sizeof(command.u.issue.queue), "%s", queue);
	command.u.issue.origin = ORIGIN_API;
	command.u.issue.arrival_ms = command.at.mono_ms;
	command.u.issue.print = true;
	snprintf(command.u.issue.token, sizeof(command.u.issue.token), "%032llx",
		 (unsigned long long)command.at.mono_ms);
	return command;
}

struct command kept_at(struct kept *kept, enum command_type type, int64_t window)
{
	struct command command = kept_command(kept, type);

	command.u.at_window.window = window;
	return command;
}

void kept_pump(struct kept *kept)
{
	struct pollfd wait = {.fd = kept->wake_fd, .events = POLLIN};
	eventfd_t count;

	assert_int_equal(keeper_advance(kept->keeper), 0);
	while (!keeper_idle(kept->keeper)) {
		assert_int_equal(poll(&wait, 1, 30000), 1);
		eventfd_read(kept->wake_fd, &count);
		assert_int_equal(keeper_advance(kept->keeper), 0);
	}
}

void kept_wait_well(struct kept *kept)
{
	struct pollfd wait = {.fd = kept->wake_fd, .events = POLLIN};
	eventfd_t count;

	while (keeper_deadline_ms(kept->keeper) != INT64_MAX) {
		assert_int_equal(poll(&wait, 1, 30000), 1);
		eventfd_read(kept->wake_fd, &count);
		assert_int_equal(keeper_advance(kept->keeper), 0);
	}
}

static void expect_done(void *user, const struct keeper_reply *reply)
{
	if (reply->status != KEEPER_DONE)
		fail_msg("refused: %d %s %s", (int)reply->status, refusal_code(reply->refusal),
			 reply->detail);
	++*(int *)user;
}

void kept_do(struct kept *kept, const struct command *command)
{
	int replies = 0;

	assert_int_equal(keeper_submit(kept->keeper, command, NULL, NULL, 0, expect_done, &replies),
			 0);
	kept_pump(kept);
	assert_int_equal(replies, 1);
}

static void define_queue(struct kept *kept, const char *id, const char *prefix, int64_t last)
{
	struct command command = kept_command(kept, COMMAND_DEFINE_QUEUE);

	snprintf(command.u.define_queue.queue, CORE_ID_SIZE, "%s", id);
	snprintf(command.u.define_queue.prefix, CORE_PREFIX_SIZE, "%s", prefix);
	strcpy(command.u.define_queue.zh, "综合受理");
	strcpy(command.u.define_queue.en, "General");
	command.u.define_queue.first = 1;
	command.u.define_queue.last = last;
	command.u.define_queue.work = true;
	kept_do(kept, &command);
}

static void define_window(struct kept *kept, int64_t number, const char *queues)
{
	struct command command = kept_command(kept, COMMAND_DEFINE_WINDOW);

	command.u.define_window.window = number;
	strcpy(command.u.define_window.zh, "窗口");
	strcpy(command.u.define_window.en, "Window");
	snprintf(command.u.define_window.queues, sizeof(command.u.define_window.queues), "%s",
		 queues);
	kept_do(kept, &command);
}

void kept_define(struct kept *kept)
{
	struct command command = kept_command(kept, COMMAND_START_DAEMON);

	strcpy(command.u.start_daemon.boot, "11111111-2222-3333-4444-555555555555");
	strcpy(command.u.start_daemon.software, "test");
	kept_do(kept, &command);
	command = kept_command(kept, COMMAND_DEFINE_HALL);
	strcpy(command.u.define_hall.id, "hall");
	strcpy(command.u.define_hall.zh, "政务大厅");
	strcpy(command.u.define_hall.en, "Service hall");
	strcpy(command.u.define_hall.zone, "Asia/Shanghai");
	command.u.define_hall.target_ms = 900000;
	kept_do(kept, &command);
	define_queue(kept, "general", "A", 999);
	define_queue(kept, "issue", "B", 3);
	define_window(kept, 1, "general");
	define_window(kept, 2, "issue,general");
	command = kept_command(kept, COMMAND_DEFINE_ITEM);
	strcpy(command.u.define_item.item, "id-card");
	strcpy(command.u.define_item.zh, "身份证");
	strcpy(command.u.define_item.en, "Identity card");
	strcpy(command.u.define_item.department, "公安局");
	strcpy(command.u.define_item.queue, "general");
	kept_do(kept, &command);
}

void kept_open_day(struct kept *kept, int64_t date)
{
	struct command command = kept_command(kept, COMMAND_OPEN_DAY);

	command.u.open_day.date = date;
	kept_do(kept, &command);
}
