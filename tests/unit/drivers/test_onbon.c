/* The Onbon driver without a line: what it offers, what it makes of each end. Whole frames are
 * those of tests/unit/proto/test_onbon.c, whose sources it names; answers are built by the codec
 * that those frames pin. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/driver.h"
#include "firmware-host/proto/onbon.h"

extern const struct driver onbon_driver;

enum { S = 1000000 };

/* 25 January 2013, 11:17:26, as microseconds of a wall clock */
static const int64_t friday_us = (int64_t)1359112646 * S;

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
static struct board_state wanted;
static uint8_t room[ONBON_MAX_PACKET];

/* A board of 24 dots in one row, which no card in models.conf is. */
static const struct device_model *tall(void)
{
	static struct device_model model;

	model = *driver_find_model(&onbon_driver, "window-16x128");
	model.u.board.height_dots = 24;
	return &model;
}

static int make(const char *model, const char *const *settings, size_t count, char *ret_error,
		size_t error_size)
{
	struct device_options options = {
		.name = "hall",
		.model = strcmp(model, "tall") ? driver_find_model(&onbon_driver, model) : tall(),
		.address = 1,
		.baud = 9600,
		.settings = settings,
		.setting_count = count};

	assert_non_null(options.model);
	return onbon_driver.create(&device, &options, &host, NULL, ret_error, error_size);
}

static void start(const char *model, const char *const *settings, size_t count)
{
	char error[256] = "";

	assert_int_equal(make(model, settings, count, error, sizeof(error)), 0);
	onbon_driver.link_up(device, 0);
}

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	memset(&wanted, 0, sizeof(wanted));
	wanted.content = BOARD_LIST;
	device = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	onbon_driver.remove(device);
	return 0;
}

static void submit(int64_t now_us)
{
	struct device_job job = {.kind = JOB_BOARD, .u.board = wanted};

	assert_int_equal(onbon_driver.submit(device, &job, now_us), 0);
}

static void show(const char *text, int64_t now_us)
{
	snprintf(wanted.text, sizeof(wanted.text), "%s", text);
	wanted.revision++;
	submit(now_us);
}

/* What is offered now, as a command of the card with address 1. */
static struct onbon_head offered(int64_t now_us, enum exchange_priority priority)
{
	struct exchange again;
	struct onbon_packet packet;
	struct onbon_head head;
	size_t used = 0;

	memset(&exchange, 0, sizeof(exchange));
	memset(&again, 0, sizeof(again));
	assert_int_equal(onbon_driver.next(device, now_us, &exchange), 0);
	assert_int_equal(onbon_driver.next(device, now_us, &again), 0);
	assert_int_equal(exchange.len, again.len);
	assert_memory_equal(exchange.bytes, again.bytes, exchange.len);
	assert_int_equal(exchange.priority, priority);
	assert_int_equal(onbon_parse(exchange.bytes, exchange.len, ONBON_STARTS, room, &packet,
				     &used),
			 ONBON_GOOD);
	assert_int_equal(used, exchange.len);
	assert_int_equal(packet.destination, 1);
	assert_true(onbon_parse_head(&packet, &head));
	assert_int_equal(head.length, head.len);
	return head;
}

static void nothing_offered(int64_t now_us)
{
	struct exchange none;

	assert_int_equal(onbon_driver.next(device, now_us, &none), -EAGAIN);
}

static size_t reply_of(uint16_t source, uint16_t command, uint8_t error, const uint8_t *payload,
		       size_t len, uint8_t *ret, size_t size)
{
	const struct onbon_head head = {.command = command,
					.reply = error,
					.length = (uint16_t)len,
					.payload = payload,
					.len = len};
	struct onbon_packet packet;
	uint8_t data[256];

	onbon_packet_init(&packet, ONBON_HOST);
	packet.source = source;
	packet.data = data;
	packet.len = onbon_put_head(data, sizeof(data), &head);
	return onbon_build(ret, size, &packet);
}

static void answer(uint16_t command, uint8_t error, const uint8_t *payload, size_t payload_len,
		   int64_t now_us)
{
	uint8_t reply[512];
	size_t len = reply_of(1, command, error, payload, payload_len, reply, sizeof(reply));

	assert_true(exchange.reply_wanted);
	assert_int_equal(exchange.match(&exchange, reply, len), len);
	onbon_driver.ended(device, &exchange, EXCHANGE_ANSWERED, reply, len, now_us);
}

static void ack(int64_t now_us)
{
	answer(ONBON_ACK, 0, NULL, 0, now_us);
}

static void end(enum exchange_end how, int64_t now_us)
{
	onbon_driver.ended(device, &exchange, how, NULL, 0, now_us);
}

static void answer_status(const struct onbon_status *status, int64_t now_us)
{
	uint8_t payload[128];
	size_t len = onbon_put_status(payload, sizeof(payload), status);

	answer(ONBON_STATUS, 0, payload, len, now_us);
}

/* Text and power, as after each opening of the line. */
static void settle(int64_t now_us)
{
	assert_int_equal(offered(now_us, EXCHANGE_CALL).command, ONBON_TEXT);
	ack(now_us);
	assert_int_equal(offered(now_us, EXCHANGE_REPAIR).command, ONBON_POWER);
	ack(now_us);
	nothing_offered(now_us);
}

static struct onbon_area area_of(const struct onbon_head *head, unsigned index)
{
	struct onbon_text text;
	struct onbon_area area = {0};
	size_t at = 0;

	assert_true(onbon_take_text(head->payload, head->len, &text));
	assert_true(index < text.area_count);
	for (unsigned i = 0; i <= index; i++)
		at += onbon_take_area(text.areas + at, text.areas_len - at, &area);
	return area;
}

static void test_rows_are_areas(void **state)
{
	struct onbon_head head;
	struct onbon_text text;

	(void)state;
	start("hall-64x256", NULL, 0);
	show("请A001到3号窗口 A001 Window 3\nB012\n", 0);
	head = offered(0, EXCHANGE_CALL);
	assert_int_equal(head.command, ONBON_TEXT);
	assert_int_equal(head.reply, ONBON_REPLY);
	assert_true(onbon_take_text(head.payload, head.len, &text));
	assert_int_equal(text.delete_count, ONBON_ALL_AREAS); /* a stranger's may be there */
	assert_int_equal(text.area_count, 4);
	for (unsigned i = 0; i < 4; i++) {
		struct onbon_area area = area_of(&head, i);

		assert_int_equal(area.id, i);
		assert_int_equal(area.x, 0);
		assert_int_equal(area.y, 16 * i);
		assert_int_equal(area.w, 32);
		assert_int_equal(area.h, 16);
		assert_int_equal(area.effect, ONBON_EFFECT_STANDS);
		assert_int_equal(area.run_mode, ONBON_RUN_EXPIRES);
		assert_int_equal(area.timeout, 120);
		assert_int_equal(area.single_line, ONBON_SINGLE_LINE);
		assert_int_equal(area.auto_wrap, ONBON_WRAP_NOT);
	}
	assert_int_equal(area_of(&head, 0).text_len, 9 + 29);
	assert_memory_equal(area_of(&head, 0).text,
			    "\\FO000\\C1\xc7\xeb"
			    "A001\xb5\xbd"
			    "3\xba\xc5\xb4\xb0\xbf\xda A001 Window 3",
			    9 + 29);
	assert_memory_equal(area_of(&head, 1).text, "\\FO000\\C1B012", 13);
	assert_int_equal(area_of(&head, 2).text_len, 10);
	assert_memory_equal(area_of(&head, 2).text, "\\FO000\\C1 ", 10);
	ack(0);
	show("B013", 0);
	head = offered(0, EXCHANGE_CALL);
	assert_true(onbon_take_text(head.payload, head.len, &text));
	assert_int_equal(text.delete_count, 0);
}

static void test_texts(void **state)
{
	static const char *const settings[] = {"colour=green", "font=24", "life_s=0"};
	struct onbon_area area;
	struct onbon_head head;

	(void)state;
	start("tall", settings, 3);
	show("A001\n3", 0); /* one row has no second one */
	head = offered(0, EXCHANGE_CALL);
	area = area_of(&head, 0);
	assert_int_equal(area.text_len, 9 + 6);
	assert_memory_equal(area.text, "\\FO001\\C2A001 3", 15);
	assert_int_equal(area.run_mode, ONBON_RUN_CYCLE);
	assert_int_equal(area.timeout, 0);
	show("C:\\FO123 \xf0\x9f\x98\x80", 0); /* no escape of its own; 〓 is A1 FE */
	head = offered(0, EXCHANGE_CALL);
	area = area_of(&head, 0);
	assert_memory_equal(area.text,
			    "\\FO001\\C2C:\xa3\xdc"
			    "FO123 \xa1\xfe",
			    21);
	show("㐂\xe9\x95\x95", 0); /* 㐂 is not of GBK, 镕 not of GB 2312 */
	head = offered(0, EXCHANGE_CALL);
	area = area_of(&head, 0);
	assert_memory_equal(area.text + 9, "\xa1\xfe\xa1\xfe", 4);
	/* too long: cut by rule, never through a character */
	show("请请请请请请请请请请请请", 0);
	head = offered(0, EXCHANGE_CALL);
	area = area_of(&head, 0);
	assert_int_equal(area.text_len, 9 + 16);
	assert_memory_equal(area.text + 9 + 12, "\xc7\xeb\xa1\xad", 4);
	/* or it moves, whole, and does not expire */
	wanted.scroll = true;
	show("请请请请请请请请请请请请", 0);
	head = offered(0, EXCHANGE_CALL);
	area = area_of(&head, 0);
	assert_int_equal(area.text_len, 9 + 24);
	assert_int_equal(area.effect, ONBON_EFFECT_LEFT);
	show("", 0);
	assert_int_equal(offered(0, EXCHANGE_CALL).command, ONBON_CLEAR);
}

/* Before a call on another board goes only a call. */
static void test_priorities(void **state)
{
	(void)state;
	start("window-16x128", NULL, 0);
	wanted.content = BOARD_IDLE;
	show("3号窗口", 0);
	offered(0, EXCHANGE_REPAIR);
	wanted.content = BOARD_CALL;
	show("A001", 0);
	offered(0, EXCHANGE_CALL);
	wanted.content = BOARD_SERVING;
	show("Now A001", 0);
	offered(0, EXCHANGE_REPAIR);
}

static void test_acknowledged(void **state)
{
	(void)state;
	start("window-16x128", NULL, 0);
	assert_int_equal(seen.health, HEALTH_UNKNOWN);
	nothing_offered(0);
	show("A001", 0);
	settle(10);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.revision, 1);
	assert_int_equal(seen.health, HEALTH_OK);
	show("A001", 20); /* nothing new: only another revision */
	nothing_offered(20);
	assert_int_equal(seen.revision, 2);
	show("A002", 30);
	assert_int_equal(offered(30, EXCHANGE_CALL).command, ONBON_TEXT);
	show("A003", 40); /* while that is under way */
	ack(50);
	assert_int_equal(seen.revision, 2);
	assert_int_equal(offered(60, EXCHANGE_CALL).command, ONBON_TEXT);
	ack(70);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.revision, 4);
}

/* The published frames, from the driver itself. */
static void test_published_commands(void **state)
{
	static const uint8_t set_time[] = {0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
					   0x01, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00,
					   0x00, 0x00, 0xfe, 0x02, 0x0d, 0x00, 0xa2, 0x03,
					   0x01, 0x08, 0x00, 0x13, 0x20, 0x01, 0x25, 0x11,
					   0x17, 0x26, 0x05, 0xb0, 0x3f, 0x5a};
	static const uint8_t brightness[] = {0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
					     0x01, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00,
					     0x00, 0x00, 0xfe, 0x02, 0x07, 0x00, 0xa3, 0x02,
					     0x01, 0x02, 0x00, 0x01, 0x0c, 0x26, 0x2d, 0x5a};
	static const uint8_t status[] = {0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5,
					 0x01, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00,
					 0x00, 0x00, 0xfe, 0x02, 0x05, 0x00, 0xa1, 0x02,
					 0x01, 0x00, 0x00, 0x2d, 0x40, 0x5a};

	(void)state;
	start("window-16x128", NULL, 0);
	wanted.brightness = 75; /* 12 of 16 */
	wanted.wall_offset_us = friday_us - 5 * S;
	show("A001", 0);
	offered(0, EXCHANGE_CALL);
	ack(0);
	offered(0, EXCHANGE_REPAIR);
	ack(0);
	offered(5 * S, EXCHANGE_REPAIR);
	assert_int_equal(exchange.len, sizeof(brightness));
	assert_memory_equal(exchange.bytes, brightness, sizeof(brightness));
	ack(5 * S);
	offered(5 * S, EXCHANGE_REPAIR);
	assert_int_equal(exchange.len, sizeof(set_time));
	assert_memory_equal(exchange.bytes, set_time, sizeof(set_time));
	ack(5 * S);
	nothing_offered(5 * S);
	assert_int_equal(onbon_driver.deadline(device), 15 * S);
	offered(15 * S, EXCHANGE_REFRESH);
	assert_int_equal(exchange.len, sizeof(status));
	assert_memory_equal(exchange.bytes, status, sizeof(status));
}

static void test_power_and_brightness(void **state)
{
	static const uint8_t levels[][2] = {{1, 1}, {6, 1}, {7, 2}, {50, 8}, {99, 16}, {100, 16}};
	struct onbon_head head;

	(void)state;
	start("window-16x128", NULL, 0);
	show("A001", 0);
	settle(0);
	wanted.dark = true;
	submit(1);
	head = offered(1, EXCHANGE_REPAIR);
	assert_int_equal(head.command, ONBON_POWER);
	assert_int_equal(head.payload[0], ONBON_POWER_OFF);
	wanted.dark = false; /* while it is under way */
	submit(2);
	ack(2);
	head = offered(2, EXCHANGE_REPAIR);
	assert_int_equal(head.payload[0], ONBON_POWER_ON);
	ack(3);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		wanted.brightness = levels[i][0];
		submit(4);
		if (i == 1 || i == 5) { /* the same level */
			nothing_offered(4);
			continue;
		}
		head = offered(4, EXCHANGE_REPAIR);
		assert_int_equal(head.command, ONBON_BRIGHTNESS);
		assert_int_equal(head.payload[1], levels[i][1]);
		ack(4);
	}
	wanted.brightness = 0; /* as the board was set: nothing is sent */
	submit(5);
	nothing_offered(5);
}

/* A third of its life: 40 s. A text that moves has none. */
static void test_renewed(void **state)
{
	struct onbon_status status = {.power = ONBON_POWER_ON, .area_count = 1};
	int64_t now_us = 0;

	(void)state;
	start("window-16x128", NULL, 0);
	show("A001", 0);
	settle(0);
	while (now_us < 30 * (int64_t)S) {
		now_us += 10 * S;
		assert_int_equal(onbon_driver.deadline(device), now_us);
		assert_int_equal(offered(now_us, EXCHANGE_REFRESH).command, ONBON_STATUS);
		answer_status(&status, now_us);
	}
	nothing_offered(40 * (int64_t)S - 1);
	assert_int_equal(offered(40 * (int64_t)S, EXCHANGE_REFRESH).command, ONBON_TEXT);
	ack(40 * (int64_t)S);
	assert_int_equal(seen.painted_count, 1);
	wanted.scroll = true;
	show("A001 A002 A003 A004 A005", 41 * (int64_t)S);
	assert_int_equal(offered(41 * (int64_t)S, EXCHANGE_CALL).command, ONBON_TEXT);
	ack(41 * (int64_t)S);
	assert_int_equal(offered(200 * (int64_t)S, EXCHANGE_REFRESH).command, ONBON_STATUS);
	answer_status(&status, 200 * (int64_t)S);
	nothing_offered(200 * (int64_t)S);
}

/* Its areas are gone: it was without current. */
static void test_restart_is_noticed(void **state)
{
	struct onbon_status status = {
		.power = ONBON_POWER_ON, .area_count = 4, .areas = {3, 2, 1, 0}};
	struct onbon_text text;
	struct onbon_head head;

	(void)state;
	start("hall-64x256", NULL, 0);
	wanted.brightness = 50;
	show("A001", 0);
	offered(0, EXCHANGE_CALL);
	ack(0);
	offered(0, EXCHANGE_REPAIR);
	ack(0);
	offered(0, EXCHANGE_REPAIR);
	ack(0);
	offered(10 * S, EXCHANGE_REFRESH);
	answer_status(&status, 10 * S);
	nothing_offered(10 * S);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	status.area_count = 3; /* one of ours is missing */
	offered(20 * S, EXCHANGE_REFRESH);
	answer_status(&status, 20 * S);
	assert_int_equal(seen.painted, BOARD_UNKNOWN);
	head = offered(20 * S, EXCHANGE_REPAIR);
	assert_int_equal(head.command, ONBON_TEXT);
	assert_true(onbon_take_text(head.payload, head.len, &text));
	assert_int_equal(text.delete_count, ONBON_ALL_AREAS);
	ack(20 * S);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(offered(20 * S, EXCHANGE_REPAIR).command, ONBON_BRIGHTNESS);
	ack(20 * S);
	/* switched off by somebody else */
	status.area_count = 4;
	status.power = ONBON_POWER_OFF;
	offered(30 * S, EXCHANGE_REFRESH);
	answer_status(&status, 30 * S);
	assert_int_equal(offered(30 * S, EXCHANGE_REPAIR).command, ONBON_POWER);
}

/* A card that names no areas, whatever it shows: it is not painted over and over. */
static void test_areas_never_listed(void **state)
{
	struct onbon_status status = {.power = ONBON_POWER_ON};
	int64_t now_us = 0;

	(void)state;
	start("window-16x128", NULL, 0);
	show("A001", 0);
	settle(0);
	for (int i = 0; i < 3; i++) {
		now_us += 10 * S;
		assert_int_equal(offered(now_us, EXCHANGE_REFRESH).command, ONBON_STATUS);
		answer_status(&status, now_us);
		assert_int_equal(offered(now_us, EXCHANGE_REPAIR).command, ONBON_TEXT);
		ack(now_us);
		nothing_offered(now_us);
	}
	now_us += 10 * S;
	assert_int_equal(offered(now_us, EXCHANGE_REFRESH).command, ONBON_STATUS);
	answer_status(&status, now_us);
	nothing_offered(now_us);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	/* once it does name them, it is believed again */
	status.area_count = 1;
	now_us += 10 * S;
	offered(now_us, EXCHANGE_REFRESH);
	answer_status(&status, now_us);
	status.area_count = 0;
	now_us += 10 * S;
	assert_int_equal(offered(now_us, EXCHANGE_REFRESH).command, ONBON_STATUS);
	answer_status(&status, now_us);
	assert_int_equal(offered(now_us, EXCHANGE_REPAIR).command, ONBON_TEXT);
}

static void test_clock(void **state)
{
	struct onbon_status status = {.power = ONBON_POWER_ON,
				      .area_count = 1,
				      /* 11:16:50: 36 s slow, and 10 s later still */
				      .time = {0x13, 0x20, 0x01, 0x25, 0x11, 0x16, 0x50, 0x05}};
	int64_t now_us = 0;

	(void)state;
	start("window-16x128", NULL, 0);
	show("A001", 0);
	settle(0);
	wanted.wall_offset_us = friday_us;
	submit(0);
	assert_int_equal(offered(0, EXCHANGE_REPAIR).command, ONBON_TIME);
	ack(0);
	wanted.wall_offset_us += S / 2; /* half a second is nothing */
	submit(0);
	nothing_offered(0);
	wanted.wall_offset_us += S;
	submit(0);
	assert_int_equal(offered(0, EXCHANGE_REPAIR).command, ONBON_TIME);
	ack(0);
	wanted.wall_offset_us = 0; /* not known any more */
	submit(0);
	nothing_offered(0);
	wanted.wall_offset_us = friday_us;
	submit(0);
	assert_int_equal(offered(0, EXCHANGE_REPAIR).command, ONBON_TIME);
	ack(0);
	/* A card that does not keep the time is told it once an hour. */
	for (unsigned told = 0; now_us < 7300 * (int64_t)S;) {
		struct onbon_head head;

		now_us += 10 * S;
		head = offered(now_us, EXCHANGE_REFRESH);
		if (head.command == ONBON_TEXT) {
			ack(now_us);
			continue;
		}
		answer_status(&status, now_us);
		if (onbon_driver.next(device, now_us, &exchange) == 0) {
			assert_int_equal(offered(now_us, EXCHANGE_REPAIR).command, ONBON_TIME);
			ack(now_us);
			told++;
			assert_in_range(now_us / S, told * 3600, told * 3600 + 40);
		}
		assert_true(told <= 2);
		assert_true(now_us < 7250 * (int64_t)S || told == 2);
	}
}

static void test_refused(void **state)
{
	(void)state;
	start("window-16x128", NULL, 0);
	show("A001", 0);
	for (int i = 0; i < 3; i++) { /* busy: a second later, three times */
		assert_int_equal(offered(i * S, i ? EXCHANGE_REPAIR : EXCHANGE_CALL).command,
				 ONBON_TEXT);
		answer(ONBON_NACK, ONBON_BUSY, NULL, 0, i * S);
		assert_int_not_equal(seen.painted, BOARD_FAILED);
		if (i == 0) { /* other commands go on meanwhile */
			assert_int_equal(offered(0, EXCHANGE_REPAIR).command, ONBON_POWER);
			ack(0);
			nothing_offered(S - 1);
		}
		assert_int_equal(onbon_driver.deadline(device), (i + 1) * S);
	}
	assert_int_equal(offered(3 * S, EXCHANGE_REPAIR).command, ONBON_TEXT);
	answer(ONBON_NACK, ONBON_BUSY, NULL, 0, 3 * S);
	assert_int_equal(seen.painted, BOARD_FAILED);
	assert_int_equal(seen.health, HEALTH_FAILED);
	assert_string_equal(seen.detail, "refuses the text: controller busy (03)");
	nothing_offered(13 * S - 1);
	assert_int_equal(offered(13 * S, EXCHANGE_REPAIR).command, ONBON_TEXT);
	answer(ONBON_NACK, ONBON_BAD_PARAMETER, NULL, 0, 13 * S);
	assert_string_equal(seen.detail, "refuses the text: parameter out of range (12)");
	/* Refused while another is wanted already: that one is a call, and not a failure. */
	assert_int_equal(offered(23 * S, EXCHANGE_REPAIR).command, ONBON_TEXT);
	show("A003", 23 * S);
	answer(ONBON_NACK, ONBON_BAD_PARAMETER, NULL, 0, 23 * S);
	assert_int_equal(offered(23 * S, EXCHANGE_CALL).command, ONBON_TEXT);
	answer(ONBON_NACK, ONBON_BAD_PARAMETER, NULL, 0, 23 * S);
	show("A002", 24 * S); /* another text may please it */
	assert_int_equal(offered(24 * S, EXCHANGE_CALL).command, ONBON_TEXT);
	ack(24 * S);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.health, HEALTH_OK);
}

/* A card without a clock: it says so once. */
static void test_command_refused(void **state)
{
	(void)state;
	start("window-16x128", NULL, 0);
	wanted.wall_offset_us = friday_us;
	show("A001", 0);
	offered(0, EXCHANGE_CALL);
	ack(0);
	offered(0, EXCHANGE_REPAIR);
	ack(0);
	assert_int_equal(offered(0, EXCHANGE_REPAIR).command, ONBON_TIME);
	answer(ONBON_NACK, ONBON_BAD_COMMAND, NULL, 0, 0);
	assert_int_equal(seen.health, HEALTH_WARNING);
	assert_string_equal(seen.detail, "refuses the time: unknown command (02)");
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	nothing_offered(0);
	offered(10 * S, EXCHANGE_REFRESH); /* nor does it know the question for its status */
	answer(ONBON_NACK, ONBON_BAD_COMMAND, NULL, 0, 10 * S);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	nothing_offered(10 * S);
}

static void test_no_answer(void **state)
{
	struct onbon_status status = {.power = ONBON_POWER_ON, .area_count = 1};

	(void)state;
	start("window-16x128", NULL, 0);
	show("A001", 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(offered(i, i ? EXCHANGE_REPAIR : EXCHANGE_CALL).command,
				 ONBON_TEXT);
		assert_int_not_equal(seen.painted, BOARD_FAILED);
		end(EXCHANGE_TIMEOUT, i);
	}
	assert_int_equal(seen.painted, BOARD_FAILED);
	assert_string_equal(seen.detail, "no answer: cable or power");
	offered(4, EXCHANGE_REPAIR);
	end(EXCHANGE_GARBAGE, 4);
	assert_string_equal(seen.detail, "answers make no sense: wrong speed or noise");
	offered(5, EXCHANGE_REPAIR);
	ack(5);
	assert_int_equal(seen.painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(seen.health, HEALTH_OK);
	/* it was away: what does it have? */
	offered(5, EXCHANGE_REPAIR);
	ack(5);
	assert_int_equal(offered(5 + 10 * S, EXCHANGE_REFRESH).command, ONBON_STATUS);
	for (int i = 0; i < 2; i++)
		end(EXCHANGE_TIMEOUT, 11 * S);
	assert_int_equal(seen.health, HEALTH_OK);
	answer_status(&status, 12 * S);
	nothing_offered(12 * S);
	end(EXCHANGE_TIMEOUT, 13 * S); /* one miss is nothing */
	assert_int_equal(seen.health, HEALTH_OK);
	/* One that answers again, but does not tell its status, is painted again. */
	offered(30 * S, EXCHANGE_REFRESH);
	answer(ONBON_NACK, ONBON_BAD_COMMAND, NULL, 0, 30 * S);
	assert_int_equal(seen.painted, BOARD_UNKNOWN);
	assert_int_equal(offered(30 * S, EXCHANGE_REPAIR).command, ONBON_TEXT);
}

static void test_line_down(void **state)
{
	(void)state;
	start("window-16x128", NULL, 0);
	show("A001", 0);
	settle(0);
	offered(10 * S, EXCHANGE_REFRESH);
	end(EXCHANGE_LINE_DOWN, 10 * S);
	onbon_driver.link_down(device, 10 * S);
	assert_int_equal(seen.painted, BOARD_UNKNOWN);
	assert_int_equal(seen.health, HEALTH_GONE);
	nothing_offered(11 * S);
	assert_int_equal(onbon_driver.deadline(device), DRIVER_NO_DEADLINE);
	onbon_driver.link_up(device, 12 * S);
	assert_int_equal(offered(12 * S, EXCHANGE_REPAIR).command, ONBON_TEXT);
	ack(12 * S);
	assert_int_equal(offered(12 * S, EXCHANGE_REPAIR).command, ONBON_POWER);
}

static void test_blind(void **state)
{
	static const char *const settings[] = {"ack=0", "refresh_s=30"};

	(void)state;
	start("window-16x128", settings, 2);
	show("A001", 0);
	assert_int_equal(offered(0, EXCHANGE_CALL).reply, ONBON_NO_REPLY);
	assert_false(exchange.reply_wanted);
	end(EXCHANGE_ANSWERED, 0);
	assert_int_equal(seen.painted, BOARD_SENT);
	assert_int_equal(seen.health, HEALTH_WARNING);
	offered(0, EXCHANGE_REPAIR);
	end(EXCHANGE_ANSWERED, 0);
	nothing_offered(0);
	assert_int_equal(onbon_driver.deadline(device), 30 * S);
	assert_int_equal(offered(30 * S, EXCHANGE_REFRESH).command, ONBON_TEXT);
	end(EXCHANGE_ANSWERED, 30 * S);
	nothing_offered(59 * S);
}

/* What is an answer to what. */
static void test_match(void **state)
{
	uint8_t reply[256], both[300] = {0x00, 0xa5, 0x13};
	size_t len;

	(void)state;
	start("window-16x128", NULL, 0);
	show("A001", 0);
	offered(0, EXCHANGE_CALL);
	len = reply_of(1, ONBON_ACK, 0, NULL, 0, reply, sizeof(reply));
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(exchange.match(&exchange, reply, cut), cut ? 0 : -EBADMSG);
	assert_int_equal(exchange.match(&exchange, reply, len), len);
	assert_int_equal(exchange.match(&exchange, reply + 7, len - 7), len - 7);
	memcpy(both + 3, reply, len);
	assert_int_equal(exchange.match(&exchange, both, len + 3), -EBADMSG);
	assert_int_equal(exchange.match(&exchange, both + 1, len + 2), -EBADMSG);
	assert_int_equal(exchange.match(&exchange, both + 3, len), len);
	reply[len - 2] ^= 1;
	assert_int_equal(exchange.match(&exchange, reply, len), -EBADMSG);
	len = reply_of(2, ONBON_ACK, 0, NULL, 0, reply, sizeof(reply)); /* another card's */
	assert_int_equal(exchange.match(&exchange, reply, len), -EBADMSG);
	len = reply_of(1, ONBON_ACK, 0, NULL, 0, reply, sizeof(reply));
	reply[8 + 8] = ONBON_CHECK_NONE; /* what nothing checks is no answer */
	assert_int_equal(exchange.match(&exchange, reply, len), -EBADMSG);
	len = reply_of(1, ONBON_PING, 0, NULL, 0, reply, sizeof(reply));
	assert_int_equal(exchange.match(&exchange, reply, len), -EBADMSG);
	len = reply_of(1, ONBON_STATUS, 0, NULL, 0, reply, sizeof(reply)); /* was not asked */
	assert_int_equal(exchange.match(&exchange, reply, len), -EBADMSG);
	assert_int_equal(exchange.match(&exchange, exchange.bytes, exchange.len),
			 -EBADMSG); /* echo */
}

static void test_settings(void **state)
{
	static const char *const wrong[][2] = {
		{"life_s=5", "0 或 6"},	    {"colour=blue", "red|green|yellow"},
		{"font=20", "16|24|32"},    {"speed=25", "0..24"},
		{"probe_s=1", "2..600"},    {"mode=1", "unknown setting"},
		{"ack", "unknown setting"}, {"font=24", "higher than a row"},
	};
	struct device_options options = {.name = "x", .model = &onbon_driver.models[0]};
	char error[400];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *const settings[] = {wrong[i][0]};

		assert_int_equal(make("window-16x128", settings, 1, error, sizeof(error)), -EINVAL);
		assert_non_null(strstr(error, wrong[i][1]));
		assert_non_null(strstr(error, "hall: "));
	}
	for (unsigned address = 0; address <= 255; address += 255) {
		options.address = (uint8_t)address;
		assert_int_equal(onbon_driver.create(&device, &options, &host, NULL, error,
						     sizeof(error)),
				 -EINVAL);
		assert_non_null(strstr(error, "1 至 254 an Onbon board's address is 1 to 254"));
	}
}

#define ONBON_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ONBON_TEST(test_rows_are_areas),
		ONBON_TEST(test_texts),
		ONBON_TEST(test_acknowledged),
		ONBON_TEST(test_priorities),
		ONBON_TEST(test_published_commands),
		ONBON_TEST(test_power_and_brightness),
		ONBON_TEST(test_renewed),
		ONBON_TEST(test_restart_is_noticed),
		ONBON_TEST(test_areas_never_listed),
		ONBON_TEST(test_clock),
		ONBON_TEST(test_refused),
		ONBON_TEST(test_command_refused),
		ONBON_TEST(test_no_answer),
		ONBON_TEST(test_line_down),
		ONBON_TEST(test_blind),
		ONBON_TEST(test_match),
		ONBON_TEST(test_settings),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
