/* The daemon and the clock: a step becomes an event, once; the service day is opened, closed and
 * changed as calendar.c judges; what is wrong with the clock or the log is said on stderr, and
 * given to the boards. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/daemon/calendar.h"
#include "src/daemon/clock.h"
#include "src/daemon/private.h"

enum {
	/* A step of the clock is one of half a second or more, or several that add up to that.
	 * It is less than the smallest step that a person or a time service makes (a leap second;
	 * chrony steps by a second, timesyncd by 0.4 s or more), and far more than two readings of
	 * the clocks ever differ by. */
	STEP_MIN_MS = 500,
	PAUSE_MS = 1000,
	REFUSED_PAUSE_MS = 60000,
};

bool daemon_log_takes(const struct daemon *daemon)
{
	return keeper_deadline_ms(daemon->keeper) == INT64_MAX;
}

/* The log may take no writes: then it is asked again a second later. A refusal lasts. */
static int64_t pause_ms(const struct keeper_reply *reply)
{
	if (reply->status == KEEPER_DONE)
		return 0;
	return reply->status == KEEPER_REFUSED ? REFUSED_PAUSE_MS : PAUSE_MS;
}

static void on_stepped(void *user, const struct keeper_reply *reply)
{
	struct daemon *daemon = user;

	daemon->stepping = false;
	daemon->step_after_ms = clock_now_us() / 1000 + pause_ms(reply);
	if (reply->status != KEEPER_DONE)
		return;
	daemon->clock_steps++;
	fprintf(stderr, "onewindow: 时钟被调整 the clock was set by %+.3f s\n",
		(double)reply->events[0].u.clock_step.step_ms / 1000);
}

static int64_t step_since(const struct hall *hall, const struct stamp *now)
{
#ifdef DAEMON_BREAK_STEPS /* a deliberately broken build: the tests must notice */
	(void)hall, (void)now;
	return 0;
#else
	return now->wall_ms - now->mono_ms - hall_clock_ms(hall);
#endif
}

/* What the hall expects of the clock is the sum of what is in the log, so each step is written
 * once, also one that happened while the daemon was down, and one that the log refused comes again.
 */
static void note_step(struct daemon *daemon, const struct stamp *now)
{
	struct command command = {.type = COMMAND_STEP_CLOCK, .at = *now, .by = "daemon"};
	int64_t step_ms = step_since(keeper_hall(daemon->keeper), now);

	if (!daemon->booted || daemon->stepping || llabs(step_ms) < STEP_MIN_MS ||
	    !daemon_log_takes(daemon) || now->mono_ms < daemon->step_after_ms)
		return;
	command.u.step_clock.step_ms = step_ms;
	daemon->stepping =
		keeper_submit(daemon->keeper, &command, NULL, NULL, 0, on_stepped, daemon) == 0;
}

void daemon_stamp(struct daemon *daemon, struct stamp *ret_now)
{
	clock_stamp(ret_now);
	note_step(daemon, ret_now);
}

static void on_day(void *user, const struct keeper_reply *reply)
{
	struct daemon *daemon = user;

	daemon->days_asked--;
	if (reply->status != KEEPER_DONE)
		daemon->day_after_ms = clock_now_us() / 1000 + pause_ms(reply);
	if (reply->status == KEEPER_REFUSED)
		fprintf(stderr, "onewindow: 服务日 service day: %s %s %s\n",
			refusal_text_zh(reply->refusal), refusal_text_en(reply->refusal),
			reply->detail);
}

static bool ask_day(struct daemon *daemon, enum command_type type, const struct stamp *now,
		    int64_t date)
{
	struct command command = {.type = type, .at = *now, .by = "daemon"};

	if (type == COMMAND_OPEN_DAY)
		command.u.open_day.date = date;
	if (keeper_submit(daemon->keeper, &command, NULL, NULL, 0, on_day, daemon) < 0) {
		daemon->day_after_ms = now->mono_ms + PAUSE_MS;
		return false;
	}
	daemon->days_asked++;
	return true;
}

static void say_clock(struct daemon *daemon, const struct calendar_view *view,
		      const struct calendar_verdict *verdict)
{
	if (verdict->clock == daemon->clock)
		return;
	daemon->clock = verdict->clock;
	calendar_explain(view, verdict, daemon->clock_detail, sizeof(daemon->clock_detail));
	if (verdict->clock == CLOCK_RIGHT) {
		fprintf(stderr, "onewindow: 时钟恢复正常 the clock is right again\n");
		return;
	}
	fprintf(stderr, "onewindow: %s\n", daemon->clock_detail);
	fprintf(stderr,
		"onewindow: 校正时钟后自动恢复 when it is right the hall goes on by itself\n");
	fprintf(stderr, "onewindow: 如日期无误，请执行 if the date is meant: "
			"onewindow day close; onewindow day open --again\n");
}

void daemon_turn_day(struct daemon *daemon)
{
	const struct hall *hall = keeper_hall(daemon->keeper);
	struct calendar_view view = {
		.day = hall_day(hall),
		.last_day = hall_last_day(hall),
		.stepped_ms = hall_stepped_ms(hall),
		.empty = hall_is_empty(hall),
		.synchronised = clock_is_synchronised(),
	};
	struct calendar_verdict verdict;

	if (daemon->days_asked || daemon->stepping)
		return;
	daemon_stamp(daemon, &view.now);
	if (daemon->stepping) /* the verdict needs to know of the step */
		return;
	calendar_judge(&view, &verdict);
	say_clock(daemon, &view, &verdict);
	/* A ticket on its way to the disk is of a day that must not be closed as an empty one. */
	if (verdict.move == CALENDAR_STAY || !keeper_idle(daemon->keeper) ||
	    !daemon_log_takes(daemon) || view.now.mono_ms < daemon->day_after_ms)
		return;
	if (verdict.move == CALENDAR_OPEN || ask_day(daemon, COMMAND_CLOSE_DAY, &view.now, 0))
		ask_day(daemon, COMMAND_OPEN_DAY, &view.now, verdict.date);
}

bool daemon_is_closed_by_clock(const struct daemon *daemon)
{
	return daemon->clock != CLOCK_RIGHT && !hall_day(keeper_hall(daemon->keeper));
}

/* Once each way, for whoever reads the journal: the boards say no reason. */
static void say_log_takes(struct daemon *daemon, bool takes)
{
	struct store_state state;

	if (takes == !daemon->log_refuses)
		return;
	daemon->log_refuses = !takes;
	keeper_get_state(daemon->keeper, &state);
	if (takes)
		fprintf(stderr, "onewindow: 日志恢复写入 the log takes writes again\n");
	else
		fprintf(stderr,
			"onewindow: 日志无法写入，请检查磁盘；每秒自动重试 the log takes no "
			"writes, "
			"look at the disk; it is tried again every second: %s\n",
			state.detail);
}

void daemon_give_notice(struct daemon *daemon)
{
	enum devices_notice notice = DEVICES_NOTICE_NONE;
	bool takes = daemon_log_takes(daemon);

	say_log_takes(daemon, takes);
	if (!takes)
		notice = DEVICES_NOTICE_LOG;
	else if (daemon_is_closed_by_clock(daemon))
		notice = DEVICES_NOTICE_CLOCK;
	devices_set_notice(daemon->devices, notice);
}
