/* The plain ASCII keypad: characters into keys, one press from a finger that stays or a contact
 * that bounces, figures, answers and display. The pad is the firmware's own, apart from the driver.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/driver.h"
#include "drivers/keypad/ascii/protocol.h"
#include "firmware-host/app/keypad_ascii.h"

extern const struct driver ascii_keypad_driver;

enum { MS = 1000, S = 1000000 };

static const struct driver *const driver = &ascii_keypad_driver;
static struct device *device;
static struct keypad_ascii_pad pad;
static int64_t now;
static struct key_press presses[32];
static size_t press_count;
static bool answer_at_once;

static void answer(const struct key_press *press, enum key_result result)
{
	struct device_job job = {.kind = JOB_KEY_ANSWER};

	job.u.answer = (struct key_answer){press->nonce, press->sequence, result};
	assert_int_equal(driver->submit(device, &job, now), 0);
}

static void on_key(void *user, const struct key_press *press)
{
	(void)user;
	assert_true(press_count < 32);
	presses[press_count++] = *press;
	if (answer_at_once)
		answer(press, KEY_DONE);
}

static void on_health(void *user, enum device_health health, const char *detail)
{
	(void)user;
	(void)health;
	(void)detail;
}

static void on_changed(void *user)
{
	(void)user;
}

static const struct driver_host host = {.health = on_health, .changed = on_changed, .key = on_key};

static void pad_sends(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	driver->heard(device, bytes, len, now);
}

/* What the bus master would do: time passes, and what the driver has to say is said. */
static void pass(int64_t us)
{
	for (int64_t end = now + us; now < end;) {
		struct exchange exchange;

		now = now + 5 * MS < end ? now + 5 * MS : end;
		keypad_ascii_tick(&pad, (uint32_t)(now / MS));
		if (driver->deadline(device) <= now)
			driver->tick(device, now);
		while (driver->next(device, now, &exchange) == 0) {
			assert_false(exchange.reply_wanted);
			for (size_t i = 0; i < exchange.len; i++)
				keypad_ascii_receive(&pad, exchange.bytes[i]);
			driver->ended(device, &exchange, EXCHANGE_ANSWERED, NULL, 0, now);
		}
	}
}

static void press_for(char key, int64_t us)
{
	keypad_ascii_contact(&pad, (uint8_t)key, true, (uint32_t)(now / MS));
	pass(us);
	keypad_ascii_contact(&pad, (uint8_t)key, false, (uint32_t)(now / MS));
	pass(150 * MS);
}

static void type(const char *keys)
{
	for (; *keys; keys++)
		press_for(*keys, 80 * MS);
}

static int make(const char *const *settings, size_t count, size_t model)
{
	char error[200] = "";
	struct device_options options = {.name = "pad",
					 .model = &driver->models[model],
					 .baud = 9600,
					 .settings = settings,
					 .setting_count = count};
	int r = driver->create(&device, &options, &host, NULL, error, sizeof(error));

	assert_int_equal(r == 0, error[0] == '\0');
	return r;
}

static int setup(void **state)
{
	static const char *const settings[] = {"done=\\x07", "refused=\\x15"};

	(void)state;
	now = 77 * S;
	press_count = 0;
	answer_at_once = true;
	keypad_ascii_init(&pad, (struct hal_uart){pad_sends, NULL});
	assert_int_equal(make(settings, 2, 1), 0);
	driver->link_up(device, now);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	driver->remove(device);
	return 0;
}

static void expect(size_t at, enum device_key key, uint16_t argument)
{
	assert_true(press_count > at);
	assert_int_equal(presses[at].key, key);
	assert_int_equal(presses[at].argument, argument);
}

/* Every canonical key, in its own character. */
static void test_every_key(void **state)
{
	static const struct {
		const char *typed;
		enum device_key key;
		uint16_t argument;
	} keys[] = {
		{"101I", KEY_SIGN_IN, 101}, {"J", KEY_SIGN_OUT, 0},	  {"#", KEY_CALL_NEXT, 0},
		{"*", KEY_RECALL, 0},	    {"12#", KEY_CALL_NUMBER, 12}, {"A", KEY_START, 0},
		{"B", KEY_FINISH, 0},	    {"C", KEY_NO_SHOW, 0},	  {"D", KEY_PARK, 0},
		{"E", KEY_RESUME, 0},	    {"2F", KEY_TRANSFER, 2},	  {"G", KEY_PAUSE, 0},
		{"H", KEY_REOPEN, 0},	    {"K", KEY_RATING, 0},	  {"L", KEY_HELP, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		type(keys[i].typed);
		expect(i, keys[i].key, keys[i].argument);
		assert_int_equal(press_count, i + 1);
		for (size_t k = 0; k < i; k++)
			assert_true(presses[k].nonce != presses[i].nonce ||
				    presses[k].sequence != presses[i].sequence);
	}
	assert_int_equal(pad.beeps, press_count);
}

static void test_figures(void **state)
{
	(void)state;
	type("11#"); /* twice the same figure is two figures */
	expect(0, KEY_CALL_NUMBER, 11);
	type("99*"); /* taken back: no recall */
	type("#");
	expect(1, KEY_CALL_NEXT, 0);
	pass(1 * S);
	type("45");
	pass(5 * S); /* half an entry is forgotten */
	type("#");
	expect(2, KEY_CALL_NEXT, 0);
	type("12345#"); /* no number has five figures: refused here, nothing is told */
	assert_int_equal(press_count, 3);
	assert_int_equal(pad.refusals, 1);
	type("0007#");
	expect(3, KEY_CALL_NUMBER, 7);
	driver->heard(device, (const uint8_t *)"8\r\n", 3, now);
	type("#");
	expect(4, KEY_CALL_NUMBER, 8);
}

/* Held for seconds, repeated by the pad; bounced; and then pressed again on purpose. */
static void test_one_press(void **state)
{
	(void)state;
	press_for('#', 4 * S);
	assert_true(pad.sent > 30);
	assert_int_equal(press_count, 1);
	pass(1 * S);
	for (int i = 0; i < 4; i++) {
		keypad_ascii_contact(&pad, '#', true, (uint32_t)(now / MS));
		pass(5 * MS);
		keypad_ascii_contact(&pad, '#', false, (uint32_t)(now / MS));
		pass(5 * MS);
	}
	assert_int_equal(press_count, 2);
	pass(1 * S);
	press_for('#', 80 * MS);
	assert_int_equal(press_count, 3);
	press_for('1', 80 * MS);
	for (int i = 0; i < 3; i++) { /* a figure bounces */
		keypad_ascii_contact(&pad, '2', true, (uint32_t)(now / MS));
		pass(5 * MS);
		keypad_ascii_contact(&pad, '2', false, (uint32_t)(now / MS));
		pass(5 * MS);
	}
	type("#");
	expect(3, KEY_CALL_NUMBER, 12);
}

/* A slow disk: the press is told again under its name, those behind it wait their turn. */
static void test_told_until_answered(void **state)
{
	(void)state;
	answer_at_once = false;
	type("#");
	type("A");
	pass(2500 * MS);
	assert_int_equal(press_count, 3);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(presses[i].nonce, presses[0].nonce);
		assert_int_equal(presses[i].sequence, presses[0].sequence);
	}
	assert_true(presses[2].age_ms > 1900);
	answer(&presses[0], KEY_REFUSED);
	pass(10 * MS);
	assert_int_equal(pad.refusals, 1);
	expect(3, KEY_START, 0);
	answer(&presses[0], KEY_DONE); /* late, of the one before: nothing */
	answer(&presses[3], KEY_DONE);
	pass(3 * S);
	assert_int_equal(press_count, 4);
	assert_int_equal(pad.beeps, 1);
}

static void test_display(void **state)
{
	struct device_job job = {.kind = JOB_DISPLAY,
				 .u.display = {.waiting = 7, .number = "A012"}};

	(void)state;
	assert_int_equal(driver->submit(device, &job, now), 0);
	pass(50 * MS);
	assert_string_equal(pad.shown, "A012 7");
	keypad_ascii_init(&pad, (struct hal_uart){pad_sends, NULL}); /* another pad */
	pass(61 * S);
	assert_string_equal(pad.shown, "A012 7");
}

static void test_settings(void **state)
{
	static const char *const bad[] = {"keys=1=start", "keys=A=jump", "keys=A",
					  "entry_ms=0",	  "repeat_ms=x", "done=\\q",
					  "done=\\x0",	  "tone=1",	 "display"};
	static const char *const good[] = {"keys=#=finish +=call-next A=none", "entry_ms=2000"};

	(void)state;
	driver->remove(device);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(make(&bad[i], 1, 0), -EINVAL);
	assert_int_equal(make(good, 2, 0), 0);
	driver->link_up(device, now);
	type("A#");
	expect(0, KEY_FINISH, 0);
	type("5+");
	expect(1, KEY_CALL_NUMBER, 5);
}

/* Ten million bytes of noise at all speeds: no crash, no hang, and then a key is a key. */
static void test_noise(void **state)
{
	struct keypad_ascii_settings settings;
	struct keypad_ascii_reader reader = {0};
	struct keypad_ascii_key key;
	uint64_t x = 88172645463325252u;
	size_t keys = 0;
	int64_t at = 0;

	(void)state;
	keypad_ascii_defaults(&settings);
	for (int i = 0; i < 10000000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		at += (int64_t)(x >> 40) % 300000;
		if (keypad_ascii_take(&reader, &settings, (uint8_t)x, at, &key)) {
			keys++;
			assert_in_range(key.key, KEY_SIGN_IN, KEY_HELP);
			assert_true(key.argument <= 9999);
		}
	}
	assert_true(keys > 100000);
	at += settings.entry_us;
	assert_false(keypad_ascii_take(&reader, &settings, '4', at, &key));
	assert_true(keypad_ascii_take(&reader, &settings, '#', at + 1, &key));
	assert_int_equal(key.key, KEY_CALL_NUMBER);
	assert_int_equal(key.argument, 4);
}

#define PAD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAD_TEST(test_every_key), PAD_TEST(test_figures),
		PAD_TEST(test_one_press), PAD_TEST(test_told_until_answered),
		PAD_TEST(test_display),	  PAD_TEST(test_settings),
		PAD_TEST(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
