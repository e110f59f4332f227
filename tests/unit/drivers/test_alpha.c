/* The Alpha driver without a line: what it says of a state in ASCII, which packets it offers, in
 * which order and when. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/driver.h"
#include "firmware-host/proto/alpha.h"

extern const struct driver alpha_driver;

enum { S = 1000000 };

static struct seen {
	enum board_painted painted;
	uint32_t revision;
	enum device_health health;
	char detail[DEVICE_DETAIL_SIZE];
	unsigned changed_count;
} seen;

static void on_painted(void *user, enum board_painted painted, uint32_t revision)
{
	(void)user;
	seen.painted = painted;
	seen.revision = revision;
}

static void on_health(void *user, enum device_health health, const char *detail)
{
	(void)user;
	seen.health = health;
	snprintf(seen.detail, sizeof(seen.detail), "%s", detail);
}

static void on_changed(void *user)
{
	(void)user;
	seen.changed_count++;
}

static const struct driver_host host = {
	.painted = on_painted, .health = on_health, .changed = on_changed};

static struct device *device;
static struct exchange exchange;
static struct board_state wanted;
static char packet_text[300];

static int make(const char *model, uint8_t address, const char *const *settings, size_t count,
		char *ret_error, size_t error_size)
{
	struct device_options options = {.name = "sign",
					 .model = driver_find_model(&alpha_driver, model),
					 .address = address,
					 .settings = settings,
					 .setting_count = count};

	assert_non_null(options.model);
	return alpha_driver.create(&device, &options, &host, NULL, ret_error, error_size);
}

static void start(const char *model, const char *const *settings, size_t count)
{
	char error[256] = "";

	assert_int_equal(make(model, 1, settings, count, error, sizeof(error)), 0);
	alpha_driver.link_up(device, 0);
}

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	memset(&wanted, 0, sizeof(wanted));
	device = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	alpha_driver.remove(device);
	return 0;
}

static void submit(int64_t now_us)
{
	struct device_job job = {.kind = JOB_BOARD, .u.board = wanted};

	assert_int_equal(alpha_driver.submit(device, &job, now_us), 0);
}

static void show(enum board_content content, const char *text, bool blink, int64_t now_us)
{
	wanted.content = content;
	wanted.blink = blink;
	wanted.revision++;
	snprintf(wanted.text, sizeof(wanted.text), "%s", text);
	submit(now_us);
}

/* The packet offered now as text: code and data, control codes as themselves. */
static const char *offered(int64_t now_us, enum exchange_priority priority)
{
	struct alpha_packet packet;
	struct alpha_command command;
	size_t used = 0, at = 0;

	memset(&exchange, 0, sizeof(exchange));
	assert_int_equal(alpha_driver.next(device, now_us, &exchange), 0);
	assert_int_equal(exchange.priority, priority);
	assert_false(exchange.reply_wanted);
	assert_true(exchange.turnround_us > 100000);
	assert_int_equal(alpha_parse(exchange.bytes, exchange.len, &packet, &used), ALPHA_GOOD);
	assert_int_equal(used, exchange.len);
	assert_int_equal(packet.type, 'Z');
	assert_int_equal(packet.address, 1);
	assert_true(alpha_next_command(&packet, &at, &command));
	assert_true(command.has_checksum);
	snprintf(packet_text, sizeof(packet_text), "%c%.*s", command.code, (int)command.len,
		 (const char *)command.data);
	assert_false(alpha_next_command(&packet, &at, &command));
	return packet_text;
}

static void sent(int64_t now_us)
{
	alpha_driver.ended(device, &exchange, EXCHANGE_ANSWERED, NULL, 0, now_us);
}

static void nothing_offered(int64_t now_us)
{
	struct exchange none;

	assert_int_equal(alpha_driver.next(device, now_us, &none), -EAGAIN);
}

/* What is sent of a text: the write of file A or of the priority file, without its head. */
static const char *said(enum board_content content, const char *text)
{
	const char *packet;

	show(content, text, false, 0);
	packet = offered(0, content == BOARD_CALL || content == BOARD_LIST ? EXCHANGE_CALL
									   : EXCHANGE_REPAIR);
	assert_int_equal(packet[0], 'A');
	assert_int_equal(packet[2], 0x1b);
	assert_memory_equal(packet + 5,
			    "\x1c"
			    "1",
			    2);
	return packet + 7;
}

static void test_words(void **state)
{
	(void)state;
	start("betabrite-7x80", NULL, 0);
	assert_string_equal(said(BOARD_SERVING, "受理中 Now A001"), "Now A001");
	assert_string_equal(said(BOARD_IDLE, "欢迎光临 Welcome"), "Welcome");
	assert_string_equal(said(BOARD_IDLE, "3号窗口 Window 3"), "Window 3");
	assert_string_equal(said(BOARD_IDLE, "Hello"), "Hello");
	assert_string_equal(said(BOARD_IDLE, "欢迎"), "Welcome");
	assert_string_equal(said(BOARD_PAUSED, "暂停服务"), "Closed");
	assert_string_equal(said(BOARD_NOTICE, "系统维护"), "Please wait");
	assert_string_equal(said(BOARD_CALL, "请A001到3号窗口"), "Next, please");
	snprintf(wanted.number, sizeof(wanted.number), "A001");
	assert_string_equal(said(BOARD_SERVING, "受理中"), "Now A001");
	assert_string_equal(said(BOARD_CALL, "请A001到窗口"), "A001");
	wanted.window = 3;
	assert_string_equal(said(BOARD_CALL, "请A001到3号窗口"), "A001 Window 3");
	wanted.window = 13;
	assert_string_equal(said(BOARD_CALL, "请A001到13号窗口"), "A001 W13");
	assert_string_equal(said(BOARD_CALL, "请A001到 A001 Window 13 please"), "A001 W13");
	snprintf(wanted.number, sizeof(wanted.number), "ABCDE123");
	wanted.window = 1000;
	assert_string_equal(said(BOARD_CALL, "请"), "ABCDE123 1000");
	snprintf(wanted.number, sizeof(wanted.number), "甲12");
	assert_string_equal(said(BOARD_CALL, "请"), "???12 W1000");
	/* too long: cut; a list's rows one behind the other */
	assert_string_equal(said(BOARD_IDLE, "Please wait for a moment"), "Please wait f");
	assert_string_equal(said(BOARD_LIST, "请A1到3号窗口 A1 W3\n请B2到4号窗口 B2 W4"),
			    "A1 W3  B2 W4");
	assert_string_equal(said(BOARD_IDLE, "A\x01\x04\x7f"
					     "B"),
			    "B");
}

static void test_two_rows(void **state)
{
	(void)state;
	start("alpha-16x120", NULL, 0);
	show(BOARD_LIST, "请A1到3号窗口 A1 Window 3\n中文\n请B2到4号窗口 B2 Window 4\nC3 Window 5",
	     false, 0);
	assert_string_equal(offered(0, EXCHANGE_CALL), "AA\x1b"
						       "0b\x1c"
						       "1A1 Window 3\rB2 Window 4");
}

/* A call goes to the priority file; what follows goes to A, and then the priority file is emptied.
 */
static void test_order(void **state)
{
	(void)state;
	start("betabrite-7x80", NULL, 0);
	nothing_offered(0);
	show(BOARD_IDLE, "Welcome", false, 0);
	assert_string_equal(offered(0, EXCHANGE_REPAIR), "AA\x1b b\x1c"
							 "1Welcome");
	sent(0);
	assert_int_not_equal(seen.painted, BOARD_SENT);
	assert_string_equal(offered(0, EXCHANGE_REPAIR), "A0");
	sent(0);
	assert_int_equal(seen.painted, BOARD_SENT);
	assert_int_equal(seen.health, HEALTH_WARNING);
	nothing_offered(0);
	show(BOARD_CALL, "A001 Window 3", true, 1);
	assert_string_equal(offered(1, EXCHANGE_CALL), "A0\x1b c\x1c"
						       "1A001 Window 3");
	sent(1);
	assert_int_equal(seen.painted, BOARD_SENT);
	assert_int_equal(seen.revision, 2);
	nothing_offered(1);
	show(BOARD_SERVING, "Now A001", false, 2);
	assert_string_equal(offered(2, EXCHANGE_REPAIR), "AA\x1b b\x1c"
							 "1Now A001");
	show(BOARD_CALL, "A002 Window 3", true, 3); /* while that is under way */
	sent(3);
	assert_int_equal(seen.revision, 2);
	assert_string_equal(offered(3, EXCHANGE_CALL), "A0\x1b c\x1c"
						       "1A002 Window 3");
	sent(4);
	assert_int_equal(seen.revision, 4);
}

static void test_refresh(void **state)
{
	(void)state;
	start("betabrite-7x80", NULL, 0);
	show(BOARD_IDLE, "Welcome", false, 0);
	offered(0, EXCHANGE_REPAIR);
	sent(0);
	offered(0, EXCHANGE_REPAIR);
	sent(0);
	assert_int_equal(alpha_driver.deadline(device), 60 * S);
	nothing_offered(60 * S - 1);
	assert_string_equal(offered(60 * S, EXCHANGE_REFRESH), "AA\x1b b\x1c"
							       "1Welcome");
	sent(60 * S);
	/* the priority file too: the packet that emptied it may have been lost */
	assert_string_equal(offered(60 * S, EXCHANGE_REFRESH), "A0");
	sent(60 * S);
	assert_int_equal(seen.painted, BOARD_SENT);
	nothing_offered(60 * S);
	show(BOARD_CALL, "A001", true, 61 * S); /* flashes: never repeated */
	offered(61 * S, EXCHANGE_CALL);
	sent(61 * S);
	assert_int_equal(alpha_driver.deadline(device), DRIVER_NO_DEADLINE);
	wanted.scroll = true;
	show(BOARD_IDLE, "Please wait for a moment", false, 62 * S);
	assert_string_equal(offered(62 * S, EXCHANGE_REPAIR), "AA\x1b a\x1c"
							      "1Please wait for a moment");
	sent(62 * S);
	offered(62 * S, EXCHANGE_REPAIR);
	sent(62 * S);
	nothing_offered(600 * (int64_t)S);
}

static void test_line_down(void **state)
{
	(void)state;
	start("betabrite-7x80", NULL, 0);
	show(BOARD_IDLE, "Welcome", false, 0);
	offered(0, EXCHANGE_REPAIR);
	alpha_driver.ended(device, &exchange, EXCHANGE_LINE_DOWN, NULL, 0, 1);
	alpha_driver.link_down(device, 1);
	assert_int_equal(seen.health, HEALTH_GONE);
	nothing_offered(2);
	alpha_driver.link_up(device, 3);
	offered(3, EXCHANGE_REPAIR);
	sent(3);
	offered(3, EXCHANGE_REPAIR);
	sent(3);
	alpha_driver.link_down(device, 4);
	assert_int_equal(seen.painted, BOARD_UNKNOWN);
	alpha_driver.link_up(device, 5);
	assert_string_equal(offered(5, EXCHANGE_REPAIR), "AA\x1b b\x1c"
							 "1Welcome");
}

/* 11:17:26: told 34 s later, as 11:18; then once a day. */
static void test_clock(void **state)
{
	(void)state;
	start("betabrite-7x80", NULL, 0);
	wanted.wall_offset_us = (int64_t)1359112646 * S;
	show(BOARD_IDLE, "Welcome", false, 0);
	offered(0, EXCHANGE_REPAIR);
	sent(0);
	offered(0, EXCHANGE_REPAIR);
	sent(0);
	nothing_offered(34 * S - 1);
	assert_int_equal(alpha_driver.deadline(device), 34 * S);
	assert_string_equal(offered(34 * S, EXCHANGE_REFRESH), "E 1118");
	sent(34 * S);
	nothing_offered(34 * S);
	wanted.wall_offset_us += S / 2;
	submit(35 * S);
	nothing_offered(59 * S);
}

static void test_dark_beep_settings(void **state)
{
	static const char *const settings[] = {"beep=1", "colour=none", "refresh_s=10"};
	static const char *const wrong[] = {"colour=blue", "checksum=2", "refresh_s=9", "speed=1"};
	char error[400];

	(void)state;
	start("betabrite-7x80", settings, 3);
	show(BOARD_CALL, "A001", true, 0);
	assert_string_equal(offered(0, EXCHANGE_CALL), "A0\x1b cA001");
	sent(0);
	assert_string_equal(offered(0, EXCHANGE_REFRESH), "E(20030");
	sent(0);
	nothing_offered(0);
	wanted.dark = true;
	submit(1);
	assert_string_equal(offered(1, EXCHANGE_CALL), "AA\x1b b ");
	sent(1);
	assert_string_equal(offered(1, EXCHANGE_CALL), "A0");
	sent(1);
	nothing_offered(1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(make("betabrite-7x80", 1, &wrong[i], 1, error, sizeof(error)),
				 -EINVAL);
	assert_int_equal(make("betabrite-7x80", 0, NULL, 0, error, sizeof(error)), -EINVAL);
}

#define ALPHA_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ALPHA_TEST(test_words),
		ALPHA_TEST(test_two_rows),
		ALPHA_TEST(test_order),
		ALPHA_TEST(test_refresh),
		ALPHA_TEST(test_line_down),
		ALPHA_TEST(test_clock),
		ALPHA_TEST(test_dark_beep_settings),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
