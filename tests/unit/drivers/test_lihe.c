/* The lihe driver without a line: what it offers, what it makes of each end. Frames are the
 * published ones; where the driver's own fields differ from a published frame, the checksum was
 * worked out by hand beside it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/driver.h"

extern const struct driver lihe_driver;

enum { S = 1000000 };

static struct seen {
	enum board_painted painted;
	uint32_t revision;
	unsigned painted_count;
	enum device_health health;
	char detail[DEVICE_DETAIL_SIZE];
	unsigned health_count, changed_count;
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
	seen.health_count++;
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

static int make(const char *model, uint8_t address, const char *const *settings, size_t count,
		char *ret_error, size_t error_size)
{
	const struct device_model *found = NULL;
	struct device_options options = {.name = "board-1",
					 .address = address,
					 .baud = 9600,
					 .settings = settings,
					 .setting_count = count};

	for (size_t i = 0; i < lihe_driver.model_count; i++)
		if (strcmp(lihe_driver.models[i].name, model) == 0)
			found = &lihe_driver.models[i];
	assert_non_null(found);
	options.model = found;
	return lihe_driver.create(&device, &options, &host, NULL, ret_error, error_size);
}

static void make_with(const char *model, const char *const *settings, size_t count)
{
	char error[160] = "";

	assert_int_equal(make(model, 1, settings, count, error, sizeof(error)), 0);
}

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	device = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lihe_driver.remove(device);
	return 0;
}

static void show(const char *text, bool blink, uint32_t revision, int64_t now_us)
{
	struct device_job job = {.kind = JOB_BOARD, .u.board.content = BOARD_CALL};

	snprintf(job.u.board.text, sizeof(job.u.board.text), "%s", text);
	job.u.board.blink = blink;
	job.u.board.revision = revision;
	assert_int_equal(lihe_driver.submit(device, &job, now_us), 0);
}

static void offered(int64_t now_us, enum exchange_priority priority)
{
	struct exchange again;

	memset(&exchange, 0, sizeof(exchange));
	memset(&again, 0, sizeof(again));
	assert_int_equal(lihe_driver.next(device, now_us, &exchange), 0);
	assert_int_equal(lihe_driver.next(device, now_us, &again), 0);
	assert_int_equal(exchange.len, again.len);
	assert_memory_equal(exchange.bytes, again.bytes, exchange.len);
	assert_int_equal(exchange.priority, priority);
}

static void end(enum exchange_end how, int64_t now_us)
{
	lihe_driver.ended(device, &exchange, how, NULL, 0, now_us);
}

static void nothing_offered(int64_t now_us)
{
	struct exchange none;

	assert_int_equal(lihe_driver.next(device, now_us, &none), -EAGAIN);
}

static void assert_frame(const uint8_t *expected, size_t len)
{
	assert_int_equal(exchange.len, len);
	assert_memory_equal(exchange.bytes, expected, len);
}

/* Published: AA 01 BB 51 54 D5 0B 07 63 01 63 ... is "空车" on a 3232B card, immediate, green. */
static void test_published_frame(void **state)
{
	static const uint8_t expected[] = {0xAA, 0x01, 0xBB, 0x51, 0x54, 0xD5, 0x0B, 0x07,
					   0x63, 0x01, 0x63, 0xBF, 0xD5, 0xB3, 0xB5, 0xFF};
	const char *const settings[] = {"card=3232b", "colour=green"};

	(void)state;
	make_with("window-16x128", settings, 2);
	lihe_driver.link_up(device, 0);
	show("空车", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	assert_frame(expected, sizeof(expected));
	assert_false(exchange.reply_wanted);
}

/* The published "AB欢迎光临12" has sum 72 with mode 1, speed 0, stay 0. Ours: mode 8, speed 7,
 * stay 63: 72 + 7 + 7 + 63 = E3; with the closing FF counted E3 + FF = E2; blinking (7): one less.
 */
static void test_checksum_dialects_and_modes(void **state)
{
	uint8_t expected[] = {0xAA, 0x01, 0xBB, 0x51, 0x54, 0xE3, 0x08, 0x07,
			      0x63, 0x02, 0x63, 0x41, 0x42, 0xBB, 0xB6, 0xD3,
			      0xAD, 0xB9, 0xE2, 0xC1, 0xD9, 0x31, 0x32, 0xFF};
	const char *const plain[] = {"checksum=data", "colour=yellow", "card=tpk-1616"};
	const char *const with_end[] = {"colour=yellow", "checksum=data+ff"};

	(void)state;
	make_with("window-16x128", plain, 3);
	lihe_driver.link_up(device, 0);
	show("AB欢迎光临12", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	assert_frame(expected, sizeof(expected));
	show("AB欢迎光临12", true, 2, 0);
	offered(0, EXCHANGE_CALL);
	expected[5] = 0xE2;
	expected[6] = 0x07;
	assert_frame(expected, sizeof(expected));
	lihe_driver.remove(device);

	make_with("window-16x128", with_end, 2);
	lihe_driver.link_up(device, 0);
	show("AB欢迎光临12", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	expected[5] = 0xE2;
	expected[6] = 0x08;
	assert_frame(expected, sizeof(expected));
}

/* Four rows of 32, each padded; frame kind 50. */
static void test_whole_screen(void **state)
{
	(void)state;
	make_with("hall-64x256", NULL, 0);
	lihe_driver.link_up(device, 0);
	show("A001 3\nB\n\n请", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.len, 11 + 4 * 32 + 1);
	assert_int_equal(exchange.bytes[4], 0x50);
	assert_memory_equal(exchange.bytes + 11, "A001 3                          ", 32);
	assert_memory_equal(exchange.bytes + 11 + 32, "B                               ", 32);
	assert_memory_equal(exchange.bytes + 11 + 64, "                                ", 32);
	assert_memory_equal(exchange.bytes + 11 + 96, "\xC7\xEB                              ", 32);
	assert_int_equal(exchange.bytes[exchange.len - 1], 0xFF);
}

/* There is no clear command: spaces over the width. */
static void test_empty_text_is_spaces(void **state)
{
	(void)state;
	make_with("window-16x128", NULL, 0);
	lihe_driver.link_up(device, 0);
	show("", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.len, 11 + 16 + 1);
	assert_memory_equal(exchange.bytes + 11, "                ", 16);
}

/* Whatever the text, it fits the width and no character is cut: GBK lead bytes have their trail. */
static void test_text_is_never_cut_through_a_character(void **state)
{
	static const char *const texts[] = {"请请请请请请请请请请请请",	  "A请请请请请请请请请请请",
					    "一A二B三C四D五E六F七G八H九", "1234567890123456",
					    "12345678901234567890",	  "\xe8\xaf\xb7\xe8\xaf"};

	(void)state;
	make_with("window-16x128", NULL, 0);
	lihe_driver.link_up(device, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t at = 11;

		show(texts[i], false, (uint32_t)i + 1, 0);
		offered(0, EXCHANGE_CALL);
		assert_in_range(exchange.len, 11 + 1, 11 + 16 + 1);
		while (at < exchange.len - 1) {
			assert_int_not_equal(exchange.bytes[at], 0xFF);
			if (exchange.bytes[at] < 0x80) {
				at++;
				continue;
			}
			assert_in_range(exchange.bytes[at + 1], 0x40, 0xFE);
			at += 2;
		}
		assert_int_equal(at, exchange.len - 1);
	}
}

/* One row has no second one to begin; what GBK lacks is shown as 〓 (A1 FE). */
static void test_odd_texts(void **state)
{
	(void)state;
	make_with("window-16x128", NULL, 0);
	lihe_driver.link_up(device, 0);
	show("A001\n3\n", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.len, 11 + 7 + 1);
	assert_memory_equal(exchange.bytes + 11, "A001 3 ", 7);
	show("A\xf0\x9f\x98\x80", false, 2, 0);
	offered(0, EXCHANGE_CALL);
	assert_memory_equal(exchange.bytes + 11, "A\xa1\xfe\xff", 4);
}

static void want(const struct board_state *state, int64_t now_us)
{
	struct device_job job = {.kind = JOB_BOARD, .u.board = *state};

	assert_int_equal(lihe_driver.submit(device, &job, now_us), 0);
}

/* A row that is too long: the published "AB欢迎光临12" moves as published (mode 1, speed 0, stay 0)
 * on a board of 8 columns; where moving is not wanted, or it fits, or there are more rows, it
 * stands. */
static void test_moving_text(void **state)
{
	static const uint8_t expected[] = {0xAA, 0x01, 0xBB, 0x51, 0x54, 0x72, 0x01, 0x00,
					   0x00, 0x02, 0x63, 0x41, 0x42, 0xBB, 0xB6, 0xD3,
					   0xAD, 0xB9, 0xE2, 0xC1, 0xD9, 0x31, 0x32, 0xFF};
	const char *const settings[] = {"colour=yellow"};
	const char *const fast[] = {"speed=5", "card=3232b"};
	struct board_state wanted = {.content = BOARD_CALL, .text = "AB欢迎光临12", .scroll = true};

	(void)state;
	make_with("window-16x64", settings, 1);
	lihe_driver.link_up(device, 0);
	want(&wanted, 0);
	offered(0, EXCHANGE_CALL);
	assert_frame(expected, sizeof(expected));
	end(EXCHANGE_ANSWERED, 0);
	nothing_offered(1000 * S); /* it would begin anew */
	wanted.blink = true;	   /* it moves all the same */
	want(&wanted, 0);
	nothing_offered(1000 * S);
	wanted.scroll = wanted.blink = false;
	want(&wanted, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.bytes[6], 8);
	assert_int_equal(exchange.len, 11 + 8 + 1);
	lihe_driver.remove(device);

	wanted.scroll = true;
	make_with("window-16x128", fast, 2);
	lihe_driver.link_up(device, 0);
	want(&wanted, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.bytes[6], 11); /* it fits */
	snprintf(wanted.text, sizeof(wanted.text), "请A001到3号窗口办理");
	want(&wanted, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.bytes[6], 1);
	assert_int_equal(exchange.bytes[7], 5);
	assert_int_equal(exchange.len, 11 + 19 + 1);
	lihe_driver.remove(device);

	make_with("hall-64x256", NULL, 0);
	lihe_driver.link_up(device, 0);
	snprintf(wanted.text, sizeof(wanted.text), "请A001到3号窗口办理请A001到3号窗口办理");
	want(&wanted, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.bytes[6], 8);
}

static void test_colours(void **state)
{
	static const struct {
		enum board_content content;
		uint8_t colour;
		enum exchange_priority priority;
	} rows[] = {{BOARD_IDLE, 1, EXCHANGE_REPAIR},	 {BOARD_CALL, 0, EXCHANGE_CALL},
		    {BOARD_SERVING, 1, EXCHANGE_REPAIR}, {BOARD_CALL, 0, EXCHANGE_CALL},
		    {BOARD_LIST, 1, EXCHANGE_CALL},	 {BOARD_PAUSED, 2, EXCHANGE_REPAIR},
		    {BOARD_NOTICE, 1, EXCHANGE_REPAIR}};
	const char *const settings[] = {"call_colour=red", "colour=green", "pause_colour=yellow"};

	(void)state;
	make_with("window-16x128", settings, 3);
	lihe_driver.link_up(device, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct board_state wanted = {.content = rows[i].content, .text = "A001"};

		want(&wanted, 0);
		offered(0, rows[i].priority);
		assert_int_equal(exchange.bytes[9], rows[i].colour);
	}
}

/* Where the unit is known a text lives for expire_s and is renewed at a third of it; what blinks
 * can not be renewed and lives for ever. */
static void test_life(void **state)
{
	const char *const settings[] = {"life_unit_ms=10000", "expire_s=90", "refresh_s=600"};
	const char *const longest[] = {"life_unit_ms=1000", "expire_s=3600", "refresh_s=600"};
	struct board_state wanted = {.content = BOARD_CALL, .text = "A001"};

	(void)state;
	make_with("window-16x128", settings, 3);
	lihe_driver.link_up(device, 0);
	want(&wanted, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.bytes[10], 9);
	end(EXCHANGE_ANSWERED, 0);
	nothing_offered(30 * S - 1);
	offered(30 * S, EXCHANGE_REFRESH);
	wanted.blink = true;
	want(&wanted, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.bytes[10], 99);
	lihe_driver.remove(device);

	make_with("window-16x128", longest, 3);
	lihe_driver.link_up(device, 0);
	wanted.blink = false;
	want(&wanted, 0);
	offered(0, EXCHANGE_CALL);
	assert_int_equal(exchange.bytes[10], 98); /* 99 would be for ever */
	end(EXCHANGE_ANSWERED, 0);
	assert_int_equal(lihe_driver.deadline(device), 98 * S / 3);
}

/* Dark: blanks, and no blinking ones. */
static void test_dark(void **state)
{
	struct board_state wanted = {.text = "A001", .blink = true, .dark = true};

	(void)state;
	make_with("window-16x128", NULL, 0);
	lihe_driver.link_up(device, 0);
	want(&wanted, 0);
	offered(0, EXCHANGE_REPAIR);
	assert_memory_equal(exchange.bytes + 11, "                \xff", 17);
	assert_int_equal(exchange.bytes[6], 8);
}

static void expect_number(const struct board_state *wanted, const char *expected)
{
	char hex[128] = "";

	want(wanted, 0);
	offered(0, wanted->content == BOARD_CALL ? EXCHANGE_CALL : EXCHANGE_REPAIR);
	for (size_t i = 0; i < exchange.len; i++)
		snprintf(hex + 3 * i, sizeof(hex) - 3 * i, "%02X ", exchange.bytes[i]);
	assert_string_equal(hex, expected);
}

/* Published: A0 07 28 03 01 0C 22 03 42 42 FF is B1234. The other sums by hand, mod 100:
 * 7+42+3+1+12+34+3+66 = 168; 3+40+3+0 = 46; 3+40+3+2 = 48; 7+40+3+4+0+7+12+65 = 138;
 * 6+40+3+1+45+67+2 = 164. */
static void test_number_frames(void **state)
{
	const char *const settings[] = {"frame=number"};
	struct board_state wanted = {
		.content = BOARD_CALL, .text = "请B1234到3号窗口", .number = "B1234", .window = 3};

	(void)state;
	assert_int_equal(make("window-16x128", 3, settings, 1, (char[160]){0}, 160), 0);
	lihe_driver.link_up(device, 0);
	expect_number(&wanted, "A0 07 28 03 01 0C 22 03 42 42 FF ");
	end(EXCHANGE_ANSWERED, 0);
	nothing_offered(1000 * S); /* a call is not called again */
	wanted.content = BOARD_PAUSED;
	expect_number(&wanted, "A0 03 28 03 02 30 FF ");
	end(EXCHANGE_ANSWERED, 0);
	assert_int_equal(lihe_driver.deadline(device), 60 * S);
	wanted.content = BOARD_IDLE;
	expect_number(&wanted, "A0 03 28 03 00 2E FF ");
	wanted.content = BOARD_NOTICE;
	expect_number(&wanted, "A0 03 28 03 02 30 FF ");
	wanted.content = BOARD_SERVING;
	wanted.window = 12;
	snprintf(wanted.number, sizeof(wanted.number), "A007");
	expect_number(&wanted, "A0 07 28 03 04 00 07 0C 41 26 FF ");
	wanted.content = BOARD_CALL;
	wanted.window = 2;
	snprintf(wanted.number, sizeof(wanted.number), "1234567");
	expect_number(&wanted, "A0 06 28 03 01 2D 43 02 40 FF ");
	wanted.number[0] = '\0';
	expect_number(&wanted, "A0 03 28 03 00 2E FF ");
	lihe_driver.remove(device);

	assert_int_equal(make("hall-64x256", 3, settings, 1, (char[160]){0}, 160), 0);
	lihe_driver.link_up(device, 0);
	wanted.window = 3;
	snprintf(wanted.number, sizeof(wanted.number), "B1234");
	expect_number(&wanted, "A0 07 2A 03 01 0C 22 03 42 44 FF ");
}

/* 8+43+5+1+65+48+48+49+4 = 271 mod 100 = 71 */
static void test_ticket_frames(void **state)
{
	const char *const settings[] = {"frame=ticket"};
	struct board_state wanted = {.content = BOARD_CALL, .number = "A001", .window = 4};

	(void)state;
	assert_int_equal(make("window-16x128", 5, settings, 1, (char[160]){0}, 160), 0);
	lihe_driver.link_up(device, 0);
	expect_number(&wanted, "A0 08 2B 05 01 41 30 30 31 04 47 FF ");
	/* six characters: 10+43+5+1+65+48+48+48+48+49+4 = 369 */
	snprintf(wanted.number, sizeof(wanted.number), "A0000123");
	expect_number(&wanted, "A0 0A 2B 05 01 41 30 30 30 30 31 04 45 FF ");
}

static void test_blind_board(void **state)
{
	const char *const settings[] = {"ack=0"};

	(void)state;
	make_with("window-16x128", settings, 1);
	show("A001", false, 7, 0);
	nothing_offered(0); /* the line is down */
	lihe_driver.link_up(device, 0);
	offered(0, EXCHANGE_REPAIR); /* no news: the line was opened */
	end(EXCHANGE_ANSWERED, 0);
	assert_int_equal(seen.painted, BOARD_SENT);
	assert_int_equal(seen.revision, 7);
	assert_int_equal(seen.health, HEALTH_WARNING);
	nothing_offered(60 * S - 1);
	assert_int_equal(lihe_driver.deadline(device), 60 * S);
	offered(60 * S, EXCHANGE_REFRESH);
	end(EXCHANGE_ANSWERED, 60 * S);
	assert_int_equal(seen.painted_count, 1); /* nothing new to tell */

	show("A002", true, 8, 61 * S);
	offered(61 * S, EXCHANGE_CALL);
	end(EXCHANGE_ANSWERED, 61 * S);
	nothing_offered(1000 * S); /* never while it blinks */
	assert_int_equal(lihe_driver.deadline(device), DRIVER_NO_DEADLINE);
}

static void test_acknowledging_board(void **state)
{
	const char *const settings[] = {"ack=1", "probe_s=30"};
	static const uint8_t ack[] = {0xA0, 0x03, 0x14, 0x01, 0x50, 0x04, 0xFF};
	static const uint8_t other[] = {0xA0, 0x03, 0x14, 0x02, 0x50, 0x05, 0xFF};

	(void)state;
	make_with("window-16x128", settings, 2);
	lihe_driver.link_up(device, 0);
	show("A001", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	assert_true(exchange.reply_wanted);
	assert_int_equal(exchange.timeout_us, 600000);
	assert_int_equal(exchange.match(&exchange, ack, sizeof(ack)), 7);
	for (size_t i = 1; i < sizeof(ack); i++)
		assert_int_equal(exchange.match(&exchange, ack, i), 0);
	assert_int_equal(exchange.match(&exchange, other, sizeof(other)), -EBADMSG);
	end(EXCHANGE_ANSWERED, 0);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.health, HEALTH_OK);
	nothing_offered(30 * S - 1);
	offered(30 * S, EXCHANGE_REFRESH);
}

static void test_three_misses_are_a_failure(void **state)
{
	const char *const settings[] = {"ack=1"};

	(void)state;
	make_with("window-16x128", settings, 1);
	lihe_driver.link_up(device, 0);
	show("A001", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	end(EXCHANGE_TIMEOUT, 1);
	offered(1, EXCHANGE_REPAIR);
	end(EXCHANGE_TIMEOUT, 2);
	assert_int_not_equal(seen.health, HEALTH_FAILED);
	end(EXCHANGE_TIMEOUT, 3);
	assert_int_equal(seen.painted, BOARD_FAILED);
	assert_int_equal(seen.health, HEALTH_FAILED);
	assert_non_null(strstr(seen.detail, "cable or power"));
	end(EXCHANGE_GARBAGE, 4);
	assert_non_null(strstr(seen.detail, "speed or noise"));
	offered(5, EXCHANGE_REPAIR);
	end(EXCHANGE_ANSWERED, 6);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.health, HEALTH_OK);
	/* and a healthy one that dies is found by the repetition */
	for (unsigned i = 0; i < 3; i++) {
		offered(20 * S, EXCHANGE_REFRESH);
		end(EXCHANGE_TIMEOUT, 20 * S);
	}
	assert_int_equal(seen.painted, BOARD_FAILED);
	assert_int_equal(seen.health, HEALTH_FAILED);
}

/* Text that changes while the older one is on its way: the newer one is still wanted. */
static void test_newer_text_during_an_exchange(void **state)
{
	const char *const settings[] = {"ack=1"};
	struct exchange first;

	(void)state;
	make_with("window-16x128", settings, 1);
	lihe_driver.link_up(device, 0);
	show("A001", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	first = exchange;
	show("A002", false, 2, 0);
	show("A003", false, 3, 0);
	exchange = first;
	end(EXCHANGE_ANSWERED, 1);
	assert_int_equal(seen.painted_count, 0);
	offered(1, EXCHANGE_CALL);
	assert_memory_equal(exchange.bytes + 11, "A003", 4); /* A002 was never sent */
	end(EXCHANGE_ANSWERED, 2);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.revision, 3);
}

static void test_equal_state_costs_nothing(void **state)
{
	(void)state;
	make_with("window-16x128", NULL, 0);
	lihe_driver.link_up(device, 0);
	show("A001", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	end(EXCHANGE_ANSWERED, 0);
	show("A001", false, 2, 0);
	nothing_offered(0);
	assert_int_equal(seen.painted, BOARD_SENT);
	assert_int_equal(seen.revision, 2);
}

static void test_line_down_makes_it_unknown(void **state)
{
	(void)state;
	make_with("window-16x128", NULL, 0);
	lihe_driver.link_up(device, 0);
	show("A001", false, 1, 0);
	offered(0, EXCHANGE_CALL);
	end(EXCHANGE_ANSWERED, 0);
	lihe_driver.link_down(device, 1);
	assert_int_equal(seen.painted, BOARD_UNKNOWN);
	assert_int_equal(seen.health, HEALTH_GONE);
	nothing_offered(2);
	assert_int_equal(lihe_driver.deadline(device), DRIVER_NO_DEADLINE);
	lihe_driver.link_up(device, 3);
	offered(3, EXCHANGE_REPAIR);
}

/* A blinking board is asked for its version, published for address 3: A0 03 98 03 50 .. FF and
 * A0 05 98 03 50 A3 03 .. FF; sums (3+152+3+80) mod 100 = 38, (5+152+3+80+163+3) mod 100 = 6. */
static void test_version_probe_while_blinking(void **state)
{
	static const uint8_t query[] = {0xA0, 0x03, 0x98, 0x03, 0x50, 0x26, 0xFF};
	static const uint8_t reply[] = {0xA0, 0x05, 0x98, 0x03, 0x50, 0xA3, 0x03, 0x06, 0xFF};
	const char *const settings[] = {"ack=1"};
	char error[160];

	(void)state;
	assert_int_equal(make("window-16x128", 3, settings, 1, error, sizeof(error)), 0);
	lihe_driver.link_up(device, 0);
	show("A001", true, 1, 0);
	offered(0, EXCHANGE_CALL);
	end(EXCHANGE_ANSWERED, 0);
	offered(10 * S, EXCHANGE_REFRESH);
	assert_frame(query, sizeof(query));
	assert_int_equal(exchange.match(&exchange, reply, sizeof(reply)), 9);
	assert_int_equal(exchange.match(&exchange, query, sizeof(query)), -EBADMSG);
	end(EXCHANGE_ANSWERED, 10 * S);
	nothing_offered(10 * S);

	/* away for a moment: it may have been without current, so the text is sent again */
	offered(20 * S, EXCHANGE_REFRESH);
	end(EXCHANGE_TIMEOUT, 20 * S);
	offered(20 * S, EXCHANGE_REFRESH);
	end(EXCHANGE_ANSWERED, 20 * S);
	offered(20 * S, EXCHANGE_REPAIR);
	assert_int_equal(exchange.bytes[0], 0xAA);
	end(EXCHANGE_ANSWERED, 20 * S);

	for (unsigned i = 0; i < 3; i++) {
		offered(40 * S, EXCHANGE_REFRESH);
		end(EXCHANGE_TIMEOUT, 40 * S);
	}
	assert_int_equal(seen.health, HEALTH_FAILED);
}

/* A card that acknowledges texts and does not know the version query is not called dead; but what
 * does not answer may have lost its current: the text is sent again each time, and then no more. */
static void test_version_silent_card(void **state)
{
	const char *const settings[] = {"ack=1"};

	(void)state;
	make_with("window-16x128", settings, 1);
	lihe_driver.link_up(device, 0);
	show("A001", true, 1, 0);
	offered(0, EXCHANGE_CALL);
	end(EXCHANGE_ANSWERED, 0);
	for (int64_t i = 1; i <= 3; i++) {
		offered(i * 10 * S, EXCHANGE_REFRESH);
		end(EXCHANGE_TIMEOUT, i * 10 * S);
		offered(i * 10 * S, EXCHANGE_REPAIR);
		assert_int_equal(exchange.bytes[0], 0xAA);
		end(EXCHANGE_ANSWERED, i * 10 * S);
	}
	nothing_offered(1000 * S);
	assert_int_equal(seen.health, HEALTH_OK);
	show("A001", false, 2, 1000 * S);
	offered(1000 * S, EXCHANGE_CALL);
	/* One that was away is asked again: it may be another card by now. */
	show("A002", true, 3, 1000 * S);
	offered(1000 * S, EXCHANGE_CALL);
	end(EXCHANGE_TIMEOUT, 1000 * S);
	offered(1001 * S, EXCHANGE_REPAIR);
	end(EXCHANGE_ANSWERED, 1001 * S);
	offered(1011 * S, EXCHANGE_REFRESH);
	assert_int_equal(exchange.bytes[0], 0xA0);
}

/* What became of an older text does not make the newer call a repair. */
static void test_miss_of_an_older_text(void **state)
{
	const char *const settings[] = {"ack=1"};

	(void)state;
	make_with("window-16x128", settings, 1);
	lihe_driver.link_up(device, 0);
	show("A001", true, 1, 0);
	offered(0, EXCHANGE_CALL);
	show("A002", true, 2, 0);
	end(EXCHANGE_TIMEOUT, 0);
	offered(0, EXCHANGE_CALL);
	end(EXCHANGE_TIMEOUT, 0);
	offered(0, EXCHANGE_REPAIR);
}

static void test_settings_are_checked(void **state)
{
	static const char *const wrong[] = {
		"checksum=crc",
		"ack=2",
		"ack",
		"colour=blue",
		"card=",
		"timeout_ms=0",
		"timeout_ms=5001",
		"probe_s=1",
		"probe_s=3x",
		"refresh_s=-1",
		"speed=9600",
		"",
		"=1",
	};
	char error[160];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		error[0] = '\0';
		assert_int_equal(make("window-16x128", 1, &wrong[i], 1, error, sizeof(error)),
				 -EINVAL);
		assert_non_null(strstr(error, "board-1"));
		assert_null(device);
	}
	assert_int_equal(make("window-16x128", 0, NULL, 0, error, sizeof(error)), -EINVAL);
	assert_int_equal(make("window-16x128", 255, NULL, 0, error, sizeof(error)), -EINVAL);
}

static void test_other_jobs_are_refused(void **state)
{
	struct device_job job = {.kind = JOB_DISPLAY};

	(void)state;
	make_with("window-16x128", NULL, 0);
	assert_int_equal(lihe_driver.submit(device, &job, 0), -EOPNOTSUPP);
}

static void test_probe(void **state)
{
	(void)state;
	assert_int_equal(lihe_driver.probe(&(struct device_identity){.driver = "lihe"}), 0);
	assert_int_equal(lihe_driver.probe(&(struct device_identity){.driver = ""}), -ENODEV);
	make_with("window-16x128", NULL, 0);
}

/* Seeded bytes: the matcher stays inside the buffer and never takes a frame of another address. */
static void test_random_replies(void **state)
{
	const char *const settings[] = {"ack=1"};
	uint64_t random = 1;

	(void)state;
	make_with("window-16x128", settings, 1);
	lihe_driver.link_up(device, 0);
	show("A001", true, 1, 0);
	for (unsigned kind = 0; kind < 2; kind++) {
		offered(10 * S, kind ? EXCHANGE_REFRESH : EXCHANGE_CALL);
		for (unsigned i = 0; i < 1000; i++) {
			size_t len = 1 + i % 24;
			uint8_t *bytes = malloc(len); /* exact: the sanitizer sees one byte more */
			int n;

			assert_non_null(bytes);
			for (size_t j = 0; j < len; j++) {
				static const uint8_t likely[] = {0xA0, 3, 5,	0x14,
								 0x98, 1, 0x50, 0xFF};

				random = random * 6364136223846793005u + 1442695040888963407u;
				bytes[j] = (random >> 40) % 2 ? likely[(random >> 33) % 8]
							      : (uint8_t)(random >> 50);
			}
			if (i % 2)
				bytes[0] = 0xA0;
			n = exchange.match(&exchange, bytes, len);
			assert_true(n == 0 || n == -EBADMSG || (n >= 7 && n <= (int)len));
			if (n > 0)
				assert_int_equal(bytes[3], 1);
			free(bytes);
		}
		end(EXCHANGE_ANSWERED, 0);
	}
}

#define LIHE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIHE_TEST(test_published_frame),
		LIHE_TEST(test_checksum_dialects_and_modes),
		LIHE_TEST(test_whole_screen),
		LIHE_TEST(test_empty_text_is_spaces),
		LIHE_TEST(test_text_is_never_cut_through_a_character),
		LIHE_TEST(test_odd_texts),
		LIHE_TEST(test_moving_text),
		LIHE_TEST(test_colours),
		LIHE_TEST(test_life),
		LIHE_TEST(test_dark),
		LIHE_TEST(test_number_frames),
		LIHE_TEST(test_ticket_frames),
		LIHE_TEST(test_blind_board),
		LIHE_TEST(test_acknowledging_board),
		LIHE_TEST(test_three_misses_are_a_failure),
		LIHE_TEST(test_newer_text_during_an_exchange),
		LIHE_TEST(test_equal_state_costs_nothing),
		LIHE_TEST(test_line_down_makes_it_unknown),
		LIHE_TEST(test_version_probe_while_blinking),
		LIHE_TEST(test_version_silent_card),
		LIHE_TEST(test_miss_of_an_older_text),
		LIHE_TEST(test_settings_are_checked),
		LIHE_TEST(test_other_jobs_are_refused),
		LIHE_TEST(test_probe),
		LIHE_TEST(test_random_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
