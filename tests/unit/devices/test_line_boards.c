/* The bus master and the drivers of Onbon cards and Alpha signs against the firmware's own, in
 * virtual time: what is seen on the screen, what the host is told, and that no lost byte, restart
 * or silent host leaves a wrong text standing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/app/board_alpha.h"
#include "firmware-host/app/board_onbon.h"
#include "tests/unit/app/seen.h"
#include "tests/unit/devices/line_world.h"

extern const struct driver alpha_driver, onbon_driver;

enum { MS = 1000, S = 1000000, TICK = 20 * MS };

/* What befalls one exchange: a byte of the request or of the answer is lost. */
struct loss {
	bool of_reply;
	unsigned exchange; /* of this many heard since it was set, from 0 */
	size_t byte;
	bool done;
};

static struct world world;
static struct world_peer peer;
static const struct driver *driver;
static struct device *device;
static struct onbon_board card;
static struct alpha_board sign;
static struct loss loss;
static unsigned heard;
static uint8_t answer[512];
static size_t answer_len;
static enum board_painted painted;
static uint32_t painted_revision;
static enum device_health health;
static char detail[DEVICE_DETAIL_SIZE];
static struct board_state wanted;
static char row[SEEN_SIZE];
static bool watch; /* every text that is told as shown is compared with the screen */

static uint32_t ms(int64_t now_us)
{
	return (uint32_t)(now_us / MS);
}

static void card_send(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	assert_true(answer_len + len <= sizeof(answer));
	memcpy(answer + answer_len, bytes, len);
	answer_len += len;
}

static size_t hear(struct world_peer *self, const uint8_t *bytes, size_t len, uint8_t *reply,
		   int64_t *delay_us, int64_t now_us)
{
	bool hit = !loss.done && heard++ == loss.exchange;

	(void)self;
	(void)delay_us;
	answer_len = 0;
	for (size_t i = 0; i < len; i++) {
		uint32_t at = ms(now_us - line_wire_us(&world.line, len - 1 - i));

		if (hit && !loss.of_reply && i == loss.byte) {
			loss.done = true;
			continue;
		}
		if (driver == &onbon_driver)
			onbon_board_receive(&card, bytes[i], at);
		else
			alpha_board_receive(&sign, bytes[i], at);
	}
	memcpy(reply, answer, answer_len);
	if (hit && loss.of_reply && loss.byte < answer_len) {
		loss.done = true;
		memmove(reply + loss.byte, reply + loss.byte + 1, answer_len - loss.byte - 1);
		return answer_len - 1;
	}
	return answer_len;
}

static const char *seen(int y)
{
	seen_row(driver == &onbon_driver ? &card.screen : &sign.screen, y, row);
	return row;
}

/* The first row by the bytes of its area: seen() compares dots with every character there is. */
static bool has_row(const char *text)
{
	uint8_t gbk[SEEN_SIZE];
	size_t len = seen_gbk(text, gbk, sizeof(gbk));

	for (size_t i = 0; i < SCREEN_PARTS; i++)
		if (card.areas[i].used && card.areas[i].id == 0)
			return card.screen.parts[i].len == len &&
			       memcmp(card.screen.parts[i].text, gbk, len) == 0;
	return false;
}

static void on_painted(void *user, enum board_painted what, uint32_t revision)
{
	(void)user;
	painted = what;
	painted_revision = revision;
	if (watch && what == BOARD_ACKNOWLEDGED && revision == wanted.revision)
		assert_true(has_row(wanted.text));
}

static void on_health(void *user, enum device_health what, const char *words)
{
	(void)user;
	health = what;
	snprintf(detail, sizeof(detail), "%s", words);
}

static void on_changed(void *user)
{
	(void)user;
	line_wake(&world.line);
}

static const struct driver_host host = {
	.painted = on_painted, .health = on_health, .changed = on_changed};

static void run(int64_t for_us)
{
	int64_t until_us = world.now_us + for_us;

	while (world.now_us < until_us) {
		world_run(&world, world.now_us + TICK < until_us ? world.now_us + TICK : until_us);
		if (driver == &onbon_driver)
			onbon_board_tick(&card, ms(world.now_us));
		else
			alpha_board_tick(&sign, ms(world.now_us));
	}
}

static void start(const struct driver *which, const char *model, const char *const *settings,
		  size_t count)
{
	const struct onbon_board_settings card_settings = {1, 256, 64};
	const struct alpha_board_settings sign_settings = {1, 128, 16};
	struct device_options options = {.name = "end",
					 .model = driver_find_model(which, model),
					 .address = 1,
					 .baud = 9600,
					 .settings = settings,
					 .setting_count = count};
	char error[256];

	driver = which;
	assert_non_null(options.model);
	assert_int_equal(driver->create(&device, &options, &host, NULL, error, sizeof(error)), 0);
	onbon_board_init(&card, &card_settings, (struct hal_uart){.send = card_send},
			 ms(world.now_us));
	alpha_board_init(&sign, &sign_settings, ms(world.now_us));
	peer = (struct world_peer){.hear = hear};
	world_peer_add(&world, &peer);
	assert_int_equal(line_attach(&world.line, driver, device, world.now_us), 0);
	line_up(&world.line, world.now_us);
}

static void stop(void)
{
	if (device) {
		line_detach(&world.line, device, world.now_us);
		driver->remove(device);
	}
	device = NULL;
	world_stop(&world);
}

static void begin(void)
{
	world_start(&world, 9600, 4 * MS);
	memset(&wanted, 0, sizeof(wanted));
	loss = (struct loss){.done = true};
	heard = 0;
	painted = BOARD_UNKNOWN;
	health = HEALTH_UNKNOWN;
	watch = false;
	device = NULL;
}

static int setup(void **state)
{
	(void)state;
	begin();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop();
	return 0;
}

static void submit(void)
{
	struct device_job job = {.kind = JOB_BOARD, .u.board = wanted};

	assert_int_equal(driver->submit(device, &job, world.now_us), 0);
}

static void show(const char *text)
{
	snprintf(wanted.text, sizeof(wanted.text), "%s", text);
	wanted.revision++;
	submit();
}

static void is_right(const char *text)
{
	assert_true(has_row(text));
	assert_int_equal(painted, BOARD_ACKNOWLEDGED);
	assert_int_equal(painted_revision, wanted.revision);
	assert_int_equal(health, HEALTH_OK);
}

static void is_shown(const char *text)
{
	assert_string_equal(seen(0), text);
	if (*text)
		is_right(text);
}

static void test_card(void **state)
{
	(void)state;
	start(&onbon_driver, "hall-64x256", NULL, 0);
	show("请A001到3号窗口 A001 Window 3\n请B012到11号窗口\n\n欢迎光临 Welcome");
	run(2 * S);
	is_shown("请A001到3号窗口 A001 Window 3");
	assert_string_equal(seen(16), "请B012到11号窗口");
	assert_string_equal(seen(32), "");
	assert_string_equal(seen(48), "欢迎光临 Welcome");
	assert_int_equal(card.frames, 2); /* text and power */
	wanted.dark = true;
	submit();
	run(S);
	assert_string_equal(seen(0), "");
	wanted.dark = false;
	wanted.brightness = 30;
	wanted.wall_offset_us = (int64_t)1359112646 * S - world.now_us;
	submit();
	run(2 * S);
	assert_string_equal(seen(48), "欢迎光临 Welcome");
	assert_int_equal(card.level, 5);
	assert_int_equal(card.time.year, 2013);
	assert_int_equal(card.time.minute, 17);
	show("");
	run(S);
	is_shown("");
	run(60 * S);
	assert_int_equal(card.refused, 0);
	assert_int_equal(world.line.stats.timeouts + world.line.stats.garbage, 0);
	assert_int_equal(world.collisions, 0);
}

/* In step as long as the host lives; two minutes after its last word the text is gone. */
static void test_expiry(void **state)
{
	(void)state;
	start(&onbon_driver, "hall-64x256", NULL, 0);
	show("A001");
	run(1800 * (int64_t)S);
	is_shown("A001");
	assert_int_equal(card.expired, 0);
	line_down(&world.line, world.now_us);
	run(79 * S);
	assert_string_equal(seen(0), "A001");
	run(41 * S);
	assert_string_equal(seen(0), "");
	assert_int_equal(card.expired, 4);
	line_up(&world.line, world.now_us);
	run(S);
	is_shown("A001");
}

static void test_restart(void **state)
{
	(void)state;
	start(&onbon_driver, "hall-64x256", NULL, 0);
	wanted.brightness = 50;
	show("A001");
	run(5 * S);
	for (int i = 0; i < 20; i++) {
		run(i * 777 * (int64_t)MS);
		onbon_board_restart(&card, ms(world.now_us));
		assert_string_equal(seen(0), "");
		run(12 * S);
		is_shown("A001");
		assert_int_equal(card.level, 8);
	}
	/* off for a minute */
	peer.dead = true;
	run(60 * S);
	assert_int_equal(health, HEALTH_FAILED);
	assert_int_equal(painted, BOARD_FAILED);
	onbon_board_restart(&card, ms(world.now_us));
	peer.dead = false;
	run(60 * S);
	is_shown("A001");
}

static void test_refusals(void **state)
{
	(void)state;
	start(&onbon_driver, "hall-64x256", NULL, 0);
	card.refuse_as = ONBON_BUSY;
	card.refuse_count = 2;
	show("A001");
	run(5 * S);
	is_shown("A001");
	card.refuse_as = ONBON_BAD_PARAMETER;
	card.refuse_count = 1;
	show("A002");
	run(S);
	assert_int_equal(painted, BOARD_FAILED);
	assert_string_equal(detail, "refuses the text: parameter out of range (12)");
	assert_string_equal(seen(0), "A001");
	run(10 * S);
	is_shown("A002");
	card.silent = true; /* does what it is told and says nothing */
	show("A003");
	run(20 * S);
	assert_string_equal(seen(0), "A003");
	assert_int_equal(painted, BOARD_FAILED);
	assert_string_equal(detail, "no answer: cable or power");
}

/* A byte of one exchange is lost, wherever: the text is right a few seconds later, and nothing
 * wrong is ever told as shown. */
static void test_every_byte_lost(void **state)
{
	size_t cases = 0;

	(void)state;
	stop();
	for (int of_reply = 0; of_reply < 2; of_reply++) {
		for (unsigned exchange = 0; exchange < 2; exchange++) {
			for (size_t byte = 0;; byte++) {
				begin();
				start(&onbon_driver, "hall-64x256", NULL, 0);
				loss = (struct loss){
					.of_reply = of_reply, .exchange = exchange, .byte = byte};
				watch = true;
				show("请A001到3号窗口");
				run(4 * S);
				is_right("请A001到3号窗口");
				show("请B002到4号窗口");
				run(3 * S);
				is_right("请B002到4号窗口");
				stop();
				if (!loss.done)
					break;
				cases++;
			}
		}
	}
	begin();
	/* text 200 bytes and more, power 31, their answers 30 each */
	assert_in_range(cases, 200 + 31 + 60, 400);
}

static void test_noise(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 4; seed++) {
		stop();
		begin();
		world.noise = 0.002;
		world.random = seed;
		start(&onbon_driver, "hall-64x256", NULL, 0);
		watch = true;
		for (int i = 0; i < 20; i++) {
			char text[32];

			snprintf(text, sizeof(text), "请A%03d到%d号窗口", i, i % 9 + 1);
			show(text);
			run(7 * S);
		}
		world.noise = 0;
		run(30 * S);
		is_right("请A019到2号窗口");
	}
}

static void test_sign(void **state)
{
	struct alpha_board_settings settings;
	int64_t end_us = 0;

	(void)state;
	start(&alpha_driver, "betabrite-7x80", NULL, 0);
	show("欢迎光临 Welcome");
	run(2 * S);
	assert_string_equal(seen(0), "Welcome");
	assert_int_equal(painted, BOARD_SENT);
	assert_int_equal(health, HEALTH_WARNING);
	wanted.content = BOARD_CALL;
	wanted.blink = true;
	snprintf(wanted.number, sizeof(wanted.number), "A001");
	wanted.window = 3;
	show("请A001到3号窗口");
	run(S / 4);
	assert_string_equal(seen(0), "A001 Window 3");
	run(S / 2);
	assert_string_equal(seen(0), "");
	wanted.content = BOARD_SERVING;
	wanted.blink = false;
	show("受理中 Now A001");
	run(S);
	assert_string_equal(seen(0), "Now A001");
	/* the packet that empties the priority file is lost: mended with the next round */
	wanted.content = BOARD_CALL;
	show("请A001到3号窗口");
	run(S);
	loss = (struct loss){.exchange = 1, .byte = 10};
	heard = 0;
	wanted.content = BOARD_SERVING;
	show("受理中 Now A001");
	run(S);
	assert_true(loss.done);
	assert_string_equal(seen(0), "A001 Window 3");
	run(61 * S);
	assert_string_equal(seen(0), "Now A001");
	settings = sign.settings;
	alpha_board_init(&sign, &settings, ms(world.now_us)); /* was without current */
	run(61 * S);
	assert_string_equal(seen(0), "Now A001");
	for (size_t i = 0; i < world.write_count; i++) {
		assert_true(!i || world.writes[i].at_us - end_us > 100 * MS);
		end_us = world.writes[i].end_us;
	}
}

#define BOARD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		BOARD_TEST(test_card),
		BOARD_TEST(test_expiry),
		BOARD_TEST(test_restart),
		BOARD_TEST(test_refusals),
		BOARD_TEST(test_every_byte_lost),
		BOARD_TEST(test_noise),
		BOARD_TEST(test_sign),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
