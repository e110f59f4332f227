/* A start checks the events behind its snapshot only. So a worker walks the whole log once after
 * each start and once after each service day has been opened, at the lowest priority: an event that
 * was damaged long ago is named within a day, not when somebody asks. */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/daemon/clock.h"
#include "src/daemon/private.h"
#include "src/measure/digest.h"

enum { LOOK_MS = 1000 };

static bool go_on(void *user)
{
	struct audit *audit = user;

	return !atomic_load(&audit->stop);
}

static void walk(uv_work_t *work)
{
	struct daemon *daemon = work->data;
	const struct config *config = daemon->config;
	const struct store_verify_options options = {
		.key_path = config->key_path[0] ? config->key_path : NULL,
		.digest = &digest_maker,
		.go_on = go_on,
		.user = &daemon->audit,
	};

	/* Of this thread alone; without the right to it, it is as it was. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
	daemon->audit.outcome = store_verify_with(config->log_path, &options, &daemon->audit.now);
}

static void on_walked(uv_work_t *work, int status)
{
	struct daemon *daemon = work->data;
	struct audit *audit = &daemon->audit;

	audit->running = false;
	malloc_trim(0); /* what the worker needed is the system's again until the next day */
	if (status == UV_ECANCELED || audit->outcome == -ECANCELED)
		return;
	audit->damaged = audit->outcome == -EBADMSG;
	if (audit->outcome == 0) {
		audit->seq = audit->now.events;
		audit->detail[0] = '\0';
		return;
	}
	snprintf(audit->detail, sizeof(audit->detail), "%s%s",
		 audit->damaged ? "日志受损 the log is damaged: "
				: "日志未能校验 the log could not be audited: ",
		 audit->now.detail[0] ? audit->now.detail : strerror(-audit->outcome));
	fprintf(stderr, "onewindow: %s\n", audit->detail);
}

static const char moved_away[] =
	"日志文件已被移走或删除，请在守护进程结束前放回原处 the log's file was moved or deleted; "
	"put it back before the daemon ends: the next start would begin another log";

/* Whoever takes the file away is told while it still has all events: the daemon goes on writing to
 * it, and the next one would begin another log. */
static void look_for_file(struct daemon *daemon)
{
	struct audit *audit = &daemon->audit;
	int64_t now_ms = clock_now_us() / 1000;
	bool moved;

	if (now_ms < audit->looked_ms + LOOK_MS)
		return;
	audit->looked_ms = now_ms;
	moved = !keeper_log_is_in_place(daemon->keeper);
	if (moved != audit->moved)
		fprintf(stderr, "onewindow: %s\n",
			moved ? moved_away : "日志文件已复原 the log's file is in its place again");
	audit->moved = moved;
}

void daemon_audit(struct daemon *daemon)
{
	struct audit *audit = &daemon->audit;
	int64_t day = hall_day_counter(keeper_hall(daemon->keeper));

	look_for_file(daemon);
	if (audit->running || audit->day == day)
		return;
	audit->day = day;
	audit->work.data = daemon;
	audit->running = uv_queue_work(&daemon->loop, &audit->work, walk, on_walked) == 0;
}

void daemon_audit_end(struct daemon *daemon)
{
	atomic_store(&daemon->audit.stop, true);
	if (daemon->audit.running)
		uv_cancel((uv_req_t *)&daemon->audit.work);
	while (daemon->audit.running)
		uv_run(&daemon->loop, UV_RUN_ONCE);
}

void daemon_audit_state(void *user, struct web_audit *ret)
{
	const struct daemon *daemon = user;

	ret->seq = daemon->audit.seq;
	ret->damaged = daemon->audit.damaged || daemon->audit.moved;
	ret->detail = daemon->audit.moved ? moved_away : daemon->audit.detail;
}
