/* The bus master and the drivers against the firmware's own boards and keypads, in virtual time.
 * Each device hears everything that passes on the pair of wires, other devices' answers too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/app/board.h"
#include "firmware-host/app/keypad.h"
#include "tests/unit/devices/line_world.h"

extern const struct driver lihe_driver;
extern const struct driver modbus_keypad_driver;

enum { MS = 1000, S = 1000000, MAX = 32, PRESSES = 64 };

struct end {
	struct world_peer peer;
	const struct driver *driver;
	struct device *device;
	struct board board;
	struct keypad keypad;
	uint8_t sent[256];
	size_t sent_len;
	enum device_health health;
	unsigned told[PRESSES];
	bool answered[PRESSES];
	unsigned told_late;
};

static struct world world;
static struct end ends[MAX];

static uint32_t ms(int64_t now_us)
{
	return (uint32_t)(now_us / MS);
}

static void device_send(void *port, const uint8_t *bytes, size_t len)
{
	struct end *end = port;

	assert_true(end->sent_len + len <= sizeof(end->sent));
	memcpy(end->sent + end->sent_len, bytes, len);
	end->sent_len += len;
}

static void feed(struct end *end, const uint8_t *bytes, size_t len, int64_t now_us)
{
	/* The last byte ends now, the others ended before it. */
	for (size_t i = 0; i < len; i++) {
		uint32_t at = ms(now_us - line_wire_us(&world.line, len - 1 - i));

		if (end->driver == &lihe_driver)
			board_receive(&end->board, bytes[i], at);
		else
			keypad_receive(&end->keypad, bytes[i], at);
	}
}

static size_t hear(struct world_peer *peer, const uint8_t *bytes, size_t len, uint8_t *reply,
		   int64_t *delay_us, int64_t now_us)
{
	struct end *end = peer->user;

	(void)delay_us;
	end->sent_len = 0;
	feed(end, bytes, len, now_us);
	memcpy(reply, end->sent, end->sent_len);
	return end->sent_len;
}

static void overhear(struct world_peer *peer, const uint8_t *bytes, size_t len, int64_t now_us)
{
	struct end *end = peer->user;

	end->sent_len = 0;
	feed(end, bytes, len, now_us);
	assert_int_equal(end->sent_len, 0); /* it would talk into another's answer */
}

static void on_painted(void *user, enum board_painted painted, uint32_t revision)
{
	(void)user;
	(void)painted;
	(void)revision;
}

static void on_health(void *user, enum device_health health, const char *detail)
{
	struct end *end = user;

	(void)detail;
	end->health = health;
}

static void on_changed(void *user)
{
	(void)user;
	line_wake(&world.line);
}

static void on_key(void *user, const struct key_press *press)
{
	struct end *end = user;
	struct device_job job = {.kind = JOB_KEY_ANSWER};

	assert_true(press->sequence < PRESSES);
	end->told_late += end->answered[press->sequence];
	end->told[press->sequence]++;
	end->answered[press->sequence] = true;
	job.u.answer = (struct key_answer){press->nonce, press->sequence, KEY_DONE};
	assert_int_equal(end->driver->submit(end->device, &job, world.now_us), 0);
}

static const struct driver_host host = {
	.painted = on_painted, .health = on_health, .changed = on_changed, .key = on_key};

static struct end *add(size_t index, const struct driver *driver, const char *const *settings,
		       size_t count)
{
	struct end *end = &ends[index];
	char error[160];
	struct device_options options = {.name = "end",
					 .model = &driver->models[0],
					 .address = (uint8_t)(index + 1),
					 .baud = world.options.baud,
					 .settings = settings,
					 .setting_count = count};

	end->driver = driver;
	end->peer = (struct world_peer){.hear = hear, .overhear = overhear, .user = end};
	assert_int_equal(driver->create(&end->device, &options, &host, end, error, sizeof(error)),
			 0);
	assert_int_equal(line_attach(&world.line, driver, end->device, world.now_us), 0);
	world_peer_add(&world, &end->peer);
	return end;
}

static void add_board(size_t index, bool acknowledges)
{
	static const char *const with[] = {"ack=1"};
	static const char *const without[] = {"ack=0"};
	struct board_settings settings = {.address = (uint8_t)(index + 1),
					  .width = 128,
					  .height = 16,
					  .acknowledges = acknowledges};
	struct end *end = add(index, &lihe_driver, acknowledges ? with : without, 1);

	board_init(&end->board, &settings, (struct hal_uart){device_send, end}, ms(world.now_us));
}

static void add_keypad(size_t index)
{
	struct keypad_settings settings = {.address = (uint8_t)(index + 1),
					   .kind = KEYPAD_KIND_WINDOW,
					   .nonce = 0xabcd0000u + (uint32_t)index};
	struct end *end = add(index, &modbus_keypad_driver, NULL, 0);

	keypad_init(&end->keypad, &settings, (struct hal_uart){device_send, end});
}

static int setup(void **state)
{
	(void)state;
	memset(ends, 0, sizeof(ends));
	world_start(&world, 9600, 4 * MS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < MAX; i++) {
		if (!ends[i].driver)
			continue;
		line_detach(&world.line, ends[i].device, world.now_us);
		ends[i].driver->remove(ends[i].device);
	}
	world_stop(&world);
	return 0;
}

static void show(size_t index, const char *text, bool blink)
{
	static uint32_t revision;
	struct device_job job = {.kind = JOB_BOARD};

	snprintf(job.u.board.text, sizeof(job.u.board.text), "%s", text);
	job.u.board.blink = blink;
	job.u.board.revision = ++revision;
	assert_int_equal(lihe_driver.submit(ends[index].device, &job, world.now_us), 0);
}

static bool shows(size_t index, const char *gbk)
{
	const struct lihe_text *shown = &ends[index].board.shown;

	return ends[index].board.painted && shown->len == strlen(gbk) &&
	       memcmp(shown->text, gbk, shown->len) == 0;
}

static void press(size_t index)
{
	struct keypad *keypad = &ends[index].keypad;

	keypad_contact(keypad, KEY_CALL_NEXT, 0, true, ms(world.now_us));
	keypad_tick(keypad, ms(world.now_us) + 25);
	keypad_contact(keypad, KEY_CALL_NEXT, 0, false, ms(world.now_us) + 50);
	keypad_tick(keypad, ms(world.now_us) + 75);
	world_run(&world, world.now_us + 300 * MS);
}

static void test_boards(void **state)
{
	(void)state;
	for (size_t i = 0; i < 16; i++) {
		add_board(i, i < 8);
		show(i, "请A001到3号窗口", i % 2);
	}
	line_up(&world.line, world.now_us);
	world_run(&world, world.now_us + 2 * S);
	for (size_t i = 0; i < 16; i++) {
		assert_true(shows(i, "\xc7\xeb"
				     "A001"
				     "\xb5\xbd"
				     "3"
				     "\xba\xc5\xb4\xb0\xbf\xda"));
		assert_int_equal(ends[i].board.shown.mode,
				 i % 2 ? LIHE_MODE_BLINK : LIHE_MODE_IMMEDIATE);
		assert_int_equal(ends[i].board.frames, 1);
		assert_int_equal(ends[i].health, i < 8 ? HEALTH_OK : HEALTH_WARNING);
	}
	world_run(&world, world.now_us + 30 * S);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(ends[i].health, HEALTH_OK); /* blinking ones say their version */
	assert_int_equal(world.line.stats.timeouts + world.line.stats.garbage, 0);
	assert_int_equal(world.collisions, 0);
}

static void test_boards_in_noise(void **state)
{
	(void)state;
	world.noise = 0.01;
	world.random = 3;
	for (size_t i = 0; i < 32; i++) {
		add_board(i, true);
		show(i, "A000", false);
	}
	line_up(&world.line, world.now_us);
	world_run(&world, world.now_us + 60 * S);
	for (size_t i = 0; i < 32; i++)
		show(i, "B999", false);
	world_run(&world, world.now_us + 120 * S);
	for (size_t i = 0; i < 32; i++)
		assert_true(shows(i, "B999"));
}

/* A full line of 16 keypads: no press is lost or doubled, and none answers out of turn. */
static void test_keypads(void **state)
{
	unsigned told = 0;

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		struct device_job job = {.kind = JOB_DISPLAY,
					 .u.display = {.waiting = 7, .number = "B017"}};

		add_keypad(i);
		assert_int_equal(ends[i].driver->submit(ends[i].device, &job, world.now_us), 0);
	}
	line_up(&world.line, world.now_us);
	world_run(&world, world.now_us + 5 * S);
	for (unsigned n = 0; n < 160; n++)
		press(n * 7 % 16);
	world_run(&world, world.now_us + 2 * S);
	for (size_t i = 0; i < 16; i++) {
		char number[9];

		keypad_number(&ends[i].keypad, number);
		assert_string_equal(number, "B017");
		assert_int_equal(ends[i].keypad.queued, 0);
		assert_int_equal(ends[i].keypad.lost, 0);
		assert_int_equal(ends[i].told_late, 0);
		assert_int_equal(ends[i].keypad.acks, 10);
		for (size_t n = 1; n <= 10; n++)
			told += ends[i].told[n];
	}
	assert_int_equal(told, 160);
	/* Inside another slave's answer may stand the head of a longer request: a keypad that
	 * waited for the rest of it would miss polls. */
	assert_int_equal(world.line.stats.timeouts + world.line.stats.garbage, 0);
	assert_int_equal(world.collisions, 0);
}

static void test_keypads_in_noise(void **state)
{
	(void)state;
	world.noise = 0.01;
	world.random = 5;
	for (size_t i = 0; i < 8; i++)
		add_keypad(i);
	ends[3].peer.dead = true;
	line_up(&world.line, world.now_us);
	for (unsigned n = 0; n < 200; n++) {
		if (n % 8 != 3)
			press(n % 8);
		world_run(&world, world.now_us + 1 * S);
	}
	world.noise = 0;
	world_run(&world, world.now_us + 60 * S);
	for (size_t i = 0; i < 8; i++) {
		if (i == 3)
			continue;
		assert_int_equal(ends[i].keypad.queued, 0);
		assert_int_equal(ends[i].keypad.lost, 0);
		assert_int_equal(ends[i].told_late, 0);
		for (size_t n = 1; n <= 25; n++)
			assert_true(ends[i].told[n] > 0);
	}
	assert_int_equal(ends[3].health, HEALTH_FAILED);
}

#define LINE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(test_boards),
		LINE_TEST(test_boards_in_noise),
		LINE_TEST(test_keypads),
		LINE_TEST(test_keypads_in_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
