/* A keypad's whole way, in virtual time and under faults: finger, firmware, wires, bus master,
 * driver, and a keeper that takes its time, answers a press seen before from memory and dies. Every
 * press is done once: none is lost, none is done twice. Keypads are swapped in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware-host/app/keypad.h"
#include "tests/unit/devices/line_world.h"

extern const struct driver modbus_keypad_driver;

enum { MS = 1000, S = 1000000, DONE_MAX = 512, SEEDS = 60, PRESSES = 40 };

static struct world world;
static struct world_peer peer;
static struct keypad keypad;
static struct device *device;
static uint8_t sent[256];
static size_t sent_len;

/* What the hall did: durable, so it outlives driver and keeper. */
static struct {
	uint32_t nonce;
	uint16_t sequence;
} done[DONE_MAX];
static size_t done_count;
static struct {
	bool under_way;
	struct key_press press;
	int64_t durable_us;
} commit;

static uint32_t ms(void)
{
	return (uint32_t)(world.now_us / MS);
}

static uint32_t dice(uint32_t n)
{
	return (uint32_t)(world_random(&world) % n);
}

static void device_send(void *port, const uint8_t *bytes, size_t len)
{
	(void)port;
	assert_true(sent_len + len <= sizeof(sent));
	memcpy(sent + sent_len, bytes, len);
	sent_len += len;
}

static size_t hear(struct world_peer *from, const uint8_t *bytes, size_t len, uint8_t *reply,
		   int64_t *delay_us, int64_t now_us)
{
	(void)from;
	(void)delay_us;
	sent_len = 0;
	/* never before a contact that it has seen: its clock does not run backwards */
	for (size_t i = 0; i < len; i++)
		keypad_receive(&keypad, bytes[i], (uint32_t)(now_us / MS));
	memcpy(reply, sent, sent_len);
	return sent_len;
}

static bool is_done(const struct key_press *press)
{
#ifdef KEYPAD_BREAK_IDS /* a hall that forgets the ids of presses: the test must notice */
	if (press->nonce)
		return false;
#endif
	for (size_t i = 0; i < done_count; i++)
		if (done[i].nonce == press->nonce && done[i].sequence == press->sequence)
			return true;
	return false;
}

static void answer(const struct key_press *press)
{
	struct device_job job = {.kind = JOB_KEY_ANSWER};

	job.u.answer = (struct key_answer){press->nonce, press->sequence, KEY_DONE};
	assert_int_equal(modbus_keypad_driver.submit(device, &job, world.now_us), 0);
}

static void on_key(void *user, const struct key_press *press)
{
	(void)user;
	assert_int_equal(press->key, KEY_CALL_NEXT);
	if (commit.under_way)
		return;
	if (is_done(press)) {
		answer(press); /* the same id: the first answer */
		return;
	}
	commit.under_way = true;
	commit.press = *press;
	commit.durable_us = world.now_us + (dice(4) ? dice(20) : dice(3000)) * MS;
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
	line_wake(&world.line);
}

static const struct driver_host host = {.health = on_health, .changed = on_changed, .key = on_key};

static void make_driver(void)
{
	struct device_options options = {.name = "keypad",
					 .model = &modbus_keypad_driver.models[0],
					 .address = 1,
					 .baud = world.options.baud};
	struct device_job job = {.kind = JOB_DISPLAY,
				 .u.display = {.waiting = 3, .number = "A012"}};
	char error[160];

	assert_int_equal(modbus_keypad_driver.create(&device, &options, &host, NULL, error,
						     sizeof(error)),
			 0);
	assert_int_equal(line_attach(&world.line, &modbus_keypad_driver, device, world.now_us), 0);
	assert_int_equal(modbus_keypad_driver.submit(device, &job, world.now_us), 0);
}

/* The daemon dies and comes back; what was on its way to the disk is there, or is not. */
static void restart(void)
{
	if (commit.under_way && dice(2)) {
		done[done_count].nonce = commit.press.nonce;
		done[done_count++].sequence = commit.press.sequence;
	}
	commit.under_way = false;
	line_detach(&world.line, device, world.now_us);
	modbus_keypad_driver.remove(device);
	make_driver();
}

static void run(int64_t until_us)
{
	while (world.now_us < until_us) {
		int64_t next = world.now_us + 5 * MS < until_us ? world.now_us + 5 * MS : until_us;

		world_run(&world, next);
		keypad_tick(&keypad, ms());
		if (!commit.under_way || world.now_us < commit.durable_us)
			continue;
		assert_true(done_count < DONE_MAX);
		done[done_count].nonce = commit.press.nonce;
		done[done_count++].sequence = commit.press.sequence;
		commit.under_way = false;
		answer(&commit.press);
	}
}

/* A finger: the contact bounces on its way down and up, and may stay for seconds. */
static void press(void)
{
	for (uint32_t i = dice(4); i > 0; i--) {
		keypad_contact(&keypad, KEY_CALL_NEXT, 0, true, ms());
		world_run(&world, world.now_us + (1 + dice(8)) * MS);
		keypad_contact(&keypad, KEY_CALL_NEXT, 0, false, ms());
		world_run(&world, world.now_us + (1 + dice(8)) * MS);
	}
	keypad_contact(&keypad, KEY_CALL_NEXT, 0, true, ms());
	run(world.now_us + (dice(5) ? 30 + dice(120) : 1000 + dice(3000)) * MS);
	keypad_contact(&keypad, KEY_CALL_NEXT, 0, false, ms());
	run(world.now_us + (25 + dice(400)) * MS);
}

static void swap(uint32_t nonce)
{
	const struct keypad_settings settings = {
		.address = 1, .kind = KEYPAD_KIND_WINDOW, .nonce = nonce};

	keypad_init(&keypad, &settings, (struct hal_uart){device_send, NULL});
}

static void settle(void)
{
	world.noise = 0;
	peer.dead = false;
	run(world.now_us + LINE_BACKOFF_MAX_US + 20 * S);
}

static size_t done_of(uint32_t nonce)
{
	size_t count = 0;

	for (size_t i = 0; i < done_count; i++)
		count += done[i].nonce == nonce;
	return count;
}

static void begin(uint64_t seed)
{
	done_count = 0;
	memset(&commit, 0, sizeof(commit));
	world_start(&world, 9600, 4 * MS);
	world.random = seed;
	peer = (struct world_peer){.hear = hear};
	world_peer_add(&world, &peer);
	swap(0x1000u);
	make_driver();
	line_up(&world.line, world.now_us);
}

static void end(void)
{
	line_detach(&world.line, device, world.now_us);
	modbus_keypad_driver.remove(device);
	world_stop(&world);
}

static void fault(void)
{
	switch (dice(6)) {
	case 0: peer.dead = !peer.dead; break; /* the cable */
	case 1: restart(); break;
	case 2:
		line_down(&world.line, world.now_us);
		run(world.now_us + dice(2000) * MS);
		line_up(&world.line, world.now_us);
		break;
	case 3: world.noise = dice(3) * 0.005; break;
	default: break;
	}
}

static void test_each_press_is_done_once(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		unsigned pressed = 0;

		begin(seed);
		for (int i = 0; i < PRESSES; i++) {
			fault();
			/* a full queue beeps: that press is refused to the finger */
			if (keypad.queued < KEYPAD_QUEUE) {
				press();
				pressed++;
			} else {
				peer.dead = false;
				run(world.now_us + 5 * S);
			}
		}
		settle();
		if (done_of(0x1000u) != pressed || keypad.queued || keypad.lost)
			fail_msg("seed %d: %u presses, %zu done, %u queued, %u lost", (int)seed,
				 pressed, done_of(0x1000u), keypad.queued, keypad.lost);
		end();
	}
}

/* The one that is taken away keeps what it had not told; what was told is done once, whichever
 * keypad the answer meets. The new one has the display at once and its presses are its own, though
 * their numbers begin anew. */
static void test_a_keypad_is_swapped(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		bool told;
		size_t before;
		char number[9];

		begin(seed);
		run(world.now_us + 1 * S);
		press();
		settle();
		assert_int_equal(done_of(0x1000u), 1);
		keypad_contact(&keypad, KEY_CALL_NEXT, 0, true, ms());
		run(world.now_us + (20 + dice(250)) * MS); /* somewhere between finger and disk */
		told = commit.under_way;
		before = done_of(0x1000u);
		swap(0x2000u);
		run(world.now_us + 4 * S);
		/* an answer that was on the wire may have told it yet */
		assert_in_range(done_of(0x1000u), before + told, before + 1);
		before = done_of(0x1000u);
		for (int i = 0; i < 3; i++)
			press();
		settle();
		assert_int_equal(done_of(0x1000u), before);
		assert_int_equal(done_of(0x2000u), 3);
		keypad_number(&keypad, number);
		assert_string_equal(number, "A012");
		assert_int_equal(keypad.display[0], 3);
		assert_int_equal(keypad.queued, 0);
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_press_is_done_once),
		cmocka_unit_test(test_a_keypad_is_swapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
