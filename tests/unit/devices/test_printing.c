/* Which printer takes which job, what a panel's button asks for, and which words of a printer reach
 * the log; against a keeper that is a plain hall. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/devices/private.h"

enum { S = 1000000, PRINTERS = 4 };

static struct hall *hall;
static struct decision decision;
static struct devices devices;
static struct devices_config config;
static struct printer_slot printers[PRINTERS];
static int64_t now_us;
static size_t condition_events, submitted;
static bool unavailable;

/* ---- the keeper, and the parts of the spooler that are not under test ---- */

static int decide(const struct command *command)
{
	int r = hall_decide(hall, command, &decision);

	for (size_t i = 0; r == 0 && i < decision.count; i++) {
		decision.events[i].seq = hall_seq(hall) + 1;
		condition_events += decision.events[i].type == EVENT_PRINTER_CONDITION;
		assert_int_equal(hall_apply(hall, &decision.events[i]), 0);
	}
	return r;
}

const struct hall *keeper_hall(const struct keeper *keeper)
{
	(void)keeper;
	return hall;
}

int keeper_submit(struct keeper *keeper, const struct command *command, const char *id,
		  const void *body, size_t body_len, keeper_reply_fn fn, void *user)
{
	struct keeper_reply reply = {.status = KEEPER_DONE, .detail = ""};

	(void)keeper, (void)id, (void)body, (void)body_len;
	submitted++;
	if (unavailable)
		reply.status = KEEPER_UNAVAILABLE;
	else if (decide(command) < 0)
		reply.status = KEEPER_REFUSED;
	reply.events = decision.events;
	reply.count = decision.count;
	fn(user, &reply);
	return 0;
}

void keeper_forget(struct keeper *keeper, void *user)
{
	(void)keeper, (void)user;
}

void devices_command(struct devices *owner, struct command *ret, enum command_type type,
		     const char *kind, const char *id)
{
	(void)owner;
	memset(ret, 0, sizeof(*ret));
	ret->type = type;
	ret->at.mono_ms = now_us / 1000;
	ret->at.wall_ms = 1793581200000 + now_us / 1000;
	snprintf(ret->by, sizeof(ret->by), "%s/%s", kind, id);
}

bool spooler_is_ready(const struct printer_slot *printer)
{
	return printer->slot.health == HEALTH_OK;
}

static int64_t host_now(void *user)
{
	(void)user;
	return now_us;
}

static void host_changed(void *user)
{
	(void)user;
}

static void host_token(void *user, char ret_token[CORE_TOKEN_SIZE])
{
	(void)user;
	snprintf(ret_token, CORE_TOKEN_SIZE, "%032x", 0xffffu);
}

static const struct devices_host host = {
	.now_us = host_now, .changed = host_changed, .token = host_token};

/* ---- the world ---- */

static void run(enum command_type type, void (*fill)(struct command *command))
{
	struct command command;

	devices_command(&devices, &command, type, "panel", "panel-1");
	fill(&command);
	if (decide(&command) < 0)
		fail_msg("%s %s", refusal_code(decision.refusal), decision.detail);
}

static void queue(struct command *command)
{
	struct event_queue_defined *def = &command->u.define_queue;

	strcpy(def->queue, "general");
	strcpy(def->zh, "综合");
	strcpy(def->en, "General");
	strcpy(def->prefix, "A");
	def->first = 1;
	def->last = 9999;
}

static void date(struct command *command)
{
	command->u.open_day.date = 20261102;
}

static char wanted[CORE_ID_SIZE];

static void ticket(struct command *command)
{
	static unsigned tokens;

	strcpy(command->u.issue.queue, "general");
	command->u.issue.arrival_ms = command->at.mono_ms;
	command->u.issue.print = true;
	memcpy(command->u.issue.printer, wanted, sizeof(wanted));
	snprintf(command->u.issue.token, CORE_TOKEN_SIZE, "%032x", ++tokens);
}

static int64_t issue(const char *printer)
{
	snprintf(wanted, sizeof(wanted), "%s", printer);
	run(COMMAND_ISSUE, ticket);
	return hall_job(hall, hall_job_count(hall) - 1)->id;
}

static int set_up(void **state)
{
	(void)state;
	now_us = 100 * S;
	memset(&config, 0, sizeof(config));
	memset(printers, 0, sizeof(printers));
	condition_events = submitted = 0;
	unavailable = false;
	devices = (struct devices){.config = &config,
				   .host = &host,
				   .printers = printers,
				   .printer_count = PRINTERS,
				   .strays_told = true};
	config.failover_us = 5 * S;
	config.printer_count = PRINTERS;
	for (size_t i = 0; i < PRINTERS; i++) {
		snprintf(config.printers[i].device.id, CORE_ID_SIZE, "p%zu", i);
		printers[i].slot = (struct slot){.owner = &devices,
						 .config = &config.printers[i].device,
						 .health = HEALTH_OK};
		printers[i].down_us = printers[i].look_us = INT64_MAX;
	}
	if (hall_create(&hall) < 0)
		return -1;
	run(COMMAND_DEFINE_QUEUE, queue);
	run(COMMAND_OPEN_DAY, date);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hall_destroy(hall);
	return 0;
}

static void route(struct devices_route *ret, const char *list)
{
	for (ret->count = 0; *list; list++)
		ret->printers[ret->count++] = (uint8_t)(*list - '0');
}

static void panel_route(const char *list)
{
	config.keypad_count = 1;
	strcpy(config.keypads[0].device.id, "panel-1");
	route(&config.keypads[0].route, list);
}

/* Which printers would take the newest job now, as digits. */
static void expect_takers(const char *takers)
{
	char seen[PRINTERS + 1] = "";

	assign_look(&devices, now_us);
	assign_forget(&devices);
	for (size_t i = 0; i < PRINTERS; i++)
		if (spooler_is_ready(&printers[i]) && assign_next(&printers[i], now_us))
			snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%zu", i);
	assert_string_equal(seen, takers);
}

static void set_health(size_t printer, enum device_health health)
{
	printers[printer].slot.health = health;
	assign_look(&devices, now_us);
}

/* ---- who takes what ---- */

static void test_without_a_list(void **state)
{
	(void)state;
	issue("");
	expect_takers("0123");
}

static void test_in_order(void **state)
{
	(void)state;
	panel_route("20");
	issue("");
	expect_takers("2");
	set_health(2, HEALTH_WAITING);
	expect_takers("");
	now_us += 5 * S - 1;
	expect_takers("");
	assert_int_equal(printers[0].look_us, now_us + 1);
	now_us++;
	expect_takers("0");
	set_health(2, HEALTH_OK);
	expect_takers("2");
}

static void test_a_pool_stands_together(void **state)
{
	(void)state;
	strcpy(config.printers[1].pool, "door");
	strcpy(config.printers[3].pool, "door");
	panel_route("103");
	issue("");
	expect_takers("13");
	/* One of a pool that works is enough. */
	set_health(1, HEALTH_GONE);
	now_us += 60 * S;
	expect_takers("3");
	set_health(3, HEALTH_FAILED);
	now_us += 60 * S;
	expect_takers("0");
}

static void test_what_was_asked_for_comes_first(void **state)
{
	(void)state;
	panel_route("20");
	issue("p3");
	expect_takers("3");
	set_health(3, HEALTH_GONE);
	now_us += 5 * S;
	expect_takers("2");
	/* A printer that is none is not waited for. */
	tear_down(state);
	set_up(state);
	panel_route("20");
	issue("elsewhere");
	expect_takers("2");
}

static void test_the_queues_list(void **state)
{
	(void)state;
	config.queue_count = 1;
	strcpy(config.queues[0].queue, "general");
	route(&config.queues[0].route, "1");
	issue("");
	expect_takers("1");
	/* A panel's own comes before it. */
	panel_route("3");
	expect_takers("3");
}

static void test_not_what_another_has(void **state)
{
	int64_t first = issue(""), second = issue("");

	(void)state;
	printers[0].job = first;
	assign_forget(&devices);
	assert_int_equal(assign_next(&printers[1], now_us)->id, second);
}

/* Nothing to do: the day's jobs are not looked through again until something changes. */
static void test_a_look_holds(void **state)
{
	(void)state;
	panel_route("2");
	issue("");
	assign_look(&devices, now_us);
	assert_null(assign_next(&printers[0], now_us));
	assert_true(printers[0].looked);
	assert_int_equal(printers[0].look_us, INT64_MAX);
	issue("");
	assign_look(&devices, now_us);
	assert_false(printers[0].looked);
}

static void test_the_longest_idle_first(void **state)
{
	struct printer_slot *order[DEVICES_MAX_PRINTERS];
	static const int64_t idle_us[PRINTERS] = {30, 10, 40, 20};
	static const size_t wanted_order[PRINTERS] = {1, 3, 0, 2};

	(void)state;
	for (size_t i = 0; i < PRINTERS; i++)
		printers[i].idle_us = idle_us[i];
	assign_order(&devices, order);
	for (size_t i = 0; i < PRINTERS; i++)
		assert_ptr_equal(order[i], &printers[wanted_order[i]]);
}

/* ---- what a button asks for ---- */

static enum key_result answered;

static int keypad_submit(struct device *device, const struct device_job *job, int64_t at_us)
{
	(void)device, (void)at_us;
	assert_int_equal(job->kind, JOB_KEY_ANSWER);
	answered = job->u.answer.result;
	return 0;
}

/* A button for large print says so in the log, and its neighbour does not. */
static void test_a_button_for_large_print(void **state)
{
	static const struct driver driver = {.submit = keypad_submit};
	static const struct devices_keypad_config panel = {
		.device.id = "panel-1",
		.buttons = {{.button = 1, .queue = "general"},
			    {.button = 2, .queue = "general", .large = true}},
		.button_count = 2,
	};
	struct keypad_slot keypad = {
		.slot = {.owner = &devices, .config = &panel.device, .driver = &driver},
		.keypad = &panel};
	const uint16_t presses[] = {2, 1, 2};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct key_press press = {.sequence = (uint16_t)(i + 1),
						.key = KEY_TAKE_NUMBER,
						.argument = presses[i]};

		answered = KEY_REFUSED;
		keypads_key(&keypad, &press);
		assert_int_equal(answered, KEY_DONE);
		assert_int_equal(hall_job_count(hall), i + 1);
		assert_int_equal(hall_job(hall, i)->large, presses[i] == 2);
	}
}

/* ---- what is written of a printer ---- */

enum { NEAR = PRINTER_PAPER_NEAR_END, END = PRINTER_PAPER_END, GONE = PRINTER_UNREACHABLE };

static uint32_t logged(void)
{
	const struct hall_printer *printer = hall_find_printer(hall, "p0");

	return printer ? printer->conditions : 0;
}

/* Until nothing is due before then. */
static void pass_until(int64_t until_us)
{
	for (int turns = 0;; turns++) {
		int64_t next_us;

		conditions_run(&devices, now_us);
		next_us = conditions_deadline(&devices);
		assert_in_range(turns, 0, 1000);
		if (next_us > until_us)
			break;
		if (next_us > now_us)
			now_us = next_us;
	}
	now_us = until_us;
}

static void tell(uint32_t conditions)
{
	conditions_told(&printers[0], conditions);
	conditions_run(&devices, now_us);
}

static void test_a_second(void **state)
{
	(void)state;
	tell(NEAR);
	pass_until(now_us + S - 1);
	assert_int_equal(logged(), 0);
	pass_until(now_us + 1);
	assert_int_equal(logged(), NEAR);
	tell(0);
	pass_until(now_us + S / 2);
	tell(NEAR);
	pass_until(now_us + 10 * S);
	assert_int_equal(logged(), NEAR);
	assert_int_equal(condition_events, 1);
}

/* Out of reach, or being asked how it is: what was known stands. */
static void test_what_is_not_known(void **state)
{
	(void)state;
	tell(END);
	pass_until(now_us + S);
	tell(GONE);
	pass_until(now_us + S);
	assert_int_equal(logged(), END | GONE);
	printers[0].slot.health = HEALTH_UNKNOWN;
	tell(0);
	pass_until(now_us + 600 * S);
	assert_int_equal(logged(), END | GONE);
	tell(END);
	printers[0].slot.health = HEALTH_WAITING;
	pass_until(now_us + 10 * S);
	assert_int_equal(logged(), END);
}

/* From the process before: the printer says nothing because all is well. */
static void test_an_earlier_process(void **state)
{
	(void)state;
	tell(NEAR);
	pass_until(now_us + S);
	printers[0].told = 0;
	memset(printers[0].watches, 0, sizeof(printers[0].watches));
	pass_until(now_us + 1);
	assert_int_equal(logged(), 0);
}

/* A sensor that flaps for a day, slowly and fast. */
static void test_a_flapping_sensor(void **state)
{
	static const int64_t halves_us[] = {S / 10, S, 3 * S, 60 * S, 513 * S, 601 * S};

	for (size_t i = 0; i < sizeof(halves_us) / sizeof(halves_us[0]); i++) {
		int64_t end_us;

		tear_down(state);
		set_up(state);
		end_us = now_us + INT64_C(86400) * S;
		for (uint32_t told = NEAR; now_us < end_us; told ^= NEAR) {
			tell(told);
			pass_until(now_us + halves_us[i]);
		}
		print_message("every %d ms: %zu lines\n", (int)(halves_us[i] / 1000),
			      condition_events);
		assert_in_range(condition_events, 0, 180);
		/* And the truth is there when it rests. */
		tell(END);
		pass_until(now_us + 513 * S);
		assert_int_equal(logged(), END);
	}
}

static void test_the_log_takes_nothing(void **state)
{
	(void)state;
	unavailable = true;
	tell(NEAR);
	pass_until(now_us + 10 * S);
	assert_in_range(submitted, 5, 12);
	unavailable = false;
	pass_until(now_us + 2 * S);
	assert_int_equal(logged(), NEAR);
}

static void test_a_printer_that_is_no_more(void **state)
{
	(void)state;
	tell(END);
	pass_until(now_us + S);
	strcpy(config.printers[0].device.id, "q");
	printers[0].told = 0;
	devices.strays_told = false;
	conditions_run(&devices, now_us);
	assert_int_equal(logged(), 0);
	assert_int_equal(condition_events, 2);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_without_a_list),
		TEST(test_in_order),
		TEST(test_a_pool_stands_together),
		TEST(test_what_was_asked_for_comes_first),
		TEST(test_the_queues_list),
		TEST(test_not_what_another_has),
		TEST(test_a_look_holds),
		TEST(test_the_longest_idle_first),
		TEST(test_a_button_for_large_print),
		TEST(test_a_second),
		TEST(test_what_is_not_known),
		TEST(test_an_earlier_process),
		TEST(test_a_flapping_sensor),
		TEST(test_the_log_takes_nothing),
		TEST(test_a_printer_that_is_no_more),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
