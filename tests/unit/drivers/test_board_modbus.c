/* The Modbus board driver: our own boards against the firmware's, displays of figures by frames
 * typed from what is known of them; their CRCs come from another implementation. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/driver.h"
#include "firmware-host/app/board_modbus.h"
#include "tests/unit/app/seen.h"

extern const struct driver modbus_board_driver;

enum { S = 1000000 };

static struct {
	enum board_painted painted;
	uint32_t revision;
	unsigned painted_count;
	enum device_health health;
	char detail[DEVICE_DETAIL_SIZE];
} seen;

static void on_painted(void *user, enum board_painted painted, uint32_t revision)
{
	(void)user;
	seen.painted = painted;
	seen.revision = revision;
	seen.painted_count++;
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
}

static const struct driver_host host = {
	.painted = on_painted, .health = on_health, .changed = on_changed};

/* One board at the other end; its answer to what was sent last. */
static struct board_modbus board;
static uint8_t answer[MODBUS_MAX_FRAME];
static size_t answer_len;
static bool cut; /* nothing reaches the board */
static struct device *device;
static struct exchange exchange;
static int64_t now_us;

static void on_send(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	assert_true(len <= sizeof(answer));
	memcpy(answer, bytes, len);
	answer_len = len;
}

static void power(uint32_t nonce, uint16_t width, uint16_t height)
{
	const struct board_modbus_settings settings = {
		.address = 7, .width = width, .height = height, .nonce = nonce, .watchdog_s = 60};

	board_modbus_init(&board, &settings, (struct hal_uart){on_send, NULL},
			  (uint32_t)(now_us / 1000));
}

static void make(const char *model, const char *const *settings, size_t count)
{
	struct device_options options = {.name = "b",
					 .address = 7,
					 .baud = 9600,
					 .settings = settings,
					 .setting_count = count};
	char error[256] = "";

	for (size_t i = 0; i < modbus_board_driver.model_count; i++)
		if (strcmp(modbus_board_driver.models[i].name, model) == 0)
			options.model = &modbus_board_driver.models[i];
	assert_non_null(options.model);
	if (modbus_board_driver.create(&device, &options, &host, NULL, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	modbus_board_driver.link_up(device, now_us);
}

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	device = NULL;
	cut = false;
	now_us = S;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	modbus_board_driver.remove(device);
	return 0;
}

static void want(const struct board_state *state)
{
	const struct device_job job = {.kind = JOB_BOARD, .u.board = *state};

	assert_int_equal(modbus_board_driver.submit(device, &job, now_us), 0);
}

static bool offered(void)
{
	struct exchange again = {0};

	memset(&exchange, 0, sizeof(exchange));
	if (modbus_board_driver.next(device, now_us, &exchange) < 0)
		return false;
	assert_int_equal(modbus_board_driver.next(device, now_us, &again), 0);
	assert_int_equal(exchange.len, again.len);
	assert_memory_equal(exchange.bytes, again.bytes, exchange.len);
	return true;
}

/* Plays exchanges until nothing is wanted; how many. */
static unsigned play(void)
{
	unsigned count = 0;

	while (offered()) {
		uint32_t now_ms = (uint32_t)(now_us / 1000);

		assert_true(count++ < 20);
		answer_len = 0;
		for (size_t i = 0; i < exchange.len && !cut; i++)
			board_modbus_receive(&board, exchange.bytes[i], now_ms);
		if (answer_len == 0) {
			modbus_board_driver.ended(device, &exchange, EXCHANGE_TIMEOUT, NULL, 0,
						  now_us);
			continue;
		}
		for (size_t part = 0; part < answer_len; part++)
			assert_int_equal(exchange.match(&exchange, answer, part), 0);
		assert_int_equal(exchange.match(&exchange, answer, answer_len), answer_len);
		modbus_board_driver.ended(device, &exchange, EXCHANGE_ANSWERED, answer, answer_len,
					  now_us);
	}
	return count;
}

/* Time goes by in steps of at most 20 ms for the board; the driver is asked when it wants to be. */
static void pass(int64_t us)
{
	int64_t end_us = now_us + us;

	while (now_us < end_us) {
		now_us += 20000;
		board_modbus_tick(&board, (uint32_t)(now_us / 1000));
		if (modbus_board_driver.deadline(device) <= now_us)
			play();
	}
}

static void shows(const char *wanted, int row)
{
	char text[SEEN_SIZE];

	board_modbus_tick(&board, (uint32_t)(now_us / 1000));
	seen_row(&board.screen, 16 * row, text);
	assert_string_equal(text, wanted);
}

static void test_text(void **state)
{
	struct board_state wanted = {
		.content = BOARD_CALL, .text = "请A001到3号窗口", .revision = 5, .brightness = 40};

	(void)state;
	power(1, 128, 16);
	make("window-16x128", NULL, 0);
	want(&wanted);
	assert_true(offered());
	assert_int_equal(exchange.priority, EXCHANGE_CALL);
	assert_int_equal(play(), 3); /* text, settings, what it shows */
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.revision, 5);
	assert_int_equal(seen.health, HEALTH_OK);
	shows("请A001到3号窗口", 0);
	assert_int_equal(board.screen.brightness, 40);
	assert_int_equal(board.watchdog_s, 60);
	want(&wanted); /* costs nothing */
	assert_int_equal(play(), 0);
	wanted.dark = true;
	wanted.content = BOARD_IDLE;
	want(&wanted);
	assert_true(offered());
	assert_int_equal(exchange.priority, EXCHANGE_REPAIR);
	assert_int_equal(play(), 2);
	assert_true(board.screen.dark);
	assert_int_equal(board.texts, 1);
}

/* Four rows of 32, more than one request holds; and a row too long is abbreviated. */
static void test_long_text(void **state)
{
	const struct board_state wanted = {.content = BOARD_LIST,
					   .text = "A001 请到 1 号窗口办理业务事项\n"
						   "A002 请到 2 号窗口办理业务事项\n"
						   "A003 请到 3 号窗口办理业务事项\n"
						   "A004 请到 4 号窗口办理业务事项很多很多",
					   .revision = 1};

	(void)state;
	power(1, 256, 64);
	make("hall-64x256", NULL, 0);
	want(&wanted);
	assert_int_equal(play(), 4);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	shows("A001 请到 1 号窗口办理业务事项", 0);
	shows("A003 请到 3 号窗口办理业务事项", 2);
	assert_memory_equal(board.shown.bytes + board.shown.length - 4, "\xcf\xee\xa1\xad",
			    4); /* 项… */
}

static void test_moving_text(void **state)
{
	struct board_state wanted = {.content = BOARD_IDLE,
				     .text = "欢迎光临，请先取号，再等候呼叫",
				     .scroll = true,
				     .revision = 1};

	(void)state;
	power(1, 128, 16);
	make("window-16x128", NULL, 0);
	want(&wanted);
	play();
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(board.shown.attributes, BOARD_ATTRIBUTE_MOVES);
	assert_int_equal(board.shown.length, 30);
	wanted.scroll = false;
	want(&wanted);
	play();
	assert_int_equal(board.shown.attributes, 0);
	assert_memory_equal(board.shown.bytes + 12, "\xcf\xc8\xa1\xad", 4); /* 先… */
	assert_int_equal(board.shown.length, 16);
}

/* An hour: a text that blinks lives on and never begins anew; then the host is gone and it dies. */
static void test_life(void **state)
{
	const char *const settings[] = {"expire_s=90", "watchdog_s=0"};
	const struct board_state wanted = {
		.content = BOARD_CALL, .text = "A001", .blink = true, .revision = 1};

	(void)state;
	power(1, 128, 16);
	make("window-16x128", settings, 2);
	want(&wanted);
	play();
	pass(3600ll * S);
	assert_int_equal(board.texts, 1);
	assert_true(board.showing);
	assert_int_equal(seen.painted_count, 1);
	modbus_board_driver.link_down(device, now_us);
	assert_int_equal(seen.painted, BOARD_UNKNOWN);
	pass(91ll * S);
	assert_false(board.showing);
}

static void test_host_lost(void **state)
{
	const struct board_state wanted = {.content = BOARD_CALL, .text = "A001", .revision = 1};

	(void)state;
	power(1, 128, 16);
	make("window-16x128", NULL, 0);
	want(&wanted);
	play();
	pass(120ll * S);
	shows("A001", 0);
	modbus_board_driver.link_down(device, now_us);
	pass(61ll * S);
	shows("系统离线 OFFLINE", 0);
	modbus_board_driver.link_up(device, now_us);
	play();
	shows("A001", 0);
}

/* Switched off between two questions: found by its nonce, painted with all that it forgot. */
static void test_restart(void **state)
{
	const char *const settings[] = {"watchdog_s=33"};
	const struct board_state wanted = {
		.content = BOARD_CALL, .text = "A001", .brightness = 30, .revision = 1};

	(void)state;
	power(1, 128, 16);
	make("window-16x128", settings, 1);
	want(&wanted);
	play();
	power(2, 128, 16);
	shows("", 0);
	pass(11 * S);
	shows("A001", 0);
	assert_int_equal(board.watchdog_s, 33);
	assert_int_equal(board.screen.brightness, 30);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.painted_count, 3); /* acknowledged, unknown, acknowledged */
}

/* Somebody else wrote to it. */
static void test_other_text(void **state)
{
	const struct board_state wanted = {.content = BOARD_CALL, .text = "A001", .revision = 1};

	(void)state;
	power(1, 128, 16);
	make("window-16x128", NULL, 0);
	want(&wanted);
	play();
	board.shown.bytes[0] = 'B';
	pass(11 * S);
	assert_int_equal(board.texts, 2);
	shows("A001", 0);
}

static void test_silence(void **state)
{
	const struct board_state wanted = {.content = BOARD_CALL, .text = "A001", .revision = 1};

	(void)state;
	power(1, 128, 16);
	make("window-16x128", NULL, 0);
	want(&wanted);
	cut = true;
	for (int i = 0; i < 3; i++) {
		assert_true(offered());
		assert_int_equal(exchange.priority, i ? EXCHANGE_REPAIR : EXCHANGE_CALL);
		modbus_board_driver.ended(device, &exchange, EXCHANGE_TIMEOUT, NULL, 0, now_us);
	}
	assert_int_equal(seen.painted, BOARD_FAILED);
	assert_non_null(strstr(seen.detail, "cable or power"));
	modbus_board_driver.ended(device, &exchange, EXCHANGE_GARBAGE, NULL, 0, now_us);
	assert_non_null(strstr(seen.detail, "speed or noise"));
	cut = false;
	play();
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.health, HEALTH_OK);
}

/* A keypad has the address: it has no such registers. Asked once a second, not without end. */
static void test_no_board(void **state)
{
	static const uint8_t refusal[] = {0x07, 0x90, 0x02, 0x2D, 0xC0};
	const struct board_state wanted = {.content = BOARD_CALL, .text = "A001", .revision = 1};

	(void)state;
	make("window-16x128", NULL, 0);
	want(&wanted);
	for (int i = 0; i < 3; i++) {
		assert_true(offered());
		assert_int_equal(exchange.match(&exchange, refusal, sizeof(refusal)), 5);
		modbus_board_driver.ended(device, &exchange, EXCHANGE_ANSWERED, refusal,
					  sizeof(refusal), now_us);
		assert_false(offered());
		assert_int_equal(modbus_board_driver.deadline(device), now_us + S);
		now_us += S;
	}
	assert_int_equal(seen.painted, BOARD_FAILED);
	assert_non_null(strstr(seen.detail, "refuses"));
}

/* ---- displays of figures ---- */

static void sends(const char *wanted, bool answers)
{
	char hex[128] = "";

	assert_true(offered());
	for (size_t i = 0; i < exchange.len; i++)
		snprintf(hex + 3 * i, sizeof(hex) - 3 * i, "%02X ", exchange.bytes[i]);
	assert_string_equal(hex, wanted);
	/* function 06: the request; function 10: its head with a CRC that match() checks elsewhere
	 */
	if (answers)
		modbus_board_driver.ended(device, &exchange, EXCHANGE_ANSWERED, exchange.bytes,
					  exchange.len, now_us);
}

static void test_binary(void **state)
{
	const char *const settings[] = {"window_register=5"};
	struct board_state wanted = {
		.content = BOARD_CALL, .number = "A1234", .window = 12, .revision = 1};

	(void)state;
	make("digits-4", settings, 1);
	want(&wanted);
	sends("07 06 00 00 04 D2 0B 31 ", true);
	assert_int_not_equal(seen.painted, BOARD_ACKNOWLEDGED);
	sends("07 06 00 05 00 0C 99 A8 ", true);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_false(offered());
	now_us += 30 * S;
	assert_int_equal(modbus_board_driver.deadline(device), now_us);
	assert_true(offered());
	assert_int_equal(exchange.priority, EXCHANGE_REFRESH);
	sends("07 06 00 00 04 D2 0B 31 ", true);
	assert_true(offered());
	assert_int_equal(exchange.priority, EXCHANGE_REFRESH);
	sends("07 06 00 05 00 0C 99 A8 ", true);
	wanted.content = BOARD_IDLE;
	want(&wanted);
	sends("07 06 00 00 00 00 89 AC ", true);
}

static void test_bcd_and_window_in_one(void **state)
{
	const char *const settings[] = {"window_register=1", "write=10", "blank=0xffff"};
	struct board_state wanted = {
		.content = BOARD_SERVING, .number = "A007", .window = 3, .revision = 1};

	(void)state;
	make("digits-4-bcd", settings, 3);
	want(&wanted);
	sends("07 10 00 00 00 02 04 00 07 00 03 1C E7 ", true);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	wanted.dark = true;
	want(&wanted);
	sends("07 10 00 00 00 02 04 FF FF FF FF EC B3 ", true);
}

/* Eight figures: two registers, the high one first. 12345678 is BC 614E. */
static void test_eight_figures(void **state)
{
	const char *const settings[] = {"digits=8", "write=10"};
	const struct board_state wanted = {
		.content = BOARD_CALL, .number = "12345678", .revision = 1};

	(void)state;
	make("digits-4", settings, 2);
	want(&wanted);
	sends("07 10 00 00 00 02 04 00 BC 61 4E 85 67 ", true);
	modbus_board_driver.remove(device);
	make("digits-4-bcd", settings, 2);
	want(&wanted);
	sends("07 10 00 00 00 02 04 12 34 56 78 96 13 ", true);
}

/* As the stranger's program writes them: register 70, right-justified, two characters a register.
 */
static void test_ascii(void **state)
{
	const struct board_state wanted = {.content = BOARD_CALL, .number = "A001", .revision = 1};
	const struct board_state paused = {
		.content = BOARD_PAUSED, .number = "A001", .revision = 2};

	(void)state;
	make("led-485-6", NULL, 0);
	want(&wanted);
	sends("07 10 00 70 00 03 06 20 20 41 30 30 31 AA 2D ", true);
	want(&paused);
	sends("07 10 00 70 00 03 06 20 20 20 20 20 20 79 D8 ", true);
}

static void test_blind_display(void **state)
{
	const char *const settings[] = {"ack=0"};
	const struct board_state wanted = {.content = BOARD_CALL, .number = "1", .revision = 1};

	(void)state;
	make("digits-4", settings, 1);
	want(&wanted);
	assert_true(offered());
	assert_false(exchange.reply_wanted);
	modbus_board_driver.ended(device, &exchange, EXCHANGE_ANSWERED, NULL, 0, now_us);
	assert_int_equal(seen.painted, BOARD_SENT);
	assert_int_equal(seen.health, HEALTH_WARNING);
}

static void test_settings_are_checked(void **state)
{
	static const char *const bad[] = {"digits=9",	   "digits=0",	    "format=hex",
					  "write=16",	   "blank=65536",   "window_register=-1",
					  "display=other", "watchdog_s=-1", "colour=red"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct device_options options = {.name = "b",
						       .model = &modbus_board_driver.models[0],
						       .address = 7,
						       .settings = &bad[i],
						       .setting_count = 1};
		char error[256] = "";

		assert_int_equal(modbus_board_driver.create(&device, &options, &host, NULL, error,
							    sizeof(error)),
				 -EINVAL);
		assert_non_null(strstr(error, bad[i]));
		assert_null(device);
	}
}

/* Whatever comes as an answer: no crash, and the right answer is understood afterwards. */
static void test_random_answers(void **state)
{
	const struct board_state wanted = {.content = BOARD_CALL, .text = "A001", .revision = 1};
	unsigned seed = 20240607;

	(void)state;
	power(1, 128, 16);
	make("window-16x128", NULL, 0);
	want(&wanted);
	for (int i = 0; i < 20000; i++) {
		size_t len = (size_t)rand_r(&seed) % 40;
		uint8_t *bytes = malloc(len + 1);
		int n;

		assert_non_null(bytes);
		if (!offered()) {
			now_us += S;
			free(bytes);
			continue;
		}
		for (size_t k = 0; k < len; k++)
			bytes[k] = (uint8_t)rand_r(&seed);
		for (size_t k = 0; k < 3 && k < len && i % 2; k++)
			bytes[k] = exchange.bytes[k];
		n = exchange.match(&exchange, bytes, len);
		assert_true(n == -EBADMSG || (n >= 0 && n <= (int)len));
		modbus_board_driver.ended(device, &exchange,
					  n > 0 ? EXCHANGE_ANSWERED : EXCHANGE_GARBAGE, bytes,
					  n > 0 ? (size_t)n : 0, now_us);
		free(bytes);
	}
	now_us += 2 * S;
	play();
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
}

#define BOARD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOARD_TEST(test_text),
		BOARD_TEST(test_long_text),
		BOARD_TEST(test_moving_text),
		BOARD_TEST(test_life),
		BOARD_TEST(test_host_lost),
		BOARD_TEST(test_restart),
		BOARD_TEST(test_other_text),
		BOARD_TEST(test_silence),
		BOARD_TEST(test_no_board),
		BOARD_TEST(test_binary),
		BOARD_TEST(test_bcd_and_window_in_one),
		BOARD_TEST(test_eight_figures),
		BOARD_TEST(test_ascii),
		BOARD_TEST(test_blind_display),
		BOARD_TEST(test_settings_are_checked),
		BOARD_TEST(test_random_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
