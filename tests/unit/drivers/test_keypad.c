/* The keypad driver without a line, against a keypad written apart from it and against frames
 * whose CRCs were computed by another program. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/driver.h"
#include "tests/unit/drivers/toy_keypad.h"

extern const struct driver modbus_keypad_driver;

enum { MS = 1000, S = 1000000, KEY_STEP_MS = 10 };

static const struct driver *const driver = &modbus_keypad_driver;
static struct device *device;
static struct exchange exchange;
static struct toy_keypad toy;
static int64_t now;

static struct {
	struct key_press presses[64];
	size_t press_count;
	enum device_health health;
	char detail[DEVICE_DETAIL_SIZE];
	unsigned health_count;
	bool answer_at_once;
} seen;

static void answer(uint32_t nonce, uint16_t sequence, enum key_result result)
{
	struct device_job job = {.kind = JOB_KEY_ANSWER};

	job.u.answer = (struct key_answer){nonce, sequence, result};
	assert_int_equal(driver->submit(device, &job, now), 0);
}

static void on_key(void *user, const struct key_press *press)
{
	(void)user;
	assert_true(seen.press_count < 64);
	seen.presses[seen.press_count++] = *press;
	if (seen.answer_at_once)
		answer(press->nonce, press->sequence, KEY_DONE);
}

static void on_health(void *user, enum device_health health, const char *detail)
{
	(void)user;
	seen.health = health;
	seen.health_count++;
	snprintf(seen.detail, sizeof(seen.detail), "%s", detail);
}

static void on_changed(void *user)
{
	(void)user;
}

static const struct driver_host host = {.key = on_key, .health = on_health, .changed = on_changed};

static int make(uint8_t address, const char *const *settings, size_t count, char *ret_error,
		size_t error_size)
{
	struct device_options options = {.name = "keypad-1",
					 .model = &driver->models[0],
					 .address = address,
					 .baud = 9600,
					 .settings = settings,
					 .setting_count = count};

	return driver->create(&device, &options, &host, NULL, ret_error, error_size);
}

static int setup(void **state)
{
	char error[160];

	(void)state;
	memset(&seen, 0, sizeof(seen));
	now = 1 * S;
	device = NULL;
	toy_keypad_boot(&toy, 1, 0x12345678);
	return make(1, NULL, 0, error, sizeof(error));
}

static int teardown(void **state)
{
	(void)state;
	driver->remove(device);
	return 0;
}

static void show(uint16_t waiting, const char *number)
{
	struct device_job job = {.kind = JOB_DISPLAY};

	job.u.display.waiting = waiting;
	snprintf(job.u.display.number, sizeof(job.u.display.number), "%s", number);
	assert_int_equal(driver->submit(device, &job, now), 0);
}

static void assert_offered(const char *frame, size_t len, enum exchange_priority priority)
{
	memset(&exchange, 0, sizeof(exchange));
	assert_int_equal(driver->next(device, now, &exchange), 0);
	assert_int_equal(exchange.len, len);
	assert_memory_equal(exchange.bytes, frame, len);
	assert_int_equal(exchange.priority, priority);
	assert_true(exchange.reply_wanted);
}

/* Plays one exchange with the toy; false: none was wanted. */
static bool play(void)
{
	uint8_t reply[64];
	size_t len;

	if (driver->deadline(device) <= now)
		driver->tick(device, now);
	memset(&exchange, 0, sizeof(exchange));
	if (driver->next(device, now, &exchange) < 0)
		return false;
	len = toy_keypad_hear(&toy, exchange.bytes, exchange.len, reply);
	now += KEY_STEP_MS * MS;
	if (len == 0) {
		driver->ended(device, &exchange, EXCHANGE_TIMEOUT, NULL, 0, now);
		return true;
	}
	assert_int_equal(exchange.match(&exchange, reply, len), len);
	driver->ended(device, &exchange, EXCHANGE_ANSWERED, reply, len, now);
	return true;
}

static void play_until(int64_t until_us)
{
	while (now < until_us)
		if (!play())
			now += KEY_STEP_MS * MS;
}

#define FRAME(bytes) bytes, sizeof(bytes) - 1

static void end_with(const char *reply, size_t len)
{
	assert_int_equal(exchange.match(&exchange, (const uint8_t *)reply, len), len);
	driver->ended(device, &exchange, EXCHANGE_ANSWERED, (const uint8_t *)reply, len, now);
}

/* A whole press in bytes. */
static void test_frames(void **state)
{
	(void)state;
	assert_int_equal(driver->next(device, now, &exchange), -EAGAIN);
	driver->link_up(device, now);
	assert_offered(FRAME("\x01\x04\x00\x00\x00\x01\x31\xca"), EXCHANGE_POLL);
	end_with(FRAME("\x01\x04\x02\x07\x03\xfb\x01"));
	assert_int_equal(seen.health, HEALTH_OK);
	assert_offered(FRAME("\x01\x04\x00\x01\x00\x09\x61\xcc"), EXCHANGE_CALL);
	end_with(FRAME("\x01\x04\x12\x12\x34\x56\x78\x00\x07\x00\x03\x00\x00\x00\x64\x00\x01\x00"
		       "\x01\x00\x01\xff\x3f"));
	assert_int_equal(seen.press_count, 1);
	assert_int_equal(seen.presses[0].nonce, 0x12345678);
	assert_int_equal(seen.presses[0].sequence, 7);
	assert_int_equal(seen.presses[0].key, KEY_CALL_NEXT);
	assert_int_equal(seen.presses[0].age_ms, 1000);
	answer(0x12345678, 7, KEY_DONE);
	assert_offered(
		FRAME("\x01\x10\x01\x00\x00\x04\x08\x12\x34\x56\x78\x00\x07\x00\x00\x5c\x10"),
		EXCHANGE_CALL);
	end_with(FRAME("\x01\x10\x01\x00\x00\x04\xc0\x36"));
	assert_offered(FRAME("\x01\x04\x00\x00\x00\x01\x31\xca"), EXCHANGE_POLL);
	end_with(FRAME("\x01\x04\x02\x00\x00\xb9\x30"));
	assert_int_equal(driver->next(device, now, &exchange), -EAGAIN);
	assert_int_equal(driver->deadline(device), now + 100 * MS);
	show(12, "A012");
	assert_offered(FRAME("\x01\x10\x01\x10\x00\x05\x0a\x00\x0c\x41\x30\x31\x32\x00\x00\x00\x00"
			     "\x4c\x32"),
		       EXCHANGE_REFRESH);
	end_with(FRAME("\x01\x10\x01\x10\x00\x05\x00\x33"));
	assert_int_equal(driver->next(device, now, &exchange), -EAGAIN);
}

static void test_press_is_told_until_answered(void **state)
{
	(void)state;
	driver->link_up(device, now);
	toy_keypad_press(&toy, KEY_CALL_NUMBER, 17);
	play_until(now + 3500 * MS);
	assert_int_equal(seen.press_count, 4); /* at once, then every second */
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(seen.presses[i].sequence, 1);
		assert_int_equal(seen.presses[i].argument, 17);
	}
	assert_in_range(seen.presses[3].age_ms, 3000, 3500);
	assert_in_range(toy.event_reads, 3, 5); /* not with each poll */
	answer(0x12345678, 1, KEY_NOBODY_WAITING);
	play_until(now + 3 * S);
	assert_int_equal(seen.press_count, 4);
	assert_int_equal(toy.acks, 1);
	assert_int_equal(toy.queued, 0);
	assert_int_equal(toy.last_result, 2);
}

static void test_queued_presses_in_order(void **state)
{
	(void)state;
	seen.answer_at_once = true;
	driver->link_up(device, now);
	for (uint16_t i = 1; i <= 10; i++)
		toy_keypad_press(&toy, KEY_TAKE_NUMBER, i);
	play_until(now + 1 * S);
	assert_int_equal(seen.press_count, 10);
	for (uint16_t i = 0; i < 10; i++) {
		assert_int_equal(seen.presses[i].sequence, i + 1);
		assert_int_equal(seen.presses[i].argument, i + 1);
	}
	assert_int_equal(toy.queued, 0);
}

/* The keypad forgot nothing although it was answered: answered again, never told again. */
static void test_lost_acknowledgement(void **state)
{
	(void)state;
	seen.answer_at_once = true;
	driver->link_up(device, now);
	toy.deaf_to_acks = true;
	toy_keypad_press(&toy, KEY_RECALL, 0);
	play_until(now + 5 * S);
	assert_int_equal(seen.press_count, 1);
	assert_in_range(toy.acks, 4, 7); /* once a second, not at full speed */
	toy.deaf_to_acks = false;
	play_until(now + 2 * S);
	assert_int_equal(seen.press_count, 1);
	assert_int_equal(toy.queued, 0);
}

/* The reply to the acknowledgement is lost: it is written again, the press is not told again. */
static void test_lost_reply_to_the_acknowledgement(void **state)
{
	uint8_t reply[64];

	(void)state;
	seen.answer_at_once = true;
	driver->link_up(device, now);
	toy_keypad_press(&toy, KEY_FINISH, 0);
	while (driver->next(device, now, &exchange) == 0 && exchange.bytes[1] != 0x10)
		assert_true(play());
	assert_true(toy_keypad_hear(&toy, exchange.bytes, exchange.len, reply) > 0);
	driver->ended(device, &exchange, EXCHANGE_TIMEOUT, NULL, 0, now);
	toy_keypad_press(&toy, KEY_FINISH, 0);
	play_until(now + 3 * S);
	assert_int_equal(seen.press_count, 2);
	assert_int_equal(seen.presses[1].sequence, 2);
	assert_int_equal(toy.queued, 0);
}

static void test_another_nonce_is_another_press(void **state)
{
	(void)state;
	driver->link_up(device, now);
	toy_keypad_press(&toy, KEY_CALL_NEXT, 0);
	play_until(now + 200 * MS);
	assert_int_equal(seen.press_count, 1);
	toy_keypad_boot(&toy, 1, 0x99);
	toy_keypad_press(&toy, KEY_CALL_NEXT, 0); /* the same packed status */
	play_until(now + 1500 * MS);
	assert_true(seen.press_count >= 2);
	assert_int_equal(seen.presses[seen.press_count - 1].nonce, 0x99);
	answer(0x12345678, 1, KEY_DONE); /* of the one before: means nothing now */
	play_until(now + 200 * MS);
	assert_int_equal(toy.queued, 1);
	answer(0x99, 1, KEY_DONE);
	play_until(now + 200 * MS);
	assert_int_equal(toy.queued, 0);
}

static void test_restarted_keypad_takes_its_press_back(void **state)
{
	size_t told;

	(void)state;
	driver->link_up(device, now);
	toy_keypad_press(&toy, KEY_CALL_NEXT, 0);
	play_until(now + 200 * MS);
	toy_keypad_boot(&toy, 1, 0x99);
	play_until(now + 200 * MS);
	told = seen.press_count;
	play_until(now + 3 * S);
	assert_int_equal(seen.press_count, told); /* not told for ever */
	answer(0x12345678, 1, KEY_DONE);
	play_until(now + 200 * MS);
	assert_int_equal(toy.acks, 0);
}

static void test_unknown_key_is_refused(void **state)
{
	(void)state;
	driver->link_up(device, now);
	toy_keypad_press(&toy, 31, 0);
	play_until(now + 1 * S);
	assert_int_equal(seen.press_count, 0);
	assert_int_equal(toy.queued, 0);
	assert_int_equal(toy.last_result, KEY_REFUSED);
}

static void test_display(void **state)
{
	unsigned before;

	(void)state;
	driver->link_up(device, now);
	show(3, "A001");
	show(4, "A002");
	play_until(now + 300 * MS);
	assert_int_equal(toy.displays, 1); /* newest only */
	assert_int_equal(toy.waiting, 4);
	assert_string_equal(toy.number, "A002");
	show(4, "A002");
	play_until(now + 5 * S);
	assert_int_equal(toy.displays, 1);
	show(65535, "ABCD9999");
	play_until(now + 300 * MS);
	assert_int_equal(toy.waiting, 65535);
	assert_string_equal(toy.number, "ABCD9999");

	/* restarted between two polls */
	toy_keypad_boot(&toy, 1, 0x77);
	play_until(now + 31 * S);
	assert_string_equal(toy.number, "ABCD9999");

	before = toy.displays;
	driver->link_down(device, now);
	driver->link_up(device, now);
	play_until(now + 300 * MS);
	assert_int_equal(toy.displays, before + 1);
}

/* Away for one poll: perhaps it was restarted. */
static void test_display_after_a_miss(void **state)
{
	(void)state;
	driver->link_up(device, now);
	show(4, "A002");
	play_until(now + 300 * MS);
	assert_int_equal(driver->next(device, now + 100 * MS, &exchange), 0);
	driver->ended(device, &exchange, EXCHANGE_TIMEOUT, NULL, 0, now);
	play_until(now + 500 * MS);
	assert_int_equal(toy.displays, 2);
}

/* Polls are always due (a busy line): the display is wanted in the background, never instead. When
 * only the count is another, only that is written. */
static void test_display_on_a_busy_line(void **state)
{
	(void)state;
	driver->link_up(device, now);
	assert_int_equal(driver->next_background(device, now, &exchange), -EAGAIN);
	show(1, "A001");
	for (unsigned i = 0; i < 100; i++) {
		now += 200 * MS;
		assert_int_equal(driver->next(device, now, &exchange), 0);
		assert_int_equal(exchange.bytes[1], 0x04);
		driver->ended(device, &exchange, EXCHANGE_ANSWERED,
			      (const uint8_t *)"\x01\x04\x02\x00\x00\xb9\x30", 7, now);
		assert_int_equal(driver->next_background(device, now, &exchange), 0);
		assert_int_equal(exchange.bytes[1], 0x10);
		assert_int_equal(exchange.priority, EXCHANGE_REFRESH);
		assert_int_equal(exchange.len, 19);
		driver->ended(device, &exchange, EXCHANGE_TIMEOUT, NULL, 0, now);
	}
	assert_int_equal(driver->next_background(device, now, &exchange), 0);
	driver->ended(device, &exchange, EXCHANGE_ANSWERED, NULL, 0, now);
	assert_int_equal(driver->next_background(device, now, &exchange), -EAGAIN);

	show(2, "A001");
	assert_int_equal(driver->next_background(device, now, &exchange), 0);
	assert_int_equal(exchange.len, 11);
	show(3, "A002"); /* while that is on its way */
	driver->ended(device, &exchange, EXCHANGE_ANSWERED, NULL, 0, now);
	assert_int_equal(driver->next_background(device, now, &exchange), 0);
	assert_int_equal(exchange.len, 19);
	driver->ended(device, &exchange, EXCHANGE_ANSWERED, NULL, 0, now);
	show(4, "A002");
	driver->ended(device, &exchange, EXCHANGE_TIMEOUT, NULL, 0, now); /* away: all of it */
	assert_int_equal(driver->next_background(device, now, &exchange), 0);
	assert_int_equal(exchange.len, 19);
}

static void test_health(void **state)
{
	(void)state;
	driver->link_up(device, now);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_not_equal(seen.health, HEALTH_FAILED);
		assert_int_equal(driver->next(device, now, &exchange), 0);
		driver->ended(device, &exchange, EXCHANGE_TIMEOUT, NULL, 0, now);
	}
	assert_int_equal(seen.health, HEALTH_FAILED);
	assert_non_null(strstr(seen.detail, "cable or power"));
	assert_int_equal(driver->next(device, now, &exchange), 0);
	driver->ended(device, &exchange, EXCHANGE_GARBAGE, NULL, 0, now);
	assert_non_null(strstr(seen.detail, "speed or noise"));
	play_until(now + 200 * MS);
	assert_int_equal(seen.health, HEALTH_OK);
	driver->link_down(device, now);
	assert_int_equal(seen.health, HEALTH_GONE);
	assert_int_equal(driver->deadline(device), DRIVER_NO_DEADLINE);
}

static void test_foreign_device(void **state)
{
	unsigned told;

	(void)state;
	toy.refuse = true;
	driver->link_up(device, now);
	show(1, "A001");
	play_until(now + 5 * S);
	assert_int_equal(seen.health, HEALTH_FAILED);
	assert_int_equal(toy.polls, 0);

	toy.refuse = false;
	toy.profile = 2;
	toy_keypad_press(&toy, KEY_CALL_NEXT, 0);
	play_until(now + 3 * S);
	assert_int_equal(seen.press_count, 0);
	assert_int_equal(seen.health, HEALTH_FAILED);
	assert_non_null(strstr(seen.detail, "profile"));
	told = seen.health_count;
	play_until(now + 5 * S);
	assert_int_equal(seen.health_count, told); /* no flapping */
}

static void test_settings(void **state)
{
	static const char *const wrong[] = {
		"poll_ms=", "poll_ms=4", "poll_ms=5001", "poll_ms=1e3", "poll_ms",
		"speed=1",  "",		 "timeout_ms=0"};
	static const char *const right[] = {"poll_ms=500", "timeout_ms=300"};
	char error[160];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct device *before = device;

		error[0] = '\0';
		assert_int_equal(make(1, &wrong[i], 1, error, sizeof(error)), -EINVAL);
		assert_non_null(strstr(error, "keypad-1"));
		assert_ptr_equal(device, before);
	}
	assert_int_equal(make(0, NULL, 0, error, sizeof(error)), -EINVAL);
	assert_int_equal(make(248, NULL, 0, error, sizeof(error)), -EINVAL);
	driver->remove(device);
	device = NULL;
	assert_int_equal(make(1, right, 2, error, sizeof(error)), 0);
	driver->link_up(device, now);
	assert_int_equal(driver->next(device, now, &exchange), 0);
	assert_int_equal(exchange.timeout_us, 300 * MS);
	assert_int_equal(exchange.turnround_us, 0); /* ours do not frame by gaps */
	end_with(FRAME("\x01\x04\x02\x00\x00\xb9\x30"));
	assert_int_equal(driver->deadline(device), now + 500 * MS);
}

static void test_jobs_and_probe(void **state)
{
	struct device_job job = {.kind = JOB_BOARD};

	(void)state;
	assert_int_equal(driver->submit(device, &job, now), -EOPNOTSUPP);
	job.kind = JOB_KEY_ANSWER;
	job.u.answer.result = (enum key_result)4;
	assert_int_equal(driver->submit(device, &job, now), -EINVAL);
	assert_int_equal(driver->probe(&(struct device_identity){.driver = "modbus-keypad"}), 0);
	assert_int_equal(driver->probe(&(struct device_identity){.driver = "lihe"}), -ENODEV);
}

/* Seeded bytes for all four matchers: no read past the end, no frame with a wrong CRC. */
static void test_random_replies(void **state)
{
	uint64_t random = 7;
	unsigned kinds = 0;

	(void)state;
	driver->link_up(device, now);
	show(1, "A001");
	toy_keypad_press(&toy, KEY_CALL_NEXT, 0);
	seen.answer_at_once = true;
	while (play()) {
		kinds++;
		for (unsigned i = 0; i < 1000; i++) {
			static const uint8_t likely[] = {1, 4, 2, 0x12, 0x10, 0x84, 0x90, 0};
			size_t len = 1 + i % 30;
			uint8_t *bytes = malloc(len); /* exact: the sanitizer sees one byte more */
			int n;

			assert_non_null(bytes);
			for (size_t j = 0; j < len; j++) {
				random = random * 6364136223846793005u + 1442695040888963407u;
				bytes[j] = j < 4 && (random >> 40) % 4 ? likely[(random >> 33) % 8]
								       : (uint8_t)(random >> 50);
			}
			n = exchange.match(&exchange, bytes, len);
			assert_true(n == 0 || n == -EBADMSG || (n >= 5 && n <= (int)len));
			if (n > 0)
				assert_int_equal(toy_crc(bytes, (size_t)n), 0);
			free(bytes);
		}
	}
	assert_int_equal(kinds, 5); /* poll, read, answer, poll, display */
	assert_int_equal(toy.displays, 1);
}

#define KEYPAD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEYPAD_TEST(test_frames),
		KEYPAD_TEST(test_press_is_told_until_answered),
		KEYPAD_TEST(test_queued_presses_in_order),
		KEYPAD_TEST(test_lost_acknowledgement),
		KEYPAD_TEST(test_lost_reply_to_the_acknowledgement),
		KEYPAD_TEST(test_another_nonce_is_another_press),
		KEYPAD_TEST(test_restarted_keypad_takes_its_press_back),
		KEYPAD_TEST(test_unknown_key_is_refused),
		KEYPAD_TEST(test_display),
		KEYPAD_TEST(test_display_after_a_miss),
		KEYPAD_TEST(test_display_on_a_busy_line),
		KEYPAD_TEST(test_health),
		KEYPAD_TEST(test_foreign_device),
		KEYPAD_TEST(test_settings),
		KEYPAD_TEST(test_jobs_and_probe),
		KEYPAD_TEST(test_random_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
