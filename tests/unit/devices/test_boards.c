/* What boards are to show, from a plain hall and a clock in the hands of the test; and the keeper's
 * account of what came there, with a driver that only listens. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/devices/board_want.h"
#include "src/devices/private.h"
#include "tests/unit/core/world.h"

/* A moment is milliseconds since the boot, which was at 08:00 in the hall. */
enum { S = 1000, MIN = 60 * S, HOUR = 60 * MIN, TODAY = 20260105 };

static struct hall *hall;
static struct devices_config config;
static struct devices_board_config *board;
static struct device_model model;
static enum devices_notice notice;
static int64_t now_ms;
static struct board_state seen;
static int64_t due_us;

static void run(struct command command)
{
	now_ms = command.at.mono_ms;
	world_do(hall, command);
}

static void run_at(int64_t t, enum command_type type, int64_t window)
{
	run(world_at(t, type, window));
}

static int set_up(void **state)
{
	struct command define = world_command(COMMAND_DEFINE_HALL, 1);

	(void)state;
	memset(&config, 0, sizeof(config));
	config.board_count = 1;
	config.board_texts_len = 1;
	board = &config.boards[0];
	board->rules.blink_us = 20 * S * 1000;
	model = (struct device_model){
		.name = "board",
		.u.board = {.columns = 16, .rows = 1, .charset = BOARD_GBK, .blinks = true}};
	notice = DEVICES_NOTICE_NONE;
	assert_int_equal(hall_create(&hall), 0);
	strcpy(define.u.define_hall.id, "hall");
	strcpy(define.u.define_hall.zh, "市民服务中心");
	strcpy(define.u.define_hall.en, "Citizen Service Centre");
	strcpy(define.u.define_hall.zone, "Asia/Shanghai");
	define.u.define_hall.target_ms = 15 * MIN;
	run(define);
	run(world_queue(1, "general", "A", 1, 999));
	run(world_queue(1, "issue", "B", 1, 999));
	for (int64_t i = 1; i <= 4; i++)
		run(world_window(1, i, i == 3 ? "issue" : "general,issue"));
	run(world_open(2, TODAY));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_null(hall_check(hall));
	hall_destroy(hall);
	return 0;
}

static struct board_wait waits[CORE_MAX_QUEUES];

static void look(void)
{
	struct stamp at = world_stamp(now_ms);
	struct board_view view = {
		.hall = hall,
		.notice = notice,
		.config = &config,
		.board = board,
		.model = &model,
		.waits = waits,
		.now_us = now_ms * 1000,
		.wall_offset_us =
			(at.wall_ms - at.mono_ms + (int64_t)at.offset_min * MIN) * INT64_C(1000),
	};

	board_want(&view, &seen, &due_us);
}

static void look_at(int64_t t)
{
	now_ms = t;
	look();
}

static void assert_shows(enum board_content content, const char *text, bool blink)
{
	look();
	assert_string_equal(seen.text, text);
	assert_int_equal(seen.content, content);
	assert_int_equal(seen.blink, blink);
}

/* Behind what the pool has. */
static void set_text(enum board_text text, const char *const *variants, size_t count)
{
	board->rules.texts.at[text] = (uint16_t)config.board_texts_len;
	for (size_t i = 0; i < count; i++) {
		strcpy(config.board_texts + config.board_texts_len, variants[i]);
		config.board_texts_len += strlen(variants[i]) + 1;
	}
	config.board_texts_len++;
}

/* ---- over a window -------------------------------------------------------------------------- */

static void test_a_window(void **state)
{
	(void)state;
	board->window = 2;
	assert_shows(BOARD_IDLE, "2号窗口 Window 2", false);
	assert_int_equal(due_us, INT64_MAX);
	assert_int_equal(seen.window, 2);
	assert_string_equal(seen.number, "");
	run(world_issue(10, "general", CLASS_ORDINARY));
	run_at(20, COMMAND_CALL_NEXT, 2);
	assert_shows(BOARD_CALL, "请A001到2号窗口", true);
	assert_int_equal(due_us, (20 + 20 * S) * INT64_C(1000));
	assert_string_equal(seen.number, "A001");
	assert_int_equal(seen.window, 2);
	now_ms = 20 + 20 * S - 1;
	assert_shows(BOARD_CALL, "请A001到2号窗口", true);
	now_ms = 20 + 20 * S;
	assert_shows(BOARD_CALL, "请A001到2号窗口", false);
	assert_int_equal(due_us, INT64_MAX);
	run_at(40 * S, COMMAND_RECALL, 2);
	assert_shows(BOARD_CALL, "请A001到2号窗口", true);
	assert_int_equal(due_us, 60 * S * INT64_C(1000));
	run_at(50 * S, COMMAND_START, 2);
	assert_shows(BOARD_SERVING, "受理中 Now A001", false);
	run_at(60 * S, COMMAND_FINISH, 2);
	assert_shows(BOARD_IDLE, "2号窗口 Window 2", false);
	run_at(61 * S, COMMAND_PAUSE, 2);
	assert_shows(BOARD_PAUSED, "暂停服务 Closed", false);
	run_at(62 * S, COMMAND_REOPEN, 2);
	run(world_command(COMMAND_CLOSE_DAY, 63 * S));
	assert_shows(BOARD_IDLE, "欢迎光临 Welcome", false);
	board->window = 9;
	assert_shows(BOARD_IDLE, "欢迎光临 Welcome", false);
}

static void test_notices(void **state)
{
	(void)state;
	board->window = 1;
	notice = DEVICES_NOTICE_LOG;
	assert_shows(BOARD_NOTICE, "系统维护 Wait", false);
	notice = DEVICES_NOTICE_CLOCK;
	assert_shows(BOARD_NOTICE, "时间有误 Wait", false);
	run(world_issue(10, "general", CLASS_ORDINARY));
	run_at(20, COMMAND_CALL_NEXT, 1);
	notice = DEVICES_NOTICE_LOG;
	assert_shows(BOARD_CALL, "请A001到1号窗口", true);
	run_at(21, COMMAND_START, 1);
	assert_shows(BOARD_SERVING, "受理中 Now A001", false);
}

/* A machine that was started anew calls once more: whoever was called sees it again. */
static void test_another_boot(void **state)
{
	struct command start = world_command(COMMAND_START_DAEMON, 500);

	(void)state;
	board->window = 1;
	run(world_issue(90 * S, "general", CLASS_ORDINARY));
	run_at(100 * S, COMMAND_CALL_NEXT, 1);
	/* The clock begins anew, the hall does not know it yet: no call of the future blinks. */
	look_at(400);
	assert_false(seen.blink);
	strcpy(start.u.start_daemon.boot, "00000000-0000-4000-8000-000000000002");
	strcpy(start.u.start_daemon.software, "test");
	run(start);
	assert_shows(BOARD_CALL, "请A001到1号窗口", true);
	look_at(500 + 20 * S);
	assert_false(seen.blink);
}

static void test_own_texts(void **state)
{
	static const char *const call[] = {"{queue.zh} {number}号 请到 {window.zh}", "{number}!"};
	static const char *const idle[] = {"等候{waiting}人 {time}"};

	(void)state;
	board->window = 1;
	model.u.board.columns = 32;
	set_text(BOARD_TEXT_CALL, call, 2);
	set_text(BOARD_TEXT_IDLE, idle, 1);
	run(world_issue(10, "issue", CLASS_ORDINARY));
	run(world_issue(11, "issue", CLASS_ORDINARY));
	assert_shows(BOARD_IDLE, "等候2人 08:00", false);
	assert_int_equal(due_us, INT64_C(60000000)); /* the next minute */
	look_at(59 * MIN + 59 * S);
	assert_string_equal(seen.text, "等候2人 08:59");
	assert_int_equal(due_us, INT64_C(3600000000));
	run_at(60 * MIN, COMMAND_CALL_NEXT, 1);
	assert_shows(BOARD_CALL, "队列 issue B001号 请到 1号窗口", true);
	model.u.board.columns = 16;
	assert_shows(BOARD_CALL, "B001!", true);
}

static void test_moving_text(void **state)
{
	static const char *const moving[] = {"请携带身份证和申请材料，提前十分钟到达窗口前等候"};

	(void)state;
	board->window = 1;
	set_text(BOARD_TEXT_SCROLL, moving, 1);
	assert_shows(BOARD_IDLE, "1号窗口 Window 1", false);
	assert_false(seen.scroll);
	model.u.board.scrolls = true;
	assert_shows(BOARD_IDLE, moving[0], false);
	assert_true(seen.scroll);
	notice = DEVICES_NOTICE_LOG;
	assert_shows(BOARD_NOTICE, "系统维护 Wait", false);
	assert_false(seen.scroll);
	notice = DEVICES_NOTICE_NONE;
	run_at(20, COMMAND_PAUSE, 1);
	assert_shows(BOARD_PAUSED, "暂停服务 Closed", false);
	assert_false(seen.scroll);
}

/* ---- on a hall board ------------------------------------------------------------------------ */

static void hall_board(void)
{
	model.u.board.columns = 32;
	model.u.board.rows = 4;
}

/* A001 to A003 are called at 1, 2 and 4, B001 at 3; in this order. */
static void call_four(void)
{
	for (int64_t i = 0; i < 3; i++)
		run(world_issue(10 + i, "general", CLASS_ORDINARY));
	run(world_issue(13, "issue", CLASS_ORDINARY));
	run_at(20 * S, COMMAND_CALL_NEXT, 1);
	run_at(21 * S, COMMAND_CALL_NEXT, 2);
	run_at(22 * S, COMMAND_CALL_NEXT, 3);
	run_at(23 * S, COMMAND_CALL_NEXT, 4);
}

#define ROW(number, window) "请" number "到" window "号窗口 " number " Window " window

static void test_newest_first(void **state)
{
	(void)state;
	hall_board();
	assert_shows(BOARD_IDLE, "市民服务中心\nCitizen Service Centre\n欢迎光临 Welcome", false);
	call_four();
	assert_shows(BOARD_LIST,
		     ROW("A003", "4") "\n" ROW("B001", "3") "\n" ROW("A002", "2") "\n" ROW("A001",
											   "1"),
		     false);
	assert_string_equal(seen.number, "A003");
	assert_int_equal(seen.window, 4);
	run_at(24 * S, COMMAND_RECALL, 1);
	run_at(25 * S, COMMAND_START, 3);
	board->calls = 3;
	assert_shows(BOARD_LIST, ROW("A001", "1") "\n" ROW("A003", "4") "\n" ROW("B001", "3"),
		     false);
	run_at(26 * S, COMMAND_FINISH, 3);
	assert_shows(BOARD_LIST, ROW("A001", "1") "\n" ROW("A003", "4") "\n" ROW("A002", "2"),
		     false);
	notice = DEVICES_NOTICE_LOG;
	board->calls = 0;
	assert_shows(BOARD_LIST,
		     "系统维护 请稍候 Please wait\n" ROW("A001", "1") "\n" ROW(
			     "A003", "4") "\n" ROW("A002", "2"),
		     false);
	run(world_command(COMMAND_CLOSE_DAY, 30 * S));
	assert_shows(BOARD_NOTICE,
		     "市民服务中心\nCitizen Service Centre\n系统维护 请稍候 Please wait", false);
}

/* Nobody is to walk to a window that is no more, called or served there. */
static void test_retired_windows_are_not_shown(void **state)
{
	(void)state;
	hall_board();
	call_four();
	run_at(24 * S, COMMAND_START, 4);
	for (int64_t i = 2; i <= 4; i += 2) {
		struct command retire = world_window(25 * S, i, "general,issue");

		retire.u.define_window.retired = true;
		run(retire);
	}
	assert_shows(BOARD_LIST, ROW("B001", "3") "\n" ROW("A001", "1"), false);
}

/* 85 bytes a row of the queue general, 83 of issue: the third has no room, and the oldest, which
 * would have, does not take its place. */
static void test_rows_without_room(void **state)
{
	static const char *const call[] = {"{number} {queue.zh} xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
					   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};

	(void)state;
	hall_board();
	model.u.board.columns = 100;
	set_text(BOARD_TEXT_HALL_CALL, call, 1);
	call_four();
	run_at(24 * S, COMMAND_RECALL, 1);
	run_at(25 * S, COMMAND_RECALL, 2);
	run_at(26 * S, COMMAND_RECALL, 4);
	look();
	assert_int_equal(strlen(seen.text), 2 * 85 + 1);
	assert_null(strstr(seen.text, "B001"));
}

static void test_which_windows(void **state)
{
	static const char *const waiting[] = {"{waiting}"};

	(void)state;
	hall_board();
	call_four();
	board->windows[0] = 1 << 1 | 1 << 3;
	board->window_count = 2;
	assert_shows(BOARD_LIST, ROW("B001", "3") "\n" ROW("A001", "1"), false);
	strcpy(board->queues[0], "general");
	board->queue_count = 1;
	assert_shows(BOARD_LIST, ROW("A001", "1"), false);
	board->window_count = 0;
	assert_shows(BOARD_LIST, ROW("A003", "4") "\n" ROW("A002", "2") "\n" ROW("A001", "1"),
		     false);
	strcpy(board->queues[0], "issue");
	assert_shows(BOARD_LIST, ROW("B001", "3"), false);
	run_at(30 * S, COMMAND_START, 3);
	run_at(31 * S, COMMAND_FINISH, 3);
	set_text(BOARD_TEXT_HALL, waiting, 1);
	run(world_issue(32 * S, "issue", CLASS_ORDINARY));
	run(world_issue(33 * S, "general", CLASS_PRIORITY));
	assert_shows(BOARD_IDLE, "1", false);
	board->queue_count = 0;
	board->windows[0] = 1 << 3;
	board->window_count = 1;
	assert_shows(BOARD_IDLE, "1", false); /* window 3 serves one queue of the two */
}

/* Above the calls, as long as it is known; a board of one row has no room for it. */
static void test_wait_above_calls(void **state)
{
	static const char *const text[] = {"现在取号 Wait {wait} min"};
	struct command policy = world_command(COMMAND_DEFINE_POLICY, 3);

	(void)state;
	memset(waits, 0, sizeof(waits));
	hall_board();
	set_text(BOARD_TEXT_HALL_HEAD, text, 1);
	call_four();
	now_ms = 30 * S;
	assert_shows(BOARD_LIST,
		     ROW("A003", "4") "\n" ROW("B001", "3") "\n" ROW("A002", "2") "\n" ROW("A001",
											   "1"),
		     false);
	policy.u.define_policy.overtakes = -1;
	policy.u.define_policy.expect = true;
	policy.u.define_policy.expect_service_ms = 10 * MIN;
	run(policy);
	now_ms = 40 * S;
	look();
	assert_memory_equal(seen.text, "现在取号 Wait ", 18);
	assert_non_null(strstr(seen.text, " min\n" ROW("A003", "4") "\n" ROW("B001", "3") "\n"));
	assert_null(strstr(seen.text, "A001"));
	model.u.board.rows = 1;
	look();
	assert_memory_equal(seen.text, "请", 3);
	model.u.board.rows = 4;
}

/* The wait of one who comes now; looked at again after five seconds, whatever happens meanwhile. */
static void test_expected_wait(void **state)
{
	static const char *const text[] = {"{waiting}: {wait}", "{waiting}: ?"};
	struct command policy = world_command(COMMAND_DEFINE_POLICY, 3);

	(void)state;
	memset(waits, 0, sizeof(waits));
	set_text(BOARD_TEXT_IDLE, text, 2);
	set_text(BOARD_TEXT_HALL, text, 2);
	board->window = 3; /* of queue issue alone */
	now_ms = 10;
	assert_shows(BOARD_IDLE, "0: ?", false); /* no policy: nothing is told */
	policy.u.define_policy.overtakes = -1;
	policy.u.define_policy.expect = true;
	policy.u.define_policy.expect_service_ms = 10 * MIN;
	run(policy);
	assert_shows(BOARD_IDLE, "0: ?", false);
	assert_int_equal(due_us, 10 * 1000 + BOARD_WAIT_US);
	now_ms = 5010;
	assert_shows(BOARD_IDLE, "0: 0", false);
	assert_int_equal(due_us, 5010 * 1000 + BOARD_WAIT_US);
	for (int64_t i = 0; i < 9; i++)
		run(world_issue(6 * S, "issue", CLASS_ORDINARY));
	now_ms = 6 * S;
	assert_shows(BOARD_IDLE, "9: 0", false);
	now_ms = 11 * S;
	look();
	assert_memory_equal(seen.text, "9: ", 3);
	assert_non_null(strchr(seen.text, '-'));
	board->window = 0;
	strcpy(board->queues[0], "issue");
	board->queue_count = 1;
	look();
	assert_memory_equal(seen.text, "9: ", 3);
	assert_non_null(strchr(seen.text, '-'));
	board->queue_count = 0;
}

/* The only row is a call's: it blinks while the call is new, and no notice takes its place. */
static void test_one_row(void **state)
{
	(void)state;
	model.u.board.columns = 8;
	assert_shows(BOARD_IDLE, "欢迎光临", false);
	call_four();
	assert_shows(BOARD_LIST, "A003→4", true);
	notice = DEVICES_NOTICE_LOG;
	assert_shows(BOARD_LIST, "A003→4", true);
	look_at(43 * S);
	assert_false(seen.blink);
	run_at(44 * S, COMMAND_START, 4);
	assert_shows(BOARD_LIST, "A003→4", false);
	model.u.board.charset = BOARD_DIGITS;
	model.u.board.columns = 4;
	assert_shows(BOARD_LIST, "A003", false);
}

/* ---- light ---------------------------------------------------------------------------------- */

static void test_dim_nights(void **state)
{
	(void)state;
	board->window = 1;
	board->rules.brightness = 80;
	board->rules.night = (struct board_night){20 * 60, 7 * 60 + 30, 10, false};
	look();
	assert_int_equal(seen.brightness, 0); /* it cannot be dimmed: not asked to */
	model.u.board.dims = true;
	look();
	assert_int_equal(seen.brightness, 80);
	assert_int_equal(due_us, 12 * HOUR * INT64_C(1000));
	look_at(12 * HOUR - 1);
	assert_int_equal(seen.brightness, 80);
	look_at(12 * HOUR);
	assert_int_equal(seen.brightness, 10);
	assert_false(seen.dark);
	assert_int_equal(due_us, (23 * HOUR + 30 * MIN) * INT64_C(1000));
	look_at(20 * HOUR); /* four in the morning */
	assert_int_equal(seen.brightness, 10);
	look_at(23 * HOUR + 30 * MIN);
	assert_int_equal(seen.brightness, 80);
	run(world_issue(12 * HOUR + 1, "general", CLASS_ORDINARY));
	run_at(12 * HOUR + 2, COMMAND_CALL_NEXT, 1);
	look(); /* dim is not dark: a call can be read */
	assert_int_equal(seen.content, BOARD_CALL);
	assert_int_equal(seen.brightness, 10);
	board->rules.night.to_min = 23 * 60; /* and one that ends on the same day */
	look_at(13 * HOUR);
	assert_int_equal(seen.brightness, 10);
	look_at(15 * HOUR);
	assert_int_equal(seen.brightness, 80);
	board->rules.night.to_min = board->rules.night.from_min;
	look_at(12 * HOUR);
	assert_int_equal(seen.brightness, 80);
}

static void test_dark_nights(void **state)
{
	(void)state;
	board->window = 1;
	board->rules.night = (struct board_night){20 * 60, 7 * 60 + 30, 0, true};
	model.u.board.sleeps = true;
	look_at(12 * HOUR - 1);
	assert_false(seen.dark);
	look_at(12 * HOUR);
	assert_true(seen.dark);
	assert_string_equal(seen.text, "1号窗口 Window 1");
	run(world_issue(12 * HOUR + 1, "general", CLASS_ORDINARY));
	run_at(12 * HOUR + 2, COMMAND_CALL_NEXT, 1);
	look(); /* a call is always lit, and stays so until somebody comes */
	assert_false(seen.dark);
	look_at(12 * HOUR + MIN);
	assert_false(seen.dark);
	assert_string_equal(seen.text, "请A001到1号窗口");
	board->window = 0;
	hall_board();
	look();
	assert_false(seen.dark);
	run_at(12 * HOUR + 2 * MIN, COMMAND_START, 1);
	look();
	assert_true(seen.dark);
	board->window = 1;
	look();
	assert_true(seen.dark);
	/* One that cannot be switched off shows nothing. */
	model.u.board.sleeps = false;
	look();
	assert_false(seen.dark);
	assert_string_equal(seen.text, "");
	assert_string_equal(seen.number, "");
	assert_int_equal(seen.window, 0);
}

/* ---- the keeper ----------------------------------------------------------------------------- */

static struct devices devices;
static struct board_slot slot;
static struct board_state given; /* to the driver, last */
static unsigned submits;
static int refuses;
static int64_t stepped_ms;

const struct hall *keeper_hall(const struct keeper *keeper)
{
	(void)keeper;
	return hall;
}

static int submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	(void)device;
	assert_int_equal(now_us, now_ms * 1000);
	assert_int_equal(job->kind, JOB_BOARD);
	given = job->u.board;
	submits++;
	return refuses;
}

static void stamp(void *user, struct stamp *ret)
{
	(void)user;
	*ret = world_stamp(now_ms);
	ret->wall_ms += stepped_ms;
}

static int64_t now_us(void *user)
{
	(void)user;
	return now_ms * 1000;
}

static const struct devices_host host = {.stamp = stamp, .now_us = now_us};
static const struct driver driver = {.name = "listener", .submit = submit};

static void keep(void)
{
	memset(&devices, 0, sizeof(devices));
	devices.config = &config;
	devices.host = &host;
	devices.boards = &slot;
	devices.board_count = 1;
	slot = (struct board_slot){
		.slot = {.owner = &devices, .driver = &driver, .model = &model},
		.board = board,
		.due_us = INT64_MAX,
		.unpainted_us = INT64_MAX,
	};
	submits = 0;
	refuses = 0;
	stepped_ms = 0;
	boards_refresh(&devices, now_ms * 1000);
}

static void refresh_at(int64_t t)
{
	now_ms = t;
	boards_refresh(&devices, now_ms * 1000);
}

static void test_equal_states_cost_nothing(void **state)
{
	(void)state;
	board->window = 1;
	keep();
	assert_int_equal(submits, 1);
	assert_int_equal(given.revision, 1);
	assert_int_equal(boards_deadline(&devices), INT64_MAX);
	run(world_issue(10, "general", CLASS_ORDINARY));
	refresh_at(11);
	assert_int_equal(submits, 1);
	run_at(20, COMMAND_CALL_NEXT, 1);
	refresh_at(21);
	assert_int_equal(submits, 2);
	assert_int_equal(given.revision, 2);
	assert_true(given.blink);
	assert_int_equal(boards_deadline(&devices), (20 + 20 * S) * INT64_C(1000));
	refresh_at(20 + 20 * S); /* the clock alone */
	assert_int_equal(submits, 3);
	assert_false(given.blink);
	assert_int_equal(boards_deadline(&devices), INT64_MAX);
	devices.notice = DEVICES_NOTICE_LOG;
	refresh_at(30 * S);
	assert_int_equal(submits, 3); /* the call stays */
	run_at(31 * S, COMMAND_START, 1);
	run_at(32 * S, COMMAND_FINISH, 1);
	refresh_at(32 * S);
	assert_int_equal(given.content, BOARD_NOTICE);
	devices.notice = DEVICES_NOTICE_NONE;
	refresh_at(33 * S);
	assert_int_equal(given.content, BOARD_IDLE);
	assert_int_equal(given.revision, 5);
}

static void test_the_account(void **state)
{
	struct devices_boards_status *account = &devices.boards_status;

	(void)state;
	board->window = 1;
	now_ms = 100;
	keep();
	assert_int_equal(slot.painted, BOARD_UNKNOWN);
	assert_int_equal(slot.unpainted_us, 100000);
	boards_painted(&slot, BOARD_ACKNOWLEDGED, 0); /* of an older one: no news */
	assert_int_equal(slot.painted, BOARD_UNKNOWN);
	boards_painted(&slot, BOARD_ACKNOWLEDGED, 1);
	assert_int_equal(slot.unpainted_us, INT64_MAX);
	assert_int_equal(account->paintings, 1);
	assert_int_equal(account->repaints, 0);
	now_ms = 200; /* the line went, and came back */
	boards_painted(&slot, BOARD_UNKNOWN, 1);
	assert_int_equal(slot.unpainted_us, 200000);
	boards_painted(&slot, BOARD_SENT, 1);
	boards_painted(&slot, BOARD_ACKNOWLEDGED, 1);
	assert_int_equal(account->paintings, 2);
	assert_int_equal(account->repaints, 1);
	now_ms = 300;
	boards_painted(&slot, BOARD_FAILED, 1);
	boards_painted(&slot, BOARD_FAILED, 1);
	assert_int_equal(account->failures, 1);
	assert_int_equal(slot.unpainted_us, 300000);
	/* Another text does not make it younger. */
	run_at(400, COMMAND_PAUSE, 1);
	refresh_at(400);
	assert_int_equal(account->texts, 2);
	assert_int_equal(slot.painted, BOARD_UNKNOWN);
	assert_int_equal(slot.unpainted_us, 300000);
	boards_painted(&slot, BOARD_SENT, 2);
	assert_int_equal(account->paintings, 3);
	assert_int_equal(account->repaints, 1);
	/* And one that the driver does not take has failed. */
	refuses = -ENOSPC;
	run_at(500, COMMAND_REOPEN, 1);
	refresh_at(500);
	assert_int_equal(slot.painted, BOARD_FAILED);
	assert_int_equal(slot.unpainted_us, 500000);
	assert_int_equal(account->failures, 2);
}

/* A board with a clock of its own is told when the hall's clock was set; that repaints nothing. */
static void test_clocks_of_boards(void **state)
{
	int64_t offset_us;

	(void)state;
	board->window = 1;
	model.u.board.keeps_time = true;
	keep();
	offset_us = given.wall_offset_us;
	assert_int_equal((offset_us + now_ms * 1000) / INT64_C(3600000000) % 24, 8);
	assert_int_equal(boards_deadline(&devices), (now_ms + MIN) * INT64_C(1000));
	refresh_at(now_ms + MIN);
	assert_int_equal(submits, 1);
	stepped_ms = HOUR;
	refresh_at(now_ms + MIN);
	assert_int_equal(submits, 2);
	assert_int_equal(given.revision, 1);
	assert_int_equal(given.wall_offset_us - offset_us, HOUR * INT64_C(1000));
	model.u.board.keeps_time = false;
	keep();
	assert_int_equal(given.wall_offset_us, 0);
}

/* The night begins by the hall's clock, also when that was set. */
static void test_night_by_the_clock(void **state)
{
	(void)state;
	board->window = 1;
	board->rules.night = (struct board_night){20 * 60, 7 * 60 + 30, 0, true};
	model.u.board.sleeps = true;
	keep();
	assert_false(given.dark);
	stepped_ms = 12 * HOUR;
	refresh_at(now_ms + MIN); /* nobody told: it is looked at once a minute */
	assert_true(given.dark);
	assert_int_equal(given.revision, 2);
	stepped_ms = 0;
	refresh_at(now_ms + MIN);
	assert_false(given.dark);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_window, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_notices, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_boot, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_texts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_moving_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_newest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_retired_windows_are_not_shown, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_which_windows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rows_without_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_expected_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wait_above_calls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_row, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dim_nights, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dark_nights, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_equal_states_cost_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_account, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_clocks_of_boards, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_night_by_the_clock, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
